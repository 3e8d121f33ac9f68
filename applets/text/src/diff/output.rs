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
#[inline(never)]
pub fn changes(cx: &mut Context, job: &mut Job, inputs: &mut [Input; 2], nested: bool) -> bool {
    // Scripts for ed cannot tell of a missing newline.
    let complete = matches!(job.style, Style::Ed | Style::ForwardEd);
    let mut incomplete = [false; 2];
    for (input, incomplete) in inputs.iter_mut().zip(&mut incomplete) {
        if complete && !input.data.is_empty() && !input.data.ends_with(b"\n") {
            *incomplete = true;
            input.data.push(b'\n');
        }
    }
    let [one, other] = &*inputs;
    let mut pair = Pair { one: Lines::new(&one.data), other: Lines::new(&other.data), hunks: Vec::new() };
    let horizon = if matches!(job.style, Style::Unified | Style::Context) { job.context } else { 0 };
    let (mut a, mut b) = (Vec::new(), Vec::new());
    let bare;
    let mut compared = (&pair.one, &pair.other);
    if job.given & super::RULES != 0 {
        (a, b) = (job.compared(&one.data), job.compared(&other.data));
        bare = (Lines::new(&a), Lines::new(&b));
        compared = (&bare.0, &bare.1);
    }
    let raw = (&pair.one, &pair.other);
    let list = diffs::compare(compared.0, compared.1, raw, job.has(opt::MINIMAL), horizon);
    let judges = job.given & (1 << opt::IGNORE_BLANK_LINES | 1 << opt::IGNORE_MATCHING_LINES) != 0;
    let mut hunks = Vec::with_capacity(list.len());
    let mut equal = true;
    for change in list {
        let ignored = judges
            && do_not_count(job, change.from, compared.0, &pair.one)
            && do_not_count(job, change.to, compared.1, &pair.other);
        equal &= ignored;
        hunks.push(Hunk { change, ignored });
    }
    drop((a, b));
    for (input, incomplete) in inputs.iter().zip(incomplete) {
        if incomplete {
            cx.report(Error::parts(&[&input.name, b": No newline at end of file"]));
        }
    }
    if job.has(opt::BRIEF) || equal && !job.shows_equal() {
        return equal;
    }
    if nested {
        let (label, other_label) = (header_name(job.label(0, one)), header_name(job.label(1, other)));
        let line = [b"diff", &job.switches[..], b" ", &label, b" ", &other_label, b"\n"].concat();
        job.colored(cx, 1, &line);
    }
    pair.hunks = hunks;
    match job.style {
        Style::Unified | Style::Context => context::show(cx, job, inputs, &pair),
        Style::SideBySide => side::show(cx, job, &pair),
        Style::Ifdef => normal::merge(cx, job, &pair),
        _ => normal::show(cx, job, &pair),
    }
    equal
}

/// Whether none of the lines counts.
#[inline(never)]
fn do_not_count(job: &mut Job, range: (usize, usize), compared: &Lines, texts: &Lines) -> bool {
    for at in range.0..range.1 {
        let line = texts.get(at);
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let blank = job.has(opt::IGNORE_BLANK_LINES) && matches!(compared.get(at), b"\n" | b"");
        if !blank && !job.ignored.iter_mut().any(|regex| regex.is_match(line)) {
            return false;
        }
    }
    true
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

impl Job<'_> {
    /// The name of a file in headers: its label, if it has one.
    pub fn label<'n>(&'n self, at: usize, input: &'n Input) -> &'n [u8] {
        self.labels.get(at).copied().unwrap_or(&input.name)
    }

    /// Writes a line in a color, the number of a control sequence, if there are to be colors; 0 is none.
    #[inline(never)]
    pub fn colored(&self, cx: &mut Context, color: u8, line: &[u8]) {
        if !self.color || color == 0 {
            cx.out.write(line);
            return;
        }
        let body = line.strip_suffix(b"\n").unwrap_or(line);
        cx.print(b"\x1b[%dm%s\x1b[0m", &[body], &[i64::from(color)]);
        if body.len() < line.len() {
            cx.out.byte(b'\n');
        }
    }

    /// Writes lines of a file behind `lead`, and tells if the last one has no newline.
    #[inline(never)]
    pub fn lines(&self, cx: &mut Context, color: u8, lead: &[u8], texts: &Lines, range: (usize, usize)) {
        let tab: &[u8] = if self.has(opt::INITIAL_TAB) { b"\t" } else { b"" };
        let expands = self.has(opt::EXPAND_TABS);
        for at in range.0..range.1 {
            let text = texts.get(at);
            let mut lead = lead;
            if !tab.is_empty() {
                // It comes in place of the last blank.
                lead = lead.strip_suffix(b" ").unwrap_or(lead);
            }
            if !self.color && !expands {
                cx.out.write(lead);
                cx.out.write(tab);
                cx.out.write(text);
            } else {
                let mut whole = [lead, tab].concat();
                if expands {
                    self.expand(text, &mut whole);
                } else {
                    whole.extend_from_slice(text);
                }
                self.colored(cx, color, &whole);
            }
            if !text.ends_with(b"\n") {
                cx.out.write(b"\n\\ No newline at end of file\n");
            }
        }
    }

    /// Appends the text with blanks in place of tabs; columns count from its start.
    pub fn expand(&self, text: &[u8], out: &mut Vec<u8>) {
        let mut column = 0;
        for &byte in text {
            match byte {
                b'\t' => {
                    let blanks = self.tab - column % self.tab;
                    out.resize(out.len() + blanks, b' ');
                    column += blanks;
                    continue;
                }
                8 => column = column.saturating_sub(1),
                b'\r' => column = 0,
                _ => column += 1,
            }
            out.push(byte);
        }
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
