//! Simple commands and redirections (POSIX.1-2024 XCU 2.7, 2.9.1).

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::braces;
use super::parser::*;
use super::symbols::{Sym, is_name};
use super::tree::*;

/// The redirection operators, what they do, and the descriptor they mean without a number.
const REDIRECTIONS: [(u32, RedirKind, i32); 12] = [
    (LESS, RedirKind::Read, 0),
    (GREAT, RedirKind::Write, 1),
    (op(b">>"), RedirKind::Append, 1),
    (op(b">|"), RedirKind::Clobber, 1),
    (op(b"<>"), RedirKind::ReadWrite, 0),
    (op(b"<&"), RedirKind::Dup, 0),
    (op(b">&"), RedirKind::Dup, 1),
    (op(b"&>"), RedirKind::Both { append: false }, 1),
    (op(b"&>>"), RedirKind::Both { append: true }, 1),
    (op(b"<<<"), RedirKind::HereString, 0),
    (op(b"<<"), RedirKind::Here, 0),
    (op(b"<<-"), RedirKind::Here, 0),
];

/// What a redirection operator does.
pub fn redirection_of(code: u32) -> Option<(RedirKind, i32)> {
    REDIRECTIONS.iter().find(|entry| entry.0 == code).map(|entry| (entry.1, entry.2))
}

