//! The shell at a terminal: prompts, line editing, start and end of a session.

use alloc::boxed::Box;
use alloc::vec::Vec;
use sys::{Fd, RawFd, libc};

use term::edit::{Completion, Editor, Host, Outcome};

use super::redirect::{OWN, apart};
use super::shell::*;
use super::source::{Source, Supply};
use super::symbols::*;

/// What an interactive shell has of its terminal.
pub struct Terminal {
    fd: Fd,
    editor: Option<Box<Editor>>,
    /// The settings as commands are to find them.
    settings: Option<sys::terminal::Settings>,
}

impl Terminal {
    pub fn history(&self) -> Option<&term::History> {
        Some(&self.editor.as_ref()?.history)
    }

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
        let Ok(fd) = apart(sys::fd::open_read(file)) else {
            return;
        };
        // What goes wrong in it has been told.
        let _ = self.run_file(fd.raw());
    }

    /// Takes charge of the terminal.
    fn open_terminal(&mut self) {
        let fd = apart(sys::fd::open(b"/dev/tty", libc::O_RDWR, 0))
            .or_else(|_| sys::fd::duplicate_above(sys::fd::STDERR, OWN));
        if let Ok(fd) = fd {
            let settings = sys::terminal::settings(fd.raw()).ok();
            let controls = sys::terminal::foreground(fd.raw());
            self.terminal = Some(Box::new(Terminal { fd, editor: None, settings }));
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
                    } else if stopped && self.warned_of_jobs == 0 {
                        self.warned_of_jobs = 2;
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
    #[inline(never)]
    pub fn read_terminal_line(&mut self, begun: bool, text: &mut Vec<u8>) {
        if !begun {
            // Was for the line before.
            sys::signal::take(libc::SIGINT);
            self.tell_jobs();
            self.warned_of_jobs = self.warned_of_jobs.saturating_sub(1);
        }
        loop {
            let prompt = self.prompt(if begun { PS2 } else { PS1 });
            let Some(mut editor) = self.take_editor() else { return };
            editor.vi = self.has(VI);
            editor.utf8 = self.utf8;
            editor.dumb = matches!(self.var(TERM), Some(b"dumb" | b""));
            let number = |shell: &mut Shell, sym| {
                num::parse_u64(shell.var(sym).unwrap_or_default()).unwrap_or(0) as usize
            };
            editor.fallback = (number(self, COLUMNS), number(self, LINES));
            let mut children = None;
            if self.has(NOTIFY) {
                children = sys::signal::catch(libc::SIGCHLD).ok();
                // One may have ended while the prompt was made.
                self.tell_jobs();
            }
            let outcome = editor.read_line(&prompt, &mut Helper { shell: self });
            drop(children);
            let line = match outcome {
                Ok(Outcome::Line(line)) => Some(line),
                Ok(Outcome::Interrupted) => {
                    self.put_editor(editor);
                    sys::signal::take(libc::SIGINT);
                    self.status = 130;
                    if begun {
                        self.interrupted = true;
                        return;
                    }
                    if self.run_traps().is_err() && self.status != 130 {
                        return;
                    }
                    continue;
                }
                _ => None,
            };
            if let Some(line) = line {
                self.remember(&mut editor, &line);
                text.extend_from_slice(&line);
                text.push(b'\n');
            }
            self.put_editor(editor);
            return;
        }
    }

    /// The line editor; made, with the history in it, when it is first needed.
    pub fn take_editor(&mut self) -> Option<Box<Editor>> {
        if self.terminal.as_ref()?.editor.is_none() {
            let mut editor = Box::new(Editor::new(sys::fd::STDIN, sys::fd::STDERR));
            let limit = self.history_size();
            editor.history.set_limit(limit);
            if let Some(file) = self.history_file() {
                // No history is no reason not to begin.
                let _ = editor.history.load(&file);
            }
            return Some(editor);
        }
        self.terminal.as_mut()?.editor.take()
    }

    pub fn put_editor(&mut self, editor: Box<Editor>) {
        if let Some(terminal) = &mut self.terminal {
            terminal.editor = Some(editor);
        }
    }

    /// A prompt with its escapes replaced and its parameters expanded.
    #[inline(never)]
    pub fn prompt(&mut self, sym: Sym) -> Vec<u8> {
        let text = self.text_of(sym);
        let mut out = Vec::new();
        let mut rest = text.as_slice();
        while let [first, tail @ ..] = rest {
            rest = tail;
            if *first != b'\\' {
                out.push(*first);
                continue;
            }
            let Some((&letter, tail)) = rest.split_first() else { break };
            rest = tail;
            match letter {
                b'[' => out.push(1),
                b']' => out.push(2),
                b'e' => out.push(0x1b),
                b'a' => out.push(7),
                b'n' => out.push(b'\n'),
                b'r' => out.push(b'\r'),
                b'$' => out.extend_from_slice(if sys::process::euid() == 0 { b"#" } else { b"\\$" }),
                b'0'..=b'7' => {
                    let mut value = u32::from(letter - b'0');
                    for _ in 0..2 {
                        if let [digit @ b'0'..=b'7', tail @ ..] = rest {
                            value = value * 8 + u32::from(digit - b'0');
                            rest = tail;
                        }
                    }
                    out.push(value as u8);
                }
                _ => {
                    let mut value = Vec::new();
                    if self.prompt_value(letter, &mut value).is_some() {
                        push_safely(&value, &mut out);
                    } else {
                        out.extend_from_slice(&[b'\\', letter]);
                    }
                }
            }
        }
        self.expand_text(&out)
    }

    /// Adds what a letter behind a backslash stands for in a prompt; `None`: nothing.
    #[inline(never)]
    fn prompt_value(&mut self, letter: u8, out: &mut Vec<u8>) -> Option<()> {
        let behind_slash = |path: &[u8], out: &mut Vec<u8>| {
            out.extend_from_slice(path.rsplit(|&byte| byte == b'/').next().unwrap_or_default());
            Some(())
        };
        let format: &[u8] = match letter {
            b'u' => {
                out.extend_from_slice(users::user_by_id(sys::process::euid())?.name());
                return Some(());
            }
            b'h' | b'H' => {
                let host = sys::host::uname().ok()?;
                let node = host.node();
                let end = node.iter().position(|&byte| byte == b'.' && letter == b'h');
                out.extend_from_slice(node.get(..end.unwrap_or(node.len()))?);
                return Some(());
            }
            b'w' | b'W' => {
                let mut folder = self.text_of(PWD);
                let home = self.text_of(HOME);
                if let Some(rest) = folder.strip_prefix(home.as_slice())
                    && home.len() > 1
                    && (rest.is_empty() || rest.starts_with(b"/"))
                {
                    folder = [b"~", rest].concat();
                }
                if letter == b'W' && folder != b"/" {
                    return behind_slash(&folder, out);
                }
                *out = folder;
                return Some(());
            }
            b's' => return behind_slash(&self.zero, out),
            b'v' | b'V' => return behind_slash(env!("CARGO_PKG_VERSION").as_bytes(), out),
            b'\\' => return behind_slash(b"\\", out),
            b'j' | b'!' | b'#' => {
                let number = match letter {
                    b'j' => self.jobs.list.len(),
                    _ => self.history().map_or(1, |history| history.first() + history.lines().len()),
                };
                num::push_dec(out, number as u64);
                return Some(());
            }
            b't' => b"%H:%M:%S",
            b'T' => b"%I:%M:%S",
            b'@' => b"%I:%M %p",
            b'A' => b"%H:%M",
            b'd' => b"%a %b %d",
            _ => return None,
        };
        let zone = self.text_of_name(b"TZ");
        let zone = time::zone::load(zone.as_deref(), &mut |path| sys::fs::read_file(path, 1 << 20).ok());
        let now = sys::time::now();
        time::format(format, &zone.local(now.sec), now.sec, now.nsec, out);
        Some(())
    }

    /// The value of a variable by its name.
    fn text_of_name(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        let sym = self.symbols.find(name)?;
        self.var(sym).map(<[u8]>::to_vec)
    }

    /// The end of a session.
    pub fn farewell(&mut self) {
        if self.interactive {
            self.hang_up();
        }
    }
}

/// What the editor asks of the shell.
struct Helper<'a> {
    shell: &'a mut Shell,
}

impl Host for Helper<'_> {
    fn complete(&mut self, line: &[u8], cursor: usize) -> Completion {
        self.shell.complete(line, cursor)
    }

    fn woken(&mut self) -> bool {
        // A trap is run between lines; SIGINT gives the line up.
        sys::signal::has_come(libc::SIGINT)
            || self.shell.trapped_signal().is_some_and(|signal| signal != libc::SIGCHLD)
    }

    fn news(&mut self) -> Vec<u8> {
        if self.shell.has(NOTIFY) { self.shell.news_of_jobs() } else { Vec::new() }
    }
}

/// Adds a value to a prompt that will be expanded: nothing in it is an expansion, and nothing controls the terminal.
fn push_safely(value: &[u8], out: &mut Vec<u8>) {
    for &byte in value {
        match byte {
            b'$' | b'`' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..=31 | 127 => out.push(b'?'),
            _ => out.push(byte),
        }
    }
}
