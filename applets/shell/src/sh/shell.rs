//! The state of the shell, its variables, and what it says.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use applet::House;
use io::Writer;
use sys::{Fd, RawFd};

use super::arith;
use super::jobs::JobTable;
use super::symbols::{self, *};
use super::tree::Function;

/// `set -a` and so on: one bit an option, in the order of [`OPTIONS`].
pub const ALLEXPORT: u32 = 1;
pub const NOTIFY: u32 = 1 << 1;
pub const NOCLOBBER: u32 = 1 << 2;
pub const ERREXIT: u32 = 1 << 3;
pub const NOGLOB: u32 = 1 << 4;
pub const HASHALL: u32 = 1 << 5;
pub const INTERACTIVE: u32 = 1 << 6;
pub const MONITOR: u32 = 1 << 7;
pub const NOEXEC: u32 = 1 << 8;
pub const STDIN: u32 = 1 << 9;
pub const NOUNSET: u32 = 1 << 10;
pub const VERBOSE: u32 = 1 << 11;
pub const XTRACE: u32 = 1 << 12;
/// `SIGPIPE` among the signals that are caught.
pub const PIPE_BIT: u64 = 1 << (sys::libc::SIGPIPE - 1);
pub const PIPEFAIL: u32 = 1 << 13;
pub const IGNOREEOF: u32 = 1 << 14;
pub const VI: u32 = 1 << 15;
pub const EMACS: u32 = 1 << 16;
pub const NULLGLOB: u32 = 1 << 18;

/// Letters (a blank for none) and names of the options, by bit.
pub const OPTIONS: &[u8] =
    b"aallexport bnotify Cnoclobber eerrexit fnoglob hhashall iinteractive mmonitor nnoexec \
sstdin unounset vverbose xxtrace _pipefail Iignoreeof Vvi Eemacs _nolog _nullglob _posix";

/// Why execution does not go on with the next command. The status is the shell's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// `break` and `continue`: [`Shell::leaving`] says how many loops.
    Break,
    Continue,
    Return,
    /// `exit`: up to the end of the (sub)shell.
    Exit,
    /// An error that ends a shell which is not interactive.
    Abort,
    /// The rest of the subshell has been run by a child.
    Done,
    /// A built-in has failed, which is told.
    Failed,
}

/// What execution gives.
pub type Run<T = ()> = Result<T, Stop>;

/// Words after expansion: their bytes one behind the other, and where each ends.
#[derive(Default, Clone)]
pub struct Args {
    pub bytes: Vec<u8>,
    pub ends: Vec<usize>,
}

impl Args {
    #[inline(never)]
    pub fn new(words: &[&[u8]]) -> Args {
        let mut args = Args::default();
        for word in words {
            args.push(word);
        }
        args
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn get(&self, at: usize) -> Option<&[u8]> {
        let end = *self.ends.get(at)?;
        let start = match at.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.bytes.get(start..end)
    }

    pub fn push(&mut self, word: &[u8]) {
        self.bytes.extend_from_slice(word);
        self.ends.push(self.bytes.len());
    }

    /// Takes what has been appended to the bytes as a word.
    pub fn end_word(&mut self) {
        self.ends.push(self.bytes.len());
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.from(0)
    }

    /// The words from `first` on.
    pub fn from(&self, first: usize) -> impl Iterator<Item = &[u8]> {
        (first..self.len()).filter_map(|at| self.get(at))
    }

    /// Calls `each` with the words in their order.
    pub fn in_order(&self, each: &mut dyn FnMut(&[u8])) {
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        let word = |index: u32| self.get(index as usize).unwrap_or_default();
        files::order::sort(&mut order, &mut |a, b| word(a).cmp(word(b)));
        for &index in &order {
            each(word(index));
        }
    }

    /// The words from `first` on as slices.
    #[inline(never)]
    pub fn slices(&self, first: usize) -> Vec<&[u8]> {
        let mut list = Vec::with_capacity(self.len().saturating_sub(first));
        for word in self.from(first) {
            list.push(word);
        }
        list
    }
}

/// Positional parameters.
#[derive(Clone, Default)]
pub struct Params {
    pub args: Rc<Args>,
    /// How many words of `args` come before `$1`.
    pub first: usize,
}

impl From<Args> for Params {
    fn from(args: Args) -> Params {
        Params { args: Rc::new(args), first: 0 }
    }
}

impl Params {
    pub fn new(words: &[&[u8]]) -> Params {
        Params { args: Rc::new(Args::new(words)), first: 0 }
    }

