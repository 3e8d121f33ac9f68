//! Decimal numbers of any length, with the arithmetic of `bc` and `dc`: results are cut off at a scale, not rounded.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

mod limbs;
mod text;

pub use text::{line_width, push_wrapped};

use alloc::vec::Vec;
use core::cmp::Ordering;
use limbs::{BASE, DIGITS};

/// The most limbs that a result may have.
const MOST: usize = 1 << 26;

/// A result, or why there is none.
pub type Result<T = Number> = core::result::Result<T, &'static [u8]>;

const TOO_LARGE: &[u8] = b"number too large";

/// A decimal number with `scale` digits behind the point.
///
/// The point is between two limbs: `ceil(scale / 9)` of them are behind it, and those of the last one's digits that are
/// beyond the scale are zero.
#[derive(Clone, Default, Debug)]
pub struct Number {
    negative: bool,
    scale: usize,
    limbs: Vec<u32>,
}

#[inline(never)]
fn fraction_limbs(scale: usize) -> usize {
    scale.div_ceil(DIGITS)
}

/// Multiplies by the base's power, or divides.
#[inline(never)]
fn shift(limbs: &[u32], by: isize) -> Vec<u32> {
    if limbs.is_empty() {
        return Vec::new();
    }
    let Ok(zeros) = usize::try_from(by) else {
        return limbs.get(by.unsigned_abs()..).unwrap_or_default().to_vec();
    };
    let mut shifted = Vec::with_capacity(zeros + limbs.len() + 1);
    shifted.resize(zeros, 0);
    shifted.extend_from_slice(limbs);
    shifted
}

impl Number {
    /// From limbs with the point behind `fraction` of them; what is beyond `scale` is cut off.
    fn new(negative: bool, mut limbs: Vec<u32>, fraction: usize, scale: usize) -> Number {
        let wanted = fraction_limbs(scale);
        if wanted < fraction {
            limbs.drain(..(fraction - wanted).min(limbs.len()));
        } else if wanted > fraction {
            limbs = shift(&limbs, (wanted - fraction) as isize);
        }
        if let Some(last) = limbs.first_mut() {
            *last -= *last % 10u32.pow((wanted * DIGITS - scale) as u32);
        }
        limbs::trim(&mut limbs);
        Number { negative: negative && !limbs.is_empty(), scale, limbs }
    }

    /// A whole number.
    pub fn from_u64(mut value: u64) -> Number {
        let mut limbs = Vec::new();
        while value > 0 {
            limbs.push((value % BASE) as u32);
            value /= BASE;
        }
        Number { negative: false, scale: 0, limbs }
    }

    /// How many digits are behind the point.
    pub fn scale(&self) -> usize {
        self.scale
    }

    /// How many digits are before the point; none for a number below 1.
    pub fn whole_digits(&self) -> usize {
        limbs::digits(&self.limbs).saturating_sub(fraction_limbs(self.scale) * DIGITS)
    }

    /// How many digits there are from the first that is not zero to the end of the scale.
    pub fn significant_digits(&self) -> usize {
        limbs::digits(&self.limbs).saturating_sub(fraction_limbs(self.scale) * DIGITS - self.scale)
    }

