//! usage: who [OPTIONS] [FILE | am i] | users [FILE]
//!
//! Tell who is logged in. users prints only the names, sorted.
//!
//!  -a, --all      same as -b -d -l -p -r -t -T -u
//!  -b, --boot     when the system was booted
//!  -d, --dead     processes that have ended
//!  -H, --heading  titles
//!  -l, --login    terminals that wait for a login
//!  -m             only who is on standard input
//!  -p, --process  processes that init started
//!  -q, --count    only names and their number
//!  -r, --runlevel  the run level
//!  -s, --short    name, line and time (the usual)
//!  -t, --time     changes of the clock
//!  -T, -w, --mesg, --message, --writable  whether messages are welcome: + - ?
//!  -u, --users    idle times and process numbers
//!
//! # Notes
//! POSIX.1-2024 who; the output is GNU's. FILE is read in place of /var/run/utmp.

use applet::prelude::*;
use users::sessions::{self, Session};

applet::options!("who");

struct Who<'c, 'a> {
    cx: &'c mut Context<'a>,
    short: bool,
    idle: bool,
    mesg: bool,
    exit: bool,
    zone: time::Zone,
    now: i64,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let is_users = cx.name == b"users";
    if is_users && !options.list.is_empty() {
        return Err(Error::usage(&[b"users takes no options"]));
    }
    let (file, mine) = match *options.operands.as_slice() {
        [] => (None, options.has(opt::m)),
        [file] => (Some(file), options.has(opt::m)),
        [_, _] if !is_users => (None, true),
        [_, extra, ..] => return Err(Error::extra_operand(extra)),
    };
    let path = file.unwrap_or(sessions::UTMP);
    let mut list = match sessions::read(path) {
        // Without a file nobody is logged in.
        Err(Errno(libc::ENOENT)) => Vec::new(),
        result => result.at(path)?,
    };
    if file.is_none() {
        let alive = |session: &Session| sys::process::kill(session.pid, 0) != Err(Errno(libc::ESRCH));
        list.retain(|session| session.kind != sessions::USER || alive(session));
    }
    if is_users || options.has(opt::COUNT) {
        names(cx, &list, is_users);
        return Ok(cx.status());
    }
    let terminal = sys::fs::readlinkat(sys::fd::CWD, b"/proc/self/fd/0").unwrap_or_default();
    if mine {
        list.retain(|session| terminal.strip_prefix(b"/dev/") == Some(session.line()));
    }
    listing(cx, &options, &list);
    Ok(cx.status())
}

fn is_user(session: &Session) -> bool {
    session.kind == sessions::USER && !session.user().is_empty()
}

fn names(cx: &mut Context, list: &[Session], sorted: bool) {
    let users: Vec<&Session> = list.iter().filter(|session| is_user(session)).collect();
    let mut order: Vec<u32> = (0..users.len() as u32).collect();
    let name = |index: u32| users.get(index as usize).map_or(&b""[..], |session| session.user());
    if sorted {
        files::order::sort(&mut order, &mut |a, b| name(a).cmp(name(b)));
    }
    for (index, &place) in order.iter().enumerate() {
        if index > 0 {
            cx.out.byte(b' ');
        }
        cx.out.write(name(place));
    }
    if !order.is_empty() || !sorted {
        cx.out.byte(b'\n');
    }
    if !sorted {
        cx.out.write(b"# users=");
        cx.out.decimal(order.len() as u64);
        cx.out.byte(b'\n');
    }
}

fn listing(cx: &mut Context, options: &Options, list: &[Session]) {
    let all = options.has(opt::ALL);
    let has = |id| all || options.has(id);
    let kinds = [opt::BOOT, opt::DEAD, opt::LOGIN, opt::PROCESS, opt::RUNLEVEL, opt::TIME, opt::USERS];
    let usual = !all && options.last(&kinds).is_none();
    let idle = [opt::DEAD, opt::LOGIN, opt::RUNLEVEL, opt::USERS].iter().any(|&id| has(id));
    let mut who = Who {
        short: usual || options.has(opt::SHORT),
        idle,
        mesg: has(opt::MESG),
        exit: has(opt::DEAD),
        zone: time::load(cx.var(b"TZ"), &mut |path: &[u8]| sys::fs::read_file(path, 1 << 20).ok()),
        now: sys::time::now().sec,
        cx,
    };
    if options.has(opt::HEADING) {
        who.line([b"NAME", b" ", b"LINE", b"TIME", b"IDLE", b"PID", b"COMMENT", b"EXIT"]);
    }
    for session in list {
        let wanted = match session.kind {
            sessions::USER => is_user(session) && (usual || has(opt::USERS)),
            sessions::BOOT => has(opt::BOOT),
            sessions::RUN_LEVEL => has(opt::RUNLEVEL),
            sessions::NEW_TIME => has(opt::TIME),
            sessions::INIT => has(opt::PROCESS),
            sessions::LOGIN => has(opt::LOGIN),
            sessions::DEAD => has(opt::DEAD),
            _ => false,
        };
        if wanted {
            who.session(session);
        }
    }
}

