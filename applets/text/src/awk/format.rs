//! `printf` and `sprintf`.

use alloc::vec::Vec;
use applet::prelude::*;
use awkvm::{Value, Vm};
use num::{Spec, format_float, format_int, push_fill};

/// Widths and precisions beyond this are mistakes.
const WIDEST: usize = 100_000_000;

/// One conversion of a format: its flags, width and precision, and its letter; a `*` is -1 until an argument is there.
struct Directive {
    spec: Spec,
    letter: u8,
}

/// Formats `count` values on the stack, which are removed; the first is the format.
pub fn format(vm: &mut Vm, count: usize, utf8: bool, out: &mut Vec<u8>) -> Result {
    let start = vm.stack.len().saturating_sub(count);
    let values = vm.stack.split_off(start.min(vm.stack.len()));
    let Some((form, mut arguments)) = values.split_first() else { return Ok(()) };
    let mut buf = Vec::new();
    let mut rest = form.to_text(&vm.conversion, &mut buf);
    let mut next = || {
        let (value, rest) = arguments.split_first()?;
        arguments = rest;
        Some(value)
    };
    let mut number = Vec::new();
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        let tail = rest.get(at + 1..).unwrap_or_default();
        let mut scan = tail;
        let Some(directive) = directive(&mut scan, &mut || next().map_or(0.0, Value::number)) else {
            return Err(Error::new(b"printf: width or precision too large"));
        };
        let Directive { spec, letter } = directive;
        rest = scan;
        let whole = match letter {
            b'%' => {
                out.push(b'%');
                true
            }
            b'd' | b'i' | b'o' | b'x' | b'X' | b'u' => {
                integer(next().map_or(0.0, Value::number), letter, spec, out)
            }
            b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'a' | b'A' => {
                float(next().map_or(0.0, Value::number), letter, spec, out)
            }
            b'c' => {
                let mut character = Vec::new();
                match next() {
                    Some(Value::Num(n)) => push_character(*n, utf8, &mut character),
                    Some(value) if value.is_outside() && value.numeric().is_some() => {
                        push_character(value.number(), utf8, &mut character);
                    }
                    Some(value) => {
                        let text = value.to_text(&vm.conversion, &mut number);
                        let length =
                            if utf8 { text::utf8::decode(text).map_or(1, |(_, length)| length) } else { 1 };
                        character.extend_from_slice(text.get(..length).unwrap_or_default());
                    }
                    None => {}
                }
                push_text(&character, Spec { precision: None, ..spec }, utf8, out)
            }
            b's' => {
                let text = next().map_or(&b""[..], |value| value.to_text(&vm.conversion, &mut number));
                if spec.width == 0 && spec.precision.is_none() {
                    out.extend_from_slice(text);
                    true
                } else {
                    push_text(text, spec, utf8, out)
                }
            }
            _ => {
                // No conversion: it stands for itself.
                out.push(b'%');
                out.extend_from_slice(tail.get(..tail.len() - scan.len()).unwrap_or_default());
                true
            }
        };
        if !whole {
            return Err(Error::new(b"printf: out of memory"));
        }
    }
    out.extend_from_slice(rest);
    Ok(())
}

/// Reads flags, width, precision and letter behind a `%`. None: a number is too large.
fn directive(text: &mut &[u8], argument: &mut dyn FnMut() -> f64) -> Option<Directive> {
    let mut spec = Spec::take_flags(text);
    let width = count(text, argument);
    spec.left |= width < 0;
    spec.width = width.unsigned_abs() as usize;
    if let [b'.', rest @ ..] = *text {
        *text = rest;
        spec.precision = usize::try_from(count(text, argument)).ok();
    }
    while let [b'h' | b'l' | b'L' | b'q' | b'j' | b't', rest @ ..] = *text {
        *text = rest;
    }
    let letter = text.first().copied().unwrap_or(0);
    *text = text.get(1..).unwrap_or_default();
    let most = spec.width.max(spec.precision.unwrap_or(0));
    (most <= WIDEST).then_some(Directive { spec, letter })
}

fn count(text: &mut &[u8], argument: &mut dyn FnMut() -> f64) -> i64 {
    if let [b'*', rest @ ..] = *text {
        *text = rest;
        return argument() as i64;
    }
    let mut value = 0i64;
    while let [digit @ b'0'..=b'9', rest @ ..] = *text {
        value = (value * 10 + i64::from(digit - b'0')).min(1 << 40);
        *text = rest;
    }
    value
}

fn integer(n: f64, letter: u8, spec: Spec, out: &mut Vec<u8>) -> bool {
    let n = awkvm::number::truncate(n);
    let magnitude = n.abs();
    let signed = matches!(letter, b'd' | b'i');
    if !n.is_finite() {
        return float(n, b'f', spec, out);
    }
    // Beyond 64 bits, and for negative numbers without a sign of their own, gawk shows the value all the same.
    if magnitude >= 18_446_744_073_709_551_616.0 {
        return format_float(n, b'f', &Spec { precision: Some(0), ..spec }, out);
    }
    let bits = magnitude as u64;
    if signed {
        format_int(bits, n < 0.0, letter, &spec, out)
    } else {
        format_int(if n < 0.0 { bits.wrapping_neg() } else { bits }, false, letter, &spec, out)
    }
}

fn float(n: f64, letter: u8, spec: Spec, out: &mut Vec<u8>) -> bool {
    if n.is_finite() {
        return format_float(n, letter, &spec, out);
    }
    let mut text = Vec::new();
    text.push(if n.is_sign_negative() { b'-' } else { b'+' });
    text.extend_from_slice(if n.is_nan() { b"nan" } else { b"inf" });
    push_text(&text, Spec { precision: None, ..spec }, false, out)
}

/// The character of that number.
fn push_character(n: f64, utf8: bool, out: &mut Vec<u8>) {
    let code = n as i64 as u32;
    if utf8 && char::from_u32(code).is_some() {
        text::utf8::encode(code, out);
    } else {
        out.push(code as u8);
    }
}

/// A text in a field, whose width is in characters.
fn push_text(text: &[u8], spec: Spec, utf8: bool, out: &mut Vec<u8>) -> bool {
    let (mut at, mut characters) = (0, 0);
    let most = spec.precision.unwrap_or(usize::MAX);
    if !utf8 || text.is_ascii() {
        at = text.len().min(most);
        characters = at;
    } else {
        while characters < most && at < text.len() {
            at += text::utf8::decode(text.get(at..).unwrap_or_default()).map_or(1, |(_, length)| length);
            characters += 1;
        }
    }
    let pad = spec.width.saturating_sub(characters);
    let (before, after) = if spec.left { (0, pad) } else { (pad, 0) };
    let done = push_fill(out, before, b' ');
    out.extend_from_slice(text.get(..at).unwrap_or_default());
    done && push_fill(out, after, b' ')
}

/// Appends a number in a format like CONVFMT.
pub fn push_number(form: &[u8], n: f64, out: &mut Vec<u8>) {
    let mut rest = form;
    while let Some(at) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        let mut scan = rest.get(at + 1..).unwrap_or_default();
        let Some(Directive { spec, letter }) = directive(&mut scan, &mut || 0.0) else { return };
        match letter {
            b'%' => out.push(b'%'),
            b'd' | b'i' | b'o' | b'x' | b'X' | b'u' | b'c' => {
                integer(n, letter, spec, out);
            }
            _ => {
                format_float(n, letter, &spec, out);
            }
        }
        rest = scan;
    }
    out.extend_from_slice(rest);
}
