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
//!  -D, --ifdef=NAME          keep both states, with #ifdef NAME around what changes
//!  --merge[=STYLE]           make changes beside others, and mark conflicts as merge does, or diff3
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
mod merge;
mod names;
mod parse;
mod target;

use applet::prelude::*;
use parse::Kind;

applet::options!("patch");

/// What was asked for, and what was written so far.
struct Job<'c, 'a> {
    cx: &'c mut Context<'a>,
    options: &'c Options<'a>,
    /// A bit for each option that was given.
    given: u64,
    strip: Option<usize>,
    fuzz: usize,
    reverse: bool,
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
    let options = &cx.options(opt::GRAMMAR)?;
    let operands = options.operands.as_slice();
    if let [_, _, extra, ..] = operands {
        return Err(Error::extra_operand(extra));
    }
    let folder = match options.value(opt::DIRECTORY) {
        Some(name) => Some(sys::fs::open_dir(sys::fd::CWD, name, 0).at(name)?),
        None => None,
    };
    let mut job = Job {
        cx,
        options,
        given: 0,
        strip: None,
        fuzz: 2,
        reverse: false,
        base: folder.as_ref().map_or(sys::fd::CWD, Fd::raw),
        file: operands.first().copied(),
        output: Vec::new(),
        rejects: Vec::new(),
    };
    let mut kind = None;
    for &(id, value) in &options.list {
        job.given |= 1 << id;
        match id {
            opt::STRIP => job.strip = Some(count(value, b"strip count")?),
            opt::FUZZ => job.fuzz = count(value, b"fuzz factor")?,
            opt::REVERSE => job.reverse = true,
            opt::UNIFIED => kind = Some(Kind::Unified),
            opt::CONTEXT => kind = Some(Kind::Context),
            opt::NORMAL => kind = Some(Kind::Normal),
            opt::ED => kind = Some(Kind::Ed),
            opt::MERGE if ![&b""[..], b"merge", b"diff3"].contains(&value) => {
                return Err(Error::parts(&[b"invalid style '", value, b"'"]));
            }
            _ => {}
        }
    }
    let name = options.value(opt::INPUT).or(operands.get(1).copied()).unwrap_or(b"-");
    let mut input = match name {
        b"-" => Reader::borrow(sys::fd::STDIN),
        _ => Reader::own(sys::fd::openat(job.base, name, libc::O_RDONLY, 0).at(name)?),
    };
    let mut text = input.rest().at(name)?;
    job.remove_carriages(&mut text);
    let mut input = parse::Input::new(&text, kind);
    let mut patch = parse::Patch::default();
    let mut found = false;
    while !job.cx.out.failed() && input.next(&mut patch)? {
        found = true;
        job.apply(&mut patch)?;
    }
    if !found && !text.is_empty() {
        return Err(Error::new(b"only garbage was found in the patch input"));
    }
    Ok(job.cx.status())
}

/// The lines of a text, each with its newline if it has one.
#[inline(never)]
fn lines(text: &[u8]) -> Vec<&[u8]> {
    let (mut lines, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at_checked(end).unwrap_or_default();
        lines.push(line);
        rest = after;
    }
    lines
}

fn count(text: &[u8], what: &[u8]) -> Result<usize> {
    Ok(applet::value::number(text, b"", what)? as usize)
}

impl Job<'_, '_> {
    fn has(&self, id: u8) -> bool {
        self.given >> id & 1 != 0
    }

    /// Tells something that -s leaves out.
    fn tell(&mut self, template: &[u8], texts: &[&[u8]], numbers: &[i64]) {
        if !self.has(opt::SILENT) {
            self.cx.print(template, texts, numbers);
        }
    }

    /// Asks on the terminal; the answer, or nothing if there is no terminal.
    fn ask(&mut self, question: &[u8]) -> Vec<u8> {
        self.cx.out.write(question);
        let _ = self.cx.out.flush();
        if let Ok(mut terminal) = Reader::open(b"/dev/tty")
            && let Ok(Some(answer)) = terminal.text_line(b'\n')
        {
            return answer.to_vec();
        }
        self.cx.out.byte(b'\n');
        Vec::new()
    }

    /// Takes out the CRs at the ends of the patch's lines, if its headers have such.
    fn remove_carriages(&mut self, text: &mut Vec<u8>) {
        let is_header = |line: &[u8]| {
            matches!(line.first_chunk(), Some(b"--- " | b"+++ " | b"*** " | b"@@ -"))
                && line.ends_with(b"\r\n")
        };
        if self.has(opt::BINARY) || !text.split_inclusive(|&byte| byte == b'\n').any(is_header) {
            return;
        }
        self.tell(b"(Stripping trailing CRs from patch; use --binary to disable.)\n", &[], &[]);
        let mut out = Vec::with_capacity(text.len());
        for &byte in text.iter() {
            if byte == b'\n' && out.last() == Some(&b'\r') {
                out.pop();
            }
            out.push(byte);
        }
        *text = out;
    }
}
