//! usage: expr EXPRESSION
//!
//! Evaluate EXPRESSION and print its value. In order of growing precedence:
//!
//! A | B    A, unless it is empty or 0, else B
//! A & B    A, unless one of both is empty or 0, else 0
//! A < B, <=, =, ==, !=, >=, >    1 or 0: integers by value, other strings by their bytes
//! A + B, A - B
//! A * B, A / B, A % B
//! S : RE    what the basic regular expression RE matches at the start of S: \(...\), or the number of characters
//! match S RE, substr S POS LENGTH, index S CHARS, length S    (positions count from 1)
//! + TOKEN    TOKEN as a string, even if it is a keyword
//! ( EXPRESSION )
//!
//! # Notes
//! POSIX.1-2024 expr; match, substr, index, length and + as GNU. Status 1: the value is empty or 0; 2: EXPRESSION is wrong;
//! 3: another error. Integers have 128 bits; beyond that is an error.

use applet::prelude::*;
use regex::{Eflags, Flags, Regex};

/// Parentheses and functions deeper than this are refused, so that the stack holds them.
const DEPTH: u32 = 1000;

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 2;
    cx.answer_help()?;
    let args = match cx.args {
        [b"--", rest @ ..] => rest,
        all => all,
    };
    if args.is_empty() {
        return Err(Error::missing_operand());
    }
    let mut parser = Parser { args, depth: 0, utf8: cx.utf8() };
    let value = parser.level(0, true)?;
    if let Some(extra) = parser.args.first() {
        return Err(Error::about(b"syntax error: unexpected argument '%'", extra));
    }
    let text = value.into_text();
    cx.failure = 3; // A write error is none of EXPRESSION.
    cx.out.line(&text);
    Ok(if is_null(&text) { Exit::FAILURE } else { Exit::SUCCESS })
}

enum Value {
    Integer(i128),
    Text(Vec<u8>),
}

fn is_null(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    text.is_empty() || !digits.is_empty() && digits.iter().all(|&byte| byte == b'0')
}

/// An optional minus and digits.
fn parse_integer(text: &[u8]) -> Option<Result<i128>> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let magnitude = digits
        .iter()
        .try_fold(0i128, |sum, digit| sum.checked_mul(10)?.checked_add(i128::from(digit - b'0')));
    let too_large = || Error::about(b"%: Numerical result out of range", text).with_status(3);
    Some(magnitude.map(|value| if negative { -value } else { value }).ok_or_else(too_large))
}

impl Value {
    fn into_text(self) -> Vec<u8> {
        match self {
            Value::Text(text) => text,
            Value::Integer(number) => {
                let mut text = if number < 0 { b"-".to_vec() } else { Vec::new() };
                text.extend_from_slice(num::dec_u128(number.unsigned_abs(), &mut num::new_buf()));
                text
            }
        }
    }

    fn is_null(&self) -> bool {
        match self {
            Value::Integer(number) => *number == 0,
            Value::Text(text) => is_null(text),
        }
    }

    fn integer(&self) -> Result<i128> {
        match self {
            Value::Integer(number) => Ok(*number),
            Value::Text(text) => {
                parse_integer(text).unwrap_or_else(|| Err(Error::new(b"non-integer argument")))
            }
        }
    }

    fn flag(truth: bool) -> Value {
        Value::Integer(i128::from(truth))
    }
}

/// Binary operators level by level, the weakest first; a blank on both sides of each.
const LEVELS: [&[u8]; 6] = [b" | ", b" & ", b" < <= = == != >= > ", b" + - ", b" * / % ", b" : "];

