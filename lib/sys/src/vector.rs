//! Counting and changing bytes with the processor's widest vectors.

/// How often `byte` stands in `text`; `None` on a processor without 256-bit vectors: the caller counts by itself then.
#[inline]
pub fn count_byte(text: &[u8], byte: u8) -> Option<u64> {
    #[cfg(target_arch = "x86_64")]
    if machine::has_avx2() {
        // SAFETY: the processor and the kernel know the instructions.
        return Some(unsafe { machine::count(text, byte) });
    }
    let _ = (text, byte);
    None
}

/// Which bytes are blanks, tabs or newlines: the lowest bit is the first one's.
#[inline]
pub fn blanks(text: &[u8; 64]) -> u64 {
    #[cfg(target_arch = "x86_64")]
    return machine::blanks(text);
    #[cfg(not(target_arch = "x86_64"))]
    text.iter().rev().fold(0, |mask, byte| mask << 1 | u64::from(matches!(byte, b' ' | b'\t' | b'\n')))
}

/// Adds `by` to all bytes from `first` to `first + span`; `false`, with nothing done, on a processor without 256-bit vectors.
#[inline]
pub fn move_range(text: &mut [u8], first: u8, span: u8, by: u8) -> bool {
    #[cfg(target_arch = "x86_64")]
    if machine::has_avx2() {
        // SAFETY: the processor and the kernel know the instructions.
        unsafe { machine::move_range(text, first, span, by) };
        return true;
    }
    let _ = (text, first, span, by);
    false
}

#[cfg(target_arch = "x86_64")]
mod machine {
    use core::arch::x86_64::*;
    use core::sync::atomic::{AtomicU8, Ordering};

    /// 0: not asked yet, 1: no, 2: yes.
    static KNOWN: AtomicU8 = AtomicU8::new(0);

    pub fn has_avx2() -> bool {
        let mut known = KNOWN.load(Ordering::Relaxed);
        if known == 0 {
            known = 1 + u8::from(detect());
            KNOWN.store(known, Ordering::Relaxed);
        }
        known == 2
    }

    #[cold]
    fn detect() -> bool {
        // The processor has the instructions (leaf 7), and the kernel saves their registers (XCR0, if leaf 1 says it is there).
        const XSAVE_IN_USE: u32 = 1 << 27;
        const AVX2: u32 = 1 << 5;
        if __cpuid(1).ecx & XSAVE_IN_USE == 0 || __cpuid(0).eax < 7 || __cpuid_count(7, 0).ebx & AVX2 == 0 {
            return false;
        }
        let enabled: u32;
        // SAFETY: the instruction exists where XSAVE is in use, and only reads.
        unsafe {
            core::arch::asm!("xgetbv", in("ecx") 0, out("eax") enabled, out("edx") _, options(nomem, nostack))
        };
        enabled & 6 == 6
    }

    // Written out: compiled for size, iterators over vectors go through memory.
    #[target_feature(enable = "avx2")]
    pub fn count(text: &[u8], byte: u8) -> u64 {
        let (wanted, zero) = (_mm256_set1_epi8(byte as i8), _mm256_setzero_si256());
        let (rounds, rest) = text.as_chunks::<64>();
        let mut sums = zero;
        // A byte of a register counts to 255 at most: so many rounds, then the sums move on.
        for part in rounds.chunks(255) {
            let (mut low, mut high) = (zero, zero);
            for round in part {
                let at: *const __m256i = round.as_ptr().cast();
                // SAFETY: a round is 64 bytes long; the loads need no alignment.
                let (one, other) = unsafe { (_mm256_loadu_si256(at), _mm256_loadu_si256(at.add(1))) };
                // Equal bytes are -1.
                low = _mm256_sub_epi8(low, _mm256_cmpeq_epi8(one, wanted));
                high = _mm256_sub_epi8(high, _mm256_cmpeq_epi8(other, wanted));
            }
            let both = _mm256_add_epi64(_mm256_sad_epu8(low, zero), _mm256_sad_epu8(high, zero));
            sums = _mm256_add_epi64(sums, both);
        }
        // SAFETY: both are 32 bytes of plain data.
        let lanes: [u64; 4] = unsafe { core::mem::transmute(sums) };
        let [a, b, c, d] = lanes;
        a + b + c + d + rest.iter().filter(|&&other| other == byte).count() as u64
    }

    #[inline]
    pub fn blanks(text: &[u8; 64]) -> u64 {
        let mut mask = 0;
        for part in text.as_chunks::<16>().0.iter().rev() {
            // SAFETY: every x86-64 has 128-bit vectors; a part is 16 bytes long, and the load needs no alignment.
            let found = unsafe {
                let bytes = _mm_loadu_si128(part.as_ptr().cast());
                let is = |byte: u8| _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte as i8));
                _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(is(b' '), is(b'\t')), is(b'\n')))
            };
            mask = mask << 16 | u64::from(found as u16);
        }
        mask
    }

    #[target_feature(enable = "avx2")]
    pub fn move_range(text: &mut [u8], first: u8, span: u8, by: u8) {
        let all = |byte: u8| _mm256_set1_epi8(byte as i8);
        let (firsts, spans, moves) = (all(first), all(span), all(by));
        let (rounds, rest) = text.as_chunks_mut::<32>();
        for round in rounds {
            let at: *mut __m256i = round.as_mut_ptr().cast();
            // SAFETY: a round is 32 bytes long; neither needs alignment.
            let old = unsafe { _mm256_loadu_si256(at) };
            let place = _mm256_sub_epi8(old, firsts);
            let within = _mm256_cmpeq_epi8(_mm256_min_epu8(place, spans), place);
            let new = _mm256_add_epi8(old, _mm256_and_si256(within, moves));
            // SAFETY: as above.
            unsafe { _mm256_storeu_si256(at, new) };
        }
        for byte in rest {
            if byte.wrapping_sub(first) <= span {
                *byte = byte.wrapping_add(by);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn finds_blanks() {
        let text: [u8; 64] = core::array::from_fn(|place| if place == 63 { b' ' } else { place as u8 });
        assert_eq!(super::blanks(&text), 1 << 9 | 1 << 10 | 1 << 32 | 1 << 63);
    }

    #[test]
    fn counts() {
        for length in [0usize, 1, 63, 64, 65, 16_320, 16_321, 100_000] {
            let text: std::vec::Vec<u8> = (0..length).map(|i| (i % 7) as u8).collect();
            let expected = text.iter().filter(|&&byte| byte == 3).count() as u64;
            assert_eq!(super::count_byte(&text, 3).unwrap_or(expected), expected);
            let same = std::vec![9; length];
            assert_eq!(super::count_byte(&same, 9).unwrap_or(length as u64), length as u64);
        }
    }
}
