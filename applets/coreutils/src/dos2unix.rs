//! usage: dos2unix [-ud] [FILE]... | unix2dos [-ud] [FILE]...
//!
//! Change the ends of lines, in each FILE or from standard input to standard output. dos2unix turns CR LF into LF,
//! unix2dos the reverse.
//!
//!  -u  turn CR LF into LF
//!  -d  turn LF into CR LF
//!
//! # Notes
//! BusyBox's commands. A FILE is replaced by a new one with the same mode, so that nothing is lost half-way.

use applet::prelude::*;

applet::options!("dos2unix");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let to_dos = match options.last(&[opt::u, opt::d]) {
        Some(id) => id == opt::d,
        None => cx.name == b"unix2dos",
    };
    if options.operands.is_empty() {
        let mut out = core::mem::replace(&mut cx.out, Writer::memory());
        let result = convert(&mut Reader::borrow(sys::fd::STDIN), &mut out, to_dos);
        cx.out = out;
        result?;
    }
    for name in &options.operands {
        if let Err(error) = convert_file(name, to_dos) {
            cx.report_at(name, error);
        }
    }
    Ok(cx.status())
}

fn convert(input: &mut Reader, out: &mut Writer, to_dos: bool) -> sys::Result<()> {
    while let Some(line) = input.line(b'\n')? {
        let Some(text) = line.strip_suffix(b"\n") else {
            out.write(line);
            break;
        };
        out.write(text.strip_suffix(b"\r").unwrap_or(text));
        out.write(if to_dos { b"\r\n" } else { b"\n" });
        if out.failed() {
            break;
        }
    }
    Ok(())
}

fn convert_file(name: &[u8], to_dos: bool) -> Result {
    // Through links: the file they lead to is what changes.
    let mut input = Reader::open(name)?;
    let stat = sys::fs::fstat(input.fd())?;
    let new = files::temporary::Replacement::new(sys::fd::CWD, name, stat.mode() & 0o7777)?;
    let mut out = Writer::new(new.fd());
    convert(&mut input, &mut out, to_dos)?;
    out.flush()?;
    new.become_like(&stat)?;
    new.commit(false)?;
    Ok(())
}
