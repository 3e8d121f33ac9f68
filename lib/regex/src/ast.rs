//! The parsed pattern: a tree of nodes in one list, children before their parents.

use crate::set::{Set, split};
use crate::unit;
use alloc::vec::Vec;

/// No upper limit: of a repetition, or of a width.
pub(crate) const INF: u32 = u32::MAX;

/// Trees are at most this deep, so that walking them recursively is safe.
const MAX_DEPTH: u32 = 1000;

/// More different sets than this in one pattern is "too big".
const MAX_SETS: usize = 5000;

/// What a node is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One unit of the set numbered `a`.
    Set,
    /// The look-around condition `a`, see [`look`].
    Look,
    /// The children `kids[a..a + b]` one after another; none: the empty string.
    Cat,
    /// One of the children `kids[a..a + b]`.
    Alt,
    /// Child `a` from `b` to `c` times.
    Repeat,
    /// Child `a` as sub-match number `b`.
    Group,
    /// The text of sub-match `a` again.
    Back,
}

/// Conditions on the units before and after a position.
pub(crate) mod look {
    /// `^`
    pub(crate) const LINE_START: u32 = 0;
    /// `$`
    pub(crate) const LINE_END: u32 = 1;
    /// `` \` ``
    pub(crate) const TEXT_START: u32 = 2;
    /// `\'`
    pub(crate) const TEXT_END: u32 = 3;
    /// `\b`
    pub(crate) const WORD_EDGE: u32 = 4;
    /// `\B`
    pub(crate) const NOT_EDGE: u32 = 5;
    /// `\<`
    pub(crate) const WORD_START: u32 = 6;
    /// `\>`
    pub(crate) const WORD_END: u32 = 7;
    /// No word unit before: the left side of `Flags::WORD`.
    pub(crate) const NO_WORD_BEFORE: u32 = 8;
    /// No word unit after.
    pub(crate) const NO_WORD_AFTER: u32 = 9;
}

/// One node of the tree.
#[derive(Clone, Copy)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// The slots of the groups in it as `CLEAR` wants them: first << 14 | end. 0: there is no group.
    pub(crate) groups: u32,
    depth: u32,
    pub(crate) a: u32,
    pub(crate) b: u32,
    pub(crate) c: u32,
    /// Least and greatest number of bytes it matches.
    pub(crate) min: u32,
    pub(crate) max: u32,
    /// Number of its instructions, known once compiled.
    pub(crate) len: u32,
}

/// The empty string.
const NOTHING: Node = Node { kind: Kind::Cat, groups: 0, depth: 0, a: 0, b: 0, c: 0, min: 0, max: 0, len: 0 };

/// The tree and the sets its leaves name.
pub(crate) struct Ast {
    pub(crate) nodes: Vec<Node>,
    pub(crate) kids: Vec<u32>,
    /// Ranges of all sets; set `i` is `ranges[starts[i]..starts[i + 1]]`.
    pub(crate) ranges: Vec<u64>,
    pub(crate) starts: Vec<u32>,
    pub(crate) utf8: bool,
    /// A bit for each kind of look-around used.
    pub(crate) looks: u32,
    /// Numbers of the groups that back-references name.
    pub(crate) refs: Vec<u32>,
    /// Some limit was exceeded: the tree must not be used.
    pub(crate) too_big: bool,
}

