//! The way down into a tree.

use alloc::vec::Vec;
use sys::{Errno, Fd, RawFd, Result, libc};

/// How many directories a chain keeps open.
const LIMIT: usize = 12;

/// Open directories, each an entry of the one before it; the first one is looked up from the working directory.
///
/// Only the last ones stay open. On the way back a closed one is opened again as `..` of its child, and only taken if it
/// is the same directory as before: one that was moved meanwhile ends the way back with `ESTALE`.
#[derive(Default)]
pub struct Chain {
    links: Vec<Link>,
    /// None before this one is open and may be closed.
    oldest: usize,
    open: usize,
}

struct Link {
    /// `None` when it has been closed; then `id` says what it was.
    fd: Option<Fd>,
    id: (u64, u64),
    /// Its child was reached by a link, so that the child's `..` does not lead back.
    pinned: bool,
}

fn id(fd: RawFd) -> Result<(u64, u64)> {
    sys::fs::fstat(fd).map(|stat| (stat.dev(), stat.ino()))
}

impl Chain {
    /// The last directory; the working directory when there is none.
    pub fn top(&self) -> RawFd {
        self.links.last().and_then(|link| link.fd.as_ref()).map_or(sys::fd::CWD, Fd::raw)
    }

    /// How many directories it has.
    pub fn depth(&self) -> usize {
        self.links.len()
    }

    /// Opens the directory `name` of the last one and goes there; a link is followed only if `follow` says so.
    pub fn push(&mut self, name: &[u8], follow: bool) -> Result<RawFd> {
        let flag = if follow { 0 } else { libc::O_NOFOLLOW };
        if self.open >= LIMIT {
            self.shed();
        }
        let fd = loop {
            match sys::fs::open_dir(self.top(), name, flag) {
                Err(Errno(libc::EMFILE)) if self.shed() => {}
                result => break result?,
            }
        };
        if let Some(parent) = self.links.last_mut() {
            parent.pinned = follow;
        }
        let raw = fd.raw();
        self.links.push(Link { fd: Some(fd), id: (0, 0), pinned: false });
        self.open += 1;
        Ok(raw)
    }

    /// Goes back to the directory before the last one.
    pub fn pop(&mut self) -> Result<()> {
        let child = self.links.pop().and_then(|link| link.fd);
        self.open = self.open.saturating_sub(1);
        let last = self.links.len().saturating_sub(1);
        if let (Some(link), Some(child)) = (self.links.last_mut(), child)
            && link.fd.is_none()
        {
            let fd = sys::fs::open_dir(child.raw(), b"..", 0)?;
            if id(fd.raw())? != link.id {
                return Err(Errno(libc::ESTALE));
            }
            link.fd = Some(fd);
            self.open += 1;
            self.oldest = last;
        }
        Ok(())
    }

    /// Closes the oldest directory that is open, but never the last; whether there was one.
    #[cold]
    fn shed(&mut self) -> bool {
        let count = self.links.len();
        while self.oldest + 1 < count
            && let Some(link) = self.links.get_mut(self.oldest)
        {
            self.oldest += 1;
            if !link.pinned
                && let Some(fd) = &link.fd
                && let Ok(id) = id(fd.raw())
            {
                (link.id, link.fd) = (id, None);
                self.open -= 1;
                return true;
            }
        }
        false
    }
}
