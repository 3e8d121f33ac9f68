//! The commands.

use super::address::{Range, number, skip_blanks};
use super::{Done, Editor, fail};
use applet::prelude::*;

impl Editor<'_, '_> {
    /// Does the command of one line. `warned`: the line before was refused because it would lose changes.
    pub fn commands(&mut self, line: &[u8], warned: bool) -> Done {
        if self.script.is_none() {
            self.buffer.kept = false;
        }
        // A replacement, or a list of commands, goes on while lines end with a backslash; g reads its own.
        let mut whole = line.to_vec();
        let mut rest = line;
        let range = self.range(&mut rest)?;
        if rest.first() == Some(&b's') {
            let start = line.len() - rest.len();
            let of_list = self.script.is_some();
            while ends_open(&whole) || of_list && !is_closed(whole.get(start + 1..).unwrap_or_default()) {
                let Some(more) = self.line() else { break };
                if !ends_open(&whole) {
                    // The list of g has lost the backslash.
                    whole.push(b'\\');
                }
                whole.push(b'\n');
                whole.extend_from_slice(&more);
            }
            rest = whole.get(start..).unwrap_or_default();
        }
        skip_blanks(&mut rest);
        let Some((&letter, after)) = rest.split_first() else { return self.step(range) };
        rest = after;
        self.command(letter, range, &mut rest, warned)
    }

    /// No command: prints the addressed line, or the next one.
    fn step(&mut self, range: Range) -> Done {
        let line = if range.count > 0 { range.last } else { self.buffer.current + 1 };
        self.lines(Range { count: 1, first: line, last: line })?;
        self.buffer.current = line;
        self.print_line(line, &[]);
        Ok(())
    }

    /// A range of lines that are there.
    fn lines(&self, range: Range) -> Done {
        if range.first == 0 || range.first > range.last || range.last > self.buffer.len() {
            return fail(b"Invalid address");
        }
        Ok(())
    }

    /// The addressed lines, or all.
    fn all(&self, range: Range) -> Done<Range> {
        if range.count == 0 {
            return Ok(Range { count: 0, first: 1, last: self.buffer.len() });
        }
        self.lines(range).map(|()| range)
    }

    fn no_address(range: Range) -> Done {
        if range.count > 0 { fail(b"Unexpected address") } else { Ok(()) }
    }

