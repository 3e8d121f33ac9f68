//! usage: mktemp [-dqtu] [-p DIR] [TEMPLATE]
//!
//! Make a file with a new name and print that. TEMPLATE (tmp.XXXXXXXXXX) says where random characters go: its last
//! three or more Xs.
//!
//!  -d, --directory      make a directory
//!  -u, --dry-run        make nothing: the name may be taken by the time it is used
//!  -q, --quiet          no messages
//!  -p DIR               in DIR
//!  --tmpdir[=DIR]       in DIR, or without one in $TMPDIR, or /tmp
//!  -t                   TEMPLATE is a plain name, in $TMPDIR, else in the DIR of -p, else in /tmp
//!  --suffix=SUFFIX      a part of the name behind the Xs
//!
//! # Notes
//! Options as GNU; -p takes the next argument, --tmpdir only one behind =.

use applet::prelude::*;
use files::target::join;

applet::options!("mktemp");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let result = name(cx, &options).and_then(|(name, start, end)| make(&options, name, start, end));
    match result {
        Ok(name) => cx.out.line(&name),
        Err(_) if options.has(opt::QUIET) => cx.set_status(1),
        Err(error) => return Err(error),
    }
    Ok(cx.status())
}

/// The whole template, and where in it the random part is.
fn name(cx: &Context, options: &Options) -> Result<(Vec<u8>, usize, usize)> {
    let (template, given) = match options.operands.as_slice() {
        [] => (&b"tmp.XXXXXXXXXX"[..], false),
        [template] => (*template, true),
        [..] => return Err(Error::usage(&[b"too many templates"])),
    };
    let end = match options.value(opt::SUFFIX) {
        Some(_) if template.last() != Some(&b'X') => {
            return Err(Error::about(b"with --suffix, template '%' must end in X", template));
        }
        Some(suffix) if suffix.contains(&b'/') => {
            return Err(Error::about(b"invalid suffix '%', contains directory separator", suffix));
        }
        _ => template.iter().rposition(|&byte| byte == b'X').map_or(0, |last| last + 1),
    };
    let head = template.get(..end).unwrap_or_default();
    let count = head.iter().rev().take_while(|&&byte| byte == b'X').count();
    if count < 3 || template.get(end..).unwrap_or_default().contains(&b'/') {
        return Err(Error::about(b"too few X's in template '%'", template));
    }
    let variable = cx.var(b"TMPDIR").filter(|value| !value.is_empty());
    let option = options.value(opt::TMPDIR).or(options.value(opt::p)).filter(|value| !value.is_empty());
    let plain = options.has(opt::t);
    let folder = if plain && template.contains(&b'/') {
        return Err(Error::about(b"invalid template, '%', contains directory separator", template));
    } else if plain {
        variable.or(option).unwrap_or(b"/tmp")
    } else if given && !options.has(opt::TMPDIR) && !options.has(opt::p) {
        b""
    } else if given && template.starts_with(b"/") {
        return Err(Error::about(b"invalid template, '%'; with --tmpdir, it may not be absolute", template));
    } else {
        option.or(variable).unwrap_or(b"/tmp")
    };
    let mut name = join(folder, template);
    let before = name.len() - template.len();
    name.extend_from_slice(options.value(opt::SUFFIX).unwrap_or_default());
    Ok((name, before + end - count, before + end))
}

fn make(options: &Options, mut name: Vec<u8>, start: usize, end: usize) -> Result<Vec<u8>> {
    let template = name.clone();
    let (dry, dir) = (options.has(opt::DRY_RUN), options.has(opt::DIRECTORY));
    let result = files::temporary::unique(&mut name, start, end, &mut |name| {
        if dry {
            return match sys::fs::lstat(name) {
                Ok(_) => Err(Errno(libc::EEXIST)),
                Err(_) => Ok(()),
            };
        }
        if dir {
            return sys::fs::mkdirat(sys::fd::CWD, name, 0o700);
        }
        sys::fd::open(name, libc::O_RDWR | libc::O_CREAT | libc::O_EXCL, 0o600).map(drop)
    });
    result.at(&template)?;
    Ok(name)
}
