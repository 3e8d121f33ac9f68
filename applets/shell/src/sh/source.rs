//! Where script text comes from: a string, a file, a terminal; and aliases spliced into it.

use alloc::vec::Vec;
use sys::{RawFd, libc};

use super::symbols::Sym;

/// Who supplies more text when what is there has been read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Supply {
    /// Nobody: the text is all.
    None,
    /// A file of the shell's own.
    File(RawFd),
    /// Standard input, of which no byte may be taken that commands could want to read.
    Stdin,
    /// The user at a terminal.
    Terminal,
}

/// Script text and a place in it.
pub struct Source {
    pub text: Vec<u8>,
    pub at: usize,
    pub line: u32,
    pub supply: Supply,
    /// The aliases whose text is being read, and how much text is left where each of them ends.
    aliases: Vec<(Sym, usize)>,
}

/// How much of a script file is read at once.
const BLOCK: usize = 16 * 1024;

impl Source {
    #[inline(never)]
    pub fn new(text: Vec<u8>, supply: Supply, line: u32) -> Source {
        Source { text, at: 0, line, supply, aliases: Vec::new() }
    }

    /// The byte so far ahead, if it is already there.
    #[inline]
    pub fn ahead(&self, count: usize) -> Option<u8> {
        self.text.get(self.at + count).copied()
    }

    /// Forgets the text that has been read: between commands.
    pub fn trim(&mut self) {
        if self.at == self.text.len() {
            self.text.clear();
            self.at = 0;
        } else if self.at > BLOCK {
            self.text.drain(..self.at);
            self.at = 0;
        }
    }

    /// Reads more from a file; `false` at its end.
    pub fn read_more(&mut self) -> bool {
        let before = self.text.len();
        match self.supply {
            Supply::File(fd) => {
                self.text.resize(before + BLOCK, 0);
                let got = sys::fd::read(fd, self.text.get_mut(before..).unwrap_or_default()).unwrap_or(0);
                self.text.truncate(before + got);
            }
            Supply::Stdin => read_line(sys::fd::STDIN, &mut self.text),
            Supply::None | Supply::Terminal => {}
        }
        self.added(before)
    }

    /// Takes note of text appended behind `before`.
    pub fn added(&mut self, before: usize) -> bool {
        // NUL bytes have no meaning in a script, and no command could take them.
        if self.text.get(before..).unwrap_or_default().contains(&0) {
            let fresh = self.text.split_off(before);
            self.text.extend(fresh.into_iter().filter(|&byte| byte != 0));
        }
        let count = self.text.len() - before;
        for (_, left) in &mut self.aliases {
            *left += count;
        }
        count > 0
    }

    /// Puts the text of an alias where the reading goes on.
    pub fn splice(&mut self, sym: Sym, text: &[u8]) {
        let left = self.text.len().saturating_sub(self.at);
        let tail = self.text.split_off(self.at.min(self.text.len()));
        self.text.truncate(self.at);
        self.text.extend_from_slice(text);
        self.text.extend_from_slice(&tail);
        self.aliases.push((sym, left));
    }

    /// Whether what begins at `start` is in the text of this alias: it is not expanded again inside itself.
    pub fn in_alias(&mut self, sym: Sym, start: usize) -> bool {
        let left = self.text.len().saturating_sub(start);
        self.aliases.retain(|&(_, end)| left > end);
        self.aliases.iter().any(|&(active, _)| active == sym)
    }
}

/// Appends one line of `fd`, reading no byte behind it.
fn read_line(fd: RawFd, text: &mut Vec<u8>) {
    let start = text.len();
    if let Ok(here) = sys::fd::seek(fd, 0, libc::SEEK_CUR) {
        loop {
            let from = text.len();
            text.resize(from + 4096, 0);
            let got = sys::fd::read(fd, text.get_mut(from..).unwrap_or_default()).unwrap_or(0);
            text.truncate(from + got);
            let fresh = text.get(from..).unwrap_or_default();
            if let Some(end) = memchr::memchr(b'\n', fresh) {
                text.truncate(from + end + 1);
                // A failed seek cannot be: it just worked.
                let _ = sys::fd::seek(fd, here + (text.len() - start) as i64, libc::SEEK_SET);
                return;
            }
            if got == 0 {
                return;
            }
        }
    }
    let mut byte = [0];
    while let Ok(1) = sys::fd::read(fd, &mut byte) {
        text.push(byte[0]);
        if byte == *b"\n" {
            break;
        }
    }
}
