//! Insert and replace mode.

use applet::prelude::*;
use term::Key;

use super::motion::Kind;
use super::text::blanks;
use super::{Vi, flag};

/// What `R` has put other text over: from where on each time, and where the old text is in `bytes`.
#[derive(Default)]
struct Replaced {
    places: Vec<(usize, usize)>,
    bytes: Vec<u8>,
}

/// What `^N` and `^P` offer for the beginning of a word at `from`; the last one is that beginning itself.
#[derive(Default)]
struct Words {
    from: usize,
    list: Vec<Vec<u8>>,
    back: bool,
    next: usize,
}

impl Vi<'_, '_> {
    /// `i`, `a`, `I`, `A`, `o`, `O`, `R`, and what `c` (or `S`, of lines) ends in (`how`): takes text in until Escape, `count` times.
    pub fn insert(&mut self, count: usize, how: u8) {
        let line = self.text.line_start(self.cursor);
        match how {
            b'a' => self.cursor = self.text.right(self.cursor),
            b'A' => self.cursor = self.text.line_end(line),
            b'I' => self.cursor = self.indent_end(line),
            _ => {}
        }
        self.note_change();
        if matches!(how, b'o' | b'O') {
            self.open(how == b'o');
        }
        let mut start = self.cursor;
        let mut replaced = Replaced::default();
        self.mode = if how == b'R' { b"R" } else { b"I" };
        // Whether the indentation is not typed: it goes if nothing follows it.
        let mut indented =
            matches!(how, b'o' | b'O' | b'S') && self.cursor > self.text.line_start(self.cursor);
        let mut words = Words::default();
        loop {
            let key = self.mapped_key(b'!');
            self.abbreviation(key, start);
            let at = self.cursor;
            let line = self.text.line_start(at);
            if !matches!(key, Key(14 | 16)) {
                words.list.clear();
            }
            match key {
                Key(3 | 27) | Key::GONE => break,
                Key(8 | 127) if how == b'R' => {
                    if !self.restore(&mut replaced) {
                        self.cursor = self.text.left(at);
                    }
                }
                Key(21 | 23) if how == b'R' => {
                    let mut blank = true;
                    while let Some(&(from, _)) = replaced.places.last() {
                        let class = self.class(from, false);
                        if key.0 == 23 && class == 0 && !blank {
                            break;
                        }
                        blank &= class == 0;
                        self.restore(&mut replaced);
                    }
                }
                Key(8 | 127) => self.rub(self.text.left(at)),
                Key(21 | 23) => {
                    // What is typed now goes first.
                    let least = if at > start { start.max(line) } else { line };
                    let mut to = at;
                    while to > least && (key.0 == 21 || self.class(to - 1, false) == 0) {
                        to -= 1;
                    }
                    let class = self.class(to.saturating_sub(1), false);
                    while to > least && self.class(to - 1, false) == class {
                        to -= 1;
                    }
                    self.rub(to);
                }
                Key(10 | 13) => {
                    if indented {
                        self.drop_indent();
                    }
                    indented = self.new_line();
                    continue;
                }
                Key(4 | 20) => {
                    let first = self.indent_end(line);
                    let (column, width) = (self.text.column(first), self.set.shiftwidth.max(1));
                    let steps =
                        if key.0 == 20 { column / width + 1 } else { column.saturating_sub(1) / width };
                    let indent = self.indentation(steps * width);
                    self.text.replace(line, first, &indent);
                    let moved = |at: usize| at.max(first) - first + line + indent.len();
                    self.cursor = moved(at);
                    start = if start < line { start } else { moved(start) };
                    for place in replaced.places.iter_mut().filter(|place| place.0 >= line) {
                        place.0 = moved(place.0);
                    }
                    continue;
                }
                Key(22 | 17) => {
                    let key = self.key();
                    self.type_in(if key == Key(10) { Key(0) } else { key }, how, &mut replaced);
                }
                Key(14 | 16) => {
                    if words.list.is_empty() {
                        words = self.words_like(at, key.0 == 16);
                    }
                    words.next = (words.next
                        + if (key.0 == 16) == words.back { 1 } else { words.list.len() - 1 })
                        % words.list.len();
                    let word = words.list.get(words.next).map_or(&b""[..], |word| word);
                    self.text.replace(words.from, at, word);
                    self.cursor = words.from + word.len();
                }
                Key(18) => {
                    let name = self.key().ascii();
                    if let Some((text, _)) = self.stored(name) {
                        self.put_in(&text, b'i', &mut replaced);
                    }
                }
                Key(9) if self.set.on(flag::EXPANDTAB) => {
                    let width = self.text.tab - self.text.column(at) % self.text.tab;
                    self.put_in(&alloc::vec![b' '; width], how, &mut replaced);
                }
                Key::LEFT | Key::RIGHT | Key::UP | Key::DOWN | Key::HOME | Key::END => {
                    self.arrow(key);
                    self.text.begin(self.cursor);
                    continue;
                }
                Key::DELETE => {
                    if self.text.byte(at) != b'\n' {
                        self.text.replace(at, self.text.right(at), b"");
                    } else if at + 1 < self.text.len() {
                        self.text.replace(at, at + 1, b"");
                    }
                }
                key if key.is_text() || key.0 < 32 => {
                    self.type_in(key, how, &mut replaced);
                    if self.set.on(flag::SHOWMATCH) && matches!(key.ascii(), b')' | b']' | b'}') {
                        self.show_match(at);
                    }
                }
                _ => continue,
            }
            indented = false;
            start = start.min(self.cursor);
        }
        self.mode = b"-";
        if indented {
            self.drop_indent();
        }
        let typed = self.text.slice(start, self.cursor).to_vec();
        for _ in 1..count.min(100_000) {
            if matches!(how, b'o' | b'O') {
                self.put_in(b"\n", how, &mut replaced);
            }
            if how == b'R' {
                let mut at = 0;
                while at < typed.len() {
                    let next = term::show::after(&typed, at, self.text.utf8);
                    self.put_in(typed.get(at..next).unwrap_or_default(), how, &mut replaced);
                    at = next;
                }
            } else {
                self.put_in(&typed, how, &mut replaced);
            }
        }
        self.text.set_mark(b'^', self.cursor);
        self.cursor = self.text.left(self.cursor);
        self.keep_column = false;
    }

