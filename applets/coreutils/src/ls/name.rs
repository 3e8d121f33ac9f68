//! Names, as they are shown.

use super::{Batch, File, Format, Ls, Marks, Sort};
use alloc::vec::Vec;
use applet::Result;
use sys::libc;
use text::quote;

/// `--quoting-style`, in the order of its words.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub enum Style {
    Literal,
    Shell,
    ShellAlways,
    ShellEscape,
    ShellEscapeAlways,
    C,
    CMaybe,
    Escape,
    Locale,
    Clocale,
}

impl Style {
    pub fn parse(word: &[u8]) -> Result<Style> {
        let words =
            b"literal shell shell-always shell-escape shell-escape-always c c-maybe escape locale clocale";
        Ok(match applet::value::word(word, words, b"--quoting-style")? {
            0 => Style::Literal,
            1 => Style::Shell,
            2 => Style::ShellAlways,
            3 => Style::ShellEscape,
            4 => Style::ShellEscapeAlways,
            5 => Style::C,
            6 => Style::CMaybe,
            7 => Style::Escape,
            8 => Style::Locale,
            _ => Style::Clocale,
        })
    }

    /// Whether some names get quotes and others do not.
    fn varies(self) -> bool {
        matches!(self, Style::Shell | Style::ShellEscape | Style::CMaybe)
    }
}

/// Appends a name in a style; characters of `also` need quotes, too.
pub fn quote(style: Style, name: &[u8], also: &[u8], utf8: bool, question_marks: bool, out: &mut Vec<u8>) {
    let mut text = Vec::new();
    match style {
        Style::Literal => text.extend_from_slice(name),
        Style::ShellEscape | Style::ShellEscapeAlways => quote::shell(name, utf8, &mut text),
        Style::Shell | Style::ShellAlways => {
            // Quotes as if all were graphic; inside them, what is not stands for itself.
            let graphic =
                |byte: &u8| if matches!(byte, b' '..=b'~' | b'\n' | b'\r' | b'\t') { *byte } else { b'x' };
            let plain: Vec<u8> = name.iter().map(graphic).collect();
            quote::shell(&plain, utf8, &mut text);
            let outer = text.first().copied().filter(|_| text != plain);
            text.clear();
            text.extend(outer);
            for &byte in name {
                match (byte, outer) {
                    (b'\'', Some(b'\'')) => text.extend_from_slice(b"'\\''"),
                    _ => text.push(byte),
                }
            }
            text.extend(outer);
        }
        Style::Escape => quote::c_string(name, &[b" ", also].concat(), utf8, &mut text),
        _ => {
            let (open, close, own) = match style {
                Style::Locale | Style::Clocale if utf8 => ("\u{2018}", "\u{2019}", &b""[..]),
                Style::Locale => ("'", "'", &b"'"[..]),
                _ => ("\"", "\"", &b"\""[..]),
            };
            let maybe = style == Style::CMaybe;
            text.extend_from_slice(open.as_bytes());
            quote::c_string(name, &[own, if maybe { b"" } else { also }].concat(), utf8, &mut text);
            text.extend_from_slice(close.as_bytes());
            // A backslash by itself needs no quotes.
            let doubled = name.iter().filter(|&&byte| byte == b'\\').count();
            let plain = text.len() == name.len() + doubled + 2;
            if maybe && plain && !name.iter().any(|byte| also.contains(byte)) {
                text = name.to_vec();
            }
        }
    }
    let always = matches!(style, Style::ShellAlways | Style::ShellEscapeAlways);
    let maybe =
        matches!(style, Style::Shell | Style::ShellEscape) && name.iter().any(|byte| also.contains(byte));
    if text == name && (always || maybe) {
        text.insert(0, b'\'');
        text.push(b'\'');
    }
    if question_marks && style <= Style::ShellAlways {
        quote::question_marks(&text, utf8, out);
    } else {
        out.extend_from_slice(&text);
    }
}

