//! usage: xxd [OPTION]... [INFILE [OUTFILE]] | xxd -r [-bp] [-c N] [-s N] [INFILE [OUTFILE]]
//!
//! Print bytes in hexadecimal and as characters, or turn such text back into bytes.
//!
//!  -a       print * for all but the first of several lines of zeros
//!  -b       binary digits
//!  -c N     N bytes a line (16; -i 12, -p 30, -b 6)
//!  -C       the name of -i in capitals
//!  -d       decimal offsets
//!  -e       groups are little-endian words
//!  -E       characters in EBCDIC
//!  -g N     N bytes a group (2; -e 4, -b 1)
//!  -i       a C array
//!  -l N     at most N bytes
//!  -n NAME  the name of -i
//!  -o N     add N to the offsets
//!  -p       the hexadecimal digits alone; also -ps
//!  -r       text to bytes; OUTFILE is not cut off
//!  -s [+]N  pass over N bytes first, -N: begin N before the end; with -r add N to the offsets
//!  -u       upper case
//!
//! # Notes
//! The long forms with one dash (-ps, -cols, -len, -seek and so on) are known.

use applet::prelude::*;

applet::options!("xxd");

/// Long forms and the letters they stand for.
const LONG: &[u8] =
    b"autoskip a bits b cols c capitalize C decimal d EBCDIC E groupsize g group g include i len l name n \
offset o ps p plain p postscript p revert r reverse r seek s skip s uppercase u";

/// What the options say.
struct Dump {
    /// A bit for each option given.
    given: u32,
    columns: usize,
    group: usize,
    digits: &'static [u8],
    shift: u64,
    /// So many bytes may still be read.
    left: u64,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let letters: Vec<[u8; 2]> = cx.args.iter().map(|arg| [b'-', long_form(arg)]).collect();
    let mut args = cx.args.to_vec();
    for (arg, letter) in args.iter_mut().zip(&letters).filter(|(_, letter)| letter[1] != 0) {
        *arg = letter;
    }
    let options = Options::parse(&args, opt::GRAMMAR, true)?;
    let mut dump =
        Dump { given: 0, columns: 0, group: 0, digits: b"0123456789abcdef", shift: 0, left: u64::MAX };
    let (mut seek, mut name) = (&b""[..], None);
    let (mut columns, mut group, mut shift) = (0, None, 0);
    for &(id, value) in &options.list {
        dump.given |= 1 << id;
        match id {
            opt::c => columns = integer(value)?,
            opt::g => group = Some(integer(value)?),
            opt::l => dump.left = u64::try_from(integer(value)?).unwrap_or(u64::MAX),
            opt::o => shift = integer(value)?,
            opt::n => name = Some(value),
            opt::s => seek = value,
            opt::u => dump.digits = b"0123456789ABCDEF",
            _ => {}
        }
    }
    let default = match () {
        _ if dump.has(opt::p) => 30,
        _ if dump.has(opt::i) => 12,
        _ if dump.has(opt::b) => 6,
        _ => 16,
    };
    dump.columns = usize::try_from(columns).unwrap_or(0);
    let framed = !dump.has(opt::p) && !dump.has(opt::i);
    if dump.columns > 256 && framed {
        return Err(Error::new(b"invalid number of columns (max. 256)"));
    }
    // Plain digits alone may be without lines.
    let endless = dump.has(opt::p) && dump.has(opt::c);
    if dump.columns == 0 && (!endless || dump.has(opt::i) || dump.has(opt::r)) {
        dump.columns = default;
    }
    let (input, output) = match *options.operands.as_slice() {
        [] => (&b"-"[..], None),
        [input] => (input, None),
        [input, output] => (input, Some(output).filter(|&name| name != b"-")),
        [_, _, extra, ..] => return Err(Error::extra_operand(extra)),
    };
    let mut reader = cx.open(input)?;
    let seek_to = integer(seek.strip_prefix(b"+").unwrap_or(seek))?;
    let revert = dump.has(opt::r);
    let file;
    let mut own;
    let out = match output {
        Some(name) => {
            let truncate = if revert { 0 } else { libc::O_TRUNC };
            file = sys::fd::open(name, libc::O_WRONLY | libc::O_CREAT | truncate, 0o666).at(name)?;
            own = Writer::new(file.raw());
            &mut own
        }
        None => &mut cx.out,
    };
    if revert {
        let base = seek_to.saturating_add(shift) as u64;
        if dump.has(opt::e) || dump.has(opt::i) {
            return Err(Error::new(b"cannot revert this type of dump"));
        }
        let (plain, bits) = (dump.has(opt::p), dump.has(opt::b));
        Revert { columns: dump.columns, plain, bits, base, have: 0 }.run(&mut reader, out)?;
        out.flush().at(output.unwrap_or(b"write error"))?;
        return Ok(cx.status());
    }
    let start = skip(&mut reader, seek.first() == Some(&b'+'), seek_to).at(input)?;
    dump.shift = start.wrapping_add(shift as u64);
    let result = if dump.has(opt::i) {
        dump.c_array(&mut reader, name.or_else(|| Some(input).filter(|&name| name != b"-")), out)
    } else if dump.has(opt::p) {
        dump.plain(&mut reader, out)
    } else {
        let usual = match () {
            _ if dump.has(opt::b) => 1,
            _ if dump.has(opt::e) => 4,
            _ => 2,
        };
        dump.group = usize::try_from(group.unwrap_or(usual)).unwrap_or(0);
        if dump.group == 0 || dump.group > dump.columns {
            dump.group = dump.columns;
        }
        if dump.has(opt::e) && !dump.group.is_power_of_two() {
            return Err(Error::new(b"number of octets per group must be a power of 2 with -e."));
        }
        dump.run(&mut reader, out)
    };
    result.at(input)?;
    if let Some(name) = output {
        out.flush().at(name)?;
    }
    Ok(cx.status())
}

