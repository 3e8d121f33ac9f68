//! usage: sort [OPTION]... [FILE]...
//!
//! Print the lines of all FILEs, sorted.
//!
//!  -b, --ignore-leading-blanks  keys begin behind blanks
//!  -c                           only check that the input is sorted: tell the first line that is not
//!  -C                           check, and only give the status
//!  --check[=HOW]                same as -c, or -C where HOW is quiet or silent
//!  -d, --dictionary-order       only blanks, letters and digits count
//!  -f, --ignore-case            upper and lower case are the same
//!  -g, --general-numeric-sort   by floating point numbers
//!  -h, --human-numeric-sort     by numbers with units (2K, 1G)
//!  -i, --ignore-nonprinting     only printable characters count
//!  -k, --key=KEY                by KEY: F[.C][OPTIONS][,F[.C][OPTIONS]], fields and characters from 1 on
//!  -m, --merge                  merge FILEs that are sorted
//!  -M, --month-sort             by names of months
//!  -n, --numeric-sort           by numbers
//!  -o, --output=FILE            write to FILE, which may be one of the inputs
//!  -r, --reverse                the other way round
//!  -R, --random-sort            at random, equal keys together
//!  -s, --stable                 equal keys stay as they came
//!  -S, --buffer-size=SIZE       use so much memory (K; b, K, M, G, % of all)
//!  -t, --field-separator=SEP    fields are separated by SEP, not by blanks
//!  -T, --temporary-directory=DIR  put temporary files in DIR ($TMPDIR, /tmp)
//!  -u, --unique                 print only the first of lines whose keys are equal
//!  -V, --version-sort           by version numbers in the text
//!  -z, --zero-terminated        lines end with NUL
//!  --sort=WORD                  general-numeric, human-numeric, month, numeric, random, version
//!  --files0-from=F              read names, each ended by NUL, from F
//!  --random-source=FILE         take randomness from FILE
//!  --parallel=N                 use N threads
//!  --batch-size=N               merge at most N files at once
//!
//! # Notes
//! POSIX.1-2024 sort, in the C locale; the rest as GNU. Status 1: -c found disorder; 2: an error.

use applet::prelude::*;
use files::temporary::Replacement;
use sort::{Key, Keys, Lines, Order};

applet::options!("sort");

