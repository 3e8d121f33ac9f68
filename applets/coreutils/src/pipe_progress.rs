//! usage: pipe_progress
//!
//! Copy standard input to standard output, and write a dot to standard error each second that something comes.

use applet::prelude::*;

applet::options!("pipe_progress");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    if let Some(extra) = options.operands.first() {
        return Err(Error::extra_operand(extra));
    }
    let mut input = cx.open(b"-")?;
    let mut last = sys::time::monotonic();
    loop {
        let block = input.block().at(b"-")?;
        let length = block.len();
        if length == 0 {
            break;
        }
        cx.out.write(block);
        if cx.out.flush().is_err() {
            break;
        }
        input.consume(length);
        let now = sys::time::monotonic();
        if (now.sec - last.sec, now.nsec) >= (1, last.nsec) {
            last = now;
            cx.note(&[b"."]);
        }
    }
    cx.note(&[b"\n"]);
    Ok(cx.status())
}
