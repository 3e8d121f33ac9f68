//! usage: rm [-rfiIdv] FILE...
//!
//! Remove FILEs.
//!
//!  -f, --force              never ask; what does not exist is no error
//!  -i                       ask before each removal
//!  -I                       ask once for more than three FILEs or for -r
//!  --interactive[=WHEN]     ask never, once or always
//!  -r, -R, --recursive      remove directories with all that is in them
//!  -d, --dir                remove empty directories
//!  -v, --verbose            tell what is removed
//!  --one-file-system        leave other file systems alone
//!  --preserve-root[=all]    do not remove / (default); all: nor what is mounted
//!  --no-preserve-root       / is as any other directory
//!
//! # Notes
//! POSIX.1-2024 rm, options as GNU. `/`, `.` and `..` are refused. Everything is reached from open directories, so that a
//! directory exchanged for a link meanwhile leads nowhere else.

use applet::prelude::*;
use files::remove::{Ask, Remove};
use files::target::{base_name, trim_slashes};

applet::options!("rm");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let (mut force, mut once) = (false, false);
    let mut ask = if sys::terminal::is_terminal(sys::fd::STDIN) { Ask::Protected } else { Ask::Never };
    for &(id, value) in &options.list {
        let when = match id {
            opt::FORCE => 0,
            opt::i => 3,
            opt::I => 6,
            opt::INTERACTIVE if value.is_empty() => 3,
            opt::INTERACTIVE => {
                files::say::choice(value, b"never no none always yes y once", b"--interactive")?
            }
            _ => continue,
        };
        force = id == opt::FORCE;
        once = when == 6;
        ask = match when {
            0..3 => Ask::Never,
            3..6 => Ask::Always,
            _ => Ask::Protected,
        };
    }
    if options.operands.is_empty() {
        return if force { Ok(cx.status()) } else { Err(Error::missing_operand()) };
    }
    let recursive = options.has(opt::RECURSIVE);
    let keep_root = options.last(&[opt::PRESERVE_ROOT, opt::NO_PRESERVE_ROOT]) != Some(opt::NO_PRESERVE_ROOT);
    let root = sys::fs::lstat(b"/").ok().filter(|_| keep_root && recursive);
    let how = Remove {
        recursive,
        dirs: options.has(opt::DIR),
        force,
        ask,
        verbose: options.has(opt::VERBOSE),
        one_file_system: options.has(opt::ONE_FILE_SYSTEM),
        root: root.map(|root| (root.dev(), root.ino())),
    };
    let keep_mounts =
        keep_root && recursive && options.values(opt::PRESERVE_ROOT).any(|value| value == b"all");
    if once && (recursive || options.operands.len() > 3) {
        let mut count = num::new_buf();
        let count = num::dec(options.operands.len() as u64, &mut count);
        let how: &[u8] = if recursive { b" recursively" } else { b"" };
        let noun: &[u8] = if options.operands.len() == 1 { b" argument" } else { b" arguments" };
        if !cx.confirm(&[b"remove ", count, noun, how, b"? "]) {
            return Ok(cx.status());
        }
    }
    for operand in &options.operands {
        match refusal(operand, recursive, keep_mounts) {
            Some(error) => cx.report_at(operand, error),
            None => {
                how.remove(cx, operand);
            }
        }
    }
    Ok(cx.status())
}

/// Why an operand is not even looked into.
fn refusal(operand: &[u8], recursive: bool, keep_mounts: bool) -> Option<Error> {
    let trimmed = trim_slashes(operand);
    if recursive && matches!(base_name(operand), b"." | b"..") {
        return Some(Error::about(b"refusing to remove '.' or '..' directory: skipping '%'", operand));
    }
    // `link/` names what the link leads to, which cannot be removed by that name.
    if trimmed.len() < operand.len() && sys::fs::lstat(trimmed).is_ok_and(|stat| stat.is_link()) {
        return Some(Errno(libc::ENOTDIR).into());
    }
    let device = |name: &[u8]| sys::fs::lstat(name).ok().map(|stat| stat.dev());
    if keep_mounts
        && let (Some(own), Some(parent)) = (device(operand), device(&files::target::join(operand, b"..")))
        && own != parent
    {
        return Some(files::say::about(
            operand,
            b"skipping, since it's on a different device than its parent",
        ));
    }
    None
}
