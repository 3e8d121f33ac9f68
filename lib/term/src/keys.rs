//! What is typed: bytes into keys (ECMA-48 and xterm's sequences).

use alloc::vec::Vec;
use sys::fd::Poll;
use sys::{Errno, RawFd, libc};

/// A key: a character or control code below `0x110000`, a special key, or an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key(pub u32);

impl Key {
    /// The Escape key by itself.
    pub const ESCAPE: Key = Key(27);
    /// Arrow up.
    pub const UP: Key = Key(0x20_0000);
    /// Arrow down.
    pub const DOWN: Key = Key(0x20_0001);
    /// Arrow right.
    pub const RIGHT: Key = Key(0x20_0002);
    /// Arrow left.
    pub const LEFT: Key = Key(0x20_0003);
    /// Home.
    pub const HOME: Key = Key(0x20_0004);
    /// End.
    pub const END: Key = Key(0x20_0005);
    /// Page up.
    pub const PAGE_UP: Key = Key(0x20_0006);
    /// Page down.
    pub const PAGE_DOWN: Key = Key(0x20_0007);
    /// Insert.
    pub const INSERT: Key = Key(0x20_0008);
    /// Delete.
    pub const DELETE: Key = Key(0x20_0009);
    /// Shift and Tab.
    pub const BACK_TAB: Key = Key(0x20_000a);
    /// A pasted text begins.
    pub const PASTE: Key = Key(0x20_000b);
    /// A pasted text ends.
    pub const PASTE_END: Key = Key(0x20_000c);
    /// F1; F2 and so on follow.
    pub const F1: Key = Key(0x20_0011);
    /// A sequence that is none of these.
    pub const UNKNOWN: Key = Key(0x20_0020);
    /// The window has another size.
    pub const RESIZE: Key = Key(0x20_0021);
    /// Nothing came in time.
    pub const TIMEOUT: Key = Key(0x20_0022);
    /// Some other caught signal has come.
    pub const SIGNAL: Key = Key(0x20_0023);
    /// The end of input: the terminal is gone, or the process is to end (caught SIGHUP or SIGTERM).
    pub const GONE: Key = Key(0x20_0024);

    /// With Shift.
    pub const SHIFT: u32 = 1 << 24;
    /// With Alt, or behind Escape.
    pub const ALT: u32 = 1 << 25;
    /// With Control; only on special keys.
    pub const CONTROL: u32 = 1 << 26;
    /// A byte that is part of no character.
    pub const BYTE: u32 = 1 << 27;

    /// The key without Shift, Alt and Control.
    #[must_use]
    pub fn plain(self) -> Key {
        Key(self.0 & !(Key::SHIFT | Key::ALT | Key::CONTROL))
    }

    /// Its byte, for ASCII characters and control codes; 0x80 for all others.
    pub fn ascii(self) -> u8 {
        if self.0 < 0x80 { self.0 as u8 } else { 0x80 }
    }

    /// Whether it is text, not a control code or a special key.
    pub fn is_text(self) -> bool {
        matches!(self.0, 0x20..=0x7e | 0x80..=0x10_ffff) || self.0 & Key::BYTE != 0
    }

    /// Appends a character, or a control code, as it is written in a text.
    pub fn write(self, out: &mut Vec<u8>) {
        if self.0 & Key::BYTE != 0 {
            out.push(self.0 as u8);
        } else {
            text::utf8::encode(self.0, out);
        }
    }
}

const TIMEOUT: i32 = -1;
const SIGNAL: i32 = -2;
const GONE: i32 = -3;

/// Keys from a terminal in raw mode.
///
/// Bytes are read one by one, so that what is typed ahead is there for the next program.
pub struct Keys {
    fd: RawFd,
    utf8: bool,
    /// Whether Escape and a key are that key with Alt; if not, only whole known sequences are more than an Escape.
    pub alt: bool,
    /// Bytes read too far, the next one last.
    held: Vec<u8>,
    /// Keys to be given before others, the next one last.
    queue: Vec<Key>,
}

