//! usage: cmp [-bls] [-i SKIP] [-n COUNT] FILE1 [FILE2 [SKIP1 [SKIP2]]]
//!
//! Compare two files byte by byte; FILE2 is standard input by default.
//!
//!  -b, --print-bytes              show the bytes that differ
//!  -l, --verbose                  number and bytes of all differences
//!  -s, --quiet, --silent          no output but the status
//!  -i, --ignore-initial=SKIP[:S]  leave out the first SKIP bytes (S of FILE2)
//!  -n, --bytes=COUNT              compare at most COUNT bytes
//!
//! # Notes
//! POSIX.1-2024 cmp; -b, -i, -n and the operands SKIP1 and SKIP2 as GNU. Status 0: equal, 1: different, 2: trouble.

use applet::prelude::*;

applet::options!("cmp");

/// What was asked for.
struct Job<'a> {
    names: [&'a [u8]; 2],
    all: bool,
    bytes: bool,
    quiet: bool,
    /// How many bytes are compared at most.
    most: u64,
}

/// Where the comparison is.
#[derive(Default)]
struct Place {
    byte: u64,
    line: u64,
    last: u8,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 2;
    let options = cx.options(opt::GRAMMAR)?;
    let names: [&[u8]; 2];
    let mut skip = [0; 2];
    match *options.operands.as_slice() {
        [] => return Err(Error::missing_operand()),
        [one] => names = [one, b"-"],
        [one, other, ref skips @ ..] => {
            names = [one, other];
            if let [_, _, extra, ..] = skips {
                return Err(Error::extra_operand(extra));
            }
            for (count, text) in skip.iter_mut().zip(skips) {
                *count = number(text)?;
            }
        }
    }
    if let Some(text) = options.value(opt::IGNORE_INITIAL) {
        let mut parts = text.splitn(2, |&byte| byte == b':');
        let first = number(parts.next().unwrap_or_default())?;
        skip = [first, parts.next().map_or(Ok(first), number)?];
    }
    let job = Job {
        names,
        all: options.has(opt::VERBOSE),
        bytes: options.has(opt::PRINT_BYTES),
        quiet: options.has(opt::QUIET),
        most: options.value(opt::BYTES).map_or(Ok(u64::MAX), number)?,
    };
    if job.all && job.quiet {
        return Err(Error::usage(&[b"options -l and -s are incompatible"]));
    }
    match compare(cx, &job, skip) {
        Ok(equal) => Ok(Exit(u8::from(!equal))),
        Err(_) if job.quiet => Ok(Exit(2)),
        Err(error) => Err(error),
    }
}

fn number(text: &[u8]) -> Result<u64> {
    applet::value::number(text, num::SIZES, b"number")
}

fn compare(cx: &mut Context, job: &Job, skip: [u64; 2]) -> Result<bool> {
    let [one, other] = job.names;
    let (mut one, mut other) = (cx.open(one)?, cx.open(other)?);
    let stats = [sys::fs::fstat(one.fd())?, sys::fs::fstat(other.fd())?];
    let [a, b] = &stats;
    let [skip_a, skip_b] = skip;
    let both_files = a.is_file() && b.is_file();
    if a.same(b) && skip_a == skip_b {
        return Ok(true);
    }
    if job.quiet && both_files && job.most == u64::MAX && skip == [0, 0] && a.size() != b.size() {
        // Some files, as those of /proc, do not tell how long they are.
        if a.size() > 0 && b.size() > 0 {
            return Ok(false);
        }
    }
    let mut width = 1;
    let left = |stat: &sys::fs::Stat, skip: u64| {
        if stat.is_file() { stat.size().saturating_sub(skip) } else { i64::MAX as u64 }
    };
    let mut least = left(a, skip_a).min(left(b, skip_b)).min(job.most);
    while least >= 10 {
        least /= 10;
        width += 1;
    }
    let [name_a, name_b] = job.names;
    pass(&mut one, skip_a).at(name_a)?;
    pass(&mut other, skip_b).at(name_b)?;
    let mut place = Place { line: 1, ..Place::default() };
    let mut equal = true;
    while place.byte < job.most && !cx.out.failed() {
        let (a, b) = (one.block().at(name_a)?, other.block().at(name_b)?);
        let most = usize::try_from(job.most - place.byte).unwrap_or(usize::MAX);
        let length = a.len().min(b.len()).min(most);
        if length == 0 {
            if a.is_empty() != b.is_empty() {
                equal = false;
                if !job.quiet {
                    tell_end(cx, job, if a.is_empty() { name_a } else { name_b }, &place);
                }
            }
            break;
        }
        let (a, b) = (a.get(..length).unwrap_or_default(), b.get(..length).unwrap_or_default());
        if a != b {
            if job.quiet {
                return Ok(false);
            }
            equal = false;
            if job.all {
                list(cx, job, a, b, place.byte, width);
            } else {
                let at = a.iter().zip(b).take_while(|(a, b)| a == b).count();
                place.pass(a.get(..at).unwrap_or_default());
                tell_first(cx, job, a.get(at..), b.get(at..), &place);
                return Ok(false);
            }
        }
        place.pass(a);
        one.consume(length);
        other.consume(length);
    }
    Ok(equal)
}

