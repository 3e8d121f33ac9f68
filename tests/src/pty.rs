//! Runs a command on a terminal of its own: 24 lines of 80 columns.

use crate::run::{Outcome, watch};
use anyhow::{Context, Result};
use std::fs::File;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Runs `command` with a new terminal as its standard streams and controlling terminal, and types `typed` on it.
/// The terminal's `\r\n` is `\n` in the outcome.
pub fn run(mut command: Command, typed: &[Vec<u8>], timeout: Duration) -> Result<Outcome> {
    let (master, slave) = open()?;
    command
        .stdin(Stdio::from(slave.try_clone()?))
        .stdout(Stdio::from(slave.try_clone()?))
        .stderr(Stdio::from(slave));
    command.env("TERM", "xterm");
    // SAFETY: these calls may be made between fork and exec.
    unsafe {
        command.pre_exec(|| {
            libc::setsid();
            libc::umask(0o022);
            libc::ioctl(0, libc::TIOCSCTTY, 0);
            Ok(())
        });
    }
    let child = command.spawn().context("the shell")?;
    drop(command); // It holds the terminal open.
    let mut outcome = watch(child, [Some(master), None], typed.iter().cloned().collect(), timeout)?;
    outcome.stdout = newlines(&outcome.stdout);
    Ok(outcome)
}

fn newlines(text: &[u8]) -> Vec<u8> {
    let followed = |i: usize| text[i] == b'\r' && text.get(i + 1) == Some(&b'\n');
    (0..text.len()).filter(|&i| !followed(i)).map(|i| text[i]).collect()
}

fn open() -> Result<(File, File)> {
    let (mut master, mut slave) = (-1, -1);
    let size = libc::winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: valid pointers; name and termios may be null.
    let done =
        unsafe { libc::openpty(&mut master, &mut slave, std::ptr::null_mut(), std::ptr::null(), &size) };
    if done != 0 {
        return Err(std::io::Error::last_os_error()).context("openpty");
    }
    for fd in [master, slave] {
        // SAFETY: a descriptor that openpty has just returned.
        unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
    // SAFETY: both descriptors are new and owned by nobody else.
    unsafe { Ok((File::from(OwnedFd::from_raw_fd(master)), File::from(OwnedFd::from_raw_fd(slave)))) }
}
