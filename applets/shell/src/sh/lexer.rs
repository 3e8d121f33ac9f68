//! From characters to tokens and words (POSIX.1-2024 XCU 2.2, 2.3).

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;

use super::arith;
use super::parser::{Parse, Parser};
use super::symbols::{Symbols, is_name, is_name_byte, is_name_start};
use super::tree::*;

/// A token.
pub enum Token {
    End,
    Newline,
    /// An operator: see [`op`].
    Operator(u32),
    Word(Word),
    /// The number of a descriptor; a redirection operator follows.
    Number(i32),
}

/// The number that stands for an operator: its bytes, the first one highest.
pub const fn op(text: &[u8]) -> u32 {
    let mut value = 0;
    let mut at = 0;
    while at < text.len() {
        value = value << 8 | text[at] as u32;
        at += 1;
    }
    value
}

/// The operators, the longest of each beginning first.
const OPERATORS: &[u8] =
    b"&&\0&>>\0&>\0&\0||\0|&\0|\0;;&\0;;\0;&\0;\0<<<\0<<-\0<<\0<&\0<>\0<\0>>\0>&\0>|\0>\0(\0)\0";
/// Of them, those that POSIX does not have.
const EXTRAS: [u32; 5] = [op(b"&>>"), op(b"&>"), op(b"|&"), op(b";;&"), op(b"<<<")];

/// Where a word is read, and so what ends it and what is special in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
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
    /// The whole text: a here-document.
    Text,
    /// A regular expression in `[[ x =~ r ]]`: parentheses and `|` belong to it.
    Regex,
}

impl Ends {
    fn quoted(self) -> bool {
        matches!(self, Ends::Quotes | Ends::QuotedBrace | Ends::Text)
    }
}

/// A word being put together.
#[derive(Default)]
struct Draft {
    parts: Vec<Part>,
    /// Literal text that is not quoted.
    plain: Vec<u8>,
    /// Literal text that is quoted; empty quotes count.
    quoted: Option<Vec<u8>>,
}

impl Draft {
    fn text(&mut self, byte: u8) {
        self.end_quoted();
        self.plain.push(byte);
    }

    fn quote(&mut self, bytes: &[u8]) {
        self.end_plain();
        self.quoted.get_or_insert_default().extend_from_slice(bytes);
    }

    fn end_plain(&mut self) {
        if !self.plain.is_empty() {
            self.parts.push(Part::Text(core::mem::take(&mut self.plain).into()));
        }
    }

    fn end_quoted(&mut self) {
        if let Some(text) = self.quoted.take() {
            self.parts.push(Part::Quoted(text.into()));
        }
    }

    fn part(&mut self, part: Part) {
        self.end_plain();
        self.end_quoted();
        self.parts.push(part);
    }

    fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.plain.is_empty() && self.quoted.is_none()
    }

    fn finish(mut self) -> Word {
        self.end_plain();
        self.end_quoted();
        Word { parts: self.parts, declaration: false }
    }
}

