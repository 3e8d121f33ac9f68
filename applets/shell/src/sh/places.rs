//! Built-ins for what a process has of its own: working directory, umask, limits.

use alloc::vec::Vec;
use sys::{Errno, libc};

use super::shell::*;
use super::symbols::*;

impl Shell {
    pub fn cd(&mut self, words: &[&[u8]]) -> Run {
        let mut words = words;
        let physical = self.letters(&mut words, b"LPe@")? & 2 != 0;
        let mut print = false;
        let target = match words {
            [] => match self.var(HOME).filter(|home| !home.is_empty()) {
                Some(home) => home.to_vec(),
                None => return self.fail(2, &[b"HOME not set"]),
            },
            [b"-"] => match self.var(OLDPWD) {
                Some(old) => {
                    print = true;
                    old.to_vec()
                }
                None => return self.fail(2, &[b"OLDPWD not set"]),
            },
            [target] => target.to_vec(),
            _ => return self.fail(2, &[b"too many arguments"]),
        };
        let relative = !matches!(target.as_slice(), [b'/', ..] | [b'.'] | [b'.', b'/', ..] | [b'.', b'.'])
            && !target.starts_with(b"../");
        self.note_directory()?;
        let mut found = Err(Errno(libc::ENOENT));
        let path = self.text_of(CDPATH);
        if relative && !path.is_empty() {
            for folder in path.split(|&byte| byte == b':') {
                found = self.change_directory(&super::command::joined(folder, &target), physical);
                if found.is_ok() {
                    print |= !folder.is_empty();
                    break;
                }
            }
        }
        if found.is_err() {
            found = self.change_directory(&target, physical);
        }
        let new = match found {
            Ok(new) => new,
            Err(errno) => return self.fail_system(2, &[b"can't cd to ", &target], errno),
        };
        let old = self.text_of(PWD);
        self.set(OLDPWD, &old)?;
        self.set(PWD, &new)?;
        self.set_flags(OLDPWD, EXPORT, 0);
        self.set_flags(PWD, EXPORT, 0);
        if print {
            self.out.line(&new);
        }
        Ok(())
    }

    /// Changes the working directory; its new name.
    pub fn change_directory(&mut self, folder: &[u8], physical: bool) -> Result<Vec<u8>, Errno> {
        if folder.is_empty() {
            return Err(Errno(libc::ENOENT));
        }
        if physical {
            sys::fs::chdir(folder)?;
            return sys::fs::current_dir();
        }
        let mut whole = Vec::new();
        if !folder.starts_with(b"/") {
            whole = self.text_of(PWD);
            if !whole.starts_with(b"/") {
                whole = sys::fs::current_dir()?;
            }
            if !whole.ends_with(b"/") {
                whole.push(b'/');
            }
        }
        whole.extend_from_slice(folder);
        let known = whole.len() - folder.len();
        let logical = tidy(&whole, known)?;
        match sys::fs::chdir(&logical) {
            Ok(()) => Ok(logical),
            // The old folder may have been moved: what the kernel makes of the operand counts.
            Err(_) => {
                sys::fs::chdir(folder)?;
                sys::fs::current_dir()
            }
        }
    }

    pub fn pwd(&mut self, words: &[&[u8]]) -> Run {
        let mut words = words;
        let physical = self.letters(&mut words, b"LP")? & 2 != 0;
        let logical = &self.symbols.get(PWD).var.value;
        if !physical && is_here(logical) {
            self.out.line(logical);
            return Ok(());
        }
        match sys::fs::current_dir() {
            Ok(folder) => self.out.line(&folder),
            Err(errno) => {
                self.status = 1;
                self.system_error(&[b"pwd"], errno);
            }
        }
        Ok(())
    }

    pub fn umask(&mut self, words: &[&[u8]]) -> Run {
        let mut words = words;
        let symbolic = self.letters(&mut words, b"S")? != 0;
        let mask = sys::fs::umask(0o77);
        sys::fs::umask(mask);
        let Some(&word) = words.first() else {
            let mut text = Vec::new();
            if symbolic {
                for (at, who) in b"ugo".iter().enumerate() {
                    if at > 0 {
                        text.push(b',');
                    }
                    text.extend_from_slice(&[*who, b'=']);
                    let bits = !mask >> (6 - 3 * at) & 7;
                    for (bit, letter) in [(4, b'r'), (2, b'w'), (1, b'x')] {
                        if bits & bit != 0 {
                            text.push(letter);
                        }
                    }
                }
            } else {
                num::push_radix(&mut text, u64::from(mask), 8, 4);
            }
            self.out.line(&text);
            return Ok(());
        };
        let new = if word.first().is_some_and(u8::is_ascii_digit) {
            let octal = word.iter().try_fold(0u32, |value, &byte| match byte {
                b'0'..=b'7' if value < 0o10000 => Some(value * 8 + u32::from(byte - b'0')),
                _ => None,
            });
            octal.filter(|&value| value <= 0o777)
        } else {
            // Symbolic modes say which permissions are left.
            files::mode::Mode::parse(word).map(|mode| !mode.apply(!mask & 0o777, false, 0) & 0o777)
        };
        match new {
            Some(new) => {
                if self.level > self.own_level {
                    self.journal.push(Change::Umask(mask));
                }
                sys::fs::umask(new);
                Ok(())
            }
            None => self.fail_at(2, word, b"bad mask"),
        }
    }

