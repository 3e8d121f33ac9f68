//! Text to doubles, correctly rounded (to nearest, ties to even) whatever the number of digits.

use crate::big::Big;
use crate::parse::{blanks, digit};

/// 5^0 to 5^27, the powers of five that fit 63 bits.
pub(crate) const POW5: [u64; 28] = {
    let mut table = [1; 28];
    let mut i = 1;
    while i < 28 {
        table[i] = table[i - 1] * 5;
        i += 1;
    }
    table
};

/// The longest decimal expansion of a point halfway between two doubles has 768 significant digits:
/// more can only say whether the number lies above it.
const MAX_DIGITS: usize = 768;

/// Parses as C's `strtod` (C11 7.22.1.3): leading white space, a sign, then decimal digits with an optional point and
/// exponent, `0x` with hexadecimal digits and an optional binary exponent, `inf`, `infinity`, `nan` or `nan(...)`,
/// without regard to case. Returns the value and the number of bytes used, 0 if there is no number. Too large is
/// infinity, too small is zero.
pub fn parse_float(text: &[u8]) -> (f64, usize) {
    let start = blanks(text);
    let mut at = start;
    let negative = text.get(at) == Some(&b'-');
    if negative || text.get(at) == Some(&b'+') {
        at += 1;
    }
    let rest = text.get(at..).unwrap_or_default();
    let (value, used) = match *rest {
        [b'0', b'x' | b'X', ..] => hex(rest),
        [b'0'..=b'9' | b'.', ..] => decimal(rest),
        _ => word(rest),
    };
    match used {
        0 => (0.0, 0),
        _ => (if negative { -value } else { value }, at + used),
    }
}

#[cold]
fn word(text: &[u8]) -> (f64, usize) {
    let is = |word: &[u8]| text.get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word));
    if is(b"infinity") {
        (f64::INFINITY, 8)
    } else if is(b"inf") {
        (f64::INFINITY, 3)
    } else if is(b"nan") {
        let tail = text.get(3..).unwrap_or_default();
        let inner = tail.iter().skip(1).take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let payload = tail.first() == Some(&b'(') && tail.get(inner + 1) == Some(&b')');
        (f64::NAN, if payload { inner + 5 } else { 3 })
    } else {
        (0.0, 0)
    }
}

/// The signed decimal number after the exponent letter `letter`, and its length with the letter; (0, 0) if there is none.
fn exponent(text: &[u8], letter: u8) -> (i32, usize) {
    if text.first().is_none_or(|b| b | 32 != letter) {
        return (0, 0);
    }
    let sign = text.get(1).copied().unwrap_or(0);
    let start = 1 + usize::from(sign == b'-' || sign == b'+');
    let mut used = start;
    let mut value = 0i32;
    while let Some(d @ b'0'..=b'9') = text.get(used) {
        // Anything past this is out of range for any text that fits in memory.
        value = value.saturating_mul(10).saturating_add(i32::from(d - b'0'));
        used += 1;
    }
    match used == start {
        true => (0, 0),
        false => (if sign == b'-' { -value } else { value }, used),
    }
}

/// `a` of 64 bits into 32, at the ends of the range if it does not fit.
fn clamp(a: i64) -> i32 {
    a.clamp(-1_000_000_000, 1_000_000_000) as i32
}

fn decimal(text: &[u8]) -> (f64, usize) {
    let mut used = 0;
    let mut mantissa = 0u64;
    let mut significant = 0usize; // digits since the first that is not 0
    let mut exp10 = 0i64; // of the last digit that went into the mantissa
    let mut point = false;
    let mut any = false;
    let mut inexact = false;
    for &byte in text {
        match byte {
            b'0'..=b'9' => {
                any = true;
                if significant > 0 || byte != b'0' {
                    significant += 1;
                }
                if significant <= 19 {
                    mantissa = mantissa * 10 + u64::from(byte - b'0');
                    exp10 -= i64::from(point);
                } else {
                    exp10 += i64::from(!point);
                    inexact |= byte != b'0';
                }
            }
            b'.' if !point => point = true,
            _ => break,
        }
        used += 1;
    }
    if !any {
        return (0.0, 0);
    }
    let digits = text.get(..used).unwrap_or_default();
    let (given, length) = exponent(text.get(used..).unwrap_or_default(), b'e');
    used += length;
    let exp10 = clamp(exp10 + i64::from(given));
    let value = if inexact { None } else { fast(mantissa, exp10) };
    (value.unwrap_or_else(|| slow(digits, exp10 + significant.min(19) as i32)), used)
}

