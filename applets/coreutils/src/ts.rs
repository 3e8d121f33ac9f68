//! usage: ts [-is] [FORMAT]
//!
//! Copy standard input, with the time (as date's FORMAT) before each line.
//!
//!  -i  the time since the line before
//!  -s  the time since the start
//!
//! %.S, %.s and %.T have microseconds too.

use applet::prelude::*;
use sys::fs::Timestamp;

applet::options!("ts");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let relative = options.last(&[opt::i, opt::s]);
    let format = match *options.operands.as_slice() {
        [] if relative.is_some() => b"%H:%M:%S".to_vec(),
        [] => b"%b %d %H:%M:%S".to_vec(),
        [format] => expand(format),
        [_, extra, ..] => return Err(Error::extra_operand(extra)),
    };
    let zone = match relative {
        Some(_) => time::Zone::utc(),
        None => time::load(cx.var(b"TZ"), &mut |name| sys::fs::read_file(name, 1 << 20).ok()),
    };
    let mut input = cx.open(b"-")?;
    let clock = if relative.is_some() { sys::time::monotonic } else { sys::time::now };
    let mut start = clock();
    while let Some(line) = input.line(b'\n').at(b"-")? {
        let now = clock();
        let shown = if relative.is_some() { difference(now, start) } else { now };
        if options.has(opt::i) {
            start = now;
        }
        let mut text = Vec::new();
        time::format(&format, &zone.local(shown.sec), shown.sec, shown.nsec, &mut text);
        cx.out.write(&text);
        cx.out.byte(b' ');
        cx.out.write(line);
        if cx.out.flush().is_err() {
            break;
        }
    }
    Ok(cx.status())
}

fn difference(now: Timestamp, start: Timestamp) -> Timestamp {
    let borrow = now.nsec < start.nsec;
    let nsec = now.nsec + if borrow { 1_000_000_000 } else { 0 } - start.nsec;
    Timestamp { sec: now.sec - start.sec - i64::from(borrow), nsec }
}

/// Writes `%.S` and its like as date's conversions.
fn expand(format: &[u8]) -> Vec<u8> {
    let mut new = Vec::new();
    let mut rest = format;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        new.push(byte);
        if byte != b'%' {
            continue;
        }
        if let [b'.', letter @ (b'S' | b's' | b'T'), tail @ ..] = rest {
            new.extend_from_slice(&[*letter]);
            new.extend_from_slice(b".%6N");
            rest = tail;
        } else if let Some((&letter, tail)) = rest.split_first() {
            new.push(letter);
            rest = tail;
        }
    }
    new
}
