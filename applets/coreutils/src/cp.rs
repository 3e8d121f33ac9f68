//! usage: cp [OPTIONS] SOURCE DEST | cp [OPTIONS] SOURCE... DIRECTORY | cp [OPTIONS] -t DIRECTORY SOURCE...
//!
//! Copy files, and with -r directories.
//!
//!  -a, --archive             everything as it is: -dR --preserve=all
//!  -r, -R, --recursive       directories with all that is in them
//!  -H                        follow links on the command line
//!  -L, --dereference         follow all links (default without -r)
//!  -P, --no-dereference      copy links themselves (default with -r)
//!  -d                        -P, and keep hard links
//!  -p                        keep permissions, owner and times
//!  --preserve[=LIST]         keep mode, ownership, timestamps, links, xattr, context or all
//!  --no-preserve=LIST        do not
//!  --attributes-only         copy no contents
//!  --copy-contents           copy what comes out of special files
//!  -f, --force               remove what cannot be opened for writing
//!  -i, --interactive         ask before overwriting
//!  -n, --no-clobber          do not overwrite
//!  -u                        overwrite only what is older
//!  --update[=WHICH]          overwrite all, none, none-fail or older (default)
//!  --remove-destination      remove what is in the way first
//!  -b                        keep it under another name
//!  --backup[=CONTROL]        the same; CONTROL is none, simple, numbered or existing
//!  -S, --suffix=SUFFIX       what such a name ends in (~)
//!  -l, --link                make hard links
//!  -s, --symbolic-link       make symbolic links
//!  --sparse=WHEN             holes: auto keeps them, always makes them of zeroes, never fills them
//!  --reflink[=WHEN]          share blocks: auto, always (default), never
//!  -t, --target-directory=DIRECTORY  where the copies go
//!  -T, --no-target-directory  DEST is no directory to copy into
//!  --parents                 make the directories above SOURCE in DIRECTORY too
//!  --strip-trailing-slashes  of SOURCE
//!  -x, --one-file-system     do not enter other file systems
//!  -g, --progress            tell how far it is
//!  -v, --verbose             tell of every file
//!
//! # Notes
//! POSIX.1-2024 cp; options as GNU. Holes are kept and blocks are shared where the file system can. Directories are walked
//! by descriptors: one exchanged for a link meanwhile leads nowhere else.

use applet::prelude::*;
use files::attributes::{LINKS, MODE, OWNERSHIP, TIMES, XATTR, XATTR_REQUIRED};
use files::data::{Reflink, Sparse};
use files::say::choice;
use files::target::{Ids, folder_name, join, trim_slashes};
use files::tree::{Make, Overwrite, Tree};
use walk::Follow;

applet::options!("cp");

const IDS: Ids = Ids {
    folder: opt::TARGET_DIRECTORY,
    plain: opt::NO_TARGET_DIRECTORY,
    backup: (opt::b, opt::BACKUP, opt::SUFFIX),
};

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let parents = options.has(opt::PARENTS);
    let target = IDS.target(&options, &options.operands, true)?;
    if parents && target.folder().is_none() {
        return Err(Error::usage(&[b"with --parents, the destination must be a directory"]));
    }
    let mut tree = tree(cx, &options)?;
    if options.has(opt::PROGRESS) {
        let total = target.sources.iter().map(|source| files::progress::size_of(source, tree.follow)).sum();
        tree.meter = Some(files::progress::Meter::new(total));
    }
    for &source in &target.sources {
        let source = if options.has(opt::STRIP_TRAILING_SLASHES) { trim_slashes(source) } else { source };
        if let Some(folder) = target.folder().filter(|_| parents) {
            if let Err(error) = with_parents(cx, &mut tree, folder, source) {
                cx.report(error);
            }
        } else {
            tree.copy(cx, source, &target.of(source));
        }
    }
    Ok(cx.status())
}

