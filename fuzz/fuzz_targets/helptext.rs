//! `helptext`: forged blobs end when the sink has enough, and what was compressed comes back.
#![no_main]

use helptext::{compress, decompress};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [kind, data @ ..] = data else { return };
    // One kind of call in a run, and few bytes: the model is slow to build and to ask.
    if kind & 1 == 0 {
        let mut count = 0;
        decompress(data, &mut |_| {
            count += 1;
            count < 256
        });
        assert!(count <= 256);
        return;
    }
    let mut text = Vec::new();
    decompress(&compress(data), &mut |byte| {
        text.push(byte);
        true
    });
    assert_eq!(text, data);
});
