//! Patterns matched against text, both made up: `case` says what `${x#p}` does.
#![no_main]

use cairn_fuzz::{NOWHERE, call};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some(at) = data.iter().position(|&byte| byte == b'\n') else { return };
    let (text, pattern) = (&data[..at], &data[at + 1..]);
    if data.contains(&0) {
        return;
    }
    let script = b"case $1 in $2) a=1;; *) a=0;; esac
        case ${1#$2}${1##$2}${1%$2}${1%%$2}${1/$2}${1//$2/x} in *) ;; esac
        # A text that matches as a whole is its own longest prefix and suffix.
        case $a${1##$2}${1%%$2} in 1?*) exit 9;; esac";
    let arguments = [b"-c", &script[..], b"sh", text, pattern];
    let (_, status) = call(shell::sh::main, b"sh", &arguments, &[b"LC_ALL=C", NOWHERE], &[]);
    assert_eq!(status, Some(0));
});
