//! The C library's memory functions, faster: musl compares byte by byte, and starts every copy with a string instruction.
//!
//! The linker takes these definitions before it looks into the C library.

/// Loads eight bytes.
///
/// # Safety
/// `at` is readable for eight bytes.
#[inline]
unsafe fn load(at: *const u8) -> u64 {
    // SAFETY: as the caller promises.
    unsafe { at.cast::<u64>().read_unaligned() }
}

/// `memcmp(3)`.
///
/// # Safety
/// As in C: both are readable for `length` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, length: usize) -> i32 {
    let mut at = 0;
    // SAFETY: every load ends at or before `length`.
    unsafe {
        while at + 8 <= length {
            let (x, y) = (load(a.add(at)), load(b.add(at)));
            if x != y {
                // The first byte that differs decides: it is the highest one in big-endian order.
                return if u64::from_be(x) < u64::from_be(y) { -1 } else { 1 };
            }
            at += 8;
        }
        while at < length {
            let difference = i32::from(*a.add(at)) - i32::from(*b.add(at));
            if difference != 0 {
                return difference;
            }
            at += 1;
        }
    }
    0
}

/// `bcmp(3)`, which the compiler calls where only equality counts.
///
/// # Safety
/// As in C: both are readable for `length` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, length: usize) -> i32 {
    // SAFETY: as the caller promises.
    unsafe {
        // Two loads that overlap cover 8 to 16 bytes, which is where most comparisons of words end.
        if (8..=16).contains(&length) {
            let end = length - 8;
            let different = load(a) ^ load(b) | load(a.add(end)) ^ load(b.add(end));
            return i32::from(different != 0);
        }
        memcmp(a, b, length)
    }
}

#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    ".section .text.memcpy, \"ax\", @progbits",
    ".globl memcpy",
    ".globl memmove",
    ".type memmove, @function",
    ".type memcpy, @function",
    // memmove: forwards unless the destination begins inside the source.
    "memmove:",
    "mov rax, rdi",
    "sub rax, rsi",
    "cmp rax, rdx",
    "jb 50f",
    "memcpy:",
    "mov rax, rdi",
    "cmp rdx, 16",
    "jb 20f",
    "cmp rdx, 32",
    "ja 10f",
    // 16 to 32 bytes: two halves that may overlap.
    "movups xmm0, [rsi]",
    "movups xmm1, [rsi + rdx - 16]",
    "movups [rdi], xmm0",
    "movups [rdi + rdx - 16], xmm1",
    "ret",
    "10:",
    "cmp rdx, 1024",
    "ja 40f",
    // The last 32 bytes are loaded first, so that overlapping forward moves stay right.
    "movups xmm2, [rsi + rdx - 32]",
    "movups xmm3, [rsi + rdx - 16]",
    "lea r8, [rdi + rdx]",
    "11:",
    "movups xmm0, [rsi]",
    "movups xmm1, [rsi + 16]",
    "add rsi, 32",
    "movups [rdi], xmm0",
    "movups [rdi + 16], xmm1",
    "add rdi, 32",
    "sub rdx, 32",
    "cmp rdx, 32",
    "ja 11b",
    "movups [r8 - 32], xmm2",
    "movups [r8 - 16], xmm3",
    "ret",
    "20:",
    "cmp edx, 8",
    "jb 21f",
    "mov rcx, [rsi]",
    "mov r8, [rsi + rdx - 8]",
    "mov [rdi], rcx",
    "mov [rdi + rdx - 8], r8",
    "ret",
    "21:",
    "cmp edx, 4",
    "jb 22f",
    "mov ecx, [rsi]",
    "mov r8d, [rsi + rdx - 4]",
    "mov [rdi], ecx",
    "mov [rdi + rdx - 4], r8d",
    "ret",
    // 0 to 3 bytes: the first, the middle and the last one.
    "22:",
    "test edx, edx",
    "jz 23f",
    "movzx ecx, byte ptr [rsi]",
    "movzx r8d, byte ptr [rsi + rdx - 1]",
    "mov r9, rdx",
    "shr r9, 1",
    "movzx r10d, byte ptr [rsi + r9]",
    "mov [rdi], cl",
    "mov [rdi + r9], r10b",
    "mov [rdi + rdx - 1], r8b",
    "23:",
    "ret",
    "40:",
    "mov rcx, rdx",
    "rep movsb",
    "ret",
    // Backwards, 16 bytes at a time.
    "50:",
    "mov rax, rdi",
    "cmp rdx, 16",
    "jb 52f",
    "movups xmm2, [rsi]",
    "51:",
    "movups xmm0, [rsi + rdx - 16]",
    "movups [rdi + rdx - 16], xmm0",
    "sub rdx, 16",
    "cmp rdx, 16",
    "jae 51b",
    "movups [rdi], xmm2",
    "ret",
    "52:",
    "test rdx, rdx",
    "jz 53f",
    "dec rdx",
    "movzx ecx, byte ptr [rsi + rdx]",
    "mov [rdi + rdx], cl",
    "jmp 52b",
    "53:",
    "ret",
    ".size memcpy, . - memcpy",
    ".text",
);
