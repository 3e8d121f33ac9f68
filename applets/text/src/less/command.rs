//! The commands of the pager.

use super::{Pager, open};
use crate::console::{self, bit};
use applet::prelude::*;
use regex::{Flags, Regex};
use term::Key;

impl Pager<'_, '_> {
    /// Runs until it is left; gives the status.
    pub fn run(&mut self) -> u8 {
        loop {
            if let Some(status) = self.status {
                return status;
            }
            if self.has(b'E') && self.at_end() && self.file + 1 >= self.files.len() {
                self.draw();
                return 0;
            }
            if !self.screen.keys.waiting() {
                self.draw();
            }
            let mut key = self.screen.keys.read();
            let mut number = None;
            while let digit @ 0x30..=0x39 = key.0 {
                let value = number.unwrap_or(0usize).saturating_mul(10).saturating_add(digit as usize - 0x30);
                number = Some(value);
                self.tell(b":");
                term::decimal(value, &mut self.message);
                if !self.screen.keys.waiting() {
                    self.draw();
                }
                key = self.screen.keys.read();
            }
            self.message.clear();
            self.command(key, number);
        }
    }

    /// What a `+` on the command line asks for.
    pub fn initial(&mut self, text: &[u8]) {
        let mut keys = console::keys_of(text);
        match text.first() {
            Some(b'/' | b'?' | b'&') => keys.push(Key(13)),
            // A number alone is the line to begin at.
            _ if text.iter().all(u8::is_ascii_digit) => keys.push(Key(u32::from(b'g'))),
            _ => {}
        }
        self.screen.keys.inject(&keys);
    }

    pub fn command(&mut self, key: Key, number: Option<usize>) {
        // Other keys stand for letters; some take no number.
        let (letter, number) = match key {
            Key::DOWN => (b'j', number),
            Key::UP => (b'k', number),
            Key::PAGE_DOWN => (b' ', number),
            Key::PAGE_UP => (b'b', number),
            Key::HOME => (b'g', None),
            Key::END => (b'G', None),
            Key(code) if code & !0x7f == Key::ALT => match code as u8 & 0x7f {
                b'v' => (b'b', number),
                b'<' => (b'g', None),
                b'>' => (b'G', None),
                b'u' => {
                    self.flags ^= bit(b'G');
                    return self.screen.forget();
                }
                _ => (key.ascii(), number),
            },
            Key::RIGHT => {
                self.shift += number.unwrap_or(self.screen.columns / 2);
                return;
            }
            Key::LEFT => {
                self.shift -= number.unwrap_or(self.screen.columns / 2).min(self.shift);
                return;
            }
            Key::RESIZE => return self.screen.resize(),
            Key::GONE => (b'q', number),
            _ => (key.ascii(), number),
        };
        let count = number.unwrap_or(1);
        let screen = number.unwrap_or(if self.window > 0 { self.window } else { self.height() });
        let half = number.unwrap_or(self.height().div_ceil(2));
        match letter {
            b'q' | b'Q' => self.status = Some(0),
            b'Z' if self.screen.keys.read() == Key(0x5a) => self.status = Some(0),
            3 if self.has(b'K') => self.status = Some(2),
            b'j' | b'e' | b'J' | 5 | 14 | 10 | 13 => self.forward(count, letter == b'J'),
            b'k' | b'y' | b'K' | 25 | 16 | 11 => self.backward(count),
            b'z' | b'w' => {
                if let Some(size) = number {
                    self.window = size.max(1);
                }
                if letter == b'z' { self.forward(screen, false) } else { self.backward(screen) }
            }
            b' ' | b'f' | 6 | 22 => self.forward(screen, false),
            b'b' | 2 => self.backward(screen),
            b'd' | 4 => self.forward(half, false),
            b'u' | 21 => self.backward(half),
            b'G' | b'>' if number.is_none() => self.jump_to_end(),
            b'g' | b'<' | b'G' | b'>' => {
                let at = self.source.start_of(count);
                self.jump(at);
            }
            b'p' | b'%' => {
                let target = self.source.size() as u128 * number.unwrap_or(0).min(100) as u128 / 100;
                let at = self.source.line_start(target as usize);
                self.jump(at);
                if self.at_end() {
                    self.jump_to_end();
                }
            }
            b'/' | b'?' => {
                let mut invert = false;
                let prompt = [letter];
                let typed = self.screen.ask(&prompt, self.utf8, &self.patterns.clone());
                if let Some(mut pattern) = typed {
                    if pattern.first() == Some(&b'!') {
                        pattern.remove(0);
                        invert = true;
                    }
                    if !pattern.is_empty() {
                        self.inverted = invert;
                    }
                    self.search(pattern, letter == b'?', count);
                }
            }
            b'n' | b'N' => self.search_again(self.backward != (letter == b'N'), count),
            b'&' => self.ask_filter(),
            b'm' => {
                let name = self.screen.keys.read().ascii();
                let top = self.top;
                match self.marks.iter_mut().find(|(other, _)| *other == name) {
                    Some(mark) => mark.1 = top,
                    None => self.marks.push((name, top)),
                }
            }
            b'\'' => self.go_to_mark(),
            b'F' => self.follow(),
            b'r' | b'R' | 12 | 18 => {
                if letter == b'R' {
                    self.source.look_again();
                }
                self.screen.forget();
            }
            b'=' | 7 => self.describe_now(),
            b'-' => self.toggle(),
            b':' => self.colon(),
            b'h' | b'H' => self.help(),
            b'v' => self.edit(),
            b'!' => {
                if let Some(command) = self.screen.ask(b"!", self.utf8, &[]) {
                    self.shell(&command, true);
                }
            }
            b's' => self.save(),
            27 | 3 => {}
            _ => self.bell(),
        }
    }

