//! Expansions in words: what follows a `$` (POSIX.1-2024 XCU 2.6).

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::arith;
use super::lexer::{Draft, Ends};
use super::parser::{EXTRAS, Parser};
use super::symbols::{Symbols, is_name_byte, is_name_start};
use super::tree::*;

impl Parser<'_> {
    /// What follows a `$` that has been taken.
    pub fn dollar(&mut self, quoted: bool, draft: &mut Draft) {
        let part = match self.peek() {
            Some(b'(') => {
                self.bump();
                let math = if self.peek() == Some(b'(') { self.arithmetic(quoted) } else { None };
                match math {
                    Some(math) => Part::Arith(math),
                    None => Part::Command(Box::new(Substitution { body: self.substitution(), quoted })),
                }
            }
            Some(b'{') => {
                self.bump();
                let mut param = plain_param(Name::Special(b'#'), quoted);
                self.braced(&mut param);
                Part::Param(param)
            }
            Some(b'\'') if !quoted => {
                self.bump();
                return self.dollar_quotes(draft);
            }
            // A translated string is the string itself.
            Some(b'"') if !quoted => return,
            Some(byte) if begins_param(byte) => Part::Param(plain_param(self.param_name(false), quoted)),
            _ => return draft.literal(b'$', quoted),
        };
        draft.part(part);
    }

    /// The name of a parameter, which is known to follow. `long`: in braces, where a number may have many digits.
    fn param_name(&mut self, long: bool) -> Name {
        let Some(first) = self.peek() else { return Name::Special(b'#') };
        self.bump();
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

    /// The name in braces, with its subscript.
    fn long_name(&mut self, param: &mut Param) {
        param.name = self.param_name(true);
        if let Name::Var(sym) = param.name
            && EXTRAS
            && self.peek() == Some(b'[')
        {
            let subscript = self.subscript();
            param.name = match subscript.plain() {
                Some(b"@") => Name::Elements(sym, false),
                Some(b"*") => Name::Elements(sym, true),
                _ => Name::Element(sym),
            };
            param.subscript = Some(subscript);
        }
    }

    /// What follows `${`, up to its `}`.
    fn braced(&mut self, param: &mut Param) {
        let known = match self.peek() {
            Some(b'#') => {
                // `${#}` is the number of parameters, `${#x}` the length of x, `${#-x}` a default for `$#`.
                self.bump();
                match self.peek() {
                    Some(b'}') => {}
                    Some(byte) if begins_param(byte) && (is_name_byte(byte) || self.raw(1) == Some(b'}')) => {
                        param.op = Op::Length;
                        self.long_name(param);
                    }
                    _ => self.operation(param),
                }
                true
            }
            Some(b'!') if EXTRAS && self.raw(1).is_some_and(is_name_start) => {
                self.bump();
                param.indirect = true;
                self.long_name(param);
                if matches!(param.name, Name::Elements(..)) && self.peek() == Some(b'}') {
                    param.op = Op::Keys;
                } else if matches!(self.peek(), Some(b'*' | b'@')) && self.raw(1) == Some(b'}') {
                    self.bump();
                    param.op = Op::Names;
                } else {
                    self.operation(param);
                }
                true
            }
            Some(byte) if begins_param(byte) => {
                self.long_name(param);
                self.operation(param);
                true
            }
            _ => false,
        };
        if !known || self.peek() != Some(b'}') {
            // Something that is no expansion: an error, but only when it is expanded.
            param.word = self.word(brace(param), false);
            param.op = Op::Bad;
        }
        if !self.accept_byte(b'}') {
            self.fault(b"missing '}'");
        }
    }

    /// The operation behind the name in braces, up to the `}`.
    fn operation(&mut self, param: &mut Param) {
        let colon = self.accept_byte(b':');
        let letter = self.peek().unwrap_or(0);
        if b"-=?+".contains(&letter) {
            self.bump();
        }
        let (op, ends) = match letter {
            b'-' | b'=' | b'?' | b'+' => (Op::Or { letter, colon }, brace(param)),
            _ if colon && EXTRAS && letter != b'}' => (Op::Slice, Ends::Colon),
            _ if colon => (Op::Bad, brace(param)),
            b'}' => return,
            b'#' | b'%' => {
                (Op::Trim { suffix: letter == b'%', longest: self.is_doubled(letter) }, Ends::Brace)
            }
            b'/' if EXTRAS => {
                self.bump();
                let kind = self.peek().filter(|byte| b"/#%".contains(byte));
                if kind.is_some() {
                    self.bump();
                }
                (Op::Replace(kind.unwrap_or(b' ')), Ends::Slash)
            }
            b'^' | b',' if EXTRAS => {
                (Op::Case { upper: letter == b'^', all: self.is_doubled(letter) }, Ends::Brace)
            }
            b'@' if EXTRAS => {
                let op = match self.raw(1) {
                    Some(b'Q') => Op::Quote,
                    Some(letter @ (b'U' | b'u' | b'L')) => {
                        Op::Case { upper: letter != b'L', all: letter != b'u' }
                    }
                    _ => Op::Bad,
                };
                if op != Op::Bad {
                    self.source.at += 2;
                    param.op = op;
                    return;
                }
                (op, brace(param))
            }
            _ => (Op::Bad, brace(param)),
        };
        param.op = op;
        // `${x/#/r}` puts r before the value; elsewhere a slash that comes first belongs to the pattern.
        if !matches!(op, Op::Replace(b'#' | b'%')) || self.peek() != Some(b'/') {
            param.word = self.word(ends, false);
        }
        if (ends == Ends::Slash && self.accept_byte(b'/')) || (ends == Ends::Colon && self.accept_byte(b':'))
        {
            param.second = Some(self.word(Ends::Brace, false));
        }
    }

    /// Takes an operator of one letter or of two that are the same: whether it is the latter.
    fn is_doubled(&mut self, letter: u8) -> bool {
        self.bump();
        self.accept_byte(letter)
    }

    /// `$((…))` or `((…))`, the first parenthesis taken; `None` when it turns out to be a subshell in `$(`.
    #[inline(never)]
    pub fn arithmetic(&mut self, quoted: bool) -> Option<Box<Math>> {
        let (at, line) = (self.source.at, self.source.line);
        self.bump();
        match self.math_text(0) {
            Some(text) => {
                let text = self.inner_text(text);
                Some(Box::new(math(&mut self.sh.symbols, text, quoted)))
            }
            None => {
                (self.source.at, self.source.line) = (at, line);
                None
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
                b')' if end == 0 => return self.accept_byte(b')').then_some(text),
                _ if byte == end && depth == 0 => return Some(text),
                _ => {}
            }
            text.push(byte);
        }
    }
}

/// What ends the word of `${x…}`.
fn brace(param: &Param) -> Ends {
    if param.quoted { Ends::QuotedBrace } else { Ends::Brace }
}

fn begins_param(byte: u8) -> bool {
    is_name_byte(byte) || b"@*#?-$!".contains(&byte)
}

/// A parameter without any operation.
pub fn plain_param(name: Name, quoted: bool) -> Box<Param> {
    Box::new(Param {
        name,
        subscript: None,
        quoted,
        indirect: false,
        op: Op::Plain,
        word: Word::default(),
        second: None,
    })
}

/// The expression in `text`, read now if it has no expansions but plain variables.
#[inline(never)]
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
