//! usage: xargs [OPTIONS] [COMMAND [ARG]...]
//!
//! Run COMMAND (echo) with ARGs and words from standard input, as often as it takes. Words end at blanks and newlines;
//! quotes and backslashes keep these.
//!
//!  -0, --null                  words end with NUL; quotes mean nothing
//!  -d, --delimiter=C           words end with C, a byte or an escape; quotes mean nothing
//!  -a, --arg-file=FILE         read FILE; COMMAND has xargs' standard input, not /dev/null
//!  -E EOF                      the word EOF ends the input
//!  -e, --eof[=EOF]             the same; without EOF nothing does
//!  -I R                        one COMMAND for each line, with the line in place of R in ARGs
//!  -i, --replace[=R]           the same; R is {} by default
//!  -L N                        use at most N lines for one COMMAND
//!  -l, --max-lines[=N]         the same; N is 1 by default
//!  -n, --max-args=N            use at most N words for one COMMAND
//!  -s, --max-chars=N           use at most N bytes for one COMMAND
//!  -x, --exit                  end if that leaves out words that -n or -L asks for
//!  -P, --max-procs=N           run up to N at once; 0: as many as there are
//!  --process-slot-var=NAME     NAME in the environment tells those at once apart: 0, 1 ...
//!  -r, --no-run-if-empty       without a word run nothing
//!  -t, --verbose               show each command on standard error
//!  -p, --interactive           show each command and ask on the terminal whether to run it
//!  -o, --open-tty              the terminal is COMMAND's standard input
//!
//! # Notes
//! POSIX.1-2024 xargs; the rest as GNU. Status 123: a COMMAND failed, 124: one ended with 255, 125: one was killed (no
//! more are run after these two), 126: COMMAND cannot be run, 127: not found. The last of -I, -L and -n counts.

use applet::prelude::*;
use sys::process::{self, WaitStatus};

applet::options!("xargs");

/// The words of the input.
struct Words<'a> {
    input: Reader,
    /// Where words end; `None` for blanks, newlines and quotes.
    delimiter: Option<u8>,
    /// Only newlines end words.
    by_line: bool,
    eof: Option<&'a [u8]>,
    word: Vec<u8>,
    /// Whether the last word was the last one of its line.
    line_ended: bool,
}

impl Words<'_> {
    /// Reads a word; false at the end.
    fn next(&mut self) -> Result<bool> {
        self.word.clear();
        let found = match self.delimiter {
            Some(delimiter) => {
                self.line_ended = true;
                match self.input.text_line(delimiter)? {
                    Some(word) => {
                        self.word.extend_from_slice(word);
                        true
                    }
                    None => false,
                }
            }
            None => self.quoted()?,
        };
        Ok(found && (self.eof != Some(&self.word) || self.delimiter.is_some()))
    }

    fn quoted(&mut self) -> Result<bool> {
        let mut begun = false;
        let mut quote = 0;
        let mut escaped = false;
        loop {
            let block = self.input.block()?;
            if block.is_empty() {
                break;
            }
            let mut used = 0usize;
            let mut ended = None;
            for &byte in block {
                used += 1;
                if escaped {
                    escaped = false;
                } else if quote != 0 {
                    if byte == quote {
                        quote = 0;
                        continue;
                    }
                    if byte == b'\n' {
                        break;
                    }
                } else {
                    match byte {
                        b'\n' if begun => ended = Some(true),
                        b'\n' => continue,
                        // What is no blank ends no word, but does not begin one either.
                        b' ' | b'\t' | 0x0b..=b'\r' if !begun => continue,
                        b' ' | b'\t' if !self.by_line => ended = Some(false),
                        b'\'' | b'"' => {
                            (begun, quote) = (true, byte);
                            continue;
                        }
                        b'\\' => {
                            (begun, escaped) = (true, true);
                            continue;
                        }
                        // No argument can hold it.
                        0 => continue,
                        _ => {}
                    }
                    if ended.is_some() {
                        break;
                    }
                }
                begun = true;
                self.word.push(byte);
            }
            let at_newline = used.checked_sub(1).and_then(|last| block.get(last)) == Some(&b'\n');
            self.input.consume(used);
            if let Some(line_ended) = ended {
                self.line_ended = line_ended;
                return Ok(true);
            }
            if quote != 0 && at_newline && self.word.last() != Some(&b'\n') {
                break;
            }
        }
        if quote != 0 {
            let which: &[u8] = if quote == b'"' { b"double" } else { b"single" };
            return Err(Error::parts(&[b"unmatched ", which, b" quote; -0 or -d take quotes as they are"]));
        }
        self.line_ended = true;
        Ok(begun)
    }
}

