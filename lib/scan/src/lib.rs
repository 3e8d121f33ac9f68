//! The inner loops of searching, through which every byte of a text goes: compiled for speed, unlike what calls them.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec;
use alloc::vec::Vec;

/// Transitions from this value on are not plain: [`run`] and [`run_pairs`] stop there.
pub const SPECIAL: u32 = 1 << 31;

/// Index of the first `byte` in `text`. One copy of memchr's inlined head for all.
#[inline(never)]
#[must_use]
pub fn index_of(byte: u8, text: &[u8]) -> Option<usize> {
    memchr::memchr(byte, text)
}

/// Follows plain transitions of an automaton from `at` on. Returns position and state where one is not plain.
#[inline(never)]
#[must_use]
pub fn run(rows: &[u32], map: &[u16; 256], text: &[u8], at: usize, state: u32) -> (usize, u32) {
    let mut state = state;
    let rest = text.get(at..).unwrap_or(&[]);
    for (i, &b) in rest.iter().enumerate() {
        let column = map.get(usize::from(b)).copied().unwrap_or(0);
        match rows.get(state as usize + usize::from(column)) {
            Some(&next) if next < SPECIAL => state = next,
            _ => return (at + i, state),
        }
    }
    (at + rest.len(), state)
}

/// The same over pairs of units, in rows of `columns * columns` entries. Stops before the pair that is not plain.
#[inline(never)]
#[must_use]
pub fn run_pairs(
    pairs: &[u32],
    map: &[u16; 256],
    columns: u32,
    text: &[u8],
    at: usize,
    row: u32,
) -> (usize, u32) {
    let (mut at, mut row) = (at, row);
    let column = |b: u8| u32::from(map.get(usize::from(b)).copied().unwrap_or(0));
    for pair in text.get(at..).unwrap_or(&[]).chunks_exact(2) {
        let &[a, b] = pair else { break };
        match pairs.get((row + column(a) * columns + column(b)) as usize) {
            Some(&next) if next < SPECIAL => row = next,
            _ => break,
        }
        at += 2;
    }
    (at, row)
}

/// The first occurrence of `needle` at or after `from`, by way of its byte number `rare`. `fold`: the needle is in
/// lower case, and that of ASCII letters does not matter.
#[inline(never)]
#[must_use]
pub fn find(needle: &[u8], rare: usize, fold: bool, text: &[u8], from: usize) -> Option<usize> {
    let byte = *needle.get(rare)?;
    let other = if fold { byte.to_ascii_uppercase() } else { byte };
    let mut at = from + rare;
    loop {
        let rest = text.get(at..)?;
        at += if fold { memchr::memchr2(byte, other, rest) } else { memchr::memchr(byte, rest) }?;
        let begin = at - rare;
        let there = text.get(begin..begin + needle.len())?;
        let same = |(&a, &b): (&u8, &u8)| a == b || (fold && a.to_ascii_lowercase() == b);
        if there.iter().zip(needle).all(same) {
            return Some(begin);
        }
        at += 1;
    }
}

/// Bits of a hash value of three bytes, and of one of a word.
const TAIL_BITS: u32 = 15;
const WORD_BITS: u32 = 19;

/// The shortest words that are worth it, the longest window, and how much of a word is looked at.
const LEAST: usize = 3;
const MOST: usize = 8;
const LONGEST: usize = 63;

/// Finds where one of many words may begin, as Wu and Manber do: the last three bytes of a window as long as the
/// shortest word tell how far the next place is where a word could begin. ASCII case is not looked at.
#[derive(Default)]
pub struct Words {
    length: usize,
    /// How far to go on after each three bytes.
    shifts: Vec<u8>,
    /// A bit for each hash value of a word.
    known: Vec<u8>,
    /// A bit for each length of a word.
    lengths: u64,
    /// The words, each behind a byte that says how long it is, and by hash value where they are: 0 is free.
    text: Vec<u8>,
    table: Vec<u32>,
}

