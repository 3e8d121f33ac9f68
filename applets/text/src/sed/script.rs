//! From the text of a script to a flat list of commands.

use alloc::boxed::Box;
use applet::prelude::*;
use regex::{Flags, Regex};

use super::Settings;
use super::substitute::{Replacement, Substitution};

/// Which lines.
#[derive(Clone, Copy, PartialEq)]
pub enum Address {
    None,
    Line(u64),
    Step(u64, u64),
    Last,
    /// The expression of that number, or the last one used.
    Match(Option<usize>),
    /// So many lines on, or up to the next multiple: only as a second address.
    Plus(u64),
    Multiple(u64),
}

/// One command. Which of the fields mean something depends on its name.
pub struct Command {
    pub first: Address,
    pub second: Address,
    pub negate: bool,
    pub name: u8,
    /// Text, label or file name.
    pub text: Vec<u8>,
    pub number: Option<usize>,
    /// Where a branch or a block leads; the number of a file.
    pub target: usize,
    pub substitution: Option<Box<Substitution>>,
    /// What y does: pairs of characters.
    pub pairs: Vec<(u32, u32)>,
    /// Whether a range has begun, and the line it ends with.
    pub active: bool,
    pub until: u64,
    /// Whether a range that begins with a line has begun once.
    pub over: bool,
}

/// A script, ready to run.
#[derive(Default)]
pub struct Program<'a> {
    pub commands: Vec<Command>,
    pub regexes: Vec<Regex>,
    /// What each expression was made of.
    pub patterns: Vec<(Vec<u8>, Flags)>,
    /// Names of files that are written; the first two are standard output and error.
    pub written: Vec<&'a [u8]>,
    /// Names of files that are read line by line.
    pub read: Vec<&'a [u8]>,
}

/// The text of all -e and -f, and where each begins.
#[derive(Default)]
pub struct Source<'a> {
    text: Vec<u8>,
    /// Start of each piece, and the name of its file; none for -e.
    pieces: Vec<(usize, &'a [u8])>,
}

impl<'a> Source<'a> {
    pub fn add(&mut self, text: &[u8], file: &'a [u8]) {
        if !self.pieces.is_empty() {
            self.text.push(b'\n');
        }
        self.pieces.push((self.text.len(), file));
        self.text.extend_from_slice(text);
    }

    /// Whether the script begins with `#n` (POSIX.1-2024 XCU `sed`: its first two characters, whatever follows).
    pub fn begins_quiet(&self) -> bool {
        self.text.starts_with(b"#n")
    }
}

struct Parser<'a> {
    source: &'a Source<'a>,
    settings: &'a Settings<'a>,
    at: usize,
    program: Program<'a>,
    /// Open blocks, and labels with what they stand before.
    blocks: Vec<usize>,
    labels: Vec<(&'a [u8], usize)>,
}

pub fn parse<'a>(source: &'a Source<'a>, settings: &'a Settings) -> Result<Program<'a>> {
    let mut parser = Parser {
        source,
        settings,
        at: 0,
        program: Program::default(),
        blocks: Vec::new(),
        labels: Vec::new(),
    };
    parser.program.written.extend([&b"/dev/stdout"[..], b"/dev/stderr"]);
    while parser.command()? {}
    if !parser.blocks.is_empty() {
        parser.at = 0;
        return Err(parser.wrong(b"unmatched `{'"));
    }
    let Parser { mut program, labels, .. } = parser;
    let end = program.commands.len();
    for command in program.commands.iter_mut().filter(|command| matches!(command.name, b'b' | b't' | b'T')) {
        command.target = match labels.iter().find(|(label, _)| *label == command.text) {
            _ if command.text.is_empty() => end,
            Some(&(_, at)) => at,
            None => {
                let error = Error::parts(&[b"can't find label for jump to `", &command.text, b"'"]);
                return Err(error.with_status(4));
            }
        };
    }
    Ok(program)
}

