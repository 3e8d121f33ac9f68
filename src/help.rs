//! Help texts: compressed all together, found by name.

use alloc::vec::Vec;
use io::Writer;

static TEXTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/help.bin"));

/// Writes the help of the applet `name`.
pub fn write(name: &[u8], out: &mut Writer) {
    if let Some(record) = find(name) {
        print(name, &record, out);
    }
}

/// The text of `name`: its names, its forms of usage, its help (see `generate::help_record`).
fn find(name: &[u8]) -> Option<Vec<u8>> {
    let mut record = Vec::new();
    let mut found = false;
    helptext::decompress(TEXTS, &mut |byte| {
        if byte != 0 {
            record.push(byte);
            return true;
        }
        let names = record.split(|&byte| byte == b'\n').next().unwrap_or_default();
        found = names.split(|&byte| byte == b' ').any(|known| known == name);
        if !found {
            record.clear();
        }
        !found
    });
    found.then_some(record)
}

fn print(name: &[u8], record: &[u8], out: &mut Writer) {
    let mut lines = record.split(|&byte| byte == b'\n');
    lines.next();
    let forms: Vec<&[u8]> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let is_ours = |form: &&[u8]| form.split(|&byte| byte == b' ').next() == Some(name);
    let any = forms.iter().any(is_ours);
    let mut lead: &[u8] = b"Usage: ";
    for form in forms.iter().filter(|form| !any || is_ours(form)) {
        out.write(lead);
        out.line(form);
        lead = b"       ";
    }
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        out.byte(b'\n');
    }
    for line in lines {
        out.line(line);
    }
}
