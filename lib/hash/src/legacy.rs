//! The checksums of `sum`, and the digests with 32-bit words other than SHA-256.
//!
//! A step of a digest takes the state and returns it with its words moved on by one place: where as many steps
//! as there are words follow each other, the moves cost nothing.

use crate::constants::MD5_ROUNDS;

/// Sum of all bytes.
pub fn sysv(sum: u32, data: &[u8]) -> u32 {
    data.iter().fold(sum, |sum, &byte| sum.wrapping_add(u32::from(byte)))
}

/// Folds a sum of bytes to 16 bits.
pub fn sysv_end(sum: u32) -> u32 {
    let once = (sum & 0xffff) + (sum >> 16);
    (once & 0xffff) + (once >> 16)
}

/// 16-bit sum, rotated right by one bit before each byte.
pub fn bsd(sum: u32, data: &[u8]) -> u32 {
    u32::from(data.iter().fold(sum as u16, |sum, &byte| sum.rotate_right(1).wrapping_add(u16::from(byte))))
}

fn read_words(block: &[u8; 64], decode: fn([u8; 4]) -> u32) -> [u32; 16] {
    let mut words = [0; 16];
    for (word, bytes) in words.iter_mut().zip(block.as_chunks::<4>().0) {
        *word = decode(*bytes);
    }
    words
}

fn add_words(state: &mut [u32; 8], values: &[u32]) {
    for (word, value) in state.iter_mut().zip(values) {
        *word = word.wrapping_add(*value);
    }
}

/// MD5 (RFC 1321) over whole blocks.
#[inline(never)]
pub fn md5(state: &mut [u32; 8], blocks: &[u8]) {
    let [mut a, mut b, mut c, mut d, ..] = *state;
    // Were their values known to the compiler, it would add them last, where every step waits for the sum.
    let constants = core::hint::black_box(&MD5_ROUNDS);
    for block in blocks.as_chunks::<64>().0 {
        let words = read_words(block, u32::from_le_bytes);
        let old = [a, b, c, d];
        // Four times four steps, which take every `stride`th word of the message.
        macro_rules! round {
            ($number:literal, $offset:literal, $stride:literal, $shifts:expr, $mix:expr) => {
                let mix: fn(u32, u32, u32, u32) -> u32 = $mix;
                let shifts: [u32; 4] = $shifts;
                for group in 0..4 {
                    let known = |a: u32, step: usize| {
                        let word = words[((group * 4 + step) * $stride + $offset) & 15];
                        a.wrapping_add(constants[$number * 16 + group * 4 + step]).wrapping_add(word)
                    };
                    a = mix(known(a, 0), b, c, d).rotate_left(shifts[0]).wrapping_add(b);
                    d = mix(known(d, 1), a, b, c).rotate_left(shifts[1]).wrapping_add(a);
                    c = mix(known(c, 2), d, a, b).rotate_left(shifts[2]).wrapping_add(d);
                    b = mix(known(b, 3), c, d, a).rotate_left(shifts[3]).wrapping_add(c);
                }
            };
        }
        round!(0, 0, 1, [7, 12, 17, 22], |sum, b, c, d| sum.wrapping_add((c ^ d) & b ^ d));
        // The terms have no bit in common, so they may be added: what does not wait for b goes first.
        round!(1, 1, 5, [5, 9, 14, 20], |sum, b, c, d| sum.wrapping_add(c & !d).wrapping_add(b & d));
        round!(2, 5, 3, [4, 11, 16, 23], |sum, b, c, d| sum.wrapping_add((c ^ d) ^ b));
        round!(3, 0, 7, [6, 10, 15, 21], |sum, b, c, d| sum.wrapping_add((b | !d) ^ c));
        a = a.wrapping_add(old[0]);
        b = b.wrapping_add(old[1]);
        c = c.wrapping_add(old[2]);
        d = d.wrapping_add(old[3]);
    }
    [state[0], state[1], state[2], state[3]] = [a, b, c, d];
}

/// SHA-1 (FIPS 180-4) over whole blocks.
pub fn sha1(state: &mut [u32; 8], blocks: &[u8]) {
    let is_done = state.first_chunk_mut::<5>().is_some_and(|first| sys::sha::sha1_blocks(first, blocks));
    if !is_done {
        sha1_plain(state, blocks);
    }
}

/// [`sha1`] without the processor's help.
#[inline(never)]
pub fn sha1_plain(state: &mut [u32; 8], blocks: &[u8]) {
    for block in blocks.as_chunks::<64>().0 {
        let mut words = read_words(block, u32::from_be_bytes);
        let [mut a, mut b, mut c, mut d, mut e, ..] = *state;
        for round in 0..80usize {
            let (mixed, constant) = match round / 20 {
                0 => ((c ^ d) & b ^ d, 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c).wrapping_add((b ^ c) & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6u32),
            };
            let word = words[round & 15];
            let sum = a
                .rotate_left(5)
                .wrapping_add(mixed)
                .wrapping_add(e)
                .wrapping_add(constant)
                .wrapping_add(word);
            (a, b, c, d, e) = (sum, a, b.rotate_left(30), c, d);
            let ahead = |distance: usize| words[(round + distance) & 15];
            words[round & 15] = (word ^ ahead(2) ^ ahead(8) ^ ahead(13)).rotate_left(1);
        }
        add_words(state, &[a, b, c, d, e]);
    }
}

/// SM3 (GB/T 32905-2016) over whole blocks.
#[inline(never)]
pub fn sm3(state: &mut [u32; 8], blocks: &[u8]) {
    for block in blocks.as_chunks::<64>().0 {
        let mut words = read_words(block, u32::from_be_bytes);
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
        for round in 0..64usize {
            let early = round < 16;
            let constant: u32 = if early { 0x79cc_4519 } else { 0x7a87_9d8a };
            let a12 = a.rotate_left(12);
            let sum =
                a12.wrapping_add(e).wrapping_add(constant.rotate_left(round as u32 & 31)).rotate_left(7);
            let (word, next) = (words[round & 15], words[(round + 4) & 15]);
            let f1 = if early { a ^ b ^ c } else { a & b | (a | b) & c };
            let f2 = if early { e ^ f ^ g } else { (f ^ g) & e ^ g };
            let t1 = f1.wrapping_add(d).wrapping_add(sum ^ a12).wrapping_add(word ^ next);
            let t2 = f2.wrapping_add(h).wrapping_add(sum).wrapping_add(word);
            (a, b, c, d) = (t1, a, b.rotate_left(9), c);
            (e, f, g, h) = (t2 ^ t2.rotate_left(9) ^ t2.rotate_left(17), e, f.rotate_left(19), g);
            let ahead = |distance: usize| words[(round + distance) & 15];
            let x = word ^ ahead(7) ^ ahead(13).rotate_left(15);
            words[round & 15] =
                x ^ x.rotate_left(15) ^ x.rotate_left(23) ^ ahead(3).rotate_left(7) ^ ahead(10);
        }
        let new = [a, b, c, d, e, f, g, h];
        for (word, new) in state.iter_mut().zip(new) {
            *word ^= new;
        }
    }
}
