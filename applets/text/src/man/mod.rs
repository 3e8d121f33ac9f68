//! usage: man [-aw] [-P PAGER] [-M PATH] [-s SECTIONS | SECTION] PAGE... | man -l FILE... | man -k WORD... | man -f NAME...
//!
//! Show the manual PAGE.
//!
//!  -a, --all            all pages of that name
//!  -w, --where, --path  print the names of their files
//!  -f, --whatis         one line about each NAME
//!  -k, --apropos        search the lines about all pages for WORD
//!  -l, --local-file     the operands are files
//!  -M, --manpath=PATH   look there, not in MANPATH
//!  -P, --pager=PAGER    show it with PAGER, not MANPAGER, PAGER or less
//!  -s, -S, --sections=LIST  sections to look in
//!
//! # Notes
//! Pages are in man(7) or mdoc(7); compressed ones are read with gzip, xz, bzip2 or zstd. An applet without a page shows
//! its help.

mod layout;
mod mdoc;
mod roff;

use applet::prelude::*;
use sys::process::Fork;

use crate::console;
use layout::Layout;
use roff::Roff;

applet::options!("man");

const FOLDERS: &[u8] = b"/usr/local/share/man:/usr/share/man:/usr/local/man:/usr/man";
const SECTIONS: &[u8] = b"1 n l 8 3 2 3posix 3pm 3perl 3am 5 4 9 6 7";

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let mut operands = options.operands.as_slice();
    if operands.is_empty() {
        return Err(Error::usage(&[b"which page?"]));
    }
    let folders = options.value(opt::MANPATH).or(cx.var(b"MANPATH")).unwrap_or(FOLDERS);
    if options.has(opt::APROPOS) || options.has(opt::WHATIS) {
        for word in operands {
            about(cx, folders, word, options.has(opt::APROPOS));
        }
        return Ok(cx.status());
    }
    let mut sections = options.value(opt::SECTIONS).or(cx.var(b"MANSECT")).unwrap_or(SECTIONS);
    if let [section, rest @ ..] = operands
        && !rest.is_empty()
        && (section.first().is_some_and(u8::is_ascii_digit) && section.len() < 8
            || matches!(*section, b"n" | b"l"))
    {
        sections = section;
        operands = rest;
    }
    let terminal = sys::terminal::is_terminal(sys::fd::STDOUT);
    let (columns, _) = term::size(sys::fd::STDOUT, console::window_fallback(cx));
    let width = columns.clamp(40, 100) - 2;
    let mut all = Vec::new();
    for &name in operands {
        let local = options.has(opt::LOCAL_FILE) || name.contains(&b'/');
        let mut found = if local { alloc::vec![name.to_vec()] } else { find(folders, sections, name) };
        if !options.has(opt::ALL) {
            found.truncate(1);
        }
        let mut shown = !found.is_empty();
        for file in found {
            if options.has(opt::WHERE) {
                cx.out.line(&file);
                continue;
            }
            match read(cx, &file) {
                Ok(text) => lay_out(cx, &file, &text, Layout::new(width, terminal, cx.utf8()), &mut all),
                Err(error) => cx.report(error),
            }
        }
        if !shown && !options.has(opt::WHERE) && (cx.house().find)(name).is_some() {
            (cx.house().help)(name, &mut cx.out);
            shown = true;
        }
        if !shown {
            cx.report(Error::parts(&[b"no page for ", name]).with_status(16));
        }
    }
    if !terminal {
        cx.out.write(&all);
    } else if !all.is_empty() {
        page(cx, &all, options.value(opt::PAGER))?;
    }
    Ok(cx.status())
}

/// Appends the page in a file as it is shown.
fn lay_out(cx: &mut Context, file: &[u8], text: &[u8], page: Layout, all: &mut Vec<u8>) {
    // A name in `.so` is below the folder that has the sections.
    let root = files::target::folder_name(files::target::folder_name(file));
    let mut include = |name: &[u8]| {
        for ending in b" .gz .xz .bz2".split(|&byte| byte == b' ') {
            if let Ok(text) = read(cx, &[root, b"/", name, ending].concat()) {
                return Some(text);
            }
        }
        None
    };
    all.extend_from_slice(&Roff::lay_out(page, &mut include, text));
}

/// The files of a page, in the order of the sections.
fn find(folders: &[u8], sections: &[u8], name: &[u8]) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    // `ls.1` names its section.
    for section in sections.split(|byte| matches!(byte, b' ' | b':' | b',')) {
        for folder in folders.split(|&byte| byte == b':').filter(|folder| !folder.is_empty()) {
            let digit = section.get(..1).unwrap_or_default();
            let folder = [folder, b"/man", digit].concat();
            list(&folder, &mut |entry| {
                let ends = entry.strip_prefix(name).and_then(|rest| rest.strip_prefix(b"."));
                let ends = ends.map(|rest| strip_ending(rest).0);
                // A section of one digit has those of longer names, too.
                if ends.is_some_and(|end| end == section || section.len() == 1 && end.starts_with(section)) {
                    let file = [&folder[..], b"/", entry].concat();
                    if !found.contains(&file) {
                        found.push(file);
                    }
                }
            });
        }
    }
    found
}

/// The endings of compressed files, and what unpacks them.
const PACKERS: &[u8] = b".gz gzip .xz xz .bz2 bzip2 .zst zstd";

