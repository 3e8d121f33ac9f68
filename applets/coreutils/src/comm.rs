//! usage: comm [-123z] [--total] [--output-delimiter=S] FILE1 FILE2
//!
//! Compare two sorted files: column 1 has the lines only in FILE1, column 2 those only in FILE2, column 3 those in both.
//!
//!  -1                      leave out column 1
//!  -2                      leave out column 2
//!  -3                      leave out column 3
//!  --check-order           fail on input that is not sorted
//!  --nocheck-order         do not look whether the input is sorted
//!  --output-delimiter=S    columns are S apart, not a tab
//!  --total                 print the number of lines in each column at the end
//!  -z, --zero-terminated   lines end with NUL
//!
//! # Notes
//! POSIX.1-2024 comm; the rest as GNU.

use applet::prelude::*;
use core::cmp::Ordering;

applet::options!("comm");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let (first, second) = match *options.operands.as_slice() {
        [] => return Err(Error::missing_operand()),
        [first] => return Err(Error::usage_about(b"missing operand after '%'", first)),
        [first, second] => (first, second),
        [_, _, extra, ..] => return Err(Error::extra_operand(extra)),
    };
    let delimiter = match options.value(opt::OUTPUT_DELIMITER) {
        Some(b"") => &b"\0"[..],
        Some(delimiter) => delimiter,
        None => b"\t",
    };
    let end = if options.has(opt::ZERO_TERMINATED) { 0 } else { b'\n' };
    let shown = [!options.has(opt::_1), !options.has(opt::_2), !options.has(opt::_3)];
    // What stands before a line of each column: a delimiter for each column shown to its left.
    let one = if shown[0] { delimiter.to_vec() } else { Vec::new() };
    let two = [one.as_slice(), if shown[1] { delimiter } else { b"" }].concat();
    let leads = [Vec::new(), one, two];
    let mut inputs = [cx.open(first)?, cx.open(second)?];
    let check = match options.last(&[opt::CHECK_ORDER, opt::NOCHECK_ORDER]) {
        Some(opt::CHECK_ORDER) => Check::Strict,
        Some(_) => Check::No,
        None => Check::WhenUnpaired,
    };
    let mut order =
        Order { check, last: [Vec::new(), Vec::new()], any: [false; 2], told: [false; 2], unpaired: false };
    let mut totals = [0u64; 3];
    // Which file's line is a new one, whose order is to be checked.
    let mut fresh = [true; 2];
    while !cx.out.failed() {
        let [left, right] = &mut inputs;
        let (a, b) = (left.peek_line(end).at(first)?, right.peek_line(end).at(second)?);
        if a.is_empty() && b.is_empty() {
            break;
        }
        let lines = [a, b].map(|line| line.strip_suffix(&[end]).unwrap_or(line));
        let present = [!a.is_empty(), !b.is_empty()];
        for (file, message) in
            [&b"file 1 is not in sorted order"[..], b"file 2 is not in sorted order"].iter().enumerate()
        {
            if fresh[file] && present[file] && order.falls(file, lines[file]) {
                cx.report(Error::new(message));
                if order.check == Check::Strict {
                    return Ok(cx.status());
                }
            }
        }
        let [text_a, text_b] = lines;
        let ordering = match (a.is_empty(), b.is_empty()) {
            (true, _) => Ordering::Greater,
            (_, true) => Ordering::Less,
            _ => text_a.cmp(text_b),
        };
        let (column, text) = match ordering {
            Ordering::Less => (0, text_a),
            Ordering::Greater => (1, text_b),
            Ordering::Equal => (2, text_a),
        };
        if shown[column] {
            cx.out.write(leads.get(column).map_or(&[], Vec::as_slice));
            cx.out.write(text);
            cx.out.byte(end);
        }
        totals[column] += 1;
        order.unpaired |= ordering.is_ne();
        let (used_a, used_b) = (a.len(), b.len());
        fresh = [ordering.is_le(), ordering.is_ge()];
        if ordering.is_le() {
            left.consume(used_a);
        }
        if ordering.is_ge() {
            right.consume(used_b);
        }
    }
    if options.has(opt::TOTAL) {
        let mut line = Vec::new();
        for total in totals {
            num::push_dec(&mut line, total);
            line.extend_from_slice(delimiter);
        }
        line.extend_from_slice(b"total");
        cx.out.write(&line);
        cx.out.byte(end);
    }
    if order.told.contains(&true) {
        cx.report(Error::new(b"input is not in sorted order"));
    }
    Ok(cx.status())
}

#[derive(Clone, Copy, PartialEq)]
enum Check {
    No,
    /// Tell of it, once a line without a partner shows that it matters.
    WhenUnpaired,
    Strict,
}

/// Watches that the lines of each file do not fall.
struct Order {
    check: Check,
    last: [Vec<u8>; 2],
    any: [bool; 2],
    told: [bool; 2],
    unpaired: bool,
}

impl Order {
    /// Whether `line` of a file stands before the line that came last in it, and this is to be told.
    fn falls(&mut self, file: usize, line: &[u8]) -> bool {
        if self.check == Check::No || self.told[file] {
            return false;
        }
        let last = &mut self.last[file];
        let falls =
            self.any[file] && line < last.as_slice() && (self.check == Check::Strict || self.unpaired);
        self.any[file] = true;
        last.clear();
        last.extend_from_slice(line);
        self.told[file] = falls;
        falls
    }
}
