//! The shell at a terminal: prompts, line editing, history, completion, start and end of a session.

use alloc::boxed::Box;
use alloc::vec::Vec;
use sys::{Fd, RawFd, libc};

use super::shell::*;
use super::source::{Source, Supply};
use super::symbols::*;

/// What an interactive shell has of its terminal.
pub struct Terminal {
    fd: Fd,
    /// The settings as commands are to find them.
    settings: Option<sys::terminal::Settings>,
}

impl Terminal {
    pub fn fd(&self) -> RawFd {
        self.fd.raw()
    }

    /// After a command that was killed: the terminal as it was before.
    pub fn restore_settings(&mut self) {
        if let Some(settings) = &self.settings {
            let _ = sys::terminal::set_settings(self.fd.raw(), libc::TCSADRAIN, settings);
        }
    }

    /// After a command that ended by itself: what it has set stays.
    pub fn keep_settings(&mut self) {
        if let Ok(settings) = sys::terminal::settings(self.fd.raw()) {
            self.settings = Some(settings);
        }
    }
}

impl Shell {
    /// What comes before the first command: job control, profiles.
    pub fn begin(&mut self) {
        if self.interactive {
            self.open_terminal();
        }
        if self.login || self.zero.starts_with(b"-") {
            self.login = true;
            self.profile(b"/etc/profile");
            let home = self.text_of(HOME);
            if !home.is_empty() {
                self.profile(&[&home, &b"/.profile"[..]].concat());
            }
        }
        if self.interactive && sys::process::uid() == sys::process::euid() {
            let file = self.text_of(ENV);
            let file = self.expand_text(&file);
            if !file.is_empty() {
                self.profile(&file);
            }
        }
    }

    /// Runs a file if it is there.
    fn profile(&mut self, file: &[u8]) {
        let Ok(fd) = sys::fd::open_read(file).and_then(|fd| sys::fd::duplicate_above(fd.raw(), 10)) else { return };
        // What goes wrong in it has been told.
        let _ = self.run_file(fd.raw());
    }

    /// Takes charge of the terminal.
    fn open_terminal(&mut self) {
        let fd = sys::fd::open(b"/dev/tty", libc::O_RDWR, 0)
            .or_else(|_| sys::fd::duplicate_above(sys::fd::STDERR, 10))
            .and_then(|fd| sys::fd::duplicate_above(fd.raw(), 10));
        if let Ok(fd) = fd {
            let settings = sys::terminal::settings(fd.raw()).ok();
            let controls = sys::terminal::foreground(fd.raw());
            self.terminal = Some(Box::new(Terminal { fd, settings }));
            if let Ok(group) = controls {
                self.take_control(group);
            }
        }
        self.signals_for_terminal();
        if self.symbols.get(PS1).var.flags & SET == 0 {
            let prompt: &[u8] = if sys::process::euid() == 0 { b"\\w # " } else { b"\\w $ " };
            self.store(PS1, prompt);
        }
        if self.symbols.get(PS2).var.flags & SET == 0 {
            self.store(PS2, b"> ");
        }
    }

    /// Job control: a process group of its own, in the foreground.
    fn take_control(&mut self, foreground: i32) {
        let mut foreground = foreground;
        let Some(terminal) = self.terminal.as_ref().map(|terminal| terminal.fd()) else { return };
        // Started in the background: wait until it is our turn.
        while foreground != sys::process::group() {
            let _ = sys::process::kill(0, libc::SIGTTIN);
            match sys::terminal::foreground(terminal) {
                Ok(group) => foreground = group,
                Err(_) => return,
            }
        }
        self.state.options |= MONITOR;
        let pid = sys::process::id();
        self.signals_for_terminal();
        let _ = sys::process::set_group(0, pid);
        let _ = sys::terminal::set_foreground(terminal, sys::process::group());
    }

    /// Commands from the terminal until its end.
    pub fn converse(&mut self) -> Run {
        let mut source = Source::new(Vec::new(), Supply::Terminal, 1);
        let mut ends = 0;
        loop {
            self.tell_jobs();
            let result = self.run_source(&mut source);
            match result {
                Err(Stop::Exit) => return result,
                Ok(()) => {
                    // End of file.
                    let stopped = self.jobs.list.iter().any(|job| job.stopped);
                    ends += 1;
                    if self.has(IGNOREEOF) && ends < 10 {
                        self.say(b"Use \"exit\" to leave the shell.\n");
                    } else if stopped && !self.warned_of_jobs {
                        self.warned_of_jobs = true;
                        self.say(b"You have stopped jobs.\n");
                    } else {
                        self.say(b"\n");
                        return Ok(());
                    }
                    source.text.clear();
                    source.at = 0;
                }
                Err(_) => {
                    // An error: the rest of the line is dropped.
                    source.text.clear();
                    source.at = 0;
                    self.state.loop_depth = 0;
                    self.state.function_depth = 0;
                    self.state.errexit_off = 0;
                    self.calls.clear();
                    self.leave_scope(0);
                    ends = 0;
                }
            }
        }
    }

    /// Appends the next line from the terminal; nothing at its end. `begun`: a command goes on.
    pub fn read_terminal_line(&mut self, begun: bool, text: &mut Vec<u8>) {
        if !begun {
            self.tell_jobs();
            self.warned_of_jobs = false;
        }
        let prompt = self.text_of(if begun { PS2 } else { PS1 });
        let prompt = self.expand_text(&prompt);
        self.say(&prompt);
        let mut byte = [0];
        while let Ok(1) = sys::fd::read(sys::fd::STDIN, &mut byte) {
            text.push(byte[0]);
            if byte == *b"\n" {
                break;
            }
        }
    }

    /// What `history` lists.
    pub fn history_text(&self) -> Vec<u8> {
        Vec::new()
    }

    pub fn fc(&mut self, _words: &[&[u8]]) -> Run {
        Ok(())
    }

    /// The end of a session.
    pub fn farewell(&mut self) {
        if self.interactive {
            self.hang_up();
        }
    }
}
