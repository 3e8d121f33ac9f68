//! usage: readlink [-femnqsvz] FILE... | realpath [OPTIONS] FILE...
//!
//! readlink tells what symbolic links hold, or with -f, -e, -m where names lead in the end.
//! realpath tells where names lead: their absolute names without links.
//!
//!  -f, --canonicalize           all but the last component must exist
//!  -e, --canonicalize-existing  all components must exist
//!  -m, --canonicalize-missing   none needs to exist
//!  -n, --no-newline             readlink: no newline at the end
//!  -q, --quiet, --silent        no messages (as usual with readlink)
//!  -s, --strip, --no-symlinks   realpath: links stay as they are; readlink: same as -q
//!  -v, --verbose                readlink: with messages
//!  -L, --logical                realpath: .. before links
//!  -P, --physical               realpath: links first (the usual)
//!  --relative-to=DIR            realpath: names as seen from DIR
//!  --relative-base=DIR          realpath: so only what is below DIR
//!  -z, --zero                   NUL behind each, not newline
//!
//! # Notes
//! POSIX.1-2024 readlink and realpath; the rest as GNU.

use applet::prelude::*;
use files::canonical::{self, Missing};

applet::options!("readlink");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let others: &[u8] = if cx.name == b"realpath" {
        &[opt::CANONICALIZE, opt::NO_NEWLINE, opt::VERBOSE]
    } else {
        &[opt::LOGICAL, opt::PHYSICAL, opt::RELATIVE_TO, opt::RELATIVE_BASE]
    };
    if options.last(others).is_some() {
        return Err(Error::usage_about(b"invalid option for %", cx.name));
    }
    if options.operands.is_empty() {
        return Err(Error::missing_operand());
    }
    let mode = options.last(&[opt::CANONICALIZE, opt::CANONICALIZE_EXISTING, opt::CANONICALIZE_MISSING]);
    let missing = match mode {
        Some(opt::CANONICALIZE_EXISTING) => Missing::None,
        Some(opt::CANONICALIZE_MISSING) => Missing::All,
        _ => Missing::Last,
    };
    let mut end: &[u8] = if options.has(opt::ZERO) { b"\0" } else { b"\n" };
    if cx.name == b"realpath" {
        realpath(cx, &options, missing, end)?;
        return Ok(cx.status());
    }
    let speaks = options.last(&[opt::VERBOSE, opt::QUIET, opt::STRIP]) == Some(opt::VERBOSE)
        || cx.var(b"POSIXLY_CORRECT").is_some();
    if options.has(opt::NO_NEWLINE) {
        if options.operands.len() == 1 {
            end = b"";
        } else {
            cx.warn(&[b"ignoring --no-newline with multiple arguments"]);
        }
    }
    for name in &options.operands {
        let found = match mode {
            Some(_) => canonical::resolve(name, missing, true),
            None => sys::fs::readlinkat(sys::fd::CWD, name),
        };
        match found {
            Ok(text) => put(cx, &text, end),
            Err(errno) if speaks => cx.report(Error::system(name, errno)),
            Err(_) => cx.set_status(1),
        }
    }
    Ok(cx.status())
}

fn put(cx: &mut Context, text: &[u8], end: &[u8]) {
    cx.out.write(text);
    cx.out.write(end);
}

fn realpath(cx: &mut Context, options: &Options, missing: Missing, end: &[u8]) -> Result {
    let ways = [opt::LOGICAL, opt::PHYSICAL, opt::STRIP];
    let last = options.last(&ways);
    let resolve = |name: &[u8]| {
        // -L takes `..` back textually first, and then follows the links.
        let (logical, links) = (last == Some(opt::LOGICAL), last != Some(opt::STRIP));
        let name = if logical { &canonical::resolve(name, missing, false)? } else { name };
        canonical::resolve(name, missing, links)
    };
    let folder = |id| match options.value(id) {
        Some(name) => {
            let path = resolve(name).at(name)?;
            if missing == Missing::None && !sys::fs::stat(&path).at(name)?.is_dir() {
                return Err(Error::system(name, Errno(libc::ENOTDIR)));
            }
            Ok(Some(path))
        }
        None => Ok(None),
    };
    let base = folder(opt::RELATIVE_BASE)?;
    let mut from = folder(opt::RELATIVE_TO)?;
    if let Some(base) = &base {
        from = match from {
            None => Some(base.clone()),
            Some(from) => Some(from).filter(|from| is_below(from, base)),
        };
    }
    for name in &options.operands {
        match resolve(name) {
            Ok(path) => {
                match from.as_ref().filter(|_| base.as_ref().is_none_or(|base| is_below(&path, base))) {
                    Some(from) => put(cx, &canonical::between(from, &path), end),
                    None => put(cx, &path, end),
                }
            }
            Err(_) if options.has(opt::QUIET) => cx.set_status(1),
            Err(errno) => cx.report(Error::system(name, errno)),
        }
    }
    Ok(())
}

/// Whether a canonical name is that of a directory or of something in it.
fn is_below(path: &[u8], folder: &[u8]) -> bool {
    folder == b"/" || path.strip_prefix(folder).is_some_and(|rest| matches!(rest, [] | [b'/', ..]))
}
