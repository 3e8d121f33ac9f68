//! What the commands that make, copy, replace and remove files share.
//!
//! - [`mode`]: permissions as `chmod` reads and `ls` writes them;
//! - [`data`]: the contents of one file into another;
//! - [`attributes`]: owner, permissions, times and extended attributes;
//! - [`tree`]: copies of whole trees, for cp and mv;
//! - [`progress`]: a line that tells how far a copy is;
//! - [`remove`]: removal of whole trees, for rm and mv;
//! - [`say`]: words that several commands use;
//! - [`special`]: pipes and devices;
//! - [`canonical`]: names without links and detours;
//! - [`target`]: which source goes where, for cp, mv, ln and install;
//! - [`backup`]: what becomes of a file that is in the way;
//! - [`temporary`]: new names, and files that appear under their name when they are complete;
//! - [`each`]: one change for many files, for chmod and chown;
//! - [`folders`]: directories with those above them;
//! - [`inodes`]: a set of files that have been seen;
//! - [`order`]: one sort for lists of anything;
//! - [`scale`]: amounts of space in the units that are asked for.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod attributes;
pub mod backup;
pub mod canonical;
pub mod data;
pub mod each;
pub mod folders;
pub mod inodes;
pub mod mode;
pub mod order;
pub mod progress;
pub mod remove;
pub mod say;
pub mod scale;
pub mod special;
pub mod target;
pub mod temporary;
pub mod tree;
