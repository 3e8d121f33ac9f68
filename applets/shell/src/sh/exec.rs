//! Execution of the syntax tree (POSIX.1-2024 XCU 2.9).

use alloc::rc::Rc;
use alloc::vec::Vec;
use applet::{Class, Context};
use io::Writer;
use sys::{Errno, libc};

use super::builtins;
use super::expand::{Mode, quote};
use super::jobs::Launch;
use super::parser::EXTRAS;
use super::pattern;
use super::redirect::Undo;
use super::shell::*;
use super::symbols::*;
use super::tree::*;

/// What a command's name stands for.
pub enum Target {
    Function(Rc<Function>),
    Builtin(u8),
    Applet(usize),
    Path(Vec<u8>),
    Nothing,
}

impl Target {
    pub fn of(place: Place) -> Target {
        match place {
            Place::Applet(id) => Target::Applet(usize::from(id)),
            Place::Path(path) => Target::Path(path.into_vec()),
            Place::Unknown => Target::Nothing,
        }
    }
}

/// The files that `name` may be in the folders of `path`.
pub fn candidates<'a>(path: &'a [u8], name: &'a [u8]) -> impl Iterator<Item = Vec<u8>> + 'a {
    path.split(|&byte| byte == b':').map(|folder| joined(folder, name))
}

/// A name in a folder; an empty one is where we are.
#[inline(never)]
pub fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let slash: &[u8] = if folder.is_empty() || folder == b"/" { b"" } else { b"/" };
    [folder, slash, name].concat()
}

/// This very binary.
const OWN: &[u8] = b"/proc/self/exe";

/// Applets that end at once whatever they are given: they run in an interactive shell's own process, too.
const INSTANT: &[u8] = b"basename dirname echo printf test [ [[ true false expr pwd id uname whoami date logname tty \
nproc printenv arch hostid readlink realpath mktemp chmod chown chgrp mkdir rmdir ln touch mknod mkfifo stat seq";

/// Applets whose output ends when their input does and is not much longer than it.
const FILTERS: &[u8] =
    b"cat sed grep egrep fgrep tr cut head uniq wc rev tac nl fold expand unexpand paste od \
md5sum sha1sum sha256sum sha512sum cksum base64 base32 hexdump xxd strings fmt";

fn listed(list: &[u8], name: &[u8]) -> bool {
    place_of(list, name).is_some()
}

impl Shell {
    /// Runs a command; its status is [`Shell::status`]. `tail`: the process ends after it, so an external command may
    /// take its place.
    pub fn run(&mut self, command: &Command, tail: bool) -> Run {
        if self.has(NOEXEC) && !self.interactive {
            return Ok(());
        }
        match command {
            Command::Simple(simple) => {
                self.simple(simple, tail)?;
                self.after()
            }
            Command::List(list) => {
                let Some((last, rest)) = list.split_last() else {
                    return Ok(());
                };
                for command in rest {
                    self.run(command, false)?;
                }
                self.run(last, tail)
            }
            Command::AndOr(list) => {
                self.test(&list.first)?;
                let Some(((last_and, last), rest)) = list.rest.split_last() else { return Ok(()) };
                for (and, command) in rest {
                    if (self.status == 0) == *and {
                        self.test(command)?;
                    }
                }
                if (self.status == 0) == *last_and { self.run(last, tail) } else { Ok(()) }
            }
            Command::Pipeline(pipeline) => {
                self.pipeline(pipeline)?;
                if pipeline.negated { Ok(()) } else { self.after() }
            }
            Command::If(conditional) => self.run_if(conditional, tail),
            Command::While { until, parts } => self.run_while(*until, parts),
            Command::For(each) => self.run_for(each),
            Command::Case(case) => self.run_case(case, tail),
            Command::Background(job) => self.background(job),
            Command::Subshell(body) => {
                self.nested()?;
                self.subshell_status(body);
                self.after()
            }
            Command::Function(sym, function) => {
                self.set_function(*sym, Some(function.clone()));
                self.status = 0;
                Ok(())
            }
            Command::Redirected(inner, line) => {
                self.state.line = *line;
                self.nested()?;
                let mut undo = Vec::new();
                match self.redirect(&inner.1, &mut undo) {
                    Err(Stop::Failed) => return self.after(),
                    result => result?,
                }
                let result = self.run(&inner.0, false);
                self.undo(undo);
                self.end_substitutions();
                result
            }
            Command::Math(math, line) => {
                self.state.line = *line;
                self.forgiving(&mut |shell| {
                    let value = shell.math(math)?;
                    shell.status = u8::from(value == 0);
                    Ok(())
                })?;
                self.after()
            }
            Command::Condition(condition, line) => {
                self.state.line = *line;
                self.forgiving(&mut |shell| {
                    let value = shell.condition(condition)?;
                    shell.status = u8::from(!value);
                    Ok(())
                })?;
                self.after()
            }
            Command::ForMath(each) => self.forgiving(&mut |shell| shell.run_for_math(each)),
            Command::Time(inner, posix) => self.run_timed(inner, *posix),
        }
    }

    /// Too deep a nesting of commands is an error, not a crash.
    #[inline]
    pub fn nested(&mut self) -> Run {
        if sys::process::stack_is_short() {
            return self.abort(&[b"commands nested too deeply"]);
        }
        Ok(())
    }

    /// After a command that may end a shell with `set -e`, and where traps are run.
    #[inline]
    fn after(&mut self) -> Run {
        if self.status != 0 {
            self.failed()?;
        }
        if self.signalled() { self.run_traps() } else { Ok(()) }
    }

    #[inline(never)]
    fn failed(&mut self) -> Run {
        if self.state.errexit_off == 0 {
            if self.trap_of(ERR).is_some()
                && self.state.in_traps == 0
                // As in bash, functions do not inherit it.
                && self.state.function_depth == 0
            {
                self.run_trap(ERR)?;
            }
            if self.has(ERREXIT) {
                return Err(Stop::Exit);
            }
        }
        Ok(())
    }