    pub fn count(&self) -> usize {
        self.args.len().saturating_sub(self.first)
    }

    /// `$number`, from 1 on.
    pub fn get(&self, number: usize) -> Option<&[u8]> {
        self.args.get(self.first + number.checked_sub(1)?)
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.args.from(self.first)
    }
}

/// A change that a subshell takes back when it ends.
pub enum Change {
    Var(Sym, Var),
    Function(Sym, Option<Rc<Function>>),
    Alias(Sym, Option<Rc<[u8]>>),
    /// A descriptor, and what it was; `None`: closed.
    Descriptor(RawFd, Option<Fd>),
    Directory(Fd),
    Umask(u32),
}

/// Actions of traps by signal; 0 is `EXIT`, [`ERR`] is `ERR`.
pub type Traps = Vec<Option<Rc<[u8]>>>;
/// Behind the signals: the trap of failing commands.
pub const ERR: usize = 65;

/// What a subshell restores when it ends, apart from the journal.
#[derive(Clone)]
#[repr(C)]
pub struct Saved {
    pub options: u32,
    pub line: u32,
    pub errexit_off: u32,
    pub loop_depth: u32,
    pub function_depth: u32,
    pub last_background: i32,
    pub random: u32,
    /// A bit for each signal whose trap is being run.
    pub in_traps: u128,
    pub traps_inherited: bool,
    pub params: Params,
    pub traps: Rc<Traps>,
    pub getopts_at: usize,
    /// The traps of the shell around this subshell, which `trap` lists until it sets one.
    pub outer_traps: Option<Rc<Traps>>,
}

/// One subshell that runs in this process.
pub struct Boundary {
    /// How much output had been captured when it began.
    pub out_length: usize,
    pub captures: bool,
}

/// The shell. What is asked for everywhere comes first: the code is smaller for near fields.
#[repr(C)]
pub struct Shell {
    pub status: u8,
    /// The built-in being run, for messages.
    pub current: u8,
    /// `out` is in memory: it stands for a pipe that a command substitution reads.
    pub captured: bool,
    pub interactive: bool,
    pub utf8: bool,
    /// Where `exec` never comes: `CAIRN_SH_FORK` asks for real subshells.
    pub always_fork: bool,
    pub environment_old: bool,
    /// The error being passed on is one of an expansion.
    pub expansion_failed: bool,
    /// How deep in subshells, whether in this process or in children.
    pub level: u32,
    /// The level that this process was made for: its end is the end of the process.
    pub own_level: u32,
    pub state: Saved,
    pub symbols: Symbols,
    pub house: &'static House,
    /// The status of the last command substitution in the command being run.
    pub substituted: Option<u8>,
    /// How many loops a `break` or `continue` is about to leave.
    pub leaving: u32,
    pub path_generation: u32,
    /// `$$`.
    pub pid: i32,
    /// Variables that functions have made local, and what they were.
    pub locals: Vec<(Sym, Var)>,
    /// Where those of the function being run begin.
    pub scope: usize,
    pub journal: Vec<Change>,
    /// `$0`.
    pub zero: Vec<u8>,
    pub out: Writer,
    /// The last error was in an expression.
    pub wrong: bool,
    /// While a trap runs: its subshell, the depth of functions it runs in, and `$?` before it.
    pub before_trap: Option<(u32, u32, u8)>,
    pub boundaries: Vec<Boundary>,
    /// Names of the functions being run.
    pub calls: Vec<Sym>,
    pub jobs: JobTable,
    pub environment: Vec<Vec<u8>>,
    /// Strings of the environment that are no variables of a shell.
    pub foreign: Vec<Vec<u8>>,
    pub seconds_from: i64,
    pub spare: Vec<Args>,
    pub login: bool,
    pub terminal: Option<Box<super::interactive::Terminal>>,
    /// Signals that were ignored when the shell began: they stay so.
    pub ignored_at_start: u64,
    /// Descriptors and children of process substitutions of the command being run.
    pub substitutions: Vec<(Fd, i32)>,
    /// `$0` is a script: messages begin with its whole name.
    pub script: bool,
    /// The user has been told of stopped jobs: the next `exit` is meant.
    pub warned_of_jobs: u8,
    /// The text being run is all that there will be: its last command may take the process's place.
    pub is_last_text: bool,
    /// Ctrl-C in the middle of a command being typed: it is dropped.
    pub interrupted: bool,
    /// A redirection has closed descriptor 0, 1 or 2 at some time.
    pub closed_standard: bool,
    /// Signals that some trap has caught: children give them their default action again.
    pub caught: u64,
    pub ifs: [bool; 256],
    /// Arrays among the operands of the declaration being run: name, `+=`, values.
    pub lists: Vec<(Sym, bool, Vec<super::arrays::Value>)>,
    /// The statuses of the last pipeline's stages.
    pub statuses: Vec<u8>,
    /// The files that `.` is running, the last one last.
    pub sources: Vec<Vec<u8>>,
}

/// A number as text.
#[inline(never)]
pub fn decimal(value: i64) -> Vec<u8> {
    let mut text = Vec::new();
    num::push_dec_i64(&mut text, value);
    text
}

impl Shell {
    #[inline]
    pub fn has(&self, option: u32) -> bool {
        self.state.options & option != 0
    }

