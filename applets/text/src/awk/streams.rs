//! Files and commands that a program reads from and writes to.

use super::world::World;
use alloc::vec::Vec;
use applet::prelude::*;
use sys::process::{Fork, WaitStatus};

/// What a stream is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Writing to a file.
    Write,
    /// Writing to a command.
    Feed,
    /// Reading a file.
    Read,
    /// Reading from a command.
    Run,
}

/// An open file or a running command.
pub struct Stream {
    pub name: Vec<u8>,
    pub mode: Mode,
    pub reader: Option<Reader>,
    writer: Option<Writer>,
    /// What the writer writes to, if it is ours; closed behind it.
    fd: Option<Fd>,
    child: Option<i32>,
}

impl Stream {
    /// Sends what is buffered, closes it, and waits for its command; what `close` gives.
    fn end(mut self) -> f64 {
        let failed = self.writer.as_mut().is_some_and(|writer| writer.flush().is_err());
        drop(self.reader.take());
        drop(self.fd.take());
        match self.child.map(sys::process::wait) {
            Some(Ok(status)) => status_number(status),
            Some(Err(_)) => -1.0,
            None if failed => -1.0,
            None => 0.0,
        }
    }
}

/// What a command's end looks like to a program.
fn status_number(status: WaitStatus) -> f64 {
    match (status.exit_status(), status.signal()) {
        (Some(status), _) => f64::from(status),
        (_, Some(signal)) => 256.0 + f64::from(signal),
        _ => 0.0,
    }
}

/// Starts a command of the shell; one of its descriptors is `end`.
fn start(cx: &Context, command: &[u8], end: Option<(&Fd, i32)>) -> Result<i32> {
    match sys::process::fork().at(command)? {
        Fork::Parent(child) => Ok(child),
        Fork::Child => {
            let ready = end.map_or(Ok(()), |(fd, number)| sys::fd::duplicate_to(fd.raw(), number));
            if ready.is_ok() {
                sys::process::execve(b"/bin/sh", &[b"sh", b"-c", command], cx.environment());
            }
            sys::process::leave(127)
        }
    }
}

impl World {
    /// Sends all output that is buffered anywhere.
    pub fn flush_all(&mut self, cx: &mut Context) -> bool {
        let mut good = cx.out.flush().is_ok();
        for writer in self.streams.iter_mut().filter_map(|stream| stream.writer.as_mut()) {
            good &= writer.flush().is_ok();
        }
        good
    }

    /// `fflush`.
    pub fn flush(&mut self, cx: &mut Context, name: Option<&[u8]>) -> f64 {
        let good = match name {
            None | Some(b"") => self.flush_all(cx),
            Some(b"/dev/stdout" | b"-") => cx.out.flush().is_ok(),
            Some(b"/dev/stderr") => true,
            Some(name) => {
                let mut streams = self.streams.iter_mut().filter(|stream| stream.name == name);
                streams.find_map(|stream| stream.writer.as_mut()).is_some_and(|writer| writer.flush().is_ok())
            }
        };
        if good { 0.0 } else { -1.0 }
    }

    /// `system`.
    pub fn system(&mut self, cx: &mut Context, command: &[u8]) -> Result<f64> {
        self.flush_all(cx);
        let child = start(cx, command, None)?;
        Ok(sys::process::wait(child).map_or(-1.0, status_number))
    }

    /// `close`, of a stream in one direction if `how` says `to` or `from`.
    pub fn close(&mut self, cx: &mut Context, name: &[u8], how: &[u8]) -> f64 {
        let _ = how;
        let mut status = None;
        while let Some(at) = self.streams.iter().position(|stream| stream.name == name) {
            let stream = self.streams.remove(at);
            if stream.mode == Mode::Feed {
                // What the command prints comes behind what we have printed.
                let _ = cx.out.flush();
            }
            status = Some(stream.end());
        }
        status.unwrap_or(-1.0)
    }

