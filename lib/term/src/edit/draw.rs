//! Draws a line behind its prompt: what is shown already is not sent again.

use alloc::vec::Vec;
use sys::RawFd;

use crate::decimal;
use crate::show::glyph;

/// A row and a column, counted from the first row of the prompt's last line.
type Place = (usize, usize);

pub struct Draw {
    fd: RawFd,
    utf8: bool,
    columns: usize,
    /// The lines of the prompt before the last, as they are sent.
    above: Vec<u8>,
    /// The last line of the prompt, as it is sent.
    prompt: Vec<u8>,
    /// What of it is seen.
    visible: Vec<u8>,
    /// What is shown behind the prompt.
    shown: Vec<u8>,
    /// Where the cursor is.
    at: Place,
    out: Vec<u8>,
}

/// Splits a prompt into the lines before its last and the last, without 0x01 and 0x02; `visible` gets what of the
/// last one is seen.
pub fn split_prompt(prompt: &[u8], above: &mut Vec<u8>, last: &mut Vec<u8>, visible: &mut Vec<u8>) {
    let (mut hidden, mut rest) = (false, prompt);
    while let Some((&byte, tail)) = rest.split_first() {
        let length = match byte {
            1 | 2 => {
                hidden = byte == 1;
                rest = tail;
                continue;
            }
            b'\n' => {
                above.append(last);
                above.push(b'\n');
                visible.clear();
                rest = tail;
                continue;
            }
            _ if hidden => 1,
            27 => sequence_length(rest),
            0..=31 => 1,
            _ => {
                visible.push(byte);
                1
            }
        };
        let (part, tail) = rest.split_at_checked(length).unwrap_or((rest, b""));
        last.extend_from_slice(part);
        rest = tail;
    }
}

/// The length of the sequence that `text` begins with: CSI, OSC, or two bytes.
fn sequence_length(text: &[u8]) -> usize {
    let end = match text.get(1) {
        Some(b'[') => text.iter().skip(2).position(|byte| (0x40..0x7f).contains(byte)).map(|at| at + 3),
        Some(b']') => text.iter().position(|&byte| byte == 7).map(|at| at + 1),
        _ => Some(2),
    };
    end.unwrap_or(text.len()).min(text.len())
}

impl Draw {
    pub fn new(fd: RawFd, utf8: bool, columns: usize, prompt: &[u8]) -> Draw {
        let (mut above, mut last) = (Vec::new(), Vec::new());
        let mut visible = Vec::new();
        split_prompt(prompt, &mut above, &mut last, &mut visible);
        let columns = columns.max(2);
        Draw {
            fd,
            utf8,
            columns,
            above,
            prompt: last,
            visible,
            shown: Vec::new(),
            at: (0, 0),
            out: Vec::new(),
        }
    }

    /// The first showing: the prompt, on a new row.
    pub fn begin(&mut self) {
        self.out.extend_from_slice(b"\x1b[?2004h");
        self.out.extend_from_slice(&self.above);
        self.prompt_again();
        self.flush();
    }

    /// The prompt's last line where the cursor is; nothing is shown behind it.
    fn prompt_again(&mut self) {
        self.out.extend_from_slice(&self.prompt);
        self.shown.clear();
        self.at = self.place((0, 0), &self.visible);
        if self.at.1 >= self.columns {
            self.out.push(b'\n');
            self.at = (self.at.0 + 1, 0);
        }
    }

    /// Another prompt; gives the one before, as it is sent and as it is seen.
    pub fn set_prompt(&mut self, prompt: Vec<u8>, visible: Vec<u8>) -> (Vec<u8>, Vec<u8>) {
        self.go((0, 0));
        self.out.extend_from_slice(b"\x1b[J");
        let old =
            (core::mem::replace(&mut self.prompt, prompt), core::mem::replace(&mut self.visible, visible));
        self.prompt_again();
        old
    }

    /// The end of the reading: below the line.
    pub fn end(&mut self, interrupted: bool) {
        if interrupted {
            self.out.extend_from_slice(b"^C");
        }
        self.out.extend_from_slice(b"\x1b[?2004l\n");
        self.flush();
    }

    /// Clears the screen; the line comes to its top.
    pub fn clear(&mut self) {
        self.out.extend_from_slice(b"\x1b[H\x1b[J");
        self.out.extend_from_slice(&self.above);
        self.prompt_again();
    }

    /// The window has another width; the terminal has laid the rows out anew, or not: what is shown is sent again.
    pub fn resize(&mut self, columns: usize) {
        let total = self.at.0 * self.columns + self.at.1;
        self.columns = columns.max(2);
        self.at = (total / self.columns, total % self.columns);
        self.go((0, 0));
        self.out.extend_from_slice(b"\x1b[J");
        self.prompt_again();
    }

