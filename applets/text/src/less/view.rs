//! What of the text is on the screen, and moving through it.

use super::layout::{Line, Look};
use super::{Pager, Place};
use crate::console::bit;
use applet::prelude::*;
use regex::Eflags;
use term::{Key, decimal};

impl Pager<'_, '_> {
    /// What the last row says next.
    #[inline(never)]
    pub fn tell(&mut self, message: &[u8]) {
        self.message = message.to_vec();
    }

    pub fn has(&self, letter: u8) -> bool {
        self.flags & bit(letter) != 0
    }

    /// Rows for text.
    pub fn height(&self) -> usize {
        self.screen.rows.saturating_sub(1).max(1)
    }

    pub fn look(&self) -> Look {
        Look {
            utf8: self.utf8,
            width: self.screen.columns.saturating_sub(if self.has(b'N') { 8 } else { 0 }).max(2),
            tab: self.tab,
            chop: self.has(b'S') || self.shift > 0,
            shift: self.shift,
            colors: self.has(b'R') || self.has(b'r'),
            plain: self.has(b'u'),
        }
    }

    fn line(&mut self, at: usize) -> Line {
        let look = self.look();
        Line::new(self.source.line(at), &look)
    }

    /// Whether a line is left out: by the filter, or as one of several blank ones.
    fn hidden(&mut self, at: usize) -> bool {
        if self.filter.is_some() {
            let line = self.line(at);
            return self.filter.as_mut().is_some_and(|(filter, not)| filter.is_match(&line.text) == *not);
        }
        self.has(b's')
            && at > 0
            && self.source.line(at) == b"\n"
            && self.source.previous(at).is_some_and(|before| self.source.line(before) == b"\n")
    }

    /// The line behind the one at `at`; `None` at the end.
    pub fn next_line(&mut self, mut at: usize) -> Option<usize> {
        loop {
            at += self.source.line(at).len();
            if self.source.line(at).is_empty() {
                return None;
            }
            if !self.hidden(at) {
                return Some(at);
            }
        }
    }

    pub fn previous_line(&mut self, mut at: usize) -> Option<usize> {
        loop {
            at = self.source.previous(at)?;
            if !self.hidden(at) {
                return Some(at);
            }
        }
    }

    fn row_count(&mut self, at: usize) -> usize {
        let look = self.look();
        self.line(at).rows(&look).len()
    }

    fn next_row(&mut self, (at, row): Place) -> Option<Place> {
        if row + 1 < self.row_count(at) {
            return Some((at, row + 1));
        }
        self.next_line(at).map(|at| (at, 0))
    }

    fn previous_row(&mut self, (at, row): Place) -> Option<Place> {
        if row > 0 {
            return Some((at, row - 1));
        }
        let at = self.previous_line(at)?;
        Some((at, self.row_count(at).saturating_sub(1)))
    }

    /// The last row on the screen.
    fn bottom(&mut self) -> (Place, usize) {
        let (mut place, mut used) = (self.top, 1);
        while used < self.height() {
            match self.next_row(place) {
                Some(next) => place = next,
                None => break,
            }
            used += 1;
        }
        (place, used)
    }

    /// Whether the end of the text is on the screen.
    pub fn at_end(&mut self) -> bool {
        let (bottom, _) = self.bottom();
        self.next_row(bottom).is_none()
    }

    /// Moves forward by `count` rows, as far as there is text to come; with `beyond`, until the last row is at the top.
    pub fn forward(&mut self, count: usize, beyond: bool) {
        let (mut bottom, _) = self.bottom();
        for moved in 0..count {
            match self.next_row(bottom) {
                Some(next) => bottom = next,
                None if beyond => {}
                None => {
                    if moved == 0 {
                        self.reached_end();
                    }
                    return;
                }
            }
            match self.next_row(self.top) {
                Some(top) => self.top = top,
                None => return,
            }
        }
    }

    fn reached_end(&mut self) {
        if self.has(b'E') || self.has(b'e') && self.ended {
            if self.file + 1 < self.files.len() {
                self.switch(self.file + 1);
            } else {
                self.status = Some(0);
            }
        } else {
            self.bell();
        }
        self.ended = true;
    }

    pub fn bell(&mut self) {
        if !self.has(b'q') {
            self.screen.write(b"\x07");
        }
    }

    pub fn backward(&mut self, count: usize) {
        self.ended = false;
        for moved in 0..count {
            match self.previous_row(self.top) {
                Some(top) => self.top = top,
                None => {
                    if moved == 0 {
                        self.bell();
                    }
                    return;
                }
            }
        }
    }

    /// Goes to a line, shows it in the row for that, and keeps the place before.
    pub fn jump(&mut self, at: usize) {
        let at = if self.hidden(at) { self.next_line(at).unwrap_or(at) } else { at };
        self.before = core::mem::replace(&mut self.top, (at, 0));
        let (height, digits) = (self.height(), self.target.strip_prefix(b"-").unwrap_or(&self.target));
        let row = match digits {
            [b'.', tenths, ..] => height * usize::from(tenths & 15) / 10,
            _ => num::parse_u64(digits).unwrap_or(0) as usize,
        };
        let row = if digits.len() < self.target.len() { (height + 1).saturating_sub(row) } else { row };
        for _ in 1..row.min(height) {
            self.top = self.previous_row(self.top).unwrap_or(self.top);
        }
        self.found = (at, self.top);
    }

    /// Goes to the last screen.
    pub fn jump_to_end(&mut self) {
        let size = self.source.size();
        let start = self.source.previous(size).unwrap_or(0);
        self.jump(start);
        self.top = (start, self.row_count(start).saturating_sub(1));
        if self.hidden(start)
            && let Some(at) = self.previous_line(start)
        {
            self.top = (at, self.row_count(at).saturating_sub(1));
        }
        for _ in 1..self.height() {
            match self.previous_row(self.top) {
                Some(top) => self.top = top,
                None => break,
            }
        }
    }