/// The number of `name` in `list`, to which it is added if it is not there.
#[inline(never)]
fn index_of<'a>(list: &mut Vec<&'a [u8]>, name: &'a [u8]) -> usize {
    list.iter().position(|known| *known == name).unwrap_or_else(|| {
        list.push(name);
        list.len() - 1
    })
}

impl<'a> Parser<'a> {
    /// An error at the place in work.
    #[cold]
    fn wrong(&self, message: &[u8]) -> Error {
        let before = |piece: &&(usize, &[u8])| piece.0 <= self.at.saturating_sub(1);
        let number = self.source.pieces.iter().take_while(before).count().max(1);
        let Some(&(start, file)) = self.source.pieces.get(number - 1) else { return Error::new(message) };
        let part = self.source.text.get(start..self.at).unwrap_or_default();
        let mut text = Writer::memory();
        if file.is_empty() {
            let expressions = self.source.pieces.iter().take(number).filter(|piece| piece.1.is_empty());
            text.write(b"-e expression #");
            text.decimal(expressions.count() as u64);
            text.write(b", char ");
            text.decimal(part.len() as u64);
        } else {
            text.write(b"file ");
            text.write(file);
            text.write(b" line ");
            text.decimal(memchr::memchr_iter(b'\n', part).count() as u64 + 1);
        }
        text.write(b": ");
        text.write(message);
        Error::new(&text.take())
    }

    fn peek(&self) -> Option<u8> {
        self.source.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek();
        self.at += 1;
        if byte.is_none() {
            self.at = self.source.text.len();
        }
        byte
    }

    fn skip(&mut self, set: &[u8]) {
        while self.peek().is_some_and(|byte| set.contains(&byte)) {
            self.at += 1;
        }
    }

    fn number(&mut self) -> Option<u64> {
        let rest = self.source.text.get(self.at..).unwrap_or_default();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        let text = rest.get(..digits).filter(|digits| !digits.is_empty())?;
        Some(num::parse_u64(text).unwrap_or(u64::MAX))
    }

    /// Reads one command; `false` at the end.
    fn command(&mut self) -> Result<bool> {
        self.skip(b" \t\n\r\x0b\x0c;");
        if self.peek().is_none() {
            return Ok(false);
        }
        let (first, second) = self.addresses()?;
        let mut negate = false;
        self.skip(b" \t");
        while self.peek() == Some(b'!') {
            self.at += 1;
            if negate {
                return Err(self.wrong(b"multiple `!'s"));
            }
            negate = true;
            self.skip(b" \t");
        }
        let Some(name) = self.next() else { return Err(self.wrong(b"missing command")) };
        let mut command = Command {
            first,
            second,
            negate,
            name,
            text: Vec::new(),
            number: None,
            target: 0,
            substitution: None,
            pairs: Vec::new(),
            // 0,/RE/ has begun before the first line.
            active: first == Address::Line(0),
            until: 0,
            over: first == Address::Line(0),
        };
        self.arguments(&mut command)?;
        if !matches!(name, b'#' | b':' | b'}' | b'v') {
            self.program.commands.push(command);
        }
        Ok(true)
    }

