//! usage: more [-cdeilsu] [-n LINES] [-p COMMAND | +COMMAND] [FILE]...
//!
//! Show FILEs a screen at a time.
//!
//!  -c        clear the screen before each
//!  -d        say which keys go on
//!  -e        leave at the end without asking
//!  -i        searches ignore case
//!  -l        form feeds do not stop
//!  -n LINES  lines of a screen; also -LINES
//!  -p CMD    do CMD first in each FILE; also +CMD
//!  -s        one blank line for several
//!  -u        no underlining
//!  -NUM      lines of a screen
//!
//! Space: next screen; Return: next line; d: half a screen; b: back; s f: skip lines, screens
//! /: search; n: again; =: line number; :n :p: files; v: edit; !: command; q: quit; h: help
//!
//! # Notes
//! POSIX.1-2024 more, and BusyBox's.

use applet::prelude::*;
use regex::{Flags, Regex};
use term::{Key, Keys, Raw, show};

use crate::console;

applet::options!("more");

/// The showing of files.
struct More<'c, 'a> {
    cx: &'c mut Context<'a>,
    keys: Keys,
    raw: Raw,
    lines: Vec<Vec<u8>>,
    columns: usize,
    rows: usize,
    fixed_rows: usize,
    utf8: bool,
    /// The options that are on, a bit for each letter.
    letters: u128,
    pattern: Option<Regex>,
    done: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let mut commands = Vec::new();
    let files = console::files(&options.operands, &mut commands)?;
    let mut command = options.value(opt::p).unwrap_or_default().to_vec();
    if let Some(text) = commands.last() {
        command = text.to_vec();
        // `+5` is the line, `+/x` a search.
        if text.iter().all(u8::is_ascii_digit) {
            command.push(b'g');
        }
    }
    let mut rows = 0;
    if let Some(text) = options.value(opt::n).or(options.value(opt::NUMBER)) {
        rows = applet::value::number(text, b"", b"number of lines")?.min(10_000) as usize;
    }
    if !sys::terminal::is_terminal(sys::fd::STDOUT) {
        return Ok(console::copy(cx, &files));
    }
    let terminal = console::keyboard()?;
    let raw = Raw::enter(terminal.raw()).at(b"/dev/tty")?;
    let utf8 = cx.utf8();
    let mut more = More {
        keys: Keys::new(terminal.raw(), utf8),
        raw,
        lines: Vec::new(),
        columns: 80,
        rows: 24,
        fixed_rows: rows,
        utf8,
        letters: console::letters(&options, opt::GRAMMAR),
        pattern: None,
        done: false,
        cx,
    };
    more.files(&files, &command);
    let status = more.cx.status();
    drop(more);
    Ok(status)
}

impl More<'_, '_> {
    fn has(&self, letter: u8) -> bool {
        self.letters & console::bit(letter) != 0
    }

    fn say(&mut self, text: &[u8]) {
        self.cx.out.write(text);
        // A terminal that is gone shows in the next key.
        let _ = self.cx.out.flush();
    }

    #[inline(never)]
    fn files(&mut self, files: &[&[u8]], command: &[u8]) {
        let mut index = 0;
        while let Some(&name) = files.get(index).filter(|_| !self.done) {
            let size = term::size(sys::fd::STDOUT, console::window_fallback(self.cx));
            (self.columns, self.rows) = (size.0.max(2), size.1);
            if self.fixed_rows > 0 {
                self.rows = self.fixed_rows + 1;
            }
            let input = self.cx.open(name);
            let text = input.and_then(|mut input| input.rest().at(name));
            match text {
                Ok(text) => {
                    if files.len() > 1 {
                        let mut title = Vec::new();
                        show::plain(name, self.utf8, &mut title);
                        self.cx.print(b"::::::::::::::\n%s\n::::::::::::::\n", &[&title], &[]);
                    }
                    self.lines = self.split(&text);
                    let last = index + 1 == files.len();
                    let mut keys = console::keys_of(command);
                    if command.starts_with(b"/") {
                        keys.push(Key(13));
                    }
                    self.keys.inject(&keys);
                    let back = self.file(name, last, !command.is_empty());
                    if back {
                        index = index.saturating_sub(1);
                        continue;
                    }
                }
                Err(error) => self.cx.report_at(name, error),
            }
            index += 1;
        }
    }