    /// Runs a condition: `set -e` does not apply.
    fn test(&mut self, command: &Command) -> Run<bool> {
        self.state.errexit_off += 1;
        let result = self.run(command, false);
        self.state.errexit_off -= 1;
        result?;
        Ok(self.status == 0)
    }

    fn run_if(&mut self, conditional: &If, tail: bool) -> Run {
        for (condition, body) in &conditional.arms {
            if self.test(condition)? {
                return self.run(body, tail);
            }
        }
        match &conditional.otherwise {
            Some(body) => self.run(body, tail),
            None => {
                self.status = 0;
                Ok(())
            }
        }
    }

    /// Runs a loop's body; `false`: the loop is left.
    #[inline]
    fn body(&mut self, body: &Command) -> Run<bool> {
        match self.run(body, false) {
            Ok(()) => Ok(true),
            Err(stop) => self.left(stop),
        }
    }

    /// What is to be done when a loop's body was left: whether the loop goes on.
    #[inline(never)]
    fn left(&mut self, stop: Stop) -> Run<bool> {
        if !matches!(stop, Stop::Break | Stop::Continue) {
            return Err(stop);
        }
        self.leaving = self.leaving.saturating_sub(1);
        if self.leaving > 0 {
            return Err(stop);
        }
        // A loop may be nothing but this.
        if self.signalled() {
            self.run_traps()?;
        }
        Ok(stop == Stop::Continue)
    }

    /// Runs `turns` as a loop: `break` and `continue` find it.
    fn looping(&mut self, turns: &mut dyn FnMut(&mut Shell) -> Run) -> Run {
        self.state.loop_depth += 1;
        let result = turns(self);
        self.state.loop_depth -= 1;
        result
    }

    fn run_while(&mut self, until: bool, parts: &(Command, Command)) -> Run {
        self.looping(&mut |shell| {
            let mut status = 0;
            loop {
                match shell.test(&parts.0) {
                    Ok(yes) if yes != until => {}
                    Ok(_) => break,
                    Err(stop) if shell.left(stop)? => continue,
                    Err(_) => break,
                }
                let more = shell.body(&parts.1)?;
                status = shell.status;
                if !more {
                    break;
                }
                if shell.signalled() {
                    shell.run_traps()?;
                }
            }
            shell.status = status;
            Ok(())
        })
    }

    fn run_for(&mut self, each: &For) -> Run {
        self.state.line = each.line;
        let mut words = self.take_args();
        match &each.words {
            Some(list) => self.expand_words(list, &mut words)?,
            None => self.state.params.iter().for_each(|word| words.push(word)),
        }
        if each.select {
            return self.run_select(each, &words);
        }
        if words.len() == 0 {
            self.status = 0;
        }
        let result = self.looping(&mut |shell| {
            for word in words.iter() {
                shell.set(each.name, word)?;
                if !shell.body(&each.body)? {
                    break;
                }
            }
            Ok(())
        });
        self.give_args(words);
        result
    }

    fn run_for_math(&mut self, each: &ForMath) -> Run {
        let [first, condition, step] = each.parts.as_slice() else { return Ok(()) };
        self.math(first)?;
        self.status = 0;
        let always = condition.text.parts.iter().all(
            |part| matches!(part, Part::Quoted(text) | Part::Text(text) if text.trim_ascii().is_empty()),
        );
        self.looping(&mut |shell| {
            while always || shell.math(condition)? != 0 {
                if !shell.body(&each.body)? {
                    break;
                }
                shell.math(step)?;
            }
            Ok(())
        })
    }

    /// `select`: a menu on standard error, answers from standard input.
    fn run_select(&mut self, each: &For, words: &Args) -> Run {
        self.looping(&mut |shell| {
            let mut show = true;
            loop {
                if show {
                    let mut menu = Vec::new();
                    for (at, word) in words.iter().enumerate() {
                        num::push_dec(&mut menu, at as u64 + 1);
                        menu.extend_from_slice(b") ");
                        menu.extend_from_slice(word);
                        menu.push(b'\n');
                    }
                    shell.say(&menu);
                }
                let prompt = shell.var(PS3).map_or(b"#? ".to_vec(), <[u8]>::to_vec);
                shell.say(&prompt);
                let mut line = Vec::new();
                if !builtins::read_plain_line(&mut line) {
                    shell.status = 1;
                    return Ok(());
                }
                shell.set(REPLY, &line)?;
                show = line.is_empty();
                if show {
                    continue;
                }
                let choice = num::parse_u64(&line)
                    .ok()
                    .and_then(|number| words.get((number as usize).checked_sub(1)?));
                shell.set(each.name, choice.unwrap_or_default())?;
                if !shell.body(&each.body)? {
                    return Ok(());
                }
            }
        })
    }

    fn run_case(&mut self, case: &Case, tail: bool) -> Run {
        self.state.line = case.line;
        let word = self.expand_single(&case.word)?;
        let (mut falling, mut matched) = (false, false);
        for arm in &case.arms {
            let mut found = falling;
            for pattern in &arm.patterns {
                if found {
                    break;
                }
                found = match pattern.plain() {
                    Some(text) => pattern::matches(text, &word, self.utf8),
                    None => {
                        let text = self.expand_as(pattern, Mode::Pattern)?;
                        pattern::matches(&text, &word, self.utf8)
                    }
                };
            }
            if !found {
                continue;
            }
            falling = arm.fall_through;
            matched = true;
            let last = !arm.fall_through && !arm.go_on;
            if matches!(&arm.body, Command::List(list) if list.is_empty()) {
                self.status = 0;
            } else {
                self.run(&arm.body, tail && last)?;
            }
            if last {
                return Ok(());
            }
        }
        if !matched {
            self.status = 0;
        }
        Ok(())
    }

