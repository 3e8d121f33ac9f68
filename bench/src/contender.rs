//! Who takes part: a folder of commands and its name.

use anyhow::{Context, Result};
use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const HOST_PATH: &str = "/usr/bin:/bin:/usr/sbin:/sbin";

pub struct Contender {
    pub name: &'static str,
    /// The value of PATH.
    pub path: OsString,
    /// What `$OUT` is for this contender.
    pub scratch: PathBuf,
    /// Keeps the links.
    _links: Option<TempDir>,
}

impl Contender {
    pub fn find(&self, command: &str) -> Option<PathBuf> {
        std::env::split_paths(&self.path).map(|folder| folder.join(command)).find(|path| path.exists())
    }
}

/// cairn first, then those it is measured against; `with_mawk`: also the faster of the host's two versions of awk.
pub fn all(data: &Path, with_toybox: bool, with_mawk: bool) -> Result<Vec<Contender>> {
    let cairn = std::env::var_os("CAIRN_BIN").map_or_else(|| workspace().join("out/cairn"), PathBuf::from);
    let mut all = vec![linked("cairn", &cairn, &["--list"], data)?];
    all.push(Contender { name: "gnu", path: HOST_PATH.into(), scratch: scratch(data, "gnu")?, _links: None });
    all.push(linked("busybox", &host("busybox")?, &["--list"], data)?);
    if with_toybox {
        all.push(linked("toybox", &host("toybox")?, &[], data)?);
    }
    if with_mawk && let Ok(mawk) = host("mawk") {
        let links = folder_of_links()?;
        symlink(mawk, links.path().join("awk"))?;
        let path = links.path().as_os_str().to_owned();
        all.push(Contender { name: "mawk", path, scratch: scratch(data, "mawk")?, _links: Some(links) });
    }
    Ok(all)
}

fn folder_of_links() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("cairn-bench-links-").tempdir()?)
}

pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/"))
}

fn host(command: &str) -> Result<PathBuf> {
    let mut folders = std::env::split_paths(HOST_PATH).map(|folder| folder.join(command));
    folders.find(|path| path.exists()).with_context(|| format!("no {command} on this machine"))
}

fn scratch(data: &Path, name: &str) -> Result<PathBuf> {
    let folder = data.join(format!("out-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A multi-call binary, linked under all its names.
fn linked(name: &'static str, binary: &Path, list: &[&str], data: &Path) -> Result<Contender> {
    let binary = binary
        .canonicalize()
        .with_context(|| format!("{}: build it (`make`) or set CAIRN_BIN", binary.display()))?;
    let output = Command::new(&binary).args(list).output().with_context(|| binary.display().to_string())?;
    let links = folder_of_links()?;
    for applet in String::from_utf8(output.stdout)?.split_whitespace() {
        symlink(&binary, links.path().join(applet))?;
    }
    let path = links.path().as_os_str().to_owned();
    Ok(Contender { name, path, scratch: scratch(data, name)?, _links: Some(links) })
}
