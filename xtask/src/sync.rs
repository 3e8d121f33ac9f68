//! Writes what follows from `features.toml` into the manifests: the Cargo features of the binary and of every family.

use std::collections::BTreeMap;
use std::path::Path;

use cairn_build::Features;

const BEGIN: &str = "# begin: follows from features.toml (cargo xtask sync)\n";
const END: &str = "# end\n";

/// The manifests and what should stand in them between the two marks.
pub fn expected(features: &Features) -> BTreeMap<String, String> {
    let mut manifests = BTreeMap::new();
    let quoted =
        |names: Vec<String>| names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    let mut root = format!("default = [{}]\n", quoted(features.defaults().into_iter().collect()));
    for (name, feature) in &features.features {
        let mut implied = vec![format!("dep:{}", feature.family), format!("{}/{name}", feature.family)];
        implied.extend(feature.selects.iter().cloned());
        root.push_str(&format!("{name} = [{}]\n", quoted(implied)));
    }
    manifests.insert("Cargo.toml".to_string(), root);
    for family in features.families.keys() {
        let own = || features.features.iter().filter(|(_, feature)| feature.family == *family);
        let mut text = format!("default = [{}]\n", quoted(own().map(|(name, _)| name.clone()).collect()));
        for (name, _) in own() {
            text.push_str(&format!("{name} = []\n"));
        }
        manifests.insert(format!("applets/{family}/Cargo.toml"), text);
    }
    manifests
}

/// Brings the manifests up to date, or with `check` only says which are not.
pub fn run(root: &Path, check: bool) -> Result<(), String> {
    let features = Features::load(root)?;
    for (name, wanted) in expected(&features) {
        let file = root.join(&name);
        let old = std::fs::read_to_string(&file).map_err(|e| format!("{name}: {e}"))?;
        let (head, rest) = old.split_once(BEGIN).ok_or(format!("{name}: lacks the line {BEGIN:?}"))?;
        let (_, tail) = rest.split_once(END).ok_or(format!("{name}: lacks the line {END:?}"))?;
        let new = format!("{head}{BEGIN}{wanted}{END}{tail}");
        if new == old {
            continue;
        }
        if check {
            return Err(format!("{name} does not follow from features.toml: run `cargo xtask sync`"));
        }
        std::fs::write(&file, new).map_err(|e| format!("{name}: {e}"))?;
        println!("{name}: written");
    }
    Ok(())
}
