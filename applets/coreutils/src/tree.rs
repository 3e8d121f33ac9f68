//! usage: tree [OPTIONS] [FOLDER]...
//!
//! Draw the tree of files below FOLDERs.
//!
//!  -a          also names that begin with a dot
//!  -d          only directories
//!  -L LEVEL    only that many levels
//!  -l          enter directories that links lead to
//!  -x          stay on one file system
//!  -f          whole paths
//!  -i          no lines
//!  -F          marks behind names, as ls -F
//!  -p          type and permissions
//!  -u          owner
//!  -g          group
//!  -s          size
//!  -h          size such as 1.5K
//!  -D          time of modification
//!  -Q          names in double quotes
//!  -N          names as they are
//!  -C          in colors
//!  -n          without colors
//!  -I PATTERN  leave out names that match
//!  -P PATTERN  only files whose names match
//!  -r          in reverse order
//!  -t          by time of modification, oldest first
//!  -U          as the directory has them
//!  -o FILE     write to FILE
//!  --dirsfirst  directories before files
//!  --noreport  no counts at the end
//!
//! # Notes
//! The output is that of tree 2.1, which BusyBox's follows; its lines are ASCII in the C locale.

use applet::prelude::*;
use core::cmp::Ordering;
use sys::fs::Stat;
use walk::{Chain, Listing};

applet::options!("tree");

struct Item {
    name: Vec<u8>,
    stat: Option<Stat>,
    /// What it is a link to, and the status of that.
    link: Option<Vec<u8>>,
    target: Option<Stat>,
}

impl Item {
    fn is_dir(&self) -> bool {
        self.stat.is_some_and(|stat| stat.is_dir())
    }

    fn leads_to_dir(&self) -> bool {
        self.is_dir() || self.target.is_some_and(|stat| stat.is_dir())
    }
}

struct Tree<'c, 'a> {
    cx: &'c mut Context<'a>,
    options: Box<Options<'a>>,
    levels: usize,
    utf8: bool,
    color: bool,
    now: i64,
    zone: time::Zone,
    users: users::Names,
    groups: users::Names,
    chain: Chain,
    room: Vec<u8>,
    /// Whether more is to come at each level above.
    more: Vec<bool>,
    /// Directories that have been entered: links do not lead there again.
    seen: Vec<(u64, u64)>,
    dev: u64,
    dirs: u64,
    files: u64,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let levels = match options.value(opt::L) {
        None => usize::MAX,
        Some(text) => match num::parse_u64(text) {
            Ok(levels @ 1..) => levels as usize,
            _ => return Err(Error::new(b"Invalid level, must be greater than 0.")),
        },
    };
    let file = match options.value(opt::o) {
        Some(name) => {
            Some(sys::fd::open(name, libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC, 0o666).at(name)?)
        }
        None => None,
    };
    let standard = file.as_ref().map(|file| core::mem::replace(&mut cx.out, Writer::new(file.raw())));
    let terminal = file.is_none() && sys::terminal::is_terminal(sys::fd::STDOUT);
    let term = cx.var(b"TERM").is_some_and(|term| term != b"dumb") && cx.var(b"NO_COLOR").is_none();
    let color = options.has(opt::C) || !options.has(opt::n) && terminal && term;
    let folders: Vec<&[u8]> =
        if options.operands.is_empty() { Vec::from([&b"."[..]]) } else { options.operands.clone() };
    let mut tree = Tree {
        options,
        levels,
        utf8: cx.utf8(),
        color,
        now: sys::time::now().sec,
        zone: time::load(cx.var(b"TZ"), &mut |path: &[u8]| sys::fs::read_file(path, 1 << 20).ok()),
        users: users::Names::of_users(),
        groups: users::Names::of_groups(),
        chain: Chain::default(),
        room: Vec::new(),
        more: Vec::new(),
        seen: Vec::new(),
        dev: 0,
        dirs: 0,
        files: 0,
        cx,
    };
    for folder in folders {
        tree.root(folder);
    }
    if !tree.options.has(opt::NOREPORT) {
        tree.report();
    }
    if let Some(standard) = standard {
        let written = cx.out.flush();
        cx.out = standard;
        written.at(b"write error")?;
    }
    Ok(cx.status())
}

