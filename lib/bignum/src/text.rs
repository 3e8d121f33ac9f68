//! Numbers from and to text.

use crate::limbs::{self, BASE, DIGITS};
use crate::{Failure, MOST, Number, Result, fraction_limbs};
use alloc::vec::Vec;

/// The value of a digit; letters are above 9. Not a digit: 0.
fn digit(byte: u8) -> u32 {
    char::from(byte).to_digit(36).unwrap_or(0)
}

impl Number {
    /// A number in decimal: digits with at most one point.
    fn parse_decimal(text: &[u8]) -> Number {
        let point = text.iter().position(|&byte| byte == b'.').unwrap_or(text.len());
        let (whole, fraction) = text.split_at_checked(point).unwrap_or_default();
        let fraction = fraction.get(1..).unwrap_or_default();
        let value = |digits: &[u8]| digits.iter().fold(0, |value, &byte| value * 10 + digit(byte));
        let mut limbs: Vec<u32> = Vec::with_capacity(text.len() / DIGITS + 2);
        for part in fraction.chunks(DIGITS) {
            limbs.push(value(part) * 10u32.pow((DIGITS - part.len()) as u32));
        }
        limbs.reverse();
        limbs.extend(whole.rchunks(DIGITS).map(value));
        Number::new(false, limbs, fraction_limbs(fraction.len()), fraction.len())
    }

    /// A number as `base` (2 to 36) writes it; a digit too large for the base counts as its largest one, except a single
    /// one before the point.
    pub fn parse(text: &[u8], base: u32) -> Result {
        let single = text.get(1).is_none_or(|&byte| byte == b'.');
        Number::parse_digits(text, base, if single { 35 } else { base - 1 }, base - 1)
    }

    /// As [`Number::parse`], but every digit counts as what it is.
    pub fn parse_unclamped(text: &[u8], base: u32) -> Result {
        Number::parse_digits(text, base, 35, 35)
    }

    /// The first digit counts at most as `first`, the others as `most`.
    fn parse_digits(text: &[u8], base: u32, first: u32, most: u32) -> Result {
        if base == 10 && text.iter().all(|byte| !byte.is_ascii_alphabetic()) {
            return Ok(Number::parse_decimal(text));
        }
        let (mut value, mut divisor) = (Vec::new(), None::<Vec<u32>>);
        let mut scale = 0;
        for (index, &byte) in text.iter().enumerate() {
            match &mut divisor {
                _ if byte == b'.' => {
                    divisor = Some(alloc::vec![1]);
                    continue;
                }
                Some(divisor) => {
                    limbs::scale(divisor, base, 0);
                    scale += 1;
                }
                None => {}
            }
            let most = if index == 0 { first } else { most };
            limbs::scale(&mut value, base, digit(byte).min(most));
        }
        limbs::trim(&mut value);
        let value = Number { limbs: value, ..Number::default() };
        match divisor {
            Some(limbs) => value.divide(&Number { limbs, ..Number::default() }, scale),
            None => Ok(value),
        }
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
        let fraction = fraction_limbs(self.scale);
        let start = out.len();
        let push = |limb: u32, out: &mut Vec<u8>| {
            let mut digits = [b'0'; DIGITS];
            let mut rest = limb;
            for digit in digits.iter_mut().rev() {
                *digit += (rest % 10) as u8;
                rest /= 10;
            }
            let zeros = digits.iter().take_while(|&&digit| out.len() == start && digit == b'0').count();
            out.extend_from_slice(digits.get(zeros..).unwrap_or_default());
        };
        for &limb in self.limbs.iter().skip(fraction).rev() {
            push(limb, out);
        }
        if self.scale == 0 {
            return;
        }
        out.push(b'.');
        let end = out.len() + self.scale;
        for index in (0..fraction).rev() {
            push(self.limbs.get(index).copied().unwrap_or(0), out);
        }
        out.truncate(end);
    }

    /// The digits in `base` from the most significant on, and how many of them are before the point.
    pub fn digits(&self, base: &Number) -> Result<(Vec<Number>, usize)> {
        let whole = self.rescale(0);
        let mut digits = Vec::new();
        let small =
            base.to_i64().and_then(|base| u32::try_from(base).ok()).filter(|&base| u64::from(base) < BASE);
        if let Some(base) = small {
            // As many digits at once as fit in a limb.
            let (mut power, mut count) = (base, 1);
            while let Some(next) = power.checked_mul(base).filter(|&next| u64::from(next) < BASE) {
                power = next;
                count += 1;
            }
            let mut rest = whole.limbs.clone();
            while !rest.is_empty() {
                let mut part = limbs::divide_small(&mut rest, power);
                for _ in 0..count {
                    if rest.is_empty() && part == 0 {
                        break;
                    }
                    digits.push(Number::from_u64((part % base).into()));
                    part /= base;
                }
            }
        } else {
            let mut rest = whole.clone();
            rest.negative = false;
            while !rest.is_zero() {
                let (next, digit) = rest.divide_rest(base, 0)?;
                digits.push(digit);
                rest = next;
            }
        }
        digits.reverse();
        let count = digits.len();
        let mut fraction = self.add(&whole, true);
        fraction.negative = false;
        let mut power = Number::from_u64(1);
        while self.scale > 0 && power.whole_digits() <= self.scale {
            fraction = fraction.multiply(base, self.scale)?;
            let digit = fraction.rescale(0);
            fraction = fraction.add(&digit, true);
            digits.push(digit);
            power = power.multiply(base, 0)?;
            if power.limbs.len() > MOST {
                return Err(Failure::Large);
            }
        }
        Ok((digits, count))
    }

    /// Appends the text in `base`: letters for digits up to 16, else decimal numbers, each behind a blank.
    pub fn push(&self, base: &Number, out: &mut Vec<u8>) -> Result<()> {
        let radix = base.to_i64().unwrap_or(i64::MAX);
        if radix == 10 || self.is_zero() {
            self.push_decimal(out);
            return Ok(());
        }
        if self.negative {
            out.push(b'-');
        }
        let (digits, whole) = self.digits(base)?;
        let width = base.add(&Number::from_u64(1), true).whole_digits();
        for (index, digit) in digits.iter().enumerate() {
            if index == whole {
                out.push(b'.');
            }
            if radix <= 16 {
                let value = digit.to_i64().unwrap_or(0) as usize;
                out.push(b"0123456789ABCDEF".get(value).copied().unwrap_or(b'0'));
                continue;
            }
            if index != whole {
                out.push(b' ');
            }
            for _ in digit.whole_digits().max(1)..width {
                out.push(b'0');
            }
            digit.push_decimal(out);
        }
        Ok(())
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
