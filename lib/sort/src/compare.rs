//! Comparing keys of each order, and the first bits of each order.
//!
//! A prefix function and its comparison agree: where the prefixes differ, the comparison has their order.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::keys::Key;

/// The bytes of a text that count, as they count.
fn counting<'a>(text: &'a [u8], key: &'a Key) -> impl Iterator<Item = u8> {
    text.iter()
        .filter(|&&byte| match byte {
            b' ' => true,
            // The dictionary's tab goes before what is printable.
            _ if key.dictionary => byte.is_ascii_alphanumeric() || byte == b'\t',
            _ => !key.printable || byte.is_ascii_graphic(),
        })
        .map(|byte| if key.fold { byte.to_ascii_uppercase() } else { *byte })
}

/// Compares texts, less what does not count.
pub fn text(a: &[u8], b: &[u8], key: &Key) -> Ordering {
    if key.fold || key.dictionary || key.printable {
        counting(a, key).cmp(counting(b, key))
    } else {
        a.cmp(b)
    }
}

#[inline(never)]
fn counted(text: &[u8], key: &Key) -> Vec<u8> {
    let mut all = Vec::with_capacity(text.len());
    counting(text, key).for_each(|byte| all.push(byte));
    all
}

/// Compares versions, less what does not count.
pub fn version(a: &[u8], b: &[u8], key: &Key) -> Ordering {
    if key.fold || key.dictionary || key.printable {
        crate::version::compare(&counted(a, key), &counted(b, key))
    } else {
        crate::version::compare(a, b)
    }
}

/// The first 15 bytes that count and then how many there are, and whether that is all of the text.
pub fn text_prefix(text: &[u8], key: &Key) -> (u128, bool) {
    const MOST: usize = 15;
    let mut first = [0; 16];
    let mut length = 0;
    let (room, last) = first.split_at_mut(MOST);
    if key.fold || key.dictionary || key.printable {
        for byte in counting(text, key) {
            length += 1;
            let Some(place) = room.get_mut(length - 1) else { break };
            *place = byte;
        }
    } else {
        length = text.len().min(MOST + 1);
        let copied = text.get(..length.min(MOST)).unwrap_or_default();
        if let Some(room) = room.get_mut(..copied.len()) {
            room.copy_from_slice(copied);
        }
    }
    // Of two texts that are alike so far the shorter one comes first; it also tells NUL bytes from none.
    if let [place] = last {
        *place = length as u8;
    }
    (u128::from_be_bytes(first), length <= MOST)
}

/// A decimal number's sign and its digits before and behind the point, without zeros that say nothing.
struct Decimal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    /// What follows the number.
    rest: &'a [u8],
}

fn decimal(text: &[u8]) -> Decimal<'_> {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n')).count();
    let text = text.get(blanks..).unwrap_or_default();
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (whole, rest) = text.split_at(digits(text));
    let zeros = whole.iter().take_while(|&&byte| byte == b'0').count();
    let whole = whole.get(zeros..).unwrap_or_default();
    let (fraction, rest) = match rest {
        [b'.', tail @ ..] => tail.split_at(digits(tail)),
        _ => (&b""[..], rest),
    };
    let end = fraction.iter().rposition(|&byte| byte != b'0').map_or(0, |last| last + 1);
    let fraction = fraction.get(..end).unwrap_or_default();
    Decimal { negative: negative && !(whole.is_empty() && fraction.is_empty()), whole, fraction, rest }
}

fn magnitude(a: &Decimal, b: &Decimal) -> Ordering {
    (a.whole.len(), a.whole, a.fraction).cmp(&(b.whole.len(), b.whole, b.fraction))
}

fn signed(a: &Decimal, b: &Decimal, order: Ordering) -> Ordering {
    match (a.negative, b.negative) {
        (false, false) => order,
        (true, true) => order.reverse(),
        (mine, theirs) => theirs.cmp(&mine),
    }
}

/// Compares decimal numbers of any length; what is no number is 0.
pub fn numeric(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (decimal(a), decimal(b));
    signed(&a, &b, magnitude(&a, &b))
}

/// The largest magnitude that the prefix of a number tells apart.
const CAP: u64 = 1 << 58;

/// The whole part, saturated.
fn capped(whole: &[u8]) -> u64 {
    if whole.len() > 17 {
        return CAP;
    }
    whole.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))
}

fn with_sign(negative: bool, magnitude: u64) -> u64 {
    if negative { (1 << 63) - 1 - magnitude } else { (1 << 63) + magnitude }
}

