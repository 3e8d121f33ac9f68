//! Built-ins for jobs and signals: `jobs` `fg` `bg` `disown` `wait` `kill` `trap`.

use alloc::vec::Vec;
use sys::libc;

use super::builtins::*;
use super::shell::*;
use super::traps::push_signal;

impl Shell {
    pub fn trap(&mut self, words: &[&[u8]]) -> Run {
        let mut words = words;
        let mut list = false;
        match words {
            [b"--", rest @ ..] => words = rest,
            [b"-l", ..] => {
                let text = signal_list();
                self.out.write(&text);
                return Ok(());
            }
            [b"-p", rest @ ..] => {
                list = true;
                words = rest;
            }
            _ => {}
        }
        if words.is_empty() || list {
            let text = self.list_traps(words);
            self.out.write(&text);
            return Ok(());
        }
        let (action, signals) = match words {
            // A number in place of the action, or nothing behind it: the default again.
            [first, ..] if first.iter().all(u8::is_ascii_digit) && !first.is_empty() => (None, words),
            [only] if signal_number(only).is_some() => (None, words),
            [b"-", signals @ ..] => (None, signals),
            [action, signals @ ..] => (Some(*action), signals),
            [] => return Ok(()),
        };
        if signals.is_empty() {
            return self.fail(2, &[b"signal expected"]);
        }
        for word in signals {
            match signal_number(word) {
                Some(signal) => self.set_trap(signal, action)?,
                None => {
                    self.complain_at(1, word, b"bad trap");
                }
            }
        }
        Ok(())
    }

    pub fn jobs_builtin(&mut self, words: &[&[u8]]) -> Run {
        let mut words = words;
        let options = self.letters(&mut words, b"lpnrs")?;
        self.jobs.poll();
        for at in 0..self.jobs.list.len() {
            let wanted = words.is_empty() || words.iter().any(|word| self.jobs.find(word) == Some(at));
            if !wanted {
                continue;
            }
            let mut line = Vec::new();
            if options & 2 == 0 {
                line = self.job_line(at, options & 1 != 0);
            }
            if let Some(job) = self.jobs.list.get_mut(at) {
                job.changed = false;
                if options & 2 != 0 {
                    num::push_dec(&mut line, job.group as u64);
                    line.push(b'\n');
                }
            }
            self.out.write(&line);
        }
        if words.is_empty() && self.level == self.own_level {
            self.jobs.forget_done(if self.interactive { 0 } else { self.state.last_background });
        }
        Ok(())
    }

    /// `fg`, `bg` and `disown`: each of the jobs, or the current one.
    fn each_job(&mut self, words: &[&[u8]], action: &mut dyn FnMut(&mut Shell, usize)) -> Run {
        let none: [&[u8]; 1] = [b"%%"];
        for word in if words.is_empty() { &none } else { words } {
            match self.jobs.find(word) {
                Some(at) => action(self, at),
                None => return self.fail_at(1, word, b"no such job"),
            }
        }
        Ok(())
    }

    /// `fg` and `bg`
    pub fn resume_builtin(&mut self, words: &[&[u8]]) -> Run {
        if !self.has(MONITOR) {
            return self.fail(1, &[b"no job control"]);
        }
        let foreground = self.current == FG;
        self.each_job(words, &mut |shell, at| {
            if let Some(job) = shell.jobs.list.get(at) {
                shell.out.line(&job.text);
            }
            shell.flush();
            shell.status = shell.resume(at, foreground);
        })
    }

    pub fn disown(&mut self, words: &[&[u8]]) -> Run {
        self.each_job(words, &mut |shell, at| {
            let job = shell.jobs.list.remove(at);
            shell.jobs.orphans.extend(job.processes.iter().map(|process| process.pid));
        })
    }

