//! Search, edit, compare and compute: what scripts and hands do with text.
#![no_std]
#![forbid(unsafe_code)]
#![allow(missing_docs)] // an applet's documentation is the text at the top of its file
extern crate alloc;
#[cfg(test)]
extern crate std;

#[cfg(any(feature = "hexedit", feature = "less", feature = "man", feature = "more", feature = "vi"))]
#[allow(dead_code)] // not every selection uses all of it
mod console;

include!(concat!(env!("OUT_DIR"), "/modules.rs"));
