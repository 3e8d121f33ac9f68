//! Running applets, as functions or in children, other programs, and pipelines of them.

use alloc::rc::Rc;
use alloc::vec::Vec;
use applet::{Class, Context};
use io::Writer;
use sys::{Errno, libc};

use super::command::{Target, candidates, is_program};
use super::jobs::Launch;
use super::redirect::Undo;
use super::shell::*;
use super::symbols::*;
use super::tree::*;

/// This very binary.
pub const BINARY: &[u8] = b"/proc/self/exe";

/// Applets that end at once whatever they are given: they run in an interactive shell's own process, too.
const INSTANT: &[u8] = b"basename dirname echo printf test [ [[ true false expr pwd id uname whoami date logname tty \
nproc printenv arch hostid readlink realpath mktemp chmod chown chgrp mkdir rmdir ln touch mknod mkfifo stat seq";

/// Applets whose output ends when their input does and is not much longer than it.
const FILTERS: &[u8] =
    b"cat sed grep egrep fgrep tr cut head uniq wc rev tac nl fold expand unexpand paste od \
md5sum sha1sum sha256sum sha512sum cksum base64 base32 hexdump xxd strings fmt";

impl Shell {
    /// The file to execute for an applet as a program of its own: this binary, or before /proc is mounted its link in `PATH`.
    pub fn own_path(&self, name: &[u8]) -> Vec<u8> {
        let found = match sys::fs::access(sys::fd::CWD, BINARY, libc::X_OK) {
            Ok(()) => None,
            Err(_) => candidates(&self.symbols.get(PATH).var.value, name).find(|file| is_program(file)),
        };
        found.unwrap_or_else(|| BINARY.to_vec())
    }

    /// Whether an applet may run as a function now.
    #[inline(never)]
    fn is_inline(&self, id: usize, name: &[u8]) -> bool {
        if self.always_fork || (self.house.class)(id) != Class::InProcess {
            return false;
        }
        !self.interactive || listed(INSTANT, name)
    }

    pub fn run_applet(&mut self, id: usize, args: &Args, first: usize, tail: bool) {
        let words = args.slices(first);
        let Some((&name, rest)) = words.split_first() else { return };
        let name = name.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        self.renew_environment();
        // In a process that ends with it, any applet may run as a function.
        let own = tail && self.level > 0 && self.ends_with_command();
        if self.is_inline(id, name) || own && (self.house.class)(id) != Class::Exec {
            if !own {
                self.outlive_pipes();
            }
            self.status = self.call_applet(id, name, rest);
            // As a process, it alone would have been ended; these two are built into every other shell.
            if !matches!(name, b"echo" | b"printf") && self.trap_of(libc::SIGPIPE as usize).is_none() {
                sys::signal::take(libc::SIGPIPE);
            }
            return;
        }
        if (self.house.class)(id) == Class::Exec {
            let path = self.own_path(name);
            return self.run_external(&path, args, first, tail);
        }
        let mut launch = Launch::new(self, true);
        self.spawn_into(&mut launch, &mut |shell| {
            shell.status = shell.call_applet(id, name, rest);
            Ok(())
        });
        self.status = self.wait_launch(launch, &words.join(&b" "[..]));
    }

    /// Calls an applet as a function; its status.
    pub fn call_applet(&mut self, id: usize, name: &[u8], args: &[&[u8]]) -> u8 {
        let environment: Vec<&[u8]> = self.environment.iter().map(Vec::as_slice).collect();
        let out = core::mem::replace(&mut self.out, Writer::new(sys::fd::STDOUT));
        // A file that the applet opens must not become a standard descriptor that a redirection has closed.
        let held = if self.closed_standard { sys::start::hold_standard_descriptors() } else { 0 };
        // A signal that has a trap would end the applet if it were a process; the trap is run after it. Those that are
        // sent to do something else are sent to the shell alone, and so is what is sent to the shell around a subshell.
        const DEADLY: u64 = 1 << libc::SIGHUP
            | 1 << libc::SIGINT
            | 1 << libc::SIGQUIT
            | 1 << libc::SIGPIPE
            | 1 << libc::SIGTERM;
        let mut deadly = self.caught << 1 & DEADLY;
        if self.level > self.own_level {
            deadly &= !(1 << libc::SIGTERM);
        }
        if matches!(name, b"echo" | b"printf" | b"test") {
            deadly &= 1 << libc::SIGPIPE;
        }
        if deadly != 0 {
            sys::signal::ending(deadly);
        }
        let mut cx = Context::new(name, args, &environment, out, self.house);
        let result = (self.house.run)(id, &mut cx);
        let (mut status, out) = cx.close(result);
        if deadly != 0 {
            if sys::signal::has_ended() {
                status = (1..64)
                    .find(|&signal| deadly >> signal & 1 != 0 && sys::signal::has_come(signal))
                    .map_or(status, |signal| (128 + signal) as u8);
            }
            sys::signal::ending(0);
        }
        self.out = out;
        for fd in 0..3 {
            if held >> fd & 1 != 0 {
                sys::fd::close(fd);
            }
        }
        status
    }

