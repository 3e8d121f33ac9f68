//! The instructions a pattern is compiled to, and the classes its alphabet falls into.
//!
//! The code of a node is contiguous, is entered at its first instruction and left by reaching the one after its last.
//! So the code of every part of the tree is a program of its own, which the sub-match pass relies on.

use crate::ast::{Ast, INF, Kind, look};
use crate::set::{Set, sort, split};
use crate::{Error, unit};
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
    /// Sources of the jumps to instruction `i`: `sources[source_at[i]..source_at[i + 1]]`.
    source_at: Vec<u32>,
    sources: Vec<u32>,
    /// Number of classes of units; a transition row has four more columns, see [`Program::edge`] and `escape`.
    pub(crate) classes: u32,
    /// The column of each byte.
    pub(crate) map: [u16; 256],
    /// Bytes from 0x80 on must be decoded to find their class.
    pub(crate) utf8: bool,
    /// First unit of each interval, and its class.
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
    pub(crate) fn new(ast: &mut Ast, root: u32, newline: bool) -> Result<Program, Error> {
        let words = ast.looks >> look::WORD_EDGE != 0;
        let mut program = Program {
            code: Vec::new(),
            stop: 0,
            source_at: Vec::new(),
            sources: Vec::new(),
            classes: 0,
            map: [0; 256],
            utf8: ast.utf8,
            bounds: Vec::new(),
            class_of: Vec::new(),
            members: Vec::new(),
            sides: Vec::new(),
            looks: ast.looks != 0,
            words,
            newline,
        };
        program.compile(ast, root)?;
        program.stop = program.pc();
        program.emit(op::MATCH, 0)?;
        program.link();
        program.classify(ast)?;
        Ok(program)
    }

    fn pc(&self) -> u32 {
        self.code.len() as u32
    }

    #[inline(never)]
    fn emit(&mut self, op: u32, arg: u32) -> Result<(), Error> {
        if self.code.len() >= MAX_ALL {
            return Err(Error::TooBig);
        }
        self.code.push(op << 28 | arg);
        Ok(())
    }

    /// Lets the jump or split at `at` lead here.
    fn patch(&mut self, at: u32) {
        let here = self.pc();
        if let Some(word) = self.code.get_mut(at as usize) {
            *word = *word & !0x0FFF_FFFF | here;
        }
    }

    /// Appends the code of node `id`.
    #[inline(never)]
    fn compile(&mut self, ast: &mut Ast, id: u32) -> Result<(), Error> {
        let node = ast.node(id);
        let begin = self.pc();
        let keep = !ast.refs.is_empty();
        match node.kind {
            Kind::Set => self.emit(op::SET, node.a)?,
            Kind::Look => self.emit(op::LOOK, node.a)?,
            Kind::Back => self.emit(op::BACK, node.a)?,
            Kind::Group => {
                if keep {
                    self.emit(op::SAVE, 2 * node.b)?;
                }
                self.compile(ast, node.a)?;
                if keep {
                    self.emit(op::SAVE, 2 * node.b + 1)?;
                }
            }
            Kind::Cat => {
                for k in node.a..node.a + node.b {
                    let kid = ast.kids.get(k as usize).copied().unwrap_or(0);
                    self.compile(ast, kid)?;
                }
            }
            Kind::Alt if node.b > 4 && is_word_list(ast, &node) => self.compile_words(ast, &node)?,
            Kind::Alt => self.compile_alternatives(ast, &node)?,
            Kind::Repeat => self.compile_repeat(ast, &node, keep)?,
        }
        if self.code.len() > MAX_CODE && node.kind == Kind::Repeat {
            return Err(Error::TooBig);
        }
        let len = self.pc() - begin;
        if let Some(node) = ast.nodes.get_mut(id as usize) {
            node.len = len;
        }
        Ok(())
    }

    /// `split B; A; jump END; B: ... END:`, with the last alternative bare.
    fn compile_alternatives(&mut self, ast: &mut Ast, node: &crate::ast::Node) -> Result<(), Error> {
        let mut jumps = Vec::new();
        for k in 0..node.b {
            let kid = ast.kids.get((node.a + k) as usize).copied().unwrap_or(0);
            if k + 1 == node.b {
                self.compile(ast, kid)?;
            } else {
                let split = self.pc();
                self.emit(op::SPLIT, 0)?;
                self.compile(ast, kid)?;
                jumps.push(self.pc());
                self.emit(op::JUMP, 0)?;
                self.patch(split);
            }
        }
        for &jump in &jumps {
            self.patch(jump);
        }
        Ok(())
    }

    /// The required copies, then a loop or the optional copies, each with a way around it.
    fn compile_repeat(&mut self, ast: &mut Ast, node: &crate::ast::Node, keep: bool) -> Result<(), Error> {
        let clear = if keep && node.groups { group_range(ast, node.a) } else { 0 };
        let (min, max) = (node.b, node.c);
        let copies = if max == INF { min.max(1) } else { max };
        for k in 0..copies {
            let start = self.pc();
            if k >= min {
                self.emit(op::SPLIT, 0)?;
            }
            let body = self.pc();
            if clear != 0 {
                self.emit(op::CLEAR, clear)?;
            }
            self.compile(ast, node.a)?;
            if self.code.len() > MAX_CODE {
                return Err(Error::TooBig);
            }
            if max == INF && k + 1 == copies {
                if min == 0 {
                    self.emit(op::JUMP, start)?;
                } else {
                    self.emit(op::LOOP, body)?;
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
        Ok(())
    }

    /// An alternation of plain strings as a tree of shared prefixes.
    fn compile_words(&mut self, ast: &Ast, node: &crate::ast::Node) -> Result<(), Error> {
        // A tree node is four numbers: set, first child, next sibling, 1 if a word ends here.
        let mut tree: Vec<u32> = vec![0; 4];
        for &word in ast.kids(node) {
            let word_node = ast.node(word);
            let one = [word];
            let letters = if word_node.kind == Kind::Set { &one } else { ast.kids(&word_node) };
            let mut at = 0;
            for &letter in letters {
                let set = ast.node(letter).a;
                let mut child = cell(&tree, at + 1);
                while child != 0 && cell(&tree, child) != set {
                    child = cell(&tree, child + 2);
                }
                if child == 0 {
                    child = tree.len() as u32;
                    let next = cell(&tree, at + 1);
                    tree.extend_from_slice(&[set, 0, next, 0]);
                    set_cell(&mut tree, at + 1, child);
                }
                at = child;
            }
            set_cell(&mut tree, at + 3, 1);
        }
        let begin = self.code.len();
        // Pairs: a jump to be patched, and the tree node it leads to.
        let mut todo: Vec<u32> = vec![u32::MAX, 0];
        while let (Some(at), Some(jump)) = (todo.pop(), todo.pop()) {
            if jump != u32::MAX {
                self.patch(jump);
            }
            let mut at = at;
            loop {
                let mut child = cell(&tree, at + 1);
                if cell(&tree, at + 3) == 1 {
                    if child != 0 {
                        let next = self.pc() + 2;
                        self.emit(op::SPLIT, next)?;
                    }
                    self.code.push(TO_END);
                }
                while child != 0 && cell(&tree, child + 2) != 0 {
                    let split = self.pc();
                    self.emit(op::SPLIT, 0)?;
                    self.emit(op::SET, cell(&tree, child))?;
                    todo.extend_from_slice(&[self.pc(), child]);
                    self.emit(op::JUMP, 0)?;
                    self.patch(split);
                    child = cell(&tree, child + 2);
                }
                if child == 0 {
                    break;
                }
                self.emit(op::SET, cell(&tree, child))?;
                at = child;
            }
        }
        let end = self.pc();
        for word in self.code.iter_mut().skip(begin) {
            if *word == TO_END {
                *word = op::JUMP << 28 | end;
            }
        }
        Ok(())
    }

    /// Fills `sources`.
    fn link(&mut self) {
        let mut at = vec![0u32; self.code.len() + 2];
        for &word in &self.code {
            if jumps(word) {
                add(&mut at, (word & 0x0FFF_FFFF) + 1, 1);
            }
        }
        let mut sum = 0;
        for n in &mut at {
            sum += *n;
            *n = sum;
        }
        self.sources = vec![0; sum as usize];
        self.source_at.clone_from(&at);
        for (pc, &word) in self.code.iter().enumerate() {
            if jumps(word) {
                let target = word & 0x0FFF_FFFF;
                set_cell(&mut self.sources, cell(&at, target), pc as u32);
                add(&mut at, target, 1);
            }
        }
    }

    /// Divides the units into classes whose members no set tells apart.
    #[cold]
    fn classify(&mut self, ast: &mut Ast) -> Result<(), Error> {
        let mut set = Set::new(self.utf8);
        // Newline and NUL, the possible line terminators, are always alone.
        set.add(0, 0);
        ast.intern(&set)?;
        set.ranges.clear();
        set.add(10, 10);
        let newline = ast.intern(&set)?;
        set.ranges.clear();
        if self.words {
            set.add_class(b"word");
        }
        set.finish();
        let word = ast.intern(&set)?;
        self.bounds.push(0);
        for &range in &ast.ranges {
            let (lo, hi) = split(range);
            self.bounds.extend_from_slice(&[lo.into(), u64::from(hi) + 1]);
        }
        sort(&mut self.bounds);
        self.bounds.dedup();
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
            return Err(Error::TooBig);
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
        if !self.looks {
            self.sides.fill(side::OTHER);
        }
        Ok(())
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

    /// Where jumps to `pc` come from.
    pub(crate) fn jumps_to(&self, pc: u32) -> &[u32] {
        let range = cell(&self.source_at, pc) as usize..cell(&self.source_at, pc + 1) as usize;
        self.sources.get(range).unwrap_or(&[])
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
        self.sides.get(column as usize).copied().unwrap_or(0)
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

/// Whether the instruction can go elsewhere than to the next.
fn jumps(word: u32) -> bool {
    matches!(word >> 28, op::SPLIT | op::LOOP | op::JUMP)
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

fn add(list: &mut [u32], at: u32, value: u32) {
    set_cell(list, at, cell(list, at) + value);
}

/// Whether all alternatives are strings of sets without anything else.
fn is_word_list(ast: &Ast, alt: &crate::ast::Node) -> bool {
    ast.kids(alt).iter().all(|&word| {
        let node = ast.node(word);
        node.kind == Kind::Set
            || (node.kind == Kind::Cat && ast.kids(&node).iter().all(|&k| ast.node(k).kind == Kind::Set))
    })
}

/// The slots of the groups within node `id`, packed for `CLEAR`.
fn group_range(ast: &Ast, id: u32) -> u32 {
    let (mut lo, mut hi) = (u32::MAX, 0);
    let mut todo = vec![id];
    while let Some(id) = todo.pop() {
        let node = ast.node(id);
        match node.kind {
            Kind::Cat | Kind::Alt => todo.extend_from_slice(ast.kids(&node)),
            Kind::Group => {
                lo = lo.min(2 * node.b);
                hi = hi.max(2 * node.b + 2);
                todo.push(node.a);
            }
            Kind::Repeat => todo.push(node.a),
            _ => {}
        }
    }
    lo.min(0x3FFF) << 14 | hi.min(0x3FFF)
}