/// How commands are run, and those that run.
struct Runner<'a> {
    command: Vec<&'a [u8]>,
    replace: Option<&'a [u8]>,
    asks: bool,
    shows: bool,
    input: Option<&'static [u8]>,
    slot_name: Option<&'a [u8]>,
    most: usize,
    /// The children's ids by slot; 0 for a free one.
    children: Vec<i32>,
    /// The status that ends everything.
    fatal: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.leading_options(opt::GRAMMAR)?;
    let room = applet::argument_room(cx.environment());
    let mut limits =
        Limits { words: usize::MAX, lines: usize::MAX, room: room.1, exact: false, run_empty: true };
    let mut words = Words {
        input: Reader::borrow(sys::fd::STDIN),
        delimiter: None,
        by_line: false,
        eof: None,
        word: Vec::new(),
        line_ended: false,
    };
    let mut runner = Runner {
        command: options.operands,
        replace: None,
        asks: false,
        shows: false,
        input: Some(b"/dev/null"),
        slot_name: None,
        most: 1,
        children: Vec::new(),
        fatal: false,
    };
    if runner.command.is_empty() {
        runner.command.push(b"echo");
    }
    let (mut terminal, mut file, mut delimiter) = (false, None, None);
    // Which of the three ways to divide the input came last.
    let mut last = opt::EXIT;
    for &(id, value) in &options.list {
        match id {
            opt::NULL => (words.delimiter, delimiter) = (Some(0), None),
            opt::DELIMITER => delimiter = Some(value),
            opt::ARG_FILE => file = Some(value),
            opt::E | opt::EOF => words.eof = Some(value).filter(|eof| !eof.is_empty()),
            // Each of the three undoes the others, but one word for each -I is no contradiction.
            opt::I => runner.replace = Some(value),
            opt::REPLACE => runner.replace = Some(if value.is_empty() { b"{}" } else { value }),
            opt::L | opt::MAX_LINES => {
                let usual = id == opt::MAX_LINES && value.is_empty();
                limits.lines = if usual { 1 } else { number(value, 1)? };
                runner.replace = None;
            }
            opt::MAX_ARGS => {
                limits.words = number(value, 1)?;
                if limits.words != 1 {
                    runner.replace = None;
                }
            }
            opt::MAX_CHARS => limits.room = number(value, 1)?,
            opt::EXIT => limits.exact = true,
            opt::MAX_PROCS => {
                runner.most = match number(value, 0)? {
                    0 => usize::MAX,
                    most => most,
                }
            }
            opt::PROCESS_SLOT_VAR => runner.slot_name = Some(value),
            opt::NO_RUN_IF_EMPTY => limits.run_empty = false,
            opt::VERBOSE => runner.shows = true,
            opt::INTERACTIVE => (runner.asks, runner.shows) = (true, true),
            _ => terminal = true,
        }
        if matches!(id, opt::I | opt::REPLACE | opt::L | opt::MAX_LINES | opt::MAX_ARGS) {
            last = id;
        }
    }
    match last {
        _ if runner.replace.is_some() => (limits.words, limits.lines) = (1, usize::MAX),
        opt::MAX_ARGS => limits.lines = usize::MAX,
        opt::L | opt::MAX_LINES => limits.words = usize::MAX,
        _ => {}
    }
    limits.room = limits.room.min(room.0);
    limits.run_empty &= runner.replace.is_none();
    words.by_line = runner.replace.is_some();
    if let Some(text) = delimiter {
        words.delimiter = Some(one_byte(text).ok_or_else(|| applet::value::invalid(b"delimiter", text))?);
    }
    if let Some(name) = file {
        words.input = cx.open(name)?;
        if name != b"-" {
            runner.input = None;
        }
    }
    if terminal {
        runner.input = Some(b"/dev/tty");
    }
    if let Err(error) = feed(cx, &mut words, &mut runner, &limits) {
        cx.report(error);
    }
    while runner.children.iter().any(|&child| child != 0) {
        runner.wait(cx)?;
    }
    Ok(cx.status())
}

fn number(text: &[u8], least: u64) -> Result<usize> {
    match num::parse_u64(text) {
        Ok(number) if number >= least => Ok(usize::try_from(number).unwrap_or(usize::MAX)),
        _ => Err(applet::value::invalid(b"number", text)),
    }
}

/// A byte by itself, or the one that an escape stands for.
fn one_byte(text: &[u8]) -> Option<u8> {
    if let [byte] = text {
        return Some(*byte);
    }
    let escape = text.strip_prefix(b"\\")?;
    let mut byte = Vec::new();
    match text::escape::one(escape, 0, &mut byte) {
        text::escape::Escape::Used(used) if used == escape.len() && used > 0 => byte.first().copied(),
        _ => None,
    }
}

struct Limits {
    words: usize,
    lines: usize,
    room: usize,
    exact: bool,
    run_empty: bool,
}

