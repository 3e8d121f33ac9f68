//! Word expansion (POSIX.1-2024 XCU 2.6).

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::glob;
use super::parser::Parser;
use super::pattern::{self, Pattern};
use super::shell::*;
use super::source::{Source, Supply};
use super::symbols::*;
use super::tree::*;

/// What becomes of a word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Fields: split, and matched against files.
    Fields,
    /// One string.
    Single,
    /// One string in which what was quoted is behind backslashes: a pattern.
    Pattern,
    /// As `Pattern`, for a regular expression.
    Regex,
}

/// A word being expanded, at the end of `out`.
struct Field<'a> {
    out: &'a mut Args,
    mode: Mode,
    /// Where the current field begins in the bytes.
    start: usize,
    /// The field counts even if it is empty.
    open: bool,
    /// There is a pattern character that is not quoted.
    special: bool,
    /// Quoted stretches that hold pattern characters.
    quoted: Vec<(usize, usize)>,
    /// What ended the last field: 0 nothing, 1 white space of `IFS`, 2 another character of it.
    ended: u8,
    /// Literal text is split, too: the word of an unquoted `${x-word}`.
    split_text: bool,
    /// Patterns of `out`'s fields, to be matched by the caller.
    glob: bool,
    nullglob: bool,
    utf8: bool,
}

fn has_special(text: &[u8]) -> bool {
    text.iter().any(|&byte| matches!(byte, b'*' | b'?' | b'[' | b'\\'))
}

/// Whether a field can match files at all: a lone `[`, the command, cannot.
fn is_pattern(text: &[u8]) -> bool {
    text.iter().enumerate().any(|(at, &byte)| match byte {
        b'*' | b'?' => true,
        b'[' => text.get(at + 1..).is_some_and(|rest| rest.contains(&b']')),
        _ => false,
    })
}

impl Field<'_> {
    fn quote(&mut self, text: &[u8]) {
        self.open = true;
        self.ended = 0;
        match self.mode {
            Mode::Pattern => {
                for &byte in text {
                    if b"*?[]\\-!^".contains(&byte) {
                        self.out.bytes.push(b'\\');
                    }
                    self.out.bytes.push(byte);
                }
                return;
            }
            Mode::Regex => {
                for &byte in text {
                    if b"\\^$.[]|()?*+{}".contains(&byte) {
                        self.out.bytes.push(b'\\');
                    }
                    self.out.bytes.push(byte);
                }
                return;
            }
            Mode::Fields if has_special(text) || text.contains(&b']') || text.contains(&b'-') => {
                let at = self.out.bytes.len();
                self.quoted.push((at, at + text.len()));
            }
            _ => {}
        }
        self.out.bytes.extend_from_slice(text);
    }

    fn text(&mut self, text: &[u8], ifs: &[bool; 256]) {
        if self.split_text {
            self.value(text, ifs);
            return;
        }
        if !text.is_empty() {
            self.open = true;
            self.ended = 0;
            self.special |= has_special(text);
            self.out.bytes.extend_from_slice(text);
        }
    }

    /// The value of an expansion that is not quoted.
    fn value(&mut self, text: &[u8], ifs: &[bool; 256]) {
        if self.mode != Mode::Fields {
            self.out.bytes.extend_from_slice(text);
            return;
        }
        let is_separator = |byte: u8| ifs.get(usize::from(byte)).copied().unwrap_or(false);
        let mut rest = text;
        while let Some(&byte) = rest.first() {
            if is_separator(byte) {
                self.separator(byte);
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let length = rest.iter().position(|&byte| is_separator(byte)).unwrap_or(rest.len());
            let (run, tail) = rest.split_at_checked(length).unwrap_or_default();
            self.special |= has_special(run);
            self.out.bytes.extend_from_slice(run);
            self.open = true;
            self.ended = 0;
            rest = tail;
        }
    }

    /// A character of `IFS` in an expansion.
    fn separator(&mut self, byte: u8) {
        if matches!(byte, b' ' | b'\t' | b'\n') {
            if self.open {
                self.finish();
                self.ended = 1;
            }
            return;
        }
        if self.open || self.ended != 1 {
            self.open = true;
            self.finish();
        }
        self.ended = 2;
    }

    /// Ends the field, if there is one.
    fn finish(&mut self) {
        if !self.open && self.out.bytes.len() == self.start {
            return;
        }
        if self.special && self.glob && is_pattern(self.out.bytes.get(self.start..).unwrap_or_default()) {
            self.match_files();
        } else {
            self.out.end_word();
        }
        self.start = self.out.bytes.len();
        self.open = false;
        self.special = false;
        self.quoted.clear();
    }

    /// Puts the files that match in place of the field, or leaves it if there are none.
    fn match_files(&mut self) {
        let field = self.out.bytes.split_off(self.start);
        let mut pattern = Vec::with_capacity(field.len() + 8);
        let mut ranges =
            self.quoted.iter().map(|&(from, to)| (from - self.start, to - self.start)).peekable();
        for (at, &byte) in field.iter().enumerate() {
            while ranges.next_if(|&(_, to)| to <= at).is_some() {}
            if ranges.peek().is_some_and(|&(from, _)| from <= at) && b"*?[]\\-!^".contains(&byte) {
                pattern.push(b'\\');
            }
            pattern.push(byte);
        }
        let found = glob::expand(&pattern, self.utf8, self.out);
        if found == 0 && !self.nullglob {
            self.out.push(&field);
        }
    }
}

