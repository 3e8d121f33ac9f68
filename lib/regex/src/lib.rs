//! POSIX regular expressions: BRE and ERE (POSIX.1-2024, XBD chapter 9) with GNU's extensions, leftmost-longest
//! matches and POSIX sub-matches, in time linear in the text unless there are back-references.
//!
//! How a search goes:
//! 1. a string every match must contain is searched for with memchr (`literal`);
//! 2. a lazy DFA finds the end of the match, another one running backwards its start (`dfa`);
//! 3. sub-matches, if asked for, are found by splitting the match part by part (`submatch`).
//!
//! Patterns with back-references go through the DFA, too, which takes any text for `\1`; what passes it is searched
//! with a back-tracking matcher (`backtrack`).
//!
//! Texts are bytes; with [`Flags::UTF8`] a unit is a valid UTF-8 character or a byte that is part of none.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod ast;
mod backtrack;
mod dfa;
mod literal;
mod parse;
mod program;
mod set;
mod sim;
mod submatch;
mod unit;

use alloc::vec::Vec;
use ast::{Ast, INF, Kind, look};
use backtrack::Backtrack;
use dfa::{Dfa, Mode};
use literal::Literal;
use program::Program;
use submatch::{Split, Subject};
pub use unit::to_case;

/// Start and end of a piece of text, in bytes.
pub type Span = (usize, usize);

/// How a pattern is read and matched: a sum of the constants.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(pub u16);

impl Flags {
    /// A basic regular expression over bytes.
    pub const BASIC: Flags = Flags(0);
    /// An extended regular expression.
    pub const EXTENDED: Flags = Flags(1);
    /// Case does not matter.
    pub const ICASE: Flags = Flags(2);
    /// `.` and `[^x]` do not match the newline; `^` and `$` match after and before each (REG_NEWLINE).
    pub const NEWLINE: Flags = Flags(4);
    /// The pattern is the text itself.
    pub const FIXED: Flags = Flags(8);
    /// Units are UTF-8 characters.
    pub const UTF8: Flags = Flags(16);
    /// No word character comes right before or after a match (`grep -w`).
    pub const WORD: Flags = Flags(32);
    /// A match is a whole line (`grep -x`).
    pub const LINE: Flags = Flags(64);

    /// Both sets of flags.
    #[must_use]
    pub const fn with(self, more: Flags) -> Flags {
        Flags(self.0 | more.0)
    }

    /// Whether all of `flags` are set.
    #[must_use]
    pub const fn has(self, flags: Flags) -> bool {
        self.0 & flags.0 == flags.0
    }
}

/// What is known of the text of one search: a sum of the constants.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Eflags(pub u8);

impl Eflags {
    /// A whole line or text.
    pub const NONE: Eflags = Eflags(0);
    /// The start of the text is not the start of a line (REG_NOTBOL).
    pub const NOTBOL: Eflags = Eflags(1);
    /// The end of the text is not the end of a line (REG_NOTEOL).
    pub const NOTEOL: Eflags = Eflags(2);
}

/// What is wrong with a pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Error {
    /// A bracket expression does not end.
    Bracket,
    /// An opening parenthesis without a closing one.
    Paren,
    /// A closing parenthesis without an opening one.
    CloseParen,
    /// `\{` without `\}`.
    Brace,
    /// No interval between the braces.
    Interval,
    /// A range that ends before it starts, or whose ends are no single characters.
    Range,
    /// A backslash at the end.
    Escape,
    /// A group that does not exist, or has not ended, is referred to.
    BackReference,
    /// No class of that name.
    Class,
    /// There is nothing to repeat.
    Repeat,
    /// The compiled pattern would exceed a limit.
    TooBig,
    /// `[.x.]` or `[=x=]` with more than one character.
    Collate,
}

impl Error {
    /// The C library's wording.
    #[must_use]
    #[cold]
    pub fn message(self) -> &'static [u8] {
        const MESSAGES: &[u8] =
            b"Unmatched [, [^, [:, [., or [=\nUnmatched ( or \\(\nUnmatched ) or \\)\nUnmatched \\{\n\
Invalid content of \\{\\}\nInvalid range end\nTrailing backslash\nInvalid back reference\n\
Invalid character class name\nInvalid preceding regular expression\nRegular expression too big\n\
Invalid collation character";
        MESSAGES.split(|&b| b == b'\n').nth(self as usize).unwrap_or(b"")
    }
}

/// A compiled pattern, or list of patterns, with the automata built while searching.
pub struct Regex {
    ast: Ast,
    root: u32,
    program: Program,
    literal: Literal,
    groups: usize,
    icase: bool,
    /// One automaton for each [`Mode`]; empty until used.
    automata: [Dfa; 4],
    /// How well the literal has served in `find_line`; below zero it is no longer used there.
    trust: i32,
    gave_up: bool,
}

