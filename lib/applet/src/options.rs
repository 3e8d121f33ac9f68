//! The one option parser: POSIX clusters, GNU long options, and the wording of their errors.

use alloc::vec::Vec;

use crate::error::{Error, Kind, Result};

/// Parsed arguments: the options in the order they came, and the operands.
#[derive(Default, Debug)]
pub struct Options<'a> {
    /// Option ids (the constants of `opt`) with their values; an option without one has an empty value.
    pub list: Vec<(u8, &'a [u8])>,
    /// What is not an option.
    pub operands: Vec<&'a [u8]>,
}

/// Whether an option takes a value. The digits are those of the grammar.
const NO_VALUE: u8 = b'0';
const OPTIONAL_VALUE: u8 = b'2';

/// The short "letter" that stands for a number (`-5`, `-4,8`).
const NUMBER: u8 = b'#';

/// Options of a grammar as (id, kind, letters, long names each with a blank before it).
///
/// A grammar has a line for every option: `0` (no value), `1` (a value) or `2` (may have one), its letters, and then its
/// long names, each behind a blank. Its line's number is its id.
fn entries(grammar: &'static [u8]) -> impl Iterator<Item = (u8, u8, &'static [u8], &'static [u8])> {
    grammar.split(|&byte| byte == b'\n').enumerate().filter_map(|(id, line)| {
        let (&kind, rest) = line.split_first()?;
        let (letters, names) =
            rest.split_at(rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len()));
        Some((id as u8, kind, letters, names))
    })
}

fn find_letter(grammar: &'static [u8], letter: u8) -> Option<(u8, u8)> {
    entries(grammar).find(|(_, _, letters, _)| letters.contains(&letter)).map(|(id, kind, _, _)| (id, kind))
}

/// The option a long name means: the exact one, or the only one that it abbreviates.
fn find_name(grammar: &'static [u8], name: &[u8]) -> Result<(u8, u8, &'static [u8])> {
    let mut found: Option<(u8, u8, &'static [u8])> = None;
    let mut possible = Vec::new();
    let mut ambiguous = false;
    for (id, kind, _, names) in entries(grammar) {
        for known in names.split(|&byte| byte == b' ').filter(|known| !known.is_empty()) {
            if known == name {
                return Ok((id, kind, known));
            }
            if known.starts_with(name) {
                possible.extend_from_slice(&[b" '--", known, b"'"].concat());
                ambiguous |= found.is_some_and(|(other, ..)| other != id);
                found.get_or_insert((id, kind, known));
            }
        }
    }
    match found {
        Some(option) if !ambiguous => Ok(option),
        Some(_) => Err(Error::usage(&[b"option '--", name, b"' is ambiguous; possibilities:", &possible])),
        None => Err(Error::usage(&[b"unrecognized option '--", name, b"'"])),
    }
}

impl<'a> Options<'a> {
    /// Parses `args` by `grammar`. Unless `permute`, the first operand ends the options; `--` always does.
    ///
    /// `--help` and `--version` are answered here unless the grammar has them.
    pub fn parse(args: &'a [&'a [u8]], grammar: &'static [u8], permute: bool) -> Result<Options<'a>> {
        let mut parsed = Options::default();
        let mut args = args.iter().copied();
        while let Some(arg) = args.next() {
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
        args: &mut dyn Iterator<Item = &'a [u8]>,
    ) -> Result {
        let (name, value) = match text.iter().position(|&byte| byte == b'=') {
            Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
            None => (text, None),
        };
        let (id, kind, name) = match find_name(grammar, name) {
            Ok(option) => option,
            Err(_) if text == b"help" => return Err(Error::help()),
            Err(_) if text == b"version" => return Err(Error::make(&[], 0, Kind::Version)),
            Err(error) => return Err(error),
        };
        let value = match (kind, value) {
            (NO_VALUE, Some(_)) => {
                return Err(Error::usage(&[b"option '--", name, b"' doesn't allow an argument"]));
            }
            (NO_VALUE | OPTIONAL_VALUE, None) => b"",
            (_, Some(value)) => value,
            (_, None) => {
                args.next().ok_or_else(|| Error::usage(&[b"option '--", name, b"' requires an argument"]))?
            }
        };
        self.list.push((id, value));
        Ok(())
    }

    fn cluster(
        &mut self,
        mut cluster: &'a [u8],
        grammar: &'static [u8],
        args: &mut dyn Iterator<Item = &'a [u8]>,
    ) -> Result {
        while let Some((&letter, rest)) = cluster.split_first() {
            if letter.is_ascii_digit()
                && find_letter(grammar, letter).is_none()
                && let Some((id, _)) = find_letter(grammar, NUMBER)
            {
                let end = cluster.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b','));
                let (number, rest) = cluster.split_at(end.unwrap_or(cluster.len()));
                self.list.push((id, number));
                cluster = rest;
                continue;
            }
            let Some((id, kind)) = find_letter(grammar, letter).filter(|_| letter != NUMBER) else {
                return Err(Error::usage(&[b"invalid option -- '", &[letter], b"'"]));
            };
            match (kind, rest) {
                (NO_VALUE, _) => {
                    self.list.push((id, b""));
                    cluster = rest;
                    continue;
                }
                (OPTIONAL_VALUE, _) | (_, [_, ..]) => self.list.push((id, rest)),
                (_, []) => {
                    let value = args.next();
                    let missing = || Error::usage(&[b"option requires an argument -- '", &[letter], b"'"]);
                    self.list.push((id, value.ok_or_else(missing)?));
                }
            }
            break;
        }
        Ok(())
    }

    /// How often the option was given.
    pub fn count(&self, id: u8) -> usize {
        self.list.iter().filter(|(other, _)| *other == id).count()
    }

    /// Whether the option was given.
    pub fn has(&self, id: u8) -> bool {
        self.list.iter().any(|(other, _)| *other == id)
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