impl Ls<'_, '_> {
    /// Whether names without quotes are moved to stand under those with quotes.
    pub fn aligns_quotes(&self) -> bool {
        self.style.varies()
            && match self.format {
                Format::Long => true,
                Format::Columns | Format::Across => self.width > 0,
                _ => false,
            }
    }

    /// Whether the widths of names are needed.
    pub fn has_columns(&self) -> bool {
        self.sort == Sort::Width || matches!(self.format, Format::Columns | Format::Across | Format::Commas)
    }

    /// The characters that need quotes because they are used as marks.
    fn marks_in_use(&self) -> &'static [u8] {
        match self.marks {
            Marks::FileType => b"*=>@|",
            Marks::Classify => b"=>@|",
            _ => b"",
        }
    }

    fn quoted(&self, name: &[u8], out: &mut Vec<u8>) {
        quote(self.style, name, self.marks_in_use(), self.utf8, self.question_marks, out);
    }

    pub fn measure(&self, name: &[u8], file: &mut File) {
        let mut text = Vec::new();
        self.quoted(name, &mut text);
        file.width = width(&text, self.utf8);
        file.quoted = text != name;
    }

    /// Appends the name of a file, or what it holds if it is a link: quoted, in color, as a link for the terminal. `at` is
    /// the column where it begins.
    pub fn name(&mut self, batch: &Batch, file: &File, target: Option<&[u8]>, at: usize, line: &mut Vec<u8>) {
        let name = target.unwrap_or(batch.name(file));
        let pad = target.is_none() && batch.any_quoted && !file.quoted && self.aligns_quotes();
        let mut text = Vec::new();
        self.quoted(name, &mut text);
        if pad {
            line.push(b' ');
        }
        let path = if self.hyperlink { self.path(batch.name(file)) } else { Vec::new() };
        let colored = self.begin_color(file, name, target.is_some(), line);
        self.link(&path, &text, !pad && self.aligns_quotes() && text.first() != name.first(), line);
        if colored {
            self.end_color(at, text.len() + usize::from(pad), line);
        }
    }

    /// Appends a shown name, as a link to `path` where that is asked for; `inside` the quotes.
    pub fn link(&self, path: &[u8], text: &[u8], inside: bool, line: &mut Vec<u8>) {
        if !self.hyperlink {
            line.extend_from_slice(text);
            return;
        }
        let (before, text, behind) = match text {
            [first, text @ .., last] if inside => {
                (core::slice::from_ref(first), text, core::slice::from_ref(last))
            }
            _ => (&b""[..], text, &b""[..]),
        };
        line.extend_from_slice(before);
        line.extend_from_slice(b"\x1b]8;;file://");
        if let Ok(host) = sys::host::uname() {
            line.extend_from_slice(host.node());
        }
        for byte in files::canonical::name(path).unwrap_or_default() {
            if byte.is_ascii_alphanumeric() || b"/~-._".contains(&byte) {
                line.push(byte);
            } else {
                line.push(b'%');
                num::push_radix(line, byte.into(), 16, 2);
            }
        }
        line.push(7);
        line.extend_from_slice(text);
        line.extend_from_slice(b"\x1b]8;;\x07");
        line.extend_from_slice(behind);
    }

    /// The mark behind a name.
    pub fn mark(&self, mode: Option<u32>, kind: u8) -> Option<u8> {
        let kind = mode.map_or(kind, |mode| (mode >> 12) as u8);
        match kind & 15 {
            libc::DT_REG => {
                (self.marks == Marks::Classify && mode.is_some_and(|mode| mode & 0o111 != 0)).then_some(b'*')
            }
            libc::DT_DIR => (self.marks != Marks::None).then_some(b'/'),
            kind if self.marks >= Marks::FileType => match kind {
                libc::DT_LNK => Some(b'@'),
                libc::DT_FIFO => Some(b'|'),
                libc::DT_SOCK => Some(b'='),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Columns on the screen; outside UTF-8 only ASCII takes any, as with GNU.
fn width(text: &[u8], utf8: bool) -> usize {
    if utf8 {
        return text::width::text_columns(text, true);
    }
    text.iter().filter(|byte| matches!(byte, b' '..=b'~')).count()
}
