//! Bytes of files and lines as they can be shown: nothing of theirs commands the terminal.

use alloc::vec::Vec;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Appends the first character of `text` as it is shown: itself, `^X` for a control code, `<XX>` for a byte that is no
/// character, `<U+XXXX>` for characters that would turn the direction of text or control a terminal. Gives the bytes it
/// took (0 only for an empty text) and the columns it takes; a tab is `^I`.
pub fn glyph(text: &[u8], utf8: bool, out: &mut Vec<u8>) -> (usize, usize) {
    let Some(&first) = text.first() else {
        return (0, 0);
    };
    match first {
        0x20..=0x7e => {
            out.push(first);
            return (1, 1);
        }
        0..=0x1f | 0x7f => {
            out.extend_from_slice(&[b'^', first ^ 0x40]);
            return (1, 2);
        }
        0xa0.. if !utf8 => {
            out.push(first);
            return (1, 1);
        }
        _ => {}
    }
    match text::utf8::decode(text).filter(|_| utf8) {
        Some((scalar @ (0x80..=0x9f | 0x2028..=0x202e | 0x2066..=0x2069), length)) => {
            out.extend_from_slice(b"<U+");
            out.extend([12, 8, 4, 0].map(|shift| digit(scalar >> shift)));
            out.push(b'>');
            (length, 8)
        }
        Some((scalar, length)) => {
            out.extend_from_slice(text.get(..length).unwrap_or_default());
            (length, text::width::columns(scalar))
        }
        None => {
            out.extend_from_slice(&[b'<', digit(u32::from(first) >> 4), digit(u32::from(first)), b'>']);
            (1, 4)
        }
    }
}

fn digit(number: u32) -> u8 {
    HEX.get(number as usize & 15).copied().unwrap_or(b'?')
}

/// Appends all of `text` as [`glyph`] shows it; gives its columns.
pub fn plain(mut text: &[u8], utf8: bool, out: &mut Vec<u8>) -> usize {
    let mut columns = 0;
    while !text.is_empty() {
        let (length, width) = glyph(text, utf8, out);
        columns += width;
        text = text.get(length..).unwrap_or_default();
    }
    columns
}

/// The length of the character at `at`, without marks that combine with it; 0 at the end.
fn length_at(text: &[u8], at: usize, utf8: bool) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    match text::utf8::decode(rest) {
        Some((_, length)) if utf8 => length,
        _ => rest.len().min(1),
    }
}

/// Whether a mark that combines with what is before it begins at `at`.
fn is_mark(text: &[u8], at: usize) -> bool {
    let character = text::utf8::decode(text.get(at..).unwrap_or_default());
    character.is_some_and(|(scalar, _)| scalar >= 0x300 && text::width::columns(scalar) == 0)
}

/// Where the character behind the one at `at` begins; marks go with the character before them.
pub fn after(text: &[u8], at: usize, utf8: bool) -> usize {
    let mut at = at + length_at(text, at, utf8);
    while utf8 && at < text.len() && is_mark(text, at) {
        at += length_at(text, at, utf8);
    }
    at.min(text.len())
}

/// Where the character before `at` begins.
pub fn before(text: &[u8], at: usize, utf8: bool) -> usize {
    let mut at = at.min(text.len());
    while at > 0 {
        let end = at;
        at -= 1;
        if utf8 {
            // A character has up to four bytes; what does not decode as one is bytes.
            let start =
                (end.saturating_sub(4)..end).find(|&start| start + length_at(text, start, true) == end);
            at = start.filter(|&start| end - start > 1).unwrap_or(at);
            if is_mark(text, at) && at > 0 && text.get(at - 1) != Some(&b'\n') {
                continue;
            }
        }
        break;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &[u8], utf8: bool) -> (std::string::String, usize) {
        let mut out = Vec::new();
        let columns = plain(text, utf8, &mut out);
        (std::string::String::from_utf8_lossy(&out).into_owned(), columns)
    }

    #[test]
    fn forms() {
        assert_eq!(shown(b"a\t\x1b[m\x7f", true), ("a^I^[[m^?".into(), 9));
        assert_eq!(shown("é日\u{85}\u{202e}".as_bytes(), true), ("é日<U+0085><U+202E>".into(), 19));
        assert_eq!(shown(b"\xff\x9b", true), ("<FF><9B>".into(), 8));
        assert_eq!(shown(b"\x9b", false), ("<9B>".into(), 4));
    }

    proptest! {
        #[test]
        fn nothing_raw(text in proptest::collection::vec(any::<u8>(), 0..40)) {
            let mut out = Vec::new();
            plain(&text, true, &mut out);
            prop_assert!(out.iter().all(|&byte| byte >= 0x20 && byte != 0x7f));
            let text = std::string::String::from_utf8(out).unwrap();
            prop_assert!(!text.chars().any(|c| c.is_control()));
        }

        #[test]
        fn steps_are_the_same_both_ways(text in "[aé日\u{301}\u{1f600}\u{200d}]{0,8}") {
            let text = text.as_bytes();
            let (mut forward, mut at) = (std::vec![0], 0);
            while at < text.len() {
                at = after(text, at, true);
                forward.push(at);
            }
            let (mut back, mut at) = (std::vec![text.len()], text.len());
            while at > 0 {
                at = before(text, at, true);
                back.push(at);
            }
            back.reverse();
            prop_assert_eq!(forward, back);
        }
    }
}
