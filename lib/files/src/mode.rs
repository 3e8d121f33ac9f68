//! Permissions as text.

use alloc::vec::Vec;
use applet::{Error, Result};

const SETID: u32 = 0o6000;
const STICKY: u32 = 0o1000;
/// Every bit that a mode can change.
const ALL: u32 = 0o7777;

/// A mode as `chmod` takes it, parsed once and applied to many files.
pub struct Mode {
    clauses: Vec<Clause>,
}

/// One operation on permissions.
struct Clause {
    /// The bits of those it is about; 0 where nobody is named: all, less what the umask takes.
    who: u32,
    /// `+`, `-` or `=`.
    operation: u8,
    bits: u32,
    /// `X`: the execution bits count for directories and for what somebody may execute.
    conditional_execution: bool,
    /// `u`, `g`, `o`: `bits` selects one class, and its permissions are given to `who`.
    copy: bool,
    /// The bits it speaks of, so that setuid and setgid of a directory, which others do not touch, are changed.
    mentioned: u32,
}

/// The bits of a class: what its letters can set.
fn class(letter: u8) -> Option<u32> {
    Some(match letter {
        b'u' => 0o4700,
        b'g' => 0o2070,
        b'o' => 0o1007,
        b'a' => ALL,
        _ => return None,
    })
}

/// An octal number of permission bits, all of `text`.
fn octal(text: &[u8]) -> Option<u32> {
    let value = text.iter().try_fold(0u32, |value, &byte| match byte {
        b'0'..=b'7' => Some(value * 8 + u32::from(byte - b'0')).filter(|&value| value <= ALL),
        _ => None,
    });
    value.filter(|_| !text.is_empty())
}

impl Mode {
    /// Parses an octal number, or clauses such as `u+rwX,g=u,o-w,+t` (POSIX.1-2024 chmod); `None` if it is neither.
    ///
    /// As with GNU, an octal number of up to four digits leaves setuid and setgid of directories on, and `=755` does not.
    pub fn parse(text: &[u8]) -> Option<Mode> {
        if let Some(bits) = octal(text) {
            let mentioned = if text.len() > 4 { ALL } else { bits & SETID | 0o1777 };
            let clause = Clause {
                who: ALL,
                operation: b'=',
                bits,
                conditional_execution: false,
                copy: false,
                mentioned,
            };
            return Some(Mode { clauses: Vec::from([clause]) });
        }
        let mut clauses = Vec::new();
        for text in text.split(|&byte| byte == b',') {
            let mut rest = text;
            let mut who = 0;
            while let [letter, tail @ ..] = rest
                && let Some(bits) = class(*letter)
            {
                who |= bits;
                rest = tail;
            }
            if rest.is_empty() {
                return None;
            }
            while let [operation @ (b'+' | b'-' | b'='), tail @ ..] = rest {
                let mut clause = Clause {
                    who,
                    operation: *operation,
                    bits: 0,
                    conditional_execution: false,
                    copy: false,
                    mentioned: if who == 0 { 0 } else { who & 0o777 },
                };
                rest = clause.permissions(tail)?;
                clauses.push(clause);
            }
            if !rest.is_empty() {
                return None;
            }
        }
        Some(Mode { clauses })
    }

    /// As [`Mode::parse`], with the error that says `invalid mode`.
    pub fn required(text: &[u8]) -> Result<Mode> {
        Mode::parse(text).ok_or_else(|| Error::about(b"invalid mode: '%'", text))
    }

    /// The permissions of a file that has `mode` after the change; the bits of its type do not count.
    pub fn apply(&self, mode: u32, is_dir: bool, umask: u32) -> u32 {
        let mut mode = mode & ALL;
        for clause in &self.clauses {
            let mut bits = clause.bits;
            if clause.copy {
                bits &= mode & 0o777;
                // One class's three bits for all three classes.
                bits |= bits << 3 | bits << 6 | bits >> 3 | bits >> 6;
                bits &= 0o777;
            }
            if clause.conditional_execution && (is_dir || mode & 0o111 != 0) {
                bits |= 0o111;
            }
            // Setuid and setgid of a directory say whose its new entries are; only who names them means them.
            let kept = if is_dir { SETID & !clause.mentioned } else { 0 };
            let affected = if clause.who == 0 { !umask } else { clause.who } & !kept;
            bits &= affected;
            match clause.operation {
                b'+' => mode |= bits,
                b'-' => mode &= !bits,
                _ => mode = mode & (if clause.who == 0 { 0 } else { !clause.who } | kept) | bits,
            }
        }
        mode
    }
}

impl Clause {
    /// Reads the permissions behind the operation; gives what follows them.
    fn permissions<'a>(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        if self.who == 0
            && let Some(bits) = octal(text)
        {
            (self.who, self.bits, self.mentioned) = (ALL, bits, ALL);
            return Some(b"");
        }
        if let [b'u' | b'g' | b'o', rest @ ..] = text {
            self.bits = class(*text.first()?)?;
            self.copy = true;
            return Some(rest);
        }
        let mut rest = text;
        while let [letter, tail @ ..] = rest {
            match letter {
                b'r' => self.bits |= 0o444,
                b'w' => self.bits |= 0o222,
                b'x' => self.bits |= 0o111,
                b'X' => self.conditional_execution = true,
                b's' => self.bits |= SETID,
                b't' => self.bits |= STICKY,
                _ => break,
            }
            rest = tail;
        }
        self.mentioned |= self.bits & if self.who == 0 { ALL } else { self.who };
        Some(rest)
    }
}

