//! The expression: from words to steps.

use super::command::Command;
use super::test::{Field, Glob, Test, nanoseconds};
use super::{Op, Settings, State, print};
use alloc::boxed::Box;
use applet::prelude::*;
use regex::{Flags, Regex};
use sys::fs::{Stat, Timestamp};
use walk::Follow;

/// Parentheses deeper than this are refused, so that the stack holds them.
const DEPTH: u32 = 1000;

pub struct Program {
    pub ops: Vec<Op>,
    pub state: State,
}

/// A number that others are compared to: more (`+`), less (`-`) or the same.
pub struct Number {
    sign: u8,
    value: u64,
}

impl Number {
    pub fn fits(&self, value: u64) -> bool {
        match self.sign {
            b'+' => value > self.value,
            b'-' => value < self.value,
            _ => value == self.value,
        }
    }

    /// The same for an amount in units, the one that has begun included; `-` is for what is less than all of them.
    pub fn fits_begun(&self, amount: u64, unit: u64) -> bool {
        match self.sign {
            b'-' => amount < self.value.saturating_mul(unit),
            _ => self.fits(amount.div_ceil(unit)),
        }
    }
}

/// Makes the list of primaries: what each means, and its names.
macro_rules! primaries {
    ($($primary:ident $names:literal)*) => {
        #[derive(Clone, Copy, PartialEq, PartialOrd)]
        enum Primary { $($primary),* }
        const PRIMARIES: &[Primary] = &[$(Primary::$primary),*];
        /// The names of each, with commas between them, behind a blank.
        const NAMES: &[u8] = concat!($(" ", $names),*).as_bytes();
    };
}

primaries! {
    True "true,noleaf,warn,nowarn"
    Depth "depth,d"
    OneFileSystem "xdev,mount"
    Follow "follow"
    IgnoreRaces "ignore_readdir_race"
    TellRaces "noignore_readdir_race"
    DayStart "daystart"
    False "false"
    Prune "prune"
    Empty "empty"
    NoUser "nouser"
    NoGroup "nogroup"
    Readable "readable"
    Writable "writable"
    Executable "executable"
    Quit "quit"
    Delete "delete"
    Print "print"
    Print0 "print0"
    List "ls"
    Execute "exec,execdir,ok,okdir"
    // From here on they have a value.
    MaxDepth "maxdepth"
    MinDepth "mindepth"
    RegexType "regextype"
    Operands "files0-from"
    Name "name,iname"
    Path "path,ipath,wholename,iwholename"
    Link "lname,ilname"
    Regex "regex,iregex"
    Kind "type"
    OtherKind "xtype"
    Mode "perm"
    Size "size"
    Links "links"
    Inode "inum"
    UserId "uid"
    GroupId "gid"
    Used "used"
    User "user"
    Group "group"
    FileSystem "fstype"
    Same "samefile"
    Newer "newer,anewer,cnewer"
    Days "atime,ctime,mtime"
    Minutes "amin,cmin,mmin"
    Format "printf"
    PrintTo "fprint"
    Print0To "fprint0"
    FormatTo "fprintf"
    ListTo "fls"
    NewerThan ""
}

fn primary_of(name: &[u8]) -> Option<Primary> {
    if let Some([b'a' | b'B' | b'c' | b'm', b'a' | b'B' | b'c' | b'm' | b't']) = name.strip_prefix(b"newer") {
        return Some(Primary::NewerThan);
    }
    let mut groups = NAMES.split(|&byte| byte == b' ').skip(1);
    let found = groups.position(|names| names.split(|&byte| byte == b',').any(|known| known == name));
    PRIMARIES.get(found?).copied().filter(|_| !name.is_empty())
}

struct Parser<'a, 'c> {
    cx: &'c mut Context<'a>,
    args: &'a [&'a [u8]],
    ops: Vec<Op>,
    state: State,
    /// Whether an action says what is printed.
    acts: bool,
    syntax: Syntax,
    /// Where days end: now, or at the end of today.
    day_end: Timestamp,
    depth: u32,
}

