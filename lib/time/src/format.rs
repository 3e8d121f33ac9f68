//! `strftime` for the C locale, with the extensions of GNU date.

use crate::civil::{Civil, iso_week};
use alloc::vec::Vec;

const DAYS: &[u8] = b"Sunday,Monday,Tuesday,Wednesday,Thursday,Friday,Saturday";
const MONTHS: &[u8] =
    b"January,February,March,April,May,June,July,August,September,October,November,December";

/// The full English name of a day of the week, 0 for Sunday; empty if there is none.
pub fn day_name(wday: u8) -> &'static [u8] {
    DAYS.split(|b| *b == b',').nth(wday.into()).unwrap_or_default()
}

/// The full English name of a month, 1 to 12; empty if there is none.
pub fn month_name(month: u8) -> &'static [u8] {
    MONTHS.split(|b| *b == b',').nth(usize::from(month).wrapping_sub(1)).unwrap_or_default()
}

/// How a conversion is asked to look.
#[derive(Clone, Copy, Default)]
struct Look {
    /// `0`, `_`, `-`, `+`, or 0 for the conversion's own.
    pad: u8,
    upper: bool,
    swap: bool,
    width: Option<usize>,
}

/// Appends `civil`, which is the moment `unix` and `nsec`, by the format of `strftime` (POSIX.1-2024) with GNU's
/// `%N %P %q %:z %::z %:::z`, flags `- _ 0 + ^ #`, widths and the modifiers E and O. What is not a conversion is
/// copied as it stands.
pub fn format(fmt: &[u8], civil: &Civil, unix: i64, nsec: u32, out: &mut Vec<u8>) {
    let mut rest = fmt;
    while let Some((&byte, tail)) = rest.split_first() {
        if byte != b'%' {
            out.push(byte);
            rest = tail;
            continue;
        }
        let mut used = 0;
        let next = |used: usize| tail.get(used).copied().unwrap_or(0);
        let mut look = Look::default();
        loop {
            match next(used) {
                flag @ (b'_' | b'-' | b'0' | b'+') => look.pad = flag,
                b'^' => look.upper = true,
                b'#' => look.swap = true,
                _ => break,
            }
            used += 1;
        }
        while next(used).is_ascii_digit() {
            let digit = usize::from(next(used) - b'0');
            // As far as an int goes: wider than that is not printed anywhere.
            look.width = Some((look.width.unwrap_or(0).saturating_mul(10) + digit).min(i32::MAX as usize));
            used += 1;
        }
        let mut modifier = 0;
        if matches!(next(used), b'E' | b'O') {
            modifier = next(used);
            used += 1;
        }
        let mut colons = 0;
        while next(used) == b':' {
            colons += 1;
            used += 1;
        }
        let letter = next(used);
        if modifier == b'E' && letter == b'Y' && look.pad == 0 {
            // The year of the locale's era has no leading zeros; %c shows that one.
            look.pad = b'-';
        }
        let plain = letter != b'%' || used == 0;
        let allowed = plain
            && match modifier {
                b'E' => b"cCxXyYnPprRsTt%ZzX".contains(&letter),
                b'O' => !b"aAcxDFXY".contains(&letter),
                _ => true,
            }
            && (colons == 0 || (letter == b'z' && colons <= 3));
        used += usize::from(used < tail.len());
        if !(allowed && convert(letter, colons, look, civil, unix, nsec, out)) {
            let text = rest.get(..=used).unwrap_or_default();
            string(text, false, look, out);
        }
        rest = tail.get(used..).unwrap_or_default();
    }
}