/// Appends a mode as `ls -l` shows it: `drwxr-xr-x`.
pub fn string(mode: u32, out: &mut Vec<u8>) {
    let kind = (mode >> 12 & 15) as usize;
    out.push(b"?pc?d?b?-?l?s???".get(kind).copied().unwrap_or(b'?'));
    permissions(mode, out);
}

/// Appends the nine letters of a mode's permissions.
pub fn permissions(mode: u32, out: &mut Vec<u8>) {
    for (shift, special, letter) in [(6, 0o4000, b's'), (3, 0o2000, b's'), (0, STICKY, b't')] {
        let bits = mode >> shift;
        out.push(if bits & 4 != 0 { b'r' } else { b'-' });
        out.push(if bits & 2 != 0 { b'w' } else { b'-' });
        out.push(match (mode & special != 0, bits & 1 != 0) {
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
            (false, true) => b'x',
            (false, false) => b'-',
        });
    }
}

/// What kind of file a mode says it is, in words: `regular file`, `directory` …
pub fn kind_name(mode: u32, size: u64) -> &'static [u8] {
    let index = match (mode >> 12 & 15, size) {
        (8, 0) => 0,
        (kind, _) => kind as usize,
    };
    let names = b"regular empty file|fifo|character special file||directory||block special file||regular file||symbolic link||socket";
    let name = names.split(|&byte| byte == b'|').nth(index).unwrap_or_default();
    if name.is_empty() { b"weird file" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    fn changed(text: &str, mode: u32, is_dir: bool) -> Option<u32> {
        Mode::parse(text.as_bytes()).map(|parsed| parsed.apply(mode, is_dir, 0o022))
    }

    #[test]
    fn octal_modes() {
        assert_eq!(changed("644", 0o4777, false), Some(0o644));
        assert_eq!(changed("0", 0o777, false), Some(0));
        assert_eq!(changed("755", 0o2700, true), Some(0o2755));
        assert_eq!(changed("00755", 0o2700, true), Some(0o755));
        assert_eq!(changed("=755", 0o2700, true), Some(0o755));
        assert_eq!(changed("4755", 0o2700, true), Some(0o6755));
        assert_eq!(changed("+111", 0o644, false), Some(0o755));
        assert_eq!(changed("-022", 0o666, false), Some(0o644));
    }

    #[test]
    fn symbolic_modes() {
        for (text, mode, is_dir, expected) in [
            ("u+x", 0o644, false, 0o744),
            ("+x", 0o644, false, 0o755),
            ("+w", 0o444, false, 0o644),
            ("a+w", 0o444, false, 0o666),
            ("=", 0o777, false, 0),
            ("=rw", 0o777, false, 0o644),
            ("g=u", 0o741, false, 0o771),
            ("go=u-w", 0o700, false, 0o755),
            ("u=g,g=o,o=", 0o731, false, 0o310),
            ("a+X", 0o644, false, 0o644),
            ("a+X", 0o645, false, 0o755),
            ("a+X", 0o600, true, 0o711),
            ("a-x+X", 0o755, false, 0o644),
            ("u+s", 0o755, false, 0o4755),
            ("g+s", 0o755, false, 0o2755),
            ("o+s", 0o755, false, 0o755),
            ("+s", 0o755, false, 0o6755),
            ("+t", 0o755, true, 0o1755),
            ("u+t", 0o755, true, 0o755),
            ("a-s", 0o6755, true, 0o755),
            ("u=rwx", 0o4755, true, 0o4755),
            ("u=rwx", 0o4755, false, 0o755),
            ("u=rwxs", 0o755, true, 0o4755),
            ("g-s", 0o2755, true, 0o755),
            ("ug+r-w=x", 0o666, false, 0o116),
            ("a=r,u+w", 0o777, false, 0o644),
        ] {
            assert_eq!(changed(text, mode, is_dir), Some(expected), "{text} of {mode:o}");
        }
    }

    #[test]
    fn wrong_modes() {
        for text in
            ["", "8", "77777", "u", "u+q", "u+x,", ",u+x", "+x-", "z=r", "u=gr", "a+7", "+8", "x", "rw"]
        {
            if text != "+x-" {
                assert!(Mode::parse(text.as_bytes()).is_none(), "{text}");
            }
        }
    }

    #[test]
    fn letters() {
        for (mode, expected) in [
            (0o040755, "drwxr-xr-x"),
            (0o100644, "-rw-r--r--"),
            (0o107777, "-rwsrwsrwt"),
            (0o107000, "---S--S--T"),
            (0o120777, "lrwxrwxrwx"),
            (0o010600, "prw-------"),
            (0o140600, "srw-------"),
            (0o020600, "crw-------"),
            (0o060600, "brw-------"),
        ] {
            let mut out = Vec::new();
            string(mode, &mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
        assert_eq!(kind_name(0o100644, 0), b"regular empty file");
        assert_eq!(kind_name(0o100644, 1), b"regular file");
        assert_eq!(kind_name(0o120777, 0), b"symbolic link");
        assert_eq!(kind_name(0o140777, 0), b"socket");
    }
}
