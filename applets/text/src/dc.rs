//! usage: dc [-e TEXT]... [-f FILE]... [FILE]...
//!
//! Calculate with decimal numbers of any length in reverse Polish notation.
//!
//!  -e, --expression=TEXT  run TEXT
//!  -f, --file=FILE        run FILE
//!
//!  p print the top, n print and remove it, P write its bytes, f print all
//!  + - * / % ~ ^ | v  arithmetic: ~ quotient and remainder, | modular power, v square root
//!  c clear, d copy, r swap, R rotate; k K scale, i I input base, o O output base
//!  sR lR SR LR  register R: set, get, push, pop; :R ;R element of its array
//!  [TEXT] string, x run, >R <R =R !>R !<R !=R run R if the top is so
//!  ? run a line of input, q leave two levels, Q leave as many; !TEXT run a command
//!  Z length, X scale, z depth, a character; # comment
//!
//! # Notes
//! As GNU. Lines are broken at 70 columns; `DC_LINE_LENGTH` is another length, and 0 none.

use alloc::rc::Rc;
use applet::prelude::*;
use bignum::{Failure, Number};
use core::cmp::Ordering;

applet::options!("dc");

/// So many macros may be open at a time; those that end with a call take no room.
const DEEPEST: usize = 100_000;

#[derive(Clone)]
enum Value {
    Number(Number),
    Text(Rc<Vec<u8>>),
}

/// One level of a register: its value and its array, sorted by index.
#[derive(Clone, Default)]
struct Level {
    value: Option<Value>,
    array: Vec<(usize, Value)>,
}

/// Text that is being run.
struct Frame {
    text: Rc<Vec<u8>>,
    next: usize,
    /// How many levels it counts for: itself, and those whose last command called it.
    levels: usize,
}

struct Dc<'x, 'a> {
    cx: &'x mut Context<'a>,
    stdin: Reader,
    frames: Vec<Frame>,
    stack: Vec<Value>,
    registers: Vec<Vec<Level>>,
    scale: usize,
    ibase: u32,
    obase: Number,
    column: usize,
    width: usize,
}

enum Stop {
    Quit,
    Error(&'static [u8]),
    Byte(u8),
}

type Outcome<T = ()> = core::result::Result<T, Stop>;

const EMPTY: Stop = Stop::Error(b"stack empty");
const NOT_NUMBER: Stop = Stop::Error(b"non-numeric value");

fn failed(failure: Failure) -> Stop {
    Stop::Error(match failure {
        Failure::Zero => b"divide by zero",
        Failure::Negative => b"square root of negative number",
        Failure::Large => b"number too large",
    })
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let mut dc = Dc {
        stdin: Reader::borrow(sys::fd::STDIN),
        frames: Vec::new(),
        stack: Vec::new(),
        registers: Vec::new(),
        scale: 0,
        ibase: 10,
        obase: Number::from_u64(10),
        column: 0,
        // One longer than bc's, as ever.
        width: match bignum::line_width(cx.var(b"DC_LINE_LENGTH")) {
            0 => 0,
            width => width + 1,
        },
        cx,
    };
    dc.registers.resize(256, Vec::new());
    let files = options.operands.iter().map(|&name| (opt::FILE, name));
    let mut any = false;
    for (id, value) in options.list.iter().copied().chain(files) {
        any = true;
        let text = if id == opt::EXPRESSION {
            value.to_vec()
        } else if value == b"-" {
            if !dc.lines() {
                break;
            }
            continue;
        } else {
            match dc.cx.open(value).and_then(|mut input| input.rest().at(value)) {
                Ok(text) => text,
                Err(error) => {
                    dc.cx.report(error);
                    continue;
                }
            }
        };
        if !dc.run(text) {
            return Ok(dc.cx.status());
        }
    }
    if !any {
        dc.lines();
    }
    Ok(dc.cx.status())
}

impl Dc<'_, '_> {
    /// Runs standard input line by line, or by several lines where a string goes on. `false`: the end.
    fn lines(&mut self) -> bool {
        loop {
            let text = self.line();
            if text.is_empty() {
                return true;
            }
            if !self.run(text) || self.cx.out.failed() {
                return false;
            }
        }
    }

