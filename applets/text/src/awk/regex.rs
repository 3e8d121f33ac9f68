//! awk's regular expressions in terms of POSIX's: what a backslash means, also inside of brackets.

use super::lexer::escape;
use ::regex::{Error, Flags, Regex};
use alloc::vec::Vec;

/// Compiles a pattern as it stands between slashes.
pub fn compile(pattern: &[u8], utf8: bool, icase: bool) -> Result<Regex, Error> {
    let mut flags = Flags::EXTENDED;
    if utf8 {
        flags = flags.with(Flags::UTF8);
    }
    if icase {
        flags = flags.with(Flags::ICASE);
    }
    Regex::new(&translate(pattern), flags)
}

/// The same pattern without awk's escapes.
fn translate(pattern: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    // Where nothing precedes that could be repeated.
    let mut fresh = true;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'\\' => rest = backslash(tail, &mut out),
            b'[' => {
                rest = bracket(tail, &mut out);
            }
            b'*' | b'+' | b'?' if fresh => out.extend_from_slice(&[b'\\', byte]),
            b'{' if fresh => out.extend_from_slice(b"\\{"),
            _ => out.push(byte),
        }
        fresh = matches!(byte, b'(' | b'|' | b'^');
    }
    out
}

/// A backslash outside of brackets; gives what follows.
fn backslash<'a>(tail: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let Some((&letter, rest)) = tail.split_first() else {
        out.extend_from_slice(b"\\\\");
        return tail;
    };
    match letter {
        b'y' => out.extend_from_slice(b"\\b"),
        b'B' | b'<' | b'>' | b'w' | b'W' | b's' | b'S' | b'`' | b'\'' => {
            out.extend_from_slice(&[b'\\', letter])
        }
        b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'x' | b'0'..=b'7' | b'/' | b'"' => {
            let mut made = Vec::new();
            let used = escape(tail, &mut made);
            if let [
                byte @ (b'.' | b'[' | b'\\' | b'(' | b')' | b'*' | b'+' | b'?' | b'{' | b'|' | b'^' | b'$'),
            ] = *made
            {
                out.extend_from_slice(&[b'\\', byte]);
            } else {
                out.extend_from_slice(&made);
            }
            return tail.get(used..).unwrap_or_default();
        }
        _ if letter.is_ascii_alphanumeric() || letter >= 0x80 => out.push(letter),
        _ => out.extend_from_slice(&[b'\\', letter]),
    }
    rest
}

/// A bracket expression behind its `[`; gives what follows.
fn bracket<'a>(tail: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    out.push(b'[');
    let mut rest = tail;
    if let [b'^', more @ ..] = rest {
        out.push(b'^');
        rest = more;
    }
    if let [b']', more @ ..] = rest {
        out.push(b']');
        rest = more;
    }
    while let Some((&byte, more)) = rest.split_first() {
        rest = more;
        match (byte, more) {
            (b']', _) => {
                out.push(byte);
                return rest;
            }
            (b'[', [kind @ (b':' | b'.' | b'='), ..]) => {
                let end =
                    more.windows(2).skip(1).position(|pair| pair == [*kind, b']']).map_or(0, |at| at + 3);
                out.push(byte);
                out.extend_from_slice(more.get(..end).unwrap_or_default());
                rest = more.get(end..).unwrap_or_default();
            }
            (b'\\', [_, ..]) => {
                let mut made = Vec::new();
                let used = escape(more, &mut made);
                rest = more.get(used..).unwrap_or_default();
                match *made {
                    // Not an escape that awk knows: the character itself.
                    [b'\\', letter] => literal(letter, out),
                    [byte] => literal(byte, out),
                    _ => out.extend_from_slice(&made),
                }
            }
            _ => out.push(byte),
        }
    }
    rest
}

/// A character that may mean something inside of brackets.
fn literal(byte: u8, out: &mut Vec<u8>) {
    if matches!(byte, b']' | b'[' | b'^' | b'-') {
        out.extend_from_slice(&[b'[', b'.', byte, b'.', b']']);
    } else {
        out.push(byte);
    }
}
