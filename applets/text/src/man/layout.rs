//! Lines of a page: words filled to a width, bold and underlined by striking over.

use alloc::vec::Vec;

/// Marks in the text of words: what follows is plain, bold or underlined.
pub const PLAIN: u8 = 1;
pub const BOLD: u8 = 2;
pub const ITALIC: u8 = 3;
/// A blank that does not end a word.
pub const SPACE: u8 = 4;

/// Text in a font.
pub fn marked(font: u8, text: &[u8]) -> Vec<u8> {
    [&[font], text, &[PLAIN]].concat()
}

/// What the pages of a section are, for their first line.
pub fn manual_of(section: &[u8]) -> &'static [u8] {
    match section.first() {
        Some(b'1') => b"General Commands Manual",
        Some(b'2') => b"System Calls Manual",
        Some(b'3') => b"Library Functions Manual",
        Some(b'5') => b"File Formats Manual",
        Some(b'8') => b"System Manager's Manual",
        _ => b"",
    }
}

/// The page as far as it is laid out.
pub struct Layout {
    pub out: Vec<u8>,
    /// The line that is being filled, and its columns.
    line: Vec<u8>,
    used: usize,
    pub width: usize,
    /// Columns left free before a line, and before the first line only.
    pub indent: usize,
    hang: Option<usize>,
    pub fill: bool,
    /// Bold and underlined are shown.
    strike: bool,
    /// The font at the end of what is out.
    font: u8,
    /// The next word follows without a blank.
    pub glue: bool,
    blank: bool,
    pub utf8: bool,
}

impl Layout {
    pub fn new(width: usize, strike: bool, utf8: bool) -> Layout {
        Layout {
            out: Vec::new(),
            line: Vec::new(),
            used: 0,
            width,
            indent: 7,
            hang: None,
            fill: true,
            strike,
            font: PLAIN,
            glue: false,
            blank: true,
            utf8,
        }
    }

    fn columns(&self, text: &[u8]) -> usize {
        let marks = text.iter().filter(|&&byte| byte == SPACE).count();
        text::width::text_columns(text, true) + marks
    }

    /// Text in words; where lines are not filled, a line.
    pub fn text(&mut self, text: &[u8]) {
        if !self.fill {
            self.add(text);
            self.end_line();
            return;
        }
        if text.first() == Some(&b' ') {
            self.end_line();
            let blanks = text.iter().take_while(|&&byte| byte == b' ').count();
            self.line.resize(blanks, SPACE);
            self.used = blanks;
            self.glue = true;
        }
        for word in text.split(|&byte| byte == b' ').filter(|word| !word.is_empty()) {
            self.word(word);
        }
    }

    /// One word.
    pub fn word(&mut self, word: &[u8]) {
        let columns = self.columns(word);
        let glue = core::mem::take(&mut self.glue) || self.line.is_empty();
        let room = self.width.saturating_sub(self.indent.max(self.hang.unwrap_or(0).min(self.width / 2)));
        if !glue && self.used + 1 + columns > room {
            self.end_line();
        } else if !glue {
            self.line.push(b' ');
            self.used += 1;
        }
        self.line.extend_from_slice(word);
        self.used += columns;
    }

    /// Text as it is, behind what is on the line.
    pub fn add(&mut self, text: &[u8]) {
        self.line.extend_from_slice(text);
        self.used += self.columns(text);
    }

    /// Ends the line, if there is one.
    pub fn end_line(&mut self) {
        self.glue = false;
        if self.line.iter().all(|byte| matches!(byte, PLAIN..=ITALIC)) && self.fill {
            return;
        }
        let line = core::mem::take(&mut self.line);
        self.used = 0;
        let indent = self.hang.take().unwrap_or(self.indent);
        self.emit(&line, indent);
    }

