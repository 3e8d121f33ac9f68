//! usage: yes [STRING]...
//!
//! Print STRINGs (y) as a line, over and over.
//!
//! # Notes
//! GNU's command.

use applet::prelude::*;

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.answer_help()?;
    let words = match cx.args {
        [b"--", rest @ ..] => rest,
        all => all,
    };
    let mut line = words.join(&b' ');
    if words.is_empty() {
        line.push(b'y');
    }
    line.push(b'\n');
    // A block of whole lines, so that each write is a large one.
    let block = line.repeat((io::BLOCK / line.len()).max(1));
    if let Some(fd) = cx.out.fd()
        && cx.out.flush().is_ok()
        && let Some(error) = sys::fd::pour(fd, &block)
    {
        cx.out.fail(error);
    }
    while !cx.out.failed() {
        cx.out.write(&block);
    }
    Ok(cx.status())
}
