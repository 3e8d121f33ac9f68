//! Built-ins for what names stand for: `alias` `unalias` `command` `builtin` `type` `hash`.

use alloc::vec::Vec;

use super::builtins::*;
use super::exec::Target;
use super::expand::quote;
use super::shell::*;
use super::symbols::*;

impl Shell {
    pub fn alias(&mut self, words: &[&[u8]]) -> Run {
        let words = if words.first() == Some(&&b"-p"[..]) || words.first() == Some(&&b"--"[..]) {
            words.get(1..).unwrap_or_default()
        } else {
            words
        };
        let mut list = Vec::new();
        if words.is_empty() {
            list = self.symbols.sorted(&|symbol| symbol.alias.is_some());
        }
        for word in words {
            let (name, value) = split_assignment(word);
            let sym = self.symbols.intern(name);
            match value {
                Some(value) => self.set_alias(sym, Some(value.into())),
                None if self.symbols.get(sym).alias.is_some() => list.push(sym),
                None => {
                    self.fail(1, &[name, b": not found"])?;
                }
            }
        }
        for sym in list {
            let symbol = self.symbols.get(sym);
            let mut text = symbol.name.to_vec();
            text.push(b'=');
            quote(symbol.alias.as_deref().unwrap_or_default(), &mut text);
            text.push(b'\n');
            self.out.write(&text);
        }
        Ok(())
    }

    pub fn unalias(&mut self, words: &[&[u8]]) -> Run {
        let (options, words) = letters!(self, words, b"a");
        if options.contains(&b'a') {
            for sym in self.symbols.sorted(&|symbol| symbol.alias.is_some()) {
                self.set_alias(sym, None);
            }
        }
        for word in words {
            match self.symbols.find(word).filter(|&sym| self.symbols.get(sym).alias.is_some()) {
                Some(sym) => self.set_alias(sym, None),
                None => self.fail(1, &[word, b": not found"])?,
            }
        }
        Ok(())
    }

    /// `command`: no functions, no special built-ins' rules; -v and -V tell what a name is.
    pub fn command(&mut self, words: &[&[u8]], args: &Args, first: usize) -> Run {
        let (options, rest) = letters!(self, words, b"pvV");
        if options.contains(&b'v') || options.contains(&b'V') {
            for name in rest {
                if !self.describe(name, options.contains(&b'V')) {
                    self.status = 127;
                }
            }
            return Ok(());
        }
        let Some(&name) = rest.first() else { return Ok(()) };
        let skip = first + 1 + (words.len() - rest.len());
        let sym = self.symbols.intern(name);
        let target = if options.contains(&b'p') {
            match self.search(name, b"/usr/sbin:/usr/bin:/sbin:/bin") {
                _ if self.symbols.get(sym).builtin != 0 => Target::Builtin(self.symbols.get(sym).builtin),
                Place::Applet(id) => Target::Applet(usize::from(id)),
                Place::Path(path) => Target::Path(path.into_vec()),
                Place::Unknown => Target::Nothing,
            }
        } else {
            match self.symbols.get(sym).builtin {
                0 => self.locate(sym),
                number => Target::Builtin(number),
            }
        };
        if let Target::Builtin(number) = target {
            let result = self.call_builtin(number, args, skip);
            // An error in a special built-in is no more than a failure here.
            return match result {
                Err(Stop::Abort) if is_special(number) && !self.expansion_failed => Ok(()),
                result => result,
            };
        }
        self.run_target(target, sym, args.clone(), skip, &[], false)
    }

    pub fn command_builtin(&mut self, words: &[&[u8]]) -> Run {
        let Some(&name) = words.first() else { return Ok(()) };
        match self.symbol(name).map_or(0, |symbol| symbol.builtin) {
            0 => self.fail(1, &[name, b": not a shell builtin"]),
            number => {
                let mut args = Args::default();
                words.iter().for_each(|word| args.push(word));
                self.call_builtin(number, &args, 0)
            }
        }
    }

    /// Says what a name is as a command; `false` if it is nothing.
    pub fn describe(&mut self, name: &[u8], long: bool) -> bool {
        let sym = self.symbols.intern(name);
        let symbol = self.symbols.get(sym);
        let mut text = name.to_vec();
        let reserved =
            b"if then elif else fi while until do done for case in esac { } ! function select time [["
                .split(|&byte| byte == b' ')
                .any(|word| word == name);
        if let Some(alias) = &symbol.alias {
            if long {
                text.extend_from_slice(b" is an alias for ");
                text.extend_from_slice(alias);
            } else {
                text = [b"alias ", name, b"="].concat();
                quote(alias, &mut text);
            }
        } else if reserved {
            text.extend_from_slice(if long { b" is a shell keyword" } else { b"" });
        } else if is_special(symbol.builtin) {
            text.extend_from_slice(if long { b" is a special shell builtin" } else { b"" });
        } else if symbol.function.is_some() {
            text.extend_from_slice(if long { b" is a function" } else { b"" });
        } else if symbol.builtin != 0 || is_usual_builtin(name) && (self.house.find)(name).is_some() {
            text.extend_from_slice(if long { b" is a shell builtin" } else { b"" });
        } else {
            match self.locate(sym) {
                Target::Path(path) => {
                    if long {
                        text.extend_from_slice(b" is ");
                    } else {
                        text.clear();
                    }
                    if !path.contains(&b'/') {
                        text.extend_from_slice(b"./");
                    }
                    text.extend_from_slice(&path);
                }
                Target::Applet(_) => {
                    // Where the search would find it, or else just its name.
                    let path = self.text_of(PATH);
                    let found = path
                        .split(|&byte| byte == b':')
                        .map(|folder| [folder, if folder.is_empty() { b"" } else { b"/" }, name].concat())
                        .find(|file| super::exec::is_program(file));
                    match found {
                        Some(file) if long => {
                            text.extend_from_slice(b" is ");
                            text.extend_from_slice(&file);
                        }
                        Some(file) => text = file,
                        None => text.extend_from_slice(if long { b" is a shell builtin" } else { b"" }),
                    }
                }
                _ => {
                    if long {
                        self.out.write(name);
                        self.out.line(b": not found");
                    }
                    return false;
                }
            }
        }
        self.out.line(&text);
        true
    }

    pub fn type_builtin(&mut self, words: &[&[u8]]) -> Run {
        for name in words {
            if !self.describe(name, true) {
                self.status = 127;
            }
        }
        Ok(())
    }

    pub fn hash(&mut self, words: &[&[u8]]) -> Run {
        let (options, words) = letters!(self, words, b"r");
        if options.contains(&b'r') {
            self.path_generation += 1;
            return Ok(());
        }
        if words.is_empty() {
            let generation = self.path_generation;
            let list = self.symbols.sorted(&|symbol| {
                symbol.generation == generation
                    && matches!(symbol.place, Place::Path(_))
                    && !symbol.name.contains(&b'/')
            });
            for sym in list {
                if let Place::Path(path) = self.symbols.get(sym).place.clone() {
                    self.out.line(&path);
                }
            }
        }
        for name in words {
            let sym = self.symbols.intern(name);
            self.symbols.get_mut(sym).place = Place::Unknown;
            let known = self.symbols.get(sym).builtin != 0 || self.symbols.get(sym).function.is_some();
            if !known && matches!(self.locate(sym), Target::Nothing) {
                self.fail(1, &[name, b": not found"])?;
            }
        }
        Ok(())
    }
}

/// Applets that are built-ins in every shell: `type` calls them so.
fn is_usual_builtin(name: &[u8]) -> bool {
    matches!(name, b"echo" | b"printf")
}
