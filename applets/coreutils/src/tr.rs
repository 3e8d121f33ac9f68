//! usage: tr [-cst] SET1 SET2 | tr -d [-c] SET1 | tr -s [-c] SET1 | tr -ds [-c] SET1 SET2
//!
//! Replace bytes of standard input that are in SET1 by those of SET2 in the same place, delete them, or squeeze repeats.
//!
//!  -c, -C, --complement     use the bytes that are not in SET1
//!  -d, --delete             delete bytes in SET1
//!  -s, --squeeze-repeats    replace repeats of a byte in the last SET by one
//!  -t, --truncate-set1      cut SET1 to the length of SET2, rather than repeat SET2's last byte
//!
//! SETs are bytes, \NNN \\ \a \b \f \n \r \t \v, A-Z, [:alnum:] [:alpha:] [:blank:] [:cntrl:] [:digit:] [:graph:]
//! [:lower:] [:print:] [:punct:] [:space:] [:upper:] [:xdigit:], [=c=], and in SET2 [c*N] or [c*] (repeated).
//!
//! # Notes
//! POSIX.1-2024 tr, on bytes; -t as GNU.

use applet::prelude::*;
use io::translate;

applet::options!("tr");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.leading_options(opt::GRAMMAR)?;
    let delete = options.has(opt::DELETE);
    let squeeze = options.has(opt::SQUEEZE_REPEATS);
    let (first, second) = match *options.operands.as_slice() {
        [] => return Err(Error::missing_operand()),
        [first] if delete && squeeze || !delete && !squeeze => {
            return Err(Error::usage_about(b"missing operand after '%'", first));
        }
        [first] => (first, None),
        [_, second] if delete && !squeeze => return Err(Error::extra_operand(second)),
        [first, second] => (first, Some(second)),
        [_, _, extra, ..] => return Err(Error::extra_operand(extra)),
    };
    let mut from = Set::parse(first)?;
    if from.fill.is_some() {
        return Err(Error::new(b"the [c*] repeat construct may not appear in string1"));
    }
    let classes = options.has(opt::COMPLEMENT) && (from.has_class || !from.cases.is_empty());
    if options.has(opt::COMPLEMENT) {
        let inside = marks(&from.bytes);
        from.bytes = (0..=255u8).filter(|&byte| inside[usize::from(byte)] == 0).collect();
        from.cases.clear();
    }
    let mut table: [u8; 256] = core::array::from_fn(|byte| byte as u8);
    let mut keep = [1; 256];
    let mut squeezed = None;
    if delete {
        keep = marks(&from.bytes).map(|mark| 1 - mark);
        if let Some(second) = second {
            squeezed = Some(marks(&Set::parse(second)?.expand(0)));
        }
    } else if let Some(second) = second {
        let set = Set::parse(second)?;
        check_classes(&from, &set)?;
        let truncate = options.has(opt::TRUNCATE_SET1);
        let ends_in_class = set.cases.last().is_some_and(|&place| place + 26 == set.bytes.len());
        let mut to = set.expand(from.bytes.len());
        let short = truncate && to.len() < from.bytes.len();
        if truncate {
            from.bytes.truncate(to.len());
        } else if ends_in_class && to.len() < from.bytes.len() {
            return Err(Error::new(b"the shorter string2 must not end with a character class"));
        } else if let Some(&last) = to.last() {
            to.resize(to.len().max(from.bytes.len()), last);
        } else if !from.bytes.is_empty() {
            return Err(Error::new(b"when not truncating set1, string2 must be non-empty"));
        }
        if classes && (short || to.iter().any(|byte| to.first() != Some(byte))) {
            return Err(Error::new(b"complemented classes need one character"));
        }
        for (&old, &new) in from.bytes.iter().zip(&to) {
            if let Some(place) = table.get_mut(usize::from(old)) {
                *place = new;
            }
        }
        squeezed = squeeze.then(|| marks(&to));
    } else {
        squeezed = Some(marks(&from.bytes));
    }
    run(cx, &table, delete.then_some(&keep), squeezed.as_ref())
}

