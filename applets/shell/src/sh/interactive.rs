//! The shell at a terminal: prompts, line editing, history, completion, start and end of a session.

use alloc::boxed::Box;
use alloc::vec::Vec;
use sys::{Fd, RawFd, libc};

use term::edit::{Completion, Editor, Host, Outcome};

use super::shell::*;
use super::source::{Source, Supply};
use super::symbols::*;

/// What an interactive shell has of its terminal.
pub struct Terminal {
    fd: Fd,
    editor: Option<Editor>,
    /// The settings as commands are to find them.
    settings: Option<sys::terminal::Settings>,
}

impl Terminal {
    pub fn fd(&self) -> RawFd {
        self.fd.raw()
    }

    /// After a command that was killed: the terminal as it was before.
    pub fn restore_settings(&mut self) {
        if let Some(settings) = &self.settings {
            let _ = sys::terminal::set_settings(self.fd.raw(), libc::TCSADRAIN, settings);
        }
    }

    /// After a command that ended by itself: what it has set stays.
    pub fn keep_settings(&mut self) {
        if let Ok(settings) = sys::terminal::settings(self.fd.raw()) {
            self.settings = Some(settings);
        }
    }
}

impl Shell {
    /// What comes before the first command: job control, profiles.
    pub fn begin(&mut self) {
        if self.interactive {
            self.open_terminal();
        }
        if self.login || self.zero.starts_with(b"-") {
            self.login = true;
            self.profile(b"/etc/profile");
            let home = self.text_of(HOME);
            if !home.is_empty() {
                self.profile(&[&home, &b"/.profile"[..]].concat());
            }
        }
        if self.interactive && sys::process::uid() == sys::process::euid() {
            let file = self.text_of(ENV);
            let file = self.expand_text(&file);
            if !file.is_empty() {
                self.profile(&file);
            }
        }
    }

    /// Runs a file if it is there.
    fn profile(&mut self, file: &[u8]) {
        let Ok(fd) = sys::fd::open_read(file).and_then(|fd| sys::fd::duplicate_above(fd.raw(), 10)) else {
            return;
        };
        // What goes wrong in it has been told.
        let _ = self.run_file(fd.raw());
    }

    /// Takes charge of the terminal.
    fn open_terminal(&mut self) {
        let fd = sys::fd::open(b"/dev/tty", libc::O_RDWR, 0)
            .or_else(|_| sys::fd::duplicate_above(sys::fd::STDERR, 10))
            .and_then(|fd| sys::fd::duplicate_above(fd.raw(), 10));
        if let Ok(fd) = fd {
            let settings = sys::terminal::settings(fd.raw()).ok();
            let controls = sys::terminal::foreground(fd.raw());
            self.terminal = Some(Box::new(Terminal { fd, editor: None, settings }));
            if let Ok(group) = controls {
                self.take_control(group);
            }
        }
        self.signals_for_terminal();
        if self.symbols.get(PS1).var.flags & SET == 0 {
            let prompt: &[u8] = if sys::process::euid() == 0 { b"\\w # " } else { b"\\w $ " };
            self.store(PS1, prompt);
        }
        if self.symbols.get(PS2).var.flags & SET == 0 {
            self.store(PS2, b"> ");
        }
    }

    /// Job control: a process group of its own, in the foreground.
    fn take_control(&mut self, foreground: i32) {
        let mut foreground = foreground;
        let Some(terminal) = self.terminal.as_ref().map(|terminal| terminal.fd()) else { return };
        // Started in the background: wait until it is our turn.
        while foreground != sys::process::group() {
            let _ = sys::process::kill(0, libc::SIGTTIN);
            match sys::terminal::foreground(terminal) {
                Ok(group) => foreground = group,
                Err(_) => return,
            }
        }
        self.state.options |= MONITOR;
        let pid = sys::process::id();
        self.signals_for_terminal();
        let _ = sys::process::set_group(0, pid);
        let _ = sys::terminal::set_foreground(terminal, sys::process::group());
    }

