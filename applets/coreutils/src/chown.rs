//! usage: chown [OPTIONS] [OWNER][:[GROUP]] FILE... | chgrp [OPTIONS] GROUP FILE...
//!
//! Change the owner and group of FILEs, by name or number; OWNER: means the owner's login group.
//!
//!  -R, --recursive         directories with all that is in them
//!  -h, --no-dereference    a link itself
//!  --dereference           what a link leads to (default without -R)
//!  -H                      with -R: follow links to directories on the command line
//!  -L                      with -R: follow every link to a directory
//!  -P                      with -R: follow none (default)
//!  -c, --changes           tell what is changed
//!  -v, --verbose           tell of every file
//!  -f, --silent, --quiet   no messages of what fails
//!  --from=OWNER[:GROUP]    change only what belongs to these
//!  --reference=RFILE       owner and group of RFILE
//!  --preserve-root         do not change / recursively
//!  --no-preserve-root      do (default)
//!
//! # Notes
//! POSIX.1-2024 chown and chgrp; the other options as GNU.

use applet::prelude::*;
use files::each::Each;
use users::Names;
use walk::{Event, Follow, Step, Visit};

applet::options!("chown");

type Ids = (Option<u32>, Option<u32>);

/// What is to be done.
struct Change {
    to: Ids,
    from: Ids,
    recursive: bool,
    /// A link itself is changed.
    link: bool,
    /// Tell of every file; of changed ones.
    verbose: (bool, bool),
    names: (Names, Names),
    /// What was asked for, in the user's words; empty where they do not say all of it.
    words: Vec<u8>,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let mut operands = options.operands.as_slice();
    let group = cx.name == b"chgrp";
    let mut words = &b""[..];
    let to = if let Some(name) = options.value(opt::REFERENCE) {
        let stat = sys::fs::stat(name).at(name)?;
        (Some(stat.uid()).filter(|_| !group), Some(stat.gid()))
    } else {
        let (spec, rest) = operands.split_first().ok_or_else(Error::missing_operand)?;
        if rest.is_empty() {
            return Err(files::say::missing_after(spec));
        }
        operands = rest;
        if !spec.ends_with(b":") {
            words = spec.strip_prefix(b":").unwrap_or(spec);
        }
        if group && spec.is_empty() {
            (None, None)
        } else if group {
            (None, Some(users::group_id(spec).ok_or_else(|| wrong(b"invalid group", spec))?))
        } else {
            users::parse_owner(spec).map_err(|what| wrong(what, spec))?
        }
    };
    if operands.is_empty() {
        return Err(Error::missing_operand());
    }
    let from = match options.value(opt::FROM) {
        Some(spec) => users::parse_owner(spec).map_err(|what| wrong(what, spec))?,
        None => (None, None),
    };
    let recursive = options.has(opt::RECURSIVE);
    let follow = match options.last(&[opt::H, opt::L, opt::P]) {
        _ if !recursive => Follow::Never,
        Some(opt::H) => Follow::Operand,
        Some(opt::L) => Follow::Always,
        _ => Follow::Never,
    };
    let dereference = options.last(&[opt::NO_DEREFERENCE, opt::DEREFERENCE]);
    if recursive && follow == Follow::Never && dereference == Some(opt::DEREFERENCE) {
        return Err(Error::usage(&[b"-R --dereference requires either -H or -L"]));
    }
    let verbose = options.has(opt::VERBOSE);
    let mut change = Change {
        to,
        from,
        recursive,
        link: dereference == Some(opt::NO_DEREFERENCE) || recursive && follow == Follow::Never,
        verbose: (verbose, verbose || options.has(opt::CHANGES)),
        names: (Names::of_users(), Names::of_groups()),
        words: words.to_vec(),
    };
    let keep_root = options.last(&[opt::PRESERVE_ROOT, opt::NO_PRESERVE_ROOT]) == Some(opt::PRESERVE_ROOT);
    let each = Each {
        operands,
        how: walk::Options { follow, one_file_system: false },
        keep_root: recursive && keep_root,
        quiet: options.has(opt::SILENT),
    };
    each.visit(cx, &mut |cx, visit| change.visit(cx, visit));
    Ok(cx.status())
}

fn wrong(what: &[u8], spec: &[u8]) -> Error {
    Error::parts(&[what, b": '", spec, b"'"])
}

impl Change {
    fn visit(&mut self, cx: &mut Context, visit: &Visit) -> Result<Step> {
        match visit.event {
            Event::File | Event::Enter | Event::Loop => {}
            Event::Error(errno) => return Err(errno.into()),
            _ => return Ok(Step::Continue),
        }
        let next = if self.recursive { Step::Continue } else { Step::Skip };
        let flags = if self.link { libc::AT_SYMLINK_NOFOLLOW } else { 0 };
        let stat = sys::fs::statat(visit.dir, visit.name(), flags)?;
        let is = |wanted: Option<u32>, id| wanted.is_none_or(|wanted| wanted == id);
        if !is(self.from.0, stat.uid()) || !is(self.from.1, stat.gid()) {
            return Ok(next);
        }
        let (uid, gid) = (self.to.0.unwrap_or(u32::MAX), self.to.1.unwrap_or(u32::MAX));
        sys::fs::chownat(visit.dir, visit.name(), uid, gid, flags)?;
        let changed = !is(self.to.0, stat.uid()) || !is(self.to.1, stat.gid());
        if self.verbose.0 || self.verbose.1 && changed {
            let what: &[u8] = if self.to.0.is_some() { b"ownership of '" } else { b"group of '" };
            let mut line = [if changed { &b"changed "[..] } else { b"" }, what, visit.path].concat();
            let old = (self.to.0.map(|_| stat.uid()), self.to.1.map(|_| stat.gid()));
            line.extend_from_slice(if changed { b"' from " } else { b"' retained as " });
            self.describe(old, &mut line);
            if changed {
                line.extend_from_slice(b" to ");
                if self.words.is_empty() {
                    self.describe(self.to, &mut line);
                }
                line.extend_from_slice(&self.words);
            }
            cx.out.line(&line);
        }
        Ok(next)
    }

    /// `owner:group`, or the one of them that is given.
    fn describe(&mut self, ids: Ids, line: &mut Vec<u8>) {
        if let Some(uid) = ids.0 {
            name(&mut self.names.0, uid, line);
        }
        if let Some(gid) = ids.1 {
            if ids.0.is_some() {
                line.push(b':');
            }
            name(&mut self.names.1, gid, line);
        }
    }
}

fn name(names: &mut Names, id: u32, line: &mut Vec<u8>) {
    match names.get(id) {
        Some(name) => line.extend_from_slice(name),
        None => num::push_dec(line, u64::from(id)),
    }
}
