//! Matching with back-references, which no automaton can do: a depth-first search over all ways to match.
//!
//! A place in the search is left when it was seen before with the same referenced groups, and the search as a whole ends
//! after a number of steps. Matching with back-references is NP-complete; something must give.

use crate::Span;
use crate::program::{Program, cell, op};
use crate::submatch::Subject;
use crate::unit;
use alloc::vec;
use alloc::vec::Vec;

/// Steps per call, plus as many per byte of the text.
const STEPS: u64 = 20_000_000;
const STEPS_PER_BYTE: u64 = 1000;

/// Places remembered: so many per byte of the text, within limits.
const SEEN_PER_BYTE: usize = 64;

pub(crate) struct Backtrack<'a> {
    pub(crate) program: &'a Program,
    /// Numbers of the groups that are referred to.
    pub(crate) refs: &'a [u32],
    pub(crate) subject: Subject<'a>,
    pub(crate) icase: bool,
    /// Start and end of each group, coded so that the better is the greater: `!start`, `end + 1`, and 0 for none.
    slots: Vec<usize>,
    best: Vec<usize>,
    best_end: Option<usize>,
    /// Hash table of places seen; 0 is free.
    seen: Vec<u64>,
    count: usize,
    pub(crate) steps: u64,
}

/// What to do when a way has come to its end: give slot `.0` the value `.1` back, or with `GO` added to it try another
/// way, from that instruction at that position.
type Task = (u32, usize);

const GO: u32 = 1 << 31;

impl<'a> Backtrack<'a> {
    pub(crate) fn new(
        program: &'a Program,
        refs: &'a [u32],
        subject: Subject<'a>,
        icase: bool,
        groups: usize,
    ) -> Backtrack<'a> {
        let (slots, best) = (vec![0; 2 * groups + 2], Vec::new());
        let len = subject.text.len();
        let steps = STEPS + STEPS_PER_BYTE * len as u64;
        let size = (len.min(1 << 20) * SEEN_PER_BYTE).clamp(1 << 10, 1 << 21).next_power_of_two();
        let (seen, best_end, count) = (vec![0; size], None, 0);
        Backtrack { program, refs, subject, icase, slots, best, best_end, seen, count, steps }
    }

    /// The span of sub-match `n` of the match found.
    #[inline(never)]
    pub(crate) fn group(&self, n: usize) -> Option<Span> {
        match self.best.get(2 * n..2 * n + 2) {
            Some(&[i, j]) if i != 0 && j != 0 => Some((!i, j - 1)),
            _ => None,
        }
    }

    /// The end of the longest match that begins at `begin`.
    #[inline(never)]
    pub(crate) fn find(&mut self, begin: usize) -> Option<usize> {
        self.best_end = None;
        self.slots.fill(0);
        let mut tasks = vec![(GO, begin)];
        while let Some((what, value)) = tasks.pop().filter(|_| self.steps > 0) {
            if what & GO == 0 {
                self.set(what, value);
            } else {
                self.follow(begin, what & !GO, value, &mut tasks);
            }
        }
        self.best_end
    }

    /// Sets a slot and returns the task of giving it its value back.
    #[inline(never)]
    fn set(&mut self, slot: u32, value: usize) -> Task {
        (slot, self.slots.get_mut(slot as usize).map_or(0, |entry| core::mem::replace(entry, value)))
    }

    fn slot(&self, slot: u32) -> usize {
        self.slots.get(slot as usize).copied().unwrap_or(0)
    }

    /// Follows one way to its end and leaves the others in `tasks`.
    #[inline(never)]
    fn follow(&mut self, begin: usize, pc: u32, at: usize, tasks: &mut Vec<Task>) {
        let (p, text) = (self.program, self.subject.text);
        let (mut pc, mut at) = (pc, at);
        while self.steps > 0 {
            self.steps -= 1;
            let (op, arg) = p.at(pc);
            match op {
                op::SET => {
                    let (class, len) = p.unit_at(text, at, p.classes);
                    if !p.member(arg, class) {
                        return;
                    }
                    at += len;
                }
                op::SPLIT | op::LOOP => {
                    if !self.first_time(begin, pc, at) {
                        return;
                    }
                    let (one, two) = if op == op::LOOP { (arg, pc + 1) } else { (pc + 1, arg) };
                    tasks.push((two | GO, at));
                    pc = one;
                    continue;
                }
                op::JUMP => {
                    pc = arg;
                    continue;
                }
                op::LOOK => {
                    if self.subject.holding(p, at) >> arg & 1 == 0 {
                        return;
                    }
                }
                op::BACK => {
                    let (i, j) = (self.slot(2 * arg), self.slot(2 * arg + 1));
                    let was = if i == 0 || j == 0 { None } else { text.get(!i..j - 1) };
                    let Some(len) = was.and_then(|was| self.same(was, at)) else { return };
                    at += len;
                }
                op::SAVE => {
                    let value = if arg & 1 == 0 { !at } else { at + 1 };
                    tasks.push(self.set(arg, value));
                }
                op::CLEAR => {
                    for slot in arg >> 14..arg & 0x3FFF {
                        tasks.push(self.set(slot, 0));
                    }
                }
                _ => return self.matched(at),
            }
            pc += 1;
        }
    }

    /// Length of what is at `at` if it equals `was`.
    #[inline(never)]
    fn same(&mut self, was: &[u8], at: usize) -> Option<usize> {
        let rest = self.subject.text.get(at..)?;
        self.steps = self.steps.saturating_sub(was.len() as u64 / 16);
        if !self.icase {
            return if rest.starts_with(was) { Some(was.len()) } else { None };
        }
        // Bytes that are no UTF-8 text compare alike whether they are decoded or not.
        let utf8 = self.program.utf8;
        let (mut was, mut now) = (was, rest);
        while !was.is_empty() {
            let ((a, a_len), (b, b_len)) = (unit::first(was), unit::first(now));
            if b_len == 0 || unit::fold(a, utf8) != unit::fold(b, utf8) {
                return None;
            }
            (was, now) = (was.get(a_len..)?, now.get(b_len..)?);
        }
        Some(rest.len() - now.len())
    }

    /// A match that ends at `at`: kept if it is longer, or as long and earlier groups begin earlier or are longer.
    fn matched(&mut self, at: usize) {
        if self.best_end < Some(at) || (self.best_end == Some(at) && self.best < self.slots) {
            self.best_end = Some(at);
            self.best.clone_from(&self.slots);
        }
    }

    /// Whether instruction `pc` is reached at `at` with these groups for the first time in the search from `begin`.
    #[inline(never)]
    fn first_time(&mut self, begin: usize, pc: u32, at: usize) -> bool {
        const K: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut hash = begin as u64;
        let mut mix = |value: usize| {
            hash = (hash ^ value as u64).wrapping_mul(K);
            hash ^= hash >> 32;
        };
        mix(pc as usize);
        mix(at);
        for k in 0..self.refs.len() as u32 {
            let group = cell(self.refs, k);
            mix(self.slot(2 * group));
            mix(self.slot(2 * group + 1));
        }
        let hash = hash.max(1);
        if self.count * 2 >= self.seen.len() {
            self.seen.fill(0);
            self.count = 0;
        }
        let mask = self.seen.len() - 1;
        let mut at = hash as usize & mask;
        while let Some(entry) = self.seen.get_mut(at) {
            if *entry == hash {
                return false;
            }
            if *entry == 0 {
                *entry = hash;
                self.count += 1;
                break;
            }
            at = (at + 1) & mask;
        }
        true
    }
}
