//! Children: starting them, waiting for them, and job control (POSIX.1-2024 XCU 2.11).

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use io::Writer;
use sys::process::{Fork, WaitStatus};
use sys::{Errno, Fd, libc};

use super::shell::*;
use super::tree;

/// One pipeline being started.
pub struct Launch {
    pub processes: Vec<Process>,
    /// Its process group, with job control; 0 before its first process.
    group: i32,
    monitor: bool,
    foreground: bool,
    pub failed: bool,
}

impl Launch {
    #[inline(never)]
    pub fn new(shell: &Shell, foreground: bool) -> Launch {
        Launch { processes: Vec::new(), group: 0, monitor: shell.has(MONITOR), foreground, failed: false }
    }

    /// Its last process, or 0.
    pub fn last(&self) -> i32 {
        self.processes.last().map_or(0, |process| process.pid)
    }

    pub fn add(&mut self, pid: i32) {
        if self.group == 0 {
            self.group = pid;
        }
        self.processes.push(Process { pid, status: None });
    }
}

/// A child and how it ended, if it has.
pub struct Process {
    pub pid: i32,
    pub status: Option<WaitStatus>,
}

/// What stands in the table of jobs.
pub struct Job {
    pub number: u32,
    pub group: i32,
    pub processes: Vec<Process>,
    pub text: Box<[u8]>,
    pub stopped: bool,
    /// Its state has changed since the user was told.
    pub changed: bool,
    /// Not to be hung up when the shell ends.
    pub disowned: bool,
}

impl Job {
    pub fn is_done(&self) -> bool {
        self.processes.iter().all(|process| process.status.is_some())
    }

    /// The status of its last process.
    pub fn last_status(&self) -> u8 {
        self.processes.last().and_then(|process| process.status).map_or(0, WaitStatus::shell_status)
    }

    pub fn last_pid(&self) -> i32 {
        self.processes.last().map_or(0, |process| process.pid)
    }
}

/// The jobs of a shell.
#[derive(Default)]
pub struct JobTable {
    pub list: Vec<Job>,
    /// Children whose status nobody asks for.
    pub orphans: Vec<i32>,
    /// In a child that goes on with a subshell: where captured output goes.
    pub relay: Option<Fd>,
    /// Children that ended while another one was waited for, and how.
    pub strays: Vec<(i32, WaitStatus)>,
    /// What such a child has written.
    pub relayed: Option<Vec<u8>>,
}

impl JobTable {
    /// The processes that still run, when the table is given up.
    pub fn unfinished(&mut self) -> Vec<i32> {
        let mut pids = core::mem::take(&mut self.orphans);
        for job in &self.list {
            for process in &job.processes {
                if process.status.is_none() {
                    pids.push(process.pid);
                }
            }
        }
        pids
    }

    /// Takes note of a change of a child; `false`: it is none of the table's.
    pub fn note(&mut self, pid: i32, status: WaitStatus) -> bool {
        for job in &mut self.list {
            for process in &mut job.processes {
                if process.pid != pid {
                    continue;
                }
                if status.stop_signal().is_some() {
                    job.stopped = true;
                } else if libc::WIFCONTINUED(status.0) {
                    job.stopped = false;
                } else {
                    process.status = Some(status);
                }
                job.changed = true;
                return true;
            }
        }
        false
    }

    /// Forgets the jobs that are done, but for the one whose last process is `keep`.
    #[inline(never)]
    pub fn forget_done(&mut self, keep: i32) {
        self.list.retain(|job| !job.is_done() || job.last_pid() == keep);
    }

    /// How many processes have ended and how many jobs are stopped.
    fn ended_and_stopped(&self) -> (usize, usize) {
        let (mut ended, mut stopped) = (0, 0);
        for job in &self.list {
            stopped += usize::from(job.stopped);
            for process in &job.processes {
                ended += usize::from(process.status.is_some());
            }
        }
        (ended, stopped)
    }

