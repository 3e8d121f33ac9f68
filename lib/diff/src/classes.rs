//! Numbers for lines.

use alloc::vec;
use alloc::vec::Vec;

use crate::{Lines, Side};

/// A hash of a line, eight bytes at a time.
#[inline]
fn hash(line: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = line.len() as u64;
    let (words, rest) = line.as_chunks::<8>();
    for word in words {
        state = (state.rotate_left(23) ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR);
    }
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    state = (state.rotate_left(23) ^ u64::from_le_bytes(last)).wrapping_mul(FACTOR);
    state ^ state >> 29
}

/// Where lines are looked up by their hash: open addressing.
struct Table<'a> {
    /// The class and 1, 0 for none, with the upper half of the hash.
    slots: Vec<(u32, u32)>,
    mask: usize,
    /// A line of each class.
    lines: Vec<&'a [u8]>,
}

/// So many slots are asked for at once: one after the other each would be waited for.
const BATCH: usize = 32;

impl<'a> Table<'a> {
    /// Brings the slots of these hashes into the cache.
    #[inline]
    fn touch(&self, hashes: &[u64]) {
        let slot = |hash: &u64| self.slots.get(*hash as usize & self.mask).map_or(0, |slot| slot.0);
        core::hint::black_box(hashes.iter().fold(0, |all, hash| all | slot(hash)));
    }

    #[inline]
    fn class(&mut self, line: &'a [u8], hash: u64) -> u32 {
        let high = (hash >> 32) as u32;
        let mut at = hash as usize & self.mask;
        loop {
            // The table is twice as large as there are lines: there is always a free slot.
            let Some(slot) = self.slots.get_mut(at) else { return 0 };
            if slot.0 == 0 {
                let class = self.lines.len() as u32;
                *slot = (class + 1, high);
                self.lines.push(line);
                return class;
            }
            if slot.1 == high && self.lines.get(slot.0 as usize - 1).is_some_and(|known| *known == line) {
                return slot.0 - 1;
            }
            at = (at + 1) & self.mask;
        }
    }
}

/// Gives equal lines equal numbers, and tells how many numbers there are; `start` lines at the start and `end` lines at
/// the end do not take part.
pub fn number<'a>(one: &Lines<'a>, other: &Lines<'a>, start: usize, end: usize) -> (Side, Side, usize) {
    let total = one.len() + other.len();
    let size = (total.saturating_sub(2 * (start + end)) * 2).max(64).next_power_of_two();
    let mut table = Table { slots: vec![(0, 0); size], mask: size - 1, lines: Vec::new() };
    let mut side = |lines: &Lines<'a>| {
        let end = lines.len().saturating_sub(end);
        let mut classes = Vec::with_capacity(end.saturating_sub(start));
        let mut at = start;
        let mut hashes = [0; BATCH];
        while at < end {
            let batch = hashes.get_mut(..(end - at).min(BATCH)).unwrap_or_default();
            for (line, to) in (at..).zip(batch.iter_mut()) {
                *to = hash(lines.get(line));
            }
            table.touch(batch);
            for (line, hash) in (at..).zip(batch.iter()) {
                classes.push(table.class(lines.get(line), *hash));
            }
            at += BATCH;
        }
        Side::new(classes)
    };
    let (a, b) = (side(one), side(other));
    (a, b, table.lines.len())
}
