//! Motions: where a key leads.

use alloc::vec::Vec;
use regex::Eflags;
use term::Key;

use super::substitute::delimited;
use super::{Vi, flag};

/// What an operator takes of the text that a motion passes over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Up to, not including, the farther end.
    Exclusive,
    /// The farther end's character, too.
    Inclusive,
    /// Whole lines.
    Lines,
}

/// Where a motion leads.
pub struct Motion {
    pub to: usize,
    pub kind: Kind,
}

fn exclusive(to: usize) -> Option<Motion> {
    Some(Motion { to, kind: Kind::Exclusive })
}

fn inclusive(to: usize) -> Option<Motion> {
    Some(Motion { to, kind: Kind::Inclusive })
}

fn lines(to: usize) -> Option<Motion> {
    Some(Motion { to, kind: Kind::Lines })
}

const BRACKETS: &[u8] = b"()[]{}";

impl Vi<'_, '_> {
    /// 0 for blanks and newlines, 1 for words, 2 for other characters; with `big`, all but blanks are 1.
    pub fn class(&self, at: usize, big: bool) -> u8 {
        match self.text.byte(at) {
            b' ' | b'\t' | b'\n' => 0,
            _ if big => 1,
            byte if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 => 1,
            _ => 2,
        }
    }

    fn is_empty_line(&self, at: usize) -> bool {
        self.text.byte(at) == b'\n' && (at == 0 || self.text.byte(at - 1) == b'\n')
    }

    /// `w`: the start of the next word; an empty line is a word.
    fn word(&self, at: usize, big: bool) -> usize {
        let (end, mut at) = (self.text.len(), at);
        let class = self.class(at, big);
        let start = at;
        while at < end && class != 0 && self.class(at, big) == class {
            at += 1;
        }
        while at < end && self.class(at, big) == 0 && (at == start || !self.is_empty_line(at)) {
            at += 1;
        }
        at.min(end)
    }

    fn word_back(&self, at: usize, big: bool) -> usize {
        let mut at = at.saturating_sub(1);
        while at > 0 && self.class(at, big) == 0 && !self.is_empty_line(at) {
            at -= 1;
        }
        let class = self.class(at, big);
        while at > 0 && class != 0 && self.class(at - 1, big) == class {
            at -= 1;
        }
        at
    }

    /// `e`: the end of a word, as the place of its last byte.
    fn word_end(&self, at: usize, big: bool) -> usize {
        let end = self.text.len();
        let mut at = self.text.right(at).max(at + 1);
        while at < end && self.class(at, big) == 0 {
            at += 1;
        }
        let class = self.class(at, big);
        while at + 1 < end && self.class(at + 1, big) == class && class != 0 {
            at += 1;
        }
        at
    }

    /// `ge`: the end of the word before.
    fn word_end_back(&self, at: usize, big: bool) -> usize {
        let (mut at, start) = (at, at);
        let class = self.class(at, big);
        while at > 0 && (at == start || class != 0 && self.class(at, big) == class) {
            at -= 1;
        }
        while at > 0 && self.class(at, big) == 0 && !self.is_empty_line(at) {
            at -= 1;
        }
        at
    }

    /// The line `count` below, or above, or the last or first one; `None` if it is this one.
    pub fn lines_off(&mut self, count: usize, down: bool) -> Option<usize> {
        let number = self.text.number(self.cursor);
        let last = self.text.lines() - 1;
        let target = if down { number.saturating_add(count).min(last) } else { number.saturating_sub(count) };
        if target == number && count > 0 {
            return None;
        }
        Some(self.text.start_of(target))
    }

