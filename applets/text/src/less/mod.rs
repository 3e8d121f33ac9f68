//! usage: less [OPTIONS] [+COMMAND] [FILE]...
//!
//! View text by screens.
//!
//!  -e, --quit-at-eof           leave at the end when it is reached a second time
//!  -E                          leave when the end is reached
//!  -F, --quit-if-one-screen    leave if it fits on the screen
//!  -g                          mark matches only in the line that was searched for
//!  -G, --HILITE-SEARCH         do not mark matches
//!  -i, --ignore-case           searches ignore case unless the pattern has capitals
//!  -I                          searches ignore case
//!  -j, --jump-target=ROW       where a line that is gone to is shown; -1 is the last row, .5 the middle
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
//!  -a, -c, -C, -f, -J, -L, -Q, -U, -w, -W  accepted, without effect
//!  -b, -h, -P, -y VALUE        accepted, without effect
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

use crate::console::{self, bit};
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
    /// What `&` shows, and whether it is what does not match.
    filter: Option<(Regex, bool)>,
    /// The row for lines that are gone to (-j).
    target: Vec<u8>,
    /// The line that was gone to last, and the top of the screen that showed it.
    found: (usize, Place),
    message: Vec<u8>,
    /// The end has been reached once (-e).
    ended: bool,
    utf8: bool,
    status: Option<u8>,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    // The options of LESS come first; their dashes may be left out.
    let mut words = Vec::new();
    for word in cx.var(b"LESS").unwrap_or_default().split(|byte| matches!(byte, b' ' | b'\t' | b'$')) {
        let dash: &[u8] = if word.is_empty() || word.starts_with(b"-") { b"" } else { b"-" };
        words.extend_from_slice(&[dash, word, b"\0"].concat());
    }
    let mut args: Vec<&[u8]> = Vec::new();
    for word in words.split(|&byte| byte == 0) {
        if !word.is_empty() {
            args.push(word);
        }
    }
    args.extend_from_slice(cx.args);
    let options = Options::parse(&args, opt::GRAMMAR, true)?;
    let mut commands = Vec::new();
    let files = console::files(&options.operands, &mut commands)?;
    if !sys::terminal::is_terminal(sys::fd::STDOUT) {
        return Ok(console::copy(cx, &files));
    }
    let number = |id: u8, what: &[u8], default: usize| -> Result<usize> {
        match options.value(id) {
            Some(text) => Ok((applet::value::number(text, b"", what)?.min(10_000) as usize).max(1)),
            None => Ok(default),
        }
    };
    let tab = number(opt::TABS, b"tab stop", 8)?;
    let window = number(opt::WINDOW, b"window size", 0)?;
    let flags = console::letters(&options, opt::GRAMMAR);
    let mut file = 0;
    let mut source = loop {
        let Some(name) = files.get(file) else { return Ok(cx.status()) };
        match open(name) {
            Ok(source) => break source,
            Err(error) => cx.report(error),
        }
        file += 1;
    };
    let terminal = console::keyboard()?;
    let utf8 = cx.utf8();
    let fallback = console::window_fallback(cx);
    let (width, rows) = term::size(sys::fd::STDOUT, fallback);
    let chop = flags & bit(b'S') != 0;
    let mut look = Look { utf8, width, tab, chop, shift: 0, colors: true, plain: false };
    if flags & bit(b'F') != 0 && files.len() == 1 && fits(&mut source, rows, &look) {
        look.width = usize::MAX / 2;
        look.chop = true;
        look.colors = flags & (bit(b'R') | bit(b'r')) != 0;
        look.plain = flags & bit(b'u') != 0;
        let mut at = 0;
        loop {
            let raw = source.line(at);
            if raw.is_empty() {
                return Ok(cx.status());
            }
            at += raw.len();
            let (line, mut out) = (layout::Line::new(raw, &look), Vec::new());
            line.row(0, line.text.len(), &look, &mut out);
            cx.out.line(&out);
        }
    }
    cx.out.flush().at(b"write error")?;
    let alternate = flags & bit(b'X') == 0;
    let screen = Screen::open(terminal.raw(), sys::fd::STDOUT, utf8, alternate, fallback).at(b"/dev/tty")?;
    let name = files.get(file).copied().filter(|name| *name != b"-").unwrap_or_default();
    let mut pager = Pager {
        cx,
        screen,
        source,
        file,
        flags,
        tab,
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
        target: options.value(opt::JUMP_TARGET).unwrap_or_default().to_vec(),
        found: (0, (0, 0)),
        message: name.to_vec(),
        ended: false,
        utf8,
        status: None,
        files: files.iter().map(|file| file.to_vec()).collect(),
    };
    if let Some(pattern) = options.value(opt::PATTERN) {
        pager.search(pattern.to_vec(), false, 1);
    }
    for command in commands {
        pager.initial(command);
    }
    let status = pager.run();
    drop(pager);
    cx.set_status(status);
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

/// Whether a text takes no more than a screen.
fn fits(source: &mut Source, rows: usize, look: &Look) -> bool {
    let (mut at, mut used) = (0, 0);
    while used < rows {
        let raw = source.line(at);
        if raw.is_empty() {
            return true;
        }
        at += raw.len();
        used += layout::Line::new(raw, look).rows(look).len();
    }
    false
}
