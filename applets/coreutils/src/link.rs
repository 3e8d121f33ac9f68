//! usage: link FILE NAME
//!
//! Give FILE another NAME: a hard link, by the system call link and nothing else.
//!
//! # Notes
//! POSIX.1-2024 link.

use applet::prelude::*;

applet::options!("link");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    match options.operands.as_slice() {
        [from, to] => {
            sys::fs::linkat(sys::fd::CWD, from, sys::fd::CWD, to, 0).at(&[*from, b": ", to].concat())?;
            Ok(cx.status())
        }
        [] => Err(Error::missing_operand()),
        [one] => Err(files::say::missing_after(one)),
        [_, _, extra, ..] => Err(Error::extra_operand(extra)),
    }
}
