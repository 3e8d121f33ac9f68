//! Sizes as people write them: `10K`, `2GiB`, `512b`, and as `ls -h` prints them.

use crate::int::{Buf, dec, new_buf};
use crate::parse::{ParseError, parse_int};
use alloc::vec::Vec;

/// The suffixes of head, tail, split, truncate, du, df: `b` is 512, and the powers of 1024 and 1000.
pub const SIZES: &[u8] = b"b=512 @";
/// The suffixes of dd, which also counts characters and words.
pub const DD_SIZES: &[u8] = b"c=1 w=2 b=512 @";

/// The letters of the powers of 1000 and 1024, smallest first.
const LETTERS: &[u8] = b"KMGTPEZYRQ";

/// Parses decimal digits and at most one suffix out of `table`: the whole text.
///
/// The table is entries separated by blanks: `name=multiplier`, or `@` for the family of powers: `K M G T P E Z Y R Q`
/// and `KiB` ... are powers of 1024, `KB` ... are powers of 1000; `k m g t` count as the capitals.
/// Suffixes past 64 bits are known, and are a range error unless the number is 0.
pub fn parse_size(text: &[u8], table: &[u8]) -> Result<u64, ParseError> {
    if !text.first().is_some_and(u8::is_ascii_digit) {
        return Err(ParseError::Invalid);
    }
    let int = parse_int(text, 10);
    let suffix = text.get(int.used..).unwrap_or_default();
    let multiplier =
        if suffix.is_empty() { 1 } else { multiplier(suffix, table).ok_or(ParseError::Invalid)? };
    if int.overflow {
        return Err(ParseError::Range);
    }
    match int.magnitude {
        0 => Ok(0),
        n => n.checked_mul(multiplier).filter(|_| multiplier != 0).ok_or(ParseError::Range),
    }
}

/// What `suffix` multiplies by; 0 stands for more than 64 bits.
fn multiplier(suffix: &[u8], table: &[u8]) -> Option<u64> {
    for entry in table.split(|&b| b == b' ') {
        if entry == b"@" {
            if let Some(found) = power(suffix) {
                return Some(found);
            }
        } else if let Some([b'=', number @ ..]) = entry.strip_prefix(suffix) {
            return Some(parse_int(number, 10).magnitude);
        }
    }
    None
}

fn power(suffix: &[u8]) -> Option<u64> {
    let (&first, unit) = suffix.split_first()?;
    let letter = if b"kmgt".contains(&first) { first.to_ascii_uppercase() } else { first };
    let base: u64 = match unit {
        b"" | b"iB" => 1024,
        b"B" => 1000,
        _ => return None,
    };
    let exponent = LETTERS.iter().position(|&l| l == letter)?;
    Some(base.checked_pow(exponent as u32 + 1).unwrap_or(0))
}

/// `n` units of `from` bytes, counted in units of `to` bytes, rounded up; saturating. A unit of 0 counts as 1.
pub fn scale_ceil(n: u64, from: u64, to: u64) -> u64 {
    let bytes = u128::from(n) * u128::from(from.max(1));
    u64::try_from(bytes.div_ceil(u128::from(to.max(1)))).unwrap_or(u64::MAX)
}

/// For [`human`]: powers of 1000 (`ls --si`), not of 1024.
pub const HUMAN_SI: u8 = 1;
/// For [`human`]: round to nearest, halves to even (dd), not up.
pub const HUMAN_NEAREST: u8 = 2;
/// For [`human`]: a blank between number and unit.
pub const HUMAN_SPACE: u8 = 4;
/// For [`human`]: `KiB`, `kB`, `B`, not `K`, `k` and nothing.
pub const HUMAN_B: u8 = 8;

/// Appends `n` bytes as people read them: `1023`, `1.5K`, `10M`: in the largest unit that leaves at least 1, with one
/// decimal below 10, rounded up unless the options say otherwise. `options` is a sum of `HUMAN_` constants.
pub fn human(n: u64, options: u8, out: &mut Vec<u8>) {
    let has = |flag: u8| options & flag != 0;
    let base: u64 = if has(HUMAN_SI) { 1000 } else { 1024 };
    let mut unit = 1u64;
    let mut power = 0usize;
    while n / unit >= base {
        unit *= base;
        power += 1;
    }
    let mut whole = n / unit;
    let rest = n % unit;
    let mut tenth = None;
    if power > 0 {
        if whole < 10 {
            // rest < unit <= 2^60, so tenfold still fits.
            let tenths = round(whole * 10 + rest * 10 / unit, rest * 10 % unit, unit, has(HUMAN_NEAREST));
            whole = tenths / 10;
            tenth = Some((tenths % 10) as u8).filter(|_| tenths < 100);
        } else {
            whole = round(whole, rest, unit, has(HUMAN_NEAREST));
        }
        if whole >= base {
            (whole, tenth, power) = (1, Some(0), power + 1);
        }
    }
    let mut buf: Buf = new_buf();
    out.extend_from_slice(dec(whole, &mut buf));
    if let Some(digit) = tenth {
        out.extend_from_slice(&[b'.', b'0' + digit]);
    }
    if has(HUMAN_SPACE) {
        out.push(b' ');
    }
    if let Some(&letter) = power.checked_sub(1).and_then(|i| LETTERS.get(i)) {
        out.push(if power == 1 && has(HUMAN_SI) { b'k' } else { letter });
        if has(HUMAN_B) && !has(HUMAN_SI) {
            out.push(b'i');
        }
    }
    if has(HUMAN_B) {
        out.push(b'B');
    }
}

/// `quotient` adjusted for the `rest` of a division by `unit`.
fn round(quotient: u64, rest: u64, unit: u64, nearest: bool) -> u64 {
    let up = if nearest { rest * 2 > unit || (rest * 2 == unit && quotient % 2 == 1) } else { rest > 0 };
    quotient + u64::from(up)
}
