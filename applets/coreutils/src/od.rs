//! usage: od [OPTION]... [FILE]... | od [-abcdfhilosxv] [FILE] [+]OFFSET[.][b]
//!
//! Print the bytes of FILEs as numbers; octal words of two bytes without options.
//!
//!  -A, --address-radix=RADIX  offsets in d decimal, o octal, x hexadecimal, n none
//!  -t, --format=TYPE          a named characters, c characters, or d u o x f (signed, unsigned, octal, hexadecimal, float)
//!      and a size in bytes or C S I L (char, short, int, long), F D; z behind it shows printable characters
//!  -j, --skip-bytes=BYTES     pass over BYTES first
//!  -N, --read-bytes=BYTES     stop after BYTES
//!  -S BYTES                   print strings of at least BYTES printable characters that end with NUL
//!  --strings[=BYTES]          same; 3 without BYTES
//!  -v, --output-duplicates    do not print * for repeated lines
//!  -w, --width[=BYTES]        BYTES (32, without -w 16) a line
//!  --traditional              the last operand may be an OFFSET whatever the options
//!  --endian=ORDER             take numbers as little or big endian
//!  -a                         same as -t a
//!  -b                         same as -t o1
//!  -c                         same as -t c
//!  -d                         same as -t u2
//!  -f                         same as -t fF
//!  -h, -x                     same as -t x2
//!  -i                         same as -t dI
//!  -l                         same as -t dL
//!  -o                         same as -t o2
//!  -s                         same as -t d2
//!
//! BYTES may have a suffix: b 512, kB 1000, K 1024, MB, M, and so on, and may be hexadecimal with 0x.
//!
//! # Notes
//! POSIX.1-2024 od; -S, -w, --endian and z as GNU. There is no long double.

use applet::prelude::*;

applet::options!("od");

/// How to print the bytes of a line.
#[derive(Clone, Copy)]
struct Type {
    letter: u8,
    size: usize,
    /// Columns of a number.
    width: usize,
    /// Show printable characters behind the line.
    text: bool,
}

struct Dump {
    types: Vec<Type>,
    radix: u8,
    per_line: usize,
    /// Columns of a line's numbers: those of the widest type.
    columns: usize,
    duplicates: bool,
    big_endian: bool,
    offset: u64,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let mut dump = Dump {
        types: Vec::new(),
        radix: 8,
        per_line: 16,
        columns: 0,
        duplicates: false,
        big_endian: cfg!(target_endian = "big"),
        offset: 0,
    };
    let (mut limit, mut width, mut strings) = (u64::MAX, None, None);
    // An offset is an operand only where no option is one that POSIX added.
    let mut modern = false;
    for &(id, value) in &options.list {
        let types: &[u8] = match id {
            opt::a => b"a",
            opt::b => b"o1",
            opt::c => b"c",
            opt::d => b"u2",
            opt::f => b"fF",
            opt::h => b"x2",
            opt::i => b"dI",
            opt::l => b"dL",
            opt::o => b"o2",
            opt::s => b"d2",
            opt::FORMAT => value,
            _ => b"",
        };
        parse_types(types, &mut dump.types)?;
        modern |= !matches!(id, opt::OUTPUT_DUPLICATES) && (id == opt::FORMAT || types.is_empty());
        match id {
            opt::OUTPUT_DUPLICATES => dump.duplicates = true,
            opt::SKIP_BYTES => dump.offset = parse_size(value)?,
            opt::READ_BYTES => limit = parse_size(value)?,
            opt::WIDTH => width = Some(value),
            opt::S | opt::STRINGS => strings = Some(value),
            opt::ADDRESS_RADIX => {
                dump.radix = match value {
                    b"o" => 8,
                    b"d" => 10,
                    b"x" => 16,
                    b"n" => 0,
                    _ => {
                        let end = b"'; it must be one character from [doxn]";
                        return Err(Error::parts(&[b"invalid output address radix '", value, end]));
                    }
                }
            }
            opt::ENDIAN => {
                dump.big_endian = value == b"big";
                if !dump.big_endian && value != b"little" {
                    return Err(applet::value::invalid(b"argument for --endian", value));
                }
            }
            _ => {}
        }
    }
    if strings.is_some() && !dump.types.is_empty() {
        return Err(Error::new(b"no type may be specified when dumping strings"));
    }
    if dump.types.is_empty() {
        parse_types(b"o2", &mut dump.types)?;
    }
    let mut files = options.operands.as_slice();
    if (!modern || options.has(opt::TRADITIONAL))
        && let Some((last, rest)) = files.split_last()
        && files.len() <= 2
        && (last.starts_with(b"+") || files.len() == 2 && last.first().is_some_and(u8::is_ascii_digit))
        && let Some(offset) = parse_offset(last)
    {
        dump.offset = offset;
        files = rest;
    }
    dump.set_width(cx, width)?;
    let mut input = Input {
        operands: if files.is_empty() { alloc::vec![&b"-"[..]] } else { files.to_vec() },
        current: None,
        name: b"",
        left: u64::MAX,
    };
    input.skip(cx, dump.offset)?;
    input.left = limit;
    if let Some(text) = strings {
        let least = if text.is_empty() { 3 } else { parse_size(text)? };
        dump.strings(cx, &mut input, usize::try_from(least).unwrap_or(usize::MAX));
    } else {
        dump.run(cx, &mut input);
    }
    Ok(cx.status())
}

