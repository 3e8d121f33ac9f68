//! usage: expand [-i] [-t LIST] [FILE]... | unexpand [-af] [-t LIST] [FILE]...
//!
//! expand turns tabs into blanks; unexpand turns the blanks at the start of lines into tabs.
//!
//!  -i, --initial     expand: only tabs at the start of lines
//!  -a, --all         unexpand: all runs of two blanks or more, not only those at the start of lines
//!  -f, --first-only  unexpand: only at the start of lines (overrides -a)
//!  -t, --tabs=LIST   tabs are LIST columns apart (8), or stand at the columns of LIST; /N at its end repeats
//!      every N, +N every N from the last one on; for unexpand implies -a
//!  -NUM              same as -t NUM, but for unexpand it does not imply -a
//!
//! # Notes
//! POSIX.1-2024 expand, unexpand; -i, /N and +N as GNU.

use applet::prelude::*;

applet::options!("expand");

/// Where tabs stop.
struct Stops {
    /// Columns, ascending, before which a tab stops.
    list: Vec<usize>,
    /// Behind them: every so many columns (0: no more)...
    every: usize,
    /// ...counted from here.
    from: usize,
}

impl Stops {
    fn parse(texts: &[&[u8]]) -> Result<Stops> {
        let mut stops = Stops { list: Vec::new(), every: 0, from: 0 };
        let items = texts.iter().flat_map(|text| text.split(|byte| matches!(byte, b',' | b' ' | b'\t')));
        let mut relative = false;
        for item in items.filter(|item| !item.is_empty()) {
            let (mark, digits) = match item {
                [mark @ (b'/' | b'+'), digits @ ..] => (*mark, digits),
                _ => (0, item),
            };
            if stops.every > 0 {
                return Err(Error::about(
                    b"% specifier only allowed with the last value",
                    if relative { b"'+'" } else { b"'/'" },
                ));
            }
            let number = match num::parse_u64(digits) {
                Ok(number) => usize::try_from(number).unwrap_or(usize::MAX),
                Err(num::ParseError::Range) => {
                    return Err(Error::about(b"tab stop is too large '%'", digits));
                }
                Err(_) => {
                    return Err(Error::about(b"tab size contains invalid character(s): '%'", digits));
                }
            };
            if number == 0 {
                return Err(Error::new(b"tab size cannot be 0"));
            }
            let last = stops.list.last().copied().unwrap_or(0);
            match mark {
                b'/' | b'+' => {
                    relative = mark == b'+';
                    stops.every = number;
                    stops.from = if relative { last } else { 0 };
                }
                _ if number <= last => return Err(Error::new(b"tab sizes must be ascending")),
                _ => stops.list.push(number),
            }
        }
        match stops.list.as_slice() {
            // A single number says how far apart all are.
            [] if stops.every == 0 => stops.every = 8,
            [single] if stops.every == 0 => {
                stops.every = *single;
                stops.list.clear();
            }
            _ => {}
        }
        Ok(stops)
    }

    /// The stop behind `column`; `None` when there is none.
    fn next(&self, column: usize) -> Option<usize> {
        if let Some(&stop) = self.list.iter().find(|&&stop| stop > column) {
            return Some(stop);
        }
        let distance = (column - self.from).checked_div(self.every)?;
        Some(self.from + (distance + 1) * self.every)
    }
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let unexpand = cx.name == b"unexpand";
    let mut texts: Vec<&[u8]> = options.values(opt::TABS).collect();
    texts.extend(options.values(opt::NUMBER));
    let stops = Stops::parse(&texts)?;
    let utf8 = cx.utf8();
    let all = (options.has(opt::ALL) || options.has(opt::TABS)) && !options.has(opt::FIRST_ONLY);
    let initial = options.has(opt::INITIAL);
    cx.each_input(&options.operands, &mut |cx, _, input| {
        while let Some(line) = input.line(b'\n')? {
            if unexpand {
                to_tabs(line, &stops, all, utf8, &mut cx.out);
            } else if memchr::memchr(b'\t', line).is_none() {
                cx.out.write(line);
            } else {
                to_blanks(line, &stops, initial, utf8, &mut cx.out);
            }
            if cx.out.failed() {
                break;
            }
        }
        Ok(())
    });
    Ok(cx.status())
}

/// The column behind a piece of text without tabs that begins at `column`.
fn column_behind(text: &[u8], column: usize, utf8: bool) -> usize {
    if !text.iter().any(|&byte| byte == 8 || byte >= 0x80 && utf8) {
        return column + text.len();
    }
    let mut column = column;
    for piece in text.split_inclusive(|&byte| byte == 8) {
        let visible = piece.strip_suffix(b"\x08").unwrap_or(piece);
        column += if utf8 { text::width::text_columns(visible, true) } else { visible.len() };
        column = column.saturating_sub(piece.len() - visible.len());
    }
    column
}

fn to_blanks(line: &[u8], stops: &Stops, initial: bool, utf8: bool, out: &mut Writer) {
    let mut column = 0;
    let mut rest = line;
    while let Some(at) = memchr::memchr(b'\t', rest) {
        let (text, tail) = rest.split_at(at);
        if initial && text.iter().any(|&byte| byte != b' ') {
            break;
        }
        out.write(text);
        column = column_behind(text, column, utf8);
        let stop = stops.next(column).unwrap_or(column + 1);
        out.fill(b' ', stop - column);
        column = stop;
        rest = tail.get(1..).unwrap_or_default();
    }
    out.write(rest);
}

/// Replaces runs of blanks that end at a tab stop; a single blank is left alone unless a tab follows.
fn to_tabs(line: &[u8], stops: &Stops, all: bool, utf8: bool, out: &mut Writer) {
    let mut column = 0;
    let mut rest = line;
    while !rest.is_empty() {
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let (run, tail) = rest.split_at(blanks);
        column = retab(run, column, stops, out);
        let next = tail.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(tail.len());
        let (text, tail) = tail.split_at(next);
        out.write(text);
        column = column_behind(text, column, utf8);
        rest = tail;
        if !all {
            break;
        }
    }
    out.write(rest);
}

/// Writes a run of blanks and tabs with as many tabs as fit; gives the column behind it.
fn retab(run: &[u8], start: usize, stops: &Stops, out: &mut Writer) -> usize {
    // `written` is the column that what has been written reaches; the blanks since then are pending.
    let (mut column, mut written) = (start, start);
    for (index, &byte) in run.iter().enumerate() {
        let Some(stop) = stops.next(column) else {
            out.fill(b' ', column - written);
            out.write(run.get(index..).unwrap_or_default());
            return column + (run.len() - index);
        };
        column = if byte == b'\t' { stop } else { column + 1 };
        if column < stop {
            continue;
        }
        // A blank by itself that happens to end at a stop stays a blank.
        let more = index + 1 < run.len() && stops.next(column).is_some();
        if byte == b' ' && index == 0 && !more {
            continue;
        }
        out.byte(b'\t');
        written = column;
    }
    out.fill(b' ', column - written);
    column
}
