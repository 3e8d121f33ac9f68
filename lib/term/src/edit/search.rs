//! Searching the history.

use alloc::vec::Vec;

use super::Session;
use crate::Key;
use crate::show::plain;

/// Where `needle` is in `text`, the last place of it.
pub fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    if needle.is_empty() {
        return Some(0);
    }
    (0..text.len()).rev().find(|&at| text.get(at..).is_some_and(|rest| rest.starts_with(needle)))
}

impl Session<'_> {
    /// The next line of the history, from `place` on, that holds `needle`; `anchored`: that begins with it.
    pub fn find_line(&self, needle: &[u8], place: usize, forward: bool, anchored: bool) -> Option<usize> {
        let lines = self.editor.history.lines();
        let matches = |index: &usize| {
            let line = lines.get(*index).map_or(&b""[..], Vec::as_slice);
            if anchored { line.starts_with(needle) } else { find(line, needle).is_some() }
        };
        if forward {
            (place..lines.len()).find(matches)
        } else {
            (0..lines.len().min(place.saturating_add(1))).rev().find(matches)
        }
    }

    /// Incremental search: each key narrows it, `C-r` goes on to older lines and `C-s` to newer ones.
    pub fn search_back(&mut self) {
        let mut prompt = None;
        let text = self.line.text.clone();
        let (place, at) = (self.place, self.line.at);
        let mut wanted: Vec<u8> = Vec::new();
        let mut failed = false;
        let key = loop {
            let title: &[u8] = if failed { b"(failed reverse-i-search)`" } else { b"(reverse-i-search)`" };
            let mut question = title.to_vec();
            plain(&wanted, self.editor.utf8, &mut question);
            question.extend_from_slice(b"': ");
            let old = self.draw.set_prompt(question.clone(), question);
            prompt.get_or_insert(old);
            let Some(key) = self.key() else { break None };
            let (from, forward) = match key {
                Key(18) => (self.place.wrapping_sub(1), false),
                Key(19) => (self.place + 1, true),
                Key(8 | 127) => {
                    wanted.truncate(crate::show::before(&wanted, wanted.len(), self.editor.utf8));
                    (self.place, false)
                }
                _ if key.is_text() => {
                    key.write(&mut wanted);
                    (self.place, false)
                }
                _ => break Some(key),
            };
            if wanted.is_empty() {
                wanted.extend_from_slice(&self.editor.last_search.0);
            }
            // A wrapped place is older than the oldest.
            let found = if from == usize::MAX { None } else { self.find_line(&wanted, from, forward, false) };
            failed = found.is_none();
            if let Some(found) = found {
                self.go(found);
                self.line.at = find(&self.line.text, &wanted).unwrap_or(0);
            }
        };
        if let Some((prompt, visible)) = prompt {
            self.draw.set_prompt(prompt, visible);
        }
        if !wanted.is_empty() {
            self.editor.last_search.0 = wanted;
        }
        match key {
            // ^G: as if nothing had been.
            Some(Key(7)) => {
                self.place = place;
                self.line.set(text);
                self.line.at = at;
            }
            Some(Key::ESCAPE) | None => {}
            // Any other key ends the search and does what it does.
            Some(key) => self.keys.inject(&[key]),
        }
    }
}
