//! usage: cut {-b|-c|-f|-F} LIST [-d DELIM] [-Dns] [FILE]...
//!
//! Print parts of lines. LIST is numbers and ranges from 1 on, separated by commas: N, N-, N-M, -M.
//!
//!  -b, --bytes=LIST           bytes
//!  -c, --characters=LIST      characters
//!  -f, --fields=LIST          fields, separated by DELIM; lines without DELIM are printed whole
//!  -F LIST                    fields, separated by matches of the regular expression DELIM (blanks)
//!  -d, --delimiter=DELIM      DELIM is this byte, not a tab
//!  -D                         print the parts in LIST's order; with -f or -F leave out lines without DELIM
//!  -n                         do not split characters
//!  -s, --only-delimited       leave out lines without DELIM
//!  --complement               print what is not in LIST
//!  -O, --output-delimiter=S   print S between parts; the default is DELIM (with -F a blank)
//!  -z, --zero-terminated      lines end with NUL
//!
//! # Notes
//! POSIX.1-2024 cut; --complement, -z as GNU, -D, -F, -O as BusyBox. With -b and -O, S stands between ranges.

use applet::prelude::*;
use io::fields::{self, Range};
use regex::{Eflags, Flags, Regex};

applet::options!("cut");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let kinds = [opt::BYTES, opt::CHARACTERS, opt::FIELDS, opt::F];
    let given = options.list.iter().filter(|(id, _)| kinds.contains(id)).count();
    let (Some(kind), 1) = (options.last(&kinds), given) else {
        let why: &[u8] = if given == 0 {
            b"you must specify a list of bytes, characters, or fields"
        } else {
            b"only one list may be specified"
        };
        return Err(Error::usage(&[why]));
    };
    let by_field = kind == opt::FIELDS || kind == opt::F;
    let delimiter = options.value(opt::DELIMITER);
    if !by_field && (delimiter.is_some() || options.has(opt::ONLY_DELIMITED)) {
        let what: &[u8] = if delimiter.is_some() {
            b"an input delimiter may be specified"
        } else {
            b"suppressing non-delimited lines makes sense"
        };
        return Err(Error::usage_about(b"% only when operating on fields", what));
    }
    let in_order = options.has(opt::D);
    let mut ranges = parse_list(options.value(kind).unwrap_or_default(), by_field)?;
    if !in_order || options.has(opt::COMPLEMENT) {
        ranges = merge(ranges, by_field || !options.has(opt::OUTPUT_DELIMITER));
    }
    if options.has(opt::COMPLEMENT) {
        ranges = complement(&ranges);
    }
    let delimiter_byte = match (kind, delimiter) {
        (opt::F, _) => 0,
        (_, None) => b'\t',
        (_, Some([])) => 0,
        (_, Some([byte])) => *byte,
        (_, Some(_)) => return Err(Error::usage(&[b"the delimiter must be a single character"])),
    };
    let joint: Vec<u8> = match (options.value(opt::OUTPUT_DELIMITER), kind) {
        // An empty one is a NUL, as an empty delimiter is.
        (Some([]), _) => alloc::vec![0],
        (Some(joint), _) => joint.to_vec(),
        (None, opt::F) => b" ".to_vec(),
        (None, opt::FIELDS) => alloc::vec![delimiter_byte],
        _ => Vec::new(),
    };
    let mut job = Job {
        ranges,
        delimiter: delimiter_byte,
        joint,
        end: if options.has(opt::ZERO_TERMINATED) { 0 } else { b'\n' },
        only_delimited: options.has(opt::ONLY_DELIMITED) || in_order,
        characters: cx.utf8() && (kind == opt::CHARACTERS || kind == opt::BYTES && options.has(opt::n)),
        regex: None,
    };
    if kind == opt::F {
        let pattern = delimiter.unwrap_or(b"[[:space:]]+");
        let compiled = Regex::new(pattern, Flags::EXTENDED);
        job.regex = Some(compiled.map_err(|error| Error::parts(&[pattern, b": ", error.message()]))?);
    }
    let fast = kind == opt::FIELDS && !in_order;
    cx.each_input(&options.operands, &mut |cx, _, input| {
        if fast && job.delimiter == job.end {
            // The lines are the fields.
            let all = input.rest()?;
            if !all.is_empty() {
                job.fields(all.strip_suffix(&[job.end]).unwrap_or(&all), &mut cx.out);
            }
            return Ok(());
        }
        while !cx.out.failed() {
            let block = input.lines(job.end)?;
            if block.is_empty() {
                break;
            }
            let length = block.len();
            if fast {
                fields::cut(
                    block,
                    job.end,
                    job.delimiter,
                    &job.ranges,
                    &job.joint,
                    job.only_delimited,
                    &mut cx.out,
                );
            } else {
                let end = job.end;
                for line in block.strip_suffix(&[end]).unwrap_or(block).split(|&byte| byte == end) {
                    if by_field { job.fields(line, &mut cx.out) } else { job.bytes(line, &mut cx.out) }
                }
            }
            input.consume(length);
        }
        Ok(())
    });
    Ok(cx.status())
}

