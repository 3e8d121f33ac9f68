//! Namespaces: for blocks that ask for one, and to run any applet at all without harm to this machine.

use anyhow::{Context, Result};
use std::io::{Error, Result as IoResult};

/// The flags for a list of names.
pub fn namespaces<'a>(names: impl Iterator<Item = &'a str>) -> Result<i32> {
    names.map(namespace).try_fold(0, |all, one| Ok(all | one?))
}

fn namespace(name: &str) -> Result<i32> {
    const KNOWN: [(&str, i32); 5] = [
        ("net", libc::CLONE_NEWNET),
        ("uts", libc::CLONE_NEWUTS),
        ("ipc", libc::CLONE_NEWIPC),
        ("mount", libc::CLONE_NEWNS),
        ("user", libc::CLONE_NEWUSER),
    ];
    let found = KNOWN
        .iter()
        .find(|(known, _)| *known == name)
        .with_context(|| format!("@ unshare: no such namespace: {name}"))?;
    Ok(found.1)
}

/// Moves the calling process to new namespaces. Called between fork and exec.
pub fn unshare(flags: i32) -> IoResult<()> {
    if flags == 0 {
        return Ok(());
    }
    // SAFETY: plain system calls with constant strings.
    unsafe {
        if libc::unshare(flags) != 0 {
            return Err(Error::last_os_error());
        }
        if flags & libc::CLONE_NEWNS != 0 {
            let private = libc::MS_REC | libc::MS_PRIVATE;
            libc::mount(c"none".as_ptr(), c"/".as_ptr(), std::ptr::null(), private, std::ptr::null());
        }
    }
    Ok(())
}

/// Makes the calling process harmless: `reboot`, `killall5` and `umount -a` hit only namespaces of its own, and root
/// becomes nobody. Called between fork and exec; the processes in between hand on the exit status.
pub fn lock() -> IoResult<()> {
    // SAFETY: plain system calls, allowed between fork and exec; the processes in between only wait and exit.
    unsafe {
        libc::setsid(); // The processes in between are one group, which can be killed.
        let root = libc::geteuid() == 0;
        let spaces = libc::CLONE_NEWPID
            | libc::CLONE_NEWNS
            | libc::CLONE_NEWNET
            | libc::CLONE_NEWUTS
            | libc::CLONE_NEWIPC;
        unshare(if root { spaces } else { spaces | libc::CLONE_NEWUSER })?;
        hand_on(libc::fork())?; // Process 1 of the new namespace ...
        if root {
            let (proc, flags) = (c"proc".as_ptr(), libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC);
            libc::mount(proc, c"/proc".as_ptr(), proc, flags, std::ptr::null());
        }
        hand_on(libc::fork())?; // ... waits for process 2, which has no special rights or duties.
        if root
            && (libc::setgroups(0, std::ptr::null()) != 0
                || libc::setgid(65534) != 0
                || libc::setuid(65534) != 0)
        {
            return Err(Error::last_os_error());
        }
    }
    Ok(())
}

/// In the parent of a fork: waits for the child, and exits as it did (128 + n for signal n).
unsafe fn hand_on(child: libc::pid_t) -> IoResult<()> {
    match child {
        -1 => Err(Error::last_os_error()),
        0 => Ok(()),
        child => unsafe {
            // The other end of these must be seen to close when the child closes them.
            for fd in 0..1024 {
                libc::close(fd);
            }
            let mut status = 0;
            loop {
                let pid = libc::waitpid(-1, &mut status, 0);
                if pid == child {
                    break;
                }
                if pid < 0 && Error::last_os_error().raw_os_error() != Some(libc::EINTR) {
                    libc::_exit(125);
                }
            }
            let code = if libc::WIFSIGNALED(status) {
                128 + libc::WTERMSIG(status)
            } else {
                libc::WEXITSTATUS(status)
            };
            libc::_exit(code)
        },
    }
}
