//! usage: md5sum [OPTION]... [FILE]... | sha1sum [OPTION]... [FILE]... | sha224sum [OPTION]... [FILE]... | sha256sum [OPTION]... [FILE]... | sha384sum [OPTION]... [FILE]... | sha512sum [OPTION]... [FILE]... | sha3sum [-a BITS] [OPTION]... [FILE]... | b2sum [-l BITS] [OPTION]... [FILE]...
//!
//! Print or check digests of FILEs.
//!
//!  -c, --check           read digests and names from FILEs and check them
//!  -b, --binary          mark names with *
//!  -t, --text            mark names with a blank (the default)
//!  -z, --zero            end lines with NUL, and print names as they are
//!  --tag                 print lines in the BSD style
//!  -a, --algorithm=BITS  sha3sum: 224, 256, 384 or 512 bits (224)
//!  -l, --length=BITS     b2sum: digests of so many bits (512), a multiple of 8
//!  --ignore-missing      with -c: pass over FILEs that are not there
//!  --quiet               with -c: do not print OK
//!  -s, --status          with -c: print nothing
//!  --strict              with -c: fail on lines that are no digests
//!  -w, --warn            with -c: tell of lines that are no digests
//!
//! # Notes
//! GNU's and BusyBox's commands.

use applet::prelude::*;
use hash::{Algorithm, Hasher};

applet::options!("hashsum");

struct Job {
    algorithm: Algorithm,
    /// The digest's length in bits.
    bits: usize,
    tag: &'static [u8],
    binary: bool,
    bsd: bool,
    zero: bool,
    check: Check,
}

#[derive(Clone, Copy)]
struct Check {
    quiet: bool,
    silent: bool,
    strict: bool,
    warn: bool,
    ignore_missing: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let has = |id| options.has(id);
    let (algorithm, bits, tag): (_, _, &[u8]) = match cx.name {
        b"md5sum" => (Algorithm::Md5, 128, b"MD5"),
        b"sha1sum" => (Algorithm::Sha1, 160, b"SHA1"),
        b"sha224sum" => (Algorithm::Sha224, 224, b"SHA224"),
        b"sha256sum" => (Algorithm::Sha256, 256, b"SHA256"),
        b"sha384sum" => (Algorithm::Sha384, 384, b"SHA384"),
        b"sha512sum" => (Algorithm::Sha512, 512, b"SHA512"),
        b"sha3sum" => (Algorithm::Sha3, sha3_bits(&options)?, b"SHA3"),
        _ => (Algorithm::Blake2b, blake_bits(&options)?, b"BLAKE2b"),
    };
    let job = Job {
        algorithm,
        bits,
        tag,
        binary: options.last(&[opt::BINARY, opt::TEXT]) == Some(opt::BINARY),
        bsd: has(opt::TAG),
        zero: has(opt::ZERO),
        check: Check {
            quiet: has(opt::QUIET),
            silent: has(opt::STATUS),
            strict: has(opt::STRICT),
            warn: has(opt::WARN),
            ignore_missing: has(opt::IGNORE_MISSING),
        },
    };
    let checks = has(opt::CHECK);
    let only_check = [opt::QUIET, opt::STATUS, opt::STRICT, opt::WARN, opt::IGNORE_MISSING];
    if !checks && let Some(id) = options.last(&only_check) {
        let names: [&[u8]; 5] = [b"quiet", b"status", b"strict", b"warn", b"ignore-missing"];
        let name = only_check.iter().position(|&known| known == id).and_then(|index| names.get(index));
        return Err(Error::usage_about(
            b"the --% option is meaningful only when verifying checksums",
            name.copied().unwrap_or_default(),
        ));
    }
    if checks && job.bsd {
        return Err(Error::usage(&[b"the --tag option is meaningless when verifying checksums"]));
    }
    cx.each_input(&options.operands, &mut |cx, name, input| {
        if checks {
            return job.check_list(cx, name, input);
        }
        let digest = job.digest(input)?;
        job.print(cx, name, &digest);
        Ok(())
    });
    Ok(cx.status())
}

