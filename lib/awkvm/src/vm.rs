//! The state of a running program, and what its instructions share.

use alloc::vec::Vec;
use applet::{Context, Error, Result};
use regex::Regex;

use crate::code::{Arith, Opd, Program};
use crate::record::Record;
use crate::split::{Separator, Splitter};
use crate::substitute::Job;
use crate::table::{Key, Table};
use crate::value::Value;

/// How numbers become text.
pub struct Conversion {
    /// CONVFMT.
    pub convfmt: Vec<u8>,
    /// OFMT.
    pub ofmt: Vec<u8>,
    /// Appends a number in any format.
    pub slow: fn(&[u8], f64, &mut Vec<u8>),
}

/// The variables that mean something to the machine.
pub mod special {
    #![allow(missing_docs)]
    pub const NF: u8 = 0;
    pub const NR: u8 = 1;
    pub const FNR: u8 = 2;
    pub const OFS: u8 = 3;
    pub const ORS: u8 = 4;
    pub const SUBSEP: u8 = 5;
    pub const CONVFMT: u8 = 6;
    pub const OFMT: u8 = 7;
    /// From here on the host is told.
    pub const FS: u8 = 8;
    pub const RS: u8 = 9;
    pub const IGNORECASE: u8 = 10;
    pub const FIELDWIDTHS: u8 = 11;
    pub const FPAT: u8 = 12;
    pub const COUNT: usize = 13;
}

/// What a program asks of its surroundings.
pub trait Host {
    /// Calls a built-in function; its arguments on the stack are replaced by its value.
    fn builtin(&mut self, vm: &mut Vm, id: u8, count: usize) -> Result;
    /// Reads the next record of the main input; false at its end.
    fn next_record(&mut self, vm: &mut Vm) -> Result<bool>;
    /// Skips the rest of the current file.
    fn next_file(&mut self, vm: &mut Vm);
    /// `getline`: from the main input (0), a file (1) or a command (2), whose name is `from`. Leaves `status`, and
    /// either a new record or a `result`.
    fn getline(&mut self, vm: &mut Vm, kind: u8, from: &Value, record: bool) -> Result;
    /// `sub` and `gsub` in `text`; leaves `status`, the count, and if that is not 0 a `result`.
    fn substitute(
        &mut self,
        vm: &mut Vm,
        regex: usize,
        replacement: &Value,
        text: &Value,
        global: bool,
    ) -> Result;
    /// Formats `count` values on the stack, which stay there, as `printf` does.
    fn format(&mut self, vm: &mut Vm, count: usize, out: &mut Vec<u8>) -> Result;
    /// Writes to a file (`>`, `a` to append) or a command (`|`).
    fn write(&mut self, vm: &mut Vm, mode: u8, name: &Value, text: &[u8]) -> Result;
    /// The number of a regular expression that is known only now.
    fn regex(&mut self, vm: &mut Vm, pattern: &Value) -> Result<usize>;
    /// A special variable has been assigned to.
    fn assigned(&mut self, vm: &mut Vm, id: u8) -> Result;
}

/// Where a function was called.
pub(crate) struct Frame {
    pub(crate) back: usize,
    pub(crate) base: usize,
    pub(crate) iterations: usize,
    pub(crate) arrays: bool,
}

/// A running `for (key in array)`.
pub(crate) struct Iteration {
    pub(crate) keys: alloc::vec::IntoIter<Value>,
}

/// The state of a running program.
pub struct Vm<'c, 'a> {
    /// Its surroundings.
    pub cx: &'c mut Context<'a>,
    /// Temporary values, arguments and local variables.
    pub stack: Vec<Value>,
    /// Global variables.
    pub globals: Vec<Value>,
    /// Arrays: the global ones, at the numbers of their variables, then local ones.
    pub arrays: Vec<Table>,
    pub(crate) free: Vec<u32>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) iterations: Vec<Iteration>,
    pub(crate) base: usize,
    pub(crate) ranges: Vec<bool>,
    /// The current record.
    pub record: Record,
    /// How numbers become text.
    pub conversion: Conversion,
    /// Regular expressions: those of the program, then others.
    pub regexes: Vec<Regex>,
    /// The values of special variables.
    pub specials: Vec<Value>,
    /// NR.
    pub nr: f64,
    /// FNR.
    pub fnr: f64,
    /// ORS.
    pub ors: Vec<u8>,
    /// SUBSEP.
    pub subsep: Vec<u8>,
    /// What the last `getline` or `sub` has for its variable.
    pub result: Option<Value>,
    /// What the last `getline` or `sub` gave.
    pub status: f64,
    /// The exit status.
    pub exit: u8,
    /// Texts are UTF-8.
    pub utf8: bool,
    pub(crate) ending: bool,
    pub(crate) text: Vec<u8>,
}

