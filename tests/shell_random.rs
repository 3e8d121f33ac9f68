//! Random scripts behave the same with subshells as saved states and with subshells as processes (`CAIRN_SH_FORK=1`), and as
//! in dash: standard output, status, and the files they leave. Where dash does something else (`set -e` and `$?` have corners
//! that POSIX leaves dark), another shell must agree.
//!
//! `CAIRN_RANDOM_SEED` chooses other scripts than usual, `CAIRN_RANDOM_CASES` how many.

use anyhow::{Context, Result};
use cairn_tests::block::Scratch;
use cairn_tests::judge::visible;
use cairn_tests::run::{self, Ended};
use cairn_tests::userland::Userland;
use libtest_mimic::{Arguments, Failed, Trial};
use std::fmt::Write;
use std::fs;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Scripts of one trial: enough that starting a thread costs nothing beside them.
const BATCH: u64 = 25;
const SEED: u64 = 1;
const CASES: u64 = 200;
const LIMIT: Duration = Duration::from_secs(10);

/// Builds a script. Every command it may choose means the same in each shell, and every loop ends.
struct Author {
    state: u64,
    /// How deep the next command may nest.
    room: u32,
    loops: u32,
    /// Whether output goes to a file: `cat` must not read that.
    to_file: bool,
    text: String,
}

