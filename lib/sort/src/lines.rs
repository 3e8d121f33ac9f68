//! Many lines in memory, sorted.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::keys::Keys;

/// A line: the first 128 bits of its order, and where it is in the buffer.
#[derive(Clone, Copy, Default)]
struct Entry {
    prefix: u128,
    start: u64,
    length: u64,
}

/// Lines in one buffer.
#[derive(Default)]
pub struct Lines {
    text: Vec<u8>,
    entries: Vec<Entry>,
    /// Up to where `text` has been cut into lines.
    cut: usize,
}

/// Below this a second thread costs more than it gains.
const WORTH_A_THREAD: usize = 20_000;

impl Lines {
    /// Appends lines that end with `end` (the last of which may lack it: it gets one).
    pub fn add(&mut self, text: &[u8], end: u8) {
        self.text.extend_from_slice(text);
        if text.last().is_some_and(|&last| last != end) {
            self.text.push(end);
        }
        let fresh = self.text.get(self.cut..).unwrap_or_default();
        let mut start = 0;
        for at in memchr::memchr_iter(end, fresh) {
            let line = fresh.get(start..at).unwrap_or_default();
            self.entries.push(Entry {
                prefix: 0,
                start: (self.cut + start) as u64,
                length: line.len() as u64,
            });
            start = at + 1;
        }
        self.cut += start;
    }

    /// The memory in use, in bytes.
    pub fn memory(&self) -> usize {
        // Sorting takes the entries twice.
        self.text.len() + self.entries.len() * 2 * size_of::<Entry>()
    }

    /// How many lines there are.
    pub fn count(&self) -> usize {
        self.entries.len()
    }

    /// Takes all lines out; the memory is kept for the next ones.
    pub fn clear(&mut self) {
        self.text.clear();
        self.entries.clear();
        self.cut = 0;
    }

    fn line(&self, entry: &Entry) -> &[u8] {
        self.text.get(entry.start as usize..(entry.start + entry.length) as usize).unwrap_or_default()
    }

    /// Works out the entries' prefixes, behind what all keys have in common where that is possible. Gives whether equal
    /// prefixes mean equal first keys.
    fn set_prefixes(&self, entries: &mut [Entry], keys: &Keys) -> bool {
        let skip = match entries.split_first() {
            Some((first, rest)) if keys.starts_with_text() => {
                let first = keys.first_part(self.line(first));
                rest.iter().fold(first.len(), |common, entry| {
                    let part = keys.first_part(self.line(entry));
                    let (a, b) = (first.get(..common).unwrap_or(first), part.get(..common).unwrap_or(part));
                    if a == b { common } else { a.iter().zip(b).take_while(|(a, b)| a == b).count() }
                })
            }
            _ => 0,
        };
        let mut all_exact = true;
        for entry in entries {
            let (prefix, exact) = keys.prefix(self.line(entry), skip);
            entry.prefix = prefix;
            all_exact &= exact;
        }
        all_exact
    }

    /// Sorts; lines whose order is equal stay as they came. Uses up to `threads` threads.
    pub fn sort(&mut self, keys: &Keys, threads: usize) {
        let mut entries = core::mem::take(&mut self.entries);
        let exact = self.set_prefixes(&mut entries, keys);
        // Where a prefix says all of the only key, lines need not be looked at before those with equal ones are together.
        let by_prefix = exact && keys.list.len() == 1;
        let mut sorter = Sorter { lines: self, keys, plain: keys.is_plain(), exact, by_prefix };
        let mut scratch = Vec::new();
        scratch.resize(entries.len(), Entry::default());
        sorter.sort(&mut entries, &mut scratch, threads);
        if by_prefix && keys.last_resort {
            sorter.by_prefix = false;
            sorter.sort_groups(&mut entries, &mut scratch, threads);
        }
        self.entries = entries;
    }

    /// Hands out the lines in order, each without its end, as long as `take` wants more. With `unique` only the first of
    /// those whose keys are equal.
    pub fn each(&self, keys: &Keys, unique: bool, take: &mut dyn FnMut(&[u8]) -> bool) {
        let mut last: Option<&Entry> = None;
        for entry in &self.entries {
            let line = self.line(entry);
            if unique {
                let repeated = last.is_some_and(|last| {
                    last.prefix == entry.prefix && keys.compare_keys(self.line(last), line).is_eq()
                });
                last = Some(entry);
                if repeated {
                    continue;
                }
            }
            if !take(line) {
                return;
            }
        }
    }
}

struct Sorter<'a> {
    lines: &'a Lines,
    keys: &'a Keys,
    /// The order is that of the bytes (`Some`), backwards (`true`).
    plain: Option<bool>,
    /// Equal prefixes mean equal first keys.
    exact: bool,
    /// Lines with equal prefixes stay as they came.
    by_prefix: bool,
}

