//! Compares what a block did with what it was expected to do.

use crate::run::{Ended, Outcome};
use crate::transcript::{Block, Stderr};
use similar::TextDiff;
use std::fmt::Write;

/// `Err` holds the differences, for a reader.
pub fn verdict(block: &Block, outcome: &Outcome) -> Result<(), String> {
    let mut report = differences(block, outcome);
    if let Stderr::Exactly(expected) = &block.stderr {
        report += &diff("standard error", expected, &outcome.stderr);
    }
    if report.is_empty() {
        return Ok(());
    }
    if block.stderr == Stderr::Anything && !outcome.stderr.is_empty() {
        let _ = write!(report, "standard error was:\n{}", visible(&outcome.stderr));
    }
    Err(report)
}

/// The differences that count for every userland: output and status, not the wording of errors.
pub fn differences(block: &Block, outcome: &Outcome) -> String {
    let mut report = match outcome.ended {
        Ended::ByItself => String::new(),
        Ended::OutOfTime => format!("killed: still running after {} s\n", block.directives.timeout.as_secs()),
        Ended::TooMuchOutput => "killed: endless output\n".into(),
    };
    report += &diff("standard output", &block.stdout, &outcome.stdout);
    if block.status != outcome.status && outcome.ended == Ended::ByItself {
        let _ = writeln!(report, "exit status: expected {}, was {}", block.status, outcome.status);
    }
    report
}

fn diff(what: &str, expected: &[u8], actual: &[u8]) -> String {
    if expected == actual {
        return String::new();
    }
    let (expected, actual) = (visible(expected), visible(clip(actual)));
    let names = (format!("{what} (expected)"), format!("{what} (actual)"));
    TextDiff::from_lines(&expected, &actual).unified_diff().header(&names.0, &names.1).to_string()
}

/// Enough to see what went wrong.
fn clip(text: &[u8]) -> &[u8] {
    &text[..text.len().min(100_000)]
}

/// Text that shows every byte: what is not printable is escaped.
pub fn visible(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => text.push('\n'),
                c if c.is_control() => text.extend(c.escape_default()),
                c => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}
