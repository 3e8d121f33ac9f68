//! Processes: ids, priorities, fork, exec, wait, limits.

use alloc::vec::Vec;
use core::ffi::c_char;
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::errno::{check, check_unit};
use crate::path::CPath;
use crate::{Errno, Result};

/// Which side of a [`fork`] one is on.
pub enum Fork {
    /// The new process.
    Child,
    /// The old one, with the new one's id.
    Parent(i32),
}

/// `fork(2)`. Call it only while the process has a single thread.
pub fn fork() -> Result<Fork> {
    // SAFETY: with a single thread the child may do whatever the parent may.
    Ok(match check(unsafe { libc::fork() })? {
        0 => Fork::Child,
        pid => Fork::Parent(pid),
    })
}

/// Leaves the process at once, without any clean-up: the end of a forked child, never of an applet.
pub fn leave(status: u8) -> ! {
    // SAFETY: ends the process.
    unsafe { libc::_exit(i32::from(status)) }
}

/// C strings and the NULL-terminated vector of pointers to them.
struct CVector {
    _strings: Vec<CPath>,
    pointers: Vec<*const c_char>,
}

impl CVector {
    fn new(list: &[&[u8]]) -> Result<CVector> {
        let mut strings = Vec::with_capacity(list.len());
        for item in list {
            strings.push(CPath::new(item)?);
        }
        let mut pointers: Vec<*const c_char> = strings.iter().map(CPath::as_ptr).collect();
        pointers.push(core::ptr::null());
        Ok(CVector { _strings: strings, pointers })
    }
}

/// `execve(2)` of the file `path`; returns only with an error.
pub fn execve(path: &[u8], arguments: &[&[u8]], environment: &[&[u8]]) -> Errno {
    let prepared = (CPath::new(path), CVector::new(arguments), CVector::new(environment));
    let (Ok(path), Ok(arguments), Ok(environment)) = prepared else {
        return Errno(libc::EINVAL);
    };
    // SAFETY: a C string and two NULL-terminated vectors of C strings, all alive during the call.
    unsafe { libc::execve(path.as_ptr(), arguments.pointers.as_ptr(), environment.pointers.as_ptr()) };
    Errno::last()
}

/// Starts the file `path` as a child without copying this process (`posix_spawn`): with its descriptors, its umask and its
/// working directory. `group`: the process group to be put in (0: one of its own). The signals of `default_signals` (bit
/// n-1 is signal n) get their default action. An error of exec comes back from here.
pub fn spawn(
    path: &[u8],
    arguments: &[&[u8]],
    environment: &[&[u8]],
    group: Option<i32>,
    default_signals: u64,
) -> Result<i32> {
    let (path, arguments, environment) =
        (CPath::new(path)?, CVector::new(arguments)?, CVector::new(environment)?);
    let mut attributes = core::mem::MaybeUninit::<libc::posix_spawnattr_t>::zeroed();
    let mut flags = 0;
    let mut pid = 0;
    // SAFETY: `init` fills `attributes`, which the setters then change; signal sets are filled before they are handed over;
    // the path is a C string and the vectors are NULL-terminated, all alive during the call.
    let status = unsafe {
        libc::posix_spawnattr_init(attributes.as_mut_ptr());
        if let Some(group) = group {
            libc::posix_spawnattr_setpgroup(attributes.as_mut_ptr(), group);
            flags |= libc::POSIX_SPAWN_SETPGROUP;
        }
        if default_signals != 0 {
            let mut set = core::mem::MaybeUninit::<libc::sigset_t>::zeroed();
            libc::sigemptyset(set.as_mut_ptr());
            for signal in 1..=64 {
                if default_signals >> (signal - 1) & 1 != 0 {
                    libc::sigaddset(set.as_mut_ptr(), signal);
                }
            }
            libc::posix_spawnattr_setsigdefault(attributes.as_mut_ptr(), set.as_ptr());
            flags |= libc::POSIX_SPAWN_SETSIGDEF;
        }
        libc::posix_spawnattr_setflags(attributes.as_mut_ptr(), flags as _);
        libc::posix_spawn(
            &mut pid,
            path.as_ptr(),
            core::ptr::null(),
            attributes.as_ptr(),
            arguments.pointers.as_ptr().cast(),
            environment.pointers.as_ptr().cast(),
        )
    };
    if status == 0 { Ok(pid) } else { Err(Errno(status)) }
}

