//! The language of pages: roff's requests and escapes, and man(7)'s macros. mdoc(7) is in `mdoc`.

use alloc::vec::Vec;

use super::layout::{BOLD, ITALIC, Layout, PLAIN, SPACE, manual_of, marked};
use super::mdoc::Mdoc;

/// Special characters by name: the name, a blank, and the text, each with a newline behind.
const CHARACTERS: &[u8] = "\
aq '\ndq \"\nlq \u{201c}\nrq \u{201d}\noq \u{2018}\ncq \u{2019}\nem \u{2014}\nen \u{2013}\nhy -\nmi -\nbu \u{2022}\nco \u{a9}\nrg \u{ae}\ntm \u{2122}\n\
rs \\\nsl /\nha ^\nti ~\nga `\nba |\nbv |\nul _\nru _\nat @\nsh #\nDo $\nPo \u{a3}\nct \u{a2}\nEu \u{20ac}\nde \u{b0}\n+- \u{b1}\nmu \u{d7}\ndi \u{f7}\n\
<= \u{2264}\n>= \u{2265}\n!= \u{2260}\n== \u{2261}\n~~ \u{2248}\n-> \u{2192}\n<- \u{2190}\nua \u{2191}\nda \u{2193}\nhA \u{21d4}\nrA \u{21d2}\nlA \u{21d0}\n\
Fo \u{ab}\nFc \u{bb}\nfo \u{2039}\nfc \u{203a}\nBq \u{201e}\nbq \u{201a}\nlB [\nrB ]\nlC {\nrC }\nla \u{27e8}\nra \u{27e9}\n\
dg \u{2020}\ndd \u{2021}\nsc \u{a7}\nps \u{b6}\n12 \u{bd}\n14 \u{bc}\n34 \u{be}\nS1 \u{b9}\nS2 \u{b2}\nS3 \u{b3}\nfm \u{2032}\nsd \u{2033}\nif \u{221e}\n\
ss \u{df}\n:a \u{e4}\n:o \u{f6}\n:u \u{fc}\n:A \u{c4}\n:O \u{d6}\n:U \u{dc}\n:e \u{eb}\n:i \u{ef}\n'e \u{e9}\n'a \u{e1}\n'i \u{ed}\n'o \u{f3}\n'u \u{fa}\n'E \u{c9}\n'A \u{c1}\n\
`e \u{e8}\n`a \u{e0}\n`u \u{f9}\n^e \u{ea}\n^a \u{e2}\n^o \u{f4}\n^i \u{ee}\n^u \u{fb}\n~n \u{f1}\n~a \u{e3}\n~o \u{f5}\n,c \u{e7}\n,C \u{c7}\n/o \u{f8}\n/O \u{d8}\noa \u{e5}\noA \u{c5}\nae \u{e6}\nAE \u{c6}\n\
*a \u{3b1}\n*b \u{3b2}\n*m \u{3bc}\n*p \u{3c0}\n*l \u{3bb}\nR \u{ae}\nTm \u{2122}\nbr |\nsq \u{25a1}\nlh \u{261c}\nOK \u{2713}\n.. \u{2026}\npl +\neq =\nasc *\n"
    .as_bytes();

/// A list's or a paragraph's place to come back to.
#[derive(Clone, Copy)]
struct Margin {
    base: usize,
    tag: usize,
}

/// A page that is being read.
pub struct Roff<'a> {
    pub page: Layout,
    /// Strings of `.ds`: name and value.
    strings: Vec<(Vec<u8>, Vec<u8>)>,
    /// Macros of `.de`: name and lines.
    macros: Vec<(Vec<u8>, Vec<u8>)>,
    /// Left margin of paragraphs, and the indentation of tags.
    margin: Margin,
    margins: Vec<Margin>,
    /// The font before the last change.
    previous: u8,
    pub current: u8,
    /// The next line is a tag (`TP`), or goes in this font (`B` alone).
    tag_next: bool,
    font_next: u8,
    /// What the last `.if` or `.ie` said.
    condition: bool,
    /// Open `\{` that are passed over.
    skipping: usize,
    /// What ends the text that is passed over or kept, if such is read now.
    until: Option<Vec<u8>>,
    /// The name of the macro whose text is kept (empty: none), and its text.
    kept: (Vec<u8>, Vec<u8>),
    footer: Vec<Vec<u8>>,
    pub mdoc: Option<Mdoc>,
    table: bool,
    /// The lines are the formats of a table's cells.
    formats: bool,
    depth: usize,
    /// Reads a file of `.so`.
    include: &'a mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
}