/// The letter that a long option with one dash stands for, or 0.
fn long_form(arg: &[u8]) -> u8 {
    let Some(name) = arg.strip_prefix(b"-") else { return 0 };
    let mut words = LONG.split(|&byte| byte == b' ');
    while let (Some(word), Some([letter])) = (words.next(), words.next()) {
        if word == name {
            return *letter;
        }
    }
    0
}

/// A number as C writes it: decimal, 0x hexadecimal, 0 octal; empty is 0.
fn integer(text: &[u8]) -> Result<i64> {
    let (negative, body) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (base, digits) = match body {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', rest @ ..] if !rest.is_empty() && rest.iter().all(u8::is_ascii_digit) => (8, rest),
        _ => (10, body),
    };
    let parsed = num::parse_int(digits, base);
    if parsed.used != digits.len() && base != 10 || !text.is_empty() && digits.is_empty() {
        return Err(applet::value::invalid(b"number", text));
    }
    let value = if parsed.used == digits.len() {
        parsed.signed().0
    } else {
        let size = applet::value::number(digits, num::SIZES, b"number")?;
        i64::try_from(size).unwrap_or(i64::MAX)
    };
    Ok(if negative { value.saturating_neg() } else { value })
}

/// Goes to the offset that -s asks for; gives it.
fn skip(reader: &mut Reader, relative: bool, count: i64) -> sys::Result<u64> {
    let whence = match () {
        _ if count < 0 && relative => libc::SEEK_CUR,
        _ if count < 0 => libc::SEEK_END,
        _ if relative => libc::SEEK_CUR,
        _ => libc::SEEK_SET,
    };
    if count == 0 {
        return Ok(0);
    }
    if let Ok(offset) = sys::fd::seek(reader.fd(), count, whence) {
        return Ok(offset as u64);
    }
    if count < 0 {
        return Err(Errno(libc::ESPIPE));
    }
    let mut left = count as u64;
    while left > 0 {
        let length = reader.block()?.len();
        if length == 0 {
            return Err(Errno(libc::ESPIPE));
        }
        let used = usize::try_from(left).unwrap_or(usize::MAX).min(length);
        reader.consume(used);
        left -= used as u64;
    }
    Ok(count as u64)
}

fn hex(byte: u8, digits: &[u8]) -> [u8; 2] {
    let digit = |value: u8| digits.get(usize::from(value)).copied().unwrap_or_default();
    [digit(byte >> 4), digit(byte & 15)]
}

/// The characters of EBCDIC from 64 on, as far as they are printable ASCII.
const EBCDIC: &[u8] =
    b" ...........<(+|&.........!$*);~-/.........,%_>?.........`:#@'=\".abcdefghi.......jklmnopq\
r^.......stuvwxyz...[...............]..{ABCDEFGHI......}JKLMNOPQR......\\.STUVWXYZ......0123456789......";