    /// A line of standard input, with those that its strings go on in.
    fn line(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut depth = 0i64;
        loop {
            if self.stdin.buffered().is_empty() {
                let _ = self.cx.out.flush();
            }
            let Ok(Some(line)) = self.stdin.line(b'\n') else { return text };
            let mut comment = false;
            for &byte in line {
                match byte {
                    b'#' if depth == 0 => comment = true,
                    b'[' if !comment => depth += 1,
                    b']' if !comment => depth = (depth - 1).max(0),
                    _ => {}
                }
            }
            text.extend_from_slice(line);
            if depth == 0 {
                return text;
            }
        }
    }

    /// Runs a text; `false`: the end of the program.
    fn run(&mut self, text: Vec<u8>) -> bool {
        self.frames.clear();
        self.frames.push(Frame { text: Rc::new(text), next: 0, levels: 1 });
        while let Some(byte) = self.next() {
            match self.command(byte) {
                Ok(()) => {}
                Err(Stop::Quit) => return false,
                Err(Stop::Error(why)) => self.cx.warn(&[why]),
                Err(Stop::Byte(byte)) => {
                    let mut buf = num::new_buf();
                    let octal = num::radix(byte.into(), 8, false, &mut buf);
                    if byte.is_ascii_graphic() {
                        self.cx.warn(&[b"'", &[byte], b"' (0", octal, b") unimplemented"]);
                    } else {
                        self.cx.warn(&[b"0", octal, b" unimplemented"]);
                    }
                }
            }
            if self.cx.out.failed() {
                return false;
            }
        }
        true
    }

    /// The next byte of what is being run; what has been run ends.
    fn next(&mut self) -> Option<u8> {
        loop {
            let frame = self.frames.last_mut()?;
            if let Some(&byte) = frame.text.get(frame.next) {
                frame.next += 1;
                return Some(byte);
            }
            self.frames.pop();
        }
    }

    /// The next byte of the same text.
    fn peek(&self) -> Option<u8> {
        let frame = self.frames.last()?;
        frame.text.get(frame.next).copied()
    }

    fn skip(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.next += 1;
        }
    }

    fn pop(&mut self) -> Outcome<Value> {
        self.stack.pop().ok_or(EMPTY)
    }

    fn pop_number(&mut self) -> Outcome<Number> {
        match self.stack.pop() {
            Some(Value::Number(number)) => Ok(number),
            Some(text) => {
                self.stack.push(text);
                Err(NOT_NUMBER)
            }
            None => Err(EMPTY),
        }
    }

    fn push(&mut self, number: Number) {
        self.stack.push(Value::Number(number));
    }

    fn push_count(&mut self, count: usize) {
        self.push(Number::from_u64(count as u64));
    }

    /// The two topmost numbers, which stay if they are not two numbers.
    fn pop_two(&mut self) -> Outcome<(Number, Number)> {
        match self.stack.as_slice() {
            [.., Value::Number(_), Value::Number(_)] => {
                let right = self.pop_number()?;
                Ok((self.pop_number()?, right))
            }
            [_, _, ..] => Err(NOT_NUMBER),
            _ => Err(EMPTY),
        }
    }

    fn register(&mut self) -> Outcome<usize> {
        let byte = self.peek().ok_or(Stop::Error(b"a register's name is missing"))?;
        self.skip();
        Ok(byte.into())
    }

    /// The top level of a register, which is made if there is none.
    fn level(&mut self, register: usize) -> Option<&mut Level> {
        let levels = self.registers.get_mut(register)?;
        if levels.is_empty() {
            levels.push(Level::default());
        }
        levels.last_mut()
    }

    fn write(&mut self, text: &[u8]) {
        let mut broken = Vec::new();
        bignum::push_wrapped(text, self.width, &mut self.column, &mut broken);
        self.cx.out.write(&broken);
    }

    fn print(&mut self, value: &Value, end: &[u8]) -> Outcome {
        match value {
            Value::Number(number) => {
                let mut digits = Vec::new();
                number.push(&self.obase, &mut digits).map_err(failed)?;
                self.write(&digits);
            }
            Value::Text(text) => self.cx.out.write(text),
        }
        self.cx.out.write(end);
        self.column = 0;
        Ok(())
    }