fn sha3_bits(options: &Options) -> Result<usize> {
    match options.value(opt::ALGORITHM).unwrap_or(b"224") {
        b"224" => Ok(224),
        b"256" => Ok(256),
        b"384" => Ok(384),
        b"512" => Ok(512),
        other => Err(applet::value::invalid(b"number of bits", other)),
    }
}

fn blake_bits(options: &Options) -> Result<usize> {
    let Some(text) = options.value(opt::LENGTH) else { return Ok(512) };
    match applet::value::number(text, b"", b"length")? {
        0 => Ok(512),
        bits if bits > 512 => {
            Err(Error::about(b"invalid length: '%': maximum digest length is 512 bits", text))
        }
        bits if bits % 8 != 0 => {
            Err(Error::about(b"invalid length: '%': length is not a multiple of 8", text))
        }
        bits => Ok(bits as usize),
    }
}

/// Appends bytes as hexadecimal digits.
fn push_hex(bytes: &[u8], out: &mut Vec<u8>) {
    for &byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            out.push(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 });
        }
    }
}

/// The byte at the start of two hexadecimal digits.
fn parse_hex(text: &[u8]) -> Option<Vec<u8>> {
    text.chunks(2)
        .map(|pair| match *pair {
            [high, low] => {
                let digit = |byte: u8| char::from(byte).to_digit(16);
                Some((digit(high)? << 4 | digit(low)?) as u8)
            }
            _ => None,
        })
        .collect()
}

/// Whether a name has to be escaped to stand on a line, and the name as it stands there.
fn escape(name: &[u8]) -> Option<Vec<u8>> {
    if !name.iter().any(|byte| matches!(byte, b'\\' | b'\n' | b'\r')) {
        return None;
    }
    let mut escaped = Vec::new();
    for &byte in name {
        match byte {
            b'\\' => escaped.extend_from_slice(b"\\\\"),
            b'\n' => escaped.extend_from_slice(b"\\n"),
            b'\r' => escaped.extend_from_slice(b"\\r"),
            _ => escaped.push(byte),
        }
    }
    Some(escaped)
}

fn unescape(name: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    let mut bytes = name.iter();
    while let Some(&byte) = bytes.next() {
        plain.push(match byte {
            b'\\' => match bytes.next()? {
                b'n' => b'\n',
                b'r' => b'\r',
                b'\\' => b'\\',
                _ => return None,
            },
            _ => byte,
        });
    }
    Some(plain)
}

/// A line of a list: the digest, its length in bits, and the name.
struct Line {
    digest: Vec<u8>,
    name: Vec<u8>,
}

impl Job {
    fn digest(&self, input: &mut Reader) -> Result<Vec<u8>> {
        self.digest_bits(input, self.bits)
    }

    fn digest_bits(&self, input: &mut Reader, bits: usize) -> Result<Vec<u8>> {
        let mut hasher = Hasher::new(self.algorithm, bits);
        loop {
            let block = input.block()?;
            if block.is_empty() {
                break;
            }
            hasher.update(block);
            let length = block.len();
            input.consume(length);
        }
        let mut digest = [0; 64];
        let length = hasher.finish(&mut digest);
        Ok(digest.get(..length).unwrap_or_default().to_vec())
    }

    fn print(&self, cx: &mut Context, name: &[u8], digest: &[u8]) {
        let escaped = escape(name).filter(|_| !self.zero);
        let mut line = Vec::new();
        if escaped.is_some() {
            line.push(b'\\');
        }
        let shown = escaped.as_deref().unwrap_or(name);
        if self.bsd {
            line.extend_from_slice(self.tag);
            if matches!(self.algorithm, Algorithm::Blake2b) && self.bits != 512 {
                line.push(b'-');
                num::push_dec(&mut line, self.bits as u64);
            }
            line.extend_from_slice(&[b" (", shown, b") = "].concat());
            push_hex(digest, &mut line);
        } else {
            push_hex(digest, &mut line);
            line.extend_from_slice(if self.binary { b" *" } else { b"  " });
            line.extend_from_slice(shown);
        }
        line.push(if self.zero { 0 } else { b'\n' });
        cx.out.write(&line);
    }

