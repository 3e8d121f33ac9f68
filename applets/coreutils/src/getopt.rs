//! usage: getopt OPTSTRING ARG... | getopt [-aqQTu] [-n NAME] [-s SHELL] -o OPTSTRING [-l LONGOPTS]... -- ARG...
//!
//! Parse ARGs and print them in order, quoted, options first, for `eval set -- "$(getopt ...)"`.
//!
//!  -a, --alternative           long options may begin with one dash
//!  -l, --longoptions=LONGOPTS  long options, separated by commas; : after one that takes an argument, :: optional
//!  -n, --name=NAME             report errors under NAME
//!  -o, --options=OPTSTRING     short options; a leading + stops at the first operand, - keeps operands in place
//!  -q, --quiet                 report no errors
//!  -Q, --quiet-output          print nothing
//!  -s, --shell=SHELL           quote for sh, bash, csh or tcsh
//!  -T, --test                  print nothing, status 4: this is the enhanced getopt
//!  -u, --unquoted              do not quote
//!
//! # Notes
//! The command of util-linux. Status 1: an ARG is wrong, 2: an option of getopt's own, 3: internal, 4: -T.

use applet::prelude::*;

applet::options!("getopt");

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 2;
    if !matches!(cx.args, [[b'-', ..], ..]) {
        // The old form: the first argument is the option string, and nothing is quoted.
        let Some((short, args)) = cx.args.split_first() else {
            return Err(Error::usage(&[b"missing optstring argument"]));
        };
        let mut parser = Parser::new(cx.name, short, false);
        parser.unquoted = true;
        return parser.run(cx, args);
    }
    let options = cx.leading_options(opt::GRAMMAR)?;
    if options.has(opt::TEST) {
        return Ok(Exit(4));
    }
    let mut args = options.operands.as_slice();
    let short = match options.value(opt::OPTIONS) {
        Some(short) => short,
        None => {
            let (first, rest) =
                args.split_first().ok_or_else(|| Error::usage(&[b"missing optstring argument"]))?;
            args = rest;
            first
        }
    };
    let mut parser =
        Parser::new(options.value(opt::NAME).unwrap_or(cx.name), short, cx.var(b"POSIXLY_CORRECT").is_some());
    for list in options.values(opt::LONGOPTIONS) {
        let names = list.split(|&byte| byte == b',' || byte.is_ascii_whitespace());
        parser.long.extend(names.filter(|name| !name.is_empty()));
    }
    parser.one_dash = options.has(opt::ALTERNATIVE);
    parser.quiet = options.has(opt::QUIET);
    parser.silent = options.has(opt::QUIET_OUTPUT);
    parser.unquoted = options.has(opt::UNQUOTED);
    parser.c_shell = match options.value(opt::SHELL) {
        None | Some(b"sh" | b"bash") => false,
        Some(b"csh" | b"tcsh") => true,
        Some(other) => {
            return Err(Error::about(b"unknown shell after -s or --shell argument: '%'", other));
        }
    };
    parser.run(cx, args)
}

#[derive(Clone, Copy, PartialEq)]
enum Order {
    Permute,
    StopAtOperand,
    InPlace,
}

struct Parser<'a> {
    name: &'a [u8],
    short: &'a [u8],
    /// Names with their colons.
    long: Vec<&'a [u8]>,
    order: Order,
    one_dash: bool,
    quiet: bool,
    silent: bool,
    unquoted: bool,
    c_shell: bool,
    out: Vec<u8>,
    wrong: bool,
}

/// A long option's name and how many colons stand behind it.
fn split_colons(entry: &[u8]) -> (&[u8], usize) {
    let end = entry.iter().position(|&byte| byte == b':').unwrap_or(entry.len());
    (entry.get(..end).unwrap_or_default(), entry.len() - end)
}