/// `mantissa * 10^exp10`, when machine arithmetic gives it exactly rounded.
fn fast(mantissa: u64, exp10: i32) -> Option<f64> {
    if mantissa == 0 {
        return Some(0.0);
    }
    let &power = POW5.get(exp10.unsigned_abs() as usize)?;
    // Both operands are exact, so that the one operation rounds correctly. 10^22 is the last exact power.
    if mantissa < 1 << 53 && exp10.abs() <= 22 {
        let ten = power as f64 * f64::from(1u32 << exp10.unsigned_abs());
        return Some(if exp10 < 0 { mantissa as f64 / ten } else { mantissa as f64 * ten });
    }
    let shift = mantissa.leading_zeros();
    let top = u128::from(mantissa << shift);
    let exp2 = exp10 - shift as i32;
    let (wide, exp2, sticky) = if exp10 >= 0 {
        (top * u128::from(power), exp2, false)
    } else {
        let numerator = top << 64;
        (numerator / u128::from(power), exp2 - 64, numerator % u128::from(power) != 0)
    };
    let drop = 64 - wide.leading_zeros().min(64);
    Some(assemble((wide >> drop) as u64, exp2 + drop as i32, sticky || wide & ((1 << drop) - 1) != 0))
}

/// The value of `digits` (with at most one point among them) read as 0.DIGITS * 10^point, leading zeros not counted.
#[cold]
#[inline(never)]
fn slow(digits: &[u8], point: i32) -> f64 {
    if point > 310 {
        return f64::INFINITY;
    }
    if point < -330 {
        return 0.0;
    }
    let mut top = Big::new(0);
    let mut count = 0;
    let mut tail = false;
    for &byte in digits.iter().filter(|b| **b != b'.').skip_while(|b| **b == b'0') {
        if count < MAX_DIGITS {
            top.mul_add(10, u32::from(byte - b'0'));
            count += 1;
        } else {
            tail |= byte != b'0';
        }
    }
    if tail {
        top.mul_add(10, 1);
        count += 1;
    }
    // top * 10^exp10 = top * 5^exp10 * 2^exp10, over `bottom` if the exponent is negative.
    let exp10 = point - count as i32;
    let mut bottom = Big::new(1);
    if exp10 < 0 {
        bottom.mul_pow5(exp10.unsigned_abs());
    } else {
        top.mul_pow5(exp10.unsigned_abs());
    }
    // Align the highest bits; then 64 steps of long division leave 63 or 64 bits of quotient.
    let shift = bottom.bits() as i32 - top.bits() as i32;
    if shift > 0 {
        top.shl(shift.unsigned_abs());
    } else {
        bottom.shl(shift.unsigned_abs());
    }
    let mut quotient = 0u64;
    for _ in 0..64 {
        quotient = quotient << 1 | u64::from(top.sub_if_not_less(&bottom));
        top.shl(1);
    }
    assemble(quotient, exp10 - shift - 63, !top.is_zero())
}

/// `mantissa * 2^exp2` rounded to a double; `sticky` says that the true value is a little larger.
fn assemble(mantissa: u64, exp2: i32, sticky: bool) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let shift = mantissa.leading_zeros();
    let top = mantissa << shift;
    let exponent = exp2 - shift as i32 + 63;
    if exponent > 1023 {
        return f64::INFINITY;
    }
    // 11 bits do not fit a normal number, and more do not fit a subnormal one.
    let drop = 11 + (-1022 - exponent).clamp(0, 60) as u32;
    if drop > 64 {
        return 0.0;
    }
    let kept = top.checked_shr(drop).unwrap_or(0);
    let rest = top << (64 - drop);
    let half = 1 << 63;
    let up = rest > half || (rest == half && (sticky || kept & 1 == 1));
    // A carry out of the mantissa raises the exponent by itself, up to infinity.
    let biased = (exponent + 1022).max(0) as u64;
    f64::from_bits((biased << 52) + kept + u64::from(up))
}

#[cold]
fn hex(text: &[u8]) -> (f64, usize) {
    let mut used = 2;
    let mut mantissa = 0u64;
    let mut exp2 = 0i64;
    let mut point = false;
    let mut any = false;
    let mut sticky = false;
    for &byte in text.iter().skip(2) {
        let value = digit(byte);
        if value < 16 {
            any = true;
            if mantissa >> 60 == 0 {
                mantissa = mantissa << 4 | u64::from(value);
                exp2 -= if point { 4 } else { 0 };
            } else {
                sticky |= value != 0;
                exp2 += if point { 0 } else { 4 };
            }
        } else if byte == b'.' && !point {
            point = true;
        } else {
            break;
        }
        used += 1;
    }
    if !any {
        return (0.0, 1); // the zero before the x
    }
    let (given, length) = exponent(text.get(used..).unwrap_or_default(), b'p');
    (assemble(mantissa, clamp(exp2 + i64::from(given)), sticky), used + length)
}
