//! usage: ls [OPTIONS] [FILE]... | dir [OPTIONS] [FILE]... | vdir [OPTIONS] [FILE]...
//!
//! List FILEs, and what directories among them hold; without FILEs the working directory.
//! dir is ls -C -b, vdir is ls -l -b.
//!
//!  -a, --all               also names that begin with a dot
//!  -A, --almost-all        as -a without . and ..
//!  -B, --ignore-backups    no names that end with ~
//!  -I, --ignore=PATTERN    no names that match PATTERN
//!  --hide=PATTERN          as -I, unless -a or -A is given
//!  -d, --directory         directories themselves, not what they hold
//!  -R, --recursive         directories below, too
//!  -H, --dereference-command-line  follow links among FILEs
//!  --dereference-command-line-symlink-to-dir  those to directories (the usual, without -l -d -F)
//!  -L, --dereference       follow all links
//!
//!  -1                      one name a line
//!  -C                      in columns, sorted downwards
//!  -x                      in columns, sorted across
//!  -m                      with commas between
//!  -l                      long: mode, links, owner, group, size, time, name
//!  -g                      long without owner
//!  -o                      long without group
//!  -n, --numeric-uid-gid   long, owners and groups as numbers
//!  -G, --no-group          no group in a long listing
//!  --author                the author (the owner) in a long listing
//!  --format=WORD           single-column -1, vertical -C, across -x, commas -m, long -l
//!  --full-time             -l --time-style=full-iso
//!  -i, --inode             inode numbers
//!  -s, --size              allocated blocks
//!  -h, --human-readable    sizes such as 1K 234M
//!  --si                    as -h in powers of 1000
//!  -k, --kibibytes         blocks of 1024 bytes
//!  --block-size=SIZE       sizes and blocks in units of SIZE
//!  -w, --width=COLUMNS     width of the screen; 0 for no limit
//!  -T, --tabsize=COLUMNS   distance of tab stops (8); 0 for no tabs
//!
//!  -t                      sort by time, newest first
//!  -S                      sort by size, largest first
//!  -v                      sort by version numbers
//!  -X                      sort by extension
//!  -U                      do not sort
//!  --sort=WORD             none -U, size -S, time -t, version -v, extension -X, width
//!  -f                      -a -U, without -l -s --color
//!  -r, --reverse           in reverse order
//!  --group-directories-first  directories before files
//!  -c                      time of last change: show it, or sort by it
//!  -u                      time of last access
//!  --time=WORD             atime -u, ctime -c, mtime, birth
//!  --time-style=STYLE      full-iso, long-iso, iso, locale or +FORMAT
//!
//!  -F                      mark names: / directory, * executable, @ link, | pipe, = socket
//!  --classify[=WHEN]       as -F: always, auto (on a terminal), never
//!  -p                      only /
//!  --file-type             as -F without *
//!  --indicator-style=WORD  none, slash -p, file-type, classify -F
//!  --color[=WHEN]          in colors, as LS_COLORS says
//!  --hyperlink[=WHEN]      names as links for the terminal
//!  -b, --escape            \n for what is not graphic
//!  -q, --hide-control-chars  ? for what is not graphic
//!  --show-control-chars    all as it is
//!  -N, --literal           names without quotes
//!  -Q, --quote-name        names in double quotes
//!  --quoting-style=WORD    literal, shell, shell-always, shell-escape, shell-escape-always, c, escape, locale
//!  --zero                  end lines with NUL
//!
//! # Notes
//! POSIX.1-2024 ls; the rest as GNU. The order of names is that of their bytes in every locale. Not here: `-Z` (security
//! contexts), `-D` (Emacs dired). The status is 1 when something in a directory and 2 when an operand cannot be examined.
//! Entries with access control lists get no `+`.

use applet::prelude::*;
use core::cmp::Ordering;
use files::scale::Scale;
use sys::RawFd;
use sys::fs::{Stat, Timestamp};
use walk::{Chain, Listing};

