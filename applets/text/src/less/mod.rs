//! usage: less [OPTIONS] [+COMMAND] [FILE]...
//!
//! View text by screens.
//!
//!  -e, --quit-at-eof           leave at the end when it is reached a second time
//!  -E                          leave when the end is reached
//!  -F, --quit-if-one-screen    leave if it fits on the screen
//!  -G, --HILITE-SEARCH         do not mark matches
//!  -i, --ignore-case           searches ignore case unless the pattern has capitals
//!  -I                          searches ignore case
//!  -K, --quit-on-intr          leave on Ctrl-C
//!  -m                          show the percentage
//!  -M, --LONG-PROMPT           show lines and percentage
//!  -n                          do not count lines for the prompt
//!  -N, --LINE-NUMBERS          show line numbers
//!  -p, --pattern=PATTERN       start at PATTERN
//!  -q, --quiet                 no bell
//!  -r                          as -R
//!  -R, --RAW-CONTROL-CHARS     let colours pass
//!  -s, --squeeze-blank-lines   one blank line for several
//!  -S, --chop-long-lines       cut long lines
//!  -u, --underline-special     show backspaces as ^H
//!  -x, --tabs=NUM              tab stops
//!  -X, --no-init               leave the text on the screen
//!  -~, --tilde                 no ~ behind the end
//!  -z, --window=NUM            lines of a screen
//!
//! Space b: next, previous screen; d u: half; j k: line; g G: line N, start, end; N%
//! / ? n N: search; &: only lines that match; m ': mark, go to mark; F: follow
//! Left, Right: scroll; =: where am I; -X: change option; v: edit; !: command; q: quit
//! :n :p :x :e :d: files
//!
//! # Notes
//! The commands of GNU less that hands use, and BusyBox's; options are also taken from LESS. Control characters are never
//! sent to the terminal. Files are read where they are looked at, so their size does not matter.

mod command;
mod layout;
mod source;
mod view;

use applet::prelude::*;
use regex::Regex;
use term::Screen;

use crate::console::{keyboard, window_fallback};
use layout::Look;
use source::Source;

applet::options!("less");

/// A place: the start of a line, and a row of it.
type Place = (usize, usize);

/// A pager on a terminal.
pub struct Pager<'c, 'a> {
    cx: &'c mut Context<'a>,
    screen: Screen,
    source: Source,
    files: Vec<Vec<u8>>,
    file: usize,
    /// The options that are on, a bit for each letter.
    flags: u128,
    tab: usize,
    window: usize,
    shift: usize,
    top: Place,
    /// What `''` goes back to.
    before: Place,
    marks: Vec<(u8, Place)>,
    pattern: Option<Regex>,
    patterns: Vec<Vec<u8>>,
    backward: bool,
    inverted: bool,
    filter: Option<Regex>,
    message: Vec<u8>,
    /// The end has been reached once (-e).
    ended: bool,
    utf8: bool,
    status: Option<u8>,
}

fn bit(letter: u8) -> u128 {
    1 << (letter & 127)
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    // The options of LESS come first; their dashes may be left out.
    let mut words: Vec<Vec<u8>> = Vec::new();
    for word in cx.var(b"LESS").unwrap_or_default().split(|byte| matches!(byte, b' ' | b'\t' | b'$')) {
        if !word.is_empty() {
            words.push(if word.starts_with(b"-") { word.to_vec() } else { [b"-", word].concat() });
        }
    }
    let mut args: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
    args.extend(cx.args);
    let options = Options::parse(&args, opt::GRAMMAR, true)?;
    let (commands, mut files): (Vec<&[u8]>, Vec<&[u8]>) =
        options.operands.iter().partition(|word| word.starts_with(b"+"));
    if files.is_empty() {
        if sys::terminal::is_terminal(sys::fd::STDIN) {
            return Err(Error::usage(&[b"missing filename"]));
        }
        files.push(b"-");
    }
    if !sys::terminal::is_terminal(sys::fd::STDOUT) {
        return copy(cx, &files);
    }
    let number = |id: u8, what: &[u8], least: usize| -> Result<usize> {
        match options.value(id) {
            Some(text) => Ok((applet::value::number(text, b"", what)?.min(10_000) as usize).max(least)),
            None => Ok(0),
        }
    };
    let tab = number(opt::TABS, b"tab stop", 1)?;
    let window = number(opt::WINDOW, b"window size", 1)?;
    let mut flags = 0;
    for (id, _) in &options.list {
        let letter =
            opt::GRAMMAR.split(|&byte| byte == b'\n').nth(usize::from(*id)).and_then(|line| line.get(1));
        flags |= bit(letter.copied().unwrap_or(0));
    }
    let files: Vec<Vec<u8>> = files.iter().map(|file| file.to_vec()).collect();
    show(cx, files, flags, tab, window, options.value(opt::PATTERN), &commands)
}

