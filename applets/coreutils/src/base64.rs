//! usage: base64 [-di] [-w COLS] [FILE] | base32 [-di] [-w COLS] [FILE] | basenc ENCODING [-di] [-w COLS] [FILE]
//!
//! Encode FILE as text, or decode it.
//!
//!  -d, --decode          decode
//!  -i, --ignore-garbage  when decoding, pass over characters that are not of the encoding
//!  -w, --wrap=COLS       break lines after COLS characters (76); 0: never
//!  --base64              basenc: base64, as RFC 4648 has it
//!  --base64url           basenc: base64 for names of files and URLs
//!  --base32              basenc: base32
//!  --base32hex           basenc: base32 with digits first
//!  --base16              basenc: hexadecimal
//!  --base2msbf           basenc: bits, the highest first
//!  --base2lsbf           basenc: bits, the lowest first
//!
//! # Notes
//! RFC 4648; the options as GNU.

use applet::prelude::*;
use io::base::{Decoder, Encoding};

applet::options!("base64");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let encodings = [
        opt::BASE64,
        opt::BASE64URL,
        opt::BASE32,
        opt::BASE32HEX,
        opt::BASE16,
        opt::BASE2MSBF,
        opt::BASE2LSBF,
    ];
    let encoding = match (cx.name, options.last(&encodings)) {
        (b"base64", None) | (_, Some(opt::BASE64)) => Encoding::Base64,
        (b"base32", None) | (_, Some(opt::BASE32)) => Encoding::Base32,
        (_, Some(opt::BASE64URL)) => Encoding::Base64Url,
        (_, Some(opt::BASE32HEX)) => Encoding::Base32Hex,
        (_, Some(opt::BASE16)) => Encoding::Base16,
        (_, Some(opt::BASE2MSBF)) => Encoding::Base2Msbf,
        (_, Some(_)) => Encoding::Base2Lsbf,
        (_, None) => return Err(Error::usage(&[b"missing encoding type"])),
    };
    let columns = match options.value(opt::WRAP) {
        Some(text) => match num::parse_u64(text) {
            Ok(columns) => usize::try_from(columns).unwrap_or(usize::MAX),
            Err(num::ParseError::Range) => 0,
            Err(_) => return Err(applet::value::invalid(b"wrap size", text)),
        },
        None => 76,
    };
    let name = match *options.operands.as_slice() {
        [] => &b"-"[..],
        [name] => name,
        [_, extra, ..] => return Err(Error::extra_operand(extra)),
    };
    let mut input = cx.open(name)?;
    if options.has(opt::DECODE) {
        decode(cx, &mut input, encoding, options.has(opt::IGNORE_GARBAGE), name)
    } else {
        encode(cx, &mut input, encoding, columns, name)
    }
}

fn encode(
    cx: &mut Context,
    input: &mut Reader,
    encoding: Encoding,
    columns: usize,
    name: &[u8],
) -> Result<Exit> {
    let group = encoding.group();
    let mut text = Vec::new();
    let mut column = 0;
    loop {
        // Whole groups, until the end of the input.
        while input.buffered().len() < io::BLOCK / 2 && input.fill_more().at(name)? {}
        let block = input.buffered();
        let used = if input.at_end() { block.len() } else { block.len() / group * group };
        if used == 0 || cx.out.failed() {
            break;
        }
        text.clear();
        io::base::encode(block.get(..used).unwrap_or_default(), encoding, &mut text);
        input.consume(used);
        if columns == 0 {
            cx.out.write(&text);
            continue;
        }
        let mut rest = text.as_slice();
        while !rest.is_empty() {
            let (line, tail) = rest.split_at((columns - column).min(rest.len()));
            cx.out.write(line);
            column += line.len();
            if column == columns {
                cx.out.byte(b'\n');
                column = 0;
            }
            rest = tail;
        }
    }
    if column > 0 {
        cx.out.byte(b'\n');
    }
    Ok(cx.status())
}

fn decode(
    cx: &mut Context,
    input: &mut Reader,
    encoding: Encoding,
    garbage: bool,
    name: &[u8],
) -> Result<Exit> {
    let mut decoder = Decoder::new(encoding, garbage);
    let mut data = Vec::new();
    loop {
        let block = input.block().at(name)?;
        if block.is_empty() || cx.out.failed() {
            break;
        }
        let length = block.len();
        data.clear();
        let valid = decoder.decode(block, &mut data);
        cx.out.write(&data);
        input.consume(length);
        if !valid {
            return Err(Error::new(b"invalid input"));
        }
    }
    data.clear();
    let valid = decoder.finish(&mut data);
    cx.out.write(&data);
    if valid { Ok(cx.status()) } else { Err(Error::new(b"invalid input")) }
}
