//! Arithmetic: C's operators on 64-bit integers (POSIX.1-2024 XCU 2.6.4, ISO C 6.5).
//!
//! An expression is compiled to a small tree once; where the text holds expansions, it is compiled after them.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::symbols::{Sym, Symbols, is_name_byte, is_name_start};

/// An expression.
pub enum Expr {
    Number(i64),
    Var(Sym),
    /// `$x` in the text: as [`Expr::Var`], if the value is a number without a sign; else the text must be expanded.
    Dollar(Sym),
    Unary(u8, Box<Expr>),
    Binary(Operator, Box<(Expr, Expr)>),
    And(Box<(Expr, Expr)>),
    Or(Box<(Expr, Expr)>),
    Condition(Box<(Expr, Expr, Expr)>),
    /// `x op= e`; [`Operator::Comma`] for a plain `=`.
    Assign(Operator, Sym, Box<Expr>),
    /// `++x` …: by how much, and whether the old value counts.
    Step(Sym, i64, bool),
    Element(Box<Element>),
}

/// `a[subscript]`, and what is done with it.
pub struct Element {
    pub sym: Sym,
    /// The subscript as it stands there, and as an expression if it is one.
    pub text: Box<[u8]>,
    pub index: Option<Expr>,
    pub action: Action,
}

pub enum Action {
    Read,
    Assign(Operator, Expr),
    Step(i64, bool),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Comma,
    BitOr,
    BitXor,
    BitAnd,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    ShiftLeft,
    ShiftRight,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
}

use Operator::*;

/// What is wrong with an expression.
pub type Wrong = &'static [u8];

const SYNTAX: Wrong = b"arithmetic syntax error";
const DEEP: Wrong = b"expression nested too deeply";

/// A reference to `$x` in the text to be compiled: the symbol's number between two bytes that no expression has.
pub fn push_reference(sym: Sym, text: &mut Vec<u8>) {
    text.push(1);
    num::push_dec(text, u64::from(sym));
    text.push(2);
}

/// Compiles `text`.
pub fn compile(text: &[u8], symbols: &mut Symbols) -> Result<Expr, Wrong> {
    compile_at(0, text, symbols)
}

/// As [`compile`], for a subscript at that depth of an expression.
fn compile_at(depth: u32, text: &[u8], symbols: &mut Symbols) -> Result<Expr, Wrong> {
    let mut compiler = Compiler { text, symbols, depth, wrong: None };
    compiler.blanks();
    if compiler.text.is_empty() {
        return Ok(Expr::Number(0));
    }
    let expr = compiler.comma();
    compiler.blanks();
    match compiler.wrong {
        Some(why) => Err(why),
        None if !compiler.text.is_empty() => Err(SYNTAX),
        None => Ok(expr),
    }
}

struct Compiler<'a> {
    text: &'a [u8],
    symbols: &'a mut Symbols,
    depth: u32,
    /// The first error; the text ends at it.
    wrong: Option<Wrong>,
}

/// Binary operators: precedence (0: not here), operator, text; the longer ones first.
const BINARY: [(u8, Operator, [u8; 2]); 19] = [
    (9, Power, *b"**"),
    (6, ShiftLeft, *b"<<"),
    (6, ShiftRight, *b">>"),
    (5, LessEqual, *b"<="),
    (5, GreaterEqual, *b">="),
    (4, Equal, *b"=="),
    (4, NotEqual, *b"!="),
    (0, Comma, *b"&&"),
    (0, Comma, *b"||"),
    (1, BitOr, *b"|\0"),
    (2, BitXor, *b"^\0"),
    (3, BitAnd, *b"&\0"),
    (5, Less, *b"<\0"),
    (5, Greater, *b">\0"),
    (7, Add, *b"+\0"),
    (7, Subtract, *b"-\0"),
    (8, Multiply, *b"*\0"),
    (8, Divide, *b"/\0"),
    (8, Remainder, *b"%\0"),
];

