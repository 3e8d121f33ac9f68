//! Units: what one `.` matches. A byte, or in UTF-8 mode one valid character or one byte that is part of none.
//!
//! Valid UTF-8 sequences never overlap each other, so cutting a text into valid characters and stray bytes gives the
//! same cut from the left and from the right.

/// Stray byte `b` of a UTF-8 text is the unit `STRAY + b`.
pub(crate) const STRAY: u32 = 0x11_0000;

/// The greatest unit of a UTF-8 text.
pub(crate) const MAX_UTF8: u32 = STRAY + 0xFF;

/// The UTF-8 unit at the start of `text` and its length in bytes (0 only for an empty text).
#[inline(never)]
pub(crate) fn first(text: &[u8]) -> (u32, usize) {
    let Some((&b, rest)) = text.split_first() else { return (0, 0) };
    let lead = u32::from(b);
    if lead < 0x80 {
        return (lead, 1);
    }
    let stray = (STRAY + lead, 1);
    let (more, least, bits) = match b {
        0xC2..=0xDF => (1, 0x80, lead & 0x1F),
        0xE0..=0xEF => (2, 0x800, lead & 0x0F),
        0xF0..=0xF4 => (3, 0x1_0000, lead & 0x07),
        _ => return stray,
    };
    let mut c = bits;
    for k in 0..more {
        match rest.get(k) {
            Some(&b) if b & 0xC0 == 0x80 => c = c << 6 | u32::from(b & 0x3F),
            _ => return stray,
        }
    }
    if c < least || c > 0x10_FFFF || (0xD800..0xE000).contains(&c) { stray } else { (c, more + 1) }
}

/// The UTF-8 unit at the end of `text` and its length in bytes (0 only for an empty text).
pub(crate) fn last(text: &[u8]) -> (u32, usize) {
    let Some(&b) = text.last() else { return (0, 0) };
    if b < 0x80 {
        return (u32::from(b), 1);
    }
    for k in 2..=4 {
        let Some(tail) = text.len().checked_sub(k).and_then(|at| text.get(at..)) else { break };
        let (c, len) = first(tail);
        if len == k {
            return (c, k);
        }
    }
    (STRAY + u32::from(b), 1)
}

/// Appends the UTF-8 form of character `c` to `out`.
pub(crate) fn encode(c: u32, out: &mut alloc::vec::Vec<u8>) {
    let len = width(c);
    if len == 1 {
        return out.push(c as u8);
    }
    let lead = [0, 0, 0xC0, 0xE0, 0xF0].get(len).copied().unwrap_or(0);
    for k in (0..len).rev() {
        let bits = c >> (6 * k);
        out.push(if k + 1 == len { (lead | bits) as u8 } else { 0x80 | (bits as u8 & 0x3F) });
    }
}

/// Length in bytes of unit `c` in a UTF-8 text.
pub(crate) fn width(c: u32) -> usize {
    match c {
        0x80..=0x7FF => 2,
        0x800..=0xFFFF => 3,
        0x1_0000..=0x10_FFFF => 4,
        _ => 1,
    }
}

/// Simple case folding of the Latin, Greek, Cyrillic, Armenian and full-width letters: every character of
/// `lo..=hi` folds to itself plus `delta`; where `delta` is 1 only every second one does, beginning with `lo`.
#[rustfmt::skip]
const FOLDS: [(u16, u16, i16); 38] = [
    (0x41, 0x5A, 32), (0xB5, 0xB5, 0x307), (0xC0, 0xD6, 32), (0xD8, 0xDE, 32),
    (0x100, 0x12F, 1), (0x132, 0x137, 1), (0x139, 0x148, 1), (0x14A, 0x177, 1),
    (0x178, 0x178, -121), (0x179, 0x17E, 1), (0x17F, 0x17F, -0x10C), (0x1CD, 0x1DC, 1),
    (0x1DE, 0x1EF, 1), (0x1F8, 0x21F, 1), (0x222, 0x233, 1), (0x246, 0x24F, 1),
    (0x370, 0x373, 1), (0x386, 0x386, 38), (0x388, 0x38A, 37), (0x38C, 0x38C, 64), (0x38E, 0x38F, 63),
    (0x391, 0x3A1, 32), (0x3A3, 0x3AB, 32), (0x3C2, 0x3C2, 1), (0x3D8, 0x3EF, 1),
    (0x400, 0x40F, 80), (0x410, 0x42F, 32), (0x460, 0x481, 1), (0x48A, 0x4BF, 1), (0x4C0, 0x4C0, 15),
    (0x4C1, 0x4CE, 1), (0x4D0, 0x52F, 1), (0x531, 0x556, 48), (0x1E00, 0x1E95, 1), (0x1E9E, 0x1E9E, -0x1DBF),
    (0x1EA0, 0x1EFF, 1), (0x212A, 0x212A, -0x20BF), (0xFF21, 0xFF3A, 32),
];

