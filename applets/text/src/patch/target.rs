//! One patch on one file: what is asked, told, written, kept and rejected.

use super::apply::{Work, reversed};
use super::names::{self, Place};
use super::parse::{Hunk, Kind, Patch};
use super::{Job, ask, edit, opt, say};
use applet::prelude::*;
use files::temporary::Replacement;

/// What is done with a patch that seems to be applied already.
enum Decision {
    Reverse,
    Apply,
    Skip,
}

pub fn apply(cx: &mut Context, job: &mut Job, patch: Patch) -> Result {
    let [old, new] = &patch.names;
    let (mut creates, mut deletes) = (old.missing || patch.git.creates, new.missing || patch.git.deletes);
    let starts_empty = patch
        .hunks
        .first()
        .is_some_and(|hunk| hunk.start <= 1 && !hunk.lines.iter().any(|line| line.0 != b'+'));
    creates &= starts_empty || patch.hunks.is_empty();
    if job.reverse {
        (creates, deletes) = (deletes, creates);
    }
    let Some(place) = find(cx, job, &patch, creates || starts_empty && !job.reverse, deletes)? else {
        return skip(cx, job, &patch, None);
    };
    let from = rename_source(job, &patch)?;
    let source = from.as_ref().unwrap_or(&place);
    let follow = job.has(opt::FOLLOW_SYMLINKS);
    let stat = source.stat(follow)?;
    if let Some(stat) = stat
        && !stat.is_file()
    {
        say(cx, &[b"File ", &source.path, b" is not a regular file -- refusing to patch\n"]);
        return skip(cx, job, &patch, Some(&place));
    }
    let text = match stat {
        Some(_) => {
            let flag = if follow { 0 } else { libc::O_NOFOLLOW };
            let fd = sys::fd::openat(source.dir(), &source.name, libc::O_RDONLY | flag, 0).at(&source.path)?;
            Reader::own(fd).rest().at(&source.path)?
        }
        None => Vec::new(),
    };
    let mut how = (deletes, stat.is_none());
    let reverse = job.reverse;
    if creates && !text.is_empty() && patch.kind != Kind::Ed {
        let what = [
            b"The next patch",
            reversed_words(job),
            b" would create the file ",
            &place.path[..],
            b",\nwhich already exists!",
        ]
        .concat();
        match decide(cx, job, &what) {
            Decision::Skip => return skip(cx, job, &patch, None),
            Decision::Reverse => (job.reverse, how) = (!reverse, (true, false)),
            Decision::Apply => {}
        }
    }
    announce(cx, job, &patch, &place, &from);
    let result = change(cx, job, &patch, &place, &from, &text, how);
    job.reverse = reverse;
    result
}

/// Tells which file it is about.
fn announce(cx: &mut Context, job: &Job, patch: &Patch, place: &Place, from: &Option<Place>) {
    let verb: &[u8] = if job.has(opt::DRY_RUN) { b"checking file " } else { b"patching file " };
    match (job.options.value(opt::OUTPUT), from) {
        // The result is on standard output.
        (Some(b"-"), _) => cx.note(&[verb, b"- (read from ", &place.path, b")\n"]),
        (Some(target), _) => job.tell(cx, &[verb, target, b" (read from ", &place.path, b")\n"]),
        (None, Some(from)) => {
            let how: &[u8] = if patch.git.copies { b" (copied from " } else { b" (renamed from " };
            job.tell(cx, &[verb, &place.path, how, &from.path, b")\n"]);
        }
        // As GNU, which lets ed speak.
        _ if patch.kind == Kind::Ed => {}
        _ => job.tell(cx, &[verb, &place.path, b"\n"]),
    }
}