    fn arguments(&mut self, command: &mut Command) -> Result {
        let addressed = command.first != Address::None;
        match command.name {
            b'#' if addressed => return Err(self.wrong(b"comments don't accept any addresses")),
            b'#' => {
                while self.peek().is_some_and(|byte| byte != b'\n') {
                    self.at += 1;
                }
                return Ok(());
            }
            b':' => {
                if addressed {
                    return Err(self.wrong(b": doesn't want any addresses"));
                }
                let label = self.label();
                if label.is_empty() {
                    return Err(self.wrong(b"\":\" lacks a label"));
                }
                self.labels.push((label, self.program.commands.len()));
                return Ok(());
            }
            b'{' => {
                self.blocks.push(self.program.commands.len());
                return Ok(());
            }
            b'}' => {
                let begin = self.blocks.pop().filter(|_| !addressed);
                let Some(begin) = begin else { return Err(self.wrong(b"unexpected `}'")) };
                let end = self.program.commands.len();
                if let Some(block) = self.program.commands.get_mut(begin) {
                    block.target = end;
                }
            }
            b'=' | b'd' | b'D' | b'F' | b'g' | b'G' | b'h' | b'H' | b'n' | b'N' | b'p' | b'P' | b'x'
            | b'z' => {}
            b'e' => {
                self.sandbox()?;
                self.skip(b" \t");
                command.text = self.rest_of_line().to_vec();
                return Ok(());
            }
            b'a' | b'i' | b'c' => return self.text(command),
            b'b' | b't' | b'T' => command.text = self.label().to_vec(),
            b'l' | b'L' | b'q' | b'Q' => {
                if matches!(command.name, b'q' | b'Q') && command.second != Address::None {
                    return Err(self.wrong(b"command only uses one address"));
                }
                self.skip(b" \t");
                command.number = self.number().map(|number| number.min(1 << 40) as usize);
            }
            b'r' | b'R' | b'w' | b'W' => {
                let name = self.file_name()?;
                command.text = name.to_vec();
                let list = match command.name {
                    b'r' => return Ok(()),
                    b'R' => &mut self.program.read,
                    _ => &mut self.program.written,
                };
                command.target = index_of(list, name);
                return Ok(());
            }
            b's' => return self.substitution(command),
            b'v' => {
                // Every version so far.
                self.label();
            }
            b'y' => self.transliteration(command)?,
            other => return Err(self.wrong(&[b"unknown command: `", &[other][..], b"'"].concat())),
        }
        self.end_of_command()
    }

    fn sandbox(&self) -> Result {
        if self.settings.sandbox {
            return Err(self.wrong(b"e/r/w commands disabled in sandbox mode"));
        }
        Ok(())
    }

    /// What follows a command has to end it.
    fn end_of_command(&mut self) -> Result {
        self.skip(b" \t\r\x0b\x0c");
        match self.next() {
            None | Some(b'\n' | b';') => Ok(()),
            Some(b'}' | b'#') => {
                self.at -= 1;
                Ok(())
            }
            Some(_) => Err(self.wrong(b"extra characters after command")),
        }
    }

    fn addresses(&mut self) -> Result<(Address, Address)> {
        let first = self.address()?;
        if matches!(first, Address::Plus(_) | Address::Multiple(_)) {
            return Err(self.wrong(b"invalid usage of +N or ~N as first address"));
        }
        self.skip(b" \t");
        let mut second = Address::None;
        if first != Address::None && self.peek() == Some(b',') {
            self.at += 1;
            self.skip(b" \t");
            second = self.address()?;
            if second == Address::None {
                self.next();
                return Err(self.wrong(b"unexpected `,'"));
            }
        }
        if first == Address::Line(0) && (!matches!(second, Address::Match(_)) || self.settings.posix) {
            self.skip(b" \t");
            // `0r` comes before the first line.
            if second == Address::None && self.peek() == Some(b'r') && !self.settings.posix {
                return Ok((first, second));
            }
            self.next();
            return Err(self.wrong(b"invalid usage of line address 0"));
        }
        Ok((first, second))
    }

    fn address(&mut self) -> Result<Address> {
        let Some(byte) = self.peek() else { return Ok(Address::None) };
        match byte {
            b'0'..=b'9' => {
                let line = self.number().unwrap_or(0);
                if self.peek() != Some(b'~') {
                    return Ok(Address::Line(line));
                }
                self.at += 1;
                Ok(match self.number() {
                    None | Some(0) => Address::Line(line),
                    Some(step) => Address::Step(line, step),
                })
            }
            b'$' => {
                self.at += 1;
                Ok(Address::Last)
            }
            b'+' | b'~' => {
                self.at += 1;
                let number = self.number().unwrap_or(0);
                Ok(if byte == b'+' { Address::Plus(number) } else { Address::Multiple(number) })
            }
            b'/' | b'\\' => {
                self.at += 1;
                let delimiter = if byte == b'/' { Some(byte) } else { self.next() };
                let pattern = self.delimited(delimiter, true, b"unterminated address regex")?;
                let mut flags = Flags::BASIC;
                loop {
                    flags = match self.peek() {
                        Some(b'I') => flags.with(Flags::ICASE),
                        Some(b'M') => flags.with(Flags::NEWLINE),
                        _ => break,
                    };
                    self.at += 1;
                }
                Ok(Address::Match(self.regex(&pattern, flags)?))
            }
            _ => Ok(Address::None),
        }
    }