impl Parser<'_> {
    pub fn simple(&mut self) -> Command {
        let mut simple = Box::new(Simple { line: self.source.line, ..Simple::default() });
        let mut declaration = false;
        loop {
            let first = simple.words.is_empty();
            if first {
                while self.expand_alias(true) {}
            }
            self.expand_behind_blank(first || declaration);
            if self.look(first || declaration) != WORD {
                if self.redirection(&mut simple.redirs) {
                    continue;
                }
                break;
            }
            if first {
                if let Some(assign) = self.assignment() {
                    simple.assigns.push(assign);
                    continue;
                }
                let word = self.take_word();
                if let Some(name) = word.literal() {
                    declaration = is_declaration(name);
                    self.look(declaration);
                    if simple.assigns.is_empty() && simple.redirs.is_empty() && self.accept_operator(BRACKET)
                    {
                        self.expect_closing();
                        return self.function_body(name);
                    }
                    simple.name = Some(self.sh.symbols.intern(name));
                }
                self.put_word(word, &mut simple.words);
            } else if declaration && self.assigned_name().is_some() {
                let word = self.declared_word();
                simple.words.push(word);
            } else {
                self.push_word(&mut simple.words);
            }
        }
        let nothing = simple.words.is_empty() && simple.assigns.is_empty() && simple.redirs.is_empty();
        if nothing || self.token == BRACKET {
            self.unexpected(b"");
        }
        Command::Simple(simple)
    }

    /// Takes the word that is the token, an assignment behind `export` or the like.
    #[inline(never)]
    fn declared_word(&mut self) -> Word {
        let mut parts = None;
        if EXTRAS
            && self.raw(0) == Some(b'(')
            && let Some((length, append)) = self.assigned_name()
            && let Some(text) =
                self.word.plain().filter(|text| text.len() == length + 1 + usize::from(append))
        {
            let sym = self.sh.symbols.intern(text.get(..length).unwrap_or_default());
            self.take();
            parts = Some(alloc::vec![self.array(sym, append)]);
        }
        Word { parts: parts.unwrap_or_else(|| self.take_word().parts), declaration: true }
    }

    /// Adds the word that is the token, or the several that its braces make of it.
    pub fn push_word(&mut self, list: &mut Vec<Word>) {
        let word = self.take_word();
        self.put_word(word, list);
    }

    fn put_word(&mut self, word: Word, list: &mut Vec<Word>) {
        if EXTRAS { braces::expand(word, list) } else { list.push(word) }
    }

    /// If the word that is the token begins as an assignment: its name's length, and whether it is `name+=`.
    fn assigned_name(&self) -> Option<(usize, bool)> {
        let (name, append) = match self.word.parts.as_slice() {
            [Part::Text(name), Part::Subscript(_), Part::Text(text), ..] => (&**name, text.starts_with(b"+")),
            [Part::Text(text), ..] => {
                let name = text.split(|&byte| byte == b'=').next().filter(|name| name.len() < text.len())?;
                match name.strip_suffix(b"+") {
                    Some(name) if EXTRAS => (name, true),
                    _ => (name, false),
                }
            }
            _ => return None,
        };
        is_name(name).then_some((name.len(), append))
    }

    /// Takes the word that is the token if it is an assignment.
    #[inline(never)]
    fn assignment(&mut self) -> Option<Assign> {
        let (length, append) = self.assigned_name()?;
        let mut value = self.take_word();
        let text = match value.parts.first_mut() {
            Some(Part::Text(text)) => core::mem::take(text),
            _ => return None,
        };
        value.parts.remove(0);
        let (name, behind) = text.split_at_checked(length)?;
        let sym = self.sh.symbols.intern(name);
        let mut subscript = None;
        if behind.is_empty() {
            let (word, behind) = split_subscript(&mut value)?;
            subscript = Some(word);
            put_value(&behind, append, &mut value);
        } else {
            put_value(behind, append, &mut value);
        }
        if EXTRAS && value.parts.is_empty() && subscript.is_none() && self.raw(0) == Some(b'(') {
            value.parts.push(self.array(sym, append));
        }
        Some(Assign { sym, subscript, append, value })
    }

    /// The elements of `x=(…)`, the parenthesis being the next byte.
    fn array(&mut self, sym: Sym, append: bool) -> Part {
        self.deeper();
        self.bump();
        let mut items = Vec::new();
        loop {
            self.skip_newlines();
            if self.look(true) != WORD {
                break;
            }
            let mut value = self.take_word();
            if let Some((subscript, behind)) = split_subscript(&mut value) {
                let append = behind.starts_with(b"+");
                put_value(&behind, append, &mut value);
                items.push(Given { subscript: Some(subscript), append, value });
                continue;
            }
            let mut words = Vec::new();
            self.put_word(value, &mut words);
            items.extend(words.into_iter().map(|value| Given { subscript: None, append: false, value }));
        }
        self.expect_closing();
        self.depth -= 1;
        Part::List(Box::new(List { sym, append, items }))
    }

    /// Takes a redirection, if one follows.
    pub fn redirection(&mut self, list: &mut Vec<Redir>) -> bool {
        let mut fd = None;
        if self.look(true) == NUMBER {
            fd = Some(self.number);
            self.take();
        }
        let code = self.look(true);
        let Some((kind, default)) = redirection_of(code) else { return false };
        self.take();
        let start = self.source.at;
        let word = self.want_word();
        let mut redir = Redir { fd: fd.unwrap_or(default), kind, word, here: None };
        if kind == RedirKind::Here {
            let raw = self.source.text.get(start..self.source.at).unwrap_or_default().to_vec();
            redir.here = Some(self.announce(&redir.word, raw.trim_ascii_start(), code == op(b"<<-")));
        } else if code == op(b">&") && EXTRAS && fd.is_none() {
            // `>&file` is `&>file`; a number or a dash is a descriptor.
            let number = |text: &[u8]| text == b"-" || text.iter().all(u8::is_ascii_digit);
            if redir.word.literal().is_some_and(|text| !number(text)) {
                redir.kind = RedirKind::Both { append: false };
            }
        }
        list.push(redir);
        true
    }
}

/// Takes `[subscript]` from the beginning of a word, and the text behind it, which begins with the `=` or `+=`.
#[inline(never)]
fn split_subscript(word: &mut Word) -> Option<(Word, Box<[u8]>)> {
    if !matches!(word.parts.as_slice(), [Part::Subscript(_), Part::Text(_), ..]) {
        return None;
    }
    let mut parts = word.parts.drain(..2);
    match (parts.next(), parts.next()) {
        (Some(Part::Subscript(subscript)), Some(Part::Text(text))) => Some((*subscript, text)),
        _ => None,
    }
}

/// Puts what is behind the name of an assignment, but for its `=` or `+=`, before the rest of the value.
#[inline(never)]
fn put_value(behind: &[u8], append: bool, value: &mut Word) {
    let text = behind.get(1 + usize::from(append)..).unwrap_or_default();
    if !text.is_empty() {
        value.parts.insert(0, Part::Text(text.into()));
    }
}

/// Utilities whose operands may be assignments (POSIX.1-2024 XCU 2.9.1.1).
fn is_declaration(name: &[u8]) -> bool {
    matches!(name, b"export" | b"readonly" | b"local" | b"declare" | b"typeset")
}