impl Shell {
    /// Expands words to fields.
    pub fn expand_words(&mut self, words: &[Word], out: &mut Args) -> Run {
        for word in words {
            self.expand_word(word, out)?;
        }
        Ok(())
    }

    /// Expands one word to fields.
    pub fn expand_word(&mut self, word: &Word, out: &mut Args) -> Run {
        match word.parts.as_slice() {
            [Part::Quoted(text)] => {
                out.push(text);
                return Ok(());
            }
            [Part::Text(text)] if word.declaration || !is_pattern(text) => {
                out.push(text);
                return Ok(());
            }
            _ => {}
        }
        let mode = if word.declaration { Mode::Single } else { Mode::Fields };
        self.expand_into(word, mode, out)
    }

    /// Expands a word to one string.
    pub fn expand_single(&mut self, word: &Word) -> Run<Vec<u8>> {
        self.expand_as(word, Mode::Single)
    }

    pub fn expand_as(&mut self, word: &Word, mode: Mode) -> Run<Vec<u8>> {
        if let (Mode::Single, Some(text)) = (mode, word.literal()) {
            return Ok(text.to_vec());
        }
        let mut out = Args::default();
        self.expand_into(word, mode, &mut out)?;
        Ok(out.bytes)
    }

    pub fn expand_into(&mut self, word: &Word, mode: Mode, out: &mut Args) -> Run {
        self.expand_parts_into(&word.parts, mode, out)
    }

    pub fn expand_parts_into(&mut self, parts: &[Part], mode: Mode, out: &mut Args) -> Run {
        let start = out.bytes.len();
        let mut field = Field {
            out,
            mode,
            start,
            open: false,
            special: false,
            quoted: Vec::new(),
            ended: 0,
            split_text: false,
            glob: mode == Mode::Fields && !self.has(NOGLOB),
            nullglob: self.has(NULLGLOB),
            utf8: self.utf8,
        };
        self.expand_parts(parts, &mut field)?;
        if mode == Mode::Fields {
            field.finish();
        } else {
            field.out.end_word();
        }
        Ok(())
    }

    fn expand_parts(&mut self, parts: &[Part], field: &mut Field) -> Run {
        for part in parts {
            self.expand_part(part, field)?;
        }
        Ok(())
    }

    fn expand_part(&mut self, part: &Part, field: &mut Field) -> Run {
        match part {
            Part::Text(text) => field.text(text, &self.ifs),
            Part::Quoted(text) => field.quote(text),
            Part::Tilde(name) => {
                let home = self.tilde(name);
                field.quote(&home);
            }
            Part::Param(param) => return self.param(param, field),
            Part::Command(command) => {
                let output = self.capture(&command.body)?;
                self.add(&output, command.quoted, field);
            }
            Part::Arith(math) => {
                let value = self.math(math)?;
                let mut buffer = num::new_buf();
                let text = num::dec_i64(value, &mut buffer);
                if math.quoted { field.quote(text) } else { field.value(text, &self.ifs) }
            }
            Part::Process(command) => {
                let name = self.process_substitution(command)?;
                field.quote(&name);
            }
            Part::Shared(part) => return self.expand_part(part, field),
        }
        Ok(())
    }

    /// Adds a value that is not borrowed from the shell.
    fn add(&self, text: &[u8], quoted: bool, field: &mut Field) {
        if quoted { field.quote(text) } else { field.value(text, &self.ifs) }
    }

