//! usage: date [-u] [-d TEXT] [-r FILE] [-I[PRECISION]] [-R] [+FORMAT] | date [-u] {-s TEXT | MMDDhhmm[[CC]YY][.ss]}
//!
//! Print the time, or set it.
//!
//!  -d, --date=TEXT             the time that TEXT means: @SECONDS, 2024-02-29 12:00, next friday, 2 days ago, ...
//!  -D FORMAT                   read the TEXT of -d and -s by FORMAT, as strptime does
//!  -f, --file=FILE             print a line for each line of FILE, as with -d
//!  -I, --iso-8601[=PRECISION]  in ISO 8601: date, hours, minutes, seconds, ns
//!  -r, --reference=FILE        the time FILE was modified
//!  -R, --rfc-email             as in e-mail: Mon, 14 Aug 2006 02:34:56 -0600
//!  --rfc-3339=PRECISION        as RFC 3339 has it: date, seconds, ns
//!  --resolution                print the clock's resolution
//!  -s, --set=TEXT              set the time that TEXT means
//!  -u, --utc, --universal      in UTC
//!
//! FORMAT has %a %A day, %b %B month, %c %C %d %D %e %F %g %G %H %I %j %k %l %m %M %n %N %p %P %q %r %R %s %S %t %T %u %U
//! %V %w %W %x %X %y %Y %z %:z %::z %:::z %Z %%; between % and the letter: - no padding, _ blanks, 0 zeros, ^ capitals,
//! # other case, + a sign, a width.
//!
//! # Notes
//! POSIX.1-2024 date; phrases as GNU, and where those fail the forms of BusyBox (`MM.DD-hh:mm`).

use applet::prelude::*;
use sys::fs::Timestamp;
use time::{Civil, Zone};

applet::options!("date");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let zone = if options.has(opt::UTC) { Zone::utc() } else { load_zone(cx) };
    let mut format: Vec<u8> = Vec::new();
    let mut setting = options.value(opt::SET);
    let mut digits = None;
    for &operand in &options.operands {
        match operand {
            [b'+', text @ ..] if format.is_empty() => format = text.to_vec(),
            [b'+', ..] => return Err(Error::usage(&[b"multiple output formats specified"])),
            _ if digits.is_none() && setting.is_none() => digits = Some(operand),
            _ => return Err(Error::extra_operand(operand)),
        }
    }
    let has_format = options.operands.iter().any(|operand| operand.starts_with(b"+"));
    if let Some(fixed) = fixed_format(&options)? {
        if has_format {
            return Err(Error::usage(&[b"multiple output formats specified"]));
        }
        format = fixed;
    } else if options.has(opt::RESOLUTION) && !has_format {
        format = b"%s.%N".to_vec();
    } else if !has_format {
        format = b"%a %b %e %H:%M:%S %Z %Y".to_vec();
    }
    let sources = [opt::DATE, opt::FILE, opt::REFERENCE, opt::RESOLUTION];
    let given = sources.iter().filter(|&&id| options.has(id)).count();
    if given > 1 {
        return Err(Error::usage(&[b"the options to specify dates for printing are mutually exclusive"]));
    }
    if given > 0 && (setting.is_some() || digits.is_some()) {
        if let (Some(operand), None) = (digits, setting) {
            let why: &[u8] = b"' lacks a leading '+'; when using an option to specify date(s), any non-option argument must be a format string beginning with '+'";
            return Err(Error::usage(&[b"the argument '", operand, why]));
        }
        return Err(Error::usage(&[b"the options to print and set the time may not be used together"]));
    }
    let job = Job { format, zone, strptime: options.value(opt::D) };
    if let Some(file) = options.value(opt::FILE) {
        return job.each_line(cx, file);
    }
    let now = sys::time::now();
    let moment = if let Some(text) = options.value(opt::DATE) {
        job.parse(text, now)?
    } else if let Some(file) = options.value(opt::REFERENCE) {
        sys::fs::stat(file).at(file)?.modified()
    } else if options.has(opt::RESOLUTION) {
        sys::time::resolution()
    } else if let Some(text) = setting.take() {
        set(cx, job.parse(text, now)?)
    } else if let Some(text) = digits {
        let new = set_form(text).and_then(|text| time::parse_touch(&text, now.sec, &job.zone));
        set(cx, Timestamp { sec: new.ok_or_else(|| invalid(text))?, nsec: 0 })
    } else {
        now
    };
    job.print(cx, moment);
    Ok(cx.status())
}

#[cold]
fn invalid(text: &[u8]) -> Error {
    applet::value::invalid(b"date", text)
}

