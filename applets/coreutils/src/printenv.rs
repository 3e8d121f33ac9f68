//! usage: printenv [-0] [NAME]...
//!
//! Print the values of the environment variables NAME, or the whole environment.
//!
//!  -0, --null  end each line with NUL, not newline
//!
//! # Notes
//! GNU's command. Status 1: a NAME is not set.

use applet::prelude::*;

applet::options!("printenv");

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 2;
    let options = cx.leading_options(opt::GRAMMAR)?;
    let end = if options.has(opt::NULL) { 0 } else { b'\n' };
    if options.operands.is_empty() {
        for entry in cx.environment() {
            cx.out.write(entry);
            cx.out.byte(end);
        }
    }
    for name in options.operands {
        match cx.var(name).filter(|_| !name.contains(&b'=')) {
            Some(value) => {
                cx.out.write(value);
                cx.out.byte(end);
            }
            None => cx.set_status(1),
        }
    }
    Ok(cx.status())
}
