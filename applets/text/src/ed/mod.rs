//! usage: ed [-Elsv] [-p PROMPT] [FILE]
//!
//! Edit text by commands, line by line.
//!
//!  -E, --extended-regexp      regular expressions are extended ones
//!  -l, --loose-exit-status    the status is 0 even if a command failed
//!  -p, --prompt=PROMPT        ask for commands with PROMPT
//!  -s, --quiet, --silent      no byte counts, no !
//!  -v, --verbose              explain errors (as the command H)
//!
//! Addresses: N, ., $, +N, -N, 'x, /RE/, ?RE?; two with , or ; are a range; , or % is all, ; the rest.
//! Print: p, n with numbers, l unambiguously, z screens, = the number. Change: a, i, c up to a line of a dot, d, j join,
//! m move, t copy, s/RE/TEXT/[N][gIpnl], y yank, x put, u undo. All lines: g/RE/COMMANDS, v, and G, V ask for each.
//! Files: e, E, r, w, W append, wq, f name; !COMMAND. k mark, h and H explain, P prompt, q, Q.
//!
//! # Notes
//! POSIX.1-2024 ed; x, y, z, W and wq as GNU. When the terminal goes away, the text is kept in ed.hup, here or in HOME.
//! Status 0: all went well, 1: a command failed, 2: changes or a file were lost.

mod address;
mod buffer;
mod command;
mod external;
mod global;
mod substitute;

use alloc::boxed::Box;
use applet::prelude::*;
use buffer::Buffer;
use regex::Regex;

applet::options!("ed");

/// A command failed; [`Editor::last_failure`] says why.
struct Failed;
type Done<T = ()> = core::result::Result<T, Failed>;

/// Ways to print a line: as it is, with its number, in a form that shows everything.
const PLAIN: u8 = 1;
const NUMBERED: u8 = 2;
const LISTED: u8 = 4;

struct Editor<'c, 'a> {
    cx: &'c mut Context<'a>,
    input: Reader,
    buffer: Buffer,
    file: Option<Vec<u8>>,
    quiet: bool,
    explain: bool,
    extended: bool,
    prompt: Vec<u8>,
    prompting: bool,
    /// The addresses of the command.
    range: address::Range,
    /// How the current line is printed behind the command; 0: not at all.
    print: u8,
    /// Why the last command failed.
    last_failure: &'static [u8],
    failed: bool,
    /// A command that would lose changes was refused: the same one will not be again.
    warned: bool,
    regex: Option<Box<Regex>>,
    substitution: substitute::Substitution,
    /// The last `!` command.
    shell: Vec<u8>,
    window: usize,
    yanked: Vec<buffer::Line>,
    /// The commands of `g`, while it runs: lines that take the place of standard input.
    script: Option<(Vec<u8>, usize)>,
    quit: bool,
    signals: Vec<sys::signal::Disposition>,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    if let [_, extra, ..] = options.operands.as_slice() {
        return Err(Error::extra_operand(extra));
    }
    let prompt = options.value(opt::PROMPT);
    let mut editor = Editor {
        cx,
        input: Reader::borrow(sys::fd::STDIN),
        buffer: Buffer::default(),
        file: None,
        quiet: options.has(opt::QUIET),
        explain: options.has(opt::VERBOSE),
        extended: options.has(opt::EXTENDED_REGEXP),
        prompt: prompt.unwrap_or(b"*").to_vec(),
        prompting: prompt.is_some(),
        range: address::Range { count: 0, first: 0, last: 0 },
        print: 0,
        last_failure: b"",
        failed: false,
        warned: false,
        regex: None,
        substitution: substitute::Substitution::default(),
        shell: Vec::new(),
        window: 22,
        yanked: Vec::new(),
        script: None,
        quit: false,
        signals: Vec::new(),
    };
    for signal in [libc::SIGHUP, libc::SIGINT] {
        editor.signals.extend(sys::signal::catch(signal));
    }
    editor.signals.extend(sys::signal::ignore(libc::SIGQUIT));
    if let Some(&name) = options.operands.first() {
        let result = editor.edit(name);
        // No file yet is no failure.
        if name.starts_with(b"!") || sys::fs::stat(name).is_ok() {
            editor.report(result);
        } else {
            editor.last_failure = b"";
        }
        editor.failed = false;
    }
    let lost = editor.run();
    let failed = editor.failed && !options.has(opt::LOOSE_EXIT_STATUS);
    Ok(Exit(if lost { 2 } else { u8::from(failed) }))
}

