//! Names: one table for variables, functions, aliases and where commands are found.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;

use super::tree::Function;

/// A name's number in the table.
pub type Sym = u32;

/// The variable has a value.
pub const SET: u8 = 1;
pub const EXPORT: u8 = 2;
pub const READONLY: u8 = 4;
/// `declare -i`: what is assigned is arithmetic.
pub const INTEGER: u8 = 8;
/// The value is made when it is asked for (`RANDOM`, `SECONDS` …).
pub const DYNAMIC: u8 = 16;
/// An array whose elements have numbers, or names.
pub const ARRAY: u8 = 32;
pub const KEYED: u8 = 64;

/// Names that the shell itself knows, by number.
pub const KNOWN: &[u8] = b"IFS PATH HOME PWD OLDPWD OPTIND OPTARG PS1 PS2 PS4 PPID CDPATH ENV LINENO RANDOM SECONDS EPOCHSECONDS EPOCHREALTIME FUNCNAME LC_ALL LC_CTYPE LANG REPLY HISTFILE HISTSIZE HISTCONTROL TERM COLUMNS LINES FCEDIT EDITOR PS3 BASHPID BASH_REMATCH PIPESTATUS BASH_SOURCE -";

macro_rules! known {
    ($($number:literal $name:ident),*) => { $(pub const $name: Sym = $number;)* };
}
known!(0 IFS, 1 PATH, 2 HOME, 3 PWD, 4 OLDPWD, 5 OPTIND, 6 OPTARG, 7 PS1, 8 PS2, 9 PS4, 10 PPID, 11 CDPATH, 12 ENV,
    13 LINENO, 14 RANDOM, 15 SECONDS, 16 EPOCHSECONDS, 17 EPOCHREALTIME, 18 FUNCNAME, 19 LC_ALL, 20 LC_CTYPE, 21 LANG,
22 REPLY, 23 HISTFILE, 24 HISTSIZE, 25 HISTCONTROL, 26 TERM, 27 COLUMNS, 28 LINES, 29 FCEDIT, 30 EDITOR, 31 PS3,
    32 BASHPID, 33 BASH_REMATCH, 34 PIPESTATUS, 35 BASH_SOURCE, 36 DASH);

/// What an element of an array is found by: its number or, the number being 0, its name. The one that `$a` means, element
/// 0 or the one of the name `0`, has no name.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub number: i64,
    pub name: Box<[u8]>,
}

/// An element of an array.
#[derive(Clone)]
pub struct Item {
    pub key: Key,
    pub value: Vec<u8>,
}

/// A variable.
#[derive(Clone, Default)]
pub struct Var {
    /// The value; of an array, that of the element that `$a` means.
    pub value: Vec<u8>,
    /// The other elements of an array, sorted.
    pub rest: Option<Rc<Vec<Item>>>,
    pub flags: u8,
    /// The depth of subshells at which its older state has been written down.
    pub level: u32,
}

/// Where a command of this name is.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Place {
    #[default]
    Unknown,
    Applet(u16),
    Path(Box<[u8]>),
}

/// All that a name stands for.
pub struct Symbol {
    pub name: Box<[u8]>,
    pub var: Var,
    pub function: Option<Rc<Function>>,
    pub alias: Option<Rc<[u8]>>,
    /// The built-in of this name, or 0.
    pub builtin: u8,
    pub place: Place,
    /// The generation of `PATH` that `place` belongs to.
    pub generation: u32,
    /// How often it was run from `place`.
    pub hits: u32,
}

/// The table: symbols by number, and an open-addressed index of them by name.
pub struct Symbols {
    pub list: Vec<Symbol>,
    index: Vec<u32>,
}

const EMPTY: u32 = u32::MAX;