    /// Commands from the terminal until its end.
    pub fn converse(&mut self) -> Run {
        let mut source = Source::new(Vec::new(), Supply::Terminal, 1);
        let mut ends = 0;
        loop {
            self.tell_jobs();
            let result = self.run_source(&mut source);
            match result {
                Err(Stop::Exit) => return result,
                Ok(()) => {
                    // End of file.
                    let stopped = self.jobs.list.iter().any(|job| job.stopped);
                    ends += 1;
                    if self.has(IGNOREEOF) && ends < 10 {
                        self.say(b"Use \"exit\" to leave the shell.\n");
                    } else if stopped && self.warned_of_jobs == 0 {
                        self.warned_of_jobs = 2;
                        self.say(b"You have stopped jobs.\n");
                    } else {
                        self.say(b"\n");
                        return Ok(());
                    }
                    source.text.clear();
                    source.at = 0;
                }
                Err(_) => {
                    // An error: the rest of the line is dropped.
                    source.text.clear();
                    source.at = 0;
                    self.state.loop_depth = 0;
                    self.state.function_depth = 0;
                    self.state.errexit_off = 0;
                    self.calls.clear();
                    self.leave_scope(0);
                    ends = 0;
                }
            }
        }
    }

    /// Appends the next line from the terminal; nothing at its end. `begun`: a command goes on.
    pub fn read_terminal_line(&mut self, begun: bool, text: &mut Vec<u8>) {
        if !begun {
            // Was for the line before.
            sys::signal::take(libc::SIGINT);
            self.tell_jobs();
            self.warned_of_jobs = self.warned_of_jobs.saturating_sub(1);
        }
        loop {
            let prompt = self.prompt(if begun { PS2 } else { PS1 });
            let Some(mut editor) = self.take_editor() else { return };
            editor.vi = self.has(VI);
            editor.utf8 = self.utf8;
            editor.dumb = matches!(self.var(TERM), Some(b"dumb" | b""));
            let number = |shell: &mut Shell, sym| {
                num::parse_u64(shell.var(sym).unwrap_or_default()).unwrap_or(0) as usize
            };
            editor.fallback = (number(self, COLUMNS), number(self, LINES));
            let outcome = editor.read_line(&prompt, &mut Helper { shell: self });
            let line = match outcome {
                Ok(Outcome::Line(line)) => Some(line),
                Ok(Outcome::Interrupted) => {
                    self.put_editor(editor);
                    sys::signal::take(libc::SIGINT);
                    self.status = 130;
                    if begun {
                        self.interrupted = true;
                        return;
                    }
                    if self.run_traps().is_err() && self.status != 130 {
                        return;
                    }
                    continue;
                }
                _ => None,
            };
            if let Some(line) = line {
                self.remember(&mut editor, &line);
                text.extend_from_slice(&line);
                text.push(b'\n');
            }
            self.put_editor(editor);
            return;
        }
    }

    /// The line editor; made, with the history in it, when it is first needed.
    fn take_editor(&mut self) -> Option<Editor> {
        if self.terminal.as_ref()?.editor.is_none() {
            let mut editor = Editor::new(sys::fd::STDIN, sys::fd::STDERR);
            let limit = self.history_size();
            editor.history.set_limit(limit);
            if let Some(file) = self.history_file() {
                // No history is no reason not to begin.
                let _ = editor.history.load(&file);
            }
            return Some(editor);
        }
        self.terminal.as_mut()?.editor.take()
    }

    fn put_editor(&mut self, editor: Editor) {
        if let Some(terminal) = &mut self.terminal {
            terminal.editor = Some(editor);
        }
    }

    fn history_size(&mut self) -> usize {
        self.var(HISTSIZE).and_then(|size| num::parse_u64(size).ok()).unwrap_or(1000) as usize
    }

