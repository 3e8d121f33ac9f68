//! The lazy deterministic automaton: states are built when the text first asks for them, and forgotten when they
//! take too much memory.
//!
//! A state is a list of program points plus what kind of unit came before. Conditions that also depend on the unit
//! after are kept as points and resolved by the next transition, so a match is seen one unit after its end.
//!
//! Where the leftmost match is wanted, the points are in groups by where their match began, leftmost first, each
//! group followed by `MARK`. A group that matches drops all groups behind it.

use crate::program::{Program, cell, op};
use crate::set::sort;
use crate::sim::{Frame, Points};
use crate::submatch::Subject;
use alloc::vec::Vec;
use scan::{SPECIAL, index_of};

/// What an automaton looks for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Whether there is a match; stops at the end that comes first.
    Any,
    /// The same within single lines of a buffer.
    Line,
    /// The end of the leftmost, longest match.
    Leftmost,
    /// Backwards from the end of a match: its leftmost start.
    Back,
}

/// Flags of a transition besides `SPECIAL`; the other bits are the offset of the new state's row.
/// There is a match that ends before the unit consumed.
const MATCH: u32 = 1 << 30;
/// Nothing but a line terminator leads out of the new state.
const SKIP: u32 = 1 << 29;
const OFFSET: u32 = SKIP - 1;
const UNKNOWN: u32 = u32::MAX;
/// The state without points; it has no row of its own.
const DEAD: u32 = SPECIAL;

/// In a state's list: the end of a group.
const MARK: u32 = u32::MAX;
/// In a state's list: a match may begin here. Stands for the first instruction and all that follows from it, which
/// would otherwise be in every list.
const BEGIN: u32 = u32::MAX - 1;

/// Bytes the states of one automaton may take, and as many more for each instruction.
const LIMIT: usize = 2 << 20;
const LIMIT_PER_INSTRUCTION: usize = 64;

/// Size of the hash table.
const BUCKETS: u32 = 4096;

/// Most entries of the table of two-unit steps.
const MAX_PAIRS: usize = 1 << 18;

pub(crate) struct Dfa {
    mode: Mode,
    /// Ends lines in mode `Line`.
    terminator: u8,
    /// Rows of all states. The first is unused so that offset 0 means dead.
    rows: Vec<u32>,
    /// Rows of steps over two one-byte units at once, `columns * columns` entries each: the row of a state, or a
    /// `SPECIAL` value where the step must be made in two. Twice as fast, where the states are few.
    pairs: Vec<u32>,
    /// What is before each state, then its points.
    lists: Vec<u32>,
    /// Where the list of each state begins in `lists`.
    list_at: Vec<u32>,
    /// The newest state with each hash value; 0 is none.
    table: Vec<u32>,
    /// For each state the next older one with the same hash value.
    chain: Vec<u32>,
    /// Transition into the start state after each kind of unit.
    starts: [u32; 5],
    old: Vec<u32>,
    new: Vec<u32>,
    from: Points,
    to: Points,
}

impl Dfa {
    #[inline(never)]
    pub(crate) fn new(mode: Mode) -> Dfa {
        Dfa {
            mode,
            terminator: b'\n',
            rows: Vec::new(),
            pairs: Vec::new(),
            lists: Vec::new(),
            list_at: Vec::new(),
            table: Vec::new(),
            chain: Vec::new(),
            starts: [UNKNOWN; 5],
            old: Vec::new(),
            new: Vec::new(),
            from: Points::new(),
            to: Points::new(),
        }
    }

    /// Sets the line terminator.
    pub(crate) fn end_lines_with(&mut self, program: &Program, terminator: u8) {
        if self.terminator != terminator {
            self.terminator = terminator;
            self.flush(program);
        }
    }

