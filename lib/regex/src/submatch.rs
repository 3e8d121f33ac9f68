//! Sub-matches of a known match, by the rule of XBD 9.1: from left to right each part of the pattern takes the longest
//! text it can while the parts after it still match; then the same within each part.
//!
//! To split the text `i..j` among the parts of a node, the node's code is run backwards from `j` once, which tells at
//! each position from where in the code `j` can be reached. Then each part runs forwards as long as it is at a point
//! from where `j` can be reached: so it never looks further than the text it takes, and all is linear in the text.

use crate::ast::{Ast, INF, Kind, Node};
use crate::program::Program;
use crate::sim::{Frame, Points};
use crate::{Eflags, Span};
use alloc::vec::Vec;

/// Words of memory for the points reachable at each position. A longer match is done block by block.
const BLOCK: usize = 1 << 19;

/// A text with what the caller said of its ends.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) text: &'a [u8],
    /// The start of the text is not the start of a line.
    pub(crate) bol: bool,
    /// Its end is not the end of a line.
    pub(crate) eol: bool,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(text: &'a [u8], eflags: Eflags) -> Subject<'a> {
        Subject { text, bol: eflags.0 & 1 != 0, eol: eflags.0 & 2 != 0 }
    }

    /// A text that is a line of its own.
    pub(crate) fn whole(text: &'a [u8]) -> Subject<'a> {
        Subject { text, bol: false, eol: false }
    }

    /// The conditions that hold at `at`, one bit each.
    #[inline(never)]
    pub(crate) fn holding(&self, program: &Program, at: usize) -> u32 {
        let before = program.unit_before(self.text, at, program.edge(self.bol)).0;
        let after = program.unit_at(self.text, at, program.edge(self.eol)).0;
        program.holding(program.side(before), program.side(after))
    }
}

pub(crate) struct Split<'a> {
    program: &'a Program,
    ast: &'a Ast,
    subject: Subject<'a>,
    /// Of the groups from 1 on.
    slots: &'a mut [Option<Span>],
    now: Points,
    next: Points,
}

/// The points of code `lo..=hi` from where, at each position up to `end`, the end of both can be reached.
struct Reach {
    lo: u32,
    hi: u32,
    end: usize,
    /// Words of a bit row.
    words: usize,
    /// Positions of a block.
    block: usize,
    /// The rows of one block, which begins at `base`.
    rows: Vec<u64>,
    base: usize,
}

impl Reach {
    /// Index in `rows` of the word with the bit of `pc` at position `at`, and the bit.
    fn bit(&self, at: usize, pc: u32) -> (usize, u64) {
        let bit = pc.wrapping_sub(self.lo);
        let word = at.wrapping_sub(self.base).wrapping_mul(self.words).wrapping_add(bit as usize / 64);
        (word, 1 << (bit % 64))
    }

    fn has(&self, at: usize, pc: u32) -> bool {
        let (word, bit) = self.bit(at, pc);
        self.rows.get(word).is_some_and(|w| w & bit != 0)
    }
}

