//! `cmp`: every option and input; nothing panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cairn_fuzz::run_on_files(textutils::cmp::main, b"cmp", data));
