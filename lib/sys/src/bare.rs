//! What std would bring in a distribution build: the panic handler and the first instructions; the allocator is [`crate::heap`].

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::abort() }
}

// The linker packs the relocations of a position-independent program (DT_RELR), and musl 1.2.3 does not unpack them for a
// static one. So the program starts here: find the table in the dynamic section, add the load address wherever it says,
// and go on to the C library's own start. The stack and the other registers stay as the kernel left them.
//
// The table is a list of words: an even one is the address of a word to relocate; an odd one is a bitmap of the words
// that follow the last one, from bit 1 on (63 words a bitmap).

#[cfg(target_arch = "x86_64")]
core::arch::global_asm!(
    ".globl cairn_start",
    ".hidden cairn_start",
    ".hidden _DYNAMIC",
    ".hidden __ehdr_start",
    ".type cairn_start, @function",
    "cairn_start:",
    "lea r8, [rip + __ehdr_start]", // the load address
    "lea rsi, [rip + _DYNAMIC]",
    "xor ecx, ecx", // DT_RELR
    "xor r9d, r9d", // DT_RELRSZ
    "20:",
    "mov rax, [rsi]",
    "test rax, rax",
    "jz 30f",
    "cmp rax, 36",
    "cmove rcx, [rsi + 8]",
    "cmp rax, 35",
    "cmove r9, [rsi + 8]",
    "add rsi, 16",
    "jmp 20b",
    "30:",
    "add rcx, r8",
    "add r9, rcx", // the table's end
    "40:",
    "cmp rcx, r9",
    "jae 90f",
    "mov rax, [rcx]",
    "add rcx, 8",
    "test al, 1",
    "jnz 50f",
    "lea rdi, [r8 + rax]",
    "add [rdi], r8",
    "add rdi, 8",
    "jmp 40b",
    "50:",
    "mov r10, rdi",
    "60:",
    "shr rax, 1",
    "jz 80f",
    "test al, 1",
    "jz 70f",
    "add [r10], r8",
    "70:",
    "add r10, 8",
    "jmp 60b",
    "80:",
    "add rdi, 504",
    "jmp 40b",
    "90:",
    "jmp _start",
    ".size cairn_start, . - cairn_start",
);

#[cfg(target_arch = "aarch64")]
core::arch::global_asm!(
    ".globl cairn_start",
    ".hidden cairn_start",
    ".hidden _DYNAMIC",
    ".hidden __ehdr_start",
    ".type cairn_start, %function",
    "cairn_start:",
    "adrp x8, __ehdr_start",
    "add x8, x8, :lo12:__ehdr_start",
    "adrp x9, _DYNAMIC",
    "add x9, x9, :lo12:_DYNAMIC",
    "mov x10, #0",
    "mov x11, #0",
    "20:",
    "ldp x12, x13, [x9], #16",
    "cbz x12, 30f",
    "cmp x12, #36",
    "csel x10, x13, x10, eq",
    "cmp x12, #35",
    "csel x11, x13, x11, eq",
    "b 20b",
    "30:",
    "add x10, x10, x8",
    "add x11, x11, x10",
    "40:",
    "cmp x10, x11",
    "b.hs 90f",
    "ldr x12, [x10], #8",
    "tbnz x12, #0, 50f",
    "add x14, x8, x12",
    "ldr x15, [x14]",
    "add x15, x15, x8",
    "str x15, [x14], #8",
    "b 40b",
    "50:",
    "mov x13, x14",
    "60:",
    "lsr x12, x12, #1",
    "cbz x12, 80f",
    "tbz x12, #0, 70f",
    "ldr x15, [x13]",
    "add x15, x15, x8",
    "str x15, [x13]",
    "70:",
    "add x13, x13, #8",
    "b 60b",
    "80:",
    "add x14, x14, #504",
    "b 40b",
    "90:",
    "b _start",
    ".size cairn_start, . - cairn_start",
);
