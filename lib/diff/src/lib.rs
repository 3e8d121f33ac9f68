//! The differences of two texts, line by line.
//!
//! Lines become numbers, equal lines the same one ([`classes`]); lines that only one side has are left out of the search
//! ([`thin`]), which is the linear-space one of Myers, "An O(ND) Difference Algorithm" (1986) ([`search`]); what it finds
//! is moved to where people expect it ([`settle`]). All choices are those of GNU diff, so that the output is the same.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

mod classes;
mod search;
mod settle;
#[cfg(test)]
mod tests;
mod thin;

use alloc::vec;
use alloc::vec::Vec;

/// The lines of a text: where each begins, and the end of the text.
pub struct Lines<'a> {
    text: &'a [u8],
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Finds the lines of `text`; the last one may lack its newline.
    pub fn new(text: &'a [u8]) -> Lines<'a> {
        let mut starts = Vec::with_capacity(text.len() / 32 + 2);
        starts.push(0);
        starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at + 1));
        if starts.last() != Some(&text.len()) {
            starts.push(text.len());
        }
        Lines { text, starts }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A line with its newline, if it has one.
    #[inline]
    pub fn get(&self, index: usize) -> &'a [u8] {
        match (self.starts.get(index), self.starts.get(index + 1)) {
            (Some(&start), Some(&end)) => self.text.get(start..end).unwrap_or_default(),
            _ => b"",
        }
    }
}

/// Lines of the first text, from and up to, that lines of the second, from and up to, stand in the place of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// Where in the first text.
    pub from: (usize, usize),
    /// Where in the second.
    pub to: (usize, usize),
}

/// One side of the search: the lines between what is equal at both ends.
struct Side {
    /// The class of each line.
    classes: Vec<u32>,
    /// Which lines are changed; one more at the end that never is.
    changed: Vec<bool>,
}

/// The changes that make `other` of `one`, in order.
///
/// `minimal`: as few as can be, however long it takes. `horizon`: how many of the equal lines at both ends take part, so
/// that changes may be moved into them. These ends are looked for in `raw`, the texts as they are, where `one` and
/// `other` are what is compared of them; all have the same lines.
pub fn compare<'a>(
    one: &Lines<'a>,
    other: &Lines<'a>,
    raw: (&Lines, &Lines),
    minimal: bool,
    horizon: usize,
) -> Vec<Change> {
    let most = one.len().min(other.len());
    let equal_start = (0..most).take_while(|&at| raw.0.get(at) == raw.1.get(at)).count();
    // What is left of the equal start counts for the end, too.
    let start = equal_start.saturating_sub(horizon);
    let left = most - start;
    let (length, other_length) = (one.len(), other.len());
    let equal_end =
        (1..=left).take_while(|&at| raw.0.get(length - at) == raw.1.get(other_length - at)).count();
    if equal_start == length && equal_start == other_length {
        return Vec::new();
    }
    let end = equal_end.saturating_sub(horizon);
    let (mut a, mut b, count) = classes::number(one, other, start, end);
    thin::search(&mut a, &mut b, count, minimal);
    settle::settle(&mut a.changed, &b.changed, &a.classes);
    settle::settle(&mut b.changed, &a.changed, &b.classes);
    changes(&a, &b, start)
}

/// The runs of changed lines.
fn changes(a: &Side, b: &Side, start: usize) -> Vec<Change> {
    let mut list = Vec::new();
    let (mut at, mut other) = (0, 0);
    let is = |side: &Side, at: usize| side.changed.get(at) == Some(&true);
    while at < a.classes.len() || other < b.classes.len() {
        let (from, to) = (at, other);
        while is(a, at) {
            at += 1;
        }
        while is(b, other) {
            other += 1;
        }
        if from != at || to != other {
            let (from, to) = ((start + from, start + at), (start + to, start + other));
            list.push(Change { from, to });
        }
        at += 1;
        other += 1;
    }
    list
}

impl Side {
    fn new(classes: Vec<u32>) -> Side {
        let changed = vec![false; classes.len() + 1];
        Side { classes, changed }
    }
}
