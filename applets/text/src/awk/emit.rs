//! Instructions, as they are made: each looks at the one before it, and they become one if they can.

use alloc::vec::Vec;
use awkvm::code::{Arith, Cmp, Step};
use awkvm::vm::special::FIELD;
use awkvm::{Op, Opd, Program, Value};

/// The code so far.
#[derive(Default)]
pub struct Emit {
    pub program: Program,
    /// Instructions before this are not touched: something jumps to it.
    barrier: usize,
    /// The last concatenation: where it is, and where its first operand is pushed.
    concat: (usize, usize),
}

impl Emit {
    /// Where the next instruction will be.
    pub fn here(&self) -> usize {
        self.program.code.len()
    }

    /// As [`Emit::here`], for a jump.
    pub fn label(&mut self) -> u32 {
        self.barrier = self.here();
        self.barrier as u32
    }

    /// Adds an instruction; where it is.
    pub fn add(&mut self, op: Op) -> usize {
        self.program.code.push(op);
        self.here() - 1
    }

    pub fn replace(&mut self, at: usize, op: Op) {
        if let Some(slot) = self.program.code.get_mut(at) {
            *slot = op;
        }
    }

    /// The last instruction, if it may be changed.
    pub fn last(&mut self) -> Option<&mut Op> {
        if self.here() > self.barrier { self.program.code.last_mut() } else { None }
    }

    fn remove_last(&mut self) {
        self.program.code.pop();
    }

    /// Makes the jump at `at` go to the next instruction.
    pub fn land(&mut self, at: usize) {
        let here = self.label();
        self.aim(at, here);
    }

    /// Makes the jump at `at` go to `to`.
    pub fn aim(&mut self, at: usize, to: u32) {
        if let Some(target) = self.program.code.get_mut(at).and_then(target) {
            *target = to;
        }
    }

    /// Pushes a constant.
    pub fn constant(&mut self, value: Value) {
        let same = |known: &Value| match (known, &value) {
            (Value::Num(a), Value::Num(b)) => a.to_bits() == b.to_bits(),
            (Value::Uninit, Value::Uninit) => true,
            _ => known.bytes().is_some() && known.bytes() == value.bytes(),
        };
        let constants = &mut self.program.constants;
        // Among the last ones, so that a long program is read in linear time.
        let index = constants.iter().rev().take(200).position(same).map(|at| constants.len() - 1 - at);
        let index = index.unwrap_or_else(|| {
            constants.push(value);
            constants.len() - 1
        });
        let op = if index < Opd::LIMIT {
            Op::Push(Opd::new(Opd::CONST, index))
        } else {
            Op::PushConst(index as u32)
        };
        self.add(op);
    }

    pub fn number(&mut self, value: f64) {
        self.constant(Value::Num(value));
    }

    /// The number that the last instruction pushes.
    fn last_number(&mut self) -> Option<f64> {
        let Some(&mut Op::Push(from)) = self.last() else { return None };
        match self.program.constants.get(from.index()) {
            Some(Value::Num(n)) if from.kind() == Opd::CONST => Some(*n),
            _ => None,
        }
    }

    /// The value on the stack as an operand, without the stack if it has just been pushed.
    pub fn operand(&mut self) -> Opd {
        match self.last() {
            Some(&mut Op::Push(from)) => {
                self.remove_last();
                from
            }
            _ => Opd::STACK,
        }
    }

    /// The two values on the stack as operands.
    fn operands(&mut self) -> (Opd, Opd) {
        let right = self.operand();
        (if right == Opd::STACK { right } else { self.operand() }, right)
    }

    pub fn arith(&mut self, op: Arith) {
        let (left, right) = self.operands();
        self.add(Op::Arith { op, left, right, to: Opd::STACK });
    }

    pub fn compare(&mut self, cmp: Cmp) {
        let (left, right) = self.operands();
        self.add(Op::Compare { cmp, left, right });
    }

    pub fn negate(&mut self) {
        match self.last_number() {
            Some(n) if n != 0.0 => {
                self.remove_last();
                self.number(-n);
            }
            _ => {
                self.add(Op::Negate);
            }
        }
    }

    /// Pushes the field whose number is on the stack.
    pub fn field(&mut self) {
        match self.last_number() {
            Some(n) if n >= 0.0 && n < Opd::LIMIT as f64 => {
                self.remove_last();
                self.add(Op::Push(Opd::new(Opd::FIELD, n as usize)));
            }
            _ => {
                self.add(Op::Load(FIELD));
            }
        }
    }

    /// Joins `count` values; the first is pushed by the instruction at `first`.
    pub fn concat(&mut self, count: usize, first: usize) {
        let at = self.add(Op::Concat(count as u16));
        self.concat = (at, first);
    }

