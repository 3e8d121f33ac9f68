//! What lines are sorted by.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::compare;

/// How two keys compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Order {
    /// Byte by byte.
    #[default]
    Text,
    /// `-n`: a decimal number of any length.
    Numeric,
    /// `-g`: a floating point number.
    General,
    /// `-h`: a number with a unit such as `K`.
    Human,
    /// `-M`: the name of a month.
    Month,
    /// `-V`: a version.
    Version,
    /// `-R`: at random, equal keys together.
    Random,
}

/// A key: which part of a line, and how it compares (POSIX.1-2024 sort, option `-k`).
#[derive(Clone, Debug, Default)]
pub struct Key {
    /// The first field, from 0.
    pub start_field: usize,
    /// The first byte in it, from 0.
    pub start_byte: usize,
    /// Pass over blanks before counting `start_byte`.
    pub start_blanks: bool,
    /// The last field, from 0; `None` for the end of the line.
    pub end_field: Option<usize>,
    /// The number of bytes of the last field; 0 for all of it.
    pub end_byte: usize,
    /// Pass over blanks before counting `end_byte`.
    pub end_blanks: bool,
    /// How it compares.
    pub order: Order,
    /// The other way round.
    pub reverse: bool,
    /// Upper and lower case are the same (`-f`).
    pub fold: bool,
    /// Only blanks, letters and digits count (`-d`).
    pub dictionary: bool,
    /// Only printable bytes count (`-i`).
    pub printable: bool,
}

/// All of an order: the keys in turn, and what follows when they are equal.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// In order of precedence; at least one.
    pub list: Vec<Key>,
    /// The byte between fields; `None`: fields begin where blanks follow something else.
    pub separator: Option<u8>,
    /// Equal keys: compare the whole lines too.
    pub last_resort: bool,
    /// That last comparison the other way round.
    pub reverse: bool,
    /// What makes `-R` differ from run to run.
    pub seed: u64,
}

fn is_blank(byte: u8) -> bool {
    // Within one line; with NUL as the end of lines newlines are blanks.
    byte == b' ' || byte == b'\t' || byte == b'\n'
}

#[inline(never)]
fn skip_blanks(line: &[u8], at: usize) -> usize {
    at + line.get(at..).unwrap_or_default().iter().take_while(|&&byte| is_blank(byte)).count()
}

impl Key {
    /// Whether the key is the whole line as it is, compared byte by byte.
    fn is_whole_text(&self) -> bool {
        let Key {
            start_field, start_byte, start_blanks, end_field, order, fold, dictionary, printable, ..
        } = *self;
        start_field == 0
            && start_byte == 0
            && !start_blanks
            && end_field.is_none()
            && order == Order::Text
            && !(fold || dictionary || printable)
    }

    /// The key's part of a line.
    fn part<'a>(&self, line: &'a [u8], separator: Option<u8>) -> &'a [u8] {
        if self.start_field == 0 && self.start_byte == 0 && !self.start_blanks && self.end_field.is_none() {
            return line;
        }
        let mut start = field(line, self.start_field, separator);
        if self.start_blanks {
            start = skip_blanks(line, start);
        }
        let start = start.saturating_add(self.start_byte).min(line.len());
        let end = match self.end_field {
            None => line.len(),
            Some(last) if self.end_byte == 0 => field_end(line, last, separator),
            Some(last) => {
                let mut end = field(line, last, separator);
                if self.end_blanks {
                    end = skip_blanks(line, end);
                }
                end.saturating_add(self.end_byte).min(line.len())
            }
        };
        line.get(start..end).unwrap_or_default()
    }

    /// Compares two keys.
    fn compare(&self, a: &[u8], b: &[u8], seed: u64) -> Ordering {
        let order = match self.order {
            Order::Text => compare::text(a, b, self),
            Order::Numeric => compare::numeric(a, b),
            Order::General => compare::general(a, b),
            Order::Human => compare::human(a, b),
            Order::Month => compare::month(a).cmp(&compare::month(b)),
            Order::Version => compare::version(a, b, self),
            Order::Random => compare::hash(a, seed).cmp(&compare::hash(b, seed)).then_with(|| a.cmp(b)),
        };
        if self.reverse { order.reverse() } else { order }
    }

    /// The first 128 bits of the key's order: of two keys in order the second's is not smaller.
    /// And whether they are all of it, so that keys with the same are equal.
    fn prefix(&self, part: &[u8], seed: u64) -> (u128, bool) {
        let (bits, exact) = match self.order {
            Order::Text => compare::text_prefix(part, self),
            Order::Numeric => compare::numeric_prefix(part),
            Order::General => (u128::from(compare::general_prefix(part)), true),
            Order::Human => (u128::from(compare::human_prefix(part)), false),
            Order::Month => (u128::from(compare::month(part)), true),
            Order::Version => (0, false),
            Order::Random => (u128::from(compare::hash(part, seed)), false),
        };
        (if self.reverse { !bits } else { bits }, exact)
    }
}

