//! Asks other userlands what they make of the transcripts: an expectation that none of them shares is a guess, unless
//! the block says `@ own: REASON`. Standard output and exit status count; the wording of errors is each userland's own.
//!
//! usage: oracle [--verbose] [--only NAME[,NAME...]] [FILTER...]

use anyhow::{Result, bail};
use cairn_tests::block::{self, Scratch};
use cairn_tests::judge;
use cairn_tests::transcript::{self, Block};
use cairn_tests::userland::Userland;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, RwLock};

/// A userland whose opinion counts for some of the transcripts.
struct Oracle {
    userland: Userland,
    asked: Asked,
}

/// The transcripts an oracle is asked about.
enum Asked {
    /// All but the family `shell`.
    Commands,
    /// The family `shell`: the oracle's `sh` runs the scripts.
    Shell,
    /// Those of one command.
    Only(&'static str),
}

/// A block, where it comes from, and what the oracles say.
struct Case {
    place: String,
    family: String,
    applet: String,
    block: Block,
    /// Name of an oracle, and how it differs ("" when it agrees).
    answers: Mutex<BTreeMap<String, String>>,
}

struct Options {
    verbose: bool,
    only: Vec<String>,
    filters: Vec<String>,
}

fn main() -> ExitCode {
    cairn_tests::exit(run_all())
}

fn run_all() -> Result<ExitCode> {
    let options = options()?;
    let mut oracles = oracles()?;
    if let Some(name) = options.only.iter().find(|name| !oracles.iter().any(|o| o.userland.name == **name)) {
        bail!("no such oracle here: {name}");
    }
    oracles.retain(|o| options.only.is_empty() || options.only.contains(&o.userland.name));
    let cases = cases(&options.filters)?;
    ask(&oracles, &cases)?;
    Ok(report(&oracles, &cases, options.verbose))
}

fn options() -> Result<Options> {
    let mut options = Options { verbose: false, only: Vec::new(), filters: Vec::new() };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-v" | "--verbose" => options.verbose = true,
            "--only" => {
                options.only = arguments.next().unwrap_or_default().split(',').map(Into::into).collect()
            }
            "-h" | "--help" => {
                println!("usage: oracle [--verbose] [--only NAME[,NAME...]] [FILTER...]");
                std::process::exit(0);
            }
            option if option.starts_with('-') => bail!("no such option: {option}"),
            _ => options.filters.push(argument),
        }
    }
    Ok(options)
}

/// The oracles that this machine has.
fn oracles() -> Result<Vec<Oracle>> {
    let mut all = vec![Oracle { userland: Userland::host("gnu"), asked: Asked::Commands }];
    for name in ["busybox", "toybox"] {
        if let Some(binary) = Userland::host("").find(name) {
            let userland = Userland::linked(name, &binary, None)?;
            if userland.has("sh") && name == "busybox" {
                let userland = Userland::linked("busybox-sh", &binary, None)?.driven_by_own_shell()?;
                all.push(Oracle { userland, asked: Asked::Shell });
            }
            all.push(Oracle { userland, asked: Asked::Commands });
        }
    }
    for shell in ["dash", "bash", "mksh", "yash"] {
        if let Some(binary) = Userland::host("").find(shell) {
            let userland = Userland::host_with(shell, "sh", &binary)?.driven_by_own_shell()?;
            all.push(Oracle { userland, asked: Asked::Shell });
        }
    }
    for awk in ["gawk", "mawk", "original-awk"] {
        if let Some(binary) = Userland::host("").find(awk) {
            all.push(Oracle {
                userland: Userland::host_with(awk, "awk", &binary)?,
                asked: Asked::Only("awk"),
            });
        }
    }
    Ok(all)
}

