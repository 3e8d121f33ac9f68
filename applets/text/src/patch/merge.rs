//! --merge: changes between lines that are no longer what they were.

use super::apply::{Pattern, Work};
use super::parse::Hunk;
use applet::prelude::*;

/// An old line that is no more costs as much as so many new ones.
const LOST: usize = 3;

/// For each old line of a change the number of the line that it is, or `usize::MAX`, with as little as can be left out of
/// both. Lines around them do not count; of places equally good it is the one that ends nearest to `guess`.
#[inline(never)]
fn align(old: &[&[u8]], lines: &[&[u8]], guess: usize) -> Vec<usize> {
    let width = lines.len() + 1;
    // What is left out of the first lines of both: a row for each old line.
    let mut costs = alloc::vec![0; width];
    let cost = |costs: &[usize], at: usize| costs.get(at).copied().unwrap_or(usize::MAX);
    for &line in old {
        let above = costs.len() - width;
        costs.push(cost(&costs, above) + LOST);
        for (column, other) in (above..).zip(lines) {
            let least = (cost(&costs, column + 1) + LOST).min(cost(&costs, column + width) + 1);
            costs.push(if line == *other { least.min(cost(&costs, column)) } else { least });
        }
    }
    let mut at = costs.len() - width;
    let mut least = (usize::MAX, 0);
    for end in at..at + width {
        let key = (cost(&costs, end) << 16 | (end - at).abs_diff(guess).min(0xffff), end);
        least = least.min(key);
    }
    at = least.1;
    let mut found = Vec::new();
    while at >= width {
        let line = (at % width).wrapping_sub(1);
        let same = line < lines.len() && lines.get(line) == old.get(at / width - 1);
        if same && cost(&costs, at) == cost(&costs, at - width - 1) {
            found.push(line);
            at -= width + 1;
        } else if cost(&costs, at) == cost(&costs, at - width) + LOST {
            found.push(usize::MAX);
            at -= width;
        } else {
            at -= 1;
        }
    }
    found.reverse();
    found
}

impl Work<'_> {
    /// Makes a change that fits nowhere, and appends to `told` how; whether there was a conflict.
    #[inline(never)]
    pub fn merge(&mut self, hunk: &Hunk, whole: bool, told: &mut Vec<u8>) -> bool {
        let from = self.done;
        let rest = self.lines.get(from..).unwrap_or_default().to_vec();
        let guess = ((hunk.start as isize - 1 + self.offset) as usize).saturating_sub(from).min(rest.len());
        let pattern = Pattern::new(hunk);
        let count = pattern.lines.len();
        let found = align(&pattern.lines, &rest, guess + count);
        // Lines at its ends that are not the same stand for each other.
        let (mut start, mut end) = (usize::MAX, guess);
        for (at, &line) in found.iter().enumerate() {
            if line < usize::MAX {
                start = start.min(line.saturating_sub(at));
                end = (line + count - at).min(rest.len());
            }
        }
        start = start.min(end);
        if pattern.suffix < pattern.prefix {
            // It is the end of the file.
            end = rest.len();
        }
        self.offset = (from + start + 1) as isize - hunk.start as isize;
        self.copy_to(from + start);
        let (mut old, mut new) = (Vec::new(), Vec::new());
        let (mut changed, mut conflict, mut last) = (false, false, &b""[..]);
        let mut found = found.iter();
        let mut lines = hunk.lines.clone();
        lines.push((0, b""));
        for (mark, text) in lines {
            let line = match mark {
                b'+' => None,
                0 => Some(end),
                _ => found.next().copied().filter(|&line| mark == b' ' && line < usize::MAX),
            };
            let Some(line) = line else {
                changed |= mark != b' ';
                if mark != b'+' {
                    old.push(text);
                }
                if mark != b'-' {
                    new.push(text);
                }
                continue;
            };
            // What stands before a line that both have.
            if changed {
                let mine = rest.get(self.done - from..line).unwrap_or_default();
                let (mut ours, mut theirs, mut same) = (mine, new.as_slice(), 0);
                let mut first = self.made + 1;
                let mut kind: &[u8] = b"merged";
                if mine == new {
                    kind = b"already applied";
                } else if mine != old {
                    kind = b"NOT MERGED";
                    conflict = true;
                    // Only what differs is a conflict.
                    while !whole
                        && let ([a, x @ ..], [b, y @ ..]) = (ours, theirs)
                        && a == b
                    {
                        self.push(a);
                        first += 1;
                        (ours, theirs) = (x, y);
                    }
                    while !whole
                        && let ([x @ .., a], [y @ .., b]) = (ours, theirs)
                        && a == b
                    {
                        (ours, theirs, same) = (x, y, same + 1);
                    }
                    self.push(b"<<<<<<<\n");
                    self.push_all(ours);
                    if whole {
                        self.push(b"|||||||\n");
                        self.push_all(&old);
                    }
                    self.push(b"=======\n");
                }
                self.push_all(theirs);
                self.done = from + line;
                if kind.starts_with(b"N") {
                    self.push(b">>>>>>>\n");
                }
                if last == kind {
                    told.push(b',');
                } else {
                    let comma: &[u8] = if last.is_empty() { b"" } else { b"," };
                    applet::fill(b"%s %s at ", &[comma, kind], &[], told);
                    last = kind;
                }
                let range: &[u8] = if self.made > first { b"%d-%d" } else { b"%d" };
                applet::fill(range, &[], &[first as i64, self.made as i64], told);
                // The lines at the end that are the same.
                self.push_all(new.get(new.len() - same..).unwrap_or_default());
                changed = false;
            }
            old.clear();
            new.clear();
            if mark != 0 {
                self.copy_to(from + line + 1);
            }
        }
        conflict
    }
}
