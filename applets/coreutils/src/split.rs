//! usage: split [OPTION]... [FILE [PREFIX]]
//!
//! Cut FILE into pieces PREFIXaa, PREFIXab, ... (PREFIX is x) of 1000 lines.
//!
//!  -b, --bytes=SIZE                SIZE bytes each
//!  -C, --line-bytes=SIZE           at most SIZE bytes of whole lines each
//!  -l, -NUM, --lines=N             N lines each
//!  -n, --number=CHUNKS             N: N pieces; K/N: print the Kth of N; l/N, l/K/N: the same without cutting lines;
//!                                  r/N, r/K/N: deal the lines out in turn
//!  -a, --suffix-length=N           suffixes of N letters
//!  -d                              suffixes of digits, from 0
//!  --numeric-suffixes[=FROM]       same, from FROM
//!  -x                              suffixes of hexadecimal digits, from 0
//!  --hex-suffixes[=FROM]           same, from FROM
//!  --additional-suffix=SUFFIX      SUFFIX at the end of the names
//!  -e, --elide-empty-files         make no empty pieces with -n
//!  --filter=COMMAND                write to the shell's COMMAND; its $FILE is the name
//!  -t, --separator=SEP             lines end with the byte SEP; \0 is NUL
//!  -u, --unbuffered                write each line at once with -n r/...
//!  --verbose                       tell of each file
//!
//! SIZE may have a suffix: b 512, kB 1000, K 1024, MB, M, and so on.
//!
//! # Notes
//! POSIX.1-2024 split; the rest as GNU.

use applet::prelude::*;
use sys::process::{self, Fork};
use sys::signal;

applet::options!("split");

#[derive(Clone, Copy)]
enum How {
    Lines(u64),
    Bytes(u64),
    LineBytes(u64),
    /// `kind` is b, l or r; the pieces, and the one that is printed.
    Chunks {
        kind: u8,
        only: Option<u64>,
        count: u64,
    },
}

/// A file, or a command's input, that is being written.
struct Piece {
    out: Writer,
    file: Fd,
    name: Vec<u8>,
    child: Option<i32>,
}

/// Makes the pieces.
struct Pieces<'a> {
    prefix: &'a [u8],
    additional: &'a [u8],
    alphabet: &'static [u8],
    length: u32,
    /// Suffixes grow when the letters do not suffice.
    grows: bool,
    next: u64,
    filter: Option<&'a [u8]>,
    verbose: bool,
    input: Option<sys::fs::Stat>,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let (file, prefix) = match *options.operands.as_slice() {
        [] => (&b"-"[..], &b"x"[..]),
        [file] => (file, &b"x"[..]),
        [file, prefix] => (file, prefix),
        [_, _, extra, ..] => return Err(Error::extra_operand(extra)),
    };
    let mut pieces = Pieces {
        prefix,
        additional: options.value(opt::ADDITIONAL_SUFFIX).unwrap_or_default(),
        alphabet: b"abcdefghijklmnopqrstuvwxyz",
        length: 0,
        grows: true,
        next: 0,
        filter: options.value(opt::FILTER),
        verbose: options.has(opt::VERBOSE),
        input: None,
    };
    if pieces.additional.contains(&b'/') {
        return Err(Error::usage_about(
            b"invalid suffix '%', contains directory separator",
            pieces.additional,
        ));
    }
    let (how, end) = pieces.parse(&options)?;
    if pieces.filter.is_some() && matches!(how, How::Chunks { only: Some(_), .. }) {
        return Err(Error::usage(&[b"--filter does not process a chunk extracted to stdout"]));
    }
    let mut input = cx.open(file)?;
    pieces.input = sys::fs::fstat(input.fd()).ok();
    // A command that does not read all it is sent is no reason to end.
    let _pipe = pieces.filter.map(|_| signal::ignore(libc::SIGPIPE)).transpose()?;
    let elide = options.has(opt::ELIDE_EMPTY_FILES);
    let result = match how {
        How::Lines(count) => by_lines(cx, &mut pieces, &mut input, count, end),
        How::Bytes(count) => by_bytes(cx, &mut pieces, &mut input, count),
        How::LineBytes(count) => by_line_bytes(cx, &mut pieces, &mut input, count, end),
        How::Chunks { kind: b'r', only, count } => {
            let unbuffered = options.has(opt::UNBUFFERED);
            deal(cx, &mut pieces, &mut input, (only, count), end, elide, unbuffered)
        }
        How::Chunks { kind, only, count } => {
            chunks(cx, &mut pieces, &mut input, (only, count), (kind == b'l').then_some(end), elide)
        }
    };
    if let Err(error) = result {
        cx.report_at(file, error);
    }
    Ok(cx.status())
}

