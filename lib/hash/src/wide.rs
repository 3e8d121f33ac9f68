//! SHA-3 and BLAKE2b, whose lanes have 64 bits and are little-endian.

use crate::constants::SHA512_STATE;

/// SHA-3 (FIPS 202): absorbs whole blocks of `rate` bytes.
#[inline(never)]
pub fn sha3(lanes: &mut [u64; 25], blocks: &[u8], rate: usize) {
    for block in blocks.chunks_exact(rate.max(8)) {
        for (lane, bytes) in lanes.iter_mut().zip(block.as_chunks::<8>().0) {
            *lane ^= u64::from_le_bytes(*bytes);
        }
        keccak(lanes);
    }
}

/// Round constants of Keccak: bits 0 to 7 and 15 as they are, and bits 31 and 63 at 13 and 14.
const IOTA: [u16; 24] = pack_iota();

const fn pack_iota() -> [u16; 24] {
    let mut packed = [0; 24];
    // FIPS 202, algorithm 5: a shift register with polynomial x^8 + x^6 + x^5 + x^4 + 1 yields seven bits a round.
    let mut register = 1u16;
    let mut bit = 0;
    while bit < 24 * 7 {
        let place = match bit % 7 {
            5 => 13,
            6 => 14,
            other => (1 << other) - 1,
        };
        packed[bit / 7] |= (register & 1) << place;
        register <<= 1;
        if register & 0x100 != 0 {
            register ^= 0x171;
        }
        bit += 1;
    }
    packed
}

/// The order in which rho and pi visit the lanes, from lane 1 on.
const PI: [u8; 24] = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];

fn keccak(lanes: &mut [u64; 25]) {
    for constant in IOTA {
        // Theta.
        let mut parity = [0; 5];
        for row in lanes.as_chunks::<5>().0 {
            for (parity, lane) in parity.iter_mut().zip(row) {
                *parity ^= lane;
            }
        }
        let [p0, p1, p2, p3, p4] = parity;
        let [r0, r1, r2, r3, r4] = parity.map(|parity| parity.rotate_left(1));
        let change = [p4 ^ r1, p0 ^ r2, p1 ^ r3, p2 ^ r4, p3 ^ r0];
        for row in lanes.as_chunks_mut::<5>().0 {
            for (lane, change) in row.iter_mut().zip(change) {
                *lane ^= change;
            }
        }
        // Rho and pi.
        let mut moving = lanes[1];
        let mut rotation = 0;
        for (step, place) in PI.into_iter().enumerate() {
            rotation += step as u32 + 1;
            if let Some(lane) = lanes.get_mut(usize::from(place)) {
                moving = core::mem::replace(lane, moving.rotate_left(rotation & 63));
            }
        }
        // Chi.
        for row in lanes.as_chunks_mut::<5>().0 {
            let [a, b, c, d, e] = *row;
            *row = [a ^ !b & c, b ^ !c & d, c ^ !d & e, d ^ !e & a, e ^ !a & b];
        }
        // Iota.
        let packed = u64::from(constant);
        lanes[0] ^= packed & 0x80ff | (packed & 1 << 13) << 18 | (packed & 1 << 14) << 49;
    }
}

/// A place in a block of 16 words. That there are no more of them spares the inner loop a test or a mask.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Word {
    W0,
    W1,
    W2,
    W3,
    W4,
    W5,
    W6,
    W7,
    W8,
    W9,
    WA,
    WB,
    WC,
    WD,
    WE,
    WF,
}

use Word::*;

/// Places of the message words in the rounds of BLAKE2b.
static SIGMA: [[Word; 16]; 10] = [
    [W0, W1, W2, W3, W4, W5, W6, W7, W8, W9, WA, WB, WC, WD, WE, WF],
    [WE, WA, W4, W8, W9, WF, WD, W6, W1, WC, W0, W2, WB, W7, W5, W3],
    [WB, W8, WC, W0, W5, W2, WF, WD, WA, WE, W3, W6, W7, W1, W9, W4],
    [W7, W9, W3, W1, WD, WC, WB, WE, W2, W6, W5, WA, W4, W0, WF, W8],
    [W9, W0, W5, W7, W2, W4, WA, WF, WE, W1, WB, WC, W6, W8, W3, WD],
    [W2, WC, W6, WA, W0, WB, W8, W3, W4, WD, W7, W5, WF, WE, W1, W9],
    [WC, W5, W1, WF, WE, WD, W4, WA, W0, W7, W6, W3, W9, W2, W8, WB],
    [WD, WB, W7, WE, WC, W1, W3, W9, W5, W0, WF, W4, W8, W6, W2, WA],
    [W6, WF, WE, W9, WB, W3, W0, W8, WC, W2, WD, W7, W1, W4, WA, W5],
    [WA, W2, W8, W4, W7, W6, W1, W5, WF, WB, W9, WE, W3, WC, WD, W0],
];

/// BLAKE2b (RFC 7693) over whole blocks: the state is the first eight lanes, and lane 8 counts bytes.
/// Each block adds `step` bytes of the message; `is_last` ends it.
pub fn blake2b(lanes: &mut [u64; 25], blocks: &[u8], step: u64, is_last: bool) {
    for block in blocks.as_chunks::<128>().0 {
        let mut words = [0; 16];
        for (word, bytes) in words.iter_mut().zip(block.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        lanes[8] = lanes[8].wrapping_add(step);
        let mut v = [0; 16];
        v[..8].copy_from_slice(&lanes[..8]);
        v[8..].copy_from_slice(&SHA512_STATE);
        v[12] ^= lanes[8];
        if is_last {
            v[14] = !v[14];
        }
        for sigma in SIGMA.iter().chain(&SIGMA[..2]) {
            // A step of the mixing function: two message words into a column or a diagonal.
            macro_rules! step {
                ($step:literal, $a:literal, $b:literal, $c:literal, $d:literal) => {
                    let x = words[sigma[2 * $step] as usize];
                    let y = words[sigma[2 * $step + 1] as usize];
                    v[$a] = v[$a].wrapping_add(x).wrapping_add(v[$b]);
                    v[$d] = (v[$d] ^ v[$a]).rotate_right(32);
                    v[$c] = v[$c].wrapping_add(v[$d]);
                    v[$b] = (v[$b] ^ v[$c]).rotate_right(24);
                    v[$a] = v[$a].wrapping_add(y).wrapping_add(v[$b]);
                    v[$d] = (v[$d] ^ v[$a]).rotate_right(16);
                    v[$c] = v[$c].wrapping_add(v[$d]);
                    v[$b] = (v[$b] ^ v[$c]).rotate_right(63);
                };
            }
            step!(0, 0, 4, 8, 12);
            step!(1, 1, 5, 9, 13);
            step!(2, 2, 6, 10, 14);
            step!(3, 3, 7, 11, 15);
            step!(4, 0, 5, 10, 15);
            step!(5, 1, 6, 11, 12);
            step!(6, 2, 7, 8, 13);
            step!(7, 3, 4, 9, 14);
        }
        for (index, lane) in lanes.iter_mut().take(8).enumerate() {
            *lane ^= v[index] ^ v[index + 8];
        }
    }
}
