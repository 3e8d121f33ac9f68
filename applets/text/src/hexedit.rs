//! usage: hexedit [-r] FILE
//!
//! Edit the bytes of FILE on the screen.
//!
//!  -r, --readonly  do not change it
//!
//! Arrows, Page, Home, End: move; Tab: hexadecimal or text; < >: start, end
//! ^S or /: search (text, or hex digits after 0x); n: again; ^G or Return: go to an offset
//! ^U: undo; ^W or F2: save; ^X or F10: save and leave; ^C or q: leave
//!
//! # Notes
//! The commands of hexedit and of BusyBox's. Changes are kept in memory until they are saved, so a file may be of any
//! size; its size does not change.

use applet::prelude::*;
use sys::RawFd;
use term::{Key, Screen};

use crate::console;

applet::options!("hexedit");

/// Bytes in a row.
const ROW: u64 = 16;

struct Editor {
    fd: Fd,
    size: u64,
    screen: Screen,
    /// Where the cursor is, and whether on the second digit of the byte.
    at: u64,
    second: bool,
    top: u64,
    /// The cursor is in the text at the right.
    in_text: bool,
    /// Changed bytes, by their places, sorted.
    changes: Vec<(u64, u8)>,
    /// Changes in order, as they were before (`None`: not changed then), for undo.
    undo: Vec<(u64, Option<u8>)>,
    message: Vec<u8>,
    wanted: Vec<u8>,
    readonly: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let &[name] = options.operands.as_slice() else {
        return Err(match options.operands.get(1) {
            Some(extra) => Error::extra_operand(extra),
            None => Error::missing_operand(),
        });
    };
    let mut readonly = options.has(opt::READONLY);
    let mut opened = if readonly { Err(Errno(libc::EACCES)) } else { sys::fd::open(name, libc::O_RDWR, 0) };
    if matches!(opened, Err(Errno(libc::EACCES | libc::EROFS))) {
        readonly = true;
        opened = sys::fd::open_read(name);
    }
    let fd = opened.at(name)?;
    // The size of a device is where its end is.
    let size = sys::fd::seek(fd.raw(), 0, libc::SEEK_END).at(name)? as u64;
    let fallback = console::window_fallback(cx);
    cx.out.flush().at(b"write error")?;
    let screen =
        Screen::open(sys::fd::STDIN, sys::fd::STDOUT, cx.utf8(), true, fallback).at(b"standard input")?;
    let mut editor = Editor {
        fd,
        size,
        screen,
        at: 0,
        second: false,
        top: 0,
        in_text: false,
        changes: Vec::new(),
        undo: Vec::new(),
        message: Vec::new(),
        wanted: Vec::new(),
        readonly,
    };
    let result = editor.run();
    drop(editor);
    result.at(name)?;
    Ok(cx.status())
}

fn hex(value: u64, digits: u32, out: &mut Vec<u8>) {
    for place in (0..digits).rev() {
        let digit = (value >> (4 * place) & 15) as u8;
        out.push(if digit < 10 { b'0' + digit } else { b'A' + digit - 10 });
    }
}

/// A number: hexadecimal behind `0x`, decimal else.
fn number(text: &[u8]) -> Option<u64> {
    match text.strip_prefix(b"0x").or(text.strip_prefix(b"0X")) {
        Some(digits) if !digits.is_empty() && digits.len() <= 16 => digits
            .iter()
            .try_fold(0, |sum: u64, &byte| Some(sum << 4 | u64::from((byte as char).to_digit(16)?))),
        _ => num::parse_u64(text).ok(),
    }
}

impl Editor {
    fn rows(&self) -> u64 {
        self.screen.rows.saturating_sub(1).max(1) as u64
    }

    /// Reads bytes as they are with the changes.
    fn read(&self, at: u64, buffer: &mut [u8]) -> usize {
        let count = sys::fd::pread(self.fd.raw(), buffer, at as i64).unwrap_or(0);
        let first = self.changes.partition_point(|&(place, _)| place < at);
        for &(place, byte) in self.changes.iter().skip(first) {
            match buffer.get_mut((place - at) as usize) {
                Some(slot) => *slot = byte,
                None => break,
            }
        }
        count
    }

