//! Text objects: words, quotes, brackets and paragraphs around the cursor.

use super::Vi;
use super::motion::Kind;
use super::text::blanks;

/// A piece of text that an object names.
pub struct Object {
    pub from: usize,
    pub to: usize,
    pub kind: Kind,
}

impl Vi<'_, '_> {
    /// The object `letter` around the cursor; `around` takes its blanks or its delimiters, too.
    pub fn object(&mut self, letter: u8, around: bool, count: usize) -> Option<Object> {
        match letter {
            b'w' | b'W' => self.word_object(letter == b'W', around, count),
            b'"' | b'\'' | b'`' => self.quoted(letter, around),
            b'(' | b')' | b'b' => self.bracketed(b'(', b')', around, count),
            b'{' | b'}' | b'B' => self.bracketed(b'{', b'}', around, count),
            b'[' | b']' => self.bracketed(b'[', b']', around, count),
            b'<' | b'>' => self.bracketed(b'<', b'>', around, count),
            b'p' => self.paragraph_object(around, count),
            _ => None,
        }
    }

    /// The end of the run of characters of one class from `at` on, within its line.
    fn run_end(&self, at: usize, big: bool) -> usize {
        let class = self.class(at, big);
        let end = self.text.line_end(at);
        (at..end).find(|&at| self.class(at, big) != class).unwrap_or(end)
    }

    fn run_start(&self, at: usize, big: bool) -> usize {
        let class = self.class(at, big);
        let start = self.text.line_start(at);
        (start..at).rev().find(|&at| self.class(at, big) != class).map_or(start, |at| at + 1)
    }

    fn word_object(&self, big: bool, around: bool, count: usize) -> Option<Object> {
        let mut from = self.run_start(self.cursor, big);
        let end = self.text.line_end(from);
        let mut to = from;
        if !around {
            for turn in 0..count {
                if to >= end && turn > 0 {
                    return None;
                }
                to = self.run_end(to, big);
            }
            return Some(Object { from, to, kind: Kind::Exclusive });
        }
        let began_blank = self.class(from, big) == 0;
        for turn in 0..count {
            if to >= end && turn > 0 {
                return None;
            }
            to = self.run_end(to, big);
            if to < end && (began_blank || self.class(to, big) == 0) {
                to = self.run_end(to, big);
            } else if !began_blank && from > 0 && self.class(from - 1, big) == 0 {
                // No blanks behind: those before.
                let start = self.run_start(from - 1, big);
                // But not the indentation of the line.
                if start > self.text.line_start(from) && self.text.byte(from - 1) != b'\n' {
                    from = start;
                }
            }
        }
        Some(Object { from, to, kind: Kind::Exclusive })
    }

    fn quoted(&self, quote: u8, around: bool) -> Option<Object> {
        let (start, end) = (self.text.line_start(self.cursor), self.text.line_end(self.cursor));
        let mut at = start;
        let mut open = None;
        while at < end {
            match self.text.byte(at) {
                b'\\' if open.is_some() => at += 1,
                byte if byte == quote => match open {
                    None => open = Some(at),
                    Some(first) if at >= self.cursor => {
                        let (mut from, mut to) = if around { (first, at + 1) } else { (first + 1, at) };
                        let blank = |at: usize| matches!(self.text.byte(at), b' ' | b'\t');
                        if around && blank(to) {
                            while blank(to) {
                                to += 1;
                            }
                        } else if around {
                            while from > start && blank(from - 1) {
                                from -= 1;
                            }
                        }
                        return Some(Object { from, to, kind: Kind::Exclusive });
                    }
                    Some(_) => open = None,
                },
                _ => {}
            }
            at += 1;
        }
        None
    }

    fn bracketed(&self, open: u8, close: u8, around: bool, count: usize) -> Option<Object> {
        let inside = self.enclosing(self.cursor, open, close, count);
        // Outside of all, the next pair is meant.
        let next = || {
            if count > 1 {
                None
            } else {
                (self.cursor..self.text.len()).find(|&at| self.text.byte(at) == open)
            }
        };
        let at = inside.or_else(next)?;
        self.between(at, open, close, around)
    }

    /// The opening bracket around `at`.
    fn enclosing(&self, at: usize, open: u8, close: u8, count: usize) -> Option<usize> {
        let mut at = at;
        if self.text.byte(at) == close {
            at = self.partner(at, false, open, close)?;
        }
        let mut left = count;
        loop {
            if self.text.byte(at) == open && left == 1 {
                break;
            }
            left -= usize::from(self.text.byte(at) == open);
            // The bracket around: the first one to the left that is not closed before the cursor.
            let mut depth = 0usize;
            at = (0..at).rev().find(|&at| {
                let byte = self.text.byte(at);
                if byte == close {
                    depth += 1;
                } else if byte == open {
                    if depth == 0 {
                        return true;
                    }
                    depth -= 1;
                }
                false
            })?;
        }
        Some(at)
    }

    /// What is between a bracket and its partner.
    fn between(&self, at: usize, open: u8, close: u8, around: bool) -> Option<Object> {
        let end = self.partner(at, true, open, close)?;
        if around {
            return Some(Object { from: at, to: end + 1, kind: Kind::Exclusive });
        }
        let (mut from, mut to) = (at + 1, end);
        // A block's own lines, when its brackets end and begin lines.
        let line = self.text.line_start(end);
        let blank_before = line + blanks(self.text.slice(line, end)) == end;
        if self.text.byte(from) == b'\n' && line > from {
            from += 1;
            if blank_before {
                to = line;
                if from >= to {
                    return Some(Object { from, to: from, kind: Kind::Exclusive });
                }
                return Some(Object { from, to: to - 1, kind: Kind::Lines });
            }
        } else if blank_before && line > from {
            to = line - 1;
        }
        Some(Object { from, to, kind: Kind::Exclusive })
    }

    fn paragraph_object(&self, around: bool, count: usize) -> Option<Object> {
        let is_blank = |start: usize| {
            let end = self.text.line_end(start);
            start + blanks(self.text.slice(start, end)) == end
        };
        let mut from = self.text.line_start(self.cursor);
        let own = is_blank(from);
        while let Some(before) = self.text.previous_line(from).filter(|&before| is_blank(before) == own) {
            from = before;
        }
        let mut last = from;
        let mut kind = own;
        let turns = if around { 2 * count } else { count };
        for turn in 0..turns {
            let mut next = if turn == 0 { Some(last) } else { self.text.next_line(last) };
            if next.is_none() {
                if around && turn + 1 == turns && !own {
                    // No blank lines behind: those before.
                    while let Some(before) = self.text.previous_line(from).filter(|&before| is_blank(before))
                    {
                        from = before;
                    }
                    break;
                }
                return None;
            }
            while let Some(line) = next.filter(|&line| is_blank(line) == kind) {
                last = line;
                next = self.text.next_line(line);
            }
            kind = !kind;
        }
        Some(Object { from, to: last, kind: Kind::Lines })
    }
}
