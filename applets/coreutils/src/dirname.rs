//! usage: dirname [-z] NAME...
//!
//! Print each NAME without its last component; `.` if there is nothing before it.
//!
//!  -z, --zero  end each line with NUL, not newline
//!
//! # Notes
//! POSIX.1-2024 dirname; several NAMEs and -z as GNU.

use applet::prelude::*;

applet::options!("dirname");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    if options.operands.is_empty() {
        return Err(Error::missing_operand());
    }
    let end = if options.has(opt::ZERO) { 0 } else { b'\n' };
    for name in options.operands {
        cx.out.write(parent(name));
        cx.out.byte(end);
    }
    Ok(cx.status())
}

fn parent(path: &[u8]) -> &[u8] {
    let trim = |path: &[u8]| path.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
    let name_end = trim(path);
    let Some(slash) = path.iter().take(name_end).rposition(|&byte| byte == b'/') else {
        return if name_end == 0 && path.first() == Some(&b'/') { b"/" } else { b"." };
    };
    let end = path.get(..slash).map_or(0, trim);
    path.get(..end.max(1)).unwrap_or_default()
}
