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

impl<'a> Table<'a> {
    #[inline]
    fn class(&mut self, line: &'a [u8]) -> u32 {
        let hash = hash(line);
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
        let range = start..lines.len().saturating_sub(end);
        Side::new(range.map(|at| table.class(lines.get(at))).collect())
    };
    let (a, b) = (side(one), side(other));
    (a, b, table.lines.len())
}
