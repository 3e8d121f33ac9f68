use super::{MAX_LENGTH, compress, decompress};
use proptest::prelude::*;
use std::process::Command;
use std::vec::Vec;

fn expand(blob: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    decompress(blob, &mut |byte| {
        text.push(byte);
        true
    });
    text
}

/// Option lists made of a small vocabulary in a random order that never changes.
fn synthetic(lines: usize) -> Vec<u8> {
    let words = [
        "print", "the", "file", "name", "of", "each", "only", "if", "newer", "than", "do", "not", "follow",
        "links",
    ];
    let mut text = Vec::new();
    let mut state = 1u32;
    let mut next = |bound: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as usize % bound
    };
    for _ in 0..lines {
        text.extend_from_slice(b" -");
        text.push(b'a' + next(26) as u8);
        text.extend_from_slice(b"  ");
        for _ in 0..3 + next(6) {
            text.extend_from_slice(words[next(words.len())].as_bytes());
            text.push(b' ');
        }
        text.push(b'\n');
    }
    text
}

#[test]
fn comes_close_to_the_entropy_of_a_known_source() {
    // 4.7 bits for the letter, 2.6 for the number of words, 3.8 a word: about 28.2 bits a line.
    let text = synthetic(1500);
    let blob = compress(&text);
    let entropy = 1500 * 282 / 80;
    assert!(blob.len() > entropy * 99 / 100, "{} bytes is too good to be true", blob.len());
    assert!(blob.len() < entropy * 120 / 100, "{} bytes, entropy {entropy}", blob.len());
    assert!(expand(&blob) == text);
}

#[test]
fn blob_of_nothing_is_its_length() {
    assert_eq!(compress(b""), [0, 0, 0]);
    assert_eq!(expand(&[0, 0, 0]), b"");
    assert_eq!(expand(b""), b"");
}

#[test]
fn too_long_a_text_is_refused() {
    assert!(compress(&std::vec![0; MAX_LENGTH + 1]).is_empty());
}

#[test]
fn sink_stops_the_decoder() {
    let text = synthetic(50);
    let blob = compress(&text);
    let mut got = Vec::new();
    decompress(&blob, &mut |byte| {
        got.push(byte);
        got.len() < 100
    });
    assert_eq!(got, &text[..100]);
}

#[test]
fn a_changed_blob_yields_another_text_of_the_same_length() {
    let text = synthetic(50);
    let mut blob = compress(&text);
    let middle = blob.len() / 2;
    blob[middle] ^= 0x10;
    let other = expand(&blob);
    assert_eq!(other.len(), text.len());
    assert!(other != text);
}

/// The real thing, where this machine has it: the texts themselves are not ours to keep.
#[test]
fn busybox_texts_come_out_smaller_than_from_xz() {
    let busybox = |arguments: &[&str]| Command::new("busybox").args(arguments).output();
    let Ok(list) = busybox(&["--list"]) else { return };
    let mut text = Vec::new();
    for name in list.stdout.split(|&byte| byte == b'\n').filter(|name| !name.is_empty()) {
        let output = busybox(&[std::str::from_utf8(name).unwrap(), "--help"]).unwrap();
        text.extend_from_slice(&output.stdout);
        text.extend_from_slice(&output.stderr);
    }
    let blob = compress(&text);
    assert!(expand(&blob) == text);
    // xz -9e reaches 29 % of the text of version 1.35, and brotli 27 %; this is 23 %.
    assert!(blob.len() * 100 < text.len() * 25, "{} of {} bytes", blob.len(), text.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_text_comes_back(text in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert_eq!(expand(&compress(&text)), text);
    }

    #[test]
    fn every_dull_text_comes_back(text in prop::collection::vec(0u8..2, 0..2000)) {
        prop_assert_eq!(expand(&compress(&text)), text);
    }

    #[test]
    fn every_blob_yields_its_length(blob in prop::collection::vec(any::<u8>(), 0..200), length in 0usize..3000) {
        let mut blob = blob;
        blob.splice(0..0, (length as u32).to_le_bytes()[..3].to_vec());
        prop_assert_eq!(expand(&blob).len(), length);
    }
}
