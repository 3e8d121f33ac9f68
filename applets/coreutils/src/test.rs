//! usage: test [EXPRESSION] | [ [EXPRESSION] ] | [[ [EXPRESSION] ]]
//!
//! Succeed (status 0) if EXPRESSION is true, fail (1) if it is false or missing; 2 if it is wrong.
//!
//! Files: -e exists, -f regular, -d directory, -h -L link, -b block device, -c character device, -p pipe, -S socket,
//! -s not empty, -r readable, -w writable, -x executable, -g set-group-ID, -u set-user-ID, -k sticky, -O yours,
//! -G of your group, -N changed since last read, -t FD is a terminal, F1 -nt F2 newer, F1 -ot F2 older, F1 -ef F2 same.
//! Strings: -n S not empty, -z S empty, S (not empty), S1 = S2, S1 == S2, S1 != S2, S1 < S2, S1 > S2.
//! Integers: -eq -ne -lt -le -gt -ge. Combined: ! E, ( E ), E1 -a E2, E1 -o E2.
//!
//! # Notes
//! POSIX.1-2024 test, whose rules by the number of arguments come first; the rest as GNU and BusyBox. As a shell's
//! `[[` differs (patterns, no word splitting), this one is BusyBox's: `test` by another name.

use applet::prelude::*;

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 2;
    let mut args = cx.args;
    let closing: &[u8] = match cx.name {
        b"[" => b"]",
        b"[[" => b"]]",
        _ => b"",
    };
    if !closing.is_empty() {
        if args.len() == 1 {
            cx.answer_help()?;
        }
        let Some((_, rest)) = args.split_last().filter(|(last, _)| **last == closing) else {
            return Err(Error::about(b"missing '%'", closing));
        };
        args = rest;
    }
    let mut parser = Parser { args, depth: 0 };
    let truth = parser.expression()?;
    if let Some(extra) = parser.args.first() {
        return Err(Error::about(b"extra argument '%'", extra));
    }
    Ok(if truth { Exit::SUCCESS } else { Exit::FAILURE })
}

/// Parentheses and negations deeper than this are refused, so that the stack holds them.
const DEPTH: u32 = 1000;

struct Parser<'a> {
    args: &'a [&'a [u8]],
    depth: u32,
}

#[cold]
fn missing_after(operator: &[u8]) -> Error {
    Error::about(b"missing argument after '%'", operator)
}

impl<'a> Parser<'a> {
    fn expression(&mut self) -> Result<bool> {
        match self.args {
            [] => Ok(false),
            args if args.len() <= 4 => self.by_count(args),
            _ => self.or(),
        }
    }

    /// POSIX's rules for one to four arguments, which settle what `test "$a" = "$b"` means whatever the variables hold.
    fn by_count(&mut self, args: &'a [&'a [u8]]) -> Result<bool> {
        let end = args.get(args.len()..).unwrap_or_default();
        match args {
            [text] => {
                self.args = end;
                Ok(!text.is_empty())
            }
            [b"!", text] => {
                self.args = end;
                Ok(text.is_empty())
            }
            [left, operator, right] if is_binary(operator) => {
                self.args = end;
                binary(left, operator, right)
            }
            [left, b"-a", right] => {
                self.args = end;
                Ok(!left.is_empty() && !right.is_empty())
            }
            [left, b"-o", right] => {
                self.args = end;
                Ok(!left.is_empty() || !right.is_empty())
            }
            [b"!", rest @ ..] => self.by_count(rest).map(|truth| !truth),
            [b"(", text, b")"] => {
                self.args = end;
                Ok(!text.is_empty())
            }
            [b"(", inner @ .., b")"] if args.len() == 4 => self.by_count(inner),
            [operator, operand] if is_unary(operator) => {
                self.args = end;
                unary(operator, operand)
            }
            [operator, _] => Err(Error::about(b"'%': unary operator expected", operator)),
            [_, operator, _] => Err(Error::about(b"'%': binary operator expected", operator)),
            _ => {
                self.args = args;
                self.or()
            }
        }
    }

    fn take(&mut self, word: &[u8]) -> bool {
        match self.args {
            [first, rest @ ..] if *first == word => {
                self.args = rest;
                true
            }
            _ => false,
        }
    }

    fn or(&mut self) -> Result<bool> {
        let mut truth = self.and()?;
        while self.take(b"-o") {
            truth |= self.and()?;
        }
        Ok(truth)
    }

    fn and(&mut self) -> Result<bool> {
        let mut truth = self.term()?;
        while self.take(b"-a") {
            truth &= self.term()?;
        }
        Ok(truth)
    }

    fn term(&mut self) -> Result<bool> {
        let mut negated = false;
        loop {
            match self.args {
                // `! = x` compares a "!".
                [b"!", operator, _, ..] if is_binary(operator) => break,
                [b"!", _, ..] => negated = !negated,
                _ => break,
            }
            self.take(b"!");
        }
        Ok(self.primary()? != negated)
    }

    fn primary(&mut self) -> Result<bool> {
        match self.args {
            [] => Err(Error::new(b"argument expected")),
            [left, operator, right, rest @ ..] if is_binary(operator) => {
                self.args = rest;
                binary(left, operator, right)
            }
            [b"(", rest @ ..] if !rest.is_empty() => {
                self.args = rest;
                self.depth += 1;
                if self.depth > DEPTH {
                    return Err(Error::new(b"expression nested too deeply"));
                }
                let truth = self.or()?;
                self.depth -= 1;
                if self.take(b")") { Ok(truth) } else { Err(Error::new(b"')' expected")) }
            }
            [operator, operand, rest @ ..] if is_unary(operator) => {
                self.args = rest;
                unary(operator, operand)
            }
            [operator] if is_unary(operator) && *operator != b"-t" => Err(missing_after(operator)),
            [text, rest @ ..] => {
                self.args = rest;
                Ok(!text.is_empty())
            }
        }
    }
}

