//! Subshells without processes: what they change is written down and taken back when they end.
//!
//! Variables, functions, aliases, descriptors, the working directory and the umask go through a journal; the small rest of
//! the state is copied. Output for a command substitution stays in memory. What only a process can do (a trap for a
//! signal, `ulimit`, `exec`, a background job that keeps the output open) forks at that moment: the child goes on with
//! the subshell, and the parent waits for it and unwinds to where the subshell ends ([`Stop::Done`]).

use alloc::rc::Rc;
use alloc::vec::Vec;
use io::Writer;
use sys::{Fd, libc};

use super::jobs::{JobTable, Launch};
use super::redirect::apart;
use super::shell::*;
use super::tree::*;

impl Shell {
    /// Runs `body` as a subshell; its status is the shell's.
    pub fn subshell_status(&mut self, body: &Rc<Command>) {
        if self.always_fork || self.has(MONITOR) && self.interactive {
            self.flush();
            let mut launch = Launch::new(self, true);
            self.spawn_into(&mut launch, &mut |shell| shell.run(body, true));
            self.status = self.wait_launch(launch, b"(...)");
            return;
        }
        self.contained(&mut |shell| shell.run(body, false));
    }

    /// Runs `body` so that nothing it changes stays. `false`: it went on in a child.
    pub fn contained(&mut self, body: &mut dyn FnMut(&mut Shell) -> Run) -> bool {
        let saved = self.state.clone();
        let mark = self.journal.len();
        let locals = self.locals.len();
        let calls = self.calls.len();
        let jobs = core::mem::take(&mut self.jobs);
        self.boundaries.push(Boundary { out_length: self.out.buffered().len(), captures: self.captured });
        self.outlive_pipes();
        self.level += 1;
        self.forget_traps();
        let result = body(self);
        if self.level == self.own_level {
            // This is the child that went on with the subshell.
            self.finish(result);
        }
        let done = result == Err(Stop::Done);
        if !done {
            let _ = self.settle(result);
            self.run_exit_trap();
        }
        if done && let Some(output) = self.jobs.relayed.take() {
            let keep = self.boundaries.last().map_or(0, |boundary| boundary.out_length);
            let mut all = self.out.take();
            all.truncate(keep);
            all.extend(output);
            self.out.write(&all);
        }
        self.take_back(mark);
        // It has ended the subshell, or came with its last output: nobody else's matter.
        sys::signal::take(libc::SIGPIPE);
        self.locals.truncate(locals);
        self.calls.truncate(calls);
        self.boundaries.pop();
        self.level -= 1;
        let mut inner = core::mem::replace(&mut self.jobs, jobs);
        self.jobs.orphans.extend(inner.unfinished());
        self.collect_strays(inner.strays);
        self.state = saved;
        !done
    }

    /// From here on `SIGPIPE` is noted: it ends a subshell or an applet, not the shell whose process they share.
    pub fn outlive_pipes(&mut self) {
        if self.caught & PIPE_BIT == 0
            && self.ignored_at_start & PIPE_BIT == 0
            && let Ok(old) = sys::signal::catch(libc::SIGPIPE)
            && !old.was_ignored()
        {
            self.caught |= PIPE_BIT;
            old.keep();
        }
    }

    /// Takes over the children that ended while a subshell waited for another.
    fn collect_strays(&mut self, strays: Vec<(i32, sys::process::WaitStatus)>) {
        for (pid, status) in strays {
            if !self.jobs.note(pid, status) {
                self.jobs.strays.push((pid, status));
            }
        }
    }

