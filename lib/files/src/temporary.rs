//! New names, and files that appear under their name when they are complete.

use alloc::vec::Vec;
use sys::fs::Stat;
use sys::{Errno, Fd, RawFd, Result, libc};

/// Puts random letters and digits into `name[start..end]`, as often as `make` says `EEXIST`.
pub fn unique(
    name: &mut [u8],
    start: usize,
    end: usize,
    make: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    // So often only somebody who makes all the names would win.
    for _ in 0..1000 {
        for byte in name.get_mut(start..end).unwrap_or_default() {
            *byte = letter()?;
        }
        match make(name) {
            Err(Errno(libc::EEXIST)) => {}
            result => return result,
        }
    }
    Err(Errno(libc::EEXIST))
}

/// A random letter or digit.
fn letter() -> Result<u8> {
    loop {
        let mut byte = [0];
        sys::host::random(&mut byte)?;
        let [byte] = byte;
        // Of the printable characters those that need no quotes; the others are drawn again.
        let letter = byte & 0x7f;
        if letter.is_ascii_alphanumeric() {
            return Ok(letter);
        }
    }
}

/// A name in the folder of `target` that is not taken: what `make` has made there.
pub fn beside(target: &[u8], make: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<Vec<u8>> {
    let folder = target.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
    let mut name = [target.get(..folder).unwrap_or_default(), b".cairn-XXXXXXXX"].concat();
    let end = name.len();
    unique(&mut name, end - 8, end, make)?;
    Ok(name)
}

/// A new file that takes the place of another one, or of none, in a single step when it is complete. Dropped before that,
/// it is removed.
pub struct Replacement {
    dir: RawFd,
    name: Vec<u8>,
    target: Vec<u8>,
    fd: Option<Fd>,
}

impl Replacement {
    /// Makes an empty file beside `target` (a name below `dir`), with the permissions `mode` less the umask.
    pub fn new(dir: RawFd, target: &[u8], mode: u32) -> Result<Replacement> {
        let mut fd = None;
        let name = beside(target, &mut |name| {
            let flags = libc::O_RDWR | libc::O_CREAT | libc::O_EXCL | libc::O_NOFOLLOW;
            fd = Some(sys::fd::openat(dir, name, flags, mode)?);
            Ok(())
        })?;
        Ok(Replacement { dir, name, target: target.to_vec(), fd })
    }

    /// The new file, for reading and writing.
    pub fn fd(&self) -> RawFd {
        self.fd.as_ref().map_or(-1, Fd::raw)
    }

    /// The name it has until it is complete.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// Gives it the owner and the permissions of the file it replaces; what is not permitted is left out.
    pub fn become_like(&self, stat: &Stat) -> Result<()> {
        let (uid, gid) = (stat.uid(), stat.gid());
        let mut mode = stat.mode() & 0o7777;
        if sys::fs::fchown(self.fd(), uid, gid).is_err() {
            // Another owner must not be given what was meant for this one.
            let _ = sys::fs::fchown(self.fd(), u32::MAX, gid);
            mode &= !0o6000;
        }
        sys::fs::fchmod(self.fd(), mode)
    }

    /// Puts it in its place, on the disk too if `sync` says so.
    pub fn commit(mut self, sync: bool) -> Result<()> {
        if let Some(fd) = self.fd.take() {
            let result = if sync { sys::fd::sync(fd.raw()) } else { Ok(()) };
            let moved = result
                .and_then(|()| fd.close())
                .and_then(|()| sys::fs::renameat(self.dir, &self.name, self.dir, &self.target, 0));
            if moved.is_err() {
                let _ = sys::fs::unlinkat(self.dir, &self.name, 0);
            }
            return moved;
        }
        Ok(())
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if self.fd.is_some() {
            let _ = sys::fs::unlinkat(self.dir, &self.name, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn replaces_whole_or_not_at_all() {
        let folder = std::env::temp_dir().join(std::format!("cairn-temporary-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("file");
        fs::write(&file, "old").unwrap();
        let name = file.to_str().unwrap().as_bytes();
        let new = Replacement::new(sys::fd::CWD, name, 0o600).unwrap();
        sys::fd::write_all(new.fd(), b"lost").unwrap();
        drop(new);
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        let new = Replacement::new(sys::fd::CWD, name, 0o600).unwrap();
        new.become_like(&sys::fs::stat(name).unwrap()).unwrap();
        sys::fd::write_all(new.fd(), b"new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        new.commit(true).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn unique_gives_up() {
        let mut tries = 0;
        let mut name = *b"aXXXb";
        let result = unique(&mut name, 1, 4, &mut |name| {
            assert!(
                name.starts_with(b"a") && name.ends_with(b"b") && name.iter().all(u8::is_ascii_alphanumeric)
            );
            tries += 1;
            Err(Errno(libc::EEXIST))
        });
        assert_eq!((result, tries), (Err(Errno(libc::EEXIST)), 1000));
    }
}
