//! From tokens to the syntax tree (POSIX.1-2024 XCU 2.10).

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::OnceCell;

use super::braces;
use super::lexer::{Token, math, op};
use super::shell::Shell;
use super::source::{Source, Supply};
use super::symbols::{Sym, is_name};
use super::tree::*;

/// A syntax error: where, and what.
pub struct Fault {
    pub line: u32,
    pub text: Vec<u8>,
}

pub type Parse<T> = Result<T, Box<Fault>>;

/// A here-document whose text comes behind the line.
pub struct Pending {
    pub delimiter: Vec<u8>,
    pub quoted: bool,
    pub strip: bool,
    pub cell: Rc<OnceCell<Word>>,
}

/// Reads commands from a source.
pub struct Parser<'p> {
    pub sh: &'p mut Shell,
    pub source: &'p mut Source,
    pub pending: Vec<Pending>,
    /// Where the last token began.
    pub start: usize,
    pub extras: bool,
    /// How deep words and commands are nested.
    pub depth: u32,
    token: Option<Token>,
    /// A command has begun: a terminal asks for its next line with `PS2`.
    begun: bool,
    /// Where the list of pipelines begins that is being read.
    begin: usize,
    /// The last alias ended in a blank: the word behind it, where so much text is left, may be one, too.
    alias_blank: Option<usize>,
    /// The terminal has told the end of its input.
    ended: bool,
}

/// Words that end a list of commands, and their beginnings' partners.
const RESERVED: &[u8] =
    b"if then elif else fi while until do done for case in esac { } ! function select time [[";

/// How much of the stack one level of nesting may need, so that an error comes before the stack's end.
const MOST_DEPTH: u32 = 5000;

impl<'p> Parser<'p> {
    pub fn new(sh: &'p mut Shell, source: &'p mut Source) -> Self {
        let extras = cfg!(feature = "sh-extras");
        Parser {
            sh,
            source,
            pending: Vec::new(),
            start: 0,
            extras,
            depth: 0,
            token: None,
            begun: false,
            begin: 0,
            alias_blank: None,
            ended: false,
        }
    }

    /// A syntax error here.
    #[cold]
    pub fn fault(&mut self, text: &[u8]) -> Box<Fault> {
        Box::new(Fault { line: self.source.line, text: text.to_vec() })
    }

    /// Goes one level down; too many are an error.
    pub fn deeper(&mut self) -> Parse<()> {
        self.depth += 1;
        if self.depth > MOST_DEPTH || sys::process::stack_is_short() {
            return Err(self.fault(b"nested too deeply"));
        }
        Ok(())
    }

    /// Gets more text.
    pub fn fill(&mut self) -> bool {
        match self.source.supply {
            Supply::None => false,
            Supply::Terminal => {
                // The end of the input is asked for once.
                if self.ended {
                    return false;
                }
                let begun = self.begun || self.token.is_some();
                let before = self.source.text.len();
                self.sh.read_terminal_line(begun, &mut self.source.text);
                self.begun = true;
                self.ended = !self.source.added(before);
                !self.ended
            }
            _ => {
                let before = self.source.text.len();
                let more = self.source.read_more();
                if more && self.sh.has(super::shell::VERBOSE) {
                    let fresh = self.source.text.get(before..).unwrap_or_default();
                    self.sh.say(fresh);
                }
                more
            }
        }
    }

    /// Parses `text` by `how`, then goes on where it was.
    pub fn inside<T>(&mut self, text: Vec<u8>, how: impl FnOnce(&mut Parser) -> Parse<T>) -> Parse<T> {
        let mut source = Source::new(text, Supply::None, self.source.line);
        let mut parser = Parser::new(self.sh, &mut source);
        parser.depth = self.depth;
        parser.deeper()?;
        how(&mut parser)
    }

    /// The next token, which stays.
    fn look(&mut self, assign: bool) -> Parse<&Token> {
        if self.token.is_none() {
            self.token = Some(self.scan(assign)?);
        }
        Ok(self.token.as_ref().unwrap_or(&Token::End))
    }

