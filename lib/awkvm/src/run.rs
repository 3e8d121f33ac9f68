//! The interpreter.

use alloc::vec::Vec;
use applet::{Error, Result};
use core::cmp::Ordering;

use crate::code::{Arith, Cmp, DYNAMIC, Op, Opd, Program, Step};
use crate::number;
use crate::value::Value;
use crate::vm::{Frame, Host, Iteration, Vm, calculate};

/// Calls nest at most this deep.
const MOST_FRAMES: usize = 2_000_000;
/// They hold at most that many values.
const MOST_VALUES: usize = 20_000_000;

impl Vm<'_, '_> {
    /// Runs `program` to its end.
    pub fn run(&mut self, program: &Program, host: &mut dyn Host) -> Result {
        let code: &[Op] = &program.code;
        let constants: &[Value] = &program.constants;
        let mut pc = 0;
        while let Some(&op) = code.get(pc) {
            pc += 1;
            match op {
                // Numbers by a way of their own: a whole value is moved in pieces.
                Op::Push(from) => match self.plain(from, constants) {
                    Some(n) => self.push(Value::Num(n)),
                    None => {
                        let value = self.take(from, constants);
                        self.push(value);
                    }
                },
                Op::PushConst(index) => {
                    self.push(constants.get(index as usize).cloned().unwrap_or(Value::Uninit));
                }
                Op::PushArray(at) => {
                    let number = self.array(at);
                    self.push(Value::Array(number as u32));
                }
                Op::PushUninit => self.push(Value::Uninit),
                Op::Pop => drop(self.pop()),
                Op::Dup => {
                    let value = self.stack.last().cloned().unwrap_or(Value::Uninit);
                    self.push(value);
                }
                Op::Swap => {
                    let (a, b) = (self.pop(), self.pop());
                    self.push(a);
                    self.push(b);
                }
                Op::Load(id) => {
                    let value = self.special(id);
                    self.push(value);
                }
                Op::StoreSpecial { id, keep } => {
                    let value = self.pop();
                    if keep {
                        self.push(value.clone());
                    }
                    self.set_special(id, value, host)?;
                }
                Op::Move { from, to } => match self.plain(from, constants) {
                    Some(n) => self.put_number(to, n),
                    None => {
                        let value = self.take(from, constants);
                        self.put(to, value);
                    }
                },
                Op::Append { to, count } => self.append(to, usize::from(count)),
                Op::Field => {
                    let number = self.pop().number();
                    let value = self.get_field(number)?;
                    self.push(value);
                }
                Op::StoreField { keep } => {
                    let value = self.pop();
                    let number = self.pop().number();
                    if keep {
                        self.push(value.clone());
                    }
                    self.set_field(number, value)?;
                }
                Op::Index(array) => {
                    let array = self.array(array);
                    let key = self.pop_key();
                    let value = self.arrays[array].entry(key).clone();
                    self.push(value);
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
                Op::ArithField { op, keep } => {
                    let right = self.pop().number();
                    let number = self.pop().number();
                    let result = calculate(op, self.get_field(number)?.number(), right)?;
                    self.set_field(number, Value::Num(result))?;
                    if keep {
                        self.push(Value::Num(result));
                    }
                }
                Op::ArithIndex { op, array, keep } => {
                    let array = self.array(array);
                    let right = self.pop().number();
                    let key = self.pop_key();
                    let element = self.arrays[array].entry(key);
                    let result = calculate(op, element.number(), right)?;
                    *element = Value::Num(result);
                    if keep {
                        self.push(Value::Num(result));
                    }
                }
                Op::ArithSpecial { op, id, keep } => {
                    let right = self.pop().number();
                    let result = calculate(op, self.special(id).number(), right)?;
                    self.set_special(id, Value::Num(result), host)?;
                    if keep {
                        self.push(Value::Num(result));
                    }
                }
                Op::Step { by, mode, var } => {
                    let old = match self.slot(var) {
                        Some(Value::Num(n)) => {
                            let old = *n;
                            *n += f64::from(by);
                            old
                        }
                        Some(slot) => {
                            let old = slot.number();
                            *slot = Value::Num(old + f64::from(by));
                            old
                        }
                        None => continue,
                    };
                    self.stepped(old, by, mode);
                }
                Op::StepField { by, mode } => {
                    let number = self.pop().number();
                    let old = self.get_field(number)?.number();
                    self.set_field(number, Value::Num(old + f64::from(by)))?;
                    self.stepped(old, by, mode);
                }
                Op::StepIndex { by, mode, array } => {
                    let array = self.array(array);
                    let key = self.pop_key();
                    let element = self.arrays[array].entry(key);
                    let old = element.number();
                    *element = Value::Num(old + f64::from(by));
                    self.stepped(old, by, mode);
                }
                Op::StepSpecial { by, mode, id } => {
                    let old = self.special(id).number();
                    self.set_special(id, Value::Num(old + f64::from(by)), host)?;
                    self.stepped(old, by, mode);
                }
                Op::Negate => {
                    let value = self.pop().number();
                    self.push(Value::Num(-value));
                }
                Op::Number => {
                    let value = self.pop().number();
                    self.push(Value::Num(value));
                }
                Op::Not => {
                    let value = self.pop().is_true();
                    self.push(Value::truth(!value));
                }
                Op::Truth => {
                    let value = self.pop().is_true();
                    self.push(Value::truth(value));
                }
                Op::Concat(count) => {
                    let joined = self.join(usize::from(count), false);
                    self.push(joined);
                }
                Op::Join(count) => {
                    let joined = self.join(usize::from(count), true);
                    self.push(joined);
                }
                Op::Compare { cmp, left, right } => {
                    let truth = self.compare_operands(cmp, left, right, constants);
                    self.push(Value::truth(truth));
                }
                Op::CompareJump { cmp, sense, left, right, target } => {
                    if self.compare_operands(cmp, left, right, constants) == sense {
                        pc = target as usize;
                    }
                }
                Op::Match { negate, text, regex } => {
                    let found = self.matches(text, regex, constants, host)?;
                    self.push(Value::truth(found != negate));
                }
                Op::MatchJump { sense, text, regex, target } => {
                    if self.matches(text, regex, constants, host)? == sense {
                        pc = target as usize;
                    }
                }
                Op::Jump(target) => pc = target as usize,
                Op::JumpFalse(target) => {
                    if !self.pop().is_true() {
                        pc = target as usize;
                    }
                }
                Op::JumpTrue(target) => {
                    if self.pop().is_true() {
                        pc = target as usize;
                    }
                }
                Op::And(target) => {
                    if !self.pop().is_true() {
                        self.push(Value::Num(0.0));
                        pc = target as usize;
                    }
                }
                Op::Or(target) => {
                    if self.pop().is_true() {
                        self.push(Value::Num(1.0));
                        pc = target as usize;
                    }
                }
                Op::In(array) => {
                    let array = self.array(array);
                    let key = self.pop_key();
                    let there = self.arrays[array].contains(&key);
                    self.push(Value::truth(there));
                }
                Op::Delete(array) => {
                    let array = self.array(array);
                    let key = self.pop_key();
                    self.arrays[array].remove(&key);
                }
                Op::Clear(array) => {
                    let array = self.array(array);
                    self.arrays[array].clear();
                }
                Op::IterStart(array) => {
                    let keys = self.arrays[self.array(array)].keys();
                    self.iterations.push(Iteration { keys: keys.into_iter() });
                }
                Op::IterNext(target) => match self.iterations.last_mut().and_then(|it| it.keys.next()) {
                    Some(key) => self.push(key),
                    None => pc = target as usize,
                },
                Op::IterEnd => drop(self.iterations.pop()),
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
                    self.iterations.truncate(frame.iterations);
                    self.base = frame.base;
                    pc = frame.back;
                    match number {
                        Some(n) => self.push(Value::Num(n)),
                        None => self.push(value),
                    }
                }
                Op::Print { count, to } => self.print(usize::from(count), to, host)?,
                Op::Printf { count, to } => self.printf(usize::from(count), to, host)?,
                Op::Builtin { id, count } => host.builtin(self, id, usize::from(count))?,
                Op::Getline { kind, record } => {
                    let from = if kind == 0 { Value::Uninit } else { self.pop() };
                    self.result = None;
                    host.getline(self, kind, &from, record)?;
                }
                Op::Substitute { global, key, regex } => self.substitute(global, key, regex, host)?,
                Op::SubstituteRecord { global, regex } => {
                    let replacement = self.pop();
                    let mut regex = regex as usize;
                    if regex == DYNAMIC as usize {
                        let pattern = self.pop();
                        regex = host.regex(self, &pattern)?;
                    }
                    self.substitute_record(regex, &replacement, global);
                }
                Op::JumpNoResult(target) => {
                    if self.result.is_none() {
                        pc = target as usize;
                    }
                }
                Op::PushResult => {
                    let value = self.result.take().unwrap_or(Value::Uninit);
                    self.push(value);
                }
                Op::PushStatus => self.push(Value::Num(self.status)),
                Op::InRange { range, target } => {
                    if self.ranges.get(usize::from(range)) == Some(&true) {
                        pc = target as usize;
                    }
                }
                Op::SetRange { range, on } => {
                    if let Some(state) = self.ranges.get_mut(usize::from(range)) {
                        *state = on;
                    }
                }
                Op::NextRecord(target) => {
                    if !host.next_record(self)? {
                        pc = target as usize;
                    }
                }
                Op::Next | Op::NextFile => {
                    self.unwind();
                    if op == Op::NextFile {
                        host.next_file(self);
                    }
                    pc = program.next as usize;
                }
                Op::Ending => self.ending = true,
                Op::Exit { value } => {
                    if value {
                        self.exit = self.pop().number() as i64 as u8;
                    }
                    if self.ending {
                        return Ok(());
                    }
                    self.unwind();
                    pc = program.end as usize;
                }
            }
        }
        Ok(())
    }

