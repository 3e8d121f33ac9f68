//! Colors, as `LS_COLORS` says.

use super::{File, Ls};
use alloc::vec;
use alloc::vec::Vec;
use applet::Context;
use sys::libc;

/// The keys of `LS_COLORS`, each at twice the place of its sequence in [`Colors::codes`].
const KEYS: &[u8] = b"lcrcecrsnofidilnpisobdcdmiorexdosusgstowtwcamhcl";
/// What they are without it, with commas between.
const USUAL: &[u8] =
    b"\x1b[,m,,0,,,01;34,01;36,33,01;35,01;33,01;33,,,01;32,01;35,37;41,30;43,37;44,34;42,30;42,,,\x1b[K";

const LEFT: usize = 0;
const RIGHT: usize = 1;
const END: usize = 2;
const RESET: usize = 3;
const NORMAL: usize = 4;
const FILE: usize = 5;
const DIR: usize = 6;
const LINK: usize = 7;
const FIFO: usize = 8;
const SOCKET: usize = 9;
const BLOCK: usize = 10;
const CHARACTER: usize = 11;
const MISSING: usize = 12;
const ORPHAN: usize = 13;
const EXECUTABLE: usize = 14;
const SETUID: usize = 16;
const SETGID: usize = 17;
const STICKY: usize = 18;
const OTHER_WRITABLE: usize = 19;
const STICKY_OTHER_WRITABLE: usize = 20;
const HARD_LINKS: usize = 22;
const CLEAR: usize = 23;

pub struct Colors {
    codes: Vec<Vec<u8>>,
    /// Endings of names and their sequences; the last one that fits counts.
    endings: Vec<(Vec<u8>, Vec<u8>)>,
    /// A link has the color of what it leads to.
    as_target: bool,
    used: bool,
}

/// The colors the environment asks for; `None` if the terminal has none.
pub fn load(cx: &mut Context) -> Option<Colors> {
    let codes = USUAL.split(|&byte| byte == b',').map(<[u8]>::to_vec).collect();
    let mut colors = Colors { codes, endings: vec![], as_target: false, used: false };
    let Some(text) = cx.var(b"LS_COLORS").filter(|text| !text.is_empty()) else {
        let set = |name| cx.var(name).is_some_and(|value| !matches!(value, b"" | b"dumb"));
        return (set(b"COLORTERM") || set(b"TERM")).then_some(colors);
    };
    if colors.parse(text).is_none() {
        cx.warn(&[b"unparsable value for LS_COLORS environment variable"]);
        return None;
    }
    let link = colors.codes.get_mut(LINK)?;
    if link == b"target" {
        link.clear();
        colors.as_target = true;
    }
    Some(colors)
}

/// One sequence, up to a colon or an equals sign, with its escapes; what is behind it.
fn sequence(mut text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut out = Vec::new();
    loop {
        match text {
            [] | [b':' | b'=', ..] => return Some((out, text)),
            [b'\\', b'0'..=b'7', ..] => {
                let mut value = 0u8;
                text = text.get(1..)?;
                while let [digit @ b'0'..=b'7', rest @ ..] = text {
                    value = value.wrapping_mul(8).wrapping_add(digit - b'0');
                    text = rest;
                }
                out.push(value);
            }
            [b'\\', b'x' | b'X', rest @ ..] => {
                let digits = rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
                out.push(num::parse_int(rest, 16).magnitude as u8);
                text = rest.get(digits..)?;
            }
            [b'\\', letter, rest @ ..] => {
                out.push(match letter {
                    b'a' => 7,
                    b'b' => 8,
                    b'e' => 0x1b,
                    b'f' => 12,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'v' => 11,
                    b'?' => 127,
                    b'_' => b' ',
                    other => *other,
                });
                text = rest;
            }
            [b'\\'] => return None,
            [b'^', letter @ b'@'..=b'~', rest @ ..] => {
                out.push(letter & 31);
                text = rest;
            }
            [b'^', b'?', rest @ ..] => {
                out.push(127);
                text = rest;
            }
            [b'^', ..] => return None,
            [byte, rest @ ..] => {
                out.push(*byte);
                text = rest;
            }
        }
    }
}

impl Colors {
    fn parse(&mut self, mut text: &[u8]) -> Option<()> {
        loop {
            text = match text {
                [] => return Some(()),
                [b':', rest @ ..] => rest,
                [b'*', rest @ ..] => {
                    let (ending, rest) = sequence(rest)?;
                    let (code, rest) = sequence(rest.strip_prefix(b"=")?)?;
                    self.endings.push((ending, code));
                    rest
                }
                [a, b, b'=', rest @ ..] => {
                    let index = KEYS.chunks(2).position(|key| key == [*a, *b])?;
                    let (code, rest) = sequence(rest)?;
                    *self.codes.get_mut(index)? = code;
                    rest
                }
                _ => return None,
            };
        }
    }

    fn code(&self, index: usize) -> &[u8] {
        self.codes.get(index).map_or(b"", |code| code)
    }

    /// Whether a sequence says more than "normal".
    fn is_set(&self, index: usize) -> bool {
        !matches!(self.code(index), b"" | b"0" | b"00")
    }

