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
                        b' ' | b'\t' if !begun => continue,
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
    let number = |id: u8, usual: usize, least: u64| match options.value(id) {
        None => Ok(usual),
        Some(b"") if id == opt::MAX_LINES => Ok(1),
        Some(text) => match num::parse_u64(text) {
            Ok(number) if number >= least => Ok(usize::try_from(number).unwrap_or(usize::MAX)),
            _ => Err(applet::value::invalid(b"number", text)),
        },
    };
    let mut most_words = number(opt::MAX_ARGS, usize::MAX, 1)?;
    let mut most_lines = usize::MAX;
    let mut replace = None;
    // Each of the three ways to divide the input undoes the others, but one word for each -I is no contradiction.
    for &(id, value) in &options.list {
        match id {
            opt::I => replace = Some(value),
            opt::REPLACE => replace = Some(if value.is_empty() { b"{}" } else { value }),
            opt::L | opt::MAX_LINES => (replace, most_lines) = (None, number(id, 1, 1)?),
            opt::MAX_ARGS if most_words != 1 => replace = None,
            _ => {}
        }
    }
    match options.last(&[opt::I, opt::REPLACE, opt::L, opt::MAX_LINES, opt::MAX_ARGS]) {
        Some(opt::MAX_ARGS) if replace.is_none() => most_lines = usize::MAX,
        Some(opt::L | opt::MAX_LINES) => most_words = usize::MAX,
        _ => {}
    }
    if replace.is_some() {
        (most_words, most_lines) = (1, usize::MAX);
    }
    let room = applet::argument_room(cx.environment());
    let room = number(opt::MAX_CHARS, room.1, 1)?.min(room.0);
    let (delimiter, eof) = endings(&options)?;
    let input = match options.value(opt::ARG_FILE) {
        Some(file) => cx.open(file)?,
        None => Reader::borrow(sys::fd::STDIN),
    };
    let mut words =
        Words { input, delimiter, by_line: replace.is_some(), eof, word: Vec::new(), line_ended: false };
    let mut command = options.operands.clone();
    if command.is_empty() {
        command.push(b"echo");
    }
    let most = match number(opt::MAX_PROCS, 1, 0)? {
        0 => usize::MAX,
        most => most,
    };
    let mut runner = Runner {
        command,
        replace,
        asks: options.has(opt::INTERACTIVE),
        shows: options.has(opt::VERBOSE) || options.has(opt::INTERACTIVE),
        input: if options.has(opt::OPEN_TTY) {
            Some(b"/dev/tty")
        } else if options.has(opt::ARG_FILE) && options.value(opt::ARG_FILE) != Some(b"-") {
            None
        } else {
            Some(b"/dev/null")
        },
        slot_name: options.value(opt::PROCESS_SLOT_VAR),
        most,
        children: Vec::new(),
        fatal: false,
    };
    let exact = options.has(opt::EXIT);
    let run_empty = !options.has(opt::NO_RUN_IF_EMPTY) && replace.is_none();
    let result = feed(cx, &mut words, &mut runner, Limits { most_words, most_lines, room, exact, run_empty });
    if let Err(error) = result {
        cx.report(error);
    }
    while runner.children.iter().any(|&child| child != 0) {
        runner.wait(cx)?;
    }
    Ok(cx.status())
}

/// Where words end, and the one that ends the input.
fn endings<'a>(options: &Options<'a>) -> Result<(Option<u8>, Option<&'a [u8]>)> {
    let delimiter = match (options.last(&[opt::NULL, opt::DELIMITER]), options.value(opt::DELIMITER)) {
        (Some(opt::NULL), _) => Some(0),
        (_, Some([byte])) => Some(*byte),
        (_, Some(text)) => {
            let mut byte = Vec::new();
            match (text, text.strip_prefix(b"\\").map(|rest| (rest, text::escape::one(rest, 0, &mut byte)))) {
                (_, Some((rest, text::escape::Escape::Used(used)))) if used == rest.len() && used > 0 => {}
                _ => return Err(applet::value::invalid(b"delimiter", text)),
            }
            byte.first().copied()
        }
        _ => None,
    };
    let eof = match options.last(&[opt::E, opt::EOF]) {
        Some(id) => options.value(id).filter(|eof| !eof.is_empty()),
        None => None,
    };
    Ok((delimiter, eof))
}

struct Limits {
    most_words: usize,
    most_lines: usize,
    room: usize,
    exact: bool,
    run_empty: bool,
}

/// Reads words and runs a command whenever there are enough for one.
fn feed(cx: &mut Context, words: &mut Words, runner: &mut Runner, limits: Limits) -> Result {
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
            if limits.exact && (limits.most_words != usize::MAX || limits.most_lines != usize::MAX) {
                return Err(too_long());
            }
            runner.run(cx, &batch)?;
            batch.clear();
            (size, lines, ran) = (fixed, 0, true);
        }
        batch.push(words.word.clone());
        size += length;
        lines += usize::from(words.line_ended);
        if batch.len() >= limits.most_words || lines >= limits.most_lines {
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
