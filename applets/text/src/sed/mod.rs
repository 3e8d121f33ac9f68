//! usage: sed [OPTIONS] SCRIPT [FILE]... | sed [OPTIONS] -e SCRIPT|-f FILE... [FILE]...
//!
//! Edit FILEs (or standard input) line by line as SCRIPT says.
//!
//!  -n, --quiet, --silent    print only what the script prints
//!  -e, --expression=SCRIPT  add SCRIPT to what is done
//!  -f, --file=FILE          add the script in FILE
//!  -E, -r, --regexp-extended  regular expressions are extended ones
//!  -i[SUFFIX], --in-place[=SUFFIX]  edit the files themselves; keep the old ones as FILE.SUFFIX (a * is the name)
//!  --follow-symlinks        with -i, edit what links lead to
//!  -s, --separate           each file has its own line numbers and its own last line
//!  -z, --null-data          lines end with NUL
//!  -l, --line-length=N      where the l command wraps (70)
//!  -u, --unbuffered         read no more than is needed, send each line at once
//!  -b, --binary             no effect
//!  --posix                  n and N at the end of the input print nothing more
//!  --sandbox                refuse e, r and w
//!
//! # Notes
//! POSIX.1-2024 sed with GNU's extensions: addresses `FIRST~STEP`, `ADDR,+N`, `ADDR,~N`, `0,/RE/`, flags I and M;
//! commands e F Q R T v W z, one-line a i c; s flags I M e and numbers with g; `\U \L \u \l \E` in replacements;
//! the files /dev/stdin, /dev/stdout, /dev/stderr.
//! Files are edited by writing a new one that takes the old one's place when it is complete.
//! Status 1: wrong script or command line, 2: a file cannot be read, 4: a file cannot be written.

mod input;
mod run;
mod script;
mod substitute;

use applet::prelude::*;

applet::options!("sed");

/// What the command line says.
struct Settings<'a> {
    quiet: bool,
    extended: bool,
    in_place: Option<&'a [u8]>,
    follow: bool,
    separate: bool,
    end: u8,
    wrap: usize,
    unbuffered: bool,
    posix: bool,
    sandbox: bool,
    utf8: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let mut operands = options.operands.as_slice();
    let wrap = match options.value(opt::LINE_LENGTH) {
        Some(text) => applet::value::number(text, b"", b"line length")? as usize,
        None => 70,
    };
    let in_place = options.value(opt::IN_PLACE);
    let mut settings = Settings {
        quiet: options.has(opt::QUIET),
        extended: options.has(opt::REGEXP_EXTENDED),
        in_place,
        follow: options.has(opt::FOLLOW_SYMLINKS),
        separate: options.has(opt::SEPARATE) || in_place.is_some(),
        end: if options.has(opt::NULL_DATA) { 0 } else { b'\n' },
        wrap,
        unbuffered: options.has(opt::UNBUFFERED),
        posix: options.has(opt::POSIX) || cx.var(b"POSIXLY_CORRECT").is_some(),
        sandbox: options.has(opt::SANDBOX),
        utf8: cx.utf8(),
    };
    let mut source = script::Source::default();
    for &(id, value) in &options.list {
        if id == opt::EXPRESSION {
            source.add(value, b"");
        } else if id == opt::FILE {
            let failed = |error: Error| error.with_status(4);
            let text = cx.open(value).and_then(|mut file| file.rest().at(value)).map_err(failed)?;
            source.add(text.strip_suffix(b"\n").unwrap_or(&text), value);
        }
    }
    if options.last(&[opt::EXPRESSION, opt::FILE]).is_none() {
        let [first, rest @ ..] = operands else { return Err(Error::usage(&[b"no script"])) };
        operands = rest;
        source.add(first, b"");
    }
    settings.quiet |= source.begins_quiet();
    let program = script::parse(&source, &settings)?;
    run::run(cx, program, &settings, operands)
}