impl<'a> Compiler<'a> {
    #[cold]
    fn wrong(&mut self, why: Wrong) -> Expr {
        self.wrong = self.wrong.or(Some(why));
        self.text = b"";
        Expr::Number(0)
    }

    #[inline(never)]
    fn blanks(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.text {
            self.text = rest;
        }
    }

    #[inline(never)]
    fn accept(&mut self, token: &[u8]) -> bool {
        self.blanks();
        match self.text.strip_prefix(token) {
            Some(rest) => {
                self.text = rest;
                true
            }
            None => false,
        }
    }

    fn comma(&mut self) -> Expr {
        let mut left = self.assignment();
        while self.accept(b",") {
            left = Expr::Binary(Comma, Box::new((left, self.assignment())));
        }
        left
    }

    /// One level deeper in the expression; too many are an error.
    fn deeper(&mut self) -> bool {
        self.depth += 1;
        let fine = self.depth <= 500 && !sys::process::stack_is_short();
        if !fine {
            self.wrong(DEEP);
        }
        fine
    }

    fn assignment(&mut self) -> Expr {
        if !self.deeper() {
            return Expr::Number(0);
        }
        let expr = self.assignment_inner();
        self.depth -= 1;
        expr
    }

    fn assignment_inner(&mut self) -> Expr {
        self.blanks();
        let start = self.text;
        if self.text.first().is_some_and(|&byte| is_name_start(byte)) {
            let place = self.place();
            if let Some(operator) = self.assigning() {
                let value = self.assignment();
                return self.act(place, Action::Assign(operator, value));
            }
            self.text = start;
        }
        self.conditional()
    }

    /// `a ? b : c`, to which nothing can be assigned.
    fn conditional(&mut self) -> Expr {
        let condition = self.logical(true);
        if !self.accept(b"?") {
            return condition;
        }
        let yes = self.comma();
        if !self.accept(b":") {
            return self.wrong(SYNTAX);
        }
        if !self.deeper() {
            return Expr::Number(0);
        }
        let no = self.conditional();
        self.depth -= 1;
        Expr::Condition(Box::new((condition, yes, no)))
    }

    /// An assignment operator.
    fn assigning(&mut self) -> Option<Operator> {
        self.blanks();
        let (operator, length) = match self.text {
            [b'=', next, ..] if *next != b'=' => (Comma, 1),
            [b'='] => (Comma, 1),
            _ => match self.operator() {
                Some((_, operator, length, true)) => (operator, length + 1),
                _ => return None,
            },
        };
        self.text = self.text.get(length..).unwrap_or_default();
        Some(operator)
    }

    /// Operands joined by `||`, or by `&&`.
    fn logical(&mut self, or: bool) -> Expr {
        let token: &[u8] = if or { b"||" } else { b"&&" };
        let next = |compiler: &mut Self| if or { compiler.logical(false) } else { compiler.binary(1) };
        let mut left = next(self);
        while self.accept(token) {
            let pair = Box::new((left, next(self)));
            left = if or { Expr::Or(pair) } else { Expr::And(pair) };
        }
        left
    }

    /// The binary operator that follows, its precedence, its length, and whether a `=` makes it an assignment.
    fn operator(&mut self) -> Option<(u8, Operator, usize, bool)> {
        self.blanks();
        let &(precedence, operator, token) = BINARY.iter().find(|(_, _, token)| match token {
            [only, 0] => self.text.first() == Some(only),
            two => self.text.starts_with(two),
        })?;
        let length = if token[1] == 0 { 1 } else { 2 };
        let assigns = self.text.get(length) == Some(&b'=')
            && !matches!(operator, LessEqual | GreaterEqual | Equal | NotEqual);
        (precedence > 0).then_some((precedence, operator, length, assigns))
    }

    fn binary(&mut self, least: u8) -> Expr {
        let mut left = self.unary();
        while let Some((precedence, operator, length, false)) = self.operator()
            && precedence >= least
        {
            self.text = self.text.get(length..).unwrap_or_default();
            // Power binds to the right.
            let right = self.binary(precedence + u8::from(operator != Power));
            left = Expr::Binary(operator, Box::new((left, right)));
        }
        left
    }

