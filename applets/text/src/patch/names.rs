//! Which file a patch is for, and the way to it.

use super::parse::Patch;
use super::{Job, opt};
use applet::prelude::*;
use sys::fs::Stat;

/// A file by its name in an open directory: who exchanges folders meanwhile leads nobody elsewhere.
pub struct Place {
    folder: Option<Fd>,
    base: sys::RawFd,
    /// Its name in the folder.
    pub name: Vec<u8>,
    /// Its name for messages.
    pub path: Vec<u8>,
}

impl Place {
    pub fn dir(&self) -> sys::RawFd {
        self.folder.as_ref().map_or(self.base, Fd::raw)
    }

    /// The file itself, even if it is a link; `None` if there is none.
    pub fn stat(&self, follow: bool) -> Result<Option<Stat>> {
        let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        match sys::fs::statat(self.dir(), &self.name, flags) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno(libc::ENOENT)) => Ok(None),
            Err(errno) => Err(Error::system(&self.path, errno)),
        }
    }

    pub fn sibling(&self, name: Vec<u8>, path: Vec<u8>) -> Result<Place> {
        let folder = match &self.folder {
            Some(folder) => Some(sys::fd::duplicate_above(folder.raw(), 3)?),
            None => None,
        };
        Ok(Place { folder, base: self.base, name, path })
    }
}

/// The way to a file that the user has named.
pub fn trusted(job: &Job, path: &[u8]) -> Place {
    Place { folder: None, base: job.base, name: path.to_vec(), path: path.to_vec() }
}

/// The way to a file that a patch names: folder by folder, without links. Missing folders are made if `make` says so.
pub fn untrusted(job: &Job, path: &[u8], make: bool) -> Result<Place> {
    let refuse = |why: &[u8]| Error::parts(&[b"refusing to touch '", path, b"': ", why]);
    let mut parts: Vec<&[u8]> =
        path.split(|&byte| byte == b'/').filter(|part| !part.is_empty() && *part != b".").collect();
    let name = parts.pop().ok_or_else(|| refuse(b"it is no name"))?;
    if path.starts_with(b"/") || name == b".." || parts.contains(&&b".."[..]) {
        return Err(refuse(b"it leads out of the folder"));
    }
    let mut place = Place { folder: None, base: job.base, name: name.to_vec(), path: path.to_vec() };
    for part in parts {
        let flags = libc::O_NOFOLLOW;
        let mut next = sys::fs::open_dir(place.dir(), part, flags);
        if make && next.as_ref().err() == Some(&Errno(libc::ENOENT)) {
            sys::fs::mkdirat(place.dir(), part, 0o777).at(path)?;
            next = sys::fs::open_dir(place.dir(), part, flags);
        }
        match next {
            Ok(folder) => place.folder = Some(folder),
            Err(Errno(libc::ELOOP | libc::ENOTDIR)) => {
                return Err(refuse(b"a folder of it is a link or no folder"));
            }
            Err(errno) => return Err(Error::system(path, errno)),
        }
    }
    Ok(place)
}

/// A name without its first folders, as -p says; `None` if it has no more than these.
pub fn strip<'n>(job: &Job, name: &'n [u8]) -> Option<&'n [u8]> {
    let Some(count) = job.strip else {
        return name.rsplit(|&byte| byte == b'/').next().filter(|name| !name.is_empty());
    };
    let mut rest = name;
    for _ in 0..count {
        let slash = rest.iter().position(|&byte| byte == b'/')?;
        rest = rest.get(slash..)?;
        while let [b'/', after @ ..] = rest {
            rest = after;
        }
    }
    Some(rest).filter(|rest| !rest.is_empty())
}

/// How good a name is: fewer folders, then a shorter last part, then a shorter whole.
fn rank(name: &[u8]) -> (usize, usize, usize) {
    let folders = name.split(|&byte| byte == b'/').filter(|part| !part.is_empty()).count();
    (folders, files::target::base_name(name).len(), name.len())
}

/// The best of the names of a patch, and whether a file of this name is there.
pub fn choose(cx: &mut Context, job: &Job, patch: &Patch, creates: bool) -> Option<(Vec<u8>, bool)> {
    let mut names: Vec<Vec<u8>> = Vec::new();
    let of_headers = patch.names.iter().map(|name| name.path.as_deref());
    // The line "Index:" counts if there are no others.
    let index = patch.index.filter(|_| patch.names.iter().all(|name| name.path.is_none()));
    for name in of_headers.chain([index]).flatten() {
        let Some(name) = strip(job, name) else { continue };
        if names.iter().any(|known| known == name) {
            continue;
        }
        if name.starts_with(b"/") || name.split(|&byte| byte == b'/').any(|part| part == b"..") {
            cx.warn(&[b"ignoring potentially dangerous file name ", name]);
            continue;
        }
        names.push(name.to_vec());
    }
    let exists = |name: &&Vec<u8>| {
        untrusted(job, name, false).is_ok_and(|place| matches!(place.stat(false), Ok(Some(_))))
    };
    let best = if job.has(opt::POSIX) {
        names.iter().find(exists)
    } else {
        // The first of equally good ones.
        names.iter().filter(exists).min_by_key(|name| rank(name))
    };
    match best {
        Some(name) => Some((name.clone(), true)),
        None if creates => {
            // The name that the file is to have.
            let new =
                patch.names.get(usize::from(!job.reverse)).and_then(|name| strip(job, name.path.as_deref()?));
            let new = names.iter().find(|name| Some(name.as_slice()) == new);
            new.or(names.first()).map(|name| (name.clone(), false))
        }
        None => None,
    }
}

/// A name as git gives it for renames: without the `a/` that -p1 takes off others.
pub fn strip_git<'n>(job: &Job, name: &'n [u8]) -> Option<&'n [u8]> {
    let mut rest = name;
    for _ in 1..job.strip.unwrap_or(1) {
        let slash = rest.iter().position(|&byte| byte == b'/')?;
        rest = rest.get(slash + 1..)?;
    }
    Some(rest).filter(|rest| !rest.is_empty())
}
