//! The words of [`crate::parse`]: numbers, names of months, days, units and zones.

use crate::format::{day_name, month_name};
use crate::zone::Zone;
use alloc::vec::Vec;

/// What a token is: a letter as in [`WORDS`], [`UNITS`] and [`ZONES`], one of these, or a punctuation character.
pub(crate) type Kind = u8;
/// A number without, and with, a sign.
pub(crate) const NUMBER: Kind = b'N';
pub(crate) const SIGNED: Kind = b'G';
/// The same with a fraction, which is in `nsec`.
pub(crate) const DECIMAL: Kind = b'F';
pub(crate) const SIGNED_DECIMAL: Kind = b'E';
/// Minutes east of UTC. The letter T, which also separates date and time, is of its own kind.
const ZONE: Kind = b'Z';
const ZONE_T: Kind = b'T';
/// A name of the zone we are in; 1 for summer time.
const LOCAL_ZONE: Kind = b'L';

/// One token.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Token {
    /// 0 behind the last one.
    pub kind: Kind,
    pub value: i64,
    /// For numbers: how many digits, whether there was a minus sign, and the fraction.
    pub digits: usize,
    pub negative: bool,
    pub nsec: u32,
}

impl Token {
    fn new(kind: Kind, value: i64) -> Token {
        Token { kind, value, ..Token::default() }
    }

    pub(crate) fn is_unit(&self) -> bool {
        b"ynwhic".contains(&self.kind)
    }
}

fn is_space(byte: u8) -> bool {
    byte == b' ' || (9..=13).contains(&byte)
}

/// Splits a phrase into tokens; None if it has a word that means nothing. `now` is for the zone's own names.
pub(crate) fn tokens(text: &[u8], zone: &Zone, now: i64) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(&byte) = rest.first() {
        let mut used = 1;
        if byte.is_ascii_digit() || byte == b'-' || byte == b'+' {
            let signed = !byte.is_ascii_digit();
            let blanks = rest.iter().skip(1).take_while(|b| signed && is_space(**b)).count();
            let start = if signed { 1 + blanks } else { 0 };
            used = start;
            // A sign before something else than a number is skipped.
            if rest.get(start).is_some_and(u8::is_ascii_digit) {
                let (token, length) = number(rest.get(start..)?, byte == b'-', signed)?;
                found.push(token);
                used += length;
            }
        } else if byte.is_ascii_alphabetic() {
            used = rest.iter().take_while(|b| b.is_ascii_alphabetic() || **b == b'.').count();
            found.push(word(rest.get(..used)?, zone, now)?);
        } else if byte == b'(' {
            used = comment(rest);
        } else if !is_space(byte) {
            found.push(Token::new(byte, 0));
        }
        rest = rest.get(used..).unwrap_or_default();
    }
    Some(found)
}

/// The length of a comment in parentheses, which may be nested and need not be closed.
fn comment(text: &[u8]) -> usize {
    let mut depth = 0usize;
    for (i, byte) in text.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return i + 1;
        }
    }
    text.len()
}

fn number(text: &[u8], negative: bool, signed: bool) -> Option<(Token, usize)> {
    let sign = if negative { -1 } else { 1 };
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    let mut value = 0i64;
    for digit in text.iter().take(digits) {
        value = value.checked_mul(10)?.checked_add(i64::from(digit - b'0') * sign)?;
    }
    let kind = if signed { SIGNED } else { NUMBER };
    let mut token = Token { kind, value, digits, negative, nsec: 0 };
    let fraction = match text.get(digits..)? {
        [b'.' | b',', fraction @ ..] => fraction.iter().take_while(|b| b.is_ascii_digit()).count(),
        _ => 0,
    };
    if fraction == 0 {
        return Some((token, digits));
    }
    token.kind = if signed { SIGNED_DECIMAL } else { DECIMAL };
    let places = text.iter().skip(digits + 1).take(fraction);
    token.nsec = places.clone().chain(b"000000000").take(9).fold(0, |n, d| n * 10 + u32::from(d - b'0'));
    if negative {
        // Seconds are rounded down, and what is past nanoseconds too.
        token.nsec += u32::from(places.skip(9).any(|d| *d != b'0'));
        if token.nsec > 0 {
            token.value = value.checked_sub(1)?;
            token.nsec = 1_000_000_000 - token.nsec;
        }
    }
    Some((token, digits + 1 + fraction))
}

/// Other words, upper case: a letter for the kind, a number, and the word. `M` half of the day, `m` month, `d` day of the
/// week, `S` summer time, `o` ordinal, `s` shift of days, `a` sign of what is before.
const WORDS: &[u8] = b"M0AM M0A.M. M1PM M1P.M. m9SEPT d2TUES d3WEDNES d4THUR d4THURS SDST \
    o-1LAST o0THIS o1NEXT o1FIRST o3THIRD o4FOURTH o5FIFTH o6SIXTH o7SEVENTH o8EIGHTH o9NINTH o10TENTH \
    o11ELEVENTH o12TWELFTH s1TOMORROW s-1YESTERDAY s0TODAY s0NOW a-1AGO a1HENCE";
