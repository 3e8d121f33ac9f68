//! The s command.

use applet::prelude::*;
use regex::{Eflags, Regex, Span};

use super::script::unit;

/// What an s command is to do.
#[derive(Default)]
pub struct Substitution {
    /// The number of the expression; `None` for the last one used.
    pub regex: Option<usize>,
    pub replacement: Replacement,
    pub global: bool,
    /// The first match to be replaced; 0 is as 1.
    pub which: u64,
    pub print: bool,
    /// `pe`: prints before it runs.
    pub print_first: bool,
    pub run: bool,
    pub file: Option<usize>,
}

#[derive(Clone, Copy)]
enum Part {
    /// The next so many bytes of the text.
    Text(usize),
    Group(usize),
    /// `\U \L \E`, and `\u \l` for the next character.
    Case(u8),
}

/// The replacement, taken apart.
#[derive(Default)]
pub struct Replacement {
    text: Vec<u8>,
    parts: Vec<Part>,
    /// The highest group referred to.
    pub groups: usize,
    cases: bool,
}

impl Replacement {
    pub fn new(source: &[u8]) -> Replacement {
        let mut new = Replacement::default();
        let mut rest = source;
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            match (byte, tail.first()) {
                (b'&', _) => new.parts.push(Part::Group(0)),
                (b'\\', Some(&letter)) => {
                    rest = tail.get(1..).unwrap_or_default();
                    match letter {
                        b'0'..=b'9' => {
                            let group = usize::from(letter - b'0');
                            new.groups = new.groups.max(group);
                            new.parts.push(Part::Group(group));
                        }
                        b'U' | b'L' | b'E' | b'u' | b'l' => {
                            new.cases = true;
                            new.parts.push(Part::Case(letter));
                        }
                        b'n' => new.push(b'\n'),
                        _ => match super::script::escape(tail) {
                            Some((byte, used)) => {
                                new.push(byte);
                                rest = tail.get(used..).unwrap_or_default();
                            }
                            None => new.push(letter),
                        },
                    }
                }
                _ => new.push(byte),
            }
        }
        new
    }

    fn push(&mut self, byte: u8) {
        self.text.push(byte);
        match self.parts.last_mut() {
            Some(Part::Text(length)) => *length += 1,
            _ => self.parts.push(Part::Text(1)),
        }
    }

    /// Appends what stands for a match with these sub-matches.
    fn append(&self, line: &[u8], slots: &[Option<Span>], utf8: bool, out: &mut Vec<u8>) {
        let mut text: &[u8] = &self.text;
        // The case of all that follows, and of the next character.
        let (mut all, mut once) = (b'E', b'E');
        for &part in &self.parts {
            let piece = match part {
                Part::Text(length) => {
                    let (piece, rest) = text.split_at_checked(length).unwrap_or_default();
                    text = rest;
                    piece
                }
                Part::Group(group) => {
                    let span = slots.get(group).copied().flatten();
                    span.and_then(|(start, end)| line.get(start..end)).unwrap_or_default()
                }
                Part::Case(letter) => {
                    if letter.is_ascii_uppercase() {
                        (all, once) = (letter, b'E');
                    } else {
                        once = letter;
                    }
                    continue;
                }
            };
            if self.cases && (all != b'E' || once != b'E') {
                append_in_case(piece, all, &mut once, utf8, out);
            } else {
                out.extend_from_slice(piece);
            }
        }
    }
}

/// Appends `text` in upper or lower case; the first character in that of `once`, if that says one.
fn append_in_case(text: &[u8], all: u8, once: &mut u8, utf8: bool, out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some((code, length)) = unit(rest, utf8) {
        let case = if *once == b'E' { all } else { *once };
        *once = b'E';
        let (character, tail) = rest.split_at_checked(length).unwrap_or_default();
        match case {
            b'E' => out.extend_from_slice(character),
            _ if code < 0x80 => {
                let byte = code as u8;
                let upper = case.eq_ignore_ascii_case(&b'U');
                out.push(if upper { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() });
            }
            _ if code >= 0x11_0000 => out.extend_from_slice(character),
            _ => text::utf8::encode(regex::to_case(code, case.eq_ignore_ascii_case(&b'U')), out),
        }
        rest = tail;
    }
}

impl Substitution {
    /// Puts `line` with the matches replaced into `out`, which is empty; `false` if there is none to replace.
    pub fn apply(&self, regex: &mut Regex, line: &[u8], utf8: bool, out: &mut Vec<u8>) -> bool {
        let mut room = [None; 10];
        let slots = room.get_mut(..=self.replacement.groups).unwrap_or_default();
        let (mut at, mut copied, mut count) = (0, 0, 0);
        let mut previous = None;
        let mut replaced = false;
        while at <= line.len() {
            let found = if self.replacement.groups == 0 {
                let found = regex.find_at(line, at, Eflags::NONE);
                if let Some(whole) = slots.first_mut() {
                    *whole = found;
                }
                found
            } else if regex.captures_at(line, at, Eflags::NONE, slots) {
                slots.first().copied().flatten()
            } else {
                None
            };
            let Some((start, end)) = found else { break };
            // Nothing right behind a match is no match of its own.
            if start < end || previous != Some(start) {
                count += 1;
                if count >= self.which {
                    out.extend_from_slice(line.get(copied..start).unwrap_or_default());
                    self.replacement.append(line, slots, utf8, out);
                    copied = end;
                    replaced = true;
                    if !self.global {
                        break;
                    }
                }
            }
            previous = Some(end);
            at = end;
            if start == end {
                at += line.get(end..).and_then(|rest| unit(rest, utf8)).map_or(1, |unit| unit.1);
            }
        }
        if replaced {
            out.extend_from_slice(line.get(copied..).unwrap_or_default());
        }
        replaced
    }
}
