//! usage: cksum [-a ALGORITHM] [--untagged] [FILE]... | sum [-rs] [FILE]... | crc32 [FILE]...
//!
//! Print a checksum and the size of each FILE.
//!
//!  -a, --algorithm=NAME  cksum: crc (the default), sysv, bsd, md5, sha1, sha224, sha256, sha384, sha512, blake2b, sm3
//!  --tag                 cksum: print digests in the BSD style (the default)
//!  --untagged            cksum: print digests as md5sum does
//!  -r                    sum: the BSD algorithm, blocks of 1024 bytes (the default)
//!  -s, --sysv            sum: the System V algorithm, blocks of 512 bytes
//!
//! # Notes
//! POSIX.1-2024 cksum; -a as GNU. crc32 prints the sum that gzip and zip use, as BusyBox.

use applet::prelude::*;
use hash::{Algorithm, Hasher};

applet::options!("cksum");

/// Names of algorithms, and of their tags.
const NAMES: [(&[u8], Algorithm, usize, &[u8]); 11] = [
    (b"sysv", Algorithm::Sysv, 16, b""),
    (b"bsd", Algorithm::Bsd, 16, b""),
    (b"crc", Algorithm::Cksum, 32, b""),
    (b"md5", Algorithm::Md5, 128, b"MD5"),
    (b"sha1", Algorithm::Sha1, 160, b"SHA1"),
    (b"sha224", Algorithm::Sha224, 224, b"SHA224"),
    (b"sha256", Algorithm::Sha256, 256, b"SHA256"),
    (b"sha384", Algorithm::Sha384, 384, b"SHA384"),
    (b"sha512", Algorithm::Sha512, 512, b"SHA512"),
    (b"blake2b", Algorithm::Blake2b, 512, b"BLAKE2b"),
    (b"sm3", Algorithm::Sm3, 256, b"SM3"),
];

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let name = match cx.name {
        b"sum" if options.last(&[opt::r, opt::SYSV]) == Some(opt::SYSV) => &b"sysv"[..],
        b"sum" => b"bsd",
        _ => options.value(opt::ALGORITHM).unwrap_or(b"crc"),
    };
    let Some(&(_, mut algorithm, bits, tag)) = NAMES.iter().find(|(known, ..)| *known == name) else {
        return Err(Error::usage_about(b"invalid argument '%' for '--algorithm'", name));
    };
    let is_crc32 = cx.name == b"crc32";
    if is_crc32 {
        algorithm = Algorithm::Crc32;
    }
    let tagged = options.last(&[opt::TAG, opt::UNTAGGED]) != Some(opt::UNTAGGED);
    let named = !options.operands.is_empty();
    let several = options.operands.len() > 1;
    cx.each_input(&options.operands, &mut |cx, name, input| {
        let mut hasher = Hasher::new(algorithm, bits);
        let mut size = 0u64;
        loop {
            let block = input.block()?;
            if block.is_empty() {
                break;
            }
            hasher.update(block);
            size += block.len() as u64;
            let length = block.len();
            input.consume(length);
        }
        let mut digest = [0; 64];
        let length = hasher.finish(&mut digest);
        let digest = digest.get(..length).unwrap_or_default();
        let value = digest.iter().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
        let mut line = Vec::new();
        let mut buf = num::new_buf();
        match algorithm {
            Algorithm::Crc32 => num::push_radix(&mut line, value, 16, 8),
            Algorithm::Bsd => {
                num::push_radix(&mut line, value, 10, 5);
                line.push(b' ');
                num::push_padded(&mut line, num::dec(size.div_ceil(1024), &mut buf), 5, b' ');
            }
            Algorithm::Sysv | Algorithm::Cksum => {
                num::push_dec(&mut line, value);
                line.push(b' ');
                num::push_dec(
                    &mut line,
                    if algorithm == Algorithm::Sysv { size.div_ceil(512) } else { size },
                );
            }
            _ if tagged => {
                line.extend_from_slice(&[tag, b" (", name, b") = "].concat());
                digest.iter().for_each(|&byte| num::push_radix(&mut line, u64::from(byte), 16, 2));
            }
            _ => {
                digest.iter().for_each(|&byte| num::push_radix(&mut line, u64::from(byte), 16, 2));
                line.extend_from_slice(&[b"  ", name].concat());
            }
        }
        let shows_name = match algorithm {
            Algorithm::Bsd | Algorithm::Sysv | Algorithm::Cksum => named,
            Algorithm::Crc32 => several,
            _ => false,
        };
        if shows_name {
            line.push(b' ');
            line.extend_from_slice(name);
        }
        cx.out.line(&line);
        Ok(())
    });
    Ok(cx.status())
}
