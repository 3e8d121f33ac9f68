//! Names: which are variables, which are arrays, which are functions.

use super::emit::Emit;
use alloc::vec::Vec;
use awkvm::table::{Key, Table};
use awkvm::{Op, Opd, Value};

/// What a name has been used as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Unknown,
    Scalar,
    Array,
}

/// A name that is no function.
pub struct Name {
    pub text: Vec<u8>,
    pub kind: Kind,
}

/// A function, perhaps only called so far.
pub struct Function {
    pub name: Vec<u8>,
    pub params: Vec<Name>,
    pub start: Option<usize>,
}

/// A variable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Variable {
    Special(u8),
    Global(usize),
    /// Of the function of that number.
    Local(usize, usize),
}

/// An argument whose kind follows from what the function does with it.
struct Argument {
    /// The instruction that pushes it, and the variable, if it is nothing but one.
    push: Option<(usize, Variable)>,
    /// The function and its parameter; none: `length`.
    to: Option<(usize, usize)>,
    line: usize,
}

/// All names of a program.
#[derive(Default)]
pub struct Names {
    pub globals: Vec<Name>,
    pub functions: Vec<Function>,
    /// The numbers of both by name.
    global_numbers: Table,
    function_numbers: Table,
    arguments: Vec<Argument>,
}

/// Special variables by number, then the globals that the host knows by number.
pub const SPECIALS: &[u8] =
    &super::lexer::words(b" NF NR FNR OFS ORS SUBSEP CONVFMT OFMT FS RS IGNORECASE FIELDWIDTHS FPAT");
pub const KNOWN: &[u8] = b" FILENAME RSTART RLENGTH RT ARGC ARGV ENVIRON PROCINFO";
pub const FILENAME: usize = 1;
pub const RSTART: usize = 2;
pub const RLENGTH: usize = 3;
pub const RT: usize = 4;
pub const ARGC: usize = 5;
pub const ARGV: usize = 6;
pub const ENVIRON: usize = 7;

impl Names {
    pub fn new() -> Names {
        let mut names = Names::default();
        for (number, name) in KNOWN.split(|&byte| byte == b' ').enumerate() {
            let kind = if number >= ARGV { Kind::Array } else { Kind::Scalar };
            // The first stands for what is no array.
            let kind = if number == 0 { Kind::Unknown } else { kind };
            number_of(&mut names.global_numbers, name, number);
            names.globals.push(Name { text: name.to_vec(), kind });
        }
        names
    }

    /// The number of a function, which may be defined later.
    pub fn function(&mut self, name: &[u8]) -> usize {
        let number = number_of(&mut self.function_numbers, name, self.functions.len());
        if number == self.functions.len() {
            self.functions.push(Function { name: name.to_vec(), params: Vec::new(), start: None });
        }
        number
    }

    /// The variable that `name` means inside `function`; None: there are too many.
    pub fn variable(&mut self, name: &[u8], function: Option<usize>) -> Option<Variable> {
        if let Some(number) = function
            && let Some(function) = self.functions.get(number)
            && let Some(at) = function.params.iter().position(|param| param.text == name)
        {
            return Some(Variable::Local(number, at));
        }
        if let Some(id) = super::lexer::find_word(SPECIALS, name) {
            return Some(Variable::Special(id));
        }
        let number = number_of(&mut self.global_numbers, name, self.globals.len());
        if number == self.globals.len() {
            self.globals.push(Name { text: name.to_vec(), kind: Kind::Unknown });
        }
        (number + 1 < Opd::LIMIT).then_some(Variable::Global(number))
    }

    fn kind(&mut self, variable: Variable) -> Option<&mut Name> {
        match variable {
            Variable::Special(_) => None,
            Variable::Global(at) => self.globals.get_mut(at),
            Variable::Local(function, at) => self.functions.get_mut(function)?.params.get_mut(at),
        }
    }

