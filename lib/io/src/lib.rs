//! Buffered input and output on descriptors.
//!
//! [`Writer`] never fails at the call: it remembers its first error and drops what comes after, and [`Writer::flush`]
//! tells. A loop whose output has no end asks [`Writer::failed`] once a round. [`Reader`] hands out slices of its own
//! buffer: lines, blocks, or whatever has come.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod base;
mod copy;
mod count;
pub mod fields;
mod reader;
pub mod tally;
pub mod translate;
mod writer;

pub use copy::{copy, copy_part};
pub use count::count;
pub use reader::Reader;
pub use writer::Writer;

/// The size of buffers that meet the kernel, in bytes: large enough that system calls cost little, small enough for caches.
pub const BLOCK: usize = 64 * 1024;
