//! Arrays, as bash has them: elements by number (`a[2]`) or, after `declare -A`, by name.
//!
//! The element that `$a` means is the variable's own value, so that all that knows nothing of arrays goes on as it is;
//! the others stand beside it, sorted.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::expand::quote;
use super::shell::*;
use super::symbols::*;
use super::tree::{List, Word};

/// An element of `a=(…)`, expanded.
pub struct Value {
    pub subscript: Option<Vec<u8>>,
    pub append: bool,
    pub text: Vec<u8>,
}

impl Var {
    /// Whether it has a value, or an array any.
    pub fn has_any(&self) -> bool {
        self.flags & SET != 0 || !self.others().is_empty()
    }

    fn others(&self) -> &[Item] {
        self.rest.as_ref().map_or(&[], |rest| rest)
    }

    /// One more than the largest number of an element.
    fn end(&self) -> i64 {
        match self.others().last() {
            Some(item) => item.key.number.saturating_add(1),
            None => i64::from(self.flags & SET != 0),
        }
    }

    fn place(&self, key: &Key) -> Result<usize, usize> {
        self.others().binary_search_by(|item| item.key.cmp(key))
    }
}

impl Key {
    fn is_own(&self) -> bool {
        self.number == 0 && self.name.is_empty()
    }
}

/// `name[subscript]`
pub fn split_element(word: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = word.iter().position(|&byte| byte == b'[')?;
    let (name, rest) = word.split_at_checked(at)?;
    let subscript = rest.get(1..)?.strip_suffix(b"]")?;
    is_name(name).then_some((name, subscript))
}

impl Shell {
    /// The element that a subscript means.
    pub fn key(&mut self, sym: Sym, subscript: &Word) -> Run<Key> {
        let text = self.expand_single(subscript)?;
        self.key_of(sym, &text)
    }

    pub fn key_of(&mut self, sym: Sym, text: &[u8]) -> Run<Key> {
        if self.symbols.get(sym).var.flags & KEYED == 0 {
            let number = self.arithmetic_text(text)?;
            return self.key_at(sym, number);
        }
        if text.is_empty() {
            return self.bad_subscript(sym);
        }
        let name: &[u8] = if text == b"0" { b"" } else { text };
        Ok(Key { number: 0, name: name.into() })
    }

    /// The element of a number, which counts from the end if it is negative.
    pub fn key_at(&mut self, sym: Sym, mut number: i64) -> Run<Key> {
        if number < 0 {
            number += self.symbols.get(sym).var.end();
        }
        if number < 0 {
            return self.bad_subscript(sym);
        }
        Ok(Key { number, ..Key::default() })
    }

    #[cold]
    fn bad_subscript<T>(&mut self, sym: Sym) -> Run<T> {
        let name = self.symbols.get(sym).name.clone();
        self.wrong(&[&name, b": bad array subscript"])
    }

    /// The value of an element, if it has one.
    pub fn element(&mut self, sym: Sym, key: &Key) -> Option<&[u8]> {
        if key.is_own() {
            return self.var(sym);
        }
        // What changes by itself is brought up to date.
        self.var(sym);
        let var = &self.symbols.get(sym).var;
        let item = var.others().get(var.place(key).ok()?)?;
        Some(&item.value)
    }

    /// Assigns to an element.
    pub fn set_element(&mut self, sym: Sym, key: Key, append: bool, value: &[u8]) -> Run {
        let flags = self.symbols.get(sym).var.flags;
        let old = if append { self.element(sym, &key).unwrap_or_default().to_vec() } else { Vec::new() };
        let text = self.added(flags, old, value)?;
        if key.is_own() {
            return self.set(sym, &text);
        }
        if flags & READONLY != 0 {
            return self.read_only(sym);
        }
        self.change(sym, |var| {
            let place = var.place(&key);
            let list = Rc::make_mut(var.rest.get_or_insert_default());
            match place {
                Ok(at) => {
                    if let Some(item) = list.get_mut(at) {
                        item.value = text;
                    }
                }
                Err(at) => list.insert(at, Item { key, value: text }),
            }
            if var.flags & KEYED == 0 {
                var.flags |= ARRAY;
            }
        });
        Ok(())
    }

    /// What `+=` makes of an older value: text behind it, or a sum.
    #[inline(never)]
    pub fn added(&mut self, flags: u8, mut old: Vec<u8>, more: &[u8]) -> Run<Vec<u8>> {
        if flags & INTEGER != 0 {
            return Ok(decimal(self.arithmetic_text(&old)?.wrapping_add(self.arithmetic_text(more)?)));
        }
        old.extend_from_slice(more);
        Ok(old)
    }

