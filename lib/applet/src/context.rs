//! What an applet is given.

use alloc::boxed::Box;
use alloc::vec::Vec;
use io::{Reader, Writer};

use crate::error::{Error, Kind, Result};
use crate::options::Options;
use crate::reasons::reason;

/// An exit status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exit(pub u8);

impl Exit {
    /// Status 0.
    pub const SUCCESS: Exit = Exit(0);
    /// Status 1.
    pub const FAILURE: Exit = Exit(1);
}

/// The binary around an applet: what it can ask of the other applets.
pub struct House {
    /// Writes the help text of the applet called `name`.
    pub help: fn(name: &[u8], out: &mut Writer),
    /// The number of the applet called `name`.
    pub find: fn(name: &[u8]) -> Option<usize>,
    /// The name of an applet; `None` behind the last one.
    pub name: fn(id: usize) -> Option<&'static [u8]>,
    /// How a shell runs an applet.
    pub class: fn(id: usize) -> Class,
    /// Calls an applet; the caller ends the call with [`Context::finish`].
    pub run: fn(id: usize, cx: &mut Context) -> Result<Exit>,
}

/// How a shell runs an applet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// As a function, in its own process.
    InProcess,
    /// As a function, in a forked child: it may wait long, read what never ends, or change its process.
    Fork,
    /// As a program of its own: it has privileges, or a life of its own.
    Exec,
}

/// A house of nothing, for tests.
pub static EMPTY_HOUSE: House = House {
    help: |_, _| {},
    find: |_| None,
    name: |_| None,
    class: |_| Class::Exec,
    run: |_, _| Err(Error::silent(127)),
};

/// One call of an applet: its arguments, its environment, its standard output, its status so far.
pub struct Context<'a> {
    /// The name it was called by, without folders.
    pub name: &'a [u8],
    /// The arguments behind the name.
    pub args: &'a [&'a [u8]],
    /// Standard output.
    pub out: Writer,
    /// The status that a reported error leads to: 1, unless the applet sets another at its start.
    pub failure: u8,
    environment: &'a [&'a [u8]],
    house: &'static House,
    status: u8,
}

/// Appends a message for a terminal. Names in it are hostile: control characters must not get there raw.
pub fn push_safely(message: &[u8], out: &mut Vec<u8>) {
    for &byte in message {
        if byte < b' ' || byte == 0x7f {
            out.extend_from_slice(&[b'\\', b'0' + (byte >> 6), b'0' + (byte >> 3 & 7), b'0' + (byte & 7)]);
        } else {
            out.push(byte);
        }
    }
}

