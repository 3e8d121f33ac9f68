//! Copying a whole input to an output.

use crate::{BLOCK, Reader, Writer};
use sys::Result;

/// Copies the rest of `from` to `to`, inside the kernel where both ends allow it. Gives the number of bytes.
///
/// The error is the input's; one of the output is kept in `to`.
pub fn copy(from: &mut Reader, to: &mut Writer) -> Result<u64> {
    let mut total = 0;
    while !from.buffered().is_empty() {
        let block = from.buffered();
        total += block.len() as u64;
        to.write(block);
        let length = block.len();
        from.consume(length);
    }
    if let Some(fd) = to.fd() {
        if to.flush().is_err() {
            return Ok(total);
        }
        total += copy_in_kernel(from.fd(), fd);
        let mut buf = alloc::vec::Vec::with_capacity(2 * BLOCK);
        while !to.failed() && sys::fd::read_spare(from.fd(), &mut buf)? > 0 {
            if let Err(error) = sys::fd::write_all(fd, &buf) {
                to.fail(error);
            }
            if total == 0 && buf.len() > BLOCK {
                sys::fd::widen_pipe(fd);
            }
            total += buf.len() as u64;
            buf.clear();
        }
        return Ok(total);
    }
    loop {
        let block = from.block()?;
        if block.is_empty() {
            return Ok(total);
        }
        let length = block.len();
        to.write(block);
        total += length as u64;
        from.consume(length);
    }
}

/// Moves as much as the kernel can without our buffers; an error only means that the rest goes through them.
fn copy_in_kernel(from: i32, to: i32) -> u64 {
    // Spliced from a file, a pipe would hold the file's own pages: whoever reads it later would see what the file has
    // become by then, not what it was. What comes from a pipe belongs to nobody else.
    let from_pipe = sys::fs::fstat(from).is_ok_and(|stat| stat.kind() == sys::libc::S_IFIFO);
    let call = if from_pipe { sys::fd::splice } else { sys::fd::copy_file_range };
    let mut total = 0;
    // 0 is the end, or a file of /proc that claims to be empty: only reading tells.
    while let Ok(n @ 1..) = call(from, to, 1 << 30) {
        total += n as u64;
    }
    total
}