    /// `HISTFILE`, or `~/.ash_history` as BusyBox has it.
    fn history_file(&mut self) -> Option<Vec<u8>> {
        if let Some(file) = self.var(HISTFILE) {
            return (!file.is_empty()).then(|| file.to_vec());
        }
        let home = self.var(HOME).filter(|home| !home.is_empty())?;
        Some([home, b"/.ash_history"].concat())
    }

    /// Adds a line to the history, in memory and in its file.
    fn remember(&mut self, editor: &mut Editor, line: &[u8]) {
        let control = self.text_of(HISTCONTROL);
        let says = |word: &[u8]| {
            control.split(|&byte| byte == b':').any(|part| part == word || part == b"ignoreboth")
        };
        editor.history.add(line, says(b"ignorespace"), says(b"ignoredups"));
        let limit = self.history_size();
        editor.history.set_limit(limit);
        if let Some(file) = self.history_file() {
            // A home that cannot be written to has no history.
            let _ = editor.history.save(&file, limit);
        }
    }

    /// A prompt with its escapes replaced and its parameters expanded.
    pub fn prompt(&mut self, sym: Sym) -> Vec<u8> {
        let text = self.text_of(sym);
        let mut out = Vec::new();
        let mut rest = text.as_slice();
        while let [first, tail @ ..] = rest {
            rest = tail;
            if *first != b'\\' {
                out.push(*first);
                continue;
            }
            let Some((&letter, tail)) = rest.split_first() else { break };
            rest = tail;
            match letter {
                b'[' => out.push(1),
                b']' => out.push(2),
                b'e' => out.push(0x1b),
                b'a' => out.push(7),
                b'n' => out.push(b'\n'),
                b'r' => out.push(b'\r'),
                b'$' => out.extend_from_slice(if sys::process::euid() == 0 { b"#" } else { b"\\$" }),
                b'0'..=b'7' => {
                    let mut value = u32::from(letter - b'0');
                    for _ in 0..2 {
                        if let [digit @ b'0'..=b'7', tail @ ..] = rest {
                            value = value * 8 + u32::from(digit - b'0');
                            rest = tail;
                        }
                    }
                    out.push(value as u8);
                }
                _ => match self.prompt_value(letter) {
                    Some(value) => push_safely(&value, &mut out),
                    None => out.extend_from_slice(&[b'\\', letter]),
                },
            }
        }
        self.expand_text(&out)
    }

    /// What a letter behind a backslash stands for in a prompt.
    fn prompt_value(&mut self, letter: u8) -> Option<Vec<u8>> {
        let format: &[u8] = match letter {
            b'u' => return users::user_by_id(sys::process::euid()).map(|user| user.name().to_vec()),
            b'h' | b'H' => {
                let host = sys::host::uname().ok()?;
                let node = host.node();
                let end = node.iter().position(|&byte| byte == b'.' && letter == b'h').unwrap_or(node.len());
                return node.get(..end).map(<[u8]>::to_vec);
            }
            b'w' | b'W' => {
                let folder = self.text_of(PWD);
                let home = self.text_of(HOME);
                let short = match folder.strip_prefix(home.as_slice()) {
                    Some(rest)
                        if !home.is_empty()
                            && home != b"/"
                            && (rest.is_empty() || rest.starts_with(b"/")) =>
                    {
                        [b"~", rest].concat()
                    }
                    _ => folder,
                };
                if letter == b'w' || short == b"/" {
                    return Some(short);
                }
                return short.rsplit(|&byte| byte == b'/').next().map(<[u8]>::to_vec);
            }
            b's' => return self.zero.rsplit(|&byte| byte == b'/').next().map(<[u8]>::to_vec),
            b'v' | b'V' => return Some(env!("CARGO_PKG_VERSION").as_bytes().to_vec()),
            b'\\' => return Some(b"\\".to_vec()),
            b'j' | b'!' | b'#' => {
                let mut text = Vec::new();
                let history = self.terminal.as_ref().and_then(|terminal| terminal.editor.as_ref());
                let number = match letter {
                    b'j' => self.jobs.list.len(),
                    _ => history.map_or(1, |editor| editor.history.first() + editor.history.lines().len()),
                };
                num::push_dec(&mut text, number as u64);
                return Some(text);
            }
            b't' => b"%H:%M:%S",
            b'T' => b"%I:%M:%S",
            b'@' => b"%I:%M %p",
            b'A' => b"%H:%M",
            b'd' => b"%a %b %d",
            _ => return None,
        };
        let zone = self.text_of_name(b"TZ");
        let zone = time::zone::load(zone.as_deref(), &mut |path| sys::fs::read_file(path, 1 << 20).ok());
        let now = sys::time::now();
        let mut text = Vec::new();
        time::format(format, &zone.local(now.sec), now.sec, now.nsec, &mut text);
        Some(text)
    }