/// What is not a terminal gets the files as they are.
fn copy(cx: &mut Context, files: &[&[u8]]) -> Result<Exit> {
    cx.each_input(files, &mut |cx, _, input| {
        loop {
            let block = input.block()?;
            if block.is_empty() || cx.out.failed() {
                return Ok(());
            }
            cx.out.write(block);
            let length = block.len();
            input.consume(length);
        }
    });
    Ok(cx.status())
}

/// Opens a file to be viewed.
fn open(name: &[u8]) -> Result<Source> {
    if name == b"-" {
        return Ok(Source::new(sys::fd::duplicate_above(sys::fd::STDIN, 3).at(name)?));
    }
    let fd = sys::fd::open_read(name).at(name)?;
    if sys::fs::fstat(fd.raw()).at(name)?.is_dir() {
        return Err(Error::system(name, Errno(libc::EISDIR)));
    }
    Ok(Source::new(fd))
}

fn show(
    cx: &mut Context,
    files: Vec<Vec<u8>>,
    flags: u128,
    tab: usize,
    window: usize,
    pattern: Option<&[u8]>,
    commands: &[&[u8]],
) -> Result<Exit> {
    let mut found = None;
    for (index, name) in files.iter().enumerate() {
        match open(name) {
            Ok(source) => {
                found = Some((index, source));
                break;
            }
            Err(error) => cx.report(error),
        }
    }
    let Some((file, mut source)) = found else { return Ok(cx.status()) };
    let terminal = keyboard()?;
    let utf8 = cx.utf8();
    let fallback = window_fallback(cx);
    if flags & bit(b'F') != 0 && files.len() == 1 && fits(&mut source, fallback, utf8, tab, flags) {
        let mut at = 0;
        let look = Look {
            utf8,
            width: usize::MAX / 2,
            tab: tab.max(1),
            chop: true,
            shift: 0,
            colors: flags & (bit(b'R') | bit(b'r')) != 0,
            plain: flags & bit(b'u') != 0,
        };
        loop {
            let raw = source.line(at);
            if raw.is_empty() {
                return Ok(cx.status());
            }
            at += raw.len();
            let (line, mut out) =
                (layout::Line::new(raw, &Look { tab: if tab == 0 { 8 } else { tab }, ..look }), Vec::new());
            line.row(0, line.text.len(), &Look { tab: if tab == 0 { 8 } else { tab }, ..look }, &mut out);
            cx.out.line(&out);
        }
    }
    cx.out.flush().at(b"write error")?;
    let alternate = flags & bit(b'X') == 0;
    let screen = Screen::open(terminal.raw(), sys::fd::STDOUT, utf8, alternate, fallback).at(b"/dev/tty")?;
    let mut pager = Pager {
        cx,
        screen,
        source,
        files,
        file,
        flags,
        tab: if tab == 0 { 8 } else { tab },
        window,
        shift: 0,
        top: (0, 0),
        before: (0, 0),
        marks: Vec::new(),
        pattern: None,
        patterns: Vec::new(),
        backward: false,
        inverted: false,
        filter: None,
        message: Vec::new(),
        ended: false,
        utf8,
        status: None,
    };
    let name = pager.files.get(file).cloned().unwrap_or_default();
    if name != b"-" {
        pager.message = name;
    }
    if let Some(pattern) = pattern {
        pager.search(pattern.to_vec(), false, 1);
    }
    for command in commands {
        pager.initial(command.get(1..).unwrap_or_default());
    }
    let status = pager.run();
    drop(pager);
    drop(terminal);
    cx.set_status(status);
    Ok(cx.status())
}

/// Whether a text takes no more than a screen.
fn fits(source: &mut Source, fallback: (usize, usize), utf8: bool, tab: usize, flags: u128) -> bool {
    let (width, rows) = term::size(sys::fd::STDOUT, fallback);
    let look = Look {
        utf8,
        width,
        tab: if tab == 0 { 8 } else { tab },
        chop: flags & bit(b'S') != 0,
        shift: 0,
        colors: true,
        plain: false,
    };
    let (mut at, mut used) = (0, 0);
    while used < rows {
        let raw = source.line(at);
        if raw.is_empty() {
            return true;
        }
        at += raw.len();
        used += layout::Line::new(raw, &look).rows(&look).len();
    }
    false
}
