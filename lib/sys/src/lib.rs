//! The kernel and the C library behind safe functions: the one crate that may say `unsafe`.
//!
//! Descriptors are plain numbers ([`RawFd`]) where they are borrowed and [`Fd`] where they are owned; names are bytes;
//! every failure is an [`Errno`]. Nothing here allocates but for results and for names longer than a stack buffer.
#![no_std]
// Giving up charge of a descriptor or of a signal disposition is what `forget` is for.
#![allow(clippy::mem_forget)]
extern crate alloc;
#[cfg(test)]
extern crate std;

#[cfg(cairn_dist)]
mod bare;
pub mod errno;
pub mod fd;
pub mod fs;
#[cfg(any(cairn_dist, test))]
mod heap;
pub mod host;
pub mod math;
#[cfg(cairn_dist)]
mod memory;
pub mod path;
pub mod process;
pub mod sha;
pub mod signal;
pub mod start;
pub mod terminal;
pub mod thread;
pub mod time;
pub mod vector;

pub use errno::{Errno, Result};
pub use fd::{Fd, RawFd};
/// The constants of the kernel's interface (`O_*`, `S_*`, `E*`, `SIG*`), under the names C gives them.
pub use libc;
