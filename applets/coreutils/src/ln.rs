//! usage: ln [OPTIONS] TARGET [LINK] | ln [OPTIONS] TARGET... DIRECTORY | ln [OPTIONS] -t DIRECTORY TARGET...
//!
//! Give TARGET the name LINK too, or make LINK a symbolic link to it.
//!
//!  -s, --symbolic            symbolic links
//!  -f, --force               replace what is in the way
//!  -i, --interactive         ask before that
//!  -n, --no-dereference      a LINK that is a link to a directory is no directory
//!  -r, --relative            with -s: TARGET as seen from where LINK is
//!  -L, --logical             link what a TARGET that is a symbolic link leads to
//!  -P, --physical            link the symbolic link itself (default)
//!  -b                        keep what is in the way under another name
//!  --backup[=CONTROL]        the same; CONTROL is none, simple, numbered or existing
//!  -S, --suffix=SUFFIX       what such a name ends in (~)
//!  -t, --target-directory=DIRECTORY  where the links go
//!  -T, --no-target-directory  LINK is no directory to put links into
//!  -v, --verbose             tell of every link
//!
//! # Notes
//! POSIX.1-2024 ln; options as GNU. A link takes the place of another file in a single step.

use applet::prelude::*;
use files::target::{Ids, base_name, folder_name};
use sys::fd::CWD;

applet::options!("ln");

const IDS: Ids = Ids {
    folder: opt::TARGET_DIRECTORY,
    plain: opt::NO_TARGET_DIRECTORY,
    backup: (opt::b, opt::BACKUP, opt::SUFFIX),
};

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let backup = IDS.backup(cx, &options)?;
    if options.has(opt::RELATIVE) && !options.has(opt::SYMBOLIC) {
        return Err(Error::usage(&[b"cannot do --relative without --symbolic"]));
    }
    let mut operands = options.operands.clone();
    if operands.len() == 1 && options.last(&[opt::TARGET_DIRECTORY, opt::NO_TARGET_DIRECTORY]).is_none() {
        operands.push(b".");
    }
    let target = IDS.target(&options, &operands, !options.has(opt::NO_DEREFERENCE))?;
    for source in &target.sources {
        let name = target.of(source);
        if let Err(error) = link(cx, &options, &backup, source, &name) {
            cx.report_at(&name, error);
        }
    }
    Ok(cx.status())
}

fn link(
    cx: &mut Context,
    options: &Options,
    backup: &files::backup::Backup,
    source: &[u8],
    name: &[u8],
) -> Result {
    let symbolic = options.has(opt::SYMBOLIC);
    let logical = options.last(&[opt::LOGICAL, opt::PHYSICAL]) == Some(opt::LOGICAL);
    let flags = if logical { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let stat = sys::fs::statat(CWD, source, if symbolic { 0 } else { flags });
    if !symbolic && stat.at(source)?.is_dir() {
        return Err(files::say::about(source, b"hard link not allowed for directory"));
    }
    let relative = if options.has(opt::RELATIVE) { Some(relative(source, name)?) } else { None };
    let text = relative.as_deref().unwrap_or(source);
    let make: &dyn Fn(&[u8]) -> sys::Result<()> = &|name| {
        if symbolic {
            sys::fs::symlinkat(text, CWD, name)
        } else {
            let flags = if logical { libc::AT_SYMLINK_FOLLOW } else { 0 };
            sys::fs::linkat(CWD, source, CWD, name, flags)
        }
    };
    let mut result = make(name);
    let mut renamed = None;
    let (force, ask) = (options.has(opt::FORCE), options.has(opt::INTERACTIVE));
    if matches!(result, Err(Errno(libc::EEXIST))) && (force || ask || backup.wanted()) {
        let old = sys::fs::lstat(name)?;
        if old.is_dir() {
            return Err(files::say::about(name, b"cannot overwrite directory"));
        }
        if stat.is_ok_and(|stat| stat.same(&old) && (stat.nlink() == 1 || same_name(source, name))) {
            return Err(files::say::same_file(source, name));
        }
        if options.last(&[opt::FORCE, opt::INTERACTIVE]) == Some(opt::INTERACTIVE)
            && !cx.confirm(&[b"replace '", name, b"'? "])
        {
            return Ok(());
        }
        renamed = backup.make(CWD, name)?;
        result = match renamed {
            Some(_) => make(name),
            None => replace(name, make),
        };
    }
    result?;
    if options.has(opt::VERBOSE) {
        let arrow: &[u8] = if symbolic { b"' -> '" } else { b"' => '" };
        let old = renamed.map_or(Vec::new(), |renamed| [b"'", renamed.as_slice(), b"' ~ "].concat());
        files::say::line(cx, &[&old, b"'", name, arrow, text, b"'"]);
    }
    Ok(())
}

/// Puts a new link in the place of `name`.
fn replace(name: &[u8], make: &dyn Fn(&[u8]) -> sys::Result<()>) -> sys::Result<()> {
    let new = files::temporary::beside(name, &mut |name| make(name))?;
    let result = sys::fs::renameat(CWD, &new, CWD, name, 0);
    // Also when it was moved: two names of one file are left as they are.
    let _ = sys::fs::unlinkat(CWD, &new, 0);
    result
}

/// Whether both are one entry of one directory.
fn same_name(one: &[u8], other: &[u8]) -> bool {
    let folder = |name: &[u8]| sys::fs::stat(folder_name(name));
    base_name(one) == base_name(other)
        && matches!((folder(one), folder(other)), (Ok(one), Ok(other)) if one.same(&other))
}

/// The way from where `link` is to `target`.
fn relative(target: &[u8], link: &[u8]) -> Result<Vec<u8>> {
    let folder = folder_name(link);
    let from = files::canonical::name(folder).at(folder)?;
    let to = files::canonical::name(target).at(target)?;
    Ok(files::canonical::between(&from, &to))
}
