//! usage: seq [-w] [-s STRING] [-f FORMAT] [FIRST [STEP]] LAST
//!
//! Print the numbers from FIRST (1) to LAST in steps of STEP (1).
//!
//!  -f, --format=FORMAT     print numbers by a printf FORMAT: one of %e %f %g %a
//!  -s, --separator=STRING  between numbers; the default is a newline
//!  -w, --equal-width       pad with zeros to the same width
//!
//! # Notes
//! GNU's command. Decimal numbers are added exactly, as integers scaled by a power of ten, so that `seq 0 .1 1` ends
//! where it should; only FORMAT, exponents and numbers of more than 36 digits go through floating point.

use applet::prelude::*;
use num::Spec;

applet::options!("seq");

pub fn main(cx: &mut Context) -> Result<Exit> {
    // A negative number is an operand: the options end before it.
    let is_number = |arg: &&[u8]| matches!(arg, [b'-', b'0'..=b'9' | b'.', ..]);
    let count = cx.args.iter().position(is_number).unwrap_or(cx.args.len());
    let (before, numbers) = cx.args.split_at(count);
    let options = Options::parse(before, opt::GRAMMAR, false)?;
    let mut operands = options.operands.clone();
    operands.extend(numbers);
    let one: &[u8] = b"1";
    let [first, step, last] = match *operands.as_slice() {
        [] => return Err(Error::missing_operand()),
        [last] => [one, one, last],
        [first, last] => [first, one, last],
        [first, step, last] => [first, step, last],
        [_, _, _, extra, ..] => return Err(Error::extra_operand(extra)),
    };
    let separator = options.value(opt::SEPARATOR).unwrap_or(b"\n");
    let wide = options.has(opt::EQUAL_WIDTH);
    let mut sequence = Sequence { separator, any: false };
    if let Some(format) = options.value(opt::FORMAT) {
        if wide {
            return Err(Error::usage(&[b"a format and equal width exclude each other"]));
        }
        sequence.formatted(cx, [first, step, last], format)?;
    } else if let Some(numbers) = Decimals::parse([first, step, last]) {
        if numbers.step == 0 {
            return Err(Error::usage_about(b"invalid Zero increment value: '%'", step));
        }
        sequence.decimals(cx, numbers, wide);
    } else {
        sequence.formatted(cx, [first, step, last], b"%g")?;
    }
    if sequence.any {
        cx.out.byte(b'\n');
    }
    Ok(cx.status())
}

struct Sequence<'a> {
    separator: &'a [u8],
    any: bool,
}

/// First, step and last as integers in units of 10^-`places`.
struct Decimals {
    first: i128,
    step: i128,
    last: i128,
    places: usize,
    /// The widest of first and last as they were written, in bytes; what `-w` pads to.
    width: usize,
}

/// A decimal number's sign and digits on both sides of the point.
fn split(text: &[u8]) -> Option<(bool, &[u8], &[u8])> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let point = text.iter().position(|&byte| byte == b'.').unwrap_or(text.len());
    let (whole, fraction) = text.split_at(point);
    let fraction = fraction.get(1..).unwrap_or_default();
    let all_digits = whole.iter().chain(fraction).all(u8::is_ascii_digit);
    (all_digits && !(whole.is_empty() && fraction.is_empty())).then_some((negative, whole, fraction))
}

impl Decimals {
    fn parse(texts: [&[u8]; 3]) -> Option<Decimals> {
        let [first, step, last] = [split(texts[0])?, split(texts[1])?, split(texts[2])?];
        let scaled = |(negative, whole, fraction): (bool, &[u8], &[u8]), places: usize| {
            let zeros = core::iter::repeat_n(&b'0', places.saturating_sub(fraction.len()));
            let value = whole
                .iter()
                .chain(fraction)
                .chain(zeros)
                .fold(0i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
            if negative { -value } else { value }
        };
        // 36 digits on both sides of the point fit 128 bits, and a step more.
        let longest = |side: fn((bool, &[u8], &[u8])) -> usize| side(first).max(side(step)).max(side(last));
        if longest(|number| number.1.len()) + longest(|number| number.2.len()) > 36 {
            return None;
        }
        // What is printed has the places of first and step; last may have more.
        let shown = first.2.len().max(step.2.len());
        let all = shown.max(last.2.len());
        let unit = 10i128.pow((all - shown) as u32);
        let width = |(negative, whole, _): (bool, &[u8], &[u8])| {
            let point = usize::from(shown > 0) + shown;
            usize::from(negative) + whole.len().max(1) + point
        };
        Some(Decimals {
            first: scaled(first, shown),
            step: scaled(step, shown),
            // Rounded towards the first number: a sequence never passes its last.
            last: if scaled(step, shown) < 0 {
                -(-scaled(last, all)).div_euclid(unit)
            } else {
                scaled(last, all).div_euclid(unit)
            },
            places: shown,
            width: width(first).max(width(last)),
        })
    }
}

impl Sequence<'_> {
    fn separate(&mut self, out: &mut Writer) {
        if self.any {
            out.write(self.separator);
        }
        self.any = true;
    }