    /// Whether it must be known where links lead.
    pub fn follows_links(&self, long: bool) -> bool {
        self.is_set(ORPHAN) || self.as_target || long && self.is_set(MISSING)
    }

    fn push(&self, code: &[u8], line: &mut Vec<u8>) {
        for part in [self.code(LEFT), code, self.code(RIGHT)] {
            line.extend_from_slice(part);
        }
    }

    fn push_end(&self, line: &mut Vec<u8>) {
        if self.code(END).is_empty() {
            self.push(self.code(RESET), line);
        } else {
            line.extend_from_slice(self.code(END));
        }
    }

    /// The place in `codes` for a file by its mode.
    fn by_mode(&self, mode: u32, links: u64) -> usize {
        // Each with the bits that must all be set.
        let file = [(0o4000, SETUID), (0o2000, SETGID)];
        let folder = [(0o1002, STICKY_OTHER_WRITABLE), (0o2, OTHER_WRITABLE), (0o1000, STICKY)];
        let special = |list: &[(u32, usize)]| {
            list.iter().find(|(bits, index)| mode & bits == *bits && self.is_set(*index)).map(|entry| entry.1)
        };
        match mode & libc::S_IFMT {
            libc::S_IFREG => special(&file).unwrap_or_else(|| {
                if mode & 0o111 != 0 && self.is_set(EXECUTABLE) {
                    EXECUTABLE
                } else if links > 1 && self.is_set(HARD_LINKS) {
                    HARD_LINKS
                } else {
                    FILE
                }
            }),
            libc::S_IFDIR => special(&folder).unwrap_or(DIR),
            libc::S_IFLNK => LINK,
            libc::S_IFIFO => FIFO,
            libc::S_IFSOCK => SOCKET,
            libc::S_IFBLK => BLOCK,
            libc::S_IFCHR => CHARACTER,
            _ => ORPHAN,
        }
    }

    fn of(&self, file: &File, name: &[u8], is_target: bool) -> &[u8] {
        let mode = match (&file.stat, file.link_mode) {
            (_, mode) if is_target => Some(mode.unwrap_or(0)),
            (Some(_), Some(mode)) if self.as_target => Some(mode),
            (Some(stat), _) => Some(stat.mode()),
            (None, _) => None,
        };
        let mut index = match mode {
            _ if is_target && file.link_mode.is_none() && self.is_set(MISSING) => MISSING,
            Some(mode) => self.by_mode(mode, file.stat.as_ref().map_or(1, |stat| stat.nlink())),
            None => self.by_mode(u32::from(file.kind) << 12, 1),
        };
        if index == FILE {
            let fits = |ending: &[u8]| {
                let tail = name.len().checked_sub(ending.len()).and_then(|at| name.get(at..));
                tail.is_some_and(|tail| tail.eq_ignore_ascii_case(ending))
            };
            if let Some((_, code)) = self.endings.iter().rev().find(|(ending, _)| fits(ending)) {
                return code;
            }
        }
        if index == LINK && file.link_mode.is_none() && (self.as_target || self.is_set(ORPHAN)) {
            index = ORPHAN;
        }
        self.code(index)
    }
}

impl Ls<'_, '_> {
    /// Appends what stands before everything of an entry.
    pub fn normal_color(&mut self, line: &mut Vec<u8>) {
        if let Some(colors) = self.colors.as_mut().filter(|colors| colors.is_set(NORMAL)) {
            colors.start(line);
            colors.push(colors.code(NORMAL), line);
        }
    }

    /// Appends the color of a name; whether it needs an end.
    pub fn begin_color(&mut self, file: &File, name: &[u8], is_target: bool, line: &mut Vec<u8>) -> bool {
        let Some(colors) = &mut self.colors else {
            return false;
        };
        let normal = colors.is_set(NORMAL);
        if colors.of(file, name, is_target).is_empty() {
            return normal;
        }
        colors.start(line);
        if normal {
            colors.push(b"", line);
        }
        colors.push(colors.of(file, name, is_target), line);
        true
    }

    /// Appends the end of a color; a name that goes over the end of the screen's line has it cleared.
    pub fn end_color(&mut self, at: usize, length: usize, line: &mut Vec<u8>) {
        let Some(colors) = &self.colors else { return };
        colors.push_end(line);
        let row = |column: usize| column.checked_div(self.width);
        if row(at) != row((at + length).saturating_sub(1)) {
            line.extend_from_slice(colors.code(CLEAR));
        }
    }

    /// Leaves the terminal as it was.
    pub fn finish_colors(&mut self) {
        if let Some(colors) = self.colors.as_ref().filter(|colors| colors.used)
            && (colors.code(LEFT), colors.code(RIGHT)) != (b"\x1b[", b"m")
        {
            let mut line = Vec::new();
            colors.push(b"", &mut line);
            self.cx.out.write(&line);
        }
    }
}

impl Colors {
    /// Before the first color comes a reset.
    fn start(&mut self, line: &mut Vec<u8>) {
        if !self.used {
            self.used = true;
            self.push_end(line);
        }
    }
}
