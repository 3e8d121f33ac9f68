//! Built-ins for what names stand for: `alias` `unalias` `command` `builtin` `type` `hash`.

use alloc::vec::Vec;

use super::builtins::*;
use super::command::{Target, is_program};
use super::expand::quote;
use super::parser::EXTRAS;
use super::shell::*;
use super::symbols::*;

/// How `type` and `command` say what a name is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `-V`: `x is …`.
    Sentence,
    /// `-v`: so that it can be used.
    Command,
    /// `type -t`: in one word.
    Kind,
}

impl Shell {
    pub fn alias(&mut self, words: &[&[u8]]) -> Run {
        let words = match words {
            [b"-p" | b"--", rest @ ..] => rest,
            _ => words,
        };
        let mut list = Vec::new();
        if words.is_empty() {
            list = self.symbols.sorted(&|symbol| symbol.alias.is_some());
        }
        for word in words {
            let (name, _, value) = split_assignment(word);
            let sym = self.symbols.intern(name);
            match value {
                Some(value) => self.set_alias(sym, Some(value.into())),
                None if self.symbols.get(sym).alias.is_some() => list.push(sym),
                None => self.complain_at(1, name, b"not found"),
            }
        }
        for sym in list {
            let symbol = self.symbols.get(sym);
            let mut text = symbol.name.to_vec();
            text.push(b'=');
            quote(symbol.alias.as_deref().unwrap_or_default(), &mut text);
            self.out.line(&text);
        }
        Ok(())
    }

    pub fn unalias(&mut self, words: &[&[u8]]) -> Run {
        let mut words = words;
        if self.letters(&mut words, b"a")? != 0 {
            for sym in self.symbols.sorted(&|symbol| symbol.alias.is_some()) {
                self.set_alias(sym, None);
            }
        }
        for word in words {
            match self.symbols.find(word).filter(|&sym| self.symbols.get(sym).alias.is_some()) {
                Some(sym) => self.set_alias(sym, None),
                None => self.complain_at(1, word, b"not found"),
            }
        }
        Ok(())
    }

    /// `command`: no functions, no special built-ins' rules; -v and -V tell what a name is.
    pub fn command(&mut self, words: &[&[u8]]) -> Run {
        let mut words = words;
        let options = self.letters(&mut words, b"pvV")?;
        if options & 6 != 0 {
            return self.describe_all(words, if options & 4 != 0 { Form::Sentence } else { Form::Command });
        }
        let Some(&name) = words.first() else { return Ok(()) };
        let sym = self.symbols.intern(name);
        let target = match self.symbols.get(sym).builtin {
            0 if options & 1 != 0 => Target::of(self.search(name, b"/usr/sbin:/usr/bin:/sbin:/bin")),
            0 => self.locate(sym),
            number => {
                let result = self.call_builtin(number, &Args::new(words), 0);
                // An error in a special built-in is no more than a failure here.
                return match result {
                    Err(Stop::Abort) if is_special(number) && !self.expansion_failed => Ok(()),
                    result => result,
                };
            }
        };
        self.run_target(target, sym, &mut Args::new(words), 0, false)
    }

    /// `builtin`
    pub fn builtin(&mut self, words: &[&[u8]]) -> Run {
        let Some(&name) = words.first() else { return Ok(()) };
        match self.symbol(name).map_or(0, |symbol| symbol.builtin) {
            0 => self.fail_at(1, name, b"not a shell builtin"),
            number => self.call_builtin(number, &Args::new(words), 0),
        }
    }

    pub fn type_builtin(&mut self, words: &[&[u8]]) -> Run {
        let mut words = words;
        let kind = EXTRAS && words.first() == Some(&&b"-t"[..]);
        if kind {
            self.letters(&mut words, b"t")?;
        }
        self.describe_all(words, if kind { Form::Kind } else { Form::Sentence })
    }

    fn describe_all(&mut self, words: &[&[u8]], form: Form) -> Run {
        for name in words {
            match self.description(name, form) {
                Some(text) => self.out.line(&text),
                None => {
                    self.status = if form == Form::Kind { 1 } else { 127 };
                    if form == Form::Sentence {
                        self.out.write(name);
                        self.out.line(b": not found");
                    }
                }
            }
        }
        Ok(())
    }

    /// What a name is as a command.
    #[inline(never)]
    fn description(&mut self, name: &[u8], form: Form) -> Option<Vec<u8>> {
        let sym = self.symbols.intern(name);
        let symbol = self.symbols.get(sym);
        let mut file = Vec::new();
        let (is, what): (&[u8], &[u8]) = if let Some(alias) = &symbol.alias {
            if form == Form::Command {
                let mut text = [b"alias ", name, b"="].concat();
                quote(alias, &mut text);
                return Some(text);
            }
            (b" is an alias for ", alias)
        } else if super::parser::reserved(name).is_some() {
            (b" is a shell ", b"keyword")
        } else if is_special(symbol.builtin) {
            (b" is a special shell ", b"builtin")
        } else if symbol.function.is_some() {
            (b" is a ", b"function")
        } else {
            let built_in = symbol.builtin != 0
                || matches!(name, b"echo" | b"printf") && (self.house.find)(name).is_some();
            if !built_in {
                match self.locate(sym) {
                    Target::Path(path) if path.contains(&b'/') => file = path,
                    Target::Path(path) => file = [b"./", &path[..]].concat(),
                    // Where the search would find it, or else just its name.
                    Target::Applet(_) => {
                        let path = self.text_of(PATH);
                        let found = super::command::candidates(&path, name).find(|file| is_program(file));
                        file = found.unwrap_or_default();
                    }
                    _ => return None,
                }
            }
            if file.is_empty() { (b" is a shell ", b"builtin") } else { (b" is ", &file) }
        };
        let kind: &[u8] = match is {
            b" is " => b"file",
            b" is an alias for " => b"alias",
            _ => what,
        };
        Some(match form {
            Form::Sentence => [name, is, what].concat(),
            Form::Command if file.is_empty() => name.to_vec(),
            Form::Command => file,
            Form::Kind => kind.to_vec(),
        })
    }

    pub fn hash(&mut self, words: &[&[u8]]) -> Run {
        let mut words = words;
        if self.letters(&mut words, b"r")? != 0 {
            self.path_generation += 1;
            return Ok(());
        }
        if words.is_empty() {
            let generation = self.path_generation;
            let list = self.symbols.sorted(&|symbol| symbol.generation == generation);
            for sym in list {
                let symbol = self.symbols.get(sym);
                if let Place::Path(path) = &symbol.place
                    && !symbol.name.contains(&b'/')
                {
                    self.out.line(path);
                }
            }
        }
        for name in words {
            let sym = self.symbols.intern(name);
            let symbol = self.symbols.get_mut(sym);
            symbol.place = Place::Unknown;
            let known = symbol.builtin != 0 || symbol.function.is_some();
            if !known && matches!(self.locate(sym), Target::Nothing) {
                self.complain_at(1, name, b"not found");
            }
        }
        Ok(())
    }
}