    /// `time`: how long a pipeline takes.
    fn run_timed(&mut self, inner: &Command, posix: bool) -> Run {
        let (start, before) = (sys::time::monotonic(), sys::process::times());
        let result = self.run(inner, false);
        let (real, after) = (millis_since(&start), sys::process::times());
        let ticks = |own: usize, children: usize| {
            let of = |times: &[i64; 4], at: usize| times.get(at).copied().unwrap_or(0);
            (of(&after, own) - of(&before, own) + of(&after, children) - of(&before, children)) * 10
        };
        let mut text = Vec::new();
        for (name, millis) in [(&b"real"[..], real), (b"user", ticks(0, 2)), (b"sys", ticks(1, 3))] {
            if !posix && name == b"real" {
                text.push(b'\n');
            }
            text.extend_from_slice(name);
            text.push(if posix { b' ' } else { b'\t' });
            builtins::push_time(millis, posix, &mut text);
            text.push(b'\n');
        }
        self.say(&text);
        result
    }

    /// `[[ ]]`
    fn condition(&mut self, condition: &Condition) -> Run<bool> {
        Ok(match condition {
            Condition::Not(inner) => !self.condition(inner)?,
            Condition::And(pair) => self.condition(&pair.0)? && self.condition(&pair.1)?,
            Condition::Or(pair) => self.condition(&pair.0)? || self.condition(&pair.1)?,
            Condition::Unary(letter, word) => {
                let text = self.expand_single(word)?;
                match letter {
                    b'n' => !text.is_empty(),
                    b'z' => text.is_empty(),
                    b'o' | b'v' => self.asks_shell(*letter, &text)?,
                    _ => self.ask_test(b"test", &[&[b'-', *letter], &text]) == 0,
                }
            }
            Condition::Binary(operator, pair) => {
                let left = self.expand_single(&pair.0)?;
                let mode = match operator {
                    0..=2 => Mode::Pattern,
                    3 => Mode::Regex,
                    _ => Mode::Single,
                };
                let right = self.expand_as(&pair.1, mode)?;
                match operator {
                    0..=2 => pattern::matches(&right, &left, self.utf8) == (*operator < 2),
                    3 => self.matches_regex(&left, &right)?,
                    7 => left < right,
                    8 => left > right,
                    _ => {
                        let name = word_at(BINARY, *operator);
                        if *operator < 7 {
                            return Ok(self.ask_test(b"test", &[&left, name, &right]) == 0);
                        }
                        let (left, right) = (self.arithmetic_text(&left)?, self.arithmetic_text(&right)?);
                        builtins::compare_numbers(name, left, right).unwrap_or(false)
                    }
                }
            }
        })
    }

    #[inline(never)]
    fn matches_regex(&mut self, text: &[u8], pattern: &[u8]) -> Run<bool> {
        let mut flags = regex::Flags::EXTENDED;
        if self.utf8 {
            flags = flags.with(regex::Flags::UTF8);
        }
        match regex::Regex::new(pattern, flags) {
            Ok(mut regex) => {
                let mut groups = alloc::vec![None; regex.groups() + 1];
                let found = regex.captures_at(text, 0, regex::Eflags::NONE, &mut groups);
                let mut words = Args::default();
                for &group in &groups {
                    let part = group.and_then(|(start, end)| text.get(start..end));
                    words.push(part.unwrap_or_default());
                }
                if !found {
                    words.clear();
                }
                self.assign_words(BASH_REMATCH, &words)?;
                Ok(found)
            }
            Err(why) => self.wrong(&[b"[[: ", why.message()]),
        }
    }

    /// A simple command.
    fn simple(&mut self, simple: &Simple, tail: bool) -> Run {
        self.state.line = simple.line;
        self.substituted = None;
        if simple.words.is_empty() {
            let result = self.assign_only(simple);
            self.forget_statuses();
            return result;
        }
        let mut args = self.take_args();
        let lists = self.lists.len();
        let mut result = self.expand_words(&simple.words, &mut args);
        if result.is_ok() {
            result = match args.len() {
                0 => self.assign_only(simple),
                _ => self.execute(simple, &mut args, tail),
            };
            if !self.substitutions.is_empty() {
                self.end_substitutions();
            }
        }
        self.give_args(args);
        if self.lists.len() > lists {
            self.lists.truncate(lists);
        }
        self.forget_statuses();
        result
    }

    /// The last command was no pipeline.
    #[inline]
    fn forget_statuses(&mut self) {
        if !self.statuses.is_empty() {
            self.statuses.clear();
        }
    }

    fn assign_only(&mut self, simple: &Simple) -> Run {
        if !simple.redirs.is_empty() {
            let mut undo = Vec::new();
            match self.redirect(&simple.redirs, &mut undo) {
                Err(Stop::Failed) => return Ok(()),
                result => result?,
            }
            self.undo(undo);
        }
        let trace = self.has(XTRACE);
        for assign in &simple.assigns {
            if is_array(assign) {
                self.assign_array(assign)?;
                continue;
            }
            // The usual `x=$((…))`, without a string in between.
            if let [Part::Arith(math)] = assign.value.parts.as_slice()
                && !assign.append
                && !trace
            {
                let value = self.math(math)?;
                self.set_number(assign.sym, value)?;
                continue;
            }
            if assign.append || trace {
                let value = self.assigned_value(assign)?;
                self.set(assign.sym, &value)?;
                if trace {
                    self.trace(core::slice::from_ref(assign), &Args::default(), &[]);
                }
                continue;
            }
            let mut value = self.take_args();
            let rest = self.appended(assign);
            let parts = rest.unwrap_or(&assign.value.parts);
            let mut result = self.expand_parts_into(parts, Mode::Single, &mut value);
            if result.is_ok() {
                result = match rest {
                    Some(_) => self.append(assign.sym, &value.bytes),
                    None => self.set(assign.sym, &value.bytes),
                };
            }
            self.give_args(value);
            result?;
        }
        self.status = self.substituted.unwrap_or(0);
        Ok(())
    }

