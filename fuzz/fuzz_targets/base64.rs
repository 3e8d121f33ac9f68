//! `base64`, `base32`, `basenc`: what was encoded comes back, however it is wrapped; anything may be decoded.
#![no_main]

use cairn_fuzz::call;
use coreutils::base64::main;

const ENCODINGS: [&[u8]; 7] =
    [b"--base64", b"--base64url", b"--base32", b"--base32hex", b"--base16", b"--base2msbf", b"--base2lsbf"];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [choice, columns, data @ ..] = data else { return };
    let encoding = ENCODINGS[usize::from(*choice) % ENCODINGS.len()];
    let wrap = format!("-w{columns}");
    let (text, status) = call(main, b"basenc", &[encoding, wrap.as_bytes()], &[], data);
    assert_eq!(status, Some(0));
    let (back, status) = call(main, b"basenc", &[encoding, b"-d"], &[], &text);
    assert_eq!((&*back, status), (data, Some(0)));
    for options in [&[encoding, b"-d"][..], &[encoding, b"-di"]] {
        call(main, b"basenc", options, &[], data);
    }
});