    /// A new line below or above, indented as this one if so set.
    fn open(&mut self, below: bool) {
        let line = self.text.line_start(self.cursor);
        let indent = self.auto_indent(line);
        let at = if below { self.text.line_end(line) } else { line };
        self.text.replace(at, at, b"\n");
        self.cursor = at + usize::from(below);
        self.text.replace(self.cursor, self.cursor, &indent);
        self.cursor += indent.len();
    }

    fn auto_indent(&self, line: usize) -> Vec<u8> {
        if self.set.on(flag::AUTOINDENT) {
            self.text.slice(line, self.indent_end(line)).to_vec()
        } else {
            Vec::new()
        }
    }

    /// The end of the blanks that the line begins with.
    fn indent_end(&self, line: usize) -> usize {
        let end = self.text.line_end(line);
        line + blanks(self.text.slice(line, end))
    }

    /// The line is broken at the cursor; whether the new one is indented.
    fn new_line(&mut self) -> bool {
        let at = self.cursor;
        let line = self.text.line_start(at);
        let indent = self.text.slice(line, self.indent_end(line).min(at));
        let indent = if self.set.on(flag::AUTOINDENT) { indent.to_vec() } else { Vec::new() };
        // The blanks before the rest of the line make way for the indentation.
        let mut rest = at;
        while self.set.on(flag::AUTOINDENT) && matches!(self.text.byte(rest), b' ' | b'\t') {
            rest += 1;
        }
        self.text.replace(at, rest, &[b"\n", &indent[..]].concat());
        self.cursor = at + 1 + indent.len();
        !indent.is_empty()
    }

