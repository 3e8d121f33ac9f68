//! Message digests and checksums behind one interface that is not generic, so that its users share all of its code.
//!
//! ```
//! use hash::{Algorithm, Hasher};
//! let mut hasher = Hasher::new(Algorithm::Md5, 0);
//! hasher.update(b"abc");
//! let mut digest = [0; hash::MAX_DIGEST];
//! let length = hasher.finish(&mut digest);
//! assert_eq!(digest[..length][..4], [0x90, 0x01, 0x50, 0x98]);
//! ```
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

mod constants;
mod crc;
mod legacy;
mod sha2;
#[cfg(test)]
mod tests;
mod wide;

use constants::{MD5_STATE, SHA384_STATE, SHA512_STATE, SM3_STATE};

/// The longest digest, in bytes.
pub const MAX_DIGEST: usize = 64;

/// The longest block: that of SHA3-224.
const MAX_BLOCK: usize = 144;

/// What to compute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Algorithm {
    /// The 16-bit checksum of System V `sum`.
    Sysv,
    /// The 16-bit rotating checksum of BSD `sum`.
    Bsd,
    /// The CRC of POSIX `cksum`, which covers the length of the message.
    Cksum,
    /// CRC-32 as in gzip (RFC 1952), zip and Ethernet.
    Crc32,
    /// RFC 1321.
    Md5,
    /// FIPS 180-4.
    Sha1,
    /// FIPS 180-4.
    Sha224,
    /// FIPS 180-4.
    Sha256,
    /// FIPS 180-4.
    Sha384,
    /// FIPS 180-4.
    Sha512,
    /// FIPS 202, with a digest of 224, 256, 384 or 512 bits.
    Sha3,
    /// RFC 7693 without a key, with a digest of 8 to 512 bits.
    Blake2b,
    /// GB/T 32905-2016.
    Sm3,
}

use Algorithm::*;

/// A digest in the making. What runs once a message is marked cold, which keeps it small in a crate built for speed.
#[derive(Clone)]
pub struct Hasher {
    algorithm: Algorithm,
    /// Bytes of the digest, and of a block (0: it takes its input as it comes).
    digest_length: u8,
    block_length: u8,
    /// Bytes in `buffer`. A full block stays there until more follows, for BLAKE2b treats the last one differently.
    filled: u8,
    /// Bytes so far.
    length: u64,
    /// The state of algorithms with 32-bit words, or a checksum.
    words: [u32; 8],
    /// The state of algorithms with 64-bit words.
    lanes: [u64; 25],
    buffer: [u8; MAX_BLOCK],
    crc: crc::Table,
}

impl Hasher {
    /// Starts a digest. `bits` is the length that [`Sha3`] and [`Blake2b`] are to yield, and ignored by the others; other
    /// lengths than those of the standard are rounded to one that is.
    #[cold]
    pub fn new(algorithm: Algorithm, bits: usize) -> Hasher {
        let (mut words, mut lanes) = ([0; 8], [0; 8]);
        let (digest_length, block_length) = match algorithm {
            Sysv | Bsd => (2, 0),
            Cksum | Crc32 => (4, 0),
            Md5 => (16, 64),
            Sha1 => (20, 64),
            Sha224 => (28, 64),
            Sha256 | Sm3 => (32, 64),
            Sha384 => (48, 128),
            Sha512 => (64, 128),
            Sha3 => {
                let length = bits.div_ceil(128).clamp(2, 4) as u8 * 16;
                let length = if bits <= 224 { 28 } else { length };
                (length, 200 - 2 * length)
            }
            Blake2b => (bits.div_ceil(8).clamp(1, 64) as u8, 128),
        };
        match algorithm {
            Md5 | Sha1 => words = MD5_STATE,
            Sha224 => words = shifted(&SHA384_STATE, 0),
            Sha256 => words = shifted(&SHA512_STATE, 32),
            Sm3 => words = SM3_STATE,
            Sha384 => lanes = SHA384_STATE,
            Sha512 | Blake2b => lanes = SHA512_STATE,
            Crc32 => words[0] = !0,
            Sysv | Bsd | Cksum | Sha3 => (),
        }
        if algorithm == Blake2b {
            lanes[0] ^= 0x0101_0000 | u64::from(digest_length);
        }
        let mut all_lanes = [0; 25];
        all_lanes[..8].copy_from_slice(&lanes);
        Hasher {
            algorithm,
            digest_length,
            block_length,
            filled: 0,
            length: 0,
            words,
            lanes: all_lanes,
            buffer: [0; MAX_BLOCK],
            crc: crc::Table::new(),
        }
    }

    /// Bytes of the digest.
    pub fn digest_length(&self) -> usize {
        usize::from(self.digest_length)
    }