/// Where the stack is taken to begin, and how much of it may be used; set by [`mark_stack`].
static STACK_TOP: AtomicUsize = AtomicUsize::new(0);
static STACK_ROOM: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Takes the caller's place on the stack for its beginning, and its soft limit for its size.
#[inline(never)]
pub fn mark_stack() {
    let here = 0u8;
    STACK_TOP.store(&raw const here as usize, Ordering::Relaxed);
    let limit = limit(libc::RLIMIT_STACK as _).map_or(8 << 20, |(soft, _)| soft.min(64 << 20)) as usize;
    // What signal handlers, the kernel and the innermost functions need.
    STACK_ROOM.store(limit.saturating_sub(512 << 10).max(64 << 10), Ordering::Relaxed);
}

/// Whether the stack is nearly used up: recursion on input ends with an error then.
#[inline(never)]
pub fn stack_is_short() -> bool {
    let here = 0u8;
    let top = STACK_TOP.load(Ordering::Relaxed);
    top != 0 && top.saturating_sub(&raw const here as usize) > STACK_ROOM.load(Ordering::Relaxed)
}

/// Processor time in ticks of 1/100 s: own user and system time, and that of children that have been waited for.
pub fn times() -> [i64; 4] {
    let mut times = libc::tms { tms_utime: 0, tms_stime: 0, tms_cutime: 0, tms_cstime: 0 };
    // SAFETY: `times` is writable.
    unsafe { libc::times(&mut times) };
    [times.tms_utime as i64, times.tms_stime as i64, times.tms_cutime as i64, times.tms_cstime as i64]
}

/// How a child ended or changed: the status word of `wait(2)`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct WaitStatus(pub i32);

impl WaitStatus {
    /// Its exit status, if it left by itself.
    pub fn exit_status(self) -> Option<u8> {
        libc::WIFEXITED(self.0).then_some(libc::WEXITSTATUS(self.0) as u8)
    }

    /// The signal that ended it.
    pub fn signal(self) -> Option<i32> {
        libc::WIFSIGNALED(self.0).then_some(libc::WTERMSIG(self.0))
    }

    /// The signal that stopped it.
    pub fn stop_signal(self) -> Option<i32> {
        libc::WIFSTOPPED(self.0).then_some(libc::WSTOPSIG(self.0))
    }

    /// The status as a shell gives it: the exit status, or 128 and the signal's number.
    pub fn shell_status(self) -> u8 {
        match (self.exit_status(), self.signal()) {
            (Some(status), _) => status,
            (_, Some(signal)) => (128 + signal) as u8,
            _ => 0,
        }
    }
}

/// `waitpid(2)` once: the child's id (0 with `WNOHANG` when none has changed) and its status. `EINTR` comes through.
pub fn wait_once(pid: i32, options: i32) -> Result<(i32, WaitStatus)> {
    let mut status = 0;
    // SAFETY: `status` is writable.
    let pid = check(unsafe { libc::waitpid(pid, &mut status, options) })?;
    Ok((pid, WaitStatus(status)))
}

/// Waits for the end of one child.
pub fn wait(pid: i32) -> Result<WaitStatus> {
    loop {
        match wait_once(pid, 0) {
            Err(Errno(libc::EINTR)) => {}
            result => return result.map(|(_, status)| status),
        }
    }
}

/// This process's id.
pub fn id() -> i32 {
    // SAFETY: no memory is involved.
    unsafe { libc::getpid() }
}

/// The parent's id.
pub fn parent() -> i32 {
    // SAFETY: no memory is involved.
    unsafe { libc::getppid() }
}

/// Real user id.
pub fn uid() -> u32 {
    // SAFETY: no memory is involved.
    unsafe { libc::getuid() }
}

/// Effective user id.
pub fn euid() -> u32 {
    // SAFETY: no memory is involved.
    unsafe { libc::geteuid() }
}

