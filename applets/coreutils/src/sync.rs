//! usage: sync [-df] [FILE]... | fsync [-d] FILE...
//!
//! Write what is cached to the disks: everything, or FILEs.
//!
//!  -d, --data         the contents of FILEs, and of their inodes only what is needed to find them
//!  -f, --file-system  the file systems that FILEs are on
//!
//! # Notes
//! sync as GNU, fsync as BusyBox.

use applet::prelude::*;

applet::options!("sync");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let (data, system) = (options.has(opt::DATA), options.has(opt::FILE_SYSTEM));
    if data && system {
        return Err(Error::usage(&[b"cannot specify both --data and --file-system"]));
    }
    if options.operands.is_empty() {
        if cx.name == b"fsync" {
            return Err(Error::missing_operand());
        }
        if data {
            return Err(Error::usage(&[b"--data needs at least one argument"]));
        }
        sys::fd::sync_everything();
    }
    for name in &options.operands {
        if let Err(errno) = sync(name, data, system) {
            cx.report(Error::system(name, errno));
        }
    }
    Ok(cx.status())
}

fn sync(name: &[u8], data: bool, system: bool) -> sys::Result<()> {
    // What cannot be read can perhaps be written.
    let file = sys::fd::open(name, libc::O_RDONLY | libc::O_NONBLOCK, 0)
        .or_else(|errno| sys::fd::open(name, libc::O_WRONLY | libc::O_NONBLOCK, 0).map_err(|_| errno))?;
    let call = if system {
        sys::fd::sync_file_system
    } else if data {
        sys::fd::sync_data
    } else {
        sys::fd::sync
    };
    call(file.raw())
}