/// A number of bytes: decimal, octal with 0, hexadecimal with 0x, and a suffix.
fn parse_size(text: &[u8]) -> Result<u64> {
    let int = num::parse_int(text, 0);
    let suffix = text.get(int.used..).unwrap_or_default();
    let wrong = || Error::parts(&[b"invalid argument '", text, b"'"]);
    if int.used == 0 || int.negative || int.overflow {
        return Err(wrong());
    }
    let unit = match suffix {
        b"" => 1,
        _ => num::parse_size(&[b"1", suffix].concat(), num::SIZES).map_err(|_| wrong())?,
    };
    int.magnitude.checked_mul(unit).ok_or_else(wrong)
}

/// The traditional `[+]OFFSET[.][b]`: octal, decimal with a point, hexadecimal with 0x; b counts blocks of 512.
fn parse_offset(text: &[u8]) -> Option<u64> {
    let text = text.strip_prefix(b"+").unwrap_or(text);
    let (text, unit) = text.strip_suffix(b"b").map_or((text, 1), |rest| (rest, 512));
    let (text, base) = match text {
        [b'0', b'x' | b'X', ..] => (text, 16),
        [digits @ .., b'.'] => (digits, 10),
        _ => (text, 8),
    };
    let int = num::parse_int(text, base);
    (int.used == text.len() && int.used > 0 && !int.negative && !int.overflow).then_some(())?;
    int.magnitude.checked_mul(unit)
}

/// Appends the types of one `-t`.
fn parse_types(text: &[u8], types: &mut Vec<Type>) -> Result {
    let wrong = || Error::parts(&[b"invalid type string '", text, b"'"]);
    let mut rest = text;
    while let Some((&letter, tail)) = rest.split_first() {
        rest = tail;
        let size = match letter {
            b'a' | b'c' => 1,
            b'd' | b'o' | b'u' | b'x' | b'f' => {
                let named: &[(u8, usize)] = if letter == b'f' {
                    &[(b'F', 4), (b'D', 8), (b'L', 16)]
                } else {
                    &[(b'C', 1), (b'S', 2), (b'I', 4), (b'L', 8)]
                };
                let int = num::parse_int(rest, 10);
                let is_number = rest.first().is_some_and(u8::is_ascii_digit);
                match rest.first().and_then(|first| named.iter().find(|(name, _)| name == first)) {
                    Some((_, size)) => {
                        rest = rest.get(1..).unwrap_or_default();
                        *size
                    }
                    None if is_number => {
                        rest = rest.get(int.used..).unwrap_or_default();
                        int.magnitude as usize
                    }
                    None if letter == b'f' => 8,
                    None => 4,
                }
            }
            _ => {
                return Err(Error::parts(&[
                    b"invalid character '",
                    &[letter],
                    b"' in type string '",
                    text,
                    b"'",
                ]));
            }
        };
        let fits = if letter == b'f' { matches!(size, 4 | 8) } else { matches!(size, 1 | 2 | 4 | 8) };
        if !fits {
            return Err(wrong());
        }
        let by_size = |widths: [usize; 4]| widths.get(size.trailing_zeros() as usize).copied().unwrap_or(0);
        let width = match letter {
            b'a' | b'c' => 3,
            b'd' => by_size([4, 6, 11, 20]),
            b'u' => by_size([3, 5, 10, 20]),
            b'o' => by_size([3, 6, 11, 22]),
            b'x' => size * 2,
            _ => by_size([0, 0, 15, 24]),
        };
        let shows_text = rest.first() == Some(&b'z');
        if shows_text {
            rest = rest.get(1..).unwrap_or_default();
        }
        types.push(Type { letter, size, width, text: shows_text });
    }
    Ok(())
}

/// All inputs as one.
struct Input<'a> {
    operands: Vec<&'a [u8]>,
    current: Option<Reader>,
    /// The name of `current`, or of the last one; empty if none could be opened.
    name: &'a [u8],
    left: u64,
}

