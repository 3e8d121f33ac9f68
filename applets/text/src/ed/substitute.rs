//! The command s.

use super::address::number;
use super::{Done, Editor, PLAIN};
use applet::prelude::*;
use regex::{Eflags, Span};

/// What the last s did, for the next one.
#[derive(Default)]
pub struct Substitution {
    template: Vec<u8>,
    all: bool,
    /// Which match is replaced, from 1 on; 0 before the first s.
    which: usize,
    print: bool,
    /// There was one.
    done: bool,
}

impl Editor<'_, '_> {
    /// Reads `/RE/TEXT/FLAGS` and does it.
    pub fn substitute(&mut self, text: &mut &[u8]) -> Done {
        let repeats = matches!(text, [] | [b'g' | b'p' | b'r' | b'0'..=b'9', ..]);
        if repeats {
            self.repeat(text)?;
        } else {
            self.read_substitution(text)?;
        }
        self.replace_lines()
    }

    /// s alone: the last one again, with some things changed.
    fn repeat(&mut self, text: &mut &[u8]) -> Done {
        if !self.substitution.done {
            return self.fail(b"No previous substitution");
        }
        if let Some(which) = number(text) {
            (self.substitution.which, self.substitution.all) = (which.max(1), false);
        }
        while let [letter, rest @ ..] = text {
            match letter {
                b'g' => self.substitution.all = !self.substitution.all,
                b'p' => self.substitution.print = !self.substitution.print,
                // The last pattern is used anyhow.
                b'r' => {}
                _ => return self.fail(b"Invalid command suffix"),
            }
            *text = rest;
        }
        if self.substitution.print {
            self.print |= PLAIN;
        }
        Ok(())
    }

    fn read_substitution(&mut self, text: &mut &[u8]) -> Done {
        let Some((&delimiter, rest)) = text.split_first() else {
            return self.fail(b"Missing pattern delimiter");
        };
        if delimiter == b' ' || delimiter == b'\n' {
            return self.fail(b"Invalid pattern delimiter");
        }
        *text = rest;
        // The flag I counts for the pattern that is read before it.
        let pattern = *text;
        self.pattern(text, delimiter, false)?;
        let Some(rest) = text.strip_prefix(&[delimiter]) else {
            return self.fail(b"Missing pattern delimiter");
        };
        *text = rest;
        let (template, closed) = self.template(text, delimiter)?;
        if template != b"%" {
            self.substitution.template = template;
        } else if !self.substitution.done {
            return self.fail(b"No previous substitution");
        }
        (self.substitution.which, self.substitution.all, self.substitution.print) = (1, false, !closed);
        if !closed {
            self.print |= PLAIN;
        }
        loop {
            match *text {
                [b'g', rest @ ..] => {
                    self.substitution.all = true;
                    *text = rest;
                }
                [b'i' | b'I', rest @ ..] => {
                    *text = rest;
                    self.pattern(&mut { pattern }, delimiter, true)?;
                }
                [b'0'..=b'9', ..] => match number(text) {
                    Some(which) if which > 0 => self.substitution.which = which,
                    _ => return self.fail(b"Invalid command suffix"),
                },
                [] => break,
                [letter, rest @ ..] => {
                    self.substitution.print |= *letter == b'p';
                    self.suffix(&mut &[*letter][..])?;
                    *text = rest;
                }
            }
        }
        self.substitution.done = true;
        Ok(())
    }

    /// Reads the replacement, which goes on behind a line that ends with a backslash; whether its delimiter came.
    fn template(&mut self, text: &mut &[u8], delimiter: u8) -> Done<(Vec<u8>, bool)> {
        let mut template = Vec::new();
        loop {
            match *text {
                [] => return Ok((template, false)),
                [byte, rest @ ..] if *byte == delimiter => {
                    *text = rest;
                    return Ok((template, true));
                }
                [b'\\', byte, rest @ ..] => {
                    if *byte != delimiter || matches!(byte, b'&' | b'0'..=b'9') {
                        template.push(b'\\');
                    }
                    template.push(*byte);
                    *text = rest;
                }
                [b'\\'] => return self.fail(b"Trailing backslash (\\)"),
                [byte, rest @ ..] => {
                    template.push(*byte);
                    *text = rest;
                }
            }
        }
    }

    fn replace_lines(&mut self) -> Done {
        let range = self.range;
        let Some(mut regex) = self.regex.take() else { return self.fail(b"No previous pattern") };
        let (mut line, mut left) = (range.first, (range.last + 1).saturating_sub(range.first));
        let mut found = false;
        let mut current = self.buffer.current;
        let mut new = Vec::new();
        while left > 0 && line > 0 {
            left -= 1;
            new.clear();
            if self.replace_matches(&mut regex, line, &mut new) {
                found = true;
                self.buffer.keep();
                let mut parts = new.split(|&byte| byte == b'\n');
                self.buffer.replace(line, parts.next().unwrap_or_default());
                for part in parts {
                    self.buffer.insert(line, part);
                    line += 1;
                }
                current = line;
            }
            line += 1;
        }
        self.regex = Some(regex);
        self.buffer.current = current;
        // In a list of commands for many lines some may have nothing to replace.
        if found || self.script.is_some() { Ok(()) } else { self.fail(b"No match") }
    }

    /// The line with its matches replaced; whether there was one to replace.
    fn replace_matches(&self, regex: &mut regex::Regex, line: usize, out: &mut Vec<u8>) -> bool {
        let text = self.buffer.get(line);
        let mut slots: [Option<Span>; 10] = [None; 10];
        let (mut at, mut copied, mut count) = (0, 0, 0);
        let mut replaced = false;
        while at <= text.len() && regex.captures_at(text, at, Eflags::NONE, &mut slots) {
            let [Some((start, end)), ..] = slots else { break };
            // An empty match right behind the last one is none.
            let counts = start != end || start != copied || at == 0 || !replaced && count == 0;
            if counts {
                count += 1;
            }
            if counts
                && (count == self.substitution.which
                    || self.substitution.all && count > self.substitution.which)
            {
                out.extend_from_slice(text.get(copied..start).unwrap_or_default());
                self.expand(text, &slots, out);
                copied = end;
                replaced = true;
                if !self.substitution.all {
                    break;
                }
            }
            at = if end > start { end } else { end + 1 };
        }
        out.extend_from_slice(text.get(copied..).unwrap_or_default());
        replaced
    }

    /// Appends the replacement for one match.
    fn expand(&self, text: &[u8], slots: &[Option<Span>], out: &mut Vec<u8>) {
        let mut rest = self.substitution.template.as_slice();
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            let group = match (byte, after.first()) {
                (b'&', _) => 0,
                (b'\\', Some(&next)) => {
                    rest = after.get(1..).unwrap_or_default();
                    if !next.is_ascii_digit() {
                        out.push(next);
                        continue;
                    }
                    usize::from(next - b'0')
                }
                _ => {
                    out.push(byte);
                    continue;
                }
            };
            if let Some(&Some((start, end))) = slots.get(group) {
                out.extend_from_slice(text.get(start..end).unwrap_or_default());
            }
        }
    }
}