impl Sorter<'_> {
    #[inline]
    fn compare(&self, a: &Entry, b: &Entry) -> Ordering {
        match a.prefix.cmp(&b.prefix) {
            Ordering::Equal => self.compare_equal(a, b),
            order => order,
        }
    }

    /// Compares lines whose prefixes are equal.
    fn compare_equal(&self, a: &Entry, b: &Entry) -> Ordering {
        if self.by_prefix {
            return a.start.cmp(&b.start);
        }
        let (first, second) = (self.lines.line(a), self.lines.line(b));
        let order = match self.plain {
            Some(false) => first.cmp(second),
            Some(true) => second.cmp(first),
            None => self.keys.compare_from(usize::from(self.exact), first, second),
        };
        // The place in the input makes an unstable sort stable.
        order.then_with(|| a.start.cmp(&b.start))
    }

    /// Sorts by merging, which is stable, compares least, and finds order that is there already.
    fn sort(&self, entries: &mut [Entry], scratch: &mut [Entry], threads: usize) {
        if entries.len() <= 8 {
            return self.insert(entries);
        }
        let middle = entries.len() / 2;
        let (left, right) = entries.split_at_mut(middle);
        let Some((scratch_left, scratch_right)) = scratch.split_at_mut_checked(middle) else { return };
        if threads > 1 && middle >= WORTH_A_THREAD {
            sys::thread::both(&mut || self.sort(left, scratch_left, threads / 2), &mut || {
                self.sort(right, scratch_right, threads - threads / 2)
            });
        } else {
            self.sort(left, scratch_left, 1);
            self.sort(right, scratch_right, 1);
        }
        self.merge(entries, middle, scratch);
    }

    /// Sorts those that have equal prefixes and stand together.
    fn sort_groups(&self, mut entries: &mut [Entry], mut scratch: &mut [Entry], threads: usize) {
        let middle = entries.len() / 2;
        if threads > 1 && middle >= WORTH_A_THREAD {
            let begin = entries.get(middle).map_or(0, |entry| entry.prefix);
            let middle = entries.partition_point(|entry| entry.prefix < begin);
            let (left, right) = entries.split_at_mut(middle);
            let Some((scratch_left, scratch_right)) = scratch.split_at_mut_checked(middle) else { return };
            return sys::thread::both(&mut || self.sort_groups(left, scratch_left, 1), &mut || {
                self.sort_groups(right, scratch_right, 1)
            });
        }
        while let Some(first) = entries.first() {
            let prefix = first.prefix;
            let count = entries.iter().take_while(|entry| entry.prefix == prefix).count();
            let (group, rest) = entries.split_at_mut(count);
            self.sort(group, scratch, 1);
            (entries, scratch) = (rest, scratch.get_mut(count..).unwrap_or_default());
        }
    }

    /// Sorts a few entries by inserting each among those before it.
    fn insert(&self, entries: &mut [Entry]) {
        for end in 1..entries.len() {
            let Some(new) = entries.get(end).copied() else { return };
            let mut at = end;
            while let Some(before) = at.checked_sub(1).and_then(|before| entries.get(before).copied())
                && self.compare(&before, &new).is_gt()
            {
                if let Some(place) = entries.get_mut(at) {
                    *place = before;
                }
                at -= 1;
            }
            if let Some(place) = entries.get_mut(at) {
                *place = new;
            }
        }
    }

    /// Merges the two sorted parts of `entries`, the second of which begins at `middle`.
    fn merge(&self, entries: &mut [Entry], middle: usize, scratch: &mut [Entry]) {
        let (left, right) = entries.split_at(middle);
        if let (Some(last), Some(first)) = (left.last(), right.first())
            && self.compare(last, first).is_le()
        {
            return;
        }
        // Only the left part has to move away: what is written never overtakes what is read of the right one.
        let Some(held) = scratch.get_mut(..middle) else { return };
        held.copy_from_slice(left);
        let mut held = &*held;
        let (mut to, mut from) = (0, middle);
        while let (Some(a), Some(&b)) = (held.first(), entries.get(from)) {
            let next = if self.compare(a, &b).is_le() {
                held = held.get(1..).unwrap_or_default();
                *a
            } else {
                from += 1;
                b
            };
            if let Some(place) = entries.get_mut(to) {
                *place = next;
            }
            to += 1;
        }
        // What is left of the right part is where it belongs.
        if let Some(rest) = entries.get_mut(to..to + held.len()) {
            rest.copy_from_slice(held);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Key;
    use proptest::prelude::*;
    use std::string::{String, ToString};

    fn sorted(text: &str, keys: &Keys, threads: usize, unique: bool) -> Vec<String> {
        let mut lines = Lines::default();
        lines.add(text.as_bytes(), b'\n');
        lines.sort(keys, threads);
        let mut out = Vec::new();
        lines.each(keys, unique, &mut |line| {
            out.push(String::from_utf8_lossy(line).into_owned());
            true
        });
        out
    }

    proptest! {
        #[test]
        fn as_std_sorts(lines in proptest::collection::vec("[a-c ]{0,12}", 0..60), reverse: bool) {
            let keys = Keys { list: alloc::vec![Key { reverse, ..Key::default() }], last_resort: true, reverse, ..Keys::default() };
            let mut expected = lines.clone();
            expected.sort();
            if reverse { expected.reverse(); }
            let text: String = lines.iter().map(|line| line.to_string() + "\n").collect();
            prop_assert_eq!(sorted(&text, &keys, 1, false), expected);
        }

        #[test]
        fn stable_by_second_field(lines in proptest::collection::vec("[a-c]{1,3} [xy] [0-9]", 0..60)) {
            let key = Key { start_field: 1, end_field: Some(1), ..Key::default() };
            let keys = Keys { list: alloc::vec![key], ..Keys::default() };
            let mut expected = lines.clone();
            expected.sort_by_key(|line| line.split(' ').nth(1).unwrap().to_string());
            let text: String = lines.iter().map(|line| line.to_string() + "\n").collect();
            prop_assert_eq!(sorted(&text, &keys, 1, false), expected);
        }
    }

    #[test]
    fn threads_sort_alike() {
        let mut seed = 7u32;
        let text: String = (0..WORTH_A_THREAD * 3)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                std::format!("{} {}\n", seed >> 20, seed % 97)
            })
            .collect();
        let keys = Keys { list: alloc::vec![Key { start_field: 1, ..Key::default() }], ..Keys::default() };
        assert_eq!(sorted(&text, &keys, 1, false), sorted(&text, &keys, 3, false));
        assert_eq!(sorted(&text, &keys, 2, true).len(), 97);
    }
}
