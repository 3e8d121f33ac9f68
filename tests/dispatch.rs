//! How the binary finds an applet: by the name it is called by, by its first argument; and what it says of itself.

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Arguments, Completion, Trial};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode, Output};

fn main() -> ExitCode {
    let emulated = std::env::var_os("CAIRN_RUNNER").is_some();
    let trial = |name, test: fn() -> Result<()>| {
        Trial::ignorable_test(name, move || {
            if emulated {
                return Ok(Completion::ignored_with("runs under an emulator"));
            }
            test().map_err(|e| format!("{e:#}"))?;
            Ok(Completion::Completed)
        })
    };
    let trials = vec![
        trial("list_is_sorted_and_complete", list_is_sorted_and_complete),
        trial("list_full_names_folders", list_full_names_folders),
        trial("install_symbolic_links", install_symbolic_links),
        trial("install_hard_links", install_hard_links),
        trial("install_reports_a_failure", install_reports_a_failure),
        trial("unknown_applet_is_127", unknown_applet_is_127),
        trial("busybox_lists_its_functions", busybox_lists_its_functions),
        trial("applet_as_first_argument", applet_as_first_argument),
        trial("called_by_link", called_by_link),
        trial("called_with_a_path", called_with_a_path),
        trial("login_dash_is_stripped", login_dash_is_stripped),
        trial("no_argument_vector", no_argument_vector),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Runs the binary with this `argv[0]`.
fn call(argv0: &str, arguments: &[&str]) -> Result<Output> {
    let binary = cairn_tests::binary();
    let mut command = Command::new(&binary);
    command.arg0(argv0).args(arguments).env_clear().env("LC_ALL", "C").env("TZ", "UTC0");
    command.output().with_context(|| binary.display().to_string())
}

fn own_name() -> String {
    cairn_tests::binary().file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What a successful call prints.
fn text(argv0: &str, arguments: &[&str]) -> Result<String> {
    let output = call(argv0, arguments)?;
    ensure!(output.status.success() && output.stderr.is_empty(), "{argv0} {arguments:?}: {output:?}");
    Ok(String::from_utf8(output.stdout)?)
}

fn applets() -> Result<Vec<String>> {
    Ok(text(&own_name(), &["--list"])?.lines().map(Into::into).collect())
}

fn list_is_sorted_and_complete() -> Result<()> {
    let applets = applets()?;
    ensure!(applets.is_sorted(), "not sorted");
    ensure!(applets.iter().collect::<BTreeSet<_>>().len() == applets.len(), "a name twice");
    for name in ["cat", "true"] {
        ensure!(applets.iter().any(|a| a == name), "no {name}");
    }
    Ok(())
}

fn list_full_names_folders() -> Result<()> {
    let full = text(&own_name(), &["--list-full"])?;
    let mut names = Vec::new();
    for line in full.lines() {
        ensure!(!line.starts_with('/'), "{line}: relative to the root, without a leading slash");
        let (folder, name) = line.rsplit_once('/').unwrap_or(("", line));
        ensure!(["", "bin", "sbin", "usr/bin", "usr/sbin"].contains(&folder), "{line}: strange folder");
        names.push(name);
    }
    names.sort_unstable();
    ensure!(names == applets()?, "not the same names as --list");
    Ok(())
}

fn install_symbolic_links() -> Result<()> {
    let folder = tempfile::tempdir()?;
    install(folder.path(), &["--install", "-s"])?;
    for applet in applets()? {
        let path = folder.path().join(&applet);
        let target = fs::read_link(&path).with_context(|| applet.clone())?;
        ensure!(
            target.is_absolute() && target.canonicalize()? == cairn_tests::binary().canonicalize()?,
            "{applet} -> {target:?}"
        );
    }
    let output = Command::new(folder.path().join("true")).output()?;
    ensure!(output.status.success(), "true: {output:?}");
    Ok(())
}

fn install_hard_links() -> Result<()> {
    // Hard links stay in one file system: install a copy of the binary there.
    let folder = tempfile::tempdir()?;
    let binary = folder.path().join(own_name());
    cairn_tests::userland::copy_program(&cairn_tests::binary(), &binary)?;
    let links = folder.path().join("links");
    fs::create_dir(&links)?;
    let output = Command::new(&binary).arg("--install").arg(&links).output()?;
    ensure!(output.status.success() && output.stderr.is_empty(), "--install: {output:?}");
    let inode = fs::metadata(&binary)?.ino();
    for applet in applets()? {
        ensure!(
            fs::symlink_metadata(links.join(&applet))?.ino() == inode,
            "{applet} is no hard link to the binary"
        );
    }
    Ok(())
}

fn install_reports_a_failure() -> Result<()> {
    let output = call(&own_name(), &["--install", "-s", "/dev/null/folder"])?;
    ensure!(!output.stderr.is_empty(), "no message");
    ensure!(!output.status.success(), "status 0 though nothing could be installed");
    Ok(())
}

fn install(folder: &Path, arguments: &[&str]) -> Result<()> {
    let output = Command::new(cairn_tests::binary()).args(arguments).arg(folder).output()?;
    ensure!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {output:?}");
    Ok(())
}

fn unknown_applet_is_127() -> Result<()> {
    for (argv0, arguments) in
        [(own_name().as_str(), &["nosuch"][..]), ("nosuch", &[]), ("/bin/nosuch", &["x"])]
    {
        let output = call(argv0, arguments)?;
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(
            output.status.code() == Some(127) && output.stdout.is_empty(),
            "{argv0} {arguments:?}: {output:?}"
        );
        ensure!(message == "nosuch: applet not found\n", "{argv0} {arguments:?}: {message:?}");
    }
    Ok(())
}

/// Scripts cut the names out of this text.
fn busybox_lists_its_functions() -> Result<()> {
    let about = text("busybox", &[])?;
    let (_, functions) =
        about.split_once("Currently defined functions:\n").context("no `Currently defined functions:`")?;
    let names = functions.split(',').map(|n| n.trim().to_string()).collect::<Vec<_>>();
    ensure!(names == applets()?, "not the names of --list: {functions}");
    for line in functions.lines() {
        ensure!(line.starts_with(['\t', ' ']), "not indented: {line:?}");
        ensure!(line.trim_start().len() <= 78, "not wrapped: {line:?}");
    }
    Ok(())
}

fn applet_as_first_argument() -> Result<()> {
    for name in [own_name().as_str(), "busybox"] {
        ensure!(text(name, &["basename", "/a/b"])? == "b\n", "{name} basename");
        ensure!(call(name, &["false"])?.status.code() == Some(1), "{name} false");
    }
    Ok(())
}

fn called_by_link() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let link = folder.path().join("basename");
    symlink(cairn_tests::binary().canonicalize()?, &link)?;
    let output = Command::new(&link).arg("/a/b").output()?;
    ensure!(output.stdout == b"b\n" && output.status.success(), "{output:?}");
    Ok(())
}

fn called_with_a_path() -> Result<()> {
    ensure!(text("/usr/bin/basename", &["/a/b"])? == "b\n");
    ensure!(text("../basename", &["/a/b"])? == "b\n");
    Ok(())
}

fn login_dash_is_stripped() -> Result<()> {
    ensure!(text("-basename", &["/a/b"])? == "b\n");
    Ok(())
}

/// Linux starts a program without arguments with an empty `argv[0]`: it must not crash on it.
fn no_argument_vector() -> Result<()> {
    let output = call("", &[])?;
    ensure!(output.status.code().is_some(), "{output:?}");
    Ok(())
}