/// The file that the patch is for.
fn find(cx: &mut Context, job: &Job, patch: &Patch, creates: bool, deletes: bool) -> Result<Option<Place>> {
    if let Some(file) = job.file {
        return Ok(Some(names::trusted(job, file)));
    }
    if let Some(to) = patch.git.to.filter(|_| !job.reverse) {
        let Some(to) = names::strip_git(job, to) else { return Ok(None) };
        return names::untrusted(job, to, !job.has(opt::DRY_RUN)).map(Some);
    }
    let mut chosen = names::choose(cx, job, patch, creates);
    if chosen.is_none() && patch.headers[0].is_empty() && !patch.git.names.is_empty() {
        // Only a mode, or an empty file: the names are in git's own line.
        let name = patch.git.names.split(|&byte| byte == b' ').next_back().unwrap_or_default();
        chosen = names::strip(job, name).map(|name| (name.to_vec(), true));
    }
    if let Some((name, _)) = chosen {
        return names::untrusted(job, &name, creates && !job.has(opt::DRY_RUN)).map(Some);
    }
    if deletes
        && let Some(name) = patch.names.iter().find_map(|name| names::strip(job, name.path.as_deref()?))
    {
        let what = [
            b"The next patch",
            reversed_words(job),
            b" would delete the file ",
            name,
            b",\nwhich does not exist!",
        ]
        .concat();
        decide(cx, job, &what);
        return Ok(None);
    }
    let mut line = Vec::new();
    num::push_dec(&mut line, patch.line as u64);
    let hint: &[u8] = if job.strip.is_some() { b"used the wrong" } else { b"should have used the" };
    say(
        cx,
        &[
            b"can't find file to patch at input line ",
            &line,
            b"\nPerhaps you ",
            hint,
            b" -p or --strip option?\n",
        ],
    );
    if !patch.leading.is_empty() {
        say(cx, &[b"The text leading up to this was:\n--------------------------\n"]);
        for line in patch.leading.split_inclusive(|&byte| byte == b'\n') {
            say(cx, &[b"|", line]);
        }
        say(cx, &[b"--------------------------\n"]);
    }
    if job.has(opt::BATCH) || job.has(opt::FORCE) {
        say(cx, &[b"No file to patch.  Skipping patch.\n"]);
        return Ok(None);
    }
    let answer = ask(cx, &[b"File to patch: "]);
    if !answer.is_empty() {
        return Ok(Some(names::trusted(job, &answer)));
    }
    ask(cx, &[b"Skip this patch? [y] "]);
    say(cx, &[b"Skipping patch.\n"]);
    Ok(None)
}

fn rename_source(job: &Job, patch: &Patch) -> Result<Option<Place>> {
    let from = patch.git.from.filter(|_| job.file.is_none() && !job.reverse && patch.git.to.is_some());
    match from.and_then(|from| names::strip_git(job, from)) {
        Some(from) => names::untrusted(job, from, false).map(Some),
        None => Ok(None),
    }
}

fn reversed_words(job: &Job) -> &'static [u8] {
    if job.reverse { b", when reversed," } else { b"" }
}

/// What to do with a patch that seems to be applied already.
fn decide(cx: &mut Context, job: &Job, what: &[u8]) -> Decision {
    let reverse: &[u8] = if job.reverse { b"Ignore -R? [n] " } else { b"Assume -R? [n] " };
    if job.has(opt::FORWARD) {
        say(cx, &[what, b"  Skipping patch.\n"]);
        return Decision::Skip;
    }
    if job.has(opt::BATCH) {
        let how: &[u8] = if job.reverse { b"Ignoring -R.\n" } else { b"Assuming -R.\n" };
        say(cx, &[what, b"  ", how]);
        return Decision::Reverse;
    }
    if job.has(opt::FORCE) {
        say(cx, &[what, b"  Applying it anyway.\n"]);
        return Decision::Apply;
    }
    if ask(cx, &[what, b"  ", reverse]).first() == Some(&b'y') {
        return Decision::Reverse;
    }
    if ask(cx, &[b"Apply anyway? [n] "]).first() == Some(&b'y') {
        return Decision::Apply;
    }
    say(cx, &[b"Skipping patch.\n"]);
    Decision::Skip
}

/// Leaves a whole patch out.
fn skip(cx: &mut Context, job: &mut Job, patch: &Patch, place: Option<&Place>) -> Result {
    cx.set_status(1);
    let hunks: Vec<Hunk> =
        patch.hunks.iter().map(|hunk| if job.reverse { reversed(hunk) } else { hunk.clone() }).collect();
    reject(cx, job, patch, place, &hunks, patch.hunks.len(), b" ignored")
}

