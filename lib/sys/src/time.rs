//! Clocks, sleeping, timers.

use crate::errno::check_unit;
use crate::fs::Timestamp;
use crate::{Errno, Result};

fn clock(id: libc::clockid_t) -> Timestamp {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is writable.
    unsafe { libc::clock_gettime(id, &mut now) };
    Timestamp { sec: now.tv_sec as i64, nsec: now.tv_nsec as u32 }
}

/// The time of day.
pub fn now() -> Timestamp {
    clock(libc::CLOCK_REALTIME)
}

/// A clock that only goes forward.
pub fn monotonic() -> Timestamp {
    clock(libc::CLOCK_MONOTONIC)
}

/// The time of day's smallest step.
pub fn resolution() -> Timestamp {
    let mut step = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `step` is writable.
    unsafe { libc::clock_getres(libc::CLOCK_REALTIME, &mut step) };
    Timestamp { sec: step.tv_sec as i64, nsec: step.tv_nsec as u32 }
}

/// Sets the time of day.
pub fn set_now(time: Timestamp) -> Result<()> {
    let time = libc::timespec { tv_sec: time.sec as _, tv_nsec: time.nsec as _ };
    // SAFETY: `time` is readable.
    check_unit(unsafe { libc::clock_settime(libc::CLOCK_REALTIME, &time) })
}

/// Sleeps for `length`, or until a caught signal interrupts (`EINTR`).
pub fn sleep(length: Timestamp) -> Result<()> {
    let length = libc::timespec { tv_sec: length.sec as _, tv_nsec: length.nsec as _ };
    // SAFETY: `length` is readable; what is left is not asked for.
    check_unit(unsafe { libc::nanosleep(&length, core::ptr::null_mut()) })
}

/// Sends `SIGALRM` after `length` (0: cancels it).
pub fn alarm(length: Timestamp) -> Result<()> {
    let zero = libc::timeval { tv_sec: 0, tv_usec: 0 };
    // Rounded up: a time that is not zero must not become "never".
    let value =
        libc::timeval { tv_sec: length.sec as _, tv_usec: length.nsec.div_ceil(1000).min(999_999) as _ };
    let timer = libc::itimerval { it_interval: zero, it_value: value };
    // SAFETY: `timer` is readable.
    check_unit(unsafe {
        libc::syscall(libc::SYS_setitimer, libc::ITIMER_REAL, &raw const timer, 0usize) as i32
    })
    .map_err(|_: Errno| Errno::last())
}