fn cases(filters: &[String]) -> Result<Vec<Case>> {
    let root = std::env::var_os("CAIRN_TRANSCRIPTS")
        .map_or_else(|| cairn_tests::workspace().join("tests"), Into::into);
    let mut cases = Vec::new();
    for file in transcript::read_all(Path::new(&root))? {
        let blocks = file.blocks.map_err(|e| e.context(file.path.display().to_string()))?;
        for block in blocks {
            let (family, applet) = (file.family.clone(), file.applet.clone());
            let name = format!("{family}/{applet}/{}", block.title);
            if filters.is_empty() || filters.iter().any(|f| name.contains(f)) {
                let place = format!("{}:{}: {}", file.path.display(), block.line, block.title);
                cases.push(Case { place, family, applet, block, answers: Mutex::default() });
            }
        }
    }
    Ok(cases)
}

/// Whether this oracle's opinion on this case is worth having.
fn competent(oracle: &Oracle, case: &Case, all: &[Oracle]) -> bool {
    let asked = match oracle.asked {
        Asked::Commands => case.family != "shell",
        Asked::Shell => case.family == "shell",
        Asked::Only(applet) => case.applet == applet,
    };
    // A file that is not named after a command (say, pipelines.test) is for everyone.
    let knows = || oracle.userland.has(&case.applet) || !all.iter().any(|o| o.userland.has(&case.applet));
    asked
        && !case.block.directives.skip_oracles.contains(&oracle.userland.name)
        && (case.family == "shell" || knows())
}

/// Runs every case in every oracle, on all processors.
fn ask(oracles: &[Oracle], cases: &[Case]) -> Result<()> {
    let (next, turn, scratch) = (AtomicUsize::new(0), RwLock::new(()), Scratch::new()?);
    let work = || {
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            if block::skipped(&case.block).is_some() {
                continue;
            }
            let run = |userland: &Userland| {
                if case.block.directives.serial {
                    let _alone = turn.write();
                    block::run(&case.block, userland, &scratch)
                } else {
                    let _together = turn.read();
                    block::run(&case.block, userland, &scratch)
                }
            };
            for oracle in oracles.iter().filter(|oracle| competent(oracle, case, oracles)) {
                let answer = match run(&oracle.userland) {
                    Ok(outcome) => judge::differences(&case.block, &outcome),
                    Err(error) => format!("{error:#}\n"),
                };
                if let Ok(mut answers) = case.answers.lock() {
                    answers.insert(oracle.userland.name.clone(), answer);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
    Ok(())
}

fn report(oracles: &[Oracle], cases: &[Case], verbose: bool) -> ExitCode {
    let (mut confirmed, mut own, mut skipped, mut alone) = (0, 0, 0, Vec::new());
    let mut agreed: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for case in cases {
        let Ok(answers) = case.answers.lock() else { continue };
        for (name, answer) in answers.iter() {
            let (yes, asked) = agreed.entry(name.clone()).or_default();
            (*yes, *asked) = (*yes + usize::from(answer.is_empty()), *asked + 1);
        }
        if answers.values().any(String::is_empty) {
            confirmed += 1;
            if case.block.directives.own.is_some() {
                println!("{}\n    an oracle agrees: `@ own` is not needed", case.place);
            }
        } else if block::skipped(&case.block).is_some() {
            skipped += 1;
        } else if case.block.directives.own.is_some() {
            own += 1;
        } else {
            alone.push(case);
        }
    }
    for case in &alone {
        let Ok(answers) = case.answers.lock() else { continue };
        let asked = answers.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        println!(
            "{}\n    confirmed by none ({})",
            case.place,
            if asked.is_empty() { "no oracle has it" } else { &asked }
        );
        if verbose && let Some((name, closest)) = answers.iter().min_by_key(|(_, answer)| answer.len()) {
            println!("    the closest is {name}:\n{}", closest.trim_end());
        }
    }
    for oracle in oracles.iter().map(|o| &o.userland.name) {
        if let Some((yes, asked)) = agreed.get(oracle) {
            println!("{oracle}: agrees with {yes} of {asked}");
        }
    }
    let total = cases.len();
    println!(
        "{total} blocks: {confirmed} confirmed, {own} by a standard (@ own), {} unconfirmed, {skipped} need root",
        alone.len()
    );
    ExitCode::from(u8::from(!alone.is_empty()))
}
