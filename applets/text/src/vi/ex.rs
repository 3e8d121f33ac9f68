//! The commands behind `:`.

use applet::prelude::*;
use regex::Eflags;
use term::decimal;

use super::Vi;
use super::substitute::delimited;

fn trim(text: &[u8]) -> &[u8] {
    text.trim_ascii()
}

/// The mark of lines that `:g` has found.
const FOUND: u8 = 1;

/// Where the argument of a command ends: at its `|`.
fn command_end(name: &[u8], argument: &[u8]) -> usize {
    let word = argument.trim_ascii_start();
    match name {
        b"g" | b"v" | b"global" | b"vglobal" | b"!" | b"norm" | b"normal" => return argument.len(),
        b"r" | b"read" | b"w" | b"write" if word.first() == Some(&b'!') => return argument.len(),
        _ => {}
    }
    let mut rest = argument;
    if let (b"s" | b"su" | b"substitute", Some((&delimiter, tail))) = (name, word.split_first())
        && delimiter.is_ascii_punctuation()
        && delimiter != b'|'
    {
        rest = delimited(delimited(tail, delimiter).1, delimiter).1;
    }
    let mut escaped = false;
    for (at, &byte) in rest.iter().enumerate() {
        if byte == b'|' && !escaped {
            return argument.len() - rest.len() + at;
        }
        escaped = byte == b'\\' || byte == 22;
    }
    argument.len()
}

impl Vi<'_, '_> {
    /// Does one line of commands; whether it went well.
    pub fn ex(&mut self, line: &[u8]) -> bool {
        let changed = core::mem::replace(&mut self.changed, true);
        self.text.begin(self.cursor);
        let done = self.ex_inner(line, 0);
        self.changed = changed;
        self.cursor = self.text.settle(self.cursor);
        done
    }

    /// An address: the number of its line, from 0. `None`: there is none, or it is wrong (`Err`).
    fn address(&mut self, text: &mut &[u8], current: usize) -> core::result::Result<Option<usize>, ()> {
        *text = text.trim_ascii_start();
        let last = self.text.lines() - 1;
        let mut found = None;
        match text.split_first() {
            Some((b'.', rest)) => (found, *text) = (Some(current), rest),
            Some((b'$', rest)) => (found, *text) = (Some(last), rest),
            Some((b'0'..=b'9', _)) => {
                let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let (number, rest) = text.split_at(digits);
                // Line 0 is before the first one: it wraps around, and the commands that know it look for that.
                found = Some((num::parse_u64(number).unwrap_or(u64::MAX) as usize).wrapping_sub(1));
                *text = rest;
            }
            Some((b'\'', rest)) => {
                let (&name, rest) = rest.split_first().ok_or(())?;
                let Some(at) = self.text.mark(name) else {
                    self.say(&[b"Mark not set"]);
                    return Err(());
                };
                found = Some(self.text.number(at));
                *text = rest;
            }
            Some((&delimiter @ (b'/' | b'?'), rest)) => {
                let (pattern, rest) = delimited(rest, delimiter);
                if !pattern.is_empty() {
                    self.pattern = pattern;
                }
                let pattern = self.pattern.clone();
                let start = self.text.start_of(current);
                // Not in the line itself.
                let from = if delimiter == b'/' { self.text.line_end(start) } else { start };
                let (at, _) = self.search(&pattern, from, delimiter == b'/').ok_or(())?;
                found = Some(self.text.number(at));
                *text = rest;
            }
            _ => {}
        }
        loop {
            *text = text.trim_ascii_start();
            let Some((&sign @ (b'+' | b'-'), rest)) = text.split_first() else { break };
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (number, rest) = rest.split_at(digits);
            let by = if digits == 0 { 1 } else { num::parse_u64(number).unwrap_or(0) as usize };
            let base = found.unwrap_or(current);
            found = Some(if sign == b'+' { base.wrapping_add(by) } else { base.wrapping_sub(by) });
            *text = rest;
        }
        Ok(found)
    }

