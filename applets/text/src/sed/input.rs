//! The lines of all input files, one after the other, and where output goes while files are edited in place.

use applet::prelude::*;
use files::temporary::Replacement;

use super::Settings;

/// A place to write to.
pub struct Output {
    pub writer: Writer,
    /// The last line came without its end, which is written before the next one.
    pub torn: bool,
    /// Kept open as long as it is written to.
    _file: Option<Fd>,
}

impl Output {
    pub fn new(writer: Writer, file: Option<Fd>) -> Output {
        Output { writer, torn: false, _file: file }
    }

    /// Ends a line that was left without its end.
    pub fn mend(&mut self, end: u8) {
        if core::mem::take(&mut self.torn) {
            self.writer.byte(end);
        }
    }

    /// Writes a line, whole unless the input lacked its end.
    pub fn line(&mut self, text: &[u8], whole: bool, end: u8) {
        self.mend(end);
        self.writer.write(text);
        if whole {
            self.writer.byte(end);
        }
        self.torn = !whole;
    }
}

/// A file that is being edited.
struct Edit {
    name: Vec<u8>,
    stat: sys::fs::Stat,
    new: Replacement,
}

pub struct Input<'a> {
    settings: &'a Settings<'a>,
    operands: &'a [&'a [u8]],
    pub reader: Reader,
    /// Whether `reader` is a file in work.
    open: bool,
    /// The next file, if it had to be looked into.
    upcoming: Option<(Reader, &'a [u8])>,
    pub name: &'a [u8],
    edit: Option<Edit>,
    /// Where the edited file goes.
    pub edited: Option<Output>,
    /// Length of the line in work at the start of what the reader has, and with its end.
    pub length: usize,
    pub used: usize,
    pub number: u64,
    /// Whether a file has begun since the last time this was set to `false`.
    pub begun: bool,
}