/// A piece's number out of all, as `-n` has it.
fn count(text: &[u8], what: &[u8]) -> Result<u64> {
    match applet::value::number(text, num::SIZES, what)? {
        0 => Err(applet::value::invalid(what, text)),
        number => Ok(number),
    }
}

impl<'a> Pieces<'a> {
    /// How to cut, and what ends a line.
    fn parse(&mut self, options: &Options<'a>) -> Result<(How, u8)> {
        let (mut how, mut end, mut from) = (None, None, None);
        for &(id, value) in &options.list {
            let new = match id {
                opt::LINES => How::Lines(count(value, b"number of lines")?),
                opt::BYTES => How::Bytes(count(value, b"number of bytes")?),
                opt::LINE_BYTES => How::LineBytes(count(value, b"number of bytes")?),
                opt::NUMBER => parse_chunks(value)?,
                opt::d | opt::NUMERIC_SUFFIXES => {
                    self.alphabet = b"0123456789";
                    from = Some(value).filter(|value| !value.is_empty());
                    continue;
                }
                opt::x | opt::HEX_SUFFIXES => {
                    self.alphabet = b"0123456789abcdef";
                    from = Some(value).filter(|value| !value.is_empty());
                    continue;
                }
                opt::SUFFIX_LENGTH => {
                    self.length = applet::value::number(value, b"", b"suffix length")?.min(4096) as u32;
                    continue;
                }
                opt::SEPARATOR => {
                    let new = match value {
                        b"\\0" => 0,
                        &[byte] => byte,
                        [] => return Err(Error::new(b"empty record separator")),
                        _ => return Err(Error::about(b"multi-character separator '%'", value)),
                    };
                    if end.replace(new).is_some_and(|old| old != new) {
                        return Err(Error::new(b"multiple separator characters specified"));
                    }
                    continue;
                }
                _ => continue,
            };
            if how.replace(new).is_some() {
                return Err(Error::usage(&[b"cannot split in more than one way"]));
            }
        }
        let how = how.unwrap_or(How::Lines(1000));
        if let Some(text) = from {
            let base = if self.alphabet.len() == 10 { 10 } else { 16 };
            let number = num::parse_int(text, base);
            if number.used != text.len() || number.negative || number.overflow {
                return Err(Error::usage_about(b"%: invalid start value for numerical suffix", text));
            }
            self.next = number.magnitude;
        }
        self.grows = self.length == 0 && from.is_none();
        let base = self.alphabet.len() as u64;
        let mut needed = 0;
        if let How::Chunks { count, .. } = how {
            let first = if self.next < count { self.next } else { 0 };
            needed = (count - 1).saturating_add(first).checked_ilog(base).unwrap_or(0) + 1;
            self.grows = false;
        }
        if self.length == 0 {
            self.length = needed.max(2);
        } else if self.length < needed {
            let mut buf = num::new_buf();
            return Err(Error::about(
                b"the suffix length needs to be at least %",
                num::dec(needed.into(), &mut buf),
            ));
        }
        if base.checked_pow(self.length).is_some_and(|end| self.next >= end) {
            return Err(Error::usage(&[b"numerical suffix start value is too large for the suffix length"]));
        }
        Ok((how, end.unwrap_or(b'\n')))
    }

    /// The next name.
    fn name(&mut self) -> Result<Vec<u8>> {
        let base = self.alphabet.len() as u64;
        let (mut value, mut length) = (self.next, self.length);
        self.next += 1;
        let mut name = self.prefix.to_vec();
        // Names that grow keep the last letter in front for the longer ones: they stay in order.
        while self.grows
            && let Some(room) = base.checked_pow(length - 1).and_then(|power| power.checked_mul(base - 1))
            && value >= room
        {
            value -= room;
            length += 1;
            name.extend(self.alphabet.last());
        }
        let start = name.len();
        for _ in 0..length {
            name.push(self.alphabet.get((value % base) as usize).copied().unwrap_or_default());
            value /= base;
        }
        if value > 0 {
            return Err(Error::new(b"output file suffixes exhausted"));
        }
        name.get_mut(start..).unwrap_or_default().reverse();
        name.extend_from_slice(self.additional);
        Ok(name)
    }

