//! UTF-8 (RFC 3629), one character at a time.

/// The first character of `text` and its length in bytes; `None` for an invalid or cut sequence, or an empty text.
pub fn decode(text: &[u8]) -> Option<(u32, usize)> {
    let &first = text.first()?;
    let (length, initial) = match first {
        0..=0x7f => return Some((u32::from(first), 1)),
        0xc2..=0xdf => (2, first & 0x1f),
        0xe0..=0xef => (3, first & 0x0f),
        0xf0..=0xf4 => (4, first & 0x07),
        _ => return None,
    };
    let mut scalar = u32::from(initial);
    for &byte in text.get(1..length)? {
        if byte & 0xc0 != 0x80 {
            return None;
        }
        scalar = scalar << 6 | u32::from(byte & 0x3f);
    }
    let least = [0x80, 0x800, 0x1_0000];
    let valid =
        scalar >= *least.get(length - 2)? && scalar <= 0x10_ffff && !(0xd800..0xe000).contains(&scalar);
    valid.then_some((scalar, length))
}

/// Appends a scalar value; values beyond Unicode are left out.
pub fn encode(scalar: u32, out: &mut alloc::vec::Vec<u8>) {
    if let Some(character) = char::from_u32(scalar) {
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_std(text in proptest::collection::vec(any::<u8>(), 0..6)) {
            let valid = (1..=text.len().min(4)).find_map(|n| std::str::from_utf8(&text[..n]).ok());
            let expected = valid.and_then(|s| s.chars().next()).map(|c| (c as u32, c.len_utf8()));
            prop_assert_eq!(decode(&text), expected);
        }

        #[test]
        fn round_trip(c in any::<char>()) {
            let mut out = alloc::vec::Vec::new();
            encode(c as u32, &mut out);
            prop_assert_eq!(decode(&out), Some((c as u32, c.len_utf8())));
        }
    }
}
