//! What to build: a selection file of `configs/`, or a list of applets.

use std::collections::BTreeSet;
use std::path::Path;

use cairn_build::Features;
use serde::Deserialize;

/// A file of `configs/`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    /// What it is for.
    #[allow(dead_code)]
    summary: String,
    /// Names of applets and options; `default` and `family:NAME` stand for many.
    select: Vec<String>,
    /// What to leave out of it again.
    #[serde(default)]
    without: Vec<String>,
}

fn expand(features: &Features, names: &[String]) -> Result<BTreeSet<String>, String> {
    let mut set = BTreeSet::new();
    for name in names {
        if name == "default" {
            set.extend(features.defaults());
        } else if let Some(family) = name.strip_prefix("family:") {
            if !features.families.contains_key(family) {
                return Err(format!("unknown family {family:?}"));
            }
            let own = features.features.iter().filter(|(_, feature)| feature.family == family);
            set.extend(own.map(|(name, _)| name.clone()));
        } else {
            set.insert(features.feature_of(name).unwrap_or(name).to_string());
        }
    }
    Ok(set)
}

/// The features that a selection file asks for.
pub fn from_file(features: &Features, file: &Path) -> Result<BTreeSet<String>, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let told = |e: String| format!("{}: {e}", file.display());
    let config: Config = toml::from_str(&text).map_err(|e| told(e.to_string()))?;
    let mut wanted = expand(features, &config.select).map_err(told)?;
    for name in expand(features, &config.without).map_err(told)? {
        if !wanted.remove(&name) {
            return Err(told(format!("{name:?} is left out, but not selected")));
        }
    }
    features.resolve(&wanted).map_err(told)
}

/// The features that a list of applets and options asks for.
pub fn from_list(features: &Features, names: &str) -> Result<BTreeSet<String>, String> {
    let names: Vec<String> =
        names.split([' ', ',', '\n']).filter(|n| !n.is_empty()).map(String::from).collect();
    features.resolve(&expand(features, &names)?)
}
