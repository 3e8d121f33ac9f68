//! The stack machine.

use super::{Array, Bc, Function, Op, Outcome, PAGE, Place, Stop};
use alloc::rc::Rc;
use alloc::vec::Vec;
use bignum::{Failure, Number};
use core::cmp::Ordering;

/// So many calls may be open at a time.
const DEEPEST: usize = 100_000;
/// The largest index of an array.
const LAST_INDEX: i64 = 16_777_215;

/// A call.
pub struct Frame {
    function: Rc<Function>,
    next: usize,
    /// What the call's names meant before it.
    saved: Vec<Saved>,
}

enum Saved {
    Variable(u32, Number),
    /// `true`: what it means now is to be freed.
    Array(u32, usize, bool),
}

fn failed(failure: Failure) -> Stop {
    Stop::Error(match failure {
        Failure::Zero => b"divide by zero",
        Failure::Negative => b"square root of a negative number",
        Failure::Large => b"number too large",
    })
}

impl Bc<'_, '_> {
    /// Runs the statements of a line.
    pub fn execute(&mut self, unit: Rc<Function>) -> Outcome {
        self.frames.push(Frame { function: unit, next: 0, saved: Vec::new() });
        let result = self.run();
        // A mistake may have left calls open.
        while let Some(frame) = self.frames.pop() {
            self.restore(frame.saved);
        }
        self.stack.clear();
        self.array_arguments.clear();
        result
    }

    fn run(&mut self) -> Outcome {
        while let Some(frame) = self.frames.last() {
            let function = frame.function.clone();
            let mut next = frame.next;
            // Until a call or a return.
            loop {
                let Some(&op) = function.ops.get(next) else {
                    self.frames.pop();
                    break;
                };
                next += 1;
                match op {
                    Op::Jump(to) => next = to as usize,
                    Op::JumpIfZero(to) => {
                        if self.pop().is_zero() {
                            next = to as usize;
                        }
                        if self.cx.out.failed() {
                            return Err(Stop::Quit);
                        }
                    }
                    Op::JumpIfNot(to) => {
                        if !self.pop().is_zero() {
                            next = to as usize;
                        }
                    }
                    Op::Call(id, kinds) => {
                        if let Some(frame) = self.frames.last_mut() {
                            frame.next = next;
                        }
                        let kinds =
                            function.strings.get(kinds as usize).map(Vec::as_slice).unwrap_or_default();
                        self.call(id, kinds)?;
                        break;
                    }
                    Op::Return => {
                        if let Some(frame) = self.frames.pop() {
                            self.restore(frame.saved);
                        }
                        break;
                    }
                    _ => self.simple(op, &function)?,
                }
            }
        }
        Ok(())
    }

    fn pop(&mut self) -> Number {
        self.stack.pop().unwrap_or_default()
    }

    fn push(&mut self, value: Number) {
        self.stack.push(value);
    }

    fn simple(&mut self, op: Op, function: &Function) -> Outcome {
        match op {
            Op::Number(index) => {
                let mut numbers = function.numbers.borrow_mut();
                let Some(constant) = numbers.get_mut(index as usize) else { return Ok(()) };
                // A digit alone is not cut to the base.
                let base = if constant.text.len() == 1 { 36 } else { self.ibase };
                if constant.base != base {
                    constant.value = Number::parse(&constant.text, base).map_err(failed)?;
                    constant.base = base;
                }
                let value = constant.value.clone();
                self.push(value);
            }
            Op::Load(place) => {
                let index = self.index(place)?;
                let value = self.load(place, index);
                self.push(value);
            }
            Op::Store(place, keep) => {
                let value = self.pop();
                self.assign(place, value, keep)?;
            }
            Op::Update(place, operator, keep) => {
                let right = self.pop();
                let index = self.index(place)?;
                let left = self.load(place, index);
                let value = self.binary(operator, &left, &right)?;
                self.store(place, index, value, keep)?;
            }
            Op::Step(place, minus, before, keep) => {
                let index = self.index(place)?;
                let old = self.load(place, index);
                let new = old.add(&Number::from_u64(1), minus);
                self.store(place, index, new, keep && !before)?;
                if keep && before {
                    self.push(old);
                }
            }
            Op::Binary(operator) => {
                let right = self.pop();
                let left = self.pop();
                let value = self.binary(operator, &left, &right)?;
                self.push(value);
            }
            Op::Compare(code) => {
                let right = self.pop();
                let order = self.pop().compare(&right);
                let holds = match code & 0x7f {
                    b'<' => order == Ordering::Less || code & 0x80 != 0 && order == Ordering::Equal,
                    b'>' => order == Ordering::Greater || code & 0x80 != 0 && order == Ordering::Equal,
                    b'=' => order == Ordering::Equal,
                    _ => order != Ordering::Equal,
                };
                self.push(Number::from_u64(holds.into()));
            }
            Op::Negate => {
                if let Some(top) = self.stack.last_mut() {
                    top.negate();
                }
            }
            Op::Not => {
                let zero = self.pop().is_zero();
                self.push(Number::from_u64(zero.into()));
            }
            Op::Print => {
                let value = self.pop();
                self.print(&value)?;
                self.write(b"\n");
                self.last = value;
            }
            Op::PrintPart => {
                let value = self.pop();
                self.print(&value)?;
                self.last = value;
            }
            Op::Text(index, escapes) => {
                let text = function.strings.get(index as usize).map(Vec::as_slice).unwrap_or_default();
                if escapes { self.write(&unescape(text)) } else { self.write(text) }
            }
            Op::Pop => {
                self.pop();
            }
            Op::Array(name) => self.array_arguments.push(name),
            Op::Length => {
                let value = self.pop();
                let digits = (value.whole_digits() + value.scale()).max(1);
                self.push(Number::from_u64(digits as u64));
            }
            Op::Root => {
                let value = self.pop().root(self.scale).map_err(failed)?;
                self.push(value);
            }
            Op::ScaleOf => {
                let scale = self.pop().scale();
                self.push(Number::from_u64(scale as u64));
            }
            Op::Read => {
                let value = self.read_number()?;
                self.push(value);
            }
            Op::Limits => self.write(
                b"BC_BASE_MAX     = 2147483647\nBC_DIM_MAX      = 16777215\nBC_SCALE_MAX    = 2147483647\n\
BC_STRING_MAX   = 2147483647\nMAX Exponent    = 9223372036854775807\nNumber of vars  = 32767\n",
            ),
            // Those of the loop above, and the end.
            _ => return Err(Stop::Quit),
        }
        Ok(())
    }

