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
use lex::Token;
use run::Frame;

applet::options!("bc");

/// Why statements are not gone on with.
enum Stop {
    /// The end of the program.
    Quit,
    /// A mistake.
    Error(&'static [u8]),
    /// A mistake about a name.
    Name(&'static [u8], u32),
}

type Outcome<T = ()> = core::result::Result<T, Stop>;

/// What can be read and assigned.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Variable(u32),
    /// Of an array; the index is on the stack.
    Element(u32),
    Scale,
    Ibase,
    Obase,
    Last,
}

/// An instruction of the stack machine.
#[derive(Clone, Copy)]
enum Op {
    Number(u32),
    Load(Place),
    /// Assigns the top; `true`: it stays there.
    Store(Place, bool),
    /// Assigns the result of an operator.
    Update(Place, u8, bool),
    /// Adds 1 (`true`: subtracts 1); the value that stays, if one does, is that before if the second flag is `true`.
    Step(Place, bool, bool, bool),
    Binary(u8),
    Compare(u8),
    Negate,
    Not,
    Jump(u32),
    JumpIfZero(u32),
    JumpIfNot(u32),
    Print,
    PrintPart,
    /// Writes a string; `true`: with escapes.
    Text(u32, bool),
    Pop,
    /// An array as an argument.
    Array(u32),
    /// A function's name, and the string that tells which arguments are arrays.
    Call(u32, u32),
    Return,
    Length,
    Root,
    ScaleOf,
    Read,
    Halt,
    Limits,
}

/// A parameter or local variable.
#[derive(Clone, Copy)]
struct Local {
    name: u32,
    array: bool,
    by_reference: bool,
}

/// A number in the text, with what it stands for in the base that it was last used in.
struct Constant {
    text: Vec<u8>,
    base: u32,
    value: Number,
}

/// A function, or the statements of a line.
#[derive(Default)]
struct Function {
    ops: Vec<Op>,
    numbers: core::cell::RefCell<Vec<Constant>>,
    strings: Vec<Vec<u8>>,
    parameters: Vec<Local>,
    locals: Vec<Local>,
    void: bool,
}

/// Arrays are pages of this many elements.
const PAGE: usize = 128;
type Array = Vec<Vec<Number>>;

struct Bc<'x, 'a> {
    cx: &'x mut Context<'a>,
    /// The text of the library, or an operand's reader, or nothing: standard input.
    library: &'static [u8],
    file: Option<Reader>,
    stdin: Reader,
    source: &'a [u8],
    line: u64,
    token: Token,
    ended: bool,
    standard: bool,
    warn: bool,

    names: Vec<Vec<u8>>,
    /// What is being compiled.
    unit: Function,
    in_function: bool,
    loops: Vec<parse::Loop>,
    depth: usize,

    functions: Vec<Option<Rc<Function>>>,
    variables: Vec<Number>,
    /// Which of `pool` belongs to a name; 0 is none.
    arrays: Vec<usize>,
    pool: Vec<Array>,
    free: Vec<usize>,
    stack: Vec<Number>,
    array_arguments: Vec<u32>,
    frames: Vec<Frame>,
    scale: usize,
    ibase: u32,
    obase: Number,
    last: Number,
    column: usize,
    width: usize,
    text: Vec<u8>,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let mut bc = Bc {
        library: b"",
        file: None,
        stdin: Reader::borrow(sys::fd::STDIN),
        source: b"(standard_in)",
        line: 1,
        token: Token::Newline,
        ended: false,
        standard: false,
        warn: false,
        names: Vec::new(),
        unit: Function::default(),
        in_function: false,
        loops: Vec::new(),
        depth: 0,
        functions: Vec::new(),
        variables: Vec::new(),
        arrays: Vec::new(),
        pool: alloc::vec![Vec::new()],
        free: Vec::new(),
        stack: Vec::new(),
        array_arguments: Vec::new(),
        frames: Vec::new(),
        scale: 0,
        ibase: 10,
        obase: Number::from_u64(10),
        last: Number::default(),
        column: 0,
        width: bignum::line_width(cx.var(b"BC_LINE_LENGTH")),
        text: Vec::new(),
        cx,
    };
    if options.has(opt::MATHLIB) {
        bc.library = library::TEXT;
        if bc.source_text() {
            return Ok(bc.cx.status());
        }
        bc.scale = 20;
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
            let compiled = self.advance().and_then(|()| self.unit());
            let unit = core::mem::take(&mut self.unit);
            let result = match compiled {
                Ok(false) => return false,
                Ok(true) => self.execute(Rc::new(unit)),
                Err(stop) => {
                    if !matches!(stop, Stop::Quit) {
                        self.skip_line();
                    }
                    Err(stop)
                }
            };
            if let Err(stop) = result
                && self.tell(stop)
            {
                return true;
            }
            if self.cx.out.failed() {
                return true;
            }
        }
    }

    /// Tells of a mistake. Whether it is the end.
    fn tell(&mut self, stop: Stop) -> bool {
        let (why, name): (&[u8], &[u8]) = match stop {
            Stop::Quit => return true,
            Stop::Error(why) => (why, b""),
            Stop::Name(why, id) => (why, self.names.get(id as usize).map(Vec::as_slice).unwrap_or_default()),
        };
        let mut buf = num::new_buf();
        // The newline that ends the statements has been read.
        let behind = u64::from(self.token == Token::Newline);
        let line = num::dec(self.line.saturating_sub(behind), &mut buf);
        self.cx.warn(&[self.source, b" ", line, b": ", name, why]);
        false
    }

    fn warning(&mut self, why: &'static [u8]) {
        self.tell(Stop::Error(why));
    }
}
