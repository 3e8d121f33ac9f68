//! Sorting lines: keys, an in-memory sort that uses the processors there are, and merging.
//!
//! A line in memory is where it is in one large buffer, and the first 128 bits of its order. Most comparisons end
//! with these; the rest looks at the [`Keys`].
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod compare;
pub mod keys;
pub mod lines;
pub mod merge;
pub mod version;

pub use keys::{Key, Keys, Order};
pub use lines::Lines;
pub use merge::merge;
