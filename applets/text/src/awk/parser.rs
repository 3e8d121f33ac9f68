//! Programs: rules and functions.

use super::emit::Emit;
use super::lexer::{Lexer, Token, sign, word};
use super::names::{Kind, Names, operand};
use super::source::Source;
use super::statements::Loop;
use alloc::vec::Vec;
use applet::prelude::*;
use awkvm::Program;
use awkvm::code::{DYNAMIC, Function, Op, Opd};

/// Expressions and statements nest at most this deep.
const DEEPEST: usize = 600;

/// Pieces of code that run one after the other, wherever they are.
#[derive(Default)]
struct Chain {
    first: Option<u32>,
    open: Option<usize>,
}

/// Where a statement stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Begin,
    Rule,
    End,
    Function,
}

/// The parser, which makes instructions as it goes.
pub struct Parser<'a> {
    pub lexer: Lexer<'a>,
    pub emit: Emit,
    pub names: Names,
    pub function: Option<usize>,
    /// Texts are UTF-8.
    pub utf8: bool,
    /// Inside of `print`, `>` is no comparison.
    pub no_greater: bool,
    pub part: Part,
    depth: usize,
    pub loops: Vec<Loop>,
    begin: Chain,
    rules: Chain,
    end: Chain,
}

/// Compiles a program; also the names of its global variables, by number.
pub fn compile(source: Source, utf8: bool) -> Result<(Program, Names)> {
    let mut parser = Parser {
        lexer: Lexer::new(source)?,
        emit: Emit::default(),
        names: Names::new(),
        function: None,
        utf8,
        no_greater: false,
        part: Part::Rule,
        depth: 0,
        loops: Vec::new(),
        begin: Chain::default(),
        rules: Chain::default(),
        end: Chain::default(),
    };
    parser.program()?;
    parser.finish()
}

impl<'a> Parser<'a> {
    /// Whether the current token is `wanted`, which is then passed.
    pub fn eat(&mut self, wanted: Token) -> Result<bool> {
        let there = self.lexer.token == wanted;
        if there {
            self.lexer.advance()?;
        }
        Ok(there)
    }

    pub fn expect(&mut self, wanted: Token) -> Result {
        if self.eat(wanted)? { Ok(()) } else { Err(self.lexer.unexpected()) }
    }

    pub fn skip_newlines(&mut self) -> Result {
        while self.eat(Token::Newline)? {}
        Ok(())
    }

    /// One level deeper.
    pub fn deeper(&mut self) -> Result {
        self.depth += 1;
        if self.depth > DEEPEST { Err(self.lexer.error(&[b"nested too deeply"])) } else { Ok(()) }
    }

    pub fn shallower(&mut self) {
        self.depth -= 1;
    }

    pub fn skip_ends(&mut self) -> Result {
        while self.lexer.token == sign!(b";") || self.lexer.token == Token::Newline {
            self.lexer.advance()?;
        }
        Ok(())
    }

    fn program(&mut self) -> Result {
        self.emit.add(Op::Jump(0));
        self.emit.label();
        loop {
            self.skip_ends()?;
            match self.lexer.token {
                Token::End => return Ok(()),
                word::FUNCTION | word::FUNC => self.definition()?,
                word::BEGIN => self.special_rule(Part::Begin)?,
                word::END => self.special_rule(Part::End)?,
                _ => self.rule()?,
            }
        }
    }

    fn chain(&mut self, part: Part) -> &mut Chain {
        match part {
            Part::Begin => &mut self.begin,
            Part::End => &mut self.end,
            _ => &mut self.rules,
        }
    }

    /// Begins a piece of code that runs after the last of its part.
    fn open(&mut self, part: Part) {
        self.part = part;
        let start = self.emit.label();
        let chain = self.chain(part);
        chain.first.get_or_insert(start);
        if let Some(open) = chain.open {
            self.emit.aim(open, start);
        }
    }

    fn close(&mut self, part: Part) {
        let open = self.emit.add(Op::Jump(0));
        self.emit.label();
        self.chain(part).open = Some(open);
    }

    fn special_rule(&mut self, part: Part) -> Result {
        self.lexer.advance()?;
        self.skip_newlines()?;
        self.open(part);
        self.block()?;
        self.close(part);
        Ok(())
    }

