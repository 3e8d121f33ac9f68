//! `hexdump` and `xxd`: every format and every input has an output or an error.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if cairn_fuzz::has_long_number(data, 3) {
        return;
    }
    let Some((choice, rest)) = data.split_first() else { return };
    match choice & 1 {
        0 => cairn_fuzz::run_on_files(textutils::hexdump::main, b"hexdump", rest),
        _ => cairn_fuzz::run_on_files(textutils::xxd::main, b"xxd", rest),
    }
});
