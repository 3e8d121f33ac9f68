//! Completion of the word at the cursor: variables, users, commands, files.

use alloc::vec::Vec;
use sys::libc;

use term::edit::Completion;

use super::command::is_program;
use super::shell::*;
use super::symbols::*;

impl Shell {
    /// What the word that ends at the cursor may become.
    pub fn complete(&mut self, line: &[u8], cursor: usize) -> Completion {
        let line = line.get(..cursor).unwrap_or(line);
        let (start, quote) = word_start(line);
        let (before, raw) = line.split_at_checked(start).unwrap_or_default();
        let before = before.trim_ascii_end();
        let first = before.last().is_none_or(|byte| b"|&;(`{".contains(byte));
        let mut found = Completion { start, ..Completion::default() };
        if quote != b'\''
            && let Some(at) = raw.iter().rposition(|&byte| byte == b'$')
        {
            let (lead, end, prefix): (&[u8], &[u8], &[u8]) = match raw.get(at + 1..).unwrap_or_default() {
                [b'{', prefix @ ..] => (b"${", b"}", prefix),
                prefix => (b"$", b" ", prefix),
            };
            if prefix.iter().all(|&byte| is_name_byte(byte)) {
                found.start = start + at;
                for sym in self.variables(prefix) {
                    found.candidates.push([lead, &self.symbols.get(sym).name, end].concat());
                }
                return found;
            }
        }
        let word = unquote(raw);
        let mut names = Args::default();
        if !word.contains(&b'/') {
            if let Some(prefix) = word.strip_prefix(b"~") {
                for name in users::Names::of_users().all() {
                    if name.starts_with(prefix) {
                        names.push(&name);
                    }
                }
                names.in_order(&mut |name| found.candidates.push([b"~", name, b"/"].concat()));
                return found;
            }
            if first {
                self.commands(&word, &mut names);
                names.in_order(&mut |name| {
                    let mut text = Vec::new();
                    protect(name, 0, &mut text);
                    text.push(b' ');
                    if found.candidates.last() != Some(&text) {
                        found.candidates.push(text);
                    }
                });
                return found;
            }
        }
        self.complete_file(&word, quote, first, &mut found);
        found
    }

    /// The variables whose names begin with `prefix`.
    pub fn variables(&self, prefix: &[u8]) -> Vec<Sym> {
        self.symbols.sorted(&|symbol| symbol.var.flags & SET != 0 && symbol.name.starts_with(prefix))
    }

    /// The names of commands that begin with `prefix`.
    fn commands(&mut self, prefix: &[u8], names: &mut Args) {
        for symbol in &self.symbols.list {
            let is = symbol.builtin != 0 || symbol.function.is_some() || symbol.alias.is_some();
            if is && symbol.name.starts_with(prefix) {
                names.push(&symbol.name);
            }
        }
        let mut id = 0;
        while let Some(name) = (self.house.name)(id) {
            if name.starts_with(prefix) {
                names.push(name);
            }
            id += 1;
        }
        let path = self.text_of(PATH);
        for folder in path.split(|&byte| byte == b':') {
            each_entry(folder, prefix, &mut |name, file, _| {
                if is_program(file) {
                    names.push(name);
                }
            });
        }
    }

    fn complete_file(&mut self, word: &[u8], quote: u8, programs: bool, found: &mut Completion) {
        let at = word.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
        let (folder, prefix) = word.split_at_checked(at).unwrap_or_default();
        let in_home = quote == 0 && folder.starts_with(b"~");
        let mut place = folder.to_vec();
        if in_home {
            let end = folder.iter().position(|&byte| byte == b'/').unwrap_or(folder.len());
            place = self.tilde(folder.get(1..end).unwrap_or_default());
            place.extend_from_slice(folder.get(end..).unwrap_or_default());
        }
        let mut names = Args::default();
        each_entry(&place, prefix, &mut |name, file, kind| {
            let hidden = name.starts_with(b".") && !prefix.starts_with(b".");
            let is_folder = kind == libc::DT_DIR || sys::fs::stat(file).is_ok_and(|stat| stat.is_dir());
            if !hidden && (is_folder || !programs || is_program(file)) {
                names.bytes.extend_from_slice(name);
                names.push(if is_folder { b"/" } else { b" " });
            }
        });
        names.in_order(&mut |name| {
            let (bare, end) = name.split_at_checked(name.len().saturating_sub(1)).unwrap_or_default();
            let mut text = Vec::new();
            if quote != 0 {
                text.push(quote);
            }
            if in_home {
                text.extend_from_slice(folder);
            } else {
                protect(folder, quote, &mut text);
            }
            protect(bare, quote, &mut text);
            if quote != 0 && end == b" " {
                text.push(quote);
            }
            text.extend_from_slice(end);
            found.candidates.push(text);
            found.names.push(if end == b"/" { name } else { bare }.to_vec());
        });
    }
}

/// Where the word begins that the line ends in, and the quote that is open in it.
fn word_start(line: &[u8]) -> (usize, u8) {
    let (mut start, mut quote, mut escaped) = (0, 0, false);
    for (at, &byte) in line.iter().enumerate() {
        if escaped {
            escaped = false;
        } else if byte == b'\\' && quote != b'\'' {
            escaped = true;
        } else if quote != 0 {
            if byte == quote {
                quote = 0;
            }
        } else if matches!(byte, b'"' | b'\'') {
            quote = byte;
        } else if b" \t|&;<>()`=:".contains(&byte) {
            start = at + 1;
        }
    }
    (start, quote)
}

fn unquote(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut quote, mut escaped) = (0, false);
    for &byte in text {
        if escaped {
            escaped = false;
            out.push(byte);
        } else if byte == b'\\' && quote != b'\'' {
            escaped = true;
        } else if quote == 0 && matches!(byte, b'"' | b'\'') {
            quote = byte;
        } else if byte == quote {
            quote = 0;
        } else {
            out.push(byte);
        }
    }
    out
}

/// Adds text as it must be typed, inside of `quote` if one is open.
fn protect(text: &[u8], quote: u8, out: &mut Vec<u8>) {
    for &byte in text {
        let special = match quote {
            b'\'' => false,
            b'"' => b"$`\"\\".contains(&byte),
            _ => b" \t\n|&;<>()$`\\\"'*?[]#~=%{}!".contains(&byte),
        };
        if special {
            out.push(b'\\');
        }
        out.push(byte);
    }
}

/// Calls `each` with the entries of a folder that begin with `prefix`: name, file, type.
fn each_entry(folder: &[u8], prefix: &[u8], each: &mut dyn FnMut(&[u8], &[u8], u8)) {
    let name: &[u8] = if folder.is_empty() { b"." } else { folder };
    if let Ok(fd) = sys::fs::open_dir(sys::fd::CWD, name, 0) {
        let (mut listing, _) = walk::Listing::read(fd.raw(), &mut Vec::new());
        while let Some(entry) = listing.next() {
            if entry.name.starts_with(prefix) {
                each(entry.name, &super::command::joined(folder, entry.name), entry.kind);
            }
        }
    }
}
