//! usage: rmdir [-pv] DIRECTORY...
//!
//! Remove empty directories.
//!
//!  -p, --parents               remove the directories above it too, if that leaves them empty
//!  -v, --verbose               tell what is removed
//!  --ignore-fail-on-non-empty  a directory that is not empty is no error
//!
//! # Notes
//! POSIX.1-2024 rmdir; the other options as GNU.

use applet::prelude::*;
use files::target::trim_slashes;

applet::options!("rmdir");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    if options.operands.is_empty() {
        return Err(Error::missing_operand());
    }
    for operand in &options.operands {
        let mut name = *operand;
        loop {
            if options.has(opt::VERBOSE) {
                files::say::line(cx, &[b"rmdir: removing directory, '", name, b"'"]);
            }
            match sys::fs::unlinkat(sys::fd::CWD, name, libc::AT_REMOVEDIR) {
                Ok(()) => {}
                Err(Errno(libc::ENOTEMPTY | libc::EEXIST)) if options.has(opt::IGNORE_FAIL_ON_NON_EMPTY) => {
                    break;
                }
                Err(errno) => {
                    cx.report(Error::system(name, errno));
                    break;
                }
            }
            name = trim_slashes(name);
            let parent = name
                .iter()
                .rposition(|&byte| byte == b'/')
                .map(|at| trim_slashes(name.get(..at).unwrap_or_default()));
            match parent {
                Some(parent) if options.has(opt::PARENTS) && !parent.is_empty() => name = parent,
                _ => break,
            }
        }
    }
    Ok(cx.status())
}
