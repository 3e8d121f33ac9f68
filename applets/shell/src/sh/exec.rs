//! Execution of the syntax tree: lists, loops, conditions (POSIX.1-2024 XCU 2.9).

use alloc::vec::Vec;

use super::builtins;
use super::expand::Mode;
use super::pattern;
use super::shell::*;
use super::symbols::*;
use super::tree::*;

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
    pub fn test(&mut self, command: &Command) -> Run<bool> {
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
}

/// How much time has passed since a moment of the clock that is never set.
#[inline(never)]
pub fn millis_since(start: &sys::fs::Timestamp) -> i64 {
    let now = sys::time::monotonic();
    (now.sec - start.sec) * 1000 + (i64::from(now.nsec) - i64::from(start.nsec)) / 1_000_000
}
