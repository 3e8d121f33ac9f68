//! `sh -n`: the lexer and the parser read anything, and end.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    // The kernel hands over no argument with a NUL in it.
    if !data.contains(&0) {
        cairn_fuzz::call(shell::sh::main, b"sh", &[b"-n", b"-c", data], &[b"LC_ALL=C.UTF-8"], &[]);
    }
});
