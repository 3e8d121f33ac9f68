//! From characters to tokens and words (POSIX.1-2024 XCU 2.2, 2.3).

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;

use super::parser::*;
use super::symbols::{is_name, is_name_byte};
use super::tree::*;

/// The operators, the longest of each beginning first.
const OPERATORS: &[u8] =
    b"&&\0&>>\0&>\0&\0||\0|&\0|\0;;&\0;;\0;&\0;\0<<<\0<<-\0<<\0<&\0<>\0<\0>>\0>&\0>|\0>\0(\0)";
/// Of them, those that POSIX does not have.
const EXTRA_OPERATORS: [u32; 5] = [op(b"&>>"), op(b"&>"), op(b"|&"), op(b";;&"), op(b"<<<")];

/// Where a word is read, and so what ends it and what is special in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Between blanks and operators.
    Word,
    /// The word of `${x…}`: `}` ends it.
    Brace,
    /// As `Brace`, and `/` ends it, too: the pattern of `${x/p/r}`.
    Slash,
    /// As `Brace`, and `:` ends it, too: the offset of `${x:o:l}`.
    Colon,
    /// The inside of double quotes.
    Quotes,
    /// The word of `${x…}` inside double quotes.
    QuotedBrace,
    /// The inside of double quotes in that word.
    InnerQuotes,
    /// The whole text: a here-document.
    Text,
    /// A regular expression in `[[ x =~ r ]]`: parentheses and `|` belong to it.
    Regex,
    /// What is between brackets.
    Subscript,
}

impl Ends {
    pub fn quoted(self) -> bool {
        matches!(self, Ends::Quotes | Ends::QuotedBrace | Ends::InnerQuotes | Ends::Text)
    }
}

/// A word being put together.
#[derive(Default)]
pub struct Draft {
    parts: Vec<Part>,
    /// Literal text behind the parts.
    text: Vec<u8>,
    /// The text is of a word's own; `quoted`: it is quoted, and counts even if it is empty.
    plain: bool,
    quoted: bool,
    /// In double quotes.
    inside: bool,
}

impl Draft {
    fn text(&mut self, byte: u8) {
        if self.quoted {
            self.end_text();
        }
        self.plain = true;
        self.text.push(byte);
    }

    pub fn literal(&mut self, byte: u8, quoted: bool) {
        if quoted { self.quote(&[byte]) } else { self.text(byte) }
    }

    #[inline(never)]
    pub fn quote(&mut self, bytes: &[u8]) {
        if self.plain {
            self.end_text();
        }
        self.quoted = true;
        self.text.extend_from_slice(bytes);
    }

    fn end_text(&mut self) {
        let text = Box::from(self.text.as_slice());
        if self.quoted {
            self.parts.push(Part::Quoted(text));
        } else if self.plain {
            self.parts.push(Part::Text(text));
        }
        (self.quoted, self.plain) = (false, false);
        self.text.clear();
    }

    #[inline(never)]
    pub fn part(&mut self, part: Part) {
        // Double quotes that hold more than an expansion are no field of their own.
        if self.inside && self.text.is_empty() {
            self.quoted = false;
        }
        self.end_text();
        self.parts.push(part);
    }

    fn is_empty(&self) -> bool {
        self.parts.is_empty() && !self.plain && !self.quoted
    }

    /// Whether all that has been read is the name of an assignment and its `=`.
    fn is_assignment(&self) -> bool {
        let name = self.text.strip_suffix(b"=").unwrap_or_default();
        let name = name.strip_suffix(b"+").unwrap_or(name);
        match self.parts.last() {
            None => is_name(name),
            Some(Part::Subscript(_)) => name.is_empty(),
            Some(_) => false,
        }
    }

    /// Whether a bracket may begin the subscript of an element that is assigned.
    fn may_be_element(&self) -> bool {
        self.parts.is_empty() && !self.quoted && (self.text.is_empty() || is_name(&self.text))
    }
}

