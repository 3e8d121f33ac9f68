//! Names and inodes: status, creation, removal, links, owners, times, directories, file systems.
//!
//! Calls take a directory descriptor ([`crate::fd::CWD`] for the working directory) and a name below it.

use alloc::vec::Vec;
use core::ffi::c_char;
use core::mem::MaybeUninit;

use crate::errno::{check_size, check_unit};
use crate::fd::RawFd;
use crate::path::CPath;
use crate::{Errno, Fd, Result};

/// What `stat(2)` tells of an inode.
#[derive(Clone, Copy)]
pub struct Stat(libc::stat);

/// A moment: seconds and nanoseconds since 1970-01-01 00:00 UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Timestamp {
    /// Whole seconds.
    pub sec: i64,
    /// Nanoseconds, 0 to 999,999,999.
    pub nsec: u32,
}

impl Timestamp {
    /// As a time to set: now.
    pub const NOW: Timestamp = Timestamp { sec: 0, nsec: libc::UTIME_NOW as u32 };
    /// As a time to set: leave it.
    pub const KEEP: Timestamp = Timestamp { sec: 0, nsec: libc::UTIME_OMIT as u32 };

    fn raw(self) -> libc::timespec {
        libc::timespec { tv_sec: self.sec as _, tv_nsec: self.nsec as _ }
    }
}

// The fields' types differ between architectures; these casts make them one.
#[allow(clippy::unnecessary_cast, missing_docs)]
impl Stat {
    pub fn mode(&self) -> u32 {
        self.0.st_mode as u32
    }
    /// The bits of `S_IFMT`.
    pub fn kind(&self) -> u32 {
        self.0.st_mode as u32 & libc::S_IFMT
    }
    pub fn is_dir(&self) -> bool {
        self.kind() == libc::S_IFDIR
    }
    pub fn is_file(&self) -> bool {
        self.kind() == libc::S_IFREG
    }
    pub fn is_link(&self) -> bool {
        self.kind() == libc::S_IFLNK
    }
    /// The file's length in bytes.
    pub fn size(&self) -> u64 {
        self.0.st_size as u64
    }
    pub fn dev(&self) -> u64 {
        self.0.st_dev as u64
    }
    pub fn ino(&self) -> u64 {
        self.0.st_ino as u64
    }
    pub fn nlink(&self) -> u64 {
        self.0.st_nlink as u64
    }
    pub fn uid(&self) -> u32 {
        self.0.st_uid
    }
    pub fn gid(&self) -> u32 {
        self.0.st_gid
    }
    /// The device that a device file stands for.
    pub fn rdev(&self) -> u64 {
        self.0.st_rdev as u64
    }
    /// Space taken, in units of 512 bytes.
    pub fn blocks(&self) -> u64 {
        self.0.st_blocks as u64
    }
    /// The preferred size of reads and writes, in bytes.
    pub fn block_size(&self) -> u64 {
        self.0.st_blksize as u64
    }
    pub fn accessed(&self) -> Timestamp {
        Timestamp { sec: self.0.st_atime as i64, nsec: self.0.st_atime_nsec as u32 }
    }
    pub fn modified(&self) -> Timestamp {
        Timestamp { sec: self.0.st_mtime as i64, nsec: self.0.st_mtime_nsec as u32 }
    }
    pub fn changed(&self) -> Timestamp {
        Timestamp { sec: self.0.st_ctime as i64, nsec: self.0.st_ctime_nsec as u32 }
    }
    /// Whether both are the same inode.
    pub fn same(&self, other: &Stat) -> bool {
        self.ino() == other.ino() && self.dev() == other.dev()
    }
}

/// The major number of a device.
pub fn major(dev: u64) -> u32 {
    libc::major(dev as _) as u32
}

/// The minor number of a device.
pub fn minor(dev: u64) -> u32 {
    libc::minor(dev as _) as u32
}

/// A device number of its parts.
pub fn device(major: u32, minor: u32) -> u64 {
    libc::makedev(major as _, minor as _) as u64
}

/// `fstatat(2)`; `flags` may hold `AT_SYMLINK_NOFOLLOW` and `AT_EMPTY_PATH`.
pub fn statat(dir: RawFd, name: &[u8], flags: i32) -> Result<Stat> {
    let path = CPath::new(name)?;
    let mut stat = MaybeUninit::uninit();
    // SAFETY: `path` is a C string, `stat` is writable; it is filled when the call succeeds.
    check_unit(unsafe { libc::fstatat(dir, path.as_ptr(), stat.as_mut_ptr(), flags) })?;
    // SAFETY: filled, see above.
    Ok(Stat(unsafe { stat.assume_init() }))
}

