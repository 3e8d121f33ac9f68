//! From text to patches: whose file, and which lines become which.

use applet::prelude::*;

#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    #[default]
    Unified,
    Context,
    Normal,
    Ed,
}

/// A line that stays (` `), goes (`-`) or comes (`+`), with its newline if it has one.
pub type Line<'p> = (u8, &'p [u8]);

/// A change.
#[derive(Default)]
pub struct Hunk<'p> {
    /// The number of its first line in the old file and in the new one, or of the line that it is put before.
    pub start: usize,
    pub new_start: usize,
    pub lines: Vec<Line<'p>>,
    /// It could not be made.
    pub failed: bool,
}

/// The changes of one file.
#[derive(Default)]
pub struct Patch<'p> {
    pub kind: Kind,
    /// The two lines that name the files, if there are such.
    pub headers: [&'p [u8]; 2],
    pub names: [Name; 2],
    /// What stands behind "Index:".
    pub index: &'p [u8],
    pub hunks: Vec<Hunk<'p>>,
    /// The script, for [`Kind::Ed`].
    pub script: Vec<&'p [u8]>,
    pub git: Git<'p>,
    /// The lines before the changes, and the number of the line where these begin.
    pub leading: &'p [u8],
    pub line: usize,
}

/// A file's name as a header has it; an empty one is none.
#[derive(Default)]
pub struct Name {
    pub path: Vec<u8>,
    /// There is no such file: `/dev/null`, or a time of 1970.
    pub missing: bool,
}

/// What git says beside the changes. Empty names are none.
#[derive(Default)]
pub struct Git<'p> {
    pub names: &'p [u8],
    pub from: &'p [u8],
    pub to: &'p [u8],
    pub copies: bool,
    pub creates: bool,
    pub deletes: bool,
    pub mode: Option<u32>,
}

pub struct Input<'p> {
    text: &'p [u8],
    at: usize,
    line: usize,
    wanted: Option<Kind>,
}

impl<'p> Input<'p> {
    pub fn new(text: &'p [u8], wanted: Option<Kind>) -> Input<'p> {
        Input { text, at: 0, line: 0, wanted }
    }

    /// The line that is `ahead` lines on, with its newline; empty at the end.
    #[inline(never)]
    fn peek(&self, ahead: usize) -> &'p [u8] {
        let rest = self.text.get(self.at..).unwrap_or_default();
        rest.split_inclusive(|&byte| byte == b'\n').nth(ahead).unwrap_or_default()
    }