impl Who<'_, '_> {
    fn session(&mut self, session: &Session) {
        let mut time = Vec::new();
        time::format(b"%b %e %H:%M", &self.zone.local(session.time.sec), session.time.sec, 0, &mut time);
        let mut pid = num::new_buf();
        let pid = num::dec(session.pid.unsigned_abs().into(), &mut pid);
        let id = [b"id=", session.id()].concat();
        match session.kind {
            sessions::USER => {
                let terminal = sys::fs::stat(&[b"/dev/", session.line()].concat()).ok();
                let mesg: &[u8] = match &terminal {
                    Some(stat) if stat.mode() & 0o20 != 0 => b"+",
                    Some(_) => b"-",
                    None => b"?",
                };
                let idle = terminal.map_or_else(|| b"  ?".to_vec(), |stat| self.idle(stat.accessed().sec));
                let host = if session.host().is_empty() {
                    Vec::new()
                } else {
                    [b"(", session.host(), b")"].concat()
                };
                self.line([session.user(), mesg, session.line(), &time, &idle, pid, &host, b""]);
            }
            sessions::RUN_LEVEL => {
                let level = [b"run-level ", &[session.pid as u8][..]].concat();
                let last = (session.pid >> 8) as u8;
                let last =
                    if last.is_ascii_graphic() { [b"last=", &[last][..]].concat() } else { Vec::new() };
                self.line([b"", b" ", &level, &time, b"", b"", &last, b""]);
            }
            sessions::BOOT => self.line([b"", b" ", b"system boot", &time, b"", b"", b"", b""]),
            sessions::NEW_TIME => self.line([b"", b" ", b"clock change", &time, b"", b"", b"", b""]),
            sessions::LOGIN => self.line([session.user(), b" ", session.line(), &time, b"", pid, &id, b""]),
            sessions::DEAD => {
                let (signal, status) = session.exit();
                let mut exit = b"term=".to_vec();
                num::push_dec(&mut exit, signal.into());
                exit.extend_from_slice(b" exit=");
                num::push_dec(&mut exit, status.into());
                self.line([b"", b" ", session.line(), &time, b"", pid, &id, &exit]);
            }
            _ => self.line([b"", b" ", session.line(), &time, b"", pid, &id, b""]),
        }
    }

    /// How long ago `when` is, up to a day.
    fn idle(&self, when: i64) -> Vec<u8> {
        match self.now.saturating_sub(when) {
            0..60 => b"  .  ".to_vec(),
            seconds @ 60..86400 => {
                let mut text = Vec::new();
                num::push_radix(&mut text, (seconds / 3600) as u64, 10, 2);
                text.push(b':');
                num::push_radix(&mut text, (seconds / 60 % 60) as u64, 10, 2);
                text
            }
            _ => b" old ".to_vec(),
        }
    }

    /// Writes name, state, line, time, idle, pid, comment and exit as columns.
    fn line(&mut self, columns: [&[u8]; 8]) {
        let shown = [true, self.mesg, true, true, self.idle && !self.short, !self.short, true, self.exit];
        let widths = [8, 1, 12, 12, 6, 10, 8, 12];
        let mut line = Vec::new();
        for (index, ((text, width), shown)) in columns.into_iter().zip(widths).zip(shown).enumerate() {
            if !shown {
                continue;
            }
            if index > 0 {
                line.push(b' ');
            }
            let missing = usize::saturating_sub(width, text.len());
            num::push_fill(&mut line, if index == 5 { missing } else { 0 }, b' ');
            line.extend_from_slice(text);
            num::push_fill(&mut line, if index == 5 { 0 } else { missing }, b' ');
        }
        self.cx.out.line(line.trim_ascii_end());
    }
}
