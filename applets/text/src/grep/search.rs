//! Searching one file: buffer after buffer of whole lines, of which only those are looked at that the engine points to.

use applet::prelude::*;

use super::{Binary, Job, Show};

/// The state of a search; positions are in the buffer at hand.
struct Search<'j, 'a> {
    job: &'j mut Job<'a>,
    out: &'j mut Writer,
    name: &'j [u8],
    names: bool,
    /// Bytes before the buffer.
    base: u64,
    /// Lines before `counted`.
    lines: u64,
    counted: usize,
    /// The end of the last line printed, if it is in the buffer.
    last: Option<usize>,
    /// How many lines are still to be printed after the last selected one.
    pending: u64,
    selected: u64,
    /// Where the last selected line ends, from the start of the file.
    after_last: u64,
    /// Nothing is printed (any more); the first selected line is enough.
    quiet: bool,
    /// A line that was to be printed is no text.
    no_text: bool,
    /// How many lines were selected before a NUL came.
    binary: Option<u64>,
    /// Whether lines of this buffer have to be looked at for what is no text.
    check: bool,
}

impl<'a> Job<'a> {
    /// Searches a file and gives the number of selected lines; not all of them where one is enough.
    pub fn search(
        &mut self,
        cx: &mut Context,
        input: &mut Reader,
        name: &[u8],
        names: bool,
    ) -> (u64, sys::Result<()>) {
        let quiet = !matches!(self.show, Show::Lines | Show::Count);
        let mut search = Search {
            job: self,
            out: &mut cx.out,
            name,
            names,
            base: 0,
            lines: 0,
            counted: 0,
            last: None,
            pending: 0,
            selected: 0,
            after_last: 0,
            quiet,
            no_text: false,
            binary: None,
            check: false,
        };
        let result = search.file(input);
        if search.selected >= search.job.most && input.fd() == sys::fd::STDIN {
            // The next reader of standard input begins after the last line.
            let read = search.base + input.buffered().len() as u64;
            let _ = sys::fd::seek(sys::fd::STDIN, search.after_last as i64 - read as i64, libc::SEEK_CUR);
        }
        let selected = search.selected;
        let told = search.no_text || search.binary.is_some_and(|before| selected > before);
        if told && !quiet && self.show == Show::Lines && self.binary == Binary::Tell {
            cx.warn(&[name, b": binary file matches"]);
        }
        (selected, result)
    }
}

