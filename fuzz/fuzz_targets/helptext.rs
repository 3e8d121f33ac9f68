//! `helptext`: forged blobs end within the bound, and what was compressed comes back.
#![no_main]

use helptext::{MAX_LENGTH, compress, decompress};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut count = 0;
    // The model's time is that of the bytes it yields: a few thousand show as much as all of them.
    decompress(data, &mut |_| {
        count += 1;
        count < 4096
    });
    assert!(count <= MAX_LENGTH);
    let mut text = Vec::new();
    decompress(&compress(data), &mut |byte| {
        text.push(byte);
        true
    });
    assert_eq!(text, data);
});
