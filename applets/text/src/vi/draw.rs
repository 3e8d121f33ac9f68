//! The screen: lines folded in rows, the cursor, and the status line.

use applet::prelude::*;
use term::{decimal, show};

use super::{Vi, flag};

impl Vi<'_, '_> {
    #[inline(never)]
    fn height(&self) -> usize {
        self.screen.rows.saturating_sub(1).max(1)
    }

    /// Columns for line numbers.
    #[inline(never)]
    fn margin(&self) -> usize {
        if self.set.on(flag::NUMBER) { 8 } else { 0 }
    }

    #[inline(never)]
    fn width(&self) -> usize {
        self.screen.columns.saturating_sub(self.margin()).max(2)
    }

    /// Appends the character at `at`, which begins in `column` of its line, as it is shown; its columns.
    fn cell(&self, at: usize, column: usize, out: &mut Vec<u8>) -> usize {
        match self.text.byte(at) {
            b'\n' => {
                out.push(if self.set.on(flag::LIST) { b'$' } else { b' ' });
                1
            }
            b'\t' if !self.set.on(flag::LIST) => {
                let width = self.text.width(at, column);
                out.resize(out.len() + width, b' ');
                width
            }
            _ => show::glyph(self.text.slice(at, self.text.line_end(at)), self.text.utf8, out).1,
        }
    }

    /// Where the rows of a line begin, as (byte, column of the line), at most `limit` rows.
    fn rows(&self, start: usize, limit: usize) -> Vec<(usize, usize)> {
        let width = self.width();
        let mut rows = alloc::vec![(start, 0)];
        let (mut at, mut column, mut used) = (start, 0, 0);
        let end = self.text.line_end(start);
        let line = self.text.slice(start, end);
        // The common case: but control characters take two columns.
        if line.len() < width && line.iter().all(|byte| (32..127).contains(byte)) {
            return rows;
        }
        let mut scratch = Vec::new();
        while at < end && rows.len() < limit {
            scratch.clear();
            let cell = self.cell(at, column, &mut scratch);
            if used + cell > width {
                rows.push((at, column));
                used = 0;
            }
            used += cell;
            column += cell;
            at = self.text.right(at);
        }
        rows
    }

    /// The row of its line that the cursor is in.
    fn cursor_row(&self) -> usize {
        let rows = self.rows(self.text.line_start(self.cursor), usize::MAX);
        rows.iter().rposition(|&(at, _)| at <= self.cursor).unwrap_or(0)
    }

    /// The place `count` rows above.
    fn rows_up(&self, (mut line, mut row): (usize, usize), count: usize) -> (usize, usize) {
        for _ in 0..count {
            if row > 0 {
                row -= 1;
            } else if let Some(before) = self.text.previous_line(line) {
                line = before;
                row = self.rows(line, usize::MAX).len() - 1;
            }
        }
        (line, row)
    }

    /// How many rows `place` is below the top of the screen, if it is on it or less than a screen below.
    fn distance(&self, place: (usize, usize)) -> Option<usize> {
        let (mut line, row) = self.top;
        let mut passed = 0usize;
        while line < place.0 {
            passed += self.rows(line, usize::MAX).len();
            if passed > row + 2 * self.height() {
                return None;
            }
            line = self.text.next_line(line)?;
        }
        (line == place.0).then_some(())?;
        (passed + place.1).checked_sub(row)
    }

    /// Moves the window so that the cursor is in it.
    fn follow_cursor(&mut self) {
        let place = (self.text.line_start(self.cursor), self.cursor_row());
        self.top.0 = self.text.line_start(self.top.0.min(self.text.len() - 1));
        let last = self.height() - 1;
        match self.distance(place) {
            Some(rows) if rows <= last => {}
            // A little below: it scrolls. Far away: it comes to the middle.
            Some(rows) if rows <= last + self.height() / 2 => self.top = self.rows_up(place, last),
            _ => {
                let mut up = place;
                let mut near = false;
                for _ in 0..self.height() / 2 {
                    let below = self.rows_below(up);
                    if below == Some(self.top) || up == self.top {
                        near = true;
                    }
                    match below {
                        Some(below) => up = below,
                        None => break,
                    }
                }
                self.top = if near { place } else { self.rows_up(place, self.height() / 2) };
            }
        }
    }

