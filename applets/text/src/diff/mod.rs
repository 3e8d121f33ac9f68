//! usage: diff [OPTIONS] FILE1 FILE2
//!
//! Compare files line by line, or the files of two directories.
//!
//!  -u                             show changes with 3 lines around them, - and + before what changes
//!  -U N                           the same with N lines around
//!  --unified[=N]                  the same with 3 or N lines
//!  -c                             show both states with 3 lines around, ! before what changes
//!  -C N                           the same with N lines around
//!  --context[=N]                  the same with 3 or N lines
//!  -NUM                           NUM lines around, with -u or -c
//!  -e, --ed                       print a script for ed
//!  -f, --forward-ed               such a script from the top down, that ed cannot read
//!  -n, --rcs                      print a script for RCS
//!  -y, --side-by-side             print both files in two columns
//!  --normal                       print changes as ed commands and lines (default)
//!  -D, --ifdef=NAME               print both files in one, with #ifdef NAME around what differs
//!  -q, --brief                    only tell which files differ
//!  -s, --report-identical-files   tell which files are the same
//!  -r, --recursive                compare directories in directories
//!  -N, --new-file                 a missing file counts as an empty one
//!  -P, --unidirectional-new-file  the same, if it is missing on the left
//!  -x, --exclude=GLOB             leave out files whose names match GLOB
//!  -X, --exclude-from=FILE        leave out files that match a line of FILE
//!  -S, --starting-file=NAME       begin directories with NAME
//!  --no-dereference               compare links, not what they lead to
//!  -a, --text                     all files are text
//!  -i, --ignore-case              upper and lower case are equal
//!  -E, --ignore-tab-expansion     tabs equal the blanks they stand for
//!  -Z, --ignore-trailing-space    white space at ends of lines does not count
//!  -b, --ignore-space-change      the same, and any other white space equals one blank
//!  -w, --ignore-all-space         no white space counts
//!  -B, --ignore-blank-lines       changes that are all blank lines do not count
//!  -I, --ignore-matching-lines=RE  changes whose lines all match RE do not count
//!  --strip-trailing-cr            a CR at the end of a line does not count
//!  -p, --show-c-function          show the C function a change is in
//!  -F, --show-function-line=RE    show the last line before a change that matches RE
//!  -L, --label=TEXT               TEXT, not file name and time, stands in the header; once for each file
//!  -t, --expand-tabs              print blanks for tabs
//!  -T, --initial-tab              print a tab before each line, so that tabs in it line up
//!  --tabsize=N                    tabs go to each Nth column (8)
//!  -W, --width=N                  print at most N columns with -y (130)
//!  --left-column                  with -y, print equal lines only left
//!  --suppress-common-lines        with -y, leave equal lines out
//!  --color[=WHEN]                 colors: always, never, auto
//!  -d, --minimal                  look for the least changes, however long it takes
//!  -H, --speed-large-files        take larger changes if they are found sooner
//!
//! # Notes
//! POSIX.1-2024 diff; the rest as GNU. Status 0: no difference, 1: some, 2: trouble. The changes are those GNU finds.

mod context;
mod folders;
mod input;
mod normal;
mod output;
mod side;

use applet::prelude::*;
use regex::{Flags, Regex};

applet::options!("diff");

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Normal,
    Unified,
    Context,
    Ed,
    ForwardEd,
    Rcs,
    SideBySide,
    Ifdef,
}

struct Job<'a> {
    style: Style,
    /// Lines around a change.
    context: usize,
    labels: Vec<&'a [u8]>,
    /// A bit for each option that was given.
    given: u64,
    /// The name of -D.
    ifdef: &'a [u8],
    /// Where directories begin.
    first: &'a [u8],
    /// Changes whose lines all match one of these do not count.
    ignored: Vec<Regex>,
    function: Option<Regex>,
    /// Patterns of names that are left out, with NULs between.
    excluded: Vec<u8>,
    /// The options as they were given, for headers of files in directories.
    switches: Vec<u8>,
    tab: usize,
    width: usize,
    color: bool,
    zone: time::Zone,
    utf8: bool,
    /// The status so far: 0 the same, 1 different.
    differs: bool,
}

/// The options that say which white space does not count.
const SPACES: u64 =
    1 << opt::IGNORE_TRAILING_SPACE | 1 << opt::IGNORE_SPACE_CHANGE | 1 << opt::IGNORE_ALL_SPACE;

