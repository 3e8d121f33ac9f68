//! The machine that runs compiled awk programs: values, arrays, records, and the interpreter.
//!
//! What is done for every record or every turn of a loop is here, compiled for speed; all that is rarer or does more
//! (fields that are assigned to, opening files, formatting, built-in functions) is the [`Host`]'s, the awk applet.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod code;
pub mod number;
pub mod record;
mod run;
pub mod split;
pub mod table;
pub mod value;
pub mod vm;

pub use code::{Op, Opd, Program};
pub use record::Record;
pub use split::{Separator, Splitter};
pub use table::Table;
pub use value::Value;
pub use vm::{Conversion, Host, Vm};