impl<'a> Input<'a> {
    pub fn new(settings: &'a Settings<'a>, operands: &'a [&'a [u8]]) -> Input<'a> {
        Input {
            settings,
            operands,
            reader: Reader::borrow(sys::fd::STDIN),
            open: false,
            upcoming: None,
            name: b"-",
            edit: None,
            edited: None,
            length: 0,
            used: 0,
            number: 0,
            begun: false,
        }
    }

    /// The line in work as it was read.
    pub fn line(&self) -> &[u8] {
        self.reader.buffered().get(..self.length).unwrap_or_default()
    }

    /// Whether the line in work had its end.
    pub fn whole(&self) -> bool {
        self.used > self.length
    }

    /// Leaves the line in work behind.
    pub fn drop_line(&mut self) {
        self.reader.consume(self.used);
        (self.used, self.length) = (0, 0);
    }

    /// Goes on to a file that has something to read; `false` at the end of all.
    pub fn fill(&mut self, cx: &mut Context) -> Result<bool> {
        loop {
            if self.open {
                let block = self.reader.block();
                match block {
                    Ok([_, ..]) => return Ok(true),
                    Ok([]) => {}
                    Err(errno) => unreadable(cx, b"read error on ", self.name, errno),
                }
                self.open = false;
                self.finish(cx)?;
            }
            let next = match self.upcoming.take() {
                Some(next) => Some(next),
                None => self.open_next(cx),
            };
            let Some((reader, name)) = next else { return Ok(false) };
            (self.reader, self.name) = (reader, name);
            self.begun = true;
            self.open = true;
            if self.settings.in_place.is_some()
                && let Err(error) = self.begin_edit()
            {
                cx.report_at(name, error.with_status(4));
                self.open = false;
            }
        }
    }

    /// Reads the next line; `false` at the end.
    pub fn next_line(&mut self, cx: &mut Context) -> Result<bool> {
        self.drop_line();
        loop {
            if !self.fill(cx)? {
                return Ok(false);
            }
            let end = self.settings.end;
            match self.reader.peek_line(end) {
                Ok([]) => {}
                Ok(line) => {
                    self.used = line.len();
                    self.length = line.len() - usize::from(line.last() == Some(&end));
                    self.number += 1;
                    return Ok(true);
                }
                Err(errno) => {
                    unreadable(cx, b"read error on ", self.name, errno);
                    self.open = false;
                    self.finish(cx)?;
                }
            }
        }
    }

    /// Whether another line follows; with separate files, another one in this file.
    pub fn more(&mut self, cx: &mut Context) -> bool {
        if self.reader.buffered().len() > self.used {
            return true;
        }
        match self.reader.fill_more() {
            Ok(true) => return true,
            Ok(false) => {}
            // Told when it is read.
            Err(_) => return true,
        }
        if self.settings.separate {
            return false;
        }
        while self.upcoming.is_none() {
            let Some((mut reader, name)) = self.open_next(cx) else { return false };
            match reader.block() {
                Ok([_, ..]) => self.upcoming = Some((reader, name)),
                Ok([]) => {}
                Err(errno) => unreadable(cx, b"read error on ", name, errno),
            }
        }
        true
    }

    fn open_next(&mut self, cx: &mut Context) -> Option<(Reader, &'a [u8])> {
        while let [name, rest @ ..] = self.operands {
            self.operands = rest;
            // What is edited is a file, even `-`.
            let file = if *name == b"-" && self.settings.in_place.is_some() { b"./-" } else { *name };
            match cx.open(file) {
                Ok(mut reader) => {
                    if self.settings.unbuffered {
                        reader.one_by_one();
                    }
                    return Some((reader, name));
                }
                Err(error) => {
                    unreadable(cx, b"can't read ", name, error.errno().unwrap_or(Errno(libc::EIO)));
                }
            }
        }
        None
    }

    fn begin_edit(&mut self) -> Result {
        let stat = sys::fs::fstat(self.reader.fd())?;
        if !stat.is_file() {
            return Err(Error::parts(&[b"couldn't edit ", self.name, b": not a regular file"]));
        }
        let mut name = self.name.to_vec();
        for _ in 0..40 {
            let target = if self.settings.follow { sys::fs::readlinkat(sys::fd::CWD, &name) } else { break };
            let Ok(target) = target else { break };
            let folder = name.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
            name.truncate(if target.first() == Some(&b'/') { 0 } else { folder });
            name.extend_from_slice(&target);
        }
        let new = Replacement::new(sys::fd::CWD, &name, 0o600)
            .map_err(|errno| failed(b"couldn't open temporary file beside ", &name, errno))?;
        new.become_like(&stat)?;
        self.edited = Some(Output::new(Writer::new(new.fd()), None));
        self.edit = Some(Edit { name, stat, new });
        Ok(())
    }

    /// The file in work has been read: what it has become takes its place.
    pub fn finish(&mut self, cx: &mut Context) -> Result {
        let (Some(edit), Some(mut output)) = (self.edit.take(), self.edited.take()) else { return Ok(()) };
        output.writer.flush().map_err(|errno| failed(b"couldn't write ", &edit.name, errno))?;
        let not_renamed = |errno| failed(b"cannot rename ", &edit.name, errno);
        if let Some(suffix) = self.settings.in_place.filter(|suffix| !suffix.is_empty()) {
            let backup = backup_name(&edit.name, suffix);
            back_up(&edit.name, &backup).map_err(not_renamed)?;
        }
        // Writing may have cost the bits that give rights.
        let mode = edit.stat.mode() & 0o7777;
        if mode & 0o6000 != 0 {
            let _ = edit.new.become_like(&edit.stat);
        }
        if let Err(errno) = edit.new.commit(false) {
            cx.report(not_renamed(errno));
        }
        Ok(())
    }
}

#[cold]
#[inline(never)]
fn failed(what: &[u8], name: &[u8], errno: Errno) -> Error {
    Error::system(&[what, name].concat(), errno).with_status(4)
}

#[cold]
fn unreadable(cx: &mut Context, what: &[u8], name: &[u8], errno: Errno) {
    let status = if what.starts_with(b"read") { 4 } else { 2 };
    cx.report(Error::system(&[what, name].concat(), errno).with_status(status));
}

/// The name of the old file: a `*` in the suffix is the name, a slash in it leads to another folder.
fn backup_name(name: &[u8], suffix: &[u8]) -> Vec<u8> {
    let at = name.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
    let (folder, base) = name.split_at_checked(at).unwrap_or_default();
    let mut new = Vec::new();
    if !suffix.contains(&b'*') {
        new.extend_from_slice(base);
    }
    for &byte in suffix {
        if byte == b'*' {
            new.extend_from_slice(base);
        } else {
            new.push(byte);
        }
    }
    if new.contains(&b'/') { new } else { [folder, &new].concat() }
}

/// Gives the old file its second name; the first one is never without a file, where links are possible.
fn back_up(name: &[u8], backup: &[u8]) -> sys::Result<()> {
    let cwd = sys::fd::CWD;
    if let Err(errno) = sys::fs::unlinkat(cwd, backup, 0)
        && errno.0 != libc::ENOENT
    {
        return Err(errno);
    }
    sys::fs::linkat(cwd, name, cwd, backup, 0).or_else(|_| sys::fs::renameat(cwd, name, cwd, backup, 0))
}
