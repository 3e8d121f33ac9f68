//! The data that is measured on: made once, the same on every machine, kept for the next time.
//!
//! - log: 80 MB, 1.5 million log-like ASCII lines of blanks, words and numbers; tabs and log.base64 are made of it
//! - shuffled: such lines in no order; sorted: the log in order; sorted2: every third of those lines missing
//! - words: 1.5 million, in runs of the same word; numbers: 1.5 million
//! - big: 1 GB, the log again and again
//! - configure: a script that autoconf has made, and a stub as compiler, so that the shell and its commands are measured
//! - tree: 100,000 files in 1,000 folders, every tenth of them deep down

use anyhow::{Context, Result, ensure};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

const LINES: u64 = 1_500_000;
const FOLDERS: usize = 1_000;
const FILES_PER_FOLDER: usize = 100;
const BIG: u64 = 1_000_000_000;

/// Raise it when the data changes.
const VERSION: &str = "2";

/// The folder of the data: `cairn-bench-UID` in `$TMPDIR` or `/tmp`.
pub fn folder() -> PathBuf {
    // SAFETY: cannot fail.
    let uid = unsafe { libc::getuid() };
    std::env::temp_dir().join(format!("cairn-bench-{uid}"))
}

/// Makes the data unless it is there.
pub fn make(folder: &Path) -> Result<()> {
    let stamp = folder.join("complete");
    if fs::read_to_string(&stamp).is_ok_and(|version| version == VERSION) {
        return Ok(());
    }
    eprintln!("bench: making data in {} (once)", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let create = |name: &str| -> Result<BufWriter<File>> {
        Ok(BufWriter::with_capacity(1 << 16, File::create(folder.join(name))?))
    };
    log(&mut create("log")?, true)?;
    log(&mut create("shuffled")?, false)?;
    numbers(&mut create("numbers")?)?;
    words(&mut create("words")?)?;
    host(
        folder,
        "sort log >sorted; sed -n '0~3!p' sorted >sorted2; tr ' ' '\\t' <log >tabs; base64 log >log.base64",
    )?;
    big(folder, &mut create("big")?)?;
    tree(&folder.join("tree"))?;
    configure(folder)?;
    fs::write(stamp, VERSION)?;
    Ok(())
}

/// Generates a configure script and compiles its stub of a compiler.
fn configure(folder: &Path) -> Result<()> {
    let source = crate::contender::workspace().join("bench/configure");
    let script = format!(
        "cp -r '{}' configure; cd configure; autoconf; autoheader; cc -O -o cc stub.c; cp /usr/share/autoconf/build-aux/install-sh .",
        source.display()
    );
    host(folder, &script).context("autoconf and a C compiler are needed to make the configure script")
}

fn host(folder: &Path, script: &str) -> Result<()> {
    let status = Command::new("sh").args(["-ec", script]).current_dir(folder).env("LC_ALL", "C").status()?;
    ensure!(status.success(), "{script}: {status}");
    Ok(())
}

/// A small generator of pseudo-random numbers (xorshift64*): always the same sequence.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }

    /// A word of 2 to 9 letters, from a vocabulary of some thousands: common words are short.
    fn word(&mut self, text: &mut String) {
        let rank = self.below(1 + self.0 % 4000);
        let mut letters = Random(rank.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..3 + (rank / 700) + letters.below(3) {
            text.push(char::from(b'a' + letters.below(26) as u8));
        }
    }
}

/// `2024-03-17 11:22:33 host12 sshd[1234]: jri xwl 567`
fn log(out: &mut impl Write, in_order: bool) -> Result<()> {
    const SERVICES: [&str; 6] = ["sshd", "kernel", "cron", "nginx", "postfix/smtpd", "dhcpd"];
    let mut random = Random(0x00c0_ffee);
    let mut line = String::new();
    for n in 0..LINES {
        let n = if in_order { n } else { random.below(LINES) };
        line.clear();
        for _ in 0..random.below(3) {
            random.word(&mut line);
            line.push(' ');
        }
        let (day, second) = (1 + n * 28 / LINES, n * 86400 * 28 / LINES % 86400);
        let service = SERVICES[random.below(6) as usize];
        let (host, pid, value) = (random.below(40), random.below(30_000), random.below(1_000_000));
        let (h, m, s) = (second / 3600, second / 60 % 60, second % 60);
        writeln!(out, "2024-03-{day:02} {h:02}:{m:02}:{s:02} host{host} {service}[{pid}]: {line}{value}")?;
    }
    out.flush()?;
    Ok(())
}

fn numbers(out: &mut impl Write) -> Result<()> {
    let mut random = Random(42);
    for _ in 0..LINES {
        match random.below(4) {
            0 => writeln!(out, "-{}", random.below(1 << 30))?,
            1 => writeln!(out, "{}.{}", random.below(10_000), random.below(1000))?,
            _ => writeln!(out, "{}", random.below(1 << 30))?,
        }
    }
    out.flush()?;
    Ok(())
}

fn words(out: &mut impl Write) -> Result<()> {
    let mut random = Random(7);
    let mut word = String::new();
    for _ in 0..LINES {
        if word.is_empty() || random.below(5) == 0 {
            word.clear();
            random.word(&mut word);
        }
        writeln!(out, "{word}")?;
    }
    out.flush()?;
    Ok(())
}

/// The log again and again.
fn big(folder: &Path, out: &mut impl Write) -> Result<()> {
    let mut left = BIG;
    while left > 0 {
        let mut log = BufReader::with_capacity(1 << 16, File::open(folder.join("log"))?);
        loop {
            let chunk = log.fill_buf()?;
            let count = chunk.len().min(left as usize);
            if count == 0 {
                break;
            }
            out.write_all(&chunk[..count])?;
            log.consume(count);
            left -= count as u64;
        }
    }
    out.flush()?;
    Ok(())
}

fn tree(root: &Path) -> Result<()> {
    let mut deep = root.join("deep");
    for folder in 0..FOLDERS {
        // Every tenth folder is ten levels further down.
        let path =
            if folder % 10 == 0 { deep.join(format!("d{folder}")) } else { root.join(format!("d{folder}")) };
        fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        for file in 0..FILES_PER_FOLDER {
            fs::write(path.join(format!("file{file}.txt")), &[b'x'; 200][..file * 2])?;
        }
        if folder % 100 == 0 {
            deep = deep.join("a/b/c");
        }
    }
    Ok(())
}
