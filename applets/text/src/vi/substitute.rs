//! `:s`.

use applet::prelude::*;
use regex::{Eflags, Span};

use super::Vi;
use super::operate::change_case;

/// The last substitution.
#[derive(Default)]
pub struct Substitution {
    pattern: Vec<u8>,
    replacement: Vec<u8>,
    all: bool,
    confirm: bool,
    /// `i` or `I`: whether case counts, whatever is set; 0 for what is set.
    case: u8,
    done: bool,
}

/// The part of `text` up to an unescaped `delimiter`, and what is behind that.
pub fn delimited(text: &[u8], delimiter: u8) -> (Vec<u8>, &[u8]) {
    let mut part = Vec::new();
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, tail.first()) {
            _ if byte == delimiter => break,
            (b'\\', Some(&next)) => {
                if next != delimiter {
                    part.push(b'\\');
                }
                part.push(next);
                rest = tail.get(1..).unwrap_or_default();
            }
            _ => part.push(byte),
        }
    }
    (part, rest)
}

/// A replacement in which `~` stands for the last one.
fn with_last(replacement: &[u8], last: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut escaped = false;
    for &byte in replacement {
        if byte == b'~' && !escaped {
            out.extend_from_slice(last);
        } else {
            out.push(byte);
        }
        escaped = byte == b'\\' && !escaped;
    }
    out
}

impl Vi<'_, '_> {
    /// `:s/pattern/replacement/flags`, or the last one again (`again`), in the lines from `first` to `last` (numbers).
    pub fn substitute(&mut self, text: &[u8], again: bool, first: usize, last: usize) -> bool {
        let mut flags = text;
        let delimiter = text.first().copied().unwrap_or(b'&');
        let how = &mut self.substitution;
        if !again && delimiter.is_ascii_punctuation() && delimiter != b'&' {
            let (pattern, rest) = delimited(text.get(1..).unwrap_or_default(), delimiter);
            let (replacement, rest) = delimited(rest, delimiter);
            if !pattern.is_empty() {
                self.pattern = pattern;
            }
            how.pattern.clone_from(&self.pattern);
            how.replacement = with_last(&replacement, &how.replacement);
            how.done = true;
            flags = rest;
        } else if !how.done {
            return self.tell(b"No substitution before");
        }
        if let [b'&', rest @ ..] = flags {
            flags = rest;
        } else {
            (how.all, how.confirm, how.case) = (false, false, 0);
        }
        let (mut first, mut last) = (first, last);
        for word in flags.split(|&byte| byte == b' ') {
            if let Ok(count @ 1..) = num::parse_u64(word) {
                first = last;
                last = last.saturating_add(count as usize - 1).min(self.text.lines() - 1);
                continue;
            }
            for &flag in word {
                match flag {
                    b'g' => how.all = !how.all,
                    b'c' => how.confirm = true,
                    b'i' | b'I' => how.case = flag,
                    b'\r' => {}
                    _ => {
                        self.say(&[b"Unknown flag ", &[flag]]);
                        return false;
                    }
                }
            }
        }
        self.run_substitution(first, last)
    }

    fn run_substitution(&mut self, first: usize, last: usize) -> bool {
        let (all, mut confirm) = (self.substitution.all, self.substitution.confirm);
        let pattern = self.substitution.pattern.clone();
        let Some(mut regex) = self.compile_as(&pattern, self.substitution.case) else { return false };
        let mut from = self.text.start_of(first);
        let end = self.text.start_of(last) + 1;
        // All new text is made first, and put in at once.
        // From the first to the last line that changes.
        let (mut new, mut count, mut cursor, mut changed) = (Vec::new(), 0, 0, (0, 0));
        let mut stop = false;
        let mut slots: [Option<Span>; 10] = [None; 10];
        let mut line = from;
        while line < end {
            let line_end = self.text.line_end(line);
            // Places in the line.
            let (mut at, mut copied, length, before) = (0, 0, line_end - line, count);
            while at <= length
                && !stop
                && regex.captures_at(self.text.slice(line, line_end), at, Eflags::NONE, &mut slots)
                && let [Some((start, to)), ..] = slots
            {
                at = if to > start { to } else { self.text.right(line + to).max(line + to + 1) - line };
                // An empty match right behind the last one is part of that.
                if to == start && start == copied && copied > 0 {
                    continue;
                }
                let mut yes = true;
                if confirm {
                    self.cursor = line + start;
                    self.tell(b"replace? (y/n/a/q/l)");
                    self.draw();
                    match self.screen.keys.read().ascii() {
                        b'y' => {}
                        b'a' => confirm = false,
                        b'l' => stop = true,
                        b'n' => yes = false,
                        _ => (yes, stop) = (false, true),
                    }
                    self.message.clear();
                }
                if yes {
                    if count == 0 {
                        from = line;
                        new.clear();
                    }
                    new.extend_from_slice(self.text.slice(line + copied, line + start));
                    let text = self.text.slice(line, line_end);
                    expand(&self.substitution.replacement, text, &slots, self.text.utf8, &mut new);
                    copied = to;
                    count += 1;
                    cursor = new.len();
                }
                if !all {
                    break;
                }
            }
            new.extend_from_slice(self.text.slice(line + copied, line_end + 1));
            line = line_end + 1;
            if count > before {
                changed = (new.len(), line);
            }
        }
        if count == 0 {
            self.say(&[b"Pattern not found: ", &pattern]);
            return false;
        }
        new.truncate(changed.0);
        self.text.replace(from, changed.1, &new);
        self.land(from + cursor);
        if count > 2 {
            self.message.clear();
            applet::fill(b"%d substitutions", &[], &[count], &mut self.message);
        }
        true
    }
}

/// Appends a replacement: `&` and `\0` to `\9` are what was matched, `\r` and `\n` newlines, `\u \l \U \L \E` change case.
fn expand(replacement: &[u8], text: &[u8], slots: &[Option<Span>], utf8: bool, out: &mut Vec<u8>) {
    let (mut once, mut always) = (0, 0);
    let mut rest = replacement;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let from = out.len();
        match (byte, tail.first()) {
            (b'&', _) => group(0, text, slots, out),
            (b'\\', Some(&next)) => {
                rest = tail.get(1..).unwrap_or_default();
                match next {
                    b'0'..=b'9' => group(usize::from(next - b'0'), text, slots, out),
                    b'r' | b'n' | 13 => out.push(b'\n'),
                    b't' => out.push(b'\t'),
                    b'u' | b'l' => once = if next == b'u' { b'U' } else { b'u' },
                    b'U' | b'L' => always = if next == b'U' { b'U' } else { b'u' },
                    b'E' | b'e' => always = 0,
                    _ => out.push(next),
                }
            }
            (13, _) => out.push(b'\n'),
            _ => out.push(byte),
        }
        // Both kinds are letters of `change_case`; the first character has its own.
        let piece = out.get(from..).unwrap_or_default().to_vec();
        out.truncate(from);
        let first = if once > 0 { term::show::after(&piece, 0, utf8) } else { 0 };
        let (one, rest) = piece.split_at_checked(first).unwrap_or_default();
        for (how, part) in [(once, one), (always, rest)] {
            out.extend_from_slice(&if how > 0 { change_case(part, how, utf8) } else { part.to_vec() });
        }
        once = if first > 0 { 0 } else { once };
    }
}

fn group(index: usize, text: &[u8], slots: &[Option<Span>], out: &mut Vec<u8>) {
    if let Some((from, to)) = slots.get(index).copied().flatten() {
        out.extend_from_slice(text.get(from..to).unwrap_or_default());
    }
}