impl<'c, 'a> Vm<'c, 'a> {
    /// A machine for `program`, whose regular expressions it takes.
    pub fn new(
        cx: &'c mut Context<'a>,
        program: &mut Program,
        slow: fn(&[u8], f64, &mut Vec<u8>),
    ) -> Vm<'c, 'a> {
        let six = b"%.6g";
        let text = |value: &[u8]| Value::text(value);
        let specials = [
            Value::Uninit,
            Value::Uninit,
            Value::Uninit,
            text(b" "),
            text(b"\n"),
            text(b"\x1c"),
            text(six),
            text(six),
            text(b" "),
            text(b"\n"),
            Value::Num(0.0),
            Value::Uninit,
            Value::Uninit,
        ];
        let utf8 = cx.utf8();
        let mut vm = Vm {
            cx,
            stack: Vec::with_capacity(256),
            globals: Vec::new(),
            arrays: Vec::new(),
            free: Vec::new(),
            frames: Vec::new(),
            iterations: Vec::new(),
            base: 0,
            ranges: alloc::vec![false; program.ranges],
            record: Record::default(),
            conversion: Conversion { convfmt: six.to_vec(), ofmt: six.to_vec(), slow },
            regexes: core::mem::take(&mut program.regexes),
            specials: specials.into(),
            nr: 0.0,
            fnr: 0.0,
            ors: b"\n".to_vec(),
            subsep: b"\x1c".to_vec(),
            result: None,
            status: 0.0,
            exit: 0,
            utf8,
            ending: false,
            text: Vec::new(),
        };
        vm.globals.resize(program.globals, Value::Uninit);
        vm.arrays.resize_with(program.globals.max(1), Table::default);
        vm
    }

    /// Removes the top of the stack.
    #[inline]
    pub fn pop(&mut self) -> Value {
        self.stack.pop().unwrap_or(Value::Uninit)
    }

    /// Puts a value on the stack.
    #[inline]
    pub fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    /// The value of an operand.
    #[inline(never)]
    pub(crate) fn take(&mut self, from: Opd, constants: &[Value]) -> Value {
        let index = from.index();
        match from.kind() {
            Opd::CONST => constants.get(index).cloned().unwrap_or(Value::Uninit),
            Opd::GLOBAL => self.globals.get(index).cloned().unwrap_or(Value::Uninit),
            Opd::LOCAL => self.stack.get(self.base + index).cloned().unwrap_or(Value::Uninit),
            Opd::FIELD => self.record.field(index, &self.conversion, &mut self.regexes),
            _ => self.pop(),
        }
    }

    /// The number of an operand that is a constant or a variable, if it is nothing but a number.
    #[inline(always)]
    pub(crate) fn plain(&self, from: Opd, constants: &[Value]) -> Option<f64> {
        let index = from.index();
        let value = match from.kind() {
            Opd::CONST => constants.get(index),
            Opd::GLOBAL => self.globals.get(index),
            Opd::LOCAL => self.stack.get(self.base + index),
            _ => None,
        };
        match value {
            Some(Value::Num(n)) => Some(*n),
            _ => None,
        }
    }

    /// The number of an operand.
    #[inline(always)]
    pub(crate) fn number(&mut self, from: Opd, constants: &[Value]) -> f64 {
        if from == Opd::STACK
            && let Some(Value::Num(n)) = self.stack.last()
        {
            let n = *n;
            self.stack.pop();
            return n;
        }
        match self.plain(from, constants) {
            Some(n) => n,
            None => self.other_number(from, constants),
        }
    }

