//! usage: hexdump [-bcCdoxXv] [-e FORMAT] [-f FILE] [-n N] [-s N] [FILE]... | hd [OPTION]... [FILE]...
//!
//! Print the bytes of FILEs, two by two in hexadecimal without options.
//!
//!  -b, --one-byte-octal     bytes in octal
//!  -c, --one-byte-char      characters
//!  -C, --canonical          bytes in hexadecimal and as characters, as hd
//!  -d, --two-bytes-decimal  pairs in decimal
//!  -o, --two-bytes-octal    pairs in octal
//!  -x, --two-bytes-hex      pairs in hexadecimal
//!  -X, --one-byte-hex       bytes in hexadecimal
//!  -e, --format=FORMAT      units [TIMES]["/"BYTES] "TEXT"; TEXT with %c %d %i %o %u %x %X %e %f %g %s of printf,
//!      %_ad %_ao %_ax the offset, %_A at the end, %_c %_p %_u characters
//!  -f, --format-file=FILE   FORMATs from the lines of FILE
//!  -n, --length=N           at most N bytes
//!  -s, --skip=N             pass over N bytes first
//!  -v, --no-squeezing       do not print * for repeated lines

use applet::prelude::*;
use num::Spec;

applet::options!("hexdump");

/// `%02x`
const TWO_DIGITS: Spec =
    Spec { left: false, plus: false, space: false, alt: false, zero: true, width: 2, precision: None };

/// What one conversion prints, and the text before it.
struct Print {
    text: Vec<u8>,
    spec: Spec,
    kind: Kind,
    /// The letter of the conversion.
    letter: u8,
    bytes: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Address,
    Integer,
    Float,
    String,
    /// `%_c`, `%_p`, `%_u`.
    Character,
}

/// `TIMES/BYTES "TEXT"`.
struct Unit {
    times: usize,
    times_given: bool,
    bytes: usize,
    prints: Vec<Print>,
    /// It holds a `%_A`: printed once, at the end.
    at_end: bool,
}

struct Format {
    units: Vec<Unit>,
    bytes: usize,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let mut formats = Vec::new();
    let (mut length, mut skip, mut all) = (u64::MAX, 0, false);
    if cx.name == b"hd" {
        add_all(CANONICAL, &mut formats)?;
    }
    for &(id, value) in &options.list {
        match id {
            opt::FORMAT => add(value, &mut formats)?,
            opt::FORMAT_FILE => add_all(&cx.open(value)?.rest().at(value)?, &mut formats)?,
            opt::LENGTH => length = size(value)?,
            opt::SKIP => skip = size(value)?,
            opt::NO_SQUEEZING => all = true,
            opt::CANONICAL => add_all(CANONICAL, &mut formats)?,
            _ => add_lines(id, &mut formats)?,
        }
    }
    if formats.is_empty() {
        add_lines(u8::MAX, &mut formats)?;
    }
    let block = formats.iter().map(|format| format.bytes).max().unwrap_or(0);
    for format in &mut formats {
        let missing = block - format.bytes;
        if let Some(unit) = format.units.last_mut()
            && !unit.times_given
            && unit.bytes > 0
        {
            unit.times = unit.times.saturating_add(missing / unit.bytes);
        }
    }
    let mut dump = Dump {
        files: if options.operands.is_empty() { alloc::vec![&b"-"[..]] } else { options.operands.clone() },
        current: None,
        left: length,
        address: 0,
        end: None,
        block: Vec::new(),
        before: Vec::new(),
    };
    if dump.block.try_reserve(block).is_err() || dump.before.try_reserve(block).is_err() {
        return Err(Error::from(Errno(libc::ENOMEM)));
    }
    dump.skip(cx, skip)?;
    if block > 0 {
        dump.run(cx, &formats, block, all);
    }
    Ok(cx.status())
}

fn size(text: &[u8]) -> Result<u64> {
    let (base, digits) = match text {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', ..] => (8, text),
        _ => (10, text),
    };
    let parsed = num::parse_int(digits, base);
    if !digits.is_empty() && parsed.used == digits.len() {
        return Ok(parsed.unsigned().0);
    }
    applet::value::number(text, num::SIZES, b"number")
}