    /// Whether this process may end with the last command of its list, which may have set a trap since it began.
    #[inline(never)]
    fn ends_with_command(&self) -> bool {
        self.level == self.own_level && !self.captured && !self.interactive && !self.has_traps()
    }

    pub fn run_external(&mut self, path: &[u8], args: &Args, first: usize, tail: bool) {
        self.renew_environment();
        let words = args.slices(first);
        if tail && self.ends_with_command() {
            self.flush();
            let errno = self.exec(path, &words);
            return self.exec_failed(path, errno);
        }
        let mut launch = Launch::new(self, true);
        let result = self.spawn_external(path, &words, &mut launch);
        self.status = self.wait_launch(launch, &words.join(&b" "[..]));
        if let Err(errno) = result {
            self.exec_failed(path, errno);
        }
    }

    #[cold]
    pub fn exec_failed(&mut self, path: &[u8], errno: Errno) {
        self.status = if matches!(errno.0, libc::ENOENT | libc::ENOTDIR) { 127 } else { 126 };
        self.system_error(&[path], errno);
    }

    /// Starts a program; a text without `#!` is run by this shell in a child.
    fn spawn_external(&mut self, path: &[u8], words: &[&[u8]], launch: &mut Launch) -> Result<(), Errno> {
        if !self.has(MONITOR) && !self.always_fork {
            // The program's output comes behind that of built-ins.
            self.flush();
            let piped = self.pipe_output();
            let environment: Vec<&[u8]> = self.environment.iter().map(Vec::as_slice).collect();
            let result = sys::process::spawn(path, words, &environment, None, 0);
            let reader = piped.map(|(reader, undo)| {
                self.undo(undo);
                reader
            });
            match result {
                Ok(pid) => {
                    launch.add(pid);
                    if let Some(reader) = reader {
                        self.drain(reader.raw());
                    }
                    return Ok(());
                }
                Err(Errno(libc::ENOEXEC)) => {}
                Err(errno) => return Err(errno),
            }
        }
        self.spawn_into(launch, &mut |shell| {
            let errno = shell.exec(path, words);
            shell.exec_failed(path, errno);
            Ok(())
        });
        Ok(())
    }

    /// Replaces this process by a program; a text without `#!` is run by a shell like this one.
    pub fn exec(&mut self, path: &[u8], words: &[&[u8]]) -> Errno {
        self.signals_for_exec();
        let environment: Vec<&[u8]> = self.environment.iter().map(Vec::as_slice).collect();
        let errno = sys::process::execve(path, words, &environment);
        if errno.0 != libc::ENOEXEC || is_binary(path) {
            return errno;
        }
        let mut script: Vec<&[u8]> = alloc::vec![b"sh", path];
        script.extend(words.iter().skip(1));
        sys::process::execve(&self.own_path(b"sh"), &script, &environment)
    }

    /// Runs `body` in a child that belongs to `launch`. Captured output is read while it runs.
    pub fn spawn_into(&mut self, launch: &mut Launch, body: &mut dyn FnMut(&mut Shell) -> Run) {
        let piped = self.pipe_output();
        let forked = self.fork_child(launch, body);
        if let Some((reader, undo)) = piped {
            self.undo(undo);
            if forked {
                self.drain(reader.raw());
            }
        }
    }

