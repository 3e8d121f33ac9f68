//! usage: ascii
//!
//! Print the table of the ASCII characters.

use applet::prelude::*;

applet::options!("ascii");

/// The characters that have no look of their own, 32 and `DEL` at the end.
const NAMES: &[u8] =
    b"NULSOHSTXETXEOTENQACKBELBS HT NL VT FF CR SO SI DLEDC1DC2DC3DC4NAKSYNETBCANEM SUBESCFS GS RS US ";

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    if let Some(extra) = options.operands.first() {
        return Err(Error::extra_operand(extra));
    }
    cx.out.line(b"Dec Hex    Dec Hex    Dec Hex  Dec Hex  Dec Hex  Dec Hex   Dec Hex   Dec Hex");
    for row in 0..16u8 {
        let mut line = Vec::new();
        for byte in (row..128).step_by(16) {
            let mut buf = num::new_buf();
            num::push_padded(&mut line, num::dec(byte.into(), &mut buf), if byte < 96 { 3 } else { 4 }, b' ');
            line.push(b' ');
            num::push_radix(&mut line, byte.into(), 16, 2);
            line.push(b' ');
            match byte {
                0..32 => line.extend_from_slice(NAMES.chunks(3).nth(byte.into()).unwrap_or_default()),
                127 => line.extend_from_slice(b"DEL"),
                _ => line.push(byte),
            }
            if byte < 112 {
                line.push(b' ');
            }
        }
        cx.out.line(&line);
    }
    Ok(cx.status())
}
