//! usage: wc [-clmwL] [--total=WHEN] [FILE]... | wc [OPTION]... --files0-from=F
//!
//! Print counts of lines, words and bytes of each FILE, and a total for several.
//!
//!  -c, --bytes            bytes
//!  -m, --chars            characters
//!  -l, --lines            newlines
//!  -w, --words            words
//!  -L, --max-line-length  columns of the longest line
//!  --total=WHEN           print a total: auto, always, only, never
//!  --files0-from=F        read names, each ended by NUL, from F
//!
//! # Notes
//! POSIX.1-2024 wc; the rest as GNU.

use applet::prelude::*;
use io::tally::{Tally, newlines};

applet::options!("wc");

/// What to count.
#[derive(Clone, Copy)]
struct Wanted {
    lines: bool,
    words: bool,
    chars: bool,
    bytes: bool,
    longest: bool,
    utf8: bool,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    tally: Tally,
    chars: u64,
    bytes: u64,
    longest: u64,
    column: u64,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let has = |id| options.has(id);
    let mut wanted = Wanted {
        lines: has(opt::LINES),
        words: has(opt::WORDS),
        chars: has(opt::CHARS),
        bytes: has(opt::BYTES),
        longest: has(opt::MAX_LINE_LENGTH),
        utf8: cx.utf8(),
    };
    if !(wanted.lines || wanted.words || wanted.chars || wanted.bytes || wanted.longest) {
        (wanted.lines, wanted.words, wanted.bytes) = (true, true, true);
    }
    let total_when = match options.value(opt::TOTAL) {
        None => b"auto",
        Some(when @ (b"auto" | b"always" | b"only" | b"never")) => when,
        Some(other) => return Err(Error::usage_about(b"invalid argument '%' for '--total'", other)),
    };
    let list = match options.value(opt::FILES0_FROM) {
        Some(file) if options.operands.is_empty() => cx.open(file)?.rest().at(file)?,
        Some(_) => return Err(Error::usage(&[b"file operands cannot be combined with --files0-from"])),
        None => Vec::new(),
    };
    let mut names = options.operands.clone();
    if !list.is_empty() {
        names.extend(list.strip_suffix(&[0]).unwrap_or(&list).split(|&byte| byte == 0));
    }
    if options.has(opt::FILES0_FROM) && names.is_empty() {
        return Ok(cx.status());
    }
    let from_stdin = options.value(opt::FILES0_FROM) == Some(b"-");
    let width = if total_when == b"only" || from_stdin { 1 } else { width(&names, wanted) };
    let mut total = Counts::default();
    let named = !names.is_empty();
    cx.each_input(&names, &mut |cx, name, input| {
        let mut counts = Counts::default();
        let result = counts.read(input, wanted);
        total.add(counts);
        if total_when != b"only" {
            print(cx, counts, wanted, width, if named { name } else { b"" });
        }
        result
    });
    let several = names.len() > 1;
    match total_when {
        b"only" => print(cx, total, wanted, 1, b""),
        b"always" => print(cx, total, wanted, width, b"total"),
        b"auto" if several => print(cx, total, wanted, width, b"total"),
        _ => {}
    }
    Ok(cx.status())
}

/// The width of the numbers: that of all regular files' bytes together, at least 7 where something else is read.
fn width(names: &[&[u8]], wanted: Wanted) -> usize {
    let Wanted { lines, words, chars, bytes, longest, .. } = wanted;
    let columns = [lines, words, chars, bytes, longest].iter().filter(|&&column| column).count();
    if names.len() <= 1 && columns == 1 {
        return 1;
    }
    let (mut least, mut sum) = (1, 0u64);
    let stdin: [&[u8]; 1] = [b"-"];
    for name in if names.is_empty() { &stdin } else { names } {
        let stat = if *name == b"-" { sys::fs::fstat(sys::fd::STDIN) } else { sys::fs::stat(name) };
        match stat {
            Ok(stat) if stat.is_file() => sum = sum.saturating_add(stat.size()),
            Ok(_) => least = 7,
            Err(_) => {}
        }
    }
    let digits = sum.checked_ilog10().map_or(1, |log| log as usize + 1);
    digits.max(least)
}

