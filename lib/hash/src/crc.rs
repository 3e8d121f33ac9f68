//! CRC-32 with polynomial 0x04C11DB7: that of gzip, and that of POSIX `cksum`, which is the same with all bits reversed.

use alloc::boxed::Box;

const ENTRIES: usize = 8 * 256;

/// Entry `256 * k + byte` says what `byte` followed by `k` zero bytes does to a register. Built when first needed.
#[derive(Clone)]
pub struct Table(Option<Box<[u32; ENTRIES]>>);

impl Table {
    pub fn new() -> Table {
        Table(None)
    }

    /// Continues the CRC in `register`; with `mirrored`, each byte counts with its bits reversed.
    pub fn update(&mut self, register: u32, data: &[u8], mirrored: bool) -> u32 {
        let entries = self.0.get_or_insert_with(build);
        match sys::sha::crc32_fold(register, data, mirrored) {
            Some((taken, register, left)) => {
                let register = by_table(entries, register, &left, mirrored);
                by_table(entries, register, data.get(taken..).unwrap_or_default(), mirrored)
            }
            None => by_table(entries, register, data, mirrored),
        }
    }

    /// The end of POSIX `cksum`: the bytes of the length of the message count too, lowest first.
    pub fn cksum_end(&mut self, register: u32, length: u64) -> u32 {
        let used = (64 - length.leading_zeros() as usize).div_ceil(8);
        let bytes = length.to_le_bytes();
        !self.update(register, bytes.get(..used).unwrap_or_default(), true).reverse_bits()
    }
}

#[cold]
fn build() -> Box<[u32; ENTRIES]> {
    let mut entries = Box::new([0; ENTRIES]);
    for index in 0..ENTRIES {
        entries[index] = if index < 256 {
            let bits = 0..8;
            bits.fold(index as u32, |entry, _| entry >> 1 ^ (0xedb8_8320 & (entry & 1).wrapping_neg()))
        } else {
            let shorter: u32 = entries[index - 256];
            shorter >> 8 ^ entries[shorter as usize & 255]
        };
    }
    entries
}

#[inline(never)]
fn by_table(entries: &[u32; ENTRIES], mut register: u32, data: &[u8], mirrored: bool) -> u32 {
    let (chunks, rest) = data.as_chunks::<8>();
    for chunk in chunks {
        let mut word = u64::from_le_bytes(*chunk);
        if mirrored {
            word = word.reverse_bits().swap_bytes();
        }
        word ^= u64::from(register);
        register = 0;
        for byte in 0..8 {
            register ^= entries[(7 - byte) * 256 + (word >> (8 * byte)) as usize % 256];
        }
    }
    for &byte in rest {
        let byte = if mirrored { byte.reverse_bits() } else { byte };
        register = register >> 8 ^ entries[(register as u8 ^ byte) as usize];
    }
    register
}