    fn binary(&mut self, operator: u8, left: &Number, right: &Number) -> Outcome<Number> {
        let scale = self.scale;
        match operator {
            b'+' => Ok(left.add(right, false)),
            b'-' => Ok(left.add(right, true)),
            b'*' => left.multiply(right, scale),
            b'/' => left.divide(right, scale),
            b'%' => left.divide_rest(right, scale).map(|(_, rest)| rest),
            _ => {
                if right.scale() > 0 && !right.add(&right.rescale(0), true).is_zero() {
                    self.warning(b"fraction of the exponent ignored");
                }
                let exponent = right.to_i64().ok_or(Stop::Error(b"exponent too large"))?;
                left.power(exponent, scale)
            }
        }
        .map_err(failed)
    }

    /// The index of an element, from the stack.
    fn index(&mut self, place: Place) -> Outcome<usize> {
        let Place::Element(name) = place else { return Ok(0) };
        match self.pop().to_i64() {
            Some(index @ 0..=LAST_INDEX) => Ok(index as usize),
            _ => Err(Stop::Name(b": subscript out of bounds", name)),
        }
    }

    /// The array that a name stands for, which is made if it has none.
    fn array(&mut self, name: u32) -> usize {
        let bound = self.arrays.get(name as usize).copied().unwrap_or(0);
        if bound != 0 {
            return bound;
        }
        let new = self.new_array(Vec::new());
        if let Some(slot) = self.arrays.get_mut(name as usize) {
            *slot = new;
        }
        new
    }

    fn new_array(&mut self, array: Array) -> usize {
        match self.free.pop() {
            Some(free) => {
                if let Some(slot) = self.pool.get_mut(free) {
                    *slot = array;
                }
                free
            }
            None => {
                self.pool.push(array);
                self.pool.len() - 1
            }
        }
    }

    fn load(&mut self, place: Place, index: usize) -> Number {
        match place {
            Place::Variable(name) => self.variables.get(name as usize).cloned().unwrap_or_default(),
            Place::Element(name) => {
                let array = self.array(name);
                let page = self.pool.get(array).and_then(|array| array.get(index / PAGE));
                page.and_then(|page| page.get(index % PAGE)).cloned().unwrap_or_default()
            }
            Place::Scale => Number::from_u64(self.scale as u64),
            Place::Ibase => Number::from_u64(self.ibase.into()),
            Place::Obase => self.obase.clone(),
            Place::Last => self.last.clone(),
        }
    }

    /// Assigns; the index of an element is on the stack.
    fn assign(&mut self, place: Place, value: Number, keep: bool) -> Outcome {
        let index = self.index(place)?;
        self.store(place, index, value, keep)
    }

