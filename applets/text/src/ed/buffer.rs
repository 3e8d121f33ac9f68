//! The text: lines in an arena that only grows, so that all states can be gone back to.

use alloc::vec::Vec;

/// A line: where its text is, and a number that no other line has.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Line {
    start: usize,
    length: usize,
    pub id: usize,
}

#[derive(Default)]
pub struct Buffer {
    text: Vec<u8>,
    lines: Vec<Line>,
    /// The current line; 0 is before the first.
    pub current: usize,
    pub modified: bool,
    /// The state before the last command that changed something.
    before: Option<(Vec<Line>, usize, bool)>,
    /// The changes of the command that runs now belong together.
    pub kept: bool,
    ids: usize,
    marks: [usize; 26],
}

impl Buffer {
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// The text of a line, from 1 on, without its newline.
    pub fn get(&self, number: usize) -> &[u8] {
        let line = number.checked_sub(1).and_then(|at| self.lines.get(at)).copied().unwrap_or_default();
        self.text.get(line.start..line.start + line.length).unwrap_or_default()
    }

    pub fn id(&self, number: usize) -> usize {
        number.checked_sub(1).and_then(|at| self.lines.get(at)).map_or(0, |line| line.id)
    }

    /// The lines from and up to, the last one included.
    pub fn copy(&self, (first, last): (usize, usize)) -> Vec<Line> {
        self.lines.get(first.saturating_sub(1)..last).unwrap_or_default().to_vec()
    }

    /// Remembers the state, before the first change of a command.
    pub fn keep(&mut self) {
        if !self.kept {
            self.before = Some((self.lines.clone(), self.current, self.modified));
            self.kept = true;
        }
        self.modified = true;
    }

    /// Goes back to the remembered state, and remembers the present one; false if there is none.
    pub fn undo(&mut self) -> bool {
        let Some((lines, current, modified)) = self.before.take() else { return false };
        let lines = core::mem::replace(&mut self.lines, lines);
        self.before = Some((lines, self.current, self.modified));
        (self.current, self.modified) = (current, modified);
        true
    }

    /// This is the state that nothing goes back behind.
    pub fn begin(&mut self) {
        (self.before, self.modified, self.kept) = (None, false, true);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Buffer { ids: self.ids, ..Buffer::default() };
    }

    fn fresh(&mut self) -> usize {
        self.ids += 1;
        self.ids
    }

    /// Puts a line behind the line `after`.
    pub fn insert(&mut self, after: usize, text: &[u8]) {
        let line = self.line(text);
        self.lines.insert(after.min(self.lines.len()), line);
    }

    fn line(&mut self, text: &[u8]) -> Line {
        let start = self.text.len();
        self.text.extend_from_slice(text);
        Line { start, length: text.len(), id: self.fresh() }
    }

    /// Puts the lines of a text behind the line `after`; gives how many.
    pub fn insert_text(&mut self, after: usize, text: &[u8]) -> usize {
        let mut at = self.text.len();
        self.text.extend_from_slice(text);
        let mut new = Vec::new();
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            let length = line.strip_suffix(b"\n").unwrap_or(line).len();
            let id = self.fresh();
            new.push(Line { start: at, length, id });
            at += line.len();
        }
        let count = new.len();
        self.put(after, new);
        count
    }

    /// Puts lines behind the line `after`.
    pub fn put(&mut self, after: usize, new: Vec<Line>) {
        let after = after.min(self.lines.len());
        let behind = self.lines.split_off(after);
        self.lines.extend_from_slice(&new);
        self.lines.extend_from_slice(&behind);
    }

    /// Lines with the same texts and new numbers.
    pub fn renew(&mut self, lines: &mut [Line]) {
        for line in lines {
            line.id = self.fresh();
        }
    }

    pub fn remove(&mut self, (first, last): (usize, usize)) {
        let last = last.min(self.lines.len());
        let first = first.saturating_sub(1).min(last);
        self.lines.drain(first..last);
    }

    /// Removes all lines that `ids`, in the order of the lines, tells; the last one that goes leaves its place current.
    pub fn remove_all(&mut self, ids: &[usize]) {
        let mut ids = ids.iter().peekable();
        let (mut left, mut place) = (0, 0);
        self.lines.retain(|line| {
            let goes = ids.next_if(|id| **id == line.id).is_some();
            if goes {
                place = left + 1;
            } else {
                left += 1;
            }
            !goes
        });
        self.current = place.min(left);
    }

    /// Replaces the text of a line; it stays the same line for marks.
    pub fn replace(&mut self, number: usize, text: &[u8]) {
        let new = self.line(text);
        if let Some(line) = number.checked_sub(1).and_then(|at| self.lines.get_mut(at)) {
            *line = Line { id: line.id, ..new };
        }
    }

    pub fn mark(&mut self, letter: u8, number: usize) {
        let id = self.id(number);
        if let Some(mark) = self.marks.get_mut(usize::from(letter.wrapping_sub(b'a'))) {
            *mark = id;
        }
    }

    /// The number of a marked line.
    pub fn marked(&self, letter: u8) -> Option<usize> {
        let id = *self.marks.get(usize::from(letter.wrapping_sub(b'a')))?;
        self.find(id, 0)
    }

    /// The number of the line with this id; `hint` is where it may be.
    pub fn find(&self, id: usize, hint: usize) -> Option<usize> {
        if id == 0 {
            return None;
        }
        let (before, behind) =
            self.lines.split_at_checked(hint.saturating_sub(1)).unwrap_or((&self.lines, &[]));
        let is = |line: &Line| line.id == id;
        let found = behind.iter().position(is).map(|at| at + before.len());
        found.or_else(|| before.iter().position(is)).map(|at| at + 1)
    }
}