impl Dump {
    /// Whether an option was given.
    fn has(&self, id: u8) -> bool {
        self.given >> id & 1 != 0
    }

    /// As much of the input as may be read; at most `most` bytes.
    fn part<'r>(&self, reader: &'r mut Reader, most: usize) -> sys::Result<&'r [u8]> {
        while reader.buffered().len() < most && reader.fill_more()? {}
        let block = reader.buffered();
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(most);
        Ok(block.get(..most).unwrap_or(block))
    }

    fn consume(&mut self, reader: &mut Reader, count: usize) {
        self.left -= count as u64;
        reader.consume(count);
    }

    fn plain(&mut self, reader: &mut Reader, out: &mut Writer) -> sys::Result<()> {
        let mut column = 0;
        let mut digits = Vec::new();
        while let part = self.part(reader, 4096)?
            && !part.is_empty()
            && !out.failed()
        {
            digits.clear();
            for &byte in part {
                digits.extend_from_slice(&hex(byte, self.digits));
                column += 1;
                if column == self.columns {
                    digits.push(b'\n');
                    column = 0;
                }
            }
            out.write(&digits);
            let used = part.len();
            self.consume(reader, used);
        }
        if column > 0 {
            out.byte(b'\n');
        }
        Ok(())
    }

    fn c_array(&mut self, reader: &mut Reader, name: Option<&[u8]>, out: &mut Writer) -> sys::Result<()> {
        let capitals = self.has(opt::C);
        let mut identifier = Vec::new();
        for &byte in name.unwrap_or_default() {
            if identifier.is_empty() && byte.is_ascii_digit() {
                identifier.extend_from_slice(b"__");
            }
            let byte = if byte.is_ascii_alphanumeric() { byte } else { b'_' };
            identifier.push(if capitals { byte.to_ascii_uppercase() } else { byte });
        }
        if name.is_some() {
            out.write(&[b"unsigned char ", identifier.as_slice(), b"[] = {\n"].concat());
        }
        let mut count = 0u64;
        while let [byte] = *self.part(reader, 1)?
            && !out.failed()
        {
            self.consume(reader, 1);
            out.write(match count {
                0 => b"  ",
                _ if count.is_multiple_of(self.columns as u64) => b",\n  ",
                _ => b", ",
            });
            let [high, low] = hex(byte, self.digits);
            out.write(&[b'0', if self.has(opt::u) { b'X' } else { b'x' }, high, low]);
            count += 1;
        }
        if count > 0 {
            out.byte(b'\n');
        }
        if name.is_some() {
            let suffix: &[u8] = if capitals { b"_LEN = " } else { b"_len = " };
            out.write(&[b"};\nunsigned int ", identifier.as_slice(), suffix].concat());
            out.decimal(count);
            out.write(b";\n");
        }
        Ok(())
    }

    fn run(&mut self, reader: &mut Reader, out: &mut Writer) -> sys::Result<()> {
        let mut offset = 0u64;
        let mut line = Vec::new();
        // How many lines of zeros came in a row; the second of them, and the last.
        let mut zeros = 0u64;
        let (mut second, mut held) = (Vec::new(), Vec::new());
        while !out.failed() {
            let data = self.part(reader, self.columns)?;
            let length = data.len();
            let whole = length == self.columns;
            line.clear();
            if length > 0 {
                self.line(offset.wrapping_add(self.shift), data, &mut line);
            }
            if whole && self.has(opt::a) && data.iter().all(|&byte| byte == 0) {
                zeros += 1;
                match zeros {
                    1 => out.write(&line),
                    2 => second.clone_from(&line),
                    _ => {}
                }
                core::mem::swap(&mut held, &mut line);
            } else {
                // At the end the last line of zeros is shown, too.
                let hidden = if length == 0 { zeros.saturating_sub(1) } else { zeros };
                match hidden {
                    0 | 1 => {}
                    2 => out.write(&second),
                    _ => out.write(b"*\n"),
                }
                if length == 0 && zeros > 1 {
                    out.write(&held);
                }
                zeros = 0;
                out.write(&line);
            }
            offset += length as u64;
            self.consume(reader, length);
            if !whole {
                break;
            }
        }
        Ok(())
    }

    fn line(&self, offset: u64, data: &[u8], line: &mut Vec<u8>) {
        num::push_radix(line, offset, if self.has(opt::d) { 10 } else { 16 }, 8);
        line.push(b':');
        let start = line.len() + 1;
        let wide = self.group * if self.has(opt::b) { 8 } else { 2 } + 1;
        // Where the characters begin.
        let text = start + 2 + (wide * self.columns - 1) / self.group;
        line.resize(text, b' ');
        for (index, &byte) in data.iter().enumerate() {
            let place = if self.has(opt::e) { index ^ (self.group - 1) } else { index };
            let at = start + wide * place / self.group;
            if line.len() < at + 8 {
                line.resize(at + 8, b' ');
            }
            if self.has(opt::b) {
                for bit in 0..8 {
                    if let Some(slot) = line.get_mut(at + bit) {
                        *slot = b'0' + (byte >> (7 - bit) & 1);
                    }
                }
            } else if let Some(slot) = line.get_mut(at..at + 2) {
                slot.copy_from_slice(&hex(byte, self.digits));
            }
        }
        line.truncate(text);
        for &byte in data {
            let shown = if self.has(opt::E) {
                usize::from(byte).checked_sub(64).and_then(|index| EBCDIC.get(index)).copied().unwrap_or(b'.')
            } else {
                byte
            };
            line.push(if matches!(shown, b' '..=b'~') { shown } else { b'.' });
        }
        line.push(b'\n');
    }
}

