//! usage: tee [-aip] [FILE]...
//!
//! Copy standard input to standard output and to each FILE.
//!
//!  -a, --append              append to FILEs
//!  -i, --ignore-interrupts   ignore SIGINT
//!  -p, --output-error[=HOW]  on a failed write: warn, warn-nopipe (the default of -p), exit, exit-nopipe
//!
//! # Notes
//! POSIX.1-2024 tee; -p as GNU.

use applet::prelude::*;

applet::options!("tee");

/// One place the input goes to.
struct Output<'a> {
    name: &'a [u8],
    fd: i32,
    _file: Option<Fd>,
    failed: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let _interrupt =
        if options.has(opt::IGNORE_INTERRUPTS) { Some(sys::signal::ignore(libc::SIGINT)?) } else { None };
    let how = options.value(opt::OUTPUT_ERROR);
    // With any of the modes a closed pipe is an error like others, not the end of tee.
    let _pipe = if how.is_some() { Some(sys::signal::ignore(libc::SIGPIPE)?) } else { None };
    let (stop, tell_pipe) = match how {
        None | Some(b"warn") => (false, true),
        Some(b"" | b"warn-nopipe") => (false, false),
        Some(b"exit") => (true, true),
        Some(b"exit-nopipe") => (true, false),
        Some(other) => return Err(applet::value::invalid(b"argument for --output-error", other)),
    };
    let flags = libc::O_WRONLY
        | libc::O_CREAT
        | if options.has(opt::APPEND) { libc::O_APPEND } else { libc::O_TRUNC };
    let mut outputs =
        alloc::vec![Output { name: b"standard output", fd: sys::fd::STDOUT, _file: None, failed: false }];
    for name in &options.operands {
        match sys::fd::open(name, flags, 0o666) {
            Ok(file) => outputs.push(Output { name, fd: file.raw(), _file: Some(file), failed: false }),
            Err(errno) => {
                cx.report(Error::system(name, errno));
                if stop {
                    return Ok(cx.status());
                }
            }
        }
    }
    let mut input = Reader::borrow(sys::fd::STDIN);
    while outputs.iter().any(|output| !output.failed) {
        let block = input.block().at(b"read error")?;
        if block.is_empty() {
            break;
        }
        let length = block.len();
        for output in outputs.iter_mut().filter(|output| !output.failed) {
            let Err(errno) = sys::fd::write_all(output.fd, block) else { continue };
            output.failed = true;
            if errno.0 != libc::EPIPE || tell_pipe {
                cx.report(Error::system(output.name, errno));
                if stop {
                    return Ok(cx.status());
                }
            }
        }
        input.consume(length);
    }
    Ok(cx.status())
}
