//! usage: grep [OPTIONS] PATTERNS [FILE]... | egrep [OPTIONS] PATTERNS [FILE]... | fgrep [OPTIONS] PATTERNS [FILE]...
//!
//! Print the lines of FILEs (or standard input; with -r, of the files below the working directory) that match one of
//! PATTERNS, one a line. egrep is grep -E, fgrep is grep -F.
//!
//!  -E, --extended-regexp      PATTERNS are extended regular expressions
//!  -F, --fixed-strings        PATTERNS are strings
//!  -G, --basic-regexp         PATTERNS are basic regular expressions (default)
//!  -e, --regexp=PATTERNS      search for PATTERNS; may be repeated
//!  -f, --file=FILE            take PATTERNS from FILE; may be repeated
//!  -i, -y, --ignore-case      ignore case
//!  --no-ignore-case           do not
//!  -w, --word-regexp          match whole words
//!  -x, --line-regexp          match whole lines
//!  -v, --invert-match         select the lines that do not match
//!  -z, --null-data            lines end with NUL
//!  -c, --count                print the number of selected lines of each file
//!  -l, --files-with-matches   print only the names of files with selected lines
//!  -L, --files-without-match  print only the names of files without
//!  -q, --quiet, --silent      print nothing, stop at the first selected line
//!  -m, --max-count=NUM        stop a file after NUM selected lines
//!  -o, --only-matching        print only the matching parts, a line each
//!  -n, --line-number          print line numbers
//!  -b, --byte-offset          print byte offsets
//!  -u, --unix-byte-offsets    no effect
//!  -H, --with-filename        print file names; default with several files
//!  -h, --no-filename          do not
//!  --label=LABEL              the name of standard input
//!  -T, --initial-tab          begin the text of lines at a tab stop
//!  -Z, --null                 NUL after file names
//!  -A, --after-context=NUM    print NUM lines after each selected one
//!  -B, --before-context=NUM   print NUM lines before
//!  -C, --context=NUM          both
//!  -NUM                       same as -C NUM
//!  --group-separator=SEP      print SEP between groups of lines in place of --
//!  --no-group-separator       print nothing there
//!  -s, --no-messages          do not tell of files that cannot be read
//!  -r, --recursive            search directories; follow links only of the command line
//!  -R, --dereference-recursive  follow all links
//!  -d, --directories=ACTION   for directories: read, skip, recurse
//!  -D, --devices=ACTION       for devices and pipes: read, skip
//!  --include=GLOB             search only files that match GLOB
//!  --exclude=GLOB             leave out files that match GLOB
//!  --exclude-from=FILE        leave out files that match a GLOB in FILE
//!  --exclude-dir=GLOB         leave out directories that match GLOB
//!  -a, --text                 take binary files for text
//!  -I                         take binary files for not matching
//!  --binary-files=TYPE        binary (default: tell only whether they match), text, without-match
//!  -U, --binary               no effect
//!  --line-buffered            send each line at once
//!  --color[=WHEN], --colour[=WHEN]  mark matches with colours: always, never, auto
//!
//! # Notes
//! POSIX.1-2024 grep; the rest as GNU. Status 0: a line was selected, 1: none was, 2: an error. Colours come from
//! GREP_COLORS (or GREP_COLOR) as with GNU.

mod files;
mod paint;
mod search;

use applet::prelude::*;
use files::Filter;
use paint::Paint;
use regex::{Flags, Regex};

applet::options!("grep");

/// What is printed of a file.
#[derive(Clone, Copy, PartialEq)]
enum Show {
    Lines,
    Count,
    /// Its name, if there are selected lines, or if there are none.
    Names(bool),
    Nothing,
}

/// What becomes of a file that is no text.
#[derive(Clone, Copy, PartialEq)]
enum Binary {
    Tell,
    Text,
    Skip,
}

#[derive(Clone, Copy, PartialEq)]
enum Folders {
    Read,
    Skip,
    Walk(walk::Follow),
}

