//! How a text is cut into fields.

use regex::{Eflags, Regex};

/// What separates fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Separator {
    /// Runs of blanks and newlines; those at the ends do not count.
    Blanks,
    /// One byte.
    Byte(u8),
    /// One byte, or a newline.
    ByteOrNewline(u8),
    /// Nothing: every character is a field.
    Nothing(bool),
    /// What matches the regular expression of that number.
    Regex(u32),
}

/// A walk through the fields of one text.
#[derive(Clone, Copy, Default)]
pub struct Splitter {
    at: usize,
    ended: bool,
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t' || byte == b'\n'
}

impl Splitter {
    /// Start and end of the next field.
    #[inline]
    pub fn next(&mut self, text: &[u8], by: Separator, regexes: &mut [Regex]) -> Option<(usize, usize)> {
        if let Separator::Blanks = by {
            let mut at = self.at;
            while text.get(at).is_some_and(|&byte| is_blank(byte)) {
                at += 1;
            }
            let start = at;
            while text.get(at).is_some_and(|&byte| !is_blank(byte)) {
                at += 1;
            }
            self.at = at;
            return (at > start).then_some((start, at));
        }
        if self.ended || (text.is_empty() && self.at == 0) {
            return None;
        }
        let start = self.at;
        let rest = text.get(start..)?;
        let gap = match by {
            Separator::Byte(byte) => memchr::memchr(byte, rest).map(|at| (start + at, start + at + 1)),
            Separator::ByteOrNewline(byte) => {
                memchr::memchr2(byte, b'\n', rest).map(|at| (start + at, start + at + 1))
            }
            Separator::Nothing(utf8) => {
                let length = if utf8 { text::utf8::decode(rest).map_or(1, |(_, length)| length) } else { 1 };
                let end = start + length;
                (end < text.len()).then_some((end, end))
            }
            Separator::Regex(number) => {
                let regex = regexes.get_mut(number as usize)?;
                let mut from = start;
                loop {
                    match regex.find_at(text, from, Eflags::NONE) {
                        // Matches of nothing do not separate.
                        Some((i, j)) if i == j && i < text.len() => from = i + 1,
                        Some((i, j)) if i == j => break None,
                        other => break other,
                    }
                }
            }
            Separator::Blanks => None,
        };
        match gap {
            Some((end, next)) => {
                self.at = next;
                Some((start, end))
            }
            None => {
                self.ended = true;
                Some((start, text.len()))
            }
        }
    }
}