struct Parser<'a> {
    args: &'a [&'a [u8]],
    depth: u32,
    utf8: bool,
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Result<&'a [u8]> {
        let (first, rest) =
            self.args.split_first().ok_or_else(|| Error::new(b"syntax error: missing argument"))?;
        self.args = rest;
        Ok(first)
    }

    /// The next word if it is an operator of the level.
    fn operator(&mut self, level: usize) -> Option<&'a [u8]> {
        let (first, rest) = self.args.split_first()?;
        let known =
            LEVELS.get(level)?.split(|&byte| byte == b' ').any(|word| !word.is_empty() && word == *first);
        if known {
            self.args = rest;
        }
        known.then_some(first)
    }

    /// Operators of one level, from the left. Without `evaluate` the syntax is checked only, so that what `|` and `&`
    /// do not need may divide by zero.
    fn level(&mut self, level: usize, evaluate: bool) -> Result<Value> {
        if level == LEVELS.len() {
            return self.primary(evaluate);
        }
        let mut left = self.level(level + 1, evaluate)?;
        while let Some(operator) = self.operator(level) {
            let needed = match operator {
                b"|" => left.is_null(),
                b"&" => !left.is_null(),
                _ => true,
            };
            let right = self.level(level + 1, evaluate && needed)?;
            if evaluate {
                left = self.apply(left, operator, right)?;
            }
        }
        Ok(left)
    }

    fn apply(&self, left: Value, operator: &[u8], right: Value) -> Result<Value> {
        match operator {
            b"|" if !left.is_null() => return Ok(left),
            b"|" if !right.is_null() => return Ok(right),
            b"|" => return Ok(Value::Integer(0)),
            b"&" => return Ok(if left.is_null() || right.is_null() { Value::Integer(0) } else { left }),
            b":" => return self.matches(left.into_text(), &right.into_text()),
            b"+" | b"-" | b"*" | b"/" | b"%" => {}
            _ => return compare(left, operator, right),
        }
        let (a, b) = (left.integer()?, right.integer()?);
        if matches!(operator, b"/" | b"%") && b == 0 {
            return Err(Error::new(b"division by zero"));
        }
        let result = match operator {
            b"+" => a.checked_add(b),
            b"-" => a.checked_sub(b),
            b"*" => a.checked_mul(b),
            b"/" => a.checked_div(b),
            _ => a.checked_rem(b),
        };
        let overflow = || Error::about(b"%: Numerical result out of range", operator).with_status(3);
        result.map(Value::Integer).ok_or_else(overflow)
    }

    fn primary(&mut self, evaluate: bool) -> Result<Value> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Error::new(b"expression nested too deeply"));
        }
        let word = self.next()?;
        let value = match word {
            b"(" => {
                let value = self.level(0, evaluate)?;
                match self.args.first().copied() {
                    Some(b")") => self.next()?,
                    Some(other) => {
                        return Err(Error::about(b"syntax error: expecting ')' instead of '%'", other));
                    }
                    None => return Err(Error::about(b"syntax error: expecting ')' after '%'", word)),
                };
                value
            }
            b")" => return Err(Error::new(b"syntax error: unexpected ')'")),
            b"+" => Value::Text(self.next()?.to_vec()),
            b"length" => {
                let text = self.primary(evaluate)?.into_text();
                Value::Integer(self.length(&text) as i128)
            }
            b"match" => {
                let text = self.primary(evaluate)?.into_text();
                let pattern = self.primary(evaluate)?.into_text();
                if evaluate { self.matches(text, &pattern)? } else { Value::Integer(0) }
            }
            b"index" => {
                let text = self.primary(evaluate)?.into_text();
                let wanted = self.primary(evaluate)?.into_text();
                Value::Integer(self.index(&text, &wanted) as i128)
            }
            b"substr" => {
                let text = self.primary(evaluate)?.into_text();
                let (start, length) = (self.primary(evaluate)?, self.primary(evaluate)?);
                // What is no number gives an empty string.
                let number = |value: Value| {
                    value.integer().ok().and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
                };
                Value::Text(self.substring(&text, number(start), number(length)))
            }
            _ => Value::Text(word.to_vec()),
        };
        self.depth -= 1;
        Ok(value)
    }

    /// The characters of a text as slices.
    fn characters<'t>(&self, text: &'t [u8]) -> impl Iterator<Item = &'t [u8]> {
        let utf8 = self.utf8;
        let mut rest = text;
        core::iter::from_fn(move || {
            let length = text::utf8::decode(rest).filter(|_| utf8).map_or(1, |(_, length)| length);
            let (first, tail) = rest.split_at_checked(length)?;
            rest = tail;
            Some(first)
        })
    }

    fn length(&self, text: &[u8]) -> usize {
        self.characters(text).count()
    }

    fn index(&self, text: &[u8], wanted: &[u8]) -> usize {
        let found = self
            .characters(text)
            .position(|character| self.characters(wanted).any(|other| other == character));
        found.map_or(0, |at| at + 1)
    }

    fn substring(&self, text: &[u8], start: usize, length: usize) -> Vec<u8> {
        let Some(skipped) = start.checked_sub(1) else { return Vec::new() };
        let mut part = Vec::new();
        for character in self.characters(text).skip(skipped).take(length) {
            part.extend_from_slice(character);
        }
        part
    }

    fn matches(&self, text: Vec<u8>, pattern: &[u8]) -> Result<Value> {
        let mut flags = Flags::BASIC;
        if self.utf8 {
            flags = flags.with(Flags::UTF8);
        }
        let mut regex = Regex::new(pattern, flags).map_err(|error| Error::new(error.message()))?;
        let mut spans = [None; 2];
        // The leftmost match counts only where the string begins.
        let found = regex.captures_at(&text, 0, Eflags::NONE, &mut spans)
            && spans[0].is_some_and(|(start, _)| start == 0);
        if regex.groups() > 0 {
            let group = spans[1].filter(|_| found).and_then(|(start, end)| text.get(start..end));
            return Ok(Value::Text(group.unwrap_or_default().to_vec()));
        }
        let matched = spans[0].filter(|_| found).and_then(|(start, end)| text.get(start..end));
        Ok(Value::Integer(self.length(matched.unwrap_or_default()) as i128))
    }
}

fn compare(left: Value, operator: &[u8], right: Value) -> Result<Value> {
    let number = |value: &Value| match value {
        Value::Integer(number) => Some(Ok(*number)),
        Value::Text(text) => parse_integer(text),
    };
    let order = match (number(&left), number(&right)) {
        (Some(a), Some(b)) => a?.cmp(&b?),
        _ => left.into_text().cmp(&right.into_text()),
    };
    Ok(Value::flag(match operator {
        b"<" => order.is_lt(),
        b"<=" => order.is_le(),
        b"!=" => order.is_ne(),
        b">=" => order.is_ge(),
        b">" => order.is_gt(),
        _ => order.is_eq(),
    }))
}
