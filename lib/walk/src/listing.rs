//! The entries of one directory.

use alloc::vec::Vec;
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
        loop {
            let [i0, i1, i2, i3, i4, i5, i6, i7, _, _, _, _, _, _, _, _, l0, l1, kind, ..] =
                *self.records.get(self.at..)?
            else {
                return None;
            };
            let start = self.at;
            let length = usize::from(u16::from_ne_bytes([l0, l1]));
            if length < 20 {
                return None;
            }
            self.at += length;
            let name = self.records.get(start + 19..self.at)?;
            if self.dots || !matches!(name, [b'.', 0, ..] | [b'.', b'.', 0, ..]) {
                let ino = u64::from_ne_bytes([i0, i1, i2, i3, i4, i5, i6, i7]);
                let name = self.records.get(start + 19..self.at)?;
                let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
                return Some(Entry { name: name.get(..end)?, ino, kind });
            }
        }
    }

    /// Begins again with the first entry.
    pub fn rewind(&mut self) {
        self.at = 0;
    }
}
