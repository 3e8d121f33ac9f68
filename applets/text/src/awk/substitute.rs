//! `sub`, `gsub` and `gensub`.

use super::world::World;
use ::regex::{Eflags, Regex};
use alloc::vec::Vec;
use applet::prelude::*;
use awkvm::{Value, Vm};

type Span = Option<(usize, usize)>;

/// What is to be done to a text.
pub struct Job<'a> {
    /// What matches are replaced by; `&` stands for the match.
    pub replacement: &'a [u8],
    /// The match that is replaced, from 1; 0: all of them.
    pub which: usize,
    /// `\1` in the replacement means a group.
    pub groups: bool,
    /// Texts are UTF-8.
    pub utf8: bool,
}

impl Job<'_> {
    /// Replaces matches: appends the new text to `out`, and gives their number.
    #[inline(never)]
    pub fn run(&self, regex: &mut Regex, text: &[u8], out: &mut Vec<u8>) -> usize {
        let plain = !self.replacement.iter().any(|&byte| byte == b'&' || byte == b'\\');
        let mut slots: Vec<Span> = alloc::vec![None; if self.groups { regex.groups() + 1 } else { 0 }];
        let (mut at, mut copied, mut count, mut number) = (0, 0, 0, 0);
        // Where the last match ended that was not empty.
        let mut behind = usize::MAX;
        while at <= text.len() {
            let found = if self.groups {
                regex.captures_at(text, at, Eflags::NONE, &mut slots);
                slots.first().copied().flatten()
            } else {
                regex.find_at(text, at, Eflags::NONE)
            };
            let Some((start, end)) = found else { break };
            // Nothing right behind a match is not another one.
            if start < end || start != behind {
                number += 1;
                if self.which == 0 || self.which == number {
                    out.extend_from_slice(text.get(copied..start).unwrap_or_default());
                    if plain {
                        out.extend_from_slice(self.replacement);
                    } else {
                        self.expand(text, (start, end), &slots, out);
                    }
                    copied = end;
                    count += 1;
                    if self.which == number {
                        break;
                    }
                }
            }
            at = end;
            if start == end {
                let rest = text.get(end..).unwrap_or_default();
                at += if self.utf8 { text::utf8::decode(rest).map_or(1, |(_, length)| length) } else { 1 };
            } else {
                behind = end;
            }
        }
        if count > 0 {
            out.extend_from_slice(text.get(copied..).unwrap_or_default());
        }
        count
    }

    /// Appends the replacement of one match.
    fn expand(&self, text: &[u8], (start, end): (usize, usize), slots: &[Span], out: &mut Vec<u8>) {
        let mut rest = self.replacement;
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            match (byte, tail) {
                (b'&', _) => out.extend_from_slice(text.get(start..end).unwrap_or_default()),
                (b'\\', _) if !self.groups => {
                    let run = 1 + tail.iter().take_while(|&&byte| byte == b'\\').count();
                    let behind = tail.get(run - 1..).unwrap_or_default();
                    // Backslashes are special only where an ampersand follows: two are one, and one makes it ordinary.
                    let ampersand = behind.first() == Some(&b'&');
                    out.resize(out.len() + if ampersand { run / 2 } else { run }, b'\\');
                    rest = behind;
                    if ampersand && run % 2 == 1 {
                        out.push(b'&');
                        rest = behind.get(1..).unwrap_or_default();
                    }
                }
                (b'\\', [letter @ (b'&' | b'\\'), tail @ ..]) => {
                    out.push(*letter);
                    rest = tail;
                }
                (b'\\', [digit @ b'0'..=b'9', tail @ ..]) => {
                    if let Some((from, to)) = slots.get(usize::from(digit - b'0')).copied().flatten() {
                        out.extend_from_slice(text.get(from..to).unwrap_or_default());
                    }
                    rest = tail;
                }
                _ => out.push(byte),
            }
        }
    }
}

impl World {
    /// `sub` and `gsub`.
    pub fn substitute(&mut self, vm: &mut Vm, regex: usize, replacement: &Value, text: &Value, global: bool) {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let text = text.to_text(&vm.conversion, &mut left);
        let replacement = replacement.to_text(&vm.conversion, &mut right);
        let job = Job { replacement, which: usize::from(!global), groups: false, utf8: self.utf8 };
        let mut out = Vec::with_capacity(text.len() + replacement.len());
        let count = job.run(&mut vm.regexes[regex], text, &mut out);
        vm.status = count as f64;
        if count > 0 {
            vm.result = Some(Value::owned(out));
        }
    }
}

/// `gensub(regex, replacement, how [, text])`.
pub fn gensub(world: &mut World, vm: &mut Vm, count: usize, arguments: &[Value; 4]) -> Result<Value> {
    let [pattern, replacement, how, text] = arguments;
    let regex = world.find_regex(vm, pattern)?;
    let (mut left, mut right, mut third) = (Vec::new(), Vec::new(), Vec::new());
    let text =
        if count > 3 { text.to_text(&vm.conversion, &mut left) } else { vm.record.whole(&vm.conversion) };
    let replacement = replacement.to_text(&vm.conversion, &mut right);
    let all = matches!(how.to_text(&vm.conversion, &mut third).first(), Some(b'g' | b'G'));
    let which = if all { 0 } else { (how.number() as usize).max(1) };
    let job = Job { replacement, which, groups: true, utf8: world.utf8 };
    let mut out = Vec::with_capacity(text.len());
    let done = job.run(&mut vm.regexes[regex], text, &mut out);
    Ok(if done > 0 { Value::owned(out) } else { Value::text(text) })
}
