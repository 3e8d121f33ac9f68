//! Numbers from and to text.

use crate::limbs::{self, BASE, DIGITS};
use crate::{Number, fraction_limbs};
use alloc::vec::Vec;

/// The value of a digit; letters are above 9. Not a digit: 0.
fn digit(byte: u8) -> u32 {
    char::from(byte).to_digit(36).unwrap_or(0)
}

impl Number {
    /// Digits with at most one point, as `base` (2 to 36) writes them. If `clamp`, a digit too large for the base counts
    /// as its largest one, unless it is the only one before the point.
    pub fn parse(text: &[u8], base: u32, clamp: bool) -> Number {
        let point = text.iter().position(|&byte| byte == b'.').unwrap_or(text.len());
        let (whole, fraction) = text.split_at_checked(point).unwrap_or_default();
        let fraction = fraction.get(1..).unwrap_or_default();
        let mut limbs = Vec::new();
        if base == 10 && !text.iter().any(u8::is_ascii_alphabetic) {
            let value = |digits: &[u8]| digits.iter().fold(0, |value, &byte| value * 10 + digit(byte));
            for part in fraction.chunks(DIGITS) {
                limbs.push(value(part) * 10u32.pow((DIGITS - part.len()) as u32));
            }
            limbs.reverse();
            limbs.extend(whole.rchunks(DIGITS).map(value));
            return Number::new(false, limbs, fraction_limbs(fraction.len()), fraction.len());
        }
        let most = if clamp && point != 1 { base - 1 } else { 35 };
        for &byte in whole {
            limbs::scale(&mut limbs, base, digit(byte).min(most));
        }
        let most = if clamp { base - 1 } else { 35 };
        for &byte in fraction {
            limbs::scale(&mut limbs, base, digit(byte).min(most));
        }
        let value = Number::new(false, limbs, 0, 0);
        if fraction.is_empty() {
            return value;
        }
        let divisor = Number::from_u64(base.into()).power(fraction.len() as i64, 0);
        divisor.and_then(|divisor| value.divide(&divisor, fraction.len())).unwrap_or_default()
    }

    /// Appends the decimal text: no zero before the point, all digits of the scale behind it; 0 is `0`.
    pub fn push_decimal(&self, out: &mut Vec<u8>) {
        if self.is_zero() {
            out.push(b'0');
            return;
        }
        if self.negative {
            out.push(b'-');
        }
        let (start, fraction) = (out.len(), fraction_limbs(self.scale));
        for index in (0..self.limbs.len().max(fraction)).rev() {
            let mut rest = self.limbs.get(index).copied().unwrap_or(0);
            let mut digits = [0; DIGITS];
            for digit in digits.iter_mut().rev() {
                *digit = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
            if index + 1 == fraction {
                out.push(b'.');
            }
            out.extend_from_slice(&digits);
        }
        out.truncate(out.len() - (fraction * DIGITS - self.scale));
        let zeros = out.iter().skip(start).take_while(|&&digit| digit == b'0').count();
        out.drain(start..start + zeros);
    }

    /// The digits in `base` from the most significant on, and how many of them are before the point.
    pub fn digits(&self, base: u32) -> (Vec<u32>, usize) {
        // As many digits at once as fit in a limb.
        let (mut power, mut count) = (base, 1);
        while let Some(next) = power.checked_mul(base).filter(|&next| u64::from(next) < BASE) {
            power = next;
            count += 1;
        }
        let fraction = fraction_limbs(self.scale);
        let mut rest = self.limbs.get(fraction..).unwrap_or_default().to_vec();
        let mut digits = Vec::new();
        while !rest.is_empty() {
            let mut part = limbs::divide_small(&mut rest, power);
            for _ in 0..count {
                if !rest.is_empty() || part > 0 {
                    digits.push(part % base);
                }
                part /= base;
            }
        }
        digits.reverse();
        let whole = digits.len();
        let mut rest = self.limbs.clone();
        let mut power = alloc::vec![1];
        while limbs::digits(&power) <= self.scale {
            // What gets before the point is the next digit.
            rest.truncate(fraction);
            rest.resize(fraction, 0);
            limbs::scale(&mut rest, base, 0);
            let digit = rest.iter().skip(fraction).rev().fold(0, |digit, &limb| digit * BASE as u32 + limb);
            digits.push(digit);
            limbs::scale(&mut power, base, 0);
        }
        (digits, whole)
    }

    /// Appends the text in `base`: letters for digits up to 16, else decimal numbers, each behind a blank.
    pub fn push(&self, base: u32, out: &mut Vec<u8>) {
        if base == 10 || self.is_zero() {
            return self.push_decimal(out);
        }
        if self.negative {
            out.push(b'-');
        }
        let (digits, whole) = self.digits(base);
        let width = (base - 1).ilog10();
        for (index, &digit) in digits.iter().enumerate() {
            if index == whole {
                out.push(b'.');
            }
            if base <= 16 {
                out.push(b"0123456789ABCDEF".get(digit as usize).copied().unwrap_or(b'0'));
                continue;
            }
            if index != whole {
                out.push(b' ');
            }
            for place in (0..=width).rev() {
                out.push(b'0' + (digit / 10u32.pow(place) % 10) as u8);
            }
        }
    }
}

/// Appends `text`, breaking lines behind a backslash so that none is longer than `width` less 1; 0 breaks none.
/// `column` is where the line stands.
pub fn push_wrapped(text: &[u8], width: usize, column: &mut usize, out: &mut Vec<u8>) {
    for &byte in text {
        if byte == b'\n' {
            *column = 0;
        } else {
            *column += 1;
            if width > 0 && *column >= width - 1 {
                out.extend_from_slice(b"\\\n");
                *column = 1;
            }
        }
        out.push(byte);
    }
}

/// The length of lines that an environment variable asks for; 70 without it.
pub fn line_width(value: Option<&[u8]>) -> usize {
    let digits =
        value.filter(|text| text.len() < 9 && !text.is_empty() && text.iter().all(u8::is_ascii_digit));
    let width =
        digits.map_or(70, |text| text.iter().fold(0, |width, &byte| width * 10 + usize::from(byte & 15)));
    if matches!(width, 1 | 2) { 70 } else { width }
}
