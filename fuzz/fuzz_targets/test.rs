//! `test`, `[` and `[[`: every expression has an answer or an error, within a second.
#![no_main]

use coreutils::test::main;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for name in [&b"test"[..], b"[", b"[["] {
        cairn_fuzz::run_soon(main, name, data);
    }
});
