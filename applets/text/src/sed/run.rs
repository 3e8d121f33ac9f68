//! Running a script.

use applet::prelude::*;
use regex::Regex;

use super::Settings;
use super::input::{Input, Output};
use super::script::{Address, Command, Program, unit};

/// What is written after the line, or before the next one is read.
enum Later {
    /// The text of a command.
    Text(usize),
    /// The file whose name is a command's text.
    File(usize),
    /// A line of a file, with its end.
    Line(Vec<u8>),
}

/// What comes after a command.
enum Next {
    Go,
    /// To a command.
    To(usize),
    /// The end of the script; whether the line is printed then.
    End(bool),
    /// As that, but what is left of the line is worked on again.
    Again,
    Quit(bool, u8),
}

struct Sed<'c, 'x, 'a> {
    cx: &'c mut Context<'x>,
    settings: &'a Settings<'a>,
    input: Input<'a>,
    regexes: Vec<Regex>,
    last_regex: Option<usize>,
    /// Standard output, standard error and the files that are written.
    outputs: Vec<Output>,
    read: Vec<(&'a [u8], Option<Reader>)>,
    /// The pattern space, unless it is the line in work as it was read.
    space: Vec<u8>,
    untouched: bool,
    /// Whether the line in the pattern space is to be ended when it is written.
    whole: bool,
    hold: Vec<u8>,
    hold_whole: bool,
    /// Room for the next pattern space.
    room: Vec<u8>,
    later: Vec<Later>,
    substituted: bool,
    /// Whether only lines that match this have to be looked at (see [`watch`]).
    watch: Option<Regex>,
    counts: bool,
}

pub fn run<'a>(
    cx: &mut Context,
    program: Program<'a>,
    settings: &'a Settings<'a>,
    operands: &[&'a [u8]],
) -> Result<Exit> {
    let stdin: [&[u8]; 1] = [b"-"];
    let operands = if operands.is_empty() { &stdin } else { operands };
    let stdout = core::mem::replace(&mut cx.out, Writer::memory());
    let mut outputs = alloc::vec![Output::new(stdout, None)];
    let mut result = Ok(());
    for &name in program.written.iter().skip(1) {
        if name == b"/dev/stderr" {
            outputs.push(Output::new(Writer::new(sys::fd::STDERR), None));
            continue;
        }
        match sys::fd::open(name, libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC, 0o666) {
            Ok(file) => outputs.push(Output::new(Writer::new(file.raw()), Some(file))),
            Err(errno) => {
                result = Err(Error::system(&[b"couldn't open file ", name].concat(), errno).with_status(4));
                break;
            }
        }
    }
    let watch = watch(&program);
    let Program { mut commands, regexes, read, .. } = program;
    let counts = commands.iter().any(|command| {
        command.name == b'='
            || [command.first, command.second]
                .iter()
                .any(|address| !matches!(address, Address::None | Address::Last | Address::Match(_)))
    });
    let mut sed = Sed {
        input: Input::new(settings, operands),
        cx,
        settings,
        regexes,
        last_regex: None,
        outputs,
        read: read.into_iter().map(|name| (name, None)).collect(),
        space: Vec::new(),
        untouched: true,
        whole: true,
        hold: Vec::new(),
        hold_whole: true,
        room: Vec::new(),
        later: Vec::new(),
        substituted: false,
        watch,
        counts,
    };
    if result.is_ok() {
        result = sed.work(&mut commands);
    }
    let flushed = sed.flush_files();
    if let Some(stdout) = sed.outputs.into_iter().next() {
        sed.cx.out = stdout.writer;
    }
    flushed?;
    result?;
    cx.failure = 4;
    Ok(cx.status())
}

