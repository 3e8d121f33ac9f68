//! Descriptors: opening, reading, writing, copying between them.

use crate::errno::{check, check_size, check_unit};
use crate::path::CPath;
use crate::{Errno, Result};

/// The number of a descriptor that somebody else owns.
pub type RawFd = i32;

/// Standard input.
pub const STDIN: RawFd = 0;
/// Standard output.
pub const STDOUT: RawFd = 1;
/// Standard error.
pub const STDERR: RawFd = 2;
/// The working directory, for the `*at` calls.
pub const CWD: RawFd = libc::AT_FDCWD;

/// A descriptor that is closed when it is dropped.
#[derive(Debug)]
pub struct Fd(RawFd);

impl Fd {
    /// Takes charge of an open descriptor.
    pub fn own(raw: RawFd) -> Fd {
        Fd(raw)
    }

    /// The number, for calls that borrow it.
    pub fn raw(&self) -> RawFd {
        self.0
    }

    /// Gives up charge of it.
    pub fn release(self) -> RawFd {
        let raw = self.0;
        core::mem::forget(self);
        raw
    }

    /// Closes it and says whether the kernel had an error to tell (a late write error of a network file system).
    pub fn close(self) -> Result<()> {
        // SAFETY: `self` owns the descriptor and gives it up here.
        check_unit(unsafe { libc::close(self.release()) })
    }
}

impl Drop for Fd {
    #[inline(never)]
    fn drop(&mut self) {
        // SAFETY: `self` owns the descriptor.
        unsafe { libc::close(self.0) };
    }
}

/// `EINTR` when a signal has come that ends what is being done: see [`crate::signal::ending`].
#[inline]
fn stop_if_ended() -> Result<()> {
    if crate::signal::has_ended() { Err(Errno(libc::EINTR)) } else { Ok(()) }
}

/// `openat(2)`, always close-on-exec. `mode` counts only when a file is created.
pub fn openat(dir: RawFd, name: &[u8], flags: i32, mode: u32) -> Result<Fd> {
    let path = CPath::new(name)?;
    loop {
        stop_if_ended()?;
        // SAFETY: `path` is a C string that outlives the call.
        match check(unsafe { libc::openat(dir, path.as_ptr(), flags | libc::O_CLOEXEC, mode) }) {
            Err(Errno(libc::EINTR)) => {}
            result => return result.map(Fd),
        }
    }
}

/// [`openat`] from the working directory.
pub fn open(name: &[u8], flags: i32, mode: u32) -> Result<Fd> {
    openat(CWD, name, flags, mode)
}

/// Opens a file for reading.
pub fn open_read(name: &[u8]) -> Result<Fd> {
    open(name, libc::O_RDONLY, 0)
}

/// `read(2)`; an interruption by a signal is not an error. 0 at the end.
pub fn read(fd: RawFd, buf: &mut [u8]) -> Result<usize> {
    loop {
        stop_if_ended()?;
        // SAFETY: `buf` is writable for its length.
        match check_size(unsafe { libc::read(fd, buf.as_mut_ptr().cast(), buf.len()) }) {
            Err(Errno(libc::EINTR)) => crate::signal::end_waiting(),
            result => return result,
        }
    }
}

/// `read(2)` once: `EINTR` comes through, for callers that act on signals.
pub fn read_once(fd: RawFd, buf: &mut [u8]) -> Result<usize> {
    // SAFETY: `buf` is writable for its length.
    check_size(unsafe { libc::read(fd, buf.as_mut_ptr().cast(), buf.len()) })
}

/// Reads until `buf` is full or the input ends; gives the number of bytes.
pub fn read_full(fd: RawFd, buf: &mut [u8]) -> Result<usize> {
    let mut done = 0;
    while let Some(rest) = buf.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match read(fd, rest)? {
            0 => break,
            n => done += n,
        }
    }
    Ok(done)
}

