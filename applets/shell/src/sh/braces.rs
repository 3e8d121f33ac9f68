//! Brace expansion: `a{b,c}d`, `{1..9..2}`, `{a..e}`. It is done on the words as they are read, for it knows only text.
//!
//! A word becomes a string in which what is no unquoted text stands as a mark: a NUL, which no script has, and the number
//! of the part in three bytes above 127.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::pattern::find_literal;
use super::shell::Args;
use super::tree::{Part, Word};

/// The most words that one word may become; beyond it stays as it is.
const MOST: usize = 1 << 20;

/// Appends `word`, or the words that its braces make of it.
pub fn expand(word: Word, list: &mut Vec<Word>) {
    let candidate = word.parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains(&b'{')));
    if !candidate {
        list.push(word);
        return;
    }
    let mut text = Vec::new();
    let mut parts = Vec::new();
    for part in word.parts {
        match part {
            Part::Text(plain) => text.extend_from_slice(&plain),
            other => {
                let number = parts.len();
                text.extend_from_slice(&[0, digit(number >> 14), digit(number >> 7), digit(number)]);
                parts.push(Rc::new(other));
            }
        }
    }
    let mut words = Args::default();
    expand_text(b"", &text, &mut words, 0);
    for text in words.iter() {
        list.push(assemble(text, &parts));
    }
}

fn digit(number: usize) -> u8 {
    number as u8 | 0x80
}

/// Finds the first brace expression in `rest`, and goes on with each of its alternatives.
fn expand_text(done: &[u8], rest: &[u8], words: &mut Args, depth: u32) {
    for (at, &byte) in rest.iter().enumerate() {
        if byte == b'{'
            && depth < 100
            && words.len() < MOST
            && let (head, [_, inside @ ..]) = rest.split_at_checked(at).unwrap_or_default()
            && let Some((alternatives, tail)) = group(inside)
        {
            for alternative in alternatives.iter() {
                // An alternative may hold groups of its own, and the tail may, too.
                let mut inner = Args::default();
                expand_text(b"", alternative, &mut inner, depth + 1);
                for middle in inner.iter() {
                    expand_text(&[done, head, middle].concat(), tail, words, depth + 1);
                }
            }
            return;
        }
    }
    words.bytes.extend_from_slice(done);
    words.push(rest);
}

/// The alternatives of the group whose `{` has been passed, and what is behind its `}`.
#[inline(never)]
fn group(rest: &[u8]) -> Option<(Args, &[u8])> {
    let (mut depth, mut start) = (0, 0);
    let mut found = Args::default();
    for (at, &byte) in rest.iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            b',' | b'}' if depth == 0 => {
                let piece = rest.get(start..at)?;
                start = at + 1;
                if byte == b'}' && found.len() == 0 {
                    return sequence(piece).map(|list| (list, rest.get(start..).unwrap_or_default()));
                }
                found.push(piece);
                if byte == b'}' {
                    return Some((found, rest.get(start..)?));
                }
            }
            _ => {}
        }
    }
    None
}

/// Two texts with `..` between them.
fn halves(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = text.split_at_checked(find_literal(text, b"..")?)?;
    Some((first, rest.get(2..)?))
}

/// `1..9`, `a..e`, `1..9..2`, `01..10`.
#[inline(never)]
fn sequence(text: &[u8]) -> Option<Args> {
    let (first, rest) = halves(text)?;
    let (last, step) = match halves(rest) {
        Some((last, step)) => (last, num::parse_i64(step).ok()?),
        None => (rest, 1),
    };
    let step = step.unsigned_abs().max(1);
    let (from, to, letters) = match (first, last) {
        ([a], [b]) if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
            (i64::from(*a), i64::from(*b), true)
        }
        _ => (num::parse_i64(first).ok()?, num::parse_i64(last).ok()?, false),
    };
    let padded = |text: &[u8]| matches!(text.strip_prefix(b"-").unwrap_or(text), [b'0', _, ..]);
    let width = if padded(first) || padded(last) { first.len().max(last.len()) } else { 0 };
    let count = (to.abs_diff(from) / step).saturating_add(1);
    if count > MOST as u64 {
        return None;
    }
    let mut list = Args::default();
    for index in 0..count as i64 {
        let offset = index.wrapping_mul(step as i64);
        let value = if to >= from { from.wrapping_add(offset) } else { from.wrapping_sub(offset) };
        if letters {
            list.push(&[value as u8]);
            continue;
        }
        if value < 0 {
            list.bytes.push(b'-');
        }
        let digits = width.saturating_sub(usize::from(value < 0));
        num::push_radix(&mut list.bytes, value.unsigned_abs(), 10, digits);
        list.end_word();
    }
    Some(list)
}

#[inline(never)]
fn assemble(text: &[u8], parts: &[Rc<Part>]) -> Word {
    let mut word = Word::default();
    let mut rest = text;
    loop {
        let length = rest.iter().position(|&byte| byte == 0).unwrap_or(rest.len());
        let (plain, tail) = rest.split_at_checked(length).unwrap_or_default();
        if !plain.is_empty() {
            word.parts.push(Part::Text(plain.into()));
        }
        let [_, a, b, c, behind @ ..] = tail else { return word };
        let number = [a, b, c].iter().fold(0, |number, &&byte| number << 7 | usize::from(byte & 0x7f));
        if let Some(part) = parts.get(number) {
            word.parts.push(Part::Shared(part.clone()));
        }
        rest = behind;
    }
}
