//! Copies of files and trees.

use alloc::vec::Vec;
use applet::{Context, Error};
use sys::fs::Stat;
use sys::{Errno, Fd, RawFd, libc};
use walk::{Chain, Event, Follow, Options, Step, Visit, walk};

use crate::attributes::{self, LINKS, MODE, OWNERSHIP, XATTR};
use crate::backup::Backup;
use crate::data::{Copier, Reflink, Side, Sparse};
use crate::inodes::Inodes;
use crate::progress::Meter;
use crate::target::join;

/// What to do with a file that exists.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// Overwrite it.
    Always,
    /// Ask first.
    Ask,
    /// Leave it alone.
    Never,
    /// Leave it alone, which is a failure.
    Fail,
}

/// What is made of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Make {
    /// A copy.
    Copy,
    /// A hard link.
    Link,
    /// A symbolic link.
    Symlink,
}

/// How to copy, and what has been copied so far.
pub struct Tree {
    /// Directories with all that is in them; special files as such, not what comes out of them.
    pub recursive: bool,
    /// Read special files all the same.
    pub special_contents: bool,
    /// Which links are followed.
    pub follow: Follow,
    /// A sum of the constants of [`attributes`].
    pub preserve: u8,
    /// New files get the usual permissions, not those of the source.
    pub plain_mode: bool,
    /// A file that cannot be opened for writing is removed.
    pub force: bool,
    /// A file that exists is removed first.
    pub remove_destination: bool,
    /// What happens to a file that exists.
    pub overwrite: Overwrite,
    /// Leave files alone that are not older than the source.
    pub update: bool,
    /// What is made.
    pub make: Make,
    /// Copy attributes, no contents.
    pub attributes_only: bool,
    /// Directories of other file systems stay empty.
    pub one_file_system: bool,
    /// Tell of everything copied.
    pub verbose: bool,
    /// What becomes of files in the way.
    pub backup: Backup,
    /// How contents are copied.
    pub copier: Copier,
    /// Shows how far it is.
    pub meter: Option<Meter>,
    umask: u32,
    /// Files with several names, and the names of their copies.
    linked: Inodes,
    names: Vec<Vec<u8>>,
    /// What this command has made of its operands: not to be overwritten by the next one.
    made: Inodes,
}

/// The permissions that new files do not get.
pub fn umask() -> u32 {
    let mask = sys::fs::umask(0o077);
    sys::fs::umask(mask);
    mask
}

impl Tree {
    /// A plain copy.
    pub fn new(backup: Backup) -> Tree {
        Tree {
            recursive: false,
            special_contents: false,
            follow: Follow::Always,
            preserve: 0,
            plain_mode: false,
            force: false,
            remove_destination: false,
            overwrite: Overwrite::Always,
            update: false,
            make: Make::Copy,
            attributes_only: false,
            one_file_system: false,
            verbose: false,
            backup,
            copier: Copier::new(Sparse::Auto, Reflink::Auto),
            meter: None,
            umask: umask(),
            linked: Inodes::default(),
            names: Vec::new(),
            made: Inodes::default(),
        }
    }

    /// Copies `source` to the name `target`; whether everything went well. What does not is reported.
    pub fn copy(&mut self, cx: &mut Context, source: &[u8], target: &[u8]) -> bool {
        self.copy_as(cx, source, target, target)
    }

    /// Forgets the files with several names that have been copied: their copies are elsewhere now.
    pub fn forget_links(&mut self) {
        (self.linked, self.names) = (Inodes::default(), Vec::new());
    }

    /// As [`Tree::copy`], for a copy that will be called `shown`: messages know it by that.
    pub fn copy_as(&mut self, cx: &mut Context, source: &[u8], target: &[u8], shown: &[u8]) -> bool {
        let options = Options { follow: self.follow, one_file_system: self.one_file_system };
        let mut pass = Pass {
            tree: self,
            cx,
            source,
            target,
            shown,
            chain: Chain::default(),
            levels: Vec::new(),
            top: None,
        };
        let mut well = true;
        walk(source, options, &mut |visit| match pass.visit(visit) {
            Ok(step) => step,
            Err(error) => {
                well = false;
                pass.cx.report_at(visit.path, error);
                match visit.event {
                    Event::Leave => Step::Stop,
                    _ => Step::Skip,
                }
            }
        });
        well
    }

    /// Notes what has been made of an operand.
    pub fn remember(&mut self, dir: RawFd, name: &[u8]) {
        if let Ok(stat) = sys::fs::statat(dir, name, libc::AT_SYMLINK_NOFOLLOW) {
            self.made.insert(stat.dev(), stat.ino(), 0);
        }
    }