struct Job<'a> {
    regex: Regex,
    end: u8,
    invert: bool,
    show: Show,
    /// The most lines that are selected in a file.
    most: u64,
    before: usize,
    after: u64,
    /// What is printed between groups of lines.
    separator: Option<&'a [u8]>,
    only: bool,
    number: bool,
    offset: bool,
    /// Whether names are printed; `None`: when a directory was the operand.
    names: Option<bool>,
    label: &'a [u8],
    tab: bool,
    null: bool,
    by_line: bool,
    binary: Binary,
    utf8: bool,
    paint: Paint<'a>,
    silent: bool,
    /// Whether the first selected line ends it all.
    quiet: bool,
    /// Standard input is read to its end, though nothing will be shown of it.
    drains: bool,
    folders: Folders,
    skip_devices: Option<bool>,
    files: Filter,
    dirs: Filter,
    /// The output, if it is a file.
    output: Option<sys::fs::Stat>,
    /// Whether the directory at hand says that what is to be searched is a regular file; and, once it has been asked,
    /// whether the directory is on a disk.
    regular: bool,
    on_disk: Option<bool>,
    /// Whether a line was selected, and one printed.
    found: bool,
    printed: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 2;
    let options = cx.options(opt::GRAMMAR)?;
    let mut operands = options.operands.as_slice();
    let regex = compile(cx, &options, &mut operands)?;
    let mut job = settings(cx, &options, regex, operands.len())?;
    if job.most == 0 && job.show != Show::Names(false) {
        return Ok(Exit(1));
    }
    if operands.is_empty() {
        if matches!(job.folders, Folders::Walk(_)) {
            job.walk(cx, b".", true);
        } else {
            job.standard_input(cx);
        }
    }
    for operand in operands {
        job.operand(cx, operand);
        if cx.out.failed() || job.quiet && job.found {
            break;
        }
    }
    match cx.status() {
        // POSIX: a selected line counts more than an error with -q.
        Exit(2) if !(job.quiet && job.found) => Ok(Exit(2)),
        _ => Ok(Exit(!job.found as u8)),
    }
}

/// The expression that all patterns come to; takes the pattern operand off `operands`.
fn compile(cx: &mut Context, options: &Options, operands: &mut &[&[u8]]) -> Result<Regex> {
    // A line for each pattern.
    let mut lines = Vec::new();
    for &(id, value) in &options.list {
        if id == opt::REGEXP {
            lines.extend_from_slice(value);
            lines.push(b'\n');
        } else if id == opt::FILE {
            let text = cx.open(value)?.rest().at(value)?;
            lines.extend_from_slice(&text);
            if text.last().is_some_and(|&last| last != b'\n') {
                lines.push(b'\n');
            }
        }
    }
    if options.last(&[opt::REGEXP, opt::FILE]).is_none() {
        let [first, rest @ ..] = *operands else { return Err(Error::usage(&[b"no pattern"])) };
        *operands = rest;
        lines.extend_from_slice(first);
        lines.push(b'\n');
    }
    let mut patterns: Vec<&[u8]> = lines.split(|&byte| byte == b'\n').collect();
    patterns.pop();
    let mut flags = match options.last(&[opt::EXTENDED_REGEXP, opt::FIXED_STRINGS, opt::BASIC_REGEXP]) {
        Some(opt::EXTENDED_REGEXP) => Flags::EXTENDED,
        Some(opt::FIXED_STRINGS) => Flags::FIXED,
        None if cx.name == b"egrep" => Flags::EXTENDED,
        None if cx.name == b"fgrep" => Flags::FIXED,
        _ => Flags::BASIC,
    };
    let case = options.last(&[opt::IGNORE_CASE, opt::NO_IGNORE_CASE]);
    for (set, flag) in [
        (case == Some(opt::IGNORE_CASE), Flags::ICASE),
        (options.has(opt::LINE_REGEXP), Flags::LINE),
        (options.has(opt::WORD_REGEXP) && !options.has(opt::LINE_REGEXP), Flags::WORD),
        (cx.utf8(), Flags::UTF8),
    ] {
        if set {
            flags = flags.with(flag);
        }
    }
    Regex::from_set(&patterns, flags).map_err(|(_, error)| Error::new(error.message()))
}

/// A number of lines.
fn lines(text: &[u8], wrong: &[u8]) -> Result<u64> {
    match num::parse_u64(text) {
        Ok(number) => Ok(number),
        Err(num::ParseError::Range) => Ok(u64::MAX),
        Err(_) => Err(Error::parts(&[text, b": ", wrong])),
    }
}

