//! The shell.
#![no_std]
#![forbid(unsafe_code)]
#![allow(missing_docs)] // an applet's documentation is the text at the top of its file
extern crate alloc;
#[cfg(test)]
extern crate std;

include!(concat!(env!("OUT_DIR"), "/modules.rs"));
