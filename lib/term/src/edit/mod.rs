//! The line editor: a line from a terminal, with the keys of Emacs or vi, history, completion, and more.

mod ask;
mod complete;
mod draw;
mod emacs;
mod line;
mod search;
mod vi;

use alloc::vec::Vec;
use sys::signal::catch;
use sys::{Errno, RawFd, Result, libc};

use crate::{History, Key, Keys, Raw};
pub(crate) use ask::ask;
use draw::Draw;
use line::Line;

/// What the editor asks of the program that it reads for.
pub trait Host {
    /// What the word at `cursor` (in bytes) may become.
    fn complete(&mut self, _line: &[u8], _cursor: usize) -> Completion {
        Completion::default()
    }

    /// A signal has come (a child has ended, a trap …): whether the line is to be given up.
    fn woken(&mut self) -> bool {
        false
    }

    /// What is to be shown now, above the line: asked for after [`Host::woken`] has said that it goes on.
    fn news(&mut self) -> Vec<u8> {
        Vec::new()
    }

    /// Edits `line` in another program, the terminal being as it was; `None` if it stays as it is.
    fn edit(&mut self, _line: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// A [`Host`] that has nothing to say.
pub struct NoHost;
impl Host for NoHost {}

/// What a word may become.
#[derive(Default)]
pub struct Completion {
    /// Where the word begins, in bytes of the line.
    pub start: usize,
    /// What may stand there up to the cursor, quoted as it must be and with what ends it (`/`, or a blank), which only
    /// comes in when there is a single candidate.
    pub candidates: Vec<Vec<u8>>,
    /// How the candidates are listed; those without an entry as what is behind their last `/`.
    pub names: Vec<Vec<u8>>,
}

/// How reading a line ended.
#[derive(PartialEq, Eq, Debug)]
pub enum Outcome {
    /// A line, without its newline.
    Line(Vec<u8>),
    /// The end of input: Ctrl-D on an empty line, or the terminal is gone.
    Eof,
    /// Ctrl-C, or [`Host::woken`] said so.
    Interrupted,
}

/// A line editor; it lives as long as the program that reads lines.
pub struct Editor {
    /// Lines typed earlier. Lines are not added by themselves.
    pub history: History,
    /// The keys are those of vi.
    pub vi: bool,
    /// Several bytes are one character.
    pub utf8: bool,
    /// The terminal knows no sequences (`TERM=dumb`): its own line editing has to do.
    pub dumb: bool,
    /// Columns and rows where the terminal does not say: `COLUMNS` and `LINES`, 0 if not set.
    pub fallback: (usize, usize),
    input: RawFd,
    output: RawFd,
    killed: Vec<u8>,
    last_change: Vec<Key>,
    last_find: (u8, Key),
    last_search: (Vec<u8>, bool),
}

impl Editor {
    /// An editor that reads from the terminal `input` and draws on the terminal `output`, with a history of 1000 lines.
    pub fn new(input: RawFd, output: RawFd) -> Editor {
        Editor {
            history: History::new(1000),
            vi: false,
            utf8: true,
            dumb: false,
            fallback: (0, 0),
            input,
            output,
            killed: Vec::new(),
            last_change: Vec::new(),
            last_find: (0, Key(0)),
            last_search: (Vec::new(), false),
        }
    }

    /// Reads a line behind `prompt`. Bytes of the prompt between 0x01 and 0x02 take no columns, nor do sequences.
    ///
    /// # Errors
    /// Reading or writing fails.
    pub fn read_line(&mut self, prompt: &[u8], host: &mut dyn Host) -> Result<Outcome> {
        if self.dumb || !sys::terminal::is_terminal(self.output) {
            return self.read_plainly(prompt, host);
        }
        let Ok(raw) = Raw::enter(self.input) else {
            return self.read_plainly(prompt, host);
        };
        let window = catch(libc::SIGWINCH).ok();
        let mut keys = Keys::new(self.input, self.utf8);
        keys.alt = !self.vi;
        let columns = crate::size(self.output, self.fallback).0;
        let place = self.history.lines().len();
        let line = Line::new(self.utf8);
        let draw = Draw::new(self.output, self.utf8, columns, prompt);
        let mut session = Session {
            editor: self,
            host,
            keys,
            raw,
            line,
            draw,
            place,
            draft: Vec::new(),
            done: None,
            command: false,
            replace: false,
            changed: false,
            repeating: false,
            record: Vec::new(),
            last: Last::Other,
            argument: 0,
        };
        session.run();
        let outcome = session.done.take().unwrap_or(Outcome::Eof);
        drop(session);
        drop(window);
        Ok(outcome)
    }

    /// A line as it comes: from a terminal without sequences, or no terminal at all.
    fn read_plainly(&mut self, prompt: &[u8], host: &mut dyn Host) -> Result<Outcome> {
        let (mut all, mut last) = (Vec::new(), Vec::new());
        draw::split_prompt(prompt, &mut all, &mut last, &mut Vec::new());
        all.extend_from_slice(&last);
        sys::fd::write_all(self.output, &all)?;
        let mut line = Vec::new();
        loop {
            // One byte at a time: what is behind the line is somebody else's.
            let mut byte = [0];
            match sys::fd::read_once(self.input, &mut byte) {
                Ok(0) if line.is_empty() => return Ok(Outcome::Eof),
                Ok(0) => return Ok(Outcome::Line(line)),
                Ok(_) if byte == *b"\n" => return Ok(Outcome::Line(line)),
                Ok(_) => line.push(byte[0]),
                Err(Errno(libc::EINTR)) if host.woken() => return Ok(Outcome::Interrupted),
                Err(Errno(libc::EINTR)) => sys::fd::write_all(self.output, &host.news())?,
                Err(error) => return Err(error),
            }
        }
    }
}

/// What the key before did, for keys that go on with it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Kill,
    Argument,
    Tab,
    Other,
}

/// The reading of one line. What is asked for everywhere comes first: the code is smaller for near fields.
#[repr(C)]
struct Session<'a> {
    editor: &'a mut Editor,
    host: &'a mut dyn Host,
    /// vi's command mode.
    command: bool,
    /// vi's `R`: what is typed replaces.
    replace: bool,
    /// The command has changed the line: `.` repeats it.
    changed: bool,
    repeating: bool,
    last: Last,
    /// Which line of the history is shown; the new line is behind the last one.
    place: usize,
    /// How far back `M-.` has gone.
    argument: usize,
    line: Line,
    /// The new line, while one of the history is shown.
    draft: Vec<u8>,
    done: Option<Outcome>,
    keys: Keys,
    raw: Raw,
    draw: Draw,
    record: Vec<Key>,
}

