//! The text that is shown: a file read where it is looked at, or a pipe kept in memory.

use alloc::vec::Vec;
use applet::prelude::*;

/// Lines without end are cut in pieces of one or two of these.
const PIECE: usize = 32 * 1024;
/// What one reading of a file holds.
const WINDOW: usize = 8 * PIECE;

/// A text by byte offsets.
pub struct Source {
    fd: Fd,
    seekable: bool,
    /// A pipe: all that has come. A file: the bytes from `start` on.
    held: Vec<u8>,
    start: usize,
    at_end: bool,
    /// How many newlines are before the end of each window of the file, as far as they have been counted.
    counts: Vec<usize>,
}

impl Source {
    pub fn new(fd: Fd) -> Source {
        let regular = sys::fs::fstat(fd.raw()).is_ok_and(|stat| stat.is_file());
        let seekable = regular && sys::fd::seek(fd.raw(), 0, libc::SEEK_CUR).is_ok();
        Source { fd, seekable, held: Vec::new(), start: 0, at_end: false, counts: Vec::new() }
    }

    /// Whether all of it is known to have been read.
    pub fn complete(&self) -> bool {
        self.seekable || self.at_end
    }

    /// The size, as far as it is known without reading on.
    pub fn known_size(&self) -> usize {
        if !self.seekable {
            return self.held.len();
        }
        sys::fs::fstat(self.fd.raw()).map_or(0, |stat| stat.size() as usize)
    }

    /// The size; a pipe is read to its end.
    pub fn size(&mut self) -> usize {
        while !self.seekable && self.read_more() {}
        self.known_size()
    }

    /// Reads on from a pipe that may have more since its end was seen.
    pub fn look_again(&mut self) {
        self.at_end = false;
        self.held.truncate(if self.seekable { 0 } else { usize::MAX });
    }

    fn read_more(&mut self) -> bool {
        if self.at_end {
            return false;
        }
        self.held.reserve(WINDOW.max(self.held.len() / 2));
        self.at_end = !matches!(sys::fd::read_spare(self.fd.raw(), &mut self.held), Ok(1..));
        !self.at_end
    }

    /// The bytes from `at` on: at least a piece or two, unless the text ends before.
    pub fn bytes(&mut self, at: usize) -> &[u8] {
        if self.seekable {
            let end = self.start + self.held.len();
            // A short reading has the end of the file.
            let last = !self.held.is_empty() && self.held.len() < WINDOW && at <= end;
            let inside = at >= self.start && (last || at + 2 * PIECE <= end);
            if !inside {
                // What is before is asked for as often as what is behind.
                self.start = at.saturating_sub(WINDOW / 2) / PIECE * PIECE;
                self.held.resize(WINDOW, 0);
                let mut have = 0;
                while let Some(room) = self.held.get_mut(have..).filter(|room| !room.is_empty()) {
                    match sys::fd::pread(self.fd.raw(), room, (self.start + have) as i64) {
                        Ok(count @ 1..) => have += count,
                        _ => break,
                    }
                }
                self.held.truncate(have);
            }
        } else {
            while self.held.len() < at + 2 * PIECE && self.read_more() {}
        }
        self.held.get(at.saturating_sub(self.start)..).unwrap_or_default()
    }

    /// The line (or piece of a very long one) that begins at `at`, with its newline; empty at the end.
    pub fn line(&mut self, at: usize) -> &[u8] {
        let broken = at.is_multiple_of(PIECE);
        let rest = self.bytes(at);
        let block_end = PIECE - at % PIECE;
        // A piece that begins a block ends with it; a line that begins within one may go through the next.
        let limit = if broken { PIECE } else { block_end + PIECE };
        let limited = rest.get(..limit).unwrap_or(rest);
        let end = memchr::memchr(b'\n', limited).map_or(limited.len(), |at| at + 1);
        limited.get(..end).unwrap_or_default()
    }

    /// The start of the line that the byte at `at` is in.
    pub fn line_start(&mut self, at: usize) -> usize {
        let block = at / PIECE * PIECE;
        let last_newline = |source: &mut Self, from: usize, to: usize| {
            let bytes = source.bytes(from);
            memchr::memrchr(b'\n', bytes.get(..to - from).unwrap_or(bytes)).map(|at| from + at + 1)
        };
        if let Some(start) = last_newline(self, block, at) {
            return start;
        }
        let Some(before) = block.checked_sub(PIECE) else { return 0 };
        // As `line` cuts: a block without a newline begins a piece of its own.
        match last_newline(self, before, block) {
            Some(start) if start < block => start,
            _ => block,
        }
    }

    /// The start of the line before the one that begins at `at`.
    pub fn previous(&mut self, at: usize) -> Option<usize> {
        at.checked_sub(1).map(|at| self.line_start(at))
    }

    /// How many newlines are before `at`.
    pub fn lines_before(&mut self, at: usize) -> usize {
        let window = at / WINDOW;
        self.count_up_to(window);
        let counted = window.checked_sub(1).and_then(|last| self.counts.get(last)).copied().unwrap_or(0);
        counted + self.newlines(window * WINDOW, at)
    }

    fn newlines(&mut self, mut from: usize, to: usize) -> usize {
        let mut count = 0;
        while from < to {
            let bytes = self.bytes(from);
            let part = bytes.get(..to - from).unwrap_or(bytes);
            if part.is_empty() {
                break;
            }
            count += memchr::memchr_iter(b'\n', part).count();
            from += part.len();
        }
        count
    }

    fn count_up_to(&mut self, windows: usize) {
        while self.counts.len() < windows {
            let from = self.counts.len() * WINDOW;
            let before = self.counts.last().copied().unwrap_or(0);
            let count = self.newlines(from, from + WINDOW);
            self.counts.push(before + count);
        }
    }

    /// Where line `number`, counted from 1, begins; the last line's start if there are fewer.
    pub fn start_of(&mut self, number: usize) -> usize {
        let mut left = number.saturating_sub(1);
        let windows = self.counts.iter().position(|&count| count >= left).unwrap_or(self.counts.len());
        let mut at = windows * WINDOW;
        left -= windows.checked_sub(1).and_then(|last| self.counts.get(last)).copied().unwrap_or(0).min(left);
        while left > 0 {
            let bytes = self.bytes(at);
            if bytes.is_empty() {
                break;
            }
            let length = bytes.len();
            match memchr::memchr_iter(b'\n', bytes).nth(left - 1) {
                Some(newline) => return at + newline + 1,
                None => left -= memchr::memchr_iter(b'\n', bytes).count(),
            }
            at += length;
        }
        if left == 0 && at == 0 {
            return 0;
        }
        self.line_start(at)
    }
}