    /// If output is captured in memory: makes descriptor 1 a pipe for a child, and gives its reading end.
    pub fn pipe_output(&mut self) -> Option<(sys::Fd, Vec<Undo>)> {
        if !self.captured {
            return None;
        }
        let (reader, writer) = sys::fd::pipe().ok()?;
        let reader = sys::fd::duplicate_above(reader.raw(), super::redirect::OWN).ok()?;
        let mut undo = Vec::new();
        self.save(1, &mut undo);
        let _ = sys::fd::duplicate_to(writer.raw(), 1);
        Some((reader, undo))
    }

    /// A pipeline of several stages, or one with `!` before it.
    pub fn pipeline(&mut self, pipeline: &Pipeline) -> Run {
        if let [only] = pipeline.stages.as_slice() {
            self.test(only)?;
        } else {
            if pipeline.negated {
                self.state.errexit_off += 1;
            }
            let result = self.stages(&pipeline.stages, &pipeline.text);
            if pipeline.negated {
                self.state.errexit_off -= 1;
            }
            result?;
        }
        if pipeline.negated {
            self.status = u8::from(self.status == 0);
        }
        Ok(())
    }

    fn stages(&mut self, stages: &[Rc<Command>], text: &[u8]) -> Run {
        self.nested()?;
        self.flush();
        let mut launch = Launch::new(self, true);
        let children = self.has(MONITOR) || self.always_fork;
        let mut input: Option<sys::Fd> = None;
        // What an earlier stage has written, if that is all there will be.
        let mut memory: Option<Vec<u8>> = None;
        let mut statuses = Vec::with_capacity(stages.len());
        let Some((last, before)) = stages.split_last() else { return Ok(()) };
        for (at, stage) in before.iter().enumerate() {
            if !children && (at == 0 || memory.is_some()) && self.is_quiet(stage, at > 0) {
                let feed = match memory.take() {
                    Some(text) => self.feed(&text),
                    None => None,
                };
                let mut undo = Vec::new();
                self.take_input(feed, &mut undo);
                let output = self.run_captured(stage);
                self.undo(undo);
                statuses.push((0, self.status));
                memory = Some(output?);
                continue;
            }
            if let Some(text) = memory.take() {
                input = self.feed(&text);
            }
            let (reader, writer) = match sys::fd::pipe() {
                Ok(ends) => ends,
                Err(errno) => {
                    self.system_error(&[b"cannot make a pipe"], errno);
                    self.status = 2;
                    break;
                }
            };
            let mut undo = Vec::new();
            self.take_input(input.take(), &mut undo);
            self.save(1, &mut undo);
            let _ = sys::fd::duplicate_to(writer.raw(), 1);
            drop(writer);
            let reader = sys::fd::duplicate_above(reader.raw(), super::redirect::OWN).unwrap_or(reader);
            let end = reader.raw();
            let before = launch.processes.len();
            self.start_stage(stage, &mut launch, end);
            self.undo(undo);
            statuses.push((if launch.processes.len() > before { launch.last() } else { 0 }, 0));
            input = Some(reader);
        }
        if let Some(text) = memory.take() {
            input = self.feed(&text);
        }
        let mut undo = Vec::new();
        self.take_input(input, &mut undo);
        let mut status = 0;
        if children {
            self.spawn_into(&mut launch, &mut |shell| shell.run(last, true));
            self.undo(undo);
        } else {
            self.subshell_status(last);
            status = self.status;
            self.undo(undo);
        }
        let whole = self.wait_launch_keeping(launch, text, &mut statuses);
        self.status = if children { whole } else { status };
        self.statuses.clear();
        self.statuses.extend(statuses.iter().map(|&(_, status)| status));
        self.statuses.push(self.status);
        if self.has(PIPEFAIL) && self.status == 0 {
            self.status =
                statuses.iter().rev().map(|&(_, status)| status).find(|&status| status != 0).unwrap_or(0);
        }
        Ok(())
    }

    /// Makes `input` descriptor 0.
    fn take_input(&mut self, input: Option<sys::Fd>, undo: &mut Vec<Undo>) {
        if let Some(input) = input {
            self.save(0, undo);
            let _ = sys::fd::duplicate_to(input.raw(), 0);
        }
    }