impl<'a> Parser<'a> {
    fn new(name: &'a [u8], short: &'a [u8], stop: bool) -> Parser<'a> {
        let (order, short) = match short {
            [b'+', rest @ ..] => (Order::StopAtOperand, rest),
            [b'-', rest @ ..] => (Order::InPlace, rest),
            _ if stop => (Order::StopAtOperand, short),
            _ => (Order::Permute, short),
        };
        let (one_dash, quiet, silent, unquoted, c_shell) = (false, false, false, false, false);
        Parser {
            name,
            short,
            long: Vec::new(),
            order,
            one_dash,
            quiet,
            silent,
            unquoted,
            c_shell,
            out: Vec::new(),
            wrong: false,
        }
    }

    fn run(mut self, cx: &mut Context, args: &[&'a [u8]]) -> Result<Exit> {
        let mut operands: Vec<&[u8]> = Vec::new();
        let mut args = args.iter().copied();
        while let Some(arg) = args.next() {
            match arg {
                b"--" => break,
                [b'-', b'-', long @ ..] => self.long_option(cx, long, &mut args, true),
                [b'-', rest @ ..] if !rest.is_empty() => {
                    // One dash may stand for two, unless it can only be a letter.
                    let is_letter =
                        rest.len() == 1 && self.colons(rest.first().copied().unwrap_or_default()).is_some();
                    if !self.one_dash || is_letter || !self.try_long(cx, rest, &mut args) {
                        self.cluster(cx, rest, &mut args);
                    }
                }
                operand if self.order == Order::InPlace => self.push_value(operand),
                operand => {
                    operands.push(operand);
                    if self.order == Order::StopAtOperand {
                        break;
                    }
                }
            }
        }
        self.out.extend_from_slice(b" --");
        operands.extend(args);
        for operand in operands {
            self.push_value(operand);
        }
        if !self.silent {
            cx.failure = 3;
            cx.out.line(&self.out);
        }
        Ok(if self.wrong { Exit(1) } else { cx.status() })
    }

    fn complain(&mut self, cx: &mut Context, parts: &[&[u8]]) {
        self.wrong = true;
        if !self.quiet {
            cx.note(&[self.name, b": ", &parts.concat(), b"\n"]);
        }
    }

    /// How many colons stand behind a letter of the option string; `None` if it is not there.
    fn colons(&self, letter: u8) -> Option<usize> {
        let at = self.short.iter().position(|&known| known == letter && letter != b':')?;
        let behind = self.short.get(at + 1..)?;
        Some(behind.iter().take(2).take_while(|&&byte| byte == b':').count())
    }

    fn cluster(&mut self, cx: &mut Context, mut cluster: &'a [u8], args: &mut dyn Iterator<Item = &'a [u8]>) {
        while let Some((&letter, rest)) = cluster.split_first() {
            let Some(colons) = self.colons(letter) else {
                self.complain(cx, &[b"invalid option -- '", &[letter], b"'"]);
                cluster = rest;
                continue;
            };
            self.out.extend_from_slice(&[b' ', b'-', letter]);
            let value = match (colons, rest) {
                (0, _) => {
                    cluster = rest;
                    continue;
                }
                (2, _) | (_, [_, ..]) => Some(rest),
                _ => args.next(),
            };
            match value {
                Some(value) => self.push_value(value),
                None => {
                    // What cannot be completed is not printed.
                    self.out.truncate(self.out.len() - 3);
                    self.complain(cx, &[b"option requires an argument -- '", &[letter], b"'"]);
                }
            }
            return;
        }
    }

    /// As [`Parser::long_option`] behind one dash; `false` when no long option fits.
    fn try_long(
        &mut self,
        cx: &mut Context,
        text: &'a [u8],
        args: &mut dyn Iterator<Item = &'a [u8]>,
    ) -> bool {
        let name = text.split(|&byte| byte == b'=').next().unwrap_or_default();
        let fits = self.long.iter().any(|entry| split_colons(entry).0.starts_with(name));
        let is_letter = text.first().is_some_and(|&letter| self.colons(letter).is_some());
        if fits || !is_letter {
            self.long_option(cx, text, args, false);
        }
        fits || !is_letter
    }

    fn long_option(
        &mut self,
        cx: &mut Context,
        text: &'a [u8],
        args: &mut dyn Iterator<Item = &'a [u8]>,
        two: bool,
    ) {
        let dashes: &[u8] = if two { b"--" } else { b"-" };
        let at = text.iter().position(|&byte| byte == b'=');
        let name = text.get(..at.unwrap_or(text.len())).unwrap_or_default();
        let given = at.and_then(|at| text.get(at + 1..));
        let exact = self.long.iter().find(|entry| split_colons(entry).0 == name);
        let mut possible = self.long.iter().filter(|entry| split_colons(entry).0.starts_with(name));
        let found = match (exact, possible.next(), possible.next()) {
            (Some(exact), ..) => *exact,
            (None, Some(only), None) => *only,
            (None, Some(_), Some(_)) => {
                let all: Vec<Vec<u8>> = self
                    .long
                    .iter()
                    .map(|entry| split_colons(entry).0)
                    .filter(|known| known.starts_with(name))
                    .map(|known| [b" '--", known, b"'"].concat())
                    .collect();
                return self.complain(
                    cx,
                    &[b"option '", dashes, text, b"' is ambiguous; possibilities:", &all.concat()],
                );
            }
            _ => return self.complain(cx, &[b"unrecognized option '", dashes, text, b"'"]),
        };
        let (name, colons) = split_colons(found);
        let value = match (colons, given) {
            (0, Some(_)) => return self.complain(cx, &[b"option '--", name, b"' doesn't allow an argument"]),
            (1, None) => match args.next() {
                None => return self.complain(cx, &[b"option '--", name, b"' requires an argument"]),
                value => value,
            },
            (2, None) => Some(&b""[..]),
            (_, given) => given,
        };
        self.out.extend_from_slice(b" --");
        self.out.extend_from_slice(name);
        if let Some(value) = value {
            self.push_value(value);
        }
    }

    /// Appends an argument, quoted for the shell.
    fn push_value(&mut self, value: &[u8]) {
        self.out.push(b' ');
        if self.unquoted {
            self.out.extend_from_slice(value);
            return;
        }
        self.out.push(b'\'');
        for &byte in value {
            match byte {
                b'\'' => self.out.extend_from_slice(b"'\\''"),
                b'\\' if self.c_shell => self.out.extend_from_slice(b"\\\\"),
                b'\n' if self.c_shell => self.out.extend_from_slice(b"\\n"),
                b'!' | b' ' | b'\t' | 11..=13 if self.c_shell => {
                    self.out.extend_from_slice(&[b'\'', b'\\', byte, b'\''])
                }
                byte => self.out.push(byte),
            }
        }
        self.out.push(b'\'');
    }
}
