//! What can be said about a file, and done with it.

use super::{State, command::Command, parse::Number};
use alloc::boxed::Box;
use applet::prelude::*;
use regex::{Eflags, Regex};
use sys::fs::{Stat, Timestamp};
use walk::Visit;

/// A shell pattern, in small letters if case does not matter.
pub struct Glob {
    pub pattern: Vec<u8>,
    pub fold: bool,
}

impl Glob {
    pub fn fits(&self, text: &[u8], utf8: bool) -> bool {
        if self.fold {
            return text::glob::matches(&self.pattern, &text.to_ascii_lowercase(), utf8);
        }
        text::glob::matches(&self.pattern, text, utf8)
    }
}

/// A file's numbers.
#[derive(Clone, Copy)]
pub enum Field {
    Links,
    Inode,
    User,
    Group,
    /// Its length in units of so many bytes, rounded up.
    Size(u64),
}

pub enum Test {
    True,
    False,
    Name(Glob),
    Path(Glob),
    Link(Glob),
    Regex(Box<Regex>),
    /// A bit for each `DT_*`.
    Kind(u32),
    /// The same for the other end of a link, or the link itself if links are followed.
    OtherKind(u32),
    /// `0` exactly, `-` all, `/` some of the bits for files, and of those for directories.
    Mode(u8, u32, u32),
    Number(Field, Number),
    /// Which time (of `acB`, else the modification), and how many nanoseconds since 1970 it is compared to: more, less,
    /// or at most the window more.
    Time(u8, u8, i64, i64),
    /// Which time is later than a moment.
    Newer(u8, Timestamp),
    /// Days between the last change and the last access.
    Used(Number),
    NoUser,
    NoGroup,
    /// A file's device and inode.
    Same(u64, u64),
    Empty,
    Access(i32),
    FileSystem(Vec<u8>),
    Prune,
    Quit,
    Delete,
    /// The number of the output, and what stands behind each name.
    Print(usize, u8),
    Format(usize, Vec<u8>),
    List(usize),
    Execute(Box<Command>),
}

impl Test {
    /// Whether it looks at the status of every file.
    pub fn needs_stat(&self) -> bool {
        match self {
            Test::Format(_, format) => format
                .windows(2)
                .any(|pair| matches!(pair, [b'%', letter] if b"sTACtacmMugUGnikbSD".contains(letter))),
            Test::Mode(..)
            | Test::Number(..)
            | Test::Time(..)
            | Test::Newer(..)
            | Test::Used(_)
            | Test::NoUser
            | Test::NoGroup
            | Test::Same(..)
            | Test::List(_) => true,
            _ => false,
        }
    }
}

/// Nanoseconds since 1970, as far as they go.
pub fn nanoseconds(time: Timestamp) -> i64 {
    time.sec.saturating_mul(1_000_000_000).saturating_add(i64::from(time.nsec))
}

/// One of a file's times, by its letter.
pub fn time_of(stat: &Stat, which: u8, visit: &Visit) -> Option<Timestamp> {
    Some(match which {
        b'a' => stat.accessed(),
        b'c' => stat.changed(),
        b'B' => return sys::fs::birth_time(visit.dir, visit.name(), visit.flags()),
        _ => stat.modified(),
    })
}

/// The path without slashes at its end; one of nothing else is one slash.
pub fn trimmed(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|&byte| byte != b'/').map_or(1, |last| last + 1);
    path.get(..end).unwrap_or(path)
}

/// The last part of a path, with the slashes at its end.
pub fn base_name(path: &[u8]) -> &[u8] {
    let start = trimmed(path).iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    path.get(start..).filter(|name| !name.is_empty()).unwrap_or(b"/")
}

