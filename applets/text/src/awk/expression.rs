//! Expressions, by precedence climbing.

use super::lexer::{Token, sign, word};
use super::names::{Kind, Variable, operand};
use super::parser::Parser;
use applet::prelude::*;
use awkvm::Value;
use awkvm::code::{Arith, Cmp, DYNAMIC, Op, Opd, Step};
use awkvm::vm::special::FIELD;

/// An expression that has been read but not yet been pushed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Place {
    /// It is on the stack.
    Value,
    Variable(Variable),
    /// Its number is on the stack.
    Field,
    /// Its subscript is on the stack.
    Element(Opd),
    /// A regular expression, which stands for a match of `$0`.
    Regex(u32),
    /// That many values in parentheses, on the stack.
    Group(u16),
}

// Levels of precedence.
pub const TERNARY: u8 = 1;
const OR: u8 = 2;
const AND: u8 = 3;
const IN: u8 = 4;
const MATCH: u8 = 5;
const COMPARE: u8 = 6;
pub const CONCAT: u8 = 7;
const SUM: u8 = 8;
const PRODUCT: u8 = 9;
const UNARY: u8 = 10;
const POWER: u8 = 11;

const COMPARISONS: [(Token, Cmp); 6] = [
    (sign!(b"<"), Cmp::Lt),
    (sign!(b"<="), Cmp::Le),
    (sign!(b"=="), Cmp::Eq),
    (sign!(b"!="), Cmp::Ne),
    (sign!(b">"), Cmp::Gt),
    (sign!(b">="), Cmp::Ge),
];
const OPERATIONS: [(Token, Token, Arith, u8); 6] = [
    (sign!(b"+"), sign!(b"+="), Arith::Add, SUM),
    (sign!(b"-"), sign!(b"-="), Arith::Sub, SUM),
    (sign!(b"*"), sign!(b"*="), Arith::Mul, PRODUCT),
    (sign!(b"/"), sign!(b"/="), Arith::Div, PRODUCT),
    (sign!(b"%"), sign!(b"%="), Arith::Mod, PRODUCT),
    (sign!(b"^"), sign!(b"^="), Arith::Pow, POWER),
];

