//! Built-in functions.

use super::lexer::{find_word, words};
use super::names;
use super::world::{Terminator, World};
use super::{format, substitute};
use alloc::vec::Vec;
use applet::prelude::*;
use awkvm::{Separator, Splitter, Value, Vm, table::Key, vm::special};
use core::cmp::Ordering;

const NAMES: &[u8] = &words(b" length substr index split sub gsub match sprintf sin cos atan2 exp log sqrt int rand srand tolower \
toupper system close fflush gensub strftime mktime systime and or xor lshift rshift compl strtonum typeof isarray asort asorti");

/// The numbers of functions that are spoken of by name.
pub mod id {
    pub const LENGTH: u8 = 0;
    pub const SUB: u8 = 4;
    pub const GSUB: u8 = 5;
}

/// For each function: the least number of arguments, and what they are: `v` a value, `a` an array, `r` perhaps a regular
/// expression, `u` perhaps an array; the last kind is that of all that follow, and `-` stands for none.
const ARGUMENTS: &[u8] = b"0u- 2vvv- 2vv- 2vara- 2 2 2vra- 1v 1v- 1v- 2vv- 1v- 1v- 1v- 1v- 0- 0v- 1v- 1v- 1v- 1vv- 0v- 3rvvv- 0vvv- \
1vv- 0- 2v 2v 2v 2vv- 2vv- 1v- 1v- 1u- 1u- 1aav- 1aav-";

/// The number of a function.
pub fn find(name: &[u8]) -> Option<u8> {
    find_word(NAMES, name)
}

fn entry(id: u8) -> &'static [u8] {
    ARGUMENTS.split(|&byte| byte == b' ').nth(usize::from(id)).unwrap_or_default()
}

pub fn least(id: u8) -> usize {
    entry(id).first().map_or(0, |digit| usize::from(digit - b'0'))
}

pub fn arguments(id: u8) -> &'static [u8] {
    entry(id).get(1..).unwrap_or_default()
}

impl World {
    /// Calls a function.
    pub fn call(&mut self, vm: &mut Vm, id: u8, count: usize) -> Result<Value> {
        Ok(match id {
            7 => {
                let mut text = Vec::new();
                format::format(vm, count, self.utf8, &mut text)?;
                Value::owned(text)
            }
            26..=28 => {
                let mut value = vm.pop().number() as u64;
                for _ in 1..count {
                    let other = vm.pop().number() as u64;
                    value = match id {
                        26 => value & other,
                        27 => value | other,
                        _ => value ^ other,
                    };
                }
                Value::Num(value as f64)
            }
            _ => {
                let mut arguments = [const { Value::Uninit }; 4];
                for slot in arguments.iter_mut().take(count).rev() {
                    *slot = vm.pop();
                }
                return self.function(vm, id, count, &arguments);
            }
        })
    }

