//! usage: fmt [-WIDTH] [-cstu] [-p PREFIX] [-w WIDTH] [-g WIDTH] [FILE]...
//!
//! Fill each paragraph, breaking its lines where they come out best.
//!
//!  -c, --crown-margin      keep the indentation of the first two lines
//!  -p, --prefix=PREFIX     only lines that begin with PREFIX, which is put back
//!  -s, --split-only        break long lines, join none
//!  -t, --tagged-paragraph  the first line is indented differently
//!  -u, --uniform-spacing   one blank between words, two after sentences
//!  -w, --width=WIDTH       lines are at most WIDTH (75) columns wide
//!  -g, --goal=WIDTH        lines should be about WIDTH (93% of the width) wide
//!  -NUM                    same as -w NUM

use applet::prelude::*;

applet::options!("fmt");

/// What a paragraph may hold before its first part is put out.
const MOST_WORDS: usize = 998;
const MOST_BYTES: usize = 5000;
const MOST_WIDTH: u64 = 2500;
const HUGE: i64 = i64::MAX;

const fn squared(n: i64) -> i64 {
    n * n
}
/// What a break before a word costs.
const LINE: i64 = squared(70);
/// Breaks after a sentence, after punctuation and before a parenthesis are good.
const AFTER_SENTENCE: i64 = squared(50);
const AFTER_PUNCTUATION: i64 = squared(40);
const BEFORE_PAREN: i64 = squared(40);
/// A period that may not end a sentence must not end a line.
const AFTER_PERIOD: i64 = squared(600);
/// A sentence's last word alone at a line's start, or its first alone at the end, costs the more the shorter it is.
const WIDOW: i64 = squared(200);
const ORPHAN: i64 = squared(150);
/// What makes a later break to split a paragraph at better than an earlier.
const LATER: i64 = squared(3);

fn short_cost(n: i64) -> i64 {
    squared(n.saturating_mul(10).clamp(-1_000_000, 1_000_000))
}

#[derive(Clone, Copy, Default)]
struct Word {
    start: usize,
    length: usize,
    /// Blanks behind it.
    space: usize,
    paren: bool,
    period: bool,
    punct: bool,
    /// Ends a sentence.
    last: bool,
    /// The best line that begins with it, and what the lines from there on cost.
    line_length: i64,
    cost: i64,
    next: usize,
}

struct Fmt<'a> {
    crown: bool,
    tagged: bool,
    split: bool,
    uniform: bool,
    width: i64,
    goal: i64,
    prefix: &'a [u8],
    /// Blanks before the prefix, its length with the blanks behind it.
    lead: usize,
    full: usize,

    input: Reader,
    tabs: bool,
    column: usize,
    next_prefix_indent: usize,
    prefix_indent: usize,
    first_indent: usize,
    other_indent: usize,
    next_char: Option<u8>,
    words: Vec<Word>,
    bytes: Vec<u8>,
    out_column: usize,
    last_line_length: i64,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let width = |id: u8, most: u64| -> Result<Option<i64>> {
        let Some(text) = options.value(id) else { return Ok(None) };
        let wrong = || applet::value::invalid(b"width", text);
        let value = num::parse_u64(text).map_err(|_| wrong())?;
        if value > most { Err(wrong()) } else { Ok(Some(value as i64)) }
    };
    let most = match options.last(&[opt::WIDTH, opt::NUMBER]) {
        Some(id) => width(id, MOST_WIDTH)?,
        None => None,
    };
    let goal = width(opt::GOAL, most.map_or(75, |most| most as u64))?;
    let most = most.or_else(|| goal.map(|goal| goal + 10)).unwrap_or(75);
    let text = options.value(opt::PREFIX).unwrap_or_default();
    let lead = text.iter().take_while(|&&byte| byte == b' ').count();
    let full = text.get(lead..).unwrap_or_default();
    let tail = full.iter().rev().take_while(|&&byte| byte == b' ').count();
    let operands =
        if options.operands.is_empty() { alloc::vec![&b"-"[..]] } else { options.operands.clone() };
    let mut out = core::mem::replace(&mut cx.out, Writer::memory());
    for operand in operands {
        let result = cx.open(operand).and_then(|input| {
            let mut fmt = Fmt {
                crown: options.has(opt::CROWN_MARGIN),
                tagged: options.has(opt::TAGGED_PARAGRAPH),
                split: options.has(opt::SPLIT_ONLY),
                uniform: options.has(opt::UNIFORM_SPACING),
                width: most,
                goal: goal.unwrap_or(most * 187 / 200),
                prefix: full.get(..full.len() - tail).unwrap_or_default(),
                lead,
                full: full.len(),
                input,
                tabs: false,
                column: 0,
                next_prefix_indent: 0,
                prefix_indent: 0,
                first_indent: 0,
                other_indent: 0,
                next_char: None,
                words: Vec::new(),
                bytes: Vec::new(),
                out_column: 0,
                last_line_length: 0,
            };
            fmt.file(&mut out).map_err(Error::from)
        });
        if let Err(error) = result {
            core::mem::swap(&mut cx.out, &mut out);
            cx.report_at(operand, error);
            core::mem::swap(&mut cx.out, &mut out);
        }
    }
    cx.out = out;
    Ok(cx.status())
}

