//! usage: tail [OPTION]... [FILE]...
//!
//! Print the last 10 lines of each FILE.
//!
//!  -n, --lines=[+]N          the last N lines; with +, from line N on
//!  -c, --bytes=[+]N          the last N bytes; with +, from byte N on
//!  -NUM                      the last NUM lines
//!  -f, --follow[=HOW]        go on printing what is appended: HOW is descriptor, or name (the file of that name)
//!  -F                        same as --follow=name --retry
//!  --retry                   keep trying to open a FILE
//!  -s, --sleep-interval=N    look every N seconds (1)
//!  --pid=PID                 with -f, end when process PID has ended
//!  -q, --quiet, --silent     never print names
//!  -v, --verbose             always print names
//!  -z, --zero-terminated     lines end with NUL
//!
//! N may have a suffix: b 512, kB 1000, K 1024, MB, M, and so on.
//!
//! # Notes
//! POSIX.1-2024 tail; the rest as GNU and BusyBox.

use applet::prelude::*;

use super::head::print_name;

applet::options!("tail");

#[derive(Clone, Copy)]
struct Part {
    count: u64,
    lines: bool,
    /// From line or byte `count` on.
    from_start: bool,
    end: u8,
}

/// A file that is followed.
struct Followed<'a> {
    name: &'a [u8],
    fd: Option<Fd>,
    /// The inode that the descriptor is open on; it tells when the name leads to another one.
    stat: Option<sys::fs::Stat>,
    is_stdin: bool,
    /// It cannot be followed and is left alone.
    given_up: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let front = obsolete(cx.args);
    let args = crate::head::in_front(&front, cx.args);
    let options = Options::parse(&args, opt::GRAMMAR, cx.var(b"POSIXLY_CORRECT").is_none())?;
    let mut part = Part { count: 10, lines: true, from_start: false, end: b'\n' };
    let names = options.operands.len() > 1;
    let mut follower = Follower { files: Vec::new(), by_name: false, retry: false, names, shown: None };
    let (mut follow, mut pause, mut pid) = (false, sys::fs::Timestamp { sec: 1, nsec: 0 }, None);
    for &(id, value) in &options.list {
        match id {
            opt::LINES | opt::BYTES | opt::NUMBER => {
                part.lines = id != opt::BYTES;
                let what: &[u8] = if part.lines { b"number of lines" } else { b"number of bytes" };
                part.from_start = value.starts_with(b"+");
                let number = value.strip_prefix(b"+").or(value.strip_prefix(b"-")).unwrap_or(value);
                part.count = applet::value::number(number, num::SIZES, what)?;
            }
            opt::ZERO_TERMINATED => part.end = 0,
            opt::FOLLOW => {
                if !matches!(value, b"" | b"descriptor" | b"name") {
                    return Err(applet::value::invalid(b"argument for --follow", value));
                }
                follow = true;
                follower.by_name = value == b"name";
            }
            opt::RETRY => follower.retry = true,
            opt::QUIET | opt::VERBOSE => follower.names = id == opt::VERBOSE,
            opt::SLEEP_INTERVAL => pause = applet::value::duration(value)?,
            opt::PID => pid = Some(applet::value::number(value, b"", b"PID")?),
            _ => {}
        }
    }
    if options.has(opt::F) {
        (follow, follower.by_name, follower.retry) = (true, true, true);
    }
    let stdin: [&[u8]; 1] = [b"-"];
    let operands = if options.operands.is_empty() { &stdin } else { options.operands.as_slice() };
    let mut first = true;
    for (index, name) in operands.iter().enumerate() {
        let is_stdin = *name == b"-";
        let opened = cx.open(name).and_then(|mut input| {
            if follower.names {
                print_name(cx, name, &mut first);
                follower.shown = Some(index);
            }
            print_tail(cx, &mut input, part).map(|()| input)
        });
        let mut file = Followed { name, fd: None, stat: None, is_stdin, given_up: false };
        match opened {
            Ok(input) => {
                file.stat = sys::fs::fstat(input.fd()).ok();
                file.fd = input.into_fd();
                // A pipe on standard input has ended: there is nothing to wait for.
                file.given_up = is_stdin && file.stat.is_none_or(|stat| !stat.is_file());
            }
            Err(error) => {
                cx.report_at(name, error);
                file.given_up = !follower.retry;
            }
        }
        follower.files.push(file);
        if cx.out.failed() {
            return Ok(cx.status());
        }
    }
    if follow {
        follower.run(cx, pause, pid)?;
    }
    Ok(cx.status())
}