/// Where field `number` (from 0) ends: before its separator, or before the blanks that begin the next one.
fn field_end(line: &[u8], number: usize, separator: Option<u8>) -> usize {
    let start = field(line, number, separator);
    let rest = line.get(start..).unwrap_or_default();
    match separator {
        Some(separator) => start + rest.iter().position(|&byte| byte == separator).unwrap_or(rest.len()),
        None => field(line, number.saturating_add(1), None),
    }
}

/// Where field `number` (from 0) begins; the end of the line if there is none.
#[inline(never)]
fn field(line: &[u8], number: usize, separator: Option<u8>) -> usize {
    let mut at = 0;
    for _ in 0..number {
        let rest = line.get(at..).unwrap_or_default();
        match separator {
            Some(separator) => match rest.iter().position(|&byte| byte == separator) {
                Some(length) => at += length + 1,
                None => return line.len(),
            },
            None => {
                let blanks = rest.iter().take_while(|&&byte| is_blank(byte)).count();
                let text = rest.iter().skip(blanks).take_while(|&&byte| !is_blank(byte)).count();
                at += blanks + text;
                if rest.is_empty() {
                    return line.len();
                }
            }
        }
    }
    at
}

impl Keys {
    /// The first 128 bits of a line's order, without the first `skip` bytes of its first key: those that all have in common.
    /// And whether lines with the same have equal first keys.
    pub fn prefix(&self, line: &[u8], skip: usize) -> (u128, bool) {
        let Some(key) = self.list.first() else { return (0, true) };
        let part = key.part(line, self.separator);
        key.prefix(part.get(skip..).unwrap_or_default(), self.seed)
    }

    /// Whether the first key is compared byte by byte.
    pub fn starts_with_text(&self) -> bool {
        let plain = |key: &Key| key.order == Order::Text && !(key.fold || key.dictionary || key.printable);
        self.list.first().is_some_and(plain)
    }

    /// The first key of a line.
    pub fn first_part<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        self.list.first().map_or(line, |key| key.part(line, self.separator))
    }

    /// Compares two lines by their keys only.
    pub fn compare_keys(&self, a: &[u8], b: &[u8]) -> Ordering {
        self.compare_keys_from(0, a, b)
    }

    #[inline(never)]
    fn compare_keys_from(&self, first: usize, a: &[u8], b: &[u8]) -> Ordering {
        for key in self.list.iter().skip(first) {
            let order = key.compare(key.part(a, self.separator), key.part(b, self.separator), self.seed);
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }

    /// Compares two lines.
    pub fn compare(&self, a: &[u8], b: &[u8]) -> Ordering {
        self.compare_from(0, a, b)
    }

    /// Compares two lines whose first so many keys are equal.
    pub fn compare_from(&self, first: usize, a: &[u8], b: &[u8]) -> Ordering {
        let order = self.compare_keys_from(first, a, b);
        if order.is_ne() || !self.last_resort {
            return order;
        }
        let order = a.cmp(b);
        if self.reverse { order.reverse() } else { order }
    }

    /// Whether the order is that of the lines' bytes, or its reverse: nothing but the bytes has to be looked at.
    pub fn is_plain(&self) -> Option<bool> {
        match self.list.as_slice() {
            [only] if only.is_whole_text() => Some(only.reverse),
            _ => None,
        }
    }
}
