//! The files: what is read, and what of it counts.

use super::{Job, opt};
use applet::prelude::*;
use sys::fs::{Stat, Timestamp};

/// One of the two files.
pub struct Input {
    pub name: Vec<u8>,
    /// Its directory does not have it.
    pub absent: bool,
    /// `None` for a missing file that counts as an empty one.
    stat: Option<Stat>,
    pub data: Vec<u8>,
}

impl Input {
    pub fn new(name: Vec<u8>, absent: bool) -> Input {
        Input { name, absent, stat: None, data: Vec::new() }
    }

    /// Gets its status; `may_lack`: that it is missing is no error.
    pub fn look(&mut self, job: &Job, depth: usize, may_lack: bool) -> Result {
        if self.absent {
            return Ok(());
        }
        let follow = if job.has(opt::NO_DEREFERENCE) { libc::AT_SYMLINK_NOFOLLOW } else { 0 };
        let found = if self.name == b"-" && depth == 0 {
            sys::fs::fstat(sys::fd::STDIN)
        } else {
            sys::fs::statat(sys::fd::CWD, &self.name, follow)
        };
        self.stat = match found {
            Ok(stat) => Some(stat),
            Err(Errno(libc::ENOENT)) if may_lack => None,
            Err(errno) => return Err(Error::system(&self.name, errno)),
        };
        Ok(())
    }

    /// The bits of `S_IFMT`, 0 for a missing file.
    pub fn kind(&self) -> u32 {
        self.stat.as_ref().map_or(0, Stat::kind)
    }

    pub fn kind_name(&self) -> &'static [u8] {
        self.stat.as_ref().map_or(b"", |stat| files::mode::kind_name(stat.mode(), stat.size()))
    }

    pub fn is_dir(&self) -> bool {
        self.kind() == libc::S_IFDIR
    }

    pub fn same(&self, other: &Input) -> bool {
        matches!((&self.stat, &other.stat), (Some(a), Some(b)) if a.same(b))
    }

    /// The size of a regular file; some, as those of /proc, do not tell and have 0.
    pub fn size(&self) -> u64 {
        self.stat.as_ref().filter(|stat| stat.is_file()).map_or(0, Stat::size)
    }

    pub fn is_binary(&self) -> bool {
        // As much as GNU looks at.
        memchr::memchr(0, self.data.get(..1 << 15).unwrap_or(&self.data)).is_some()
    }

    /// When it was changed; a pipe is changed right now.
    pub fn time(&self) -> Timestamp {
        match &self.stat {
            Some(stat) if self.name != b"-" && !matches!(stat.kind(), libc::S_IFIFO | libc::S_IFSOCK) => {
                stat.modified()
            }
            Some(_) => sys::time::now(),
            None => Timestamp::default(),
        }
    }

    /// Reads all of it, into as much memory as its status says.
    pub fn read(&mut self) -> Result {
        if self.kind() == 0 {
            return Ok(());
        }
        self.read_all().at(&self.name)
    }

    #[inline(never)]
    fn read_all(&mut self) -> sys::Result<()> {
        let opened;
        let fd = if self.name == b"-" {
            sys::fd::STDIN
        } else {
            opened = sys::fd::open_read(&self.name)?;
            opened.raw()
        };
        let mut room = (self.size() as usize).saturating_add(1);
        loop {
            self.data.try_reserve_exact(room).map_err(|_| Errno(libc::ENOMEM))?;
            while self.data.capacity() > self.data.len() {
                if sys::fd::read_spare(fd, &mut self.data)? == 0 {
                    return Ok(());
                }
            }
            room = self.data.len().max(io::BLOCK);
        }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 11 | 12 | b'\r')
}

impl Job<'_> {
    /// The text as it is compared: it has the same lines, without what does not count.
    #[inline(never)]
    pub fn compared(&self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() + 1);
        let trims = self.given & super::SPACES != 0;
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            let mut body = line.strip_suffix(b"\n").unwrap_or(line);
            if self.has(opt::STRIP_TRAILING_CR) {
                body = body.strip_suffix(b"\r").unwrap_or(body);
            }
            let whole = body.len() < line.len();
            while trims
                && let [before @ .., byte] = body
                && is_space(*byte)
            {
                body = before;
            }
            self.line(body, &mut out);
            if trims || whole {
                out.push(b'\n');
            }
        }
        out
    }

    fn line(&self, line: &[u8], out: &mut Vec<u8>) {
        let mut column = 0;
        let mut in_space = false;
        for &byte in line {
            if is_space(byte) && self.has(opt::IGNORE_ALL_SPACE) {
                continue;
            }
            if is_space(byte) && self.has(opt::IGNORE_SPACE_CHANGE) {
                if !in_space {
                    out.push(b' ');
                }
                in_space = true;
                continue;
            }
            in_space = false;
            if self.has(opt::IGNORE_TAB_EXPANSION) && byte == b'\t' {
                let blanks = self.tab - column % self.tab;
                out.resize(out.len() + blanks, b' ');
                column += blanks;
                continue;
            }
            column = if byte == 8 { column.saturating_sub(1) } else { column + 1 };
            out.push(if self.has(opt::IGNORE_CASE) { byte.to_ascii_lowercase() } else { byte });
        }
    }
}
