//! usage: numfmt [OPTION]... [NUMBER]...
//!
//! Convert NUMBERs, or those in the lines of standard input, from and to forms for people.
//!
//!  -d, --delimiter=C       C separates fields, not blanks
//!  --field=LIST            convert these fields (1): N, N-M, N-, -M, -, with commas between
//!  --format=FORMAT         print by printf's FORMAT with %f
//!  --from=UNIT             accept suffixes: auto, si, iec, iec-i, none
//!  --from-unit=N           the input counts Ns
//!  --grouping              group digits by the locale
//!  --header[=N]            copy the first N (1) lines as they are
//!  --invalid=MODE          on invalid numbers: abort, fail at the end, warn, ignore
//!  --padding=N             N columns wide; aligned to the left if negative
//!  --round=METHOD          up, down, from-zero (the default), towards-zero, nearest
//!  --suffix=SUFFIX         SUFFIX behind numbers, in and out
//!  --to=UNIT               print suffixes: none, si, iec, iec-i
//!  --to-unit=N             the output counts Ns; N may have a suffix: K 1000, Ki 1024, and so on
//!  -z, --zero-terminated   lines end with NUL
//!
//! si: K is 1000; iec: K is 1024; iec-i: Ki is 1024; auto: both.
//!
//! # Notes
//! As GNU, but numbers are exact: without --to they have up to 19 digits.

use applet::prelude::*;

applet::options!("numfmt");

const UNITS: &[u8] = b"none si iec iec-i auto";
/// Suffixes of --from-unit and --to-unit.
const UNIT_SIZES: &[u8] = b"K=1000 M=1000000 G=1000000000 T=1000000000000 P=1000000000000000 \
Ki=1024 Mi=1048576 Gi=1073741824 Ti=1099511627776 Pi=1125899906842624";
const NONE: usize = 0;
const SI: usize = 1;
const IEC_I: usize = 3;
const AUTO: usize = 4;
const LETTERS: &[u8] = b"KMGTPEZY";

struct Job<'a> {
    from: usize,
    to: usize,
    /// What the input counts, and what the output counts.
    from_unit: u64,
    to_unit: u64,
    round: usize,
    suffix: &'a [u8],
    padding: i64,
    /// Without a delimiter, numbers keep the columns they had.
    keep_columns: bool,
    delimiter: Option<u8>,
    fields: Vec<(u64, u64)>,
    before: Vec<u8>,
    after: Vec<u8>,
    spec: num::Spec,
    invalid: usize,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let mut job = Job {
        from: NONE,
        to: NONE,
        from_unit: 1,
        to_unit: 1,
        round: 0,
        invalid: 0,
        suffix: b"",
        padding: 0,
        keep_columns: false,
        delimiter: None,
        fields: Vec::new(),
        before: Vec::new(),
        after: Vec::new(),
        spec: num::Spec::default(),
    };
    let mut header = 0;
    job.options(&options, &mut header)?;
    let end = if options.has(opt::ZERO_TERMINATED) { 0 } else { b'\n' };
    for operand in &options.operands {
        job.line(cx, operand)?;
        cx.out.byte(end);
    }
    if options.operands.is_empty() {
        let mut input = cx.open(b"-")?;
        while let Some(line) = input.line(end).at(b"-")? {
            let text = line.strip_suffix(&[end]);
            if header > 0 {
                header -= 1;
                cx.out.write(text.unwrap_or(line));
            } else {
                job.line(cx, text.unwrap_or(line))?;
            }
            if text.is_some() {
                cx.out.byte(end);
            }
            if cx.out.failed() {
                break;
            }
        }
    }
    Ok(cx.status())
}

/// What to say before a number that is refused, and behind it.
type Wrong = (&'static [u8], &'static [u8]);

/// A number as it was read.
struct Number {
    negative: bool,
    /// All of it less the sign in units of 10^-`point`.
    digits: u128,
    point: usize,
}