/// Status of what `name` leads to.
pub fn stat(name: &[u8]) -> Result<Stat> {
    statat(libc::AT_FDCWD, name, 0)
}

/// Status of `name` itself, even when it is a link.
pub fn lstat(name: &[u8]) -> Result<Stat> {
    statat(libc::AT_FDCWD, name, libc::AT_SYMLINK_NOFOLLOW)
}

/// Status of an open file.
pub fn fstat(fd: RawFd) -> Result<Stat> {
    let mut stat = MaybeUninit::uninit();
    // SAFETY: `stat` is writable; it is filled when the call succeeds.
    check_unit(unsafe { libc::fstat(fd, stat.as_mut_ptr()) })?;
    // SAFETY: filled, see above.
    Ok(Stat(unsafe { stat.assume_init() }))
}

/// When the inode was born (`statx(2)`), where the file system keeps that.
pub fn birth_time(dir: RawFd, name: &[u8], flags: i32) -> Option<Timestamp> {
    let path = CPath::new(name).ok()?;
    let mut stat = MaybeUninit::<libc::statx>::zeroed();
    // SAFETY: `path` is a C string, `stat` is writable.
    let status = unsafe {
        libc::syscall(libc::SYS_statx, dir, path.as_ptr(), flags, libc::STATX_BTIME, stat.as_mut_ptr())
    };
    // SAFETY: all zeroes is a valid value, and the kernel fills it when the call succeeds.
    let stat = unsafe { stat.assume_init() };
    (status == 0 && stat.stx_mask & libc::STATX_BTIME != 0)
        .then_some(Timestamp { sec: stat.stx_btime.tv_sec, nsec: stat.stx_btime.tv_nsec })
}

/// Whether the effective ids may do `mode` (`R_OK`, `W_OK`, `X_OK`) with a file (`faccessat2(2)`).
pub fn access(dir: RawFd, name: &[u8], mode: i32) -> Result<()> {
    let path = CPath::new(name)?;
    // SAFETY: `path` is a C string.
    let status = unsafe { libc::syscall(libc::SYS_faccessat2, dir, path.as_ptr(), mode, libc::AT_EACCESS) };
    if status < 0 && Errno::last().0 == libc::ENOSYS {
        // Kernels before 5.8 ask for the real ids, which are the same but for setuid programs.
        // SAFETY: `path` is a C string.
        return check_unit(unsafe { libc::syscall(libc::SYS_faccessat, dir, path.as_ptr(), mode) as i32 });
    }
    check_unit(status as i32)
}

/// A call on one name, which `call` gets as a C string; its status becomes a result.
#[inline(never)]
fn with_path(name: &[u8], call: &mut dyn FnMut(*const c_char) -> i32) -> Result<()> {
    let path = CPath::new(name)?;
    check_unit(call(path.as_ptr()))
}

/// As [`with_path`], on two names.
#[inline(never)]
fn with_paths(
    one: &[u8],
    other: &[u8],
    call: &mut dyn FnMut(*const c_char, *const c_char) -> i32,
) -> Result<()> {
    let other = CPath::new(other)?;
    with_path(one, &mut |one| call(one, other.as_ptr()))
}

/// `mkdirat(2)`.
pub fn mkdirat(dir: RawFd, name: &[u8], mode: u32) -> Result<()> {
    // SAFETY: `path` is a C string.
    with_path(name, &mut |path| unsafe { libc::mkdirat(dir, path, mode) })
}

/// `mknodat(2)`: `mode` holds the type's bits too.
pub fn mknodat(dir: RawFd, name: &[u8], mode: u32, device: u64) -> Result<()> {
    // SAFETY: `path` is a C string.
    with_path(name, &mut |path| unsafe { libc::mknodat(dir, path, mode, device as _) })
}

/// `unlinkat(2)`; `AT_REMOVEDIR` removes an empty directory.
pub fn unlinkat(dir: RawFd, name: &[u8], flags: i32) -> Result<()> {
    // SAFETY: `path` is a C string.
    with_path(name, &mut |path| unsafe { libc::unlinkat(dir, path, flags) })
}