    /// `a[subscript]=value` or `a=(…)`
    #[inline(never)]
    fn assign_array(&mut self, assign: &Assign) -> Run {
        let sym = assign.sym;
        if let [Part::List(list)] = assign.value.parts.as_slice() {
            let values = self.expand_list(list)?;
            self.assign_list(sym, assign.append, &values)?;
        } else if let Some(subscript) = &assign.subscript {
            let key = self.key(sym, subscript)?;
            let value = self.expand_single(&assign.value)?;
            self.set_element(sym, key, assign.append, &value)?;
        }
        if self.has(XTRACE) {
            let mut text = [&*self.symbols.get(sym).name, b"="].concat();
            self.push_array(sym, &mut text);
            self.trace(&[], &Args::new(&[&text]), &[]);
        }
        Ok(())
    }

    /// What `x="$x…"` adds to the variable, if the rest cannot change it: then its value need not be copied.
    fn appended<'a>(&self, assign: &'a Assign) -> Option<&'a [Part]> {
        let (first, rest) = assign.value.parts.split_first()?;
        let plain = |part: &Part| match part {
            Part::Text(_) | Part::Quoted(_) => true,
            Part::Param(param) => !param.indirect && matches!(param.op, Op::Plain | Op::Length),
            _ => false,
        };
        let own = matches!(first, Part::Param(param) if param.name == Name::Var(assign.sym)
            && param.op == Op::Plain && !param.indirect);
        let simple = self.symbols.get(assign.sym).var.flags & (SET | DYNAMIC | INTEGER | READONLY) == SET;
        (own && simple && rest.iter().all(plain)).then_some(rest)
    }

    /// The value of an assignment, expanded.
    fn assigned_value(&mut self, assign: &Assign) -> Run<Vec<u8>> {
        let value = self.expand_single(&assign.value)?;
        if !assign.append {
            return Ok(value);
        }
        let old = self.text_of(assign.sym);
        self.added(self.symbols.get(assign.sym).var.flags, old, &value)
    }

    /// `set -x`: variables that have been assigned to, and words; where standard error was before the command's redirections.
    #[cold]
    #[inline(never)]
    fn trace(&mut self, assigns: &[Assign], args: &Args, undo: &[Undo]) {
        let ps4 = self.var(PS4).map_or(b"+ ".to_vec(), <[u8]>::to_vec);
        let options = self.state.options;
        self.state.options &= !XTRACE;
        let mut line = self.expand_text(&ps4);
        self.state.options = options;
        for assign in assigns.iter().filter(|assign| !is_array(assign)) {
            line.extend_from_slice(&self.symbols.get(assign.sym).name);
            line.push(b'=');
            let value = self.text_of(assign.sym);
            if !value.is_empty() {
                quote_if_needed(&value, &mut line);
            }
            line.push(b' ');
        }
        for word in args.iter() {
            quote_if_needed(word, &mut line);
            line.push(b' ');
        }
        if let Some(end) = line.last_mut() {
            *end = b'\n';
        }
        let stderr = undo.iter().find_map(|undo| match undo {
            Undo::Descriptor(2, old) => Some(old.as_ref().map_or(-1, sys::Fd::raw)),
            _ => None,
        });
        self.flush();
        // Nobody is left to tell if this fails.
        let _ = sys::fd::write_all(stderr.unwrap_or(sys::fd::STDERR), &line);
    }

    /// Runs a simple command whose words have been expanded.
    #[inline(never)]
    fn execute(&mut self, simple: &Simple, args: &mut Args, tail: bool) -> Run {
        let sym = match simple.name {
            Some(sym) => sym,
            None => self.symbols.intern(args.get(0).unwrap_or_default()),
        };
        let mut target = self.resolve(sym, false);
        let builtin = if let Target::Builtin(number) = target { number } else { 0 };
        let special = builtins::is_special(builtin);
        // The redirections of an `exec` without a command stay.
        let bare =
            builtin == builtins::EXEC && (args.len() == 1 || args.len() == 2 && args.get(1) == Some(b"--"));
        let mut undo = Vec::new();
        if !simple.redirs.is_empty() {
            // What `exec` does to descriptors stays: captured output needs a real one then.
            if self.captured && builtin == builtins::EXEC {
                self.need_process()?;
            }
            match self.redirect(&simple.redirs, &mut undo) {
                Err(Stop::Failed) => return if special { Err(Stop::Abort) } else { Ok(()) },
                result => result?,
            }
        }
        let mark = self.locals.len();
        let mut result = Ok(());
        if !simple.assigns.is_empty() {
            let export = !special || builtin == builtins::EXEC && !bare;
            result = self.assign_before(simple, special, export);
            // `PATH=… command` is looked for in the new PATH.
            if matches!(target, Target::Applet(_) | Target::Path(_) | Target::Nothing)
                && simple.assigns.iter().any(|assign| assign.sym == PATH)
            {
                target = self.locate(sym);
            }
        }
        if result.is_ok() && self.has(XTRACE) {
            self.trace(&simple.assigns, args, &undo);
        }
        if result.is_ok() && bare {
            self.flush();
            self.keep(core::mem::take(&mut undo));
            self.status = 0;
        } else if result.is_ok() {
            let scope = self.scope;
            if matches!(target, Target::Function(_)) {
                self.scope = mark;
            }
            result = self.run_target(target, sym, args, 0, tail && undo.is_empty());
            self.scope = scope;
        }
        // What `local` has made stays until the function ends.
        if !special && !simple.assigns.is_empty() {
            self.leave_scope(mark);
        }
        self.undo(undo);
        result
    }

    /// Assigns what stands before a command, one after the other: a value may need the one before. Unless it is a `special`
    /// built-in, the variables get their old values again when it has ended.
    #[inline(never)]
    fn assign_before(&mut self, simple: &Simple, special: bool, export: bool) -> Run {
        for assign in &simple.assigns {
            let old = self.symbols.get(assign.sym).var.clone();
            if is_array(assign) {
                self.assign_array(assign)?;
            } else {
                let value = self.assigned_value(assign)?;
                self.set(assign.sym, &value)?;
                if export {
                    self.set_flags(assign.sym, EXPORT, 0);
                }
            }
            if !special {
                self.locals.push((assign.sym, old));
            }
        }
        Ok(())
    }

    /// Runs what a name stands for, with `args` from `first` on.
    pub fn run_target(&mut self, target: Target, sym: Sym, args: &mut Args, first: usize, tail: bool) -> Run {
        match target {
            Target::Function(function) => {
                return self.call_function(sym, &function, core::mem::take(args), first);
            }
            Target::Builtin(number) => return self.call_builtin(number, args, first),
            Target::Applet(id)
                if EXTRAS && args.get(first + 1) == Some(b"-v") && args.get(first) == Some(b"printf") =>
            {
                return self.printf_into(id, &args.slices(first));
            }
            Target::Applet(id) => self.run_applet(id, args, first, tail),
            Target::Path(path) => self.run_external(&path, args, first, tail),
            Target::Nothing => self.not_found(args.get(first).unwrap_or_default()),
        }
        Ok(())
    }

    /// `printf -v x`: what it prints becomes the value.
    #[inline(never)]
    fn printf_into(&mut self, id: usize, words: &[&[u8]]) -> Run {
        let (name, rest): (&[u8], &[&[u8]]) = match words {
            [_, _, name, rest @ ..] => (name, rest),
            _ => (b"", &[]),
        };
        if !is_name(name) {
            self.error(&[b"printf: ", name, b": bad variable name"]);
            self.status = 2;
            return Ok(());
        }
        let sym = self.symbols.intern(name);
        self.renew_environment();
        let text = self.in_memory(&mut |shell| shell.status = shell.call_applet(id, b"printf", rest));
        self.set(sym, text.split(|&byte| byte == 0).next().unwrap_or_default())
    }

    #[cold]
    fn not_found(&mut self, name: &[u8]) {
        if name.contains(&b'/') {
            let errno = match sys::fs::stat(name) {
                Ok(stat) if stat.is_dir() => Errno(libc::EISDIR),
                Ok(_) => Errno(libc::EACCES),
                Err(errno) => errno,
            };
            self.status = if errno.0 == libc::ENOENT || errno.0 == libc::ENOTDIR { 127 } else { 126 };
            if self.status == 127 && errno.0 == libc::ENOENT {
                return self.error(&[name, b": not found"]);
            }
            return self.system_error(&[name], errno);
        }
        self.status = 127;
        self.error(&[name, b": not found"]);
    }

    /// Gives the variables of a scope that ends their older values.
    pub fn leave_scope(&mut self, mark: usize) {
        while self.locals.len() > mark {
            match self.locals.pop() {
                // `local -`; job control is the whole shell's.
                Some((DASH, old)) => self.state.options = old.level & !MONITOR | self.state.options & MONITOR,
                Some((sym, old)) => self.restore(sym, old),
                None => {}
            }
        }
    }

    fn call_function(&mut self, sym: Sym, function: &Rc<Function>, args: Args, first: usize) -> Run {
        self.nested()?;
        let params = Params { args: Rc::new(args), first: first + 1 };
        let outer = core::mem::replace(&mut self.state.params, params);
        let loops = core::mem::take(&mut self.state.loop_depth);
        let getopts = core::mem::take(&mut self.state.getopts_at);
        let mark = self.locals.len();
        self.state.function_depth += 1;
        self.calls.push(sym);
        let line = self.state.line;
        let result = self.run(&function.body, false);
        self.state.line = line;
        self.calls.pop();
        self.state.function_depth -= 1;
        self.leave_scope(mark);
        self.state.loop_depth = loops;
        self.state.getopts_at = getopts;
        let used = core::mem::replace(&mut self.state.params, outer);
        if let Ok(args) = Rc::try_unwrap(used.args) {
            self.give_args(args);
        }
        match result {
            Err(Stop::Return) => Ok(()),
            result => result,
        }
    }

    /// What `sym` stands for as a command. `no_functions`: for `command`.
    pub fn resolve(&mut self, sym: Sym, no_functions: bool) -> Target {
        let symbol = self.symbols.get(sym);
        if builtins::is_special(symbol.builtin) {
            return Target::Builtin(symbol.builtin);
        }
        if let Some(function) = symbol.function.as_ref().filter(|_| !no_functions) {
            return Target::Function(function.clone());
        }
        if symbol.builtin != 0 {
            return Target::Builtin(symbol.builtin);
        }
        self.locate(sym)
    }

    /// Where the command is: remembered, or searched for in `PATH`.
    pub fn locate(&mut self, sym: Sym) -> Target {
        let generation = self.path_generation;
        let symbol = self.symbols.get_mut(sym);
        if symbol.generation == generation {
            match &symbol.place {
                Place::Applet(id) => {
                    symbol.hits += 1;
                    return Target::Applet(usize::from(*id));
                }
                // What has gone in the meantime is looked for again.
                Place::Path(path) if is_program(path) => {
                    symbol.hits += 1;
                    return Target::Path(path.to_vec());
                }
                Place::Path(_) | Place::Unknown => {}
            }
        }
        let name = symbol.name.to_vec();
        if name.contains(&b'/') {
            return if is_program(&name) { Target::Path(name) } else { Target::Nothing };
        }
        let path = self.text_of(PATH);
        let place = self.search(&name, &path);
        let symbol = self.symbols.get_mut(sym);
        symbol.generation = generation;
        symbol.hits = 1;
        symbol.place = place.clone();
        Target::of(place)
    }

    /// Looks for `name` in the folders of `path`. An applet is taken where the system's own command would be, and where
    /// there is none at all; a command in any other folder goes before it.
    pub fn search(&self, name: &[u8], path: &[u8]) -> Place {
        let applet = (self.house.find)(name).filter(|_| !name.is_empty());
        for folder in path.split(|&byte| byte == b':') {
            let file = joined(folder, name);
            if !is_program(&file) {
                continue;
            }
            if let Some(id) = applet
                && (matches!(folder, b"/bin" | b"/usr/bin" | b"/sbin" | b"/usr/sbin")
                    || same_file(&file, OWN))
            {
                return Place::Applet(id as u16);
            }
            return Place::Path(file.into());
        }
        match applet {
            Some(id) => Place::Applet(id as u16),
            None => Place::Unknown,
        }
    }

    /// The file to execute for an applet as a program of its own: this binary, or before /proc is mounted its link in `PATH`.
    pub fn own_path(&self, name: &[u8]) -> Vec<u8> {
        let found = match sys::fs::access(sys::fd::CWD, OWN, libc::X_OK) {
            Ok(()) => None,
            Err(_) => candidates(&self.symbols.get(PATH).var.value, name).find(|file| is_program(file)),
        };
        found.unwrap_or_else(|| OWN.to_vec())
    }

    /// Whether an applet may run as a function now.
    #[inline(never)]
    fn is_inline(&self, id: usize, name: &[u8]) -> bool {
        if self.always_fork || (self.house.class)(id) != Class::InProcess {
            return false;
        }
        !self.interactive || listed(INSTANT, name)
    }

    fn run_applet(&mut self, id: usize, args: &Args, first: usize, tail: bool) {
        let words = args.slices(first);
        let Some((&name, rest)) = words.split_first() else { return };
        let name = name.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        self.renew_environment();
        // In a process that ends with it, any applet may run as a function.
        let own = tail && self.level > 0 && self.ends_with_command();
        if self.is_inline(id, name) || own && (self.house.class)(id) != Class::Exec {
            if !own {
                self.outlive_pipes();
            }
            self.status = self.call_applet(id, name, rest);
            // As a process, it alone would have been ended; these two are built into every other shell.
            if !matches!(name, b"echo" | b"printf") && self.trap_of(libc::SIGPIPE as usize).is_none() {
                sys::signal::take(libc::SIGPIPE);
            }
            return;
        }
        if (self.house.class)(id) == Class::Exec {
            let path = self.own_path(name);
            return self.run_external(&path, args, first, tail);
        }
        let mut launch = Launch::new(self, true);
        self.spawn_into(&mut launch, &mut |shell| {
            shell.status = shell.call_applet(id, name, rest);
            Ok(())
        });
        self.status = self.wait_launch(launch, &words.join(&b" "[..]));
    }

    /// Calls an applet as a function; its status.
    pub fn call_applet(&mut self, id: usize, name: &[u8], args: &[&[u8]]) -> u8 {
        let environment: Vec<&[u8]> = self.environment.iter().map(Vec::as_slice).collect();
        let out = core::mem::replace(&mut self.out, Writer::new(sys::fd::STDOUT));
        // A file that the applet opens must not become a standard descriptor that a redirection has closed.
        let held = if self.closed_standard { sys::start::hold_standard_descriptors() } else { 0 };
        // A signal that has a trap would end the applet if it were a process; the trap is run after it. Those that are
        // sent to do something else are sent to the shell alone, and so is what is sent to the shell around a subshell.
        const DEADLY: u64 = 1 << libc::SIGHUP
            | 1 << libc::SIGINT
            | 1 << libc::SIGQUIT
            | 1 << libc::SIGPIPE
            | 1 << libc::SIGTERM;
        let mut deadly = self.caught << 1 & DEADLY;
        if self.level > self.own_level {
            deadly &= !(1 << libc::SIGTERM);
        }
        if matches!(name, b"echo" | b"printf" | b"test") {
            deadly &= 1 << libc::SIGPIPE;
        }
        if deadly != 0 {
            sys::signal::ending(deadly);
        }
        let mut cx = Context::new(name, args, &environment, out, self.house);
        let result = (self.house.run)(id, &mut cx);
        let (mut status, out) = cx.close(result);
        if deadly != 0 {
            if sys::signal::has_ended() {
                status = (1..64)
                    .find(|&signal| deadly >> signal & 1 != 0 && sys::signal::has_come(signal))
                    .map_or(status, |signal| (128 + signal) as u8);
            }
            sys::signal::ending(0);
        }
        self.out = out;
        for fd in 0..3 {
            if held >> fd & 1 != 0 {
                sys::fd::close(fd);
            }
        }
        status
    }

    /// Whether this process may end with the last command of its list, which may have set a trap since it began.
    #[inline(never)]
    fn ends_with_command(&self) -> bool {
        self.level == self.own_level && !self.captured && !self.interactive && !self.has_traps()
    }

    fn run_external(&mut self, path: &[u8], args: &Args, first: usize, tail: bool) {
        self.renew_environment();
        let words = args.slices(first);
        if tail && self.ends_with_command() {
            self.flush();
            let errno = self.exec(path, &words);
            return self.exec_failed(path, errno);
        }
        let mut launch = Launch::new(self, true);
        let result = self.spawn_external(path, &words, &mut launch);
        self.status = self.wait_launch(launch, &words.join(&b" "[..]));
        if let Err(errno) = result {
            self.exec_failed(path, errno);
        }
    }

    #[cold]
    pub fn exec_failed(&mut self, path: &[u8], errno: Errno) {
        self.status = if matches!(errno.0, libc::ENOENT | libc::ENOTDIR) { 127 } else { 126 };
        self.system_error(&[path], errno);
    }

    /// Starts a program; a text without `#!` is run by this shell in a child.
    fn spawn_external(&mut self, path: &[u8], words: &[&[u8]], launch: &mut Launch) -> Result<(), Errno> {
        if !self.has(MONITOR) && !self.always_fork {
            // The program's output comes behind that of built-ins.
            self.flush();
            let piped = self.pipe_output();
            let environment: Vec<&[u8]> = self.environment.iter().map(Vec::as_slice).collect();
            let result = sys::process::spawn(path, words, &environment, None, 0);
            let reader = piped.map(|(reader, undo)| {
                self.undo(undo);
                reader
            });
            match result {
                Ok(pid) => {
                    launch.add(pid);
                    if let Some(reader) = reader {
                        self.drain(reader.raw());
                    }
                    return Ok(());
                }
                Err(Errno(libc::ENOEXEC)) => {}
                Err(errno) => return Err(errno),
            }
        }
        self.spawn_into(launch, &mut |shell| {
            let errno = shell.exec(path, words);
            shell.exec_failed(path, errno);
            Ok(())
        });
        Ok(())
    }

    /// Replaces this process by a program; a text without `#!` is run by a shell like this one.
    pub fn exec(&mut self, path: &[u8], words: &[&[u8]]) -> Errno {
        self.signals_for_exec();
        let environment: Vec<&[u8]> = self.environment.iter().map(Vec::as_slice).collect();
        let errno = sys::process::execve(path, words, &environment);
        if errno.0 != libc::ENOEXEC || is_binary(path) {
            return errno;
        }
        let mut script: Vec<&[u8]> = alloc::vec![b"sh", path];
        script.extend(words.iter().skip(1));
        sys::process::execve(&self.own_path(b"sh"), &script, &environment)
    }

    /// Runs `body` in a child that belongs to `launch`. Captured output is read while it runs.
    pub fn spawn_into(&mut self, launch: &mut Launch, body: &mut dyn FnMut(&mut Shell) -> Run) {
        let piped = self.pipe_output();
        let forked = self.fork_child(launch, body);
        if let Some((reader, undo)) = piped {
            self.undo(undo);
            if forked {
                self.drain(reader.raw());
            }
        }
    }

    /// If output is captured in memory: makes descriptor 1 a pipe for a child, and gives its reading end.
    pub fn pipe_output(&mut self) -> Option<(sys::Fd, Vec<Undo>)> {
        if !self.captured {
            return None;
        }
        let (reader, writer) = sys::fd::pipe().ok()?;
        let reader = sys::fd::duplicate_above(reader.raw(), super::redirect::OWN).ok()?;
        let mut undo = Vec::new();
        self.save(1, &mut undo);
        let _ = sys::fd::duplicate_to(writer.raw(), 1);
        Some((reader, undo))
    }

    /// A pipeline of several stages, or one with `!` before it.
    fn pipeline(&mut self, pipeline: &Pipeline) -> Run {
        if let [only] = pipeline.stages.as_slice() {
            self.test(only)?;
        } else {
            if pipeline.negated {
                self.state.errexit_off += 1;
            }
            let result = self.stages(&pipeline.stages, &pipeline.text);
            if pipeline.negated {
                self.state.errexit_off -= 1;
            }
            result?;
        }
        if pipeline.negated {
            self.status = u8::from(self.status == 0);
        }
        Ok(())
    }

    fn stages(&mut self, stages: &[Rc<Command>], text: &[u8]) -> Run {
        self.nested()?;
        self.flush();
        let mut launch = Launch::new(self, true);
        let children = self.has(MONITOR) || self.always_fork;
        let mut input: Option<sys::Fd> = None;
        // What an earlier stage has written, if that is all there will be.
        let mut memory: Option<Vec<u8>> = None;
        let mut statuses = Vec::with_capacity(stages.len());
        let Some((last, before)) = stages.split_last() else { return Ok(()) };
        for (at, stage) in before.iter().enumerate() {
            if !children && (at == 0 || memory.is_some()) && self.is_quiet(stage, at > 0) {
                let feed = match memory.take() {
                    Some(text) => self.feed(&text),
                    None => None,
                };
                let mut undo = Vec::new();
                self.take_input(feed, &mut undo);
                let output = self.run_captured(stage);
                self.undo(undo);
                statuses.push((0, self.status));
                memory = Some(output?);
                continue;
            }
            if let Some(text) = memory.take() {
                input = self.feed(&text);
            }
            let (reader, writer) = match sys::fd::pipe() {
                Ok(ends) => ends,
                Err(errno) => {
                    self.system_error(&[b"cannot make a pipe"], errno);
                    self.status = 2;
                    break;
                }
            };
            let mut undo = Vec::new();
            self.take_input(input.take(), &mut undo);
            self.save(1, &mut undo);
            let _ = sys::fd::duplicate_to(writer.raw(), 1);
            drop(writer);
            let reader = sys::fd::duplicate_above(reader.raw(), super::redirect::OWN).unwrap_or(reader);
            let end = reader.raw();
            let before = launch.processes.len();
            self.start_stage(stage, &mut launch, end);
            self.undo(undo);
            statuses.push((if launch.processes.len() > before { launch.last() } else { 0 }, 0));
            input = Some(reader);
        }
        if let Some(text) = memory.take() {
            input = self.feed(&text);
        }
        let mut undo = Vec::new();
        self.take_input(input, &mut undo);
        let mut status = 0;
        if children {
            self.spawn_into(&mut launch, &mut |shell| shell.run(last, true));
            self.undo(undo);
        } else {
            self.subshell_status(last);
            status = self.status;
            self.undo(undo);
        }
        let whole = self.wait_launch_keeping(launch, text, &mut statuses);
        self.status = if children { whole } else { status };
        self.statuses.clear();
        self.statuses.extend(statuses.iter().map(|&(_, status)| status));
        self.statuses.push(self.status);
        if self.has(PIPEFAIL) && self.status == 0 {
            self.status =
                statuses.iter().rev().map(|&(_, status)| status).find(|&status| status != 0).unwrap_or(0);
        }
        Ok(())
    }

    /// Makes `input` descriptor 0.
    fn take_input(&mut self, input: Option<sys::Fd>, undo: &mut Vec<Undo>) {
        if let Some(input) = input {
            self.save(0, undo);
            let _ = sys::fd::duplicate_to(input.raw(), 0);
        }
    }

    /// A descriptor that gives `text`.
    fn feed(&mut self, text: &[u8]) -> Option<sys::Fd> {
        let (reader, writer) = sys::fd::pipe().ok()?;
        if text.len() <= sys::fd::pipe_room(writer.raw()) {
            let _ = sys::fd::write_all(writer.raw(), text);
            return Some(reader);
        }
        // More than a pipe holds: a child writes it.
        let end = reader.raw();
        let mut launch = Launch::new(self, false);
        self.fork_child(&mut launch, &mut |_| {
            sys::fd::close(end);
            let _ = sys::fd::write_all(writer.raw(), text);
            Ok(())
        });
        self.jobs.orphans.push(launch.last());
        Some(reader)
    }

    /// Starts a stage that is not the last: its output goes to descriptor 1, whose other end is `reader`.
    fn start_stage(&mut self, stage: &Command, launch: &mut Launch, reader: i32) {
        if let Command::Simple(simple) = stage
            && simple.assigns.is_empty()
            && !self.has(MONITOR)
            && !self.always_fork
            && !self.has(XTRACE)
            && let Some(sym) = simple.name
            && let Target::Path(path) = self.resolve(sym, false)
        {
            // What expansions change stays in the stage.
            let started = self.contained(&mut |shell| {
                let mut args = shell.take_args();
                let mut undo = Vec::new();
                let mut result = shell.expand_words(&simple.words, &mut args);
                if result.is_ok() {
                    result = shell.redirect(&simple.redirs, &mut undo);
                }
                launch.failed |= result.is_err();
                if result.is_ok() {
                    shell.renew_environment();
                    let words = args.slices(0);
                    if let Err(errno) = shell.spawn_external(&path, &words, launch) {
                        shell.exec_failed(&path, errno);
                        launch.failed = true;
                    }
                    shell.undo(undo);
                }
                Ok(())
            });
            if started {
                return;
            }
        }
        self.fork_child(launch, &mut |shell| {
            sys::fd::close(reader);
            shell.run(stage, true)
        });
    }

    /// Whether a stage can run to its end in this process before the next one begins: its output is bounded.
    fn is_quiet(&mut self, stage: &Command, fed: bool) -> bool {
        let Command::Simple(simple) = stage else { return false };
        if !simple.redirs.is_empty() || !simple.assigns.is_empty() || self.has(XTRACE) || self.has(VERBOSE) {
            return false;
        }
        let Some(sym) = simple.name else { return false };
        let Target::Applet(id) = self.resolve(sym, false) else {
            return false;
        };
        let name = &*self.symbols.get(sym).name;
        if !self.is_inline(id, name) {
            return false;
        }
        if matches!(name, b"echo" | b"printf" | b"basename" | b"dirname" | b"pwd") {
            return true;
        }
        // A filter is bounded by what it is fed, if it reads nothing else: a name of something that is no plain file
        // could be without end.
        fed && listed(FILTERS, name)
            && simple.words.iter().skip(1).all(|word| match word.parts.as_slice() {
                [Part::Text(text) | Part::Quoted(text)] => {
                    !text.windows(4).any(|part| part == b"/dev" || part == b"/pro")
                        && !sys::fs::stat(text).is_ok_and(|stat| !stat.is_file() && !stat.is_dir())
                }
                [Part::Text(first) | Part::Quoted(first), rest @ ..] => {
                    name != b"cat"
                        && !first.is_empty()
                        && rest
                            .iter()
                            .all(|part| matches!(part, Part::Text(_) | Part::Quoted(_) | Part::Param(_)))
                }
                _ => false,
            })
    }
}

