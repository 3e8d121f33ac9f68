//! usage: vi [-HRr] [-c COMMAND] [+[COMMAND]] [FILE]...
//!
//! Edit FILEs on the screen.
//!
//!  -c COMMAND  run an ex COMMAND at the start; also +COMMAND
//!  -H          list the commands
//!  -r          take FILE from FILE.save, where its changes are when the terminal went away; without
//!              FILE, list what can be recovered here
//!  -R          FILEs are only to be read
//!
//! h j k l w b e 0 ^ $ G gg f t % { } ( ) H M L / ? n N * ': move
//! i a I A o O R: insert; d c y < > ! gu gU g~ with a motion or iw i" i( ip; x s r ~ J p P
//! u ^R: undo, redo; . repeat; v V: select; "x register; q @ macro; ZZ :wq :q!: leave
//! :w :e :r :n :s :g :v :d :m :t :j :y :pu :k :set :! := :map :ab; ^N ^P while inserting: complete
//!
//! # Notes
//! POSIX.1-2024 vi and ex as far as hands use them, with text objects, visual mode and undo of many steps as in vim.
//! Commands are also taken from EXINIT and ~/.exrc. Written files keep their owner, permissions and links. When the
//! terminal goes away, a changed text is kept as FILE.save (vi.save without FILE); `-r` takes it from there, and when the
//! whole text is written, FILE.save is removed. `:map` is for command mode, `:map!` for insertions; a mapping may use others.
//! Options of `:set`: autoindent expandtab flash ignorecase list number readonly shiftwidth showmatch smartcase tabstop
//! wrapscan.

mod command;
mod draw;
mod ex;
mod file;
mod insert;
mod map;
mod motion;
mod object;
mod operate;
mod substitute;
mod text;
mod visual;

use applet::prelude::*;
use regex::{Flags, Regex};
use term::{Key, Screen};

use text::Text;

applet::options!("vi");

/// A text that was yanked or deleted.
struct Register {
    name: u8,
    text: Vec<u8>,
    lines: bool,
}

/// What `:set` switches on and off: bits of [`Settings::flags`].
mod flag {
    pub const AUTOINDENT: u16 = 1;
    pub const EXPANDTAB: u16 = 1 << 1;
    pub const IGNORECASE: u16 = 1 << 2;
    pub const LIST: u16 = 1 << 3;
    pub const NUMBER: u16 = 1 << 4;
    pub const READONLY: u16 = 1 << 5;
    pub const SHOWMATCH: u16 = 1 << 6;
    pub const SMARTCASE: u16 = 1 << 7;
    pub const WRAPSCAN: u16 = 1 << 8;
    pub const FLASH: u16 = 1 << 9;
    /// The short and the long names, in the order of the bits.
    pub const NAMES: &[u8] =
        b"ai autoindent et expandtab ic ignorecase list list nu number ro readonly sm showmatch \
        scs smartcase ws wrapscan fl flash";
}

/// What `:set` sets.
struct Settings {
    flags: u16,
    shiftwidth: usize,
}

impl Settings {
    fn on(&self, flag: u16) -> bool {
        self.flags & flag != 0
    }
}

/// A change that `.` repeats.
#[derive(Default)]
struct Repeat {
    count: usize,
    register: u8,
    keys: Vec<Key>,
}