    /// Writes to standard error as it is.
    #[cold]
    #[inline(never)]
    pub fn say(&mut self, text: &[u8]) {
        self.flush();
        // Nobody is left to tell if this fails.
        let _ = sys::fd::write_all(sys::fd::STDERR, text);
    }

    /// `name: line N: message`.
    #[cold]
    #[inline(never)]
    pub fn error(&mut self, message: &[&[u8]]) {
        let mut text = self.zero.rsplit(|&byte| byte == b'/').next().unwrap_or_default().to_vec();
        if self.script {
            text = self.zero.clone();
        }
        text.extend_from_slice(b": ");
        if !self.interactive {
            text.extend_from_slice(b"line ");
            num::push_dec(&mut text, u64::from(self.state.line));
            text.extend_from_slice(b": ");
        }
        applet::push_safely(&message.concat(), &mut text);
        text.push(b'\n');
        self.say(&text);
    }

    /// An error about a system call.
    #[cold]
    #[inline(never)]
    pub fn system_error(&mut self, about: &[&[u8]], errno: sys::Errno) {
        let mut number = Vec::new();
        let why = applet::reason(errno.0, &mut number);
        self.error(&[&about.concat(), b": ", why]);
    }

    /// An error that ends the shell if it is not interactive.
    pub fn abort<T>(&mut self, message: &[&[u8]]) -> Run<T> {
        self.error(message);
        self.status = 2;
        Err(Stop::Abort)
    }

    /// An error in an expression. It ends a script as any other, but not in what POSIX does not know: see [`Shell::forgiving`].
    #[cold]
    #[inline(never)]
    pub fn wrong<T>(&mut self, message: &[&[u8]]) -> Run<T> {
        self.wrong = true;
        self.abort(message)
    }

    /// `(( ))`, `[[ ]]`, `let`: as in bash and BusyBox, an error in an expression is just a failure, with status 2.
    #[inline(never)]
    pub fn forgiving(&mut self, body: &mut dyn FnMut(&mut Shell) -> Run) -> Run {
        self.wrong = false;
        match body(self) {
            Err(Stop::Abort) if self.wrong => Ok(()),
            result => result,
        }
    }

    /// Sends the output of built-ins, unless it is kept in memory.
    #[inline]
    pub fn flush(&mut self) {
        if !self.captured {
            // Built-ins report a failed write themselves.
            let _ = self.out.flush_and_clear();
        }
    }