impl Regex {
    /// Compiles one pattern.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn new(pattern: &[u8], flags: Flags) -> Result<Regex, Error> {
        Regex::from_set(&[pattern], flags).map_err(|(_, error)| error)
    }

    /// Compiles a list of patterns, any of which may match; an empty list matches nothing.
    /// Groups are numbered through all patterns; back-references count within their own.
    ///
    /// # Errors
    /// The index of the faulty pattern and what is wrong with it.
    pub fn from_set(patterns: &[&[u8]], flags: Flags) -> Result<Regex, (usize, Error)> {
        let utf8 = flags.has(Flags::UTF8);
        let mut regex = Regex {
            ast: Ast::new(utf8),
            root: 0,
            program: Program::new(utf8, flags.has(Flags::NEWLINE)),
            literal: Literal::default(),
            groups: 0,
            icase: flags.has(Flags::ICASE),
            automata: [Mode::Any, Mode::Line, Mode::Leftmost, Mode::Back].map(Dfa::new),
            trust: 64,
            gave_up: false,
        };
        let mut at = 0;
        match regex.build(patterns, flags, &mut at) {
            Ok(()) => Ok(regex),
            Err(error) => Err((at, error)),
        }
    }

    /// Fills in the rest; `at` is the index of the pattern at work.
    #[cold]
    #[inline(never)]
    fn build(&mut self, patterns: &[&[u8]], flags: Flags, at: &mut usize) -> Result<(), Error> {
        let ast = &mut self.ast;
        let mut roots = Vec::new();
        for (i, pattern) in patterns.iter().enumerate() {
            *at = i;
            let mut parser = parse::Parser::new(pattern, flags, ast, self.groups as u32);
            roots.push(parser.parse()?);
            self.groups += parser.groups as usize;
        }
        let mut root = if roots.is_empty() {
            ast.set_leaf(&set::Set::new(ast.utf8))
        } else {
            ast.list(Kind::Alt, &roots)
        };
        for (flag, left) in [(Flags::WORD, look::NO_WORD_BEFORE), (Flags::LINE, look::LINE_START)] {
            if flags.has(flag) {
                let sides = [ast.leaf(Kind::Look, left), root, ast.leaf(Kind::Look, left + 1)];
                root = ast.list(Kind::Cat, &sides);
            }
        }
        ast.too_big |= self.groups > 4000 && !ast.refs.is_empty();
        self.root = root;
        if !ast.too_big {
            self.program.build(ast, root);
            self.literal = Literal::new(ast, root);
        }
        if ast.too_big { Err(Error::TooBig) } else { Ok(()) }
    }

    /// Number of groups, not counting the whole match.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// Whether a search since the last call gave up: a pattern with back-references took too many steps,
    /// and there may be a match where none was reported.
    pub fn gave_up(&mut self) -> bool {
        core::mem::take(&mut self.gave_up)
    }

    /// Whether there is a match anywhere in `text`.
    pub fn is_match(&mut self, text: &[u8]) -> bool {
        if !self.ast.refs.is_empty() {
            return self.find_at(text, 0, Eflags::NONE).is_some();
        }
        match self.first_candidate(text, 0) {
            None => false,
            Some(_) if self.literal.exact => true,
            Some(from) => {
                self.automata[Mode::Any as usize].scan(&self.program, &Subject::whole(text), from).is_some()
            }
        }
    }

    /// A position from `start` on before which no match begins; None if there is no match at all.
    fn first_candidate(&self, text: &[u8], start: usize) -> Option<usize> {
        if start > text.len() {
            return None;
        }
        if self.literal.bytes.is_empty() {
            return Some(start);
        }
        let at = self.literal.find(text, start.saturating_add(self.literal.offset.unwrap_or(0)))?;
        Some(self.literal.offset.map_or(start, |offset| at - offset))
    }

    /// The leftmost, longest match that begins at or after `start`.
    /// The text before `start` is looked at by `^`, `\b` and the like.
    pub fn find_at(&mut self, text: &[u8], start: usize, eflags: Eflags) -> Option<Span> {
        let from = self.first_candidate(text, start)?;
        if self.literal.exact {
            return Some((from, from + self.literal.bytes.len()));
        }
        let subject = Subject::new(text, eflags);
        if !self.ast.refs.is_empty() {
            return self.backtrack(&subject, from, &mut []);
        }
        self.find_span(&subject, from)
    }

    /// The leftmost, longest match of the automata.
    fn find_span(&mut self, subject: &Subject, from: usize) -> Option<Span> {
        let end = self.automata[Mode::Leftmost as usize].scan(&self.program, subject, from)?;
        let root = self.ast.node(self.root);
        if root.min == root.max && root.max != INF {
            return Some((end.saturating_sub(root.max as usize), end));
        }
        Some((self.automata[Mode::Back as usize].scan_back(&self.program, subject, from, end)?, end))
    }

    /// As [`find_at`](Regex::find_at), with sub-matches: `slots[0]` is the match, `slots[n]` group n, None if it took no
    /// part. There may be fewer slots than groups, or more.
    pub fn captures_at(
        &mut self,
        text: &[u8],
        start: usize,
        eflags: Eflags,
        slots: &mut [Option<Span>],
    ) -> bool {
        slots.fill(None);
        let Some(from) = self.first_candidate(text, start) else { return false };
        let subject = Subject::new(text, eflags);
        if !self.ast.refs.is_empty() {
            return self.backtrack(&subject, from, slots).is_some();
        }
        let Some((i, j)) = self.find_span(&subject, from) else { return false };
        let Some((whole, rest)) = slots.split_first_mut() else { return true };
        *whole = Some((i, j));
        if !rest.is_empty() {
            Split::new(&self.program, &self.ast, subject, rest).visit(self.root, 0, i, j);
        }
        true
    }

    /// The leftmost, longest match with back-references.
    #[cold]
    #[inline(never)]
    fn backtrack(&mut self, subject: &Subject, from: usize, slots: &mut [Option<Span>]) -> Option<Span> {
        // The automata match wherever there is a match, and begin no later.
        let mut at = self.find_span(subject, from)?.0;
        let mut search = Backtrack::new(&self.program, &self.ast.refs, *subject, self.icase, self.groups);
        while search.steps > 0 {
            let found = search.find(at);
            self.gave_up |= search.steps == 0;
            if let Some(end) = found {
                for (n, slot) in slots.iter_mut().enumerate() {
                    *slot = if n == 0 { Some((at, end)) } else { search.group(n) };
                }
                return Some((at, end));
            }
            if at >= subject.text.len() {
                return None;
            }
            at += self.program.unit_at(subject.text, at, 0).1;
        }
        None
    }

    /// The first line of `buffer` that matches: its start and its end without the terminator.
    ///
    /// Lines end with `terminator`, the last one with the buffer; `start` is the start of a line.
    /// `^` and `$` match at the ends of each line, and nothing matches the terminator.
    pub fn find_line(&mut self, buffer: &[u8], start: usize, terminator: u8) -> Option<Span> {
        if self.literal.bytes.contains(&terminator) {
            return None;
        }
        let mut at = start;
        loop {
            let words = !self.literal.words.is_empty();
            let literal = (words || !self.literal.bytes.is_empty()) && self.trust >= 0;
            let hit = if literal && words {
                self.literal.words.find(buffer, at)?
            } else if literal {
                self.literal.find(buffer, at)?
            } else if at > buffer.len() {
                return None;
            } else {
                self.automata[Mode::Line as usize].end_lines_with(&self.program, terminator);
                self.automata[Mode::Line as usize].scan(&self.program, &Subject::whole(buffer), at)?
            };
            let span = line_around(buffer, at, hit, terminator);
            let (begin, end) = span;
            if begin >= buffer.len() {
                // After the last terminator there is no line.
                return None;
            }
            let simple = self.ast.refs.is_empty();
            if self.literal.exact || (!literal && simple) {
                return Some(span);
            }
            // The line is only a candidate.
            let line = buffer.get(begin..end)?;
            let matches = if simple {
                // No match begins before this one would.
                let from = self.literal.offset.map_or(begin, |offset| hit.saturating_sub(offset).max(begin));
                self.automata[Mode::Any as usize]
                    .scan(&self.program, &Subject::whole(line), from - begin)
                    .is_some()
            } else {
                self.find_at(line, 0, Eflags::NONE).is_some()
            };
            if literal {
                // Each line looked at in vain must have saved some hundred bytes.
                let gain = if matches { 4 } else { ((hit - at) / 64).min(1000) as i32 - 4 };
                self.trust = (self.trust + gain).min(1000);
            }
            if matches {
                return Some(span);
            }
            at = end + 1;
        }
    }
}

/// The line with position `hit`, not before `start`.
fn line_around(buffer: &[u8], start: usize, hit: usize, terminator: u8) -> Span {
    let before = buffer.get(start..hit).unwrap_or(&[]);
    let begin = memchr::memrchr(terminator, before).map_or(start, |i| start + i + 1);
    let after = buffer.get(hit..).unwrap_or(&[]);
    (begin, scan::index_of(terminator, after).map_or(buffer.len(), |i| hit + i))
}