fn run(
    cx: &mut Context,
    table: &[u8; 256],
    keep: Option<&[u8; 256]>,
    squeezed: Option<&[u8; 256]>,
) -> Result<Exit> {
    let mut input = Reader::borrow(sys::fd::STDIN);
    let (mut kept, mut done) = (Vec::new(), Vec::new());
    let mut last = 256;
    while !cx.out.failed() {
        let block = input.block().at(b"read error")?;
        if block.is_empty() {
            break;
        }
        let length = block.len();
        let mut text = block;
        if let Some(keep) = keep {
            kept.clear();
            translate::filter(block, keep, &mut kept);
            text = &kept;
        }
        done.clear();
        match squeezed {
            Some(marks) => translate::squeeze(text, table, marks, &mut last, &mut done),
            None if keep.is_some() => core::mem::swap(&mut kept, &mut done),
            None => translate::translate(text, table, &mut done),
        }
        cx.out.write(&done);
        input.consume(length);
    }
    Ok(cx.status())
}

fn marks(bytes: &[u8]) -> [u8; 256] {
    let mut marks = [0; 256];
    for &byte in bytes {
        marks[usize::from(byte)] = 1;
    }
    marks
}

/// A SET as the bytes it stands for, in order.
#[derive(Default)]
struct Set {
    bytes: Vec<u8>,
    /// `[c*]`: where in `bytes` how many of which byte are to be filled in.
    fill: Option<(usize, u8)>,
    /// Where `[:upper:]` and `[:lower:]` stand, for the pairs that change case.
    cases: Vec<usize>,
    /// Whether it has a class other than these two.
    has_class: bool,
    /// Whether it has a `[=c=]`.
    has_equivalence: bool,
}

/// The names of classes, in the order of [`in_class`]'s arms.
const CLASSES: &[u8] = b"alnum alpha blank cntrl digit graph lower print punct space upper xdigit";

fn in_class(class: usize, byte: u8) -> bool {
    match class {
        0 => byte.is_ascii_alphanumeric(),
        1 => byte.is_ascii_alphabetic(),
        2 => byte == b' ' || byte == b'\t',
        3 => byte.is_ascii_control(),
        4 => byte.is_ascii_digit(),
        5 => byte.is_ascii_graphic(),
        6 => byte.is_ascii_lowercase(),
        7 => byte == b' ' || byte.is_ascii_graphic(),
        8 => byte.is_ascii_punctuation(),
        9 => byte == b' ' || (9..=13).contains(&byte),
        10 => byte.is_ascii_uppercase(),
        _ => byte.is_ascii_hexdigit(),
    }
}

const LOWER: usize = 6;
const UPPER: usize = 10;

