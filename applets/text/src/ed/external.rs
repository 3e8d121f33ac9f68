//! Files and other commands.

use super::{Done, Editor};
use applet::prelude::*;
use sys::process;

impl Editor<'_, '_> {
    /// Begins with the text of a file, or the output of a command behind `!`.
    pub fn edit(&mut self, name: &[u8]) -> Done {
        self.buffer.clear();
        if !name.starts_with(b"!") {
            self.file = Some(name.to_vec());
        }
        let result = self.read(name, 0);
        self.buffer.begin();
        result
    }

    /// Puts the lines of a file, or of a command's output, behind the line `after`.
    pub fn read(&mut self, name: &[u8], after: usize) -> Done {
        let mut text = match name.strip_prefix(b"!") {
            Some(command) => {
                let command = self.expand_command(command)?;
                self.pipe_from(&command)?
            }
            None => match Reader::open(name).and_then(|mut reader| reader.rest()) {
                Ok(text) => text,
                Err(errno) => {
                    self.tell_system(name, errno);
                    return self.fail(b"Cannot open input file");
                }
            },
        };
        if !text.is_empty() {
            if !text.ends_with(b"\n") {
                text.push(b'\n');
                if !self.quiet {
                    self.cx.out.line(b"Newline appended");
                }
            }
            self.buffer.keep();
            self.buffer.current = after + self.buffer.insert_text(after, &text);
        }
        self.tell_size(text.len());
        Ok(())
    }

    fn tell_size(&mut self, size: usize) {
        if !self.quiet {
            self.cx.out.decimal(size as u64);
            self.cx.out.byte(b'\n');
        }
    }

    fn tell_system(&mut self, name: &[u8], errno: Errno) {
        self.cx.note(&[&applet::because(name, errno), b"\n"]);
    }

    /// Writes lines to a file, or into a command behind `!`.
    pub fn write(&mut self, name: &[u8], append: bool) -> Done {
        let range = self.range;
        let lines = (range.first, range.last);
        let size = match name.strip_prefix(b"!") {
            Some(command) => {
                let command = self.expand_command(command)?;
                self.pipe_to(&command, lines)?
            }
            None => match self.save(name, lines, append) {
                Ok(size) => {
                    if range.first <= 1 && range.last == self.buffer.len() {
                        self.buffer.modified = false;
                    }
                    size
                }
                Err(errno) => {
                    self.tell_system(name, errno);
                    return self.fail(b"Cannot open output file");
                }
            },
        };
        self.tell_size(size);
        Ok(())
    }

    pub fn save(&mut self, name: &[u8], lines: (usize, usize), append: bool) -> sys::Result<usize> {
        let how = if append { libc::O_APPEND } else { libc::O_TRUNC };
        let fd = sys::fd::open(name, libc::O_WRONLY | libc::O_CREAT | how, 0o666)?;
        let size = self.send(fd.raw(), lines)?;
        fd.close()?;
        Ok(size)
    }

    fn send(&self, fd: sys::RawFd, (first, last): (usize, usize)) -> sys::Result<usize> {
        let mut out = Writer::new(fd);
        let mut size = 0;
        for line in first.max(1)..=last {
            let text = self.buffer.get(line);
            out.line(text);
            size += text.len() + 1;
        }
        out.flush().map(|()| size)
    }

    /// A command with `%` replaced by the file's name and a leading `!` by the last command.
    pub fn expand_command(&mut self, command: &[u8]) -> Done<Vec<u8>> {
        let mut out = Vec::new();
        let mut rest = command;
        if let [b'!', after @ ..] = rest {
            if self.shell.is_empty() {
                return self.fail(b"No previous command");
            }
            out.extend_from_slice(&self.shell);
            rest = after;
        }
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            match (byte, after) {
                (b'\\', [b'%', after @ ..]) => {
                    out.push(b'%');
                    rest = after;
                }
                (b'%', _) => match &self.file {
                    Some(file) => out.extend_from_slice(file),
                    None => return self.fail(b"No current filename"),
                },
                _ => out.push(byte),
            }
        }
        self.shell.clone_from(&out);
        Ok(out)
    }

    /// Starts a command of the shell with one of its standard descriptors changed.
    fn start(&mut self, command: &[u8], change: Option<(sys::RawFd, i32)>) -> Done<i32> {
        let environment = self.cx.environment();
        let started = self.cx.spawn(&[b"/bin/sh", b"-c", command], environment, &mut || {
            for signal in [libc::SIGINT, libc::SIGHUP, libc::SIGQUIT] {
                sys::signal::default(signal)?.keep();
            }
            match change {
                Some((from, to)) => sys::fd::duplicate_to(from, to).map_err(Error::from),
                None => Ok(()),
            }
        });
        match started {
            Ok(child) => Ok(child),
            Err(error) => {
                self.cx.report(error.with_status(0));
                self.fail(b"Cannot run the command")
            }
        }
    }

    /// Runs a command and waits for it.
    pub fn run_shell(&mut self, command: &[u8]) -> Done {
        let child = self.start(command, None)?;
        let _ = process::wait(child);
        Ok(())
    }

    fn pipe_from(&mut self, command: &[u8]) -> Done<Vec<u8>> {
        let Ok((from, to)) = sys::fd::pipe() else { return self.fail(b"Cannot open pipe") };
        let child = self.start(command, Some((to.raw(), 1)))?;
        drop(to);
        let text = Reader::own(from).rest();
        let _ = process::wait(child);
        match text {
            Ok(text) => Ok(text),
            Err(_) => self.fail(b"Cannot read the command's output"),
        }
    }

    fn pipe_to(&mut self, command: &[u8], lines: (usize, usize)) -> Done<usize> {
        let Ok((from, to)) = sys::fd::pipe() else { return self.fail(b"Cannot open pipe") };
        let child = self.start(command, Some((from.raw(), 0)))?;
        drop(from);
        // A command that does not read to the end must not end us.
        let guard = sys::signal::ignore(libc::SIGPIPE);
        let sent = self.send(to.raw(), lines);
        drop(to);
        drop(guard);
        let status = process::wait(child);
        match (sent, status) {
            (Ok(size), Ok(status)) if status.exit_status() == Some(0) => Ok(size),
            _ => self.fail(b"Cannot write to the command"),
        }
    }
}
