//! A root folder whose `/bin` is cairn, to look around in.

use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

fn told<T>(what: &Path, result: std::io::Result<T>) -> Result<T, String> {
    result.map_err(|e| format!("{}: {e}", what.display()))
}

/// The programs and libraries that the host's `sh` needs, for a root folder without a shell of its own.
fn host_shell() -> Result<Vec<PathBuf>, String> {
    let shell = told(Path::new("/bin/sh"), std::fs::canonicalize("/bin/sh"))?;
    let output = Command::new("ldd").arg(&shell).output().map_err(|e| format!("ldd: {e}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let libraries = text.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from);
    Ok(libraries.chain([shell]).collect())
}

/// Makes the root folder afresh: links for every applet, each at its own path, and a few files that commands look for.
fn make_root(root: &Path, binary: &Path) -> Result<(), String> {
    if root.exists() {
        told(root, std::fs::remove_dir_all(root))?;
    }
    for folder in
        ["bin", "sbin", "usr/bin", "usr/sbin", "etc", "proc", "sys", "dev", "root", "tmp", "var", "home"]
    {
        told(root, std::fs::create_dir_all(root.join(folder)))?;
    }
    let installed = root.join("bin/cairn");
    told(binary, std::fs::copy(binary, &installed))?;
    let output = told(binary, Command::new(binary).arg("--list-full").output())?;
    let list = String::from_utf8_lossy(&output.stdout).into_owned();
    for link in list.lines().map(|line| root.join(line)) {
        told(&link, symlink("/bin/cairn", &link))?;
    }
    let files = [
        ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
        ("etc/group", "root:x:0:\nnogroup:x:65534:\n"),
        ("etc/hostname", "cairn\n"),
    ];
    for (name, text) in files {
        told(root, std::fs::write(root.join(name), text))?;
    }
    if root.join("bin/sh").symlink_metadata().is_err() {
        for file in host_shell()? {
            let inside = root.join(file.strip_prefix("/").unwrap_or(&file));
            told(&inside, std::fs::create_dir_all(inside.parent().unwrap_or(root)))?;
            let real = told(&file, std::fs::canonicalize(&file))?;
            told(&inside, std::fs::copy(real, &inside).map(|_| ()))?;
        }
        let shell = told(Path::new("/bin/sh"), std::fs::canonicalize("/bin/sh"))?;
        told(root, symlink(shell, root.join("bin/sh")))?;
    }
    Ok(())
}

/// Runs `command` (or an interactive shell) with the root folder as its root, in namespaces of its own.
pub fn run(root: &Path, command: Option<&str>) -> Result<(), String> {
    let folder = root.join("out/root");
    make_root(&folder, &root.join("out/cairn"))?;
    let inner = command.unwrap_or("exec sh -i");
    // As root a mount namespace is enough; without, a user namespace makes us root inside.
    let script = "mount -t proc proc proc 2>/dev/null; mount --rbind /dev dev 2>/dev/null; exec chroot . /bin/sh -c \"$1\"";
    let is_root =
        std::fs::metadata("/proc/self").is_ok_and(|data| std::os::unix::fs::MetadataExt::uid(&data) == 0);
    let mut unshare = Command::new("unshare");
    unshare.args(["--mount", "--propagation", "private"]);
    if !is_root {
        unshare.args(["--user", "--map-root-user"]);
    }
    unshare.args(["sh", "-c", script, "sh", inner]).current_dir(&folder);
    unshare.env_clear().env("PATH", "/bin:/sbin:/usr/bin:/usr/sbin").env("HOME", "/root");
    unshare.env("PS1", "cairn# ").env("TERM", std::env::var_os("TERM").unwrap_or("dumb".into()));
    Err(format!("unshare: {}", unshare.exec()))
}

/// Copies the binary below `prefix` and links every applet to it.
pub fn install(root: &Path, prefix: &Path) -> Result<(), String> {
    let binary = root.join("out/cairn");
    let installed = prefix.join("bin/cairn");
    told(prefix, std::fs::create_dir_all(prefix.join("bin")))?;
    told(&installed, std::fs::copy(&binary, &installed))?;
    let output = told(&binary, Command::new(&binary).arg("--list-full").output())?;
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let link = prefix.join(line);
        told(&link, std::fs::create_dir_all(link.parent().unwrap_or(prefix)))?;
        let depth = Path::new(line).components().count() - 1;
        let _ = std::fs::remove_file(&link);
        told(&link, symlink(format!("{}bin/cairn", "../".repeat(depth)), &link))?;
    }
    println!("{}: {} commands", prefix.display(), String::from_utf8_lossy(&output.stdout).lines().count());
    Ok(())
}