fn settings<'a>(cx: &mut Context<'a>, options: &Options<'a>, regex: Regex, files: usize) -> Result<Job<'a>> {
    let count = |id| -> Result<Option<u64>> {
        let Some(text) = options.value(id) else { return Ok(None) };
        lines(text, b"invalid context length argument").map(Some)
    };
    let both = match options.last(&[opt::CONTEXT, opt::NUMBER]) {
        Some(id) => count(id)?,
        None => None,
    };
    let before = count(opt::BEFORE_CONTEXT)?.or(both);
    let after = count(opt::AFTER_CONTEXT)?.or(both);
    let most = match options.value(opt::MAX_COUNT) {
        // A negative count is none.
        Some([b'-', digits @ ..]) => lines(digits, b"invalid max count").map(|_| u64::MAX)?,
        Some(text) => lines(text, b"invalid max count")?,
        None => u64::MAX,
    };
    let output = cx.out.fd().and_then(|fd| sys::fs::fstat(fd).ok());
    let nowhere = output
        .as_ref()
        .is_some_and(|stat| stat.kind() == libc::S_IFCHR && stat.rdev() == sys::fs::device(1, 3));
    let show = match options.last(&[opt::FILES_WITH_MATCHES, opt::FILES_WITHOUT_MATCH]) {
        _ if options.has(opt::QUIET) || nowhere => Show::Nothing,
        Some(id) => Show::Names(id == opt::FILES_WITH_MATCHES),
        None if options.has(opt::COUNT) => Show::Count,
        None => Show::Lines,
    };
    let binary = match options.last(&[opt::TEXT, opt::I, opt::BINARY_FILES]) {
        Some(opt::TEXT) => Binary::Text,
        Some(opt::I) => Binary::Skip,
        Some(_) => match options.value(opt::BINARY_FILES) {
            Some(b"text") => Binary::Text,
            Some(b"without-match") => Binary::Skip,
            Some(b"binary") => Binary::Tell,
            _ => return Err(Error::usage(&[b"unknown binary-files type"])),
        },
        None => Binary::Tell,
    };
    let mut folders = Folders::Read;
    for &(id, value) in &options.list {
        folders = match id {
            opt::RECURSIVE => Folders::Walk(walk::Follow::Operand),
            opt::DEREFERENCE_RECURSIVE => Folders::Walk(walk::Follow::Always),
            opt::DIRECTORIES => match applet::value::word(value, b"read skip recurse", b"--directories") {
                Ok(0) => Folders::Read,
                Ok(1) => Folders::Skip,
                Ok(_) => Folders::Walk(walk::Follow::Operand),
                Err(error) => return Err(error),
            },
            _ => continue,
        };
    }
    let skip_devices = match options.value(opt::DEVICES) {
        None => None,
        Some(b"read") => Some(false),
        Some(b"skip") => Some(true),
        Some(_) => return Err(Error::new(b"unknown devices method")),
    };
    let names = match options.last(&[opt::WITH_FILENAME, opt::NO_FILENAME]) {
        Some(id) => Some(id == opt::WITH_FILENAME),
        None if files > 1 => Some(true),
        None if matches!(folders, Folders::Walk(_)) => None,
        None => Some(false),
    };
    let separator = match options.last(&[opt::GROUP_SEPARATOR, opt::NO_GROUP_SEPARATOR]) {
        None => Some(&b"--"[..]),
        Some(opt::GROUP_SEPARATOR) => options.value(opt::GROUP_SEPARATOR),
        Some(_) => None,
    };
    let (files, dirs) = files::filters(cx, options)?;
    Ok(Job {
        regex,
        end: if options.has(opt::NULL_DATA) { 0 } else { b'\n' },
        invert: options.has(opt::INVERT_MATCH),
        show,
        most,
        before: before.map_or(0, |lines| usize::try_from(lines).unwrap_or(usize::MAX)),
        after: after.unwrap_or(0),
        separator: separator.filter(|_| before.is_some() || after.is_some()),
        only: options.has(opt::ONLY_MATCHING),
        number: options.has(opt::LINE_NUMBER),
        offset: options.has(opt::BYTE_OFFSET),
        names,
        label: options.value(opt::LABEL).unwrap_or(b"(standard input)"),
        tab: options.has(opt::INITIAL_TAB),
        null: options.has(opt::NULL),
        by_line: options.has(opt::LINE_BUFFERED),
        binary,
        utf8: cx.utf8(),
        paint: Paint::new(cx, options.value(opt::COLOR))?,
        silent: options.has(opt::NO_MESSAGES),
        drains: nowhere
            && !options.has(opt::QUIET)
            && most == u64::MAX
            && sys::fd::seek(sys::fd::STDIN, 0, libc::SEEK_CUR).is_err(),
        quiet: options.has(opt::QUIET),
        folders,
        skip_devices,
        files,
        dirs,
        output: output.filter(sys::fs::Stat::is_file),
        regular: false,
        on_disk: None,
        found: false,
        printed: false,
    })
}
