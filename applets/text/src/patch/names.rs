//! Which file a patch is for, and the way to it.

use super::parse::Patch;
use super::{Job, opt};
use applet::prelude::*;
use sys::fs::Stat;

/// A file by its name in an open directory: who exchanges folders meanwhile leads nobody elsewhere.
pub struct Place {
    pub dir: sys::RawFd,
    /// The directory, if it is not the one that all names are in.
    folder: Option<Fd>,
    /// Its name in the folder.
    pub name: Vec<u8>,
    /// Its name for messages.
    pub path: Vec<u8>,
}

impl Place {
    /// The file, or what it is a link to if `follow` says so; `None` if there is none.
    pub fn stat(&self, follow: bool) -> Result<Option<Stat>> {
        let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        match sys::fs::statat(self.dir, &self.name, flags) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno(libc::ENOENT)) => Ok(None),
            Err(errno) => Err(Error::system(&self.path, errno)),
        }
    }

    /// Goes into the folder `part`, which is no link; makes it if `make` says so and it is missing.
    fn enter(&mut self, part: &[u8], make: bool) -> Result {
        let mut next = sys::fs::open_dir(self.dir, part, libc::O_NOFOLLOW);
        if make && matches!(next, Err(Errno(libc::ENOENT))) {
            sys::fs::mkdirat(self.dir, part, 0o777).at(&self.path)?;
            next = sys::fs::open_dir(self.dir, part, libc::O_NOFOLLOW);
        }
        match next {
            Ok(folder) => {
                self.dir = folder.raw();
                self.folder = Some(folder);
                Ok(())
            }
            Err(Errno(libc::ELOOP | libc::ENOTDIR)) => {
                Err(refusal(&self.path, b"a folder of it is a link or no folder"))
            }
            Err(errno) => Err(Error::system(&self.path, errno)),
        }
    }
}

#[cold]
fn refusal(path: &[u8], why: &[u8]) -> Error {
    Error::parts(&[b"refusing to touch '", path, b"': ", why])
}

fn leads_out(path: &[u8]) -> bool {
    path.starts_with(b"/") || path.split(|&byte| byte == b'/').any(|part| part == b"..")
}

/// How good a name is: fewer folders, then a shorter last part, then a shorter whole. Names of files are far shorter than
/// a million bytes.
fn rank(name: &[u8]) -> usize {
    let folders = name.split(|&byte| byte == b'/').filter(|part| !part.is_empty()).count();
    (folders << 40) + (files::target::base_name(name).len() << 20) + name.len()
}

/// A name without its first `count` folders.
fn without(name: &[u8], count: usize) -> &[u8] {
    let mut rest = name;
    for _ in 0..count {
        let slash = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
        rest = rest.get(slash..).unwrap_or_default();
        while let [b'/', after @ ..] = rest {
            rest = after;
        }
        if rest.is_empty() {
            break;
        }
    }
    rest
}

impl Job<'_, '_> {
    /// The way to a file that the user has named.
    pub fn trusted(&self, path: &[u8]) -> Place {
        Place { folder: None, dir: self.base, name: path.to_vec(), path: path.to_vec() }
    }

    /// The way to a file that a patch names: folder by folder, without links. Missing folders are made if `make` says so.
    #[inline(never)]
    pub fn untrusted(&self, path: &[u8], make: bool) -> Result<Place> {
        if leads_out(path) {
            return Err(refusal(path, b"it leads out of the folder"));
        }
        let mut place = self.trusted(path);
        let mut name: &[u8] = b"";
        for part in path.split(|&byte| byte == b'/') {
            if part.is_empty() || part == b"." {
                continue;
            }
            if !name.is_empty() {
                place.enter(name, make)?;
            }
            name = part;
        }
        if name.is_empty() {
            return Err(refusal(path, b"it is no name"));
        }
        place.name = name.to_vec();
        Ok(place)
    }

    /// A name without its first folders, as -p says; empty if it has no more than these.
    pub fn strip<'n>(&self, name: &'n [u8]) -> &'n [u8] {
        match self.strip {
            Some(count) => without(name, count),
            None => name.rsplit(|&byte| byte == b'/').next().unwrap_or_default(),
        }
    }

    /// A name as git gives it for renames: without the `a/` that -p1 takes off others.
    pub fn strip_git<'n>(&self, name: &'n [u8]) -> &'n [u8] {
        without(name, self.strip.unwrap_or(1).saturating_sub(1))
    }

    /// The best of the names of a patch, and whether a file of this name is there; an empty one if there is none.
    #[inline(never)]
    pub fn choose<'n>(&mut self, patch: &'n Patch, creates: bool) -> (&'n [u8], bool) {
        let [old, new] = &patch.names;
        // The line "Index:" counts if there are no others.
        let index = if old.path.is_empty() && new.path.is_empty() { patch.index } else { b"" };
        // The first name, and the one that a new file is to have.
        let (mut first, mut wanted): (&[u8], &[u8]) = (b"", b"");
        let (mut best, mut least): (&[u8], usize) = (b"", usize::MAX);
        for (at, name) in [&old.path, &new.path, index].into_iter().enumerate() {
            let name = self.strip(name);
            if name.is_empty() {
                continue;
            }
            if leads_out(name) {
                self.cx.warn(&[b"ignoring potentially dangerous file name ", name]);
                continue;
            }
            if first.is_empty() {
                first = name;
            }
            if at == usize::from(!self.reverse) {
                wanted = name;
            }
            let rank = if self.has(opt::POSIX) { 0 } else { rank(name) };
            let there = rank < least
                && self.untrusted(name, false).is_ok_and(|place| matches!(place.stat(false), Ok(Some(_))));
            if there {
                (best, least) = (name, rank);
            }
        }
        if !best.is_empty() || !creates {
            return (best, true);
        }
        (if wanted.is_empty() { first } else { wanted }, false)
    }
}