impl Tree<'_, '_> {
    fn has(&self, id: u8) -> bool {
        self.options.has(id)
    }

    fn root(&mut self, folder: &[u8]) {
        let stat = sys::fs::stat(folder).ok();
        let root = Item { name: folder.to_vec(), stat, link: None, target: None };
        let mut line = Vec::new();
        self.facts(&root, &mut line);
        self.name(&root, folder, &mut line);
        self.dev = stat.map_or(0, |stat| stat.dev());
        self.seen.extend(stat.map(|stat| (stat.dev(), stat.ino())));
        match self.enter(folder, true) {
            Ok(items) => {
                line.push(b'\n');
                self.cx.out.write(&line);
                // An empty one does not count, as with tree.
                self.dirs += u64::from(!items.is_empty());
                self.draw(folder, items);
            }
            Err(_) => {
                line.extend_from_slice(b"  [error opening dir]\n");
                self.cx.out.write(&line);
                match stat {
                    Some(stat) if !stat.is_dir() => self.files += 1,
                    _ => self.cx.set_status(2),
                }
            }
        }
    }

    /// Goes into a directory and gives what is in it, in order.
    fn enter(&mut self, name: &[u8], follow: bool) -> sys::Result<Vec<Item>> {
        let fd = self.chain.push(name, follow)?;
        let (mut listing, _) = Listing::read(fd, &mut self.room);
        let mut items = Vec::new();
        while let Some(entry) = listing.next() {
            if entry.name.starts_with(b".") && !self.has(opt::a) {
                continue;
            }
            let stat = sys::fs::statat(fd, entry.name, libc::AT_SYMLINK_NOFOLLOW).ok();
            let mut item = Item { name: entry.name.to_vec(), stat, link: None, target: None };
            if stat.is_some_and(|stat| stat.is_link()) {
                item.link = sys::fs::readlinkat(fd, entry.name).ok();
                item.target = sys::fs::statat(fd, entry.name, 0).ok();
            }
            if self.shows(&item) {
                items.push(item);
            }
        }
        Ok(self.sorted(items))
    }

    fn shows(&self, item: &Item) -> bool {
        let matches = |id| {
            self.options.values(id).any(|list| {
                list.split(|&byte| byte == b'|')
                    .any(|pattern| text::glob::matches(pattern, &item.name, self.utf8))
            })
        };
        let is_dir = if self.has(opt::l) { item.leads_to_dir() } else { item.is_dir() };
        (is_dir || !self.has(opt::d) || item.leads_to_dir())
            && !matches(opt::I)
            && (is_dir || !self.has(opt::P) || matches(opt::P))
    }

    fn sorted(&self, mut items: Vec<Item>) -> Vec<Item> {
        let mut order: Vec<u32> = (0..items.len() as u32).collect();
        if !self.has(opt::U) {
            files::order::sort(&mut order, &mut |a, b| {
                let (Some(a), Some(b)) = (items.get(a as usize), items.get(b as usize)) else {
                    return Ordering::Equal;
                };
                let time = |item: &Item| item.stat.map(|stat| stat.modified().sec);
                let mut result = if self.has(opt::t) { time(a).cmp(&time(b)) } else { Ordering::Equal };
                result = result.then_with(|| a.name.cmp(&b.name));
                if self.has(opt::r) {
                    result = result.reverse();
                }
                if self.has(opt::DIRSFIRST) {
                    result = b.leads_to_dir().cmp(&a.leads_to_dir()).then(result);
                }
                result
            });
        }
        let none = || Item { name: Vec::new(), stat: None, link: None, target: None };
        order
            .iter()
            .filter_map(|&index| Some(core::mem::replace(items.get_mut(index as usize)?, none())))
            .collect()
    }

