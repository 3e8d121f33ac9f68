//! usage: usleep MICROSECONDS
//!
//! Wait for MICROSECONDS.
//!
//! # Notes
//! BusyBox's command.

use applet::prelude::*;

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(b"")?;
    let [operand] = options.operands.as_slice() else {
        return Err(match options.operands.get(1) {
            Some(extra) => Error::extra_operand(extra),
            None => Error::missing_operand(),
        });
    };
    let micros = applet::value::number(operand, b"", b"number of microseconds")?;
    let nsec = (micros % 1_000_000) as u32 * 1000;
    sys::time::sleep(sys::fs::Timestamp { sec: (micros / 1_000_000) as i64, nsec })?;
    Ok(Exit::SUCCESS)
}
