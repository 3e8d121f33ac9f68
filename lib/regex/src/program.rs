//! The instructions a pattern is compiled to, and the classes its alphabet falls into.
//!
//! The code of a node is contiguous, is entered at its first instruction and left by reaching the one after its last.
//! So the code of every part of the tree is a program of its own, which the sub-match pass relies on.

use crate::ast::{Ast, INF, Kind, Node, look};
use crate::set::{Set, sort, split};
use crate::unit;
use alloc::vec;
use alloc::vec::Vec;

/// Instruction codes, the top four bits; the other 28 are the argument.
pub(crate) mod op {
    /// Consume a unit of set `arg`.
    pub(crate) const SET: u32 = 0;
    /// Go on with the next instruction or, second choice, at `arg`.
    pub(crate) const SPLIT: u32 = 1;
    /// Go on at `arg` or, second choice, with the next instruction.
    pub(crate) const LOOP: u32 = 2;
    /// Go on at `arg`.
    pub(crate) const JUMP: u32 = 3;
    /// Go on if condition `arg` holds.
    pub(crate) const LOOK: u32 = 4;
    /// Consume the text of group `arg`. Automata, which cannot, take any text for it and so match too much.
    pub(crate) const BACK: u32 = 5;
    /// Note the position in slot `arg`.
    pub(crate) const SAVE: u32 = 6;
    /// Forget the slots `arg >> 14` up to `arg & 0x3FFF`.
    pub(crate) const CLEAR: u32 = 7;
    /// The end.
    pub(crate) const MATCH: u32 = 8;
    /// A dead end.
    pub(crate) const FAIL: u32 = 9;
}

/// What stands before or after a position. Kinds that no condition of the pattern tells apart are all `OTHER`.
pub(crate) mod side {
    pub(crate) const OTHER: u8 = 0;
    pub(crate) const WORD: u8 = 1;
    pub(crate) const NEWLINE: u8 = 2;
    /// The start or end of the text.
    pub(crate) const EDGE: u8 = 3;
    /// The same where the caller said it is not the start or end of a line.
    pub(crate) const TORN_EDGE: u8 = 4;
}

/// Most instructions of a pattern, apart from lists of words.
const MAX_CODE: usize = 1 << 17;

/// Most sets times classes.
const MAX_MEMBERS: usize = 1 << 25;

/// Most instructions at all.
const MAX_ALL: usize = 1 << 26;

/// A placeholder for a jump to the end of a list of words.
const TO_END: u32 = op::JUMP << 28 | 0x0FFF_FFFF;

pub(crate) struct Program {
    pub(crate) code: Vec<u32>,
    /// The program counter of `MATCH`.
    pub(crate) stop: u32,
    /// For each instruction the last one that jumps to it, plus 1; 0: there is none.
    last_jump: Vec<u32>,
    /// For each jump the one before it to the same place, plus 1.
    other_jump: Vec<u32>,
    /// Number of classes of units; a transition row has four more columns, see [`Program::edge`] and `escape`.
    pub(crate) classes: u32,
    /// The column of each byte.
    pub(crate) map: [u16; 256],
    /// Bytes from 0x80 on must be decoded to find their class.
    pub(crate) utf8: bool,
    /// First unit of each interval, and its class. Of intervals with the same first unit all but the last are empty.
    bounds: Vec<u64>,
    class_of: Vec<u32>,
    /// Entry `set * classes + class`: 1 if the class belongs to the set.
    members: Vec<u8>,
    /// What each class is as a neighbour, then the two edges.
    sides: Vec<u8>,
    /// There are conditions.
    pub(crate) looks: bool,
    /// Conditions that ask for word units are among them.
    pub(crate) words: bool,
    /// A newline starts and ends lines within the text.
    pub(crate) newline: bool,
}

impl Program {
    /// A program without code.
    pub(crate) fn new(utf8: bool, newline: bool) -> Program {
        Program {
            code: Vec::new(),
            stop: 0,
            last_jump: Vec::new(),
            other_jump: Vec::new(),
            classes: 0,
            map: [0; 256],
            utf8,
            bounds: Vec::new(),
            class_of: Vec::new(),
            members: Vec::new(),
            sides: Vec::new(),
            looks: false,
            words: false,
            newline,
        }
    }

    /// Compiles the tree with this root. Sets `too_big` where limits are exceeded.
    #[cold]
    pub(crate) fn build(&mut self, ast: &mut Ast, root: u32) {
        self.looks = ast.looks != 0;
        self.words = ast.looks >> look::WORD_EDGE != 0;
        self.compile(ast, root);
        self.stop = self.pc();
        self.emit(op::MATCH, 0);
        ast.too_big |= self.code.len() > MAX_ALL;
        self.link();
        self.classify(ast);
    }

