//! The one option parser: POSIX clusters, GNU long options, and the wording of their errors.

use alloc::vec::Vec;

use crate::error::{Error, Result};

/// Parsed arguments: the options in the order they came, and the operands.
#[derive(Default, Debug)]
pub struct Options<'a> {
    /// Option ids (the constants of `opt`) with their values; an option without one has an empty value.
    pub list: Vec<(u8, &'a [u8])>,
    /// What is not an option.
    pub operands: Vec<&'a [u8]>,
    /// A bit for each option of the list, so that asking for one is a single instruction.
    given: u128,
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

    fn add(&mut self, id: u8, value: &'a [u8]) {
        self.list.push((id, value));
        self.given |= 1u128.wrapping_shl(id.into());
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
            // Abbreviations of the grammar's own options do not hide these two.
            Ok((.., known)) if known != text && text == b"version" => return Err(Error::version()),
            Ok((.., known)) if known != text && text == b"help" => return Err(Error::help()),
            Ok(option) => option,
            Err(_) if text == b"help" => return Err(Error::help()),
            Err(_) if text == b"version" => return Err(Error::version()),
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
        self.add(id, value);
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
                self.add(id, number);
                cluster = rest;
                continue;
            }
            let Some((id, kind)) = find_letter(grammar, letter).filter(|_| letter != NUMBER) else {
                return Err(Error::usage(&[b"invalid option -- '", &[letter], b"'"]));
            };
            match (kind, rest) {
                (NO_VALUE, _) => {
                    self.add(id, b"");
                    cluster = rest;
                    continue;
                }
                (OPTIONAL_VALUE, _) | (_, [_, ..]) => self.add(id, rest),
                (_, []) => {
                    let value = args.next();
                    let missing = || Error::usage(&[b"option requires an argument -- '", &[letter], b"'"]);
                    self.add(id, value.ok_or_else(missing)?);
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
    #[inline(always)]
    pub fn has(&self, id: u8) -> bool {
        self.given.wrapping_shr(id.into()) & 1 != 0
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
