//! usage: csplit [OPTION]... FILE PATTERN...
//!
//! Cut FILE at PATTERNs into xx00, xx01, ..., and print the sizes of the pieces.
//!
//!  -b, --suffix-format=FORMAT   printf's FORMAT for the number (%02d)
//!  -f, --prefix=PREFIX          PREFIX for xx
//!  -k, --keep-files             do not remove the pieces on errors
//!  -n, --digits=N               N digits (2)
//!  -q, -s, --quiet, --silent    do not print the sizes
//!  -z, --elide-empty-files      make no empty pieces
//!  --suppress-matched           leave out the lines that match
//!
//! PATTERN: N up to line N; /RE/[OFFSET] up to the line that matches, or OFFSET lines from it; %RE%[OFFSET] the same
//! without making a piece; {N} the last one N times more, {*} as often as possible.
//!
//! # Notes
//! POSIX.1-2024 csplit; the rest as GNU.

use applet::prelude::*;
use regex::{Flags, Regex};

applet::options!("csplit");

enum Cut {
    Line(u64),
    Match { regex: Regex, offset: i64, skip: bool },
}

struct Pattern<'a> {
    text: &'a [u8],
    cut: Cut,
    /// How often more; `None` for ever.
    repeat: Option<u64>,
}

struct Job<'a> {
    text: Vec<u8>,
    /// Where lines begin, and the end.
    starts: Vec<usize>,
    /// The first line, from 0, that has not been written.
    next: usize,
    /// The line, from 0, from which on a match is looked for.
    search: usize,
    prefix: &'a [u8],
    before: &'a [u8],
    after: &'a [u8],
    spec: num::Spec,
    conversion: u8,
    made: u64,
    quiet: bool,
    elide: bool,
    suppress: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let [file, patterns @ ..] = options.operands.as_slice() else { return Err(Error::missing_operand()) };
    if patterns.is_empty() {
        return Err(Error::usage_about(b"missing operand after '%'", file));
    }
    let digits =
        options.value(opt::DIGITS).map_or(Ok(2), |text| applet::value::number(text, b"", b"number"))?;
    let mut job = Job {
        text: Vec::new(),
        starts: alloc::vec![0],
        next: 0,
        search: 0,
        prefix: options.value(opt::PREFIX).unwrap_or(b"xx"),
        before: b"",
        after: b"",
        spec: num::Spec { zero: true, width: digits.min(4096) as usize, ..num::Spec::default() },
        conversion: b'd',
        made: 0,
        quiet: options.has(opt::QUIET),
        elide: options.has(opt::ELIDE_EMPTY_FILES),
        suppress: options.has(opt::SUPPRESS_MATCHED),
    };
    if let Some(format) = options.value(opt::SUFFIX_FORMAT) {
        job.parse_format(format)?;
    }
    let mut patterns = parse(cx, patterns)?;
    job.text = cx.open(file)?.rest().at(file)?;
    job.starts.extend(memchr::memchr_iter(b'\n', &job.text).map(|at| at + 1));
    if job.starts.last() != Some(&job.text.len()) {
        job.starts.push(job.text.len());
    }
    let result = job.run(cx, &mut patterns);
    if result.is_err() && !options.has(opt::KEEP_FILES) {
        for number in 0..job.made {
            let name = job.name(number);
            let _ = sys::fs::unlinkat(sys::fd::CWD, &name, 0);
        }
    }
    result.map(|()| cx.status())
}

fn parse<'a>(cx: &mut Context, texts: &[&'a [u8]]) -> Result<Vec<Pattern<'a>>> {
    let mut patterns: Vec<Pattern<'a>> = Vec::new();
    let mut last = 0;
    let flags = if cx.utf8() { Flags::UTF8 } else { Flags::BASIC };
    for &text in texts {
        let wrong = |why: &[u8]| Error::parts(&[b"'", text, b"': ", why]);
        if let [b'{', count @ .., b'}'] = text
            && let Some(pattern) = patterns.last_mut()
        {
            let number = num::parse_u64(count).map_err(|_| wrong(b"integer required between '{' and '}'"));
            pattern.repeat = if count == b"*" { None } else { Some(number?) };
            continue;
        }
        let cut = match text {
            [mark @ (b'/' | b'%'), rest @ ..] => {
                let end = rest.iter().rposition(|byte| byte == mark);
                let Some((source, [_, offset @ ..])) = end.and_then(|end| rest.split_at_checked(end)) else {
                    return Err(wrong(b"closing delimiter missing"));
                };
                let offset = match offset {
                    [] => 0,
                    offset => {
                        num::parse_i64(offset).map_err(|_| wrong(b"integer expected after delimiter"))?
                    }
                };
                let regex = Regex::new(source, flags).map_err(|error| wrong(error.message()))?;
                Cut::Match { regex, offset, skip: *mark == b'%' }
            }
            _ => {
                let number = num::parse_u64(text).map_err(|_| wrong(b"invalid pattern"))?;
                if number == 0 {
                    return Err(wrong(b"line number must be greater than zero"));
                }
                if number < last {
                    let mut buf = num::new_buf();
                    let before = num::dec(last, &mut buf);
                    return Err(Error::parts(&[
                        b"line number '",
                        text,
                        b"' is smaller than preceding line number, ",
                        before,
                    ]));
                }
                if number == last {
                    cx.warn(&[b"warning: line number '", text, b"' is the same as preceding line number"]);
                }
                last = number;
                Cut::Line(number)
            }
        };
        patterns.push(Pattern { text, cut, repeat: Some(0) });
    }
    Ok(patterns)
}

