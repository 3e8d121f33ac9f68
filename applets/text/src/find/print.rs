//! What find prints: names, formats, and lines as those of `ls`.

use super::State;
use super::test::{base_name, other_kind, time_of, trimmed};
use applet::prelude::*;
use num::Spec;
use sys::fs::Timestamp;
use walk::Visit;

/// Where actions print: standard output, and files by their numbers from 1 on.
pub struct Outputs {
    files: Vec<(Vec<u8>, Writer, Option<Fd>)>,
    /// Standard output is a terminal, which names must not control.
    terminal: bool,
}

impl Outputs {
    pub fn new() -> Outputs {
        Outputs { files: Vec::new(), terminal: sys::terminal::is_terminal(sys::fd::STDOUT) }
    }

    /// The number of the output `name`, which is made empty when it is named first.
    pub fn open(&mut self, name: &[u8]) -> Result<usize> {
        if name == b"/dev/stdout" {
            return Ok(0);
        }
        if let Some(index) = self.files.iter().position(|file| file.0 == name) {
            return Ok(index + 1);
        }
        let (writer, fd) = if name == b"/dev/stderr" {
            (Writer::new(sys::fd::STDERR), None)
        } else {
            let fd = sys::fd::open(name, libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC, 0o666).at(name)?;
            (Writer::new(fd.raw()), Some(fd))
        };
        self.files.push((name.to_vec(), writer, fd));
        Ok(self.files.len())
    }

    pub fn get<'o>(&'o mut self, cx: &'o mut Context, number: usize) -> &'o mut Writer {
        match number.checked_sub(1).and_then(|index| self.files.get_mut(index)) {
            Some(file) => &mut file.1,
            None => &mut cx.out,
        }
    }

    pub fn name(&mut self, cx: &mut Context, number: usize, path: &[u8], end: u8, utf8: bool) {
        let shown = number == 0 && end != 0 && self.terminal;
        let out = self.get(cx, number);
        if shown {
            let mut safe = Vec::new();
            text::quote::question_marks(path, utf8, &mut safe);
            out.write(&safe);
        } else {
            out.write(path);
        }
        out.byte(end);
    }

    /// Sends what is buffered, so that a command's output comes behind it.
    pub fn flush(&mut self, cx: &mut Context) {
        let _ = cx.out.flush();
        for file in &mut self.files {
            let _ = file.1.flush();
        }
    }

    pub fn finish(&mut self, cx: &mut Context) {
        for (name, writer, _) in &mut self.files {
            if let Err(errno) = writer.flush() {
                cx.report(Error::system(name, errno));
            }
        }
    }
}

/// What a directive stands for.
enum Value {
    Text(Vec<u8>),
    Number(u64, u8),
}

