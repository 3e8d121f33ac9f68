//! The text of a program, and where its lines come from.

use alloc::vec::Vec;
use applet::prelude::*;

/// A program's text: one or more files, or an operand.
pub struct Source<'a> {
    pub text: Vec<u8>,
    /// For every file, its name and the line of the whole text that it begins at.
    pub files: Vec<(&'a [u8], usize)>,
}

impl Source<'_> {
    /// An error in a line of the whole text.
    #[cold]
    #[inline(never)]
    pub fn error(&self, line: usize, message: &[u8]) -> Error {
        let mut text = Vec::new();
        match self.files.iter().rev().find(|(_, first)| *first <= line) {
            Some((name, first)) => {
                text.extend_from_slice(name);
                text.push(b':');
                num::push_dec(&mut text, (line - first + 1) as u64);
            }
            None => {
                text.extend_from_slice(b"line ");
                num::push_dec(&mut text, line as u64);
            }
        }
        Error::parts(&[&text, b": ", message])
    }
}
