//! Sets of units: character classes, case variants, and bracket expressions (XBD 9.3.5).

use crate::Error;
use crate::unit;
use alloc::vec::Vec;

/// A set of units: ranges `lo << 32 | hi`. Sorted, disjoint and not adjacent after [`Set::finish`].
pub(crate) struct Set {
    pub(crate) ranges: Vec<u64>,
    utf8: bool,
}

/// The classes in ASCII: name, 0xFE, pairs of first and last byte, 0xFF.
const CLASSES: &[u8] = b"alnum\xFE09AZaz\xFFalpha\xFEAZaz\xFFblank\xFE\t\t  \xFFcntrl\xFE\0\x1F\x7F\x7F\xFFdigit\xFE09\xFF\
graph\xFE!~\xFFlower\xFEaz\xFFprint\xFE ~\xFFpunct\xFE!/:@[`{~\xFFspace\xFE\t\r  \xFFupper\xFEAZ\xFFxdigit\xFE09AFaf\xFF\
word\xFE09AZ__az";

// Places of the classes in `CLASSES`.
const ALNUM: usize = 0;
const ALPHA: usize = 1;
const BLANK: usize = 2;
const CNTRL: usize = 3;
const GRAPH: usize = 5;
const LOWER: usize = 6;
const PRINT: usize = 7;
const PUNCT: usize = 8;
const SPACE: usize = 9;
const UPPER: usize = 10;
const WORD: usize = 12;

impl Set {
    pub(crate) fn new(utf8: bool) -> Set {
        Set { ranges: Vec::new(), utf8 }
    }

    #[inline(never)]
    pub(crate) fn add(&mut self, lo: u32, hi: u32) {
        self.ranges.push(u64::from(lo) << 32 | u64::from(hi));
    }

    /// The greatest unit there is.
    fn max(&self) -> u32 {
        if self.utf8 { unit::MAX_UTF8 } else { 0xFF }
    }

    /// Adds the class called `name`; `word` is the one behind `\w`. False if there is none of that name.
    #[inline(never)]
    pub(crate) fn add_class(&mut self, name: &[u8]) -> bool {
        for (number, class) in CLASSES.split(|&b| b == 0xFF).enumerate() {
            let Some((0xFE, pairs)) =
                class.strip_prefix(name).and_then(<[u8]>::split_first).map(|(&b, s)| (b, s))
            else {
                continue;
            };
            for pair in pairs.chunks_exact(2) {
                if let [lo, hi] = *pair {
                    self.add(u32::from(lo), u32::from(hi));
                }
            }
            if self.utf8 {
                self.add_class_beyond_ascii(number);
            }
            return true;
        }
        false
    }

    /// `number`: index in `CLASSES`.
    #[cold]
    #[inline(never)]
    fn add_class_beyond_ascii(&mut self, number: usize) {
        let one_of = |set: usize| set >> number & 1 == 1;
        if one_of(1 << ALNUM | 1 << ALPHA | 1 << WORD) {
            self.add_letters();
        } else if one_of(1 << BLANK | 1 << SPACE) {
            self.add_table(&unit::SPACES);
        } else if one_of(1 << LOWER | 1 << UPPER) {
            unit::cased(number == UPPER, &mut |c| self.add(c, c));
        } else if number == CNTRL {
            self.add(0x80, 0x9F);
        } else if one_of(1 << GRAPH | 1 << PRINT | 1 << PUNCT) {
            let mut not = Set::new(true);
            not.add(0, 0x9F);
            not.add(unit::STRAY, unit::MAX_UTF8);
            if number != PRINT {
                not.add_table(&unit::SPACES);
            }
            if number == PUNCT {
                not.add_letters();
            }
            not.finish();
            not.negate();
            self.ranges.extend_from_slice(&not.ranges);
        }
    }

    #[inline(never)]
    fn add_table(&mut self, table: &[(u16, u16)]) {
        for &(lo, hi) in table {
            self.add(u32::from(lo), u32::from(hi));
        }
    }

    #[inline(never)]
    fn add_letters(&mut self) {
        self.add_table(&unit::LETTERS);
        self.add(0x1_0000, 0x1_CFFF);
        self.add(0x1_D400, 0x1_D7FF);
        self.add(0x2_0000, 0x3_FFFF);
    }

    /// Adds the other case of every member.
    #[cold]
    pub(crate) fn add_case_variants(&mut self) {
        // Beyond U+FFFF nothing folds here; below, at most every letter is looked at once per range.
        self.finish();
        for at in 0..self.ranges.len() {
            let Some(&range) = self.ranges.get(at) else { break };
            let (lo, hi) = split(range);
            for c in lo..=hi.min(0xFFFF) {
                let folded = unit::fold(c, self.utf8);
                if folded != c {
                    self.add(folded, folded);
                }
                unit::unfold(folded, self.utf8, &mut |other| {
                    self.ranges.push(u64::from(other) << 32 | u64::from(other))
                });
            }
        }
    }

    /// Sorts and joins the ranges.
    #[inline(never)]
    pub(crate) fn finish(&mut self) {
        sort(&mut self.ranges);
        let mut joined: Vec<u64> = Vec::new();
        for &range in &self.ranges {
            let (lo, hi) = split(range);
            match joined.last_mut() {
                Some(last) if lo <= split(*last).1.saturating_add(1) => {
                    *last = *last & !0xFFFF_FFFF | u64::from(split(*last).1.max(hi));
                }
                _ => joined.push(range),
            }
        }
        self.ranges = joined;
    }