/// The formats that make `-C` and `hd`.
const CANONICAL: &[u8] =
    b"\"%08.8_Ax\n\"\n\"%08.8_ax  \" 8/1 \"%02x \" \"  \" 8/1 \"%02x \"\n\"  |\" 16/1 \"%_p\" \"|\\n\"";

/// Adds the formats of an option for lines of one kind of unit; the default for one that is none.
fn add_lines(id: u8, formats: &mut Vec<Format>) -> Result {
    let units: &[u8] = match id {
        opt::ONE_BYTE_OCTAL => b"16/1 \"%03o \"",
        opt::ONE_BYTE_CHAR => b"16/1 \"%3_c \"",
        opt::TWO_BYTES_DECIMAL => b"8/2 \"  %05u \"",
        opt::TWO_BYTES_OCTAL => b"8/2 \" %06o \"",
        opt::TWO_BYTES_HEX => b"8/2 \"   %04x \"",
        opt::ONE_BYTE_HEX => b"16/1 \"%02x \"",
        _ => b"8/2 \"%04x \"",
    };
    add(b"\"%07.7_Ax\n\"", formats)?;
    add(&[b"\"%07.7_ax \" ", units, b" \"\\n\""].concat(), formats)
}

/// Adds the formats of `text`'s lines. A line that ends inside quotes goes on.
fn add_all(text: &[u8], formats: &mut Vec<Format>) -> Result {
    let mut line = Vec::new();
    for part in text.split(|&byte| byte == b'\n') {
        line.extend_from_slice(part);
        if line.iter().filter(|&&byte| byte == b'"').count() % 2 == 1 {
            line.push(b'\n');
            continue;
        }
        let start = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if line.get(start).is_some_and(|&byte| byte != b'#') {
            add(&line, formats)?;
        }
        line.clear();
    }
    if line.is_empty() { Ok(()) } else { add(&line, formats) }
}

fn bad(text: &[u8]) -> Error {
    Error::parts(&[b"bad format {", text, b"}"])
}

fn blanks(text: &mut &[u8]) {
    *text = text.trim_ascii_start();
}

/// A number at the start of `text`.
fn take_number(text: &mut &[u8]) -> Option<usize> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at_checked(digits)?;
    *text = rest;
    num::parse_u64(number).ok().map(|number| number.min(i32::MAX as u64) as usize)
}

fn add(text: &[u8], formats: &mut Vec<Format>) -> Result {
    let mut rest = text;
    let mut format = Format { units: Vec::new(), bytes: 0 };
    loop {
        blanks(&mut rest);
        if rest.is_empty() {
            break;
        }
        let times = take_number(&mut rest);
        if times.is_some() && !matches!(rest.first(), Some(b'/' | b' ' | b'\t'..=b'\r')) {
            return Err(bad(text));
        }
        blanks(&mut rest);
        if let Some(behind) = rest.strip_prefix(b"/") {
            rest = behind;
            blanks(&mut rest);
        }
        let bytes = take_number(&mut rest).unwrap_or(0);
        blanks(&mut rest);
        let body = rest.strip_prefix(b"\"").ok_or_else(|| bad(text))?;
        let length = memchr::memchr(b'"', body).ok_or_else(|| bad(text))?;
        let (body, behind) = body.split_at_checked(length).unwrap_or_default();
        rest = behind.get(1..).unwrap_or_default();
        let mut unit = Unit {
            times: times.unwrap_or(1),
            times_given: times.is_some(),
            bytes,
            prints: Vec::new(),
            at_end: false,
        };
        unit.parse(&unescape(body))?;
        if !unit.at_end {
            format.bytes = format.bytes.saturating_add(unit.bytes.saturating_mul(unit.times));
        }
        format.units.push(unit);
    }
    formats.push(format);
    Ok(())
}

fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        plain.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'a') => 7,
                Some(b'b') => 8,
                Some(b'f') => 12,
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b't') => b'\t',
                Some(b'v') => 11,
                Some(&other) => other,
                None => b'\\',
            },
            other => other,
        });
    }
    plain
}