    /// Continues the message.
    pub fn update(&mut self, data: &[u8]) {
        self.length = self.length.wrapping_add(data.len() as u64);
        let block = usize::from(self.block_length);
        if block == 0 {
            self.words[0] = match self.algorithm {
                Sysv => legacy::sysv(self.words[0], data),
                Bsd => legacy::bsd(self.words[0], data),
                _ => self.crc.update(self.words[0], data, self.algorithm == Cksum),
            };
            return;
        }
        let filled = usize::from(self.filled);
        let space = self.buffer.get_mut(filled..block).unwrap_or_default();
        let taken = space.len().min(data.len());
        let (head, rest) = data.split_at(taken);
        if let Some(space) = space.get_mut(..taken) {
            space.copy_from_slice(head);
        }
        self.filled = (filled + taken) as u8;
        if rest.is_empty() {
            return;
        }
        self.compress_buffer();
        let (whole, tail) = rest.split_at((rest.len() - 1) / block * block);
        self.compress(whole);
        if let Some(start) = self.buffer.get_mut(..tail.len()) {
            start.copy_from_slice(tail);
        }
        self.filled = tail.len() as u8;
    }

    /// Ends the message and writes the digest, whose length it returns, at the beginning of `digest`.
    /// Checksums are big-endian numbers.
    #[cold]
    pub fn finish(mut self, digest: &mut [u8; MAX_DIGEST]) -> usize {
        match self.algorithm {
            Sysv => self.words[0] = legacy::sysv_end(self.words[0]) << 16,
            Bsd => self.words[0] <<= 16,
            Cksum => self.words[0] = self.crc.cksum_end(self.words[0], self.length),
            Crc32 => self.words[0] = !self.words[0],
            Blake2b => {
                self.pad(0);
                wide::blake2b(&mut self.lanes, &self.buffer, u64::from(self.filled), true);
            }
            Sha3 => {
                self.make_room();
                self.pad(6);
                if let Some(last) = self.buffer.get_mut(usize::from(self.block_length) - 1) {
                    *last |= 0x80;
                }
                self.compress_buffer();
            }
            _ => self.end_with_length(),
        }
        let is_little_endian = matches!(self.algorithm, Md5 | Sha3 | Blake2b);
        if matches!(self.algorithm, Sha384 | Sha512 | Sha3 | Blake2b) {
            for (bytes, lane) in digest.as_chunks_mut::<8>().0.iter_mut().zip(self.lanes) {
                *bytes = if is_little_endian { lane.to_le_bytes() } else { lane.to_be_bytes() };
            }
        } else {
            for (bytes, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(self.words) {
                *bytes = if is_little_endian { word.to_le_bytes() } else { word.to_be_bytes() };
            }
        }
        self.digest_length()
    }

    /// The end of all of MD5's kin: a one bit, zeros, and the length in bits in the last eight bytes of a block
    /// (sixteen in SHA-384 and SHA-512, which no message fills).
    #[cold]
    fn end_with_length(&mut self) {
        self.make_room();
        self.pad(0x80);
        let block = usize::from(self.block_length);
        if usize::from(self.filled) + 1 + block / 8 > block {
            self.compress_buffer();
            self.filled = 0;
            self.pad(0);
        }
        let bits = self.length << 3;
        let bytes = if self.algorithm == Md5 { bits.to_le_bytes() } else { bits.to_be_bytes() };
        if let Some(end) = self.buffer.get_mut(block - 8..block) {
            end.copy_from_slice(&bytes);
        }
        self.compress_buffer();
    }

    /// Works off the buffer if it is full.
    #[inline(never)]
    fn make_room(&mut self) {
        if self.filled == self.block_length {
            self.compress_buffer();
            self.filled = 0;
        }
    }

    /// Fills the rest of the buffer with `first` and zeros.
    #[inline(never)]
    fn pad(&mut self, first: u8) {
        if let Some(rest) = self.buffer.get_mut(usize::from(self.filled)..) {
            rest.fill(0);
            if let Some(byte) = rest.first_mut() {
                *byte = first;
            }
        }
    }

    #[inline(never)]
    fn compress_buffer(&mut self) {
        let buffer = self.buffer;
        self.compress(buffer.get(..usize::from(self.block_length)).unwrap_or_default());
    }

    /// Works off whole blocks.
    #[inline(never)]
    fn compress(&mut self, blocks: &[u8]) {
        match self.algorithm {
            Md5 => legacy::md5(&mut self.words, blocks),
            Sha1 => legacy::sha1(&mut self.words, blocks),
            Sha224 | Sha256 => sha2::sha256(&mut self.words, blocks),
            Sm3 => legacy::sm3(&mut self.words, blocks),
            Sha384 | Sha512 => sha2::sha512(&mut self.lanes, blocks),
            Sha3 => wide::sha3(&mut self.lanes, blocks, usize::from(self.block_length)),
            Blake2b => wide::blake2b(&mut self.lanes, blocks, 128, false),
            Sysv | Bsd | Cksum | Crc32 => (),
        }
    }
}

/// The words of a state whose bits begin at `shift` in its lanes.
#[cold]
fn shifted(lanes: &[u64; 8], shift: u32) -> [u32; 8] {
    lanes.map(|lane| (lane >> shift) as u32)
}
