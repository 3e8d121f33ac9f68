//! Visual mode: an operator on what is selected.

use applet::prelude::*;
use term::Key;

use super::Vi;
use super::motion::Kind;

impl Vi<'_, '_> {
    /// `v` and `V`: moves until an operator comes, or the mode is left.
    pub fn visual(&mut self, by_line: bool, mut anchor: usize) {
        let mut by_line = by_line;
        // `$` takes the newline, too, until another motion comes.
        let mut to_end = false;
        self.mode = b"V";
        loop {
            self.selection = Some((anchor, by_line));
            let (given, key) = self.count();
            let count = given.max(1);
            if self.done {
                break;
            }
            let (mut from, mut last) = (anchor.min(self.cursor), anchor.max(self.cursor));
            if by_line {
                from = self.text.line_start(from);
            } else if to_end && self.cursor >= anchor {
                last = self.text.line_end(last);
            }
            let to = if self.text.byte(last) == b'\n' { last + 1 } else { self.text.right(last) };
            let kind = if by_line { Kind::Lines } else { Kind::Exclusive };
            let to = if by_line { last } else { to.min(self.text.len()) };
            self.text.set_mark(b'<', from);
            self.text.set_mark(b'>', last);
            self.selected_lines = by_line;
            self.remember_selection(from, last, by_line, to_end, given, key);
            let letter = key.ascii();
            match letter {
                27 | 3 => break,
                b'v' | b'V' => {
                    if by_line == (letter == b'V') {
                        break;
                    }
                    by_line = letter == b'V';
                }
                b'o' => core::mem::swap(&mut anchor, &mut self.cursor),
                b'"' => self.register = self.key().ascii(),
                b'd' | b'x' | b'y' | b'c' | b's' | b'X' | b'D' | b'Y' | b'S' | b'C' | b'R' => {
                    self.selection = None;
                    self.mode = b"-";
                    let kind = if letter.is_ascii_uppercase() { Kind::Lines } else { kind };
                    let to = if kind == Kind::Lines { last } else { to };
                    let operator = match letter | 0x20 {
                        b'x' => b'd',
                        b's' | b'r' => b'c',
                        other => other,
                    };
                    // A selected newline is part of it, but the last one of the text stays.
                    self.cursor = from;
                    self.apply_exact(operator, from, to, kind);
                    break;
                }
                b'<' | b'>' | b'!' | b'=' => {
                    self.selection = None;
                    if matches!(letter, b'<' | b'>') {
                        self.note_change();
                        let (first, end) = (self.text.line_start(from), self.text.line_end(last));
                        self.shift(first, end, letter == b'>', count);
                    } else {
                        self.apply_exact(letter, from, last, Kind::Lines);
                    }
                    break;
                }
                b'~' | b'u' | b'U' => {
                    self.cursor = from;
                    self.apply_exact(letter, from, to, kind);
                    break;
                }
                b'J' => {
                    let lines = self.text.number(last) - self.text.number(from) + 1;
                    self.cursor = from;
                    self.join(lines, true);
                    break;
                }
                b'r' => {
                    let with = self.key();
                    if with.is_text() {
                        self.replace_all(from, if by_line { self.text.line_end(last) } else { to }, with);
                    }
                    break;
                }
                b'p' | b'P' => {
                    let (text, lines) = self.stored(self.register).unwrap_or_default();
                    self.register = 0;
                    self.apply_exact(b'd', from, to, kind);
                    self.put_register(b'\x01', &text, lines);
                    self.register = 1;
                    if lines && !by_line {
                        self.text.replace(from, from, b"\n");
                        self.cursor = from;
                    }
                    let at_end = from >= self.text.len()
                        || !by_line && self.text.byte(from) == b'\n' && self.cursor < from;
                    self.put(!(at_end || lines && !by_line), count);
                    break;
                }
                b':' => {
                    if let Some(line) = self.ask(b":'<,'>") {
                        self.selection = None;
                        self.ex(&[b"'<,'>", &line[..]].concat());
                    }
                    break;
                }
                b'i' | b'a' => {
                    let name = self.key().ascii();
                    match self.object(name, letter == b'a', count) {
                        Some(object) => {
                            anchor = object.from;
                            by_line = object.kind == Kind::Lines;
                            self.cursor = if object.kind == Kind::Lines {
                                object.to
                            } else {
                                self.text.left(object.to)
                            };
                        }
                        None => self.fail(),
                    }
                }
                b'g' => {
                    let next = self.key();
                    match next.ascii() {
                        operator @ (b'u' | b'U' | b'~') => {
                            self.cursor = from;
                            self.apply_exact(operator, from, if by_line { last } else { to }, kind);
                            break;
                        }
                        _ => {
                            self.screen.keys.inject(&[next]);
                            to_end &= !self.move_selection(key, count, given > 0);
                        }
                    }
                }
                _ => {
                    if self.move_selection(key, count, given > 0) {
                        to_end = matches!(key, Key(0x24) | Key::END);
                    }
                }
            }
        }
        self.selection = None;
        self.mode = b"-";
    }

    /// `.` selects as many lines or characters, not what the motions lead to.
    fn remember_selection(
        &mut self,
        from: usize,
        last: usize,
        by_line: bool,
        to_end: bool,
        count: usize,
        key: Key,
    ) {
        let lines = self.text.number(last) - self.text.number(from);
        let mut keys = alloc::vec![if by_line { b'V' } else { b'v' }];
        keys.resize(lines + 1, b'j');
        if !by_line {
            let mut at = if lines > 0 { self.text.line_start(last) } else { from };
            if lines > 0 {
                keys.push(b'0');
            }
            if to_end {
                at = last;
                keys.push(b'$');
            }
            while at < last {
                keys.push(b'l');
                at = self.text.right(at).max(at + 1);
            }
        }
        if count > 0 {
            term::decimal(count, &mut keys);
        }
        self.record = crate::console::keys_of(&keys);
        self.record.push(key);
    }

    fn move_selection(&mut self, key: Key, count: usize, given: bool) -> bool {
        let vertical = matches!(key, Key::UP | Key::DOWN | Key::END | Key(0x24 | 0x6a | 0x6b | 10 | 14 | 16));
        let mut moved = true;
        match key {
            Key(2 | 4 | 5 | 6 | 21 | 25) => self.scroll(key.ascii(), count, given),
            _ => match self.motion(key, count, given, 0) {
                Some(motion) => self.cursor = motion.to,
                // Repeated, it selects what there is.
                None => {
                    moved = false;
                    if self.replaying.is_none() {
                        self.fail();
                    }
                }
            },
        }
        self.keep_column &= vertical;
        moved
    }

    /// Every character but newlines becomes `with`.
    fn replace_all(&mut self, from: usize, to: usize, with: Key) {
        let (mut new, mut at) = (Vec::new(), from);
        while at < to {
            if self.text.byte(at) == b'\n' {
                new.push(b'\n');
                at += 1;
            } else {
                with.write(&mut new);
                at = self.text.right(at);
            }
        }
        self.note_change();
        self.text.replace(from, to, &new);
        self.cursor = from;
    }
}