/// Leaves out the first `count` bytes.
fn pass(input: &mut Reader, mut count: u64) -> sys::Result<()> {
    if count == 0 || sys::fd::seek(input.fd(), count.min(i64::MAX as u64) as i64, libc::SEEK_CUR).is_ok() {
        return Ok(());
    }
    while count > 0 {
        let length = input.block()?.len();
        if length == 0 {
            break;
        }
        let part = usize::try_from(count).unwrap_or(usize::MAX).min(length);
        input.consume(part);
        count -= part as u64;
    }
    Ok(())
}

impl Place {
    fn pass(&mut self, bytes: &[u8]) {
        self.byte += bytes.len() as u64;
        self.line += io::tally::newlines(bytes);
        self.last = bytes.last().copied().unwrap_or(self.last);
    }
}

fn tell_end(cx: &mut Context, job: &Job, name: &[u8], place: &Place) {
    let (mut byte, mut line) = (Vec::new(), Vec::new());
    num::push_dec(&mut byte, place.byte);
    let after_newline = place.last == b'\n';
    num::push_dec(&mut line, place.line - u64::from(after_newline));
    if place.byte == 0 {
        cx.warn(&[b"EOF on ", name, b" which is empty"]);
    } else if job.all {
        cx.warn(&[b"EOF on ", name, b" after byte ", &byte]);
    } else {
        let inside: &[u8] = if after_newline { b", line " } else { b", in line " };
        cx.warn(&[b"EOF on ", name, b" after byte ", &byte, inside, &line]);
    }
}

fn tell_first(cx: &mut Context, job: &Job, a: Option<&[u8]>, b: Option<&[u8]>, place: &Place) {
    let [name_a, name_b] = job.names;
    // POSIX's word; GNU's, where characters can be longer than a byte.
    let unit: &[u8] = if job.bytes || cx.utf8() { b"byte " } else { b"char " };
    for part in [name_a, b" ", name_b, b" differ: ", unit] {
        cx.out.write(part);
    }
    cx.out.decimal(place.byte + 1);
    cx.out.write(b", line ");
    cx.out.decimal(place.line);
    if let (true, Some([a, ..]), Some([b, ..])) = (job.bytes, a, b) {
        let mut text = Vec::new();
        for (byte, before) in [(*a, &b" is "[..]), (*b, b" ")] {
            text.extend_from_slice(before);
            octal(byte, &mut text);
            text.push(b' ');
            visible(byte, &mut text);
        }
        cx.out.write(&text);
    }
    cx.out.byte(b'\n');
}

/// A line for each byte that differs.
fn list(cx: &mut Context, job: &Job, a: &[u8], b: &[u8], before: u64, width: usize) {
    let mut line = Vec::new();
    let mut digits = num::new_buf();
    for (at, (&a, &b)) in a.iter().zip(b).enumerate() {
        if a == b {
            continue;
        }
        line.clear();
        num::push_padded(&mut line, num::dec(before + at as u64 + 1, &mut digits), width, b' ');
        line.push(b' ');
        octal(a, &mut line);
        line.push(b' ');
        if job.bytes {
            let end = line.len() + 5;
            visible(a, &mut line);
            line.resize(end.max(line.len()), b' ');
        }
        octal(b, &mut line);
        if job.bytes {
            line.push(b' ');
            visible(b, &mut line);
        }
        cx.out.line(&line);
    }
}

fn octal(byte: u8, out: &mut Vec<u8>) {
    let mut digits = num::new_buf();
    num::push_padded(out, num::radix(u64::from(byte), 8, false, &mut digits), 3, b' ');
}

/// A byte as `cat -v` shows it.
fn visible(byte: u8, out: &mut Vec<u8>) {
    let mut byte = byte;
    if byte >= 128 {
        out.extend_from_slice(b"M-");
        byte -= 128;
    }
    match byte {
        0..32 => out.extend_from_slice(&[b'^', byte + 64]),
        127 => out.extend_from_slice(b"^?"),
        _ => out.push(byte),
    }
}
