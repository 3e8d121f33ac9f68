//! usage: unlink FILE
//!
//! Remove FILE by the system call unlink and nothing else.
//!
//! # Notes
//! POSIX.1-2024 unlink.

use applet::prelude::*;

applet::options!("unlink");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    match options.operands.as_slice() {
        [name] => {
            sys::fs::unlinkat(sys::fd::CWD, name, 0).at(name)?;
            Ok(cx.status())
        }
        [] => Err(Error::missing_operand()),
        [_, extra, ..] => Err(Error::extra_operand(extra)),
    }
}
