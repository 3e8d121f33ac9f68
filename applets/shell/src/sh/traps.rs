//! Signals and traps (POSIX.1-2024 XCU 2.12, `trap`).

use alloc::rc::Rc;
use alloc::vec::Vec;
use sys::libc;

use super::shell::*;

impl Shell {
    /// Sets the action of a signal, of `EXIT` (0) or of [`ERR`]; `None` is the default.
    pub fn set_trap(&mut self, signal: usize, action: Option<&[u8]>) -> Run {
        let is_signal = signal > 0 && signal < ERR;
        if is_signal {
            if self.ignored_at_start >> (signal - 1) & 1 != 0 && !self.interactive {
                // POSIX: what was ignored when a script began stays ignored.
                return Ok(());
            }
            let set = self.state.traps.get(signal).is_some_and(Option::is_some);
            if action.is_none() && !set && !self.state.traps_inherited {
                return Ok(());
            }
            self.need_process()?;
        }
        self.state.traps_inherited = false;
        let mut traps: Traps = (*self.state.traps).clone();
        traps.resize(ERR + 1, None);
        if let Some(slot) = traps.get_mut(signal) {
            *slot = action.map(Rc::from);
        }
        self.state.traps = Rc::new(traps);
        if is_signal {
            self.apply(signal as i32);
        }
        Ok(())
    }

    /// Makes the disposition of a signal what its trap says, or else what this kind of shell does with it.
    pub fn apply(&mut self, signal: i32) {
        let action = self.state.traps.get(signal as usize).cloned().flatten();
        let result = match action {
            Some(action) if action.is_empty() => sys::signal::ignore(signal),
            Some(_) => {
                self.caught |= 1 << (signal - 1);
                sys::signal::catch(signal)
            }
            None if self.interactive && signal == libc::SIGINT => sys::signal::catch(signal),
            None if self.interactive && matches!(signal, libc::SIGQUIT | libc::SIGTERM) => {
                sys::signal::ignore(signal)
            }
            None if self.interactive
                && self.has(MONITOR)
                && matches!(signal, libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU) =>
            {
                sys::signal::ignore(signal)
            }
            None if signal == libc::SIGPIPE && self.caught & PIPE_BIT != 0 => sys::signal::catch(signal),
            None => sys::signal::default(signal),
        };
        // SIGKILL and SIGSTOP cannot be changed.
        if let Ok(disposition) = result {
            disposition.keep();
        }
    }

    /// An interactive shell is not ended from the keyboard.
    pub fn signals_for_terminal(&mut self) {
        for signal in
            [libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU]
        {
            self.apply(signal);
        }
    }

    pub fn ignore_signal(&mut self, signal: i32) {
        if let Ok(disposition) = sys::signal::ignore(signal) {
            disposition.keep();
        }
    }

    /// In a child: traps are gone, so the signals they caught have their default action.
    pub fn signals_for_child(&mut self) {
        for signal in 1..65 {
            let caught = self.caught >> (signal - 1) & 1 != 0;
            let terminal = self.interactive
                && matches!(
                    signal,
                    libc::SIGINT
                        | libc::SIGQUIT
                        | libc::SIGTERM
                        | libc::SIGTSTP
                        | libc::SIGTTIN
                        | libc::SIGTTOU
                );
            let ignored = self.ignored_at_start >> (signal - 1) & 1 != 0;
            if (caught || terminal) && !ignored {
                sys::signal::take(signal);
                if let Ok(disposition) = sys::signal::default(signal) {
                    disposition.keep();
                }
            }
        }
        self.caught &= !PIPE_BIT;
    }

    /// Before this process becomes another program: signals are as they were outside.
    pub fn signals_for_exec(&mut self) {
        if self.interactive {
            self.signals_for_child();
        }
    }

    /// In a subshell: traps that are not "ignore" are gone, though `trap` still lists them.
    pub fn forget_traps(&mut self) {
        for (signal, action) in self.state.traps.iter().enumerate().take(ERR).skip(1) {
            if action.as_ref().is_some_and(|action| !action.is_empty()) {
                self.caught |= 1 << (signal - 1);
            }
        }
        if self.state.traps.iter().any(|action| action.as_ref().is_some_and(|action| !action.is_empty())) {
            self.state.outer_traps = Some(self.state.traps.clone());
            let kept: Traps = self
                .state
                .traps
                .iter()
                .map(|action| action.clone().filter(|action| action.is_empty()))
                .collect();
            self.state.traps = Rc::new(kept);
            self.state.traps_inherited = true;
        }
    }

