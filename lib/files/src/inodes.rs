//! Files that have been seen, by device and inode.

use alloc::vec;
use alloc::vec::Vec;

/// A table from (device, inode) to a value, for hard links that are met again.
#[derive(Default)]
pub struct Inodes {
    /// Open addressing; a slot with the value `usize::MAX` is free. The length is a power of two, or 0.
    slots: Vec<(u64, u64, usize)>,
    used: usize,
}

const FREE: (u64, u64, usize) = (0, 0, usize::MAX);

impl Inodes {
    /// Enters a file that is not in the table, with a value below `usize::MAX`; of one that is, gives the value it has.
    pub fn insert(&mut self, dev: u64, ino: u64, value: usize) -> Option<usize> {
        if self.used * 2 >= self.slots.len() {
            let new = vec![FREE; (self.slots.len() * 2).max(64)];
            for (dev, ino, value) in core::mem::replace(&mut self.slots, new) {
                if value != FREE.2 {
                    self.place(dev, ino, value);
                }
            }
        }
        let found = self.place(dev, ino, value);
        self.used += usize::from(found.is_none());
        found
    }

    /// The value of a file.
    pub fn get(&self, dev: u64, ino: u64) -> Option<usize> {
        let mut at = hash(dev, ino);
        loop {
            let slot = self.slots.get(at & self.slots.len().checked_sub(1)?)?;
            if slot.2 == FREE.2 {
                return None;
            }
            if (slot.0, slot.1) == (dev, ino) {
                return Some(slot.2);
            }
            at = at.wrapping_add(1);
        }
    }

    fn place(&mut self, dev: u64, ino: u64, value: usize) -> Option<usize> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash(dev, ino);
        loop {
            let slot = self.slots.get_mut(at & mask)?;
            if slot.2 == FREE.2 {
                *slot = (dev, ino, value);
                return None;
            }
            if (slot.0, slot.1) == (dev, ino) {
                return Some(slot.2);
            }
            at = at.wrapping_add(1);
        }
    }
}

fn hash(dev: u64, ino: u64) -> usize {
    // Inode numbers of one file system come in runs: multiplying spreads them, and the high bits are the good ones.
    ((ino ^ dev << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn agrees_with_a_map() {
        let (mut table, mut map) = (Inodes::default(), HashMap::new());
        let mut random = 1u64;
        for i in 0..20_000usize {
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1);
            let (dev, ino) = (random >> 60 & 1, random >> 40 & 0x3fff);
            assert_eq!(table.get(dev, ino), map.get(&(dev, ino)).copied());
            assert_eq!(table.insert(dev, ino, i), map.get(&(dev, ino)).copied());
            map.entry((dev, ino)).or_insert(i);
        }
        assert_eq!(table.used, map.len());
    }
}
