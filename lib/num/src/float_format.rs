//! Doubles to text as C's printf, exact at every precision.
//!
//! A double is mantissa * 2^exponent. Scaled by a power of ten it becomes the integer whose digits are wanted. For
//! ordinary values and precisions that fits 128 bits ([`scaled`]); else the exact digits, at most 767 of them, come
//! out of a big number and are rounded as text ([`exact`]).

use crate::big::Big;
use crate::float_parse::{POW5, parse_float};
use crate::int::{Buf, Spec, dec, new_buf, push_fill};
use alloc::vec::Vec;

/// Appends `value` as printf's conversion `conv` does: `e f g a`, or a capital of these (C11 7.21.6.1); other letters
/// count as `g`. Without a precision it is 6, and for `a` as much as needed.
/// False, appending nothing, if there is no memory for width and precision.
pub fn format_float(value: f64, conv: u8, spec: &Spec, out: &mut Vec<u8>) -> bool {
    let sign = spec.sign(value.is_sign_negative());
    let upper = conv.is_ascii_uppercase();
    if !value.is_finite() {
        let text = match (value.is_nan(), upper) {
            (true, true) => b"NAN",
            (true, false) => b"nan",
            (false, true) => b"INF",
            (false, false) => b"inf",
        };
        let spec = Spec { zero: false, alt: false, ..*spec };
        return Body { prefix: sign, digits: text, point: 3, fraction: 0, suffix: b"" }.push(&spec, out);
    }
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, exp2) = match (bits >> 52) as i32 & 0x7ff {
        0 => (fraction, -1074),
        biased => (fraction | 1 << 52, biased - 1075),
    };
    // C's precision is an int, so that the sums below cannot overflow.
    let precision = spec.precision.unwrap_or(6).min(i32::MAX as usize);
    let mut buf = new_buf();
    match conv | 32 {
        b'a' => hex(mantissa, exp2, sign, upper, spec, out),
        b'f' => {
            if let Some(n) = scaled(mantissa, exp2, precision.min(99) as i32) {
                let digits = dec(n, &mut buf);
                let point = digits.len() as i64 - precision as i64;
                Body { prefix: sign, digits, point, fraction: precision, suffix: b"" }.push(spec, out)
            } else {
                exact(mantissa, exp2, None, precision, &mut |digits, point| {
                    Body { prefix: sign, digits, point, fraction: precision, suffix: b"" }.push(spec, out)
                })
            }
        }
        letter => {
            let keep = if letter == b'e' { precision.saturating_add(1) } else { precision.max(1) };
            match significant(mantissa, exp2, keep, &mut buf) {
                Some((digits, point)) => scientific(digits, point, keep, conv, sign, spec, out),
                None => exact(mantissa, exp2, Some(keep), 0, &mut |digits, point| {
                    scientific(digits, point, keep, conv, sign, spec, out)
                }),
            }
        }
    }
}

/// Appends the shortest of `%.15g`, `%.16g`, `%.17g` that reads back as the same double.
pub fn push_shortest(value: f64, out: &mut Vec<u8>) {
    let start = out.len();
    // Numbers near zero have fewer digits than others.
    for precision in if value.is_normal() { 15 } else { 1 }..=17 {
        out.truncate(start);
        let spec = Spec { precision: Some(precision), ..Spec::default() };
        format_float(value, b'g', &spec, out);
        if out.get(start..).is_some_and(|text| parse_float(text).0 == value) {
            break;
        }
    }
}

/// `mantissa * 2^exp2 * 10^power` rounded to an integer, ties to even, if 128 bits are enough to know it.
fn scaled(mantissa: u64, exp2: i32, power: i32) -> Option<u64> {
    if mantissa == 0 {
        return Some(0);
    }
    let &five = POW5.get(power.unsigned_abs() as usize)?;
    if power < 0 {
        // The integer part, divided by 10^-power; what is cut off only matters next to a tie.
        let cut = exp2.min(0).unsigned_abs();
        let whole = mantissa.checked_shr(cut)?;
        let sticky = whole << cut != mantissa;
        let whole = shift_left(u128::from(whole), exp2.max(0).unsigned_abs())?;
        let ten = shift_left(u128::from(five), power.unsigned_abs())?;
        let (quotient, rest) = (whole / ten, whole % ten);
        let other = ten - rest;
        let up = rest > other || (rest == other && (sticky || quotient & 1 == 1));
        return Some(quotient + u64::from(up));
    }
    let product = u128::from(mantissa) * u128::from(five);
    let shift = exp2 + power;
    if shift >= 0 {
        return shift_left(product, shift.unsigned_abs());
    }
    let quotient = product.checked_shr(shift.unsigned_abs())?;
    let rest = product - (quotient << shift.unsigned_abs());
    let half = 1u128 << (shift.unsigned_abs() - 1);
    let up = rest > half || (rest == half && quotient & 1 == 1);
    u64::try_from(quotient + u128::from(up)).ok()
}

