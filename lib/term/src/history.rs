//! The lines typed earlier, in memory and in a file that several shells share.

use alloc::vec::Vec;
use sys::{Result, libc};

/// Lines typed earlier, the oldest first.
pub struct History {
    lines: Vec<Vec<u8>>,
    limit: usize,
    /// How many lines have gone: line i has the number `gone + i + 1`.
    gone: usize,
    /// How many of the last lines are not in the file yet.
    unsaved: usize,
}

impl History {
    /// An empty history of at most `limit` lines.
    pub fn new(limit: usize) -> History {
        History { lines: Vec::new(), limit, gone: 0, unsaved: 0 }
    }

    /// All lines.
    pub fn lines(&self) -> &[Vec<u8>] {
        &self.lines
    }

    /// The number of the first line, as `fc` and `history` count.
    pub fn first(&self) -> usize {
        self.gone + 1
    }

    /// Changes the limit; the oldest lines go.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
        self.shorten();
    }

    /// Adds a line without its newline. Empty lines are left out; so are, if asked for, lines that begin with a blank
    /// (`ignorespace`) and those that repeat the one before (`ignoredups`).
    pub fn add(&mut self, line: &[u8], ignore_blank: bool, ignore_repeated: bool) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let blank = ignore_blank && matches!(line, [b' ' | b'\t', ..]);
        let repeated = ignore_repeated && self.lines.last().is_some_and(|last| last == line);
        if !line.is_empty() && !blank && !repeated {
            self.lines.push(line.to_vec());
            self.unsaved += 1;
            self.shorten();
        }
    }

    /// Takes out line `index`; the lines behind it move.
    pub fn remove(&mut self, index: usize) {
        if index < self.lines.len() {
            self.lines.remove(index);
            self.unsaved = self.unsaved.min(self.lines.len());
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = History::new(self.limit);
    }

    #[inline(never)]
    fn shorten(&mut self) {
        let extra = self.lines.len().saturating_sub(self.limit);
        self.lines.drain(..extra);
        self.gone += extra;
        self.unsaved = self.unsaved.min(self.lines.len());
    }

    /// Reads a file of one line each, behind what there is. A file that does not exist is empty.
    pub fn load(&mut self, name: &[u8]) -> Result<()> {
        let file = match sys::fd::open_read(name) {
            Err(sys::Errno(libc::ENOENT)) => return Ok(()),
            file => file?,
        };
        sys::fd::lock(file.raw(), libc::LOCK_SH)?;
        for line in read_all(file.raw())?.split(|&byte| byte == b'\n') {
            if !line.is_empty() {
                self.lines.push(line.to_vec());
            }
        }
        self.shorten();
        // What came from the file is in the file.
        self.unsaved = 0;
        self.lines.shrink_to_fit();
        Ok(())
    }

    /// Appends what is new to a file; other shells may do the same at the same time. When the file has twice as many lines
    /// as `limit`, only the last `limit` stay.
    pub fn save(&mut self, name: &[u8], limit: usize) -> Result<()> {
        if self.unsaved == 0 {
            return Ok(());
        }
        let flags = libc::O_RDWR | libc::O_CREAT | libc::O_APPEND;
        let file = sys::fd::open(name, flags, 0o600)?;
        sys::fd::lock(file.raw(), libc::LOCK_EX)?;
        let mut new = Vec::new();
        let start = self.lines.len().saturating_sub(self.unsaved);
        for line in self.lines.iter().skip(start) {
            new.extend_from_slice(line);
            new.push(b'\n');
        }
        sys::fd::write_all(file.raw(), &new)?;
        self.unsaved = 0;
        sys::fd::seek(file.raw(), 0, libc::SEEK_SET)?;
        let all = read_all(file.raw())?;
        let count = all.iter().filter(|&&byte| byte == b'\n').count();
        if count / 2 >= limit.max(1) {
            // In place, under the lock: a new file under the old name would not be seen by those who wait for it.
            let mut skip = count - limit;
            let mut lines = all.split_inclusive(|&byte| byte == b'\n');
            while skip > 0 && lines.next().is_some() {
                skip -= 1;
            }
            let kept: Vec<&[u8]> = lines.collect();
            sys::fd::truncate(file.raw(), 0)?;
            sys::fd::write_all(file.raw(), &kept.concat())?;
        }
        Ok(())
    }
}

/// A whole file, up to 16 MiB of it.
fn read_all(fd: sys::RawFd) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    while all.len() < 16 << 20 {
        all.reserve(8192);
        if sys::fd::read_spare(fd, &mut all)? == 0 {
            break;
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_control() {
        let mut history = History::new(2);
        for line in [&b"a"[..], b"a", b" x", b"b\n", b"c", b""] {
            history.add(line, true, true);
        }
        assert_eq!(history.lines(), [b"b", b"c"]);
        assert_eq!(history.first(), 2);
        history.remove(7);
        history.remove(0);
        assert_eq!(history.lines(), [b"c"]);
    }

    #[test]
    fn several_shells_share_a_file() {
        let name = std::env::temp_dir().join(std::format!("cairn-history-{}", std::process::id()));
        let path = name.to_str().unwrap().as_bytes();
        let (mut one, mut two) = (History::new(100), History::new(100));
        one.load(path).unwrap();
        one.add(b"one", false, false);
        two.add(b"two", false, false);
        one.save(path, 2).unwrap();
        two.save(path, 2).unwrap();
        two.save(path, 2).unwrap();
        assert_eq!(std::fs::read(&name).unwrap(), b"one\ntwo\n");
        one.add(b"three", false, false);
        one.add(b"four", false, false);
        one.save(path, 2).unwrap();
        assert_eq!(std::fs::read(&name).unwrap(), b"three\nfour\n");
        let mut all = History::new(1);
        all.load(path).unwrap();
        assert_eq!(all.lines(), [b"four"]);
        std::fs::remove_file(name).unwrap();
    }
}
