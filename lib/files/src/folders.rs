//! Directories, with those above them.

use alloc::vec::Vec;
use sys::{Errno, Result, libc};

/// A changed umask; the old one comes back when this is dropped.
pub struct Umask(u32);

impl Umask {
    /// Sets the umask.
    pub fn set(mask: u32) -> Umask {
        Umask(sys::fs::umask(mask))
    }
}

impl Drop for Umask {
    fn drop(&mut self) {
        sys::fs::umask(self.0);
    }
}

/// Makes the directory `name` with the permissions `mode` (or the usual ones), and those above it if `parents` says so;
/// then one that exists is fine. `made` gets the length of the name of each that was made; an error comes with the length
/// of the name that it is about.
pub fn make(
    name: &[u8],
    mode: Option<u32>,
    parents: bool,
    umask: u32,
    made: &mut Vec<usize>,
) -> core::result::Result<(), (usize, Errno)> {
    let whole = |errno| (name.len(), errno);
    let end = name.iter().rposition(|&byte| byte != b'/').map_or(name.len(), |last| last + 1);
    if parents {
        above(name, end, umask, made)?;
    }
    // With -m it must not be open to anybody for whom it is not meant, even for a moment.
    match sys::fs::mkdirat(sys::fd::CWD, name, mode.map_or(0o777, |mode| mode & 0o777)) {
        Ok(()) => made.push(end),
        Err(Errno(libc::EEXIST)) if parents && is_dir(name) => return Ok(()),
        Err(errno) => return Err(whole(errno)),
    }
    // The kernel has taken the umask off, and knows nothing of the special bits.
    if let Some(mode) = mode.filter(|&mode| mode & (umask | 0o7000) != 0) {
        let fd =
            sys::fd::open(name, libc::O_RDONLY | libc::O_DIRECTORY | libc::O_NOFOLLOW | libc::O_NONBLOCK, 0);
        let changed = match fd {
            Ok(fd) => sys::fs::fchmod(fd.raw(), mode | inherited(fd.raw())),
            // Not readable for us: by name then.
            Err(_) => sys::fs::chmodat(sys::fd::CWD, name, mode),
        };
        changed.map_err(whole)?;
    }
    Ok(())
}

/// The setgid bit a directory has got from the one above.
fn inherited(fd: i32) -> u32 {
    sys::fs::fstat(fd).map_or(0, |stat| stat.mode() & 0o2000)
}

fn is_dir(name: &[u8]) -> bool {
    sys::fs::stat(name).is_ok_and(|stat| stat.is_dir())
}

/// Makes what is missing above `name[..end]`.
pub fn above(
    name: &[u8],
    end: usize,
    umask: u32,
    made: &mut Vec<usize>,
) -> core::result::Result<(), (usize, Errno)> {
    let mut guard = None;
    let mut start = 0;
    while let Some(rest) = name.get(start..end) {
        let Some(length) = rest.iter().position(|&byte| byte == b'/') else {
            break;
        };
        let at = start + length;
        start = at + 1;
        let parent = name.get(..at).unwrap_or_default();
        if length == 0 || name.get(start..end).is_none_or(|rest| rest.iter().all(|&byte| byte == b'/')) {
            continue;
        }
        if guard.is_none() && umask & 0o300 != 0 {
            // We have to get through them.
            guard = Some(Umask::set(umask & !0o300));
        }
        match make_one(parent) {
            Ok(true) => made.push(at),
            Ok(false) => {}
            Err(errno) => return Err((at, errno)),
        }
    }
    drop(guard);
    Ok(())
}

/// Whether it is new.
fn make_one(name: &[u8]) -> Result<bool> {
    match sys::fs::mkdirat(sys::fd::CWD, name, 0o777) {
        Ok(()) => Ok(true),
        Err(_) if is_dir(name) => Ok(false),
        Err(Errno(libc::EEXIST)) => Err(Errno(libc::ENOTDIR)),
        Err(errno) => Err(errno),
    }
}
