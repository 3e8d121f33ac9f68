//! Shell patterns: `*`, `?`, `[a-z]`, `[!x]`, `[[:digit:]]` and `\` before what is meant literally.

use crate::utf8;

/// Whether the whole `text` matches `pattern`. A `/` and a leading dot are characters like others.
pub fn matches(pattern: &[u8], text: &[u8], utf8: bool) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    // Where the last star can take one character more.
    let mut again: Option<(&[u8], &[u8])> = None;
    loop {
        if let [b'*', rest @ ..] = pattern {
            if rest.is_empty() {
                return true;
            }
            let Some(left) = skip(rest, text) else { return false };
            (pattern, text) = (rest, left);
            again = Some((rest, left));
            continue;
        }
        if pattern.is_empty() && text.is_empty() {
            return true;
        }
        if let Some((rest, left)) = one(pattern, text, utf8) {
            (pattern, text) = (rest, left);
            continue;
        }
        let Some((rest, tried)) = again.as_mut().filter(|again| !again.1.is_empty()) else {
            return false;
        };
        let next = tried.get(character(tried, utf8).1..).unwrap_or_default();
        let Some(left) = skip(rest, next) else { return false };
        *tried = left;
        (pattern, text) = (*rest, left);
    }
}

/// The text from where `pattern` may match: most begin with a letter that is easy to find.
fn skip<'t>(pattern: &[u8], text: &'t [u8]) -> Option<&'t [u8]> {
    match pattern.first() {
        Some(byte) if byte.is_ascii() && !b"*?[\\".contains(byte) => {
            text.get(text.iter().position(|other| other == byte)?..)
        }
        _ => Some(text),
    }
}

/// The length of the beginning of `text` that `pattern`, which has no `*`, matches.
pub fn prefix(pattern: &[u8], text: &[u8], utf8: bool) -> Option<usize> {
    let (mut pattern, mut left) = (pattern, text);
    while !pattern.is_empty() {
        (pattern, left) = one(pattern, left, utf8)?;
    }
    Some(text.len() - left.len())
}

/// The length of the bracket expression that `pattern` begins with; 0 if it has no end.
pub fn bracket_length(pattern: &[u8]) -> usize {
    let Some(inner) = pattern.strip_prefix(b"[") else { return 0 };
    bracket(inner, 0, false).map_or(0, |(_, rest)| pattern.len() - rest.len())
}

/// The first character and its length; an invalid byte is one of its own.
fn character(text: &[u8], utf8: bool) -> (u32, usize) {
    let byte = text.first().map_or(0, |&byte| u32::from(byte));
    match utf8::decode(text) {
        Some(decoded) if utf8 => decoded,
        _ => (byte, 1),
    }
}

/// Matches one character; what is left of both.
fn one<'a>(pattern: &'a [u8], text: &'a [u8], utf8: bool) -> Option<(&'a [u8], &'a [u8])> {
    if text.is_empty() {
        return None;
    }
    let (found, length) = character(text, utf8);
    let left = text.get(length..)?;
    let mut literal = pattern;
    match pattern {
        [b'?', rest @ ..] => return Some((rest, left)),
        [b'[', rest @ ..] => {
            if let Some((fits, rest)) = bracket(rest, found, utf8) {
                return fits.then_some((rest, left));
            }
        }
        [b'\\', _, ..] => literal = pattern.get(1..)?,
        _ => {}
    }
    if literal.is_empty() {
        return None;
    }
    let (wanted, used) = character(literal, utf8);
    (wanted == found).then_some((literal.get(used..)?, left))
}

/// A bracket expression behind its `[`: whether it holds `found`, and what comes behind it; `None` if it has no end.
fn bracket(pattern: &[u8], found: u32, utf8: bool) -> Option<(bool, &[u8])> {
    let (negated, mut rest) = match pattern {
        [b'!' | b'^', rest @ ..] => (true, rest),
        _ => (false, pattern),
    };
    let mut fits = false;
    let mut first = true;
    loop {
        match rest {
            [b']', after @ ..] if !first => return Some((fits != negated, after)),
            [b'[', b':', class @ ..] => {
                let end = class.windows(2).position(|pair| pair == b":]")?;
                fits |= in_class(class.get(..end)?, found);
                rest = class.get(end + 2..)?;
            }
            _ => {
                let (low, after) = member(rest, utf8)?;
                let mut high = low;
                rest = after;
                if let [b'-', end, ..] = rest
                    && *end != b']'
                {
                    (high, rest) = member(rest.get(1..)?, utf8)?;
                }
                fits |= (low..=high).contains(&found);
            }
        }
        first = false;
    }
}

/// The next member of a bracket expression; `[.x.]` and `[=x=]` are the character itself, as in the C locale.
fn member(pattern: &[u8], utf8: bool) -> Option<(u32, &[u8])> {
    if let [b'[', kind @ (b'.' | b'='), rest @ ..] = pattern
        && let Some(end) = rest.windows(2).position(|pair| pair == [*kind, b']'])
    {
        let name = rest.get(..end)?;
        let (scalar, length) = character(name, utf8);
        return Some((if length == end { scalar } else { u32::MAX }, rest.get(end + 2..)?));
    }
    let literal = pattern.strip_prefix(b"\\").unwrap_or(pattern);
    literal.first()?;
    let (scalar, length) = character(literal, utf8);
    Some((scalar, literal.get(length..)?))
}

fn in_class(name: &[u8], scalar: u32) -> bool {
    let Ok(byte) = u8::try_from(scalar) else { return false };
    let mut names =
        b"alpha digit alnum upper lower space blank punct print graph cntrl xdigit".split(|&b| b == b' ');
    match names.position(|known| known == name) {
        Some(0) => byte.is_ascii_alphabetic(),
        Some(1) => byte.is_ascii_digit(),
        Some(2) => byte.is_ascii_alphanumeric(),
        Some(3) => byte.is_ascii_uppercase(),
        Some(4) => byte.is_ascii_lowercase(),
        Some(5) => matches!(byte, b' ' | b'\t'..=b'\r'),
        Some(6) => matches!(byte, b' ' | b'\t'),
        Some(7) => byte.is_ascii_punctuation(),
        Some(8) => matches!(byte, b' '..=b'~'),
        Some(9) => byte.is_ascii_graphic(),
        Some(10) => byte.is_ascii_control(),
        Some(_) => byte.is_ascii_hexdigit(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let yes = [
            ("*", ""),
            ("a*c", "abbc"),
            ("*~", "x~"),
            ("[a-c]x", "bx"),
            ("[!a]", "b"),
            ("[]]", "]"),
            ("[", "["),
            ("\\*", "*"),
            ("?", "é"),
            ("*.[ch]", "a.b.c"),
            ("[[:digit:]]*", "1a"),
            ("a*b*c", "aXbXbXc"),
            ("[a-]", "-"),
        ];
        let no = [
            ("a", "b"),
            ("a*c", "abcd"),
            ("[!a]", "a"),
            ("?", ""),
            ("\\*", "x"),
            ("[a-c]", "d"),
            ("", "a"),
            ("??", "é"),
        ];
        for (pattern, text) in yes {
            assert!(matches(pattern.as_bytes(), text.as_bytes(), true), "{pattern} {text}");
        }
        for (pattern, text) in no {
            assert!(!matches(pattern.as_bytes(), text.as_bytes(), true), "{pattern} {text}");
        }
        assert!(matches(b"??", "é".as_bytes(), false));
    }
}
