//! Program text to tokens.

use super::source::Source;
use alloc::vec::Vec;
use applet::prelude::*;

/// The kind of a token. Punctuation and keywords are in the order of [`PUNCTUATION`] and [`WORDS`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Token {
    Newline,
    End,
    Number,
    Text,
    /// A name.
    Name,
    /// A name with `(` right behind it.
    Call,
    /// A built-in function, by number.
    Builtin(u8),
    /// An operator or a bracket: its place in [`PUNCTUATION`].
    Sign(u8),
    /// A keyword: its place in [`WORDS`].
    Word(u8),
}

/// Longer signs come before their beginnings.
const PUNCTUATION: &[u8] =
    b"**= **  ^=  ^   +=  ++  +   -=  --  -   *=  *   /=  /   %=  %   ==  =   <=  <   >>  >=  >   !=  !~  !   ~   &&  ||  |   ?   :   ,   ;   (   )   {   }   [   ]   $   ";

/// The place of a sign in [`PUNCTUATION`].
pub const fn place(text: &[u8]) -> u8 {
    let mut number = 0;
    loop {
        let mut at = 0;
        while PUNCTUATION[number * 4 + at] == if at < text.len() { text[at] } else { b' ' } {
            at += 1;
            if at == 4 {
                return number as u8;
            }
        }
        number += 1;
    }
}

/// The token of a sign, found by the compiler.
macro_rules! sign {
    ($text:literal) => {
        const { crate::awk::lexer::Token::Sign(crate::awk::lexer::place($text)) }
    };
}
pub(crate) use sign;

const WORDS: &[u8] = &words(b" BEGIN END BEGINFILE ENDFILE function func if else while for do break continue next nextfile exit return \
delete in getline print printf switch case default");

/// The numbers of keywords.
pub mod word {
    use super::Token;
    pub const BEGIN: Token = Token::Word(0);
    pub const END: Token = Token::Word(1);
    pub const FUNCTION: Token = Token::Word(4);
    pub const FUNC: Token = Token::Word(5);
    pub const IF: Token = Token::Word(6);
    pub const ELSE: Token = Token::Word(7);
    pub const WHILE: Token = Token::Word(8);
    pub const FOR: Token = Token::Word(9);
    pub const DO: Token = Token::Word(10);
    pub const BREAK: Token = Token::Word(11);
    pub const CONTINUE: Token = Token::Word(12);
    pub const NEXT: Token = Token::Word(13);
    pub const NEXTFILE: Token = Token::Word(14);
    pub const EXIT: Token = Token::Word(15);
    pub const RETURN: Token = Token::Word(16);
    pub const DELETE: Token = Token::Word(17);
    pub const IN: Token = Token::Word(18);
    pub const GETLINE: Token = Token::Word(19);
    pub const PRINT: Token = Token::Word(20);
    pub const PRINTF: Token = Token::Word(21);
    pub const SWITCH: Token = Token::Word(22);
    pub const CASE: Token = Token::Word(23);
    pub const DEFAULT: Token = Token::Word(24);
}

/// A list of words that is gone through from word to word: each blank becomes the length of the word behind it.
pub const fn words<const N: usize>(text: &[u8; N]) -> [u8; N] {
    let (mut list, mut at, mut length) = (*text, N, 0);
    while at > 0 {
        at -= 1;
        length += 1;
        if list[at] == b' ' {
            list[at] = length - 1;
            length = 0;
        }
    }
    list
}

/// The place of `name` in a list of words.
#[inline(never)]
pub fn find_word(list: &[u8], name: &[u8]) -> Option<u8> {
    let (mut rest, mut number) = (list, 0);
    loop {
        let (&length, behind) = rest.split_first()?;
        let (word, next) = behind.split_at_checked(usize::from(length))?;
        if word == name {
            return Some(number);
        }
        (rest, number) = (next, number + 1);
    }
}

/// The lexer, one token ahead of the parser.
pub struct Lexer<'a> {
    source: Source<'a>,
    at: usize,
    /// The current token, where it begins, and its line.
    pub token: Token,
    start: usize,
    pub line: usize,
    next_line: usize,
    /// Of a number.
    pub number: f64,
    /// Of a text or a name.
    pub text: Vec<u8>,
}

