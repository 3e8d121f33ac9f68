//! Terminals: raw mode, keys, screens, and the line editor.
//!
//! - [`Raw`] changes the settings of a terminal and gives them back when it is dropped.
//! - [`Keys`] turns what is typed into [`Key`]s.
//! - [`show`] shows bytes of files so that none of them can command the terminal.
//! - [`Screen`] is a whole screen: it sends only the lines that have changed.
//! - [`edit`] reads a line with editing, history and completion.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod edit;
pub mod history;
mod keys;
mod raw;
mod screen;
pub mod show;

pub use edit::{Completion, Editor, Host, Outcome};
pub use history::History;
pub use keys::{Key, Keys};
pub use raw::{Raw, size};
pub use screen::Screen;

/// Appends a number in decimal.
pub fn decimal(number: usize, out: &mut alloc::vec::Vec<u8>) {
    if number > 9 {
        decimal(number / 10, out);
    }
    out.push(b'0' + (number % 10) as u8);
}
