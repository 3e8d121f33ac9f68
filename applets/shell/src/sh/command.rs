//! Simple commands: their words, assignments and redirections, what their name stands for, and functions
//! (POSIX.1-2024 XCU 2.9.1, 2.9.5).

use alloc::rc::Rc;
use alloc::vec::Vec;
use sys::{Errno, libc};

use super::builtins;
use super::expand::{Mode, quote};
use super::parser::EXTRAS;
use super::redirect::Undo;
use super::shell::*;
use super::symbols::*;
use super::tree::*;

/// What a command's name stands for.
pub enum Target {
    Function(Rc<Function>),
    Builtin(u8),
    Applet(usize),
    Path(Vec<u8>),
    Nothing,
}

impl Target {
    pub fn of(place: Place) -> Target {
        match place {
            Place::Applet(id) => Target::Applet(usize::from(id)),
            Place::Path(path) => Target::Path(path.into_vec()),
            Place::Unknown => Target::Nothing,
        }
    }
}

/// The files that `name` may be in the folders of `path`.
pub fn candidates<'a>(path: &'a [u8], name: &'a [u8]) -> impl Iterator<Item = Vec<u8>> + 'a {
    path.split(|&byte| byte == b':').map(|folder| joined(folder, name))
}

/// A name in a folder; an empty one is where we are.
#[inline(never)]
pub fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let slash: &[u8] = if folder.is_empty() || folder == b"/" { b"" } else { b"/" };
    [folder, slash, name].concat()
}

impl Shell {
    /// A simple command.
    pub fn simple(&mut self, simple: &Simple, tail: bool) -> Run {
        self.state.line = simple.line;
        self.substituted = None;
        if simple.words.is_empty() {
            let result = self.assign_only(simple);
            self.forget_statuses();
            return result;
        }
        let mut args = self.take_args();
        let lists = self.lists.len();
        let mut result = self.expand_words(&simple.words, &mut args);
        if result.is_ok() {
            result = match args.len() {
                0 => self.assign_only(simple),
                _ => self.execute(simple, &mut args, tail),
            };
            if !self.substitutions.is_empty() {
                self.end_substitutions();
            }
        }
        self.give_args(args);
        if self.lists.len() > lists {
            self.lists.truncate(lists);
        }
        self.forget_statuses();
        result
    }

    /// The last command was no pipeline.
    #[inline]
    fn forget_statuses(&mut self) {
        if !self.statuses.is_empty() {
            self.statuses.clear();
        }
    }

    fn assign_only(&mut self, simple: &Simple) -> Run {
        if !simple.redirs.is_empty() {
            let mut undo = Vec::new();
            match self.redirect(&simple.redirs, &mut undo) {
                Err(Stop::Failed) => return Ok(()),
                result => result?,
            }
            self.undo(undo);
        }
        let trace = self.has(XTRACE);
        for assign in &simple.assigns {
            if is_array(assign) {
                self.assign_array(assign)?;
                continue;
            }
            // The usual `x=$((…))`, without a string in between.
            if let [Part::Arith(math)] = assign.value.parts.as_slice()
                && !assign.append
                && !trace
            {
                let value = self.math(math)?;
                self.set_number(assign.sym, value)?;
                continue;
            }
            if assign.append || trace {
                let value = self.assigned_value(assign)?;
                self.set(assign.sym, &value)?;
                if trace {
                    self.trace(core::slice::from_ref(assign), &Args::default(), &[]);
                }
                continue;
            }
            let mut value = self.take_args();
            let rest = self.appended(assign);
            let parts = rest.unwrap_or(&assign.value.parts);
            let mut result = self.expand_parts_into(parts, Mode::Single, &mut value);
            if result.is_ok() {
                result = match rest {
                    Some(_) => self.append(assign.sym, &value.bytes),
                    None => self.set(assign.sym, &value.bytes),
                };
            }
            self.give_args(value);
            result?;
        }
        self.status = self.substituted.unwrap_or(0);
        Ok(())
    }

