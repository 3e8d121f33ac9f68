//! A whole screen for a program: raw keys, and lines of which only the changed ones are sent.

use alloc::vec::Vec;
use sys::signal::{Disposition, catch};
use sys::{RawFd, Result, libc};

use crate::{Keys, Raw, decimal};

/// A terminal taken over by a full-screen program; dropped, it is as it was before.
pub struct Screen {
    /// What is typed.
    pub keys: Keys,
    /// Columns of the window.
    pub columns: usize,
    /// Rows of the window.
    pub rows: usize,
    output: RawFd,
    raw: Raw,
    fallback: (usize, usize),
    /// What goes out with the next [`Screen::flush`].
    out: Vec<u8>,
    /// What the rows show, `None` where that is not known.
    shown: Vec<Option<Vec<u8>>>,
    alternate: bool,
    _signals: [Option<Disposition>; 3],
}

impl Screen {
    /// Takes the terminal over: keys come from `input`; with `alternate`, what it showed before comes back at the end.
    /// `fallback` is for [`crate::size`].
    pub fn open(
        input: RawFd,
        output: RawFd,
        utf8: bool,
        alternate: bool,
        fallback: (usize, usize),
    ) -> Result<Screen> {
        let raw = Raw::enter(input)?;
        // A child that stops or ends must not wake us; these three must.
        let signals = [libc::SIGWINCH, libc::SIGHUP, libc::SIGTERM].map(|signal| catch(signal).ok());
        let (columns, rows) = crate::size(output, fallback);
        let mut screen = Screen {
            keys: Keys::new(input, utf8),
            columns,
            rows,
            output,
            raw,
            fallback,
            out: Vec::new(),
            shown: Vec::new(),
            alternate,
            _signals: signals,
        };
        screen.begin();
        Ok(screen)
    }

    fn begin(&mut self) {
        if self.alternate {
            self.out.extend_from_slice(b"\x1b[?1049h");
        }
        self.forget();
    }

    /// Asks for the size of the window again (after [`crate::Key::RESIZE`]); every row has to be drawn anew.
    pub fn resize(&mut self) {
        (self.columns, self.rows) = crate::size(self.output, self.fallback);
        self.forget();
    }

    /// Takes nothing of what the terminal shows for granted.
    pub fn forget(&mut self) {
        self.shown.clear();
        self.shown.resize(self.rows, None);
    }

    /// Gives the terminal back while `work` uses it.
    pub fn away(&mut self, work: &mut dyn FnMut()) {
        self.end();
        self.raw.pause();
        work();
        // A failure leaves the terminal as it is: there is nothing better to do.
        let _ = self.raw.again();
        self.resize();
        self.begin();
    }

    fn end(&mut self) {
        self.move_to(self.rows.saturating_sub(1), 0);
        self.out.extend_from_slice(b"\x1b[m\x1b[K");
        if self.alternate {
            self.out.extend_from_slice(b"\x1b[?1049l");
        }
        self.flush();
    }

    /// Writes bytes as they are: sequences, or what [`crate::show`] has made safe.
    pub fn write(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Moves the cursor; rows and columns count from 0.
    pub fn move_to(&mut self, row: usize, column: usize) {
        self.out.extend_from_slice(b"\x1b[");
        decimal(row + 1, &mut self.out);
        self.out.push(b';');
        decimal(column + 1, &mut self.out);
        self.out.push(b'H');
    }

    /// Makes a row show `line` (already made safe; it may have attributes that it ends itself, and takes `columns`
    /// columns). Nothing is sent if it does so already. The cursor moves.
    pub fn line(&mut self, row: usize, line: &[u8], columns: usize) {
        if row >= self.rows || matches!(self.shown.get(row), Some(Some(old)) if old == line) {
            return;
        }
        self.move_to(row, 0);
        self.out.extend_from_slice(line);
        if columns < self.columns {
            self.out.extend_from_slice(b"\x1b[K");
        }
        if let Some(slot) = self.shown.get_mut(row) {
            *slot = Some(line.to_vec());
        }
    }

    /// Moves what is shown in the rows from `top` up to, not including, `bottom` up by `count` rows, or down when negative:
    /// rows that only move need not be sent again.
    pub fn scroll(&mut self, top: usize, bottom: usize, count: isize) {
        let distance = count.unsigned_abs();
        let bottom = bottom.min(self.rows);
        if top >= bottom || distance == 0 || distance >= bottom - top {
            return;
        }
        self.out.extend_from_slice(b"\x1b[");
        decimal(top + 1, &mut self.out);
        self.out.push(b';');
        decimal(bottom, &mut self.out);
        self.out.push(b'r');
        // Index and reverse index at the edge of the region move all of it.
        self.move_to(if count > 0 { bottom - 1 } else { top }, 0);
        for _ in 0..distance {
            self.out.extend_from_slice(if count > 0 { b"\n" } else { b"\x1bM" });
        }
        self.out.extend_from_slice(b"\x1b[r");
        if let Some(rows) = self.shown.get_mut(top..bottom) {
            let blank = if count > 0 {
                rows.rotate_left(distance);
                rows.len() - distance..rows.len()
            } else {
                rows.rotate_right(distance);
                0..distance
            };
            for row in rows.get_mut(blank).unwrap_or_default() {
                *row = Some(Vec::new());
            }
        }
    }

    /// What a row shows; empty if that is not known.
    pub fn shown(&self, row: usize) -> &[u8] {
        self.shown.get(row).and_then(|line| line.as_deref()).unwrap_or_default()
    }

    /// Sends what has been collected.
    pub fn flush(&mut self) {
        // A terminal that is gone says so when the next key is read.
        let _ = sys::fd::write_all(self.output, &self.out);
        self.out.clear();
    }

    /// A line typed at the bottom behind `prompt`; `None` if it was given up (Escape, Ctrl-C, or rubbing out the prompt).
    /// `history` holds lines typed earlier, the last one last.
    pub fn ask(&mut self, prompt: &[u8], utf8: bool, history: &[Vec<u8>]) -> Option<Vec<u8>> {
        crate::edit::ask(self, prompt, utf8, history)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.end();
    }
}
