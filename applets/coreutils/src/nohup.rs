//! usage: nohup COMMAND [ARG]...
//!
//! Run COMMAND so that it goes on when the terminal is closed: SIGHUP is ignored. If standard output is a terminal it
//! goes to nohup.out, or else to $HOME/nohup.out.
//!
//! # Notes
//! POSIX.1-2024 nohup. A standard input that is a terminal becomes unreadable, as GNU has it. Status 127: nohup failed or
//! COMMAND was not found (125 for the former without POSIXLY_CORRECT), 126: COMMAND cannot run.

use applet::prelude::*;

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = if cx.var(b"POSIXLY_CORRECT").is_some() { 127 } else { 125 };
    let options = cx.leading_options(b"")?;
    if options.operands.is_empty() {
        return Err(Error::missing_operand());
    }
    let terminal = |fd| sys::terminal::is_terminal(fd);
    let (input, output, error) = (terminal(0), terminal(1), terminal(2));
    if input {
        // Opened the wrong way round: a read fails rather than finding an end.
        let null = sys::fd::open(b"/dev/null", libc::O_WRONLY, 0).at(b"/dev/null")?;
        sys::fd::duplicate_to(null.raw(), 0)?;
    }
    if output {
        let file = open_output(cx)?;
        sys::fd::duplicate_to(file.raw(), 1)?;
    } else if input {
        cx.note(&[b"nohup: ignoring input\n"]);
    }
    if error {
        sys::fd::duplicate_to(1, 2)?;
    }
    sys::signal::ignore(libc::SIGHUP)?.keep();
    Err(cx.exec(&options.operands, cx.environment()))
}

fn open_output(cx: &mut Context) -> Result<Fd> {
    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND;
    let home = cx.var(b"HOME").map(|home| [home, b"/nohup.out"].concat());
    let mut failure = Error::new(b"nohup.out");
    for name in [Some(b"nohup.out".to_vec()), home].into_iter().flatten() {
        match sys::fd::open(&name, flags, 0o600) {
            Ok(file) => {
                cx.note(&[b"nohup: appending output to '", &name, b"'\n"]);
                return Ok(file);
            }
            Err(errno) => failure = Error::system(&name, errno),
        }
    }
    Err(failure)
}
