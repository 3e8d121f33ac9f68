//! What the applets that take the terminal over have in common.

use applet::prelude::*;

/// Where keys come from: the terminal itself, as standard input may be the text.
pub fn keyboard() -> Result<Fd> {
    let flags = libc::O_RDWR | libc::O_NOCTTY;
    sys::fd::open(b"/dev/tty", flags, 0)
        .or_else(|_| sys::fd::duplicate_above(sys::fd::STDERR, 3))
        .at(b"/dev/tty")
}

/// The window's size by the environment.
pub fn window_fallback(cx: &Context) -> (usize, usize) {
    let value = |name: &[u8]| cx.var(name).and_then(|text| num::parse_u64(text).ok()).unwrap_or(0) as usize;
    (value(b"COLUMNS"), value(b"LINES"))
}

/// Runs a command line with the shell, on the terminal as it is.
pub fn run_shell(cx: &mut Context, command: &[u8]) {
    match sys::process::fork() {
        Ok(sys::process::Fork::Child) => {
            let argv: [&[u8]; 3] = [b"sh", b"-c", command];
            let environment = cx.environment();
            let error = cx.exec(&argv, environment);
            cx.report(error);
            sys::process::leave(127);
        }
        Ok(sys::process::Fork::Parent(pid)) => {
            let _ = sys::process::wait(pid);
        }
        Err(errno) => cx.report(errno.into()),
    }
}

/// What a command writes; `errors`: to standard error, too.
pub fn capture(cx: &mut Context, argv: &[&[u8]], input: sys::RawFd, errors: bool) -> sys::Result<Vec<u8>> {
    let (read, write) = sys::fd::pipe()?;
    match sys::process::fork()? {
        sys::process::Fork::Child => {
            let _ = sys::fd::duplicate_to(input, 0);
            let _ = sys::fd::duplicate_to(write.raw(), 1);
            if errors {
                let _ = sys::fd::duplicate_to(write.raw(), 2);
            }
            let environment = cx.environment();
            let error = cx.exec(argv, environment);
            cx.report(error);
            sys::process::leave(127);
        }
        sys::process::Fork::Parent(pid) => {
            drop(write);
            let output = Reader::own(read).rest();
            let _ = sys::process::wait(pid);
            output
        }
    }
}

/// The files that a pager shows, without any standard input; operands that begin with `+` are its commands.
pub fn files<'a>(operands: &[&'a [u8]], commands: &mut Vec<&'a [u8]>) -> Result<Vec<&'a [u8]>> {
    let mut files = Vec::new();
    for &operand in operands {
        match operand.strip_prefix(b"+") {
            Some(command) => commands.push(command),
            None => files.push(operand),
        }
    }
    if files.is_empty() {
        if sys::terminal::is_terminal(sys::fd::STDIN) {
            return Err(Error::usage(&[b"missing filename"]));
        }
        files.push(b"-");
    }
    Ok(files)
}

/// What is not a terminal gets the files as they are.
pub fn copy(cx: &mut Context, files: &[&[u8]]) -> Exit {
    cx.each_input(files, &mut |cx, _, input| {
        loop {
            let block = input.block()?;
            if block.is_empty() || cx.out.failed() {
                return Ok(());
            }
            cx.out.write(block);
            let length = block.len();
            input.consume(length);
        }
    });
    cx.status()
}

/// The bit of an option's letter.
pub fn bit(letter: u8) -> u128 {
    1 << (letter & 127)
}

/// A bit for the letter of each option that was given.
pub fn letters(options: &Options, grammar: &[u8]) -> u128 {
    let mut bits = 0;
    for (id, _) in &options.list {
        let line = grammar.split(|&byte| byte == b'\n').nth(usize::from(*id)).unwrap_or_default();
        bits |= bit(line.get(1).copied().unwrap_or(0));
    }
    bits
}

/// Bytes as keys that are typed.
pub fn keys_of(text: &[u8]) -> Vec<term::Key> {
    let mut keys = Vec::with_capacity(text.len() + 1);
    for &byte in text {
        keys.push(term::Key(u32::from(byte)));
    }
    keys
}