    /// The value of `$((…))`.
    pub fn math(&mut self, math: &Math) -> Run<i64> {
        if let Some(expr) = &math.compiled
            && let Some(value) = self.evaluate(expr, 0)?
        {
            return Ok(value);
        }
        let text = self.expand_single(&math.text)?;
        self.arithmetic_text(&text)
    }

    /// The folder that `~name` stands for; the text itself if there is none.
    pub fn tilde(&mut self, name: &[u8]) -> Vec<u8> {
        let found = match name {
            b"" => self.var(HOME).map(<[u8]>::to_vec),
            b"+" => self.var(PWD).map(<[u8]>::to_vec),
            b"-" => self.var(OLDPWD).map(<[u8]>::to_vec),
            _ => users::user(name).map(|user| user.home().to_vec()),
        };
        found.unwrap_or_else(|| [b"~", name].concat())
    }

    fn param(&mut self, param: &Param, field: &mut Field) -> Run {
        if let (Op::Trim { suffix, longest }, false, Some(pattern)) =
            (param.op, param.indirect, param.word.plain())
        {
            let value = match param.name {
                Name::Var(sym) if self.symbols.get(sym).var.flags & (SET | DYNAMIC) == SET => {
                    Some(self.symbols.get(sym).var.value.as_slice())
                }
                Name::Position(number @ 1..) => self.state.params.get(number as usize),
                _ => None,
            };
            if let Some(value) = value
                && let Some(rest) = pattern::trim_plain(value, pattern, suffix, longest)
            {
                if param.quoted {
                    field.quote(rest)
                } else {
                    field.value(rest, &self.ifs)
                }
                return Ok(());
            }
        }
        if param.op == Op::Plain && !param.indirect {
            match param.name {
                Name::Var(sym) if self.symbols.get(sym).var.flags & (SET | DYNAMIC) == SET => {
                    let value = &self.symbols.get(sym).var.value;
                    if param.quoted {
                        field.quote(value)
                    } else {
                        field.value(value, &self.ifs)
                    }
                    return Ok(());
                }
                Name::Position(number @ 1..) => {
                    if let Some(value) = self.state.params.get(number as usize) {
                        if param.quoted {
                            field.quote(value)
                        } else {
                            field.value(value, &self.ifs)
                        }
                        return Ok(());
                    }
                }
                Name::Special(b'@' | b'*') => {
                    self.all_params(param, field);
                    return Ok(());
                }
                _ => {}
            }
        }
        self.param_slow(param, field)
    }

    /// `$@` and `$*`.
    fn all_params(&mut self, param: &Param, field: &mut Field) {
        let params = self.state.params.clone();
        let words: Vec<&[u8]> = params.iter().collect();
        self.list(&words, param, field);
    }

    /// Adds a list of words as `$@` or `$*` does.
    fn list(&mut self, words: &[&[u8]], param: &Param, field: &mut Field) {
        let star = param.name == Name::Special(b'*');
        if param.quoted && star || field.mode != Mode::Fields {
            let joint = if star { self.joint() } else { b" ".to_vec() };
            for (at, word) in words.iter().enumerate() {
                if at > 0 {
                    self.add(&joint, param.quoted, field);
                }
                self.add(word, param.quoted, field);
            }
            if param.quoted && star {
                field.open = true;
            }
            return;
        }
        for (at, word) in words.iter().enumerate() {
            if at > 0 {
                field.finish();
            }
            self.add(word, param.quoted, field);
            // The next word begins a field of its own.
            if !param.quoted {
                field.ended = 0;
            }
        }
    }

    /// What `$*` joins with: the first character of `IFS`.
    fn joint(&mut self) -> Vec<u8> {
        let utf8 = self.utf8;
        match self.var(IFS) {
            None => b" ".to_vec(),
            Some(ifs) => {
                let length = match text::utf8::decode(ifs) {
                    Some((_, length)) if utf8 => length,
                    _ => ifs.len().min(1),
                };
                ifs.get(..length).unwrap_or_default().to_vec()
            }
        }
    }