    /// A descriptor that gives `text`.
    fn feed(&mut self, text: &[u8]) -> Option<sys::Fd> {
        let (reader, writer) = sys::fd::pipe().ok()?;
        if text.len() <= sys::fd::pipe_room(writer.raw()) {
            let _ = sys::fd::write_all(writer.raw(), text);
            return Some(reader);
        }
        // More than a pipe holds: a child writes it.
        let end = reader.raw();
        let mut launch = Launch::new(self, false);
        self.fork_child(&mut launch, &mut |_| {
            sys::fd::close(end);
            let _ = sys::fd::write_all(writer.raw(), text);
            Ok(())
        });
        self.jobs.orphans.push(launch.last());
        Some(reader)
    }

    /// Starts a stage that is not the last: its output goes to descriptor 1, whose other end is `reader`.
    fn start_stage(&mut self, stage: &Command, launch: &mut Launch, reader: i32) {
        if let Command::Simple(simple) = stage
            && simple.assigns.is_empty()
            && !self.has(MONITOR)
            && !self.always_fork
            && !self.has(XTRACE)
            && let Some(sym) = simple.name
            && let Target::Path(path) = self.resolve(sym, false)
        {
            // What expansions change stays in the stage.
            let started = self.contained(&mut |shell| {
                let mut args = shell.take_args();
                let mut undo = Vec::new();
                let mut result = shell.expand_words(&simple.words, &mut args);
                if result.is_ok() {
                    result = shell.redirect(&simple.redirs, &mut undo);
                }
                launch.failed |= result.is_err();
                if result.is_ok() {
                    shell.renew_environment();
                    let words = args.slices(0);
                    if let Err(errno) = shell.spawn_external(&path, &words, launch) {
                        shell.exec_failed(&path, errno);
                        launch.failed = true;
                    }
                    shell.undo(undo);
                }
                Ok(())
            });
            if started {
                return;
            }
        }
        self.fork_child(launch, &mut |shell| {
            sys::fd::close(reader);
            shell.run(stage, true)
        });
    }

    /// Whether a stage can run to its end in this process before the next one begins: its output is bounded.
    fn is_quiet(&mut self, stage: &Command, fed: bool) -> bool {
        let Command::Simple(simple) = stage else { return false };
        if !simple.redirs.is_empty() || !simple.assigns.is_empty() || self.has(XTRACE) || self.has(VERBOSE) {
            return false;
        }
        let Some(sym) = simple.name else { return false };
        let Target::Applet(id) = self.resolve(sym, false) else {
            return false;
        };
        let name = &*self.symbols.get(sym).name;
        if !self.is_inline(id, name) {
            return false;
        }
        if matches!(name, b"echo" | b"printf" | b"basename" | b"dirname" | b"pwd") {
            return true;
        }
        // A filter is bounded by what it is fed, if it reads nothing else: a name of something that is no plain file
        // could be without end.
        fed && listed(FILTERS, name)
            && simple.words.iter().skip(1).all(|word| match word.parts.as_slice() {
                [Part::Text(text) | Part::Quoted(text)] => {
                    !text.windows(4).any(|part| part == b"/dev" || part == b"/pro")
                        && !sys::fs::stat(text).is_ok_and(|stat| !stat.is_file() && !stat.is_dir())
                }
                [Part::Text(first) | Part::Quoted(first), rest @ ..] => {
                    name != b"cat"
                        && !first.is_empty()
                        && rest
                            .iter()
                            .all(|part| matches!(part, Part::Text(_) | Part::Quoted(_) | Part::Param(_)))
                }
                _ => false,
            })
    }
}

fn listed(list: &[u8], name: &[u8]) -> bool {
    place_of(list, name).is_some()
}

/// Whether a file that the kernel does not know is no script either: there is a NUL in its first line.
fn is_binary(path: &[u8]) -> bool {
    let mut head = [0; 256];
    let count = sys::fd::open_read(path).and_then(|fd| sys::fd::read(fd.raw(), &mut head)).unwrap_or(0);
    let head = head.get(..count).unwrap_or_default();
    head.split(|&byte| byte == b'\n').next().is_some_and(|line| line.contains(&0))
}
