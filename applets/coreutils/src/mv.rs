//! usage: mv [OPTIONS] SOURCE DEST | mv [OPTIONS] SOURCE... DIRECTORY | mv [OPTIONS] -t DIRECTORY SOURCE...
//!
//! Rename files, or move them into DIRECTORY.
//!
//!  -f, --force               do not ask before overwriting
//!  -i, --interactive         ask
//!  -n, --no-clobber          do not overwrite
//!  -u                        overwrite only what is older
//!  --update[=WHICH]          overwrite all, none, none-fail or older (default)
//!  -b                        keep what is in the way under another name
//!  --backup[=CONTROL]        the same; CONTROL is none, simple, numbered or existing
//!  -S, --suffix=SUFFIX       what such a name ends in (~)
//!  -t, --target-directory=DIRECTORY  where the files go
//!  -T, --no-target-directory  DEST is no directory to move into
//!  --exchange                exchange SOURCE and DEST
//!  --no-copy                 fail where it would take a copy: between file systems
//!  --strip-trailing-slashes  of SOURCE
//!  -g, --progress            tell how far a copy is
//!  -v, --verbose             tell of every file
//!
//! # Notes
//! POSIX.1-2024 mv; options as GNU. Between file systems the copy gets its name when it is complete, and only then the
//! source is removed: whatever ends it before, nothing is lost (but a `.cairn-` name may stay where it was killed).

use applet::prelude::*;
use files::attributes::{LINKS, MODE, OWNERSHIP, TIMES, XATTR};
use files::mode::permissions;
use files::progress::{Meter, size_of};
use files::remove::{Ask, Remove};
use files::say::{is_directory, is_no_directory};
use files::target::{Ids, trim_slashes};
use files::tree::{Overwrite, Tree, tell};
use sys::fd::CWD;
use sys::fs::Stat;
use walk::Follow;

applet::options!("mv");

const IDS: Ids = Ids {
    folder: opt::TARGET_DIRECTORY,
    plain: opt::NO_TARGET_DIRECTORY,
    backup: (opt::b, opt::BACKUP, opt::SUFFIX),
};

struct Move<'a> {
    tree: Tree,
    options: Box<Options<'a>>,
    /// Ask before what is write-protected is overwritten.
    careful: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let target = IDS.target(&options, &options.operands, true)?;
    let mut tree = Tree::new(IDS.backup(cx, &options)?);
    tree.recursive = true;
    tree.follow = Follow::Never;
    tree.preserve = MODE | OWNERSHIP | TIMES | LINKS | XATTR;
    for &(id, value) in &options.list {
        match id {
            opt::FORCE => tree.overwrite = Overwrite::Always,
            opt::INTERACTIVE => tree.overwrite = Overwrite::Ask,
            opt::NO_CLOBBER => tree.overwrite = Overwrite::Never,
            opt::u => tree.update = true,
            opt::UPDATE => files::tree::update(&mut tree, value)?,
            _ => {}
        }
    }
    let careful = !options.has(opt::FORCE) && sys::terminal::is_terminal(sys::fd::STDIN);
    let strip = options.has(opt::STRIP_TRAILING_SLASHES);
    let mut moving = Move { tree, options, careful };
    for &source in &target.sources {
        let source = if strip { trim_slashes(source) } else { source };
        if let Err(error) = moving.rename(cx, source, &target.of(source)) {
            cx.report_at(source, error);
        }
    }
    Ok(cx.status())
}