fn parse_list(list: &[u8], by_field: bool) -> Result<Vec<Range>> {
    let what: &[u8] = if by_field { b"field" } else { b"byte/character position" };
    let mut ranges = Vec::new();
    for item in list.split(|byte| matches!(byte, b',' | b' ' | b'\t')) {
        let wrong = || Error::usage(&[b"invalid ", what, b" value '", item, b"'"]);
        let number = |text: &[u8]| match num::parse_u64(text) {
            Ok(0) => Err(Error::usage_about(
                b"% are numbered from 1",
                if by_field { b"fields" } else { b"byte/character positions" },
            )),
            Ok(number) => usize::try_from(number).map_err(|_| wrong()),
            Err(_) => Err(wrong()),
        };
        let range = match item.iter().position(|&byte| byte == b'-') {
            None => {
                let single = number(item)?;
                (single, single)
            }
            Some(_) if item == b"-" => return Err(Error::usage(&[b"invalid range with no endpoint: -"])),
            Some(at) => {
                let (first, last) =
                    (item.get(..at).unwrap_or_default(), item.get(at + 1..).unwrap_or_default());
                let first = if first.is_empty() { 1 } else { number(first)? };
                let last = if last.is_empty() { usize::MAX } else { number(last)? };
                if last < first {
                    return Err(Error::usage(&[b"invalid decreasing range"]));
                }
                (first, last)
            }
        };
        ranges.push(range);
    }
    Ok(ranges)
}

/// Sorts ranges and joins those that overlap, and with `adjacent` also those that touch.
fn merge(mut ranges: Vec<Range>, adjacent: bool) -> Vec<Range> {
    ranges.sort_unstable();
    let mut merged: Vec<Range> = Vec::new();
    for (first, last) in ranges {
        match merged.last_mut() {
            Some(before) if first <= before.1.saturating_add(usize::from(adjacent)) => {
                before.1 = before.1.max(last)
            }
            _ => merged.push((first, last)),
        }
    }
    merged
}

fn complement(ranges: &[Range]) -> Vec<Range> {
    let mut rest = Vec::new();
    let mut next = 1;
    for &(first, last) in ranges {
        if first > next {
            rest.push((next, first - 1));
        }
        next = last.saturating_add(1).max(next);
    }
    if next < usize::MAX {
        rest.push((next, usize::MAX));
    }
    rest
}

struct Job {
    ranges: Vec<Range>,
    delimiter: u8,
    joint: Vec<u8>,
    end: u8,
    only_delimited: bool,
    characters: bool,
    regex: Option<Regex>,
}

impl Job {
    fn bytes(&self, line: &[u8], out: &mut Writer) {
        let mut any = false;
        // Characters: where the position that is a character's number is in bytes.
        let (mut number, mut offset) = (1, 0);
        for &(first, last) in &self.ranges {
            let (start, stop) = if self.characters {
                if first < number {
                    (number, offset) = (1, 0);
                }
                let start = advance(line, &mut number, &mut offset, first);
                (start, advance(line, &mut number, &mut offset, last.saturating_add(1)))
            } else {
                ((first - 1).min(line.len()), last.min(line.len()))
            };
            if start >= stop {
                continue;
            }
            if any {
                out.write(&self.joint);
            }
            any = true;
            out.write(line.get(start..stop).unwrap_or_default());
        }
        out.byte(self.end);
    }

    /// Fields in any order, or separated by a regular expression.
    fn fields(&mut self, line: &[u8], out: &mut Writer) {
        let mut bounds: Vec<(usize, usize)> = Vec::new();
        let mut start = 0;
        while let Some((from, to)) = self.separator(line, start) {
            bounds.push((start, from));
            start = to;
        }
        if bounds.is_empty() {
            if !self.only_delimited {
                out.write(line);
                out.byte(self.end);
            }
            return;
        }
        bounds.push((start, line.len()));
        let mut any = false;
        for &(first, last) in &self.ranges {
            for &(from, to) in bounds.iter().take(last).skip(first - 1) {
                if any {
                    out.write(&self.joint);
                }
                any = true;
                out.write(line.get(from..to).unwrap_or_default());
            }
        }
        out.byte(self.end);
    }

    fn separator(&mut self, line: &[u8], start: usize) -> Option<(usize, usize)> {
        match &mut self.regex {
            // An empty match separates nothing.
            Some(regex) => regex.find_at(line, start, Eflags::NONE).filter(|(from, to)| from < to),
            None => {
                let at = line.get(start..)?.iter().position(|&byte| byte == self.delimiter)?;
                Some((start + at, start + at + 1))
            }
        }
    }
}

/// Goes forward to the character `target` (from 1), from the character `number` at `offset`; gives the new offset.
fn advance(line: &[u8], number: &mut usize, offset: &mut usize, target: usize) -> usize {
    while *number < target
        && let Some(rest) = line.get(*offset..).filter(|rest| !rest.is_empty())
    {
        *offset += text::utf8::decode(rest).map_or(1, |(_, length)| length);
        *number += 1;
    }
    *offset
}
