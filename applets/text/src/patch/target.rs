//! One patch on one file: what is asked, told, written, kept and rejected.

use super::apply::{Pattern, Work, reversed};
use super::names::Place;
use super::parse::{Hunk, Kind, Patch};
use super::{Job, edit, opt};
use applet::prelude::*;
use files::temporary::Replacement;
use sys::fs::Stat;

/// What is done with a patch that seems to be applied already.
#[derive(PartialEq, Eq)]
enum Decision {
    Reverse,
    Apply,
    Skip,
}

/// The file that is changed.
struct Target {
    place: Place,
    /// The file whose text it is to have, if it is another one.
    from: Option<Place>,
    /// The status of the old file; there may be none.
    stat: Option<Stat>,
    text: Vec<u8>,
    /// It goes away if nothing is left of it.
    deletes: bool,
    /// A change did not fit exactly.
    inexact: bool,
}

/// Puts text behind the last folder of a name, and at its end.
fn beside(name: &[u8], prefix: &[u8], suffix: &[u8]) -> Vec<u8> {
    let base = files::target::base_name(name);
    let folder = name.strip_suffix(base).unwrap_or_default();
    [folder, prefix, base, suffix].concat()
}

/// Writes a whole file in a single step, with the owner and the mode of the old one.
fn put(dir: sys::RawFd, name: &[u8], text: &[u8], like: Option<&Stat>, mode: Option<u32>) -> sys::Result<()> {
    let new = Replacement::new(dir, name, 0o666)?;
    sys::fd::write_all(new.fd(), text)?;
    if let Some(stat) = like {
        new.become_like(stat)?;
    }
    if let Some(mode) = mode {
        sys::fs::fchmod(new.fd(), mode)?;
    }
    new.commit(false)
}

fn push_line(mark: &[u8], line: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(mark);
    out.extend_from_slice(line);
    if !line.ends_with(b"\n") {
        out.extend_from_slice(b"\n\\ No newline at end of file\n");
    }
}