impl Move<'_> {
    fn rename(&mut self, cx: &mut Context, source: &[u8], name: &[u8]) -> Result {
        let exchange = self.options.has(opt::EXCHANGE);
        let flag = if exchange { libc::RENAME_EXCHANGE } else { libc::RENAME_NOREPLACE };
        let mut backup = None;
        let mut result = sys::fs::renameat(CWD, source, CWD, name, flag);
        if !exchange && matches!(result, Err(Errno(libc::EEXIST | libc::EINVAL | libc::EXDEV))) {
            // Something is in the way, or has to be looked for.
            let stat = sys::fs::lstat(source).at(source)?;
            if let Ok(old) = sys::fs::lstat(name) {
                if !self.may_replace(cx, source, &stat, name, &old)? {
                    return Ok(());
                }
                backup = self.tree.backup.make(CWD, name).at(name)?;
            }
            result = sys::fs::renameat(CWD, source, CWD, name, 0);
            if matches!(result, Err(Errno(libc::EXDEV))) && !self.options.has(opt::NO_COPY) {
                return self.copy(cx, source, name, backup);
            }
        }
        match result {
            Ok(()) => {}
            Err(Errno(libc::EINVAL)) => {
                return Err(Error::parts(&[
                    source,
                    b": cannot move to a subdirectory of itself, '",
                    name,
                    b"'",
                ]));
            }
            // Whose error it is shows in whether the source is there.
            Err(errno) => {
                let _ = sys::fs::lstat(source).at(source)?;
                return Err(Error::system(name, errno));
            }
        }
        self.done(cx, b"renamed ", source, name, backup);
        Ok(())
    }

    /// Whether the file in the way may go.
    fn may_replace(
        &mut self,
        cx: &mut Context,
        source: &[u8],
        stat: &Stat,
        name: &[u8],
        old: &Stat,
    ) -> Result<bool> {
        // A link would end what it leads to. Renaming it over a file with no other name is what was asked for.
        let ends = || {
            stat.is_link()
                && !self.tree.backup.wanted()
                && (old.nlink() > 1 || old.dev() != stat.dev())
                && sys::fs::stat(source).is_ok_and(|end| end.same(old))
        };
        if self.tree.overwrite != Overwrite::Never && (old.same(stat) || ends()) {
            return Err(files::say::same_file(source, name));
        }
        if !self.tree.may_overwrite(cx, stat, old, source, name)? {
            return Ok(false);
        }
        // A backup makes way for anything.
        if stat.is_dir() != old.is_dir() && !self.tree.backup.wanted() {
            let why = if old.is_dir() { is_directory(name) } else { is_no_directory(name, source) };
            return Err(why);
        }
        let ask = self.careful && self.tree.overwrite == Overwrite::Always && !old.is_link();
        if ask && sys::fs::access(CWD, name, libc::W_OK).is_err() {
            let mut mode = Vec::new();
            num::push_radix(&mut mode, u64::from(old.mode() & 0o7777), 8, 4);
            mode.extend_from_slice(b" (");
            permissions(old.mode(), &mut mode);
            return Ok(cx.confirm(&[b"replace '", name, b"', overriding mode ", &mode, b")? "]));
        }
        Ok(true)
    }

    /// Moves to another file system: a copy beside the name, the name for the copy, and the source's end.
    fn copy(&mut self, cx: &mut Context, source: &[u8], name: &[u8], backup: Option<Vec<u8>>) -> Result {
        let remove = Remove {
            recursive: true,
            dirs: false,
            force: true,
            ask: Ask::Never,
            verbose: false,
            one_file_system: false,
            root: None,
        };
        if self.options.has(opt::PROGRESS) {
            self.tree.meter = Some(Meter::new(size_of(source, Follow::Never)));
        }
        let name = trim_slashes(name);
        // A plain name: the copy makes it, and nothing is in the way.
        let new = files::temporary::beside(name, &mut |new| match sys::fs::lstat(new) {
            Ok(_) => Err(Errno(libc::EEXIST)),
            Err(_) => Ok(()),
        })?;
        let complete = self.tree.copy_as(cx, source, &new, name);
        self.tree.meter = None;
        self.tree.forget_links();
        let placed = if complete { sys::fs::renameat(CWD, &new, CWD, name, 0).at(name) } else { Ok(()) };
        if !complete || placed.is_err() {
            remove.remove(cx, &new);
            if let Some(backup) = backup {
                sys::fs::renameat(CWD, &backup, CWD, name, 0).at(&backup)?;
            }
            return placed;
        }
        if remove.remove(cx, source) {
            self.done(cx, b"copied ", source, name, backup);
        }
        Ok(())
    }

    fn done(&mut self, cx: &mut Context, what: &[u8], source: &[u8], name: &[u8], backup: Option<Vec<u8>>) {
        if self.options.has(opt::VERBOSE) {
            let what = if self.options.has(opt::EXCHANGE) { b"exchanged " } else { what };
            tell(cx, what, source, name, backup.as_deref());
        }
        if self.options.operands.len() > 2 {
            self.tree.remember(CWD, name);
        }
    }
}
