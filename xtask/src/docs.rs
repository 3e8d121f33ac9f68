//! The reference: a page for every family, written from the applets' own texts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use cairn_build::{Doc, Features};

/// The pages by their names below `docs/applets`.
fn pages(features: &Features) -> Result<BTreeMap<String, String>, String> {
    let mut pages = BTreeMap::new();
    for (family, summary) in &features.families {
        let mut modules: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for applet in features.applets.iter().filter(|applet| applet.family == *family) {
            modules.entry(&applet.module).or_default().push(&applet.name);
        }
        let mut page = format!(
            "# {family}\n\n{summary}.\n\nWritten by `make docs` from the texts at the top of `applets/{family}/src`.\n"
        );
        for (module, names) in modules {
            let doc = Doc::load(&features.source(family, module))?;
            write!(page, "\n## {}\n\n```text\n", names.join(", ")).ok();
            for (index, form) in doc.usage.iter().enumerate() {
                writeln!(page, "{}{form}", if index == 0 { "usage: " } else { "       " }).ok();
            }
            if !doc.help.is_empty() {
                write!(page, "\n{}\n", doc.help).ok();
            }
            page.push_str("```\n");
            let notes = doc.notes.strip_prefix("# Notes").unwrap_or(&doc.notes).trim();
            if !notes.is_empty() {
                write!(page, "\n{notes}\n").ok();
            }
        }
        pages.insert(format!("{family}.md"), page);
    }
    Ok(pages)
}

/// Writes the pages, or with `check` only says which are not up to date.
pub fn run(root: &Path, check: bool) -> Result<(), String> {
    let folder = root.join("docs/applets");
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    for (name, page) in pages(&Features::load(root)?)? {
        let file = folder.join(&name);
        if std::fs::read_to_string(&file).is_ok_and(|old| old == page) {
            continue;
        }
        if check {
            return Err(format!(
                "docs/applets/{name} does not follow from the applets' texts: run `make docs`"
            ));
        }
        std::fs::write(&file, page).map_err(|e| format!("{}: {e}", file.display()))?;
        println!("docs/applets/{name}: written");
    }
    Ok(())
}
