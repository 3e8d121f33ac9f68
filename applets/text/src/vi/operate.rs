//! Operators, and putting back what they took.

use applet::prelude::*;
use term::Key;

use super::motion::{Kind, Motion};
use super::text::blanks;
use super::{Vi, flag};

impl Vi<'_, '_> {
    /// An operator (`d`, `c`, `y`, `<`, `>`, `!`, `=`, or `u`, `U`, `~` behind `g`): reads its motion and does it.
    pub fn operator(&mut self, operator: u8, count: usize, given: bool) {
        let (start, (second, key)) = (self.cursor, self.count());
        let (count, given) = (count * second.max(1), given || second > 0);
        self.set_repeat_count(count, given);
        let letter = key.ascii();
        let double = letter == operator || operator == b'~' && letter == b'~';
        if double
            || matches!(operator, b'u' | b'U' | b'~') && letter == b'g' && self.screen.keys.waiting() && {
                // `gugu`, `gUgU`, `g~g~`
                let next = self.screen.keys.read();
                let same = next.ascii() == operator;
                if !same {
                    self.screen.keys.inject(&[next]);
                }
                same
            }
        {
            let Some(last) = self.lines_off(count - 1, true) else {
                return self.fail();
            };
            if matches!(operator, b'u' | b'U' | b'~') {
                let first = self.text.first_nonblank(self.text.line_start(start));
                self.cursor = start.min(first);
            }
            return self.apply(operator, self.cursor, last.max(self.cursor), Kind::Lines);
        }
        if matches!(letter, b'i' | b'a') {
            let name = self.key().ascii();
            match self.object(name, letter == b'a', count) {
                Some(object) => {
                    if object.kind == Kind::Lines || operator == b'y' || object.from < object.to {
                        self.cursor = object.from;
                    }
                    self.apply_exact(operator, object.from, object.to, object.kind);
                }
                None => self.fail(),
            }
            return;
        }
        let motion = self.motion(key, count, given, operator);
        self.cursor = start;
        match motion {
            Some(Motion { to, kind }) => {
                self.keep_column = false;
                self.apply(operator, start, to, kind);
            }
            None => self.fail(),
        }
    }

    /// Does an operator from `one` to `other`, whichever is first.
    pub fn apply(&mut self, operator: u8, one: usize, other: usize, kind: Kind) {
        let (from, mut to) = (one.min(other), one.max(other));
        let mut kind = kind;
        if kind == Kind::Inclusive {
            to = if self.text.byte(to) == b'\n' { to } else { self.text.right(to) };
            kind = Kind::Exclusive;
        } else if kind == Kind::Exclusive
            && to > from
            && to == self.text.line_start(to)
            && self.text.line_start(from) < to
        {
            // Up to the start of a line: the newline before it stays; whole lines, if nothing but blanks is before.
            to -= 1;
            let indent = self.text.slice(self.text.line_start(from), from);
            if blanks(indent) == indent.len() {
                kind = Kind::Lines;
            }
        }
        // Deleting all that lines hold deletes the lines.
        if operator == b'd' && kind == Kind::Exclusive && self.text.line_end(from) < to {
            let blank = |text: &[u8]| blanks(text) == text.len();
            let before = self.text.slice(self.text.line_start(from), from);
            if blank(before) && blank(self.text.slice(to, self.text.line_end(to))) {
                kind = Kind::Lines;
            }
        }
        // Undone, a change leaves the cursor at its start.
        if other < one {
            self.cursor = other;
        }
        self.apply_exact(operator, from, to, kind);
    }

    /// Does an operator on the bytes from `from` to `to`, or on the lines these are in.
    pub fn apply_exact(&mut self, operator: u8, from: usize, to: usize, kind: Kind) {
        let lines = kind == Kind::Lines || matches!(operator, b'<' | b'>' | b'!' | b'=');
        let (first, last) = (self.text.line_start(from), self.text.line_end(to));
        let (from, to) = if lines { (first, last + 1) } else { (from, to) };
        let taken = self.text.slice(from, to).to_vec();
        if operator != b'y' {
            self.note_change();
        }
        match operator {
            b'y' => {
                self.store(&taken, lines, false);
                if !lines || self.cursor < from || self.cursor >= to {
                    self.cursor = from;
                }
            }
            b'd' => {
                self.store(&taken, lines, true);
                self.text.replace(from, to, b"");
                if lines {
                    self.land(from);
                } else {
                    self.cursor = self.text.settle(from);
                }
            }
            b'c' => {
                self.store(&taken, lines, true);
                let kept = if lines && self.set.on(flag::AUTOINDENT) { blanks(&taken) } else { 0 };
                self.text.replace(from + kept, if lines { last } else { to }, b"");
                self.cursor = from + kept;
                self.insert(1, if kept > 0 { b'S' } else { b'c' });
            }
            b'<' | b'>' => self.shift(first, last, operator == b'>', 1),
            b'=' => {
                self.cursor = self.text.first_nonblank(first);
            }
            b'!' => {
                if let Some(command) = self.ask(b"!") {
                    self.filter(from, to, &command);
                }
            }
            _ => {
                let new = change_case(&taken, operator, self.text.utf8);
                self.text.replace(from, to, &new);
                if !lines || self.cursor > to {
                    self.cursor = from;
                }
            }
        }
    }