fn is_unary(operator: &[u8]) -> bool {
    matches!(operator, [b'-', letter] if b"abcdefghknprstuwxzGLNOS".contains(letter) && *letter != b'a')
}

/// Two-letter operators behind a dash, and those without one.
const COMPARISONS: &[u8] = b"eq ne lt le gt ge nt ot ef";

fn is_binary(operator: &[u8]) -> bool {
    match operator {
        b"=" | b"==" | b"!=" | b"<" | b">" => true,
        [b'-', name @ ..] => {
            name.len() == 2 && COMPARISONS.split(|&byte| byte == b' ').any(|known| known == name)
        }
        _ => false,
    }
}

fn binary(left: &[u8], operator: &[u8], right: &[u8]) -> Result<bool> {
    Ok(match operator {
        b"=" | b"==" => left == right,
        b"!=" => left != right,
        b"<" => left < right,
        b">" => left > right,
        b"-nt" | b"-ot" | b"-ef" => compare_files(left, operator, right),
        _ => {
            let order = integer(left)?.cmp(&integer(right)?);
            match operator {
                b"-eq" => order.is_eq(),
                b"-ne" => order.is_ne(),
                b"-lt" => order.is_lt(),
                b"-le" => order.is_le(),
                b"-gt" => order.is_gt(),
                _ => order.is_ge(),
            }
        }
    })
}

/// An integer of any length, so that comparing never overflows: whether it is negative, and its digits.
#[derive(PartialEq, Eq)]
struct Integer<'a> {
    negative: bool,
    digits: &'a [u8],
}

impl Integer<'_> {
    fn cmp(&self, other: &Integer) -> core::cmp::Ordering {
        let magnitude =
            |a: &Integer, b: &Integer| (a.digits.len(), a.digits).cmp(&(b.digits.len(), b.digits));
        match (self.negative, other.negative) {
            (false, false) => magnitude(self, other),
            (true, true) => magnitude(other, self),
            (mine, theirs) => theirs.cmp(&mine),
        }
    }
}

fn integer(text: &[u8]) -> Result<Integer<'_>> {
    let trimmed = text.trim_ascii();
    let (negative, digits) = match trimmed {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Error::about(b"invalid integer '%'", text));
    }
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let digits = digits.get(zeros..).unwrap_or_default();
    Ok(Integer { negative: negative && !digits.is_empty(), digits })
}

fn compare_files(left: &[u8], operator: &[u8], right: &[u8]) -> bool {
    match (operator, sys::fs::stat(left), sys::fs::stat(right)) {
        (b"-nt", Ok(left), Ok(right)) => left.modified() > right.modified(),
        (b"-ot", Ok(left), Ok(right)) => left.modified() < right.modified(),
        (b"-ef", Ok(left), Ok(right)) => left.same(&right),
        // A file that exists is newer than one that does not.
        (b"-nt", Ok(_), Err(_)) | (b"-ot", Err(_), Ok(_)) => true,
        _ => false,
    }
}

fn unary(operator: &[u8], operand: &[u8]) -> Result<bool> {
    let letter = operator.get(1).copied().unwrap_or_default();
    let access = |mode| sys::fs::access(sys::fd::CWD, operand, mode).is_ok();
    match letter {
        b'n' => return Ok(!operand.is_empty()),
        b'z' => return Ok(operand.is_empty()),
        b'r' => return Ok(access(libc::R_OK)),
        b'w' => return Ok(access(libc::W_OK)),
        b'x' => return Ok(access(libc::X_OK)),
        b'h' | b'L' => return Ok(sys::fs::lstat(operand).is_ok_and(|stat| stat.is_link())),
        b't' => {
            integer(operand)?;
            let fd = num::parse_i64(operand.trim_ascii()).ok().and_then(|fd| i32::try_from(fd).ok());
            return Ok(fd.is_some_and(|fd| fd >= 0 && sys::terminal::is_terminal(fd)));
        }
        _ => {}
    }
    let Ok(stat) = sys::fs::stat(operand) else { return Ok(false) };
    let kind = |kind| stat.kind() == kind;
    Ok(match letter {
        b'e' => true,
        b'f' => stat.is_file(),
        b'd' => stat.is_dir(),
        b'b' => kind(libc::S_IFBLK),
        b'c' => kind(libc::S_IFCHR),
        b'p' => kind(libc::S_IFIFO),
        b'S' => kind(libc::S_IFSOCK),
        b's' => stat.size() > 0,
        b'g' => stat.mode() & libc::S_ISGID != 0,
        b'u' => stat.mode() & libc::S_ISUID != 0,
        b'k' => stat.mode() & libc::S_ISVTX != 0,
        b'O' => stat.uid() == sys::process::euid(),
        b'G' => stat.gid() == sys::process::egid(),
        b'N' => stat.modified() > stat.accessed(),
        _ => false,
    })
}
