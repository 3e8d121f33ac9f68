//! Which files are compared.

use super::input::Input;
use super::{Job, Style, opt, output};
use applet::prelude::*;
use core::cmp::Ordering;

/// Directories in directories beyond this are refused, so that the stack holds them.
const DEPTH: usize = 1500;

/// Compares two files or directories that are `depth` directories below the operands.
pub fn compare(cx: &mut Context, job: &mut Job, pair: &mut [Input; 2], depth: usize) {
    if let Err(error) = try_compare(cx, job, pair, depth) {
        cx.report(error);
    }
}

fn try_compare(cx: &mut Context, job: &mut Job, pair: &mut [Input; 2], depth: usize) -> Result {
    let mut failed = false;
    for (at, input) in pair.iter_mut().enumerate() {
        let may_lack =
            job.has(opt::NEW_FILE) || at == 0 && depth == 0 && job.has(opt::UNIDIRECTIONAL_NEW_FILE);
        if let Err(error) = input.look(job, depth, may_lack) {
            failed = true;
            cx.report(error);
        }
    }
    if failed {
        return Ok(());
    }
    let [one, other] = pair;
    if depth == 0 && one.is_dir() != other.is_dir() && one.kind() != 0 && other.kind() != 0 {
        // A file and a directory: the file of this name in the directory.
        let (dir, file) = if one.is_dir() { (one, other) } else { (other, one) };
        if file.name == b"-" {
            return Err(Error::new(b"cannot compare '-' to a directory"));
        }
        dir.name = files::target::join(&dir.name, files::target::base_name(&file.name));
        dir.look(job, 0, job.has(opt::NEW_FILE))?;
    }
    let [one, other] = pair;
    let (kind, other_kind) = (one.kind(), other.kind());
    if kind == 0 && other_kind == 0 {
        // Both missing with -N.
        return Err(Error::system(&one.name, Errno(libc::ENOENT)));
    }
    if (kind == 0 || one.is_dir()) && (other_kind == 0 || other.is_dir()) {
        if depth > 0 && !job.has(opt::RECURSIVE) {
            cx.print(b"Common subdirectories: %s and %s\n", &[&one.name, &other.name], &[]);
        } else if !one.same(other) {
            return folders(cx, job, pair, depth);
        }
        return Ok(());
    }
    let is_special = |kind: u32, other: u32| match kind {
        0 | libc::S_IFREG => false,
        libc::S_IFDIR => true,
        libc::S_IFLNK => !matches!(other, 0 | libc::S_IFLNK),
        // In a directory nothing is read that may have no end.
        _ => depth > 0,
    };
    if is_special(kind, other_kind) || is_special(other_kind, kind) {
        if kind == 0 || other_kind == 0 {
            only_in(cx, job, pair);
        } else {
            let texts: &[&[u8]] = &[&one.name, one.kind_name(), &other.name, other.kind_name()];
            cx.print(b"File %s is a %s while file %s is a %s\n", texts, &[]);
            job.differs = true;
        }
        return Ok(());
    }
    if kind == libc::S_IFLNK && other_kind == kind {
        let target = |name: &[u8]| sys::fs::readlinkat(sys::fd::CWD, name).at(name);
        if target(&one.name)? != target(&other.name)? {
            cx.print(b"Symbolic links %s and %s differ\n", &[&one.name, &other.name], &[]);
            job.differs = true;
        }
        return Ok(());
    }
    files(cx, job, pair, depth)
}

/// The names in a directory that are not excluded, in order, each with a NUL behind it; none of a missing one.
#[inline(never)]
fn entries(job: &Job, dir: &Input, first: &[u8]) -> Result<Vec<u8>> {
    let mut sorted = Vec::new();
    if dir.kind() == 0 {
        return Ok(sorted);
    }
    let fd = sys::fs::open_dir(sys::fd::CWD, &dir.name, 0).at(&dir.name)?;
    let (mut listing, error) = walk::Listing::read(fd.raw(), &mut Vec::new());
    if let Some(errno) = error {
        return Err(Error::system(&dir.name, errno));
    }
    let (mut names, mut order) = (Vec::new(), Vec::new());
    while let Some(entry) = listing.next() {
        let mut globs = job.excluded.split(|&byte| byte == 0);
        if entry.name >= first && !globs.any(|glob| text::glob::matches(glob, entry.name, job.utf8)) {
            order.push(names.len() as u32);
            names.extend_from_slice(entry.name);
            names.push(0);
        }
    }
    // No two names are the same, so that what is behind them does not count.
    let from = |at: u32| names.get(at as usize..).unwrap_or_default();
    files::order::sort(&mut order, &mut |a, b| from(a).cmp(from(b)));
    for at in order {
        sorted.extend_from_slice(name_of(from(at)));
        sorted.push(0);
    }
    Ok(sorted)
}

