//! What `diff` tells of two random files `patch` makes true, both ways, in every format; and `ed` runs the scripts of `diff -e`.
//! GNU's diff and patch, where they are installed, take the other side once.
//!
//! `CAIRN_RANDOM_SEED` chooses other files than usual, `CAIRN_RANDOM_CASES` how many.

use anyhow::{Context, Result};
use cairn_tests::block::Scratch;
use cairn_tests::run;
use cairn_tests::userland::Userland;
use libtest_mimic::{Arguments, Failed, Trial};
use std::fs;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

const BATCH: u64 = 25;
const SEED: u64 = 1;
const CASES: u64 = 150;
const LIMIT: Duration = Duration::from_secs(20);

/// `$DIFF` and `$PATCH` may be GNU's. Says which step failed.
const SCRIPT: &str = r#"
trip() {
    cp a w
    ${DIFF:-diff} "$@" a b > p
    [ $? -le 1 ] || { echo "diff $*: failed"; return; }
    ${PATCH:-patch} -s w p > told 2>&1 || echo "patch of diff $*: $(cat told)"
    cmp w b || echo "diff $*: not b"
    ${PATCH:-patch} -s -R w p > told 2>&1 || echo "patch -R of diff $*: $(cat told)"
    cmp w a || echo "diff $*: not a again"
}
trip
trip -u
trip -U0
trip -U 1
trip -c
trip -C 1
trip -au -d
if [ -z "$DIFF$PATCH" ] && [ "$(tail -c 1 a | wc -l)$(tail -c 1 b | wc -l)" = 11 ]; then
    cp a w
    { diff -ae a b; echo w; } | ed -s w
    cmp w b || echo 'diff -e | ed: not b'
    diff -ae a b > p
    cp a w
    patch -s -e w p > told 2>&1 || echo "patch -e: $(cat told)"
    cmp w b || echo 'diff -e | patch -e: not b'
fi
"#;

/// xorshift64*: the same files everywhere.
struct Author(u64);

impl Author {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % below
    }

    /// Few different lines, so that there are many ways to match them; some look like a part of a patch or an ed script.
    fn line(&mut self) -> &'static [u8] {
        const LINES: [&[u8]; 16] = [
            b"",
            b"a",
            b"b",
            b"c",
            b"a b",
            b"\tx",
            b"--- a",
            b"+++ b",
            b"- ",
            b"@@ -1 +1 @@",
            b".",
            b"..",
            b"***************",
            b"\\ No newline",
            b"c\r",
            b"\xff\xfe",
        ];
        LINES[self.next(LINES.len() as u64) as usize]
    }

    fn edited(&mut self, old: &[&'static [u8]]) -> Vec<&'static [u8]> {
        let mut new = Vec::new();
        let rarity = 2 + self.next(20);
        for line in old {
            match self.next(3 * rarity) {
                0 => {}
                1 => new.push(self.line()),
                2 => new.extend([self.line(), line]),
                _ => new.push(*line),
            }
        }
        if self.next(4) == 0 {
            new.push(self.line());
        }
        new
    }

    /// Lines as a file, the last one at times without its newline.
    fn file(&mut self, lines: &[&[u8]]) -> Vec<u8> {
        let mut text = lines.join(&b'\n');
        if !lines.is_empty() && (self.next(4) > 0 || lines.last() == Some(&&b""[..])) {
            text.push(b'\n');
        }
        text
    }

    fn pair(&mut self) -> (Vec<u8>, Vec<u8>) {
        let length = [0, 1, 3, 10, 40, 200][self.next(6) as usize];
        let old: Vec<_> = (0..length).map(|_| self.line()).collect();
        let new = self.edited(&old);
        (self.file(&old), self.file(&new))
    }
}

struct Ground {
    cairn: Userland,
    scratch: Scratch,
    /// What stands in for `diff` and for `patch`.
    others: Vec<(&'static str, String)>,
}

fn trip(seed: u64, ground: &Ground) -> Result<(), Failed> {
    let (a, b) = Author(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1).pair();
    let mut complaints = String::new();
    for other in [None].into_iter().chain(ground.others.iter().map(Some)) {
        let folder = ground.scratch.folder().map_err(|e| format!("{e:#}"))?;
        let write = |name: &str, text: &[u8]| {
            fs::write(folder.work.join(name), text).map_err(|e| format!("{name}: {e}"))
        };
        write("a", &a)?;
        write("b", &b)?;
        let mut command = ground.cairn.script(SCRIPT.as_bytes());
        command.current_dir(&folder.work).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some((name, program)) = other {
            command.env(name, program);
        }
        let outcome = run::run(command, LIMIT * ground.cairn.patience).map_err(|e| format!("{e:#}"))?;
        let text = [outcome.stdout, outcome.stderr].concat();
        if outcome.status != 0 || !text.is_empty() {
            complaints += &format!("seed {seed}, {other:?}: status {}\n", outcome.status);
            complaints += &String::from_utf8_lossy(&text);
        }
    }
    if complaints.is_empty() {
        return Ok(());
    }
    Err(format!("{complaints}--- a\n{}\n--- b\n{}", a.escape_ascii(), b.escape_ascii()).into())
}

fn main() -> ExitCode {
    cairn_tests::exit(run_all())
}

fn run_all() -> Result<ExitCode> {
    let arguments = Arguments::from_args();
    let number = |name: &str, usual: u64| match std::env::var(name) {
        Ok(text) => text.parse().with_context(|| format!("{name}: {text}")),
        Err(_) => Ok(usual),
    };
    let (seed, cases) = (number("CAIRN_RANDOM_SEED", SEED)?, number("CAIRN_RANDOM_CASES", CASES)?);
    let cairn = Userland::cairn()?;
    if !["sh", "diff", "patch", "ed", "cmp"].iter().all(|name| cairn.has(name)) {
        println!("this binary has not all of sh, diff, patch, ed, cmp");
        return Ok(ExitCode::SUCCESS);
    }
    let mut others = Vec::new();
    for (variable, name) in [("DIFF", "diff"), ("PATCH", "patch")] {
        match Userland::host("").find(name) {
            Some(program) => others.push((variable, program.to_string_lossy().into_owned())),
            None => println!("GNU's {name} is not installed: not asked"),
        }
    }
    let ground = Arc::new(Ground { cairn: cairn.driven_by_own_shell()?, scratch: Scratch::new()?, others });
    let batch = |first: u64| {
        let ground = Arc::clone(&ground);
        let last = (first + BATCH).min(seed + cases);
        Trial::test(format!("pairs {first} to {}", last - 1), move || {
            (first..last).try_for_each(|seed| trip(seed, &ground))
        })
    };
    let trials = (seed..seed + cases).step_by(BATCH as usize).map(batch).collect();
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}