    fn next_number(&self) -> u32 {
        self.list.iter().map(|job| job.number).max().unwrap_or(0) + 1
    }

    /// Takes note of children that have changed, without waiting.
    pub fn poll(&mut self) {
        self.reap_orphans();
        let mut changes = Vec::new();
        for job in &self.list {
            for process in job.processes.iter().filter(|process| process.status.is_none()) {
                let options = libc::WNOHANG | libc::WUNTRACED | libc::WCONTINUED;
                match sys::process::wait_once(process.pid, options) {
                    Ok((0, _)) => {}
                    Ok((pid, status)) => changes.push((pid, status)),
                    // Somebody else has collected it.
                    Err(Errno(libc::ECHILD)) => changes.push((process.pid, WaitStatus(127 << 8))),
                    Err(_) => {}
                }
            }
        }
        for (pid, status) in changes {
            self.note(pid, status);
        }
    }

    /// The job that `%…` or a process id means. `%%`, `%+`: the current one; `%-`: the one before.
    pub fn find(&self, text: &[u8]) -> Option<usize> {
        let Some(spec) = text.strip_prefix(b"%") else {
            let pid = num::parse_u64(text).ok()? as i32;
            return self.list.iter().position(|job| job.processes.iter().any(|process| process.pid == pid));
        };
        let order = self.order();
        match spec {
            b"" | b"%" | b"+" => order.last().copied(),
            b"-" => order.len().checked_sub(2).and_then(|at| order.get(at)).or(order.last()).copied(),
            [b'0'..=b'9', ..] => {
                let number = num::parse_u64(spec).ok()?;
                self.list.iter().position(|job| u64::from(job.number) == number)
            }
            [b'?', part @ ..] => {
                self.list.iter().position(|job| super::pattern::find_literal(&job.text, part).is_some())
            }
            start => self.list.iter().position(|job| job.text.starts_with(start)),
        }
    }

    /// Indices of the jobs, the current one last: stopped ones come before running ones.
    pub fn order(&self) -> Vec<usize> {
        let mut order = Vec::new();
        for stopped in [false, true] {
            for (at, job) in self.list.iter().enumerate() {
                if job.stopped == stopped {
                    order.push(at);
                }
            }
        }
        order
    }
}

impl Shell {
    /// Forks a child that belongs to `launch` and runs `body` in it; `false` if that fails, which is told.
    pub fn fork_child(&mut self, launch: &mut Launch, body: &mut dyn FnMut(&mut Shell) -> Run) -> bool {
        self.flush();
        match sys::process::fork() {
            Err(errno) => {
                self.system_error(&[b"cannot fork"], errno);
                launch.failed = true;
                false
            }
            Ok(Fork::Child) => {
                self.become_child(launch);
                let result = body(self);
                self.finish(result)
            }
            Ok(Fork::Parent(pid)) => {
                if launch.monitor {
                    let group = if launch.group == 0 { pid } else { launch.group };
                    // The child does the same; whoever is first, it is done before either goes on.
                    let _ = sys::process::set_group(pid, group);
                    if launch.foreground && launch.group == 0 {
                        self.give_terminal(group);
                    }
                }
                launch.add(pid);
                true
            }
        }
    }

    /// A child is no interactive shell, and has no jobs and no traps.
    fn become_child(&mut self, launch: &Launch) {
        if launch.monitor {
            let pid = sys::process::id();
            let group = if launch.group == 0 { pid } else { launch.group };
            let _ = sys::process::set_group(pid, group);
            if launch.foreground && self.interactive {
                self.give_terminal(group);
            }
        }
        self.level += 1;
        self.own_level = self.level;
        self.boundaries.clear();
        self.jobs = JobTable::default();
        self.forget_traps();
        self.signals_for_child();
        self.state.options &= !(MONITOR | INTERACTIVE);
        self.interactive = false;
        self.terminal = None;
        if self.captured {
            self.captured = false;
            self.out = Writer::new(sys::fd::STDOUT);
        }
    }