    fn pc(&self) -> u32 {
        self.code.len() as u32
    }

    #[inline(never)]
    fn emit(&mut self, op: u32, arg: u32) {
        self.code.push(op << 28 | arg);
    }

    /// Lets the jump or split at `at` lead here.
    #[inline(never)]
    fn patch(&mut self, at: u32) {
        let here = self.pc();
        if let Some(word) = self.code.get_mut(at as usize) {
            *word = *word & !0x0FFF_FFFF | here;
        }
    }

    /// Appends the code of node `id`.
    #[inline(never)]
    fn compile(&mut self, ast: &mut Ast, id: u32) {
        let node = *ast.node(id);
        let begin = self.pc();
        let keep = !ast.refs.is_empty();
        match node.kind {
            Kind::Set => self.emit(op::SET, node.a),
            Kind::Look => self.emit(op::LOOK, node.a),
            Kind::Back => self.emit(op::BACK, node.a),
            Kind::Group => {
                if keep {
                    self.emit(op::SAVE, 2 * node.b);
                }
                self.compile(ast, node.a);
                if keep {
                    self.emit(op::SAVE, 2 * node.b + 1);
                }
            }
            Kind::Cat => {
                for k in node.a..node.a + node.b {
                    let kid = ast.kids.get(k as usize).copied().unwrap_or(0);
                    self.compile(ast, kid);
                }
            }
            Kind::Alt if node.b > 4 && is_word_list(ast, &node) => self.compile_words(ast, &node),
            Kind::Alt => self.compile_alternatives(ast, &node),
            Kind::Repeat => self.compile_repeat(ast, &node, keep),
        }
        let len = self.pc() - begin;
        if let Some(node) = ast.nodes.get_mut(id as usize) {
            node.len = len;
        }
    }

    /// `split B; A; jump END; B: ... END:`, with the last alternative bare.
    #[inline(never)]
    fn compile_alternatives(&mut self, ast: &mut Ast, node: &Node) {
        let mut jumps = Vec::new();
        for k in 0..node.b {
            let kid = ast.kids.get((node.a + k) as usize).copied().unwrap_or(0);
            if k + 1 == node.b {
                self.compile(ast, kid);
            } else {
                let split = self.pc();
                self.emit(op::SPLIT, 0);
                self.compile(ast, kid);
                jumps.push(self.pc());
                self.emit(op::JUMP, 0);
                self.patch(split);
            }
        }
        for &jump in &jumps {
            self.patch(jump);
        }
    }

    /// The required copies, then a loop or the optional copies, each with a way around it.
    #[inline(never)]
    fn compile_repeat(&mut self, ast: &mut Ast, node: &Node, keep: bool) {
        let clear = if keep { node.groups } else { 0 };
        let (min, max) = (node.b, node.c);
        let copies = if max == INF { min.max(1) } else { max };
        for k in 0..copies {
            let start = self.pc();
            if k >= min {
                self.emit(op::SPLIT, 0);
            }
            let body = self.pc();
            if clear != 0 {
                self.emit(op::CLEAR, clear);
            }
            self.compile(ast, node.a);
            if self.code.len() > MAX_CODE {
                ast.too_big = true;
                return;
            }
            if max == INF && k + 1 == copies {
                if min == 0 {
                    self.emit(op::JUMP, start);
                } else {
                    self.emit(op::LOOP, body);
                }
            }
            if k >= min {
                self.patch(start);
            }
            if self.pc() == start {
                // A child without code: more copies would add nothing.
                break;
            }
        }
    }

    /// An alternation of plain strings as a tree of shared prefixes, so that what follows from a prefix is a short list.
    ///
    /// A tree node is `split NEXT; set LETTER; jump FIRST`, with its next sibling and its first child, or FAIL where
    /// there is none. The end of a word is a node with a jump to the end of it all in place of the letter.
    #[inline(never)]
    fn compile_words(&mut self, ast: &Ast, node: &Node) {
        let begin = self.pc();
        let fail = begin + 1;
        self.emit(op::JUMP, fail);
        self.emit(op::FAIL, 0);
        for &word in ast.kids(node) {
            let word_node = ast.node(word);
            let letters =
                if word_node.kind == Kind::Set { core::slice::from_ref(&word) } else { ast.kids(word_node) };
            // The instruction that leads to the list of nodes to choose from.
            let mut link = begin;
            for k in 0..=letters.len() {
                let want = letters.get(k).map_or(TO_END, |&letter| op::SET << 28 | ast.node(letter).a);
                let first = self.at(link).1;
                let mut at = first;
                while at != fail && cell(&self.code, at + 1) != want {
                    at = self.at(at).1;
                }
                if at == fail {
                    at = self.pc();
                    self.patch(link);
                    self.emit(op::SPLIT, first);
                    self.code.push(want);
                    self.emit(op::JUMP, fail);
                }
                link = at + 2;
            }
        }
        let end = self.pc();
        for word in self.code.iter_mut().skip(begin as usize) {
            if *word == TO_END {
                *word = op::JUMP << 28 | end;
            }
        }
    }

