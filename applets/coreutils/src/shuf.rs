//! usage: shuf [OPTION]... [FILE] | shuf -e [OPTION]... [ARG]... | shuf -i LO-HI [OPTION]...
//!
//! Print lines in a random order.
//!
//!  -e, --echo                 the lines are the ARGs
//!  -i, --input-range=LO-HI    the lines are the numbers from LO to HI
//!  -n, --head-count=N         print at most N lines
//!  -o, --output=FILE          write to FILE
//!  -r, --repeat               lines can come again; without -n, for ever
//!  -z, --zero-terminated      lines end with NUL
//!  --random-source=FILE       take random bytes from FILE
//!
//! # Notes
//! As GNU, also in what it makes of the bytes of a random source.

use applet::prelude::*;

applet::options!("shuf");

/// Random numbers below a bound out of random bytes. What is left over of the bytes goes into the next number.
struct Random<'a> {
    /// A file, or the kernel.
    source: Option<(&'a [u8], Reader)>,
    pool: [u8; 1024],
    used: usize,
    number: u64,
    max: u64,
}

/// What there is to choose from.
enum Items<'a> {
    Range(u64),
    Args(&'a [&'a [u8]]),
    /// A text, and where its lines end.
    Lines(Vec<u8>, Vec<usize>),
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let end = if options.has(opt::ZERO_TERMINATED) { 0 } else { b'\n' };
    let repeat = options.has(opt::REPEAT);
    let mut most = u64::MAX;
    for text in options.values(opt::HEAD_COUNT) {
        match num::parse_u64(text) {
            Ok(number) => most = most.min(number),
            Err(num::ParseError::Range) => {}
            Err(_) => return Err(applet::value::invalid(b"line count", text)),
        }
    }
    let echo = options.has(opt::ECHO);
    let operands = options.operands.as_slice();
    let items = if let Some(range) = options.value(opt::INPUT_RANGE) {
        if echo {
            return Err(Error::usage(&[b"cannot combine -e and -i options"]));
        }
        if options.count(opt::INPUT_RANGE) > 1 {
            return Err(Error::new(b"multiple -i options specified"));
        }
        if let Some(extra) = operands.first() {
            return Err(Error::extra_operand(extra));
        }
        Items::Range(range_start(range)?.0)
    } else if echo {
        Items::Args(operands)
    } else {
        if let Some(extra) = operands.get(1) {
            return Err(Error::extra_operand(extra));
        }
        let file = operands.first().copied().unwrap_or(b"-");
        let text = if most == 0 && !repeat { Vec::new() } else { cx.open(file)?.rest().at(file)? };
        let mut ends: Vec<usize> = memchr::memchr_iter(end, &text).collect();
        if ends.last().map_or(0, |last| last + 1) < text.len() {
            ends.push(text.len());
        }
        Items::Lines(text, ends)
    };
    let (first, count) = match &items {
        Items::Range(first) => (*first, range_start(options.value(opt::INPUT_RANGE).unwrap_or_default())?.1),
        Items::Args(args) => (0, args.len() as u64),
        Items::Lines(_, ends) => (0, ends.len() as u64),
    };
    let source =
        options.value(opt::RANDOM_SOURCE).map(|name| Ok::<_, Error>((name, cx.open(name)?))).transpose()?;
    let mut random = Random { source, pool: [0; 1024], used: 1024, number: 0, max: 0 };
    if options.count(opt::OUTPUT) > 1 {
        return Err(Error::new(b"multiple output files specified"));
    }
    let output = options.value(opt::OUTPUT);
    let file = output
        .map(|name| sys::fd::open(name, libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC, 0o666).at(name))
        .transpose()?;
    let mut out = file.as_ref().map(|file| Writer::new(file.raw()));
    let mut print = |cx: &mut Context, index: u64| {
        let out = out.as_mut().unwrap_or(&mut cx.out);
        let at = index as usize;
        match &items {
            Items::Range(_) => out.decimal(first + index),
            Items::Args(args) => out.write(args.get(at).copied().unwrap_or_default()),
            Items::Lines(text, ends) => {
                let start = at.checked_sub(1).and_then(|before| ends.get(before)).map_or(0, |end| end + 1);
                out.write(ends.get(at).and_then(|&end| text.get(start..end)).unwrap_or_default());
            }
        }
        out.byte(end);
        !out.failed()
    };
    if repeat {
        if count == 0 && most > 0 {
            return Err(Error::new(b"no lines to repeat"));
        }
        for _ in 0..most {
            if !print(cx, random.below(count)?) {
                break;
            }
        }
    } else {
        permute(count, most.min(count), &mut random, &mut |index| print(cx, index))?;
    }
    if let (Some(mut out), Some(name)) = (out, output) {
        out.flush().at(name)?;
    }
    Ok(cx.status())
}

