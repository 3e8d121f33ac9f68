//! Everything of a file but its contents.

use sys::fs::Stat;
use sys::{Errno, RawFd, Result, libc};

/// Permissions, with access control lists.
pub const MODE: u8 = 1;
/// Owner and group.
pub const OWNERSHIP: u8 = 2;
/// Times of access and modification.
pub const TIMES: u8 = 4;
/// Hard links between files that are copied together.
pub const LINKS: u8 = 8;
/// Extended attributes.
pub const XATTR: u8 = 16;
/// Failures to copy extended attributes are failures (`--preserve=xattr`, not `-a`).
pub const XATTR_REQUIRED: u8 = 32;

/// Gives the open file `to` the attributes named by `what` (a sum of the constants above) of `from`, whose status is `stat`.
///
/// That an owner cannot be set without privilege is no failure; setuid and setgid are then left out.
pub fn copy(from: Option<RawFd>, to: RawFd, stat: &Stat, what: u8) -> Result<()> {
    let mut mode = stat.mode() & 0o7777;
    if what & OWNERSHIP != 0 && !owner(stat, &mut |uid, gid| sys::fs::fchown(to, uid, gid))? {
        mode &= !0o6000;
    }
    if let Some(from) = from.filter(|_| what & (MODE | XATTR) != 0) {
        extended(from, to, what)?;
    }
    if what & MODE != 0 {
        sys::fs::fchmod(to, mode)?;
    }
    if what & TIMES != 0 {
        sys::fs::set_times_fd(to, stat.accessed(), stat.modified())?;
    }
    Ok(())
}

/// As [`copy`], for what cannot be opened: links and special files. Permissions are not among it.
pub fn copy_at(dir: RawFd, name: &[u8], stat: &Stat, what: u8) -> Result<()> {
    const FLAG: i32 = libc::AT_SYMLINK_NOFOLLOW;
    if what & OWNERSHIP != 0 {
        owner(stat, &mut |uid, gid| sys::fs::chownat(dir, name, uid, gid, FLAG))?;
    }
    if what & TIMES != 0 {
        sys::fs::set_times(dir, name, stat.accessed(), stat.modified(), FLAG)?;
    }
    Ok(())
}

/// Sets owner and group, or the group alone where that is all that is permitted; whether both are set.
fn owner(stat: &Stat, set: &mut dyn FnMut(u32, u32) -> Result<()>) -> Result<bool> {
    match set(stat.uid(), stat.gid()) {
        Ok(()) => Ok(true),
        Err(Errno(libc::EPERM | libc::EINVAL)) => {
            let _ = set(u32::MAX, stat.gid());
            Ok(false)
        }
        Err(errno) => Err(errno),
    }
}

/// Copies extended attributes: access control lists belong to the mode.
fn extended(from: RawFd, to: RawFd, what: u8) -> Result<()> {
    let names = match sys::fs::list_attributes(from) {
        Err(_) if what & XATTR_REQUIRED == 0 => return Ok(()),
        result => result?,
    };
    for name in names.split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
        let bit = if name.starts_with(b"system.posix_acl_") { MODE } else { XATTR };
        if what & bit == 0 {
            continue;
        }
        let result = sys::fs::get_attribute(from, name)
            .and_then(|value| value.map_or(Ok(()), |value| sys::fs::set_attribute(to, name, &value)));
        if what & XATTR_REQUIRED != 0 {
            result?;
        }
    }
    Ok(())
}
