//! Something to test: a `PATH` full of commands, and the shell that drives them.

use anyhow::{Context, Result, bail, ensure};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A set of commands under test.
pub struct Userland {
    pub name: String,
    /// The value of `PATH`.
    pub path: OsString,
    /// The names linked to a multi-call binary; empty for a userland of many binaries.
    pub applets: Vec<String>,
    /// How much longer than usual a command may take: it runs in an emulator.
    pub patience: u32,
    shell: Shell,
    /// Keeps the links until the userland is dropped.
    _links: Option<TempDir>,
}

/// Who runs the scripts.
enum Shell {
    /// bash of the host, with those builtins disabled that are commands of the userland.
    Bash,
    /// `sh` of the userland.
    Own(PathBuf),
}

/// The regular builtins of bash that a userland has as commands.
const BUILTINS: [&str; 8] = ["echo", "printf", "test", "[", "pwd", "kill", "true", "false"];

/// Where a GNU system keeps its commands.
pub const HOST_PATH: &str = "/usr/bin:/bin:/usr/sbin:/sbin";

impl Userland {
    /// The binary under test. Its own `sh` runs the scripts when it has one and `CAIRN_TEST_SH` is not `host`.
    pub fn cairn() -> Result<Userland> {
        let binary = crate::binary();
        let binary = binary.canonicalize().with_context(|| {
            format!("{}: no binary to test: build it (`make`) or set CAIRN_BIN", binary.display())
        })?;
        let runner = std::env::var("CAIRN_RUNNER").ok().filter(|r| !r.is_empty());
        let userland = Userland::linked("cairn", &binary, runner.as_deref())?;
        let own = userland.has("sh") && std::env::var_os("CAIRN_TEST_SH").is_none_or(|v| v != "host");
        if own { userland.driven_by_own_shell() } else { Ok(userland) }
    }

    /// A multi-call binary under the names that it lists.
    pub fn linked(name: &str, binary: &Path, runner: Option<&str>) -> Result<Userland> {
        let applets = list(binary, runner)?;
        let links = tempfile::Builder::new().prefix("cairn-links-").tempdir()?;
        fs::set_permissions(links.path(), fs::Permissions::from_mode(0o755))?;
        // A copy: the repository may be where other users, whom some tests become, cannot go.
        let binary = &copy(binary, &links.path().join(".binary"))?;
        // Found now: the PATH of a test holds nothing but the links.
        let runner = runner
            .map(|name| located(name).with_context(|| format!("{name}: no such runner")))
            .transpose()?;
        for applet in &applets {
            let link = links.path().join(applet);
            match &runner {
                None => symlink(binary, &link)?,
                Some(runner) => {
                    let (runner, binary) = (runner.display(), binary.display());
                    let script = format!("#!/bin/sh\nexec '{runner}' -0 '{applet}' '{binary}' \"$@\"\n");
                    fs::write(&link, script)?;
                    fs::set_permissions(&link, fs::Permissions::from_mode(0o755))?;
                }
            }
        }
        let path = links.path().as_os_str().to_owned();
        Ok(Userland {
            name: name.into(),
            path,
            applets,
            patience: if runner.is_some() { 10 } else { 1 },
            shell: Shell::Bash,
            _links: Some(links),
        })
    }

    /// The commands of this machine.
    pub fn host(name: &str) -> Userland {
        Userland {
            name: name.into(),
            path: HOST_PATH.into(),
            applets: Vec::new(),
            patience: 1,
            shell: Shell::Bash,
            _links: None,
        }
    }

    /// The commands of this machine, with another program under one of the names.
    pub fn host_with(name: &str, command: &str, program: &Path) -> Result<Userland> {
        let links = tempfile::Builder::new().prefix("cairn-links-").tempdir()?;
        fs::set_permissions(links.path(), fs::Permissions::from_mode(0o755))?;
        symlink(program, links.path().join(command))?;
        let mut path = links.path().as_os_str().to_owned();
        path.push(":");
        path.push(HOST_PATH);
        Ok(Userland {
            name: name.into(),
            path,
            applets: Vec::new(),
            patience: 1,
            shell: Shell::Bash,
            _links: Some(links),
        })
    }

