//! usage: du [OPTIONS] [FILE]...
//!
//! Tell how much space FILEs take with all that is below them; without FILEs the working directory.
//!
//!  -a, --all             also of files that are no directories
//!  -s, --summarize       only of FILEs themselves
//!  -d, --max-depth=N     at most N levels below them
//!  -S, --separate-dirs   do not count directories in the one above
//!  -c, --total           the sum, too
//!  -l, --count-links     count a file as often as it has names
//!  -x, --one-file-system  stay on one file system
//!  -D, -H, --dereference-args  follow links among FILEs
//!  -L, --dereference     follow all links
//!  -P, --no-dereference  follow none (the usual)
//!  -b, --bytes           same as --apparent-size -B1
//!  --apparent-size       the length of files, not the blocks they take
//!  --inodes              numbers of inodes, not space
//!  -k                    in units of 1 KiB (the usual)
//!  -m                    of 1 MiB
//!  -B, --block-size=SIZE  of SIZE
//!  -h, --human-readable  such as 1K 234M
//!  --si                  such as 1k 234M, in powers of 1000
//!  -t, --threshold=SIZE  only what has at least SIZE; with -SIZE at most
//!  --time[=WORD]         the latest time below: of modification, or atime, ctime
//!  --time-style=STYLE    full-iso, long-iso, iso or +FORMAT
//!  --exclude=PATTERN     leave out what matches
//!  -X, --exclude-from=FILE  PATTERNs out of FILE, one a line
//!  --files0-from=FILE    the FILEs are in FILE, each with a NUL behind
//!  -0, --null            end lines with NUL
//!
//! # Notes
//! POSIX.1-2024 du with GNU's unit and options. A file with several names counts once.

use applet::prelude::*;
use files::inodes::Inodes;
use files::scale::Scale;
use sys::fs::{Stat, Timestamp};
use walk::{Event, Follow, Step, Visit};

applet::options!("du");

#[derive(Clone, Copy, Default)]
struct Sum {
    size: u64,
    inodes: u64,
    time: Timestamp,
}

impl Sum {
    fn add(&mut self, other: Sum) {
        self.size = self.size.saturating_add(other.size);
        self.inodes += other.inodes;
        self.time = self.time.max(other.time);
    }
}

