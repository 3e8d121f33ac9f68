//! Command mode.

use applet::prelude::*;
use term::Key;

use super::map::text_of;
use super::motion::Kind;
use super::operate::change_case;
use super::{Repeat, Vi};

impl Vi<'_, '_> {
    /// Reads one command and does it.
    pub fn command(&mut self) {
        self.record.clear();
        self.changed = false;
        self.register = 0;
        let (mut count, mut key) = self.count();
        while key == Key(0x22) {
            self.register = self.key().ascii();
            self.record.clear();
            let (more, next) = self.count();
            count = if more > 0 { more } else { count };
            key = next;
        }
        self.record.clear();
        self.record.push(key);
        self.message.clear();
        self.current = Repeat { count, register: self.register, keys: Vec::new() };
        self.normal(key, count.max(1), count > 0);
        if self.changed && self.replaying.is_none() && key != Key(0x2e) {
            self.repeat = core::mem::take(&mut self.current);
            self.repeat.keys = core::mem::take(&mut self.record);
        }
        self.changed = false;
        self.cursor = self.text.settle(self.cursor);
        // `j` and `k` keep to their column as long as nothing else comes between.
        let vertical =
            matches!(key, Key::UP | Key::DOWN | Key::END | Key(0x24 | 0x6a | 0x6b | 10 | 14 | 16 | 0x7c));
        self.keep_column &= vertical;
    }

    /// The count that `.` repeats the command with.
    pub fn set_repeat_count(&mut self, count: usize, given: bool) {
        self.current.count = if given { count } else { 0 };
    }

    fn normal(&mut self, key: Key, count: usize, given: bool) {
        let at = self.cursor;
        let (start, end) = (self.text.line_start(at), self.text.line_end(at));
        let empty = start == end;
        match key.ascii() {
            letter @ (b'i' | b'a' | b'I' | b'A' | b'o' | b'O' | b'R') => self.insert(count, letter),
            letter @ (b'd' | b'c' | b'y' | b'<' | b'>' | b'!' | b'=') => self.operator(letter, count, given),
            b'x' if !empty => self.apply_exact(b'd', at, self.many(at, count), Kind::Exclusive),
            b'X' if at > start => {
                let from = (0..count).fold(at, |at, _| self.text.left(at));
                self.cursor = from;
                self.apply_exact(b'd', from, at, Kind::Exclusive);
            }
            b's' => self.apply_exact(b'c', at, self.many(at, count), Kind::Exclusive),
            b'S' => self.lines_operator(b'c', count),
            b'Y' => self.lines_operator(b'y', count),
            letter @ (b'D' | b'C') => {
                match self.lines_off(count - 1, true) {
                    // Several lines without anything left of them are whole lines.
                    Some(last)
                        if letter == b'D'
                            && last > at
                            && self.text.slice(start, at).trim_ascii().is_empty() =>
                    {
                        self.lines_operator(b'd', count);
                    }
                    Some(last) if last > at && self.text.line_end(last) > last => {
                        self.apply(letter | 0x20, at, self.text.line_end(last), Kind::Exclusive);
                    }
                    Some(last) => {
                        self.apply_exact(letter | 0x20, at, self.text.line_end(last), Kind::Exclusive)
                    }
                    None => self.fail(),
                }
            }
            letter @ (b'p' | b'P') => self.put(letter == b'P', count),
            b'J' => self.join(count, true),
            b'r' => self.replace_characters(count),
            b'~' if !empty => {
                self.note_change();
                let to = self.many(at, count);
                let new = change_case(self.text.slice(at, to), b'~', self.text.utf8);
                self.text.replace(at, to, &new);
                self.cursor = self.text.settle(at + new.len());
            }
            b'u' => self.undo(count, false),
            18 => self.undo(count, true),
            b'U' => {
                let number = self.text.number(at);
                if self.line_before.0 == number {
                    self.note_change();
                    let old = self.text.slice(start, end).to_vec();
                    let new = core::mem::replace(&mut self.line_before.1, old);
                    self.text.replace(start, end, &new);
                    self.cursor = start;
                    self.changed = false;
                } else {
                    self.fail();
                }
            }
            b'.' => self.again(count, given),
            b'&' => {
                self.ex(b"s");
            }
            b'm' => {
                let name = self.key().ascii();
                self.text.set_mark(if name == b'`' { b'\'' } else { name }, at);
            }
            b'q' => self.record_macro(),
            b'@' => self.run_macro(count),
            b'v' => self.visual(false, at),
            b'V' => self.visual(true, at),
            b':' => {
                let range: &[u8] = if given { b".,.+" } else { b"" };
                let mut prefix = range.to_vec();
                if given {
                    term::decimal(count - 1, &mut prefix);
                }
                if let Some(line) = self.ask(&[b":", &prefix[..]].concat()) {
                    let line = [&prefix[..], &line].concat();
                    self.ex(&line);
                    self.last_ex = line;
                }
            }
            b'Z' => match self.key().ascii() {
                b'Z' => {
                    self.ex(b"x");
                }
                b'Q' => self.done = true,
                _ => self.fail(),
            },
            b'g' => self.g_command(count, given),
            b'z' => self.position(),
            letter @ (2 | 4 | 5 | 6 | 21 | 25) => self.scroll(letter, count, given),
            7 => {
                self.message = self.status();
            }
            12 => self.screen.forget(),
            26 => {
                self.screen.away(&mut || {
                    let _ = sys::process::kill(0, libc::SIGTSTP);
                });
            }
            27 | 3 => {}
            _ => match key {
                Key::PAGE_DOWN => self.scroll(6, count, given),
                Key::PAGE_UP => self.scroll(2, count, given),
                Key::DELETE if !empty => self.apply_exact(b'd', at, self.many(at, count), Kind::Exclusive),
                Key::INSERT => self.insert(count, b'i'),
                Key::GONE => self.done = true,
                _ => match self.motion(key, count, given, 0) {
                    Some(motion) => self.cursor = motion.to,
                    None => self.fail(),
                },
            },
        }
    }

