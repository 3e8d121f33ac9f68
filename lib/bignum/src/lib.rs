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

/// Why there is no result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The divisor is zero.
    Zero,
    /// The square root of a negative number.
    Negative,
    /// It would not fit in memory.
    Large,
}

/// A result, or why there is none.
pub type Result<T = Number> = core::result::Result<T, Failure>;

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
        let whole = self.limbs.len().saturating_sub(fraction_limbs(self.scale));
        match self.limbs.last() {
            Some(top) if whole > 0 => (whole - 1) * DIGITS + top.checked_ilog10().unwrap_or(0) as usize + 1,
            _ => 0,
        }
    }

    /// How many digits there are from the first that is not zero to the end of the scale.
    pub fn significant_digits(&self) -> usize {
        let fraction = fraction_limbs(self.scale);
        let Some(top) = self.limbs.last() else { return 0 };
        let all = (self.limbs.len() - 1) * DIGITS + top.checked_ilog10().unwrap_or(0) as usize + 1;
        all - (fraction * DIGITS - self.scale).min(all)
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

    /// `self + other`, or `self - other` if `minus`.
    pub fn add(&self, other: &Number, minus: bool) -> Number {
        let scale = self.scale.max(other.scale);
        let fraction = fraction_limbs(scale);
        let sign = other.negative != minus;
        if self.negative == sign {
            let mut sum = self.aligned(fraction);
            limbs::add(&mut sum, &other.limbs, fraction - fraction_limbs(other.scale));
            return Number::new(self.negative, sum, fraction, scale);
        }
        let (negative, large, small) = match self.compare_size(other) {
            Ordering::Less => (sign, other, self),
            _ => (self.negative, self, other),
        };
        let mut difference = large.aligned(fraction);
        let part = fraction - fraction_limbs(small.scale);
        limbs::subtract(difference.get_mut(part..).unwrap_or_default(), &small.limbs);
        Number::new(negative, difference, fraction, scale)
    }

    /// `self * other`, with at most as many digits behind the point as `scale` or one of the factors has.
    pub fn multiply(&self, other: &Number, scale: usize) -> Result {
        let full = self.scale.saturating_add(other.scale);
        self.multiply_to(other, full.min(scale.max(self.scale).max(other.scale)))
    }

    fn multiply_to(&self, other: &Number, scale: usize) -> Result {
        if self.limbs.len() + other.limbs.len() > MOST {
            return Err(Failure::Large);
        }
        let product = limbs::multiply(&self.limbs, &other.limbs);
        let fraction = fraction_limbs(self.scale) + fraction_limbs(other.scale);
        Ok(Number::new(self.negative != other.negative, product, fraction, scale))
    }

    /// `self / other` with `scale` digits behind the point.
    pub fn divide(&self, other: &Number, scale: usize) -> Result {
        if other.is_zero() {
            return Err(Failure::Zero);
        }
        let fraction = fraction_limbs(scale);
        let by = (fraction + fraction_limbs(other.scale)) as isize - fraction_limbs(self.scale) as isize;
        if by + self.limbs.len() as isize > MOST as isize {
            return Err(Failure::Large);
        }
        let quotient = limbs::divide(&shift(&self.limbs, by), &other.limbs);
        Ok(Number::new(self.negative != other.negative, quotient, fraction, scale))
    }

    /// The quotient with `scale` digits behind the point, and what it leaves.
    pub fn divide_rest(&self, other: &Number, scale: usize) -> Result<(Number, Number)> {
        let quotient = self.divide(other, scale)?;
        let rest_scale = self.scale.max(other.scale.saturating_add(scale));
        let rest = self.add(&quotient.multiply(other, rest_scale)?, true);
        Ok((quotient, rest.rescale(rest_scale)))
    }

    /// `self` to the power of a whole number. A negative one's result has `scale` digits behind the point.
    pub fn power(&self, exponent: i64, scale: usize) -> Result {
        if exponent == 0 {
            return Ok(Number::from_u64(1));
        }
        let times = exponent.unsigned_abs();
        let full = usize::try_from(times).ok().and_then(|times| self.scale.checked_mul(times));
        let wanted = if exponent > 0 { full.unwrap_or(usize::MAX).min(scale.max(self.scale)) } else { scale };
        let is_one = self.scale == 0 && self.limbs == [1];
        if self.is_zero() || is_one {
            let mut result = self.rescale(wanted);
            if times.is_multiple_of(2) {
                result.negative = false;
            }
            return if exponent > 0 { Ok(result) } else { Number::from_u64(1).divide(&result, scale) };
        }
        if times.saturating_mul(self.limbs.len() as u64) / 8 > MOST as u64 {
            return Err(Failure::Large);
        }
        let (mut base, mut result) = (self.clone(), None::<Number>);
        let mut left = times;
        loop {
            if left & 1 == 1 {
                result = Some(match result {
                    Some(result) => result.multiply_to(&base, result.scale + base.scale)?,
                    None => base.clone(),
                });
            }
            left >>= 1;
            if left == 0 {
                break;
            }
            base = base.multiply_to(&base, base.scale * 2)?;
        }
        let result = result.unwrap_or_default();
        if exponent < 0 {
            return Number::from_u64(1).divide(&result, scale);
        }
        Ok(if result.scale > wanted { result.rescale(wanted) } else { result })
    }

    /// The square root with `scale` digits behind the point, or as many as there are.
    pub fn root(&self, scale: usize) -> Result {
        if self.negative {
            return Err(Failure::Negative);
        }
        let one = Number::from_u64(1);
        if self.compare(&one) == Ordering::Equal {
            return Ok(one);
        }
        let scale = scale.max(self.scale);
        let fraction = fraction_limbs(scale);
        if 2 * fraction + self.limbs.len() > MOST {
            return Err(Failure::Large);
        }
        let square = shift(&self.limbs, (2 * fraction - fraction_limbs(self.scale)) as isize);
        Ok(Number::new(false, limbs::root(&square), fraction, scale))
    }
}

#[cfg(test)]
mod tests;
