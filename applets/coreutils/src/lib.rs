//! Files, text and facts: the commands of POSIX and GNU that every script uses. One file is one applet.
#![no_std]
#![forbid(unsafe_code)]
#![allow(missing_docs)] // an applet's documentation is the text at the top of its file
extern crate alloc;
#[cfg(test)]
extern crate std;

include!(concat!(env!("OUT_DIR"), "/modules.rs"));
