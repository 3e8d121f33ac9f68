//! Finding the place of a change in a file, and making it.

use super::parse::Hunk;
use applet::prelude::*;

/// A file's old lines, and the new ones so far.
pub struct Work<'f> {
    lines: Vec<&'f [u8]>,
    /// So many old lines have been dealt with.
    done: usize,
    pub out: Vec<u8>,
    /// How far the last change was from where it was said to be.
    pub offset: isize,
    /// How many lines there are more in the new file.
    grown: isize,
    loose: bool,
}

/// Where a change fits.
pub struct Place {
    /// The number of the first line.
    pub line: usize,
    pub fuzz: usize,
    pub offset: isize,
}

/// A change with its old lines side by side.
struct Pattern<'p> {
    lines: Vec<&'p [u8]>,
    /// Lines at the start and at the end that stay.
    prefix: usize,
    suffix: usize,
    start: usize,
}

impl<'f> Work<'f> {
    pub fn new(text: &'f [u8], loose: bool) -> Work<'f> {
        let lines = text.split_inclusive(|&byte| byte == b'\n').collect();
        Work { lines, done: 0, out: Vec::with_capacity(text.len()), offset: 0, grown: 0, loose }
    }

    /// Looks for the place with just so much fuzz.
    pub fn find(&self, hunk: &Hunk, fuzz: usize) -> Option<Place> {
        let is_context = |line: &&(u8, &[u8])| line.0 == b' ';
        let pattern = Pattern {
            lines: hunk.lines.iter().filter(|line| line.0 != b'+').map(|line| line.1).collect(),
            prefix: hunk.lines.iter().take_while(is_context).count(),
            suffix: hunk.lines.iter().rev().take_while(is_context).count(),
            start: hunk.start,
        };
        let line = self.locate(&pattern, fuzz)?;
        Some(Place { line, fuzz, offset: line as isize - pattern.start as isize })
    }

    fn locate(&self, pattern: &Pattern, fuzz: usize) -> Option<usize> {
        let context = pattern.prefix.max(pattern.suffix);
        let guess = pattern.start as isize + self.offset;
        let (total, length) = (self.lines.len() as isize, pattern.lines.len() as isize);
        if length == 0 {
            let line = guess.clamp(self.done as isize + 1, total + 1);
            return Some(line as usize);
        }
        let slack = |near: usize| (fuzz + near) as isize - context as isize;
        let (mut start, mut end) = (slack(pattern.prefix), slack(pattern.suffix));
        if start < 0 && pattern.start <= 1 {
            // Less before it than behind it: it is the start of the file.
            return (self.done == 0 && self.fits(pattern, 1, 0, end.max(0))).then_some(1);
        }
        if end < 0 {
            let line = total - length + 1;
            return (line > self.done as isize && self.fits(pattern, line, start.max(0), 0))
                .then_some(line as usize);
        }
        (start, end) = (start.max(0), end.max(0));
        let least = self.done as isize + 1;
        let most = total - (length - end) + 1;
        let reach = (most - guess).max(guess - least);
        // As near as possible, whatever number the patch says.
        let nearest = (guess - most).max(least - guess).max(0);
        for offset in nearest..=reach {
            for line in [guess + offset, guess - offset] {
                if (least..=most).contains(&line) && self.fits(pattern, line, start, end) {
                    return Some(line as usize);
                }
            }
        }
        None
    }

    /// Whether the pattern, less what is left out at its start and end, stands at the line.
    fn fits(&self, pattern: &Pattern, line: isize, start: isize, end: isize) -> bool {
        let (start, end) = (start as usize, end as usize);
        let inner = pattern.lines.get(start..pattern.lines.len().saturating_sub(end)).unwrap_or_default();
        let Some(first) =
            (line - 1).checked_add_unsigned(start).and_then(|first| usize::try_from(first).ok())
        else {
            return false;
        };
        let Some(found) = self.lines.get(first..).and_then(|lines| lines.get(..inner.len())) else {
            return false;
        };
        inner.iter().zip(found).all(|(a, b)| a == b || self.loose && loosely_equal(a, b))
    }

    /// Makes a change; gives the number of its first line in the new file.
    pub fn make(&mut self, hunk: &Hunk, place: &Place) -> usize {
        let first = place.line.saturating_sub(1);
        self.copy_to(first);
        let line = (place.line as isize + self.grown).max(0) as usize;
        self.offset = place.offset;
        for &(mark, text) in &hunk.lines {
            match mark {
                b' ' => self.copy_to(self.done + 1),
                b'-' => {
                    self.done += 1;
                    self.grown -= 1;
                }
                _ => {
                    // Behind a last line without a newline another one needs it.
                    self.end_line();
                    self.out.extend_from_slice(text);
                    self.grown += 1;
                }
            }
        }
        line
    }

    /// Where a change that fits nowhere would be in the new file.
    pub fn missed(&self, hunk: &Hunk) -> usize {
        (hunk.start as isize + self.offset + self.grown).max(0) as usize
    }

    fn end_line(&mut self) {
        if self.out.last().is_some_and(|&byte| byte != b'\n') {
            self.out.push(b'\n');
        }
    }

    fn copy_to(&mut self, end: usize) {
        while self.done < end
            && let Some(&line) = self.lines.get(self.done)
        {
            self.end_line();
            self.out.extend_from_slice(line);
            self.done += 1;
        }
    }

    /// All that is left.
    pub fn finish(mut self) -> Vec<u8> {
        self.copy_to(self.lines.len());
        self.out
    }
}

/// Whether two lines are the same but for the amounts of their white space.
fn loosely_equal(a: &[u8], b: &[u8]) -> bool {
    let words = |line: &[u8]| -> Vec<u8> {
        let mut out = Vec::new();
        for word in line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
            out.extend_from_slice(word);
            out.push(b' ');
        }
        out
    };
    let leads = |line: &[u8]| line.first().is_some_and(u8::is_ascii_whitespace);
    leads(a) == leads(b) && words(a) == words(b)
}

/// The change the other way round.
pub fn reversed<'p>(hunk: &Hunk<'p>) -> Hunk<'p> {
    let mut lines = Vec::with_capacity(hunk.lines.len());
    for run in hunk.lines.chunk_by(|a, b| (a.0 == b' ') == (b.0 == b' ')) {
        for (from, to) in [(b' ', b' '), (b'+', b'-'), (b'-', b'+')] {
            lines.extend(run.iter().filter(|line| line.0 == from).map(|line| (to, line.1)));
        }
    }
    Hunk { start: hunk.new_start, new_start: hunk.start, lines }
}