fn range(item: &[u8]) -> Option<(u64, u64)> {
    let number = |text: &[u8], default| {
        if text.is_empty() { Some(default) } else { num::parse_u64(text).ok().filter(|&number| number > 0) }
    };
    match item.iter().position(|&byte| byte == b'-') {
        None if item.is_empty() => None,
        None => number(item, 1).map(|number| (number, number)),
        Some(at) => {
            let range = (number(item.get(..at)?, 1)?, number(item.get(at + 1..)?, u64::MAX)?);
            (range.0 <= range.1).then_some(range)
        }
    }
}

fn unit(text: &[u8]) -> Result<u64> {
    match applet::value::number(text, UNIT_SIZES, b"unit size")? {
        0 => Err(applet::value::invalid(b"unit size", text)),
        number => Ok(number),
    }
}

impl<'a> Job<'a> {
    fn options(&mut self, options: &Options<'a>, header: &mut u64) -> Result {
        use applet::value::{invalid, word};
        let (mut format, mut fields) = (None, &b"1"[..]);
        for &(id, value) in &options.list {
            match id {
                opt::FROM => self.from = word(value, UNITS, b"--from")?,
                opt::TO => self.to = word(value, b"none si iec iec-i", b"--to")?,
                opt::ROUND => {
                    self.round = word(value, b"from-zero up down towards-zero nearest", b"--round")?;
                }
                opt::INVALID => self.invalid = word(value, b"abort fail warn ignore", b"--invalid")?,
                opt::SUFFIX => self.suffix = value,
                opt::PADDING => {
                    let padding = num::parse_i64(value).ok();
                    let padding = padding.filter(|&padding| padding != 0 && padding.abs() < 1 << 20);
                    self.padding = padding.ok_or_else(|| invalid(b"padding value", value))?;
                }
                opt::DELIMITER => {
                    self.delimiter = Some(match *value {
                        [byte] => byte,
                        [] => 0,
                        _ => return Err(Error::new(b"the delimiter must be a single character")),
                    });
                }
                opt::HEADER => {
                    *header = match num::parse_u64(value) {
                        Ok(number @ 1..) => number,
                        _ if value.is_empty() => 1,
                        _ => return Err(invalid(b"header value", value)),
                    }
                }
                opt::FORMAT => format = Some(value),
                opt::FIELD => fields = value,
                _ => {}
            }
        }
        // The last ones count.
        self.from_unit = options.value(opt::FROM_UNIT).map_or(Ok(1), unit)?;
        self.to_unit = options.value(opt::TO_UNIT).map_or(Ok(1), unit)?;
        if self.to != NONE && options.has(opt::GROUPING) {
            return Err(Error::new(b"grouping cannot be combined with --to"));
        }
        if let Some(format) = format {
            if options.has(opt::GROUPING) {
                return Err(Error::new(b"--grouping cannot be combined with --format"));
            }
            self.parse_format(format)?;
        }
        self.keep_columns = self.padding == 0 && self.delimiter.is_none();
        for item in fields.split(|byte| matches!(byte, b',' | b' ')) {
            let range = range(item);
            self.fields.push(range.ok_or_else(|| Error::usage(&[b"invalid field value '", item, b"'"]))?);
        }
        Ok(())
    }

