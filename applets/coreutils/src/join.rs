//! usage: join [OPTION]... FILE1 FILE2
//!
//! Join the lines of two sorted files that have the same key: a field, the first one if not told otherwise.
//!
//!  -a FILE                 print lines of FILE (1 or 2) without a partner too
//!  -e STRING               STRING for fields that are empty or missing
//!  -i, --ignore-case       ignore case in the key
//!  -j FIELD                same as -1 FIELD -2 FIELD
//!  -o FORMAT               print these fields: FILE.FIELD or 0, the key, with commas between;
//!                          auto: as many of each file as its first line has
//!  -t CHAR                 CHAR separates fields, not blanks; '' makes the line one field
//!  -v FILE                 print only lines of FILE without a partner
//!  -1 FIELD                the key of FILE1
//!  -2 FIELD                the key of FILE2
//!  --check-order           fail on input that is not sorted
//!  --nocheck-order         do not look whether the input is sorted
//!  --header                join the first lines whatever their keys
//!  -z, --zero-terminated   lines end with NUL
//!
//! # Notes
//! POSIX.1-2024 join without its obsolescent forms (a FORMAT of several arguments); the rest as GNU.

use applet::prelude::*;
use core::cmp::Ordering;

applet::options!("join");

#[derive(Clone, Copy, PartialEq)]
enum Check {
    No,
    /// Once a line without a partner shows that it matters.
    WhenUnpaired,
    Strict,
}

/// One input.
struct Side<'a> {
    name: &'a [u8],
    input: Reader,
    /// The key's field, from 0.
    field: usize,
    show_unpaired: bool,
    line: u64,
    /// The key of the line before, for the order.
    last: Vec<u8>,
    told: bool,
}

/// How lines are taken apart and put together again.
struct Layout<'a> {
    /// What separates fields; `None` for blanks.
    tab: Option<u8>,
    /// The line is one field.
    whole: bool,
    separator: u8,
    end: u8,
    ignore_case: bool,
    empty: &'a [u8],
    /// Fields asked for: of which file (2 for the key), which one from 0.
    list: Vec<(usize, usize)>,
    /// How many fields of each file are printed, when that is fixed.
    auto: Option<[usize; 2]>,
    keys: [usize; 2],
    bounds: [Vec<(usize, usize)>; 2],
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let (first, second) = match *options.operands.as_slice() {
        [] => return Err(Error::missing_operand()),
        [first] => return Err(Error::usage_about(b"missing operand after '%'", first)),
        [b"-", b"-"] => return Err(Error::new(b"both files cannot be standard input")),
        [first, second] => (first, second),
        [_, _, extra, ..] => return Err(Error::extra_operand(extra)),
    };
    let end = if options.has(opt::ZERO_TERMINATED) { 0 } else { b'\n' };
    let mut layout = Layout {
        tab: None,
        whole: false,
        separator: b' ',
        end,
        ignore_case: options.has(opt::IGNORE_CASE),
        empty: options.value(opt::e).unwrap_or_default(),
        list: Vec::new(),
        auto: None,
        keys: [0; 2],
        bounds: [Vec::new(), Vec::new()],
    };
    let (mut shown, mut paired) = ([false; 2], true);
    let mut keys = [None; 2];
    for &(id, value) in &options.list {
        match id {
            opt::a | opt::v => {
                shown[file_number(value)?] = true;
                paired &= id == opt::a;
            }
            opt::j => {
                set_key(&mut keys[0], value)?;
                set_key(&mut keys[1], value)?;
            }
            opt::_1 => set_key(&mut keys[0], value)?,
            opt::_2 => set_key(&mut keys[1], value)?,
            opt::o => layout.parse_list(value)?,
            opt::t => layout.set_tab(value)?,
            _ => {}
        }
    }
    layout.keys = keys.map(Option::unwrap_or_default);
    let side = |file: usize, name| -> Result<Side> {
        let input = cx.open(name)?;
        Ok(Side {
            name,
            input,
            field: layout.keys[file],
            show_unpaired: shown[file],
            line: 1,
            last: Vec::new(),
            told: false,
        })
    };
    let mut sides = [side(0, first)?, side(1, second)?];
    let check = match options.last(&[opt::CHECK_ORDER, opt::NOCHECK_ORDER]) {
        Some(opt::CHECK_ORDER) => Check::Strict,
        Some(_) => Check::No,
        None => Check::WhenUnpaired,
    };
    join(cx, &mut layout, &mut sides, check, paired, options.has(opt::HEADER))?;
    if sides.iter().any(|side| side.told) {
        cx.report(Error::new(b"input is not in sorted order"));
    }
    Ok(cx.status())
}

