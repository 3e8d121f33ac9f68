//! Text to integers.

/// Why a text is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// Not a number, or more than a number.
    Invalid,
    /// A number, but too large (or too small) for the type.
    Range,
}

/// What [`parse_int`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Int {
    /// The absolute value; `u64::MAX` if it does not fit.
    pub magnitude: u64,
    /// Whether a minus sign stood before it.
    pub negative: bool,
    /// How many bytes the number takes, blanks and sign included; 0 if there is none.
    pub used: usize,
    /// Whether the absolute value does not fit 64 bits.
    pub overflow: bool,
}

impl Int {
    /// The value as `strtoll` returns it, saturated, and whether that is the true value.
    pub fn signed(&self) -> (i64, bool) {
        let limit = i64::MAX as u64 + u64::from(self.negative);
        let magnitude = self.magnitude.min(limit);
        let value = magnitude as i64;
        (if self.negative { value.wrapping_neg() } else { value }, self.magnitude <= limit && !self.overflow)
    }

    /// The value as `strtoull` returns it (a negative number wraps), and whether its magnitude did fit.
    pub fn unsigned(&self) -> (u64, bool) {
        let wrapped = self.negative && !self.overflow;
        (if wrapped { self.magnitude.wrapping_neg() } else { self.magnitude }, !self.overflow)
    }
}

/// The value of `byte` as a digit of base 36, or 255.
pub(crate) fn digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'z' => byte - b'a' + 10,
        b'A'..=b'Z' => byte - b'A' + 10,
        _ => 255,
    }
}

/// How many bytes of white space (C locale's `isspace`) `text` begins with.
pub(crate) fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|&&b| b == b' ' || (9..=13).contains(&b)).count()
}

/// Parses as C's `strtoull` and `strtoll` do: leading white space, a sign, digits of `base` (2 to 36), as many as
/// there are. Base 16 allows `0x`; base 0 takes `0x` for 16, `0` for 8 and all else for 10.
pub fn parse_int(text: &[u8], base: u32) -> Int {
    let mut used = blanks(text);
    let negative = text.get(used) == Some(&b'-');
    if negative || text.get(used) == Some(&b'+') {
        used += 1;
    }
    let mut base = base as u8;
    let rest = text.get(used..).unwrap_or_default();
    match *rest {
        // "0x" counts only with a digit after it; else it is a zero followed by an x.
        [b'0', b'x' | b'X', next, ..] if (base == 0 || base == 16) && digit(next) < 16 => {
            base = 16;
            used += 2;
        }
        [b'0', ..] if base == 0 => base = 8,
        _ if base == 0 => base = 10,
        _ => {}
    }
    let start = used;
    let mut magnitude = 0u64;
    let mut overflow = false;
    for &byte in text.get(used..).unwrap_or_default() {
        let value = digit(byte);
        if value >= base {
            break;
        }
        used += 1;
        match magnitude.checked_mul(u64::from(base)).and_then(|m| m.checked_add(u64::from(value))) {
            Some(sum) if !overflow => magnitude = sum,
            _ => {
                overflow = true;
                magnitude = u64::MAX;
            }
        }
    }
    if used == start { Int::default() } else { Int { magnitude, negative, used, overflow } }
}

/// Parses a text that is all decimal digits.
pub fn parse_u64(text: &[u8]) -> Result<u64, ParseError> {
    if !text.first().is_some_and(u8::is_ascii_digit) {
        return Err(ParseError::Invalid);
    }
    let int = parse_int(text, 10);
    if int.used != text.len() {
        Err(ParseError::Invalid)
    } else if int.overflow {
        Err(ParseError::Range)
    } else {
        Ok(int.magnitude)
    }
}

/// Parses a text that is all decimal digits after an optional `+` or `-`.
pub fn parse_i64(text: &[u8]) -> Result<i64, ParseError> {
    if blanks(text) != 0 {
        return Err(ParseError::Invalid);
    }
    let int = parse_int(text, 10);
    if int.used == 0 || int.used != text.len() {
        return Err(ParseError::Invalid);
    }
    match int.signed() {
        (value, true) => Ok(value),
        _ => Err(ParseError::Range),
    }
}
