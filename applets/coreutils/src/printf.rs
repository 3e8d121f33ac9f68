//! usage: printf FORMAT [ARGUMENT]...
//!
//! Print ARGUMENTs by FORMAT, which is used again as long as there are ARGUMENTs.
//!
//! Escapes: \\ \" \a \b \c (end of output) \e \f \n \r \t \v \NNN (octal) \xHH \uHHHH \UHHHHHHHH
//! Conversions: %d %i %o %u %x %X %e %f %g %a %E %F %G %A %c %s as in C, %b (a string with escapes), %q (a string quoted
//! for the shell), %(FORM)T (a time in seconds as 'date +FORM' prints it; now if there is none or it is -1), %%; flags
//! - + blank # 0, width and precision, each of which may be * (the next ARGUMENT), and N$ to pick the Nth ARGUMENT. A
//! number may be decimal, octal, hexadecimal, or a quote and a character.
//!
//! # Notes
//! POSIX.1-2024 printf; %q, \x, \u and \U as GNU, %( )T as bash, numbered arguments as POSIX.1-2024.

use applet::prelude::*;
use num::Spec;
use text::{escape, quote, utf8};

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.answer_help()?;
    let args = match cx.args {
        [b"--", rest @ ..] => rest,
        all => all,
    };
    let Some((format, args)) = args.split_first() else {
        return Err(Error::missing_operand());
    };
    let escapes = escape::UNICODE | if cx.utf8() { 0 } else { escape::BYTES };
    let mut printer = Printer { args, next: 0, base: 0, highest: 0, escapes, out: Vec::new() };
    loop {
        let before = printer.next;
        if !printer.format(cx, format)? {
            break;
        }
        printer.next = printer.next.max(printer.highest);
        let used_none = printer.next == before;
        if used_none && printer.next < args.len() {
            let extra = args.get(printer.next).copied().unwrap_or_default();
            if printer.next == 0 {
                printer.flush(cx);
                cx.warn(&[b"warning: ignoring excess arguments, starting with '", extra, b"'"]);
            }
            break;
        }
        if printer.next >= args.len() || cx.out.failed() {
            break;
        }
        printer.base = printer.next;
        printer.highest = 0;
    }
    printer.flush(cx);
    Ok(cx.status())
}

struct Printer<'a> {
    args: &'a [&'a [u8]],
    /// The next argument to use.
    next: usize,
    /// Where this turn of the format began; `%1$` counts from here.
    base: usize,
    /// The argument behind the highest numbered one of this turn.
    highest: usize,
    /// What escapes there are.
    escapes: u8,
    out: Vec<u8>,
}

/// One conversion as it stands in the format, without its argument.
struct Conversion<'f> {
    spec: Spec,
    letter: u8,
    /// `N$`
    argument: Option<usize>,
    /// What is in the parentheses of `%(…)T`.
    form: &'f [u8],
}

impl<'a> Printer<'a> {
    fn flush(&mut self, cx: &mut Context) {
        cx.out.write(&self.out);
        self.out.clear();
    }

