//! Programs: rules, functions and statements.

use super::emit::Emit;
use super::expression::{CONCAT, Place};
use super::lexer::{Lexer, Token, sign, word};
use super::names::{Kind, Names, operand};
use super::source::Source;
use alloc::vec::Vec;
use applet::prelude::*;
use awkvm::code::{Function, Op, Opd};
use awkvm::Program;

/// Expressions and statements nest at most this deep.
const DEEPEST: usize = 600;

/// A loop (or switch) and the jumps out of it that have no aim yet.
struct Loop {
    breaks: Vec<usize>,
    /// None: a switch.
    continues: Option<Vec<usize>>,
}

/// Pieces of code that run one after the other, wherever they are.
#[derive(Default)]
struct Chain {
    first: Option<u32>,
    open: Option<usize>,
}

/// Where a statement stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
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
    part: Part,
    depth: usize,
    loops: Vec<Loop>,
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

    fn skip_ends(&mut self) -> Result {
        while self.lexer.token == sign(b";") || self.lexer.token == Token::Newline {
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
        if self.lexer.token != sign(b"{") {
            let range = self.emit.program.ranges as u16;
            // Room for the question whether a range has begun.
            let test = self.emit.add(Op::Jump(0));
            let start = self.emit.label();
            self.emit.aim(test, start);
            self.value()?;
            let outside = self.emit.jump_if(false);
            if self.eat(sign(b","))? {
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
        if self.lexer.token == sign(b"{") {
            self.block()?;
        } else {
            self.emit.add(Op::Print { count: 0, to: 0 });
            if !matches!(self.lexer.token, Token::Newline | Token::End) && self.lexer.token != sign(b";") {
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
        self.expect(sign(b"("))?;
        let mut params: Vec<super::names::Name> = Vec::new();
        while self.lexer.token == Token::Name {
            let text = core::mem::take(&mut self.lexer.text);
            if params.iter().any(|param| param.text == text) || text == name {
                return Err(self.lexer.error(&[b"function '", &name, b"': parameter '", &text, b"' twice"]));
            }
            params.push(super::names::Name { text, kind: Kind::Unknown });
            self.lexer.advance()?;
            if !self.eat(sign(b","))? {
                break;
            }
            self.skip_newlines()?;
        }
        self.expect(sign(b")"))?;
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

    /// Statements in braces.
    fn block(&mut self) -> Result {
        self.expect(sign(b"{"))?;
        loop {
            self.skip_ends()?;
            if self.eat(sign(b"}"))? {
                return Ok(());
            }
            self.statement()?;
        }
    }

    /// The statement of an `if` or a loop.
    fn body(&mut self) -> Result {
        self.skip_newlines()?;
        if self.eat(sign(b";"))? { Ok(()) } else { self.statement() }
    }

    /// The end of a simple statement.
    fn end_of_statement(&mut self) -> Result {
        match self.lexer.token {
            Token::Newline => self.lexer.advance(),
            Token::End => Ok(()),
            token if token == sign(b";") => self.lexer.advance(),
            token if token == sign(b"}") => Ok(()),
            _ => Err(self.lexer.unexpected()),
        }
    }

    fn statement(&mut self) -> Result {
        self.deeper()?;
        match self.lexer.token {
            token if token == sign(b"{") => self.block()?,
            word::IF => self.if_statement()?,
            word::WHILE => self.while_statement()?,
            word::DO => self.do_statement()?,
            word::FOR => self.for_statement()?,
            word::SWITCH => self.switch_statement()?,
            _ => {
                self.simple()?;
                self.end_of_statement()?;
            }
        }
        self.shallower();
        Ok(())
    }

    /// A condition in parentheses.
    fn condition(&mut self) -> Result {
        self.expect(sign(b"("))?;
        self.value()?;
        self.expect(sign(b")"))
    }

    fn if_statement(&mut self) -> Result {
        self.lexer.advance()?;
        self.condition()?;
        let no = self.emit.jump_if(false);
        self.body()?;
        // An `else` may come behind newlines and a semicolon.
        let mark = self.lexer.mark();
        self.skip_ends()?;
        if !self.eat(word::ELSE)? {
            self.lexer.reset(mark);
            self.emit.land(no);
            return Ok(());
        }
        let end = self.emit.add(Op::Jump(0));
        self.emit.land(no);
        self.body()?;
        self.emit.land(end);
        Ok(())
    }

    fn enter(&mut self, is_loop: bool) {
        self.loops.push(Loop { breaks: Vec::new(), continues: is_loop.then(Vec::new) });
    }

    /// Aims the jumps of `continue` here.
    fn land_continues(&mut self) {
        let jumps = self.loops.last_mut().and_then(|inner| inner.continues.as_mut()).map(core::mem::take);
        for jump in jumps.unwrap_or_default() {
            self.emit.land(jump);
        }
    }

    /// Ends a loop: the jumps of `break` go here.
    fn leave(&mut self) {
        for jump in self.loops.pop().map(|inner| inner.breaks).unwrap_or_default() {
            self.emit.land(jump);
        }
    }

    fn while_statement(&mut self) -> Result {
        self.lexer.advance()?;
        let start = self.emit.label();
        self.condition()?;
        let end = self.emit.jump_if(false);
        self.enter(true);
        self.body()?;
        self.land_continues();
        self.emit.label();
        self.emit.repeat(start, Some(end));
        self.emit.land(end);
        self.leave();
        Ok(())
    }

    fn do_statement(&mut self) -> Result {
        self.lexer.advance()?;
        let start = self.emit.label();
        self.enter(true);
        self.body()?;
        self.skip_ends()?;
        self.land_continues();
        self.expect(word::WHILE)?;
        self.condition()?;
        let again = self.emit.jump_if(true);
        self.emit.aim(again, start);
        self.emit.label();
        self.leave();
        self.end_of_statement()
    }

    fn for_statement(&mut self) -> Result {
        self.lexer.advance()?;
        self.expect(sign(b"("))?;
        if let Some((variable, array)) = self.for_in()? {
            self.emit.add(Op::IterStart(array));
            let start = self.emit.label();
            let end = self.emit.add(Op::IterNext(0));
            self.store_simple(variable)?;
            self.enter(true);
            self.body()?;
            self.land_continues();
            self.emit.add(Op::Jump(start));
            self.emit.land(end);
            self.leave();
            self.emit.add(Op::IterEnd);
            return Ok(());
        }
        if self.lexer.token != sign(b";") {
            self.simple()?;
        }
        self.expect(sign(b";"))?;
        self.skip_newlines()?;
        // The condition is tested where the loop begins, and again at its end.
        let mut out = None;
        let condition = self.emit.label();
        if self.lexer.token != sign(b";") {
            self.value()?;
            out = Some(self.emit.jump_if(false));
        }
        self.expect(sign(b";"))?;
        self.skip_newlines()?;
        let from = self.emit.here();
        let arguments = self.names.arguments();
        self.emit.label();
        if self.lexer.token != sign(b")") {
            self.simple()?;
        }
        self.expect(sign(b")"))?;
        let step = self.emit.take_from(from);
        let arguments = arguments..self.names.arguments();
        self.enter(true);
        self.body()?;
        self.land_continues();
        self.emit.label();
        self.names.move_arguments(arguments, self.emit.here() - from);
        self.emit.put_back(step, from);
        self.emit.repeat(condition, out);
        if let Some(out) = out {
            self.emit.land(out);
        }
        self.leave();
        Ok(())
    }

    /// `NAME in ARRAY)`, if that is what comes.
    fn for_in(&mut self) -> Result<Option<(super::names::Variable, Opd)>> {
        let mark = self.lexer.mark();
        if self.lexer.token != Token::Name {
            return Ok(None);
        }
        let name = core::mem::take(&mut self.lexer.text);
        self.lexer.advance()?;
        if self.eat(word::IN)? && self.lexer.token == Token::Name {
            let array = core::mem::take(&mut self.lexer.text);
            self.lexer.advance()?;
            if self.eat(sign(b")"))? {
                let variable = self.variable(&name)?;
                return Ok(Some((variable, self.array(&array)?)));
            }
        }
        self.lexer.reset(mark);
        self.lexer.text = name;
        Ok(None)
    }

    fn switch_statement(&mut self) -> Result {
        self.lexer.advance()?;
        self.condition()?;
        self.skip_newlines()?;
        self.expect(sign(b"{"))?;
        self.enter(false);
        let (mut default, mut next, mut through, mut first) = (None, None, None, true);
        loop {
            self.skip_ends()?;
            if self.lexer.token == word::CASE || self.lexer.token == word::DEFAULT {
                if !first {
                    through = Some(self.emit.add(Op::Jump(0)));
                }
                first = false;
                if let Some(next) = next.take() {
                    self.emit.land(next);
                }
            }
            if self.eat(word::CASE)? {
                self.emit.label();
                self.emit.add(Op::Dup);
                self.emit.label();
                match self.expression(CONCAT)? {
                    Place::Regex(regex) => {
                        self.emit.add(Op::Match { negate: false, text: Opd::STACK, regex });
                    }
                    place => {
                        self.load(place)?;
                        self.emit.label();
                        self.emit.compare(awkvm::code::Cmp::Eq);
                    }
                }
                next = Some(self.emit.jump_if(false));
                self.expect(sign(b":"))?;
            } else if self.eat(word::DEFAULT)? {
                self.expect(sign(b":"))?;
                let skip = self.emit.add(Op::Jump(0));
                default = Some(self.emit.label());
                next = Some(skip);
            } else if self.eat(sign(b"}"))? {
                break;
            } else {
                self.statement()?;
            }
            if let Some(through) = through.take() {
                self.emit.land(through);
            }
        }
        let done = self.emit.add(Op::Jump(0));
        if let Some(next) = next {
            self.emit.land(next);
        }
        if let Some(default) = default {
            self.emit.add(Op::Jump(default));
        }
        self.emit.land(done);
        self.leave();
        self.emit.label();
        self.emit.add(Op::Pop);
        self.emit.label();
        Ok(())
    }

    /// A statement that does not hold others.
    fn simple(&mut self) -> Result {
        let token = self.lexer.token;
        match token {
            word::PRINT | word::PRINTF => return self.print(token == word::PRINTF),
            word::BREAK | word::CONTINUE => {
                self.lexer.advance()?;
                if token == word::CONTINUE {
                    // The values of switches that are left this way.
                    for _ in self.loops.iter().rev().take_while(|inner| inner.continues.is_none()) {
                        self.emit.label();
                        self.emit.add(Op::Pop);
                    }
                }
                let jump = self.emit.add(Op::Jump(0));
                let list = if token == word::BREAK {
                    self.loops.last_mut().map(|inner| &mut inner.breaks)
                } else {
                    self.loops.iter_mut().rev().find_map(|inner| inner.continues.as_mut())
                };
                match list {
                    Some(list) => list.push(jump),
                    None => return Err(self.lexer.error(&[b"break or continue outside of a loop"])),
                }
            }
            word::NEXT | word::NEXTFILE => {
                if matches!(self.part, Part::Begin | Part::End) {
                    return Err(self.lexer.error(&[b"next in BEGIN or END"]));
                }
                self.lexer.advance()?;
                self.emit.add(if token == word::NEXT { Op::Next } else { Op::NextFile });
            }
            word::EXIT => {
                self.lexer.advance()?;
                let value = !self.at_end();
                if value {
                    self.value()?;
                }
                self.emit.add(Op::Exit { value });
            }
            word::RETURN => {
                if self.part != Part::Function {
                    return Err(self.lexer.error(&[b"return outside of a function"]));
                }
                self.lexer.advance()?;
                if self.at_end() {
                    self.emit.add(Op::PushUninit);
                } else {
                    self.value()?;
                }
                self.emit.add(Op::Return);
            }
            word::DELETE => return self.delete(),
            _ => {
                self.value()?;
                self.emit.discard();
            }
        }
        Ok(())
    }

    fn at_end(&self) -> bool {
        let token = self.lexer.token;
        matches!(token, Token::Newline | Token::End) || token == sign(b";") || token == sign(b"}")
    }

    fn delete(&mut self) -> Result {
        self.lexer.advance()?;
        let parens = self.eat(sign(b"("))?;
        if self.lexer.token != Token::Name {
            return Err(self.lexer.unexpected());
        }
        let name = core::mem::take(&mut self.lexer.text);
        let array = self.array(&name)?;
        self.lexer.advance()?;
        if self.lexer.token == sign(b"[") {
            self.subscripts()?;
            self.emit.add(Op::Delete(array));
        } else {
            self.emit.add(Op::Clear(array));
        }
        if parens { self.expect(sign(b")")) } else { Ok(()) }
    }

    fn print(&mut self, formatted: bool) -> Result {
        self.lexer.advance()?;
        let mut count = 0u16;
        let outer = core::mem::replace(&mut self.no_greater, true);
        let redirected = |token| [sign(b">"), sign(b">>"), sign(b"|")].contains(&token);
        if !self.at_end() && !redirected(self.lexer.token) {
            match self.expression(1)? {
                // All arguments were in parentheses.
                Place::Group(all) => count = all,
                first => {
                    self.load(first)?;
                    count = 1;
                    while self.eat(sign(b","))? {
                        self.skip_newlines()?;
                        self.value()?;
                        count = count.saturating_add(1);
                    }
                }
            }
        }
        if formatted && count == 0 {
            return Err(self.lexer.unexpected());
        }
        let token = self.lexer.token;
        let mut to = 0;
        if redirected(token) {
            self.lexer.advance()?;
            let place = self.expression(CONCAT)?;
            self.load(place)?;
            to = match token {
                token if token == sign(b">") => b'>',
                token if token == sign(b">>") => b'a',
                _ => b'|',
            };
        }
        self.no_greater = outer;
        self.emit.add(if formatted { Op::Printf { count, to } } else { Op::Print { count, to } });
        Ok(())
    }

    /// Puts the parts together.
    fn finish(mut self) -> Result<(Program, Names)> {
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

    /// Stores the value on the stack in a variable, for good.
    pub fn store_simple(&mut self, variable: super::names::Variable) -> Result {
        self.scalar(variable)?;
        match variable {
            super::names::Variable::Special(id) => {
                self.emit.add(Op::StoreSpecial { id, keep: false });
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