    /// The motion that `key` is, done `count` times (`given`: a count was typed). `None`: it is none, or leads nowhere.
    pub fn motion(&mut self, key: Key, count: usize, given: bool, operator: u8) -> Option<Motion> {
        let at = self.cursor;
        let letter = key.ascii();
        let big = letter.is_ascii_uppercase();
        let steps = |vi: &Self, step: &dyn Fn(&Self, usize) -> usize| {
            (0..count).try_fold(at, |at, _| {
                let next = step(vi, at);
                (next != at).then_some(next).ok_or(at)
            })
        };
        match key {
            Key::LEFT | Key(8 | 127 | 0x68) => {
                let to = steps(self, &|vi, at| vi.text.left(at)).unwrap_or_else(|at| at);
                return if to == at && operator == 0 { None } else { exclusive(to) };
            }
            Key::RIGHT | Key(0x20 | 0x6c) => {
                let to = steps(self, &|vi, at| vi.text.right(at)).unwrap_or_else(|at| at);
                let stuck = operator == 0 && self.text.settle(to) == at;
                return if stuck {
                    None
                } else {
                    exclusive(if operator == 0 { self.text.settle(to) } else { to })
                };
            }
            Key::DOWN | Key(0x6a | 10 | 14) => return self.vertical(count, true),
            Key::UP | Key(0x6b | 16) => return self.vertical(count, false),
            Key::HOME => return exclusive(self.text.line_start(at)),
            Key::END => return self.end_of_line(count),
            _ => {}
        }
        match letter {
            b'0' => exclusive(self.text.line_start(at)),
            b'^' => exclusive(self.text.first_nonblank(self.text.line_start(at))),
            b'_' => {
                let to = self.lines_off(count - 1, true)?;
                lines(self.text.first_nonblank(to))
            }
            b'$' => self.end_of_line(count),
            b'|' => {
                let start = self.text.line_start(at);
                self.column = count - 1;
                self.keep_column = true;
                exclusive(self.text.at_column(start, count - 1))
            }
            b'+' | 13 => {
                let to = self.lines_off(count, true)?;
                lines(self.text.first_nonblank(to))
            }
            b'-' => {
                let to = self.lines_off(count, false)?;
                lines(self.text.first_nonblank(to))
            }
            b'w' | b'W' => self.word_motion(count, big, operator),
            b'b' | b'B' => {
                let to = (0..count).fold(at, |at, _| self.word_back(at, big));
                if to == at { None } else { exclusive(to) }
            }
            b'e' | b'E' => {
                let to = (0..count).fold(at, |at, _| self.word_end(at, big).min(self.text.len() - 1));
                let to = self.text.settle(to);
                if to == at && operator == 0 { None } else { inclusive(self.char_start(to)) }
            }
            b'f' | b'F' | b't' | b'T' => {
                let target = self.key();
                self.last_find = (letter, target);
                self.find(letter, target, count, false)
            }
            b';' => self.find(self.last_find.0, self.last_find.1, count, true),
            b',' => self.find(self.last_find.0 ^ 0x20, self.last_find.1, count, true),
            b'G' => {
                let number = if given { count - 1 } else { usize::MAX };
                self.jump_from();
                let start = self.text.start_of(number);
                lines(self.text.first_nonblank(start))
            }
            b'g' => self.g_motion(count, given),
            b'H' | b'M' | b'L' => {
                let to = self.screen_line(letter, count);
                lines(self.text.first_nonblank(to))
            }
            b'%' if given => {
                let number = (self.text.lines() * count.min(100)).div_ceil(100).max(1);
                self.jump_from();
                let start = self.text.start_of(number - 1);
                lines(self.text.first_nonblank(start))
            }
            b'%' => {
                let to = self.matching(at)?;
                self.jump_from();
                inclusive(to)
            }
            b'{' | b'}' => {
                self.jump_from();
                let mut to = at;
                for turn in 0..count {
                    let next = self.paragraph(to, letter == b'}');
                    // The ends of the text are one more, but only one.
                    let ended = next == 0 || next + 1 == self.text.len();
                    if next == to || ended && turn + 1 < count && !self.is_empty_line(next) {
                        return None;
                    }
                    to = next;
                }
                if to == at {
                    None
                } else if letter == b'}' && operator == 0 {
                    exclusive(self.text.settle(to))
                } else if to + 1 == self.text.len() && letter == b'}' && !self.is_empty_line(to) {
                    inclusive(self.text.last_of_line(to))
                } else {
                    exclusive(to)
                }
            }
            b'(' | b')' => {
                self.jump_from();
                let mut to = at;
                for _ in 0..count {
                    let next = self.sentence(to, letter == b')');
                    if next == to {
                        return None;
                    }
                    to = next;
                }
                let last = self.text.settle(self.text.len() - 1);
                if letter == b')' && operator != 0 && to == last && self.text.byte(last) != b'\n' {
                    return inclusive(last);
                }
                if to == at { None } else { exclusive(to) }
            }
            b'/' | b'?' => self.ask_search(letter, count),
            b'n' | b'N' => {
                self.jump_from();
                let (to, by_line) = self.search_again(count, letter == b'N')?;
                if by_line { lines(to) } else { exclusive(to) }
            }
            b'*' | b'#' => self.search_word(letter == b'*', count),
            b'\'' | b'`' => {
                let name = self.key().ascii();
                let name = if name == b'`' { b'\'' } else { name };
                let to = self.text.mark(name)?;
                self.jump_from();
                if letter == b'`' {
                    return exclusive(to);
                }
                lines(self.text.first_nonblank(self.text.line_start(to)))
            }
            _ => None,
        }
    }

