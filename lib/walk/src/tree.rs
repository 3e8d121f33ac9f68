//! Visiting a tree.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::Cell;
use sys::fs::Stat;
use sys::{Errno, RawFd, Result, libc};

use crate::listing::{Ahead, Got, Helper, Wanted};
use crate::{Chain, Listing};

/// Which symbolic links are followed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// None (`-P`).
    Never,
    /// The operand, if it is one (`-H`).
    Operand,
    /// All (`-L`); one that leads nowhere is visited as a link.
    Always,
}

/// How to walk.
#[derive(Clone, Copy)]
pub struct Options {
    /// Which links to follow.
    pub follow: Follow,
    /// Whether to stay on the operand's file system: other directories are [`Event::Mount`].
    pub one_file_system: bool,
}

/// Why an entry is visited.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// It is no directory.
    File,
    /// It is a directory, about to be opened; [`Step::Skip`] leaves it alone.
    Enter,
    /// It is a directory, and everything in it has been visited. Comes after every [`Event::Enter`] not skipped.
    Leave,
    /// It is a directory of another file system, not entered.
    Mount,
    /// It is a directory reached again from within itself, by a link; not entered.
    Loop,
    /// It cannot be examined; or, between [`Event::Enter`] and [`Event::Leave`], its entries cannot be read.
    Error(Errno),
}

/// What to do next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Go on.
    Continue,
    /// At [`Event::Enter`]: do not enter, and do not leave either.
    Skip,
    /// End the walk.
    Stop,
}

/// An entry that is visited.
pub struct Visit<'a> {
    /// Why.
    pub event: Event,
    /// The open directory that [`Visit::name`] is in.
    pub dir: RawFd,
    /// All its names, from the operand on: for messages.
    pub path: &'a [u8],
    /// Where in `path` the name begins that `dir` knows.
    pub name_at: usize,
    /// 0 for the operand.
    pub depth: usize,
    /// Its type, a `DT_*`; never `DT_UNKNOWN` but with an error.
    pub kind: u8,
    /// Its inode number as the directory has it; 0 for the operand.
    pub ino: u64,
    /// Whether a link is meant by its name, or what the link leads to.
    pub follow: bool,
    /// All that is in the file, if [`walk_texts`] has read it already.
    pub text: Cell<Option<Vec<u8>>>,
    stat: Option<Stat>,
}

impl Visit<'_> {
    /// Its name in `dir`; the operand itself for the operand.
    pub fn name(&self) -> &[u8] {
        self.path.get(self.name_at..).unwrap_or_default()
    }

    /// The flags of the `*at` calls that mean it: 0 or `AT_SYMLINK_NOFOLLOW`.
    pub fn flags(&self) -> i32 {
        if self.follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW }
    }

    /// Its status; of what it leads to, where links are followed.
    pub fn stat(&self) -> Result<Stat> {
        match self.stat {
            Some(stat) => Ok(stat),
            None => sys::fs::statat(self.dir, self.name(), self.flags()),
        }
    }

    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        self.kind == libc::DT_DIR
    }
}

struct Level {
    listing: Listing,
    /// The part of the path that names the directory, and where its last name begins.
    path: usize,
    name_at: usize,
    ino: u64,
    follow: bool,
    /// Device and inode, where links are followed.
    id: (u64, u64),
    /// Where a second thread gets what is wanted of its entries, and how many of them have come.
    ahead: Option<Arc<Ahead>>,
    count: usize,
}

struct Walk<'v> {
    options: Options,
    visit: &'v mut dyn FnMut(&Visit) -> Step,
    path: Vec<u8>,
    levels: Vec<Level>,
    chain: Chain,
    room: Vec<u8>,
    /// The operand's device.
    dev: u64,
    /// What a second thread gets of each entry; and whether it has something to do.
    wanted: Wanted,
    helper: &'v Helper,
    busy: bool,
}

/// Visits `operand` and, if it is a directory, everything below it, in the order of the directories.
///
/// Errors are visits too, and the walk goes on; only a directory on the way back that was moved away ends it.
pub fn walk(operand: &[u8], options: Options, visit: &mut dyn FnMut(&Visit) -> Step) {
    run(operand, options, Wanted::Nothing, visit);
}

/// As [`walk()`], for a visitor that asks for the status of nearly every file: in large directories several processors
/// get them. Nothing may fork meanwhile.
pub fn walk_stats(operand: &[u8], options: Options, visit: &mut dyn FnMut(&Visit) -> Step) {
    let wanted = if options.follow == Follow::Always { Wanted::Nothing } else { Wanted::Stat };
    run(operand, options, wanted, visit);
}

/// As [`walk()`], for a visitor that reads nearly every file: in large directories another processor reads small ones, see
/// [`Visit::text`]. Nothing may fork meanwhile.
pub fn walk_texts(operand: &[u8], options: Options, visit: &mut dyn FnMut(&Visit) -> Step) {
    run(operand, options, Wanted::Text, visit);
}

fn run(operand: &[u8], options: Options, wanted: Wanted, visit: &mut dyn FnMut(&Visit) -> Step) {
    let helper = Helper::default();
    let mut walk = Walk {
        options,
        visit,
        path: operand.to_vec(),
        levels: Vec::new(),
        chain: Chain::default(),
        room: Vec::new(),
        dev: 0,
        wanted,
        helper: &helper,
        busy: false,
    };
    let mut step = walk.entry(0, libc::DT_UNKNOWN, 0, None);
    walk.go_on(&mut step, true);
    if walk.busy {
        let mut here = || {
            walk.go_on(&mut step, false);
            helper.end();
        };
        sys::thread::both(&mut here, &mut || helper.run());
    }
}

