//! usage: nproc [--all] [--ignore=N]
//!
//! Print the number of processors that this process may use.
//!
//!  --all       of processors that the system has
//!  --ignore=N  leave N of them out, down to 1
//!
//! # Notes
//! GNU's command; OMP_NUM_THREADS and OMP_THREAD_LIMIT count too.

use applet::prelude::*;

applet::options!("nproc");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    if let Some(extra) = options.operands.first() {
        return Err(Error::extra_operand(extra));
    }
    let ignored = match options.value(opt::IGNORE) {
        Some(text) => applet::value::number(text, b"", b"number")?,
        None => 0,
    };
    let limit = |name: &[u8]| {
        let text = cx.var(name)?.split(|&byte| byte == b',').next()?;
        num::parse_u64(text.trim_ascii()).ok().filter(|&number| number > 0)
    };
    let count = if options.has(opt::ALL) {
        installed()
    } else {
        let most = limit(b"OMP_THREAD_LIMIT").unwrap_or(u64::MAX);
        limit(b"OMP_NUM_THREADS").unwrap_or(sys::process::available_processors() as u64).min(most)
    };
    cx.out.decimal(count.saturating_sub(ignored).max(1));
    cx.out.byte(b'\n');
    Ok(cx.status())
}

/// Counts the processors of `/sys/devices/system/cpu/present`, a list such as `0-3,8`.
fn installed() -> u64 {
    let list = sys::fs::read_file(b"/sys/devices/system/cpu/present", 4096).unwrap_or_default();
    let mut count = 0u64;
    for range in list.trim_ascii().split(|&byte| byte == b',') {
        let mut ends = range.split(|&byte| byte == b'-').map(|text| num::parse_u64(text).unwrap_or(0));
        let first = ends.next().unwrap_or(0);
        count += ends.next().unwrap_or(first).saturating_sub(first) + 1;
    }
    count
}
