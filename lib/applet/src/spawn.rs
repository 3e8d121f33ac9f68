//! Starting other programs.

use sys::process::{self, Fork};
use sys::{Errno, libc};

use crate::Context;
use crate::error::{At, Error, Result};

/// What GNU's xargs uses of what the kernel gives, in bytes.
const USUAL: usize = 128 * 1024;

impl Context<'_> {
    /// Starts the command `argv`, looked up in `PATH`, in a child; gives the child's id.
    ///
    /// `prepare` runs in the child first. If that fails, or there is no such command (status 127), or it cannot be run
    /// (126), this is told here, and nothing is left to wait for.
    pub fn spawn(
        &mut self,
        argv: &[&[u8]],
        environment: &[&[u8]],
        prepare: &mut dyn FnMut() -> Result,
    ) -> Result<i32> {
        self.out.flush().at(b"write error")?;
        // It closes by itself when the command begins; before that the child can say what went wrong.
        let (told, tell) = sys::fd::pipe()?;
        let child = match process::fork().at(b"cannot fork")? {
            Fork::Parent(child) => child,
            Fork::Child => {
                let error = match prepare() {
                    Ok(()) => self.exec(argv, environment),
                    Err(error) => error,
                };
                let [a, b, c, d] = error.errno().map_or(0, |errno| errno.0).to_ne_bytes();
                let status = error.0.status.unwrap_or(self.failure);
                let _ = sys::fd::write_all(tell.raw(), &[status, a, b, c, d]);
                process::leave(status)
            }
        };
        drop(tell);
        let mut note = [0; 5];
        if !matches!(sys::fd::read_full(told.raw(), &mut note), Ok(5)) {
            return Ok(child);
        }
        let _ = process::wait(child);
        let [status, errno @ ..] = note;
        let name = argv.first().copied().unwrap_or_default();
        Err(Error::system(name, Errno(i32::from_ne_bytes(errno))).with_status(status))
    }
}

/// How many bytes of arguments, each with the NUL behind it, a command may have beside `environment`: all that the kernel
/// takes, and what is usual.
pub fn argument_room(environment: &[&[u8]]) -> (usize, usize) {
    // A quarter of the stack, at least what Linux 2.6.22 had, at most three quarters of 8 MB.
    let stack = process::limit(libc::RLIMIT_STACK as u32).map_or(0, |limit| limit.0);
    let all = (stack / 4).clamp(USUAL as u64, 6 << 20) as usize;
    let taken: usize = environment.iter().map(|entry| entry.len() + 9).sum();
    let most = all.saturating_sub(taken + 2048);
    (most, most.min(USUAL))
}
