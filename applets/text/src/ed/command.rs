//! The commands.

use super::address::{number, skip_blanks};
use super::buffer::Line;
use super::{Done, Editor, LISTED, NUMBERED, PLAIN};
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
        self.print = 0;
        self.read_range(&mut rest)?;
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
        let Some((&letter, after)) = rest.split_first() else { return self.step() };
        rest = after;
        self.command(letter, &mut rest, warned)?;
        let how = core::mem::take(&mut self.print);
        if how != 0 {
            if self.buffer.current == 0 {
                return self.fail(b"Invalid address");
            }
            self.print_line(self.buffer.current, how);
        }
        Ok(())
    }

    /// No command: prints the addressed line, or the next one.
    fn step(&mut self) -> Done {
        let line = if self.range.count > 0 { self.range.last } else { self.buffer.current + 1 };
        self.check_lines(line, line)?;
        self.buffer.current = line;
        self.print_line(line, 0);
        Ok(())
    }

    /// From `first` to `last` there must be lines.
    fn check_lines(&mut self, first: usize, last: usize) -> Done {
        if first == 0 || first > last || last > self.buffer.len() {
            return self.fail(b"Invalid address");
        }
        Ok(())
    }

    /// The addressed lines must be there.
    fn lines(&mut self) -> Done {
        self.check_lines(self.range.first, self.range.last)
    }

    /// Without an address all lines are meant.
    fn all(&mut self) -> Done {
        if self.range.count == 0 {
            (self.range.first, self.range.last) = (1, self.buffer.len());
            return Ok(());
        }
        self.lines()
    }

    fn no_address(&mut self) -> Done {
        if self.range.count > 0 { self.fail(b"Unexpected address") } else { Ok(()) }
    }

    /// What is to be printed afterwards: the letters behind a command, and nothing else.
    pub fn suffix(&mut self, text: &mut &[u8]) -> Done {
        for byte in core::mem::take(text) {
            self.print |= match byte {
                b'p' => PLAIN,
                b'n' => NUMBERED,
                b'l' => LISTED,
                _ => return self.fail(b"Invalid command suffix"),
            };
        }
        Ok(())
    }

    #[inline(never)]
    fn command(&mut self, letter: u8, text: &mut &[u8], warned: bool) -> Done {
        match letter {
            b'a' | b'i' | b'c' => {
                self.suffix(text)?;
                self.take_in(letter)?;
            }
            b'd' | b'j' | b'y' => {
                if letter == b'j' && self.range.count == 0 {
                    self.range.last = self.range.first + 1;
                }
                self.lines()?;
                self.suffix(text)?;
                self.change(letter);
            }
            b'p' | b'n' | b'l' => {
                self.lines()?;
                self.suffix(&mut &[letter][..])?;
                self.suffix(text)?;
                self.print_lines(self.range.first, self.range.last);
            }
            b'm' | b't' => self.transfer(letter, text)?,
            b's' => {
                self.lines()?;
                self.substitute(text)?;
            }
            b'g' | b'v' | b'G' | b'V' => {
                self.all()?;
                self.global(letter, text)?;
            }
            b'x' => {
                self.suffix(text)?;
                let mut lines = self.yanked.clone();
                if lines.is_empty() {
                    return self.fail(b"Nothing to put");
                }
                self.buffer.keep();
                self.buffer.renew(&mut lines);
                self.put(self.range.last, lines);
            }
            b'u' => {
                self.no_address()?;
                self.suffix(text)?;
                if self.script.is_some() || !self.buffer.undo() {
                    return self.fail(b"Nothing to undo");
                }
            }
            b'k' => {
                let Some((&mark @ b'a'..=b'z', rest)) = text.split_first() else {
                    return self.fail(b"Invalid mark character");
                };
                self.check_lines(self.range.last, self.range.last)?;
                self.suffix(&mut { rest })?;
                self.buffer.mark(mark, self.range.last);
            }
            b'=' => {
                self.suffix(text)?;
                let line = if self.range.count > 0 { self.range.last } else { self.buffer.len() };
                self.cx.out.decimal(line as u64);
                self.cx.out.byte(b'\n');
            }
            b'z' => self.scroll(text)?,
            b'e' | b'E' | b'f' | b'r' | b'w' | b'W' => self.file_command(letter, text, warned)?,
            b'h' | b'H' | b'P' => {
                self.no_address()?;
                self.suffix(text)?;
                self.print = 0;
                match letter {
                    b'P' => self.prompting = !self.prompting,
                    b'H' => self.explain = !self.explain,
                    _ => {}
                }
                if !self.last_failure.is_empty() && (letter == b'h' || letter == b'H' && self.explain) {
                    self.cx.out.line(self.last_failure);
                }
            }
            b'q' | b'Q' => {
                self.no_address()?;
                if !text.is_empty() {
                    return self.fail(b"Invalid command suffix");
                }
                self.refuse_loss(letter == b'Q' || warned)?;
                self.quit = true;
            }
            b'!' => {
                self.no_address()?;
                let shows = text.starts_with(b"!") || text.contains(&b'%');
                let command = self.expand_command(core::mem::take(text))?;
                if shows {
                    self.cx.out.line(&command);
                }
                self.run_shell(&command)?;
                if !self.quiet {
                    self.cx.out.line(b"!");
                }
            }
            b'#' => {}
            _ => return self.fail(b"Unknown command"),
        }
        Ok(())
    }

    /// Puts lines behind the line `after`.
    fn put(&mut self, after: usize, lines: Vec<Line>) {
        self.buffer.current = after + lines.len();
        self.buffer.put(after, lines);
    }

    /// Prints lines as the suffix says; the last one becomes current.
    fn print_lines(&mut self, first: usize, last: usize) {
        let how = core::mem::take(&mut self.print);
        for line in first..=last {
            self.print_line(line, how);
        }
        self.buffer.current = last;
    }

    /// Refuses a command that would lose changes, once.
    pub fn refuse_loss(&mut self, sure: bool) -> Done {
        if self.buffer.modified && !sure {
            self.warned = true;
            return self.fail(b"Warning: buffer modified");
        }
        Ok(())
    }

    /// a, i, c: takes lines in, up to one of a single dot.
    fn take_in(&mut self, letter: u8) -> Done {
        let range = self.range;
        let mut after = range.last;
        match letter {
            b'c' => {
                // Line 0 stands for the first.
                let (first, last) = (range.first.max(1), range.last.max(1));
                if self.buffer.len() > 0 || last > 1 {
                    self.check_lines(first, last)?;
                    self.cut((first, last));
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

    /// Takes lines away, and keeps them for x.
    fn cut(&mut self, lines: (usize, usize)) {
        self.buffer.keep();
        self.yanked = self.buffer.copy(lines);
        self.buffer.remove(lines);
    }

    /// d, j, y.
    fn change(&mut self, letter: u8) {
        let range = self.range;
        let lines = (range.first, range.last);
        match letter {
            b'd' => {
                self.cut(lines);
                self.buffer.current = range.first.min(self.buffer.len());
            }
            b'j' if range.first < range.last => {
                let mut joined = Vec::new();
                for line in range.first..=range.last {
                    joined.extend_from_slice(self.buffer.get(line));
                }
                self.cut(lines);
                self.buffer.insert(range.first - 1, &joined);
                self.buffer.current = range.first;
            }
            b'y' => self.yanked = self.buffer.copy(lines),
            _ => {}
        }
    }

    /// m, t: moves or copies lines behind another one.
    fn transfer(&mut self, letter: u8, text: &mut &[u8]) -> Done {
        let range = self.range;
        self.lines()?;
        let to = match self.address(text)? {
            Some(to) => to,
            None => self.buffer.current,
        };
        self.check(to)?;
        let moves = letter == b'm';
        if moves && to >= range.first && to < range.last {
            return self.fail(b"Invalid destination");
        }
        self.suffix(text)?;
        let mut lines = self.buffer.copy((range.first, range.last));
        let mut after = to;
        self.buffer.keep();
        if moves && (to == range.last || to + 1 == range.first) {
            // It stays where it is.
            self.buffer.current = range.last;
            return Ok(());
        }
        if moves {
            self.buffer.remove((range.first, range.last));
            if to >= range.first {
                after = to - lines.len();
            }
        } else {
            self.buffer.renew(&mut lines);
        }
        self.put(after, lines);
        Ok(())
    }

    fn scroll(&mut self, text: &mut &[u8]) -> Done {
        let first = if self.range.count > 0 { self.range.last } else { self.buffer.current + 1 };
        self.check_lines(first, first)?;
        match number(text) {
            Some(0) => return self.fail(b"Invalid command suffix"),
            Some(window) => self.window = window,
            None => {}
        }
        self.suffix(text)?;
        self.print_lines(first, first.saturating_add(self.window - 1).min(self.buffer.len()));
        Ok(())
    }

    /// e, E, f, r, w, W, wq.
    fn file_command(&mut self, letter: u8, text: &mut &[u8], warned: bool) -> Done {
        let quits = matches!(letter, b'w' | b'W') && matches!(text, [b'q' | b'Q']);
        if quits {
            *text = b"";
        }
        if !matches!(text, [] | [b' ' | b'\t', ..]) {
            return self.fail(b"Unexpected command suffix");
        }
        skip_blanks(text);
        let given = core::mem::take(text);
        if matches!(letter, b'e' | b'E' | b'f') {
            self.no_address()?;
        }
        if letter == b'e' {
            self.refuse_loss(warned)?;
        }
        if letter == b'f' {
            if given.starts_with(b"!") {
                return self.fail(b"Invalid redirection");
            }
            if !given.is_empty() {
                self.file = Some(given.to_vec());
            }
            let Some(file) = &self.file else { return self.fail(b"No current filename") };
            self.cx.out.line(file);
            return Ok(());
        }
        let name = match (given, &self.file) {
            ([], Some(file)) => file.clone(),
            ([], None) => return self.fail(b"No current filename"),
            _ => given.to_vec(),
        };
        if self.file.is_none() && !name.starts_with(b"!") {
            self.file = Some(name.clone());
        }
        match letter {
            b'e' | b'E' => self.edit(&name),
            b'r' => {
                let after = if self.range.count > 0 { self.range.last } else { self.buffer.len() };
                self.read(&name, after)
            }
            _ => {
                if self.buffer.len() > 0 || self.range.count > 0 {
                    self.all()?;
                }
                self.write(&name, letter == b'W')?;
                self.quit |= quits;
                Ok(())
            }
        }
    }

    /// Prints a line as the bits of `how` say.
    pub fn print_line(&mut self, line: usize, how: u8) {
        if how & NUMBERED != 0 {
            self.cx.out.decimal(line as u64);
            self.cx.out.byte(b'\t');
        }
        let text = self.buffer.get(line);
        if how & LISTED == 0 {
            self.cx.out.line(text);
            return;
        }
        let (mut shown, mut piece) = (Vec::new(), Vec::new());
        let mut column = 0;
        for &byte in text {
            piece.clear();
            match byte {
                b'\\' => piece.extend_from_slice(b"\\\\"),
                b' '..=b'~' => piece.push(byte),
                _ => text::quote::c_escape(byte, &mut piece),
            }
            column += piece.len();
            if column > 72 {
                shown.extend_from_slice(b"\\\n");
                column = piece.len();
            }
            shown.extend_from_slice(&piece);
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
