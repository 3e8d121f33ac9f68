//! Error numbers of system calls.

/// The error number of a failed system call (`errno(3)`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Errno(pub i32);

/// What a system call gives back.
pub type Result<T> = core::result::Result<T, Errno>;

impl Errno {
    /// The error of this thread's last failed call into the C library.
    #[cold]
    pub fn last() -> Errno {
        // SAFETY: the C library returns a valid pointer to the calling thread's errno.
        Errno(unsafe { *libc::__errno_location() })
    }
}

/// Turns a C result, -1 for an error, into a `Result`.
#[inline]
pub(crate) fn check(value: i32) -> Result<i32> {
    if value < 0 { Err(Errno::last()) } else { Ok(value) }
}

/// As [`check`], for results of pointer size.
#[inline]
pub(crate) fn check_size(value: isize) -> Result<usize> {
    usize::try_from(value).map_err(|_| Errno::last())
}

/// As [`check`], for calls whose success means nothing more.
#[inline]
pub(crate) fn check_unit(value: i32) -> Result<()> {
    if value < 0 { Err(Errno::last()) } else { Ok(()) }
}