    fn command(&mut self, byte: u8) -> Outcome {
        match byte {
            b' ' | b'\t'..=b'\r' => {}
            b'0'..=b'9' | b'A'..=b'F' | b'.' | b'_' => self.number(byte)?,
            b'[' => self.string(),
            b'#' => {
                while self.peek().is_some_and(|byte| byte != b'\n') {
                    self.skip();
                }
            }
            b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'~' | b'|' => self.arithmetic(byte)?,
            b'v' => {
                let number = self.pop_number()?;
                self.push(number.root(self.scale).map_err(failed)?);
            }
            b'p' => {
                let top = self.stack.last().cloned().ok_or(EMPTY)?;
                self.print(&top, b"\n")?;
            }
            b'n' => {
                let top = self.pop()?;
                self.print(&top, b"")?;
            }
            b'P' => self.bytes()?,
            b'f' => {
                let stack = core::mem::take(&mut self.stack);
                let result = stack.iter().rev().try_for_each(|value| self.print(value, b"\n"));
                self.stack = stack;
                result?;
            }
            b'c' => self.stack.clear(),
            b'd' => {
                let top = self.stack.last().cloned().ok_or(EMPTY)?;
                self.stack.push(top);
            }
            b'r' => match self.stack.as_mut_slice() {
                [.., second, top] => core::mem::swap(second, top),
                _ => return Err(EMPTY),
            },
            b'R' => self.rotate()?,
            b'k' => {
                let scale = self.pop_number()?.to_i64().and_then(|scale| u32::try_from(scale).ok());
                self.scale = scale.ok_or(Stop::Error(b"scale must be a nonnegative number"))? as usize;
            }
            b'i' => match self.pop_number()?.to_i64() {
                Some(base @ 2..=16) => self.ibase = base as u32,
                _ => return Err(Stop::Error(b"input base must be a number between 2 and 16 (inclusive)")),
            },
            b'o' => match self.pop_number()?.to_i64() {
                Some(base @ 2..=0x7fff_ffff) => self.obase = Number::from_u64(base as u64),
                _ => return Err(Stop::Error(b"output base must be a number greater than 1")),
            },
            b'K' => self.push_count(self.scale),
            b'I' => self.push_count(self.ibase as usize),
            b'O' => self.push(self.obase.clone()),
            b'z' => self.push_count(self.stack.len()),
            b'Z' => {
                let length = match self.pop()? {
                    Value::Number(number) => number.significant_digits().max(1),
                    Value::Text(text) => text.len(),
                };
                self.push_count(length);
            }
            b'X' => {
                let scale = match self.pop()? {
                    Value::Number(number) => number.scale(),
                    Value::Text(_) => 0,
                };
                self.push_count(scale);
            }
            b'a' => {
                let character = match self.pop()? {
                    Value::Number(number) => Vec::from([number.to_i64().unwrap_or(0) as u8]),
                    Value::Text(text) => text.iter().take(1).copied().collect(),
                };
                self.stack.push(Value::Text(Rc::new(character)));
            }
            b's' | b'S' | b'l' | b'L' | b':' | b';' => self.registers(byte)?,
            b'x' => match self.pop()? {
                Value::Text(text) => self.call(text)?,
                number => self.stack.push(number),
            },
            b'<' | b'>' | b'=' => self.compare(byte, false)?,
            b'!' => match self.peek() {
                Some(relation @ (b'<' | b'>' | b'=')) => {
                    self.skip();
                    self.compare(relation, true)?;
                }
                _ => self.shell()?,
            },
            b'?' => {
                let line = self.line();
                self.call(Rc::new(line))?;
            }
            b'q' => self.leave(2)?,
            b'Q' => {
                let levels = self.pop_number()?.to_i64().filter(|&levels| levels >= 1);
                let levels = levels.ok_or(Stop::Error(b"Q command requires a number >= 1"))?;
                // Unlike q, it does not end the program.
                let _ = self.leave(usize::try_from(levels).unwrap_or(usize::MAX));
            }
            other => return Err(Stop::Byte(other)),
        }
        Ok(())
    }

