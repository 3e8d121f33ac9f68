//! The keys of Emacs.

use alloc::vec::Vec;

use super::line::{is_solid, is_word};
use super::{Last, Session};
use crate::Key;

impl Session<'_> {
    pub fn emacs(&mut self, key: Key, last: Last) {
        let (at, end) = (self.line.at, self.line.text.len());
        if key.0 & Key::ALT != 0 && key.plain().0 < 0x80 {
            self.meta(key.plain(), last);
            return;
        }
        let key = match key.0 {
            1 => Key::HOME,
            2 => Key::LEFT,
            4 if end > 0 => Key::DELETE,
            5 => Key::END,
            6 => Key::RIGHT,
            14 => Key::DOWN,
            16 => Key::UP,
            _ => key,
        };
        match key.0 {
            7 => self.draw.bell(),
            11 => self.kill(at, end, last),
            20 => self.transpose(),
            21 => self.kill(0, at, last),
            23 => self.kill(self.line.word_back(at, &is_solid), at, last),
            24 => self.control_x(),
            25 => {
                let killed = self.editor.killed.clone();
                self.line.insert(&killed, false);
            }
            31 => self.undo(),
            _ => {
                self.common(key, last);
            }
        }
    }

    fn undo(&mut self) {
        if !self.line.undo() {
            self.draw.bell();
        }
    }

    /// `C-x`: `C-e` edits elsewhere, `C-u` undoes.
    fn control_x(&mut self) {
        match self.key() {
            Some(Key(5)) => self.edit_elsewhere(),
            Some(Key(21)) => self.undo(),
            _ => {}
        }
    }

    /// Keys with Alt.
    fn meta(&mut self, key: Key, last: Last) {
        let at = self.line.at;
        match key.ascii() {
            b'b' => self.line.at = self.line.word_back(at, &is_word),
            b'f' => self.line.at = self.line.word_end(at, &is_word),
            b'd' => self.kill(at, self.line.word_end(at, &is_word), last),
            8 | 127 => self.kill(self.line.word_back(at, &is_word), at, last),
            b'.' | b'_' => self.last_argument(last),
            b'<' => self.go(0),
            b'>' => self.go(self.editor.history.lines().len()),
            b'r' => self.line.undo_all(),
            letter @ (b'u' | b'l' | b'c') => self.change_case(letter),
            _ => {}
        }
    }

    /// Exchanges the characters before and at the cursor; at the end, the last two.
    fn transpose(&mut self) {
        let middle =
            if self.line.at == self.line.text.len() { self.line.left(self.line.at) } else { self.line.at };
        let (start, end) = (self.line.left(middle), self.line.right(middle));
        if start < middle {
            self.line.note(false);
            let first = self.line.cut(start, middle);
            self.line.at = end - first.len();
            let at = self.line.at;
            super::line::insert_at(&mut self.line.text, at, &first);
            self.line.at = end;
        }
    }

    fn change_case(&mut self, letter: u8) {
        self.line.note(false);
        let end = self.line.word_end(self.line.at, &is_word);
        let mut first = true;
        for byte in self.line.text.get_mut(self.line.at..end).unwrap_or_default() {
            if is_word(*byte) {
                let upper = letter == b'u' || letter == b'c' && first;
                *byte = if upper { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
                first = false;
            }
        }
        self.line.at = end;
    }

    /// The last word of the line before; again, of the line before that.
    fn last_argument(&mut self, last: Last) {
        if last == Last::Argument {
            self.line.undo();
        } else {
            self.argument = 0;
        }
        let lines = self.editor.history.lines();
        let index = lines.len().checked_sub(self.argument + 1);
        let Some(line) = index.and_then(|index| lines.get(index)) else {
            self.draw.bell();
            return;
        };
        let word: Vec<u8> =
            line.rsplit(|&byte| !is_solid(byte)).find(|word| !word.is_empty()).unwrap_or_default().to_vec();
        self.argument += 1;
        self.line.insert(&word, false);
        self.last = Last::Argument;
    }
}