impl<'a> Job<'a> {
    fn parse_format(&mut self, format: &'a [u8]) -> Result {
        let (mut at, mut found) = (0, false);
        self.spec = num::Spec::default();
        self.before = format;
        while let Some(&byte) = format.get(at) {
            at += 1;
            if byte != b'%' {
                continue;
            }
            if format.get(at) == Some(&b'%') {
                at += 1;
                continue;
            }
            if found {
                return Err(Error::new(b"too many % conversion specifications in suffix"));
            }
            found = true;
            self.before = format.get(..at - 1).unwrap_or_default();
            while let Some(flag) = format.get(at) {
                match flag {
                    b'-' => self.spec.left = true,
                    b'#' => self.spec.alt = true,
                    b'0' => self.spec.zero = true,
                    b'\'' => {}
                    _ => break,
                }
                at += 1;
            }
            let number = |at: &mut usize| {
                let digits = num::parse_int(
                    format
                        .get(*at..)
                        .filter(|rest| rest.first().is_some_and(u8::is_ascii_digit))
                        .unwrap_or_default(),
                    10,
                );
                *at += digits.used;
                digits.magnitude.min(4096) as usize
            };
            self.spec.width = number(&mut at);
            if format.get(at) == Some(&b'.') {
                at += 1;
                self.spec.precision = Some(number(&mut at));
            }
            self.conversion = match format.get(at) {
                Some(&conversion @ (b'd' | b'i' | b'u' | b'o' | b'x' | b'X')) => conversion,
                Some(&other) => {
                    return Err(Error::about(b"invalid conversion specifier in suffix: %", &[other]));
                }
                None => return Err(Error::new(b"missing conversion specifier in suffix")),
            };
            at += 1;
            self.after = format.get(at..).unwrap_or_default();
        }
        if found { Ok(()) } else { Err(Error::new(b"missing % conversion specification in suffix")) }
    }

    fn name(&self, number: u64) -> Vec<u8> {
        let mut name = self.prefix.to_vec();
        let add = |name: &mut Vec<u8>, text: &[u8]| {
            let mut rest = text.iter();
            while let Some(&byte) = rest.next() {
                name.push(byte);
                if byte == b'%' {
                    rest.next();
                }
            }
        };
        add(&mut name, self.before);
        num::format_int(number, false, self.conversion, &self.spec, &mut name);
        add(&mut name, self.after);
        name
    }

    fn lines(&self) -> usize {
        self.starts.len() - 1
    }

    /// The lines from `from` up to `to`, which there may not be.
    fn range(&self, from: usize, to: usize) -> core::ops::Range<usize> {
        let at = |line: usize| self.starts.get(line).copied().unwrap_or(self.text.len());
        at(from)..at(to)
    }

    /// Writes the lines up to `to` as a piece.
    fn write(&mut self, cx: &mut Context, to: usize) -> Result {
        let to = to.clamp(self.next, self.lines());
        let part = self.range(self.next, to);
        self.next = to;
        if part.is_empty() && self.elide {
            return Ok(());
        }
        let name = self.name(self.made);
        let file = sys::fd::open(&name, libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC, 0o666).at(&name)?;
        self.made += 1;
        if !self.quiet {
            cx.out.decimal(part.len() as u64);
            cx.out.byte(b'\n');
        }
        sys::fd::write_all(file.raw(), self.text.get(part).unwrap_or_default()).at(&name)
    }

    fn run(&mut self, cx: &mut Context, patterns: &mut [Pattern]) -> Result {
        for pattern in patterns {
            let mut times = 0;
            while pattern.repeat.is_none_or(|repeat| times <= repeat) {
                let wrong = |why: &[u8]| {
                    let mut buf = num::new_buf();
                    let number = num::dec(times, &mut buf);
                    let on: [&[u8]; 2] = if times > 0 { [b" on repetition ", number] } else { [b""; 2] };
                    Error::parts(&[b"'", pattern.text, b"': ", why, on[0], on[1]])
                };
                match &mut pattern.cut {
                    Cut::Line(number) => {
                        let to = usize::try_from(number.saturating_mul(times + 1) - 1).unwrap_or(usize::MAX);
                        if self.lines() > 0 {
                            self.write(cx, to)?;
                        }
                        if self.next < to || self.next >= self.lines() && !self.suppress {
                            return Err(wrong(b"line number out of range"));
                        }
                        self.search = self.next;
                        self.leave_out();
                    }
                    Cut::Match { regex, offset, skip } => {
                        let found = (self.search..self.lines()).find(|&line| {
                            let text = self.text.get(self.range(line, line + 1)).unwrap_or_default();
                            regex.is_match(text.strip_suffix(b"\n").unwrap_or(text))
                        });
                        let Some(found) = found else {
                            if !*skip {
                                self.write(cx, usize::MAX)?;
                            }
                            return if pattern.repeat.is_none() {
                                Ok(())
                            } else {
                                Err(wrong(b"match not found"))
                            };
                        };
                        let to = usize::try_from((found as i64).saturating_add(*offset)).unwrap_or(0);
                        let possible =
                            to >= self.next && to <= self.lines() && (to as i64 - found as i64) == *offset;
                        if *skip && possible {
                            self.next = to;
                        } else if !*skip {
                            self.write(cx, to)?;
                        }
                        if !possible {
                            return Err(wrong(b"line number out of range"));
                        }
                        self.search = found.max(to) + 1;
                        self.leave_out();
                    }
                }
                times += 1;
            }
        }
        self.write(cx, usize::MAX)
    }

    /// Passes over the line that was cut at, if asked to.
    fn leave_out(&mut self) {
        if self.suppress {
            self.next = (self.next + 1).min(self.lines());
            self.search = self.search.max(self.next);
        }
    }
}
