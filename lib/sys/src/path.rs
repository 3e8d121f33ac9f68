//! File names as the kernel wants them: ended by a NUL byte.

use alloc::vec::Vec;
use core::ffi::c_char;

use crate::{Errno, Result};

const INLINE: usize = 256;

/// A copy of a name with a NUL behind it; short names stay on the stack.
pub struct CPath {
    inline: [u8; INLINE],
    heap: Vec<u8>,
}

impl CPath {
    /// Copies `name`. `EINVAL` for a NUL inside it.
    pub fn new(name: &[u8]) -> Result<CPath> {
        if name.contains(&0) {
            return Err(Errno(libc::EINVAL));
        }
        let mut path = CPath { inline: [0; INLINE], heap: Vec::new() };
        if let Some(room) = path.inline.get_mut(..name.len()).filter(|_| name.len() < INLINE) {
            room.copy_from_slice(name);
        } else {
            path.heap.reserve_exact(name.len() + 1);
            path.heap.extend_from_slice(name);
            path.heap.push(0);
        }
        Ok(path)
    }

    /// The C string; valid as long as `self` is.
    pub fn as_ptr(&self) -> *const c_char {
        if self.heap.is_empty() { self.inline.as_ptr().cast() } else { self.heap.as_ptr().cast() }
    }
}
