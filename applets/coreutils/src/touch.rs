//! usage: touch [-achm] [-d TIME | -t STAMP | -r FILE] FILE...
//!
//! Set the times of FILEs to now, or another time; make those that do not exist.
//!
//!  -a                    only the time of access
//!  -m                    only the time of modification
//!  --time=WHICH          as -a (access, atime, use) or -m (modify, mtime)
//!  -c, --no-create       make no files
//!  -d, --date=TIME       a date and time in words
//!  -t STAMP              [[CC]YY]MMDDhhmm[.ss]
//!  -r, --reference=FILE  the times of FILE; with -d, TIME is relative to them
//!  -h, --no-dereference  of a link itself
//!  -f                    no effect, as in BSD and GNU
//!
//! # Notes
//! POSIX.1-2024 touch; the other options as GNU. TIME is read as by date -d. `-` is the file that is standard output.

use applet::prelude::*;
use sys::fs::Timestamp;

applet::options!("touch");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let (mut access, mut modify) = (options.has(opt::a), options.has(opt::m));
    for word in options.values(opt::TIME) {
        match files::say::choice(word, b"atime access use mtime modify", b"--time")? {
            0..3 => access = true,
            _ => modify = true,
        }
    }
    if access == modify {
        (access, modify) = (true, true);
    }
    let follow = if options.has(opt::NO_DEREFERENCE) { libc::AT_SYMLINK_NOFOLLOW } else { 0 };
    let (mut accessed, mut modified) = times(cx, &options, follow)?;
    if options.operands.is_empty() {
        return Err(Error::usage(&[b"missing file operand"]));
    }
    if !access {
        accessed = Timestamp::KEEP;
    }
    if !modify {
        modified = Timestamp::KEEP;
    }
    let create = !options.has(opt::NO_CREATE) && follow == 0;
    for name in &options.operands {
        if let Err(errno) = touch(name, accessed, modified, follow, create)
            && (errno.0 != libc::ENOENT || !options.has(opt::NO_CREATE))
        {
            cx.report(Error::system(name, errno));
        }
    }
    Ok(cx.status())
}

fn touch(
    name: &[u8],
    accessed: Timestamp,
    modified: Timestamp,
    follow: i32,
    create: bool,
) -> sys::Result<()> {
    if name == b"-" {
        return sys::fs::set_times_fd(sys::fd::STDOUT, accessed, modified);
    }
    let set = || sys::fs::set_times(sys::fd::CWD, name, accessed, modified, follow);
    match set() {
        Err(Errno(libc::ENOENT)) if create => {
            drop(sys::fd::open(
                name,
                libc::O_WRONLY | libc::O_CREAT | libc::O_NONBLOCK | libc::O_NOCTTY,
                0o666,
            )?);
            set()
        }
        result => result,
    }
}

/// The times of access and modification that the options say.
fn times(cx: &Context, options: &Options, follow: i32) -> Result<(Timestamp, Timestamp)> {
    let (date, stamp) = (options.value(opt::DATE), options.value(opt::t));
    let reference = options.value(opt::REFERENCE);
    if stamp.is_some() && (date.is_some() || reference.is_some()) {
        return Err(Error::usage(&[b"cannot specify times from more than one source"]));
    }
    let mut base = (Timestamp::NOW, Timestamp::NOW);
    if let Some(name) = reference {
        let stat = sys::fs::statat(sys::fd::CWD, name, follow).at(name)?;
        base = (stat.accessed(), stat.modified());
    }
    let Some(text) = date.or(stamp) else {
        return Ok(base);
    };
    let now = sys::time::now();
    let read = &mut |path: &[u8]| sys::fs::read_file(path, 1 << 20).ok();
    let zone = time::load(cx.var(b"TZ"), read);
    let parse = |base: Timestamp| {
        let base = if reference.is_some() { base } else { now };
        if stamp.is_some() {
            return time::parse_touch(text, base.sec, &zone).map(|sec| Timestamp { sec, nsec: 0 });
        }
        let load = &mut |name: &[u8]| {
            Some(time::load(Some(name), &mut |path: &[u8]| sys::fs::read_file(path, 1 << 20).ok()))
        };
        let parsed = if cfg!(feature = "date-phrases") {
            time::parse_date(text, (base.sec, base.nsec), &zone, load).ok()
        } else {
            None
        };
        // BusyBox's forms that are no phrases, such as 2024.12.31-23:59.
        parsed
            .or_else(|| Some((time::parse_busybox(text, base.sec, &zone)?, 0)))
            .map(|(sec, nsec)| Timestamp { sec, nsec })
    };
    match (parse(base.0), parse(base.1)) {
        (Some(accessed), Some(modified)) => Ok((accessed, modified)),
        _ => Err(Error::about(b"invalid date format '%'", text)),
    }
}