/// `n << count` if it fits 64 bits.
fn shift_left(n: u128, count: u32) -> Option<u64> {
    let fits = n == 0 || 128 - n.leading_zeros() + count <= 64;
    fits.then(|| (n as u64).wrapping_shl(count))
}

/// The first `keep` significant digits, rounded, and where the decimal point is: the value is 0.DIGITS * 10^point.
fn significant(mantissa: u64, exp2: i32, keep: usize, buf: &mut Buf) -> Option<(&[u8], i64)> {
    if mantissa == 0 {
        return Some((b"0", 1));
    }
    if keep > 19 {
        return None;
    }
    let limit = POW5.get(keep)? << keep;
    // The decimal exponent from the binary one; 1233 / 4096 is a little below log10(2), so it is never too high.
    let exp2_top = exp2 + 63 - mantissa.leading_zeros() as i32;
    let mut point = ((exp2_top * 1233) >> 12) + i32::from(exp2_top >= 0);
    loop {
        let n = scaled(mantissa, exp2, keep as i32 - point)?;
        if n < limit {
            let digits = dec(n, buf);
            let point = i64::from(point) + digits.len() as i64 - keep as i64;
            return Some((digits, point));
        }
        point += 1;
    }
}

/// All digits of a double, rounded to `keep` significant ones or else to `decimals` after the point, handed to `then`
/// with the place of the point.
#[cold]
#[inline(never)]
fn exact(
    mantissa: u64,
    exp2: i32,
    keep: Option<usize>,
    decimals: usize,
    then: &mut dyn FnMut(&[u8], i64) -> bool,
) -> bool {
    const ROOM: usize = 784;
    let mut digits = [b'0'; ROOM];
    let mut start = ROOM;
    let mut big = Big::new(mantissa);
    // m * 2^-k is m * 5^k * 10^-k.
    let tens = exp2.min(0).unsigned_abs();
    big.mul_pow5(tens);
    big.shl(exp2.max(0).unsigned_abs());
    while !big.is_zero() {
        let mut nine = big.div_small(1_000_000_000);
        for slot in digits.iter_mut().take(start).rev().take(9) {
            *slot = b'0' + (nine % 10) as u8;
            nine /= 10;
        }
        start = start.saturating_sub(9);
    }
    let zeros = digits.iter().skip(start).take_while(|d| **d == b'0').count();
    start += zeros;
    let mut point = (ROOM - start) as i64 - i64::from(tens);
    let all = digits.get_mut(start..).unwrap_or_default();
    let keep = keep.map_or(point.saturating_add(decimals as i64), |k| k as i64);
    let mut kept = usize::try_from(keep).unwrap_or(0).min(all.len());
    let (head, tail) = all.split_at_mut_checked(kept).unwrap_or_default();
    let up = match tail.split_first() {
        Some((first, rest)) if keep >= 0 => {
            let odd = head.last().is_some_and(|d| d & 1 == 1);
            *first > b'5' || (*first == b'5' && (odd || rest.iter().any(|d| *d != b'0')))
        }
        _ => false,
    };
    if up {
        let nines = head.iter().rev().take_while(|d| **d == b'9').count();
        kept -= nines;
        match kept.checked_sub(1).and_then(|last| head.get_mut(last)) {
            Some(digit) => *digit += 1,
            None => {
                point += 1;
                return then(b"1", point);
            }
        }
    }
    then(all.get(..kept).unwrap_or_default(), point)
}

/// Lays out `keep` rounded significant digits as `%e` or `%g`.
fn scientific(
    mut digits: &[u8],
    point: i64,
    keep: usize,
    conv: u8,
    sign: &'static [u8],
    spec: &Spec,
    out: &mut Vec<u8>,
) -> bool {
    let exponent = point - 1;
    let mut fraction = keep - 1;
    if conv | 32 != b'e' {
        let positional = exponent >= -4 && exponent < keep as i64;
        if !spec.alt {
            while let [head @ .., b'0'] = digits {
                digits = head;
            }
            fraction = digits.len().saturating_sub(1);
        }
        if positional {
            let shown = if spec.alt { keep } else { digits.len() };
            let fraction = (shown as i64 - point).max(0) as usize;
            return Body { prefix: sign, digits, point, fraction, suffix: b"" }.push(spec, out);
        }
    }
    let mut buf = new_buf();
    let letter = if conv.is_ascii_uppercase() { b'E' } else { b'e' };
    let suffix = exponent_text(letter, exponent, 2, &mut buf);
    Body { prefix: sign, digits, point: 1, fraction, suffix }.push(spec, out)
}