/// The options that say what of a line does not count.
const RULES: u64 =
    SPACES | 1 << opt::IGNORE_CASE | 1 << opt::IGNORE_TAB_EXPANSION | 1 << opt::STRIP_TRAILING_CR;

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 2;
    let options = cx.options(opt::GRAMMAR)?;
    let (one, other) = match *options.operands.as_slice() {
        [one, other] => (one, other),
        [_, _, extra, ..] => return Err(Error::extra_operand(extra)),
        [one] => return Err(Error::usage(&[b"missing operand after '", one, b"'"])),
        [] => return Err(Error::missing_operand()),
    };
    let mut job = Job {
        style: Style::Normal,
        context: 3,
        labels: Vec::new(),
        given: 0,
        ifdef: b"",
        first: b"",
        ignored: Vec::new(),
        function: None,
        excluded: Vec::new(),
        switches: Vec::new(),
        tab: 8,
        width: 130,
        color: false,
        zone: time::load(cx.var(b"TZ"), &mut |path: &[u8]| sys::fs::read_file(path, 1 << 20).ok()),
        utf8: cx.utf8(),
        differs: false,
    };
    job.read_options(cx, &options)?;
    let mut pair = [one, other].map(|name| input::Input::new(name.to_vec(), false));
    folders::compare(cx, &mut job, &mut pair, 0);
    Ok(Exit(cx.status().0.max(u8::from(job.differs))))
}

fn count(text: &[u8], what: &[u8]) -> Result<usize> {
    Ok(applet::value::number(text, b"", what)? as usize)
}

fn pattern(text: &[u8]) -> Result<Regex> {
    Regex::new(text, Flags::BASIC).map_err(|error| Error::parts(&[text, b": ", error.message()]))
}

impl<'a> Job<'a> {
    fn has(&self, id: u8) -> bool {
        self.given >> id & 1 != 0
    }

    /// Whether files without differences are shown, too.
    fn shows_equal(&self) -> bool {
        matches!(self.style, Style::SideBySide | Style::Ifdef)
    }

    /// Whether all differences count.
    fn is_exact(&self) -> bool {
        self.given & (RULES | 1 << opt::IGNORE_BLANK_LINES | 1 << opt::IGNORE_MATCHING_LINES) == 0
    }

    #[inline(never)]
    fn read_options(&mut self, cx: &mut Context, options: &Options<'a>) -> Result {
        let mut style = None;
        let mut context = None;
        for &(id, value) in &options.list {
            self.given |= 1 << id;
            let mut chosen = None;
            match id {
                opt::u | opt::U | opt::UNIFIED => chosen = Some(Style::Unified),
                opt::c | opt::C | opt::CONTEXT => chosen = Some(Style::Context),
                opt::ED => chosen = Some(Style::Ed),
                opt::FORWARD_ED => chosen = Some(Style::ForwardEd),
                opt::RCS => chosen = Some(Style::Rcs),
                opt::SIDE_BY_SIDE => chosen = Some(Style::SideBySide),
                opt::IFDEF => (chosen, self.ifdef) = (Some(Style::Ifdef), value),
                opt::NORMAL => chosen = Some(Style::Normal),
                opt::NUMBER => context = Some(count(value, b"context length")?),
                opt::IGNORE_MATCHING_LINES => self.ignored.push(pattern(value)?),
                opt::SHOW_FUNCTION_LINE => self.function = Some(pattern(value)?),
                opt::EXCLUDE => self.exclude(value),
                opt::EXCLUDE_FROM => {
                    let mut list = cx.open(value)?;
                    while let Some(line) = list.text_line(b'\n').at(value)? {
                        self.exclude(line);
                    }
                }
                opt::STARTING_FILE => self.first = value,
                opt::LABEL => self.labels.push(value),
                // Wider tabs would only cost memory.
                opt::TABSIZE => self.tab = count(value, b"tabsize")?.min(1024),
                opt::WIDTH => self.width = count(value, b"width")?.min(1 << 16),
                opt::COLOR => {
                    self.color = match value {
                        b"never" => false,
                        b"" | b"auto" => sys::terminal::is_terminal(sys::fd::STDOUT),
                        b"always" => true,
                        _ => return Err(applet::value::invalid(b"color", value)),
                    }
                }
                _ => {}
            }
            if chosen.is_none() {
                continue;
            }
            if style.is_some() && style != chosen {
                return Err(Error::usage(&[b"conflicting output style options"]));
            }
            style = chosen;
            if matches!(chosen, Some(Style::Unified | Style::Context)) {
                context = Some(if value.is_empty() {
                    context.unwrap_or(3)
                } else {
                    context.unwrap_or(0).max(count(value, b"context length")?)
                });
            }
        }
        if self.has(opt::SHOW_C_FUNCTION) {
            self.function = Some(pattern(b"^[[:alpha:]$_]")?);
            style = style.or(Some(Style::Context));
        }
        self.style = style.unwrap_or(Style::Normal);
        self.context = context.unwrap_or(3);
        if self.labels.len() > 2 {
            return Err(Error::usage(&[b"too many file label options"]));
        }
        if self.tab == 0 || self.width == 0 {
            return Err(Error::new(b"a width of 0 is invalid"));
        }
        for arg in cx.args {
            // The very argument, not one that reads the same.
            if !options.operands.iter().any(|operand| core::ptr::eq(*operand, *arg)) {
                self.switches.push(b' ');
                text::quote::shell(arg, self.utf8, &mut self.switches);
            }
        }
        Ok(())
    }

    fn exclude(&mut self, glob: &[u8]) {
        self.excluded.extend_from_slice(glob);
        self.excluded.push(0);
    }
}
