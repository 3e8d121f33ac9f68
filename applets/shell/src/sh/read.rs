//! `read` (POSIX.1-2024 XCU `read`; -d -n -N -p -r -s -t -u as bash and BusyBox).

use alloc::vec::Vec;
use sys::{Errno, RawFd, libc};

use super::exec::millis_since;
use super::parser::EXTRAS;
use super::shell::*;
use super::symbols::*;

/// What `read` or `mapfile` was asked for.
#[derive(Default)]
struct Request<'a> {
    /// The options without a value: a bit each.
    flags: u32,
    prompt: &'a [u8],
    delimiter: u8,
    /// The most characters or lines; `exactly`: the delimiter does not end the reading.
    count: Option<usize>,
    exactly: bool,
    /// Milliseconds; `None`: for ever.
    timeout: Option<i64>,
    fd: RawFd,
    /// How many lines are passed over, and the number of the first element.
    skip: usize,
    origin: Option<i64>,
}

/// Options of `read`, and how many of them have no value: -a is an array's, which gets all fields.
const READ: (&[u8], usize) = (if EXTRAS { b"rsadnNptu" } else { b"rs\0dnNptu" }, 3);
const RAW: u32 = 1;
const SILENT: u32 = 2;
const INTO_ARRAY: u32 = 4;
/// Options of `mapfile`; -t takes the delimiters off.
const MAPFILE: (&[u8], usize) = (b"tdnsuO", 1);

/// A line that was read, and what each byte of it is to field splitting.
#[derive(Default)]
struct Line {
    text: Vec<u8>,
    kinds: Vec<u8>,
}

/// A character of `IFS` that is no white space, and one that is; others, and what a backslash has made ordinary, are 0.
const SEPARATOR: u8 = 1;
const BLANK: u8 = 2;

/// Why the reading ended, as a status.
const DELIMITER: u8 = 0;
const INPUT: u8 = 1;
const TIMEOUT: u8 = 142;

impl Shell {
    pub fn read_builtin(&mut self, words: &[&[u8]]) -> Run {
        let mut request = Request::default();
        let names = self.read_options(words, READ, &mut request)?;
        for name in names {
            if !is_name(name) {
                return self.bad_name(name);
            }
        }
        let mut terminal = None;
        let raw = request.count.is_some() || request.delimiter != b'\n';
        let silent = request.flags & SILENT != 0;
        let of_terminal = silent || raw || !request.prompt.is_empty();
        if of_terminal && sys::terminal::is_terminal(request.fd) {
            self.say(request.prompt);
            if (silent || raw)
                && let Ok(settings) = sys::terminal::settings(request.fd)
            {
                let mut new = sys::terminal::Settings(settings.0);
                if silent {
                    new.0.c_lflag &= !(libc::ECHO | libc::ECHOK | libc::ECHONL);
                }
                if raw {
                    new.0.c_lflag &= !libc::ICANON;
                    new.0.c_cc[libc::VMIN] = 1;
                    new.0.c_cc[libc::VTIME] = 0;
                }
                let _ = sys::terminal::set_settings(request.fd, libc::TCSADRAIN, &new);
                terminal = Some(settings);
            }
        }
        let mut line = Line::default();
        let status = self.read_bytes(&request, &mut line);
        if let Some(settings) = terminal {
            let _ = sys::terminal::set_settings(request.fd, libc::TCSADRAIN, &settings);
        }
        let Some(status) = status else {
            // A signal.
            self.status = self.trapped_signal().map_or(130, |signal| (128 + signal) as u8);
            return Ok(());
        };
        match self.assign_fields(&request, names, &line) {
            Ok(()) => self.status = status,
            // A variable that is read-only: told, and no reason to end.
            Err(Stop::Abort) => {}
            Err(stop) => return Err(stop),
        }
        Ok(())
    }

