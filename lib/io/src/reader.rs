//! Buffered input.

use alloc::boxed::Box;
use alloc::vec::Vec;
use sys::{Fd, RawFd, Result};

use crate::BLOCK;

/// Input from a descriptor, through a buffer that grows only for a line longer than it.
///
/// Boxed: readers are passed on in a register, where the struct would be copied.
pub struct Reader(Box<State>);

struct State {
    fd: RawFd,
    /// Set when the descriptor is ours to close.
    owned: Option<Fd>,
    buf: Vec<u8>,
    /// Where in `buf` the unread part begins.
    start: usize,
    at_end: bool,
    /// See [`Reader::one_by_one`].
    bytewise: bool,
    /// See [`Reader::short_is_last`].
    short_is_last: bool,
}

impl Reader {
    /// Input from a descriptor that somebody else owns.
    pub fn borrow(fd: RawFd) -> Reader {
        Reader::new(fd, None)
    }

    /// Input from a descriptor that is closed with the reader.
    pub fn own(fd: Fd) -> Reader {
        Reader::new(fd.raw(), Some(fd))
    }

    /// Input that is all in memory.
    pub fn memory(text: Vec<u8>) -> Reader {
        let mut reader = Reader::new(-1, None);
        reader.0.buf = text;
        reader.0.at_end = true;
        reader
    }

    #[inline(never)]
    fn new(fd: RawFd, owned: Option<Fd>) -> Reader {
        Reader(Box::new(State {
            fd,
            owned,
            buf: Vec::new(),
            start: 0,
            at_end: false,
            bytewise: false,
            short_is_last: false,
        }))
    }

    /// Opens a file.
    pub fn open(name: &[u8]) -> Result<Reader> {
        sys::fd::open_read(name).map(Reader::own)
    }

    /// From now on reads single bytes, so that nothing is taken from a pipe but what is asked for.
    pub fn one_by_one(&mut self) {
        self.0.bytewise = true;
    }

    /// From now on takes a read that gives less than was asked for as the last one, as it is with files of a disk.
    pub fn short_is_last(&mut self) {
        self.0.short_is_last = true;
    }

    /// The descriptor. Its offset is behind what [`Reader::buffered`] holds.
    pub fn fd(&self) -> RawFd {
        self.0.fd
    }

    /// What has been read from the descriptor and not yet consumed.
    pub fn buffered(&self) -> &[u8] {
        self.0.buf.get(self.0.start..).unwrap_or_default()
    }

    /// Whether the end of input has been seen (there may still be something buffered).
    pub fn at_end(&self) -> bool {
        self.0.at_end
    }

    /// Marks `count` bytes of [`Reader::buffered`] as read.
    #[inline]
    pub fn consume(&mut self, count: usize) {
        self.0.start = (self.0.start + count).min(self.0.buf.len());
    }

    /// Reads more behind what is buffered, growing the buffer if it is full. `false` at the end of input.
    pub fn fill_more(&mut self) -> Result<bool> {
        if self.0.at_end {
            return Ok(false);
        }
        if self.0.start > 0 {
            self.0.buf.drain(..self.0.start);
            self.0.start = 0;
        }
        if self.0.buf.capacity() - self.0.buf.len() < BLOCK / 2 {
            // Doubling keeps a very long line linear.
            let room = self.0.buf.len().max(BLOCK);
            self.0.buf.try_reserve_exact(room).map_err(|_| sys::Errno(sys::libc::ENOMEM))?;
        }
        if self.0.bytewise {
            let mut byte = [0];
            self.0.at_end = sys::fd::read(self.0.fd, &mut byte)? == 0;
            self.0.buf.extend(byte.iter().filter(|_| !self.0.at_end));
            return Ok(!self.0.at_end);
        }
        let room = self.0.buf.capacity() - self.0.buf.len();
        let count = sys::fd::read_spare(self.0.fd, &mut self.0.buf)?;
        self.0.at_end = count == 0 || self.0.short_is_last && count < room;
        Ok(count > 0)
    }

    /// The next block of input, however much has come; empty at the end. [`Reader::consume`] what was used.
    #[inline]
    pub fn block(&mut self) -> Result<&[u8]> {
        if self.0.start == self.0.buf.len() {
            self.fill_more()?;
        }
        Ok(self.buffered())
    }

    /// The next line with its `delimiter` (the last one may lack it); `None` at the end of input.
    #[inline]
    pub fn line(&mut self, delimiter: u8) -> Result<Option<&[u8]>> {
        let length = match memchr::memchr(delimiter, self.buffered()) {
            Some(at) => at + 1,
            None => self.long_line(delimiter)?,
        };
        let start = self.0.start;
        self.0.start += length;
        Ok(self.0.buf.get(start..self.0.start).filter(|line| !line.is_empty()))
    }

    /// As [`Reader::line`], without the delimiter.
    #[inline]
    pub fn text_line(&mut self, delimiter: u8) -> Result<Option<&[u8]>> {
        let line = self.line(delimiter)?;
        Ok(line.map(|line| line.strip_suffix(&[delimiter]).unwrap_or(line)))
    }

    /// The next line without consuming it, so that lines of two inputs can be held side by side; empty at the end.
    #[inline]
    pub fn peek_line(&mut self, delimiter: u8) -> Result<&[u8]> {
        let length = match memchr::memchr(delimiter, self.buffered()) {
            Some(at) => at + 1,
            None => self.long_line(delimiter)?,
        };
        Ok(self.buffered().get(..length).unwrap_or_default())
    }

    /// The length of the next line when its end is not buffered yet.
    #[inline(never)]
    fn long_line(&mut self, delimiter: u8) -> Result<usize> {
        loop {
            let searched = self.buffered().len();
            if !self.fill_more()? {
                return Ok(searched);
            }
            let new = self.buffered().get(searched..).unwrap_or_default();
            if let Some(at) = memchr::memchr(delimiter, new) {
                return Ok(searched + at + 1);
            }
        }
    }

    /// A buffer that ends with whole lines: reads until at least one `delimiter` is buffered (or the end of input) and
    /// gives everything up to the last one. Empty at the end. For kernels that work on many lines at once; [`Reader::consume`] it.
    pub fn lines(&mut self, delimiter: u8) -> Result<&[u8]> {
        let length = loop {
            if let Some(at) = memchr::memrchr(delimiter, self.buffered()) {
                break at + 1;
            }
            if !self.fill_more()? {
                break self.buffered().len();
            }
        };
        Ok(self.buffered().get(..length).unwrap_or_default())
    }

    /// Reads all there is; for inputs that have to be held whole.
    pub fn rest(&mut self) -> Result<Vec<u8>> {
        while self.fill_more()? {}
        let mut all = core::mem::take(&mut self.0.buf);
        if self.0.start > 0 {
            all.drain(..self.0.start);
            self.0.start = 0;
        }
        Ok(all)
    }

    /// Gives what is buffered back to a seekable file, so that the next reader of the descriptor finds it.
    pub fn give_back(&mut self) {
        let unread = self.buffered().len();
        if unread > 0 && sys::fd::seek(self.0.fd, -(unread as i64), sys::libc::SEEK_CUR).is_ok() {
            self.0.buf.clear();
            self.0.start = 0;
        }
    }

    /// The descriptor, if it is ours, for what goes on with it; what is buffered is lost.
    pub fn into_fd(self) -> Option<Fd> {
        self.0.owned
    }
}