    /// The rows of a text as they are shown.
    #[inline(never)]
    fn split(&self, text: &[u8]) -> Vec<Vec<u8>> {
        let mut rows = Vec::new();
        let mut blank = false;
        let body = text.strip_suffix(b"\n").unwrap_or(text);
        if text.is_empty() {
            return rows;
        }
        for line in body.split(|&byte| byte == b'\n') {
            if self.has(b's') && line.is_empty() && blank {
                continue;
            }
            blank = line.is_empty();
            let (mut row, mut column, mut at) = (Vec::new(), 0, 0);
            while let Some(&byte) = line.get(at) {
                let start = row.len();
                let rest = line.get(at..).unwrap_or_default();
                let (length, width) = match rest {
                    [b'\t', ..] => {
                        let width = 8 - column % 8;
                        row.resize(start + width, b' ');
                        (1, width)
                    }
                    [b'\r'] => (1, 0),
                    // Struck over: underlined, or bold.
                    [_, 8, second @ ..] if !second.is_empty() && !self.has(b'u') => {
                        row.extend_from_slice(if byte == b'_' { b"\x1b[4m" } else { b"\x1b[1m" });
                        let (used, width) = show::glyph(second, self.utf8, &mut row);
                        row.extend_from_slice(b"\x1b[m");
                        (2 + used, width)
                    }
                    _ => show::glyph(rest, self.utf8, &mut row),
                };
                if column + width > self.columns {
                    let cell = row.split_off(start);
                    rows.push(core::mem::replace(&mut row, cell));
                    column = 0;
                }
                column += width;
                at += length.max(1);
            }
            rows.push(row);
        }
        rows
    }

    /// Shows one file; whether the one before is wanted next.
    #[inline(never)]
    fn file(&mut self, name: &[u8], last: bool, mut ask_first: bool) -> bool {
        let screen = self.rows.saturating_sub(1).max(1);
        let (mut at, mut left) = (0, screen);
        if self.has(b'c') {
            self.say(b"\x1b[H\x1b[J");
        }
        loop {
            while left > 0 && at < self.lines.len() && !ask_first {
                let row = self.lines.get(at).map_or(&b""[..], Vec::as_slice);
                self.cx.out.line(row);
                at += 1;
                left -= 1;
                if !self.has(b'l') && row.windows(2).any(|pair| pair == b"^L") {
                    break;
                }
            }
            if at >= self.lines.len() && !ask_first {
                let _ = self.cx.out.flush();
                if last || self.has(b'e') {
                    return false;
                }
            }
            ask_first = false;
            self.prompt(at, last);
            let (number, key) = self.key();
            self.say(b"\r\x1b[K");
            let count = number.unwrap_or(1);
            left = 0;
            // Other keys stand for letters.
            let letter = match key {
                Key::DOWN => b'j',
                Key::GONE => b'q',
                Key::PAGE_DOWN => b' ',
                _ => key.ascii(),
            };
            match key {
                Key::PAGE_UP => at = self.again(at, 2 * screen, &mut left),
                Key::UP => at = self.again(at, screen + 1, &mut left),
                _ => match letter {
                    b' ' | b'z' | 6 => left = number.unwrap_or(screen),
                    b'f' if number.is_none() => left = screen,
                    b'f' => {
                        at = (at + count * screen).min(self.lines.len());
                        left = screen;
                    }
                    b's' => {
                        at = (at + count).min(self.lines.len());
                        left = screen;
                    }
                    10 | 13 | b'j' => left = count,
                    b'k' => at = self.again(at, screen + count, &mut left),
                    b'd' | 4 => left = number.unwrap_or(screen / 2).max(1),
                    b'b' | 2 => at = self.again(at, 2 * screen, &mut left),
                    b'u' | 21 => at = self.again(at, screen + screen / 2, &mut left),
                    b'g' => {
                        at = count.saturating_sub(1).min(self.lines.len());
                        left = screen;
                    }
                    b'G' => {
                        at = self.lines.len().saturating_sub(screen);
                        left = screen;
                    }
                    b'/' | b'n' => {
                        if let Some(found) = self.search(at, letter == b'/', count) {
                            at = found;
                            left = screen;
                        }
                    }
                    b'=' => {
                        self.cx.print(b"%d\n", &[], &[at as i64]);
                    }
                    b'r' | b'R' | 12 => at = self.again(at, screen, &mut left),
                    b'h' | b'?' => {
                        (self.cx.house().help)(b"more", &mut self.cx.out);
                    }
                    b'v' => {
                        let editor = self.cx.var(b"EDITOR").unwrap_or(b"vi");
                        let mut command = [editor, b" "].concat();
                        text::quote::shell(name, self.utf8, &mut command);
                        self.run(&command);
                    }
                    b'!' => {
                        if let Some(command) = self.line(b"!") {
                            self.run(&command);
                        }
                    }
                    b':' => match self.keys.read().ascii() {
                        b'n' => return false,
                        b'p' => return true,
                        b'q' => self.done = true,
                        _ => {}
                    },
                    b'q' | b'Q' | 3 | 28 => self.done = true,
                    _ => self.say(b"\x07"),
                },
            }
            if self.done {
                return false;
            }
            if at >= self.lines.len() && left > 0 {
                return false;
            }
        }
    }