    fn give_terminal(&self, group: i32) {
        if self.interactive
            && let Some(terminal) = &self.terminal
        {
            // In the child SIGTTOU is still ignored; a terminal that has vanished shows at the next read.
            let _ = sys::terminal::set_foreground(terminal.fd(), group);
        }
    }

    /// `command &`
    pub fn background(&mut self, job: &Rc<tree::Job>) -> Run {
        if self.captured {
            self.need_process()?;
        }
        self.jobs.poll();
        self.forget_done_jobs();
        let mut launch = Launch::new(self, false);
        let monitor = launch.monitor;
        let forked = self.fork_child(&mut launch, &mut |shell| {
            if !monitor {
                for signal in [libc::SIGINT, libc::SIGQUIT] {
                    shell.ignore_signal(signal);
                }
                if let Ok(null) = sys::fd::open_read(b"/dev/null") {
                    let _ = sys::fd::duplicate_to(null.raw(), 0);
                }
            }
            shell.run(&job.command, true)
        });
        if !forked {
            self.status = 2;
            return Err(Stop::Abort);
        }
        let pid = launch.last();
        self.state.last_background = pid;
        let number = self.add_job(launch, &job.text, false);
        if self.interactive {
            let mut text = b"[".to_vec();
            num::push_dec(&mut text, u64::from(number));
            text.extend_from_slice(b"] ");
            num::push_dec(&mut text, pid as u64);
            text.push(b'\n');
            self.say(&text);
        }
        self.status = 0;
        Ok(())
    }

    fn add_job(&mut self, launch: Launch, text: &[u8], stopped: bool) -> u32 {
        let number = self.jobs.next_number();
        self.jobs.list.push(Job {
            number,
            group: launch.group,
            processes: launch.processes,
            text: text.into(),
            stopped,
            changed: stopped,
            disowned: false,
        });
        number
    }

    /// In a script nobody is told of jobs: finished ones are forgotten when there are many.
    fn forget_done_jobs(&mut self) {
        if !self.interactive && self.jobs.list.len() > 256 {
            self.jobs.forget_done(self.state.last_background);
        }
    }

    /// Waits for a foreground pipeline; the status of its last process.
    pub fn wait_launch(&mut self, launch: Launch, text: &[u8]) -> u8 {
        self.wait_launch_keeping(launch, text, &mut [])
    }

    /// As [`Shell::wait_launch`]; fills in the statuses of the processes in `statuses`.
    pub fn wait_launch_keeping(&mut self, mut launch: Launch, text: &[u8], statuses: &mut [(i32, u8)]) -> u8 {
        let mut whole = if launch.failed { if self.status == 0 { 2 } else { self.status } } else { 0 };
        let monitor = launch.monitor;
        let options = if monitor { libc::WUNTRACED } else { 0 };
        let mut stopped = None;
        let mut killed = 0;
        for process in &mut launch.processes {
            let status = self.wait_child(process.pid, options);
            if let Some(signal) = status.stop_signal() {
                stopped = Some(signal);
                break;
            }
            process.status = Some(status);
            let value = status.shell_status();
            for entry in statuses.iter_mut() {
                if entry.0 == process.pid {
                    entry.1 = value;
                }
            }
            if !launch.failed {
                whole = value;
            }
            killed = status.signal().unwrap_or(0);
        }
        if monitor && self.interactive {
            self.take_terminal(stopped.is_some() || killed != 0);
        }
        if let Some(signal) = stopped {
            let number = self.add_job(launch, text, true);
            if let Some(job) = self.jobs.list.last_mut() {
                job.changed = false;
            }
            if self.interactive {
                self.say(b"\n");
            }
            self.tell_job(number);
            return (128 + signal) as u8;
        }
        if killed != 0 {
            self.tell_killed(killed);
        }
        whole
    }