    /// Takes back what the journal has behind `mark`.
    fn take_back(&mut self, mark: usize) {
        while self.journal.len() > mark {
            match self.journal.pop() {
                Some(Change::Var(sym, old)) => {
                    let var = &mut self.symbols.get_mut(sym).var;
                    let before = var.flags;
                    *var = old;
                    self.changed(sym, before);
                }
                Some(Change::Function(sym, old)) => self.symbols.get_mut(sym).function = old,
                Some(Change::Alias(sym, old)) => self.symbols.get_mut(sym).alias = old,
                Some(Change::Descriptor(fd, Some(old))) => {
                    self.flush();
                    let _ = sys::fd::duplicate_to(old.raw(), fd);
                }
                Some(Change::Descriptor(fd, None)) => {
                    self.flush();
                    sys::fd::close(fd);
                }
                // The folder is open, so it is still there to go back to.
                Some(Change::Directory(folder)) => drop(sys::fs::fchdir(folder.raw())),
                Some(Change::Umask(mask)) => drop(sys::fs::umask(mask)),
                None => {}
            }
        }
    }

    /// Writes down the working directory before a subshell changes it.
    pub fn note_directory(&mut self) -> Run {
        if self.level > self.own_level {
            match apart(sys::fd::open(b".", libc::O_PATH | libc::O_DIRECTORY, 0)) {
                Ok(folder) => self.journal.push(Change::Directory(folder)),
                Err(_) => self.need_process()?,
            }
        }
        Ok(())
    }

    /// From here on the subshell needs a process of its own; if it has none yet, a child goes on with it, and in the
    /// parent this is the end of it.
    pub fn need_process(&mut self) -> Run {
        if self.level == self.own_level {
            return Ok(());
        }
        self.flush();
        let relay = match self.boundaries.last() {
            Some(boundary) if boundary.captures => match sys::fd::pipe() {
                Ok(ends) => Some(ends),
                Err(errno) => {
                    self.system_error(&[b"cannot make a pipe"], errno);
                    self.status = 2;
                    return Err(Stop::Exit);
                }
            },
            _ => None,
        };
        match sys::process::fork() {
            Ok(sys::process::Fork::Child) => {
                self.own_level = self.level;
                let jobs = core::mem::take(&mut self.jobs);
                drop(jobs);
                self.signals_for_child();
                if let Some((reader, writer)) = relay {
                    drop(reader);
                    self.leave_captured(writer);
                }
                Ok(())
            }
            Ok(sys::process::Fork::Parent(pid)) => {
                if let Some((reader, writer)) = relay {
                    drop(writer);
                    let mut output = Vec::with_capacity(4096);
                    while let Ok(1..) = sys::fd::read_spare(reader.raw(), &mut output) {
                        output.reserve(4096);
                    }
                    self.jobs.relayed = Some(output);
                }
                self.status = sys::process::wait(pid).map_or(2, |status| status.shell_status());
                Err(Stop::Done)
            }
            Err(errno) => {
                self.system_error(&[b"cannot fork"], errno);
                self.status = 2;
                Err(Stop::Exit)
            }
        }
    }

    /// In a child that goes on with a subshell: what has been captured since that began goes to the pipe, and what follows too.
    fn leave_captured(&mut self, writer: Fd) {
        let Ok(relay) = apart(Ok(writer)) else { return };
        let start = self.boundaries.last().map_or(0, |boundary| boundary.out_length);
        if self.captured {
            let text = self.out.take();
            let _ = sys::fd::write_all(relay.raw(), text.get(start..).unwrap_or_default());
            let _ = sys::fd::duplicate_to(relay.raw(), 1);
            self.out = Writer::new(sys::fd::STDOUT);
            self.captured = false;
        }
        if let Some(boundary) = self.boundaries.last_mut() {
            boundary.out_length = start;
        }
        self.jobs.relay = Some(relay);
    }

    /// The output of `body`, run as a subshell.
    pub fn run_captured(&mut self, body: &Rc<Command>) -> Run<Vec<u8>> {
        self.nested()?;
        if let Command::Simple(simple) = &**body
            && simple.words.is_empty()
            && simple.assigns.is_empty()
            && let [redir] = simple.redirs.as_slice()
            && redir.kind == RedirKind::Read
            && redir.fd == 0
        {
            return self.file_text(redir);
        }
        if matches!(&**body, Command::List(list) if list.is_empty()) {
            self.status = 0;
        }
        if !self.captured {
            self.flush();
        }
        Ok(self.in_memory(&mut |shell| {
            if shell.always_fork {
                let mut launch = Launch::new(shell, false);
                shell.spawn_into(&mut launch, &mut |shell| shell.run(body, true));
                shell.status = shell.wait_launch(launch, b"");
            } else {
                shell.contained(&mut |shell| shell.run(body, false));
            }
        }))
    }

