//! usage: truncate [-co] {-s SIZE | -r FILE} FILE...
//!
//! Set the length of FILEs; what is added reads as zeroes.
//!
//!  -c, --no-create       do not make files that do not exist
//!  -o, --io-blocks       SIZE counts blocks of the file, not bytes
//!  -r, --reference=FILE  the length of FILE; SIZE is then relative to it
//!  -s, --size=SIZE       a number with a suffix (K, M, G: powers of 1024; KB, MB: of 1000); before it
//!                        + - change by, < > at most and at least, / % round down and up to a multiple
//!
//! # Notes
//! Options as GNU.

use applet::prelude::*;

applet::options!("truncate");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let reference = options.value(opt::REFERENCE);
    let (sign, amount) = match options.value(opt::SIZE) {
        Some(text) => parse(text)?,
        None if reference.is_some() => (b'+', 0),
        None => return Err(Error::usage(&[b"you must specify either '--size' or '--reference'"])),
    };
    if options.has(opt::IO_BLOCKS) && !options.has(opt::SIZE) {
        return Err(Error::usage(&[b"'--io-blocks' was specified but '--size' was not"]));
    }
    if reference.is_some() && sign == b'=' {
        return Err(Error::usage(&[b"you must specify a relative '--size' with '--reference'"]));
    }
    if options.operands.is_empty() {
        return Err(Error::usage(&[b"missing file operand"]));
    }
    let base = match reference {
        Some(name) => Some(sys::fs::stat(name).at(name)?.size()),
        None => None,
    };
    let create = if options.has(opt::NO_CREATE) { 0 } else { libc::O_CREAT };
    for name in &options.operands {
        match set(name, sign, amount, base, create, options.has(opt::IO_BLOCKS)) {
            Err(error) if create == 0 && error.errno() == Some(Errno(libc::ENOENT)) => {}
            Err(error) => cx.report_at(name, error),
            Ok(()) => {}
        }
    }
    Ok(cx.status())
}

/// The sign before a size (`=` for none), and the size.
fn parse(text: &[u8]) -> Result<(u8, u64)> {
    let start = text.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
    let (sign, digits) = match text.get(start..).unwrap_or_default() {
        [sign @ (b'+' | b'-' | b'<' | b'>' | b'/' | b'%'), rest @ ..] => (*sign, rest),
        rest => (b'=', rest),
    };
    let amount = applet::value::number(digits, num::SIZES, b"number")?;
    if amount == 0 && matches!(sign, b'/' | b'%') {
        return Err(Error::new(b"division by zero"));
    }
    Ok((sign, amount))
}

fn set(name: &[u8], sign: u8, amount: u64, base: Option<u64>, create: i32, blocks: bool) -> Result {
    let file = sys::fd::open(name, libc::O_WRONLY | libc::O_NONBLOCK | create, 0o666)?;
    let stat = sys::fs::fstat(file.raw())?;
    let too_large = || Error::system(name, Errno(libc::EFBIG));
    let amount = amount.checked_mul(if blocks { stat.block_size() } else { 1 }).ok_or_else(too_large)?;
    let size = base.unwrap_or(stat.size());
    let new = match sign {
        b'+' => size.checked_add(amount),
        b'-' => Some(size.saturating_sub(amount)),
        b'<' => Some(size.min(amount)),
        b'>' => Some(size.max(amount)),
        b'/' => Some(size - size.checked_rem(amount).unwrap_or(0)),
        b'%' => size.checked_next_multiple_of(amount),
        _ => Some(amount),
    };
    let new = new.and_then(|new| i64::try_from(new).ok()).ok_or_else(too_large)?;
    Ok(sys::fd::truncate(file.raw(), new)?)
}
