//! Arrays: a hash table with open addressing over a dense list of entries, so that what is iterated over comes in the
//! order it was put in.

use alloc::vec::Vec;
use core::mem;
use regex::Regex;

use crate::number;
use crate::split::{Separator, Splitter};
use crate::value::Value;
use crate::vm::Conversion;

struct Entry {
    hash: u32,
    /// `Value::Num` for whole numbers, however written; [`Value::Uninit`]: deleted.
    key: Key,
    value: Value,
}

/// A subscript in its normal form: whole numbers as such, everything else as text.
pub struct Key(Value);

impl Key {
    /// The normal form of a text.
    #[inline(never)]
    pub fn text(text: &[u8]) -> Key {
        Key(match whole(text) {
            Some(n) => Value::Num(n),
            None => Value::text(text),
        })
    }

    /// The normal form of a number.
    pub fn number(n: usize) -> Key {
        Key(Value::Num(n as f64))
    }

    /// The normal form of a value.
    #[inline(never)]
    pub fn new(value: &Value, conversion: &Conversion) -> Key {
        match value {
            Value::Num(n)
                if n.abs() < LARGEST && number::truncate(*n) == *n && (*n != 0.0 || n.is_sign_positive()) =>
            {
                Key(Value::Num(*n))
            }
            Value::Short(short) if !short.is_numeral() => Key(Value::Short(short.inside())),
            Value::Long(_, text) if whole(text).is_none() => Key(Value::Long(false, text.clone())),
            _ => Key::text(value.to_text(conversion, &mut Vec::new())),
        }
    }

    #[inline(never)]
    fn hash(&self) -> u32 {
        let mixed = match &self.0 {
            Value::Num(n) => mix(*n as i64 as u64, 0x9e37_79b9_7f4a_7c15),
            Value::Short(short) => {
                let (a, b) = short.words();
                mix(a ^ 0x2545_f491_4f6c_dd1d, b ^ 0x9e37_79b9_7f4a_7c15)
            }
            other => {
                let mut state = 0x2545_f491_4f6c_dd1d;
                for part in other.bytes().unwrap_or_default().chunks(8) {
                    let mut word = [0; 8];
                    for (slot, byte) in word.iter_mut().zip(part) {
                        *slot = *byte;
                    }
                    state = mix(state ^ u64::from_le_bytes(word), 0x9e37_79b9_7f4a_7c15 ^ part.len() as u64);
                }
                state
            }
        };
        (mixed ^ mixed >> 32) as u32
    }

    #[inline]
    fn same(&self, other: &Key) -> bool {
        match (&self.0, &other.0) {
            (Value::Num(a), Value::Num(b)) => a == b,
            (Value::Short(a), Value::Short(b)) => a == b,
            (Value::Long(_, a), Value::Long(_, b)) => a == b,
            _ => false,
        }
    }

    fn is_deleted(&self) -> bool {
        matches!(self.0, Value::Uninit)
    }

    /// The subscript as a program sees it: always a text.
    pub fn to_value(&self) -> Value {
        match &self.0 {
            Value::Num(n) => Value::text(num::dec_i64(*n as i64, &mut num::new_buf())),
            other => other.clone(),
        }
    }
}

/// Whole numbers below this are keys as numbers.
const LARGEST: f64 = 1e15;

fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// The number that `text` is the one way of writing of.
#[inline]
fn whole(text: &[u8]) -> Option<f64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let &first = digits.first().filter(|byte| byte.is_ascii_digit())?;
    if digits.len() > 15 || (first == b'0' && (digits.len() > 1 || negative)) {
        return None;
    }
    let mut n = 0i64;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        n = n * 10 + i64::from(digit);
    }
    Some(if negative { -n } else { n } as f64)
}

/// An array.
#[derive(Default)]
pub struct Table {
    entries: Vec<Entry>,
    /// Indices into `entries` plus one; 0 is free. Its length is a power of two, or 0: the keys are consecutive numbers,
    /// in order, and their place is known without it.
    index: Vec<u32>,
    live: usize,
    /// What has been split stays a text, and where its pieces are, until other elements come or some go. A piece that more
    /// was done with than reading is an entry: its bounds are `usize::MAX` and the number of that.
    text: Vec<u8>,
    pieces: Vec<(usize, usize)>,
}

impl Table {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Where the number of a key is in a table without an index.
    #[inline]
    fn place_in_sequence(&self, key: &Key) -> Option<usize> {
        let Value::Num(n) = key.0 else { return None };
        let Key(Value::Num(first)) = self.entries.first()?.key else { return None };
        let place = n - first;
        (place >= 0.0).then_some(place as usize)
    }

    #[inline(never)]
    fn find(&self, key: &Key, hash: u32) -> Option<usize> {
        if self.index.is_empty() {
            return self.place_in_sequence(key).filter(|&place| place < self.entries.len());
        }
        let mask = self.index.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        loop {
            let slot = (*self.index.get(at)? as usize).checked_sub(1)?;
            let entry = self.entries.get(slot)?;
            if entry.hash == hash && entry.key.same(key) {
                return Some(slot);
            }
            at = (at + 1) & mask;
        }
    }

    /// Makes the pieces of a text the elements; their number.
    #[inline(never)]
    pub(crate) fn split(&mut self, text: &[u8], by: Separator, regexes: &mut [Regex]) -> usize {
        self.clear();
        self.text.extend_from_slice(text);
        Splitter::default().all(text, by, regexes, &mut self.pieces);
        self.live = self.pieces.len();
        self.live
    }