    pub fn take_args(&mut self) -> Args {
        self.spare.pop().unwrap_or_default()
    }

    #[inline(never)]
    pub fn give_args(&mut self, mut args: Args) {
        if self.spare.len() < 16 && (1..1 << 16).contains(&args.bytes.capacity()) {
            args.clear();
            self.spare.push(args);
        }
    }

    /// Writes down the older state of a variable when a subshell is about to change it.
    #[inline]
    fn note(&mut self, sym: Sym) {
        if self.level > self.own_level {
            let level = self.level;
            let var = &mut self.symbols.get_mut(sym).var;
            if var.level < level {
                let old = var.clone();
                var.level = level;
                self.journal.push(Change::Var(sym, old));
            }
        }
    }

    /// The variable, about to be changed by `change`; its export is kept track of.
    pub fn change(&mut self, sym: Sym, change: impl FnOnce(&mut Var)) {
        self.note(sym);
        let var = &mut self.symbols.get_mut(sym).var;
        let before = var.flags;
        change(var);
        self.changed(sym, before);
    }

    /// After a change of a variable whose flags were `before`.
    #[inline(never)]
    pub fn changed(&mut self, sym: Sym, before: u8) {
        if (before | self.symbols.get(sym).var.flags) & EXPORT != 0 {
            self.environment_old = true;
        }
        if sym <= LANG {
            self.assigned(sym);
        }
    }

    /// What follows from a change of a variable that the shell itself uses.
    fn assigned(&mut self, sym: Sym) {
        match sym {
            IFS => self.set_ifs(),
            PATH => self.path_generation += 1,
            LC_ALL | LC_CTYPE | LANG => self.set_locale(),
            OPTIND => self.state.getopts_at = 0,
            _ => {}
        }
    }

    pub fn set_ifs(&mut self) {
        let var = &self.symbols.get(IFS).var;
        let value: &[u8] = if var.flags & SET != 0 { &var.value } else { b" \t\n" };
        self.ifs = [false; 256];
        for &byte in value {
            if let Some(entry) = self.ifs.get_mut(usize::from(byte)) {
                *entry = true;
            }
        }
    }

    pub fn set_locale(&mut self) {
        let names = [LC_ALL, LC_CTYPE, LANG];
        let locale =
            names.iter().map(|&sym| &self.symbols.get(sym).var.value).find(|value| !value.is_empty());
        self.utf8 = !matches!(locale.map(Vec::as_slice), Some(b"C" | b"POSIX"));
    }

    /// The value of a variable, if it is set.
    #[inline]
    pub fn var(&mut self, sym: Sym) -> Option<&[u8]> {
        if self.symbols.get(sym).var.flags & DYNAMIC != 0 {
            self.refresh(sym);
        }
        let var = &self.symbols.get(sym).var;
        (var.flags & SET != 0).then_some(&var.value)
    }

    /// As [`Shell::var`]; unset is empty.
    pub fn text_of(&mut self, sym: Sym) -> Vec<u8> {
        self.var(sym).unwrap_or_default().to_vec()
    }

    /// Makes the value of a variable that changes by itself.
    #[cold]
    #[inline(never)]
    fn refresh(&mut self, sym: Sym) {
        let mut value = Vec::new();
        let mut list = Args::default();
        match sym {
            LINENO => num::push_dec(&mut value, u64::from(self.state.line)),
            RANDOM => {
                self.state.random = self.state.random.wrapping_mul(1_103_515_245).wrapping_add(12345);
                num::push_dec(&mut value, u64::from(self.state.random >> 16 & 0x7fff));
            }
            SECONDS => {
                let now = sys::time::now().sec;
                num::push_dec_i64(&mut value, now - self.seconds_from);
            }
            EPOCHSECONDS => num::push_dec_i64(&mut value, sys::time::now().sec),
            EPOCHREALTIME => {
                let now = sys::time::now();
                num::push_dec_i64(&mut value, now.sec);
                value.push(b'.');
                num::push_radix(&mut value, u64::from(now.nsec / 1000), 10, 6);
            }
            FUNCNAME => {
                for &call in self.calls.iter().rev() {
                    list.push(&self.symbols.get(call).name);
                }
            }
            PIPESTATUS if self.statuses.is_empty() => num::push_dec(&mut value, u64::from(self.status)),
            PIPESTATUS => {
                for &status in &self.statuses {
                    num::push_dec(&mut list.bytes, u64::from(status));
                    list.end_word();
                }
            }
            BASH_SOURCE => {
                for source in self.sources.iter().rev() {
                    list.push(source);
                }
                if self.script {
                    list.push(&self.zero);
                }
            }
            BASHPID => num::push_dec(&mut value, sys::process::id() as u64),
            _ => {}
        }
        let var = &mut self.symbols.get_mut(sym).var;
        if let Some(first) = list.get(0) {
            value = first.to_vec();
        }
        var.value = value;
        let mut rest = Vec::new();
        for (number, word) in (1..).zip(list.from(1)) {
            rest.push(Item { key: Key { number, ..Key::default() }, value: word.to_vec() });
        }
        var.rest = Some(Rc::new(rest));
        var.flags |= SET;
    }