#[inline(never)]
fn folds_at(entry: &(u16, u16, i16), c: u32) -> bool {
    let (lo, hi) = (u32::from(entry.0), u32::from(entry.1));
    c >= lo && c <= hi && (entry.2 != 1 || (c - lo) & 1 == 0)
}

/// The case-folded form of `c`.
#[inline(never)]
pub(crate) fn fold(c: u32, utf8: bool) -> u32 {
    let table: &[_] = if utf8 { &FOLDS } else { FOLDS.split_at(1).0 };
    match table.iter().find(|e| folds_at(e, c)) {
        Some(e) => c.wrapping_add_signed(i32::from(e.2)),
        None => c,
    }
}

/// Calls `each` with every character that folds to `folded`, except itself.
pub(crate) fn unfold(folded: u32, utf8: bool, each: &mut dyn FnMut(u32)) {
    let table: &[_] = if utf8 { &FOLDS } else { FOLDS.split_at(1).0 };
    for e in table {
        let c = folded.wrapping_add_signed(-i32::from(e.2));
        if folds_at(e, c) {
            each(c);
        }
    }
}

/// The lower or upper case of a character, where that is a single one.
#[must_use]
pub fn to_case(c: u32, upper: bool) -> u32 {
    let folded = fold(c, true);
    if !upper {
        return folded;
    }
    let mut found = c;
    // These fold to a letter that is not their lower case.
    unfold(folded, true, &mut |other| {
        if found == c && !matches!(other, 0xB5 | 0x17F | 0x3C2 | 0x212A | 0x1E9E) {
            found = other;
        }
    });
    found
}

/// Calls `each` with every letter beyond ASCII that has (`upper`) or is (`!upper`) a folded form.
#[inline(never)]
pub(crate) fn cased(upper: bool, each: &mut dyn FnMut(u32)) {
    for e in &FOLDS {
        // Three letters are in lower case though they fold to another one: micro, long s, final sigma.
        let odd = matches!(e.0, 0xB5 | 0x17F | 0x3C2);
        for c in u32::from(e.0)..=u32::from(e.1) {
            if folds_at(e, c) && !(upper && odd) {
                each(if upper || odd { c } else { c.wrapping_add_signed(i32::from(e.2)) });
            }
        }
    }
}

/// Letters beyond ASCII by blocks: close to Unicode's Alphabetic, not exact inside the less used scripts.
#[rustfmt::skip]
pub(crate) const LETTERS: [(u16, u16); 39] = [
    (0xAA, 0xAA), (0xB5, 0xB5), (0xBA, 0xBA), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2C1), (0x370, 0x374), (0x376, 0x37D),
    (0x37F, 0x37F), (0x386, 0x386), (0x388, 0x3F5), (0x3F7, 0x481), (0x48A, 0x556), (0x560, 0x588), (0x5D0, 0x5F2),
    (0x620, 0x65F), (0x660, 0x669), (0x66E, 0x6D3), (0x6EE, 0x6FC), (0x710, 0x963), (0x966, 0xDF3), (0xE01, 0xE3A),
    (0xE40, 0xE4E), (0xE50, 0xE59), (0xE81, 0x167F), (0x1681, 0x1FBC), (0x1FC2, 0x1FFC), (0x2C00, 0x2DFF),
    (0x3005, 0x3007), (0x3031, 0x3096), (0x309D, 0x30FA), (0x30FC, 0x4DBF), (0x4E00, 0xD7FF), (0xF900, 0xFD3D),
    (0xFD50, 0xFDFB), (0xFE70, 0xFEFC), (0xFF21, 0xFF3A),
    (0xFF41, 0xFF5A), (0xFF66, 0xFFDC),
];