impl Ast {
    pub(crate) fn new(utf8: bool) -> Ast {
        let (nodes, kids, ranges, refs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let starts = alloc::vec![0];
        Ast { nodes, kids, ranges, starts, utf8, looks: 0, refs, too_big: false }
    }

    #[inline(never)]
    pub(crate) fn node(&self, id: u32) -> &Node {
        self.nodes.get(id as usize).unwrap_or(&NOTHING)
    }

    #[inline(never)]
    pub(crate) fn kids(&self, node: &Node) -> &[u32] {
        self.kids.get(node.a as usize..(node.a + node.b) as usize).unwrap_or(&[])
    }

    /// The ranges of set `id`.
    #[inline(never)]
    pub(crate) fn set(&self, id: u32) -> &[u64] {
        let at = |i: u32| self.starts.get(i as usize).map_or(0, |&x| x as usize);
        self.ranges.get(at(id)..at(id + 1)).unwrap_or(&[])
    }

    pub(crate) fn sets(&self) -> u32 {
        self.starts.len() as u32 - 1
    }

    fn push(&mut self, node: Node) -> u32 {
        self.too_big |= node.depth > MAX_DEPTH;
        self.nodes.push(node);
        self.nodes.len() as u32 - 1
    }

    /// A leaf of kind `Look` or `Back`.
    pub(crate) fn leaf(&mut self, kind: Kind, a: u32) -> u32 {
        let max = if kind == Kind::Back { INF } else { 0 };
        if kind == Kind::Look {
            self.looks |= 1 << a;
        } else if !self.refs.contains(&a) {
            self.refs.push(a);
        }
        self.push(Node { kind, a, max, ..NOTHING })
    }

    /// The number of the finished `set`, the same for equal sets.
    #[inline(never)]
    pub(crate) fn intern(&mut self, set: &Set) -> u32 {
        let count = self.sets();
        let found = (0..count).find(|&id| self.set(id) == set.ranges);
        if found.is_none() {
            if self.starts.len() > MAX_SETS {
                self.too_big = true;
                return 0;
            }
            self.ranges.extend_from_slice(&set.ranges);
            self.starts.push(self.ranges.len() as u32);
        }
        found.unwrap_or(count)
    }

    /// A leaf for the finished `set`.
    #[inline(never)]
    pub(crate) fn set_leaf(&mut self, set: &Set) -> u32 {
        let id = self.intern(set);
        let (mut min, mut max) = (INF, 0);
        for &range in &set.ranges {
            let (lo, hi) = split(range);
            for c in [lo, hi, hi.min(0x10_FFFF)] {
                let width = if self.utf8 { unit::width(c) as u32 } else { 1 };
                min = min.min(width);
                max = max.max(width);
            }
        }
        // The empty set matches nothing at all; any width will do.
        let min = min.min(max);
        self.push(Node { kind: Kind::Set, a: id, min, max, ..NOTHING })
    }

    /// `list` as a `Cat` or `Alt`; a list of one is that one.
    #[inline(never)]
    pub(crate) fn list(&mut self, kind: Kind, list: &[u32]) -> u32 {
        if let [one] = *list {
            return one;
        }
        let (mut min, mut max) = (if kind == Kind::Alt { INF } else { 0 }, 0u32);
        let (mut depth, mut groups) = (0, 0);
        for &id in list {
            let n = self.node(id);
            (min, max) = match kind {
                Kind::Alt => (min.min(n.min), max.max(n.max)),
                _ => (min.saturating_add(n.min), max.saturating_add(n.max)),
            };
            depth = n.depth.max(depth);
            groups = join(groups, n.groups);
        }
        let a = self.kids.len() as u32;
        self.kids.extend_from_slice(list);
        self.push(Node { kind, groups, depth: depth + 1, a, b: list.len() as u32, min, max, ..NOTHING })
    }

    /// `child` from `min` to `max` times.
    #[inline(never)]
    pub(crate) fn repeat(&mut self, child: u32, min: u32, max: u32) -> u32 {
        let n = *self.node(child);
        let times = |width: u32, count: u32| if width == 0 { 0 } else { width.saturating_mul(count) };
        let (wmin, wmax) = (times(n.min, min), times(n.max, max));
        let (kind, depth, groups) = (Kind::Repeat, n.depth + 1, n.groups);
        self.push(Node { kind, groups, depth, a: child, b: min, c: max, min: wmin, max: wmax, ..NOTHING })
    }

    #[inline(never)]
    pub(crate) fn group(&mut self, child: u32, number: u32) -> u32 {
        let n = *self.node(child);
        let depth = n.depth + 1;
        let own = number.min(4095);
        let groups = join((2 * own) << 14 | (2 * own + 2), n.groups);
        self.push(Node { kind: Kind::Group, groups, depth, a: child, b: number, ..n })
    }
}

/// The slots of both, of which `b` come after `a`.
fn join(a: u32, b: u32) -> u32 {
    match (a, b) {
        (0, _) => b,
        (_, 0) => a,
        _ => a & !0x3FFF | b & 0x3FFF,
    }
}
