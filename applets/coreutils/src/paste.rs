//! usage: paste [-sz] [-d LIST] [FILE]...
//!
//! Print lines made of the corresponding lines of each FILE, with tabs between them.
//!
//!  -d, --delimiters=LIST    use the characters of LIST in turn, not tabs; \n \t \\ \0 (none) are known
//!  -s, --serial             one FILE after the other: all its lines in one
//!  -z, --zero-terminated    lines end with NUL
//!
//! # Notes
//! POSIX.1-2024 paste; -z as GNU.

use applet::prelude::*;

applet::options!("paste");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let end = if options.has(opt::ZERO_TERMINATED) { 0 } else { b'\n' };
    let delimiters = delimiters(options.value(opt::DELIMITERS).unwrap_or(b"\t"), cx.utf8())?;
    let stdin: [&[u8]; 1] = [b"-"];
    let operands = if options.operands.is_empty() { &stdin } else { options.operands.as_slice() };
    if options.has(opt::SERIAL) {
        serial(cx, operands, end, &delimiters);
    } else {
        parallel(cx, operands, end, &delimiters)?;
    }
    Ok(cx.status())
}

/// The list's delimiters, each of no byte (`\0`) or of one character.
fn delimiters(list: &[u8], utf8: bool) -> Result<Vec<Vec<u8>>> {
    let mut all = Vec::new();
    let mut rest = list;
    while let Some(&byte) = rest.first() {
        let (text, used) = match rest {
            [b'\\'] => {
                return Err(Error::about(b"delimiter list ends with an unescaped backslash: %", list));
            }
            [b'\\', b'0', ..] => (Vec::new(), 2),
            [b'\\', letter, ..] => {
                let letters = b"b\x08f\x0cn\nr\rt\tv\x0b";
                let known = letters.chunks(2).find(|pair| pair.first() == Some(letter));
                (alloc::vec![known.and_then(|pair| pair.last()).copied().unwrap_or(*letter)], 2)
            }
            _ => {
                let length = text::utf8::decode(rest).filter(|_| utf8).map_or(1, |(_, length)| length);
                (rest.get(..length).unwrap_or(&[byte]).to_vec(), length)
            }
        };
        all.push(text);
        rest = rest.get(used..).unwrap_or_default();
    }
    if all.is_empty() {
        all.push(Vec::new());
    }
    Ok(all)
}

fn parallel(cx: &mut Context, operands: &[&[u8]], end: u8, delimiters: &[Vec<u8>]) -> Result {
    // All operands that are standard input take turns on the same reader.
    let mut readers: Vec<Reader> = Vec::new();
    let mut sources: Vec<usize> = Vec::new();
    let mut shared = None;
    for operand in operands {
        if *operand == b"-" {
            let index = *shared.get_or_insert(readers.len());
            sources.push(index);
            if index < readers.len() {
                continue;
            }
        } else {
            sources.push(readers.len());
        }
        readers.push(cx.open(operand)?);
    }
    let mut line = Vec::new();
    while !cx.out.failed() {
        line.clear();
        let mut any = false;
        for (column, &source) in sources.iter().enumerate() {
            if column > 0 {
                line.extend_from_slice(delimiter(delimiters, column - 1));
            }
            let Some(reader) = readers.get_mut(source) else { continue };
            match reader.text_line(end) {
                Ok(Some(text)) => {
                    any = true;
                    line.extend_from_slice(text);
                }
                Ok(None) => {}
                Err(errno) => {
                    cx.report(Error::system(operands.get(column).copied().unwrap_or_default(), errno))
                }
            }
        }
        if !any {
            break;
        }
        line.push(end);
        cx.out.write(&line);
    }
    Ok(())
}

/// The delimiter behind column `index`.
fn delimiter(delimiters: &[Vec<u8>], index: usize) -> &[u8] {
    delimiters.get(index % delimiters.len().max(1)).map_or(&[], Vec::as_slice)
}

fn serial(cx: &mut Context, operands: &[&[u8]], end: u8, delimiters: &[Vec<u8>]) {
    cx.each_input(operands, &mut |cx, _, input| {
        let mut index = 0;
        while let Some(line) = input.text_line(end)? {
            if index > 0 {
                cx.out.write(delimiter(delimiters, index - 1));
            }
            index += 1;
            cx.out.write(line);
            if cx.out.failed() {
                break;
            }
        }
        cx.out.byte(end);
        Ok(())
    });
}
