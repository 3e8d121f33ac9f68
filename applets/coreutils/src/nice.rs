//! usage: nice [-n N] [COMMAND [ARG]...]
//!
//! Run COMMAND with its niceness raised by N (10); without COMMAND, print the niceness.
//!
//!  -n, --adjustment=N  add N; negative with privilege only
//!  -NUM                the same
//!
//! # Notes
//! POSIX.1-2024 nice; -NUM as GNU. Status 125: nice failed, 126: COMMAND cannot run, 127: not found.

use applet::prelude::*;

applet::options!("nice");

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 125;
    // `--5` and `-+5` are numbers too, as they always were.
    let mut args = cx.args.to_vec();
    let old_form = match args.as_slice() {
        [[b'-', sign @ (b'-' | b'+'), digit, ..], ..] if digit.is_ascii_digit() => Some(*sign),
        _ => None,
    };
    let mut given = None;
    if old_form.is_some() {
        given = args.remove(0).get(1..);
    }
    let options = Options::parse(&args, opt::GRAMMAR, false)?;
    let adjustment = options.list.last().map(|(_, value)| *value).or(given);
    let current = sys::process::priority(libc::PRIO_PROCESS as u32, 0)?;
    if options.operands.is_empty() {
        if adjustment.is_some() {
            return Err(Error::usage(&[b"a command must be given with an adjustment"]));
        }
        let mut text = Vec::new();
        num::push_dec_i64(&mut text, i64::from(current));
        cx.out.line(&text);
        return Ok(cx.status());
    }
    let add = match adjustment {
        Some(text) => match num::parse_i64(text) {
            Err(num::ParseError::Range) if text.starts_with(b"-") => -40,
            Err(num::ParseError::Range) => 40,
            _ => applet::value::signed(text, b"adjustment")?.clamp(-40, 40) as i32,
        },
        None => 10,
    };
    // Without privilege to lower it, the command runs all the same: POSIX has it so.
    if let Err(errno) =
        sys::process::set_priority(libc::PRIO_PROCESS as u32, 0, (current + add).clamp(-20, 19))
    {
        match errno.0 {
            libc::EPERM | libc::EACCES => cx.warn(&[b"cannot set niceness: ", b"Permission denied"]),
            _ => return Err(Error::system(b"cannot set niceness", errno)),
        }
    }
    Err(cx.exec(&options.operands, cx.environment()))
}