    /// Draws what is in a directory that has been entered, and leaves it.
    fn draw(&mut self, path: &[u8], items: Vec<Item>) {
        // One for each directory on the way: its path, and what is still to be drawn.
        let mut levels = Vec::from([(path.to_vec(), items.into_iter().peekable())]);
        self.more.push(true);
        while let Some((path, items)) = levels.last_mut() {
            let Some(item) = items.next() else {
                levels.pop();
                self.more.pop();
                if self.chain.pop().is_err() {
                    return;
                }
                continue;
            };
            if let Some(more) = self.more.last_mut() {
                *more = items.peek().is_some();
            }
            let slash: &[u8] = if path.ends_with(b"/") { b"" } else { b"/" };
            let whole = [path, slash, &item.name].concat();
            if let Some(below) = self.item(&item, &whole) {
                levels.push((whole, below.into_iter().peekable()));
                self.more.push(true);
            }
            if self.cx.out.failed() {
                return;
            }
        }
    }

    /// Draws one line; what is below if it was entered.
    fn item(&mut self, item: &Item, whole: &[u8]) -> Option<Vec<Item>> {
        let mut line = Vec::new();
        if !self.has(opt::i) {
            self.lines(&mut line);
        }
        self.facts(item, &mut line);
        let shown = if self.has(opt::f) { whole } else { &item.name };
        self.name(item, shown, &mut line);
        if item.leads_to_dir() {
            self.dirs += 1;
        } else {
            self.files += 1;
        }
        let mut below = None;
        let follow = item.link.is_some();
        let stat = item.target.or(item.stat);
        if item.is_dir() || follow && self.has(opt::l) && item.leads_to_dir() {
            let elsewhere = self.has(opt::x) && stat.is_some_and(|stat| stat.dev() != self.dev);
            let again = follow && stat.is_some_and(|stat| self.seen.contains(&(stat.dev(), stat.ino())));
            self.seen.extend(stat.map(|stat| (stat.dev(), stat.ino())));
            if again {
                line.extend_from_slice(b"  [recursive, not followed]");
            } else if self.more.len() < self.levels && !elsewhere {
                match self.enter(&item.name, follow) {
                    Ok(items) => below = Some(items),
                    Err(_) => {
                        line.extend_from_slice(b"  [error opening dir]");
                        self.cx.set_status(2);
                    }
                }
            }
        }
        line.push(b'\n');
        self.cx.out.write(&line);
        below
    }

    fn lines(&self, line: &mut Vec<u8>) {
        let shapes: [&[u8]; 4] = if self.utf8 {
            ["│\u{a0}\u{a0} ".as_bytes(), b"    ", "├── ".as_bytes(), "└── ".as_bytes()]
        } else {
            [b"|   ", b"    ", b"|-- ", b"`-- "]
        };
        let [through, blank, branch, corner] = shapes;
        if let Some((last, above)) = self.more.split_last() {
            for &more in above {
                line.extend_from_slice(if more { through } else { blank });
            }
            line.extend_from_slice(if *last { branch } else { corner });
        }
    }

    /// What stands in brackets before a name.
    fn facts(&mut self, item: &Item, line: &mut Vec<u8>) {
        let Some(stat) = item.stat else { return };
        let start = line.len();
        let part = |line: &mut Vec<u8>, text: &[u8], width: usize, right: bool| {
            line.push(if line.len() == start { b'[' } else { b' ' });
            let missing = width.saturating_sub(text.len());
            num::push_fill(line, if right { missing } else { 0 }, b' ');
            line.extend_from_slice(text);
            num::push_fill(line, if right { 0 } else { missing }, b' ');
        };
        let mut text = Vec::new();
        if self.options.has(opt::p) {
            files::mode::string(stat.mode(), &mut text);
            part(line, &text, 0, false);
        }
        let owners = [(opt::u, &mut self.users, stat.uid()), (opt::g, &mut self.groups, stat.gid())];
        for (option, names, id) in owners {
            if self.options.has(option) {
                match names.get(id) {
                    Some(name) => part(line, name, 8, false),
                    None => part(line, num::dec(id.into(), &mut num::new_buf()), 8, false),
                }
            }
        }
        if self.options.has(opt::h) {
            text.clear();
            size(stat.size(), &mut text);
            part(line, &text, 4, true);
        } else if self.options.has(opt::s) {
            part(line, num::dec(stat.size(), &mut num::new_buf()), 11, true);
        }
        if self.options.has(opt::D) {
            text.clear();
            let when = stat.modified().sec;
            let recent = when > self.now - 6 * 31 * 86400 && when <= self.now;
            let format: &[u8] = if recent { b"%b %e %H:%M" } else { b"%b %e  %Y" };
            time::format(format, &self.zone.local(when), when, 0, &mut text);
            part(line, &text, 0, false);
        }
        if line.len() > start {
            line.extend_from_slice(b"]  ");
        }
    }

