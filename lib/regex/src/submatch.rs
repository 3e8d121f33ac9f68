//! Sub-matches of a known match, by the rule of XBD 9.1: from left to right each part of the pattern takes the longest
//! text it can while the parts after it still match; then the same within each part.
//!
//! To split the text `i..j` among the parts of a node, the node's code is run backwards from `j` once, which tells at
//! each position from where in the code `j` can be reached. Then each part runs forwards as long as it is at a point
//! from where `j` can be reached: so it never looks further than the text it takes, and all is linear in the text.

use crate::Span;
use crate::ast::{Ast, INF, Kind, Node};
use crate::program::Program;
use crate::sim::{Frame, Points};
use alloc::vec;
use alloc::vec::Vec;

/// Words of memory for the points reachable at each position; beyond, they are computed again block by block.
const BLOCK: usize = 1 << 16;

/// A text with what the caller said of its ends.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) text: &'a [u8],
    /// The start of the text is not the start of a line.
    pub(crate) bol: bool,
    /// Its end is not the end of a line.
    pub(crate) eol: bool,
}

pub(crate) struct Split<'a> {
    program: &'a Program,
    ast: &'a Ast,
    subject: Subject<'a>,
    slots: &'a mut [Option<Span>],
    now: Points,
    next: Points,
}

/// The points of code `lo..=hi` from where, at each position of `i..=j`, the end of both can be reached.
struct Reach {
    lo: u32,
    hi: u32,
    i: usize,
    j: usize,
    /// Words of a bit row.
    words: usize,
    /// Positions of a block.
    block: usize,
    /// Rows of the block that begins at `base`.
    rows: Vec<u64>,
    base: usize,
    /// For each block, last first: the lowest position above it that is no inner byte of a character, and its row.
    tops: Vec<(usize, Vec<u64>)>,
}

impl Reach {
    fn row(&self, at: usize) -> &[u64] {
        let first = at.wrapping_sub(self.base).wrapping_mul(self.words);
        self.rows.get(first..first.wrapping_add(self.words)).unwrap_or(&[])
    }

    fn has(&self, row: &[u64], pc: u32) -> bool {
        let bit = pc.wrapping_sub(self.lo);
        row.get(bit as usize / 64).is_some_and(|w| w >> (bit % 64) & 1 == 1)
    }
}