impl Parser<'_> {
    /// An expression, pushed.
    pub fn value(&mut self) -> Result {
        let place = self.expression(TERNARY)?;
        self.load(place)
    }

    fn loaded(&mut self, level: u8) -> Result {
        let place = self.expression(level)?;
        self.load(place)
    }

    /// Pushes what has been read.
    pub fn load(&mut self, place: Place) -> Result {
        match place {
            Place::Value => {}
            Place::Variable(variable) => {
                self.scalar(variable)?;
                match variable {
                    Variable::Special(id) => self.emit.add(Op::Load(id)),
                    _ => self.emit.add(Op::Push(operand(variable))),
                };
            }
            Place::Field => self.emit.field(),
            Place::Element(array) => {
                self.emit.add(Op::Index(array));
            }
            Place::Regex(regex) => {
                self.emit.add(Op::Match { negate: false, text: Opd::new(Opd::FIELD, 0), regex });
            }
            Place::Group(_) => return Err(self.lexer.unexpected()),
        }
        Ok(())
    }

    /// The variable called `name`.
    pub fn variable(&mut self, name: &[u8]) -> Result<Variable> {
        let variable = self.names.variable(name, self.function);
        variable.ok_or_else(|| self.lexer.error(&[b"too many variables"]))
    }

    /// The array called `name`.
    pub fn array(&mut self, name: &[u8]) -> Result<Opd> {
        let variable = self.variable(name)?;
        if !self.names.mark(variable, Kind::Array) {
            return Err(self.lexer.error(&[b"scalar '", name, b"' used as an array"]));
        }
        Ok(operand(variable))
    }

    pub fn scalar(&mut self, variable: Variable) -> Result {
        if self.names.mark(variable, Kind::Scalar) {
            Ok(())
        } else {
            Err(self.lexer.error(&[b"array used as a scalar"]))
        }
    }

    /// How tightly the current token binds as an operator behind an expression; 0: it is none.
    fn level(&self) -> u8 {
        let token = self.lexer.token;
        if let Some(&(.., level)) = OPERATIONS.iter().find(|entry| entry.0 == token) {
            return level;
        }
        match token {
            Token::Number | Token::Text | Token::Name | Token::Call | Token::Builtin(_) => CONCAT,
            word::IN => IN,
            Token::Sign(_) => {
                let is = |sign| sign == token;
                if is(sign!(b"$"))
                    || is(sign!(b"!"))
                    || is(sign!(b"("))
                    || is(sign!(b"++"))
                    || is(sign!(b"--"))
                {
                    CONCAT
                } else if is(sign!(b">")) && self.no_greater {
                    0
                } else if COMPARISONS.iter().any(|entry| entry.0 == token)
                    || (is(sign!(b"|")) && self.lexer.getline_follows())
                {
                    COMPARE
                } else if is(sign!(b"~")) || is(sign!(b"!~")) {
                    MATCH
                } else if is(sign!(b"&&")) {
                    AND
                } else if is(sign!(b"||")) {
                    OR
                } else if is(sign!(b"?")) {
                    TERNARY
                } else {
                    0
                }
            }
            _ => 0,
        }
    }

    /// An expression of operators that bind at least as tightly as `least`.
    pub fn expression(&mut self, least: u8) -> Result<Place> {
        self.deeper()?;
        let mut left = self.unary()?;
        loop {
            let level = self.level();
            if level < least || level == 0 {
                break;
            }
            left = self.operator(left, level)?;
        }
        self.shallower();
        Ok(left)
    }

    /// The operator that is the current token, and what is right of it.
    fn operator(&mut self, left: Place, level: u8) -> Result<Place> {
        let token = self.lexer.token;
        if level == IN {
            return self.membership(left);
        }
        self.load(left)?;
        if level == CONCAT {
            return self.concatenation();
        }
        self.lexer.advance()?;
        match level {
            TERNARY => {
                let no = self.emit.jump_if(false);
                self.skip_newlines()?;
                self.value()?;
                let end = self.emit.add(Op::Jump(0));
                self.skip_newlines()?;
                self.expect(sign!(b":"))?;
                self.skip_newlines()?;
                self.emit.land(no);
                self.value()?;
                self.emit.land(end);
            }
            OR | AND => {
                let jump = self.emit.add(Op::Logic { sense: level == OR, target: 0 });
                self.emit.label();
                self.skip_newlines()?;
                self.loaded(level + 1)?;
                self.emit.truth();
                self.emit.land(jump);
            }
            MATCH => self.matching(token == sign!(b"!~"))?,
            COMPARE if token == sign!(b"|") => {
                self.lexer.advance()?;
                return self.getline(2);
            }
            _ => {
                if let Some(&(_, cmp)) = COMPARISONS.iter().find(|entry| entry.0 == token) {
                    self.loaded(CONCAT)?;
                    self.emit.compare(cmp);
                } else if let Some(&(_, _, op, level)) = OPERATIONS.iter().find(|entry| entry.0 == token) {
                    self.loaded(if op == Arith::Pow { UNARY.max(level) } else { level + 1 })?;
                    self.emit.arith(op);
                }
            }
        }
        Ok(Place::Value)
    }

    fn membership(&mut self, left: Place) -> Result<Place> {
        match left {
            Place::Group(count) => {
                self.emit.add(Op::Join(count));
            }
            place => self.load(place)?,
        }
        self.lexer.advance()?;
        if self.lexer.token != Token::Name {
            return Err(self.lexer.unexpected());
        }
        let name = core::mem::take(&mut self.lexer.text);
        let array = self.array(&name)?;
        self.emit.add(Op::In(array));
        self.lexer.advance()?;
        Ok(Place::Value)
    }

    fn concatenation(&mut self) -> Result<Place> {
        // The instruction that pushes the first operand, if it does so whatever happens.
        let first = if self.emit.last().is_some() { self.emit.here() - 1 } else { usize::MAX };
        let mut count = 1;
        while self.level() == CONCAT {
            self.loaded(SUM)?;
            count += 1;
            if count == 1000 {
                self.emit.concat(count, usize::MAX);
                count = 1;
            }
        }
        self.emit.concat(count, first);
        Ok(Place::Value)
    }

    /// What is right of `~`; the text is on the stack.
    fn matching(&mut self, negate: bool) -> Result {
        let (text, regex) = match self.expression(COMPARE)? {
            Place::Regex(regex) => (self.emit.operand(), regex),
            place => {
                self.load(place)?;
                (Opd::STACK, DYNAMIC)
            }
        };
        self.emit.add(Op::Match { negate, text, regex });
        Ok(())
    }

    fn unary(&mut self) -> Result<Place> {
        let token = self.lexer.token;
        if token == sign!(b"!") {
            self.lexer.advance()?;
            self.loaded(UNARY)?;
            self.emit.add(Op::Not);
        } else if token == sign!(b"-") || token == sign!(b"+") {
            self.lexer.advance()?;
            self.loaded(UNARY)?;
            if token == sign!(b"-") {
                self.emit.negate();
            } else {
                self.emit.add(Op::Number);
            }
        } else {
            return self.primary(true);
        }
        Ok(Place::Value)
    }

    /// `full`: an assignment or `++` may follow.
    pub fn primary(&mut self, full: bool) -> Result<Place> {
        let token = self.lexer.token;
        let place = match token {
            Token::Number => {
                self.emit.number(self.lexer.number);
                self.lexer.advance()?;
                return Ok(Place::Value);
            }
            Token::Text => {
                self.emit.constant(Value::text(&self.lexer.text));
                self.lexer.advance()?;
                return Ok(Place::Value);
            }
            Token::Name => self.named()?,
            Token::Call => return self.call(),
            Token::Builtin(id) => return self.builtin(id),
            word::GETLINE => {
                self.lexer.advance()?;
                return self.getline(0);
            }
            _ if token == sign!(b"$") => {
                self.lexer.advance()?;
                self.deeper()?;
                let number = match self.lexer.token {
                    token if token == sign!(b"-") || token == sign!(b"+") || token == sign!(b"!") => {
                        self.unary()?
                    }
                    _ => self.primary(false)?,
                };
                self.shallower();
                self.load(number)?;
                Place::Field
            }
            _ if token == sign!(b"(") => return self.parentheses(),
            _ if token == sign!(b"/") || token == sign!(b"/=") => {
                self.lexer.regex()?;
                let regex = self.regex_constant()?;
                self.lexer.advance()?;
                return Ok(Place::Regex(regex));
            }
            _ if token == sign!(b"++") || token == sign!(b"--") => {
                self.lexer.advance()?;
                self.deeper()?;
                let place = self.primary(false)?;
                self.shallower();
                return self.step(place, if token == sign!(b"++") { 1 } else { -1 }, Step::New);
            }
            _ => return Err(self.lexer.unexpected()),
        };
        if full { self.assignment(place) } else { Ok(place) }
    }

    /// A variable or an element, whose name is the current token.
    pub fn named(&mut self) -> Result<Place> {
        let name = core::mem::take(&mut self.lexer.text);
        self.lexer.advance()?;
        if self.lexer.token == sign!(b"[") {
            let array = self.array(&name)?;
            self.subscripts()?;
            return Ok(Place::Element(array));
        }
        Ok(Place::Variable(self.variable(&name)?))
    }

    /// Subscripts in brackets, as one value on the stack.
    pub fn subscripts(&mut self) -> Result {
        self.expect(sign!(b"["))?;
        let outer = core::mem::take(&mut self.no_greater);
        self.value()?;
        let mut count = 1;
        while self.eat(sign!(b","))? {
            self.skip_newlines()?;
            self.value()?;
            self.count(&mut count)?;
        }
        if count > 1 {
            self.emit.add(Op::Join(count));
        }
        self.no_greater = outer;
        self.expect(sign!(b"]"))
    }

    fn parentheses(&mut self) -> Result<Place> {
        self.lexer.advance()?;
        let outer = core::mem::take(&mut self.no_greater);
        self.value()?;
        let mut count = 1;
        while self.eat(sign!(b","))? {
            self.skip_newlines()?;
            self.value()?;
            self.count(&mut count)?;
        }
        self.no_greater = outer;
        self.expect(sign!(b")"))?;
        Ok(if count > 1 { Place::Group(count) } else { Place::Value })
    }

    /// What may follow a variable, field or element: `++`, `--` or an assignment.
    fn assignment(&mut self, place: Place) -> Result<Place> {
        let token = self.lexer.token;
        if token == sign!(b"++") || token == sign!(b"--") {
            self.lexer.advance()?;
            return self.step(place, if token == sign!(b"++") { 1 } else { -1 }, Step::Old);
        }
        let operation = OPERATIONS.iter().find(|entry| entry.1 == token).map(|entry| entry.2);
        if operation.is_none() && token != sign!(b"=") {
            return Ok(place);
        }
        self.lexer.advance()?;
        self.skip_newlines()?;
        self.emit_target(place)?;
        self.value()?;
        match operation {
            None => self.store(place)?,
            Some(op) => self.update(place, op),
        }
        Ok(Place::Value)
    }

    /// Sees to it that `place` can be assigned to.
    fn emit_target(&mut self, place: Place) -> Result {
        match place {
            Place::Variable(variable) => self.scalar(variable),
            Place::Field | Place::Element(_) => Ok(()),
            _ => Err(self.lexer.unexpected()),
        }
    }

    /// Stores the value on the stack, where it stays.
    pub fn store(&mut self, place: Place) -> Result {
        let keep = true;
        match place {
            Place::Variable(Variable::Special(place)) => {
                self.emit.add(Op::Store { place, keep });
            }
            Place::Variable(variable) => {
                self.scalar(variable)?;
                self.emit.store(operand(variable));
                self.emit.add(Op::Push(operand(variable)));
            }
            Place::Field => {
                self.emit.add(Op::Store { place: FIELD, keep });
            }
            Place::Element(array) => {
                self.emit.add(Op::StoreIndex { array, keep });
            }
            _ => return Err(self.lexer.unexpected()),
        }
        Ok(())
    }

    fn update(&mut self, place: Place, op: Arith) {
        let keep = true;
        let op = match place {
            Place::Variable(Variable::Special(place)) => Op::ArithPlace { op, place, keep },
            Place::Variable(variable) => {
                let (var, right) = (operand(variable), self.emit.operand());
                self.emit.add(Op::Arith { op, left: var, right, to: var });
                Op::Push(var)
            }
            Place::Element(array) => Op::ArithIndex { op, array, keep },
            _ => Op::ArithPlace { op, place: FIELD, keep },
        };
        self.emit.add(op);
    }

    fn step(&mut self, place: Place, by: i8, mode: Step) -> Result<Place> {
        self.emit_target(place)?;
        let op = match place {
            Place::Variable(Variable::Special(place)) => Op::StepPlace { by, mode, place },
            Place::Variable(variable) => Op::Step { by, mode, var: operand(variable) },
            Place::Element(array) => Op::StepIndex { by, mode, array },
            _ => Op::StepPlace { by, mode, place: FIELD },
        };
        self.emit.add(op);
        Ok(Place::Value)
    }
}
