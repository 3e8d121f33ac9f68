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
}

struct Job<'a> {
    style: Style,
    /// Lines around a change.
    context: usize,
    labels: Vec<&'a [u8]>,
    options: &'a Options<'a>,
    rules: input::Rules,
    /// Changes whose lines all match one of these do not count.
    ignored: Vec<Regex>,
    function: Option<Regex>,
    excluded: Vec<Vec<u8>>,
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

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 2;
    let options = cx.options(opt::GRAMMAR)?;
    let (one, other) = match *options.operands.as_slice() {
        [one, other] => (one, other),
        [_, _, extra, ..] => return Err(Error::extra_operand(extra)),
        [one] => return Err(Error::usage(&[b"missing operand after '", one, b"'"])),
        [] => return Err(Error::missing_operand()),
    };
    let mut job = job(cx, &options)?;
    folders::compare(cx, &mut job, [one, other], None);
    Ok(Exit(cx.status().0.max(u8::from(job.differs))))
}

fn job<'a>(cx: &mut Context, options: &'a Options<'a>) -> Result<Job<'a>> {
    let count = |text: &[u8], what: &[u8]| {
        applet::value::number(text, b"", what).map(|count| usize::try_from(count).unwrap_or(usize::MAX))
    };
    let mut style = None;
    let mut context = None;
    for &(id, value) in &options.list {
        let chosen = match id {
            opt::u | opt::U | opt::UNIFIED => Style::Unified,
            opt::c | opt::C | opt::CONTEXT => Style::Context,
            opt::ED => Style::Ed,
            opt::FORWARD_ED => Style::ForwardEd,
            opt::RCS => Style::Rcs,
            opt::SIDE_BY_SIDE => Style::SideBySide,
            opt::NORMAL => Style::Normal,
            opt::NUMBER => {
                context = Some(count(value, b"context length")?);
                continue;
            }
            _ => continue,
        };
        if style.is_some_and(|style| style != chosen) {
            return Err(Error::usage(&[b"conflicting output style options"]));
        }
        style = Some(chosen);
        if matches!(chosen, Style::Unified | Style::Context) {
            let lines = if value.is_empty() { 3 } else { count(value, b"context length")? };
            context =
                Some(if value.is_empty() { context.unwrap_or(3) } else { context.unwrap_or(0).max(lines) });
        }
    }
    let has = |id: u8| options.has(id);
    let pattern = |text: &[u8]| {
        Regex::new(text, Flags::BASIC).map_err(|error| Error::parts(&[text, b": ", error.message()]))
    };
    let mut ignored = Vec::new();
    for text in options.values(opt::IGNORE_MATCHING_LINES) {
        ignored.push(pattern(text)?);
    }
    let mut function = options.value(opt::SHOW_FUNCTION_LINE).map(pattern).transpose()?;
    if has(opt::SHOW_C_FUNCTION) {
        function = Some(pattern(b"^[[:alpha:]$_]")?);
        style = style.or(Some(Style::Context));
        context = context.or(Some(3));
    }
    let mut excluded: Vec<Vec<u8>> = options.values(opt::EXCLUDE).map(<[u8]>::to_vec).collect();
    for name in options.values(opt::EXCLUDE_FROM) {
        let list = cx.open(name)?.rest().at(name)?;
        excluded
            .extend(list.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec));
    }
    let labels: Vec<&[u8]> = options.values(opt::LABEL).collect();
    if labels.len() > 2 {
        return Err(Error::usage(&[b"too many file label options"]));
    }
    // Wider tabs would only cost memory.
    let tab = options.value(opt::TABSIZE).map_or(Ok(8), |text| count(text, b"tabsize"))?.min(1024);
    let width = options.value(opt::WIDTH).map_or(Ok(130), |text| count(text, b"width"))?;
    if tab == 0 || width == 0 {
        return Err(Error::new(b"a width of 0 is invalid"));
    }
    let color = match options.value(opt::COLOR) {
        None | Some(b"never") => false,
        Some(b"" | b"auto") => sys::terminal::is_terminal(sys::fd::STDOUT),
        Some(b"always") => true,
        Some(text) => return Err(applet::value::invalid(b"color", text)),
    };
    Ok(Job {
        style: style.unwrap_or(Style::Normal),
        context: context.unwrap_or(3),
        labels,
        options,
        rules: input::Rules {
            fold: has(opt::IGNORE_CASE),
            tabs: has(opt::IGNORE_TAB_EXPANSION).then_some(tab),
            trailing: has(opt::IGNORE_TRAILING_SPACE),
            change: has(opt::IGNORE_SPACE_CHANGE),
            all: has(opt::IGNORE_ALL_SPACE),
            carriage: has(opt::STRIP_TRAILING_CR),
        },
        ignored,
        function,
        excluded,
        switches: switches(cx, &options.operands),
        tab,
        width: width.min(1 << 16),
        color,
        zone: time::load(cx.var(b"TZ"), &mut |path: &[u8]| sys::fs::read_file(path, 1 << 20).ok()),
        utf8: cx.utf8(),
        differs: false,
    })
}

/// The arguments that are no operands, quoted for a shell, each behind a blank.
fn switches(cx: &Context, operands: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    for arg in cx.args {
        // The very argument, not one that reads the same.
        if !operands.iter().any(|operand| core::ptr::eq(*operand, *arg)) {
            out.push(b' ');
            text::quote::shell(arg, cx.utf8(), &mut out);
        }
    }
    out
}

impl Job<'_> {
    fn has(&self, id: u8) -> bool {
        self.options.has(id)
    }
}