    /// Fills `last_jump` and `other_jump`.
    #[inline(never)]
    fn link(&mut self) {
        self.last_jump = vec![0; self.code.len()];
        self.other_jump = vec![0; self.code.len()];
        for (pc, &word) in (0..).zip(&self.code) {
            if matches!(word >> 28, op::SPLIT | op::LOOP | op::JUMP) {
                let target = word & 0x0FFF_FFFF;
                set_cell(&mut self.other_jump, pc, cell(&self.last_jump, target));
                set_cell(&mut self.last_jump, target, pc + 1);
            }
        }
    }

    /// Divides the units into classes whose members no set tells apart.
    #[cold]
    #[inline(never)]
    fn classify(&mut self, ast: &mut Ast) {
        let mut set = Set::new(self.utf8);
        // Newline and NUL, the possible line terminators, are always alone.
        set.add(0, 0);
        ast.intern(&set);
        set.ranges.clear();
        set.add(10, 10);
        let newline = ast.intern(&set);
        set.ranges.clear();
        if self.words {
            set.add_class(b"word");
        }
        set.finish();
        let word = ast.intern(&set);
        self.bounds.push(0);
        for &range in &ast.ranges {
            let (lo, hi) = split(range);
            self.bounds.extend_from_slice(&[lo.into(), u64::from(hi) + 1]);
        }
        sort(&mut self.bounds);
        self.class_of = vec![0; self.bounds.len()];
        self.classes = 1;
        let mut inside: Vec<u32> = Vec::new();
        for id in 0..ast.sets() {
            self.mark(ast.set(id), &mut inside);
            // A class with members on both sides is split: those inside get a new number.
            let mut renamed = vec![0u32; self.classes as usize];
            for (&class, &is_in) in self.class_of.iter().zip(&inside) {
                if is_in == 0 {
                    set_cell(&mut renamed, class, u32::MAX);
                }
            }
            for (class, _) in self.class_of.iter_mut().zip(&inside).filter(|&(_, &is_in)| is_in != 0) {
                match renamed.get_mut(*class as usize) {
                    None | Some(0) => continue,
                    Some(new) => {
                        if *new == u32::MAX {
                            *new = self.classes;
                            self.classes += 1;
                        }
                        *class = *new;
                    }
                }
            }
        }
        let size = ast.sets() as usize * self.classes as usize;
        if size > MAX_MEMBERS {
            ast.too_big = true;
            return;
        }
        self.members = vec![0; size];
        for id in 0..ast.sets() {
            self.mark(ast.set(id), &mut inside);
            for (&class, &is_in) in self.class_of.iter().zip(&inside) {
                if let Some(entry) = self.members.get_mut((id * self.classes + class) as usize) {
                    *entry = is_in as u8;
                }
            }
        }
        // Where bytes beyond ASCII match nothing anyway they need no decoding.
        self.utf8 &= ast.ranges.iter().any(|&range| split(range).1 >= 0x80);
        for (byte, entry) in (0..).zip(&mut self.map) {
            let class = cell(&self.class_of, self.bounds.partition_point(|&b| b <= byte) as u32 - 1);
            *entry = if self.utf8 && byte >= 0x80 { self.classes + 2 } else { class } as u16;
        }
        self.sides = vec![side::OTHER; self.classes as usize];
        self.sides.extend_from_slice(&[side::EDGE, side::TORN_EDGE]);
        for class in 0..self.classes {
            let kind = if self.newline && self.member(newline, class) {
                side::NEWLINE
            } else if self.member(word, class) {
                side::WORD
            } else {
                side::OTHER
            };
            if let Some(entry) = self.sides.get_mut(class as usize) {
                *entry = kind;
            }
        }
    }

    /// Sets `inside[i]` to 1 for each interval `i` that is within `ranges`, to 0 for the others.
    #[inline(never)]
    fn mark(&self, ranges: &[u64], inside: &mut Vec<u32>) {
        inside.clear();
        let mut ranges = ranges;
        for &b in &self.bounds {
            while let Some((&range, rest)) = ranges.split_first() {
                if u64::from(split(range).1) >= b {
                    break;
                }
                ranges = rest;
            }
            inside.push(u32::from(ranges.first().is_some_and(|&range| range >> 32 <= b)));
        }
    }

