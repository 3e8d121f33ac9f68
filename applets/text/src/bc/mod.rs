//! usage: bc [-ilqsw] [FILE]...
//!
//! Calculate with decimal numbers of any length, as the statements of FILEs, then of standard input, say.
//!
//!  -i, --interactive  as always
//!  -l, --mathlib      begin with scale=20 and the functions s c a l e j
//!  -q, --quiet        no banner, as always
//!  -s, --standard     only what POSIX has
//!  -w, --warn         warn of what POSIX does not have
//!
//! # Notes
//! POSIX.1-2024 bc with GNU's extensions: long names, `print`, `else`, `&&`, `||`, `!`, `last`, `read`, `halt`, `void`,
//! arrays by reference. Results are cut off, not rounded, at the scale. Lines are broken at 70 columns;
//! `BC_LINE_LENGTH` is another length, and 0 none. An error ends its line, not the program.

mod lex;
mod library;
mod parse;
mod run;

use alloc::rc::Rc;
use applet::prelude::*;
use bignum::Number;
use core::cell::RefCell;
use lex::{NEWLINE, Token};
use run::{Frame, Saved};

applet::options!("bc");

/// What an instruction of the stack machine does.
#[derive(Clone, Copy, PartialEq)]
enum Code {
    /// A constant.
    Number,
    Load,
    /// Assigns the top.
    Store,
    /// Assigns the result of an operator.
    Update,
    /// Adds or subtracts 1.
    Step,
    /// As `Step`; what stays is the value before.
    StepLater,
    /// An operator or a comparison.
    Binary,
    Negate,
    Not,
    Jump,
    JumpIfZero,
    JumpIfNot,
    Print,
    PrintPart,
    /// Writes a string.
    Text,
    /// Writes a string with escapes.
    TextPart,
    Pop,
    /// An array as an argument.
    Array,
    /// Calls a function. The constant in front of it tells which arguments are arrays.
    Kinds,
    Call,
    Return,
    Length,
    Root,
    ScaleOf,
    Read,
    Halt,
    Limits,
}

/// An instruction.
#[derive(Clone, Copy)]
struct Op {
    code: Code,
    operator: u8,
    /// Of an assignment: its value stays on the stack.
    keep: bool,
    /// A [`Place`], a constant's number, or where a jump goes.
    operand: u32,
}

/// What can be read and assigned: a name's number twice, and 1 more for an element of its array, whose index is on the
/// stack.
type Place = u32;

// The first names.
const SCALE: u32 = 0;
const IBASE: u32 = 1;
const OBASE: u32 = 2;
const LAST: u32 = 3;

/// A parameter or local variable is its name's number times four, and these.
const IS_ARRAY: u32 = 1;
const BY_REFERENCE: u32 = 2;

/// A string, or a number with what it stands for in the base that it was last used in.
struct Constant {
    text: Vec<u8>,
    base: u32,
    value: Number,
}

/// A function, or the statements of a line.
#[derive(Default)]
struct Function {
    ops: Vec<Op>,
    constants: RefCell<Vec<Constant>>,
    /// The parameters, then the others.
    locals: Vec<u32>,
    parameters: usize,
    void: bool,
}

/// Arrays are pages of this many elements.
const PAGE: usize = 128;
type Array = RefCell<Vec<Vec<Number>>>;

/// What a name stands for.
#[derive(Default)]
struct Name {
    text: Vec<u8>,
    function: Option<Rc<Function>>,
    value: Number,
    array: Rc<Array>,
}

