//! usage: patch [OPTIONS] [FILE [PATCHFILE]]
//!
//! Change files as the differences say that PATCHFILE (standard input) holds: unified, context, normal, or ed scripts.
//!
//!  -p, --strip=N             leave N leading folders of names out; without it only the last part of names counts
//!  -i, --input=PATCHFILE     read PATCHFILE
//!  -d, --directory=DIR       names are in DIR
//!  -o, --output=FILE         write the result to FILE
//!  -r, --reject-file=FILE    write what cannot be applied to FILE, not to NAME.rej; - drops it
//!  -R, --reverse             take changes back
//!  -N, --forward             leave out what seems to be applied already
//!  -F, --fuzz=N              up to N lines around a change may differ (2)
//!  -l, --ignore-whitespace   any white space equals any other
//!  -E, --remove-empty-files  remove files that become empty
//!  -b, --backup              keep the old file as NAME.orig
//!  -z, --suffix=SUFFIX       keep it as NAME with SUFFIX
//!  -B, --prefix=PREFIX       put PREFIX before the names of old files
//!  -V, --version-control=W   how they are called: numbered or simple
//!  --backup-if-mismatch      keep the old file if a change did not fit exactly (default)
//!  --no-backup-if-mismatch   keep it only with -b
//!  -u, --unified             the differences are unified ones
//!  -c, --context             the differences have contexts
//!  -n, --normal              the differences are normal ones
//!  -e, --ed                  the differences are an ed script
//!  -f, --force               ask nothing: apply what can be
//!  -t, --batch               ask nothing: leave out what has no file, take back what is applied
//!  -s, --silent, --quiet     tell only of failures
//!  --verbose                 tell more
//!  --dry-run                 change nothing, only tell what would happen
//!  --binary                  keep CRs at the ends of lines
//!  --follow-symlinks         change what a link leads to
//!  --posix                   choose names as POSIX says
//!
//! # Notes
//! POSIX.1-2024 patch; the rest as GNU. Names in a patch never lead out of the folder: absolute ones, those with `..`
//! and those that go through a link are refused. A file is replaced in a single step, or stays as it was. Status 0: all
//! applied, 1: something was not, 2: trouble.

mod apply;
mod edit;
mod names;
mod parse;
mod target;

use applet::prelude::*;

applet::options!("patch");

/// What was asked for.
struct Job<'a> {
    options: &'a Options<'a>,
    strip: Option<usize>,
    fuzz: usize,
    reverse: bool,
    kind: Option<parse::Kind>,
    /// The directory that names are in.
    base: sys::RawFd,
    /// The file named on the command line.
    file: Option<&'a [u8]>,
    /// What was written to the file of -o and the one of -r so far goes before what comes.
    output: Vec<u8>,
    rejects: Vec<u8>,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 2;
    let options = cx.options(opt::GRAMMAR)?;
    let number = |id: u8, what: &[u8]| match options.value(id) {
        None => Ok(None),
        Some(text) => applet::value::number(text, b"", what).map(|number| Some(number as usize)),
    };
    let kind = options.last(&[opt::UNIFIED, opt::CONTEXT, opt::NORMAL, opt::ED]).map(|id| match id {
        opt::UNIFIED => parse::Kind::Unified,
        opt::CONTEXT => parse::Kind::Context,
        opt::NORMAL => parse::Kind::Normal,
        _ => parse::Kind::Ed,
    });
    let (file, patch) = match *options.operands.as_slice() {
        [] => (None, None),
        [file] => (Some(file), None),
        [file, patch] => (Some(file), Some(patch)),
        [_, _, extra, ..] => return Err(Error::extra_operand(extra)),
    };
    let folder = match options.value(opt::DIRECTORY) {
        Some(name) => Some(sys::fs::open_dir(sys::fd::CWD, name, 0).at(name)?),
        None => None,
    };
    let base = folder.as_ref().map_or(sys::fd::CWD, Fd::raw);
    let text = match options.value(opt::INPUT).or(patch).filter(|name| *name != b"-") {
        Some(name) => {
            Reader::own(sys::fd::openat(base, name, libc::O_RDONLY, 0).at(name)?).rest().at(name)?
        }
        None => Reader::borrow(sys::fd::STDIN).rest().at(b"-")?,
    };
    let mut job = Job {
        options: &options,
        strip: number(opt::STRIP, b"strip count")?,
        fuzz: number(opt::FUZZ, b"fuzz factor")?.unwrap_or(2),
        reverse: options.has(opt::REVERSE),
        kind,
        base,
        file,
        output: Vec::new(),
        rejects: Vec::new(),
    };
    let text = without_carriages(cx, &job, text);
    let mut input = parse::Input::new(&text, job.kind);
    let mut found = false;
    while let Some(patch) = input.next()? {
        found = true;
        target::apply(cx, &mut job, patch)?;
        if cx.out.failed() {
            break;
        }
    }
    if !found && !text.is_empty() {
        return Err(Error::new(b"only garbage was found in the patch input"));
    }
    Ok(cx.status())
}

/// The patch without the CRs at the ends of its lines, if its headers have such.
fn without_carriages(cx: &mut Context, job: &Job, text: Vec<u8>) -> Vec<u8> {
    let is_header = |line: &[u8]| {
        let marks: [&[u8]; 4] = [b"--- ", b"+++ ", b"*** ", b"@@ -"];
        marks.iter().any(|mark| line.starts_with(mark)) && line.ends_with(b"\r\n")
    };
    if job.has(opt::BINARY) || !text.split_inclusive(|&byte| byte == b'\n').any(is_header) {
        return text;
    }
    job.tell(cx, &[b"(Stripping trailing CRs from patch; use --binary to disable.)\n"]);
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(line) => {
                out.extend_from_slice(line);
                out.push(b'\n');
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

impl Job<'_> {
    fn has(&self, id: u8) -> bool {
        self.options.has(id)
    }

    /// Tells something that -s leaves out.
    fn tell(&self, cx: &mut Context, parts: &[&[u8]]) {
        if !self.has(opt::SILENT) {
            say(cx, parts);
        }
    }
}

fn say(cx: &mut Context, parts: &[&[u8]]) {
    for part in parts {
        cx.out.write(part);
    }
}

/// Asks on the terminal; the answer, or nothing if there is no terminal.
fn ask(cx: &mut Context, question: &[&[u8]]) -> Vec<u8> {
    say(cx, question);
    let _ = cx.out.flush();
    if let Ok(mut terminal) = Reader::open(b"/dev/tty")
        && let Ok(Some(answer)) = terminal.text_line(b'\n')
    {
        return answer.to_vec();
    }
    say(cx, &[b"\n"]);
    Vec::new()
}