impl Parser<'_> {
    /// The next byte, lines being joined at a backslash before a newline.
    #[inline]
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
    #[inline]
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
    #[inline]
    pub fn bump(&mut self) {
        if self.source.ahead(0) == Some(b'\n') {
            self.source.line += 1;
        }
        self.source.at += 1;
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.bump();
        Some(byte)
    }

    /// The next token. `assign`: a word may be an assignment, so that `~` is special in its value.
    pub fn scan(&mut self, assign: bool) -> Parse<Token> {
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
        let Some(first) = self.peek() else { return Ok(Token::End) };
        if first == b'\n' {
            self.bump();
            self.read_here_documents()?;
            return Ok(Token::Newline);
        }
        if b"&|;<>()".contains(&first)
            && !(self.extras && matches!(first, b'<' | b'>') && self.second() == Some(b'('))
        {
            return Ok(Token::Operator(self.scan_operator()));
        }
        if first.is_ascii_digit()
            && let Some(number) = self.descriptor()
        {
            return Ok(Token::Number(number));
        }
        Ok(Token::Word(self.word(Ends::Word, assign)?))
    }

    /// The byte behind the one that was looked at.
    fn second(&mut self) -> Option<u8> {
        self.raw(1)
    }

    fn scan_operator(&mut self) -> u32 {
        let mut best = 0;
        for known in OPERATORS.split(|&byte| byte == 0) {
            let code = op(known);
            if !self.extras && EXTRAS.contains(&code) {
                continue;
            }
            if !known.is_empty()
                && let Some((length, lines)) = self.is_next(known)
            {
                best = code;
                self.source.at += length;
                self.source.line += lines;
                break;
            }
        }
        best
    }

    /// If `operator` stands here: how long it is with the line continuations in it, and how many these are.
    fn is_next(&mut self, operator: &[u8]) -> Option<(usize, u32)> {
        let (mut at, mut lines) = (0, 0);
        for &byte in operator {
            while self.raw(at) == Some(b'\\') && self.raw(at + 1) == Some(b'\n') {
                at += 2;
                lines += 1;
            }
            if self.raw(at) != Some(byte) {
                return None;
            }
            at += 1;
        }
        Some((at, lines))
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
    pub fn regex_word(&mut self) -> Parse<Word> {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.bump();
        }
        self.word(Ends::Regex, false)
    }

    /// The text of a here-document as a word.
    pub fn here_text(&mut self) -> Parse<Word> {
        self.word(Ends::Text, false)
    }

    /// One word, up to what `ends` it, which is not taken.
    fn word(&mut self, ends: Ends, assign: bool) -> Parse<Word> {
        self.deeper()?;
        let mut draft = Draft::default();
        if !ends.quoted() {
            self.tilde(&mut draft, false)?;
        }
        let mut value = false;
        let mut depth = 0u32;
        loop {
            let Some(byte) = self.peek() else {
                match ends {
                    Ends::Word | Ends::Text | Ends::Regex => break,
                    Ends::Quotes => return Err(self.fault(b"unterminated quoted string")),
                    _ => return Err(self.fault(b"missing '}'")),
                }
            };
            match byte {
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')'
                    if ends == Ends::Word =>
                {
                    let process = self.extras && matches!(byte, b'<' | b'>') && self.second() == Some(b'(');
                    if !process {
                        break;
                    }
                    self.source.at += 2;
                    let body = self.substitution()?;
                    draft.part(Part::Process(Box::new(Substitution { body, quoted: byte == b'>' })));
                }
                b' ' | b'\t' | b'\n' | b';' | b'&' if ends == Ends::Regex && depth == 0 => break,
                b')' if ends == Ends::Regex && depth == 0 => break,
                b'(' | b')' if ends == Ends::Regex => {
                    depth = if byte == b'(' { depth + 1 } else { depth - 1 };
                    self.bump();
                    draft.text(byte);
                }
                b'}' if matches!(ends, Ends::Brace | Ends::QuotedBrace | Ends::Slash | Ends::Colon) => break,
                b'/' if ends == Ends::Slash && !draft.is_empty() => break,
                b':' if ends == Ends::Colon => break,
                b'\\' => {
                    self.bump();
                    self.backslash(ends, &mut draft);
                }
                b'\'' if !ends.quoted() => {
                    self.bump();
                    self.single_quotes(&mut draft)?;
                }
                b'"' if ends == Ends::Quotes => break,
                // Inside a quoted `${x…}` all is quoted already.
                b'"' if ends == Ends::QuotedBrace => self.bump(),
                b'"' if ends != Ends::Text => {
                    self.bump();
                    draft.quote(b"");
                    let inner = self.word(Ends::Quotes, false)?;
                    self.bump();
                    for part in inner.parts {
                        match part {
                            Part::Quoted(text) => draft.quote(&text),
                            part => {
                                // Quotes that hold more than an expansion are no field of their own.
                                if draft.quoted.as_ref().is_some_and(|text| text.is_empty()) {
                                    draft.quoted = None;
                                }
                                draft.part(part);
                            }
                        }
                    }
                }
                b'`' => {
                    self.bump();
                    let body = self.backquotes(ends.quoted() && ends != Ends::Text)?;
                    draft.part(Part::Command(Box::new(Substitution { body, quoted: ends.quoted() })));
                }
                b'$' => {
                    self.bump();
                    self.dollar(ends, &mut draft)?;
                }
                _ if ends.quoted() => self.quoted_run(ends, &mut draft),
                _ => {
                    self.bump();
                    draft.text(byte);
                    let named = || {
                        is_name(
                            draft
                                .plain
                                .strip_suffix(b"=")
                                .map_or(b"", |name| name.strip_suffix(b"+").unwrap_or(name)),
                        )
                    };
                    if assign && byte == b'=' && !value && draft.parts.is_empty() && named() {
                        value = true;
                        self.tilde(&mut draft, true)?;
                    } else if value && byte == b':' {
                        self.tilde(&mut draft, true)?;
                    }
                }
            }
        }
        self.depth -= 1;
        Ok(draft.finish())
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
        let Some(byte) = self.raw(0) else {
            draft.quote(b"\\");
            return;
        };
        let special = match ends {
            Ends::Quotes => matches!(byte, b'$' | b'`' | b'"' | b'\\'),
            Ends::QuotedBrace => matches!(byte, b'$' | b'`' | b'"' | b'\\' | b'}'),
            Ends::Text => matches!(byte, b'$' | b'`' | b'\\'),
            _ => true,
        };
        if !special {
            draft.quote(b"\\");
        }
        self.bump();
        draft.quote(&[byte]);
    }

    fn single_quotes(&mut self, draft: &mut Draft) -> Parse<()> {
        draft.quote(b"");
        loop {
            let Some(byte) = self.raw(0) else { return Err(self.fault(b"unterminated quoted string")) };
            self.bump();
            if byte == b'\'' {
                return Ok(());
            }
            draft.quote(&[byte]);
        }
    }

    /// `$'…'`; the opening quote has been taken (POSIX.1-2024 XCU 2.2.4).
    fn dollar_quotes(&mut self, draft: &mut Draft) -> Parse<()> {
        let mut text = Vec::new();
        loop {
            let Some(byte) = self.raw(0) else { return Err(self.fault(b"unterminated quoted string")) };
            self.bump();
            match byte {
                b'\'' => break,
                b'\\' => {
                    let mut rest = Vec::new();
                    while let Some(byte) = self.raw(rest.len()).filter(|_| rest.len() < 10) {
                        rest.push(byte);
                    }
                    match rest.as_slice() {
                        [b'\'', ..] => {
                            text.push(b'\'');
                            self.bump();
                        }
                        [b'c', letter, ..] => {
                            text.push(if *letter == b'?' { 0x7f } else { letter & 0x1f });
                            self.source.at += 2;
                        }
                        rest => {
                            let used = match text::escape::one(rest, text::escape::UNICODE, &mut text) {
                                text::escape::Escape::Used(used) => used,
                                text::escape::Escape::Stop => 1,
                            };
                            self.source.at += used;
                        }
                    }
                }
                _ => text.push(byte),
            }
        }
        // The text ends at a NUL, as a C string would.
        let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
        draft.quote(text.get(..end).unwrap_or_default());
        Ok(())
    }

    /// `~` or `~user` up to a slash, a colon in an assignment, or the end of the word.
    fn tilde(&mut self, draft: &mut Draft, assign: bool) -> Parse<()> {
        if self.raw(0) != Some(b'~') {
            return Ok(());
        }
        let mut length = 1;
        while let Some(byte) = self.raw(length)
            && (is_name_byte(byte) || matches!(byte, b'.' | b'-' | b'+'))
        {
            length += 1;
        }
        let ended = match self.raw(length) {
            None
            | Some(b'/' | b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' | b'}') => {
                true
            }
            Some(b':') => assign,
            _ => false,
        };
        if ended {
            let name = self.source.text.get(self.source.at + 1..self.source.at + length).unwrap_or_default();
            let part = Part::Tilde(name.into());
            draft.part(part);
            self.source.at += length;
        }
        Ok(())
    }

    /// What follows a `$` that has been taken.
    fn dollar(&mut self, ends: Ends, draft: &mut Draft) -> Parse<()> {
        let quoted = ends.quoted();
        match self.peek() {
            Some(b'(') => {
                self.bump();
                if self.peek() == Some(b'(')
                    && let Some(math) = self.arithmetic(quoted)?
                {
                    draft.part(Part::Arith(Box::new(math)));
                    return Ok(());
                }
                let body = self.substitution()?;
                draft.part(Part::Command(Box::new(Substitution { body, quoted })));
            }
            Some(b'{') => {
                self.bump();
                let param = self.braced(quoted)?;
                draft.part(Part::Param(Box::new(param)));
            }
            Some(b'\'') if !quoted => {
                self.bump();
                self.dollar_quotes(draft)?;
            }
            // A translated string is the string itself.
            Some(b'"') if !quoted => {}
            Some(byte) if is_name_start(byte) || byte.is_ascii_digit() || b"@*#?-$!".contains(&byte) => {
                let name = self.param_name(false);
                draft.part(Part::Param(Box::new(plain_param(name, quoted))));
            }
            _ if quoted => draft.quote(b"$"),
            _ => draft.text(b'$'),
        }
        Ok(())
    }

    /// The name of a parameter, which is known to follow. `long`: in braces, where a number may have many digits.
    fn param_name(&mut self, long: bool) -> Name {
        let Some(first) = self.next() else { return Name::Special(b'#') };
        if first.is_ascii_digit() {
            let mut number = u32::from(first - b'0');
            while long && let Some(digit @ b'0'..=b'9') = self.peek() {
                number = number.saturating_mul(10).saturating_add(u32::from(digit - b'0'));
                self.bump();
            }
            return Name::Position(number);
        }
        if !is_name_start(first) {
            return Name::Special(first);
        }
        let mut name = alloc::vec![first];
        while let Some(byte) = self.peek().filter(|&byte| is_name_byte(byte)) {
            name.push(byte);
            self.bump();
        }
        Name::Var(self.sh.symbols.intern(&name))
    }

    /// What follows `${`.
    fn braced(&mut self, quoted: bool) -> Parse<Param> {
        let mut param = plain_param(Name::Special(b'#'), quoted);
        match self.peek() {
            Some(b'#') => {
                // `${#}` is the number of parameters, `${#x}` the length of x, `${#-x}` a default for `$#`.
                self.bump();
                match self.peek() {
                    Some(b'}') => {}
                    Some(byte)
                        if is_name_start(byte)
                            || byte.is_ascii_digit()
                            || b"@*#?-$!".contains(&byte) && self.raw(1) == Some(b'}') =>
                    {
                        param.op = Op::Length;
                        param.name = self.param_name(true);
                        if self.peek() != Some(b'}') {
                            return self.bad_braces(param);
                        }
                    }
                    _ => self.operation(&mut param)?,
                }
            }
            Some(b'!') if self.extras && self.raw(1).is_some_and(is_name_start) => {
                self.bump();
                param.indirect = true;
                param.name = self.param_name(true);
                if matches!(self.peek(), Some(b'*' | b'@')) && self.raw(1) == Some(b'}') {
                    self.bump();
                    param.op = Op::Names;
                } else {
                    self.operation(&mut param)?;
                }
            }
            Some(byte) if is_name_start(byte) || byte.is_ascii_digit() || b"@*?-$!".contains(&byte) => {
                param.name = self.param_name(true);
                self.operation(&mut param)?;
            }
            _ => return self.bad_braces(param),
        }
        if self.peek() != Some(b'}') {
            return self.bad_braces(param);
        }
        self.bump();
        Ok(param)
    }

    /// `${` with something that is no expansion: an error, but only when it is expanded.
    fn bad_braces(&mut self, mut param: Param) -> Parse<Param> {
        param.word = self.word(if param.quoted { Ends::QuotedBrace } else { Ends::Brace }, false)?;
        param.op = Op::Bad;
        if self.peek() != Some(b'}') {
            return Err(self.fault(b"missing '}'"));
        }
        self.bump();
        Ok(param)
    }

    /// The operation behind the name in braces, up to the `}`.
    fn operation(&mut self, param: &mut Param) -> Parse<()> {
        let Some(byte) = self.peek() else { return Err(self.fault(b"missing '}'")) };
        let word = if param.quoted { Ends::QuotedBrace } else { Ends::Brace };
        let colon = byte == b':';
        if colon {
            self.bump();
        }
        let letter = self.peek().unwrap_or(0);
        let op = match letter {
            b'-' => Op::Default(colon),
            b'=' => Op::Assign(colon),
            b'?' => Op::Error(colon),
            b'+' => Op::Alternative(colon),
            _ if colon && self.extras => {
                param.word = self.word(Ends::Colon, false)?;
                if self.peek() == Some(b':') {
                    self.bump();
                    param.second = Some(self.word(Ends::Brace, false)?);
                }
                param.op = Op::Slice;
                return Ok(());
            }
            b'}' if !colon => return Ok(()),
            b'#' | b'%' if !colon => {
                self.bump();
                let longest = self.peek() == Some(letter);
                if longest {
                    self.bump();
                }
                param.op = Op::Trim { suffix: letter == b'%', longest };
                param.word = self.word(Ends::Brace, false)?;
                return Ok(());
            }
            b'/' if !colon && self.extras => {
                self.bump();
                let kind = self.peek().filter(|byte| b"/#%".contains(byte)).unwrap_or(b' ');
                if kind != b' ' {
                    self.bump();
                }
                param.op = Op::Replace(kind);
                param.word = self.word(Ends::Slash, false)?;
                if self.peek() == Some(b'/') {
                    self.bump();
                    param.second = Some(self.word(Ends::Brace, false)?);
                }
                return Ok(());
            }
            b'^' | b',' if !colon && self.extras => {
                self.bump();
                let all = self.peek() == Some(letter);
                if all {
                    self.bump();
                }
                param.op = Op::Case { upper: letter == b'^', all };
                return Ok(());
            }
            b'@' if !colon && self.extras && self.raw(1) == Some(b'Q') => {
                self.source.at += 2;
                param.op = Op::Quote;
                return Ok(());
            }
            _ => {
                param.op = Op::Bad;
                param.word = self.word(word, false)?;
                return Ok(());
            }
        };
        self.bump();
        param.op = op;
        param.word = self.word(word, false)?;
        Ok(())
    }

    /// `$((…))` or `((…))`, the first parenthesis taken; `None` when it turns out to be a subshell in `$(`.
    pub fn arithmetic(&mut self, quoted: bool) -> Parse<Option<Math>> {
        let (at, line) = (self.source.at, self.source.line);
        self.bump();
        match self.math_text(0) {
            Some(text) => {
                let text = self.inside(text, |parser| parser.here_text())?;
                Ok(Some(math(&mut self.sh.symbols, text, quoted)))
            }
            None => {
                (self.source.at, self.source.line) = (at, line);
                Ok(None)
            }
        }
    }

    /// Text up to `))`, or for `for ((` up to `end` at depth 0; `None` if that does not come.
    pub fn math_text(&mut self, end: u8) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        let mut depth = 0u32;
        let mut quote = 0;
        loop {
            let byte = self.peek()?;
            self.bump();
            match byte {
                b'\\' => {
                    text.push(byte);
                    text.push(self.raw(0)?);
                    self.bump();
                    continue;
                }
                b'`' | b'"' | b'\'' if quote == byte => quote = 0,
                b'`' if quote == 0 => quote = byte,
                // Quotes around parts of an expression mean nothing.
                b'"' if quote == 0 => continue,
                _ if quote != 0 => {}
                b'(' => depth += 1,
                b')' if depth > 0 => depth -= 1,
                b')' if end == 0 => {
                    if self.peek() != Some(b')') {
                        return None;
                    }
                    self.bump();
                    return Some(text);
                }
                _ if byte == end && depth == 0 => return Some(text),
                _ => {}
            }
            text.push(byte);
        }
    }

    /// The command of a backquote substitution; the opening quote has been taken.
    fn backquotes(&mut self, in_quotes: bool) -> Parse<Rc<Command>> {
        let mut text = Vec::new();
        loop {
            let Some(byte) = self.raw(0) else {
                return Err(self.fault(b"unterminated backquote substitution"));
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
        self.inside(text, |parser| parser.whole().map(Rc::new))
    }

    /// Reads the here-documents announced on the line that has just ended.
    fn read_here_documents(&mut self) -> Parse<()> {
        for here in core::mem::take(&mut self.pending) {
            let line = self.source.line;
            let mut text = Vec::new();
            let mut joined = false;
            loop {
                let start = text.len();
                if here.strip && !joined {
                    while self.raw(0) == Some(b'\t') {
                        self.source.at += 1;
                    }
                }
                let mut any = false;
                while let Some(byte) = self.raw(0) {
                    any = true;
                    self.bump();
                    text.push(byte);
                    if byte == b'\n' {
                        break;
                    }
                }
                let fresh = text.get(start..).unwrap_or_default();
                let bare = fresh.strip_suffix(b"\n").unwrap_or(fresh);
                // At the end of the input the document ends, too.
                if !joined && bare == here.delimiter || !any {
                    text.truncate(start);
                    break;
                }
                let backslashes = bare.iter().rev().take_while(|&&byte| byte == b'\\').count();
                joined = !here.quoted && backslashes % 2 == 1 && fresh.len() > bare.len();
            }
            let word = if here.quoted {
                Word { parts: alloc::vec![Part::Quoted(text.into())], declaration: false }
            } else {
                let after = core::mem::replace(&mut self.source.line, line);
                let word = self.inside(text, |parser| parser.here_text())?;
                self.source.line = after;
                word
            };
            // Each is filled once.
            let _ = here.cell.set(word);
        }
        Ok(())
    }
}

/// A parameter without any operation.
pub fn plain_param(name: Name, quoted: bool) -> Param {
    Param { name, quoted, indirect: false, op: Op::Plain, word: Word::default(), second: None }
}

/// The expression in `text`, read now if it has no expansions but plain variables.
pub fn math(symbols: &mut Symbols, text: Word, quoted: bool) -> Math {
    let mut template = Vec::new();
    for part in &text.parts {
        match part {
            Part::Quoted(text) | Part::Text(text) => template.extend_from_slice(text),
            Part::Param(param) => match (param.name, param.op) {
                (Name::Var(sym), Op::Plain) if !param.indirect => arith::push_reference(sym, &mut template),
                _ => return Math { text, compiled: None, quoted },
            },
            _ => return Math { text, compiled: None, quoted },
        }
    }
    Math { text, compiled: arith::compile(&template, symbols).ok(), quoted }
}