/// Units, which may have an S at the end.
const UNITS: &[u8] = b"y1YEAR n1MONTH w14FORTNIGHT w7WEEK w1DAY h1HOUR i1MINUTE i1MIN c1SECOND c1SEC";
/// Zones, in minutes east of UTC, `Z` winter and `D` summer.
const UTC: &[u8] = b"Z0GMT Z0UT Z0UTC";
const ZONES: &[u8] = b"Z0WET D0WEST D0BST Z-180ART Z-180BRT D-180BRST Z-210NST D-210NDT Z-240AST D-240ADT \
    Z-240CLT D-240CLST Z-300EST D-300EDT Z-360CST D-360CDT Z-420MST D-420MDT Z-480PST D-480PDT Z-540AKST \
    D-540AKDT Z-600HST Z-600HAST D-600HADT Z-720SST Z60WAT Z60CET D60CEST Z60MET Z60MEZ D60MEST D60MESZ \
    Z120EET D120EEST Z120CAT Z120SAST Z180EAT Z180MSK D180MSD Z330IST Z480SGT Z540KST Z540JST Z600GST \
    Z720NZST D720NZDT";

/// Finds a word in a packed table.
fn find(table: &[u8], word: &[u8]) -> Option<Token> {
    for entry in table.split(|b| *b == b' ') {
        let (&kind, rest) = entry.split_first()?;
        let (sign, rest) = rest.strip_prefix(b"-").map_or((1, rest), |rest| (-1, rest));
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if rest.get(digits..) != Some(word) {
            continue;
        }
        let value = rest.iter().take(digits).fold(0, |n, d| n * 10 + i64::from(d - b'0')) * sign;
        return Some(Token::new(kind, value));
    }
    None
}

/// Whether `word` is the name, or its first three letters with or without a dot.
fn names(word: &[u8], name: &[u8]) -> bool {
    let short = match word {
        [short @ .., b'.'] if short.len() == 3 => short,
        _ => word,
    };
    word.eq_ignore_ascii_case(name)
        || (short.len() == 3 && name.get(..3).is_some_and(|n| n.eq_ignore_ascii_case(short)))
}

fn zone_word(word: &[u8], zone: &Zone, now: i64) -> Option<Token> {
    find(UTC, word).or_else(|| local_zone(word, zone, now)).or_else(|| find(ZONES, word))
}

/// Whether `word` is a name that this zone goes by around `now`.
fn local_zone(word: &[u8], zone: &Zone, now: i64) -> Option<Token> {
    (0..4).find_map(|quarter| {
        let civil = zone.local(now.saturating_add(quarter * 90 * 86400));
        let same = civil.abbreviation.bytes().eq_ignore_ascii_case(word);
        same.then(|| Token::new(LOCAL_ZONE, civil.dst.into()))
    })
}

fn word(text: &[u8], zone: &Zone, now: i64) -> Option<Token> {
    let mut word = text.to_ascii_uppercase();
    // The two dotted forms of am and pm.
    if let Some(token) = find(WORDS, &word).filter(|t| t.kind == b'M') {
        return Some(token);
    }
    if let Some(month) = (1..=12).find(|m| names(&word, month_name(*m))) {
        return Some(Token::new(b'm', month.into()));
    }
    if let Some(day) = (0..7).find(|d| names(&word, day_name(*d))) {
        return Some(Token::new(b'd', day.into()));
    }
    let singular = word.strip_suffix(b"S").unwrap_or_default();
    let found = zone_word(&word, zone, now)
        .or_else(|| find(WORDS, &word))
        .or_else(|| find(UNITS, &word))
        .or_else(|| find(UNITS, singular));
    if found.is_some() {
        return found;
    }
    if let [letter] = *word {
        return military(letter);
    }
    let length = word.len();
    word.retain(|b| *b != b'.');
    if word.len() < length { zone_word(&word, zone, now) } else { None }
}

/// The zones of one letter, as in RFC 822 corrected: A is one hour east, N one hour west, J is not used.
fn military(letter: u8) -> Option<Token> {
    let hours = match letter {
        b'A'..=b'I' => i64::from(letter - b'A') + 1,
        b'K'..=b'M' => i64::from(letter - b'K') + 10,
        b'N'..=b'Y' => -i64::from(letter - b'N') - 1,
        b'Z' => 0,
        _ => return None,
    };
    Some(Token::new(if letter == b'T' { ZONE_T } else { ZONE }, hours * 60))
}
