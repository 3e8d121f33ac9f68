//! Directories: their entries, and whole trees of them.
//!
//! - [`Listing`]: the entries of one open directory;
//! - [`Chain`]: the way down into a tree as open directories, a bounded number of them however deep it is;
//! - [`walk()`]: visits a tree.
//!
//! Everything is reached from an open directory by a single name, and a name that is not to be followed is opened with
//! `O_NOFOLLOW`: who exchanges a directory for a link while a tree is walked leads nobody outside. No path is handed to
//! the kernel but the operand, so `PATH_MAX` is no limit.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

mod chain;
mod listing;
mod tree;

pub use chain::Chain;
pub use listing::{Entry, Listing};
pub use tree::{Event, Follow, Options, Step, Visit, walk, walk_stats, walk_texts};
