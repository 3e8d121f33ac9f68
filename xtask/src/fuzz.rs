//! `cargo xtask fuzz`: builds the targets of `fuzz/` and runs them one after the other, each for some seconds.
//!
//! The stable compiler can instrument code for libFuzzer once it is allowed to (`RUSTC_BOOTSTRAP`); nothing but cargo and
//! a C++ compiler (for libFuzzer itself) is needed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::toolchain::Arch;

/// Counters and compared values for libFuzzer.
const FLAGS: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
    "--cfg=fuzzing",
];
const ADDRESS_SANITIZER: &str = "-Zsanitizer=address";
/// How long each target runs unless told.
const SECONDS: u32 = 10;

/// What the command line asks for.
pub struct Job {
    /// All targets without a name.
    target: Option<String>,
    seconds: u32,
}

impl Job {
    /// Reads `[TARGET] [--seconds N]`; an empty N, as make passes on what was left out, is none.
    pub fn parse(args: &[&str]) -> Result<Job, String> {
        let mut job = Job { target: None, seconds: SECONDS };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match *arg {
                "--seconds" => {
                    let value = args.next().ok_or("--seconds needs a value")?;
                    if !value.is_empty() {
                        job.seconds =
                            value.parse().map_err(|_| format!("--seconds: {value:?} is no number"))?;
                    }
                }
                name if !name.starts_with('-') && job.target.is_none() => job.target = Some(name.to_string()),
                _ => return Err(format!("fuzz: unknown argument {arg:?}")),
            }
        }
        Ok(job)
    }
}

/// The names of the targets: the files of `fuzz/fuzz_targets`.
fn targets(folder: &Path) -> Result<Vec<String>, String> {
    let entries = fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|entry| Some(entry.path().file_stem()?.to_str()?.to_string()))
        .collect();
    names.sort();
    Ok(names)
}

/// The compiler's address sanitizer, if it came with one.
fn has_address_sanitizer(triple: &str) -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let Ok(output) = Command::new(rustc).args(["--print", "target-libdir", "--target", triple]).output()
    else {
        return false;
    };
    let folder = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    fs::read_dir(folder).is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().ends_with("_rt.asan.a"))
    })
}

/// Builds the targets; the folder of the programs.
fn build(fuzz: &Path, target: Option<&str>) -> Result<PathBuf, String> {
    let output = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| fuzz.join("target"), PathBuf::from);
    let triple = format!("{}-unknown-linux-gnu", Arch::host()?.name);
    let mut flags = FLAGS.to_vec();
    if has_address_sanitizer(&triple) {
        flags.push(ADDRESS_SANITIZER);
    }
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // With --target the flags do not reach build scripts.
    cargo.args(["build", "--quiet", "--release", "--target", &triple]).current_dir(fuzz);
    match target {
        Some(name) => cargo.args(["--bin", name]),
        None => cargo.arg("--bins"),
    };
    cargo.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_DIR", &output);
    cargo.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    match cargo.status() {
        Ok(status) if status.success() => Ok(output.join(triple).join("release")),
        Ok(status) => Err(format!("the fuzz targets do not build ({status})")),
        Err(error) => Err(format!("cargo: {error}")),
    }
}

/// One target, as it is run.
struct Run<'a> {
    name: &'a str,
    program: PathBuf,
    fuzz: &'a Path,
    /// Its `TMPDIR`, removed afterwards.
    scratch: &'a Path,
}

impl Run<'_> {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("TMPDIR", self.scratch).stdin(Stdio::null());
        command
    }

    /// Fuzzes; whether it found nothing.
    fn fuzz(&self, seconds: u32) -> Result<bool, String> {
        let (corpus, artifacts) = (self.fuzz.join("corpus").join(self.name), self.fuzz.join("artifacts"));
        for folder in [&corpus, &artifacts] {
            fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        }
        let prefix = format!("{}/{}-", artifacts.display(), self.name);
        let before = found(&artifacts, self.name);
        let mut command = self.command();
        command
            .arg(&corpus)
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-artifact_prefix={prefix}"));
        // Applets' own complaints go nowhere; libFuzzer keeps a descriptor for its report.
        command.args(["-close_fd_mask=3", "-rss_limit_mb=2048", "-timeout=10", "-max_len=512"]);
        let dictionary = self.fuzz.join("dictionaries").join(format!("{}.dict", self.name));
        if dictionary.exists() {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        let output = command.output().map_err(|e| format!("{}: {e}", self.program.display()))?;
        let report = String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            let end = report.lines().rfind(|line| line.starts_with("Done")).unwrap_or("Done");
            println!("{:10} {end}", self.name);
            return Ok(true);
        }
        println!("{:10} FAILED ({})", self.name, output.status);
        let new: Vec<PathBuf> =
            found(&artifacts, self.name).into_iter().filter(|file| !before.contains(file)).collect();
        if new.is_empty() {
            println!("{report}");
        }
        for file in new {
            self.explain(&file)?;
        }
        Ok(false)
    }

    /// Runs the input again that broke it, this time with all that it says.
    fn explain(&self, file: &Path) -> Result<(), String> {
        let output = self.command().arg(file).output().map_err(|e| format!("{}: {e}", file.display()))?;
        let report = String::from_utf8_lossy(&output.stderr);
        let told =
            report.lines().skip_while(|line| !line.contains("panicked at") && !line.contains("ERROR:"));
        for line in told.take(40) {
            println!("    {line}");
        }
        println!("    input: {}", file.display());
        println!("    again: {} {}", self.program.display(), file.display());
        Ok(())
    }
}

/// The inputs kept because they broke a target.
fn found(artifacts: &Path, name: &str) -> Vec<PathBuf> {
    let prefix = format!("{name}-");
    let entries = fs::read_dir(artifacts).into_iter().flatten().flatten().map(|entry| entry.path());
    entries
        .filter(|path| path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(&prefix)))
        .collect()
}

/// Builds and runs; an error if a target found something.
pub fn run(root: &Path, job: &Job) -> Result<(), String> {
    let fuzz = root.join("fuzz");
    let mut names = targets(&fuzz.join("fuzz_targets"))?;
    if let Some(name) = &job.target {
        if !names.contains(name) {
            return Err(format!("no fuzz target {name:?}; there are: {}", names.join(" ")));
        }
        names.retain(|known| known == name);
    }
    let programs = build(&fuzz, job.target.as_deref())?;
    let scratch = std::env::temp_dir().join(format!("cairn-fuzz-{}", std::process::id()));
    fs::create_dir_all(&scratch).map_err(|e| format!("{}: {e}", scratch.display()))?;
    let mut broken = Vec::new();
    let mut result = Ok(());
    for name in &names {
        let run = Run { name, program: programs.join(name), fuzz: &fuzz, scratch: &scratch };
        match run.fuzz(job.seconds) {
            Ok(true) => {}
            Ok(false) => broken.push(name.as_str()),
            Err(reason) => result = Err(reason),
        }
    }
    fs::remove_dir_all(&scratch).ok();
    result?;
    if broken.is_empty() { Ok(()) } else { Err(format!("fuzz targets found errors: {}", broken.join(" "))) }
}