/// The zone of `TZ`, or of the system.
fn load_zone(cx: &Context) -> Zone {
    time::load(cx.var(b"TZ"), &mut read_zone)
}

fn read_zone(path: &[u8]) -> Option<Vec<u8>> {
    sys::fs::read_file(path, 1 << 20).ok()
}

/// The format of -I, -R and --rfc-3339.
fn fixed_format(options: &Options) -> Result<Option<Vec<u8>>> {
    let Some(id) = options.last(&[opt::ISO_8601, opt::RFC_EMAIL, opt::RFC_3339]) else { return Ok(None) };
    let precision = options.value(id).unwrap_or_default();
    // A unit may be abbreviated, as long as it is clear.
    let is = |unit: &[u8]| !precision.is_empty() && unit.starts_with(precision);
    let iso = id == opt::ISO_8601;
    let time: &[u8] = match id {
        opt::RFC_EMAIL => return Ok(Some(b"%a, %d %b %Y %H:%M:%S %z".to_vec())),
        _ if is(b"date") || iso && precision.is_empty() => return Ok(Some(b"%Y-%m-%d".to_vec())),
        _ if iso && is(b"hours") => b"%H",
        _ if iso && is(b"minutes") => b"%H:%M",
        _ if is(b"seconds") => b"%H:%M:%S",
        _ if is(b"ns") && iso => b"%H:%M:%S,%N",
        _ if is(b"ns") => b"%H:%M:%S.%N",
        _ => {
            let option: &[u8] = if iso { b"'--iso-8601'" } else { b"'--rfc-3339'" };
            return Err(Error::usage(&[b"invalid argument '", precision, b"' for ", option]));
        }
    };
    let between: &[u8] = if iso { b"T" } else { b" " };
    Ok(Some([b"%Y-%m-%d", between, time, b"%:z"].concat()))
}

/// The operand that sets the time, `MMDDhhmm[[CC]YY][.ss]`, with the year first, as `touch -t` has it.
fn set_form(text: &[u8]) -> Option<Vec<u8>> {
    let (digits, seconds) = text.split_at(text.iter().position(|&byte| byte == b'.').unwrap_or(text.len()));
    let (day, year) = digits.split_at_checked(8)?;
    Some([year, day, seconds].concat())
}

/// Sets the clock; a failure is told, and the time is printed all the same.
fn set(cx: &mut Context, moment: Timestamp) -> Timestamp {
    if let Err(errno) = sys::time::set_now(moment) {
        cx.report(Error::system(b"cannot set date", errno));
    }
    moment
}

struct Job<'a> {
    format: Vec<u8>,
    zone: Zone,
    strptime: Option<&'a [u8]>,
}

impl Job<'_> {
    fn parse(&self, text: &[u8], now: Timestamp) -> Result<Timestamp> {
        if let Some(format) = self.strptime {
            // What FORMAT does not say is midnight of today.
            let mut civil = Civil { hour: 0, min: 0, sec: 0, nsec: 0, ..self.zone.local(now.sec) };
            let rest = time::strptime(text, format, &mut civil);
            let unix =
                rest.filter(|rest| rest.is_empty()).and_then(|_| self.zone.unix(&civil.fields(), None));
            return unix.map(|sec| Timestamp { sec, nsec: 0 }).ok_or_else(|| invalid(text));
        }
        let mut named = |name: &[u8]| time::zone::named(name, &mut read_zone);
        let phrase = if cfg!(feature = "date-phrases") {
            time::parse_date(text, (now.sec, now.nsec), &self.zone, &mut named)
        } else {
            Err(())
        };
        match phrase {
            Ok((sec, nsec)) => Ok(Timestamp { sec, nsec }),
            Err(()) => match time::parse_busybox(text, now.sec, &self.zone) {
                Some(sec) => Ok(Timestamp { sec, nsec: 0 }),
                None => Err(invalid(text)),
            },
        }
    }

    fn print(&self, cx: &mut Context, moment: Timestamp) {
        let mut line = Vec::new();
        let mut civil = self.zone.local(moment.sec);
        civil.nsec = moment.nsec;
        time::format(&self.format, &civil, moment.sec, moment.nsec, &mut line);
        cx.out.line(&line);
    }

    fn each_line(&self, cx: &mut Context, file: &[u8]) -> Result<Exit> {
        let mut input = cx.open(file)?;
        while let Some(line) = input.text_line(b'\n').at(file)? {
            match self.parse(line, sys::time::now()) {
                Ok(moment) => self.print(cx, moment),
                Err(error) => cx.report(error),
            }
        }
        Ok(cx.status())
    }
}