/// A name without the ending of a compressed file, and what unpacks that.
fn strip_ending(name: &[u8]) -> (&[u8], Option<&'static [u8]>) {
    let mut words = PACKERS.split(|&byte| byte == b' ');
    while let (Some(ending), Some(packer)) = (words.next(), words.next()) {
        if let Some(base) = name.strip_suffix(ending) {
            return (base, Some(packer));
        }
    }
    (name, None)
}

fn list(folder: &[u8], each: &mut dyn FnMut(&[u8])) {
    let Ok(fd) = sys::fs::open_dir(sys::fd::CWD, folder, 0) else { return };
    let (mut listing, _) = walk::Listing::read(fd.raw(), &mut Vec::new());
    while let Some(entry) = listing.next() {
        each(entry.name);
    }
}

/// The text of a file, unpacked.
fn read(cx: &mut Context, file: &[u8]) -> Result<Vec<u8>> {
    match strip_ending(file).1 {
        Some(packer) => {
            let fd = sys::fd::open_read(file).at(file)?;
            console::capture(cx, &[packer, b"-dc"], fd.raw(), false).at(file)
        }
        None => cx.open(file)?.rest().at(file),
    }
}

/// `-k` and `-f`: the lines about pages, from lists named `whatis`, or from the pages themselves.
fn about(cx: &mut Context, folders: &[u8], word: &[u8], anywhere: bool) {
    let flags = regex::Flags::EXTENDED.with(regex::Flags::ICASE);
    let Ok(mut pattern) =
        regex::Regex::new(word, if anywhere { flags } else { flags.with(regex::Flags::FIXED) })
    else {
        return cx.report(applet::value::invalid(b"pattern", word));
    };
    let mut found = false;
    for folder in folders.split(|&byte| byte == b':').filter(|folder| !folder.is_empty()) {
        if let Ok(text) = sys::fs::read_file(&[folder, b"/whatis"].concat(), 64 << 20) {
            for line in text.split(|&byte| byte == b'\n') {
                let name = line.split(|byte| matches!(byte, b' ' | b'\t')).next().unwrap_or_default();
                if if anywhere { pattern.is_match(line) } else { name == word } {
                    cx.out.line(line);
                    found = true;
                }
            }
            continue;
        }
        for section in b"123456789" {
            let folder = [folder, b"/man", &[*section]].concat();
            let (mut names, mut order) = (Vec::new(), Vec::new());
            // Without a list, names are what can be searched without reading every page.
            list(&folder, &mut |name| {
                let (base, _) = strip_ending(name);
                let dot = base.iter().rposition(|&byte| byte == b'.').unwrap_or(base.len());
                let page = base.get(..dot).unwrap_or(base);
                if if anywhere { pattern.is_match(page) } else { page == word } {
                    order.push(names.len() as u32);
                    names.extend_from_slice(name);
                    names.push(0);
                }
            });
            let from = |at: u32| names.get(at as usize..).unwrap_or_default();
            files::order::sort(&mut order, &mut |a, b| from(a).cmp(from(b)));
            for at in order {
                found = true;
                let name = from(at).split(|&byte| byte == 0).next().unwrap_or_default();
                if let Ok(text) = read(cx, &[&folder[..], b"/", name].concat()) {
                    summary(cx, &text, *section);
                }
            }
        }
    }
    if !found {
        cx.report(Error::parts(&[word, b": nothing appropriate"]).with_status(16));
    }
}

/// Writes the section NAME of a page on one line: `name (1) - what it does`.
fn summary(cx: &mut Context, text: &[u8], section: u8) {
    let mut none = |_: &[u8]| None;
    let page = Roff::lay_out(Layout::new(10_000, false, cx.utf8()), &mut none, text);
    let mut lines = page.split(|&byte| byte == b'\n');
    while lines.next().is_some_and(|line| line.trim_ascii() != b"NAME") {}
    let line = lines.next().unwrap_or_default().trim_ascii();
    for dash in " - | \u{2014} | \u{2013} ".as_bytes().split(|&byte| byte == b'|') {
        if let Some(at) = line.windows(dash.len()).position(|part| part == dash) {
            let (name, rest) = line.split_at_checked(at).unwrap_or_default();
            let what = rest.get(dash.len()..).unwrap_or_default();
            return cx.print(b"%s (%s) - %s\n", &[name, &[section], what], &[]);
        }
    }
    cx.out.line(line);
}

/// Shows a text with a pager.
fn page(cx: &mut Context, text: &[u8], pager: Option<&[u8]>) -> Result {
    let memory = sys::fd::memory_file(b"man").at(b"page")?;
    sys::fd::write_all(memory.raw(), text).at(b"page")?;
    sys::fd::seek(memory.raw(), 0, libc::SEEK_SET).at(b"page")?;
    let pager = pager.or(cx.var(b"MANPAGER")).or(cx.var(b"PAGER")).filter(|pager| !pager.is_empty());
    cx.out.flush().at(b"write error")?;
    match sys::process::fork().at(b"pager")? {
        Fork::Child => {
            let _ = sys::fd::duplicate_to(memory.raw(), 0);
            let environment = cx.environment();
            if let (None, Some(less)) = (pager, (cx.house().find)(b"less")) {
                let mut child = Context::new(b"less", &[], environment, Writer::new(1), cx.house());
                let result = (cx.house().run)(less, &mut child);
                sys::process::leave(child.finish(result));
            }
            let argv: [&[u8]; 3] = [b"sh", b"-c", pager.unwrap_or(b"less")];
            let error = cx.exec(&argv, environment);
            cx.report(error);
            sys::process::leave(127);
        }
        Fork::Parent(pid) => {
            sys::process::wait(pid).at(b"pager")?;
        }
    }
    Ok(())
}
