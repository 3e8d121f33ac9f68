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

/// Most places remembered.
const MAX_SEEN: usize = 1 << 20;

const UNSET: usize = usize::MAX;

pub(crate) struct Backtrack<'a> {
    pub(crate) program: &'a Program,
    /// Numbers of the groups that are referred to.
    pub(crate) refs: &'a [u32],
    pub(crate) subject: Subject<'a>,
    pub(crate) icase: bool,
    /// Start and end of each group.
    slots: Vec<usize>,
    best: Vec<usize>,
    best_end: Option<usize>,
    /// Hash values of places seen; 0 is free.
    seen: Vec<u64>,
    count: usize,
    pub(crate) steps: u64,
}

/// What to do when a way has come to its end.
enum Task {
    /// Try another way, from this instruction at this position.
    Go(u32, usize),
    /// Give a slot its value back.
    Restore(u32, usize),
}

impl<'a> Backtrack<'a> {
    pub(crate) fn new(
        program: &'a Program,
        refs: &'a [u32],
        subject: Subject<'a>,
        icase: bool,
        groups: usize,
    ) -> Backtrack<'a> {
        let (slots, best) = (vec![UNSET; 2 * groups + 2], Vec::new());
        let steps = STEPS + STEPS_PER_BYTE * subject.text.len() as u64;
        let (seen, best_end, count) = (vec![0; 256], None, 0);
        Backtrack { program, refs, subject, icase, slots, best, best_end, seen, count, steps }
    }

    /// The span of sub-match `n` of the match found.
    pub(crate) fn group(&self, n: usize) -> Option<Span> {
        match (self.best.get(2 * n), self.best.get(2 * n + 1)) {
            (Some(&i), Some(&j)) if i != UNSET && j != UNSET && i <= j => Some((i, j)),
            _ => None,
        }
    }

    /// The end of the longest match that begins at `begin`.
    pub(crate) fn find(&mut self, begin: usize) -> Option<usize> {
        self.best_end = None;
        self.slots.fill(UNSET);
        let mut tasks = vec![Task::Go(0, begin)];
        while let Some(task) = tasks.pop() {
            match task {
                Task::Restore(slot, value) => self.set(slot, value),
                Task::Go(pc, at) => self.follow(begin, pc, at, &mut tasks),
            }
            if self.steps == 0 {
                break;
            }
        }
        self.best_end
    }

    fn set(&mut self, slot: u32, value: usize) {
        if let Some(entry) = self.slots.get_mut(slot as usize) {
            *entry = value;
        }
    }

    fn slot(&self, slot: u32) -> usize {
        self.slots.get(slot as usize).copied().unwrap_or(UNSET)
    }

    /// Follows one way to its end and leaves the others in `tasks`.
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
                    tasks.push(Task::Go(two, at));
                    pc = one;
                    continue;
                }
                op::JUMP => {
                    pc = arg;
                    continue;
                }
                op::LOOK => {
                    let before = p.unit_before(text, at, p.edge(self.subject.bol)).0;
                    let after = p.unit_at(text, at, p.edge(self.subject.eol)).0;
                    if p.holding(p.side(before), p.side(after)) >> arg & 1 == 0 {
                        return;
                    }
                }
                op::BACK => {
                    let (i, j) = (self.slot(2 * arg), self.slot(2 * arg + 1));
                    let Some(len) = text.get(i..j).and_then(|was| self.same(was, at)) else { return };
                    at += len;
                }
                op::SAVE => {
                    tasks.push(Task::Restore(arg, self.slot(arg)));
                    self.set(arg, at);
                }
                op::CLEAR => {
                    for slot in arg >> 14..arg & 0x3FFF {
                        tasks.push(Task::Restore(slot, self.slot(slot)));
                        self.set(slot, UNSET);
                    }
                }
                _ => return self.matched(at),
            }
            pc += 1;
        }
    }

    /// Length of what is at `at` if it equals `was`.
    fn same(&mut self, was: &[u8], at: usize) -> Option<usize> {
        let rest = self.subject.text.get(at..)?;
        self.steps = self.steps.saturating_sub(was.len() as u64 / 16);
        if !self.icase {
            return if rest.starts_with(was) { Some(was.len()) } else { None };
        }
        let utf8 = self.program.utf8;
        let next = |s: &[u8]| if utf8 { unit::first(s) } else { (s.first().map_or(0, |&b| b.into()), s.len().min(1)) };
        let (mut i, mut k) = (0, 0);
        while let Some(left) = was.get(i..).filter(|s| !s.is_empty()) {
            let ((a, a_len), (b, b_len)) = (next(left), next(rest.get(k..)?));
            if b_len == 0 || unit::fold(a, utf8) != unit::fold(b, utf8) {
                return None;
            }
            i += a_len;
            k += b_len;
        }
        Some(k)
    }

    /// A match that ends at `at`: kept if it is longer, or as long and earlier groups begin earlier or are longer.
    fn matched(&mut self, at: usize) {
        let better = match self.best_end {
            None => true,
            Some(end) if at != end => at > end,
            Some(_) => {
                let pairs = || self.slots.chunks_exact(2).zip(self.best.chunks_exact(2)).skip(1);
                match pairs().find(|(new, old)| new != old) {
                    Some(([i, j], [was_i, was_j])) => *i < *was_i || (i == was_i && *j != UNSET && j > was_j),
                    _ => false,
                }
            }
        };
        if better {
            self.best_end = Some(at);
            self.best.clone_from(&self.slots);
        }
    }

    /// Whether instruction `pc` is reached at `at` with these groups for the first time in the search from `begin`.
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
            self.make_room();
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

    /// Enlarges the table of places, or forgets them all when it is as large as it may be.
    #[cold]
    fn make_room(&mut self) {
        let size = self.seen.len() * 2;
        let old = core::mem::replace(&mut self.seen, vec![0; size.min(2 * MAX_SEEN)]);
        self.count = 0;
        if size > 2 * MAX_SEEN {
            return;
        }
        let mask = size - 1;
        for hash in old.into_iter().filter(|&h| h != 0) {
            let mut at = hash as usize & mask;
            while self.seen.get(at).is_some_and(|&h| h != 0) {
                at = (at + 1) & mask;
            }
            if let Some(entry) = self.seen.get_mut(at) {
                *entry = hash;
                self.count += 1;
            }
        }
    }
}
