//! usage: tty [-s]
//!
//! Print the name of the terminal on standard input.
//!
//!  -s, --silent, --quiet  print nothing
//!
//! # Notes
//! POSIX.1-2024 tty. Status 1: it is no terminal.

use applet::prelude::*;

applet::options!("tty");

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 2;
    let options = cx.options(opt::GRAMMAR)?;
    if let Some(extra) = options.operands.first() {
        return Err(Error::extra_operand(extra));
    }
    let is_terminal = sys::terminal::is_terminal(sys::fd::STDIN);
    if !options.has(opt::SILENT) {
        let name = if is_terminal {
            sys::fs::readlinkat(sys::fd::CWD, b"/proc/self/fd/0").at(b"/proc/self/fd/0")?
        } else {
            b"not a tty".to_vec()
        };
        cx.failure = 3; // What a write error gives, as GNU has it.
        cx.out.line(&name);
    }
    Ok(if is_terminal { Exit::SUCCESS } else { Exit::FAILURE })
}