    fn compile(&mut self, pattern: &[u8]) -> Option<Regex> {
        let mut flags = Flags::EXTENDED;
        if self.utf8 {
            flags = flags.with(Flags::UTF8);
        }
        if self.has(b'I') || self.has(b'i') && !pattern.iter().any(u8::is_ascii_uppercase) {
            flags = flags.with(Flags::ICASE);
        }
        match Regex::new(pattern, flags) {
            Ok(regex) => Some(regex),
            Err(error) => {
                self.tell(error.message());
                None
            }
        }
    }

    /// Searches for a new pattern; an empty one is the last.
    pub fn search(&mut self, pattern: Vec<u8>, backward: bool, count: usize) {
        let fresh = self.pattern.is_none();
        if !pattern.is_empty() {
            let Some(regex) = self.compile(&pattern) else { return };
            self.pattern = Some(regex);
            self.patterns.push(pattern);
        }
        self.backward = backward;
        // At the start of a view the first line counts, too.
        if fresh && !backward && self.top == (0, 0) && self.matches(0) && count == 1 {
            return;
        }
        self.search_again(backward, count);
    }

    fn matches(&mut self, at: usize) -> bool {
        let look = self.look();
        let inverted = self.inverted;
        let Some(pattern) = self.pattern.as_mut() else { return false };
        let raw = self.source.line(at);
        let found = if memchr::memchr2(8, 27, raw).is_some() {
            pattern.is_match(&super::layout::Line::new(raw, &look).text)
        } else {
            pattern.is_match(raw.strip_suffix(b"\n").unwrap_or(raw))
        };
        found != inverted
    }

    fn search_again(&mut self, backward: bool, count: usize) {
        if self.pattern.is_none() {
            self.tell(b"No previous search pattern");
            return;
        }
        let mut at = if self.found.1 == self.top { self.found.0 } else { self.top.0 };
        let (mut left, mut looked) = (count, 0);
        while left > 0 {
            let next = if backward { self.previous_line(at) } else { self.next_line(at) };
            let Some(next) = next else {
                self.tell(b"Pattern not found");
                self.bell();
                return;
            };
            at = next;
            left -= usize::from(self.matches(at));
            looked += 1;
            if looked % 4096 == 0 && self.screen.keys.waiting() && self.screen.keys.read() == Key(3) {
                self.tell(b"Interrupted");
                return;
            }
        }
        self.jump(at);
    }

    fn ask_filter(&mut self) {
        let Some(typed) = self.screen.ask(b"&/", self.utf8, &self.patterns.clone()) else { return };
        let pattern = typed.strip_prefix(b"!").unwrap_or(&typed);
        self.filter = None;
        if !pattern.is_empty() {
            self.filter = self.compile(pattern).map(|filter| (filter, pattern.len() < typed.len()));
            self.patterns.push(typed);
        }
        let at = self.top.0;
        self.jump(at);
    }

    fn go_to_mark(&mut self) {
        match self.screen.keys.read().ascii() {
            b'\'' => {
                let before = self.before;
                self.before = core::mem::replace(&mut self.top, before);
            }
            b'^' => self.jump(0),
            b'$' => self.jump_to_end(),
            name => match self.marks.iter().find(|(other, _)| *other == name) {
                Some(&(_, place)) => {
                    self.before = core::mem::replace(&mut self.top, place);
                }
                None => self.tell(b"Mark not set"),
            },
        }
    }

    /// `-` and a letter: an option changes.
    fn toggle(&mut self) {
        self.screen.write(b"-");
        self.screen.flush();
        let letter = self.screen.keys.read().ascii();
        if letter == b'x' {
            let number = self.screen.ask(b"Tab stops: ", self.utf8, &[]);
            if let Some(Ok(number @ 1..=1000)) = number.map(|text| num::parse_u64(&text)) {
                self.tab = number as usize;
            }
        } else if b"eEFgGiIKmMnNqrRsSuX~".contains(&letter) {
            self.flags ^= bit(letter);
            let state: &[u8] = if self.has(letter) { b" is on" } else { b" is off" };
            self.message = [b"-", &[letter][..], state].concat();
            if matches!(letter, b'i' | b'I')
                && let Some(pattern) = self.patterns.last().cloned()
            {
                self.pattern = self.compile(&pattern);
            }
            self.top.1 = 0;
            self.screen.forget();
        } else {
            self.tell(b"There is no such option");
        }
    }

