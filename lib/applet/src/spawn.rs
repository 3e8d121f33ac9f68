//! Starting other programs.

use sys::libc;
use sys::process::{self, Fork};

use crate::Context;
use crate::error::{At, Result};

/// What GNU's xargs uses of what the kernel gives, in bytes.
const USUAL: usize = 128 * 1024;

impl Context<'_> {
    /// Starts the command `argv`, looked up in `PATH`, in a child; gives the child's id.
    ///
    /// `prepare` runs in the child first. What fails there is told, and the child ends with the error's status: 127 or 126
    /// if there is no such command or it cannot be run.
    pub fn spawn(
        &mut self,
        argv: &[&[u8]],
        environment: &[&[u8]],
        prepare: &mut dyn FnMut() -> Result,
    ) -> Result<i32> {
        self.out.flush().at(b"write error")?;
        match process::fork().at(b"cannot fork")? {
            Fork::Parent(child) => Ok(child),
            Fork::Child => {
                let error = match prepare() {
                    Ok(()) => self.exec(argv, environment),
                    Err(error) => error,
                };
                self.report(error);
                process::leave(self.status().0)
            }
        }
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
