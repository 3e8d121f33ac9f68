//! The entries of one directory.

use alloc::vec::Vec;
use sys::fs::Stat;
use sys::{Errno, RawFd, libc};

/// How much is asked of the kernel at once, in bytes.
const BLOCK: usize = 48 * 1024;

/// The entries of a directory, as the kernel gave them.
#[derive(Default)]
pub struct Listing {
    /// `struct linux_dirent64`, one behind the other: inode (8 bytes), offset (8), length of the record (2), type (1),
    /// name and a NUL.
    records: Vec<u8>,
    /// The next record.
    at: usize,
    dots: bool,
}

/// An entry of a directory.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    /// Its name.
    pub name: &'a [u8],
    /// Its inode number (of what is mounted over, at a mount point).
    pub ino: u64,
    /// Its type, a `DT_*`; `DT_UNKNOWN` where the file system does not tell.
    pub kind: u8,
}

impl Listing {
    /// Reads all entries of the open directory `fd`, through `room`, which is best kept for the next call.
    ///
    /// An error in the middle comes with what was read before it.
    pub fn read(fd: RawFd, room: &mut Vec<u8>) -> (Listing, Option<Errno>) {
        room.clear();
        let error = loop {
            if room.capacity() - room.len() < BLOCK / 2 && room.try_reserve(BLOCK.max(room.len())).is_err() {
                break Some(Errno(libc::ENOMEM));
            }
            match sys::fs::read_dir_spare(fd, room) {
                // ENOENT: it has been removed, so there is nothing in it.
                Ok(0) | Err(Errno(libc::ENOENT)) => break None,
                Ok(_) => {}
                Err(errno) => break Some(errno),
            }
        };
        // A large list moves; a small one is copied, so that a deep tree does not hold a large room for each level.
        let records = if room.len() > BLOCK { core::mem::take(room) } else { room.as_slice().to_vec() };
        (Listing { records, at: 0, dots: false }, error)
    }

    /// Lets `.` and `..` come, too.
    pub fn with_dots(&mut self) {
        self.dots = true;
    }

    /// The next entry; `.` and `..` do not come.
    #[allow(clippy::should_implement_trait)] // it lends
    pub fn next(&mut self) -> Option<Entry<'_>> {
        entry(&self.records, self.dots, &mut self.at)
    }

    /// The status of every entry, of links themselves, asked for by two threads where there are many entries.
    pub(crate) fn stats(&self, fd: RawFd) -> Vec<Option<Stat>> {
        let mut count = 0;
        let (mut at, mut middle) = (0, 0);
        let half = self.records.len() / 2;
        while entry(&self.records, self.dots, &mut at).is_some() {
            count += 1;
            if at <= half {
                middle = at;
            }
        }
        // A thread costs about as much as twenty calls.
        if count < 100 {
            return Vec::new();
        }
        let ask = |fd: RawFd, from: usize, to: usize, into: &mut Vec<Option<Stat>>| {
            let mut at = from;
            while at < to
                && let Some(entry) = entry(&self.records, self.dots, &mut at)
            {
                into.push(sys::fs::statat(fd, entry.name, libc::AT_SYMLINK_NOFOLLOW).ok());
            }
        };
        let (mut first, mut second) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let end = self.records.len();
        // A descriptor for each: the two would wait for each other to count the uses of one.
        let own = sys::fs::open_dir(fd, b".", 0);
        let other = own.as_ref().map_or(fd, sys::Fd::raw);
        sys::thread::both(&mut || ask(fd, 0, middle, &mut first), &mut || {
            ask(other, middle, end, &mut second)
        });
        first.append(&mut second);
        first
    }

    /// Begins again with the first entry.
    pub fn rewind(&mut self) {
        self.at = 0;
    }
}

/// The entry at or behind `at`, which goes on to the next one.
#[inline]
fn entry<'r>(records: &'r [u8], dots: bool, at: &mut usize) -> Option<Entry<'r>> {
    loop {
        let [i0, i1, i2, i3, i4, i5, i6, i7, _, _, _, _, _, _, _, _, l0, l1, kind, ..] =
            *records.get(*at..)?
        else {
            return None;
        };
        let start = *at;
        let length = usize::from(u16::from_ne_bytes([l0, l1]));
        if length < 20 {
            return None;
        }
        *at += length;
        let name = records.get(start + 19..*at)?;
        if dots || !matches!(name, [b'.', 0, ..] | [b'.', b'.', 0, ..]) {
            let ino = u64::from_ne_bytes([i0, i1, i2, i3, i4, i5, i6, i7]);
            let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
            return Some(Entry { name: name.get(..end)?, ino, kind });
        }
    }
}