    fn parse_format(&mut self, format: &[u8]) -> Result {
        let wrong = |why: &[u8]| Error::parts(&[b"format '", format, b"' ", why]);
        let invalid =
            || Error::parts(&[b"invalid format '", format, b"', directive must be %[0]['][-][N][.][N]f"]);
        let mut rest = format;
        let mut found = false;
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            if byte != b'%' || tail.first() == Some(&b'%') {
                rest = if byte == b'%' { tail.get(1..).unwrap_or_default() } else { tail };
                if found {
                    self.after.push(byte)
                } else {
                    self.before.push(byte)
                }
                continue;
            }
            if found {
                return Err(wrong(b"has too many % directives"));
            }
            found = true;
            let (mut left, mut zero) = (false, false);
            while let Some((flag @ (b'0' | b'-' | b'\'' | b' '), tail)) = rest.split_first() {
                left |= *flag == b'-';
                zero |= *flag == b'0';
                rest = tail;
            }
            let number = |rest: &mut &[u8]| {
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let (number, tail) = rest.split_at_checked(digits).unwrap_or_default();
                *rest = tail;
                num::parse_u64(number).unwrap_or(0).min(4096) as usize
            };
            let width = number(&mut rest);
            if zero {
                (self.spec.zero, self.spec.width) = (true, width);
            } else if width > 0 {
                self.padding = if left { -(width as i64) } else { width as i64 };
            }
            if let Some(tail) = rest.strip_prefix(b".") {
                rest = tail;
                self.spec.precision = Some(number(&mut rest));
            }
            rest = rest.strip_prefix(b"f").ok_or_else(invalid)?;
        }
        if found { Ok(()) } else { Err(wrong(b"has no % directive")) }
    }

    fn line(&self, cx: &mut Context, line: &[u8]) -> Result {
        let (mut at, mut field) = (0, 1u64);
        loop {
            let rest = line.get(at..).unwrap_or_default();
            let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n');
            let length = match self.delimiter {
                Some(delimiter) => memchr::memchr(delimiter, rest),
                None => {
                    // The blanks before a field are part of it.
                    let blanks = rest.iter().take_while(|byte| blank(byte)).count();
                    rest.iter().skip(blanks).position(blank).map(|length| blanks + length)
                }
            };
            let text = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default();
            if self.fields.iter().any(|&(first, last)| (first..=last).contains(&field)) {
                self.field(cx, text, field)?;
            } else {
                cx.out.write(text);
            }
            let Some(length) = length else { return Ok(()) };
            cx.out.byte(self.delimiter.unwrap_or(b' '));
            at += length + 1;
            field += 1;
        }
    }

    fn field(&self, cx: &mut Context, text: &[u8], field: u64) -> Result {
        let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let number = text.get(blanks..).unwrap_or_default();
        let bare = number.strip_suffix(self.suffix).filter(|bare| !bare.is_empty()).unwrap_or(number);
        let shown = self.parse(bare).and_then(|(number, decimals)| {
            let large: Wrong = (b"value too large to be printed", b" (consider using --to)");
            self.show(&number, self.spec.precision.unwrap_or(decimals)).ok_or(large)
        });
        match shown {
            Ok(shown) => {
                let mut padding = self.padding;
                if self.keep_columns && (blanks > 0 || field > 1) {
                    padding = text.len() as i64;
                }
                cx.out.write(&self.before);
                let space = (padding.unsigned_abs() as usize).saturating_sub(shown.len());
                cx.out.fill(b' ', if padding > 0 { space } else { 0 });
                cx.out.write(&shown);
                cx.out.fill(b' ', if padding < 0 { space } else { 0 });
                cx.out.write(&self.after);
            }
            Err((before, after)) => {
                let error = Error::parts(&[before, b": '", bare, b"'", after]).with_status(2);
                match self.invalid {
                    0 => return Err(error),
                    1 => cx.report(error),
                    2 => cx.report(error.with_status(0)),
                    _ => {}
                }
                cx.out.write(text);
            }
        }
        Ok(())
    }

    /// A number and how many decimals it has; or what to say before it and behind it.
    fn parse(&self, text: &[u8]) -> core::result::Result<(Number, usize), Wrong> {
        let invalid: Wrong = (b"invalid number", b"");
        let suffix: Wrong = (b"invalid suffix in input", b"");
        let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let unsigned = text.strip_prefix(b"-").unwrap_or(text);
        let whole = digits(unsigned);
        let mut used = whole;
        let mut decimals = 0;
        if let Some([b'.', fraction @ ..]) = unsigned.get(whole..) {
            decimals = digits(fraction);
            used += 1 + decimals;
            if decimals == 0 {
                return Err(invalid);
            }
        }
        if whole == 0 {
            return Err(invalid);
        }
        let large: Wrong = (b"value too large to be converted", b"");
        if whole > 33 || whole + decimals > 36 {
            return Err(large);
        }
        let used = used + text.len() - unsigned.len();
        let number = text.get(..used).unwrap_or_default();
        let digits = number.iter().filter(|byte| byte.is_ascii_digit());
        let digits = digits.fold(0u128, |sum, digit| sum * 10 + u128::from(digit - b'0'));
        let mut number = Number { negative: unsigned.len() < text.len(), digits, point: decimals };
        let rest = text.get(used..).unwrap_or_default();
        if rest.is_empty() {
            return Ok((number, decimals));
        }
        let (&letter, rest) = rest.trim_ascii_start().split_first().ok_or(suffix)?;
        let letter = if letter == b'k' { b'K' } else { letter };
        let power = LETTERS.iter().position(|&other| other == letter).ok_or(suffix)? + 1;
        let (base, rest) = match (self.from, rest) {
            (NONE, _) => return Err((b"rejecting suffix in input", b" (consider using --from)")),
            (AUTO | IEC_I, [b'i', rest @ ..]) => (1024u16, rest),
            (IEC_I, _) => return Err((b"missing 'i' suffix in input", b" (e.g Ki/Mi/Gi)")),
            (AUTO | SI, rest) => (1000, rest),
            (_, rest) => (1024u16, rest),
        };
        if !rest.is_empty() {
            return Err(suffix);
        }
        for _ in 0..power {
            number.digits = number.digits.checked_mul(base.into()).ok_or(large)?;
        }
        Ok((number, 0))
    }

    /// A number in decimal, and its suffix, exactly; `None` if it has too many digits.
    fn show(&self, number: &Number, decimals: usize) -> Option<Vec<u8>> {
        let base: u128 = if self.to == SI { 1000 } else { 1024 };
        let top = number.digits.checked_mul(self.from_unit.into())?;
        let mut unit = 10u128.pow(number.point as u32).checked_mul(self.to_unit.into())?;
        let mut power = 0;
        while self.to != NONE && top / unit >= base {
            unit = unit.checked_mul(base)?;
            power += 1;
        }
        let precision = self.spec.precision;
        let places = match precision {
            _ if self.to == NONE => decimals,
            Some(precision) => precision.min(3 * power),
            None => usize::from(top / unit < 10),
        };
        let (mut cut, mut rest) = (top / unit, top % unit);
        let too_long = |cut| self.to == NONE && cut >= 10_000_000_000_000_000_000;
        if too_long(cut) || self.to == NONE && places > 18 || power > LETTERS.len() || unit >> 124 > 0 {
            return None;
        }
        // So nothing here is longer than 128 bits.
        let one = 10u128.pow(places as u32);
        for _ in 0..places {
            rest *= 10;
            cut = cut * 10 + rest / unit;
            rest %= unit;
        }
        let away = match self.round {
            1 => rest > 0 && !number.negative,
            2 => rest > 0 && number.negative,
            3 => false,
            4 => rest >= unit - rest,
            _ => rest > 0,
        };
        cut += u128::from(away);
        if too_long(cut) {
            return None;
        }
        let mut shown = places;
        if self.to != NONE {
            if cut >= base * one {
                cut = one;
                power += 1;
            }
            shown = precision.unwrap_or((cut != 0 && cut < 10 * one && power > 0).into());
            if shown < places {
                // Rounded to tenths, a number is printed without them as printf does: ties go to even.
                cut = (cut + 4 + (cut / 10 & 1)) / 10;
            }
        }
        let mut buf = num::new_buf();
        let mut digits = num::dec_u128(cut, &mut buf).to_vec();
        num::push_fill(&mut digits, shown.saturating_sub(places), b'0');
        let others = usize::from(number.negative) + usize::from(shown > 0);
        let mut text = Vec::new();
        if number.negative {
            text.push(b'-');
        }
        num::push_padded(&mut text, &digits, (shown + 1).max(self.spec.width.saturating_sub(others)), b'0');
        if shown > 0 {
            text.insert(text.len() - shown, b'.');
        }
        if power > 0 {
            text.push(*LETTERS.get(power - 1)?);
            if self.to == IEC_I {
                text.push(b'i');
            }
        }
        text.extend_from_slice(self.suffix);
        Some(text)
    }
}
