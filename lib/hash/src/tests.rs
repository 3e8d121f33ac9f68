use super::{Algorithm, Algorithm::*, Hasher, MAX_DIGEST};
use proptest::prelude::*;
use std::format;
use std::io::Write;
use std::process::{Command, Stdio};
use std::string::String;
use std::vec::Vec;

fn digest_of_pieces<'a>(
    algorithm: Algorithm,
    bits: usize,
    pieces: impl Iterator<Item = &'a [u8]>,
) -> Vec<u8> {
    let mut hasher = Hasher::new(algorithm, bits);
    pieces.for_each(|piece| hasher.update(piece));
    let mut digest = [0; MAX_DIGEST];
    let length = hasher.finish(&mut digest);
    digest[..length].to_vec()
}

fn digest(algorithm: Algorithm, bits: usize, message: &[u8]) -> Vec<u8> {
    digest_of_pieces(algorithm, bits, [message].into_iter())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const ALL: [(Algorithm, usize); 18] = [
    (Sysv, 0),
    (Bsd, 0),
    (Cksum, 0),
    (Crc32, 0),
    (Md5, 0),
    (Sha1, 0),
    (Sha224, 0),
    (Sha256, 0),
    (Sha384, 0),
    (Sha512, 0),
    (Sha3, 224),
    (Sha3, 256),
    (Sha3, 384),
    (Sha3, 512),
    (Blake2b, 8),
    (Blake2b, 256),
    (Blake2b, 512),
    (Sm3, 0),
];

/// A message without a pattern.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn md5_suite_of_rfc_1321() {
    let check = |message: &[u8], expected| assert_eq!(hex(&digest(Md5, 0, message)), expected);
    check(b"", "d41d8cd98f00b204e9800998ecf8427e");
    check(b"a", "0cc175b9c0f1b6a831c399e269772661");
    check(b"abc", "900150983cd24fb0d6963f7d28e17f72");
    check(b"message digest", "f96b697d7cb7938d525a2f31aaf161d0");
    check(&b"1234567890".repeat(8), "57edf4a22be3c955ac49da2e2107b67a");
}

