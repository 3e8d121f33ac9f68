//! Tokens.

use super::{Bc, Name};
use alloc::vec::Vec;
use bignum::Number;

/// A token: one of these, a character, two of them, or a keyword.
pub type Token = u16;
/// None: what a mistake leaves.
pub const WRONG: Token = 0;
pub const END: Token = 1;
pub const NEWLINE: Token = b'\n' as Token;
/// The text is in [`Bc::text`].
pub const NUMBER: Token = b'0' as Token;
pub const TEXT: Token = b'"' as Token;
/// Its number is in [`Bc::name`].
pub const NAME: Token = b'a' as Token;
/// The first keyword; the others follow in their order.
pub const WORD: Token = 0x8000;

const KEYWORDS: &[u8] = b"auto break continue define else for halt ibase if last length limits obase print quit read return scale sqrt void warranty while";

/// The token of a keyword.
pub const fn word(name: &[u8]) -> Token {
    let (mut at, mut number) = (0, WORD);
    while at < KEYWORDS.len() {
        let mut same = 0;
        while same < name.len() && at + same < KEYWORDS.len() && KEYWORDS[at + same] == name[same] {
            same += 1;
        }
        if same == name.len() && (at + same == KEYWORDS.len() || KEYWORDS[at + same] == b' ') {
            return number;
        }
        while at < KEYWORDS.len() && KEYWORDS[at] != b' ' {
            at += 1;
        }
        at += 1;
        number += 1;
    }
    WRONG
}

/// The token of an operator.
pub const fn sign(text: &[u8; 2]) -> Token {
    (text[0] as Token) << 8 | text[1] as Token
}

impl Bc<'_, '_> {
    /// The next byte of the source, which stays.
    fn peek(&mut self) -> Option<u8> {
        if let [first, ..] = self.library {
            return Some(*first);
        }
        if self.ended {
            return None;
        }
        let reader = self.file.as_mut().unwrap_or(&mut self.stdin);
        if reader.buffered().is_empty() {
            // Who asks through a pipe wants the answers so far.
            let _ = self.cx.out.flush();
        }
        match reader.block() {
            Ok([first, ..]) => Some(*first),
            Ok([]) => {
                self.ended = true;
                None
            }
            Err(errno) => {
                self.ended = true;
                self.cx.report(super::Error::system(self.source, errno));
                None
            }
        }
    }

    fn skip(&mut self) {
        if let [first, rest @ ..] = self.library {
            self.line += u64::from(*first == b'\n');
            self.library = rest;
            // The library is a source of its own.
            self.ended |= rest.is_empty();
            return;
        }
        let reader = self.file.as_mut().unwrap_or(&mut self.stdin);
        self.line += u64::from(reader.buffered().first() == Some(&b'\n'));
        reader.consume(1);
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.peek();
        if byte.is_some() {
            self.skip();
        }
        byte
    }

    fn follows(&mut self, byte: u8) -> bool {
        let follows = self.peek() == Some(byte);
        if follows {
            self.skip();
        }
        follows
    }

    /// After a mistake: on to the next line.
    pub fn skip_line(&mut self) {
        while !matches!(self.token, NEWLINE | END) {
            self.advance();
            self.stop = None;
        }
        self.jumps.clear();
        self.loops = 0;
    }

    /// Goes on to the next token; a mistake stays where it is.
    pub fn advance(&mut self) {
        if self.stop.is_none() {
            // What stays when there is a mistake is not the end of a line.
            self.token = WRONG;
            self.token = self.lex();
        }
    }

    fn lex(&mut self) -> Token {
        loop {
            let Some(byte) = self.take() else { return END };
            return match byte {
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => continue,
                b'\\' if self.follows(b'\n') => continue,
                b'#' => {
                    while self.peek().is_some_and(|byte| byte != b'\n') {
                        self.skip();
                    }
                    continue;
                }
                b'/' if self.follows(b'*') => {
                    let mut star = false;
                    loop {
                        match self.take() {
                            Some(b'/') if star => break,
                            Some(byte) => star = byte == b'*',
                            None => return self.fail(b"a comment has no end"),
                        }
                    }
                    continue;
                }
                b'"' => {
                    self.text.clear();
                    loop {
                        match self.take() {
                            Some(b'"') => break TEXT,
                            Some(byte) => self.text.push(byte),
                            None => return self.fail(b"a string has no end"),
                        }
                    }
                }
                b'0'..=b'9' | b'A'..=b'Z' | b'.' => self.lex_number(byte),
                b'a'..=b'z' => {
                    let mut name = alloc::vec![byte];
                    while let Some(next @ (b'a'..=b'z' | b'0'..=b'9' | b'_')) = self.peek() {
                        name.push(next);
                        self.skip();
                    }
                    if let Some(number) = KEYWORDS.split(|&byte| byte == b' ').position(|word| word == name) {
                        return WORD + number as Token;
                    }
                    if name.len() > 1 {
                        self.extension(b"names of more than one letter");
                    }
                    self.name = self.intern(name);
                    NAME
                }
                b'&' | b'|' | b'+' | b'-' if self.follows(byte) => sign(&[byte, byte]),
                b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'<' | b'>' | b'=' | b'!' if self.follows(b'=') => {
                    sign(&[byte, b'='])
                }
                byte if b"\n+-*/%^<>=!()[]{};,&".contains(&byte) => byte.into(),
                _ => self.fail(b"illegal character"),
            };
        }
    }

    /// Digits with at most one point; a point alone is the last value.
    fn lex_number(&mut self, first: u8) -> Token {
        self.text.clear();
        self.text.push(first);
        let mut point = first == b'.';
        while let Some(next) = self.peek() {
            match next {
                b'0'..=b'9' | b'A'..=b'Z' => self.text.push(next),
                b'.' if !point => {
                    point = true;
                    self.text.push(next);
                }
                b'\\' => {
                    self.skip();
                    if !self.follows(b'\n') {
                        break;
                    }
                    continue;
                }
                _ => break,
            }
            self.skip();
        }
        if self.text == b"." { word(b"last") } else { NUMBER }
    }

    /// The number of a name.
    pub fn intern(&mut self, text: Vec<u8>) -> u32 {
        let known = self.names.iter().position(|name| name.text == text);
        let id = known.unwrap_or(self.names.len());
        if known.is_none() {
            self.names.push(Name { text, ..Name::default() });
        }
        id as u32
    }

    /// A number from standard input, for `read()`.
    pub fn read_number(&mut self) -> Number {
        let file = self.file.take();
        let (ended, line) = (core::mem::take(&mut self.ended), self.line);
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n')) {
            self.skip();
        }
        let minus = self.follows(b'-');
        let token = match self.take() {
            Some(first @ (b'0'..=b'9' | b'A'..=b'Z' | b'.')) => self.lex_number(first),
            _ => END,
        };
        if file.is_some() {
            (self.file, self.ended, self.line) = (file, ended, line);
        }
        if token != NUMBER {
            return Number::default();
        }
        let mut value = Number::parse(&self.text, self.ibase, true);
        if minus {
            value.negate();
        }
        value
    }
}
