//! usage: run-parts [-a ARG]... [-u UMASK] [--regex=RE] [--test] [--list] [--reverse] [--exit-on-error] [-v] DIR
//!
//! Run the programs in DIR, in the order of their names. Names of letters, digits, _ and - count.
//!
//!  -a, --arg=ARG    hand ARG to each program
//!  -u, --umask=UMASK  set the umask before (022)
//!  --regex=RE       names that match the extended regular expression RE count
//!  --test           print the programs only
//!  --list           print all files of such names, programs or not
//!  --reverse        the other way round
//!  --exit-on-error  stop at the first program that fails
//!  -v, --verbose    tell each program's name on standard error first
//!
//! # Notes
//! Debian's command and BusyBox's. Status 1: one of the programs failed.

use applet::prelude::*;
use sys::process::{self, Fork};

applet::options!("run_parts");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let folder = match options.operands.as_slice() {
        [folder] => *folder,
        [] => return Err(Error::missing_operand()),
        [_, extra, ..] => return Err(Error::extra_operand(extra)),
    };
    let mask = match options.value(opt::UMASK) {
        Some(text) => {
            let int = num::parse_int(text, 8);
            let valid = int.used == text.len() && int.used > 0 && !int.negative && int.magnitude <= 0o777;
            Some(int.magnitude as u32)
                .filter(|_| valid)
                .ok_or_else(|| applet::value::invalid(b"umask", text))?
        }
        None => 0o022,
    };
    let mut regex = match options.value(opt::REGEX) {
        Some(pattern) => Some(
            regex::Regex::new(pattern, regex::Flags::EXTENDED)
                .map_err(|error| Error::parts(&[pattern, b": ", error.message()]))?,
        ),
        None => None,
    };
    let opened = sys::fs::open_dir(sys::fd::CWD, folder, 0).at(folder)?;
    let (mut list, error) = walk::Listing::read(opened.raw(), &mut Vec::new());
    if let Some(errno) = error {
        return Err(Error::system(folder, errno));
    }
    let mut names = Vec::new();
    while let Some(entry) = list.next() {
        let counts = match &mut regex {
            Some(regex) => regex.is_match(entry.name),
            None => {
                entry.name.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
            }
        };
        if counts {
            names.push(entry.name.to_vec());
        }
    }
    names.sort_unstable();
    if options.has(opt::REVERSE) {
        names.reverse();
    }
    for name in names {
        let path = [folder, b"/", &name].concat();
        let stat = sys::fs::stat(&path).at(&path)?;
        let is_program = stat.is_file() && sys::fs::access(sys::fd::CWD, &path, libc::X_OK).is_ok();
        if stat.is_dir() || !(is_program || options.has(opt::LIST)) {
            continue;
        }
        if options.has(opt::TEST) || options.has(opt::LIST) {
            cx.out.line(&path);
            continue;
        }
        run(cx, &options, &path, mask)?;
        if options.has(opt::EXIT_ON_ERROR) && cx.status() != Exit::SUCCESS {
            break;
        }
    }
    Ok(cx.status())
}

fn run(cx: &mut Context, options: &Options, path: &[u8], mask: u32) -> Result {
    if options.has(opt::VERBOSE) {
        cx.warn(&[b"executing ", path]);
    }
    cx.out.flush()?;
    let status = match process::fork()? {
        Fork::Parent(child) => process::wait(child)?,
        Fork::Child => {
            let _ = sys::fs::umask(mask);
            let mut command = alloc::vec![path];
            command.extend(options.values(opt::ARG));
            return Err(cx.exec(&command, cx.environment()));
        }
    };
    if status.shell_status() != 0 {
        let mut number = Vec::new();
        num::push_dec(&mut number, u64::from(status.exit_status().unwrap_or_else(|| status.shell_status())));
        let how: &[u8] =
            if status.signal().is_some() { b" was ended with status " } else { b" exited with status " };
        cx.report(Error::parts(&[path, how, &number]));
    }
    Ok(())
}