    /// Waits for the child `pid`. Others that end meanwhile are taken note of: a process that somebody looks for must not be
    /// there as a zombie.
    fn wait_child(&mut self, pid: i32, options: i32) -> WaitStatus {
        if let Some(at) = self.jobs.strays.iter().position(|stray| stray.0 == pid) {
            return self.jobs.strays.swap_remove(at).1;
        }
        loop {
            match sys::process::wait_once(-1, options) {
                Ok((found, status)) if found == pid => return status,
                Ok((other, status)) => {
                    let orphans = self.jobs.orphans.len();
                    self.jobs.orphans.retain(|&orphan| orphan != other);
                    if self.jobs.orphans.len() == orphans && !self.jobs.note(other, status) {
                        self.jobs.strays.push((other, status));
                    }
                    if self.interactive && self.has(NOTIFY) {
                        self.tell_jobs();
                    }
                }
                Err(Errno(libc::EINTR)) => {}
                Err(_) => return WaitStatus(127 << 8),
            }
        }
    }

    /// Says how a foreground command was ended, as far as a user cares.
    fn tell_killed(&mut self, signal: i32) {
        match signal {
            libc::SIGPIPE => {}
            libc::SIGINT if !self.interactive => {}
            libc::SIGINT => {
                self.say(b"\n");
                // The rest of the line was meant, too: a loop, say. Cannot fail.
                let _ = sys::process::kill(sys::process::id(), libc::SIGINT);
            }
            _ => {
                let mut text = signal_text(signal);
                text.push(b'\n');
                self.say(&text);
            }
        }
    }

    /// The terminal is the shell's again, as it was before the command if that has been killed.
    fn take_terminal(&mut self, restore: bool) {
        let group = sys::process::group();
        if let Some(terminal) = &mut self.terminal {
            let _ = sys::terminal::set_foreground(terminal.fd(), group);
            if restore {
                terminal.restore_settings();
            } else {
                terminal.keep_settings();
            }
        }
    }

    /// A line of `jobs`.
    pub fn job_line(&self, at: usize, long: bool) -> Vec<u8> {
        let mut text = Vec::new();
        let Some(job) = self.jobs.list.get(at) else { return text };
        let order = self.jobs.order();
        let sign = match order.iter().rev().position(|&other| other == at) {
            Some(0) => b'+',
            Some(1) => b'-',
            _ => b' ',
        };
        text.push(b'[');
        num::push_dec(&mut text, u64::from(job.number));
        text.extend_from_slice(&[b']', sign, b' ', b' ']);
        if long {
            num::push_dec(&mut text, job.processes.first().map_or(0, |process| process.pid) as u64);
            text.push(b' ');
        }
        let start = text.len();
        let state = job.processes.last().and_then(|process| process.status);
        match state {
            _ if job.stopped => text.extend_from_slice(b"Stopped"),
            Some(status) if job.is_done() => match (status.signal(), status.exit_status()) {
                (Some(signal), _) => text.extend(signal_text(signal)),
                (_, Some(0)) => text.extend_from_slice(b"Done"),
                (_, Some(code)) => {
                    text.extend_from_slice(b"Done(");
                    num::push_dec(&mut text, u64::from(code));
                    text.push(b')');
                }
                _ => {}
            },
            _ => text.extend_from_slice(b"Running"),
        }
        while text.len() < start + 24 {
            text.push(b' ');
        }
        text.extend_from_slice(&job.text);
        if !job.stopped && !job.is_done() {
            text.extend_from_slice(b" &");
        }
        text.push(b'\n');
        text
    }

    fn tell_job(&mut self, number: u32) {
        if !self.interactive {
            return;
        }
        if let Some(at) = self.jobs.list.iter().position(|job| job.number == number) {
            let line = self.job_line(at, false);
            self.say(&line);
        }
    }

    /// Before a prompt: tells of jobs that have changed, and forgets those that are done.
    pub fn tell_jobs(&mut self) {
        let news = self.news_of_jobs();
        self.say(&news);
    }

