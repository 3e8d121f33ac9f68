//! usage: true [ARG]... | false [ARG]...
//!
//! Do nothing; true succeeds, false fails (status 1). Arguments are ignored.
//!
//! # Notes
//! POSIX.1-2024 true, false.

use applet::prelude::*;

pub fn main(cx: &mut Context) -> Result<Exit> {
    if cx.name == b"false" {
        return Ok(Exit::FAILURE);
    }
    cx.answer_help()?;
    Ok(Exit::SUCCESS)
}