impl State {
    /// The text of -printf.
    pub fn format(&mut self, cx: &mut Context, format: &[u8], visit: &Visit) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let mut rest = format;
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            if byte == b'\\' {
                match text::escape::one(tail, 0, &mut out) {
                    text::escape::Escape::Used(used) => rest = tail.get(used..).unwrap_or_default(),
                    text::escape::Escape::Stop => {
                        self.stop_output(cx, &mut out);
                        break;
                    }
                }
                continue;
            }
            if byte != b'%' {
                out.push(byte);
                continue;
            }
            let mut spec = Spec::take_flags(&mut rest);
            spec.width = digits(&mut rest).unwrap_or(0);
            if let [b'.', after @ ..] = rest {
                rest = after;
                spec.precision = Some(digits(&mut rest).unwrap_or(0));
            }
            let Some((&directive, after)) = rest.split_first() else {
                out.push(b'%');
                break;
            };
            rest = after;
            let mut second = 0;
            if matches!(directive, b'A' | b'B' | b'C' | b'T')
                && let Some((&letter, after)) = after.split_first()
            {
                second = letter;
                rest = after;
            }
            match self.directive(directive, second, visit)? {
                Some(Value::Text(text)) => {
                    let text =
                        text.get(..spec.precision.unwrap_or(text.len()).min(text.len())).unwrap_or_default();
                    let fill = spec.width.saturating_sub(text.len());
                    if !spec.left {
                        num::push_fill(&mut out, fill, b' ');
                    }
                    out.extend_from_slice(text);
                    if spec.left {
                        num::push_fill(&mut out, fill, b' ');
                    }
                }
                Some(Value::Number(number, conversion)) => {
                    num::format_int(number, false, conversion, &spec, &mut out);
                }
                None if directive == b'%' => out.push(b'%'),
                None => {
                    cx.warn(&[b"unknown directive '%", &[directive], b"' in a format"]);
                    out.extend_from_slice(&[b'%', directive]);
                }
            }
        }
        Ok(out)
    }

    /// `\c`: what stands before it is sent at once.
    fn stop_output(&mut self, cx: &mut Context, out: &mut Vec<u8>) {
        cx.out.write(out);
        out.clear();
        self.outputs.flush(cx);
    }

    #[inline(never)]
    fn directive(&mut self, directive: u8, second: u8, visit: &Visit) -> Result<Option<Value>> {
        let text = |text: &[u8]| Ok(Some(Value::Text(text.to_vec())));
        let path = visit.path;
        match directive {
            b'p' => return text(path),
            b'f' => return text(base_name(path)),
            b'h' => {
                let folder = match trimmed(path).iter().rposition(|&byte| byte == b'/') {
                    Some(slash) => path.get(..slash).unwrap_or_default(),
                    None => b".",
                };
                return text(folder);
            }
            b'H' => return text(path.get(..self.operand).unwrap_or(path)),
            b'P' => {
                let below = path.get(self.operand..).unwrap_or_default();
                return text(below.strip_prefix(b"/").unwrap_or(below));
            }
            b'd' => return Ok(Some(Value::Number(visit.depth as u64, b'd'))),
            b'y' => return text(&[kind_letter(visit.kind)]),
            b'Y' => {
                let kind = match other_kind(visit) {
                    libc::DT_LNK if !visit.follow => match sys::fs::statat(visit.dir, visit.name(), 0) {
                        Err(Errno(libc::ELOOP)) => b'L',
                        Err(Errno(libc::ENOENT | libc::ENOTDIR)) => b'N',
                        _ => b'?',
                    },
                    // Followed already.
                    _ if visit.follow => kind_letter(visit.kind),
                    kind => kind_letter(kind),
                };
                return text(&[kind]);
            }
            b'l' if visit.kind == libc::DT_LNK => {
                return text(&sys::fs::readlinkat(visit.dir, visit.name())?);
            }
            b'l' | b'Z' => return text(b""),
            b'A' | b'B' | b'C' | b'T' | b'a' | b'c' | b't' | b'b' | b'D' | b'F' | b'g' | b'G' | b'i'
            | b'k' | b'm' | b'M' | b'n' | b's' | b'S' | b'u' | b'U' => {}
            _ => return Ok(None),
        }
        let stat = self.stat(visit)?;
        let mut out = Vec::new();
        match directive {
            b'a' | b't' | b'c' => {
                let time = time_of(&stat, directive, visit).unwrap_or_default();
                self.date(b"%a %b %e %H:%M:%S.%N0 %Y", time, &mut out);
            }
            b'A' | b'B' | b'C' | b'T' => {
                let which = if directive == b'B' { b'B' } else { directive.to_ascii_lowercase() };
                if let Some(time) = time_of(&stat, which, visit) {
                    self.time(second, time, &mut out);
                }
            }
            b'm' => return Ok(Some(Value::Number(u64::from(stat.mode() & 0o7777), b'o'))),
            b'M' => files::mode::string(stat.mode(), &mut out),
            b'F' => out.extend_from_slice(self.file_system(stat.dev())),
            b'u' | b'g' => {
                let user = directive == b'u';
                let id = if user { stat.uid() } else { stat.gid() };
                self.owner(user, id, &mut out);
            }
            b'S' => {
                let size = stat.size().max(1) as f64;
                let sparseness = if stat.size() == 0 { 1.0 } else { stat.blocks() as f64 * 512.0 / size };
                num::format_float(
                    sparseness,
                    b'g',
                    &Spec { precision: Some(6), ..Spec::default() },
                    &mut out,
                );
            }
            _ => num::push_dec(
                &mut out,
                match directive {
                    b'b' => stat.blocks(),
                    b'k' => stat.blocks().div_ceil(2),
                    b'D' => stat.dev(),
                    b'i' => stat.ino(),
                    b'n' => stat.nlink(),
                    b's' => stat.size(),
                    b'U' => u64::from(stat.uid()),
                    _ => u64::from(stat.gid()),
                },
            ),
        }
        Ok(Some(Value::Text(out)))
    }

    /// The name of a user or group, or the number of one without a name.
    fn owner(&mut self, user: bool, id: u32, out: &mut Vec<u8>) {
        let names = if user { &mut self.users } else { &mut self.groups };
        match names.get(id) {
            Some(name) => out.extend_from_slice(name),
            None => num::push_dec(out, u64::from(id)),
        }
    }

    fn date(&self, format: &[u8], time: Timestamp, out: &mut Vec<u8>) {
        time::format(format, &self.zone.local(time.sec), time.sec, time.nsec, out);
    }

    /// `%Ak` and the like: `k` is a letter of strftime, with the fraction of the second where seconds are.
    fn time(&self, letter: u8, time: Timestamp, out: &mut Vec<u8>) {
        let format: &[u8] = match letter {
            b'@' => b"%s.%N0",
            b'S' => b"%S.%N0",
            b'T' | b'X' => b"%H:%M:%S.%N0",
            b'+' => b"%Y-%m-%d+%H:%M:%S.%N0",
            _ => &[b'%', letter],
        };
        self.date(format, time, out);
    }

    /// The line of -ls.
    pub fn list(&mut self, visit: &Visit) -> Result<Vec<u8>> {
        let stat = self.stat(visit)?;
        let mut out = Vec::new();
        column(stat.ino(), 9, &mut out);
        column(stat.blocks().div_ceil(2), 6, &mut out);
        files::mode::string(stat.mode(), &mut out);
        out.push(b' ');
        column(stat.nlink(), 3, &mut out);
        for (user, id) in [(true, stat.uid()), (false, stat.gid())] {
            let start = out.len();
            self.owner(user, id, &mut out);
            let fill = (start + 8).saturating_sub(out.len());
            num::push_fill(&mut out, fill + 1, b' ');
        }
        if matches!(stat.kind(), libc::S_IFBLK | libc::S_IFCHR) {
            column(u64::from(sys::fs::major(stat.rdev())), 3, &mut out);
            out.insert(out.len() - 1, b',');
            column(u64::from(sys::fs::minor(stat.rdev())), 3, &mut out);
        } else {
            column(stat.size(), 8, &mut out);
        }
        out.pop();
        let time = stat.modified();
        let age = sys::time::now().sec.saturating_sub(time.sec);
        // Half a year of Gregorian average.
        let recent = (-3600..31_556_952 / 2).contains(&age);
        self.date(if recent { b" %b %e %H:%M " } else { b" %b %e  %Y " }, time, &mut out);
        text::quote::c_string(visit.path, b" \"", self.settings.utf8, &mut out);
        if visit.kind == libc::DT_LNK {
            out.extend_from_slice(b" -> ");
            let target = sys::fs::readlinkat(visit.dir, visit.name())?;
            text::quote::c_string(&target, b" \"", self.settings.utf8, &mut out);
        }
        out.push(b'\n');
        Ok(out)
    }
}

/// Appends a number and a blank.
fn column(number: u64, width: usize, out: &mut Vec<u8>) {
    let mut digits = num::new_buf();
    num::push_padded(out, num::dec(number, &mut digits), width, b' ');
    out.push(b' ');
}

fn digits(text: &mut &[u8]) -> Option<usize> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end)?;
    *text = rest;
    // As far as an int goes.
    num::parse_u64(number).ok().map(|number| number.min(i32::MAX as u64) as usize)
}

/// The letters of the `DT_*`, from 0 on.
pub const LETTERS: &[u8] = b"Upc?d?b?f?l?s";

fn kind_letter(kind: u8) -> u8 {
    LETTERS.get(usize::from(kind)).copied().unwrap_or(b'U')
}
