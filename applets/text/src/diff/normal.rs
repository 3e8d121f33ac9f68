//! Changes as commands: the normal style, scripts for ed and RCS.

use super::output::{Pair, range};
use super::{Job, Style};
use applet::prelude::*;
use diffs::{Change, Lines};

#[inline(never)]
pub fn show(cx: &mut Context, job: &Job, pair: &Pair) {
    let count = pair.hunks.len();
    for at in 0..count {
        // For ed from the end on, so that the numbers of the lines before stay right.
        let at = if job.style == Style::Ed { count - 1 - at } else { at };
        if let Some(hunk) = pair.hunks.get(at)
            && !hunk.ignored
            && !cx.out.failed()
        {
            command(cx, job, pair, &hunk.change);
        }
    }
}

#[inline(never)]
fn command(cx: &mut Context, job: &Job, pair: &Pair, &Change { from, to }: &Change) {
    let mut command = Vec::new();
    let letter = match (from.0 == from.1, to.0 == to.1) {
        (true, _) => b'a',
        (_, true) => b'd',
        _ => b'c',
    };
    match job.style {
        Style::Rcs => {
            if letter != b'a' {
                cx.print(b"d%d %d\n", &[], &[from.0 as i64 + 1, (from.1 - from.0) as i64]);
            }
            if letter != b'd' {
                cx.print(b"a%d %d\n", &[], &[from.1 as i64, (to.1 - to.0) as i64]);
            }
            copy(cx, &pair.other, to);
        }
        Style::Ed => {
            range(from, b',', &mut command);
            command.extend_from_slice(&[letter, b'\n']);
            cx.out.write(&command);
            insert(cx, &pair.other, to, letter);
        }
        Style::ForwardEd => {
            command.push(letter);
            range(from, b' ', &mut command);
            cx.out.line(&command);
            if letter != b'd' {
                copy(cx, &pair.other, to);
                cx.out.write(b".\n");
            }
        }
        _ => {
            range(from, b',', &mut command);
            command.push(letter);
            range(to, b',', &mut command);
            command.push(b'\n');
            job.colored(cx, 36, &command);
            job.lines(cx, 31, b"< ", &pair.one, from);
            if letter == b'c' {
                cx.out.write(b"---\n");
            }
            job.lines(cx, 32, b"> ", &pair.other, to);
        }
    }
}

/// -D: both files in one, as the C preprocessor takes them apart again.
pub fn merge(cx: &mut Context, job: &Job, pair: &Pair) {
    let names = &[job.ifdef];
    let mut at = 0;
    for hunk in &pair.hunks {
        let Change { from, to } = hunk.change;
        if hunk.ignored || cx.out.failed() {
            continue;
        }
        put(cx, job, &pair.one, (at, from.0));
        at = from.1;
        let (deletes, inserts) = (from.0 < from.1, to.0 < to.1);
        cx.print(if deletes { b"#ifndef %s\n" } else { b"#ifdef %s\n" }, names, &[]);
        put(cx, job, &pair.one, from);
        if deletes && inserts {
            cx.print(b"#else /* %s */\n", names, &[]);
        }
        put(cx, job, &pair.other, to);
        cx.print(if inserts { b"#endif /* %s */\n" } else { b"#endif /* ! %s */\n" }, names, &[]);
    }
    put(cx, job, &pair.one, (at, pair.one.len()));
}

/// Writes whole lines.
fn put(cx: &mut Context, job: &Job, lines: &Lines, range: (usize, usize)) {
    for at in range.0..range.1 {
        let (line, mut shown) = (lines.get(at), Vec::new());
        if job.has(super::opt::EXPAND_TABS) {
            job.expand(line, &mut shown);
            cx.out.write(&shown);
        } else {
            cx.out.write(line);
        }
        if !line.ends_with(b"\n") {
            cx.out.byte(b'\n');
        }
    }
}

/// Writes lines as they are.
fn copy(cx: &mut Context, lines: &Lines, range: (usize, usize)) {
    for at in range.0..range.1 {
        cx.out.write(lines.get(at));
    }
}

/// The lines that ed is to take in. One of a single dot would end them: it comes as two dots, and one is removed.
fn insert(cx: &mut Context, lines: &Lines, range: (usize, usize), letter: u8) {
    let mut open = letter != b'd';
    for at in range.0..range.1 {
        if !open {
            cx.out.write(b"a\n");
            open = true;
        }
        let line = lines.get(at);
        if line == b".\n" {
            cx.out.write(b"..\n.\ns/.//\n");
            open = false;
        } else {
            cx.out.write(line);
        }
    }
    if open && letter != b'd' {
        cx.out.write(b".\n");
    }
}
