//! Word expansion (POSIX.1-2024 XCU 2.6).

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::arrays::split_element;
use super::glob;
use super::parser::{EXTRAS, Parser};
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
        let escaped: &[u8] = match self.mode {
            Mode::Pattern => b"*?[]\\-!^",
            Mode::Regex => b"\\^$.[]|()?*+{}",
            Mode::Fields if has_special(text) || text.contains(&b']') || text.contains(&b'-') => {
                let at = self.out.bytes.len();
                self.quoted.push((at, at + text.len()));
                b""
            }
            _ => b"",
        };
        if escaped.is_empty() {
            self.out.bytes.extend_from_slice(text);
            return;
        }
        for byte in text {
            if escaped.contains(byte) {
                self.out.bytes.push(b'\\');
            }
            self.out.bytes.push(*byte);
        }
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
            Part::Subscript(subscript) => {
                let text = self.expand_single(subscript)?;
                field.text(b"[", &self.ifs);
                field.quote(&text);
                field.text(b"]", &self.ifs);
            }
            Part::List(list) => {
                let values = self.expand_list(list)?;
                self.lists.push((list.sym, list.append, values));
                field.quote(&self.symbols.get(list.sym).name);
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
        let sym = match name {
            b"" => Some(HOME),
            b"+" => Some(PWD),
            b"-" => Some(OLDPWD),
            _ => None,
        };
        let found = match sym {
            Some(sym) => self.var(sym).map(<[u8]>::to_vec),
            None => users::user(name).map(|user| user.home().to_vec()),
        };
        found.unwrap_or_else(|| [b"~", name].concat())
    }

    /// The value of a variable or a positional parameter, if it need not be made.
    #[inline]
    fn known(&self, name: Name) -> Option<&[u8]> {
        match name {
            Name::Var(sym) => {
                let var = &self.symbols.get(sym).var;
                (var.flags & (SET | DYNAMIC) == SET).then_some(&var.value)
            }
            Name::Position(number @ 1..) => self.state.params.get(number as usize),
            _ => None,
        }
    }

    fn param(&mut self, param: &Param, field: &mut Field) -> Run {
        if !param.indirect
            && let Some(value) = self.known(param.name)
        {
            let value = match param.op {
                Op::Plain => Some(value),
                Op::Trim { suffix, longest } => param
                    .word
                    .plain()
                    .and_then(|pattern| pattern::trim_plain(value, pattern, suffix, longest)),
                _ => None,
            };
            if let Some(value) = value {
                self.add(value, param.quoted, field);
                return Ok(());
            }
        }
        self.param_slow(param, field)
    }

    /// Adds a list of words as `$@` or (`star`) `$*` does.
    fn list(&mut self, words: &Params, star: bool, quoted: bool, field: &mut Field) {
        if quoted && star || field.mode != Mode::Fields {
            let joint = if star { self.joint() } else { b" ".to_vec() };
            for (at, word) in words.iter().enumerate() {
                if at > 0 {
                    self.add(&joint, quoted, field);
                }
                self.add(word, quoted, field);
            }
            field.open |= quoted && star;
            return;
        }
        for (at, word) in words.iter().enumerate() {
            if at > 0 {
                field.finish();
            }
            self.add(word, quoted, field);
            // The next word begins a field of its own.
            if !quoted {
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

    /// The words of `$@` or `${a[@]}`, with what joins them as one string; `None`: the parameter is not one of these.
    fn words_of(&mut self, name: Name) -> Option<(Params, bool)> {
        Some(match name {
            Name::Special(letter @ (b'@' | b'*')) => (self.state.params.clone(), letter == b'*'),
            Name::Elements(sym, star) => (self.elements(sym, 0).into(), star),
            _ => return None,
        })
    }

    /// The value of a parameter; `None` if it is unset.
    fn value_of(&mut self, name: Name, key: &Key) -> Option<Vec<u8>> {
        let number = |value: u64| Some(decimal(value as i64));
        match name {
            Name::Var(sym) => self.var(sym).map(<[u8]>::to_vec),
            Name::Element(sym) => self.element(sym, key).map(<[u8]>::to_vec),
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
            _ => {
                let (params, star) = self.words_of(name)?;
                if params.count() == 0 {
                    return None;
                }
                let joint = if star { self.joint() } else { b" ".to_vec() };
                Some(params.args.slices(params.first).join(joint.as_slice()))
            }
        }
    }

    /// `$-`.
    pub fn option_letters(&self) -> Vec<u8> {
        let mut letters = Vec::new();
        for (bit, name) in words(OPTIONS).enumerate() {
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
            Name::Var(sym) | Name::Element(sym) | Name::Elements(sym, _) => {
                self.symbols.get(sym).name.to_vec()
            }
            Name::Position(number) => decimal(i64::from(number)),
            Name::Special(byte) => alloc::vec![byte],
        }
    }

    /// The parameter that `${!x}` means, and if it is an element, which.
    #[inline(never)]
    fn target(&mut self, name: Name, key: &Key) -> Run<(Name, Key)> {
        let target = self.value_of(name, key).unwrap_or_default();
        if let Some((name, subscript)) = split_element(&target).filter(|_| EXTRAS) {
            let sym = self.symbols.intern(name);
            return Ok(match subscript {
                b"@" | b"*" => (Name::Elements(sym, subscript == b"*"), Key::default()),
                _ => (Name::Element(sym), self.key_of(sym, subscript)?),
            });
        }
        let name = match target.as_slice() {
            text if is_name(text) => Name::Var(self.symbols.intern(text)),
            [byte] if b"@*#?-$!".contains(byte) => Name::Special(*byte),
            text => match num::parse_u64(text) {
                Ok(number) => Name::Position(number as u32),
                Err(_) => return self.abort(&[text, b": invalid variable name"]),
            },
        };
        Ok((name, Key::default()))
    }

    #[inline(never)]
    fn param_slow(&mut self, param: &Param, field: &mut Field) -> Run {
        let (mut name, mut key) = (param.name, Key::default());
        match (param.op, name) {
            (Op::Names, _) => return self.names_with_prefix(param, field),
            (Op::Keys, Name::Elements(sym, star)) => {
                let keys = self.keys(sym).into();
                self.list(&keys, star, param.quoted, field);
                return Ok(());
            }
            _ => {}
        }
        if let (Name::Element(sym), Some(subscript)) = (name, &param.subscript) {
            key = self.key(sym, subscript)?;
        }
        if param.indirect {
            (name, key) = self.target(name, &key)?;
        }
        let all = self.words_of(name);
        let mut value = self.value_of(name, &key);
        if let Op::Or { letter, colon } = param.op {
            // With a colon an empty value counts as missing.
            let missing = value.as_ref().is_none_or(|value| colon && value.is_empty());
            match letter {
                b'-' | b'+' if missing == (letter == b'-') => return self.word(param, field),
                // What `+` finds missing is nothing, or in quotes an empty field.
                _ if !missing || letter == b'+' => {}
                _ => value = Some(self.missing(param, (name, key), letter, colon)?),
            }
        } else if value.is_none() && all.is_none() && self.has(NOUNSET) && param.op != Op::Bad {
            let name = self.name_of(name);
            return self.abort(&[&name, b": parameter not set"]);
        }
        let value = match (param.op, all) {
            (Op::Plain | Op::Or { .. }, Some((words, star))) => {
                self.list(&words, star, param.quoted, field);
                return Ok(());
            }
            (Op::Length, Some((words, _))) => decimal(words.count() as i64),
            (Op::Length, None) => {
                let value = value.unwrap_or_default();
                decimal(if self.utf8 { offset_of(&value, usize::MAX).0 } else { value.len() } as i64)
            }
            (Op::Bad, _) => return self.abort(&[b"bad substitution"]),
            (Op::Plain | Op::Or { .. }, None) => value.unwrap_or_default(),
            (_, Some((words, star))) => {
                let words = self.each_word(param, name, &words)?.into();
                self.list(&words, star, param.quoted, field);
                return Ok(());
            }
            (Op::Quote | Op::Replace(_), None) if value.is_none() => Vec::new(),
            _ => self.operate(param, value.unwrap_or_default())?,
        };
        self.add(&value, param.quoted, field);
        Ok(())
    }

    /// `${x=word}` and `${x?word}` when the value is missing.
    #[inline(never)]
    fn missing(&mut self, param: &Param, place: (Name, Key), letter: u8, colon: bool) -> Run<Vec<u8>> {
        let shown = self.name_of(place.0);
        match place.0 {
            Name::Var(sym) | Name::Element(sym) if letter == b'=' => {
                let new = self.expand_single(&param.word)?;
                self.set_element(sym, place.1.clone(), false, &new)?;
                Ok(self.value_of(place.0, &place.1).unwrap_or_default())
            }
            _ if letter == b'=' => self.abort(&[b"$", &shown, b": cannot assign in this way"]),
            _ => {
                let message = self.expand_single(&param.word)?;
                let message: &[u8] = match message.as_slice() {
                    text if !param.word.parts.is_empty() => text,
                    _ if colon => b"parameter null or not set",
                    _ => b"parameter not set",
                };
                self.abort(&[&shown, b": ", message])
            }
        }
    }

    /// An operation on each of the words of `$@` or `${a[@]}`.
    #[inline(never)]
    fn each_word(&mut self, param: &Param, name: Name, params: &Params) -> Run<Args> {
        let mut words = Args::default();
        if param.op != Op::Slice {
            for word in params.iter() {
                words.push(&self.operate(param, word.to_vec())?);
            }
            return Ok(words);
        }
        let mut start = self.number_word(&param.word)?;
        let end = match name {
            Name::Elements(sym, _) => self.end_of_array(sym),
            _ => params.count() as i64 + 1,
        };
        if start < 0 {
            start += end;
        }
        let length = match &param.second {
            Some(word) => self.number_word(word)?.max(0),
            None => i64::MAX,
        };
        if start < 0 {
            return Ok(words);
        }
        if let Name::Elements(sym, _) = name {
            let found = self.elements(sym, start);
            for word in found.iter().take(length as usize) {
                words.push(word);
            }
            return Ok(words);
        }
        // `${@:0}` begins with $0.
        for at in start..start.saturating_add(length).min(end) {
            words.push(params.get(at as usize).unwrap_or(&self.zero));
        }
        Ok(words)
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
    fn operate(&mut self, param: &Param, mut value: Vec<u8>) -> Run<Vec<u8>> {
        let utf8 = self.utf8;
        if param.op == Op::Slice {
            let offset = self.number_word(&param.word)?;
            let length = match &param.second {
                Some(word) => Some(self.number_word(word)?),
                None => None,
            };
            return match slice(&value, offset, length, utf8) {
                Some(part) => Ok(part.to_vec()),
                None => self.abort(&[b"substring expression < 0"]),
            };
        }
        if param.op == Op::Quote {
            let mut text = Vec::new();
            quote(&value, &mut text);
            return Ok(text);
        }
        let text = self.expand_as(&param.word, Mode::Pattern)?;
        let pattern = Pattern::new(&text, utf8);
        match param.op {
            Op::Trim { suffix: true, longest } => {
                if let Some(start) = pattern.suffix(&value, longest) {
                    value.truncate(start);
                }
            }
            Op::Trim { longest, .. } => {
                if let Some(end) = pattern.prefix(&value, longest) {
                    value.drain(..end);
                }
            }
            Op::Replace(kind) => {
                let replacement = match &param.second {
                    Some(word) => self.expand_single(word)?,
                    None => Vec::new(),
                };
                return Ok(replace(&value, &pattern, &replacement, kind, text.is_empty()));
            }
            Op::Case { upper, all } => {
                let mut at = 0;
                while at < value.len() {
                    let end = at + pattern.step(&value, at).max(1);
                    if let Some(character) = value.get_mut(at..end)
                        && (text.is_empty() || pattern.matches(character))
                    {
                        if upper {
                            character.make_ascii_uppercase()
                        } else {
                            character.make_ascii_lowercase()
                        }
                    }
                    at = if all { end } else { value.len() };
                }
            }
            _ => {}
        }
        Ok(value)
    }

    /// `${!prefix*}`
    #[inline(never)]
    fn names_with_prefix(&mut self, param: &Param, field: &mut Field) -> Run {
        let prefix = self.name_of(param.name);
        let mut words = Args::default();
        for sym in self.variables(&prefix) {
            words.push(&self.symbols.get(sym).name);
        }
        self.list(&words.into(), false, param.quoted, field);
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

/// How many characters the text has before the byte offset of number `index`, and that offset; the end if there are fewer.
/// A byte that belongs to no character counts as one.
fn offset_of(text: &[u8], index: usize) -> (usize, usize) {
    if text.is_ascii() {
        let end = index.min(text.len());
        return (end, end);
    }
    let (mut count, mut at) = (0, 0);
    while count < index && at < text.len() {
        at += text::utf8::decode(text.get(at..).unwrap_or_default()).map_or(1, |(_, length)| length);
        count += 1;
    }
    (count, at)
}

/// `${x:offset:length}`; negative numbers count from the end. `None`: the length ends before the offset.
fn slice(text: &[u8], offset: i64, length: Option<i64>, utf8: bool) -> Option<&[u8]> {
    let count = if utf8 { offset_of(text, usize::MAX).0 } else { text.len() } as i64;
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
    let place = |index: i64| if utf8 { offset_of(text, index as usize).1 } else { index as usize };
    text.get(place(start)..place(end))
}

fn replace(text: &[u8], pattern: &Pattern, with: &[u8], kind: u8, empty: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() || at == 0 {
        let found = match kind {
            b'#' => pattern.prefix(text, true).map(|end| (0, end)),
            b'%' => pattern.suffix(text, true).map(|start| (start, text.len())),
            _ if empty => None,
            _ => pattern.find(text, at).filter(|&(start, _)| start < text.len() || at == 0),
        };
        let Some((start, end)) = found else { break };
        out.extend_from_slice(text.get(at..start).unwrap_or_default());
        out.extend_from_slice(with);
        at = end;
        if kind != b'/' {
            break;
        }
        if end == start {
            // An empty match: one character goes over as it is.
            at += pattern.step(text, at).max(1);
            out.extend_from_slice(text.get(end..at.min(text.len())).unwrap_or_default());
        }
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
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