/// A line's words: blanks between, quotes around words with blanks, `""` for a quote in them.
pub fn arguments(mut text: &[u8]) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    loop {
        text = text.trim_ascii_start();
        let Some(&first) = text.first() else { return words };
        let mut word = Vec::new();
        if first == b'"' {
            text = text.get(1..).unwrap_or_default();
            loop {
                match text {
                    [b'"', b'"', rest @ ..] => {
                        word.push(b'"');
                        text = rest;
                    }
                    [b'"', rest @ ..] => {
                        text = rest;
                        break;
                    }
                    [byte, rest @ ..] => {
                        word.push(*byte);
                        text = rest;
                    }
                    [] => break,
                }
            }
        } else {
            while let Some((&byte, rest)) = text.split_first() {
                if byte == b'\\' && !rest.is_empty() {
                    word.extend_from_slice(text.get(..2).unwrap_or_default());
                    text = rest.get(1..).unwrap_or_default();
                    continue;
                }
                if matches!(byte, b' ' | b'\t') {
                    break;
                }
                word.push(byte);
                text = rest;
            }
        }
        words.push(word);
    }
}

impl<'a> Roff<'a> {
    /// Lays a whole page out.
    #[inline(never)]
    pub fn lay_out(
        page: Layout,
        include: &'a mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
        text: &[u8],
    ) -> Vec<u8> {
        let margin = Margin { base: 7, tag: 7 };
        let mut roff = Roff {
            page,
            strings: Vec::new(),
            macros: Vec::new(),
            margin,
            margins: Vec::new(),
            previous: PLAIN,
            current: PLAIN,
            tag_next: false,
            font_next: 0,
            condition: false,
            skipping: 0,
            until: None,
            kept: (Vec::new(), Vec::new()),
            footer: Vec::new(),
            mdoc: None,
            table: false,
            formats: false,
            depth: 0,
            include,
        };
        roff.run(text);
        roff.page.out
    }

    fn run(&mut self, text: &[u8]) {
        self.lines(text);
        if let Some(mdoc) = self.mdoc.take() {
            mdoc.finish(&mut self.page);
        } else if let [name, section, date, source, ..] = self.footer.as_slice() {
            let right = [&name[..], b"(", section, b")"].concat();
            self.page.space();
            self.page.title(source, date, &right);
        }
        self.page.end_line();
    }

    fn lines(&mut self, text: &[u8]) {
        let mut joined: Vec<u8> = Vec::new();
        for line in text.split(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            // A backslash at the end goes on with the next line.
            let slashes = line.iter().rev().take_while(|&&byte| byte == b'\\').count();
            if slashes % 2 == 1 {
                joined.extend_from_slice(line.get(..line.len() - 1).unwrap_or_default());
                continue;
            }
            if joined.is_empty() {
                self.line(line);
            } else {
                joined.extend_from_slice(line);
                let whole = core::mem::take(&mut joined);
                self.line(&whole);
            }
        }
    }

    /// Lines out of another text.
    #[inline(never)]
    fn nested(&mut self, text: &[u8]) {
        self.depth += 1;
        self.lines(text);
        self.depth -= 1;
    }

    fn line(&mut self, line: &[u8]) {
        if let Some(name) = &self.until {
            if line.strip_prefix(b".").is_some_and(|rest| rest.trim_ascii() == &name[..]) {
                self.until = None;
                let (name, text) = core::mem::take(&mut self.kept);
                if !name.is_empty() {
                    define(&mut self.macros, &name, text);
                }
            } else {
                self.kept.1.extend_from_slice(line);
                self.kept.1.push(b'\n');
            }
            return;
        }
        if self.skipping > 0 {
            self.skipping = (self.skipping + braces(line, b'{')).saturating_sub(braces(line, b'}'));
            return;
        }
        match line {
            [b'.' | b'\'', rest @ ..] => {
                let rest = rest.trim_ascii_start();
                if rest.starts_with(b"\\\"") || rest.is_empty() {
                    return;
                }
                // `.\}` closes what was not passed over.
                let rest = rest.strip_prefix(b"\\}").unwrap_or(rest);
                let (name, text) = split_word(rest);
                self.request(name, text);
            }
            _ if self.formats => self.formats = !line.trim_ascii_end().ends_with(b"."),
            _ if self.table => {
                let cells = exchange(line, b'\t', b' ');
                if !matches!(cells.trim_ascii(), b"_" | b"=" | b"T{" | b"") {
                    let shown = self.escapes(&cells);
                    self.page.text(&shown);
                }
            }
            _ => {
                if line.is_empty() && self.page.fill {
                    self.page.space();
                    return;
                }
                let text = self.escapes(line);
                self.text_line(&text);
            }
        }
    }