    pub fn unset_element(&mut self, sym: Sym, key: &Key) -> Run {
        if self.symbols.get(sym).var.flags & READONLY != 0 {
            return self.read_only(sym);
        }
        self.change(sym, |var| {
            if key.is_own() {
                var.flags &= !SET;
                var.value = Vec::new();
            } else if let Ok(at) = var.place(key)
                && let Some(list) = &mut var.rest
            {
                Rc::make_mut(list).remove(at);
            }
        });
        Ok(())
    }

    /// Calls `each` with the keys of all elements, as text, and their values.
    pub fn each_element(&mut self, sym: Sym, each: &mut dyn FnMut(&Key, &[u8])) {
        self.var(sym);
        let var = &self.symbols.get(sym).var;
        if var.flags & SET != 0 {
            each(&Key::default(), &var.value);
        }
        for item in var.others() {
            each(&item.key, &item.value);
        }
    }

    /// The values of the elements, of those with a number from `first` on.
    pub fn elements(&mut self, sym: Sym, first: i64) -> Args {
        let mut words = Args::default();
        self.each_element(sym, &mut |key, value| {
            if key.number >= first {
                words.push(value);
            }
        });
        words
    }

    /// `${!a[@]}`
    pub fn keys(&mut self, sym: Sym) -> Args {
        let mut words = Args::default();
        self.each_element(sym, &mut |key, _| words.push(&key_text(key)));
        words
    }

    /// How `${a[@]:from:count}` counts `from` from the end.
    pub fn end_of_array(&self, sym: Sym) -> i64 {
        self.symbols.get(sym).var.end()
    }

    /// Expands what stands in the parentheses of `a=(…)`.
    pub fn expand_list(&mut self, list: &List) -> Run<Vec<Value>> {
        let mut values = Vec::with_capacity(list.items.len());
        for item in &list.items {
            if let Some(subscript) = &item.subscript {
                let subscript = Some(self.expand_single(subscript)?);
                let text = self.expand_single(&item.value)?;
                values.push(Value { subscript, append: item.append, text });
                continue;
            }
            let mut words = self.take_args();
            let result = self.expand_word(&item.value, &mut words);
            for word in words.iter() {
                values.push(Value { subscript: None, append: false, text: word.to_vec() });
            }
            self.give_args(words);
            result?;
        }
        Ok(values)
    }

    /// `a=(…)` or `a+=(…)`
    pub fn assign_list(&mut self, sym: Sym, append: bool, values: &[Value]) -> Run {
        if self.symbols.get(sym).var.flags & READONLY != 0 {
            return self.read_only(sym);
        }
        self.change(sym, |var| {
            if var.flags & KEYED == 0 {
                var.flags |= ARRAY;
            }
            if !append {
                var.flags &= !SET;
                var.value = Vec::new();
                var.rest = None;
            }
        });
        let mut next = self.end_of_array(sym);
        for value in values {
            let key = match &value.subscript {
                Some(subscript) => self.key_of(sym, subscript)?,
                None if self.symbols.get(sym).var.flags & KEYED != 0 => return self.bad_subscript(sym),
                None => Key { number: next, ..Key::default() },
            };
            next = key.number.saturating_add(1);
            self.set_element(sym, key, value.append, &value.text)?;
        }
        Ok(())
    }

    /// The values of `words` as an array.
    pub fn assign_words(&mut self, sym: Sym, words: &Args) -> Run {
        let values: Vec<Value> =
            words.iter().map(|word| Value { subscript: None, append: false, text: word.to_vec() }).collect();
        self.assign_list(sym, false, &values)
    }

    /// Does the `name=(…)` among the operands of `declare` and the like that was expanded to `name`.
    pub fn assign_declared(&mut self, sym: Sym) -> Run {
        let Some(at) = self.lists.iter().rposition(|list| list.0 == sym) else { return Ok(()) };
        let (_, append, values) = self.lists.remove(at);
        self.assign_list(sym, append, &values)
    }

    /// Adds `([key]='value' …)`.
    pub fn push_array(&mut self, sym: Sym, text: &mut Vec<u8>) {
        text.push(b'(');
        self.each_element(sym, &mut |key, value| {
            if text.last() != Some(&b'(') {
                text.push(b' ');
            }
            text.push(b'[');
            let name = key_text(key);
            if key.name.is_empty() {
                text.extend_from_slice(&name)
            } else {
                quote(&name, text)
            }
            text.extend_from_slice(b"]=");
            quote(value, text);
        });
        text.push(b')');
    }
}

fn key_text(key: &Key) -> Vec<u8> {
    if key.name.is_empty() { decimal(key.number) } else { key.name.to_vec() }
}
