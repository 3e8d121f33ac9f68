//! `patch`: every patch of a file named f, without changing it; nothing panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((&choice, data)) = data.split_first() else { return };
    let options: [&[u8]; 4] = [b"-t", b"-Rt", b"-lf", b"-ef"];
    let args = [options[usize::from(choice & 3)], b"--dry-run", b"f"];
    if let Some(at) = data.iter().position(|&byte| byte == 0) {
        std::fs::write("f", &data[..at]).expect("a scratch file");
        cairn_fuzz::call(textutils::patch::main, b"patch", &args, &[b"LC_ALL=C"], &data[at + 1..]);
    }
});
