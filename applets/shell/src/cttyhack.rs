//! usage: cttyhack PROGRAM [ARG]...
//!
//! Run PROGRAM with a controlling terminal, so that job control and Ctrl-C work for a shell on a console.
//!
//! # Notes
//! As BusyBox. If this process has a controlling terminal, PROGRAM gets that one. Else the console's real terminal, as the
//! kernel names it in /sys/class/tty/console/active, becomes standard input, output and error; failing that, the terminal
//! that standard input is.
use applet::prelude::*;

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.answer_help()?;
    if cx.args.is_empty() {
        return Err(Error::missing_operand());
    }
    if sys::fd::open(b"/dev/tty", libc::O_RDWR, 0).is_err() {
        take_terminal()?;
    }
    let (args, environment) = (cx.args, cx.environment());
    Err(cx.exec(args, environment))
}

/// Makes the console the controlling terminal of a new session.
fn take_terminal() -> Result {
    // A leader of a process group cannot leave it; it may lead its session already.
    let _ = sys::process::new_session();
    let terminal = match console() {
        Some(name) => sys::fd::open(&name, libc::O_RDWR, 0).at(&name)?,
        None => sys::fd::duplicate_above(sys::fd::STDIN, 3).at(b"standard input")?,
    };
    if sys::terminal::is_terminal(terminal.raw()) {
        sys::terminal::make_controlling(terminal.raw()).at(b"terminal")?;
        for fd in 0..3 {
            sys::fd::duplicate_to(terminal.raw(), fd).at(b"terminal")?;
        }
    }
    Ok(())
}

/// The device behind /dev/console: the last that the kernel lists.
fn console() -> Option<Vec<u8>> {
    let list = sys::fs::read_file(b"/sys/class/tty/console/active", 4096).ok()?;
    let name = list.trim_ascii().rsplit(|&byte| byte == b' ').next().filter(|name| !name.is_empty())?;
    let path = [b"/dev/", name].concat();
    sys::fs::stat(&path).is_ok().then_some(path)
}