    fn draw(&mut self) {
        let rows = self.rows();
        if self.at < self.top {
            self.top = self.at / ROW * ROW;
        } else if self.at >= self.top + rows * ROW {
            self.top = self.at / ROW * ROW - (rows - 1) * ROW;
        }
        for row in 0..rows {
            let start = self.top + row * ROW;
            let mut line = Vec::new();
            if start < self.size || start == 0 {
                hex(start, 8, &mut line);
                line.push(b' ');
                let mut bytes = [0; ROW as usize];
                let count = self.read(start, &mut bytes);
                let mut text = Vec::new();
                for (index, byte) in bytes.iter().enumerate() {
                    line.extend_from_slice(if index % 4 == 0 { b"  " } else { b" " });
                    if index < count {
                        let changed = self
                            .changes
                            .binary_search_by_key(&(start + index as u64), |change| change.0)
                            .is_ok();
                        if changed {
                            line.extend_from_slice(b"\x1b[1m");
                        }
                        hex(u64::from(*byte), 2, &mut line);
                        if changed {
                            line.extend_from_slice(b"\x1b[m");
                        }
                        text.push(if (32..127).contains(byte) { *byte } else { b'.' });
                    } else {
                        line.extend_from_slice(b"  ");
                    }
                }
                line.extend_from_slice(b"  ");
                line.extend_from_slice(&text);
            }
            self.screen.line(row as usize, &line, 0);
        }
        let mut status = core::mem::take(&mut self.message);
        if status.is_empty() {
            status.extend_from_slice(if self.readonly {
                b"-%%-  "
            } else if self.changes.is_empty() {
                b"---   "
            } else {
                b"-**-  "
            });
            hex(self.at, 8, &mut status);
            status.push(b'/');
            hex(self.size, 8, &mut status);
        }
        self.screen.line(rows as usize, &status, 0);
        let column = self.at % ROW;
        let place = if self.in_text {
            9 + ROW * 3 + ROW / 4 + 2 + column
        } else {
            9 + column * 3 + column / 4 + 2 + u64::from(self.second)
        };
        self.screen.move_to(((self.at - self.top) / ROW) as usize, place as usize);
        self.screen.flush();
    }

    fn run(&mut self) -> sys::Result<()> {
        let mut asked = false;
        loop {
            if !self.screen.keys.waiting() {
                self.draw();
            }
            let key = self.screen.keys.read();
            let second = core::mem::take(&mut self.second);
            let page = self.rows() * ROW;
            match key {
                Key::UP => self.at = self.at.checked_sub(ROW).unwrap_or(self.at),
                Key::DOWN if self.at + ROW < self.size => self.at += ROW,
                Key::LEFT => self.at = self.at.saturating_sub(1),
                Key::RIGHT => self.at += 1,
                Key::PAGE_UP => self.at = self.at.saturating_sub(page),
                Key::PAGE_DOWN => self.at += page,
                Key::HOME | Key(1) => self.at -= self.at % ROW,
                Key::END | Key(5) => self.at += ROW - 1 - self.at % ROW,
                Key::RESIZE => self.screen.resize(),
                Key::GONE => return Ok(()),
                Key(9) => self.in_text = !self.in_text,
                Key(12) => self.screen.forget(),
                Key(7 | 10 | 13) => self.go(),
                Key(19) => self.search(true),
                Key(21 | 8 | 127) => self.take_back(),
                Key(code) if code == 23 || code == Key::F1.0 + 1 => self.save()?,
                Key(code) if code == 24 || code == Key::F1.0 + 9 => {
                    self.save()?;
                    return Ok(());
                }
                Key(3) => {
                    if self.changes.is_empty() || asked {
                        return Ok(());
                    }
                    self.message = b"There are changes: once more to lose them, ^X to save them".to_vec();
                    asked = true;
                    continue;
                }
                _ if self.in_text && key.is_text() && key.0 < 0x80 => {
                    self.change(key.0 as u8);
                    self.at += 1;
                }
                _ => match key.ascii() {
                    b'<' => self.at = 0,
                    b'>' => self.at = self.size.saturating_sub(1),
                    b'/' => self.search(true),
                    b'n' => self.search(false),
                    b'q' => {
                        self.screen.keys.inject(&[Key(3)]);
                        continue;
                    }
                    digit if digit.is_ascii_hexdigit() => {
                        let value = (digit as char).to_digit(16).unwrap_or(0) as u8;
                        let mut byte = [0];
                        self.read(self.at, &mut byte);
                        let [byte] = byte;
                        self.change(if second { byte & 0xf0 | value } else { byte & 0x0f | value << 4 });
                        self.second = !second;
                        self.at += u64::from(second);
                    }
                    _ => self.screen.write(b"\x07"),
                },
            }
            asked = false;
            self.at = self.at.min(self.size.saturating_sub(1));
        }
    }