    /// Remembers the place for `''`.
    pub fn jump_from(&mut self) {
        let at = self.cursor;
        self.text.set_mark(b'\'', at);
    }

    /// The start of the character that the byte at `at` is part of.
    fn char_start(&self, at: usize) -> usize {
        self.text.left(at + 1)
    }

    fn vertical(&mut self, count: usize, down: bool) -> Option<Motion> {
        if !self.keep_column {
            self.column = self.text.column(self.cursor);
        }
        self.keep_column = true;
        let to = self.lines_off(count, down)?;
        lines(self.text.at_column(to, self.column))
    }

    fn end_of_line(&mut self, count: usize) -> Option<Motion> {
        let to = self.lines_off(count - 1, true)?;
        self.column = usize::MAX;
        self.keep_column = true;
        let last = self.text.last_of_line(to);
        if self.text.byte(last) == b'\n' { exclusive(last) } else { inclusive(last) }
    }

    fn word_motion(&mut self, count: usize, big: bool, operator: u8) -> Option<Motion> {
        let at = self.cursor;
        // `cw` on a word is `ce`, but stays on a word of one character.
        if operator == b'c' && self.class(at, big) != 0 {
            let mut to = at;
            for turn in 0..count {
                let class = self.class(to, big);
                let last = turn == 0 && self.class(self.text.right(to), big) != class;
                if !last {
                    to = self.word_end(to, big).min(self.text.len() - 1);
                }
            }
            return inclusive(self.char_start(to));
        }
        let mut to = at;
        for turn in 0..count {
            let from = to;
            to = self.word(from, big);
            // As the last word of an operator, the line is not left.
            if operator != 0 && turn + 1 == count {
                let end = self.text.line_end(from);
                if to > end {
                    to = if self.is_empty_line(from) { end + 1 } else { end };
                }
            }
        }
        let to = to.min(self.text.len() - 1);
        if operator == 0 {
            let last = self.text.settle(to.min(self.text.len() - 1));
            return if last == at { None } else { exclusive(last) };
        }
        exclusive(to)
    }

    fn g_motion(&mut self, count: usize, given: bool) -> Option<Motion> {
        let at = self.cursor;
        match self.key().ascii() {
            b'g' => {
                self.jump_from();
                let start = self.text.start_of(if given { count - 1 } else { 0 });
                lines(self.text.first_nonblank(start))
            }
            letter @ (b'e' | b'E') => {
                let to = (0..count).fold(at, |at, _| self.word_end_back(at, letter == b'E'));
                if to == at { None } else { inclusive(self.char_start(to)) }
            }
            b'_' => {
                let at = self.lines_off(count - 1, true)?;
                let end = self.text.line_end(at);
                let blank = |at: usize| matches!(self.text.byte(at), b' ' | b'\t');
                let last = (self.text.line_start(at)..end).rev().find(|&at| !blank(at))?;
                inclusive(self.char_start(last))
            }
            b'j' => self.vertical(count, true),
            b'k' => self.vertical(count, false),
            _ => None,
        }
    }

