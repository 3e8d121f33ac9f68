//! Terminals: raw mode, keys, screens, and the line editor.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;
