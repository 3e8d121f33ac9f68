//! The keys of vi (POSIX.1-2024, sh, "Command Line Editing (vi-mode)").

use alloc::vec::Vec;

use super::line::is_solid;
use super::{Last, Session};
use crate::Key;

impl Session<'_> {
    pub fn vi_insert(&mut self, key: Key, last: Last) {
        let at = self.line.at;
        match key.0 {
            27 => {
                self.command = true;
                self.replace = false;
                self.line.step_left();
            }
            4 => self.enter_or_end(),
            21 => self.kill(0, at, last),
            23 => self.kill(self.line.word_back(at, &is_solid), at, last),
            _ => {
                self.common(key, last);
            }
        }
    }

    /// ^D: the end on an empty line, else as Enter.
    fn enter_or_end(&mut self) {
        if !self.common(Key(4), Last::Other) {
            self.enter();
        }
    }

    /// Before a command: what the one before changed can be repeated.
    pub fn begin_command(&mut self) {
        if self.changed && !self.repeating {
            self.editor.last_change = core::mem::take(&mut self.record);
        }
        self.record.clear();
        self.changed = false;
        self.repeating = false;
        self.settle();
    }

    /// In command mode the cursor is on a character.
    fn settle(&mut self) {
        if self.line.at > 0 && self.line.at >= self.line.text.len() {
            self.line.at = self.line.left(self.line.text.len());
        }
    }

    /// A count, if digits come, and the key behind it.
    fn count(&mut self, mut key: Key) -> Option<(usize, Key)> {
        let mut count = 0usize;
        while matches!(key.0, 0x31..=0x39) || count > 0 && key.0 == 0x30 {
            count = (count * 10 + key.0 as usize - 0x30).min(9999);
            key = self.key()?;
        }
        Some((count, key))
    }

    fn insert_mode(&mut self) {
        self.command = false;
        self.change();
    }

    /// Before the line is changed by a command that can be repeated.
    #[inline(never)]
    fn change(&mut self) {
        self.changed = true;
        self.line.note(false);
    }

    pub fn vi_command(&mut self, key: Key) {
        let Some((given, key)) = self.count(key) else { return };
        let count = given.max(1);
        let (at, end) = (self.line.at, self.line.text.len());
        match key.ascii() {
            letter @ (b'i' | b'a' | b'I' | b'A' | b'R') => {
                self.insert_mode();
                self.replace = letter == b'R';
                match letter {
                    b'a' => self.line.step_right(),
                    b'I' => self.line.at = 0,
                    b'A' => self.line.at = end,
                    _ => {}
                }
            }
            operator @ (b'd' | b'c' | b'y') => self.operate(operator, count),
            letter @ (b'D' | b'C' | b'Y') => self.apply(letter.to_ascii_lowercase(), at, end),
            b'S' => self.apply(b'c', 0, end),
            letter @ (b'x' | b's') => {
                let to = self.many(at, count, true);
                self.apply(if letter == b'x' { b'd' } else { b'c' }, at, to);
            }
            b'X' => self.apply(b'd', self.many(at, count, false), at),
            letter @ (b'p' | b'P') => self.put(letter, count),
            b'r' => self.replace_characters(count),
            b'~' => {
                self.change();
                let to = self.many(at, count, true);
                for byte in self.line.text.get_mut(at..to).unwrap_or_default() {
                    *byte = if byte.is_ascii_lowercase() {
                        byte.to_ascii_uppercase()
                    } else {
                        byte.to_ascii_lowercase()
                    };
                }
                self.line.at = to;
            }
            b'u' => {
                self.line.undo();
            }
            b'U' => self.line.undo_all(),
            b'.' => {
                self.repeating = true;
                let keys = self.editor.last_change.clone();
                self.keys.inject(&keys);
            }
            b'k' | b'-' | 16 => self.step(self.place.wrapping_sub(count)),
            b'j' | b'+' | 14 => self.step(self.place + count),
            b'G' => self.step(if given > 0 { given.saturating_sub(self.editor.history.first()) } else { 0 }),
            letter @ (b'/' | b'?') => self.search(letter),
            letter @ (b'n' | b'N') => self.search_again(letter == b'N'),
            b'#' => {
                self.line.at = 0;
                self.line.insert(b"#", false);
                self.enter();
            }
            b'v' => self.edit_elsewhere(),
            b'=' => {
                let found = self.host.complete(&self.line.text, end.min(self.line.right(at)));
                self.list(&found);
            }
            b'\\' => {
                self.line.step_right();
                self.complete(true);
                self.insert_mode();
            }
            3 | 10 | 12 | 13 => {
                self.common(key, Last::Other);
            }
            4 => self.enter_or_end(),
            27 => {}
            _ => match self.motion(key, count) {
                Some((to, _)) => self.line.at = to,
                None if matches!(key, Key::UP | Key::DOWN | Key::DELETE) => {
                    self.common(key, Last::Other);
                }
                None => self.draw.bell(),
            },
        }
        if self.command {
            self.settle();
        }
    }

    /// `count` characters from `at` on.
    fn many(&self, at: usize, count: usize, forward: bool) -> usize {
        (0..count).fold(at, |at, _| if forward { self.line.right(at) } else { self.line.left(at) })
    }

    /// Shows another line of the history with the cursor at its start.
    fn step(&mut self, place: usize) {
        self.go(place);
        self.line.at = 0;
    }

    /// An operator with the motion that follows it.
    fn operate(&mut self, operator: u8, count: usize) {
        let Some(key) = self.key() else { return };
        let Some((second, mut key)) = self.count(key) else { return };
        let count = count * second.max(1);
        let (at, end) = (self.line.at, self.line.text.len());
        if key.ascii() == operator {
            return self.apply(operator, 0, end);
        }
        // `cw` leaves the blanks behind the word alone.
        if operator == b'c' && matches!(key.ascii(), b'w' | b'W') && self.line.class(at, false) != 0 {
            key = Key(if key.ascii() == b'w' { 0x65 } else { 0x45 });
        }
        match self.motion(key, count) {
            Some((to, inclusive)) => {
                let (from, to) = (at.min(to), at.max(to));
                self.apply(operator, from, if inclusive { self.line.right(to) } else { to });
            }
            None => self.draw.bell(),
        }
    }

    fn apply(&mut self, operator: u8, from: usize, to: usize) {
        self.editor.killed = self.line.text.get(from..to).unwrap_or_default().to_vec();
        if operator == b'y' {
            self.line.at = from;
            return;
        }
        self.change();
        self.line.cut(from, to);
        if operator == b'c' {
            self.command = false;
        }
    }

    fn put(&mut self, letter: u8, count: usize) {
        if self.editor.killed.is_empty() {
            return;
        }
        self.changed = true;
        if letter == b'p' {
            self.line.step_right();
        }
        let text = self.editor.killed.repeat(count.min(1000));
        self.line.insert(&text, false);
        self.line.step_left();
    }

    fn replace_characters(&mut self, count: usize) {
        let Some(key) = self.key() else { return };
        if !key.is_text() {
            return;
        }
        let at = self.line.at;
        let mut new = Vec::new();
        let mut to = at;
        for _ in 0..count {
            if to >= self.line.text.len() {
                return self.draw.bell();
            }
            to = self.line.right(to);
            key.write(&mut new);
        }
        self.change();
        self.line.cut(at, to);
        self.line.insert(&new, true);
        self.line.step_left();
    }

    /// Where a motion leads, and whether the character there is part of what it covers.
    fn motion(&mut self, key: Key, count: usize) -> Option<(usize, bool)> {
        let (at, end) = (self.line.at, self.line.text.len());
        let letter = key.ascii();
        let big = letter.is_ascii_uppercase();
        Some(match key {
            Key::LEFT | Key(8 | 127 | 0x68) => (self.many(at, count, false), false),
            Key::RIGHT | Key(0x20 | 0x6c) => (self.many(at, count, true), false),
            Key::HOME => (0, false),
            Key::END => (end, false),
            _ => match letter {
                b'0' => (0, false),
                b'^' | b'_' => (self.line.text.iter().position(|&byte| is_solid(byte)).unwrap_or(0), false),
                b'$' => (end, false),
                b'|' => (self.many(0, count - 1, true), false),
                b'w' | b'W' => ((0..count).fold(at, |at, _| self.next_word(at, big)), false),
                b'b' | b'B' => ((0..count).fold(at, |at, _| self.previous_word(at, big)), false),
                b'e' | b'E' => ((0..count).fold(at, |at, _| self.word_last(at, big)), true),
                b'f' | b'F' | b't' | b'T' => {
                    let target = self.key()?;
                    self.editor.last_find = (letter, target);
                    return self.find(letter, target, count, false);
                }
                b';' | b',' => {
                    let (last, target) = self.editor.last_find;
                    let turn = if letter == b',' { 0x20 } else { 0 };
                    return self.find(last ^ turn, target, count, true);
                }
                b'%' => (self.bracket()?, true),
                _ => return None,
            },
        })
    }

    fn next_word(&self, mut at: usize, big: bool) -> usize {
        let end = self.line.text.len();
        let class = self.line.class(at, big);
        while at < end && class != 0 && self.line.class(at, big) == class {
            at += 1;
        }
        while at < end && self.line.class(at, big) == 0 {
            at += 1;
        }
        at
    }

    fn previous_word(&self, mut at: usize, big: bool) -> usize {
        while at > 0 && self.line.class(at - 1, big) == 0 {
            at -= 1;
        }
        let class = self.line.class(at.saturating_sub(1), big);
        while at > 0 && self.line.class(at - 1, big) == class {
            at -= 1;
        }
        at
    }

    fn word_last(&self, at: usize, big: bool) -> usize {
        let end = self.line.text.len();
        let mut at = self.line.right(at);
        while at < end && self.line.class(at, big) == 0 {
            at += 1;
        }
        let class = self.line.class(at, big);
        while at < end && self.line.class(at, big) == class {
            at += 1;
        }
        self.line.left(at)
    }

    /// `f`, `t` and their like; `again` steps over the character that `t` stopped at.
    fn find(&self, letter: u8, target: Key, count: usize, again: bool) -> Option<(usize, bool)> {
        let mut wanted = Vec::new();
        target.write(&mut wanted);
        let forward = letter.is_ascii_lowercase();
        let short = letter | 0x20 == b't';
        let is_at = |at: usize| {
            !wanted.is_empty() && self.line.text.get(at..).is_some_and(|rest| rest.starts_with(&wanted))
        };
        let step = |at: usize| if forward { self.line.right(at) } else { self.line.left(at) };
        let mut at = self.line.at;
        if again && short && is_at(step(at)) {
            at = step(at);
        }
        let mut left = count;
        while left > 0 {
            let next = step(at);
            if next == at || next >= self.line.text.len() {
                return None;
            }
            at = next;
            left -= usize::from(is_at(at));
        }
        if short {
            at = if forward { self.line.left(at) } else { self.line.right(at) };
        }
        Some((at, forward))
    }

    /// The bracket that belongs to the first one at or behind the cursor.
    fn bracket(&self) -> Option<usize> {
        const PAIRS: &[u8] = b"()[]{}";
        let text = &self.line.text;
        let start = (self.line.at..text.len()).find(|&at| PAIRS.contains(&self.line.byte(at)))?;
        let own = self.line.byte(start);
        let index = PAIRS.iter().position(|&byte| byte == own)?;
        let other = *PAIRS.get(index ^ 1)?;
        let mut depth = 0;
        let mut at = start;
        loop {
            let byte = *text.get(at)?;
            if byte == own {
                depth += 1;
            } else if byte == other {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            at = if index.is_multiple_of(2) { at + 1 } else { at.checked_sub(1)? };
        }
    }

    /// `/` looks for older lines, `?` for newer ones; `^` at the start of the pattern is the start of a line.
    fn search(&mut self, letter: u8) {
        let (text, at) = (self.line.text.clone(), self.line.at);
        self.command = false;
        self.line.set(Vec::new());
        self.line.insert(&[letter], false);
        let found = loop {
            match self.key() {
                Some(Key(10 | 13)) => break true,
                Some(Key(8 | 127)) if self.line.text.len() > 1 => self.line.rub_out(),
                Some(key) if key.is_text() => self.type_key(key),
                _ => break false,
            }
        };
        self.command = true;
        let pattern = self.line.text.get(1..).unwrap_or_default().to_vec();
        self.line.set(text);
        self.line.at = at;
        if found {
            if !pattern.is_empty() {
                self.editor.last_search.0 = pattern;
            }
            self.editor.last_search.1 = letter == b'?';
            self.search_again(false);
        }
    }

    fn search_again(&mut self, other_way: bool) {
        let (pattern, forward) = self.editor.last_search.clone();
        let forward = forward != other_way;
        let (pattern, anchored) = match pattern.split_first() {
            Some((b'^', rest)) => (rest, true),
            _ => (pattern.as_slice(), false),
        };
        let from = if forward { Some(self.place + 1) } else { self.place.checked_sub(1) };
        match from.and_then(|from| self.find_line(pattern, from, forward, anchored)) {
            Some(place) => self.step(place),
            None => self.draw.bell(),
        }
    }
}
