//! usage: awk [OPTIONS] PROGRAM [FILE | VAR=VALUE]... | awk [OPTIONS] -f PROGFILE... [FILE | VAR=VALUE]...
//!
//! Run an awk program on the records of FILEs or standard input.
//!
//!  -F, --field-separator=FS  the value of FS
//!  -v, --assign=VAR=VALUE    set VAR before BEGIN
//!  -f, --file=PROGFILE       read the program from PROGFILE; all of several
//!  -e, --source=TEXT         program text
//!  -k, --csv                 input is comma-separated values
//!
//! # Notes
//! POSIX.1-2024 awk, with gawk's and BusyBox's `gensub strftime mktime systime and or xor lshift rshift compl strtonum
//! asort asorti typeof isarray fflush length(array) ** **= func nextfile switch`, the array arguments of `match` and
//! `split`, RS as a regular expression and RT. `for (key in array)` goes through an array in the order of insertion.
//!
//! A variable is an array or not throughout a program. Printing to `-` or `/dev/stdout` is standard output.
mod builtins;
mod calls;
mod emit;
mod execute;
mod expression;
mod format;
mod lexer;
mod names;
mod parser;
mod regex;
mod source;
mod statements;
mod streams;
mod substitute;
mod world;

use applet::prelude::*;
use awkvm::{Value, Vm, table::Key};
use source::Source;
use world::World;

applet::options!("awk");

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 2;
    let options = cx.leading_options(opt::GRAMMAR)?;
    let mut operands = options.operands.as_slice();
    let mut source = Source { text: Vec::new(), files: Vec::new() };
    let mut given = false;
    for &(id, value) in &options.list {
        match id {
            opt::FILE => {
                let lines = source.text.iter().filter(|&&byte| byte == b'\n').count();
                source.files.push((value, lines + 1));
                let text = cx.open(value)?.rest().at(value)?;
                source.text.extend_from_slice(&text);
                source.text.push(b'\n');
                given = true;
            }
            opt::SOURCE => {
                source.text.extend_from_slice(value);
                source.text.push(b'\n');
                given = true;
            }
            _ => {}
        }
    }
    if !given {
        let (program, rest) = operands.split_first().ok_or_else(Error::missing_operand)?;
        source.text.extend_from_slice(program);
        operands = rest;
    }
    let utf8 = cx.utf8();
    let csv = options.list.iter().any(|&(id, _)| id == opt::CSV);
    let (mut program, names) = parser::compile(source, utf8)?;
    let mut world = World::new(names, utf8, csv, program.regexes.len());
    let mut vm = Vm::new(cx, &mut program, format::push_number);
    prepare(&mut vm, operands);
    let result = begin(&mut vm, &mut world, &options).and_then(|()| vm.run(&program, &mut world));
    let exit = vm.exit;
    drop(vm);
    world.close_all(cx);
    result?;
    if exit != 0 {
        return Ok(Exit(exit));
    }
    Ok(cx.status())
}

/// ARGV, ARGC and ENVIRON.
fn prepare(vm: &mut Vm, operands: &[&[u8]]) {
    *vm.arrays[names::ARGV].entry(Key::number(0)) = Value::text(b"awk");
    for (number, operand) in operands.iter().enumerate() {
        *vm.arrays[names::ARGV].entry(Key::number(number + 1)) = Value::outside(operand);
    }
    vm.globals[names::ARGC] = Value::Num(operands.len() as f64 + 1.0);
    for entry in vm.cx.environment() {
        let at = memchr::memchr(b'=', entry).unwrap_or(entry.len());
        let (name, value) = entry.split_at_checked(at).unwrap_or_default();
        let value = Value::outside(value.get(1..).unwrap_or_default());
        *vm.arrays[names::ENVIRON].entry(Key::text(name)) = value;
    }
}

/// The assignments of the options.
fn begin(vm: &mut Vm, world: &mut World, options: &Options) -> Result {
    for &(id, value) in &options.list {
        match id {
            opt::FIELD_SEPARATOR => {
                // POSIX: a single t is a tab.
                let value: &[u8] = if value == b"t" { b"\\t" } else { value };
                world.assign(vm, b"FS", value)?;
            }
            opt::ASSIGN => {
                let (name, value) = world::assignment(value)
                    .ok_or_else(|| Error::usage(&[b"invalid assignment '", value, b"'"]))?;
                world.assign(vm, name, value)?;
            }
            _ => {}
        }
    }
    Ok(())
}
