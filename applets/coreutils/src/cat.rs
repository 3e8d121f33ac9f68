//! usage: cat [-AbeEnstTuv] [FILE]...
//!
//! Print FILEs one after the other; standard input for `-` or without FILE.
//!
//!  -A, --show-all          same as -vET
//!  -b, --number-nonblank   number lines that are not empty; overrides -n
//!  -e                      same as -vE
//!  -E, --show-ends         print $ at the end of each line
//!  -n, --number            number all lines
//!  -s, --squeeze-blank     print repeated empty lines once
//!  -t                      same as -vT
//!  -T, --show-tabs         print tabs as ^I
//!  -u                      do not delay output (it never is)
//!  -v, --show-nonprinting  print control characters as ^X and bytes above 127 as M-X
//!
//! # Notes
//! POSIX.1-2024 cat; the rest as GNU.

use applet::prelude::*;

applet::options!("cat");

/// What changes the text, and where in it we are.
#[derive(Default)]
struct Style {
    number: bool,
    number_text: bool,
    ends: bool,
    squeeze: bool,
    tabs: bool,
    visible: bool,
    line: u64,
    at_start: bool,
    blank_lines: u32,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let has = |ids: &[u8]| options.last(ids).is_some();
    let mut style = Style {
        number: has(&[opt::NUMBER]),
        number_text: has(&[opt::NUMBER_NONBLANK]),
        ends: has(&[opt::SHOW_ALL, opt::e, opt::SHOW_ENDS]),
        squeeze: has(&[opt::SQUEEZE_BLANK]),
        tabs: has(&[opt::SHOW_ALL, opt::t, opt::SHOW_TABS]),
        visible: has(&[opt::SHOW_ALL, opt::e, opt::t, opt::SHOW_NONPRINTING]),
        at_start: true,
        ..Style::default()
    };
    let plain = !(style.number | style.number_text | style.ends | style.squeeze | style.tabs | style.visible);
    let output = cx.out.fd().and_then(|fd| sys::fs::fstat(fd).ok());
    cx.each_input(&options.operands, &mut |cx, name, input| {
        if !plain {
            return style.print(cx, input);
        }
        if output.is_some_and(|output| reads_itself(&output, input)) {
            return Err(Error::about(b"%: input file is output file", name));
        }
        io::copy(input, &mut cx.out)?;
        Ok(())
    });
    Ok(cx.status())
}

/// Whether the output is a file that copying the input to would make longer for ever.
fn reads_itself(output: &sys::fs::Stat, input: &Reader) -> bool {
    let Ok(stat) = sys::fs::fstat(input.fd()) else { return false };
    let position = sys::fd::seek(input.fd(), 0, libc::SEEK_CUR).unwrap_or(0);
    stat.is_file() && stat.same(output) && (position as u64) < stat.size()
}

impl Style {
    fn print(&mut self, cx: &mut Context, input: &mut Reader) -> Result {
        while !cx.out.failed() {
            // What has come is seen before there is more to come.
            let ahead = input.buffered();
            if ahead.len() < 512 && memchr::memchr(b'\n', ahead).is_none() {
                let _ = cx.out.flush();
            }
            let Some(line) = input.line(b'\n')? else { break };
            let (text, ended) = match line.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (line, false),
            };
            let blank = self.at_start && text.is_empty();
            self.blank_lines = if blank { self.blank_lines.saturating_add(1) } else { 0 };
            if self.squeeze && self.blank_lines > 1 {
                continue;
            }
            if self.at_start && if self.number_text { !blank } else { self.number } {
                self.line += 1;
                cx.out.fill(b' ', 6usize.saturating_sub(digits(self.line)));
                cx.out.decimal(self.line);
                cx.out.byte(b'\t');
            }
            let (text, end): (_, &[u8]) = match text.strip_suffix(b"\r") {
                _ if !ended => (text, b""),
                // With -E a CR LF is seen, as GNU has it.
                Some(text) if self.ends && !self.visible => (text, b"^M$\n"),
                _ if self.ends => (text, b"$\n"),
                _ => (text, b"\n"),
            };
            self.text(text, &mut cx.out);
            cx.out.write(end);
            self.at_start = ended;
        }
        Ok(())
    }

    fn text(&self, text: &[u8], out: &mut Writer) {
        if !self.visible && !self.tabs {
            out.write(text);
            return;
        }
        for &byte in text {
            let mut low = byte;
            if self.visible && byte >= 128 {
                out.write(b"M-");
                low &= 127;
            }
            match low {
                b'\t' if byte == b'\t' && !self.tabs => out.byte(b'\t'),
                b'\t' if byte == b'\t' => out.write(b"^I"),
                ..b' ' | 127 if self.visible => out.write(&[b'^', low ^ 64]),
                _ => out.byte(low),
            }
        }
    }
}

/// How many decimal digits a number has.
fn digits(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}