/// Appends one conversion; false if there is none of that letter.
fn convert(
    letter: u8,
    colons: u8,
    look: Look,
    civil: &Civil,
    unix: i64,
    nsec: u32,
    out: &mut Vec<u8>,
) -> bool {
    let upper = Look { upper: look.upper | look.swap, ..look };
    let lower =
        |look: Look, low: bool| if low { (true, Look { upper: false, ..look }) } else { (false, look) };
    let hour12 = (civil.hour + 11) % 12 + 1;
    let blank = Look { pad: if look.pad == 0 { b'_' } else { look.pad }, ..look };
    let mut small = |digits: usize, value: u64, look: Look| number(value, None, digits, 0, look, out);
    match letter {
        b'd' => small(2, civil.day.into(), look),
        b'e' => small(2, civil.day.into(), blank),
        b'H' => small(2, civil.hour.into(), look),
        b'I' => small(2, hour12.into(), look),
        b'k' => small(2, civil.hour.into(), blank),
        b'l' => small(2, hour12.into(), blank),
        b'j' => small(3, u64::from(civil.yday) + 1, look),
        b'M' => small(2, civil.min.into(), look),
        b'm' => small(2, civil.month.into(), look),
        b'S' => small(2, civil.sec.into(), look),
        b'q' => small(1, u64::from(civil.month).div_ceil(3), look),
        b'u' => small(1, u64::from((civil.wday + 6) % 7) + 1, look),
        b'w' => small(1, civil.wday.into(), look),
        b'U' => small(2, (u64::from(civil.yday) + 7 - u64::from(civil.wday)) / 7, look),
        b'W' => small(2, (u64::from(civil.yday) + 7 - u64::from((civil.wday + 6) % 7)) / 7, look),
        b'V' => small(2, iso_week(civil).1.into(), look),
        b's' => number(unix.unsigned_abs(), (unix < 0).then_some(b'-'), 1, 0, look, out),
        b'Y' => yearish(4, civil.year, look, out),
        b'G' => yearish(4, iso_week(civil).0, look, out),
        b'C' => century(civil.year, look, out),
        b'y' => yearish(2, two_digits(civil.year), look, out),
        b'g' => yearish(2, iso_week(civil).0.rem_euclid(100), look, out),
        b'N' => nanoseconds(nsec, look, out),
        b'z' => zone(civil, colons, look, out),
        b'a' => string(day_name(civil.wday).get(..3).unwrap_or(b"?"), false, upper, out),
        b'A' => string(day_name(civil.wday), false, upper, out),
        b'b' | b'h' => string(month_name(civil.month).get(..3).unwrap_or(b"?"), false, upper, out),
        b'B' => string(month_name(civil.month), false, upper, out),
        b'p' | b'P' => {
            let (low, look) = lower(look, letter == b'P' || look.swap);
            string(if civil.hour < 12 { b"AM" } else { b"PM" }, low, look, out);
        }
        b'Z' => {
            let (low, look) = lower(look, look.swap);
            string(civil.abbreviation.bytes(), low, look, out);
        }
        b'n' => string(b"\n", false, look, out),
        b't' => string(b"\t", false, look, out),
        b'%' => string(b"%", false, look, out),
        b'F' => full_date(look, civil, out),
        _ => {
            let fmt: &[u8] = match letter {
                b'c' => b"%a %b %e %H:%M:%S %EY",
                b'D' | b'x' => b"%m/%d/%y",
                b'r' => b"%I:%M:%S %p",
                b'R' => b"%H:%M",
                b'T' | b'X' => b"%H:%M:%S",
                _ => return false,
            };
            let mut text = Vec::new();
            format(fmt, civil, unix, nsec, &mut text);
            string(&text, false, look, out);
        }
    }
    true
}

fn fill(out: &mut Vec<u8>, count: usize, byte: u8) {
    if out.try_reserve(count).is_ok() {
        out.resize(out.len() + count, byte);
    }
}

/// Appends text, filled on the left.
fn string(text: &[u8], lower: bool, look: Look, out: &mut Vec<u8>) {
    if look.pad != b'-' {
        let zeros = matches!(look.pad, b'0' | b'+');
        fill(out, look.width.unwrap_or(0).saturating_sub(text.len()), if zeros { b'0' } else { b' ' });
    }
    let start = out.len();
    out.extend_from_slice(text);
    let text = out.get_mut(start..).unwrap_or_default();
    if lower {
        text.make_ascii_lowercase();
    } else if look.upper {
        text.make_ascii_uppercase();
    }
}