struct Job<'a> {
    keys: Keys,
    end: u8,
    unique: bool,
    /// The most memory to use for lines, in bytes.
    memory: usize,
    threads: usize,
    batch: usize,
    folder: &'a [u8],
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 2;
    let args = obsolete(cx.args);
    let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
    let options = Options::parse(&args, opt::GRAMMAR, cx.var(b"POSIXLY_CORRECT").is_none())?;
    let list = match options.value(opt::FILES0_FROM) {
        Some(file) if options.operands.is_empty() => cx.open(file)?.rest().at(file)?,
        Some(_) => return Err(Error::usage(&[b"file operands cannot be combined with --files0-from"])),
        None => Vec::new(),
    };
    let mut names = options.operands.clone();
    if let Some(file) = options.value(opt::FILES0_FROM) {
        names.extend(list.strip_suffix(b"\0").unwrap_or(&list).split(|&byte| byte == 0));
        if list.is_empty() {
            return Err(Error::about(b"no input from '%'", file));
        }
        if let Some(at) = names.iter().position(|name| name.is_empty()) {
            let mut number = Vec::new();
            num::push_dec(&mut number, at as u64 + 1);
            return Err(Error::parts(&[file, b":", &number, b": invalid zero-length file name"]));
        }
    } else if names.is_empty() {
        names.push(b"-");
    }
    let job = Job {
        keys: keys(&options)?,
        end: if options.has(opt::ZERO_TERMINATED) { 0 } else { b'\n' },
        unique: options.has(opt::UNIQUE),
        memory: memory(&options)?,
        threads: match options.value(opt::PARALLEL) {
            Some(text) => match applet::value::number(text, b"", b"number in parallel")? {
                0 => return Err(Error::new(b"number in parallel must be nonzero")),
                number => number.min(64) as usize,
            },
            None => sys::process::available_processors().min(8),
        },
        batch: match options.value(opt::BATCH_SIZE) {
            Some(text) => match applet::value::number(text, b"", b"--batch-size argument")? {
                0 | 1 => return Err(Error::new(b"minimum --batch-size argument is '2'")),
                number => number.min(1000) as usize,
            },
            None => 16,
        },
        folder: options
            .value(opt::TEMPORARY_DIRECTORY)
            .or(cx.var(b"TMPDIR").filter(|dir| !dir.is_empty()))
            .unwrap_or(b"/tmp"),
    };
    let output = options.value(opt::OUTPUT);
    let mut check = None;
    for &(id, value) in &options.list {
        let quiet = match id {
            opt::c => false,
            opt::C => true,
            opt::CHECK if value.is_empty() => false,
            opt::CHECK => word(value, b"diagnose-first quiet silent", b"--check")? > 0,
            opt::OUTPUT | opt::FIELD_SEPARATOR | opt::RANDOM_SOURCE if options.value(id) != Some(value) => {
                return Err(Error::about(b"only one of '%' and another is possible", value));
            }
            _ => continue,
        };
        if check.replace(quiet).is_some_and(|before| before != quiet) {
            return Err(Error::new(b"options '-cC' are incompatible"));
        }
    }
    if let Some(quiet) = check {
        if output.is_some() {
            return Err(Error::new(b"options '-co' are incompatible"));
        }
        if let Some(extra) = names.get(1) {
            return Err(Error::about(b"extra operand '%' not allowed with -c", extra));
        }
        return job.check(cx, names.first().copied().unwrap_or(b"-"), quiet);
    }
    if options.has(opt::MERGE) {
        job.merge_files(cx, &names, output)?;
    } else {
        job.sort_files(cx, &names, output)?;
    }
    Ok(cx.status())
}

/// Status 1 is for input that is not sorted.
fn word(text: &[u8], words: &[u8], option: &[u8]) -> Result<usize> {
    applet::value::word(text, words, option).map_err(|error| error.with_status(2))
}

/// What shall take the place of the file `name`: one with a single name, that is the user's and may be written.
fn replacement(name: &[u8]) -> Option<Replacement> {
    let stat = sys::fs::lstat(name).ok()?;
    let own = stat.is_file() && stat.nlink() == 1 && stat.uid() == sys::process::euid();
    if !own || sys::fs::access(sys::fd::CWD, name, libc::W_OK).is_err() {
        return None;
    }
    let new = Replacement::new(sys::fd::CWD, name, 0o600).ok()?;
    new.become_like(&stat).ok()?;
    Some(new)
}

/// The forms that POSIX took away and scripts still have: `+F[.C] [-F[.C]]` for `-k`.
fn obsolete(args: &[&[u8]]) -> Vec<Vec<u8>> {
    let position = |text: &[u8]| -> Option<(u64, u64, Vec<u8>)> {
        let field = num::parse_int(text, 10);
        let rest = text.get(field.used..)?;
        let (byte, rest) = match rest {
            [b'.', tail @ ..] => {
                let byte = num::parse_int(tail, 10);
                (byte.magnitude, tail.get(byte.used..)?)
            }
            _ => (0, rest),
        };
        (field.used > 0).then(|| (field.magnitude, byte, rest.to_vec()))
    };
    let mut new: Vec<Vec<u8>> = Vec::new();
    let mut args = args.iter().peekable();
    while let Some(&arg) = args.next() {
        if arg == b"--" {
            new.push(arg.to_vec());
            break;
        }
        let Some((field, byte, letters)) = arg.strip_prefix(b"+").and_then(position) else {
            new.push(arg.to_vec());
            continue;
        };
        let mut key = b"-k".to_vec();
        num::push_dec(&mut key, field.saturating_add(1));
        key.push(b'.');
        num::push_dec(&mut key, byte.saturating_add(1));
        key.extend(letters);
        if let Some((field, byte, letters)) =
            args.peek().and_then(|next| next.strip_prefix(b"-")).and_then(position)
        {
            args.next();
            key.push(b',');
            // The old end is the byte behind the key.
            num::push_dec(&mut key, if byte == 0 { field } else { field.saturating_add(1) });
            if byte > 0 {
                key.push(b'.');
                num::push_dec(&mut key, byte);
            }
            key.extend(letters);
        }
        new.push(key);
    }
    new.extend(args.map(|arg| arg.to_vec()));
    new
}

