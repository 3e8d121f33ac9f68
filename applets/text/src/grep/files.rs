//! Which files are searched.

use applet::prelude::*;
use walk::{Event, Follow, Step, Visit};

use super::{Folders, Job, Show, opt};

/// Shell patterns that leave files out (`true`) or take them in.
#[derive(Default)]
pub struct Filter(Vec<(bool, Vec<u8>)>, bool);

/// What --include and --exclude say, and --exclude-dir.
pub fn filters(cx: &Context, options: &Options) -> Result<(Filter, Filter)> {
    let (mut files, mut dirs) = (Vec::new(), Vec::new());
    for &(id, value) in &options.list {
        match id {
            opt::INCLUDE | opt::EXCLUDE => files.push((id == opt::EXCLUDE, value.to_vec())),
            opt::EXCLUDE_FROM => {
                let text = cx.open(value)?.rest().at(value)?;
                let globs = text.split(|&byte| byte == b'\n').filter(|glob| !glob.is_empty());
                files.extend(globs.map(|glob| (true, glob.to_vec())));
            }
            opt::EXCLUDE_DIR => {
                let length = value.iter().rposition(|&byte| byte != b'/').map_or(value.len(), |at| at + 1);
                dirs.push((true, value.get(..length).unwrap_or_default().to_vec()));
            }
            _ => {}
        }
    }
    Ok((Filter(files, cx.utf8()), Filter(dirs, cx.utf8())))
}

impl Filter {
    /// Whether `name` is left out; of an operand each part behind a slash counts, too.
    fn skips(&self, name: &[u8], operand: bool) -> bool {
        let matches = |glob: &[u8]| {
            let mut rest = name;
            loop {
                if text::glob::matches(glob, rest, self.1) {
                    return true;
                }
                match rest.iter().position(|&byte| byte == b'/') {
                    Some(at) if operand => rest = rest.get(at + 1..).unwrap_or_default(),
                    _ => return false,
                }
            }
        };
        // The last one that matches says; where none does, the opposite of the first.
        let mut list = self.0.iter().rev();
        match list.find(|(_, glob)| matches(glob)) {
            Some((excludes, _)) => *excludes,
            None => self.0.first().is_some_and(|(excludes, _)| !excludes),
        }
    }
}

impl<'a> Job<'a> {
    pub fn standard_input(&mut self, cx: &mut Context) {
        let label = self.label;
        let names = self.names.unwrap_or(false);
        self.regular = false;
        self.file(cx, sys::fd::CWD, Fd::own(sys::fd::STDIN), label, names, true);
        // Without -q, who writes to a pipe is not to be ended for what could not be seen.
        let mut room = [0; 4096];
        while self.drains && matches!(sys::fd::read(sys::fd::STDIN, &mut room), Ok(1..)) {}
    }

    pub fn operand(&mut self, cx: &mut Context, operand: &[u8]) {
        if operand == b"-" {
            return self.standard_input(cx);
        }
        if matches!(self.folders, Folders::Walk(_)) {
            return self.walk(cx, operand, false);
        }
        if !self.files.0.is_empty() && self.files.skips(operand, true) {
            return;
        }
        let names = self.names.unwrap_or(false);
        self.named(cx, sys::fd::CWD, operand, operand, 0, names, true);
    }

    /// Searches `operand` and all below it. `implied`: it is the working directory, whose name is not printed.
    pub fn walk(&mut self, cx: &mut Context, operand: &[u8], implied: bool) {
        let Folders::Walk(follow) = self.folders else { return };
        let options = walk::Options { follow, one_file_system: false };
        // Where all files are searched and none can be the output, they may be read ahead.
        let all = self.output.is_none() && self.files.0.is_empty();
        let walk = if all { walk::walk_texts } else { walk::walk };
        walk(operand, options, &mut |visit| {
            let path =
                if implied { visit.path.strip_prefix(b"./").unwrap_or(visit.path) } else { visit.path };
            self.visit(cx, visit, path, implied);
            if cx.out.failed() || self.quiet && self.found {
                return Step::Stop;
            }
            let operand = visit.depth == 0;
            if visit.event == Event::Enter && !(operand && implied) && self.dirs.skips(visit.name(), operand)
            {
                return Step::Skip;
            }
            Step::Continue
        });
    }

