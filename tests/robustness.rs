//! Every applet, called in ways that no one means: nothing may crash, hang, or lose a failed write.
//! All of it runs as nobody in namespaces of its own, so that `reboot` and `killall5` are harmless.

use anyhow::{Result, bail, ensure};
use cairn_tests::block::Scratch;
use cairn_tests::userland::Userland;
use cairn_tests::{jail, judge, run};
use libtest_mimic::{Arguments, Trial};
use std::fs::{File, Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(5);

/// Applets for which `--help` is an operand like any other (POSIX), with the status they give.
const NO_HELP: [(&str, i32); 4] = [("echo", 0), ("false", 1), ("test", 0), ("true", 0)];

/// Applets that serve, wait or watch until they are killed: not called without arguments.
const ENDLESS: &[&str] = &[
    "acpid",
    "arping",
    "beep",
    "chat",
    "conspy",
    "crond",
    "dhcprelay",
    "dnsd",
    "dumpleases",
    "fakeidentd",
    "fbsplash",
    "ftpd",
    "getty",
    "httpd",
    "hush",
    "ifplugd",
    "inetd",
    "init",
    "inotifyd",
    "klogd",
    "linuxrc",
    "login",
    "lpd",
    "mdev",
    "nbd-client",
    "nologin",
    "ntpd",
    "runsv",
    "runsvdir",
    "rx",
    "slattach",
    "sulogin",
    "sv",
    "svlogd",
    "syslogd",
    "tcpsvd",
    "telnetd",
    "tftpd",
    "top",
    "tunctl",
    "udhcpc",
    "udhcpc6",
    "udhcpd",
    "udpsvd",
    "uevent",
    "vlock",
    "watch",
    "watchdog",
    "zcip",
];

/// What these need to come to an end; all others are called without arguments.
const SENSIBLE: &[(&str, &[&str])] = &[
    ("nmeter", &["-d0", "%c"]),
    ("ping", &["-c1", "-W1", "127.0.0.1"]),
    ("ping6", &["-c1", "-W1", "::1"]),
    ("sleep", &["0.1"]),
    ("timeout", &["1", "true"]),
    ("usleep", &["1000"]),
    ("vmstat", &["1", "1"]),
];

/// `yes` ends when its output does; otherwise it would not.
const UNTIL_OUTPUT_FAILS: [&str; 1] = ["yes"];

/// For these an unknown option may be one more operand, and they do not end by it.
const TAKE_ANYTHING: [&str; 2] = ["nologin", "yes"];

struct Ground {
    userland: Userland,
    scratch: Scratch,
}

/// One way to call an applet by name.
type Check = fn(&Ground, &str) -> Result<()>;

/// Where standard output goes.
#[derive(Clone, Copy, PartialEq)]
enum Out {
    Pipe,
    Closed,
    Full,
}

/// How an applet is called.
#[derive(Clone, Copy)]
struct Call<'a> {
    arguments: &'a [&'a str],
    out: Out,
    closed_input: bool,
}

fn main() -> ExitCode {
    cairn_tests::exit(run_all())
}

fn run_all() -> Result<ExitCode> {
    let arguments = Arguments::from_args();
    let ground = Arc::new(Ground { userland: Userland::cairn()?, scratch: Scratch::new()? });
    let mut trials = Vec::new();
    for applet in &ground.userland.applets {
        let checks: [(&str, Check); 5] = [
            ("help", help),
            ("unknown_option", unknown_option),
            ("closed_output", closed_output),
            ("full_output", full_output),
            ("closed_input", closed_input),
        ];
        for (name, check) in checks {
            let (ground, applet) = (Arc::clone(&ground), applet.clone());
            trials.push(Trial::test(format!("{applet}/{name}"), move || {
                check(&ground, &applet).map_err(|e| format!("{e:#}").into())
            }));
        }
    }
    Ok(libtest_mimic::run(&arguments, trials).exit_code())
}

