//! Completion of the word at the cursor.

use alloc::vec::Vec;

use super::{Completion, Last, Session};
use crate::Key;
use crate::show::plain;

/// From how many candidates on a list is only shown if asked for.
const MANY: usize = 100;

impl Session<'_> {
    /// Puts in what all candidates have in common; when that is nothing new, the second Tab lists them.
    pub fn complete(&mut self, again: bool) {
        let found = self.host.complete(&self.line.text, self.line.at);
        let start = found.start.min(self.line.at);
        let word = self.line.text.get(start..self.line.at).unwrap_or_default();
        let Some(first) = found.candidates.first() else {
            self.draw.bell();
            return;
        };
        let mut common = first.len();
        for other in &found.candidates {
            common = first.iter().zip(other).take(common).take_while(|(a, b)| a == b).count();
        }
        // No part of a character.
        while common > 0 && common < first.len() && first.get(common).is_some_and(|byte| byte & 0xc0 == 0x80)
        {
            common -= 1;
        }
        let new = first.get(..common).unwrap_or_default().to_vec();
        // What is common never takes away from what is typed; quoting may change it, though.
        if new != word && (new.len() > word.len() || found.candidates.len() == 1) {
            self.line.note(false);
            self.line.cut(start, self.line.at);
            self.line.insert(&new, true);
        } else if found.candidates.len() == 1 {
            return;
        } else if again {
            self.list(&found);
        } else {
            self.draw.bell();
        }
        if found.candidates.len() > 1 {
            self.last = Last::Tab;
        }
    }

    /// Shows all candidates below the line.
    pub fn list(&mut self, found: &Completion) {
        if found.candidates.len() > MANY {
            let mut question = b"\nDisplay all ".to_vec();
            crate::decimal(found.candidates.len(), &mut question);
            question.extend_from_slice(b" possibilities? (y or n)");
            let at = core::mem::replace(&mut self.line.at, self.line.text.len());
            self.show();
            self.line.at = at;
            self.draw.say(&question);
            let yes = matches!(self.keys.read(), Key(0x79 | 0x59 | 0x20 | 9));
            if !yes {
                self.draw.below(b"");
                return;
            }
        }
        let mut cells: Vec<(Vec<u8>, usize)> = Vec::new();
        for (index, candidate) in found.candidates.iter().enumerate() {
            let name = found.names.get(index).map_or_else(|| short(candidate), Vec::as_slice);
            let mut cell = Vec::new();
            let width = plain(name, self.editor.utf8, &mut cell);
            cells.push((cell, width));
        }
        let text = columns(&cells, self.draw.columns());
        self.below(&text);
    }
}

/// The last component of a candidate, without the blank behind it.
fn short(candidate: &[u8]) -> &[u8] {
    let name = candidate.strip_suffix(b" ").unwrap_or(candidate);
    let body = name.strip_suffix(b"/").unwrap_or(name);
    let start = body.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
    name.get(start..).unwrap_or(name)
}

/// Lays cells out in columns, down and then across.
fn columns(cells: &[(Vec<u8>, usize)], total: usize) -> Vec<u8> {
    let widest = cells.iter().map(|(_, width)| width + 2).max().unwrap_or(2);
    let across = (total / widest).max(1);
    let rows = cells.len().div_ceil(across);
    let mut text = Vec::new();
    for row in 0..rows {
        let mut gap = 0;
        for (cell, width) in cells.iter().skip(row).step_by(rows.max(1)) {
            text.resize(text.len() + gap, b' ');
            text.extend_from_slice(cell);
            gap = widest.saturating_sub(*width);
        }
        text.push(b'\n');
    }
    text
}