/// What the options say.
fn tree(cx: &Context, options: &Options) -> Result<Tree> {
    let mut tree = Tree::new(IDS.backup(cx, options)?);
    let mut follow = None;
    for &(id, value) in &options.list {
        match id {
            opt::ARCHIVE => {
                tree.preserve |= MODE | OWNERSHIP | TIMES | LINKS | XATTR;
                tree.recursive = true;
                follow = Some(Follow::Never);
            }
            opt::RECURSIVE => tree.recursive = true,
            opt::H => follow = Some(Follow::Operand),
            opt::DEREFERENCE => follow = Some(Follow::Always),
            opt::NO_DEREFERENCE => follow = Some(Follow::Never),
            opt::d => {
                tree.preserve |= LINKS;
                follow = Some(Follow::Never);
            }
            opt::p => tree.preserve |= MODE | OWNERSHIP | TIMES,
            opt::PRESERVE if value.is_empty() => tree.preserve |= MODE | OWNERSHIP | TIMES,
            opt::PRESERVE => {
                let bits = attributes(value)?;
                tree.preserve |= bits;
                tree.plain_mode &= bits & MODE == 0;
            }
            opt::NO_PRESERVE => {
                let bits = attributes(value)?;
                tree.preserve &= !bits;
                tree.plain_mode |= bits & MODE != 0;
            }
            opt::ATTRIBUTES_ONLY => tree.attributes_only = true,
            opt::COPY_CONTENTS => tree.special_contents = true,
            opt::FORCE => tree.force = true,
            opt::INTERACTIVE => tree.overwrite = Overwrite::Ask,
            opt::NO_CLOBBER => tree.overwrite = Overwrite::Never,
            opt::u => tree.update = true,
            opt::UPDATE => files::tree::update(&mut tree, value)?,
            opt::REMOVE_DESTINATION => tree.remove_destination = true,
            opt::LINK => tree.make = Make::Link,
            opt::SYMBOLIC_LINK => tree.make = Make::Symlink,
            opt::SPARSE => {
                tree.copier.sparse = match choice(value, b"auto always never", b"--sparse")? {
                    0 => Sparse::Auto,
                    1 => Sparse::Always,
                    _ => Sparse::Never,
                }
            }
            opt::REFLINK if value.is_empty() => tree.copier.reflink = Reflink::Always,
            opt::REFLINK => {
                tree.copier.reflink = match choice(value, b"auto always never", b"--reflink")? {
                    0 => Reflink::Auto,
                    1 => Reflink::Always,
                    _ => Reflink::Never,
                }
            }
            opt::ONE_FILE_SYSTEM => tree.one_file_system = true,
            opt::VERBOSE => tree.verbose = true,
            _ => {}
        }
    }
    if tree.make == Make::Link && follow.is_none() {
        follow = Some(Follow::Never);
    }
    let usual = if tree.recursive { Follow::Never } else { Follow::Always };
    tree.follow = follow.unwrap_or(usual);
    Ok(tree)
}

/// A list of attributes to preserve.
fn attributes(list: &[u8]) -> Result<u8> {
    let mut bits = 0;
    for word in list.split(|&byte| byte == b',') {
        let words = b"mode ownership timestamps links all xattr context";
        bits |= match choice(word, words, b"--preserve")? {
            // The constants are in this order.
            index @ 0..=3 => 1 << index,
            4 => MODE | OWNERSHIP | TIMES | LINKS | XATTR,
            _ => XATTR | XATTR_REQUIRED,
        };
    }
    Ok(bits)
}

/// Copies `source` under its whole name into `folder`, with the directories above it.
fn with_parents(cx: &mut Context, tree: &mut Tree, folder: &[u8], source: &[u8]) -> Result {
    let source = trim_slashes(source);
    let name = join(folder, source.strip_prefix(b"/").unwrap_or(source));
    let mut made = Vec::new();
    files::folders::above(&name, name.len(), 0, &mut made)
        .map_err(|(length, errno)| Error::system(name.get(..length).unwrap_or_default(), errno))?;
    tree.copy(cx, source, &name);
    // The deepest first: what a directory holds changes its times.
    let (mut copy, mut original) = (folder_name(&name), folder_name(source));
    while copy.len() > folder.len() && copy != folder {
        let is_new = made.contains(&copy.len());
        if is_new || tree.preserve != 0 {
            let stat = sys::fs::stat(original).at(original)?;
            let fd = sys::fs::open_dir(sys::fd::CWD, copy, libc::O_NOFOLLOW).at(copy)?;
            if is_new {
                sys::fs::fchmod(fd.raw(), stat.mode() & 0o777 & !files::tree::umask()).at(copy)?;
            }
            files::attributes::copy(None, fd.raw(), &stat, tree.preserve).at(copy)?;
        }
        (copy, original) = (folder_name(copy), folder_name(original));
    }
    Ok(())
}
