//! usage: w [-hsfu] [USER]
//!
//! Tell how long the system is up, who is logged in, and what they do.
//!
//!  -h, --no-header  without the titles
//!  -s, --short      without times of login and of processes
//!  -f, --from       without where users come from
//!  -u, --no-current  count processes of every user on a terminal
//!
//! # Notes
//! The columns are those of procps: JCPU is the time of all processes on the terminal, PCPU that of the one in WHAT.

use applet::prelude::*;
use sys::fs::Timestamp;
use users::sessions;

applet::options!("w");

/// Ticks a second, in which the kernel counts for users.
const TICKS: u64 = 100;

struct Process {
    pid: i32,
    foreground: i32,
    terminal: u64,
    ticks: u64,
    uid: u32,
    started: u64,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let only = match *options.operands.as_slice() {
        [] => None,
        [user] => Some(user),
        [_, extra, ..] => return Err(Error::extra_operand(extra)),
    };
    let zone = time::load(cx.var(b"TZ"), &mut |path: &[u8]| sys::fs::read_file(path, 1 << 20).ok());
    let now = sys::time::now().sec;
    let mut list = sessions::read(sessions::UTMP).unwrap_or_default();
    list.retain(|session| {
        session.kind == sessions::USER
            && !session.user().is_empty()
            && sys::process::kill(session.pid, 0) != Err(Errno(libc::ESRCH))
    });
    let (short, from) = (options.has(opt::SHORT), !options.has(opt::FROM));
    if !options.has(opt::NO_HEADER) {
        heading(cx, list.len(), &zone, now)?;
        let mut line = b"USER     TTY      ".to_vec();
        line.extend_from_slice(if from { b"FROM             " } else { b"" });
        line.extend_from_slice(if short { b"  IDLE WHAT" } else { b"LOGIN@   IDLE   JCPU   PCPU WHAT" });
        cx.out.line(&line);
    }
    let processes = processes();
    for session in list.iter().filter(|session| only.is_none_or(|user| session.user() == user)) {
        let mut line = Vec::new();
        left(session.user(), 8, &mut line);
        left(session.line(), 8, &mut line);
        if from {
            left(if session.host().is_empty() { b"-" } else { session.host() }, 16, &mut line);
        }
        let terminal = sys::fs::stat(&[b"/dev/", session.line()].concat()).ok();
        let idle = terminal.map_or(0, |stat| now.saturating_sub(stat.accessed().sec));
        let rdev = terminal.map_or(u64::MAX, |stat| stat.rdev());
        let (mut all, mut best): (u64, Option<&Process>) = (0, None);
        let uid = users::user(session.user()).map(|user| user.id);
        for process in processes.iter().filter(|process| process.terminal == rdev) {
            all += process.ticks;
            let is_theirs = options.has(opt::NO_CURRENT) || uid.is_none_or(|uid| uid == process.uid);
            if process.foreground == process.pid
                && is_theirs
                && best.is_none_or(|other| other.started <= process.started)
            {
                best = Some(process);
            }
        }
        if !short {
            login(session.time, &zone, now, &mut line);
        }
        let start = line.len();
        length(idle as u64, 0, &mut line);
        if short {
            // One column less, if it fits.
            line.drain(start..start + usize::from(line.get(start) == Some(&b' ')));
        } else {
            length(all / TICKS, all % TICKS, &mut line);
            match best {
                Some(process) => length(process.ticks / TICKS, process.ticks % TICKS, &mut line),
                None => line.extend_from_slice(b"   ?   "),
            }
        }
        line.push(b' ');
        line.extend_from_slice(&best.map_or_else(|| b"-".to_vec(), |process| command(process.pid)));
        cx.out.line(&line);
    }
    Ok(cx.status())
}

fn left(text: &[u8], width: usize, line: &mut Vec<u8>) {
    let text = text.get(..width).unwrap_or(text);
    line.extend_from_slice(text);
    num::push_fill(line, width + 1 - text.len(), b' ');
}

