//! Tokens.

use super::{Bc, Outcome, Stop};
use alloc::vec::Vec;

#[derive(Clone, PartialEq)]
pub enum Token {
    End,
    Newline,
    Number(Vec<u8>),
    Text(Vec<u8>),
    Name(u32),
    /// One of [`KEYWORDS`], by its number.
    Word(u8),
    /// One or two characters.
    Sign(u16),
}

const KEYWORDS: &[u8] = b"auto break continue define else for halt ibase if last length limits obase print quit read return scale sqrt void warranty while";

/// The number of a keyword.
pub const fn word(name: &[u8]) -> u8 {
    let (mut at, mut number) = (0, 0);
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
    255
}

/// The token of an operator.
pub const fn sign(text: &[u8]) -> u16 {
    match *text {
        [one] => one as u16,
        [one, two] => (one as u16) << 8 | two as u16,
        _ => 0,
    }
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
        while !matches!(self.token, Token::Newline | Token::End) {
            let _ = self.advance();
        }
        self.loops.clear();
        self.in_function = false;
        self.depth = 0;
    }

    pub fn advance(&mut self) -> Outcome {
        // What stays when there is a mistake is not the end of a line.
        self.token = Token::Sign(0);
        self.token = self.lex()?;
        Ok(())
    }

    fn lex(&mut self) -> Outcome<Token> {
        loop {
            let Some(byte) = self.take() else { return Ok(Token::End) };
            return Ok(match byte {
                b'\n' => Token::Newline,
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
                            None => return Err(Stop::Error(b"a comment has no end")),
                        }
                    }
                    continue;
                }
                b'"' => {
                    let mut text = Vec::new();
                    loop {
                        match self.take() {
                            Some(b'"') => break,
                            Some(byte) => text.push(byte),
                            None => return Err(Stop::Error(b"a string has no end")),
                        }
                    }
                    Token::Text(text)
                }
                b'0'..=b'9' | b'A'..=b'Z' | b'.' => self.lex_number(byte),
                b'a'..=b'z' => {
                    let mut name = alloc::vec![byte];
                    while let Some(next @ (b'a'..=b'z' | b'0'..=b'9' | b'_')) = self.peek() {
                        name.push(next);
                        self.skip();
                    }
                    let number = KEYWORDS.split(|&byte| byte == b' ').position(|word| word == name);
                    match number {
                        Some(number) => Token::Word(number as u8),
                        None => {
                            if name.len() > 1 {
                                self.extension(b"names of more than one letter")?;
                            }
                            Token::Name(self.intern(name))
                        }
                    }
                }
                b'&' if self.follows(b'&') => Token::Sign(sign(b"&&")),
                b'|' if self.follows(b'|') => Token::Sign(sign(b"||")),
                b'+' | b'-' if self.follows(byte) => Token::Sign(u16::from(byte) << 8 | u16::from(byte)),
                b'+' | b'-' | b'*' | b'/' | b'%' | b'^' | b'<' | b'>' | b'=' | b'!' => {
                    let double = self.follows(b'=');
                    Token::Sign(if double { u16::from(byte) << 8 | u16::from(b'=') } else { byte.into() })
                }
                b'(' | b')' | b'[' | b']' | b'{' | b'}' | b';' | b',' | b'&' => Token::Sign(byte.into()),
                _ => return Err(Stop::Error(b"illegal character")),
            });
        }
    }

    /// Digits with at most one point; a point alone is the last value.
    fn lex_number(&mut self, first: u8) -> Token {
        let mut text = alloc::vec![first];
        let mut point = first == b'.';
        while let Some(next) = self.peek() {
            match next {
                b'0'..=b'9' | b'A'..=b'Z' => text.push(next),
                b'.' if !point => {
                    point = true;
                    text.push(next);
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
        if text == b"." { Token::Word(word(b"last")) } else { Token::Number(text) }
    }

    /// The number of a name.
    fn intern(&mut self, name: Vec<u8>) -> u32 {
        if let Some(id) = self.names.iter().position(|known| *known == name) {
            return id as u32;
        }
        self.names.push(name);
        self.functions.push(None);
        self.variables.push(bignum::Number::default());
        self.arrays.push(0);
        (self.names.len() - 1) as u32
    }

    /// A number from standard input, for `read()`.
    pub fn read_number(&mut self) -> Outcome<bignum::Number> {
        let file = self.file.take();
        let (ended, line) = (core::mem::take(&mut self.ended), self.line);
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n')) {
            self.skip();
        }
        let minus = self.follows(b'-');
        let token = match self.take() {
            Some(first @ (b'0'..=b'9' | b'A'..=b'Z' | b'.')) => self.lex_number(first),
            _ => Token::End,
        };
        if file.is_some() {
            (self.file, self.ended, self.line) = (file, ended, line);
        }
        let Token::Number(text) = token else { return Ok(bignum::Number::default()) };
        let mut value =
            bignum::Number::parse(&text, self.ibase).map_err(|_| Stop::Error(b"number too large"))?;
        if minus {
            value.negate();
        }
        Ok(value)
    }
}
