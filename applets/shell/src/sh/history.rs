//! The history of a session, and `fc` (POSIX.1-2024 XCU `fc`).

use alloc::vec::Vec;
use sys::libc;

use term::History;
use term::edit::Editor;

use super::shell::*;
use super::symbols::*;

/// Options of `fc`, by their place in `lnrs`.
const LIST: u32 = 1;
const BARE: u32 = 2;
const REVERSE: u32 = 4;
const AGAIN: u32 = 8;

impl Shell {
    pub fn history_size(&mut self) -> usize {
        self.var(HISTSIZE).and_then(|size| num::parse_u64(size).ok()).unwrap_or(1000) as usize
    }

    /// `HISTFILE`, or `~/.ash_history` as BusyBox has it.
    pub fn history_file(&mut self) -> Option<Vec<u8>> {
        if let Some(file) = self.var(HISTFILE) {
            return (!file.is_empty()).then(|| file.to_vec());
        }
        let home = self.var(HOME).filter(|home| !home.is_empty())?;
        Some([home, b"/.ash_history"].concat())
    }

    /// Adds a line to the history, in memory and in its file.
    pub fn remember(&mut self, editor: &mut Editor, line: &[u8]) {
        let control = self.text_of(HISTCONTROL);
        let says = |word: &[u8]| {
            control.split(|&byte| byte == b':').any(|part| part == word || part == b"ignoreboth")
        };
        editor.history.add(line, says(b"ignorespace"), says(b"ignoredups"));
        let limit = self.history_size();
        editor.history.set_limit(limit);
        if let Some(file) = self.history_file() {
            // A home that cannot be written to has no history.
            let _ = editor.history.save(&file, limit);
        }
    }

    pub fn history(&self) -> Option<&History> {
        self.terminal.as_ref()?.history()
    }

    /// `history`: lists it.
    pub fn history_builtin(&mut self, _: &[&[u8]]) -> Run {
        let mut text = Vec::new();
        if let Some(history) = self.history() {
            for (at, line) in history.lines().iter().enumerate() {
                push_numbered(history.first() + at, line, &mut text);
            }
        }
        self.out.write(&text);
        Ok(())
    }

    /// `fc`: lists, edits and repeats earlier lines.
    pub fn fc(&mut self, words: &[&[u8]]) -> Run {
        let mut options = 0;
        let mut program = None;
        let mut rest = words;
        while let [[b'-', cluster @ ..], tail @ ..] = rest
            && !cluster.iter().all(u8::is_ascii_digit)
        {
            rest = tail;
            if cluster == b"-" {
                break;
            }
            for &letter in cluster {
                match b"lnrse".iter().position(|&known| known == letter) {
                    Some(4) => {
                        let [name, tail @ ..] = rest else {
                            return self.fail(2, &[b"-e: editor expected"]);
                        };
                        options = options & !AGAIN | if *name == b"-" { AGAIN } else { 0 };
                        program = Some(name.to_vec());
                        rest = tail;
                    }
                    Some(at) => options |= 1 << at,
                    None => return self.illegal_option(letter),
                }
            }
        }
        let (list, again) = (options & LIST != 0, options & AGAIN != 0);
        let mut change = None;
        if let [first, tail @ ..] = rest
            && again
            && let Some(at) = first.iter().position(|&byte| byte == b'=')
        {
            change = first.split_at_checked(at);
            rest = tail;
        }
        let mut text = Vec::new();
        match self.history() {
            Some(history) if !history.lines().is_empty() => {
                if !earlier_lines(history, rest, options, &mut text) {
                    return self.fail(1, &[b"history specification out of range"]);
                }
            }
            _ => return Ok(()),
        }
        if list {
            self.out.write(&text);
            return Ok(());
        }
        if again {
            if let Some((old, new)) = change
                && let Some(at) = super::pattern::find_literal(&text, old)
            {
                let (before, rest) = text.split_at_checked(at).unwrap_or_default();
                let new = new.get(1..).unwrap_or_default();
                text = [before, new, rest.get(old.len()..).unwrap_or_default()].concat();
            }
        } else {
            for sym in [FCEDIT, EDITOR] {
                program = program.or_else(|| self.var(sym).map(<[u8]>::to_vec));
            }
            match self.edit_text(program.as_deref().unwrap_or(b"vi"), &text)? {
                Some(edited) => text = edited,
                None => return Ok(()),
            }
        }
        self.say(&text);
        if let Some(mut editor) = self.take_editor() {
            // What is run is what is remembered, in place of the `fc`.
            let end = editor.history.lines().len();
            editor.history.remove(end.saturating_sub(1));
            for line in text.split(|&byte| byte == b'\n') {
                self.remember(&mut editor, line);
            }
            self.put_editor(editor);
        }
        self.run_text(&text)
    }

