//! How a text is cut into fields.

use alloc::vec::Vec;
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

/// The bounds of the first word between blanks.
pub(crate) fn first_word(text: &[u8]) -> Option<(usize, usize)> {
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n');
    let start = text.iter().position(|byte| !blank(byte))?;
    let length = text.get(start..)?.iter().position(blank);
    Some((start, length.map_or(text.len(), |length| start + length)))
}

/// Appends the bounds of all words between blanks.
///
/// Where they begin and end are the changes in a mask of 64 bytes: no branch depends on how long a word is.
fn words(text: &[u8], bounds: &mut Vec<(usize, usize)>) {
    let (mut start, mut inside) = (0, false);
    for (number, part) in text.chunks(64).enumerate() {
        let mut block = [b' '; 64];
        if let Some(place) = block.get_mut(..part.len()) {
            place.copy_from_slice(part);
        }
        let mask = !sys::vector::blanks(&block);
        let mut edges = mask ^ (mask << 1 | u64::from(inside));
        while edges != 0 {
            let at = number * 64 + edges.trailing_zeros() as usize;
            edges &= edges - 1;
            if inside {
                bounds.push((start, at));
            }
            start = at;
            inside = !inside;
        }
    }
    if inside {
        bounds.push((start, text.len()));
    }
}

impl Splitter {
    /// Appends start and end of all fields that are left.
    pub fn all(
        &mut self,
        text: &[u8],
        by: Separator,
        regexes: &mut [Regex],
        bounds: &mut Vec<(usize, usize)>,
    ) {
        if by == Separator::Blanks {
            return words(text, bounds);
        }
        while let Some(field) = self.next(text, by, regexes) {
            bounds.push(field);
        }
    }

    /// Start and end of the next field; not for [`Separator::Blanks`], whose fields are found together.
    #[inline(never)]
    pub(crate) fn next(
        &mut self,
        text: &[u8],
        by: Separator,
        regexes: &mut [Regex],
    ) -> Option<(usize, usize)> {
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
