//! Built-ins for variables, parameters and options: `export` `readonly` `local` `declare` `set` `shift` `unset` `shopt`.

use alloc::vec::Vec;

use super::builtins::*;
use super::expand::quote;
use super::shell::*;
use super::symbols::*;

impl Shell {
    /// `export` and `readonly`.
    pub fn declare(&mut self, words: &[&[u8]], flag: u8) -> Run {
        let known: &[u8] = if flag == EXPORT { b"pn" } else { b"p" };
        let (options, words) = letters!(self, words, known);
        if words.is_empty() {
            let lead: &[u8] = if flag == EXPORT { b"export " } else { b"readonly " };
            self.list_vars(lead, flag);
            return Ok(());
        }
        for word in words {
            let (name, value) = split_assignment(word);
            if !is_name(name) {
                return self.fail(2, &[name, b": bad variable name"]);
            }
            let sym = self.symbols.intern(name);
            if let Some(value) = value {
                self.set_appending(sym, name.len() + 1 < word.len() - value.len(), value)?;
            }
            if options.contains(&b'n') {
                self.set_flags(sym, 0, EXPORT)
            } else {
                self.set_flags(sym, flag, 0)
            }
        }
        Ok(())
    }

    pub fn set_appending(&mut self, sym: Sym, append: bool, value: &[u8]) -> Run {
        if !append {
            return self.set(sym, value);
        }
        let mut whole = self.text_of(sym);
        whole.extend_from_slice(value);
        self.set(sym, &whole)
    }

    /// Lists variables that have `flag` as commands that make them again.
    pub fn list_vars(&mut self, lead: &[u8], flag: u8) {
        let list = self.symbols.sorted(&|symbol| {
            symbol.var.flags & flag == flag && symbol.var.flags & (SET | EXPORT | READONLY) != 0
        });
        let mut text = Vec::new();
        for sym in list {
            let value = self.var(sym).map(<[u8]>::to_vec);
            text.extend_from_slice(lead);
            text.extend_from_slice(&self.symbols.get(sym).name);
            if let Some(value) = value {
                text.push(b'=');
                quote(&value, &mut text);
            }
            text.push(b'\n');
        }
        self.out.write(&text);
    }

    /// `declare` and `typeset`, for variables that are no arrays.
    pub fn declare_builtin(&mut self, words: &[&[u8]]) -> Run {
        let (mut on, mut off, mut print, mut global, mut functions) = (0, 0, false, false, false);
        let mut rest = words;
        while let [[sign @ (b'-' | b'+'), cluster @ ..], tail @ ..] = rest {
            if cluster.is_empty() {
                break;
            }
            rest = tail;
            for letter in cluster.iter() {
                let flag = match letter {
                    b'x' => EXPORT,
                    b'r' => READONLY,
                    b'i' => INTEGER,
                    b'p' => {
                        print = true;
                        0
                    }
                    b'g' => {
                        global = true;
                        0
                    }
                    b'f' | b'F' => {
                        functions = true;
                        0
                    }
                    _ => return self.illegal_option(*letter),
                };
                if *sign == b'-' { on |= flag } else { off |= flag }
            }
        }
        if functions {
            for word in rest {
                if self.symbol(word).is_none_or(|symbol| symbol.function.is_none()) {
                    self.status = 1;
                }
            }
            return Ok(());
        }
        if rest.is_empty() {
            self.list_vars(b"declare ", on | if print { 0 } else { SET });
            return Ok(());
        }
        for word in rest {
            let (name, value) = split_assignment(word);
            if !is_name(name) {
                return self.fail(1, &[name, b": bad variable name"]);
            }
            let sym = self.symbols.intern(name);
            if print {
                let value = self.text_of(sym);
                let mut text = [b"declare ", name, b"="].concat();
                quote(&value, &mut text);
                text.push(b'\n');
                self.out.write(&text);
                continue;
            }
            if self.state.function_depth > 0 && !global && !self.calls.is_empty() {
                self.make_local(sym)?;
            }
            self.set_flags(sym, on & INTEGER, off);
            if let Some(value) = value {
                self.set_appending(sym, name.len() + 1 < word.len() - value.len(), value)?;
            }
            self.set_flags(sym, on, off);
        }
        Ok(())
    }

    pub fn make_local(&mut self, sym: Sym) -> Run {
        let old = self.symbols.get(sym).var.clone();
        if old.flags & READONLY != 0 {
            return self.read_only(sym);
        }
        self.locals.push((sym, old));
        Ok(())
    }

    pub fn local(&mut self, words: &[&[u8]]) -> Run {
        if self.calls.is_empty() {
            return self.fail(2, &[b"not in a function"]);
        }
        let (_, words) = letters!(self, words, b"rx");
        for word in words {
            let (name, value) = split_assignment(word);
            if name == b"-" {
                continue;
            }
            if !is_name(name) {
                return self.fail(2, &[name, b": bad variable name"]);
            }
            let sym = self.symbols.intern(name);
            self.make_local(sym)?;
            if let Some(value) = value {
                self.set(sym, value)?;
            }
        }
        Ok(())
    }

