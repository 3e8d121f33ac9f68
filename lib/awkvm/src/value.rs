//! Values: nothing yet, a number, or a text that may count as a number.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::number;
use crate::vm::Conversion;

/// Texts up to this length are kept in the value itself.
const ROOM: usize = 14;
/// In [`Short::meta`]: the text came from outside and counts as a number if it looks like one.
const OUTSIDE: u8 = 0x80;

/// A short text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Short {
    meta: u8,
    bytes: [u8; ROOM],
}

/// Copies a short text without a loop: its two ends, which may overlap.
#[inline]
fn pack(text: &[u8]) -> [u8; ROOM] {
    let mut bytes = [0; ROOM];
    let length = text.len();
    if let (Some(head), Some(tail)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        if let Some(place) = bytes.get_mut(length - 8..).and_then(|rest| rest.first_chunk_mut()) {
            *place = *tail;
        }
        if let Some(place) = bytes.first_chunk_mut() {
            *place = *head;
        }
    } else if let (Some(head), Some(tail)) = (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        if let Some(place) = bytes.get_mut(length - 4..).and_then(|rest| rest.first_chunk_mut()) {
            *place = *tail;
        }
        if let Some(place) = bytes.first_chunk_mut() {
            *place = *head;
        }
    } else {
        for (slot, byte) in bytes.iter_mut().zip(text) {
            *slot = *byte;
        }
    }
    bytes
}

impl Short {
    /// The same text as one that does not come from outside.
    #[inline]
    pub(crate) fn inside(self) -> Short {
        Short { meta: self.meta & !OUTSIDE, ..self }
    }

    /// Whether it may be a whole number.
    #[inline]
    pub(crate) fn is_numeral(&self) -> bool {
        let [first, ..] = self.bytes;
        first.is_ascii_digit() || first == b'-'
    }

    #[inline]
    fn text(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.meta & !OUTSIDE)).unwrap_or_default()
    }

    /// The text as two words.
    #[inline]
    pub(crate) fn words(&self) -> (u64, u64) {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = self.bytes;
        (
            u64::from_le_bytes([a, b, c, d, e, f, g, h]),
            u64::from_le_bytes([i, j, k, l, m, n, self.meta & !OUTSIDE, 0]),
        )
    }
}

/// A value; an array only as a local variable of a function.
#[derive(Clone, Debug)]
pub enum Value {
    /// Nothing has been assigned yet.
    Uninit,
    /// A number.
    Num(f64),
    /// A short text.
    Short(Short),
    /// A longer text, and whether it came from outside.
    Long(bool, Rc<Vec<u8>>),
    /// An array of a caller.
    Array(u32),
    /// An array that ends with its function.
    OwnArray(u32),
    /// A regular expression of the program, as an argument of a built-in function.
    Regex(u32),
}

impl Value {
    /// A text; `outside`: it counts as a number if it looks like one.
    #[inline(never)]
    pub fn new(text: &[u8], outside: bool) -> Value {
        if text.len() <= ROOM {
            let bytes = pack(text);
            Value::Short(Short { meta: text.len() as u8 | if outside { OUTSIDE } else { 0 }, bytes })
        } else {
            Value::Long(outside, Rc::new(text.to_vec()))
        }
    }

    /// A text of its own.
    #[inline]
    pub fn text(text: &[u8]) -> Value {
        Value::new(text, false)
    }

    /// A text from outside.
    #[inline]
    pub fn outside(text: &[u8]) -> Value {
        Value::new(text, true)
    }

    /// A text from outside that somebody else holds too; one with much room to spare is left to them.
    #[inline]
    pub(crate) fn held(text: &Rc<Vec<u8>>) -> Value {
        if text.len() <= ROOM || text.capacity() / 2 > text.len() {
            Value::outside(text)
        } else {
            Value::Long(true, text.clone())
        }
    }

    /// A text that is already in memory of its own.
    pub fn owned(text: Vec<u8>) -> Value {
        if text.len() <= ROOM { Value::text(&text) } else { Value::Long(false, Rc::new(text)) }
    }

