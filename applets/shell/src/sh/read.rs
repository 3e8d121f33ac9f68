//! `read` (POSIX.1-2024 XCU `read`; -d -n -N -p -r -s -t -u as bash and BusyBox).

use alloc::vec::Vec;
use sys::{Errno, RawFd, libc};

use super::parser::EXTRAS;
use super::shell::*;
use super::symbols::*;

/// What `read` was asked for.
#[derive(Default)]
struct Request {
    raw: bool,
    /// The name is an array's, which gets all fields.
    array: bool,
    silent: bool,
    prompt: Vec<u8>,
    delimiter: u8,
    /// The most characters; `exactly`: the delimiter does not end the reading.
    count: Option<usize>,
    exactly: bool,
    /// Milliseconds; `None`: for ever.
    timeout: Option<i64>,
    fd: RawFd,
}

/// Why the reading ended, as a status.
const DELIMITER: u8 = 0;
const INPUT: u8 = 1;
const TIMEOUT: u8 = 142;

impl Shell {
    pub fn read_builtin(&mut self, words: &[&[u8]]) -> Run {
        let mut request = Request { delimiter: b'\n', ..Request::default() };
        let names = self.read_options(words, &mut request)?;
        for name in names {
            if !is_name(name) {
                return self.bad_name(name);
            }
        }
        let mut terminal = None;
        if sys::terminal::is_terminal(request.fd) {
            self.say(&request.prompt);
            let raw = request.count.is_some() || request.delimiter != b'\n';
            if (request.silent || raw)
                && let Ok(settings) = sys::terminal::settings(request.fd)
            {
                let mut new = sys::terminal::Settings(settings.0);
                if request.silent {
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
        let mut line = Vec::new();
        // Bytes that a backslash has made ordinary.
        let mut literal = Vec::new();
        let status = self.read_bytes(&request, &mut line, &mut literal);
        if let Some(settings) = terminal {
            let _ = sys::terminal::set_settings(request.fd, libc::TCSADRAIN, &settings);
        }
        let Some(status) = status else {
            // A signal.
            self.status = self.trapped_signal().map_or(130, |signal| (128 + signal) as u8);
            return Ok(());
        };
        let set = if !request.array && (request.exactly || names.is_empty()) {
            let sym = self.symbols.intern(names.first().copied().unwrap_or(b"REPLY"));
            self.set(sym, &line)
        } else {
            self.assign_fields(request.array, names, &line, &literal)
        };
        match set {
            Ok(()) => self.status = status,
            // A variable that is read-only: told, and no reason to end.
            Err(Stop::Abort) => {}
            Err(stop) => return Err(stop),
        }
        Ok(())
    }

    fn read_options<'a>(&mut self, words: &'a [&'a [u8]], request: &mut Request) -> Run<&'a [&'a [u8]]> {
        let mut rest = words;
        while let [[b'-', cluster @ ..], tail @ ..] = rest {
            if cluster.is_empty() {
                break;
            }
            rest = tail;
            if cluster[..] == b"-"[..] {
                break;
            }
            let mut cluster: &[u8] = cluster;
            while let [letter, behind @ ..] = cluster {
                cluster = behind;
                match letter {
                    b'r' => request.raw = true,
                    b's' => request.silent = true,
                    b'a' if EXTRAS => request.array = true,
                    b'd' | b'n' | b'N' | b'p' | b't' | b'u' => {
                        let value: &[u8] = if behind.is_empty() {
                            let Some((value, tail)) = rest.split_first() else {
                                return {
                                    self.complain_of_option(b"option requires an argument -", *letter);
                                    Err(Stop::Failed)
                                };
                            };
                            rest = tail;
                            value
                        } else {
                            behind
                        };
                        cluster = &[];
                        if !self.read_option(*letter, value, request) {
                            return self.fail(2, &[b"invalid number '", value, b"'"]);
                        }
                    }
                    _ => return self.illegal_option(*letter),
                }
            }
        }
        Ok(rest)
    }

    fn read_option(&mut self, letter: u8, value: &[u8], request: &mut Request) -> bool {
        match letter {
            b'd' => request.delimiter = value.first().copied().unwrap_or(0),
            b'p' => request.prompt = value.to_vec(),
            b'n' | b'N' => {
                let Ok(count) = num::parse_u64(value) else { return false };
                request.count = Some(count as usize);
                request.exactly = letter == b'N';
            }
            b'u' => {
                let Some(fd) = num::parse_u64(value).ok().and_then(|fd| RawFd::try_from(fd).ok()) else {
                    return false;
                };
                request.fd = fd;
            }
            _ => {
                let Ok(time) = applet::value::duration(value) else { return false };
                request.timeout = Some(time.sec * 1000 + i64::from(time.nsec) / 1_000_000);
            }
        }
        true
    }

    /// Reads byte by byte, so that the next command finds the rest; a file that can be sought goes faster.
    /// `None`: a signal has ended it.
    fn read_bytes(&mut self, request: &Request, line: &mut Vec<u8>, literal: &mut Vec<bool>) -> Option<u8> {
        let start = sys::time::monotonic();
        let mut input = Input::new(request.fd, request.count.is_none() && request.timeout.is_none());
        let mut escaped = false;
        let mut count = 0;
        while request.count.is_none_or(|most| count < most) {
            if let Some(timeout) = request.timeout {
                let now = sys::time::monotonic();
                let passed =
                    (now.sec - start.sec) * 1000 + (i64::from(now.nsec) - i64::from(start.nsec)) / 1_000_000;
                let left = (timeout - passed).max(0).min(i64::from(i32::MAX)) as i32;
                let mut list = [sys::fd::Poll { fd: request.fd, events: libc::POLLIN, found: 0 }];
                match sys::fd::poll(&mut list, left) {
                    Ok(0) => return Some(TIMEOUT),
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
                if byte == b'\\' && !request.raw {
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
                line.push(byte);
                literal.push(plain);
                count += usize::from(!self.utf8 || byte & 0xc0 != 0x80);
            }
        }
        // The last character may have more bytes to come.
        if self.utf8 && request.count.is_some() {
            let first = line.iter().rposition(|byte| byte & 0xc0 != 0x80).unwrap_or(0);
            let width = match line.get(first) {
                Some(0xc2..=0xdf) => 2,
                Some(0xe0..=0xef) => 3,
                Some(0xf0..=0xf4) => 4,
                _ => 1,
            };
            while line.len() - first < width
                && let Ok(Some(byte)) = input.byte()
            {
                line.push(byte);
                literal.push(false);
            }
        }
        input.give_back();
        Some(DELIMITER)
    }

    /// `mapfile`: the lines of the input as an array.
    pub fn mapfile(&mut self, words: &[&[u8]]) -> Run {
        let (mut strip, mut delimiter, mut fd, mut origin) = (false, b'\n', 0, None);
        let (mut most, mut skip) = (usize::MAX, 0);
        let mut rest = words;
        while let [[b'-', cluster @ ..], tail @ ..] = rest {
            rest = tail;
            if cluster == b"-" {
                break;
            }
            let mut cluster: &[u8] = cluster;
            while let [letter, behind @ ..] = cluster {
                cluster = behind;
                if *letter == b't' {
                    strip = true;
                    continue;
                }
                if !b"dnsuO".contains(letter) {
                    return self.illegal_option(*letter);
                }
                let mut value = behind;
                if behind.is_empty() {
                    value = rest.first().copied().unwrap_or_default();
                    rest = rest.get(1..).unwrap_or_default();
                }
                cluster = &[];
                if *letter == b'd' {
                    delimiter = value.first().copied().unwrap_or(0);
                    continue;
                }
                let Ok(number) = num::parse_u64(value) else {
                    return self.fail(2, &[b"invalid number '", value, b"'"]);
                };
                match letter {
                    b'n' if number > 0 => most = number as usize,
                    b's' => skip = number as usize,
                    b'u' => fd = number as RawFd,
                    b'O' => origin = Some(number as i64),
                    _ => {}
                }
            }
        }
        let name = rest.first().copied().unwrap_or(b"MAPFILE");
        if !is_name(name) {
            return self.bad_name(name);
        }
        let sym = self.symbols.intern(name);
        if origin.is_none() {
            self.assign_list(sym, false, &[])?;
        }
        let mut input = Input::new(fd, true);
        // What is read to its end needs nothing given back.
        input.seekable |= most == usize::MAX;
        let mut number = origin.unwrap_or(0);
        let mut line = Vec::new();
        while most > 0 {
            let byte = match input.byte() {
                Ok(byte) => byte,
                Err(errno) => {
                    self.system_error(&[b"cannot read"], errno);
                    self.status = 1;
                    break;
                }
            };
            let ended = byte == Some(delimiter);
            line.extend(byte.filter(|_| !ended || !strip));
            if !ended && byte.is_some() {
                continue;
            }
            if byte.is_none() && line.is_empty() {
                break;
            }
            if skip > 0 {
                skip -= 1;
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
    fn assign_fields(&mut self, array: bool, names: &[&[u8]], line: &[u8], literal: &[bool]) -> Run {
        let ifs = self.ifs;
        let separator = |at: usize| match (line.get(at), literal.get(at)) {
            (Some(&byte), Some(false)) => ifs.get(usize::from(byte)).copied().unwrap_or(false),
            _ => false,
        };
        let blank = |at: usize| separator(at) && matches!(line.get(at), Some(b' ' | b'\t' | b'\n'));
        let (separator, blank): (&dyn Fn(usize) -> bool, &dyn Fn(usize) -> bool) = (&separator, &blank);
        let mut at = 0;
        while blank(at) {
            at += 1;
        }
        if array {
            let mut words = Args::default();
            while at < line.len() {
                let start = at;
                while at < line.len() && !separator(at) {
                    at += 1;
                }
                words.push(line.get(start..at).unwrap_or_default());
                at = skip_separator(at, separator, blank);
            }
            let sym = self.symbols.intern(names.first().copied().unwrap_or(b"REPLY"));
            return self.assign_words(sym, &words);
        }
        let last = names.len() - 1;
        for (index, name) in names.iter().enumerate() {
            let sym = self.symbols.intern(name);
            let start = at;
            if index == last {
                let end = last_field_end(line, start, separator, blank);
                let rest = line.get(start..end).unwrap_or_default();
                return self.set(sym, rest);
            }
            while at < line.len() && !separator(at) {
                at += 1;
            }
            let field = line.get(start..at).unwrap_or_default();
            self.set(sym, field)?;
            at = skip_separator(at, separator, blank);
        }
        Ok(())
    }
}

/// Behind one separator: white space, at most one other character of `IFS`, white space.
fn skip_separator(mut at: usize, separator: &dyn Fn(usize) -> bool, blank: &dyn Fn(usize) -> bool) -> usize {
    while blank(at) {
        at += 1;
    }
    if separator(at) {
        at += 1;
        while blank(at) {
            at += 1;
        }
    }
    at
}

/// Where the last variable's value ends: trailing white space of `IFS` is no part of it, nor is a single separator behind
/// a field that would be the only one.
fn last_field_end(
    line: &[u8],
    start: usize,
    separator: &dyn Fn(usize) -> bool,
    blank: &dyn Fn(usize) -> bool,
) -> usize {
    let mut first = start;
    while first < line.len() && !separator(first) {
        first += 1;
    }
    if skip_separator(first, separator, blank) >= line.len() {
        return first;
    }
    let mut end = line.len();
    while end > start && blank(end - 1) {
        end -= 1;
    }
    end
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
