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
use bignum::Number;

applet::options!("dc");

/// So many macros may be open at a time; those that end with a call take no room.
const DEEPEST: usize = 100_000;

enum Item {
    Number(Number),
    Text(Vec<u8>),
}
type Value = Rc<Item>;

/// One level of a register: its value and its array, sorted by index.
#[derive(Default)]
struct Level {
    value: Option<Value>,
    array: Vec<(usize, Value)>,
}

/// Text that is being run.
struct Frame {
    text: Value,
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
    zero: Number,
    scale: usize,
    ibase: u32,
    obase: u32,
    column: usize,
    width: usize,
    ended: bool,
}

/// Why a command failed, if it did.
type Outcome<T = ()> = core::result::Result<T, &'static [u8]>;

const EMPTY: &[u8] = b"stack empty";

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let mut dc = Dc {
        stdin: Reader::borrow(sys::fd::STDIN),
        frames: Vec::new(),
        stack: Vec::new(),
        registers: Vec::new(),
        zero: Number::default(),
        scale: 0,
        ibase: 10,
        obase: 10,
        column: 0,
        // One longer than bc's, as ever.
        width: match bignum::line_width(cx.var(b"DC_LINE_LENGTH")) {
            0 => 0,
            width => width + 1,
        },
        ended: false,
        cx,
    };
    dc.registers.resize_with(256, Vec::new);
    let mut sources = options.list;
    sources.extend(options.operands.iter().map(|&name| (opt::FILE, name)));
    if sources.is_empty() {
        sources.push((opt::FILE, b"-"));
    }
    for (id, value) in sources {
        if id == opt::EXPRESSION {
            dc.run(value.to_vec());
        } else if value == b"-" {
            dc.lines();
        } else {
            match dc.cx.open(value).and_then(|mut input| input.rest().at(value)) {
                Ok(text) => dc.run(text),
                Err(error) => dc.cx.report(error),
            }
        }
        if dc.ended {
            break;
        }
    }
    Ok(dc.cx.status())
}

impl Dc<'_, '_> {
    /// Runs standard input line by line, or by several lines where a string goes on.
    fn lines(&mut self) {
        while !self.ended {
            let text = self.line();
            if text.is_empty() {
                return;
            }
            self.run(text);
        }
    }