/// Appends a number of at least `digits` places, a sign among them. `colons` is a mask of the digits, from the right,
/// that have a colon behind them.
fn number(mut value: u64, sign: Option<u8>, digits: usize, mut colons: u32, look: Look, out: &mut Vec<u8>) {
    let mut text = [0; 32];
    let mut length = 0;
    let mut free = text.iter_mut().rev();
    loop {
        if colons & 1 == 1 {
            free.next().into_iter().for_each(|slot| *slot = b':');
            length += 1;
        }
        free.next().into_iter().for_each(|slot| *slot = b'0' + (value % 10) as u8);
        length += 1;
        colons >>= 1;
        value /= 10;
        if value == 0 && colons == 0 {
            break;
        }
    }
    let missing = look.width.unwrap_or(digits).saturating_sub(length + usize::from(sign.is_some()));
    if look.pad == b'_' {
        fill(out, missing, b' ');
    }
    out.extend(sign);
    if look.pad != b'_' && look.pad != b'-' {
        fill(out, missing, b'0');
    }
    out.extend_from_slice(text.get(text.len() - length..).unwrap_or_default());
}

/// A year or part of one: with the flag `+`, a plus sign if it has more digits than usual.
fn yearish(digits: usize, value: i64, look: Look, out: &mut Vec<u8>) {
    signed_year(digits, value < 0, value.unsigned_abs(), look, out);
}

fn signed_year(digits: usize, negative: bool, value: u64, look: Look, out: &mut Vec<u8>) {
    let usual = if digits == 2 { 99 } else { 9999 };
    let plus = look.pad == b'+' && (value > usual || look.width.is_some_and(|w| w > digits));
    let sign = if negative { Some(b'-') } else { plus.then_some(b'+') };
    number(value, sign, digits, 0, look, out);
}

/// The century is cut towards zero, so that -1 has century -0.
fn century(year: i64, look: Look, out: &mut Vec<u8>) {
    signed_year(2, year < 0, year.unsigned_abs() / 100, look, out);
}

fn two_digits(year: i64) -> i64 {
    (year.unsigned_abs() % 100) as i64
}

/// `%F` is `%+4Y-%m-%d`; a width is that of the whole.
fn full_date(look: Look, civil: &Civil, out: &mut Vec<u8>) {
    let year = match (look.pad, look.width) {
        (0, None) => Look { pad: b'+', width: Some(4), ..look },
        _ => Look { width: Some(look.width.unwrap_or(0).saturating_sub(6)), ..look },
    };
    yearish(4, civil.year, year, out);
    format(b"-%m-%d", civil, 0, 0, out);
}

/// `%N`: a width is the number of digits, the most significant ones.
fn nanoseconds(nsec: u32, look: Look, out: &mut Vec<u8>) {
    // GNU date takes `%-N` for the resolution of the clock, which is all nine digits.
    let all = look.pad == b'-' && look.width.is_none();
    let width = look.width.filter(|w| *w > 0).unwrap_or(9);
    let mut digits = 9;
    let mut value = nsec % 1_000_000_000;
    while width < digits || (!all && digits > 1 && value.is_multiple_of(10)) {
        digits -= 1;
        value /= 10;
    }
    number(value.into(), None, digits, 0, Look::default(), out);
    match look.pad {
        b'-' => {}
        b'_' => fill(out, width - digits, b' '),
        _ => fill(out, width - digits, b'0'),
    }
}

/// `%z`, `%:z`, `%::z`, `%:::z`.
fn zone(civil: &Civil, colons: u8, look: Look, out: &mut Vec<u8>) {
    let seconds = u64::from(civil.offset.unsigned_abs());
    // The zone -00 is for places where local time is not known, which RFC 3339 writes -0000.
    let west = civil.offset < 0 || (civil.offset == 0 && civil.abbreviation.bytes().starts_with(b"-"));
    let (hour, min, sec) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let (digits, mask, value) = match (colons, min, sec) {
        (0, ..) => (5, 0, hour * 100 + min),
        (1, ..) => (6, 0b100, hour * 100 + min),
        (3, 0, 0) => (3, 0, hour),
        (3, _, 0) => (6, 0b100, hour * 100 + min),
        _ => (9, 0b10100, hour * 10000 + min * 100 + sec),
    };
    number(value, Some(if west { b'-' } else { b'+' }), digits, mask, look, out);
}