    /// A line of text, which may be a tag or in a font of its own.
    fn text_line(&mut self, text: &[u8]) {
        let font = core::mem::take(&mut self.font_next);
        let text = if font > 0 { marked(font, text) } else { text.to_vec() };
        if core::mem::take(&mut self.tag_next) {
            let (at, indent) = (self.margin.base, self.margin.base + self.margin.tag);
            self.page.tag(&text, at, indent);
        } else if text.ends_with(b"\\c") {
            self.page.text(text.get(..text.len() - 2).unwrap_or_default());
            self.page.glue = true;
        } else {
            self.page.text(&text);
        }
    }

    /// Text with its escapes replaced: fonts by marks, special characters by themselves.
    pub fn escapes(&mut self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            if byte != b'\\' {
                // Control characters of the page could be taken for marks.
                if byte >= b' ' || byte == b'\t' {
                    out.push(byte);
                }
                continue;
            }
            let Some((&escape, tail)) = rest.split_first() else { break };
            rest = tail;
            match escape {
                b'"' | b'#' => break,
                b'f' => {
                    let name = take_name(&mut rest);
                    self.font(name, &mut out);
                }
                b'(' | b'[' => {
                    rest = text.get(text.len() - rest.len() - 1..).unwrap_or_default();
                    let name = take_name(&mut rest);
                    special(name, &mut out);
                }
                b'*' => {
                    let name = take_name(&mut rest);
                    match lookup(&self.strings, name) {
                        Some(value) if self.depth < 8 => {
                            self.depth += 1;
                            let value = self.escapes(&value);
                            self.depth -= 1;
                            out.extend_from_slice(&value);
                        }
                        Some(_) => {}
                        None => special(name, &mut out),
                    }
                }
                b'e' | b'\\' => out.push(b'\\'),
                b'~' | b' ' | b'0' => out.push(SPACE),
                b'&' | b'|' | b'^' | b'/' | b',' | b'%' | b':' | b')' | b'{' | b'}' | b'!' | b'd' | b'u'
                | b'r' | b'a' | b'p' | b'z' => {}
                b't' => out.push(b'\t'),
                b'c' => out.extend_from_slice(b"\\c"),
                b'n' | b'k' | b'g' | b'Y' | b'V' | b'F' | b'm' | b'M' | b's' => {
                    if matches!(rest.first(), Some(b'+' | b'-')) {
                        rest = rest.get(1..).unwrap_or_default();
                    }
                    take_name(&mut rest);
                }
                b'h' | b'v' | b'w' | b'l' | b'L' | b'D' | b'b' | b'o' | b'N' | b'X' | b'A' | b'B' | b'C'
                | b'H' | b'S' | b'x' | b'R' | b'Z' => {
                    let Some((&delimiter, inner)) = rest.split_first() else { break };
                    let end = inner.iter().position(|&byte| byte == delimiter).unwrap_or(inner.len());
                    let (inside, after) = inner.split_at(end);
                    rest = after.get(1..).unwrap_or_default();
                    if escape == b'C' {
                        special(inside, &mut out);
                    } else if escape == b'o' {
                        out.extend_from_slice(inside.get(..1).unwrap_or_default());
                    }
                }
                _ => out.push(escape),
            }
        }
        out
    }

    fn font(&mut self, name: &[u8], out: &mut Vec<u8>) {
        let new = match name {
            b"B" | b"BI" | b"3" | b"4" | b"CB" | b"BR" => BOLD,
            b"I" | b"2" | b"CI" | b"IR" => ITALIC,
            b"P" | b"" => self.previous,
            _ => PLAIN,
        };
        self.previous = core::mem::replace(&mut self.current, new);
        out.push(new);
    }

    /// Words in two fonts by turns, joined.
    fn alternate(&mut self, fonts: [u8; 2], words: &[Vec<u8>]) {
        let mut text = Vec::new();
        for (word, font) in words.iter().zip(fonts.iter().cycle()) {
            text.push(*font);
            text.extend_from_slice(&self.escapes(word));
        }
        text.push(PLAIN);
        self.text_line(&text);
    }

    fn in_font(&mut self, font: u8, text: &[u8]) {
        let words = arguments(text);
        if words.is_empty() {
            self.font_next = font;
            return;
        }
        let text = self.joined(&words);
        self.text_line(&marked(font, &text));
    }

    /// Columns of an indentation like `4`, `4n`, `0.5i`.
    fn distance(&self, text: &[u8], default: usize) -> usize {
        let (value, used) = num::parse_float(text);
        if used == 0 {
            return default;
        }
        let unit = match text.get(used) {
            Some(b'i') => 10.0,
            Some(b'c') => 4.0,
            Some(b'p') => 0.14,
            Some(b'u') => 0.04,
            _ => 1.0,
        };
        (value * unit).clamp(0.0, 60.0) as usize
    }

    /// Words with blanks between, their escapes replaced.
    #[inline(never)]
    fn joined(&mut self, words: &[Vec<u8>]) -> Vec<u8> {
        self.escapes(&words.join(&b' '))
    }

    /// The heading of a section, or of a part of one.
    #[inline(never)]
    pub fn heading(&mut self, name: &[u8], words: &[Vec<u8>]) -> Vec<u8> {
        let title = self.joined(words);
        self.page.heading(if name.eq_ignore_ascii_case(b"SH") { 0 } else { 3 }, &title);
        title
    }

    fn paragraph(&mut self) {
        self.page.space();
        self.page.indent = self.margin.base;
        self.margin.tag = 7;
    }

    fn condition<'t>(&mut self, text: &'t [u8]) -> (bool, &'t [u8]) {
        let (not, text) = match text.strip_prefix(b"!") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (value, rest) = match text.first() {
            Some(b'n') if text.get(1).is_none_or(|byte| matches!(byte, b' ' | b'\\')) => {
                (true, text.get(1..))
            }
            Some(b't' | b'o' | b'e' | b'v' | b'r' | b'd' | b'c') => {
                let end = text.iter().position(|&byte| byte == b' ').unwrap_or(text.len());
                (false, text.get(end..))
            }
            Some(&delimiter @ (b'\'' | b'"')) => {
                let mut parts = text.get(1..).unwrap_or_default().splitn(3, |&byte| byte == delimiter);
                let (one, two, rest) =
                    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next());
                (one == two, rest)
            }
            _ => {
                let end = text.iter().position(|&byte| byte == b' ').unwrap_or(text.len());
                let number = text.get(..end).unwrap_or_default();
                // Registers are 0; `\n(.g` is 0, too, so that pages take their plain ways.
                (number.first().is_some_and(|byte| matches!(byte, b'1'..=b'9')), text.get(end..))
            }
        };
        (value != not, rest.unwrap_or_default().trim_ascii_start())
    }

    fn conditional(&mut self, value: bool, rest: &[u8]) {
        if let Some(body) = rest.strip_prefix(b"\\{") {
            if !value {
                self.skipping = 1usize.saturating_sub(braces(body, b'}'));
                return;
            }
            let body = body.trim_ascii_start();
            if !body.is_empty() {
                self.line(body);
            }
        } else if value && !rest.is_empty() {
            self.line(rest);
        }
    }

    #[inline(never)]
    fn request(&mut self, name: &[u8], text: &[u8]) {
        if let Some(body) = lookup(&self.macros, name) {
            if self.depth < 8 {
                let mut filled = Vec::new();
                let words = arguments(text);
                let mut rest = &body[..];
                while let Some((&byte, tail)) = rest.split_first() {
                    if byte == b'\\'
                        && matches!(tail, [b'$', b'1'..=b'9', ..] | [b'\\', b'$', b'1'..=b'9', ..])
                    {
                        let skip = if tail.first() == Some(&b'\\') { 2 } else { 1 };
                        let digit = tail.get(skip).copied().unwrap_or(b'1') - b'1';
                        if let Some(word) = words.get(usize::from(digit)) {
                            filled.extend_from_slice(word);
                        }
                        rest = tail.get(skip + 1..).unwrap_or_default();
                    } else {
                        filled.push(byte);
                        rest = tail;
                    }
                }
                self.nested(&filled);
            }
            return;
        }
        if name == b"Dd" || self.mdoc.is_some() {
            let mut mdoc = self.mdoc.take().unwrap_or_default();
            let done = mdoc.request(self, name, text);
            self.mdoc = Some(mdoc);
            if done {
                return;
            }
        }
        let words = arguments(text);
        let word = |at: usize| words.get(at).map_or(&b""[..], Vec::as_slice);
        let first = word(0);
        // All names have one or two letters, but for `de1` and `ds1`.
        let letters = match name {
            [one] => [*one, 0],
            [one, two] | [one @ b'd', two, b'1'] => [*one, *two],
            _ => [0; 2],
        };
        match &letters {
            b"TH" => {
                self.footer.clear();
                for at in 0..5 {
                    let word = self.escapes(word(at));
                    self.footer.push(word);
                }
                if let [name, section, _, _, manual] = self.footer.as_slice() {
                    let manual = if manual.is_empty() { manual_of(section) } else { manual };
                    self.page.header(name, section, manual);
                }
            }
            b"SH" | b"SS" => {
                self.margins.clear();
                self.margin = Margin { base: 7, tag: 7 };
                self.current = PLAIN;
                self.heading(name, &words);
            }
            b"PP" | b"LP" | b"P\0" => self.paragraph(),
            b"TP" | b"TQ" => {
                if name == b"TP" {
                    self.page.space();
                } else {
                    self.page.end_line();
                }
                self.margin.tag = self.distance(first, self.margin.tag);
                self.tag_next = true;
            }
            b"IP" => {
                self.page.space();
                let width = words.get(1).map_or(self.margin.tag, |text| self.distance(text, 7));
                self.margin.tag = width;
                let tag = self.escapes(first);
                let base = self.margin.base;
                self.page.tag(&tag, base, base + width);
            }
            b"HP" => {
                self.page.space();
                let base = self.margin.base;
                self.margin.tag = self.distance(first, self.margin.tag);
                self.page.indent = base + self.margin.tag;
                self.page.tag(b"", base, base + self.margin.tag);
            }
            b"RS" => {
                self.page.end_line();
                self.margins.push(self.margin);
                self.margin.base = (self.margin.base + self.distance(first, self.margin.tag)).min(60);
                self.margin.tag = 7;
                self.page.indent = self.margin.base;
            }
            b"RE" => {
                self.page.end_line();
                self.margin = self.margins.pop().unwrap_or(Margin { base: 7, tag: 7 });
                self.page.indent = self.margin.base;
            }
            b"SB" => self.in_font(BOLD, text),
            [letter @ (b'B' | b'I' | b'R'), 0] => self.in_font(font_of(*letter), text),
            b"SM" => self.in_font(PLAIN, text),
            b"BR" | b"RB" | b"IR" | b"RI" | b"BI" | b"IB" => self.alternate(letters.map(font_of), &words),
            b"MR" => {
                let section = [b"(", word(1), b")", word(2)].concat();
                self.alternate([BOLD, PLAIN], &[first.to_vec(), section]);
            }
            b"nf" | b"EX" => self.page.set_fill(false),
            b"fi" | b"EE" => self.page.set_fill(true),
            b"br" | b"ti" => self.page.end_line(),
            b"sp" if first != b"0\0" && !first.starts_with(b"-") => self.page.space(),
            b"sp" => self.page.end_line(),
            b"in" => {
                self.page.end_line();
                let by = self.distance(first.strip_prefix(b"+").unwrap_or(first), 0);
                self.page.indent =
                    if first.starts_with(b"+") { self.page.indent + by } else { self.margin.base };
            }
            b"ft" => {
                let mut mark = Vec::new();
                self.font(first, &mut mark);
                self.page.add(&mark);
            }
            b"UR" | b"MT" => self.font_next = 0,
            b"UE" | b"ME" => {
                self.page.glue = true;
                if !first.is_empty() {
                    let text = self.escapes(first);
                    self.page.text(&text);
                }
            }
            b"SY" => {
                self.page.end_line();
                let name = self.escapes(first);
                let base = self.margin.base;
                let width = name.len() + 1;
                self.page.indent = base + width;
                self.page.tag(&marked(BOLD, &name), base, base + width);
            }
            b"YS" => {
                self.page.end_line();
                self.page.indent = self.margin.base;
            }
            b"OP" => {
                let mut text = [b"[", &marked(BOLD, first)[..]].concat();
                if words.len() > 1 {
                    text.push(b' ');
                    text.extend_from_slice(&marked(ITALIC, word(1)));
                }
                text.push(b']');
                let text = self.escapes(&exchange(&text, b' ', SPACE));
                self.page.text(&text);
            }
            b"ds" => {
                let (name, value) = split_word(text);
                let value = value.strip_prefix(b"\"").unwrap_or(value);
                define(&mut self.strings, name, value.to_vec());
            }
            b"de" | b"am" | b"ig" => {
                let end = word(usize::from(name != b"ig"));
                self.until = Some(if end.is_empty() { b".".to_vec() } else { end.to_vec() });
                // Macros of the page's own that stand for those of the language are not better than these.
                let mut known = b"SH TP PP IP B I BR TH SS UR UE MT ME EX EE".split(|&byte| byte == b' ');
                let kept: &[u8] =
                    if name.starts_with(b"de") && known.all(|known| known != first) { first } else { b"" };
                self.kept = (kept.to_vec(), Vec::new());
            }
            b"ie" | b"if" => {
                let (value, rest) = self.condition(text);
                self.condition = value;
                self.conditional(value, rest);
            }
            b"el" => {
                let value = !self.condition;
                self.conditional(value, text);
            }
            b"so" if self.depth < 8 => {
                if let Some(page) = (self.include)(first) {
                    self.nested(&page);
                }
            }
            b"TS" | b"TE" => {
                let begins = name == b"TS";
                self.page.set_fill(!begins);
                (self.table, self.formats) = (begins, begins);
            }
            _ => {}
        }
    }
}