impl Unit {
    fn parse(&mut self, mut text: &[u8]) -> Result {
        let given = self.bytes;
        let mut converted = false;
        let mut total = 0usize;
        while !text.is_empty() {
            let at = memchr::memchr(b'%', text).unwrap_or(text.len());
            let (before, conversion) = text.split_at_checked(at).unwrap_or_default();
            let mut print =
                Print { text: before.to_vec(), spec: Spec::default(), kind: Kind::Text, letter: 0, bytes: 0 };
            if conversion.is_empty() {
                self.prints.push(print);
                break;
            }
            let mut rest = conversion.get(1..).unwrap_or_default();
            if rest.first() == Some(&b'%') {
                print.text.push(b'%');
                text = rest.get(1..).unwrap_or_default();
                self.prints.push(print);
                continue;
            }
            print.spec = Spec::take_flags(&mut rest);
            print.spec.width = take_number(&mut rest).unwrap_or(0);
            if let Some(behind) = rest.strip_prefix(b".") {
                rest = behind;
                print.spec.precision = Some(take_number(&mut rest).unwrap_or(0));
            }
            let used = self.conversion(&mut print, rest, given)?;
            text = rest.get(used..).unwrap_or_default();
            if print.kind != Kind::Address {
                if given > 0 && converted {
                    return Err(Error::new(b"byte count with multiple conversion characters"));
                }
                converted = true;
            }
            total = total.saturating_add(print.bytes);
            self.prints.push(print);
        }
        if given == 0 {
            self.bytes = total;
        }
        Ok(())
    }

    /// Takes a conversion's letters; how many they are.
    fn conversion(&mut self, print: &mut Print, text: &[u8], given: usize) -> Result<usize> {
        let unknown = || Error::parts(&[b"bad conversion character %", text.get(..1).unwrap_or_default()]);
        let (kind, sizes, used): (Kind, &[usize], usize) = match text {
            [b'_', letter @ (b'a' | b'A'), base @ (b'd' | b'o' | b'x'), ..] => {
                print.letter = *base;
                self.at_end |= *letter == b'A';
                print.kind = Kind::Address;
                return Ok(3);
            }
            [b'_', letter @ (b'c' | b'p' | b'u'), ..] => {
                print.letter = *letter;
                (Kind::Character, &[1], 2)
            }
            [letter, ..] => {
                print.letter = *letter;
                match letter {
                    b'c' => (Kind::Character, &[1], 1),
                    b'd' | b'i' | b'o' | b'u' | b'x' | b'X' => (Kind::Integer, &[4, 1, 2, 8], 1),
                    b'e' | b'E' | b'f' | b'g' | b'G' => (Kind::Float, &[8, 4], 1),
                    b's' => {
                        print.kind = Kind::String;
                        print.bytes = if given > 0 { given } else { print.spec.precision.unwrap_or(0) };
                        if print.bytes == 0 {
                            return Err(Error::new(b"%s requires a precision or a byte count"));
                        }
                        return Ok(1);
                    }
                    _ => return Err(unknown()),
                }
            }
            [] => return Err(unknown()),
        };
        if text.starts_with(b"c") {
            // Unlike %_c, it prints the byte itself.
            print.kind = Kind::String;
            print.bytes = 1;
        } else {
            print.kind = kind;
            print.bytes = if given > 0 { given } else { sizes.first().copied().unwrap_or(1) };
        }
        if !sizes.contains(&print.bytes) {
            return Err(Error::parts(&[
                b"bad byte count for conversion character ",
                text.get(..used).unwrap_or_default(),
            ]));
        }
        Ok(used)
    }
}

