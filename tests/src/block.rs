//! Runs one block of a transcript.

use crate::run::{self, Outcome};
use crate::transcript::Block;
use crate::userland::Userland;
use crate::{jail, pty};
use anyhow::{Context, Result};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// Where blocks run: each gets an empty folder `work`, with a hidden sibling for HOME and TMPDIR.
pub struct Scratch {
    root: TempDir,
    count: AtomicUsize,
}

impl Scratch {
    pub fn new() -> Result<Scratch> {
        let root = tempfile::Builder::new().prefix("cairn-tests-").tempdir()?;
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755))?;
        Ok(Scratch { root, count: AtomicUsize::new(0) })
    }

    /// Two new folders: to work in, and for HOME and TMPDIR. Removed when dropped.
    pub fn folder(&self) -> Result<Folder> {
        let base = self.root.path().join(self.count.fetch_add(1, Ordering::Relaxed).to_string());
        let folder = Folder { work: base.join("work"), home: base.join(".home"), base };
        for path in [&folder.base, &folder.work, &folder.home] {
            fs::create_dir(path)?;
            fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
        }
        Ok(folder)
    }
}

impl Drop for Scratch {
    /// Ends what has left its process group to live on: processes whose HOME is in this folder.
    fn drop(&mut self) {
        let home = format!("HOME={}/", self.root.path().display()).into_bytes();
        let ours = |environ: &[u8]| environ.split(|&b| b == 0).any(|variable| variable.starts_with(&home));
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            if fs::read(entry.path().join("environ")).is_ok_and(|environ| ours(&environ)) {
                // SAFETY: plain system call.
                unsafe { libc::kill(pid, libc::SIGKILL) };
            }
        }
    }
}

/// The folders of one block.
pub struct Folder {
    base: PathBuf,
    pub work: PathBuf,
    pub home: PathBuf,
}

impl Drop for Folder {
    fn drop(&mut self) {
        remove(&self.base);
    }
}

/// Removes a tree whatever its permissions are.
fn remove(folder: &Path) {
    let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            remove(&entry.path());
        } else {
            let _ = fs::remove_file(entry.path());
        }
    }
    let _ = fs::remove_dir(folder);
}

/// Why this block cannot run here, if so.
pub fn skipped(block: &Block) -> Option<&str> {
    // SAFETY: cannot fail.
    let root = unsafe { libc::geteuid() } == 0;
    if !root && (block.directives.root || !block.directives.unshare.is_empty()) {
        return Some("needs root");
    }
    let emulated = std::env::var_os("CAIRN_RUNNER").is_some_and(|runner| !runner.is_empty());
    block.directives.skip_runner.as_deref().filter(|_| emulated)
}

/// Runs the block's script in a folder of its own.
pub fn run(block: &Block, userland: &Userland, scratch: &Scratch) -> Result<Outcome> {
    let folder = scratch.folder()?;
    let directives = &block.directives;
    let mut command = userland.script(&block.script);
    command.current_dir(&folder.work).env("HOME", &folder.home).env("TMPDIR", &folder.home);
    command.envs(directives.env.iter().map(|(name, value)| (name, value)));
    let mut namespaces = jail::namespaces(directives.unshare.iter().map(String::as_str))?;
    if directives.root {
        namespaces |= libc::CLONE_NEWNS; // What it mounts is gone with it.
    }
    // SAFETY: `unshare` makes system calls only.
    unsafe { command.pre_exec(move || jail::unshare(namespaces)) };
    let timeout = directives.timeout * userland.patience;
    if directives.tty {
        return pty::run(command, &directives.typed, timeout);
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    run::run(command, timeout).context("cannot run the shell")
}
