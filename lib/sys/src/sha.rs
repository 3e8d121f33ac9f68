//! The processor's instructions for SHA-1, SHA-256 and CRC-32, where it has them.
//!
//! Every function answers false or `None`, having done nothing, on a processor without them; the hash crate
//! then computes in plain Rust. Which there are is asked once. All is `inline` so that it is compiled with the
//! hash crate, for speed, and not with this one, for size.

use core::sync::atomic::{AtomicU8, Ordering};

/// SHA-1 and SHA-256 instructions.
const SHA: u8 = 1;
/// Carry-less multiplication (x86-64) or CRC-32 instructions (aarch64).
const CRC: u8 = 2;
const KNOWN: u8 = 0x80;

static FEATURES: AtomicU8 = AtomicU8::new(0);

fn has(feature: u8) -> bool {
    let mut features = FEATURES.load(Ordering::Relaxed);
    if features == 0 {
        features = machine::detect() | KNOWN;
        FEATURES.store(features, Ordering::Relaxed);
    }
    features & feature != 0
}

/// Runs SHA-1 (FIPS 180-4) over the whole 64-byte blocks of `data`.
#[inline]
pub fn sha1_blocks(state: &mut [u32; 5], data: &[u8]) -> bool {
    if !has(SHA) {
        return false;
    }
    // SAFETY: `has(SHA)` says that the processor has the instructions.
    unsafe { machine::sha1(state, data) }
    true
}

/// Runs SHA-256 (FIPS 180-4) over the whole 64-byte blocks of `data`.
///
/// `constants` are those of SHA-512: the upper halves of the first 64 are the ones of SHA-256.
#[inline]
pub fn sha256_blocks(state: &mut [u32; 8], constants: &[u64; 80], data: &[u8]) -> bool {
    if !has(SHA) {
        return false;
    }
    // SAFETY: `has(SHA)` says that the processor has the instructions.
    unsafe { machine::sha256(state, constants, data) }
    true
}

/// Advances a CRC-32 register (polynomial 0x04C11DB7, bit-reversed as in gzip, no inversion) over the beginning of `data`.
///
/// With `mirrored`, the bits of each byte are taken in the opposite order, as POSIX `cksum` does.
/// Yields how many bytes were taken, the register, and up to 16 bytes that stand for what the register cannot hold:
/// the caller continues with that register over them, and then over the rest of `data`.
#[inline]
pub fn crc32_fold(register: u32, data: &[u8], mirrored: bool) -> Option<(usize, u32, [u8; 16])> {
    if data.len() < 128 || !has(CRC) {
        return None;
    }
    // SAFETY: `has(CRC)` says that the processor has the instructions.
    Some(unsafe { machine::crc32(register, data, mirrored) })
}

#[cfg(target_arch = "x86_64")]
mod machine {
    use super::{CRC, SHA};
    use core::arch::x86_64::*;

    pub fn detect() -> u8 {
        // Leaves of CPUID as in Intel's manual, volume 2: every x86-64 processor has leaf 1.
        let leaf1 = __cpuid(1).ecx;
        let has_ssse3_and_sse41 = leaf1 & (1 << 9 | 1 << 19) == (1 << 9 | 1 << 19);
        let mut features = 0;
        if has_ssse3_and_sse41 && leaf1 & 1 << 1 != 0 {
            features |= CRC;
        }
        if has_ssse3_and_sse41 && __cpuid(0).eax >= 7 && __cpuid_count(7, 0).ebx & 1 << 29 != 0 {
            features |= SHA;
        }
        features
    }