    /// What there is to tell of jobs that have changed; those that are done are forgotten.
    #[inline(never)]
    pub fn news_of_jobs(&mut self) -> Vec<u8> {
        let mut news = Vec::new();
        if self.trap_of(libc::SIGCHLD as usize).is_none() {
            sys::signal::take(libc::SIGCHLD);
        }
        self.jobs.poll();
        for at in 0..self.jobs.list.len() {
            let changed = self.jobs.list.get_mut(at).is_some_and(|job| core::mem::take(&mut job.changed));
            if changed {
                news.append(&mut self.job_line(at, false));
            }
        }
        self.jobs.forget_done(0);
        news
    }

    /// Waits until a job has ended; the status, or 128 and the number of the signal whose trap interrupts.
    pub fn wait_job(&mut self, at: usize) -> u8 {
        loop {
            match self.jobs.list.get(at) {
                Some(job) if !(job.is_done() || job.stopped && self.has(MONITOR)) => {}
                Some(job) => return if job.stopped { 128 + 19 } else { job.last_status() },
                None => return 127,
            }
            if let Some(status) = self.wait_for_change() {
                return status;
            }
        }
    }

    /// Waits for any child of the table to change, or a trapped signal: 128 and its number then.
    pub fn wait_for_change(&mut self) -> Option<u8> {
        // With all signals blocked, none can come between looking and sleeping.
        let catch = sys::signal::catch(libc::SIGCHLD);
        let old = sys::signal::mask(libc::SIG_SETMASK, u64::MAX).unwrap_or(0);
        let before = self.jobs.ended_and_stopped();
        let status = loop {
            self.jobs.poll();
            let signal = self.trapped_signal();
            // The trap of SIGCHLD has come with the change.
            if self.jobs.ended_and_stopped() != before && signal.is_none_or(|signal| signal == libc::SIGCHLD)
            {
                break None;
            }
            if let Some(signal) = signal {
                break Some((128 + signal) as u8);
            }
            sys::signal::wait(old);
            if self.trap_of(libc::SIGCHLD as usize).is_none() {
                sys::signal::take(libc::SIGCHLD);
            }
        };
        let _ = sys::signal::mask(libc::SIG_SETMASK, old);
        drop(catch);
        status
    }

    /// Continues a stopped job; in the foreground it is waited for.
    pub fn resume(&mut self, at: usize, foreground: bool) -> u8 {
        let Some(job) = self.jobs.list.get_mut(at) else { return 1 };
        job.stopped = false;
        job.changed = false;
        let group = job.group;
        if foreground {
            self.give_terminal(group);
        }
        let _ = sys::process::kill(-group, libc::SIGCONT);
        if !foreground {
            return 0;
        }
        let mut job = self.jobs.list.remove(at);
        job.processes.retain(|process| process.status.is_none());
        let launch =
            Launch { processes: job.processes, group, monitor: true, foreground: true, failed: false };
        self.wait_launch(launch, &job.text)
    }

    /// The end of an interactive shell: its stopped and running jobs are hung up.
    pub fn hang_up(&mut self) {
        self.jobs.poll();
        for job in self.jobs.list.iter().filter(|job| !job.disowned && !job.is_done()) {
            if job.stopped {
                let _ = sys::process::kill(-job.group, libc::SIGHUP);
                let _ = sys::process::kill(-job.group, libc::SIGCONT);
            }
        }
    }
}

/// How the user is told of signals, by their numbers.
const SIGNAL_TEXTS: &[u8] =
    b",Hangup,Interrupt,Quit,Illegal instruction,,Aborted,Bus error,Floating point exception,Killed,,\
Segmentation fault,,,,Terminated";

/// How the user is told of a signal.
fn signal_text(signal: i32) -> Vec<u8> {
    let known = SIGNAL_TEXTS.split(|&byte| byte == b',').nth(signal as usize).unwrap_or_default();
    let mut text = known.to_vec();
    if text.is_empty() {
        text.extend_from_slice(b"Signal ");
        num::push_dec(&mut text, signal as u64);
    }
    text
}