    /// The value of a variable by its name.
    fn text_of_name(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        let sym = self.symbols.find(name)?;
        self.var(sym).map(<[u8]>::to_vec)
    }

    /// What `history` lists.
    pub fn history_text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        if let Some(editor) = self.terminal.as_ref().and_then(|terminal| terminal.editor.as_ref()) {
            for (at, line) in editor.history.lines().iter().enumerate() {
                push_numbered(editor.history.first() + at, line, &mut text);
            }
        }
        text
    }

    /// `fc`: lists, edits and repeats earlier lines.
    pub fn fc(&mut self, words: &[&[u8]]) -> Run {
        let (mut list, mut bare, mut reverse, mut again) = (false, false, false, false);
        let mut program = None;
        let mut rest = words;
        while let [[b'-', cluster @ ..], tail @ ..] = rest {
            if cluster.is_empty() || cluster.iter().all(u8::is_ascii_digit) {
                break;
            }
            rest = tail;
            if *cluster == *b"-" {
                break;
            }
            for letter in cluster.iter() {
                match letter {
                    b'l' => list = true,
                    b'n' => bare = true,
                    b'r' => reverse = true,
                    b's' => again = true,
                    b'e' => {
                        let Some((name, tail)) = rest.split_first() else {
                            return self.fail(2, &[b"-e: editor expected"]);
                        };
                        again = *name == b"-";
                        program = Some(name.to_vec());
                        rest = tail;
                    }
                    _ => return self.illegal_option(*letter),
                }
            }
        }
        let mut change = None;
        if let [first, tail @ ..] = rest
            && again
            && let Some(at) = first.iter().position(|&byte| byte == b'=')
        {
            change = Some((first.get(..at).unwrap_or_default(), first.get(at + 1..).unwrap_or_default()));
            rest = tail;
        }
        let lines = self.history_lines();
        if lines.is_empty() {
            return Ok(());
        }
        // The line with `fc` itself does not count.
        let count = lines.len().saturating_sub(1);
        let oldest = if list { count.saturating_sub(16) } else { count.saturating_sub(1) };
        let first = match rest.first() {
            Some(word) => self.history_place(&lines, count, word),
            None => Some(oldest),
        };
        let last = match (rest.get(1), rest.first()) {
            (Some(word), _) => self.history_place(&lines, count, word),
            (None, Some(_)) if !list => first,
            _ => Some(count.saturating_sub(1)),
        };
        let (Some(first), Some(last)) = (first, last) else {
            return self.fail(1, &[b"history specification out of range"]);
        };
        let backwards = (first > last) != reverse;
        let range = first.min(last)..=first.max(last);
        let mut chosen: Vec<usize> = range.filter(|&at| at < lines.len()).collect();
        if backwards {
            chosen.reverse();
        }
        if list {
            let base = self.history_first();
            for at in chosen {
                let mut text = Vec::new();
                let line = lines.get(at).map(Vec::as_slice).unwrap_or_default();
                if bare {
                    text.push(b'\t');
                    text.extend_from_slice(line);
                    text.push(b'\n');
                } else {
                    push_numbered(base + at, line, &mut text);
                }
                self.out.write(&text);
            }
            return Ok(());
        }
        let mut text = Vec::new();
        for at in chosen {
            text.extend_from_slice(lines.get(at).map(Vec::as_slice).unwrap_or_default());
            text.push(b'\n');
        }
        if again {
            if let Some((old, new)) = change
                && let Some(at) = super::pattern::find_literal(&text, old)
            {
                text.splice(at..at + old.len(), new.iter().copied());
            }
        } else {
            let named = program.or_else(|| self.var(FCEDIT).map(<[u8]>::to_vec));
            let program =
                named.or_else(|| self.var(EDITOR).map(<[u8]>::to_vec)).unwrap_or_else(|| b"vi".to_vec());
            match self.edit_text(&program, &text)? {
                Some(edited) => text = edited,
                None => return Ok(()),
            }
        }
        self.say(&text);
        if let Some(mut editor) = self.take_editor() {
            // What is run is what is remembered, in place of the `fc`.
            let end = editor.history.lines().len();
            editor.history.remove(end.saturating_sub(1));
            for line in text.split(|&byte| byte == b'\n') {
                self.remember(&mut editor, line);
            }
            self.put_editor(editor);
        }
        self.run_text(&text)
    }

    /// Lets `program` edit `text`; `None` if it fails.
    fn edit_text(&mut self, program: &[u8], text: &[u8]) -> Run<Option<Vec<u8>>> {
        let mut name = b"/tmp/sh.".to_vec();
        let mut random = [0; 8];
        if sys::host::random(&mut random).is_err() {
            return Ok(None);
        }
        random.iter().for_each(|&byte| num::push_radix(&mut name, u64::from(byte), 16, 2));
        let made = sys::fd::open(&name, libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, 0o600)
            .and_then(|fd| sys::fd::write_all(fd.raw(), text));
        if let Err(errno) = made {
            self.system_error(&[&name], errno);
            return Ok(None);
        }
        let result = self.run_text(&[program, b" ", &name].concat());
        let edited =
            if result.is_ok() && self.status == 0 { sys::fs::read_file(&name, 1 << 20).ok() } else { None };
        // It is ours, and it may be gone already.
        let _ = sys::fs::unlinkat(sys::fd::CWD, &name, 0);
        result.map(|()| edited)
    }

    fn history_lines(&mut self) -> Vec<Vec<u8>> {
        let editor = self.terminal.as_ref().and_then(|terminal| terminal.editor.as_ref());
        editor.map_or_else(Vec::new, |editor| editor.history.lines().to_vec())
    }

    fn history_first(&self) -> usize {
        self.terminal
            .as_ref()
            .and_then(|terminal| terminal.editor.as_ref())
            .map_or(1, |editor| editor.history.first())
    }

    /// Which line a number, a negative number, or the beginning of a line means.
    fn history_place(&self, lines: &[Vec<u8>], count: usize, word: &[u8]) -> Option<usize> {
        if let Ok(number) = num::parse_i64(word) {
            if number <= 0 {
                return count.checked_sub(number.unsigned_abs().max(1) as usize);
            }
            return Some((number as usize).saturating_sub(self.history_first()).min(count));
        }
        lines.get(..count)?.iter().rposition(|line| line.starts_with(word))
    }

    /// The end of a session.
    pub fn farewell(&mut self) {
        if self.interactive {
            self.hang_up();
        }
    }

    /// What the word that ends at the cursor may become.
    fn complete(&mut self, line: &[u8], cursor: usize) -> Completion {
        let line = line.get(..cursor).unwrap_or(line);
        let (start, quote) = word_start(line);
        let raw = line.get(start..).unwrap_or_default();
        let before = line.get(..start).unwrap_or_default().trim_ascii_end();
        let first =
            before.is_empty() || matches!(before.last(), Some(b'|' | b'&' | b';' | b'(' | b'`' | b'{'));
        let mut found = Completion { start, ..Completion::default() };
        if let Some(at) = raw.iter().rposition(|&byte| byte == b'$')
            && quote != b'\''
        {
            let braced = raw.get(at + 1) == Some(&b'{');
            let prefix = raw.get(at + 1 + usize::from(braced)..).unwrap_or_default();
            if prefix.iter().all(|&byte| is_name_byte(byte)) {
                found.start = start + at;
                let lead: &[u8] = if braced { b"${" } else { b"$" };
                let end: &[u8] = if braced { b"}" } else { b" " };
                for sym in self
                    .symbols
                    .sorted(&|symbol| symbol.var.flags & SET != 0 && symbol.name.starts_with(prefix))
                {
                    found.candidates.push([lead, &self.symbols.get(sym).name, end].concat());
                }
                return found;
            }
        }
        let word = unquote(raw);
        if word.starts_with(b"~") && !word.contains(&b'/') {
            let mut names: Vec<Vec<u8>> = users::Names::of_users().all();
            names.retain(|name| name.starts_with(word.get(1..).unwrap_or_default()));
            found.candidates =
                sorted(names).into_iter().map(|name| [b"~", &name[..], b"/"].concat()).collect();
            return found;
        }
        if first && !word.contains(&b'/') {
            let names = self.commands(&word);
            found.candidates =
                names.into_iter().map(|name| [&protect(&name, 0)[..], b" "].concat()).collect();
            return found;
        }
        self.complete_file(&word, quote, first, &mut found);
        found
    }

    /// The names of commands that begin with `prefix`.
    fn commands(&mut self, prefix: &[u8]) -> Vec<Vec<u8>> {
        let mut names = Vec::new();
        for symbol in &self.symbols.list {
            let is = symbol.builtin != 0 || symbol.function.is_some() || symbol.alias.is_some();
            if is && symbol.name.starts_with(prefix) {
                names.push(symbol.name.to_vec());
            }
        }
        let mut id = 0;
        while let Some(name) = (self.house.name)(id) {
            if name.starts_with(prefix) {
                names.push(name.to_vec());
            }
            id += 1;
        }
        let path = self.text_of(PATH);
        for folder in path.split(|&byte| byte == b':') {
            for (name, _) in entries(folder, prefix) {
                if super::exec::is_program(&[folder, b"/", &name].concat()) {
                    names.push(name);
                }
            }
        }
        let mut names = sorted(names);
        names.dedup();
        names
    }

    fn complete_file(&mut self, word: &[u8], quote: u8, programs: bool, found: &mut Completion) {
        let at = word.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
        let (folder, prefix) = word.split_at_checked(at).unwrap_or_default();
        let mut place = if folder.is_empty() { b".".to_vec() } else { folder.to_vec() };
        if place.starts_with(b"~") && quote == 0 {
            let home = self.expand_home(&place);
            place = home;
        }
        let mut names = Vec::new();
        for (name, kind) in entries(&place, prefix) {
            if name.starts_with(b".") && !prefix.starts_with(b".") {
                continue;
            }
            let full = [&place[..], b"/", &name].concat();
            let is_folder = kind == libc::DT_DIR || sys::fs::stat(&full).is_ok_and(|stat| stat.is_dir());
            if programs && !is_folder && !super::exec::is_program(&full) {
                continue;
            }
            names.push([&name[..], if is_folder { b"/" } else { b" " }].concat());
        }
        for name in sorted(names) {
            let (bare, end) = name.split_at_checked(name.len().saturating_sub(1)).unwrap_or_default();
            let mut text = Vec::new();
            if quote != 0 {
                text.push(quote);
            }
            text.extend(if quote == 0 && folder.starts_with(b"~") {
                folder.to_vec()
            } else {
                protect(folder, quote)
            });
            text.extend(protect(bare, quote));
            if quote != 0 && end == b" " {
                text.push(quote);
            }
            text.extend_from_slice(end);
            found.candidates.push(text);
            found.names.push(if end == b"/" { name.clone() } else { bare.to_vec() });
        }
    }

    fn expand_home(&mut self, path: &[u8]) -> Vec<u8> {
        let end = path.iter().position(|&byte| byte == b'/').unwrap_or(path.len());
        let (name, rest) = path.split_at_checked(end).unwrap_or_default();
        let mut home = self.tilde(name.get(1..).unwrap_or_default());
        home.extend_from_slice(rest);
        home
    }
}