/// Reads words and runs a command whenever there are enough for one.
fn feed(cx: &mut Context, words: &mut Words, runner: &mut Runner, limits: &Limits) -> Result {
    let fixed: usize = runner.command.iter().map(|word| word.len() + 1).sum();
    if fixed > limits.room {
        return Err(Error::new(b"the command alone is longer than a command may be"));
    }
    let too_long = || Error::new(b"argument line too long");
    let mut batch: Vec<Vec<u8>> = Vec::new();
    let (mut size, mut lines, mut ran) = (fixed, 0, false);
    while !runner.fatal {
        let more = words.next();
        if more.is_err() && !batch.is_empty() {
            runner.run(cx, &batch)?;
        }
        if !more? {
            break;
        }
        let length = words.word.len() + 1;
        if fixed.saturating_add(length) > limits.room {
            if !batch.is_empty() && !limits.exact {
                runner.run(cx, &batch)?;
            }
            return Err(too_long());
        }
        if size + length > limits.room {
            if limits.exact && (limits.words != usize::MAX || limits.lines != usize::MAX) {
                return Err(too_long());
            }
            runner.run(cx, &batch)?;
            batch.clear();
            (size, lines, ran) = (fixed, 0, true);
        }
        batch.push(words.word.clone());
        size += length;
        lines += usize::from(words.line_ended);
        if batch.len() >= limits.words || lines >= limits.lines {
            runner.run(cx, &batch)?;
            batch.clear();
            (size, lines, ran) = (fixed, 0, true);
        }
    }
    if !runner.fatal && (!batch.is_empty() || !ran && limits.run_empty) {
        runner.run(cx, &batch)?;
    }
    Ok(())
}

impl Runner<'_> {
    fn run(&mut self, cx: &mut Context, batch: &[Vec<u8>]) -> Result {
        let mut replaced: Vec<Vec<u8>> = Vec::new();
        let mut argv = self.command.clone();
        match (self.replace, batch) {
            (Some(mark), [line]) => {
                replaced.extend(self.command.iter().skip(1).map(|word| with_line(word, mark, line)));
                argv.truncate(1);
                argv.extend(replaced.iter().map(Vec::as_slice));
            }
            _ => argv.extend(batch.iter().map(Vec::as_slice)),
        }
        if self.shows && !self.confirm(cx, &argv)? {
            return Ok(());
        }
        while self.children.iter().filter(|&&child| child != 0).count() >= self.most {
            self.wait(cx)?;
            if self.fatal {
                return Ok(());
            }
        }
        let slot = self.children.iter().position(|&child| child == 0).unwrap_or(self.children.len());
        let mut environment = cx.environment().to_vec();
        let mut setting = Vec::new();
        if let Some(name) = self.slot_name {
            setting = [name, b"="].concat();
            environment.retain(|entry| !entry.starts_with(&setting));
            num::push_dec(&mut setting, slot as u64);
            environment.push(&setting);
        }
        let input = self.input;
        let started = cx.spawn(&argv, &environment, &mut || {
            let Some(name) = input else { return Ok(()) };
            let fd = sys::fd::open_read(name)?;
            sys::fd::duplicate_to(fd.raw(), 0).map_err(Error::from)
        });
        drop(setting);
        let child = started.inspect_err(|_| self.fatal = true)?;
        match self.children.get_mut(slot) {
            Some(free) => *free = child,
            None => self.children.push(child),
        }
        // Those that have ended meanwhile leave their slots.
        if self.most == 1 {
            self.wait(cx)?;
        }
        Ok(())
    }

    /// Shows the command; whether it shall run.
    fn confirm(&self, cx: &mut Context, argv: &[&[u8]]) -> Result<bool> {
        let mut line = argv.join(&b' ');
        line.extend_from_slice(if self.asks { b" ?..." } else { b"\n" });
        cx.note(&[&line]);
        if !self.asks {
            return Ok(true);
        }
        let mut terminal = Reader::open(b"/dev/tty").at(b"/dev/tty")?;
        Ok(matches!(terminal.line(b'\n')?, Some([b'y' | b'Y', ..])))
    }

    /// Waits for the end of one of the children.
    fn wait(&mut self, cx: &mut Context) -> Result {
        let (pid, status) = match process::wait_once(-1, 0) {
            Err(Errno(libc::EINTR)) => return Ok(()),
            result => result.at(b"cannot wait")?,
        };
        if let Some(slot) = self.children.iter_mut().find(|child| **child == pid) {
            *slot = 0;
            self.judge(cx, status);
        }
        Ok(())
    }

    fn judge(&mut self, cx: &mut Context, status: WaitStatus) {
        let name = self.command.first().copied().unwrap_or_default();
        match status.exit_status() {
            Some(0) => {}
            Some(255) => {
                self.fatal = true;
                cx.report(Error::parts(&[name, b": exited with status 255; aborting"]).with_status(124));
            }
            Some(_) => cx.set_status(123),
            None => {
                self.fatal = true;
                let mut number = Vec::new();
                num::push_dec_i64(&mut number, i64::from(status.signal().unwrap_or(0)));
                cx.report(Error::parts(&[name, b": terminated by signal ", &number]).with_status(125));
            }
        }
    }
}

/// A word of the command with the line in place of each mark.
fn with_line(word: &[u8], mark: &[u8], line: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = word;
    while !mark.is_empty()
        && let Some(at) = rest.windows(mark.len()).position(|part| part == mark)
    {
        let (before, after) = rest.split_at_checked(at).unwrap_or_default();
        out.extend_from_slice(before);
        out.extend_from_slice(line);
        rest = after.get(mark.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}
