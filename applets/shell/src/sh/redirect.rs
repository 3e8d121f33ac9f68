//! Redirections, and how they are taken back (POSIX.1-2024 XCU 2.7).

use alloc::vec::Vec;
use io::Writer;
use sys::{Errno, Fd, RawFd, libc};

use super::shell::*;
use super::tree::*;

/// How to take a redirection back.
pub enum Undo {
    /// The descriptor, and a copy of what it was; `None`: it was closed.
    Descriptor(RawFd, Option<Fd>),
    /// Output was being captured in memory.
    Output(Writer),
    /// Captured output went to a file in memory, whose text belongs behind the other.
    Gathered(Fd),
}

/// Descriptors of the shell's own are from here on.
pub const OWN: RawFd = 10;

/// The file, its descriptor out of the way of a script's own.
#[inline(never)]
pub fn apart(file: sys::Result<Fd>) -> sys::Result<Fd> {
    sys::fd::duplicate_above(file?.raw(), OWN)
}

/// A pipe always has room for so much.
const PIPE_ROOM: usize = 4096;

impl Shell {
    /// Redirects; on failure, which has been told ([`Stop::Failed`]), what was done is taken back.
    #[inline(never)]
    pub fn redirect(&mut self, redirs: &[Redir], undo: &mut Vec<Undo>) -> Run {
        for redir in redirs {
            let result = self.redirect_one(redir, undo);
            if let Err(stop) = result {
                self.undo(core::mem::take(undo));
                if stop == Stop::Failed {
                    self.status = 1;
                }
                return result;
            }
        }
        Ok(())
    }

    fn redirect_one(&mut self, redir: &Redir, undo: &mut Vec<Undo>) -> Run {
        let mut about = Vec::new();
        let opened = match redir.kind {
            RedirKind::Here => {
                let text = match redir.here.as_ref().and_then(|cell| cell.get()) {
                    Some(word) => self.expand_single(word)?,
                    None => Vec::new(),
                };
                self.text_file(&text)
            }
            RedirKind::HereString => {
                let mut text = self.expand_single(&redir.word)?;
                text.push(b'\n');
                self.text_file(&text)
            }
            RedirKind::Dup => return self.duplicate(redir, undo),
            _ => {
                let file = self.expand_single(&redir.word)?;
                let opened = self.open_file(redir.kind, &file);
                let verb: &[u8] =
                    if redir.kind == RedirKind::Read { b"can't open " } else { b"can't create " };
                about = [verb, &file].concat();
                opened
            }
        };
        match opened {
            Ok(fd) => {
                self.place(fd, redir.fd, undo);
                if let RedirKind::Both { .. } = redir.kind {
                    self.save(2, undo);
                    // 1 is open.
                    let _ = sys::fd::duplicate_to(1, 2);
                }
                Ok(())
            }
            Err(errno) => {
                self.system_error(&[if about.is_empty() { b"here-document" } else { &about }], errno);
                Err(Stop::Failed)
            }
        }
    }

    fn open_file(&self, kind: RedirKind, name: &[u8]) -> Result<Fd, Errno> {
        let create = libc::O_WRONLY | libc::O_CREAT;
        let flags = match kind {
            RedirKind::Read => libc::O_RDONLY,
            RedirKind::ReadWrite => libc::O_RDWR | libc::O_CREAT,
            RedirKind::Append | RedirKind::Both { append: true } => create | libc::O_APPEND,
            RedirKind::Write | RedirKind::Both { .. } if self.has(NOCLOBBER) => return open_new(name),
            _ => create | libc::O_TRUNC,
        };
        sys::fd::open(name, flags, 0o666)
    }

    /// `n<&m`, `n>&m`, `n>&-`.
    fn duplicate(&mut self, redir: &Redir, undo: &mut Vec<Undo>) -> Run {
        let text = self.expand_single(&redir.word)?;
        if text == b"-" {
            self.save(redir.fd, undo);
            sys::fd::close(redir.fd);
            self.closed_standard |= redir.fd < 3;
            return Ok(());
        }
        let (number, moves) = match text.strip_suffix(b"-") {
            Some(number) => (number, true),
            None => (text.as_slice(), false),
        };
        let source = num::parse_u64(number).ok().and_then(|number| RawFd::try_from(number).ok());
        let Some(source) = source else {
            return self.bad_descriptor(&text);
        };
        if source == redir.fd && source < OWN && !(source == 1 && self.captured) {
            if sys::fd::status_flags(source).is_ok() {
                return Ok(());
            }
        } else {
            if source == 1 {
                self.gather(undo);
            }
            // Descriptors of the shell's own are not the script's.
            let own = source >= OWN && sys::fd::is_close_on_exec(source);
            if !own && sys::fd::status_flags(source).is_ok() {
                self.save(redir.fd, undo);
                let result = sys::fd::duplicate_to(source, redir.fd);
                if result.is_ok() {
                    if moves {
                        self.save(source, undo);
                        sys::fd::close(source);
                    }
                    return Ok(());
                }
            }
        }
        self.bad_descriptor(number)
    }