#[derive(Clone, Copy)]
enum Syntax {
    Emacs,
    /// As Emacs, but `.` matches a newline, too.
    Findutils,
    Basic,
    Extended,
}

/// Reads the command line: the paths, and what is to be done with each file.
pub fn command_line<'a>(cx: &mut Context<'a>) -> Result<(Vec<&'a [u8]>, Program)> {
    let mut args = cx.args;
    let mut follow = Follow::Never;
    while let [arg, rest @ ..] = args {
        match *arg {
            b"-H" => follow = Follow::Operand,
            b"-L" => follow = Follow::Always,
            b"-P" => follow = Follow::Never,
            [b'-', b'O', b'0'..=b'9'] => {}
            _ => break,
        }
        args = rest;
    }
    if let [b"--", rest @ ..] = args {
        args = rest;
    }
    let mut operands = Vec::new();
    while let [arg, rest @ ..] = args
        && !matches!(*arg, [b'-', _, ..] | b"(" | b"!")
    {
        operands.push(*arg);
        args = rest;
    }
    let settings = Settings {
        follow,
        depth_first: false,
        least: 0,
        most: usize::MAX,
        one_file_system: false,
        ignore_races: false,
        utf8: cx.utf8(),
        operands: None,
    };
    let state = State {
        settings,
        outputs: print::Outputs::new(),
        users: users::Names::of_users(),
        groups: users::Names::of_groups(),
        zone: time::Zone::utc(),
        mounts: None,
        operand: 0,
        stat: None,
        prune: false,
        quit: false,
    };
    let mut parser = Parser {
        cx,
        args,
        ops: Vec::new(),
        state,
        acts: false,
        syntax: Syntax::Emacs,
        day_end: sys::time::now(),
        depth: 0,
    };
    if !args.is_empty() {
        parser.list()?;
        if let Some(extra) = parser.args.first() {
            return Err(match *extra {
                b")" => Error::new(b"invalid expression: ')' without '('"),
                _ => Error::parts(&[b"paths must precede expression: '", extra, b"'"]),
            });
        }
    }
    let Parser { mut ops, state, acts, .. } = parser;
    if !acts {
        let end = ops.len();
        ops.push(Op::IfFalse(end + 2));
        ops.push(Op::Test(Test::Print(0, b'\n')));
    }
    Ok((operands, Program { ops, state }))
}

/// Reads a file of the system.
pub fn read_zone(name: &[u8]) -> Option<Vec<u8>> {
    sys::fs::read_file(name, 1 << 20).ok()
}

