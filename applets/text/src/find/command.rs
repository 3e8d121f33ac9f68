//! -exec and its relatives.

use applet::prelude::*;
use sys::process;
use walk::Visit;

use super::test::{base_name, trimmed};

pub struct Command {
    /// The command's words, those before `{} +` if there are to be many names.
    argv: Vec<Vec<u8>>,
    /// Runs in the folder of the file.
    in_folder: bool,
    asks: bool,
    many: bool,
    /// Names that wait for the command, all of them in one folder if it runs there.
    names: Vec<Vec<u8>>,
    size: usize,
    room: usize,
    folder: Option<Folder>,
}

/// Where a command runs: a name (nothing for the directory itself) below an open directory.
struct Folder {
    dir: Option<Fd>,
    path: Vec<u8>,
}

impl Command {
    pub fn new(cx: &Context, argv: &[&[u8]], in_folder: bool, asks: bool, many: bool) -> Result<Command> {
        let mut argv: Vec<Vec<u8>> = argv.iter().map(|word| word.to_vec()).collect();
        if many {
            argv.pop();
            if argv.is_empty() || argv.iter().any(|word| word == b"{}") {
                return Err(Error::new(b"only one {} is supported with -exec ... +"));
            }
        }
        if in_folder
            && let Some(path) = cx.var(b"PATH")
            && path.split(|&byte| byte == b':').any(|folder| folder.first() != Some(&b'/'))
        {
            return Err(Error::new(
                b"PATH has relative folders: -execdir would run what lies in visited ones",
            ));
        }
        let room = applet::argument_room(cx.environment()).1;
        let fixed: usize = argv.iter().map(|word| word.len() + 1).sum();
        let room = room.saturating_sub(fixed);
        Ok(Command { argv, in_folder, asks, many, names: Vec::new(), size: 0, room, folder: None })
    }

    /// Runs it for one file, or keeps the file for later; whether it was successful.
    pub fn visit(&mut self, cx: &mut Context, visit: &Visit) -> Result<bool> {
        let path = visit.path.get(..visit.name_at).unwrap_or_default();
        let name = match base_name(visit.path) {
            _ if !self.in_folder => visit.path.to_vec(),
            root @ [b'/', ..] => root.to_vec(),
            name => [b"./", name].concat(),
        };
        if !self.many {
            let folder = if self.in_folder { Some(folder_of(visit)?) } else { None };
            return self.once(cx, &name, folder);
        }
        let moved = self.in_folder && self.folder.as_ref().is_some_and(|folder| folder.path != path);
        if moved || self.size + name.len() + 1 > self.room {
            self.finish(cx);
        }
        if self.in_folder && self.folder.is_none() {
            self.folder = Some(Folder { path: path.to_vec(), ..folder_of(visit)? });
        }
        self.size += name.len() + 1;
        self.names.push(name);
        Ok(true)
    }

    fn once(&mut self, cx: &mut Context, name: &[u8], folder: Option<Folder>) -> Result<bool> {
        let argv: Vec<Vec<u8>> = self.argv.iter().map(|word| with_name(word, name)).collect();
        if self.asks {
            let command = self.argv.first().map(Vec::as_slice).unwrap_or_default();
            if !cx.confirm(&[b"< ", command, b" ... ", name, b" > ? "]) {
                return Ok(false);
            }
        }
        let argv: Vec<&[u8]> = argv.iter().map(Vec::as_slice).collect();
        run(cx, &argv, folder, self.asks)
    }

    /// Runs it for the names that wait.
    pub fn finish(&mut self, cx: &mut Context) {
        let names = core::mem::take(&mut self.names);
        let folder = self.folder.take();
        self.size = 0;
        if names.is_empty() {
            return;
        }
        let argv: Vec<&[u8]> = self.argv.iter().chain(&names).map(Vec::as_slice).collect();
        match run(cx, &argv, folder, false) {
            Ok(true) => {}
            Ok(false) => cx.set_status(1),
            Err(error) => cx.report(error),
        }
    }
}

/// A word of the command with the name in place of each `{}`.
fn with_name(word: &[u8], name: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = word;
    while let Some(at) = rest.windows(2).position(|pair| pair == b"{}") {
        let (before, after) = rest.split_at_checked(at).unwrap_or_default();
        out.extend_from_slice(before);
        out.extend_from_slice(name);
        rest = after.get(2..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// The directory that a file is in. An operand's is named by what stands before its last name.
fn folder_of(visit: &Visit) -> Result<Folder> {
    if visit.depth > 0 {
        let dir = sys::fd::duplicate_above(visit.dir, 3)?;
        return Ok(Folder { dir: Some(dir), path: Vec::new() });
    }
    let path = trimmed(visit.path);
    let path = match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => path.get(..=slash).unwrap_or_default(),
        None => b".",
    };
    Ok(Folder { dir: Some(sys::fs::open_dir(sys::fd::CWD, path, 0).at(path)?), path: Vec::new() })
}

fn run(cx: &mut Context, argv: &[&[u8]], folder: Option<Folder>, no_input: bool) -> Result<bool> {
    let child = cx.spawn(argv, cx.environment(), &mut || {
        if no_input {
            let null = sys::fd::open_read(b"/dev/null")?;
            sys::fd::duplicate_to(null.raw(), 0)?;
        }
        match &folder {
            Some(Folder { dir: Some(dir), .. }) => sys::fs::fchdir(dir.raw()).map_err(Error::from),
            _ => Ok(()),
        }
    });
    match child {
        Ok(child) => Ok(process::wait(child)?.exit_status() == Some(0)),
        Err(error) => {
            // It is false then, no failure of find.
            cx.report(error.with_status(0));
            Ok(false)
        }
    }
}
