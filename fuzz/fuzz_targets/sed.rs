//! `sed`: every script and every input; nothing panics. Scripts that may go on for ever are left out.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let end = data.windows(2).position(|pair| pair == b"\n\n").unwrap_or(data.len());
    let (script, input) = data.split_at(end);
    if script.iter().any(|byte| b"btTD\0".contains(byte)) {
        return;
    }
    // Each of these may double what is kept: `G;H` does so with every line.
    let doubling = script.iter().filter(|byte| b"GH&".contains(byte)).count();
    if doubling * input.split(|&byte| byte == b'\n').count() > 20 {
        return;
    }
    cairn_fuzz::call(textutils::sed::main, b"sed", &[b"--sandbox", b"-e", script], &[], input);
});
