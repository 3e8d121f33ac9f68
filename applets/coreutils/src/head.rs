//! usage: head [-qvz] [-n [-]N | -c [-]N] [FILE]...
//!
//! Print the first 10 lines of each FILE.
//!
//!  -n, --lines=[-]N          the first N lines; with -, all but the last N
//!  -c, --bytes=[-]N          the first N bytes; with -, all but the last N
//!  -NUM                      the first NUM lines
//!  -q, --quiet, --silent     never print names
//!  -v, --verbose             always print names
//!  -z, --zero-terminated     lines end with NUL
//!
//! N may have a suffix: b 512, kB 1000, K 1024, MB, M, and so on.
//!
//! # Notes
//! POSIX.1-2024 head; the rest as GNU and BusyBox.

use applet::prelude::*;

applet::options!("head");

/// What to print of each input.
#[derive(Clone, Copy)]
struct Part {
    count: u64,
    lines: bool,
    /// All but the last `count`.
    all_but: bool,
    end: u8,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let front = obsolete(cx.args);
    let args = in_front(&front, cx.args);
    let options = Options::parse(&args, opt::GRAMMAR, cx.var(b"POSIXLY_CORRECT").is_none())?;
    let mut part = Part { count: 10, lines: true, all_but: false, end: b'\n' };
    if options.has(opt::ZERO_TERMINATED) {
        part.end = 0;
    }
    for &(id, value) in &options.list {
        if id == opt::LINES || id == opt::BYTES || id == opt::NUMBER {
            part.lines = id != opt::BYTES;
            let what: &[u8] = if part.lines { b"number of lines" } else { b"number of bytes" };
            part.all_but = value.starts_with(b"-");
            let number = value.strip_prefix(b"-").or(value.strip_prefix(b"+")).unwrap_or(value);
            part.count = applet::value::number(number, num::SIZES, what)?;
        }
    }
    let names = match options.last(&[opt::QUIET, opt::VERBOSE]) {
        Some(opt::QUIET) => false,
        Some(_) => true,
        None => options.operands.len() > 1,
    };
    let mut first = true;
    cx.each_input(&options.operands, &mut |cx, name, input| {
        if names {
            print_name(cx, name, &mut first);
        }
        match (part.lines, part.all_but) {
            (true, false) => lines(cx, input, part),
            (false, false) => {
                io::copy_part(input, &mut cx.out, part.count)?;
                // What follows is for the next reader of the same descriptor.
                input.give_back();
                Ok(())
            }
            (true, true) => all_but_lines(cx, input, part),
            (false, true) => all_but_bytes(cx, input, part.count),
        }
    });
    Ok(cx.status())
}

/// The arguments with those of `front`, if there are any, in place of the first one.
pub(crate) fn in_front<'a>(front: &'a [Vec<u8>], args: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let mut all: Vec<&[u8]> = front.iter().map(Vec::as_slice).collect();
    all.extend(args.iter().skip(usize::from(!front.is_empty())));
    all
}

/// The old form `-N[ckmlqvz]` as the first argument, as options.
fn obsolete(args: &[&[u8]]) -> Vec<Vec<u8>> {
    let Some([b'-', rest @ ..]) = args.first() else { return Vec::new() };
    let (digits, letters) = rest.split_at(rest.iter().take_while(|byte| byte.is_ascii_digit()).count());
    if digits.is_empty() || letters.is_empty() || !letters.iter().all(|letter| b"bckmlqvz".contains(letter)) {
        return Vec::new();
    }
    let unit = letters.iter().rev().find(|letter| b"bckml".contains(letter)).copied().unwrap_or(b'l');
    let option: &[u8] = if unit == b'l' { b"-n" } else { b"-c" };
    let suffix = [unit.to_ascii_uppercase()];
    let suffix: &[u8] = match unit {
        b'b' => b"b",
        b'k' | b'm' => &suffix,
        _ => b"",
    };
    let flags: Vec<u8> = letters.iter().copied().filter(|letter| b"qvz".contains(letter)).collect();
    let mut front = alloc::vec![[option, digits, suffix].concat()];
    if !flags.is_empty() {
        front.push([b"-", flags.as_slice()].concat());
    }
    front
}

/// `==> name <==`, as head and tail tell several files apart.
pub(crate) fn print_name(cx: &mut Context, name: &[u8], first: &mut bool) {
    cx.out.write(if *first { b"==> " } else { b"\n==> " });
    cx.out.write(if name == b"-" { b"standard input" } else { name });
    cx.out.write(b" <==\n");
    *first = false;
}

fn lines(cx: &mut Context, input: &mut Reader, part: Part) -> Result {
    let mut left = part.count;
    while left > 0 && !cx.out.failed() {
        let block = input.block()?;
        if block.is_empty() {
            break;
        }
        let mut used = block.len();
        for at in memchr::memchr_iter(part.end, block) {
            left -= 1;
            if left == 0 {
                used = at + 1;
                break;
            }
        }
        cx.out.write(block.get(..used).unwrap_or_default());
        input.consume(used);
    }
    // What follows is for the next reader of the same descriptor.
    input.give_back();
    Ok(())
}

/// Prints as long as more than `count` bytes are buffered behind.
fn all_but_bytes(cx: &mut Context, input: &mut Reader, count: u64) -> Result {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    loop {
        let more = input.fill_more()?;
        let held = input.buffered();
        let ready = held.len().saturating_sub(count);
        cx.out.write(held.get(..ready).unwrap_or_default());
        input.consume(ready);
        if !more || cx.out.failed() {
            input.give_back();
            return Ok(());
        }
    }
}

/// Prints lines as long as `count` more are buffered behind them.
fn all_but_lines(cx: &mut Context, input: &mut Reader, part: Part) -> Result {
    // Lines that are complete in the buffer, and up to where they have been counted.
    let (mut held, mut searched) = (0, 0);
    loop {
        let more = input.fill_more()?;
        let text = input.buffered();
        held += io::tally::count(text.get(searched..).unwrap_or_default(), part.end);
        let unfinished = !more && text.last().is_some_and(|&last| last != part.end);
        let surplus = (held + u64::from(unfinished)).saturating_sub(part.count);
        held -= surplus.min(held);
        let mut ready = 0;
        if surplus > 0 {
            ready = io::tally::end_of_line(text, part.end, surplus).unwrap_or(text.len());
        }
        cx.out.write(text.get(..ready).unwrap_or_default());
        searched = text.len() - ready;
        input.consume(ready);
        if !more || cx.out.failed() {
            input.give_back();
            return Ok(());
        }
    }
}
