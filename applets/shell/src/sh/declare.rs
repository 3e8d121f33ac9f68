//! Built-ins for variables, parameters and options: `export` `readonly` `local` `declare` `set` `shift` `unset` `shopt`.

use alloc::vec::Vec;

use super::arrays::split_element;
use super::builtins::*;
use super::expand::quote;
use super::parser::EXTRAS;
use super::shell::*;
use super::symbols::*;

impl Shell {
    /// `export` and `readonly`.
    pub fn declare(&mut self, words: &[&[u8]]) -> Run {
        let mut words = words;
        let mut kind = 0;
        let (flag, known, lead): (u8, &[u8], &[u8]) = match self.current {
            EXPORT_ => (EXPORT, b"pn", b"export "),
            _ => (READONLY, b"paA", b"readonly "),
        };
        let options = self.letters(&mut words, known)?;
        if flag == READONLY {
            kind = (options >> 1 & 1) as u8 * ARRAY | (options >> 2 & 1) as u8 * KEYED;
        }
        if words.is_empty() {
            self.list_vars(lead, flag);
        }
        let (on, off) = if flag == EXPORT && options & 2 != 0 { (0, EXPORT) } else { (flag, 0) };
        for word in words {
            let (sym, append, value) = self.declared(word)?;
            if let Some(value) = value {
                self.set_appending(sym, append, value)?;
            }
            self.set_flags(sym, kind, 0);
            self.assign_declared(sym)?;
            self.set_flags(sym, on, off);
        }
        Ok(())
    }