    /// The 16 bytes of `bytes` from `place` on; zero if they are not there.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn load(bytes: &[u8], place: usize) -> __m128i {
        match bytes.get(place..).and_then(|rest| rest.first_chunk::<16>()) {
            Some(chunk) => from_u128(u128::from_le_bytes(*chunk)),
            None => _mm_setzero_si128(),
        }
    }

    #[inline]
    #[target_feature(enable = "sse2")]
    fn from_u128(value: u128) -> __m128i {
        _mm_set_epi64x((value >> 64) as i64, value as i64)
    }

    /// Four words, the first of them lowest.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn words(a: u32, b: u32, c: u32, d: u32) -> __m128i {
        _mm_set_epi32(d as i32, c as i32, b as i32, a as i32)
    }

    #[inline]
    #[target_feature(enable = "sse4.1")]
    fn to_words(vector: __m128i) -> [u32; 4] {
        [
            _mm_extract_epi32(vector, 0) as u32,
            _mm_extract_epi32(vector, 1) as u32,
            _mm_extract_epi32(vector, 2) as u32,
            _mm_extract_epi32(vector, 3) as u32,
        ]
    }

    /// State of SHA-1: four words with the first highest, the fifth rotated back so that `sha1nexte` brings it forth, and
    /// the next 16 words of the message.
    struct Sha1 {
        abcd: __m128i,
        e: __m128i,
        message: [__m128i; 4],
    }

    impl Sha1 {
        /// Five groups of four rounds with function number `F`, and as many steps of the message schedule.
        #[inline]
        #[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
        fn rounds<const F: i32>(&mut self) {
            for _ in 0..5 {
                let [w0, w1, w2, w3] = self.message;
                let e = _mm_sha1nexte_epu32(self.e, w0);
                self.e = self.abcd;
                self.abcd = _mm_sha1rnds4_epu32::<F>(self.abcd, e);
                let w4 = _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32(w0, w1), w2), w3);
                self.message = [w1, w2, w3, w4];
            }
        }
    }

    #[inline]
    #[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
    pub fn sha1(state: &mut [u32; 5], data: &[u8]) {
        let reversed = from_u128(0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f);
        let [a, b, c, d, e] = *state;
        let mut abcd = words(d, c, b, a);
        let mut e = words(0, 0, 0, e.rotate_left(2));
        for block in data.as_chunks::<64>().0 {
            let message = [0, 16, 32, 48].map(|place| _mm_shuffle_epi8(load(block, place), reversed));
            let mut now = Sha1 { abcd, e, message };
            now.rounds::<0>();
            now.rounds::<1>();
            now.rounds::<2>();
            now.rounds::<3>();
            // The sum of the fifth words, rotated back again.
            let [.., old] = to_words(e);
            let [.., new] = to_words(now.e);
            let sum = old.rotate_right(2).wrapping_add(new.rotate_left(30));
            e = words(0, 0, 0, sum.rotate_left(2));
            abcd = _mm_add_epi32(abcd, now.abcd);
        }
        let [d, c, b, a] = to_words(abcd);
        let [.., e] = to_words(e);
        *state = [a, b, c, d, e.rotate_right(2)];
    }

    #[inline]
    #[target_feature(enable = "sha,sse2,ssse3,sse4.1")]
    pub fn sha256(state: &mut [u32; 8], constants: &[u64; 80], data: &[u8]) {
        let swapped = from_u128(0x0c0d_0e0f_0809_0a0b_0405_0607_0001_0203);
        let [a, b, c, d, e, f, g, h] = *state;
        let mut abef = words(f, e, b, a);
        let mut cdgh = words(h, g, d, c);
        for block in data.as_chunks::<64>().0 {
            let [mut w0, mut w1, mut w2, mut w3] =
                [0, 16, 32, 48].map(|place| _mm_shuffle_epi8(load(block, place), swapped));
            let (old_abef, old_cdgh) = (abef, cdgh);
            for &[k0, k1, k2, k3] in constants.as_chunks::<4>().0.iter().take(16) {
                let upper = |k: u64| (k >> 32) as u32;
                let sum = _mm_add_epi32(w0, words(upper(k0), upper(k1), upper(k2), upper(k3)));
                cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
                abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32::<0x0e>(sum));
                let shifted = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8::<4>(w3, w2));
                (w0, w1, w2, w3) = (w1, w2, w3, _mm_sha256msg2_epu32(shifted, w3));
            }
            abef = _mm_add_epi32(abef, old_abef);
            cdgh = _mm_add_epi32(cdgh, old_cdgh);
        }
        let [f, e, b, a] = to_words(abef);
        let [h, g, d, c] = to_words(cdgh);
        *state = [a, b, c, d, e, f, g, h];
    }

    /// Looks up the lower and the upper half of each byte.
    #[inline]
    #[target_feature(enable = "sse2,ssse3")]
    fn translate(vector: __m128i, [low_table, high_table]: [__m128i; 2]) -> __m128i {
        let halves = _mm_set1_epi8(15);
        let low = _mm_and_si128(vector, halves);
        let high = _mm_and_si128(_mm_srli_epi16::<4>(vector), halves);
        _mm_or_si128(_mm_shuffle_epi8(low_table, low), _mm_shuffle_epi8(high_table, high))
    }

    /// Replaces `sum`, a polynomial of degree below 128, by an equivalent one so many bits further on, and adds `next`.
    #[inline]
    #[target_feature(enable = "sse2,pclmulqdq")]
    fn fold(sum: __m128i, factors: __m128i, next: __m128i) -> __m128i {
        let low = _mm_clmulepi64_si128::<0x00>(sum, factors);
        let high = _mm_clmulepi64_si128::<0x11>(sum, factors);
        _mm_xor_si128(_mm_xor_si128(low, high), next)
    }

    /// Folding as in "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ" (Gopal and others, Intel, 2009), down
    /// to 128 bits.
    #[inline]
    #[target_feature(enable = "sse2,ssse3,sse4.1,pclmulqdq")]
    pub fn crc32(register: u32, data: &[u8], mirrored: bool) -> (usize, u32, [u8; 16]) {
        // x^(512+32) and x^(512-32), then x^(128+32) and x^(128-32), modulo the polynomial, bit-reversed.
        let by_512 = _mm_set_epi64x(0x1_c6e4_1596, 0x1_5444_2bd4);
        let by_128 = _mm_set_epi64x(0x0_ccaa_009e, 0x1_7519_97d0);
        // Halves of bytes as they are, or with their bits reversed and in each other's place: one loop for both.
        let tables = if mirrored {
            [0xf070_b030_d050_9010_e060_a020_c040_8000, 0x0f07_0b03_0d05_0901_0e06_0a02_0c04_0800]
        } else {
            [0x0f0e_0d0c_0b0a_0908_0706_0504_0302_0100, 0xf0e0_d0c0_b0a0_9080_7060_5040_3020_1000]
        }
        .map(|table| from_u128(table));
        let read = |place| translate(load(data, place), tables);
        let mut sums = [0, 16, 32, 48].map(read);
        sums[0] = _mm_xor_si128(sums[0], words(register, 0, 0, 0));
        let end = data.len() & !63;
        let mut place = 64;
        while place < end {
            for (index, sum) in sums.iter_mut().enumerate() {
                *sum = fold(*sum, by_512, read(place + 16 * index));
            }
            place += 64;
        }
        let [first, rest @ ..] = sums;
        let mut sum = first;
        for next in rest {
            sum = fold(sum, by_128, next);
        }
        let mut bytes = [0; 16];
        for (bytes, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(to_words(translate(sum, tables))) {
            *bytes = word.to_le_bytes();
        }
        (end, 0, bytes)
    }
}

