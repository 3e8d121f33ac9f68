//! The contract of an applet: what it is given, what it gives back, and how it speaks to its user.
//!
//! An applet is `pub fn main(cx: &mut Context) -> Result<Exit>`. Everything it may use comes in through the [`Context`];
//! everything it has to say comes back as an [`Exit`] or an [`Error`]. It never exits, never panics, leaks nothing, and
//! leaves the process (descriptors, umask, working directory, signals) as it found it, so that a shell can call it.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

mod context;
mod error;
mod exec;
mod message;
mod options;
mod reasons;
mod spawn;
pub mod value;

pub use context::{Class, Context, EMPTY_HOUSE, Exit, House, push_safely};
pub use error::{At, Error, Result};
pub use message::{because, fill};
pub use options::Options;
pub use reasons::reason;
pub use spawn::argument_room;

/// What nearly every applet needs; `use applet::prelude::*` opens its file.
pub mod prelude {
    pub use crate::{At, Context, Error, Exit, Options, Result};
    pub use alloc::boxed::Box;
    pub use alloc::vec::Vec;
    pub use io::{Reader, Writer};
    pub use sys::libc;
    pub use sys::{Errno, Fd};
}

/// Brings an applet's option table into scope as the module `opt`: a constant for each option (named after its long
/// name, or its letter if it has none) and `opt::GRAMMAR`, derived from the documentation at the top of the file.
#[macro_export]
macro_rules! options {
    ($module:literal) => {
        #[allow(dead_code, non_upper_case_globals, missing_docs)]
        mod opt {
            include!(concat!(env!("OUT_DIR"), "/", $module, ".rs"));
        }
    };
}