    /// Goes back so that `rows` rows are shown again.
    fn again(&mut self, at: usize, rows: usize, left: &mut usize) -> usize {
        *left = self.rows.saturating_sub(1).max(1);
        self.say(b"\x1b[H\x1b[J");
        at.saturating_sub(rows)
    }

    fn prompt(&mut self, at: usize, last: bool) {
        self.cx.out.write(b"\x1b[7m--More--");
        let total = self.lines.len();
        if at < total {
            self.cx.print(b"(%d%%)", &[], &[(at * 100 / total.max(1)) as i64]);
        } else if !last {
            self.cx.out.write(b"(Next file)");
        }
        if self.has(b'd') {
            self.cx.out.write(b"[Press space to continue, 'q' to quit.]");
        }
        self.say(b"\x1b[m");
    }

    fn key(&mut self) -> (Option<usize>, Key) {
        let mut number: Option<usize> = None;
        loop {
            match self.keys.read() {
                Key(digit @ 0x30..=0x39) => {
                    let value = number.unwrap_or(0) * 10 + digit as usize - 0x30;
                    number = Some(value.min(1 << 30));
                }
                Key::SIGNAL | Key::RESIZE | Key::UNKNOWN => {}
                key => return (number, key),
            }
        }
    }

    /// A line typed behind `prompt`.
    fn line(&mut self, prompt: &[u8]) -> Option<Vec<u8>> {
        self.say(prompt);
        let mut line = Vec::new();
        loop {
            match self.keys.read() {
                Key(10 | 13) => {
                    self.say(b"\r\x1b[K");
                    return Some(line);
                }
                Key(3 | 27) | Key::GONE => return None,
                Key(8 | 127) => {
                    line.truncate(show::before(&line, line.len(), self.utf8));
                }
                key => key.write(&mut line),
            }
            let mut shown = b"\r\x1b[K".to_vec();
            shown.extend_from_slice(prompt);
            show::plain(&line, self.utf8, &mut shown);
            self.say(&shown);
        }
    }

    #[inline(never)]
    fn search(&mut self, at: usize, new: bool, count: usize) -> Option<usize> {
        if new {
            let pattern = self.line(b"/")?;
            if !pattern.is_empty() {
                let flags = if self.has(b'i') { Flags::BASIC.with(Flags::ICASE) } else { Flags::BASIC };
                match Regex::new(&pattern, flags) {
                    Ok(regex) => self.pattern = Some(regex),
                    Err(error) => {
                        self.say(&[error.message(), b"\n"].concat());
                        return None;
                    }
                }
            }
        }
        let pattern = self.pattern.as_mut()?;
        let mut left = count.max(1);
        for (index, line) in self.lines.iter().enumerate().skip(at) {
            left -= usize::from(pattern.is_match(line));
            if left == 0 {
                return Some(index);
            }
        }
        self.say(b"Pattern not found\n");
        None
    }

    fn run(&mut self, command: &[u8]) {
        self.raw.pause();
        console::run_shell(self.cx, command);
        let _ = self.raw.again();
    }
}
