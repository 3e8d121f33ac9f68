//! Amounts of space in the units that ls, du and df are asked for.

use alloc::vec::Vec;
use applet::{Context, Error, Result};

/// A unit.
#[derive(Clone, Copy)]
pub enum Scale {
    /// The largest that leaves at least 1, in powers of 1024 (`-h`), or with [`num::HUMAN_SI`] of 1000.
    Human(u8),
    /// That many bytes, and what is written behind the number.
    Unit(u64, [u8; 3]),
}

impl Scale {
    /// Plain units of `bytes`.
    pub const fn unit(bytes: u64) -> Scale {
        Scale::Unit(bytes, [0; 3])
    }

    /// `1K`, `512`, `MB`, `human-readable`, `si`. A size without a number is written behind the amounts.
    pub fn parse(text: &[u8]) -> Option<Scale> {
        let text = text.strip_prefix(b"'").unwrap_or(text);
        match text {
            b"human-readable" => return Some(Scale::Human(0)),
            b"si" => return Some(Scale::Human(num::HUMAN_SI)),
            _ => {}
        }
        let mut behind = [0; 3];
        let size = if text.first().is_some_and(u8::is_ascii_digit) {
            num::parse_size(text, b"@")
        } else {
            for (slot, &byte) in behind.iter_mut().zip(text) {
                *slot = byte;
            }
            let [letter, unit, _] = &mut behind;
            *letter = if (*letter | 32, *unit) == (b'k', b'B') { b'k' } else { letter.to_ascii_uppercase() };
            num::parse_size(&[b"1", text].concat(), b"@")
        };
        size.ok().filter(|&size| size > 0).map(|size| Scale::Unit(size, behind))
    }

    /// As [`Scale::parse`], of an option.
    pub fn required(text: &[u8]) -> Result<Scale> {
        Scale::parse(text).ok_or_else(|| Error::about(b"invalid --block-size argument '%'", text))
    }

    /// What the environment variables `first` and `BLOCK_SIZE` say.
    pub fn of_environment(cx: &Context, first: &[u8]) -> Option<Scale> {
        cx.var(first).or_else(|| cx.var(b"BLOCK_SIZE")).and_then(Scale::parse)
    }

    /// What `first`, `BLOCK_SIZE` and `BLOCKSIZE` say, or else 1024, or POSIX's 512 if that is asked for.
    pub fn of_blocks(cx: &Context, first: &[u8]) -> Scale {
        let usual = || Scale::unit(if cx.var(b"POSIXLY_CORRECT").is_some() { 512 } else { 1024 });
        Scale::of_environment(cx, first)
            .or_else(|| cx.var(b"BLOCKSIZE").and_then(Scale::parse))
            .unwrap_or_else(usual)
    }

    /// Appends `count` units of `from` bytes, rounded up.
    pub fn push(self, count: u64, from: u64, out: &mut Vec<u8>) {
        match self {
            Scale::Human(options) => num::human(count.saturating_mul(from), options, out),
            Scale::Unit(unit, behind) => {
                num::push_dec(out, num::scale_ceil(count, from, unit));
                out.extend(behind.into_iter().filter(|&byte| byte != 0));
            }
        }
    }
}
