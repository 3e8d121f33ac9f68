//! usage: chmod [-Rcvf] MODE FILE... | chmod [-Rcvf] --reference=RFILE FILE...
//!
//! Change the permissions of FILEs. MODE is octal, or clauses with commas between: [ugoa]* [-+=] and
//! [rwxXst]* or one of ugo.
//!
//!  -R, --recursive           directories with all that is in them; links found there are left alone
//!  -c, --changes             tell what is changed
//!  -v, --verbose             tell of every file
//!  -f, --silent, --quiet     no messages of what fails
//!  --reference=RFILE         the permissions of RFILE
//!  --preserve-root           do not change / recursively
//!  --no-preserve-root        do (default)
//!
//! # Notes
//! POSIX.1-2024 chmod; options as GNU. An octal MODE of up to four digits leaves setuid and setgid of directories on.

use applet::prelude::*;
use files::each::Each;
use files::mode::{Mode, permissions};
use walk::{Event, Follow, Step, Visit};

applet::options!("chmod");

/// What is to be done.
struct Change {
    mode: Mode,
    umask: u32,
    recursive: bool,
    /// Tell of every file; of changed ones.
    verbose: (bool, bool),
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let (modes, args) = split_modes(cx.args);
    let options = Options::parse(&args, opt::GRAMMAR, cx.var(b"POSIXLY_CORRECT").is_none())?;
    let mut operands = options.operands.as_slice();
    let mode = if let Some(name) = options.value(opt::REFERENCE) {
        let mut text = Vec::new();
        num::push_radix(&mut text, u64::from(sys::fs::stat(name).at(name)?.mode() & 0o7777), 8, 5);
        Mode::required(&text)?
    } else if !modes.is_empty() {
        Mode::required(&modes.join(&b','))?
    } else {
        let (text, rest) = operands.split_first().ok_or_else(Error::missing_operand)?;
        if rest.is_empty() {
            return Err(files::say::missing_after(text));
        }
        operands = rest;
        Mode::required(text)?
    };
    if operands.is_empty() {
        return Err(Error::missing_operand());
    }
    let verbose = options.has(opt::VERBOSE);
    let change = Change {
        mode,
        umask: files::tree::umask(),
        recursive: options.has(opt::RECURSIVE),
        verbose: (verbose, verbose || options.has(opt::CHANGES)),
    };
    let keep_root = options.last(&[opt::PRESERVE_ROOT, opt::NO_PRESERVE_ROOT]) == Some(opt::PRESERVE_ROOT);
    let each = Each {
        operands,
        how: walk::Options { follow: Follow::Operand, one_file_system: false },
        keep_root: change.recursive && keep_root,
        quiet: options.has(opt::SILENT),
    };
    each.visit(cx, &mut |cx, visit| change.visit(cx, visit));
    Ok(cx.status())
}

/// Takes modes that look like options (`-w`, `-rwx`) out of the arguments.
fn split_modes<'a>(args: &[&'a [u8]]) -> (Vec<&'a [u8]>, Vec<&'a [u8]>) {
    let mut ended = false;
    args.iter().partition(|arg| {
        ended |= **arg == b"--";
        !ended
            && matches!(
                arg,
                [
                    b'-',
                    b'r' | b'w'
                        | b'x'
                        | b'X'
                        | b's'
                        | b't'
                        | b'u'
                        | b'g'
                        | b'o'
                        | b'a'
                        | b','
                        | b'+'
                        | b'='
                        | b'0'..=b'7',
                    ..
                ]
            )
    })
}

impl Change {
    fn visit(&self, cx: &mut Context, visit: &Visit) -> Result<Step> {
        match visit.event {
            Event::File | Event::Enter => {}
            Event::Error(errno) => return Err(errno.into()),
            _ => return Ok(Step::Continue),
        }
        if visit.kind == libc::DT_LNK {
            if visit.depth == 0 {
                return Err(files::say::about(visit.path, b"cannot operate on dangling symlink"));
            }
            return Ok(Step::Continue);
        }
        let stat = visit.stat()?;
        let old = stat.mode() & 0o7777;
        let new = self.mode.apply(old, stat.is_dir(), self.umask);
        let call = if visit.follow { sys::fs::chmodat } else { sys::fs::chmodat_nofollow };
        call(visit.dir, visit.name(), new)?;
        if self.verbose.0 || self.verbose.1 && old != new {
            let mut line = [b"mode of '", visit.path].concat();
            line.extend_from_slice(if old == new { b"' retained as " } else { b"' changed from " });
            describe(old, &mut line);
            if old != new {
                line.extend_from_slice(b" to ");
                describe(new, &mut line);
            }
            cx.out.line(&line);
        }
        Ok(if self.recursive { Step::Continue } else { Step::Skip })
    }
}

/// `0644 (rw-r--r--)`
fn describe(mode: u32, line: &mut Vec<u8>) {
    num::push_radix(line, u64::from(mode), 8, 4);
    line.extend_from_slice(b" (");
    permissions(mode, line);
    line.push(b')');
}