    /// `a[subscript]=value` or `a=(…)`
    #[inline(never)]
    fn assign_array(&mut self, assign: &Assign) -> Run {
        let sym = assign.sym;
        if let [Part::List(list)] = assign.value.parts.as_slice() {
            let values = self.expand_list(list)?;
            self.assign_list(sym, assign.append, &values)?;
        } else if let Some(subscript) = &assign.subscript {
            let key = self.key(sym, subscript)?;
            let value = self.expand_single(&assign.value)?;
            self.set_element(sym, key, assign.append, &value)?;
        }
        if self.has(XTRACE) {
            let mut text = [&*self.symbols.get(sym).name, b"="].concat();
            self.push_array(sym, &mut text);
            self.trace(&[], &Args::new(&[&text]), &[]);
        }
        Ok(())
    }

    /// What `x="$x…"` adds to the variable, if the rest cannot change it: then its value need not be copied.
    fn appended<'a>(&self, assign: &'a Assign) -> Option<&'a [Part]> {
        let (first, rest) = assign.value.parts.split_first()?;
        let plain = |part: &Part| match part {
            Part::Text(_) | Part::Quoted(_) => true,
            Part::Param(param) => !param.indirect && matches!(param.op, Op::Plain | Op::Length),
            _ => false,
        };
        let own = matches!(first, Part::Param(param) if param.name == Name::Var(assign.sym)
            && param.op == Op::Plain && !param.indirect);
        let simple = self.symbols.get(assign.sym).var.flags & (SET | DYNAMIC | INTEGER | READONLY) == SET;
        (own && simple && rest.iter().all(plain)).then_some(rest)
    }

    /// The value of an assignment, expanded.
    fn assigned_value(&mut self, assign: &Assign) -> Run<Vec<u8>> {
        let value = self.expand_single(&assign.value)?;
        if !assign.append {
            return Ok(value);
        }
        let old = self.text_of(assign.sym);
        self.added(self.symbols.get(assign.sym).var.flags, old, &value)
    }

    /// `set -x`: variables that have been assigned to, and words; where standard error was before the command's redirections.
    #[cold]
    #[inline(never)]
    fn trace(&mut self, assigns: &[Assign], args: &Args, undo: &[Undo]) {
        let ps4 = self.var(PS4).map_or(b"+ ".to_vec(), <[u8]>::to_vec);
        let options = self.state.options;
        self.state.options &= !XTRACE;
        let mut line = self.expand_text(&ps4);
        self.state.options = options;
        for assign in assigns.iter().filter(|assign| !is_array(assign)) {
            line.extend_from_slice(&self.symbols.get(assign.sym).name);
            line.push(b'=');
            let value = self.text_of(assign.sym);
            if !value.is_empty() {
                quote_if_needed(&value, &mut line);
            }
            line.push(b' ');
        }
        for word in args.iter() {
            quote_if_needed(word, &mut line);
            line.push(b' ');
        }
        if let Some(end) = line.last_mut() {
            *end = b'\n';
        }
        let stderr = undo.iter().find_map(|undo| match undo {
            Undo::Descriptor(2, old) => Some(old.as_ref().map_or(-1, sys::Fd::raw)),
            _ => None,
        });
        self.flush();
        // Nobody is left to tell if this fails.
        let _ = sys::fd::write_all(stderr.unwrap_or(sys::fd::STDERR), &line);
    }

    /// Runs a simple command whose words have been expanded.
    #[inline(never)]
    fn execute(&mut self, simple: &Simple, args: &mut Args, tail: bool) -> Run {
        let sym = match simple.name {
            Some(sym) => sym,
            None => self.symbols.intern(args.get(0).unwrap_or_default()),
        };
        let mut target = self.resolve(sym, false);
        let builtin = if let Target::Builtin(number) = target { number } else { 0 };
        let special = builtins::is_special(builtin);
        // The redirections of an `exec` without a command stay.
        let bare =
            builtin == builtins::EXEC && (args.len() == 1 || args.len() == 2 && args.get(1) == Some(b"--"));
        let mut undo = Vec::new();
        if !simple.redirs.is_empty() {
            // What `exec` does to descriptors stays: captured output needs a real one then.
            if self.captured && builtin == builtins::EXEC {
                self.need_process()?;
            }
            match self.redirect(&simple.redirs, &mut undo) {
                Err(Stop::Failed) => return if special { Err(Stop::Abort) } else { Ok(()) },
                result => result?,
            }
        }
        let mark = self.locals.len();
        let mut result = Ok(());
        if !simple.assigns.is_empty() {
            let export = !special || builtin == builtins::EXEC && !bare;
            result = self.assign_before(simple, special, export);
            // `PATH=… command` is looked for in the new PATH.
            if matches!(target, Target::Applet(_) | Target::Path(_) | Target::Nothing)
                && simple.assigns.iter().any(|assign| assign.sym == PATH)
            {
                target = self.locate(sym);
            }
        }
        if result.is_ok() && self.has(XTRACE) {
            self.trace(&simple.assigns, args, &undo);
        }
        if result.is_ok() && bare {
            self.flush();
            self.keep(core::mem::take(&mut undo));
            self.status = 0;
        } else if result.is_ok() {
            let scope = self.scope;
            if matches!(target, Target::Function(_)) {
                self.scope = mark;
            }
            result = self.run_target(target, sym, args, 0, tail && undo.is_empty());
            self.scope = scope;
        }
        // What `local` has made stays until the function ends.
        if !special && !simple.assigns.is_empty() {
            self.leave_scope(mark);
        }
        self.undo(undo);
        result
    }

    /// Assigns what stands before a command, one after the other: a value may need the one before. Unless it is a `special`
    /// built-in, the variables get their old values again when it has ended.
    #[inline(never)]
    fn assign_before(&mut self, simple: &Simple, special: bool, export: bool) -> Run {
        for assign in &simple.assigns {
            let old = self.symbols.get(assign.sym).var.clone();
            if is_array(assign) {
                self.assign_array(assign)?;
            } else {
                let value = self.assigned_value(assign)?;
                self.set(assign.sym, &value)?;
                if export {
                    self.set_flags(assign.sym, EXPORT, 0);
                }
            }
            if !special {
                self.locals.push((assign.sym, old));
            }
        }
        Ok(())
    }

    /// Runs what a name stands for, with `args` from `first` on.
    pub fn run_target(&mut self, target: Target, sym: Sym, args: &mut Args, first: usize, tail: bool) -> Run {
        match target {
            Target::Function(function) => {
                return self.call_function(sym, &function, core::mem::take(args), first);
            }
            Target::Builtin(number) => return self.call_builtin(number, args, first),
            Target::Applet(id)
                if EXTRAS && args.get(first + 1) == Some(b"-v") && args.get(first) == Some(b"printf") =>
            {
                return self.printf_into(id, &args.slices(first));
            }
            Target::Applet(id) => self.run_applet(id, args, first, tail),
            Target::Path(path) => self.run_external(&path, args, first, tail),
            Target::Nothing => self.not_found(args.get(first).unwrap_or_default()),
        }
        Ok(())
    }

    /// `printf -v x`: what it prints becomes the value.
    #[inline(never)]
    fn printf_into(&mut self, id: usize, words: &[&[u8]]) -> Run {
        let (name, rest): (&[u8], &[&[u8]]) = match words {
            [_, _, name, rest @ ..] => (name, rest),
            _ => (b"", &[]),
        };
        if !is_name(name) {
            self.error(&[b"printf: ", name, b": bad variable name"]);
            self.status = 2;
            return Ok(());
        }
        let sym = self.symbols.intern(name);
        self.renew_environment();
        let text = self.in_memory(&mut |shell| shell.status = shell.call_applet(id, b"printf", rest));
        self.set(sym, text.split(|&byte| byte == 0).next().unwrap_or_default())
    }

    #[cold]
    fn not_found(&mut self, name: &[u8]) {
        if name.contains(&b'/') {
            let errno = match sys::fs::stat(name) {
                Ok(stat) if stat.is_dir() => Errno(libc::EISDIR),
                Ok(_) => Errno(libc::EACCES),
                Err(errno) => errno,
            };
            self.status = if errno.0 == libc::ENOENT || errno.0 == libc::ENOTDIR { 127 } else { 126 };
            if self.status == 127 && errno.0 == libc::ENOENT {
                return self.error(&[name, b": not found"]);
            }
            return self.system_error(&[name], errno);
        }
        self.status = 127;
        self.error(&[name, b": not found"]);
    }

    /// Gives the variables of a scope that ends their older values.
    pub fn leave_scope(&mut self, mark: usize) {
        while self.locals.len() > mark {
            match self.locals.pop() {
                // `local -`; job control is the whole shell's.
                Some((DASH, old)) => self.state.options = old.level & !MONITOR | self.state.options & MONITOR,
                Some((sym, old)) => self.restore(sym, old),
                None => {}
            }
        }
    }

    fn call_function(&mut self, sym: Sym, function: &Rc<Function>, args: Args, first: usize) -> Run {
        self.nested()?;
        let params = Params { args: Rc::new(args), first: first + 1 };
        let outer = core::mem::replace(&mut self.state.params, params);
        let loops = core::mem::take(&mut self.state.loop_depth);
        let getopts = core::mem::take(&mut self.state.getopts_at);
        let mark = self.locals.len();
        self.state.function_depth += 1;
        self.calls.push(sym);
        let line = self.state.line;
        let result = self.run(&function.body, false);
        self.state.line = line;
        self.calls.pop();
        self.state.function_depth -= 1;
        self.leave_scope(mark);
        self.state.loop_depth = loops;
        self.state.getopts_at = getopts;
        let used = core::mem::replace(&mut self.state.params, outer);
        if let Ok(args) = Rc::try_unwrap(used.args) {
            self.give_args(args);
        }
        match result {
            Err(Stop::Return) => Ok(()),
            result => result,
        }
    }

    /// What `sym` stands for as a command. `no_functions`: for `command`.
    pub fn resolve(&mut self, sym: Sym, no_functions: bool) -> Target {
        let symbol = self.symbols.get(sym);
        if builtins::is_special(symbol.builtin) {
            return Target::Builtin(symbol.builtin);
        }
        if let Some(function) = symbol.function.as_ref().filter(|_| !no_functions) {
            return Target::Function(function.clone());
        }
        if symbol.builtin != 0 {
            return Target::Builtin(symbol.builtin);
        }
        self.locate(sym)
    }

    /// Where the command is: remembered, or searched for in `PATH`.
    pub fn locate(&mut self, sym: Sym) -> Target {
        let generation = self.path_generation;
        let symbol = self.symbols.get_mut(sym);
        if symbol.generation == generation {
            match &symbol.place {
                Place::Applet(id) => {
                    symbol.hits += 1;
                    return Target::Applet(usize::from(*id));
                }
                // What has gone in the meantime is looked for again.
                Place::Path(path) if is_program(path) => {
                    symbol.hits += 1;
                    return Target::Path(path.to_vec());
                }
                Place::Path(_) | Place::Unknown => {}
            }
        }
        let name = symbol.name.to_vec();
        if name.contains(&b'/') {
            return if is_program(&name) { Target::Path(name) } else { Target::Nothing };
        }
        let path = self.text_of(PATH);
        let place = self.search(&name, &path);
        let symbol = self.symbols.get_mut(sym);
        symbol.generation = generation;
        symbol.hits = 1;
        symbol.place = place.clone();
        Target::of(place)
    }

    /// Looks for `name` in the folders of `path`. An applet is taken where the system's own command would be, and where
    /// there is none at all; a command in any other folder goes before it.
    pub fn search(&self, name: &[u8], path: &[u8]) -> Place {
        let applet = (self.house.find)(name).filter(|_| !name.is_empty());
        for folder in path.split(|&byte| byte == b':') {
            let file = joined(folder, name);
            if !is_program(&file) {
                continue;
            }
            if let Some(id) = applet
                && (matches!(folder, b"/bin" | b"/usr/bin" | b"/sbin" | b"/usr/sbin")
                    || same_file(&file, super::launch::BINARY))
            {
                return Place::Applet(id as u16);
            }
            return Place::Path(file.into());
        }
        match applet {
            Some(id) => Place::Applet(id as u16),
            None => Place::Unknown,
        }
    }
}

/// Whether `file` is a file that may be executed.
pub fn is_program(file: &[u8]) -> bool {
    sys::fs::stat(file).is_ok_and(|stat| stat.is_file())
        && sys::fs::access(sys::fd::CWD, file, libc::X_OK).is_ok()
}

fn quote_if_needed(word: &[u8], line: &mut Vec<u8>) {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./:=+,%@^".contains(byte);
    if !word.is_empty() && word.iter().all(plain) {
        line.extend_from_slice(word);
    } else {
        quote(word, line);
    }
}

/// Whether an assignment is to an element, or to an array as a whole.
fn is_array(assign: &Assign) -> bool {
    assign.subscript.is_some() || matches!(assign.value.parts.as_slice(), [Part::List(_)])
}

/// Whether two names are of the same file.
pub fn same_file(one: &[u8], other: &[u8]) -> bool {
    match (sys::fs::stat(one), sys::fs::stat(other)) {
        (Ok(one), Ok(other)) => one.same(&other),
        _ => false,
    }
}
