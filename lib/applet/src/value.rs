//! Values of options and operands: counts, sizes, durations, and what to say when they are none.

use num::ParseError;
use sys::fs::Timestamp;

use crate::error::{Error, Result};

/// `invalid WHAT: 'text'`.
#[cold]
pub fn invalid(what: &[u8], text: &[u8]) -> Error {
    Error::parts(&[b"invalid ", what, b": '", text, b"'"])
}

/// A count with one of the suffixes of `table` ([`num::SIZES`], or none: an empty table).
pub fn number(text: &[u8], table: &[u8], what: &[u8]) -> Result<u64> {
    num::parse_size(text, table).map_err(|error| match error {
        ParseError::Invalid => invalid(what, text),
        ParseError::Range => too_large(what, text),
    })
}

/// A number with a sign.
pub fn signed(text: &[u8], what: &[u8]) -> Result<i64> {
    num::parse_i64(text).map_err(|error| match error {
        ParseError::Invalid => invalid(what, text),
        ParseError::Range => too_large(what, text),
    })
}

/// A signal by name, with or without `SIG`, or by number.
pub fn signal(text: &[u8]) -> Result<i32> {
    let number = num::parse_u64(text).ok().filter(|&number| number <= 64).map(|number| number as i32);
    number.or_else(|| sys::signal::number(text)).ok_or_else(|| invalid(b"signal", text))
}

/// Which of `words`, separated by blanks, `text` is or is the beginning of, if only of one; `option` is for the error.
pub fn word(text: &[u8], words: &[u8], option: &[u8]) -> Result<usize> {
    let mut found = None;
    let mut ambiguous = false;
    for (index, word) in words.split(|&byte| byte == b' ').enumerate() {
        if word == text {
            return Ok(index);
        }
        if word.starts_with(text) {
            ambiguous |= found.is_some();
            found = Some(index);
        }
    }
    let wrong: &[u8] = if ambiguous { b"ambiguous" } else { b"invalid" };
    // GNU's commands leave with 1 here, even those that use other numbers else.
    let error = || Error::usage(&[wrong, b" argument '", text, b"' for '", option, b"'"]).with_status(1);
    found.filter(|_| !ambiguous).ok_or_else(error)
}

#[cold]
fn too_large(what: &[u8], text: &[u8]) -> Error {
    Error::parts(&[b"invalid ", what, b": '", text, b"': Value too large for defined data type"])
}

/// A length of time: seconds with a fraction, or with `s`, `m`, `h`, `d` behind it. The longest is 292 billion years.
pub fn duration(text: &[u8]) -> Result<Timestamp> {
    let wrong = || invalid(b"time interval", text);
    let (value, used) = num::parse_float(text);
    let factor = match text.get(used..) {
        Some(b"" | b"s") => 1.0,
        Some(b"m") => 60.0,
        Some(b"h") => 3600.0,
        Some(b"d") => 86400.0,
        _ => return Err(wrong()),
    };
    if used == 0 || value.is_nan() || value < 0.0 {
        return Err(wrong());
    }
    let seconds = value * factor;
    let whole = seconds as i64;
    let mut nsec = if whole == i64::MAX { 0 } else { ((seconds - whole as f64) * 1e9) as u32 };
    // A wait that is not zero must not become zero.
    if whole == 0 && nsec == 0 && seconds > 0.0 {
        nsec = 1;
    }
    Ok(Timestamp { sec: whole, nsec: nsec.min(999_999_999) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let is = |text: &[u8], sec, nsec| {
            assert_eq!(duration(text).ok(), Some(Timestamp { sec, nsec }), "{text:?}")
        };
        is(b"1", 1, 0);
        is(b"1.5m", 90, 0);
        is(b".25", 0, 250_000_000);
        is(b"1e-12", 0, 1);
        is(b"inf", i64::MAX, 0);
        is(b"2d", 172_800, 0);
        for wrong in [&b""[..], b"-1", b"x", b"1x", b"1ss", b"nan", b"s"] {
            assert!(duration(wrong).is_err(), "{wrong:?}");
        }
    }
}
