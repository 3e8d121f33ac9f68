//! usage: flock [OPTION]... FILE|DIR COMMAND [ARG]... | flock [OPTION]... FILE|DIR -c STRING | flock [OPTION]... FD
//!
//! Lock a file while COMMAND runs, or lock the open descriptor FD.
//!
//!  -s, --shared                 a lock that others may share
//!  -x, -e, --exclusive          a lock for one only (the default)
//!  -u, --unlock                 give the lock of FD up
//!  -n, --nb, --nonblock         fail at once rather than wait
//!  -w, --timeout, --wait=TIME   wait at most TIME seconds
//!  -E, --conflict-exit-code=N   status when the lock cannot be had (1)
//!  -o, --close                  do not hand the descriptor on to COMMAND
//!  -F, --no-fork                become COMMAND rather than wait for it
//!  -c, --command=STRING         run STRING by the shell
//!  --verbose                    tell how long it took
//!
//! # Notes
//! The command of util-linux.

use applet::prelude::*;
use sys::process::{self, Fork};

applet::options!("flock");

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 64;
    let options = cx.leading_options(opt::GRAMMAR)?;
    let (target, rest) = options.operands.split_first().ok_or_else(Error::missing_operand)?;
    // `flock FILE -c STRING`: the option stands behind the file, as util-linux has it.
    let given = options.value(opt::COMMAND);
    let shell = cx.var(b"SHELL").filter(|shell| !shell.is_empty()).unwrap_or(b"/bin/sh");
    let by_shell: [&[u8]; 3];
    let command: &[&[u8]] = match (given, rest) {
        (Some(string), []) | (None, &[b"-c" | b"--command", string]) => {
            by_shell = [shell, b"-c", string];
            &by_shell
        }
        (None, [b"-c" | b"--command", ..]) => {
            return Err(Error::usage(&[b"-c requires exactly one argument"]));
        }
        (Some(_), [extra, ..]) => return Err(Error::extra_operand(extra)),
        (None, rest) => rest,
    };
    let conflict = match options.value(opt::CONFLICT_EXIT_CODE) {
        Some(text) => match applet::value::number(text, b"", b"exit code")? {
            code @ 0..=255 => code as u8,
            _ => return Err(applet::value::invalid(b"exit code", text)),
        },
        None => 1,
    };
    let (fd, _owned) = open(target, command.is_empty())?;
    if !lock(cx, &options, fd)? {
        return Ok(Exit(conflict));
    }
    if command.is_empty() {
        return Ok(Exit::SUCCESS);
    }
    run(cx, &options, fd, command)
}

/// The descriptor to lock: a number, or the file opened or made.
fn open(target: &[u8], is_number: bool) -> Result<(i32, Option<Fd>)> {
    if is_number {
        let number = num::parse_u64(target).ok().and_then(|fd| i32::try_from(fd).ok());
        let fd = number.ok_or_else(|| Error::about(b"bad file descriptor: '%'", target))?;
        return Ok((fd, None));
    }
    let create = libc::O_RDONLY | libc::O_CREAT | libc::O_NOCTTY;
    let opened = match sys::fd::open(target, create, 0o666) {
        // A folder cannot be made by opening it; neither can a file where we may only read.
        Err(Errno(libc::EISDIR | libc::EACCES | libc::EROFS)) => {
            sys::fd::open(target, libc::O_RDONLY | libc::O_NOCTTY, 0)
        }
        other => other,
    };
    let owned = opened.map_err(|errno| Error::system(target, errno).with_status(66))?;
    Ok((owned.raw(), Some(owned)))
}

/// Takes or gives up the lock; `false` when somebody else has it and waiting is over.
fn lock(cx: &mut Context, options: &Options, fd: i32) -> Result<bool> {
    let mut operation = match options.last(&[opt::SHARED, opt::EXCLUSIVE, opt::UNLOCK]) {
        Some(opt::SHARED) => libc::LOCK_SH,
        Some(opt::UNLOCK) => libc::LOCK_UN,
        _ => libc::LOCK_EX,
    };
    let started = sys::time::monotonic();
    let limit = options.value(opt::TIMEOUT).map(applet::value::duration).transpose()?;
    let no_wait = options.has(opt::NB) || limit.is_some_and(|limit| limit == Default::default());
    if no_wait {
        operation |= libc::LOCK_NB;
    }
    let alarm = sys::signal::catch(libc::SIGALRM)?;
    if let Some(limit) = limit.filter(|_| !no_wait) {
        sys::time::alarm(limit)?;
    }
    let result = loop {
        match sys::fd::lock(fd, operation) {
            Ok(()) => break Ok(true),
            Err(Errno(libc::EINTR)) if !sys::signal::take(libc::SIGALRM) => {}
            Err(Errno(libc::EWOULDBLOCK | libc::EINTR)) => break Ok(false),
            Err(errno) => break Err(Error::from(errno).with_status(65)),
        }
    };
    sys::time::alarm(Default::default())?;
    drop(alarm);
    if options.has(opt::VERBOSE) {
        let now = sys::time::monotonic();
        let mut text = Vec::new();
        let elapsed = (now.sec - started.sec) as f64 + (f64::from(now.nsec) - f64::from(started.nsec)) / 1e9;
        num::format_float(elapsed, b'f', &num::Spec::default(), &mut text);
        match result {
            Ok(true) => cx.warn(&[b"getting lock took ", &text, b" seconds"]),
            _ => cx.warn(&[b"failed to get lock"]),
        }
    }
    result
}

fn run(cx: &mut Context, options: &Options, fd: i32, command: &[&[u8]]) -> Result<Exit> {
    let keep_open = !options.has(opt::CLOSE);
    cx.out.flush()?;
    if !options.has(opt::NO_FORK)
        && let Fork::Parent(child) = process::fork()?
    {
        return Ok(Exit(process::wait(child)?.shell_status()));
    }
    if keep_open {
        sys::fd::set_close_on_exec(fd, false)?;
    }
    Err(cx.exec(command, cx.environment()))
}