    fn change(&mut self, byte: u8) {
        if self.readonly || self.at >= self.size {
            self.message = b"The file is only to be read".to_vec();
            return;
        }
        match self.changes.binary_search_by_key(&self.at, |change| change.0) {
            Ok(index) => {
                if let Some(change) = self.changes.get_mut(index) {
                    self.undo.push((self.at, Some(change.1)));
                    change.1 = byte;
                }
            }
            Err(index) => {
                self.undo.push((self.at, None));
                self.changes.insert(index, (self.at, byte));
            }
        }
    }

    fn take_back(&mut self) {
        let Some((at, before)) = self.undo.pop() else { return };
        if let Ok(index) = self.changes.binary_search_by_key(&at, |change| change.0) {
            match before {
                Some(byte) => {
                    if let Some(change) = self.changes.get_mut(index) {
                        change.1 = byte;
                    }
                }
                None => {
                    self.changes.remove(index);
                }
            }
        }
        self.at = at;
    }

    fn save(&mut self) -> sys::Result<()> {
        // Neighbours go out together.
        let mut index = 0;
        while let Some(&(start, _)) = self.changes.get(index) {
            let mut bytes = Vec::new();
            while let Some(&(_, byte)) =
                self.changes.get(index).filter(|change| change.0 == start + bytes.len() as u64)
            {
                bytes.push(byte);
                index += 1;
            }
            write_at(self.fd.raw(), &bytes, start)?;
        }
        self.changes.clear();
        self.undo.clear();
        self.message = b"Saved".to_vec();
        sys::fd::sync(self.fd.raw()).or(Ok(()))
    }

    fn go(&mut self) {
        if let Some(text) = self.screen.ask(b"New position (0x for hexadecimal): ", true, &[]) {
            match number(&text) {
                Some(at) => self.at = at,
                None => self.message = b"No such position".to_vec(),
            }
        }
    }

    fn search(&mut self, new: bool) {
        if new {
            let Some(text) = self.screen.ask(b"Search (0x for hexadecimal): ", true, &[]) else { return };
            self.wanted = match text.strip_prefix(b"0x") {
                Some(digits) => {
                    let digits: Vec<u8> =
                        digits.iter().filter_map(|&byte| Some((byte as char).to_digit(16)? as u8)).collect();
                    digits.chunks(2).map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit)).collect()
                }
                None => text,
            };
        }
        if self.wanted.is_empty() {
            return;
        }
        let mut buffer = alloc::vec![0; 1 << 16];
        let mut at = self.at + 1;
        while at < self.size {
            let count = self.read(at, &mut buffer);
            let bytes = buffer.get(..count).unwrap_or_default();
            if let Some(found) = bytes.windows(self.wanted.len()).position(|part| part == self.wanted) {
                self.at = at + found as u64;
                return;
            }
            if count <= self.wanted.len() {
                break;
            }
            at += (count - self.wanted.len() + 1) as u64;
        }
        self.message = b"Not found".to_vec();
    }
}

fn write_at(fd: RawFd, bytes: &[u8], at: u64) -> sys::Result<()> {
    sys::fd::seek(fd, at as i64, libc::SEEK_SET)?;
    sys::fd::write_all(fd, bytes)
}
