//! Threads for kernels that have work for more than one processor.

use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, Ordering};

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
pub fn both(here: Job, mut other: Job) {
    if spawn_beside(here, &mut other).is_err() {
        here();
        other();
    }
}

/// Whether there may be more than one thread: shared state needs its lock from then on.
pub(crate) static STARTED: AtomicBool = AtomicBool::new(false);

fn spawn_beside(here: Job, other: &mut Job) -> Result<()> {
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