impl State {
    pub fn test(&mut self, cx: &mut Context, test: &mut Test, visit: &Visit) -> Result<bool> {
        let utf8 = self.settings.utf8;
        Ok(match test {
            Test::True => true,
            Test::False => false,
            Test::Name(glob) => {
                let name = if visit.depth == 0 { trimmed(base_name(visit.path)) } else { visit.name() };
                glob.fits(name, utf8)
            }
            Test::Path(glob) => glob.fits(visit.path, utf8),
            Test::Link(glob) => {
                visit.kind == libc::DT_LNK && glob.fits(&sys::fs::readlinkat(visit.dir, visit.name())?, utf8)
            }
            Test::Regex(regex) => regex.find_at(visit.path, 0, Eflags::NONE) == Some((0, visit.path.len())),
            Test::Kind(kinds) => *kinds >> visit.kind & 1 != 0,
            Test::OtherKind(kinds) => *kinds >> other_kind(visit) & 1 != 0,
            Test::Mode(how, file, dir) => {
                let wanted = if visit.is_dir() { *dir } else { *file };
                let mode = self.stat(visit)?.mode() & 0o7777;
                match how {
                    b'0' => mode == wanted,
                    b'-' => mode & wanted == wanted,
                    _ => wanted == 0 || mode & wanted != 0,
                }
            }
            Test::Number(field, number) => {
                let stat = self.stat(visit)?;
                number.fits(match *field {
                    Field::Links => stat.nlink(),
                    Field::Inode => stat.ino(),
                    Field::User => u64::from(stat.uid()),
                    Field::Group => u64::from(stat.gid()),
                    Field::Size(unit) => stat.size().div_ceil(unit.max(1)),
                })
            }
            Test::Time(which, sign, from, window) => {
                let stat = self.stat(visit)?;
                let Some(time) = time_of(&stat, *which, visit) else { return Ok(false) };
                let (time, from) = (nanoseconds(time), *from);
                match sign {
                    b'+' => time < from,
                    b'-' => time > from,
                    _ => time > from && time <= from.saturating_add(*window),
                }
            }
            Test::Newer(which, than) => {
                let stat = self.stat(visit)?;
                time_of(&stat, *which, visit).is_some_and(|time| time > *than)
            }
            Test::Used(number) => {
                let stat = self.stat(visit)?;
                let age = nanoseconds(stat.accessed()).saturating_sub(nanoseconds(stat.changed()));
                age > 0 && number.fits_begun(age as u64, 86_400_000_000_000)
            }
            Test::NoUser => {
                let uid = self.stat(visit)?.uid();
                self.users.get(uid).is_none()
            }
            Test::NoGroup => {
                let gid = self.stat(visit)?.gid();
                self.groups.get(gid).is_none()
            }
            Test::Same(dev, ino) => {
                let stat = self.stat(visit)?;
                (stat.dev(), stat.ino()) == (*dev, *ino)
            }
            Test::Empty if visit.is_dir() => {
                let flag = if visit.follow { 0 } else { libc::O_NOFOLLOW };
                let dir = sys::fs::open_dir(visit.dir, visit.name(), flag)?;
                let (mut listing, error) = walk::Listing::read(dir.raw(), &mut Vec::new());
                if let Some(errno) = error {
                    return Err(errno.into());
                }
                listing.next().is_none()
            }
            Test::Empty => visit.kind == libc::DT_REG && self.stat(visit)?.size() == 0,
            Test::Access(mode) => sys::fs::access(visit.dir, visit.name(), *mode).is_ok(),
            Test::FileSystem(kind) => {
                let dev = self.stat(visit)?.dev();
                self.file_system(dev) == kind.as_slice()
            }
            Test::Prune => {
                self.prune = true;
                true
            }
            Test::Quit => {
                self.quit = true;
                true
            }
            Test::Delete => delete(visit)?,
            Test::Print(out, end) => {
                self.outputs.name(cx, *out, visit.path, *end, utf8);
                true
            }
            Test::Format(out, format) => {
                let text = self.format(cx, format, visit)?;
                self.outputs.get(cx, *out).write(&text);
                true
            }
            Test::List(out) => {
                let text = self.list(visit)?;
                self.outputs.get(cx, *out).write(&text);
                true
            }
            Test::Execute(command) => {
                self.outputs.flush(cx);
                command.visit(cx, visit)?
            }
        })
    }

    /// The type of the file system on the device `dev`, out of the list of mounts.
    pub fn file_system(&mut self, dev: u64) -> &[u8] {
        let read = || sys::fs::read_file(b"/proc/self/mountinfo", 1 << 24).unwrap_or_default();
        let mounts = self.mounts.get_or_insert_with(read);
        let mut id = Vec::new();
        num::push_dec(&mut id, u64::from(sys::fs::major(dev)));
        id.push(b':');
        num::push_dec(&mut id, u64::from(sys::fs::minor(dev)));
        let of_line = |line: &'_ [u8]| line.split(|&byte| byte == b' ').nth(2) == Some(&id);
        let line = mounts.split(|&byte| byte == b'\n').find(|line| of_line(line)).unwrap_or_default();
        // The optional fields end with a dash.
        line.split(|&byte| byte == b' ').skip_while(|field| *field != b"-").nth(1).unwrap_or(b"unknown")
    }
}

/// The type of the other end of a link: what it leads to, or the link if that is followed.
pub fn other_kind(visit: &Visit) -> u8 {
    let flags = if visit.follow { libc::AT_SYMLINK_NOFOLLOW } else { 0 };
    if !visit.follow && visit.kind != libc::DT_LNK {
        return visit.kind;
    }
    match sys::fs::statat(visit.dir, visit.name(), flags) {
        Ok(stat) => (stat.kind() >> 12) as u8,
        Err(_) => visit.kind,
    }
}

fn delete(visit: &Visit) -> Result<bool> {
    // Nobody can remove where he stands; GNU passes over it, too.
    if visit.path == b"." {
        return Ok(true);
    }
    let flag = if visit.is_dir() { libc::AT_REMOVEDIR } else { 0 };
    let mut result = sys::fs::unlinkat(visit.dir, visit.name(), flag);
    if result == Err(Errno(libc::ENOTDIR)) && visit.follow {
        result = sys::fs::unlinkat(visit.dir, visit.name(), 0);
    }
    match result {
        Ok(()) => Ok(true),
        Err(errno) => Err(Error::system(&[b"cannot delete '", visit.path, b"'"].concat(), errno)),
    }
}