    fn function(&mut self, vm: &mut Vm, id: u8, count: usize, arguments: &[Value; 4]) -> Result<Value> {
        let [first, second, third, _] = arguments;
        // Most functions of texts have no use for it.
        let number = if id < 8 || (17..=28).contains(&id) { 0.0 } else { first.number() };
        let mut buf = Vec::new();
        Ok(Value::Num(match id {
            0 => return Ok(Value::Num(self.length(vm, count, first) as f64)),
            1 => return Ok(self.substr(vm, count, arguments)),
            2 => {
                let mut other = Vec::new();
                let text = first.to_text(&vm.conversion, &mut buf);
                let part = second.to_text(&vm.conversion, &mut other);
                let at = if part.is_empty() { Some(0) } else { scan::find(part, 0, false, text, 0) };
                at.map_or(0.0, |at| self.characters(text.get(..at).unwrap_or_default()) as f64 + 1.0)
            }
            3 => return self.split(vm, count, arguments),
            6 => return self.match_function(vm, count, arguments),
            8 => num::math::sin(number),
            9 => num::math::cos(number),
            10 => num::math::atan2(number, second.number()),
            11 => num::math::exp(number),
            12 => num::math::log(number),
            13 => sys::math::sqrt(number),
            14 => awkvm::number::truncate(number),
            15 => self.random(),
            16 => {
                let old = self.seed;
                let seed = if count == 0 { sys::time::now().sec as f64 } else { number };
                self.set_seed(seed);
                old
            }
            17 | 18 => {
                let mut text = Vec::new();
                first.push_text(&vm.conversion, &mut text);
                self.change_case(&mut text, id == 18);
                return Ok(Value::owned(text));
            }
            19 => {
                let command = first.to_text(&vm.conversion, &mut buf);
                self.system(vm.cx, command)?
            }
            20 => {
                let name = first.to_text(&vm.conversion, &mut buf);
                let mut other = Vec::new();
                self.close(vm.cx, name, second.to_text(&vm.conversion, &mut other))
            }
            21 => {
                let name = (count > 0).then(|| first.to_text(&vm.conversion, &mut buf));
                self.flush(vm.cx, name)
            }
            22 => return substitute::gensub(self, vm, count, arguments),
            23 => return Ok(self.strftime(vm, count, arguments)),
            24 => {
                let text = first.to_text(&vm.conversion, &mut buf);
                self.mktime(vm.cx, text, count > 1 && second.is_true())
            }
            25 => sys::time::now().sec as f64,
            29 => shift(number, second.number(), true),
            30 => shift(number, second.number(), false),
            31 => (!(number as u64) & ((1 << 53) - 1)) as f64,
            32 => match first.bytes() {
                Some(text) => strtonum(text),
                None => number,
            },
            33 => return Ok(Value::text(type_name(first))),
            34 => f64::from(u8::from(matches!(first, Value::Array(_) | Value::OwnArray(_)))),
            _ => return sort(vm, count, id == 36, [first, second, third]),
        }))
    }

    /// The number of characters.
    pub fn characters(&self, text: &[u8]) -> usize {
        if !self.utf8 || text.is_ascii() {
            return text.len();
        }
        let (mut rest, mut count) = (text, 0);
        while !rest.is_empty() {
            rest = rest.get(self.width(rest)..).unwrap_or_default();
            count += 1;
        }
        count
    }

    /// The length of the first character.
    fn width(&self, text: &[u8]) -> usize {
        if self.utf8 { text::utf8::decode(text).map_or(1, |(_, length)| length) } else { 1 }
    }

    /// Where the character of that number begins.
    fn offset(&self, text: &[u8], number: usize) -> usize {
        let mut at = 0;
        for _ in 0..number {
            match text.get(at..) {
                None | Some([]) => break,
                Some(rest) => at += self.width(rest),
            }
        }
        at
    }

    fn length(&self, vm: &mut Vm, count: usize, value: &Value) -> usize {
        if count == 0 {
            return self.characters(vm.record.whole(&vm.conversion));
        }
        match vm.table(value) {
            Some(table) => table.len(),
            None => self.characters(value.to_text(&vm.conversion, &mut Vec::new())),
        }
    }

    fn substr(&self, vm: &Vm, count: usize, [text, start, length, _]: &[Value; 4]) -> Value {
        let mut buf = Vec::new();
        let text = text.to_text(&vm.conversion, &mut buf);
        let start = start.number().max(1.0) as usize - 1;
        let length = if count > 2 { length.number() as usize } else { usize::MAX };
        let bytes = !self.utf8 || text.is_ascii();
        let from = if bytes { start } else { self.offset(text, start) };
        let rest = text.get(from..).unwrap_or_default();
        let length = if bytes || length >= rest.len() { length } else { self.offset(rest, length) };
        let part = rest.get(..length).unwrap_or(rest);
        Value::text(part)
    }

