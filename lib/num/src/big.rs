//! A natural number of at most 3,072 bits on the stack: as much as an exact double in either direction needs.
//!
//! The largest ones: the digits of the smallest double are 2^52 * 5^1074, 2,547 bits; parsing compares 769 digits,
//! 2,555 bits, with 2^53 * 5^1111, 2,633 bits.

const LIMBS: usize = 96;

/// Little-endian limbs; those from `len` on are 0.
#[derive(Clone)]
pub(crate) struct Big {
    len: usize,
    limbs: [u32; LIMBS],
}

impl Big {
    pub(crate) fn new(n: u64) -> Big {
        let mut big = Big { len: 0, limbs: [0; LIMBS] };
        big.push(n as u32);
        big.push((n >> 32) as u32);
        big.trim();
        big
    }

    fn push(&mut self, limb: u32) {
        if let Some(slot) = self.limbs.get_mut(self.len) {
            *slot = limb;
            self.len += 1;
        }
    }

    fn trim(&mut self) {
        while self.len > 0 && self.limbs.get(self.len - 1) == Some(&0) {
            self.len -= 1;
        }
    }

    fn used(&self) -> &[u32] {
        self.limbs.get(..self.len).unwrap_or_default()
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.len == 0
    }

    /// The number of bits, 0 for 0.
    pub(crate) fn bits(&self) -> u32 {
        self.used().last().map_or(0, |top| self.len as u32 * 32 - top.leading_zeros())
    }

    /// `self * factor + add`.
    pub(crate) fn mul_add(&mut self, factor: u32, add: u32) {
        let mut carry = u64::from(add);
        for limb in self.limbs.iter_mut().take(self.len) {
            carry += u64::from(*limb) * u64::from(factor);
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry != 0 {
            self.push(carry as u32);
        }
    }

    /// `self * 5^power`.
    pub(crate) fn mul_pow5(&mut self, mut power: u32) {
        while power > 0 {
            let step = power.min(13);
            self.mul_add(5u32.pow(step), 0);
            power -= step;
        }
    }

    /// `self << count`.
    pub(crate) fn shl(&mut self, count: u32) {
        self.mul_add(1 << (count % 32), 0);
        let words = (count / 32) as usize;
        if self.is_zero() || words == 0 || self.len + words > LIMBS {
            return;
        }
        for i in (0..self.len).rev() {
            let limb = self.limbs.get_mut(i).map_or(0, core::mem::take);
            if let Some(slot) = self.limbs.get_mut(i + words) {
                *slot = limb;
            }
        }
        self.len += words;
    }

    /// Divides by `divisor` and returns the remainder.
    pub(crate) fn div_small(&mut self, divisor: u32) -> u32 {
        let mut rest = 0u64;
        for limb in self.limbs.iter_mut().take(self.len).rev() {
            rest = rest << 32 | u64::from(*limb);
            *limb = (rest / u64::from(divisor)) as u32;
            rest %= u64::from(divisor);
        }
        self.trim();
        rest as u32
    }

    /// Subtracts `other` if it is not larger, and says whether it did.
    pub(crate) fn sub_if_not_less(&mut self, other: &Big) -> bool {
        let order =
            self.len.cmp(&other.len).then_with(|| self.used().iter().rev().cmp(other.used().iter().rev()));
        if order.is_lt() {
            return false;
        }
        let mut borrow = 0i64;
        for (limb, &minus) in self.limbs.iter_mut().take(self.len).zip(&other.limbs) {
            borrow += i64::from(*limb) - i64::from(minus);
            *limb = borrow as u32;
            borrow >>= 32;
        }
        self.trim();
        true
    }
}
