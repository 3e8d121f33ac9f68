//! Shell patterns on parts of a text: what `case` and `${x#p}` need (POSIX.1-2024 XCU 2.14).
//!
//! A pattern is cut at its stars into segments. Placing each segment as far to the left as it goes finds the shortest
//! prefix and decides a whole match; placing them from the right finds the suffixes. No text takes more than a pass a segment.

use alloc::vec::Vec;
use text::glob;

/// A pattern cut at its stars.
pub struct Pattern<'a> {
    segments: Vec<Segment<'a>>,
    utf8: bool,
}

struct Segment<'a> {
    pattern: &'a [u8],
    /// The text it stands for, if it has no special characters.
    literal: Option<&'a [u8]>,
}

/// Whether the whole text matches.
#[inline(never)]
pub fn matches(pattern: &[u8], text: &[u8], utf8: bool) -> bool {
    Pattern::new(pattern, utf8).matches(text)
}

/// Whether `pattern` stands for itself only.
pub fn is_literal(pattern: &[u8]) -> bool {
    !pattern.iter().any(|byte| b"*?[\\".contains(byte))
}

impl<'a> Pattern<'a> {
    pub fn new(pattern: &'a [u8], utf8: bool) -> Pattern<'a> {
        let mut segments = Vec::new();
        let mut rest = pattern;
        let mut length = 0;
        let segment = |text: &'a [u8]| Segment { pattern: text, literal: is_literal(text).then_some(text) };
        while let Some(&byte) = rest.get(length) {
            match byte {
                b'*' => {
                    let (head, tail) = rest.split_at_checked(length).unwrap_or_default();
                    segments.push(segment(head));
                    rest = tail.get(1..).unwrap_or_default();
                    length = 0;
                }
                b'\\' => length += 2,
                b'[' => length += glob::bracket_length(rest.get(length..).unwrap_or_default()).max(1),
                _ => length += 1,
            }
        }
        segments.push(segment(rest));
        Pattern { segments, utf8 }
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &[u8]) -> bool {
        match self.segments.as_slice() {
            [] => text.is_empty(),
            [only] => self.at(only, text, 0) == Some(text.len()),
            [first, middle @ .., last] => {
                let Some(mut at) = self.at(first, text, 0) else { return false };
                for segment in middle {
                    match self.leftmost(segment, text, at) {
                        Some((_, end)) => at = end,
                        None => return false,
                    }
                }
                self.ending(last, text, at, text.len()).is_some()
            }
        }
    }

    /// The end of the shortest or longest prefix that matches.
    pub fn prefix(&self, text: &[u8], longest: bool) -> Option<usize> {
        let (first, rest) = self.segments.split_first()?;
        let mut at = self.at(first, text, 0)?;
        let Some((last, middle)) = rest.split_last() else { return Some(at) };
        for segment in middle {
            at = self.leftmost(segment, text, at)?.1;
        }
        if !longest {
            return self.leftmost(last, text, at).map(|(_, end)| end);
        }
        self.rightmost(last, text, at, text.len()).map(|(_, end)| end)
    }

    /// The start of the shortest or longest suffix that matches.
    pub fn suffix(&self, text: &[u8], longest: bool) -> Option<usize> {
        let (last, rest) = self.segments.split_last()?;
        let mut at = self.ending(last, text, 0, text.len())?;
        let Some((first, middle)) = rest.split_first() else { return Some(at) };
        for segment in middle.iter().rev() {
            at = self.rightmost(segment, text, 0, at)?.0;
        }
        if longest {
            // The leftmost place of the first segment that still leaves room for the others.
            return self.leftmost_before(first, text, at);
        }
        self.rightmost(first, text, 0, at).map(|(start, _)| start)
    }

    /// The first match that is as long as can be at its place, from `from` on: its start and end.
    pub fn find(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let [first, ..] = self.segments.as_slice() else { return None };
        let mut at = from;
        loop {
            let (start, _) = self.leftmost(first, text, at)?;
            if let Some(end) = self.prefix(text.get(start..)?, true) {
                return Some((start, start + end));
            }
            if start >= text.len() {
                return None;
            }
            at = start + self.step(text, start);
        }
    }

    /// The length of the character at `at`.
    pub fn step(&self, text: &[u8], at: usize) -> usize {
        let rest = text.get(at..).unwrap_or_default();
        if self.utf8 { text::utf8::decode(rest).map_or(1, |(_, length)| length) } else { 1 }
    }

    /// Where the segment ends if it matches at `at`.
    fn at(&self, segment: &Segment, text: &[u8], at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        if let Some(literal) = segment.literal {
            return rest.starts_with(literal).then_some(at + literal.len());
        }
        glob::prefix(segment.pattern, rest, self.utf8).map(|length| at + length)
    }

    fn leftmost(&self, segment: &Segment, text: &[u8], from: usize) -> Option<(usize, usize)> {
        if let Some(literal) = segment.literal {
            let start = from + find_literal(text.get(from..)?, literal)?;
            return Some((start, start + literal.len()));
        }
        let mut at = from;
        loop {
            if let Some(end) = self.at(segment, text, at) {
                return Some((at, end));
            }
            if at >= text.len() {
                return None;
            }
            at += self.step(text, at);
        }
    }

    /// The leftmost start of the segment such that it ends at or before `end`.
    fn leftmost_before(&self, segment: &Segment, text: &[u8], end: usize) -> Option<usize> {
        self.leftmost(segment, text, 0).filter(|&(_, found)| found <= end).map(|(start, _)| start)
    }

    /// The last place of the segment between `from` and `end`.
    fn rightmost(&self, segment: &Segment, text: &[u8], from: usize, end: usize) -> Option<(usize, usize)> {
        let mut at = end;
        loop {
            if let Some(found) = self.at(segment, text, at)
                && found <= end
            {
                return Some((at, found));
            }
            if at <= from {
                return None;
            }
            at -= 1;
            while self.utf8 && at > from && text.get(at).is_some_and(|byte| byte & 0xc0 == 0x80) {
                at -= 1;
            }
        }
    }

    /// The start of the segment such that it ends exactly at `end`, not before `from`.
    fn ending(&self, segment: &Segment, text: &[u8], from: usize, end: usize) -> Option<usize> {
        if let Some(literal) = segment.literal {
            let start = end.checked_sub(literal.len()).filter(|&start| start >= from)?;
            return (text.get(start..end) == Some(literal)).then_some(start);
        }
        // A character has at most four bytes, so the segment matches no more text than that for each of its bytes.
        let farthest = end.saturating_sub(segment.pattern.len() * 4).max(from);
        let mut at = end;
        loop {
            if self.at(segment, text, at) == Some(end) {
                return Some(at);
            }
            if at <= farthest {
                return None;
            }
            at -= 1;
        }
    }
}

/// The part of `text` that is left when a prefix or suffix that matches `pattern` is taken away, for the patterns that
/// most are: a literal, with a star before or behind it at most. `None`: another pattern.
pub fn trim_plain<'t>(text: &'t [u8], pattern: &[u8], suffix: bool, longest: bool) -> Option<&'t [u8]> {
    let (before, literal, behind) = match pattern {
        [b'*', literal @ ..] => (true, literal, false),
        [literal @ .., b'*'] => (false, literal, true),
        literal => (false, literal, false),
    };
    if !is_literal(literal) || literal.is_empty() {
        return None;
    }
    // The star on the side that stays decides nothing but how much of the text goes.
    let (star_inside, star_outside) = if suffix { (before, behind) } else { (behind, before) };
    let range = if star_outside {
        let at = if longest == suffix { find_literal(text, literal) } else { find_last(text, literal) };
        match at {
            Some(at) if suffix => 0..at,
            Some(at) => at + literal.len()..text.len(),
            None => 0..text.len(),
        }
    } else if suffix && text.ends_with(literal) {
        0..if star_inside && longest { 0 } else { text.len() - literal.len() }
    } else if !suffix && text.starts_with(literal) {
        (if star_inside && longest { text.len() } else { literal.len() })..text.len()
    } else {
        0..text.len()
    };
    text.get(range)
}

/// Where `needle`, which is not empty, last is in `text`.
fn find_last(text: &[u8], needle: &[u8]) -> Option<usize> {
    let (&first, rest) = needle.split_first()?;
    let mut end = text.len();
    loop {
        let at = memchr::memrchr(first, text.get(..end)?)?;
        if text.get(at + 1..).is_some_and(|tail| tail.starts_with(rest)) {
            return Some(at);
        }
        end = at;
    }
}

/// Where `needle` first is in `text`.
pub fn find_literal(text: &[u8], needle: &[u8]) -> Option<usize> {
    let Some((&first, rest)) = needle.split_first() else { return Some(0) };
    let mut from = 0;
    loop {
        let at = from + memchr::memchr(first, text.get(from..)?)?;
        if text.get(at + 1..).is_some_and(|tail| tail.starts_with(rest)) {
            return Some(at);
        }
        from = at + 1;
    }
}