    fn take(&mut self) -> Option<Token> {
        self.token.take()
    }

    /// The operator that follows, or 0.
    fn operator(&mut self) -> Parse<u32> {
        Ok(match self.look(true)? {
            Token::Operator(code) => *code,
            _ => 0,
        })
    }

    /// Whether the next token is the unquoted word `text`.
    fn is_word(&mut self, text: &[u8]) -> Parse<bool> {
        Ok(matches!(self.look(true)?, Token::Word(word) if word.plain() == Some(text)))
    }

    fn accept(&mut self, text: &[u8]) -> Parse<bool> {
        let found = self.is_word(text)?;
        if found {
            self.take();
        }
        Ok(found)
    }

    fn expect(&mut self, text: &[u8]) -> Parse<()> {
        if self.accept(text)? {
            return Ok(());
        }
        Err(self.unexpected(text))
    }

    fn skip_newlines(&mut self) -> Parse<()> {
        while matches!(self.look(true)?, Token::Newline) {
            self.take();
        }
        Ok(())
    }

    /// `unexpected "x"`, and what was wanted if that is one thing.
    #[cold]
    fn unexpected(&mut self, wanted: &[u8]) -> Box<Fault> {
        let mut text = b"syntax error: unexpected ".to_vec();
        match self.token.as_ref().unwrap_or(&Token::End) {
            Token::End => text.extend_from_slice(b"end of file"),
            Token::Newline => text.extend_from_slice(b"newline"),
            Token::Operator(code) => {
                text.push(b'"');
                text.extend(code.to_be_bytes().iter().filter(|&&byte| byte != 0));
                text.push(b'"');
            }
            Token::Word(word) => match word.literal() {
                Some(literal) => {
                    text.push(b'"');
                    text.extend_from_slice(literal);
                    text.push(b'"');
                }
                None => text.extend_from_slice(b"word"),
            },
            Token::Number(_) => text.extend_from_slice(b"redirection"),
        }
        if !wanted.is_empty() {
            text.extend_from_slice(b" (expecting \"");
            text.extend_from_slice(wanted);
            text.extend_from_slice(b"\")");
        }
        let line = self.source.line - u32::from(matches!(self.token, Some(Token::Newline)));
        Box::new(Fault { line, text })
    }

    /// The next complete command, up to the end of its line; `None` at the end of the source.
    pub fn complete_command(&mut self) -> Parse<Option<Command>> {
        self.begun = false;
        loop {
            match self.look(true)? {
                Token::End => return Ok(None),
                Token::Newline => {
                    self.take();
                    if self.source.supply == Supply::Terminal {
                        // An empty line asks again with PS1.
                        self.source.trim();
                        self.begun = false;
                    }
                }
                _ => {
                    // An alias may stand for nothing.
                    if !self.expand_alias()? {
                        break;
                    }
                }
            }
        }
        self.begun = true;
        let mut list = Vec::new();
        loop {
            let command = self.and_or()?;
            match self.operator()? {
                code if code == op(b"&") => {
                    self.take();
                    list.push(self.background(command));
                }
                code if code == op(b";") => {
                    self.take();
                    list.push(command);
                }
                0 => list.push(command),
                _ => return Err(self.unexpected(b"")),
            }
            match self.look(true)? {
                Token::Newline | Token::End => {
                    self.take();
                    break;
                }
                Token::Word(_) | Token::Number(_) | Token::Operator(_) => {}
            }
        }
        Ok(Some(one_or_list(list)))
    }

    /// All commands up to the end of the source.
    pub fn whole(&mut self) -> Parse<Command> {
        let list = self.list()?;
        match self.look(true)? {
            Token::End => Ok(list),
            _ => Err(self.unexpected(b"")),
        }
    }