    /// 1 or 0.
    #[inline]
    pub fn truth(yes: bool) -> Value {
        Value::Num(f64::from(u8::from(yes)))
    }

    /// The text, if it is one.
    #[inline]
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Short(short) => Some(short.text()),
            Value::Long(_, text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is a text that counts as a number if it looks like one.
    #[inline]
    pub fn is_outside(&self) -> bool {
        match self {
            Value::Short(short) => short.meta & OUTSIDE != 0,
            Value::Long(outside, _) => *outside,
            _ => false,
        }
    }

    /// Makes it a number.
    #[inline]
    pub fn set_number(&mut self, number: f64) {
        match self {
            Value::Num(n) => *n = number,
            other => *other = Value::Num(number),
        }
    }

    /// Adds to it; what it was.
    #[inline]
    pub fn step(&mut self, by: i8) -> f64 {
        let old = self.number();
        self.set_number(old + f64::from(by));
        old
    }

    /// Its value as a number.
    #[inline]
    pub fn number(&self) -> f64 {
        match self {
            Value::Num(n) => *n,
            _ => self.other_number(),
        }
    }

    #[inline(never)]
    fn other_number(&self) -> f64 {
        self.bytes().map_or(0.0, |text| number::scan(text).0)
    }

    /// Its number, if it counts as one.
    #[inline(never)]
    pub fn numeric(&self) -> Option<f64> {
        match self {
            Value::Num(n) => Some(*n),
            _ => match self.bytes() {
                Some(text) if self.is_outside() => number::numeric(text),
                Some(_) => None,
                None => Some(0.0),
            },
        }
    }

    /// Whether it is true as a condition.
    #[inline(never)]
    pub fn is_true(&self) -> bool {
        match self {
            Value::Num(n) => *n != 0.0,
            _ => match self.numeric() {
                Some(n) => n != 0.0,
                None => self.bytes().is_some_and(|text| !text.is_empty()),
            },
        }
    }

    /// Its text; a number's is made in `buf`.
    #[inline(never)]
    pub fn to_text<'a>(&'a self, conversion: &Conversion, buf: &'a mut Vec<u8>) -> &'a [u8] {
        match self {
            Value::Short(short) => short.text(),
            Value::Long(_, text) => text,
            Value::Num(n) => {
                buf.clear();
                number::push_number(*n, &conversion.convfmt, conversion.slow, buf);
                buf
            }
            _ => b"",
        }
    }

    /// Appends its text.
    #[inline(never)]
    pub fn push_text(&self, conversion: &Conversion, out: &mut Vec<u8>) {
        match self {
            Value::Num(n) => number::push_number(*n, &conversion.convfmt, conversion.slow, out),
            _ => out.extend_from_slice(self.bytes().unwrap_or_default()),
        }
    }

    /// Compares as awk does: as numbers if both count as such, else as texts. `None`: one is not a number.
    #[inline(never)]
    pub fn compare(&self, other: &Value, conversion: &Conversion) -> Option<Ordering> {
        // Nothing is equal to 0 and to the empty text.
        if let (Some(a), Some(b)) = (self.numeric(), other.numeric()) {
            return a.partial_cmp(&b);
        }
        let (mut left, mut right) = (Vec::new(), Vec::new());
        Some(self.to_text(conversion, &mut left).cmp(other.to_text(conversion, &mut right)))
    }

    /// Appends `text` to this text, in place if nobody else holds it.
    #[inline(never)]
    pub fn append(&mut self, text: &[u8], conversion: &Conversion) {
        if let Value::Long(outside, shared) = self
            && let Some(own) = Rc::get_mut(shared)
        {
            *outside = false;
            own.extend_from_slice(text);
            return;
        }
        let mut all = Vec::with_capacity(64 + text.len());
        self.push_text(conversion, &mut all);
        all.extend_from_slice(text);
        *self = Value::owned(all);
    }
}