    #[inline(never)]
    fn other_number(&mut self, from: Opd, constants: &[Value]) -> f64 {
        if from.kind() == Opd::FIELD {
            self.field_number(from.index())
        } else {
            self.take(from, constants).number()
        }
    }

    /// Leaves a number at an operand's place.
    #[inline(always)]
    pub(crate) fn put_number(&mut self, to: Opd, number: f64) {
        match self.slot(to) {
            Some(Value::Num(n)) => *n = number,
            Some(slot) => *slot = Value::Num(number),
            None => self.stack.push(Value::Num(number)),
        }
    }

    #[inline(never)]
    fn field_number(&mut self, index: usize) -> f64 {
        if index > 0
            && let Some(text) = self.record.piece(index, &mut self.regexes)
        {
            return crate::number::scan(text).0;
        }
        self.record.field(index, &self.conversion, &mut self.regexes).number()
    }

    /// Leaves a value at an operand's place.
    #[inline]
    pub(crate) fn put(&mut self, to: Opd, value: Value) {
        if let Some(slot) = self.slot(to) {
            *slot = value;
        } else {
            self.stack.push(value);
        }
    }

    /// A variable.
    #[inline]
    pub(crate) fn slot(&mut self, at: Opd) -> Option<&mut Value> {
        match at.kind() {
            Opd::GLOBAL => self.globals.get_mut(at.index()),
            Opd::LOCAL => self.stack.get_mut(self.base + at.index()),
            _ => None,
        }
    }

    /// The number of an array.
    #[inline]
    pub(crate) fn array(&self, at: Opd) -> usize {
        if at.kind() == Opd::GLOBAL {
            return at.index();
        }
        match self.stack.get(self.base + at.index()) {
            Some(Value::Array(number) | Value::OwnArray(number)) => *number as usize,
            _ => 0,
        }
    }

    /// An array that `Value::Array` stands for.
    pub fn table(&mut self, value: &Value) -> Option<&mut Table> {
        match value {
            Value::Array(number) => self.arrays.get_mut(*number as usize),
            _ => None,
        }
    }

    /// A new array of a function.
    pub(crate) fn new_array(&mut self) -> Value {
        Value::OwnArray(self.free.pop().unwrap_or_else(|| {
            self.arrays.push(Table::default());
            self.arrays.len() as u32 - 1
        }))
    }

    /// Cuts the stack, and ends the arrays that were on it.
    pub(crate) fn release(&mut self, length: usize) {
        while self.stack.len() > length {
            if let Value::OwnArray(number) = self.pop() {
                if let Some(table) = self.arrays.get_mut(number as usize) {
                    table.clear();
                }
                self.free.push(number);
            }
        }
    }

    /// The subscript on the stack.
    #[inline]
    pub(crate) fn pop_key(&mut self) -> Key {
        let value = self.pop();
        Key::new(&value, &self.conversion)
    }

    /// The value of a special variable.
    pub fn special(&mut self, id: u8) -> Value {
        match id {
            special::NF => Value::Num(self.record.count(&mut self.regexes) as f64),
            special::NR => Value::Num(self.nr),
            special::FNR => Value::Num(self.fnr),
            _ => self.specials.get(usize::from(id)).cloned().unwrap_or(Value::Uninit),
        }
    }

    /// Assigns to a special variable.
    #[inline(never)]
    pub fn set_special(&mut self, id: u8, value: Value, host: &mut dyn Host) -> Result {
        match id {
            special::NF => {
                let count = value.number();
                if count < 0.0 || count.is_nan() {
                    return Err(Error::new(b"NF set to a negative value"));
                }
                if !self.record.resize(count as usize, &mut self.regexes) {
                    return Err(too_many_fields());
                }
            }
            special::NR => self.nr = value.number(),
            special::FNR => self.fnr = value.number(),
            _ => {
                let mut text = Vec::new();
                value.push_text(&self.conversion, &mut text);
                if let Some(slot) = self.specials.get_mut(usize::from(id)) {
                    *slot = value;
                }
                match id {
                    special::OFS => {
                        self.record.whole(&self.conversion);
                        self.record.joint = text;
                    }
                    special::ORS => self.ors = text,
                    special::SUBSEP => self.subsep = text,
                    special::CONVFMT => self.conversion.convfmt = text,
                    special::OFMT => self.conversion.ofmt = text,
                    _ => return host.assigned(self, id),
                }
            }
        }
        Ok(())
    }