impl Fmt<'_> {
    fn file(&mut self, out: &mut Writer) -> sys::Result<()> {
        self.next_char = self.line_start()?;
        while !out.failed() && self.paragraph(out)? {
            self.fill();
            self.put(self.words.len(), out);
        }
        Ok(())
    }

    #[inline]
    fn byte(&mut self) -> sys::Result<Option<u8>> {
        let byte = self.input.block()?.first().copied();
        self.input.consume(1);
        Ok(byte)
    }

    /// Passes over blanks from `byte` on; gives what follows.
    fn blanks(&mut self, mut byte: Option<u8>) -> sys::Result<Option<u8>> {
        loop {
            match byte {
                Some(b' ') => self.column += 1,
                Some(b'\t') => {
                    self.tabs = true;
                    self.column = (self.column / 8 + 1) * 8;
                }
                _ => return Ok(byte),
            }
            byte = self.byte()?;
        }
    }

    /// Reads the indentation of a line and as much of the prefix as there is; gives what follows.
    fn line_start(&mut self) -> sys::Result<Option<u8>> {
        self.column = 0;
        let first = self.byte()?;
        let mut byte = self.blanks(first)?;
        let prefix = self.prefix;
        if prefix.is_empty() {
            self.next_prefix_indent = self.lead.min(self.column);
            return Ok(byte);
        }
        self.next_prefix_indent = self.column;
        for &wanted in prefix {
            if byte != Some(wanted) {
                return Ok(byte);
            }
            self.column += 1;
            byte = self.byte()?;
        }
        self.blanks(byte)
    }

    /// Whether the line just begun, which goes on with `byte`, belongs to the paragraph before it.
    fn goes_on(&self, byte: Option<u8>) -> bool {
        self.next_prefix_indent == self.prefix_indent
            && self.column >= self.next_prefix_indent + self.full
            && !matches!(byte, Some(b'\n') | None)
    }

    /// Copies the rest of a line that is in no paragraph; gives its newline, if it has one.
    fn copy(&mut self, mut byte: Option<u8>, out: &mut Writer) -> sys::Result<Option<u8>> {
        self.out_column = 0;
        let ends = matches!(byte, Some(b'\n') | None);
        if self.column > self.next_prefix_indent || !ends {
            self.space(self.next_prefix_indent, out);
            let seen = self.column.saturating_sub(self.out_column).min(self.prefix.len());
            out.write(self.prefix.get(..seen).unwrap_or_default());
            self.out_column += seen;
            if !ends {
                self.space(self.column.saturating_sub(self.out_column), out);
            }
            if byte.is_none() && self.column >= self.next_prefix_indent + self.prefix.len() {
                out.byte(b'\n');
            }
        }
        while let Some(other) = byte.filter(|&byte| byte != b'\n') {
            out.byte(other);
            byte = self.byte()?;
        }
        Ok(byte)
    }

    /// Reads a paragraph, copying what is before it. `false` at the end of the file.
    fn paragraph(&mut self, out: &mut Writer) -> sys::Result<bool> {
        self.last_line_length = 0;
        let mut byte = self.next_char;
        while matches!(byte, Some(b'\n') | None)
            || self.next_prefix_indent < self.lead
            || self.column < self.next_prefix_indent + self.full
        {
            if self.copy(byte, out)?.is_none() {
                self.next_char = None;
                return Ok(false);
            }
            out.byte(b'\n');
            byte = self.line_start()?;
        }
        self.prefix_indent = self.next_prefix_indent;
        self.first_indent = self.column;
        self.words.clear();
        self.bytes.clear();
        byte = self.line(byte, out)?;
        self.indent_others(self.goes_on(byte));
        let joins = !self.split && (!self.tagged || self.crown || self.column != self.first_indent);
        if joins && (self.crown || self.tagged) && self.goes_on(byte) {
            byte = self.line(byte, out)?;
        }
        while joins && self.goes_on(byte) && self.column == self.other_indent {
            byte = self.line(byte, out)?;
        }
        if let Some(word) = self.words.last_mut() {
            word.period = true;
            word.last = true;
        }
        self.next_char = byte;
        Ok(true)
    }

    fn indent_others(&mut self, goes_on: bool) {
        if self.split {
            self.other_indent = self.first_indent;
        } else if self.crown {
            self.other_indent = if goes_on { self.column } else { self.first_indent };
        } else if self.tagged {
            if goes_on && self.column != self.first_indent {
                self.other_indent = self.column;
            } else if self.other_indent == self.first_indent {
                self.other_indent = if self.first_indent == 0 { 3 } else { 0 };
            }
        } else {
            self.other_indent = self.first_indent;
        }
    }

    /// Reads the words of a line that begins with `byte`, then the start of the next line.
    fn line(&mut self, mut byte: Option<u8>, out: &mut Writer) -> sys::Result<Option<u8>> {
        loop {
            let mut start = self.bytes.len();
            while let Some(letter) = byte {
                if self.bytes.len() == MOST_BYTES {
                    self.indent_others(true);
                    start = self.flush(start, out);
                }
                self.bytes.push(letter);
                byte = self.byte()?;
                if matches!(byte, Some(b' ' | b'\t'..=b'\r')) {
                    break;
                }
            }
            let text = self.bytes.get(start..).unwrap_or_default();
            let mut word = examine(text);
            word.start = start;
            self.column += word.length;
            let before = self.column;
            byte = self.blanks(byte)?;
            let ends = matches!(byte, Some(b'\n') | None);
            word.space = self.column - before;
            word.last = byte.is_none() || word.period && (ends || word.space > 1);
            if ends || self.uniform {
                word.space = if word.last { 2 } else { 1 };
            }
            if self.words.len() == MOST_WORDS {
                self.indent_others(true);
                let length = word.length;
                word.start = self.flush(start, out);
                word.length = length;
            }
            self.words.push(word);
            if ends {
                return self.line_start();
            }
        }
    }

    /// Puts out the first part of a paragraph that is too long; gives the new start of the word that began at `start`.
    fn flush(&mut self, start: usize, out: &mut Writer) -> usize {
        if self.words.is_empty() {
            out.write(&self.bytes);
            self.bytes.clear();
            return 0;
        }
        self.fill();
        let mut split = self.words.len();
        let mut best = HUGE;
        let at = |index: usize| self.words.get(index).copied().unwrap_or_default();
        let mut index = at(0).next;
        while index < self.words.len() {
            let word = at(index);
            let cost = word.cost - at(word.next).cost;
            if cost < best {
                split = index;
                best = cost;
            }
            best = best.saturating_add(LATER);
            index = word.next.max(index + 1);
        }
        self.put(split, out);
        let gone = self.words.get(split).map_or(start, |word| word.start);
        self.bytes.drain(..gone.min(self.bytes.len()));
        self.words.drain(..split.min(self.words.len()));
        for word in &mut self.words {
            word.start -= gone;
        }
        start - gone
    }

    /// Finds the best breaks, from the last word to the first.
    fn fill(&mut self) {
        let count = self.words.len();
        for start in (0..count).rev() {
            let mut best = HUGE;
            let (mut next, mut line_length) = (count, 0);
            let indent = if start == 0 { self.first_indent } else { self.other_indent };
            let mut length = indent as i64;
            let mut end = start;
            while let Some(word) = self.words.get(end) {
                length += word.length as i64;
                end += 1;
                let mut cost = self.line_cost(end, length);
                if start == 0 && self.last_line_length > 0 {
                    cost = cost.saturating_add(short_cost(length - self.last_line_length) / 2);
                }
                if cost < best {
                    (best, next, line_length) = (cost, end, length);
                }
                length += word.space as i64;
                if length + self.words.get(end).map_or(self.width, |word| word.length as i64) >= self.width {
                    break;
                }
            }
            let base = self.base_cost(start);
            if let Some(word) = self.words.get_mut(start) {
                word.cost = best.saturating_add(base);
                word.next = next;
                word.line_length = line_length;
            }
        }
    }

    /// What a line of `length` costs behind which the word `next` follows, and all that comes then.
    fn line_cost(&self, next: usize, length: i64) -> i64 {
        let Some(word) = self.words.get(next) else { return 0 };
        let mut cost = short_cost(self.goal - length);
        if word.next != self.words.len() {
            cost += short_cost(length - word.line_length) / 2;
        }
        cost.saturating_add(word.cost)
    }

    /// What beginning a line with a word costs.
    fn base_cost(&self, index: usize) -> i64 {
        let at = |index: usize| self.words.get(index).copied().unwrap_or_default();
        let word = at(index);
        let mut cost = LINE;
        if index > 0 {
            let before = at(index - 1);
            if before.period {
                cost += if before.last { -AFTER_SENTENCE } else { AFTER_PERIOD };
            } else if before.punct {
                cost -= AFTER_PUNCTUATION;
            } else if index > 1 && at(index - 2).last {
                cost += WIDOW / (before.length as i64 + 2);
            }
        }
        if word.paren {
            cost -= BEFORE_PAREN;
        } else if word.last {
            cost += ORPHAN / (word.length as i64 + 2);
        }
        cost
    }

    /// Puts out the lines before the word `end`.
    fn put(&mut self, end: usize, out: &mut Writer) {
        let mut index = 0;
        while index < end {
            self.out_column = 0;
            self.space(self.prefix_indent, out);
            out.write(self.prefix);
            self.out_column += self.prefix.len();
            let indent = if index == 0 { self.first_indent } else { self.other_indent };
            self.space(indent.saturating_sub(self.out_column), out);
            let stop = self.words.get(index).map_or(end, |word| word.next).max(index + 1);
            while index < stop {
                let word = self.words.get(index).copied().unwrap_or_default();
                out.write(self.bytes.get(word.start..word.start + word.length).unwrap_or_default());
                self.out_column += word.length;
                index += 1;
                if index < stop {
                    self.space(word.space, out);
                }
            }
            self.last_line_length = self.out_column as i64;
            out.byte(b'\n');
        }
    }

    fn space(&mut self, count: usize, out: &mut Writer) {
        let target = self.out_column + count;
        let tab_target = target / 8 * 8;
        if self.tabs && self.out_column + 1 < tab_target {
            while self.out_column < tab_target {
                out.byte(b'\t');
                self.out_column = (self.out_column / 8 + 1) * 8;
            }
        }
        out.fill(b' ', target - self.out_column);
        self.out_column = target;
    }
}

/// What a word's first and last letters say of it.
fn examine(text: &[u8]) -> Word {
    let close = |byte: &u8| matches!(byte, b')' | b']' | b'\'' | b'"');
    let mut end = text;
    while let [rest @ .., last] = end
        && !rest.is_empty()
        && close(last)
    {
        end = rest;
    }
    Word {
        length: text.len(),
        paren: matches!(text.first(), Some(b'(' | b'[' | b'\'' | b'`' | b'"')),
        punct: text.last().is_some_and(u8::is_ascii_punctuation),
        period: matches!(end.last(), Some(b'.' | b'?' | b'!')),
        ..Word::default()
    }
}
