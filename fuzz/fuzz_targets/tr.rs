//! `tr`: every pair of sets and every input; nothing panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cairn_fuzz::run_on_files(coreutils::tr::main, b"tr", data));