/// Real group id.
pub fn gid() -> u32 {
    // SAFETY: no memory is involved.
    unsafe { libc::getgid() }
}

/// Effective group id.
pub fn egid() -> u32 {
    // SAFETY: no memory is involved.
    unsafe { libc::getegid() }
}

/// Supplementary groups of this process.
pub fn groups() -> Result<Vec<u32>> {
    // SAFETY: a size of 0 asks for the count only.
    let count = check(unsafe { libc::getgroups(0, core::ptr::null_mut()) })?;
    let mut list = alloc::vec![0; count as usize];
    // SAFETY: `list` has room for `count` ids.
    let count = check(unsafe { libc::getgroups(count, list.as_mut_ptr()) })?;
    list.truncate(count as usize);
    Ok(list)
}

/// Sets the supplementary groups.
pub fn set_groups(list: &[u32]) -> Result<()> {
    // SAFETY: `list` is readable for its length.
    check_unit(unsafe { libc::setgroups(list.len() as _, list.as_ptr()) })
}

/// Sets all three group ids (with privilege).
pub fn set_gid(gid: u32) -> Result<()> {
    // SAFETY: no memory is involved.
    check_unit(unsafe { libc::setgid(gid) })
}

/// Sets all three user ids (with privilege).
pub fn set_uid(uid: u32) -> Result<()> {
    // SAFETY: no memory is involved.
    check_unit(unsafe { libc::setuid(uid) })
}

/// `getpriority(2)`: the nice value of a process, group or user (`PRIO_*`).
pub fn priority(which: u32, who: u32) -> Result<i32> {
    // SAFETY: the raw call gives 20 - nice, never negative but for an error.
    let value = unsafe { libc::syscall(libc::SYS_getpriority, which, who) };
    if value < 0 { Err(Errno::last()) } else { Ok(20 - value as i32) }
}

/// `setpriority(2)`.
pub fn set_priority(which: u32, who: u32, nice: i32) -> Result<()> {
    // SAFETY: no memory is involved.
    check_unit(unsafe { libc::setpriority(which as _, who as _, nice) })
}

/// `kill(2)`.
pub fn kill(pid: i32, signal: i32) -> Result<()> {
    // SAFETY: no memory is involved.
    check_unit(unsafe { libc::kill(pid, signal) })
}

/// `setpgid(2)`.
pub fn set_group(pid: i32, group: i32) -> Result<()> {
    // SAFETY: no memory is involved.
    check_unit(unsafe { libc::setpgid(pid, group) })
}

/// `getpgrp(2)`.
pub fn group() -> i32 {
    // SAFETY: no memory is involved.
    unsafe { libc::getpgrp() }
}

/// `setsid(2)`.
pub fn new_session() -> Result<i32> {
    // SAFETY: no memory is involved.
    check(unsafe { libc::setsid() })
}

/// `getrlimit(2)`: the soft and the hard limit of a `RLIMIT_*`.
pub fn limit(resource: u32) -> Result<(u64, u64)> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is writable.
    check_unit(unsafe { libc::getrlimit(resource as _, &mut limit) })?;
    Ok((limit.rlim_cur, limit.rlim_max))
}

/// `setrlimit(2)`.
pub fn set_limit(resource: u32, soft: u64, hard: u64) -> Result<()> {
    let limit = libc::rlimit { rlim_cur: soft, rlim_max: hard };
    // SAFETY: `limit` is readable.
    check_unit(unsafe { libc::setrlimit(resource as _, &limit) })
}

/// Processors this process may run on (`sched_getaffinity(2)`).
pub fn available_processors() -> usize {
    let mut mask = [0u64; 128];
    // SAFETY: `mask` is writable for its size in bytes.
    let n = unsafe { libc::syscall(libc::SYS_sched_getaffinity, 0, size_of_val(&mask), mask.as_mut_ptr()) };
    let words = usize::try_from(n).unwrap_or(0) / 8;
    let count: u32 = mask.iter().take(words).map(|word| word.count_ones()).sum();
    (count as usize).max(1)
}