    fn split(&mut self, vm: &mut Vm, count: usize, [text, array, by, gaps]: &[Value; 4]) -> Result<Value> {
        let mut buf = Vec::new();
        // In paragraphs a newline separates fields, but not what is split here.
        let by = match (count > 2, &self.terminator) {
            (true, _) => self.separator(vm, by)?,
            (_, Terminator::Paragraph) => {
                let fs = vm.specials[usize::from(special::FS)].clone();
                self.separator(vm, &fs)?
            }
            _ => vm.record.separator,
        };
        let text = text.to_text(&vm.conversion, &mut buf);
        let Value::Array(array) = *array else { return Ok(Value::Uninit) };
        if count < 4 {
            return Ok(Value::Num(vm.split(text, by, array as usize) as f64));
        }
        let mut fields = core::mem::take(&mut vm.arrays[array as usize]);
        fields.clear();
        let mut between = Vec::new();
        let (mut number, mut last, mut bounds) = (0usize, 0, Vec::new());
        Splitter::default().all(text, by, &mut vm.regexes, &mut bounds);
        for (start, end) in bounds {
            if number > 0 || start > 0 {
                between.push((number, last, start));
            }
            number += 1;
            last = end;
            *fields.entry(Key::number(number)) = Value::outside(text.get(start..end).unwrap_or_default());
        }
        if last < text.len() && by == Separator::Blanks {
            between.push((number, last, text.len()));
        }
        if let Some(table) = vm.table(gaps) {
            table.clear();
            for (number, start, end) in between {
                *table.entry(Key::number(number)) = Value::text(text.get(start..end).unwrap_or_default());
            }
        }
        vm.arrays[array as usize] = fields;
        Ok(Value::Num(number as f64))
    }

    fn match_function(
        &mut self,
        vm: &mut Vm,
        count: usize,
        [text, pattern, array, _]: &[Value; 4],
    ) -> Result<Value> {
        let mut buf = Vec::new();
        let regex = self.find_regex(vm, pattern)?;
        let text = text.to_text(&vm.conversion, &mut buf);
        let mut slots = alloc::vec![None; if count > 2 { vm.regexes[regex].groups() + 1 } else { 1 }];
        vm.regexes[regex].captures_at(text, 0, ::regex::Eflags::NONE, &mut slots);
        let found = slots.first().copied().flatten();
        let position = |at: usize| self.characters(text.get(..at).unwrap_or_default());
        let extent = |(start, end): (usize, usize)| {
            let length = self.characters(text.get(start..end).unwrap_or_default());
            ((position(start) + 1) as f64, length as f64)
        };
        let (start, length) = found.map_or((0.0, -1.0), extent);
        if count > 2 {
            let subsep = vm.subsep.clone();
            if let Some(table) = vm.table(array) {
                table.clear();
                for (number, span) in slots.iter().enumerate() {
                    let &Some((from, to)) = span else { continue };
                    *table.entry(Key::number(number)) =
                        Value::outside(text.get(from..to).unwrap_or_default());
                    let (start, length) = extent((from, to));
                    for (name, value) in [(&b"start"[..], start), (b"length", length)] {
                        let mut key = Vec::new();
                        num::push_dec(&mut key, number as u64);
                        key.extend_from_slice(&subsep);
                        key.extend_from_slice(name);
                        *table.entry(Key::text(&key)) = Value::Num(value);
                    }
                }
            }
        }
        vm.globals[names::RSTART] = Value::Num(start);
        vm.globals[names::RLENGTH] = Value::Num(length);
        Ok(Value::Num(start))
    }

    fn change_case(&self, text: &mut Vec<u8>, upper: bool) {
        if !self.utf8 || text.is_ascii() {
            if upper {
                text.make_ascii_uppercase()
            } else {
                text.make_ascii_lowercase()
            }
            return;
        }
        let mut out = Vec::with_capacity(text.len());
        let mut rest: &[u8] = text;
        while let Some(&byte) = rest.first() {
            let (character, length) = text::utf8::decode(rest).unwrap_or((u32::from(byte), 1));
            if length == 1 && byte >= 0x80 {
                out.push(byte);
            } else {
                text::utf8::encode(::regex::to_case(character, upper), &mut out);
            }
            rest = rest.get(length..).unwrap_or_default();
        }
        *text = out;
    }

    pub fn set_seed(&mut self, seed: f64) {
        self.seed = seed;
        self.state = seed.to_bits() ^ 0x9e37_79b9_7f4a_7c15;
    }

