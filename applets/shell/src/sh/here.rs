//! Here-documents: announced by `<<`, read behind the line (POSIX.1-2024 XCU 2.7.4).

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::OnceCell;

use super::parser::Parser;
use super::tree::*;

/// A here-document whose text comes behind the line.
pub struct Pending {
    delimiter: Vec<u8>,
    quoted: bool,
    strip: bool,
    cell: Rc<OnceCell<Word>>,
}

impl Parser<'_> {
    /// Takes note of a here-document, whose text will come.
    pub fn announce(&mut self, word: &Word, strip: bool) -> Rc<OnceCell<Word>> {
        let mut delimiter = Vec::new();
        let mut quoted = false;
        for part in &word.parts {
            let (mark, text): (&[u8], &[u8]) = match part {
                Part::Text(text) => (b"", text),
                Part::Quoted(text) => {
                    quoted = true;
                    (b"", text)
                }
                Part::Tilde(name) => (b"~", name),
                // An expansion in a delimiter is its own text, of which only a plain name is known here.
                Part::Param(param) => match param.name {
                    Name::Var(sym) => (b"$", &self.sh.symbols.get(sym).name),
                    _ => (b"$", b""),
                },
                _ => continue,
            };
            delimiter.extend_from_slice(mark);
            delimiter.extend_from_slice(text);
        }
        let cell = Rc::new(OnceCell::new());
        self.pending.push(Pending { delimiter, quoted, strip, cell: cell.clone() });
        cell
    }

    /// Reads the here-documents announced on the line that has just ended.
    pub fn read_here_documents(&mut self) {
        for here in core::mem::take(&mut self.pending) {
            let line = self.source.line;
            let text = self.here_document(&here);
            let mut word = Word::default();
            if here.quoted {
                word.parts.push(Part::Quoted(text.into()));
            } else {
                let after = core::mem::replace(&mut self.source.line, line);
                word = self.inner_text(text);
                self.source.line = after;
            }
            // Each is filled once.
            let _ = here.cell.set(word);
        }
    }

    fn here_document(&mut self, here: &Pending) -> Vec<u8> {
        let mut text = Vec::new();
        let mut joined = false;
        loop {
            let start = text.len();
            if here.strip && !joined {
                while self.raw(0) == Some(b'\t') {
                    self.source.at += 1;
                }
            }
            while let Some(byte) = self.raw(0) {
                self.bump();
                text.push(byte);
                if byte == b'\n' {
                    break;
                }
            }
            let fresh = text.get(start..).unwrap_or_default();
            let bare = fresh.strip_suffix(b"\n").unwrap_or(fresh);
            // At the end of the input the document ends, too.
            if fresh.is_empty() || !joined && bare == here.delimiter {
                text.truncate(start);
                return text;
            }
            let backslashes = bare.iter().rev().take_while(|&&byte| byte == b'\\').count();
            joined = !here.quoted && backslashes % 2 == 1 && fresh.len() > bare.len();
        }
    }
}
