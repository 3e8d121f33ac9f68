//! From text to patches: whose file, and which lines become which.

use applet::prelude::*;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Unified,
    Context,
    Normal,
    Ed,
}

/// A change: lines that stay (` `), go (`-`) and come (`+`), each with its newline if it has one.
#[derive(Clone)]
pub struct Hunk<'p> {
    /// The number of its first line in the old file and in the new one, or of the line that it is put before.
    pub start: usize,
    pub new_start: usize,
    pub lines: Vec<(u8, &'p [u8])>,
}

/// The changes of one file.
pub struct Patch<'p> {
    pub kind: Kind,
    /// The two lines that name the files, if there are such.
    pub headers: [&'p [u8]; 2],
    pub names: [Name; 2],
    pub index: Option<&'p [u8]>,
    pub hunks: Vec<Hunk<'p>>,
    /// The script, for [`Kind::Ed`].
    pub script: Vec<&'p [u8]>,
    pub git: Git<'p>,
    /// The lines before the changes, and the number of the line where these begin.
    pub leading: &'p [u8],
    pub line: usize,
}

/// A file's name as a header has it.
#[derive(Clone, Default)]
pub struct Name {
    pub path: Option<Vec<u8>>,
    /// There is no such file: `/dev/null`, or a time of 1970.
    pub missing: bool,
}