    /// The value of a parameter; `None` if it is unset.
    fn value_of(&mut self, name: Name) -> Option<Vec<u8>> {
        let number = |value: u64| {
            let mut text = Vec::new();
            num::push_dec(&mut text, value);
            Some(text)
        };
        match name {
            Name::Var(sym) => self.var(sym).map(<[u8]>::to_vec),
            Name::Position(0) => Some(self.zero.clone()),
            Name::Position(position) => self.state.params.get(position as usize).map(<[u8]>::to_vec),
            Name::Special(b'#') => number(self.state.params.count() as u64),
            Name::Special(b'?') => number(u64::from(self.status)),
            Name::Special(b'$') => number(self.pid as u64),
            Name::Special(b'!') => match self.state.last_background {
                0 => None,
                pid => number(pid as u64),
            },
            Name::Special(b'-') => Some(self.option_letters()),
            Name::Special(_) => {
                if self.state.params.count() == 0 {
                    return None;
                }
                let joint = if name == Name::Special(b'*') { self.joint() } else { b" ".to_vec() };
                let words: Vec<&[u8]> = self.state.params.iter().collect();
                Some(words.join(joint.as_slice()))
            }
        }
    }

    /// `$-`.
    pub fn option_letters(&self) -> Vec<u8> {
        let mut letters = Vec::new();
        for (bit, name) in OPTIONS.split(|&byte| byte == b' ').enumerate() {
            if let Some(&letter) = name.first()
                && letter != b'_'
                && self.state.options >> bit & 1 != 0
            {
                letters.push(letter);
            }
        }
        letters
    }

    /// How a parameter is called in messages.
    fn name_of(&self, name: Name) -> Vec<u8> {
        match name {
            Name::Var(sym) => self.symbols.get(sym).name.to_vec(),
            Name::Position(number) => {
                let mut text = Vec::new();
                num::push_dec(&mut text, u64::from(number));
                text
            }
            Name::Special(byte) => alloc::vec![byte],
        }
    }

    #[inline(never)]
    fn param_slow(&mut self, param: &Param, field: &mut Field) -> Run {
        let mut name = param.name;
        if param.op == Op::Names {
            return self.names_with_prefix(param, field);
        }
        if param.indirect {
            let target = self.value_of(name).unwrap_or_default();
            name = if is_name(&target) {
                Name::Var(self.symbols.intern(&target))
            } else if let Ok(number) = num::parse_u64(&target) {
                Name::Position(number as u32)
            } else {
                match target.as_slice() {
                    [byte] if b"@*#?-$!".contains(byte) => Name::Special(*byte),
                    _ => return self.abort(2, &[&target, b": invalid variable name"]),
                }
            };
        }
        let all = matches!(name, Name::Special(b'@' | b'*'));
        let mut value = self.value_of(name);
        // Of the forms that replace a missing value, those with a colon take an empty one for missing.
        match param.op {
            Op::Default(colon) | Op::Assign(colon) | Op::Error(colon) | Op::Alternative(colon) => {
                let missing = value.is_none() || colon && value.as_ref().is_some_and(Vec::is_empty);
                match param.op {
                    Op::Alternative(_) => {
                        if !missing {
                            return self.word(param, field);
                        }
                        return Ok(());
                    }
                    _ if !missing => {}
                    Op::Default(_) => return self.word(param, field),
                    Op::Assign(_) => {
                        let Name::Var(sym) = name else {
                            let name = self.name_of(name);
                            return self.abort(2, &[b"$", &name, b": cannot assign in this way"]);
                        };
                        let new = self.expand_single(&param.word)?;
                        self.set(sym, &new)?;
                        value = Some(self.text_of(sym));
                    }
                    _ => {
                        let name = self.name_of(name);
                        let message = self.expand_single(&param.word)?;
                        let message: &[u8] = match (message.as_slice(), param.op) {
                            (b"", Op::Error(true)) if value.is_some() => b"parameter null or not set",
                            (b"", Op::Error(true)) => b"parameter null or not set",
                            (b"", _) => b"parameter not set",
                            (text, _) => text,
                        };
                        return self.abort(2, &[&name, b": ", message]);
                    }
                }
                if all {
                    self.all_params(param, field);
                } else if let Some(value) = &value {
                    self.add(value, param.quoted, field);
                }
                return Ok(());
            }
            _ => {}
        }
        if value.is_none() && !all && self.has(NOUNSET) && param.op != Op::Bad {
            let name = self.name_of(name);
            return self.abort(2, &[&name, b": parameter not set"]);
        }
        if all && !matches!(param.op, Op::Length | Op::Plain | Op::Bad) {
            return self.each_param(param, name, field);
        }
        let value = value.unwrap_or_default();
        let value = match param.op {
            Op::Plain if all => {
                self.all_params(param, field);
                return Ok(());
            }
            Op::Length => {
                let length = match name {
                    Name::Special(b'@' | b'*') => self.state.params.count(),
                    _ if self.utf8 => character_count(&value),
                    _ => value.len(),
                };
                let mut text = Vec::new();
                num::push_dec(&mut text, length as u64);
                text
            }
            Op::Bad => return self.abort(2, &[b"bad substitution"]),
            _ => self.operate(param, value)?,
        };
        self.add(&value, param.quoted, field);
        Ok(())
    }

