//! usage: sh [-abCefhimnuvxI] [-o OPTION] [SCRIPT [ARG]... | -c COMMAND [NAME [ARG]...] | -s [ARG]...] | ash [-abCefhimnuvxI] [-o OPTION] [SCRIPT [ARG]... | -c COMMAND [NAME [ARG]...] | -s [ARG]...] | hush [-abCefhimnuvxI] [-o OPTION] [SCRIPT [ARG]... | -c COMMAND [NAME [ARG]...] | -s [ARG]...]
//!
//! The shell: run a script, a command, or what is typed.
//!
//!  -c         run COMMAND; NAME is $0, the ARGs are $1 ...
//!  -s         read commands from standard input
//!  -i         interactive: prompts, job control, line editing
//!  -l         a login shell: read /etc/profile and ~/.profile first
//!  -e         end when a command fails
//!  -u         an unset variable is an error
//!  -x         show commands before they are run
//!  -v         show lines as they are read
//!  -n         read commands, run nothing
//!  -f         no pathname expansion
//!  -a         export what is assigned
//!  -b         tell of ended jobs at once
//!  -C         > does not overwrite files
//!  -h         remember where commands are
//!  -m         job control
//!  -I         an end of file does not end the shell
//!  -o OPTION  by name: set -o lists them
//!
//! 'help' lists the built-in commands.
//!
//! # Notes
//! POSIX.1-2024 sh. With the option `sh-extras`: arrays, `[[ ]]`, `(( ))`, `for (( ))`, `select`, `function`, `time`, `mapfile`,
//! `{a,b}`, `${x/p/r}` `${x:o:l}` `${!x}` `${x^^}` `${x@Q}`, `&>` `>&` `<<<` `<( )` `>( )` `|&`, `x+=y`, `source`, `let`, `declare`.
//!
//! Commands of this binary run in the shell's own process where that makes no difference; a subshell is a saved state, not
//! a process (docs/design.md). With CAIRN_SH_FORK in the environment every subshell and every command is a process.
//! A command in a folder of PATH that is not one of the system's own (/bin, /usr/bin, /sbin, /usr/sbin) goes before ours.

mod arith;
mod arrays;
mod braces;
mod builtins;
mod children;
mod command;
mod complete;
mod compound;
mod declare;
mod exec;
mod expand;
mod glob;
mod here;
mod history;
mod interactive;
mod jobs;
mod launch;
mod lexer;
mod names;
mod param;
mod parser;
mod pattern;
mod places;
mod read;
mod redirect;
mod shell;
mod simple;
mod source;
mod subshell;
mod symbols;
mod traps;
mod tree;

use alloc::rc::Rc;
use applet::prelude::*;

use jobs::JobTable;
use parser::Parser;
use shell::*;
use source::{Source, Supply};
use symbols::*;

impl Shell {
    fn new(cx: &mut Context) -> Shell {
        sys::process::mark_stack();
        let mut symbols = Symbols::new();
        builtins::announce(&mut symbols);
        let mut shell = Shell {
            house: cx.house(),
            symbols,
            zero: cx.name.to_vec(),
            state: Saved {
                options: HASHALL,
                params: Params::default(),
                traps: Rc::new(alloc::vec![None; ERR + 1]),
                loop_depth: 0,
                function_depth: 0,
                getopts_at: 0,
                last_background: 0,
                line: 1,
                random: sys::process::id() as u32 ^ sys::time::now().nsec,
                errexit_off: 0,
                in_traps: 0,
                traps_inherited: false,
                outer_traps: None,
            },
            status: 0,
            leaving: 0,
            substituted: None,
            journal: Vec::new(),
            level: 0,
            before_trap: None,
            wrong: false,
            own_level: 0,
            boundaries: Vec::new(),
            locals: Vec::new(),
            scope: 0,
            calls: Vec::new(),
            out: Writer::new(sys::fd::STDOUT),
            captured: false,
            jobs: JobTable::default(),
            pid: sys::process::id(),
            environment: Vec::new(),
            environment_old: true,
            foreign: Vec::new(),
            path_generation: 1,
            ifs: [false; 256],
            utf8: false,
            seconds_from: sys::time::now().sec,
            spare: Vec::new(),
            lists: Vec::new(),
            statuses: Vec::new(),
            sources: Vec::new(),
            interactive: false,
            login: false,
            always_fork: cx.var(b"CAIRN_SH_FORK").is_some_and(|value| !value.is_empty() && value != b"0"),
            terminal: None,
            ignored_at_start: 0,
            substitutions: Vec::new(),
            script: false,
            caught: 0,
            current: 0,
            warned_of_jobs: 0,
            expansion_failed: false,
            is_last_text: false,
            interrupted: false,
            closed_standard: false,
        };
        shell.import(cx);
        shell
    }