/// The first number of a range and how many it has.
fn range_start(text: &[u8]) -> Result<(u64, u64)> {
    let wrong = || applet::value::invalid(b"input range", text);
    let at = text.iter().position(|&byte| byte == b'-').ok_or_else(wrong)?;
    let number = |part: Option<&[u8]>| num::parse_u64(part.unwrap_or_default()).map_err(|_| wrong());
    let (first, last) = (number(text.get(..at))?, number(text.get(at + 1..))?);
    let count = last.checked_sub(first).map_or(Some(0), |span| span.checked_add(1));
    // From one number to the one before it there is nothing; further back is a mistake.
    count
        .filter(|&count| count > 0 || last.checked_add(1) == Some(first))
        .map(|count| (first, count))
        .ok_or_else(wrong)
}

/// Gives `most` of the numbers below `count` in random order, until `take` says no.
fn permute(count: u64, most: u64, random: &mut Random, take: &mut dyn FnMut(u64) -> bool) -> Result {
    // Few of very many: only what has been exchanged is remembered, by place.
    let sparse = count > 1 << 22 && most < count / 64;
    let mut all: Vec<u64> = if sparse { Vec::new() } else { (0..count).collect() };
    let mut moved: Vec<(u64, u64)> = Vec::new();
    for place in 0..most {
        let other = place + random.below(count - place)?;
        let chosen = if sparse {
            let look = |moved: &[(u64, u64)], at: u64| moved.binary_search_by(|entry| entry.0.cmp(&at));
            let here = look(&moved, place).ok().and_then(|at| moved.get(at)).map_or(place, |entry| entry.1);
            match look(&moved, other) {
                Ok(at) => moved.get_mut(at).map_or(other, |entry| core::mem::replace(&mut entry.1, here)),
                Err(at) => {
                    moved.insert(at, (other, here));
                    other
                }
            }
        } else {
            all.swap(place as usize, other as usize);
            all.get(place as usize).copied().unwrap_or_default()
        };
        if !take(chosen) {
            break;
        }
    }
    Ok(())
}

impl Random<'_> {
    fn byte(&mut self) -> Result<u64> {
        if let Some((name, source)) = &mut self.source {
            let byte = source.block().at(name)?.first().copied();
            source.consume(1);
            return byte.map(u64::from).ok_or_else(|| Error::about(b"%: end of file", name));
        }
        if self.used >= self.pool.len() {
            sys::host::random(&mut self.pool)?;
            self.used = 0;
        }
        let byte = self.pool.get(self.used).copied().unwrap_or_default();
        self.used += 1;
        Ok(byte.into())
    }

    /// A number below `bound`, each as likely as the others.
    fn below(&mut self, bound: u64) -> Result<u64> {
        let top = bound.saturating_sub(1);
        loop {
            while self.max < top {
                self.number = self.number.wrapping_shl(8).wrapping_add(self.byte()?);
                self.max = self.max.wrapping_shl(8).wrapping_add(255);
            }
            if self.max == top {
                return Ok(core::mem::take(&mut self.number)).inspect(|_| self.max = 0);
            }
            let excess = self.max - top;
            let unusable = excess % bound;
            let reduced = self.number % bound;
            if self.number <= self.max - unusable {
                self.number /= bound;
                self.max = excess / bound;
                return Ok(reduced);
            }
            self.number = reduced;
            self.max = unusable - 1;
        }
    }
}