/// What the editor asks of the shell.
struct Helper<'a> {
    shell: &'a mut Shell,
}

impl Host for Helper<'_> {
    fn complete(&mut self, line: &[u8], cursor: usize) -> Completion {
        self.shell.complete(line, cursor)
    }

    fn woken(&mut self) -> bool {
        // A trap is run between lines; SIGINT gives the line up.
        sys::signal::has_come(libc::SIGINT)
            || self.shell.trapped_signal().is_some_and(|signal| signal != libc::SIGCHLD)
    }
}

/// Adds a value to a prompt that will be expanded: nothing in it is an expansion, and nothing controls the terminal.
fn push_safely(value: &[u8], out: &mut Vec<u8>) {
    for &byte in value {
        match byte {
            b'$' | b'`' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..=31 | 127 => out.push(b'?'),
            _ => out.push(byte),
        }
    }
}

fn push_numbered(number: usize, line: &[u8], text: &mut Vec<u8>) {
    let mut digits = Vec::new();
    num::push_dec(&mut digits, number as u64);
    num::push_padded(text, &digits, 5, b' ');
    text.push(b' ');
    text.extend_from_slice(line);
    text.push(b'\n');
}

/// Where the word begins that the line ends in, and the quote that is open in it.
fn word_start(line: &[u8]) -> (usize, u8) {
    let (mut start, mut quote, mut escaped) = (0, 0, false);
    for (at, &byte) in line.iter().enumerate() {
        if escaped {
            escaped = false;
        } else if byte == b'\\' && quote != b'\'' {
            escaped = true;
        } else if quote != 0 {
            if byte == quote {
                quote = 0;
            }
        } else if matches!(byte, b'"' | b'\'') {
            quote = byte;
        } else if matches!(
            byte,
            b' ' | b'\t' | b'|' | b'&' | b';' | b'<' | b'>' | b'(' | b')' | b'`' | b'=' | b':'
        ) {
            start = at + 1;
        }
    }
    (start, quote)
}