    /// Reads up to `delimiter`, which may be part of the text behind a backslash; it is an error, `unterminated`, if it
    /// does not come or cannot be one.
    fn delimited(&mut self, delimiter: Option<u8>, pattern: bool, unterminated: &[u8]) -> Result<Vec<u8>> {
        let mut text = Vec::new();
        match self.append_delimited(delimiter, pattern, &mut text) {
            Some(()) => Ok(text),
            None => Err(self.wrong(unterminated)),
        }
    }

    fn append_delimited(&mut self, delimiter: Option<u8>, pattern: bool, text: &mut Vec<u8>) -> Option<()> {
        let delimiter = delimiter.filter(|&byte| byte != b'\n' && byte != b'\\')?;
        loop {
            match self.next()? {
                byte if byte == delimiter => return Some(()),
                b'[' if pattern => {
                    text.push(b'[');
                    self.bracket(text);
                }
                b'\\' => match self.next()? {
                    b'n' if pattern && delimiter != b'n' => text.push(b'\n'),
                    b'\n' if pattern => text.push(b'\n'),
                    byte if byte == delimiter && (pattern || byte != b'&') => {
                        // What was special with the backslash is not without it.
                        text.push(byte);
                    }
                    byte => text.extend_from_slice(&[b'\\', byte]),
                },
                byte => text.push(byte),
            }
        }
    }

    /// A list in brackets may contain the delimiter. Where it does not end it is no list.
    fn bracket(&mut self, text: &mut Vec<u8>) {
        let start = self.at;
        let rest = self.source.text.get(start..).unwrap_or_default();
        let line = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let mut at = usize::from(line.first() == Some(&b'^'));
        at += usize::from(line.get(at) == Some(&b']'));
        loop {
            match (line.get(at), line.get(at + 1)) {
                (None, _) => return,
                (Some(b']'), _) => break,
                (Some(b'['), Some(&kind @ (b':' | b'.' | b'='))) => {
                    let inner = line.get(at + 2..).unwrap_or_default();
                    match inner.windows(2).position(|pair| pair == [kind, b']']) {
                        Some(length) => at += length + 4,
                        None => return,
                    }
                }
                _ => at += 1,
            }
        }
        let mut list = line.get(..=at).unwrap_or_default();
        self.at += list.len();
        while let Some((&byte, tail)) = list.split_first() {
            list = tail;
            match tail.first() {
                Some(b'n') if byte == b'\\' => {
                    text.push(b'\n');
                    list = tail.get(1..).unwrap_or_default();
                }
                Some(b'\\') if byte == b'\\' => {
                    text.extend_from_slice(b"\\\\");
                    list = tail.get(1..).unwrap_or_default();
                }
                _ => text.push(byte),
            }
        }
    }

    /// The number of the compiled pattern; `None` for an empty one.
    fn regex(&mut self, pattern: &[u8], flags: Flags) -> Result<Option<usize>> {
        if pattern.is_empty() {
            if flags != Flags::BASIC {
                return Err(self.wrong(b"cannot specify modifiers on empty regexp"));
            }
            return Ok(None);
        }
        let mut flags = flags;
        if self.settings.end == 0 && flags.has(Flags::NEWLINE) {
            // Newlines end nothing then.
            flags.0 &= !Flags::NEWLINE.0;
        }
        for (set, flag) in [(self.settings.extended, Flags::EXTENDED), (self.settings.utf8, Flags::UTF8)] {
            if set {
                flags = flags.with(flag);
            }
        }
        let pattern = unescape_pattern(pattern);
        match Regex::new(&pattern, flags) {
            Ok(regex) => self.program.regexes.push(regex),
            Err(error) => return Err(self.wrong(error.message())),
        }
        self.program.patterns.push((pattern, flags));
        Ok(Some(self.program.regexes.len() - 1))
    }