    fn rows_below(&self, (line, row): (usize, usize)) -> Option<(usize, usize)> {
        if row + 1 < self.rows(line, row + 2).len() {
            return Some((line, row + 1));
        }
        self.text.next_line(line).map(|line| (line, 0))
    }

    /// Whether the character at `at` is selected.
    fn selected(&self, at: usize) -> bool {
        let Some((anchor, by_line)) = self.selection else { return false };
        let (from, to) = (anchor.min(self.cursor), anchor.max(self.cursor));
        if by_line {
            at >= self.text.line_start(from) && at <= self.text.line_end(to)
        } else {
            at >= from && at <= to
        }
    }

    /// Draws what has changed.
    pub fn draw(&mut self) {
        self.follow_cursor();
        let height = self.height();
        let (mut row, mut line, mut skip) = (0, Some(self.top.0), self.top.1);
        let mut cursor = (0, 0);
        while let Some(start) = line.filter(|_| row < height) {
            let rows = self.rows(start, skip + height - row);
            for (index, &(from, column)) in rows.iter().enumerate().skip(skip) {
                if row >= height {
                    break;
                }
                let to = rows.get(index + 1).map_or_else(|| self.text.line_end(start), |next| next.0);
                let mut out = Vec::new();
                if self.set.on(flag::NUMBER) {
                    let mut digits = Vec::new();
                    if index == 0 {
                        decimal(self.text.number(start) + 1, &mut digits);
                    }
                    out.resize(7usize.saturating_sub(digits.len()), b' ');
                    out.extend_from_slice(&digits);
                    out.push(b' ');
                }
                let mut used = self.margin();
                let (mut at, mut here, mut inverse) = (from, column, false);
                loop {
                    let newline = self.text.byte(at) == b'\n';
                    if at > to || at == to && !newline {
                        break;
                    }
                    let selected = self.selected(at);
                    if self.cursor == at {
                        // The cursor of command mode is on the last column of a tab.
                        let wide =
                            self.text.byte(at) == b'\t' && self.mode != b"I" && !self.set.on(flag::LIST);
                        cursor = (row, used + if wide { self.text.width(at, here) - 1 } else { 0 });
                    }
                    if newline && !self.set.on(flag::LIST) && !selected {
                        break;
                    }
                    if selected != inverse {
                        out.extend_from_slice(if selected { b"\x1b[7m" } else { b"\x1b[m" });
                        inverse = selected;
                    }
                    let width = self.cell(at, here, &mut out);
                    used += width;
                    here += width;
                    if newline {
                        break;
                    }
                    at = self.text.right(at);
                }
                if inverse {
                    out.extend_from_slice(b"\x1b[m");
                }
                self.screen.line(row, &out, used);
                row += 1;
            }
            skip = 0;
            line = self.text.next_line(start);
        }
        while row < height {
            self.screen.line(row, b"~", 1);
            row += 1;
        }
        let mut status = Vec::new();
        let text = if self.message.is_empty() { self.status() } else { self.message.clone() };
        let limit = text.len().min(self.screen.columns.saturating_sub(1));
        let used = show::plain(text.get(..limit).unwrap_or_default(), self.text.utf8, &mut status);
        if used >= self.screen.columns {
            status.truncate(limit / 2);
        }
        self.screen.line(height, &status, 0);
        self.screen.move_to(cursor.0, cursor.1.min(self.screen.columns - 1));
        self.screen.flush();
    }

