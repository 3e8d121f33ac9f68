//! Commands that belong to the shell (POSIX.1-2024 XCU 2.15 and the regular built-ins).

use alloc::vec::Vec;
use sys::{Errno, libc};

use super::arrays::split_element;
use super::command::Target;
use super::parser::EXTRAS;
use super::shell::*;
use super::symbols::*;

/// Names by number, from 1 on; the special ones first.
pub const NAMES: &[u8] = b": . break continue eval exec exit export readonly return set shift times trap unset source \
alias bg cd command fg getopts hash jobs kill read type ulimit umask unalias wait local let declare typeset help pwd \
disown builtin true false [ test history fc chdir shopt mapfile readarray";

// The numbers of those that are not like the others.
pub const COLON: u8 = 1;
pub const DOT: u8 = 2;
pub const BREAK: u8 = 3;
pub const EVAL: u8 = 5;
pub const EXEC: u8 = 6;
pub const EXIT: u8 = 7;
pub const EXPORT_: u8 = 8;
pub const RETURN: u8 = 10;
pub const SOURCE: u8 = 16;
pub const FG: u8 = 21;
pub const LOCAL: u8 = 32;
pub const LET: u8 = 33;
pub const DECLARE: u8 = 34;
pub const TYPESET: u8 = 35;
pub const DISOWN: u8 = 38;
pub const BUILTIN: u8 = 39;
pub const TRUE: u8 = 40;
pub const FALSE: u8 = 41;
pub const BRACKET: u8 = 42;
pub const TEST: u8 = 43;
pub const SHOPT: u8 = 47;
pub const READARRAY: u8 = 49;

/// Whether the number is a special built-in's: errors in it end a script, assignments before it stay.
pub fn is_special(number: u8) -> bool {
    (COLON..=SOURCE).contains(&number)
}

/// Puts the numbers of the built-ins into the table of names.
pub fn announce(symbols: &mut Symbols) {
    for (at, name) in super::symbols::words(NAMES).enumerate() {
        let extra = matches!(at as u8 + 1, SOURCE | LET | DECLARE | TYPESET | DISOWN | BUILTIN | SHOPT..);
        if extra && !cfg!(feature = "sh-extras") {
            continue;
        }
        let sym = symbols.intern(name);
        symbols.get_mut(sym).builtin = at as u8 + 1;
    }
}

/// What runs a built-in: it is given the words behind its name.
type Builtin = fn(&mut Shell, &[&[u8]]) -> Run;

/// The built-ins in the order of [`NAMES`]; `test` and `[` go their own way.
const TABLE: [Builtin; READARRAY as usize] = [
    Shell::nothing,
    Shell::dot,
    Shell::leave_loops,
    Shell::leave_loops,
    Shell::eval,
    Shell::exec_builtin,
    Shell::exit_builtin,
    Shell::declare,
    Shell::declare,
    Shell::return_builtin,
    Shell::set_builtin,
    Shell::shift,
    Shell::times,
    Shell::trap,
    Shell::unset_builtin,
    Shell::dot,
    Shell::alias,
    Shell::resume_builtin,
    Shell::cd,
    Shell::command,
    Shell::resume_builtin,
    Shell::getopts,
    Shell::hash,
    Shell::jobs_builtin,
    Shell::kill,
    Shell::read_builtin,
    Shell::type_builtin,
    Shell::ulimit,
    Shell::umask,
    Shell::unalias,
    Shell::wait_builtin,
    Shell::local,
    Shell::let_builtin,
    Shell::declare_builtin,
    Shell::declare_builtin,
    Shell::help,
    Shell::pwd,
    Shell::disown,
    Shell::builtin,
    Shell::nothing,
    Shell::nothing,
    Shell::nothing,
    Shell::nothing,
    Shell::history_builtin,
    Shell::fc,
    Shell::cd,
    Shell::shopt,
    Shell::mapfile,
    Shell::mapfile,
];

impl Shell {
    pub fn illegal_option<T>(&mut self, letter: u8) -> Run<T> {
        self.complain_of_option(b"illegal option -", letter);
        Err(Stop::Failed)
    }

    #[cold]
    #[inline(never)]
    pub fn complain_of_option(&mut self, what: &[u8], letter: u8) {
        self.complain(2, &[what, &[letter]]);
    }

    /// An error of a built-in, which is named; it ends the built-in.
    pub fn fail<T>(&mut self, status: u8, message: &[&[u8]]) -> Run<T> {
        self.complain(status, message);
        Err(Stop::Failed)
    }

