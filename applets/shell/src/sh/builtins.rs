//! Commands that belong to the shell (POSIX.1-2024 XCU 2.15 and the regular built-ins).

use alloc::vec::Vec;
use sys::{Errno, libc};

use super::exec::Target;
use super::shell::*;
use super::symbols::*;

/// Names by number, from 1 on; the special ones first.
pub const NAMES: &[u8] = b": . break continue eval exec exit export readonly return set shift times trap unset source \
alias bg cd command fg getopts hash jobs kill read type ulimit umask unalias wait local let declare typeset help pwd \
disown builtin true false [ test history fc chdir shopt mapfile";

macro_rules! numbers {
    ($($name:ident)*) => { numbers!(@ 1u8; $($name)*); };
    (@ $number:expr; $first:ident $($rest:ident)*) => {
        pub const $first: u8 = $number;
        numbers!(@ $number + 1; $($rest)*);
    };
    (@ $number:expr;) => {};
}
numbers!(COLON DOT BREAK CONTINUE EVAL EXEC EXIT EXPORT_ READONLY_ RETURN SET_ SHIFT TIMES TRAP UNSET SOURCE
    ALIAS BG CD COMMAND FG GETOPTS HASH JOBS KILL READ TYPE ULIMIT UMASK UNALIAS WAIT LOCAL LET DECLARE TYPESET HELP PWD_
    DISOWN BUILTIN TRUE FALSE BRACKET TEST HISTORY FC CHDIR SHOPT);

/// Whether the number is a special built-in's: errors in it end a script, assignments before it stay.
pub fn is_special(number: u8) -> bool {
    (COLON..=SOURCE).contains(&number)
}

/// Puts the numbers of the built-ins into the table of names.
pub fn announce(symbols: &mut Symbols) {
    for (at, name) in NAMES.split(|&byte| byte == b' ').enumerate() {
        let extra = matches!(at as u8 + 1, SOURCE | LET | DECLARE | TYPESET | DISOWN | BUILTIN | SHOPT);
        if extra && !cfg!(feature = "sh-extras") || at as u8 + 1 > SHOPT {
            continue;
        }
        let sym = symbols.intern(name);
        symbols.get_mut(sym).builtin = at as u8 + 1;
    }
}

/// The operands behind simple options: letters of `known` are collected; a wrong one is told.
pub fn letters<'a>(
    shell: &mut Shell,
    words: &'a [&'a [u8]],
    known: &[u8],
) -> Run<Result<(Vec<u8>, &'a [&'a [u8]]), ()>> {
    let mut found = Vec::new();
    let mut rest = words;
    while let [word, tail @ ..] = rest {
        match word {
            [b'-', b'-'] => {
                rest = tail;
                break;
            }
            [b'-', cluster @ ..] if !cluster.is_empty() => {
                for letter in cluster {
                    if !known.contains(letter) {
                        return shell.illegal_option(*letter).map(|()| Err(()));
                    }
                    found.push(*letter);
                }
                rest = tail;
            }
            _ => break,
        }
    }
    Ok(Ok((found, rest)))
}

macro_rules! letters {
    ($shell:expr, $words:expr, $known:expr) => {
        match letters($shell, $words, $known)? {
            Ok(found) => found,
            Err(()) => return Ok(()),
        }
    };
}

impl Shell {
    #[cold]
    pub fn illegal_option(&mut self, letter: u8) -> Run {
        self.fail(2, &[b"illegal option -", &[letter]])
    }

    /// An error of a built-in, which is named.
    #[cold]
    pub fn fail(&mut self, status: u8, message: &[&[u8]]) -> Run {
        let text = message.concat();
        let name = NAMES
            .split(|&byte| byte == b' ')
            .nth(usize::from(self.current.wrapping_sub(1)))
            .unwrap_or_default();
        self.error(&[name, b": ", &text]);
        self.status = status;
        if is_special(self.current) { Err(Stop::Abort) } else { Ok(()) }
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
        let words = args.slices(first + 1);
        let result = self.builtin(number, &words, args, first);
        self.current = outer;
        if !self.captured && self.out.flush().is_err() {
            let errno = self.out.flush_and_clear().err().unwrap_or(Errno(libc::EIO));
            self.status = 1;
            self.system_error(&[b"write error"], errno);
        }
        result
    }

