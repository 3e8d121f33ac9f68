//! Texts by template: one string with the places of what differs, in place of many pieces.

use alloc::vec::Vec;

use crate::context::Context;

/// Appends `template` with each `%s` replaced by the next of `texts`, each `%d` by the next of `numbers`, and `%%` by `%`.
pub fn fill(template: &[u8], texts: &[&[u8]], numbers: &[i64], out: &mut Vec<u8>) {
    let (mut texts, mut numbers) = (texts.iter(), numbers.iter());
    let mut rest = template.iter();
    while let Some(&byte) = rest.next() {
        match if byte == b'%' { rest.next() } else { None } {
            Some(b's') => out.extend_from_slice(texts.next().copied().unwrap_or_default()),
            Some(b'd') => num::push_dec_i64(out, numbers.next().copied().unwrap_or_default()),
            _ => out.push(byte),
        }
    }
}

/// `subject: reason`, as a failed system call is told.
pub fn because(subject: &[u8], errno: sys::Errno) -> Vec<u8> {
    let mut number = Vec::new();
    [subject, b": ", crate::reason(errno.0, &mut number)].concat()
}

impl Context<'_> {
    /// Writes to standard output as [`fill`] fills.
    #[inline(never)]
    pub fn print(&mut self, template: &[u8], texts: &[&[u8]], numbers: &[i64]) {
        let mut text = Vec::new();
        fill(template, texts, numbers, &mut text);
        self.out.write(&text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills() {
        let mut out = Vec::new();
        fill(b"%d%% of %s%s", &[b"a%d", b""], &[-50], &mut out);
        assert_eq!(out, b"-50% of a%d");
        fill(b" %s%d%", &[], &[], &mut out);
        assert_eq!(out, b"-50% of a%d 0%");
    }
}