fn join(
    cx: &mut Context,
    layout: &mut Layout,
    sides: &mut [Side; 2],
    check: Check,
    paired: bool,
    header: bool,
) -> Result {
    let end = layout.end;
    let (mut key, mut group, mut ends) = (Vec::new(), Vec::new(), Vec::new());
    // Whose line is a new one; whether a line without a partner came, and that one may be it.
    let (mut fresh, mut unpaired, mut alone) = ([true; 2], false, false);
    let mut start = true;
    while !cx.out.failed() {
        let [left, right] = &mut *sides;
        let (a, b) = (left.input.peek_line(end).at(left.name)?, right.input.peek_line(end).at(right.name)?);
        let present = [!a.is_empty(), !b.is_empty()];
        let used = [a.len(), b.len()];
        if present == [false; 2] {
            break;
        }
        let texts = [a, b].map(|line| line.strip_suffix(&[end]).unwrap_or(line));
        if core::mem::take(&mut start) {
            if let Some(counts) = &mut layout.auto {
                *counts = [0; 2];
                let found =
                    [0, 1].map(|file| if present[file] { layout.split(file, texts[file]) } else { 0 });
                layout.auto = Some(found);
            }
            if header {
                layout.print(present[0].then_some(texts[0]), present[1].then_some(texts[1]), &mut cx.out);
                left.advance(used[0]);
                right.advance(used[1]);
                continue;
            }
        }
        let [key_a, key_b] = [layout.key(texts[0], left.field), layout.key(texts[1], right.field)];
        let checked = check == Check::Strict || check == Check::WhenUnpaired && unpaired;
        if fresh[0] && present[0] && check != Check::No {
            order(
                cx,
                layout,
                (left.name, left.line, &mut left.last, &mut left.told),
                texts[0],
                key_a,
                checked,
            );
        }
        if fresh[1] && present[1] && check != Check::No {
            order(
                cx,
                layout,
                (right.name, right.line, &mut right.last, &mut right.told),
                texts[1],
                key_b,
                checked,
            );
        }
        if check == Check::Strict && (left.told || right.told) {
            return Err(Error::silent(1));
        }
        unpaired |= alone;
        let ordering = match present {
            [false, _] => Ordering::Greater,
            [_, false] => Ordering::Less,
            _ => layout.compare(key_a, key_b),
        };
        fresh = [ordering.is_le(), ordering.is_ge()];
        alone |= ordering.is_ne() && present == [true; 2];
        match ordering {
            Ordering::Less => {
                if left.show_unpaired {
                    layout.print(Some(texts[0]), None, &mut cx.out);
                }
                left.advance(used[0]);
            }
            Ordering::Greater => {
                if right.show_unpaired {
                    layout.print(None, Some(texts[1]), &mut cx.out);
                }
                right.advance(used[1]);
            }
            Ordering::Equal => {
                // Every line of the one with this key, with every one of the other.
                key.clear();
                key.extend_from_slice(key_a);
                group.clear();
                ends.clear();
                while let Some(line) = right.next_of(layout, &key)? {
                    group.extend_from_slice(line);
                    ends.push(group.len());
                }
                while let Some(line) = left.next_of(layout, &key)? {
                    let mut from = 0;
                    for &to in &ends {
                        if paired {
                            layout.print(Some(line), group.get(from..to), &mut cx.out);
                        }
                        from = to;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Tells of a line whose key is before that of the line before it.
fn order(
    cx: &mut Context,
    layout: &Layout,
    (name, number, last, told): (&[u8], u64, &mut Vec<u8>, &mut bool),
    text: &[u8],
    key: &[u8],
    checked: bool,
) {
    if checked && !*told && number > 1 && layout.compare(last, key).is_gt() {
        *told = true;
        let mut buf = num::new_buf();
        cx.report(Error::parts(&[name, b":", num::dec(number, &mut buf), b": is not sorted: ", text]));
    }
    last.clear();
    last.extend_from_slice(key);
}

impl Side<'_> {
    fn advance(&mut self, length: usize) {
        self.input.consume(length);
        self.line += 1;
    }

    /// The next line, if its key is `key`.
    fn next_of(&mut self, layout: &Layout, key: &[u8]) -> Result<Option<&[u8]>> {
        let line = self.input.peek_line(layout.end).at(self.name)?;
        let text = line.strip_suffix(&[layout.end]).unwrap_or(line);
        if line.is_empty() || layout.compare(layout.key(text, self.field), key).is_ne() {
            return Ok(None);
        }
        self.line += 1;
        // Consumed as it is given out: what is buffered stays until the next look.
        self.input.text_line(layout.end).at(self.name)
    }
}

fn file_number(text: &[u8]) -> Result<usize> {
    match text {
        b"1" => Ok(0),
        b"2" => Ok(1),
        _ => Err(applet::value::invalid(b"file number", text)),
    }
}

/// A field's number, counted from 0.
fn field_number(text: &[u8]) -> Result<usize> {
    match num::parse_u64(text) {
        Ok(number @ 1..) => Ok(usize::try_from(number).unwrap_or(usize::MAX) - 1),
        Err(num::ParseError::Range) => Ok(usize::MAX - 1),
        _ => Err(applet::value::invalid(b"field number", text)),
    }
}

fn set_key(key: &mut Option<usize>, text: &[u8]) -> Result {
    let field = field_number(text)?;
    if let Some(other) = key.replace(field).filter(|&other| other != field) {
        let (mut one, mut two) = (num::new_buf(), num::new_buf());
        let numbers = [num::dec(other as u64 + 1, &mut one), num::dec(field as u64 + 1, &mut two)];
        return Err(Error::parts(&[b"incompatible join fields ", numbers[0], b", ", numbers[1]]));
    }
    Ok(())
}

impl Layout<'_> {
    fn parse_list(&mut self, text: &[u8]) -> Result {
        if text == b"auto" {
            self.auto = Some([0; 2]);
            return Ok(());
        }
        for item in text.split(|byte| matches!(byte, b',' | b' ' | b'\t')) {
            let field = match item {
                b"0" => (2, 0),
                [file @ (b'1' | b'2'), b'.', field @ ..] => (usize::from(file - b'1'), field_number(field)?),
                _ => return Err(applet::value::invalid(b"field specifier", item)),
            };
            self.list.push(field);
        }
        Ok(())
    }

    fn set_tab(&mut self, text: &[u8]) -> Result {
        let tab = match text {
            [] => b'\n',
            b"\\0" => 0,
            &[byte] => byte,
            _ => return Err(Error::about(b"multi-character tab '%'", text)),
        };
        if self.tab.is_some_and(|other| other != tab) {
            return Err(Error::new(b"incompatible tabs"));
        }
        self.whole = text.is_empty();
        self.separator = tab;
        self.tab = Some(tab);
        Ok(())
    }

    /// Where the next field of a line ends that begins at or behind `at`: its start and its end.
    #[inline]
    fn field(&self, line: &[u8], at: usize) -> Option<(usize, usize)> {
        let rest = line.get(at..)?;
        match self.tab {
            Some(_) if self.whole => (at == 0).then_some((0, line.len())),
            Some(tab) => Some((at, memchr::memchr(tab, rest).map_or(line.len(), |length| at + length))),
            None => {
                let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n');
                let Some(lead) = rest.iter().position(|byte| !blank(byte)) else {
                    // Blanks at the end are followed by an empty field, but a line of blanks has none.
                    return (at > 0).then_some((line.len(), line.len()));
                };
                let start = at + lead;
                let length = line.get(start..)?.iter().position(blank);
                Some((start, length.map_or(line.len(), |length| start + length)))
            }
        }
    }

    fn key<'a>(&self, line: &'a [u8], field: usize) -> &'a [u8] {
        let mut at = 0;
        for number in 0..=field {
            let Some((start, stop)) = self.field(line, at).filter(|_| !line.is_empty()) else { break };
            if number == field {
                return line.get(start..stop).unwrap_or_default();
            }
            at = stop + 1;
        }
        b""
    }

    /// Notes where the fields of a line are, and gives their number.
    fn split(&mut self, file: usize, line: &[u8]) -> usize {
        let mut bounds = core::mem::take(&mut self.bounds[file]);
        bounds.clear();
        let mut at = 0;
        while let Some(field) = self.field(line, at).filter(|_| !line.is_empty()) {
            bounds.push(field);
            at = field.1 + 1;
        }
        let count = bounds.len();
        self.bounds[file] = bounds;
        count
    }

    fn compare(&self, a: &[u8], b: &[u8]) -> Ordering {
        if self.ignore_case {
            return a.iter().map(u8::to_ascii_uppercase).cmp(b.iter().map(u8::to_ascii_uppercase));
        }
        a.cmp(b)
    }

    /// Prints a pair, or a line without a partner.
    fn print(&mut self, a: Option<&[u8]>, b: Option<&[u8]>, out: &mut Writer) {
        let lines = [a.unwrap_or_default(), b.unwrap_or_default()];
        self.split(0, lines[0]);
        self.split(1, lines[1]);
        let of_key = usize::from(a.is_none());
        let put = |file: usize, field: usize, out: &mut Writer| {
            let text = self.bounds[file].get(field).and_then(|&(start, stop)| lines[file].get(start..stop));
            out.write(text.filter(|text| !text.is_empty()).unwrap_or(self.empty));
        };
        if self.list.is_empty() {
            put(of_key, self.keys[of_key], out);
            for file in [0, 1] {
                let count = self.auto.map_or(self.bounds[file].len(), |counts| counts[file]);
                for field in (0..count).filter(|&field| field != self.keys[file]) {
                    out.byte(self.separator);
                    put(file, field, out);
                }
            }
        }
        for (index, &(file, field)) in self.list.iter().enumerate() {
            if index > 0 {
                out.byte(self.separator);
            }
            match file {
                2 => put(of_key, self.keys[of_key], out),
                _ => put(file, field, out),
            }
        }
        out.byte(self.end);
    }
}