    fn take(&mut self) -> &'p [u8] {
        let line = self.peek(0);
        self.at += line.len();
        self.line += 1;
        line
    }

    /// Reads the next patch; false at the end.
    #[inline(never)]
    pub fn next(&mut self, patch: &mut Patch<'p>) -> Result<bool> {
        *patch = Patch::default();
        let start = self.at;
        loop {
            let line = self.peek(0);
            let git = &patch.git;
            // Nothing but a new name or mode.
            let complete = !git.names.is_empty()
                && (line.is_empty() || line.starts_with(b"diff --git "))
                && (!git.from.is_empty() || git.creates || git.deletes || git.mode.is_some());
            if line.is_empty() && !complete {
                return Ok(false);
            }
            let text = trim_end(line);
            let kind = if complete { Some(Kind::Unified) } else { self.kind(text) };
            let Some(kind) = kind else {
                self.take();
                if let Some(name) = text.strip_prefix(b"Index: ") {
                    patch.index = name;
                } else if let Some(names) = text.strip_prefix(b"diff --git ") {
                    patch.git = Git { names, ..Git::default() };
                } else if !patch.git.names.is_empty() {
                    patch.git.line(text);
                }
                continue;
            };
            patch.kind = kind;
            if !complete && matches!(kind, Kind::Unified | Kind::Context) {
                for (header, name) in patch.headers.iter_mut().zip(&mut patch.names) {
                    *header = self.take();
                    name.read(header.get(4..).unwrap_or_default());
                }
            }
            patch.leading = self.text.get(start..self.at).unwrap_or_default();
            patch.line = self.line + 1;
            if complete || self.changes(patch) {
                return Ok(true);
            }
            let mut message = Vec::new();
            let wrong = trim_end(self.peek(0));
            applet::fill(b"malformed patch at line %d: %s", &[wrong], &[self.line as i64 + 1], &mut message);
            return Err(Error::new(&message));
        }
    }

    /// The kind of the changes that begin with this line, if they do, and if it is the wanted one.
    #[inline(never)]
    fn kind(&self, line: &[u8]) -> Option<Kind> {
        let (next, after) = (self.peek(1), self.peek(2));
        let kind = match line.first_chunk() {
            Some(b"--- ") if next.starts_with(b"+++ ") && after.starts_with(b"@@ -") => Kind::Unified,
            Some(b"*** ") if next.starts_with(b"--- ") && after.starts_with(b"********") => Kind::Context,
            _ => match Command::read(line)? {
                Command { short: true, .. } => Kind::Ed,
                Command { letter, .. } if next.starts_with(if letter == b'a' { b"> " } else { b"< " }) => {
                    Kind::Normal
                }
                _ => return None,
            },
        };
        Some(kind).filter(|kind| self.wanted.is_none_or(|wanted| wanted == *kind))
    }

    /// Reads all changes of a patch; whether they are well formed.
    #[inline(never)]
    fn changes(&mut self, patch: &mut Patch<'p>) -> bool {
        loop {
            let line = self.peek(0);
            let mut hunk = Hunk::default();
            let done = match patch.kind {
                Kind::Unified => match line.starts_with(b"@@ -") {
                    true => self.unified(&mut hunk),
                    false => return true,
                },
                Kind::Context => match line.starts_with(b"********") && self.peek(1).starts_with(b"*** ") {
                    true => self.context(&mut hunk),
                    false => return true,
                },
                Kind::Normal => match Command::read(trim_end(line)) {
                    Some(command @ Command { short: false, .. }) => self.normal(&mut hunk, &command),
                    _ => return true,
                },
                Kind::Ed => {
                    self.script(&mut patch.script);
                    return true;
                }
            };
            if done.is_none() {
                return false;
            }
            patch.hunks.push(hunk);
        }
    }

    /// A line's text without its mark of `length` bytes, less its newline if the next line says so.
    #[inline(never)]
    fn text(&mut self, length: usize) -> &'p [u8] {
        let line = self.take();
        let text = line.get(length..).unwrap_or(b"\n");
        if self.peek(0).starts_with(b"\\ ") {
            self.take();
            return text.strip_suffix(b"\n").unwrap_or(text);
        }
        text
    }

    #[inline(never)]
    fn unified(&mut self, hunk: &mut Hunk<'p>) -> Option<()> {
        let mut ranges = [Range::default(); 2];
        scan(self.peek(0), b"@@ -% +% @@", &mut ranges)?;
        self.take();
        let [old, new] = ranges;
        let (mut left, mut left_new) = (old.second.unwrap_or(1), new.second.unwrap_or(1));
        hunk.start = old.first + usize::from(left == 0);
        hunk.new_start = new.first + usize::from(left_new == 0);
        while left > 0 || left_new > 0 {
            let (mark, length) = match self.peek(0) {
                [mark @ (b' ' | b'-' | b'+'), ..] => (*mark, 1),
                // Blanks at the ends of lines get lost.
                [b'\n'] | [b'\r', b'\n'] | [b'\t', ..] => (b' ', 0),
                [] if left == left_new && left <= 3 => {
                    for _ in 0..left {
                        hunk.lines.push((b' ', b"\n"));
                    }
                    break;
                }
                _ => return None,
            };
            left = left.checked_sub(usize::from(mark != b'+'))?;
            left_new = left_new.checked_sub(usize::from(mark != b'-'))?;
            hunk.lines.push((mark, self.text(length)));
        }
        Some(())
    }

    #[inline(never)]
    fn context(&mut self, hunk: &mut Hunk<'p>) -> Option<()> {
        self.take();
        let (mut old, mut new) = (Vec::new(), Vec::new());
        let count = self.context_part(b"*** % ****", b'-', &mut hunk.start, &mut old)?;
        let new_count = self.context_part(b"--- % ----", b'+', &mut hunk.new_start, &mut new)?;
        // A part without changes is left out: its lines stand in the other one.
        let fill = |part: &mut Vec<Line<'p>>, from: &[Line<'p>], count: usize| {
            if part.is_empty() && count > 0 {
                part.extend(from.iter().filter(|line| line.0 == b' '));
            }
        };
        fill(&mut old, &new, count);
        fill(&mut new, &old, new_count);
        // Both states together: what goes, what comes, and the lines that stay.
        let (mut old, mut new) = (old.as_slice(), new.as_slice());
        loop {
            while let [line @ (b'-', _), rest @ ..] = old {
                hunk.lines.push(*line);
                old = rest;
            }
            while let [line @ (b'+', _), rest @ ..] = new {
                hunk.lines.push(*line);
                new = rest;
            }
            let Some(line) = old.first().or(new.first()) else { return Some(()) };
            hunk.lines.push(*line);
            old = old.get(1..).unwrap_or_default();
            new = new.get(1..).unwrap_or_default();
        }
    }

    /// One state of a change: its header and its lines; gives how many there should be.
    fn context_part(
        &mut self,
        header: &[u8],
        changed: u8,
        start: &mut usize,
        lines: &mut Vec<Line<'p>>,
    ) -> Option<usize> {
        let mut range = [Range::default()];
        scan(self.peek(0), header, &mut range)?;
        self.take();
        let [Range { first, second }] = range;
        let count = match second {
            Some(last) => (last + 1).checked_sub(first)?,
            None => usize::from(first > 0),
        };
        *start = first + usize::from(count == 0);
        while lines.len() < count {
            let mark = match self.peek(0) {
                [b'!', b' ' | b'\t', ..] => changed,
                [mark @ (b'-' | b'+'), b' ' | b'\t', ..] if *mark == changed => changed,
                [b' ', b' ' | b'\t', ..] | [b'\n'] => b' ',
                _ if lines.is_empty() => break,
                [] if count - lines.len() <= 3 => {
                    lines.push((b' ', b"\n"));
                    continue;
                }
                _ => return None,
            };
            lines.push((mark, self.text(2)));
        }
        Some(count)
    }

    #[inline(never)]
    fn normal(&mut self, hunk: &mut Hunk<'p>, command: &Command) -> Option<()> {
        self.take();
        let letter = command.letter;
        let (old, new) = (command.old, command.new);
        hunk.start = old.first + usize::from(letter == b'a');
        hunk.new_start = new.first + usize::from(letter == b'd');
        if letter != b'a' {
            self.marked(b"< ", old, b'-', hunk)?;
        }
        if letter == b'c' {
            trim_end(self.peek(0)).strip_prefix(b"---").filter(|rest| rest.is_empty())?;
            self.take();
        }
        if letter != b'd' {
            self.marked(b"> ", new, b'+', hunk)?;
        }
        Some(())
    }

    fn marked(&mut self, mark: &[u8], range: Range, sign: u8, hunk: &mut Hunk<'p>) -> Option<()> {
        for _ in range.first..=range.second.unwrap_or(range.first) {
            self.peek(0).strip_prefix(mark)?;
            hunk.lines.push((sign, self.text(2)));
        }
        Some(())
    }

    /// The lines of an ed script: commands, and the text of those that have some.
    fn script(&mut self, script: &mut Vec<&'p [u8]>) {
        loop {
            let takes_text = match trim_end(self.peek(0)) {
                b"a" => true,
                b"s/.//" => false,
                line => match Command::read(line) {
                    Some(Command { short: true, letter, .. }) => letter != b'd',
                    _ => return,
                },
            };
            script.push(self.take());
            while takes_text && !self.peek(0).is_empty() {
                let text = self.take();
                script.push(text);
                if trim_end(text) == b"." {
                    break;
                }
            }
        }
    }
}

