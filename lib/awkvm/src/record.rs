//! The current record: `$0`, and its fields, which are found only as far as they are asked for.

use alloc::rc::Rc;
use alloc::vec::Vec;
use regex::Regex;

use crate::split::{Separator, Splitter, first_word};
use crate::value::Value;
use crate::vm::Conversion;

/// More fields than this are a mistake.
pub const MOST_FIELDS: usize = 50_000_000;

/// The current record.
pub struct Record {
    /// Shared with the values that are the whole record.
    text: Rc<Vec<u8>>,
    /// Start and end of the fields found so far.
    bounds: Vec<(usize, usize)>,
    splitter: Splitter,
    /// All fields have been found.
    complete: bool,
    /// The fields, once one has been assigned to; `bounds` do not count then.
    values: Option<Vec<Value>>,
    /// A field has been assigned to and `text` does not know of it.
    stale: bool,
    /// `$0` was assigned a text that is no number, whatever it looks like.
    is_text: bool,
    /// What separates its fields.
    pub separator: Separator,
    /// What joins fields: OFS.
    pub joint: Vec<u8>,
}

impl Default for Record {
    fn default() -> Record {
        Record {
            text: Rc::default(),
            bounds: Vec::new(),
            splitter: Splitter::default(),
            complete: false,
            values: None,
            stale: false,
            is_text: false,
            separator: Separator::Blanks,
            joint: b" ".to_vec(),
        }
    }
}

/// Room for a text that nobody else holds.
#[inline(never)]
fn fresh(text: &mut Rc<Vec<u8>>) -> Option<&mut Vec<u8>> {
    if Rc::get_mut(text).is_none() {
        *text = Rc::default();
    }
    let own = Rc::get_mut(text)?;
    own.clear();
    Some(own)
}

impl Record {
    /// Begins a record.
    #[inline(never)]
    pub fn set(&mut self, text: &[u8]) {
        if let Some(own) = fresh(&mut self.text) {
            own.extend_from_slice(text);
        }
        self.bounds.clear();
        self.splitter = Splitter::default();
        self.complete = false;
        self.values = None;
        self.stale = false;
        self.is_text = false;
    }

    /// `$0 = value`, where `text` is the value's.
    pub fn assign_whole(&mut self, text: &[u8], value: &Value) {
        self.set(text);
        self.is_text = !value.is_outside() && !matches!(value, Value::Num(_));
    }

    /// Begins a record whose fields are known.
    pub fn set_fields(&mut self, text: &[u8], fields: Vec<Value>) {
        self.set(text);
        self.complete = true;
        self.values = Some(fields);
    }

    /// `$0`.
    #[inline]
    pub fn whole(&mut self, conversion: &Conversion) -> &[u8] {
        if self.stale {
            self.rebuild(conversion);
        }
        &self.text
    }

    /// Puts `$0` together from its fields.
    #[cold]
    #[inline(never)]
    fn rebuild(&mut self, conversion: &Conversion) {
        self.stale = false;
        self.is_text = false;
        let Some(text) = fresh(&mut self.text) else { return };
        for (number, value) in self.values.iter().flatten().enumerate() {
            if number > 0 {
                text.extend_from_slice(&self.joint);
            }
            value.push_text(conversion, text);
        }
    }

    /// Finds fields until there are `count`.
    #[inline(never)]
    fn find(&mut self, count: usize, regexes: &mut [Regex]) {
        if self.separator == Separator::Blanks && !self.complete {
            // The first one alone is often all that is asked for.
            if count == 1 {
                let bounds = &mut self.bounds;
                return if bounds.is_empty() {
                    bounds.extend(first_word(&self.text))
                };
            }
            self.bounds.clear();
            self.splitter.all(&self.text, self.separator, regexes, &mut self.bounds);
            self.complete = true;
        }
        while self.bounds.len() < count && !self.complete {
            match self.splitter.next(&self.text, self.separator, regexes) {
                Some(bounds) => self.bounds.push(bounds),
                None => self.complete = true,
            }
        }
    }

    /// The text of field `number`, which is not 0, if it is a piece of the record.
    #[inline]
    pub fn piece(&mut self, number: usize, regexes: &mut [Regex]) -> Option<&[u8]> {
        if self.values.is_some() {
            return None;
        }
        self.find(number, regexes);
        let bounds = self.bounds.get(number - 1);
        Some(bounds.and_then(|&(start, end)| self.text.get(start..end)).unwrap_or_default())
    }

    /// Field `number`.
    #[inline(never)]
    pub fn field(&mut self, number: usize, conversion: &Conversion, regexes: &mut [Regex]) -> Value {
        let Some(index) = number.checked_sub(1) else {
            self.whole(conversion);
            return if self.is_text { Value::text(&self.text) } else { Value::held(&self.text) };
        };
        if let Some(values) = &self.values {
            return values.get(index).cloned().unwrap_or_else(|| Value::outside(b""));
        }
        self.find(number, regexes);
        match self.bounds.get(index) {
            Some(&(start, end)) => Value::outside(self.text.get(start..end).unwrap_or_default()),
            // A field that is not there is an empty text, not nothing.
            None => Value::outside(b""),
        }
    }

    /// NF.
    #[inline(never)]
    pub fn count(&mut self, regexes: &mut [Regex]) -> usize {
        match &self.values {
            Some(values) => values.len(),
            None => {
                self.find(usize::MAX, regexes);
                self.bounds.len()
            }
        }
    }

    /// Makes values of the fields.
    fn own(&mut self, regexes: &mut [Regex]) -> &mut Vec<Value> {
        if self.values.is_none() {
            self.find(usize::MAX, regexes);
        }
        let (bounds, text) = (&self.bounds, &self.text);
        self.values.get_or_insert_with(|| {
            let piece =
                |&(start, end): &(usize, usize)| Value::outside(text.get(start..end).unwrap_or_default());
            bounds.iter().map(piece).collect()
        })
    }

    /// Assigns to a field that is not `$0`; false if there would be too many.
    pub fn assign(&mut self, number: usize, value: Value, regexes: &mut [Regex]) -> bool {
        if number > MOST_FIELDS {
            return false;
        }
        let values = self.own(regexes);
        if values.len() < number {
            values.resize(number, Value::outside(b""));
        }
        if let Some(slot) = values.get_mut(number.wrapping_sub(1)) {
            *slot = value;
        }
        self.stale = true;
        true
    }

    /// Assigns to NF; false if there would be too many.
    pub fn resize(&mut self, count: usize, regexes: &mut [Regex]) -> bool {
        if count > MOST_FIELDS {
            return false;
        }
        self.own(regexes).resize(count, Value::outside(b""));
        self.stale = true;
        true
    }
}
