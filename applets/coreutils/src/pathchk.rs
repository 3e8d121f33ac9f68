//! usage: pathchk [-pP] NAME...
//!
//! Check whether NAMEs can be used as file names.
//!
//!  -p             by the limits of every POSIX system
//!  -P             for empty names and leading dashes
//!  --portability  same as -p -P
//!
//! # Notes
//! POSIX.1-2024 pathchk; the rest as GNU.

use applet::prelude::*;

applet::options!("pathchk");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    if options.operands.is_empty() {
        return Err(Error::missing_operand());
    }
    let all = options.has(opt::PORTABILITY);
    let (basic, extra) = (all || options.has(opt::p), all || options.has(opt::P));
    for name in &options.operands {
        if let Err(error) = check(name, basic, extra) {
            cx.report(error);
        }
    }
    Ok(cx.status())
}

fn check(name: &[u8], basic: bool, extra: bool) -> Result {
    let components = || name.split(|&byte| byte == b'/');
    if extra && components().any(|part| part.starts_with(b"-")) {
        return Err(Error::about(b"leading '-' in a component of file name '%'", name));
    }
    if name.is_empty() && (basic || extra) {
        return Err(Error::new(b"empty file name"));
    }
    if basic {
        let portable = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-".contains(byte);
        if let Some(at) = name.iter().position(|byte| !portable(byte)) {
            let rest = name.get(at..).unwrap_or_default();
            let length = text::utf8::decode(rest).map_or(1, |(_, length)| length);
            let character = rest.get(..length).unwrap_or_default();
            return Err(Error::parts(&[
                b"nonportable character '",
                character,
                b"' in file name '",
                name,
                b"'",
            ]));
        }
    } else {
        match sys::fs::lstat(name) {
            Ok(_) => return Ok(()),
            Err(Errno(libc::ENOENT)) if !name.is_empty() => {}
            Err(errno) => return Err(Error::system(if name.is_empty() { b"''" } else { name }, errno)),
        }
    }
    let (most, most_of_part) = if basic { (255, 14) } else { (4095, 255) };
    let limit = |most: usize, text: &[u8], what: &[u8]| {
        if text.len() <= most {
            return Ok(());
        }
        let (mut one, mut two) = (num::new_buf(), num::new_buf());
        let (most, length) = (num::dec(most as u64, &mut one), num::dec(text.len() as u64, &mut two));
        Err(Error::parts(&[
            b"limit ",
            most,
            b" exceeded by length ",
            length,
            b" of file name ",
            what,
            b"'",
            text,
            b"'",
        ]))
    };
    limit(most, name, b"")?;
    components().try_for_each(|part| limit(most_of_part, part, b"component "))
}