    /// A line of standard input, with those that its strings go on in.
    fn line(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut depth = 0u64;
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
                    b']' if !comment => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
            text.extend_from_slice(line);
            if depth == 0 {
                return text;
            }
        }
    }

    /// Runs a text.
    fn run(&mut self, text: Vec<u8>) {
        self.frames.clear();
        self.frames.push(Frame { text: Rc::new(Item::Text(text)), next: 0, levels: 1 });
        while let Some(frame) = self.frames.last_mut() {
            let Some(byte) = frame.take() else {
                self.frames.pop();
                continue;
            };
            if let Err(why) = self.command(byte) {
                self.cx.warn(&[why]);
            }
            self.ended |= self.cx.out.failed();
            if self.ended {
                return;
            }
        }
    }

    /// The next byte of the same text, if it is from `low` to `high`.
    fn take_in(&mut self, low: u8, high: u8) -> Option<u8> {
        let frame = self.frames.last_mut()?;
        let byte = frame.peek().filter(|byte| (low..=high).contains(byte))?;
        frame.next += 1;
        Some(byte)
    }

    /// The next byte of the same text.
    fn take(&mut self) -> Option<u8> {
        self.take_in(0, 255)
    }

    /// Fails unless the topmost `count` values are numbers.
    fn need(&self, count: usize) -> Outcome {
        let numbers = self.stack.iter().rev().take(count).filter(|value| matches!(***value, Item::Number(_)));
        match numbers.count() {
            _ if self.stack.len() < count => Err(EMPTY),
            found if found < count => Err(b"non-numeric value"),
            _ => Ok(()),
        }
    }

    /// The number that is `depth` values below the top: [`Dc::need`] has seen that it is one.
    fn number(&self, depth: usize) -> &Number {
        match self.stack.iter().rev().nth(depth).map(|value| &**value) {
            Some(Item::Number(number)) => number,
            _ => &self.zero,
        }
    }

    fn pop(&mut self) -> Outcome<Value> {
        self.stack.pop().ok_or(EMPTY)
    }

    /// Removes the topmost number; its whole part, if it is from `least` to `most`.
    fn pop_whole(&mut self, least: i64, most: i64) -> Option<usize> {
        let number = self.number(0).to_i64().filter(|number| (least..=most).contains(number));
        self.stack.pop();
        Some(number? as usize)
    }

    fn push(&mut self, number: Number) {
        self.stack.push(Rc::new(Item::Number(number)));
    }

    fn push_text(&mut self, text: Vec<u8>) {
        self.stack.push(Rc::new(Item::Text(text)));
    }

    /// The top level of a register, which is made if there is none.
    fn level(&mut self, register: usize) -> Option<&mut Level> {
        let levels = self.registers.get_mut(register)?;
        if levels.is_empty() {
            levels.push(Level::default());
        }
        levels.last_mut()
    }

    fn print(&mut self, value: &Item, end: &[u8]) {
        let mut text = Vec::new();
        match value {
            Item::Number(number) => {
                let mut digits = Vec::new();
                number.push(self.obase, &mut digits);
                bignum::push_wrapped(&digits, self.width, &mut self.column, &mut text);
            }
            Item::Text(string) => text.extend_from_slice(string),
        }
        self.cx.out.write(&text);
        self.cx.out.write(end);
        self.column = 0;
    }

    fn command(&mut self, mut byte: u8) -> Outcome {
        let not = byte == b'!';
        if not {
            match self.take_in(b'<', b'>') {
                Some(relation) => byte = relation,
                None => return self.shell(),
            }
        }
        let mut register = 0;
        if b"sSlL:;<=>".contains(&byte) {
            register = self.take().ok_or(&b"a register's name is missing"[..])?.into();
        }
        self.need(match byte {
            b'v' | b'k' | b'i' | b'o' | b'R' | b'Q' | b':' | b';' => 1,
            b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'~' | b'<' | b'=' | b'>' => 2,
            b'|' => 3,
            _ => 0,
        })?;
        let result = match byte {
            b' ' | b'\t'..=b'\r' => return Ok(()),
            b'0'..=b'9' | b'A'..=b'F' | b'.' | b'_' => self.literal(byte),
            b'#' => {
                while !matches!(self.take(), None | Some(b'\n')) {}
                return Ok(());
            }
            b'[' => return self.string(),
            b'+' | b'-' | b'*' | b'/' | b'%' | b'^' => self.arithmetic(byte)?,
            b'~' => {
                let quotient = self.arithmetic(b'/')?;
                let rest = self.arithmetic(b'%')?;
                self.stack.truncate(self.stack.len() - 2);
                self.push(quotient);
                rest
            }
            b'|' => self.modular_power()?,
            b'v' => {
                let negative = self.number(0).is_negative();
                let root = self.number(0).root(self.scale);
                self.stack.pop();
                if negative {
                    return Err(b"square root of negative number");
                }
                root?
            }
            b'K' => whole(self.scale),
            b'I' => whole(self.ibase as usize),
            b'O' => whole(self.obase as usize),
            b'z' => whole(self.stack.len()),
            b'Z' => whole(match &*self.pop()? {
                Item::Number(number) => number.significant_digits().max(1),
                Item::Text(text) => text.len(),
            }),
            b'X' => whole(match &*self.pop()? {
                Item::Number(number) => number.scale(),
                Item::Text(_) => 0,
            }),
            _ => return self.simple(byte, register, not),
        };
        // The operands of an operator stay until it has a result.
        let used = match byte {
            b'+' | b'-' | b'*' | b'/' | b'%' | b'^' => 2,
            b'|' => 3,
            _ => 0,
        };
        self.stack.truncate(self.stack.len().saturating_sub(used));
        self.push(result);
        Ok(())
    }

    /// The commands whose result is not a new number.
    fn simple(&mut self, byte: u8, register: usize, not: bool) -> Outcome {
        match byte {
            b'p' => {
                let top = self.stack.last().cloned().ok_or(EMPTY)?;
                self.print(&top, b"\n");
            }
            b'n' => {
                let top = self.pop()?;
                self.print(&top, b"");
            }
            b'P' => self.bytes()?,
            b'f' => {
                for depth in (0..self.stack.len()).rev() {
                    if let Some(value) = self.stack.get(depth).cloned() {
                        self.print(&value, b"\n");
                    }
                }
            }
            b'c' => self.stack.clear(),
            b'd' => self.stack.push(self.stack.last().cloned().ok_or(EMPTY)?),
            b'r' => match self.stack.as_mut_slice() {
                [.., second, top] => core::mem::swap(second, top),
                _ => return Err(EMPTY),
            },
            b'R' => self.rotate(),
            b'k' => {
                let scale = self.pop_whole(0, u32::MAX.into());
                self.scale = scale.ok_or(&b"scale must be a nonnegative number"[..])?;
            }
            b'i' => {
                let wrong = b"input base must be a number between 2 and 16 (inclusive)";
                self.ibase = self.pop_whole(2, 16).ok_or(&wrong[..])? as u32;
            }
            b'o' => {
                let wrong = b"output base must be a number greater than 1";
                self.obase = self.pop_whole(2, 0x7fff_ffff).ok_or(&wrong[..])? as u32;
            }
            b'a' => {
                let mut text = match &*self.pop()? {
                    Item::Number(number) => Vec::from([number.to_i64().unwrap_or(0) as u8]),
                    Item::Text(text) => text.clone(),
                };
                text.truncate(1);
                self.push_text(text);
            }
            b's' | b'S' => {
                let value = self.pop()?;
                if byte == b'S'
                    && let Some(levels) = self.registers.get_mut(register)
                {
                    levels.push(Level::default());
                }
                if let Some(level) = self.level(register) {
                    level.value = Some(value);
                }
            }
            b'l' => match self.register(register) {
                Some(value) => self.stack.push(value),
                None => self.push(Number::default()),
            },
            b'L' => {
                let level = self.registers.get_mut(register).and_then(Vec::pop);
                let value = level.and_then(|level| level.value);
                self.stack.push(value.ok_or(&b"stack register is empty"[..])?);
            }
            b':' | b';' => self.element(byte, register)?,
            b'x' => {
                let top = self.pop()?;
                self.call(top)?;
            }
            b'<' | b'=' | b'>' => {
                let order = self.number(0).compare(self.number(1));
                self.stack.truncate(self.stack.len() - 2);
                // The three relations follow one another in ASCII as their orders do.
                let wanted = byte as i8 - b'=' as i8;
                if (order == wanted.cmp(&0)) != not
                    && let Some(value) = self.register(register)
                {
                    self.call(value)?;
                }
            }
            b'?' => {
                let line = self.line();
                self.call(Rc::new(Item::Text(line)))?;
            }
            b'q' => {
                self.leave(2);
                self.ended = self.frames.is_empty();
            }
            b'Q' => {
                let levels = self.pop_whole(1, i64::MAX);
                // Unlike q, it does not end the program.
                self.leave(levels.ok_or(&b"Q command requires a number >= 1"[..])?);
            }
            other => {
                let mut buf = num::new_buf();
                let octal = num::radix(other.into(), 8, false, &mut buf);
                if other.is_ascii_graphic() {
                    self.cx.warn(&[b"'", &[other], b"' (0", octal, b") unimplemented"]);
                } else {
                    self.cx.warn(&[b"0", octal, b" unimplemented"]);
                }
            }
        }
        Ok(())
    }

    fn literal(&mut self, first: u8) -> Number {
        let mut text = alloc::vec![first];
        let mut point = first == b'.';
        loop {
            let digit = self.take_in(b'0', b'9').or_else(|| self.take_in(b'A', b'F'));
            let Some(byte) = digit.or_else(|| if point { None } else { self.take_in(b'.', b'.') }) else {
                break;
            };
            point |= byte == b'.';
            text.push(byte);
        }
        match &*text {
            [b'_', digits @ ..] => {
                let mut number = Number::parse(digits, self.ibase, false);
                number.negate();
                number
            }
            digits => Number::parse(digits, self.ibase, false),
        }
    }

    fn string(&mut self) -> Outcome {
        let mut text = Vec::new();
        let mut depth = 1;
        while let Some(byte) = self.take() {
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
        self.push_text(text);
        Ok(())
    }

    /// The result of an operator on the two topmost numbers, which stay.
    fn arithmetic(&mut self, operator: u8) -> Outcome<Number> {
        if operator == b'^' && !self.number(0).is_whole() {
            self.cx.warn(&[b"warning: non-zero scale in exponent"]);
        }
        let mut result = self.number(1).clone();
        result.operate(operator, self.number(0), self.scale)?;
        Ok(result)
    }

    fn modular_power(&self) -> Outcome<Number> {
        let modulus = self.number(0).rescale(0);
        if modulus.is_zero() {
            return Err(b"remainder by zero");
        }
        if self.number(1).is_negative() {
            return Err(b"negative exponent");
        }
        let (bits, _) = self.number(1).rescale(0).digits(2);
        let mut base = self.number(2).rescale(0);
        base.operate(b'%', &modulus, 0)?;
        let mut result = whole(1);
        // One step more than there are bits: for what is left of 1.
        for bit in bits.into_iter().chain([2]) {
            result.operate(b'%', &modulus, 0)?;
            if bit < 2 {
                let once = result.clone();
                result.operate(b'*', &once, 0)?;
            }
            if bit == 1 {
                result.operate(b'%', &modulus, 0)?;
                result.operate(b'*', &base, 0)?;
            }
        }
        Ok(result)
    }

    /// `P`: a number is written as bytes.
    fn bytes(&mut self) -> Outcome {
        match &*self.pop()? {
            Item::Text(text) => self.cx.out.write(text),
            Item::Number(number) => {
                let (mut digits, _) = number.rescale(0).digits(256);
                if digits.is_empty() {
                    digits.push(0);
                }
                for digit in digits {
                    self.cx.out.byte(digit as u8);
                }
            }
        }
        Ok(())
    }

    fn rotate(&mut self) {
        let count = self.number(0).to_i64().unwrap_or(0);
        self.stack.pop();
        let depth = (count.unsigned_abs() as usize).min(self.stack.len());
        let start = self.stack.len() - depth;
        if let Some(part) = self.stack.get_mut(start..).filter(|part| !part.is_empty()) {
            if count > 0 { part.rotate_left(1) } else { part.rotate_right(1) }
        }
    }

    /// The value of a register.
    fn register(&self, register: usize) -> Option<Value> {
        self.registers.get(register)?.last()?.value.clone()
    }

    /// Sets or gets an element of a register's array.
    fn element(&mut self, command: u8, register: usize) -> Outcome {
        let index = self.pop_whole(0, i64::MAX).ok_or(&b"array index must be a nonnegative integer"[..])?;
        let value = if command == b':' { Some(self.pop()?) } else { None };
        let Some(level) = self.level(register) else { return Ok(()) };
        let array = &mut level.array;
        let place = array.binary_search_by_key(&index, |(index, _)| *index);
        let old = place.ok().and_then(|at| array.get_mut(at));
        match (value, old) {
            (Some(value), Some((_, old))) => *old = value,
            (Some(value), None) => array.insert(place.unwrap_or_else(|at| at), (index, value)),
            (None, Some((_, old))) => {
                let old = old.clone();
                self.stack.push(old);
            }
            (None, None) => self.push(Number::default()),
        }
        Ok(())
    }

    /// Runs a text; a number is pushed.
    fn call(&mut self, value: Value) -> Outcome {
        if matches!(*value, Item::Number(_)) {
            self.stack.push(value);
            return Ok(());
        }
        // What has nothing left to do makes room, so that loops may last for ever.
        let mut levels = 1;
        if let Some(frame) = self.frames.pop_if(|frame| frame.peek().is_none()) {
            levels += frame.levels;
        }
        if self.frames.len() >= DEEPEST {
            self.frames.truncate(1);
            return Err(b"too many macros in macros");
        }
        self.frames.push(Frame { text: value, next: 0, levels });
        Ok(())
    }

    /// Leaves so many levels of macros.
    fn leave(&mut self, mut levels: usize) {
        while levels > 0
            && let Some(frame) = self.frames.pop()
        {
            levels = levels.saturating_sub(frame.levels);
        }
    }

    /// `!`: the rest of the line is a command for the shell.
    fn shell(&mut self) -> Outcome {
        let mut text = Vec::new();
        while let Some(byte) = self.take().filter(|&byte| byte != b'\n') {
            text.push(byte);
        }
        let _ = self.cx.out.flush();
        let environment = self.cx.environment();
        let started = self.cx.spawn(&[b"/bin/sh", b"-c", &text], environment, &mut || Ok(()));
        let child = started.map_err(|_| &b"cannot run a command"[..])?;
        let _ = sys::process::wait(child);
        Ok(())
    }
}

impl Frame {
    fn peek(&self) -> Option<u8> {
        match &*self.text {
            Item::Text(text) => text.get(self.next).copied(),
            Item::Number(_) => None,
        }
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.next += 1;
        Some(byte)
    }
}

fn whole(count: usize) -> Number {
    Number::from_u64(count as u64)
}