mod color;
mod columns;
mod long;
mod name;

applet::options!("ls");

#[derive(Clone, Copy, PartialEq)]
enum Format {
    Lines,
    Long,
    Columns,
    Across,
    Commas,
}

#[derive(Clone, Copy, PartialEq)]
enum Sort {
    None,
    Time,
    Size,
    Extension,
    Version,
    Width,
    Name,
}

/// Which time: the order of `--time`'s words.
#[derive(Clone, Copy, PartialEq)]
enum Which {
    Modified,
    Accessed,
    Changed,
    Born,
}

#[derive(Clone, Copy, PartialEq)]
enum Follow {
    Default,
    Never,
    OperandToDirectory,
    Operand,
    Always,
}

/// Which names are listed.
#[derive(Clone, Copy, PartialEq)]
enum Hidden {
    No,
    Yes,
    WithDots,
}

/// What marks are behind names, each with those before it.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Marks {
    None,
    Slash,
    FileType,
    Classify,
}

/// One entry.
struct File {
    /// Its name is there in [`Batch::names`].
    name: (usize, usize),
    /// A `DT_*`.
    kind: u8,
    ino: u64,
    stat: Option<Stat>,
    born: Option<Timestamp>,
    /// What a link holds, and the mode of what it leads to.
    link: Option<Vec<u8>>,
    link_mode: Option<u32>,
    /// How wide its quoted name is, where that is needed.
    width: usize,
    quoted: bool,
}

/// The widths of columns.
#[derive(Default)]
struct Widths {
    ino: usize,
    blocks: usize,
    links: usize,
    owner: usize,
    group: usize,
    size: usize,
    major: usize,
    minor: usize,
}

/// Entries that are listed together: the operands that are no directories, or those of one directory.
#[derive(Default)]
struct Batch {
    files: Vec<File>,
    names: Vec<u8>,
    order: Vec<u32>,
    widths: Widths,
    blocks: u64,
    any_quoted: bool,
}

impl Batch {
    fn name(&self, file: &File) -> &[u8] {
        self.names.get(file.name.0..file.name.1).unwrap_or_default()
    }

    fn sorted(&self) -> impl Iterator<Item = &File> {
        self.order.iter().filter_map(|&index| self.files.get(index as usize))
    }
}

