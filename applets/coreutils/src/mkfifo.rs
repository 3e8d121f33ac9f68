//! usage: mkfifo [-m MODE] NAME...
//!
//! Make named pipes.
//!
//!  -m, --mode=MODE  their permissions, as for chmod; not a=rw less the umask
//!
//! # Notes
//! POSIX.1-2024 mkfifo.

use applet::prelude::*;

applet::options!("mkfifo");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    if options.operands.is_empty() {
        return Err(Error::missing_operand());
    }
    let mode = options.value(opt::MODE);
    for name in &options.operands {
        if let Err(error) = files::special::make(name, libc::S_IFIFO, mode, 0) {
            cx.report_at(name, error);
        }
    }
    Ok(cx.status())
}