    /// Whether nothing but zeros is behind the point.
    pub fn is_whole(&self) -> bool {
        self.limbs.iter().take(fraction_limbs(self.scale)).all(|&limb| limb == 0)
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.limbs.is_empty()
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// Changes the sign.
    pub fn negate(&mut self) {
        self.negative = !self.negative && !self.limbs.is_empty();
    }

    /// With `scale` digits behind the point: cut off, or filled up with zeros.
    pub fn rescale(&self, scale: usize) -> Number {
        Number::new(self.negative, self.limbs.clone(), fraction_limbs(self.scale), scale)
    }

    /// The whole part, cut off, if it fits.
    pub fn to_i64(&self) -> Option<i64> {
        let mut value = 0i64;
        for &limb in self.limbs.iter().skip(fraction_limbs(self.scale)).rev() {
            value = value.checked_mul(BASE as i64)?.checked_add(limb.into())?;
        }
        Some(if self.negative { -value } else { value })
    }

    /// The limbs with `fraction` of them behind the point, and at least as many as there are.
    fn aligned(&self, fraction: usize) -> Vec<u32> {
        shift(&self.limbs, (fraction - fraction_limbs(self.scale)) as isize)
    }

    /// Compares magnitudes.
    fn compare_size(&self, other: &Number) -> Ordering {
        let (a, b) = (fraction_limbs(self.scale), fraction_limbs(other.scale));
        if a == b {
            return limbs::compare(&self.limbs, &other.limbs);
        }
        let fraction = a.max(b);
        limbs::compare(&self.aligned(fraction), &other.aligned(fraction))
    }

    /// Compares.
    pub fn compare(&self, other: &Number) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.compare_size(other),
            (true, true) => other.compare_size(self),
        }
    }

    /// `self += other`, or the same with `-`, `*`, `/`, `%` or `^`. After a failure it is what it was.
    pub fn operate(&mut self, operator: u8, other: &Number, scale: usize) -> Result<()> {
        *self = match operator {
            b'+' | b'-' => self.add(other, operator == b'-'),
            b'*' => self.multiply(other, scale.max(self.scale).max(other.scale))?,
            b'/' => self.divide(other, scale)?,
            b'%' => {
                let quotient = self.divide(other, scale)?;
                let scale = self.scale.max(other.scale.saturating_add(scale));
                self.add(&quotient.multiply(other, scale)?, true).rescale(scale)
            }
            _ => self.power(other.to_i64().ok_or(TOO_LARGE)?, scale)?,
        };
        Ok(())
    }

    /// `self + other`, or `self - other` if `minus`.
    pub fn add(&self, other: &Number, minus: bool) -> Number {
        let scale = self.scale.max(other.scale);
        let fraction = fraction_limbs(scale);
        let same = self.negative == (other.negative != minus);
        let less = !same && self.compare_size(other) == Ordering::Less;
        let (large, small) = if less { (other, self) } else { (self, other) };
        let mut limbs = large.aligned(fraction);
        let part = fraction - fraction_limbs(small.scale);
        if same {
            limbs::add(&mut limbs, &small.limbs, part);
        } else {
            limbs::subtract(limbs.get_mut(part..).unwrap_or_default(), &small.limbs);
        }
        Number::new(self.negative != less, limbs, fraction, scale)
    }

    /// `self * other`, with at most `scale` digits behind the point.
    fn multiply(&self, other: &Number, scale: usize) -> Result {
        if self.limbs.len() + other.limbs.len() > MOST {
            return Err(TOO_LARGE);
        }
        let product = limbs::multiply(&self.limbs, &other.limbs);
        let fraction = fraction_limbs(self.scale) + fraction_limbs(other.scale);
        let scale = scale.min(self.scale.saturating_add(other.scale));
        Ok(Number::new(self.negative != other.negative, product, fraction, scale))
    }

    /// `self / other` with `scale` digits behind the point.
    fn divide(&self, other: &Number, scale: usize) -> Result {
        if other.is_zero() {
            return Err(b"divide by zero");
        }
        let fraction = fraction_limbs(scale);
        let by = (fraction + fraction_limbs(other.scale)) as isize - fraction_limbs(self.scale) as isize;
        if by + self.limbs.len() as isize > MOST as isize {
            return Err(TOO_LARGE);
        }
        let quotient = limbs::divide(&shift(&self.limbs, by), &other.limbs);
        Ok(Number::new(self.negative != other.negative, quotient, fraction, scale))
    }

    /// `self` to the power of a whole number. A negative one's result has `scale` digits behind the point.
    fn power(&self, exponent: i64, scale: usize) -> Result {
        let mut left = exponent.unsigned_abs();
        let full = self.scale.saturating_mul(left as usize);
        if self.limbs.is_empty() || self.scale == 0 && self.limbs == [1] {
            // Only the sign depends on the exponent.
            left = if left > 2 { 2 - left % 2 } else { left };
        }
        if left.saturating_mul(self.limbs.len() as u64) / 8 > MOST as u64 {
            return Err(TOO_LARGE);
        }
        let (mut base, mut result) = (self.clone(), Number::from_u64(1));
        while left > 0 {
            if left & 1 == 1 {
                result = result.multiply(&base, usize::MAX)?;
            }
            left >>= 1;
            if left > 0 {
                base = base.multiply(&base, usize::MAX)?;
            }
        }
        if exponent < 0 {
            return Number::from_u64(1).divide(&result, scale);
        }
        Ok(result.rescale(full.min(scale.max(self.scale))))
    }

    /// The square root with `scale` digits behind the point, or as many as there are.
    pub fn root(&self, scale: usize) -> Result {
        if self.negative {
            return Err(b"square root of a negative number");
        }
        let one = Number::from_u64(1);
        if self.compare(&one) == Ordering::Equal {
            return Ok(one);
        }
        let scale = scale.max(self.scale);
        let fraction = fraction_limbs(scale);
        if 2 * fraction + self.limbs.len() > MOST {
            return Err(TOO_LARGE);
        }
        Ok(Number::new(false, limbs::root(&self.aligned(2 * fraction)), fraction, scale))
    }
}

#[cfg(test)]
mod tests;