/// What an option letter says of a key; `false` for a letter that says nothing.
fn apply(key: &mut Key, letter: u8) -> bool {
    match letter {
        b'b' => {
            key.start_blanks = true;
            key.end_blanks = true;
        }
        b'd' => key.dictionary = true,
        b'f' => key.fold = true,
        b'g' => key.order = Order::General,
        b'h' => key.order = Order::Human,
        b'i' => key.printable = true,
        b'M' => key.order = Order::Month,
        b'n' => key.order = Order::Numeric,
        b'r' => key.reverse = true,
        b'R' => key.order = Order::Random,
        // Both are possible: it is by chance then.
        b'V' if key.order == Order::Random => {}
        b'V' => key.order = Order::Version,
        _ => return false,
    }
    true
}

fn keys(options: &Options) -> Result<Keys> {
    let mut global = Key::default();
    let mut given = Vec::new();
    for &(id, value) in &options.list {
        // The letter of an option is the second byte of its line.
        let line = opt::GRAMMAR.split(|&byte| byte == b'\n').nth(id.into());
        let mut letter = line.and_then(|line| line.get(1)).copied().unwrap_or(b' ');
        if id == opt::SORT {
            let words = b"general-numeric human-numeric month numeric random version";
            letter = *b"ghMnRV".get(word(value, words, b"--sort")?).unwrap_or(&b' ');
        }
        if apply(&mut global, letter) {
            given.push(letter);
        }
    }
    let separator = match options.value(opt::FIELD_SEPARATOR) {
        None => None,
        Some(b"\\0") => Some(0),
        Some([byte]) => Some(*byte),
        Some(b"") => return Err(Error::new(b"empty tab")),
        Some(other) => return Err(Error::about(b"multi-character tab '%'", other)),
    };
    let mut list = Vec::new();
    for text in options.values(opt::KEY) {
        list.push(parse_key(text, &global, &given)?);
    }
    let reverse = global.reverse;
    let last_resort = !options.has(opt::STABLE) && !options.has(opt::UNIQUE);
    if list.is_empty() {
        check_letters(&given)?;
        // With a global -b the whole line is a key that begins behind blanks.
        list.push(global);
    }
    let mut seed = [0; 8];
    if list.iter().any(|key| key.order == Order::Random) {
        match options.value(opt::RANDOM_SOURCE) {
            Some(file) => {
                let fd = sys::fd::open_read(file).at(file)?;
                sys::fd::read_full(fd.raw(), &mut seed).at(file)?;
            }
            None => sys::host::random(&mut seed)?,
        }
    }
    Ok(Keys { list, separator, last_resort, reverse, seed: u64::from_le_bytes(seed) })
}

/// Orders that exclude each other.
fn check_letters(letters: &[u8]) -> Result {
    let has = |letter: &&u8| letters.contains(letter);
    if b"ghMn".iter().filter(has).count() + usize::from(b"diRV".iter().any(|letter| has(&letter))) > 1 {
        return Err(Error::about(b"options '-%' are incompatible", letters));
    }
    Ok(())
}