#[inline(never)]
fn push_hunk(unified: bool, hunk: &Hunk, out: &mut Vec<u8>) {
    let has = |mark: u8| hunk.lines.iter().any(|line| line.0 == mark);
    let [old, new] = [(b'+', hunk.start), (b'-', hunk.new_start)].map(|(left_out, start)| {
        let count = hunk.lines.iter().filter(|line| line.0 != left_out).count() as i64;
        // Of no lines, the one before.
        (start as i64 - i64::from(count == 0 && start > 0), count)
    });
    if unified {
        out.extend_from_slice(b"@@");
        for (sign, (start, count)) in [(b'-', old), (b'+', new)] {
            out.extend_from_slice(&[b' ', sign]);
            num::push_dec(out, start as u64);
            if count != 1 {
                applet::fill(b",%d", &[], &[count], out);
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
    let has_context = has(b' ');
    for (mark, sign, (start, count)) in [(b'*', b'-', old), (b'-', b'+', new)] {
        applet::fill(b"%s %d", &[&[mark; 3]], &[start], out);
        if count > 1 {
            applet::fill(b",%d", &[], &[start + count - 1], out);
        }
        out.extend_from_slice(match (has_context, sign) {
            (true, b'-') => b" ****\n",
            (true, _) => b" ----\n",
            (false, b'-') => b"\n",
            _ => b" -----\n",
        });
        if !has(sign) {
            continue;
        }
        let mut both = false;
        let mut in_run = false;
        for (at, &(found, line)) in hunk.lines.iter().enumerate() {
            if found != b' ' && !in_run {
                let run = hunk.lines.iter().skip(at).take_while(|line| line.0 != b' ');
                both = run.clone().any(|line| line.0 == b'-') && run.clone().any(|line| line.0 == b'+');
            }
            in_run = found != b' ';
            if found == b' ' || found == sign {
                let shown = if in_run && both && has_context { b'!' } else { found };
                push_line(&[shown, b' '], line, out);
            }
        }
    }
}

impl Job<'_, '_> {
    pub fn apply(&mut self, patch: &mut Patch) -> Result {
        let [old, new] = &patch.names;
        let (mut creates, mut deletes) = (old.missing || patch.git.creates, new.missing || patch.git.deletes);
        let first = patch.hunks.first();
        let starts_empty =
            first.is_some_and(|hunk| hunk.start <= 1 && hunk.lines.iter().all(|line| line.0 == b'+'));
        creates &= starts_empty || first.is_none();
        if self.reverse {
            (creates, deletes) = (deletes, creates);
            reverse(patch);
        }
        let found = self.find(patch, creates || starts_empty && !self.reverse, deletes)?;
        let Some(place) = found else { return self.skip(patch, None) };
        let mut from = None;
        if !patch.git.to.is_empty() && self.file.is_none() && !self.reverse {
            let name = self.strip_git(patch.git.from);
            if !name.is_empty() {
                from = Some(self.untrusted(name, false)?);
            }
        }
        let mut target = Target { place, from, stat: None, text: Vec::new(), deletes, inexact: false };
        let source = target.from.as_ref().unwrap_or(&target.place);
        let follow = self.has(opt::FOLLOW_SYMLINKS);
        target.stat = source.stat(follow)?;
        if let Some(stat) = &target.stat {
            if !stat.is_file() {
                self.cx.print(b"File %s is not a regular file -- refusing to patch\n", &[&source.path], &[]);
                return self.skip(patch, Some(&target.place));
            }
            let flags = if follow { libc::O_RDONLY } else { libc::O_RDONLY | libc::O_NOFOLLOW };
            let fd = sys::fd::openat(source.dir, &source.name, flags, 0).at(&source.path)?;
            target.text = Reader::own(fd).rest().at(&source.path)?;
        }
        let before = self.reverse;
        if creates && !target.text.is_empty() && patch.kind != Kind::Ed {
            match self.decide_about(b"create", &target.place.path, b"already exists") {
                Decision::Skip => return self.skip(patch, None),
                Decision::Reverse => {
                    (self.reverse, target.deletes) = (!before, true);
                    reverse(patch);
                }
                Decision::Apply => {}
            }
        }
        self.announce(patch, &target);
        let result = self.change(patch, &mut target);
        self.reverse = before;
        result
    }

    /// Tells which file it is about.
    #[inline(never)]
    fn announce(&mut self, patch: &Patch, target: &Target) {
        let verb: &[u8] = if self.has(opt::DRY_RUN) { b"checking" } else { b"patching" };
        let path = target.place.path.as_slice();
        match (self.options.value(opt::OUTPUT), &target.from) {
            // The result is on standard output.
            (Some(b"-"), _) => self.cx.note(&[verb, b" file - (read from ", path, b")\n"]),
            (Some(output), _) => self.tell(b"%s file %s (read from %s)\n", &[verb, output, path], &[]),
            (None, Some(from)) => {
                let how: &[u8] = if patch.git.copies { b"copied" } else { b"renamed" };
                self.tell(b"%s file %s (%s from %s)\n", &[verb, path, how, &from.path], &[]);
            }
            // As GNU, which lets ed speak.
            _ if patch.kind == Kind::Ed => {}
            _ => self.tell(b"%s file %s\n", &[verb, path], &[]),
        }
    }

    /// The file that the patch is for.
    #[inline(never)]
    fn find(&mut self, patch: &Patch, creates: bool, deletes: bool) -> Result<Option<Place>> {
        if let Some(file) = self.file {
            return Ok(Some(self.trusted(file)));
        }
        let makes = !self.has(opt::DRY_RUN);
        if !patch.git.to.is_empty() && !self.reverse {
            let to = self.strip_git(patch.git.to);
            return if to.is_empty() { Ok(None) } else { self.untrusted(to, makes).map(Some) };
        }
        let (mut name, _) = self.choose(patch, creates);
        let [header, _] = patch.headers;
        if name.is_empty() && header.is_empty() && !patch.git.names.is_empty() {
            // Only a mode, or an empty file: the names are in git's own line.
            name = self.strip(patch.git.names.rsplit(|&byte| byte == b' ').next().unwrap_or_default());
        }
        if !name.is_empty() {
            return self.untrusted(name, creates && makes).map(Some);
        }
        if deletes {
            for name in &patch.names {
                let name = self.strip(&name.path);
                if !name.is_empty() {
                    self.decide_about(b"delete", name, b"does not exist");
                    return Ok(None);
                }
            }
        }
        let hint: &[u8] = if self.strip.is_some() { b"used the wrong" } else { b"should have used the" };
        self.cx.print(
            b"can't find file to patch at input line %d\nPerhaps you %s -p or --strip option?\n",
            &[hint],
            &[patch.line as i64],
        );
        if !patch.leading.is_empty() {
            self.cx.out.write(b"The text leading up to this was:\n--------------------------\n");
            for line in patch.leading.split_inclusive(|&byte| byte == b'\n') {
                self.cx.out.byte(b'|');
                self.cx.out.write(line);
            }
            self.cx.out.write(b"--------------------------\n");
        }
        if self.has(opt::BATCH) || self.has(opt::FORCE) {
            self.cx.out.write(b"No file to patch.  Skipping patch.\n");
            return Ok(None);
        }
        let answer = self.ask(b"File to patch: ");
        if !answer.is_empty() {
            return Ok(Some(self.trusted(&answer)));
        }
        self.ask(b"Skip this patch? [y] ");
        self.cx.out.write(b"Skipping patch.\n");
        Ok(None)
    }

    fn decide_about(&mut self, verb: &[u8], name: &[u8], but: &[u8]) -> Decision {
        let how: &[u8] = if self.reverse { b", when reversed," } else { b"" };
        let what = b"The next patch%s would %s the file %s,\nwhich %s!  ";
        self.decide(what, &[how, verb, name, but])
    }

    /// What to do with a patch that seems to be applied already.
    #[inline(never)]
    fn decide(&mut self, what: &[u8], texts: &[&[u8]]) -> Decision {
        self.cx.print(what, texts, &[]);
        let how: &[u8] = if self.reverse { b"Ignor" } else { b"Assum" };
        if self.has(opt::FORWARD) {
        } else if self.has(opt::BATCH) {
            self.cx.print(b"%sing -R.\n", &[how], &[]);
            return Decision::Reverse;
        } else if self.has(opt::FORCE) {
            self.cx.out.write(b"Applying it anyway.\n");
            return Decision::Apply;
        } else {
            self.cx.out.write(how);
            if self.ask(b"e -R? [n] ").first() == Some(&b'y') {
                return Decision::Reverse;
            }
            if self.ask(b"Apply anyway? [n] ").first() == Some(&b'y') {
                return Decision::Apply;
            }
        }
        self.cx.out.write(b"Skipping patch.\n");
        Decision::Skip
    }

    /// Leaves a whole patch out.
    fn skip(&mut self, patch: &mut Patch, place: Option<&Place>) -> Result {
        for hunk in &mut patch.hunks {
            hunk.failed = true;
        }
        self.reject(patch, place, patch.hunks.len(), b"ignored")
    }

    /// Makes the changes.
    #[inline(never)]
    fn change(&mut self, patch: &mut Patch, target: &mut Target) -> Result {
        let mut failed = 0;
        let result;
        if patch.kind == Kind::Ed {
            if self.reverse {
                return Err(Error::new(b"an ed script cannot be taken back"));
            }
            result = edit::run(&target.text, &patch.script)?;
        } else {
            let text = core::mem::take(&mut target.text);
            let define = self.options.value(opt::IFDEF).unwrap_or_default();
            let mut work = Work::new(&text, self.has(opt::IGNORE_WHITESPACE), define);
            let [old, new] = &patch.names;
            let (mut reverses, missing) = (self.reverse, [old.missing, new.missing]);
            for at in 0..patch.hunks.len() {
                // Nothing is put before what is there when a file is to be made.
                let misplaced = !text.is_empty() && missing.get(usize::from(reverses)) == Some(&true);
                let Some(line) = self.locate(patch, at, misplaced, &work, &mut reverses, target) else {
                    return self.skip(patch, Some(&target.place));
                };
                let Some(hunk) = patch.hunks.get_mut(at) else { break };
                let number = at as i64 + 1;
                let Some((line, fuzz)) = line else {
                    if self.has(opt::MERGE) {
                        let mut how = Vec::new();
                        let style = self.options.value(opt::MERGE);
                        if work.merge(hunk, style == Some(b"diff3"), &mut how) {
                            self.cx.set_status(1);
                        }
                        target.inexact = true;
                        self.cx.print(b"Hunk #%d%s.\n", &[&how], &[number]);
                        continue;
                    }
                    hunk.failed = true;
                    failed += 1;
                    self.tell(b"Hunk #%d FAILED at %d.\n", &[], &[number, work.missed(hunk) as i64]);
                    continue;
                };
                let line = work.make(hunk, line) as i64;
                let offset = work.offset as i64;
                let exact = fuzz == 0 && offset == 0;
                target.inexact |= !exact;
                if !exact && !self.has(opt::MERGE) || self.has(opt::VERBOSE) {
                    let mut how = Vec::new();
                    if fuzz > 0 {
                        applet::fill(b" with fuzz %d", &[], &[fuzz as i64], &mut how);
                    }
                    if offset != 0 {
                        let s: &[u8] = if offset == 1 { b"" } else { b"s" };
                        applet::fill(b" (offset %d line%s)", &[s], &[offset], &mut how);
                    }
                    self.tell(b"Hunk #%d succeeded at %d%s.\n", &[&how], &[number, line]);
                }
            }
            target.inexact |= failed > 0;
            result = work.finish();
            target.text = text;
        }
        let changed = failed == 0 || failed < patch.hunks.len() || self.has(opt::OUTPUT);
        if !self.has(opt::DRY_RUN) {
            self.write(patch, target, &result, changed)?;
        }
        if failed > 0 {
            self.reject(patch, Some(&target.place), failed, b"FAILED")?;
        }
        Ok(())
    }

    /// Looks for the place of a change: its line, and how much fuzz it needs. `None`: the patch is to be left out.
    #[inline(never)]
    fn locate(
        &mut self,
        patch: &mut Patch,
        at: usize,
        misplaced: bool,
        work: &Work,
        reverses: &mut bool,
        target: &mut Target,
    ) -> Option<Option<(usize, usize)>> {
        let hunk = patch.hunks.get(at)?;
        let misplaced = misplaced && hunk.lines.iter().all(|line| line.0 == b'+');
        let pattern = Pattern::new(hunk);
        let other = Pattern::new(&reversed(hunk));
        // The first change tells whether the patch is applied already.
        let merges = self.has(opt::MERGE);
        let mut asks =
            at == 0 && !merges && !self.has(opt::FORCE) && hunk.lines.iter().any(|line| line.0 != b'-');
        for fuzz in 0..=if merges { 0 } else { self.fuzz.min(pattern.context()) } {
            if !misplaced && let Some(line) = work.find(&pattern, fuzz) {
                return Some(Some((line, fuzz)));
            }
            if asks && let Some(line) = work.find(&other, fuzz) {
                let kind: &[u8] = if self.reverse {
                    b"Unreversed patch detected!  "
                } else {
                    b"Reversed (or previously applied) patch detected!  "
                };
                match self.decide(kind, &[]) {
                    Decision::Skip => return None,
                    Decision::Reverse => {
                        reverse(patch);
                        (*reverses, target.inexact) = (!*reverses, true);
                        return Some(Some((line, fuzz)));
                    }
                    Decision::Apply => asks = false,
                }
            }
        }
        Some(None)
    }

    /// Puts the result in its place.
    #[inline(never)]
    fn write(&mut self, patch: &Patch, target: &Target, result: &[u8], changed: bool) -> Result {
        if let Some(name) = self.options.value(opt::OUTPUT) {
            self.output.extend_from_slice(result);
            if name == b"-" {
                self.cx.out.write(result);
                return Ok(());
            }
            let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC;
            let fd = sys::fd::openat(self.base, name, flags, 0o666).at(name)?;
            return sys::fd::write_all(fd.raw(), &self.output).at(name);
        }
        let place = &target.place;
        let created = target.stat.is_none();
        let backs_up = self.has(opt::BACKUP);
        if backs_up || target.inexact && !self.has(opt::NO_BACKUP_IF_MISMATCH) && !created {
            self.back_up(target)?;
        }
        if !changed {
            return Ok(());
        }
        if result.is_empty() && (target.deletes || self.has(opt::REMOVE_EMPTY_FILES)) {
            return if created { Ok(()) } else { self.remove(place) };
        }
        if target.deletes && !self.has(opt::SILENT) {
            self.cx.print(b"Not deleting file %s as content differs from patch\n", &[&place.path], &[]);
            self.cx.set_status(1);
        }
        let mode = patch.git.mode.filter(|_| !self.reverse);
        put(place.dir, &place.name, result, target.stat.as_ref(), mode).at(&place.path)?;
        match &target.from {
            Some(from) if !patch.git.copies => self.remove(from),
            _ => Ok(()),
        }
    }

    /// Removes a file, and its folders that have become empty.
    fn remove(&self, place: &Place) -> Result {
        sys::fs::unlinkat(place.dir, &place.name, 0).at(&place.path)?;
        let mut path = place.path.as_slice();
        while self.file.is_none()
            && let Some(slash) = path.iter().rposition(|&byte| byte == b'/')
        {
            path = path.get(..slash).unwrap_or_default();
            let Ok(folder) = self.untrusted(path, false) else { break };
            if sys::fs::unlinkat(folder.dir, &folder.name, libc::AT_REMOVEDIR).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Keeps the old file.
    #[inline(never)]
    fn back_up(&self, target: &Target) -> Result {
        let place = &target.place;
        let prefix = self.options.value(opt::PREFIX).unwrap_or_default();
        let usual: &[u8] = if prefix.is_empty() { b".orig" } else { b"" };
        let mut suffix = self.options.value(opt::SUFFIX).unwrap_or(usual).to_vec();
        let numbered = matches!(self.options.value(opt::VERSION_CONTROL), Some(b"numbered" | b"t"));
        let mut number = 0;
        loop {
            if numbered {
                number += 1;
                suffix.clear();
                applet::fill(b".~%d~", &[], &[number], &mut suffix);
            }
            let name = beside(&place.name, prefix, &suffix);
            if !numbered || sys::fs::statat(place.dir, &name, libc::AT_SYMLINK_NOFOLLOW).is_err() {
                let path = [&place.path[..], &suffix].concat();
                return put(place.dir, &name, &target.text, target.stat.as_ref(), None).at(&path);
            }
        }
    }

    /// Tells how many changes were not made, and keeps them in a file.
    #[inline(never)]
    fn reject(&mut self, patch: &Patch, place: Option<&Place>, count: usize, verb: &[u8]) -> Result {
        self.cx.set_status(1);
        let total = patch.hunks.len();
        let s: &[u8] = if total == 1 { b"" } else { b"s" };
        self.cx.print(b"%d out of %d hunk%s %s", &[s, verb], &[count as i64, total as i64]);
        let given = self.options.value(opt::REJECT_FILE);
        let saved = place.filter(|_| !self.has(opt::DRY_RUN) && given != Some(b"-") && count > 0);
        let Some(place) = saved else {
            self.cx.out.byte(b'\n');
            return Ok(());
        };
        let mut text = Vec::new();
        let unified = patch.kind == Kind::Unified;
        let [old, new] = patch.headers;
        let headers = if self.reverse { [new, old] } else { [old, new] };
        for (mark, header) in if unified { [b'-', b'+'] } else { [b'*', b'-'] }.into_iter().zip(headers) {
            let name = header.get(4..).unwrap_or(b"/dev/null\n");
            applet::fill(b"%s %s", &[&[mark; 3], name], &[], &mut text);
        }
        for hunk in &patch.hunks {
            if hunk.failed {
                push_hunk(unified, hunk, &mut text);
            }
        }
        let path = given.map_or_else(|| [&place.path[..], b".rej"].concat(), <[u8]>::to_vec);
        self.cx.print(b" -- saving rejects to file %s\n", &[&path], &[]);
        if given.is_none() {
            let name = [&place.name[..], b".rej"].concat();
            return put(place.dir, &name, &text, None, None).at(&path);
        }
        // Those of all files go there.
        self.rejects.extend_from_slice(&text);
        put(self.base, &path, &self.rejects, None, None).at(&path)
    }
}

/// Turns all changes round.
fn reverse(patch: &mut Patch) {
    for hunk in &mut patch.hunks {
        *hunk = reversed(hunk);
    }
}
