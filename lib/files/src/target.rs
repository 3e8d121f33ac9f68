//! Which source goes where: the operands `SOURCE DEST`, `SOURCE... FOLDER`, `-t FOLDER SOURCE...`, `-T SOURCE DEST`.

use alloc::vec::Vec;
use applet::{Context, Error, Options, Result};
use sys::Errno;

use crate::backup::Backup;

/// The sources, and where they go.
pub struct Target<'a> {
    /// What is copied, moved, linked.
    pub sources: Vec<&'a [u8]>,
    /// The folder they go into, or the name of the only one.
    name: &'a [u8],
    is_folder: bool,
}

/// The ids of the options that cp, mv, ln and install have in common.
#[derive(Clone, Copy)]
pub struct Ids {
    /// `-t`
    pub folder: u8,
    /// `-T`
    pub plain: u8,
    /// `-b`, `--backup` and `-S`
    pub backup: (u8, u8, u8),
}

impl Ids {
    /// Where the files go, by the options and `operands`; a link to a folder counts as one if `follow` says so.
    pub fn target<'a>(
        self,
        options: &Options<'a>,
        operands: &[&'a [u8]],
        follow: bool,
    ) -> Result<Target<'a>> {
        Target::new(operands, options.value(self.folder), options.has(self.plain), follow)
    }

    /// What becomes of files in the way.
    pub fn backup(self, cx: &Context, options: &Options) -> Result<Backup> {
        let (letter, name, suffix) = self.backup;
        Backup::new(cx, options.value(name).or(options.value(letter)), options.value(suffix))
    }
}

impl<'a> Target<'a> {
    /// Reads the operands; `folder` is the value of `-t`, `plain` is `-T`, and a link to a folder counts as one if
    /// `follow` says so.
    pub fn new(
        operands: &[&'a [u8]],
        folder: Option<&'a [u8]>,
        plain: bool,
        follow: bool,
    ) -> Result<Target<'a>> {
        if plain && folder.is_some() {
            return Err(Error::usage(&[
                b"cannot combine --target-directory (-t) and --no-target-directory (-T)",
            ]));
        }
        let Some((&last, others)) = operands.split_last() else {
            return Err(Error::usage(&[b"missing file operand"]));
        };
        if let Some(name) = folder {
            must_be_folder(name)?;
            return Ok(Target { sources: operands.to_vec(), name, is_folder: true });
        }
        if others.is_empty() {
            return Err(Error::usage_about(b"missing destination file operand after '%'", last));
        }
        if plain && let Some(extra) = operands.get(2) {
            return Err(Error::extra_operand(extra));
        }
        let is_folder = !plain && is_folder(last, follow).is_ok();
        if others.len() > 1 && !is_folder {
            must_be_folder(last)?;
        }
        Ok(Target { sources: others.to_vec(), name: last, is_folder })
    }

    /// The name that `source` gets.
    pub fn of(&self, source: &[u8]) -> Vec<u8> {
        if !self.is_folder {
            return self.name.to_vec();
        }
        let base = base_name(source);
        // What `..` holds goes into the folder, not beside it.
        join(self.name, if base == b".." { b"." } else { base })
    }

    /// The folder, if the sources go into one.
    pub fn folder(&self) -> Option<&'a [u8]> {
        self.is_folder.then_some(self.name)
    }
}

fn is_folder(name: &[u8], follow: bool) -> sys::Result<()> {
    let stat = if follow { sys::fs::stat(name)? } else { sys::fs::lstat(name)? };
    if stat.is_dir() { Ok(()) } else { Err(Errno(sys::libc::ENOTDIR)) }
}

fn must_be_folder(name: &[u8]) -> Result<()> {
    is_folder(name, true).map_err(|errno| Error::system(name, errno))
}

/// A name without its trailing slashes; `/` stays.
pub fn trim_slashes(name: &[u8]) -> &[u8] {
    let end = name.iter().rposition(|&byte| byte != b'/').map_or(1, |last| last + 1);
    name.get(..end).unwrap_or(name)
}

/// The last component of a path.
pub fn base_name(path: &[u8]) -> &[u8] {
    trim_slashes(path).rsplit(|&byte| byte == b'/').next().unwrap_or_default()
}

/// The folder that a path is in: `.` for a plain name.
pub fn folder_name(path: &[u8]) -> &[u8] {
    let path = trim_slashes(path);
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(at) => trim_slashes(path.get(..at.max(1)).unwrap_or_default()),
        None => b".",
    }
}

/// `folder/name`, with one slash between.
pub fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let slash: &[u8] = if folder.is_empty() || folder.ends_with(b"/") { b"" } else { b"/" };
    [folder, slash, name].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (path, base, folder) in [
            (&b"a"[..], &b"a"[..], &b"."[..]),
            (b"a/b", b"b", b"a"),
            (b"a//b//", b"b", b"a"),
            (b"/a", b"a", b"/"),
            (b"//a", b"a", b"/"),
            (b"/", b"", b"/"),
            (b"", b"", b"."),
            (b"a/", b"a", b"."),
        ] {
            assert_eq!((base_name(path), folder_name(path)), (base, folder), "{path:?}");
        }
        assert_eq!(join(b"a/", b"b"), b"a/b");
        assert_eq!(join(b"a", b"b"), b"a/b");
    }

    #[test]
    fn into_folders() {
        let names = |list: &[&'static [u8]], folder, plain| {
            Target::new(list, folder, plain, true).ok().map(|target| target.of(b"x/y/"))
        };
        assert_eq!(names(&[b"a", b"/"], None, false), Some(b"/y".to_vec()));
        assert_eq!(names(&[b"a", b"/no"], None, false), Some(b"/no".to_vec()));
        assert_eq!(names(&[b"a", b"/"], None, true), Some(b"/".to_vec()));
        assert_eq!(names(&[b"a"], Some(b"/"), false), Some(b"/y".to_vec()));
        assert_eq!(names(&[b"a", b"b", b"/no"], None, false), None);
        assert_eq!(names(&[b"a", b"b", b"c"], None, true), None);
        assert_eq!(names(&[b"a"], None, false), None);
        assert_eq!(names(&[], None, false), None);
    }
}
