//! usage: uniq [-cdDiuz] [-f N] [-s N] [-w N] [INPUT [OUTPUT]]
//!
//! Print lines without repeating a line that equals the one before it.
//!
//!  -c, --count                  print how often each line came, before it
//!  -d, --repeated               print only lines that are repeated
//!  -D, --all-repeated[=METHOD]  print all repeated lines; METHOD puts empty lines between groups: none, prepend, separate
//!  --group[=METHOD]             print all lines, groups apart: separate, prepend, append, both
//!  -f, --skip-fields=N          do not compare the first N fields
//!  -i, --ignore-case            ignore case
//!  -s, --skip-chars=N           do not compare the first N bytes
//!  -u, --unique                 print only lines that are not repeated
//!  -w, --check-chars=N          compare at most N bytes
//!  -z, --zero-terminated        lines end with NUL
//!  -NUM                         same as -f NUM
//!
//! # Notes
//! POSIX.1-2024 uniq; the rest as GNU.

use applet::prelude::*;

applet::options!("uniq");

#[derive(Clone, Copy, PartialEq)]
enum Show {
    First,
    All,
}

/// Where empty lines go between groups.
#[derive(Clone, Copy, PartialEq)]
enum Apart {
    None,
    Before,
    Between,
    After,
    Both,
}

struct Job {
    skip_fields: usize,
    skip_chars: usize,
    most: usize,
    ignore_case: bool,
    end: u8,
    count: bool,
    show: Show,
    single: bool,
    repeated: bool,
    apart: Apart,
    any: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let number = |id, what: &[u8]| match options.value(id) {
        // A count past memory is as good as the largest.
        Some(text) => match num::parse_u64(text) {
            Ok(value) => Ok(usize::try_from(value).unwrap_or(usize::MAX)),
            Err(num::ParseError::Range) => Ok(usize::MAX),
            Err(_) => Err(Error::parts(&[text, b": invalid number of ", what])),
        },
        None => Ok(0),
    };
    let fields = options.last(&[opt::SKIP_FIELDS, opt::NUMBER]).unwrap_or(opt::SKIP_FIELDS);
    let mut job = Job {
        skip_fields: number(fields, b"fields to skip")?,
        skip_chars: number(opt::SKIP_CHARS, b"bytes to skip")?,
        most: if options.has(opt::CHECK_CHARS) {
            number(opt::CHECK_CHARS, b"bytes to compare")?
        } else {
            usize::MAX
        },
        ignore_case: options.has(opt::IGNORE_CASE),
        end: if options.has(opt::ZERO_TERMINATED) { 0 } else { b'\n' },
        count: options.has(opt::COUNT),
        show: Show::First,
        single: !options.has(opt::REPEATED),
        repeated: !options.has(opt::UNIQUE),
        apart: Apart::None,
        any: false,
    };
    job.grouping(&options)?;
    let (input, output) = match *options.operands.as_slice() {
        [] => (&b"-"[..], None),
        [input] => (input, None),
        [input, output] => (input, Some(output)),
        [_, _, extra, ..] => return Err(Error::extra_operand(extra)),
    };
    let mut reader = cx.open(input)?;
    let Some(output) = output.filter(|&output| output != b"-") else {
        // The context's own writer is put aside so that the job can use both.
        let mut out = core::mem::replace(&mut cx.out, Writer::memory());
        let result = job.run(&mut reader, &mut out);
        cx.out = out;
        result.at(input)?;
        return Ok(cx.status());
    };
    let file = sys::fd::open(output, libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC, 0o666).at(output)?;
    let mut out = Writer::new(file.raw());
    job.run(&mut reader, &mut out).at(input)?;
    out.flush().at(output)?;
    Ok(cx.status())
}

impl Job {
    fn grouping(&mut self, options: &Options) -> Result {
        if let Some(method) = options.value(opt::ALL_REPEATED) {
            self.show = Show::All;
            self.single = false;
            self.apart = match method {
                b"" | b"none" => Apart::None,
                b"prepend" => Apart::Before,
                b"separate" => Apart::Between,
                other => return Err(applet::value::invalid(b"argument for --all-repeated", other)),
            };
            if self.count {
                return Err(Error::usage(&[
                    b"printing all duplicated lines and repeat counts is meaningless",
                ]));
            }
        }
        if let Some(method) = options.value(opt::GROUP) {
            if self.count || options.last(&[opt::ALL_REPEATED, opt::REPEATED, opt::UNIQUE]).is_some() {
                return Err(Error::usage(&[b"--group is mutually exclusive with -c/-d/-D/-u"]));
            }
            self.show = Show::All;
            self.apart = match method {
                b"" | b"separate" => Apart::Between,
                b"prepend" => Apart::Before,
                b"append" => Apart::After,
                b"both" => Apart::Both,
                other => return Err(applet::value::invalid(b"argument for --group", other)),
            };
        }
        Ok(())
    }

    /// The part of a line that counts.
    #[inline]
    fn key<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        let mut rest = line;
        if self.skip_fields | self.skip_chars != 0 {
            for _ in 0..self.skip_fields {
                if rest.is_empty() {
                    break;
                }
                let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                rest = rest.get(blanks..).unwrap_or_default();
                let text = rest.iter().take_while(|byte| !matches!(byte, b' ' | b'\t')).count();
                rest = rest.get(text..).unwrap_or_default();
            }
            rest = rest.get(self.skip_chars..).unwrap_or_default();
        }
        rest.get(..self.most).unwrap_or(rest)
    }

    fn equal(&self, a: &[u8], b: &[u8]) -> bool {
        let (a, b) = (self.key(a), self.key(b));
        if self.ignore_case { a.eq_ignore_ascii_case(b) } else { a == b }
    }

    fn run(&mut self, input: &mut Reader, out: &mut Writer) -> sys::Result<()> {
        // The group's first line, and how many came.
        let mut first: Vec<u8> = Vec::new();
        let mut times = 0u64;
        while let Some(line) = input.text_line(self.end)? {
            if times > 0 && self.equal(&first, line) {
                times += 1;
                if self.show == Show::All {
                    let begins = times == 2 && !self.single;
                    // -u leaves out each group's first line.
                    if begins && self.repeated {
                        self.line(&first, 0, true, out);
                    }
                    self.line(line, 0, begins && !self.repeated, out);
                }
                continue;
            }
            self.end_group(&first, times, out);
            first.clear();
            first.extend_from_slice(line);
            times = 1;
            if self.show == Show::All && self.single {
                self.line(&first, 0, true, out);
            }
            if out.failed() {
                return Ok(());
            }
        }
        self.end_group(&first, times, out);
        if matches!(self.apart, Apart::After | Apart::Both) && self.any {
            out.byte(self.end);
        }
        Ok(())
    }

    fn end_group(&mut self, first: &[u8], times: u64, out: &mut Writer) {
        let wanted = match times {
            0 => false,
            1 => self.single,
            _ => self.repeated,
        };
        if wanted && self.show == Show::First {
            self.line(first, times, false, out);
        }
    }

    fn line(&mut self, line: &[u8], times: u64, begins_group: bool, out: &mut Writer) {
        let apart = match self.apart {
            Apart::None => false,
            Apart::Before | Apart::Both => begins_group,
            Apart::Between | Apart::After => begins_group && self.any,
        };
        if apart {
            out.byte(self.end);
        }
        self.any = true;
        if self.count {
            let digits = times.checked_ilog10().map_or(1, |log| log as usize + 1);
            out.fill(b' ', 7usize.saturating_sub(digits));
            out.decimal(times);
            out.byte(b' ');
        }
        out.write(line);
        out.byte(self.end);
    }
}