    /// An error of a built-in about an operand that ends it.
    pub fn fail_at<T>(&mut self, status: u8, operand: &[u8], why: &[u8]) -> Run<T> {
        self.complain_at(status, operand, why);
        Err(Stop::Failed)
    }

    /// As [`Shell::fail_at`], with what a system call has said.
    #[cold]
    #[inline(never)]
    pub fn fail_system(&mut self, status: u8, about: &[&[u8]], errno: Errno) -> Run {
        let mut number = Vec::new();
        let why = applet::reason(errno.0, &mut number);
        self.fail_at(status, &about.concat(), why)
    }

    pub fn bad_name<T>(&mut self, name: &[u8]) -> Run<T> {
        self.fail_at(2, name, b"bad variable name")
    }

    #[cold]
    #[inline(never)]
    pub fn complain_at(&mut self, status: u8, operand: &[u8], why: &[u8]) {
        self.complain(status, &[operand, b": ", why]);
    }

    /// An error of a built-in that goes on with its other operands.
    #[cold]
    #[inline(never)]
    pub fn complain(&mut self, status: u8, message: &[&[u8]]) {
        let name = word_at(NAMES, usize::from(self.current.wrapping_sub(1)));
        self.error(&[name, b": ", &message.concat()]);
        self.status = status;
    }

    /// Takes options that are letters of `known` off the words: bit n stands for letter n of it.
    /// If it begins with two capitals, these two exclude each other: the last one counts.
    #[inline(never)]
    pub fn letters(&mut self, words: &mut &[&[u8]], known: &[u8]) -> Run<u32> {
        let mut found = 0;
        while let [[b'-', cluster @ ..], tail @ ..] = *words
            && !cluster.is_empty()
        {
            *words = tail;
            if cluster == b"-" {
                break;
            }
            for &letter in cluster {
                let Some(at) = known.iter().position(|&known| known == letter) else {
                    return self.illegal_option(letter);
                };
                if at < 2 && letter.is_ascii_uppercase() {
                    found &= !3;
                }
                found |= 1 << at;
            }
        }
        Ok(found)
    }

    /// Calls a built-in with the words of `args` behind `first`.
    pub fn call_builtin(&mut self, number: u8, args: &Args, first: usize) -> Run {
        match number {
            // The three that loops are made of go without a list of slices.
            COLON | TRUE => {
                self.status = 0;
                return Ok(());
            }
            FALSE => {
                self.status = 1;
                return Ok(());
            }
            BRACKET | TEST => return self.test_builtin(args, first),
            _ => {}
        }
        let outer = core::mem::replace(&mut self.current, number);
        if !matches!(number, RETURN | EXIT | EVAL | DOT | SOURCE) {
            self.status = 0;
        }
        let mut result = Ok(());
        if let Some(run) = TABLE.get(usize::from(number) - 1) {
            result = run(self, &args.slices(first + 1));
        }
        self.current = outer;
        if result == Err(Stop::Failed) {
            result = if is_special(number) { Err(Stop::Abort) } else { Ok(()) };
        }
        if !self.captured && self.out.flush().is_err() {
            let errno = self.out.flush_and_clear().err().unwrap_or(Errno(libc::EIO));
            self.status = 1;
            // A process would have been ended by the signal.
            if errno.0 != libc::EPIPE || !sys::signal::has_come(libc::SIGPIPE) {
                self.system_error(&[b"write error"], errno);
            }
        }
        result
    }

    fn nothing(&mut self, _: &[&[u8]]) -> Run {
        Ok(())
    }

    fn eval(&mut self, words: &[&[u8]]) -> Run {
        let text = words.join(&b" "[..]);
        self.run_text(&text)
    }

    fn return_builtin(&mut self, words: &[&[u8]]) -> Run {
        self.take_status(words, false)?;
        Err(Stop::Return)
    }

    /// The status that `exit` and `return` are given; in a trap, without one, that from before it. A function that the
    /// trap calls returns as ever.
    fn take_status(&mut self, words: &[&[u8]], leaves: bool) -> Run {
        if let Some((level, depth, status)) = self.before_trap
            && level == self.level
            && (leaves || depth == self.state.function_depth)
        {
            self.status = status;
        }
        if let Some(word) = words.first() {
            match num::parse_i64(word) {
                Ok(status) => self.status = status as u8,
                Err(_) => return self.fail_at(2, word, b"numeric argument required"),
            }
        }
        Ok(())
    }

    fn times(&mut self, _: &[&[u8]]) -> Run {
        let times = sys::process::times();
        let mut text = Vec::new();
        for (at, ticks) in times.iter().enumerate() {
            push_time(ticks * 10, false, &mut text);
            text.push(if at % 2 == 0 { b' ' } else { b'\n' });
        }
        self.out.write(&text);
        Ok(())
    }