    /// `count` characters on, within the line.
    fn many(&self, at: usize, count: usize) -> usize {
        let end = self.text.line_end(at);
        let mut to = at;
        for _ in 0..count {
            if to >= end {
                break;
            }
            to = self.text.right(to);
        }
        to
    }

    fn lines_operator(&mut self, operator: u8, count: usize) {
        match self.lines_off(count - 1, true) {
            Some(last) => self.apply(operator, self.cursor, last.max(self.cursor), Kind::Lines),
            None => self.fail(),
        }
    }

    fn g_command(&mut self, count: usize, given: bool) {
        let key = self.key();
        match key.ascii() {
            letter @ (b'u' | b'U' | b'~') => self.operator(letter, count, given),
            b'J' => self.join(count, false),
            b'i' => {
                self.cursor = self.text.mark(b'^').unwrap_or(self.cursor);
                self.insert(count, b'i');
            }
            b'v' => match (self.text.mark(b'<'), self.text.mark(b'>')) {
                (Some(anchor), Some(last)) => {
                    self.cursor = last;
                    self.visual(self.selected_lines, anchor);
                }
                _ => self.fail(),
            },
            _ => {
                self.screen.keys.inject(&[key]);
                match self.motion(Key(0x67), count, given, 0) {
                    Some(motion) => self.cursor = motion.to,
                    None => self.fail(),
                }
            }
        }
    }

    fn replace_characters(&mut self, count: usize) {
        let mut key = self.key();
        if matches!(key, Key(27 | 3) | Key::GONE) {
            return;
        }
        if key == Key(22) {
            key = self.key();
        }
        let at = self.cursor;
        let mut to = at;
        for _ in 0..count {
            if self.text.byte(to) == b'\n' {
                return self.fail();
            }
            to = self.text.right(to);
        }
        let mut new = Vec::new();
        if matches!(key, Key(10 | 13)) {
            new.push(b'\n');
        } else {
            for _ in 0..count {
                key.write(&mut new);
            }
        }
        self.note_change();
        self.text.replace(at, to, &new);
        let last = at + new.len();
        self.cursor = if new == b"\n" { self.text.first_nonblank(last) } else { self.text.left(last) };
    }

    fn undo(&mut self, count: usize, forward: bool) {
        for _ in 0..count {
            match self.text.step_back(forward) {
                Some(at) => self.cursor = at,
                None => {
                    self.say(&[if forward { b"Nothing to redo" } else { b"Nothing to undo" }]);
                    return self.fail();
                }
            }
        }
    }

    /// `.`: the last change again.
    fn again(&mut self, count: usize, given: bool) {
        let mut last = core::mem::take(&mut self.repeat);
        if given {
            last.count = count;
        }
        if last.keys.is_empty() {
            return self.fail();
        }
        let mut typed = Vec::new();
        if last.register != 0 {
            if matches!(last.register, b'1'..=b'8') {
                last.register += 1;
            }
            typed.extend_from_slice(&[b'"', last.register]);
        }
        if last.count > 0 {
            term::decimal(last.count, &mut typed);
        }
        let mut keys = self.keys_of(&typed);
        keys.extend_from_slice(&last.keys);
        self.repeat = last;
        if self.replaying.is_none() {
            self.replaying = Some(self.screen.keys.injected());
        }
        self.screen.keys.inject(&keys);
    }

    fn record_macro(&mut self) {
        if self.macro_name == 0 {
            self.macro_name = self.key().ascii();
            self.macro_keys.clear();
            self.tell(b"recording");
            return;
        }
        self.macro_keys.pop();
        let text = text_of(&core::mem::take(&mut self.macro_keys));
        let name = core::mem::take(&mut self.macro_name);
        self.put_register(name, &text, false);
    }

    /// A text as keys that are typed.
    #[inline(never)]
    pub fn keys_of(&self, text: &[u8]) -> Vec<Key> {
        let mut keys = Vec::new();
        let mut rest = text;
        while let Some(&byte) = rest.first() {
            let (key, length) = match text::utf8::decode(rest).filter(|_| self.text.utf8) {
                Some(character) => character,
                None => (u32::from(byte) | if byte < 128 { 0 } else { Key::BYTE }, 1),
            };
            keys.push(Key(key));
            rest = rest.get(length..).unwrap_or_default();
        }
        keys
    }

    fn run_macro(&mut self, count: usize) {
        let mut name = self.key().ascii();
        if name == b'@' {
            name = self.last_macro;
        }
        if name == b':' {
            let line = self.last_ex.clone();
            self.ex(&line);
            return;
        }
        let Some((text, lines)) = self.stored(name).filter(|_| name != 0) else {
            return self.fail();
        };
        self.last_macro = name;
        let mut keys = self.keys_of(&text);
        if lines && keys.last() != Some(&Key(10)) {
            keys.push(Key(10));
        }
        for _ in 0..count.min(100_000) {
            if self.screen.keys.injected() > 1 << 20 {
                // A macro that calls itself for ever.
                return self.fail();
            }
            self.screen.keys.inject(&keys);
        }
    }
}
