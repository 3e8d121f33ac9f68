//! The state of a running program, and what its instructions share.

use alloc::vec::Vec;
use applet::{Context, Error, Result};
use regex::Regex;

use crate::code::{Arith, Op, Opd, Program};
use crate::record::Record;
use crate::split::Separator;
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
    /// No variable, but the field whose number is on the stack.
    pub const FIELD: u8 = u8::MAX;
}

/// What a program asks of its surroundings.
pub trait Host {
    /// Runs an instruction that [`Vm::run`] does not know; gives where the next one is.
    fn execute(&mut self, vm: &mut Vm, program: &Program, op: Op, pc: usize) -> Result<usize>;
    /// Reads the next record of the main input; false at its end.
    fn next_record(&mut self, vm: &mut Vm) -> Result<bool>;
}

/// What stands between values that are joined.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Joint {
    /// Nothing.
    Nothing,
    /// SUBSEP.
    Subsep,
    /// OFS; numbers are written by OFMT.
    Ofs,
}

/// Where a function was called.
pub(crate) struct Frame {
    pub(crate) back: usize,
    pub(crate) base: usize,
    pub(crate) iterations: usize,
    pub(crate) arrays: bool,
}

/// A running `for (key in array)`.
pub struct Iteration {
    /// What has not been gone through, the other way round.
    pub keys: Vec<Value>,
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
    /// Running loops over arrays.
    pub iterations: Vec<Iteration>,
    pub(crate) base: usize,
    /// Which range patterns have begun.
    pub ranges: Vec<bool>,
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
    /// The regular expression that all records match which the rules do anything with.
    watch: Option<u32>,
    /// The rules for the end are running.
    pub ending: bool,
    /// Room for a text.
    pub text: Vec<u8>,
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
            watch: program.watch,
            ending: false,
            text: Vec::new(),
        };
        vm.globals.resize(program.globals, Value::Uninit);
        vm.arrays.resize_with(program.globals.max(1), Table::default);
        vm
    }

    /// Removes the top of the stack.
    #[inline(never)]
    pub fn pop(&mut self) -> Value {
        let Some(top) = self.stack.last_mut() else { return Value::Uninit };
        let value = core::mem::replace(top, Value::Uninit);
        self.stack.truncate(self.stack.len() - 1);
        value
    }

    /// Puts a value on the stack.
    #[inline]
    pub fn push(&mut self, value: Value) {
        self.stack.push(value);
    }

    /// The value of an operand.
    #[inline(never)]
    pub fn take(&mut self, from: Opd, constants: &[Value]) -> Value {
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
    pub fn array(&self, at: Opd) -> usize {
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
    #[inline(never)]
    pub fn pop_key(&mut self) -> Key {
        let value = self.pop();
        Key::new(&value, &self.conversion)
    }

    /// Removes `count` values from the stack and appends them to `out`.
    #[inline(never)]
    pub fn join(&mut self, count: usize, joint: Joint, out: &mut Vec<u8>) {
        let start = self.stack.len().saturating_sub(count);
        let (between, format): (&[u8], &[u8]) = match joint {
            Joint::Nothing => (b"", &self.conversion.convfmt),
            Joint::Subsep => (&self.subsep, &self.conversion.convfmt),
            Joint::Ofs => (&self.record.joint, &self.conversion.ofmt),
        };
        let mut rest = self.stack.get(start..).unwrap_or_default();
        while let [value, tail @ ..] = rest {
            match value {
                Value::Num(n) => crate::number::push_number(*n, format, self.conversion.slow, out),
                other => out.extend_from_slice(other.bytes().unwrap_or_default()),
            }
            rest = tail;
            if !rest.is_empty() {
                out.extend_from_slice(between);
            }
        }
        self.stack.truncate(start);
    }

    /// Leaves all functions and loops.
    pub fn unwind(&mut self) {
        self.release(0);
        self.frames.clear();
        self.iterations.clear();
        self.base = 0;
    }

    /// Makes the next line of `reader` the current record, if it is there in one piece. If only lines that match count,
    /// it is the next one of these, or the last that is there.
    #[inline(never)]
    pub fn next_line(&mut self, reader: &mut io::Reader, terminator: u8) -> bool {
        let mut text = reader.buffered();
        let mut start = 0;
        if let Some(regex) = self.watch.and_then(|number| self.regexes.get_mut(number as usize)) {
            let Some(last) = memchr::memrchr(terminator, text) else { return false };
            let lines = text.get(..=last).unwrap_or_default();
            start = match regex.find_line(lines, 0, terminator) {
                Some((start, _)) => start,
                None => {
                    memchr::memrchr(terminator, lines.get(..last).unwrap_or_default()).map_or(0, |at| at + 1)
                }
            };
            let (skipped, rest) = text.split_at_checked(start).unwrap_or_default();
            let count = memchr::memchr_iter(terminator, skipped).count() as f64;
            self.nr += count;
            self.fnr += count;
            text = rest;
        }
        let Some(end) = memchr::memchr(terminator, text) else { return false };
        self.record.set(text.get(..end).unwrap_or_default());
        reader.consume(start + end + 1);
        self.nr += 1.0;
        self.fnr += 1.0;
        true
    }

    /// Cuts `text` into the elements of an array; their number.
    pub fn split(&mut self, text: &[u8], by: Separator, array: usize) -> usize {
        self.arrays[array].split(text, by, &mut self.regexes)
    }
}

/// An arithmetic operation.
#[inline(never)]
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
        return num::math::pow(base, exponent);
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
