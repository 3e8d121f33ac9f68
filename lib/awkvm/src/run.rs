//! The interpreter's loop: the instructions that loops are made of. All others are the [`Host`]'s.

use applet::{Error, Result};
use core::cmp::Ordering;

use crate::code::{Arith, Cmp, DYNAMIC, Op, Opd, Program, Step};
use crate::value::Value;
use crate::vm::{Frame, Host, Joint, Vm, calculate};

/// Calls nest at most this deep.
const MOST_FRAMES: usize = 2_000_000;
/// They hold at most that many values.
const MOST_VALUES: usize = 20_000_000;

impl Vm<'_, '_> {
    /// Runs `program` to its end.
    #[inline(never)]
    pub fn run(&mut self, program: &Program, host: &mut dyn Host) -> Result {
        let code: &[Op] = &program.code;
        let constants: &[Value] = &program.constants;
        let mut pc = 0;
        while let Some(op) = code.get(pc) {
            pc += 1;
            match *op {
                // Numbers by a way of their own: a whole value is moved in pieces.
                Op::Push(from) => match self.plain(from, constants) {
                    Some(n) => self.push(Value::Num(n)),
                    None => self.push_operand(from, constants),
                },
                Op::PushArray(at) => {
                    let array = self.array(at);
                    self.push(Value::Array(array as u32));
                }
                Op::Pop => drop(self.pop()),
                Op::Move { from, to } => match self.plain(from, constants) {
                    Some(n) => self.put_number(to, n),
                    None => self.move_operand(from, to, constants),
                },
                Op::Index(array) => {
                    let array = self.array(array);
                    let key = self.pop_key();
                    if let Some(text) = self.arrays[array].piece(&key) {
                        let value = Value::outside(text);
                        self.push(value);
                        continue;
                    }
                    match self.arrays[array].entry(key) {
                        Value::Num(n) => {
                            let n = *n;
                            self.push(Value::Num(n));
                        }
                        other => {
                            let value = other.clone();
                            self.push(value);
                        }
                    }
                }
                Op::StoreIndex { array, keep } => {
                    let array = self.array(array);
                    let value = self.pop();
                    let key = self.pop_key();
                    if keep {
                        self.push(value.clone());
                    }
                    *self.arrays[array].entry(key) = value;
                }
                Op::Arith { op, left, right, to } => {
                    let right = self.number(right, constants);
                    let left = self.number(left, constants);
                    let result = match op {
                        Arith::Add => left + right,
                        Arith::Sub => left - right,
                        Arith::Mul => left * right,
                        _ => calculate(op, left, right)?,
                    };
                    self.put_number(to, result);
                }
                Op::ArithIndex { op, array, keep } => {
                    let array = self.array(array);
                    let right = self.number(Opd::STACK, constants);
                    let key = self.pop_key();
                    let element = self.arrays[array].entry(key);
                    let result = calculate(op, element.number(), right)?;
                    element.set_number(result);
                    if keep {
                        self.push(Value::Num(result));
                    }
                }
                Op::Step { by, mode, var } => {
                    if let Some(slot) = self.slot(var) {
                        let old = slot.step(by);
                        self.stepped(old, by, mode);
                    }
                }
                Op::StepIndex { by, mode, array } => {
                    let array = self.array(array);
                    let key = self.pop_key();
                    let old = self.arrays[array].entry(key).step(by);
                    self.stepped(old, by, mode);
                }
                Op::CompareJump { cmp, sense, left, right, target } => {
                    if self.compare_operands(cmp, left, right, constants) == sense {
                        pc = target as usize;
                    }
                }
                Op::MatchJump { sense, text, regex, target } if regex != DYNAMIC => {
                    if self.matches(text, regex as usize, constants) == sense {
                        pc = target as usize;
                    }
                }
                Op::Jump(target) => pc = target as usize,
                Op::JumpIf { sense, target } => {
                    if self.pop_truth() == sense {
                        pc = target as usize;
                    }
                }
                Op::Call { function, count } => {
                    let Some(function) = program.functions.get(function as usize) else { continue };
                    if self.frames.len() >= MOST_FRAMES || self.stack.len() >= MOST_VALUES {
                        return Err(Error::new(b"function calls nested too deeply"));
                    }
                    let base = self.stack.len() - usize::from(count);
                    let mut arrays = false;
                    for &array in function.arrays.iter().skip(usize::from(count)) {
                        let local = if array { self.new_array() } else { Value::Uninit };
                        arrays |= array;
                        self.push(local);
                    }
                    let frame =
                        Frame { back: pc, base: self.base, iterations: self.iterations.len(), arrays };
                    self.frames.push(frame);
                    self.base = base;
                    pc = function.start as usize;
                }
                Op::Return => {
                    let Some(frame) = self.frames.pop() else { continue };
                    let number = match self.stack.last() {
                        Some(Value::Num(n)) => Some(*n),
                        _ => None,
                    };
                    let value = if number.is_some() { Value::Uninit } else { self.pop() };
                    if frame.arrays {
                        self.release(self.base);
                    } else {
                        self.stack.truncate(self.base);
                    }
                    if self.iterations.len() > frame.iterations {
                        self.iterations.truncate(frame.iterations);
                    }
                    self.base = frame.base;
                    pc = frame.back;
                    match number {
                        Some(n) => self.push(Value::Num(n)),
                        None => self.push(value),
                    }
                }
                Op::Print { count, to: 0 } => {
                    let mut line = self.line(usize::from(count));
                    self.cx.out.write(&line);
                    line.clear();
                    self.text = line;
                    self.check_output()?;
                }
                Op::NextRecord(target) => {
                    if !host.next_record(self)? {
                        pc = target as usize;
                    }
                }
                op => pc = host.execute(self, program, op, pc)?,
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn push_operand(&mut self, from: Opd, constants: &[Value]) {
        let value = self.take(from, constants);
        self.push(value);
    }

    #[inline(never)]
    fn move_operand(&mut self, from: Opd, to: Opd, constants: &[Value]) {
        let value = self.take(from, constants);
        match self.slot(to) {
            Some(slot) => *slot = value,
            None => self.push(value),
        }
    }

    /// Whether the value on the stack, which is removed, is true.
    #[inline(never)]
    pub fn pop_truth(&mut self) -> bool {
        self.pop().is_true()
    }

    /// The value of an increment.
    #[inline]
    pub fn stepped(&mut self, old: f64, by: i8, mode: Step) {
        let new = match mode {
            Step::Void => return,
            Step::New => old + f64::from(by),
            Step::Old => old,
        };
        self.push(Value::Num(new));
    }

    #[inline(always)]
    fn compare_operands(&mut self, cmp: Cmp, left: Opd, right: Opd, constants: &[Value]) -> bool {
        if let (Some(a), Some(b)) = (self.plain(left, constants), self.plain(right, constants)) {
            return match cmp {
                Cmp::Lt => a < b,
                Cmp::Le => a <= b,
                Cmp::Eq => a == b,
                Cmp::Ne => a != b,
                Cmp::Gt => a > b,
                Cmp::Ge => a >= b,
            };
        }
        self.compare(cmp, left, right, constants)
    }

    /// Compares two operands.
    #[inline(never)]
    pub fn compare(&mut self, cmp: Cmp, left: Opd, right: Opd, constants: &[Value]) -> bool {
        let right = self.take(right, constants);
        let left = self.take(left, constants);
        let order = left.compare(&right, &self.conversion);
        match cmp {
            Cmp::Lt => order == Some(Ordering::Less),
            Cmp::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Cmp::Eq => order == Some(Ordering::Equal),
            Cmp::Ne => order != Some(Ordering::Equal),
            Cmp::Gt => order == Some(Ordering::Greater),
            Cmp::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }

    /// Appends values on the stack to a variable.
    pub fn append(&mut self, to: Opd, count: usize) {
        let mut text = core::mem::take(&mut self.text);
        text.clear();
        self.join(count, Joint::Nothing, &mut text);
        let slot = match to.kind() {
            Opd::GLOBAL => self.globals.get_mut(to.index()),
            _ => self.stack.get_mut(self.base + to.index()),
        };
        if let Some(slot) = slot {
            slot.append(&text, &self.conversion);
        }
        self.text = text;
    }

    /// Whether an operand matches a regular expression.
    #[inline(never)]
    pub fn matches(&mut self, text: Opd, regex: usize, constants: &[Value]) -> bool {
        if text == Opd::new(Opd::FIELD, 0) {
            let text = self.record.whole(&self.conversion);
            return self.regexes[regex].is_match(text);
        }
        let value = self.take(text, constants);
        let text = value.to_text(&self.conversion, &mut self.text);
        self.regexes[regex].is_match(text)
    }

    /// What `print` prints: `count` values on the stack, or the record.
    #[inline(never)]
    pub fn line(&mut self, count: usize) -> alloc::vec::Vec<u8> {
        let mut line = core::mem::take(&mut self.text);
        line.clear();
        if count == 0 {
            line.extend_from_slice(self.record.whole(&self.conversion));
        }
        self.join(count, Joint::Ofs, &mut line);
        line.extend_from_slice(&self.ors);
        line
    }

    /// Ends a program that prints without an end to where nobody reads.
    #[inline]
    pub fn check_output(&self) -> Result {
        if self.cx.out.failed() { Err(Error::silent(2)) } else { Ok(()) }
    }
}

const _: () = assert!(core::mem::size_of::<Op>() <= 12 && core::mem::size_of::<Value>() == 16);