impl<'a> Parser<'a, '_> {
    /// E , E
    fn list(&mut self) -> Result {
        self.or()?;
        while let [b",", rest @ ..] = self.args {
            self.args = rest;
            self.or()?;
        }
        Ok(())
    }

    /// E -o E: behind each one a jump to the end of all.
    fn or(&mut self) -> Result {
        let mut jumps = Vec::new();
        loop {
            self.and()?;
            let [b"-o" | b"-or", rest @ ..] = self.args else { break };
            self.args = rest;
            jumps.push(self.ops.len());
            self.ops.push(Op::IfTrue(0));
        }
        self.land(&jumps);
        Ok(())
    }

    fn and(&mut self) -> Result {
        let mut jumps = Vec::new();
        loop {
            self.not()?;
            match self.args {
                [] | [b"-o" | b"-or" | b"," | b")", ..] => break,
                [b"-a" | b"-and", rest @ ..] => self.args = rest,
                _ => {}
            }
            jumps.push(self.ops.len());
            self.ops.push(Op::IfFalse(0));
        }
        self.land(&jumps);
        Ok(())
    }

    /// Lets jumps lead to here.
    fn land(&mut self, jumps: &[usize]) {
        let end = self.ops.len();
        for &jump in jumps {
            if let Some(Op::IfFalse(to) | Op::IfTrue(to)) = self.ops.get_mut(jump) {
                *to = end;
            }
        }
    }

    fn not(&mut self) -> Result {
        let mut negated = false;
        while let [b"!" | b"-not", rest @ ..] = self.args {
            self.args = rest;
            negated = !negated;
        }
        let Some((word, rest)) = self.args.split_first() else {
            return Err(Error::new(b"invalid expression: something is missing at its end"));
        };
        self.args = rest;
        match *word {
            b"(" => {
                self.depth += 1;
                if self.depth > DEPTH {
                    return Err(Error::new(b"expression nested too deeply"));
                }
                if let [b")", ..] = self.args {
                    return Err(Error::new(b"invalid expression: empty parentheses"));
                }
                self.list()?;
                self.depth -= 1;
                let [b")", rest @ ..] = self.args else {
                    return Err(Error::new(b"invalid expression: ')' is missing"));
                };
                self.args = rest;
            }
            b"-o" | b"-or" | b"-a" | b"-and" | b"," | b")" => {
                return Err(Error::parts(&[b"invalid expression: nothing before '", word, b"'"]));
            }
            [b'-', name @ ..] => self.primary(word, name)?,
            _ => return Err(Error::parts(&[b"paths must precede expression: '", word, b"'"])),
        }
        if negated {
            self.ops.push(Op::Not);
        }
        Ok(())
    }

    /// The next word, which the primary `of` needs.
    fn value(&mut self, of: &[u8]) -> Result<&'a [u8]> {
        let Some((value, rest)) = self.args.split_first() else {
            return Err(Error::parts(&[b"missing argument to '", of, b"'"]));
        };
        self.args = rest;
        Ok(value)
    }

    fn test(&mut self, test: Test) {
        self.ops.push(Op::Test(test));
    }

    fn action(&mut self, action: Test) {
        self.acts = true;
        self.test(action);
    }

    /// A primary without a value, or what `with_value` makes of another one.
    fn primary(&mut self, word: &'a [u8], name: &'a [u8]) -> Result {
        let Some(primary) = primary_of(name) else {
            return Err(Error::parts(&[b"unknown predicate '", word, b"'"]));
        };
        if primary == Primary::Execute {
            return self.command(word);
        }
        if primary >= Primary::MaxDepth {
            let value = self.value(word)?;
            return self.with_value(primary, word, name, value);
        }
        let settings = &mut self.state.settings;
        match primary {
            Primary::Depth | Primary::Delete => settings.depth_first = true,
            Primary::OneFileSystem => settings.one_file_system = true,
            Primary::Follow => settings.follow = Follow::Always,
            Primary::IgnoreRaces | Primary::TellRaces => {
                settings.ignore_races = primary == Primary::IgnoreRaces;
            }
            Primary::DayStart => self.day_start(),
            Primary::List => self.load_zone(),
            _ => {}
        }
        self.acts |= (Primary::Quit..=Primary::List).contains(&primary);
        self.test(match primary {
            Primary::False => Test::False,
            Primary::Prune => Test::Prune,
            Primary::Empty => Test::Empty,
            Primary::NoUser => Test::NoUser,
            Primary::NoGroup => Test::NoGroup,
            Primary::Readable => Test::Access(libc::R_OK),
            Primary::Writable => Test::Access(libc::W_OK),
            Primary::Executable => Test::Access(libc::X_OK),
            Primary::Quit => Test::Quit,
            Primary::Delete => Test::Delete,
            Primary::List => Test::List(0),
            Primary::Print => Test::Print(0, b'\n'),
            Primary::Print0 => Test::Print(0, 0),
            _ => Test::True,
        });
        Ok(())
    }

    /// A primary whose value may be wrong in a way of its own.
    fn with_value(&mut self, primary: Primary, word: &[u8], name: &[u8], value: &'a [u8]) -> Result {
        let test = match primary {
            Primary::Operands => {
                self.state.settings.operands = Some(self.cx.open(value)?.rest().at(value)?);
                Test::True
            }
            Primary::Regex => self.regex(value, name.first() == Some(&b'i'))?,
            Primary::User | Primary::Group => {
                let of_user = primary == Primary::User;
                let id = if of_user { users::user_id(value) } else { users::group_id(value) };
                let Some(id) = id else {
                    return Err(Error::parts(&[b"'", value, b"' is not the name of a known ", name]));
                };
                let field = if of_user { Field::User } else { Field::Group };
                Test::Number(field, Number { sign: 0, value: u64::from(id) })
            }
            Primary::Same | Primary::Newer => {
                let stat = self.reference(value)?;
                match name.first() {
                    Some(b's') => Test::Same(stat.dev(), stat.ino()),
                    which => Test::Newer(which.copied().unwrap_or(0), stat.modified()),
                }
            }
            Primary::Format | Primary::FormatTo | Primary::PrintTo | Primary::Print0To | Primary::ListTo => {
                return self.output(primary, word, value);
            }
            _ => self
                .plain(primary, name, value)
                .ok_or_else(|| Error::parts(&[b"invalid argument '", value, b"' to '", word, b"'"]))?,
        };
        self.test(test);
        Ok(())
    }

    /// A primary whose value is right or wrong.
    fn plain(&mut self, primary: Primary, name: &[u8], value: &[u8]) -> Option<Test> {
        let first = name.first().copied().unwrap_or(0);
        let mut number = value;
        let field = match primary {
            Primary::Name | Primary::Path | Primary::Link => {
                let fold = first == b'i';
                let pattern = if fold { value.to_ascii_lowercase() } else { value.to_vec() };
                let glob = Glob { pattern, fold };
                return Some(match primary {
                    Primary::Name => Test::Name(glob),
                    Primary::Link => Test::Link(glob),
                    _ => Test::Path(glob),
                });
            }
            Primary::MaxDepth | Primary::MinDepth => {
                let depth = num::parse_u64(value).ok()? as usize;
                let settings = &mut self.state.settings;
                *(if primary == Primary::MaxDepth { &mut settings.most } else { &mut settings.least }) =
                    depth;
                return Some(Test::True);
            }
            Primary::RegexType => {
                let words = b"emacs|findutils-default|posix-basic|posix-minimal-basic|ed|sed|grep|posix-extended|egrep|\
posix-egrep|awk|gnu-awk|posix-awk";
                self.syntax = match words.split(|&byte| byte == b'|').position(|word| word == value)? {
                    0 => Syntax::Emacs,
                    1 => Syntax::Findutils,
                    2..7 => Syntax::Basic,
                    _ => Syntax::Extended,
                };
                return Some(Test::True);
            }
            Primary::Kind => return kinds(value).map(Test::Kind),
            Primary::OtherKind => return kinds(value).map(Test::OtherKind),
            Primary::Mode => return permissions(value),
            Primary::FileSystem => return Some(Test::FileSystem(value.to_vec())),
            Primary::Used => return number_of(value).map(Test::Used),
            Primary::Days => return self.age(first, value, 86400),
            Primary::Minutes => return self.age(first, value, 60),
            Primary::NewerThan => {
                let [.., x, y] = *name else { return None };
                return Some(Test::Newer(x, self.moment(y, value)?));
            }
            Primary::Size => {
                let (&letter, digits) = value.split_last()?;
                // Each with its power of two.
                let units = b"c\0w\x01b\x09k\x0aM\x14G\x1e";
                let unit = units.chunks(2).find(|unit| unit.first() == Some(&letter));
                if unit.is_some() {
                    number = digits;
                }
                Field::Size(1 << unit.and_then(|unit| unit.last()).copied().unwrap_or(9))
            }
            Primary::Links => Field::Links,
            Primary::Inode => Field::Inode,
            Primary::UserId => Field::User,
            _ => Field::Group,
        };
        number_of(number).map(|number| Test::Number(field, number))
    }

    /// Actions with a format or a file of their own.
    fn output(&mut self, primary: Primary, word: &[u8], value: &'a [u8]) -> Result {
        let number = match primary {
            Primary::Format => 0,
            _ => self.state.outputs.open(value)?,
        };
        self.load_zone();
        let action = match primary {
            Primary::PrintTo => Test::Print(number, b'\n'),
            Primary::Print0To => Test::Print(number, 0),
            Primary::ListTo => Test::List(number),
            Primary::Format => Test::Format(number, value.to_vec()),
            _ => Test::Format(number, self.value(word)?.to_vec()),
        };
        self.action(action);
        Ok(())
    }

    fn command(&mut self, word: &'a [u8]) -> Result {
        let asks = word.starts_with(b"-ok");
        let end = self.args.iter().enumerate().position(|(at, &arg)| {
            let after_braces = at > 0 && self.args.get(at - 1) == Some(&&b"{}"[..]);
            arg == b";" || arg == b"+" && after_braces && !asks
        });
        let split = end.and_then(|end| Some((self.args.get(..end)?, self.args.get(end..)?.split_first()?)));
        let Some((argv @ [_, ..], (closing, rest))) = split else {
            return Err(Error::parts(&[b"missing argument to '", word, b"'"]));
        };
        self.args = rest;
        let many = *closing == b"+";
        let command = Command::new(self.cx, argv, word.ends_with(b"dir"), asks, many)?;
        self.action(Test::Execute(Box::new(command)));
        Ok(())
    }

    fn load_zone(&mut self) {
        self.state.zone = time::load(self.cx.var(b"TZ"), &mut read_zone);
    }

    /// Lets days end where the calendar's do.
    fn day_start(&mut self) {
        self.load_zone();
        let civil = self.state.zone.local(self.day_end.sec);
        let gone = i64::from(civil.hour) * 3600 + i64::from(civil.min) * 60 + i64::from(civil.sec);
        self.day_end = Timestamp { sec: self.day_end.sec - gone + 86400, nsec: 0 };
    }

    /// The status of a file on the command line; of what it leads to, if links of the command line are followed.
    fn reference(&self, name: &[u8]) -> Result<Stat> {
        if self.state.settings.follow == Follow::Never {
            return sys::fs::lstat(name).at(name);
        }
        sys::fs::stat(name).or_else(|_| sys::fs::lstat(name)).at(name)
    }

    /// The time `y` of the file `value`, or, for `t`, the moment that it describes.
    fn moment(&mut self, y: u8, value: &[u8]) -> Option<Timestamp> {
        if y == b'B' {
            return sys::fs::birth_time(sys::fd::CWD, value, 0);
        }
        if y != b't' {
            let stat = self.reference(value).ok()?;
            return Some(match y {
                b'a' => stat.accessed(),
                b'c' => stat.changed(),
                _ => stat.modified(),
            });
        }
        self.load_zone();
        let now = sys::time::now();
        let load = &mut |name: &[u8]| time::zone::named(name, &mut read_zone);
        let zone = &self.state.zone;
        let parsed = time::parse_date(value, (now.sec, now.nsec), zone, load).ok();
        let (sec, nsec) = parsed.or_else(|| Some((time::parse_busybox(value, now.sec, zone)?, 0)))?;
        Some(Timestamp { sec, nsec })
    }

    /// -atime and the like: days begun since, or -amin: minutes, the one that has begun included.
    fn age(&self, which: u8, value: &[u8], unit: i64) -> Option<Test> {
        let (sign, number) = match value {
            [sign @ (b'+' | b'-'), rest @ ..] => (*sign, rest),
            _ => (0, value),
        };
        let (number, used) = num::parse_float(number);
        if used == 0 || used < value.len() - usize::from(sign != 0) || number.is_nan() || number < 0.0 {
            return None;
        }
        let window = unit * 1_000_000_000;
        let mut from = nanoseconds(self.day_end).saturating_sub((number * window as f64) as i64);
        if unit == 86400 && sign != b'-' {
            from = from.saturating_sub(window);
        }
        Some(Test::Time(which, sign, from, window))
    }

    fn regex(&self, pattern: &[u8], fold: bool) -> Result<Test> {
        let mut flags = if self.state.settings.utf8 { Flags::UTF8 } else { Flags::BASIC };
        if fold {
            flags = flags.with(Flags::ICASE);
        }
        if matches!(self.syntax, Syntax::Emacs) {
            flags = flags.with(Flags::NEWLINE);
        }
        let compiled = match self.syntax {
            Syntax::Basic => Regex::new(pattern, flags),
            Syntax::Extended => Regex::new(pattern, flags.with(Flags::EXTENDED)),
            _ => Regex::new(&from_emacs(pattern), flags.with(Flags::EXTENDED)),
        };
        let regex = compiled.map_err(|error| Error::parts(&[pattern, b": ", error.message()]))?;
        Ok(Test::Regex(Box::new(regex)))
    }
}

