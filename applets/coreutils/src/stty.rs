//! usage: stty [-F DEVICE] [-a|-g] | stty [-F DEVICE] SETTING...
//!
//! Print the settings of the terminal on standard input (those that differ from `sane`), or change them.
//!
//!  -a, --all          print all settings
//!  -g, --save         print all settings so that stty can read them again
//!  -F, --file=DEVICE  of the terminal DEVICE
//!
//! SETTINGs are the names that -a prints, with - to turn one off; intr, quit, erase, kill, eof, eol, eol2, swtch, start,
//! stop, susp, rprnt, werase, lnext, discard with a character (^C, ^-, a number); rows N, cols N, min N, time N, line N,
//! ispeed N, ospeed N, N (speed); and size, speed (print), sane, raw, cooked, cbreak, evenp, oddp, parity, nl, ek, crt,
//! dec, tabs, lcase, pass8, litout, decctlq, drain.
//!
//! # Notes
//! POSIX.1-2024 stty; the rest as GNU.

use applet::prelude::*;
use sys::terminal::{self, Settings};

applet::options!("stty");

/// Modes in the order they are printed, group by group: c, i, o, l. `~`: off when sane, `!`: on when sane.
const MODES: [&[u8]; 4] = [
    b"parenb parodd cmspar cs5 cs6 cs7 cs8 ~hupcl cstopb !cread ~clocal crtscts",
    b"~ignbrk !brkint ignpar parmrk inpck ~istrip ~inlcr ~igncr !icrnl ixon ~ixoff ~iuclc ~ixany !imaxbel ~iutf8",
    b"!opost ~olcuc ~ocrnl !onlcr ~onocr ~onlret ~ofill ~ofdel !nl0 nl1 !cr0 cr1 cr2 cr3 !tab0 tab1 tab2 tab3 !bs0 bs1 !vt0 vt1 !ff0 ff1",
    b"!isig !icanon !iexten !echo !echoe !echok ~echonl ~noflsh ~xcase ~tostop ~echoprt !echoctl !echoke ~flusho ~extproc",
];

/// What the modes' bits are, and the mask they are values of (0: the bits themselves).
const BITS: [&[(u32, u32)]; 4] = [
    &[
        (libc::PARENB, 0),
        (libc::PARODD, 0),
        (libc::CMSPAR, 0),
        (libc::CS5, libc::CSIZE),
        (libc::CS6, libc::CSIZE),
        (libc::CS7, libc::CSIZE),
        (libc::CS8, libc::CSIZE),
        (libc::HUPCL, 0),
        (libc::CSTOPB, 0),
        (libc::CREAD, 0),
        (libc::CLOCAL, 0),
        (libc::CRTSCTS, 0),
    ],
    &[
        (libc::IGNBRK, 0),
        (libc::BRKINT, 0),
        (libc::IGNPAR, 0),
        (libc::PARMRK, 0),
        (libc::INPCK, 0),
        (libc::ISTRIP, 0),
        (libc::INLCR, 0),
        (libc::IGNCR, 0),
        (libc::ICRNL, 0),
        (libc::IXON, 0),
        (libc::IXOFF, 0),
        (0o1000, 0), // IUCLC
        (libc::IXANY, 0),
        (libc::IMAXBEL, 0),
        (libc::IUTF8, 0),
    ],
    &[
        (libc::OPOST, 0),
        (libc::OLCUC, 0),
        (libc::OCRNL, 0),
        (libc::ONLCR, 0),
        (libc::ONOCR, 0),
        (libc::ONLRET, 0),
        (libc::OFILL, 0),
        (libc::OFDEL, 0),
        (libc::NL0 as u32, libc::NLDLY),
        (libc::NL1 as u32, libc::NLDLY),
        (libc::CR0 as u32, libc::CRDLY),
        (libc::CR1 as u32, libc::CRDLY),
        (libc::CR2 as u32, libc::CRDLY),
        (libc::CR3 as u32, libc::CRDLY),
        (libc::TAB0 as u32, libc::TABDLY),
        (libc::TAB1 as u32, libc::TABDLY),
        (libc::TAB2 as u32, libc::TABDLY),
        (libc::TAB3 as u32, libc::TABDLY),
        (libc::BS0 as u32, libc::BSDLY),
        (libc::BS1 as u32, libc::BSDLY),
        (libc::VT0 as u32, libc::VTDLY),
        (libc::VT1 as u32, libc::VTDLY),
        (libc::FF0 as u32, libc::FFDLY),
        (libc::FF1 as u32, libc::FFDLY),
    ],
    &[
        (libc::ISIG, 0),
        (libc::ICANON, 0),
        (libc::IEXTEN, 0),
        (libc::ECHO, 0),
        (libc::ECHOE, 0),
        (libc::ECHOK, 0),
        (libc::ECHONL, 0),
        (libc::NOFLSH, 0),
        (0o4, 0), // XCASE
        (libc::TOSTOP, 0),
        (libc::ECHOPRT, 0),
        (libc::ECHOCTL, 0),
        (libc::ECHOKE, 0),
        (libc::FLUSHO, 0),
        (libc::EXTPROC, 0),
    ],
];