/// The old forms `+N` and `-N[bcl][f]` as the first argument, as options.
fn obsolete(args: &[&[u8]]) -> Vec<Vec<u8>> {
    let Some(([sign @ (b'+' | b'-'), rest @ ..], others)) =
        args.split_first().map(|(first, others)| (*first, others))
    else {
        return Vec::new();
    };
    // A plus sign is old only where POSIX left it meaning: with at most one file.
    if *sign == b'+' && others.len() > 1 {
        return Vec::new();
    }
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, letters) = rest.split_at(digits);
    let (unit, follow) = match letters {
        [unit @ (b'b' | b'c' | b'l'), b'f'] => (*unit, true),
        [unit @ (b'b' | b'c' | b'l')] => (*unit, false),
        [b'f'] => (b'l', true),
        [] => (b'l', false),
        _ => return Vec::new(),
    };
    if digits.is_empty() || *sign == b'-' && letters.is_empty() {
        return Vec::new();
    }
    let plus: &[u8] = if *sign == b'+' { b"+" } else { b"" };
    let option: &[u8] = if unit == b'l' { b"-n" } else { b"-c" };
    let suffix: &[u8] = if unit == b'b' { b"b" } else { b"" };
    let mut front = alloc::vec![[option, plus, digits, suffix].concat()];
    if follow {
        front.push(b"-f".to_vec());
    }
    front
}

fn print_tail(cx: &mut Context, input: &mut Reader, part: Part) -> Result {
    if part.from_start {
        skip(input, part)?;
        io::copy(input, &mut cx.out)?;
        return Ok(());
    }
    let fd = input.fd();
    let seekable = sys::fs::fstat(fd).is_ok_and(|stat| stat.is_file() && stat.size() > 0);
    let start = sys::fd::seek(fd, 0, libc::SEEK_CUR);
    if let (true, Ok(start)) = (seekable, start) {
        let end = sys::fd::seek(fd, 0, libc::SEEK_END)?.max(start);
        let from = if part.lines {
            find_lines(fd, start, end, part)?
        } else {
            end.saturating_sub(i64::try_from(part.count).unwrap_or(i64::MAX)).max(start)
        };
        sys::fd::seek(fd, from, libc::SEEK_SET)?;
        io::copy(input, &mut cx.out)?;
        return Ok(());
    }
    hold(input, part)?;
    io::copy(input, &mut cx.out)?;
    Ok(())
}

/// Reads past what stands before line or byte `part.count`.
fn skip(input: &mut Reader, part: Part) -> Result {
    let mut left = part.count.saturating_sub(1);
    while left > 0 {
        let block = input.block()?;
        if block.is_empty() {
            break;
        }
        let mut used = block.len();
        if part.lines {
            for at in memchr::memchr_iter(part.end, block) {
                left -= 1;
                if left == 0 {
                    used = at + 1;
                    break;
                }
            }
        } else {
            used = used.min(usize::try_from(left).unwrap_or(usize::MAX));
            left -= used as u64;
        }
        input.consume(used);
    }
    Ok(())
}

/// Where the last `part.count` lines of a file begin.
fn find_lines(fd: i32, start: i64, end: i64, part: Part) -> Result<i64> {
    const BLOCK: i64 = 16 * 1024;
    let mut block = [0; BLOCK as usize];
    let mut position = end;
    let mut left = part.count;
    if left == 0 {
        return Ok(end);
    }
    while position > start {
        // On multiples of the block's size, so that the reads are aligned.
        let from = ((position - 1) / BLOCK * BLOCK).max(start);
        let room = block.get_mut(..(position - from) as usize).unwrap_or_default();
        let length = sys::fd::pread(fd, room, from)?;
        for at in memchr::memrchr_iter(part.end, room.get(..length).unwrap_or_default()) {
            let behind = from + at as i64 + 1;
            // The last byte ends the last line, it does not begin another one.
            if behind == end {
                continue;
            }
            left -= 1;
            if left == 0 {
                return Ok(behind);
            }
        }
        position = from;
    }
    Ok(start)
}

