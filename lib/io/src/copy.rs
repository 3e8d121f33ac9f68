//! Copying a whole input to an output.

use crate::{BLOCK, Reader, Writer};
use sys::Result;

/// Copies the rest of `from` to `to`, inside the kernel where both ends allow it. Gives the number of bytes.
///
/// The error is the input's; one of the output is kept in `to`.
pub fn copy(from: &mut Reader, to: &mut Writer) -> Result<u64> {
    copy_part(from, to, u64::MAX)
}

/// As [`copy`], but at most `limit` bytes; nothing behind them is taken from a descriptor that data is copied to.
pub fn copy_part(from: &mut Reader, to: &mut Writer, limit: u64) -> Result<u64> {
    let mut left = limit;
    while left > 0 {
        // To a descriptor, only what has been read already goes this way.
        let block = if to.fd().is_some() { from.buffered() } else { from.block()? };
        let length = block.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if length == 0 {
            break;
        }
        to.write(block.get(..length).unwrap_or_default());
        left -= length as u64;
        from.consume(length);
    }
    if let Some(fd) = to.fd()
        && to.flush().is_ok()
    {
        left -= copy_in_kernel(from.fd(), fd, left);
        let mut buf = alloc::vec![0; left.min(2 * BLOCK as u64) as usize];
        let all = left;
        while left > 0 && !to.failed() {
            buf.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            let count = sys::fd::read(from.fd(), &mut buf)?;
            if count == 0 {
                break;
            }
            if let Err(error) = sys::fd::write_all(fd, buf.get(..count).unwrap_or_default()) {
                to.fail(error);
            }
            if left == all && count > BLOCK {
                sys::fd::widen_pipe(fd);
            }
            left -= count as u64;
        }
    }
    Ok(limit - left)
}

/// Moves at most `limit` bytes, as much as the kernel can without our buffers; an error only means that the rest goes
/// through them.
fn copy_in_kernel(from: i32, to: i32, limit: u64) -> u64 {
    // Spliced from a file, a pipe would hold the file's own pages: whoever reads it later would see what the file has
    // become by then, not what it was. What comes from a pipe belongs to nobody else.
    let from_pipe = sys::fs::fstat(from).is_ok_and(|stat| stat.kind() == sys::libc::S_IFIFO);
    let call = if from_pipe { sys::fd::splice } else { sys::fd::copy_file_range };
    let mut total = 0;
    // 0 is the end, or a file of /proc that claims to be empty: only reading tells.
    while total < limit
        && let Ok(n @ 1..) = call(from, to, (limit - total).min(1 << 30) as usize)
    {
        if total == 0 && n >= BLOCK / 2 && from_pipe {
            sys::fd::widen_pipe(from);
            sys::fd::widen_pipe(to);
        }
        total += n as u64;
    }
    total
}
