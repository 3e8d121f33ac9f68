//! The files: what is read, and what of it counts.

use alloc::borrow::Cow;
use applet::prelude::*;
use sys::fs::{Stat, Timestamp};

/// One of the two files.
pub struct Input {
    pub name: Vec<u8>,
    /// `None` for a missing file that counts as an empty one.
    pub stat: Option<Stat>,
    pub data: Vec<u8>,
}

impl Input {
    pub fn is_binary(&self) -> bool {
        // As much as GNU looks at.
        memchr::memchr(0, self.data.get(..1 << 15).unwrap_or(&self.data)).is_some()
    }

    /// When it was changed; a pipe is changed right now.
    pub fn time(&self) -> Timestamp {
        match self.stat {
            Some(stat) if self.name != b"-" && !matches!(stat.kind(), libc::S_IFIFO | libc::S_IFSOCK) => {
                stat.modified()
            }
            Some(_) => sys::time::now(),
            None => Timestamp::default(),
        }
    }
}

/// Reads all of a file, into as much memory as its status says.
pub fn read(cx: &Context, name: &[u8], stat: Option<Stat>) -> Result<Vec<u8>> {
    let Some(stat) = stat else { return Ok(Vec::new()) };
    if name == b"-" {
        return cx.open(name)?.rest().at(name);
    }
    let mut fd = sys::fd::open_read(name).at(name)?;
    let mut data = Vec::new();
    let size = if stat.is_file() { stat.size() as usize } else { 0 };
    if data.try_reserve_exact(size.saturating_add(1)).is_err() {
        return Err(Error::system(name, Errno(libc::ENOMEM)));
    }
    read_rest(&mut fd, &mut data).at(name)?;
    Ok(data)
}

fn read_rest(fd: &mut Fd, data: &mut Vec<u8>) -> sys::Result<()> {
    loop {
        if data.capacity() == data.len() {
            data.try_reserve(data.len().max(io::BLOCK)).map_err(|_| Errno(libc::ENOMEM))?;
        }
        if sys::fd::read_spare(fd.raw(), data)? == 0 {
            return Ok(());
        }
    }
}

/// Differences that do not count.
pub struct Rules {
    pub fold: bool,
    /// Tabs are the blanks up to the next column of so many.
    pub tabs: Option<usize>,
    pub trailing: bool,
    pub change: bool,
    pub all: bool,
    pub carriage: bool,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 11 | 12 | b'\r')
}

impl Rules {
    pub fn are_plain(&self) -> bool {
        !(self.fold || self.tabs.is_some() || self.trailing || self.change || self.all || self.carriage)
    }

    /// The text as it is compared: it has the same lines, without what does not count.
    pub fn apply<'t>(&self, text: &'t [u8], complete: bool) -> Cow<'t, [u8]> {
        let ends = self.trailing || self.change || self.all || complete;
        if self.are_plain() && (!complete || text.is_empty() || text.ends_with(b"\n")) {
            return Cow::Borrowed(text);
        }
        let mut out = Vec::with_capacity(text.len() + 1);
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            let body = line.strip_suffix(b"\n").unwrap_or(line);
            let body = if self.carriage { body.strip_suffix(b"\r").unwrap_or(body) } else { body };
            self.line(body, &mut out);
            if ends || body.len() < line.len() {
                out.push(b'\n');
            }
        }
        Cow::Owned(out)
    }

    fn line(&self, line: &[u8], out: &mut Vec<u8>) {
        let mut line = line;
        if self.trailing || self.change || self.all {
            let end = line.iter().rposition(|&byte| !is_space(byte)).map_or(0, |last| last + 1);
            line = line.get(..end).unwrap_or(line);
        }
        let mut column = 0;
        let mut in_space = false;
        for &byte in line {
            if is_space(byte) && self.all {
                continue;
            }
            if is_space(byte) && self.change {
                if !in_space {
                    out.push(b' ');
                }
                in_space = true;
                continue;
            }
            in_space = false;
            match (byte, self.tabs) {
                (b'\t', Some(tab)) => {
                    let next = column + tab - column % tab;
                    out.resize(out.len() + next - column, b' ');
                    column = next;
                    continue;
                }
                (8, _) => column = column.saturating_sub(1),
                _ => column += 1,
            }
            out.push(if self.fold { byte.to_ascii_lowercase() } else { byte });
        }
    }
}