struct Ls<'c, 'a> {
    cx: &'c mut Context<'a>,
    format: Format,
    sort: Sort,
    which: Which,
    follow: Follow,
    hidden: Hidden,
    marks: Marks,
    style: name::Style,
    question_marks: bool,
    utf8: bool,
    reverse: bool,
    directories_first: bool,
    directories_as_files: bool,
    recursive: bool,
    inodes: bool,
    blocks: bool,
    owner: bool,
    group: bool,
    author: bool,
    numeric: bool,
    end: u8,
    width: usize,
    tab: usize,
    sizes: Scale,
    block_unit: Scale,
    /// Names not listed, and those not listed unless -a or -A is given.
    ignored: Vec<&'a [u8]>,
    hide: Vec<&'a [u8]>,
    /// Formats of times long ago and of recent ones.
    formats: [&'a [u8]; 2],
    zone: time::Zone,
    now: Timestamp,
    users: users::Names,
    groups: users::Names,
    colors: Option<color::Colors>,
    hyperlink: bool,
    /// Whether entries must be examined, or only their types be known.
    need_stat: bool,
    need_type: bool,
    /// Whether links are followed to see what is there.
    check_links: bool,
    /// The directory that is being listed, with a slash at its end; empty for operands.
    folder: Vec<u8>,
    /// Whether a line has been written before.
    begun: bool,
    /// Whether directories are announced by name.
    titles: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 2;
    let options = cx.options(opt::GRAMMAR)?;
    let terminal = sys::terminal::is_terminal(sys::fd::STDOUT);
    let (format, style) = match cx.name {
        b"dir" => (Format::Columns, name::Style::Escape),
        b"vdir" => (Format::Long, name::Style::Escape),
        _ if terminal => (Format::Columns, name::Style::ShellEscape),
        _ => (Format::Lines, name::Style::Literal),
    };
    let sizes = Scale::of_environment(cx, b"LS_BLOCK_SIZE");
    let block_unit = Scale::of_blocks(cx, b"LS_BLOCK_SIZE");
    let mut ls = Ls {
        format,
        sort: Sort::Name,
        which: Which::Modified,
        follow: Follow::Default,
        hidden: Hidden::No,
        marks: Marks::None,
        style: cx.var(b"QUOTING_STYLE").and_then(|word| name::Style::parse(word).ok()).unwrap_or(style),
        question_marks: terminal && cx.name == b"ls",
        utf8: cx.utf8(),
        reverse: false,
        directories_first: false,
        directories_as_files: false,
        recursive: false,
        inodes: false,
        blocks: false,
        owner: true,
        group: true,
        author: false,
        numeric: false,
        end: b'\n',
        width: 0,
        tab: 8,
        sizes: sizes.unwrap_or(Scale::unit(1)),
        block_unit,
        ignored: Vec::new(),
        hide: Vec::new(),
        formats: [b"%b %e  %Y", b"%b %e %H:%M"],
        zone: time::Zone::utc(),
        now: sys::time::now(),
        users: users::Names::of_users(),
        groups: users::Names::of_groups(),
        colors: None,
        hyperlink: false,
        need_stat: false,
        need_type: false,
        check_links: false,
        folder: Vec::new(),
        begun: false,
        titles: true,
        cx,
    };
    ls.settings(&options.list, terminal)?;
    ls.operands(&options.operands);
    ls.finish_colors();
    Ok(cx.status())
}

/// Whether WHEN is now.
fn when(word: &[u8], option: &[u8], terminal: bool) -> Result<bool> {
    if word.is_empty() {
        return Ok(true);
    }
    Ok(match applet::value::word(word, b"always yes force auto tty if-tty never no none", option)? {
        0..3 => true,
        3..6 => terminal,
        _ => false,
    })
}

/// One of `choices`, by the word for it.
fn choice<T: Copy>(value: &[u8], words: &[u8], option: &[u8], choices: &[T], default: T) -> Result<T> {
    let number = applet::value::word(value, words, option)?;
    Ok(choices.get(number).copied().unwrap_or(default))
}

impl<'a> Ls<'_, 'a> {
    /// Takes the options.
    fn settings(&mut self, options: &[(u8, &'a [u8])], terminal: bool) -> Result {
        let mut sort = None;
        let mut color = false;
        let (mut width, mut tab) = (None, None);
        let (mut kibibytes, mut other_units) = (false, false);
        let mut time_style = self.cx.var(b"TIME_STYLE");
        for &(id, value) in options {
            match id {
                opt::_1 if self.format != Format::Long => self.format = Format::Lines,
                opt::C => self.format = Format::Columns,
                opt::x => self.format = Format::Across,
                opt::m => self.format = Format::Commas,
                opt::l | opt::g | opt::o | opt::NUMERIC_UID_GID => {
                    self.format = Format::Long;
                    self.owner &= id != opt::g;
                    self.group &= id != opt::o;
                    self.numeric |= id == opt::NUMERIC_UID_GID;
                }
                opt::NO_GROUP => self.group = false,
                opt::AUTHOR => self.author = true,
                opt::FULL_TIME => (self.format, time_style) = (Format::Long, Some(&b"full-iso"[..])),
                opt::FORMAT => {
                    let words = b"verbose long commas horizontal across vertical single-column";
                    let choices = [
                        Format::Long,
                        Format::Long,
                        Format::Commas,
                        Format::Across,
                        Format::Across,
                        Format::Columns,
                    ];
                    self.format = choice(value, words, b"--format", &choices, Format::Lines)?;
                }
                opt::REVERSE => self.reverse = true,
                opt::GROUP_DIRECTORIES_FIRST => self.directories_first = true,
                opt::DIRECTORY => self.directories_as_files = true,
                opt::RECURSIVE => self.recursive = true,
                opt::INODE => self.inodes = true,
                opt::ALL => self.hidden = Hidden::WithDots,
                opt::ALMOST_ALL => self.hidden = Hidden::Yes,
                opt::IGNORE_BACKUPS => {
                    self.ignored.push(b"*~");
                    self.ignored.push(b".*~");
                }
                opt::IGNORE => self.ignored.push(value),
                opt::HIDE => self.hide.push(value),
                opt::DEREFERENCE => self.follow = Follow::Always,
                opt::DEREFERENCE_COMMAND_LINE => self.follow = Follow::Operand,
                opt::DEREFERENCE_COMMAND_LINE_SYMLINK_TO_DIR => self.follow = Follow::OperandToDirectory,
                opt::SIZE => self.blocks = true,
                opt::KIBIBYTES => kibibytes = true,
                opt::HUMAN_READABLE | opt::SI | opt::BLOCK_SIZE => {
                    self.sizes = match id {
                        opt::HUMAN_READABLE => Scale::Human(0),
                        opt::SI => Scale::Human(num::HUMAN_SI),
                        _ => Scale::required(value)?,
                    };
                    self.block_unit = self.sizes;
                    other_units = true;
                }
                opt::WIDTH | opt::TABSIZE => {
                    let what: &[u8] = if id == opt::WIDTH { b"line width" } else { b"tab size" };
                    let columns = num::parse_u64(value).map_err(|_| applet::value::invalid(what, value))?;
                    *(if id == opt::WIDTH { &mut width } else { &mut tab }) = Some(columns as usize);
                }
                opt::t => sort = Some(Sort::Time),
                opt::S => sort = Some(Sort::Size),
                opt::v => sort = Some(Sort::Version),
                opt::X => sort = Some(Sort::Extension),
                opt::U => sort = Some(Sort::None),
                opt::SORT => {
                    let choices = [Sort::None, Sort::Time, Sort::Size, Sort::Extension, Sort::Version];
                    let words = b"none time size extension version width";
                    sort = Some(choice(value, words, b"--sort", &choices, Sort::Width)?);
                }
                opt::f => {
                    (self.hidden, sort) = (Hidden::WithDots, Some(Sort::None));
                    if self.format == Format::Long {
                        self.format = if terminal { Format::Columns } else { Format::Lines };
                    }
                    (color, self.hyperlink, self.blocks) = (false, false, false);
                }
                opt::c => self.which = Which::Changed,
                opt::u => self.which = Which::Accessed,
                opt::TIME => {
                    let words = b"atime access use ctime status mtime modification birth creation";
                    use Which::{Accessed, Born, Changed, Modified};
                    let choices = [Accessed, Accessed, Accessed, Changed, Changed, Modified, Modified];
                    self.which = choice(value, words, b"--time", &choices, Born)?;
                }
                opt::TIME_STYLE => time_style = Some(value),
                opt::F => self.marks = Marks::Classify,
                opt::CLASSIFY if when(value, b"--classify", terminal)? => self.marks = Marks::Classify,
                opt::p => self.marks = Marks::Slash,
                opt::FILE_TYPE => self.marks = Marks::FileType,
                opt::INDICATOR_STYLE => {
                    let choices = [Marks::None, Marks::Slash, Marks::FileType];
                    let words = b"none slash file-type classify";
                    self.marks = choice(value, words, b"--indicator-style", &choices, Marks::Classify)?;
                }
                opt::COLOR => color = when(value, b"--color", terminal)?,
                opt::HYPERLINK => self.hyperlink = when(value, b"--hyperlink", terminal)?,
                opt::ESCAPE => self.style = name::Style::Escape,
                opt::HIDE_CONTROL_CHARS => self.question_marks = true,
                opt::SHOW_CONTROL_CHARS => self.question_marks = false,
                opt::LITERAL => self.style = name::Style::Literal,
                opt::QUOTE_NAME => self.style = name::Style::C,
                opt::QUOTING_STYLE => self.style = name::Style::parse(value)?,
                opt::ZERO => {
                    (self.end, self.question_marks, color) = (0, false, false);
                    self.style = name::Style::Literal;
                    if self.format != Format::Long {
                        self.format = Format::Lines;
                    }
                }
                _ => {}
            }
        }
        // -k is weaker than everything that names a unit.
        if kibibytes && !other_units {
            self.block_unit = Scale::unit(1024);
        }
        let long = self.format == Format::Long;
        if long {
            self.time_style(time_style.unwrap_or(b"locale"))?;
            let read = &mut |path: &[u8]| sys::fs::read_file(path, 1 << 20).ok();
            self.zone = time::load(self.cx.var(b"TZ"), read);
        }
        let by_time = !long && self.which != Which::Modified;
        self.sort = sort.unwrap_or(if by_time { Sort::Time } else { Sort::Name });
        if color {
            self.colors = color::load(self.cx);
        }
        self.directories_first &= self.sort != Sort::None;
        self.check_links =
            self.directories_first || self.colors.as_ref().is_some_and(|colors| colors.follows_links(long));
        self.tab = tab.unwrap_or(if self.colors.is_some() || self.hyperlink { 0 } else { 8 });
        self.width = match width {
            Some(width) => width,
            None if long || self.format == Format::Lines => 0,
            None => self.screen_width(terminal),
        };
        if self.follow == Follow::Default {
            let itself = self.directories_as_files || self.marks == Marks::Classify || long;
            self.follow = if itself { Follow::Never } else { Follow::OperandToDirectory };
        }
        self.need_stat = matches!(self.sort, Sort::Time | Sort::Size) || long || self.blocks;
        self.need_type =
            self.recursive || self.colors.is_some() || self.directories_first || self.marks != Marks::None;
        Ok(())
    }

    fn time_style(&mut self, style: &'a [u8]) -> Result {
        if let Some(format) = style.strip_prefix(b"+") {
            let mut lines = format.splitn(2, |&byte| byte == b'\n');
            let first = lines.next().unwrap_or_default();
            self.formats = [first, lines.next().unwrap_or(first)];
            return Ok(());
        }
        // Outside the C locale only.
        let style = match style.strip_prefix(b"posix-") {
            Some(_) if !self.utf8 => b"locale",
            Some(style) => style,
            None => style,
        };
        let word = applet::value::word(style, b"full-iso long-iso iso locale", b"time style");
        match word.map_err(|error| error.with_status(2))? {
            0 => self.formats = [b"%Y-%m-%d %H:%M:%S.%N %z"; 2],
            1 => self.formats = [b"%Y-%m-%d %H:%M"; 2],
            2 => self.formats = [b"%Y-%m-%d ", b"%m-%d %H:%M"],
            _ => {}
        }
        Ok(())
    }

    fn screen_width(&mut self, terminal: bool) -> usize {
        if terminal && let Ok((columns @ 1.., _)) = sys::terminal::size(sys::fd::STDOUT) {
            return columns.into();
        }
        match self.cx.var(b"COLUMNS") {
            None | Some(b"") => 80,
            Some(text) => num::parse_u64(text).map(|value| value as usize).unwrap_or_else(|_| {
                self.cx.warn(&[b"ignoring invalid width in environment variable COLUMNS: '", text, b"'"]);
                80
            }),
        }
    }

    fn operands(&mut self, operands: &[&[u8]]) {
        let here: [&[u8]; 1] = [b"."];
        let mut batch = Batch::default();
        let mut folders: Vec<Vec<u8>> = Vec::new();
        if operands.is_empty() && !self.directories_as_files {
            (self.titles, self.begun) = (self.recursive, false);
            self.tree(b".");
            return;
        }
        for name in if operands.is_empty() { &here } else { operands } {
            self.add(&mut batch, sys::fd::CWD, name, libc::DT_UNKNOWN, 0, true);
        }
        self.order(&mut batch);
        if !self.directories_as_files {
            let (files, order, names) = (&batch.files, &mut batch.order, &batch.names);
            order.retain(|&index| {
                let Some(file) = files.get(index as usize).filter(|file| file.kind == libc::DT_DIR) else {
                    return true;
                };
                folders.push(names.get(file.name.0..file.name.1).unwrap_or_default().to_vec());
                false
            });
        }
        let files = !batch.order.is_empty();
        self.print(&batch);
        if !files && operands.len() <= 1 && folders.len() == 1 {
            self.titles = self.recursive;
        }
        self.begun = files;
        for folder in &folders {
            self.tree(folder);
        }
    }

    /// Lists a directory, and those below it if that is asked for.
    fn tree(&mut self, operand: &[u8]) {
        let mut chain = Chain::default();
        let mut room = Vec::new();
        // For each directory on the way: how long its path is, and the names in it still to come, the next one last.
        let mut levels: Vec<(usize, Vec<Vec<u8>>, Option<Stat>)> = Vec::new();
        let mut path = Vec::new();
        let mut next = Some(operand.to_vec());
        loop {
            if let Some(name) = next {
                if !path.is_empty() && path.last() != Some(&b'/') {
                    path.push(b'/');
                }
                path.extend_from_slice(&name);
                if let Some((names, stat)) = self.folder(&mut chain, &name, &path, &mut room, &levels) {
                    levels.push((path.len(), names, stat));
                }
            }
            let Some((length, names, _)) = levels.last_mut() else {
                return;
            };
            path.truncate(*length);
            next = names.pop();
            if next.is_none() {
                levels.pop();
                if let Err(errno) = chain.pop() {
                    self.cx.report(Error::system(&path, errno));
                    return;
                }
            }
        }
    }

    /// Lists one directory. If it could be opened: the names of directories in it when they are to be listed, last first.
    #[allow(clippy::type_complexity)]
    fn folder(
        &mut self,
        chain: &mut Chain,
        name: &[u8],
        path: &[u8],
        room: &mut Vec<u8>,
        levels: &[(usize, Vec<Vec<u8>>, Option<Stat>)],
    ) -> Option<(Vec<Vec<u8>>, Option<Stat>)> {
        let operand = levels.is_empty();
        let serious = if operand { 2 } else { 1 };
        let fd = match chain.push(name, operand || self.follow == Follow::Always) {
            Ok(fd) => fd,
            Err(errno) => {
                self.cx.report(Error::system(path, errno).with_status(serious));
                return None;
            }
        };
        let mut stat = None;
        // Only links lead back.
        if self.follow == Follow::Always && self.recursive {
            stat = sys::fs::fstat(fd).ok();
            let seen = |level: &(usize, Vec<Vec<u8>>, Option<Stat>)| match (&level.2, &stat) {
                (Some(one), Some(other)) => one.same(other),
                _ => false,
            };
            if levels.iter().any(seen) {
                self.cx.report(Error::about(b"%: not listing already-listed directory", path));
                let _ = chain.pop();
                return None;
            }
        }
        self.folder.clear();
        self.folder.extend_from_slice(path);
        if path.last() != Some(&b'/') {
            self.folder.push(b'/');
        }
        if self.titles || self.recursive {
            self.title(path);
        }
        let mut batch = Batch::default();
        let (mut listing, error) = Listing::read(fd, room);
        if self.hidden == Hidden::WithDots {
            listing.with_dots();
        }
        while let Some(entry) = listing.next() {
            if !self.is_ignored(entry.name) {
                self.add(&mut batch, fd, entry.name, entry.kind, entry.ino, false);
            }
        }
        if let Some(errno) = error {
            self.cx.report(Error::system(path, errno).with_status(serious));
        }
        self.order(&mut batch);
        if self.format == Format::Long || self.blocks {
            let mut line = b"total ".to_vec();
            self.block_unit.push(batch.blocks, 512, &mut line);
            line.push(self.end);
            self.cx.out.write(&line);
        }
        self.print(&batch);
        let mut below = Vec::new();
        if self.recursive {
            let folders =
                batch.sorted().filter(|file| file.kind == libc::DT_DIR).map(|file| batch.name(file));
            below = folders.filter(|name| !matches!(*name, b"." | b"..")).map(<[u8]>::to_vec).collect();
            below.reverse();
        }
        Some((below, stat))
    }

    fn title(&mut self, path: &[u8]) {
        let mut line = Vec::new();
        if self.begun {
            line.push(b'\n');
        }
        self.begun = true;
        let mut text = Vec::new();
        name::quote(self.style, path, b":", self.utf8, self.question_marks, &mut text);
        self.link(path, &text, false, &mut line);
        line.extend_from_slice(b":\n");
        self.cx.out.write(&line);
    }

    fn is_ignored(&self, name: &[u8]) -> bool {
        let matches = |list: &[&[u8]]| {
            // A dot at the start is not matched by a wildcard.
            list.iter().any(|pattern| {
                (name.first() != Some(&b'.') || pattern.first() == Some(&b'.'))
                    && text::glob::matches(pattern, name, self.utf8)
            })
        };
        self.hidden == Hidden::No && (name.first() == Some(&b'.') || matches(&self.hide))
            || matches(&self.ignored)
    }

    /// Examines a file as far as that is needed, and enters it.
    fn add(&mut self, batch: &mut Batch, dir: RawFd, name: &[u8], kind: u8, ino: u64, operand: bool) {
        let start = batch.names.len();
        batch.names.extend_from_slice(name);
        let mut file = File {
            name: (start, batch.names.len()),
            kind,
            ino,
            stat: None,
            born: None,
            link: None,
            link_mode: None,
            width: 0,
            quoted: false,
        };
        if self.aligns_quotes() || self.has_columns() {
            self.measure(name, &mut file);
            batch.any_quoted |= file.quoted;
        }
        if self.must_examine(kind, operand) || self.inodes && ino == 0 {
            match self.examine(dir, name, operand) {
                Ok((stat, flags)) => {
                    file.kind = (stat.kind() >> 12) as u8;
                    file.ino = stat.ino();
                    file.stat = Some(stat);
                    if self.which == Which::Born && (self.format == Format::Long || self.sort == Sort::Time) {
                        file.born = sys::fs::birth_time(dir, name, flags);
                    }
                }
                Err(errno) => {
                    let status = if operand { 2 } else { 1 };
                    self.cx.report(Error::system(&self.path(name), errno).with_status(status));
                    if !operand {
                        file.ino = 0;
                        batch.files.push(file);
                    }
                    return;
                }
            }
        }
        if file.kind == libc::DT_LNK && (self.format == Format::Long || self.check_links) {
            match sys::fs::readlinkat(dir, name) {
                Ok(target) => file.link = Some(target),
                Err(errno) => {
                    let status = if operand { 2 } else { 1 };
                    self.cx.report(Error::system(&self.path(name), errno).with_status(status));
                }
            }
            if self.marks >= Marks::FileType || self.check_links {
                file.link_mode = sys::fs::statat(dir, name, 0).ok().map(|stat| stat.mode());
            }
        }
        self.widen(&file, batch);
        batch.files.push(file);
    }

    fn must_examine(&self, kind: u8, operand: bool) -> bool {
        let color = self.colors.is_some();
        operand
            || self.need_stat
            || match kind {
                libc::DT_UNKNOWN => self.need_type,
                libc::DT_LNK => (self.need_type || self.inodes) && (self.follow == Follow::Always || color),
                libc::DT_REG => color || self.marks == Marks::Classify,
                libc::DT_DIR => color,
                _ => false,
            }
    }

    fn examine(&self, dir: RawFd, name: &[u8], operand: bool) -> sys::Result<(Stat, i32)> {
        let follow = match self.follow {
            Follow::Always => true,
            Follow::Never => false,
            _ => operand,
        };
        if follow {
            let found = sys::fs::statat(dir, name, 0);
            let itself = match &found {
                Ok(stat) => !stat.is_dir(),
                Err(errno) => matches!(errno.0, libc::ENOENT | libc::ELOOP),
            };
            if !itself || self.follow != Follow::OperandToDirectory {
                return found.map(|stat| (stat, 0));
            }
        }
        sys::fs::statat(dir, name, libc::AT_SYMLINK_NOFOLLOW).map(|stat| (stat, libc::AT_SYMLINK_NOFOLLOW))
    }

    /// Its path, for messages.
    fn path(&self, name: &[u8]) -> Vec<u8> {
        if name.starts_with(b"/") { name.to_vec() } else { [&self.folder, name].concat() }
    }

    fn time_of(&self, file: &File) -> Option<Timestamp> {
        let stat = file.stat.as_ref()?;
        match self.which {
            Which::Modified => Some(stat.modified()),
            Which::Accessed => Some(stat.accessed()),
            Which::Changed => Some(stat.changed()),
            Which::Born => file.born,
        }
    }

    fn order(&self, batch: &mut Batch) {
        let mut order: Vec<u32> = (0..batch.files.len() as u32).collect();
        if self.sort != Sort::None {
            files::order::sort(&mut order, &mut |a, b| {
                let (Some(a), Some(b)) = (batch.files.get(a as usize), batch.files.get(b as usize)) else {
                    return Ordering::Equal;
                };
                self.compare(batch, a, b)
            });
        }
        batch.order = order;
    }

    fn compare(&self, batch: &Batch, a: &File, b: &File) -> Ordering {
        if self.directories_first {
            let is_dir = |file: &File| {
                file.kind == libc::DT_DIR
                    || file.link_mode.is_some_and(|mode| mode & libc::S_IFMT == libc::S_IFDIR)
            };
            let order = is_dir(b).cmp(&is_dir(a));
            if order.is_ne() {
                return order;
            }
        }
        let (name, other) = (batch.name(a), batch.name(b));
        let size = |file: &File| file.stat.as_ref().map_or(0, Stat::size);
        let order = match self.sort {
            Sort::Time => self.time_of(b).cmp(&self.time_of(a)),
            Sort::Size => size(b).cmp(&size(a)),
            Sort::Extension => extension(name).cmp(extension(other)),
            Sort::Version => sort::version::compare(name, other),
            Sort::Width => a.width.cmp(&b.width),
            Sort::Name | Sort::None => Ordering::Equal,
        };
        let order = order.then_with(|| name.cmp(other));
        if self.reverse { order.reverse() } else { order }
    }

    fn print(&mut self, batch: &Batch) {
        match self.format {
            Format::Long => self.long(batch),
            Format::Lines => {
                let mut line = Vec::new();
                for file in batch.sorted() {
                    self.entry(batch, file, 0, &mut line);
                    line.push(self.end);
                    self.cx.out.write(&line);
                    line.clear();
                    if self.cx.out.failed() {
                        break;
                    }
                }
            }
            _ => self.columns(batch),
        }
    }
}

fn extension(name: &[u8]) -> &[u8] {
    name.iter().rposition(|&byte| byte == b'.').and_then(|at| name.get(at..)).unwrap_or_default()
}