    fn rule(&mut self) -> Result {
        self.open(Part::Rule);
        let mut skip = None;
        if self.lexer.token != sign!(b"{") {
            let range = self.emit.program.ranges as u16;
            // Room for the question whether a range has begun.
            let test = self.emit.add(Op::Jump(0));
            let start = self.emit.label();
            self.emit.aim(test, start);
            self.value()?;
            let outside = self.emit.jump_if(false);
            if self.eat(sign!(b","))? {
                self.skip_newlines()?;
                self.emit.program.ranges += 1;
                self.emit.add(Op::SetRange { range, on: true });
                let inside = self.emit.label();
                self.emit.replace(test, Op::InRange { range, target: inside });
                self.value()?;
                let more = self.emit.jump_if(false);
                self.emit.add(Op::SetRange { range, on: false });
                self.emit.land(more);
            }
            skip = Some(outside);
        }
        if self.lexer.token == sign!(b"{") {
            self.block()?;
        } else {
            self.emit.add(Op::Print { count: 0, to: 0 });
            if !matches!(self.lexer.token, Token::Newline | Token::End) && self.lexer.token != sign!(b";") {
                return Err(self.lexer.unexpected());
            }
        }
        if let Some(skip) = skip {
            self.emit.land(skip);
        }
        self.close(Part::Rule);
        Ok(())
    }

    fn definition(&mut self) -> Result {
        self.lexer.advance()?;
        if !matches!(self.lexer.token, Token::Name | Token::Call) {
            return Err(self.lexer.unexpected());
        }
        let name = core::mem::take(&mut self.lexer.text);
        let number = self.names.function(&name);
        self.lexer.advance()?;
        self.expect(sign!(b"("))?;
        let mut params: Vec<super::names::Name> = Vec::new();
        while self.lexer.token == Token::Name {
            let text = core::mem::take(&mut self.lexer.text);
            if params.iter().any(|param| param.text == text) || text == name {
                return Err(self.lexer.error(&[b"function '", &name, b"': parameter '", &text, b"' twice"]));
            }
            params.push(super::names::Name { text, kind: Kind::Unknown });
            self.lexer.advance()?;
            if !self.eat(sign!(b","))? {
                break;
            }
            self.skip_newlines()?;
        }
        self.expect(sign!(b")"))?;
        self.skip_newlines()?;
        let start = self.emit.label() as usize;
        let again = self.names.functions.get_mut(number).is_none_or(|function| {
            function.params = params;
            function.start.replace(start).is_some()
        });
        if again {
            return Err(self.lexer.error(&[b"function '", &name, b"' defined twice"]));
        }
        self.function = Some(number);
        self.part = Part::Function;
        self.block()?;
        self.function = None;
        self.emit.add(Op::PushUninit);
        self.emit.add(Op::Return);
        self.emit.label();
        Ok(())
    }

    /// Puts the parts together.
    fn finish(mut self) -> Result<(Program, Names)> {
        self.emit.program.watch = self.watched();
        let reads = self.rules.first.is_some() || self.end.first.is_some();
        let emit = &mut self.emit;
        let next = emit.label();
        let read = emit.add(Op::NextRecord(0));
        emit.add(Op::Jump(self.rules.first.unwrap_or(next)));
        let end = emit.label();
        emit.aim(read, end);
        emit.add(Op::Ending);
        let finish = emit.here() as u32 + 1;
        emit.add(Op::Jump(self.end.first.unwrap_or(finish)));
        let after_begin = if reads { next } else { finish };
        emit.aim(0, self.begin.first.unwrap_or(after_begin));
        for (chain, target) in [(self.begin, after_begin), (self.rules, next), (self.end, finish)] {
            if let Some(open) = chain.open {
                emit.aim(open, target);
            }
        }
        if let Err((line, message)) = self.names.resolve(&mut self.emit) {
            self.lexer.line = line;
            return Err(self.lexer.error(&[&message]));
        }
        let mut program = self.emit.program;
        program.next = next;
        program.end = end;
        program.globals = self.names.globals.len();
        program.functions = self.names.functions.iter().map(compiled).collect();
        Ok((program, self.names))
    }

    /// The regular expression of the only rule.
    fn watched(&self) -> Option<u32> {
        let code = &self.emit.program.code;
        let first = self.rules.first? as usize;
        // The rule begins with a jump over nothing, unless it is a range.
        let (Op::Jump(start), Op::MatchJump { sense: false, text, regex, target }) =
            (code.get(first)?, code.get(first + 1)?)
        else {
            return None;
        };
        let only = *start as usize == first + 1 && Some(*target as usize) == self.rules.open;
        (only && *text == Opd::new(Opd::FIELD, 0) && *regex != DYNAMIC).then_some(*regex)
    }

    /// Stores the value on the stack in a variable, for good.
    pub fn store_simple(&mut self, variable: super::names::Variable) -> Result {
        self.scalar(variable)?;
        match variable {
            super::names::Variable::Special(id) => {
                self.emit.add(Op::Store { place: id, keep: false });
            }
            variable => self.emit.store(operand(variable)),
        }
        Ok(())
    }
}

fn compiled(function: &super::names::Function) -> Function {
    let arrays = function.params.iter().map(|param| param.kind == Kind::Array).collect();
    Function { start: function.start.unwrap_or(0) as u32, arrays }
}
