//! usage: pwd [-L | -P]
//!
//! Print the absolute name of the working directory.
//!
//!  -L, --logical   as $PWD has it, if that is right, even with links
//!  -P, --physical  without links (the usual)
//!
//! # Notes
//! POSIX.1-2024 pwd, but -P is the default as with GNU and BusyBox, unless POSIXLY_CORRECT is set.

use applet::prelude::*;

applet::options!("pwd");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    if !options.operands.is_empty() {
        cx.warn(&[b"ignoring non-option arguments"]);
    }
    let logical = match options.last(&[opt::LOGICAL, opt::PHYSICAL]) {
        Some(id) => id == opt::LOGICAL,
        None => cx.var(b"POSIXLY_CORRECT").is_some(),
    };
    match cx.var(b"PWD").filter(|name| logical && is_here(name)) {
        Some(name) => cx.out.line(name),
        None => cx.out.line(&sys::fs::current_dir()?),
    }
    Ok(cx.status())
}

/// Whether a name is absolute, has no `.` and `..` in it, and is that of the working directory.
fn is_here(name: &[u8]) -> bool {
    name.starts_with(b"/")
        && !name.split(|&byte| byte == b'/').any(|part| matches!(part, b"." | b".."))
        && matches!((sys::fs::stat(name), sys::fs::stat(b".")), (Ok(one), Ok(other)) if one.same(&other))
}