    /// Forgets all states.
    #[cold]
    #[inline(never)]
    fn flush(&mut self, program: &Program) {
        self.rows.clear();
        self.rows.resize(program.columns() as usize, DEAD);
        self.pairs.clear();
        self.lists.clear();
        self.list_at.clear();
        self.list_at.extend_from_slice(&[0, 0]);
        self.table.clear();
        self.table.resize(BUCKETS as usize, 0);
        self.chain.clear();
        self.chain.push(0);
        self.starts = [UNKNOWN; 5];
    }

    /// The frame of the states entered where `side` is known on one side and nothing on the other.
    #[inline(never)]
    fn frame(&self, program: &Program, side: u8) -> Frame {
        let back = self.mode == Mode::Back;
        let (mut sure, mut possible) = (0, 0);
        if program.looks {
            sure = u32::MAX;
            for other in 0..5 {
                let holding = if back { program.holding(other, side) } else { program.holding(side, other) };
                sure &= holding;
                possible |= holding;
            }
        }
        Frame { back, lo: 0, hi: program.stop, sure, possible }
    }

    /// The start state where `side` is before (after, when running backwards).
    #[inline(never)]
    fn start(&mut self, program: &Program, side: u8) -> u32 {
        if self.rows.is_empty() {
            self.flush(program);
        }
        let known = cell(&self.starts, side.into());
        if known != UNKNOWN {
            return known;
        }
        let frame = self.frame(program, side);
        self.to.clear(program);
        self.new.clear();
        self.to.close(program, if frame.back { program.stop } else { 0 }, &frame);
        self.keep(program, &frame, 0);
        let mut stuck = false;
        if !frame.back {
            stuck = self.new.is_empty() && !program.words;
            self.new.clear();
            self.new.push(BEGIN);
        }
        let line = self.mode == Mode::Line;
        let start = if !stuck {
            self.intern(program, side)
        } else if line || program.newline {
            // No match begins after anything but the start of a line.
            let skip = !line || !program.newline || self.terminator == b'\n';
            self.intern(program, side) | if skip { SPECIAL | SKIP } else { 0 }
        } else {
            DEAD
        };
        if let Some(entry) = self.starts.get_mut(usize::from(side)) {
            *entry = start;
        }
        start
    }

    /// Appends to `new` the points of `to` from index `first` on that matter later, as a group.
    #[inline(never)]
    fn keep(&mut self, program: &Program, frame: &Frame, first: usize) {
        let at = self.new.len();
        for &pc in self.to.list.get(first..).unwrap_or(&[]) {
            let (kept, (op, arg)) = if frame.back {
                let before = if pc == 0 { (op::MATCH, 0) } else { program.at(pc - 1) };
                (pc == 0 || (pc < frame.hi && program.at(pc).0 == op::BACK), before)
            } else {
                let here = program.at(pc);
                (matches!(here.0, op::MATCH | op::BACK), here)
            };
            let pending = op == op::LOOK && (frame.possible & !frame.sure) >> arg & 1 == 1;
            if kept || pending || op == op::SET {
                self.new.push(pc);
            }
        }
        if self.mode == Mode::Leftmost && self.new.len() > at {
            sort(self.new.get_mut(at..).unwrap_or(&mut []));
            self.new.push(MARK);
        }
    }

    /// The transition into the state of the points in `new`, which is made if it is new.
    fn intern(&mut self, program: &Program, side: u8) -> u32 {
        if self.mode != Mode::Leftmost {
            sort(&mut self.new);
        }
        if self.new.is_empty() {
            return DEAD;
        }
        let mut hash = u32::from(side);
        for &pc in &self.new {
            hash = (hash ^ pc).wrapping_mul(0x9E37_79B1);
            hash ^= hash >> 15;
        }
        let columns = program.columns();
        let slot = hash % BUCKETS;
        let mut number = cell(&self.table, slot);
        while number != 0 {
            if self.list(number).split_first() == Some((&side.into(), self.new.as_slice())) {
                return number * columns;
            }
            number = cell(&self.chain, number);
        }
        let number = self.list_at.len() as u32 - 1;
        self.chain.push(cell(&self.table, slot));
        if let Some(entry) = self.table.get_mut(slot as usize) {
            *entry = number;
        }
        self.lists.push(side.into());
        self.lists.extend_from_slice(&self.new);
        self.list_at.push(self.lists.len() as u32);
        self.rows.resize(self.rows.len() + columns as usize, UNKNOWN);
        number * columns
    }

