//! From pattern text to tree: the BRE and ERE grammars (XBD 9.3, 9.4) with GNU's extensions.

use crate::ast::{Ast, INF, Kind, look};
use crate::set::{Bracket, Set};
use crate::{Error, Flags, unit};
use alloc::vec::Vec;

/// RE_DUP_MAX: the greatest number in an interval.
const DUP_MAX: u32 = 32_767;

/// Groups nest at most this deep.
const MAX_NESTING: u32 = 250;

/// Reads one pattern; its groups are numbered after the `base` groups of the patterns before it.
pub(crate) struct Parser<'a> {
    pub(crate) pattern: &'a [u8],
    pos: usize,
    flags: Flags,
    ast: &'a mut Ast,
    base: u32,
    /// Groups opened so far in this pattern.
    pub(crate) groups: u32,
    /// Bit n: group n is complete and can be referred to.
    closed: u32,
    nesting: u32,
}

enum Token {
    End,
    Open,
    Close,
    Bar,
    Repeat(u32, u32),
    Leaf(u32),
    Look(u32),
}

impl<'a> Parser<'a> {
    pub(crate) fn new(pattern: &'a [u8], flags: Flags, ast: &'a mut Ast, base: u32) -> Parser<'a> {
        Parser { pattern, pos: 0, flags, ast, base, groups: 0, closed: 0, nesting: 0 }
    }

    /// The whole pattern.
    pub(crate) fn parse(&mut self) -> Result<u32, Error> {
        let root = self.alternation()?;
        if self.pos < self.pattern.len() {
            return Err(Error::CloseParen);
        }
        Ok(root)
    }

    fn extended(&self) -> bool {
        self.flags.has(Flags::EXTENDED)
    }

    #[inline(never)]
    fn peek(&self) -> Option<u8> {
        self.pattern.get(self.pos).copied()
    }

    #[inline(never)]
    fn eat(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.pos += usize::from(there);
        there
    }

    fn alternation(&mut self) -> Result<u32, Error> {
        let mut branches = Vec::new();
        loop {
            branches.push(self.branch()?);
            let at = self.pos;
            if !matches!(self.token(false, true)?, Token::Bar) {
                self.pos = at;
                return Ok(self.ast.list(Kind::Alt, &branches));
            }
        }
    }

    /// Everything up to a `|`, a closing parenthesis or the end, none of which is consumed.
    #[inline(never)]
    fn branch(&mut self) -> Result<u32, Error> {
        let mut items = Vec::new();
        // Nothing to repeat yet: the start, or after an anchor.
        let mut fresh = true;
        loop {
            let at = self.pos;
            let mut token = self.token(items.is_empty(), fresh)?;
            if let Token::Repeat(min, max) = token {
                if !fresh {
                    if let Some(item) = items.last_mut() {
                        *item = self.ast.repeat(*item, min, max);
                    }
                    continue;
                }
                if self.extended() {
                    // Repeats the empty string.
                    continue;
                }
                token = self.again();
            }
            fresh = false;
            items.push(match token {
                Token::Leaf(id) => id,
                Token::Look(kind) => {
                    fresh = true;
                    self.ast.leaf(Kind::Look, kind)
                }
                Token::Open => self.group()?,
                _ => {
                    self.pos = at;
                    return Ok(self.ast.list(Kind::Cat, &items));
                }
            });
        }
    }

    /// A group whose opening parenthesis has been read.
    #[inline(never)]
    fn group(&mut self) -> Result<u32, Error> {
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            return Err(Error::TooBig);
        }
        self.groups += 1;
        let number = self.groups;
        let inner = self.alternation()?;
        if !matches!(self.token(false, true)?, Token::Close) {
            return Err(Error::Paren);
        }
        self.nesting -= 1;
        self.closed |= 1u32.checked_shl(number).unwrap_or(0);
        Ok(self.ast.group(inner, self.base + number))
    }

    /// The next token. `start`: a branch begins here. `fresh`: there is nothing to repeat.
    #[inline(never)]
    fn token(&mut self, start: bool, fresh: bool) -> Result<Token, Error> {
        if self.flags.has(Flags::FIXED) {
            return Ok(if self.peek().is_none() { Token::End } else { self.literal() });
        }
        let extended = self.extended();
        let escaped = self.eat(b'\\');
        let Some(c) = self.peek() else { return if escaped { Err(Error::Escape) } else { Ok(Token::End) } };
        self.pos += 1;
        // With a backslash in a BRE, or without one in an ERE, these are operators.
        let operator = escaped != extended;
        Ok(match c {
            b'(' if operator => Token::Open,
            // Alone it is an ordinary character in an ERE.
            b')' if operator && (escaped || self.nesting > 0) => Token::Close,
            b'|' if operator => Token::Bar,
            b'+' if operator => Token::Repeat(1, INF),
            b'?' if operator => Token::Repeat(0, 1),
            b'{' if operator && fresh && escaped => return Err(Error::Repeat),
            b'{' if operator && !fresh => match self.interval()? {
                Some((min, max)) => Token::Repeat(min, max),
                None => self.again(),
            },
            _ if escaped => return self.escape(c),
            b'[' => {
                let (utf8, icase) = (self.flags.has(Flags::UTF8), self.flags.has(Flags::ICASE));
                let newline = self.flags.has(Flags::NEWLINE);
                let mut bracket = Bracket { pattern: self.pattern, pos: self.pos, utf8, icase, newline };
                let set = bracket.parse()?;
                self.pos = bracket.pos;
                Token::Leaf(self.ast.set_leaf(&set))
            }
            b'.' => self.class(b"", true, self.flags.has(Flags::NEWLINE)),
            b'*' => Token::Repeat(0, INF),
            b'^' if extended || start => Token::Look(look::LINE_START),
            b'$' if extended || self.at_branch_end() => Token::Look(look::LINE_END),
            _ => self.again(),
        })
    }

    /// In a BRE: whether `$` stands where it is an anchor.
    fn at_branch_end(&self) -> bool {
        matches!(self.pattern.get(self.pos..), None | Some([] | [b'\\', b')' | b'|', ..]))
    }

    /// What a backslash makes of `c`, which is no operator.
    #[inline(never)]
    fn escape(&mut self, c: u8) -> Result<Token, Error> {
        // In the order of their numbers in `look`, from TEXT_START on.
        if let Some(index) = b"`'bB<>".iter().position(|&b| b == c) {
            return Ok(Token::Look(look::TEXT_START + index as u32));
        }
        Ok(match c {
            b'1'..=b'9' => {
                let number = u32::from(c - b'0');
                if self.closed >> number & 1 == 0 {
                    return Err(Error::BackReference);
                }
                Token::Leaf(self.ast.leaf(Kind::Back, self.base + number))
            }
            b'w' | b'W' => self.class(b"word", c == b'W', false),
            b's' | b'S' => self.class(b"space", c == b'S', false),
            _ => self.again(),
        })
    }

    /// A set of the class `name` (none: empty) with or without the newline, or of all others.
    #[inline(never)]
    fn class(&mut self, name: &[u8], negated: bool, newline: bool) -> Token {
        let mut set = Set::new(self.flags.has(Flags::UTF8));
        if newline {
            set.add(10, 10);
        }
        set.add_class(name);
        set.finish();
        if negated {
            set.negate();
        }
        Token::Leaf(self.ast.set_leaf(&set))
    }

    /// The byte just read, or the character it begins, as itself.
    fn again(&mut self) -> Token {
        self.pos -= 1;
        self.literal()
    }

    /// The unit at `pos` as itself.
    #[inline(never)]
    fn literal(&mut self) -> Token {
        let utf8 = self.flags.has(Flags::UTF8);
        let rest = self.pattern.get(self.pos..).unwrap_or(&[]);
        let (c, len) = if utf8 { unit::first(rest) } else { (rest.first().map_or(0, |&b| b.into()), 1) };
        self.pos += len;
        let mut set = Set::new(utf8);
        set.add(c, c);
        if self.flags.has(Flags::ICASE) {
            set.add_case_variants();
            set.finish();
        }
        Token::Leaf(self.ast.set_leaf(&set))
    }

    /// An interval whose `{` has been read. None (nothing consumed): in an ERE, an ordinary `{`.
    #[inline(never)]
    fn interval(&mut self) -> Result<Option<(u32, u32)>, Error> {
        let at = self.pos;
        let extended = self.extended();
        let least = self.number();
        let comma = self.eat(b',');
        let most = if comma { self.number() } else { least };
        let closed = (extended || self.eat(b'\\')) && self.eat(b'}');
        if !closed || (least.is_none() && !comma) {
            if extended {
                self.pos = at;
                return Ok(None);
            }
            let unended = !self.pattern.get(at..).unwrap_or(&[]).windows(2).any(|w| w == b"\\}");
            return Err(if unended { Error::Brace } else { Error::Interval });
        }
        let (min, max) = (least.unwrap_or(0), most.unwrap_or(INF));
        if max < min {
            return Err(Error::Interval);
        }
        if min > DUP_MAX || (max > DUP_MAX && most.is_some()) {
            return Err(Error::TooBig);
        }
        Ok(Some((min, max)))
    }

    /// A decimal number, saturating below `INF`; None if there is no digit.
    fn number(&mut self) -> Option<u32> {
        let mut value = None;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            self.pos += 1;
            value = Some((value.unwrap_or(0) * 10 + u32::from(digit - b'0')).min(DUP_MAX + 1));
        }
        value
    }
}