    /// The bit of an option by its name.
    pub fn option_by_name(&self, name: &[u8]) -> Option<u32> {
        let at = OPTIONS.split(|&byte| byte == b' ').position(|known| known.get(1..) == Some(name))?;
        Some(1 << at)
    }

    pub fn option_by_letter(&self, letter: u8) -> Option<u32> {
        let at = OPTIONS.split(|&byte| byte == b' ').position(|known| known.first() == Some(&letter))?;
        (letter != b'_').then_some(1 << at)
    }

    pub fn set_option(&mut self, bit: u32, on: bool) -> Run {
        if bit == INTERACTIVE || bit == STDIN {
            return Ok(());
        }
        if bit == MONITOR && self.level != self.own_level {
            self.need_process()?;
        }
        if on {
            self.state.options |= bit;
            match bit {
                VI => self.state.options &= !EMACS,
                EMACS => self.state.options &= !VI,
                _ => {}
            }
        } else {
            self.state.options &= !bit;
        }
        if bit == MONITOR && self.interactive {
            self.signals_for_terminal();
        }
        Ok(())
    }

    pub fn set_builtin(&mut self, words: &[&[u8]]) -> Run {
        if words.is_empty() {
            self.list_vars(b"", SET);
            return Ok(());
        }
        match self.set_options(words)? {
            Some(rest) => {
                let mut args = Args::default();
                rest.iter().for_each(|word| args.push(word));
                self.state.params = Params { args: alloc::rc::Rc::new(args), first: 0 };
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Reads options as `set` and `sh` take them; the operands, if there are any (or a `--`).
    pub fn set_options<'a>(&mut self, words: &'a [&'a [u8]]) -> Run<Option<&'a [&'a [u8]]>> {
        let mut rest = words;
        while let [word, tail @ ..] = rest {
            let (on, cluster) = match word {
                [b'-', b'-'] => return Ok(Some(tail)),
                [b'-'] => {
                    self.state.options &= !(XTRACE | VERBOSE);
                    return Ok((!tail.is_empty()).then_some(tail));
                }
                [b'-', cluster @ ..] => (true, cluster),
                [b'+', cluster @ ..] if !cluster.is_empty() => (false, cluster),
                _ => return Ok(Some(rest)),
            };
            rest = tail;
            for &letter in cluster {
                if letter == b'o' {
                    let Some((name, tail)) = rest.split_first() else {
                        self.list_options(on);
                        break;
                    };
                    let Some(bit) = self.option_by_name(name) else {
                        self.fail(2, &[name, b": illegal option"])?;
                        return Ok(None);
                    };
                    self.set_option(bit, on)?;
                    rest = tail;
                    continue;
                }
                let Some(bit) = self.option_by_letter(letter) else {
                    self.illegal_option(letter)?;
                    return Ok(None);
                };
                self.set_option(bit, on)?;
            }
        }
        Ok(None)
    }

    pub fn list_options(&mut self, table: bool) {
        let mut text = Vec::new();
        for (bit, name) in OPTIONS.split(|&byte| byte == b' ').enumerate() {
            let on = self.state.options >> bit & 1 != 0;
            let name = name.get(1..).unwrap_or_default();
            if table {
                text.extend_from_slice(name);
                text.resize(text.len() + 16usize.saturating_sub(name.len()), b' ');
                text.extend_from_slice(if on { b"on\n" } else { b"off\n" });
            } else {
                text.extend_from_slice(if on { b"set -o " } else { b"set +o " });
                text.extend_from_slice(name);
                text.push(b'\n');
            }
        }
        self.out.write(&text);
    }

    pub fn shopt(&mut self, words: &[&[u8]]) -> Run {
        let (options, words) = letters!(self, words, b"suqpo");
        for name in words {
            match self.option_by_name(name).filter(|&bit| bit == NULLGLOB || options.contains(&b'o')) {
                Some(bit) if options.contains(&b's') => self.set_option(bit, true)?,
                Some(bit) if options.contains(&b'u') => self.set_option(bit, false)?,
                Some(bit) => self.status |= u8::from(!self.has(bit)),
                None => return self.fail(1, &[name, b": invalid shell option name"]),
            }
        }
        Ok(())
    }

    pub fn shift(&mut self, words: &[&[u8]]) -> Run {
        let count = match words.first() {
            None => 1,
            Some(word) => match num::parse_u64(word) {
                Ok(count) => count as usize,
                Err(_) => return self.fail(2, &[word, b": bad number"]),
            },
        };
        if count > self.state.params.count() {
            return self.fail(1, &[b"can't shift that many"]);
        }
        self.state.params.first += count;
        Ok(())
    }

    pub fn unset_builtin(&mut self, words: &[&[u8]]) -> Run {
        let (options, words) = letters!(self, words, b"fvn");
        for word in words {
            let Some(sym) = self.symbols.find(word) else {
                if !options.contains(&b'f') && !is_name(word) {
                    return self.fail(2, &[word, b": bad variable name"]);
                }
                continue;
            };
            let symbol = self.symbols.get(sym);
            let is_var = symbol.var.flags & (SET | EXPORT | READONLY) != 0;
            let function =
                options.contains(&b'f') || !options.contains(&b'v') && !is_var && symbol.function.is_some();
            if function { self.set_function(sym, None) } else { self.unset(sym)? }
        }
        Ok(())
    }
}