    fn number(&mut self, first: u8) -> Outcome {
        let negative = first == b'_';
        let mut text = if negative { Vec::new() } else { alloc::vec![first] };
        let mut point = first == b'.';
        while let Some(byte @ (b'0'..=b'9' | b'A'..=b'F' | b'.')) = self.peek() {
            if byte == b'.' && core::mem::replace(&mut point, true) {
                break;
            }
            text.push(byte);
            self.skip();
        }
        let mut number = Number::parse_unclamped(&text, self.ibase).map_err(failed)?;
        if negative {
            number.negate();
        }
        self.push(number);
        Ok(())
    }

    fn string(&mut self) {
        let mut text = Vec::new();
        let mut depth = 1;
        while let Some(byte) = self.peek() {
            self.skip();
            match byte {
                b'[' => depth += 1,
                b']' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            text.push(byte);
        }
        self.stack.push(Value::Text(Rc::new(text)));
    }

    fn arithmetic(&mut self, operator: u8) -> Outcome {
        if operator == b'|' {
            return self.modular_power();
        }
        let (left, right) = self.pop_two()?;
        let scale = self.scale;
        let result = match operator {
            b'+' => Ok(left.add(&right, false)),
            b'-' => Ok(left.add(&right, true)),
            b'*' => left.multiply(&right, scale),
            b'/' => left.divide(&right, scale),
            b'%' => left.divide_rest(&right, scale).map(|(_, rest)| rest),
            b'~' => left.divide_rest(&right, scale).map(|(quotient, rest)| {
                self.push(quotient);
                rest
            }),
            _ => {
                if right.scale() > 0 && !right.add(&right.rescale(0), true).is_zero() {
                    self.cx.warn(&[b"warning: non-zero scale in exponent"]);
                }
                right.to_i64().ok_or(Failure::Large).and_then(|exponent| left.power(exponent, scale))
            }
        };
        match result {
            Ok(number) => self.push(number),
            Err(failure) => {
                self.push(left);
                self.push(right);
                return Err(failed(failure));
            }
        }
        Ok(())
    }

    fn modular_power(&mut self) -> Outcome {
        let [.., Value::Number(base), Value::Number(exponent), Value::Number(modulus)] =
            self.stack.as_slice()
        else {
            return Err(if self.stack.len() < 3 { EMPTY } else { NOT_NUMBER });
        };
        let (base, exponent, modulus) = (base.clone(), exponent.clone(), modulus.rescale(0));
        if modulus.is_zero() {
            return Err(Stop::Error(b"remainder by zero"));
        }
        if exponent.is_negative() {
            return Err(Stop::Error(b"negative exponent"));
        }
        let two = Number::from_u64(2);
        let rest = |number: &Number| number.divide_rest(&modulus, 0).map(|(_, rest)| rest).map_err(failed);
        let mut result = rest(&Number::from_u64(1))?;
        let mut base = rest(&base.rescale(0))?;
        let mut left = exponent.rescale(0);
        while !left.is_zero() {
            let (half, odd) = left.divide_rest(&two, 0).map_err(failed)?;
            if !odd.is_zero() {
                result = rest(&result.multiply(&base, 0).map_err(failed)?)?;
            }
            base = rest(&base.multiply(&base, 0).map_err(failed)?)?;
            left = half;
        }
        self.stack.truncate(self.stack.len() - 3);
        self.push(result);
        Ok(())
    }

    /// `P`: a number is written as bytes.
    fn bytes(&mut self) -> Outcome {
        let number = match self.pop()? {
            Value::Text(text) => {
                self.cx.out.write(&text);
                return Ok(());
            }
            Value::Number(number) => number.rescale(0),
        };
        let (digits, _) = number.digits(&Number::from_u64(256)).map_err(failed)?;
        for digit in &digits {
            self.cx.out.byte(digit.to_i64().unwrap_or(0) as u8);
        }
        if digits.is_empty() {
            self.cx.out.byte(0);
        }
        Ok(())
    }

    fn rotate(&mut self) -> Outcome {
        let count = self.pop_number()?.to_i64().unwrap_or(0);
        let depth = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX).min(self.stack.len());
        let start = self.stack.len() - depth;
        if let Some(part) = self.stack.get_mut(start..).filter(|part| !part.is_empty()) {
            if count > 0 { part.rotate_left(1) } else { part.rotate_right(1) }
        }
        Ok(())
    }

