//! The commands behind `:`.

use applet::prelude::*;
use regex::Eflags;
use term::{Key, decimal};

use super::substitute::delimited;
use super::{Vi, flag};

/// The mark of lines that `:g` has found.
const FOUND: u8 = 1;

/// The commands: the letter that stands for each here, the least that must be typed of its name, and behind `/` the rest.
const COMMANDS: &[u8] = b"dd/elete yy/ank Ppu/t mm/ove kma tt tco/py jj/oin << >> kk kmar/k == pp/rint pl/ist pnu/mber p# \
    ss/ubstitute && 2&& ~~ gg/lobal vv/global !! Ssh/ell rr/ead Nnorm/al ww/rite Wwq xx/it awn qq/uit Qqa/ll ee/dit \
    evi/sual nn/ext bN bprev/ious Brew/ind ff/ile Ese/t inoh/lsearch isyntax oso/urce Vve/rsion uu/ndo Rred/o \
    Mma/p Uunm/ap Aab/breviate Zuna/bbreviate";

/// The letter that stands for a command; a blank for none, 0 for one that is not known.
fn letter_of(name: &[u8]) -> u8 {
    if name.is_empty() {
        return b' ';
    }
    for entry in COMMANDS.split(|&byte| byte == b' ') {
        let Some((&letter, word)) = entry.split_first() else { continue };
        let mut parts = word.split(|&byte| byte == b'/');
        if let Some(rest) = name.strip_prefix(parts.next().unwrap_or_default())
            && parts.next().unwrap_or_default().starts_with(rest)
        {
            return letter;
        }
    }
    0
}

/// A command, its address and its argument.
struct Command<'t> {
    letter: u8,
    name: &'t [u8],
    argument: &'t [u8],
    /// Numbers of lines, from 0; `usize::MAX` is before the first one.
    first: usize,
    last: usize,
    /// How many addresses there were.
    given: usize,
    /// There is a `!` behind the name.
    force: bool,
    /// It is done by `:g`.
    nested: bool,
}

