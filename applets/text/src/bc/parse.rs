//! Statements and expressions to instructions.

use super::lex::{Token, sign, word};
use super::{Bc, Constant, Function, Local, Op, Outcome, Place, Stop};
use alloc::rc::Rc;
use alloc::vec::Vec;

/// So deep may statements and expressions be nested.
const DEEPEST: usize = 400;

/// Where the jumps of `break` and `continue` are that do not know their targets yet.
#[derive(Default)]
pub struct Loop {
    breaks: Vec<usize>,
    continues: Vec<usize>,
}

/// What an expression is, for the statement that it is.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Value,
    Assignment,
    Void,
}

// How tight operators bind.
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const COMPARISON: u8 = 4;
const ASSIGNMENT: u8 = 5;
const SUM: u8 = 6;
const PRODUCT: u8 = 7;
const POWER: u8 = 8;
const MINUS: u8 = 9;

const WRONG: Stop = Stop::Error(b"syntax error");

impl Bc<'_, '_> {
    /// Something that POSIX does not have.
    pub fn extension(&mut self, what: &'static [u8]) -> Outcome {
        if self.standard {
            return Err(Stop::Error(what));
        }
        if self.warn {
            self.warning(what);
        }
        Ok(())
    }

    fn is(&self, text: &[u8]) -> bool {
        self.token == Token::Sign(sign(text))
    }

    fn is_word(&self, text: &[u8]) -> bool {
        self.token == Token::Word(word(text))
    }

    fn accept(&mut self, text: &[u8]) -> Outcome<bool> {
        let is = self.is(text);
        if is {
            self.advance()?;
        }
        Ok(is)
    }

    fn expect(&mut self, text: &[u8]) -> Outcome {
        if self.accept(text)? { Ok(()) } else { Err(WRONG) }
    }

    fn newlines(&mut self) -> Outcome {
        while self.token == Token::Newline {
            self.advance()?;
        }
        Ok(())
    }

    fn emit(&mut self, op: Op) -> usize {
        self.unit.ops.push(op);
        self.unit.ops.len() - 1
    }

    fn here(&self) -> u32 {
        self.unit.ops.len() as u32
    }

    /// Lets a jump go to `target`.
    fn aim(&mut self, jump: usize, target: u32) {
        if let Some(Op::Jump(to) | Op::JumpIfZero(to) | Op::JumpIfNot(to)) = self.unit.ops.get_mut(jump) {
            *to = target;
        }
    }

    fn aim_here(&mut self, jump: usize) {
        let here = self.here();
        self.aim(jump, here);
    }

    fn number(&mut self, text: Vec<u8>) {
        let numbers = self.unit.numbers.get_mut();
        numbers.push(Constant { text, base: 0, value: super::Number::default() });
        let index = numbers.len() - 1;
        self.emit(Op::Number(index as u32));
    }

    fn string(&mut self, text: Vec<u8>) -> u32 {
        self.unit.strings.push(text);
        (self.unit.strings.len() - 1) as u32
    }

    fn name(&mut self) -> Outcome<u32> {
        let Token::Name(id) = self.token else { return Err(WRONG) };
        self.advance()?;
        Ok(id)
    }

    fn deeper(&mut self) -> Outcome {
        self.depth += 1;
        if self.depth > DEEPEST { Err(Stop::Error(b"nested too deep")) } else { Ok(()) }
    }

    /// Compiles a line or a function. `false` at the end of the source.
    pub fn unit(&mut self) -> Outcome<bool> {
        self.depth = 0;
        if self.token == Token::End {
            return Ok(false);
        }
        if self.is_word(b"define") {
            self.definition()?;
            return Ok(true);
        }
        self.statements()?;
        if matches!(self.token, Token::Newline | Token::End) { Ok(true) } else { Err(WRONG) }
    }

    /// Statements up to the end of the line or block.
    fn statements(&mut self) -> Outcome {
        loop {
            if !self.is(b";") && !self.is(b"}") && !matches!(self.token, Token::Newline | Token::End) {
                self.statement()?;
            }
            if !self.accept(b";")? {
                return Ok(());
            }
        }
    }

