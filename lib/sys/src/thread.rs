//! Threads for kernels that have work for more than one processor.

use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::{Errno, Result};

/// A piece of work that a thread may take over.
pub type Job<'a> = &'a mut (dyn FnMut() + Send);

extern "C" fn enter(argument: *mut c_void) -> *mut c_void {
    // SAFETY: `both` passes a pointer to a live `Job` and waits for this thread before it ends.
    let job = unsafe { &mut *argument.cast::<Job>() };
    job();
    core::ptr::null_mut()
}

/// Runs `other` in a thread of its own beside `here`; returns when both are done. Signals stay with the calling thread.
///
/// Without a thread to be had, runs one after the other.
pub fn both(here: &mut dyn FnMut(), mut other: Job) {
    if spawn_beside(here, &mut other).is_err() {
        here();
        other();
    }
}

/// Whether there may be more than one thread: shared state needs its lock from then on.
pub(crate) static STARTED: AtomicBool = AtomicBool::new(false);

fn spawn_beside(here: &mut dyn FnMut(), other: &mut Job) -> Result<()> {
    STARTED.store(true, Ordering::SeqCst);
    let mut thread = MaybeUninit::uninit();
    let blocked = crate::signal::mask(libc::SIG_SETMASK, u64::MAX)?;
    // SAFETY: `enter` gets a pointer to `other`, which outlives the thread: it is joined below.
    let error = unsafe {
        libc::pthread_create(thread.as_mut_ptr(), core::ptr::null(), enter, core::ptr::from_mut(other).cast())
    };
    let _ = crate::signal::mask(libc::SIG_SETMASK, blocked);
    if error != 0 {
        return Err(Errno(error));
    }
    here();
    // SAFETY: `thread` was filled by pthread_create and is joined once.
    unsafe { libc::pthread_join(thread.assume_init(), core::ptr::null_mut()) };
    Ok(())
}

/// A place for one value, used by one thread at a time for a moment.
#[derive(Default)]
pub struct Locked<T> {
    busy: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `with` lets one thread at a time reach the value.
unsafe impl<T: Send> Sync for Locked<T> {}

impl<T> Locked<T> {
    /// Calls `job`, which shall be short, with the value; `None` if another thread is at it.
    pub fn with<R>(&self, job: impl FnOnce(&mut T) -> R) -> Option<R> {
        if self.busy.swap(true, Ordering::Acquire) {
            return None;
        }
        // SAFETY: `busy` was not set, and is until the end.
        let result = job(unsafe { &mut *self.value.get() });
        self.busy.store(false, Ordering::Release);
        Some(result)
    }
}

/// Sleeps until [`wake`] is called, if `word` is still `value`; may return for no reason.
pub fn wait(word: &AtomicU32, value: u32) {
    // What comes soon is had sooner without going to sleep; others may run meanwhile.
    for _ in 0..200 {
        if word.load(Ordering::Acquire) != value {
            return;
        }
        // SAFETY: no arguments.
        unsafe { libc::sched_yield() };
    }
    let operation = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: `word` outlives the call; there is no timeout.
    unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), operation, value, core::ptr::null::<libc::timespec>())
    };
}

/// Changes `word` and wakes the thread that waits for that.
pub fn wake(word: &AtomicU32) {
    word.fetch_add(1, Ordering::Release);
    // SAFETY: `word` outlives the call.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG, 1) };
}