/// ` 22:54:41 up  2:02,  0 users,  load average: 3.97, 2.30, 2.41`
fn heading(cx: &mut Context, users: usize, zone: &time::Zone, now: i64) -> Result {
    let memory = sys::host::memory()?;
    let mut line = Vec::new();
    time::format(b" %H:%M:%S up ", &zone.local(now), now, 0, &mut line);
    let (days, hours, minutes) = (memory.uptime / 86400, memory.uptime / 3600 % 24, memory.uptime / 60 % 60);
    if days > 0 {
        num::push_dec(&mut line, days);
        line.extend_from_slice(if days == 1 { b" day, " } else { b" days, " });
    }
    if hours > 0 {
        num::push_padded(&mut line, num::dec(hours, &mut num::new_buf()), 2, b' ');
        line.push(b':');
        num::push_radix(&mut line, minutes, 10, 2);
    } else {
        num::push_dec(&mut line, minutes);
        line.extend_from_slice(b" min");
    }
    line.extend_from_slice(b",  ");
    num::push_dec(&mut line, users as u64);
    line.extend_from_slice(if users <= 1 { b" user,  load average: " } else { b" users,  load average: " });
    let averages = sys::fs::read_file(b"/proc/loadavg", 256).unwrap_or_default();
    for (index, average) in averages.split(|&byte| byte == b' ').take(3).enumerate() {
        line.extend_from_slice(if index > 0 { b", " } else { b"" });
        line.extend_from_slice(average);
    }
    cx.out.line(&line);
    Ok(())
}

/// When somebody logged in: the time today, the day this week, or the date.
fn login(time: Timestamp, zone: &time::Zone, now: i64, line: &mut Vec<u8>) {
    let (then, today) = (zone.local(time.sec), zone.local(now));
    let format: &[u8] = if now - time.sec > 12 * 3600 && then.yday != today.yday {
        if now - time.sec > 6 * 86400 { b"%d%b%y " } else { b"%a%H   " }
    } else {
        b"%H:%M   "
    };
    let mut text = Vec::new();
    time::format(format, &then, time.sec, 0, &mut text);
    left(&text, 7, line);
    line.pop();
}

/// A length of time in seven columns: `3.05s`, `4:59`, `2:30m`, `3days`.
fn length(seconds: u64, hundredths: u64, line: &mut Vec<u8>) {
    let mut text = Vec::new();
    let (first, separator, second, unit): (u64, u8, u64, &[u8]) = if seconds >= 48 * 3600 {
        num::push_dec(&mut text, seconds / 86400);
        text.extend_from_slice(b"days");
        num::push_padded(line, &text, 7, b' ');
        return;
    } else if seconds >= 3600 {
        (seconds / 3600, b':', seconds / 60 % 60, b"m")
    } else if seconds > 60 {
        (seconds / 60, b':', seconds % 60, b" ")
    } else {
        (seconds, b'.', hundredths, b"s")
    };
    num::push_dec(&mut text, first);
    text.push(separator);
    num::push_radix(&mut text, second, 10, 2);
    text.extend_from_slice(unit);
    num::push_padded(line, &text, 7, b' ');
}

/// All processes that have a terminal.
fn processes() -> Vec<Process> {
    let mut list = Vec::new();
    let Ok(folder) = sys::fs::open_dir(sys::fd::CWD, b"/proc", 0) else {
        return list;
    };
    let (mut listing, _) = walk::Listing::read(folder.raw(), &mut Vec::new());
    while let Some(entry) = listing.next() {
        if let Ok(pid) = num::parse_u64(entry.name) {
            list.extend(process(pid as i32, entry.name));
        }
    }
    list
}

fn process(pid: i32, name: &[u8]) -> Option<Process> {
    let folder = [b"/proc/", name].concat();
    let text = sys::fs::read_file(&[&folder, &b"/stat"[..]].concat(), 4096).ok()?;
    let uid = sys::fs::stat(&folder).ok()?.uid();
    // The name in parentheses may hold anything.
    let end = text.iter().rposition(|&byte| byte == b')')?;
    let fields: Vec<&[u8]> = text.get(end + 2..)?.split(|&byte| byte == b' ').collect();
    let number = |index: usize| fields.get(index).and_then(|field| num::parse_i64(field).ok());
    let raw = number(4)? as u64;
    // Its minor number is in two pieces.
    let terminal = sys::fs::device((raw >> 8 & 0xfff) as u32, (raw & 0xff | raw >> 12 & 0xfff00) as u32);
    let ticks = (number(11)? + number(12)?) as u64;
    let (foreground, started) = (number(5)? as i32, number(19)? as u64);
    (raw != 0).then_some(Process { pid, foreground, terminal, ticks, uid, started })
}

/// A process's command line, or its name.
fn command(pid: i32) -> Vec<u8> {
    let folder = [b"/proc/", num::dec(pid.unsigned_abs().into(), &mut num::new_buf())].concat();
    let mut text = sys::fs::read_file(&[&folder, &b"/cmdline"[..]].concat(), 4096).unwrap_or_default();
    for byte in &mut text {
        if byte.is_ascii_control() {
            *byte = b' ';
        }
    }
    text.trim_ascii_end().to_vec()
}