    /// Writes `text` on rows of its own below the line, and then the prompt again. The cursor must be at the line's end.
    pub fn below(&mut self, text: &[u8]) {
        self.out.push(b'\n');
        self.out.extend_from_slice(text);
        self.prompt_again();
    }

    /// Writes something at once, for a question.
    pub fn say(&mut self, text: &[u8]) {
        self.out.extend_from_slice(text);
        self.flush();
    }

    pub fn bell(&mut self) {
        self.say(b"\x07");
    }

    pub fn columns(&self) -> usize {
        self.columns
    }

    fn flush(&mut self) {
        let _ = sys::fd::write_all(self.fd, &self.out);
        self.out.clear();
    }

    /// Where the cursor is behind `shown`, a part of what is shown, when it began at `place`.
    fn place(&self, place: Place, mut shown: &[u8]) -> Place {
        let (mut row, mut column) = place;
        while let Some(&byte) = shown.first() {
            let mut length = 1;
            if byte == b'\n' {
                row += 1;
                column = 0;
            } else {
                let width;
                (length, width) = match text::utf8::decode(shown).filter(|_| self.utf8) {
                    Some((scalar, length)) => (length, text::width::columns(scalar)),
                    None => (1, 1),
                };
                column += width;
                if column > self.columns {
                    row += 1;
                    column = width;
                }
            }
            shown = shown.get(length..).unwrap_or_default();
        }
        (row, column)
    }

    /// A place behind a full row is the start of the next one.
    fn settled(&self, place: Place) -> Place {
        if place.1 >= self.columns { (place.0 + 1, 0) } else { place }
    }

    fn start(&self) -> Place {
        self.settled(self.place((0, 0), &self.visible))
    }

    fn steps(&mut self, count: usize, letter: u8) {
        if count > 0 {
            self.out.extend_from_slice(b"\x1b[");
            if count > 1 {
                decimal(count, &mut self.out);
            }
            self.out.push(letter);
        }
    }

    fn go(&mut self, to: Place) {
        let from = self.at;
        self.steps(from.0.saturating_sub(to.0), b'A');
        self.steps(to.0.saturating_sub(from.0), b'B');
        if to.1 == 0 && from.1 > 0 {
            self.out.push(b'\r');
        } else if from.1 > to.1 && from.1 - to.1 < 4 {
            self.out.resize(self.out.len() + (from.1 - to.1), 8);
        } else {
            self.steps(from.1.saturating_sub(to.1), b'D');
            self.steps(to.1.saturating_sub(from.1), b'C');
        }
        self.at = to;
    }

    /// Shows `text` with the cursor at byte `cursor`.
    pub fn show(&mut self, text: &[u8], cursor: usize) {
        let mut new = Vec::with_capacity(text.len() + 8);
        let (mut at, mut cursor_at) = (0, None);
        while let Some(&byte) = text.get(at) {
            if at >= cursor {
                cursor_at.get_or_insert(new.len());
            }
            if byte == b'\n' {
                new.push(byte);
                at += 1;
            } else {
                at += glyph(text.get(at..).unwrap_or_default(), self.utf8, &mut new).0.max(1);
            }
        }
        let old = core::mem::take(&mut self.shown);
        let mut common = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
        // Whole characters, and marks with what they stand on.
        while common > 0
            && common < new.len().max(old.len())
            && [&new, &old].iter().any(|shown| shown.get(common).is_some_and(|&byte| byte >= 0x80))
        {
            common -= 1;
        }
        let start = self.start();
        if common < old.len() || common < new.len() {
            let mut from = self.place(start, new.get(..common).unwrap_or_default());
            if from.1 >= self.columns && new.get(common).is_none_or(|&byte| byte == b'\n') {
                // At the edge a newline ends this row; at the start of the next one it would end that.
                common = crate::show::before(&new, common, self.utf8);
                from = self.place(start, new.get(..common).unwrap_or_default());
            }
            self.go(self.settled(from));
            if common < old.len() {
                self.out.extend_from_slice(b"\x1b[J");
            }
            self.out.extend_from_slice(new.get(common..).unwrap_or_default());
            self.at = self.place(start, &new);
            if self.at.1 >= self.columns {
                // The terminal waits at the edge with its next row: make it begin.
                self.out.push(b'\n');
                self.at = (self.at.0 + 1, 0);
            }
        }
        let cursor_place = self.place(start, new.get(..cursor_at.unwrap_or(new.len())).unwrap_or_default());
        self.go(self.settled(cursor_place));
        self.shown = new;
        self.flush();
    }
}
