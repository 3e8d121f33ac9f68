//! Files and commands: reading, writing, and what other programs make of the text.

use applet::prelude::*;
use files::temporary::Replacement;
use sys::fs::Stat;

use super::text::Text;
use super::{Vi, flag};

/// What the name of a file ends with that holds the changes of one.
const KEPT: &[u8] = b".save";

/// Lists the files here that have been kept.
pub fn list_kept(cx: &mut Context) -> Result<()> {
    let fd = sys::fs::open_dir(sys::fd::CWD, b".", 0).at(b".")?;
    let (mut listing, _) = walk::Listing::read(fd.raw(), &mut Vec::new());
    while let Some(entry) = listing.next() {
        if entry.name.ends_with(KEPT) {
            cx.out.line(entry.name);
        }
    }
    Ok(())
}

impl Vi<'_, '_> {
    fn say_error(&mut self, name: &[u8], errno: Errno) {
        self.message = applet::because(name, errno);
    }

    /// Edits the file `name` from now on; a file that does not exist is new.
    pub fn edit(&mut self, name: &[u8]) -> bool {
        let mut bytes = Vec::new();
        let mut new = name.is_empty();
        let kept = [name, KEPT].concat();
        if !new {
            match self.read(if self.recovered { &kept } else { name }) {
                Ok(read) => bytes = read,
                Err(Errno(libc::ENOENT)) => new = true,
                Err(errno) => {
                    self.say_error(name, errno);
                    if !self.name.is_empty() {
                        return false;
                    }
                }
            }
        }
        let tab = self.text.tab;
        self.text = Text::new(bytes, self.cx.utf8());
        self.text.tab = tab;
        self.text.set_mark(b'\'', 0);
        self.name = name.to_vec();
        self.cursor = self.text.first_nonblank(0);
        self.top = (0, 0);
        self.line_before.0 = usize::MAX;
        self.recovered &= !new;
        self.text.modified = self.recovered;
        let changed = |name: &[u8]| sys::fs::stat(name).ok().map(|stat| stat.modified());
        if !self.recovered && changed(&kept) > changed(name) {
            self.say(&[b"'", &kept, b"' has unsaved changes: vi -r recovers them"]);
        }
        if self.message.is_empty() && !name.is_empty() {
            if new {
                self.say(&[b"'", name, b"' [New file]"]);
            } else {
                let void = usize::from(self.text.void);
                self.counted(name, self.text.lines() - void, self.text.len() - void, b"");
            }
        }
        true
    }

    fn counted(&mut self, name: &[u8], lines: usize, size: usize, what: &[u8]) {
        self.message.clear();
        let numbers = [lines as i64, size as i64];
        applet::fill(b"'%s' %d lines, %d bytes%s", &[name, what], &numbers, &mut self.message);
    }

    fn read(&mut self, name: &[u8]) -> sys::Result<Vec<u8>> {
        let fd = sys::fd::open_read(name)?;
        if sys::fs::fstat(fd.raw())?.is_dir() {
            return Err(Errno(libc::EISDIR));
        }
        Reader::own(fd).rest()
    }

    /// `:r`: puts a file's lines behind the line at `at`.
    pub fn read_in(&mut self, name: &[u8], at: usize) {
        match self.read(name) {
            Ok(bytes) => self.put_lines(bytes, at),
            Err(errno) => self.say_error(name, errno),
        }
    }

    /// Puts lines in at `at`, the start of a line.
    pub fn put_lines(&mut self, mut bytes: Vec<u8>, at: usize) {
        if !bytes.is_empty() {
            if bytes.last() != Some(&b'\n') {
                bytes.push(b'\n');
            }
            self.text.replace(at, at, &bytes);
            self.cursor = self.text.first_nonblank(at);
        }
    }