    fn label(&mut self) -> &'a [u8] {
        self.skip(b" \t");
        let rest = self.source.text.get(self.at..).unwrap_or_default();
        let ends = |byte: &u8| matches!(byte, b'\n' | b';' | b'}' | b'#' | b' ' | b'\t' | b'\r');
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn rest_of_line(&mut self) -> &'a [u8] {
        let rest = self.source.text.get(self.at..).unwrap_or_default();
        let line = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
        self.at += line.len();
        line
    }

    fn file_name(&mut self) -> Result<&'a [u8]> {
        self.sandbox()?;
        self.skip(b" \t");
        let name = self.rest_of_line();
        if name.is_empty() {
            return Err(self.wrong(b"missing filename in r/R/w/W commands"));
        }
        Ok(name)
    }

    /// The text of a, i and c.
    fn text(&mut self, command: &mut Command) -> Result {
        self.skip(b" \t");
        match self.peek() {
            None => return Err(self.wrong(b"expected \\ after `a', `c' or `i'")),
            Some(b'\\') => {
                self.at += 1;
                let start = self.at;
                self.skip(b" \t");
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                } else if self.peek() == Some(b'\\') {
                    // The backslash that keeps the blanks after it.
                    self.at += 1;
                } else {
                    // Text right here keeps its blanks.
                    self.at = start;
                }
            }
            Some(_) => {}
        }
        if self.peek().is_none() {
            return Ok(());
        }
        loop {
            match self.next() {
                None => break,
                Some(b'\n') => break,
                Some(b'\\') => match self.next() {
                    None => break,
                    Some(byte) => {
                        let rest = self.source.text.get(self.at - 1..).unwrap_or_default();
                        match escape(rest).or((byte == b'n').then_some((b'\n', 1))) {
                            Some((byte, used)) => {
                                command.text.push(byte);
                                self.at += used - 1;
                            }
                            None => command.text.push(byte),
                        }
                    }
                },
                Some(byte) => command.text.push(byte),
            }
        }
        command.text.push(b'\n');
        Ok(())
    }

    fn substitution(&mut self, command: &mut Command) -> Result {
        let unterminated: &[u8] = b"unterminated `s' command";
        let delimiter = self.next();
        let pattern = self.delimited(delimiter, true, unterminated)?;
        let replacement = self.delimited(delimiter, false, unterminated)?;
        let mut flags = Flags::BASIC;
        let mut done = Substitution::default();
        while let Some(flag) = self.next() {
            match flag {
                b'i' | b'I' => flags = flags.with(Flags::ICASE),
                b'm' | b'M' => flags = flags.with(Flags::NEWLINE),
                b'e' => {
                    self.sandbox()?;
                    done.run = true;
                    done.print_first = done.print;
                }
                b'g' if done.global => return Err(self.wrong(b"multiple `g' options to `s' command")),
                b'g' => done.global = true,
                b'p' if done.print => return Err(self.wrong(b"multiple `p' options to `s' command")),
                b'p' => done.print = true,
                b'0'..=b'9' => {
                    self.at -= 1;
                    let number = self.number().unwrap_or(0);
                    if done.which != 0 {
                        return Err(self.wrong(b"multiple number options to `s' command"));
                    }
                    if number == 0 {
                        return Err(self.wrong(b"number option to `s' command may not be zero"));
                    }
                    done.which = number;
                }
                b'w' => {
                    let name = self.file_name()?;
                    done.file = Some(index_of(&mut self.program.written, name));
                    break;
                }
                b'}' | b'#' => {
                    self.at -= 1;
                    break;
                }
                b'\n' | b';' => break,
                b' ' | b'\t' | b'\r' => {}
                _ => return Err(self.wrong(b"unknown option to `s'")),
            }
        }
        done.regex = self.regex(&pattern, flags)?;
        done.replacement = Replacement::new(&replacement);
        let groups = done.regex.and_then(|at| self.program.regexes.get(at)).map_or(9, Regex::groups);
        if done.replacement.groups > groups {
            let digit = b'0' + done.replacement.groups as u8;
            return Err(
                self.wrong(&[b"invalid reference \\", &[digit][..], b" on `s' command's RHS"].concat())
            );
        }
        command.substitution = Some(Box::new(done));
        Ok(())
    }

    fn transliteration(&mut self, command: &mut Command) -> Result {
        let delimiter = self.next();
        for second in [false, true] {
            let text = self.delimited(delimiter, false, b"unterminated `y' command")?;
            let mut count = 0;
            let mut rest: &[u8] = &text;
            while let Some((unit, length)) = unit(rest, self.settings.utf8) {
                rest = rest.get(length..).unwrap_or_default();
                let mut unit = unit;
                if unit == u32::from(b'\\') {
                    if let Some((byte, used)) = escape(rest) {
                        unit = byte.into();
                        rest = rest.get(used..).unwrap_or_default();
                    } else if let Some((&byte @ (b'\\' | b'n' | b'\n' | b'&'), tail)) = rest.split_first() {
                        unit = if byte == b'n' { 10 } else { byte.into() };
                        rest = tail;
                    }
                }
                if !second {
                    command.pairs.push((unit, 0));
                } else if let Some(pair) = command.pairs.get_mut(count) {
                    pair.1 = unit;
                }
                count += 1;
            }
            if count != command.pairs.len() {
                return Err(self.wrong(b"strings for `y' command are different lengths"));
            }
        }
        Ok(())
    }
}

