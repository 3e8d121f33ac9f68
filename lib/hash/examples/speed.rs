//! Nanoseconds a byte, side by side with GNU's tools and BusyBox's where there are any.
//!
//! `cargo run --release -p cairn-hash --example speed`
//!
//! A child's time is its user time for a file of 80 MB (the system's share, which is reading, is not counted), and ours
//! that of updates of 64 KiB, the best of some runs.
#![allow(clippy::print_stdout)]
use hash::{Algorithm, Hasher, MAX_DIGEST};
use std::fs;
use std::process::{Command, Stdio};

const SIZE: usize = 80_000_000;
const RUNS: usize = 7;

/// Nanoseconds that this process was given.
fn on_processor() -> f64 {
    let text = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|time| time.parse().ok()).unwrap_or_default()
}

fn ours(algorithm: Algorithm, bits: usize, data: &[u8]) -> f64 {
    let start = on_processor();
    let mut hasher = Hasher::new(algorithm, bits);
    // The same piece over and over: the tools too read into one buffer.
    let piece = &data[..1 << 16];
    (0..data.len() / piece.len()).for_each(|_| hasher.update(piece));
    let mut digest = [0; MAX_DIGEST];
    std::hint::black_box(hasher.finish(&mut digest));
    (on_processor() - start) / data.len() as f64
}

/// User time that dead children took so far, from field 16 of /proc/self/stat, in seconds.
fn children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.nth(13).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or_default() / 100.0
}

fn theirs(command: &str, file: &str) -> Option<f64> {
    let run = || {
        let mut words = command.split(' ');
        let mut child = Command::new(words.next()?);
        let status = child.args(words).arg(file).stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.ok().filter(|status| status.success())
    };
    run()?;
    // Ticks are 10 ms: several runs in one measurement.
    let start = children();
    for _ in 0..RUNS {
        run()?;
    }
    Some((children() - start) * 1e9 / (RUNS * SIZE) as f64)
}

fn main() -> std::io::Result<()> {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    let data: Vec<u8> = (0..SIZE).map(|_| next()).collect();
    let file = std::env::temp_dir().join("cairn-hash-speed");
    fs::write(&file, &data)?;
    let name = file.to_string_lossy().into_owned();
    println!("{:12} {:>7} {:>7} {:>7}   ns a byte", "", "ours", "GNU", "busybox");
    for (label, algorithm, bits, gnu, busybox) in [
        ("md5", Algorithm::Md5, 0, "md5sum", "busybox md5sum"),
        ("sha1", Algorithm::Sha1, 0, "sha1sum", "busybox sha1sum"),
        ("sha256", Algorithm::Sha256, 0, "sha256sum", "busybox sha256sum"),
        ("sha512", Algorithm::Sha512, 0, "sha512sum", "busybox sha512sum"),
        ("sha3-256", Algorithm::Sha3, 256, "", "busybox sha3sum -a256"),
        ("blake2b", Algorithm::Blake2b, 512, "b2sum", ""),
        ("sm3", Algorithm::Sm3, 0, "cksum -a sm3", ""),
        ("crc32", Algorithm::Crc32, 0, "", "busybox crc32"),
        ("cksum", Algorithm::Cksum, 0, "cksum", "busybox cksum"),
        ("bsd", Algorithm::Bsd, 0, "sum -r", "busybox sum -r"),
        ("sysv", Algorithm::Sysv, 0, "sum -s", "busybox sum -s"),
    ] {
        let best = (0..RUNS).map(|_| ours(algorithm, bits, &data)).fold(f64::MAX, f64::min);
        let show = |time: Option<f64>| time.map_or("-".into(), |time| format!("{time:.3}"));
        println!("{label:12} {best:7.3} {:>7} {:>7}", show(theirs(gnu, &name)), show(theirs(busybox, &name)));
    }
    fs::remove_file(&file)
}
