//! usage: env [-i0v] [-u NAME] [-C DIR] [-S STRING] [NAME=VALUE]... [COMMAND [ARG]...]
//!
//! Run COMMAND with a changed environment; without COMMAND, print the environment.
//!
//!  -i, --ignore-environment   begin with an empty environment; also a single -
//!  -u, --unset=NAME           leave NAME out
//!  -0, --null                 end each printed line with NUL
//!  -C, --chdir=DIR            change into DIR first
//!  -S, --split-string=STRING  split STRING into arguments: for #! lines with several
//!  -v, --debug                tell what is done on standard error
//!
//! # Notes
//! POSIX.1-2024 env; the options as GNU and BusyBox. Status 125: env failed, 126: COMMAND cannot run, 127: not found.

use applet::prelude::*;

applet::options!("env");

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 125;
    let split = split_string(cx)?;
    let args: Vec<&[u8]> = match &split {
        Some(words) => words.iter().map(Vec::as_slice).collect(),
        None => cx.args.to_vec(),
    };
    let options = Options::parse(&args, opt::GRAMMAR, false)?;
    let mut operands = options.operands.as_slice();
    let mut empty = options.has(opt::IGNORE_ENVIRONMENT);
    if let [b"-", rest @ ..] = operands {
        empty = true;
        operands = rest;
    }
    let mut environment: Vec<&[u8]> = if empty { Vec::new() } else { cx.environment().to_vec() };
    for name in options.values(opt::UNSET) {
        if name.is_empty() || name.contains(&b'=') {
            return Err(Error::about(b"cannot unset '%': Invalid argument", name));
        }
        remove(&mut environment, name);
    }
    while let [setting, rest @ ..] = operands
        && let Some(at) = setting.iter().position(|&byte| byte == b'=')
    {
        remove(&mut environment, setting.get(..at).unwrap_or_default());
        environment.push(setting);
        operands = rest;
    }
    let [command, ..] = operands else {
        return print(cx, &options, &environment);
    };
    if options.has(opt::NULL) {
        return Err(Error::usage(&[b"cannot specify --null (-0) with command"]));
    }
    if let Some(folder) = options.value(opt::CHDIR) {
        sys::fs::chdir(folder).at(folder)?;
    }
    if options.has(opt::DEBUG) {
        cx.note(&[b"executing: ", command, b"\n"]);
    }
    Err(cx.exec(operands, &environment))
}

fn print(cx: &mut Context, options: &Options, environment: &[&[u8]]) -> Result<Exit> {
    if options.has(opt::CHDIR) {
        return Err(Error::usage(&[b"must specify command with --chdir (-C)"]));
    }
    let end = if options.has(opt::NULL) { 0 } else { b'\n' };
    for entry in environment {
        cx.out.write(entry);
        cx.out.byte(end);
    }
    Ok(cx.status())
}

fn remove(environment: &mut Vec<&[u8]>, name: &[u8]) {
    environment.retain(|entry| entry.strip_prefix(name).and_then(<[u8]>::first) != Some(&b'='));
}

/// The arguments with the string of a leading `-S` (perhaps behind other letters, as in `-iS`) split into words.
fn split_string(cx: &Context) -> Result<Option<Vec<Vec<u8>>>> {
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut args = cx.args;
    while let [arg, rest @ ..] = args {
        let (before, text, tail) = match arg {
            [b'-', b'-', ..] => match (arg.strip_prefix(b"--split-string"), rest) {
                (Some([b'=', text @ ..]), _) => (&b""[..], text, rest),
                (Some([]), [text, tail @ ..]) => (&b""[..], *text, tail),
                _ => return Ok(None),
            },
            [b'-', cluster @ ..] => {
                let place = cluster.iter().position(|byte| b"CSu".contains(byte)).unwrap_or(cluster.len());
                let (before, behind) = cluster.split_at_checked(place).unwrap_or_default();
                match (behind, rest) {
                    ([b'S'], [text, tail @ ..]) => (before, *text, tail),
                    ([b'S', text @ ..], _) if !text.is_empty() => (before, text, rest),
                    _ => {
                        // A -u or -C at the end has the next argument.
                        let used = if behind.len() == 1 { args.len().min(2) } else { 1 };
                        let (these, others) = args.split_at_checked(used).unwrap_or_default();
                        words.extend(these.iter().map(|arg| arg.to_vec()));
                        args = others;
                        continue;
                    }
                }
            }
            _ => return Ok(None),
        };
        if !before.is_empty() {
            words.push([b"-", before].concat());
        }
        split(cx, text, &mut words)?;
        words.extend(tail.iter().map(|arg| arg.to_vec()));
        return Ok(Some(words));
    }
    Ok(None)
}

/// Splits at blanks outside quotes; knows `${NAME}`, `\_` (a blank), C's letters and a comment after `#`.
fn split(cx: &Context, text: &[u8], words: &mut Vec<Vec<u8>>) -> Result {
    let mut word: Option<Vec<u8>> = None;
    let mut quote = 0;
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'\'' | b'"' if quote == 0 || quote == byte => {
                quote = if quote == 0 { byte } else { 0 };
                word.get_or_insert_default();
            }
            b' ' | b'\t' | b'\n' | 11 | 12 | b'\r' if quote == 0 => words.extend(word.take()),
            b'#' if quote == 0 && word.is_none() => break,
            b'\\' => {
                let Some((&letter, tail)) = rest.split_first() else {
                    return Err(Error::new(b"invalid backslash at end of string in -S"));
                };
                rest = tail;
                if quote == b'\'' && !matches!(letter, b'\\' | b'\'') {
                    word.get_or_insert_default().extend_from_slice(&[b'\\', letter]);
                    continue;
                }
                let letters = b"f\x0cn\nr\rt\tv\x0b";
                let meaning = match letter {
                    b'c' if quote == 0 => break,
                    b'_' if quote == 0 => {
                        words.extend(word.take());
                        continue;
                    }
                    b'_' => b' ',
                    b'"' | b'#' | b'$' | b'\'' | b'\\' => letter,
                    _ => match letters.chunks(2).find(|pair| pair.first() == Some(&letter)) {
                        Some([_, meaning]) => *meaning,
                        _ => return Err(Error::about(b"invalid sequence '\\%' in -S", &[letter])),
                    },
                };
                word.get_or_insert_default().push(meaning);
            }
            b'$' if quote != b'\'' => {
                let close = rest.iter().position(|&byte| byte == b'}');
                let name =
                    rest.strip_prefix(b"{").zip(close).and_then(|(name, at)| name.get(..at.checked_sub(1)?));
                let (Some(name), Some(close)) = (name, close) else {
                    return Err(Error::new(b"only ${VARNAME} expansion is supported, error in -S"));
                };
                word.get_or_insert_default().extend_from_slice(cx.var(name).unwrap_or_default());
                rest = rest.get(close + 1..).unwrap_or_default();
            }
            _ => word.get_or_insert_default().push(byte),
        }
    }
    if quote != 0 {
        return Err(Error::new(b"no terminating quote in -S string"));
    }
    words.extend(word);
    Ok(())
}
