//! What the build scripts and `xtask` share: `features.toml`, the documentation of the applets, and what follows from both.
//!
//! The text at the top of an applet's file is its help, its reference page and the grammar of its options; see [`doc`].

pub mod doc;
pub mod features;
pub mod generate;

pub use doc::{Doc, OptionSpec, Value};
pub use features::{Applet, Features};
