//! `cut`: every list, delimiter and input; nothing panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cairn_fuzz::run_on_files(coreutils::cut::main, b"cut", data));
