//! Expansions, patterns and file names: `${…}` of every kind, in an empty folder.
#![no_main]

use cairn_fuzz::{NOWHERE, call, has_long_number, is_harmless};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((&choice, data)) = data.split_first() else { return };
    // `{1..999999}` makes as many words as it says.
    if !is_harmless(data) || has_long_number(data, 4) {
        return;
    }
    let (before, after): (&[u8], &[u8]) = match choice & 7 {
        0 => (b": ", b""),
        1 => (b": \"", b"\""),
        2 => (b": ${v#", b"}"),
        3 => (b": \"${v%%", b"}\""),
        4 => (b": ${v/", b"/$w}"),
        5 => (b"case $v in ", b") :;; esac"),
        6 => (b"[[ $v =~ ", b" ]]"),
        _ => (b"IFS=a; set -- $v; : ", b""),
    };
    let script = [b"v='ab*c a[b]/.d' w='\\*'; set -- 1 '2 3'; ", before, data, after].concat();
    let locale: &[u8] = if choice & 8 == 0 { b"LC_ALL=C" } else { b"LC_ALL=C.UTF-8" };
    call(shell::sh::main, b"sh", &[b"-c", &script], &[locale, NOWHERE], &[]);
});