    fn registers(&mut self, command: u8) -> Outcome {
        let register = self.register()?;
        match command {
            b's' => {
                let value = self.pop()?;
                if let Some(level) = self.level(register) {
                    level.value = Some(value);
                }
            }
            b'S' => {
                let value = self.pop()?;
                if let Some(levels) = self.registers.get_mut(register) {
                    levels.push(Level { value: Some(value), array: Vec::new() });
                }
            }
            b'l' => {
                let value = self.registers.get(register).and_then(|levels| levels.last()?.value.clone());
                self.stack.push(value.unwrap_or(Value::Number(Number::default())));
            }
            b'L' => {
                let level = self.registers.get_mut(register).and_then(Vec::pop).and_then(|level| level.value);
                self.stack.push(level.ok_or(Stop::Error(b"stack register is empty"))?);
            }
            _ => {
                let index = self.pop_number()?.to_i64().and_then(|index| usize::try_from(index).ok());
                let index = index.ok_or(Stop::Error(b"array index must be a nonnegative integer"))?;
                if command == b':' {
                    let value = self.pop()?;
                    let Some(level) = self.level(register) else { return Ok(()) };
                    match level.array.binary_search_by_key(&index, |(index, _)| *index) {
                        Ok(at) => {
                            if let Some((_, slot)) = level.array.get_mut(at) {
                                *slot = value;
                            }
                        }
                        Err(at) => level.array.insert(at, (index, value)),
                    }
                    return Ok(());
                }
                let found = self.registers.get(register).and_then(|levels| {
                    let array = &levels.last()?.array;
                    let at = array.binary_search_by_key(&index, |(index, _)| *index).ok()?;
                    array.get(at).map(|(_, value)| value.clone())
                });
                self.stack.push(found.unwrap_or(Value::Number(Number::default())));
            }
        }
        Ok(())
    }

    fn compare(&mut self, relation: u8, not: bool) -> Outcome {
        let register = self.register()?;
        let (second, top) = self.pop_two()?;
        let order = top.compare(&second);
        let wanted = match relation {
            b'<' => Ordering::Less,
            b'>' => Ordering::Greater,
            _ => Ordering::Equal,
        };
        if (order == wanted) == not {
            return Ok(());
        }
        let value = self.registers.get(register).and_then(|levels| levels.last()?.value.clone());
        match value {
            Some(Value::Text(text)) => self.call(text),
            Some(number) => {
                self.stack.push(number);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn call(&mut self, text: Rc<Vec<u8>>) -> Outcome {
        // What has nothing left to do makes room, so that loops may last for ever.
        let mut levels = 1;
        if self.peek().is_none() {
            levels += self.frames.pop().map_or(0, |frame| frame.levels);
        }
        if self.frames.len() >= DEEPEST {
            self.frames.truncate(1);
            return Err(Stop::Error(b"too many macros in macros"));
        }
        self.frames.push(Frame { text, next: 0, levels });
        Ok(())
    }

    /// Leaves so many levels of macros; what is outside of all of them is the end.
    fn leave(&mut self, mut levels: usize) -> Outcome {
        while levels > 0 && !self.frames.is_empty() {
            levels = levels.saturating_sub(self.frames.pop().map_or(0, |frame| frame.levels));
        }
        if self.frames.is_empty() { Err(Stop::Quit) } else { Ok(()) }
    }

    /// `!`: the rest of the line is a command for the shell.
    fn shell(&mut self) -> Outcome {
        let mut text = Vec::new();
        while let Some(byte) = self.peek() {
            self.skip();
            if byte == b'\n' {
                break;
            }
            text.push(byte);
        }
        let _ = self.cx.out.flush();
        let environment = self.cx.environment();
        let started = self.cx.spawn(&[b"/bin/sh", b"-c", &text], environment, &mut || Ok(()));
        let Ok(child) = started else { return Err(Stop::Error(b"cannot run a command")) };
        let _ = sys::process::wait(child);
        Ok(())
    }
}