    fn drop_indent(&mut self) {
        let line = self.text.line_start(self.cursor);
        if self.indent_end(line) == self.text.line_end(line) {
            let end = self.text.line_end(line);
            self.text.replace(line, end, b"");
            self.cursor = line;
        }
    }

    /// Removes what is between `to` and the cursor, or the newline before.
    fn rub(&mut self, to: usize) {
        let to = if to == self.cursor { to.saturating_sub(1) } else { to };
        self.text.replace(to, self.cursor, b"");
        self.cursor = to;
    }

    /// Takes back the last thing that `R` has put in; whether there was one.
    fn restore(&mut self, replaced: &mut Replaced) -> bool {
        let Some((from, old)) = replaced.places.pop() else { return false };
        self.text.replace(from, self.cursor, replaced.bytes.get(old..).unwrap_or_default());
        replaced.bytes.truncate(old);
        self.cursor = from;
        true
    }

    fn type_in(&mut self, key: Key, how: u8, replaced: &mut Replaced) {
        let mut bytes = Vec::new();
        key.write(&mut bytes);
        self.put_in(&bytes, how, replaced);
    }

    fn put_in(&mut self, bytes: &[u8], how: u8, replaced: &mut Replaced) {
        let at = self.cursor;
        let end = if how == b'R' && self.text.byte(at) != b'\n' { self.text.right(at) } else { at };
        if how == b'R' {
            replaced.places.push((at, replaced.bytes.len()));
            replaced.bytes.extend_from_slice(self.text.slice(at, end));
        }
        self.text.replace(at, end, bytes);
        self.cursor = at + bytes.len();
    }

    fn arrow(&mut self, key: Key) {
        let at = self.cursor;
        match key {
            Key::LEFT => self.cursor = self.text.left(at),
            Key::RIGHT => self.cursor = self.text.right(at),
            Key::END => self.cursor = self.text.line_end(at),
            Key::HOME => self.cursor = self.text.line_start(at),
            _ => {
                if let Some(motion) =
                    self.motion(key, 1, false, 0).filter(|motion| motion.kind == Kind::Lines)
                {
                    self.cursor = motion.to;
                }
            }
        }
    }

    /// The words of the text that begin as the one before `at`: the next ones first, or with `back` the last ones.
    fn words_like(&self, at: usize, back: bool) -> Words {
        let line = self.text.line_start(at);
        let mut from = at;
        while from > line && self.class(from - 1, false) == 1 {
            from -= 1;
        }
        let (mut all, mut before, mut place) = (Vec::new(), 0, 0);
        let begun = self.text.slice(from, at);
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
        for word in self.text.bytes.split(|&byte| !is_word(byte)) {
            if place != from && word.len() > begun.len() && word.starts_with(begun) {
                all.push(word);
                before += usize::from(place < at);
            }
            place += word.len() + 1;
        }
        let mut list: Vec<Vec<u8>> = Vec::new();
        for turn in 0..all.len() {
            let index = before + if back { all.len() - 1 - turn } else { turn };
            if let Some(word) = all.get(index % all.len())
                && list.len() < 4096
                && !list.iter().any(|other| other == word)
            {
                list.push(word.to_vec());
            }
        }
        list.push(begun.to_vec());
        Words { from, back, next: list.len() - 1, list }
    }

    /// Shows the bracket that belongs to the one just typed, for a moment.
    fn show_match(&mut self, at: usize) {
        if self.screen.keys.waiting() {
            return;
        }
        if let Some(partner) = self.matching(at) {
            let cursor = core::mem::replace(&mut self.cursor, partner);
            self.draw();
            let key = self.screen.keys.read_within(300);
            self.cursor = cursor;
            if key != Key::TIMEOUT {
                self.screen.keys.inject(&[key]);
            }
        }
    }
}
