//! Mappings and abbreviations.

use applet::prelude::*;
use term::Key;

use super::Vi;

/// What is typed for what: `kind` is `M` for command mode, `!` for insertions, and `A` for abbreviations.
pub struct Map {
    kind: u8,
    from: Vec<u8>,
    to: Vec<u8>,
}

/// How many mappings may follow from one key.
const MOST: usize = 1000;

/// A word of what is defined, and the rest; `^V` takes the meaning of what follows.
fn word(text: &[u8], all: bool) -> (Vec<u8>, &[u8]) {
    let (mut word, mut rest) = (Vec::new(), text.trim_ascii_start());
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
        let defines = matches!(letter, b'M' | b'A');
        if defines && to.is_empty() {
            self.message.clear();
            for map in self.maps.iter().filter(|map| map.kind == kind && map.from.starts_with(&from)) {
                applet::fill(b"%s %s  ", &[&map.from, &map.to], &[], &mut self.message);
            }
            return true;
        }
        let before = self.maps.len();
        self.maps.retain(|map| map.kind != kind || map.from != from);
        if defines {
            self.maps.push(Map { kind, from, to });
        } else if self.maps.len() == before {
            return self.tell(b"No such mapping");
        }
        true
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
            let (mut keys, mut typed) = (alloc::vec![first], Vec::new());
            first.write(&mut typed);
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
                keys.push(key);
                key.write(&mut typed);
            }
            let found = |map: &&Map| map.kind == kind && typed.starts_with(&map.from);
            let found = self.maps.iter().filter(found).max_by_key(|map| map.from.len());
            let Some(map) = found else {
                self.screen.keys.inject(keys.get(1..).unwrap_or_default());
                self.record.truncate(recorded + 1);
                return first;
            };
            // What is typed behind a mapping that is a part of another.
            let rest = self.keys_of(typed.get(map.from.len()..).unwrap_or_default());
            let to = self.keys_of(&map.to);
            let itself = map.to.starts_with(&map.from);
            self.screen.keys.inject(&rest);
            self.record.truncate(recorded);
            self.mapped += 1;
            if self.mapped > MOST {
                self.tell(b"A mapping that goes on for ever");
                self.fail();
                continue;
            }
            self.screen.keys.inject(&to);
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
        let found = self.maps.iter().find(|map| {
            map.kind == b'A'
                && at.checked_sub(map.from.len()).is_some_and(|from| {
                    from >= start
                        && self.text.slice(from, at) == map.from
                        && (from == 0 || self.class(from - 1, false) != 1)
                })
        });
        if let Some(map) = found {
            let (from, to) = (at - map.from.len(), map.to.clone());
            self.text.replace(from, at, &to);
            self.cursor = from + to.len();
        }
    }
}
