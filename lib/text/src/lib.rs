//! Text as users see and write it: escapes, quotes, characters and columns.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod escape;
pub mod glob;
pub mod quote;
pub mod utf8;
pub mod width;