/// The first of the names.
fn name_of(names: &[u8]) -> &[u8] {
    names.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// Tells where the one file of a pair is that exists.
#[inline(never)]
fn only_in(cx: &mut Context, job: &mut Job, [one, other]: &[Input; 2]) {
    job.differs = true;
    let path = if one.absent { &other.name } else { &one.name };
    let (dir, name) = (files::target::folder_name(path), files::target::base_name(path));
    cx.print(b"Only in %s: %s\n", &[dir, name], &[]);
}

#[inline(never)]
fn folders(cx: &mut Context, job: &mut Job, dirs: &[Input; 2], depth: usize) -> Result {
    let [one, other] = dirs;
    if job.style == Style::Ifdef {
        return Err(Error::new(b"-D option not supported with directories"));
    }
    if depth > DEPTH {
        return Err(Error::parts(&[&one.name, b": nested too deeply"]));
    }
    let first = if depth == 0 { job.first } else { b"" };
    let (left, right) = (entries(job, one, first)?, entries(job, other, first)?);
    let (mut left, mut right) = (left.as_slice(), right.as_slice());
    while !(cx.out.failed() || left.is_empty() && right.is_empty()) {
        let (a, b) = (name_of(left), name_of(right));
        let order = match (a, b) {
            (_, b"") => Ordering::Less,
            (b"", _) => Ordering::Greater,
            _ => a.cmp(b),
        };
        let (skips_left, skips_right) = (order == Ordering::Greater, order == Ordering::Less);
        let name = if skips_left { b } else { a };
        let mut pair = [
            Input::new(files::target::join(&one.name, name), skips_left),
            Input::new(files::target::join(&other.name, name), skips_right),
        ];
        let counts_as_empty = order == Ordering::Equal
            || job.has(opt::NEW_FILE)
            || skips_left && job.has(opt::UNIDIRECTIONAL_NEW_FILE);
        if counts_as_empty {
            compare(cx, job, &mut pair, depth + 1);
        } else {
            only_in(cx, job, &pair);
        }
        if !skips_left {
            left = left.get(a.len() + 1..).unwrap_or_default();
        }
        if !skips_right {
            right = right.get(b.len() + 1..).unwrap_or_default();
        }
    }
    Ok(())
}

#[inline(never)]
fn files(cx: &mut Context, job: &mut Job, pair: &mut [Input; 2], depth: usize) -> Result {
    let [one, other] = pair;
    let same_file = one.same(other);
    let mut equal = same_file;
    let brief = job.has(opt::BRIEF);
    let only_told = brief && job.is_exact();
    let mut told: &[u8] = b"Files %s and %s differ\n";
    let (size, other_size) = (one.size(), other.size());
    if only_told && size != 0 && other_size != 0 && size != other_size {
        equal = false;
    } else if !same_file || job.shows_equal() {
        one.read()?;
        if same_file {
            other.data.clone_from(&one.data);
        } else {
            other.read()?;
        }
        equal = one.data == other.data;
        let binary = !equal && !job.has(opt::TEXT) && (one.is_binary() || other.is_binary());
        if !only_told && !binary && (!equal || job.shows_equal()) {
            equal = output::changes(cx, job, pair, depth > 0);
            if !brief {
                told = b"";
            }
        } else if binary && !brief {
            told = b"Binary files %s and %s differ\n";
        }
    }
    job.differs |= !equal;
    let [one, other] = &*pair;
    if equal {
        let tells = job.has(opt::REPORT_IDENTICAL_FILES);
        told = if tells { b"Files %s and %s are identical\n" } else { b"" };
    }
    cx.print(told, &[job.label(0, one), job.label(1, other)], &[]);
    Ok(())
}