/// The expression that all lines match which are anything but printed (or, with -n, forgotten); `None` if there is none.
///
/// That is so where each command outside of blocks has the address `/RE/` or is an s command.
fn watch(program: &Program) -> Option<Regex> {
    let mut patterns: Vec<&[u8]> = Vec::new();
    let mut flags = None;
    let mut at = 0;
    while let Some(command) = program.commands.get(at) {
        at = if command.name == b'{' { command.target.max(at + 1) } else { at + 1 };
        if command.negate {
            return None;
        }
        let index = match (command.first, &command.substitution) {
            (Address::Match(index), _) => index?,
            (Address::None, Some(substitution)) => substitution.regex?,
            // Where nothing matches nothing has been substituted.
            (Address::None, None) if command.name == b't' => continue,
            _ => return None,
        };
        let (pattern, pattern_flags) = program.patterns.get(index)?;
        if pattern.contains(&b'\n') || *flags.get_or_insert(*pattern_flags) != *pattern_flags {
            return None;
        }
        patterns.push(pattern);
    }
    Regex::from_set(&patterns, flags?).ok()
}

impl Sed<'_, '_, '_> {
    /// The pattern space.
    fn text(&self) -> &[u8] {
        if self.untouched { self.input.line() } else { &self.space }
    }

    /// Makes the pattern space one of our own, to be changed.
    fn own(&mut self) -> &mut Vec<u8> {
        if self.untouched {
            self.space.clear();
            self.space.extend_from_slice(self.input.line());
            self.untouched = false;
        }
        &mut self.space
    }

    /// Where lines go: standard output, or the file that is edited.
    fn out<'o>(outputs: &'o mut [Output], edited: &'o mut Option<Output>) -> Option<&'o mut Output> {
        match edited {
            Some(output) => Some(output),
            None => outputs.first_mut(),
        }
    }

    fn work(&mut self, commands: &mut [Command]) -> Result {
        while self.next_cycle(commands)? {
            loop {
                match self.script(commands)? {
                    Next::Quit(print, status) => {
                        self.end_cycle(commands, print)?;
                        self.cx.set_status(status);
                        self.input.drop_line();
                        self.input.reader.give_back();
                        return self.input.finish(self.cx);
                    }
                    Next::Again => self.end_cycle(commands, false)?,
                    Next::End(print) => {
                        self.end_cycle(commands, print)?;
                        break;
                    }
                    _ => {
                        self.end_cycle(commands, true)?;
                        break;
                    }
                }
                if self.failed() {
                    return Ok(());
                }
            }
            if self.failed() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether there is no one left to write to.
    fn failed(&self) -> bool {
        self.outputs.first().is_some_and(|output| output.writer.failed())
    }

    /// Reads the line for the next cycle; `false` at the end of the input.
    fn next_cycle(&mut self, commands: &mut [Command]) -> Result<bool> {
        self.input.drop_line();
        if self.watch.is_some() && !commands.iter().any(|command| command.active) {
            self.skip_lines(commands)?;
        } else if let [command] = commands
            && command.name == b'd'
            && command.active
            && !command.negate
            && matches!(command.second, Address::Line(_) | Address::Plus(_))
        {
            self.drop_lines(command.until);
        }
        self.next_line(commands)
    }

    /// Makes the next line the pattern space.
    fn next_line(&mut self, commands: &mut [Command]) -> Result<bool> {
        let found = self.input.next_line(self.cx)?;
        self.begin_file(commands)?;
        self.untouched = true;
        self.substituted = false;
        self.whole = self.input.whole();
        Ok(found)
    }

    /// With separate files, each one begins anew.
    fn begin_file(&mut self, commands: &mut [Command]) -> Result {
        if !core::mem::take(&mut self.input.begun) {
            return Ok(());
        }
        if self.settings.separate {
            self.input.number = u64::from(self.input.used > 0);
            self.hold.clear();
            self.hold_whole = true;
            for command in &mut *commands {
                command.active = command.first == Address::Line(0);
                command.over = command.active;
            }
            for (_, reader) in &mut self.read {
                *reader = None;
            }
            if let Some(stdout) = self.outputs.first_mut() {
                stdout.mend(self.settings.end);
            }
        }
        if self.input.number == 1 {
            for command in commands.iter().filter(|command| command.name == b'r') {
                if command.first == Address::Line(0) && command.second == Address::None {
                    self.copy(&command.text)?;
                }
            }
        }
        Ok(())
    }

    /// Leaves behind lines at hand that come before line number `until`.
    fn drop_lines(&mut self, until: u64) {
        let buffered = self.input.reader.buffered();
        let count = until.saturating_sub(self.input.number + 1).min(buffered.len() as u64);
        let ends = memchr::memchr_iter(self.settings.end, buffered);
        let (mut lines, mut length) = (0, 0);
        for end in ends.take(count as usize) {
            (lines, length) = (lines + 1, end + 1);
        }
        self.input.number += lines;
        self.input.reader.consume(length);
    }

    /// Goes to the next line that the script has to look at; those before are printed in one piece.
    fn skip_lines(&mut self, commands: &mut [Command]) -> Result {
        let end = self.settings.end;
        while !self.settings.unbuffered && self.input.fill(self.cx)? {
            self.begin_file(commands)?;
            let Some(watch) = &mut self.watch else { return Ok(()) };
            // A line that does not end here is left to the cycle.
            let buffered = self.input.reader.buffered();
            let Some(last) = memchr::memrchr(end, buffered) else { return Ok(()) };
            let lines = buffered.get(..=last).unwrap_or_default();
            let found = watch.find_line(lines, 0, end);
            let skipped = lines.get(..found.map_or(lines.len(), |(start, _)| start)).unwrap_or_default();
            if self.counts {
                self.input.number += memchr::memchr_iter(end, skipped).count() as u64;
            }
            if !self.settings.quiet
                && !skipped.is_empty()
                && let Some(out) = Self::out(&mut self.outputs, &mut self.input.edited)
            {
                out.mend(end);
                out.writer.write(skipped);
            }
            let count = skipped.len();
            self.input.reader.consume(count);
            if found.is_some() || self.failed() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Prints the pattern space.
    fn print(&mut self) {
        // As in `text`, but what it is written to may be a part of the input.
        let line = self.input.reader.buffered().get(..self.input.length).unwrap_or_default();
        let text = if self.untouched { line } else { &self.space };
        if let Some(output) = Self::out(&mut self.outputs, &mut self.input.edited) {
            output.line(text, self.whole, self.settings.end);
        }
        self.send();
    }

    /// With -u, sends what has been printed.
    fn send(&mut self) {
        if self.settings.unbuffered
            && let Some(output) = Self::out(&mut self.outputs, &mut self.input.edited)
        {
            // A failure is told at the end.
            let _ = output.writer.flush();
        }
    }

    /// Prints text of another origin, which has its ends.
    fn put(&mut self, text: &[u8]) {
        let end = self.settings.end;
        if let Some(output) = Self::out(&mut self.outputs, &mut self.input.edited) {
            output.mend(end);
            output.writer.write(text);
        }
        self.send();
    }

    fn end_cycle(&mut self, commands: &[Command], print: bool) -> Result {
        if print && !self.settings.quiet {
            self.print();
        }
        self.write_later(commands)
    }

    /// Writes what a, r and R have put off.
    fn write_later(&mut self, commands: &[Command]) -> Result {
        if self.later.is_empty() {
            return Ok(());
        }
        for later in core::mem::take(&mut self.later) {
            match later {
                Later::Text(at) => {
                    if let Some(command) = commands.get(at) {
                        self.put(&command.text);
                    }
                }
                Later::Line(line) => self.put(&line),
                Later::File(at) => {
                    let name = commands.get(at).map_or(&b""[..], |command| &command.text);
                    self.copy(name)?;
                }
            }
        }
        Ok(())
    }

    /// Prints a file; one that cannot be read is an empty one.
    fn copy(&mut self, name: &[u8]) -> Result {
        self.flush_files()?;
        let Ok(mut reader) = open(name) else { return Ok(()) };
        while let Ok(block @ [_, ..]) = reader.block() {
            let length = block.len();
            self.put(block);
            reader.consume(length);
            if self.failed() {
                break;
            }
        }
        Ok(())
    }

    /// Sends what was written to files, which the script may read again.
    fn flush_files(&mut self) -> Result {
        for output in self.outputs.iter_mut().skip(1) {
            if let Err(errno) = output.writer.flush_and_clear() {
                return Err(Error::system(b"couldn't write to file", errno).with_status(4));
            }
        }
        Ok(())
    }

    /// Runs the commands on the pattern space.
    fn script(&mut self, commands: &mut [Command]) -> Result<Next> {
        let mut at = 0;
        while let Some(command) = commands.get_mut(at) {
            let selected = command.first == Address::None || self.selects(command)?;
            if selected == command.negate {
                at = if command.name == b'{' { command.target } else { at + 1 };
                continue;
            }
            match self.command(commands, at)? {
                Next::Go => at += 1,
                Next::To(target) => {
                    // The way out of a loop without an end.
                    if target <= at && self.failed() {
                        return Ok(Next::Quit(false, 0));
                    }
                    at = target;
                }
                next => return Ok(next),
            }
        }
        Ok(Next::End(true))
    }

    /// Whether a command's addresses select the line.
    fn selects(&mut self, command: &mut Command) -> Result<bool> {
        let line = self.input.number;
        if command.second == Address::None {
            return self.holds(command.first);
        }
        if !command.active {
            match command.first {
                // A range that begins with a line does so once, and where that line was passed over, later.
                Address::Line(first) => {
                    if command.over || line < first {
                        return Ok(false);
                    }
                    command.over = true;
                    if matches!(command.second, Address::Line(last) if line > last && line > first) {
                        return Ok(false);
                    }
                }
                first => {
                    if !self.holds(first)? {
                        return Ok(false);
                    }
                }
            }
            command.until = match command.second {
                Address::Line(last) => last,
                Address::Plus(count) => line.saturating_add(count),
                Address::Multiple(0) => line,
                Address::Multiple(step) => (line / step).saturating_add(1).saturating_mul(step),
                _ => u64::MAX,
            };
            command.active = command.until > line;
            return Ok(true);
        }
        match command.second {
            Address::Line(_) | Address::Plus(_) | Address::Multiple(_) => {
                command.active = command.until > line;
                // Where `N` has passed over the end, GNU and BusyBox end a counted range with what follows.
                Ok(command.until >= line || !matches!(command.second, Address::Line(_)))
            }
            second => {
                command.active = !self.holds(second)?;
                Ok(true)
            }
        }
    }

    fn holds(&mut self, address: Address) -> Result<bool> {
        let line = self.input.number;
        Ok(match address {
            Address::None => true,
            Address::Line(number) => line == number,
            Address::Step(first, step) => line >= first && (line - first).checked_rem(step) == Some(0),
            Address::Last => !self.input.more(self.cx),
            Address::Match(index) => {
                let index = self.used_regex(index)?;
                let text = if self.untouched { self.input.line() } else { &self.space };
                match self.regexes.get_mut(index) {
                    Some(regex) => {
                        let matches = regex.is_match(text);
                        given_up(regex)?;
                        matches
                    }
                    None => false,
                }
            }
            Address::Plus(_) | Address::Multiple(_) => false,
        })
    }

    /// The expression of that number, or the last one used.
    fn used_regex(&mut self, index: Option<usize>) -> Result<usize> {
        let index = index.or(self.last_regex);
        self.last_regex = index;
        index.ok_or_else(|| Error::new(b"no previous regular expression"))
    }

    fn command(&mut self, commands: &mut [Command], at: usize) -> Result<Next> {
        let Some(command) = commands.get(at) else { return Ok(Next::End(true)) };
        match command.name {
            b'a' => self.later.push(Later::Text(at)),
            b'i' => self.put(&command.text),
            b'c' => {
                // A range is changed as a whole, at its end.
                if command.negate || !command.active {
                    self.put(&command.text);
                }
                return Ok(Next::End(false));
            }
            b'b' => return Ok(Next::To(command.target)),
            b't' | b'T' if core::mem::take(&mut self.substituted) == (command.name == b't') => {
                return Ok(Next::To(command.target));
            }
            b'd' => return Ok(Next::End(false)),
            b'D' => {
                let Some(end) = memchr::memchr(self.settings.end, self.text()) else {
                    return Ok(Next::End(false));
                };
                self.own().drain(..=end);
                return Ok(Next::Again);
            }
            b'e' => {
                if command.text.is_empty() {
                    self.own();
                    self.run_space()?;
                } else {
                    let output = self.shell(&command.text)?;
                    self.put(&output);
                }
            }
            b'F' => {
                let name = self.input.name;
                self.put(name);
                self.put(&[self.settings.end]);
            }
            b'g' | b'G' => {
                if command.name == b'g' {
                    self.space.clear();
                    self.untouched = false;
                } else {
                    let end = self.settings.end;
                    self.own().push(end);
                }
                self.space.extend_from_slice(&self.hold);
                self.whole = self.hold_whole;
            }
            b'h' | b'H' => {
                if command.name == b'h' {
                    self.hold.clear();
                } else {
                    self.hold.push(self.settings.end);
                }
                self.hold_whole = self.whole;
                let text = if self.untouched { self.input.line() } else { &self.space };
                self.hold.extend_from_slice(text);
            }
            b'l' => {
                let wrap = command.number.unwrap_or(self.settings.wrap);
                self.show(wrap);
            }
            b'n' => {
                if !self.input.more(self.cx) {
                    return Ok(Next::End(true));
                }
                self.end_cycle(commands, true)?;
                if !self.next_line(commands)? {
                    return Ok(Next::End(false));
                }
            }
            b'N' => {
                if !self.input.more(self.cx) {
                    return Ok(Next::End(!self.settings.posix));
                }
                self.write_later(commands)?;
                let end = self.settings.end;
                self.own().push(end);
                let found = self.next_line(commands)?;
                self.space.extend_from_slice(self.input.line());
                self.untouched = false;
                if !found {
                    return Ok(Next::End(false));
                }
            }
            b'p' => self.print(),
            b'P' | b'W' => {
                let text = self.text();
                let end = memchr::memchr(self.settings.end, text).unwrap_or(text.len());
                let line = [text.get(..end).unwrap_or_default(), &[self.settings.end]].concat();
                if command.name == b'P' {
                    self.put(&line);
                } else if let Some(output) = self.outputs.get_mut(command.target) {
                    output.mend(self.settings.end);
                    output.writer.write(&line);
                }
            }
            b'q' | b'Q' => return Ok(Next::Quit(command.name == b'q', command.number.unwrap_or(0) as u8)),
            b'r' => self.later.push(Later::File(at)),
            b'R' => {
                let target = command.target;
                self.flush_files()?;
                if let Some((name, reader)) = self.read.get_mut(target) {
                    if reader.is_none() {
                        *reader = Some(open(name).unwrap_or(Reader::borrow(-1)));
                    }
                    let line =
                        reader.as_mut().and_then(|reader| reader.line(self.settings.end).ok().flatten());
                    if let Some(line) = line {
                        let end = self.settings.end;
                        let text = line.strip_suffix(&[end]).unwrap_or(line);
                        self.later.push(Later::Line([text, &[end]].concat()));
                    }
                }
            }
            b's' => self.substitute(commands, at)?,
            b'w' => {
                let target = command.target;
                self.write_file(target);
            }
            b'x' => {
                self.own();
                core::mem::swap(&mut self.space, &mut self.hold);
                core::mem::swap(&mut self.whole, &mut self.hold_whole);
            }
            b'y' => {
                let text = self.text();
                let mut out = Vec::with_capacity(text.len());
                let mut rest = text;
                while let Some((code, length)) = unit(rest, self.settings.utf8) {
                    let (character, tail) = rest.split_at_checked(length).unwrap_or_default();
                    match command.pairs.iter().find(|(from, _)| *from == code) {
                        None => out.extend_from_slice(character),
                        Some(&(_, to)) if !(0x80..0x11_0000).contains(&to) => out.push(to as u8),
                        Some(&(_, to)) => text::utf8::encode(to, &mut out),
                    }
                    rest = tail;
                }
                self.space = out;
                self.untouched = false;
            }
            b'z' => {
                self.space.clear();
                self.untouched = false;
            }
            b'=' => {
                let mut line = Vec::new();
                num::push_dec(&mut line, self.input.number);
                line.push(self.settings.end);
                self.put(&line);
            }
            _ => {}
        }
        Ok(Next::Go)
    }

    /// Writes the pattern space to a file.
    fn write_file(&mut self, file: usize) {
        let text = if self.untouched { self.input.line() } else { &self.space };
        if let Some(output) = self.outputs.get_mut(file) {
            output.line(text, self.whole, self.settings.end);
            if file == 1 || self.settings.unbuffered {
                // A failure is told at the end.
                let _ = output.writer.flush();
            }
        }
    }

    fn substitute(&mut self, commands: &[Command], at: usize) -> Result {
        let Some(substitution) = commands.get(at).and_then(|command| command.substitution.as_ref()) else {
            return Ok(());
        };
        let index = self.used_regex(substitution.regex)?;
        let text = if self.untouched { self.input.line() } else { &self.space };
        let Some(regex) = self.regexes.get_mut(index) else { return Ok(()) };
        if substitution.replacement.groups > regex.groups() {
            return Err(Error::new(b"the last regular expression has not so many groups"));
        }
        self.room.clear();
        let replaced = substitution.apply(regex, text, self.settings.utf8, &mut self.room);
        given_up(regex)?;
        if !replaced {
            return Ok(());
        }
        core::mem::swap(&mut self.space, &mut self.room);
        self.untouched = false;
        self.substituted = true;
        if substitution.print_first {
            self.print();
        }
        if substitution.run {
            self.run_space()?;
        }
        if substitution.print && !substitution.print_first {
            self.print();
        }
        if let Some(file) = substitution.file {
            self.write_file(file);
        }
        Ok(())
    }

    /// The l command.
    fn show(&mut self, wrap: usize) {
        let mut out: Vec<u8> = Vec::new();
        let mut column = 0;
        for &byte in self.text() {
            let (piece, length) = match byte {
                b'\\' => (*b"\\\\  ", 2),
                7..=13 => {
                    let letter = b"abtnvfr".get(usize::from(byte) - 7).copied().unwrap_or(0);
                    ([b'\\', letter, 0, 0], 2)
                }
                b' '..=b'~' => ([byte, 0, 0, 0], 1),
                _ => ([b'\\', b'0' + (byte >> 6), b'0' + (byte >> 3 & 7), b'0' + (byte & 7)], 4),
            };
            if wrap > 0 && column + length > wrap - 1 {
                out.extend_from_slice(b"\\\n");
                column = 0;
            }
            out.extend_from_slice(piece.get(..length).unwrap_or_default());
            column += length;
        }
        out.extend_from_slice(&[b'$', self.settings.end]);
        self.put(&out);
    }

    /// Puts the output of the pattern space, run as a command, in its place.
    fn run_space(&mut self) -> Result {
        let script = core::mem::take(&mut self.space);
        self.space = self.shell(&script)?;
        if self.space.last() == Some(&self.settings.end) {
            self.space.pop();
            self.whole = true;
        }
        Ok(())
    }

    /// The output of a command of the shell.
    fn shell(&mut self, script: &[u8]) -> Result<Vec<u8>> {
        self.flush_files()?;
        if let Some(stdout) = self.outputs.first_mut() {
            // A failure is told at the end.
            let _ = stdout.writer.flush();
        }
        let (reading, writing) = sys::fd::pipe()?;
        match sys::process::fork()? {
            sys::process::Fork::Parent(child) => {
                drop(writing);
                let output = Reader::own(reading).rest();
                sys::process::wait(child)?;
                Ok(output?)
            }
            sys::process::Fork::Child => {
                if sys::fd::duplicate_to(writing.raw(), sys::fd::STDOUT).is_ok() {
                    let environment = self.cx.environment();
                    let error = self.cx.exec(&[b"/bin/sh", b"-c", script], environment);
                    self.cx.report(error);
                }
                sys::process::leave(127)
            }
        }
    }
}

/// An error where a search has given up, so that no match is no answer.
fn given_up(regex: &mut Regex) -> Result {
    if regex.gave_up() { Err(Error::new(b"a back-reference takes too long").with_status(4)) } else { Ok(()) }
}

fn open(name: &[u8]) -> sys::Result<Reader> {
    if name == b"/dev/stdin" { Ok(Reader::borrow(sys::fd::STDIN)) } else { Reader::open(name) }
}
