//! From two texts to their changes on the screen: what all styles share.

use super::input::Input;
use super::{Job, Style, context, normal, opt, side};
use applet::prelude::*;
use diffs::{Change, Lines};

/// A change, and whether it is one that does not count.
#[derive(Clone, Copy)]
pub struct Hunk {
    pub change: Change,
    pub ignored: bool,
}

/// The two texts and their changes.
pub struct Pair<'a> {
    pub one: Lines<'a>,
    pub other: Lines<'a>,
    pub hunks: Vec<Hunk>,
}

/// Shows the changes between two files; whether there are none that count.
pub fn changes(cx: &mut Context, job: &mut Job, one: &Input, other: &Input, nested: bool) -> bool {
    let silent = job.has(opt::BRIEF);
    // Scripts for ed cannot tell of a missing newline.
    let complete = matches!(job.style, Style::Ed | Style::ForwardEd);
    let (a, b) = (job.rules.apply(&one.data, complete), job.rules.apply(&other.data, complete));
    let (compared, with) = (Lines::new(&a), Lines::new(&b));
    let horizon = match job.style {
        Style::Unified | Style::Context => job.context,
        _ => 0,
    };
    let (texts, others) = (Lines::new(&one.data), Lines::new(&other.data));
    let raw = if complete && job.rules.are_plain() { (&compared, &with) } else { (&texts, &others) };
    let list = diffs::compare(&compared, &with, raw, job.has(opt::MINIMAL), horizon);
    let judges = job.has(opt::IGNORE_BLANK_LINES) || !job.ignored.is_empty();
    let mut hunks = Vec::with_capacity(list.len());
    for change in list {
        let ignored = judges
            && (change.from.0..change.from.1).all(|at| does_not_count(job, compared.get(at), texts.get(at)))
            && (change.to.0..change.to.1).all(|at| does_not_count(job, with.get(at), others.get(at)));
        hunks.push(Hunk { change, ignored });
    }
    let equal = hunks.iter().all(|hunk| hunk.ignored);
    if complete {
        for input in [one, other] {
            if !input.data.is_empty() && !input.data.ends_with(b"\n") {
                cx.report(Error::parts(&[&input.name, b": No newline at end of file"]));
            }
        }
    }
    if silent || equal && job.style != Style::SideBySide {
        return equal;
    }
    if nested {
        let label =
            |at: usize, input: &Input| header_name(job.labels.get(at).copied().unwrap_or(&input.name[..]));
        let line = [b"diff", &job.switches[..], b" ", &label(0, one), b" ", &label(1, other), b"\n"].concat();
        colored(cx, job, b"1", &line);
    }
    let pair = Pair { one: texts, other: others, hunks };
    match job.style {
        Style::Unified | Style::Context => context::show(cx, job, [one, other], &pair),
        Style::SideBySide => side::show(cx, job, &pair),
        _ => normal::show(cx, job, &pair),
    }
    equal
}

fn does_not_count(job: &mut Job, compared: &[u8], line: &[u8]) -> bool {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    job.has(opt::IGNORE_BLANK_LINES) && matches!(compared, b"\n" | b"")
        || job.ignored.iter_mut().any(|regex| regex.is_match(line))
}

/// A name in a header: in quotes, with escapes, if patch could not read it otherwise.
pub fn header_name(name: &[u8]) -> Vec<u8> {
    if !name.iter().any(|&byte| byte <= b' ' || byte == 127 || byte == b'"' || byte == b'\\') {
        return name.to_vec();
    }
    let mut out = b"\"".to_vec();
    text::quote::c_string(name, b"\"", true, &mut out);
    out.push(b'"');
    out
}

/// Writes a line in a color, if there are to be colors: the number of a control sequence.
pub fn colored(cx: &mut Context, job: &Job, color: &[u8], line: &[u8]) {
    if !job.color || color.is_empty() {
        cx.out.write(line);
        return;
    }
    let (body, end) = match line.split_last() {
        Some((b'\n', body)) => (body, &b"\n"[..]),
        _ => (line, &b""[..]),
    };
    for part in [b"\x1b[", color, b"m", body, b"\x1b[0m", end] {
        cx.out.write(part);
    }
}

/// Writes a line of a file behind `mark` and `gap`, and tells if it has no newline.
pub fn line(cx: &mut Context, job: &Job, color: &[u8], mark: &[u8], gap: &[u8], text: &[u8]) {
    let gap = if job.has(opt::INITIAL_TAB) { b"\t" } else { gap };
    let plain = !job.color && !job.has(opt::EXPAND_TABS);
    if plain {
        cx.out.write(mark);
        cx.out.write(gap);
        cx.out.write(text);
    } else {
        let mut whole = [mark, gap].concat();
        if job.has(opt::EXPAND_TABS) {
            expand(text, job.tab, &mut whole);
        } else {
            whole.extend_from_slice(text);
        }
        colored(cx, job, color, &whole);
    }
    if !text.ends_with(b"\n") {
        cx.out.write(b"\n\\ No newline at end of file\n");
    }
}

/// Appends the text with blanks in place of tabs; columns count from its start.
fn expand(text: &[u8], tab: usize, out: &mut Vec<u8>) {
    let mut column = 0;
    for &byte in text {
        match byte {
            b'\t' => {
                let next = column + tab - column % tab;
                out.resize(out.len() + next - column, b' ');
                column = next;
                continue;
            }
            8 => column = column.saturating_sub(1),
            b'\r' => column = 0,
            _ => column += 1,
        }
        out.push(byte);
    }
}

/// Appends lines from and up to, counted from 0, as ed counts them: the first and the last; of none, the one before.
pub fn range(lines: (usize, usize), separator: u8, out: &mut Vec<u8>) {
    if lines.1 > lines.0 + 1 {
        num::push_dec(out, lines.0 as u64 + 1);
        out.push(separator);
    }
    num::push_dec(out, lines.1 as u64);
}
