//! Statements and expressions to instructions.
//!
//! After a mistake there is no token any more ([`Bc::now`]), so that everything comes to its end by itself.

use super::lex::{END, NAME, NEWLINE, NUMBER, TEXT, Token, WORD, WRONG, sign, word};
use super::{BY_REFERENCE, Bc, Code, Constant, IBASE, IS_ARRAY, LAST, OBASE, Op, Place, SCALE};
use alloc::rc::Rc;
use alloc::vec::Vec;

/// So deep may statements and expressions be nested.
const DEEPEST: usize = 400;

/// What an expression is, for the statement that it is.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
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

const MORE: Token = sign(b"++");
const LESS: Token = sign(b"--");

impl Bc<'_, '_> {
    /// Something that POSIX does not have.
    pub fn extension(&mut self, what: &'static [u8]) {
        if self.standard {
            self.fail(what);
        } else if self.warn && self.stop.is_none() {
            self.warning(what);
        }
    }

    /// The token, if no mistake was made.
    fn now(&self) -> Token {
        if self.stop.is_none() { self.token } else { WRONG }
    }

    fn is(&self, sign: u8) -> bool {
        self.now() == sign.into()
    }

    /// Whether the end of a statement is here.
    fn is_end(&self) -> bool {
        self.is(b';') || self.is(b'}') || self.is_line_end()
    }

    fn is_line_end(&self) -> bool {
        matches!(self.now(), NEWLINE | END)
    }

    fn accept_token(&mut self, token: Token) -> bool {
        let is = self.now() == token;
        if is {
            self.advance();
        }
        is
    }

    fn accept(&mut self, sign: u8) -> bool {
        self.accept_token(sign.into())
    }

    fn expect(&mut self, sign: u8) {
        if !self.accept(sign) {
            self.wrong();
        }
    }

    fn wrong(&mut self) {
        self.fail(b"syntax error");
    }

    fn newlines(&mut self) {
        while self.accept_token(NEWLINE) {}
    }

    fn emit_with(&mut self, code: Code, operator: u8, operand: u32) -> usize {
        self.unit.ops.push(Op { code, operator, keep: true, operand });
        self.unit.ops.len() - 1
    }

    fn emit(&mut self, code: Code) {
        self.emit_with(code, 0, 0);
    }

    /// A jump, whose place it gives.
    fn jump(&mut self, code: Code, target: usize) -> usize {
        self.emit_with(code, 0, target as u32)
    }

    /// Lets a jump go to `target`.
    fn aim(&mut self, jump: usize, target: usize) {
        if let Some(op) = self.unit.ops.get_mut(jump) {
            op.operand = target as u32;
        }
    }

    fn here(&self) -> usize {
        self.unit.ops.len()
    }

    fn aim_here(&mut self, jump: usize) {
        self.aim(jump, self.here());
    }

    /// An instruction on a number or string.
    fn constant(&mut self, code: Code, text: Vec<u8>) {
        let constants = self.unit.constants.get_mut();
        constants.push(Constant { text, base: 0, value: super::Number::default() });
        let index = constants.len() - 1;
        self.emit_with(code, 0, index as u32);
    }

    /// As [`Bc::constant`], on the text of the token.
    fn token_constant(&mut self, code: Code) {
        let text = core::mem::take(&mut self.text);
        self.constant(code, text);
        self.advance();
    }

    /// The number 0 or 1.
    fn truth(&mut self, truth: bool) {
        self.constant(Code::Number, alloc::vec![b'0' + u8::from(truth)]);
    }

    fn name(&mut self) -> u32 {
        let name = self.name;
        if !self.accept_token(NAME) {
            self.wrong();
        }
        name
    }

