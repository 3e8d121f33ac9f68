//! Scripts for ed, as diff writes them: no program is run, nothing but the text is touched.

use applet::prelude::*;

#[cold]
fn wrong(line: &[u8]) -> Error {
    Error::parts(&[b"cannot apply the ed command '", line.trim_ascii_end(), b"'"])
}

/// The text after the script.
pub fn run(text: &[u8], script: &[&[u8]]) -> Result<Vec<u8>> {
    let mut lines: Vec<&[u8]> = text.split_inclusive(|&byte| byte == b'\n').collect();
    let mut current = 0;
    let mut script = script.iter();
    while let Some(&line) = script.next() {
        let command = line.trim_ascii_end();
        if command == b"s/.//" {
            // A line of a single dot came as two.
            let old = current_line(&mut lines, current).ok_or_else(|| wrong(line))?;
            *old = old.get(1..).unwrap_or_default();
            continue;
        }
        let letter = command.last().copied().unwrap_or(0);
        let addresses = command.get(..command.len().saturating_sub(1)).unwrap_or_default();
        let number = |text: &[u8]| num::parse_u64(text).ok().and_then(|number| usize::try_from(number).ok());
        let (first, last) = match addresses.iter().position(|&byte| byte == b',') {
            _ if addresses.is_empty() => (Some(current), Some(current)),
            Some(comma) => {
                (addresses.get(..comma).and_then(number), addresses.get(comma + 1..).and_then(number))
            }
            None => (number(addresses), number(addresses)),
        };
        let (Some(first), Some(last)) = (first, last) else { return Err(wrong(line)) };
        let fits = last <= lines.len() && first <= last && (first > 0 || letter == b'a');
        if !fits {
            return Err(wrong(line));
        }
        let mut new: Vec<&[u8]> = Vec::new();
        if letter != b'd' {
            for &text in script.by_ref() {
                if text.trim_ascii_end() == b"." {
                    break;
                }
                new.push(text);
            }
        }
        let start = if letter == b'a' { last } else { first.saturating_sub(1) };
        current = start + new.len();
        lines.splice(start..last, new);
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

fn current_line<'l, 't>(lines: &'l mut [&'t [u8]], current: usize) -> Option<&'l mut &'t [u8]> {
    lines.get_mut(current.checked_sub(1)?)
}