    /// A signal that has come and has a trap; it stays.
    pub fn trapped_signal(&self) -> Option<i32> {
        (1..ERR as i32).find(|&signal| {
            sys::signal::has_come(signal)
                && self
                    .state
                    .traps
                    .get(signal as usize)
                    .is_some_and(|action| action.as_ref().is_some_and(|action| !action.is_empty()))
                || signal == libc::SIGINT && self.interactive && sys::signal::has_come(signal)
        })
    }

    /// Runs the traps of signals that have come.
    #[inline(never)]
    pub fn run_traps(&mut self) -> Run {
        for signal in 1..ERR {
            let trapped = self.state.traps.get(signal).is_some_and(Option::is_some);
            if trapped {
                if !self.state.in_trap_of(signal) && sys::signal::take(signal as i32) {
                    self.run_trap(signal)?;
                }
                continue;
            }
            let in_memory = self.level > self.own_level;
            if matches!(signal as i32, libc::SIGINT | libc::SIGPIPE) && sys::signal::has_come(signal as i32) {
                if in_memory {
                    // The subshell would have been ended by it; the shell around it runs its trap.
                    self.status = (128 + signal) as u8;
                    return Err(Stop::Exit);
                }
                if signal == libc::SIGPIPE as usize && !self.interactive {
                    if let Ok(disposition) = sys::signal::default(libc::SIGPIPE) {
                        disposition.keep();
                    }
                    // Cannot fail.
                    let _ = sys::process::kill(sys::process::id(), libc::SIGPIPE);
                }
                if self.interactive && signal == libc::SIGINT as usize {
                    sys::signal::take(libc::SIGINT);
                    self.status = 130;
                    return Err(Stop::Abort);
                }
            }
            if !in_memory && signal != libc::SIGCHLD as usize && signal != libc::SIGWINCH as usize {
                sys::signal::take(signal as i32);
            }
        }
        Ok(())
    }

    /// Runs one trap; `$?` is as before afterwards.
    pub fn run_trap(&mut self, signal: usize) -> Run {
        let Some(action) = self.state.traps.get(signal).cloned().flatten() else { return Ok(()) };
        if action.is_empty() {
            return Ok(());
        }
        let status = self.status;
        let outer = core::mem::replace(&mut self.state.in_trap, true);
        let before = self.before_trap.replace((self.level, status));
        let result = self.run_text(&action);
        self.before_trap = before;
        self.state.in_trap = outer;
        if result.is_ok() {
            self.status = status;
        }
        result
    }

    /// The trap of `EXIT`, once.
    pub fn run_exit_trap(&mut self) {
        let Some(action) = self.state.traps.first().cloned().flatten() else { return };
        let mut traps: Traps = (*self.state.traps).clone();
        if let Some(slot) = traps.first_mut() {
            *slot = None;
        }
        self.state.traps = Rc::new(traps);
        let status = self.status;
        self.state.errexit_off += 1;
        let before = self.before_trap.replace((self.level, status));
        let result = self.run_text(&action);
        self.before_trap = before;
        self.state.errexit_off -= 1;
        if result != Err(Stop::Exit) {
            self.status = status;
        }
    }

    /// What `trap` prints.
    pub fn list_traps(&self) -> Vec<u8> {
        let mut text = Vec::new();
        let traps = match &self.state.outer_traps {
            Some(outer) if self.state.traps_inherited => outer,
            _ => &self.state.traps,
        };
        for (signal, action) in traps.iter().enumerate() {
            if let Some(action) = action {
                text.extend_from_slice(b"trap -- ");
                super::expand::quote(action, &mut text);
                text.push(b' ');
                push_signal(signal, &mut text);
                text.push(b'\n');
            }
        }
        text
    }
}

impl Saved {
    /// A trap is not interrupted by itself.
    fn in_trap_of(&self, _signal: usize) -> bool {
        self.in_trap
    }
}

/// The name of a signal as `trap` writes it.
pub fn push_signal(signal: usize, text: &mut Vec<u8>) {
    match signal {
        0 => text.extend_from_slice(b"EXIT"),
        ERR => text.extend_from_slice(b"ERR"),
        _ => match sys::signal::name(signal as i32) {
            Some(name) => text.extend_from_slice(name),
            None => num::push_dec(text, signal as u64),
        },
    }
}