    /// An operand that declares a variable: its symbol, and with `name=value` or `name+=value` whether that is appended,
    /// and the value.
    #[inline(never)]
    fn declared<'a>(&mut self, word: &'a [u8]) -> Run<(Sym, bool, Option<&'a [u8]>)> {
        let (name, append, value) = split_assignment(word);
        if !is_name(name) {
            return self.bad_name(name);
        }
        Ok((self.symbols.intern(name), append, value))
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
            // What changes by itself is no state that anybody could compare or keep.
            symbol.var.flags & (flag & !SET) == flag & !SET
                && symbol.var.flags & (DYNAMIC | EXPORT) != DYNAMIC
                && (symbol.var.has_any() || flag & SET == 0 && symbol.var.flags & (EXPORT | READONLY) != 0)
        });
        for sym in list {
            self.list_var(lead, sym);
        }
    }

    fn list_var(&mut self, lead: &[u8], sym: Sym) {
        // What changes by itself gets its value.
        self.var(sym);
        let symbol = self.symbols.get(sym);
        let mut text = lead.to_vec();
        let kind = symbol.var.flags & (ARRAY | KEYED);
        if kind != 0 && !lead.is_empty() {
            text.extend_from_slice(if kind & KEYED != 0 { b"-A " } else { b"-a " });
        }
        text.extend_from_slice(&symbol.name);
        if kind != 0 {
            text.push(b'=');
            self.push_array(sym, &mut text);
        } else if symbol.var.flags & SET != 0 {
            text.push(b'=');
            quote(&symbol.var.value, &mut text);
        }
        self.out.line(&text);
    }

    /// `declare`, `typeset` and `local`.
    pub fn declare_builtin(&mut self, words: &[&[u8]]) -> Run {
        let (mut on, mut off, mut print, mut global, mut functions) = (0, 0, false, false, false);
        let mut rest = words;
        while let [[sign @ (b'-' | b'+'), cluster @ ..], tail @ ..] = rest
            && !cluster.is_empty()
        {
            rest = tail;
            for &letter in cluster.iter() {
                let flags = if *sign == b'-' { &mut on } else { &mut off };
                match letter {
                    b'x' => *flags |= EXPORT,
                    b'r' => *flags |= READONLY,
                    b'i' => *flags |= INTEGER,
                    b'a' => *flags |= ARRAY,
                    b'A' => *flags |= KEYED,
                    b'p' => print = true,
                    b'g' => global = true,
                    b'f' | b'F' => functions = true,
                    _ => return self.illegal_option(letter),
                }
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
        if rest.is_empty() && self.current == LOCAL {
            return Ok(());
        }
        if rest.is_empty() {
            self.list_vars(b"declare ", on | if print { 0 } else { SET });
            return Ok(());
        }
        for word in rest {
            if *word == b"-" && self.current == LOCAL {
                let options = Var { level: self.state.options, ..Var::default() };
                self.locals.push((DASH, options));
                continue;
            }
            let (sym, append, value) = self.declared(word)?;
            if print {
                self.list_var(b"declare ", sym);
                continue;
            }
            if self.state.function_depth > 0 && !global && !self.calls.is_empty() {
                self.make_local(sym)?;
            }
            self.set_flags(sym, on & !READONLY, off);
            if let Some(value) = value {
                self.set_appending(sym, append, value)?;
            }
            self.assign_declared(sym)?;
            self.set_flags(sym, on, off);
        }
        Ok(())
    }

    /// Makes a variable local: it has no value then, but is exported if it was. One that is local already, or was
    /// assigned to before the function's name, stays.
    fn make_local(&mut self, sym: Sym) -> Run {
        if self.locals.iter().skip(self.scope).any(|local| local.0 == sym) {
            return Ok(());
        }
        let old = self.symbols.get(sym).var.clone();
        let exported = old.flags & EXPORT;
        self.unset(sym)?;
        self.locals.push((sym, old));
        self.set_flags(sym, exported, 0);
        Ok(())
    }

    pub fn local(&mut self, words: &[&[u8]]) -> Run {
        if self.calls.is_empty() {
            return self.fail(2, &[b"not in a function"]);
        }
        self.declare_builtin(words)
    }

    /// The bit of an option by its name.
    pub fn option_by_name(&self, name: &[u8]) -> Option<u32> {
        let at = words(OPTIONS).position(|known| known.get(1..) == Some(name))?;
        Some(1 << at)
    }

    pub fn option_by_letter(&self, letter: u8) -> Option<u32> {
        let at = words(OPTIONS).position(|known| known.first() == Some(&letter))?;
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
        if let Some(rest) = self.set_options(words)? {
            self.state.params = Params::new(rest);
        }
        Ok(())
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
                        return self.fail_at(2, name, b"illegal option");
                    };
                    self.set_option(bit, on)?;
                    rest = tail;
                    continue;
                }
                let Some(bit) = self.option_by_letter(letter) else {
                    return self.illegal_option(letter);
                };
                self.set_option(bit, on)?;
            }
        }
        Ok(None)
    }

    pub fn list_options(&mut self, table: bool) {
        let mut text = Vec::new();
        for (bit, name) in words(OPTIONS).enumerate() {
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
        let mut words = words;
        let options = self.letters(&mut words, b"suqpo")?;
        for name in words {
            match self.option_by_name(name).filter(|&bit| bit == NULLGLOB || options & 16 != 0) {
                Some(bit) if options & 3 != 0 => self.set_option(bit, options & 1 != 0)?,
                Some(bit) => self.status |= u8::from(!self.has(bit)),
                None => return self.fail_at(1, name, b"invalid shell option name"),
            }
        }
        Ok(())
    }

    pub fn shift(&mut self, words: &[&[u8]]) -> Run {
        let count = match words.first() {
            None => 1,
            Some(word) => match num::parse_u64(word) {
                Ok(count) => count as usize,
                Err(_) => return self.fail_at(2, word, b"bad number"),
            },
        };
        // As in bash and BusyBox, which makes loops of `shift` easy: no error that ends a script.
        if count > self.state.params.count() {
            self.status = 1;
        } else {
            self.state.params.first += count;
        }
        Ok(())
    }

    pub fn unset_builtin(&mut self, words: &[&[u8]]) -> Run {
        let mut words = words;
        let options = self.letters(&mut words, b"fvn")?;
        let (functions, variables) = (options & 1 != 0, options & 2 != 0);
        for word in words {
            if EXTRAS
                && !functions
                && let Some((name, subscript)) = split_element(word)
            {
                let sym = self.symbols.intern(name);
                if matches!(subscript, b"@" | b"*") {
                    self.unset(sym)?;
                    continue;
                }
                let key = self.key_of(sym, subscript)?;
                self.unset_element(sym, &key)?;
                continue;
            }
            let Some(sym) = self.symbols.find(word) else {
                if !functions && !is_name(word) {
                    return self.bad_name(word);
                }
                continue;
            };
            let symbol = self.symbols.get(sym);
            let is_var = symbol.var.flags & (SET | EXPORT | READONLY | ARRAY | KEYED) != 0;
            let function = functions || !variables && !is_var && symbol.function.is_some();
            if function { self.set_function(sym, None) } else { self.unset(sym)? }
        }
        Ok(())
    }
}