    /// `f`, `F`, `t`, `T`; `again`: `t` does not stay where it is.
    fn find(&mut self, letter: u8, target: Key, count: usize, again: bool) -> Option<Motion> {
        let mut wanted = Vec::new();
        target.write(&mut wanted);
        let forward = letter & 0x20 != 0;
        let short = letter | 0x20 == b't';
        let is_at = |at: usize| !wanted.is_empty() && self.text.slice(at, at + wanted.len()) == wanted;
        let step = |at: usize| if forward { self.text.right(at) } else { self.text.left(at) };
        let mut at = self.cursor;
        if again && short && count == 1 && is_at(step(at)) {
            at = step(at);
        }
        let mut left = count;
        while left > 0 {
            let next = step(at);
            if next == at || self.text.byte(next) == b'\n' {
                return None;
            }
            at = next;
            left -= usize::from(is_at(at));
        }
        if short {
            at = if forward { self.text.left(at) } else { self.text.right(at) };
        }
        if forward { inclusive(at) } else { exclusive(at) }
    }

    /// The bracket that belongs to the first one on the line from `at` on.
    pub fn matching(&self, at: usize) -> Option<usize> {
        let end = self.text.line_end(at);
        let at = (at..end).find(|&at| BRACKETS.contains(&self.text.byte(at)))?;
        let index = BRACKETS.iter().position(|&byte| byte == self.text.byte(at))?;
        self.partner(at, index.is_multiple_of(2), *BRACKETS.get(index & !1)?, *BRACKETS.get(index | 1)?)
    }

    /// From a bracket at `at`, the one that closes (`forward`) or opens it.
    pub fn partner(&self, at: usize, forward: bool, open: u8, close: u8) -> Option<usize> {
        let (up, down) = if forward { (open, close) } else { (close, open) };
        let mut depth = 0usize;
        let mut step = |at: usize, byte: u8| {
            if byte == up {
                depth += 1;
            } else if byte == down {
                depth = depth.saturating_sub(1);
                return (depth == 0).then_some(at);
            }
            None
        };
        if forward {
            (at..self.text.len()).find_map(|at| step(at, self.text.byte(at)))
        } else {
            (0..=at).rev().find_map(|at| step(at, self.text.byte(at)))
        }
    }

    /// The next empty line behind text, or the one before; the ends of the text.
    fn paragraph(&self, at: usize, forward: bool) -> usize {
        let mut line = self.text.line_start(at);
        let mut seen = !self.is_empty_line(line);
        loop {
            let next = if forward { self.text.next_line(line) } else { self.text.previous_line(line) };
            let Some(next) = next else {
                return if forward { self.text.len() - 1 } else { 0 };
            };
            line = next;
            if self.is_empty_line(line) {
                if seen {
                    return line;
                }
            } else {
                seen = true;
            }
        }
    }

    /// The places where sentences begin, around `at`.
    fn sentence(&self, at: usize, forward: bool) -> usize {
        let starts = |at: usize| -> bool {
            if at == 0 || self.is_empty_line(at) && !self.is_empty_line(at - 1) {
                return true;
            }
            if self.class(at, true) == 0 {
                return false;
            }
            let mut before = at;
            while before > 0 && self.class(before - 1, true) == 0 {
                before -= 1;
                if self.is_empty_line(before) {
                    return true;
                }
            }
            if before == at {
                return false;
            }
            while before > 0 && matches!(self.text.byte(before - 1), b')' | b']' | b'"' | b'\'') {
                before -= 1;
            }
            before > 0 && matches!(self.text.byte(before - 1), b'.' | b'!' | b'?')
        };
        if forward {
            let end = self.text.len() - 1;
            (at + 1..end).find(|&at| starts(at)).unwrap_or(self.text.settle(end))
        } else {
            (0..at).rev().find(|&at| starts(at)).unwrap_or(0)
        }
    }