/// Makes the changes. `deletes`: the file goes away if nothing is left of it; `created`: there was none.
fn change(
    cx: &mut Context,
    job: &mut Job,
    patch: &Patch,
    place: &Place,
    from: &Option<Place>,
    text: &[u8],
    (deletes, created): (bool, bool),
) -> Result {
    let mut rejected = Vec::new();
    let mut inexact = false;
    let result = if patch.kind == Kind::Ed {
        if job.reverse {
            return Err(Error::new(b"an ed script cannot be taken back"));
        }
        edit::run(text, &patch.script)?
    } else {
        let mut work = Work::new(text, job.has(opt::IGNORE_WHITESPACE));
        let mut reverse = job.reverse;
        let mut apply_anyway = job.has(opt::FORCE);
        for (at, original) in patch.hunks.iter().enumerate() {
            let mut hunk = if reverse { reversed(original) } else { original.clone() };
            let mut found = None;
            // Nothing is put before what is there when a file is to be made.
            let misplaced = !text.is_empty()
                && patch.names.get(usize::from(reverse)).is_some_and(|name| name.missing)
                && hunk.lines.iter().all(|line| line.0 == b'+');
            for fuzz in 0..=job.fuzz.min(context_of(&hunk)) {
                found = if misplaced { None } else { work.find(&hunk, fuzz) };
                if found.is_some() {
                    break;
                }
                let other = reversed(&hunk);
                let plausible = at == 0 && !apply_anyway && other.lines.iter().any(|line| line.0 != b'+');
                if plausible && let Some(place_reversed) = work.find(&other, fuzz) {
                    let kind: &[u8] = if job.reverse {
                        b"Unreversed patch detected!"
                    } else {
                        b"Reversed (or previously applied) patch detected!"
                    };
                    match decide(cx, job, kind) {
                        Decision::Skip => return skip(cx, job, patch, Some(place)),
                        Decision::Reverse => {
                            (reverse, inexact, hunk, found) = (!reverse, true, other, Some(place_reversed));
                            break;
                        }
                        Decision::Apply => apply_anyway = true,
                    }
                }
            }
            let mut number = Vec::new();
            num::push_dec(&mut number, at as u64 + 1);
            let mut line = Vec::new();
            let Some(found) = found else {
                num::push_dec(&mut line, work.missed(&hunk) as u64);
                job.tell(cx, &[b"Hunk #", &number, b" FAILED at ", &line, b".\n"]);
                rejected.push(hunk);
                continue;
            };
            let (fuzz, offset) = (found.fuzz, found.offset);
            num::push_dec(&mut line, work.make(&hunk, &found) as u64);
            if fuzz > 0 || offset != 0 {
                inexact = true;
            }
            if fuzz > 0 || offset != 0 || job.has(opt::VERBOSE) {
                if fuzz > 0 {
                    line.extend_from_slice(b" with fuzz ");
                    num::push_dec(&mut line, fuzz as u64);
                }
                if offset != 0 {
                    line.extend_from_slice(b" (offset ");
                    num::push_dec_i64(&mut line, offset as i64);
                    line.extend_from_slice(if offset == 1 { b" line)" } else { b" lines)" });
                }
                job.tell(cx, &[b"Hunk #", &number, b" succeeded at ", &line, b".\n"]);
            }
        }
        inexact |= !rejected.is_empty();
        work.finish()
    };
    let all_failed = !rejected.is_empty() && rejected.len() == patch.hunks.len();
    if !job.has(opt::DRY_RUN) {
        let changed = !all_failed || job.has(opt::OUTPUT);
        write(
            cx,
            job,
            patch,
            place,
            from,
            Outcome { text, result: &result, inexact, deletes, created, changed },
        )?;
    }
    if !rejected.is_empty() {
        cx.set_status(1);
        reject(cx, job, patch, Some(place), &rejected, patch.hunks.len(), b" FAILED")?;
    }
    Ok(())
}

fn context_of(hunk: &Hunk) -> usize {
    let is_context = |line: &&(u8, &[u8])| line.0 == b' ';
    let before = hunk.lines.iter().take_while(is_context).count();
    before.max(hunk.lines.iter().rev().take_while(is_context).count())
}

/// What became of a file.
struct Outcome<'t> {
    text: &'t [u8],
    result: &'t [u8],
    inexact: bool,
    deletes: bool,
    created: bool,
    changed: bool,
}