/// Other names of modes.
const ALIASES: &[u8] = b"hup hupcl,crterase echoe,crtkill echoke,ctlecho echoctl,prterase echoprt,tandem ixoff,flush discard,columns cols";

/// Special characters in the order they are printed, where they are kept, and what they are when sane.
const CHARACTERS: &[u8] =
    b"intr quit erase kill eof eol eol2 swtch start stop susp rprnt werase lnext discard";
const PLACES: [(usize, u8); 15] = [
    (libc::VINTR, 3),
    (libc::VQUIT, 28),
    (libc::VERASE, 127),
    (libc::VKILL, 21),
    (libc::VEOF, 4),
    (libc::VEOL, 0),
    (libc::VEOL2, 0),
    (libc::VSWTC, 0),
    (libc::VSTART, 17),
    (libc::VSTOP, 19),
    (libc::VSUSP, 26),
    (libc::VREPRINT, 18),
    (libc::VWERASE, 23),
    (libc::VLNEXT, 22),
    (libc::VDISCARD, 15),
];

/// Speeds by their codes: 0 to 15, then from 0o10001 on.
const SPEEDS: [u32; 31] = [
    0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600, 115_200,
    230_400, 460_800, 500_000, 576_000, 921_600, 1_000_000, 1_152_000, 1_500_000, 2_000_000, 2_500_000,
    3_000_000, 3_500_000, 4_000_000,
];
const SPEED_MASK: u32 = 0o10017;

/// Settings that stand for several others.
const COMBINATIONS: &[u8] = b"evenp=parenb -parodd cs7;-evenp=-parenb cs8;parity=evenp;-parity=-evenp;oddp=parenb parodd cs7;\
-oddp=-parenb cs8;nl=-icrnl -onlcr;-nl=icrnl -inlcr -igncr onlcr -ocrnl -onlret;ek=erase ^? kill ^U;\
raw=-ignbrk -brkint -ignpar -parmrk -inpck -istrip -inlcr -igncr -icrnl -ixon -ixoff -iuclc -ixany -imaxbel -opost -isig -icanon -xcase min 1 time 0;\
-raw=cooked;cooked=brkint ignpar istrip icrnl ixon opost isig icanon eof ^D eol ^-;-cooked=raw;\
cbreak=-icanon;-cbreak=icanon;pass8=-parenb -istrip cs8;-pass8=parenb istrip cs7;litout=-parenb -istrip -opost cs8;\
-litout=parenb istrip opost cs7;decctlq=-ixany;-decctlq=ixany;tabs=tab0;-tabs=tab3;lcase=xcase iuclc olcuc;\
-lcase=-xcase -iuclc -olcuc;LCASE=lcase;-LCASE=-lcase;crt=echoe echoctl echoke;dec=echoe echoctl echoke -ixany intr ^C erase ^? kill ^U;drain=;-drain=";

