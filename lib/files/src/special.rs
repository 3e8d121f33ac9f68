//! Pipes and devices.

use applet::{Error, Result};

use crate::mode::Mode;

/// Makes a special file of the type `kind` with the permissions that `mode` says, or the usual ones.
pub fn make(name: &[u8], kind: u32, mode: Option<&[u8]>, device: u64) -> Result {
    let mut bits = 0o666;
    let mut umask = None;
    if let Some(text) = mode {
        let old = sys::fs::umask(0);
        let parsed = Mode::required(text);
        match parsed {
            Ok(mode) => bits = mode.apply(bits, false, old),
            Err(error) => {
                sys::fs::umask(old);
                return Err(error);
            }
        }
        umask = Some(old);
    }
    let result = if bits & !0o777 != 0 {
        Err(Error::new(b"mode must specify only file permission bits"))
    } else {
        sys::fs::mknodat(sys::fd::CWD, name, kind | bits, device).map_err(Error::from)
    };
    if let Some(old) = umask {
        sys::fs::umask(old);
    }
    result
}
