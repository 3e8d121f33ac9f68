//! Settings for reading single keys, and the size of a terminal.

use sys::terminal::{Settings, set_settings, settings};
use sys::{RawFd, Result, libc};

/// A terminal that gives every key at once, without echo and without signals; its settings come back when this is dropped.
pub struct Raw {
    fd: RawFd,
    before: Settings,
}

impl Raw {
    /// Changes the settings of the terminal `fd`. What has been typed so far is kept. Output is still processed (`\n` is
    /// a whole line end).
    pub fn enter(fd: RawFd) -> Result<Raw> {
        let raw = Raw { fd, before: settings(fd)? };
        raw.again()?;
        Ok(raw)
    }

    /// Gives the old settings back for a while (another program uses the terminal); [`Raw::again`] ends that.
    pub fn pause(&self) {
        let _ = set_settings(self.fd, libc::TCSADRAIN, &self.before);
    }

    /// Sets the raw settings again.
    pub fn again(&self) -> Result<()> {
        let mut new = self.before;
        new.0.c_lflag &= !(libc::ICANON | libc::ECHO | libc::ISIG | libc::IEXTEN);
        new.0.c_iflag &=
            !(libc::ICRNL | libc::INLCR | libc::IGNCR | libc::IXON | libc::ISTRIP | libc::BRKINT);
        for (index, value) in new.0.c_cc.iter_mut().enumerate() {
            match index {
                libc::VMIN => *value = 1,
                libc::VTIME => *value = 0,
                _ => {}
            }
        }
        set_settings(self.fd, libc::TCSADRAIN, &new)
    }

    /// A special character of the old settings: `VERASE`, `VKILL`, `VINTR` …
    pub fn special(&self, index: usize) -> u8 {
        self.before.0.c_cc.get(index).copied().unwrap_or(0)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.pause();
    }
}

/// Columns and rows of the terminal; what it does not say is taken from `fallback` (the variables `COLUMNS` and `LINES`,
/// `None` or 0 where not set), then 80 and 24.
pub fn size(fd: RawFd, fallback: (usize, usize)) -> (usize, usize) {
    let (columns, rows) = sys::terminal::size(fd).unwrap_or((0, 0));
    let pick = |own: u16, given: usize, last: usize| match (usize::from(own), given) {
        (0, 0) => last,
        (0, given) => given.min(10_000),
        (own, _) => own,
    };
    (pick(columns, fallback.0, 80), pick(rows, fallback.1, 24))
}