fn number_of(text: &[u8]) -> Option<Number> {
    let (sign, digits) = match text {
        [sign @ (b'+' | b'-'), rest @ ..] => (*sign, rest),
        _ => (0, text),
    };
    digits.first().filter(|byte| byte.is_ascii_digit())?;
    num::parse_u64(digits).ok().map(|value| Number { sign, value })
}

/// A list of letters, with commas between them, as bits for `DT_*`.
fn kinds(list: &[u8]) -> Option<u32> {
    let mut bits = 0;
    for letter in list.split(|&byte| byte == b',') {
        let [letter @ b'a'..=b'z'] = letter else { return None };
        bits |= 1 << super::print::LETTERS.iter().position(|known| known == letter)?;
    }
    Some(bits)
}

fn permissions(text: &[u8]) -> Option<Test> {
    let (how, mode) = match text {
        [b'-', mode @ ..] => (b'-', mode),
        [b'/' | b'+', mode @ ..] => (b'/', mode),
        _ => (b'0', text),
    };
    let mode = files::mode::Mode::parse(mode).or_else(|| files::mode::Mode::parse(text))?;
    Some(Test::Mode(how, mode.apply(0, false, 0), mode.apply(0, true, 0)))
}

/// An expression of Emacs as an extended one: there groups and `|` have backslashes, and braces are ordinary.
fn from_emacs(pattern: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = pattern;
    // At the start of an expression the repetitions stand for themselves.
    let mut starts = true;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        let mut next_starts = false;
        match (byte, tail) {
            (b'\\', [letter @ (b'(' | b')' | b'|'), tail @ ..]) => {
                out.push(*letter);
                rest = tail;
                next_starts = *letter != b')';
            }
            (b'\\', [letter, tail @ ..]) => {
                out.extend_from_slice(&[b'\\', *letter]);
                rest = tail;
            }
            (b'(' | b')' | b'|' | b'{' | b'}', _) => out.extend_from_slice(&[b'\\', byte]),
            (b'*' | b'+' | b'?', _) if starts => out.extend_from_slice(&[b'\\', byte]),
            (b'[', _) => {
                // A bracket expression ends at the first `]` that is not its first member.
                let negation = usize::from(tail.first() == Some(&b'^'));
                let end = tail.iter().skip(negation + 1).position(|&byte| byte == b']');
                let length = end.map_or(tail.len(), |end| end + negation + 2);
                let (inside, after) = tail.split_at_checked(length).unwrap_or((tail, b""));
                out.push(b'[');
                out.extend_from_slice(inside);
                rest = after;
            }
            _ => {
                out.push(byte);
                next_starts = byte == b'^' && starts;
            }
        }
        starts = next_starts;
    }
    out
}