/// `F[.C][OPTIONS][,F[.C][OPTIONS]]`. A key without letters of its own has the global ones, which are `given`.
fn parse_key(text: &[u8], global: &Key, given: &[u8]) -> Result<Key> {
    let wrong = |why: &[u8]| Error::parts(&[why, b": invalid field specification '", text, b"'"]);
    let mut key = Key::default();
    let mut rest = text;
    let number = |rest: &mut &[u8], why: &[u8]| {
        let int = num::parse_int(rest, 10);
        let is_number = rest.first().is_some_and(u8::is_ascii_digit);
        *rest = rest.get(int.used..).unwrap_or_default();
        if is_number { Ok(usize::try_from(int.magnitude).unwrap_or(usize::MAX)) } else { Err(wrong(why)) }
    };
    let start_field = number(&mut rest, b"invalid number at field start")?;
    key.start_field = start_field.checked_sub(1).ok_or_else(|| wrong(b"field number is zero"))?;
    if let [b'.', tail @ ..] = rest {
        rest = tail;
        let start_byte = number(&mut rest, b"invalid number after '.'")?;
        key.start_byte = start_byte.checked_sub(1).ok_or_else(|| wrong(b"character offset is zero"))?;
    }
    let mut letters = Vec::new();
    let take_letters = |key: &mut Key, rest: &mut &[u8], letters: &mut Vec<u8>, at_end: bool| {
        while let [letter, tail @ ..] = *rest {
            match letter {
                b'b' if at_end => key.end_blanks = true,
                b'b' => key.start_blanks = true,
                letter if apply(key, *letter) => {}
                _ => break,
            }
            letters.push(*letter);
            *rest = tail;
        }
    };
    take_letters(&mut key, &mut rest, &mut letters, false);
    if let [b',', tail @ ..] = rest {
        rest = tail;
        let end_field = number(&mut rest, b"invalid number after ','")?;
        key.end_field = Some(end_field.checked_sub(1).ok_or_else(|| wrong(b"field number is zero"))?);
        if let [b'.', tail @ ..] = rest {
            rest = tail;
            key.end_byte = number(&mut rest, b"invalid number after '.'")?;
        }
        take_letters(&mut key, &mut rest, &mut letters, true);
    }
    if !rest.is_empty() {
        return Err(wrong(b"stray character in field spec"));
    }
    check_letters(if letters.is_empty() { given } else { &letters })?;
    if letters.is_empty() {
        let Key { start_blanks, end_blanks, order, reverse, fold, dictionary, printable, .. } = *global;
        key = Key { start_blanks, end_blanks, order, reverse, fold, dictionary, printable, ..key };
    }
    Ok(key)
}

/// The memory for lines: what `-S` says, or half of what is free, within bounds.
fn memory(options: &Options) -> Result<usize> {
    const LEAST: u64 = 1 << 20;
    let Some(text) = options.value(opt::BUFFER_SIZE) else {
        let free = sys::host::memory().map_or(0, |memory| memory.free);
        return Ok(usize::try_from((free / 2).clamp(64 << 20, 4 << 30)).unwrap_or(usize::MAX));
    };
    let (digits, table) = match text {
        [digits @ .., b'%' | b'b'] => (digits, &b""[..]),
        _ => (text, num::SIZES),
    };
    let number = applet::value::number(digits, table, b"--buffer-size argument")?;
    let size = match text.last() {
        Some(b'%') => (u128::from(sys::host::memory()?.total) * u128::from(number) / 100).min(1 << 62) as u64,
        // A number by itself counts KiB.
        Some(b'0'..=b'9') => number.saturating_mul(1024),
        _ => number,
    };
    Ok(usize::try_from(size.max(LEAST)).unwrap_or(usize::MAX))
}

/// Where sorted lines go.
struct Output {
    writer: Writer,
    end: u8,
}

impl Output {
    fn line(&mut self, line: &[u8]) -> bool {
        self.writer.write(line);
        self.writer.byte(self.end);
        !self.writer.failed()
    }
}

