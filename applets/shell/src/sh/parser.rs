//! From tokens to the syntax tree: lists and pipelines (POSIX.1-2024 XCU 2.10).
//!
//! An error is remembered, and the input ends there: what is read behind it is the end, so every rule comes to its own
//! end, and only [`Parser::complete_command`] asks whether anything was wrong.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;

use super::here::Pending;
use super::shell::Shell;
use super::source::{Source, Supply};
use super::symbols::place_of;
use super::tree::*;

/// Whether what POSIX does not have is there.
pub const EXTRAS: bool = cfg!(feature = "sh-extras");

/// A syntax error: where, and what.
pub struct Fault {
    pub line: u32,
    pub text: Vec<u8>,
}

/// Reads commands from a source. What is asked for everywhere comes first: the code is smaller for near fields.
#[repr(C)]
pub struct Parser<'p> {
    pub sh: &'p mut Shell,
    pub source: &'p mut Source,
    /// The token that was looked at: one of the kinds below, or an operator (see [`op`]).
    pub token: u32,
    /// The value of a [`NUMBER`].
    pub number: i32,
    /// How deep words and commands are nested.
    pub depth: u32,
    /// A command has begun: a terminal asks for its next line with `PS2`.
    begun: bool,
    /// The terminal has told the end of its input.
    ended: bool,
    /// Where the last token began.
    pub start: usize,
    /// The text of a [`WORD`].
    pub word: Word,
    /// The first error.
    pub fault: Option<Fault>,
    /// Where the list of pipelines begins that is being read.
    begin: usize,
    /// How much text is left behind aliases that end in a blank: the word that comes next there may be one, too.
    blanks: Vec<usize>,
    pub pending: Vec<Pending>,
    /// Up to here `((` is two subshells, not arithmetic.
    pub subshells: usize,
}

/// No token has been looked at.
pub const NONE: u32 = 0;
/// The end of the input.
pub const END: u32 = 1;
pub const WORD: u32 = 2;
/// The number of a descriptor; a redirection operator follows.
pub const NUMBER: u32 = 3;
pub const NEWLINE: u32 = 4;

/// The number that stands for an operator: its bytes, the first one highest.
pub const fn op(text: &[u8]) -> u32 {
    let mut value = 0;
    let mut at = 0;
    while at < text.len() {
        value = value << 8 | text[at] as u32;
        at += 1;
    }
    value
}

pub const BRACKET: u32 = op(b"(");
pub const CLOSING: u32 = op(b")");
pub const LESS: u32 = op(b"<");
pub const GREAT: u32 = op(b">");
pub const SEMICOLON: u32 = op(b";");
const AMPERSAND: u32 = op(b"&");
pub const AND: u32 = op(b"&&");
pub const OR: u32 = op(b"||");
pub const BAR: u32 = op(b"|");
const BAR_BOTH: u32 = op(b"|&");

/// Words that are special where a command begins; the first eight and `}` end a list.
const RESERVED: &[u8] =
    b"then elif else fi do done esac } in if while until for case { ! function select time [[";

/// How much of the stack one level of nesting may need, so that an error comes before the stack's end.
const MOST_DEPTH: u32 = 5000;

impl<'p> Parser<'p> {
    #[inline(never)]
    pub fn new(sh: &'p mut Shell, source: &'p mut Source) -> Self {
        Parser {
            sh,
            source,
            pending: Vec::new(),
            subshells: 0,
            fault: None,
            token: NONE,
            word: Word::default(),
            number: 0,
            start: 0,
            depth: 0,
            begun: false,
            begin: 0,
            blanks: Vec::new(),
            ended: false,
        }
    }

    /// A syntax error here.
    #[cold]
    #[inline(never)]
    pub fn fault(&mut self, text: &[u8]) {
        self.set_fault(Fault { line: self.source.line, text: text.to_vec() });
    }

    #[cold]
    fn set_fault(&mut self, fault: Fault) {
        if self.fault.is_none() {
            self.fault = Some(fault);
        }
        self.source.at = self.source.text.len();
        self.token = END;
    }

    /// Goes one level down; too many are an error.
    pub fn deeper(&mut self) {
        self.depth += 1;
        if self.depth > MOST_DEPTH || sys::process::stack_is_short() {
            self.fault(b"nested too deeply");
        }
    }

    /// Gets more text.
    #[inline(never)]
    pub fn fill(&mut self) -> bool {
        // The end of the input is asked for once.
        if self.fault.is_some() || self.ended {
            return false;
        }
        let before = self.source.text.len();
        if self.source.supply == Supply::Terminal {
            let begun = self.begun || self.token != NONE;
            self.sh.read_terminal_line(begun, &mut self.source.text);
            self.begun = true;
            self.ended = !self.source.added(before);
            return !self.ended;
        }
        let more = self.source.read_more();
        if more && self.sh.has(super::shell::VERBOSE) {
            let fresh = self.source.text.get(before..).unwrap_or_default();
            self.sh.say(fresh);
        }
        more
    }