/// Whether `file` is a file that may be executed.
pub fn is_program(file: &[u8]) -> bool {
    sys::fs::stat(file).is_ok_and(|stat| stat.is_file())
        && sys::fs::access(sys::fd::CWD, file, libc::X_OK).is_ok()
}

/// How much time has passed since a moment of the clock that is never set.
#[inline(never)]
pub fn millis_since(start: &sys::fs::Timestamp) -> i64 {
    let now = sys::time::monotonic();
    (now.sec - start.sec) * 1000 + (i64::from(now.nsec) - i64::from(start.nsec)) / 1_000_000
}

fn quote_if_needed(word: &[u8], line: &mut Vec<u8>) {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./:=+,%@^".contains(byte);
    if !word.is_empty() && word.iter().all(plain) {
        line.extend_from_slice(word);
    } else {
        quote(word, line);
    }
}

/// Whether two names are of the same file.
pub fn same_file(one: &[u8], other: &[u8]) -> bool {
    match (sys::fs::stat(one), sys::fs::stat(other)) {
        (Ok(one), Ok(other)) => one.same(&other),
        _ => false,
    }
}

/// Whether a file that the kernel does not know is no script either: there is a NUL in its first line.
fn is_binary(path: &[u8]) -> bool {
    let mut head = [0; 256];
    let count = sys::fd::open_read(path).and_then(|fd| sys::fd::read(fd.raw(), &mut head)).unwrap_or(0);
    let head = head.get(..count).unwrap_or_default();
    head.split(|&byte| byte == b'\n').next().is_some_and(|line| line.contains(&0))
}

/// Whether an assignment is to an element, or to an array as a whole.
fn is_array(assign: &Assign) -> bool {
    assign.subscript.is_some() || matches!(assign.value.parts.as_slice(), [Part::List(_)])
}
