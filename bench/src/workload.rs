//! The workloads of `workloads.toml`, where their fields are described.

use crate::contender::Contender;
use crate::measure::{self, Run};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    pub name: String,
    pub command: String,
    #[serde(default)]
    pub output: Output,
    pub prepare: Option<String>,
    #[serde(default = "one")]
    pub bar: f64,
    #[serde(default)]
    pub skip: Vec<String>,
    pub shell: Option<Shell>,
    #[serde(default)]
    pub threads: bool,
    #[serde(default)]
    pub differs: bool,
    #[serde(default)]
    pub spawn: bool,
}

#[derive(Deserialize, Default, PartialEq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub enum Output {
    #[default]
    Drain,
    Null,
}

#[derive(Deserialize, PartialEq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
pub enum Shell {
    Own,
}

fn one() -> f64 {
    1.0
}

#[derive(Deserialize)]
struct File {
    workload: Vec<Workload>,
}

/// All workloads, in the order of the file.
pub fn read(path: &Path) -> Result<Vec<Workload>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let file: File = toml::from_str(&text).with_context(|| path.display().to_string())?;
    Ok(file.workload)
}

/// What one contender did with a workload.
#[derive(Clone, Copy)]
pub enum Score {
    /// Left out, or it lacks the command.
    Absent,
    /// It ended with this status.
    Failed(i32),
    Median {
        milliseconds: f64,
        max_rss_kb: i64,
        digest: u64,
    },
}

const SPAWNS: usize = 2_000;

impl Workload {
    pub fn own_shell(&self) -> bool {
        self.shell == Some(Shell::Own)
    }

    /// Whether `who` can run it: whether it has the command at the start of each part of the pipeline.
    fn suits(&self, who: &Contender) -> bool {
        if self.own_shell() {
            return !self.skip.iter().any(|name| name == who.name) && who.find("sh").is_some();
        }
        // Blanks around it tell the sign of a pipeline from `||` and from what is quoted.
        let mut commands = self.command.split(" | ").filter_map(|part| part.split_whitespace().next());
        !self.skip.iter().any(|name| name == who.name) && commands.all(|command| who.find(command).is_some())
    }

    /// Runs it `count` times for each contender, in turns (A B C A B C ...), after one run to warm up.
    pub fn race(&self, contenders: &[Contender], data: &Path, count: usize) -> Result<Vec<Score>> {
        let once = |who: &Contender, digest: bool| -> Result<Run> {
            match self.spawn {
                true => measure::spawn(&who.find(&self.command).context("not found")?),
                false => measure::run(self, who, data, digest),
            }
        };
        let mut runs: Vec<Vec<Run>> = vec![Vec::new(); contenders.len()];
        let mut scores = vec![Score::Absent; contenders.len()];
        let mut digests = vec![0; contenders.len()];
        if !self.suits(&contenders[0]) {
            return Ok(scores); // Nothing to compare with.
        }
        for (n, who) in contenders.iter().enumerate().filter(|(_, who)| self.suits(who)) {
            let warm = once(who, true)?;
            digests[n] = warm.digest;
            scores[n] = match warm.status {
                0 => Score::Median { milliseconds: 0.0, max_rss_kb: 0, digest: warm.digest },
                status => Score::Failed(status),
            };
        }
        for _ in 0..if self.spawn { SPAWNS } else { count } {
            for (n, who) in contenders.iter().enumerate() {
                if let Score::Median { .. } = scores[n] {
                    runs[n].push(once(who, false)?);
                }
            }
        }
        for (n, runs) in runs.iter_mut().enumerate().filter(|(_, runs)| !runs.is_empty()) {
            runs.sort_by(|a, b| a.milliseconds.total_cmp(&b.milliseconds));
            let max_rss_kb = runs.iter().map(|run| run.max_rss_kb).max().unwrap_or(0);
            scores[n] = match runs.iter().find(|run| run.status != 0) {
                Some(run) => Score::Failed(run.status),
                None => Score::Median {
                    milliseconds: runs[runs.len() / 2].milliseconds,
                    max_rss_kb,
                    digest: digests[n],
                },
            };
        }
        Ok(scores)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_file_is_sound() {
        let list = super::read(&crate::contender::workspace().join("bench/workloads.toml")).unwrap();
        let mut names: Vec<_> = list.iter().map(|workload| &workload.name).collect();
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count, "two workloads of the same name");
        assert!(list.iter().all(|workload| workload.bar > 0.0));
    }
}