    /// The list of state `number`.
    #[inline(never)]
    fn list(&self, number: u32) -> &[u32] {
        let range = cell(&self.list_at, number) as usize..cell(&self.list_at, number + 1) as usize;
        self.lists.get(range).unwrap_or(&[])
    }

    /// Computes the transition from the state at offset `*state` over `column`.
    /// `*state` changes if the states had to be forgotten.
    #[cold]
    #[inline(never)]
    fn build(&mut self, program: &Program, state: &mut u32, column: u32) -> u32 {
        let columns = program.columns();
        let mut old = core::mem::take(&mut self.old);
        old.clear();
        old.extend_from_slice(self.list(*state / columns));
        let side = cell(&old, 0) as u8;
        let limit = LIMIT + LIMIT_PER_INSTRUCTION * program.code.len();
        if (self.rows.len() + self.lists.len() + 2 * self.list_at.len()) * 4 > limit {
            self.flush(program);
            self.new.clear();
            self.new.extend_from_slice(old.get(1..).unwrap_or(&[]));
            *state = self.intern(program, side) & OFFSET;
        }
        let ends_line = self.mode == Mode::Line && column < program.classes && {
            let map = program.map.get(usize::from(self.terminator));
            map.is_some_and(|&c| u32::from(c) == column)
        };
        let next = self.advance(program, old.get(1..).unwrap_or(&[]), side, column, ends_line);
        self.old = old;
        if let Some(entry) = self.rows.get_mut((*state + column) as usize) {
            *entry = next;
        }
        next
    }

    /// The transition from the state of `points` after `before`.
    #[inline(never)]
    fn advance(
        &mut self,
        program: &Program,
        points: &[u32],
        before: u8,
        column: u32,
        ends_line: bool,
    ) -> u32 {
        let after = program.side(if ends_line { program.edge(false) } else { column });
        let next = self.frame(program, after);
        let now = if next.back { program.holding(after, before) } else { program.holding(before, after) };
        let here = Frame { sure: now, possible: now, ..next };
        let goal = if next.back { 0 } else { program.stop };
        self.from.clear(program);
        self.to.clear(program);
        self.new.clear();
        let mut matched = false;
        for group in points.split(|&pc| pc == MARK) {
            let (first, first_to) = (self.from.list.len(), self.to.list.len());
            let mut begin = false;
            for &pc in group {
                if pc == BEGIN {
                    begin = true;
                    self.from.close(program, 0, &here);
                } else if program.looks {
                    self.from.close(program, pc, &here);
                } else {
                    self.from.insert(pc);
                }
            }
            let reached = self.from.list.get(first..).unwrap_or(&[]);
            matched |= reached.contains(&goal);
            if matched && matches!(self.mode, Mode::Any | Mode::Line) {
                return SPECIAL | MATCH;
            }
            self.to.step(program, reached, column, &next);
            self.keep(program, &next, first_to);
            if matched && self.mode == Mode::Leftmost {
                break;
            }
            if begin {
                self.new.push(BEGIN);
            }
        }
        if ends_line {
            return self.start(program, after);
        }
        let flag = if matched { SPECIAL | MATCH } else { 0 };
        if column >= program.classes {
            DEAD | flag
        } else if *self.new == [BEGIN] {
            self.start(program, after)
        } else {
            self.intern(program, after) | flag
        }
    }

