//! Which files are compared.

use super::input::{self, Input};
use super::{Job, Style, opt, output};
use applet::prelude::*;
use core::cmp::Ordering;
use sys::fs::Stat;

/// Directories in directories beyond this are refused, so that the stack holds them.
const DEPTH: usize = 1500;

/// The status of a file; `None` if it is missing and `-N` says that this is no error.
fn status(job: &Job, name: &[u8], nested: bool, may_lack: bool) -> Result<Option<Stat>> {
    if name == b"-" && !nested {
        return Ok(Some(sys::fs::fstat(sys::fd::STDIN).at(name)?));
    }
    let follow = if job.has(opt::NO_DEREFERENCE) { libc::AT_SYMLINK_NOFOLLOW } else { 0 };
    match sys::fs::statat(sys::fd::CWD, name, follow) {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno(libc::ENOENT)) if job.has(opt::NEW_FILE) || may_lack => Ok(None),
        Err(errno) => Err(Error::system(name, errno)),
    }
}

/// Compares two files or directories. In directories (`nested`, with their depth) `missing` tells which one is not there.
pub fn compare(cx: &mut Context, job: &mut Job, names: [&[u8]; 2], nested: Option<(usize, [bool; 2])>) {
    if let Err(error) = try_compare(cx, job, names, nested) {
        cx.report(error);
    }
}

fn try_compare(
    cx: &mut Context,
    job: &mut Job,
    names: [&[u8]; 2],
    nested: Option<(usize, [bool; 2])>,
) -> Result {
    let mut names = names.map(<[u8]>::to_vec);
    let mut stats = [None; 2];
    let mut failed = false;
    let missing = nested.map_or([false; 2], |nested| nested.1);
    for (at, ((name, stat), missing)) in names.iter().zip(&mut stats).zip(missing).enumerate() {
        if !missing {
            let may_lack = at == 0 && nested.is_none() && job.has(opt::UNIDIRECTIONAL_NEW_FILE);
            match status(job, name, nested.is_some(), may_lack) {
                Ok(found) => *stat = found,
                Err(error) => {
                    failed = true;
                    cx.report(error);
                }
            }
        }
    }
    if failed {
        return Ok(());
    }
    let depth = nested.map_or(0, |nested| nested.0);
    let is_dir = |stat: &Option<Stat>| stat.is_some_and(|stat| stat.is_dir());
    if depth == 0 && is_dir(&stats[0]) != is_dir(&stats[1]) && stats.iter().all(Option::is_some) {
        // A file and a directory: the file of this name in the directory.
        let [one, other] = &mut names;
        let [stat, other_stat] = &mut stats;
        let (dir, file, stat) = if is_dir(stat) { (one, other, stat) } else { (other, one, other_stat) };
        if file == b"-" {
            return Err(Error::new(b"cannot compare '-' to a directory"));
        }
        *dir = files::target::join(dir, files::target::base_name(file));
        *stat = status(job, dir, false, false)?;
    }
    match stats {
        [None, None] => {
            // Both missing with -N.
            let [one, _] = names;
            Err(Error::system(&one, Errno(libc::ENOENT)))
        }
        [one, other] if [one, other].iter().all(|stat| stat.is_none() || is_dir(stat)) => {
            if depth > 0 && !job.has(opt::RECURSIVE) {
                let [one, other] = &names;
                tell(cx, &[b"Common subdirectories: ", one, b" and ", other]);
                return Ok(());
            }
            if let [Some(one), Some(other)] = &stats
                && one.same(other)
            {
                return Ok(());
            }
            folders(cx, job, &names, stats, depth)
        }
        [Some(one), Some(other)]
            if one.kind() != other.kind()
                && (one.is_dir() || other.is_dir() || one.is_link() || other.is_link()) =>
        {
            let kinds = [one, other].map(|stat| files::mode::kind_name(stat.mode(), stat.size()));
            let ([one, other], [kind, other_kind]) = (&names, kinds);
            tell(cx, &[b"File ", one, b" is a ", kind, b" while file ", other, b" is a ", other_kind]);
            job.differs = true;
            Ok(())
        }
        [None, Some(dir)] | [Some(dir), None] if dir.is_dir() => Ok(()),
        [Some(one), Some(_)] if one.is_link() && job.has(opt::NO_DEREFERENCE) => {
            let [a, b] = &names;
            let (to, other) =
                (sys::fs::readlinkat(sys::fd::CWD, a).at(a)?, sys::fs::readlinkat(sys::fd::CWD, b).at(b)?);
            if to != other {
                tell(cx, &[b"Symbolic links ", a, b" and ", b, b" differ"]);
                job.differs = true;
            }
            Ok(())
        }
        stats => files(cx, job, names, stats, depth),
    }
}

/// Writes a line to standard output.
fn tell(cx: &mut Context, parts: &[&[u8]]) {
    for part in parts {
        cx.out.write(part);
    }
    cx.out.byte(b'\n');
}

fn only(cx: &mut Context, job: &mut Job, path: &[u8]) {
    job.differs = true;
    let (dir, name) = (files::target::folder_name(path), files::target::base_name(path));
    tell(cx, &[b"Only in ", dir, b": ", name]);
}

