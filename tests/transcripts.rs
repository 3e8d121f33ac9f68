//! Every block of every `tests/<family>/<applet>.test` as a test named `family/applet/title`.

use anyhow::Result;
use cairn_tests::block::{self, Scratch};
use cairn_tests::judge;
use cairn_tests::transcript::{self, Block};
use cairn_tests::userland::Userland;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use std::process::ExitCode;
use std::sync::{Arc, RwLock};

/// What all tests share.
struct Ground {
    userland: Userland,
    scratch: Scratch,
    /// Held for writing by `@ serial` blocks, for reading by all others.
    turn: RwLock<()>,
}

fn main() -> ExitCode {
    cairn_tests::exit(run_all())
}

fn run_all() -> Result<ExitCode> {
    let arguments = Arguments::from_args();
    let ground =
        Arc::new(Ground { userland: Userland::cairn()?, scratch: Scratch::new()?, turn: RwLock::new(()) });
    let root = std::env::var_os("CAIRN_TRANSCRIPTS")
        .map_or_else(|| cairn_tests::workspace().join("tests"), Into::into);
    let mut trials = Vec::new();
    for file in transcript::read_all(&root)? {
        let name = format!("{}/{}", file.family, file.applet);
        match file.blocks {
            Ok(blocks) => trials.extend(blocks.into_iter().map(|block| trial(&name, block, &ground))),
            Err(error) => {
                let message = format!("{}: {error:#}", file.path.display());
                trials.push(Trial::test(name, move || Err(Failed::from(message))));
            }
        }
    }
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn trial(file: &str, block: Block, ground: &Arc<Ground>) -> Trial {
    let ground = Arc::clone(ground);
    let skipped = block::skipped(&block).map(str::to_string);
    let kind = skipped.clone();
    let trial = Trial::ignorable_test(format!("{file}/{}", block.title), move || {
        if let Some(reason) = skipped {
            return Ok(Completion::ignored_with(reason));
        }
        let outcome = if block.directives.serial {
            let _alone = ground.turn.write();
            block::run(&block, &ground.userland, &ground.scratch)
        } else {
            let _together = ground.turn.read();
            block::run(&block, &ground.userland, &ground.scratch)
        };
        let outcome = outcome.map_err(|e| format!("{e:#}"))?;
        judge::verdict(&block, &outcome).map_err(|report| format!("line {}\n{report}", block.line))?;
        Ok(Completion::Completed)
    });
    match kind {
        Some(reason) => trial.with_kind(reason),
        None => trial,
    }
}