    /// A number from 0 up to 1.
    fn random(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn zone(&mut self, cx: &Context) -> &time::Zone {
        self.zone.get_or_insert_with(|| {
            time::load(cx.var(b"TZ"), &mut |name| sys::fs::read_file(name, 1 << 20).ok())
        })
    }

    fn strftime(&mut self, vm: &mut Vm, count: usize, [form, moment, utc, _]: &[Value; 4]) -> Value {
        let mut buf = Vec::new();
        let form =
            if count > 0 { form.to_text(&vm.conversion, &mut buf) } else { b"%a %b %e %H:%M:%S %Z %Y" };
        let now = if count > 1 { moment.number() as i64 } else { sys::time::now().sec };
        let civil = if count > 2 && utc.is_true() {
            time::Zone::utc().local(now)
        } else {
            self.zone(vm.cx).local(now)
        };
        let mut out = Vec::new();
        time::format(form, &civil, now, 0, &mut out);
        Value::owned(out)
    }

    fn mktime(&mut self, cx: &Context, text: &[u8], utc: bool) -> f64 {
        let mut parts = [0i64; 7];
        let mut given = 0;
        let mut rest = text;
        for slot in &mut parts {
            let (value, used) = awkvm::number::scan(rest);
            if used == 0 {
                break;
            }
            *slot = value as i64;
            given += 1;
            rest = rest.get(used..).unwrap_or_default();
        }
        let [year, month, day, hour, min, sec, dst] = parts;
        if given < 6 {
            return -1.0;
        }
        let fields = time::Fields { year, month, day, hour, min, sec };
        let known = (given > 6 && dst >= 0).then_some(dst > 0);
        let unix = if utc { fields.unix() } else { self.zone(cx).unix(&fields, known) };
        unix.map_or(-1.0, |unix| unix as f64)
    }
}

fn shift(value: f64, by: f64, left: bool) -> f64 {
    let (value, by) = (value as u64, by as u32);
    let result = if left { value.checked_shl(by) } else { value.checked_shr(by) };
    result.unwrap_or(0) as f64
}

/// A number as in the text of a program: also octal and hexadecimal.
fn strtonum(text: &[u8]) -> f64 {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let value = match digits {
        [b'0', b'x' | b'X', rest @ ..] => radix(rest, 16),
        [b'0', rest @ ..] if rest.iter().all(u8::is_ascii_digit) && !rest.is_empty() => radix(rest, 8),
        _ => return awkvm::number::scan(text).0,
    };
    if negative { -value } else { value }
}

fn radix(digits: &[u8], base: u32) -> f64 {
    let values = digits.iter().map_while(|&byte| char::from(byte).to_digit(base));
    values.fold(0.0, |value, digit| value * f64::from(base) + f64::from(digit))
}

fn type_name(value: &Value) -> &'static [u8] {
    match value {
        Value::Uninit => b"untyped",
        Value::Num(_) => b"number",
        Value::Array(_) | Value::OwnArray(_) => b"array",
        Value::Regex(_) => b"regexp",
        _ if value.is_outside() && value.numeric().is_some() => b"strnum",
        _ => b"string",
    }
}

/// `asort` and `asorti`: numbers come before texts.
fn sort(vm: &mut Vm, count: usize, by_key: bool, [from, to, _]: [&Value; 3]) -> Result<Value> {
    let mut entries = match vm.table(from) {
        Some(table) => table.take(),
        None => return Ok(Value::Num(0.0)),
    };
    let mut list: Vec<Value> = Vec::with_capacity(entries.len());
    for (key, value) in &entries {
        list.push(if by_key { key.clone() } else { value.clone() });
    }
    if count > 1
        && let Some(table) = vm.table(from)
    {
        for (key, value) in entries.drain(..) {
            let key = Key::text(key.bytes().unwrap_or_default());
            *table.entry(key) = value;
        }
    }
    let conversion = &vm.conversion;
    let mut order: Vec<u32> = (0..list.len() as u32).collect();
    files::order::sort(&mut order, &mut |a, b| {
        let [Some(a), Some(b)] = [a, b].map(|at| list.get(at as usize)) else { return Ordering::Equal };
        match (a.numeric(), b.numeric()) {
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            _ => a.compare(b, conversion).unwrap_or(Ordering::Equal),
        }
    });
    let length = list.len();
    if let Some(table) = vm.table(if count > 1 { to } else { from }) {
        table.clear();
        for (number, value) in order.iter().filter_map(|&at| list.get(at as usize)).enumerate() {
            *table.entry(Key::number(number + 1)) = value.clone();
        }
    }
    Ok(Value::Num(length as f64))
}