#[test]
fn examples_of_fips_180_and_202() {
    let check = |algorithm, bits, expected| assert_eq!(hex(&digest(algorithm, bits, b"abc")), expected);
    check(Sha1, 0, "a9993e364706816aba3e25717850c26c9cd0d89d");
    check(Sha224, 0, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
    check(Sha256, 0, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check(
        Sha384,
        0,
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    );
    check(
        Sha512,
        0,
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
         2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    );
    check(Sha3, 224, "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf");
    check(Sha3, 256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
    check(
        Sha3,
        384,
        "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25",
    );
    check(
        Sha3,
        512,
        "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e\
         10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
    );
}

#[test]
fn example_of_rfc_7693() {
    assert_eq!(
        hex(&digest(Blake2b, 512, b"abc")),
        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1\
         7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"
    );
}

#[test]
fn examples_of_sm3() {
    let expected = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
    assert_eq!(hex(&digest(Sm3, 0, b"abc")), expected);
    let expected = "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732";
    assert_eq!(hex(&digest(Sm3, 0, &b"abcd".repeat(16))), expected);
}

#[test]
fn check_values_of_the_checksums() {
    // The catalogue of parametrised CRC algorithms: CRC-32/ISO-HDLC, and CRC-32/CKSUM of the message and its length.
    assert_eq!(hex(&digest(Crc32, 0, b"123456789")), "cbf43926");
    assert_eq!(hex(&digest(Cksum, 0, b"")), "ffffffff");
    assert_eq!(hex(&digest(Cksum, 0, b"123456789")), hex(&930_766_865u32.to_be_bytes()));
    assert_eq!(digest(Sysv, 0, &[255; 1000]), (255_000u32 % 65_535).to_be_bytes()[2..]);
    // By hand: 1; 0x8000 + 2; 0x4001 + 3.
    assert_eq!(digest(Bsd, 0, &[1, 2, 3]), [0x40, 0x04]);
}

#[test]
fn odd_lengths_asked_for_are_rounded() {
    let length = |algorithm, bits| Hasher::new(algorithm, bits).digest_length();
    assert_eq!(
        [0, 224, 225, 300, 384, 512, 9999].map(|bits| length(Sha3, bits)),
        [28, 28, 32, 48, 48, 64, 64]
    );
    assert_eq!([0, 8, 9, 512, 9999].map(|bits| length(Blake2b, bits)), [1, 1, 2, 64, 64]);
}

/// CRC-32 bit by bit, which is its definition.
fn crc_by_definition(message: &[u8], mirrored: bool) -> u32 {
    message.iter().fold(0, |register, &byte| {
        let byte = if mirrored { byte.reverse_bits() } else { byte };
        (0..8).fold(register ^ u32::from(byte), |register, _| {
            if register & 1 == 1 { register >> 1 ^ 0xedb8_8320 } else { register >> 1 }
        })
    })
}

#[test]
fn folding_agrees_with_the_definition_for_every_remainder() {
    let message = noise(1000);
    for length in (0..300).chain([511, 512, 513, 999]) {
        for mirrored in [false, true] {
            let ours = super::crc::Table::new().update(0, &message[..length], mirrored);
            assert_eq!(ours, crc_by_definition(&message[..length], mirrored), "{length} bytes");
        }
    }
}

/// The plain code never runs on most machines that run these tests.
#[test]
fn instructions_agree_with_plain_code() {
    use super::constants::{MD5_STATE, SHA512_STATE};
    let blocks = noise(64 * 7);
    let (mut fast, mut plain) = (MD5_STATE, MD5_STATE);
    super::legacy::sha1(&mut fast, &blocks);
    super::legacy::sha1_plain(&mut plain, &blocks);
    assert_eq!(fast, plain);
    let state = SHA512_STATE.map(|lane| (lane >> 32) as u32);
    let (mut fast, mut plain) = (state, state);
    super::sha2::sha256(&mut fast, &blocks);
    super::sha2::sha256_plain(&mut plain, &blocks);
    assert_eq!(fast, plain);
}

/// Every length around the ends of blocks, against the tools of this machine where it has them.
#[test]
fn agrees_with_the_system() {
    let tools: [(Algorithm, usize, &[&str]); 11] = [
        (Md5, 0, &["md5sum"]),
        (Sha1, 0, &["sha1sum"]),
        (Sha224, 0, &["sha224sum"]),
        (Sha256, 0, &["sha256sum"]),
        (Sha384, 0, &["sha384sum"]),
        (Sha512, 0, &["sha512sum"]),
        (Blake2b, 512, &["b2sum"]),
        (Blake2b, 200, &["b2sum", "-l200"]),
        (Sm3, 0, &["cksum", "-a", "sm3", "--untagged"]),
        (Sha3, 224, &["busybox", "sha3sum", "-a224"]),
        (Sha3, 512, &["busybox", "sha3sum", "-a512"]),
    ];
    let message = noise(40_000);
    for length in [0, 1, 55, 56, 63, 64, 65, 71, 72, 111, 112, 127, 128, 129, 143, 144, 145, 256, 40_000] {
        let message = &message[..length];
        for (algorithm, bits, command) in tools {
            if let Some(output) = filter(command, message) {
                assert_eq!(
                    hex(&digest(algorithm, bits, message)),
                    first_word(&output),
                    "{command:?} {length}"
                );
            }
        }
        let number = |algorithm| {
            digest(algorithm, 0, message).iter().fold(0u32, |number, &byte| number << 8 | u32::from(byte))
        };
        for (algorithm, command) in [(Cksum, &["cksum"][..]), (Sysv, &["sum", "-s"]), (Bsd, &["sum", "-r"])] {
            if let Some(output) = filter(command, message) {
                assert_eq!(Ok(number(algorithm)), first_word(&output).parse(), "{command:?} {length}");
            }
        }
    }
}

/// The output of a command, if there is such a command.
fn filter(command: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let (input_pipe, output_pipe) = (Stdio::piped(), Stdio::piped());
    let mut child =
        Command::new(command[0]).args(&command[1..]).stdin(input_pipe).stdout(output_pipe).spawn().ok()?;
    child.stdin.take()?.write_all(input).ok()?;
    let output = child.wait_with_output().ok()?;
    output.status.success().then_some(output.stdout)
}

fn first_word(output: &[u8]) -> &str {
    std::str::from_utf8(output).unwrap().split_whitespace().next().unwrap_or_default()
}

proptest! {
    #[test]
    fn pieces_make_no_difference(
        message in prop::collection::vec(any::<u8>(), 0..1500),
        cuts in prop::collection::vec(0usize..1500, 0..8),
    ) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(message.len())).collect();
        cuts.extend([0, message.len()]);
        cuts.sort_unstable();
        for (algorithm, bits) in ALL {
            let pieces = cuts.windows(2).map(|ends| &message[ends[0]..ends[1]]);
            prop_assert_eq!(digest_of_pieces(algorithm, bits, pieces), digest(algorithm, bits, &message));
        }
    }

    #[test]
    fn a_changed_bit_changes_the_digest(
        message in prop::collection::vec(any::<u8>(), 1..600),
        place in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let mut other = message.clone();
        other[place.index(message.len())] ^= 1 << bit;
        // The sums may collide, and so may eight bits; a CRC of one changed bit cannot.
        for (algorithm, bits) in ALL.into_iter().filter(|&(algorithm, bits)| !matches!(algorithm, Sysv | Bsd) && bits != 8) {
            prop_assert_ne!(digest(algorithm, bits, &other), digest(algorithm, bits, &message));
        }
    }
}

/// Digests of a long message in one update and byte by byte: bulk and buffered paths.
#[test]
fn bytewise_and_at_once_agree() {
    let message = noise(5000);
    for (algorithm, bits) in ALL {
        let bytewise = digest_of_pieces(algorithm, bits, message.chunks(1));
        assert_eq!(bytewise, digest(algorithm, bits, &message), "{algorithm:?} {bits}");
    }
}
