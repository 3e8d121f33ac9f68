//! Changes with the lines around them: the unified and the context style.

use super::input::Input;
use super::output::{Hunk, Pair, header_name, range};
use super::{Job, Style};
use applet::prelude::*;

pub fn show(cx: &mut Context, job: &mut Job, inputs: &[Input; 2], pair: &Pair) {
    let unified = job.style == Style::Unified;
    for (at, input) in inputs.iter().enumerate() {
        let mark = match (unified, at) {
            (true, 0) | (false, 1) => b"--- ",
            (true, _) => b"+++ ",
            _ => b"*** ",
        };
        let mut header = mark.to_vec();
        if let Some(label) = job.labels.get(at) {
            header.extend_from_slice(label);
        } else {
            header.extend_from_slice(&header_name(&input.name));
            header.push(b'\t');
            // POSIX has this form for -c; GNU uses it in the C locale only.
            let format: &[u8] =
                if unified || job.utf8 { b"%Y-%m-%d %H:%M:%S.%N %z" } else { b"%a %b %e %H:%M:%S %Y" };
            let time = input.time();
            time::format(format, &job.zone.local(time.sec), time.sec, time.nsec, &mut header);
        }
        header.push(b'\n');
        job.colored(cx, 1, &header);
    }
    let mut function = Function::default();
    let mut hunks = pair.hunks.as_slice();
    while !hunks.is_empty() && !cx.out.failed() {
        let (group, rest) = split(hunks, job.context);
        hunks = rest;
        if let ([first, ..], [.., last]) = (group, group)
            && group.iter().any(|hunk| !hunk.ignored)
        {
            let widen = |start: usize, end: usize, length: usize| {
                (start.saturating_sub(job.context), end.saturating_add(job.context).min(length))
            };
            let one = widen(first.change.from.0, last.change.from.1, pair.one.len());
            let other = widen(first.change.to.0, last.change.to.1, pair.other.len());
            let title = function.find(job, pair, one.0);
            if unified {
                show_unified(cx, job, group, pair, one, other, &title);
            } else {
                cx.print(b"***************%s\n", &[&title], &[]);
                show_state(cx, job, group, pair, one, true);
                show_state(cx, job, group, pair, other, false);
            }
        }
    }
}

/// Splits off the changes that are shown together: their surroundings touch. One that does not count joins others only if
/// it is in their surroundings.
fn split(hunks: &[Hunk], context: usize) -> (&[Hunk], &[Hunk]) {
    let mut end = 1;
    while let (Some(last), Some(next)) = (hunks.get(end - 1), hunks.get(end)) {
        let gap = next.change.from.0 - last.change.from.1;
        let least = if next.ignored { context } else { context.saturating_mul(2).saturating_add(1) };
        if gap >= least {
            break;
        }
        end += 1;
    }
    hunks.split_at_checked(end).unwrap_or((hunks, &[]))
}

/// The last line that a function begins with, looked for once.
#[derive(Default)]
struct Function {
    /// Lines before this one have been looked at.
    searched: usize,
    /// What is shown of it.
    title: Vec<u8>,
}

impl Function {
    /// What is shown of the last such line before `line`.
    fn find(&mut self, job: &mut Job, pair: &Pair, line: usize) -> Vec<u8> {
        let Some(regex) = &mut job.function else { return Vec::new() };
        let mut at = line;
        while at > self.searched {
            at -= 1;
            let text = pair.one.get(at);
            if regex.is_match(text.strip_suffix(b"\n").unwrap_or(text)) {
                let text = text.trim_ascii_start();
                self.title = [b" ", text.get(..40).unwrap_or(text).trim_ascii_end()].concat();
                break;
            }
        }
        self.searched = line;
        self.title.clone()
    }
}

fn show_unified(
    cx: &mut Context,
    job: &Job,
    group: &[Hunk],
    pair: &Pair,
    one: (usize, usize),
    other: (usize, usize),
    title: &[u8],
) {
    let mut header = b"@@".to_vec();
    for (sign, lines) in [(b'-', one), (b'+', other)] {
        header.extend_from_slice(&[b' ', sign]);
        // The first line and how many; of none, the line before.
        let count = lines.1 - lines.0;
        num::push_dec(&mut header, lines.0 as u64 + u64::from(count > 0));
        if count != 1 {
            header.push(b',');
            num::push_dec(&mut header, count as u64);
        }
    }
    header.extend_from_slice(b" @@");
    job.colored(cx, 36, &header);
    cx.out.line(title);
    let mut at = one.0;
    for Hunk { change, .. } in group {
        job.lines(cx, 0, b" ", &pair.one, (at, change.from.0));
        job.lines(cx, 31, b"-", &pair.one, change.from);
        job.lines(cx, 32, b"+", &pair.other, change.to);
        at = change.from.1;
    }
    job.lines(cx, 0, b" ", &pair.one, (at, one.1));
}

/// The old state (`first`) or the new one.
fn show_state(cx: &mut Context, job: &Job, group: &[Hunk], pair: &Pair, lines: (usize, usize), first: bool) {
    let (mark, color, texts) = if first { (b'*', 31, &pair.one) } else { (b'-', 32, &pair.other) };
    let own = |hunk: &Hunk| if first { hunk.change.from } else { hunk.change.to };
    let mut header = alloc::vec![mark; 3];
    header.push(b' ');
    range(lines, b',', &mut header);
    header.push(b' ');
    header.resize(header.len() + 4, mark);
    job.colored(cx, 36, &header);
    cx.out.byte(b'\n');
    if group.iter().all(|hunk| own(hunk).0 == own(hunk).1) {
        return;
    }
    let mut at = lines.0;
    for hunk in group {
        let changed = own(hunk);
        let change = &hunk.change;
        let lead = match (change.from.0 == change.from.1, change.to.0 == change.to.1) {
            (false, false) => b"! ",
            (true, _) => b"+ ",
            _ => b"- ",
        };
        job.lines(cx, color, b"  ", texts, (at, changed.0));
        job.lines(cx, color, lead, texts, changed);
        at = changed.1;
    }
    job.lines(cx, color, b"  ", texts, (at, lines.1));
}
