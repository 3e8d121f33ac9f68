//! cairn: a complete Unix userland in one binary, called by the name it is linked under.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]
extern crate alloc;
// Outside of a distribution build, std brings what a program on the host needs; none of it is used.
#[cfg(not(cairn_dist))]
extern crate std;

mod dispatch;
mod help;
mod table;

sys::entry!(dispatch::start);
