//! usage: pr [OPTION]... [+FIRST[:LAST]] [FILE]...
//!
//! Print FILEs in pages with headers, or in columns.
//!
//!  --pages=FIRST[:LAST]           print from page FIRST to page LAST
//!  -NUM, --columns=NUM            print NUM columns, filled downwards and balanced
//!  -a, --across                   fill columns across
//!  -c, --show-control-chars       print control characters as ^X, others not printable as \ooo
//!  -d, --double-space             an empty line after each line
//!  -D, --date-format=FORMAT       the date in the header
//!  -e, --expand-tabs[=CHAR[N]]    expand tabs, or CHARs, to every N (8) columns
//!  -F, -f, --form-feed            form feeds, not newlines, between pages
//!  -h, --header=TEXT              TEXT in the header, not the file's name
//!  -i, --output-tabs[=CHAR[N]]    make tabs, or CHARs, of blanks
//!  -J, --join-lines               do not cut or align lines of columns
//!  -l, --length=N                 lines of a page (66); up to 10 means -t
//!  -m, --merge                    the FILEs side by side
//!  -n, --number-lines[=SEP[N]]    number lines with N (5) digits and SEP, not a tab
//!  -N, --first-line-number=N      number the first line printed N
//!  -o, --indent=N                 N blanks before each line
//!  -p                             wait at each page of a terminal
//!  -r, --no-file-warnings         do not tell of files that cannot be opened
//!  -s, --separator[=CHAR]         CHAR, not a tab, between columns, which are not aligned without -w
//!  -S, --sep-string[=STRING]      STRING between columns
//!  -t, --omit-header              no headers and trailers
//!  -T, --omit-pagination          same, and no form feeds
//!  -v, --show-nonprinting         print what is not printable as \ooo
//!  -w, --width=N                  columns of a page (72), for -COLUMN and -m
//!  -W, --page-width=N             same, for single lines too
//!
//! # Notes
//! POSIX.1-2024 pr; the rest as GNU.

use applet::prelude::*;
use sys::fs::Timestamp;

applet::options!("pr");

struct Job<'a> {
    first: u64,
    last: u64,
    columns: usize,
    across: bool,
    merge: bool,
    /// 1: control characters; 2: all octal.
    visible: u8,
    double: bool,
    date_format: &'a [u8],
    header: Option<&'a [u8]>,
    tab: u8,
    tab_width: usize,
    expand: bool,
    out_tab: Option<(u8, usize)>,
    form_feed: bool,
    keep_feeds: bool,
    join: bool,
    extremities: bool,
    body: usize,
    number: Option<(u8, usize)>,
    line: u64,
    start: u64,
    fixed_start: bool,
    margin: usize,
    pause: bool,
    quiet: bool,
    separator: &'a [u8],
    separated: bool,
    truncate: bool,
    width: usize,
    column_width: usize,
    zone: time::Zone,
}

/// A file that is being read.
struct Source {
    input: Option<Reader>,
    /// A form feed came behind the last line.
    fed: bool,
}

enum Next {
    Line(Vec<u8>),
    Feed,
    End,
}

/// A line of output, with blanks not yet written.
struct Row {
    text: Vec<u8>,
    at: usize,
    blanks: usize,
    tab: Option<(u8, usize)>,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let mut files = options.operands.clone();
    let posix = cx.var(b"POSIXLY_CORRECT").is_some();
    let mut job = Job {
        first: 1,
        last: u64::MAX,
        columns: 1,
        across: false,
        merge: false,
        visible: 0,
        double: false,
        date_format: if posix { b"%b %e %H:%M %Y" } else { b"%Y-%m-%d %H:%M" },
        header: None,
        tab: b'\t',
        tab_width: 8,
        expand: false,
        out_tab: None,
        form_feed: false,
        keep_feeds: false,
        join: false,
        extremities: true,
        body: 66,
        number: None,
        line: 1,
        start: 1,
        fixed_start: false,
        margin: 0,
        pause: false,
        quiet: false,
        separator: b"",
        separated: false,
        truncate: false,
        width: 72,
        column_width: 0,
        zone: time::load(cx.var(b"TZ"), &mut |name| sys::fs::read_file(name, 1 << 20).ok()),
    };
    files.retain(|file| match file.strip_prefix(b"+").and_then(pages) {
        Some(range) => {
            (job.first, job.last) = range;
            false
        }
        None => true,
    });
    job.options(&options.list)?;
    if files.is_empty() {
        files.push(b"-");
        job.merge = false;
    }
    job.settle(files.len(), &options)?;
    if job.merge {
        let mut sources = Vec::new();
        for file in files {
            if let Some(source) = job.open(cx, file) {
                sources.push(source);
            }
        }
        job.columns = sources.len();
        if !sources.is_empty() {
            job.print(cx, &mut sources, b"", None)?;
        }
        return Ok(cx.status());
    }
    for file in files {
        if let Some(source) = job.open(cx, file) {
            let time = source
                .input
                .as_ref()
                .filter(|_| file != b"-")
                .and_then(|input| sys::fs::fstat(input.fd()).ok());
            let name = if file == b"-" { b"" } else { file };
            if let Err(error) = job.print(cx, &mut [source], name, time.map(|stat| stat.modified())) {
                cx.report_at(file, error);
            }
        }
    }
    Ok(cx.status())
}

