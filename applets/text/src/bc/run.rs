//! The stack machine.

use super::{Array, BY_REFERENCE, Bc, Code, Function, IBASE, IS_ARRAY, LAST, OBASE, Op, PAGE, Place, SCALE};
use alloc::rc::Rc;
use alloc::vec::Vec;
use bignum::Number;

/// So many calls may be open at a time.
const DEEPEST: usize = 100_000;
/// The largest index of an array.
const LAST_INDEX: i64 = 16_777_215;

/// A call.
pub struct Frame {
    function: Rc<Function>,
    next: usize,
    /// How many meanings were saved before it.
    saved: usize,
}

/// What a name meant before a call.
pub enum Saved {
    Variable(u32, Number),
    Array(u32, Rc<Array>),
}

impl Bc<'_, '_> {
    /// Runs the statements of a line.
    pub fn execute(&mut self, unit: Rc<Function>) {
        self.frames.push(Frame { function: unit, next: 0, saved: 0 });
        self.run();
        // A mistake may have left calls open.
        self.frames.clear();
        self.restore(0);
        self.stack.clear();
        self.array_arguments.clear();
    }

    fn run(&mut self) {
        while let Some(frame) = self.frames.last() {
            let function = frame.function.clone();
            let mut next = frame.next;
            // Until a call or a return.
            while let Some(&op) = function.ops.get(next) {
                next += 1;
                match op.code {
                    Code::Jump => next = op.operand as usize,
                    Code::JumpIfZero | Code::JumpIfNot => {
                        if self.pop().is_zero() == (op.code == Code::JumpIfZero) {
                            next = op.operand as usize;
                        }
                        if self.cx.out.failed() {
                            self.fail(b"");
                        }
                    }
                    Code::Call => {
                        if let Some(frame) = self.frames.last_mut() {
                            frame.next = next;
                        }
                        self.call(op.operand);
                        break;
                    }
                    Code::Return => {
                        next = usize::MAX;
                        break;
                    }
                    _ => self.simple(op, &function),
                }
                if self.stop.is_some() {
                    return;
                }
            }
            if self.stop.is_some() {
                return;
            }
            if next >= function.ops.len()
                && let Some(frame) = self.frames.pop()
            {
                self.restore(frame.saved);
            }
        }
    }

    fn pop(&mut self) -> Number {
        self.stack.pop().unwrap_or_default()
    }

    fn push(&mut self, value: Number) {
        self.stack.push(value);
    }

    fn push_count(&mut self, count: usize) {
        self.push(Number::from_u64(count as u64));
    }

    fn simple(&mut self, op: Op, function: &Function) {
        match op.code {
            Code::Number => {
                let mut constants = function.constants.borrow_mut();
                let Some(constant) = constants.get_mut(op.operand as usize) else { return };
                // A digit alone is not cut to the base.
                let base = if constant.text.len() == 1 { 36 } else { self.ibase };
                if constant.base != base {
                    constant.value = Number::parse(&constant.text, base, true);
                    constant.base = base;
                }
                self.push(constant.value.clone());
            }
            Code::Load => {
                let index = self.index(op.operand);
                let value = self.load(op.operand, index);
                self.push(value);
            }
            Code::Store | Code::Update | Code::Step | Code::StepLater => self.assign(op),
            Code::Binary => {
                let right = self.pop();
                let mut left = self.pop();
                self.binary(op.operator, &mut left, &right);
                self.push(left);
            }
            Code::Negate => {
                if let Some(top) = self.stack.last_mut() {
                    top.negate();
                }
            }
            Code::Not => {
                let zero = self.pop().is_zero();
                self.push_count(zero.into());
            }
            Code::Print | Code::PrintPart => {
                let value = self.pop();
                let mut digits = Vec::new();
                value.push(self.obase, &mut digits);
                if op.code == Code::Print {
                    digits.push(b'\n');
                }
                self.write(&digits);
                self.store(2 * LAST, 0, value);
            }
            Code::Text | Code::TextPart | Code::Kinds => {
                let constants = function.constants.borrow();
                let Some(constant) = constants.get(op.operand as usize) else { return };
                match op.code {
                    Code::Text => self.write(&constant.text),
                    Code::TextPart => self.write(&unescape(&constant.text)),
                    _ => self.kinds = constant.text.clone(),
                }
            }
            Code::Pop => {
                self.pop();
            }
            Code::Array => {
                if let Some(name) = self.names.get(op.operand as usize) {
                    self.array_arguments.push(name.array.clone());
                }
            }
            Code::Length => {
                let value = self.pop();
                self.push_count((value.whole_digits() + value.scale()).max(1));
            }
            Code::Root => match self.pop().root(self.scale) {
                Ok(root) => self.push(root),
                Err(why) => {
                    self.fail(why);
                }
            },
            Code::ScaleOf => {
                let scale = self.pop().scale();
                self.push_count(scale);
            }
            Code::Read => {
                let value = self.read_number();
                self.push(value);
            }
            Code::Limits => self.write(
                b"BC_BASE_MAX     = 2147483647\nBC_DIM_MAX      = 16777215\nBC_SCALE_MAX    = 2147483647\n\
BC_STRING_MAX   = 2147483647\nMAX Exponent    = 9223372036854775807\nNumber of vars  = 32767\n",
            ),
            // Those of the loop above, and the end.
            _ => {
                self.fail(b"");
            }
        }
    }

