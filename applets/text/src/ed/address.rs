//! Addresses.

use super::{Done, Editor};
use applet::prelude::*;
use regex::Eflags;

/// The addresses before a command: how many there were, and the last two.
#[derive(Clone, Copy)]
pub struct Range {
    pub count: usize,
    pub first: usize,
    pub last: usize,
}

/// A number at the start of the text, at most so large that sums of it fit.
pub fn number(text: &mut &[u8]) -> Option<usize> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end).filter(|(digits, _)| !digits.is_empty())?;
    *text = rest;
    Some(num::parse_u64(digits).map_or(1 << 60, |number| number.min(1 << 60)) as usize)
}

pub fn skip_blanks(text: &mut &[u8]) {
    while let [b' ' | b'\t', rest @ ..] = text {
        *text = rest;
    }
}

impl Editor<'_, '_> {
    /// Reads the addresses that the text begins with.
    pub fn read_range(&mut self, text: &mut &[u8]) -> Done {
        let current = self.buffer.current;
        let mut range = Range { count: 0, first: current, last: current };
        let result = self.range_from(text, &mut range);
        // A semicolon moves the current line only for the addresses behind it.
        self.buffer.current = current;
        self.range = range;
        result
    }

    fn range_from(&mut self, text: &mut &[u8], range: &mut Range) -> Done {
        let length = self.buffer.len();
        if let Some(address) = self.address(text)? {
            *range = Range { count: 1, first: address, last: address };
        }
        loop {
            skip_blanks(text);
            let (&separator, rest) = match text.split_first() {
                Some((separator @ (b',' | b';'), rest)) => (separator, rest),
                Some((b'%', rest)) if range.count == 0 => (&b',', rest),
                _ => return Ok(()),
            };
            *text = rest;
            if range.count == 0 {
                // Nothing before it: the first line, or this one.
                range.last = if separator == b',' { 1.min(length) } else { self.buffer.current };
            } else if separator == b';' {
                self.check(range.last)?;
                self.buffer.current = range.last;
            }
            range.first = range.last;
            let omitted = if range.count == 0 { length } else { range.last };
            range.last = self.address(text)?.unwrap_or(omitted);
            range.count = 2;
        }
    }

    pub fn check(&mut self, line: usize) -> Done {
        if line > self.buffer.len() { self.fail(b"Invalid address") } else { Ok(()) }
    }

    /// One address, with what is added to it.
    pub fn address(&mut self, text: &mut &[u8]) -> Done<Option<usize>> {
        skip_blanks(text);
        let mut rest = *text;
        let mut line = match rest {
            [b'.', after @ ..] => {
                rest = after;
                Some(self.buffer.current)
            }
            [b'$', after @ ..] => {
                rest = after;
                Some(self.buffer.len())
            }
            [b'0'..=b'9', ..] => number(&mut rest),
            [b'\'', letter, after @ ..] => {
                rest = after;
                if !letter.is_ascii_lowercase() {
                    return self.fail(b"Invalid mark character");
                }
                match self.buffer.marked(*letter) {
                    Some(line) => Some(line),
                    None => return self.fail(b"Invalid address"),
                }
            }
            [delimiter @ (b'/' | b'?'), ..] => {
                rest = rest.get(1..).unwrap_or_default();
                self.pattern(&mut rest, *delimiter, false)?;
                rest = rest.strip_prefix(&[*delimiter]).unwrap_or(rest);
                Some(self.search(*delimiter == b'/')?)
            }
            _ => None,
        };
        loop {
            skip_blanks(&mut rest);
            let from = line.unwrap_or(self.buffer.current);
            line = match rest {
                [sign @ (b'+' | b'-' | b'^'), after @ ..] => {
                    rest = after;
                    let by = number(&mut rest).unwrap_or(1);
                    let to = if *sign == b'+' { from.checked_add(by) } else { from.checked_sub(by) };
                    match to {
                        Some(to) => Some(to),
                        None => return self.fail(b"Invalid address"),
                    }
                }
                [b'0'..=b'9', ..] if line.is_some() => number(&mut rest).map(|by| from.saturating_add(by)),
                _ => break,
            };
        }
        *text = rest;
        if let Some(line) = line {
            self.check(line)?;
        }
        Ok(line)
    }

    /// Reads a pattern up to the delimiter, which stays; an empty one is the last one.
    pub fn pattern(&mut self, text: &mut &[u8], delimiter: u8, fold: bool) -> Done {
        let mut pattern = Vec::new();
        let mut rest = *text;
        loop {
            match rest {
                [] => break,
                [byte, ..] if *byte == delimiter => break,
                [b'\\', byte, after @ ..] => {
                    if *byte != delimiter {
                        pattern.push(b'\\');
                    }
                    pattern.push(*byte);
                    rest = after;
                }
                [b'\\'] => return self.fail(b"Trailing backslash (\\)"),
                [b'[', after @ ..] => {
                    let Some(length) = bracket(after) else { return self.fail(b"Unbalanced brackets ([])") };
                    let (inside, behind) = after.split_at_checked(length).unwrap_or_default();
                    pattern.push(b'[');
                    pattern.extend_from_slice(inside);
                    rest = behind;
                }
                [byte, after @ ..] => {
                    pattern.push(*byte);
                    rest = after;
                }
            }
        }
        *text = rest;
        if !pattern.is_empty() {
            self.regex = Some(self.compile(&pattern, fold)?);
        } else if self.regex.is_none() {
            return self.fail(b"No previous pattern");
        }
        Ok(())
    }

    /// The next line, around the end, that the pattern matches.
    fn search(&mut self, forward: bool) -> Done<usize> {
        let length = self.buffer.len();
        let mut line = self.buffer.current;
        for _ in 0..length {
            line = match (forward, line) {
                (true, line) if line >= length => 1,
                (true, line) => line + 1,
                (false, line) if line <= 1 => length,
                (false, line) => line - 1,
            };
            if self.matches(line) {
                return Ok(line);
            }
        }
        self.fail(b"No match")
    }

    pub fn matches(&mut self, line: usize) -> bool {
        let text = self.buffer.get(line);
        self.regex.as_mut().is_some_and(|regex| regex.find_at(text, 0, Eflags::NONE).is_some())
    }
}

/// The length of a bracket expression behind its `[`, its `]` included.
fn bracket(text: &[u8]) -> Option<usize> {
    let mut at = usize::from(text.first() == Some(&b'^'));
    at += usize::from(text.get(at) == Some(&b']'));
    loop {
        match text.get(at..)? {
            [] => return None,
            [b']', ..] => return Some(at + 1),
            [b'[', kind @ (b':' | b'.' | b'='), rest @ ..] => {
                at += 4 + rest.windows(2).position(|pair| pair == [*kind, b']'])?;
            }
            _ => at += 1,
        }
    }
}
