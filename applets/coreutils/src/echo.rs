//! usage: echo [-neE] [STRING]...
//!
//! Print STRINGs with a blank between them.
//!
//!  -n  no newline at the end
//!  -e  replace escapes: \\ \a \b \c (end of output) \e \f \n \r \t \v \0NNN (octal) \xHH
//!  -E  keep escapes as they are (the default)
//!
//! # Notes
//! POSIX.1-2024 leaves options and escapes to the implementation; these are GNU's and BusyBox's. Options stand before
//! everything else, and what is not made of n, e and E only is text.

use applet::prelude::*;
use text::escape;

pub fn main(cx: &mut Context) -> Result<Exit> {
    if cx.var(b"POSIXLY_CORRECT").is_none() {
        cx.answer_help()?;
    }
    let mut args = cx.args;
    let (mut newline, mut escapes) = (true, false);
    while let [[b'-', letters @ ..], rest @ ..] = args
        && !letters.is_empty()
        && letters.iter().all(|letter| b"neE".contains(letter))
    {
        for letter in letters {
            match letter {
                b'n' => newline = false,
                other => escapes = *other == b'e',
            }
        }
        args = rest;
    }
    let mut line = args.join(&b' ');
    if escapes {
        let mut text = Vec::with_capacity(line.len());
        newline &= escape::all(&line, escape::LONG_ZERO, &mut text);
        line = text;
    }
    cx.out.write(&line);
    if newline {
        cx.out.byte(b'\n');
    }
    Ok(Exit::SUCCESS)
}