    /// Whether a file in the way, `old`, may be overwritten by one whose status is `new`. An error if it must not.
    pub fn may_overwrite(
        &self,
        cx: &mut Context,
        new: &Stat,
        old: &Stat,
        source: &[u8],
        name: &[u8],
    ) -> applet::Result<bool> {
        if self.overwrite == Overwrite::Never || self.update && old.modified() >= new.modified() {
            return Ok(false);
        }
        if self.overwrite == Overwrite::Fail {
            return Err(crate::say::about(name, b"not replacing"));
        }
        if self.backup.takes(name, new) {
            return Err(crate::say::about(name, b"its backup would destroy the source"));
        }
        if !self.backup.wanted() && self.made.get(old.dev(), old.ino()).is_some() {
            return Err(Error::parts(&[
                name,
                b": will not overwrite just-created file with '",
                source,
                b"'",
            ]));
        }
        Ok(self.overwrite != Overwrite::Ask || cx.confirm(&[b"overwrite '", name, b"'? "]))
    }
}

/// A directory being copied.
struct Level {
    stat: Stat,
    /// It is new, so nothing is in the way in it.
    is_new: bool,
}

/// The copy of one operand.
struct Pass<'p, 'c, 'e> {
    tree: &'p mut Tree,
    cx: &'c mut Context<'e>,
    source: &'p [u8],
    target: &'p [u8],
    /// What the copy will be called.
    shown: &'p [u8],
    /// The directories of the copy down to where the walk is.
    chain: Chain,
    levels: Vec<Level>,
    /// The copy's uppermost directory: when the walk meets it, it would copy it into itself.
    top: Option<(u64, u64)>,
}

type Result<T = ()> = applet::Result<T>;