    /// The body of `$(`, up to its `)`.
    pub fn substitution(&mut self) -> Parse<Rc<Command>> {
        self.deeper()?;
        // A token that was looked at belongs outside.
        let outer = self.token.take();
        let pending = core::mem::take(&mut self.pending);
        let start = self.start;
        let body = self.list()?;
        if self.operator()? != op(b")") {
            return Err(self.unexpected(b")"));
        }
        self.token = outer;
        // Here-documents whose text had not come before the `)` get it behind the line.
        let inner = core::mem::replace(&mut self.pending, pending);
        self.pending.extend(inner);
        self.start = start;
        self.depth -= 1;
        Ok(Rc::new(body))
    }

    /// Commands up to a word or an operator that cannot begin one.
    fn list(&mut self) -> Parse<Command> {
        let mut list = Vec::new();
        loop {
            self.skip_newlines()?;
            let ended = match self.look(true)? {
                Token::End => true,
                Token::Operator(code) => !matches!(*code, BRACKET | LESS | GREAT) && !is_redirection(*code),
                Token::Word(word) => word.plain().is_some_and(ends_list),
                _ => false,
            };
            if ended {
                break;
            }
            // An alias may begin with a word that ends the list.
            if self.expand_alias()? {
                continue;
            }
            let command = self.and_or()?;
            match self.operator()? {
                code if code == op(b"&") => {
                    self.take();
                    list.push(self.background(command));
                }
                code if code == op(b";") => {
                    self.take();
                    list.push(command);
                }
                _ => {
                    list.push(command);
                    if !matches!(self.look(true)?, Token::Newline) {
                        break;
                    }
                }
            }
        }
        Ok(one_or_list(list))
    }

    /// A list that must not be empty.
    fn body(&mut self) -> Parse<Command> {
        let list = self.list()?;
        if matches!(&list, Command::List(list) if list.is_empty()) {
            return Err(self.unexpected(b""));
        }
        Ok(list)
    }

    fn background(&mut self, command: Command) -> Command {
        let text = self.text_since(self.begin);
        Command::Background(Rc::new(Job { command, text }))
    }

    /// The source from `start` to where the last token was taken.
    fn text_since(&self, start: usize) -> Box<[u8]> {
        let end = if self.token.is_some() { self.start } else { self.source.at };
        let text = self.source.text.get(start..end).unwrap_or_default();
        let mut text = text.trim_ascii();
        text = text.strip_suffix(b"&").unwrap_or(text).trim_ascii();
        text.get(..text.len().min(200)).unwrap_or_default().into()
    }

