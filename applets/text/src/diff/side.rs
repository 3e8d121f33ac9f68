//! Two columns.

use super::output::Pair;
use super::{Job, opt};
use applet::prelude::*;
use diffs::Change;

/// How wide the columns are, and where the right one begins.
struct Columns {
    half: usize,
    right: usize,
    tab: usize,
    expand: bool,
}

#[inline(never)]
pub fn show(cx: &mut Context, job: &Job, pair: &Pair) {
    let expand = job.has(opt::EXPAND_TABS);
    // The gap is at least three columns wide; the right column begins at a tab stop, so that tabs in it line up.
    let tab = if expand { 1 } else { job.tab };
    let gap = tab + 3;
    let middle = (job.width >> 1) + (gap >> 1) + (job.width & gap & 1);
    let right = middle - middle % tab;
    let half = right.saturating_sub(3).min(job.width.saturating_sub(right));
    let columns = Columns { half, right: if half > 0 { right } else { job.width }, tab: job.tab, expand };
    let (mut at, mut other) = (0, 0);
    let mut hunks = pair.hunks.iter();
    loop {
        let next = hunks.next().map(|hunk| hunk.change);
        let end = (pair.one.len(), pair.other.len());
        let change = next.unwrap_or(Change { from: (end.0, end.0), to: (end.1, end.1) });
        while (at < change.from.0 || other < change.to.0) && !cx.out.failed() {
            if job.has(opt::SUPPRESS_COMMON_LINES) {
            } else if job.has(opt::LEFT_COLUMN) {
                columns.line(cx, pair.one.get(at), b'(', b"");
            } else {
                columns.line(cx, pair.one.get(at), b' ', pair.other.get(other));
            }
            at += 1;
            other += 1;
        }
        while at < change.from.1 || other < change.to.1 {
            // A line that is not there is empty.
            let (mut left, mut right, mut mark): (&[u8], &[u8], u8) = (b"", b"", b'|');
            if at < change.from.1 {
                left = pair.one.get(at);
                at += 1;
            } else {
                mark = b'>';
            }
            if other < change.to.1 {
                right = pair.other.get(other);
                other += 1;
            } else {
                mark = b'<';
            }
            columns.line(cx, left, mark, right);
        }
        if next.is_none() {
            break;
        }
    }
}

impl Columns {
    #[inline(never)]
    fn line(&self, cx: &mut Context, left: &[u8], mark: u8, right: &[u8]) {
        let mut out = Vec::new();
        let ends = (left.ends_with(b"\n"), right.ends_with(b"\n"));
        let mut column = self.half_line(left, 0, &mut out);
        if mark != b' ' {
            column = self.move_to(column, (self.half + self.right - 1) / 2, &mut out) + 1;
            out.push(match (mark, ends) {
                (b'|', (true, false)) => b'/',
                (b'|', (false, true)) => b'\\',
                _ => mark,
            });
        }
        if !matches!(right, b"" | b"\n") {
            column = self.move_to(column, self.right, &mut out);
            self.half_line(right, column, &mut out);
        }
        if ends.0 || ends.1 {
            out.push(b'\n');
        }
        cx.out.write(&out);
    }

    /// Moves on with tabs and blanks.
    fn move_to(&self, from: usize, to: usize, out: &mut Vec<u8>) -> usize {
        let mut from = from;
        if !self.expand {
            let mut stop = from + self.tab - from % self.tab;
            while stop <= to {
                out.push(b'\t');
                from = stop;
                stop += self.tab;
            }
        }
        while from < to {
            out.push(b' ');
            from += 1;
        }
        from.max(to)
    }

    /// Writes as much of a line as fits; gives the column behind it. The column begins at `indent`.
    fn half_line(&self, line: &[u8], indent: usize, out: &mut Vec<u8>) -> usize {
        let (mut seen, mut written) = (0, 0);
        for &byte in line {
            match byte {
                b'\n' => break,
                b'\t' => {
                    let next = seen + self.tab - seen % self.tab;
                    if seen == written {
                        if self.expand {
                            let stop = next.min(self.half);
                            out.resize(out.len() + stop.saturating_sub(written), b' ');
                            written = stop.max(written);
                        } else if next < self.half {
                            out.push(b'\t');
                            written = next;
                        }
                    }
                    seen = next;
                }
                b'\r' => {
                    out.push(byte);
                    let _ = self.move_to(0, indent, out);
                    (seen, written) = (0, 0);
                }
                b' '..=b'~' | 128.. => {
                    seen += 1;
                    if seen <= self.half {
                        out.push(byte);
                        written = seen;
                    }
                }
                // Control characters take no column.
                _ if seen < self.half => out.push(byte),
                _ => {}
            }
        }
        indent + written
    }
}