    /// Draws everything that has changed, and the prompt.
    pub fn draw(&mut self) {
        let look = self.look();
        let height = self.height();
        let mut row = 0;
        let mut place = Some(self.top);
        if self.source.line(self.top.0).is_empty() {
            place = None;
        }
        while let (Some((at, first)), true) = (place, row < height) {
            let mut line = self.line(at);
            if !self.has(b'G') && (!self.has(b'g') || at == self.found.0) {
                self.highlight(&mut line);
            }
            let starts = line.rows(&look);
            let ends = starts.iter().skip(1).copied().chain([line.text.len()]);
            for (index, (&start, end)) in starts.iter().zip(ends).enumerate().skip(first) {
                if row >= height {
                    break;
                }
                let mut out = Vec::new();
                if self.has(b'N') {
                    self.number(at, index == 0, &mut out);
                }
                let used = line.row(start, end, &look, &mut out);
                let columns =
                    self.screen.columns - (look.width - used.min(look.width)).min(self.screen.columns);
                self.screen.line(row, &out, columns);
                row += 1;
            }
            place = self.next_line(at).map(|at| (at, 0));
        }
        while row < height {
            let text: &[u8] = if self.has(b'~') { b"" } else { b"~" };
            self.screen.line(row, text, 1);
            row += 1;
        }
        self.prompt();
    }

    fn number(&mut self, at: usize, first: bool, out: &mut Vec<u8>) {
        let mut digits = Vec::new();
        if first {
            decimal(self.source.lines_before(at) + 1, &mut digits);
        }
        out.resize(out.len() + 7usize.saturating_sub(digits.len()), b' ');
        out.extend_from_slice(&digits);
        out.push(b' ');
    }

    fn highlight(&mut self, line: &mut Line) {
        let Some(pattern) = self.pattern.as_mut().filter(|_| !self.inverted) else { return };
        let mut at = 0;
        while let Some((from, to)) = pattern.find_at(&line.text, at, Eflags::NONE) {
            line.mark(from, to);
            at = if to > from { to } else { term::show::after(&line.text, to, self.utf8).max(to + 1) };
            if at > line.text.len() {
                break;
            }
        }
    }

    fn prompt(&mut self) {
        let mut text = core::mem::take(&mut self.message);
        let ended = self.at_end();
        if text.is_empty() {
            if self.has(b'M') {
                self.describe(&mut text);
            } else if self.has(b'm') {
                self.percentage(&mut text);
            }
            if text.is_empty() && !ended {
                text.push(b':');
            }
        }
        if ended {
            text.extend_from_slice(if text.is_empty() { b"(END)" } else { b" (END)" });
        }
        let mut shown = Vec::new();
        let plain = text == b":";
        if !plain {
            shown.extend_from_slice(b"\x1b[7m");
        }
        let mut columns = term::show::plain(&text, self.utf8, &mut shown);
        if columns >= self.screen.columns {
            // Too long: its end says the most.
            shown.truncate(4);
            let from = text.len().saturating_sub(self.screen.columns / 2);
            columns = term::show::plain(text.get(from..).unwrap_or_default(), self.utf8, &mut shown);
        }
        if !plain {
            shown.extend_from_slice(b"\x1b[m");
        }
        let row = self.height();
        self.screen.line(row, &shown, 0);
        self.screen.move_to(row, columns);
        self.screen.flush();
    }

    /// How far down the last row is.
    fn percentage(&mut self, text: &mut Vec<u8>) {
        let size = self.source.known_size();
        if self.source.complete() && size > 0 {
            let (bottom, _) = self.bottom();
            let end = bottom.0 + self.source.line(bottom.0).len();
            decimal((end.min(size) as u128 * 100 / size as u128) as usize, text);
            text.push(b'%');
        }
    }

    /// The file, lines and bytes that are shown.
    pub fn describe(&mut self, text: &mut Vec<u8>) {
        let name = self.files.get(self.file).cloned().unwrap_or_default();
        text.extend_from_slice(if name == b"-" { b"(standard input)" } else { &name });
        if self.files.len() > 1 {
            let numbers = [self.file as i64 + 1, self.files.len() as i64];
            applet::fill(b" (file %d of %d)", &[], &numbers, text);
        }
        let (bottom, _) = self.bottom();
        if !self.has(b'n') {
            let first = self.source.lines_before(self.top.0) as i64 + 1;
            let last = self.source.lines_before(bottom.0) as i64 + 1;
            applet::fill(b" lines %d-%d", &[], &[first, last], text);
            if self.source.complete() {
                let size = self.source.known_size();
                let mut lines = self.source.lines_before(size);
                lines += usize::from(size > 0 && self.source.line_start(size) < size);
                applet::fill(b"/%d", &[], &[lines as i64], text);
            }
        }
        let end = bottom.0 + self.source.line(bottom.0).len();
        applet::fill(b" byte %d", &[], &[end as i64], text);
        if self.source.complete() {
            applet::fill(b"/%d ", &[], &[self.source.known_size() as i64], text);
            self.percentage(text);
        }
    }

    /// Shows what is appended to the text, until a key is typed.
    pub fn follow(&mut self) {
        loop {
            self.source.look_again();
            self.jump_to_end();
            self.tell(b"Waiting for data... (Ctrl-C to stop)");
            self.draw();
            match self.screen.keys.read_within(500) {
                Key::TIMEOUT => {}
                Key::RESIZE => self.screen.resize(),
                _ => break,
            }
        }
    }
}