    /// Moves the value on the stack into a variable.
    pub fn store(&mut self, to: Opd) {
        let at = self.here() - 1;
        let op = match self.last().copied() {
            Some(Op::Arith { op, left, right, to: Opd::STACK }) => Op::Arith { op, left, right, to },
            Some(Op::Push(from)) => Op::Move { from, to },
            Some(Op::Concat(count)) if self.concat.0 == at && self.appends(to) => {
                let first = self.concat.1;
                if self.barrier <= first {
                    self.program.code.remove(first);
                    Op::Append { to, count: count - 1 }
                } else {
                    // Jumps among the operands: nothing may move.
                    self.replace(first, Op::PushUninit);
                    Op::Append { to, count }
                }
            }
            _ => {
                self.add(Op::Move { from: Opd::STACK, to });
                return;
            }
        };
        self.remove_last();
        self.add(op);
    }

    /// Whether the last concatenation begins with the variable `to`, and nothing in it can change that.
    fn appends(&self, to: Opd) -> bool {
        let (end, first) = self.concat;
        let harmless = |op: &Op| match op {
            Op::Move { to: other, .. } | Op::Arith { to: other, .. } => *other != to,
            Op::Append { to: other, .. } | Op::Step { var: other, .. } => *other != to,
            Op::Call { .. } => to.kind() == Opd::LOCAL,
            // Built-in functions change arrays and special variables at most.
            _ => true,
        };
        matches!(self.program.code.get(first), Some(Op::Push(from)) if *from == to)
            && self.program.code.get(first + 1..end).is_some_and(|ops| ops.iter().all(harmless))
    }

    /// Removes the value of an expression that nobody needs.
    pub fn discard(&mut self) {
        match self.last() {
            Some(&mut Op::Load(place)) if place == FIELD => {
                self.add(Op::Pop);
            }
            Some(Op::Push(_) | Op::PushConst(_) | Op::Load(_) | Op::PushStatus) => self.remove_last(),
            Some(
                Op::Store { keep, .. }
                | Op::StoreIndex { keep, .. }
                | Op::ArithPlace { keep, .. }
                | Op::ArithIndex { keep, .. },
            ) if *keep => *keep = false,
            Some(Op::Step { mode, .. } | Op::StepPlace { mode, .. } | Op::StepIndex { mode, .. })
                if *mode != Step::Void =>
            {
                *mode = Step::Void;
            }
            _ => {
                self.add(Op::Pop);
            }
        }
    }

    /// A jump that is taken if the value on the stack is true (`sense`) or false.
    pub fn jump_if(&mut self, sense: bool) -> usize {
        let target = 0;
        let op = match self.last() {
            Some(&mut Op::Compare { cmp, left, right }) => {
                Op::CompareJump { cmp, sense, left, right, target }
            }
            Some(&mut Op::Match { negate, text, regex }) => {
                Op::MatchJump { sense: sense != negate, text, regex, target }
            }
            Some(&mut Op::Not) => {
                self.remove_last();
                return self.jump_if(!sense);
            }
            _ => return self.add(Op::JumpIf { sense, target }),
        };
        self.remove_last();
        self.add(op)
    }

    /// Makes the value on the stack 0 or 1.
    pub fn truth(&mut self) {
        match self.last() {
            Some(Op::Compare { .. } | Op::Match { .. } | Op::Not | Op::In(_)) => {}
            _ => {
                self.add(Op::Truth);
            }
        }
    }
}

impl Emit {
    /// Cuts off the instructions from `from` on, to be put elsewhere.
    pub fn take_from(&mut self, from: usize) -> Vec<Op> {
        let code = &mut self.program.code;
        let ops = code.get(from..).unwrap_or_default().to_vec();
        code.truncate(from);
        self.barrier = from;
        ops
    }

    /// Appends instructions that began at `from`; their jumps among themselves move with them.
    pub fn put_back(&mut self, ops: Vec<Op>, from: usize) {
        let here = self.here();
        for mut op in ops {
            if let Some(target) = target(&mut op)
                && *target as usize >= from
            {
                *target = (*target as usize - from + here) as u32;
            }
            self.add(op);
        }
        self.label();
    }

    /// Goes back to the beginning of a loop: to its condition, which is tested here again if that is one instruction.
    pub fn repeat(&mut self, condition: u32, out: Option<usize>) {
        let again = self.program.code.get(condition as usize).copied();
        match again {
            Some(Op::CompareJump { cmp, sense, left, right, .. }) if out == Some(condition as usize) => {
                self.add(Op::CompareJump { cmp, sense: !sense, left, right, target: condition + 1 });
            }
            _ => {
                self.add(Op::Jump(condition));
            }
        }
    }
}

/// Where a jump goes.
fn target(op: &mut Op) -> Option<&mut u32> {
    match op {
        Op::Jump(target)
        | Op::JumpIf { target, .. }
        | Op::Logic { target, .. }
        | Op::IterNext(target)
        | Op::JumpNoResult(target)
        | Op::NextRecord(target)
        | Op::InRange { target, .. }
        | Op::CompareJump { target, .. }
        | Op::MatchJump { target, .. } => Some(target),
        _ => None,
    }
}
