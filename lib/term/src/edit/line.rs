//! The text of a line: changes with undo, and where words begin and end.

use alloc::vec::Vec;

use crate::show::{after, before};

/// A line and the place in it.
pub struct Line {
    pub text: Vec<u8>,
    /// The cursor: a byte index, at the start of a character or at the end.
    pub at: usize,
    utf8: bool,
    undo: Vec<(Vec<u8>, usize)>,
    /// The last change was typing: more of it is the same change.
    typing: bool,
}

/// How many changes can be undone.
const UNDO: usize = 100;

/// Whether a byte belongs to a word of letters.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Whether a byte belongs to a word between blanks.
pub fn is_solid(byte: u8) -> bool {
    !matches!(byte, b' ' | b'\t' | b'\n')
}

/// Puts bytes in before `at`.
pub fn insert_at(text: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let tail = text.split_off(at.min(text.len()));
    text.extend_from_slice(bytes);
    text.extend_from_slice(&tail);
}

impl Line {
    pub fn new(utf8: bool) -> Line {
        Line { text: Vec::new(), at: 0, utf8, undo: Vec::new(), typing: false }
    }

    /// Another text takes the place of this one.
    pub fn set(&mut self, text: Vec<u8>) {
        self.note(false);
        self.at = text.len();
        self.text = text;
    }

    /// Keeps the line for undo; call it before a change.
    pub fn note(&mut self, typing: bool) {
        if !typing || !self.typing {
            if self.undo.len() == UNDO {
                self.undo.remove(0);
            }
            self.undo.push((self.text.clone(), self.at));
        }
        self.typing = typing;
    }

    /// Takes the last change back; `false` if there is none.
    pub fn undo(&mut self) -> bool {
        self.typing = false;
        match self.undo.pop() {
            Some((text, at)) => {
                self.text = text;
                self.at = at;
                true
            }
            None => false,
        }
    }

    /// Takes all changes back.
    pub fn undo_all(&mut self) {
        while self.undo() {}
    }

    pub fn insert(&mut self, bytes: &[u8], typing: bool) {
        self.note(typing);
        let at = self.at.min(self.text.len());
        insert_at(&mut self.text, at, bytes);
        self.at = at + bytes.len();
    }

    /// Takes a piece out; the cursor goes to where it was.
    pub fn cut(&mut self, from: usize, to: usize) -> Vec<u8> {
        let to = to.min(self.text.len());
        let from = from.min(to);
        self.at = from;
        let tail = self.text.split_off(to);
        let cut = self.text.split_off(from);
        self.text.extend_from_slice(&tail);
        cut
    }

    #[inline(never)]
    pub fn step_left(&mut self) {
        self.at = self.left(self.at);
    }

    #[inline(never)]
    pub fn step_right(&mut self) {
        self.at = self.right(self.at);
    }

    pub fn left(&self, at: usize) -> usize {
        before(&self.text, at, self.utf8)
    }

    pub fn right(&self, at: usize) -> usize {
        after(&self.text, at, self.utf8)
    }

    pub fn rub_out(&mut self) {
        if self.at > 0 {
            self.note(false);
            self.cut(self.left(self.at), self.at);
        }
    }

    pub fn delete_forward(&mut self) {
        if self.at < self.text.len() {
            self.note(false);
            self.cut(self.at, self.right(self.at));
        }
    }

    pub fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(b' ')
    }

    /// The start of the word before `at`.
    pub fn word_back(&self, at: usize, word: &dyn Fn(u8) -> bool) -> usize {
        let mut at = at;
        while at > 0 && !word(self.byte(at - 1)) {
            at -= 1;
        }
        while at > 0 && word(self.byte(at - 1)) {
            at -= 1;
        }
        at
    }

    /// The end of the word at or behind `at`.
    pub fn word_end(&self, at: usize, word: &dyn Fn(u8) -> bool) -> usize {
        let mut at = at;
        while at < self.text.len() && !word(self.byte(at)) {
            at += 1;
        }
        while at < self.text.len() && word(self.byte(at)) {
            at += 1;
        }
        at
    }

    /// vi's classes: 0 blanks, 1 words, 2 other characters; with `big`, all but blanks are one.
    pub fn class(&self, at: usize, big: bool) -> u8 {
        let byte = self.byte(at);
        if !is_solid(byte) {
            0
        } else if big || is_word(byte) {
            1
        } else {
            2
        }
    }
}