    pub fn ulimit(&mut self, words: &[&[u8]]) -> Run {
        let (mut hard, mut soft, mut all) = (false, false, false);
        let mut kinds = Vec::new();
        let mut rest = words;
        while let [[b'-', cluster @ ..], tail @ ..] = rest {
            for &letter in cluster.iter() {
                match letter {
                    b'H' => hard = true,
                    b'S' => soft = true,
                    b'a' => all = true,
                    _ if limit_of(letter).is_some() => kinds.push(letter),
                    _ => return self.illegal_option(letter),
                }
            }
            rest = tail;
        }
        if all {
            for (limit, name) in LIMITS.chunks(3).zip(LIMIT_NAMES.split(|&byte| byte == b',')) {
                let mut text = name.to_vec();
                text.resize(name.len().max(32), b' ');
                if let [letter, kind, shift] = *limit {
                    text.extend_from_slice(&[b'(', b'-', letter, b')', b' ']);
                    push_limit(kind, shift, hard, &mut text);
                }
                self.out.line(&text);
            }
            return Ok(());
        }
        if kinds.is_empty() {
            kinds.push(b'f');
        }
        for letter in kinds {
            let Some((kind, shift)) = limit_of(letter) else { continue };
            let Some(&word) = rest.first() else {
                let mut text = Vec::new();
                push_limit(kind, shift, hard, &mut text);
                self.out.line(&text);
                continue;
            };
            let (old_soft, old_hard) = sys::process::limit(u32::from(kind)).unwrap_or((u64::MAX, u64::MAX));
            let value = match word {
                b"unlimited" => u64::MAX,
                b"hard" => old_hard,
                b"soft" => old_soft,
                _ => match num::parse_u64(word).ok().and_then(|value| value.checked_mul(1 << shift)) {
                    Some(value) => value,
                    None => return self.fail_at(2, word, b"bad number"),
                },
            };
            self.need_process()?;
            let new_hard = if hard || !soft { value } else { old_hard };
            let new_soft = if soft || !hard { value } else { old_soft.min(value) };
            if let Err(errno) = sys::process::set_limit(u32::from(kind), new_soft, new_hard) {
                self.status = 1;
                self.system_error(&[b"ulimit: error setting limit"], errno);
            }
            // A command that goes beyond such a limit is killed: not in this process.
            self.always_fork |= !matches!(letter, b'n' | b'c' | b'p');
        }
        Ok(())
    }
}

/// Letter, number of the limit (`RLIMIT_*`), and by how many bits its unit is shifted.
const LIMITS: &[u8] = &[
    b't', 0, 0, b'f', 1, 9, b'd', 2, 10, b's', 3, 10, b'c', 4, 9, b'm', 5, 10, b'l', 8, 10, b'p', 6, 0, b'n',
    7, 0, b'v', 9, 10, b'w', 10, 0, b'i', 11, 0, b'q', 12, 0, b'e', 13, 0, b'r', 14, 0,
];

/// Number and unit of the limit of that letter.
#[inline(never)]
fn limit_of(letter: u8) -> Option<(u8, u8)> {
    LIMITS.chunks(3).find_map(|limit| match *limit {
        [own, kind, shift] if own == letter => Some((kind, shift)),
        _ => None,
    })
}

const LIMIT_NAMES: &[u8] = b"cpu time (seconds),file size (512-byte blocks),data (KiB),stack (KiB),core file (512-byte blocks),\
resident memory (KiB),locked memory (KiB),processes,open files,address space (KiB),file locks,pending signals,\
message queues (bytes),nice,real-time priority";

fn push_limit(kind: u8, shift: u8, hard: bool, text: &mut Vec<u8>) {
    match sys::process::limit(u32::from(kind)) {
        Ok((soft_value, hard_value)) => {
            let value = if hard { hard_value } else { soft_value };
            if value == u64::MAX {
                text.extend_from_slice(b"unlimited")
            } else {
                num::push_dec(text, value >> shift)
            }
        }
        Err(_) => text.push(b'?'),
    }
}

/// Whether `path` names where we are, without dots.
pub fn is_here(path: &[u8]) -> bool {
    path.starts_with(b"/")
        && !path.split(|&byte| byte == b'/').any(|part| matches!(part, b"." | b".."))
        && super::command::same_file(path, b".")
}

/// An absolute name without `.`, `..` and double slashes; `..` must stand behind a folder (XCU `cd`, step 8).
/// The first `known` bytes are where we are, whatever has become of that name.
fn tidy(path: &[u8], known: usize) -> Result<Vec<u8>, Errno> {
    let mut out: Vec<u8> = Vec::with_capacity(path.len());
    for part in path.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                if out.len() >= known.max(1) && !sys::fs::stat(&out)?.is_dir() {
                    return Err(Errno(libc::ENOTDIR));
                }
                let end = out.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
                out.truncate(end);
            }
            _ => {
                out.push(b'/');
                out.extend_from_slice(part);
            }
        }
    }
    // Two slashes at the start, and no more, are left to the system to give a meaning (XBD 4.16).
    let two = path.starts_with(b"//") && !path.starts_with(b"///");
    if out.is_empty() {
        out.push(b'/');
    }
    if two {
        out.insert(0, b'/');
    }
    Ok(out)
}
