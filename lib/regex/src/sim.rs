//! Sets of program points, and how a program moves from one to the next, forwards or backwards.

use crate::program::{Program, op};
use alloc::vec::Vec;

/// A set of program counters in order of insertion.
pub(crate) struct Points {
    pub(crate) list: Vec<u32>,
    /// `seen[pc] == round`: in the set.
    seen: Vec<u32>,
    round: u32,
    pending: Vec<u32>,
}

/// The part of a program that runs, and the conditions at the position it is at.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    /// Run backwards.
    pub(crate) back: bool,
    /// The first instruction, and the point after the last.
    pub(crate) lo: u32,
    pub(crate) hi: u32,
    /// Conditions known to hold.
    pub(crate) sure: u32,
    /// Conditions that hold or may turn out to.
    pub(crate) possible: u32,
}

impl Points {
    pub(crate) const fn new() -> Points {
        Points { list: Vec::new(), seen: Vec::new(), round: 0, pending: Vec::new() }
    }

    /// Empties the set, for points of `program`.
    #[inline(never)]
    pub(crate) fn clear(&mut self, program: &Program) {
        self.list.clear();
        self.round = self.round.wrapping_add(1);
        if self.round == 0 || self.seen.is_empty() {
            self.seen.clear();
            self.seen.resize(program.code.len(), 0);
            self.round = 1;
        }
    }

    pub(crate) fn contains(&self, pc: u32) -> bool {
        self.seen.get(pc as usize) == Some(&self.round)
    }

    /// Adds one point and nothing that follows from it; false if it was there.
    #[inline]
    pub(crate) fn insert(&mut self, pc: u32) -> bool {
        match self.seen.get_mut(pc as usize) {
            Some(mark) if *mark != self.round => {
                *mark = self.round;
                self.list.push(pc);
                true
            }
            _ => false,
        }
    }

    /// Adds `root` and every point reached from it without consuming anything.
    /// Conditions not known to hold end the way.
    pub(crate) fn close(&mut self, program: &Program, root: u32, frame: &Frame) {
        self.pending.push(root);
        while let Some(pc) = self.pending.pop() {
            if !self.insert(pc) {
                continue;
            }
            if frame.back {
                let mut source = program.last_jump_to(pc);
                while let Some(from) = source {
                    if from >= frame.lo && from < frame.hi {
                        self.pending.push(from);
                    }
                    source = program.jump_before(from);
                }
                if pc > frame.lo {
                    let (op, arg) = program.at(pc - 1);
                    if passes(op, arg, frame) {
                        self.pending.push(pc - 1);
                    }
                }
            } else if pc < frame.hi {
                let (op, arg) = program.at(pc);
                if matches!(op, op::SPLIT | op::LOOP | op::JUMP) {
                    self.pending.push(arg);
                }
                if passes(op, arg, frame) {
                    self.pending.push(pc + 1);
                }
            }
        }
    }

    /// Adds every point reached from `from` by consuming a unit of `class`.
    pub(crate) fn step(&mut self, program: &Program, from: &[u32], class: u32, frame: &Frame) {
        for &pc in from {
            if frame.back {
                if pc > frame.lo {
                    let (op, arg) = program.at(pc - 1);
                    if op == op::SET && program.member(arg, class) {
                        self.close(program, pc - 1, frame);
                    }
                }
            } else if pc < frame.hi {
                let (op, arg) = program.at(pc);
                if op == op::SET && program.member(arg, class) {
                    self.close(program, pc + 1, frame);
                }
            }
            if class < program.classes && pc < frame.hi && program.at(pc).0 == op::BACK {
                self.close(program, pc, frame);
            }
        }
    }
}

/// Whether one goes from an instruction to the next without consuming anything.
fn passes(op: u32, arg: u32, frame: &Frame) -> bool {
    match op {
        op::SPLIT | op::LOOP | op::BACK | op::SAVE | op::CLEAR => true,
        op::LOOK => frame.sure >> arg & 1 == 1,
        _ => false,
    }
}