    /// An operation on each positional parameter.
    fn each_param(&mut self, param: &Param, name: Name, field: &mut Field) -> Run {
        let params = self.state.params.clone();
        let mut words: Vec<Vec<u8>> = params.iter().map(<[u8]>::to_vec).collect();
        if param.op == Op::Slice {
            let count = words.len() as i64;
            let mut offset = self.number_word(&param.word)?;
            if offset < 0 {
                offset += count + 1;
            }
            // `${@:0}` begins with $0.
            if offset == 0 {
                words.insert(0, self.zero.clone());
            }
            let skip = (offset - 1).max(0) as usize;
            let length = match &param.second {
                Some(word) => self.number_word(word)?.max(0) as usize,
                None => usize::MAX,
            };
            words = if offset < 0 { Vec::new() } else { words.into_iter().skip(skip).take(length).collect() };
        } else {
            for word in &mut words {
                *word = self.operate(param, core::mem::take(word))?;
            }
        }
        let slices: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let shape = super::param::plain_param(name, param.quoted);
        self.list(&slices, &shape, field);
        Ok(())
    }

    fn number_word(&mut self, word: &Word) -> Run<i64> {
        let text = self.expand_single(word)?;
        self.arithmetic_text(&text)
    }

    /// The word of `${x-word}`, in the place of the parameter.
    fn word(&mut self, param: &Param, field: &mut Field) -> Run {
        let split = core::mem::replace(&mut field.split_text, !param.quoted);
        if param.quoted {
            field.open = true;
        }
        let result = self.expand_parts(&param.word.parts, field);
        field.split_text = split;
        result
    }

    /// The operations that make a new value of the old one.
    fn operate(&mut self, param: &Param, value: Vec<u8>) -> Run<Vec<u8>> {
        let utf8 = self.utf8;
        Ok(match param.op {
            Op::Trim { suffix, longest } => {
                let literal;
                let pattern: &[u8] = match param.word.plain() {
                    Some(text) => text,
                    None => {
                        literal = self.expand_as(&param.word, Mode::Pattern)?;
                        &literal
                    }
                };
                let pattern = Pattern::new(pattern, utf8);
                let mut value = value;
                if suffix {
                    if let Some(start) = pattern.suffix(&value, longest) {
                        value.truncate(start);
                    }
                } else if let Some(end) = pattern.prefix(&value, longest) {
                    value.drain(..end);
                }
                value
            }
            Op::Replace(kind) => {
                let pattern = self.expand_as(&param.word, Mode::Pattern)?;
                let replacement = match &param.second {
                    Some(word) => self.expand_single(word)?,
                    None => Vec::new(),
                };
                replace(&value, &Pattern::new(&pattern, utf8), &replacement, kind, pattern.is_empty())
            }
            Op::Slice => {
                let offset = self.number_word(&param.word)?;
                let length = match &param.second {
                    Some(word) => Some(self.number_word(word)?),
                    None => None,
                };
                match slice(&value, offset, length, utf8) {
                    Some(part) => part.to_vec(),
                    None => return self.abort(2, &[b"substring expression < 0"]),
                }
            }
            Op::Case { upper, all } => {
                let mut value = value;
                let count = if all { value.len() } else { 1 };
                for byte in value.iter_mut().take(count) {
                    *byte = if upper { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
                }
                value
            }
            Op::Quote if value.is_empty() && self.value_of(param.name).is_none() => value,
            Op::Quote => {
                let mut text = Vec::new();
                quote(&value, &mut text);
                text
            }
            _ => value,
        })
    }

    /// `${!prefix*}`
    fn names_with_prefix(&mut self, param: &Param, field: &mut Field) -> Run {
        let prefix = self.name_of(param.name);
        let list = self.variables(&prefix);
        let names: Vec<Vec<u8>> = list.iter().map(|&sym| self.symbols.get(sym).name.to_vec()).collect();
        let slices: Vec<&[u8]> = names.iter().map(Vec::as_slice).collect();
        let shape = super::param::plain_param(Name::Special(b'@'), param.quoted);
        self.list(&slices, &shape, field);
        Ok(())
    }

    /// Expands text as if it were in double quotes (`PS1`, `PS4`, `ENV`).
    pub fn expand_text(&mut self, text: &[u8]) -> Vec<u8> {
        let mut source = Source::new(text.to_vec(), Supply::None, self.state.line);
        let mut parser = Parser::new(self, &mut source);
        let word = parser.here_text();
        if parser.fault.is_some() {
            return text.to_vec();
        }
        let status = self.status;
        let expanded = self.expand_single(&word).unwrap_or_default();
        self.status = status;
        expanded
    }

    /// The output of a command, without its final newlines.
    fn capture(&mut self, body: &Rc<Command>) -> Run<Vec<u8>> {
        let mut output = self.run_captured(body)?;
        // NUL bytes cannot be in a variable.
        if output.contains(&0) {
            output.retain(|&byte| byte != 0);
        }
        let length = output.iter().rposition(|&byte| byte != b'\n').map_or(0, |at| at + 1);
        output.truncate(length);
        self.substituted = Some(self.status);
        Ok(output)
    }
}

/// The number of characters; a byte that belongs to none counts as one.
fn character_count(text: &[u8]) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let mut rest = text;
    let mut count = 0;
    while !rest.is_empty() {
        let length = text::utf8::decode(rest).map_or(1, |(_, length)| length);
        rest = rest.get(length..).unwrap_or_default();
        count += 1;
    }
    count
}