    /// `/` and `?`: asks for a pattern, with an offset behind the closing delimiter.
    fn ask_search(&mut self, letter: u8, count: usize) -> Option<Motion> {
        let typed = self.ask(&[letter])?;
        let (pattern, offset) = delimited(&typed, letter);
        if !pattern.is_empty() {
            self.pattern = pattern;
        }
        self.search_forward = letter == b'/';
        self.search_offset = offset.to_vec();
        self.jump_from();
        let (to, by_line) = self.search_again(count, false)?;
        if by_line {
            return lines(to);
        }
        if offset.first() == Some(&b'e') { inclusive(to) } else { exclusive(to) }
    }

    /// `n` and `N`: where the next match is, and whether its line is meant.
    fn search_again(&mut self, count: usize, other_way: bool) -> Option<(usize, bool)> {
        let forward = self.search_forward != other_way;
        let pattern = self.pattern.clone();
        let mut at = self.cursor;
        let mut end = at;
        for _ in 0..count {
            (at, end) = self.search(&pattern, at, forward)?;
        }
        let offset = self.search_offset.clone();
        let number = num::parse_u64(offset.get(1..).unwrap_or_default()).unwrap_or(1).min(1 << 30) as usize;
        match offset.first() {
            Some(b'e') => Some((self.text.left(end.max(at + 1)), false)),
            Some(sign @ (b'+' | b'-')) => {
                let line = self.text.number(at);
                let line = if *sign == b'+' { line + number } else { line.saturating_sub(number) };
                let start = self.text.start_of(line);
                Some((self.text.first_nonblank(start), true))
            }
            _ => Some((at, false)),
        }
    }

    /// `*` and `#`: searches the word at the cursor.
    fn search_word(&mut self, forward: bool, count: usize) -> Option<Motion> {
        let end = self.text.line_end(self.cursor);
        let start = (self.cursor..end).find(|&at| self.class(at, false) == 1)?;
        let first = (0..start).rev().take_while(|&at| self.class(at, false) == 1).last().unwrap_or(start);
        let last = (start..end).take_while(|&at| self.class(at, false) == 1).last()? + 1;
        self.pattern = [b"\\<", self.text.slice(first, last), b"\\>"].concat();
        self.search_forward = forward;
        self.search_offset.clear();
        self.jump_from();
        let at = core::mem::replace(&mut self.cursor, first);
        let found = self.search_again(count, false);
        self.cursor = at;
        exclusive(found?.0)
    }

    /// The next match of `pattern` from `at` on, not at it; around the ends of the text.
    pub fn search(&mut self, pattern: &[u8], at: usize, forward: bool) -> Option<(usize, usize)> {
        if pattern.is_empty() {
            self.tell(b"No pattern before");
            return None;
        }
        let mut regex = self.compile(pattern)?;
        let found = if forward {
            let after = self.text.right(at).max(at + 1);
            let body = self.text.slice(0, self.text.len() - 1);
            let next = if after <= body.len() { regex.find_at(body, after, Eflags::NONE) } else { None };
            next.or_else(|| {
                if self.set.on(flag::WRAPSCAN) { regex.find_at(body, 0, Eflags::NONE) } else { None }
            })
        } else {
            let mut last = None;
            // Lines before the cursor, its own first; then from the end of the text.
            for limit in
                [at, self.text.len() - 1].into_iter().take(1 + usize::from(self.set.on(flag::WRAPSCAN)))
            {
                let mut end = limit;
                let mut line = self.text.line_start(end);
                loop {
                    let body = self.text.slice(0, self.text.line_end(line));
                    let mut from = line;
                    while let Some((start, stop)) =
                        regex.find_at(body, from, Eflags::NONE).filter(|found| found.0 < end)
                    {
                        last = Some((start, stop));
                        from = self.text.right(start).max(start + 1);
                    }
                    if last.is_some() || line == 0 {
                        break;
                    }
                    end = line;
                    line = self.text.line_start(line - 1);
                }
                if last.is_some() {
                    break;
                }
            }
            last
        };
        if found.is_none() {
            self.say(&[b"Pattern not found: ", pattern]);
        }
        found.map(|(start, stop)| (start.min(self.text.len() - 1), stop))
    }
}
