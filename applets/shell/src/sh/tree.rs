//! The syntax tree: what the parser makes and execution walks.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::OnceCell;

use super::arith::Expr;
use super::symbols::Sym;

/// A word before expansion.
#[derive(Default)]
pub struct Word {
    pub parts: Vec<Part>,
    /// The operand of a declaration (`export x=$y`): an assignment, neither split nor a pattern.
    pub declaration: bool,
}

/// A stretch of a word.
pub enum Part {
    /// Literal text that is not quoted: it may hold pattern characters.
    Text(Box<[u8]>),
    /// Quoted literal text.
    Quoted(Box<[u8]>),
    /// `~` or `~user` where it is special; the user's name.
    Tilde(Box<[u8]>),
    Param(Box<Param>),
    Command(Box<Substitution>),
    Arith(Box<Math>),
    /// `<( )` (reading) or `>( )`.
    Process(Box<Substitution>),
    /// `[subscript]` where an assignment to an element begins.
    Subscript(Box<Word>),
    /// `(…)` behind the `=` of an assignment to an array.
    List(Box<List>),
    /// A part of several words: what brace expansion made of one.
    Shared(Rc<Part>),
}

/// `$( )`, or backquotes.
pub struct Substitution {
    pub body: Rc<Command>,
    /// In double quotes; for process substitution: `>( )`.
    pub quoted: bool,
}

/// `$(( ))`.
pub struct Math {
    /// The text, with its expansions.
    pub text: Word,
    /// The expression, if it could be read before expansion.
    pub compiled: Option<Expr>,
    pub quoted: bool,
}

/// `$x` or `${x…}`.
pub struct Param {
    pub name: Name,
    /// The subscript of [`Name::Element`].
    pub subscript: Option<Word>,
    pub quoted: bool,
    /// `${!x}`: the parameter whose name is the value.
    pub indirect: bool,
    pub op: Op,
    pub word: Word,
    /// The replacement of `${x/p/r}`, the length of `${x:o:l}`.
    pub second: Option<Word>,
}

/// Which parameter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Name {
    Var(Sym),
    /// `$1` …; `$0` is 0.
    Position(u32),
    /// One of `@ * # ? - $ !`.
    Special(u8),
    /// `a[subscript]`
    Element(Sym),
    /// `a[@]`, or with `true` `a[*]`.
    Elements(Sym, bool),
}

/// What is done with a parameter's value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Plain,
    /// `-` `=` `?` `+`; with a colon before it, empty counts as unset.
    Or {
        letter: u8,
        colon: bool,
    },
    Length,
    /// `#` `##` `%` `%%`
    Trim {
        suffix: bool,
        longest: bool,
    },
    /// `/` (b' '), `//` (b'/'), `/#` and `/%`
    Replace(u8),
    Slice,
    /// `^` `^^` `,` `,,`: of the characters that match the word, or of all.
    Case {
        upper: bool,
        all: bool,
    },
    /// `${x@Q}`
    Quote,
    /// `${!prefix*}`
    Names,
    /// `${!a[@]}`
    Keys,
    /// Something that no shell knows: an error when it is expanded.
    Bad,
}

/// A simple command.
#[derive(Default)]
pub struct Simple {
    pub line: u32,
    pub assigns: Vec<Assign>,
    pub words: Vec<Word>,
    pub redirs: Vec<Redir>,
    /// The symbol of the command's name, if that is literal.
    pub name: Option<Sym>,
}

/// What is in the parentheses of `x=(…)` or `x+=(…)`.
pub struct List {
    pub sym: Sym,
    pub append: bool,
    pub items: Vec<Given>,
}

/// `value`, `[subscript]=value` or `[subscript]+=value`.
pub struct Given {
    pub subscript: Option<Word>,
    pub append: bool,
    pub value: Word,
}