    /// Notes that a variable is used as `kind`; false if it is something else.
    pub fn mark(&mut self, variable: Variable, kind: Kind) -> bool {
        match self.kind(variable) {
            None => kind == Kind::Scalar,
            Some(name) if name.kind == Kind::Unknown => {
                name.kind = kind;
                true
            }
            Some(name) => name.kind == kind,
        }
    }

    pub fn argument(&mut self, push: Option<(usize, Variable)>, to: Option<(usize, usize)>, line: usize) {
        self.arguments.push(Argument { push, to, line });
    }

    /// How many arguments have been noted.
    pub fn arguments(&self) -> usize {
        self.arguments.len()
    }

    /// Notes that the code of some arguments has moved.
    pub fn move_arguments(&mut self, range: core::ops::Range<usize>, by: usize) {
        for argument in self.arguments.get_mut(range).unwrap_or_default() {
            if let Some((at, _)) = &mut argument.push {
                *at += by;
            }
        }
    }

    /// Finds out which arguments are arrays, and makes the instructions that push them fit. An error's line comes with it.
    pub fn resolve(&mut self, emit: &mut Emit) -> core::result::Result<(), (usize, Vec<u8>)> {
        let arguments = core::mem::take(&mut self.arguments);
        let mut changed = true;
        while changed {
            changed = false;
            for argument in &arguments {
                let (Some((_, variable)), Some((function, at))) = (argument.push, argument.to) else {
                    continue;
                };
                let parameter = Variable::Local(function, at);
                let kind = |names: &mut Names, at| names.kind(at).map_or(Kind::Scalar, |name| name.kind);
                let (outer, inner) = (kind(self, variable), kind(self, parameter));
                if inner == Kind::Array && outer == Kind::Unknown {
                    changed |= self.mark(variable, Kind::Array);
                } else if outer == Kind::Array && inner == Kind::Unknown {
                    changed |= self.mark(parameter, Kind::Array);
                }
            }
        }
        for argument in arguments {
            let wants = match argument.to {
                None => None,
                Some((number, at)) => {
                    let Some(function) = self.functions.get(number) else { continue };
                    if function.start.is_none() {
                        let message = [b"function '", &*function.name, b"' is not defined"].concat();
                        return Err((argument.line, message));
                    }
                    let Some(param) = function.params.get(at) else {
                        // An argument number beyond all is the call itself.
                        if at == usize::MAX {
                            continue;
                        }
                        let message = [b"function '", &*function.name, b"' called with too many arguments"];
                        return Err((argument.line, message.concat()));
                    };
                    Some(param.kind)
                }
            };
            let has = argument.push.and_then(|(_, variable)| Some(self.kind(variable)?.kind));
            let is_array = has == Some(Kind::Array);
            if wants.is_some_and(|wants| {
                (wants == Kind::Array) != is_array
                    && (is_array || argument.push.is_some() || wants == Kind::Array)
            }) {
                let message: &[u8] = if is_array {
                    b"array where a scalar is needed"
                } else {
                    b"scalar where an array is needed"
                };
                return Err((argument.line, message.to_vec()));
            }
            if is_array && let Some((at, variable)) = argument.push {
                emit.replace(at, Op::PushArray(operand(variable)));
            }
        }
        Ok(())
    }
}

/// The number that `name` has in a table; `new` if it had none.
fn number_of(table: &mut Table, name: &[u8], new: usize) -> usize {
    let entry = table.entry(Key::text(name));
    if let Value::Num(number) = entry {
        return *number as usize;
    }
    *entry = Value::Num(new as f64);
    new
}

/// The operand of a variable that is not special.
pub fn operand(variable: Variable) -> Opd {
    match variable {
        Variable::Global(at) => Opd::new(Opd::GLOBAL, at),
        Variable::Local(_, at) => Opd::new(Opd::LOCAL, at),
        Variable::Special(_) => Opd::STACK,
    }
}