impl<'p> Git<'p> {
    fn line(&mut self, text: &'p [u8]) {
        let words =
            b"new mode \nnew file mode \ndeleted file mode \nrename from \nrename to \ncopy from \ncopy to ";
        for (at, word) in words.split(|&byte| byte == b'\n').enumerate() {
            let Some(rest) = text.strip_prefix(word) else { continue };
            match at {
                0 | 1 => {
                    self.creates |= at == 1;
                    self.mode = Some(num::parse_int(rest, 8).unsigned().0 as u32 & 0o777);
                }
                2 => self.deletes = true,
                3 | 5 => (self.from, self.copies) = (rest, at == 5),
                _ => self.to = rest,
            }
        }
    }
}

fn trim_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A number at the start of the text.
fn number(text: &mut &[u8]) -> Option<usize> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    *text = rest;
    let number = num::parse_u64(digits).ok()?;
    // Far more than there can be lines, and sums of it fit.
    usize::try_from(number).ok().filter(|&number| number < 1 << 60)
}

/// One or two numbers with a comma between: lines from and up to, or from and how many.
#[derive(Clone, Copy, Default)]
struct Range {
    first: usize,
    second: Option<usize>,
}

/// Reads what begins with `pattern`, where `%` stands for a range; gives the rest.
fn scan<'t>(text: &'t [u8], pattern: &[u8], ranges: &mut [Range]) -> Option<&'t [u8]> {
    let (mut rest, mut ranges) = (text, ranges.iter_mut());
    for byte in pattern {
        if *byte == b'%' {
            let range = ranges.next()?;
            range.first = number(&mut rest)?;
            if let [b',', after @ ..] = rest {
                rest = after;
                range.second = Some(number(&mut rest)?);
            }
        } else {
            let (first, after) = rest.split_first()?;
            if first != byte {
                return None;
            }
            rest = after;
        }
    }
    Some(rest)
}

