//! usage: rev [-0] [FILE]...
//!
//! Print lines with their characters in reverse order.
//!
//!  -0, --zero  lines end with NUL

use applet::prelude::*;

applet::options!("rev");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let end = if options.has(opt::ZERO) { 0 } else { b'\n' };
    let utf8 = cx.utf8();
    let mut turned = Vec::new();
    cx.each_input(&options.operands, &mut |cx, _, input| {
        while let Some(line) = input.line(end)? {
            let (text, ended) = match line.strip_suffix(&[end]) {
                Some(text) => (text, true),
                None => (line, false),
            };
            turned.clear();
            turned.extend(text.iter().rev());
            if utf8 && !text.is_ascii() {
                mend(text, &mut turned);
            }
            if ended {
                turned.push(end);
            }
            cx.out.write(&turned);
            if cx.out.failed() {
                break;
            }
        }
        Ok(())
    });
    Ok(cx.status())
}

/// Puts the bytes of each character of `text` back in order in `turned`, its mirror image.
fn mend(mut text: &[u8], turned: &mut [u8]) {
    while let Some(&first) = text.first() {
        let length = if first < 0x80 { 1 } else { text::utf8::decode(text).map_or(1, |(_, length)| length) };
        let end = text.len();
        if let Some(character) = turned.get_mut(end.saturating_sub(length)..end) {
            character.reverse();
        }
        text = text.get(length..).unwrap_or_default();
    }
}
