//! usage: fold [-bcs] [-w WIDTH] [FILE]...
//!
//! Break lines that are longer than 80 columns.
//!
//!  -b, --bytes        count bytes, not columns
//!  -c, --characters   count characters, not columns
//!  -s, --spaces       break behind a blank
//!  -w, --width=WIDTH  break after WIDTH columns
//!  -NUM               same as -w NUM
//!
//! # Notes
//! POSIX.1-2024 fold; -c as GNU.

use applet::prelude::*;

applet::options!("fold");

#[derive(Clone, Copy)]
struct Fold {
    width: usize,
    bytes: bool,
    characters: bool,
    spaces: bool,
    utf8: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let width = match options.last(&[opt::WIDTH, opt::NUMBER]).and_then(|id| options.value(id)) {
        Some(text) => match applet::value::number(text, b"", b"number of columns")? {
            0 => return Err(applet::value::invalid(b"number of columns", text)),
            width => usize::try_from(width).unwrap_or(usize::MAX),
        },
        None => 80,
    };
    let fold = Fold {
        width,
        bytes: options.has(opt::BYTES),
        characters: options.has(opt::CHARACTERS),
        spaces: options.has(opt::SPACES),
        utf8: cx.utf8(),
    };
    cx.each_input(&options.operands, &mut |cx, _, input| {
        while let Some(line) = input.line(b'\n')? {
            fold.line(line, &mut cx.out);
            if cx.out.failed() {
                break;
            }
        }
        Ok(())
    });
    Ok(cx.status())
}

impl Fold {
    fn line(&self, line: &[u8], out: &mut Writer) {
        let mut rest = line;
        loop {
            // No byte takes more columns than a tab, so most lines are told apart by their length.
            let fits = rest.len() <= self.width
                && (self.bytes || !rest.iter().any(|byte| *byte < b' ' && *byte != b'\n'));
            let length = if fits { rest.len() } else { self.piece(rest) };
            let (piece, tail) = rest.split_at_checked(length).unwrap_or((rest, b""));
            out.write(piece);
            if tail.is_empty() {
                return;
            }
            out.byte(b'\n');
            rest = tail;
        }
    }

    /// How many bytes of a line fit; all of it, or at least one character. A newline takes no room.
    fn piece(&self, line: &[u8]) -> usize {
        let mut column = 0usize;
        let mut at = 0;
        let mut behind_blank = None;
        while let Some(&byte) = line.get(at) {
            let (length, next) = self.advance(line.get(at..).unwrap_or_default(), byte, column);
            if byte == b'\n' {
                return at + 1;
            }
            if next > self.width && at > 0 {
                return behind_blank.filter(|_| self.spaces).unwrap_or(at);
            }
            column = next;
            at += length;
            if matches!(byte, b' ' | b'\t') {
                behind_blank = Some(at);
            }
        }
        at
    }

    /// The length of a character and the column behind it.
    fn advance(&self, text: &[u8], byte: u8, column: usize) -> (usize, usize) {
        if self.bytes {
            return (1, column + 1);
        }
        match byte {
            _ if self.characters && byte < 0x80 => (1, column + 1),
            b'\t' => (1, (column / 8 + 1) * 8),
            b'\x08' => (1, column.saturating_sub(1)),
            b'\r' => (1, 0),
            0x80.. if self.utf8 => match text::utf8::decode(text) {
                Some((_, length)) if self.characters => (length, column + 1),
                Some((scalar, length)) => (length, column + text::width::columns(scalar)),
                None => (1, column + 1),
            },
            _ => (1, column + 1),
        }
    }
}
