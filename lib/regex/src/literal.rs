//! Strings that every match must contain, and how to find them.

use crate::ast::{Ast, Kind};
use crate::set::split;
use crate::unit;
use alloc::vec::Vec;
use scan::Words;

/// Bytes by how common they are in texts, programs and logs; all others are rare.
const COMMON: &[u8] = b" etaoinsrhld0u1cm2pf.g-:/5yw3b48679,v\n\tTkESI";

/// How rare `byte` is, 0 to 45.
fn rank(byte: u8) -> usize {
    COMMON.iter().position(|&b| b == byte).unwrap_or(COMMON.len())
}

/// A required string.
#[derive(Default)]
pub(crate) struct Literal {
    /// Empty: there is none. In lower case if `fold`.
    pub(crate) bytes: Vec<u8>,
    /// ASCII case does not matter.
    fold: bool,
    /// Where it is in each match, in bytes from the start, if that is the same in all.
    pub(crate) offset: Option<usize>,
    /// Matches are just the occurrences of it.
    pub(crate) exact: bool,
    /// Index in `bytes` of the byte to search for.
    rare: usize,
    /// Where there is none: the words of which each match begins with one, if there are many.
    pub(crate) words: Words,
}

/// Collects strings on a walk through the tree.
struct Walk<'a> {
    ast: &'a Ast,
    run: Vec<u8>,
    run_at: Option<usize>,
    /// The width of everything so far, if fixed.
    at: Option<usize>,
    fold: bool,
    /// A letter without its other case was seen.
    strict: bool,
    /// Nothing but literal units was seen.
    exact: bool,
    best: Vec<u8>,
    best_at: Option<usize>,
}

impl Literal {
    #[cold]
    pub(crate) fn new(ast: &Ast, root: u32) -> Literal {
        let mut walk = Walk::new(ast);
        walk.visit(root);
        walk.end_run();
        let (mut bytes, mut offset) = (walk.best, walk.best_at);
        let words = if bytes.is_empty() { words(ast, root).unwrap_or_default() } else { Words::default() };
        if !words.is_empty() {
            offset = Some(0);
        }
        let fold = walk.fold;
        if fold {
            // Next to caseless letters all others are searched for without regard to case, too: that only finds more.
            bytes.make_ascii_lowercase();
        }
        let exact = walk.exact && !bytes.is_empty() && !(fold && walk.strict);
        let cost = |b: u8| if fold && b.is_ascii_alphabetic() { rank(b) / 2 } else { rank(b) };
        let mut rare = 0;
        for (i, &b) in bytes.iter().enumerate() {
            if bytes.get(rare).is_some_and(|&r| cost(b) > cost(r)) {
                rare = i;
            }
        }
        Literal { bytes, fold, offset, exact, rare, words }
    }

    /// The first occurrence at or after `from`.
    #[inline(never)]
    pub(crate) fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        scan::find(&self.bytes, self.rare, self.fold, text, from)
    }
}

/// For fewer words the automaton is faster.
const MANY: u32 = 100;

/// The words of which each match of a list of words begins with one.
#[cold]
fn words(ast: &Ast, root: u32) -> Option<Words> {
    let mut node = *ast.node(root);
    loop {
        let next = match (node.kind, ast.kids(&node)) {
            (Kind::Group, _) => node.a,
            // As -w and -x have it.
            (Kind::Cat, &[before, inner, after])
                if [before, after].iter().all(|&k| ast.node(k).kind == Kind::Look) =>
            {
                inner
            }
            _ => break,
        };
        node = *ast.node(next);
    }
    if node.kind != Kind::Alt || node.b < MANY {
        return None;
    }
    let mut words = Words::new(node.min as usize, node.b as usize)?;
    let mut walk = Walk::new(ast);
    for &word in ast.kids(&node) {
        (walk.exact, walk.strict) = (true, false);
        walk.visit(word);
        if !walk.exact {
            return None;
        }
        words.add(&walk.run);
        walk.run.clear();
    }
    Some(words)
}

impl<'a> Walk<'a> {
    fn new(ast: &'a Ast) -> Walk<'a> {
        Walk {
            ast,
            run: Vec::new(),
            run_at: Some(0),
            at: Some(0),
            fold: false,
            strict: false,
            exact: true,
            best: Vec::new(),
            best_at: None,
        }
    }

    fn end_run(&mut self) {
        let score = |s: &[u8]| s.iter().map(|&b| rank(b) + 4).sum::<usize>();
        if score(&self.run) > score(&self.best) {
            self.best.clone_from(&self.run);
            self.best_at = self.run_at;
        }
        self.run.clear();
    }

    fn visit(&mut self, id: u32) {
        let node = *self.ast.node(id);
        let at = self.at;
        match node.kind {
            Kind::Group => return self.visit(node.a),
            Kind::Cat => return self.ast.kids(&node).iter().for_each(|&kid| self.visit(kid)),
            Kind::Look => {
                self.exact = false;
                return;
            }
            Kind::Repeat if node.b > 0 => self.visit(node.a),
            _ => {}
        }
        self.at = at.filter(|_| node.min == node.max).and_then(|at| at.checked_add(node.max as usize));
        let letter = if node.kind == Kind::Set { self.letter(node.a) } else { None };
        match letter {
            Some(c) if self.ast.utf8 => unit::encode(c, &mut self.run),
            Some(c) => self.run.push(c as u8),
            None => {
                // No literal: here a new one may begin.
                self.end_run();
                self.exact = false;
                self.run_at = self.at;
            }
        }
    }

    /// The only unit of set `id`, in lower case if both cases of an ASCII letter are in it.
    fn letter(&mut self, id: u32) -> Option<u32> {
        match *self.ast.set(id) {
            [one] => {
                let (lo, hi) = split(one);
                if lo != hi || lo >= unit::STRAY {
                    return None;
                }
                self.strict |= u8::try_from(lo).is_ok_and(|b| b.is_ascii_alphabetic());
                Some(lo)
            }
            [one, two] => {
                let ((a, a2), (b, b2)) = (split(one), split(two));
                let pair = a == a2 && b == b2 && a ^ b == 0x20 && (0x41..=0x5A).contains(&a);
                self.fold |= pair;
                if pair { Some(b) } else { None }
            }
            _ => None,
        }
    }
}