/// White space beyond ASCII, without the no-break spaces (as the C library has it).
pub(crate) const SPACES: [(u16, u16); 6] = [
    (0x1680, 0x1680),
    (0x2000, 0x2006),
    (0x2008, 0x200A),
    (0x2028, 0x2029),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
];

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn round_trip_of_every_character() {
        for c in (0..=0x10_FFFFu32).filter_map(char::from_u32) {
            let mut ours = Vec::new();
            encode(u32::from(c), &mut ours);
            let mut buf = [0; 4];
            assert_eq!(ours, c.encode_utf8(&mut buf).as_bytes());
            assert_eq!(first(&ours), (u32::from(c), ours.len()));
            assert_eq!(last(&ours), (u32::from(c), ours.len()));
        }
    }

    #[test]
    fn cases() {
        for (low, high) in
            [('a', 'A'), ('ä', 'Ä'), ('ÿ', 'Ÿ'), ('σ', 'Σ'), ('я', 'Я'), ('k', 'K'), ('s', 'S')]
        {
            assert_eq!(to_case(low.into(), true), high.into());
            assert_eq!(to_case(high.into(), true), high.into());
            assert_eq!(to_case(high.into(), false), low.into());
            assert_eq!(to_case(low.into(), false), low.into());
        }
        for c in ['ß', '1', '_', '中'] {
            assert_eq!(to_case(c.into(), true), c.into());
        }
        assert_eq!(to_case('µ'.into(), true), 'Μ'.into());
    }

    #[test]
    fn what_is_no_character_is_stray_bytes() {
        for text in [
            &b"\xC0\x80"[..],
            b"\xE0\x80\x80",
            b"\xED\xA0\x80",
            b"\xF0\x80\x80\x80",
            b"\xF4\x90\x80\x80",
            b"\xC3",
            b"\x80",
        ] {
            assert_eq!(first(text), (STRAY + u32::from(text[0]), 1));
            assert_eq!(last(text).1, 1);
        }
    }

    #[test]
    fn folding_agrees_with_unicode_where_it_claims_to() {
        for c in (0..0x530u32).chain(0x1E00..0x1F00).filter_map(char::from_u32) {
            let low: Vec<char> = c.to_lowercase().collect();
            let ours = fold(u32::from(c), true);
            if ours != u32::from(c) && !matches!(c, 'µ' | 'ſ' | 'ς') {
                assert_eq!(low, [char::from_u32(ours).unwrap()], "{c:?}");
            }
        }
        let mut kelvin = Vec::new();
        unfold(u32::from('k'), true, &mut |c| kelvin.push(c));
        assert_eq!(kelvin, [0x4B, 0x212A]);
    }

    #[test]
    fn both_directions_cut_alike() {
        let bytes = [0x61u8, 0x80, 0xC3, 0xA9, 0xE2, 0x82, 0xAC, 0xF0, 0x9F];
        let mut state = 7u32;
        for _ in 0..20_000 {
            let mut text = Vec::new();
            for _ in 0..8 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                text.push(bytes[(state >> 16) as usize % bytes.len()]);
            }
            let (mut right, mut left) = (Vec::new(), Vec::new());
            let mut at = 0;
            while at < text.len() {
                let (c, len) = first(&text[at..]);
                right.push((c, at));
                at += len;
            }
            while at > 0 {
                let (c, len) = last(&text[..at]);
                at -= len;
                left.push((c, at));
            }
            left.reverse();
            assert_eq!(right, left);
        }
    }
}
