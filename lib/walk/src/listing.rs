//! The entries of one directory.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use sys::fs::Stat;
use sys::thread::Locked;
use sys::{Errno, Fd, RawFd, libc};

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

/// What is wanted of nearly every entry of a directory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Nothing,
    /// Its status, of links themselves.
    Stat,
    /// What is in it, if it is a small file.
    Text,
}

/// What a second thread has got of an entry.
pub(crate) enum Got {
    Stat(Stat),
    Text(Vec<u8>),
}

/// The largest file that is read ahead, and how much of a directory is.
const SMALL: usize = 32 * 1024;
const MOST: usize = 8 << 20;

/// What is wanted of each entry of a directory, which a second thread gets beginning with the last one: so it meets the
/// first thread, which need not wait, but gets what is not there yet by itself.
pub(crate) struct Ahead {
    fd: Fd,
    records: Vec<u8>,
    /// Where its record is, and what has been got.
    entries: Vec<(u32, Locked<Option<Got>>)>,
    /// Which entry the first thread is at.
    reached: AtomicUsize,
    texts: bool,
}

impl Ahead {
    /// What has been got of an entry.
    pub(crate) fn take(&self, number: usize) -> Option<Got> {
        self.reached.store(number, Ordering::Relaxed);
        self.entries.get(number)?.1.with(Option::take)?
    }

    fn work(&self) {
        let mut room = Vec::new();
        let mut held = 0;
        for (number, (at, place)) in self.entries.iter().enumerate().rev() {
            if number <= self.reached.load(Ordering::Relaxed) || held > MOST {
                break;
            }
            let Some(entry) = entry(&self.records, false, &mut (*at as usize)) else { break };
            let got = if self.texts {
                self.text(&entry, &mut room).map(Got::Text)
            } else {
                sys::fs::statat(self.fd.raw(), entry.name, libc::AT_SYMLINK_NOFOLLOW).ok().map(Got::Stat)
            };
            if let Some(Got::Text(text)) = &got {
                held += text.len();
            }
            place.with(|place| *place = got);
        }
    }

    /// What is in a small regular file.
    fn text(&self, entry: &Entry, room: &mut Vec<u8>) -> Option<Vec<u8>> {
        if entry.kind != libc::DT_REG {
            return None;
        }
        let flags = libc::O_RDONLY | libc::O_NOCTTY | libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let fd = sys::fd::openat(self.fd.raw(), entry.name, flags, 0).ok()?;
        room.clear();
        room.reserve_exact(SMALL);
        let most = room.capacity();
        let count = sys::fd::read_spare(fd.raw(), room).ok()?;
        // All of it was there if there was room for more.
        (count < most).then(|| room.clone())
    }
}

/// What a second thread is to do.
#[derive(Default)]
pub(crate) struct Helper {
    next: Locked<Option<Arc<Ahead>>>,
    /// Changes when there is something new.
    news: AtomicU32,
    over: AtomicBool,
}

impl Helper {
    /// Hands over a directory; one that has not been begun is forgotten.
    pub(crate) fn give(&self, ahead: Arc<Ahead>) {
        let old = self.next.with(|next| next.replace(ahead));
        drop(old);
        sys::thread::wake(&self.news);
    }

    /// Ends [`Helper::run`].
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
        sys::thread::wake(&self.news);
    }

    /// What the second thread does.
    pub(crate) fn run(&self) {
        loop {
            let news = self.news.load(Ordering::Acquire);
            if self.over.load(Ordering::Relaxed) {
                return;
            }
            match self.next.with(Option::take).flatten() {
                Some(ahead) => ahead.work(),
                None => sys::thread::wait(&self.news, news),
            }
        }
    }
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

    /// The same entries for [`Ahead`], where there are so many that it is worth the while.
    pub(crate) fn ahead(&self, fd: RawFd, wanted: Wanted) -> Option<Arc<Ahead>> {
        let (mut at, mut entries) = (0, Vec::new());
        let mut place = 0;
        while entry(&self.records, self.dots, &mut at).is_some() {
            entries.push((place as u32, Locked::default()));
            place = at;
        }
        if entries.len() < 64 {
            return None;
        }
        // A descriptor of its own: two threads would wait for each other to count the uses of one.
        let fd = sys::fs::open_dir(fd, b".", 0).ok()?;
        let records = self.records.clone();
        let texts = wanted == Wanted::Text;
        // Files that are not on a disk, such as those of /proc, may come in pieces.
        if texts && !sys::fs::fstat(fd.raw()).is_ok_and(|stat| sys::fs::major(stat.dev()) != 0) {
            return None;
        }
        Some(Arc::new(Ahead { fd, records, entries, reached: AtomicUsize::new(0), texts }))
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