    fn and_or(&mut self) -> Parse<Command> {
        self.look(true)?;
        self.begin = self.start;
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            let code = self.operator()?;
            if code != op(b"&&") && code != op(b"||") {
                break;
            }
            self.take();
            self.skip_newlines()?;
            let begin = self.begin;
            rest.push((code == op(b"&&"), self.pipeline()?));
            self.begin = begin;
        }
        Ok(if rest.is_empty() { first } else { Command::AndOr(Box::new(AndOr { first, rest })) })
    }

    fn pipeline(&mut self) -> Parse<Command> {
        self.look(true)?;
        let start = self.start;
        if self.extras && self.accept(b"time")? {
            let posix = self.accept(b"-p")?;
            let command = match self.look(true)? {
                Token::Newline | Token::End | Token::Operator(SEMICOLON) => Command::List(Vec::new()),
                _ => self.pipeline()?,
            };
            return Ok(Command::Time(Box::new(command), posix));
        }
        let mut negated = false;
        while self.accept(b"!")? {
            negated = !negated;
        }
        let mut stages = Vec::new();
        let mut command = self.command()?;
        loop {
            let code = self.operator()?;
            if code != op(b"|") && code != op(b"|&") {
                break;
            }
            self.take();
            if code == op(b"|&") {
                let both = Redir {
                    fd: 2,
                    kind: RedirKind::Dup,
                    word: Word { parts: alloc::vec![Part::Text((*b"1").into())], declaration: false },
                    here: None,
                };
                command = Command::Redirected(Box::new((command, alloc::vec![both])), self.source.line);
            }
            stages.push(Rc::new(command));
            self.skip_newlines()?;
            command = self.command()?;
        }
        if stages.is_empty() && !negated {
            return Ok(command);
        }
        stages.push(Rc::new(command));
        let text = self.text_since(start);
        Ok(Command::Pipeline(Box::new(Pipeline { stages, negated, text })))
    }

    fn command(&mut self) -> Parse<Command> {
        self.deeper()?;
        let command = self.plain_command();
        self.depth -= 1;
        command
    }

    fn plain_command(&mut self) -> Parse<Command> {
        while self.expand_alias()? {}
        let line = self.source.line;
        let command = match self.look(true)? {
            Token::Operator(BRACKET) => {
                self.take();
                if self.extras
                    && self.peek() == Some(b'(')
                    && let Some(math) = self.arithmetic(true)?
                {
                    Command::Math(Box::new(math), line)
                } else {
                    let list = self.body()?;
                    self.expect_operator(op(b")"), b")")?;
                    Command::Subshell(Rc::new(list))
                }
            }
            Token::Word(word) => match word.plain().and_then(reserved) {
                Some(word) => {
                    let extra = matches!(word, b"function" | b"select" | b"[[" | b"time");
                    if extra && !self.extras {
                        return self.simple();
                    }
                    self.compound(word, line)?
                }
                None => return self.simple(),
            },
            Token::Number(_) => return self.simple(),
            Token::Operator(code) if is_redirection(*code) => return self.simple(),
            _ => return Err(self.unexpected(b"")),
        };
        if matches!(command, Command::Function(..)) {
            return Ok(command);
        }
        let redirs = self.redirections()?;
        if redirs.is_empty() {
            return Ok(command);
        }
        Ok(Command::Redirected(Box::new((command, redirs)), line))
    }

    fn expect_operator(&mut self, code: u32, text: &[u8]) -> Parse<()> {
        if self.operator()? != code {
            return Err(self.unexpected(text));
        }
        self.take();
        Ok(())
    }

    fn compound(&mut self, word: &'static [u8], line: u32) -> Parse<Command> {
        if ends_list(word) || word == b"in" {
            return Err(self.unexpected(b""));
        }
        self.take();
        match word {
            b"{" => {
                let list = self.body()?;
                self.expect(b"}")?;
                Ok(list)
            }
            b"if" => self.if_command(),
            b"while" | b"until" => {
                let condition = self.body()?;
                self.expect(b"do")?;
                let body = self.body()?;
                self.expect(b"done")?;
                Ok(Command::While { until: word == b"until", parts: Box::new((condition, body)) })
            }
            b"for" => self.for_command(line, false),
            b"select" => self.for_command(line, true),
            b"case" => self.case(line),
            b"function" => self.function_keyword(),
            b"[[" => {
                let condition = self.condition_or()?;
                self.expect(b"]]")?;
                Ok(Command::Condition(Box::new(condition), line))
            }
            _ => Err(self.unexpected(b"")),
        }
    }

    fn if_command(&mut self) -> Parse<Command> {
        let mut arms = Vec::new();
        let mut otherwise = None;
        loop {
            let condition = self.body()?;
            self.expect(b"then")?;
            arms.push((condition, self.body()?));
            if self.accept(b"elif")? {
                continue;
            }
            if self.accept(b"else")? {
                otherwise = Some(self.body()?);
            }
            self.expect(b"fi")?;
            return Ok(Command::If(Box::new(If { arms, otherwise })));
        }
    }

    /// The name that must follow, of a loop's variable or of a function.
    fn name(&mut self) -> Parse<Sym> {
        let name = match self.look(false)? {
            Token::Word(word) => word.plain().filter(|name| is_name(name)).map(<[u8]>::to_vec),
            _ => None,
        };
        match name {
            Some(name) => {
                self.take();
                Ok(self.sh.symbols.intern(&name))
            }
            None => Err(self.unexpected(b"")),
        }
    }

    fn for_command(&mut self, line: u32, select: bool) -> Parse<Command> {
        if self.extras && !select && self.operator()? == BRACKET && self.peek() == Some(b'(') {
            return self.for_math();
        }
        let name = self.name()?;
        self.skip_newlines()?;
        let mut words = None;
        if self.accept(b"in")? {
            let mut list = Vec::new();
            while matches!(self.look(false)?, Token::Word(_)) {
                if let Some(Token::Word(word)) = self.take() {
                    self.push_word(word, &mut list);
                }
            }
            words = Some(list);
            match self.look(true)? {
                Token::Newline | Token::Operator(SEMICOLON) => {
                    self.take();
                }
                _ => return Err(self.unexpected(b"")),
            }
        } else if self.operator()? == SEMICOLON {
            self.take();
        }
        let body = self.do_group()?;
        Ok(Command::For(Box::new(For { line, name, words, body, select })))
    }

    fn do_group(&mut self) -> Parse<Command> {
        self.skip_newlines()?;
        if self.extras && self.accept(b"{")? {
            let body = self.body()?;
            self.expect(b"}")?;
            return Ok(body);
        }
        self.expect(b"do")?;
        let body = self.body()?;
        self.expect(b"done")?;
        Ok(body)
    }

    /// `for ((a; b; c))`, the first parenthesis being the token.
    fn for_math(&mut self) -> Parse<Command> {
        self.take();
        self.bump();
        let mut parts = [const { None }; 3];
        for (slot, end) in parts.iter_mut().zip(*b";;\0") {
            let Some(text) = self.math_text(end) else { return Err(self.unexpected(b"))")) };
            let text = self.inside(text, |parser| parser.here_text())?;
            *slot = Some(math(&mut self.sh.symbols, text, true));
        }
        if self.operator()? == SEMICOLON {
            self.take();
        }
        let body = self.do_group()?;
        match parts {
            [Some(first), Some(second), Some(third)] => {
                Ok(Command::ForMath(Box::new(ForMath { parts: [first, second, third], body })))
            }
            _ => Err(self.unexpected(b"))")),
        }
    }

    fn case(&mut self, line: u32) -> Parse<Command> {
        let word = match self.look(false)? {
            Token::Word(_) => match self.take() {
                Some(Token::Word(word)) => word,
                _ => Word::default(),
            },
            _ => return Err(self.unexpected(b"")),
        };
        self.skip_newlines()?;
        self.expect(b"in")?;
        let mut arms = Vec::new();
        loop {
            self.skip_newlines()?;
            if self.accept(b"esac")? {
                break;
            }
            if self.operator()? == BRACKET {
                self.take();
            }
            let mut patterns = Vec::new();
            loop {
                match self.look(false)? {
                    Token::Word(_) => {
                        if let Some(Token::Word(word)) = self.take() {
                            patterns.push(word);
                        }
                    }
                    _ => return Err(self.unexpected(b"")),
                }
                match self.operator()? {
                    code if code == op(b"|") => self.take(),
                    code if code == op(b")") => break,
                    _ => return Err(self.unexpected(b")")),
                };
            }
            self.take();
            let body = self.list()?;
            let end = self.operator()?;
            let (fall_through, go_on) = (end == op(b";&"), end == op(b";;&"));
            arms.push(Arm { patterns, body, fall_through, go_on });
            if end == op(b";;") || fall_through || go_on {
                self.take();
                continue;
            }
            self.expect(b"esac")?;
            break;
        }
        Ok(Command::Case(Box::new(Case { line, word, arms })))
    }

    fn function_keyword(&mut self) -> Parse<Command> {
        let name = match self.look(false)? {
            Token::Word(word) => word.literal().map(<[u8]>::to_vec),
            _ => None,
        };
        let Some(name) = name else { return Err(self.unexpected(b"")) };
        self.take();
        if self.operator()? == BRACKET {
            self.take();
            self.expect_operator(op(b")"), b")")?;
        }
        self.function_body(&name)
    }

    fn function_body(&mut self, name: &[u8]) -> Parse<Command> {
        self.skip_newlines()?;
        let body = self.command()?;
        let sym = self.sh.symbols.intern(name);
        Ok(Command::Function(sym, Rc::new(Function { body })))
    }

    /// Puts the text of an alias in its place, if the next token is one.
    fn expand_alias(&mut self) -> Parse<bool> {
        let Token::Word(word) = self.look(true)? else { return Ok(false) };
        let Some(text) = word.plain() else { return Ok(false) };
        let text = text.to_vec();
        let Some(sym) = self.sh.symbols.find(&text) else { return Ok(false) };
        let Some(alias) = self.sh.symbols.get(sym).alias.clone() else { return Ok(false) };
        if self.source.in_alias(sym) {
            return Ok(false);
        }
        self.take();
        let left = self.source.text.len().saturating_sub(self.source.at);
        self.source.splice(sym, &alias);
        self.alias_blank = matches!(alias.last(), Some(b' ' | b'\t')).then_some(left);
        Ok(true)
    }

    fn simple(&mut self) -> Parse<Command> {
        let mut simple = Simple {
            line: self.source.line,
            assigns: Vec::new(),
            words: Vec::new(),
            redirs: Vec::new(),
            name: None,
        };
        let mut declaration = false;
        loop {
            let first = simple.words.is_empty();
            if first {
                while self.expand_alias()? {}
            } else if let Some(left) = self.alias_blank {
                self.look(declaration)?;
                if self.source.text.len().saturating_sub(self.start) <= left {
                    self.alias_blank = None;
                    while self.expand_alias()? {}
                }
            }
            match self.look(first || declaration)? {
                Token::Word(_) => {
                    let Some(Token::Word(mut word)) = self.take() else { break };
                    if first {
                        match self.assignment(word) {
                            Ok(assign) => {
                                simple.assigns.push(assign);
                                continue;
                            }
                            Err(other) => word = other,
                        }
                        if simple.assigns.is_empty()
                            && simple.redirs.is_empty()
                            && let Some(name) = word.literal()
                            && self.operator()? == BRACKET
                        {
                            let name = name.to_vec();
                            self.take();
                            self.expect_operator(op(b")"), b")")?;
                            return self.function_body(&name);
                        }
                        declaration = word.literal().is_some_and(is_declaration);
                        simple.name = word.literal().map(|name| self.sh.symbols.intern(name));
                    }
                    if declaration && !first && starts_assignment(&word) {
                        word.declaration = true;
                        simple.words.push(word);
                    } else {
                        self.push_word(word, &mut simple.words);
                    }
                }
                Token::Number(_) => simple.redirs.push(self.redirection()?),
                Token::Operator(code) if is_redirection(*code) => simple.redirs.push(self.redirection()?),
                Token::Operator(BRACKET) => return Err(self.unexpected(b"")),
                _ => break,
            }
        }
        Ok(Command::Simple(Box::new(simple)))
    }

    /// Adds a word, or the several that its braces make of it.
    fn push_word(&mut self, word: Word, list: &mut Vec<Word>) {
        if self.extras { braces::expand(word, list) } else { list.push(word) }
    }

    /// A word as an assignment, or the word again.
    fn assignment(&mut self, mut word: Word) -> Result<Assign, Word> {
        let Some(Part::Text(text)) = word.parts.first_mut() else { return Err(word) };
        let Some(equals) = text.iter().position(|&byte| byte == b'=') else { return Err(word) };
        let (name, rest) = text.split_at_checked(equals).unwrap_or_default();
        let append = self.extras && name.ends_with(b"+");
        let name = if append { name.strip_suffix(b"+").unwrap_or(name) } else { name };
        if !is_name(name) {
            return Err(word);
        }
        let sym = self.sh.symbols.intern(name);
        let rest: Box<[u8]> = rest.get(1..).unwrap_or_default().into();
        if rest.is_empty() {
            word.parts.remove(0);
        } else {
            *text = rest;
        }
        Ok(Assign { sym, append, value: word })
    }

    fn redirections(&mut self) -> Parse<Vec<Redir>> {
        let mut list = Vec::new();
        loop {
            match self.look(true)? {
                Token::Number(_) => {}
                Token::Operator(code) if is_redirection(*code) => {}
                _ => return Ok(list),
            }
            list.push(self.redirection()?);
        }
    }

    fn redirection(&mut self) -> Parse<Redir> {
        let mut fd = None;
        if let Token::Number(number) = self.look(false)? {
            fd = Some(*number);
            self.take();
        }
        let code = self.operator()?;
        self.take();
        let (kind, default) = match code {
            LESS => (RedirKind::Read, 0),
            GREAT => (RedirKind::Write, 1),
            _ if code == op(b">>") => (RedirKind::Append, 1),
            _ if code == op(b">|") => (RedirKind::Clobber, 1),
            _ if code == op(b"<>") => (RedirKind::ReadWrite, 0),
            _ if code == op(b"<&") => (RedirKind::Dup, 0),
            _ if code == op(b">&") => (RedirKind::Dup, 1),
            _ if code == op(b"&>") => (RedirKind::Both { append: false }, 1),
            _ if code == op(b"&>>") => (RedirKind::Both { append: true }, 1),
            _ if code == op(b"<<<") => (RedirKind::HereString, 0),
            _ if code == op(b"<<") || code == op(b"<<-") => (RedirKind::Here, 0),
            _ => return Err(self.unexpected(b"")),
        };
        let Token::Word(_) = self.look(false)? else { return Err(self.unexpected(b"")) };
        let Some(Token::Word(word)) = self.take() else { return Err(self.unexpected(b"")) };
        let mut redir = Redir { fd: fd.unwrap_or(default), kind, word, here: None };
        if kind == RedirKind::Here {
            redir.here = Some(self.announce(core::mem::take(&mut redir.word), code == op(b"<<-")));
        } else if code == op(b">&") && self.extras && fd.is_none() {
            // `>&file` is `&>file`; a number or a dash is a descriptor.
            let number = |text: &[u8]| text == b"-" || text.iter().all(u8::is_ascii_digit);
            if redir.word.literal().is_some_and(|text| !number(text)) {
                redir.kind = RedirKind::Both { append: false };
            }
        }
        Ok(redir)
    }

    /// Takes note of a here-document, whose text will come.
    fn announce(&mut self, word: Word, strip: bool) -> Rc<OnceCell<Word>> {
        let cell = Rc::new(OnceCell::new());
        let quoted = word.parts.iter().any(|part| matches!(part, Part::Quoted(_)));
        let mut delimiter = Vec::new();
        for part in &word.parts {
            match part {
                Part::Text(text) | Part::Quoted(text) => delimiter.extend_from_slice(text),
                Part::Tilde(name) => {
                    delimiter.push(b'~');
                    delimiter.extend_from_slice(name);
                }
                // An expansion in a delimiter is its own text, of which only a plain name is known here.
                Part::Param(param) => {
                    delimiter.push(b'$');
                    if let Name::Var(sym) = param.name {
                        delimiter.extend_from_slice(&self.sh.symbols.get(sym).name);
                    }
                }
                _ => {}
            }
        }
        self.pending.push(Pending { delimiter, quoted, strip, cell: cell.clone() });
        cell
    }

    fn condition_or(&mut self) -> Parse<Condition> {
        self.condition_list(op(b"||"))
    }

    /// Conditions joined by `||`, each of them conditions joined by `&&`.
    fn condition_list(&mut self, joint: u32) -> Parse<Condition> {
        let or = joint == op(b"||");
        let mut left: Option<Condition> = None;
        loop {
            let next = if or { self.condition_list(op(b"&&"))? } else { self.condition_primary()? };
            let whole = match left.take() {
                None => next,
                Some(left) if or => Condition::Or(Box::new((left, next))),
                Some(left) => Condition::And(Box::new((left, next))),
            };
            self.skip_newlines()?;
            if self.operator()? != joint {
                return Ok(whole);
            }
            left = Some(whole);
            self.take();
            self.skip_newlines()?;
        }
    }

    fn condition_primary(&mut self) -> Parse<Condition> {
        self.deeper()?;
        self.skip_newlines()?;
        let condition = self.condition_inner();
        self.depth -= 1;
        condition
    }

    fn condition_inner(&mut self) -> Parse<Condition> {
        if self.operator()? == BRACKET {
            self.take();
            let inner = self.condition_or()?;
            self.expect_operator(op(b")"), b")")?;
            return Ok(inner);
        }
        if self.accept(b"!")? {
            return Ok(Condition::Not(Box::new(self.condition_primary()?)));
        }
        if self.is_word(b"]]")? {
            return Err(self.unexpected(b""));
        }
        let first = self.condition_word()?;
        let letter = match first.plain() {
            Some([b'-', letter]) if b"abcdefghknoprstuvwxzGLNOS".contains(letter) => *letter,
            _ => 0,
        };
        if letter != 0 && !self.is_word(b"]]")? && matches!(self.look(false)?, Token::Word(_)) {
            let operand = self.condition_word()?;
            return Ok(Condition::Unary(letter, operand));
        }
        let operator: Box<[u8]> = match self.look(false)? {
            Token::Operator(LESS) => (*b"<").into(),
            Token::Operator(GREAT) => (*b">").into(),
            Token::Word(word) if !self_is_end(word) => match word.plain() {
                Some(text) if is_binary(text) => text.into(),
                _ => return Err(self.unexpected(b"]]")),
            },
            // A word alone: whether it is empty.
            _ => return Ok(Condition::Unary(b'n', first)),
        };
        self.take();
        let second = if *operator == *b"=~" { self.regex_word()? } else { self.condition_word()? };
        Ok(Condition::Binary(operator, Box::new((first, second))))
    }

    fn condition_word(&mut self) -> Parse<Word> {
        match self.look(false)? {
            Token::Word(_) => match self.take() {
                Some(Token::Word(word)) => Ok(word),
                _ => Err(self.unexpected(b"")),
            },
            _ => Err(self.unexpected(b"")),
        }
    }
}

