//! Version order: `a9` before `a10`, as in `ls -v` and `sort -V` (the order that GNU documents for file names).

use core::cmp::Ordering;

/// The length of a name without its suffixes: parts such as `.tar.gz`, of a dot, a letter or `~`, and letters, digits, `~`.
fn without_suffix(name: &[u8]) -> usize {
    let mut end = name.len();
    let mut at = name.len();
    while let Some(&byte) = at.checked_sub(1).and_then(|before| name.get(before)) {
        at -= 1;
        if byte == b'.' {
            // The first byte of a suffix is no digit.
            if !name.get(at + 1).is_some_and(|first| first.is_ascii_alphabetic() || *first == b'~') {
                break;
            }
            end = at;
        } else if !byte.is_ascii_alphanumeric() && byte != b'~' {
            break;
        }
    }
    // A whole name is never a suffix.
    if end == 0 { name.len() } else { end }
}

/// The rank of a byte outside numbers: `~`, then the end, then letters, then the rest.
fn rank(byte: Option<&u8>) -> u16 {
    match byte {
        Some(b'~') => 0,
        None => 1,
        Some(b'0'..=b'9') => 1,
        Some(byte) if byte.is_ascii_alphabetic() => 2 + u16::from(*byte),
        Some(byte) => 2 + 256 + u16::from(*byte),
    }
}

/// Compares runs of text and runs of digits in turn.
fn runs(mut a: &[u8], mut b: &[u8]) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        // Text, byte by byte, as long as one side has some.
        loop {
            let (first, second) = (a.first(), b.first());
            let is_text = |byte: Option<&u8>| byte.is_some_and(|byte| !byte.is_ascii_digit());
            if !is_text(first) && !is_text(second) {
                break;
            }
            let order = rank(first).cmp(&rank(second));
            if order.is_ne() {
                return order;
            }
            a = a.get(1..).unwrap_or_default();
            b = b.get(1..).unwrap_or_default();
        }
        let number = |text: &mut &[u8]| -> (usize, usize) {
            let zeros = text.iter().take_while(|&&byte| byte == b'0').count();
            let digits = text.iter().skip(zeros).take_while(|byte| byte.is_ascii_digit()).count();
            (zeros, digits)
        };
        let (zeros_a, digits_a) = number(&mut a);
        let (zeros_b, digits_b) = number(&mut b);
        let (number_a, rest_a) = a.get(zeros_a..).unwrap_or_default().split_at(digits_a);
        let (number_b, rest_b) = b.get(zeros_b..).unwrap_or_default().split_at(digits_b);
        let order = (digits_a, number_a).cmp(&(digits_b, number_b));
        if order.is_ne() {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
    Ordering::Equal
}

/// Compares two names. Equal only when they are the same in version order; `a01` and `a1` are.
pub fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let special = |name: &[u8]| match name {
        b"" => 0,
        b"." => 1,
        b".." => 2,
        [b'.', ..] => 3,
        _ => 4,
    };
    let order = special(a).cmp(&special(b));
    if order.is_ne() || special(a) < 3 {
        return order;
    }
    let (end_a, end_b) = (without_suffix(a), without_suffix(b));
    let (stem_a, stem_b) = (a.get(..end_a).unwrap_or(a), b.get(..end_b).unwrap_or(b));
    if stem_a == stem_b { runs(a, b) } else { runs(stem_a, stem_b).then_with(|| runs(a, b)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_order() {
        // Each is before the next, as GNU sort -V has them.
        let names =
            ["", ".", "..", ".a", "a", "a1", "a2", "a10", "a10.b", "ab", "a.1", "b~", "b", "b.c", "b1"];
        for pair in names.windows(2) {
            assert_eq!(compare(pair[0].as_bytes(), pair[1].as_bytes()), Ordering::Less, "{pair:?}");
        }
        assert_eq!(compare(b"a01", b"a1"), Ordering::Equal);
    }
}