/// The font that a letter in the name of a macro stands for.
fn font_of(letter: u8) -> u8 {
    match letter {
        b'B' => BOLD,
        b'I' => ITALIC,
        _ => PLAIN,
    }
}

/// The first word, and what comes behind it and blanks.
#[inline(never)]
fn split_word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end).unwrap_or_default();
    (word, rest.trim_ascii_start())
}

/// The value of a name.
fn lookup(list: &[(Vec<u8>, Vec<u8>)], name: &[u8]) -> Option<Vec<u8>> {
    let found = list.iter().find(|(known, _)| known == name)?;
    Some(found.1.clone())
}

/// Gives a name a value in place of its old one.
fn define(list: &mut Vec<(Vec<u8>, Vec<u8>)>, name: &[u8], value: Vec<u8>) {
    match list.iter_mut().find(|(known, _)| known == name) {
        Some(entry) => entry.1 = value,
        None => list.push((name.to_vec(), value)),
    }
}

/// How often `\{` or `\}` stands in a line.
fn braces(line: &[u8], brace: u8) -> usize {
    line.windows(2).filter(|pair| **pair == [b'\\', brace]).count()
}

/// The text with one byte in place of another.
pub fn exchange(text: &[u8], from: u8, to: u8) -> Vec<u8> {
    let mut text = text.to_vec();
    for byte in &mut text {
        if *byte == from {
            *byte = to;
        }
    }
    text
}