    #[inline(never)]
    fn class_of_unit(&self, unit: u32) -> u32 {
        cell(&self.class_of, self.bounds.partition_point(|&b| b <= u64::from(unit)) as u32 - 1)
    }

    /// Operation and argument at `pc`.
    #[inline]
    pub(crate) fn at(&self, pc: u32) -> (u32, u32) {
        let word = cell(&self.code, pc);
        (word >> 28, word & 0x0FFF_FFFF)
    }

    /// The last instruction that jumps to `pc`.
    pub(crate) fn last_jump_to(&self, pc: u32) -> Option<u32> {
        cell(&self.last_jump, pc).checked_sub(1)
    }

    /// The one before `pc` that jumps to the same place.
    pub(crate) fn jump_before(&self, pc: u32) -> Option<u32> {
        cell(&self.other_jump, pc).checked_sub(1)
    }

    /// Whether `class` is in set `id`.
    #[inline]
    pub(crate) fn member(&self, id: u32, class: u32) -> bool {
        class < self.classes && self.members.get((id * self.classes + class) as usize) == Some(&1)
    }

    /// The column of the text's edge; `torn`: the caller said no line starts or ends there.
    pub(crate) fn edge(&self, torn: bool) -> u32 {
        self.classes + u32::from(torn)
    }

    /// Columns of a transition row: classes, two edges, and the one of bytes to be decoded.
    pub(crate) fn columns(&self) -> u32 {
        self.classes + 3
    }

    /// What `column` is as a neighbour.
    pub(crate) fn side(&self, column: u32) -> u8 {
        self.sides.get(column as usize).copied().filter(|_| self.looks).unwrap_or(side::OTHER)
    }

    /// Column and length of the unit at `pos`, or (`edge`, 0) at the end.
    #[inline]
    pub(crate) fn unit_at(&self, text: &[u8], pos: usize, edge: u32) -> (u32, usize) {
        match text.get(pos) {
            None => (edge, 0),
            Some(&b) if b >= 0x80 && self.utf8 => {
                let (c, len) = unit::first(text.get(pos..).unwrap_or(&[]));
                (self.class_of_unit(c), len)
            }
            Some(&b) => (self.map.get(usize::from(b)).map_or(0, |&c| c.into()), 1),
        }
    }

    /// Column and length of the unit before `pos`, or (`edge`, 0) at the start.
    #[inline]
    pub(crate) fn unit_before(&self, text: &[u8], pos: usize, edge: u32) -> (u32, usize) {
        match text.get(..pos) {
            None | Some([]) => (edge, 0),
            Some(head @ [.., b]) if *b >= 0x80 && self.utf8 => {
                let (c, len) = unit::last(head);
                (self.class_of_unit(c), len)
            }
            Some([.., b]) => (self.map.get(usize::from(*b)).map_or(0, |&c| c.into()), 1),
        }
    }

    /// The conditions that hold between two neighbours, one bit each.
    #[inline(never)]
    pub(crate) fn holding(&self, before: u8, after: u8) -> u32 {
        let (w1, w2) = (before == side::WORD, after == side::WORD);
        let line = |s: u8| s == side::EDGE || (s == side::NEWLINE && self.newline);
        let bit = |holds: bool, kind: u32| u32::from(holds) << kind;
        bit(line(before), look::LINE_START)
            | bit(line(after), look::LINE_END)
            | bit(before >= side::EDGE, look::TEXT_START)
            | bit(after >= side::EDGE, look::TEXT_END)
            | bit(w1 != w2, look::WORD_EDGE)
            | bit(w1 == w2, look::NOT_EDGE)
            | bit(!w1 && w2, look::WORD_START)
            | bit(w1 && !w2, look::WORD_END)
            | bit(!w1, look::NO_WORD_BEFORE)
            | bit(!w2, look::NO_WORD_AFTER)
    }
}

/// Element `at` of a list of numbers; 0 outside.
#[inline]
pub(crate) fn cell(list: &[u32], at: u32) -> u32 {
    list.get(at as usize).copied().unwrap_or(0)
}

fn set_cell(list: &mut [u32], at: u32, value: u32) {
    if let Some(entry) = list.get_mut(at as usize) {
        *entry = value;
    }
}

/// Whether all alternatives are strings of sets without anything else.
fn is_word_list(ast: &Ast, alt: &Node) -> bool {
    ast.kids(alt).iter().all(|&word| {
        let node = ast.node(word);
        node.kind == Kind::Set
            || (node.kind == Kind::Cat && ast.kids(node).iter().all(|&k| ast.node(k).kind == Kind::Set))
    })
}