/// Reads into the spare capacity of `buf` (which must have some) and lengthens it. 0 at the end.
pub fn read_spare(fd: RawFd, buf: &mut alloc::vec::Vec<u8>) -> Result<usize> {
    loop {
        stop_if_ended()?;
        let spare = buf.spare_capacity_mut();
        // SAFETY: the spare capacity is writable for its length.
        match check_size(unsafe { libc::read(fd, spare.as_mut_ptr().cast(), spare.len()) }) {
            Err(Errno(libc::EINTR)) => crate::signal::end_waiting(),
            Err(error) => return Err(error),
            Ok(n) => {
                // SAFETY: the kernel has written `n` bytes behind the old length, within the capacity.
                unsafe { buf.set_len(buf.len() + n) };
                return Ok(n);
            }
        }
    }
}

/// `pread(2)`.
pub fn pread(fd: RawFd, buf: &mut [u8], offset: i64) -> Result<usize> {
    // SAFETY: `buf` is writable for its length.
    check_size(unsafe { libc::pread(fd, buf.as_mut_ptr().cast(), buf.len(), offset) })
}

/// `write(2)` once: may write less than all.
pub fn write(fd: RawFd, buf: &[u8]) -> Result<usize> {
    loop {
        stop_if_ended()?;
        // SAFETY: `buf` is readable for its length.
        match check_size(unsafe { libc::write(fd, buf.as_ptr().cast(), buf.len()) }) {
            Err(Errno(libc::EINTR)) => {}
            result => return result,
        }
    }
}

/// Writes all of `buf`.
pub fn write_all(fd: RawFd, mut buf: &[u8]) -> Result<()> {
    while !buf.is_empty() {
        let n = write(fd, buf)?;
        buf = buf.get(n..).unwrap_or_default();
    }
    Ok(())
}

/// `lseek(2)`: the new offset in bytes.
pub fn seek(fd: RawFd, offset: i64, whence: i32) -> Result<i64> {
    // SAFETY: no memory is involved.
    let position = unsafe { libc::lseek(fd, offset, whence) };
    if position < 0 { Err(Errno::last()) } else { Ok(position) }
}

/// `ftruncate(2)`, to `length` bytes.
pub fn truncate(fd: RawFd, length: i64) -> Result<()> {
    // SAFETY: no memory is involved.
    check_unit(unsafe { libc::ftruncate(fd, length) })
}

/// `fsync(2)`.
pub fn sync(fd: RawFd) -> Result<()> {
    // SAFETY: no memory is involved.
    check_unit(unsafe { libc::fsync(fd) })
}

/// `fdatasync(2)`.
pub fn sync_data(fd: RawFd) -> Result<()> {
    // SAFETY: no memory is involved.
    check_unit(unsafe { libc::fdatasync(fd) })
}

/// `syncfs(2)`: the whole file system that holds `fd`.
pub fn sync_file_system(fd: RawFd) -> Result<()> {
    // SAFETY: no memory is involved.
    check_unit(unsafe { libc::syscall(libc::SYS_syncfs, fd) as i32 })
}

/// `sync(2)`: every file system.
pub fn sync_everything() {
    // SAFETY: no memory is involved.
    unsafe { libc::sync() }
}

/// `dup2(2)`: makes `to` name what `from` names.
pub fn duplicate_to(from: RawFd, to: RawFd) -> Result<()> {
    // SAFETY: no memory is involved.
    check_unit(unsafe { libc::dup2(from, to) })
}

/// `fcntl(2)` without the C library's care for old kernels and locks.
///
/// # Safety
/// `command` takes a number, not a pointer.
unsafe fn fcntl(fd: RawFd, command: i32, argument: i32) -> i32 {
    // SAFETY: as the caller promises, no memory is involved.
    unsafe { libc::syscall(libc::SYS_fcntl, fd, command, argument) as i32 }
}

/// `fcntl(F_DUPFD_CLOEXEC)`: a copy with a number of at least `least`.
pub fn duplicate_above(fd: RawFd, least: i32) -> Result<Fd> {
    // SAFETY: no memory is involved.
    check(unsafe { fcntl(fd, libc::F_DUPFD_CLOEXEC, least) }).map(Fd)
}

