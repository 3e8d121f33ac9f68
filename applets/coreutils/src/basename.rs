//! usage: basename NAME [SUFFIX] | basename [-az] [-s SUFFIX] NAME...
//!
//! Print NAME without its leading directories, and without SUFFIX if it ends in it.
//!
//!  -a, --multiple       every operand is a NAME
//!  -s, --suffix=SUFFIX  remove SUFFIX from the end; implies -a
//!  -z, --zero           end each line with NUL, not newline
//!
//! # Notes
//! POSIX.1-2024 basename; -a, -s and -z as GNU.

use applet::prelude::*;

applet::options!("basename");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.leading_options(opt::GRAMMAR)?;
    let end = if options.has(opt::ZERO) { 0 } else { b'\n' };
    let mut suffix = options.value(opt::SUFFIX);
    let mut names = options.operands.as_slice();
    if suffix.is_none() && !options.has(opt::MULTIPLE) {
        match names {
            [_, _, extra, ..] => return Err(Error::extra_operand(extra)),
            [_, given] => suffix = Some(given),
            _ => {}
        }
        names = names.get(..1).unwrap_or_default();
    }
    if names.is_empty() {
        return Err(Error::missing_operand());
    }
    for name in names {
        cx.out.write(base(name, suffix.unwrap_or_default()));
        cx.out.byte(end);
    }
    Ok(cx.status())
}

/// The last component of a path, less a suffix that is not all of it.
fn base<'a>(path: &'a [u8], suffix: &[u8]) -> &'a [u8] {
    let end = path.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
    let Some(trimmed) = path.get(..end).filter(|trimmed| !trimmed.is_empty()) else {
        return path.get(..1).unwrap_or_default();
    };
    let name = trimmed.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    name.strip_suffix(suffix).filter(|rest| !rest.is_empty()).unwrap_or(name)
}
