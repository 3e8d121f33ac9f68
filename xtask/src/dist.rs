//! The distribution build: a static, position-independent, hardened binary without the standard library's weight.
//!
//! Each flag's worth is in docs/design.md.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::toolchain::{self, Arch, Toolchain};

/// What to build and where to put it.
pub struct Build {
    pub arch: Arch,
    pub features: BTreeSet<String>,
    /// The finished binary.
    pub output: PathBuf,
    /// With line tables, for `weigh`; what is to be given away has none.
    pub lines: bool,
}

/// The flags of the Rust compiler and the linker.
fn flags(toolchain: &Toolchain, build: &Build, folder: &Path) -> Vec<String> {
    let mut flags: Vec<String> = [
        "--cfg=cairn_dist",
        "-Zunstable-options",
        // No message, no unwinding, no formatting of positions: a panic is a bug, and aborts.
        "-Cpanic=immediate-abort",
        "-Zfmt-debug=none",
        "-Zlocation-detail=none",
        "-Cforce-unwind-tables=no",
        // Static-PIE, linked directly: the files of the C library are named below.
        "-Crelocation-model=pie",
        "-Ctarget-feature=+crt-static",
        "-Clink-self-contained=no",
        "-Clink-arg=-pie",
        "-Clink-arg=--no-dynamic-linker",
        "-Clink-arg=-ztext",
        "-Clinker-flavor=ld.lld",
        // Relocations packed into a bitmap; our own first instructions unpack them (lib/sys/src/bare.rs).
        "-Clink-arg=-zpack-relative-relocs",
        "-Clink-arg=--entry=cairn_start",
        "-Clink-arg=-znoexecstack",
        "-Clink-arg=-zrelro",
        "-Clink-arg=-znow",
        "-Clink-arg=--no-eh-frame-hdr",
        "-Clink-arg=--build-id=none",
    ]
    .map(String::from)
    .to_vec();
    let arch = build.arch;
    // Code that was folded would have the lines of one of its sources only.
    let at_link: &[&str] = if build.lines {
        &["-Clink-arg=--icf=none"]
    } else {
        &["-Clink-arg=--icf=all", "-Clink-arg=--strip-all"]
    };
    flags.extend(at_link.iter().map(|flag| flag.to_string()));
    flags.push(format!("-Clinker={}", toolchain.linker.display()));
    flags.push(format!("-Clink-arg=-Map={}", folder.join(format!("cairn-{}.map", arch.name)).display()));
    let musl = toolchain.musl.display();
    for object in ["rcrt1.o", "crti.o", "libc.a", "crtn.o"] {
        flags.push(format!("-Clink-arg={musl}/{object}"));
    }
    if arch.name == "aarch64" {
        // The outlined atomics' helpers would ask the C library of gcc.
        flags.push("-Ctarget-feature=-outline-atomics".into());
    }
    flags
}

/// Flags of the one step that turns everything into machine code. The defaults of LLVM weigh speed: for inlining, for
/// splitting live ranges, for merging the ends of branches, for keeping constants and loads in registers over a loop.
/// Given to every crate they would inline too early.
const LINK_TIME: [&str; 6] = [
    "-Cforce-frame-pointers=yes",
    "-Cllvm-args=-inline-call-penalty=10",
    "-Cllvm-args=-split-spill-mode=size",
    "-Cllvm-args=-tail-merge-size=2",
    "-Cllvm-args=-disable-machine-licm",
    "-Cllvm-args=-enable-load-pre=false",
];

/// Where distribution builds keep what they build, and the linker's map.
pub fn folder(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from).unwrap_or(root.join("target")).join("dist")
}

/// Builds, and prints the size of what came out.
pub fn run(root: &Path, build: &Build) -> Result<(), String> {
    let out = root.join("out");
    std::fs::create_dir_all(&out).map_err(|e| format!("{}: {e}", out.display()))?;
    let toolchain = toolchain::prepare(build.arch, &out)?;
    let mut folder = folder(root);
    if build.lines {
        folder.push("lines");
    }
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let features = build.features.iter().cloned().collect::<Vec<_>>().join(",");
    let mut command = Command::new(&toolchain.cargo);
    command
        .current_dir(root)
        .args(["rustc", "--release", "--package", "cairn", "--bin", "cairn", "--no-default-features"])
        .args(["--features", &features])
        .args(["--target", &build.arch.target(), "-Zbuild-std=core,alloc,panic_abort"])
        .args(["-Zbuild-std-features=optimize_for_size", "--"])
        .args(LINK_TIME)
        .env("RUSTC", &toolchain.rustc)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", &folder)
        .env("CARGO_ENCODED_RUSTFLAGS", flags(&toolchain, build, &folder).join("\x1f"));
    if build.lines {
        command.env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only");
    }
    // A wrapping cargo (rustup's) would hand its own choices on.
    for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTFLAGS", "RUSTC_WRAPPER"] {
        command.env_remove(name);
    }
    let status = command.status().map_err(|e| format!("{}: {e}", toolchain.cargo.display()))?;
    if !status.success() {
        return Err("the build failed".into());
    }
    let built = folder.join(build.arch.target()).join("release/cairn");
    // Replaced, not written over: it may be running.
    let fresh = build.output.with_extension("new");
    std::fs::copy(&built, &fresh).map_err(|e| format!("{}: {e}", built.display()))?;
    std::fs::rename(&fresh, &build.output).map_err(|e| format!("{}: {e}", build.output.display()))?;
    let size = std::fs::metadata(&build.output).map(|data| data.len()).unwrap_or(0);
    println!("{}: {size} bytes", build.output.strip_prefix(root).unwrap_or(&build.output).display());
    Ok(())
}