impl Input<'_> {
    /// Goes to the next input that can be opened; `false` behind the last one.
    fn next(&mut self, cx: &mut Context) -> bool {
        while !self.operands.is_empty() {
            let operand = self.operands.remove(0);
            match cx.open(operand) {
                Ok(reader) => {
                    self.current = Some(reader);
                    self.name = operand;
                    return true;
                }
                Err(error) => cx.report(error),
            }
        }
        self.current = None;
        false
    }

    fn skip(&mut self, cx: &mut Context, count: u64) -> Result {
        let mut left = count;
        while left > 0 {
            if self.current.is_none() && !self.next(cx) {
                return Err(Error::new(b"cannot skip past end of combined input"));
            }
            let Some(reader) = &mut self.current else { continue };
            // A regular file is skipped without reading it.
            if let Ok(stat) = sys::fs::fstat(reader.fd())
                && stat.is_file()
                && stat.size() > 0
                && let Ok(at) = sys::fd::seek(reader.fd(), 0, libc::SEEK_CUR)
            {
                let there = stat.size().saturating_sub(at.max(0) as u64);
                if there > left {
                    sys::fd::seek(reader.fd(), left as i64, libc::SEEK_CUR)?;
                    return Ok(());
                }
                left -= there;
                self.current = None;
                continue;
            }
            let block = reader.block()?;
            let used = block.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            reader.consume(used);
            left -= used as u64;
            if used == 0 {
                self.current = None;
            }
        }
        Ok(())
    }

    /// Fills `line` as far as the inputs go.
    fn fill(&mut self, cx: &mut Context, line: &mut [u8]) -> usize {
        let most = line.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let mut done = 0;
        while done < most {
            if self.current.is_none() && !self.next(cx) {
                break;
            }
            let Some(reader) = &mut self.current else { continue };
            match reader.block() {
                Ok([]) => self.current = None,
                Ok(block) => {
                    let part = block.get(..most - done).unwrap_or(block);
                    let used = part.len();
                    if let Some(room) = line.get_mut(done..done + used) {
                        room.copy_from_slice(part);
                    }
                    reader.consume(used);
                    done += used;
                }
                Err(errno) => {
                    cx.report(Error::system(self.name, errno));
                    self.current = None;
                }
            }
        }
        self.left -= done as u64;
        if self.left == 0
            && let Some(reader) = &mut self.current
        {
            reader.give_back();
        }
        done
    }
}

impl Dump {
    fn set_width(&mut self, cx: &mut Context, width: Option<&[u8]>) -> Result {
        // A line holds whole numbers of every type: sizes are powers of two, so the largest decides.
        let unit = self.types.iter().map(|kind| kind.size).max().unwrap_or(1);
        if let Some(text) = width {
            let width = if text.is_empty() { 32 } else { usize::try_from(parse_size(text)?).unwrap_or(0) };
            self.per_line = width;
            if width == 0 || !width.is_multiple_of(unit) || width > 1 << 20 {
                let mut digits = Vec::new();
                num::push_dec(&mut digits, unit as u64);
                cx.warn(&[b"warning: invalid width ", text, b"; using ", &digits, b" instead"]);
                self.per_line = unit;
            }
        }
        let columns = |kind: &Type| (kind.width + 1) * (self.per_line / kind.size);
        self.columns = self.types.iter().map(columns).max().unwrap_or(0);
        Ok(())
    }

    fn push_offset(&self, offset: u64, line: &mut Vec<u8>) {
        match self.radix {
            0 => {}
            16 => num::push_radix(line, offset, 16, 6),
            base => num::push_radix(line, offset, u32::from(base), 7),
        }
    }

    fn run(&mut self, cx: &mut Context, input: &mut Input) {
        let mut bytes = alloc::vec![0; self.per_line];
        let mut last = alloc::vec![0; self.per_line];
        let mut out = Vec::new();
        let mut first = true;
        let mut repeated = false;
        loop {
            let length = input.fill(cx, &mut bytes);
            if length == 0 {
                break;
            }
            let whole = length == bytes.len();
            if !first && whole && !self.duplicates && bytes == last {
                if !repeated {
                    cx.out.write(b"*\n");
                }
                repeated = true;
            } else {
                repeated = false;
                out.clear();
                if let Some(rest) = bytes.get_mut(length..) {
                    rest.fill(0);
                }
                self.line(&bytes, length, &mut out);
                cx.out.write(&out);
                last.copy_from_slice(&bytes);
            }
            first = false;
            self.offset += length as u64;
            if !whole || cx.out.failed() {
                break;
            }
        }
        out.clear();
        self.push_offset(self.offset, &mut out);
        if !out.is_empty() && (!input.name.is_empty() || input.left == 0) {
            cx.out.line(&out);
        }
    }

