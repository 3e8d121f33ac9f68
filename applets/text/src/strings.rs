//! usage: strings [-afow] [-n N] [-t d|o|x] [-e CODE] [-s TEXT] [FILE]...
//!
//! Print the runs of at least 4 printable characters in FILEs.
//!
//!  -a, --all                     the whole file, as always
//!  -f, --print-file-name         print the file's name before each
//!  -n, --bytes=N, -NUM           at least N characters
//!  -o                            same as -t o
//!  -t, --radix=RADIX             print the offset before each: d decimal, o octal, x hexadecimal
//!  -e, --encoding=CODE           s 7 bits, S 8 bits, b l 16 bits big or little endian, B L 32 bits
//!  -w, --include-all-whitespace  all white space is printable
//!  -s, --output-separator=TEXT   print TEXT behind each, not a newline

use applet::prelude::*;

applet::options!("strings");

struct Search<'a> {
    least: usize,
    name: bool,
    radix: u32,
    /// Bytes of a character.
    size: usize,
    big: bool,
    eight_bits: bool,
    all_space: bool,
    end: &'a [u8],
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let least = match options.value(opt::BYTES) {
        Some(text) => applet::value::number(text, num::SIZES, b"minimum string length")?,
        None => 4,
    };
    if least == 0 {
        return Err(Error::parts(&[b"minimum string length is too small: 0"]));
    }
    let mut radix = if options.has(opt::o) { 8 } else { 0 };
    if let Some(text) = options.value(opt::RADIX) {
        radix = match text {
            b"d" => 10,
            b"o" => 8,
            b"x" => 16,
            _ => return Err(applet::value::invalid(b"radix", text)),
        };
    }
    let code = options.value(opt::ENCODING).unwrap_or(b"s");
    let size = match code {
        b"s" | b"S" => 1,
        b"b" | b"l" => 2,
        b"B" | b"L" => 4,
        _ => return Err(applet::value::invalid(b"encoding", code)),
    };
    let search = Search {
        least: usize::try_from(least).unwrap_or(usize::MAX),
        name: options.has(opt::PRINT_FILE_NAME),
        radix,
        size,
        big: matches!(code, b"b" | b"B"),
        eight_bits: code == b"S",
        all_space: options.has(opt::INCLUDE_ALL_WHITESPACE),
        end: options.value(opt::OUTPUT_SEPARATOR).unwrap_or(b"\n"),
    };
    let mut known = [false; 256];
    for (byte, known) in (0..=255u8).zip(&mut known) {
        *known = search.shows(byte);
    }
    cx.each_input(&options.operands, &mut |cx, name, input| {
        let name = if name == b"-" { b"{standard input}" } else { name };
        search.file(&known, name, input, &mut cx.out)
    });
    Ok(cx.status())
}

impl Search<'_> {
    fn shows(&self, byte: u8) -> bool {
        matches!(byte, b' '..=b'~' | b'\t')
            || self.all_space && matches!(byte, b'\n'..=b'\r')
            || self.eight_bits && byte >= 0x80
    }

    /// The byte that the character at the start of `text` is, if it is printable.
    fn character(&self, known: &[bool; 256], text: &[u8]) -> Option<u8> {
        let unit = text.get(..self.size)?;
        let (&byte, zeros) = if self.big { unit.split_last()? } else { unit.split_first()? };
        (known.get(usize::from(byte)).copied()? && zeros.iter().all(|&byte| byte == 0)).then_some(byte)
    }

    fn file(&self, known: &[bool; 256], name: &[u8], input: &mut Reader, out: &mut Writer) -> Result {
        // Characters of the run so far that has not been found long enough; then it is `open` and goes out at once.
        let mut run: Vec<u8> = Vec::new();
        let mut open = false;
        let mut offset = 0u64;
        loop {
            let more = input.buffered().len() >= self.size || input.fill_more()?;
            let block = input.buffered();
            let mut at = 0;
            while let Some(rest) = block.get(at..).filter(|rest| rest.len() >= self.size) {
                if let Some(byte) = self.character(known, rest) {
                    at += self.size;
                    if open {
                        out.byte(byte);
                        continue;
                    }
                    run.push(byte);
                    if run.len() >= self.least {
                        open = true;
                        let length = (run.len() * self.size) as u64;
                        self.head(name, (offset + at as u64).saturating_sub(length), out);
                        out.write(&run);
                    }
                    continue;
                }
                at += 1;
                run.clear();
                if open {
                    out.write(self.end);
                    open = false;
                }
            }
            offset += at as u64;
            input.consume(at);
            if out.failed() || !more || (at == 0 && !input.fill_more()?) {
                break;
            }
        }
        if open {
            out.write(self.end);
        }
        Ok(())
    }

    fn head(&self, name: &[u8], offset: u64, out: &mut Writer) {
        if self.name {
            out.write(name);
            out.write(b": ");
        }
        if self.radix != 0 {
            let mut buf = num::new_buf();
            let digits = num::radix(offset, self.radix, false, &mut buf);
            out.fill(b' ', 7usize.saturating_sub(digits.len()));
            out.write(digits);
            out.byte(b' ');
        }
    }
}
