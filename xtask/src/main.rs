//! The build's own tools; `cargo xtask` lists them. They run on the host only.

mod dist;
mod docs;
mod fuzz;
mod menu;
mod select;
mod shell;
mod size;
mod sync;
mod toolchain;
mod weigh;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cairn_build::Features;
use toolchain::Arch;

const USAGE: &str = "usage: cargo xtask COMMAND

  sync [--check]             write the Cargo features that follow from features.toml
  config [SELECTION]         print what a selection comes to, or what is wrong with it
  dist [SELECTION] [--arch ARCH] [--output FILE]
                             build the static binary (out/cairn)
  size [--check]             print what the bytes of out/cairn are; fail if it is over size-budget.toml
  weigh [SELECTION] [--part TEXT]
                             print the machine code's bytes by file, function and line, those of files with TEXT in their names
  menuconfig                 choose a selection in a menu (.config.toml)
  install --prefix DIR       install out/cairn and its links below DIR
  shell [-- COMMAND]         run a shell, or COMMAND, in a root folder whose /bin is out/cairn
  docs [--check]             write docs/applets from the applets' texts
  fuzz [TARGET] [--seconds N]
                             run the fuzz targets of fuzz/, or one, for N seconds each (10)

SELECTION is --config FILE (one of configs/), or --applets \"NAME NAME...\"; without it, the default.
";

/// The options of `config`, `dist` and `weigh`.
#[derive(Default)]
struct Options {
    config: Option<String>,
    applets: Option<String>,
    arch: Option<String>,
    output: Option<String>,
    part: Option<String>,
}

impl Options {
    /// Empty values count as not given: that is how make passes on what its user left out.
    fn parse(args: &[&str]) -> Result<Options, String> {
        let mut options = Options::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let place = match *arg {
                "--config" => &mut options.config,
                "--applets" => &mut options.applets,
                "--arch" => &mut options.arch,
                "--output" => &mut options.output,
                "--part" => &mut options.part,
                _ => return Err(format!("unknown argument {arg:?}\n{USAGE}")),
            };
            let value = args.next().ok_or(format!("{arg} needs a value"))?;
            *place = Some(value.to_string()).filter(|value| !value.is_empty());
        }
        Ok(options)
    }

    fn selection(&self) -> Result<BTreeSet<String>, String> {
        let features = Features::load(&root())?;
        match (&self.config, &self.applets) {
            (Some(_), Some(_)) => Err("a selection is a file or a list, not both".into()),
            (Some(file), None) => select::from_file(&features, Path::new(file)),
            (None, Some(names)) => select::from_list(&features, names),
            (None, None) => features.resolve(&features.defaults()),
        }
    }
}

fn dist(options: &Options) -> Result<(), String> {
    let host = Arch::host()?;
    let arch = options.arch.as_deref().map_or(Ok(host), Arch::find)?;
    let output = match &options.output {
        Some(file) => PathBuf::from(file),
        None if arch == host => root().join("out/cairn"),
        None => root().join(format!("out/cairn-{}", arch.name)),
    };
    dist::run(&root(), &dist::Build { arch, features: options.selection()?, output, lines: false })
}

fn weigh(options: &Options) -> Result<(), String> {
    let build = dist::Build {
        arch: Arch::host()?,
        features: options.selection()?,
        output: root().join("out/cairn-lines"),
        lines: true,
    };
    weigh::run(&root(), &build, options.part.as_deref().unwrap_or_default())
}

fn config(options: &Options) -> Result<(), String> {
    for name in options.selection()? {
        println!("{name}");
    }
    Ok(())
}

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args.as_slice() {
        ["sync"] => sync::run(&root(), false),
        ["sync", "--check"] => sync::run(&root(), true),
        ["docs"] => docs::run(&root(), false),
        ["docs", "--check"] => docs::run(&root(), true),
        ["fuzz", rest @ ..] => fuzz::Job::parse(rest).and_then(|job| fuzz::run(&root(), &job)),
        ["menuconfig"] => menu::run(&root()),
        ["install", "--prefix", prefix] => shell::install(&root(), Path::new(prefix)),
        ["shell"] => shell::run(&root(), None),
        ["shell", "--", command] => shell::run(&root(), Some(command)),
        ["size"] => size::run(&root(), &dist::folder(&root()), false),
        ["size", "--check"] => size::run(&root(), &dist::folder(&root()), true),
        ["config", rest @ ..] => Options::parse(rest).and_then(|options| config(&options)),
        ["weigh", rest @ ..] => Options::parse(rest).and_then(|options| weigh(&options)),
        ["dist", rest @ ..] => Options::parse(rest).and_then(|options| dist(&options)),
        _ => Err(USAGE.to_string()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {}", reason.trim_end());
            ExitCode::FAILURE
        }
    }
}