    /// Appends a line for each type; `bytes` is filled with zeros behind `length`.
    fn line(&self, bytes: &[u8], length: usize, out: &mut Vec<u8>) {
        for (index, kind) in self.types.iter().enumerate() {
            let start = out.len();
            self.push_offset(self.offset, out);
            let address = out.len() - start;
            if index > 0
                && let Some(room) = out.get_mut(start..)
            {
                room.fill(b' ');
            }
            let fields = self.per_line / kind.size;
            // What this type is narrower than the widest one is spread over its fields.
            let padding = self.columns - (kind.width + 1) * fields;
            let used = length.div_ceil(kind.size);
            for (number, field) in bytes.chunks(kind.size).enumerate().take(used) {
                let left = fields - number;
                let before = padding * left / fields - padding * (left - 1) / fields;
                num::push_fill(out, before + 1, b' ');
                self.field(kind, field, out);
            }
            if kind.text {
                let missing = self.columns + address - (out.len() - start);
                num::push_fill(out, missing + 2, b' ');
                out.push(b'>');
                let shown = bytes.iter().take(length);
                out.extend(shown.map(|&byte| if (b' '..=b'~').contains(&byte) { byte } else { b'.' }));
                out.push(b'<');
            }
            out.push(b'\n');
        }
    }

    fn field(&self, kind: &Type, field: &[u8], out: &mut Vec<u8>) {
        let byte = field.first().copied().unwrap_or(0);
        match kind.letter {
            b'a' => return push_named(byte & 127, out),
            b'c' => return push_character(byte, out),
            _ => {}
        }
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        let value = if self.big_endian { field.iter().fold(0, add) } else { field.iter().rev().fold(0, add) };
        let bits = 8 * kind.size as u32;
        let signed = (value << (64 - bits)) as i64 >> (64 - bits);
        match kind.letter {
            b'd' => {
                let mut buf = num::new_buf();
                num::push_padded(out, num::dec_i64(signed, &mut buf), kind.width, b' ');
            }
            b'u' => {
                let mut buf = num::new_buf();
                num::push_padded(out, num::dec(value, &mut buf), kind.width, b' ');
            }
            b'o' => num::push_radix(out, value, 8, kind.width),
            b'x' => num::push_radix(out, value, 16, kind.width),
            _ => {
                let mut text = Vec::new();
                push_float(value, kind.size, &mut text);
                num::push_padded(out, &text, kind.width, b' ');
            }
        }
    }

    /// Prints strings of at least `least` printable characters that end with NUL, with their offsets.
    fn strings(&mut self, cx: &mut Context, input: &mut Input, least: usize) {
        let mut text: Vec<u8> = Vec::new();
        let mut bytes = [0; 4096];
        loop {
            let length = input.fill(cx, &mut bytes);
            for &byte in bytes.iter().take(length) {
                self.offset += 1;
                if (b' '..=b'~').contains(&byte) {
                    text.push(byte);
                    continue;
                }
                if byte == 0 && text.len() >= least {
                    let mut line = Vec::new();
                    self.push_offset(self.offset - 1 - text.len() as u64, &mut line);
                    if !line.is_empty() {
                        line.push(b' ');
                    }
                    line.extend_from_slice(&text);
                    cx.out.line(&line);
                }
                text.clear();
            }
            if length < bytes.len() || cx.out.failed() {
                return;
            }
        }
    }
}

/// The shortest decimal number that reads back as the same float.
fn push_float(bits: u64, size: usize, out: &mut Vec<u8>) {
    if size == 8 {
        return num::push_shortest(f64::from_bits(bits), out);
    }
    let value = f32::from_bits(bits as u32);
    for precision in if value.is_normal() { 6 } else { 1 }..=9 {
        out.clear();
        let spec = num::Spec { precision: Some(precision), ..num::Spec::default() };
        num::format_float(f64::from(value), b'g', &spec, out);
        if !value.is_finite() || num::parse_float(out).0 as f32 == value {
            return;
        }
    }
}

/// The names of ASCII's control characters, a blank, and delete.
const NAMES: &[u8] =
    b"nulsohstxetxeotenqackbel bs ht nl vt ff cr so sidledc1dc2dc3dc4naksynetbcan emsubesc fs gs rs us sp";

fn push_named(byte: u8, out: &mut Vec<u8>) {
    let start = usize::from(byte) * 3;
    match (byte, NAMES.get(start..start + 3)) {
        (127, _) => out.extend_from_slice(b"del"),
        (0..=32, Some(name)) => out.extend_from_slice(name),
        _ => out.extend_from_slice(&[b' ', b' ', byte]),
    }
}

fn push_character(byte: u8, out: &mut Vec<u8>) {
    let letter = match byte {
        0 => b'0',
        7..=13 => *b"abtnvfr".get(usize::from(byte - 7)).unwrap_or(&b'?'),
        b' '..=b'~' => return out.extend_from_slice(&[b' ', b' ', byte]),
        _ => return out.extend_from_slice(&[b'0' + (byte >> 6), b'0' + (byte >> 3 & 7), b'0' + (byte & 7)]),
    };
    out.extend_from_slice(&[b' ', b'\\', letter]);
}