    /// Leaves all functions and loops.
    fn unwind(&mut self) {
        self.release(0);
        self.frames.clear();
        self.iterations.clear();
        self.base = 0;
    }

    /// The value of an increment.
    #[inline]
    fn stepped(&mut self, old: f64, by: i8, mode: Step) {
        match mode {
            Step::Void => {}
            Step::New => self.push(Value::Num(old + f64::from(by))),
            Step::Old => self.push(Value::Num(old)),
        }
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
        self.compare_others(cmp, left, right, constants)
    }

    #[inline(never)]
    fn compare_others(&mut self, cmp: Cmp, left: Opd, right: Opd, constants: &[Value]) -> bool {
        let right = self.take(right, constants);
        let left = self.take(left, constants);
        self.compare(cmp, &left, &right)
    }

    #[inline]
    fn compare(&self, cmp: Cmp, left: &Value, right: &Value) -> bool {
        let order = match (left, right) {
            (Value::Num(a), Value::Num(b)) => a.partial_cmp(b),
            _ => left.compare(right, &self.conversion),
        };
        match cmp {
            Cmp::Lt => order == Some(Ordering::Less),
            Cmp::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
            Cmp::Eq => order == Some(Ordering::Equal),
            Cmp::Ne => order != Some(Ordering::Equal),
            Cmp::Gt => order == Some(Ordering::Greater),
            Cmp::Ge => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        }
    }

