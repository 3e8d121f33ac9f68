//! What a running program finds around it: its input, its regular expressions, its variables.

use super::names::{self, Names, Variable};
use super::regex;
use super::streams::Stream;
use alloc::vec::Vec;
use applet::prelude::*;
use awkvm::vm::special;
use awkvm::{Separator, Table, Value, Vm, table::Key};

/// Regular expressions made while the program runs; when there are more, all are forgotten.
const MOST_REGEXES: usize = 500;

/// What ends a record.
#[derive(Clone, Copy)]
pub enum Terminator {
    Byte(u8),
    /// Empty lines.
    Paragraph,
    Regex(usize),
}

/// The surroundings of a program.
pub struct World {
    pub names: Names,
    pub utf8: bool,
    pub icase: bool,
    /// `--csv`.
    pub csv: bool,
    pub streams: Vec<Stream>,
    pub seed: f64,
    pub state: u64,
    pub zone: Option<time::Zone>,
    input: Option<Reader>,
    /// The number of the next operand.
    operand: usize,
    /// An operand was a file.
    any_file: bool,
    pub terminator: Terminator,
    patterns: Table,
    /// How many regular expressions belong to the program.
    fixed: usize,
    /// A record that has been put together.
    room: Vec<u8>,
}

impl World {
    pub fn new(names: Names, utf8: bool, csv: bool, fixed: usize) -> World {
        let mut world = World {
            names,
            utf8,
            icase: false,
            csv,
            streams: Vec::new(),
            seed: 0.0,
            state: 0,
            zone: None,
            input: None,
            operand: 1,
            any_file: false,
            terminator: Terminator::Byte(b'\n'),
            patterns: Table::default(),
            fixed,
            room: Vec::new(),
        };
        world.set_seed(0.0);
        world
    }

    /// The number of a regular expression.
    pub fn find_regex(&mut self, vm: &mut Vm, pattern: &Value) -> Result<usize> {
        if let Value::Regex(number) = pattern {
            return Ok(*number as usize);
        }
        let mut buf = Vec::new();
        let text = pattern.to_text(&vm.conversion, &mut buf);
        self.compile(vm, text)
    }

    fn compile(&mut self, vm: &mut Vm, pattern: &[u8]) -> Result<usize> {
        let known = self.patterns.entry(Key::text(pattern));
        if let Value::Num(number) = known {
            return Ok(*number as usize);
        }
        let made = regex::compile(pattern, self.utf8, self.icase).map_err(|error| {
            Error::parts(&[b"invalid regular expression /", pattern, b"/: ", error.message()])
        })?;
        if vm.regexes.len() - self.fixed >= MOST_REGEXES {
            // Separators in use are kept by number; they are made anew.
            vm.regexes.truncate(self.fixed);
            self.patterns.clear();
            vm.regexes.push(made);
            *self.patterns.entry(Key::text(pattern)) = Value::Num(self.fixed as f64);
            self.set_separator(vm)?;
            self.set_terminator(vm)?;
            return Ok(self.fixed);
        }
        vm.regexes.push(made);
        *known = Value::Num((vm.regexes.len() - 1) as f64);
        Ok(vm.regexes.len() - 1)
    }

    /// What separates fields, as FS and the third argument of `split` say it.
    pub fn separator(&mut self, vm: &mut Vm, value: &Value) -> Result<Separator> {
        let mut buf = Vec::new();
        Ok(match value {
            Value::Regex(number) => Separator::Regex(*number),
            _ => match value.to_text(&vm.conversion, &mut buf) {
                b"" => Separator::Nothing(self.utf8),
                b" " => Separator::Blanks,
                &[byte] if !(self.icase && byte.is_ascii_alphabetic()) => Separator::Byte(byte),
                b"\\|" => Separator::Byte(b'|'),
                pattern => Separator::Regex(self.compile(vm, pattern)? as u32),
            },
        })
    }

    fn set_separator(&mut self, vm: &mut Vm) -> Result {
        let value = vm.specials[usize::from(special::FS)].clone();
        let mut separator = self.separator(vm, &value)?;
        if matches!(self.terminator, Terminator::Paragraph) {
            separator = match separator {
                Separator::Byte(byte) => Separator::ByteOrNewline(byte),
                Separator::Regex(_) => {
                    let mut pattern = b"(".to_vec();
                    value.push_text(&vm.conversion, &mut pattern);
                    pattern.extend_from_slice(b")|\n");
                    Separator::Regex(self.compile(vm, &pattern)? as u32)
                }
                other => other,
            };
        }
        vm.record.separator = separator;
        Ok(())
    }