/// Puts the result in its place.
fn write(
    cx: &mut Context,
    job: &mut Job,
    patch: &Patch,
    place: &Place,
    from: &Option<Place>,
    outcome: Outcome,
) -> Result {
    if let Some(target) = job.options.value(opt::OUTPUT) {
        job.output.extend_from_slice(outcome.result);
        if target == b"-" {
            cx.out.write(outcome.result);
            return Ok(());
        }
        let fd = sys::fd::openat(job.base, target, libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC, 0o666);
        return sys::fd::write_all(fd.at(target)?.raw(), &job.output).at(target);
    }
    let keeps = job.has(opt::BACKUP) || outcome.inexact && !job.has(opt::NO_BACKUP_IF_MISMATCH);
    let source = from.as_ref().unwrap_or(place);
    let stat = source.stat(true)?;
    if keeps && (!outcome.created || job.has(opt::BACKUP)) {
        let copy = backup(job, place)?;
        put(&copy, outcome.text, stat.as_ref(), None)?;
    }
    if !outcome.changed {
        return Ok(());
    }
    let removes = outcome.deletes || job.has(opt::REMOVE_EMPTY_FILES);
    if removes && outcome.result.is_empty() {
        if !outcome.created {
            sys::fs::unlinkat(place.dir(), &place.name, 0).at(&place.path)?;
            remove_folders(job, place);
        }
        return Ok(());
    }
    if outcome.deletes && !job.has(opt::SILENT) {
        say(cx, &[b"Not deleting file ", &place.path, b" as content differs from patch\n"]);
        cx.set_status(1);
    }
    put(place, outcome.result, stat.as_ref(), patch.git.mode.filter(|_| !job.reverse))?;
    if let Some(from) = from
        && !patch.git.copies
    {
        sys::fs::unlinkat(from.dir(), &from.name, 0).at(&from.path)?;
        remove_folders(job, from);
    }
    Ok(())
}

/// Removes the folders of a removed file that have become empty.
fn remove_folders(job: &Job, place: &Place) {
    let mut path = place.path.as_slice();
    while job.file.is_none()
        && let Some(slash) = path.iter().rposition(|&byte| byte == b'/')
    {
        path = path.get(..slash).unwrap_or_default();
        let gone = names::untrusted(job, path, false)
            .is_ok_and(|folder| sys::fs::unlinkat(folder.dir(), &folder.name, libc::AT_REMOVEDIR).is_ok());
        if !gone {
            break;
        }
    }
}

/// Writes a whole file in a single step, with the owner and the mode of the old one.
fn put(place: &Place, text: &[u8], like: Option<&sys::fs::Stat>, mode: Option<u32>) -> Result {
    let new = Replacement::new(place.dir(), &place.name, 0o666).at(&place.path)?;
    sys::fd::write_all(new.fd(), text).at(&place.path)?;
    if let Some(stat) = like {
        new.become_like(stat).at(&place.path)?;
    }
    if let Some(mode) = mode {
        sys::fs::fchmod(new.fd(), mode).at(&place.path)?;
    }
    new.commit(false).at(&place.path)
}

/// Where the old file is kept.
fn backup(job: &Job, place: &Place) -> Result<Place> {
    let prefix = job.options.value(opt::PREFIX).unwrap_or_default();
    let numbered = matches!(job.options.value(opt::VERSION_CONTROL), Some(b"numbered" | b"t"));
    let usual: &[u8] = if prefix.is_empty() { b".orig" } else { b"" };
    let mut suffix = job.options.value(opt::SUFFIX).unwrap_or(usual).to_vec();
    let mut number = 0;
    loop {
        if numbered {
            number += 1;
            suffix = b".~".to_vec();
            num::push_dec(&mut suffix, number);
            suffix.push(b'~');
        }
        let folder = place.name.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        let (folder, name) = place.name.split_at_checked(folder).unwrap_or_default();
        let copy =
            place.sibling([folder, prefix, name, &suffix].concat(), [&place.path[..], &suffix].concat())?;
        if !numbered || copy.stat(false)?.is_none() {
            return Ok(copy);
        }
    }
}