    fn unary(&mut self) -> Expr {
        self.blanks();
        let text = self.text;
        let [sign @ (b'+' | b'-' | b'!' | b'~'), rest @ ..] = text else { return self.primary() };
        if let Some((step, after)) = step(text) {
            self.text = after;
            self.blanks();
            if self.text.first().is_some_and(|&byte| is_name_start(byte)) {
                let place = self.place();
                return self.act(place, Action::Step(step, false));
            }
            // Two signs in a row.
        }
        self.text = rest;
        self.depth += 1;
        if self.depth > 2000 || sys::process::stack_is_short() {
            return self.wrong(DEEP);
        }
        let operand = self.unary();
        self.depth -= 1;
        match (sign, operand) {
            (b'-', Expr::Number(number)) => Expr::Number(number.wrapping_neg()),
            (b'+', operand) => operand,
            (sign, operand) => Expr::Unary(*sign, Box::new(operand)),
        }
    }

    fn name(&mut self) -> Sym {
        let length = self.text.iter().take_while(|&&byte| is_name_byte(byte)).count();
        let (name, rest) = self.text.split_at_checked(length).unwrap_or_default();
        self.text = rest;
        self.symbols.intern(name)
    }

    /// A variable's name, and the subscript behind it.
    fn place(&mut self) -> (Sym, Option<&'a [u8]>) {
        let sym = self.name();
        if !super::parser::EXTRAS || self.text.first() != Some(&b'[') {
            return (sym, None);
        }
        let mut depth = 0u32;
        let end = self.text.iter().position(|&byte| {
            match byte {
                b'[' => depth += 1,
                b']' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let Some(end) = end else {
            self.wrong(SYNTAX);
            return (sym, None);
        };
        let subscript = self.text.get(1..end);
        self.text = self.text.get(end + 1..).unwrap_or_default();
        (sym, subscript)
    }

    /// What is done with a variable or an element.
    fn act(&mut self, (sym, subscript): (Sym, Option<&[u8]>), action: Action) -> Expr {
        let Some(text) = subscript else {
            return match action {
                Action::Read => Expr::Var(sym),
                Action::Assign(operator, value) => Expr::Assign(operator, sym, Box::new(value)),
                Action::Step(step, post) => Expr::Step(sym, step, post),
            };
        };
        let index = match compile_at(self.depth, text, self.symbols) {
            Ok(index) => Some(index),
            Err(DEEP) => return self.wrong(DEEP),
            Err(_) => None,
        };
        Expr::Element(Box::new(Element { sym, text: text.into(), index, action }))
    }

    fn primary(&mut self) -> Expr {
        match self.text {
            [b'(', rest @ ..] => {
                self.text = rest;
                let inner = self.comma();
                if self.accept(b")") { inner } else { self.wrong(b"missing ')' in arithmetic") }
            }
            [1, rest @ ..] => {
                let end = rest.iter().position(|&byte| byte == 2).unwrap_or(rest.len());
                let (number, after) = rest.split_at_checked(end).unwrap_or_default();
                // `$x` next to other characters makes a new token: that takes the expanded text.
                if let [_, byte, ..] = after
                    && (is_name_byte(*byte) || matches!(byte, b'#' | 1))
                {
                    return self.wrong(SYNTAX);
                }
                self.text = after.get(1..).unwrap_or_default();
                Expr::Dollar(num::parse_u64(number).unwrap_or(0) as Sym)
            }
            [first, ..] if is_name_start(*first) => {
                let place = self.place();
                if self.text.first() == Some(&1) {
                    return self.wrong(SYNTAX);
                }
                self.blanks();
                let mut action = Action::Read;
                if let Some((step, after)) = step(self.text) {
                    self.text = after;
                    action = Action::Step(step, true);
                }
                self.act(place, action)
            }
            text => {
                let length = text
                    .iter()
                    .take_while(|&&byte| is_name_byte(byte) || matches!(byte, b'#' | b'@'))
                    .count();
                let (number, rest) = text.split_at_checked(length).unwrap_or_default();
                match parse_number(number) {
                    Some(value)
                        if number.first().is_some_and(u8::is_ascii_digit) && rest.first() != Some(&1) =>
                    {
                        self.text = rest;
                        Expr::Number(value)
                    }
                    _ => self.wrong(SYNTAX),
                }
            }
        }
    }
}

/// `++` or `--`, and what is behind it.
fn step(text: &[u8]) -> Option<(i64, &[u8])> {
    match text {
        [b'+', b'+', rest @ ..] => Some((1, rest)),
        [b'-', b'-', rest @ ..] => Some((-1, rest)),
        _ => None,
    }
}

/// A constant: decimal, `0x…`, `0…` (octal), or `base#digits`.
pub fn parse_number(text: &[u8]) -> Option<i64> {
    let (base, digits) = match text {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', rest @ ..] if !rest.is_empty() && !rest.contains(&b'#') => (8, rest),
        _ => match text.iter().position(|&byte| byte == b'#') {
            Some(at) => {
                let base = num::parse_u64(text.get(..at)?).ok().filter(|base| (2..=64).contains(base))?;
                (base, text.get(at + 1..)?)
            }
            None => (10, text),
        },
    };
    if digits.is_empty() {
        return None;
    }
    let mut value = 0i64;
    for &byte in digits {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'z' => byte - b'a' + 10,
            b'A'..=b'Z' if base <= 36 => byte - b'A' + 10,
            b'A'..=b'Z' => byte - b'A' + 36,
            b'@' => 62,
            b'_' => 63,
            _ => return None,
        };
        if u64::from(digit) >= base {
            return None;
        }
        value = value.wrapping_mul(base as i64).wrapping_add(i64::from(digit));
    }
    Some(value)
}

/// The value of a variable's text if it is a number, with a sign and blanks around it at most. Empty is 0.
#[inline]
pub fn quick_number(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    // Plain decimal numbers of up to 18 digits cannot overflow.
    if let [b'1'..=b'9', ..] = digits
        && digits.len() <= 18
    {
        let mut value = 0i64;
        for &byte in digits {
            if !byte.is_ascii_digit() {
                return slow_number(text);
            }
            value = value * 10 + i64::from(byte - b'0');
        }
        return Some(if digits.len() < text.len() { -value } else { value });
    }
    if text == b"0" || text.is_empty() {
        return Some(0);
    }
    slow_number(text)
}

fn slow_number(text: &[u8]) -> Option<i64> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return Some(0);
    }
    match text {
        [b'-', rest @ ..] => parse_number(rest).map(i64::wrapping_neg),
        [b'+', rest @ ..] => parse_number(rest),
        _ => parse_number(text),
    }
}