    /// From now on the userland's own `sh` runs the scripts.
    pub fn driven_by_own_shell(mut self) -> Result<Userland> {
        self.shell = Shell::Own(self.find("sh").with_context(|| format!("{} has no sh", self.name))?);
        Ok(self)
    }

    /// Where the command of that name is.
    pub fn find(&self, command: &str) -> Option<PathBuf> {
        std::env::split_paths(&self.path).map(|folder| folder.join(command)).find(|path| path.exists())
    }

    pub fn has(&self, command: &str) -> bool {
        self.find(command).is_some()
    }

    /// `sh -c script` of this userland, in a clean environment.
    pub fn script(&self, script: &[u8]) -> Command {
        use std::os::unix::ffi::OsStrExt;
        let mut command = match &self.shell {
            Shell::Own(shell) => {
                let mut command = Command::new(shell);
                command.arg0("sh").arg("-c").arg(OsStr::from_bytes(script));
                command
            }
            Shell::Bash => {
                let builtins = BUILTINS.into_iter().filter(|name| self.has(name));
                let builtins = builtins.collect::<Vec<_>>().join(" ");
                // On the script's first line, to leave its line numbers as they are.
                let mut text = if builtins.is_empty() {
                    Vec::new()
                } else {
                    format!("enable -n {builtins}; ").into_bytes()
                };
                text.extend_from_slice(script);
                let mut command = Command::new("/bin/bash");
                command.args(["--norc", "--noprofile", "--posix", "-c"]).arg(OsStr::from_bytes(&text));
                command
            }
        };
        command.arg("sh");
        self.environment(&mut command);
        command
    }

    /// One command of this userland, in a clean environment.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.find(name).unwrap_or_else(|| name.into()));
        command.arg0(name);
        self.environment(&mut command);
        command
    }

    fn environment(&self, command: &mut Command) {
        command.env_clear().env("PATH", &self.path).env("LC_ALL", "C").env("TZ", "UTC0").stdin(Stdio::null());
    }
}

/// The program of that name in this process's own PATH.
fn located(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_else(|| HOST_PATH.into());
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Copies a program that is to be run. Another process does it: a descriptor that this one had open for writing could be
/// inherited by what another thread starts at that moment, and the copy would be busy (ETXTBSY).
pub fn copy_program(from: &Path, to: &Path) -> Result<()> {
    let status = Command::new("cp").arg(from).arg(to).status().context("cp")?;
    ensure!(status.success(), "cp {} {}: {status}", from.display(), to.display());
    Ok(())
}

fn copy(binary: &Path, folder: &Path) -> Result<PathBuf> {
    let copy = folder.join(binary.file_name().unwrap_or_default());
    fs::create_dir(folder)?;
    copy_program(binary, &copy)?;
    for path in [folder, &copy] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(copy)
}

/// The applets of a multi-call binary: cairn and BusyBox list them for `--list`, toybox when called without arguments.
fn list(binary: &Path, runner: Option<&str>) -> Result<Vec<String>> {
    let ask = |name: &str, arguments: &[&str]| -> Result<Vec<String>> {
        let mut command = match runner {
            None => Command::new(binary),
            Some(runner) => Command::new(runner),
        };
        match runner {
            None => command.arg0(name),
            Some(_) => command.args(["-0", name]).arg(binary),
        };
        let output = command
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .with_context(|| binary.display().to_string())?;
        let text = String::from_utf8_lossy(&output.stdout);
        let words: Vec<String> = text.split_whitespace().map(Into::into).collect();
        let plausible = words.len() > 1 && words.iter().all(|w| !w.contains(['/', '\'']));
        if !output.status.success() || !plausible {
            bail!("{} {}: no list of applets", binary.display(), arguments.join(" "));
        }
        Ok(words)
    };
    let own = binary.file_name().unwrap_or_default().to_string_lossy();
    ask(&own, &["--list"]).or_else(|_| ask("busybox", &["--list"])).or_else(|_| ask("toybox", &[]))
}
