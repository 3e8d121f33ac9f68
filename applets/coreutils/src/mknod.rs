//! usage: mknod [-m MODE] NAME TYPE [MAJOR MINOR]
//!
//! Make a special file: TYPE b is a block device, c or u a character device, p a named pipe (without numbers).
//!
//!  -m, --mode=MODE  its permissions, as for chmod; not a=rw less the umask
//!
//! # Notes
//! Options as GNU. Numbers may be octal (0...) or hexadecimal (0x...).

use applet::prelude::*;

applet::options!("mknod");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let (name, kind, numbers) = match options.operands.as_slice() {
        [name, kind, numbers @ ..] => (*name, *kind, numbers),
        [one] => return Err(files::say::missing_after(one)),
        [] => return Err(Error::missing_operand()),
    };
    let kind = match kind {
        b"p" => libc::S_IFIFO,
        b"b" => libc::S_IFBLK,
        b"c" | b"u" => libc::S_IFCHR,
        _ => return Err(Error::usage_about(b"invalid device type '%'", kind)),
    };
    let device = match (kind, numbers) {
        (libc::S_IFIFO, []) => 0,
        (libc::S_IFIFO, [extra, ..]) => return Err(Error::extra_operand(extra)),
        (_, [major, minor]) => {
            sys::fs::device(number(major, b"major device number")?, number(minor, b"minor device number")?)
        }
        (_, [_, _, extra, ..]) => return Err(Error::extra_operand(extra)),
        _ => return Err(Error::usage(&[b"special files require major and minor device numbers"])),
    };
    match files::special::make(name, kind, options.value(opt::MODE), device) {
        Ok(()) => Ok(cx.status()),
        Err(error) => {
            cx.report_at(name, error);
            Ok(cx.status())
        }
    }
}

fn number(text: &[u8], what: &[u8]) -> Result<u32> {
    let int = num::parse_int(text, 0);
    let is_number = int.used == text.len() && !int.negative && text.first().is_some_and(u8::is_ascii_digit);
    let value = u32::try_from(int.magnitude).ok().filter(|_| is_number);
    value.ok_or_else(|| Error::parts(&[b"invalid ", what, b" '", text, b"'"]))
}
