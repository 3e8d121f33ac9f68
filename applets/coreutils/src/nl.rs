//! usage: nl [OPTION]... [FILE]...
//!
//! Print FILEs with numbered lines.
//!
//!  -b, --body-numbering=STYLE      which lines of the body: a all, t not empty (the default), n none, pRE that match RE
//!  -d, --section-delimiter=CC      what marks sections: CC (\:) twice begins a body, three times a header, once a footer
//!  -f, --footer-numbering=STYLE    which lines of a footer (n)
//!  -h, --header-numbering=STYLE    which lines of a header (n)
//!  -i, --line-increment=N          count by N (1)
//!  -l, --join-blank-lines=N        count N empty lines as one
//!  -n, --number-format=FORMAT      ln left, rn right, rz right with zeros
//!  -p, --no-renumber               do not begin again with each section
//!  -s, --number-separator=STRING   STRING behind the number, not a tab
//!  -v, --starting-line-number=N    begin with N (1)
//!  -w, --number-width=N            columns of the number (6)
//!
//! # Notes
//! POSIX.1-2024 nl; the rest as GNU.

use applet::prelude::*;
use regex::{Flags, Regex};

applet::options!("nl");

/// Which lines get a number.
enum Style {
    All,
    Text,
    None,
    Matching(Regex),
}

impl Style {
    fn parse(text: &[u8], what: &[u8]) -> Result<Style> {
        match text {
            b"a" => Ok(Style::All),
            b"t" => Ok(Style::Text),
            b"n" => Ok(Style::None),
            [b'p', pattern @ ..] => match Regex::new(pattern, Flags::BASIC) {
                Ok(regex) => Ok(Style::Matching(regex)),
                Err(error) => Err(Error::parts(&[pattern, b": ", error.message()])),
            },
            _ => Err(Error::usage(&[b"invalid ", what, b" numbering style: '", text, b"'"])),
        }
    }
}

struct Numbering<'a> {
    /// Header, body, footer.
    styles: [Style; 3],
    section: usize,
    delimiter: Vec<u8>,
    start: i64,
    step: i64,
    join: u64,
    blanks: u64,
    left: bool,
    zeros: bool,
    renumber: bool,
    separator: &'a [u8],
    width: usize,
    /// `None` when counting has gone past the largest number.
    number: Option<i64>,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let style = |id, default, what: &[u8]| Style::parse(options.value(id).unwrap_or(default), what);
    let signed = |id, default: i64, what: &[u8]| {
        options.value(id).map_or(Ok(default), |text| applet::value::signed(text, what))
    };
    let count = |id, default: u64, what: &[u8]| match options.value(id) {
        Some(text) => match applet::value::number(text, b"", what)? {
            0 => Err(applet::value::invalid(what, text)),
            number => Ok(number),
        },
        None => Ok(default),
    };
    let format = options.value(opt::NUMBER_FORMAT).unwrap_or(b"rn");
    if !matches!(format, b"ln" | b"rn" | b"rz") {
        return Err(Error::usage_about(b"invalid line number format: '%'", format));
    }
    let mut delimiter = options.value(opt::SECTION_DELIMITER).unwrap_or(b"\\:").to_vec();
    if delimiter.len() == 1 {
        delimiter.push(b':');
    }
    let start = signed(opt::STARTING_LINE_NUMBER, 1, b"starting line number")?;
    let mut numbering = Numbering {
        styles: [
            style(opt::HEADER_NUMBERING, b"n", b"header")?,
            style(opt::BODY_NUMBERING, b"t", b"body")?,
            style(opt::FOOTER_NUMBERING, b"n", b"footer")?,
        ],
        section: 1,
        delimiter,
        start,
        step: signed(opt::LINE_INCREMENT, 1, b"line number increment")?,
        join: count(opt::JOIN_BLANK_LINES, 1, b"line number of blank lines")?,
        blanks: 0,
        left: format == b"ln",
        zeros: format == b"rz",
        renumber: !options.has(opt::NO_RENUMBER),
        separator: options.value(opt::NUMBER_SEPARATOR).unwrap_or(b"\t"),
        width: count(opt::NUMBER_WIDTH, 6, b"line number field width")?.min(i32::MAX as u64) as usize,
        number: Some(start),
    };
    cx.each_input(&options.operands, &mut |cx, _, input| {
        while let Some(line) = input.text_line(b'\n')? {
            numbering.line(line, &mut cx.out)?;
            if cx.out.failed() {
                break;
            }
        }
        Ok(())
    });
    Ok(cx.status())
}

impl Numbering<'_> {
    /// The section that a line begins: 0 header, 1 body, 2 footer.
    fn section(&self, line: &[u8]) -> Option<usize> {
        let length = self.delimiter.len();
        if length == 0 || line.is_empty() || line.len() > 3 * length || !line.len().is_multiple_of(length) {
            return None;
        }
        line.chunks(length).all(|part| part == self.delimiter).then_some(3 - line.len() / length)
    }

    fn line(&mut self, line: &[u8], out: &mut Writer) -> Result {
        if let Some(section) = self.section(line) {
            self.section = section;
            if self.renumber {
                self.number = Some(self.start);
            }
            self.blanks = 0;
            out.byte(b'\n');
            return Ok(());
        }
        let wanted = match self.styles.get_mut(self.section) {
            Some(Style::All) => {
                self.blanks = if line.is_empty() { self.blanks + 1 } else { 0 };
                let counts = !line.is_empty() || self.blanks >= self.join;
                if counts {
                    self.blanks = 0;
                }
                counts
            }
            Some(Style::Text) => !line.is_empty(),
            Some(Style::Matching(regex)) => regex.is_match(line),
            _ => false,
        };
        if wanted {
            self.print_number(out)?;
        } else {
            out.fill(b' ', self.width + self.separator.len());
        }
        out.line(line);
        Ok(())
    }

    fn print_number(&mut self, out: &mut Writer) -> Result {
        let Some(number) = self.number else {
            return Err(Error::new(b"line number overflow"));
        };
        let mut buf = num::new_buf();
        let digits = num::dec(number.unsigned_abs(), &mut buf);
        let sign: &[u8] = if number < 0 { b"-" } else { b"" };
        let padding = self.width.saturating_sub(digits.len() + sign.len());
        let fill = |out: &mut Writer, byte, wanted: bool| out.fill(byte, if wanted { padding } else { 0 });
        fill(out, b' ', !self.left && !self.zeros);
        out.write(sign);
        fill(out, b'0', self.zeros);
        out.write(digits);
        fill(out, b' ', self.left);
        out.write(self.separator);
        self.number = number.checked_add(self.step);
        Ok(())
    }
}
