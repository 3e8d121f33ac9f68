//! A line as it is shown: overstriking and colours taken apart, and cut in rows.

use alloc::vec::Vec;
use term::show;

/// How lines are laid out.
#[derive(Clone, Copy)]
pub struct Look {
    pub utf8: bool,
    /// Columns of a row.
    pub width: usize,
    /// Columns between tab stops.
    pub tab: usize,
    /// Lines are cut, not folded; this many columns are left out at the left.
    pub chop: bool,
    pub shift: usize,
    /// Colours pass.
    pub colors: bool,
    /// Overstriking is shown as it is.
    pub plain: bool,
}

const BOLD: u8 = 1;
const UNDERLINE: u8 = 2;
/// A match of the pattern.
pub const STANDOUT: u8 = 4;

/// A line's characters, and how each looks.
#[derive(Default)]
pub struct Line {
    pub text: Vec<u8>,
    /// `BOLD` and the others, for each byte.
    pub marks: Vec<u8>,
    /// Where sequences for colours stand.
    colors: Vec<(usize, Vec<u8>)>,
}

impl Line {
    /// Takes a line apart.
    pub fn new(raw: &[u8], look: &Look) -> Line {
        let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
        let mut line = Line::default();
        let mut rest = raw;
        while let Some((&byte, tail)) = rest.split_first() {
            let length = match byte {
                8 if !look.plain && !line.text.is_empty() && !tail.is_empty() => {
                    rest = tail;
                    let length = line.overstrike(rest, look.utf8);
                    rest = rest.get(length..).unwrap_or_default();
                    continue;
                }
                27 if look.colors && color_length(rest) > 0 => {
                    let (sequence, tail) = rest.split_at(color_length(rest));
                    line.colors.push((line.text.len(), sequence.to_vec()));
                    rest = tail;
                    continue;
                }
                _ => memchr::memchr2(8, 27, tail).map_or(rest.len(), |at| at + 1),
            };
            let (part, tail) = rest.split_at(length);
            line.text.extend_from_slice(part);
            rest = tail;
            line.marks.resize(line.text.len(), 0);
        }
        line
    }

    /// A character struck over the last one. Gives its length.
    fn overstrike(&mut self, rest: &[u8], utf8: bool) -> usize {
        let length = show::after(rest, 0, utf8);
        let new = rest.get(..length).unwrap_or_default();
        let start = show::before(&self.text, self.text.len(), utf8);
        let old = self.text.split_off(start);
        let before = self.marks.get(start).copied().unwrap_or(0);
        let mark = match (&old[..], new) {
            (old, new) if old == new => BOLD,
            (b"_", _) | (_, b"_") => UNDERLINE,
            _ => 0,
        };
        self.text.extend_from_slice(if new == b"_" { &old } else { new });
        self.marks.truncate(start);
        self.marks.resize(self.text.len(), before | mark);
        length
    }

    /// Marks the bytes from `from` to `to`.
    pub fn mark(&mut self, from: usize, to: usize) {
        for mark in self.marks.get_mut(from..to).unwrap_or_default() {
            *mark |= STANDOUT;
        }
    }

    /// Where the rows of the line begin: at least one.
    pub fn rows(&self, look: &Look) -> Vec<usize> {
        let mut starts = alloc::vec![0];
        if look.chop || self.text.len() < look.width && self.text.iter().all(|byte| matches!(byte, 32..=126))
        {
            return starts;
        }
        let (mut at, mut column, mut row) = (0, 0, 0);
        while at < self.text.len() {
            let (length, width) = self.cell(at, column, look, &mut Vec::new());
            if column + width > row + look.width && column > row {
                row = column;
                starts.push(at);
            }
            column += width;
            at += length.max(1);
        }
        starts
    }

    /// Shows the character at `at`: its length and columns.
    fn cell(&self, at: usize, column: usize, look: &Look, out: &mut Vec<u8>) -> (usize, usize) {
        let rest = self.text.get(at..).unwrap_or_default();
        if rest.first() == Some(&b'\t') {
            let width = look.tab - column % look.tab;
            out.resize(out.len() + width, b' ');
            return (1, width);
        }
        show::glyph(rest, look.utf8, out)
    }

    /// Appends the row that begins at `start`; gives its columns.
    pub fn row(&self, start: usize, end: usize, look: &Look, out: &mut Vec<u8>) -> usize {
        let (mut at, mut column, mut used) = (start, 0, 0);
        let mut state = (usize::MAX, 0u8);
        let shift = if look.chop { look.shift } else { 0 };
        let mut cell = Vec::new();
        while at < end {
            cell.clear();
            let (length, width) = self.cell(at, column, look, &mut cell);
            column += width;
            if column > shift {
                // A character that begins left of the edge is cut: blanks for what is seen of it.
                let seen = width.min(column - shift);
                if seen < width {
                    cell.clear();
                    cell.resize(seen, b' ');
                }
                if used + seen > look.width {
                    if cell.first() == Some(&b' ') {
                        cell.truncate(look.width.saturating_sub(used));
                        out.extend_from_slice(&cell);
                        used = look.width;
                    }
                    break;
                }
                used += seen;
                self.change(&mut state, at, out);
                out.extend_from_slice(&cell);
            }
            at += length.max(1);
        }
        if state != (usize::MAX, 0) && state != (0, 0) {
            out.extend_from_slice(b"\x1b[m");
        }
        used
    }

    /// Sends the attributes of the character at `at` if they are others than before.
    fn change(&self, state: &mut (usize, u8), at: usize, out: &mut Vec<u8>) {
        let mark = self.marks.get(at).copied().unwrap_or(0);
        let count = self.colors.iter().take_while(|(place, _)| *place <= at).count();
        let new = (count, mark);
        if new == *state || *state == (usize::MAX, 0) && new == (0, 0) {
            return;
        }
        if *state != (usize::MAX, 0) {
            out.extend_from_slice(b"\x1b[m");
        }
        let seen = self.colors.get(..count).unwrap_or_default();
        let reset = seen.iter().rposition(|(_, sequence)| matches!(&sequence[..], b"\x1b[m" | b"\x1b[0m"));
        for (_, sequence) in seen.iter().skip(reset.map_or(0, |at| at + 1)) {
            out.extend_from_slice(sequence);
        }
        for (bit, code) in [(BOLD, b'1'), (UNDERLINE, b'4'), (STANDOUT, b'7')] {
            if mark & bit != 0 {
                out.extend_from_slice(&[27, b'[', code, b'm']);
            }
        }
        *state = new;
    }
}

/// The length of a sequence that sets colours and attributes, at the start of `text`; 0 if there is none.
fn color_length(text: &[u8]) -> usize {
    let Some(rest) = text.strip_prefix(b"\x1b[") else { return 0 };
    match rest.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':')) {
        Some(end) if rest.get(end) == Some(&b'm') => end + 3,
        _ => 0,
    }
}
