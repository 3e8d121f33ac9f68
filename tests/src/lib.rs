//! Black-box tests of the built cairn binary, and the tools around them.
//!
//! Nothing here looks inside cairn: a binary is linked under its applets' names, run, and watched.
//!
//! - [`transcript`] reads `tests/<family>/<applet>.test`; `README.md` beside `Cargo.toml` describes the format.
//! - [`userland`] is something to test: a `PATH` and a shell (cairn, GNU, BusyBox, toybox ...).
//! - [`run`] runs one command in a folder of its own, with a time limit; [`pty`] does so on a terminal.
//! - [`block`] runs one block of a transcript in a userland; [`judge`] compares what came out with what was expected.
//! - [`elf`] and [`jail`] serve the tests of hardening and robustness.

pub mod block;
pub mod elf;
pub mod jail;
pub mod judge;
pub mod pty;
pub mod run;
pub mod transcript;
pub mod userland;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The root of the repository.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/"))
}

/// The binary under test: `$CAIRN_BIN`, or `out/cairn` of the repository.
pub fn binary() -> PathBuf {
    std::env::var_os("CAIRN_BIN").map_or_else(|| workspace().join("out/cairn"), PathBuf::from)
}

/// What a `main` makes of its result: an error is one line on standard error, without a backtrace.
pub fn exit(result: anyhow::Result<ExitCode>) -> ExitCode {
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}