impl Print {
    /// Appends what stands for the bytes `data`; beyond the end of the input (`past`) only the room that they would take.
    fn put(&self, data: &[u8], address: u64, past: bool, line: &mut Vec<u8>) {
        line.extend_from_slice(&self.text);
        let spec = &self.spec;
        let data = data.get(..self.bytes).unwrap_or(data);
        if past && !matches!(self.kind, Kind::Text) {
            num::push_fill(line, spec.width, b' ');
            return;
        }
        match self.kind {
            Kind::Text => {}
            Kind::Address => {
                num::format_int(address, false, self.letter, spec, line);
            }
            // What -C is made of.
            Kind::Integer if self.bytes == 1 && self.letter == b'x' && *spec == TWO_DIGITS => {
                let byte = data.first().copied().unwrap_or(0);
                let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' - 10 + value };
                line.push(digit(byte >> 4));
                line.push(digit(byte & 15));
            }
            Kind::Integer => {
                let mut word = [0; 8];
                let signed = matches!(self.letter, b'd' | b'i');
                let (used, rest) = word.split_at_mut_checked(data.len()).unwrap_or_default();
                used.copy_from_slice(data);
                if signed && data.last().is_some_and(|&byte| byte >= 0x80) {
                    rest.fill(0xff);
                }
                let value = u64::from_le_bytes(word);
                let negative = signed && value >> 63 != 0;
                let magnitude = if negative { value.wrapping_neg() } else { value };
                num::format_int(magnitude, negative, self.letter, spec, line);
            }
            Kind::Float => {
                let value = match (<[u8; 8]>::try_from(data), <[u8; 4]>::try_from(data)) {
                    (Ok(bytes), _) => f64::from_le_bytes(bytes),
                    (_, Ok(bytes)) => f64::from(f32::from_le_bytes(bytes)),
                    _ => 0.0,
                };
                num::format_float(value, self.letter, spec, line);
            }
            Kind::String => {
                let data = data.get(..spec.precision.unwrap_or(data.len())).unwrap_or(data);
                let text = if self.letter == b's' {
                    data.split(|&byte| byte == 0).next().unwrap_or_default()
                } else {
                    data
                };
                self.aligned(text, line);
            }
            Kind::Character => self.character(data.first().copied().unwrap_or(0), line),
        }
    }

    fn aligned(&self, text: &[u8], line: &mut Vec<u8>) {
        let fill = self.spec.width.saturating_sub(text.len());
        if !self.spec.left {
            num::push_fill(line, fill, b' ');
        }
        line.extend_from_slice(text);
        if self.spec.left {
            num::push_fill(line, fill, b' ');
        }
    }

    fn character(&self, byte: u8, line: &mut Vec<u8>) {
        const NAMES: &[u8] = b"nulsohstxetxeotenqackbelbs ht lf vt ff cr so si dledc1dc2dc3dc4naksynetbcanem subescfs gs rs us ";
        const ESCAPES: &[u8] = b"abtnvfr";
        if matches!(byte, b' '..=b'~') {
            return self.aligned(&[byte], line);
        }
        match self.letter {
            b'p' => self.aligned(b".", line),
            b'u' if byte == 0x7f => self.aligned(b"del", line),
            b'u' if byte < 32 => {
                let at = usize::from(byte) * 3;
                self.aligned(NAMES.get(at..at + 3).unwrap_or_default().trim_ascii(), line);
            }
            b'u' => {
                num::format_int(byte.into(), false, b'x', &self.spec, line);
            }
            _ => match byte.checked_sub(7).and_then(|index| ESCAPES.get(usize::from(index))) {
                _ if byte == 0 => self.aligned(b"\\0", line),
                Some(&letter) => self.aligned(&[b'\\', letter], line),
                None => {
                    let digits = [b'0' + (byte >> 6), b'0' + (byte >> 3 & 7), b'0' + (byte & 7)];
                    self.aligned(&digits, line);
                }
            },
        }
    }
}

struct Dump<'a> {
    files: Vec<&'a [u8]>,
    current: Option<Reader>,
    left: u64,
    address: u64,
    /// Where the input ends, once a block has been filled up with zeros.
    end: Option<u64>,
    block: Vec<u8>,
    before: Vec<u8>,
}

