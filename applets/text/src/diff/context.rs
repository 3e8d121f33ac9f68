//! Changes with the lines around them: the unified and the context style.

use super::input::Input;
use super::output::{Hunk, Pair, colored, header_name, line, range};
use super::{Job, Style};
use applet::prelude::*;

pub fn show(cx: &mut Context, job: &mut Job, inputs: [&Input; 2], pair: &Pair) {
    let unified = job.style == Style::Unified;
    let marks: [&[u8]; 2] = if unified { [b"--- ", b"+++ "] } else { [b"*** ", b"--- "] };
    for (at, (input, mark)) in inputs.iter().zip(marks).enumerate() {
        let mut header = mark.to_vec();
        match job.labels.get(at) {
            Some(label) => header.extend_from_slice(label),
            None => {
                header.extend_from_slice(&header_name(&input.name));
                header.push(b'\t');
                // POSIX has this form for -c; GNU uses it in the C locale only.
                let format: &[u8] =
                    if unified || job.utf8 { b"%Y-%m-%d %H:%M:%S.%N %z" } else { b"%a %b %e %H:%M:%S %Y" };
                let time = input.time();
                time::format(format, &job.zone.local(time.sec), time.sec, time.nsec, &mut header);
            }
        }
        header.push(b'\n');
        colored(cx, job, b"1", &header);
    }
    let mut function = Function::default();
    let mut hunks = pair.hunks.as_slice();
    while let Some((group, rest)) = split(hunks, job.context)
        && !cx.out.failed()
    {
        hunks = rest;
        if group.iter().any(|hunk| !hunk.ignored) {
            let around = Around::new(group, pair, job.context);
            let title = function.find(job, pair, around.one.0);
            if unified {
                around.unified(cx, job, group, pair, &title)
            } else {
                around.context(cx, job, group, pair, &title)
            }
        }
    }
}

/// Splits off the changes that are shown together: their surroundings touch. One that does not count joins others only if
/// it is in their surroundings.
fn split(hunks: &[Hunk], context: usize) -> Option<(&[Hunk], &[Hunk])> {
    let mut end = 1;
    while let (Some(last), Some(next)) = (hunks.get(end - 1), hunks.get(end)) {
        let gap = next.change.from.0 - last.change.from.1;
        let least = if next.ignored { context } else { context.saturating_mul(2).saturating_add(1) };
        if gap >= least {
            break;
        }
        end += 1;
    }
    if hunks.is_empty() { None } else { hunks.split_at_checked(end) }
}

/// The last line that a function begins with, looked for once.
#[derive(Default)]
struct Function {
    /// Lines before this one have been looked at.
    searched: usize,
    found: Option<usize>,
}

impl Function {
    /// What is shown of the last such line before `line`.
    fn find(&mut self, job: &mut Job, pair: &Pair, line: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let Some(regex) = &mut job.function else { return out };
        let matching = (self.searched..line).rev().find(|&at| {
            let text = pair.one.get(at);
            regex.is_match(text.strip_suffix(b"\n").unwrap_or(text))
        });
        self.found = matching.or(self.found);
        self.searched = line;
        if let Some(at) = self.found {
            out.push(b' ');
            let text = pair.one.get(at).trim_ascii_start();
            out.extend_from_slice(text.get(..40).unwrap_or(text).trim_ascii_end());
        }
        out
    }
}

/// The lines of both files that are shown, from and up to.
struct Around {
    one: (usize, usize),
    other: (usize, usize),
}

impl Around {
    fn new(group: &[Hunk], pair: &Pair, context: usize) -> Around {
        let first = group.first().map_or(((0, 0), (0, 0)), |hunk| (hunk.change.from, hunk.change.to));
        let last = group.last().map_or(((0, 0), (0, 0)), |hunk| (hunk.change.from, hunk.change.to));
        let widen = |start: usize, end: usize, length: usize| {
            (start.saturating_sub(context), end.saturating_add(context).min(length))
        };
        Around {
            one: widen(first.0.0, last.0.1, pair.one.len()),
            other: widen(first.1.0, last.1.1, pair.other.len()),
        }
    }

    fn unified(&self, cx: &mut Context, job: &Job, group: &[Hunk], pair: &Pair, title: &[u8]) {
        let mut header = b"@@ -".to_vec();
        unified_range(self.one, &mut header);
        header.extend_from_slice(b" +");
        unified_range(self.other, &mut header);
        header.extend_from_slice(b" @@");
        colored(cx, job, b"36", &header);
        cx.out.line(title);
        let mut at = self.one.0;
        for Hunk { change, .. } in group {
            while at < change.from.0 {
                self.common(cx, job, pair, at);
                at += 1;
            }
            for deleted in change.from.0..change.from.1 {
                line(cx, job, b"31", b"-", b"", pair.one.get(deleted));
            }
            for inserted in change.to.0..change.to.1 {
                line(cx, job, b"32", b"+", b"", pair.other.get(inserted));
            }
            at = change.from.1;
        }
        while at < self.one.1 {
            self.common(cx, job, pair, at);
            at += 1;
        }
    }

    fn common(&self, cx: &mut Context, job: &Job, pair: &Pair, at: usize) {
        let text = pair.one.get(at);
        // A tab alone, if there are tabs.
        let mark: &[u8] = if job.has(super::opt::INITIAL_TAB) { b"" } else { b" " };
        line(cx, job, b"", mark, b"", text);
    }

    fn context(&self, cx: &mut Context, job: &Job, group: &[Hunk], pair: &Pair, title: &[u8]) {
        cx.out.write(b"***************");
        cx.out.line(title);
        let deletes = group.iter().any(|hunk| hunk.change.from.0 < hunk.change.from.1);
        let inserts = group.iter().any(|hunk| hunk.change.to.0 < hunk.change.to.1);
        for (first, show) in [(true, deletes), (false, inserts)] {
            let (mark, end): (&[u8], &[u8]) = if first { (b"*** ", b" ****") } else { (b"--- ", b" ----") };
            let lines = if first { self.one } else { self.other };
            let mut header = mark.to_vec();
            range(lines, b',', &mut header);
            header.extend_from_slice(end);
            colored(cx, job, b"36", &header);
            cx.out.byte(b'\n');
            if !show {
                continue;
            }
            let color: &[u8] = if first { b"31" } else { b"32" };
            let text = if first { &pair.one } else { &pair.other };
            let mut hunks = group.iter().peekable();
            for at in lines.0..lines.1 {
                let end = |hunk: &Hunk| if first { hunk.change.from.1 } else { hunk.change.to.1 };
                while hunks.peek().is_some_and(|hunk| end(hunk) <= at) {
                    hunks.next();
                }
                let mark: &[u8] = match hunks.peek().map(|hunk| hunk.change) {
                    Some(change) if at >= if first { change.from.0 } else { change.to.0 } => {
                        match (change.from.0 == change.from.1, change.to.0 == change.to.1) {
                            (false, false) => b"!",
                            (true, _) => b"+",
                            _ => b"-",
                        }
                    }
                    _ => b" ",
                };
                line(cx, job, color, mark, b" ", text.get(at));
            }
        }
    }
}

/// The first line and how many; of none, the line before.
fn unified_range(lines: (usize, usize), out: &mut Vec<u8>) {
    let count = lines.1 - lines.0;
    num::push_dec(out, lines.0 as u64 + u64::from(count > 0));
    if count != 1 {
        out.push(b',');
        num::push_dec(out, count as u64);
    }
}
