//! Commands that belong to the shell (POSIX.1-2024 XCU 2.15 and the regular built-ins).

use alloc::vec::Vec;
use sys::{Errno, libc};

use super::exec::Target;
use super::expand::quote;
use super::shell::*;
use super::symbols::*;
use super::traps::push_signal;

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
fn letters<'a>(
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
    fn illegal_option(&mut self, letter: u8) -> Run {
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

    fn builtin(&mut self, number: u8, words: &[&[u8]], args: &Args, first: usize) -> Run {
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
    fn test_builtin(&mut self, args: &Args, first: usize) -> Run {
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
    fn test_by_applet(&mut self, args: &Args, first: usize) -> Run {
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

    fn dot(&mut self, words: &[&[u8]]) -> Run {
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

    fn leave_loops(&mut self, all: bool, words: &[&[u8]]) -> Run {
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

    fn exec_builtin(&mut self, words: &[&[u8]]) -> Run {
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

    fn exit_builtin(&mut self, words: &[&[u8]]) -> Run {
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

    /// `export` and `readonly`.
    fn declare(&mut self, words: &[&[u8]], flag: u8) -> Run {
        let known: &[u8] = if flag == EXPORT { b"pn" } else { b"p" };
        let (options, words) = letters!(self, words, known);
        if words.is_empty() {
            let lead: &[u8] = if flag == EXPORT { b"export " } else { b"readonly " };
            self.list_vars(lead, flag);
            return Ok(());
        }
        for word in words {
            let (name, value) = split_assignment(word);
            if !is_name(name) {
                return self.fail(2, &[name, b": bad variable name"]);
            }
            let sym = self.symbols.intern(name);
            if let Some(value) = value {
                self.set_appending(sym, name.len() + 1 < word.len() - value.len(), value)?;
            }
            if options.contains(&b'n') {
                self.set_flags(sym, 0, EXPORT)
            } else {
                self.set_flags(sym, flag, 0)
            }
        }
        Ok(())
    }

    fn set_appending(&mut self, sym: Sym, append: bool, value: &[u8]) -> Run {
        if !append {
            return self.set(sym, value);
        }
        let mut whole = self.text_of(sym);
        whole.extend_from_slice(value);
        self.set(sym, &whole)
    }

    /// Lists variables that have `flag` as commands that make them again.
    fn list_vars(&mut self, lead: &[u8], flag: u8) {
        let list = self.symbols.sorted(&|symbol| {
            symbol.var.flags & flag == flag && symbol.var.flags & (SET | EXPORT | READONLY) != 0
        });
        let mut text = Vec::new();
        for sym in list {
            let value = self.var(sym).map(<[u8]>::to_vec);
            text.extend_from_slice(lead);
            text.extend_from_slice(&self.symbols.get(sym).name);
            if let Some(value) = value {
                text.push(b'=');
                quote(&value, &mut text);
            }
            text.push(b'\n');
        }
        self.out.write(&text);
    }

    /// `declare` and `typeset`, for variables that are no arrays.
    fn declare_builtin(&mut self, words: &[&[u8]]) -> Run {
        let (mut on, mut off, mut print, mut global, mut functions) = (0, 0, false, false, false);
        let mut rest = words;
        while let [[sign @ (b'-' | b'+'), cluster @ ..], tail @ ..] = rest {
            if cluster.is_empty() {
                break;
            }
            rest = tail;
            for letter in cluster.iter() {
                let flag = match letter {
                    b'x' => EXPORT,
                    b'r' => READONLY,
                    b'i' => INTEGER,
                    b'p' => {
                        print = true;
                        0
                    }
                    b'g' => {
                        global = true;
                        0
                    }
                    b'f' | b'F' => {
                        functions = true;
                        0
                    }
                    _ => return self.illegal_option(*letter),
                };
                if *sign == b'-' { on |= flag } else { off |= flag }
            }
        }
        if functions {
            for word in rest {
                if self.symbol(word).is_none_or(|symbol| symbol.function.is_none()) {
                    self.status = 1;
                }
            }
            return Ok(());
        }
        if rest.is_empty() {
            self.list_vars(b"declare ", on | if print { 0 } else { SET });
            return Ok(());
        }
        for word in rest {
            let (name, value) = split_assignment(word);
            if !is_name(name) {
                return self.fail(1, &[name, b": bad variable name"]);
            }
            let sym = self.symbols.intern(name);
            if print {
                let value = self.text_of(sym);
                let mut text = [b"declare ", name, b"="].concat();
                quote(&value, &mut text);
                text.push(b'\n');
                self.out.write(&text);
                continue;
            }
            if self.state.function_depth > 0 && !global && !self.calls.is_empty() {
                self.make_local(sym)?;
            }
            self.set_flags(sym, on & INTEGER, off);
            if let Some(value) = value {
                self.set_appending(sym, name.len() + 1 < word.len() - value.len(), value)?;
            }
            self.set_flags(sym, on, off);
        }
        Ok(())
    }

    fn make_local(&mut self, sym: Sym) -> Run {
        let old = self.symbols.get(sym).var.clone();
        if old.flags & READONLY != 0 {
            return self.read_only(sym);
        }
        self.locals.push((sym, old));
        Ok(())
    }

    fn local(&mut self, words: &[&[u8]]) -> Run {
        if self.calls.is_empty() {
            return self.fail(2, &[b"not in a function"]);
        }
        let (_, words) = letters!(self, words, b"rx");
        for word in words {
            let (name, value) = split_assignment(word);
            if name == b"-" {
                continue;
            }
            if !is_name(name) {
                return self.fail(2, &[name, b": bad variable name"]);
            }
            let sym = self.symbols.intern(name);
            self.make_local(sym)?;
            if let Some(value) = value {
                self.set(sym, value)?;
            }
        }
        Ok(())
    }

    /// The bit of an option by its name.
    pub fn option_by_name(&self, name: &[u8]) -> Option<u32> {
        let at = OPTIONS.split(|&byte| byte == b' ').position(|known| known.get(1..) == Some(name))?;
        Some(1 << at)
    }

    fn option_by_letter(&self, letter: u8) -> Option<u32> {
        let at = OPTIONS.split(|&byte| byte == b' ').position(|known| known.first() == Some(&letter))?;
        (letter != b'_').then_some(1 << at)
    }

    pub fn set_option(&mut self, bit: u32, on: bool) -> Run {
        if bit == INTERACTIVE || bit == STDIN {
            return Ok(());
        }
        if bit == MONITOR && self.level != self.own_level {
            self.need_process()?;
        }
        if on {
            self.state.options |= bit;
            match bit {
                VI => self.state.options &= !EMACS,
                EMACS => self.state.options &= !VI,
                _ => {}
            }
        } else {
            self.state.options &= !bit;
        }
        if bit == MONITOR && self.interactive {
            self.signals_for_terminal();
        }
        Ok(())
    }

    fn set_builtin(&mut self, words: &[&[u8]]) -> Run {
        if words.is_empty() {
            self.list_vars(b"", SET);
            return Ok(());
        }
        match self.set_options(words)? {
            Some(rest) => {
                let mut args = Args::default();
                rest.iter().for_each(|word| args.push(word));
                self.state.params = Params { args: alloc::rc::Rc::new(args), first: 0 };
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Reads options as `set` and `sh` take them; the operands, if there are any (or a `--`).
    pub fn set_options<'a>(&mut self, words: &'a [&'a [u8]]) -> Run<Option<&'a [&'a [u8]]>> {
        let mut rest = words;
        while let [word, tail @ ..] = rest {
            let (on, cluster) = match word {
                [b'-', b'-'] => return Ok(Some(tail)),
                [b'-'] => {
                    self.state.options &= !(XTRACE | VERBOSE);
                    return Ok((!tail.is_empty()).then_some(tail));
                }
                [b'-', cluster @ ..] => (true, cluster),
                [b'+', cluster @ ..] if !cluster.is_empty() => (false, cluster),
                _ => return Ok(Some(rest)),
            };
            rest = tail;
            for &letter in cluster {
                if letter == b'o' {
                    let Some((name, tail)) = rest.split_first() else {
                        self.list_options(on);
                        break;
                    };
                    let Some(bit) = self.option_by_name(name) else {
                        self.fail(2, &[name, b": illegal option"])?;
                        return Ok(None);
                    };
                    self.set_option(bit, on)?;
                    rest = tail;
                    continue;
                }
                let Some(bit) = self.option_by_letter(letter) else {
                    self.illegal_option(letter)?;
                    return Ok(None);
                };
                self.set_option(bit, on)?;
            }
        }
        Ok(None)
    }

    fn list_options(&mut self, table: bool) {
        let mut text = Vec::new();
        for (bit, name) in OPTIONS.split(|&byte| byte == b' ').enumerate() {
            let on = self.state.options >> bit & 1 != 0;
            let name = name.get(1..).unwrap_or_default();
            if table {
                text.extend_from_slice(name);
                text.resize(text.len() + 16usize.saturating_sub(name.len()), b' ');
                text.extend_from_slice(if on { b"on\n" } else { b"off\n" });
            } else {
                text.extend_from_slice(if on { b"set -o " } else { b"set +o " });
                text.extend_from_slice(name);
                text.push(b'\n');
            }
        }
        self.out.write(&text);
    }

    fn shopt(&mut self, words: &[&[u8]]) -> Run {
        let (options, words) = letters!(self, words, b"suqpo");
        for name in words {
            match self.option_by_name(name).filter(|&bit| bit == NULLGLOB || options.contains(&b'o')) {
                Some(bit) if options.contains(&b's') => self.set_option(bit, true)?,
                Some(bit) if options.contains(&b'u') => self.set_option(bit, false)?,
                Some(bit) => self.status |= u8::from(!self.has(bit)),
                None => return self.fail(1, &[name, b": invalid shell option name"]),
            }
        }
        Ok(())
    }

    fn shift(&mut self, words: &[&[u8]]) -> Run {
        let count = match words.first() {
            None => 1,
            Some(word) => match num::parse_u64(word) {
                Ok(count) => count as usize,
                Err(_) => return self.fail(2, &[word, b": bad number"]),
            },
        };
        if count > self.state.params.count() {
            return self.fail(1, &[b"can't shift that many"]);
        }
        self.state.params.first += count;
        Ok(())
    }

    fn trap(&mut self, words: &[&[u8]]) -> Run {
        let mut words = words;
        let mut list = false;
        match words {
            [b"--", rest @ ..] => words = rest,
            [b"-l", ..] => {
                let text = signal_list();
                self.out.write(&text);
                return Ok(());
            }
            [b"-p", rest @ ..] => {
                list = true;
                words = rest;
            }
            _ => {}
        }
        if words.is_empty() || list {
            let text = self.list_traps();
            if words.is_empty() {
                self.out.write(&text);
                return Ok(());
            }
            for line in text.split_inclusive(|&byte| byte == b'\n') {
                if words.iter().any(|word| {
                    let mut name = b" ".to_vec();
                    push_signal(signal_number(word).unwrap_or(99), &mut name);
                    line.trim_ascii_end().ends_with(&name)
                }) {
                    self.out.write(line);
                }
            }
            return Ok(());
        }
        let (action, signals) = match words {
            // A number in place of the action, or nothing behind it: the default again.
            [first, ..] if first.iter().all(u8::is_ascii_digit) && !first.is_empty() => (None, words),
            [only] if signal_number(only).is_some() => (None, words),
            [b"-", signals @ ..] => (None, signals),
            [action, signals @ ..] => (Some(*action), signals),
            [] => return Ok(()),
        };
        if signals.is_empty() {
            return self.fail(2, &[b"signal expected"]);
        }
        for word in signals {
            match signal_number(word) {
                Some(signal) => self.set_trap(signal, action)?,
                None => {
                    self.current = WAIT;
                    self.error(&[b"trap: ", word, b": bad trap"]);
                    self.status = 1;
                }
            }
        }
        Ok(())
    }

    fn unset_builtin(&mut self, words: &[&[u8]]) -> Run {
        let (options, words) = letters!(self, words, b"fvn");
        for word in words {
            let Some(sym) = self.symbols.find(word) else {
                if !options.contains(&b'f') && !is_name(word) {
                    return self.fail(2, &[word, b": bad variable name"]);
                }
                continue;
            };
            let symbol = self.symbols.get(sym);
            let is_var = symbol.var.flags & (SET | EXPORT | READONLY) != 0;
            let function =
                options.contains(&b'f') || !options.contains(&b'v') && !is_var && symbol.function.is_some();
            if function { self.set_function(sym, None) } else { self.unset(sym)? }
        }
        Ok(())
    }

    fn alias(&mut self, words: &[&[u8]]) -> Run {
        let words = if words.first() == Some(&&b"-p"[..]) || words.first() == Some(&&b"--"[..]) {
            words.get(1..).unwrap_or_default()
        } else {
            words
        };
        let mut list = Vec::new();
        if words.is_empty() {
            list = self.symbols.sorted(&|symbol| symbol.alias.is_some());
        }
        for word in words {
            let (name, value) = split_assignment(word);
            let sym = self.symbols.intern(name);
            match value {
                Some(value) => self.set_alias(sym, Some(value.into())),
                None if self.symbols.get(sym).alias.is_some() => list.push(sym),
                None => {
                    self.fail(1, &[name, b": not found"])?;
                }
            }
        }
        for sym in list {
            let symbol = self.symbols.get(sym);
            let mut text = symbol.name.to_vec();
            text.push(b'=');
            quote(symbol.alias.as_deref().unwrap_or_default(), &mut text);
            text.push(b'\n');
            self.out.write(&text);
        }
        Ok(())
    }

    fn unalias(&mut self, words: &[&[u8]]) -> Run {
        let (options, words) = letters!(self, words, b"a");
        if options.contains(&b'a') {
            for sym in self.symbols.sorted(&|symbol| symbol.alias.is_some()) {
                self.set_alias(sym, None);
            }
        }
        for word in words {
            match self.symbols.find(word).filter(|&sym| self.symbols.get(sym).alias.is_some()) {
                Some(sym) => self.set_alias(sym, None),
                None => self.fail(1, &[word, b": not found"])?,
            }
        }
        Ok(())
    }

    fn cd(&mut self, words: &[&[u8]]) -> Run {
        let (options, words) = letters!(self, words, b"LPe@");
        let physical = options.iter().rev().find(|letter| b"LP".contains(letter)) == Some(&b'P');
        let mut print = false;
        let target = match words {
            [] => match self.var(HOME).filter(|home| !home.is_empty()) {
                Some(home) => home.to_vec(),
                None => return self.fail(2, &[b"HOME not set"]),
            },
            [b"-"] => match self.var(OLDPWD) {
                Some(old) => {
                    print = true;
                    old.to_vec()
                }
                None => return self.fail(2, &[b"OLDPWD not set"]),
            },
            [target] => target.to_vec(),
            _ => return self.fail(2, &[b"too many arguments"]),
        };
        let relative = !matches!(target.as_slice(), [b'/', ..] | [b'.'] | [b'.', b'/', ..] | [b'.', b'.'])
            && !target.starts_with(b"../");
        let mut candidates = Vec::new();
        if relative {
            let path = self.text_of(CDPATH);
            for folder in path.split(|&byte| byte == b':').filter(|_| !path.is_empty()) {
                let full = match folder {
                    b"" => target.clone(),
                    _ => [folder, b"/", &target].concat(),
                };
                candidates.push((full, !folder.is_empty()));
            }
        }
        candidates.push((target.clone(), false));
        self.note_directory()?;
        let mut failure = Errno(libc::ENOENT);
        for (folder, found_by_path) in candidates {
            match self.change_directory(&folder, physical) {
                Ok(new) => {
                    let old = self.text_of(PWD);
                    self.set(OLDPWD, &old)?;
                    self.set(PWD, &new)?;
                    self.set_flags(OLDPWD, EXPORT, 0);
                    self.set_flags(PWD, EXPORT, 0);
                    if print || found_by_path {
                        self.out.line(&new);
                    }
                    return Ok(());
                }
                Err(errno) => failure = errno,
            }
        }
        let mut number = Vec::new();
        let why = applet::reason(failure.0, &mut number).to_vec();
        self.fail(2, &[b"can't cd to ", &target, b": ", &why])
    }

    /// Changes the working directory; its new name.
    fn change_directory(&mut self, folder: &[u8], physical: bool) -> Result<Vec<u8>, Errno> {
        if folder.is_empty() {
            return Err(Errno(libc::ENOENT));
        }
        if physical {
            sys::fs::chdir(folder)?;
            return sys::fs::current_dir();
        }
        let mut whole = Vec::new();
        if !folder.starts_with(b"/") {
            whole = self.text_of(PWD);
            if !whole.starts_with(b"/") {
                whole = sys::fs::current_dir()?;
            }
            whole.push(b'/');
        }
        whole.extend_from_slice(folder);
        let known = whole.len() - folder.len();
        let logical = tidy(&whole, known)?;
        match sys::fs::chdir(&logical) {
            Ok(()) => Ok(logical),
            // The old folder may have been moved: what the kernel makes of the operand counts.
            Err(_) => {
                sys::fs::chdir(folder)?;
                sys::fs::current_dir()
            }
        }
    }

    fn pwd(&mut self, words: &[&[u8]]) -> Run {
        let (options, _) = letters!(self, words, b"LP");
        let logical = self.text_of(PWD);
        let dotted = logical.split(|&byte| byte == b'/').any(|part| matches!(part, b"." | b".."));
        let same = logical.starts_with(b"/")
            && !dotted
            && matches!((sys::fs::stat(&logical), sys::fs::stat(b".")), (Ok(a), Ok(b)) if a.same(&b));
        if options.last() != Some(&b'P') && same {
            self.out.line(&logical);
            return Ok(());
        }
        match sys::fs::current_dir() {
            Ok(folder) => self.out.line(&folder),
            Err(errno) => {
                self.status = 1;
                self.system_error(&[b"pwd"], errno);
            }
        }
        Ok(())
    }

    /// `command`: no functions, no special built-ins' rules; -v and -V tell what a name is.
    fn command(&mut self, words: &[&[u8]], args: &Args, first: usize) -> Run {
        let (options, rest) = letters!(self, words, b"pvV");
        if options.contains(&b'v') || options.contains(&b'V') {
            for name in rest {
                if !self.describe(name, options.contains(&b'V')) {
                    self.status = 127;
                }
            }
            return Ok(());
        }
        let Some(&name) = rest.first() else { return Ok(()) };
        let skip = first + 1 + (words.len() - rest.len());
        let sym = self.symbols.intern(name);
        let target = if options.contains(&b'p') {
            match self.search(name, b"/usr/sbin:/usr/bin:/sbin:/bin") {
                _ if self.symbols.get(sym).builtin != 0 => Target::Builtin(self.symbols.get(sym).builtin),
                Place::Applet(id) => Target::Applet(usize::from(id)),
                Place::Path(path) => Target::Path(path.into_vec()),
                Place::Unknown => Target::Nothing,
            }
        } else {
            match self.symbols.get(sym).builtin {
                0 => self.locate(sym),
                number => Target::Builtin(number),
            }
        };
        if let Target::Builtin(number) = target {
            let result = self.call_builtin(number, args, skip);
            // An error in a special built-in is no more than a failure here.
            return match result {
                Err(Stop::Abort) if is_special(number) && !self.expansion_failed => Ok(()),
                result => result,
            };
        }
        self.run_target(target, sym, args.clone(), skip, &[], false)
    }

    fn command_builtin(&mut self, words: &[&[u8]]) -> Run {
        let Some(&name) = words.first() else { return Ok(()) };
        match self.symbol(name).map_or(0, |symbol| symbol.builtin) {
            0 => self.fail(1, &[name, b": not a shell builtin"]),
            number => {
                let mut args = Args::default();
                words.iter().for_each(|word| args.push(word));
                self.call_builtin(number, &args, 0)
            }
        }
    }

    /// Says what a name is as a command; `false` if it is nothing.
    fn describe(&mut self, name: &[u8], long: bool) -> bool {
        let sym = self.symbols.intern(name);
        let symbol = self.symbols.get(sym);
        let mut text = name.to_vec();
        let reserved =
            b"if then elif else fi while until do done for case in esac { } ! function select time [["
                .split(|&byte| byte == b' ')
                .any(|word| word == name);
        if let Some(alias) = &symbol.alias {
            if long {
                text.extend_from_slice(b" is an alias for ");
                text.extend_from_slice(alias);
            } else {
                text = [b"alias ", name, b"="].concat();
                quote(alias, &mut text);
            }
        } else if reserved {
            text.extend_from_slice(if long { b" is a shell keyword" } else { b"" });
        } else if is_special(symbol.builtin) {
            text.extend_from_slice(if long { b" is a special shell builtin" } else { b"" });
        } else if symbol.function.is_some() {
            text.extend_from_slice(if long { b" is a function" } else { b"" });
        } else if symbol.builtin != 0 || is_usual_builtin(name) && (self.house.find)(name).is_some() {
            text.extend_from_slice(if long { b" is a shell builtin" } else { b"" });
        } else {
            match self.locate(sym) {
                Target::Path(path) => {
                    if long {
                        text.extend_from_slice(b" is ");
                    } else {
                        text.clear();
                    }
                    if !path.contains(&b'/') {
                        text.extend_from_slice(b"./");
                    }
                    text.extend_from_slice(&path);
                }
                Target::Applet(_) => {
                    // Where the search would find it, or else just its name.
                    let path = self.text_of(PATH);
                    let found = path
                        .split(|&byte| byte == b':')
                        .map(|folder| [folder, if folder.is_empty() { b"" } else { b"/" }, name].concat())
                        .find(|file| super::exec::is_program(file));
                    match found {
                        Some(file) if long => {
                            text.extend_from_slice(b" is ");
                            text.extend_from_slice(&file);
                        }
                        Some(file) => text = file,
                        None => text.extend_from_slice(if long { b" is a shell builtin" } else { b"" }),
                    }
                }
                _ => {
                    if long {
                        self.out.write(name);
                        self.out.line(b": not found");
                    }
                    return false;
                }
            }
        }
        self.out.line(&text);
        true
    }

    fn type_builtin(&mut self, words: &[&[u8]]) -> Run {
        for name in words {
            if !self.describe(name, true) {
                self.status = 127;
            }
        }
        Ok(())
    }

    fn hash(&mut self, words: &[&[u8]]) -> Run {
        let (options, words) = letters!(self, words, b"r");
        if options.contains(&b'r') {
            self.path_generation += 1;
            return Ok(());
        }
        if words.is_empty() {
            let generation = self.path_generation;
            let list = self.symbols.sorted(&|symbol| {
                symbol.generation == generation
                    && matches!(symbol.place, Place::Path(_))
                    && !symbol.name.contains(&b'/')
            });
            for sym in list {
                if let Place::Path(path) = self.symbols.get(sym).place.clone() {
                    self.out.line(&path);
                }
            }
        }
        for name in words {
            let sym = self.symbols.intern(name);
            self.symbols.get_mut(sym).place = Place::Unknown;
            let known = self.symbols.get(sym).builtin != 0 || self.symbols.get(sym).function.is_some();
            if !known && matches!(self.locate(sym), Target::Nothing) {
                self.fail(1, &[name, b": not found"])?;
            }
        }
        Ok(())
    }

    fn getopts(&mut self, words: &[&[u8]]) -> Run {
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

    fn say_option(&mut self, text: &[u8], letter: u8) {
        let zero = self.zero.clone();
        self.say(&[&zero[..], b": ", text, &[letter], b"\n"].concat());
    }

    fn jobs_builtin(&mut self, words: &[&[u8]]) -> Run {
        let (options, words) = letters!(self, words, b"lpnrs");
        self.jobs.poll();
        for at in 0..self.jobs.list.len() {
            let wanted = words.is_empty() || words.iter().any(|word| self.jobs.find(word) == Some(at));
            if !wanted {
                continue;
            }
            let line = if options.contains(&b'p') {
                let mut text = Vec::new();
                num::push_dec(&mut text, self.jobs.list.get(at).map_or(0, |job| job.group) as u64);
                text.push(b'\n');
                text
            } else {
                self.job_line(at, options.contains(&b'l'))
            };
            self.out.write(&line);
            if let Some(job) = self.jobs.list.get_mut(at) {
                job.changed = false;
            }
        }
        if words.is_empty() && self.level == self.own_level {
            let last = self.state.last_background;
            self.jobs.list.retain(|job| !job.is_done() || job.last_pid() == last && !self.interactive);
        }
        Ok(())
    }

    fn resume_builtin(&mut self, words: &[&[u8]], foreground: bool) -> Run {
        if !self.has(MONITOR) {
            return self.fail(1, &[b"no job control"]);
        }
        let none: [&[u8]; 1] = [b"%%"];
        for word in if words.is_empty() { &none } else { words } {
            match self.jobs.find(word) {
                Some(at) => {
                    let mut text = self.jobs.list.get(at).map(|job| job.text.to_vec()).unwrap_or_default();
                    text.push(b'\n');
                    self.out.write(&text);
                    self.flush();
                    self.status = self.resume(at, foreground);
                }
                None => return self.fail(1, &[word, b": no such job"]),
            }
        }
        Ok(())
    }

    fn disown(&mut self, words: &[&[u8]]) -> Run {
        let none: [&[u8]; 1] = [b"%%"];
        for word in if words.is_empty() { &none } else { words } {
            match self.jobs.find(word) {
                Some(at) => {
                    let job = self.jobs.list.remove(at);
                    self.jobs.orphans.extend(job.processes.iter().map(|process| process.pid));
                }
                None => return self.fail(1, &[word, b": no such job"]),
            }
        }
        Ok(())
    }

    fn wait_builtin(&mut self, words: &[&[u8]]) -> Run {
        if let [b"-n", rest @ ..] = words {
            return self.wait_next(rest);
        }
        if words.is_empty() {
            loop {
                self.jobs.poll();
                self.jobs.list.retain(|job| !job.is_done());
                if self.jobs.list.iter().all(|job| job.stopped) {
                    self.status = 0;
                    return Ok(());
                }
                if let Some(status) = self.wait_for_change() {
                    self.status = status;
                    return self.run_traps();
                }
            }
        }
        for word in words {
            self.status = match self.jobs.find(word) {
                Some(at) => {
                    let status = self.wait_job(at);
                    if self.jobs.list.get(at).is_some_and(super::jobs::Job::is_done) && !self.interactive {
                        self.jobs.list.remove(at);
                    }
                    status
                }
                None if num::parse_u64(word).is_err() => {
                    self.fail(2, &[word, b": no such job"])?;
                    127
                }
                None => 127,
            };
            if self.signalled() {
                self.run_traps()?;
            }
        }
        Ok(())
    }

    /// `wait -n`: any one job.
    fn wait_next(&mut self, words: &[&[u8]]) -> Run {
        loop {
            self.jobs.poll();
            let done = self.jobs.list.iter().enumerate().position(|(at, job)| {
                job.is_done()
                    && (words.is_empty() || words.iter().any(|word| self.jobs.find(word) == Some(at)))
            });
            if let Some(at) = done {
                self.status = self.jobs.list.remove(at).last_status();
                return Ok(());
            }
            if self.jobs.list.iter().all(|job| job.stopped) {
                self.status = 127;
                return Ok(());
            }
            if let Some(status) = self.wait_for_change() {
                self.status = status;
                return self.run_traps();
            }
        }
    }

    fn kill(&mut self, words: &[&[u8]]) -> Run {
        let mut signal = libc::SIGTERM;
        let mut rest = words;
        match words {
            [b"-l" | b"-L", operands @ ..] => {
                if operands.is_empty() {
                    let text = signal_list();
                    self.out.write(&text);
                }
                for word in operands {
                    let mut text = Vec::new();
                    match num::parse_u64(word) {
                        Ok(number) => push_signal((number & 127) as usize, &mut text),
                        Err(_) => match signal_number(word) {
                            Some(number) => num::push_dec(&mut text, number as u64),
                            None => return self.fail(1, &[word, b": invalid signal"]),
                        },
                    }
                    self.out.line(&text);
                }
                return Ok(());
            }
            [b"-s" | b"-n", name, tail @ ..] => match signal_number(name) {
                Some(number) => (signal, rest) = (number as i32, tail),
                None => return self.fail(1, &[name, b": invalid signal"]),
            },
            [b"--", tail @ ..] => rest = tail,
            [[b'-', name @ ..], tail @ ..] if !name.is_empty() => match signal_number(name) {
                Some(number) => (signal, rest) = (number as i32, tail),
                None => return self.fail(1, &[name, b": invalid signal"]),
            },
            _ => {}
        }
        if let [b"--", tail @ ..] = rest {
            rest = tail;
        }
        if rest.is_empty() {
            return self.fail(2, &[b"usage: kill [-s SIGNAL | -SIGNAL] PID | %JOB..."]);
        }
        for word in rest {
            let pid = if word.starts_with(b"%") {
                match self.jobs.find(word).and_then(|at| self.jobs.list.get(at)) {
                    Some(job) if self.has(MONITOR) => Some(-job.group),
                    Some(job) => Some(job.last_pid()),
                    None => None,
                }
            } else {
                num::parse_i64(word).ok().and_then(|number| i32::try_from(number).ok())
            };
            let Some(pid) = pid else {
                self.fail(1, &[word, b": no such process or job"])?;
                continue;
            };
            self.flush();
            if let Err(errno) = sys::process::kill(pid, signal) {
                let mut number = Vec::new();
                let why = applet::reason(errno.0, &mut number).to_vec();
                self.fail(1, &[b"(", word, b"): ", &why])?;
            } else if word.starts_with(b"%") && pid < 0 && matches!(signal, libc::SIGTERM | libc::SIGHUP) {
                // A stopped job must go on to end.
                let _ = sys::process::kill(pid, libc::SIGCONT);
            }
        }
        Ok(())
    }

    fn umask(&mut self, words: &[&[u8]]) -> Run {
        let (options, words) = letters!(self, words, b"S");
        let mask = sys::fs::umask(0o77);
        sys::fs::umask(mask);
        let Some(&word) = words.first() else {
            let mut text = Vec::new();
            if options.contains(&b'S') {
                for (at, who) in b"ugo".iter().enumerate() {
                    if at > 0 {
                        text.push(b',');
                    }
                    text.extend_from_slice(&[*who, b'=']);
                    let bits = !mask >> (6 - 3 * at) & 7;
                    for (bit, letter) in [(4, b'r'), (2, b'w'), (1, b'x')] {
                        if bits & bit != 0 {
                            text.push(letter);
                        }
                    }
                }
            } else {
                num::push_radix(&mut text, u64::from(mask), 8, 4);
            }
            self.out.line(&text);
            return Ok(());
        };
        let new = if word.first().is_some_and(u8::is_ascii_digit) {
            let octal = word.iter().try_fold(0u32, |value, &byte| match byte {
                b'0'..=b'7' if value < 0o10000 => Some(value * 8 + u32::from(byte - b'0')),
                _ => None,
            });
            octal.filter(|&value| value <= 0o777)
        } else {
            // Symbolic modes say which permissions are left.
            files::mode::Mode::parse(word).map(|mode| !mode.apply(!mask & 0o777, false, 0) & 0o777)
        };
        match new {
            Some(new) => {
                if self.level > self.own_level {
                    self.journal.push(Change::Umask(mask));
                }
                sys::fs::umask(new);
                Ok(())
            }
            None => self.fail(2, &[word, b": bad mask"]),
        }
    }

    fn ulimit(&mut self, words: &[&[u8]]) -> Run {
        let (mut hard, mut soft, mut all) = (false, false, false);
        let mut kinds = Vec::new();
        let mut rest = words;
        while let [[b'-', cluster @ ..], tail @ ..] = rest {
            for &letter in cluster.iter() {
                match letter {
                    b'H' => hard = true,
                    b'S' => soft = true,
                    b'a' => all = true,
                    _ if LIMITS.chunks(3).any(|limit| limit.first() == Some(&letter)) => kinds.push(letter),
                    _ => return self.illegal_option(letter),
                }
            }
            rest = tail;
        }
        if all {
            for (limit, name) in LIMITS.chunks(3).zip(LIMIT_NAMES.split(|&byte| byte == b',')) {
                let mut text = name.to_vec();
                text.resize(name.len().max(32), b' ');
                if let [letter, kind, shift] = *limit {
                    text.extend_from_slice(&[b'(', b'-', letter, b')', b' ']);
                    push_limit(kind, shift, hard, &mut text);
                }
                self.out.line(&text);
            }
            return Ok(());
        }
        if kinds.is_empty() {
            kinds.push(b'f');
        }
        for letter in kinds {
            let Some(&[_, kind, shift]) = LIMITS
                .chunks(3)
                .find(|limit| limit.first() == Some(&letter))
                .and_then(|limit| limit.first_chunk())
            else {
                continue;
            };
            let Some(&word) = rest.first() else {
                let mut text = Vec::new();
                push_limit(kind, shift, hard, &mut text);
                self.out.line(&text);
                continue;
            };
            let (old_soft, old_hard) = sys::process::limit(u32::from(kind)).unwrap_or((u64::MAX, u64::MAX));
            let value = match word {
                b"unlimited" => u64::MAX,
                b"hard" => old_hard,
                b"soft" => old_soft,
                _ => match num::parse_u64(word).ok().and_then(|value| value.checked_mul(1 << shift)) {
                    Some(value) => value,
                    None => return self.fail(2, &[word, b": bad number"]),
                },
            };
            self.need_process()?;
            let new_hard = if hard || !soft { value } else { old_hard };
            let new_soft = if soft || !hard { value } else { old_soft.min(value) };
            if let Err(errno) = sys::process::set_limit(u32::from(kind), new_soft, new_hard) {
                self.status = 1;
                self.system_error(&[b"ulimit: error setting limit"], errno);
            }
            // A command that goes beyond such a limit is killed: not in this process.
            self.always_fork |= !matches!(letter, b'n' | b'c' | b'p');
        }
        Ok(())
    }
}

/// Letter, number of the limit (`RLIMIT_*`), and by how many bits its unit is shifted.
const LIMITS: &[u8] = &[
    b't', 0, 0, b'f', 1, 9, b'd', 2, 10, b's', 3, 10, b'c', 4, 9, b'm', 5, 10, b'l', 8, 10, b'p', 6, 0, b'n',
    7, 0, b'v', 9, 10, b'w', 10, 0, b'i', 11, 0, b'q', 12, 0, b'e', 13, 0, b'r', 14, 0,
];
const LIMIT_NAMES: &[u8] = b"cpu time (seconds),file size (512-byte blocks),data (KiB),stack (KiB),core file (512-byte blocks),\
resident memory (KiB),locked memory (KiB),processes,open files,address space (KiB),file locks,pending signals,\
message queues (bytes),nice,real-time priority";

fn push_limit(kind: u8, shift: u8, hard: bool, text: &mut Vec<u8>) {
    match sys::process::limit(u32::from(kind)) {
        Ok((soft_value, hard_value)) => {
            let value = if hard { hard_value } else { soft_value };
            if value == u64::MAX {
                text.extend_from_slice(b"unlimited")
            } else {
                num::push_dec(text, value >> shift)
            }
        }
        Err(_) => text.push(b'?'),
    }
}

/// Applets that are built-ins in every shell: `type` calls them so.
fn is_usual_builtin(name: &[u8]) -> bool {
    matches!(name, b"echo" | b"printf")
}

/// A signal by name or number; `EXIT` is 0, `ERR` is [`ERR`].
fn signal_number(word: &[u8]) -> Option<usize> {
    if word.iter().all(u8::is_ascii_digit) {
        return num::parse_u64(word).ok().filter(|&number| number <= 64).map(|number| number as usize);
    }
    if word.eq_ignore_ascii_case(b"ERR") && cfg!(feature = "sh-extras") {
        return Some(ERR);
    }
    sys::signal::number(word).map(|number| number as usize)
}

fn signal_list() -> Vec<u8> {
    let mut text = Vec::new();
    for signal in 1..32 {
        push_signal(signal, &mut text);
        text.push(if signal == 31 { b'\n' } else { b' ' });
    }
    text
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
fn split_assignment(word: &[u8]) -> (&[u8], Option<&[u8]>) {
    match word.iter().position(|&byte| byte == b'=') {
        Some(at) => {
            let name = word.get(..at).unwrap_or_default();
            (name.strip_suffix(b"+").unwrap_or(name), word.get(at + 1..))
        }
        None => (word, None),
    }
}

/// An absolute name without `.`, `..` and double slashes; `..` must stand behind a folder (XCU `cd`, step 8).
/// The first `known` bytes are where we are, whatever has become of that name.
fn tidy(path: &[u8], known: usize) -> Result<Vec<u8>, Errno> {
    let mut out: Vec<u8> = Vec::with_capacity(path.len());
    for part in path.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                if out.len() >= known.max(1) && !sys::fs::stat(&out)?.is_dir() {
                    return Err(Errno(libc::ENOTDIR));
                }
                let end = out.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
                out.truncate(end);
            }
            _ => {
                out.push(b'/');
                out.extend_from_slice(part);
            }
        }
    }
    if out.is_empty() {
        out.push(b'/');
    }
    Ok(out)
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