fn help(ground: &Ground, applet: &str) -> Result<()> {
    let outcome = call(ground, applet, Call { arguments: &["--help"], out: Out::Pipe, closed_input: false })?;
    if let Some((_, status)) = NO_HELP.iter().find(|(name, _)| *name == applet) {
        ensure!(outcome.status == *status, "status {}, not {status}", outcome.status);
        return Ok(());
    }
    let text = judge::visible(&outcome.stdout);
    ensure!(outcome.status == 0, "status {}, not 0\n{}", outcome.status, judge::visible(&outcome.stderr));
    ensure!(text.to_lowercase().starts_with("usage: ") && text.contains(applet), "not a usage:\n{text}");
    ensure!(outcome.stderr.is_empty(), "on standard error: {}", judge::visible(&outcome.stderr));
    Ok(())
}

fn unknown_option(ground: &Ground, applet: &str) -> Result<()> {
    if TAKE_ANYTHING.contains(&applet) {
        return Ok(());
    }
    call(
        ground,
        applet,
        Call { arguments: &["--no-such-option-of-any"], out: Out::Pipe, closed_input: false },
    )
    .map(drop)
}

fn closed_output(ground: &Ground, applet: &str) -> Result<()> {
    failing_output(ground, applet, Out::Closed)
}

fn full_output(ground: &Ground, applet: &str) -> Result<()> {
    failing_output(ground, applet, Out::Full)
}

/// `--help` cannot be written: that is an error with a message. Then a sensible call: no crash.
fn failing_output(ground: &Ground, applet: &str, out: Out) -> Result<()> {
    let outcome = call(ground, applet, Call { arguments: &["--help"], out, closed_input: false })?;
    if !NO_HELP.iter().any(|(name, _)| *name == applet) {
        ensure!(outcome.status != 0, "--help: the failed write is lost: status 0");
        ensure!(!outcome.stderr.is_empty(), "--help: the failed write is not reported");
    }
    if let Some(arguments) = sensible(applet) {
        call(ground, applet, Call { arguments, out, closed_input: false })?;
    }
    Ok(())
}

fn closed_input(ground: &Ground, applet: &str) -> Result<()> {
    match sensible(applet) {
        Some(arguments) if !UNTIL_OUTPUT_FAILS.contains(&applet) => {
            call(ground, applet, Call { arguments, out: Out::Pipe, closed_input: true }).map(drop)
        }
        _ => Ok(()),
    }
}

fn sensible(applet: &str) -> Option<&'static [&'static str]> {
    if ENDLESS.contains(&applet) {
        return None;
    }
    Some(SENSIBLE.iter().find(|(name, _)| *name == applet).map_or(&[], |(_, arguments)| arguments))
}

/// Runs an applet; an error when it hangs or dies by a signal that means a bug.
fn call(ground: &Ground, applet: &str, how: Call) -> Result<run::Outcome> {
    let folder = ground.scratch.folder()?;
    set_permissions(&folder.work, Permissions::from_mode(0o777))?;
    set_permissions(&folder.home, Permissions::from_mode(0o777))?;
    let mut command = ground.userland.command(applet);
    command
        .args(how.arguments)
        .current_dir(&folder.work)
        .env("HOME", &folder.home)
        .env("TMPDIR", &folder.home);
    command.stderr(Stdio::piped()).stdout(match how.out {
        Out::Full => Stdio::from(File::options().write(true).open("/dev/full")?),
        Out::Pipe | Out::Closed => Stdio::piped(),
    });
    let (close_input, close_output) = (how.closed_input, how.out == Out::Closed);
    // SAFETY: system calls only.
    unsafe {
        command.pre_exec(move || {
            jail::lock()?;
            if close_input {
                libc::close(0);
            }
            if close_output {
                libc::close(1);
            }
            Ok(())
        });
    }
    let outcome = run::run(command, LIMIT)?;
    let line = format!("{applet} {}", how.arguments.join(" "));
    if outcome.ended != run::Ended::ByItself {
        bail!("{line}: {:?} after {} s", outcome.ended, LIMIT.as_secs());
    }
    let bugs =
        [libc::SIGILL, libc::SIGTRAP, libc::SIGABRT, libc::SIGBUS, libc::SIGFPE, libc::SIGSEGV, libc::SIGSYS];
    ensure!(
        !bugs.contains(&(outcome.status - 128)),
        "{line}: killed by signal {}\n{}",
        outcome.status - 128,
        judge::visible(&outcome.stderr)
    );
    Ok(outcome)
}