struct Du<'c, 'a> {
    cx: &'c mut Context<'a>,
    all: bool,
    max_depth: usize,
    separate: bool,
    count_links: bool,
    /// Whether files with a single name can come twice.
    hash_all: bool,
    follow: Follow,
    apparent: bool,
    inodes: bool,
    unit: Scale,
    threshold: Option<(bool, u64)>,
    /// Which time, and how it is shown.
    time: Option<(u8, &'a [u8], time::Zone)>,
    excluded: Vec<Vec<u8>>,
    end: u8,
    seen: Inodes,
    /// For each directory on the way: itself and the files in it; and what is below.
    levels: Vec<(Sum, Sum)>,
    total: Sum,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let mut operands: Vec<Vec<u8>> = options.operands.iter().map(|name| name.to_vec()).collect();
    if let Some(list) = options.value(opt::FILES0_FROM) {
        if let Some(extra) = options.operands.first() {
            return Err(Error::usage_about(
                b"extra operand '%'; file operands cannot be combined with --files0-from",
                extra,
            ));
        }
        let mut input = cx.open(list)?;
        while let Some(name) = input.text_line(0).at(list)? {
            if name.is_empty() {
                cx.report(Error::about(b"%: invalid zero-length file name", list));
            } else {
                operands.push(name.to_vec());
            }
        }
    } else if operands.is_empty() {
        operands.push(b".".to_vec());
    }
    let (mut du, walk_options, show_total) = settings(cx, &options, operands.len())?;
    for operand in &operands {
        walk::walk_stats(operand, walk_options, &mut |visit| du.visit(visit));
        du.levels.clear();
        if du.cx.out.failed() {
            break;
        }
    }
    if show_total {
        du.line(du.total, b"total");
    }
    Ok(du.cx.status())
}

fn settings<'c, 'a>(
    cx: &'c mut Context<'a>,
    options: &Options<'a>,
    count: usize,
) -> Result<(Du<'c, 'a>, walk::Options, bool)> {
    let unit = Scale::of_blocks(cx, b"DU_BLOCK_SIZE");
    let mut du = Du {
        all: options.has(opt::ALL),
        max_depth: usize::MAX,
        separate: options.has(opt::SEPARATE_DIRS),
        count_links: options.has(opt::COUNT_LINKS),
        hash_all: count > 1 || options.has(opt::DEREFERENCE),
        follow: Follow::Never,
        apparent: options.has(opt::APPARENT_SIZE) || options.has(opt::BYTES),
        inodes: options.has(opt::INODES),
        unit,
        threshold: None,
        time: None,
        excluded: Vec::new(),
        end: if options.has(opt::NULL) { 0 } else { b'\n' },
        seen: Inodes::default(),
        levels: Vec::new(),
        total: Sum::default(),
        cx,
    };
    let mut depth = None;
    let mut follow = Follow::Never;
    let mut style = du.cx.var(b"TIME_STYLE").unwrap_or(b"long-iso");
    for &(id, value) in &options.list {
        match id {
            opt::MAX_DEPTH => {
                let number =
                    num::parse_u64(value).map_err(|_| applet::value::invalid(b"maximum depth", value))?;
                depth = Some((number as usize, value));
            }
            opt::DEREFERENCE_ARGS => follow = Follow::Operand,
            opt::DEREFERENCE => follow = Follow::Always,
            opt::NO_DEREFERENCE => follow = Follow::Never,
            opt::BYTES => du.unit = Scale::unit(1),
            opt::k => du.unit = Scale::unit(1024),
            opt::m => du.unit = Scale::unit(1 << 20),
            opt::HUMAN_READABLE => du.unit = Scale::Human(0),
            opt::SI => du.unit = Scale::Human(num::HUMAN_SI),
            opt::BLOCK_SIZE => du.unit = Scale::required(value)?,
            opt::THRESHOLD => {
                let size = value.strip_prefix(b"-").unwrap_or(value);
                let number = applet::value::number(size, b"@", b"--threshold argument")?;
                if number == 0 && size.len() != value.len() {
                    return Err(applet::value::invalid(b"--threshold argument", value));
                }
                du.threshold = Some((size.len() != value.len(), number));
            }
            opt::TIME => {
                let words = b"atime access use ctime status";
                let which = if value.is_empty() { 9 } else { applet::value::word(value, words, b"--time")? };
                du.time = Some((which as u8, b"", time::Zone::utc()));
            }
            opt::TIME_STYLE => style = value,
            opt::EXCLUDE => du.excluded.push(value.to_vec()),
            opt::EXCLUDE_FROM => {
                let mut input = du.cx.open(value)?;
                while let Some(line) = input.text_line(b'\n').at(value)? {
                    du.excluded.push(line.to_vec());
                }
            }
            _ => {}
        }
    }
    if options.has(opt::SUMMARIZE) {
        if du.all {
            return Err(Error::usage(&[b"cannot both summarize and show all entries"]));
        }
        if let Some((1.., text)) = depth {
            return Err(Error::usage_about(b"summarizing conflicts with --max-depth=%", text));
        }
        du.max_depth = 0;
    } else if let Some((depth, _)) = depth {
        du.max_depth = depth;
    }
    if du.inodes && !matches!(du.unit, Scale::Human(_)) {
        du.unit = Scale::unit(1);
    }
    if let Some((_, format, zone)) = &mut du.time {
        *format = match style.strip_prefix(b"+") {
            Some(format) => format,
            None => match applet::value::word(style, b"full-iso long-iso iso", b"time style")? {
                0 => b"%Y-%m-%d %H:%M:%S.%N %z",
                1 => b"%Y-%m-%d %H:%M",
                _ => b"%Y-%m-%d",
            },
        };
        *zone = time::load(du.cx.var(b"TZ"), &mut |path: &[u8]| sys::fs::read_file(path, 1 << 20).ok());
    }
    du.follow = follow;
    let walk_options = walk::Options { follow, one_file_system: options.has(opt::ONE_FILE_SYSTEM) };
    Ok((du, walk_options, options.has(opt::TOTAL)))
}

impl Du<'_, '_> {
    fn visit(&mut self, visit: &Visit) -> Step {
        match visit.event {
            Event::Leave => self.leave(visit),
            Event::Error(errno) => self.cx.report(Error::system(visit.path, errno)),
            Event::Mount | Event::Loop => {}
            Event::File | Event::Enter => return self.entry(visit),
        }
        if self.cx.out.failed() { Step::Stop } else { Step::Continue }
    }

