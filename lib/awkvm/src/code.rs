//! Compiled programs.

use alloc::vec::Vec;
use regex::Regex;

use crate::value::Value;

/// Where an instruction finds or leaves a value: three bits of kind, and an index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Opd(pub u16);

impl Opd {
    /// The top of the stack, which is removed.
    pub const STACK: Opd = Opd(0);
    /// A constant.
    pub const CONST: u16 = 1;
    /// A global variable or array.
    pub const GLOBAL: u16 = 2;
    /// A variable of the function.
    pub const LOCAL: u16 = 3;
    /// A field.
    pub const FIELD: u16 = 4;
    /// Indices are below this.
    pub const LIMIT: usize = 1 << 13;

    /// An operand of some kind.
    pub fn new(kind: u16, index: usize) -> Opd {
        Opd(kind << 13 | index as u16 & 0x1fff)
    }

    /// Its kind.
    #[inline]
    pub fn kind(self) -> u16 {
        self.0 >> 13
    }

    /// Its index.
    #[inline]
    pub fn index(self) -> usize {
        usize::from(self.0 & 0x1fff)
    }
}

/// An arithmetic operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Arith {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
}

/// A comparison. What is not ordered is only unequal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Cmp {
    Lt,
    Le,
    Eq,
    Ne,
    Gt,
    Ge,
}

/// What becomes of the value of `x++`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// It is not needed.
    Void,
    /// The new one.
    New,
    /// The old one.
    Old,
}

/// The regular expression is on the stack.
pub const DYNAMIC: u32 = u32::MAX;

/// An instruction. `keep`: the value stays on the stack. `place`: a special variable or a field (see
/// [`special`](crate::vm::special)).
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Op {
    // What the machine does itself.
    Push(Opd),
    Pop,
    Move {
        from: Opd,
        to: Opd,
    },
    Index(Opd),
    StoreIndex {
        array: Opd,
        keep: bool,
    },
    Arith {
        op: Arith,
        left: Opd,
        right: Opd,
        to: Opd,
    },
    ArithIndex {
        op: Arith,
        array: Opd,
        keep: bool,
    },
    Step {
        by: i8,
        mode: Step,
        var: Opd,
    },
    StepIndex {
        by: i8,
        mode: Step,
        array: Opd,
    },
    CompareJump {
        cmp: Cmp,
        sense: bool,
        left: Opd,
        right: Opd,
        target: u32,
    },
    MatchJump {
        sense: bool,
        text: Opd,
        regex: u32,
        target: u32,
    },
    Jump(u32),
    JumpIf {
        sense: bool,
        target: u32,
    },
    Call {
        function: u32,
        count: u16,
    },
    Return,
    Print {
        count: u16,
        to: u8,
    },
    /// The next record; jumps when there is none.
    NextRecord(u32),

    // What the host does.
    PushConst(u32),
    /// An array, for a function.
    PushArray(Opd),
    PushUninit,
    Dup,
    Swap,
    Load(u8),
    Store {
        place: u8,
        keep: bool,
    },
    ArithPlace {
        op: Arith,
        place: u8,
        keep: bool,
    },
    StepPlace {
        by: i8,
        mode: Step,
        place: u8,
    },
    Append {
        to: Opd,
        count: u16,
    },
    Negate,
    Number,
    Not,
    Truth,
    Concat(u16),
    /// Joins that many subscripts with SUBSEP.
    Join(u16),
    Compare {
        cmp: Cmp,
        left: Opd,
        right: Opd,
    },
    Match {
        negate: bool,
        text: Opd,
        regex: u32,
    },
    /// `&&` and `||`: what is `sense` stays on the stack, as 0 or 1, and jumps.
    Logic {
        sense: bool,
        target: u32,
    },
    In(Opd),
    Delete(Opd),
    Clear(Opd),
    IterStart(Opd),
    IterNext(u32),
    IterEnd,
    Printf {
        count: u16,
        to: u8,
    },
    Builtin {
        id: u8,
        count: u16,
    },
    Getline {
        kind: u8,
        record: bool,
    },
    /// `sub` and `gsub`; `key`: below the text on the stack is the subscript of its element.
    Substitute {
        global: bool,
        key: bool,
        regex: u32,
    },
    SubstituteRecord {
        global: bool,
        regex: u32,
    },
    /// Jumps if the last `getline` or `sub` has no result.
    JumpNoResult(u32),
    PushResult,
    PushStatus,
    /// Jumps if the range pattern is within its range.
    InRange {
        range: u16,
        target: u32,
    },
    SetRange {
        range: u16,
        on: bool,
    },
    Next,
    NextFile,
    /// The rules for the end begin here.
    Ending,
    Exit {
        value: bool,
    },
}

/// A function of the program.
pub struct Function {
    /// Where its code begins.
    pub start: u32,
    /// For each of its variables, whether it is an array.
    pub arrays: Vec<bool>,
}

/// A program.
#[derive(Default)]
pub struct Program {
    /// The instructions, from the first BEGIN on.
    pub code: Vec<Op>,
    /// Numbers and texts.
    pub constants: Vec<Value>,
    /// The regular expressions in the text of the program.
    pub regexes: Vec<Regex>,
    /// Functions.
    pub functions: Vec<Function>,
    /// How many global variables there are.
    pub globals: usize,
    /// How many range patterns there are.
    pub ranges: usize,
    /// Where the next record is read.
    pub next: u32,
    /// Where END begins.
    pub end: u32,
    /// The regular expression that all records match which the rules do anything with, if that is known.
    pub watch: Option<u32>,
}
