//! Runs a command and says how long it took, what it cost, and what it wrote.

use crate::contender::Contender;
use crate::workload::{Output, Workload};
use anyhow::{Context, Result, bail};
use std::ffi::CString;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// One run.
#[derive(Clone, Copy)]
pub struct Run {
    pub milliseconds: f64,
    /// Of the largest process.
    pub max_rss_kb: i64,
    pub status: i32,
    /// A digest of the output, when asked for.
    pub digest: u64,
}

/// Runs `workload` once as `who`. A digest of the output is only taken for `digest`: it takes time.
pub fn run(workload: &Workload, who: &Contender, data: &Path, digest: bool) -> Result<Run> {
    if let Some(script) = &workload.prepare {
        let status = Command::new("/bin/sh")
            .args(["-c", script])
            .env("OUT", &who.scratch)
            .current_dir(data)
            .status()?;
        if !status.success() {
            bail!("{script}: {status}");
        }
    }
    let shell = if workload.own_shell() && who.name != "gnu" {
        who.find("sh").context("no sh")?
    } else {
        "/bin/dash".into()
    };
    let mut command = Command::new(shell);
    command.args(["-c", &workload.command]).current_dir(data).stdin(Stdio::null());
    command.env_clear().env("PATH", &who.path).env("LC_ALL", "C").env("TZ", "UTC0").env("OUT", &who.scratch);
    command.stdout(if workload.output == Output::Drain || digest { Stdio::piped() } else { Stdio::null() });
    command.stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn()?;
    let mut sum = 0xcbf2_9ce4_8422_2325;
    if let Some(output) = child.stdout.take() {
        drain(&mut File::from(std::os::fd::OwnedFd::from(output)), digest.then_some(&mut sum))?;
    }
    let (status, max_rss_kb) = wait(child.id() as i32)?;
    Ok(Run { milliseconds: start.elapsed().as_secs_f64() * 1e3, max_rss_kb, status, digest: sum })
}

/// Reads to the end.
fn drain(output: &mut File, mut sum: Option<&mut u64>) -> Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = output.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        if let Some(sum) = &mut sum {
            for &byte in &buffer[..count] {
                **sum = (**sum ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3); // FNV-1a
            }
        }
    }
}

/// Waits for a child that nobody else waits for: its status, and the memory of its largest process in KB.
fn wait(pid: i32) -> Result<(i32, i64)> {
    // SAFETY: valid pointers; rusage is plain data.
    unsafe {
        let (mut status, mut usage) = (0, std::mem::zeroed::<libc::rusage>());
        if libc::wait4(pid, &mut status, 0, &mut usage) != pid {
            return Err(std::io::Error::last_os_error()).context("wait4");
        }
        let code =
            if libc::WIFSIGNALED(status) { 128 + libc::WTERMSIG(status) } else { libc::WEXITSTATUS(status) };
        Ok((code, usage.ru_maxrss))
    }
}

/// Starts the program at `path` and waits for it: the time from fork to exit.
pub fn spawn(path: &Path) -> Result<Run> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    let argv = [path.as_ptr().cast_mut(), std::ptr::null_mut()];
    let environment = [std::ptr::null_mut()];
    let start = Instant::now();
    let mut pid = 0;
    // SAFETY: argv and the environment are arrays that end in a null pointer; no actions, no attributes.
    let failed = unsafe {
        libc::posix_spawn(
            &mut pid,
            path.as_ptr(),
            std::ptr::null(),
            std::ptr::null(),
            argv.as_ptr(),
            environment.as_ptr(),
        )
    };
    if failed != 0 {
        return Err(std::io::Error::from_raw_os_error(failed)).context("posix_spawn");
    }
    let (status, max_rss_kb) = wait(pid)?;
    Ok(Run { milliseconds: start.elapsed().as_secs_f64() * 1e3, max_rss_kb, status, digest: 0 })
}
