//! What the bytes of the binary are: read from the linker's map of the last distribution build.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

/// `size-budget.toml`: the most bytes that selections may take.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Budget {
    /// The file built from the default selection.
    cairn: u64,
}

/// Bytes by part: an applet's module, a library's crate, and so on.
pub struct Report {
    pub applets: BTreeMap<String, u64>,
    pub libraries: BTreeMap<String, u64>,
    pub other: BTreeMap<String, u64>,
}

/// Families are crates whose modules are told apart.
const FAMILIES: [&str; 3] = ["coreutils", "shell", "textutils"];

/// The crate and the first module in a mangled name (Rust's v0 scheme): `..C<hash>_<length>name<length>module..`.
fn crate_and_module(symbol: &str) -> Option<(String, Option<String>)> {
    let mut rest = symbol;
    loop {
        let at = rest.find("Cs")?;
        rest = &rest[at + 2..];
        let Some((_, after)) = rest.split_once('_') else { continue };
        let Some((name, tail)) = identifier(after) else { continue };
        return Some((name.to_string(), identifier(tail).map(|(module, _)| module.to_string())));
    }
}

/// `<length>[_]name` at the start of a text.
fn identifier(text: &str) -> Option<(&str, &str)> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let length: usize = text[..digits].parse().ok()?;
    let text = text[digits..].strip_prefix('_').unwrap_or(&text[digits..]);
    (length <= text.len()).then(|| text.split_at(length))
}

/// Adds up the input sections of a linker's map.
pub fn read(map: &str) -> Report {
    let mut report = Report { applets: BTreeMap::new(), libraries: BTreeMap::new(), other: BTreeMap::new() };
    for line in map.lines() {
        let mut columns = line.split_whitespace();
        let (Some(_), Some(_), Some(size), Some(_), Some(input)) =
            (columns.next(), columns.next(), columns.next(), columns.next(), columns.next())
        else {
            continue;
        };
        let Some((file, section)) = input.split_once(":(") else { continue };
        let Ok(size) = u64::from_str_radix(size, 16) else { continue };
        if section.starts_with(".bss") || section.starts_with(".comment") {
            continue;
        }
        let (table, key) = if file.contains("libc.a") || file.contains("crt1.o") {
            (&mut report.libraries, "musl".to_string())
        } else if section.starts_with(".rodata") {
            (&mut report.other, "constants and texts".to_string())
        } else {
            match crate_and_module(section) {
                Some((name, module)) if FAMILIES.contains(&name.as_str()) => {
                    (&mut report.applets, module.unwrap_or_default())
                }
                // The wrappers of the dispatch table hold an applet's main function.
                Some((name, Some(module))) if name == "cairn" && module == "table" => {
                    let applet = section
                        .split("5table4call")
                        .nth(1)
                        .and_then(identifier)
                        .map(|(name, _)| name.to_string());
                    (&mut report.applets, applet.unwrap_or_default())
                }
                Some((name, _)) => (&mut report.libraries, name),
                None => (&mut report.other, "the rest".to_string()),
            }
        };
        *table.entry(key).or_default() += size;
    }
    report
}

fn print(title: &str, table: &BTreeMap<String, u64>) -> u64 {
    let mut rows: Vec<(&String, &u64)> = table.iter().collect();
    rows.sort_by_key(|(name, size)| (std::cmp::Reverse(**size), name.as_str()));
    let total: u64 = table.values().sum();
    println!("\n{title:<30} {total:>9}");
    for (name, size) in rows {
        println!("  {name:<28} {size:>9}");
    }
    total
}

/// Prints the report of the last build; with `check` fails when the binary is larger than the budget allows.
pub fn run(root: &Path, folder: &Path, check: bool) -> Result<(), String> {
    let map = folder.join(format!("cairn-{}.map", std::env::consts::ARCH));
    let map = std::fs::read_to_string(&map)
        .map_err(|e| format!("{}: {e} (build with `make` first)", map.display()))?;
    let binary = root.join("out/cairn");
    let size = std::fs::metadata(&binary).map_err(|e| format!("{}: {e}", binary.display()))?.len();
    if !check {
        let report = read(&map);
        print("applets (code)", &report.applets);
        print("libraries (code)", &report.libraries);
        print("other", &report.other);
        println!();
    }
    let budget = root.join("size-budget.toml");
    let text = std::fs::read_to_string(&budget).map_err(|e| format!("{}: {e}", budget.display()))?;
    let budget: Budget = toml::from_str(&text).map_err(|e| format!("size-budget.toml: {e}"))?;
    println!(
        "out/cairn: {size} bytes of {} ({:.1} %)",
        budget.cairn,
        size as f64 * 100.0 / budget.cairn as f64
    );
    if check && size > budget.cairn {
        return Err(format!(
            "the binary is {} bytes over its budget (size-budget.toml)",
            size - budget.cairn
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_symbols() {
        let name = "_RNvNtCsjxh08nPtIL0_9coreutils2ls4main";
        assert_eq!(crate_and_module(name), Some(("coreutils".into(), Some("ls".into()))));
        assert_eq!(crate_and_module("memcpy"), None);
    }
}