/// `renameat2(2)`; flags such as `RENAME_NOREPLACE` and `RENAME_EXCHANGE`, 0 for plain `renameat`.
pub fn renameat(from_dir: RawFd, from: &[u8], to_dir: RawFd, to: &[u8], flags: u32) -> Result<()> {
    with_paths(from, to, &mut |from, to| {
        if flags == 0 {
            // SAFETY: both are C strings.
            return unsafe { libc::renameat(from_dir, from, to_dir, to) };
        }
        // SAFETY: both are C strings.
        unsafe { libc::syscall(libc::SYS_renameat2, from_dir, from, to_dir, to, flags) as i32 }
    })
}

/// `linkat(2)`; `AT_SYMLINK_FOLLOW` links what a symbolic link leads to.
pub fn linkat(from_dir: RawFd, from: &[u8], to_dir: RawFd, to: &[u8], flags: i32) -> Result<()> {
    // SAFETY: both are C strings.
    with_paths(from, to, &mut |from, to| unsafe { libc::linkat(from_dir, from, to_dir, to, flags) })
}

/// `symlinkat(2)`: makes `name` a link that says `target`.
pub fn symlinkat(target: &[u8], dir: RawFd, name: &[u8]) -> Result<()> {
    // SAFETY: both are C strings.
    with_paths(target, name, &mut |target, name| unsafe { libc::symlinkat(target, dir, name) })
}

/// `readlinkat(2)`, whole, however long.
pub fn readlinkat(dir: RawFd, name: &[u8]) -> Result<Vec<u8>> {
    let path = CPath::new(name)?;
    let mut target: Vec<u8> = Vec::with_capacity(256);
    loop {
        let room = target.capacity();
        // SAFETY: `path` is a C string; the spare capacity is writable for `room` bytes.
        let n = check_size(unsafe {
            libc::readlinkat(dir, path.as_ptr(), target.spare_capacity_mut().as_mut_ptr().cast(), room)
        })?;
        if n < room {
            // SAFETY: the kernel has written `n` bytes.
            unsafe { target.set_len(n) };
            return Ok(target);
        }
        target.reserve(room * 2);
    }
}

/// `fchmodat(2)`, following links.
pub fn chmodat(dir: RawFd, name: &[u8], mode: u32) -> Result<()> {
    // SAFETY: `path` is a C string.
    with_path(name, &mut |path| unsafe { libc::fchmodat(dir, path, mode, 0) })
}

/// As [`chmodat`], but a link is refused with `EOPNOTSUPP` (`fchmodat2(2)` with `AT_SYMLINK_NOFOLLOW`).
pub fn chmodat_nofollow(dir: RawFd, name: &[u8], mode: u32) -> Result<()> {
    const FCHMODAT2: i64 = 452;
    let path = CPath::new(name)?;
    // SAFETY: `path` is a C string.
    match check_unit(unsafe {
        libc::syscall(FCHMODAT2 as _, dir, path.as_ptr(), mode, libc::AT_SYMLINK_NOFOLLOW) as i32
    }) {
        Err(Errno(libc::ENOSYS)) => {}
        result => return result,
    }
    // Kernels before 6.6: by way of a descriptor that names the inode itself.
    let fd = crate::fd::openat(dir, name, libc::O_PATH | libc::O_NOFOLLOW, 0)?;
    if fstat(fd.raw())?.is_link() {
        return Err(Errno(libc::EOPNOTSUPP));
    }
    let mut link = Vec::from(*b"/proc/self/fd/");
    let start = link.len();
    let mut number = fd.raw();
    while number > 0 || link.len() == start {
        link.push(b'0' + (number % 10) as u8);
        number /= 10;
    }
    if let Some(digits) = link.get_mut(start..) {
        digits.reverse();
    }
    match chmodat(crate::fd::CWD, &link, mode) {
        // No /proc: there is no other way.
        Err(Errno(libc::ENOENT)) => chmodat(dir, name, mode),
        result => result,
    }
}

/// `fchmod(2)`.
pub fn fchmod(fd: RawFd, mode: u32) -> Result<()> {
    // SAFETY: no memory is involved.
    check_unit(unsafe { libc::fchmod(fd, mode) })
}

/// `fchownat(2)`; an id of `u32::MAX` is left as it is.
pub fn chownat(dir: RawFd, name: &[u8], uid: u32, gid: u32, flags: i32) -> Result<()> {
    // SAFETY: `path` is a C string.
    with_path(name, &mut |path| unsafe { libc::fchownat(dir, path, uid, gid, flags) })
}

