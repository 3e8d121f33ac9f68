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
