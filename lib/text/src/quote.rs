//! Quoting names so that a shell reads them back and a terminal is not disturbed.

use crate::utf8;
use alloc::vec::Vec;

/// How far the text is printable as it is: the length of the character it begins with, or 0.
fn printable(text: &[u8], utf8: bool) -> usize {
    match text {
        [b' '..=b'~', ..] => 1,
        [0x80..=0xff, ..] if utf8 => match utf8::decode(text) {
            // C1 controls and the separators that move the cursor.
            Some((0x80..=0x9f | 0x2028 | 0x2029 | 0xfeff, _)) | None => 0,
            Some((_, length)) => length,
        },
        _ => 0,
    }
}

/// Whether the bytes can stand in a shell's command line without quotes.
fn is_plain(text: &[u8]) -> bool {
    let special = b" !\"$&'()*;<=>?[\\^`|";
    !text.is_empty()
        && !matches!(text, [b'#' | b'~', ..] | [b'{' | b'}'])
        && !text.iter().any(|byte| special.contains(byte))
}

/// Appends `text` quoted as the shell reads it, if it needs quotes at all: `'a b'`, `"it's"`, `'a'$'\n''b'`.
///
/// The choice between the quotes is that of GNU `ls` and `printf %q`.
pub fn shell(text: &[u8], utf8: bool, out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(next) = rest.get(printable(rest, utf8).max(1)..).filter(|_| printable(rest, utf8) > 0) {
        rest = next;
    }
    let is_printable = rest.is_empty();
    if is_printable && is_plain(text) {
        out.extend_from_slice(text);
        return;
    }
    let fits_double = |&byte: &u8| !b"!\"$&()*;<=>?[\\^`|".contains(&byte);
    if is_printable && text.contains(&b'\'') && text.iter().all(fits_double) {
        out.push(b'"');
        out.extend_from_slice(text);
        out.push(b'"');
        return;
    }
    single(text, utf8, out);
}

/// Single quotes, with `$'…'` around what is not printable.
fn single(text: &[u8], utf8: bool, out: &mut Vec<u8>) {
    let mut escaping = false;
    out.push(b'\'');
    let mut rest = text;
    while let Some(&byte) = rest.first() {
        let length = printable(rest, utf8);
        if length == 0 && !escaping {
            out.extend_from_slice(b"'$'");
        } else if length > 0 && escaping {
            out.extend_from_slice(b"''");
        }
        escaping = length == 0;
        if escaping {
            c_escape(byte, out);
        } else if byte == b'\'' {
            out.extend_from_slice(b"'\\''");
        } else {
            out.extend_from_slice(rest.get(..length).unwrap_or_default());
        }
        rest = rest.get(length.max(1)..).unwrap_or_default();
    }
    out.push(b'\'');
}

/// Appends an unprintable byte as C writes it: `\n`, `\033`.
pub fn c_escape(byte: u8, out: &mut Vec<u8>) {
    let letters = b"abtnvfr";
    out.push(b'\\');
    match byte.checked_sub(7).and_then(|index| letters.get(usize::from(index))) {
        Some(&letter) => out.push(letter),
        None => out.extend_from_slice(&[b'0' + (byte >> 6), b'0' + (byte >> 3 & 7), b'0' + (byte & 7)]),
    }
}

/// Appends `text` as a C string literal without its quotes: unprintable bytes, backslashes and `also` are escaped.
pub fn c_string(text: &[u8], also: &[u8], utf8: bool, out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(&byte) = rest.first() {
        let length = printable(rest, utf8);
        if length == 0 {
            c_escape(byte, out);
        } else {
            if byte == b'\\' || also.contains(&byte) {
                out.push(b'\\');
            }
            out.extend_from_slice(rest.get(..length).unwrap_or_default());
        }
        rest = rest.get(length.max(1)..).unwrap_or_default();
    }
}

/// Appends `text` with each unprintable byte replaced by `?`.
pub fn question_marks(text: &[u8], utf8: bool, out: &mut Vec<u8>) {
    let mut rest = text;
    while !rest.is_empty() {
        let length = printable(rest, utf8);
        if length == 0 {
            out.push(b'?');
        }
        out.extend_from_slice(rest.get(..length).unwrap_or_default());
        rest = rest.get(length.max(1)..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &[u8]) -> std::string::String {
        let mut out = Vec::new();
        shell(text, true, &mut out);
        std::string::String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn as_gnu_does() {
        let cases: [(&[u8], &str); 13] = [
            (b"abc", "abc"),
            (b"", "''"),
            (b"a b", "'a b'"),
            (b"it's", "\"it's\""),
            (b"it's $5", "'it'\\''s $5'"),
            (b"a\nb", "'a'$'\\n''b'"),
            (b"\x1b[0m", "''$'\\033''[0m'"),
            (b"a#", "a#"),
            (b"#a", "'#a'"),
            (b"a=b", "'a=b'"),
            (b"{", "'{'"),
            ("é".as_bytes(), "é"),
            (b"\xff", "''$'\\377'"),
        ];
        for (text, expected) in cases {
            assert_eq!(quoted(text), expected, "{text:?}");
        }
    }
}