    fn block(&mut self) -> Outcome {
        loop {
            self.statements()?;
            match self.token {
                Token::Newline => self.advance()?,
                _ => return self.expect(b"}"),
            }
        }
    }

    fn statement(&mut self) -> Outcome {
        self.deeper()?;
        match core::mem::replace(&mut self.token, Token::Sign(0)) {
            Token::Text(text) => {
                let text = self.string(text);
                self.emit(Op::Text(text, false));
                self.advance()?;
            }
            Token::Sign(brace) if brace == sign(b"{") => {
                self.advance()?;
                self.block()?;
            }
            Token::Word(word) if self.keyword(word)? => {}
            token => {
                // Put back what was looked at; a keyword has been put back by itself.
                if !matches!(token, Token::Word(_)) {
                    self.token = token;
                }
                match self.expression(OR)? {
                    Kind::Value => self.emit(Op::Print),
                    Kind::Assignment | Kind::Void => self.drop_value(),
                };
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Throws the value of an expression away.
    fn drop_value(&mut self) -> usize {
        if let Some(Op::Store(_, keep) | Op::Update(_, _, keep) | Op::Step(.., keep)) =
            self.unit.ops.last_mut()
        {
            *keep = false;
            return 0;
        }
        self.emit(Op::Pop)
    }

    /// A statement that begins with a keyword; `false`: an expression does.
    fn keyword(&mut self, keyword: u8) -> Outcome<bool> {
        const IF: u8 = word(b"if");
        const WHILE: u8 = word(b"while");
        const FOR: u8 = word(b"for");
        const BREAK: u8 = word(b"break");
        const CONTINUE: u8 = word(b"continue");
        const RETURN: u8 = word(b"return");
        const QUIT: u8 = word(b"quit");
        const HALT: u8 = word(b"halt");
        const PRINT: u8 = word(b"print");
        const AUTO: u8 = word(b"auto");
        const LIMITS: u8 = word(b"limits");
        const WARRANTY: u8 = word(b"warranty");
        const EXPRESSIONS: [u8; 8] = [
            word(b"ibase"),
            word(b"obase"),
            word(b"scale"),
            word(b"last"),
            word(b"length"),
            word(b"sqrt"),
            word(b"read"),
            255,
        ];
        if keyword == QUIT {
            return Err(Stop::Quit);
        }
        if EXPRESSIONS.contains(&keyword) {
            self.token = Token::Word(keyword);
            return Ok(false);
        }
        self.advance()?;
        match keyword {
            IF => self.if_statement()?,
            WHILE => {
                let start = self.here();
                self.expect(b"(")?;
                self.condition()?;
                self.expect(b")")?;
                let exit = self.emit(Op::JumpIfZero(0));
                self.body()?;
                let back = self.emit(Op::Jump(start));
                self.end_loop(start);
                self.aim(back, start);
                self.aim_here(exit);
            }
            FOR => self.for_statement()?,
            BREAK | CONTINUE => {
                let jump = self.emit(Op::Jump(0));
                let inner =
                    self.loops.last_mut().ok_or(Stop::Error(b"break or continue outside of a loop"))?;
                if keyword == BREAK {
                    inner.breaks.push(jump)
                } else {
                    inner.continues.push(jump)
                }
                if keyword == CONTINUE {
                    self.extension(b"continue")?;
                }
            }
            RETURN => {
                if !self.in_function {
                    return Err(Stop::Error(b"return outside of a function"));
                }
                if self.is(b";") || self.is(b"}") || matches!(self.token, Token::Newline | Token::End) {
                    self.number(b"0".to_vec());
                } else {
                    if self.unit.void {
                        return Err(Stop::Error(b"return of a value in a void function"));
                    }
                    self.expression(OR)?;
                }
                self.emit(Op::Return);
            }
            HALT => {
                self.extension(b"halt")?;
                self.emit(Op::Halt);
            }
            PRINT => {
                self.extension(b"print")?;
                loop {
                    if let Token::Text(text) = &self.token {
                        let text = text.clone();
                        let text = self.string(text);
                        self.emit(Op::Text(text, true));
                        self.advance()?;
                    } else {
                        self.value(OR)?;
                        self.emit(Op::PrintPart);
                    }
                    if !self.accept(b",")? {
                        break;
                    }
                }
            }
            AUTO if self.in_function => loop {
                let local = self.local()?;
                self.unit.locals.push(local);
                if !self.accept(b",")? {
                    break;
                }
            },
            LIMITS => {
                self.emit(Op::Limits);
            }
            WARRANTY => {
                let text = self.string(b"There is no warranty of any kind.\n".to_vec());
                self.emit(Op::Text(text, false));
            }
            _ => return Err(WRONG),
        }
        Ok(true)
    }

    fn condition(&mut self) -> Outcome {
        self.value(OR)
    }

    fn if_statement(&mut self) -> Outcome {
        self.expect(b"(")?;
        self.condition()?;
        self.expect(b")")?;
        let otherwise = self.emit(Op::JumpIfZero(0));
        self.newlines()?;
        self.statement()?;
        if !self.is_word(b"else") {
            self.aim_here(otherwise);
            return Ok(());
        }
        self.extension(b"else")?;
        self.advance()?;
        let end = self.emit(Op::Jump(0));
        self.aim_here(otherwise);
        self.newlines()?;
        self.statement()?;
        self.aim_here(end);
        Ok(())
    }

    fn for_statement(&mut self) -> Outcome {
        self.expect(b"(")?;
        if !self.is(b";") {
            self.value(OR)?;
            self.drop_value();
        }
        self.expect(b";")?;
        let test = self.here();
        let mut exit = None;
        if !self.is(b";") {
            self.condition()?;
            exit = Some(self.emit(Op::JumpIfZero(0)));
        }
        self.expect(b";")?;
        let enter = self.emit(Op::Jump(0));
        let step = self.here();
        if !self.is(b")") {
            self.value(OR)?;
            self.drop_value();
        }
        self.expect(b")")?;
        self.emit(Op::Jump(test));
        self.aim_here(enter);
        self.body()?;
        self.emit(Op::Jump(step));
        self.end_loop(step);
        if let Some(exit) = exit {
            self.aim_here(exit);
        }
        Ok(())
    }

    /// The body of a loop, whose jumps [`Bc::end_loop`] settles.
    fn body(&mut self) -> Outcome {
        self.newlines()?;
        self.loops.push(Loop::default());
        self.statement()
    }

    fn end_loop(&mut self, next: u32) {
        let inner = self.loops.pop().unwrap_or_default();
        for jump in inner.breaks {
            self.aim_here(jump);
        }
        for jump in inner.continues {
            self.aim(jump, next);
        }
    }

    /// `name`, `name[]`, `*name[]`.
    fn local(&mut self) -> Outcome<Local> {
        let by_reference = self.accept(b"*")? || self.accept(b"&")?;
        let name = self.name()?;
        let array = self.accept(b"[")?;
        if array {
            self.expect(b"]")?;
        }
        Ok(Local { name, array, by_reference })
    }

    fn definition(&mut self) -> Outcome {
        self.advance()?;
        let mut function = Function { void: self.is_word(b"void"), ..Function::default() };
        if function.void {
            self.advance()?;
        }
        let name = self.name()?;
        self.expect(b"(")?;
        while !self.accept(b")")? {
            if !function.parameters.is_empty() {
                self.expect(b",")?;
            }
            let parameter = self.local()?;
            function.parameters.push(parameter);
        }
        self.newlines()?;
        self.expect(b"{")?;
        let void = function.void;
        let outer = core::mem::replace(&mut self.unit, function);
        self.in_function = true;
        // So that it can call itself as what it is.
        let declared = Function { void, ..Function::default() };
        let before = self.set_function(name, Some(Rc::new(declared)));
        let mut result = self.block();
        self.in_function = false;
        if result.is_ok() && !matches!(self.token, Token::Newline | Token::End) && !self.is(b";") {
            result = Err(WRONG);
        }
        if let Err(stop) = result {
            self.set_function(name, before);
            return Err(stop);
        }
        self.number(b"0".to_vec());
        self.emit(Op::Return);
        let function = core::mem::replace(&mut self.unit, outer);
        self.set_function(name, Some(Rc::new(function)));
        if self.is(b";") {
            self.advance()?;
            self.statements()?;
        }
        Ok(())
    }

    fn set_function(&mut self, name: u32, function: Option<Rc<Function>>) -> Option<Rc<Function>> {
        core::mem::replace(self.functions.get_mut(name as usize)?, function)
    }

    /// An expression that has a value.
    fn value(&mut self, least: u8) -> Outcome {
        match self.expression(least)? {
            Kind::Void => Err(Stop::Error(b"a void function has no value")),
            _ => Ok(()),
        }
    }

    /// An expression of operators that bind as tight as `least` or tighter.
    fn expression(&mut self, least: u8) -> Outcome<Kind> {
        self.deeper()?;
        let kind = self.operand()?;
        let kind = self.operators(kind, least)?;
        self.depth -= 1;
        Ok(kind)
    }

    /// The operators, and what is right of them, behind a first operand.
    fn operators(&mut self, mut kind: Kind, least: u8) -> Outcome<Kind> {
        while let Token::Sign(operator) = self.token {
            let one = operator as u8;
            let level = match &operator.to_be_bytes() {
                b"||" => OR,
                b"&&" => AND,
                b"<=" | b">=" | b"==" | b"!=" | b"\0<" | b"\0>" => COMPARISON,
                b"\0+" | b"\0-" => SUM,
                b"\0*" | b"\0/" | b"\0%" => PRODUCT,
                b"\0^" => POWER,
                _ => break,
            };
            if level < least {
                break;
            }
            if kind == Kind::Void {
                return Err(Stop::Error(b"a void function has no value"));
            }
            self.advance()?;
            kind = Kind::Value;
            match level {
                OR | AND => {
                    self.extension(b"&& and ||")?;
                    self.short_circuit(level)?;
                }
                COMPARISON => {
                    self.value(level + 1)?;
                    // The second byte of `<=` and its like is an equals sign.
                    let code = if operator > 255 { (operator >> 8) as u8 | 0x80 } else { one };
                    self.emit(Op::Compare(code));
                }
                _ => {
                    self.value(if level == POWER { POWER } else { level + 1 })?;
                    self.emit(Op::Binary(one));
                }
            }
        }
        Ok(kind)
    }

    /// The right side of `&&` or `||`, which is left out when the left side decides.
    fn short_circuit(&mut self, level: u8) -> Outcome {
        let decided = level == OR;
        let jump = |decided| if decided { Op::JumpIfNot(0) } else { Op::JumpIfZero(0) };
        let first = self.emit(jump(decided));
        self.value(level + 1)?;
        let second = self.emit(jump(decided));
        let number = |decided: bool| if decided { b"1".to_vec() } else { b"0".to_vec() };
        self.number(number(!decided));
        let end = self.emit(Op::Jump(0));
        self.aim_here(first);
        self.aim_here(second);
        self.number(number(decided));
        self.aim_here(end);
        Ok(())
    }

    fn operand(&mut self) -> Outcome<Kind> {
        match core::mem::replace(&mut self.token, Token::Sign(0)) {
            Token::Number(text) => {
                self.number(text);
                self.advance()?;
            }
            Token::Name(id) => {
                self.advance()?;
                if self.accept(b"(")? {
                    return self.call_arguments(id);
                }
                if self.accept(b"[")? {
                    self.value(OR)?;
                    self.expect(b"]")?;
                    return self.place(Place::Element(id));
                }
                return self.place(Place::Variable(id));
            }
            Token::Word(keyword) => return self.special(keyword),
            Token::Sign(operator) => match &operator.to_be_bytes() {
                b"\0(" => {
                    self.advance()?;
                    self.value(OR)?;
                    self.expect(b")")?;
                }
                b"\0-" => {
                    self.advance()?;
                    self.value(MINUS)?;
                    self.emit(Op::Negate);
                }
                b"\0!" => {
                    self.extension(b"!")?;
                    self.advance()?;
                    self.value(NOT + 1)?;
                    self.emit(Op::Not);
                }
                b"++" | b"--" => {
                    self.advance()?;
                    let place = match self.token {
                        Token::Name(id) => {
                            self.advance()?;
                            if self.accept(b"[")? {
                                self.value(OR)?;
                                self.expect(b"]")?;
                                Place::Element(id)
                            } else {
                                Place::Variable(id)
                            }
                        }
                        Token::Word(keyword) => {
                            self.advance()?;
                            special_place(keyword).ok_or(WRONG)?
                        }
                        _ => return Err(WRONG),
                    };
                    self.emit(Op::Step(place, operator == sign(b"--"), false, true));
                }
                _ => {
                    self.token = Token::Sign(operator);
                    return Err(WRONG);
                }
            },
            token => {
                self.token = token;
                return Err(WRONG);
            }
        }
        Ok(Kind::Value)
    }

    /// What follows a variable: an assignment, `++`, `--`, or nothing.
    fn place(&mut self, place: Place) -> Outcome<Kind> {
        let Token::Sign(operator) = self.token else {
            self.emit(Op::Load(place));
            return Ok(Kind::Value);
        };
        match &operator.to_be_bytes() {
            b"\0=" => {
                self.advance()?;
                self.value(ASSIGNMENT)?;
                self.emit(Op::Store(place, true));
                Ok(Kind::Assignment)
            }
            [operator @ (b'+' | b'-' | b'*' | b'/' | b'%' | b'^'), b'='] => {
                self.advance()?;
                self.value(ASSIGNMENT)?;
                self.emit(Op::Update(place, *operator, true));
                Ok(Kind::Assignment)
            }
            pair @ (b"++" | b"--") => {
                let minus = pair == b"--";
                self.advance()?;
                self.emit(Op::Step(place, minus, true, true));
                Ok(Kind::Value)
            }
            _ => {
                self.emit(Op::Load(place));
                Ok(Kind::Value)
            }
        }
    }

    /// `scale`, `length(x)` and their like.
    fn special(&mut self, keyword: u8) -> Outcome<Kind> {
        const LENGTH: u8 = word(b"length");
        const SQRT: u8 = word(b"sqrt");
        const READ: u8 = word(b"read");
        const SCALE: u8 = word(b"scale");
        self.advance()?;
        let function = match keyword {
            LENGTH => Op::Length,
            SQRT => Op::Root,
            SCALE if self.is(b"(") => Op::ScaleOf,
            READ => {
                self.expect(b"(")?;
                self.expect(b")")?;
                self.emit(Op::Read);
                return Ok(Kind::Value);
            }
            _ => {
                let place = special_place(keyword).ok_or(WRONG)?;
                if place == Place::Last {
                    self.extension(b"last")?;
                }
                return self.place(place);
            }
        };
        self.expect(b"(")?;
        self.value(OR)?;
        self.expect(b")")?;
        self.emit(function);
        Ok(Kind::Value)
    }

    /// The arguments of a call.
    fn call_arguments(&mut self, id: u32) -> Outcome<Kind> {
        let mut kinds = Vec::new();
        while !self.accept(b")")? {
            if !kinds.is_empty() {
                self.expect(b",")?;
            }
            // `name[]` is an array, anything else an expression.
            if let Token::Name(name) = self.token {
                self.advance()?;
                let first = if self.accept(b"[")? {
                    if self.accept(b"]")? {
                        self.emit(Op::Array(name));
                        kinds.push(b'a');
                        continue;
                    }
                    self.value(OR)?;
                    self.expect(b"]")?;
                    self.place(Place::Element(name))?
                } else if self.accept(b"(")? {
                    self.call_arguments(name)?
                } else {
                    self.place(Place::Variable(name))?
                };
                self.operators(first, OR)?;
            } else {
                self.value(OR)?;
            }
            kinds.push(b'v');
        }
        let kinds = self.string(kinds);
        self.emit(Op::Call(id, kinds));
        let void = self.functions.get(id as usize).is_some_and(|f| f.as_ref().is_some_and(|f| f.void));
        Ok(if void { Kind::Void } else { Kind::Value })
    }
}

fn special_place(keyword: u8) -> Option<Place> {
    const PLACES: [(u8, Place); 4] = [
        (word(b"scale"), Place::Scale),
        (word(b"ibase"), Place::Ibase),
        (word(b"obase"), Place::Obase),
        (word(b"last"), Place::Last),
    ];
    PLACES.iter().find(|(known, _)| *known == keyword).map(|(_, place)| *place)
}
