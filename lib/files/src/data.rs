//! The contents of one file into another.

use alloc::vec::Vec;
use sys::fs::Stat;
use sys::{Errno, RawFd, Result, libc};

/// What becomes of holes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sparse {
    /// Holes stay holes.
    Auto,
    /// Blocks of zeroes become holes too.
    Always,
    /// Holes are filled with zeroes.
    Never,
}

/// Whether the copy shares its blocks with the original.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reflink {
    /// If the file system can.
    Auto,
    /// Or it fails.
    Always,
    /// No.
    Never,
}

/// Which side of a copy failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The file that is read.
    Source,
    /// The file that is written.
    Target,
}

/// An error of a copy.
pub type Failure = (Side, Errno);

/// Called with the number of bytes just copied.
pub type Progress<'a> = &'a mut dyn FnMut(u64);

/// The size of the buffer, and of a file that simply goes through it, in bytes.
const BUFFER: usize = 256 * 1024;
/// The unit in which zeroes become holes, in bytes.
const BLOCK: usize = 4096;
/// How much the kernel copies in one call, in bytes; small enough for progress to be seen.
const CHUNK: u64 = 16 << 20;

/// Copies files, one after the other.
pub struct Copier {
    /// What becomes of holes.
    pub sparse: Sparse,
    /// Whether blocks are shared.
    pub reflink: Reflink,
    buffer: Vec<u8>,
    /// A device that cannot share blocks: it is not asked again.
    plain_device: Option<u64>,
}

fn source<T>(result: Result<T>) -> core::result::Result<T, Failure> {
    result.map_err(|errno| (Side::Source, errno))
}

fn target<T>(result: Result<T>) -> core::result::Result<T, Failure> {
    result.map_err(|errno| (Side::Target, errno))
}

impl Copier {
    /// With the two choices of `cp`.
    pub fn new(sparse: Sparse, reflink: Reflink) -> Copier {
        Copier { sparse, reflink, buffer: Vec::new(), plain_device: None }
    }

    /// Copies all of `from`, whose status is `stat`, to `to`, an empty file; both at offset 0.
    pub fn copy(
        &mut self,
        from: RawFd,
        to: RawFd,
        stat: &Stat,
        progress: Progress,
    ) -> core::result::Result<(), Failure> {
        let size = if stat.is_file() { stat.size() } else { 0 };
        let must_share = self.reflink == Reflink::Always;
        let may_share = self.reflink == Reflink::Auto && size > 0 && self.plain_device != Some(stat.dev());
        if must_share || may_share {
            match sys::fd::clone_file(from, to) {
                Ok(()) => {
                    progress(size);
                    return Ok(());
                }
                Err(errno) if must_share => return Err((Side::Target, errno)),
                Err(_) => self.plain_device = Some(stat.dev()),
            }
        }
        if self.buffer.capacity() == 0 {
            self.buffer.reserve_exact(BUFFER);
        }
        // What is no regular file gets every zero: a pipe cannot skip any, a device would keep what it has.
        let auto = self.sparse == Sparse::Auto && sys::fs::fstat(to).is_ok_and(|to| to.is_file());
        let has_holes = stat.blocks().saturating_mul(512) < size;
        if auto && has_holes && self.copy_extents(from, to, size, progress)? {
            return Ok(());
        }
        if auto && size > BUFFER as u64 && !has_holes {
            // Reserved at once, space costs the kernel less than page by page.
            let _ = sys::fd::allocate(to, libc::FALLOC_FL_KEEP_SIZE, 0, size as i64);
            let mut copied = 0;
            while let Ok(n @ 1..) = sys::fd::copy_file_range(from, to, CHUNK as usize) {
                copied += n as u64;
                progress(n as u64);
            }
            // An error, if it was one, comes again below; the offsets are where the kernel stopped.
            let result = self.through_buffer(from, to, u64::MAX, progress, size);
            if copied < size {
                // What was reserved behind the end goes back.
                self.end_here(to)?;
            }
            return result;
        }
        self.through_buffer(from, to, u64::MAX, progress, size)?;
        if self.sparse == Sparse::Always {
            self.end_here(to)?;
        }
        Ok(())
    }

