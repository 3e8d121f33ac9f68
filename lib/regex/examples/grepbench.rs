//! Counts matching lines of an 80 MB log with this crate and with GNU grep, and prints the ratio of the medians.
//!
//! `cargo run --release -p cairn-regex --example grepbench`; the log is made once, in /tmp.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]
use regex::{Flags, Regex};
use std::io::{Read, Write};
use std::process::Command;
use std::time::Instant;

const LOG: &str = "/tmp/cairn-regex-bench.log";
const WORDS: &str = "/tmp/cairn-regex-bench.words";
const RUNS: usize = 7;

struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn word(&mut self) -> String {
        let syllables = [
            "ka", "ro", "min", "tes", "lu", "ver", "and", "ost", "i", "pre", "qua", "zen", "fo", "bar", "el",
            "un",
        ];
        (0..2 + self.below(3)).map(|_| syllables[self.below(16) as usize]).collect()
    }
}

fn make_log() -> std::io::Result<()> {
    let mut random = Random(1);
    let mut out = std::io::BufWriter::new(std::fs::File::create(LOG)?);
    let mut size = 0;
    let mut n = 0u64;
    while size < 80_000_000 {
        n += 1;
        let method = ["GET", "POST", "PUT", "HEAD"][random.below(4) as usize];
        let status = [200, 200, 200, 304, 404, 500][random.below(6) as usize];
        let tail = ["", " running", " keep-alive", " cached"][random.below(4) as usize];
        let rare = if n % 150_000 == 77 { " Heisenbug" } else { "" };
        let line = format!(
            "10.{}.{} {method} /{}/{}/w{} {status} {}{rare}{tail}\n",
            random.below(256),
            random.below(256),
            random.word(),
            random.word(),
            random.below(3000),
            random.below(100_000)
        );
        size += line.len();
        out.write_all(line.as_bytes())?;
    }
    out.flush()?;
    let mut random = Random(99);
    let mut out = std::io::BufWriter::new(std::fs::File::create(WORDS)?);
    for _ in 0..10_000 {
        writeln!(out, "{}{}{}", random.word(), random.below(10), random.word())?;
    }
    out.flush()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// What `grep -c` does: read the file in large pieces, count lines that match.
fn count(regex: &mut Regex) -> usize {
    let mut file = std::fs::File::open(LOG).unwrap();
    let mut buffer = vec![0u8; 256 * 1024];
    let (mut held, mut lines) = (0, 0);
    loop {
        let got = file.read(&mut buffer[held..]).unwrap();
        let filled = held + got;
        let whole =
            if got == 0 { filled } else { memchr::memrchr(b'\n', &buffer[..filled]).map_or(0, |i| i + 1) };
        let mut at = 0;
        while let Some((_, end)) = regex.find_line(&buffer[..whole], at, b'\n') {
            lines += 1;
            at = end + 1;
        }
        if got == 0 {
            return lines;
        }
        buffer.copy_within(whole..filled, 0);
        held = filled - whole;
        if held == buffer.len() {
            buffer.resize(held * 2, 0);
        }
    }
}

fn main() {
    if !std::path::Path::new(WORDS).exists() {
        make_log().unwrap();
    }
    let twenty = "karomin|tesluver|andost|Heisen|prequa|zenfo|barel|unun|osti|luka|rokaka|verand|ost9|pre7|qua5|zen3|fo1x|bar2y|el4z|un6a";
    let words = std::fs::read(WORDS).unwrap();
    let cases: [(&str, &[&str], Flags); 12] = [
        ("rare literal", &["Heisenbug"], Flags::BASIC),
        ("absent literal", &["Schroedinger"], Flags::BASIC),
        ("frequent literal", &["GET"], Flags::BASIC),
        ("-i rare", &["-i", "heisenBUG"], Flags::ICASE),
        ("-i frequent", &["-i", "running"], Flags::ICASE),
        ("w1[0-9]+.*500", &["-E", "w1[0-9]+.*500"], Flags::EXTENDED),
        ("20 words", &["-E", twenty], Flags::EXTENDED),
        ("10,000 words", &["-F", "-f", WORDS], Flags::FIXED),
        ("[a-z]*ing$", &["[a-z]*ing$"], Flags::BASIC),
        ("^10.*(PUT|HEAD).*0$", &["-E", "^10.*(PUT|HEAD).*0$"], Flags::EXTENDED),
        ("[0-9]{3} [0-9]{5}$", &["-E", "[0-9]{3} [0-9]{5}$"], Flags::EXTENDED),
        ("-w", &["-w", "w1"], Flags::WORD),
    ];
    println!("{:22} {:>9} {:>9} {:>9} {:>6}", "", "lines", "ours ms", "grep ms", "ratio");
    for (name, args, flags) in cases {
        let (mut ours, mut theirs, mut lines, mut expected) = (Vec::new(), Vec::new(), 0, 0);
        for _ in 0..RUNS {
            let begin = Instant::now();
            let patterns: Vec<&[u8]> = if args.contains(&"-f") {
                words.split(|&b| b == b'\n').filter(|w| !w.is_empty()).collect()
            } else {
                vec![args[args.len() - 1].as_bytes()]
            };
            let mut regex = Regex::from_set(&patterns, flags).map_err(|(_, e)| e.message()).unwrap();
            lines = count(&mut regex);
            ours.push(begin.elapsed().as_secs_f64() * 1e3);
            let begin = Instant::now();
            let output =
                Command::new("grep").arg("-c").args(args).arg(LOG).env("LC_ALL", "C").output().unwrap();
            theirs.push(begin.elapsed().as_secs_f64() * 1e3);
            expected = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap();
        }
        assert_eq!(lines, expected, "{name}");
        let (a, b) = (median(ours), median(theirs));
        println!("{name:22} {lines:9} {a:9.1} {b:9.1} {:6.2}", a / b);
    }
}