/// What git says beside the changes.
#[derive(Clone, Copy, Default)]
pub struct Git<'p> {
    pub names: &'p [u8],
    pub from: Option<&'p [u8]>,
    pub to: Option<&'p [u8]>,
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

    /// The next patch; `None` at the end.
    pub fn next(&mut self) -> Result<Option<Patch<'p>>> {
        let start = self.at;
        let mut index = None;
        let mut git = Git::default();
        let wants = |input: &Self, kind: Kind| input.wanted.is_none_or(|wanted| wanted == kind);
        loop {
            let line = self.peek(0);
            let complete = !git.names.is_empty() && (line.is_empty() || line.starts_with(b"diff --git "));
            if complete && (git.from.is_some() || git.creates || git.deletes || git.mode.is_some()) {
                // Nothing but a new name or mode.
                return Ok(Some(self.patch(Kind::Unified, [b"", b""], index, git, start)));
            }
            if line.is_empty() {
                return Ok(None);
            }
            let text = trim_end(line);
            let (next, after) = (self.peek(1), self.peek(2));
            if line.starts_with(b"--- ")
                && next.starts_with(b"+++ ")
                && after.starts_with(b"@@ -")
                && wants(self, Kind::Unified)
            {
                let headers = [self.take(), self.take()];
                let mut patch = self.patch(Kind::Unified, headers, index, git, start);
                while self.peek(0).starts_with(b"@@ -") {
                    let hunk = self.unified()?;
                    patch.hunks.push(hunk);
                }
                return Ok(Some(patch));
            }
            if line.starts_with(b"*** ")
                && next.starts_with(b"--- ")
                && after.starts_with(b"********")
                && wants(self, Kind::Context)
            {
                let headers = [self.take(), self.take()];
                let mut patch = self.patch(Kind::Context, headers, index, git, start);
                while self.peek(0).starts_with(b"********") && self.peek(1).starts_with(b"*** ") {
                    let hunk = self.context()?;
                    patch.hunks.push(hunk);
                }
                return Ok(Some(patch));
            }
            if let Some((_, letter, Some(_))) = command(text)
                && next.starts_with(if letter == b'a' { b"> " } else { b"< " })
                && wants(self, Kind::Normal)
            {
                let mut patch = self.patch(Kind::Normal, [b"", b""], index, git, start);
                while let Some((old, letter, Some(new))) = command(trim_end(self.peek(0))) {
                    let hunk = self.normal(old, letter, new)?;
                    patch.hunks.push(hunk);
                }
                return Ok(Some(patch));
            }
            if let Some((_, _, None)) = command(text)
                && wants(self, Kind::Ed)
            {
                let mut patch = self.patch(Kind::Ed, [b"", b""], index, git, start);
                self.script(&mut patch.script);
                return Ok(Some(patch));
            }
            self.take();
            if let Some(name) = text.strip_prefix(b"Index: ") {
                index = Some(name);
            } else if let Some(names) = text.strip_prefix(b"diff --git ") {
                git = Git { names, ..Git::default() };
            } else if !git.names.is_empty() {
                git.line(text);
            }
        }
    }

    fn patch(
        &self,
        kind: Kind,
        headers: [&'p [u8]; 2],
        index: Option<&'p [u8]>,
        git: Git<'p>,
        start: usize,
    ) -> Patch<'p> {
        Patch {
            kind,
            headers,
            names: headers.map(|header| name(header.get(4..).unwrap_or_default())),
            index,
            hunks: Vec::new(),
            script: Vec::new(),
            git,
            leading: self.text.get(start..self.at).unwrap_or_default(),
            line: self.line + 1,
        }
    }

    #[cold]
    fn malformed<T>(&self) -> Result<T> {
        let mut number = Vec::new();
        num::push_dec(&mut number, self.line as u64 + 1);
        Err(Error::parts(&[b"malformed patch at line ", &number, b": ", trim_end(self.peek(0))]))
    }

    /// A line's text without its mark of `length` bytes, less its newline if the next line says so.
    fn text(&mut self, length: usize) -> &'p [u8] {
        let line = self.take();
        let text = line.get(length..).unwrap_or(b"\n");
        if self.peek(0).starts_with(b"\\ ") {
            self.take();
            return text.strip_suffix(b"\n").unwrap_or(text);
        }
        text
    }

    fn unified(&mut self) -> Result<Hunk<'p>> {
        let Some((old, new)) = unified_ranges(self.peek(0)) else { return self.malformed() };
        self.take();
        let mut left = (old.1, new.1);
        let mut lines = Vec::new();
        while left.0 > 0 || left.1 > 0 {
            let line = self.peek(0);
            let (mark, length) = match line {
                [mark @ (b' ' | b'-' | b'+'), ..] => (*mark, 1),
                // Blanks at the ends of lines get lost.
                [b'\n'] | [b'\r', b'\n'] => (b' ', 0),
                [b'\t', ..] => (b' ', 0),
                [] if left.0 == left.1 && left.0 <= 3 => {
                    lines.resize(lines.len() + left.0, (b' ', &b"\n"[..]));
                    break;
                }
                _ => return self.malformed(),
            };
            let (old, new) = (usize::from(mark != b'+'), usize::from(mark != b'-'));
            if left.0 < old || left.1 < new {
                return self.malformed();
            }
            left = (left.0 - old, left.1 - new);
            lines.push((mark, self.text(length)));
        }
        let start = |range: (usize, usize)| range.0.saturating_add(usize::from(range.1 == 0));
        Ok(Hunk { start: start(old), new_start: start(new), lines })
    }

    fn context(&mut self) -> Result<Hunk<'p>> {
        self.take();
        let Some(old) = context_range(self.peek(0), b"*** ", b" ****") else { return self.malformed() };
        self.take();
        let mut parts: [Vec<(u8, &'p [u8])>; 2] = [Vec::new(), Vec::new()];
        let [old_lines, new_lines] = &mut parts;
        self.context_part(old_lines, old.1, b'-')?;
        let Some(new) = context_range(self.peek(0), b"--- ", b" ----") else { return self.malformed() };
        self.take();
        self.context_part(new_lines, new.1, b'+')?;
        // A part without changes is left out: its lines stand in the other one.
        let of = |lines: &[(u8, &'p [u8])]| lines.iter().filter(|line| line.0 == b' ').copied().collect();
        if old_lines.is_empty() && old.1 > 0 {
            *old_lines = of(new_lines);
        }
        if new_lines.is_empty() && new.1 > 0 {
            *new_lines = of(old_lines);
        }
        let start = |range: (usize, usize)| range.0.saturating_add(usize::from(range.1 == 0));
        Ok(Hunk { start: start(old), new_start: start(new), lines: merge(old_lines, new_lines) })
    }

    fn context_part(&mut self, lines: &mut Vec<(u8, &'p [u8])>, count: usize, changed: u8) -> Result {
        while lines.len() < count {
            let mark = match self.peek(0) {
                [b'!', b' ' | b'\t', ..] => changed,
                [mark @ (b'-' | b'+'), b' ' | b'\t', ..] if *mark == changed => changed,
                [b' ', b' ' | b'\t', ..] => b' ',
                [b'\n'] => b' ',
                _ if lines.is_empty() => return Ok(()),
                [] if count - lines.len() <= 3 => {
                    lines.resize(count, (b' ', b"\n"));
                    return Ok(());
                }
                _ => return self.malformed(),
            };
            let text = self.text(2);
            lines.push((mark, text));
        }
        Ok(())
    }

    fn normal(&mut self, old: (usize, usize), letter: u8, new: (usize, usize)) -> Result<Hunk<'p>> {
        self.take();
        let mut lines = Vec::new();
        if letter != b'a' {
            self.marked(b"< ", old, b'-', &mut lines)?;
        }
        if letter == b'c' {
            if trim_end(self.peek(0)) != b"---" {
                return self.malformed();
            }
            self.take();
        }
        if letter != b'd' {
            self.marked(b"> ", new, b'+', &mut lines)?;
        }
        let start = old.0.saturating_add(usize::from(letter == b'a'));
        Ok(Hunk { start, new_start: new.0.saturating_add(usize::from(letter == b'd')), lines })
    }

    fn marked(
        &mut self,
        mark: &[u8],
        range: (usize, usize),
        sign: u8,
        lines: &mut Vec<(u8, &'p [u8])>,
    ) -> Result {
        for _ in range.0..=range.1 {
            if !self.peek(0).starts_with(mark) {
                return self.malformed();
            }
            lines.push((sign, self.text(2)));
        }
        Ok(())
    }

    /// The lines of an ed script: commands, and the text of those that have some.
    fn script(&mut self, script: &mut Vec<&'p [u8]>) {
        loop {
            let line = trim_end(self.peek(0));
            let takes_text = match command(line) {
                Some((_, letter, None)) => letter != b'd',
                _ if line == b"a" => true,
                _ if line == b"s/.//" => false,
                _ => return,
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
        let mode = |text: &[u8]| Some(num::parse_int(text, 8).unsigned().0 as u32 & 0o777);
        let words: [&[u8]; 7] = [
            b"new mode ",
            b"new file mode ",
            b"deleted file mode ",
            b"rename from ",
            b"rename to ",
            b"copy from ",
            b"copy to ",
        ];
        for (at, word) in words.iter().enumerate() {
            let Some(rest) = text.strip_prefix(*word) else { continue };
            match at {
                0 => self.mode = mode(rest),
                1 => (self.creates, self.mode) = (true, mode(rest)),
                2 => self.deletes = true,
                3 | 5 => (self.from, self.copies) = (Some(rest), at == 5),
                _ => self.to = Some(rest),
            }
        }
    }
}

fn trim_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Puts both states of a change together.
fn merge<'p>(old: &[(u8, &'p [u8])], new: &[(u8, &'p [u8])]) -> Vec<(u8, &'p [u8])> {
    let mut lines = Vec::new();
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    loop {
        while let Some(line) = old.next_if(|line| line.0 == b'-') {
            lines.push(*line);
        }
        while let Some(line) = new.next_if(|line| line.0 == b'+') {
            lines.push(*line);
        }
        match (old.next(), new.next()) {
            (Some(line), _) | (None, Some(line)) => lines.push(*line),
            (None, None) => return lines,
        }
    }
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

fn pair(text: &mut &[u8]) -> Option<(usize, Option<usize>)> {
    let first = number(text)?;
    let Some(rest) = text.strip_prefix(b",") else { return Some((first, None)) };
    *text = rest;
    Some((first, Some(number(text)?)))
}

/// `@@ -1,2 +3,4 @@`: starts and counts.
fn unified_ranges(line: &[u8]) -> Option<((usize, usize), (usize, usize))> {
    let mut rest = line.strip_prefix(b"@@ -")?;
    let old = pair(&mut rest)?;
    rest = rest.strip_prefix(b" +")?;
    let new = pair(&mut rest)?;
    rest.strip_prefix(b" @@")?;
    Some(((old.0, old.1.unwrap_or(1)), (new.0, new.1.unwrap_or(1))))
}

/// `*** 1,5 ****`: start and count.
fn context_range(line: &[u8], before: &[u8], after: &[u8]) -> Option<(usize, usize)> {
    let mut rest = line.strip_prefix(before)?;
    let (first, last) = pair(&mut rest)?;
    rest.strip_prefix(after)?;
    match last {
        Some(last) => Some((first, (last + 1).checked_sub(first)?)),
        None => Some((first, usize::from(first > 0))),
    }
}

/// A line such as `1,2c3,4` or, for ed, `1,2c`.
fn command(line: &[u8]) -> Option<((usize, usize), u8, Option<(usize, usize)>)> {
    let mut rest = line;
    let old = pair(&mut rest)?;
    let old = (old.0, old.1.unwrap_or(old.0));
    let (&letter, mut rest) = rest.split_first()?;
    if !matches!(letter, b'a' | b'c' | b'd') {
        return None;
    }
    if rest.is_empty() {
        return Some((old, letter, None));
    }
    let new = pair(&mut rest)?;
    rest.is_empty().then_some((old, letter, Some((new.0, new.1.unwrap_or(new.0)))))
}

/// The name in a header, and whether it says that there is no file.
fn name(header: &[u8]) -> Name {
    let raw = trim_end(header);
    let mut rest = raw;
    let mut path = Vec::new();
    if let Some(quoted) = raw.strip_prefix(b"\"") {
        rest = quoted;
        loop {
            match rest {
                [b'"', after @ ..] => {
                    rest = after;
                    break;
                }
                [b'\\', after @ ..] => match text::escape::one(after, 0, &mut path) {
                    text::escape::Escape::Used(used) => rest = after.get(used..).unwrap_or_default(),
                    text::escape::Escape::Stop => break,
                },
                [byte, after @ ..] => {
                    path.push(*byte);
                    rest = after;
                }
                [] => break,
            }
        }
    } else {
        // A tab ends it; a blank does if a time comes behind it.
        let tab = rest.iter().position(|&byte| byte == b'\t');
        let end = tab.unwrap_or_else(|| rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len()));
        path.extend_from_slice(rest.get(..end).unwrap_or_default());
        rest = rest.get(end..).unwrap_or_default();
    }
    let time = rest.trim_ascii();
    let epoch = time.starts_with(b"1970-01-01 00:00:00") || time.starts_with(b"Thu Jan  1 00:00:00 1970");
    let missing = path == b"/dev/null" || epoch;
    let path = Some(path).filter(|path| !path.is_empty() && path != b"/dev/null");
    Name { path, missing }
}