    /// Writes the bytes from `from` to `to` into `name`; whether that went well.
    pub fn write(&mut self, name: &[u8], from: usize, to: usize, append: bool, force: bool) -> bool {
        if name.is_empty() {
            self.tell(b"No file name");
            return false;
        }
        let old = sys::fs::stat(name);
        if !force && !append {
            if self.set.on(flag::READONLY) && name == self.name {
                self.tell(b"The file is only to be read: add ! to override");
                return false;
            }
            if name != self.name && old.is_ok() {
                self.say(&[name, b" exists: add ! to override"]);
                return false;
            }
        }
        let bytes = if self.text.void { b"" } else { self.text.slice(from, to) };
        let result = match &old {
            Ok(stat) if !append && stat.is_file() && stat.nlink() == 1 => replace(name, stat, bytes),
            _ => write_over(name, bytes, append),
        };
        match result {
            Ok(()) => {
                let (lines, size) = (memchr::memchr_iter(b'\n', bytes).count(), bytes.len());
                if from == 0 && to == self.text.len() && name == self.name {
                    self.text.modified = false;
                    if core::mem::take(&mut self.recovered) {
                        let _ = sys::fs::unlinkat(sys::fd::CWD, &[name, KEPT].concat(), 0);
                    }
                }
                self.counted(name, lines, size, if old.is_ok() { b" written" } else { b" [New] written" });
                true
            }
            Err(errno) => {
                self.say_error(name, errno);
                false
            }
        }
    }

    /// The terminal is gone: a changed text is kept beside its file.
    pub fn keep(&mut self) {
        if self.text.modified && !self.done {
            let name: &[u8] = if self.name.is_empty() { b"vi" } else { &self.name };
            let name = [name, KEPT].concat();
            let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC | libc::O_NOFOLLOW;
            if let Ok(fd) = sys::fd::open(&name, flags, 0o600) {
                let _ = sys::fd::write_all(fd.raw(), &self.text.bytes);
                let _ = sys::fd::sync(fd.raw());
            }
            self.cx.set_status(1);
        }
        self.done = true;
    }

    /// What a command line makes of `input`; its errors are part of that.
    pub fn capture(&mut self, command: &[u8], input: &[u8]) -> Option<Vec<u8>> {
        let result = self.run(command, input);
        self.screen.forget();
        result.map_err(|errno| self.say_error(command, errno)).ok()
    }

    fn run(&mut self, command: &[u8], input: &[u8]) -> sys::Result<Vec<u8>> {
        let stdin = sys::fd::memory_file(b"vi")?;
        sys::fd::write_all(stdin.raw(), input)?;
        sys::fd::seek(stdin.raw(), 0, libc::SEEK_SET)?;
        crate::console::capture(self.cx, &[b"sh", b"-c", command], stdin.raw(), true)
    }

    /// `:!command`: runs it on the terminal.
    pub fn run_away(&mut self, command: &[u8]) {
        let (cx, screen) = (&mut *self.cx, &mut self.screen);
        screen.away(&mut || {
            crate::console::run_shell(cx, command);
            cx.note(&[b"[Press return]"]);
            let mut byte = [0];
            while matches!(sys::fd::read_once(sys::fd::STDIN, &mut byte), Ok(1)) && byte != *b"\n" {}
        });
    }
}

/// Puts a complete new file in the place of the old one, links to it followed; where that cannot be, writes over it.
#[inline(never)]
fn replace(name: &[u8], stat: &Stat, bytes: &[u8]) -> sys::Result<()> {
    let target = files::canonical::name(name)?;
    // A file of somebody else would become ours.
    let ours = stat.uid() == sys::process::euid() || sys::process::euid() == 0;
    let writable = sys::fs::access(sys::fd::CWD, &target, libc::W_OK).is_ok();
    let new = if ours && writable { Replacement::new(sys::fd::CWD, &target, 0o600).ok() } else { None };
    let Some(new) = new else {
        return write_over(name, bytes, false);
    };
    sys::fd::write_all(new.fd(), bytes)?;
    new.become_like(stat)?;
    new.commit(true)
}

fn write_over(name: &[u8], bytes: &[u8], append: bool) -> sys::Result<()> {
    let how = if append { libc::O_APPEND } else { libc::O_TRUNC };
    let fd = sys::fd::open(name, libc::O_WRONLY | libc::O_CREAT | how, 0o666)?;
    sys::fd::write_all(fd.raw(), bytes)?;
    fd.close()
}