    fn store(&mut self, place: Place, index: usize, value: Number, keep: bool) -> Outcome {
        if keep {
            self.push(value.clone());
        }
        match place {
            Place::Variable(name) => {
                if let Some(slot) = self.variables.get_mut(name as usize) {
                    *slot = value;
                }
            }
            Place::Element(name) => {
                let array = self.array(name);
                let Some(array) = self.pool.get_mut(array) else { return Ok(()) };
                if array.len() <= index / PAGE {
                    array.resize(index / PAGE + 1, Vec::new());
                }
                let Some(page) = array.get_mut(index / PAGE) else { return Ok(()) };
                if page.len() <= index % PAGE {
                    page.resize(index % PAGE + 1, Number::default());
                }
                if let Some(slot) = page.get_mut(index % PAGE) {
                    *slot = value;
                }
            }
            Place::Scale => {
                self.scale = self.limited(&value, 0, i32::MAX.into(), b"scale out of range") as usize;
            }
            Place::Ibase => self.ibase = self.limited(&value, 2, 36, b"ibase out of range") as u32,
            Place::Obase => {
                let base = self.limited(&value, 2, i32::MAX.into(), b"obase out of range");
                self.obase = Number::from_u64(base as u64);
            }
            Place::Last => self.last = value,
        }
        Ok(())
    }

    /// A whole number brought into a range.
    fn limited(&mut self, value: &Number, least: i64, most: i64, why: &'static [u8]) -> i64 {
        let number = value.to_i64().unwrap_or(if value.is_negative() { i64::MIN } else { i64::MAX });
        if number < least || number > most {
            self.warning(why);
        }
        number.clamp(least, most)
    }

    fn call(&mut self, id: u32, kinds: &[u8]) -> Outcome {
        let function = self.functions.get(id as usize).cloned().flatten();
        let function = function.ok_or(Stop::Name(b": no such function", id))?;
        let parameters =
            function.parameters.iter().map(|parameter| if parameter.array { b'a' } else { b'v' });
        if !parameters.eq(kinds.iter().copied()) {
            return Err(Stop::Name(b": parameters do not match", id));
        }
        if self.frames.len() >= DEEPEST {
            return Err(Stop::Error(b"too many calls in calls"));
        }
        let mut saved = Vec::with_capacity(function.parameters.len() + function.locals.len());
        // The arguments mean what their names do before the call.
        let arrays = kinds.iter().filter(|&&kind| kind == b'a').count();
        let names = self.array_arguments.split_off(self.array_arguments.len().saturating_sub(arrays));
        let mut bound = Vec::with_capacity(names.len());
        for name in names {
            bound.push(self.array(name));
        }
        for parameter in function.parameters.iter().rev() {
            let name = parameter.name;
            if !parameter.array {
                let value = self.pop();
                self.bind(name, value, &mut saved);
                continue;
            }
            let mut array = bound.pop().unwrap_or(0);
            if !parameter.by_reference {
                let copy = self.pool.get(array).cloned().unwrap_or_default();
                array = self.new_array(copy);
            }
            self.bind_array(name, array, !parameter.by_reference, &mut saved);
        }
        for local in &function.locals {
            if local.array {
                let array = self.new_array(Vec::new());
                self.bind_array(local.name, array, true, &mut saved);
            } else {
                self.bind(local.name, Number::default(), &mut saved);
            }
        }
        self.frames.push(Frame { function, next: 0, saved });
        Ok(())
    }

    fn bind(&mut self, name: u32, value: Number, saved: &mut Vec<Saved>) {
        if let Some(slot) = self.variables.get_mut(name as usize) {
            saved.push(Saved::Variable(name, core::mem::replace(slot, value)));
        }
    }

    fn bind_array(&mut self, name: u32, array: usize, own: bool, saved: &mut Vec<Saved>) {
        if let Some(slot) = self.arrays.get_mut(name as usize) {
            saved.push(Saved::Array(name, core::mem::replace(slot, array), own));
        }
    }

    /// Gives names the meanings back that they had before a call.
    fn restore(&mut self, saved: Vec<Saved>) {
        for saved in saved.into_iter().rev() {
            match saved {
                Saved::Variable(name, value) => {
                    if let Some(slot) = self.variables.get_mut(name as usize) {
                        *slot = value;
                    }
                }
                Saved::Array(name, before, own) => {
                    let Some(slot) = self.arrays.get_mut(name as usize) else { continue };
                    let array = core::mem::replace(slot, before);
                    if own && let Some(slot) = self.pool.get_mut(array) {
                        slot.clear();
                        self.free.push(array);
                    }
                }
            }
        }
    }

    fn print(&mut self, value: &Number) -> Outcome {
        let mut digits = core::mem::take(&mut self.text);
        digits.clear();
        let result = value.push(&self.obase, &mut digits);
        self.write(&digits);
        self.text = digits;
        result.map_err(failed)
    }

    /// Writes, breaking long lines.
    fn write(&mut self, text: &[u8]) {
        let mut broken = Vec::with_capacity(text.len() + text.len() / 32);
        bignum::push_wrapped(text, self.width, &mut self.column, &mut broken);
        self.cx.out.write(&broken);
    }
}

/// The escapes of `print`.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        const LETTERS: &[u8] = b"a\x07b\x08f\x0cn\nr\rt\tq\"\\\\";
        let letter = bytes.next();
        if let Some(&[_, meaning]) = LETTERS.chunks(2).find(|pair| pair.first() == letter) {
            plain.push(meaning);
        }
    }
    plain
}
