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
    /// Takes note of a here-document, whose text will come. `raw`: the delimiter as it stands in the script.
    pub fn announce(&mut self, word: &Word, raw: &[u8], strip: bool) -> Rc<OnceCell<Word>> {
        let mut delimiter = Vec::new();
        let mut quoted = false;
        for part in &word.parts {
            match part {
                Part::Text(text) => delimiter.extend_from_slice(text),
                Part::Quoted(text) => {
                    quoted = true;
                    delimiter.extend_from_slice(text);
                }
                // An expansion in a delimiter is its own text.
                _ => {
                    let kept = raw.iter().filter(|byte| !b"'\"\\".contains(byte));
                    delimiter = kept.copied().collect();
                    quoted = delimiter.len() < raw.len();
                    break;
                }
            }
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
        // The line as it is compared with the delimiter: lines that a backslash joins are one.
        let mut line = Vec::new();
        loop {
            let start = text.len();
            loop {
                let joined = text.len() > start;
                while here.strip && !joined && self.raw(0) == Some(b'\t') {
                    self.source.at += 1;
                }
                let from = text.len();
                while let Some(byte) = self.raw(0) {
                    self.bump();
                    text.push(byte);
                    if byte == b'\n' {
                        break;
                    }
                }
                let fresh = text.get(from..).unwrap_or_default();
                let bare = fresh.strip_suffix(b"\n").unwrap_or(fresh);
                let backslashes = bare.iter().rev().take_while(|&&byte| byte == b'\\').count();
                let goes_on = !here.quoted && backslashes % 2 == 1 && fresh.len() > bare.len();
                line.extend_from_slice(bare.get(..bare.len() - usize::from(goes_on)).unwrap_or_default());
                if !goes_on {
                    break;
                }
            }
            // At the end of the input the document ends, too.
            if text.len() == start || line == here.delimiter {
                text.truncate(start);
                return text;
            }
            line.clear();
        }
    }
}
