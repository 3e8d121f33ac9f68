//! `features.toml`: what can be selected, and what each applet is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The folders that applets are installed in, in the order of their numbers in the dispatch table.
pub const FOLDERS: [&str; 5] = ["bin", "usr/bin", "sbin", "usr/sbin", ""];
/// How a shell may run an applet, in the order of their numbers.
pub const CLASSES: [&str; 3] = ["inproc", "fork", "exec"];
/// What becomes of privileges when the binary is setuid root, in the order of their numbers.
pub const PRIVILEGES: [&str; 3] = ["drop", "maybe", "require"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FamilyEntry {
    summary: String,
    applets: BTreeMap<String, AppletEntry>,
    #[serde(default)]
    options: BTreeMap<String, OptionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppletEntry {
    path: String,
    class: Option<String>,
    privilege: Option<String>,
    module: Option<String>,
    feature: Option<String>,
    default: Option<bool>,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    selects: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionEntry {
    summary: String,
    default: Option<bool>,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default)]
    selects: Vec<String>,
}

/// One command.
#[derive(Clone, Debug)]
pub struct Applet {
    pub name: String,
    pub family: String,
    /// The file or folder below `applets/FAMILY/src` that holds it.
    pub module: String,
    /// The Cargo feature that selects it.
    pub feature: String,
    /// Where it is installed, without a leading slash.
    pub path: String,
    pub class: String,
    pub privilege: String,
}

/// One thing that can be selected: an applet, or a coarse option of a family.
#[derive(Clone, Debug)]
pub struct Feature {
    pub family: String,
    pub default: bool,
    /// What must be selected too, or it is an error.
    pub needs: Vec<String>,
    /// What is selected with it.
    pub selects: Vec<String>,
    /// Set for options; an applet's summary is in its documentation.
    pub summary: Option<String>,
}

/// The whole file.
#[derive(Clone, Debug)]
pub struct Features {
    pub root: PathBuf,
    /// Families and their summaries.
    pub families: BTreeMap<String, String>,
    /// Sorted by name, byte by byte.
    pub applets: Vec<Applet>,
    pub features: BTreeMap<String, Feature>,
}

impl Features {
    /// Reads `features.toml` in the folder `root` and checks that it makes sense.
    pub fn load(root: &Path) -> Result<Features, String> {
        let file = root.join("features.toml");
        let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        Features::parse(&text, root)
    }

    /// As [`Features::load`], from a text.
    pub fn parse(text: &str, root: &Path) -> Result<Features, String> {
        let table: BTreeMap<String, FamilyEntry> =
            toml::from_str(text).map_err(|e| format!("features.toml: {e}"))?;
        let mut all = Features {
            root: root.to_path_buf(),
            families: BTreeMap::new(),
            applets: Vec::new(),
            features: BTreeMap::new(),
        };
        for (family, entry) in table {
            all.add_family(&family, entry)?;
        }
        all.applets.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
        if let Some(pair) = all.applets.windows(2).find(|pair| pair[0].name == pair[1].name) {
            return Err(format!("features.toml: applet {} stands in two families", pair[0].name));
        }
        for (name, feature) in &all.features {
            for other in feature.needs.iter().chain(&feature.selects) {
                if !all.features.contains_key(other) {
                    return Err(format!("features.toml: {name} names {other}, which does not exist"));
                }
            }
        }
        for name in all.features.keys() {
            all.check_circle(name, &mut Vec::new())?;
        }
        Ok(all)
    }

    fn add_family(&mut self, family: &str, entry: FamilyEntry) -> Result<(), String> {
        for (name, applet) in entry.applets {
            let feature = applet.feature.unwrap_or_else(|| name.clone());
            let one_of = |value: Option<String>, known: &[&str]| -> Result<String, String> {
                let value = value.unwrap_or_else(|| known[0].to_string());
                if known.contains(&value.as_str()) {
                    Ok(value)
                } else {
                    Err(format!("features.toml: {name}: {value} is none of {known:?}"))
                }
            };
            let known = self.features.entry(feature.clone()).or_insert(Feature {
                family: family.to_string(),
                default: true,
                needs: Vec::new(),
                selects: Vec::new(),
                summary: None,
            });
            known.default &= applet.default.unwrap_or(true);
            known.needs.extend(applet.needs);
            known.selects.extend(applet.selects);
            self.applets.push(Applet {
                path: one_of(Some(applet.path), &FOLDERS)?,
                class: one_of(applet.class, &CLASSES)?,
                privilege: one_of(applet.privilege, &PRIVILEGES)?,
                module: applet.module.unwrap_or_else(|| name.clone()),
                family: family.to_string(),
                feature,
                name,
            });
        }
        for (name, option) in entry.options {
            let feature = Feature {
                family: family.to_string(),
                default: option.default.unwrap_or(true),
                needs: option.needs,
                selects: option.selects,
                summary: Some(option.summary),
            };
            if self.features.insert(name.clone(), feature).is_some() {
                return Err(format!("features.toml: {name} is an option and an applet"));
            }
        }
        self.families.insert(family.to_string(), entry.summary);
        Ok(())
    }

    fn check_circle(&self, name: &str, path: &mut Vec<String>) -> Result<(), String> {
        if path.iter().any(|seen| seen == name) {
            return Err(format!("features.toml: circular dependency: {} -> {name}", path.join(" -> ")));
        }
        path.push(name.to_string());
        for other in self.features[name].needs.iter().chain(&self.features[name].selects) {
            self.check_circle(other, path)?;
        }
        path.pop();
        Ok(())
    }

    /// What is selected when nobody says otherwise.
    pub fn defaults(&self) -> BTreeSet<String> {
        self.features.iter().filter(|(_, f)| f.default).map(|(name, _)| name.clone()).collect()
    }

    /// The feature behind a name that a user may say: a feature, or an applet (`[`).
    pub fn feature_of(&self, name: &str) -> Option<&str> {
        if let Some((feature, _)) = self.features.get_key_value(name) {
            return Some(feature);
        }
        self.applets.iter().find(|applet| applet.name == name).map(|applet| applet.feature.as_str())
    }

    /// Completes a selection by what it selects, and checks what it needs.
    pub fn resolve(&self, wanted: &BTreeSet<String>) -> Result<BTreeSet<String>, String> {
        let mut selection = BTreeSet::new();
        let mut queue: Vec<String> = Vec::new();
        for name in wanted {
            let feature = self.feature_of(name).ok_or_else(|| self.unknown(name))?;
            queue.push(feature.to_string());
        }
        while let Some(name) = queue.pop() {
            queue.extend(self.features[&name].selects.iter().cloned());
            if !selection.insert(name.clone()) {
                continue;
            }
        }
        for name in &selection {
            for need in &self.features[name].needs {
                if !selection.contains(need) {
                    return Err(format!("{name} needs {need}, which is not selected"));
                }
            }
        }
        Ok(selection)
    }

    fn unknown(&self, name: &str) -> String {
        let near = self
            .features
            .keys()
            .filter(|known| known.starts_with(name) || name.starts_with(known.as_str()))
            .take(4)
            .cloned()
            .collect::<Vec<_>>();
        if near.is_empty() {
            format!("unknown applet or option {name:?} (see features.toml)")
        } else {
            format!("unknown applet or option {name:?}; did you mean {}?", near.join(", "))
        }
    }

    /// Where the source of an applet's module is: a file, or the `mod.rs` of a folder.
    pub fn source(&self, family: &str, module: &str) -> PathBuf {
        let folder = self.root.join("applets").join(family).join("src");
        let file = folder.join(format!("{module}.rs"));
        if file.exists() { file } else { folder.join(module).join("mod.rs") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Features, String> {
        Features::parse(text, Path::new("/"))
    }

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    const SMALL: &str = r#"
        [core]
        summary = "x"
        applets.ls = { path = "bin", selects = ["color"] }
        applets."[" = { path = "usr/bin", module = "test", feature = "test" }
        applets.test = { path = "usr/bin" }
        applets.off = { path = "bin", default = false, needs = ["ls"] }
        options.color = { summary = "colours" }
    "#;

    #[test]
    fn resolves() {
        let all = parse(SMALL).unwrap();
        assert_eq!(all.defaults(), set(&["ls", "test", "color"]));
        assert_eq!(all.resolve(&set(&["ls"])).unwrap(), set(&["ls", "color"]));
        assert_eq!(all.resolve(&set(&["["])).unwrap(), set(&["test"]));
        assert_eq!(all.resolve(&set(&["off"])).unwrap_err(), "off needs ls, which is not selected");
        assert!(all.resolve(&set(&["lss"])).unwrap_err().contains("did you mean ls"));
    }

    #[test]
    fn refuses_nonsense() {
        let circle =
            "[a]\nsummary=''\napplets.x={path='bin',selects=['y']}\napplets.y={path='bin',needs=['x']}";
        assert!(parse(circle).unwrap_err().contains("circular dependency: x -> y -> x"));
        assert!(parse("[a]\nsummary=''\napplets.x={path='opt'}").unwrap_err().contains("opt is none of"));
        assert!(
            parse("[a]\nsummary=''\napplets.x={path='bin',needs=['q']}").unwrap_err().contains("names q")
        );
    }
}