impl<'a> Context<'a> {
    /// A call of `name` with `args`; `environment` holds `NAME=value` strings.
    pub fn new(
        name: &'a [u8],
        args: &'a [&'a [u8]],
        environment: &'a [&'a [u8]],
        out: Writer,
        house: &'static House,
    ) -> Self {
        Context { name, args, out, failure: 1, environment, house, status: 0 }
    }

    /// The binary that this applet is part of.
    pub fn house(&self) -> &'static House {
        self.house
    }

    /// The environment as `NAME=value` strings.
    pub fn environment(&self) -> &'a [&'a [u8]] {
        self.environment
    }

    /// The value of an environment variable.
    pub fn var(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.environment.iter().find_map(|entry| entry.strip_prefix(name)?.strip_prefix(b"="))
    }

    /// Whether text is UTF-8: yes, unless the first of `LC_ALL`, `LC_CTYPE`, `LANG` that is set says `C` or `POSIX`.
    pub fn utf8(&self) -> bool {
        let names: [&[u8]; 3] = [b"LC_ALL", b"LC_CTYPE", b"LANG"];
        let locale = names.iter().find_map(|name| self.var(name).filter(|value| !value.is_empty()));
        !matches!(locale, Some(b"C" | b"POSIX"))
    }

    /// Parses the arguments by `grammar` (the `opt::GRAMMAR` of [`crate::options!`]); options and operands may be mixed.
    pub fn options(&self, grammar: &'static [u8]) -> Result<Box<Options<'a>>> {
        Options::parse(self.args, grammar, self.var(b"POSIXLY_CORRECT").is_none())
    }

    /// As [`Context::options`], but the first operand ends the options: for commands that run another command.
    pub fn leading_options(&self, grammar: &'static [u8]) -> Result<Box<Options<'a>>> {
        Options::parse(self.args, grammar, false)
    }

    /// For applets that read their arguments themselves: `Err` (help or version) when the only argument asks for it.
    pub fn answer_help(&self) -> Result {
        match self.args {
            [b"--help"] => Err(Error::help()),
            [b"--version"] => Err(Error::version()),
            _ => Ok(()),
        }
    }

    /// Opens an input operand; `-` is standard input.
    pub fn open(&self, operand: &[u8]) -> Result<Reader> {
        if operand == b"-" {
            return Ok(Reader::borrow(sys::fd::STDIN));
        }
        Reader::open(operand).map_err(|errno| Error::system(operand, errno))
    }

    /// Calls `each` with every input: the operands in turn (`-` is standard input), or standard input when there are none.
    ///
    /// What cannot be opened, and what `each` fails with, is reported, and the next one follows; a read error without a
    /// name gets the operand's.
    pub fn each_input(
        &mut self,
        operands: &[&[u8]],
        each: &mut dyn FnMut(&mut Self, &[u8], &mut Reader) -> Result,
    ) {
        let stdin: [&[u8]; 1] = [b"-"];
        for operand in if operands.is_empty() { &stdin } else { operands } {
            let result = self.open(operand).and_then(|mut input| each(self, operand, &mut input));
            if let Err(error) = result {
                self.report_at(operand, error);
            }
            if self.out.failed() {
                break;
            }
        }
    }

    /// Tells of an error and goes on; the applet's status will be the error's.
    #[cold]
    #[inline(never)]
    pub fn report(&mut self, error: Error) {
        let inner = &*error.0;
        // Ended by a signal, a process would say nothing.
        let ended = matches!(inner.errno, sys::libc::EINTR | sys::libc::EPIPE) && sys::signal::has_ended();
        if matches!(inner.kind, Kind::Message | Kind::Usage) && !ended {
            let text: &[u8] = &inner.text;
            match inner.errno {
                0 => self.warn(&[text]),
                errno => {
                    let mut number = Vec::new();
                    let why = reason(errno, &mut number);
                    if text.is_empty() { self.warn(&[why]) } else { self.warn(&[text, b": ", why]) }
                }
            }
        }
        if inner.kind == Kind::Usage {
            self.note(&[b"Try '", self.name, b" --help' for more information.\n"]);
        }
        let status = inner.status.unwrap_or(self.failure);
        self.status = self.status.max(status);
    }

    /// As [`Context::report`]; an error that does not say what it is about is about `subject`.
    #[cold]
    pub fn report_at(&mut self, subject: &[u8], mut error: Error) {
        if error.0.kind == Kind::Message && error.0.text.is_empty() {
            error.0.text.extend_from_slice(subject);
        }
        self.report(error);
    }

    /// Writes `applet: message` to standard error. The status stays as it is.
    #[cold]
    #[inline(never)]
    pub fn warn(&mut self, message: &[&[u8]]) {
        let message = message.concat();
        let mut safe = Vec::with_capacity(message.len());
        push_safely(&message, &mut safe);
        self.note(&[self.name, b": ", &safe, b"\n"]);
    }

    /// Writes to standard error as it is, after what standard output has so far.
    #[cold]
    #[inline(never)]
    pub fn note(&mut self, text: &[&[u8]]) {
        // A failed flush is remembered by the writer and told at the end.
        let _ = self.out.flush();
        let _ = sys::fd::write_all(sys::fd::STDERR, &text.concat());
    }

    /// Asks a question on standard error and reads the answer, a line, from standard input: whether it begins with y or Y.
    #[cold]
    pub fn confirm(&mut self, question: &[&[u8]]) -> bool {
        self.note(&[self.name, b": ", &question.concat()]);
        let (mut first, mut byte) = (None, [0]);
        while let Ok(1) = sys::fd::read(sys::fd::STDIN, &mut byte) {
            if byte == *b"\n" {
                break;
            }
            first.get_or_insert(byte[0]);
        }
        matches!(first, Some(b'y' | b'Y'))
    }

    /// The status that reported errors have led to so far.
    pub fn status(&self) -> Exit {
        Exit(self.status)
    }

    /// Raises the status without a message.
    pub fn set_status(&mut self, status: u8) {
        self.status = self.status.max(status);
    }

    /// The end of a call: tells of the error that ended it, sends the output, and gives the exit status.
    pub fn finish(self, result: Result<Exit>) -> u8 {
        self.close(result).0
    }

    /// As [`Context::finish`]; gives standard output back, too, for a shell that goes on with it.
    pub fn close(mut self, result: Result<Exit>) -> (u8, Writer) {
        let mut status = match result {
            Ok(Exit(status)) => status,
            Err(error) => {
                match error.0.kind {
                    Kind::Help => (self.house.help)(self.name, &mut self.out),
                    Kind::Version => {
                        self.out.write(self.name);
                        self.out.line(concat!(" (cairn) ", env!("CARGO_PKG_VERSION")).as_bytes());
                    }
                    _ => self.report(error),
                }
                self.status
            }
        };
        if let Err(errno) = self.out.flush_and_clear() {
            self.report(Error::system(b"write error", errno));
            status = status.max(self.failure);
        }
        (status, self.out)
    }
}
