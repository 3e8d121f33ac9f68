//! Compression of the help texts: a context-mixing model made for short English option lists.
//!
//! All texts are one blob, because what one text teaches about the style of the others is most of the gain. A model
//! (`model.rs`) predicts each bit from eight contexts, and a binary arithmetic coder spends `-log2 p` bits on it.
//! Compressor and decompressor run the same model over the same history, in integers only, so they agree
//! on every machine and at every optimisation level.
//!
//! A blob is three bytes of length (little endian, at most [`MAX_LENGTH`]) and the arithmetic code.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

mod model;
#[cfg(test)]
mod tests;

use model::Model;

/// The longest text a blob holds, in bytes. A decoder never yields more, whatever the blob says.
pub const MAX_LENGTH: usize = 4 << 20;

/// The interval of the arithmetic coder, `low..=high`: the code read as a 32-bit binary fraction lies in it.
struct Interval {
    low: u32,
    high: u32,
}

impl Interval {
    const WHOLE: Interval = Interval { low: 0, high: u32::MAX };

    /// The last point of the part that means "one", which has `probability` / 65536 of the interval.
    fn split(&self, probability: u32) -> u32 {
        self.low + ((u64::from(self.high - self.low) * u64::from(probability)) >> 16) as u32
    }

    fn narrow(&mut self, split: u32, bit: u32) {
        if bit == 1 {
            self.high = split;
        } else {
            self.low = split + 1;
        }
    }

    /// Drops the first byte if both ends agree on it, and returns it.
    fn shift(&mut self) -> Option<u8> {
        let first = self.low >> 24;
        if first != self.high >> 24 {
            return None;
        }
        self.low <<= 8;
        self.high = self.high << 8 | 0xff;
        Some(first as u8)
    }
}

/// Hands the text in `blob` to `sink`, byte by byte, until it ends or `sink` answers false.
///
/// A truncated or forged blob yields wrong bytes, never more than [`MAX_LENGTH`] of them.
pub fn decompress(blob: &[u8], sink: &mut dyn FnMut(u8) -> bool) {
    let mut code = blob.iter().map(|&byte| u32::from(byte));
    let mut next = || code.next().unwrap_or(0);
    let length = next() | next() << 8 | next() << 16;
    let mut value = next() << 24 | next() << 16 | next() << 8 | next();
    let mut interval = Interval::WHOLE;
    let Some(mut model) = Model::new() else { return };
    for _ in 0..length.min(MAX_LENGTH as u32) {
        for _ in 0..8 {
            let split = interval.split(model.predict());
            let bit = u32::from(value <= split);
            interval.narrow(split, bit);
            model.update(bit);
            while interval.shift().is_some() {
                value = value << 8 | next();
            }
        }
        if !sink(model.end_byte()) {
            return;
        }
    }
}

/// The blob of `text`; empty, which stands for no text, if `text` is longer than [`MAX_LENGTH`].
#[cfg(any(test, feature = "encode"))]
pub fn compress(text: &[u8]) -> alloc::vec::Vec<u8> {
    let mut blob = alloc::vec::Vec::new();
    if text.len() > MAX_LENGTH {
        return blob;
    }
    blob.extend_from_slice(&(text.len() as u32).to_le_bytes()[..3]);
    let mut interval = Interval::WHOLE;
    let Some(mut model) = Model::new() else { return blob };
    for byte in text {
        for shift in (0..8).rev() {
            let bit = u32::from(byte >> shift) & 1;
            let split = interval.split(model.predict());
            interval.narrow(split, bit);
            model.update(bit);
            while let Some(first) = interval.shift() {
                blob.push(first);
            }
        }
        model.end_byte();
    }
    // The ends differ in their first byte, so this byte and the zeros the decoder sees after it lie between them;
    // an interval that was never narrowed needs nothing.
    if interval.low > 0 {
        blob.push((interval.low >> 24) as u8 + 1);
    }
    blob
}
