//! `expr`: every expression has an answer or an error, within a second.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cairn_fuzz::run_soon(coreutils::expr::main, b"expr", data));
