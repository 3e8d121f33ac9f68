//! Terminals: what is one, its size and its settings.

use core::mem::MaybeUninit;

use crate::Result;
use crate::errno::{check, check_unit};
use crate::fd::{Fd, RawFd};

/// The settings of a line (`termios(3)`).
#[derive(Clone, Copy)]
pub struct Settings(pub libc::termios);

/// `tcgetattr(3)`.
pub fn settings(fd: RawFd) -> Result<Settings> {
    // The kernel's structure is shorter than the C library's: what it leaves alone has to be something.
    let mut settings = MaybeUninit::zeroed();
    // SAFETY: `settings` is writable; it is filled when the call succeeds.
    check_unit(unsafe { libc::tcgetattr(fd, settings.as_mut_ptr()) })?;
    // SAFETY: filled, see above.
    Ok(Settings(unsafe { settings.assume_init() }))
}

/// `tcsetattr(3)`; `when` is `TCSANOW`, `TCSADRAIN` or `TCSAFLUSH`.
pub fn set_settings(fd: RawFd, when: i32, settings: &Settings) -> Result<()> {
    // SAFETY: `settings` is readable.
    check_unit(unsafe { libc::tcsetattr(fd, when, &settings.0) })
}

/// Whether `fd` is a terminal.
pub fn is_terminal(fd: RawFd) -> bool {
    settings(fd).is_ok()
}

/// Unlocks and opens the terminal side of a pseudo-terminal whose other side is `master` (`/dev/ptmx`).
pub fn slave(master: RawFd) -> Result<Fd> {
    let unlocked: libc::c_int = 0;
    // SAFETY: TIOCSPTLCK reads an int.
    check_unit(unsafe { libc::ioctl(master, libc::TIOCSPTLCK as _, &raw const unlocked) })?;
    let flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
    // SAFETY: TIOCGPTPEER takes the flags by value and gives a descriptor.
    check(unsafe { libc::ioctl(master, libc::TIOCGPTPEER as _, flags) }).map(Fd::own)
}

/// Columns and rows; 0 where they are not known.
pub fn size(fd: RawFd) -> Result<(u16, u16)> {
    let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCGWINSZ fills a winsize.
    check_unit(unsafe { libc::ioctl(fd, libc::TIOCGWINSZ as _, &raw mut size) })?;
    Ok((size.ws_col, size.ws_row))
}

/// Sets columns and rows.
pub fn set_size(fd: RawFd, columns: u16, rows: u16) -> Result<()> {
    let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: TIOCSWINSZ reads a winsize.
    check_unit(unsafe { libc::ioctl(fd, libc::TIOCSWINSZ as _, &raw const size) })
}

impl Settings {
    /// Notes the speed of the flags (`B9600`…) in both directions, where the C library keeps it beside them.
    pub fn note_speed(&mut self) {
        let code = self.0.c_cflag & 0o10017;
        // SAFETY: both write into the settings only; a code that the library does not know is refused.
        unsafe {
            libc::cfsetispeed(&mut self.0, code);
            libc::cfsetospeed(&mut self.0, code);
        }
    }
}

/// `tcgetpgrp(3)`: the process group in the terminal's foreground.
pub fn foreground(fd: RawFd) -> Result<i32> {
    let mut group = 0i32;
    // SAFETY: TIOCGPGRP writes one process id.
    check_unit(unsafe { libc::ioctl(fd, libc::TIOCGPGRP as _, &raw mut group) })?;
    Ok(group)
}

/// `tcsetpgrp(3)`: puts a process group in the terminal's foreground.
pub fn set_foreground(fd: RawFd, group: i32) -> Result<()> {
    // SAFETY: TIOCSPGRP reads one process id.
    check_unit(unsafe { libc::ioctl(fd, libc::TIOCSPGRP as _, &raw const group) })
}

/// `ioctl(TIOCSCTTY)`: makes the terminal the controlling one of this session, whose leader this process is.
pub fn make_controlling(fd: RawFd) -> Result<()> {
    // SAFETY: TIOCSCTTY takes a number.
    check_unit(unsafe { libc::ioctl(fd, libc::TIOCSCTTY as _, 0) })
}