/// `fchown(2)`; an id of `u32::MAX` is left as it is.
pub fn fchown(fd: RawFd, uid: u32, gid: u32) -> Result<()> {
    // SAFETY: no memory is involved.
    check_unit(unsafe { libc::fchown(fd, uid, gid) })
}

/// `utimensat(2)`: times of access and modification, each may be [`Timestamp::NOW`] or [`Timestamp::KEEP`].
pub fn set_times(
    dir: RawFd,
    name: &[u8],
    accessed: Timestamp,
    modified: Timestamp,
    flags: i32,
) -> Result<()> {
    let times = [accessed.raw(), modified.raw()];
    // SAFETY: `path` is a C string, `times` holds two entries.
    with_path(name, &mut |path| unsafe { libc::utimensat(dir, path, times.as_ptr(), flags) })
}

/// `futimens(2)`, see [`set_times`].
pub fn set_times_fd(fd: RawFd, accessed: Timestamp, modified: Timestamp) -> Result<()> {
    let times = [accessed.raw(), modified.raw()];
    // SAFETY: `times` holds two entries.
    check_unit(unsafe { libc::futimens(fd, times.as_ptr()) })
}

/// `truncate(2)` by name.
pub fn truncate(name: &[u8], length: i64) -> Result<()> {
    // SAFETY: `path` is a C string.
    with_path(name, &mut |path| unsafe { libc::truncate(path, length) })
}

/// `chdir(2)`.
pub fn chdir(name: &[u8]) -> Result<()> {
    // SAFETY: `path` is a C string.
    with_path(name, &mut |path| unsafe { libc::chdir(path) })
}

/// `fchdir(2)`.
pub fn fchdir(fd: RawFd) -> Result<()> {
    // SAFETY: no memory is involved.
    check_unit(unsafe { libc::fchdir(fd) })
}

/// `chroot(2)`; the caller changes into it.
pub fn chroot(name: &[u8]) -> Result<()> {
    // SAFETY: `path` is a C string.
    with_path(name, &mut |path| unsafe { libc::chroot(path) })
}

/// The working directory's absolute name, however long (`getcwd(2)`; the kernel's limit is a page).
pub fn current_dir() -> Result<Vec<u8>> {
    let mut name: Vec<u8> = Vec::with_capacity(4096);
    // SAFETY: the spare capacity is writable for its length.
    let n = check_size(unsafe {
        libc::syscall(libc::SYS_getcwd, name.spare_capacity_mut().as_mut_ptr(), name.capacity()) as isize
    })?;
    // SAFETY: the kernel has written `n` bytes, the last one NUL.
    unsafe { name.set_len(n.saturating_sub(1)) };
    Ok(name)
}

/// Sets the mask of permissions for new files; gives the old one.
pub fn umask(mask: u32) -> u32 {
    // SAFETY: no memory is involved.
    unsafe { libc::umask(mask as _) as u32 }
}

/// Reads the next entries of an open directory into `buf` as `struct linux_dirent64` records; gives their length.
pub fn read_dir(fd: RawFd, buf: &mut [u8]) -> Result<usize> {
    // SAFETY: `buf` is writable for its length.
    check_size(unsafe { libc::syscall(libc::SYS_getdents64, fd, buf.as_mut_ptr(), buf.len()) as isize })
}

/// As [`read_dir`], into the spare capacity of `buf`, which becomes that much longer. 0 at the end.
pub fn read_dir_spare(fd: RawFd, buf: &mut Vec<u8>) -> Result<usize> {
    let spare = buf.spare_capacity_mut();
    // SAFETY: the spare capacity is writable for its length.
    let n = check_size(unsafe {
        libc::syscall(libc::SYS_getdents64, fd, spare.as_mut_ptr(), spare.len()) as isize
    })?;
    // SAFETY: the kernel has written `n` bytes behind the old length, within the capacity.
    unsafe { buf.set_len(buf.len() + n) };
    Ok(n)
}

/// What `statfs(2)` tells of a mounted file system.
#[derive(Clone, Copy)]
pub struct FileSystem {
    /// The magic number of its type.
    pub kind: u64,
    /// Size of a block in bytes, as the counts below use it.
    pub fragment: u64,
    /// The best size for reads and writes, in bytes.
    pub block: u64,
    /// Blocks in all.
    pub blocks: u64,
    /// Free blocks.
    pub free: u64,
    /// Blocks free for users without privilege.
    pub available: u64,
    /// Inodes in all.
    pub files: u64,
    /// Free inodes.
    pub files_free: u64,
    /// Its id.
    pub id: u64,
    /// The longest name of an entry, in bytes.
    pub name_max: u64,
}

