//! Removal of files and trees.

use applet::{Context, Error};
use sys::{Errno, libc};
use walk::{Event, Follow, Options, Step, Visit, walk};

use crate::mode::kind_name;

/// When to ask before something is removed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Never.
    Never,
    /// For what is write-protected.
    Protected,
    /// Always.
    Always,
}

/// How to remove.
pub struct Remove {
    /// Directories with all that is in them.
    pub recursive: bool,
    /// Empty directories too.
    pub dirs: bool,
    /// What does not exist is removed already.
    pub force: bool,
    /// When to ask.
    pub ask: Ask,
    /// Tell of everything removed.
    pub verbose: bool,
    /// Leave other file systems alone.
    pub one_file_system: bool,
    /// The root directory's device and inode, which is not removed whatever name it goes by.
    pub root: Option<(u64, u64)>,
}

/// One operand's removal.
struct Pass<'p, 'c, 'e> {
    how: &'p Remove,
    cx: &'c mut Context<'e>,
    /// Directories of at least this depth (from 1) on the way back have lost everything; others keep something.
    kept: usize,
    /// Why the directory being left could not be read.
    unread: Option<Errno>,
}

impl Remove {
    /// Removes `operand`; whether all of it is gone. What goes wrong is reported.
    pub fn remove(&self, cx: &mut Context, operand: &[u8]) -> bool {
        let options = Options { follow: Follow::Never, one_file_system: self.one_file_system };
        let mut pass = Pass { how: self, cx, kept: 0, unread: None };
        let mut gone = true;
        walk(operand, options, &mut |visit| {
            let step = pass.visit(visit);
            gone &= step.is_some();
            step.unwrap_or(Step::Skip)
        });
        gone
    }
}

impl Pass<'_, '_, '_> {
    /// `None`: it stays.
    fn visit(&mut self, visit: &Visit) -> Option<Step> {
        match visit.event {
            Event::File => self.entry(visit, 0),
            Event::Enter => self.enter(visit),
            Event::Leave if visit.depth < self.kept => {
                self.kept = visit.depth;
                self.tell_unread(visit)
            }
            Event::Leave => self.entry(visit, libc::AT_REMOVEDIR),
            Event::Mount => {
                self.fail(visit, crate::say::about(visit.path, b"skipping, since it's on a different device"))
            }
            Event::Loop => None,
            // Perhaps it is empty: then it can be removed all the same.
            Event::Error(errno) if visit.is_dir() => {
                self.unread = Some(errno);
                Some(Step::Continue)
            }
            Event::Error(Errno(libc::ENOENT | libc::ENOTDIR)) if self.how.force => Some(Step::Continue),
            Event::Error(errno) => self.fail(visit, Error::system(visit.path, errno)),
        }
    }

    fn enter(&mut self, visit: &Visit) -> Option<Step> {
        if !self.how.recursive {
            if self.how.dirs {
                return self.entry(visit, libc::AT_REMOVEDIR).map(|_| Step::Skip);
            }
            return self.fail(visit, Error::system(visit.path, Errno(libc::EISDIR)));
        }
        if let (Some(root), Ok(stat)) = (self.how.root.filter(|_| visit.depth == 0), visit.stat())
            && root == (stat.dev(), stat.ino())
        {
            return self.fail(visit, root_error(visit.path));
        }
        if self.how.ask == Ask::Always && !self.is_empty(visit) && !self.agreed(visit, b"descend into ") {
            self.kept = visit.depth;
            return None;
        }
        Some(Step::Continue)
    }

    fn is_empty(&self, visit: &Visit) -> bool {
        sys::fs::open_dir(visit.dir, visit.name(), libc::O_NOFOLLOW)
            .is_ok_and(|fd| walk::Listing::read(fd.raw(), &mut Default::default()).0.next().is_none())
    }

    /// Removes a single entry.
    fn entry(&mut self, visit: &Visit, flags: i32) -> Option<Step> {
        if self.how.ask != Ask::Never && !self.agreed(visit, b"remove ") {
            self.kept = visit.depth;
            return None;
        }
        match sys::fs::unlinkat(visit.dir, visit.name(), flags) {
            Ok(()) => {}
            Err(Errno(libc::ENOENT)) if self.how.force => {}
            Err(errno) => {
                let errno = self.unread.take().unwrap_or(errno);
                return self.fail(visit, Error::system(visit.path, errno));
            }
        }
        self.unread = None;
        if self.how.verbose {
            let what: &[u8] = if flags == 0 { b"removed '" } else { b"removed directory '" };
            crate::say::line(self.cx, &[what, visit.path, b"'"]);
        }
        Some(Step::Continue)
    }

    fn tell_unread(&mut self, visit: &Visit) -> Option<Step> {
        if let Some(errno) = self.unread.take() {
            self.cx.report(Error::system(visit.path, errno));
        }
        None
    }

    /// Reports an error; the directories above have to stay.
    #[cold]
    fn fail(&mut self, visit: &Visit, error: Error) -> Option<Step> {
        self.cx.report(error);
        self.kept = visit.depth;
        None
    }

    /// Whether the user agrees, if that is asked for.
    #[cold]
    fn agreed(&mut self, visit: &Visit, what: &[u8]) -> bool {
        let Ok(stat) = visit.stat() else {
            return true;
        };
        let protected = !stat.is_link() && sys::fs::access(visit.dir, visit.name(), libc::W_OK).is_err();
        if self.how.ask == Ask::Protected && !protected {
            return true;
        }
        let protected: &[u8] = if protected { b"write-protected " } else { b"" };
        self.cx.confirm(&[what, protected, kind_name(stat.mode(), stat.size()), b" '", visit.path, b"'? "])
    }
}

/// Whether a name leads to the root directory.
pub fn is_root(name: &[u8]) -> bool {
    matches!((sys::fs::stat(name), sys::fs::lstat(b"/")), (Ok(stat), Ok(root)) if stat.same(&root))
}

/// Why the root directory is left alone.
pub fn root_error(name: &[u8]) -> Error {
    crate::say::about(
        name,
        b"it is dangerous to operate recursively on '/' (use --no-preserve-root to do it)",
    )
}
