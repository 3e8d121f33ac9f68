//! Time per line of finding a match and its sub-matches, as `sed s///` does.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]
use regex::{Eflags, Flags, Regex};

fn main() {
    let text: Vec<u8> =
        std::fs::read("/tmp/cairn-regex-bench.log").unwrap().into_iter().take(8_000_000).collect();
    for pattern in [
        "^([^ ]*) ([A-Z]+) (.*)$",
        "(.*)/(w[0-9]+) ([0-9]+)",
        "(GET|PUT) /([a-z]*)/([a-z]*)",
        "w1[0-9]*",
        "(([a-z])*/)*",
    ] {
        let mut regex = Regex::new(pattern.as_bytes(), Flags::EXTENDED).unwrap();
        let mut slots = [None; 6];
        let (mut lines, mut matched) = (0u32, 0u32);
        let begin = std::time::Instant::now();
        for line in text.split(|&b| b == b'\n') {
            matched += u32::from(regex.captures_at(line, 0, Eflags::NONE, &mut slots));
            lines += 1;
        }
        let ns = begin.elapsed().as_nanos() as f64 / f64::from(lines);
        println!("{pattern:32} {matched:7} of {lines} lines {ns:8.0} ns each");
    }
}