/// `fcntl(F_GETFL)`: the open file's status flags.
pub fn status_flags(fd: RawFd) -> Result<i32> {
    // SAFETY: no memory is involved.
    check(unsafe { fcntl(fd, libc::F_GETFL, 0) })
}

/// `fcntl(F_SETFL)`.
pub fn set_status_flags(fd: RawFd, flags: i32) -> Result<()> {
    // SAFETY: no memory is involved.
    check_unit(unsafe { fcntl(fd, libc::F_SETFL, flags) })
}

/// Sets or clears close-on-exec.
pub fn set_close_on_exec(fd: RawFd, on: bool) -> Result<()> {
    // SAFETY: no memory is involved.
    check_unit(unsafe { fcntl(fd, libc::F_SETFD, if on { libc::FD_CLOEXEC } else { 0 }) })
}

/// Whether the descriptor is closed by an exec.
pub fn is_close_on_exec(fd: RawFd) -> bool {
    // SAFETY: no memory is involved.
    let flags = unsafe { fcntl(fd, libc::F_GETFD, 0) };
    flags >= 0 && flags & libc::FD_CLOEXEC != 0
}

/// How many bytes the pipe `fd` holds, all in all; 4096 if it does not tell.
pub fn pipe_room(fd: RawFd) -> usize {
    // SAFETY: no memory is involved.
    let room = unsafe { fcntl(fd, libc::F_GETPIPE_SZ, 0) };
    usize::try_from(room).unwrap_or(4096)
}

/// Asks for room for 256 KiB in a pipe, so that a long stream wakes its reader less often. Not more than a wish.
pub fn widen_pipe(fd: RawFd) {
    // SAFETY: no memory is involved; other descriptors refuse.
    unsafe { fcntl(fd, libc::F_SETPIPE_SZ, 256 * 1024) };
}

/// `close(2)` of a descriptor by its number: one that a script, not this program, is in charge of.
pub fn close(fd: RawFd) {
    // SAFETY: no memory is involved; a number that is not open is no harm.
    unsafe { libc::close(fd) };
}

/// `pipe2(2)`: the reading and the writing end, close-on-exec.
pub fn pipe() -> Result<(Fd, Fd)> {
    let mut ends = [0; 2];
    // SAFETY: `ends` has room for two descriptors.
    check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    Ok((Fd(ends[0]), Fd(ends[1])))
}

/// `splice(2)` of at most `length` bytes from one descriptor to another, one of them a pipe. 0 at the end.
pub fn splice(from: RawFd, to: RawFd, length: usize) -> Result<usize> {
    let none = core::ptr::null_mut();
    // SAFETY: null offsets mean the files' own.
    check_size(unsafe { libc::splice(from, none, to, none, length, libc::SPLICE_F_MOVE) })
}

/// Puts `block` into a pipe again and again, by reference (`vmsplice(2)`), until that fails. `None`, with nothing done,
/// where it is no pipe.
pub fn pour(pipe: RawFd, block: &[u8]) -> Option<Errno> {
    // Pages of their own: others may hold them long after this, and nobody writes to them again.
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new mapping touches nothing that exists.
    let pages = unsafe { libc::mmap(core::ptr::null_mut(), block.len(), protection, kind, -1, 0) };
    if pages == libc::MAP_FAILED {
        return None;
    }
    // SAFETY: the mapping has room for the block, and is unmapped below; the kernel keeps what a pipe still holds.
    unsafe { core::ptr::copy_nonoverlapping(block.as_ptr(), pages.cast(), block.len()) };
    widen_pipe(pipe);
    let mut done = 0;
    let error = loop {
        if let Err(error) = stop_if_ended() {
            break Some(error);
        }
        let whole = libc::iovec { iov_base: pages, iov_len: block.len() };
        let mut parts = [whole; 2];
        // SAFETY: `done` is less than the block's length.
        parts[0] = libc::iovec { iov_base: unsafe { pages.add(done) }, iov_len: block.len() - done };
        // SAFETY: the parts are within the mapping.
        match check_size(unsafe { libc::vmsplice(pipe, parts.as_ptr(), parts.len(), 0) }) {
            Ok(count) => done = (done + count) % block.len(),
            Err(Errno(libc::EINTR)) => {}
            Err(Errno(libc::EBADF | libc::EINVAL | libc::ENOSYS)) => break None,
            Err(error) => break Some(error),
        }
    };
    // SAFETY: mapped above, and no pointer to it is left.
    unsafe { libc::munmap(pages, block.len()) };
    error
}

