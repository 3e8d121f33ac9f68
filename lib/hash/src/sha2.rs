//! SHA-2 (FIPS 180-4).

use crate::constants::SHA512_ROUNDS;

/// SHA-256 over whole blocks.
pub fn sha256(state: &mut [u32; 8], blocks: &[u8]) {
    if !sys::sha::sha256_blocks(state, &SHA512_ROUNDS, blocks) {
        sha256_plain(state, blocks);
    }
}

/// [`sha256`] without the processor's help.
#[inline(never)]
pub fn sha256_plain(state: &mut [u32; 8], blocks: &[u8]) {
    for block in blocks.as_chunks::<64>().0 {
        let mut words = [0; 16];
        for (word, bytes) in words.iter_mut().zip(block.as_chunks::<4>().0) {
            *word = u32::from_be_bytes(*bytes);
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
        for (round, constant) in SHA512_ROUNDS.iter().take(64).enumerate() {
            let word: u32 = words[round & 15];
            let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let t1 = h.wrapping_add(s1).wrapping_add((f ^ g) & e ^ g);
            let t1 = t1.wrapping_add((constant >> 32) as u32).wrapping_add(word);
            let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let t2 = s0.wrapping_add((a & b).wrapping_add((a ^ b) & c));
            (h, g, f, e) = (g, f, e, d.wrapping_add(t1));
            (d, c, b, a) = (c, b, a, t1.wrapping_add(t2));
            let ahead = |distance: usize| words[(round + distance) & 15];
            let (w1, w14) = (ahead(1), ahead(14));
            let s0 = w1.rotate_right(7) ^ w1.rotate_right(18) ^ w1 >> 3;
            let s1 = w14.rotate_right(17) ^ w14.rotate_right(19) ^ w14 >> 10;
            words[round & 15] = word.wrapping_add(s0).wrapping_add(ahead(9)).wrapping_add(s1);
        }
        for (word, new) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *word = word.wrapping_add(new);
        }
    }
}

/// SHA-512 over whole blocks; the state is the first eight lanes.
#[inline(never)]
pub fn sha512(lanes: &mut [u64; 25], blocks: &[u8]) {
    for block in blocks.as_chunks::<128>().0 {
        let mut words = [0u64; 16];
        for (word, bytes) in words.iter_mut().zip(block.as_chunks::<8>().0) {
            *word = u64::from_be_bytes(*bytes);
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h, ..] = *lanes;
        // What b ^ c is in one round, a ^ b was in the round before.
        let mut differ = b ^ c;
        // One round, written out so often that the letters need not move.
        macro_rules! round {
            ($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident $constant:expr, $word:expr) => {
                let known = $h.wrapping_add($constant).wrapping_add($word);
                let s1 = (($e.rotate_right(23) ^ $e).rotate_right(4) ^ $e).rotate_right(14);
                let t1 = known.wrapping_add(($f ^ $g) & $e ^ $g).wrapping_add(s1);
                let s0 = (($a.rotate_right(5) ^ $a).rotate_right(6) ^ $a).rotate_right(28);
                $d = $d.wrapping_add(t1);
                let next = $a ^ $b;
                $h = t1.wrapping_add(differ & next ^ $b).wrapping_add(s0);
                differ = next;
            };
        }
        let (groups, _) = SHA512_ROUNDS.as_chunks::<16>();
        let [first @ .., last] = groups else { return };
        for constants in first {
            // A round, and the word for the round sixteen after it.
            macro_rules! round_ahead {
                ($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident $place:literal) => {
                    let word = words[$place];
                    round!($a $b $c $d $e $f $g $h constants[$place], word);
                    let (w1, w14) = (words[($place + 1) & 15], words[($place + 14) & 15]);
                    let s0 = (w1.rotate_right(7) ^ w1).rotate_right(1) ^ w1 >> 7;
                    let s1 = (w14.rotate_right(42) ^ w14).rotate_right(19) ^ w14 >> 6;
                    words[$place] = word.wrapping_add(words[($place + 9) & 15]).wrapping_add(s0).wrapping_add(s1);
                };
            }
            round_ahead!(a b c d e f g h 0);
            round_ahead!(h a b c d e f g 1);
            round_ahead!(g h a b c d e f 2);
            round_ahead!(f g h a b c d e 3);
            round_ahead!(e f g h a b c d 4);
            round_ahead!(d e f g h a b c 5);
            round_ahead!(c d e f g h a b 6);
            round_ahead!(b c d e f g h a 7);
            round_ahead!(a b c d e f g h 8);
            round_ahead!(h a b c d e f g 9);
            round_ahead!(g h a b c d e f 10);
            round_ahead!(f g h a b c d e 11);
            round_ahead!(e f g h a b c d 12);
            round_ahead!(d e f g h a b c 13);
            round_ahead!(c d e f g h a b 14);
            round_ahead!(b c d e f g h a 15);
        }
        for (constants, words) in last.as_chunks::<8>().0.iter().zip(words.as_chunks::<8>().0) {
            round!(a b c d e f g h constants[0], words[0]);
            round!(h a b c d e f g constants[1], words[1]);
            round!(g h a b c d e f constants[2], words[2]);
            round!(f g h a b c d e constants[3], words[3]);
            round!(e f g h a b c d constants[4], words[4]);
            round!(d e f g h a b c constants[5], words[5]);
            round!(c d e f g h a b constants[6], words[6]);
            round!(b c d e f g h a constants[7], words[7]);
        }
        for (lane, new) in lanes.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *lane = lane.wrapping_add(new);
        }
    }
}