/// Where the argument of a command ends: at its `|`.
#[inline(never)]
fn command_end(letter: u8, argument: &[u8]) -> usize {
    let word = argument.trim_ascii_start();
    match letter {
        b'g' | b'v' | b'!' | b'N' => return argument.len(),
        b'r' | b'w' if word.starts_with(b"!") => return argument.len(),
        _ => {}
    }
    let mut rest = argument;
    if letter == b's'
        && let Some((&delimiter, tail)) = word.split_first()
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

/// The number at the start of the text, `none` if there is none, and what is behind it.
fn number(text: &[u8], none: usize) -> (usize, &[u8]) {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at_checked(digits).unwrap_or_default();
    let value = if digits == 0 { none } else { num::parse_u64(number).unwrap_or(u64::MAX) as usize };
    (value, rest)
}

impl Vi<'_, '_> {
    /// Does one line of commands; whether it went well.
    pub fn ex(&mut self, line: &[u8]) -> bool {
        let changed = core::mem::replace(&mut self.changed, true);
        self.text.begin(self.cursor);
        let done = self.ex_inner(line, false);
        self.changed = changed;
        self.cursor = self.text.settle(self.cursor);
        if !done {
            self.fail();
        }
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
                let (line, rest) = number(text, 0);
                // Line 0 is before the first one: it wraps around, and the commands that know it look for that.
                (found, *text) = (Some(line.wrapping_sub(1)), rest);
            }
            Some((b'\'', rest)) => {
                let (&name, rest) = rest.split_first().ok_or(())?;
                let Some(at) = self.text.mark(name) else {
                    self.tell(b"Mark not set");
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
            let (by, rest) = number(rest, 1);
            let base = found.unwrap_or(current);
            found = Some(if sign == b'+' { base.wrapping_add(by) } else { base.wrapping_sub(by) });
            *text = rest;
        }
        Ok(found)
    }

    /// Does lines of commands.
    pub fn ex_lines(&mut self, text: &[u8]) {
        for line in text.split(|&byte| byte == b'\n') {
            self.ex(line);
        }
    }

    /// Does the commands of a file.
    pub fn source(&mut self, name: &[u8]) -> bool {
        let Ok(text) = sys::fs::read_file(name, 1 << 20) else { return false };
        self.ex_lines(&text);
        true
    }

    fn ex_inner(&mut self, line: &[u8], nested: bool) -> bool {
        let mut next = line;
        while !next.is_empty() && !self.done {
            let line = core::mem::take(&mut next);
            if !self.ex_one(line, nested, &mut next) {
                return false;
            }
        }
        true
    }

    /// Does the first command of a line; what is behind its `|` is `next`.
    #[inline(never)]
    fn ex_one<'t>(&mut self, line: &'t [u8], nested: bool, next: &mut &'t [u8]) -> bool {
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
        let letter = letter_of(name);
        let (taken, behind) = argument.split_at_checked(command_end(letter, argument)).unwrap_or_default();
        argument = taken;
        *next = behind.get(1..).unwrap_or_default();
        let force = argument.first() == Some(&b'!') && letter != b'!';
        if force {
            argument = argument.get(1..).unwrap_or_default();
        }
        // Line 0 is a place to put lines behind, and nothing else.
        let zero = matches!(letter, b'r' | b'P' | b' ');
        let exists = |line: usize| line < self.text.lines() || line == usize::MAX && zero;
        if !exists(first) || !exists(last) {
            return self.tell(b"No such line");
        }
        if first > last && last != usize::MAX {
            core::mem::swap(&mut first, &mut last);
        }
        self.run_command(&Command { letter, name, argument, first, last, given, force, nested })
    }

    /// The cursor goes to line `number`.
    fn go_to_line(&mut self, number: usize) {
        let start = self.text.start_of(number);
        self.cursor = self.text.first_nonblank(start);
    }

    /// The cursor goes to the line of the byte at `at`.
    pub fn land(&mut self, at: usize) {
        let start = self.text.line_start(at.min(self.text.len() - 1));
        self.cursor = self.text.first_nonblank(start);
    }

    #[inline(never)]
    fn run_command(&mut self, command: &Command) -> bool {
        let &Command { letter, argument, first, last, given, force, .. } = command;
        let word = argument.trim_ascii();
        let start = self.text.start_of(first);
        let last_start = self.text.start_of(last);
        let end = self.text.line_end(last_start) + 1;
        // Where lines are put in: behind the last one; behind line 0, at the start.
        let behind = if last == usize::MAX { 0 } else { end };
        match letter {
            b' ' => {
                self.jump_from();
                self.go_to_line(if last == usize::MAX { 0 } else { last });
            }
            b'd' | b'y' => {
                let (register, first, last) = self.register_and_count(word, first, last);
                let (start, last_start) = (self.text.start_of(first), self.text.start_of(last));
                let end = self.text.line_end(last_start) + 1;
                let taken = self.text.slice(start, end).to_vec();
                self.register = register;
                self.store(&taken, true, letter == b'd');
                self.register = 0;
                if letter == b'd' {
                    self.text.replace(start, end, b"");
                    self.land(start);
                }
            }
            b'P' => {
                let (text, _) = self.stored(word.first().copied().unwrap_or(0)).unwrap_or_default();
                if text.is_empty() {
                    return self.tell(b"Nothing in the register");
                }
                let at = if force { start } else { behind };
                let lines = memchr::memchr_iter(b'\n', &text).count();
                self.put_lines(text, at);
                let first = self.text.number(at);
                self.go_to_line(first + lines.saturating_sub(1));
            }
            b'm' | b't' => return self.transfer(letter == b'm', word, (first, last), (start, end)),
            b'j' => {
                let (_, first, last) = self.register_and_count(word, first, last);
                self.cursor = self.text.start_of(first);
                self.join((last - first).max(1) + 1, !force);
                self.land(self.cursor);
            }
            b'<' | b'>' => {
                let times = 1 + argument.iter().take_while(|byte| **byte == letter).count();
                self.shift(start, end - 1, letter == b'>', times);
                self.go_to_line(last);
            }
            b'k' => match word.first() {
                Some(&mark) => self.text.set_mark(mark, last_start),
                None => return false,
            },
            b'=' => {
                let line = if given == 0 { self.text.lines() } else { last + 1 };
                self.message.clear();
                decimal(line, &mut self.message);
            }
            b'p' => {
                self.message = self.text.slice(last_start, end - 1).to_vec();
                self.cursor = self.text.first_nonblank(last_start);
            }
            b's' => return self.substitute(argument, false, first, last),
            b'&' => return self.substitute(argument, true, first, last),
            b'2' => return self.substitute(b"&", true, first, last),
            b'~' => {
                let text = [b"/", &self.pattern[..], b"/~/"].concat();
                return self.substitute(&text, false, first, last);
            }
            b'g' | b'v' => return self.global(command),
            b'!' => {
                let command = self.percent(argument);
                if given > 0 {
                    self.filter(start, end, &command);
                } else {
                    self.run_away(&command);
                }
            }
            b'S' => {
                let shell = self.cx.var(b"SHELL").unwrap_or(b"sh");
                self.run_away(shell);
            }
            b'r' => {
                let at = if given == 0 { self.text.line_end(self.cursor) + 1 } else { behind };
                if let Some(command) = word.strip_prefix(b"!") {
                    let command = self.percent(command);
                    if let Some(output) = self.capture(&command, b"") {
                        self.put_lines(output, at);
                    }
                } else {
                    let name = self.target(word);
                    self.read_in(&name, at);
                }
            }
            b'N' => self.type_keys(argument.trim_ascii_start(), command),
            _ => {
                let (from, to) = if given > 0 { (start, end) } else { (0, self.text.len()) };
                return self.file_command(command, word, from, to);
            }
        }
        true
    }

    /// `:m` and `:t`.
    #[inline(never)]
    fn transfer(
        &mut self,
        moved: bool,
        word: &[u8],
        (first, last): (usize, usize),
        (start, end): (usize, usize),
    ) -> bool {
        let current = self.text.number(self.cursor);
        let Ok(Some(target)) = self.address(&mut { word }, current) else {
            return self.tell(b"Address wanted");
        };
        let mut at = 0;
        if target != usize::MAX {
            if target >= self.text.lines() || moved && target >= first && target < last {
                return self.tell(b"No such line");
            }
            at = self.text.start_of(target);
            at = self.text.line_end(at) + 1;
        }
        let lines = self.text.slice(start, end).to_vec();
        self.text.replace(at, at, &lines);
        if moved && at >= end {
            self.text.replace(start, end, b"");
            at -= lines.len();
        } else if moved {
            self.text.replace(start + lines.len(), end + lines.len(), b"");
        }
        self.land(at + lines.len() - 1);
        true
    }

    /// `:normal`: does what is typed, in each line if there is an address.
    #[inline(never)]
    fn type_keys(&mut self, typed: &[u8], command: &Command) {
        let mut keys = self.keys_of(typed);
        // What is not complete is given up.
        keys.push(Key::ESCAPE);
        for line in command.first..=command.last {
            if command.given > 0 {
                self.cursor = self.text.start_of(line);
            }
            let level = self.screen.keys.injected();
            self.screen.keys.inject(&keys);
            while self.screen.keys.injected() > level && !self.done {
                self.command();
            }
        }
    }

    /// A register's letter, and the range: so many lines from its last one on, if there is a count.
    fn register_and_count(&self, word: &[u8], first: usize, last: usize) -> (u8, usize, usize) {
        let (register, rest) = match word.split_first() {
            Some((&letter, rest)) if !letter.is_ascii_digit() => (letter, rest.trim_ascii()),
            _ => (0, word),
        };
        match num::parse_u64(rest) {
            Ok(count @ 1..) => {
                (register, last, last.saturating_add(count as usize - 1).min(self.text.lines() - 1))
            }
            _ => (register, first, last),
        }
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

    /// The file that a command is about: the one it names, or the one that is edited.
    fn target(&self, word: &[u8]) -> Vec<u8> {
        self.percent(if word.is_empty() { b"%" } else { word })
    }

    /// Commands about files and the editor; `from` and `to` are the bytes of the addressed lines, or of all.
    #[inline(never)]
    fn file_command(&mut self, command: &Command, word: &[u8], from: usize, to: usize) -> bool {
        let &Command { letter, argument, force, .. } = command;
        if matches!(letter, b'q' | b'Q' | b'e' | b'n' | b'b' | b'B') && self.text.modified && !force {
            return self.tell(b"No write since last change (add ! to override)");
        }
        match letter {
            b'w' | b'W' | b'x' => {
                let mut to_command = argument.strip_prefix(b" !");
                if force {
                    to_command = to_command.or(word.strip_prefix(b"!"));
                }
                if let Some(command) = to_command {
                    let input = self.text.slice(from, to).to_vec();
                    if let Some(output) = self.capture(command, &input) {
                        self.message = output;
                    }
                    return true;
                }
                if letter == b'x' && !self.text.modified && word.is_empty() {
                    return self.quit(force);
                }
                let append = word.strip_prefix(b">>");
                let word = append.unwrap_or(word).trim_ascii();
                if self.name.is_empty() {
                    self.name = word.to_vec();
                }
                let target = self.target(word);
                if !self.write(&target, from, to, append.is_some(), force) {
                    return false;
                }
                if letter != b'w' {
                    return self.quit(force);
                }
            }
            b'a' => {
                let target = self.target(b"");
                let to = self.text.len();
                return self.write(&target, 0, to, false, force) && self.next_file(self.file + 1);
            }
            b'q' => return self.quit(force),
            b'Q' => self.done = true,
            b'e' => {
                let target = self.target(word);
                return self.edit(&target);
            }
            b'n' if !word.is_empty() => {
                self.files.clear();
                for name in word.split(|&byte| byte == b' ') {
                    if !name.is_empty() {
                        self.files.push(name.to_vec());
                    }
                }
                return self.next_file(0);
            }
            b'n' => return self.next_file(self.file + 1),
            b'b' => return self.next_file(self.file.wrapping_sub(1)),
            b'B' => return self.next_file(0),
            b'f' => {
                if !word.is_empty() {
                    self.name = word.to_vec();
                }
                self.message = self.status();
            }
            b'E' => {
                for option in word.strip_prefix(b"all").unwrap_or(word).split(|&byte| byte == b' ') {
                    if !self.set_option(option) {
                        self.say(&[b"Unknown option: ", option]);
                        return false;
                    }
                }
                if word.is_empty() || word == b"all" {
                    self.show_options();
                }
            }
            b'i' => {}
            b'M' | b'U' | b'A' | b'Z' => return self.map(letter, force, argument),
            b'o' => return self.source(word),
            b'V' => {
                self.tell(b"cairn vi");
            }
            b'u' | b'R' => {
                if let Some(at) = self.text.step_back(letter == b'R') {
                    self.cursor = at;
                }
            }
            _ => {
                self.say(&[b"Not an editor command: ", command.name]);
                return false;
            }
        }
        true
    }

    fn quit(&mut self, force: bool) -> bool {
        let more = self.files.len().saturating_sub(self.file + 1);
        self.done = more == 0 || force;
        if !self.done {
            self.message.clear();
            applet::fill(b"%d more files to edit", &[], &[more as i64], &mut self.message);
            // Asked again, it leaves.
            self.file = self.files.len();
        }
        self.done
    }

    fn next_file(&mut self, file: usize) -> bool {
        let Some(name) = self.files.get(file).cloned() else {
            return self.tell(b"No more files to edit");
        };
        self.file = file;
        self.edit(&name)
    }

    /// Sets an option: `name`, `noname` or `name=number`. An empty one is none.
    #[inline(never)]
    fn set_option(&mut self, option: &[u8]) -> bool {
        let mut parts = option.splitn(2, |&byte| byte == b'=');
        let name = parts.next().unwrap_or_default();
        if let Some(value) = parts.next() {
            let Ok(number @ 1..=100) = num::parse_u64(value) else { return false };
            let names = b"ts tabstop sw shiftwidth";
            match names.split(|&byte| byte == b' ').position(|known| known == name) {
                Some(0 | 1) => self.text.tab = number as usize,
                Some(_) => self.set.shiftwidth = number as usize,
                None => return false,
            }
            return true;
        }
        let bare = name.strip_prefix(b"no").unwrap_or(name);
        let found = flag::NAMES.split(|&byte| byte == b' ').position(|known| known == bare);
        if let Some(at) = found {
            let bit = 1 << (at / 2);
            self.set.flags &= !bit;
            if bare.len() == name.len() {
                self.set.flags |= bit;
            }
        }
        found.is_some() || name.is_empty()
    }

    #[inline(never)]
    fn show_options(&mut self) {
        let mut text = Vec::new();
        for (at, name) in flag::NAMES.split(|&byte| byte == b' ').enumerate() {
            // Of the two names the long one; the last options are not shown.
            let bit = 1 << (at / 2);
            if at % 2 == 1 && bit < flag::WRAPSCAN {
                let no: &[u8] = if self.set.on(bit) { b"" } else { b"no" };
                applet::fill(b"%s%s ", &[no, name], &[], &mut text);
            }
        }
        let numbers = [self.set.shiftwidth as i64, self.text.tab as i64];
        applet::fill(b"shiftwidth=%d tabstop=%d", &[], &numbers, &mut text);
        self.message = text;
    }

    /// `:g/pattern/command`: marks the lines first, then does the command at each that is still there.
    #[inline(never)]
    fn global(&mut self, command: &Command) -> bool {
        if command.nested {
            return self.tell(b"Cannot do :global recursively");
        }
        let inverted = command.letter == b'v' || command.force;
        let (first, last) = if command.given == 0 { (0, usize::MAX) } else { (command.first, command.last) };
        let Some((&delimiter, rest)) =
            command.argument.split_first().filter(|(byte, _)| byte.is_ascii_punctuation())
        else {
            return self.tell(b"Pattern wanted");
        };
        let (pattern, action) = delimited(rest, delimiter);
        if !pattern.is_empty() {
            self.pattern = pattern;
        }
        let pattern = self.pattern.clone();
        let Some(mut regex) = self.compile(&pattern) else { return false };
        let from = self.text.start_of(first);
        let last = self.text.start_of(last);
        let to = self.text.line_end(last) + 1;
        let mut at = from;
        let (mut kept, mut found) = (Vec::new(), Vec::new());
        while at < to {
            let end = self.text.line_end(at);
            if regex.find_at(self.text.slice(at, end), 0, Eflags::NONE).is_some() != inverted {
                found.push(at);
            } else {
                kept.extend_from_slice(self.text.slice(at, end + 1));
            }
            at = end + 1;
        }
        let Some(&last) = found.last() else {
            self.say(&[b"Pattern not found: ", &pattern]);
            return false;
        };
        if action.trim_ascii() == b"d" {
            // So many times a line would be taken out of a large text.
            let line = self.text.number(last).saturating_sub(found.len() - 1);
            let taken = self.text.slice(last, self.text.line_end(last) + 1).to_vec();
            self.store(&taken, true, true);
            self.text.replace(from, to, &kept);
            self.text.void = kept.is_empty() && from == 0 && self.text.len() == 1;
            self.go_to_line(line);
            return true;
        }
        while let Some(at) = found.pop() {
            self.text.marks.push((FOUND, at));
        }
        let action = if action.is_empty() { b"p" } else { action };
        // The first line is the last mark, but for marks that the command has set.
        while let Some(index) = self.text.marks.iter().rposition(|&(name, _)| name == FOUND) {
            let (_, at) = self.text.marks.swap_remove(index);
            self.cursor = at.min(self.text.len() - 1);
            self.ex_inner(action, true);
            while self.text.marks.last().is_some_and(|mark| mark.0 == 0) {
                self.text.marks.pop();
            }
        }
        true
    }
}