impl Author {
    /// xorshift64*: the same scripts everywhere.
    fn next(&mut self, below: u64) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % below
    }

    fn pick(&mut self, of: &[&'static str]) -> &'static str {
        of[self.next(of.len() as u64) as usize]
    }

    fn script(seed: u64) -> String {
        let state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut author = Author { state, room: 3, loops: 0, to_file: false, text: String::new() };
        author.text += "f() { echo \"f$1\"; x=f; return ${2:-0}; }\ng() { (x=g; f \"$1\"); }\n";
        if author.next(4) == 0 {
            author.text += "trap 'echo bye $?' EXIT\n";
        }
        if author.next(3) == 0 {
            author.text += "set -e\n";
        }
        for _ in 0..4 + author.next(5) {
            author.command();
            author.text += "\n";
        }
        author.text += "echo \"end $x $y $# $-\" | sed 's/[a-zA-Z]*$//'\n";
        author.text
    }

    fn list(&mut self) {
        for n in 0..1 + self.next(3) {
            if n > 0 {
                self.text += "; ";
            }
            self.command();
        }
    }

    fn word(&mut self) {
        let word = match self.next(12) {
            0 => "$x",
            1 => "\"$x\"",
            2 => "${y:-none}",
            3 => "${x#a}",
            4 => "\"$*\"",
            5 => "$((n+1))",
            6 => "'a  b'",
            7 => "*",
            8 if self.room > 0 => {
                self.subshell("\"$( ", ")\"");
                return;
            }
            9 if self.room > 0 => {
                self.subshell("$( ", ")");
                return;
            }
            _ => "ab",
        };
        self.text += word;
    }

    /// A list between two texts.
    fn nested(&mut self, before: &str, after: &str) {
        self.text += before;
        self.room -= 1;
        self.list();
        self.room += 1;
        self.text += after;
    }

    /// As [`Author::nested`]; POSIX does not say what `break` does in a subshell of a loop.
    fn subshell(&mut self, before: &str, after: &str) {
        let loops = std::mem::take(&mut self.loops);
        self.nested(before, after);
        self.loops = loops;
    }

    fn command(&mut self) {
        if self.room == 0 {
            return self.simple();
        }
        match self.next(16) {
            0..=4 => self.simple(),
            5 => self.subshell("( ", ")"),
            6 => self.nested("{ ", "; }"),
            7 => {
                self.subshell("{ ", "; } | ");
                let reader = self.pick(&[
                    "cat",
                    "tr a-f A-F",
                    "{ read y; echo \"got $y\"; cat; }",
                    "wc -l",
                    "(read y; echo \"$y\"; cat >/dev/null)",
                ]);
                self.text += reader;
            }
            8 => {
                self.nested("if ", "; then ");
                self.list();
                self.nested("; else ", "; fi");
            }
            9 => {
                let joint = self.pick(&[" && ", " || "]);
                self.nested("{ ", "; }");
                self.text += joint;
                self.command();
            }
            10 => {
                self.text += "for i in 1 2 ";
                self.word();
                self.loops += 1;
                self.nested("; do ", "; done");
                self.loops -= 1;
            }
            11 => {
                let word = self.pick(&["$x", "\"$y\"", "ab", "${x#a}"]);
                self.text += "case ";
                self.text += word;
                self.nested(" in a*) ", ";; *) ");
                self.list();
                self.text += ";; esac";
            }
            12 => {
                let file = self.pick(&["f1", "f2"]);
                let outer = std::mem::replace(&mut self.to_file, true);
                self.nested("{ ", "; } ");
                self.to_file = outer;
                let operator = self.pick(&[">", ">>"]);
                self.text += operator;
                self.text += file;
            }
            13 => {
                self.text += "x=";
                self.subshell("$( ", ")");
            }
            14 => self.nested("! { ", "; }"),
            _ => {
                self.subshell("( trap 'echo out $?' EXIT; ", ")");
            }
        }
    }

    fn simple(&mut self) {
        match self.next(18) {
            0..=4 => {
                self.text += "echo ";
                self.word();
            }
            5 => {
                let name = self.pick(&["x=", "y="]);
                self.text += name;
                self.word();
            }
            6 => {
                let status = self.pick(&[
                    "true",
                    "false",
                    "(exit 3)",
                    ":",
                    "[ \"$x\" = f ]",
                    "[ -n \"$y\" ]",
                    "test -e f1",
                    "exit 4",
                ]);
                self.text += status;
            }
            7 => {
                let call = self.pick(&["f a", "f \"$x\" 3", "g b"]);
                self.text += call;
            }
            8 if !self.to_file => self.text += "cat f1 f2 2>/dev/null",
            9 => {
                let what = self.pick(&[
                    "set -- a 'b c'",
                    "shift $(($# > 0))",
                    "set -f",
                    "set +f",
                    "set +e",
                    "unset y",
                ]);
                self.text += what;
            }
            10 => self.text += "n=$((n+1)); echo $n",
            11 if self.loops > 0 => {
                let leave = self.pick(&["break", "continue"]);
                self.text += leave;
            }
            12 => self.text += "cd \"$HOME\"; cd - >/dev/null",
            13 => {
                let mask = self.pick(&["umask 077", "umask 022", "umask"]);
                self.text += mask;
            }
            14 => self.text += "eval 'echo \"$x\"; x=e'",
            15 => self.text += "read x <f1 2>/dev/null || x=none",
            16 => self.text += "for i in \"$@\"; do echo \"<$i>\"; done",
            _ => self.text += "echo \"$? $#\"",
        }
    }
}

struct Ground {
    cairn: Userland,
    /// dash first.
    others: Vec<Userland>,
    scratch: Scratch,
}

/// What a script does, as one text.
fn behaviour(script: &str, userland: &Userland, fork: bool, scratch: &Scratch) -> Result<String> {
    let folder = scratch.folder()?;
    let mut command = userland.script(script.as_bytes());
    command.current_dir(&folder.work).env("HOME", &folder.home).stdout(Stdio::piped()).stderr(Stdio::null());
    if fork {
        command.env("CAIRN_SH_FORK", "1");
    }
    let outcome = run::run(command, LIMIT * userland.patience)?;
    let mut text = format!("status {}\n", outcome.status);
    if outcome.ended != Ended::ByItself {
        text += "killed\n";
    }
    text += &visible(&outcome.stdout);
    for name in ["f1", "f2"] {
        if let Ok(content) = fs::read(folder.work.join(name)) {
            let _ = write!(text, "--- {name}\n{}", visible(&content));
        }
    }
    Ok(text)
}

fn compare(seed: u64, ground: &Ground) -> Result<(), Failed> {
    let script = Author::script(seed);
    let ask = |userland: &Userland, fork| {
        behaviour(&script, userland, fork, &ground.scratch).map_err(|e| Failed::from(format!("{e:#}")))
    };
    let saved = ask(&ground.cairn, false)?;
    let forked = ask(&ground.cairn, true)?;
    if saved != forked {
        return Err(
            format!("seed {seed}:\n{script}\n=== saved state\n{saved}\n=== processes\n{forked}").into()
        );
    }
    let mut first = None;
    for shell in &ground.others {
        let other = ask(shell, false)?;
        if saved == other {
            return Ok(());
        }
        first.get_or_insert((&shell.name, other));
    }
    if let Some((name, other)) = first {
        return Err(format!("seed {seed}:\n{script}\n=== cairn\n{saved}\n=== {name}\n{other}").into());
    }
    Ok(())
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
    if !cairn.has("sh") {
        println!("this binary has no sh");
        return Ok(ExitCode::SUCCESS);
    }
    let mut others = Vec::new();
    for name in ["dash", "bash", "yash", "mksh"] {
        match Userland::host("").find(name) {
            Some(binary) => others.push(Userland::host_with(name, "sh", &binary)?.driven_by_own_shell()?),
            None => println!("{name} is not installed: not asked"),
        }
    }
    let ground = Arc::new(Ground { cairn: cairn.driven_by_own_shell()?, others, scratch: Scratch::new()? });
    let batch = |first: u64| {
        let ground = Arc::clone(&ground);
        let last = (first + BATCH).min(seed + cases);
        Trial::test(format!("scripts {first} to {}", last - 1), move || {
            (first..last).try_for_each(|seed| compare(seed, &ground))
        })
    };
    let trials = (seed..seed + cases).step_by(BATCH as usize).map(batch).collect();
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}