/// How long the rest of a sequence may take, in milliseconds.
const WAIT: i32 = 50;

impl Keys {
    /// Keys from `fd`; several bytes are one character if `utf8` says so.
    pub fn new(fd: RawFd, utf8: bool) -> Keys {
        Keys { fd, utf8, alt: true, held: Vec::new(), queue: Vec::new() }
    }

    /// The descriptor.
    pub fn fd(&self) -> RawFd {
        self.fd
    }

    /// Gives `keys` before whatever is typed.
    pub fn inject(&mut self, keys: &[Key]) {
        self.queue.extend(keys.iter().rev());
    }

    /// How many injected keys have not been read.
    pub fn injected(&self) -> usize {
        self.queue.len()
    }

    /// Forgets injected keys.
    pub fn drop_injected(&mut self) {
        self.queue.clear();
    }

    /// Whether a key can be read without waiting.
    pub fn waiting(&mut self) -> bool {
        self.waiting_within(0)
    }

    /// Whether a key can be read within so many milliseconds.
    pub fn waiting_within(&mut self, timeout: i32) -> bool {
        if !self.queue.is_empty() || !self.held.is_empty() {
            return true;
        }
        let mut poll = [Poll { fd: self.fd, events: libc::POLLIN, found: 0 }];
        matches!(sys::fd::poll(&mut poll, timeout), Ok(1))
    }

    /// Whether Ctrl-C has been typed, or the terminal is gone; anything else that is typed is kept.
    pub fn interrupted(&mut self) -> bool {
        let mut poll = [Poll { fd: self.fd, events: libc::POLLIN, found: 0 }];
        let mut byte = [3];
        if !matches!(sys::fd::poll(&mut poll, 0), Ok(1)) {
            return false;
        }
        if matches!(sys::fd::read_once(self.fd, &mut byte), Ok(1)) && byte != [3] {
            self.held.insert(0, byte[0]);
            return false;
        }
        true
    }

    /// The next key.
    pub fn read(&mut self) -> Key {
        self.read_within(-1)
    }

    /// The next key, or [`Key::TIMEOUT`] after so many milliseconds; negative: never.
    pub fn read_within(&mut self, timeout: i32) -> Key {
        if let Some(key) = self.queue.pop() {
            return key;
        }
        match self.byte(timeout) {
            TIMEOUT => Key::TIMEOUT,
            SIGNAL if sys::signal::take(libc::SIGWINCH) => Key::RESIZE,
            SIGNAL if sys::signal::take(libc::SIGHUP) || sys::signal::take(libc::SIGTERM) => Key::GONE,
            SIGNAL => Key::SIGNAL,
            GONE => Key::GONE,
            27 => self.escape(),
            byte => self.character(byte as u8),
        }
    }

    /// One byte, or a negative number for what came instead.
    fn byte(&mut self, timeout: i32) -> i32 {
        if let Some(byte) = self.held.pop() {
            return i32::from(byte);
        }
        let mut timeout = timeout;
        loop {
            if timeout >= 0 {
                let mut poll = [Poll { fd: self.fd, events: libc::POLLIN, found: 0 }];
                match sys::fd::poll(&mut poll, timeout) {
                    Ok(0) => return TIMEOUT,
                    Err(Errno(libc::EINTR)) => return SIGNAL,
                    _ => {}
                }
            }
            let mut byte = [0];
            match sys::fd::read_once(self.fd, &mut byte) {
                Ok(1) => return i32::from(byte[0]),
                Err(Errno(libc::EINTR)) => return SIGNAL,
                // Somebody has made the terminal non-blocking: wait here.
                Err(Errno(libc::EAGAIN)) => timeout = i32::MAX,
                _ => return GONE,
            }
        }
    }

