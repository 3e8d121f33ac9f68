//! Calls: `getline`, functions of the program, and built-in functions.

use super::expression::{Place, TERNARY};
use super::lexer::{Token, sign};
use super::names::{Variable, operand};
use super::parser::Parser;
use super::regex;
use applet::prelude::*;
use awkvm::Value;
use awkvm::code::{DYNAMIC, Op, Opd};

/// Arguments of one call.
const MOST_ARGUMENTS: u16 = 10_000;

impl Parser<'_> {
    /// One argument or value more in a list.
    pub fn count(&self, count: &mut u16) -> Result {
        *count += 1;
        if *count > MOST_ARGUMENTS { Err(self.lexer.error(&[b"too many arguments"])) } else { Ok(()) }
    }

    /// What follows `getline`; of a command (2), which is on the stack, or not (0).
    pub fn getline(&mut self, mut kind: u8) -> Result<Place> {
        let place = match self.lexer.token {
            Token::Name => Some(self.named()?),
            token if token == sign!(b"$") => Some(self.primary(false)?),
            _ => None,
        };
        let below = matches!(place, Some(Place::Field | Place::Element(_)));
        if kind == 0 && self.lexer.token == sign!(b"<") {
            self.lexer.advance()?;
            self.deeper()?;
            let from = self.primary(false)?;
            self.shallower();
            self.load(from)?;
            kind = 1;
        } else if kind == 2 && below {
            self.emit.label();
            self.emit.add(Op::Swap);
        }
        self.emit.add(Op::Getline { kind, record: place.is_none() });
        if let Some(place) = place {
            let none = self.emit.add(Op::JumpNoResult(0));
            self.emit.label();
            self.emit.add(Op::PushResult);
            self.emit.label();
            self.store(place)?;
            self.emit.discard();
            let end = self.emit.add(Op::Jump(0));
            self.emit.land(none);
            if below {
                self.emit.add(Op::Pop);
            }
            self.emit.land(end);
        }
        self.emit.add(Op::PushStatus);
        Ok(Place::Value)
    }

    /// The call of a function of the program.
    pub fn call(&mut self) -> Result<Place> {
        let name = core::mem::take(&mut self.lexer.text);
        let function = self.names.function(&name);
        let line = self.lexer.line;
        self.lexer.advance()?;
        self.lexer.advance()?;
        // That it is defined is known only at the end.
        self.names.argument(None, Some((function, usize::MAX)), line);
        let outer = core::mem::take(&mut self.no_greater);
        self.skip_newlines()?;
        let mut count = 0;
        while self.lexer.token != sign!(b")") {
            let push = self.argument()?;
            self.names.argument(push, Some((function, usize::from(count))), line);
            self.count(&mut count)?;
            self.skip_newlines()?;
            if !self.eat(sign!(b","))? {
                break;
            }
            self.skip_newlines()?;
        }
        self.no_greater = outer;
        self.expect(sign!(b")"))?;
        self.emit.add(Op::Call { function: function as u32, count });
        Ok(Place::Value)
    }

    /// An argument, pushed; for nothing but a name, where, and the variable, which may turn out to be an array.
    pub fn argument(&mut self) -> Result<Option<(usize, Variable)>> {
        if self.lexer.token == Token::Name && matches!(self.lexer.following(), b',' | b')') {
            let name = core::mem::take(&mut self.lexer.text);
            let variable = self.variable(&name)?;
            if let Variable::Global(_) | Variable::Local(..) = variable {
                self.lexer.advance()?;
                self.emit.label();
                let at = self.emit.add(Op::Push(operand(variable)));
                self.emit.label();
                return Ok(Some((at, variable)));
            }
            self.lexer.text = name;
        }
        self.value()?;
        Ok(None)
    }

    /// The regular expression that is the text of the current token.
    pub fn regex_constant(&mut self) -> Result<u32> {
        let pattern = core::mem::take(&mut self.lexer.text);
        match regex::compile(&pattern, self.utf8, false) {
            Ok(regex) => {
                self.emit.program.regexes.push(regex);
                Ok(self.emit.program.regexes.len() as u32 - 1)
            }
            Err(error) => {
                Err(self.lexer.error(&[b"invalid regular expression /", &pattern, b"/: ", error.message()]))
            }
        }
    }

    /// An argument that may be a regular expression, pushed.
    fn pattern(&mut self) -> Result {
        match self.expression(TERNARY)? {
            Place::Regex(regex) => {
                self.emit.constant(Value::Regex(regex));
                Ok(())
            }
            place => self.load(place),
        }
    }

    /// An array as an argument.
    fn array_argument(&mut self) -> Result {
        if self.lexer.token != Token::Name {
            return Err(self.lexer.unexpected());
        }
        let name = core::mem::take(&mut self.lexer.text);
        let array = self.array(&name)?;
        self.lexer.advance()?;
        self.emit.add(Op::PushArray(array));
        Ok(())
    }

    /// The call of a built-in function.
    pub fn builtin(&mut self, id: u8) -> Result<Place> {
        use super::builtins::{self, id as known};
        self.lexer.advance()?;
        let outer = core::mem::take(&mut self.no_greater);
        if !self.eat(sign!(b"("))? {
            self.no_greater = outer;
            if id != known::LENGTH {
                return Err(self.lexer.unexpected());
            }
            self.emit.add(Op::Builtin { id, count: 0 });
            return Ok(Place::Value);
        }
        let mut count = 0u16;
        let mut kinds = builtins::arguments(id);
        self.skip_newlines()?;
        if id == known::SUB || id == known::GSUB {
            self.substitution(id == known::GSUB)?;
        } else {
            while self.lexer.token != sign!(b")") {
                let (&kind, rest) = kinds.split_first().unwrap_or((&b'-', b""));
                // The last kind is that of all others, too.
                if !rest.is_empty() {
                    kinds = rest;
                }
                match kind {
                    b'a' => self.array_argument()?,
                    b'r' => self.pattern()?,
                    b'u' => {
                        let line = self.lexer.line;
                        let push = self.argument()?;
                        self.names.argument(push, None, line);
                    }
                    b'-' => return Err(self.lexer.error(&[b"too many arguments"])),
                    _ => self.value()?,
                }
                self.count(&mut count)?;
                self.skip_newlines()?;
                if !self.eat(sign!(b","))? {
                    break;
                }
                self.skip_newlines()?;
            }
            if usize::from(count) < builtins::least(id) {
                return Err(self.lexer.error(&[b"too few arguments"]));
            }
            let record = Opd::new(Opd::FIELD, 0);
            if id == known::LENGTH && matches!(self.emit.last(), Some(Op::Push(from)) if *from == record) {
                self.emit.operand();
                count = 0;
            }
            self.emit.add(Op::Builtin { id, count });
        }
        self.no_greater = outer;
        self.expect(sign!(b")"))?;
        Ok(Place::Value)
    }

    /// The arguments of `sub` and `gsub`.
    fn substitution(&mut self, global: bool) -> Result {
        let regex = match self.expression(TERNARY)? {
            Place::Regex(regex) => regex,
            place => {
                self.load(place)?;
                DYNAMIC
            }
        };
        self.emit.label();
        self.expect(sign!(b","))?;
        self.skip_newlines()?;
        self.value()?;
        if !self.eat(sign!(b","))? {
            self.emit.add(Op::SubstituteRecord { global, regex });
            self.emit.add(Op::PushStatus);
            return Ok(());
        }
        self.skip_newlines()?;
        let place = self.expression(TERNARY)?;
        self.emit.label();
        let key = matches!(place, Place::Field | Place::Element(_));
        if key {
            self.emit.add(Op::Dup);
            self.emit.label();
        }
        self.load(place)?;
        self.emit.label();
        self.emit.add(Op::Substitute { global, key, regex });
        let none = self.emit.add(Op::JumpNoResult(0));
        self.emit.label();
        self.emit.add(Op::PushResult);
        self.emit.label();
        match place {
            // What is not a variable is changed for nothing.
            Place::Value | Place::Regex(_) => self.emit.discard(),
            place => {
                self.store(place)?;
                self.emit.discard();
            }
        }
        let end = self.emit.add(Op::Jump(0));
        self.emit.land(none);
        if key {
            self.emit.add(Op::Pop);
        }
        self.emit.land(end);
        self.emit.add(Op::PushStatus);
        Ok(())
    }
}