    fn emit(&mut self, line: &[u8], indent: usize) {
        let end = line.iter().rposition(|&byte| !matches!(byte, b' ' | SPACE)).map_or(0, |at| at + 1);
        let start = self.out.len();
        self.out.resize(start + indent, b' ');
        let mut column = 0;
        let mut rest = line.get(..end).unwrap_or_default();
        while let Some(&byte) = rest.first() {
            let length = text::utf8::decode(rest).map_or(1, |character| character.1);
            let (part, tail) = rest.split_at(length);
            rest = tail;
            match byte {
                PLAIN..=ITALIC => {
                    self.font = byte;
                    continue;
                }
                SPACE => self.out.push(b' '),
                b'\t' => {
                    let blanks = 8 - column % 8;
                    self.out.resize(self.out.len() + blanks, b' ');
                    column += blanks - 1;
                }
                _ => {
                    let plain = [ascii(part)];
                    let part = if self.utf8 || byte < 0x80 { part } else { &plain };
                    if self.strike && self.font == BOLD && byte != b' ' {
                        self.out.extend_from_slice(part);
                        self.out.push(8);
                    } else if self.strike && self.font == ITALIC && byte != b' ' {
                        self.out.extend_from_slice(b"_\x08");
                    }
                    self.out.extend_from_slice(part);
                }
            }
            column += 1;
        }
        // The fonts at the end of the line go on, although nothing is shown for them.
        for &byte in line.get(end..).unwrap_or_default() {
            if matches!(byte, PLAIN..=ITALIC) {
                self.font = byte;
            }
        }
        if self.out.len() == start + indent {
            self.out.truncate(start);
        }
        self.blank = self.out.len() == start;
        self.out.push(b'\n');
    }

    /// An empty line, unless one is there.
    pub fn space(&mut self) {
        self.end_line();
        if !self.blank {
            self.out.push(b'\n');
            self.blank = true;
        }
    }

    /// The first line: the page's name at both sides.
    pub fn header(&mut self, name: &[u8], section: &[u8], manual: &[u8]) {
        let side = [name, b"(", section, b")"].concat();
        self.title(&side, manual, &side);
        self.out.push(b'\n');
        self.blank = true;
    }

    /// The heading of a section.
    pub fn heading(&mut self, indent: usize, title: &[u8]) {
        self.fill = true;
        self.space();
        self.indent = indent;
        self.text(&marked(BOLD, title));
        self.end_line();
        // Behind it no empty line is wanted.
        self.blank = true;
        self.indent = 7;
    }

    /// Ends the line; whether lines are filled from now on.
    pub fn set_fill(&mut self, fill: bool) {
        self.end_line();
        self.fill = fill;
    }

    /// A tag at `at` columns, and what follows at `indent`: on the same line if the tag leaves room.
    pub fn tag(&mut self, tag: &[u8], at: usize, indent: usize) {
        self.end_line();
        self.indent = indent;
        let columns = self.columns(tag);
        let mut line = tag.to_vec();
        line.push(PLAIN);
        if at + columns < indent && columns > 0 {
            line.resize(line.len() + (indent - at - columns), SPACE);
            self.line = line;
            self.used = indent - at;
            self.hang = Some(at);
            // Counted from the indentation of the first line.
            self.used = 0;
            self.glue = true;
        } else if columns > 0 {
            self.emit(&line, at);
        }
    }

    /// A line with texts at its left, middle and right.
    pub fn title(&mut self, left: &[u8], middle: &[u8], right: &[u8]) {
        self.end_line();
        let (l, m, r) = (self.columns(left), self.columns(middle), self.columns(right));
        let mut line = left.to_vec();
        let start = (self.width.saturating_sub(m) / 2).max(l + 1);
        line.resize(line.len() + start - l, SPACE);
        line.extend_from_slice(middle);
        let gap = self.width.saturating_sub(start + m + r).max(1);
        line.resize(line.len() + gap, SPACE);
        line.extend_from_slice(right);
        self.font = PLAIN;
        self.emit(&line, 0);
    }
}

/// What stands for a character where there is only ASCII: one as wide.
fn ascii(character: &[u8]) -> u8 {
    match text::utf8::decode(character).map_or(0, |character| character.0) {
        0xa0 => b' ',
        0xb7 | 0x2022 => b'*',
        0x2010..=0x2015 | 0x2212 => b'-',
        0x2018 => b'`',
        0x2019 | 0x2032 => b'\'',
        0x201c | 0x201d | 0x2033 => b'"',
        0x2039 | 0xab => b'<',
        0x203a | 0xbb => b'>',
        _ => b'?',
    }
}
