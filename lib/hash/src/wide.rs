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

/// Places of the message words in a round of BLAKE2b: two rows of eight nibbles, the first lowest.
const SIGMA: [u64; 10] = [
    0xfedc_ba98_7654_3210,
    0x357b_20c1_6df9_84ae,
    0x4917_63ea_df25_0c8b,
    0x8f04_a562_ebcd_1397,
    0xd386_cb1e_fa42_7509,
    0x91ef_57d4_38b0_a6c2,
    0xb829_3670_a4de_f15c,
    0xa268_4f05_931c_e7bd,
    0x5a41_7d2c_803b_9ef6,
    0x0dc3_e9bf_5167_482a,
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
        for &sigma in SIGMA.iter().chain(&SIGMA[..2]) {
            // A step of the mixing function: two message words into a column or a diagonal.
            macro_rules! step {
                ($shift:literal, $a:literal, $b:literal, $c:literal, $d:literal) => {
                    let (x, y) = (
                        words[(sigma >> $shift) as usize & 15],
                        words[(sigma >> ($shift + 4)) as usize & 15],
                    );
                    v[$a] = v[$a].wrapping_add(v[$b]).wrapping_add(x);
                    v[$d] = (v[$d] ^ v[$a]).rotate_right(32);
                    v[$c] = v[$c].wrapping_add(v[$d]);
                    v[$b] = (v[$b] ^ v[$c]).rotate_right(24);
                    v[$a] = v[$a].wrapping_add(v[$b]).wrapping_add(y);
                    v[$d] = (v[$d] ^ v[$a]).rotate_right(16);
                    v[$c] = v[$c].wrapping_add(v[$d]);
                    v[$b] = (v[$b] ^ v[$c]).rotate_right(63);
                };
            }
            step!(0, 0, 4, 8, 12);
            step!(8, 1, 5, 9, 13);
            step!(16, 2, 6, 10, 14);
            step!(24, 3, 7, 11, 15);
            step!(32, 0, 5, 10, 15);
            step!(40, 1, 6, 11, 12);
            step!(48, 2, 7, 8, 13);
            step!(56, 3, 4, 9, 14);
        }
        for (index, lane) in lanes.iter_mut().take(8).enumerate() {
            *lane ^= v[index] ^ v[index + 8];
        }
    }
}