    /// Copies the parts that are no holes; `false`, with nothing done, where the file system does not tell them.
    fn copy_extents(
        &mut self,
        from: RawFd,
        to: RawFd,
        mut size: u64,
        progress: Progress,
    ) -> core::result::Result<bool, Failure> {
        let mut at = 0;
        loop {
            let start = match sys::fd::seek(from, at, libc::SEEK_DATA) {
                Ok(start) => start,
                Err(Errno(libc::ENXIO)) => break,
                Err(_) if at == 0 => return Ok(false),
                Err(errno) => return Err((Side::Source, errno)),
            };
            let end = source(sys::fd::seek(from, start, libc::SEEK_HOLE))?;
            source(sys::fd::seek(from, start, libc::SEEK_SET))?;
            target(sys::fd::seek(to, start, libc::SEEK_SET))?;
            progress((start - at) as u64);
            let mut left = (end - start) as u64;
            while left > 0 {
                match sys::fd::copy_file_range(from, to, left.min(CHUNK) as usize) {
                    Ok(n @ 1..) => {
                        left = left.saturating_sub(n as u64);
                        progress(n as u64);
                    }
                    _ => break,
                }
            }
            self.through_buffer(from, to, left, progress, 0)?;
            at = end.min(source(sys::fd::seek(from, 0, libc::SEEK_CUR))?);
            if at < end {
                // It has less than it says, as files that the kernel makes up have.
                size = 0;
                break;
            }
        }
        // It may have grown meanwhile; what has been written stays.
        target(sys::fd::truncate(to, at.max(size as i64)))?;
        Ok(true)
    }

    /// Copies at most `limit` bytes through the buffer. A file of `size` bytes is complete when it gave that many at once.
    fn through_buffer(
        &mut self,
        from: RawFd,
        to: RawFd,
        limit: u64,
        progress: Progress,
        size: u64,
    ) -> core::result::Result<(), Failure> {
        let mut left = limit;
        while left > 0 {
            self.buffer.clear();
            let n = source(sys::fd::read_spare(from, &mut self.buffer))? as u64;
            if n == 0 {
                break;
            }
            self.buffer.truncate(n.min(left) as usize);
            target(if self.sparse == Sparse::Always {
                write_sparse(to, &self.buffer)
            } else {
                sys::fd::write_all(to, &self.buffer)
            })?;
            progress(n);
            left = left.saturating_sub(n);
            if n == size && n < BUFFER as u64 {
                break;
            }
        }
        Ok(())
    }

    /// Makes the file end where its offset is, which may be behind a hole.
    fn end_here(&self, to: RawFd) -> core::result::Result<(), Failure> {
        let end = target(sys::fd::seek(to, 0, libc::SEEK_CUR))?;
        target(sys::fd::truncate(to, end))
    }
}

/// Writes what is not zero, and goes past what is.
fn write_sparse(to: RawFd, mut data: &[u8]) -> Result<()> {
    let zero = |block: &[u8]| block.iter().all(|&byte| byte == 0);
    while !data.is_empty() {
        let is_hole = zero(data.get(..BLOCK).unwrap_or(data));
        let run = data.chunks(BLOCK).take_while(|block| zero(block) == is_hole).map(<[u8]>::len).sum();
        let (now, later) = data.split_at_checked(run).unwrap_or((data, b""));
        if is_hole {
            sys::fd::seek(to, run as i64, libc::SEEK_CUR)?;
        } else {
            sys::fd::write_all(to, now)?;
        }
        data = later;
    }
    Ok(())
}

/// Whether two files hold the same from their offsets on.
pub fn equal(one: RawFd, other: RawFd) -> bool {
    let mut blocks = [alloc::vec![0; BUFFER], alloc::vec![0; BUFFER]];
    let [left, right] = &mut blocks;
    let same = loop {
        let (Ok(n), Ok(m)) = (sys::fd::read_full(one, left), sys::fd::read_full(other, right)) else {
            break false;
        };
        if left.get(..n) != right.get(..m) {
            break false;
        }
        if n == 0 {
            break true;
        }
    };
    // The caller is still to copy it.
    same & sys::fd::seek(one, 0, libc::SEEK_SET).is_ok()
}
