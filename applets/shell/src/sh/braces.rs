//! Brace expansion: `a{b,c}d`, `{1..9..2}`, `{a..e}`. It is done on the words as they are read, for it knows only text.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::tree::{Part, Word};

/// A byte of unquoted text, or something else that stays whole.
#[derive(Clone)]
enum Piece {
    Byte(u8),
    Whole(Rc<Part>),
}

/// The most words that one word may become; beyond it stays as it is.
const MOST: usize = 1 << 20;

/// Appends `word`, or the words that its braces make of it.
pub fn expand(word: Word, list: &mut Vec<Word>) {
    let candidate = word.parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains(&b'{')));
    if !candidate {
        list.push(word);
        return;
    }
    let mut pieces = Vec::new();
    for part in word.parts {
        match part {
            Part::Text(text) => pieces.extend(text.iter().map(|&byte| Piece::Byte(byte))),
            other => pieces.push(Piece::Whole(Rc::new(other))),
        }
    }
    let mut words = Vec::new();
    expand_pieces(Vec::new(), &pieces, &mut words, 0);
    list.extend(words.into_iter().map(assemble));
}

/// Finds the first brace expression in `rest`, and goes on with each of its alternatives.
fn expand_pieces(mut done: Vec<Piece>, rest: &[Piece], words: &mut Vec<Vec<Piece>>, depth: u32) {
    let mut at = 0;
    while let Some(piece) = rest.get(at) {
        if let Piece::Byte(b'{') = piece
            && depth < 100
            && words.len() < MOST
            && let Some((alternatives, end)) = group(rest.get(at + 1..).unwrap_or_default())
        {
            let tail = rest.get(at + 1 + end..).unwrap_or_default();
            for alternative in alternatives {
                // An alternative may hold groups of its own, and the tail may, too.
                let mut inner = Vec::new();
                expand_pieces(Vec::new(), &alternative, &mut inner, depth + 1);
                for middle in inner {
                    let mut start = done.clone();
                    start.extend(middle);
                    expand_pieces(start, tail, words, depth + 1);
                }
            }
            return;
        }
        done.push(piece.clone());
        at += 1;
    }
    words.push(done);
}

/// The alternatives of the group whose `{` has been passed, and the length up to behind its `}`.
fn group(rest: &[Piece]) -> Option<(Vec<Vec<Piece>>, usize)> {
    let mut depth = 0;
    let mut alternatives = Vec::new();
    let mut current = Vec::new();
    for (at, piece) in rest.iter().enumerate() {
        match piece {
            Piece::Byte(b'{') => depth += 1,
            Piece::Byte(b',') if depth == 0 => {
                alternatives.push(core::mem::take(&mut current));
                continue;
            }
            Piece::Byte(b'}') if depth == 0 => {
                if alternatives.is_empty() {
                    return sequence(&current).map(|list| (list, at + 1));
                }
                alternatives.push(current);
                return Some((alternatives, at + 1));
            }
            Piece::Byte(b'}') => depth -= 1,
            _ => {}
        }
        current.push(piece.clone());
    }
    None
}

/// `1..9`, `a..e`, `1..9..2`, `01..10`.
fn sequence(pieces: &[Piece]) -> Option<Vec<Vec<Piece>>> {
    let mut text = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Byte(byte) => text.push(*byte),
            Piece::Whole(_) => return None,
        }
    }
    let at = text.windows(2).position(|pair| pair == b"..")?;
    let (first, rest) = (text.get(..at)?, text.get(at + 2..)?);
    let (last, step) = match rest.windows(2).position(|pair| pair == b"..") {
        Some(at) => (rest.get(..at)?, num::parse_i64(rest.get(at + 2..)?).ok()?),
        None => (rest, 1),
    };
    let step = step.unsigned_abs().max(1);
    let letters = matches!((first, last), ([a], [b]) if a.is_ascii_alphabetic() && b.is_ascii_alphabetic());
    let (from, to) = if letters {
        (i64::from(*first.first()?), i64::from(*last.first()?))
    } else {
        (num::parse_i64(first).ok()?, num::parse_i64(last).ok()?)
    };
    let padded = |text: &[u8]| {
        let digits = text.strip_prefix(b"-").unwrap_or(text);
        digits.len() > 1 && digits.starts_with(b"0")
    };
    let width = if padded(first) || padded(last) { first.len().max(last.len()) } else { 0 };
    let count = to.abs_diff(from) / step + 1;
    if count > MOST as u64 {
        return None;
    }
    let mut list = Vec::with_capacity(count as usize);
    for index in 0..count as i64 {
        let offset = index.wrapping_mul(step as i64);
        let value = if to >= from { from.wrapping_add(offset) } else { from.wrapping_sub(offset) };
        let mut text = Vec::new();
        if letters {
            text.push(value as u8);
        } else {
            let mut digits = Vec::new();
            num::push_dec(&mut digits, value.unsigned_abs());
            if value < 0 {
                text.push(b'-');
            }
            while text.len() + digits.len() < width {
                text.push(b'0');
            }
            text.extend(digits);
        }
        list.push(text.into_iter().map(Piece::Byte).collect());
    }
    Some(list)
}

fn assemble(pieces: Vec<Piece>) -> Word {
    let mut word = Word::default();
    let mut text = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Byte(byte) => text.push(byte),
            Piece::Whole(part) => {
                if !text.is_empty() {
                    word.parts.push(Part::Text(core::mem::take(&mut text).into()));
                }
                word.parts.push(Part::Shared(part));
            }
        }
    }
    if !text.is_empty() {
        word.parts.push(Part::Text(text.into()));
    }
    word
}