    /// What `body` prints.
    #[inline(never)]
    pub fn in_memory(&mut self, body: &mut dyn FnMut(&mut Shell)) -> Vec<u8> {
        let outer = core::mem::replace(&mut self.out, Writer::memory());
        let captured = core::mem::replace(&mut self.captured, true);
        body(self);
        let output = self.out.take();
        self.out = outer;
        self.captured = captured;
        output
    }

    /// `$(<file)`: the text of the file.
    fn file_text(&mut self, redir: &Redir) -> Run<Vec<u8>> {
        let name = self.expand_single(&redir.word)?;
        let mut text = Vec::new();
        let read = sys::fd::open_read(&name).and_then(|fd| {
            loop {
                text.reserve(8192);
                if sys::fd::read_spare(fd.raw(), &mut text)? == 0 {
                    return Ok(());
                }
            }
        });
        self.status = 0;
        if let Err(errno) = read {
            self.status = 1;
            self.system_error(&[b"can't open ", &name], errno);
        }
        Ok(text)
    }

    /// Turns the end of a (sub)shell's execution into a status.
    pub fn settle(&mut self, result: Run) -> u8 {
        if let Err(Stop::Abort) = result
            && self.status == 0
        {
            self.status = 2;
        }
        self.status
    }

    /// Ends this process after `result`.
    pub fn finish(&mut self, result: Run) -> ! {
        if result == Err(Stop::Done) {
            sys::process::leave(self.status);
        }
        self.settle(result);
        self.run_exit_trap();
        let status = self.status;
        if self.captured {
            // Output that belongs to the parent's subshell.
            let text = self.out.take();
            let start = self.boundaries.last().map_or(0, |boundary| boundary.out_length);
            if let Some(relay) = &self.jobs.relay {
                let _ = sys::fd::write_all(relay.raw(), text.get(start..).unwrap_or_default());
            }
        } else {
            self.flush();
        }
        sys::process::leave(status)
    }

    /// `<( )` and `>( )`: the name of a descriptor whose other end a child has.
    pub fn process_substitution(&mut self, command: &Substitution) -> Run<Vec<u8>> {
        let Ok((reader, writer)) = sys::fd::pipe() else { return self.abort(&[b"cannot make a pipe"]) };
        let (theirs, ours, target) = if command.quoted { (reader, writer, 0) } else { (writer, reader, 1) };
        let ours = sys::fd::duplicate_above(ours.raw(), 60).unwrap_or(ours);
        // The command that is given the name must inherit it.
        let _ = sys::fd::set_close_on_exec(ours.raw(), false);
        let mut launch = Launch::new(self, false);
        let body = &command.body;
        let end = ours.raw();
        let forked = self.fork_child(&mut launch, &mut |shell| {
            let _ = sys::fd::duplicate_to(theirs.raw(), target);
            sys::fd::close(end);
            shell.captured = false;
            shell.out = Writer::new(sys::fd::STDOUT);
            shell.run(body, true)
        });
        if !forked {
            return Err(Stop::Abort);
        }
        let mut name = b"/dev/fd/".to_vec();
        num::push_dec(&mut name, ours.raw() as u64);
        self.substitutions.push((ours, launch.last()));
        Ok(name)
    }

    /// Ends the process substitutions of a command that has ended.
    pub fn end_substitutions(&mut self) {
        for (end, pid) in core::mem::take(&mut self.substitutions) {
            drop(end);
            self.jobs.orphans.push(pid);
        }
        self.jobs.reap_orphans();
    }
}

impl JobTable {
    /// Collects children that nobody will wait for.
    pub fn reap_orphans(&mut self) {
        self.orphans.retain(|&pid| matches!(sys::process::wait_once(pid, libc::WNOHANG), Ok((0, _))));
    }
}
