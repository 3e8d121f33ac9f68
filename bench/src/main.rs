//! Times cairn against GNU and BusyBox, side by side in the same run, on the workloads of `workloads.toml`.
//!
//! usage: cairn-bench [-n COUNT] [--toybox] [--list] [--write FILE] [FILTER...]

mod contender;
mod data;
mod measure;
mod table;
mod workload;

use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "usage: cairn-bench [-n COUNT] [--toybox] [--list] [--write FILE] [FILTER...]

Time the command lines of bench/workloads.toml that have a FILTER in their name, for cairn ($CAIRN_BIN or out/cairn),
GNU (this machine's commands, LC_ALL=C) and BusyBox, in turns. The table shows medians.

  -n COUNT      runs of each (default 5)
  --toybox      toybox takes part
  --list        show the workloads and exit
  --write FILE  also write the table as Markdown to FILE

The exit status is 1 if cairn misses a bar.";

#[derive(Default)]
struct Options {
    count: usize,
    toybox: bool,
    list: bool,
    write: Option<PathBuf>,
    filters: Vec<String>,
}

fn main() -> ExitCode {
    race().unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}

fn race() -> Result<ExitCode> {
    let Some(options) = options()? else { return Ok(ExitCode::SUCCESS) };
    let mut workloads = workload::read(&contender::workspace().join("bench/workloads.toml"))?;
    workloads.retain(|w| options.filters.is_empty() || options.filters.iter().any(|f| w.name.contains(f)));
    if workloads.is_empty() {
        bail!("no workload of that name");
    }
    if options.list {
        workloads.iter().for_each(|w| println!("{:<32} {}", w.name, w.command));
        return Ok(ExitCode::SUCCESS);
    }
    let folder = data::folder();
    data::make(&folder)?;
    let contenders =
        contender::all(&folder, options.toybox, workloads.iter().any(|w| w.command.starts_with("awk ")))?;
    let head = table::head(&contenders);
    let mut lines = vec![table::line(&head, &head), table::rule(&head)];
    lines.iter().for_each(|line| println!("{line}"));
    let mut missed = 0;
    for workload in &workloads {
        let scores =
            workload.race(&contenders, &folder, options.count).with_context(|| workload.name.clone())?;
        let row = table::row(workload, &contenders, &scores);
        missed += usize::from(row.missed);
        println!("{}", row.show(&head));
        lines.push(row.show(&head));
    }
    println!("{} workloads, {missed} missed their bar", workloads.len());
    if let Some(path) = &options.write {
        let text = format!("{}\n{}\n", preface(options.count), lines.join("\n"));
        std::fs::write(contender::workspace().join(path), text)
            .with_context(|| path.display().to_string())?;
    }
    for who in &contenders {
        std::fs::remove_dir_all(&who.scratch)?;
    }
    Ok(ExitCode::from(u8::from(missed > 0)))
}

/// `None` after `--help`.
fn options() -> Result<Option<Options>> {
    let mut options = Options { count: 5, ..Options::default() };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-n" => {
                options.count =
                    arguments.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0).context("-n COUNT")?
            }
            "--toybox" => options.toybox = true,
            "--list" => options.list = true,
            "--write" => options.write = Some(arguments.next().context("--write FILE")?.into()),
            "-h" | "--help" => {
                println!("{USAGE}");
                return Ok(None);
            }
            option if option.starts_with('-') => bail!("no such option: {option}\n{USAGE}"),
            _ => options.filters.push(argument),
        }
    }
    Ok(Some(options))
}

/// What the written table needs to be understood.
fn preface(count: usize) -> String {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info
        .lines()
        .find_map(|l| l.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown", |(_, name)| name);
    format!(
        "# Speed\n\nMade by `make bench`: medians of {count} runs in turns, after one to warm up, on {processors} processors ({model}).\n\
         GNU with LC_ALL=C. The ratio is cairn's time divided by that of the fastest other; at most the bar is ok.\n\
         `cairn MB` is the memory of cairn's largest process.\n"
    )
}