    fn name(&self, item: &Item, shown: &[u8], line: &mut Vec<u8>) {
        self.text(item.stat.as_ref(), item.link.is_some() && item.target.is_none(), shown, line);
        let mark = |stat: &Stat| match stat.kind() {
            libc::S_IFDIR => Some(b'/'),
            libc::S_IFIFO => Some(b'|'),
            libc::S_IFSOCK => Some(b'='),
            libc::S_IFREG if stat.mode() & 0o111 != 0 => Some(b'*'),
            _ => None,
        };
        match &item.link {
            Some(link) => {
                line.extend_from_slice(b" -> ");
                self.text(item.target.as_ref(), false, link, line);
                if self.has(opt::F) {
                    line.extend(item.target.as_ref().and_then(mark));
                }
            }
            None if self.has(opt::F) => line.extend(item.stat.as_ref().and_then(mark)),
            None => {}
        }
    }

    /// Appends a name, in color and with escapes.
    fn text(&self, stat: Option<&Stat>, orphan: bool, name: &[u8], line: &mut Vec<u8>) {
        let color: &[u8] = match stat {
            _ if !self.color => b"",
            _ if orphan => b"40;31;01",
            None => b"00",
            Some(stat) => match stat.kind() {
                libc::S_IFDIR => b"01;34",
                libc::S_IFLNK => b"01;36",
                libc::S_IFIFO => b"40;33",
                libc::S_IFSOCK => b"01;35",
                libc::S_IFBLK | libc::S_IFCHR => b"40;33;01",
                _ if stat.mode() & 0o111 != 0 => b"01;32",
                _ => b"00",
            },
        };
        if !color.is_empty() {
            line.extend_from_slice(&[b"\x1b[", color, b"m"].concat());
        }
        let quote: &[u8] = if self.has(opt::Q) { b"\"" } else { b"" };
        line.extend_from_slice(quote);
        if self.has(opt::N) {
            line.extend_from_slice(name);
        } else {
            self.escaped(name, line);
        }
        line.extend_from_slice(quote);
        if !color.is_empty() {
            line.extend_from_slice(b"\x1b[0m");
        }
    }

    /// In UTF-8 all that is not graphic is an octal number, else letters as in C are used and blanks escaped.
    fn escaped(&self, name: &[u8], line: &mut Vec<u8>) {
        let mut rest = name;
        while let Some(&byte) = rest.first() {
            let length = match text::utf8::decode(rest) {
                Some((0x20..0x7f | 0xa0.., length)) if self.utf8 => length,
                _ => 1,
            };
            let one = rest.get(..length).unwrap_or_default();
            if self.utf8 && length == 1 && !matches!(byte, b' '..=b'~') {
                line.extend_from_slice(&[
                    b'\\',
                    b'0' + (byte >> 6),
                    b'0' + (byte >> 3 & 7),
                    b'0' + (byte & 7),
                ]);
            } else if self.utf8 {
                line.extend_from_slice(one);
            } else {
                text::quote::c_string(one, if self.has(opt::Q) { b"\"" } else { b" " }, false, line);
            }
            rest = rest.get(length..).unwrap_or_default();
        }
    }

    fn report(&mut self) {
        let mut line = Vec::from(*b"\n");
        let count = |number: u64, one: &[u8], many: &[u8], line: &mut Vec<u8>| {
            num::push_dec(line, number);
            line.extend_from_slice(if number == 1 { one } else { many });
        };
        count(self.dirs, b" directory", b" directories", &mut line);
        if !self.options.has(opt::d) {
            line.extend_from_slice(b", ");
            count(self.files, b" file", b" files", &mut line);
        }
        self.cx.out.line(&line);
    }
}

/// A size as tree has it: rounded to nearest, one digit behind the point below 10.
fn size(bytes: u64, out: &mut Vec<u8>) {
    num::human(bytes, num::HUMAN_NEAREST, out);
}