    fn hold(&mut self, bytes: &[u8]) {
        self.held.extend(bytes.iter().rev());
    }

    fn character(&mut self, first: u8) -> Key {
        if first < 0x80 {
            return Key(u32::from(first));
        }
        let length = match first {
            _ if !self.utf8 => 1,
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => 1,
        };
        let mut bytes = alloc::vec![first];
        while bytes.len() < length {
            match self.byte(WAIT) {
                byte @ 0x80..=0xbf => bytes.push(byte as u8),
                byte @ 0..=255 => {
                    self.hold(&[byte as u8]);
                    break;
                }
                _ => break,
            }
        }
        if length > 1
            && let Some((scalar, _)) = text::utf8::decode(&bytes)
        {
            return Key(scalar);
        }
        self.hold(bytes.get(1..).unwrap_or_default());
        Key(Key::BYTE | u32::from(first))
    }

    /// What an Escape begins.
    fn escape(&mut self) -> Key {
        let next = self.byte(WAIT);
        match next {
            TIMEOUT | SIGNAL | GONE => Key::ESCAPE,
            0x5b => self.control_sequence(),
            0x4f => self.single_shift(),
            27 if self.alt => {
                // Alt with a special key, by terminals that send an Escape first.
                let key = self.escape();
                Key(key.0 | Key::ALT)
            }
            byte if self.alt => Key(self.character(byte as u8).0 | Key::ALT),
            byte => {
                self.hold(&[byte as u8]);
                Key::ESCAPE
            }
        }
    }

    /// An Escape that begins no sequence, and what came behind it.
    fn no_sequence(&mut self, behind: &[u8]) -> Key {
        match behind {
            [byte, rest @ ..] if self.alt => {
                self.hold(rest);
                Key(u32::from(*byte) | Key::ALT)
            }
            _ => {
                self.hold(behind);
                Key::ESCAPE
            }
        }
    }

    fn single_shift(&mut self) -> Key {
        match self.byte(WAIT) {
            // `Escape O a` is more likely two commands of vi than rxvt's Control and an arrow.
            byte @ 0..=255 => match letter(byte as u8) {
                key if key == Key::UNKNOWN || !self.alt && byte >= 0x61 => {
                    self.no_sequence(&[b'O', byte as u8])
                }
                key => key,
            },
            _ => self.no_sequence(b"O"),
        }
    }

    /// `Escape [`, numbers with `;` between, and a final byte.
    fn control_sequence(&mut self) -> Key {
        let mut numbers = [0u32; 2];
        let mut index = 0;
        let mut seen = alloc::vec![b'['];
        loop {
            let byte = match self.byte(WAIT) {
                byte @ 0..=255 => byte as u8,
                _ => return self.no_sequence(&seen),
            };
            seen.push(byte);
            match byte {
                b'0'..=b'9' => {
                    if let Some(number) = numbers.get_mut(index) {
                        *number = (*number * 10 + u32::from(byte - b'0')).min(9999);
                    }
                }
                b';' => index += 1,
                // The Linux console's F1 to F5: `Escape [ [ A`.
                b'[' if seen.len() == 2 => {
                    return match self.byte(WAIT) {
                        byte @ 0x41..=0x45 => Key(Key::F1.0 + byte as u32 - 0x41),
                        byte @ 0..=255 => self.no_sequence(&[b'[', b'[', byte as u8]),
                        _ => self.no_sequence(b"[["),
                    };
                }
                0x40..=0x7e => {
                    let [number, modifiers] = numbers;
                    let key = match byte {
                        b'~' => numbered(number),
                        b'a'.. => Key::UNKNOWN,
                        _ => letter(byte),
                    };
                    let modifiers = modifiers.saturating_sub(1) & 7;
                    return if key == Key::UNKNOWN { key } else { Key(key.0 | modifiers << 24) };
                }
                // Control characters have no place here.
                0..=0x1f | 0x7f.. => {
                    self.hold(&[byte]);
                    return Key::UNKNOWN;
                }
                _ => {}
            }
            if seen.len() > 32 {
                return Key::UNKNOWN;
            }
        }
    }
}