fn unquote(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let (mut quote, mut escaped) = (0, false);
    for &byte in text {
        if escaped {
            escaped = false;
            out.push(byte);
        } else if byte == b'\\' && quote != b'\'' {
            escaped = true;
        } else if quote == 0 && matches!(byte, b'"' | b'\'') {
            quote = byte;
        } else if byte == quote {
            quote = 0;
        } else {
            out.push(byte);
        }
    }
    out
}

/// Text as it must be typed, inside of `quote` if one is open.
fn protect(text: &[u8], quote: u8) -> Vec<u8> {
    let mut out = Vec::new();
    for &byte in text {
        let special = match quote {
            b'\'' => false,
            b'"' => b"$`\"\\".contains(&byte),
            _ => b" \t\n|&;<>()$`\\\"'*?[]#~=%{}!".contains(&byte),
        };
        if special {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out
}

fn sorted(mut names: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let mut order: Vec<u32> = (0..names.len() as u32).collect();
    let name = |at: u32| names.get(at as usize);
    files::order::sort(&mut order, &mut |a, b| name(a).cmp(&name(b)));
    order.iter().filter_map(|&at| names.get_mut(at as usize).map(core::mem::take)).collect()
}

/// The entries of a folder that begin with `prefix`, and their types.
fn entries(folder: &[u8], prefix: &[u8]) -> Vec<(Vec<u8>, u8)> {
    let mut list = Vec::new();
    let folder: &[u8] = if folder.is_empty() { b"." } else { folder };
    if let Ok(fd) = sys::fs::open_dir(sys::fd::CWD, folder, 0) {
        let (mut listing, _) = walk::Listing::read(fd.raw(), &mut Vec::new());
        while let Some(entry) = listing.next() {
            if entry.name.starts_with(prefix) {
                list.push((entry.name.to_vec(), entry.kind));
            }
        }
    }
    list
}