    /// Shifts the lines from the one at `first` to the one that ends at `last`, `times` shift widths.
    pub fn shift(&mut self, first: usize, last: usize, right: bool, times: usize) {
        let width = self.set.shiftwidth.max(1) * times;
        let mut new = Vec::new();
        for line in self.text.slice(first, last).split(|&byte| byte == b'\n') {
            let (indent, rest) = line.split_at_checked(blanks(line)).unwrap_or_default();
            let mut column = 0;
            for &byte in indent {
                column += if byte == b'\t' { self.text.tab - column % self.text.tab } else { 1 };
            }
            if !line.is_empty() {
                let column = if right { column + width } else { column.saturating_sub(width) };
                new.extend_from_slice(&self.indentation(column));
            }
            new.extend_from_slice(rest);
            new.push(b'\n');
        }
        new.pop();
        self.text.replace(first, last, &new);
        self.cursor = self.text.first_nonblank(first);
    }

    /// Blanks that reach to `column`.
    pub fn indentation(&self, column: usize) -> Vec<u8> {
        let (tabs, blanks) = if self.set.on(flag::EXPANDTAB) {
            (0, column)
        } else {
            (column / self.text.tab, column % self.text.tab)
        };
        let mut indent = alloc::vec![b'\t'; tabs];
        indent.resize(tabs + blanks, b' ');
        indent
    }

    /// `p` and `P`: puts a register's text behind or before the cursor.
    pub fn put(&mut self, before: bool, count: usize) {
        let Some((text, lines)) = self.stored(self.register).filter(|(text, _)| !text.is_empty()) else {
            return self.fail();
        };
        self.note_change();
        let (one, mut text) = (text, Vec::new());
        for _ in 0..count.min(100_000) {
            text.extend_from_slice(&one);
        }
        if lines {
            let line = self.text.line_start(self.cursor);
            let at = if before { line } else { self.text.line_end(line) + 1 };
            self.text.replace(at, at, &text);
            self.cursor = self.text.first_nonblank(at);
        } else {
            let at = if before { self.cursor } else { self.text.right(self.cursor) };
            self.text.replace(at, at, &text);
            self.cursor = if text.contains(&b'\n') { at } else { self.text.left(at + text.len()) };
        }
    }

    /// `J`: joins `count` lines with a blank between them.
    pub fn join(&mut self, count: usize, blanks: bool) {
        let turns = count.max(2) - 1;
        if self.text.next_line(self.cursor).is_none() {
            return self.fail();
        }
        self.note_change();
        for _ in 0..turns {
            let end = self.text.line_end(self.cursor);
            let Some(next) = self.text.next_line(end) else { break };
            let line_end = self.text.line_end(next);
            let rest = self.text.slice(next, line_end);
            let indent = if blanks { self::blanks(rest) } else { 0 };
            let tail = rest.get(indent).copied();
            let before = if end > self.text.line_start(end) { self.text.byte(end - 1) } else { b' ' };
            let none = !blanks || tail.is_none() || tail == Some(b')') || matches!(before, b' ' | b'\t');
            self.text.replace(end, next + indent, if none { b"" } else { b" " });
            self.cursor = if !none || tail.is_some() { end } else { self.text.settle(end) };
        }
        self.cursor = self.text.settle(self.cursor);
    }

    /// Replaces lines by what a command makes of them.
    pub fn filter(&mut self, from: usize, to: usize, command: &[u8]) {
        let input = self.text.slice(from, to).to_vec();
        if let Some(mut output) = self.capture(command, &input) {
            if !output.is_empty() && output.last() != Some(&b'\n') {
                output.push(b'\n');
            }
            self.text.replace(from, to, &output);
            self.land(from);
        }
    }

    /// A change begins: it can be undone, and repeated.
    pub fn note_change(&mut self) {
        if !self.changed {
            self.text.begin(self.cursor);
            let number = self.text.number(self.cursor);
            if self.line_before.0 != number {
                let (start, end) = (self.text.line_start(self.cursor), self.text.line_end(self.cursor));
                self.line_before = (number, self.text.slice(start, end).to_vec());
            }
        }
        self.changed = true;
        if self.set.on(flag::READONLY) {
            self.tell(b"Warning: the file is only to be read");
        }
    }

    /// A count, 0 for none, and the key behind it.
    pub fn count(&mut self) -> (usize, Key) {
        let mut count = 0usize;
        loop {
            let key = self.mapped_key(b'M');
            match key.0 {
                0x31..=0x39 => {}
                0x30 if count > 0 => {}
                _ => return (count, key),
            }
            self.record.pop();
            count = (count * 10 + key.0 as usize - 0x30).min(1 << 24);
        }
    }
}

/// `u`, `U` and `~`: small letters, capitals, the other ones.
pub fn change_case(text: &[u8], how: u8, utf8: bool) -> Vec<u8> {
    let mut new = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(&byte) = rest.first() {
        let (scalar, length) = match text::utf8::decode(rest).filter(|_| utf8) {
            Some(character) => character,
            None => (u32::from(byte) | 1 << 31, 1),
        };
        let lower = regex::to_case(scalar, false);
        let upper = how == b'U' || how == b'~' && lower == scalar;
        let other = if upper { regex::to_case(scalar, true) } else { lower };
        if other != scalar {
            text::utf8::encode(other, &mut new);
        } else {
            new.extend_from_slice(rest.get(..length).unwrap_or_default());
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    new
}
