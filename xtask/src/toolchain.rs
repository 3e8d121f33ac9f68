//! Finds what a distribution build needs, and says what is missing.
//!
//! Debian's own packages are enough; elsewhere rustup's toolchain with the component `rust-src` and the musl target.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A processor that binaries are built for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Arch {
    /// As `uname -m` says it.
    pub name: &'static str,
    /// As Debian calls it.
    pub debian: &'static str,
}

impl Arch {
    const ALL: [Arch; 2] =
        [Arch { name: "x86_64", debian: "amd64" }, Arch { name: "aarch64", debian: "arm64" }];

    /// By its name; `arm64` and `amd64` are understood.
    pub fn find(name: &str) -> Result<Arch, String> {
        let known = Arch::ALL.into_iter().find(|arch| arch.name == name || arch.debian == name);
        known.ok_or_else(|| format!("cannot build for {name:?}: known are x86_64 and aarch64"))
    }

    /// The processor this runs on.
    pub fn host() -> Result<Arch, String> {
        Arch::find(std::env::consts::ARCH)
    }

    /// Rust's name of the target.
    pub fn target(self) -> String {
        format!("{}-unknown-linux-musl", self.name)
    }
}

/// What was found.
pub struct Toolchain {
    pub cargo: PathBuf,
    pub rustc: PathBuf,
    pub linker: PathBuf,
    /// The folder that holds `rcrt1.o` and `libc.a`.
    pub musl: PathBuf,
}

fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.exists())
}

fn output(program: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// A Rust compiler whose standard library's source is installed.
fn complete_rust(folder: Option<&str>) -> Option<(PathBuf, PathBuf, PathBuf)> {
    let tool = |name: &str| match folder {
        Some(folder) => Some(PathBuf::from(folder).join(name)).filter(|file| file.exists()),
        None => in_path(name),
    };
    let (cargo, rustc) = (tool("cargo")?, tool("rustc")?);
    let sysroot = PathBuf::from(output(&rustc, &["--print", "sysroot"])?);
    sysroot.join("lib/rustlib/src/rust/library/core/src/lib.rs").exists().then_some((cargo, rustc, sysroot))
}

fn musl_folder(arch: Arch, sysroot: &Path, out: &Path) -> Option<PathBuf> {
    let triplet = format!("{}-linux-musl", arch.name);
    let mut folders = vec![
        PathBuf::from("/usr/lib").join(&triplet),
        out.join("sysroot").join(arch.debian).join("usr/lib").join(&triplet),
        sysroot.join("lib/rustlib").join(arch.target()).join("lib/self-contained"),
    ];
    if arch == Arch::host().unwrap_or(arch) {
        folders.push(PathBuf::from("/usr/lib"));
    }
    folders.into_iter().find(|folder| folder.join("rcrt1.o").exists() && folder.join("libc.a").exists())
}

fn find(arch: Arch, out: &Path) -> Result<Toolchain, Vec<&'static str>> {
    let mut missing = Vec::new();
    let rust = complete_rust(Some("/usr/bin")).or_else(|| complete_rust(None));
    let linker = ["ld.lld-19", "ld.lld", "ld.lld-20", "ld.lld-21"].iter().find_map(|name| in_path(name));
    if rust.is_none() {
        missing.extend(["rustc-web", "cargo-web", "rust-web-src"]);
    }
    if linker.is_none() {
        missing.push("lld-19");
    }
    let sysroot = rust.as_ref().map(|(_, _, sysroot)| sysroot.clone()).unwrap_or_default();
    let musl = musl_folder(arch, &sysroot, out);
    if musl.is_none() {
        missing.push(if arch == Arch::host().unwrap_or(arch) { "musl-dev" } else { "musl-dev:arm64" });
    }
    match (rust, linker, musl) {
        (Some((cargo, rustc, _)), Some(linker), Some(musl)) => Ok(Toolchain { cargo, rustc, linker, musl }),
        _ => Err(missing),
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|data| std::os::unix::fs::MetadataExt::uid(&data) == 0)
}

fn run(program: &str, args: &[&str], folder: &Path) -> Result<(), String> {
    eprintln!("+ {program} {}", args.join(" "));
    let status = Command::new(program).args(args).current_dir(folder).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{program} failed ({status})")),
        Err(error) => Err(format!("{program}: {error}")),
    }
}

/// Unpacks another architecture's musl below `out/sysroot`: nothing of it is installed.
fn fetch_foreign_musl(arch: Arch, out: &Path) -> Result<(), String> {
    let folder = out.join("sysroot");
    std::fs::create_dir_all(&folder).map_err(|e| e.to_string())?;
    let known = output(Path::new("dpkg"), &["--print-foreign-architectures"]).unwrap_or_default();
    if !known.lines().any(|line| line == arch.debian) {
        run("dpkg", &["--add-architecture", arch.debian], &folder)?;
        run("apt-get", &["update", "-qq"], &folder)?;
    }
    run("apt-get", &["download", &format!("musl-dev:{}", arch.debian)], &folder)?;
    let entries = std::fs::read_dir(&folder).map_err(|e| e.to_string())?;
    let package = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .find(|name| name.starts_with("musl-dev_") && name.ends_with(&format!("_{}.deb", arch.debian)))
        .ok_or("apt-get downloaded no package")?;
    run("dpkg-deb", &["-x", &package, arch.debian], &folder)
}

/// Finds the toolchain. As root on Debian installs what is missing; else says what to install.
pub fn prepare(arch: Arch, out: &Path) -> Result<Toolchain, String> {
    let missing = match find(arch, out) {
        Ok(toolchain) => return Ok(toolchain),
        Err(missing) => missing,
    };
    let on_debian = Path::new("/etc/debian_version").exists();
    if !on_debian || !is_root() {
        let advice = if on_debian {
            format!("as root: apt-get install {}", missing.join(" "))
        } else {
            format!("rustup component add rust-src; rustup target add {}; and install lld", arch.target())
        };
        return Err(format!("the toolchain is not complete; {advice}"));
    }
    let (foreign, packages): (Vec<&str>, Vec<&str>) = missing.iter().partition(|name| name.contains(':'));
    if !packages.is_empty() {
        run("apt-get", &["update", "-qq"], Path::new("/"))?;
        let mut args = vec!["install", "-y", "-qq", "--no-install-recommends"];
        args.extend(packages);
        run("apt-get", &args, Path::new("/"))?;
    }
    if !foreign.is_empty() {
        fetch_foreign_musl(arch, out)?;
    }
    find(arch, out).map_err(|missing| format!("still missing after installation: {}", missing.join(" ")))
}