impl<'a> Split<'a> {
    pub(crate) fn new(
        program: &'a Program,
        ast: &'a Ast,
        subject: Subject<'a>,
        slots: &'a mut [Option<Span>],
    ) -> Split<'a> {
        Split { program, ast, subject, slots, now: Points::new(), next: Points::new() }
    }

    /// Code `lo..hi` at position `at`.
    #[inline(never)]
    fn frame(&self, back: bool, lo: u32, hi: u32, at: usize) -> Frame {
        let sure = if self.program.looks { self.subject.holding(self.program, at) } else { 0 };
        Frame { back, lo, hi, sure, possible: sure }
    }

    /// Sets the slots of all groups in node `id`, whose code begins at `pc` and matches `i..j`.
    pub(crate) fn visit(&mut self, id: u32, pc: u32, i: usize, j: usize) {
        let node = self.ast.node(id);
        if node.groups == 0 {
            return;
        }
        match node.kind {
            Kind::Group => {
                if let Some(slot) = self.slots.get_mut(node.b as usize - 1) {
                    *slot = Some((i, j));
                }
                self.visit(node.a, pc, i, j);
            }
            Kind::Cat => self.sequence(node, pc, i, j),
            Kind::Alt => self.alternatives(node, pc, i, j),
            Kind::Repeat => self.repetition(node, pc, i, j),
            _ => {}
        }
    }

    /// The first alternative that matches all of `i..j`.
    #[inline(never)]
    fn alternatives(&mut self, node: &Node, pc: u32, i: usize, j: usize) {
        let mut pc = pc;
        for k in 1..=node.b {
            let kid = self.kid(node, k - 1);
            let len = self.ast.node(kid).len;
            let last = k == node.b;
            let begin = pc + u32::from(!last);
            if last || self.reach(begin, begin + len, i, j).has(i, begin) {
                return self.visit(kid, begin, i, j);
            }
            pc = begin + len + 1;
        }
    }

    #[inline(never)]
    fn kid(&self, node: &Node, k: u32) -> u32 {
        self.ast.kids(node).get(k as usize).copied().unwrap_or(0)
    }

    /// Splits `i..j` among the children of a `Cat`.
    #[inline(never)]
    fn sequence(&mut self, node: &Node, pc: u32, i: usize, j: usize) {
        let (mut pc, mut i, mut j) = (pc, i, j);
        let (mut first, mut end) = (0, node.b);
        let mut last_pc = pc + node.len;
        // Parts of a fixed width need no search, nor does the last one left.
        while first < end {
            let (head, tail) = (self.kid(node, first), self.kid(node, end - 1));
            let (h, t) = (self.ast.node(head), self.ast.node(tail));
            if h.min == h.max || first + 1 == end {
                let k = if first + 1 == end { j } else { i + h.max as usize };
                self.visit(head, pc, i, k);
                i = k;
                pc += h.len;
                first += 1;
            } else if let Some(k) = self.end_of_run(head, self.kid(node, first + 1), i, j) {
                self.visit(head, pc, i, k);
                i = k;
                pc += h.len;
                first += 1;
            } else if t.min == t.max {
                let k = j.saturating_sub(t.max as usize);
                last_pc -= t.len;
                self.visit(tail, last_pc, k, j);
                j = k;
                end -= 1;
            } else {
                break;
            }
        }
        if first == end {
            return;
        }
        let mut reach = self.reach(pc, last_pc, i, j);
        while first < end {
            let kid = self.kid(node, first);
            let n = self.ast.node(kid);
            first += 1;
            let k = if first == end { Some(j) } else { self.longest(pc, pc + n.len, i, j, &mut reach) };
            let Some(k) = k else { return };
            self.visit(kid, pc, i, k);
            i = k;
            pc += n.len;
        }
    }

    /// Where a part ends that begins at `i` and consists of units of one set, if what follows begins with one that is
    /// not in it: there is only one place, and no search is needed.
    fn end_of_run(&self, part: u32, next: u32, i: usize, j: usize) -> Option<usize> {
        let (set, other) = (self.only_set(part, false)?, self.only_set(next, true)?);
        let program = self.program;
        if (0..program.classes).any(|class| program.member(set, class) && program.member(other, class)) {
            return None;
        }
        let mut at = i;
        while at < j {
            let (class, width) = program.unit_at(self.subject.text, at, 0);
            if !program.member(set, class) {
                break;
            }
            at += width;
        }
        Some(at)
    }

    /// The set that all units of a part are in; with `first`, the one that its first unit is in.
    fn only_set(&self, id: u32, first: bool) -> Option<u32> {
        let mut node = self.ast.node(id);
        loop {
            let inner = match node.kind {
                Kind::Set => return Some(node.a),
                Kind::Group => node.a,
                Kind::Repeat if node.b > 0 || !first => node.a,
                Kind::Cat if first && node.b > 0 => self.kid(node, 0),
                _ => return None,
            };
            node = self.ast.node(inner);
        }
    }

    /// Splits `i..j` among the turns of a `Repeat`; the last one sets the groups.
    #[inline(never)]
    fn repetition(&mut self, node: &Node, pc: u32, i: usize, j: usize) {
        let (min, max) = (node.b, node.c);
        let len = self.ast.node(node.a).len;
        if max == 0 || len == 0 {
            if max > 0 {
                self.visit(node.a, pc, i, j);
            }
            return;
        }
        if max == 1 && min == 1 {
            return self.visit(node.a, pc, i, j);
        }
        let mut reach = self.reach(pc, pc + node.len, i, j);
        let (mut turn, mut at, mut last) = (0, i, None);
        while turn < max {
            // Turn `turn` runs copy `turn` of the child, or the last of them again.
            let copy = if max == INF { turn.min(min.max(1) - 1) } else { turn };
            let required = copy.min(min);
            let begin = pc + required * len + (copy - required) * (len + 1) + u32::from(copy >= min);
            // The empty string is longer than no match at all, but only as the first and only turn.
            if at == j && turn >= min && turn > 0 {
                break;
            }
            let Some(k) = self.longest(begin, begin + len, at, j, &mut reach) else { break };
            last = Some((begin, at, k));
            if k == at && turn >= min {
                break;
            }
            at = k;
            turn += 1;
        }
        if let Some((begin, from, to)) = last {
            self.visit(node.a, begin, from, to);
        }
    }

    /// The greatest `k` such that code `lo..hi` matches `i..k` and, by `reach`, what follows it matches `k..j`.
    fn longest(&mut self, lo: u32, hi: u32, i: usize, j: usize, reach: &mut Reach) -> Option<usize> {
        let (mut at, mut best) = (i, None);
        self.now.clear(self.program);
        let frame = self.frame(false, lo, hi, at);
        self.now.close(self.program, lo, &frame);
        loop {
            let ended = self.now.contains(hi);
            if at >= reach.base + reach.block {
                // The rows are made with the same sets of points, which are then restored.
                let points = self.now.list.clone();
                self.load(reach, at);
                self.now.clear(self.program);
                for &pc in &points {
                    self.now.insert(pc);
                }
            }
            if ended && reach.has(at, hi) {
                best = Some(at);
            }
            if !self.now.list.iter().any(|&pc| reach.has(at, pc)) {
                return best;
            }
            if at >= j {
                return best;
            }
            let (class, width) = self.program.unit_at(self.subject.text, at, 0);
            at += width;
            let frame = self.frame(false, lo, hi, at);
            self.next.clear(self.program);
            self.next.step(self.program, &self.now.list, class, &frame);
            core::mem::swap(&mut self.now, &mut self.next);
        }
    }

    /// Runs code `lo..hi` backwards over `i..j`.
    #[inline(never)]
    fn reach(&mut self, lo: u32, hi: u32, i: usize, j: usize) -> Reach {
        let words = (hi - lo) as usize / 64 + 1;
        let block = (BLOCK / words).max(1024);
        let mut reach = Reach { lo, hi, end: j, words, block, rows: Vec::new(), base: i };
        self.load(&mut reach, i);
        reach
    }

    /// Makes the rows of the block that begins at `base`.
    #[inline(never)]
    fn load(&mut self, reach: &mut Reach, base: usize) {
        reach.base = base;
        reach.rows.clear();
        reach.rows.resize((reach.end - base + 1).min(reach.block) * reach.words, 0);
        let mut at = reach.end;
        self.now.clear(self.program);
        let frame = self.frame(true, reach.lo, reach.hi, at);
        self.now.close(self.program, reach.hi, &frame);
        loop {
            for &pc in &self.now.list {
                let (word, bit) = reach.bit(at, pc);
                if let Some(word) = reach.rows.get_mut(word) {
                    *word |= bit;
                }
            }
            if at <= base {
                return;
            }
            let (class, width) = self.program.unit_before(self.subject.text, at, 0);
            at -= width.clamp(1, at);
            let frame = self.frame(true, reach.lo, reach.hi, at);
            self.next.clear(self.program);
            self.next.step(self.program, &self.now.list, class, &frame);
            core::mem::swap(&mut self.now, &mut self.next);
        }
    }
}
