//! Scripts for ed, as diff writes them: no program is run, nothing but the text is touched.

use applet::prelude::*;

#[cold]
fn wrong(line: &[u8]) -> Error {
    Error::parts(&[b"cannot apply the ed command '", line.trim_ascii_end(), b"'"])
}

/// The text after the script.
#[inline(never)]
pub fn run(text: &[u8], script: &[&[u8]]) -> Result<Vec<u8>> {
    let mut lines = super::lines(text);
    let mut current = 0;
    let mut script = script;
    while let [line, rest @ ..] = script {
        script = rest;
        let done = command(line.trim_ascii_end(), &mut script, &mut lines, &mut current);
        if done.is_none() {
            return Err(wrong(line));
        }
    }
    let mut out = Vec::with_capacity(text.len());
    for line in lines {
        if out.last().is_some_and(|&byte| byte != b'\n') {
            out.push(b'\n');
        }
        out.extend_from_slice(line);
    }
    Ok(out)
}

/// Does one command; its text is at the start of the rest of the script. `None`: it cannot be done.
#[inline(never)]
fn command<'t>(
    command: &[u8],
    script: &mut &[&'t [u8]],
    lines: &mut Vec<&'t [u8]>,
    current: &mut usize,
) -> Option<()> {
    if command == b"s/.//" {
        // A line of a single dot came as two.
        let line = lines.get_mut(current.checked_sub(1)?)?;
        *line = line.get(1..).unwrap_or_default();
        return Some(());
    }
    let number = |text: &[u8]| num::parse_u64(text).ok().map(|number| number as usize);
    let (&letter, addresses) = command.split_last().unwrap_or((&0, b""));
    let (mut first, mut last) = (*current, *current);
    if !addresses.is_empty() {
        let comma = addresses.iter().position(|&byte| byte == b',');
        let (one, other) = addresses.split_at_checked(comma.unwrap_or(addresses.len()))?;
        first = number(one)?;
        last = other.get(1..).map_or(Some(first), number)?;
    }
    if last > lines.len() || first > last || first == 0 && letter != b'a' {
        return None;
    }
    let mut new: &[&[u8]] = &[];
    if letter != b'd' {
        let end = script.iter().position(|text| text.trim_ascii_end() == b".").unwrap_or(script.len());
        new = script.get(..end).unwrap_or_default();
        *script = script.get(end + 1..).unwrap_or_default();
    }
    let start = if letter == b'a' { last } else { first.saturating_sub(1) };
    *current = start + new.len();
    *lines = [lines.get(..start)?, new, lines.get(last..)?].concat();
    Some(())
}
