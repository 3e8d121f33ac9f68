//! From a command line to an applet: by the name of the link, or by the first argument.

use alloc::vec::Vec;
use applet::{At, Context, Error, Exit, Result};
use io::Writer;
use sys::libc;

use crate::table;

/// What a program gets from the kernel: its arguments and its environment. Gives its exit status.
pub fn start(arguments: &[&[u8]], environment: &[&[u8]]) -> u8 {
    let (path, args) =
        arguments.split_first().map_or((&b"cairn"[..], arguments), |(path, args)| (*path, args));
    let name = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    // A login shell is called with a dash before its name.
    let name = name.strip_prefix(b"-").unwrap_or(name);
    if is_multi_call(name) {
        return multi_call(name, args, environment);
    }
    run(name, args, environment)
}

/// Whether `name` is the binary's own, so that its first argument says what to run.
fn is_multi_call(name: &[u8]) -> bool {
    name.starts_with(b"cairn") || name.starts_with(b"busybox")
}

/// Runs an applet; 127 if there is none of that name.
fn run(name: &[u8], args: &[&[u8]], environment: &[&[u8]]) -> u8 {
    let mut cx = Context::new(name, args, environment, Writer::new(sys::fd::STDOUT), &table::HOUSE);
    let result = match table::find(name) {
        Some(id) => table::run(id, &mut cx),
        None => {
            cx.warn(&[b"applet not found"]);
            Err(Error::silent(127))
        }
    };
    cx.finish(result)
}

fn multi_call(name: &[u8], args: &[&[u8]], environment: &[&[u8]]) -> u8 {
    let mut cx = Context::new(name, args, environment, Writer::new(sys::fd::STDOUT), &table::HOUSE);
    let result = match args {
        [] | [b"--help"] => about(&mut cx),
        [b"--help", applet, ..] => {
            cx.name = applet;
            Err(Error::help())
        }
        [b"--version"] => cx.answer_help().map(|()| Exit::SUCCESS),
        [b"--list"] => list(&mut cx, false),
        [b"--list-full"] => list(&mut cx, true),
        [b"--install", operands @ ..] => install(&mut cx, operands),
        [applet, rest @ ..] => {
            let applet = applet.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
            if is_multi_call(applet) {
                return multi_call(applet, rest, environment);
            }
            if table::find(applet).is_none() {
                cx.name = applet;
                cx.warn(&[b"applet not found"]);
                return 127;
            }
            return run(applet, rest, environment);
        }
    };
    cx.finish(result)
}

/// What this is, and the applets it has, in the form that scripts expect of BusyBox.
fn about(cx: &mut Context) -> Result<Exit> {
    let name = cx.name;
    let own = if name.starts_with(b"busybox") { &b"cairn"[..] } else { name };
    if name.starts_with(b"busybox") {
        cx.out.write(b"BusyBox-compatible ");
    }
    cx.out.line(concat!("cairn v", env!("CARGO_PKG_VERSION"), ": a Unix userland in one binary.").as_bytes());
    cx.out.write(b"\nUsage: ");
    cx.out.write(name);
    cx.out.write(b" APPLET [ARG]...\n   or: ");
    cx.out.write(name);
    cx.out.write(b" --list[-full]\n   or: ");
    cx.out.write(name);
    cx.out.write(b" --install [-s] [DIR]\n   or: ");
    cx.out.write(name);
    cx.out.write(
        b" --help [APPLET]\n   or: APPLET [ARG]...\n\nIt runs the command whose name it is called by. ",
    );
    cx.out.write(b"--install makes hard links,\nor with -s symbolic links, to ");
    cx.out.write(own);
    cx.out.write(b" for every command, each in its own folder or in DIR.\n\nCurrently defined functions:\n");
    const WIDTH: usize = 80;
    let mut column = 0;
    let mut first = true;
    for name in table::names() {
        if !first {
            cx.out.byte(b',');
            column += 1;
        }
        if first || column + name.len() + 2 > WIDTH {
            cx.out.write(if first { b"\t" } else { b"\n\t" });
            column = 8;
        } else {
            cx.out.byte(b' ');
            column += 1;
        }
        cx.out.write(name);
        column += name.len();
        first = false;
    }
    cx.out.byte(b'\n');
    Ok(Exit::SUCCESS)
}

/// The names of all applets, or the paths they are installed at.
fn list(cx: &mut Context, full: bool) -> Result<Exit> {
    for (id, name) in table::names().enumerate() {
        if full {
            let folder = table::folder(id);
            cx.out.write(folder);
            if !folder.is_empty() {
                cx.out.byte(b'/');
            }
        }
        cx.out.line(name);
    }
    Ok(Exit::SUCCESS)
}

/// `--install [-s] [DIR]`: links at every applet's own path, or all of them in DIR.
fn install(cx: &mut Context, operands: &[&[u8]]) -> Result<Exit> {
    let (symbolic, operands) = match operands {
        [b"-s", rest @ ..] => (true, rest),
        _ => (false, operands),
    };
    let target = match operands {
        [] => None,
        [target] => Some(*target),
        [_, extra, ..] => return Err(Error::extra_operand(extra)),
    };
    let own = sys::fs::readlinkat(sys::fd::CWD, b"/proc/self/exe").at(b"/proc/self/exe")?;
    for (id, name) in table::names().enumerate() {
        let folder = match target {
            Some(target) => target.to_vec(),
            None => [b"/", table::folder(id)].concat(),
        };
        let link = [&folder, &b"/"[..], name].concat();
        let result = make_folders(&folder).and_then(|()| {
            if symbolic {
                sys::fs::symlinkat(&own, sys::fd::CWD, &link)
            } else {
                sys::fs::linkat(sys::fd::CWD, &own, sys::fd::CWD, &link, 0)
            }
        });
        match result {
            // As BusyBox: what is there already stays, without a word.
            Ok(()) | Err(sys::Errno(libc::EEXIST)) => {}
            Err(errno) => cx.report(Error::system(&link, errno)),
        }
    }
    Ok(cx.status())
}

/// Makes a folder and those above it.
fn make_folders(folder: &[u8]) -> sys::Result<()> {
    let ends = folder.iter().enumerate().skip(1).filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    for end in ends.chain([folder.len()]) {
        let part: Vec<u8> = folder.get(..end).unwrap_or_default().to_vec();
        match sys::fs::mkdirat(sys::fd::CWD, &part, 0o777) {
            Ok(()) | Err(sys::Errno(libc::EEXIST)) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}