    fn open(&mut self, cx: &mut Context) -> Result<Piece> {
        let name = self.name()?;
        if self.verbose {
            cx.out.write(if self.filter.is_some() { b"executing with FILE='" } else { b"creating file '" });
            cx.out.write(&name);
            cx.out.line(b"'");
            cx.out.flush()?;
        }
        let Some(command) = self.filter else {
            let file = sys::fd::open(&name, libc::O_WRONLY | libc::O_CREAT, 0o666).at(&name)?;
            let stat = sys::fs::fstat(file.raw()).at(&name)?;
            if self.input.as_ref().is_some_and(|input| input.same(&stat)) {
                return Err(Error::about(b"'%' would overwrite input; aborting", &name));
            }
            if stat.is_file() {
                sys::fd::truncate(file.raw(), 0).at(&name)?;
            }
            return Ok(Piece { out: Writer::new(file.raw()), file, name, child: None });
        };
        let (reading, writing) = sys::fd::pipe()?;
        cx.out.flush()?;
        match process::fork()? {
            Fork::Parent(child) => {
                Ok(Piece { out: Writer::new(writing.raw()), file: writing, name, child: Some(child) })
            }
            Fork::Child => {
                sys::fd::duplicate_to(reading.raw(), sys::fd::STDIN)?;
                signal::default(libc::SIGPIPE)?.keep();
                let shell = cx.var(b"SHELL").filter(|shell| !shell.is_empty()).unwrap_or(b"/bin/sh");
                let variable = [b"FILE=", name.as_slice()].concat();
                let mut environment: Vec<&[u8]> = alloc::vec![&variable];
                environment.extend(cx.environment().iter().filter(|entry| !entry.starts_with(b"FILE=")));
                Err(cx.exec(&[shell, b"-c", command], &environment))
            }
        }
    }

    /// The piece in work, a new one if there is none.
    fn current<'b>(&mut self, cx: &mut Context, piece: &'b mut Option<Piece>) -> Result<&'b mut Writer> {
        if piece.is_none() {
            *piece = Some(self.open(cx)?);
        }
        piece.as_mut().map(|piece| &mut piece.out).ok_or_else(|| Error::silent(1))
    }

    /// Ends a piece, if there is one.
    fn close(&mut self, piece: &mut Option<Piece>) -> Result {
        let Some(mut piece) = piece.take() else { return Ok(()) };
        match piece.out.flush() {
            Err(Errno(libc::EPIPE)) if piece.child.is_some() => {}
            result => result.at(&piece.name)?,
        }
        drop(piece.file);
        if let (Some(child), Some(command)) = (piece.child, self.filter) {
            let status = process::wait(child)?;
            let code = status.shell_status();
            if code != 0 && status.signal() != Some(libc::SIGPIPE) {
                let mut buf = num::new_buf();
                let parts: [&[u8]; 6] = [
                    b"with FILE=",
                    &piece.name,
                    b", exit ",
                    num::dec(code.into(), &mut buf),
                    b" from command: ",
                    command,
                ];
                return Err(Error::parts(&parts).with_status(code));
            }
        }
        Ok(())
    }
}

/// The CHUNKS of -n.
fn parse_chunks(text: &[u8]) -> Result<How> {
    let (kind, rest) = match text {
        [kind @ (b'l' | b'r'), b'/', rest @ ..] => (*kind, rest),
        _ => (b'b', text),
    };
    let (only, total) = match rest.iter().position(|&byte| byte == b'/') {
        Some(at) => (rest.get(..at), rest.get(at + 1..).unwrap_or_default()),
        None => (None, rest),
    };
    let count_of = count(total, b"number of chunks")?;
    let only = only.map(|only| match count(only, b"chunk number") {
        Ok(number) if number > count_of => Err(applet::value::invalid(b"chunk number", only)),
        result => result,
    });
    Ok(How::Chunks { kind, only: only.transpose()?, count: count_of })
}

fn by_lines(cx: &mut Context, pieces: &mut Pieces, input: &mut Reader, count: u64, end: u8) -> Result {
    let (mut piece, mut left) = (None, count);
    loop {
        let block = input.block()?;
        if block.is_empty() {
            return pieces.close(&mut piece);
        }
        let mut used = block.len();
        for at in memchr::memchr_iter(end, block) {
            left -= 1;
            if left == 0 {
                used = at + 1;
                break;
            }
        }
        pieces.current(cx, &mut piece)?.write(block.get(..used).unwrap_or_default());
        input.consume(used);
        if left == 0 {
            left = count;
            pieces.close(&mut piece)?;
        }
    }
}