    fn argument(&mut self) -> Option<&'a [u8]> {
        let argument = self.args.get(self.next).copied();
        self.next += usize::from(argument.is_some());
        argument
    }

    /// One turn of the whole format; `false` when the output ends (`\c`).
    fn format(&mut self, cx: &mut Context, mut format: &[u8]) -> Result<bool> {
        while let Some(at) = memchr::memchr2(b'%', b'\\', format) {
            let (text, rest) = format.split_at(at);
            self.out.extend_from_slice(text);
            let (mark, rest) = (rest.first(), rest.get(1..).unwrap_or_default());
            format = rest;
            if mark == Some(&b'\\') {
                match escape::one(rest, self.escapes, &mut self.out) {
                    escape::Escape::Used(used) => format = rest.get(used..).unwrap_or_default(),
                    escape::Escape::Stop => return Ok(false),
                }
            } else if let [b'%', tail @ ..] = rest {
                self.out.push(b'%');
                format = tail;
            } else {
                let conversion = self.conversion(cx, &mut format);
                let used = rest.len() - format.len();
                let wrong = || {
                    let directive = rest.get(..used).unwrap_or_default();
                    Error::parts(&[b"%", directive, b": invalid conversion specification"])
                };
                let Some(conversion) = conversion else {
                    self.flush(cx);
                    return Err(wrong());
                };
                if !self.convert(cx, conversion) {
                    return Ok(false);
                }
            }
        }
        self.out.extend_from_slice(format);
        Ok(true)
    }

    /// Reads a conversion behind its `%`, and the arguments of its stars.
    fn conversion<'f>(&mut self, cx: &mut Context, format: &mut &'f [u8]) -> Option<Conversion<'f>> {
        let mut argument = None;
        let number = num::parse_int(format, 10);
        if format.first().is_some_and(u8::is_ascii_digit) && format.get(number.used) == Some(&b'$') {
            argument = usize::try_from(number.magnitude).ok()?.checked_sub(1);
            argument?;
            *format = format.get(number.used + 1..)?;
        }
        let mut spec = Spec::take_flags(format);
        if let Some(width) = self.size(cx, format) {
            spec.left |= width < 0;
            spec.width = i32::try_from(width).ok()?.unsigned_abs() as usize;
        }
        if let [b'.', rest @ ..] = *format {
            *format = rest;
            // A negative precision counts as none.
            spec.precision = usize::try_from(i32::try_from(self.size(cx, format).unwrap_or(0)).ok()?).ok();
        }
        while let [b'h' | b'l' | b'L' | b'j' | b'z' | b't' | b'q', rest @ ..] = *format
            && !rest.is_empty()
        {
            if format.first() == Some(&b'q') {
                break;
            }
            *format = rest;
        }
        let mut form: &[u8] = b"";
        if let [b'(', rest @ ..] = *format
            && let Some(end) = rest.windows(2).position(|pair| pair == b")T")
        {
            (form, *format) = rest.split_at_checked(end)?;
            *format = format.get(1..)?;
        }
        let (&letter, rest) = format.split_first()?;
        *format = rest;
        let known = b"diouxXeEfFgGaAcsbq".contains(&letter) || letter == b'T' && !form.is_empty();
        known.then_some(Conversion { spec, letter, argument, form })
    }

    /// A width or precision: digits, or a star for the next argument.
    fn size(&mut self, cx: &mut Context, format: &mut &[u8]) -> Option<i64> {
        if let [b'*', rest @ ..] = *format {
            *format = rest;
            return Some(self.argument().map_or(0, |text| self.integer(cx, text, true) as i64));
        }
        if !format.first().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let int = num::parse_int(format, 10);
        *format = format.get(int.used..).unwrap_or_default();
        Some(int.magnitude.min(i64::MAX as u64) as i64)
    }

    /// Prints one argument; `false` when the output ends (`\c` in `%b`).
    fn convert(&mut self, cx: &mut Context, conversion: Conversion) -> bool {
        let Conversion { mut spec, letter, argument, form } = conversion;
        let argument = match argument {
            Some(index) => {
                let index = self.base.saturating_add(index);
                self.highest = self.highest.max(index.saturating_add(1)).min(self.args.len());
                self.args.get(index).copied()
            }
            None => self.argument(),
        };
        let text = argument.unwrap_or_default();
        let mut go_on = true;
        let whole = spec;
        let precision = spec.precision.filter(|_| b"diouxXeEfFgGaA".contains(&letter)).unwrap_or(0);
        // What is too long for memory is filled in as it is printed.
        let zeros = precision.saturating_sub(io::BLOCK);
        self.flush(cx);
        spec.width = 0;
        spec.precision = spec.precision.map(|precision| precision - zeros);
        match letter {
            b'd' | b'i' => {
                let value = argument.map_or(0, |text| self.integer(cx, text, true) as i64);
                num::format_int(value.unsigned_abs(), value < 0, letter, &spec, &mut self.out);
            }
            b'o' | b'u' | b'x' | b'X' => {
                let value = argument.map_or(0, |text| self.integer(cx, text, false));
                num::format_int(value, false, letter, &spec, &mut self.out);
            }
            b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'a' | b'A' => {
                let value = argument.map_or(0.0, |text| self.float(cx, text));
                num::format_float(value, letter, &spec, &mut self.out);
            }
            b'b' => {
                let mut replaced = Vec::new();
                go_on = escape::all(text, escape::LONG_ZERO | self.escapes, &mut replaced);
                self.text(&replaced, &spec);
            }
            b'q' => {
                let mut quoted = Vec::new();
                quote::shell(text, cx.utf8(), &mut quoted);
                self.text(&quoted, &spec);
            }
            b'c' => {
                spec.precision = Some(1);
                // The first character of nothing is NUL, as in C.
                self.text(if text.is_empty() { b"\0" } else { text }, &spec);
            }
            b'T' => {
                let mut unix = argument.map_or(-1, |text| self.integer(cx, text, true) as i64);
                if unix < 0 {
                    unix = sys::time::now().sec;
                }
                let zone = time::load(cx.var(b"TZ"), &mut |name| sys::fs::read_file(name, 1 << 20).ok());
                let mut shown = Vec::new();
                time::format(form, &zone.local(unix), unix, 0, &mut shown);
                self.text(&shown, &spec);
            }
            _ => self.text(text, &spec),
        }
        self.stretch(cx, letter, &whole, zeros);
        go_on
    }

    /// Appends a text as far as the precision goes.
    fn text(&mut self, text: &[u8], spec: &Spec) {
        let most = spec.precision.unwrap_or(text.len());
        self.out.extend_from_slice(text.get(..most).unwrap_or(text));
    }

    /// Prints what was formatted without its width, filled to it, and with so many more `zeros` of its precision.
    fn stretch(&mut self, cx: &mut Context, letter: u8, spec: &Spec, mut zeros: usize) {
        let text = &self.out;
        let integer = b"diouxX".contains(&letter);
        // What has an n is inf or nan.
        let float = b"eEfFgGaA".contains(&letter) && !text.iter().any(|byte| matches!(byte, b'n' | b'N'));
        let zero = !spec.left && spec.zero && (float || integer && spec.precision.is_none());
        // Zeros come behind the sign and 0x.
        let mut start = usize::from(matches!(text.first(), Some(b'-' | b'+' | b' ')));
        start += 2 * usize::from(matches!(text.get(start + 1), Some(b'x' | b'X')));
        // Those of the precision come before the exponent.
        let mut end = start;
        if float {
            end = text.iter().rposition(|byte| matches!(byte | 32, b'e' | b'p')).unwrap_or(text.len());
        }
        if !integer && !float || letter | 32 == b'g' && !spec.alt {
            zeros = 0;
        }
        let space = spec.width.saturating_sub(text.len().saturating_add(zeros));
        let (head, tail) = text.split_at_checked(end).unwrap_or_default();
        let (sign, digits) = head.split_at_checked(start).unwrap_or_default();
        cx.out.fill(b' ', if zero || spec.left { 0 } else { space });
        cx.out.write(sign);
        cx.out.fill(b'0', if zero { space } else { 0 });
        cx.out.write(digits);
        cx.out.fill(b'0', zeros);
        cx.out.write(tail);
        cx.out.fill(b' ', if spec.left { space } else { 0 });
        self.out.clear();
    }

    /// An argument as an integer, wrapped to 64 bits; complains about what is none.
    fn integer(&mut self, cx: &mut Context, text: &[u8], signed: bool) -> u64 {
        if let Some(value) = self.character(cx, text) {
            return u64::from(value);
        }
        let int = num::parse_int(text, 0);
        let (value, fits) = if signed {
            let (value, fits) = int.signed();
            (value as u64, fits)
        } else {
            int.unsigned()
        };
        self.check(cx, text, int.used, fits);
        value
    }

    fn float(&mut self, cx: &mut Context, text: &[u8]) -> f64 {
        if let Some(value) = self.character(cx, text) {
            return f64::from(value);
        }
        let (value, used) = num::parse_float(text);
        self.check(cx, text, used, true);
        value
    }

    /// `'a`: the number of a character.
    fn character(&mut self, cx: &mut Context, text: &[u8]) -> Option<u32> {
        let [b'\'' | b'"', rest @ ..] = text else { return None };
        let first = *rest.first()?;
        let (value, length) = utf8::decode(rest).filter(|_| cx.utf8()).unwrap_or((u32::from(first), 1));
        if rest.len() > length {
            self.flush(cx);
            let rest = rest.get(length..).unwrap_or_default();
            cx.warn(&[b"warning: ", rest, b": character(s) following character constant have been ignored"]);
        }
        Some(value)
    }

    fn check(&mut self, cx: &mut Context, text: &[u8], used: usize, fits: bool) {
        let reason: &[u8] = if text.is_empty() {
            return;
        } else if used == 0 {
            b"': expected a numeric value"
        } else if used < text.len() {
            b"': value not completely converted"
        } else if !fits {
            b"': Numerical result out of range"
        } else {
            return;
        };
        self.flush(cx);
        cx.report(Error::parts(&[b"'", text, reason]));
    }
}
