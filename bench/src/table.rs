//! The results as a Markdown table, which reads well on a terminal, too.

use crate::contender::Contender;
use crate::workload::{Score, Workload};

/// One workload's line.
pub struct Row {
    cells: Vec<String>,
    pub missed: bool,
}

/// Headings: workload, contenders, and what is made of them.
pub fn head(contenders: &[Contender]) -> Vec<String> {
    let times = contenders.iter().map(|who| format!("{} ms", who.name));
    let rest = ["ratio", "bar", "", "cairn MB", "remarks"].map(String::from);
    std::iter::once("workload".to_string()).chain(times).chain(rest).collect()
}

/// `scores` begin with cairn's.
pub fn row(workload: &Workload, contenders: &[Contender], scores: &[Score]) -> Row {
    let mut cells = vec![workload.name.replace('|', "\\|")];
    cells.extend(scores.iter().map(|score| match score {
        Score::Absent => "-".into(),
        Score::Failed(status) => format!("status {status}"),
        Score::Median { milliseconds, .. } => time(*milliseconds),
    }));
    let fastest = scores[1..].iter().filter_map(Score::milliseconds).min_by(f64::total_cmp);
    let ratio = scores[0].milliseconds().zip(fastest).map(|(ours, theirs)| ours / theirs);
    // Judged as shown: to two places.
    let within = ratio.map(|ratio| (ratio * 100.0).round() <= (workload.bar * 100.0).round());
    let absent = matches!(scores[0], Score::Absent);
    cells.push(ratio.map_or("-".into(), |ratio| format!("{ratio:.2}")));
    cells.push(format!("{:.2}", workload.bar));
    cells.push(match within {
        Some(true) => "ok".into(),
        _ if absent => "absent".into(),
        _ => "MISSED".into(),
    });
    cells.push(match scores[0] {
        Score::Median { max_rss_kb, .. } => format!("{:.1}", max_rss_kb as f64 / 1024.0),
        _ => "-".into(),
    });
    cells.push(remarks(workload, contenders, scores).join("; "));
    Row { cells, missed: within != Some(true) && !absent }
}

fn remarks(workload: &Workload, contenders: &[Contender], scores: &[Score]) -> Vec<String> {
    let mut remarks = Vec::new();
    if workload.threads {
        remarks.push("threads allowed".to_string());
    }
    if let (Some(ours), false) = (scores[0].digest(), workload.differs) {
        let others = contenders.iter().zip(scores).skip(1);
        let others = others.filter(|(_, score)| score.digest().is_some_and(|theirs| theirs != ours));
        remarks.extend(others.map(|(who, _)| format!("output differs from {}", who.name)));
    }
    remarks
}

impl Score {
    fn milliseconds(&self) -> Option<f64> {
        match self {
            Score::Median { milliseconds, .. } => Some(*milliseconds),
            _ => None,
        }
    }

    fn digest(&self) -> Option<u64> {
        match self {
            Score::Median { digest, .. } => Some(*digest),
            _ => None,
        }
    }
}

fn time(milliseconds: f64) -> String {
    if milliseconds < 10.0 { format!("{milliseconds:.3}") } else { format!("{milliseconds:.0}") }
}

impl Row {
    /// The line, in columns of these widths.
    pub fn show(&self, head: &[String]) -> String {
        line(&self.cells, head)
    }
}

/// A line of the table; the first column is wide, numbers are right-aligned.
pub fn line(cells: &[String], head: &[String]) -> String {
    let mut text = String::from("|");
    for (n, cell) in cells.iter().enumerate() {
        let width = if n == 0 { 30 } else { head[n].len().max(6) };
        text += &match n {
            0 => format!(" {cell:<width$} |"),
            n if n + 1 == cells.len() => format!(" {cell} |"),
            _ => format!(" {cell:>width$} |"),
        };
    }
    text
}

/// The line below the headings.
pub fn rule(head: &[String]) -> String {
    let columns =
        head.iter().enumerate().map(|(n, _)| if n == 0 || n + 1 == head.len() { "---|" } else { "---:|" });
    format!("|{}", columns.collect::<String>())
}
