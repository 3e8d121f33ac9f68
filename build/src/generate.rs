//! Rust source that follows from `features.toml` and the documentation; called from build scripts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::doc::Doc;
use crate::features::{CLASSES, FOLDERS, Features, PRIVILEGES};

/// The build script of a family's crate: writes its module list and the option table of every module.
///
/// Prints the reason and fails the build when the documentation cannot be read.
pub fn family(name: &str) {
    or_die(try_family(name));
}

fn or_die(result: Result<(), String>) {
    if let Err(reason) = result {
        println!("cargo::error={reason}");
    }
}

fn out_dir() -> PathBuf {
    PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default())
}

fn manifest_dir() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default())
}

fn write(name: &str, content: &[u8]) -> Result<(), String> {
    let file = out_dir().join(name);
    std::fs::write(&file, content).map_err(|e| format!("{}: {e}", file.display()))
}

/// Whether Cargo builds with a feature.
fn selected(feature: &str) -> bool {
    std::env::var_os(format!("CARGO_FEATURE_{}", feature.to_uppercase().replace('-', "_"))).is_some()
}

fn try_family(name: &str) -> Result<(), String> {
    let root = manifest_dir().join("../..");
    println!("cargo::rerun-if-changed={}", root.join("features.toml").display());
    println!("cargo::rerun-if-changed={}", manifest_dir().join("src").display());
    let features = Features::load(&root)?;
    let mut modules: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for applet in features.applets.iter().filter(|applet| applet.family == name) {
        modules.entry(&applet.module).or_default().insert(&applet.feature);
    }
    let mut list = String::new();
    for (module, needed) in modules {
        let source = features.source(name, module);
        let any: Vec<String> = needed.iter().map(|feature| format!("feature = {feature:?}")).collect();
        writeln!(list, "#[cfg(any({}))]\n#[path = {source:?}]\npub mod r#{module};", any.join(", ")).ok();
        if needed.iter().any(|feature| selected(feature)) {
            write(&format!("{module}.rs"), option_table(&Doc::load(&source)?).as_bytes())?;
        }
    }
    write("modules.rs", list.as_bytes())
}

fn option_table(doc: &Doc) -> String {
    let mut table = String::new();
    let mut packed = Vec::new();
    for (id, option) in doc.options.iter().enumerate() {
        writeln!(table, "pub const {}: u8 = {id};", option.constant()).ok();
        packed.push(option.packed());
    }
    writeln!(table, "pub static GRAMMAR: &[u8] = b\"{}\";", packed.join("\\n")).ok();
    table
}

/// The build script of the binary: the dispatch table and the help texts of what is selected.
pub fn binary(compress: fn(&[u8]) -> Vec<u8>) {
    or_die(try_binary(compress));
}

fn try_binary(compress: fn(&[u8]) -> Vec<u8>) -> Result<(), String> {
    let root = manifest_dir();
    println!("cargo::rerun-if-changed={}", root.join("features.toml").display());
    println!("cargo::rerun-if-changed={}", root.join("applets").display());
    let features = Features::load(&root)?;
    let mut names = Vec::new();
    let mut traits = Vec::new();
    let mut arms = String::new();
    // A function of its own for every module keeps their stack frames apart, and lets `make size` tell them apart.
    let mut wrappers = BTreeSet::new();
    let mut texts: BTreeMap<PathBuf, Vec<&str>> = BTreeMap::new();
    for applet in features.applets.iter().filter(|applet| selected(&applet.feature)) {
        writeln!(arms, "        {} => call::r#{}(cx),", traits.len(), applet.module).ok();
        let wrapper = format!(
            "#[inline(never)]\npub fn r#{0}(cx: &mut Context) -> Result<Exit> {{\n    {1}::r#{0}::main(cx)\n}}\n",
            applet.module, applet.family
        );
        wrappers.insert(wrapper);
        names.extend_from_slice(applet.name.as_bytes());
        names.push(0);
        let index = |list: &[&str], value: &str| list.iter().position(|known| *known == value).unwrap_or(0);
        traits.push(
            index(&FOLDERS, &applet.path)
                | index(&CLASSES, &applet.class) << 3
                | index(&PRIVILEGES, &applet.privilege) << 5,
        );
        texts.entry(features.source(&applet.family, &applet.module)).or_default().push(&applet.name);
    }
    let table = format!(
        "pub static NAMES: &[u8] = b\"{}\";\npub static TRAITS: &[u8] = &{traits:?};\n\
         pub static FOLDERS: &[u8] = b\"{}\";\n\
         pub fn run(applet: usize, cx: &mut Context) -> Result<Exit> {{\n    match applet {{\n{arms}        _ => Err(applet::Error::silent(127)),\n    }}\n}}\nmod call {{\nuse super::{{Context, Exit, Result}};\n{}}}\n",
        names.escape_ascii(),
        FOLDERS.join("\\0"),
        wrappers.into_iter().collect::<String>(),
    );
    write("table.rs", table.as_bytes())?;
    let mut help = Vec::new();
    for (source, names) in texts {
        help_record(&source, &names, &mut help)?;
    }
    write("help.bin", &compress(&help))
}

/// One module's help as the binary reads it: the names it serves and a newline, the forms of its usage each ended by
/// a newline, a newline, the text, a NUL.
fn help_record(source: &Path, names: &[&str], out: &mut Vec<u8>) -> Result<(), String> {
    let doc = Doc::load(source)?;
    out.extend_from_slice(names.join(" ").as_bytes());
    out.push(b'\n');
    for form in &doc.usage {
        out.extend_from_slice(form.as_bytes());
        out.push(b'\n');
    }
    out.push(b'\n');
    out.extend_from_slice(doc.help.as_bytes());
    out.push(0);
    Ok(())
}
