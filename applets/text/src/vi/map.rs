//! Mappings and abbreviations.

use applet::prelude::*;
use term::Key;

use super::Vi;
use super::text::blanks;

/// What is typed for what: `kind` is `M` for command mode, `!` for insertions, and `A` for abbreviations.
pub struct Map {
    kind: u8,
    from: Vec<Key>,
    to: Vec<Key>,
}

/// How many mappings may follow from one key.
const MOST: usize = 1000;

/// A word of what is defined, and the rest; `^V` takes the meaning of what follows.
#[inline(never)]
fn word(text: &[u8], all: bool) -> (Vec<u8>, &[u8]) {
    let (mut word, mut rest) = (Vec::new(), text.get(blanks(text)..).unwrap_or_default());
    while let Some((&byte, tail)) =
        rest.split_first().filter(|(byte, _)| all || !matches!(byte, b' ' | b'\t'))
    {
        let quoted = tail.split_first().filter(|_| byte == 22);
        let (&byte, tail) = quoted.unwrap_or((&byte, tail));
        word.push(byte);
        rest = tail;
    }
    (word, rest)
}

/// Keys as they are written in a text.
#[inline(never)]
pub fn text_of(keys: &[Key]) -> Vec<u8> {
    let mut text = Vec::new();
    for key in keys {
        key.write(&mut text);
    }
    text
}

impl Vi<'_, '_> {
    /// `:map`, `:unmap` (`U`), `:abbreviate` (`A`) and `:unabbreviate` (`Z`); `force`: with `!`.
    pub fn map(&mut self, letter: u8, force: bool, argument: &[u8]) -> bool {
        let kind = match letter {
            b'A' | b'Z' => b'A',
            _ if force => b'!',
            _ => b'M',
        };
        let (from, rest) = word(argument, false);
        let (to, _) = word(rest, true);
        let (from, to) = (self.keys_of(&from), self.keys_of(&to));
        let defines = matches!(letter, b'M' | b'A');
        if defines && to.is_empty() {
            self.message.clear();
            for map in self.maps.iter().filter(|map| map.kind == kind && map.from.starts_with(&from)) {
                applet::fill(b"%s %s  ", &[&text_of(&map.from), &text_of(&map.to)], &[], &mut self.message);
            }
            return true;
        }
        let mut known = defines;
        for map in &mut self.maps {
            if map.kind == kind && map.from == from {
                // None any more.
                (map.kind, known) = (0, true);
            }
        }
        if defines {
            self.maps.push(Map { kind, from, to });
        }
        known || self.tell(b"No such mapping")
    }

    /// The next key, where mappings of `kind` count.
    pub fn mapped_key(&mut self, kind: u8) -> Key {
        loop {
            if self.screen.keys.injected() == 0 {
                self.mapped = 0;
            }
            let recorded = self.record.len();
            let first = self.key();
            // What is repeated has been mapped before.
            if self.replaying.is_some() {
                return first;
            }
            let mut typed = alloc::vec![first];
            while self
                .maps
                .iter()
                .any(|map| map.kind == kind && map.from.len() > typed.len() && map.from.starts_with(&typed))
            {
                // As long as it may go on, but no longer than a second.
                if !self.screen.keys.waiting() {
                    self.draw();
                }
                if !self.screen.keys.waiting_within(1000) {
                    break;
                }
                let key = self.key();
                typed.push(key);
            }
            let mut found: Option<&Map> = None;
            for map in &self.maps {
                let longest = found.is_none_or(|other| map.from.len() > other.from.len());
                if longest && map.kind == kind && typed.starts_with(&map.from) {
                    found = Some(map);
                }
            }
            let Some(map) = found else {
                self.screen.keys.inject(typed.get(1..).unwrap_or_default());
                self.record.truncate(recorded + 1);
                return first;
            };
            // Before what is typed behind a mapping that is a part of another.
            self.screen.keys.inject(typed.get(map.from.len()..).unwrap_or_default());
            self.screen.keys.inject(&map.to);
            let itself = map.to.starts_with(&map.from);
            self.record.truncate(recorded);
            self.mapped += 1;
            if self.mapped > MOST {
                self.tell(b"A mapping that goes on for ever");
                self.fail();
                continue;
            }
            if itself {
                // Its own beginning is what it is.
                return self.key();
            }
        }
    }

    /// Replaces the word before the cursor, typed since `start`, if it is an abbreviation that `key` ends.
    pub fn abbreviation(&mut self, key: Key, start: usize) {
        let at = self.cursor;
        let ends = matches!(
            key,
            Key(9 | 10 | 13 | 27 | 0x20..=0x2f | 0x3a..=0x40 | 0x5b..=0x5e | 0x60 | 0x7b..=0x7e)
        );
        if !ends {
            return;
        }
        let mut from = at;
        while from > start && self.class(from - 1, false) == 1 {
            from -= 1;
        }
        let word = self.keys_of(self.text.slice(from, at));
        if let Some(map) = self.maps.iter().find(|map| map.kind == b'A' && map.from == word) {
            let long = text_of(&map.to);
            self.text.replace(from, at, &long);
            self.cursor = from + long.len();
        }
    }
}