    /// Runs from `from` on and returns the end of the match: the first one found, or the longest in mode `Leftmost`.
    pub(crate) fn scan(&mut self, program: &Program, subject: &Subject, from: usize) -> Option<usize> {
        let text = subject.text;
        let terminator = if self.mode == Mode::Line { self.terminator } else { b'\n' };
        // Each line is a text of its own.
        let first = if self.mode == Mode::Line { 0 } else { from };
        let before = program.unit_before(text, first, program.edge(subject.bol)).0;
        let mut next = self.start(program, program.side(before));
        let (mut at, mut end) = (from, None);
        loop {
            let mut state = next & OFFSET;
            if state == 0 {
                return end;
            }
            if next & SKIP != 0 {
                let rest = text.get(at..).unwrap_or(&[]);
                at += index_of(terminator, rest).unwrap_or(rest.len());
            }
            (at, state) = if self.pairing(program) {
                self.run_pairs(program, text, at, state)
            } else {
                scan::run(&self.rows, &program.map, text, at, state)
            };
            let (column, len) = program.unit_at(text, at, program.edge(subject.eol));
            next = cell(&self.rows, state + column);
            if next == UNKNOWN {
                next = self.build(program, &mut state, column);
            }
            if next & MATCH != 0 {
                end = Some(at);
                if self.mode != Mode::Leftmost {
                    return end;
                }
            }
            if len == 0 {
                return end;
            }
            at += len;
        }
    }

    /// Whether two units are stepped over at once. The longest match needs to know of each match on the way.
    fn pairing(&self, program: &Program) -> bool {
        let size = program.columns() as usize * program.columns() as usize;
        self.mode != Mode::Leftmost && self.list_at.len() * size <= MAX_PAIRS
    }

    /// The inner loop over pairs of units. Stops where a pair is new or special; a new one is noted if its two steps
    /// are known by now.
    #[inline(never)]
    fn run_pairs(&mut self, program: &Program, text: &[u8], at: usize, state: u32) -> (usize, u32) {
        let columns = program.columns();
        let (at, row) = scan::run_pairs(&self.pairs, &program.map, columns, text, at, state * columns);
        let column = |b: u8| u32::from(program.map.get(usize::from(b)).copied().unwrap_or(0));
        if let Some([a, b, ..]) = text.get(at..) {
            let entry = row + column(*a) * columns + column(*b);
            if self.pairs.get(entry as usize).is_none_or(|&next| next == UNKNOWN) {
                self.learn(columns, row / columns, column(*a), column(*b));
            }
        }
        (at, row / columns)
    }

    /// Notes the step from `state` over two columns.
    #[cold]
    #[inline(never)]
    fn learn(&mut self, columns: u32, state: u32, one: u32, two: u32) {
        let size = self.rows.len() * columns as usize;
        if self.pairs.len() < size {
            self.pairs.resize(size, UNKNOWN);
        }
        let mut next = cell(&self.rows, state + one);
        if next < SPECIAL {
            next = cell(&self.rows, next + two);
        }
        if next != UNKNOWN {
            next = if next < SPECIAL { next * columns } else { SPECIAL };
            if let Some(entry) = self.pairs.get_mut((state * columns + one * columns + two) as usize) {
                *entry = next;
            }
        }
    }

    /// Runs backwards from `end`, not beyond `limit`, and returns where the longest match that ends there begins.
    pub(crate) fn scan_back(
        &mut self,
        program: &Program,
        subject: &Subject,
        limit: usize,
        end: usize,
    ) -> Option<usize> {
        let text = subject.text;
        let after = program.unit_at(text, end, program.edge(subject.eol)).0;
        let mut next = self.start(program, program.side(after));
        let (mut at, mut begin) = (end, None);
        loop {
            let mut state = next & OFFSET;
            if state == 0 {
                return begin;
            }
            let (column, len) = program.unit_before(text, at, program.edge(subject.bol));
            next = cell(&self.rows, state + column);
            if next == UNKNOWN {
                next = self.build(program, &mut state, column);
            }
            if next & MATCH != 0 {
                begin = Some(at);
            }
            // The unit before `limit` was only looked at.
            if len == 0 || at <= limit {
                return begin;
            }
            at -= len;
        }
    }
}