#[cfg(target_arch = "aarch64")]
mod machine {
    use super::{CRC, SHA};
    use core::arch::aarch64::*;

    pub fn detect() -> u8 {
        // SAFETY: getauxval only reads the vector that the kernel left.
        let capabilities = unsafe { libc::getauxval(libc::AT_HWCAP) };
        let sha = libc::HWCAP_SHA1 | libc::HWCAP_SHA2;
        let mut features = 0;
        if capabilities & sha == sha {
            features |= SHA;
        }
        if capabilities & libc::HWCAP_CRC32 != 0 {
            features |= CRC;
        }
        features
    }

    /// Four words, the first of them lowest.
    #[inline]
    #[target_feature(enable = "neon")]
    fn words([a, b, c, d]: [u32; 4]) -> uint32x4_t {
        let pair = |low, high| u64::from(low) | u64::from(high) << 32;
        vreinterpretq_u32_u64(vcombine_u64(vcreate_u64(pair(a, b)), vcreate_u64(pair(c, d))))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn to_words(vector: uint32x4_t) -> [u32; 4] {
        [
            vgetq_lane_u32::<0>(vector),
            vgetq_lane_u32::<1>(vector),
            vgetq_lane_u32::<2>(vector),
            vgetq_lane_u32::<3>(vector),
        ]
    }

    /// The sixteen words of a block.
    #[inline]
    #[target_feature(enable = "neon")]
    fn message(block: &[u8; 64]) -> [uint32x4_t; 4] {
        let mut message = [words([0; 4]); 4];
        for (vector, bytes) in message.iter_mut().zip(block.as_chunks::<16>().0) {
            let mut four = [0; 4];
            for (word, bytes) in four.iter_mut().zip(bytes.as_chunks::<4>().0) {
                *word = u32::from_be_bytes(*bytes);
            }
            *vector = words(four);
        }
        message
    }

    #[inline]
    #[target_feature(enable = "neon,sha2")]
    pub fn sha1(state: &mut [u32; 5], data: &[u8]) {
        let [a, b, c, d, mut e] = *state;
        let mut abcd = words([a, b, c, d]);
        for block in data.as_chunks::<64>().0 {
            let (old_abcd, old_e) = (abcd, e);
            let [mut w0, mut w1, mut w2, mut w3] = message(block);
            for group in 0..20 {
                let constant = match group {
                    0..5 => 0x5a82_7999,
                    5..10 => 0x6ed9_eba1,
                    10..15 => 0x8f1b_bcdc,
                    _ => 0xca62_c1d6,
                };
                let sum = vaddq_u32(w0, vdupq_n_u32(constant));
                let next_e = vsha1h_u32(vgetq_lane_u32::<0>(abcd));
                abcd = match group {
                    0..5 => vsha1cq_u32(abcd, e, sum),
                    10..15 => vsha1mq_u32(abcd, e, sum),
                    _ => vsha1pq_u32(abcd, e, sum),
                };
                e = next_e;
                (w0, w1, w2, w3) = (w1, w2, w3, vsha1su1q_u32(vsha1su0q_u32(w0, w1, w2), w3));
            }
            abcd = vaddq_u32(abcd, old_abcd);
            e = e.wrapping_add(old_e);
        }
        let [a, b, c, d] = to_words(abcd);
        *state = [a, b, c, d, e];
    }

    #[inline]
    #[target_feature(enable = "neon,sha2")]
    pub fn sha256(state: &mut [u32; 8], constants: &[u64; 80], data: &[u8]) {
        let [a, b, c, d, e, f, g, h] = *state;
        let mut abcd = words([a, b, c, d]);
        let mut efgh = words([e, f, g, h]);
        for block in data.as_chunks::<64>().0 {
            let (old_abcd, old_efgh) = (abcd, efgh);
            let [mut w0, mut w1, mut w2, mut w3] = message(block);
            for four in constants.as_chunks::<4>().0.iter().take(16) {
                let sum = vaddq_u32(w0, words(four.map(|constant| (constant >> 32) as u32)));
                let before = abcd;
                abcd = vsha256hq_u32(abcd, efgh, sum);
                efgh = vsha256h2q_u32(efgh, before, sum);
                (w0, w1, w2, w3) = (w1, w2, w3, vsha256su1q_u32(vsha256su0q_u32(w0, w1), w2, w3));
            }
            abcd = vaddq_u32(abcd, old_abcd);
            efgh = vaddq_u32(efgh, old_efgh);
        }
        let ([a, b, c, d], [e, f, g, h]) = (to_words(abcd), to_words(efgh));
        *state = [a, b, c, d, e, f, g, h];
    }

    #[inline]
    #[target_feature(enable = "crc")]
    pub fn crc32(mut register: u32, data: &[u8], mirrored: bool) -> (usize, u32, [u8; 16]) {
        // The last 16 whole bytes are left to the caller, who expects some.
        let end = (data.len() & !7) - 16;
        let (bulk, rest) = data.split_at(end);
        for bytes in bulk.as_chunks::<8>().0 {
            let word = u64::from_le_bytes(*bytes);
            register = __crc32d(register, if mirrored { word.reverse_bits().swap_bytes() } else { word });
        }
        let mut last = [0; 16];
        last.copy_from_slice(&rest[..16]);
        (end + 16, register, last)
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
mod machine {
    pub fn detect() -> u8 {
        0
    }

    // Never called: nothing is detected. Unsafe as the functions of the other architectures are.
    pub unsafe fn sha1(_: &mut [u32; 5], _: &[u8]) {}
    pub unsafe fn sha256(_: &mut [u32; 8], _: &[u64; 80], _: &[u8]) {}
    pub unsafe fn crc32(register: u32, _: &[u8], _: bool) -> (usize, u32, [u8; 16]) {
        (0, register, [0; 16])
    }
}