impl Session<'_> {
    #[inline(never)]
    fn run(&mut self) {
        self.draw.begin();
        while self.done.is_none() {
            if self.command && self.keys.injected() == 0 {
                self.begin_command();
            }
            let Some(key) = self.key() else { break };
            let last = core::mem::replace(&mut self.last, Last::Other);
            if key == Key::PASTE {
                self.paste();
            } else if self.command {
                self.vi_command(key);
            } else if self.editor.vi {
                self.vi_insert(key, last);
            } else {
                self.emacs(key, last);
            }
        }
        let interrupted = self.done == Some(Outcome::Interrupted);
        self.line.at = self.line.text.len();
        self.show();
        self.draw.end(interrupted);
    }

    fn show(&mut self) {
        self.draw.show(&self.line.text, self.line.at);
    }

    /// Shows text below the line, which then comes again.
    #[inline(never)]
    fn below(&mut self, text: &[u8]) {
        let at = core::mem::replace(&mut self.line.at, self.line.text.len());
        self.show();
        self.draw.below(text);
        self.line.at = at;
    }

    /// The next key; `None` when the reading is over.
    fn key(&mut self) -> Option<Key> {
        loop {
            if !self.keys.waiting() {
                self.show();
            }
            let repeated = self.keys.injected() > 0;
            match self.keys.read() {
                Key::RESIZE => {
                    let columns = crate::size(self.editor.output, self.editor.fallback).0;
                    self.draw.resize(columns);
                }
                Key::SIGNAL if self.host.woken() => {
                    self.done = Some(Outcome::Interrupted);
                    return None;
                }
                Key::SIGNAL => {
                    let news = self.host.news();
                    if !news.is_empty() {
                        self.below(&news);
                    }
                }
                Key::UNKNOWN => {}
                Key::GONE => {
                    self.done = Some(Outcome::Eof);
                    return None;
                }
                key => {
                    if !repeated && (self.command || self.changed) {
                        self.record.push(key);
                    }
                    return Some(key);
                }
            }
        }
    }

    /// The line is complete.
    fn enter(&mut self) {
        self.done = Some(Outcome::Line(self.line.text.clone()));
    }

    /// Keys that mean the same with Emacs' and vi's keys, as long as text is typed; whether this is one.
    fn common(&mut self, key: Key, last: Last) -> bool {
        match key {
            Key(10 | 13) => self.enter(),
            // ^C
            Key(3) => self.done = Some(Outcome::Interrupted),
            // ^D
            Key(4) if self.line.text.is_empty() => self.done = Some(Outcome::Eof),
            Key(8 | 127) => self.line.rub_out(),
            // ^I
            Key(9) => self.complete(last == Last::Tab),
            // ^L
            Key(12) => self.draw.clear(),
            // ^R
            Key(18) => self.search_back(),
            // ^Q and ^V
            Key(17 | 22) => {
                if let Some(key) = self.key() {
                    self.type_key(key);
                }
            }
            Key::UP => self.go(self.place.wrapping_sub(1)),
            Key::DOWN => self.go(self.place + 1),
            Key::LEFT => self.line.step_left(),
            Key::RIGHT => self.line.step_right(),
            Key::HOME => self.line.at = 0,
            Key::END => self.line.at = self.line.text.len(),
            Key::DELETE => self.line.delete_forward(),
            Key(code)
                if matches!(key.plain(), Key::LEFT | Key::RIGHT) && code & (Key::CONTROL | Key::ALT) != 0 =>
            {
                let word = |c: u8| line::is_word(c);
                self.line.at = match key.plain() {
                    Key::LEFT => self.line.word_back(self.line.at, &word),
                    _ => self.line.word_end(self.line.at, &word),
                };
            }
            _ if key.is_text() => self.type_key(key),
            _ => return false,
        }
        true
    }

    /// Puts a key in as text.
    fn type_key(&mut self, key: Key) {
        let mut bytes = Vec::new();
        key.write(&mut bytes);
        if self.replace && self.line.at < self.line.text.len() {
            self.line.note(true);
            self.line.cut(self.line.at, self.line.right(self.line.at));
        }
        self.line.insert(&bytes, true);
    }

    /// Takes a pasted text in as it is: nothing in it is a command.
    fn paste(&mut self) {
        let mut pasted = Vec::new();
        loop {
            match self.keys.read() {
                key if key.plain() == Key::PASTE_END => break,
                Key::GONE => break,
                Key(13) => pasted.push(b'\n'),
                Key::ESCAPE => pasted.push(27),
                key if key.0 < 0x20_0000 || key.0 & Key::BYTE != 0 => key.write(&mut pasted),
                _ => {}
            }
        }
        // The newline of a whole line is not yet a command to run it.
        let text = pasted.strip_suffix(b"\n").unwrap_or(&pasted);
        self.line.insert(text, false);
    }

    /// Shows line `place` of the history.
    fn go(&mut self, place: usize) {
        let count = self.editor.history.lines().len();
        if place > count {
            self.draw.bell();
            return;
        }
        if self.place == count {
            self.draft = self.line.text.clone();
        }
        self.place = place;
        let text = self.editor.history.lines().get(place).unwrap_or(&self.draft).clone();
        self.line.set(text);
    }

    /// Hands the line to another editor; what comes back is the command.
    fn edit_elsewhere(&mut self) {
        self.line.at = self.line.text.len();
        self.show();
        self.draw.end(false);
        self.raw.pause();
        let new = self.host.edit(&self.line.text);
        let _ = self.raw.again();
        match new {
            Some(text) => {
                self.line.set(text);
                self.draw.begin();
                self.enter();
            }
            None => self.draw.begin(),
        }
    }

    /// Removes a piece of the line and keeps it for yanking; `more` adds it to what was kept before.
    fn kill(&mut self, from: usize, to: usize, last: Last) {
        if from >= to {
            return;
        }
        self.line.note(false);
        let back = to == self.line.at;
        let cut = self.line.cut(from, to);
        if last != Last::Kill {
            self.editor.killed.clear();
        }
        if back {
            line::insert_at(&mut self.editor.killed, 0, &cut);
        } else {
            self.editor.killed.extend_from_slice(&cut);
        }
        self.last = Last::Kill;
    }
}

#[cfg(test)]
mod tests;
