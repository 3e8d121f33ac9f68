//! usage: timeout [-s SIGNAL] [-k TIME] [-fpv] TIME COMMAND [ARG]...
//!
//! Run COMMAND and end it if it still runs after TIME: seconds, or with a suffix s, m, h or d.
//!
//!  -s, --signal=SIGNAL    send SIGNAL (TERM), a name or a number
//!  -k, --kill-after=TIME  send KILL too if it still runs TIME later
//!  -f, --foreground       leave COMMAND in the foreground: it may read from the terminal; its children are not ended
//!  -p, --preserve-status  give COMMAND's status even when it was ended
//!  -v, --verbose          tell on standard error of each signal sent
//!
//! # Notes
//! POSIX.1-2024 timeout. Status 124: it was ended; 125: timeout failed, 126: COMMAND cannot run, 127: not found;
//! 137 when KILL was sent. A TIME of 0 never ends it. BusyBox's old `-t TIME` is not taken: POSIX has no such option.

use applet::prelude::*;
use sys::fs::Timestamp;
use sys::process::{self, Fork, WaitStatus};
use sys::signal;

applet::options!("timeout");

/// What is to be done to the command, and what has been done.
struct Watch {
    child: i32,
    signal: i32,
    foreground: bool,
    verbose: bool,
    kill_after: Option<Timestamp>,
    expired: bool,
    killed: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 125;
    let options = cx.leading_options(opt::GRAMMAR)?;
    let [time, command @ ..] = options.operands.as_slice() else {
        return Err(Error::missing_operand());
    };
    let time = applet::value::duration(time)?;
    if command.is_empty() {
        return Err(Error::missing_operand());
    }
    let signal = match options.value(opt::SIGNAL) {
        Some(name) => applet::value::signal(name)?,
        None => libc::SIGTERM,
    };
    let foreground = options.has(opt::FOREGROUND);
    let kill_after = options.value(opt::KILL_AFTER).map(applet::value::duration).transpose()?;
    if !foreground {
        // A group of our own, so that a signal reaches what the command has started.
        let _ = process::set_group(0, 0);
    }
    cx.out.flush()?;
    let caught = catch_all(signal)?;
    let mask = signal::mask(libc::SIG_BLOCK, caught.1)?;
    let child = match process::fork()? {
        Fork::Parent(child) => child,
        Fork::Child => {
            drop(caught.0);
            let _ = signal::mask(libc::SIG_SETMASK, mask);
            for stop in [libc::SIGTTIN, libc::SIGTTOU] {
                if let Ok(default) = signal::default(stop) {
                    default.keep();
                }
            }
            return Err(cx.exec(command, cx.environment()));
        }
    };
    let mut watch = Watch {
        child,
        signal,
        foreground,
        verbose: options.has(opt::VERBOSE),
        kill_after,
        expired: false,
        killed: false,
    };
    let status = watch.wait(cx, time, caught.1, mask)?;
    Ok(Exit(watch.exit_status(status, options.has(opt::PRESERVE_STATUS))))
}

/// Catches what wakes us or is to be passed on; gives the guards and the set of these signals.
fn catch_all(signal: i32) -> Result<(Vec<signal::Disposition>, u64)> {
    let mut guards = Vec::new();
    let mut set = 0;
    let wanted =
        [libc::SIGCHLD, libc::SIGALRM, libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT, signal];
    for number in wanted {
        if matches!(number, libc::SIGKILL | libc::SIGSTOP | 0) || set & 1 << (number - 1) != 0 {
            continue;
        }
        guards.push(signal::catch(number)?);
        set |= 1 << (number - 1);
    }
    // Reading the terminal's settings from the background must not stop us.
    guards.push(signal::ignore(libc::SIGTTIN)?);
    guards.push(signal::ignore(libc::SIGTTOU)?);
    Ok((guards, set))
}

impl Watch {
    /// Waits for the end of the command, ending it when the time has come. The signals of `set` are blocked but in `wait`.
    fn wait(&mut self, cx: &mut Context, time: Timestamp, set: u64, open: u64) -> Result<WaitStatus> {
        sys::time::alarm(time)?;
        loop {
            if let Ok((pid, status)) = process::wait_once(self.child, libc::WNOHANG)
                && pid == self.child
            {
                sys::time::alarm(Timestamp::default())?;
                let _ = signal::mask(libc::SIG_SETMASK, open);
                return Ok(status);
            }
            signal::wait(open);
            if signal::take(libc::SIGALRM) {
                self.expire(cx)?;
            }
            for number in 1..64 {
                let passed = set & 1 << (number - 1) != 0 && !matches!(number, libc::SIGALRM | libc::SIGCHLD);
                if passed && signal::take(number) {
                    self.send(cx, number);
                }
            }
        }
    }

    fn expire(&mut self, cx: &mut Context) -> Result {
        let number = if self.expired { libc::SIGKILL } else { self.signal };
        self.expired = true;
        self.killed |= number == libc::SIGKILL;
        self.send(cx, number);
        if let Some(after) = self.kill_after.take() {
            sys::time::alarm(after)?;
        }
        Ok(())
    }

    fn send(&mut self, cx: &mut Context, number: i32) {
        if self.verbose {
            let mut digits = Vec::new();
            let name = signal::name(number).unwrap_or_else(|| {
                num::push_dec_i64(&mut digits, i64::from(number));
                &digits
            });
            cx.warn(&[b"sending signal ", name, b" to command"]);
        }
        let _ = process::kill(self.child, number);
        if !self.foreground {
            // The whole group, but not ourselves: it is pending here, and to ignore it for a moment takes it away.
            let _ = process::kill(0, number);
            drop(signal::ignore(number));
        }
        // A stopped command could not act on it.
        if !matches!(number, libc::SIGKILL | libc::SIGCONT) {
            let _ = process::kill(self.child, libc::SIGCONT);
        }
    }

    fn exit_status(&self, status: WaitStatus, preserve: bool) -> u8 {
        if self.expired && !preserve {
            return if self.killed || status.signal() == Some(libc::SIGKILL) { 137 } else { 124 };
        }
        status.shell_status()
    }
}
