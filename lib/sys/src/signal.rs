//! Signals, without code of ours running inside a handler: a handler here only notes that its signal came.

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::errno::check_unit;
use crate::{Errno, Result};

/// One bit a signal that has come since it was last asked for.
static CAUGHT: AtomicU64 = AtomicU64::new(0);

/// Of these, those that went to the whole process group, as far as that can be known: the terminal's, and `SIGPIPE`, which
/// is the writer's own.
static GROUP: AtomicU64 = AtomicU64::new(0);

/// The signals that end what is being done, as if they had ended a process: see [`ending`].
static ENDING: AtomicU64 = AtomicU64::new(0);

/// One of them has.
static ENDED: AtomicBool = AtomicBool::new(false);

/// From now on, until this is called with 0, a caught signal of `signals` (bit n is signal n) makes opening, reading and
/// writing fail with `EINTR`: what a signal does to a program in a process of its own, for one that runs inside another.
/// One that was sent to this process alone would not have reached the other: what it does can still be ended where it waits
/// for input, but nothing is left half done.
pub fn ending(signals: u64) {
    ENDED.store(false, Ordering::Relaxed);
    ENDING.store(signals, Ordering::Relaxed);
}

/// Whether a signal has come that ends what is being done.
#[inline]
pub fn has_ended() -> bool {
    CAUGHT.load(Ordering::Relaxed) & ENDING.load(Ordering::Relaxed) & GROUP.load(Ordering::Relaxed) != 0
        || ENDED.load(Ordering::Relaxed)
}

/// A call that waits was interrupted: ends what is being done if one of the signals for that has come.
pub(crate) fn end_waiting() {
    if CAUGHT.load(Ordering::Relaxed) & ENDING.load(Ordering::Relaxed) != 0 {
        ENDED.store(true, Ordering::Relaxed);
    }
}

extern "C" fn note(signal: i32, info: *const libc::siginfo_t, _: *const core::ffi::c_void) {
    let bit = 1 << (signal & 63);
    // SAFETY: the kernel hands a handler with SA_SIGINFO a valid siginfo.
    let by_kernel = unsafe { (*info).si_code } > 0;
    if by_kernel || signal == libc::SIGPIPE {
        GROUP.fetch_or(bit, Ordering::Relaxed);
    } else {
        GROUP.fetch_and(!bit, Ordering::Relaxed);
    }
    CAUGHT.fetch_or(bit, Ordering::Relaxed);
}

/// A changed disposition; the old one comes back when this is dropped.
pub struct Disposition {
    signal: i32,
    old: libc::sigaction,
}

impl Disposition {
    fn set(signal: i32, handler: libc::sighandler_t) -> Result<Disposition> {
        // SAFETY: all zeroes is a valid sigaction: no flags, an empty mask.
        let mut new: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
        new.sa_sigaction = handler;
        // Is of no matter to SIG_DFL and SIG_IGN.
        new.sa_flags = libc::SA_SIGINFO;
        let mut old = MaybeUninit::uninit();
        // SAFETY: `handler` is SIG_DFL, SIG_IGN or `note`, which is async-signal-safe; `old` is filled on success.
        check_unit(unsafe { libc::sigaction(signal, &new, old.as_mut_ptr()) })?;
        // SAFETY: filled, see above.
        Ok(Disposition { signal, old: unsafe { old.assume_init() } })
    }

    /// Whether the signal was ignored before.
    pub fn was_ignored(&self) -> bool {
        self.old.sa_sigaction == libc::SIG_IGN
    }

    /// Makes the change last: the old disposition does not come back (before an exec).
    pub fn keep(self) {
        core::mem::forget(self);
    }
}

impl Drop for Disposition {
    fn drop(&mut self) {
        // SAFETY: `old` is what sigaction gave for this signal.
        unsafe { libc::sigaction(self.signal, &self.old, core::ptr::null_mut()) };
    }
}

/// Notes `signal` from now on; system calls that wait are interrupted (`EINTR`). Ask with [`take`].
pub fn catch(signal: i32) -> Result<Disposition> {
    Disposition::set(signal, note as *const () as libc::sighandler_t)
}

/// Ignores `signal` from now on.
pub fn ignore(signal: i32) -> Result<Disposition> {
    Disposition::set(signal, libc::SIG_IGN)
}