    fn entry(&mut self, visit: &Visit) -> Step {
        if (self.follow == Follow::Always || self.follow == Follow::Operand && visit.depth == 0)
            && visit.kind == libc::DT_LNK
            && let Err(errno) = sys::fs::statat(visit.dir, visit.name(), 0)
        {
            self.cx.report(Error::system(visit.path, errno));
            return Step::Skip;
        }
        if !self.excluded.is_empty() && self.is_excluded(visit.path) {
            return Step::Skip;
        }
        let stat = match visit.stat() {
            Ok(stat) => stat,
            Err(errno) => {
                self.cx.report(Error::system(visit.path, errno));
                return Step::Skip;
            }
        };
        let several = self.hash_all || !visit.is_dir() && stat.nlink() > 1;
        if !self.count_links && several && self.seen.insert(stat.dev(), stat.ino(), 0).is_some() {
            return Step::Skip;
        }
        let sum = self.measure(&stat);
        if visit.event == Event::Enter {
            self.levels.push((sum, Sum::default()));
            return Step::Continue;
        }
        match self.levels.last_mut() {
            Some((own, _)) => own.add(sum),
            None => self.total.add(sum),
        }
        if visit.depth == 0 || self.all && visit.depth <= self.max_depth {
            self.show(sum, visit.path);
        }
        Step::Continue
    }

    fn leave(&mut self, visit: &Visit) {
        let Some((own, below)) = self.levels.pop() else {
            return;
        };
        let mut all = own;
        all.add(below);
        match self.levels.last_mut() {
            Some((_, below)) => below.add(all),
            None => self.total.add(all),
        }
        if visit.depth <= self.max_depth {
            self.show(if self.separate { own } else { all }, visit.path);
        }
    }

    fn measure(&self, stat: &Stat) -> Sum {
        let time = match &self.time {
            None => Timestamp::default(),
            Some((0..3, ..)) => stat.accessed(),
            Some((3 | 4, ..)) => stat.changed(),
            Some(_) => stat.modified(),
        };
        let size = if self.apparent { stat.size() } else { stat.blocks().saturating_mul(512) };
        Sum { size, inodes: 1, time }
    }

    /// Whether a pattern matches the path or what is behind one of its slashes.
    fn is_excluded(&self, path: &[u8]) -> bool {
        let mut rest = path;
        loop {
            if self.excluded.iter().any(|pattern| text::glob::matches(pattern, rest, self.cx.utf8())) {
                return true;
            }
            let Some(at) = rest.iter().position(|&byte| byte == b'/') else {
                return false;
            };
            rest = rest.get(at + 1..).unwrap_or_default();
        }
    }

    fn show(&mut self, sum: Sum, path: &[u8]) {
        let size = if self.inodes { sum.inodes } else { sum.size };
        let wanted = match self.threshold {
            None => true,
            Some((false, least)) => size >= least,
            Some((true, most)) => size <= most,
        };
        if wanted {
            self.line(sum, path);
        }
    }

    fn line(&mut self, sum: Sum, path: &[u8]) {
        let mut line = Vec::new();
        self.unit.push(if self.inodes { sum.inodes } else { sum.size }, 1, &mut line);
        line.push(b'\t');
        if let Some((_, format, zone)) = &self.time {
            time::format(format, &zone.local(sum.time.sec), sum.time.sec, sum.time.nsec, &mut line);
            line.push(b'\t');
        }
        line.extend_from_slice(path);
        line.push(self.end);
        self.cx.out.write(&line);
    }
}