/// Applies a binary operator.
pub fn apply(operator: Operator, a: i64, b: i64) -> Result<i64, Wrong> {
    Ok(match operator {
        Comma => b,
        BitOr => a | b,
        BitXor => a ^ b,
        BitAnd => a & b,
        Equal => i64::from(a == b),
        NotEqual => i64::from(a != b),
        Less => i64::from(a < b),
        LessEqual => i64::from(a <= b),
        Greater => i64::from(a > b),
        GreaterEqual => i64::from(a >= b),
        ShiftLeft => a.wrapping_shl(b as u32),
        ShiftRight => a.wrapping_shr(b as u32),
        Add => a.wrapping_add(b),
        Subtract => a.wrapping_sub(b),
        Multiply => a.wrapping_mul(b),
        Divide | Remainder if b == 0 => return Err(b"division by zero"),
        Divide => a.wrapping_div(b),
        Remainder => a.wrapping_rem(b),
        Power => {
            if b < 0 {
                return Err(b"exponent less than 0");
            }
            let (mut result, mut base, mut exponent) = (1i64, a, b);
            while exponent > 0 {
                if exponent & 1 == 1 {
                    result = result.wrapping_mul(base);
                }
                base = base.wrapping_mul(base);
                exponent >>= 1;
            }
            result
        }
    })
}