impl Parser<'_> {
    /// The next byte, lines being joined at a backslash before a newline.
    #[inline(never)]
    pub fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = self.raw(0)?;
            if byte != b'\\' || self.raw(1) != Some(b'\n') {
                return Some(byte);
            }
            self.source.at += 2;
            self.source.line += 1;
        }
    }

    /// The byte so far ahead, as it stands in the text.
    #[inline(never)]
    pub fn raw(&mut self, ahead: usize) -> Option<u8> {
        loop {
            if let Some(byte) = self.source.ahead(ahead) {
                return Some(byte);
            }
            if !self.fill() {
                return None;
            }
        }
    }

    /// Takes the byte that was looked at.
    #[inline(never)]
    pub fn bump(&mut self) {
        if self.source.ahead(0) == Some(b'\n') {
            self.source.line += 1;
        }
        self.source.at += 1;
    }

    /// Takes the next byte if it is this one.
    #[inline(never)]
    pub fn accept_byte(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.bump();
        }
        found
    }

    /// The next token. `assign`: a word may be an assignment, so that `~` is special in its value.
    pub fn scan(&mut self, assign: bool) -> u32 {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.bump(),
                Some(b'#') => {
                    while !matches!(self.raw(0), None | Some(b'\n')) {
                        self.source.at += 1;
                    }
                }
                _ => break,
            }
        }
        self.start = self.source.at;
        let Some(first) = self.peek() else { return END };
        if first == b'\n' {
            self.bump();
            self.read_here_documents();
            return NEWLINE;
        }
        if b"&|;<>()".contains(&first) && !self.is_process(first) {
            return self.scan_operator();
        }
        if first.is_ascii_digit()
            && let Some(number) = self.descriptor()
        {
            self.number = number;
            return NUMBER;
        }
        self.word = self.word(Ends::Word, assign);
        WORD
    }

    /// Whether the byte that was looked at begins `<( )` or `>( )`.
    fn is_process(&mut self, first: u8) -> bool {
        EXTRAS && matches!(first, b'<' | b'>') && self.raw(1) == Some(b'(')
    }

    fn scan_operator(&mut self) -> u32 {
        for known in OPERATORS.split(|&byte| byte == 0) {
            let code = op(known);
            if (EXTRAS || !EXTRA_OPERATORS.contains(&code)) && self.accept_text(known) {
                return code;
            }
        }
        END
    }

    /// Takes an operator if it stands here, with the line continuations in it.
    fn accept_text(&mut self, operator: &[u8]) -> bool {
        let (mut at, mut lines) = (0, 0);
        for &byte in operator {
            while self.raw(at) == Some(b'\\') && self.raw(at + 1) == Some(b'\n') {
                at += 2;
                lines += 1;
            }
            if self.raw(at) != Some(byte) {
                return false;
            }
            at += 1;
        }
        self.source.at += at;
        self.source.line += lines;
        true
    }

    /// A number right before `<` or `>`.
    fn descriptor(&mut self) -> Option<i32> {
        let mut length = 0;
        let mut number = 0i32;
        while let Some(digit @ b'0'..=b'9') = self.raw(length) {
            number = number.checked_mul(10)?.checked_add(i32::from(digit - b'0'))?;
            length += 1;
        }
        if !matches!(self.raw(length), Some(b'<' | b'>')) {
            return None;
        }
        self.source.at += length;
        Some(number)
    }

    /// The word that follows in `[[ x =~ word ]]`.
    pub fn regex_word(&mut self) -> Word {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.bump();
        }
        self.word(Ends::Regex, false)
    }

    /// The text of a here-document as a word.
    pub fn here_text(&mut self) -> Word {
        self.word(Ends::Text, false)
    }

    /// Some other text as a word, read as a here-document.
    #[inline(never)]
    pub fn inner_text(&mut self, text: Vec<u8>) -> Word {
        let mut word = Word::default();
        self.inside(text, &mut |parser| word = parser.here_text());
        word
    }

    /// One word, up to what `ends` it, which is not taken.
    #[inline(never)]
    pub fn word(&mut self, ends: Ends, assign: bool) -> Word {
        let mut draft = Draft::default();
        self.read_word(ends, assign, &mut draft);
        draft.end_text();
        Word { parts: draft.parts, declaration: false }
    }

    fn read_word(&mut self, ends: Ends, assign: bool, draft: &mut Draft) {
        self.deeper();
        let quoted = ends.quoted();
        if !quoted && ends != Ends::Subscript {
            self.tilde(draft, false);
        }
        let mut value = false;
        let mut depth = 0u32;
        loop {
            let Some(byte) = self.peek() else {
                match ends {
                    Ends::Word | Ends::Text | Ends::Regex => {}
                    Ends::Quotes | Ends::InnerQuotes => self.fault(b"unterminated quoted string"),
                    Ends::Subscript => self.fault(b"missing ']'"),
                    _ => self.fault(b"missing '}'"),
                }
                break;
            };
            let ended = match ends {
                Ends::Word => is_separator(byte) && !self.is_process(byte),
                Ends::Regex => depth == 0 && b" \t\n;&)".contains(&byte),
                Ends::Subscript => depth == 0 && byte == b']',
                Ends::Quotes | Ends::InnerQuotes => byte == b'"',
                Ends::Text => false,
                Ends::Slash if byte == b'/' => !draft.is_empty(),
                Ends::Colon if byte == b':' => true,
                _ => byte == b'}',
            };
            if ended {
                break;
            }
            match byte {
                b'<' | b'>' if ends == Ends::Word => {
                    self.source.at += 2;
                    let body = self.substitution();
                    draft.part(Part::Process(Box::new(Substitution { body, quoted: byte == b'>' })));
                }
                b'(' | b')' if ends == Ends::Regex => {
                    depth = if byte == b'(' { depth + 1 } else { depth - 1 };
                    self.bump();
                    draft.text(byte);
                }
                b'[' | b']' if ends == Ends::Subscript => {
                    depth = if byte == b'[' { depth + 1 } else { depth - 1 };
                    self.bump();
                    draft.text(byte);
                }
                b'[' if EXTRAS && assign && draft.may_be_element() && self.is_element() => {
                    let subscript = self.subscript();
                    draft.part(Part::Subscript(Box::new(subscript)));
                }
                b'\\' => {
                    self.bump();
                    self.backslash(ends, draft);
                }
                b'\'' if !quoted => {
                    self.bump();
                    self.single_quotes(draft);
                }
                // Inside a quoted `${x…}` all is quoted already, but for the brace that would end it.
                b'"' if ends == Ends::QuotedBrace => {
                    self.bump();
                    self.read_word(Ends::InnerQuotes, false, draft);
                    self.bump();
                }
                b'"' if ends != Ends::Text => {
                    self.bump();
                    // Empty quotes before it stand for themselves.
                    if draft.quoted && draft.text.is_empty() {
                        draft.end_text();
                    }
                    draft.quote(b"");
                    draft.inside = true;
                    self.read_word(Ends::Quotes, false, draft);
                    draft.inside = false;
                    self.bump();
                }
                b'`' => {
                    self.bump();
                    let body = self.backquotes(quoted && ends != Ends::Text);
                    draft.part(Part::Command(Box::new(Substitution { body, quoted })));
                }
                b'$' => {
                    self.bump();
                    self.dollar(quoted, draft);
                }
                _ if quoted => self.quoted_run(ends, draft),
                _ => {
                    self.bump();
                    draft.text(byte);
                    let name = assign && byte == b'=' && !value && draft.is_assignment();
                    value |= name;
                    if name || value && byte == b':' {
                        self.tilde(draft, true);
                    }
                }
            }
        }
        self.depth -= 1;
    }

    /// Whether a subscript stands here with the `=` or `+=` of an assignment behind it.
    fn is_element(&mut self) -> bool {
        let (mut at, mut depth, mut quote) = (0, 0u32, 0);
        loop {
            let Some(byte) = self.raw(at) else { return false };
            at += 1;
            match byte {
                b'\n' => return false,
                b'\\' => at += 1,
                b'"' | b'\'' | b'`' if quote == 0 => quote = byte,
                _ if quote != 0 => quote = if byte == quote { 0 } else { quote },
                b'[' => depth += 1,
                b']' if depth > 1 => depth -= 1,
                b']' => break,
                _ => {}
            }
        }
        at += usize::from(self.raw(at) == Some(b'+'));
        self.raw(at) == Some(b'=')
    }

    /// Takes a subscript with its brackets, the first of which is known to follow.
    pub fn subscript(&mut self) -> Word {
        self.bump();
        let word = self.word(Ends::Subscript, false);
        self.bump();
        word
    }

    /// Takes a stretch of text in double quotes in which nothing is special.
    fn quoted_run(&mut self, ends: Ends, draft: &mut Draft) {
        let rest = self.source.text.get(self.source.at..).unwrap_or_default();
        let special = |&byte: &u8| {
            matches!(byte, b'\\' | b'$' | b'`') || byte == b'"' && ends != Ends::Text || byte == b'}'
        };
        let length = rest.iter().position(special).unwrap_or(rest.len()).max(1);
        let run = rest.get(..length).unwrap_or_default();
        self.source.line += run.iter().filter(|&&byte| byte == b'\n').count() as u32;
        draft.quote(run);
        self.source.at += length;
    }

    /// What follows a backslash that has been taken.
    fn backslash(&mut self, ends: Ends, draft: &mut Draft) {
        let Some(byte) = self.raw(0) else { return draft.quote(b"\\") };
        let special: &[u8] = match ends {
            Ends::Quotes => b"$`\\\"",
            Ends::QuotedBrace | Ends::InnerQuotes => b"$`\\\"}",
            Ends::Text => b"$`\\",
            _ => &[byte],
        };
        if !special.contains(&byte) {
            draft.quote(b"\\");
        }
        self.bump();
        draft.quote(&[byte]);
    }

    /// The next byte in quotes, where a newline is one like others.
    fn quoted_byte(&mut self) -> Option<u8> {
        let byte = self.raw(0);
        if byte.is_none() {
            self.fault(b"unterminated quoted string");
        }
        self.bump();
        byte
    }

    fn single_quotes(&mut self, draft: &mut Draft) {
        draft.quote(b"");
        while let Some(byte) = self.quoted_byte()
            && byte != b'\''
        {
            draft.text.push(byte);
        }
    }

    /// `$'…'`; the opening quote has been taken (POSIX.1-2024 XCU 2.2.4).
    pub fn dollar_quotes(&mut self, draft: &mut Draft) {
        let mut text = Vec::new();
        while let Some(byte) = self.quoted_byte()
            && byte != b'\''
        {
            if byte != b'\\' {
                text.push(byte);
                continue;
            }
            let mut rest = Vec::new();
            while let Some(byte) = self.raw(rest.len()).filter(|_| rest.len() < 10) {
                rest.push(byte);
            }
            self.source.at += match rest.as_slice() {
                [b'\'', ..] => {
                    text.push(b'\'');
                    1
                }
                [b'c', letter, ..] => {
                    text.push(if *letter == b'?' { 0x7f } else { letter & 0x1f });
                    2
                }
                rest => match text::escape::one(rest, text::escape::UNICODE, &mut text) {
                    text::escape::Escape::Used(used) => used,
                    text::escape::Escape::Stop => 1,
                },
            };
        }
        // The text ends at a NUL, as a C string would.
        draft.quote(text.split(|&byte| byte == 0).next().unwrap_or_default());
    }

    /// `~` or `~user` up to a slash, a colon in an assignment, or the end of the word.
    fn tilde(&mut self, draft: &mut Draft, assign: bool) {
        if self.raw(0) != Some(b'~') {
            return;
        }
        let mut length = 1;
        while let Some(byte) = self.raw(length)
            && (is_name_byte(byte) || matches!(byte, b'.' | b'-' | b'+'))
        {
            length += 1;
        }
        let ended = match self.raw(length) {
            None | Some(b'/' | b'}') => true,
            Some(b':') => assign,
            Some(byte) => is_separator(byte),
        };
        if ended {
            let name = self.source.text.get(self.source.at + 1..self.source.at + length).unwrap_or_default();
            draft.part(Part::Tilde(name.into()));
            self.source.at += length;
        }
    }

    /// The command of a backquote substitution; the opening quote has been taken.
    fn backquotes(&mut self, in_quotes: bool) -> Rc<Command> {
        let mut text = Vec::new();
        loop {
            let Some(byte) = self.raw(0) else {
                self.fault(b"unterminated backquote substitution");
                break;
            };
            self.bump();
            match byte {
                b'`' => break,
                b'\\' => {
                    let Some(next) = self.raw(0) else { continue };
                    self.bump();
                    if next == b'\n' {
                        continue;
                    }
                    let special = matches!(next, b'$' | b'`' | b'\\') || in_quotes && next == b'"';
                    if !special {
                        text.push(b'\\');
                    }
                    text.push(next);
                }
                _ => text.push(byte),
            }
        }
        let mut body = Command::List(Vec::new());
        self.inside(text, &mut |parser| body = parser.whole());
        Rc::new(body)
    }
}

/// What ends a word that is not quoted.
fn is_separator(byte: u8) -> bool {
    b" \t\n;&|<>()".contains(&byte)
}