    fn parse(&self, line: &[u8]) -> Option<Line> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = line.trim_ascii_start();
        let (line, escaped) = match line.strip_prefix(b"\\") {
            Some(rest) => (rest, true),
            None => (line, false),
        };
        let (digits, name) = match line.strip_prefix(self.tag) {
            Some(rest) => {
                let open = rest.iter().position(|&byte| byte == b'(')?;
                let close = rest.iter().rposition(|&byte| byte == b')')?;
                let digits = rest.get(close + 1..)?.trim_ascii().strip_prefix(b"=")?.trim_ascii();
                (digits, rest.get(open + 1..close)?)
            }
            None => {
                let digits = line.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
                let (digits, rest) = line.split_at(digits);
                let name = match rest {
                    [b' ', b' ' | b'*', name @ ..] | [b' ' | b'\t', name @ ..] => name,
                    _ => return None,
                };
                (digits, name)
            }
        };
        // b2sum knows the length from the digest.
        let is_blake = matches!(self.algorithm, Algorithm::Blake2b);
        if digits.is_empty()
            || name.is_empty()
            || !is_blake && digits.len() * 4 != self.bits
            || digits.len() > 128
        {
            return None;
        }
        let name = if escaped { unescape(name)? } else { name.to_vec() };
        Some(Line { digest: parse_hex(digits)?, name })
    }

    /// Checks the digests of a list.
    fn check_list(&self, cx: &mut Context, list: &[u8], input: &mut Reader) -> Result {
        let (mut good, mut malformed, mut unreadable, mut wrong, mut number) = (0u64, 0u64, 0u64, 0u64, 0u64);
        while let Some(line) = input.text_line(if self.zero { 0 } else { b'\n' })? {
            number += 1;
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let Some(line) = self.parse(line) else {
                malformed += 1;
                if self.check.warn {
                    let mut digits = Vec::new();
                    num::push_dec(&mut digits, number);
                    cx.warn(&[list, b": ", &digits, b": improperly formatted ", self.tag, b" checksum line"]);
                }
                continue;
            };
            let bits = line.digest.len() * 8;
            let result = cx.open(&line.name).and_then(|mut file| self.digest_bits(&mut file, bits));
            let verdict: &[u8] = match result {
                Ok(digest) if digest == line.digest => {
                    good += 1;
                    if self.check.quiet { b"" } else { b": OK\n" }
                }
                Ok(_) => {
                    wrong += 1;
                    b": FAILED\n"
                }
                Err(error) if self.check.ignore_missing && error.errno() == Some(Errno(libc::ENOENT)) => {
                    continue;
                }
                Err(error) => {
                    unreadable += 1;
                    cx.report_at(&line.name, error);
                    b": FAILED open or read\n"
                }
            };
            if !self.check.silent && !verdict.is_empty() {
                // As GNU has it: a backslash alone is no reason here.
                let escaped = escape(&line.name).filter(|_| line.name.contains(&b'\n'));
                if escaped.is_some() {
                    cx.out.byte(b'\\');
                }
                cx.out.write(escaped.as_deref().unwrap_or(&line.name));
                cx.out.write(verdict);
            }
        }
        if good + wrong + unreadable == 0 && (malformed == number || !self.check.ignore_missing) {
            return Err(Error::parts(&[
                list,
                b": no properly formatted ",
                self.tag,
                b" checksum lines found",
            ]));
        }
        if !self.check.silent {
            complain(cx, malformed, b" line is improperly formatted", b" lines are improperly formatted");
            complain(cx, unreadable, b" listed file could not be read", b" listed files could not be read");
            complain(cx, wrong, b" computed checksum did NOT match", b" computed checksums did NOT match");
        }
        if self.check.ignore_missing && good + wrong + unreadable == 0 {
            return Err(Error::about(b"%: no file was verified", list));
        }
        if wrong + unreadable > 0 || self.check.strict && malformed > 0 {
            cx.set_status(1);
        }
        Ok(())
    }
}

fn complain(cx: &mut Context, count: u64, one: &[u8], many: &[u8]) {
    if count > 0 {
        let mut digits = Vec::new();
        num::push_dec(&mut digits, count);
        cx.warn(&[b"WARNING: ", &digits, if count == 1 { one } else { many }]);
    }
}
