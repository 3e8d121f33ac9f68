//! Statements.

use super::expression::{CONCAT, Place};
use super::lexer::{Token, sign, word};
use super::names::Variable;
use super::parser::{Parser, Part};
use alloc::vec::Vec;
use applet::prelude::*;
use awkvm::code::{Op, Opd};

/// A loop (or switch) and the jumps out of it that have no aim yet.
pub struct Loop {
    breaks: Vec<usize>,
    /// None: a switch.
    continues: Option<Vec<usize>>,
}

impl Parser<'_> {
    /// Statements in braces.
    pub fn block(&mut self) -> Result {
        self.expect(sign!(b"{"))?;
        loop {
            self.skip_ends()?;
            if self.eat(sign!(b"}"))? {
                return Ok(());
            }
            self.statement()?;
        }
    }

    /// The statement of an `if` or a loop.
    fn body(&mut self) -> Result {
        self.skip_newlines()?;
        if self.eat(sign!(b";"))? { Ok(()) } else { self.statement() }
    }

    /// The end of a simple statement.
    fn end_of_statement(&mut self) -> Result {
        match self.lexer.token {
            Token::Newline => self.lexer.advance(),
            Token::End => Ok(()),
            token if token == sign!(b";") => self.lexer.advance(),
            token if token == sign!(b"}") => Ok(()),
            _ => Err(self.lexer.unexpected()),
        }
    }

    fn statement(&mut self) -> Result {
        self.deeper()?;
        match self.lexer.token {
            token if token == sign!(b"{") => self.block()?,
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
        self.expect(sign!(b"("))?;
        self.value()?;
        self.expect(sign!(b")"))
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
        self.expect(sign!(b"("))?;
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
        if self.lexer.token != sign!(b";") {
            self.simple()?;
        }
        self.expect(sign!(b";"))?;
        self.skip_newlines()?;
        // The condition is tested where the loop begins, and again at its end.
        let mut out = None;
        let condition = self.emit.label();
        if self.lexer.token != sign!(b";") {
            self.value()?;
            out = Some(self.emit.jump_if(false));
        }
        self.expect(sign!(b";"))?;
        self.skip_newlines()?;
        let from = self.emit.here();
        let arguments = self.names.arguments();
        self.emit.label();
        if self.lexer.token != sign!(b")") {
            self.simple()?;
        }
        self.expect(sign!(b")"))?;
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
    fn for_in(&mut self) -> Result<Option<(Variable, Opd)>> {
        let mark = self.lexer.mark();
        if self.lexer.token != Token::Name {
            return Ok(None);
        }
        let name = core::mem::take(&mut self.lexer.text);
        self.lexer.advance()?;
        if self.eat(word::IN)? && self.lexer.token == Token::Name {
            let array = core::mem::take(&mut self.lexer.text);
            self.lexer.advance()?;
            if self.eat(sign!(b")"))? {
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
        self.expect(sign!(b"{"))?;
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
                self.expect(sign!(b":"))?;
            } else if self.eat(word::DEFAULT)? {
                self.expect(sign!(b":"))?;
                let skip = self.emit.add(Op::Jump(0));
                default = Some(self.emit.label());
                next = Some(skip);
            } else if self.eat(sign!(b"}"))? {
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
        matches!(token, Token::Newline | Token::End) || token == sign!(b";") || token == sign!(b"}")
    }

    fn delete(&mut self) -> Result {
        self.lexer.advance()?;
        let parens = self.eat(sign!(b"("))?;
        if self.lexer.token != Token::Name {
            return Err(self.lexer.unexpected());
        }
        let name = core::mem::take(&mut self.lexer.text);
        let array = self.array(&name)?;
        self.lexer.advance()?;
        if self.lexer.token == sign!(b"[") {
            self.subscripts()?;
            self.emit.add(Op::Delete(array));
        } else {
            self.emit.add(Op::Clear(array));
        }
        if parens { self.expect(sign!(b")")) } else { Ok(()) }
    }

    fn print(&mut self, formatted: bool) -> Result {
        self.lexer.advance()?;
        let mut count = 0u16;
        let outer = core::mem::replace(&mut self.no_greater, true);
        let redirected = |token| [sign!(b">"), sign!(b">>"), sign!(b"|")].contains(&token);
        if !self.at_end() && !redirected(self.lexer.token) {
            match self.expression(1)? {
                // All arguments were in parentheses.
                Place::Group(all) => count = all,
                first => {
                    self.load(first)?;
                    count = 1;
                    while self.eat(sign!(b","))? {
                        self.skip_newlines()?;
                        self.value()?;
                        self.count(&mut count)?;
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
                token if token == sign!(b">") => b'>',
                token if token == sign!(b">>") => b'a',
                _ => b'|',
            };
        }
        self.no_greater = outer;
        self.emit.add(if formatted { Op::Printf { count, to } } else { Op::Print { count, to } });
        Ok(())
    }
}