    /// Assigns to a field.
    pub fn set_field(&mut self, number: f64, value: Value) -> Result {
        if number < 0.0 {
            return Err(Error::new(b"attempt to access a negative field"));
        }
        if number < 1.0 || number.is_nan() {
            let text = value.to_text(&self.conversion, &mut self.text);
            self.record.set(text);
        } else if !self.record.assign(number as usize, value, &mut self.regexes) {
            return Err(too_many_fields());
        }
        Ok(())
    }

    /// Makes the next line of `reader` the current record, if it is there in one piece.
    #[inline(never)]
    pub fn next_line(&mut self, reader: &mut io::Reader, terminator: u8) -> bool {
        let text = reader.buffered();
        let Some(end) = memchr::memchr(terminator, text) else { return false };
        self.record.set(text.get(..end).unwrap_or_default());
        reader.consume(end + 1);
        self.nr += 1.0;
        self.fnr += 1.0;
        true
    }

    /// Replaces matches in the current record.
    pub(crate) fn substitute_record(&mut self, regex: usize, replacement: &Value, global: bool) {
        let mut buf = Vec::new();
        let replacement = replacement.to_text(&self.conversion, &mut buf);
        let job = Job { replacement, which: usize::from(!global), groups: false, utf8: self.utf8 };
        self.text.clear();
        let count = job.run(&mut self.regexes[regex], self.record.whole(&self.conversion), &mut self.text);
        if count > 0 {
            self.record.set(&self.text);
        }
        self.status = count as f64;
    }

    /// Cuts `text` into the elements of an array; their number.
    #[inline(never)]
    pub fn split(&mut self, text: &[u8], by: Separator, array: usize) -> usize {
        let fields = &mut self.arrays[array];
        fields.clear();
        let (mut splitter, mut number) = (Splitter::default(), 0);
        while let Some((start, end)) = splitter.next(text, by, &mut self.regexes) {
            number += 1;
            fields.append(number, Value::outside(text.get(start..end).unwrap_or_default()));
        }
        number
    }

    /// A field whose number is computed.
    pub fn get_field(&mut self, number: f64) -> Result<Value> {
        if number < 0.0 {
            return Err(Error::new(b"attempt to access a negative field"));
        }
        Ok(self.record.field(number as usize, &self.conversion, &mut self.regexes))
    }
}

#[cold]
fn too_many_fields() -> Error {
    Error::new(b"too many fields")
}

/// An arithmetic operation.
#[inline]
pub fn calculate(op: Arith, left: f64, right: f64) -> Result<f64> {
    Ok(match op {
        Arith::Add => left + right,
        Arith::Sub => left - right,
        Arith::Mul => left * right,
        Arith::Div if right == 0.0 => return Err(Error::new(b"division by zero")),
        Arith::Div => left / right,
        Arith::Mod if right == 0.0 => return Err(Error::new(b"division by zero in %")),
        Arith::Mod => remainder(left, right),
        Arith::Pow => power(left, right),
    })
}

#[inline]
fn remainder(left: f64, right: f64) -> f64 {
    let (a, b) = (left as i64, right as i64);
    if a as f64 == left && b as f64 == right && a.unsigned_abs() < 1 << 53 && b != 0 {
        return ((a % b) as f64).copysign(left);
    }
    left % right
}

/// Powers with small whole exponents are products, which are exact as long as they can be.
#[inline(never)]
fn power(base: f64, exponent: f64) -> f64 {
    let mut left = exponent as i32;
    if f64::from(left) != exponent || left.unsigned_abs() > 1024 {
        return sys::math::pow(base, exponent);
    }
    let (mut result, mut square) = (1.0, base);
    let negative = left < 0;
    left = left.wrapping_abs();
    while left > 0 {
        if left & 1 == 1 {
            result *= square;
        }
        square *= square;
        left >>= 1;
    }
    if negative { 1.0 / result } else { result }
}