    fn set_terminator(&mut self, vm: &mut Vm) -> Result {
        let value = vm.specials[usize::from(special::RS)].clone();
        let mut buf = Vec::new();
        self.terminator = match value.to_text(&vm.conversion, &mut buf) {
            b"" => Terminator::Paragraph,
            &[byte] => Terminator::Byte(byte),
            pattern => Terminator::Regex(self.compile(vm, pattern)?),
        };
        Ok(())
    }

    /// Assigns the value of a command line to a variable, if the program has it.
    pub fn assign(&mut self, vm: &mut Vm, name: &[u8], value: &[u8]) -> Result {
        let mut text = Vec::new();
        let mut rest = value;
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            if byte == b'\\' {
                let used = super::lexer::escape(tail, &mut text);
                rest = tail.get(used..).unwrap_or_default();
            } else {
                text.push(byte);
            }
        }
        let value = Value::outside(&text);
        match self.names.variable(name, None) {
            Some(Variable::Special(id)) => self.set(vm, id, 0.0, value),
            Some(Variable::Global(at)) => {
                if let Some(slot) = vm.globals.get_mut(at) {
                    *slot = value;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Opens the next file of the operands; false: there is none.
    fn next_input(&mut self, vm: &mut Vm) -> Result<bool> {
        loop {
            let count = vm.globals[names::ARGC].number() as usize;
            if self.operand >= count {
                if self.any_file {
                    return Ok(false);
                }
                self.any_file = true;
                self.input = Some(Reader::borrow(sys::fd::STDIN));
                vm.fnr = 0.0;
                return Ok(true);
            }
            let key = Key::number(self.operand);
            self.operand += 1;
            let arguments = &mut vm.arrays[names::ARGV];
            if !arguments.contains(&key) {
                continue;
            }
            let value = arguments.entry(key).clone();
            let mut buf = Vec::new();
            let operand = value.to_text(&vm.conversion, &mut buf);
            if operand.is_empty() {
                continue;
            }
            if let Some((name, value)) = assignment(operand) {
                self.assign(vm, name, value)?;
                continue;
            }
            self.any_file = true;
            let input = match operand {
                b"/dev/stdin" => Ok(Reader::borrow(sys::fd::STDIN)),
                _ => vm.cx.open(operand),
            };
            match input {
                Ok(reader) => {
                    self.input = Some(reader);
                    vm.globals[names::FILENAME] = value.clone();
                    vm.fnr = 0.0;
                    return Ok(true);
                }
                Err(error) => vm.cx.report(error),
            }
        }
    }

    /// The next record of the main input, as the current one or (`None`) as a result.
    fn main_record(&mut self, vm: &mut Vm, current: bool) -> Result<bool> {
        loop {
            let Some(mut reader) = self.input.take() else {
                if !self.next_input(vm)? {
                    return Ok(false);
                }
                continue;
            };
            let found = self.read(vm, &mut reader, current);
            match found {
                Ok(true) => {
                    self.input = Some(reader);
                    vm.nr += 1.0;
                    vm.fnr += 1.0;
                    return Ok(true);
                }
                Ok(false) => {}
                Err(errno) => {
                    let name = vm.globals[names::FILENAME].clone();
                    vm.cx.report(Error::system(name.bytes().unwrap_or(b"-"), errno));
                }
            }
        }
    }

    /// Reads a record from `reader`.
    fn read(&mut self, vm: &mut Vm, reader: &mut Reader, current: bool) -> sys::Result<bool> {
        if self.csv {
            return self.read_csv(vm, reader, current);
        }
        if let Terminator::Byte(byte) = self.terminator {
            let Some(line) = reader.text_line(byte)? else { return Ok(false) };
            deliver(vm, line, current);
            return Ok(true);
        }
        let mut record = core::mem::take(&mut self.room);
        record.clear();
        let found = match self.terminator {
            Terminator::Regex(number) => self.read_regex(vm, reader, number, &mut record)?,
            _ => read_paragraph(reader, &mut record)?,
        };
        if found {
            deliver(vm, &record, current);
        }
        self.room = record;
        Ok(found)
    }

    fn read_regex(
        &mut self,
        vm: &mut Vm,
        reader: &mut Reader,
        number: usize,
        record: &mut Vec<u8>,
    ) -> sys::Result<bool> {
        // A `^` means the beginning of the file.
        let flags = if vm.fnr > 0.0 { ::regex::Eflags::NOTBOL } else { ::regex::Eflags::NONE };
        loop {
            let text = reader.buffered();
            let mut found = vm.regexes[number].find_at(text, 0, flags);
            if let Some((start, end)) = found
                && start == end
            {
                found = None;
            }
            match found {
                // A match at the end of what is there might go on.
                Some((start, end)) if end < text.len() || reader.at_end() => {
                    record.extend_from_slice(text.get(..start).unwrap_or_default());
                    vm.globals[names::RT] = Value::text(text.get(start..end).unwrap_or_default());
                    reader.consume(end);
                    return Ok(true);
                }
                _ if reader.at_end() => {
                    record.extend_from_slice(text);
                    let length = text.len();
                    reader.consume(length);
                    vm.globals[names::RT] = Value::Uninit;
                    return Ok(length > 0);
                }
                _ => {
                    reader.fill_more()?;
                }
            }
        }
    }

    /// A record of comma-separated values: quotes may hold newlines, commas and doubled quotes.
    fn read_csv(&mut self, vm: &mut Vm, reader: &mut Reader, current: bool) -> sys::Result<bool> {
        let (mut record, mut open) = (Vec::new(), false);
        while let Some(line) = reader.line(b'\n')? {
            record.extend_from_slice(line);
            open ^= line.iter().filter(|&&byte| byte == b'"').count() % 2 == 1;
            if !open {
                break;
            }
        }
        if record.is_empty() {
            return Ok(false);
        }
        if record.last() == Some(&b'\n') {
            record.pop();
        }
        if record.last() == Some(&b'\r') {
            record.pop();
        }
        if !current {
            deliver(vm, &record, false);
            return Ok(true);
        }
        let (mut fields, mut field, mut quoted) = (Vec::new(), Vec::new(), false);
        let mut bytes = record.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' if quoted && bytes.peek() == Some(&b'"') => {
                    field.push(b'"');
                    bytes.next();
                }
                b'"' => quoted = !quoted,
                b',' if !quoted => {
                    fields.push(Value::outside(&field));
                    field.clear();
                }
                _ => field.push(byte),
            }
        }
        if !record.is_empty() {
            fields.push(Value::outside(&field));
        }
        vm.record.set_fields(&record, fields);
        Ok(true)
    }
}

