//! `ed`: every command that neither runs programs nor reads or writes files; nothing panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if !data.iter().any(|byte| b"!wWeEr".contains(byte)) {
        cairn_fuzz::call(textutils::ed::main, b"ed", &[b"-s"], &[b"LC_ALL=C"], data);
    }
});
