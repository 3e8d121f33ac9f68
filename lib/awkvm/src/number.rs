//! Numbers in texts.

use alloc::vec::Vec;
use num::{Spec, format_float, new_buf, parse_float};

/// The powers of ten that a double holds exactly.
const POW10: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// Below this, every whole number is a double.
const EXACT: u64 = 1 << 53;

fn is_blank(byte: u8) -> bool {
    byte == b' ' || (9..=13).contains(&byte)
}

/// The decimal number that `text` begins with, behind blanks, and how many bytes it takes with them; 0: there is none.
#[inline(never)]
pub fn scan(text: &[u8]) -> (f64, usize) {
    let mut at = 0;
    while text.get(at).is_some_and(|&byte| is_blank(byte)) {
        at += 1;
    }
    let start = at;
    let negative = match text.get(at) {
        Some(b'-') => {
            at += 1;
            true
        }
        Some(b'+') => {
            at += 1;
            false
        }
        _ => false,
    };
    let first = at;
    let mut mantissa = 0u64;
    while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    let mut digits = at - first;
    let mut places = 0;
    if text.get(at) == Some(&b'.') {
        at += 1;
        let point = at;
        while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|&digit| digit < 10) {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            at += 1;
        }
        places = at - point;
        digits += places;
    }
    if digits == 0 {
        return special(text, start, first);
    }
    let exponent = matches!(text.get(at), Some(b'e' | b'E'));
    if exponent || digits > 18 || mantissa > EXACT {
        return general(text, start, at);
    }
    let Some(&scale) = POW10.get(places) else { return general(text, start, at) };
    let value = if places == 0 { mantissa as f64 } else { mantissa as f64 / scale };
    (if negative { -value } else { value }, at)
}

/// A number with an exponent or with many digits; `end` is behind its digits.
#[cold]
#[inline(never)]
fn general(text: &[u8], start: usize, mut end: usize) -> (f64, usize) {
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'-' | b'+')));
        let rest = text.get(end + 1 + sign..).unwrap_or_default();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 {
            end += 1 + sign + digits;
        }
    }
    (parse_float(text.get(start..end).unwrap_or_default()).0, end)
}

/// `+inf -inf +nan -nan`: with a sign and nothing behind, so that words are not numbers by accident.
#[cold]
#[inline(never)]
fn special(text: &[u8], start: usize, first: usize) -> (f64, usize) {
    let word = text.get(first..first + 3).unwrap_or_default();
    let ends = !text.get(first + 3).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    if first == start || !ends {
        return (0.0, 0);
    }
    let value = if word.eq_ignore_ascii_case(b"inf") {
        f64::INFINITY
    } else if word.eq_ignore_ascii_case(b"nan") {
        f64::NAN
    } else {
        return (0.0, 0);
    };
    (if text.get(start) == Some(&b'-') { -value } else { value }, first + 3)
}

/// The number that `text` is, blanks around it apart.
#[inline(never)]
pub fn numeric(text: &[u8]) -> Option<f64> {
    // Most texts that are no numbers show it with their first character.
    match text.first() {
        Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b' ' | 9..=13) => {}
        _ => return None,
    }
    let (value, used) = scan(text);
    let rest = text.get(used..)?;
    (used > 0 && rest.iter().all(|&byte| is_blank(byte))).then_some(value)
}

/// `n` without its fraction.
#[inline]
pub fn truncate(n: f64) -> f64 {
    if n.abs() < 9e15 { (n as i64 as f64).copysign(n) } else { n }
}

/// Appends `n` as awk prints it: whole numbers as such, others by `format`, which `slow` understands.
#[inline(never)]
pub fn push_number(n: f64, format: &[u8], slow: fn(&[u8], f64, &mut Vec<u8>), out: &mut Vec<u8>) {
    let whole = n as i64;
    if whole as f64 == n && whole.unsigned_abs() < EXACT {
        out.extend_from_slice(num::dec_i64(whole, &mut new_buf()));
    } else {
        push_other(n, format, slow, out);
    }
}

#[inline(never)]
fn push_other(n: f64, format: &[u8], slow: fn(&[u8], f64, &mut Vec<u8>), out: &mut Vec<u8>) {
    let mut spec = Spec::default();
    if !n.is_finite() {
        out.push(if n.is_sign_negative() { b'-' } else { b'+' });
        out.extend_from_slice(if n.is_nan() { b"nan" } else { b"inf" });
    } else if truncate(n) == n {
        spec.precision = Some(0);
        format_float(n, b'f', &spec, out);
    } else if format == b"%.6g" {
        format_float(n, b'g', &spec, out);
    } else {
        slow(format, n, out);
    }
}