/// Lines up to an empty one.
fn read_paragraph(reader: &mut Reader, record: &mut Vec<u8>) -> sys::Result<bool> {
    let mut any = false;
    while let Some(line) = reader.text_line(b'\n')? {
        if line.is_empty() {
            if any {
                break;
            }
            continue;
        }
        if any {
            record.push(b'\n');
        }
        record.extend_from_slice(line);
        any = true;
    }
    Ok(any)
}

/// Hands a record over, as the current one or as a result.
#[inline]
fn deliver(vm: &mut Vm, text: &[u8], current: bool) {
    if current {
        vm.record.set(text);
    } else {
        vm.result = Some(Value::outside(text));
    }
}

/// `NAME=VALUE`.
pub fn assignment(operand: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = operand.iter().position(|&byte| byte == b'=')?;
    let (name, value) = operand.split_at_checked(at)?;
    let first = name.first()?;
    let word = name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    (word && !first.is_ascii_digit()).then_some((name, value.get(1..)?))
}

impl World {
    /// Makes the next record of the main input the current one; false at its end.
    pub fn record(&mut self, vm: &mut Vm) -> Result<bool> {
        // The usual case by a shorter way.
        if let (Terminator::Byte(byte), Some(reader), false) = (self.terminator, &mut self.input, self.csv)
            && vm.next_line(reader, byte)
        {
            return Ok(true);
        }
        self.main_record(vm, true)
    }

    /// Skips the rest of the current file.
    pub fn next_file(&mut self) {
        self.input = None;
    }

    /// `getline`: from the main input (0), a file (1) or a command (2), whose name is `from`. Leaves `status`, and
    /// either a new record or a `result`.
    pub fn getline(&mut self, vm: &mut Vm, kind: u8, from: &Value, record: bool) -> Result {
        if kind == 0 {
            vm.status = f64::from(u8::from(self.main_record(vm, record)?));
            return Ok(());
        }
        let mut buf = Vec::new();
        let name = from.to_text(&vm.conversion, &mut buf);
        vm.status = -1.0;
        let Some(at) = self.source(vm.cx, kind, name)? else { return Ok(()) };
        let Some(mut reader) = self.streams.get_mut(at).and_then(|stream| stream.reader.take()) else {
            return Ok(());
        };
        if let Ok(found) = self.read(vm, &mut reader, record) {
            vm.status = f64::from(u8::from(found));
        }
        if let Some(stream) = self.streams.get_mut(at) {
            stream.reader = Some(reader);
        }
        Ok(())
    }

    /// A special variable that is ours has been assigned to.
    pub fn assigned(&mut self, vm: &mut Vm, id: u8) -> Result {
        if id == special::IGNORECASE {
            self.icase = vm.specials[usize::from(id)].is_true();
            return Ok(());
        }
        // The current record keeps the separator that it was read with.
        vm.record.count(&mut vm.regexes);
        match id {
            special::RS => self.set_terminator(vm)?,
            special::FS => {}
            _ => return Ok(()),
        }
        self.set_separator(vm)
    }
}
