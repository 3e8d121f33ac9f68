//! What the machine is: its names, its memory, its uptime.

use core::mem::MaybeUninit;

use crate::Result;
use crate::errno::check_unit;

/// `uname(2)`.
pub struct Uname(libc::utsname);

/// Asks the kernel for its names.
pub fn uname() -> Result<Uname> {
    let mut names = MaybeUninit::uninit();
    // SAFETY: `names` is writable; it is filled when the call succeeds.
    check_unit(unsafe { libc::uname(names.as_mut_ptr()) })?;
    // SAFETY: filled, see above.
    Ok(Uname(unsafe { names.assume_init() }))
}

fn text(field: &[core::ffi::c_char]) -> &[u8] {
    // SAFETY: c_char and u8 have one size and alignment, and every value is valid for both.
    let bytes = unsafe { core::slice::from_raw_parts(field.as_ptr().cast::<u8>(), field.len()) };
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}

#[allow(missing_docs)]
impl Uname {
    pub fn system(&self) -> &[u8] {
        text(&self.0.sysname)
    }
    pub fn node(&self) -> &[u8] {
        text(&self.0.nodename)
    }
    pub fn release(&self) -> &[u8] {
        text(&self.0.release)
    }
    pub fn version(&self) -> &[u8] {
        text(&self.0.version)
    }
    pub fn machine(&self) -> &[u8] {
        text(&self.0.machine)
    }
}

/// Parts of `sysinfo(2)`.
pub struct Memory {
    /// Seconds since the system started.
    pub uptime: u64,
    /// Load averages over 1, 5 and 15 minutes, in units of 1/65536.
    pub load: [u64; 3],
    /// Bytes of memory.
    pub total: u64,
    /// Bytes of free memory.
    pub free: u64,
}

/// `sysinfo(2)`.
#[allow(clippy::unnecessary_cast)]
pub fn memory() -> Result<Memory> {
    let mut raw = MaybeUninit::<libc::sysinfo>::zeroed();
    // SAFETY: `raw` is writable; all zeroes is valid.
    check_unit(unsafe { libc::sysinfo(raw.as_mut_ptr()) })?;
    // SAFETY: valid from the start, see above.
    let raw = unsafe { raw.assume_init() };
    let unit = u64::from(raw.mem_unit);
    Ok(Memory {
        uptime: raw.uptime as u64,
        load: raw.loads.map(|load| load as u64),
        total: raw.totalram as u64 * unit,
        free: raw.freeram as u64 * unit,
    })
}

/// Fills `buf` with random bytes (`getrandom(2)`).
pub fn random(buf: &mut [u8]) -> Result<()> {
    // Requests up to 256 bytes are never cut short.
    for part in buf.chunks_mut(256) {
        // SAFETY: `part` is writable for its length.
        check_unit(unsafe { libc::syscall(libc::SYS_getrandom, part.as_mut_ptr(), part.len(), 0) as i32 })?;
    }
    Ok(())
}