    /// Applies an operator to `left`; a comparison, with an equals sign behind it if its highest bit is set, gives 1 or 0.
    fn binary(&mut self, operator: u8, left: &mut Number, right: &Number) {
        if matches!(operator & 0x7f, b'<' | b'>' | b'=' | b'!') {
            let order = left.compare(right);
            let holds = match operator & 0x7f {
                b'<' => order.is_lt() || operator != b'<' && order.is_eq(),
                b'>' => order.is_gt() || operator != b'>' && order.is_eq(),
                b'=' => order.is_eq(),
                _ => order.is_ne(),
            };
            *left = Number::from_u64(holds.into());
            return;
        }
        if operator == b'^' && !right.is_whole() {
            self.warning(b"fraction of the exponent ignored");
        }
        if let Err(why) = left.operate(operator, right, self.scale) {
            let too_large = operator == b'^' && right.to_i64().is_none();
            self.fail(if too_large { b"exponent too large" } else { why });
        }
    }

    /// The index of an element, from the stack.
    fn index(&mut self, place: Place) -> usize {
        if place.is_multiple_of(2) {
            return 0;
        }
        match self.pop().to_i64() {
            Some(index @ 0..=LAST_INDEX) => index as usize,
            _ => {
                self.fail_at(b": subscript out of bounds", place / 2);
                0
            }
        }
    }

    fn load(&mut self, place: Place, index: usize) -> Number {
        let Some(name) = self.names.get(place as usize / 2) else { return Number::default() };
        if place.is_multiple_of(2) {
            return name.value.clone();
        }
        let array = name.array.borrow();
        array.get(index / PAGE).and_then(|page| page.get(index % PAGE)).cloned().unwrap_or_default()
    }

    fn assign(&mut self, op: Op) {
        let place = op.operand;
        let step = matches!(op.code, Code::Step | Code::StepLater);
        let mut value = if step { Number::from_u64(1) } else { self.pop() };
        let index = self.index(place);
        if op.code != Code::Store {
            let right = value;
            value = self.load(place, index);
            if op.keep && op.code == Code::StepLater {
                self.push(value.clone());
            }
            self.binary(op.operator, &mut value, &right);
        }
        if self.stop.is_some() {
            return;
        }
        if op.keep && op.code != Code::StepLater {
            self.push(value.clone());
        }
        self.store(place, index, value);
    }

    pub fn store(&mut self, place: Place, index: usize, mut value: Number) {
        let id = place / 2;
        let range: Option<(i64, i64, &'static [u8])> = match id {
            SCALE => Some((0, i32::MAX.into(), b"scale out of range")),
            IBASE => Some((2, 36, b"ibase out of range")),
            OBASE => Some((2, i32::MAX.into(), b"obase out of range")),
            _ => None,
        };
        if let Some((least, most, why)) = range {
            let number = value.to_i64().unwrap_or(if value.is_negative() { i64::MIN } else { i64::MAX });
            let allowed = number.clamp(least, most);
            if number != allowed {
                self.warning(why);
            }
            match id {
                SCALE => self.scale = allowed as usize,
                IBASE => self.ibase = allowed as u32,
                _ => self.obase = allowed as u32,
            }
            value = Number::from_u64(allowed as u64);
        }
        let Some(name) = self.names.get_mut(id as usize) else { return };
        if place.is_multiple_of(2) {
            name.value = value;
            return;
        }
        let mut array = name.array.borrow_mut();
        if array.len() <= index / PAGE {
            array.resize(index / PAGE + 1, Vec::new());
        }
        let Some(page) = array.get_mut(index / PAGE) else { return };
        if page.len() <= index % PAGE {
            page.resize(index % PAGE + 1, Number::default());
        }
        if let Some(slot) = page.get_mut(index % PAGE) {
            *slot = value;
        }
    }

    fn call(&mut self, id: u32) {
        let Some(function) = self.names.get(id as usize).and_then(|name| name.function.clone()) else {
            self.fail_at(b": no such function", id);
            return;
        };
        let (parameters, locals) = function.locals.split_at_checked(function.parameters).unwrap_or_default();
        let kinds = parameters.iter().map(|local| if local & IS_ARRAY != 0 { b'a' } else { b'v' });
        if !kinds.eq(self.kinds.iter().copied()) {
            self.fail_at(b": parameters do not match", id);
            return;
        }
        if self.frames.len() >= DEEPEST {
            self.fail(b"too many calls in calls");
        }
        let saved = self.saved.len();
        for &parameter in parameters.iter().rev() {
            self.bind(parameter, true);
        }
        for &local in locals {
            self.bind(local, false);
        }
        self.frames.push(Frame { function, next: 0, saved });
    }

    /// Gives a parameter its argument; any other local has nothing.
    fn bind(&mut self, local: u32, parameter: bool) {
        let (mut array, mut value) = (Rc::default(), Number::default());
        if parameter && local & IS_ARRAY == 0 {
            value = self.pop();
        } else if parameter && let Some(argument) = self.array_arguments.pop() {
            array = if local & BY_REFERENCE != 0 { argument } else { Rc::new(Array::clone(&argument)) };
        }
        let id = local / 4;
        let Some(name) = self.names.get_mut(id as usize) else { return };
        self.saved.push(if local & IS_ARRAY != 0 {
            Saved::Array(id, core::mem::replace(&mut name.array, array))
        } else {
            Saved::Variable(id, core::mem::replace(&mut name.value, value))
        });
    }

    /// Gives names the meanings back that they had when so many were saved.
    fn restore(&mut self, count: usize) {
        while self.saved.len() > count {
            match self.saved.pop() {
                Some(Saved::Variable(id, value)) => {
                    if let Some(name) = self.names.get_mut(id as usize) {
                        name.value = value;
                    }
                }
                Some(Saved::Array(id, array)) => {
                    if let Some(name) = self.names.get_mut(id as usize) {
                        name.array = array;
                    }
                }
                None => {}
            }
        }
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