/// `copy_file_range(2)` of at most `length` bytes between two files at their own offsets. 0 at the end.
pub fn copy_file_range(from: RawFd, to: RawFd, length: usize) -> Result<usize> {
    let none = core::ptr::null_mut::<i64>();
    // SAFETY: null offsets mean the files' own.
    check_size(unsafe { libc::syscall(libc::SYS_copy_file_range, from, none, to, none, length, 0) as isize })
}

/// `sendfile(2)` of at most `length` bytes from a file to any descriptor. 0 at the end.
pub fn sendfile(to: RawFd, from: RawFd, length: usize) -> Result<usize> {
    // SAFETY: a null offset means the file's own.
    check_size(unsafe { libc::sendfile(to, from, core::ptr::null_mut(), length) })
}

/// `ioctl(FICLONE)`: makes `to` share the blocks of `from`.
pub fn clone_file(from: RawFd, to: RawFd) -> Result<()> {
    const FICLONE: u32 = 0x4004_9409;
    // SAFETY: FICLONE takes a descriptor by value.
    check_unit(unsafe { libc::ioctl(to, FICLONE as _, from) })
}

/// `posix_fadvise(2)` on the whole file.
pub fn advise(fd: RawFd, advice: i32) {
    // SAFETY: no memory is involved; advice may be ignored.
    unsafe { libc::posix_fadvise(fd, 0, 0, advice) };
}

/// `fallocate(2)`: `mode` 0 reserves space, others as the kernel defines.
pub fn allocate(fd: RawFd, mode: i32, offset: i64, length: i64) -> Result<()> {
    // SAFETY: no memory is involved.
    check_unit(unsafe { libc::fallocate(fd, mode, offset, length) })
}

/// `flock(2)` with its `LOCK_*` bits.
pub fn lock(fd: RawFd, operation: i32) -> Result<()> {
    // SAFETY: no memory is involved.
    check_unit(unsafe { libc::flock(fd, operation) })
}

/// An anonymous file in memory (`memfd_create(2)`), close-on-exec.
pub fn memory_file(name: &[u8]) -> Result<Fd> {
    let name = CPath::new(name)?;
    // SAFETY: `name` is a C string that outlives the call.
    check(unsafe { libc::syscall(libc::SYS_memfd_create, name.as_ptr(), libc::MFD_CLOEXEC) as i32 }).map(Fd)
}

/// What [`poll`] waits for, and what it found.
#[derive(Clone, Copy)]
pub struct Poll {
    /// The descriptor; a negative one is passed over.
    pub fd: RawFd,
    /// `POLLIN`, `POLLOUT` …
    pub events: i16,
    /// What happened.
    pub found: i16,
}

/// `poll(2)` on at most 16 descriptors; `timeout` in milliseconds, negative for ever. Gives how many are ready.
pub fn poll(list: &mut [Poll], timeout: i32) -> Result<usize> {
    let mut raw = [libc::pollfd { fd: -1, events: 0, revents: 0 }; 16];
    let count = list.len().min(raw.len());
    for (to, from) in raw.iter_mut().zip(list.iter()) {
        *to = libc::pollfd { fd: from.fd, events: from.events, revents: 0 };
    }
    // SAFETY: `raw` holds at least `count` entries.
    let ready = check(unsafe { libc::poll(raw.as_mut_ptr(), count as libc::nfds_t, timeout) })?;
    for (to, from) in list.iter_mut().zip(raw.iter()) {
        to.found = from.revents;
    }
    Ok(ready as usize)
}