    /// The place of the key among the pieces.
    fn place_in_text(&self, key: &Key) -> Option<usize> {
        let Value::Num(n) = key.0 else { return None };
        let place = (n as usize).wrapping_sub(1);
        (place < self.pieces.len()).then_some(place)
    }

    /// The element, if it is still a piece of a text.
    #[inline(never)]
    pub(crate) fn piece(&self, key: &Key) -> Option<&[u8]> {
        let &(start, end) = self.pieces.get(self.place_in_text(key)?)?;
        self.text.get(start..end)
    }

    /// Makes entries of the pieces.
    #[inline(never)]
    fn settle(&mut self) {
        if self.pieces.is_empty() {
            return;
        }
        let mut taken = mem::take(&mut self.entries);
        for (number, (start, end)) in self.pieces.drain(..).enumerate() {
            let value = match self.text.get(start..end) {
                Some(text) => Value::outside(text),
                None => taken
                    .get_mut(end)
                    .map_or(Value::Uninit, |entry| mem::replace(&mut entry.value, Value::Uninit)),
            };
            self.entries.push(Entry { hash: 0, key: Key::number(number + 1), value });
        }
        self.text.clear();
    }

    /// Whether there is an element.
    pub fn contains(&self, key: &Key) -> bool {
        if self.pieces.is_empty() {
            self.find(key, key.hash()).is_some()
        } else {
            self.place_in_text(key).is_some()
        }
    }

    /// The element, which is made if there is none.
    #[inline(never)]
    pub fn entry(&mut self, key: Key) -> &mut Value {
        if let Some(place) = self.place_in_text(&key)
            && let Some(bounds) = self.pieces.get_mut(place)
        {
            let (start, mut slot) = *bounds;
            if let Some(text) = self.text.get(start..slot) {
                slot = self.entries.len();
                *bounds = (usize::MAX, slot);
                self.entries.push(Entry { hash: 0, key, value: Value::outside(text) });
            }
            return &mut self.entries[slot].value;
        }
        self.settle();
        let hash = if self.index.is_empty() { 0 } else { key.hash() };
        let slot = match self.find(&key, hash) {
            Some(slot) => slot,
            None => self.add(key, hash),
        };
        &mut self.entries[slot].value
    }

    /// Adds an element that is not there yet; its place.
    #[inline(never)]
    fn add(&mut self, key: Key, hash: u32) -> usize {
        let mut hash = hash;
        let slot = self.entries.len();
        if self.index.is_empty() {
            let next = if slot == 0 {
                matches!(key.0, Value::Num(_))
            } else {
                self.place_in_sequence(&key) == Some(slot)
            };
            if next {
                self.entries.push(Entry { hash: 0, key, value: Value::Uninit });
                self.live += 1;
                return slot;
            }
            for entry in &mut self.entries {
                entry.hash = entry.key.hash();
            }
            hash = key.hash();
        }
        if (slot + 1) * 4 > self.index.len() * 3 {
            self.rebuild();
        }
        let slot = self.entries.len();
        self.entries.push(Entry { hash, key, value: Value::Uninit });
        self.live += 1;
        self.place(hash, slot);
        slot
    }

    fn place(&mut self, hash: u32, slot: usize) {
        let mask = self.index.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        while let Some(place) = self.index.get_mut(at) {
            if *place == 0 {
                *place = slot as u32 + 1;
                return;
            }
            at = (at + 1) & mask;
        }
    }

    /// Drops deleted entries, and makes room for as many entries again as there are.
    fn rebuild(&mut self) {
        self.entries.retain(|entry| !entry.key.is_deleted());
        let size = (self.entries.len() * 3).next_power_of_two().max(8);
        self.index.clear();
        self.index.resize(size, 0);
        for slot in 0..self.entries.len() {
            if let Some(hash) = self.entries.get(slot).map(|entry| entry.hash) {
                self.place(hash, slot);
            }
        }
    }

    /// Removes an element, if it is there.
    pub fn remove(&mut self, key: &Key) {
        self.settle();
        let Some(mut slot) = self.find(key, key.hash()) else { return };
        if self.index.is_empty() {
            // A gap: from now on with an index.
            for entry in &mut self.entries {
                entry.hash = entry.key.hash();
            }
            self.rebuild();
            slot = self.find(key, key.hash()).unwrap_or(slot);
        }
        if let Some(entry) = self.entries.get_mut(slot) {
            entry.key = Key(Value::Uninit);
            entry.value = Value::Uninit;
            self.live -= 1;
        }
        if self.live == 0 {
            self.clear();
        }
    }

    /// Removes everything.
    #[inline(never)]
    pub fn clear(&mut self) {
        if self.entries.len().max(self.pieces.len()) > 1000 {
            *self = Table::default();
        } else {
            self.entries.clear();
            self.index.clear();
            self.text.clear();
            self.pieces.clear();
            self.live = 0;
        }
    }

    /// All subscripts.
    pub fn keys(&mut self) -> Vec<Value> {
        self.settle();
        let live = self.entries.iter().filter(|entry| !entry.key.is_deleted());
        live.map(|entry| entry.key.to_value()).collect()
    }

    /// All subscripts and elements.
    pub fn take(&mut self) -> Vec<(Value, Value)> {
        self.settle();
        let mut all = Vec::with_capacity(self.live);
        for entry in self.entries.drain(..) {
            if !entry.key.is_deleted() {
                all.push((entry.key.to_value(), entry.value));
            }
        }
        self.clear();
        self.live = 0;
        all
    }
}
