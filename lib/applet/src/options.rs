//! The one option parser: POSIX clusters, GNU long options, and the wording of their errors.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::error::{Error, Result};

/// Parsed arguments: the options in the order they came, and the operands.
#[derive(Default, Debug)]
pub struct Options<'a> {
    /// Option ids (the constants of `opt`) with their values; an option without one has an empty value.
    pub list: Vec<(u8, &'a [u8])>,
    /// What is not an option.
    pub operands: Vec<&'a [u8]>,
    /// A bit for each option that was given: applets ask for most of them, and a bit is asked for in one instruction.
    given: [u8; GIVEN],
}

/// Bytes with a bit for each option that a grammar can have (`build/src/doc.rs` counts them).
const GIVEN: usize = 16;

/// Whether an option takes a value. The digits are those of the grammar.
const NO_VALUE: u8 = b'0';
const OPTIONAL_VALUE: u8 = b'2';

/// The short "letter" that stands for a number (`-5`, `-4,8`).
const NUMBER: u8 = b'#';

/// One option of a grammar, which has a line for every option: `0` (no value), `1` (a value) or `2` (may have one), its
/// letters, and then its long names, each behind a blank. Its line's number is its id.
#[derive(Clone, Copy)]
struct Entry {
    id: u8,
    kind: u8,
    letters: &'static [u8],
    names: &'static [u8],
}

/// The options of a grammar.
struct Entries {
    rest: &'static [u8],
    next: u8,
}

impl Iterator for Entries {
    type Item = Entry;

    #[inline(never)]
    fn next(&mut self) -> Option<Entry> {
        let until = |text: &[u8], end| text.iter().position(|&byte| byte == end).unwrap_or(text.len());
        let (line, rest) = self.rest.split_at(until(self.rest, b'\n'));
        self.rest = rest.get(1..).unwrap_or_default();
        let id = self.next;
        self.next = id.wrapping_add(1);
        let (&kind, line) = line.split_first()?;
        let (letters, names) = line.split_at(until(line, b' '));
        Some(Entry { id, kind, letters, names })
    }
}

fn entries(grammar: &'static [u8]) -> Entries {
    Entries { rest: grammar, next: 0 }
}

#[inline(never)]
fn find_letter(grammar: &'static [u8], letter: u8) -> Option<Entry> {
    entries(grammar).find(|entry| entry.letters.contains(&letter))
}

/// The option a long name means, the exact one, or the only one that it abbreviates; with its whole name as `names`.
fn find_name(grammar: &'static [u8], name: &[u8]) -> Result<Entry> {
    let mut found: Option<Entry> = None;
    let mut possible = Vec::new();
    let mut ambiguous = false;
    for entry in entries(grammar) {
        for known in entry.names.split(|&byte| byte == b' ').skip(1) {
            if !known.starts_with(name) {
                continue;
            }
            let entry = Entry { names: known, ..entry };
            if known.len() == name.len() {
                return Ok(entry);
            }
            for piece in [b" '--", known, b"'"] {
                possible.extend_from_slice(piece);
            }
            ambiguous |= found.is_some_and(|other| other.id != entry.id);
            found.get_or_insert(entry);
        }
    }
    match found {
        Some(entry) if !ambiguous => Ok(entry),
        Some(_) => Err(Error::usage(&[b"option '--", name, b"' is ambiguous; possibilities:", &possible])),
        None => Err(Error::usage_about(b"unrecognized option '--%'", name)),
    }
}

impl<'a> Options<'a> {
    /// Parses `args` by `grammar`. Unless `permute`, the first operand ends the options; `--` always does.
    ///
    /// `--help` and `--version` are answered here unless the grammar has them.
    ///
    /// Boxed: a pointer is passed on in a register, where the struct would be copied.
    pub fn parse(args: &'a [&'a [u8]], grammar: &'static [u8], permute: bool) -> Result<Box<Options<'a>>> {
        let mut parsed = Box::new(Options::default());
        let mut args = args.iter();
        while let Some(&arg) = args.next() {
            match arg {
                b"--" => break,
                [b'-', b'-', long @ ..] => parsed.long(long, grammar, &mut args)?,
                [b'-', cluster @ ..] if !cluster.is_empty() => parsed.cluster(cluster, grammar, &mut args)?,
                operand => {
                    parsed.operands.push(operand);
                    if !permute {
                        break;
                    }
                }
            }
        }
        parsed.operands.extend(args);
        Ok(parsed)
    }

    fn long(
        &mut self,
        text: &'a [u8],
        grammar: &'static [u8],
        args: &mut core::slice::Iter<'_, &'a [u8]>,
    ) -> Result {
        let (name, value) = match text.iter().position(|&byte| byte == b'=') {
            Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
            None => (text, None),
        };
        let entry = match find_name(grammar, name) {
            Ok(entry) if entry.names == text => entry,
            // Abbreviations of the grammar's own options do not hide these two.
            _ if text == b"version" => return Err(Error::version()),
            _ if text == b"help" => return Err(Error::help()),
            other => other?,
        };
        let wrong = match (entry.kind, value) {
            (NO_VALUE, Some(_)) => b"option '--%' doesn't allow an argument".as_slice(),
            (NO_VALUE | OPTIONAL_VALUE, None) => return self.add(entry.id, b""),
            (_, Some(value)) => return self.add(entry.id, value),
            (_, None) => match args.next() {
                Some(value) => return self.add(entry.id, value),
                None => b"option '--%' requires an argument",
            },
        };
        Err(Error::usage_about(wrong, entry.names))
    }