    fn let_builtin(&mut self, words: &[&[u8]]) -> Run {
        if words.is_empty() {
            return self.fail(2, &[b"expression expected"]);
        }
        self.forgiving(&mut |shell| {
            for word in words {
                let value = shell.arithmetic_text(word)?;
                shell.status = u8::from(value == 0);
            }
            Ok(())
        })
    }

    fn help(&mut self, _: &[&[u8]]) -> Run {
        self.out.write(b"Built-in commands:\n------------------\n");
        for (at, name) in super::symbols::words(NAMES).enumerate() {
            self.out.write(if at % 8 == 0 { b"\t" } else { b" " });
            self.out.write(name);
            if at % 8 == 7 {
                self.out.byte(b'\n');
            }
        }
        self.out.byte(b'\n');
        Ok(())
    }

    /// `test` and `[`: the usual forms here, all others by the applet.
    #[inline]
    pub fn test_builtin(&mut self, args: &Args, first: usize) -> Run {
        let word = |at: usize| args.get(first + at);
        let bracket = word(0) == Some(b"[");
        let mut count = args.len() - first - 1;
        if bracket && count > 0 && word(count) == Some(b"]") {
            count -= 1;
        } else if bracket {
            return self.test_by_applet(args, first);
        }
        let quick = match (count, word(1), word(2), word(3)) {
            (1, Some(text), _, _) => Some(!text.is_empty()),
            (2, Some(b"-n"), Some(text), _) => Some(!text.is_empty()),
            (2, Some(b"-z"), Some(text), _) => Some(text.is_empty()),
            (2, Some([b'-', letter @ (b'o' | b'v')]), Some(name), _) => Some(self.asks_shell(*letter, name)?),
            (3, Some(left), Some(b"=" | b"=="), Some(right)) => Some(left == right),
            (3, Some(left), Some(b"!="), Some(right)) => Some(left != right),
            (3, Some(left), Some(operator @ [b'-', _, _]), Some(right)) => {
                match (plain_number(left), plain_number(right)) {
                    (Some(left), Some(right)) => compare_numbers(operator, left, right),
                    _ => None,
                }
            }
            _ => None,
        };
        match quick {
            Some(value) => {
                self.status = u8::from(!value);
                Ok(())
            }
            None => self.test_by_applet(args, first),
        }
    }

    /// `-o option` and `-v variable`, which only the shell knows.
    #[inline(never)]
    pub fn asks_shell(&mut self, letter: u8, name: &[u8]) -> Run<bool> {
        if letter == b'o' {
            return Ok(self.option_by_name(name).is_some_and(|bit| self.has(bit)));
        }
        if let Some((name, subscript)) = split_element(name).filter(|_| EXTRAS) {
            let sym = self.symbols.intern(name);
            if matches!(subscript, b"@" | b"*") {
                return Ok(self.symbols.get(sym).var.has_any());
            }
            let key = self.key_of(sym, subscript)?;
            return Ok(self.element(sym, &key).is_some());
        }
        let sym = self.symbols.find(name);
        Ok(sym.is_some_and(|sym| self.var(sym).is_some()))
    }

    #[inline(never)]
    pub fn test_by_applet(&mut self, args: &Args, first: usize) -> Run {
        let words = args.slices(first);
        let Some((&name, rest)) = words.split_first() else { return Ok(()) };
        self.status = self.ask_test(name, rest);
        Ok(())
    }

    /// Asks the applet `test`; its status.
    #[inline(never)]
    pub fn ask_test(&mut self, name: &[u8], args: &[&[u8]]) -> u8 {
        let Some(id) = (self.house.find)(b"test") else {
            self.error(&[name, b": not found"]);
            return 127;
        };
        self.renew_environment();
        self.call_applet(id, name, args)
    }