    /// Reads options; the operands.
    #[inline(never)]
    fn read_options<'a>(
        &mut self,
        words: &'a [&'a [u8]],
        (known, flags): (&[u8], usize),
        request: &mut Request<'a>,
    ) -> Run<&'a [&'a [u8]]> {
        request.delimiter = b'\n';
        let mut rest = words;
        while let [[b'-', cluster @ ..], tail @ ..] = rest
            && !cluster.is_empty()
        {
            rest = tail;
            let mut cluster: &[u8] = cluster;
            if cluster == b"-" {
                break;
            }
            while let [letter, behind @ ..] = cluster {
                cluster = behind;
                let Some(place) = known.iter().position(|other| other == letter) else {
                    return self.illegal_option(*letter);
                };
                if place < flags {
                    request.flags |= 1 << place;
                    continue;
                }
                if cluster.is_empty() {
                    let Some((value, tail)) = rest.split_first() else {
                        self.complain_of_option(b"option requires an argument -", *letter);
                        return Err(Stop::Failed);
                    };
                    (cluster, rest) = (value, tail);
                }
                if read_option(*letter, cluster, request).is_none() {
                    return self.fail(2, &[b"invalid number '", cluster, b"'"]);
                }
                break;
            }
        }
        Ok(rest)
    }

    /// Reads byte by byte, so that the next command finds the rest; a file that can be sought goes faster.
    /// `None`: a signal has ended it.
    #[inline(never)]
    fn read_bytes(&mut self, request: &Request, line: &mut Line) -> Option<u8> {
        let start = sys::time::monotonic();
        let mut input = Input::new(request.fd, request.count.is_none() && request.timeout.is_none());
        let mut escaped = false;
        let mut count = 0;
        while request.count.is_none_or(|most| count < most) {
            if let Some(timeout) = request.timeout {
                let left = (timeout - millis_since(&start)).max(0).min(i64::from(i32::MAX)) as i32;
                let mut list = [sys::fd::Poll { fd: request.fd, events: libc::POLLIN, found: 0 }];
                match sys::fd::poll(&mut list, left) {
                    Ok(0) => return Some(if timeout == 0 { INPUT } else { TIMEOUT }),
                    Err(_) if self.signalled() => return None,
                    _ => {}
                }
                // A time of 0 only asks whether there is input.
                if timeout == 0 {
                    return Some(DELIMITER);
                }
            }
            let byte = match input.byte() {
                Ok(Some(byte)) => byte,
                Ok(None) => return Some(INPUT),
                Err(Errno(libc::EINTR)) if self.trapped_signal().is_some() => return None,
                Err(Errno(libc::EINTR)) => continue,
                Err(errno) => {
                    self.system_error(&[b"read"], errno);
                    return Some(INPUT);
                }
            };
            let plain = core::mem::replace(&mut escaped, false);
            if !plain {
                if byte == b'\\' && request.flags & RAW == 0 {
                    escaped = true;
                    continue;
                }
                if byte == request.delimiter && !request.exactly {
                    input.give_back();
                    return Some(DELIMITER);
                }
            }
            // A newline behind a backslash joins lines.
            if byte != if plain { b'\n' } else { 0 } {
                self.push_byte(byte, plain, line);
                count += usize::from(!self.utf8 || byte & 0xc0 != 0x80);
            }
        }
        // The last character may have more bytes to come.
        if self.utf8 && request.count.is_some() {
            let first = line.text.iter().rposition(|byte| byte & 0xc0 != 0x80).unwrap_or(0);
            let width = match line.text.get(first) {
                Some(0xc2..=0xdf) => 2,
                Some(0xe0..=0xef) => 3,
                Some(0xf0..=0xf4) => 4,
                _ => 1,
            };
            while line.text.len() - first < width
                && let Ok(Some(byte)) = input.byte()
            {
                self.push_byte(byte, false, line);
            }
        }
        input.give_back();
        Some(DELIMITER)
    }

    #[inline(never)]
    fn push_byte(&self, byte: u8, literal: bool, line: &mut Line) {
        let kind = match byte {
            _ if literal || self.ifs.get(usize::from(byte)) != Some(&true) => 0,
            b' ' | b'\t' | b'\n' => BLANK,
            _ => SEPARATOR,
        };
        line.text.push(byte);
        line.kinds.push(kind);
    }

    /// `mapfile`: the lines of the input as an array.
    pub fn mapfile(&mut self, words: &[&[u8]]) -> Run {
        let mut request = Request::default();
        let rest = self.read_options(words, MAPFILE, &mut request)?;
        let name = rest.first().copied().unwrap_or(b"MAPFILE");
        if !is_name(name) {
            return self.bad_name(name);
        }
        let sym = self.symbols.intern(name);
        if request.origin.is_none() {
            self.assign_list(sym, false, &[])?;
        }
        let mut most = request.count.filter(|&count| count > 0).unwrap_or(usize::MAX);
        let mut input = Input::new(request.fd, true);
        // What is read to its end needs nothing given back.
        input.seekable |= most == usize::MAX;
        let mut number = request.origin.unwrap_or(0);
        let mut line = Vec::new();
        while most > 0 {
            let byte = match input.byte() {
                Ok(byte) => byte,
                Err(Errno(libc::EINTR)) if self.trapped_signal().is_none() => continue,
                Err(errno) => {
                    self.system_error(&[b"cannot read"], errno);
                    self.status = 1;
                    break;
                }
            };
            let ended = byte == Some(request.delimiter);
            line.extend(byte.filter(|_| !ended || request.flags == 0));
            if !ended && byte.is_some() {
                continue;
            }
            if byte.is_none() && line.is_empty() {
                break;
            }
            if request.skip > 0 {
                request.skip -= 1;
            } else {
                let key = Key { number, ..Key::default() };
                self.set_element(sym, key, false, &line)?;
                number += 1;
                most -= 1;
            }
            line.clear();
            if byte.is_none() {
                break;
            }
        }
        input.give_back();
        Ok(())
    }

    /// Splits the line by `IFS`; the last variable gets the rest.
    #[inline(never)]
    fn assign_fields(&mut self, request: &Request, names: &[&[u8]], line: &Line) -> Run {
        let sym = self.symbols.intern(names.first().copied().unwrap_or(b"REPLY"));
        let array = request.flags & INTO_ARRAY != 0;
        if !array && (request.exactly || names.is_empty()) {
            return self.set(sym, &line.text);
        }
        let most = if array { usize::MAX } else { names.len() };
        let mut words = Args::default();
        let mut at = line.skip_blanks(0);
        while words.len() < most && !(array && at >= line.text.len()) {
            let mut end = line.field_end(at);
            if words.len() + 1 == most {
                end = line.last_field_end(at, end);
            }
            words.push(line.text.get(at..end).unwrap_or_default());
            at = line.skip_separator(end);
        }
        if array {
            return self.assign_words(sym, &words);
        }
        for (name, word) in names.iter().zip(words.iter()) {
            let sym = self.symbols.intern(name);
            self.set(sym, word)?;
        }
        Ok(())
    }
}