#[allow(clippy::unnecessary_cast)]
fn file_system(raw: &libc::statfs) -> FileSystem {
    // SAFETY: fsid_t is two 32-bit integers without padding.
    let id: [u32; 2] = unsafe { core::mem::transmute(raw.f_fsid) };
    FileSystem {
        kind: raw.f_type as u64,
        fragment: if raw.f_frsize > 0 { raw.f_frsize as u64 } else { raw.f_bsize as u64 },
        block: raw.f_bsize as u64,
        blocks: raw.f_blocks as u64,
        free: raw.f_bfree as u64,
        available: raw.f_bavail as u64,
        files: raw.f_files as u64,
        files_free: raw.f_ffree as u64,
        id: u64::from(id[0]) << 32 | u64::from(id[1]),
        name_max: raw.f_namelen as u64,
    }
}

/// `statfs(2)`: the file system that holds `name`.
pub fn statfs(name: &[u8]) -> Result<FileSystem> {
    let path = CPath::new(name)?;
    let mut raw = MaybeUninit::uninit();
    // SAFETY: `path` is a C string, `raw` is writable; it is filled when the call succeeds.
    check_unit(unsafe { libc::statfs(path.as_ptr(), raw.as_mut_ptr()) })?;
    // SAFETY: filled, see above.
    Ok(file_system(unsafe { raw.assume_init_ref() }))
}

/// Reads a whole small file (of `/proc`, `/etc`), at most `limit` bytes of it.
pub fn read_file(name: &[u8], limit: usize) -> Result<Vec<u8>> {
    let fd = crate::fd::open_read(name)?;
    let mut data = Vec::new();
    while data.len() < limit {
        data.reserve((limit - data.len()).min(data.len().max(4096)));
        if crate::fd::read_spare(fd.raw(), &mut data)? == 0 {
            break;
        }
    }
    data.truncate(limit);
    Ok(data)
}

/// Opens a directory for reading its entries; with `O_NOFOLLOW` a link is refused.
pub fn open_dir(dir: RawFd, name: &[u8], extra: i32) -> Result<Fd> {
    crate::fd::openat(dir, name, libc::O_RDONLY | libc::O_DIRECTORY | libc::O_NONBLOCK | extra, 0)
}

/// Calls `read` with a buffer and its size in bytes until it is large enough.
fn read_growing(read: &mut dyn FnMut(*mut u8, usize) -> isize) -> Result<Vec<u8>> {
    let mut data: Vec<u8> = Vec::with_capacity(256);
    loop {
        let room = data.capacity();
        match check_size(read(data.spare_capacity_mut().as_mut_ptr().cast(), room)) {
            Ok(n) => {
                // SAFETY: `read` is a system call that has written `n` bytes, no more than there was room for.
                unsafe { data.set_len(n) };
                return Ok(data);
            }
            Err(Errno(libc::ERANGE)) if room < 1 << 17 => data.reserve(room * 2),
            Err(error) => return Err(error),
        }
    }
}

/// An extended attribute's value (`fgetxattr(2)`), `None` when it has none.
pub fn get_attribute(fd: RawFd, name: &[u8]) -> Result<Option<Vec<u8>>> {
    let name = CPath::new(name)?;
    // SAFETY: `name` is a C string; the buffer is writable for its size.
    match read_growing(&mut |data, room| unsafe { libc::fgetxattr(fd, name.as_ptr(), data.cast(), room) }) {
        Err(Errno(libc::ENODATA | libc::EOPNOTSUPP)) => Ok(None),
        result => result.map(Some),
    }
}

/// The names of an open file's extended attributes (`flistxattr(2)`), each ended by a NUL.
pub fn list_attributes(fd: RawFd) -> Result<Vec<u8>> {
    // SAFETY: the buffer is writable for its size.
    match read_growing(&mut |data, room| unsafe { libc::flistxattr(fd, data.cast(), room) }) {
        Err(Errno(libc::EOPNOTSUPP)) => Ok(Vec::new()),
        result => result,
    }
}

/// Sets an extended attribute (`fsetxattr(2)`).
pub fn set_attribute(fd: RawFd, name: &[u8], value: &[u8]) -> Result<()> {
    let name = CPath::new(name)?;
    // SAFETY: `name` is a C string, `value` is readable for its length.
    check_unit(unsafe { libc::fsetxattr(fd, name.as_ptr(), value.as_ptr().cast(), value.len(), 0) })
}