/// The prefix for [`numeric`], and whether it is the whole number: at most 17 digits on each side of the point.
pub fn numeric_prefix(text: &[u8]) -> (u128, bool) {
    let number = decimal(text);
    let fraction = number.fraction.get(..17).unwrap_or(number.fraction);
    let mut digits = capped(fraction);
    for _ in fraction.len()..17 {
        digits *= 10;
    }
    let whole = with_sign(number.negative, capped(number.whole));
    // Behind a whole part that is saturated the fraction says nothing.
    let behind = match number.negative {
        _ if number.whole.len() > 17 => 0,
        true => !digits,
        false => digits,
    };
    (u128::from(whole) << 64 | u128::from(behind), number.whole.len() <= 17 && number.fraction.len() <= 17)
}

/// The power of a unit behind a number: K 1, M 2 …; 0 for none, and for the number 0.
fn unit(number: &Decimal) -> u64 {
    if number.whole.is_empty() && number.fraction.is_empty() {
        return 0;
    }
    match number.rest.first() {
        Some(b'k') => 1,
        Some(letter) => {
            b"KMGTPEZYRQ".iter().position(|known| known == letter).map_or(0, |index| index as u64 + 1)
        }
        None => 0,
    }
}

/// Compares numbers with units: first the sign, then the unit, then the number.
pub fn human(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (decimal(a), decimal(b));
    signed(&a, &b, unit(&a).cmp(&unit(&b)).then_with(|| magnitude(&a, &b)))
}

/// The prefix for [`human`].
pub fn human_prefix(text: &[u8]) -> u64 {
    let number = decimal(text);
    with_sign(number.negative, unit(&number) << 59 | capped(number.whole))
}

/// The bits of a floating point number so that they have its order; what is none comes first, then NaN.
pub fn general_prefix(text: &[u8]) -> u64 {
    let (value, used) = num::parse_float(text);
    if used == 0 {
        return 0;
    }
    if value.is_nan() {
        return 1;
    }
    // -0 equals 0.
    let bits = if value == 0.0 { 0 } else { value.to_bits() };
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// Compares floating point numbers.
pub fn general(a: &[u8], b: &[u8]) -> Ordering {
    general_prefix(a).cmp(&general_prefix(b))
}

/// The number of a month by its first three letters, in any case; 0 for none.
pub fn month(text: &[u8]) -> u8 {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let Some(name) = text.get(blanks..blanks + 3) else { return 0 };
    let names = b"JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
    names.chunks(3).position(|known| known.eq_ignore_ascii_case(name)).map_or(0, |index| index as u8 + 1)
}

/// A hash of a key that depends on `seed`.
pub fn hash(text: &[u8], seed: u64) -> u64 {
    let mut state = seed ^ 0x9e37_79b9_7f4a_7c15;
    for &byte in text {
        state = (state ^ u64::from(byte)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        state ^= state >> 32;
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn prefixes_agree(a in "[ ]?-?[0-9]{0,20}(\\.[0-9]{0,3})?[KMG]?", b in "[ ]?-?[0-9]{0,20}(\\.[0-9]{0,3})?[KMG]?") {
            let (a, b) = (a.as_bytes(), b.as_bytes());
            for (prefix, order) in [
                (numeric_prefix(a).0.cmp(&numeric_prefix(b).0), numeric(a, b)),
                (human_prefix(a).cmp(&human_prefix(b)), human(a, b)),
            ] {
                prop_assert!(prefix.is_eq() || prefix == order);
            }
        }

        #[test]
        fn numbers_compare_by_value(a in -99_999i64..99_999, b in -99_999i64..99_999, zeros in 0usize..3) {
            let text = |n: i64| {
                let digits = std::format!("{}{}.{:02}", "0".repeat(zeros), n.abs() / 100, n.abs() % 100);
                if n < 0 { std::format!("-{digits}") } else { digits }
            };
            prop_assert_eq!(numeric(text(a).as_bytes(), text(b).as_bytes()), a.cmp(&b));
        }
    }

    #[test]
    fn orders() {
        assert_eq!(human(b"2K", b"1M"), Ordering::Less);
        assert_eq!(human(b"-2K", b"-1M"), Ordering::Greater);
        assert_eq!(human(b"0K", b"1"), Ordering::Less);
        assert_eq!(month(b" febx"), 2);
        assert_eq!(general(b"1e3", b"200"), Ordering::Greater);
        assert_eq!(general(b"x", b"nan"), Ordering::Less);
    }
}