/// The names in a directory that are not excluded, in order; none of a missing one.
fn entries(job: &Job, dir: &[u8], stat: Option<Stat>, first: &[u8]) -> Result<Vec<Vec<u8>>> {
    if stat.is_none() {
        return Ok(Vec::new());
    }
    let fd = sys::fs::open_dir(sys::fd::CWD, dir, 0).at(dir)?;
    let (mut listing, error) = walk::Listing::read(fd.raw(), &mut Vec::new());
    if let Some(errno) = error {
        return Err(Error::system(dir, errno));
    }
    let mut names = Vec::new();
    while let Some(entry) = listing.next() {
        let excluded = job.excluded.iter().any(|glob| text::glob::matches(glob, entry.name, job.utf8));
        if !excluded && entry.name >= first {
            names.push(entry.name.to_vec());
        }
    }
    let mut order: Vec<u32> = (0..names.len() as u32).collect();
    let name = |at: u32| names.get(at as usize);
    files::order::sort(&mut order, &mut |a, b| name(a).cmp(&name(b)));
    Ok(order.iter().filter_map(|&at| names.get(at as usize).cloned()).collect())
}

fn folders(
    cx: &mut Context,
    job: &mut Job,
    dirs: &[Vec<u8>; 2],
    stats: [Option<Stat>; 2],
    depth: usize,
) -> Result {
    let [one, other] = dirs;
    if depth > DEPTH {
        return Err(Error::parts(&[one, b": nested too deeply"]));
    }
    let first = job.options.value(opt::STARTING_FILE).filter(|_| depth == 0).unwrap_or_default();
    let left = entries(job, one, stats[0], first)?;
    let right = entries(job, other, stats[1], first)?;
    let (mut left, mut right) = (left.as_slice(), right.as_slice());
    while !cx.out.failed() {
        let order = match (left.first(), right.first()) {
            (Some(a), Some(b)) => a.cmp(b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => break,
        };
        let source = if order == Ordering::Greater { right } else { left };
        let Some(name) = source.first() else { break };
        let paths = [files::target::join(one, name), files::target::join(other, name)];
        let [a, b] = &paths;
        let missing = [order == Ordering::Greater, order == Ordering::Less];
        let counts_as_empty = job.has(opt::NEW_FILE)
            || missing[0] && job.has(opt::UNIDIRECTIONAL_NEW_FILE)
            || missing == [false; 2];
        if counts_as_empty {
            compare(cx, job, [a, b], Some((depth + 1, missing)));
        } else {
            only(cx, job, if missing[0] { b } else { a });
        }
        if order != Ordering::Greater {
            left = left.get(1..).unwrap_or_default();
        }
        if order != Ordering::Less {
            right = right.get(1..).unwrap_or_default();
        }
    }
    Ok(())
}

fn files(
    cx: &mut Context,
    job: &mut Job,
    names: [Vec<u8>; 2],
    stats: [Option<Stat>; 2],
    depth: usize,
) -> Result {
    let [name, other_name] = names;
    let [stat, other_stat] = stats;
    let same_file = matches!((stat, other_stat), (Some(a), Some(b)) if a.same(&b));
    let mut equal = same_file;
    let only_told = job.has(opt::BRIEF)
        && job.rules.are_plain()
        && job.ignored.is_empty()
        && !job.has(opt::IGNORE_BLANK_LINES);
    let size =
        |stat: Option<Stat>| stat.filter(|stat| stat.is_file() && stat.size() > 0).map(|stat| stat.size());
    if only_told
        && let (Some(a), Some(b)) = (size(stat), size(other_stat))
        && a != b
    {
        tell(cx, &[b"Files ", &name, b" and ", &other_name, b" differ"]);
        job.differs = true;
        return Ok(());
    }
    if !same_file || job.style == Style::SideBySide {
        let data = input::read(cx, &name, stat)?;
        let other_data = if same_file { data.clone() } else { input::read(cx, &other_name, other_stat)? };
        let one = Input { name: name.clone(), stat, data };
        let other = Input { name: other_name.clone(), stat: other_stat, data: other_data };
        equal = one.data == other.data;
        let binary = !equal && !job.has(opt::TEXT) && (one.is_binary() || other.is_binary());
        if binary || !equal && only_told {
            job.differs = true;
            if only_told {
                tell(cx, &[b"Files ", &name, b" and ", &other_name, b" differ"]);
            } else {
                let label = job.labels.first().copied().unwrap_or(&name);
                let other_label = job.labels.get(1).copied().unwrap_or(&other_name);
                tell(cx, &[b"Binary files ", label, b" and ", other_label, b" differ"]);
            }
        } else if !equal || job.style == Style::SideBySide {
            equal = output::changes(cx, job, &one, &other, depth > 0);
            job.differs |= !equal;
            if !equal && job.has(opt::BRIEF) {
                tell(cx, &[b"Files ", &name, b" and ", &other_name, b" differ"]);
            }
        }
    }
    if equal && job.has(opt::REPORT_IDENTICAL_FILES) {
        tell(cx, &[b"Files ", &name, b" and ", &other_name, b" are identical"]);
    }
    Ok(())
}
