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
//! where it should; only numbers of more than 36 digits and hexadecimal fractions go through floating point.

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
    let format = match options.value(opt::FORMAT) {
        Some(_) if wide => return Err(Error::usage(&[b"a format and equal width exclude each other"])),
        format => format.map(Format::parse).transpose()?,
    };
    let mut sequence = Sequence { separator, any: false };
    if let Some(numbers) = Decimals::parse([first, step, last]) {
        if numbers.step == 0 {
            return Err(Error::usage_about(b"invalid Zero increment value: '%'", step));
        }
        sequence.decimals(cx, numbers, wide, format);
    } else {
        let general = || Format::parse(b"%g");
        sequence.floats(cx, [first, step, last], format.map_or_else(general, Ok)?)?;
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
    /// Whether the first number is written with a minus, which a zero keeps.
    negative: bool,
}

/// An operand: an integer in units of 10^-`point`.
struct Number {
    value: i128,
    negative: bool,
    point: i64,
    /// Columns before the point as it is written, less the sign.
    whole: usize,
}

/// As many digits on both sides of the point fit 128 bits, and a step more.
const MOST_DIGITS: usize = 36;

impl Number {
    fn parse(text: &[u8]) -> Option<Number> {
        let text = text.trim_ascii_start();
        let (negative, text) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let signed = |value: i128| if negative { -value } else { value };
        if let [b'0', b'x' | b'X', ..] = text {
            let int = num::parse_int(text, 16);
            // GNU's command reserves no column for it.
            let number = Number { value: signed(int.magnitude.into()), negative, point: 0, whole: 0 };
            return (int.used == text.len() && !int.overflow).then_some(number);
        }
        let end = text.iter().position(|byte| matches!(byte, b'e' | b'E'));
        let (text, exponent) = text.split_at(end.unwrap_or(text.len()));
        let mut power = 0;
        if let [_, exponent @ ..] = exponent {
            let int = num::parse_int(exponent, 10);
            power = int.signed().0.clamp(-100, 100);
            if int.used == 0 || int.used < exponent.len() {
                return None;
            }
        }
        let at = text.iter().position(|&byte| byte == b'.').unwrap_or(text.len());
        let (whole, fraction) = text.split_at(at);
        let fraction = fraction.get(1..).unwrap_or_default();
        let point = fraction.len() as i64 - power;
        let width = whole.len().max(1) + power.max(0) as usize;
        let digits = || whole.iter().chain(fraction);
        if !digits().all(u8::is_ascii_digit)
            || digits().next().is_none()
            || width + point.max(0) as usize > MOST_DIGITS
        {
            return None;
        }
        let value = digits().fold(0i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
        Some(Number { value: signed(value), negative, point, whole: width })
    }

    fn places(&self) -> usize {
        self.point.max(0) as usize
    }

    /// The number in units of 10^-`places`, which has all of its digits; `None`: with a step more it would not fit.
    fn scaled(&self, places: usize) -> Option<i128> {
        let power = 10i128.pow((places as i64 - self.point).clamp(0, 38) as u32);
        self.value.checked_mul(power).filter(|value| value.unsigned_abs() < 10u128.pow(37))
    }
}

impl Decimals {
    fn parse(texts: [&[u8]; 3]) -> Option<Decimals> {
        let (first, step) = (Number::parse(texts[0])?, Number::parse(texts[1])?);
        let last = Number::parse(texts[2])?;
        // What is printed has the places of first and step; last may have more.
        let shown = first.places().max(step.places());
        let all = shown.max(last.places());
        if first.whole.max(step.whole).max(last.whole) + all > MOST_DIGITS {
            return None;
        }
        let unit = 10i128.pow((all - shown) as u32);
        let width =
            |number: &Number| usize::from(number.negative) + number.whole + usize::from(shown > 0) + shown;
        let forward = step.value >= 0;
        let end = last.scaled(all)?;
        Some(Decimals {
            first: first.scaled(shown)?,
            step: step.scaled(shown)?,
            // Rounded towards the first number: a sequence never passes its last.
            last: if forward { end.div_euclid(unit) } else { -(-end).div_euclid(unit) },
            places: shown,
            width: width(&first).max(width(&last)),
            negative: first.negative,
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

    fn decimals(&mut self, cx: &mut Context, numbers: Decimals, wide: bool, format: Option<Format>) {
        let Decimals { first, step, last, places, width, negative } = numbers;
        if places == 0
            && step == 1
            && !wide
            && format.is_none()
            && self.separator == b"\n"
            && !(negative && first == 0)
            && let (Ok(first), Ok(last)) = (u64::try_from(first), u64::try_from(last))
        {
            // It ends every number, also the last one.
            return io::count(first, last, &mut cx.out);
        }
        let mut value = first;
        let mut text = Vec::new();
        let mut buf = num::new_buf();
        while if step > 0 { value <= last } else { value >= last } {
            text.clear();
            let minus = value < 0 || value == 0 && negative && !self.any;
            let digits = num::dec_u128(value.unsigned_abs(), &mut buf);
            let sign = usize::from(minus);
            let point = places + usize::from(places > 0);
            let whole = if wide { width.saturating_sub(point + sign) } else { 1 };
            if minus {
                text.push(b'-');
            }
            num::push_padded(&mut text, digits, whole.max(1) + places, b'0');
            if places > 0 {
                text.insert(text.len() - places, b'.');
            }
            self.separate(&mut cx.out);
            if let Some(format) = &format {
                let number = num::parse_float(&text).0;
                text.clear();
                format.push(number, &mut text);
            }
            cx.out.write(&text);
            if cx.out.failed() {
                return;
            }
            value += step;
        }
    }

    fn floats(&mut self, cx: &mut Context, texts: [&[u8]; 3], format: Format) -> Result {
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
        let mut line = Vec::new();
        let mut turn = 0.0;
        loop {
            // Nothing times an infinite step is not a number.
            let value = first + if turn > 0.0 { turn * step } else { 0.0 };
            if (if step > 0.0 { value > last } else { value < last }) || cx.out.failed() {
                return Ok(());
            }
            self.separate(&mut cx.out);
            line.clear();
            format.push(value, &mut line);
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
    fn push(&self, value: f64, line: &mut Vec<u8>) {
        push_text(self.before, line);
        num::format_float(value, self.letter, &self.spec, line);
        push_text(self.after, line);
    }

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