fn number(text: &[u8], least: u64, what: &[u8]) -> Result<usize> {
    match num::parse_u64(text) {
        Ok(number) if number >= least && number <= i32::MAX as u64 => Ok(number as usize),
        _ => Err(applet::value::invalid(what, text)),
    }
}

/// A character, unless the text begins with a digit, and a number.
fn char_and_number(text: &[u8], default: (u8, usize), what: &[u8]) -> Result<(u8, usize)> {
    match text {
        [] => Ok(default),
        [b'0'..=b'9', ..] => Ok((default.0, number(text, 1, what)?)),
        [byte] => Ok((*byte, default.1)),
        [byte, rest @ ..] => Ok((*byte, number(rest, 1, what)?)),
    }
}

fn pages(text: &[u8]) -> Option<(u64, u64)> {
    let (first, last) = match text.iter().position(|&byte| byte == b':') {
        Some(at) => (text.get(..at)?, num::parse_u64(text.get(at + 1..)?).ok()?),
        None => (text, u64::MAX),
    };
    let first = num::parse_u64(first).ok()?;
    (first > 0 && first <= last).then_some((first, last))
}

impl<'a> Job<'a> {
    fn options(&mut self, options: &[(u8, &'a [u8])]) -> Result {
        for &(id, value) in options {
            match id {
                opt::PAGES => {
                    let range = pages(value).ok_or_else(|| applet::value::invalid(b"page range", value))?;
                    (self.first, self.last) = range;
                }
                opt::ACROSS => self.across = true,
                opt::MERGE => self.merge = true,
                opt::SHOW_NONPRINTING => self.visible = 2,
                opt::SHOW_CONTROL_CHARS => self.visible = self.visible.max(1),
                opt::DOUBLE_SPACE => self.double = true,
                opt::DATE_FORMAT => self.date_format = value,
                opt::HEADER => self.header = Some(value),
                opt::FORM_FEED => self.form_feed = true,
                opt::JOIN_LINES => self.join = true,
                opt::p => self.pause = true,
                opt::NO_FILE_WARNINGS => self.quiet = true,
                opt::EXPAND_TABS => {
                    (self.tab, self.tab_width) = char_and_number(value, (b'\t', 8), b"tab width")?;
                    self.expand = true;
                }
                opt::OUTPUT_TABS => self.out_tab = Some(char_and_number(value, (b'\t', 8), b"tab width")?),
                opt::NUMBER_LINES => {
                    self.number = Some(char_and_number(value, (b'\t', 5), b"number of digits")?);
                }
                opt::FIRST_LINE_NUMBER => {
                    self.start = number(value, 0, b"starting line number")? as u64;
                    self.fixed_start = true;
                }
                opt::COLUMNS => self.columns = number(value, 1, b"number of columns")?,
                opt::LENGTH => self.body = number(value, 1, b"number of lines")?,
                opt::INDENT => self.margin = number(value, 0, b"line offset")?,
                opt::WIDTH | opt::PAGE_WIDTH => self.width = number(value, 1, b"number of characters")?,
                opt::SEPARATOR if !self.separated && !value.is_empty() => self.separator = value,
                opt::SEP_STRING => (self.separator, self.separated) = (value, true),
                opt::OMIT_HEADER | opt::OMIT_PAGINATION => {
                    self.extremities = false;
                    self.keep_feeds = id == opt::OMIT_HEADER;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Job<'_> {
    /// What follows from the options together.
    fn settle(&mut self, files: usize, options: &Options) -> Result {
        let explicit = options.has(opt::COLUMNS);
        if self.merge && (explicit || self.across) {
            let how: &[u8] = if explicit { b"number of columns" } else { b"printing across" };
            return Err(Error::about(b"cannot specify % when printing in parallel", how));
        }
        self.truncate = options.has(opt::PAGE_WIDTH);
        let (several, old_s) = (self.merge || explicit, options.has(opt::SEPARATOR) && !self.separated);
        if options.has(opt::WIDTH) {
            if several {
                self.truncate = true;
                self.separated |= old_s;
            } else {
                self.join = true;
            }
        } else if old_s && several {
            self.join |= !self.truncate;
            self.separated |= self.truncate || !self.separator.is_empty();
        }
        if self.merge {
            self.columns = files;
        }
        if self.body <= 10 {
            self.keep_feeds |= self.extremities;
            self.extremities = false;
        }
        if self.extremities {
            self.body -= 10;
        }
        if self.double {
            self.body = (self.body / 2).max(1);
        }
        if self.columns > 1 {
            if !self.separated {
                self.separator = if self.join { b"\t" } else { b" " };
                self.separated = true;
            } else if !self.join && self.separator == b"\t" {
                self.separator = b" ";
            }
            self.truncate = !self.join;
            self.expand |= self.separator != b"\t";
            self.out_tab.get_or_insert((b'\t', 8));
        }
        if self.join {
            self.truncate = false;
        }
        let used = if self.merge { self.number_width() } else { 0 };
        let between = (self.columns - 1).saturating_mul(self.separator.len());
        self.column_width = self.width.saturating_sub(used).saturating_sub(between) / self.columns;
        if self.column_width == 0 {
            return Err(Error::new(b"page width too narrow"));
        }
        Ok(())
    }

    fn number_width(&self) -> usize {
        match self.number {
            Some((b'\t', digits)) => digits + 8 - digits % 8,
            Some((_, digits)) => digits + 1,
            None => 0,
        }
    }

    fn open(&self, cx: &mut Context, file: &[u8]) -> Option<Source> {
        match cx.open(file) {
            Ok(input) => Some(Source { input: Some(input), fed: false }),
            Err(_) if self.quiet => {
                cx.set_status(1);
                None
            }
            Err(error) => {
                cx.report(error);
                None
            }
        }
    }

    /// Prints the pages of one source, or of several side by side.
    fn print(
        &mut self,
        cx: &mut Context,
        sources: &mut [Source],
        name: &[u8],
        time: Option<Timestamp>,
    ) -> Result {
        let time = time.unwrap_or_else(sys::time::now);
        let mut date = Vec::new();
        time::format(self.date_format, &self.zone.local(time.sec), time.sec, time.nsec, &mut date);
        self.line = self.start;
        for page in 1..=self.last {
            let mut cells: Vec<Option<Vec<u8>>> = Vec::new();
            // Lines a page has room for, by source.
            let room = if self.merge { self.body } else { self.body.saturating_mul(self.columns) };
            let mut done = alloc::vec![false; sources.len()];
            let (mut fed, mut count) = (false, 0);
            while count < room {
                let start = cells.len();
                for (source, done) in sources.iter_mut().zip(&mut done) {
                    let next = if *done { Next::End } else { source.next()? };
                    fed |= matches!(next, Next::Feed);
                    *done |= !matches!(next, Next::Line(_));
                    cells.push(match next {
                        Next::Line(line) => Some(line),
                        _ => None,
                    });
                }
                if done.iter().all(|&done| done) {
                    cells.truncate(start);
                    break;
                }
                count += 1;
            }
            if count == room {
                // A form feed right behind a full page is that page's end.
                for source in sources.iter_mut() {
                    fed |= source.skip_feed()?;
                }
            }
            if count == 0 && !fed {
                break;
            }
            let rows = if self.merge { count } else { count.div_ceil(self.columns) };
            if page < self.first {
                if !self.fixed_start {
                    self.line += count as u64;
                }
                continue;
            }
            if self.extremities {
                self.wait(cx);
                self.print_header(cx, &date, name, page);
            }
            let mut lines = 0;
            for row in 0..rows {
                self.print_row(cx, &cells, (row, rows, count));
                lines += 1;
                let stored = self.columns > 1 && !self.merge && !self.across;
                if self.double && (self.extremities || !stored || row + 1 < rows || count == room) {
                    cx.out.byte(b'\n');
                }
            }
            self.line += count as u64;
            if self.extremities && self.form_feed {
                cx.out.byte(b'\x0c');
            } else if self.extremities {
                let scale = if self.double { 2 } else { 1 };
                cx.out.fill(b'\n', (self.body - lines) * scale + 5);
            } else if fed && self.keep_feeds {
                cx.out.byte(b'\x0c');
            }
            if cx.out.failed() {
                break;
            }
        }
        Ok(())
    }

    fn wait(&self, cx: &mut Context) {
        if self.pause && sys::terminal::is_terminal(sys::fd::STDOUT) {
            cx.note(&[b"\x07"]);
            let mut byte = [0];
            while !matches!(sys::fd::read(sys::fd::STDERR, &mut byte), Ok(0) | Err(_)) && byte != *b"\n" {}
        }
    }

    fn print_header(&self, cx: &mut Context, date: &[u8], name: &[u8], page: u64) {
        let utf8 = cx.utf8();
        let mut buf = num::new_buf();
        let number = num::dec(page, &mut buf);
        let text = self.header.unwrap_or(name);
        let columns = |text: &[u8]| text::width::text_columns(text, utf8);
        let free = self.width.saturating_sub(columns(date) + columns(text) + 5 + number.len());
        cx.out.fill(b' ', self.margin);
        cx.out.write(b"\n\n");
        cx.out.fill(b' ', self.margin);
        cx.out.write(date);
        cx.out.fill(b' ', (free / 2).max(1));
        cx.out.write(text);
        cx.out.fill(b' ', (free - free / 2).max(1));
        cx.out.write(b"Page ");
        cx.out.write(number);
        cx.out.write(b"\n\n\n");
    }

    /// Prints row `at` of `rows`, that show `count` lines.
    fn print_row(
        &self,
        cx: &mut Context,
        cells: &[Option<Vec<u8>>],
        (at, rows, count): (usize, usize, usize),
    ) {
        let mut row = Row { text: Vec::new(), at: 0, blanks: 0, tab: self.out_tab };
        // Where the column begins, without its separator.
        let mut start = self.margin;
        // Filled downwards, the first columns have a line more than the others.
        let (each, more) = (count / self.columns, count % self.columns);
        for column in 0..self.columns {
            let (index, there) = if self.merge {
                (at * self.columns + column, true)
            } else if self.across {
                (at * self.columns + column, at * self.columns + column < count)
            } else {
                (column * each + column.min(more) + at, at < each + usize::from(column < more))
            };
            if !there || at >= rows {
                break;
            }
            if column == 0 || !self.join {
                row.pad(start);
            }
            if column > 0 {
                for &byte in self.separator {
                    let before = row.at + row.blanks;
                    row.byte(byte);
                    if byte != b' ' {
                        // Whatever it is, it counts as a column.
                        row.at = before + 1;
                    }
                }
            }
            row.flush();
            let cell = cells.get(index).and_then(Option::as_deref);
            if column == 0 || !self.merge {
                self.print_number(&mut row, if self.merge { at } else { index });
            }
            let end = self.print_text(&mut row, cell.unwrap_or_default());
            if self.join && !self.merge && !self.across && row.blanks == 0 {
                // As GNU counts for tabs where nothing is aligned.
                row.at = end;
            }
            start += self.column_width;
            if column == 0 && self.merge {
                start += self.number_width();
            }
            if column > 0 {
                start += self.separator.len();
            }
        }
        cx.out.line(&row.text);
    }

    fn print_number(&self, row: &mut Row, index: usize) {
        let Some((separator, digits)) = self.number else { return };
        let mut text = Vec::new();
        let mut buf = num::new_buf();
        num::push_padded(&mut text, num::dec(self.line + index as u64, &mut buf), digits, b' ');
        for &byte in text.get(text.len() - digits..).unwrap_or_default() {
            row.byte(byte);
        }
        if separator == b'\t' && self.columns > 1 {
            row.blanks += self.number_width() - digits;
        } else {
            row.byte(separator);
        }
    }

    /// Prints a line's text; gives the column of its own that it ends in.
    fn print_text(&self, row: &mut Row, text: &[u8]) -> usize {
        if !self.truncate && !self.expand && self.visible == 0 && row.tab.is_none() {
            row.flush();
            row.text.extend_from_slice(text);
            return 0;
        }
        let mut at = if self.truncate && !self.merge { self.number_width() } else { 0 };
        for &byte in text {
            let mut clump = Vec::new();
            let width: isize = if byte == self.tab && self.expand || byte == b'\t' {
                let stop = if byte == self.tab { self.tab_width } else { 8 };
                let width = stop - at % stop;
                num::push_fill(&mut clump, if self.expand { width } else { 0 }, b' ');
                width as isize
            } else if matches!(byte, b' '..=b'~') {
                1
            } else if self.visible == 1 && byte < 0x80 {
                clump.extend_from_slice(&[b'^', byte ^ 0x40]);
                2
            } else if self.visible > 0 {
                clump.extend_from_slice(&[
                    b'\\',
                    b'0' + (byte >> 6),
                    b'0' + (byte >> 3 & 7),
                    b'0' + (byte & 7),
                ]);
                4
            } else {
                -isize::from(byte == 8)
            };
            at = at.saturating_add_signed(width);
            if self.truncate && at > self.column_width {
                break;
            }
            if clump.is_empty() {
                clump.push(byte);
            }
            for &byte in &clump {
                row.byte(byte);
            }
        }
        at
    }
}

impl Source {
    fn next(&mut self) -> Result<Next> {
        let Some(input) = &mut self.input else { return Ok(Next::End) };
        if core::mem::take(&mut self.fed) {
            return Ok(Next::Feed);
        }
        let line = input.peek_line(b'\n')?;
        if line.is_empty() {
            self.input = None;
            return Ok(Next::End);
        }
        let Some(at) = memchr::memchr(b'\x0c', line) else {
            let text = line.strip_suffix(b"\n").unwrap_or(line).to_vec();
            let length = line.len();
            input.consume(length);
            return Ok(Next::Line(text));
        };
        let text = line.get(..at).unwrap_or_default().to_vec();
        // A newline right behind belongs to the form feed.
        let skipped = usize::from(line.get(at + 1) == Some(&b'\n'));
        input.consume(at + 1 + skipped);
        if text.is_empty() {
            return Ok(Next::Feed);
        }
        self.fed = true;
        Ok(Next::Line(text))
    }

    /// Passes over a form feed, if that is what comes next.
    fn skip_feed(&mut self) -> Result<bool> {
        if let Some(input) = self.input.as_mut().filter(|_| !self.fed)
            && input.block()?.first() == Some(&b'\x0c')
        {
            return self.next().map(|_| true);
        }
        Ok(core::mem::take(&mut self.fed))
    }
}

impl Row {
    fn byte(&mut self, byte: u8) {
        if byte == b' ' && self.tab.is_some() {
            self.blanks += 1;
            return;
        }
        self.flush();
        self.text.push(byte);
        if byte == 8 {
            self.at = self.at.saturating_sub(1);
        } else if matches!(byte, b' '..=b'~') {
            self.at += 1;
        }
    }

    /// Goes to a column with blanks.
    fn pad(&mut self, column: usize) {
        self.blanks = column.saturating_sub(self.at);
    }

    /// Writes the blanks that are due, as tabs where these fit.
    fn flush(&mut self) {
        let goal = self.at + core::mem::take(&mut self.blanks);
        if let Some((tab, width)) = self.tab {
            while goal - self.at > 1 && self.at + width - self.at % width <= goal {
                self.text.push(tab);
                self.at += width - self.at % width;
            }
        }
        num::push_fill(&mut self.text, goal - self.at, b' ');
        self.at = goal;
    }
}
