//! Changes as commands: the normal style, scripts for ed and RCS.

use super::output::{Pair, colored, line, range};
use super::{Job, Style};
use applet::prelude::*;
use diffs::{Change, Lines};

pub fn show(cx: &mut Context, job: &Job, pair: &Pair) {
    let mut changes: Vec<&Change> =
        pair.hunks.iter().filter(|hunk| !hunk.ignored).map(|hunk| &hunk.change).collect();
    if job.style == Style::Ed {
        // From the end on, so that the numbers of the lines before stay right.
        changes.reverse();
    }
    for &&Change { from, to } in &changes {
        if cx.out.failed() {
            return;
        }
        let mut command = Vec::new();
        let letter = match (from.0 == from.1, to.0 == to.1) {
            (true, _) => b'a',
            (_, true) => b'd',
            _ => b'c',
        };
        match job.style {
            Style::Rcs => {
                if letter != b'a' {
                    rcs(b'd', from.0 + 1, from.1 - from.0, &mut command);
                }
                if letter != b'd' {
                    rcs(b'a', from.1, to.1 - to.0, &mut command);
                }
                cx.out.write(&command);
                for at in to.0..to.1 {
                    cx.out.write(pair.other.get(at));
                }
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
                command.push(b'\n');
                cx.out.write(&command);
                if letter != b'd' {
                    for at in to.0..to.1 {
                        complete(cx, pair.other.get(at));
                    }
                    cx.out.write(b".\n");
                }
            }
            _ => {
                range(from, b',', &mut command);
                command.push(letter);
                range(to, b',', &mut command);
                command.push(b'\n');
                colored(cx, job, b"36", &command);
                for at in from.0..from.1 {
                    line(cx, job, b"31", b"<", b" ", pair.one.get(at));
                }
                if letter == b'c' {
                    cx.out.write(b"---\n");
                }
                for at in to.0..to.1 {
                    line(cx, job, b"32", b">", b" ", pair.other.get(at));
                }
            }
        }
    }
}

fn rcs(letter: u8, first: usize, count: usize, out: &mut Vec<u8>) {
    out.push(letter);
    num::push_dec(out, first as u64);
    out.push(b' ');
    num::push_dec(out, count as u64);
    out.push(b'\n');
}

/// Writes a line, with a newline if it has none.
fn complete(cx: &mut Context, line: &[u8]) {
    cx.out.write(line);
    if !line.ends_with(b"\n") {
        cx.out.byte(b'\n');
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
        if matches!(line, b".\n" | b".") {
            cx.out.write(b"..\n.\ns/.//\n");
            open = false;
        } else {
            complete(cx, line);
        }
    }
    if open && letter != b'd' {
        cx.out.write(b".\n");
    }
}