    /// Takes variables over from the environment, and makes those that the shell sets itself.
    #[inline(never)]
    fn import(&mut self, cx: &Context) {
        for entry in cx.environment() {
            let at = entry.iter().position(|&byte| byte == b'=').unwrap_or(entry.len());
            let (name, value) = entry.split_at_checked(at).unwrap_or_default();
            if !is_name(name) {
                self.foreign.push(entry.to_vec());
                continue;
            }
            let sym = self.symbols.intern(name);
            let var = &mut self.symbols.get_mut(sym).var;
            var.value = value.get(1..).unwrap_or_default().to_vec();
            var.flags = SET | EXPORT;
        }
        self.environment_old = true;
        // POSIX: IFS is not taken from the environment.
        let plain = |shell: &mut Shell, sym: Sym, value: &[u8]| {
            let var = &mut shell.symbols.get_mut(sym).var;
            var.value = value.to_vec();
            var.flags |= SET;
        };
        plain(self, IFS, b" \t\n");
        plain(self, OPTIND, b"1");
        plain(self, PS4, b"+ ");
        plain(self, PPID, &decimal(i64::from(sys::process::parent())));
        if self.symbols.get(PATH).var.flags & SET == 0 {
            plain(self, PATH, b"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        }
        self.symbols.get_mut(LINENO).var.flags |= SET | DYNAMIC;
        if cfg!(feature = "sh-extras") {
            for sym in
                [RANDOM, SECONDS, EPOCHSECONDS, EPOCHREALTIME, FUNCNAME, BASHPID, PIPESTATUS, BASH_SOURCE]
            {
                let var = &mut self.symbols.get_mut(sym).var;
                var.flags = var.flags & EXPORT | SET | DYNAMIC;
            }
        }
        // PWD counts only if it names where we are, by a path without dots.
        if !places::is_here(&self.symbols.get(PWD).var.value) {
            let here = sys::fs::current_dir().unwrap_or_default();
            plain(self, PWD, &here);
        }
        self.symbols.get_mut(PWD).var.flags |= EXPORT;
        self.set_ifs();
        self.set_locale();
    }

    /// Runs all commands of a source.
    fn run_source(&mut self, source: &mut Source) -> Run {
        let mut empty = true;
        loop {
            source.trim();
            let line = self.state.line;
            let mut parser = Parser::new(self, source);
            let parsed = parser.complete_command();
            match parsed {
                Ok(None) => {
                    if empty {
                        self.status = 0;
                    }
                    return Ok(());
                }
                Ok(Some(command)) => {
                    empty = false;
                    if self.has(NOEXEC) && !self.interactive {
                        continue;
                    }
                    // The last command of a -c string takes the process's place.
                    let tail = source.supply == Supply::None
                        && self.is_last_text
                        && source.text.get(source.at..).unwrap_or_default().trim_ascii().is_empty();
                    self.run(&command, tail && self.may_exec())?;
                }
                Err(_) if core::mem::take(&mut self.interrupted) => return Err(Stop::Abort),
                Err(fault) => {
                    self.state.line = fault.line;
                    self.error(&[&fault.text]);
                    self.state.line = line;
                    self.status = 2;
                    return Err(Stop::Abort);
                }
            }
        }
    }

    /// Whether nothing is left to do for this process after its last command.
    fn may_exec(&self) -> bool {
        !self.interactive
            && !self.has(MONITOR)
            && self.state.traps.iter().all(Option::is_none)
            && self.locals.is_empty()
    }

    /// Runs text: `eval`, traps.
    pub fn run_text(&mut self, text: &[u8]) -> Run {
        self.nested()?;
        self.run_inner(Source::new(text.to_vec(), Supply::None, self.state.line))
    }

    fn run_inner(&mut self, mut source: Source) -> Run {
        let last = core::mem::replace(&mut self.is_last_text, false);
        let result = self.run_source(&mut source);
        self.is_last_text = last;
        result
    }

    /// Runs the commands of an open file: `.`, and a script.
    pub fn run_file(&mut self, fd: i32) -> Run {
        self.nested()?;
        let line = self.state.line;
        let result = self.run_inner(Source::new(Vec::new(), Supply::File(fd), 1));
        self.state.line = line;
        result
    }

    /// From the first command to the end.
    #[inline(never)]
    fn session(&mut self, work: Work) {
        for signal in 1..32 {
            if sys::signal::is_ignored(signal) {
                self.ignored_at_start |= 1 << (signal - 1);
            }
        }
        self.begin();
        let (text, supply) = match work {
            Work::Command(text) => (text, Supply::None),
            Work::Script(ref fd) => (Vec::new(), Supply::File(fd.raw())),
            Work::Stdin => (Vec::new(), Supply::Stdin),
        };
        self.is_last_text = supply == Supply::None;
        let result = match supply {
            Supply::Stdin if self.interactive => self.converse(),
            _ => self.run_source(&mut Source::new(text, supply, 1)),
        };
        self.settle(result);
        self.run_exit_trap();
        self.farewell();
        self.flush();
        if self.level > 0 {
            sys::process::leave(self.status);
        }
    }
}

/// What the command line asks for.
enum Work {
    Command(Vec<u8>),
    Script(Fd),
    Stdin,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.answer_help()?;
    cx.failure = 2;
    let mut shell = Shell::new(cx);
    if let Some(work) = command_line(cx, &mut shell)? {
        shell.session(work);
    }
    Ok(Exit(shell.status))
}

/// Reads options and operands; `None`: the shell's status is to be the end, the reason being told.
#[inline(never)]
fn command_line(cx: &mut Context, shell: &mut Shell) -> Result<Option<Work>> {
    let (mut command, mut stdin, mut interactive) = (false, false, false);
    let mut rest = cx.args;
    while let [word, tail @ ..] = rest {
        let (sign, cluster) = match word {
            [b'-'] | [b'-', b'-'] => {
                rest = tail;
                break;
            }
            [b'-', b'-', long @ ..] => {
                match place_of(b"login posix norc noprofile", long) {
                    Some(place) => shell.login |= place == 0,
                    None => return Err(Error::usage(&[b"unrecognized option '", word, b"'"])),
                }
                rest = tail;
                continue;
            }
            [sign @ (b'-' | b'+'), cluster @ ..] if !cluster.is_empty() => (*sign, cluster),
            _ => break,
        };
        rest = tail;
        for &letter in cluster {
            match letter {
                b'c' => command = true,
                b's' => stdin = true,
                b'i' => interactive = true,
                b'l' => shell.login = true,
                b'o' => {
                    let Some((name, tail)) = rest.split_first() else {
                        return Err(Error::usage(&[b"option requires an argument -- 'o'"]));
                    };
                    if shell.set_options(&[&[sign, b'o'], name]).is_err() {
                        return Ok(None);
                    }
                    rest = tail;
                }
                _ => {
                    if shell.set_options(&[&[sign, letter]]).is_err() {
                        return Ok(None);
                    }
                }
            }
        }
    }
    let work = if command {
        let Some((text, tail)) = rest.split_first() else {
            return Err(Error::usage(&[b"option requires an argument -- 'c'"]));
        };
        rest = tail;
        if let Some((name, tail)) = rest.split_first() {
            shell.zero = name.to_vec();
            rest = tail;
        }
        Work::Command(text.to_vec())
    } else if let ([file, tail @ ..], false) = (rest, stdin) {
        rest = tail;
        shell.zero = file.to_vec();
        shell.script = true;
        match open_script(shell, file) {
            Ok(fd) => Work::Script(fd),
            Err(errno) => {
                shell.status = if errno.0 == libc::ENOENT { 127 } else { 126 };
                cx.report(Error::system(file, errno));
                return Ok(None);
            }
        }
    } else {
        shell.state.options |= STDIN;
        Work::Stdin
    };
    shell.state.params = Params::new(rest);
    let on_terminal = matches!(work, Work::Stdin)
        && sys::terminal::is_terminal(sys::fd::STDIN)
        && sys::terminal::is_terminal(sys::fd::STDERR);
    if interactive || on_terminal {
        shell.interactive = true;
        shell.state.options |= INTERACTIVE;
    }
    Ok(Some(work))
}

/// Opens a script: by its name, or else found in `PATH`. Its descriptor is out of the way of the script's own.
fn open_script(shell: &mut Shell, file: &[u8]) -> sys::Result<Fd> {
    let found = match sys::fd::open_read(file) {
        Err(errno) if !file.contains(&b'/') => {
            let path = shell.text_of(PATH);
            command::candidates(&path, file).find_map(|file| sys::fd::open_read(&file).ok()).ok_or(errno)
        }
        result => result,
    }?;
    if sys::fs::fstat(found.raw())?.is_dir() {
        return Err(Errno(libc::EISDIR));
    }
    sys::fd::duplicate_above(found.raw(), redirect::OWN)
}
