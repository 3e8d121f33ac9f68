//! usage: uuencode [-m] [FILE] NAME | uudecode [-o FILE] [FILE]
//!
//! uuencode writes FILE as text that uudecode makes the file NAME of.
//!
//!  -m, --base64            base64 (uuencode)
//!  -o, --output-file=FILE  write to FILE, not to the name in the text; - is standard output (uudecode)
//!
//! # Notes
//! POSIX.1-2024 uuencode and uudecode.

use applet::prelude::*;
use io::base::{Decoder, Encoding, encode};

applet::options!("uuencode");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    if cx.name == b"uudecode" {
        let file = options.operands.first().copied().unwrap_or(b"-");
        if let Some(extra) = options.operands.get(1) {
            return Err(Error::extra_operand(extra));
        }
        decode(cx, file, options.value(opt::OUTPUT_FILE))?;
        return Ok(cx.status());
    }
    let (file, name) = match *options.operands.as_slice() {
        [] => return Err(Error::missing_operand()),
        [name] => (&b"-"[..], name),
        [file, name] => (file, name),
        [_, _, extra, ..] => return Err(Error::extra_operand(extra)),
    };
    let mut input = cx.open(file)?;
    let base64 = options.has(opt::BASE64);
    let mode = if file == b"-" {
        let mask = sys::fs::umask(0);
        sys::fs::umask(mask);
        0o666 & !mask
    } else {
        sys::fs::fstat(input.fd()).at(file)?.mode() & 0o777
    };
    // What cannot be read shall not look like an empty file.
    input.fill_more().at(file)?;
    cx.out.write(if base64 { b"begin-base64 " } else { b"begin " });
    let mut text = Vec::new();
    num::push_radix(&mut text, mode.into(), 8, 3);
    cx.out.write(&text);
    cx.out.byte(b' ');
    cx.out.line(name);
    loop {
        while input.buffered().len() < 45 && input.fill_more().at(file)? {}
        let block = input.buffered();
        let whole = if block.len() < 45 { block.len() } else { block.len() - block.len() % 45 };
        if whole == 0 || cx.out.failed() {
            break;
        }
        text.clear();
        for line in block.get(..whole).unwrap_or_default().chunks(45) {
            if base64 {
                encode(line, Encoding::Base64, &mut text);
            } else {
                text.push(line.len() as u8 + b' ');
                let (groups, rest) = line.as_chunks::<3>();
                groups.iter().for_each(|group| push_group(*group, &mut text));
                if let Some(&first) = rest.first() {
                    push_group([first, rest.get(1).copied().unwrap_or(0), 0], &mut text);
                }
            }
            text.push(b'\n');
        }
        cx.out.write(&text);
        input.consume(whole);
    }
    cx.out.write(if base64 { b"====\n" } else { b"`\nend\n" });
    Ok(cx.status())
}

/// Three bytes as four characters; 0 is a backquote, which no mailer drops.
fn push_group([a, b, c]: [u8; 3], text: &mut Vec<u8>) {
    for six in [a >> 2, a << 4 | b >> 4, b << 2 | c >> 6, c] {
        text.push(match six & 63 {
            0 => b'`',
            six => six + b' ',
        });
    }
}

fn decode(cx: &mut Context, file: &[u8], output: Option<&[u8]>) -> Result {
    let mut input = cx.open(file)?;
    let (base64, mode, name) = loop {
        let Some(line) = input.text_line(b'\n').at(file)? else {
            return Err(Error::about(b"%: no 'begin' line", file));
        };
        let (base64, rest) = match (line.strip_prefix(b"begin "), line.strip_prefix(b"begin-base64 ")) {
            (Some(rest), _) => (false, rest),
            (_, Some(rest)) => (true, rest),
            _ => continue,
        };
        let mode = num::parse_int(rest, 8);
        if let Some([b' ', name @ ..]) = rest.get(mode.used..)
            && mode.used > 0
        {
            let name = name.trim_ascii_end();
            break (base64, mode.magnitude as u32 & 0o777, name.to_vec());
        }
    };
    let name = output.unwrap_or(&name);
    if matches!(name, b"-" | b"/dev/stdout") {
        let mut out = core::mem::replace(&mut cx.out, Writer::memory());
        let result = body(&mut input, file, base64, &mut out);
        cx.out = out;
        return result;
    }
    let target = sys::fd::open(name, libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC, 0o666).at(name)?;
    // Not a device's or a pipe's.
    if sys::fs::fstat(target.raw()).at(name)?.is_file() {
        sys::fs::fchmod(target.raw(), mode).at(name)?;
    }
    let mut out = Writer::new(target.raw());
    let result = body(&mut input, file, base64, &mut out);
    out.flush().at(name)?;
    result
}

/// Decodes the lines up to the end mark.
fn body(input: &mut Reader, file: &[u8], base64: bool, out: &mut Writer) -> Result {
    let mut decoder = Decoder::new(Encoding::Base64, true);
    let mut bytes = Vec::new();
    let mut last = false;
    loop {
        let Some(line) = input.text_line(b'\n').at(file)? else {
            return Err(Error::about(b"%: short file", file));
        };
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        bytes.clear();
        if base64 {
            if line == b"====" {
                return Ok(());
            }
            if !decoder.decode(line, &mut bytes) {
                return Err(Error::about(b"%: invalid input", file));
            }
        } else if last {
            return if line == b"end" { Ok(()) } else { Err(Error::about(b"%: no 'end' line", file)) };
        } else {
            let Some((&first, line)) = line.split_first() else { continue };
            let length = usize::from(first.wrapping_sub(b' ') & 63);
            last = length == 0;
            if last {
                continue;
            }
            let six = |at: usize| line.get(at).copied().unwrap_or(b' ').wrapping_sub(b' ') & 63;
            for at in (0..length.div_ceil(3)).map(|group| 4 * group) {
                let [a, b, c, d] = [six(at), six(at + 1), six(at + 2), six(at + 3)];
                bytes.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
            }
            bytes.truncate(length);
        }
        out.write(&bytes);
    }
}
