//! usage: xargs [ARG]...
//!
//! To be written.
use applet::prelude::*;

pub fn main(_cx: &mut Context) -> Result<Exit> {
    Err(Error::new(b"to be written"))
}
