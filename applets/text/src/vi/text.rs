//! The text of a file: bytes that always end with a newline, with undo, redo and marks.

use alloc::vec::Vec;
use term::show;

/// One replacement of bytes.
struct Change {
    at: usize,
    old: Vec<u8>,
    new: Vec<u8>,
    /// It begins what one `u` takes back.
    first: bool,
    /// Where the cursor was before.
    cursor: usize,
}

/// A text and its history.
pub struct Text {
    pub bytes: Vec<u8>,
    pub utf8: bool,
    /// There is not even an empty line: written, it is an empty file.
    pub void: bool,
    /// It is not what was written last.
    pub modified: bool,
    pub tab: usize,
    /// Marks by name; 0 is one that has gone.
    pub marks: Vec<(u8, usize)>,
    undo: Vec<Change>,
    redo: Vec<Change>,
    /// The next change begins a new step of undo; the cursor for it.
    step: Option<usize>,
    lines: usize,
    /// A place and the number of its line, counted from 0.
    known: (usize, usize),
}

#[inline(never)]
fn newlines(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

/// How many blanks a line begins with.
#[inline(never)]
pub fn blanks(line: &[u8]) -> usize {
    line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// The place in `new` that is in the same line and column as the end of `old`, as far as there is one.
fn same_place(old: &[u8], new: &[u8]) -> usize {
    let mut rest = new;
    for _ in 0..newlines(old) {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        rest = rest.get(end..).unwrap_or_default();
    }
    let column = old.len() - memchr::memrchr(b'\n', old).map_or(0, |at| at + 1);
    new.len() - rest.len() + column.min(memchr::memchr(b'\n', rest).unwrap_or(rest.len()))
}

impl Text {
    pub fn new(mut bytes: Vec<u8>, utf8: bool) -> Text {
        let void = bytes.is_empty();
        if bytes.last() != Some(&b'\n') {
            bytes.push(b'\n');
        }
        let lines = newlines(&bytes);
        Text {
            bytes,
            utf8,
            void,
            modified: false,
            tab: 8,
            marks: Vec::new(),
            undo: Vec::new(),
            redo: Vec::new(),
            step: Some(0),
            lines,
            known: (0, 0),
        }
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b'\n')
    }

    #[inline(never)]
    pub fn slice(&self, from: usize, to: usize) -> &[u8] {
        self.bytes.get(from..to.min(self.bytes.len())).unwrap_or_default()
    }

    /// How many lines there are.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// What follows is one step for undo.
    pub fn begin(&mut self, cursor: usize) {
        self.step = Some(cursor);
    }

    /// Replaces the bytes from `from` to `to`.
    pub fn replace(&mut self, from: usize, to: usize, new: &[u8]) {
        let old = self.slice(from, to).to_vec();
        // The last line keeps a newline.
        let ends = new.last().map_or(from > 0 && self.byte(from - 1) == b'\n', |&byte| byte == b'\n');
        if to >= self.len() && !ends {
            self.replace(from, to, &[new, b"\n"].concat());
            self.void = from == 0 && new.is_empty();
            return;
        }
        if old.is_empty() && new.is_empty() {
            return;
        }
        self.redo.clear();
        let joined = self.step.is_none()
            && self.undo.last_mut().is_some_and(|last| {
                let end = last.at + last.new.len();
                if old.is_empty() && from == end {
                    last.new.extend_from_slice(new);
                    return true;
                }
                if new.is_empty() && to == end && from >= last.at {
                    last.new.truncate(from - last.at);
                    return true;
                }
                false
            });
        let change = Change {
            at: from,
            old,
            new: new.to_vec(),
            first: self.step.is_some(),
            cursor: self.step.unwrap_or(0),
        };
        self.apply(from, change.old.len(), new);
        if !joined {
            self.undo.push(change);
        }
        self.step = None;
    }

    fn apply(&mut self, at: usize, length: usize, new: &[u8]) {
        let end = (at + length).min(self.bytes.len());
        let at = at.min(end);
        self.lines = self.lines + newlines(new) - newlines(self.slice(at, end)).min(self.lines);
        if at < self.known.0 {
            self.known = (0, 0);
        }
        // Marks of lines that go, go with them; the place before a jump does not.
        let whole = at == 0 || self.byte(at - 1) == b'\n';
        let goes = new.is_empty() && whole && end > at && self.byte(end - 1) == b'\n';
        let same = newlines(new) == newlines(self.slice(at, end));
        for (name, mark) in &mut self.marks {
            if *mark >= end {
                *mark = *mark - (end - at) + new.len();
            } else if *mark >= at {
                // As many lines as before: it stays in its line.
                let before = self.bytes.get(at..*mark).filter(|_| same).unwrap_or_default();
                *mark = at + same_place(before, new);
                if goes && *name != b'\'' {
                    *name = 0;
                }
            }
        }
        let (size, behind) = (self.bytes.len(), at + new.len());
        if behind != end {
            self.bytes.resize(size + behind.saturating_sub(end), 0);
            self.bytes.copy_within(end..size, behind);
            self.bytes.truncate(size - end + behind);
        }
        if let Some(room) = self.bytes.get_mut(at..behind) {
            room.copy_from_slice(new);
        }
        self.void = false;
        self.modified = true;
    }

    /// Takes a step back (or a step that was taken back, forward): where the cursor goes.
    pub fn step_back(&mut self, forward: bool) -> Option<usize> {
        let mut top: Option<usize> = None;
        let (mut cursor, mut inserted) = (0, false);
        loop {
            let list = if forward { &mut self.redo } else { &mut self.undo };
            // Forward, a step ends before the next one that begins.
            if forward && top.is_some() && list.last().is_none_or(|change| change.first) {
                break;
            }
            let Some(change) = list.pop() else { break };
            let first = change.first;
            (cursor, inserted) = (change.cursor, change.old.is_empty());
            top = Some(top.map_or(change.at, |top| top.min(change.at)));
            if forward {
                self.apply(change.at, change.old.len(), &change.new);
                self.undo.push(change);
            } else {
                self.apply(change.at, change.new.len(), &change.old);
                self.redo.push(change);
                if first {
                    break;
                }
            }
        }
        self.step = Some(cursor);
        let top = top?.min(self.len().saturating_sub(1));
        let line = self.line_start(top);
        let back = !forward
            && (self.line_start(cursor.min(self.len() - 1)) == line
                || inserted && self.next_line(cursor) == Some(line));
        Some(if back { cursor } else { self.first_nonblank(line) })
    }

    /// The number of the line that `at` is in, counted from 0.
    pub fn number(&mut self, at: usize) -> usize {
        let at = at.min(self.len());
        let (place, number) = self.known;
        let number = if at >= place {
            number + newlines(self.slice(place, at))
        } else {
            number - newlines(self.slice(at, place)).min(number)
        };
        self.known = (at, number);
        number
    }

    /// Where line `number` (from 0) begins; the last line's start if there are fewer.
    pub fn start_of(&mut self, number: usize) -> usize {
        let number = number.min(self.lines.saturating_sub(1));
        let (place, known) = self.known;
        let at = if number > known {
            let rest = self.slice(place, self.len());
            memchr::memchr_iter(b'\n', rest).nth(number - known - 1).map_or(0, |at| place + at + 1)
        } else if number * 2 > known {
            let back = known - number;
            memchr::memrchr_iter(b'\n', self.slice(0, place)).nth(back).map_or(0, |at| at + 1)
        } else {
            match number.checked_sub(1) {
                Some(before) => memchr::memchr_iter(b'\n', &self.bytes).nth(before).map_or(0, |at| at + 1),
                None => 0,
            }
        };
        self.known = (at, number);
        at
    }

    pub fn line_start(&self, at: usize) -> usize {
        memchr::memrchr(b'\n', self.slice(0, at)).map_or(0, |at| at + 1)
    }

    /// Where the newline of the line is.
    pub fn line_end(&self, at: usize) -> usize {
        memchr::memchr(b'\n', self.slice(at, self.len())).map_or(self.len().saturating_sub(1), |end| at + end)
    }

    /// The start of the next line; `None` in the last one.
    pub fn next_line(&self, at: usize) -> Option<usize> {
        Some(self.line_end(at) + 1).filter(|&next| next < self.len())
    }

    /// The start of the line before.
    pub fn previous_line(&self, at: usize) -> Option<usize> {
        self.line_start(at).checked_sub(1).map(|end| self.line_start(end))
    }

    /// The character behind, on the same line: the newline at most.
    pub fn right(&self, at: usize) -> usize {
        if self.byte(at) == b'\n' {
            return at;
        }
        at + show::after(self.slice(at, self.line_end(at)), 0, self.utf8).max(1)
    }

    /// The character before, on the same line.
    pub fn left(&self, at: usize) -> usize {
        let start = self.line_start(at);
        start + show::before(self.slice(start, at), at - start, self.utf8)
    }

    /// The first character of a line that is no blank, or its last one.
    pub fn first_nonblank(&self, start: usize) -> usize {
        let end = self.line_end(start);
        self.settle(start + blanks(self.slice(start, end)))
    }

    /// The last character of the line, for the cursor; the newline of an empty line.
    pub fn last_of_line(&self, at: usize) -> usize {
        self.left(self.line_end(at))
    }

    /// A place for the cursor in command mode: on a character, not behind the last one.
    pub fn settle(&self, at: usize) -> usize {
        let at = at.min(self.len().saturating_sub(1));
        if self.byte(at) == b'\n' { self.left(at) } else { at }
    }

    /// Columns of the character at `at`, when it begins in `column`.
    pub fn width(&self, at: usize, column: usize) -> usize {
        match self.byte(at) {
            b'\t' => self.tab - column % self.tab,
            32..=126 => 1,
            _ => show::glyph(self.slice(at, at + 8), self.utf8, &mut Vec::new()).1,
        }
    }

    /// The column in which the character at `at` begins.
    pub fn column(&self, at: usize) -> usize {
        let (mut place, mut column) = (self.line_start(at), 0);
        while place < at {
            column += self.width(place, column);
            place = self.right(place).max(place + 1);
        }
        column
    }

    /// The character of the line at `start` that covers `column`, or its last one.
    pub fn at_column(&self, start: usize, column: usize) -> usize {
        let (mut at, mut here) = (start, 0);
        while self.byte(at) != b'\n' {
            here += self.width(at, here);
            if here > column {
                return at;
            }
            at = self.right(at);
        }
        self.settle(at)
    }

    pub fn mark(&self, name: u8) -> Option<usize> {
        let found = self.marks.iter().find(|(other, _)| *other == name)?;
        Some(found.1.min(self.len().saturating_sub(1)))
    }

    pub fn set_mark(&mut self, name: u8, at: usize) {
        match self.marks.iter_mut().find(|(other, _)| *other == name) {
            Some(mark) => mark.1 = at,
            None => self.marks.push((name, at)),
        }
    }
}