/// The name behind an escape: `x`, `(xx` or `[xxx]`.
fn take_name<'t>(rest: &mut &'t [u8]) -> &'t [u8] {
    let (skip, length, close) = match rest.first() {
        Some(b'(') => (1, 2, 0),
        Some(b'[') => {
            (1, rest.iter().position(|&byte| byte == b']').map_or(rest.len(), |at| at).saturating_sub(1), 1)
        }
        Some(_) => (0, 1, 0),
        None => (0, 0, 0),
    };
    let name = rest.get(skip..(skip + length).min(rest.len())).unwrap_or_default();
    *rest = rest.get((skip + length + close).min(rest.len())..).unwrap_or_default();
    name
}

/// Appends a special character by its name.
fn special(name: &[u8], out: &mut Vec<u8>) {
    if let Some(digits) = name.strip_prefix(b"u").filter(|digits| digits.len() >= 4) {
        let scalar = digits.iter().try_fold(0u32, |sum, &byte| Some(sum * 16 + (byte as char).to_digit(16)?));
        return text::utf8::encode(scalar.filter(|&scalar| scalar >= 32).unwrap_or(63), out);
    }
    for line in CHARACTERS.split(|&byte| byte == b'\n') {
        if let Some(value) = line.strip_prefix(name).and_then(|rest| rest.strip_prefix(b" ")) {
            return out.extend_from_slice(value);
        }
    }
}