    fn deeper(&mut self) {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.fail(b"nested too deep");
        }
    }

    /// Compiles a line or a function. `false` at the end of the source.
    pub fn unit(&mut self) -> bool {
        self.depth = 0;
        self.defining = None;
        if self.now() == END {
            return false;
        }
        if self.accept_token(const { word(b"define") }) {
            self.definition();
            return true;
        }
        self.statements();
        if !self.is_line_end() {
            self.wrong();
        }
        true
    }

    /// Statements up to the end of the line or block.
    fn statements(&mut self) {
        loop {
            if !self.is_end() {
                self.statement();
            }
            if !self.accept(b';') {
                return;
            }
        }
    }

    fn block(&mut self) {
        loop {
            self.statements();
            if !self.accept_token(NEWLINE) {
                return self.expect(b'}');
            }
        }
    }

    fn statement(&mut self) {
        self.deeper();
        let token = self.now();
        if token == TEXT {
            self.token_constant(Code::Text);
        } else if self.accept(b'{') {
            self.block();
        } else if token < WORD || !self.keyword(token) {
            match self.expression(OR) {
                Kind::Value => self.emit(Code::Print),
                Kind::Assignment | Kind::Void => self.drop_value(),
            };
        }
        self.depth -= 1;
    }

    /// Throws the value of an expression away.
    fn drop_value(&mut self) {
        match self.unit.ops.last_mut() {
            Some(op) if matches!(op.code, Code::Store | Code::Update | Code::Step | Code::StepLater) => {
                op.keep = false;
            }
            _ => self.emit(Code::Pop),
        }
    }

    /// A statement that begins with a keyword; `false`: an expression does.
    fn keyword(&mut self, keyword: Token) -> bool {
        const IF: Token = word(b"if");
        const WHILE: Token = word(b"while");
        const FOR: Token = word(b"for");
        const BREAK: Token = word(b"break");
        const CONTINUE: Token = word(b"continue");
        const RETURN: Token = word(b"return");
        const QUIT: Token = word(b"quit");
        const HALT: Token = word(b"halt");
        const PRINT: Token = word(b"print");
        const AUTO: Token = word(b"auto");
        const LIMITS: Token = word(b"limits");
        const WARRANTY: Token = word(b"warranty");
        if matches!(keyword, LENGTH_WORD | SQRT_WORD | READ_WORD) || special_place(keyword).is_some() {
            return false;
        }
        if keyword == QUIT {
            self.fail(b"");
            return true;
        }
        self.advance();
        match keyword {
            IF => self.if_statement(),
            WHILE => {
                let start = self.here();
                self.in_parentheses();
                let exit = self.jump(Code::JumpIfZero, 0);
                self.body(start);
                self.aim_here(exit);
            }
            FOR => self.for_statement(),
            BREAK | CONTINUE => {
                let jump = self.jump(Code::Jump, 0);
                if self.loops == 0 {
                    self.fail(b"break or continue outside of a loop");
                }
                self.jumps.push(2 * jump + usize::from(keyword == BREAK));
                if keyword == CONTINUE {
                    self.extension(b"continue");
                }
            }
            RETURN => {
                if self.defining.is_none() {
                    self.fail(b"return outside of a function");
                }
                if self.is_end() {
                    self.truth(false);
                } else {
                    if self.unit.void {
                        self.fail(b"return of a value in a void function");
                    }
                    self.expression(OR);
                }
                self.emit(Code::Return);
            }
            HALT => {
                self.extension(b"halt");
                self.emit(Code::Halt);
            }
            PRINT => {
                self.extension(b"print");
                loop {
                    if self.now() == TEXT {
                        self.token_constant(Code::TextPart);
                    } else {
                        self.value(OR);
                        self.emit(Code::PrintPart);
                    }
                    if !self.accept(b',') {
                        break;
                    }
                }
            }
            AUTO if self.defining.is_some() => self.locals(),
            LIMITS => self.emit(Code::Limits),
            WARRANTY => self.constant(Code::Text, b"There is no warranty of any kind.\n".to_vec()),
            _ => self.wrong(),
        }
        true
    }

    fn in_parentheses(&mut self) {
        self.expect(b'(');
        self.value(OR);
        self.expect(b')');
    }

    fn if_statement(&mut self) {
        self.in_parentheses();
        let otherwise = self.jump(Code::JumpIfZero, 0);
        self.newlines();
        self.statement();
        let mut end = otherwise;
        if self.now() == const { word(b"else") } {
            self.extension(b"else");
            self.advance();
            end = self.jump(Code::Jump, 0);
            self.aim_here(otherwise);
            self.newlines();
            self.statement();
        }
        self.aim_here(end);
    }

    /// The first or last expression of a `for`, up to `end`.
    fn for_part(&mut self, end: u8) {
        if !self.is(end) {
            self.value(OR);
            self.drop_value();
        }
        self.expect(end);
    }

    fn for_statement(&mut self) {
        self.expect(b'(');
        self.for_part(b';');
        let test = self.here();
        if self.is(b';') {
            self.truth(true);
        } else {
            self.value(OR);
        }
        let exit = self.jump(Code::JumpIfZero, 0);
        self.expect(b';');
        let enter = self.jump(Code::Jump, 0);
        let step = self.here();
        self.for_part(b')');
        self.jump(Code::Jump, test);
        self.aim_here(enter);
        self.body(step);
        self.aim_here(exit);
    }

    /// The body of a loop, which goes on at `next`.
    fn body(&mut self, next: usize) {
        self.newlines();
        let first = self.jumps.len();
        self.loops += 1;
        self.statement();
        self.loops -= 1;
        self.jump(Code::Jump, next);
        while self.jumps.len() > first {
            let jump = self.jumps.pop().unwrap_or(0);
            self.aim(jump / 2, if jump.is_multiple_of(2) { next } else { self.here() });
        }
    }

    /// `name`, `name[]`, `*name[]`, with commas between them.
    fn locals(&mut self) {
        loop {
            let mut local = if self.accept(b'*') || self.accept(b'&') { BY_REFERENCE } else { 0 };
            local |= self.name() * 4;
            if self.accept(b'[') {
                self.expect(b']');
                local |= IS_ARRAY;
            }
            self.unit.locals.push(local);
            if !self.accept(b',') {
                return;
            }
        }
    }

    fn definition(&mut self) {
        self.unit.void = self.accept_token(const { word(b"void") });
        let name = self.name();
        self.expect(b'(');
        if !self.is(b')') {
            self.locals();
        }
        self.expect(b')');
        self.unit.parameters = self.unit.locals.len();
        self.newlines();
        self.expect(b'{');
        self.defining = Some(name);
        self.block();
        self.defining = None;
        if !self.is_end() || self.is(b'}') {
            self.wrong();
        }
        self.truth(false);
        self.emit(Code::Return);
        if self.stop.is_some() {
            return;
        }
        let function = core::mem::take(&mut self.unit);
        if let Some(name) = self.names.get_mut(name as usize) {
            name.function = Some(Rc::new(function));
        }
        if self.accept(b';') {
            self.statements();
        }
    }

    /// An expression that has a value.
    fn value(&mut self, least: u8) {
        if self.expression(least) == Kind::Void {
            self.no_value();
        }
    }

    fn no_value(&mut self) {
        self.fail(b"a void function has no value");
    }

    /// An expression of operators that bind as tight as `least` or tighter.
    fn expression(&mut self, least: u8) -> Kind {
        self.deeper();
        let kind = self.operand();
        let kind = self.operators(kind, least);
        self.depth -= 1;
        kind
    }

    /// The operators, and what is right of them, behind a first operand.
    fn operators(&mut self, mut kind: Kind, least: u8) -> Kind {
        loop {
            let operator = self.now();
            let [first, second] = operator.to_be_bytes();
            let level = match (first, second) {
                (b'|', b'|') => OR,
                (b'&', b'&') => AND,
                (b'<' | b'>' | b'=' | b'!', b'=') | (0, b'<' | b'>') => COMPARISON,
                (0, b'+' | b'-') => SUM,
                (0, b'*' | b'/' | b'%') => PRODUCT,
                (0, b'^') => POWER,
                _ => return kind,
            };
            if level < least {
                return kind;
            }
            if kind == Kind::Void {
                self.no_value();
            }
            self.advance();
            kind = Kind::Value;
            if level <= AND {
                self.extension(b"&& and ||");
                self.short_circuit(level);
                continue;
            }
            self.value(if level == POWER { POWER } else { level + 1 });
            // Of `<=` and its like the second byte is an equals sign.
            let operator = if first == 0 { second } else { first | 0x80 };
            self.emit_with(Code::Binary, operator, 0);
        }
    }

    /// The right side of `&&` or `||`, which is left out when the left side decides.
    fn short_circuit(&mut self, level: u8) {
        let decided = level == OR;
        let code = if decided { Code::JumpIfNot } else { Code::JumpIfZero };
        let first = self.jump(code, 0);
        self.value(level + 1);
        let second = self.jump(code, 0);
        self.truth(!decided);
        let end = self.jump(Code::Jump, 0);
        self.aim_here(first);
        self.aim_here(second);
        self.truth(decided);
        self.aim_here(end);
    }

    fn operand(&mut self) -> Kind {
        const OPEN: Token = b'(' as Token;
        const MINUS_SIGN: Token = b'-' as Token;
        const NOT_SIGN: Token = b'!' as Token;
        let token = self.now();
        match token {
            NUMBER => self.token_constant(Code::Number),
            NAME => {
                let name = self.name();
                return self.named(name);
            }
            OPEN => self.in_parentheses(),
            MINUS_SIGN => {
                self.advance();
                self.value(MINUS);
                self.emit(Code::Negate);
            }
            NOT_SIGN => {
                self.extension(b"!");
                self.advance();
                self.value(NOT + 1);
                self.emit(Code::Not);
            }
            MORE | LESS => {
                self.advance();
                let keyword = self.token;
                let place = match special_place(keyword) {
                    Some(place) => {
                        self.advance();
                        place
                    }
                    None => {
                        let name = self.name();
                        self.place(name)
                    }
                };
                self.emit_with(Code::Step, token as u8, place);
            }
            WORD.. => return self.special(token),
            _ => self.wrong(),
        }
        Kind::Value
    }

    /// A name: of a function that is called, or of what can be assigned to.
    fn named(&mut self, name: u32) -> Kind {
        if self.accept(b'(') {
            return self.call_arguments(name);
        }
        let place = self.place(name);
        self.assignment(place)
    }

    /// A variable, or an element of an array.
    fn place(&mut self, name: u32) -> Place {
        if !self.accept(b'[') {
            return 2 * name;
        }
        self.value(OR);
        self.expect(b']');
        2 * name + 1
    }

    /// What follows a variable: an assignment, `++`, `--`, or nothing.
    fn assignment(&mut self, place: Place) -> Kind {
        let token = self.now();
        let [first, second] = token.to_be_bytes();
        let code = match (first, second) {
            (0, b'=') => Code::Store,
            (b'+' | b'-' | b'*' | b'/' | b'%' | b'^', b'=') => Code::Update,
            _ => {
                let step = matches!(token, MORE | LESS);
                if step {
                    self.advance();
                }
                self.emit_with(if step { Code::StepLater } else { Code::Load }, first, place);
                return Kind::Value;
            }
        };
        self.advance();
        self.value(ASSIGNMENT);
        self.emit_with(code, first, place);
        Kind::Assignment
    }

    /// `scale`, `length(x)` and their like.
    fn special(&mut self, keyword: Token) -> Kind {
        self.advance();
        let function = match keyword {
            LENGTH_WORD => Code::Length,
            SQRT_WORD => Code::Root,
            SCALE_WORD if self.is(b'(') => Code::ScaleOf,
            READ_WORD => {
                self.expect(b'(');
                self.expect(b')');
                self.emit(Code::Read);
                return Kind::Value;
            }
            _ => {
                let Some(place) = special_place(keyword) else {
                    self.wrong();
                    return Kind::Value;
                };
                if place == 2 * LAST {
                    self.extension(b"last");
                }
                return self.assignment(place);
            }
        };
        self.in_parentheses();
        self.emit(function);
        Kind::Value
    }

    /// The arguments of a call.
    fn call_arguments(&mut self, id: u32) -> Kind {
        self.deeper();
        let mut kinds = Vec::new();
        if !self.is(b')') {
            loop {
                kinds.push(self.argument());
                if !self.accept(b',') {
                    break;
                }
            }
        }
        self.expect(b')');
        self.depth -= 1;
        self.constant(Code::Kinds, kinds);
        self.emit_with(Code::Call, 0, id);
        let known = self.names.get(id as usize).and_then(|name| name.function.as_ref());
        let void = if self.defining == Some(id) { self.unit.void } else { known.is_some_and(|f| f.void) };
        if void { Kind::Void } else { Kind::Value }
    }

    /// An argument: `name[]` is an array, anything else an expression.
    fn argument(&mut self) -> u8 {
        if self.now() != NAME {
            self.value(OR);
            return b'v';
        }
        let name = self.name();
        let first = if self.accept(b'[') {
            if self.accept(b']') {
                self.emit_with(Code::Array, 0, name);
                return b'a';
            }
            self.value(OR);
            self.expect(b']');
            self.assignment(2 * name + 1)
        } else {
            self.named(name)
        };
        self.operators(first, OR);
        b'v'
    }
}

const SCALE_WORD: Token = word(b"scale");
const LENGTH_WORD: Token = word(b"length");
const SQRT_WORD: Token = word(b"sqrt");
const READ_WORD: Token = word(b"read");

fn special_place(keyword: Token) -> Option<Place> {
    const IBASE_WORD: Token = word(b"ibase");
    const OBASE_WORD: Token = word(b"obase");
    const LAST_WORD: Token = word(b"last");
    let name = match keyword {
        SCALE_WORD => SCALE,
        IBASE_WORD => IBASE,
        OBASE_WORD => OBASE,
        LAST_WORD => LAST,
        _ => return None,
    };
    Some(2 * name)
}