/// The byte offset of character number `index`; the end if there are fewer.
fn offset_of(text: &[u8], index: usize, utf8: bool) -> usize {
    if !utf8 || text.is_ascii() {
        return index.min(text.len());
    }
    let mut at = 0;
    for _ in 0..index {
        let rest = text.get(at..).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
        at += text::utf8::decode(rest).map_or(1, |(_, length)| length);
    }
    at
}

/// `${x:offset:length}`; negative numbers count from the end. `None`: the length ends before the offset.
fn slice(text: &[u8], offset: i64, length: Option<i64>, utf8: bool) -> Option<&[u8]> {
    let count = if utf8 { character_count(text) } else { text.len() } as i64;
    let start = if offset < 0 { count.saturating_add(offset) } else { offset };
    if start < 0 || start > count {
        return Some(&[]);
    }
    let end = match length {
        None => count,
        Some(length) if length < 0 => count.saturating_add(length),
        Some(length) => start.saturating_add(length).min(count),
    };
    if end < start {
        return None;
    }
    text.get(offset_of(text, start as usize, utf8)..offset_of(text, end as usize, utf8))
}

fn replace(text: &[u8], pattern: &Pattern, with: &[u8], kind: u8, empty: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let tail = |from: usize| text.get(from..).unwrap_or_default();
    match kind {
        b'#' => match pattern.prefix(text, true) {
            Some(end) => {
                out.extend_from_slice(with);
                out.extend_from_slice(tail(end));
            }
            None => out.extend_from_slice(text),
        },
        b'%' => match pattern.suffix(text, true) {
            Some(start) => {
                out.extend_from_slice(text.get(..start).unwrap_or_default());
                out.extend_from_slice(with);
            }
            None => out.extend_from_slice(text),
        },
        _ if empty => out.extend_from_slice(text),
        _ => {
            let mut at = 0;
            while let Some((start, end)) =
                pattern.find(text, at).filter(|&(start, _)| start < text.len() || at == 0)
            {
                out.extend_from_slice(text.get(at..start).unwrap_or_default());
                out.extend_from_slice(with);
                at = end;
                if end == start {
                    // An empty match: one character goes over as it is.
                    let step = pattern.step(text, at).min(text.len() - at.min(text.len()));
                    out.extend_from_slice(text.get(at..at + step).unwrap_or_default());
                    at += step.max(1);
                }
                if kind != b'/' || at >= text.len() {
                    break;
                }
            }
            out.extend_from_slice(tail(at));
        }
    }
    out
}

/// Quotes a value so that the shell reads it back.
pub fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'\'');
    for &byte in text {
        if byte == b'\'' { out.extend_from_slice(b"'\\''") } else { out.push(byte) }
    }
    out.push(b'\'');
}
