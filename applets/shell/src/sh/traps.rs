//! Signals and traps (POSIX.1-2024 XCU 2.12, `trap`).

use alloc::rc::Rc;
use alloc::vec::Vec;
use sys::libc;
use sys::signal::Disposition;

use super::builtins::signal_number;
use super::shell::*;

/// The signals that an interactive shell is not ended by.
const OF_TERMINAL: [i32; 6] =
    [libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU];

/// A disposition that stays. Those of SIGKILL and SIGSTOP cannot be changed.
fn keep(disposition: sys::Result<Disposition>) {
    if let Ok(disposition) = disposition {
        disposition.keep();
    }
}

impl Shell {
    /// The action of a trap, if there is one; empty to ignore the signal.
    #[inline(never)]
    pub fn trap_of(&self, signal: usize) -> Option<&Rc<[u8]>> {
        self.state.traps.get(signal)?.as_ref()
    }

    /// Whether any trap would be run.
    pub fn has_traps(&self) -> bool {
        self.state.traps.iter().flatten().any(|action| !action.is_empty())
    }

    #[inline(never)]
    fn put_trap(&mut self, signal: usize, action: Option<&[u8]>) {
        let mut traps: Traps = (*self.state.traps).clone();
        traps.resize(ERR + 1, None);
        if let Some(slot) = traps.get_mut(signal) {
            *slot = action.map(Rc::from);
        }
        self.state.traps = Rc::new(traps);
    }

    /// Sets the action of a signal, of `EXIT` (0) or of [`ERR`]; `None` is the default.
    pub fn set_trap(&mut self, signal: usize, action: Option<&[u8]>) -> Run {
        let is_signal = signal > 0 && signal < ERR;
        if is_signal {
            if self.ignored_at_start >> (signal - 1) & 1 != 0 && !self.interactive {
                // POSIX: what was ignored when a script began stays ignored.
                return Ok(());
            }
            if action.is_none() && self.trap_of(signal).is_none() && !self.state.traps_inherited {
                return Ok(());
            }
            self.need_process()?;
        }
        self.state.traps_inherited = false;
        self.put_trap(signal, action);
        if is_signal {
            self.apply(signal as i32);
        }
        Ok(())
    }

    /// Makes the disposition of a signal what its trap says, or else what this kind of shell does with it.
    pub fn apply(&mut self, signal: i32) {
        let action = self.trap_of(signal as usize).map(|action| action.is_empty());
        keep(match action {
            Some(true) => sys::signal::ignore(signal),
            Some(false) => {
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
        });
    }

    /// An interactive shell is not ended from the keyboard.
    pub fn signals_for_terminal(&mut self) {
        for signal in OF_TERMINAL {
            self.apply(signal);
        }
    }

    pub fn ignore_signal(&mut self, signal: i32) {
        keep(sys::signal::ignore(signal));
    }

    /// In a child: traps are gone, so the signals they caught have their default action.
    pub fn signals_for_child(&mut self) {
        for signal in 1..65 {
            let caught = self.caught >> (signal - 1) & 1 != 0;
            let terminal = self.interactive && OF_TERMINAL.contains(&signal);
            let ignored = self.ignored_at_start >> (signal - 1) & 1 != 0;
            if (caught || terminal) && !ignored {
                sys::signal::take(signal);
                keep(sys::signal::default(signal));
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
        if !self.has_traps() {
            return;
        }
        let mut kept = Traps::new();
        for (signal, action) in self.state.traps.iter().enumerate() {
            let gone = action.as_ref().is_some_and(|action| !action.is_empty());
            if gone && (1..ERR).contains(&signal) {
                self.caught |= 1 << (signal - 1);
            }
            kept.push(if gone { None } else { action.clone() });
        }
        self.state.outer_traps = Some(core::mem::replace(&mut self.state.traps, Rc::new(kept)));
        self.state.traps_inherited = true;
    }

    /// A signal that has come and has a trap; it stays.
    pub fn trapped_signal(&self) -> Option<i32> {
        (1..ERR as i32).find(|&signal| {
            sys::signal::has_come(signal)
                && (self.trap_of(signal as usize).is_some_and(|action| !action.is_empty())
                    || signal == libc::SIGINT && self.interactive)
        })
    }

    /// Runs the traps of signals that have come.
    #[inline(never)]
    pub fn run_traps(&mut self) -> Run {
        for signal in 1..ERR {
            if self.trap_of(signal).is_some() {
                // A trap is not interrupted by itself.
                if self.state.in_traps >> signal & 1 == 0 && sys::signal::take(signal as i32) {
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
                    keep(sys::signal::default(libc::SIGPIPE));
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
        let Some(action) = self.trap_of(signal).cloned() else { return Ok(()) };
        if action.is_empty() {
            return Ok(());
        }
        let status = self.status;
        let outer = self.state.in_traps;
        self.state.in_traps |= 1 << signal;
        let before = self.before_trap.replace((self.level, self.state.function_depth, status));
        let result = self.run_text(&action);
        self.before_trap = before;
        self.state.in_traps = outer;
        if result.is_ok() {
            self.status = status;
        }
        result
    }

    /// The trap of `EXIT`, once.
    pub fn run_exit_trap(&mut self) {
        let Some(action) = self.trap_of(0).cloned() else { return };
        self.put_trap(0, None);
        let status = self.status;
        self.state.errexit_off += 1;
        let before = self.before_trap.replace((self.level, self.state.function_depth, status));
        let result = self.run_text(&action);
        self.before_trap = before;
        self.state.errexit_off -= 1;
        if result != Err(Stop::Exit) {
            self.status = status;
        }
    }

    /// What `trap` prints of the signals in `words`, or of all.
    pub fn list_traps(&self, words: &[&[u8]]) -> Vec<u8> {
        let mut text = Vec::new();
        let traps = match &self.state.outer_traps {
            Some(outer) if self.state.traps_inherited => outer,
            _ => &self.state.traps,
        };
        for (signal, action) in traps.iter().enumerate() {
            let wanted = words.is_empty() || words.iter().any(|word| signal_number(word) == Some(signal));
            if let Some(action) = action
                && wanted
            {
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