impl Search<'_, '_> {
    fn file(&mut self, input: &mut Reader) -> sys::Result<()> {
        let end = self.job.end;
        let mut zapped = Vec::new();
        // What comes before this has been searched and is there to be printed.
        let mut begin = 0;
        loop {
            let mut seen = begin;
            let length = loop {
                let unseen = input.buffered().get(seen..).unwrap_or_default();
                if let Some(at) = memchr::memrchr(end, unseen) {
                    break seen + at + 1;
                }
                seen += unseen.len();
                if !input.fill_more()? {
                    break seen;
                }
            };
            let mut text = input.buffered().get(..length).unwrap_or_default();
            let new = text.get(begin..).unwrap_or_default();
            if new.is_empty() || self.out.failed() {
                return Ok(());
            }
            if self.binary.is_none()
                && end != 0
                && self.job.binary != Binary::Text
                && memchr::memchr(0, new).is_some()
            {
                if self.job.binary == Binary::Skip {
                    self.selected = 0;
                    return Ok(());
                }
                self.binary = Some(self.selected);
            }
            if self.binary.is_some() {
                // NULs end lines, too.
                zapped.clear();
                zapped.extend_from_slice(text);
                zapped.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = end);
                text = &zapped;
                self.quiet |= self.job.show == Show::Lines;
            }
            self.check = self.job.utf8
                && !self.quiet
                && self.job.show == Show::Lines
                && self.job.binary != Binary::Text
                && core::str::from_utf8(text).is_err();
            let more = self.block(text, begin);
            let keep = self.kept(text);
            begin = text.len() - keep;
            self.advance(text, keep);
            input.consume(keep);
            if !more {
                return Ok(());
            }
        }
    }

    /// How much of the buffer is no longer needed once it has been searched.
    fn kept(&self, text: &[u8]) -> usize {
        let mut keep = text.len();
        if self.quiet || self.job.show != Show::Lines {
            return keep;
        }
        for _ in 0..self.job.before {
            if keep == 0 || self.last == Some(keep) {
                break;
            }
            keep = start_of_line(text, keep, self.job.end);
        }
        keep
    }

    /// Leaves the first `count` bytes of the buffer behind.
    fn advance(&mut self, text: &[u8], count: usize) {
        if self.job.number {
            self.count_to(text, count.max(self.counted));
        }
        self.counted = self.counted.saturating_sub(count);
        self.last = self.last.and_then(|last| last.checked_sub(count));
        self.base += count as u64;
    }

    fn count_to(&mut self, text: &[u8], at: usize) {
        let new = text.get(self.counted..at).unwrap_or_default();
        self.lines += memchr::memchr_iter(self.job.end, new).count() as u64;
        self.counted = at;
    }

    /// Searches a buffer; `false` when nothing more has to be read.
    fn block(&mut self, text: &[u8], begin: usize) -> bool {
        let mut at = begin;
        while at < text.len() && self.selected < self.job.most {
            let found = self.job.regex.find_line(text, at, self.job.end);
            let (line, next) = match found {
                Some((line, end)) => (line, (end + 1).min(text.len())),
                None => (text.len(), text.len()),
            };
            let range = if self.job.invert { (at, line) } else { (line, next) };
            at = next;
            if range.0 == range.1 {
                continue;
            }
            self.select(text, range.0, range.1);
            if self.quiet && self.selected > 0 {
                return false;
            }
        }
        self.trail(text, text.len());
        self.selected < self.job.most || self.pending > 0
    }

    /// Whole lines are selected, as many of them as may be.
    fn select(&mut self, text: &[u8], from: usize, to: usize) {
        let end = self.job.end;
        let mut to = to;
        let mut count = 1;
        if self.job.invert {
            let range = text.get(from..to).unwrap_or_default();
            count = memchr::memchr_iter(end, range).count() as u64;
            count += u64::from(range.last() != Some(&end));
        }
        let left = self.job.most - self.selected;
        if count > left {
            let range = text.get(from..to).unwrap_or_default();
            let last = memchr::memchr_iter(end, range).nth(left as usize - 1);
            to = last.map_or(to, |at| from + at + 1);
            count = left;
        }
        self.selected += count;
        self.after_last = self.base + to as u64;
        if !self.quiet && self.job.show == Show::Lines {
            self.print(text, from, to);
        }
    }

    /// Prints selected lines and what comes before them.
    fn print(&mut self, text: &[u8], from: usize, to: usize) {
        let job = &*self.job;
        if job.before == 0 && job.after == 0 && job.separator.is_none() && self.plain() {
            self.out.write(text.get(from..to).unwrap_or_default());
            if text.get(to.wrapping_sub(1)) != Some(&job.end) {
                self.out.byte(job.end);
            }
            return;
        }
        self.trail(text, from);
        let mut start = from;
        let earliest = self.last.unwrap_or(0);
        for _ in 0..self.job.before {
            if start <= earliest {
                break;
            }
            start = start_of_line(text, start, self.job.end).max(earliest);
        }
        let job = &*self.job;
        if let Some(separator) = job.separator.filter(|_| job.printed && self.last != Some(start)) {
            job.paint.write(self.out, job.paint.separator, separator);
            self.out.byte(b'\n');
        }
        while start < to {
            let next = self.end_of_line(text, start);
            self.line(text, start, next, start >= from);
            start = next;
        }
        self.pending = self.job.after;
    }

    /// Whether lines are printed just as they are.
    fn plain(&self) -> bool {
        let job = &*self.job;
        !(self.names || job.number || job.offset || job.only || job.by_line || self.check)
            && job.paint.selected.is_empty()
            && job.paint.line.is_empty()
            && job.paint.context.is_empty()
    }

    /// Prints lines after the last selected one, up to `until`.
    fn trail(&mut self, text: &[u8], until: usize) {
        let mut at = self.last.unwrap_or(until);
        while self.pending > 0 && at < until {
            let next = self.end_of_line(text, at);
            self.line(text, at, next, false);
            self.pending -= 1;
            at = next;
        }
    }

    fn end_of_line(&self, text: &[u8], at: usize) -> usize {
        let rest = text.get(at..).unwrap_or_default();
        memchr::memchr(self.job.end, rest).map_or(text.len(), |length| at + length + 1)
    }

    /// Prints one line, or its matches; nothing when it is no text.
    fn line(&mut self, text: &[u8], from: usize, to: usize, selected: bool) {
        let end = self.job.end;
        let whole = text.get(from..to).unwrap_or_default();
        let line = whole.strip_suffix(&[end]).unwrap_or(whole);
        if self.check && !self.job.only && core::str::from_utf8(line).is_err() {
            self.no_text = true;
            return;
        }
        self.job.printed = true;
        self.last = Some(to);
        if self.job.number {
            self.count_to(text, from);
        }
        let only = self.job.only;
        let matching = selected != self.job.invert;
        let paint = &self.job.paint;
        let colour = if selected { paint.selected } else { paint.around };
        let normal = selected != (self.job.invert && paint.reverse);
        let ground = if normal { paint.line } else { paint.context };
        if !only {
            self.head(from, !line.is_empty(), selected);
        }
        // Where what has not been printed begins, and where to look for the next match.
        let (mut rest, mut at) = (0, 0);
        while matching && (only || !colour.is_empty()) && at <= line.len() {
            let Some((start, stop)) = self.job.regex.find_at(line, at, regex::Eflags::NONE) else { break };
            if start == stop {
                at = start + 1;
                while self.job.utf8 && line.get(at).is_some_and(|byte| byte & 0xc0 == 0x80) {
                    at += 1;
                }
                continue;
            }
            let found = line.get(start..stop).unwrap_or_default();
            if only && self.check && core::str::from_utf8(found).is_err() {
                self.no_text = true;
                return;
            } else if only {
                self.head(from + start, true, selected);
            } else {
                self.job.paint.start(self.out, ground);
                self.out.write(line.get(rest..start).unwrap_or_default());
            }
            self.job.paint.write(self.out, colour, found);
            if only {
                self.out.byte(end);
            }
            (rest, at) = (stop, stop);
        }
        if !only {
            let rest = line.get(rest..).unwrap_or_default();
            if !rest.is_empty() {
                self.job.paint.write(self.out, ground, rest);
            }
            self.out.byte(end);
        }
        if self.job.by_line {
            // A failure is told at the end.
            let _ = self.out.flush();
        }
    }

    /// Prints what comes before a line, or before a match, at `at`.
    fn head(&mut self, at: usize, some: bool, selected: bool) {
        let job = &*self.job;
        let paint = &job.paint;
        let separator: &[u8] = if selected { b":" } else { b"-" };
        if self.names {
            paint.write(self.out, paint.name, self.name);
            if job.null {
                self.out.byte(0);
            } else {
                paint.write(self.out, paint.separator, separator);
            }
        }
        let numbers =
            [(job.number, paint.number, self.lines + 1), (job.offset, paint.offset, self.base + at as u64)];
        for (_, colour, number) in numbers.into_iter().filter(|(wanted, ..)| *wanted) {
            paint.start(self.out, colour);
            if job.tab && number < 10 {
                self.out.byte(b' ');
            }
            self.out.decimal(number);
            paint.stop(self.out, colour);
            paint.write(self.out, paint.separator, separator);
        }
        if job.tab && some && (self.names || job.number || job.offset) {
            self.out.byte(b'\t');
        }
    }
}

/// The start of the line that ends, with its terminator, at `at`.
fn start_of_line(text: &[u8], at: usize, end: u8) -> usize {
    let before = text.get(..at.saturating_sub(1)).unwrap_or_default();
    memchr::memrchr(end, before).map_or(0, |at| at + 1)
}
