//! Becoming another program.

use alloc::vec::Vec;
use sys::{Errno, libc};

use crate::Context;
use crate::error::Error;

impl Context<'_> {
    /// Replaces this process by the command `argv`, looked up in `PATH`, with `environment`; only for applets of the run
    /// classes `fork` and `exec`, or in a forked child.
    ///
    /// Returns only with an error, whose status is 127 (not found) or 126 (found, but it cannot be run).
    pub fn exec(&mut self, argv: &[&[u8]], environment: &[&[u8]]) -> Error {
        if let Err(errno) = self.out.flush() {
            return Error::system(b"write error", errno);
        }
        let Some(&name) = argv.first() else {
            return Error::missing_operand().with_status(127);
        };
        let errno = exec_in_path(name, argv, environment);
        let status = if errno.0 == libc::ENOENT { 127 } else { 126 };
        Error::system(name, errno).with_status(status)
    }
}

fn exec_in_path(name: &[u8], argv: &[&[u8]], environment: &[&[u8]]) -> Errno {
    if name.is_empty() {
        return Errno(libc::ENOENT);
    }
    if name.contains(&b'/') {
        return exec_file(name, argv, environment);
    }
    let path = environment.iter().find_map(|entry| entry.strip_prefix(b"PATH="));
    let mut worst = Errno(libc::ENOENT);
    for folder in path.unwrap_or(b"/usr/local/bin:/bin:/usr/bin").split(|&byte| byte == b':') {
        let file = if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() };
        match exec_file(&file, argv, environment) {
            Errno(libc::ENOENT | libc::ENOTDIR) => {}
            Errno(libc::EACCES) => worst = Errno(libc::EACCES),
            errno => return errno,
        }
    }
    worst
}

/// Runs a file; a text without `#!` goes to the shell, as POSIX has it.
fn exec_file(file: &[u8], argv: &[&[u8]], environment: &[&[u8]]) -> Errno {
    let errno = sys::process::execve(file, argv, environment);
    if errno.0 != libc::ENOEXEC {
        return errno;
    }
    let mut script: Vec<&[u8]> = alloc::vec![b"sh", file];
    script.extend(argv.iter().skip(1));
    sys::process::execve(b"/bin/sh", &script, environment)
}