fn tail_hash(a: u8, b: u8, c: u8) -> usize {
    let bits = |byte: u8| usize::from(byte | 0x20);
    (bits(a) << 10 ^ bits(b) << 5 ^ bits(c)) & ((1 << TAIL_BITS) - 1)
}

fn hash_on(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte | 0x20)).wrapping_mul(0x0100_0193)
}

/// Index of the byte and the bit in `known`.
fn place(hash: u32) -> (usize, u8) {
    let number = (hash ^ hash >> WORD_BITS) as usize & ((1 << WORD_BITS) - 1);
    (number / 8, 1 << (number % 8))
}

impl Words {
    /// For `count` words of which the shortest has `shortest` bytes; `None` if that is too short.
    #[must_use]
    pub fn new(shortest: usize, count: usize) -> Option<Words> {
        let length = shortest.min(MOST);
        let shift = length.checked_sub(LEAST)? as u8 + 1;
        Some(Words {
            length,
            shifts: vec![shift; 1 << TAIL_BITS],
            known: vec![0; 1 << (WORD_BITS - 3)],
            lengths: 0,
            text: vec![0],
            table: vec![0; (count * 2).next_power_of_two()],
        })
    }

    /// Whether there are no words.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds a word.
    pub fn add(&mut self, word: &[u8]) {
        let head = word.get(..self.length).unwrap_or(word);
        for (shift, three) in (0..self.length - LEAST + 1).rev().zip(head.windows(3)) {
            if let &[a, b, c] = three
                && let Some(known) = self.shifts.get_mut(tail_hash(a, b, c))
            {
                *known = (*known).min(shift as u8);
            }
        }
        let word = word.get(..LONGEST).unwrap_or(word);
        let hash = word.iter().fold(0, |hash, &byte| hash_on(hash, byte));
        let (at, bit) = place(hash);
        if let Some(byte) = self.known.get_mut(at) {
            *byte |= bit;
        }
        self.lengths |= 1 << word.len();
        let (mask, mut at) = (self.table.len() - 1, hash as usize);
        while let Some(slot) = self.table.get_mut(at & mask) {
            if *slot == 0 {
                *slot = self.text.len() as u32;
                self.text.push(word.len() as u8);
                self.text.extend_from_slice(word);
                return;
            }
            at += 1;
        }
    }

    /// Whether `text`, whose hash value is `hash`, is a word.
    #[cold]
    fn has(&self, text: &[u8], hash: u32) -> bool {
        let (mask, mut at) = (self.table.len() - 1, hash as usize);
        while let Some(&start) = self.table.get(at & mask).filter(|&&start| start > 0) {
            if let Some((&length, rest)) = self.text.get(start as usize..).and_then(<[u8]>::split_first)
                && usize::from(length) == text.len()
                && rest.iter().zip(text).all(|(a, b)| a | 0x20 == b | 0x20)
            {
                return true;
            }
            at += 1;
        }
        false
    }

    /// Whether `text` begins with a word, or with as much of one as is looked at.
    fn begins(&self, text: &[u8]) -> bool {
        let (mut hash, mut lengths) = (0, self.lengths);
        for (number, &byte) in text.iter().enumerate() {
            hash = hash_on(hash, byte);
            lengths >>= 1;
            let (at, bit) = place(hash);
            if lengths & 1 == 1
                && self.known.get(at).is_some_and(|bits| bits & bit != 0)
                && self.has(text.get(..=number).unwrap_or_default(), hash)
            {
                return true;
            }
            if lengths == 0 {
                break;
            }
        }
        false
    }

    /// The first place at or after `from` where a word may begin: none begins before it.
    #[inline(never)]
    #[must_use]
    pub fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        loop {
            let window = text.get(at..at + self.length)?;
            let &[.., a, b, c] = window else { return None };
            let shift = self.shifts.get(tail_hash(a, b, c)).copied().unwrap_or(1);
            at += usize::from(shift);
            if shift == 0 {
                if self.begins(text.get(at..).unwrap_or(&[])) {
                    return Some(at);
                }
                at += 1;
            }
        }
    }
}