/// Moves at most `count` bytes to the writer, or nowhere; gives how many there were.
fn pass(input: &mut Reader, count: u64, mut out: Option<&mut Writer>) -> Result<u64> {
    let mut left = count;
    while left > 0 {
        let block = input.block()?;
        if block.is_empty() {
            break;
        }
        let used = block.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if let Some(out) = &mut out {
            out.write(block.get(..used).unwrap_or_default());
        }
        input.consume(used);
        left -= used as u64;
    }
    Ok(count - left)
}

fn by_bytes(cx: &mut Context, pieces: &mut Pieces, input: &mut Reader, count: u64) -> Result {
    while !input.block()?.is_empty() {
        let mut piece = None;
        let out = pieces.current(cx, &mut piece)?;
        pass(input, count, Some(out))?;
        pieces.close(&mut piece)?;
    }
    Ok(())
}

fn by_line_bytes(cx: &mut Context, pieces: &mut Pieces, input: &mut Reader, count: u64, end: u8) -> Result {
    let most = usize::try_from(count).unwrap_or(usize::MAX);
    let (mut piece, mut left) = (None, most);
    loop {
        let line = input.peek_line(end)?;
        let length = line.len();
        if length == 0 {
            return pieces.close(&mut piece);
        }
        // A line that is too long for any piece is cut.
        let used = if length <= left {
            length
        } else if left == most {
            most
        } else {
            0
        };
        if used > 0 {
            pieces.current(cx, &mut piece)?.write(line.get(..used).unwrap_or_default());
            input.consume(used);
            left -= used;
        }
        if used < length || left == 0 {
            pieces.close(&mut piece)?;
            left = most;
        }
    }
}

/// How much there is to read; what is not a file is read to its end for that.
fn size_of(input: &mut Reader, stat: Option<&sys::fs::Stat>) -> Result<u64> {
    if let Some(stat) = stat.filter(|stat| stat.is_file() && stat.size() > 0) {
        let at = sys::fd::seek(input.fd(), 0, libc::SEEK_CUR)?;
        return Ok(stat.size().saturating_sub(at as u64));
    }
    while input.fill_more()? {}
    Ok(input.buffered().len() as u64)
}

/// Pieces of the same size, or of the lines that begin in such pieces when lines have an `end`.
fn chunks(
    cx: &mut Context,
    pieces: &mut Pieces,
    input: &mut Reader,
    (only, count): (Option<u64>, u64),
    end: Option<u8>,
    elide: bool,
) -> Result {
    let size = size_of(input, pieces.input.as_ref())?.max(count) / count;
    let mut at = 0u64;
    for number in 1..=count {
        let limit = if number == count { u64::MAX } else { size.saturating_mul(number) };
        let mut piece = None;
        let empty = at >= limit || input.block()?.is_empty();
        let mut out = match only {
            Some(only) if only == number => Some(&mut cx.out),
            Some(_) => None,
            None if elide && empty => None,
            None => Some(pieces.current(cx, &mut piece)?),
        };
        match end {
            None => at += pass(input, limit - at, out)?,
            Some(end) => {
                while at < limit {
                    let Some(line) = input.line(end)? else { break };
                    at += line.len() as u64;
                    if let Some(out) = &mut out {
                        out.write(line);
                    }
                }
            }
        }
        pieces.close(&mut piece)?;
        if only == Some(number) {
            break;
        }
    }
    Ok(())
}

/// Lines in turn to each piece.
fn deal(
    cx: &mut Context,
    pieces: &mut Pieces,
    input: &mut Reader,
    (only, count): (Option<u64>, u64),
    end: u8,
    elide: bool,
    unbuffered: bool,
) -> Result {
    let mut all: Vec<Option<Piece>> = Vec::new();
    let mut number = 0;
    while let Some(line) = input.line(end)? {
        let out = match only {
            Some(only) if only == number + 1 => Some(&mut cx.out),
            Some(_) => None,
            None => {
                let index = usize::try_from(number).unwrap_or(usize::MAX);
                if index == all.len() {
                    all.push(Some(pieces.open(cx)?));
                }
                all.get_mut(index).and_then(Option::as_mut).map(|piece| &mut piece.out)
            }
        };
        if let Some(out) = out {
            out.write(line);
            if unbuffered {
                // A failure is told when the piece is closed.
                let _ = out.flush();
            }
        }
        number = (number + 1) % count;
    }
    if only.is_none() && !elide {
        while (all.len() as u64) < count {
            all.push(Some(pieces.open(cx)?));
        }
    }
    for piece in &mut all {
        pieces.close(piece)?;
    }
    Ok(())
}