    /// Parses `text` by `how`; then the reading goes on where it was.
    pub fn inside(&mut self, text: Vec<u8>, how: &mut dyn FnMut(&mut Parser)) {
        let mut source = Source::new(text, Supply::None, self.source.line);
        let mut parser = Parser::new(self.sh, &mut source);
        parser.depth = self.depth;
        parser.deeper();
        how(&mut parser);
        if let Some(fault) = parser.fault {
            self.set_fault(fault);
        }
    }

    /// The next token, which stays. `assign`: a word may be an assignment.
    pub fn look(&mut self, assign: bool) -> u32 {
        if self.token == NONE {
            let token = self.scan(assign);
            self.token = if self.fault.is_some() { END } else { token };
        }
        self.token
    }

    pub fn take(&mut self) {
        self.token = NONE;
    }

    pub fn take_word(&mut self) -> Word {
        self.token = NONE;
        core::mem::take(&mut self.word)
    }

    /// The word that must follow.
    pub fn want_word(&mut self) -> Word {
        if self.look(false) != WORD {
            self.unexpected(b"");
        }
        self.take_word()
    }

    /// Whether the next token is the unquoted word `text`.
    #[inline(never)]
    pub fn is_word(&mut self, text: &[u8]) -> bool {
        self.look(true) == WORD && self.word.plain() == Some(text)
    }

    pub fn accept(&mut self, text: &[u8]) -> bool {
        let found = self.is_word(text);
        if found {
            self.take();
        }
        found
    }

    #[inline(never)]
    pub fn expect(&mut self, text: &[u8]) {
        if !self.accept(text) {
            self.unexpected(text);
        }
    }

    /// Takes the operator if it is the next token.
    #[inline(never)]
    pub fn accept_operator(&mut self, code: u32) -> bool {
        let found = self.look(true) == code;
        if found {
            self.take();
        }
        found
    }

    pub fn expect_closing(&mut self) {
        if !self.accept_operator(CLOSING) {
            self.unexpected(b")");
        }
    }

    #[inline(never)]
    pub fn skip_newlines(&mut self) {
        while self.accept_operator(NEWLINE) {}
    }

    /// `unexpected "x"`, and what was wanted if that is one thing.
    #[cold]
    #[inline(never)]
    pub fn unexpected(&mut self, wanted: &[u8]) {
        let code = self.token.to_be_bytes();
        let operator = code.iter().position(|&byte| byte != 0).and_then(|at| code.get(at..));
        let (quote, what): (&[u8], &[u8]) = match self.token {
            NONE | END => (b"", b"end of file"),
            NEWLINE => (b"", b"newline"),
            NUMBER => (b"", b"redirection"),
            WORD => match self.word.literal() {
                Some(literal) => (b"\"", literal),
                None => (b"", b"word"),
            },
            _ => (b"\"", operator.unwrap_or_default()),
        };
        let mut text = [b"syntax error: unexpected ", quote, what, quote].concat();
        if !wanted.is_empty() {
            text.extend([b" (expecting \"", wanted, b"\")"].concat());
        }
        let line = self.source.line - u32::from(self.token == NEWLINE);
        self.set_fault(Fault { line, text });
    }

    /// The next complete command, up to the end of its line; `None` at the end of the source.
    #[inline(never)]
    pub fn complete_command(&mut self) -> Result<Option<Command>, Fault> {
        let command = self.next_command();
        match self.fault.take() {
            Some(fault) => Err(fault),
            None => Ok(command),
        }
    }

    fn next_command(&mut self) -> Option<Command> {
        self.begun = false;
        loop {
            match self.look(true) {
                END => return None,
                NEWLINE => {
                    self.take();
                    if self.source.supply == Supply::Terminal {
                        // An empty line asks again with PS1.
                        self.source.trim();
                        self.begun = false;
                    }
                }
                // An alias may stand for nothing.
                _ => {
                    if !self.expand_alias(true) {
                        break;
                    }
                }
            }
        }
        self.begun = true;
        let mut list = Vec::new();
        loop {
            let more = self.and_or(&mut list);
            match self.look(true) {
                NEWLINE | END => break,
                _ if !more => self.unexpected(b""),
                _ => {}
            }
        }
        self.take();
        Some(one_or_list(list))
    }

    /// All commands up to the end of the source.
    #[inline(never)]
    pub fn whole(&mut self) -> Command {
        let list = self.list();
        if self.look(true) != END {
            self.unexpected(b"");
        }
        list
    }

    /// The body of `$(`, up to its `)`.
    pub fn substitution(&mut self) -> Rc<Command> {
        self.deeper();
        // A token that was looked at belongs outside.
        let outer = core::mem::replace(&mut self.token, NONE);
        let word = core::mem::take(&mut self.word);
        let pending = core::mem::take(&mut self.pending);
        let start = self.start;
        let body = self.list();
        if self.look(true) != CLOSING {
            self.unexpected(b")");
        }
        self.token = outer;
        self.word = word;
        // Here-documents whose text had not come before the `)` get it behind the line.
        let inner = core::mem::replace(&mut self.pending, pending);
        self.pending.extend(inner);
        self.start = start;
        self.depth -= 1;
        Rc::new(body)
    }