pub fn main(cx: &mut Context) -> Result<Exit> {
    // Settings may begin with a dash: only what is known as an option is one.
    let is_option =
        |arg: &&[u8]| matches!(*arg, [b'-', b'-', ..] | b"-a" | b"-g" | b"-ag" | b"-ga" | [b'-', b'F', ..]);
    let mut args: Vec<&[u8]> = Vec::new();
    let mut settings: Vec<&[u8]> = Vec::new();
    let mut rest = cx.args;
    while let [arg, tail @ ..] = rest {
        rest = tail;
        if !is_option(arg) {
            settings.push(arg);
            continue;
        }
        args.push(arg);
        if let (b"-F" | b"--file", [device, tail @ ..]) = (*arg, rest) {
            args.push(device);
            rest = tail;
        }
    }
    let options = Options::parse(&args, opt::GRAMMAR, true)?;
    let device = options.value(opt::FILE);
    let opened = match device {
        Some(name) => {
            Some(sys::fd::open(name, libc::O_RDONLY | libc::O_NONBLOCK | libc::O_NOCTTY, 0).at(name)?)
        }
        None => None,
    };
    let fd = opened.as_ref().map_or(sys::fd::STDIN, Fd::raw);
    let name = device.unwrap_or(b"standard input");
    let old = terminal::settings(fd).at(name)?;
    let (all, save) = (options.has(opt::ALL), options.has(opt::SAVE));
    if all && save {
        return Err(Error::usage(&[
            b"the options for verbose and stty-readable output styles are mutually exclusive",
        ]));
    }
    if (all || save) && !settings.is_empty() {
        return Err(Error::usage(&[b"when specifying an output style, modes may not be set"]));
    }
    let mut line = Terminal { settings: old, fd, column: 0, width: width(fd) };
    if save {
        line.print_saved(cx);
    } else if settings.is_empty() {
        line.print(cx, all);
    } else {
        line.change(cx, &settings, 0)?;
        if !same(&line.settings, &old) {
            terminal::set_settings(fd, libc::TCSADRAIN, &line.settings).at(name)?;
            // The call succeeds when it could do a part of it.
            let new = terminal::settings(fd).at(name)?;
            if !same(&line.settings, &new) {
                return Err(Error::parts(&[name, b": unable to perform all requested operations"]));
            }
        }
    }
    Ok(cx.status())
}

fn width(fd: i32) -> usize {
    terminal::size(fd)
        .ok()
        .map(|(columns, _)| usize::from(columns))
        .filter(|&columns| columns > 0)
        .unwrap_or(80)
}

fn same(a: &Settings, b: &Settings) -> bool {
    let flags = |s: &Settings| (s.0.c_iflag, s.0.c_oflag, s.0.c_cflag, s.0.c_lflag, s.0.c_line);
    flags(a) == flags(b) && a.0.c_cc == b.0.c_cc
}

struct Terminal {
    settings: Settings,
    fd: i32,
    column: usize,
    width: usize,
}

/// A number of at most `most`.
fn number(text: &[u8], most: u64) -> Result<u64> {
    let int = num::parse_int(text, 0);
    let valid =
        int.used == text.len() && int.used > 0 && !int.negative && !int.overflow && int.magnitude <= most;
    if valid { Ok(int.magnitude) } else { Err(applet::value::invalid(b"integer argument", text)) }
}

impl Terminal {
    fn flags(&mut self, group: usize) -> &mut u32 {
        match group {
            0 => &mut self.settings.0.c_cflag,
            1 => &mut self.settings.0.c_iflag,
            2 => &mut self.settings.0.c_oflag,
            _ => &mut self.settings.0.c_lflag,
        }
    }

