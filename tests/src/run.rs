//! Runs a command in a session of its own, collects what it writes, and ends it when its time is over.

use anyhow::{Context, Result};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// What a command did.
#[derive(Debug, Default)]
pub struct Outcome {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// As a shell sees it: 128 + n for signal n.
    pub status: i32,
    pub ended: Ended,
}

/// How a command came to its end.
#[derive(Debug, Default, PartialEq, Clone, Copy)]
pub enum Ended {
    #[default]
    ByItself,
    /// Killed: its time was over.
    OutOfTime,
    /// Killed: it wrote more than [`MAX_OUTPUT`].
    TooMuchOutput,
}

/// More output than this is a runaway.
pub const MAX_OUTPUT: usize = 64 << 20;

/// How long what was left behind in the background may hold the output open.
const GRACE: Duration = Duration::from_secs(1);

/// Output at rest for so long: time to type the next line.
const REST: Duration = Duration::from_millis(200);

/// Runs `command`; of its standard output and error, what the caller has made `Stdio::piped()` is collected.
pub fn run(mut command: Command, timeout: Duration) -> Result<Outcome> {
    // SAFETY: setsid and umask may be called between fork and exec.
    unsafe {
        command.pre_exec(|| {
            libc::setsid();
            libc::umask(0o022);
            Ok(())
        });
    }
    let program = command.get_program().to_owned();
    let mut child = command.spawn().with_context(|| program.display().to_string())?;
    drop(command);
    let stdout = child.stdout.take().map(|s| File::from(OwnedFd::from(s)));
    let stderr = child.stderr.take().map(|s| File::from(OwnedFd::from(s)));
    watch(child, [stdout, stderr], VecDeque::new(), timeout)
}

/// Collects from `streams` until the child ends. `typed` is written to the first stream, a terminal, piece by piece.
/// The process group is killed at the end: nothing may stay behind in the background.
pub fn watch(
    mut child: Child,
    mut streams: [Option<File>; 2],
    mut typed: VecDeque<Vec<u8>>,
    timeout: Duration,
) -> Result<Outcome> {
    let mut deadline = Instant::now() + timeout;
    let mut outcome = Outcome::default();
    let pidfd = pidfd(&child)?;
    let mut status = None;
    let mut buffer = vec![0; 64 << 10];
    while status.is_none() || streams.iter().any(Option::is_some) {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() && status.is_some() {
            break; // Someone outside the process group holds the pipe.
        }
        if left.is_zero() {
            outcome.ended = Ended::OutOfTime;
        } else if outcome.stdout.len() + outcome.stderr.len() > MAX_OUTPUT {
            outcome.ended = Ended::TooMuchOutput;
        }
        let mut polls = [-1, -1, -1].map(|fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 });
        for (poll, stream) in polls.iter_mut().zip(&streams) {
            poll.fd = stream.as_ref().map_or(-1, |s| s.as_raw_fd());
        }
        polls[2].fd = if status.is_none() { pidfd.as_raw_fd() } else { -1 };
        if outcome.ended != Ended::ByItself && status.is_none() {
            kill_group(&child);
            let _ = child.kill();
        }
        let wait = if typed.is_empty() { left } else { left.min(REST) }.max(Duration::from_millis(1));
        // SAFETY: `polls` is an array of that many pollfd.
        let ready = unsafe { libc::poll(polls.as_mut_ptr(), polls.len() as _, wait.as_millis() as i32) };
        if ready == 0
            && let (Some(text), Some(terminal)) = (typed.pop_front(), &mut streams[0])
        {
            terminal.write_all(&text)?;
        }
        for (n, stream) in streams.iter_mut().enumerate().filter(|(n, _)| polls[*n].revents != 0) {
            let Some(file) = stream else { continue };
            match file.read(&mut buffer) {
                Ok(0) => *stream = None,
                Ok(count) if outcome.ended == Ended::ByItself => {
                    if n == 0 { &mut outcome.stdout } else { &mut outcome.stderr }
                        .extend_from_slice(&buffer[..count]);
                }
                Err(e) if e.kind() != ErrorKind::Interrupted => *stream = None, // EIO: the terminal's other end is closed
                _ => {}
            }
        }
        if polls[2].revents != 0 {
            kill_group(&child); // Before wait: as long as the leader is a zombie, the group's number is not reused.
            status = Some(child.wait()?);
            deadline = Instant::now() + GRACE;
        }
    }
    outcome.status = status.map_or(-1, |s| s.code().unwrap_or_else(|| 128 + s.signal().unwrap_or(0)));
    Ok(outcome)
}

fn kill_group(leader: &Child) {
    // SAFETY: plain system call; the leader is not yet waited for, so the number is ours.
    unsafe { libc::kill(-(leader.id() as i32), libc::SIGKILL) };
}

/// A descriptor that polls readable when the child has ended.
fn pidfd(child: &Child) -> Result<OwnedFd> {
    // SAFETY: plain system call, whose result is a new descriptor or -1.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, child.id(), 0) };
    if fd < 0 {
        return Err(std::io::Error::last_os_error()).context("pidfd_open");
    }
    // SAFETY: just opened, owned by nobody else.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}
