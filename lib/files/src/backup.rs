//! What becomes of a file that is in the way: GNU's backups.

use alloc::vec::Vec;
use applet::{Context, Result};
use sys::fs::Stat;
use sys::{RawFd, libc};
use walk::Listing;

/// How backups are named.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// The name and a suffix.
    Simple,
    /// `name.~1~`, `name.~2~` …
    Numbered,
    /// Numbered if there is a numbered one already.
    Existing,
}

/// Whether and how backups are made.
pub struct Backup {
    kind: Option<Kind>,
    suffix: Vec<u8>,
}

impl Backup {
    /// What the options say: `wanted` is the value of `--backup` (empty for `-b`), `suffix` that of `-S`, which asks for
    /// a backup by itself; `VERSION_CONTROL` and `SIMPLE_BACKUP_SUFFIX` fill in.
    pub fn new(cx: &Context, wanted: Option<&[u8]>, suffix: Option<&[u8]>) -> Result<Backup> {
        let kind = match (wanted, suffix) {
            (None, None) => None,
            (Some(control @ [_, ..]), _) => Kind::parse(control, b"backup type")?,
            _ => match cx.var(b"VERSION_CONTROL") {
                Some(control @ [_, ..]) => Kind::parse(control, b"$VERSION_CONTROL")?,
                _ => Some(Kind::Existing),
            },
        };
        let usable = |suffix: &&[u8]| !suffix.is_empty() && !suffix.contains(&b'/');
        let suffix = suffix.or_else(|| cx.var(b"SIMPLE_BACKUP_SUFFIX")).filter(usable).unwrap_or(b"~");
        Ok(Backup { kind, suffix: suffix.to_vec() })
    }

    /// Whether there are backups at all.
    pub fn wanted(&self) -> bool {
        self.kind.is_some()
    }

    /// Whether the backup of `name` would take the place of the file whose status is `source`.
    pub fn takes(&self, name: &[u8], source: &Stat) -> bool {
        self.kind.is_some_and(|kind| {
            sys::fs::lstat(&self.name(kind, sys::fd::CWD, name)).is_ok_and(|old| old.same(source))
        })
    }

    /// Renames what is called `name` below `dir`, if it exists; gives its new name if it has got one.
    pub fn make(&self, dir: RawFd, name: &[u8]) -> sys::Result<Option<Vec<u8>>> {
        let Some(kind) = self.kind else {
            return Ok(None);
        };
        let new = self.name(kind, dir, name);
        match sys::fs::renameat(dir, name, dir, &new, 0) {
            Ok(()) => Ok(Some(new)),
            Err(sys::Errno(libc::ENOENT)) => Ok(None),
            Err(errno) => Err(errno),
        }
    }

    fn name(&self, kind: Kind, dir: RawFd, name: &[u8]) -> Vec<u8> {
        let name = crate::target::trim_slashes(name);
        let last = if kind == Kind::Simple { 0 } else { last_number(dir, name) };
        if kind == Kind::Numbered || last > 0 {
            let mut buf = num::new_buf();
            return [name, b".~", num::dec(last.saturating_add(1), &mut buf), b"~"].concat();
        }
        [name, &self.suffix].concat()
    }
}

impl Kind {
    /// A word of `--backup`, or an unambiguous beginning of one; `None` for no backups.
    fn parse(word: &[u8], what: &[u8]) -> Result<Option<Kind>> {
        let index = crate::say::choice(word, b"none off simple never existing nil numbered t", what)?;
        Ok(match index / 2 {
            0 => None,
            1 => Some(Kind::Simple),
            2 => Some(Kind::Existing),
            _ => Some(Kind::Numbered),
        })
    }
}

/// The highest number of a numbered backup of `name`; 0 if there is none.
fn last_number(dir: RawFd, name: &[u8]) -> u64 {
    let at = name.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
    let (folder, base) = name.split_at_checked(at).unwrap_or_default();
    let folder = if folder.is_empty() { b"." } else { folder };
    let Ok(fd) = sys::fs::open_dir(dir, folder, 0) else {
        return 0;
    };
    let (mut list, _) = Listing::read(fd.raw(), &mut Vec::new());
    let mut last = 0;
    while let Some(entry) = list.next() {
        let number =
            entry.name.strip_prefix(base).and_then(|rest| rest.strip_prefix(b".~")?.strip_suffix(b"~"));
        last = last.max(number.and_then(|number| num::parse_u64(number).ok()).unwrap_or(0));
    }
    last
}