/// `letter`, a sign and at least `least` digits.
fn exponent_text(letter: u8, exponent: i64, least: usize, buf: &mut Buf) -> &[u8] {
    let mut digits = dec(exponent.unsigned_abs(), buf).len();
    while digits < least {
        digits += 1;
        set(buf, digits, b'0');
    }
    set(buf, digits + 1, if exponent < 0 { b'-' } else { b'+' });
    set(buf, digits + 2, letter);
    buf.get(buf.len() - digits - 2..).unwrap_or_default()
}

/// Sets the byte `back` places from the end.
fn set(buf: &mut Buf, back: usize, byte: u8) {
    if let Some(slot) = buf.iter_mut().nth_back(back.wrapping_sub(1)) {
        *slot = byte;
    }
}

/// `%a`: one hexadecimal digit before the point, 1 unless the number is subnormal or rounded up to 2.
#[cold]
fn hex(mut mantissa: u64, exp2: i32, sign: &[u8], upper: bool, spec: &Spec, out: &mut Vec<u8>) -> bool {
    let exponent = if mantissa == 0 { 0 } else { i64::from(exp2) + 52 };
    let fraction;
    match spec.precision {
        Some(precision) => {
            let precision = precision.min(i32::MAX as usize);
            if precision < 13 {
                let drop = 52 - 4 * precision as u32;
                let rest = mantissa & ((1 << drop) - 1);
                let half = 1 << (drop - 1);
                let kept = mantissa >> drop;
                mantissa = (kept + u64::from(rest > half || (rest == half && kept & 1 == 1))) << drop;
            }
            fraction = precision;
        }
        None => fraction = 13 - (mantissa | 1 << 52).trailing_zeros() as usize / 4,
    }
    let mut digits = [b'0'; 14];
    for (i, slot) in digits.iter_mut().enumerate() {
        let nibble = (mantissa >> (52 - 4 * i as u32)) as u8 & 15;
        *slot = nibble
            + if nibble < 10 {
                b'0'
            } else if upper {
                b'A' - 10
            } else {
                b'a' - 10
            };
    }
    let marker = if upper { b"-0X+0X 0X" } else { b"-0x+0x 0x" };
    let start = match sign {
        b"+" => 3,
        b" " => 6,
        _ => 0,
    };
    let prefix = marker.get(start + usize::from(sign.is_empty())..start + 3).unwrap_or_default();
    let mut buf = new_buf();
    let suffix = exponent_text(if upper { b'P' } else { b'p' }, exponent, 1, &mut buf);
    Body { prefix, digits: &digits, point: 1, fraction, suffix }.push(spec, out)
}

/// A number ready to be laid out: 0.DIGITS * 10^point with `fraction` digits after the decimal point; digits that are
/// not there are zeros.
struct Body<'a> {
    prefix: &'a [u8],
    digits: &'a [u8],
    point: i64,
    fraction: usize,
    suffix: &'a [u8],
}

impl Body<'_> {
    fn push(&self, spec: &Spec, out: &mut Vec<u8>) -> bool {
        let before = usize::try_from(self.point).unwrap_or(0);
        let dot = self.fraction > 0 || spec.alt;
        let length = (self.prefix.len() + before.max(1) + usize::from(dot) + self.suffix.len())
            .saturating_add(self.fraction);
        if out.try_reserve(length.max(spec.width)).is_err() {
            return false;
        }
        let pad = spec.width.saturating_sub(length);
        let (blanks, zeros, after) = match (spec.left, spec.zero) {
            (true, _) => (0, 0, pad),
            (_, true) => (0, pad, 0),
            _ => (pad, 0, 0),
        };
        push_fill(out, blanks, b' ');
        out.extend_from_slice(self.prefix);
        push_fill(out, zeros, b'0');
        let (whole, rest) = self.digits.split_at_checked(before).unwrap_or((self.digits, b""));
        if before == 0 {
            out.push(b'0');
        }
        push_cut(out, whole, 0, before);
        if dot {
            out.push(b'.');
        }
        push_cut(out, rest, usize::try_from(-self.point).unwrap_or(0), self.fraction);
        out.extend_from_slice(self.suffix);
        push_fill(out, after, b' ')
    }
}

/// Appends `count` digits: `zeros` zeros, then `digits`, then zeros.
fn push_cut(out: &mut Vec<u8>, digits: &[u8], zeros: usize, count: usize) {
    let zeros = zeros.min(count);
    push_fill(out, zeros, b'0');
    let digits = digits.get(..count - zeros).unwrap_or(digits);
    out.extend_from_slice(digits);
    push_fill(out, count - zeros - digits.len(), b'0');
}