    /// Lets `program` edit `text`; `None` if it fails.
    #[inline(never)]
    fn edit_text(&mut self, program: &[u8], text: &[u8]) -> Run<Option<Vec<u8>>> {
        let mut name = b"/tmp/sh.".to_vec();
        let mut random = [0; 8];
        if sys::host::random(&mut random).is_err() {
            return Ok(None);
        }
        num::push_radix(&mut name, u64::from_ne_bytes(random), 16, 16);
        let made = sys::fd::open(&name, libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, 0o600)
            .and_then(|fd| sys::fd::write_all(fd.raw(), text));
        if let Err(errno) = made {
            self.system_error(&[&name], errno);
            return Ok(None);
        }
        let result = self.run_text(&[program, b" ", &name].concat());
        let edited =
            if result.is_ok() && self.status == 0 { sys::fs::read_file(&name, 1 << 20).ok() } else { None };
        // It is ours, and it may be gone already.
        let _ = sys::fs::unlinkat(sys::fd::CWD, &name, 0);
        result.map(|()| edited)
    }
}

/// Adds the lines that the operands of `fc` mean to `text`; `false` if there are none.
#[inline(never)]
fn earlier_lines(history: &History, operands: &[&[u8]], options: u32, text: &mut Vec<u8>) -> bool {
    let lines = history.lines();
    let list = options & LIST != 0;
    // The line with `fc` itself does not count.
    let count = lines.len().saturating_sub(1);
    let newest = count.saturating_sub(1);
    let place = |at: usize| operands.get(at).map(|word| history_place(history, count, word));
    let first = place(0).unwrap_or(Some(if list { count.saturating_sub(16) } else { newest }));
    let last = place(1).unwrap_or(if operands.is_empty() || list { Some(newest) } else { first });
    let (Some(first), Some(last)) = (first, last) else { return false };
    let (low, high) = (first.min(last), first.max(last));
    for step in 0..=high - low {
        let backwards = (first > last) != (options & REVERSE != 0);
        let at = if backwards { high - step } else { low + step };
        let Some(line) = lines.get(at) else { continue };
        if options & (LIST | BARE) == LIST {
            push_numbered(history.first() + at, line, text);
            continue;
        }
        if list {
            text.push(b'\t');
        }
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    true
}

/// Which line a number, a negative number, or the beginning of a line means.
fn history_place(history: &History, count: usize, word: &[u8]) -> Option<usize> {
    match num::parse_i64(word) {
        Ok(number) if number <= 0 => count.checked_sub(number.unsigned_abs().max(1) as usize),
        Ok(number) => Some((number as usize).saturating_sub(history.first()).min(count)),
        Err(_) => history.lines().get(..count)?.iter().rposition(|line| line.starts_with(word)),
    }
}

fn push_numbered(number: usize, line: &[u8], text: &mut Vec<u8>) {
    let mut digits = Vec::new();
    num::push_dec(&mut digits, number as u64);
    num::push_padded(text, &digits, 5, b' ');
    text.push(b' ');
    text.extend_from_slice(line);
    text.push(b'\n');
}