/// The editor. What is used most stands first, where shorter instructions reach it.
#[repr(C)]
struct Vi<'c, 'a> {
    cursor: usize,
    text: Text,
    cx: &'c mut Context<'a>,
    screen: Screen,
    /// The column that `j` and `k` keep to, as long as `keep_column`.
    column: usize,
    keep_column: bool,
    files: Vec<Vec<u8>>,
    file: usize,
    name: Vec<u8>,
    /// The line at the top of the screen, and a row of it.
    top: (usize, usize),
    set: Settings,
    registers: Vec<Register>,
    /// The register of the command, 0 for none.
    register: u8,
    pattern: Vec<u8>,
    search_forward: bool,
    search_offset: Vec<u8>,
    last_find: (u8, Key),
    substitution: substitute::Substitution,
    last_ex: Vec<u8>,
    asked: Vec<Vec<u8>>,
    message: Vec<u8>,
    /// What is shown at the left of the status line: the mode.
    mode: &'static [u8],
    /// Where the selection began, and whether it is of lines.
    selection: Option<(usize, bool)>,
    /// Whether the last selection, between the marks `<` and `>`, was of lines.
    selected_lines: bool,
    repeat: Repeat,
    /// The command that is being read.
    current: Repeat,
    /// The keys of the command, for `.`.
    record: Vec<Key>,
    /// The command has changed the text: it can be repeated.
    changed: bool,
    /// Injected keys down to this number repeat a change: they are not recorded.
    replaying: Option<usize>,
    macro_name: u8,
    macro_keys: Vec<Key>,
    last_macro: u8,
    maps: Vec<map::Map>,
    /// Mappings that have been done since a key was typed.
    mapped: usize,
    /// The text comes from its `.save`, which goes when it is written.
    recovered: bool,
    /// A line as it was before it was changed, for `U`: its number and its bytes.
    line_before: (usize, Vec<u8>),
    done: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    if options.has(opt::H) {
        return Err(Error::help());
    }
    if options.has(opt::r) && options.operands.is_empty() {
        file::list_kept(cx)?;
        return Ok(cx.status());
    }
    let mut commands = Vec::new();
    for &(id, value) in &options.list {
        if id == opt::c {
            commands.push(value);
        }
    }
    let mut files: Vec<Vec<u8>> = Vec::new();
    for operand in &options.operands {
        match operand.strip_prefix(b"+") {
            Some(b"") if files.is_empty() => commands.push(b"$"),
            Some(command) if files.is_empty() => commands.push(command),
            _ => files.push(operand.to_vec()),
        }
    }
    let utf8 = cx.utf8();
    let fallback = crate::console::window_fallback(cx);
    cx.out.flush().at(b"write error")?;
    let opened = Screen::open(sys::fd::STDIN, sys::fd::STDOUT, utf8, true, fallback);
    let mut screen = opened.at(b"standard input")?;
    screen.keys.alt = false;
    let mut vi = Vi {
        cx,
        screen,
        text: Text::new(Vec::new(), utf8),
        cursor: 0,
        column: 0,
        keep_column: false,
        files,
        file: 0,
        name: Vec::new(),
        top: (0, 0),
        set: Settings {
            flags: if options.has(opt::R) { flag::WRAPSCAN | flag::READONLY } else { flag::WRAPSCAN },
            shiftwidth: 8,
        },
        registers: Vec::new(),
        register: 0,
        pattern: Vec::new(),
        search_forward: true,
        search_offset: Vec::new(),
        last_find: (b'f', Key(0)),
        substitution: Default::default(),
        last_ex: Vec::new(),
        asked: Vec::new(),
        message: Vec::new(),
        mode: b"-",
        selection: None,
        selected_lines: false,
        repeat: Repeat::default(),
        current: Repeat::default(),
        record: Vec::new(),
        changed: false,
        replaying: None,
        macro_name: 0,
        macro_keys: Vec::new(),
        last_macro: 0,
        maps: Vec::new(),
        mapped: 0,
        recovered: options.has(opt::r),
        line_before: (usize::MAX, Vec::new()),
        done: false,
    };
    vi.start(&commands);
    let status = vi.cx.status();
    drop(vi);
    Ok(status)
}

impl Vi<'_, '_> {
    fn start(&mut self, commands: &[&[u8]]) {
        if let Some(init) = self.cx.var(b"EXINIT") {
            self.ex_lines(init);
        } else if let Some(home) = self.cx.var(b"HOME") {
            self.source(&[home, b"/.exrc"].concat());
        }
        let first = self.files.first().cloned().unwrap_or_default();
        self.edit(&first);
        for command in commands {
            self.ex(command);
        }
        while !self.done {
            self.command();
        }
    }

    /// The next key. What is typed is recorded for `.` and for macros.
    fn key(&mut self) -> Key {
        loop {
            if !self.screen.keys.waiting() {
                self.draw();
            }
            let injected = self.screen.keys.injected();
            if injected > 0 && self.screen.keys.interrupted() {
                self.fail();
                continue;
            }
            if self.replaying.is_some_and(|level| injected <= level) {
                self.replaying = None;
            }
            match self.screen.keys.read() {
                Key::RESIZE => self.screen.resize(),
                Key::SIGNAL | Key::UNKNOWN => {}
                Key::GONE => {
                    self.keep();
                    return Key::GONE;
                }
                key => {
                    if self.replaying.is_none() {
                        self.record.push(key);
                    }
                    if self.macro_name != 0 && injected == 0 {
                        self.macro_keys.push(key);
                    }
                    return key;
                }
            }
        }
    }