    fn decimals(&mut self, cx: &mut Context, numbers: Decimals, wide: bool) {
        let Decimals { first, step, last, places, width } = numbers;
        if places == 0
            && step == 1
            && !wide
            && self.separator == b"\n"
            && let (Ok(first), Ok(last)) = (u64::try_from(first), u64::try_from(last))
        {
            // It ends every number, also the last one.
            return io::count(first, last, &mut cx.out);
        }
        let mut value = first;
        let mut text = Vec::new();
        let mut buf = num::new_buf();
        while if step > 0 { value <= last } else { value >= last } {
            self.separate(&mut cx.out);
            text.clear();
            let digits = num::dec_u128(value.unsigned_abs(), &mut buf);
            let sign = usize::from(value < 0);
            let point = places + usize::from(places > 0);
            let whole = if wide { width.saturating_sub(point + sign) } else { 1 };
            if sign > 0 {
                text.push(b'-');
            }
            num::push_padded(&mut text, digits, whole + places, b'0');
            let (whole, fraction) = text.split_at(text.len() - places);
            cx.out.write(whole);
            if places > 0 {
                cx.out.byte(b'.');
                cx.out.write(fraction);
            }
            if cx.out.failed() {
                return;
            }
            value += step;
        }
    }

    fn formatted(&mut self, cx: &mut Context, texts: [&[u8]; 3], format: &[u8]) -> Result {
        let mut values = [0.0; 3];
        for (value, text) in values.iter_mut().zip(texts) {
            let (number, used) = num::parse_float(text);
            if used == 0 || used < text.len() || number.is_nan() {
                return Err(Error::usage_about(b"invalid floating point argument: '%'", text));
            }
            *value = number;
        }
        let [first, step, last] = values;
        if step == 0.0 {
            return Err(Error::usage_about(b"invalid Zero increment value: '%'", texts[1]));
        }
        let format = Format::parse(format)?;
        let mut line = Vec::new();
        let mut turn = 0.0;
        loop {
            let value = first + turn * step;
            if (if step > 0.0 { value > last } else { value < last }) || cx.out.failed() {
                return Ok(());
            }
            self.separate(&mut cx.out);
            line.clear();
            push_text(format.before, &mut line);
            num::format_float(value, format.letter, &format.spec, &mut line);
            push_text(format.after, &mut line);
            cx.out.write(&line);
            turn += 1.0;
        }
    }
}

/// A format with one conversion in it.
struct Format<'a> {
    before: &'a [u8],
    spec: Spec,
    letter: u8,
    after: &'a [u8],
}

/// Appends text of a format; `%%` is one `%`.
fn push_text(text: &[u8], line: &mut Vec<u8>) {
    let mut percent = false;
    for &byte in text {
        percent = byte == b'%' && !percent;
        if !percent {
            line.push(byte);
        }
    }
}

impl<'a> Format<'a> {
    fn parse(format: &'a [u8]) -> Result<Format<'a>> {
        let wrong = |why: &[u8]| Error::usage(&[b"format '", format, why]);
        let mut at = 0;
        let start = loop {
            match format.get(at..) {
                Some([b'%', b'%', ..]) => at += 2,
                Some([b'%', ..]) => break at,
                Some([_, ..]) => at += 1,
                _ => return Err(wrong(b"' has no % directive")),
            }
        };
        let mut rest = format.get(start + 1..).unwrap_or_default();
        let mut spec = Spec::take_flags(&mut rest);
        let number = |rest: &mut &'a [u8]| {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (digits, tail) = rest.split_at(digits);
            *rest = tail;
            num::parse_int(digits, 10).magnitude.min(i32::MAX as u64) as usize
        };
        spec.width = number(&mut rest);
        if let [b'.', tail @ ..] = rest {
            rest = tail;
            spec.precision = Some(number(&mut rest));
        }
        rest = rest.strip_prefix(b"L").unwrap_or(rest);
        let Some((&letter, after)) = rest.split_first().filter(|(letter, _)| b"aefgAEFG".contains(letter))
        else {
            return Err(wrong(b"' has an unknown directive"));
        };
        let mut tail = after;
        while let Some(next) = tail.iter().position(|&byte| byte == b'%') {
            match tail.get(next + 1) {
                Some(b'%') => tail = tail.get(next + 2..).unwrap_or_default(),
                _ => return Err(wrong(b"' has too many % directives")),
            }
        }
        Ok(Format { before: format.get(..start).unwrap_or_default(), spec, letter, after })
    }
}