    /// What is to be printed afterwards: the letters behind a command, and nothing else.
    fn suffix<'t>(text: &mut &'t [u8]) -> Done<&'t [u8]> {
        if text.iter().any(|byte| !matches!(byte, b'p' | b'n' | b'l')) {
            return fail(b"Invalid command suffix");
        }
        Ok(core::mem::take(text))
    }

    /// Prints the current line as the suffix says.
    fn finish(&mut self, suffix: &[u8]) -> Done {
        if !suffix.is_empty() {
            if self.buffer.current == 0 {
                return fail(b"Invalid address");
            }
            self.print_line(self.buffer.current, suffix);
        }
        Ok(())
    }

    #[inline(never)]
    fn command(&mut self, letter: u8, range: Range, text: &mut &[u8], warned: bool) -> Done {
        match letter {
            b'a' | b'i' | b'c' => {
                let suffix = Self::suffix(text)?;
                self.take_in(letter, range)?;
                self.finish(suffix)
            }
            b'd' | b'j' | b'y' => {
                let mut range = range;
                if letter == b'j' && range.count == 0 {
                    (range.count, range.last) = (2, range.first + 1);
                }
                self.lines(range)?;
                let suffix = Self::suffix(text)?;
                self.change(letter, range);
                self.finish(suffix)
            }
            b'p' | b'n' | b'l' => {
                self.lines(range)?;
                let more = Self::suffix(text)?;
                let how = [&[letter], more].concat();
                for line in range.first..=range.last {
                    self.print_line(line, &how);
                }
                self.buffer.current = range.last;
                Ok(())
            }
            b'm' | b't' => self.transfer(letter, range, text),
            b's' => {
                self.lines(range)?;
                let print = self.substitute(range, text)?;
                self.finish(&print)
            }
            b'g' | b'v' | b'G' | b'V' => {
                let range = self.all(range)?;
                self.global(letter, range, text)
            }
            b'x' => {
                let suffix = Self::suffix(text)?;
                let mut lines = self.yanked.clone();
                if lines.is_empty() {
                    return fail(b"Nothing to put");
                }
                self.buffer.keep();
                self.buffer.renew(&mut lines);
                let count = lines.len();
                self.buffer.put(range.last, lines);
                self.buffer.current = range.last + count;
                self.finish(suffix)
            }
            b'u' => {
                Self::no_address(range)?;
                let suffix = Self::suffix(text)?;
                if self.script.is_some() || !self.buffer.undo() {
                    return fail(b"Nothing to undo");
                }
                self.finish(suffix)
            }
            b'k' => {
                let mark = match text.split_first() {
                    Some((mark @ b'a'..=b'z', rest)) => {
                        *text = rest;
                        *mark
                    }
                    _ => return fail(b"Invalid mark character"),
                };
                self.lines(Range { first: range.last, ..range })?;
                let suffix = Self::suffix(text)?;
                self.buffer.mark(mark, range.last);
                self.finish(suffix)
            }
            b'=' => {
                let suffix = Self::suffix(text)?;
                let line = if range.count > 0 { range.last } else { self.buffer.len() };
                self.cx.out.decimal(line as u64);
                self.cx.out.byte(b'\n');
                self.finish(suffix)
            }
            b'z' => self.scroll(range, text),
            b'e' | b'E' | b'f' | b'r' | b'w' | b'W' => self.file_command(letter, range, text, warned),
            b'h' | b'H' | b'P' => {
                Self::no_address(range)?;
                Self::suffix(text)?;
                match letter {
                    b'P' => self.prompting = !self.prompting,
                    b'H' => self.explain = !self.explain,
                    _ => {}
                }
                if !self.last_failure.is_empty() && (letter == b'h' || letter == b'H' && self.explain) {
                    self.cx.out.line(self.last_failure);
                }
                Ok(())
            }
            b'q' | b'Q' => {
                Self::no_address(range)?;
                if !text.is_empty() {
                    return fail(b"Invalid command suffix");
                }
                self.refuse_loss(letter == b'Q' || warned)?;
                self.quit = true;
                Ok(())
            }
            b'!' => {
                Self::no_address(range)?;
                let shows = text.starts_with(b"!") || text.contains(&b'%');
                let command = self.expand_command(core::mem::take(text))?;
                if shows {
                    self.cx.out.line(&command);
                }
                self.run_shell(&command)?;
                if !self.quiet {
                    self.cx.out.line(b"!");
                }
                Ok(())
            }
            b'#' => Ok(()),
            _ => fail(b"Unknown command"),
        }
    }

    /// Refuses a command that would lose changes, once.
    fn refuse_loss(&mut self, sure: bool) -> Done {
        if self.buffer.modified && !sure {
            self.warned = true;
            return fail(b"Warning: buffer modified");
        }
        Ok(())
    }

    /// a, i, c: takes lines in, up to one of a single dot.
    fn take_in(&mut self, letter: u8, range: Range) -> Done {
        let mut after = range.last;
        match letter {
            b'c' => {
                // Line 0 stands for the first.
                let (first, last) = (range.first.max(1), range.last.max(1));
                let range = Range { first, last, ..range };
                if self.buffer.len() > 0 || range.last > 1 {
                    self.lines(range)?;
                    self.buffer.keep();
                    self.yanked = self.buffer.copy((first, range.last));
                    self.buffer.remove((first, range.last));
                    // Behind nothing new the line that follows is the current one.
                    self.buffer.current = first.min(self.buffer.len());
                }
                after = first - 1;
            }
            b'i' => {
                after = after.saturating_sub(1);
                self.buffer.current = range.last;
            }
            _ => self.buffer.current = after,
        }
        let mut new = Vec::new();
        let mut count = 0;
        while let Some(line) = self.line() {
            if line == b"." {
                break;
            }
            new.extend_from_slice(&line);
            new.push(b'\n');
            count += 1;
        }
        if count > 0 {
            self.buffer.keep();
            self.buffer.insert_text(after, &new);
            self.buffer.current = after + count;
        }
        Ok(())
    }

    /// d, j, y.
    fn change(&mut self, letter: u8, range: Range) {
        let lines = (range.first, range.last);
        match letter {
            b'd' => {
                self.buffer.keep();
                self.yanked = self.buffer.copy(lines);
                self.buffer.remove(lines);
                self.buffer.current = range.first.min(self.buffer.len());
            }
            b'j' if range.first < range.last => {
                let mut joined = Vec::new();
                for line in range.first..=range.last {
                    joined.extend_from_slice(self.buffer.get(line));
                }
                self.buffer.keep();
                self.yanked = self.buffer.copy(lines);
                self.buffer.remove(lines);
                self.buffer.insert(range.first - 1, &joined);
                self.buffer.current = range.first;
            }
            b'y' => self.yanked = self.buffer.copy(lines),
            _ => {}
        }
    }

    /// m, t: moves or copies lines behind another one.
    fn transfer(&mut self, letter: u8, range: Range, text: &mut &[u8]) -> Done {
        self.lines(range)?;
        let to = match self.address(text)? {
            Some(to) => to,
            None => self.buffer.current,
        };
        self.check(to)?;
        let moves = letter == b'm';
        if moves && to >= range.first && to < range.last {
            return fail(b"Invalid destination");
        }
        let suffix = Self::suffix(text)?;
        let mut lines = self.buffer.copy((range.first, range.last));
        let count = lines.len();
        let mut after = to;
        if moves && (to == range.last || to + 1 == range.first) {
            // It stays where it is.
            self.buffer.keep();
            self.buffer.current = range.last;
            return self.finish(suffix);
        }
        self.buffer.keep();
        if moves {
            self.buffer.remove((range.first, range.last));
            if to >= range.first {
                after = to - count;
            }
        } else {
            self.buffer.renew(&mut lines);
        }
        self.buffer.put(after, lines);
        self.buffer.current = after + count;
        self.finish(suffix)
    }

    fn scroll(&mut self, range: Range, text: &mut &[u8]) -> Done {
        let first = if range.count > 0 { range.last } else { self.buffer.current + 1 };
        self.lines(Range { count: 1, first, last: first })?;
        match number(text) {
            Some(0) => return fail(b"Invalid command suffix"),
            Some(window) => self.window = window,
            None => {}
        }
        let suffix = Self::suffix(text)?;
        let last = first.saturating_add(self.window - 1).min(self.buffer.len());
        for line in first..=last {
            self.print_line(line, suffix);
        }
        self.buffer.current = last;
        Ok(())
    }

    /// e, E, f, r, w, W, wq.
    fn file_command(&mut self, letter: u8, range: Range, text: &mut &[u8], warned: bool) -> Done {
        let quits = matches!(letter, b'w' | b'W') && matches!(text, [b'q' | b'Q']);
        if quits {
            *text = b"";
        }
        if !matches!(text, [] | [b' ' | b'\t', ..]) {
            return fail(b"Unexpected command suffix");
        }
        skip_blanks(text);
        let given = core::mem::take(text);
        if matches!(letter, b'e' | b'E' | b'f') {
            Self::no_address(range)?;
        }
        if letter == b'e' {
            self.refuse_loss(warned)?;
        }
        if letter == b'f' {
            if given.starts_with(b"!") {
                return fail(b"Invalid redirection");
            }
            if !given.is_empty() {
                self.file = Some(given.to_vec());
            }
            let Some(file) = &self.file else { return fail(b"No current filename") };
            self.cx.out.line(file);
            return Ok(());
        }
        let name = match (given, &self.file) {
            ([], Some(file)) => file.clone(),
            ([], None) => return fail(b"No current filename"),
            _ => given.to_vec(),
        };
        if self.file.is_none() && !name.starts_with(b"!") {
            self.file = Some(name.clone());
        }
        match letter {
            b'e' | b'E' => self.edit(&name),
            b'r' => {
                let after = if range.count > 0 { range.last } else { self.buffer.len() };
                self.read(&name, after)
            }
            _ => {
                let range = if self.buffer.len() == 0 && range.count == 0 { range } else { self.all(range)? };
                self.write(&name, range, letter == b'W')?;
                self.quit |= quits;
                Ok(())
            }
        }
    }

    /// Prints a line; `how` holds `n` for its number and `l` for a form that shows everything.
    pub fn print_line(&mut self, line: usize, how: &[u8]) {
        if how.contains(&b'n') {
            self.cx.out.decimal(line as u64);
            self.cx.out.byte(b'\t');
        }
        let text = self.buffer.get(line);
        if !how.contains(&b'l') {
            self.cx.out.line(text);
            return;
        }
        let mut shown = Vec::new();
        let mut column = 0;
        for &byte in text {
            let start = shown.len();
            match byte {
                b'\\' => shown.extend_from_slice(b"\\\\"),
                b' '..=b'~' => shown.push(byte),
                _ => text::quote::c_escape(byte, &mut shown),
            }
            let width = shown.len() - start;
            if column + width > 72 {
                shown.splice(start..start, *b"\\\n");
                column = 0;
            }
            column += width;
        }
        shown.push(b'$');
        self.cx.out.line(&shown);
    }
}

/// Whether all three delimiters of a substitution are there.
fn is_closed(text: &[u8]) -> bool {
    let Some((delimiter, rest)) = text.split_first() else { return true };
    let mut escaped = false;
    let count = rest.iter().filter(|&byte| {
        let counts = !escaped && byte == delimiter;
        escaped = !escaped && *byte == b'\\';
        counts
    });
    delimiter.is_ascii_alphanumeric() || count.count() >= 2
}

/// Whether a line ends with a backslash that is not itself behind one.
pub fn ends_open(line: &[u8]) -> bool {
    line.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
}
