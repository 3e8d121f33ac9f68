//! Integers to text.

use alloc::vec::Vec;

/// Room for the digits of any `u64` in any base, and of any `u128` in decimal.
pub type Buf = [u8; 64];

/// An empty [`Buf`]. Out of line, as clearing it takes more code than a call.
#[inline(never)]
pub const fn new_buf() -> Buf {
    [0; 64]
}

/// `n / 10` by multiplication with the reciprocal, exact for all `n`: where code is built for size, the compiler would divide.
#[inline]
fn tenth(n: u64) -> u64 {
    ((u128::from(n) * 0xCCCC_CCCC_CCCC_CCCD) >> 67) as u64
}

/// The decimal digits of `n`, at the end of `buf`.
pub fn dec(mut n: u64, buf: &mut Buf) -> &[u8] {
    let mut at = buf.len();
    loop {
        let rest = tenth(n);
        at = put(buf, at, b'0' + (n - rest * 10) as u8);
        n = rest;
        if n == 0 {
            break;
        }
    }
    buf.get(at..).unwrap_or_default()
}

/// The decimal digits of `n`, with a minus sign if it is negative, at the end of `buf`.
pub fn dec_i64(n: i64, buf: &mut Buf) -> &[u8] {
    let mut at = buf.len() - dec(n.unsigned_abs(), buf).len();
    if n < 0 {
        at = put(buf, at, b'-');
    }
    buf.get(at..).unwrap_or_default()
}

/// The decimal digits of a 128-bit `n`, at the end of `buf`.
pub fn dec_u128(mut n: u128, buf: &mut Buf) -> &[u8] {
    const CHUNK: u128 = 10_000_000_000_000_000_000;
    let mut at = buf.len();
    loop {
        let mut low = (n % CHUNK) as u64;
        n /= CHUNK;
        let floor = if n == 0 { at - 1 } else { at - 19 };
        while low != 0 || at > floor {
            at = put(buf, at, b'0' + (low % 10) as u8);
            low /= 10;
        }
        if n == 0 {
            return buf.get(at..).unwrap_or_default();
        }
    }
}

/// The digits of `n` in `base` (2 to 36, others count as 10), letters in upper case if `upper`, at the end of `buf`.
pub fn radix(mut n: u64, base: u32, upper: bool, buf: &mut Buf) -> &[u8] {
    let base = if (2..=36).contains(&base) { u64::from(base) } else { 10 };
    let letter = if upper { b'A' } else { b'a' } - 10;
    let mut at = buf.len();
    loop {
        let digit = (n % base) as u8;
        n /= base;
        at = put(buf, at, digit + if digit < 10 { b'0' } else { letter });
        if n == 0 {
            return buf.get(at..).unwrap_or_default();
        }
    }
}

#[inline(always)]
fn put(buf: &mut Buf, at: usize, byte: u8) -> usize {
    let at = at.wrapping_sub(1);
    if let Some(slot) = buf.get_mut(at) {
        *slot = byte;
    }
    at
}

/// Appends `n` in decimal.
pub fn push_dec(out: &mut Vec<u8>, n: u64) {
    out.extend_from_slice(dec(n, &mut new_buf()));
}

/// Appends `n` in decimal, with a minus sign if it is negative.
pub fn push_dec_i64(out: &mut Vec<u8>, n: i64) {
    out.extend_from_slice(dec_i64(n, &mut new_buf()));
}

/// Appends `n` in `base`, in lower case, with leading zeros up to `width` digits.
pub fn push_radix(out: &mut Vec<u8>, n: u64, base: u32, width: usize) {
    let mut buf = new_buf();
    push_padded(out, radix(n, base, false, &mut buf), width, b'0');
}

/// Appends `count` times `byte`; false, appending nothing, if there is no memory for it.
pub fn push_fill(out: &mut Vec<u8>, count: usize, byte: u8) -> bool {
    if out.try_reserve(count).is_err() {
        return false;
    }
    out.resize(out.len() + count, byte);
    true
}

/// Appends `text`, right-aligned in `width` bytes filled with `fill` (a blank or a zero); false if there is no
/// memory for it.
pub fn push_padded(out: &mut Vec<u8>, text: &[u8], width: usize, fill: u8) -> bool {
    let done = push_fill(out, width.saturating_sub(text.len()), fill);
    if done {
        out.extend_from_slice(text);
    }
    done
}

/// The flags, width and precision of a printf conversion specification (C11 7.21.6.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    /// `-`: align to the left.
    pub left: bool,
    /// `+`: always a sign.
    pub plus: bool,
    /// Blank: a blank in place of a plus sign.
    pub space: bool,
    /// `#`: the alternative form.
    pub alt: bool,
    /// `0`: fill with zeros after the sign.
    pub zero: bool,
    /// The least number of bytes.
    pub width: usize,
    /// The precision, if one is given.
    pub precision: Option<usize>,
}

impl Spec {
    /// Takes the flags that `text` begins with: `- + # 0`, a blank, and `'` and `I`, which mean nothing in the C locale.
    pub fn take_flags(text: &mut &[u8]) -> Spec {
        let mut spec = Spec::default();
        while let Some((&flag, rest)) = text.split_first() {
            match flag {
                b'-' => spec.left = true,
                b'+' => spec.plus = true,
                b' ' => spec.space = true,
                b'#' => spec.alt = true,
                b'0' => spec.zero = true,
                b'\'' | b'I' => {}
                _ => break,
            }
            *text = rest;
        }
        spec
    }

    /// The sign character of a signed conversion, as zero bytes or one.
    pub(crate) fn sign(&self, negative: bool) -> &'static [u8] {
        match (negative, self.plus, self.space) {
            (true, ..) => b"-",
            (_, true, _) => b"+",
            (_, _, true) => b" ",
            _ => b"",
        }
    }
}

/// Appends an integer as printf's conversion `conv` (`d i u o x X`) would; other letters count as `u`.
///
/// For `d` and `i` the value is `magnitude`, negated if `negative`. For the others the caller passes the unsigned
/// value. False, appending nothing, if there is no memory for width and precision.
pub fn format_int(magnitude: u64, negative: bool, conv: u8, spec: &Spec, out: &mut Vec<u8>) -> bool {
    let mut buf = new_buf();
    let base = match conv {
        b'o' => 8,
        b'x' | b'X' => 16,
        _ => 10,
    };
    let mut digits = radix(magnitude, base, conv == b'X', &mut buf);
    if magnitude == 0 && spec.precision == Some(0) {
        digits = b"";
    }
    let mut prefix = if matches!(conv, b'd' | b'i') { spec.sign(negative) } else { b"" };
    let mut least = spec.precision.unwrap_or(1);
    if spec.alt {
        match conv {
            b'o' if magnitude != 0 || digits.is_empty() => least = least.max(digits.len() + 1),
            b'x' if magnitude != 0 => prefix = b"0x",
            b'X' if magnitude != 0 => prefix = b"0X",
            _ => {}
        }
    }
    let mut zeros = least.saturating_sub(digits.len());
    let body = prefix.len().saturating_add(zeros).saturating_add(digits.len());
    let mut pad = spec.width.saturating_sub(body);
    if spec.zero && !spec.left && spec.precision.is_none() {
        zeros += pad;
        pad = 0;
    }
    if out.try_reserve(body.max(spec.width)).is_err() {
        return false;
    }
    let (before, after) = if spec.left { (0, pad) } else { (pad, 0) };
    push_fill(out, before, b' ');
    out.extend_from_slice(prefix);
    push_fill(out, zeros, b'0');
    out.extend_from_slice(digits);
    push_fill(out, after, b' ')
}