/// Takes the value of an option; `None`: it is no number.
#[inline(never)]
fn read_option<'a>(letter: u8, value: &'a [u8], request: &mut Request<'a>) -> Option<()> {
    match letter {
        b'd' => request.delimiter = value.first().copied().unwrap_or(0),
        b'p' => request.prompt = value,
        b't' => {
            let time = applet::value::duration(value).ok()?;
            request.timeout = Some(time.sec * 1000 + i64::from(time.nsec) / 1_000_000);
        }
        _ => {
            let number = num::parse_u64(value).ok()?;
            match letter {
                b'n' | b'N' => {
                    request.count = Some(number as usize);
                    request.exactly = letter == b'N';
                }
                b's' => request.skip = number as usize,
                b'O' => request.origin = Some(number as i64),
                _ => request.fd = RawFd::try_from(number).ok()?,
            }
        }
    }
    Some(())
}

impl Line {
    #[inline(never)]
    fn skip_blanks(&self, mut at: usize) -> usize {
        while self.kinds.get(at) == Some(&BLANK) {
            at += 1;
        }
        at
    }

    /// Behind one separator: white space, at most one other character of `IFS`, white space.
    fn skip_separator(&self, at: usize) -> usize {
        let at = self.skip_blanks(at);
        if self.kinds.get(at) == Some(&SEPARATOR) { self.skip_blanks(at + 1) } else { at }
    }

    fn field_end(&self, mut at: usize) -> usize {
        while self.kinds.get(at) == Some(&0) {
            at += 1;
        }
        at
    }

    /// Where the last variable's value ends: trailing white space of `IFS` is no part of it, nor is a single separator
    /// behind a field that would be the only one, which ends at `first`.
    fn last_field_end(&self, start: usize, first: usize) -> usize {
        let mut end = self.text.len();
        if self.skip_separator(first) >= end {
            return first;
        }
        while end > start && self.kinds.get(end - 1) == Some(&BLANK) {
            end -= 1;
        }
        end
    }
}

/// A descriptor read byte by byte; in blocks if the rest can be given back.
struct Input {
    fd: RawFd,
    seekable: bool,
    buffer: Vec<u8>,
    at: usize,
}

impl Input {
    fn new(fd: RawFd, blocks: bool) -> Input {
        let seekable = blocks && sys::fd::seek(fd, 0, libc::SEEK_CUR).is_ok();
        Input { fd, seekable, buffer: Vec::new(), at: 0 }
    }

    fn byte(&mut self) -> Result<Option<u8>, Errno> {
        if self.at == self.buffer.len() {
            let mut room = [0; 256];
            let most = if self.seekable { room.len() } else { 1 };
            let got = sys::fd::read_once(self.fd, room.get_mut(..most).unwrap_or_default())?;
            self.buffer.clear();
            self.buffer.extend_from_slice(room.get(..got).unwrap_or_default());
            self.at = 0;
        }
        let byte = self.buffer.get(self.at).copied();
        self.at += usize::from(byte.is_some());
        Ok(byte)
    }

    fn give_back(&mut self) {
        let left = self.buffer.len() - self.at;
        if left > 0 && self.seekable {
            let _ = sys::fd::seek(self.fd, -(left as i64), libc::SEEK_CUR);
        }
        self.buffer.clear();
        self.at = 0;
    }
}