/// The key of a sequence that ends with a letter.
fn letter(byte: u8) -> Key {
    match byte {
        b'A'..=b'D' => Key(Key::UP.0 + u32::from(byte - b'A')),
        b'H' => Key::HOME,
        b'F' => Key::END,
        b'P'..=b'S' => Key(Key::F1.0 + u32::from(byte - b'P')),
        b'Z' => Key::BACK_TAB,
        // rxvt: with Control.
        b'a'..=b'd' => Key(Key::UP.0 + u32::from(byte - b'a') | Key::CONTROL),
        _ => Key::UNKNOWN,
    }
}

/// The key of a sequence `Escape [ number ~`.
fn numbered(number: u32) -> Key {
    match number {
        1 | 7 => Key::HOME,
        2 => Key::INSERT,
        3 => Key::DELETE,
        4 | 8 => Key::END,
        5 => Key::PAGE_UP,
        6 => Key::PAGE_DOWN,
        11..=15 => Key(Key::F1.0 + number - 11),
        17..=21 => Key(Key::F1.0 + number - 12),
        23 | 24 => Key(Key::F1.0 + number - 13),
        200 => Key::PASTE,
        201 => Key::PASTE_END,
        _ => Key::UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(typed: &[u8], alt: bool) -> Vec<u32> {
        let (read, write) = sys::fd::pipe().unwrap();
        sys::fd::write_all(write.raw(), typed).unwrap();
        drop(write);
        let mut keys = Keys::new(read.raw(), true);
        keys.alt = alt;
        let mut all = Vec::new();
        loop {
            match keys.read() {
                Key::GONE => return all,
                key => all.push(key.0),
            }
        }
    }

    #[test]
    fn sequences() {
        let special =
            [Key::UP, Key::LEFT, Key::HOME, Key::DELETE, Key::PASTE, Key(Key::F1.0 + 4), Key(Key::F1.0 + 11)];
        let special = special.map(|key| key.0);
        assert_eq!(keys(b"\x1b[A\x1bOD\x1b[1~\x1b[3~\x1b[200~\x1b[15~\x1b[24~", true), special);
        assert_eq!(keys(b"\x1b[1;5C", true), [Key::RIGHT.0 | Key::CONTROL]);
        assert_eq!(
            keys(b"\x1b[1;3D\x1bb\x1b\x7f", true),
            [Key::LEFT.0 | Key::ALT, 98 | Key::ALT, 127 | Key::ALT]
        );
        assert_eq!(keys(b"\x1b", true), [27]);
        assert_eq!(keys(b"\x1b[99999999999z\x1b[?1;2c", true), [Key::UNKNOWN.0; 2]);
    }

    #[test]
    fn without_alt() {
        assert_eq!(keys(b"\x1bdd\x1bOx\x1b[A", false), [27, 100, 100, 27, 79, 120, Key::UP.0]);
    }

    #[test]
    fn characters() {
        assert_eq!(keys("aé日😀".as_bytes(), true), [97, 0xe9, 0x65e5, 0x1f600]);
        assert_eq!(keys(b"\xff\xe3\x81a", true), [Key::BYTE | 0xff, Key::BYTE | 0xe3, Key::BYTE | 0x81, 97]);
    }

    proptest! {
        #[test]
        fn plain_text_comes_through(text in "\\PC{0,20}") {
            let mut back = Vec::new();
            for key in keys(text.as_bytes(), true) {
                Key(key).write(&mut back);
            }
            prop_assert_eq!(back, text.as_bytes());
        }

        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(prop_oneof![Just(27u8), Just(b'['), Just(b'O'), any::<u8>()], 0..30)) {
            keys(&bytes, bytes.len() % 2 == 0);
        }
    }
}