const BRACKET: u32 = op(b"(");
const LESS: u32 = op(b"<");
const GREAT: u32 = op(b">");
const SEMICOLON: u32 = op(b";");

fn one_or_list(mut list: Vec<Command>) -> Command {
    match list.pop() {
        Some(only) if list.is_empty() => only,
        Some(last) => {
            list.push(last);
            Command::List(list)
        }
        None => Command::List(list),
    }
}

fn self_is_end(word: &Word) -> bool {
    word.plain() == Some(b"]]")
}

fn is_binary(text: &[u8]) -> bool {
    matches!(
        text,
        b"=" | b"=="
            | b"!="
            | b"=~"
            | b"-eq"
            | b"-ne"
            | b"-lt"
            | b"-le"
            | b"-gt"
            | b"-ge"
            | b"-nt"
            | b"-ot"
            | b"-ef"
    )
}

fn is_redirection(code: u32) -> bool {
    let code = code.to_be_bytes();
    let first = code.iter().find(|&&byte| byte != 0);
    matches!(first, Some(b'<' | b'>')) || matches!(code, [_, _, b'&', b'>'] | [_, b'&', b'>', b'>'])
}

/// The reserved word that `text` is.
pub fn reserved(text: &[u8]) -> Option<&'static [u8]> {
    RESERVED.split(|&byte| byte == b' ').find(|&word| word == text)
}

fn ends_list(word: &[u8]) -> bool {
    matches!(word, b"then" | b"elif" | b"else" | b"fi" | b"do" | b"done" | b"esac" | b"}")
}

/// Utilities whose operands may be assignments (POSIX.1-2024 XCU 2.9.1.1).
fn is_declaration(name: &[u8]) -> bool {
    matches!(name, b"export" | b"readonly" | b"local" | b"declare" | b"typeset")
}

fn starts_assignment(word: &Word) -> bool {
    match word.parts.first() {
        Some(Part::Text(text)) => text.iter().position(|&byte| byte == b'=').is_some_and(|at| {
            is_name(text.get(..at).map_or(&[][..], |name| name.strip_suffix(b"+").unwrap_or(name)))
        }),
        _ => false,
    }
}