    pub fn wait_builtin(&mut self, words: &[&[u8]]) -> Run {
        if let [b"-n", rest @ ..] = words {
            return self.wait_next(rest);
        }
        while words.is_empty() {
            self.jobs.poll();
            self.jobs.forget_done(0);
            if self.jobs.list.iter().all(|job| job.stopped) {
                return Ok(());
            }
            if let Some(status) = self.wait_for_change() {
                self.status = status;
                return self.run_traps();
            }
        }
        for word in words {
            self.status = match self.jobs.find(word) {
                Some(at) => {
                    let status = self.wait_job(at);
                    if self.jobs.list.get(at).is_some_and(super::jobs::Job::is_done) && !self.interactive {
                        self.jobs.list.remove(at);
                    }
                    status
                }
                None if num::parse_u64(word).is_err() => {
                    self.complain_at(2, word, b"no such job");
                    127
                }
                None => 127,
            };
            if self.signalled() {
                self.run_traps()?;
            }
        }
        Ok(())
    }

    /// `wait -n`: any one job.
    pub fn wait_next(&mut self, words: &[&[u8]]) -> Run {
        loop {
            self.jobs.poll();
            let done = self.jobs.list.iter().enumerate().position(|(at, job)| {
                job.is_done()
                    && (words.is_empty() || words.iter().any(|word| self.jobs.find(word) == Some(at)))
            });
            if let Some(at) = done {
                self.status = self.jobs.list.remove(at).last_status();
                return Ok(());
            }
            if self.jobs.list.iter().all(|job| job.stopped) {
                self.status = 127;
                return Ok(());
            }
            if let Some(status) = self.wait_for_change() {
                self.status = status;
                return self.run_traps();
            }
        }
    }

    pub fn kill(&mut self, words: &[&[u8]]) -> Run {
        let mut signal = libc::SIGTERM;
        let mut rest = words;
        match words {
            [b"-l" | b"-L", operands @ ..] => {
                if operands.is_empty() {
                    self.out.write(&signal_list());
                }
                for word in operands {
                    let mut text = Vec::new();
                    match num::parse_u64(word) {
                        Ok(number) => push_signal((number & 127) as usize, &mut text),
                        Err(_) => num::push_dec(&mut text, self.signal_to_send(word)? as u64),
                    }
                    self.out.line(&text);
                }
                return Ok(());
            }
            [b"-s" | b"-n", name, tail @ ..] => (signal, rest) = (self.signal_to_send(name)?, tail),
            [b"--", ..] => {}
            [[b'-', name @ ..], tail @ ..] if !name.is_empty() => {
                (signal, rest) = (self.signal_to_send(name)?, tail);
            }
            _ => {}
        }
        if let [b"--", tail @ ..] = rest {
            rest = tail;
        }
        // A child that has ended is none any more.
        self.jobs.poll();
        if rest.is_empty() {
            return self.fail(2, &[b"usage: kill [-s SIGNAL | -SIGNAL] PID | %JOB..."]);
        }
        for word in rest {
            let pid = if word.starts_with(b"%") {
                match self.jobs.find(word).and_then(|at| self.jobs.list.get(at)) {
                    Some(job) if self.has(MONITOR) => Some(-job.group),
                    Some(job) => Some(job.last_pid()),
                    None => None,
                }
            } else {
                num::parse_i64(word).ok().and_then(|number| i32::try_from(number).ok())
            };
            let Some(pid) = pid else {
                self.complain_at(1, word, b"no such process or job");
                continue;
            };
            self.flush();
            if let Err(errno) = sys::process::kill(pid, signal) {
                // Told; the others are killed.
                let _: Run = self.fail_system(1, &[b"(", word, b")"], errno);
            } else if word.starts_with(b"%") && pid < 0 && matches!(signal, libc::SIGTERM | libc::SIGHUP) {
                // A stopped job must go on to end.
                let _ = sys::process::kill(pid, libc::SIGCONT);
            }
        }
        Ok(())
    }
}

impl Shell {
    fn signal_to_send(&mut self, name: &[u8]) -> Run<i32> {
        match signal_number(name) {
            Some(number) => Ok(number as i32),
            None => self.fail_at(1, name, b"invalid signal"),
        }
    }
}

fn signal_list() -> Vec<u8> {
    let mut text = Vec::new();
    for signal in 1..32 {
        push_signal(signal, &mut text);
        text.push(if signal == 31 { b'\n' } else { b' ' });
    }
    text
}