impl Job<'_> {
    fn sort_files(&self, cx: &mut Context, names: &[&[u8]], output: Option<&[u8]>) -> Result {
        let mut lines = Lines::default();
        let mut runs: Vec<Fd> = Vec::new();
        for name in names {
            let mut input = cx.open(name)?;
            loop {
                let block = input.lines(self.end).at(name)?;
                if block.is_empty() {
                    break;
                }
                let length = block.len();
                lines.add(block, self.end);
                input.consume(length);
                if lines.memory() > self.memory && lines.count() > 1 {
                    runs.push(self.spill(&mut lines)?);
                    self.limit_runs(&mut runs)?;
                }
            }
        }
        if runs.is_empty() {
            lines.sort(&self.keys, self.threads);
            return self.write(cx, output, &mut |out| {
                lines.each(&self.keys, self.unique, &mut |line| out.line(line));
                Ok(())
            });
        }
        if lines.count() > 0 {
            runs.push(self.spill(&mut lines)?);
        }
        drop(lines);
        self.write(cx, output, &mut |out| self.merge_runs(&mut runs, out))
    }

    /// Writes the lines in memory to a temporary file, sorted.
    fn spill(&self, lines: &mut Lines) -> Result<Fd> {
        lines.sort(&self.keys, self.threads);
        let result = self.temporary(&mut |out| {
            lines.each(&self.keys, self.unique, &mut |line| out.line(line));
            Ok(())
        });
        lines.clear();
        result
    }

    /// A temporary file with what `write` puts in it; it has no name, so nothing is left behind whatever happens.
    fn temporary(&self, write: &mut dyn FnMut(&mut Output) -> Result) -> Result<Fd> {
        let file = open_temporary(self.folder).at(self.folder)?;
        let mut out = Output { writer: Writer::new(file.raw()), end: self.end };
        write(&mut out)?;
        out.writer.flush().at(self.folder)?;
        sys::fd::seek(file.raw(), 0, libc::SEEK_SET)?;
        Ok(file)
    }

    /// Merges the oldest runs into one when there are many, so that descriptors never run out.
    fn limit_runs(&self, runs: &mut Vec<Fd>) -> Result {
        if runs.len() < self.batch {
            return Ok(());
        }
        let mut all = core::mem::take(runs);
        runs.push(self.temporary(&mut |out| self.merge_runs(&mut all, out))?);
        Ok(())
    }

    fn merge_runs(&self, runs: &mut Vec<Fd>, out: &mut Output) -> Result {
        let readers = runs.drain(..).map(Reader::own).collect();
        let result = sort::merge(readers, self.end, &self.keys, self.unique, &mut |line| out.line(line));
        result.map_err(|(_, errno)| Error::system(self.folder, errno))
    }

    fn merge_files(&self, cx: &mut Context, names: &[&[u8]], output: Option<&[u8]>) -> Result {
        let mut rest = names;
        let mut merged: Option<Fd> = None;
        while rest.len() + usize::from(merged.is_some()) > self.batch {
            let (now, later) = rest.split_at(self.batch - 1);
            rest = later;
            let readers = self.open_all(cx, merged.take(), now)?;
            let mut readers = Some(readers);
            merged = Some(
                self.temporary(&mut |out| self.merge_open(readers.take().unwrap_or_default(), now, out))?,
            );
        }
        let readers = self.open_all(cx, merged, rest)?;
        let mut readers = Some(readers);
        // An output that is also an input is written once all of the input has been read.
        let is_input = output.is_some_and(|output| names.iter().any(|name| same_file(name, output)));
        let names = rest;
        if is_input {
            let file =
                self.temporary(&mut |out| self.merge_open(readers.take().unwrap_or_default(), names, out))?;
            return self.write(cx, output, &mut |out| {
                io::copy(&mut Reader::borrow(file.raw()), &mut out.writer).at(self.folder)?;
                Ok(())
            });
        }
        self.write(cx, output, &mut |out| self.merge_open(readers.take().unwrap_or_default(), names, out))
    }

    fn open_all(&self, cx: &Context, first: Option<Fd>, names: &[&[u8]]) -> Result<Vec<Reader>> {
        let mut readers: Vec<Reader> = first.map(Reader::own).into_iter().collect();
        for name in names {
            readers.push(cx.open(name)?);
        }
        Ok(readers)
    }

    fn merge_open(&self, readers: Vec<Reader>, names: &[&[u8]], out: &mut Output) -> Result {
        let extra = readers.len() - names.len().min(readers.len());
        let result = sort::merge(readers, self.end, &self.keys, self.unique, &mut |line| out.line(line));
        result.map_err(|(index, errno)| {
            let name = index.checked_sub(extra).and_then(|index| names.get(index)).copied();
            Error::system(name.unwrap_or(self.folder), errno)
        })
    }

    /// Sends what `write` produces to standard output or to the file of `-o`.
    fn write(
        &self,
        cx: &mut Context,
        output: Option<&[u8]>,
        write: &mut dyn FnMut(&mut Output) -> Result,
    ) -> Result {
        let Some(name) = output else {
            let writer = core::mem::replace(&mut cx.out, Writer::memory());
            let mut out = Output { writer, end: self.end };
            let result = write(&mut out);
            cx.out = out.writer;
            return result;
        };
        // What was in a file of the user's own is lost only when all that replaces it is there.
        if let Some(new) = replacement(name) {
            let mut out = Output { writer: Writer::new(new.fd()), end: self.end };
            write(&mut out)?;
            out.writer.flush().at(name)?;
            return new.commit(false).at(name);
        }
        let file = sys::fd::open(name, libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC, 0o666).at(name)?;
        let mut out = Output { writer: Writer::new(file.raw()), end: self.end };
        write(&mut out)?;
        out.writer.flush().at(name)?;
        file.close().at(name)
    }

    fn check(&self, cx: &mut Context, name: &[u8], quiet: bool) -> Result<Exit> {
        let mut input = cx.open(name)?;
        let mut last: Option<Vec<u8>> = None;
        let mut number = 0u64;
        while let Some(line) = input.text_line(self.end).at(name)? {
            number += 1;
            if let Some(last) = &last {
                let order = if self.unique {
                    self.keys.compare_keys(last, line)
                } else {
                    self.keys.compare(last, line)
                };
                if order.is_gt() || self.unique && order.is_eq() {
                    if !quiet {
                        let mut digits = Vec::new();
                        num::push_dec(&mut digits, number);
                        cx.warn(&[name, b":", &digits, b": disorder: ", line]);
                    }
                    return Ok(Exit::FAILURE);
                }
            }
            let last = last.get_or_insert_default();
            last.clear();
            last.extend_from_slice(line);
        }
        Ok(cx.status())
    }
}

fn same_file(name: &[u8], other: &[u8]) -> bool {
    let stat = if name == b"-" { sys::fs::fstat(sys::fd::STDIN) } else { sys::fs::stat(name) };
    matches!((stat, sys::fs::stat(other)), (Ok(a), Ok(b)) if a.same(&b))
}

/// A file without a name in `folder`.
fn open_temporary(folder: &[u8]) -> sys::Result<Fd> {
    if let Ok(file) = sys::fd::open(folder, libc::O_TMPFILE | libc::O_RDWR, 0o600) {
        return Ok(file);
    }
    // Not every file system knows files without names: one with a random name, removed at once.
    let mut random = [0; 8];
    sys::host::random(&mut random)?;
    let mut name = [folder, b"/sort"].concat();
    num::push_radix(&mut name, u64::from_le_bytes(random), 36, 0);
    let file = sys::fd::open(&name, libc::O_RDWR | libc::O_CREAT | libc::O_EXCL, 0o600)?;
    sys::fs::unlinkat(sys::fd::CWD, &name, 0)?;
    Ok(file)
}