    /// Assigns; a read-only variable is an error.
    #[inline]
    pub fn set(&mut self, sym: Sym, value: &[u8]) -> Run {
        let flags = self.symbols.get(sym).var.flags;
        if flags & (READONLY | INTEGER | DYNAMIC | EXPORT) != 0
            || sym <= LANG
            || self.level > self.own_level
            || self.has(ALLEXPORT)
        {
            return self.set_slow(sym, value);
        }
        let var = &mut self.symbols.get_mut(sym).var;
        var.value.clear();
        var.value.extend_from_slice(value);
        var.flags |= SET;
        Ok(())
    }

    #[inline(never)]
    fn set_slow(&mut self, sym: Sym, value: &[u8]) -> Run {
        let flags = self.symbols.get(sym).var.flags;
        if flags & READONLY != 0 {
            return self.read_only(sym);
        }
        if flags & INTEGER != 0 {
            let number = self.arithmetic_text(value)?;
            let mut text = Vec::new();
            num::push_dec_i64(&mut text, number);
            self.store(sym, &text);
            return Ok(());
        }
        if flags & DYNAMIC != 0 {
            match sym {
                RANDOM => self.state.random = arith::quick_number(value).unwrap_or(0) as u32,
                SECONDS => self.seconds_from = sys::time::now().sec - arith::quick_number(value).unwrap_or(0),
                LINENO => self.change(sym, |var| var.flags &= !DYNAMIC),
                _ => return Ok(()),
            }
            if sym != LINENO {
                return Ok(());
            }
        }
        self.store(sym, value);
        Ok(())
    }

    /// Adds to the end of a variable that is set.
    pub fn append(&mut self, sym: Sym, more: &[u8]) -> Run {
        self.change(sym, |var| var.value.extend_from_slice(more));
        Ok(())
    }

    /// Assigns without asking whether that is allowed.
    pub fn store(&mut self, sym: Sym, value: &[u8]) {
        let export = if self.has(ALLEXPORT) { EXPORT } else { 0 };
        self.change(sym, |var| {
            var.value.clear();
            var.value.extend_from_slice(value);
            var.flags |= SET | export;
        });
    }

    pub fn read_only<T>(&mut self, sym: Sym) -> Run<T> {
        self.complain_of(sym, b": is read only");
        Err(Stop::Abort)
    }

    #[cold]
    #[inline(never)]
    fn complain_of(&mut self, sym: Sym, what: &[u8]) {
        let name = self.symbols.get(sym).name.clone();
        self.error(&[&name, what]);
        self.status = 2;
    }

    /// Assigns a number.
    #[inline]
    pub fn set_number(&mut self, sym: Sym, number: i64) -> Run {
        let mut buffer = num::new_buf();
        let text = num::dec_i64(number, &mut buffer);
        self.set(sym, text)
    }

    /// Adds and takes away flags.
    pub fn set_flags(&mut self, sym: Sym, on: u8, off: u8) {
        self.change(sym, |var| var.flags = var.flags & !off | on);
    }