    /// Joins values on the stack, with SUBSEP between them or nothing.
    fn join(&mut self, count: usize, subscripts: bool) -> Value {
        let start = self.stack.len().saturating_sub(count);
        self.text.clear();
        for (number, value) in self.stack.get(start..).unwrap_or_default().iter().enumerate() {
            if subscripts && number > 0 {
                self.text.extend_from_slice(&self.subsep);
            }
            value.push_text(&self.conversion, &mut self.text);
        }
        self.stack.truncate(start);
        Value::text(&self.text)
    }

    /// Appends values on the stack to a variable.
    fn append(&mut self, to: Opd, count: usize) {
        let start = self.stack.len().saturating_sub(count);
        self.text.clear();
        for value in self.stack.get(start..).unwrap_or_default() {
            value.push_text(&self.conversion, &mut self.text);
        }
        self.stack.truncate(start);
        let text = core::mem::take(&mut self.text);
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
    #[inline]
    fn matches(&mut self, text: Opd, regex: u32, constants: &[Value], host: &mut dyn Host) -> Result<bool> {
        let mut regex = regex as usize;
        if regex == DYNAMIC as usize {
            let pattern = self.pop();
            regex = host.regex(self, &pattern)?;
        }
        if text == Opd::new(Opd::FIELD, 0) {
            let text = self.record.whole(&self.conversion);
            return Ok(self.regexes[regex].is_match(text));
        }
        let value = self.take(text, constants);
        let text = value.to_text(&self.conversion, &mut self.text);
        Ok(self.regexes[regex].is_match(text))
    }

    fn print(&mut self, count: usize, to: u8, host: &mut dyn Host) -> Result {
        let name = if to == 0 { Value::Uninit } else { self.pop() };
        let start = self.stack.len().saturating_sub(count);
        let mut line = core::mem::take(&mut self.text);
        line.clear();
        if count == 0 {
            line.extend_from_slice(self.record.whole(&self.conversion));
        }
        for (number, value) in self.stack.get(start..).unwrap_or_default().iter().enumerate() {
            if number > 0 {
                line.extend_from_slice(&self.record.joint);
            }
            match value {
                Value::Num(n) => {
                    number::push_number(*n, &self.conversion.ofmt, self.conversion.slow, &mut line);
                }
                other => line.extend_from_slice(other.bytes().unwrap_or_default()),
            }
        }
        self.stack.truncate(start);
        line.extend_from_slice(&self.ors);
        let result = self.emit(to, &name, &line, host);
        self.text = line;
        result
    }

    fn printf(&mut self, count: usize, to: u8, host: &mut dyn Host) -> Result {
        let name = if to == 0 { Value::Uninit } else { self.pop() };
        let mut line = Vec::with_capacity(128);
        host.format(self, count, &mut line)?;
        self.stack.truncate(self.stack.len().saturating_sub(count));
        self.emit(to, &name, &line, host)
    }

    #[inline]
    fn emit(&mut self, to: u8, name: &Value, text: &[u8], host: &mut dyn Host) -> Result {
        if to != 0 {
            return host.write(self, to, name, text);
        }
        self.cx.out.write(text);
        // Nobody reads what a loop without an end writes.
        if self.cx.out.failed() { Err(Error::silent(2)) } else { Ok(()) }
    }

    fn substitute(&mut self, global: bool, key: bool, regex: u32, host: &mut dyn Host) -> Result {
        let text = self.pop();
        let key = key.then(|| self.pop());
        let replacement = self.pop();
        let mut regex = regex as usize;
        if regex == DYNAMIC as usize {
            let pattern = self.pop();
            regex = host.regex(self, &pattern)?;
        }
        if let Some(key) = key {
            self.push(key);
        }
        self.result = None;
        host.substitute(self, regex, &replacement, &text, global)
    }
}

const _: () = assert!(core::mem::size_of::<Op>() <= 12 && core::mem::size_of::<Value>() == 16);