    /// Calls `each` for every mode with its group, its name, what it is when sane, and its bits.
    fn each_mode(each: &mut dyn FnMut(usize, &'static [u8], u8, (u32, u32))) {
        for (group, (names, bits)) in MODES.iter().zip(BITS).enumerate() {
            for (name, &bits) in names.split(|&byte| byte == b' ').zip(bits) {
                match name {
                    [mark @ (b'~' | b'!'), rest @ ..] => each(group, rest, *mark, bits),
                    _ => each(group, name, 0, bits),
                }
            }
        }
    }

    // Printing

    /// Writes a word, on a new line if it does not fit on this one.
    fn word(&mut self, cx: &mut Context, text: &[u8]) {
        if self.column > 0 && self.column + 1 + text.len() > self.width {
            self.end_line(cx);
        }
        if self.column > 0 {
            cx.out.byte(b' ');
            self.column += 1;
        }
        cx.out.write(text);
        self.column += text.len();
    }

    fn end_line(&mut self, cx: &mut Context) {
        if self.column > 0 {
            cx.out.byte(b'\n');
        }
        self.column = 0;
    }

    /// `name = value;`
    fn pair(&mut self, cx: &mut Context, name: &[u8], between: &[u8], value: u64) {
        let mut text = [name, between].concat();
        num::push_dec(&mut text, value);
        text.push(b';');
        self.word(cx, &text);
    }

    fn print(&mut self, cx: &mut Context, all: bool) {
        let mut speed = b"speed ".to_vec();
        num::push_dec(&mut speed, u64::from(self.speed()));
        speed.extend_from_slice(b" baud;");
        self.word(cx, &speed);
        if all {
            let (columns, rows) = terminal::size(self.fd).unwrap_or((0, 0));
            self.pair(cx, b"rows", b" ", u64::from(rows));
            self.pair(cx, b"columns", b" ", u64::from(columns));
        }
        let discipline = self.settings.0.c_line;
        self.pair(cx, b"line", b" = ", u64::from(discipline));
        self.end_line(cx);
        for (name, (place, sane)) in CHARACTERS.split(|&byte| byte == b' ').zip(PLACES) {
            let value = self.settings.0.c_cc.get(place).copied().unwrap_or(0);
            if all || value != sane {
                let mut text = [name, b" = "].concat();
                push_character(value, &mut text);
                text.push(b';');
                self.word(cx, &text);
            }
        }
        // In canonical mode these two places have other meanings.
        if all || self.settings.0.c_lflag & libc::ICANON == 0 {
            let (min, time) = (self.settings.0.c_cc[libc::VMIN], self.settings.0.c_cc[libc::VTIME]);
            self.pair(cx, b"min", b" = ", u64::from(min));
            self.pair(cx, b"time", b" = ", u64::from(time));
        }
        self.end_line(cx);
        let mut modes = Vec::new();
        Terminal::each_mode(&mut |group, name, sane, bits| modes.push((group, name, sane, bits)));
        let mut last = 0;
        for (group, name, sane, (bits, mask)) in modes {
            if group != last {
                self.end_line(cx);
                last = group;
            }
            let flags = *self.flags(group);
            let on = if mask == 0 { flags & bits != 0 } else { flags & mask == bits };
            let shown = match (all, mask) {
                (true, 0) => true,
                (true, _) => on,
                (false, 0) => sane != 0 && on != (sane == b'!'),
                // Of several values, one is the sane one.
                (false, _) => on && sane == 0 && group == 2,
            };
            if shown {
                self.word(cx, &[if on { b"" } else { &b"-"[..] }, name].concat());
            }
        }
        self.end_line(cx);
    }

    fn print_saved(&mut self, cx: &mut Context) {
        let mut line = Vec::new();
        for flags in [
            self.settings.0.c_iflag,
            self.settings.0.c_oflag,
            self.settings.0.c_cflag,
            self.settings.0.c_lflag,
        ] {
            num::push_radix(&mut line, u64::from(flags), 16, 1);
            line.push(b':');
        }
        for &value in &self.settings.0.c_cc {
            num::push_radix(&mut line, u64::from(value), 16, 1);
            line.push(b':');
        }
        line.pop();
        cx.out.line(&line);
    }

    /// Takes up what `print_saved` printed; `false` if that is not what `text` is.
    fn restore(&mut self, text: &[u8]) -> bool {
        let mut new = self.settings;
        let mut fields = text.split(|&byte| byte == b':').map(|field| {
            let int = num::parse_int(field, 16);
            (int.used == field.len() && int.used > 0 && !int.negative).then_some(int.magnitude)
        });
        let mut next = || fields.next().flatten().and_then(|value| u32::try_from(value).ok());
        let (Some(input), Some(output), Some(control), Some(local)) = (next(), next(), next(), next()) else {
            return false;
        };
        (new.0.c_iflag, new.0.c_oflag, new.0.c_cflag, new.0.c_lflag) = (input, output, control, local);
        for place in &mut new.0.c_cc {
            match next().and_then(|value| u8::try_from(value).ok()) {
                Some(value) => *place = value,
                None => return false,
            }
        }
        if fields.next().is_some() {
            return false;
        }
        self.settings = new;
        true
    }

    // Speeds

    fn speed(&self) -> u32 {
        let code = self.settings.0.c_cflag & SPEED_MASK;
        let index = if code & 0o10000 != 0 { (code & 0o17) + 15 } else { code };
        SPEEDS.get(index as usize).copied().unwrap_or(0)
    }

    fn set_speed(&mut self, text: &[u8]) -> bool {
        let wanted = num::parse_u64(text.strip_suffix(b".0").unwrap_or(text)).ok();
        let Some(index) = SPEEDS.iter().position(|&speed| Some(u64::from(speed)) == wanted) else {
            return false;
        };
        let code = if index > 15 { 0o10000 | (index as u32 - 15) } else { index as u32 };
        self.settings.0.c_cflag = self.settings.0.c_cflag & !(SPEED_MASK | SPEED_MASK << 16) | code;
        // The C library keeps the speeds apart too.
        self.settings.note_speed();
        true
    }

    // Changing

    fn change(&mut self, cx: &mut Context, settings: &[&[u8]], depth: u32) -> Result {
        let mut rest = settings;
        while let [given, tail @ ..] = rest {
            rest = tail;
            let setting = alias(given);
            if self.mode(setting) {
                continue;
            }
            if let Some(combination) = find_combination(setting).filter(|_| depth < 4) {
                let parts: Vec<&[u8]> =
                    combination.split(|&byte| byte == b' ').filter(|part| !part.is_empty()).collect();
                self.change(cx, &parts, depth + 1)?;
                continue;
            }
            let number_in = |words: &[u8]| words.split(|&byte| byte == b' ').position(|name| name == setting);
            let character = number_in(CHARACTERS).and_then(|index| PLACES.get(index));
            // The first seven have a value.
            let word = number_in(b"min time line rows cols ispeed ospeed sane size speed");
            let mut value: &[u8] = b"";
            if character.is_some() || word.is_some_and(|word| word < 7) {
                let Some((first, after)) = rest.split_first() else {
                    return Err(Error::usage(&[b"missing argument to '", setting, b"'"]));
                };
                (value, rest) = (first, after);
            }
            if let Some(&(place, _)) = character {
                let value = parse_character(value)?;
                if let Some(slot) = self.settings.0.c_cc.get_mut(place) {
                    *slot = value;
                }
                continue;
            }
            match word {
                Some(word @ 0..3) => {
                    let value = number(value, 255)? as u8;
                    match word {
                        0 => self.settings.0.c_cc[libc::VMIN] = value,
                        1 => self.settings.0.c_cc[libc::VTIME] = value,
                        _ => self.settings.0.c_line = value,
                    }
                }
                Some(word @ 3..5) => {
                    let value = number(value, 65_535)? as u16;
                    let (columns, rows) = terminal::size(self.fd)?;
                    let (columns, rows) = if word == 3 { (columns, value) } else { (value, rows) };
                    terminal::set_size(self.fd, columns, rows)?;
                }
                Some(5 | 6) => {
                    if !self.set_speed(value) {
                        return Err(Error::parts(&[b"invalid ", setting, b" '", value, b"'"]));
                    }
                }
                Some(7) => self.make_sane(),
                Some(8) => {
                    let (columns, rows) = terminal::size(self.fd)?;
                    cx.out.decimal(u64::from(rows));
                    cx.out.byte(b' ');
                    cx.out.decimal(u64::from(columns));
                    cx.out.byte(b'\n');
                }
                Some(_) => {
                    cx.out.decimal(u64::from(self.speed()));
                    cx.out.byte(b'\n');
                }
                None if setting.contains(&b':') && self.restore(setting) => {}
                None if self.set_speed(setting) => {}
                None => return Err(Error::usage(&[b"invalid argument '", given, b"'"])),
            }
        }
        Ok(())
    }

    /// Turns a mode on or off; `false` if there is none of that name.
    fn mode(&mut self, setting: &[u8]) -> bool {
        let (name, on) = match setting {
            [b'-', name @ ..] => (alias(name), false),
            name => (name, true),
        };
        let mut found = None;
        Terminal::each_mode(&mut |group, known, _, bits| {
            if known == name {
                found = Some((group, bits));
            }
        });
        let Some((group, (bits, mask))) = found.filter(|(_, (_, mask))| on || *mask == 0) else {
            return false;
        };
        let flags = self.flags(group);
        *flags &= !(bits | mask);
        *flags |= if on { bits } else { 0 };
        true
    }

    fn make_sane(&mut self) {
        let mut changes = Vec::new();
        Terminal::each_mode(&mut |group, _, sane, bits| {
            if sane != 0 {
                changes.push((group, sane, bits));
            }
        });
        for (group, sane, (bits, mask)) in changes {
            let flags = self.flags(group);
            *flags &= !(bits | mask);
            *flags |= if sane == b'!' { bits } else { 0 };
        }
        // Sane, whatever the list leaves to the line.
        self.settings.0.c_iflag |= libc::IXON;
        for (place, value) in PLACES {
            if let Some(slot) = self.settings.0.c_cc.get_mut(place) {
                *slot = value;
            }
        }
    }
}

/// The name that another one stands for.
fn alias(name: &[u8]) -> &[u8] {
    let found =
        ALIASES.split(|&byte| byte == b',').find_map(|pair| pair.strip_prefix(name)?.strip_prefix(b" "));
    found.unwrap_or(name)
}

fn find_combination(name: &[u8]) -> Option<&'static [u8]> {
    COMBINATIONS.split(|&byte| byte == b';').find_map(|entry| entry.strip_prefix(name)?.strip_prefix(b"="))
}

/// `^C`, `^-` or `undef`, a number, or the character itself.
fn parse_character(text: &[u8]) -> Result<u8> {
    match text {
        b"^-" | b"undef" => Ok(0),
        [b'^', b'?'] => Ok(127),
        [b'^', letter] => Ok(letter & 0x1f),
        [single] => Ok(*single),
        [] => Ok(0),
        _ => Ok(number(text, 255)? as u8),
    }
}

fn push_character(value: u8, out: &mut Vec<u8>) {
    if value == 0 {
        return out.extend_from_slice(b"<undef>");
    }
    if value >= 0x80 {
        out.extend_from_slice(b"M-");
    }
    match value & 0x7f {
        127 => out.extend_from_slice(b"^?"),
        low @ 0..=31 => out.extend_from_slice(&[b'^', low + 64]),
        low => out.push(low),
    }
}