/// A line such as `1,2c3,4` or, for ed, `1,2c`.
struct Command {
    old: Range,
    letter: u8,
    new: Range,
    /// There are no second lines.
    short: bool,
}

impl Command {
    #[inline(never)]
    fn read(line: &[u8]) -> Option<Command> {
        let (mut old, mut new) = ([Range::default()], [Range::default()]);
        let (&letter, rest) = scan(line, b"%", &mut old)?.split_first()?;
        if !matches!(letter, b'a' | b'c' | b'd') {
            return None;
        }
        if !rest.is_empty() && !scan(rest, b"%", &mut new)?.is_empty() {
            return None;
        }
        let ([old], [new]) = (old, new);
        Some(Command { old, letter, new, short: rest.is_empty() })
    }
}

impl Name {
    /// Reads the name in a header, and whether it says that there is no file.
    fn read(&mut self, header: &[u8]) {
        let mut rest = trim_end(header);
        let path = &mut self.path;
        if let [b'"', quoted @ ..] = rest {
            rest = quoted;
            while let Some((&byte, after)) = rest.split_first() {
                rest = after;
                match byte {
                    b'"' => break,
                    b'\\' => match text::escape::one(after, 0, path) {
                        text::escape::Escape::Used(used) => rest = after.get(used..).unwrap_or_default(),
                        text::escape::Escape::Stop => break,
                    },
                    _ => path.push(byte),
                }
            }
        } else {
            // A tab ends it; a blank does if a time comes behind it.
            let end = rest.iter().position(|&byte| byte == b'\t');
            let end = end.or(rest.iter().position(|&byte| byte == b' ')).unwrap_or(rest.len());
            let (name, after) = rest.split_at_checked(end).unwrap_or_default();
            path.extend_from_slice(name);
            rest = after;
        }
        let time = rest.trim_ascii();
        self.missing =
            time.starts_with(b"1970-01-01 00:00:00") || time.starts_with(b"Thu Jan  1 00:00:00 1970");
        if path == b"/dev/null" {
            self.missing = true;
            path.clear();
        }
    }
}