    pub fn unset(&mut self, sym: Sym) -> Run {
        if self.symbols.get(sym).var.flags & READONLY != 0 {
            return self.read_only(sym);
        }
        self.change(sym, |var| {
            *var = Var { level: var.level, ..Var::default() };
        });
        Ok(())
    }

    /// Puts a variable back as it was.
    pub fn restore(&mut self, sym: Sym, mut old: Var) {
        self.change(sym, |var| {
            old.level = var.level;
            *var = old;
        });
    }

    /// Defines a function, or takes it away.
    pub fn set_function(&mut self, sym: Sym, function: Option<Rc<Function>>) {
        let old = core::mem::replace(&mut self.symbols.get_mut(sym).function, function);
        if self.level > self.own_level {
            self.journal.push(Change::Function(sym, old));
        }
    }

    pub fn set_alias(&mut self, sym: Sym, alias: Option<Rc<[u8]>>) {
        let old = core::mem::replace(&mut self.symbols.get_mut(sym).alias, alias);
        if self.level > self.own_level {
            self.journal.push(Change::Alias(sym, old));
        }
    }

    /// The environment of commands is up to date afterwards.
    pub fn renew_environment(&mut self) {
        if !self.environment_old {
            return;
        }
        self.environment_old = false;
        let mut list = core::mem::take(&mut self.environment);
        list.clear();
        for symbol in &self.symbols.list {
            if symbol.var.flags & (EXPORT | SET | ARRAY | KEYED) == EXPORT | SET {
                let mut entry = Vec::with_capacity(symbol.name.len() + 1 + symbol.var.value.len());
                entry.extend_from_slice(&symbol.name);
                entry.push(b'=');
                entry.extend_from_slice(&symbol.var.value);
                list.push(entry);
            }
        }
        list.extend(self.foreign.iter().cloned());
        self.environment = list;
    }

    /// The value of an arithmetic expression in `text`, which has no expansions any more.
    pub fn arithmetic_text(&mut self, text: &[u8]) -> Run<i64> {
        if let Some(number) = arith::quick_number(text) {
            return Ok(number);
        }
        match arith::compile(text, &mut self.symbols) {
            Ok(expr) => match self.evaluate(&expr, 0) {
                Ok(Some(value)) => Ok(value),
                Ok(None) => Ok(0),
                Err(stop) => Err(stop),
            },
            Err(why) => {
                let text = text.trim_ascii().to_vec();
                self.wrong(&[why, b": \"", &text, b"\""])
            }
        }
    }

    /// The value of an expression; `None` when a `$x` in it must be expanded as text first.
    pub fn evaluate(&mut self, expr: &arith::Expr, depth: u32) -> Run<Option<i64>> {
        use arith::Expr::*;
        macro_rules! value {
            ($expr:expr) => {
                match self.evaluate($expr, depth)? {
                    Some(value) => value,
                    None => return Ok(None),
                }
            };
        }
        Ok(Some(match expr {
            Number(number) => *number,
            Var(sym) => self.number_of(*sym, depth)?,
            Dollar(sym) => {
                let value = self.var(*sym).unwrap_or_default();
                if !value.first().is_some_and(u8::is_ascii_digit) {
                    return Ok(None);
                }
                match arith::quick_number(value) {
                    Some(number) => number,
                    None => return Ok(None),
                }
            }
            Unary(sign, operand) => {
                let value = value!(operand);
                match sign {
                    b'-' => value.wrapping_neg(),
                    b'!' => i64::from(value == 0),
                    _ => !value,
                }
            }
            Binary(operator, pair) => {
                let left = value!(&pair.0);
                let right = value!(&pair.1);
                match arith::apply(*operator, left, right) {
                    Ok(value) => value,
                    Err(why) => return self.wrong(&[why]),
                }
            }
            And(pair) => i64::from(value!(&pair.0) != 0 && value!(&pair.1) != 0),
            Or(pair) => i64::from(value!(&pair.0) != 0 || value!(&pair.1) != 0),
            Condition(parts) => {
                if value!(&parts.0) != 0 {
                    value!(&parts.1)
                } else {
                    value!(&parts.2)
                }
            }
            Assign(operator, sym, operand) => {
                let mut value = value!(operand);
                if *operator != arith::Operator::Comma {
                    let old = self.number_of(*sym, depth)?;
                    value = match arith::apply(*operator, old, value) {
                        Ok(value) => value,
                        Err(why) => return self.wrong(&[why]),
                    };
                }
                self.set_number(*sym, value)?;
                value
            }
            Element(element) => return self.element_number(element, depth),
            Step(sym, step, post) => {
                let old = self.number_of(*sym, depth)?;
                let new = old.wrapping_add(*step);
                self.set_number(*sym, new)?;
                if *post { old } else { new }
            }
        }))
    }