impl Walk<'_> {
    /// Walks, if so wanted only until there is work for a second thread.
    fn go_on(&mut self, step: &mut Step, alone: bool) {
        while *step != Step::Stop
            && !(alone && self.busy)
            && let Some(level) = self.levels.last_mut()
        {
            *step = match level.listing.next() {
                Some(entry) => {
                    self.path.truncate(level.path);
                    if self.path.last() != Some(&b'/') {
                        self.path.push(b'/');
                    }
                    let name_at = self.path.len();
                    self.path.extend_from_slice(entry.name);
                    let (kind, ino) = (entry.kind, entry.ino);
                    let got = level.ahead.as_ref().and_then(|ahead| ahead.take(level.count));
                    level.count += 1;
                    self.entry(name_at, kind, ino, got)
                }
                None => self.leave(),
            };
        }
    }

    /// Visits the entry whose path has been set.
    fn entry(&mut self, name_at: usize, kind: u8, ino: u64, got: Option<Got>) -> Step {
        let (stat, text) = match got {
            Some(Got::Stat(stat)) => (Some(stat), None),
            Some(Got::Text(text)) => (None, Some(text)),
            None => (None, None),
        };
        let depth = self.levels.len();
        let follow = match self.options.follow {
            Follow::Never => false,
            Follow::Operand => depth == 0,
            Follow::Always => true,
        };
        let mut visit = Visit {
            event: Event::File,
            dir: self.chain.top(),
            path: &self.path,
            name_at,
            depth,
            kind,
            ino,
            follow,
            text: Cell::new(text),
            stat,
        };
        let other = self.options.one_file_system && kind == libc::DT_DIR;
        if kind == libc::DT_UNKNOWN || follow && kind == libc::DT_LNK || other {
            let mut result = visit.stat();
            if follow && matches!(result, Err(Errno(libc::ENOENT))) {
                visit.follow = false;
                result = visit.stat();
            }
            match result {
                Ok(stat) => {
                    visit.kind = (stat.kind() >> 12) as u8;
                    visit.stat = Some(stat);
                    if depth == 0 {
                        self.dev = stat.dev();
                    }
                }
                Err(errno) => {
                    visit.event = Event::Error(errno);
                    return (self.visit)(&visit);
                }
            }
        }
        if visit.kind != libc::DT_DIR {
            return (self.visit)(&visit);
        }
        if self.options.one_file_system && visit.stat.is_some_and(|stat| stat.dev() != self.dev) {
            visit.event = Event::Mount;
            return (self.visit)(&visit);
        }
        // Only links can lead back to where the walk has been.
        let id = match visit.stat() {
            _ if self.options.follow != Follow::Always => (0, 0),
            Ok(stat) => (stat.dev(), stat.ino()),
            Err(_) => (0, 0),
        };
        if id != (0, 0) && self.levels.iter().any(|level| level.id == id) {
            visit.event = Event::Loop;
            return (self.visit)(&visit);
        }
        visit.event = Event::Enter;
        let step = (self.visit)(&visit);
        if step != Step::Continue {
            return step;
        }
        let name = self.path.get(name_at..).unwrap_or_default();
        // What the directory says is one, and not a link, shall not have become a link since.
        let mut ahead = None;
        let (listing, error) = match self.chain.push(name, visit.follow && kind != libc::DT_DIR) {
            Ok(fd) => {
                let read = Listing::read(fd, &mut self.room);
                if self.wanted != Wanted::Nothing
                    && let Some(new) = read.0.ahead(fd, self.wanted)
                {
                    self.helper.give(new.clone());
                    self.busy = true;
                    ahead = Some(new);
                }
                read
            }
            Err(errno) => {
                visit.event = Event::Error(errno);
                let step = (self.visit)(&visit);
                visit.event = Event::Leave;
                return if step == Step::Stop { step } else { (self.visit)(&visit) };
            }
        };
        let step = match error {
            Some(errno) => {
                visit.event = Event::Error(errno);
                (self.visit)(&visit)
            }
            None => Step::Continue,
        };
        let follow = visit.follow;
        self.levels.push(Level { listing, path: self.path.len(), name_at, ino, follow, id, ahead, count: 0 });
        step
    }

    /// Goes back from a directory of which nothing is left to visit.
    fn leave(&mut self) -> Step {
        let Some(Level { path, name_at, ino, follow, .. }) = self.levels.pop() else {
            return Step::Stop;
        };
        let back = self.chain.pop();
        self.path.truncate(path);
        let mut visit = Visit {
            event: Event::Leave,
            dir: self.chain.top(),
            path: &self.path,
            name_at,
            depth: self.levels.len(),
            kind: libc::DT_DIR,
            ino,
            follow,
            text: Cell::new(None),
            stat: None,
        };
        if let Err(errno) = back {
            // Without its parent nothing can be said or done about it.
            (visit.event, visit.kind) = (Event::Error(errno), libc::DT_UNKNOWN);
            (self.visit)(&visit);
            return Step::Stop;
        }
        (self.visit)(&visit)
    }
}

#[cfg(test)]
mod tests;