fn print(cx: &mut Context, counts: Counts, wanted: Wanted, width: usize, name: &[u8]) {
    let columns = [
        (wanted.lines, counts.tally.lines),
        (wanted.words, counts.tally.words),
        (wanted.chars, counts.chars),
        (wanted.bytes, counts.bytes),
        (wanted.longest, counts.longest),
    ];
    let mut line = Vec::new();
    for (_, number) in columns.iter().filter(|(wanted, _)| *wanted) {
        if !line.is_empty() {
            line.push(b' ');
        }
        let mut buf = num::new_buf();
        num::push_padded(&mut line, num::dec(*number, &mut buf), width, b' ');
    }
    if !name.is_empty() {
        line.push(b' ');
        line.extend_from_slice(name);
    }
    cx.out.line(&line);
}

impl Counts {
    fn add(&mut self, other: Counts) {
        self.tally.lines += other.tally.lines;
        self.tally.words += other.tally.words;
        self.chars += other.chars;
        self.bytes += other.bytes;
        self.longest = self.longest.max(other.longest);
    }

    fn read(&mut self, input: &mut Reader, wanted: Wanted) -> Result {
        let only_bytes = !(wanted.lines || wanted.words || wanted.chars || wanted.longest);
        if only_bytes && self.skip(input) {
            return Ok(());
        }
        let by_character = wanted.longest || wanted.chars && wanted.utf8;
        loop {
            // With less than four bytes there may be only a part of a character.
            if input.buffered().len() < 4 {
                input.fill_more()?;
            }
            let mut block = input.buffered();
            if block.is_empty() {
                break;
            }
            let mut used = block.len();
            if by_character {
                used = self.characters(block, wanted.utf8, input.at_end());
                block = block.get(..used).unwrap_or_default();
            }
            if wanted.words {
                self.tally.count(block, wanted.utf8);
            } else if wanted.lines {
                self.tally.lines += newlines(block);
            }
            self.bytes += used as u64;
            input.consume(used);
        }
        if !by_character {
            self.chars = self.bytes;
        }
        self.longest = self.longest.max(self.column);
        Ok(())
    }

    /// The bytes of a regular file without reading it; leaves the offset at its end.
    fn skip(&mut self, input: &mut Reader) -> bool {
        let Ok(stat) = sys::fs::fstat(input.fd()) else { return false };
        let Ok(start) = sys::fd::seek(input.fd(), 0, libc::SEEK_CUR) else { return false };
        // Files of /proc say 0, and are read.
        if !stat.is_file() || stat.size() == 0 {
            return false;
        }
        let Ok(end) = sys::fd::seek(input.fd(), 0, libc::SEEK_END) else { return false };
        self.bytes = (end - start).max(0) as u64;
        true
    }

    /// Counts characters and columns, up to a character that the end of the block cuts off unless the input ends there.
    /// Bytes that are no characters do not count.
    fn characters(&mut self, block: &[u8], utf8: bool, at_end: bool) -> usize {
        let mut rest = block;
        while let Some(&byte) = rest.first() {
            let length = if byte < 0x80 || !utf8 {
                self.character(if byte < 0x80 || utf8 { u32::from(byte) } else { 0x80 });
                1
            } else if let Some((scalar, length)) = text::utf8::decode(rest) {
                self.character(scalar);
                length
            } else if rest.len() < 4 && byte >= 0xc2 && !at_end {
                break;
            } else {
                1
            };
            rest = rest.get(length..).unwrap_or_default();
        }
        block.len() - rest.len()
    }

    fn character(&mut self, scalar: u32) {
        self.chars += 1;
        match scalar {
            0x0a | 0x0c | 0x0d => {
                self.longest = self.longest.max(self.column);
                self.column = 0;
            }
            0x09 => self.column += 8 - self.column % 8,
            _ => self.column += text::width::columns(scalar) as u64,
        }
    }
}