    /// The mode, the file, and where in it the cursor is.
    pub fn status(&mut self) -> Vec<u8> {
        let number = self.text.number(self.cursor) + 1;
        let lines = self.text.lines();
        let name: &[u8] = if self.name.is_empty() { b"No file" } else { &self.name };
        let readonly: &[u8] = if self.set.on(flag::READONLY) { b" [Readonly]" } else { b"" };
        let modified: &[u8] = if self.text.modified { b" [Modified]" } else { b"" };
        let numbers = [number, lines, number * 100 / lines.max(1)].map(|number| number as i64);
        let mut text = Vec::new();
        applet::fill(b"%s %s%s%s %d/%d %d%%", &[self.mode, name, readonly, modified], &numbers, &mut text);
        text
    }

    /// `H`, `M`, `L`: the line at the top, in the middle or at the bottom of the screen.
    pub fn screen_line(&mut self, letter: u8, count: usize) -> usize {
        self.follow_cursor();
        let mut lines = alloc::vec![self.top.0];
        let mut used = self.rows(self.top.0, usize::MAX).len().saturating_sub(self.top.1);
        let mut line = self.top.0;
        while let Some(next) = self.text.next_line(line) {
            used += self.rows(next, self.height()).len();
            if used > self.height() {
                break;
            }
            lines.push(next);
            line = next;
        }
        let last = lines.len() - 1;
        let index = match letter {
            b'H' => (count - 1).min(last),
            b'L' => last.saturating_sub(count - 1),
            _ => last / 2,
        };
        lines.get(index).copied().unwrap_or(self.top.0)
    }

    /// `^B`, `^D`, `^E`, `^F`, `^U`, `^Y`.
    pub fn scroll(&mut self, letter: u8, count: usize, given: bool) {
        self.follow_cursor();
        let page = self.height().saturating_sub(2).max(1);
        let half = (self.height() / 2).max(1);
        let number = self.text.number(self.cursor);
        let top = self.text.number(self.top.0);
        let last = self.text.lines() - 1;
        self.column = if self.keep_column { self.column } else { self.text.column(self.cursor) };
        match letter {
            6 => {
                let top = (top + page * count).min(last);
                self.top = (self.text.start_of(top), 0);
                self.cursor = self.text.first_nonblank(self.top.0);
            }
            2 => {
                if top == 0 {
                    return self.fail();
                }
                let new = top.saturating_sub(page * count);
                self.top = (self.text.start_of(new), 0);
                let bottom = (new + self.height() - 1).min(number);
                let start = self.text.start_of(bottom);
                self.cursor = self.text.first_nonblank(start);
            }
            4 | 21 => {
                let by = if given { count } else { half };
                let down = letter == 4;
                if down && number == last || !down && number == 0 {
                    return self.fail();
                }
                let shift =
                    |number: usize| if down { (number + by).min(last) } else { number.saturating_sub(by) };
                let most = (last + 1).saturating_sub(self.height());
                let top = if down { shift(top).min(most.max(top)) } else { shift(top) };
                self.top = (self.text.start_of(top), 0);
                let start = self.text.start_of(shift(number));
                self.cursor = self.text.first_nonblank(start);
            }
            _ => {
                let new = if letter == 5 { (top + count).min(last) } else { top.saturating_sub(count) };
                self.top = (self.text.start_of(new), 0);
                let stay = number.max(new).min(new + self.height() - 1);
                if stay != number {
                    let start = self.text.start_of(stay);
                    self.cursor = self.text.at_column(start, self.column);
                }
            }
        }
    }

    /// `z` and a key: the cursor's line goes to the top, the middle or the bottom of the screen.
    pub fn position(&mut self) {
        let key = self.key().ascii();
        let place = (self.text.line_start(self.cursor), 0);
        let up = match key {
            10 | 13 | b't' => 0,
            b'.' | b'z' => self.height() / 2,
            b'-' | b'b' => self.height() - 1,
            _ => return self.fail(),
        };
        self.top = self.rows_up(place, up);
        if matches!(key, 10 | 13 | b'.' | b'-') {
            self.cursor = self.text.first_nonblank(place.0);
        }
    }
}