    fn bad_descriptor(&mut self, text: &[u8]) -> Run {
        self.error(&[text, b": bad file descriptor"]);
        Err(Stop::Failed)
    }

    /// Puts an open file at the descriptor `to`.
    fn place(&mut self, file: Fd, to: RawFd, undo: &mut Vec<Undo>) {
        if file.raw() == to {
            // It was closed, and the file has got its number.
            self.leave_memory(to, undo);
            undo.push(Undo::Descriptor(to, None));
            let _ = sys::fd::set_close_on_exec(to, false);
            file.release();
            return;
        }
        self.save(to, undo);
        // Both are open or can be opened.
        let _ = sys::fd::duplicate_to(file.raw(), to);
    }

    /// Writes down what a descriptor is before it changes.
    pub fn save(&mut self, fd: RawFd, undo: &mut Vec<Undo>) {
        self.leave_memory(fd, undo);
        undo.push(Undo::Descriptor(fd, sys::fd::duplicate_above(fd, OWN).ok()));
    }

    /// If output is captured in memory and descriptor 1 is about to be something else, built-ins write there.
    fn leave_memory(&mut self, fd: RawFd, undo: &mut Vec<Undo>) {
        if fd != 1 {
            return;
        }
        if self.captured {
            let memory = core::mem::replace(&mut self.out, Writer::new(sys::fd::STDOUT));
            self.captured = false;
            undo.push(Undo::Output(memory));
        } else {
            self.flush();
        }
    }

    /// Somebody wants a copy of descriptor 1 while output is captured in memory: a file in memory takes its place.
    fn gather(&mut self, undo: &mut Vec<Undo>) {
        if !self.captured {
            return;
        }
        let Ok(file) = apart(sys::fd::memory_file(b"output")) else { return };
        let at = undo.len();
        self.save(1, undo);
        let _ = sys::fd::duplicate_to(file.raw(), 1);
        undo.insert(at + 1, Undo::Gathered(file));
    }

    /// Takes redirections back.
    pub fn undo(&mut self, undo: Vec<Undo>) {
        if undo.is_empty() {
            return;
        }
        self.flush();
        let mut gathered = None;
        for step in undo.into_iter().rev() {
            match step {
                Undo::Descriptor(fd, Some(old)) => {
                    let _ = sys::fd::duplicate_to(old.raw(), fd);
                }
                Undo::Descriptor(fd, None) => sys::fd::close(fd),
                Undo::Gathered(file) => gathered = Some(file),
                Undo::Output(memory) => {
                    self.out = memory;
                    self.captured = true;
                    if let Some(file) = gathered.take() {
                        let _ = sys::fd::seek(file.raw(), 0, libc::SEEK_SET);
                        self.drain(file.raw());
                    }
                }
            }
        }
    }

    /// Appends all that a descriptor gives to the captured output.
    pub fn drain(&mut self, fd: RawFd) {
        let mut buffer = [0; 8192];
        while let Ok(count @ 1..) = sys::fd::read(fd, &mut buffer) {
            self.out.write(buffer.get(..count).unwrap_or_default());
        }
    }

    /// A descriptor to read `text` from.
    fn text_file(&mut self, text: &[u8]) -> Result<Fd, Errno> {
        if text.len() <= PIPE_ROOM {
            let (reader, writer) = sys::fd::pipe()?;
            sys::fd::write_all(writer.raw(), text)?;
            return Ok(reader);
        }
        let file = sys::fd::memory_file(b"here-document")?;
        sys::fd::write_all(file.raw(), text)?;
        sys::fd::seek(file.raw(), 0, libc::SEEK_SET)?;
        Ok(file)
    }

    /// Makes redirections of `exec` last; a subshell takes them back when it ends.
    pub fn keep(&mut self, undo: Vec<Undo>) {
        for step in undo {
            match step {
                Undo::Descriptor(fd, old) if self.level > self.own_level => {
                    self.journal.push(Change::Descriptor(fd, old));
                }
                Undo::Descriptor(..) => {}
                // Only in a command substitution, which is run by a child then: see `run_exec`.
                Undo::Output(_) | Undo::Gathered(_) => {}
            }
        }
    }
}

/// `>` with `set -C`: a regular file must not be there yet.
fn open_new(name: &[u8]) -> Result<Fd, Errno> {
    match sys::fd::open(name, libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, 0o666) {
        Err(Errno(libc::EEXIST)) => {
            let fd = sys::fd::open(name, libc::O_WRONLY, 0o666)?;
            if sys::fs::fstat(fd.raw())?.is_file() { Err(Errno(libc::EEXIST)) } else { Ok(fd) }
        }
        result => result,
    }
}