/// Why statements are not gone on with; no reason: the end of the program. The name is for the message.
type Stop = (&'static [u8], u32);

struct Bc<'x, 'a> {
    cx: &'x mut Context<'a>,
    /// The text of the library, or an operand's reader, or nothing: standard input.
    library: &'static [u8],
    file: Option<Reader>,
    stdin: Reader,
    source: &'a [u8],
    line: u64,
    ended: bool,
    standard: bool,
    warn: bool,

    token: Token,
    text: Vec<u8>,
    name: u32,
    names: Vec<Name>,
    stop: Option<Stop>,
    /// What is being compiled.
    unit: Function,
    /// The name of the function that is being defined.
    defining: Option<u32>,
    /// Where the jumps are that do not know their targets yet, times two; 1 more for those of `break`.
    jumps: Vec<usize>,
    loops: usize,
    depth: usize,

    stack: Vec<Number>,
    array_arguments: Vec<Rc<Array>>,
    /// Which arguments of the next call are arrays.
    kinds: Vec<u8>,
    frames: Vec<Frame>,
    /// What the names of calls meant before them.
    saved: Vec<Saved>,
    scale: usize,
    ibase: u32,
    obase: u32,
    column: usize,
    width: usize,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let mut bc = Bc {
        library: b"",
        file: None,
        stdin: Reader::borrow(sys::fd::STDIN),
        source: b"(standard_in)",
        line: 1,
        ended: false,
        standard: false,
        warn: false,
        token: NEWLINE,
        text: Vec::new(),
        name: 0,
        names: Vec::new(),
        stop: None,
        unit: Function::default(),
        defining: None,
        jumps: Vec::new(),
        loops: 0,
        depth: 0,
        stack: Vec::new(),
        array_arguments: Vec::new(),
        kinds: Vec::new(),
        frames: Vec::new(),
        saved: Vec::new(),
        scale: 0,
        ibase: 10,
        obase: 10,
        column: 0,
        width: bignum::line_width(cx.var(b"BC_LINE_LENGTH")),
        cx,
    };
    for name in [SCALE, IBASE, OBASE, LAST] {
        // No name has blanks.
        bc.intern(alloc::vec![b' '; name as usize]);
    }
    bc.store(2 * IBASE, 0, Number::from_u64(10));
    bc.store(2 * OBASE, 0, Number::from_u64(10));
    if options.has(opt::MATHLIB) {
        bc.library = library::TEXT;
        if bc.source_text() {
            return Ok(bc.cx.status());
        }
        bc.store(2 * SCALE, 0, Number::from_u64(20));
    }
    bc.standard = options.has(opt::STANDARD);
    bc.warn = options.has(opt::WARN);
    for operand in options.operands {
        bc.file = Some(bc.cx.open(operand)?);
        bc.source = operand;
        if bc.source_text() {
            return Ok(bc.cx.status());
        }
    }
    bc.file = None;
    bc.source = b"(standard_in)";
    bc.source_text();
    Ok(bc.cx.status())
}

impl Bc<'_, '_> {
    /// Reads and runs all lines of a source. Whether the program has ended.
    fn source_text(&mut self) -> bool {
        self.line = 1;
        self.ended = false;
        loop {
            self.advance();
            let more = self.unit();
            let unit = core::mem::take(&mut self.unit);
            if self.stop.is_none() {
                if !more {
                    return false;
                }
                self.execute(Rc::new(unit));
            }
            if let Some((why, name)) = self.stop.take() {
                if why.is_empty() {
                    return true;
                }
                self.skip_line();
                self.tell(why, name);
            }
            if self.cx.out.failed() {
                return true;
            }
        }
    }

    /// A mistake: nothing goes on until it has been told.
    fn fail(&mut self, why: &'static [u8]) -> Token {
        self.fail_at(why, u32::MAX)
    }

    /// A mistake about a name.
    #[cold]
    #[inline(never)]
    fn fail_at(&mut self, why: &'static [u8], name: u32) -> Token {
        self.stop.get_or_insert((why, name));
        lex::WRONG
    }

    /// Tells of a mistake.
    fn tell(&mut self, why: &'static [u8], name: u32) {
        let name = self.names.get(name as usize).map(|name| name.text.as_slice()).unwrap_or_default();
        let mut buf = num::new_buf();
        // The newline that ends the statements has been read.
        let behind = u64::from(self.token == NEWLINE);
        let line = num::dec(self.line.saturating_sub(behind), &mut buf);
        self.cx.warn(&[self.source, b" ", line, b": ", name, why]);
    }

    fn warning(&mut self, why: &'static [u8]) {
        self.tell(why, u32::MAX);
    }
}