fn hash(name: &[u8]) -> usize {
    let mut hash = 0x811c_9dc5u32;
    for &byte in name {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    (hash ^ hash >> 15) as usize
}

impl Symbols {
    /// The table with the known names in it.
    pub fn new() -> Symbols {
        let mut symbols = Symbols { list: Vec::new(), index: alloc::vec![EMPTY; 256] };
        for name in words(KNOWN) {
            symbols.intern(name);
        }
        symbols
    }

    fn slot(&self, name: &[u8]) -> usize {
        let mask = self.index.len() - 1;
        let mut at = hash(name) & mask;
        loop {
            match self.index.get(at) {
                Some(&number) if number != EMPTY => {
                    if self.list.get(number as usize).is_some_and(|symbol| *symbol.name == *name) {
                        return at;
                    }
                }
                _ => return at,
            }
            at = (at + 1) & mask;
        }
    }

    /// The number of `name`, if it has one.
    pub fn find(&self, name: &[u8]) -> Option<Sym> {
        self.index.get(self.slot(name)).copied().filter(|&number| number != EMPTY)
    }

    /// The number of `name`, which it gets if it has none.
    pub fn intern(&mut self, name: &[u8]) -> Sym {
        let at = self.slot(name);
        if let Some(&number) = self.index.get(at).filter(|&&number| number != EMPTY) {
            return number;
        }
        let number = self.list.len() as Sym;
        self.list.push(Symbol {
            name: name.into(),
            var: Var::default(),
            function: None,
            alias: None,
            builtin: 0,
            place: Place::Unknown,
            generation: 0,
            hits: 0,
        });
        if let Some(slot) = self.index.get_mut(at) {
            *slot = number;
        }
        if self.list.len() * 2 > self.index.len() {
            self.grow();
        }
        number
    }

    fn grow(&mut self) {
        self.index = alloc::vec![EMPTY; self.index.len() * 4];
        for number in 0..self.list.len() {
            let at = self.list.get(number).map_or(0, |symbol| self.slot(&symbol.name));
            if let Some(slot) = self.index.get_mut(at) {
                *slot = number as u32;
            }
        }
    }

    /// The symbol of that number; numbers only ever come from the table.
    #[inline]
    pub fn get(&self, sym: Sym) -> &Symbol {
        self.list.get(sym as usize).unwrap_or_else(|| self.nothing())
    }

    #[inline]
    pub fn get_mut(&mut self, sym: Sym) -> &mut Symbol {
        let sym = if (sym as usize) < self.list.len() { sym as usize } else { 0 };
        match self.list.get_mut(sym) {
            Some(symbol) => symbol,
            None => sys::process::leave(2),
        }
    }

    #[cold]
    fn nothing(&self) -> &Symbol {
        match self.list.first() {
            Some(symbol) => symbol,
            None => sys::process::leave(2),
        }
    }

    /// The names that pass `wanted`, sorted.
    pub fn sorted(&self, wanted: &dyn Fn(&Symbol) -> bool) -> Vec<Sym> {
        let mut list: Vec<Sym> = (0..self.list.len() as Sym).filter(|&sym| wanted(self.get(sym))).collect();
        files::order::sort(&mut list, &mut |a, b| self.get(a).name.cmp(&self.get(b).name));
        list
    }
}

/// The words of a list that has single blanks between them.
pub fn words(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_blank: fn(&u8) -> bool = |&byte| byte == b' ';
    list.split(is_blank)
}

/// Which word of such a list `word` is.
#[inline(never)]
pub fn place_of(list: &[u8], word: &[u8]) -> Option<usize> {
    words(list).position(|known| known == word)
}

/// A word of such a list.
#[inline(never)]
pub fn word_at(list: &[u8], at: usize) -> &[u8] {
    words(list).nth(at).unwrap_or_default()
}

/// Whether `name` can be a variable.
pub fn is_name(name: &[u8]) -> bool {
    name.first().is_some_and(|&first| is_name_start(first)) && name.iter().all(|&byte| is_name_byte(byte))
}

#[inline]
pub fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

#[inline]
pub fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