    fn visit(&mut self, cx: &mut Context, visit: &Visit, path: &[u8], implied: bool) {
        let operand = visit.depth == 0;
        match visit.event {
            Event::Enter | Event::Leave => self.on_disk = None,
            Event::Error(errno) => self.fail(cx, path, errno.into()),
            Event::Loop if !self.silent => cx.warn(&[b"warning: ", path, b": recursive directory loop"]),
            Event::File => {
                if !self.files.0.is_empty() && self.files.skips(visit.name(), operand) {
                    return;
                }
                let regular = visit.kind == libc::DT_REG;
                self.regular = regular && !operand;
                let link = visit.kind == libc::DT_LNK;
                // A link that was to be followed leads nowhere: opening it says so.
                let broken = link && self.folders == Folders::Walk(Follow::Always);
                let device = !regular && !link && self.skip_devices == Some(false);
                let names = self.names.unwrap_or(!operand || implied);
                if let Some(text) = visit.text.take() {
                    self.input(cx, &mut Reader::memory(text), path, names);
                } else if regular || operand || broken || device {
                    let flags = if visit.follow || broken { 0 } else { libc::O_NOFOLLOW };
                    self.named(cx, visit.dir, visit.name(), path, flags, names, operand);
                }
            }
            _ => {}
        }
    }

    /// Tells of a file that cannot be read.
    #[cold]
    fn fail(&mut self, cx: &mut Context, path: &[u8], error: Error) {
        if self.silent {
            cx.set_status(2);
        } else {
            cx.report_at(path, error);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn named(
        &mut self,
        cx: &mut Context,
        dir: i32,
        name: &[u8],
        path: &[u8],
        flags: i32,
        names: bool,
        operand: bool,
    ) {
        let skip = self.skip_devices.unwrap_or(!operand);
        let flags = flags | libc::O_RDONLY | libc::O_NOCTTY | if skip { libc::O_NONBLOCK } else { 0 };
        match sys::fd::openat(dir, name, flags, 0) {
            Ok(fd) => self.file(cx, dir, fd, path, names, operand),
            Err(errno) => self.fail(cx, path, errno.into()),
        }
    }

    /// Searches an open file and prints what is to be printed of it.
    fn file(&mut self, cx: &mut Context, dir: i32, fd: Fd, path: &[u8], names: bool, operand: bool) {
        let raw = fd.raw();
        // Standard input is not ours to close.
        let mut input = if raw == sys::fd::STDIN { Reader::borrow(fd.release()) } else { Reader::own(fd) };
        if self.regular && self.output.is_none() {
            // Others, such as /proc, may give a file in pieces.
            let on_disk = || sys::fs::fstat(dir).is_ok_and(|stat| sys::fs::major(stat.dev()) != 0);
            if *self.on_disk.get_or_insert_with(on_disk) {
                input.short_is_last();
            }
        } else if let Ok(stat) = sys::fs::fstat(raw) {
            if stat.is_dir() && self.folders != Folders::Read {
                return;
            }
            let device = !stat.is_file() && !stat.is_dir();
            if device && raw != sys::fd::STDIN && self.skip_devices.unwrap_or(!operand) {
                return;
            }
            if self.show == Show::Lines
                && self.most > 1
                && self.output.as_ref().is_some_and(|output| output.same(&stat))
                && (raw != sys::fd::STDIN || !at_end(raw, &stat))
            {
                return self.fail(cx, path, Error::parts(&[path, b": input file is also the output"]));
            }
        }
        self.input(cx, &mut input, path, names);
    }

    fn input(&mut self, cx: &mut Context, input: &mut Reader, path: &[u8], names: bool) {
        let (selected, result) = self.search(cx, input, path, names);
        self.found |= selected > 0;
        self.result(&mut cx.out, path, names, selected);
        if let Err(errno) = result {
            self.fail(cx, path, errno.into());
        }
        if self.regex.gave_up() {
            self.fail(cx, path, Error::parts(&[path, b": a back-reference takes too long"]));
        }
    }

    fn result(&mut self, out: &mut Writer, path: &[u8], names: bool, selected: u64) {
        match self.show {
            Show::Count => {
                if names {
                    self.paint.write(out, self.paint.name, path);
                    if self.null {
                        out.byte(0);
                    } else {
                        self.paint.write(out, self.paint.separator, b":");
                    }
                }
                out.decimal(selected);
                out.byte(b'\n');
            }
            Show::Names(with) if with == (selected > 0) => {
                self.paint.write(out, self.paint.name, path);
                out.byte(if self.null { 0 } else { b'\n' });
            }
            _ => {}
        }
        if self.by_line {
            // A failure is told at the end.
            let _ = out.flush();
        }
    }
}

/// Whether nothing is left to read: output cannot come back as input then.
fn at_end(fd: i32, stat: &sys::fs::Stat) -> bool {
    sys::fd::seek(fd, 0, libc::SEEK_CUR).is_ok_and(|at| at as u64 >= stat.size())
}
