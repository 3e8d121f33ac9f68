//! usage: split [OPTION]... [FILE [PREFIX]]
//!
//! Cut FILE into pieces PREFIXaa, PREFIXab, ... (PREFIX is x) of 1000 lines.
//!
//!  -b, --bytes=SIZE                SIZE bytes each
//!  -C, --line-bytes=SIZE           at most SIZE bytes of whole lines each
//!  -l, --lines=N                   N lines each
//!  -n, --number=CHUNKS             N: N pieces; K/N: print the Kth of N; l/N, l/K/N: the same without cutting lines;
//!                                  r/N, r/K/N: deal the lines out in turn
//!  -NUM                            same as -l NUM
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
    Chunks { kind: u8, only: Option<u64>, count: u64 },
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
        return Err(Error::usage(&[b"invalid suffix '", pieces.additional, b"', contains directory separator"]));
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
    match how {
        How::Lines(count) => by_lines(cx, &mut pieces, &mut input, count, end).map_err(|error| error.about(file))?,
        How::Bytes(count) => by_bytes(cx, &mut pieces, &mut input, count)?,
        How::LineBytes(count) => by_line_bytes(cx, &mut pieces, &mut input, count, end)?,
        How::Chunks { kind: b'r', only, count } => deal(cx, &mut pieces, &mut input, (only, count), end, &options)?,
        How::Chunks { kind, only, count } => {
            let size = size_of(&mut input, pieces.input.as_ref())?.max(count) / count;
            chunks(cx, &mut pieces, &mut input, (kind == b'l').then_some(end), (only, count, size), elide)?;
        }
    }
    Ok(cx.status())
}