    fn ex_inner(&mut self, line: &[u8], depth: usize) -> bool {
        let mut next = line;
        while !next.is_empty() && !self.done {
            let line = core::mem::take(&mut next);
            if !self.ex_one(line, depth, &mut next) {
                return false;
            }
        }
        true
    }

    /// Does the first command of a line; what is behind its `|` is `next`.
    fn ex_one<'t>(&mut self, line: &'t [u8], depth: usize, next: &mut &'t [u8]) -> bool {
        let mut rest = line.trim_ascii_start();
        while let Some((b':', tail)) = rest.split_first() {
            rest = tail.trim_ascii_start();
        }
        if rest.is_empty() || rest.first() == Some(&b'"') {
            return true;
        }
        let current = self.text.number(self.cursor);
        let (mut first, mut last, mut given) = (current, current, 0);
        if let Some((b'%', tail)) = rest.split_first() {
            (first, last, given, rest) = (0, self.text.lines() - 1, 2, tail);
        } else {
            let mut here = current;
            loop {
                let Ok(address) = self.address(&mut rest, here) else { return false };
                if let Some(line) = address {
                    (first, last) = (if given == 0 { line } else { last }, line);
                    given += 1;
                }
                match rest.split_first() {
                    Some((&separator @ (b',' | b';'), tail)) => {
                        if address.is_none() {
                            (first, last) = (last, here);
                            given += 1;
                        }
                        if separator == b';' {
                            here = last;
                        }
                        rest = tail;
                    }
                    _ => break,
                }
            }
        }
        rest = rest.trim_ascii_start();
        let letters = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        // `s` and `k` need no blank or delimiter that is no letter behind them; `g` and `v` neither.
        let (name, mut argument) = match rest.split_first() {
            Some((b'k', tail)) if letters <= 2 => (&rest[..1], tail),
            Some((b's' | b'g' | b'v', tail))
                if tail.first().is_none_or(|byte| {
                    !byte.is_ascii_alphabetic() || letters == 2 && matches!(byte, b'g' | b'c')
                }) =>
            {
                (rest.get(..1).unwrap_or(rest), tail)
            }
            _ if letters > 0 => rest.split_at(letters),
            Some((b'|', _)) => (&b""[..], rest),
            Some(_) => rest.split_at(1),
            None => (&b""[..], rest),
        };
        // `|` ends a command, unless it takes all that follows.
        let (taken, behind) = argument.split_at(command_end(name, argument));
        argument = taken;
        *next = behind.get(1..).unwrap_or_default();
        let force = argument.first() == Some(&b'!') && name != b"!";
        if force {
            argument = argument.get(1..).unwrap_or_default();
        }
        // Line 0 is a place to put lines behind, and nothing else.
        let zero = last == usize::MAX;
        let takes_zero = matches!(name, b"r" | b"read" | b"pu" | b"put" | b"");
        if (first >= self.text.lines() && !(first == usize::MAX && takes_zero))
            || (last >= self.text.lines() && !(zero && takes_zero))
        {
            self.say(&[b"No such line"]);
            self.fail();
            return false;
        }
        if first > last && !zero {
            core::mem::swap(&mut first, &mut last);
        }
        self.ex_command(name, argument, (first, last, given), force, depth)
    }

    fn ex_command(
        &mut self,
        name: &[u8],
        argument: &[u8],
        range: (usize, usize, usize),
        force: bool,
        depth: usize,
    ) -> bool {
        let (first, last, given) = range;
        let word = trim(argument);
        let start = self.text.start_of(first.min(self.text.lines() - 1));
        let last_start = self.text.start_of(last.min(self.text.lines() - 1));
        let end = self.text.line_end(last_start) + 1;
        // Where lines are put in: behind the last one; behind line 0, at the start.
        let behind = if last == usize::MAX { 0 } else { end };
        match name {
            b"" => {
                let start = self.text.start_of(if last == usize::MAX { 0 } else { last });
                self.jump_from();
                self.cursor = self.text.first_nonblank(start);
            }
            b"d" | b"delete" | b"y" | b"ya" | b"yank" => {
                let (register, last) = self.register_and_count(word, last);
                self.register = register;
                let last_start = self.text.start_of(last);
                let end = self.text.line_end(last_start) + 1;
                let taken = self.text.slice(start, end).to_vec();
                self.store(&taken, true, name.first() == Some(&b'd'));
                self.register = 0;
                if name.first() == Some(&b'd') {
                    self.text.replace(start, end, b"");
                    let line = self.text.line_start(start.min(self.text.len() - 1));
                    self.cursor = self.text.first_nonblank(line);
                }
            }
            b"pu" | b"put" => {
                let (text, _) = self.stored(word.first().copied().unwrap_or(0)).unwrap_or_default();
                if text.is_empty() {
                    self.say(&[b"Nothing in the register"]);
                    return false;
                }
                let at = if force { start } else { behind };
                let lines = text.iter().filter(|&&byte| byte == b'\n').count();
                self.put_lines(text, at);
                let last = self.text.number(at) + lines.saturating_sub(1);
                let line = self.text.start_of(last);
                self.cursor = self.text.first_nonblank(line);
            }
            b"m" | b"mo" | b"move" | b"t" | b"co" | b"cop" | b"copy" => {
                let mut rest = word;
                let current = self.text.number(self.cursor);
                let Ok(Some(target)) = self.address(&mut rest, current) else {
                    self.say(&[b"Address wanted"]);
                    return false;
                };
                let moved = name.first() == Some(&b'm');
                if target != usize::MAX && target >= self.text.lines()
                    || moved && target != usize::MAX && target >= first && target < last
                {
                    self.say(&[b"No such line"]);
                    return false;
                }
                let lines = self.text.slice(start, end).to_vec();
                let mut at = 0;
                if target != usize::MAX {
                    let line = self.text.start_of(target);
                    at = self.text.line_end(line) + 1;
                }
                if moved && at >= end {
                    self.text.replace(at, at, &lines);
                    self.text.replace(start, end, b"");
                    at -= lines.len();
                } else {
                    self.text.replace(at, at, &lines);
                    if moved {
                        self.text.replace(start + lines.len(), end + lines.len(), b"");
                    }
                }
                let line = self.text.line_start(at + lines.len() - 1);
                self.cursor = self.text.first_nonblank(line);
            }
            b"j" | b"join" => {
                let (_, counted) = self.register_and_count(word, last);
                let count = if counted > last {
                    counted - last + 1
                } else if last > first {
                    last - first + 1
                } else {
                    2
                };
                self.cursor = start;
                self.join(count, !force);
            }
            b"<" | b">" => {
                let times = 1 + argument.iter().take_while(|&&byte| Some(&byte) == name.first()).count();
                self.shift(start, end - 1, name == b">", times);
                let line = self.text.start_of(last);
                self.cursor = self.text.first_nonblank(line);
            }
            b"k" | b"ma" | b"mark" => match word.first() {
                Some(&mark) => self.text.set_mark(mark, last_start),
                None => return false,
            },
            b"=" => {
                let line = if given == 0 { self.text.lines() } else { last + 1 };
                let mut text = Vec::new();
                decimal(line, &mut text);
                self.message = text;
            }
            b"p" | b"print" | b"l" | b"list" | b"nu" | b"number" | b"#" => {
                self.message = self.text.slice(last_start, end - 1).to_vec();
                self.cursor = self.text.first_nonblank(last_start);
            }
            b"s" | b"su" | b"substitute" => return self.substitute(argument, false, first, last),
            b"&" => return self.substitute(argument, true, first, last),
            b"&&" => return self.substitute(b"&", true, first, last),
            b"~" => {
                let pattern = self.pattern.clone();
                return self.substitute(&[b"/", &pattern[..], b"/~/"].concat(), false, first, last);
            }
            b"g" | b"global" | b"v" | b"vglobal" => {
                if depth > 0 {
                    self.say(&[b"Cannot do :global recursively"]);
                    return false;
                }
                let range = if given == 0 { (0, self.text.lines() - 1) } else { (first, last) };
                return self.global(argument, range, name.first() == Some(&b'v') || force);
            }
            b"!" => {
                let command = self.percent(argument);
                if given > 0 {
                    self.filter(start, end, &command);
                } else {
                    self.run_away(&command);
                }
            }
            b"sh" | b"shell" => {
                let shell = self.cx.var(b"SHELL").unwrap_or(b"sh");
                self.run_away(shell);
            }
            b"r" | b"read" => {
                let at = if given == 0 { self.text.line_end(self.cursor) + 1 } else { behind };
                if let Some(command) = word.strip_prefix(b"!") {
                    let command = self.percent(command);
                    if let Some(output) = self.capture(&command, b"") {
                        self.put_lines(output, at);
                    }
                } else {
                    let name = if word.is_empty() { self.name.clone() } else { self.percent(word) };
                    self.read_in(&name, at);
                }
            }
            b"norm" | b"normal" => {
                let mut keys: Vec<term::Key> =
                    argument.trim_ascii_start().iter().map(|&byte| term::Key(u32::from(byte))).collect();
                // What is not complete is given up.
                keys.push(term::Key::ESCAPE);
                for line in first..=last {
                    if given > 0 {
                        self.cursor = self.text.start_of(line.min(self.text.lines() - 1));
                    }
                    let level = self.screen.keys.injected();
                    self.screen.keys.inject(&keys);
                    while self.screen.keys.injected() > level && !self.done {
                        self.command();
                    }
                }
            }
            _ => return self.file_command(name, argument, (start, end, given > 0), force),
        }
        true
    }

    /// A register's letter, and a count that moves the range to its end.
    fn register_and_count(&self, word: &[u8], last: usize) -> (u8, usize) {
        let (register, rest) = match word.split_first() {
            Some((&letter, rest)) if !letter.is_ascii_digit() => (letter, trim(rest)),
            _ => (0, word),
        };
        let count = num::parse_u64(rest).unwrap_or(1).clamp(1, 1 << 40) as usize;
        (register, (last + count - 1).min(self.text.lines() - 1))
    }

    /// `%` is the file's name.
    fn percent(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut escaped = false;
        for &byte in text {
            if byte == b'%' && !escaped {
                out.extend_from_slice(&self.name);
            } else {
                if byte == b'%' {
                    out.pop();
                }
                out.push(byte);
            }
            escaped = byte == b'\\';
        }
        out
    }

    fn file_command(
        &mut self,
        name: &[u8],
        argument: &[u8],
        range: (usize, usize, bool),
        force: bool,
    ) -> bool {
        let (start, end, given) = range;
        let word = trim(argument);
        let (from, to) = if given { (start, end) } else { (0, self.text.len()) };
        match name {
            b"w" | b"write" | b"wq" | b"x" | b"xit" => {
                let quits = name != b"w" && name != b"write";
                if let Some(command) = argument
                    .strip_prefix(b" !")
                    .or(if force && word.first() == Some(&b'!') { word.get(1..) } else { None })
                {
                    let input = self.text.slice(from, to).to_vec();
                    if let Some(output) = self.capture(command, &input) {
                        self.message = output;
                    }
                    return true;
                }
                if name.first() == Some(&b'x') && !self.text.modified && word.is_empty() {
                    return self.quit(force);
                }
                let (append, word) = match word.strip_prefix(b">>") {
                    Some(rest) => (true, trim(rest)),
                    None => (false, word),
                };
                if self.name.is_empty() && !word.is_empty() {
                    self.name = word.to_vec();
                }
                let target = if word.is_empty() { self.name.clone() } else { self.percent(word) };
                if !self.write(&target, from, to, append, force) {
                    self.fail();
                    return false;
                }
                if quits {
                    return self.quit(force);
                }
            }
            b"wn" => {
                let target = self.name.clone();
                let to = self.text.len();
                return self.write(&target, 0, to, false, force) && self.next_file(self.file + 1, false);
            }
            b"q" | b"quit" | b"qa" | b"qall" => {
                if self.text.modified && !force {
                    return self.unsaved();
                }
                if name.len() < 2 || name == b"quit" {
                    return self.quit(force);
                }
                self.done = true;
            }
            b"e" | b"edit" | b"vi" | b"visual" => {
                if self.text.modified && !force {
                    return self.unsaved();
                }
                let target = if word.is_empty() { self.name.clone() } else { self.percent(word) };
                return self.edit(&target);
            }
            b"n" | b"next" => {
                if !word.is_empty() {
                    self.files = word
                        .split(|&byte| byte == b' ')
                        .filter(|name| !name.is_empty())
                        .map(<[u8]>::to_vec)
                        .collect();
                    return self.next_file(0, force);
                }
                return self.next_file(self.file + 1, force);
            }
            b"N" | b"prev" | b"previous" => return self.next_file(self.file.wrapping_sub(1), force),
            b"rew" | b"rewind" => return self.next_file(0, force),
            b"f" | b"file" => {
                if !word.is_empty() {
                    self.name = word.to_vec();
                }
                self.message = self.status();
            }
            b"se" | b"set" => {
                for option in word.split(|&byte| byte == b' ').filter(|option| !option.is_empty()) {
                    if !self.set_option(option) {
                        self.say(&[b"Unknown option: ", option]);
                        return false;
                    }
                }
                if word.is_empty() {
                    self.show_options();
                }
            }
            b"noh" | b"nohlsearch" | b"syntax" => {}
            b"so" | b"source" => match sys::fs::read_file(word, 1 << 20) {
                Ok(text) => {
                    for line in text.split(|&byte| byte == b'\n') {
                        self.ex(line);
                    }
                }
                Err(_) => return false,
            },
            b"ve" | b"version" => self.say(&[b"cairn vi"]),
            b"u" | b"undo" | b"red" | b"redo" => {
                if let Some(at) = self.text.step_back(name.first() == Some(&b'r')) {
                    self.cursor = at;
                }
            }
            _ => {
                self.say(&[b"Not an editor command: ", name]);
                self.fail();
                return false;
            }
        }
        true
    }

    fn unsaved(&mut self) -> bool {
        self.say(&[b"No write since last change (add ! to override)"]);
        self.fail();
        false
    }

    fn quit(&mut self, force: bool) -> bool {
        let more = self.files.len().saturating_sub(self.file + 1);
        if more > 0 && !force {
            let mut text = Vec::new();
            decimal(more, &mut text);
            self.say(&[&text, b" more files to edit"]);
            // Asked again, it leaves.
            self.file = self.files.len();
            return false;
        }
        self.done = true;
        true
    }

    fn next_file(&mut self, file: usize, force: bool) -> bool {
        if self.text.modified && !force {
            return self.unsaved();
        }
        let Some(name) = self.files.get(file).cloned() else {
            self.say(&[b"No more files to edit"]);
            return false;
        };
        self.file = file;
        self.edit(&name)
    }

    fn set_option(&mut self, option: &[u8]) -> bool {
        let (name, value) = match option.iter().position(|&byte| byte == b'=') {
            Some(at) => (option.get(..at).unwrap_or_default(), option.get(at + 1..)),
            None => (option, None),
        };
        if let Some(value) = value {
            let Ok(number @ 1..=100) = num::parse_u64(value) else { return false };
            match name {
                b"ts" | b"tabstop" => self.text.tab = number as usize,
                b"sw" | b"shiftwidth" => self.set.shiftwidth = number as usize,
                _ => return false,
            }
            return true;
        }
        let (name, on) = match name.strip_prefix(b"no") {
            Some(rest) => (rest, false),
            None => (name, true),
        };
        let set = &mut self.set;
        let flag = match name {
            b"ai" | b"autoindent" => &mut set.autoindent,
            b"et" | b"expandtab" => &mut set.expandtab,
            b"ic" | b"ignorecase" => &mut set.ignorecase,
            b"list" => &mut set.list,
            b"nu" | b"number" => &mut set.number,
            b"ro" | b"readonly" => &mut set.readonly,
            b"sm" | b"showmatch" => &mut set.showmatch,
            b"scs" | b"smartcase" => &mut set.smartcase,
            b"ws" | b"wrapscan" => &mut set.wrapscan,
            _ => return false,
        };
        *flag = on;
        true
    }

    fn show_options(&mut self) {
        let mut text = Vec::new();
        let set = &self.set;
        let flags = [
            (&b"autoindent"[..], set.autoindent),
            (b"expandtab", set.expandtab),
            (b"ignorecase", set.ignorecase),
            (b"list", set.list),
            (b"number", set.number),
            (b"readonly", set.readonly),
            (b"showmatch", set.showmatch),
            (b"smartcase", set.smartcase),
        ];
        for (name, on) in flags {
            text.extend_from_slice(if on { b"" } else { b"no" });
            text.extend_from_slice(name);
            text.push(b' ');
        }
        text.extend_from_slice(b"shiftwidth=");
        decimal(set.shiftwidth, &mut text);
        text.extend_from_slice(b" tabstop=");
        decimal(self.text.tab, &mut text);
        self.message = text;
    }

    /// `:g/pattern/command`: marks the lines first, then does the command at each that is still there.
    fn global(&mut self, argument: &[u8], range: (usize, usize), inverted: bool) -> bool {
        let Some((&delimiter, rest)) = argument.split_first().filter(|(byte, _)| byte.is_ascii_punctuation())
        else {
            self.say(&[b"Pattern wanted"]);
            return false;
        };
        let (pattern, command) = delimited(rest, delimiter);
        if !pattern.is_empty() {
            self.pattern = pattern;
        }
        let pattern = self.pattern.clone();
        let Some(mut regex) = self.compile(&pattern) else { return false };
        let from = self.text.start_of(range.0);
        let last = self.text.start_of(range.1);
        let to = self.text.line_end(last) + 1;
        let mut at = from;
        let (mut kept, mut found) = (Vec::new(), Vec::new());
        for line in self.text.slice(from, to).split_inclusive(|&byte| byte == b'\n') {
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            if regex.find_at(text, 0, Eflags::NONE).is_some() != inverted {
                found.push(at);
            } else {
                kept.extend_from_slice(line);
            }
            at += line.len();
        }
        if found.is_empty() {
            self.say(&[b"Pattern not found: ", &pattern]);
            return false;
        }
        if trim(command) == b"d" {
            // So many times a line would be taken out of a large text.
            let line = found.last().map_or(0, |&last| self.text.number(last)).saturating_sub(found.len() - 1);
            let taken = self.text.slice(at - (to - from), to).len();
            let _ = taken;
            self.text.replace(from, to, &kept);
            self.text.void = kept.is_empty() && from == 0 && self.text.len() == 1;
            let start = self.text.start_of(line);
            self.cursor = self.text.first_nonblank(start);
            return true;
        }
        self.text.marks.extend(found.iter().map(|&at| (FOUND, at)));
        let command = if command.is_empty() { b"p" } else { command };
        while let Some(index) = self.text.marks.iter().position(|&(name, _)| name == FOUND) {
            let (_, at) = self.text.marks.remove(index);
            self.cursor = at.min(self.text.len() - 1);
            self.ex_inner(command, 1);
        }
        true
    }
}
