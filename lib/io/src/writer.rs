//! Buffered output.

use alloc::vec::Vec;
use sys::{Errno, RawFd, Result};

use crate::BLOCK;

/// Output to a descriptor, or into memory.
///
/// What goes to a terminal is sent line by line, all else in blocks.
pub struct Writer {
    buf: Vec<u8>,
    /// `None`: everything stays in `buf`.
    fd: Option<RawFd>,
    error: Option<Errno>,
    by_line: bool,
    /// A whole block has been sent: if it is a pipe, it has been widened.
    wide: bool,
}

impl Writer {
    /// Output to a descriptor that somebody else owns and closes.
    pub fn new(fd: RawFd) -> Writer {
        Writer { buf: Vec::new(), fd: Some(fd), error: None, by_line: false, wide: false }
    }

    /// Output that is kept in memory; see [`Writer::take`].
    pub fn memory() -> Writer {
        Writer { buf: Vec::new(), fd: None, error: None, by_line: false, wide: false }
    }

    /// The descriptor, for calls that pass data around the buffer; [`Writer::flush`] first. `None`: in memory.
    pub fn fd(&self) -> Option<RawFd> {
        self.fd
    }

    /// What has been written to memory so far; the writer is empty afterwards.
    pub fn take(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.buf)
    }

    /// What has been written but not sent; in memory: everything.
    pub fn buffered(&self) -> &[u8] {
        &self.buf
    }

    /// Whether a write has failed: a loop without an end stops then.
    #[inline]
    pub fn failed(&self) -> bool {
        self.error.is_some()
    }

    /// Notes a failure of a write that went around the buffer.
    pub fn fail(&mut self, error: Errno) {
        self.error.get_or_insert(error);
    }

    /// Writes bytes.
    #[inline]
    pub fn write(&mut self, bytes: &[u8]) {
        if self.buf.capacity() - self.buf.len() < bytes.len() || self.by_line {
            self.write_slow(bytes);
        } else {
            self.buf.extend_from_slice(bytes);
        }
    }

    /// Writes one byte.
    #[inline]
    pub fn byte(&mut self, byte: u8) {
        self.write(&[byte]);
    }

    /// Writes a line: the bytes and a newline.
    #[inline]
    pub fn line(&mut self, bytes: &[u8]) {
        self.write(bytes);
        self.byte(b'\n');
    }

    /// Writes a byte `count` times.
    pub fn fill(&mut self, byte: u8, count: usize) {
        let run = [byte; 64];
        let mut left = count;
        while left > 0 && !self.failed() {
            let part = run.get(..left).unwrap_or(&run);
            self.write(part);
            left -= part.len();
        }
    }

    /// Writes a number in decimal.
    pub fn decimal(&mut self, mut number: u64) {
        let mut digits = [0; 20];
        let mut start = digits.len();
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
            start -= 1;
            if number == 0 {
                break;
            }
        }
        self.write(digits.get(start..).unwrap_or_default());
    }

    #[inline(never)]
    fn write_slow(&mut self, bytes: &[u8]) {
        let Some(fd) = self.fd else {
            self.buf.extend_from_slice(bytes);
            return;
        };
        if self.buf.capacity() == 0 {
            self.buf.reserve_exact(BLOCK);
            self.by_line = sys::terminal::is_terminal(fd);
        }
        if self.buf.len() + bytes.len() > BLOCK {
            if !self.wide {
                sys::fd::widen_pipe(fd);
                self.wide = true;
            }
            self.send();
        }
        if bytes.len() >= BLOCK {
            self.send_now(fd, bytes);
        } else {
            self.buf.extend_from_slice(bytes);
            if self.by_line && bytes.contains(&b'\n') {
                self.send();
            }
        }
    }

    fn send_now(&mut self, fd: RawFd, bytes: &[u8]) {
        if self.error.is_none()
            && let Err(error) = sys::fd::write_all(fd, bytes)
        {
            self.error = Some(error);
        }
    }

    fn send(&mut self) {
        if let Some(fd) = self.fd {
            let buf = core::mem::take(&mut self.buf);
            self.send_now(fd, &buf);
            self.buf = buf;
            self.buf.clear();
        }
    }

    /// Sends what is buffered. The first error of any write so far.
    pub fn flush(&mut self) -> Result<()> {
        if !self.buf.is_empty() {
            self.send();
        }
        self.error.map_or(Ok(()), Err)
    }

    /// As [`Writer::flush`]; the error is then forgotten, for a writer that goes on.
    pub fn flush_and_clear(&mut self) -> Result<()> {
        let result = self.flush();
        self.error = None;
        result
    }
}
