//! Pathname expansion (POSIX.1-2024 XCU 2.14.3).

use alloc::vec::Vec;
use sys::libc;
use text::glob;
use walk::Listing;

use super::shell::Args;

/// Appends the names of files that match `pattern`, sorted; gives their number.
/// A pattern in which nothing is special is left as it is.
pub fn expand(pattern: &[u8], utf8: bool, out: &mut Args) -> usize {
    if is_escaped(pattern) {
        return 0;
    }
    let mut search = Search { utf8, found: Args::default(), room: Vec::new() };
    let mut path = Vec::new();
    search.folder(&mut path, pattern, 0);
    search.found.in_order(&mut |name| out.push(name));
    search.found.len()
}

struct Search {
    utf8: bool,
    found: Args,
    room: Vec<u8>,
}

/// A path has no more components than the kernel takes bytes.
const MOST_DEPTH: u32 = 2048;

impl Search {
    /// Matches what is left of the pattern below `path`.
    fn folder(&mut self, path: &mut Vec<u8>, pattern: &[u8], depth: u32) {
        let slashes = pattern.iter().take_while(|&&byte| byte == b'/').count();
        let (slashes, pattern) = pattern.split_at_checked(slashes).unwrap_or_default();
        path.extend_from_slice(slashes);
        let length = component(pattern);
        let (first, rest) = pattern.split_at_checked(length).unwrap_or_default();
        if depth > MOST_DEPTH {
            return;
        }
        if first.is_empty() {
            // The pattern ended in a slash: only folders have got this far.
            self.found.push(path);
            return;
        }
        let before = path.len();
        if !first.iter().any(|byte| b"*?[".contains(byte)) || is_escaped(first) {
            path.extend(unescape(first));
            if !rest.is_empty() {
                self.folder(path, rest, depth + 1);
            } else if sys::fs::lstat(path).is_ok() {
                self.found.push(path);
            }
            path.truncate(before);
            return;
        }
        let name: &[u8] = if path.is_empty() { b"." } else { path };
        let Ok(fd) = sys::fs::open_dir(sys::fd::CWD, name, 0) else { return };
        let (mut listing, _) = Listing::read(fd.raw(), &mut self.room);
        drop(fd);
        if first.starts_with(b".") || first.starts_with(b"\\.") {
            listing.with_dots();
        }
        while let Some(entry) = listing.next() {
            if entry.name.starts_with(b".") && !first.starts_with(b".") && !first.starts_with(b"\\.") {
                continue;
            }
            if !glob::matches(first, entry.name, self.utf8) {
                continue;
            }
            path.extend_from_slice(entry.name);
            if rest.is_empty() {
                self.found.push(path);
            } else if matches!(entry.kind, libc::DT_DIR)
                || matches!(entry.kind, libc::DT_LNK | libc::DT_UNKNOWN)
                    && sys::fs::stat(path).is_ok_and(|stat| stat.is_dir())
            {
                self.folder(path, rest, depth + 1);
            }
            path.truncate(before);
        }
    }
}

/// The length of the pattern up to its next slash.
fn component(pattern: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&byte) = pattern.get(at) {
        match byte {
            b'/' => break,
            b'\\' if pattern.get(at + 1).is_some_and(|&next| next != b'/') => at += 2,
            _ => at += 1,
        }
    }
    at.min(pattern.len())
}

/// Whether all special characters of the component are behind backslashes.
fn is_escaped(pattern: &[u8]) -> bool {
    let mut rest = pattern;
    loop {
        match rest {
            [] => return true,
            [b'\\', _, tail @ ..] => rest = tail,
            [b'*' | b'?', ..] => return false,
            [b'[', ..] if glob::bracket_length(rest) > 0 => return false,
            [_, tail @ ..] => rest = tail,
        }
    }
}

fn unescape(pattern: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    loop {
        match rest {
            [] => return text,
            [b'\\', byte, tail @ ..] => {
                text.push(*byte);
                rest = tail;
            }
            [byte, tail @ ..] => {
                text.push(*byte);
                rest = tail;
            }
        }
    }
}
