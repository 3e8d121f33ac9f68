//! `$((…))` of anything that is nothing but arithmetic.
#![no_main]

use cairn_fuzz::{NOWHERE, call, is_harmless};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if is_harmless(data) && !data.contains(&b')') {
        let script = [b"x=3 y=x; : $((", data, b"))"].concat();
        call(shell::sh::main, b"sh", &[b"-c", &script], &[NOWHERE], &[]);
        // As the text of a variable: another way into the parser.
        let script = [b"z='", data, b"'; : $((z))"].concat();
        call(shell::sh::main, b"sh", &[b"-c", &script], &[NOWHERE], &[]);
    }
});