    /// Commands up to a word or an operator that cannot begin one.
    pub fn list(&mut self) -> Command {
        let mut list = Vec::new();
        loop {
            self.skip_newlines();
            let ended = match self.look(true) {
                WORD => self.word.plain().is_some_and(ends_list),
                NUMBER | BRACKET => false,
                code => super::simple::redirection_of(code).is_none(),
            };
            if ended {
                break;
            }
            // An alias may begin with a word that ends the list.
            if self.expand_alias(true) {
                continue;
            }
            if !self.and_or(&mut list) && self.look(true) != NEWLINE {
                break;
            }
        }
        one_or_list(list)
    }

    /// A list that must not be empty.
    pub fn body(&mut self) -> Command {
        let list = self.list();
        if matches!(&list, Command::List(list) if list.is_empty()) {
            self.unexpected(b"");
        }
        list
    }

    /// The source from `start` to where the last token was taken.
    fn text_since(&self, start: usize) -> Box<[u8]> {
        let end = if self.token != NONE { self.start } else { self.source.at };
        let text = self.source.text.get(start..end).unwrap_or_default().trim_ascii();
        let text = text.strip_suffix(b"&").unwrap_or(text).trim_ascii();
        text.get(..200).unwrap_or(text).into()
    }

    /// Adds pipelines joined by `&&` and `||` to `list`, and takes what ends them: whether `;` or `&` does.
    fn and_or(&mut self, list: &mut Vec<Command>) -> bool {
        self.look(true);
        let begin = self.start;
        self.begin = begin;
        let mut command = self.pipeline();
        let mut rest = Vec::new();
        while let joint @ (AND | OR) = self.look(true) {
            self.take();
            self.skip_newlines();
            rest.push((joint == AND, self.pipeline()));
        }
        self.begin = begin;
        if !rest.is_empty() {
            command = Command::AndOr(Box::new(AndOr { first: command, rest }));
        }
        let code = self.look(true);
        let more = matches!(code, AMPERSAND | SEMICOLON);
        if more {
            self.take();
        }
        if code == AMPERSAND {
            let text = self.text_since(begin);
            command = Command::Background(Rc::new(Job { command, text }));
        }
        list.push(command);
        more
    }

    fn pipeline(&mut self) -> Command {
        self.look(true);
        let start = self.start;
        if EXTRAS && self.accept(b"time") {
            let posix = self.accept(b"-p");
            let command = match self.look(true) {
                NEWLINE | END | SEMICOLON => Command::List(Vec::new()),
                _ => self.pipeline(),
            };
            return Command::Time(Box::new(command), posix);
        }
        let mut negated = false;
        while self.accept(b"!") {
            negated = !negated;
        }
        let mut stages = Vec::new();
        let mut command = self.command();
        while let joint @ (BAR | BAR_BOTH) = self.look(true) {
            self.take();
            if joint == BAR_BOTH {
                let word = Word { parts: alloc::vec![Part::Text((*b"1").into())], declaration: false };
                let both = Redir { fd: 2, kind: RedirKind::Dup, word, here: None };
                command = Command::Redirected(Box::new((command, alloc::vec![both])), self.source.line);
            }
            stages.push(Rc::new(command));
            self.skip_newlines();
            command = self.command();
        }
        if stages.is_empty() && !negated {
            return command;
        }
        stages.push(Rc::new(command));
        let text = self.text_since(start);
        Command::Pipeline(Box::new(Pipeline { stages, negated, text }))
    }

    /// Puts the text of an alias in its place, if the next token is one. A reserved word of the standard is none where it
    /// begins a command.
    pub fn expand_alias(&mut self, begins: bool) -> bool {
        if self.look(true) != WORD {
            return false;
        }
        let Some(text) = self.word.plain() else { return false };
        if begins && reserved(text).is_some_and(|number| number < 16) {
            return false;
        }
        let Some(sym) = self.sh.symbols.find(text) else { return false };
        let Some(alias) = &self.sh.symbols.get(sym).alias else { return false };
        if self.source.in_alias(sym, self.start) {
            return false;
        }
        let left = self.source.text.len().saturating_sub(self.source.at);
        self.source.splice(sym, alias);
        if let Some(b' ' | b'\t') = alias.last() {
            self.blanks.push(left);
        }
        self.take();
        true
    }

    /// Puts the text of an alias in the place of the word that comes next if it is behind one that ends in a blank.
    pub fn expand_behind_blank(&mut self, assign: bool) {
        while let Some(&left) = self.blanks.last() {
            self.look(assign);
            if self.source.text.len().saturating_sub(self.start) > left {
                break;
            }
            self.blanks.pop();
            while self.expand_alias(false) {}
        }
    }
}

fn one_or_list(mut list: Vec<Command>) -> Command {
    if list.len() == 1
        && let Some(only) = list.pop()
    {
        return only;
    }
    Command::List(list)
}

/// The number of the reserved word that `text` is: see [`RESERVED`].
pub fn reserved(text: &[u8]) -> Option<usize> {
    place_of(RESERVED, text)
}

fn ends_list(word: &[u8]) -> bool {
    reserved(word).is_some_and(|number| number < 8)
}