    fn cluster(
        &mut self,
        mut cluster: &'a [u8],
        grammar: &'static [u8],
        args: &mut core::slice::Iter<'_, &'a [u8]>,
    ) -> Result {
        while let Some((&letter, rest)) = cluster.split_first() {
            let mut entry = find_letter(grammar, letter);
            if letter.is_ascii_digit() && entry.is_none() {
                entry = find_letter(grammar, NUMBER);
                if let Some(number) = entry {
                    let end = cluster.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b',')).count();
                    let (digits, rest) = cluster.split_at(end);
                    self.add(number.id, digits)?;
                    cluster = rest;
                    continue;
                }
            }
            let Some(entry) = entry.filter(|_| letter != NUMBER) else {
                return Err(Error::usage_about(b"invalid option -- '%'", &[letter]));
            };
            if entry.kind == NO_VALUE {
                self.add(entry.id, b"")?;
                cluster = rest;
                continue;
            }
            if entry.kind == OPTIONAL_VALUE || !rest.is_empty() {
                return self.add(entry.id, rest);
            }
            return match args.next() {
                Some(value) => self.add(entry.id, value),
                None => Err(Error::usage_about(b"option requires an argument -- '%'", &[letter])),
            };
        }
        Ok(())
    }

    /// Never fails: its result is the last word of those who call it.
    fn add(&mut self, id: u8, value: &'a [u8]) -> Result {
        self.list.push((id, value));
        if let Some(byte) = self.given.get_mut(usize::from(id / 8)) {
            *byte |= 1 << (id % 8);
        }
        Ok(())
    }

    /// How often the option was given.
    pub fn count(&self, id: u8) -> usize {
        self.list.iter().filter(|(other, _)| *other == id).count()
    }

    /// Whether the option was given.
    #[inline(always)]
    pub fn has(&self, id: u8) -> bool {
        self.given.get(usize::from(id / 8)).is_some_and(|byte| byte & 1 << (id % 8) != 0)
    }

    /// The option's last value.
    pub fn value(&self, id: u8) -> Option<&'a [u8]> {
        self.list.iter().rev().find(|(other, _)| *other == id).map(|(_, value)| *value)
    }

    /// All values of the option, in order.
    pub fn values(&self, id: u8) -> impl Iterator<Item = &'a [u8]> {
        self.list.iter().filter(move |(other, _)| *other == id).map(|(_, value)| *value)
    }

    /// Which of several options, each overriding the others, came last.
    pub fn last(&self, ids: &[u8]) -> Option<u8> {
        self.list.iter().rev().map(|(id, _)| *id).find(|id| ids.contains(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::string::{String, ToString};

    const GRAMMAR: &[u8] =
        b"0a all\n1n number\n2c color\n0 version-sort\n0r reverse\n1w width\n0 almost-all\n0#";

    /// What a command line comes to: `id=value` for each option, then the operands.
    fn parsed(args: &[&str], permute: bool) -> String {
        let args: Vec<&[u8]> = args.iter().map(|arg| arg.as_bytes()).collect();
        match Options::parse(&args, GRAMMAR, permute) {
            Err(error) => String::from_utf8_lossy(&error.0.text).into_owned(),
            Ok(options) => {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let list = options.list.iter().map(|(id, value)| id.to_string() + "=" + &text(value));
                let operands = options.operands.iter().map(|operand| text(operand));
                list.chain(operands).collect::<Vec<_>>().join(" ")
            }
        }
    }

    #[test]
    fn forms() {
        assert_eq!(parsed(&["-an5", "x", "--number=6", "--width", "7"], true), "0= 1=5 1=6 5=7 x");
        assert_eq!(parsed(&["x", "-a"], false), "x -a");
        assert_eq!(parsed(&["-a", "--", "-n"], true), "0= -n");
        assert_eq!(parsed(&["--color", "--color=x", "-cy", "-c"], true), "2= 2=x 2=y 2=");
        assert_eq!(parsed(&["--num", "5", "-", "-12a"], true), "1=5 7=12 0= -");
    }

    #[test]
    fn errors() {
        assert_eq!(parsed(&["-x"], true), "invalid option -- 'x'");
        assert_eq!(parsed(&["-n"], true), "option requires an argument -- 'n'");
        assert_eq!(parsed(&["--width"], true), "option '--width' requires an argument");
        assert_eq!(parsed(&["--all=1"], true), "option '--all' doesn't allow an argument");
        assert_eq!(
            parsed(&["--al"], true),
            "option '--al' is ambiguous; possibilities: '--all' '--almost-all'"
        );
        assert_eq!(parsed(&["--nix"], true), "unrecognized option '--nix'");
        // The version is asked for, although another option begins alike.
        assert_eq!(parsed(&["--version"], true), "");
    }

    proptest! {
        #[test]
        fn every_argument_counts_once(args in proptest::collection::vec("-{0,2}[anrcwx=5]{0,4}", 0..6), permute: bool) {
            let bytes: Vec<&[u8]> = args.iter().map(|arg| arg.as_bytes()).collect();
            if let Ok(options) = Options::parse(&bytes, GRAMMAR, permute) {
                // Operands are arguments, in order; values are parts of arguments.
                let mut rest = bytes.iter();
                for operand in &options.operands {
                    prop_assert!(rest.any(|arg| arg == operand));
                }
                for (_, value) in &options.list {
                    prop_assert!(value.is_empty() || bytes.iter().any(|arg| arg.ends_with(value) || arg.windows(value.len()).any(|part| part == *value)));
                }
            }
        }
    }
}