impl Set {
    fn parse(text: &[u8]) -> Result<Set> {
        let mut set = Set::default();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(used) = set.bracket(rest)? {
                rest = rest.get(used..).unwrap_or_default();
                continue;
            }
            let (first, used) = literal(rest);
            rest = rest.get(used..).unwrap_or_default();
            if let [b'-', tail @ ..] = rest
                && !tail.is_empty()
            {
                let (last, used) = literal(tail);
                if last < first {
                    let range = text.get((text.len() - rest.len()).saturating_sub(1)..).unwrap_or_default();
                    let shown = range.get(..2 + used).unwrap_or(range);
                    return Err(Error::about(
                        b"range-endpoints of '%' are in reverse collating sequence order",
                        shown,
                    ));
                }
                set.bytes.extend(first..=last);
                rest = tail.get(used..).unwrap_or_default();
            } else {
                set.bytes.push(first);
            }
        }
        Ok(set)
    }

    /// A construct in brackets at the start of `text`: how long it is; `None` if there is none.
    fn bracket(&mut self, text: &[u8]) -> Result<Option<usize>> {
        if let Some(name) = text.strip_prefix(b"[:")
            && let Some(end) = name.windows(2).position(|pair| pair == b":]")
        {
            let name = name.get(..end).unwrap_or_default();
            let Some(class) = CLASSES.split(|&byte| byte == b' ').position(|known| known == name) else {
                return Err(Error::about(b"invalid character class '%'", name));
            };
            match class {
                LOWER | UPPER => self.cases.push(self.bytes.len()),
                _ => self.has_class = true,
            }
            self.bytes.extend((0..=255u8).filter(|&byte| in_class(class, byte)));
            return Ok(Some(end + 4));
        }
        if let Some(rest) = text.strip_prefix(b"[=") {
            let (byte, used) = literal(rest);
            if !rest.is_empty() && rest.get(used..).is_some_and(|rest| rest.starts_with(b"=]")) {
                self.bytes.push(byte);
                self.has_equivalence = true;
                return Ok(Some(used + 4));
            }
            if !rest.starts_with(b"*")
                && let Some(end) = rest.windows(2).position(|pair| pair == b"=]")
            {
                let text = rest.get(..end).unwrap_or_default();
                return Err(Error::about(b"%: equivalence class operand must be a single character", text));
            }
        }
        if let [b'[', rest @ ..] = text
            && !rest.is_empty()
        {
            let (byte, used) = literal(rest);
            if let Some([b'*', count @ ..]) = rest.get(used..)
                && let Some(end) = count.iter().position(|&byte| byte == b']')
            {
                let digits = count.get(..end).unwrap_or_default();
                let base = if digits.first() == Some(&b'0') { 8 } else { 10 };
                let number = num::parse_int(digits, base);
                if number.used != end || number.negative || number.magnitude == u64::MAX {
                    return Err(Error::about(b"invalid repeat count '%' in [c*n] construct", digits));
                }
                if number.magnitude == 0 {
                    if self.fill.is_some() {
                        return Err(Error::new(b"only one [c*] repeat construct may appear in string2"));
                    }
                    self.fill = Some((self.bytes.len(), byte));
                } else {
                    // More than all bytes there are never matters.
                    self.bytes.extend(core::iter::repeat_n(byte, number.magnitude.min(65_536) as usize));
                }
                return Ok(Some(used + end + 3));
            }
        }
        Ok(None)
    }

    /// The bytes, with `[c*]` filled in so that there are `length` of them.
    fn expand(self, length: usize) -> Vec<u8> {
        let mut bytes = self.bytes;
        if let Some((at, byte)) = self.fill {
            let missing = length.saturating_sub(bytes.len());
            bytes.splice(at..at, core::iter::repeat_n(byte, missing));
        }
        bytes
    }
}

/// A byte or an escape at the start of `text`, and its length.
fn literal(text: &[u8]) -> (u8, usize) {
    let letters = b"a\x07b\x08f\x0cn\nr\rt\tv\x0b";
    match text {
        [b'\\', digit @ b'0'..=b'7', rest @ ..] => {
            let mut value = u32::from(digit - b'0');
            let mut used = 2;
            for &digit in rest.iter().take(2).take_while(|digit| matches!(digit, b'0'..=b'7')) {
                // \400 and more do not fit a byte: the last digit stands for itself.
                let next = value * 8 + u32::from(digit - b'0');
                if next > 255 {
                    break;
                }
                value = next;
                used += 1;
            }
            (value as u8, used)
        }
        [b'\\', letter, ..] => {
            let known = letters.chunks(2).find(|pair| pair.first() == Some(letter));
            (known.and_then(|pair| pair.last()).copied().unwrap_or(*letter), 2)
        }
        [byte, ..] => (*byte, 1),
        [] => (0, 0),
    }
}

/// In SET2 a class makes sense only where it changes case: `[:lower:]` against `[:upper:]` in the same place.
fn check_classes(from: &Set, to: &Set) -> Result {
    if to.has_equivalence {
        return Err(Error::new(b"[=c=] expressions may not appear in string2 when translating"));
    }
    if to.has_class {
        return Err(Error::new(
            b"when translating, the only character classes that may appear in string2 are 'upper' and 'lower'",
        ));
    }
    // What `[c*]` fills in moves the classes behind it.
    let (fill, missing) =
        to.fill.map_or((0, 0), |(at, _)| (at, from.bytes.len().saturating_sub(to.bytes.len())));
    let moved = |place: usize| if place >= fill { place + missing } else { place };
    if to.cases.iter().all(|&place| from.cases.contains(&moved(place))) {
        return Ok(());
    }
    Err(Error::new(b"misaligned [:upper:] and/or [:lower:] construct"))
}