    pub fn dot(&mut self, words: &[&[u8]]) -> Run {
        let Some((&name, params)) = words.split_first() else {
            return self.fail(2, &[b"file name expected"]);
        };
        let mut file = name.to_vec();
        if !name.contains(&b'/') {
            let path = self.text_of(PATH);
            let found = super::command::candidates(&path, name)
                .find(|file| sys::fs::stat(file).is_ok_and(|stat| stat.is_file()));
            file = found.unwrap_or(file);
        }
        let fd = match super::redirect::apart(sys::fd::open_read(&file)) {
            Ok(fd) => fd,
            Err(errno) => {
                return self.fail_system(2, &[b"can't open '", name, b"'"], errno);
            }
        };
        let mut outer = None;
        if !params.is_empty() {
            outer = Some(core::mem::replace(&mut self.state.params, Params::new(params)));
        }
        let loops = core::mem::take(&mut self.state.loop_depth);
        self.state.function_depth += 1;
        self.sources.push(file);
        let result = self.run_file(fd.raw());
        self.sources.pop();
        self.state.function_depth -= 1;
        self.state.loop_depth = loops;
        if let Some(outer) = outer {
            self.state.params = outer;
        }
        match result {
            Err(Stop::Return) => Ok(()),
            result => result,
        }
    }

    /// `break` and `continue`.
    pub fn leave_loops(&mut self, words: &[&[u8]]) -> Run {
        let mut count = 1;
        if let Some(word) = words.first() {
            match num::parse_u64(word) {
                Ok(number @ 1..) => count = number.min(1 << 20) as u32,
                _ => return self.fail_at(2, word, b"bad number"),
            }
        }
        self.leaving = count.min(self.state.loop_depth);
        match self.leaving {
            0 => Ok(()),
            _ if self.current == BREAK => Err(Stop::Break),
            _ => Err(Stop::Continue),
        }
    }

    pub fn exec_builtin(&mut self, words: &[&[u8]]) -> Run {
        let mut name = None;
        let mut clear = false;
        let mut login = false;
        let mut rest = words;
        // -a NAME, -c and -l are bash's.
        while let [[b'-', letter, ..], tail @ ..] = rest {
            rest = tail;
            match letter {
                b'-' => break,
                b'a' => {
                    let Some((first, tail)) = rest.split_first() else {
                        return self.fail(2, &[b"-a: name expected"]);
                    };
                    name = Some(*first);
                    rest = tail;
                }
                b'c' => clear = true,
                b'l' => login = true,
                _ => return self.illegal_option(*letter),
            }
        }
        let Some(&command) = rest.first() else { return Ok(()) };
        self.need_process()?;
        let sym = self.symbols.intern(command);
        let target = self.locate(sym);
        self.renew_environment();
        if clear {
            self.environment.clear();
        }
        let mut argv: Vec<&[u8]> = rest.to_vec();
        let shown: Vec<u8>;
        if name.is_some() || login {
            shown = [if login { &b"-"[..] } else { b"" }, name.unwrap_or(command)].concat();
            if let Some(first) = argv.first_mut() {
                *first = &shown;
            }
        }
        self.flush();
        let path = match target {
            Target::Path(path) => Some(path),
            // Under another name this binary would not know which applet it is.
            Target::Applet(id) if name.is_some() => {
                self.signals_for_child();
                let (&shown, args) = argv.split_first().unwrap_or((&command, &[]));
                let status = self.call_applet(id, shown, args);
                self.flush();
                sys::process::leave(status)
            }
            // An applet by its name: this binary again, as a program of its own.
            Target::Applet(_) => Some(self.own_path(command)),
            _ => None,
        };
        let errno = match path {
            Some(path) => self.exec(&path, &argv),
            None if sys::fs::stat(command).is_ok() && command.contains(&b'/') => Errno(libc::EACCES),
            None => Errno(libc::ENOENT),
        };
        self.environment_old = true;
        let status = if errno.0 == libc::ENOENT { 127 } else { 126 };
        if status == 127 {
            self.error(&[b"exec: ", command, b": not found"]);
        } else {
            self.system_error(&[b"exec: ", command], errno);
        }
        self.status = status;
        if self.interactive { Ok(()) } else { Err(Stop::Exit) }
    }

    pub fn exit_builtin(&mut self, words: &[&[u8]]) -> Run {
        self.take_status(words, true)?;
        if self.interactive
            && self.level == 0
            && self.warned_of_jobs == 0
            && self.jobs.list.iter().any(|job| job.stopped)
        {
            self.warned_of_jobs = 2;
            self.say(b"You have stopped jobs.\n");
            self.status = 1;
            return Ok(());
        }
        Err(Stop::Exit)
    }

