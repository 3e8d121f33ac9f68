//! Backslash escapes, as `printf`, `echo -e` and `tr` know them (POSIX.1-2024 XBD 5).

use crate::utf8;
use alloc::vec::Vec;

/// `\0` may have three more octal digits (`echo`, `%b`), where otherwise a number has three in all.
pub const LONG_ZERO: u8 = 1;
/// `\uHHHH` and `\UHHHHHHHH` are known (`printf`).
pub const UNICODE: u8 = 2;
/// The characters are bytes: a Unicode number that is not ASCII stays an escape.
pub const BYTES: u8 = 4;

/// The letters of the simple escapes, and what they stand for.
const LETTERS: &[u8] = b"a\x07b\x08e\x1bf\x0cn\nr\rt\tv\x0b\\\\\"\"";

/// What one escape comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Escape {
    /// It was appended; so many bytes behind the backslash belong to it.
    Used(usize),
    /// `\c`: the output ends here.
    Stop,
}

/// The value of the digits of `base` that `text` begins with, at most `most` of them, and their number.
fn number(text: &[u8], base: u32, most: usize) -> (u32, usize) {
    let mut value = 0u32;
    let mut count = 0;
    for digit in text.iter().take(most).map_while(|&byte| char::from(byte).to_digit(base)) {
        value = value.wrapping_mul(base).wrapping_add(digit);
        count += 1;
    }
    (value, count)
}

/// Appends what the escape stands for whose backslash is followed by `rest`; one that is not known is kept as it is.
pub fn one(rest: &[u8], flags: u8, out: &mut Vec<u8>) -> Escape {
    let Some(&letter) = rest.first() else {
        out.push(b'\\');
        return Escape::Used(0);
    };
    let tail = rest.get(1..).unwrap_or_default();
    if let [_, meaning] = LETTERS.chunks(2).find(|pair| pair.first() == Some(&letter)).unwrap_or_default() {
        out.push(*meaning);
        return Escape::Used(1);
    }
    let (value, used) = match letter {
        b'c' => return Escape::Stop,
        b'0' if flags & LONG_ZERO != 0 => {
            let (value, count) = number(tail, 8, 3);
            (value, count + 1)
        }
        b'0'..=b'7' => number(rest, 8, 3),
        b'x' => match number(tail, 16, 2) {
            (_, 0) => (0, 0),
            (value, count) => (value, count + 1),
        },
        b'u' | b'U' if flags & UNICODE != 0 => {
            let (value, count) = number(tail, 16, if letter == b'u' { 4 } else { 8 });
            if count > 0 {
                if flags & BYTES != 0 && value > 127 {
                    let wide = value > 0xffff;
                    out.extend_from_slice(if wide { b"\\U" } else { b"\\u" });
                    for place in (0..if wide { 8 } else { 4 }).rev() {
                        let digit = (value >> (4 * place) & 15) as usize;
                        out.extend(b"0123456789ABCDEF".get(digit));
                    }
                } else {
                    utf8::encode(value, out);
                }
                return Escape::Used(count + 1);
            }
            (0, 0)
        }
        _ => (0, 0),
    };
    out.push(if used == 0 { b'\\' } else { value as u8 });
    Escape::Used(used)
}

/// Appends `text` with its escapes replaced; `false` when it ended at a `\c`.
pub fn all(mut text: &[u8], flags: u8, out: &mut Vec<u8>) -> bool {
    while let Some(at) = text.iter().position(|&byte| byte == b'\\') {
        out.extend_from_slice(text.get(..at).unwrap_or_default());
        let rest = text.get(at + 1..).unwrap_or_default();
        match one(rest, flags, out) {
            Escape::Used(used) => text = rest.get(used..).unwrap_or_default(),
            Escape::Stop => return false,
        }
    }
    out.extend_from_slice(text);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(text: &[u8], flags: u8) -> Vec<u8> {
        let mut out = Vec::new();
        all(text, flags, &mut out);
        out
    }

    #[test]
    fn escapes() {
        assert_eq!(done(br"a\tb\\c\", 0), b"a\tb\\c\\");
        assert_eq!(done(br"\1018\x4g\xg\q", 0), b"A8\x04g\\xg\\q");
        assert_eq!(done(br"\0101", 0), b"\x081");
        assert_eq!(done(br"\0101", LONG_ZERO), b"A");
        assert_eq!(done(br"\u20ac\U1f600", UNICODE), "€😀".as_bytes());
        assert_eq!(done(br"\u41", 0), br"\u41");
        assert_eq!(done(br"\u41\ue9\U1f600", UNICODE | BYTES), br"A\u00E9\U0001F600");
        assert_eq!(done(br"a\cb", 0), b"a");
        assert_eq!(done(br"\777", 0), b"\xff");
    }
}
