//! The instructions that the machine leaves to us, because they are rare or do much.

use super::format;
use super::substitute::Job;
use super::world::World;
use alloc::vec::Vec;
use applet::prelude::*;
use awkvm::code::DYNAMIC;
use awkvm::vm::{Iteration, Joint, calculate, special};
use awkvm::{Host, Op, Program, Value, Vm};

impl Host for World {
    fn next_record(&mut self, vm: &mut Vm) -> Result<bool> {
        self.record(vm)
    }

    fn execute(&mut self, vm: &mut Vm, program: &Program, op: Op, pc: usize) -> Result<usize> {
        let mut jump = None;
        let mut push = Value::Uninit;
        match op {
            Op::PushConst(index) => {
                push = program.constants.get(index as usize).cloned().unwrap_or(Value::Uninit);
            }
            Op::PushUninit => {}
            Op::Dup => push = vm.stack.last().cloned().unwrap_or(Value::Uninit),
            Op::Swap => {
                let under = vm.stack.len().saturating_sub(2);
                push = if under < vm.stack.len() { vm.stack.remove(under) } else { Value::Uninit };
            }
            Op::Load(place) => {
                let number = field_number(vm, place)?;
                push = get(vm, place, number);
            }
            Op::Store { place, keep } => {
                let value = vm.pop();
                let number = field_number(vm, place)?;
                if keep {
                    vm.push(value.clone());
                }
                self.set(vm, place, number, value)?;
                return Ok(pc);
            }
            Op::ArithPlace { op, place, keep } => {
                let right = vm.pop().number();
                let number = field_number(vm, place)?;
                let result = calculate(op, get(vm, place, number).number(), right)?;
                self.set(vm, place, number, Value::Num(result))?;
                if !keep {
                    return Ok(pc);
                }
                push = Value::Num(result);
            }
            Op::StepPlace { by, mode, place } => {
                let number = field_number(vm, place)?;
                let old = get(vm, place, number).number();
                self.set(vm, place, number, Value::Num(old + f64::from(by)))?;
                vm.stepped(old, by, mode);
                return Ok(pc);
            }
            Op::Append { to, count } => {
                vm.append(to, usize::from(count));
                return Ok(pc);
            }
            Op::Negate => push = Value::Num(-vm.pop().number()),
            Op::Number => push = Value::Num(vm.pop().number()),
            Op::Not => push = Value::truth(!vm.pop_truth()),
            Op::Truth => push = Value::truth(vm.pop_truth()),
            Op::Concat(count) => push = joined(vm, count, Joint::Nothing),
            Op::Join(count) => push = joined(vm, count, Joint::Subsep),
            Op::Compare { cmp, left, right } => {
                push = Value::truth(vm.compare(cmp, left, right, &program.constants));
            }
            Op::Match { negate, text, regex } => {
                let regex = self.operand_regex(vm, regex)?;
                push = Value::truth(vm.matches(text, regex, &program.constants) != negate);
            }
            Op::MatchJump { sense, text, regex, target } => {
                let regex = self.operand_regex(vm, regex)?;
                let found = vm.matches(text, regex, &program.constants);
                return Ok(if found == sense { target as usize } else { pc });
            }
            Op::Logic { sense, target } => {
                if vm.pop_truth() != sense {
                    return Ok(pc);
                }
                push = Value::truth(sense);
                jump = Some(target);
            }
            Op::In(array) => {
                let key = vm.pop_key();
                push = Value::truth(vm.arrays[vm.array(array)].contains(&key));
            }
            Op::Delete(array) => {
                let key = vm.pop_key();
                let array = vm.array(array);
                vm.arrays[array].remove(&key);
                return Ok(pc);
            }
            Op::Clear(array) => {
                let array = vm.array(array);
                vm.arrays[array].clear();
                return Ok(pc);
            }
            Op::IterStart(array) => {
                let array = vm.array(array);
                let mut keys = vm.arrays[array].keys();
                keys.reverse();
                vm.iterations.push(Iteration { keys });
                return Ok(pc);
            }
            Op::IterNext(target) => match vm.iterations.last_mut().and_then(|it| it.keys.pop()) {
                Some(key) => push = key,
                None => return Ok(target as usize),
            },
            Op::IterEnd => {
                vm.iterations.pop();
                return Ok(pc);
            }
            Op::Print { count, to } | Op::Printf { count, to } => {
                let name = if to == 0 { Value::Uninit } else { vm.pop() };
                let mut line;
                if let Op::Print { .. } = op {
                    line = vm.line(usize::from(count));
                } else {
                    line = core::mem::take(&mut vm.text);
                    line.clear();
                    format::format(vm, usize::from(count), self.utf8, &mut line)?;
                }
                if to == 0 {
                    vm.cx.out.write(&line);
                    vm.check_output()?;
                } else {
                    let mut buf = Vec::new();
                    self.write_to(vm.cx, to, name.to_text(&vm.conversion, &mut buf), &line)?;
                }
                vm.text = line;
                return Ok(pc);
            }
            Op::Builtin { id, count } => push = self.call(vm, id, usize::from(count))?,
            Op::Getline { kind, record } => {
                let from = if kind == 0 { Value::Uninit } else { vm.pop() };
                vm.result = None;
                self.getline(vm, kind, &from, record)?;
                return Ok(pc);
            }
            Op::Substitute { global, key, regex } => {
                let text = vm.pop();
                let key = key.then(|| vm.pop());
                let replacement = vm.pop();
                let regex = self.operand_regex(vm, regex)?;
                if let Some(key) = key {
                    vm.push(key);
                }
                self.substitute(vm, regex, &replacement, &text, global);
                return Ok(pc);
            }
            Op::SubstituteRecord { global, regex } => {
                let replacement = vm.pop();
                let regex = self.operand_regex(vm, regex)?;
                let mut buf = Vec::new();
                let replacement = replacement.to_text(&vm.conversion, &mut buf);
                let job = Job { replacement, which: usize::from(!global), groups: false, utf8: vm.utf8 };
                vm.text.clear();
                let count = job.run(&mut vm.regexes[regex], vm.record.whole(&vm.conversion), &mut vm.text);
                if count > 0 {
                    vm.record.set(&vm.text);
                }
                vm.status = count as f64;
                return Ok(pc);
            }
            Op::JumpNoResult(target) => return Ok(if vm.result.is_none() { target as usize } else { pc }),
            Op::PushResult => push = vm.result.take().unwrap_or(Value::Uninit),
            Op::PushStatus => push = Value::Num(vm.status),
            Op::InRange { range, target } => {
                let begun = vm.ranges.get(usize::from(range)) == Some(&true);
                return Ok(if begun { target as usize } else { pc });
            }
            Op::SetRange { range, on } => {
                if let Some(state) = vm.ranges.get_mut(usize::from(range)) {
                    *state = on;
                }
                return Ok(pc);
            }
            Op::Next | Op::NextFile => {
                vm.unwind();
                if let Op::NextFile = op {
                    self.next_file();
                }
                return Ok(program.next as usize);
            }
            Op::Exit { value } => {
                if value {
                    vm.exit = vm.pop().number() as i64 as u8;
                }
                if vm.ending {
                    return Ok(usize::MAX);
                }
                vm.unwind();
                return Ok(program.end as usize);
            }
            // `Ending`; the machine does all others.
            _ => {
                vm.ending = true;
                return Ok(pc);
            }
        }
        vm.push(push);
        Ok(jump.map_or(pc, |target| target as usize))
    }
}