    pub fn getopts(&mut self, words: &[&[u8]]) -> Run {
        let [spec, name, rest @ ..] = words else {
            return self.fail(2, &[b"usage: getopts OPTSTRING NAME [ARG]..."]);
        };
        if !is_name(name) {
            return self.bad_name(name);
        }
        let target = self.symbols.intern(name);
        let params = self.state.params.clone();
        let list = if rest.is_empty() { params.args.slices(params.first) } else { rest.to_vec() };
        let silent = spec.starts_with(b":");
        let mut index = self.var(OPTIND).and_then(super::arith::quick_number).unwrap_or(1).max(1) as usize;
        let mut at = self.state.getopts_at;
        let word = list.get(index - 1).copied().unwrap_or_default();
        if at == 0 || at >= word.len() {
            at = 1;
            if word == b"--" {
                index += 1;
            }
            if word.len() < 2 || !word.starts_with(b"-") || word == b"--" {
                self.set_number(OPTIND, index as i64)?;
                self.set(target, b"?")?;
                self.unset(OPTARG)?;
                self.status = 1;
                return Ok(());
            }
        }
        let letter = word.get(at).copied().unwrap_or(b'?');
        at += 1;
        let known = spec.iter().position(|&byte| byte == letter).filter(|_| letter != b':');
        let wants = known.is_some_and(|place| spec.get(place + 1) == Some(&b':'));
        let mut result = letter;
        let letters = [letter];
        let mut argument: Option<&[u8]> = None;
        let mut wrong: &[u8] = b"";
        if at >= word.len() {
            index += 1;
        }
        if known.is_none() {
            result = b'?';
            wrong = b"illegal option -- ";
        } else if wants {
            argument = if at < word.len() { word.get(at..) } else { list.get(index - 1).copied() };
            if argument.is_some() {
                index += 1;
            } else {
                result = if silent { b':' } else { b'?' };
                wrong = b"option requires an argument -- ";
            }
            at = 0;
        }
        if silent && !wrong.is_empty() {
            argument = Some(&letters);
        } else if !wrong.is_empty() {
            self.say(&[&self.zero[..], b": ", wrong, &letters, b"\n"].concat());
        }
        if at >= word.len() {
            at = 0;
        }
        self.set_number(OPTIND, index as i64)?;
        match argument {
            Some(argument) => self.set(OPTARG, argument)?,
            None => self.unset(OPTARG)?,
        }
        self.set(target, &[result])?;
        // Assigning OPTIND has begun anew.
        self.state.getopts_at = at;
        Ok(())
    }
}

/// A signal by name or number; `EXIT` is 0, `ERR` is [`ERR`].
pub fn signal_number(word: &[u8]) -> Option<usize> {
    if word.iter().all(u8::is_ascii_digit) {
        return num::parse_u64(word).ok().filter(|&number| number <= 64).map(|number| number as usize);
    }
    if word.eq_ignore_ascii_case(b"ERR") && cfg!(feature = "sh-extras") {
        return Some(ERR);
    }
    sys::signal::number(word).map(|number| number as usize)
}

/// A plain decimal number as `test` takes it.
fn plain_number(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut value = 0i64;
    for &byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    Some(if digits.len() < text.len() { -value } else { value })
}

/// `-eq` and its like.
pub fn compare_numbers(operator: &[u8], left: i64, right: i64) -> Option<bool> {
    Some(match operator {
        b"-eq" => left == right,
        b"-ne" => left != right,
        b"-lt" => left < right,
        b"-le" => left <= right,
        b"-gt" => left > right,
        b"-ge" => left >= right,
        _ => return None,
    })
}

/// `name=value` or `name+=value`: the name, whether it is the latter, and the value.
pub fn split_assignment(word: &[u8]) -> (&[u8], bool, Option<&[u8]>) {
    let Some(at) = word.iter().position(|&byte| byte == b'=') else { return (word, false, None) };
    let (name, value) = word.split_at_checked(at).unwrap_or_default();
    let short = name.strip_suffix(b"+");
    (short.unwrap_or(name), short.is_some(), value.get(1..))
}

/// `0m1.234s`, or in POSIX's format `1.23`.
pub fn push_time(millis: i64, posix: bool, text: &mut Vec<u8>) {
    let millis = millis.max(0) as u64;
    if posix {
        num::push_dec(text, millis / 1000);
        text.push(b'.');
        num::push_radix(text, millis % 1000 / 10, 10, 2);
        return;
    }
    num::push_dec(text, millis / 60000);
    text.push(b'm');
    num::push_dec(text, millis / 1000 % 60);
    text.push(b'.');
    num::push_radix(text, millis % 1000, 10, 3);
    text.push(b's');
}

/// One line of standard input as it is; `false` at its end.
pub fn read_plain_line(line: &mut Vec<u8>) -> bool {
    let mut byte = [0];
    let mut any = false;
    while let Ok(1) = sys::fd::read(sys::fd::STDIN, &mut byte) {
        any = true;
        if byte == *b"\n" {
            break;
        }
        line.push(byte[0]);
    }
    any
}