    /// Closes everything at the end.
    pub fn close_all(&mut self, cx: &mut Context) {
        let _ = cx.out.flush();
        for stream in core::mem::take(&mut self.streams) {
            stream.end();
        }
    }

    fn add(&mut self, name: &[u8], mode: Mode) -> &mut Stream {
        let stream = Stream { name: name.to_vec(), mode, reader: None, writer: None, fd: None, child: None };
        self.streams.push(stream);
        let last = self.streams.len() - 1;
        &mut self.streams[last]
    }

    /// Writes to a file (`>`, `a` to append) or a command (`|`).
    pub fn write_to(&mut self, cx: &mut Context, mode: u8, name: &[u8], text: &[u8]) -> Result {
        let feed = mode == b'|';
        let wanted = if feed { Mode::Feed } else { Mode::Write };
        if !feed {
            match name {
                b"/dev/stdout" | b"-" => {
                    cx.out.write(text);
                    return Ok(());
                }
                b"/dev/stderr" => {
                    cx.note(&[text]);
                    return Ok(());
                }
                _ => {}
            }
        }
        let known = self.streams.iter().position(|stream| stream.mode == wanted && stream.name == name);
        let at = match known {
            Some(at) => at,
            None if feed => self.open_feed(cx, name)?,
            None => self.open_file(name, mode == b'a')?,
        };
        if let Some(writer) = self.streams.get_mut(at).and_then(|stream| stream.writer.as_mut()) {
            writer.write(text);
            if writer.failed() {
                let errno = writer.flush_and_clear().err().unwrap_or(Errno(libc::EIO));
                // A command that does not want more is no mistake.
                if !(feed && errno.0 == libc::EPIPE) {
                    return Err(Error::system(name, errno).with_status(2));
                }
            }
        }
        Ok(())
    }

    fn open_file(&mut self, name: &[u8], append: bool) -> Result<usize> {
        if name.is_empty() {
            return Err(Error::new(b"output to a file without a name"));
        }
        let how = if append { libc::O_APPEND } else { libc::O_TRUNC };
        let fd = sys::fd::open(name, libc::O_WRONLY | libc::O_CREAT | how, 0o666).at(name)?;
        let stream = self.add(name, Mode::Write);
        stream.writer = Some(Writer::new(fd.raw()));
        stream.fd = Some(fd);
        Ok(self.streams.len() - 1)
    }

    fn open_feed(&mut self, cx: &mut Context, command: &[u8]) -> Result<usize> {
        self.flush_all(cx);
        let (input, output) = sys::fd::pipe().at(command)?;
        let child = start(cx, command, Some((&input, sys::fd::STDIN)))?;
        let stream = self.add(command, Mode::Feed);
        stream.writer = Some(Writer::new(output.raw()));
        stream.fd = Some(output);
        stream.child = Some(child);
        Ok(self.streams.len() - 1)
    }

    /// The stream to read a file or a command's output from; None: it cannot be opened.
    pub fn source(&mut self, cx: &mut Context, kind: u8, name: &[u8]) -> Result<Option<usize>> {
        let mode = if kind == 2 { Mode::Run } else { Mode::Read };
        if let Some(at) = self.streams.iter().position(|stream| stream.mode == mode && stream.name == name) {
            return Ok(Some(at));
        }
        if mode == Mode::Read {
            let reader = match name {
                b"-" | b"/dev/stdin" => Reader::borrow(sys::fd::STDIN),
                _ => match Reader::open(name) {
                    Ok(reader) => reader,
                    Err(_) => return Ok(None),
                },
            };
            self.add(name, mode).reader = Some(reader);
        } else {
            self.flush_all(cx);
            let (input, output) = sys::fd::pipe().at(name)?;
            let child = start(cx, name, Some((&output, sys::fd::STDOUT)))?;
            drop(output);
            let stream = self.add(name, mode);
            stream.reader = Some(Reader::own(input));
            stream.child = Some(child);
        }
        Ok(Some(self.streams.len() - 1))
    }
}
