//! usage: sleep NUMBER[smhd]...
//!
//! Wait for the sum of the times: seconds (s), minutes (m), hours (h) or days (d), with fractions.
//!
//! # Notes
//! POSIX.1-2024 sleep; suffixes, fractions and several operands as GNU and BusyBox.

use applet::prelude::*;

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(b"")?;
    if options.operands.is_empty() {
        return Err(Error::missing_operand());
    }
    let mut total = sys::fs::Timestamp::default();
    for operand in options.operands {
        let time = applet::value::duration(operand)?;
        let nsec = total.nsec + time.nsec;
        total.sec = total.sec.saturating_add(time.sec).saturating_add(i64::from(nsec / 1_000_000_000));
        total.nsec = nsec % 1_000_000_000;
    }
    cx.out.flush().at(b"write error")?;
    // A stopped and continued process sleeps on: the kernel restarts the call.
    sys::time::sleep(total)?;
    Ok(Exit::SUCCESS)
}