    fn colon(&mut self) {
        self.screen.write(b":");
        self.screen.flush();
        match self.screen.keys.read().ascii() {
            letter @ (b'n' | b'p' | b'x') => {
                self.switch(match letter {
                    b'n' => self.file + 1,
                    b'p' => self.file.wrapping_sub(1),
                    _ => 0,
                });
            }
            b'q' | b'Q' => self.status = Some(0),
            b'f' => self.describe_now(),
            b'd' if self.files.len() > 1 => {
                let gone = self.file;
                let next = if gone + 1 < self.files.len() { gone + 1 } else { 0 };
                self.switch(next);
                self.files.remove(gone);
                self.file = if next > gone { gone } else { 0 };
            }
            b'e' => {
                if let Some(name) = self.screen.ask(b"Examine: ", self.utf8, &[])
                    && !name.is_empty()
                {
                    self.files.insert(self.file + 1, name);
                    if !self.switch(self.file + 1) {
                        self.files.remove(self.file + 1);
                    }
                }
            }
            _ => self.bell(),
        }
    }

    fn describe_now(&mut self) {
        let mut text = Vec::new();
        self.describe(&mut text);
        self.message = text;
    }

    /// Shows another file; whether it can be.
    pub fn switch(&mut self, file: usize) -> bool {
        let Some(name) = self.files.get(file).cloned() else {
            self.tell(if file == self.files.len() { b"No next file" } else { b"No previous file" });
            return false;
        };
        match open(&name) {
            Ok(source) => {
                self.source = source;
                self.file = file;
                self.top = (0, 0);
                self.before = (0, 0);
                self.found = (0, (0, 0));
                self.marks.clear();
                self.ended = false;
                self.message = name;
                true
            }
            Err(error) => {
                self.message = applet::because(&name, error.errno().unwrap_or(Errno(0)));
                false
            }
        }
    }

    /// Shows the help text of this applet.
    fn help(&mut self) {
        let mut out = Writer::memory();
        (self.cx.house().help)(b"less", &mut out);
        let text = out.take();
        let mut row = 0;
        self.screen.forget();
        let mut lines = text.split(|&byte| byte == b'\n').peekable();
        while lines.peek().is_some() {
            if let Some(line) = lines.next() {
                self.screen.line(row, line.get(..self.screen.columns).unwrap_or(line), 0);
            }
            row += 1;
            if row >= self.height() || lines.peek().is_none() {
                while row < self.height() {
                    self.screen.line(row, b"", 0);
                    row += 1;
                }
                self.screen.line(row, b"\x1b[7mHELP -- press a key\x1b[m", 0);
                self.screen.flush();
                row = 0;
                if self.screen.keys.read().ascii() == b'q' {
                    break;
                }
            }
        }
        self.screen.forget();
    }

    fn edit(&mut self) {
        let Some(name) = self.files.get(self.file).filter(|name| *name != b"-").cloned() else {
            self.tell(b"Cannot edit standard input");
            return;
        };
        let editor = self.cx.var(b"VISUAL").or_else(|| self.cx.var(b"EDITOR")).unwrap_or(b"vi");
        let mut command = Vec::new();
        let line = self.source.lines_before(self.top.0) as i64 + 1;
        applet::fill(b"%s +%d ", &[editor], &[line], &mut command);
        text::quote::shell(&name, self.utf8, &mut command);
        self.shell(&command, false);
        self.source.look_again();
    }

    fn shell(&mut self, command: &[u8], wait: bool) {
        let (cx, screen) = (&mut *self.cx, &mut self.screen);
        screen.away(&mut || {
            crate::console::run_shell(cx, command);
            if wait {
                cx.note(&[b"(press Return)"]);
                let mut byte = [0];
                let _ = sys::fd::read_once(sys::fd::STDERR, &mut byte);
            }
        });
    }

    /// Saves what has come through a pipe.
    fn save(&mut self) {
        let Some(name) = self.screen.ask(b"log file: ", self.utf8, &[]).filter(|name| !name.is_empty())
        else {
            return;
        };
        let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL;
        let saved = sys::fd::open(&name, flags, 0o666).and_then(|fd| {
            let mut at = 0;
            loop {
                let bytes = self.source.bytes(at);
                if bytes.is_empty() {
                    return fd.close();
                }
                sys::fd::write_all(fd.raw(), bytes)?;
                at += bytes.len();
            }
        });
        if let Err(errno) = saved {
            let mut number = Vec::new();
            self.message = applet::reason(errno.0, &mut number).to_vec();
        }
    }
}
