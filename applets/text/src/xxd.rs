//! usage: xxd [OPTION]... [INFILE [OUTFILE]] | xxd -r [-p] [-c N] [-s N] [INFILE [OUTFILE]]
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

struct Dump<'a> {
    columns: usize,
    group: usize,
    binary: bool,
    little: bool,
    ebcdic: bool,
    decimal: bool,
    skip_zeros: bool,
    digits: &'a [u8],
    shift: u64,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let mut args: Vec<&[u8]> = Vec::new();
    let mut letters: Vec<[u8; 2]> = Vec::new();
    for &arg in cx.args {
        letters.push([b'-', long_form(arg)]);
    }
    for (&arg, letter) in cx.args.iter().zip(&letters) {
        args.push(if letter[1] != 0 { letter } else { arg });
    }
    let options = Options::parse(&args, opt::GRAMMAR, true)?;
    let number = |id: u8| match options.value(id) {
        Some(text) => integer(text).map(Some),
        None => Ok(None),
    };
    let [plain, include, binary, little] = [opt::p, opt::i, opt::b, opt::e].map(|id| options.has(id));
    let columns = number(opt::c)?.and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
    let default = match () {
        _ if plain => 30,
        _ if include => 12,
        _ if binary => 6,
        _ => 16,
    };
    if columns > 256 && !plain && !include {
        return Err(Error::new(b"invalid number of columns (max. 256)"));
    }
    let (input, output) = match *options.operands.as_slice() {
        [] => (&b"-"[..], None),
        [input] => (input, None),
        [input, output] => (input, Some(output).filter(|&name| name != b"-")),
        [_, _, extra, ..] => return Err(Error::extra_operand(extra)),
    };
    let mut reader = cx.open(input)?;
    let seek = options.value(opt::s).unwrap_or_default();
    let seek_to = integer(seek.strip_prefix(b"+").unwrap_or(seek))?;
    let shift = number(opt::o)?.unwrap_or(0);
    let revert = options.has(opt::r);
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
        let columns = if columns > 0 { columns } else { default };
        Revert { columns, plain, base: seek_to.saturating_add(shift) as u64, have: 0 }
            .run(&mut reader, out)?;
        out.flush().at(output.unwrap_or(b"write error"))?;
        return Ok(cx.status());
    }
    let start = skip(&mut reader, seek.first() == Some(&b'+'), seek_to).at(input)?;
    let mut left = match number(opt::l)? {
        Some(count) if count >= 0 => count as u64,
        _ => u64::MAX,
    };
    let digits = if options.has(opt::u) { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    if include {
        let given = options.value(opt::n);
        let name = given.or_else(|| Some(input).filter(|&name| name != b"-"));
        let columns = if columns > 0 { columns } else { default };
        c_array(&mut reader, name, options.has(opt::C), columns, digits, left, out).at(input)?;
    } else if plain {
        let columns = if columns > 0 || options.has(opt::c) { columns } else { default };
        let mut column = 0;
        while let block = reader.block().at(input)?
            && let part = block.get(..usize::try_from(left).unwrap_or(usize::MAX)).unwrap_or(block)
            && !part.is_empty()
            && !out.failed()
        {
            for &byte in part {
                out.write(&hex(byte, digits));
                column += 1;
                if column == columns {
                    out.byte(b'\n');
                    column = 0;
                }
            }
            let used = part.len();
            left -= used as u64;
            reader.consume(used);
        }
        if column > 0 {
            out.byte(b'\n');
        }
    } else {
        let columns = if columns > 0 { columns } else { default };
        let group = match number(opt::g)? {
            Some(count) => usize::try_from(count).unwrap_or(0),
            None if binary => 1,
            None if little => 4,
            None => 2,
        };
        let group = if group == 0 || group > columns { columns } else { group };
        if little && !group.is_power_of_two() {
            return Err(Error::new(b"number of octets per group must be a power of 2 with -e."));
        }
        let dump = Dump {
            columns,
            group,
            binary,
            little,
            ebcdic: options.has(opt::E),
            decimal: options.has(opt::d),
            skip_zeros: options.has(opt::a),
            digits,
            shift: start.wrapping_add(shift as u64),
        };
        dump.run(&mut reader, left, out).at(input)?;
    }
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

fn c_array(
    reader: &mut Reader,
    name: Option<&[u8]>,
    capitals: bool,
    columns: usize,
    digits: &[u8],
    mut left: u64,
    out: &mut Writer,
) -> sys::Result<()> {
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
    while left > 0 && !out.failed() {
        let Some(&byte) = reader.block()?.first() else { break };
        reader.consume(1);
        left -= 1;
        out.write(match count {
            0 => b"  ",
            _ if count.is_multiple_of(columns as u64) => b",\n  ",
            _ => b", ",
        });
        out.write(if digits.ends_with(b"F") { b"0X" } else { b"0x" });
        out.write(&hex(byte, digits));
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

/// The characters of EBCDIC from 64 on, as far as they are printable ASCII.
const EBCDIC: &[u8] =
    b" ...........<(+|&.........!$*);~-/.........,%_>?.........`:#@'=\".abcdefghi.......jklmnopq\
r^.......stuvwxyz...[...............]..{ABCDEFGHI......}JKLMNOPQR......\\.STUVWXYZ......0123456789......";

impl Dump<'_> {
    fn run(&self, reader: &mut Reader, mut left: u64, out: &mut Writer) -> sys::Result<()> {
        let mut offset = 0u64;
        let mut line = Vec::new();
        // How many lines of zeros came in a row; the second of them, and the last.
        let mut zeros = 0u64;
        let (mut second, mut held) = (Vec::new(), Vec::new());
        while !out.failed() {
            while reader.buffered().len() < self.columns && reader.fill_more()? {}
            let block = reader.buffered();
            let most = self.columns.min(usize::try_from(left).unwrap_or(usize::MAX));
            let data = block.get(..most).unwrap_or(block);
            let length = data.len();
            let whole = length == self.columns;
            line.clear();
            if length > 0 {
                self.line(offset.wrapping_add(self.shift), data, &mut line);
            }
            if whole && self.skip_zeros && data.iter().all(|&byte| byte == 0) {
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
            left -= length as u64;
            reader.consume(length);
            if !whole {
                break;
            }
        }
        Ok(())
    }

    fn line(&self, offset: u64, data: &[u8], line: &mut Vec<u8>) {
        if self.decimal {
            let mut buf = num::new_buf();
            num::push_padded(line, num::dec(offset, &mut buf), 8, b'0');
        } else {
            let mut buf = num::new_buf();
            num::push_padded(line, num::radix(offset, 16, false, &mut buf), 8, b'0');
        }
        line.push(b':');
        let start = line.len() + 1;
        let wide = self.group * if self.binary { 8 } else { 2 } + 1;
        // Where the characters begin.
        let text = start + 2 + (wide * self.columns - 1) / self.group;
        line.resize(text, b' ');
        for (index, &byte) in data.iter().enumerate() {
            let place = if self.little { index ^ (self.group - 1) } else { index };
            let at = start + wide * place / self.group;
            if line.len() < at + 8 {
                line.resize(at + 8, b' ');
            }
            if self.binary {
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
            let shown = if self.ebcdic {
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
    base: u64,
    /// The offset of the output.
    have: u64,
}

impl Revert {
    fn run(&mut self, reader: &mut Reader, out: &mut Writer) -> Result {
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

    /// Pairs of digits; what is no digit is passed over, but ends the line where it is too much.
    fn digits(&mut self, text: &[u8], most: usize, offset: Option<u64>, out: &mut Writer) -> Result {
        let mut first: Option<u8> = None;
        let (mut count, mut strange) = (0, 0);
        let mut target = offset;
        for &byte in text {
            if byte == b'\r' || self.plain && byte.is_ascii_whitespace() {
                continue;
            }
            let Some(digit) = char::from(byte).to_digit(16).map(|digit| digit as u8) else {
                first = None;
                strange += 1;
                if strange == 2 {
                    break;
                }
                continue;
            };
            strange = 0;
            let Some(high) = first.take() else {
                first = Some(digit);
                continue;
            };
            if let Some(offset) = target.take() {
                self.seek(offset, out)?;
            }
            out.byte(high << 4 | digit);
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