impl<'a> Lexer<'a> {
    pub fn new(source: Source<'a>) -> Result<Lexer<'a>> {
        let mut lexer = Lexer {
            source,
            at: 0,
            token: Token::Newline,
            start: 0,
            line: 1,
            next_line: 1,
            number: 0.0,
            text: Vec::new(),
        };
        lexer.advance()?;
        Ok(lexer)
    }

    fn rest(&self) -> &[u8] {
        self.source.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> u8 {
        self.rest().first().copied().unwrap_or(0)
    }

    /// The first byte behind the current token and blanks.
    pub fn following(&self) -> u8 {
        self.rest().iter().copied().find(|&byte| byte != b' ' && byte != b'\t').unwrap_or(0)
    }

    /// An error at the current token.
    #[cold]
    pub fn error(&self, message: &[&[u8]]) -> Error {
        self.source.error(self.line, &message.concat())
    }

    /// A syntax error at the current token.
    #[cold]
    #[inline(never)]
    pub fn unexpected(&self) -> Error {
        let token = self.source.text.get(self.start..self.at).unwrap_or_default();
        match self.token {
            Token::End => self.error(&[b"syntax error: unexpected end of program"]),
            Token::Newline => self.error(&[b"syntax error: unexpected newline"]),
            _ => self.error(&[b"syntax error near '", token, b"'"]),
        }
    }

    /// Goes on to the next token.
    pub fn advance(&mut self) -> Result {
        self.line = self.next_line;
        loop {
            match self.rest() {
                [b' ' | b'\t' | b'\r', ..] => self.at += 1,
                [b'\\', b'\n', ..] => {
                    self.at += 2;
                    self.next_line += 1;
                    self.line += 1;
                }
                [b'\\', b'\r', b'\n', ..] => {
                    self.at += 3;
                    self.next_line += 1;
                    self.line += 1;
                }
                [b'#', ..] => {
                    let length = self.rest().iter().take_while(|&&byte| byte != b'\n').count();
                    self.at += length;
                }
                _ => break,
            }
        }
        self.start = self.at;
        if self.rest().is_empty() {
            self.token = Token::End;
            return Ok(());
        }
        self.token = match self.peek() {
            b'\n' => {
                self.at += 1;
                self.next_line += 1;
                Token::Newline
            }
            b'"' => self.string()?,
            b'0'..=b'9' => self.numeral(),
            b'.' if self.rest().get(1).is_some_and(u8::is_ascii_digit) => self.numeral(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.name(),
            _ => self.punctuation()?,
        };
        Ok(())
    }

    fn punctuation(&mut self) -> Result<Token> {
        for (number, entry) in PUNCTUATION.chunks(4).enumerate() {
            let text = entry.split(|&byte| byte == b' ').next().unwrap_or_default();
            if self.rest().starts_with(text) {
                self.at += text.len();
                // Two ways to write the same.
                let same = [sign!(b"^="), sign!(b"^")];
                return Ok(same.get(number).copied().unwrap_or(Token::Sign(number as u8)));
            }
        }
        self.at += 1;
        self.token = Token::Number;
        Err(self.unexpected())
    }

    fn name(&mut self) -> Token {
        let length =
            self.rest().iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        self.text = self.rest().get(..length).unwrap_or_default().to_vec();
        self.at += length;
        if let Some(word) = find_word(WORDS, &self.text) {
            return Token::Word(word);
        }
        match super::builtins::find(&self.text) {
            Some(builtin) => Token::Builtin(builtin),
            None if self.peek() == b'(' => Token::Call,
            None => Token::Name,
        }
    }

    fn numeral(&mut self) -> Token {
        if let [b'0', b'x' | b'X', digit, ..] = self.rest()
            && digit.is_ascii_hexdigit()
        {
            self.at += 2;
            self.number = 0.0;
            while let Some(digit) = char::from(self.peek()).to_digit(16) {
                self.number = self.number * 16.0 + f64::from(digit);
                self.at += 1;
            }
            return Token::Number;
        }
        let (number, used) = awkvm::number::scan(self.rest());
        self.number = number;
        self.at += used.max(1);
        Token::Number
    }

    fn string(&mut self) -> Result<Token> {
        self.at += 1;
        self.text.clear();
        loop {
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return Ok(Token::Text);
                }
                b'\\' => {
                    self.at += 1;
                    if self.peek() == b'\n' {
                        self.next_line += 1;
                    }
                    let rest = self.source.text.get(self.at..).unwrap_or_default();
                    self.at += escape(rest, &mut self.text);
                }
                byte => {
                    if byte == b'\n' || self.rest().is_empty() {
                        return Err(self.error(&[b"unterminated string"]));
                    }
                    self.text.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    /// Reads the current token, which is `/` or `/=`, again as the beginning of a regular expression.
    pub fn regex(&mut self) -> Result {
        self.at = self.start + 1;
        self.text.clear();
        let mut bracket = 0;
        loop {
            let byte = self.peek();
            match byte {
                b'/' if bracket == 0 => break,
                b'\n' => return Err(self.error(&[b"unterminated regular expression"])),
                0 if self.rest().is_empty() => {
                    return Err(self.error(&[b"unterminated regular expression"]));
                }
                b'\\' => {
                    self.at += 1;
                    if self.peek() != b'/' && self.peek() != b'\n' {
                        self.text.push(b'\\');
                    }
                    if self.peek() == b'\n' {
                        self.next_line += 1;
                        self.at += 1;
                    } else if !self.rest().is_empty() {
                        self.text.push(self.peek());
                        self.at += 1;
                    }
                    continue;
                }
                // Inside of brackets a slash is ordinary, if the brackets end on this line.
                b'[' if bracket == 0 && ends_bracket(self.rest()) => {
                    bracket = 1;
                    if self.rest().get(1) == Some(&b'^') {
                        self.text.push(b'[');
                        self.at += 1;
                    }
                    if self.rest().get(1) == Some(&b']') {
                        self.text.push(self.peek());
                        self.at += 1;
                    }
                }
                b'[' if bracket == 1 && self.rest().get(1) == Some(&b':') => {
                    let rest = self.rest();
                    if let Some(end) = rest.windows(2).position(|pair| pair == b":]") {
                        let class = rest.get(..end + 1).unwrap_or_default().to_vec();
                        self.text.extend_from_slice(&class);
                        self.at += class.len();
                    }
                }
                b']' => bracket = 0,
                _ => {}
            }
            self.text.push(self.peek());
            self.at += 1;
        }
        self.at += 1;
        Ok(())
    }
}

/// Whether the bracket expression that `text` begins with ends before its line.
fn ends_bracket(text: &[u8]) -> bool {
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    line.iter().skip(2).any(|&byte| byte == b']')
}

/// What the escape behind a backslash stands for; how many bytes it takes.
pub fn escape(rest: &[u8], out: &mut Vec<u8>) -> usize {
    let Some(&letter) = rest.first() else {
        out.push(b'\\');
        return 0;
    };
    match letter {
        b'"' | b'\\' | b'/' => out.push(letter),
        b'\n' => {}
        b'0'..=b'7' => {
            let digits = rest.iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7'));
            let (value, count) = digits
                .fold((0u32, 0), |(value, count), digit| (value * 8 + u32::from(digit - b'0'), count + 1));
            out.push(value as u8);
            return count;
        }
        b'x' => {
            let mut digits = rest.iter().skip(1).take(2).map_while(|&byte| char::from(byte).to_digit(16));
            let Some(first) = digits.next() else {
                out.extend_from_slice(b"\\x");
                return 1;
            };
            let second = digits.next();
            out.push(second.map_or(first, |second| first * 16 + second) as u8);
            return 2 + usize::from(second.is_some());
        }
        _ => match b"abfnrtv".iter().position(|&byte| byte == letter) {
            Some(at) => out.push(*b"\x07\x08\x0c\n\r\t\x0b".get(at).unwrap_or(&letter)),
            None => out.extend_from_slice(&[b'\\', letter]),
        },
    }
    1
}

/// A place in the program to go back to.
pub struct Mark {
    at: usize,
    token: Token,
    start: usize,
    line: usize,
    next_line: usize,
}

impl Lexer<'_> {
    pub fn mark(&self) -> Mark {
        Mark { at: self.at, token: self.token, start: self.start, line: self.line, next_line: self.next_line }
    }

    pub fn reset(&mut self, mark: Mark) {
        self.at = mark.at;
        self.token = mark.token;
        self.start = mark.start;
        self.line = mark.line;
        self.next_line = mark.next_line;
        // The text of a name; numbers are read anew.
        self.text = self.source.text.get(self.start..self.at).unwrap_or_default().to_vec();
    }

    /// Whether the keyword `getline` follows the current token.
    pub fn getline_follows(&self) -> bool {
        let blanks = self.rest().iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        self.rest().get(blanks..).is_some_and(|rest| rest.starts_with(b"getline"))
    }
}