struct Revert {
    columns: usize,
    plain: bool,
    bits: bool,
    base: u64,
    /// The offset of the output.
    have: u64,
}

impl Revert {
    fn run(&mut self, reader: &mut Reader, out: &mut Writer) -> Result {
        if self.plain {
            self.seek(self.base, out)?;
        }
        while let Some(line) = reader.line(b'\n')? {
            if self.plain {
                self.digits(line, usize::MAX, None, out)?
            } else {
                self.dumped(line, out)?
            }
            if out.failed() {
                break;
            }
        }
        Ok(())
    }

    /// A line with an offset.
    fn dumped(&mut self, line: &[u8], out: &mut Writer) -> Result {
        let start = line.iter().position(u8::is_ascii_hexdigit).unwrap_or(line.len());
        let rest = line.get(start..).unwrap_or_default();
        let parsed = num::parse_int(rest, 16);
        let length = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        if length == 0 {
            return Ok(());
        }
        let offset = self.base.wrapping_add(parsed.unsigned().0);
        self.digits(rest.get(length + 1..).unwrap_or_default(), self.columns, Some(offset), out)
    }

    /// Bytes of two or eight digits; what is no digit is passed over, but ends the line where it is too much.
    fn digits(&mut self, text: &[u8], most: usize, offset: Option<u64>, out: &mut Writer) -> Result {
        // A one stands before the digits so far: it leaves the byte when that is full.
        let mut digits = 1;
        let (mut count, mut strange) = (0, 0);
        let mut target = offset;
        for &byte in text {
            if byte == b'\r' || self.plain && byte.is_ascii_whitespace() {
                continue;
            }
            let (radix, size) = if self.bits { (2, 1) } else { (16, 4) };
            let Some(digit) = char::from(byte).to_digit(radix) else {
                digits = 1;
                strange += 1;
                if strange == 2 {
                    break;
                }
                continue;
            };
            strange = 0;
            digits = digits << size | digit;
            if digits < 256 {
                continue;
            }
            if let Some(offset) = target.take() {
                self.seek(offset, out)?;
            }
            out.byte(digits as u8);
            digits = 1;
            self.have += 1;
            count += 1;
            if count == most {
                break;
            }
        }
        Ok(())
    }

    fn seek(&mut self, offset: u64, out: &mut Writer) -> Result {
        if offset == self.have {
            return Ok(());
        }
        let moved = offset.wrapping_sub(self.have) as i64;
        if let Some(fd) = out.fd() {
            out.flush().at(b"write error")?;
            if sys::fd::seek(fd, moved, libc::SEEK_CUR).is_ok() {
                self.have = offset;
                return Ok(());
            }
        }
        if offset < self.have {
            return Err(Error::new(b"sorry, cannot seek backwards"));
        }
        out.fill(0, usize::try_from(moved).unwrap_or(usize::MAX));
        self.have = offset;
        Ok(())
    }
}
