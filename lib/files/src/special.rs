//! Pipes and devices.

use applet::{Error, Result};

use crate::mode::Mode;

/// Makes a special file of the type `kind` with the permissions that `mode` says, or the usual ones.
pub fn make(name: &[u8], kind: u32, mode: Option<&[u8]>, device: u64) -> Result {
    let mut bits = 0o666;
    let mut guard = None;
    if let Some(text) = mode {
        let mode = Mode::required(text)?;
        let umask = crate::tree::umask();
        guard = Some(crate::folders::Umask::set(0));
        bits = mode.apply(bits, false, umask);
    }
    if bits & !0o777 != 0 {
        return Err(Error::new(b"mode must specify only file permission bits"));
    }
    sys::fs::mknodat(sys::fd::CWD, name, kind | bits, device)?;
    drop(guard);
    Ok(())
}