/// `x=value`, `x+=value` or `x[subscript]=value`.
pub struct Assign {
    pub sym: Sym,
    pub subscript: Option<Word>,
    pub append: bool,
    pub value: Word,
}

/// A redirection.
pub struct Redir {
    pub fd: i32,
    /// `{name}>file`: the descriptor is chosen, and its number assigned.
    pub kind: RedirKind,
    pub word: Word,
    /// The text of a here-document: filled when its lines have been read.
    pub here: Option<Rc<OnceCell<Word>>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum RedirKind {
    Read,
    Write,
    Clobber,
    Append,
    ReadWrite,
    /// `<&` and `>&`
    Dup,
    /// `&>` and `>&file`: both standard output and standard error.
    Both {
        append: bool,
    },
    Here,
    /// `<<<`
    HereString,
}

/// A command.
pub enum Command {
    Simple(Box<Simple>),
    /// Stages, and whether `!` negates the status.
    Pipeline(Box<Pipeline>),
    AndOr(Box<AndOr>),
    List(Vec<Command>),
    Background(Rc<Job>),
    Subshell(Rc<Command>),
    If(Box<If>),
    While {
        until: bool,
        parts: Box<(Command, Command)>,
    },
    For(Box<For>),
    /// `for ((a; b; c))`
    ForMath(Box<ForMath>),
    Case(Box<Case>),
    Function(Sym, Rc<Function>),
    Redirected(Box<(Command, Vec<Redir>)>, u32),
    /// `(( ))`
    Math(Box<Math>, u32),
    /// `[[ ]]`
    Condition(Box<Condition>, u32),
    /// `time` pipeline; whether in POSIX's format.
    Time(Box<Command>, bool),
}

pub struct Pipeline {
    pub stages: Vec<Rc<Command>>,
    pub negated: bool,
    pub text: Box<[u8]>,
}

/// `a && b || c`: the first command, and the others, each with whether it runs after success.
pub struct AndOr {
    pub first: Command,
    pub rest: Vec<(bool, Command)>,
}

/// A command behind `&`, and its source.
pub struct Job {
    pub command: Command,
    pub text: Box<[u8]>,
}

pub struct If {
    /// Conditions and what follows them.
    pub arms: Vec<(Command, Command)>,
    pub otherwise: Option<Command>,
}

pub struct For {
    pub line: u32,
    pub name: Sym,
    /// `None`: the positional parameters.
    pub words: Option<Vec<Word>>,
    pub body: Command,
    pub select: bool,
}

pub struct ForMath {
    pub parts: Vec<Math>,
    pub body: Command,
}

pub struct Case {
    pub line: u32,
    pub word: Word,
    pub arms: Vec<Arm>,
}

pub struct Arm {
    pub patterns: Vec<Word>,
    pub body: Command,
    /// `;&`
    pub fall_through: bool,
    /// `;;&`
    pub go_on: bool,
}

pub struct Function {
    pub body: Command,
}

/// The inside of `[[ ]]`.
pub enum Condition {
    Not(Box<Condition>),
    And(Box<(Condition, Condition)>),
    Or(Box<(Condition, Condition)>),
    /// `-f x` …: the letter.
    Unary(u8, Word),
    /// The operator's number in [`BINARY`].
    Binary(usize, Box<(Word, Word)>),
}

/// The binary operators of `[[ ]]`.
pub const BINARY: &[u8] = b"= == != =~ -nt -ot -ef < > -eq -ne -lt -le -gt -ge";
/// Of them, the one whose right side is a regular expression.
pub const MATCHES: usize = 3;

impl Word {
    /// The text of a word that is one unquoted literal.
    pub fn plain(&self) -> Option<&[u8]> {
        match self.parts.as_slice() {
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text of a word that is one literal, quoted or not.
    pub fn literal(&self) -> Option<&[u8]> {
        match self.parts.as_slice() {
            [Part::Text(text) | Part::Quoted(text)] => Some(text),
            _ => None,
        }
    }
}