    pub fn builtin(&mut self, number: u8, words: &[&[u8]], args: &Args, first: usize) -> Run {
        let before = self.status;
        if !matches!(number, RETURN | EXIT | EVAL | DOT | SOURCE) {
            self.status = 0;
        }
        match number {
            DOT | SOURCE => self.dot(words),
            BREAK | CONTINUE => self.leave_loops(number == BREAK, words),
            EVAL => {
                let text = words.join(&b" "[..]);
                self.run_text(&text)
            }
            EXEC => self.exec_builtin(words),
            EXIT => {
                self.status = match self.before_trap {
                    Some((level, status)) if level == self.level => status,
                    _ => before,
                };
                self.exit_builtin(words)
            }
            EXPORT_ => self.declare(words, EXPORT),
            READONLY_ => self.declare(words, READONLY),
            RETURN => {
                self.status = before;
                if let Some(word) = words.first() {
                    match num::parse_i64(word) {
                        Ok(status) => self.status = status as u8,
                        Err(_) => return self.fail(2, &[word, b": numeric argument required"]),
                    }
                }
                Err(Stop::Return)
            }
            SET_ => self.set_builtin(words),
            SHIFT => self.shift(words),
            TIMES => {
                let times = sys::process::times();
                let mut text = Vec::new();
                for (at, ticks) in times.iter().enumerate() {
                    push_time(ticks * 10, false, &mut text);
                    text.push(if at % 2 == 0 { b' ' } else { b'\n' });
                }
                self.out.write(&text);
                Ok(())
            }
            TRAP => self.trap(words),
            UNSET => self.unset_builtin(words),
            ALIAS => self.alias(words),
            UNALIAS => self.unalias(words),
            CD | CHDIR => self.cd(words),
            PWD_ => self.pwd(words),
            COMMAND => self.command(words, args, first),
            BUILTIN => self.command_builtin(words),
            TYPE => self.type_builtin(words),
            HASH => self.hash(words),
            GETOPTS => self.getopts(words),
            JOBS => self.jobs_builtin(words),
            FG | BG => self.resume_builtin(words, number == FG),
            DISOWN => self.disown(words),
            WAIT => self.wait_builtin(words),
            KILL => self.kill(words),
            READ => self.read_builtin(words),
            ULIMIT => self.ulimit(words),
            UMASK => self.umask(words),
            LOCAL => self.local(words),
            LET => {
                let mut value = 0;
                if words.is_empty() {
                    return self.fail(2, &[b"expression expected"]);
                }
                for word in words {
                    value = self.arithmetic_text(word)?;
                }
                self.status = u8::from(value == 0);
                Ok(())
            }
            DECLARE | TYPESET => self.declare_builtin(words),
            HISTORY => {
                let text = self.history_text();
                self.out.write(&text);
                Ok(())
            }
            FC => self.fc(words),
            SHOPT => self.shopt(words),
            HELP => {
                self.out.write(b"Built-in commands:\n------------------\n");
                for (at, name) in NAMES.split(|&byte| byte == b' ').enumerate() {
                    self.out.write(if at % 8 == 0 { b"\t" } else { b" " });
                    self.out.write(name);
                    if at % 8 == 7 {
                        self.out.byte(b'\n');
                    }
                }
                self.out.byte(b'\n');
                Ok(())
            }
            _ => Ok(()),
        }
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
            (3, Some(left), Some(b"=" | b"=="), Some(right)) => Some(left == right),
            (3, Some(left), Some(b"!="), Some(right)) => Some(left != right),
            (3, Some(left), Some(operator @ [b'-', _, _]), Some(right)) => {
                match (decimal(left), decimal(right)) {
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

    #[inline(never)]
    pub fn test_by_applet(&mut self, args: &Args, first: usize) -> Run {
        let words = args.slices(first);
        if words.len() == 3
            && let [_, b"-o", name] = words.as_slice()
        {
            let set = self.option_by_name(name).is_some_and(|bit| self.has(bit));
            self.status = u8::from(!set);
            return Ok(());
        }
        let Some((&name, rest)) = words.split_first() else { return Ok(()) };
        match (self.house.find)(b"test") {
            Some(id) => {
                self.renew_environment();
                self.status = self.call_applet(id, name, rest);
            }
            None => {
                self.status = 127;
                self.error(&[name, b": not found"]);
            }
        }
        Ok(())
    }

    pub fn dot(&mut self, words: &[&[u8]]) -> Run {
        let Some((&name, params)) = words.split_first() else {
            return self.fail(2, &[b"file name expected"]);
        };
        let mut file = name.to_vec();
        if !name.contains(&b'/') {
            let path = self.text_of(PATH);
            let found = path.split(|&byte| byte == b':').map(|folder| match folder {
                b"" => name.to_vec(),
                _ => [folder, b"/", name].concat(),
            });
            if let Some(found) =
                found.into_iter().find(|file| sys::fs::stat(file).is_ok_and(|stat| stat.is_file()))
            {
                file = found;
            }
        }
        let fd = match sys::fd::open_read(&file).and_then(|fd| sys::fd::duplicate_above(fd.raw(), 10)) {
            Ok(fd) => fd,
            Err(errno) => {
                let mut number = Vec::new();
                let why = applet::reason(errno.0, &mut number).to_vec();
                return self.fail(2, &[b"can't open '", name, b"': ", &why]);
            }
        };
        let mut outer = None;
        if !params.is_empty() {
            let mut args = Args::default();
            params.iter().for_each(|word| args.push(word));
            let new = Params { args: alloc::rc::Rc::new(args), first: 0 };
            outer = Some(core::mem::replace(&mut self.state.params, new));
        }
        let loops = core::mem::take(&mut self.state.loop_depth);
        self.state.function_depth += 1;
        let result = self.run_file(fd.raw());
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

    pub fn leave_loops(&mut self, all: bool, words: &[&[u8]]) -> Run {
        let mut count = 1;
        if let Some(word) = words.first() {
            match num::parse_u64(word) {
                Ok(number @ 1..) => count = number.min(1 << 20) as u32,
                _ => return self.fail(2, &[word, b": bad number"]),
            }
        }
        let count = count.min(self.state.loop_depth);
        match count {
            0 => Ok(()),
            _ if all => Err(Stop::Break(count)),
            _ => Err(Stop::Continue(count)),
        }
    }

    pub fn exec_builtin(&mut self, words: &[&[u8]]) -> Run {
        let mut name = None;
        let mut clear = false;
        let mut login = false;
        let mut rest = words;
        // -a NAME, -c and -l are bash's.
        while let [option @ [b'-', _, ..], tail @ ..] = rest {
            rest = tail;
            match *option {
                b"--" => break,
                b"-a" => {
                    let Some((first, tail)) = rest.split_first() else {
                        return self.fail(2, &[b"-a: name expected"]);
                    };
                    name = Some(*first);
                    rest = tail;
                }
                b"-c" => clear = true,
                b"-l" => login = true,
                [_, letter, ..] => return self.illegal_option(*letter),
                _ => {}
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
        let errno = match target {
            Target::Path(path) => self.exec(&path, &argv),
            // An applet by its name: this binary again, as a program of its own.
            Target::Applet(_) => {
                let path = self.own_path(command);
                self.exec(&path, &argv)
            }
            _ if sys::fs::stat(command).is_ok() && command.contains(&b'/') => Errno(libc::EACCES),
            _ => Errno(libc::ENOENT),
        };
        self.environment_old = true;
        let status = if errno.0 == libc::ENOENT { 127 } else { 126 };
        let command = command.to_vec();
        if status == 127 {
            self.error(&[b"exec: ", &command, b": not found"]);
        } else {
            self.system_error(&[b"exec: ", &command], errno);
        }
        self.status = status;
        if self.interactive { Ok(()) } else { Err(Stop::Exit) }
    }

    pub fn exit_builtin(&mut self, words: &[&[u8]]) -> Run {
        if let Some(word) = words.first() {
            match num::parse_i64(word) {
                Ok(status) => self.status = status as u8,
                Err(_) => return self.fail(2, &[word, b": numeric argument required"]),
            }
        }
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
            return self.fail(2, &[name, b": bad variable name"]);
        }
        let target = self.symbols.intern(name);
        let params = self.state.params.clone();
        let list: Vec<&[u8]> = if rest.is_empty() { params.iter().collect() } else { rest.to_vec() };
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
        let mut argument: Option<Vec<u8>> = None;
        if at >= word.len() {
            index += 1;
        }
        match known {
            None => {
                result = b'?';
                if silent {
                    argument = Some(alloc::vec![letter]);
                } else {
                    self.say_option(b"illegal option -- ", letter);
                }
            }
            Some(_) if wants => {
                if at < word.len() {
                    argument = word.get(at..).map(<[u8]>::to_vec);
                    index += 1;
                } else if let Some(next) = list.get(index - 1) {
                    argument = Some(next.to_vec());
                    index += 1;
                } else if silent {
                    result = b':';
                    argument = Some(alloc::vec![letter]);
                } else {
                    result = b'?';
                    self.say_option(b"option requires an argument -- ", letter);
                }
                at = 0;
            }
            Some(_) => {}
        }
        if at >= word.len() {
            at = 0;
        }
        self.set_number(OPTIND, index as i64)?;
        match argument {
            Some(argument) => self.set(OPTARG, &argument)?,
            None => self.unset(OPTARG)?,
        }
        self.set(target, &[result])?;
        // Assigning OPTIND has begun anew.
        self.state.getopts_at = at;
        Ok(())
    }

    pub fn say_option(&mut self, text: &[u8], letter: u8) {
        let zero = self.zero.clone();
        self.say(&[&zero[..], b": ", text, &[letter], b"\n"].concat());
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
fn decimal(text: &[u8]) -> Option<i64> {
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

/// `name=value`, or `name+=value`, whose name then is one byte shorter than what stands before the `=`.
pub fn split_assignment(word: &[u8]) -> (&[u8], Option<&[u8]>) {
    match word.iter().position(|&byte| byte == b'=') {
        Some(at) => {
            let name = word.get(..at).unwrap_or_default();
            (name.strip_suffix(b"+").unwrap_or(name), word.get(at + 1..))
        }
        None => (word, None),
    }
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
