//! `cargo xtask weigh`: how many bytes of machine code each file, function and line of the source comes to.
//!
//! A selection is built as for distribution, but with line tables. What is inlined from `core` and `alloc` counts for the
//! line of ours that uses it, and is listed by its name, too.

use std::collections::HashMap;
use std::path::Path;

use addr2line::Loader;

use crate::dist::{self, Build};

/// Rows of each table.
const ROWS: usize = 60;

/// Bytes by name.
#[derive(Default)]
struct Table(HashMap<String, u64>);

impl Table {
    fn add(&mut self, name: String, size: u64) {
        *self.0.entry(name).or_default() += size;
    }

    fn print(&self, title: &str) {
        let mut rows: Vec<_> = self.0.iter().collect();
        rows.sort_by_key(|(name, size)| (std::cmp::Reverse(**size), name.as_str()));
        println!("\n{title}");
        for (name, size) in rows.iter().take(ROWS) {
            println!("{size:>9}  {name}");
        }
    }
}

/// Builds what `build` says, with line tables, and prints the tables; `part` is a part of the names of the files whose
/// functions and lines are wanted.
pub fn run(root: &Path, build: &Build, part: &str) -> Result<(), String> {
    dist::run(root, build)?;
    let loader = Loader::new(&build.output).map_err(|e| format!("{}: {e}", build.output.display()))?;
    let (mut files, mut functions, mut lines, mut library) =
        (Table::default(), Table::default(), Table::default(), Table::default());
    let ranges = loader.find_location_range(0, u64::MAX).map_err(|e| e.to_string())?;
    for (start, size, _) in ranges {
        let mut frames = loader.find_frames(start).map_err(|e| e.to_string())?;
        let mut inlined = None;
        let mut place = None;
        while let Some(frame) = frames.next().map_err(|e| e.to_string())? {
            let name = frame.function.and_then(|name| name.demangle().ok().map(|name| without_hashes(&name)));
            let location = frame.location.and_then(|at| Some((at.file?, at.line.unwrap_or(0))));
            match location.and_then(|(file, line)| Some((own(root, file)?, line))) {
                Some((file, line)) => {
                    place = Some((file.to_string(), line, name.unwrap_or_default()));
                    break;
                }
                None => inlined = name,
            }
        }
        let Some((file, line, function)) = place else {
            files.add("core, alloc, libc".into(), size);
            continue;
        };
        if file.contains(part) {
            functions.add(format!("{function}  {file}"), size);
            lines.add(format!("{file}:{line}"), size);
            if let Some(name) = inlined {
                library.add(name, size);
            }
        }
        files.add(file, size);
    }
    files.print("files");
    functions.print("functions");
    library.print("inlined from core and alloc");
    lines.print("lines");
    Ok(())
}

/// The name of one of our files, from the root of the workspace or of its crate.
fn own<'a>(root: &Path, file: &'a str) -> Option<&'a str> {
    let file = match root.to_str().and_then(|root| file.strip_prefix(root)) {
        Some(inside) => inside.trim_start_matches('/'),
        None => file,
    };
    // Build scripts name the modules of a family by a way through its crate.
    let file = file.rsplit_once("/../").map_or(file, |(_, file)| file);
    (!file.starts_with('/') && !file.contains("library/")).then_some(file)
}

/// `a[0123456789abcdef]::b` as `a::b`.
fn without_hashes(name: &str) -> String {
    let mut pieces = name.split('[');
    let mut text = pieces.next().unwrap_or_default().to_string();
    for piece in pieces {
        match piece.split_once(']') {
            Some((hash, rest)) if hash.len() == 16 && hash.bytes().all(|c| c.is_ascii_hexdigit()) => {
                text += rest
            }
            _ => {
                text.push('[');
                text += piece;
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_go() {
        assert_eq!(without_hashes("a[0123456789abcdef]::b::<[u8]>"), "a::b::<[u8]>");
    }

    #[test]
    fn own_files_are_known() {
        let root = Path::new("/src/cairn");
        assert_eq!(own(root, "/src/cairn/lib/io/src/lib.rs"), Some("lib/io/src/lib.rs"));
        assert_eq!(own(root, "src/sh/lexer.rs"), Some("src/sh/lexer.rs"));
        assert_eq!(own(root, "applets/text/../../applets/text/src/bc.rs"), Some("applets/text/src/bc.rs"));
        assert_eq!(own(root, "/usr/lib/rustlib/src/rust/library/core/src/option.rs"), None);
    }
}