impl Dump<'_> {
    /// Opens the next file that can be opened.
    fn open(&mut self, cx: &mut Context) -> bool {
        while self.current.is_none() && !self.files.is_empty() {
            let name = self.files.remove(0);
            match cx.open(name) {
                Ok(input) => self.current = Some(input),
                Err(error) => cx.report(error),
            }
        }
        self.current.is_some()
    }

    /// Bytes of the input; none at its end.
    fn next(&mut self, cx: &mut Context, most: usize) -> &[u8] {
        loop {
            if most == 0 || !self.open(cx) {
                return b"";
            }
            match self.current.as_mut().map(|input| input.block().map(<[u8]>::is_empty)) {
                Some(Ok(false)) => break,
                Some(Err(errno)) => cx.report(Error::system(b"read error", errno)),
                _ => {}
            }
            self.current = None;
        }
        let block = self.current.as_ref().map(Reader::buffered).unwrap_or_default();
        block.get(..most).unwrap_or(block)
    }

    fn consume(&mut self, count: usize) {
        if let Some(input) = &mut self.current {
            input.consume(count);
        }
    }

    fn skip(&mut self, cx: &mut Context, count: u64) -> Result {
        let mut left = count;
        while left > 0 {
            if self.open(cx)
                && let Some(fd) = self.current.as_ref().map(Reader::fd)
                && let Ok(size) = sys::fd::seek(fd, 0, libc::SEEK_END)
                && size > 0
            {
                let target = left.min(size as u64);
                let moved = sys::fd::seek(fd, target as i64, libc::SEEK_SET).at(b"cannot skip")?;
                left -= moved as u64;
                if left > 0 {
                    self.current = None;
                }
                continue;
            }
            let got = self.next(cx, usize::try_from(left).unwrap_or(usize::MAX)).len();
            if got == 0 {
                break;
            }
            self.consume(got);
            left -= got as u64;
        }
        self.address = count - left;
        Ok(())
    }

    /// Reads a block; how many bytes of it there are.
    fn fill(&mut self, cx: &mut Context, size: usize) -> usize {
        self.block.clear();
        while self.block.len() < size {
            let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(size - self.block.len());
            let got = self.next(cx, most).to_vec();
            if got.is_empty() {
                break;
            }
            self.left -= got.len() as u64;
            self.consume(got.len());
            self.block.extend_from_slice(&got);
        }
        self.block.len()
    }

    fn run(&mut self, cx: &mut Context, formats: &[Format], size: usize, all: bool) {
        let mut line = Vec::new();
        // Whether a block has been printed, and whether a `*` stands for the ones after it.
        let (mut any, mut starred) = (false, false);
        while !cx.out.failed() {
            let got = self.fill(cx, size);
            let same = any && !all && self.before == self.block;
            if got < size {
                if got == 0 {
                    break;
                }
                self.end = Some(self.address + got as u64);
                self.block.resize(size, 0);
                self.print(formats, &mut line, &mut cx.out);
                break;
            }
            if same {
                if !starred {
                    cx.out.write(b"*\n");
                }
                starred = true;
            } else {
                starred = false;
                self.print(formats, &mut line, &mut cx.out);
                core::mem::swap(&mut self.block, &mut self.before);
                any = true;
            }
            self.address += got as u64;
        }
        let end = self.end.unwrap_or(self.address);
        let last = formats.iter().flat_map(|format| &format.units).rfind(|unit| unit.at_end);
        if let Some(unit) = last.filter(|_| end > 0) {
            line.clear();
            for print in unit.prints.iter().filter(|print| matches!(print.kind, Kind::Text | Kind::Address)) {
                print.put(b"", end, false, &mut line);
            }
            cx.out.write(&line);
        }
    }

    fn print(&self, formats: &[Format], line: &mut Vec<u8>, out: &mut Writer) {
        for format in formats {
            let mut data = self.block.as_slice();
            let mut address = self.address;
            for unit in &format.units {
                if unit.at_end {
                    break;
                }
                for time in (0..unit.times).rev() {
                    for (index, print) in unit.prints.iter().enumerate() {
                        let past = self.end.is_some_and(|end| address >= end);
                        print.put(data, address, past, line);
                        // Between repetitions, but not behind the last, is a blank that ends the text.
                        if time == 0
                            && unit.times > 1
                            && index + 1 == unit.prints.len()
                            && print.kind == Kind::Text
                            && print.text.last().is_some_and(u8::is_ascii_whitespace)
                        {
                            line.pop();
                        }
                        data = data.get(print.bytes..).unwrap_or_default();
                        address += print.bytes as u64;
                    }
                    if line.len() > 4096 {
                        out.write(line);
                        line.clear();
                    }
                    if out.failed() {
                        return;
                    }
                }
            }
        }
        out.write(line);
        line.clear();
    }
}