/// Gives `signal` its default action from now on.
pub fn default(signal: i32) -> Result<Disposition> {
    Disposition::set(signal, libc::SIG_DFL)
}

/// Whether the caught `signal` has come since this was last asked.
pub fn take(signal: i32) -> bool {
    let bit = 1 << (signal & 63);
    CAUGHT.load(Ordering::Relaxed) & bit != 0 && CAUGHT.fetch_and(!bit, Ordering::Relaxed) & bit != 0
}

/// Whether any caught signal waits to be taken.
#[inline]
pub fn any() -> bool {
    CAUGHT.load(Ordering::Relaxed) != 0
}

/// Whether the caught `signal` waits to be taken.
pub fn has_come(signal: i32) -> bool {
    CAUGHT.load(Ordering::Relaxed) & 1 << (signal & 63) != 0
}

/// Whether `signal` is ignored.
pub fn is_ignored(signal: i32) -> bool {
    let mut old = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: `old` is filled on success, and all zeroes is valid without it.
    let old = unsafe {
        libc::sigaction(signal, core::ptr::null(), old.as_mut_ptr());
        old.assume_init()
    };
    old.sa_sigaction == libc::SIG_IGN
}

/// Changes the mask of blocked signals (`SIG_BLOCK`, `SIG_UNBLOCK`, `SIG_SETMASK`); gives the old one. Bit n-1 is signal n.
pub fn mask(how: i32, set: u64) -> Result<u64> {
    let mut old = 0u64;
    // SAFETY: the kernel's signal set is 8 bytes.
    let status = unsafe { libc::syscall(libc::SYS_rt_sigprocmask, how, &raw const set, &raw mut old, 8) };
    if status < 0 { Err(Errno::last()) } else { Ok(old) }
}

/// Waits for a signal with `open` as the mask of blocked ones (`sigsuspend(2)`); returns when a caught one has come.
pub fn wait(open: u64) {
    // SAFETY: the kernel's signal set is 8 bytes; the call only ever returns EINTR.
    unsafe { libc::syscall(libc::SYS_rt_sigsuspend, &raw const open, 8) };
}

/// Signals by number without their `SIG`, from 1 on; numbers 1 to 31 as on x86, arm and most others.
const NAMES: &[u8] =
    b"HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP \
TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS";

/// The name of a signal without `SIG`; `None` for numbers without one.
pub fn name(signal: i32) -> Option<&'static [u8]> {
    let index = usize::try_from(signal).ok()?.checked_sub(1)?;
    NAMES.split(|&byte| byte == b' ').nth(index)
}

/// The number of a signal by name, with or without `SIG`, in any case. `EXIT` is 0; `RTMIN+n` and `RTMAX-n` are known.
pub fn number(name: &[u8]) -> Option<i32> {
    let name = if name.get(..3).is_some_and(|head| head.eq_ignore_ascii_case(b"SIG")) {
        name.get(3..)?
    } else {
        name
    };
    if name.eq_ignore_ascii_case(b"EXIT") {
        return Some(0);
    }
    let real_time = |prefix: &[u8], base: i32, sign: u8| -> Option<i32> {
        let (head, tail) = name.split_at_checked(5)?;
        if !head.eq_ignore_ascii_case(prefix) {
            return None;
        }
        let offset = match tail {
            [] => 0,
            [first, digits @ ..] if *first == sign && matches!(digits.len(), 1 | 2) => {
                let mut value = 0;
                for digit in digits {
                    value = value * 10 + i32::from(digit.checked_sub(b'0').filter(|&d| d < 10)?);
                }
                value
            }
            _ => return None,
        };
        (offset <= 30).then_some(if sign == b'+' { base + offset } else { base - offset })
    };
    // 32 and 33 are the C library's own; programs see 34 to 64.
    if let Some(signal) = real_time(b"RTMIN", 34, b'+').or_else(|| real_time(b"RTMAX", 64, b'-')) {
        return Some(signal);
    }
    let index = NAMES.split(|&byte| byte == b' ').position(|known| known.eq_ignore_ascii_case(name));
    match index {
        Some(index) => Some(index as i32 + 1),
        None if name.eq_ignore_ascii_case(b"POLL") => Some(29),
        None if name.eq_ignore_ascii_case(b"IOT") => Some(6),
        None if name.eq_ignore_ascii_case(b"CLD") => Some(17),
        None => None,
    }
}