/// The first character, or byte that is part of none (as a number beyond all characters), and its length.
pub fn unit(text: &[u8], utf8: bool) -> Option<(u32, usize)> {
    let &byte = text.first()?;
    if byte < 0x80 {
        return Some((byte.into(), 1));
    }
    let decoded = if utf8 { text::utf8::decode(text) } else { None };
    Some(decoded.unwrap_or((0x11_0000 + u32::from(byte), 1)))
}

/// The byte that the escape stands for whose backslash is followed by `rest`, and its length without the backslash.
pub fn escape(rest: &[u8]) -> Option<(u8, usize)> {
    let (&letter, tail) = rest.split_first()?;
    let (base, most) = match letter {
        b'a' => return Some((7, 1)),
        b'f' => return Some((12, 1)),
        b'r' => return Some((13, 1)),
        b't' => return Some((9, 1)),
        b'v' => return Some((11, 1)),
        b'c' => return Some((tail.first()?.to_ascii_uppercase() ^ 0x40, 2)),
        b'd' => (10, 3),
        b'o' => (8, 3),
        b'x' => (16, 2),
        _ => return None,
    };
    let mut value = 0;
    let mut used = 1;
    for digit in tail.iter().take(most).map_while(|&byte| char::from(byte).to_digit(base)) {
        value = value * base + digit;
        used += 1;
    }
    (used > 1).then_some((value as u8, used))
}

/// Replaces the escapes for single bytes in a pattern.
fn unescape_pattern(pattern: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        if let Some((byte, used)) = escape(tail) {
            // As a number, too, a character has its special meaning, but for those that would need another one.
            if matches!(byte, b'[' | b'\\') {
                out.push(b'\\');
            }
            out.push(byte);
            rest = tail.get(used..).unwrap_or_default();
        } else {
            out.push(b'\\');
            if let Some((&next, tail)) = tail.split_first() {
                out.push(next);
                rest = tail;
            }
        }
    }
    out
}