fn joined(vm: &mut Vm, count: u16, joint: Joint) -> Value {
    let mut text = core::mem::take(&mut vm.text);
    text.clear();
    vm.join(usize::from(count), joint, &mut text);
    let value = Value::text(&text);
    vm.text = text;
    value
}

/// The number of the field that `place` is, which is on the stack; of a variable, 0.
fn field_number(vm: &mut Vm, place: u8) -> Result<f64> {
    if place != special::FIELD {
        return Ok(0.0);
    }
    let number = vm.pop().number();
    if number < 0.0 {
        return Err(Error::new(b"attempt to access a negative field"));
    }
    Ok(number)
}

/// The value of a special variable or of field `number`.
fn get(vm: &mut Vm, place: u8, number: f64) -> Value {
    match place {
        special::NF => Value::Num(vm.record.count(&mut vm.regexes) as f64),
        special::NR => Value::Num(vm.nr),
        special::FNR => Value::Num(vm.fnr),
        special::FIELD => vm.record.field(number as usize, &vm.conversion, &mut vm.regexes),
        _ => vm.specials.get(usize::from(place)).cloned().unwrap_or(Value::Uninit),
    }
}

impl World {
    /// Assigns to a special variable or to field `number`.
    pub fn set(&mut self, vm: &mut Vm, place: u8, number: f64, value: Value) -> Result {
        let mut fits = true;
        match place {
            special::FIELD if number < 1.0 || number.is_nan() => {
                let text = value.to_text(&vm.conversion, &mut vm.text);
                vm.record.assign_whole(text, &value);
            }
            special::FIELD => fits = vm.record.assign(number as usize, value, &mut vm.regexes),
            special::NF => {
                let count = value.number();
                if count < 0.0 || count.is_nan() {
                    return Err(Error::new(b"NF set to a negative value"));
                }
                fits = vm.record.resize(count as usize, &mut vm.regexes);
            }
            special::NR => vm.nr = value.number(),
            special::FNR => vm.fnr = value.number(),
            _ => {
                let mut text = Vec::new();
                value.push_text(&vm.conversion, &mut text);
                if let Some(slot) = vm.specials.get_mut(usize::from(place)) {
                    *slot = value;
                }
                match place {
                    special::OFS => {
                        vm.record.whole(&vm.conversion);
                        vm.record.joint = text;
                    }
                    special::ORS => vm.ors = text,
                    special::SUBSEP => vm.subsep = text,
                    special::CONVFMT => vm.conversion.convfmt = text,
                    special::OFMT => vm.conversion.ofmt = text,
                    _ => return self.assigned(vm, place),
                }
            }
        }
        if fits { Ok(()) } else { Err(Error::new(b"too many fields")) }
    }

    /// A regular expression of the program, or one whose pattern is on the stack.
    fn operand_regex(&mut self, vm: &mut Vm, regex: u32) -> Result<usize> {
        if regex != DYNAMIC {
            return Ok(regex as usize);
        }
        let pattern = vm.pop();
        self.find_regex(vm, &pattern)
    }
}
