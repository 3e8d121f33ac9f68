//! What the binary promises of itself: static-PIE, full RELRO in the running process, no executable stack, and a start
//! that costs next to nothing.

use anyhow::{Context, Result, bail, ensure};
use cairn_tests::elf::{self, Elf};
use cairn_tests::userland::Userland;
use libtest_mimic::{Arguments, Completion, Trial};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// System calls of `true`, from exec to exit, both included.
const MAX_SYSTEM_CALLS: usize = 12;

fn main() -> ExitCode {
    let trial = |name, test: fn() -> Result<Completion>| {
        Trial::ignorable_test(name, move || test().map_err(|e| format!("{e:#}").into()))
    };
    let trials = vec![
        trial("static_pie", static_pie),
        trial("stack_is_not_executable", stack_is_not_executable),
        trial("no_segment_is_writable_and_executable", no_segment_is_writable_and_executable),
        trial("relro_is_read_only_at_run_time", relro_is_read_only_at_run_time),
        trial("true_makes_few_system_calls", true_makes_few_system_calls),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn static_pie() -> Result<Completion> {
    let elf = Elf::read(&cairn_tests::binary())?;
    ensure!(elf.kind == elf::ET_DYN, "not position-independent: e_type is {}", elf.kind);
    ensure!(elf.segment(elf::PT_INTERP).is_none(), "not static: it names an interpreter");
    Ok(Completion::Completed)
}

fn stack_is_not_executable() -> Result<Completion> {
    let stack = Elf::read(&cairn_tests::binary())?
        .segment(elf::PT_GNU_STACK)
        .context("no PT_GNU_STACK: the stack is executable")?;
    ensure!(stack.flags & elf::PF_X == 0, "PT_GNU_STACK is executable");
    Ok(Completion::Completed)
}

fn no_segment_is_writable_and_executable() -> Result<Completion> {
    for segment in Elf::read(&cairn_tests::binary())?.segments.iter().filter(|s| s.kind == elf::PT_LOAD) {
        ensure!(segment.flags & elf::PF_X == 0 || segment.flags & elf::PF_W == 0, "{segment:x?}");
    }
    Ok(Completion::Completed)
}

/// Ends the process when the test is over.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The C library of a static program does not protect RELRO by itself, so the file alone proves nothing.
fn relro_is_read_only_at_run_time() -> Result<Completion> {
    if std::env::var_os("CAIRN_RUNNER").is_some() {
        return Ok(Completion::ignored_with("runs under an emulator"));
    }
    let userland = Userland::cairn()?;
    let binary = userland.find("sleep").context("no sleep")?.canonicalize()?;
    let elf = Elf::read(&binary)?;
    let relro = elf.segment(elf::PT_GNU_RELRO).context("no PT_GNU_RELRO")?;
    let first = elf.segment(elf::PT_LOAD).context("no PT_LOAD")?;
    let child = Running(userland.command("sleep").arg("5").spawn()?);
    let pid = child.0.id();
    // The program is past its start when it sleeps in the kernel.
    let deadline = Instant::now() + Duration::from_secs(4);
    while !asleep(pid)? {
        ensure!(Instant::now() < deadline, "sleep does not sleep");
        std::thread::sleep(Duration::from_millis(5));
    }
    let maps = elf::maps(pid)?;
    let name = binary.display().to_string();
    let lowest =
        maps.iter().filter(|m| m.name == name).map(|m| m.start - m.offset).min().context("not mapped")?;
    let base = lowest - (first.address & !0xfff);
    // Only whole pages can be protected: the last, shared one is the linker's to avoid.
    let (start, end) = ((base + relro.address) & !0xfff, (base + relro.address + relro.size) & !0xfff);
    ensure!(start < end, "PT_GNU_RELRO covers no whole page: {relro:x?}");
    let covered = maps.iter().filter(|m| m.start < end && m.end > start).collect::<Vec<_>>();
    ensure!(!covered.is_empty(), "RELRO {start:x}-{end:x} is not mapped");
    for map in covered {
        ensure!(!map.writable, "RELRO {start:x}-{end:x} is writable: {map:x?}");
    }
    Ok(Completion::Completed)
}

fn asleep(pid: u32) -> Result<bool> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    Ok(stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('S')))
}

fn true_makes_few_system_calls() -> Result<Completion> {
    let strace = Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if strace.is_err() || std::env::var_os("CAIRN_RUNNER").is_some() {
        return Ok(Completion::ignored_with("needs strace"));
    }
    let userland = Userland::cairn()?;
    let log = tempfile::NamedTempFile::new()?;
    let program = userland.find("true").context("no true")?;
    let output = Command::new("strace")
        .arg("-f")
        .arg("-o")
        .arg(log.path())
        .arg(program)
        .env_remove("LD_LIBRARY_PATH")
        .output()?;
    if !output.status.success() {
        bail!("strace: {}", String::from_utf8_lossy(&output.stderr));
    }
    let calls = std::fs::read_to_string(log.path())?;
    let count = calls.lines().filter(|l| l.contains('(') && !l.contains("+++")).count();
    let first = calls.lines().take(30).collect::<Vec<_>>().join("\n");
    ensure!(count <= MAX_SYSTEM_CALLS, "{count} system calls, at most {MAX_SYSTEM_CALLS}:\n{first}");
    ensure!(count >= 2, "strace saw nothing:\n{calls}");
    Ok(Completion::Completed)
}
