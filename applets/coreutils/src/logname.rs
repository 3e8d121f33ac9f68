//! usage: logname
//!
//! Print the name of the user who logged in.
//!
//! # Notes
//! POSIX.1-2024 logname: the user of the login session (/proc/self/loginuid), or whom utmp has on this terminal.

use applet::prelude::*;

applet::options!("logname");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    if let Some(extra) = options.operands.first() {
        return Err(Error::extra_operand(extra));
    }
    let name = of_session().or_else(of_terminal).ok_or_else(|| Error::new(b"no login name"))?;
    cx.out.line(&name);
    Ok(cx.status())
}

fn of_session() -> Option<Vec<u8>> {
    let text = sys::fs::read_file(b"/proc/self/loginuid", 64).ok()?;
    let uid = num::parse_u64(text.trim_ascii()).ok()?;
    // All bits set: nobody has logged in.
    let uid = u32::try_from(uid).ok().filter(|&uid| uid != u32::MAX)?;
    users::user_by_id(uid).map(|user| user.name().to_vec())
}

fn of_terminal() -> Option<Vec<u8>> {
    let terminal = sys::fs::readlinkat(sys::fd::CWD, b"/proc/self/fd/0").ok()?;
    let line = terminal.strip_prefix(b"/dev/")?;
    let sessions = users::sessions::read(users::sessions::UTMP).ok()?;
    let session =
        sessions.iter().find(|session| session.kind == users::sessions::USER && session.line() == line)?;
    Some(session.user().to_vec())
}