impl Editor<'_, '_> {
    /// Reads and does commands up to the end; whether changes were lost.
    fn run(&mut self) -> bool {
        while !self.quit && !self.cx.out.failed() {
            if self.prompting {
                let prompt = core::mem::take(&mut self.prompt);
                self.cx.out.write(&prompt);
                self.prompt = prompt;
            }
            let Some(line) = self.line() else {
                if sys::signal::take(libc::SIGHUP) {
                    self.hang_up();
                    return true;
                }
                let lost = self.refuse_loss(self.warned);
                let result = lost.is_err();
                self.report(lost);
                return result;
            };
            let warned = core::mem::take(&mut self.warned);
            let result = self.commands(&line, warned);
            self.report(result);
        }
        false
    }

    #[cold]
    #[inline(never)]
    fn fail<T>(&mut self, why: &'static [u8]) -> Done<T> {
        self.last_failure = why;
        Err(Failed)
    }

    fn report(&mut self, result: Done) {
        if result.is_err() {
            self.failed = true;
            self.cx.out.line(b"?");
            if self.explain {
                self.cx.out.line(self.last_failure);
            }
        }
    }

    /// The next line without its newline, from the commands of `g` or from standard input.
    fn line(&mut self) -> Option<Vec<u8>> {
        if let Some((script, at)) = &mut self.script {
            let rest = script.get(*at..).filter(|rest| !rest.is_empty())?;
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            *at += end + 1;
            return rest.get(..end).map(<[u8]>::to_vec);
        }
        let _ = self.cx.out.flush();
        let mut searched = 0;
        loop {
            let buffered = self.input.buffered();
            let new = buffered.get(searched..).unwrap_or_default();
            if let Some(at) = memchr::memchr(b'\n', new) {
                let end = searched + at;
                let line = buffered.get(..end).unwrap_or_default().to_vec();
                self.input.consume(end + 1);
                return Some(line);
            }
            searched = buffered.len();
            // Signals interrupt the wait, and only that.
            let mut wait = [sys::fd::Poll { fd: self.input.fd(), events: libc::POLLIN, found: 0 }];
            if sys::fd::poll(&mut wait, -1) == Err(Errno(libc::EINTR)) {
                if sys::signal::take(libc::SIGINT) {
                    self.input.consume(searched);
                    searched = 0;
                    let result = self.fail(b"Interrupt");
                    self.report(result);
                    let _ = self.cx.out.flush();
                    continue;
                }
                return None;
            }
            if !matches!(self.input.fill_more(), Ok(true)) {
                let rest = self.input.buffered().to_vec();
                self.input.consume(rest.len());
                return Some(rest).filter(|rest| !rest.is_empty());
            }
        }
    }

    /// Keeps the text when the terminal goes away.
    fn hang_up(&mut self) {
        if !self.buffer.modified {
            return;
        }
        let all = (1, self.buffer.len());
        let here = self.save(b"ed.hup", all, false);
        if here.is_err()
            && let Some(home) = self.cx.var(b"HOME")
        {
            let _ = self.save(&[home, b"/ed.hup"].concat(), all, false);
        }
    }

    fn compile(&mut self, pattern: &[u8], fold: bool) -> Done<Box<Regex>> {
        use regex::Flags;
        let mut flags = if self.extended { Flags::EXTENDED } else { Flags::BASIC };
        if self.cx.utf8() {
            flags = flags.with(Flags::UTF8);
        }
        if fold {
            flags = flags.with(Flags::ICASE);
        }
        match Regex::new(pattern, flags) {
            Ok(regex) => Ok(Box::new(regex)),
            Err(error) => self.fail(error.message()),
        }
    }
}
