//! usage: tac [-br] [-s STRING] [FILE]...
//!
//! Print the lines of each FILE, last line first.
//!
//!  -b, --before            the separator stands before a part, not behind it
//!  -r, --regex             the separator is a basic regular expression
//!  -s, --separator=STRING  parts end with STRING, not with a newline
//!
//! # Notes
//! GNU's command. A seekable input is read backwards in blocks; a pipe is held in memory.

use applet::prelude::*;
use regex::{Eflags, Flags, Regex};

applet::options!("tac");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let separator = match options.value(opt::SEPARATOR) {
        None => b"\n",
        // An empty separator is a NUL.
        Some(b"") if !options.has(opt::REGEX) => b"\0",
        Some(b"") => return Err(Error::usage(&[b"separator cannot be empty"])),
        Some(separator) => separator,
    };
    let before = options.has(opt::BEFORE);
    let mut regex = None;
    if options.has(opt::REGEX) {
        let wrong = |error: regex::Error| Error::parts(&[separator, b": ", error.message()]);
        regex = Some(Regex::new(separator, Flags::BASIC).map_err(wrong)?);
    }
    let single = separator.len() == 1 && regex.is_none();
    cx.each_input(&options.operands, &mut |cx, _, input| {
        if let Some(&byte) = separator.first().filter(|_| single && !before)
            && backwards(cx, input, byte)?
        {
            return Ok(());
        }
        let text = input.rest()?;
        let mut starts = Vec::new();
        if let Some(regex) = &mut regex {
            let mut from = 0;
            while let Some((start, end)) = regex.find_at(&text, from, Eflags::NONE) {
                starts.push(if before { start } else { end });
                from = end.max(start + 1);
            }
        } else {
            // Of separators that share bytes the last one counts.
            let (mut rest, length) = (text.as_slice(), separator.len());
            while let Some(at) = rest.windows(length).rposition(|part| part == separator) {
                starts.push(if before { at } else { at + length });
                rest = rest.get(..at).unwrap_or_default();
            }
            starts.reverse();
        }
        let mut stop = text.len();
        for &start in starts.iter().rev().filter(|&&start| start < text.len()) {
            cx.out.write(text.get(start..stop).unwrap_or_default());
            stop = start;
        }
        cx.out.write(text.get(..stop).unwrap_or_default());
        Ok(())
    });
    Ok(cx.status())
}

/// Prints a seekable input from its end on; `false` if it is not seekable.
fn backwards(cx: &mut Context, input: &mut Reader, end: u8) -> Result<bool> {
    const BLOCK: usize = 128 * 1024;
    let fd = input.fd();
    let is_file = sys::fs::fstat(fd).is_ok_and(|stat| stat.is_file() && stat.size() > 0);
    let Ok(start) = sys::fd::seek(fd, 0, libc::SEEK_CUR) else { return Ok(false) };
    if !is_file {
        return Ok(false);
    }
    let mut position = sys::fd::seek(fd, 0, libc::SEEK_END)?;
    // What stands between `position` and the last separator found, from later blocks: pieces of one line, last first.
    let mut carried: Vec<u8> = Vec::new();
    let mut block = alloc::vec![0; BLOCK];
    while position > start && !cx.out.failed() {
        let length = (position - start).min(BLOCK as i64) as usize;
        position -= length as i64;
        let room = block.get_mut(..length).unwrap_or_default();
        let mut done = 0;
        while let Some(rest) = room.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match sys::fd::pread(fd, rest, position + done as i64)? {
                // It has become shorter meanwhile.
                0 => break,
                n => done += n,
            }
        }
        let text = block.get(..done).unwrap_or_default();
        let mut stop = text.len();
        for at in memchr::memrchr_iter(end, text) {
            let line = text.get(at + 1..stop).unwrap_or_default();
            // At the very end of the input there is no line behind the last separator.
            cx.out.write(line);
            cx.out.write(&carried);
            carried.clear();
            stop = at + 1;
        }
        let head = text.get(..stop).unwrap_or_default();
        let mut longer = Vec::with_capacity(head.len() + carried.len());
        longer.extend_from_slice(head);
        longer.append(&mut carried);
        carried = longer;
    }
    cx.out.write(&carried);
    Ok(true)
}