impl<'a> Split<'a> {
    pub(crate) fn new(
        program: &'a Program,
        ast: &'a Ast,
        subject: Subject<'a>,
        slots: &'a mut [Option<Span>],
    ) -> Split<'a> {
        let (now, next) = (Points::new(program), Points::new(program));
        Split { program, ast, subject, slots, now, next }
    }

    /// Code `lo..hi` at position `at`.
    fn frame(&self, back: bool, lo: u32, hi: u32, at: usize) -> Frame {
        let (p, s) = (self.program, &self.subject);
        let mut sure = 0;
        if p.looks {
            let before = p.unit_before(s.text, at, p.edge(s.bol)).0;
            let after = p.unit_at(s.text, at, p.edge(s.eol)).0;
            sure = p.holding(p.side(before), p.side(after));
        }
        Frame { back, lo, hi, sure, possible: sure }
    }

    /// Sets the slots of all groups in node `id`, whose code begins at `pc` and matches `i..j`.
    pub(crate) fn visit(&mut self, id: u32, pc: u32, i: usize, j: usize) {
        let node = self.ast.node(id);
        if !node.groups {
            return;
        }
        match node.kind {
            Kind::Group => {
                if let Some(slot) = self.slots.get_mut(node.b as usize) {
                    *slot = Some((i, j));
                }
                self.visit(node.a, pc, i, j);
            }
            Kind::Cat => self.sequence(&node, pc, i, j),
            Kind::Alt => self.alternatives(&node, pc, i, j),
            Kind::Repeat => self.repetition(&node, pc, i, j),
            _ => {}
        }
    }

    /// The first alternative that matches all of `i..j`.
    fn alternatives(&mut self, node: &Node, pc: u32, i: usize, j: usize) {
        let mut pc = pc;
        for k in 1..=node.b {
            let kid = self.kid(node, k - 1);
            let len = self.ast.node(kid).len;
            let last = k == node.b;
            let begin = pc + u32::from(!last);
            if last || self.matches(kid, begin, i, j) {
                return self.visit(kid, begin, i, j);
            }
            pc = begin + len + 1;
        }
    }

    fn kid(&self, node: &Node, k: u32) -> u32 {
        self.ast.kids(node).get(k as usize).copied().unwrap_or(0)
    }

    /// Whether node `id`, whose code begins at `pc`, matches `i..j`.
    fn matches(&mut self, id: u32, pc: u32, i: usize, j: usize) -> bool {
        let node = self.ast.node(id);
        let width = j - i;
        if width < node.min as usize || (node.max != INF && width > node.max as usize) {
            return false;
        }
        self.longest(pc, pc + node.len, i, j, None) == Some(j)
    }

    /// Splits `i..j` among the children of a `Cat`.
    fn sequence(&mut self, node: &Node, pc: u32, i: usize, j: usize) {
        let (mut pc, mut i, mut j) = (pc, i, j);
        let (mut first, mut end) = (0, node.b);
        let mut last_pc = pc + node.len;
        // Parts of a fixed width need no search, at the start and at the end.
        while first < end {
            let kid = self.kid(node, first);
            let n = self.ast.node(kid);
            let width = if first + 1 == end { j - i } else { n.max as usize };
            if n.min != n.max && first + 1 != end {
                break;
            }
            self.visit(kid, pc, i, i + width);
            i += width;
            pc += n.len;
            first += 1;
        }
        while first < end {
            let kid = self.kid(node, end - 1);
            let n = self.ast.node(kid);
            let width = if first + 1 == end { j - i } else { n.max as usize };
            if n.min != n.max && first + 1 != end {
                break;
            }
            last_pc -= n.len;
            j = j.saturating_sub(width);
            self.visit(kid, last_pc, j, j + width);
            end -= 1;
        }
        if first == end {
            return;
        }
        let mut reach = self.reach(pc, last_pc, i, j);
        while first < end {
            let kid = self.kid(node, first);
            let n = self.ast.node(kid);
            first += 1;
            let k = if first == end { Some(j) } else { self.longest(pc, pc + n.len, i, j, Some(&mut reach)) };
            let Some(k) = k else { return };
            self.visit(kid, pc, i, k);
            i = k;
            pc += n.len;
        }
    }

    /// Splits `i..j` among the turns of a `Repeat`; the last one sets the groups.
    fn repetition(&mut self, node: &Node, pc: u32, i: usize, j: usize) {
        let (min, max) = (node.b, node.c);
        let len = self.ast.node(node.a).len;
        if max == 0 || len == 0 {
            return if max > 0 { self.visit(node.a, pc, i, j) } else { () };
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
            let Some(k) = self.longest(begin, begin + len, at, j, Some(&mut reach)) else { break };
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
    fn longest(&mut self, lo: u32, hi: u32, i: usize, j: usize, reach: Option<&mut Reach>) -> Option<usize> {
        let (mut at, mut best) = (i, None);
        let mut reach = reach;
        self.now.clear();
        let frame = self.frame(false, lo, hi, at);
        self.now.close(self.program, lo, &frame);
        loop {
            let ended = self.now.contains(hi);
            match reach.as_deref_mut() {
                Some(reach) => {
                    if at >= reach.base + reach.block {
                        self.load(reach, at);
                    }
                    let row = reach.row(at);
                    if ended && reach.has(row, hi) {
                        best = Some(at);
                    }
                    if !self.now.list.iter().any(|&pc| reach.has(row, pc)) {
                        return best;
                    }
                }
                None if ended => best = Some(at),
                None => {}
            }
            if at >= j || self.now.list.is_empty() {
                return best;
            }
            let (class, width) = self.program.unit_at(self.subject.text, at, 0);
            at += width;
            let frame = self.frame(false, lo, hi, at);
            self.next.clear();
            self.next.step(self.program, &self.now.list, class, &frame);
            core::mem::swap(&mut self.now, &mut self.next);
        }
    }

    /// Runs code `lo..hi` backwards over `i..j`.
    fn reach(&mut self, lo: u32, hi: u32, i: usize, j: usize) -> Reach {
        let words = (hi - lo) as usize / 64 + 1;
        let block = (BLOCK / words).max(1024);
        let mut reach = Reach { lo, hi, i, j, words, block, rows: Vec::new(), base: i, tops: Vec::new() };
        self.now.clear();
        let frame = self.frame(true, lo, hi, j);
        self.now.close(self.program, hi, &frame);
        self.run_back(&mut reach, j, i, true);
        reach
    }

    /// Puts the rows of the block with position `at` in place.
    #[cold]
    fn load(&mut self, reach: &mut Reach, at: usize) {
        let number = (at - reach.i) / reach.block;
        let blocks = (reach.j - reach.i) / reach.block;
        let Some((from, row)) = reach.tops.get(blocks - number).cloned() else { return };
        self.now.clear();
        for bit in 0..=reach.hi - reach.lo {
            if reach.has(&row, reach.lo + bit) {
                self.now.insert(reach.lo + bit);
            }
        }
        self.run_back(reach, from, reach.i + number * reach.block, false);
    }

    /// Runs backwards from the points `now` at position `from` down to `to`; what stays are the rows of the last block.
    fn run_back(&mut self, reach: &mut Reach, from: usize, to: usize, note: bool) {
        let mut at = from;
        let base_of = |at: usize| at - (at - reach.i) % reach.block;
        let size = |base: usize| (reach.j - base + 1).min(reach.block) * reach.words;
        let bits = |points: &Points, row: &mut [u64]| {
            for &pc in &points.list {
                let bit = pc - reach.lo;
                if let Some(word) = row.get_mut(bit as usize / 64) {
                    *word |= 1 << (bit % 64);
                }
            }
        };
        // Above the block wanted there is one more position, whose row belongs to the next one.
        let mut base = base_of(at);
        let mut rows = vec![0; size(base)];
        if note {
            let mut row = vec![0; reach.words];
            bits(&self.now, &mut row);
            reach.tops.push((at, row));
        }
        loop {
            if base_of(at) != base {
                base = base_of(at);
                rows = vec![0; size(base)];
            }
            let first = (at - base) * reach.words;
            if let Some(row) = rows.get_mut(first..first + reach.words) {
                bits(&self.now, row);
            }
            if at <= to {
                break;
            }
            let (class, width) = self.program.unit_before(self.subject.text, at, 0);
            let above = at;
            at = at.saturating_sub(width.max(1));
            if note && at >= reach.i && base_of(at) != base {
                let mut row = vec![0; reach.words];
                bits(&self.now, &mut row);
                reach.tops.push((above, row));
            }
            if at < to {
                break;
            }
            let frame = self.frame(true, reach.lo, reach.hi, at);
            self.next.clear();
            self.next.step(self.program, &self.now.list, class, &frame);
            core::mem::swap(&mut self.now, &mut self.next);
        }
        reach.rows = rows;
        reach.base = base;
    }
}