/// Reads to the end of a pipe, keeping only what is to be printed.
fn hold(input: &mut Reader, part: Part) -> Result {
    let (mut lines, mut searched) = (0u64, 0);
    loop {
        let more = input.fill_more()?;
        let text = input.buffered();
        let surplus = if part.lines {
            lines += io::tally::count(text.get(searched..).unwrap_or_default(), part.end);
            let unfinished = text.last().is_some_and(|&last| last != part.end);
            let mut extra = (lines + u64::from(unfinished)).saturating_sub(part.count);
            // While more may come, dropping is worth it only in large pieces.
            if more && extra * 2 < lines {
                extra = 0;
            }
            let extra = extra.min(lines);
            lines -= extra;
            match extra {
                0 if part.count == 0 => text.len(),
                0 => 0,
                n => io::tally::end_of_line(text, part.end, n).unwrap_or(text.len()),
            }
        } else {
            text.len().saturating_sub(usize::try_from(part.count).unwrap_or(usize::MAX))
        };
        searched = text.len() - surplus;
        input.consume(surplus);
        if !more {
            return Ok(());
        }
    }
}

struct Follower<'a> {
    files: Vec<Followed<'a>>,
    by_name: bool,
    retry: bool,
    names: bool,
    /// Which file's name was printed last.
    shown: Option<usize>,
}

impl Follower<'_> {
    fn run(&mut self, cx: &mut Context, pause: sys::fs::Timestamp, pid: Option<u64>) -> Result {
        let pid = pid.and_then(|pid| i32::try_from(pid).ok()).filter(|&pid| pid > 0);
        loop {
            // Asked before the files are read, so that the last words of the process are printed.
            let over = pid.is_some_and(|pid| sys::process::kill(pid, 0) == Err(Errno(libc::ESRCH)));
            let mut printed = false;
            for index in 0..self.files.len() {
                printed |= self.look(cx, index)?;
            }
            cx.out.flush().at(b"write error")?;
            if self.files.iter().all(|file| file.given_up) {
                if !self.files.iter().any(|file| file.is_stdin) {
                    return Err(Error::new(b"no files remaining"));
                }
                return Ok(());
            }
            if over {
                return Ok(());
            }
            if !printed {
                sys::time::sleep(pause)?;
            }
        }
    }

    /// Prints what is new in one file.
    fn look(&mut self, cx: &mut Context, index: usize) -> Result<bool> {
        let Some(file) = self.files.get_mut(index).filter(|file| !file.given_up) else { return Ok(false) };
        if self.by_name && !file.is_stdin {
            file.reopen_if_replaced(cx, self.retry);
        } else if file.fd.is_none() && !file.is_stdin {
            file.reopen(cx, b"has appeared; following new file");
        }
        let fd = match (&file.fd, file.is_stdin) {
            (Some(fd), _) => fd.raw(),
            (None, true) => sys::fd::STDIN,
            (None, false) => return Ok(false),
        };
        let mut printed = false;
        if let (Ok(stat), Ok(position)) = (sys::fs::fstat(fd), sys::fd::seek(fd, 0, libc::SEEK_CUR))
            && stat.is_file()
            && (stat.size() as i64) < position
        {
            cx.warn(&[file.name, b": file truncated"]);
            sys::fd::seek(fd, 0, libc::SEEK_SET)?;
        }
        let name = file.name;
        let mut input = Reader::borrow(fd);
        while let Ok(block) = input.block()
            && !block.is_empty()
        {
            if self.names && self.shown != Some(index) {
                print_name(cx, name, &mut false);
                self.shown = Some(index);
            }
            let length = block.len();
            cx.out.write(block);
            input.consume(length);
            printed = true;
        }
        Ok(printed)
    }
}

impl Followed<'_> {
    /// With the name as what is followed: notices that it has gone, or leads to another file.
    fn reopen_if_replaced(&mut self, cx: &mut Context, retry: bool) {
        match (sys::fs::stat(self.name), self.stat) {
            (Ok(new), Some(old)) if new.same(&old) && self.fd.is_some() => {}
            (Ok(_), Some(_)) if self.fd.is_some() => {
                self.reopen(cx, b"has been replaced; following new file")
            }
            (Ok(_), _) => self.reopen(cx, b"has appeared; following new file"),
            (Err(errno), _) => {
                if self.fd.take().is_some() {
                    cx.report(Error::parts(&[
                        self.name,
                        b" has become inaccessible: ",
                        applet::reason(errno.0, &mut Vec::new()),
                    ]));
                }
                self.given_up = !retry;
            }
        }
    }

    fn reopen(&mut self, cx: &mut Context, why: &[u8]) {
        let Ok(fd) = sys::fd::open_read(self.name) else { return };
        cx.warn(&[self.name, b" ", why]);
        self.stat = sys::fs::fstat(fd.raw()).ok();
        self.fd = Some(fd);
    }
}