/// Tells how many changes were not made, and keeps them in a file.
fn reject(
    cx: &mut Context,
    job: &mut Job,
    patch: &Patch,
    place: Option<&Place>,
    hunks: &[Hunk],
    total: usize,
    verb: &[u8],
) -> Result {
    let (mut count, mut all) = (Vec::new(), Vec::new());
    num::push_dec(&mut count, hunks.len() as u64);
    num::push_dec(&mut all, total as u64);
    let noun: &[u8] = if total == 1 { b" hunk" } else { b" hunks" };
    say(cx, &[&count, b" out of ", &all, noun, verb]);
    let given = job.options.value(opt::REJECT_FILE);
    let saved = place.filter(|_| !job.has(opt::DRY_RUN) && given != Some(b"-") && !hunks.is_empty());
    let Some(place) = saved else {
        say(cx, &[b"\n"]);
        return Ok(());
    };
    let mut text = Vec::new();
    push_headers(job, patch, &mut text);
    for hunk in hunks {
        push_hunk(patch.kind == Kind::Unified, hunk, &mut text);
    }
    let file = match given {
        Some(name) => {
            // Those of all files go there.
            job.rejects.extend_from_slice(&text);
            text.clone_from(&job.rejects);
            names::trusted(job, name)
        }
        None => place.sibling([&place.name[..], b".rej"].concat(), [&place.path[..], b".rej"].concat())?,
    };
    say(cx, &[b" -- saving rejects to file ", &file.path, b"\n"]);
    put(&file, &text, None, None)
}

fn push_headers(job: &Job, patch: &Patch, out: &mut Vec<u8>) {
    let marks: [&[u8]; 2] = if patch.kind == Kind::Unified { [b"--- ", b"+++ "] } else { [b"*** ", b"--- "] };
    let [old, new] = patch.headers;
    let headers = if job.reverse { [new, old] } else { [old, new] };
    for (mark, header) in marks.iter().zip(headers) {
        out.extend_from_slice(mark);
        match header.get(4..) {
            Some(name) => out.extend_from_slice(name),
            None => out.extend_from_slice(b"/dev/null\n"),
        }
    }
}

fn push_line(mark: &[u8], line: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(mark);
    out.extend_from_slice(line);
    if !line.ends_with(b"\n") {
        out.extend_from_slice(b"\n\\ No newline at end of file\n");
    }
}

fn push_hunk(unified: bool, hunk: &Hunk, out: &mut Vec<u8>) {
    let count = |left_out: u8| hunk.lines.iter().filter(|line| line.0 != left_out).count();
    let (old, new) = (count(b'+'), count(b'-'));
    let before = |start: usize, count: usize| start.saturating_sub(usize::from(count == 0)) as u64;
    if unified {
        out.extend_from_slice(b"@@ -");
        for (mark, start, count) in [(&b""[..], hunk.start, old), (b" +", hunk.new_start, new)] {
            out.extend_from_slice(mark);
            num::push_dec(out, before(start, count));
            if count != 1 {
                out.push(b',');
                num::push_dec(out, count as u64);
            }
        }
        out.extend_from_slice(b" @@\n");
        for (mark, line) in &hunk.lines {
            push_line(&[*mark], line, out);
        }
        return;
    }
    out.extend_from_slice(b"***************\n");
    // Lines that go and others that come in their place are marked with `!`, if there are lines around.
    let has_context = hunk.lines.iter().any(|line| line.0 == b' ');
    let parts: [(&[u8], &[u8], u8, usize, usize); 2] =
        [(b"*** ", b" ****\n", b'-', hunk.start, old), (b"--- ", b" ----\n", b'+', hunk.new_start, new)];
    for (mark, end, sign, start, count) in parts {
        out.extend_from_slice(mark);
        num::push_dec(out, before(start, count));
        if count > 1 {
            out.push(b',');
            num::push_dec(out, (start + count - 1) as u64);
        }
        out.extend_from_slice(if has_context || sign == b'+' { end } else { b"\n" });
        if !has_context && sign == b'+' {
            out.truncate(out.len() - 1);
            out.extend_from_slice(b"-\n");
        }
        if hunk.lines.iter().all(|line| line.0 != sign) {
            continue;
        }
        for run in hunk.lines.chunk_by(|a, b| (a.0 == b' ') == (b.0 == b' ')) {
            let both = run.iter().any(|line| line.0 == b'-') && run.iter().any(|line| line.0 == b'+');
            for (found, line) in run.iter().filter(|line| line.0 == b' ' || line.0 == sign) {
                let shown = if *found == sign && both && has_context { b'!' } else { *found };
                push_line(&[shown, b' '], line, out);
            }
        }
    }
}
