//! Merging sorted inputs.

use alloc::vec::Vec;
use core::cmp::Ordering;

use io::Reader;

use crate::keys::Keys;

/// An input and its next line.
struct Source {
    reader: Reader,
    prefix: u128,
    line: Vec<u8>,
    /// Its place among the inputs: of equal lines the first input's comes first.
    index: usize,
}

impl Source {
    /// Goes on to the next line; `false` at the end.
    fn advance(&mut self, end: u8, keys: &Keys) -> Result<bool, (usize, sys::Errno)> {
        let line = self.reader.text_line(end).map_err(|errno| (self.index, errno))?;
        let Some(line) = line else { return Ok(false) };
        self.prefix = keys.prefix(line, 0).0;
        self.line.clear();
        self.line.extend_from_slice(line);
        Ok(true)
    }

    #[inline(never)]
    fn before(&self, other: &Source, keys: &Keys) -> bool {
        let order = self.prefix.cmp(&other.prefix);
        let order = order.then_with(|| keys.compare(&self.line, &other.line));
        order.then_with(|| self.index.cmp(&other.index)) == Ordering::Less
    }
}

/// Moves the source at `at` down the heap to where it belongs.
fn sift_down(heap: &mut [Source], mut at: usize, keys: &Keys) {
    loop {
        let mut first = at;
        for child in [2 * at + 1, 2 * at + 2] {
            if let (Some(candidate), Some(best)) = (heap.get(child), heap.get(first))
                && candidate.before(best, keys)
            {
                first = child;
            }
        }
        if first == at {
            return;
        }
        heap.swap(first, at);
        at = first;
    }
}

/// Merges sorted inputs; hands out the lines in order as long as `take` wants more, with `unique` only the first of those
/// whose keys are equal. A read error is given with the input's number.
pub fn merge(
    readers: Vec<Reader>,
    end: u8,
    keys: &Keys,
    unique: bool,
    take: &mut dyn FnMut(&[u8]) -> bool,
) -> Result<(), (usize, sys::Errno)> {
    let mut heap: Vec<Source> = Vec::new();
    for (index, reader) in readers.into_iter().enumerate() {
        let mut source = Source { reader, prefix: 0, line: Vec::new(), index };
        if source.advance(end, keys)? {
            heap.push(source);
        }
    }
    for at in (0..heap.len() / 2).rev() {
        sift_down(&mut heap, at, keys);
    }
    let mut last: Option<Vec<u8>> = None;
    while let Some(top) = heap.first_mut() {
        let repeated = unique && last.as_ref().is_some_and(|last| keys.compare_keys(last, &top.line).is_eq());
        if !repeated {
            if !take(&top.line) {
                return Ok(());
            }
            if unique {
                let last = last.get_or_insert_default();
                last.clear();
                last.extend_from_slice(&top.line);
            }
        }
        if !top.advance(end, keys)? {
            heap.swap_remove(0);
        }
        sift_down(&mut heap, 0, keys);
    }
    Ok(())
}