    /// Turns a finished set into its complement, finished too.
    #[inline(never)]
    pub(crate) fn negate(&mut self) {
        let mut gaps = Set::new(self.utf8);
        let mut from = 0;
        for &range in &self.ranges {
            let (lo, hi) = split(range);
            if lo > from {
                gaps.add(from, lo - 1);
            }
            from = hi.saturating_add(1);
        }
        if from <= self.max() {
            gaps.add(from, self.max());
        }
        self.ranges = gaps.ranges;
    }
}

/// First and last unit of a range.
pub(crate) fn split(range: u64) -> (u32, u32) {
    ((range >> 32) as u32, range as u32)
}

/// Sorts in place (Shell's sort: the code is small and the lists are mostly short).
pub(crate) fn sort<T: Copy + PartialOrd>(list: &mut [T]) {
    let mut gap = list.len() / 2;
    while gap > 0 {
        for i in gap..list.len() {
            let mut k = i;
            while let (Some(&a), Some(&b)) = (list.get(k.wrapping_sub(gap)), list.get(k)) {
                if k < gap || a <= b {
                    break;
                }
                list.swap(k - gap, k);
                k -= gap;
            }
        }
        gap = if gap == 2 { 1 } else { gap * 5 / 11 };
    }
}

/// Reads bracket expressions from `pattern`, whose `[` ended just before `pos`.
pub(crate) struct Bracket<'a> {
    pub(crate) pattern: &'a [u8],
    pub(crate) pos: usize,
    pub(crate) utf8: bool,
    pub(crate) icase: bool,
    /// A complemented list leaves out the newline.
    pub(crate) newline: bool,
}

/// One element of a bracket expression.
enum Item {
    Unit(u32),
    /// A class or equivalence class, which can end no range.
    Class,
}

impl Bracket<'_> {
    #[inline(never)]
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.pattern.get(self.pos + ahead).copied()
    }

    /// The whole expression; `pos` is then after its `]`.
    #[inline(never)]
    pub(crate) fn parse(&mut self) -> Result<Set, Error> {
        let mut set = Set::new(self.utf8);
        let negated = self.peek(0) == Some(b'^');
        self.pos += usize::from(negated);
        let start = self.pos;
        loop {
            let at = self.pos;
            if self.peek(0) == Some(b']') && at > start {
                self.pos += 1;
                break;
            }
            let dash = self.peek(0) == Some(b'-');
            let first = self.item(&mut set)?;
            let ranged = self.peek(0) == Some(b'-') && self.peek(1).is_some_and(|b| b != b']');
            if dash && at > start && !ranged && self.peek(0) != Some(b']') {
                // `[a-c-e]`: only as the first or last element, or to begin a range, is `-` itself.
                return Err(if self.peek(0).is_none() { Error::Bracket } else { Error::Range });
            }
            let Item::Unit(lo) = first else {
                if ranged {
                    return Err(Error::Range);
                }
                continue;
            };
            let mut hi = lo;
            if ranged {
                self.pos += 1;
                match self.item(&mut set)? {
                    Item::Unit(end) if end >= lo => hi = end,
                    _ => return Err(Error::Range),
                }
            }
            set.add(lo, hi);
        }
        if self.icase {
            set.add_case_variants();
        }
        if negated && self.newline {
            set.add(10, 10);
        }
        set.finish();
        if negated {
            set.negate();
        }
        Ok(set)
    }

    /// One unit, `[.x.]`, or a class, which is added to `set`.
    fn item(&mut self, set: &mut Set) -> Result<Item, Error> {
        let Some(c) = self.peek(0) else { return Err(Error::Bracket) };
        let kind = self.peek(1).unwrap_or(0);
        if c != b'[' || !matches!(kind, b':' | b'.' | b'=') {
            return Ok(Item::Unit(self.unit()));
        }
        self.pos += 2;
        let rest = self.pattern.get(self.pos..).unwrap_or(&[]);
        let Some(len) = rest.windows(2).position(|w| w == [kind, b']']) else { return Err(Error::Bracket) };
        let name = rest.get(..len).unwrap_or(&[]);
        if kind == b':' {
            if name == b"word" || !set.add_class(name) {
                return Err(Error::Class);
            }
            self.pos += len + 2;
            return Ok(Item::Class);
        }
        // `[.].]` and `[=]=]`: the closing pair is searched after the element itself.
        let after = self.pos + len;
        if len == 0 {
            return Err(Error::Collate);
        }
        let c = self.unit();
        if self.pos != after {
            return Err(Error::Collate);
        }
        self.pos = after + 2;
        if kind == b'=' {
            set.add(c, c);
            return Ok(Item::Class);
        }
        Ok(Item::Unit(c))
    }

    /// The unit at `pos`, which moves past it.
    fn unit(&mut self) -> u32 {
        let rest = self.pattern.get(self.pos..).unwrap_or(&[]);
        let (c, len) = if self.utf8 { unit::first(rest) } else { (rest.first().map_or(0, |&b| b.into()), 1) };
        self.pos += len;
        c
    }
}