    /// A line typed at the bottom; keys of macros come first.
    fn ask(&mut self, prompt: &[u8]) -> Option<Vec<u8>> {
        if self.screen.keys.injected() == 0 && self.macro_name == 0 {
            let asked = core::mem::take(&mut self.asked);
            if !self.screen.keys.waiting() {
                self.draw();
            }
            let line = self.screen.ask(prompt, self.text.utf8, &asked);
            self.asked = asked;
            if let Some(line) = &line {
                self.asked.push(line.clone());
                for &byte in line {
                    self.record.push(Key(u32::from(byte)));
                }
                self.record.push(Key(13));
            }
            return line;
        }
        let mut line = Vec::new();
        loop {
            match self.key() {
                Key(10 | 13) => return Some(line),
                Key(3 | 27) | Key::GONE => return None,
                Key(8 | 127) => {
                    line.pop()?;
                }
                Key(22) => self.key().write(&mut line),
                key => key.write(&mut line),
            }
        }
    }

    /// Something went wrong: a sound, and the end of macros.
    fn fail(&mut self) {
        if self.set.on(flag::FLASH) {
            self.screen.write(b"\x1b[?5h");
            self.screen.flush();
            let _ = sys::fd::poll(&mut [], 50);
        }
        self.screen.write(if self.set.on(flag::FLASH) { b"\x1b[?5l" } else { b"\x07" });
        self.screen.keys.drop_injected();
        self.replaying = None;
    }

    /// A message on the last line.
    fn say(&mut self, parts: &[&[u8]]) {
        self.message = parts.concat();
    }

    /// A message of one piece; false.
    #[inline(never)]
    fn tell(&mut self, message: &[u8]) -> bool {
        self.message = message.to_vec();
        false
    }

    /// Compiles a pattern by the settings; says what is wrong with it.
    fn compile(&mut self, pattern: &[u8]) -> Option<Regex> {
        self.compile_as(pattern, 0)
    }

    /// The same; case does not count with `i`, counts with `I`, and does as set with another `case`.
    fn compile_as(&mut self, pattern: &[u8], case: u8) -> Option<Regex> {
        let mut flags = Flags::BASIC.with(Flags::NEWLINE);
        if self.text.utf8 {
            flags = flags.with(Flags::UTF8);
        }
        let capitals = pattern.iter().any(u8::is_ascii_uppercase);
        let folds = self.set.on(flag::IGNORECASE) && !(self.set.on(flag::SMARTCASE) && capitals);
        if case == b'i' || case != b'I' && folds {
            flags = flags.with(Flags::ICASE);
        }
        match Regex::new(pattern, flags) {
            Ok(regex) => Some(regex),
            Err(error) => {
                self.tell(error.message());
                None
            }
        }
    }

    /// The text of a register, and whether it is of whole lines.
    fn stored(&self, name: u8) -> Option<(Vec<u8>, bool)> {
        let name = if name == 0 { b'"' } else { name.to_ascii_lowercase() };
        if name == b'%' {
            return Some((self.name.clone(), false));
        }
        let register = self.registers.iter().find(|register| register.name == name)?;
        Some((register.text.clone(), register.lines))
    }

    fn put_register(&mut self, name: u8, text: &[u8], lines: bool) {
        let lower = name.to_ascii_lowercase();
        let place = self.registers.iter().position(|register| register.name == lower);
        let old = place.map(|place| self.registers.swap_remove(place)).filter(|_| name != lower);
        let mut register = old.unwrap_or(Register { name: lower, text: Vec::new(), lines });
        if lines && !register.lines {
            register.text.push(b'\n');
        }
        register.lines |= lines;
        register.text.extend_from_slice(text);
        if register.lines && register.text.last() != Some(&b'\n') {
            register.text.push(b'\n');
        }
        self.registers.push(register);
    }

    /// Keeps a text that is yanked or `deleted`.
    fn store(&mut self, text: &[u8], lines: bool, deleted: bool) {
        let name = self.register;
        if name == b'_' || text.is_empty() {
            return;
        }
        let named = name != 0 && name != b'"';
        if named || !deleted {
            self.put_register(if named { name } else { b'0' }, text, lines);
        }
        if deleted && (lines || text.contains(&b'\n')) {
            for register in &mut self.registers {
                if matches!(register.name, b'1'..=b'9') {
                    // What comes behind 9 is never asked for; its place is taken by the new one.
                    register.name = if register.name == b'9' { b'1' } else { register.name + 1 };
                }
            }
            self.put_register(b'1', text, lines);
        } else if deleted && !named {
            self.put_register(b'-', text, lines);
        }
        let (all, lines) = match name {
            b'a'..=b'z' | b'A'..=b'Z' => self.stored(name).unwrap_or_default(),
            _ => (text.to_vec(), lines),
        };
        self.put_register(b'"', &all, lines);
    }
}
