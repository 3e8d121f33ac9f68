//! Finding the place of a change in a file, and making it.

use super::parse::{Hunk, Line};
use applet::prelude::*;

/// A file's old lines, and the new ones so far.
pub struct Work<'f> {
    pub lines: Vec<&'f [u8]>,
    /// So many old lines have been dealt with.
    pub done: usize,
    pub out: Vec<u8>,
    /// How far the last change was from where it was said to be.
    pub offset: isize,
    /// How many lines the new file has so far.
    pub made: usize,
    loose: bool,
    /// The name of -D; empty without it.
    define: &'f [u8],
}

/// A change's old lines.
pub struct Pattern<'p> {
    pub lines: Vec<&'p [u8]>,
    /// Lines at the start and at the end that stay.
    pub prefix: usize,
    pub suffix: usize,
    start: usize,
}

impl<'p> Pattern<'p> {
    pub fn new(hunk: &Hunk<'p>) -> Pattern<'p> {
        let mut pattern = Pattern { lines: Vec::new(), prefix: usize::MAX, suffix: 0, start: hunk.start };
        for (at, line) in hunk.lines.iter().enumerate() {
            if line.0 != b'+' {
                pattern.lines.push(line.1);
            }
            pattern.suffix += 1;
            if line.0 != b' ' {
                pattern.prefix = pattern.prefix.min(at);
                pattern.suffix = 0;
            }
        }
        pattern.prefix = pattern.prefix.min(hunk.lines.len());
        pattern
    }

    /// The more of the lines at the start and at the end that stay.
    pub fn context(&self) -> usize {
        self.prefix.max(self.suffix)
    }
}

impl<'f> Work<'f> {
    pub fn new(text: &'f [u8], loose: bool, define: &'f [u8]) -> Work<'f> {
        let out = Vec::with_capacity(text.len());
        Work { lines: super::lines(text), done: 0, out, offset: 0, made: 0, loose, define }
    }

    /// Looks for the place with just so much fuzz; gives the number of its first line.
    #[inline(never)]
    pub fn find(&self, pattern: &Pattern, fuzz: usize) -> Option<usize> {
        let context = pattern.context();
        let guess = pattern.start as isize + self.offset;
        let (total, length) = (self.lines.len() as isize, pattern.lines.len() as isize);
        let mut least = self.done as isize + 1;
        if length == 0 {
            return Some(guess.clamp(least, total + 1) as usize);
        }
        let slack = |near: usize| (fuzz + near) as isize - context as isize;
        let (mut start, mut end) = (slack(pattern.prefix), slack(pattern.suffix));
        let mut most = total - (length - end.max(0)) + 1;
        if start < 0 && pattern.start <= 1 {
            // Less before it than behind it: it is the start of the file.
            most = 1;
            start = 0;
        } else if end < 0 {
            // It is the end.
            least = least.max(most);
        }
        (start, end) = (start.max(0), end.max(0));
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
        let first = (line - 1 + start) as usize;
        let last = pattern.lines.len().saturating_sub(end as usize);
        let inner = pattern.lines.get(start as usize..last).unwrap_or_default();
        let Some(found) = self.lines.get(first..first.wrapping_add(inner.len())) else { return false };
        inner.iter().zip(found).all(|(a, b)| a == b || self.loose && loosely_equal(a, b))
    }

    /// Makes a change at the line; gives the number of its first line in the new file.
    #[inline(never)]
    pub fn make(&mut self, hunk: &Hunk, line: usize) -> isize {
        self.offset = line as isize - hunk.start as isize;
        self.copy_to(line.saturating_sub(1));
        let number = self.made as isize + 1;
        let mut inside = b' ';
        for &(mark, text) in &hunk.lines {
            self.direct(&mut inside, mark);
            match mark {
                b' ' => self.copy_to(self.done + 1),
                b'-' => {
                    if self.define.is_empty() {
                        self.done += 1;
                    } else {
                        self.copy_to(self.done + 1);
                        self.made -= 1;
                    }
                }
                _ => self.push(text),
            }
        }
        self.direct(&mut inside, b' ');
        number.max(0)
    }

    /// -D: the line for the preprocessor between lines of the kind `inside` (`#` behind #else) and one of the kind `mark`.
    fn direct(&mut self, inside: &mut u8, mark: u8) {
        let (text, now): (&[u8], u8) = match (*inside, mark) {
            _ if self.define.is_empty() => return,
            (b' ', b'-') => (b"#ifndef %s\n", b'-'),
            (b' ', b'+') => (b"#ifdef %s\n", b'+'),
            (b'-', b'+') | (b'+', b'-') => (b"#else\n", b'#'),
            (b'-' | b'+' | b'#', b' ') => (b"#endif\n", b' '),
            _ => return,
        };
        *inside = now;
        let mut line = Vec::new();
        applet::fill(text, &[self.define], &[], &mut line);
        self.push(&line);
        self.made -= 1;
    }

    /// Where a change that fits nowhere would be in the new file.
    pub fn missed(&self, hunk: &Hunk) -> isize {
        (hunk.start as isize + self.offset + self.made as isize - self.done as isize).max(0)
    }

    pub fn push(&mut self, line: &[u8]) {
        // Behind a last line without a newline another one needs it.
        if self.out.last().is_some_and(|&byte| byte != b'\n') {
            self.out.push(b'\n');
        }
        self.out.extend_from_slice(line);
        self.made += 1;
    }

    pub fn push_all(&mut self, lines: &[&[u8]]) {
        for line in lines {
            self.push(line);
        }
    }

    #[inline(never)]
    pub fn copy_to(&mut self, end: usize) {
        while self.done < end
            && let Some(&line) = self.lines.get(self.done)
        {
            self.push(line);
            self.done += 1;
        }
    }

    /// All that is left.
    pub fn finish(mut self) -> Vec<u8> {
        self.copy_to(usize::MAX);
        self.out
    }
}

/// Whether two lines are the same but for the amounts of their white space.
fn loosely_equal(mut a: &[u8], mut b: &[u8]) -> bool {
    loop {
        // White space at the end of a line is no more than none.
        let (rest, other) = (a.trim_ascii_start(), b.trim_ascii_start());
        if rest.is_empty() || other.is_empty() {
            return rest.len() == other.len();
        }
        if (rest.len() < a.len()) != (other.len() < b.len()) {
            return false;
        }
        match (rest, other) {
            ([one, rest @ ..], [two, other @ ..]) if one == two => (a, b) = (rest, other),
            _ => return false,
        }
    }
}

/// The change the other way round.
pub fn reversed<'p>(hunk: &Hunk<'p>) -> Hunk<'p> {
    let mut new = Hunk { start: hunk.new_start, new_start: hunk.start, ..Hunk::default() };
    let mut rest = hunk.lines.as_slice();
    while let [first, ..] = rest {
        // Lines that stay, or lines that go and come: what comes now goes, before what goes now comes.
        let stays = |line: &Line| line.0 == b' ';
        let end = rest.iter().position(|line| stays(line) != stays(first)).unwrap_or(rest.len());
        let (run, behind) = rest.split_at_checked(end).unwrap_or_default();
        for (from, to) in [(b' ', b' '), (b'+', b'-'), (b'-', b'+')] {
            for line in run {
                if line.0 == from {
                    new.lines.push((to, line.1));
                }
            }
        }
        rest = behind;
    }
    new
}