    /// The value of a variable in arithmetic: a number, or an expression of its own.
    #[inline]
    fn number_of(&mut self, sym: Sym, depth: u32) -> Run<i64> {
        let unset = self.has(NOUNSET);
        match self.var(sym) {
            Some(value) => match arith::quick_number(value) {
                Some(number) => Ok(number),
                None => self.expression_of(sym, depth),
            },
            None if unset => self.unset_parameter(sym),
            None => Ok(0),
        }
    }

    #[cold]
    fn expression_of(&mut self, sym: Sym, depth: u32) -> Run<i64> {
        let text = self.text_of(sym);
        self.expression(&text, depth)
    }

    fn expression(&mut self, text: &[u8], depth: u32) -> Run<i64> {
        if depth > 50 {
            return self.wrong(&[b"expression recursion too deep: \"", text, b"\""]);
        }
        match arith::compile(text, &mut self.symbols) {
            Ok(expr) => Ok(self.evaluate(&expr, depth + 1)?.unwrap_or(0)),
            Err(why) => self.wrong(&[why, b": \"", text, b"\""]),
        }
    }

    /// The value of `a[subscript]`, of an assignment to it, or of a step.
    #[inline(never)]
    fn element_number(&mut self, element: &arith::Element, depth: u32) -> Run<Option<i64>> {
        let sym = element.sym;
        let key = match &element.index {
            _ if self.symbols.get(sym).var.flags & KEYED != 0 => {
                // A name is made of text that has been expanded.
                if element.text.contains(&1) {
                    return Ok(None);
                }
                self.key_of(sym, &element.text)?
            }
            Some(index) => match self.evaluate(index, depth)? {
                Some(number) => self.key_at(sym, number)?,
                None => return Ok(None),
            },
            None => return self.wrong(&[b"arithmetic syntax error: \"", &element.text, b"\""]),
        };
        let mut operand = 0;
        if let arith::Action::Assign(_, expr) = &element.action {
            operand = match self.evaluate(expr, depth)? {
                Some(value) => value,
                None => return Ok(None),
            };
        }
        let text = self.element(sym, &key).unwrap_or_default().to_vec();
        let old = match (&element.action, arith::quick_number(&text)) {
            (arith::Action::Assign(arith::Operator::Comma, _), _) => 0,
            (_, Some(number)) => number,
            _ => self.expression(&text, depth)?,
        };
        let (new, value) = match &element.action {
            arith::Action::Read => return Ok(Some(old)),
            arith::Action::Step(step, post) => {
                let new = old.wrapping_add(*step);
                (new, if *post { old } else { new })
            }
            arith::Action::Assign(operator, _) => match arith::apply(*operator, old, operand) {
                Ok(value) => (value, value),
                Err(why) => return self.wrong(&[why]),
            },
        };
        self.set_element(sym, key, false, &decimal(new))?;
        Ok(Some(value))
    }

    pub fn unset_parameter<T>(&mut self, sym: Sym) -> Run<T> {
        self.complain_of(sym, b": parameter not set");
        Err(Stop::Abort)
    }

    /// A signal may have come: whether any trap waits to be run.
    #[inline]
    pub fn signalled(&self) -> bool {
        sys::signal::any()
    }

    pub fn symbol(&self, name: &[u8]) -> Option<&symbols::Symbol> {
        self.symbols.find(name).map(|sym| self.symbols.get(sym))
    }
}
