//! Colours.

use applet::prelude::*;

/// The colours of the parts of the output; an empty one is none.
#[derive(Default)]
pub struct Paint<'a> {
    /// Matches in selected lines, and in the lines around them.
    pub selected: &'a [u8],
    pub around: &'a [u8],
    /// All of a selected line, and of one around.
    pub line: &'a [u8],
    pub context: &'a [u8],
    pub name: &'a [u8],
    pub number: &'a [u8],
    pub offset: &'a [u8],
    pub separator: &'a [u8],
    /// Whether the colours of whole lines are exchanged with -v.
    pub reverse: bool,
    no_erase: bool,
}

impl<'a> Paint<'a> {
    /// The colours, if `when` is now.
    pub fn new(cx: &Context<'a>, when: Option<&[u8]>) -> Result<Paint<'a>> {
        let on = match when {
            None | Some(b"never" | b"no" | b"none") => false,
            Some(b"always" | b"yes" | b"force") => true,
            Some(b"" | b"auto" | b"tty" | b"if-tty") => {
                cx.out.fd().is_some_and(sys::terminal::is_terminal)
                    && cx.var(b"TERM").is_some_and(|term| term != b"dumb")
            }
            Some(other) => return Err(Error::usage(&[b"unknown color: '", other, b"'"])),
        };
        let mut paint = Paint::default();
        if !on {
            return Ok(paint);
        }
        paint.selected = cx.var(b"GREP_COLOR").filter(|colour| !colour.is_empty()).unwrap_or(b"01;31");
        paint.around = paint.selected;
        (paint.name, paint.number, paint.offset, paint.separator) = (b"35", b"32", b"32", b"36");
        for setting in cx.var(b"GREP_COLORS").unwrap_or_default().split(|&byte| byte == b':') {
            let at = setting.iter().position(|&byte| byte == b'=').unwrap_or(setting.len());
            let (key, value) = setting.split_at(at);
            let colour = value.get(1..).unwrap_or_default();
            // A value that is none ends the list.
            if !colour.iter().all(|byte| matches!(byte, b'0'..=b'9' | b';')) {
                break;
            }
            match key {
                b"mt" => (paint.selected, paint.around) = (colour, colour),
                b"ms" => paint.selected = colour,
                b"mc" => paint.around = colour,
                b"sl" => paint.line = colour,
                b"cx" => paint.context = colour,
                b"fn" => paint.name = colour,
                b"ln" => paint.number = colour,
                b"bn" => paint.offset = colour,
                b"se" => paint.separator = colour,
                b"rv" => paint.reverse = true,
                b"ne" => paint.no_erase = true,
                _ => {}
            }
        }
        Ok(paint)
    }

    /// Writes `text` in `colour`.
    pub fn write(&self, out: &mut Writer, colour: &[u8], text: &[u8]) {
        self.start(out, colour);
        out.write(text);
        self.stop(out, colour);
    }

    /// What follows is in `colour`.
    pub fn start(&self, out: &mut Writer, colour: &[u8]) {
        if !colour.is_empty() {
            for part in [b"\x1b[", colour, b"m"] {
                out.write(part);
            }
            self.erase(out);
        }
    }

    /// What follows is no longer in `colour`.
    pub fn stop(&self, out: &mut Writer, colour: &[u8]) {
        if !colour.is_empty() {
            out.write(b"\x1b[m");
            self.erase(out);
        }
    }

    /// The rest of a terminal's line gets the ground of the text.
    fn erase(&self, out: &mut Writer) {
        if !self.no_erase {
            out.write(b"\x1b[K");
        }
    }
}
