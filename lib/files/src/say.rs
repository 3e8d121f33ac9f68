//! What several commands say in the same words.

use applet::{Context, Error, Result};

/// `name: why`
#[cold]
#[inline(never)]
pub fn about(name: &[u8], why: &[u8]) -> Error {
    Error::parts(&[name, b": ", why])
}

/// `'one' and 'other' are the same file`
#[cold]
#[inline(never)]
pub fn same_file(one: &[u8], other: &[u8]) -> Error {
    Error::parts(&[b"'", one, b"' and '", other, b"' are the same file"])
}

/// `target: cannot overwrite directory with non-directory`
#[cold]
#[inline(never)]
pub fn is_directory(target: &[u8]) -> Error {
    about(target, b"cannot overwrite directory with non-directory")
}

/// `target: cannot overwrite non-directory with directory 'source'`
#[cold]
#[inline(never)]
pub fn is_no_directory(target: &[u8], source: &[u8]) -> Error {
    Error::parts(&[target, b": cannot overwrite non-directory with directory '", source, b"'"])
}

/// `invalid argument 'word' for 'option'`, and how to ask for help.
#[cold]
#[inline(never)]
pub fn invalid_argument(word: &[u8], option: &[u8]) -> Error {
    Error::usage(&[b"invalid argument '", word, b"' for '", option, b"'"])
}

/// Which of `words` (with blanks between) `word` is, or abbreviates as the only one; as the value of `option`.
#[inline(never)]
pub fn choice(word: &[u8], words: &[u8], option: &[u8]) -> Result<usize> {
    let mut found: core::result::Result<usize, ()> = Err(());
    for (index, known) in words.split(|&byte| byte == b' ').enumerate() {
        if known == word {
            return Ok(index);
        }
        if known.starts_with(word) {
            found = if found.is_ok() { Ok(usize::MAX) } else { Ok(index) };
        }
    }
    match found {
        Ok(index) if index != usize::MAX && !word.is_empty() => Ok(index),
        Ok(_) => Err(Error::usage(&[b"ambiguous argument '", word, b"' for '", option, b"'"])),
        Err(()) => Err(invalid_argument(word, option)),
    }
}

/// `missing operand after 'operand'`, and how to ask for help.
#[cold]
#[inline(never)]
pub fn missing_after(operand: &[u8]) -> Error {
    Error::usage_about(b"missing operand after '%'", operand)
}

/// Writes a line of several pieces to standard output.
#[inline(never)]
pub fn line(cx: &mut Context, parts: &[&[u8]]) {
    for part in parts {
        cx.out.write(part);
    }
    cx.out.byte(b'\n');
}
