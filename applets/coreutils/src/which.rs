//! usage: which [-a] COMMAND...
//!
//! Print where COMMANDs are found by PATH. The status is 1 if one is not.
//!
//!  -a  print all places, not only the first
//!
//! # Notes
//! As BusyBox.

use applet::prelude::*;

applet::options!("which");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    if options.operands.is_empty() {
        return Err(Error::missing_operand());
    }
    let path = cx.var(b"PATH").unwrap_or(b"/sbin:/usr/sbin:/bin:/usr/bin");
    for name in &options.operands {
        let mut found = false;
        if name.contains(&b'/') {
            found = put(cx, name);
        } else {
            for folder in path.split(|&byte| byte == b':') {
                let folder: &[u8] = if folder.is_empty() { b"." } else { folder };
                if put(cx, &[folder, b"/", name].concat()) {
                    found = true;
                    if !options.has(opt::a) {
                        break;
                    }
                }
            }
        }
        if !found {
            cx.set_status(1);
        }
    }
    Ok(cx.status())
}

/// Prints a name if it is a file that may be executed.
fn put(cx: &mut Context, name: &[u8]) -> bool {
    let found = sys::fs::stat(name).is_ok_and(|stat| stat.is_file())
        && sys::fs::access(sys::fd::CWD, name, libc::X_OK).is_ok();
    if found {
        cx.out.line(name);
    }
    found
}