impl Pass<'_, '_, '_> {
    fn visit(&mut self, visit: &Visit) -> Result<Step> {
        match visit.event {
            Event::File => self.file(visit)?,
            Event::Enter => {
                self.enter(visit)?;
                return Ok(Step::Continue);
            }
            Event::Leave => self.leave(visit)?,
            Event::Mount => {
                self.enter(visit)?;
                self.leave(visit)?;
            }
            Event::Loop => return Err(crate::say::about(visit.path, b"cannot copy cyclic symbolic link")),
            Event::Error(errno) => return Err(errno.into()),
        }
        Ok(Step::Continue)
    }

    /// The whole name of the copy, for messages.
    fn target_path(&self, visit: &Visit) -> Vec<u8> {
        self.path_below(visit, self.shown)
    }

    /// The name of the copy of what is visited, when the operand's copy is called `top`.
    fn path_below(&self, visit: &Visit, top: &[u8]) -> Vec<u8> {
        let mut below = visit.path.get(self.source.len()..).unwrap_or_default();
        while let [b'/', rest @ ..] = below {
            below = rest;
        }
        if visit.depth == 0 { top.to_vec() } else { join(top, below) }
    }

    /// The copy's name in its directory.
    fn name<'v>(&'v self, visit: &'v Visit) -> &'v [u8] {
        if visit.depth == 0 { self.target } else { visit.name() }
    }

    /// What is in the way.
    fn existing(&self, name: &[u8]) -> Option<Stat> {
        if self.levels.last().is_some_and(|level| level.is_new) {
            return None;
        }
        sys::fs::statat(self.chain.top(), name, libc::AT_SYMLINK_NOFOLLOW).ok()
    }

    fn enter(&mut self, visit: &Visit) -> Result {
        if !self.tree.recursive {
            return Err(crate::say::about(visit.path, b"-r not specified; omitting directory"));
        }
        let stat = visit.stat()?;
        let name = self.name(visit);
        if self.top == Some((stat.dev(), stat.ino())) {
            return Err(Error::parts(&[
                self.source,
                b": cannot copy a directory into itself, '",
                self.target,
                b"'",
            ]));
        }
        let existing = self.existing(name);
        match &existing {
            None => {
                let wanted = if self.tree.plain_mode { 0o777 } else { stat.mode() };
                // Nobody else may enter before it is as it shall be.
                let mask = if self.tree.preserve & (MODE | OWNERSHIP) != 0 { 0o700 } else { 0o777 };
                let mode = wanted & mask | 0o700;
                sys::fs::mkdirat(self.chain.top(), name, mode)
                    .map_err(|errno| self.target_error(visit, errno))?;
            }
            Some(old) if old.same(&stat) => return Err(self.same_file(visit)),
            Some(old) if old.is_dir() => {}
            Some(_) => {
                let path = self.target_path(visit);
                return Err(crate::say::is_no_directory(&path, visit.path));
            }
        }
        let is_new = existing.is_none();
        let name = self.name(visit).to_vec();
        let mut opened = self.chain.push(&name, false);
        if is_new && matches!(opened, Err(Errno(libc::EACCES))) {
            // The umask took our own permissions.
            let _ = sys::fs::chmodat(self.chain.top(), &name, 0o700);
            opened = self.chain.push(&name, false);
        }
        let fd = opened.map_err(|errno| self.target_error(visit, errno))?;
        if visit.depth == 0 {
            self.top = sys::fs::fstat(fd).ok().map(|stat| (stat.dev(), stat.ino()));
        }
        self.levels.push(Level { stat, is_new });
        if is_new {
            self.tell(visit, None);
        }
        Ok(())
    }

    fn leave(&mut self, visit: &Visit) -> Result {
        let Some(Level { stat, is_new }) = self.levels.pop() else {
            return Ok(());
        };
        let fd = self.chain.top();
        let what = self.tree.preserve;
        let mut result = Ok(());
        if what != 0 {
            let source = (what & (MODE | XATTR) != 0)
                .then(|| {
                    sys::fs::open_dir(
                        visit.dir,
                        visit.name(),
                        if visit.follow { 0 } else { libc::O_NOFOLLOW },
                    )
                    .ok()
                })
                .flatten();
            result = attributes::copy(source.as_ref().map(Fd::raw), fd, &stat, what);
        }
        if is_new && what & MODE == 0 {
            let wanted = (if self.tree.plain_mode { 0o777 } else { stat.mode() & 0o777 }) & !self.tree.umask;
            // Made with more than that for us, or with less for others, to begin with.
            if wanted & 0o700 != 0o700 || what & OWNERSHIP != 0 {
                result = result.and(sys::fs::fchmod(fd, wanted));
            }
        }
        if let Err(errno) = result {
            let error = self.target_error(visit, errno);
            self.cx.report(error);
        }
        self.chain.pop().map_err(|errno| self.target_error(visit, errno))
    }

    fn file(&mut self, visit: &Visit) -> Result {
        let tree = &*self.tree;
        if visit.kind == libc::DT_LNK
            && (tree.follow == Follow::Always || tree.follow == Follow::Operand && visit.depth == 0)
        {
            // It leads nowhere: this says why.
            sys::fs::statat(visit.dir, visit.name(), 0)?;
        }
        let name = self.name(visit).to_vec();
        let dir = self.chain.top();
        let mut existing = self.existing(&name);
        let mut backup = None;
        if let Some(old) = &existing {
            match self.make_way(visit, &name, old)? {
                Way::Leave => return Ok(()),
                Way::Free(made) => (existing, backup) = (None, made),
                Way::Overwrite => {}
            }
        }
        let is_contents = visit.kind == libc::DT_REG
            || !self.tree.recursive && visit.kind != libc::DT_LNK
            || self.tree.special_contents && visit.kind != libc::DT_LNK;
        let result = match self.tree.make {
            Make::Symlink => self.symlink(visit, dir, &name),
            Make::Link => {
                let flags = if visit.follow { libc::AT_SYMLINK_FOLLOW } else { 0 };
                sys::fs::linkat(visit.dir, visit.name(), dir, &name, flags)
                    .map_err(|errno| self.target_error(visit, errno))
            }
            Make::Copy if is_contents => self.contents(visit, dir, &name, existing),
            Make::Copy => self.inode(visit, dir, &name),
        };
        if let (Err(_), Some(backup)) = (&result, &backup) {
            let _ = sys::fs::renameat(dir, backup, dir, &name, 0);
        }
        result?;
        self.tell(visit, backup);
        if visit.depth == 0 {
            self.tree.remember(dir, &name);
        }
        Ok(())
    }

    /// Sees to it that the file in the way, `old`, can be replaced.
    fn make_way(&mut self, visit: &Visit, name: &[u8], old: &Stat) -> Result<Way> {
        let dir = self.chain.top();
        let stat = visit.stat()?;
        let path = self.target_path(visit);
        let is_copy = self.tree.make == Make::Copy;
        // Attributes alone are no reason for what is in the way to go.
        let is_whole = is_copy && !self.tree.attributes_only;
        if old.same(&stat) && self.tree.overwrite != Overwrite::Never {
            return if self.tree.make == Make::Link { Ok(Way::Leave) } else { Err(self.same_file(visit)) };
        }
        if !self.tree.may_overwrite(self.cx, &stat, old, visit.path, &path)? {
            return Ok(Way::Leave);
        }
        if old.is_dir() {
            return Err(crate::say::is_directory(&path));
        }
        if self.tree.backup.wanted() {
            let made = self.tree.backup.make(dir, name).map_err(|errno| Error::system(&path, errno))?;
            return Ok(Way::Free(made));
        }
        let is_link = visit.kind == libc::DT_LNK;
        // What a link leads to must survive being replaced by the link.
        if is_link && sys::fs::statat(visit.dir, visit.name(), 0).is_ok_and(|end| end.same(old)) {
            return Err(self.same_file(visit));
        }
        let must_go = self.tree.remove_destination
            || is_whole
                && (is_link
                    || self.tree.recursive && visit.kind != libc::DT_REG && !self.tree.special_contents
                    || self.tree.preserve & LINKS != 0 && old.nlink() > 1)
            || !is_copy && self.tree.force;
        if must_go {
            sys::fs::unlinkat(dir, name, 0).map_err(|errno| Error::system(&path, errno))?;
            return Ok(Way::Free(None));
        }
        if old.is_link() && is_copy {
            match sys::fs::statat(dir, name, 0) {
                Ok(end) if end.same(&stat) => return Err(self.same_file(visit)),
                Err(Errno(libc::ENOENT)) => {
                    return Err(crate::say::about(&path, b"not writing through dangling symlink"));
                }
                _ => {}
            }
        }
        Ok(Way::Overwrite)
    }

    fn symlink(&mut self, visit: &Visit, dir: RawFd, name: &[u8]) -> Result {
        if !visit.path.starts_with(b"/") && (visit.depth > 0 || crate::target::folder_name(name) != b".") {
            let why = b": can make relative symbolic links only in current directory";
            return Err(Error::parts(&[&self.target_path(visit), why]));
        }
        sys::fs::symlinkat(visit.path, dir, name).map_err(|errno| self.target_error(visit, errno))
    }

    /// Links to the copy of a file that has been met before under another name; `false` if it has not.
    fn link_again(&mut self, visit: &Visit, stat: &Stat, dir: RawFd, name: &[u8]) -> Result<bool> {
        // A file with one name may have been met through a link.
        if self.tree.preserve & LINKS == 0 || stat.nlink() < 2 && self.tree.follow == Follow::Never {
            return Ok(false);
        }
        let path = self.path_below(visit, self.target);
        let Some(first) = self.tree.linked.insert(stat.dev(), stat.ino(), self.tree.names.len()) else {
            self.tree.names.push(path);
            return Ok(false);
        };
        let first = self.tree.names.get(first).map_or(&b""[..], Vec::as_slice);
        let link = || sys::fs::linkat(sys::fd::CWD, first, dir, name, 0);
        let mut result = link();
        if matches!(result, Err(Errno(libc::EEXIST))) {
            result = sys::fs::unlinkat(dir, name, 0).and_then(|()| link());
        }
        result.map_err(|errno| Error::system(&path, errno))?;
        Ok(true)
    }

    /// Copies what is in a file. `existing` is what is in the way and shall be overwritten.
    fn contents(&mut self, visit: &Visit, dir: RawFd, name: &[u8], existing: Option<Stat>) -> Result {
        let is_file = visit.kind == libc::DT_REG;
        let mut flags = if visit.follow { 0 } else { libc::O_NOFOLLOW };
        if is_file {
            // A pipe that has taken its place must not keep us waiting.
            flags |= libc::O_NONBLOCK;
        }
        let from = sys::fd::openat(visit.dir, visit.name(), libc::O_RDONLY | flags, 0)?;
        let stat = sys::fs::fstat(from.raw())?;
        if is_file && !stat.is_file() {
            return Err(crate::say::about(
                visit.path,
                b"skipping file, as it was replaced while being copied",
            ));
        }
        if self.link_again(visit, &stat, dir, name)? {
            return Ok(());
        }
        let to = self.create(dir, name, &stat, existing).map_err(|errno| self.target_error(visit, errno))?;
        let tree = &mut *self.tree;
        if !tree.attributes_only {
            let meter = &mut tree.meter;
            let mut progress = |bytes| {
                if let Some(meter) = meter {
                    meter.add(bytes);
                }
            };
            match tree.copier.copy(from.raw(), to.raw(), &stat, &mut progress) {
                Ok(()) => {}
                Err((Side::Source, errno)) => return Err(errno.into()),
                Err((Side::Target, errno)) => return Err(self.target_error(visit, errno)),
            }
        }
        let what = tree.preserve;
        attributes::copy(Some(from.raw()), to.raw(), &stat, what)
            .and_then(|()| {
                if what & (OWNERSHIP | MODE) == OWNERSHIP && existing.is_none() {
                    self.usual_mode(&to, &stat)
                } else {
                    Ok(())
                }
            })
            .and_then(|()| to.close())
            .map_err(|errno| self.target_error(visit, errno))
    }

    /// Gives a new file, made for us alone, the permissions it would have been made with.
    fn usual_mode(&self, to: &Fd, stat: &Stat) -> sys::Result<()> {
        let mode = if self.tree.plain_mode { 0o666 } else { stat.mode() & 0o777 };
        sys::fs::fchmod(to.raw(), mode & !self.tree.umask)
    }

    /// Opens the copy for writing.
    fn create(&self, dir: RawFd, name: &[u8], stat: &Stat, existing: Option<Stat>) -> sys::Result<Fd> {
        if let Some(old) = existing {
            let truncate = if self.tree.attributes_only { 0 } else { libc::O_TRUNC };
            // A link is followed only if it was one when it was looked at.
            let follow = if old.is_link() { 0 } else { libc::O_NOFOLLOW };
            match sys::fd::openat(dir, name, libc::O_WRONLY | truncate | follow, 0) {
                Err(_) if self.tree.force => sys::fs::unlinkat(dir, name, 0)?,
                result => return result,
            }
        }
        let wanted = if self.tree.plain_mode { 0o666 } else { stat.mode() & 0o777 };
        // Nobody else may read it before it has its owner.
        let mask = if self.tree.preserve & OWNERSHIP != 0 { 0o700 } else { 0o777 };
        sys::fd::openat(dir, name, libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, wanted & mask)
    }

    /// Copies a link or a special file.
    fn inode(&mut self, visit: &Visit, dir: RawFd, name: &[u8]) -> Result {
        let stat = visit.stat()?;
        if self.link_again(visit, &stat, dir, name)? {
            return Ok(());
        }
        let made = if visit.kind == libc::DT_LNK {
            let text = sys::fs::readlinkat(visit.dir, visit.name())?;
            sys::fs::symlinkat(&text, dir, name)
        } else {
            let preserve = self.tree.preserve & MODE != 0;
            // It cannot be opened to change its permissions without going by its name again.
            let old = if preserve { sys::fs::umask(0) } else { 0 };
            let made = sys::fs::mknodat(dir, name, stat.mode(), stat.rdev());
            if preserve {
                sys::fs::umask(old);
            }
            made
        };
        made.and_then(|()| attributes::copy_at(dir, name, &stat, self.tree.preserve))
            .map_err(|errno| self.target_error(visit, errno))
    }

    /// `'a' -> 'b'`, if that is asked for.
    fn tell(&mut self, visit: &Visit, backup: Option<Vec<u8>>) {
        if self.tree.verbose {
            let path = self.target_path(visit);
            tell(self.cx, b"", visit.path, &path, backup.as_deref());
        }
    }

    #[cold]
    fn target_error(&self, visit: &Visit, errno: Errno) -> Error {
        Error::system(&self.target_path(visit), errno)
    }

    #[cold]
    fn same_file(&self, visit: &Visit) -> Error {
        crate::say::same_file(visit.path, &self.target_path(visit))
    }
}

/// What became of a file in the way.
enum Way {
    /// It stays, and its source is not copied.
    Leave,
    /// It is gone: renamed to this, if it was.
    Free(Option<Vec<u8>>),
    /// It is to be overwritten.
    Overwrite,
}

/// Writes `'a' -> 'b'` behind `what`, and what a backup is called.
pub fn tell(cx: &mut Context, what: &[u8], from: &[u8], to: &[u8], backup: Option<&[u8]>) {
    let (before, backup, after): (&[u8], &[u8], &[u8]) = match backup {
        Some(name) => (b"' (backup: '", name, b"')"),
        None => (b"'", b"", b""),
    };
    crate::say::line(cx, &[what, b"'", from, b"' -> '", to, before, backup, after]);
}

/// What `--update[=WHICH]` says.
pub fn update(tree: &mut Tree, which: &[u8]) -> applet::Result {
    let index = if which.is_empty() {
        0
    } else {
        crate::say::choice(which, b"older all none none-fail", b"--update")?
    };
    tree.update = index == 0;
    tree.overwrite = match index {
        0 => tree.overwrite,
        1 => Overwrite::Always,
        2 => Overwrite::Never,
        _ => Overwrite::Fail,
    };
    Ok(())
}
