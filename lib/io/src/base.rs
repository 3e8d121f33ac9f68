//! Binary data as text (RFC 4648): base64, base32, base16, and single bits.

use alloc::vec::Vec;

/// An alphabet and how many bits each of its characters stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// RFC 4648 section 4.
    Base64,
    /// Section 5.
    Base64Url,
    /// Section 6.
    Base32,
    /// Section 7.
    Base32Hex,
    /// Section 8; small letters are understood too.
    Base16,
    /// Bits, the highest first.
    Base2Msbf,
    /// Bits, the lowest first.
    Base2Lsbf,
}

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

impl Encoding {
    fn alphabet(self) -> [u8; 64] {
        let mut alphabet = *LETTERS;
        let (start, text): (usize, &[u8]) = match self {
            Encoding::Base64 => (0, b""),
            Encoding::Base64Url => (62, b"-_"),
            Encoding::Base32 => (26, b"234567"),
            Encoding::Base32Hex => (0, b"0123456789ABCDEFGHIJKLMNOPQRSTUV"),
            Encoding::Base16 => (0, b"0123456789ABCDEF"),
            Encoding::Base2Msbf | Encoding::Base2Lsbf => (0, b"01"),
        };
        for (place, &letter) in alphabet.iter_mut().skip(start).zip(text) {
            *place = letter;
        }
        alphabet
    }

    /// Bits a character.
    fn bits(self) -> usize {
        match self {
            Encoding::Base64 | Encoding::Base64Url => 6,
            Encoding::Base32 | Encoding::Base32Hex => 5,
            Encoding::Base16 => 4,
            Encoding::Base2Msbf | Encoding::Base2Lsbf => 1,
        }
    }

    /// The number of bytes that make whole characters.
    pub fn group(self) -> usize {
        match self.bits() {
            6 => 3,
            5 => 5,
            _ => 1,
        }
    }

    /// The number of characters of a group.
    fn characters(self) -> usize {
        self.group() * 8 / self.bits()
    }
}

/// Appends `data` as text, with padding behind a last group that is not whole.
pub fn encode(data: &[u8], encoding: Encoding, out: &mut Vec<u8>) {
    let alphabet = encoding.alphabet();
    let (group, bits, characters) = (encoding.group(), encoding.bits(), encoding.characters());
    out.reserve(data.len().div_ceil(group) * characters);
    if bits == 6 {
        let (groups, rest) = data.as_chunks::<3>();
        for &[a, b, c] in groups {
            let letter = |index: u8| alphabet[usize::from(index & 63)];
            out.extend_from_slice(&[
                letter(a >> 2),
                letter(a << 4 | b >> 4),
                letter(b << 2 | c >> 6),
                letter(c),
            ]);
        }
        return encode_groups(rest, encoding, &alphabet, out);
    }
    encode_groups(data, encoding, &alphabet, out);
}

fn encode_groups(data: &[u8], encoding: Encoding, alphabet: &[u8; 64], out: &mut Vec<u8>) {
    let (group, bits, characters) = (encoding.group(), encoding.bits(), encoding.characters());
    for part in data.chunks(group) {
        let mut word =
            part.iter().fold(0u64, |word, &byte| word << 8 | u64::from(byte)) << (8 * (group - part.len()));
        if encoding == Encoding::Base2Lsbf {
            word = u64::from((word as u8).reverse_bits());
        }
        let used = (part.len() * 8).div_ceil(bits);
        for index in 0..characters {
            let digit = word >> (bits * (characters - 1 - index)) & ((1 << bits) - 1);
            out.push(if index < used { alphabet[digit as usize & 63] } else { b'=' });
        }
    }
}

const INVALID: u8 = 255;

/// Turns text back into data, piece by piece.
pub struct Decoder {
    values: [u8; 256],
    encoding: Encoding,
    /// Characters that are not of the alphabet are passed over.
    garbage: bool,
    word: u64,
    count: usize,
    padding: usize,
}

impl Decoder {
    /// A decoder; newlines are always passed over, with `garbage` everything else that is not of the encoding too.
    pub fn new(encoding: Encoding, garbage: bool) -> Decoder {
        let mut values = [INVALID; 256];
        for (value, &letter) in encoding.alphabet().iter().enumerate().take(1 << encoding.bits()) {
            values[usize::from(letter)] = value as u8;
            if encoding == Encoding::Base16 {
                values[usize::from(letter.to_ascii_lowercase())] = value as u8;
            }
        }
        Decoder { values, encoding, garbage, word: 0, count: 0, padding: 0 }
    }

    /// Decodes more text; `false` when it is not valid (what came before it has been appended).
    pub fn decode(&mut self, text: &[u8], out: &mut Vec<u8>) -> bool {
        let mut rest = text;
        while !rest.is_empty() {
            if self.encoding.bits() == 6 && self.count == 0 && self.padding == 0 {
                rest = self.fours(rest, out);
            }
            let Some((&byte, tail)) = rest.split_first() else { break };
            rest = tail;
            let value = self.values[usize::from(byte)];
            if value != INVALID && self.padding == 0 {
                self.word = self.word << self.encoding.bits() | u64::from(value);
                self.count += 1;
                if self.count == self.encoding.characters() {
                    self.end_group(out);
                }
            } else if byte == b'=' && self.encoding.group() > 1 && self.count > 0 {
                self.padding += 1;
                if self.count + self.padding == self.encoding.characters() && !self.end_group(out) {
                    return false;
                }
            } else if value != INVALID || byte != b'\n' && (byte == b'=' || !self.garbage) {
                return false;
            }
        }
        true
    }

    /// Decodes as many whole groups of four as the text begins with; gives the rest.
    fn fours<'a>(&self, text: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        let (fours, _) = text.as_chunks::<4>();
        let mut done = 0;
        for four in fours {
            let [a, b, c, d] = four.map(|byte| self.values[usize::from(byte)]);
            if a | b | c | d >= 64 {
                break;
            }
            out.extend_from_slice(&[a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
            done += 4;
        }
        text.get(done..).unwrap_or_default()
    }

    /// Appends the bytes of a group, which padding may have completed; `false` if no bytes have so many characters.
    fn end_group(&mut self, out: &mut Vec<u8>) -> bool {
        let bits = self.encoding.bits();
        let mut word = self.word << (bits * self.padding);
        let bytes = self.count * bits / 8;
        if self.encoding == Encoding::Base2Lsbf {
            word = u64::from((word as u8).reverse_bits());
        }
        let group = self.encoding.group();
        for index in 0..bytes {
            out.push((word >> (8 * (group - 1 - index))) as u8);
        }
        // A character that adds no byte of its own is one too many.
        let valid = self.padding == 0 || (self.count - 1) * bits / 8 < bytes && bytes > 0;
        (self.word, self.count, self.padding) = (0, 0, 0);
        valid
    }

    /// The end of the text; `false` when a group is not complete (its bytes are appended all the same).
    pub fn finish(&mut self, out: &mut Vec<u8>) -> bool {
        if self.count == 0 {
            return self.padding == 0;
        }
        if self.encoding.group() > 1 {
            self.padding = self.encoding.characters() - self.count;
            self.end_group(out);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Encoding; 7] = [
        Encoding::Base64,
        Encoding::Base64Url,
        Encoding::Base32,
        Encoding::Base32Hex,
        Encoding::Base16,
        Encoding::Base2Msbf,
        Encoding::Base2Lsbf,
    ];

    fn encoded(data: &[u8], encoding: Encoding) -> std::string::String {
        let mut out = Vec::new();
        encode(data, encoding, &mut out);
        std::string::String::from_utf8(out).unwrap()
    }

    #[test]
    fn vectors_of_the_rfc() {
        assert_eq!(encoded(b"foobar", Encoding::Base64), "Zm9vYmFy");
        assert_eq!(encoded(b"foob", Encoding::Base64), "Zm9vYg==");
        assert_eq!(encoded(b"foobar", Encoding::Base32), "MZXW6YTBOI======");
        assert_eq!(encoded(b"fooba", Encoding::Base32Hex), "CPNMUOJ1");
        assert_eq!(encoded(b"foo", Encoding::Base16), "666F6F");
        assert_eq!(encoded(b"\xfb\xff", Encoding::Base64Url), "-_8=");
        assert_eq!(encoded(b"\x01\x80", Encoding::Base2Lsbf), "1000000000000001");
    }

    #[test]
    fn back_and_forth_in_pieces() {
        let data: Vec<u8> = (0..1000u32).map(|i| (i * 37 % 256) as u8).collect();
        for encoding in ALL {
            for length in [0, 1, 2, 3, 4, 5, 6, 7, 1000] {
                let text = encoded(&data[..length], encoding);
                for piece in [1, 3, 7, 5000] {
                    let mut decoder = Decoder::new(encoding, false);
                    let mut out = Vec::new();
                    assert!(text.as_bytes().chunks(piece).all(|part| decoder.decode(part, &mut out)));
                    assert!(decoder.finish(&mut out));
                    assert_eq!(out, &data[..length], "{encoding:?} {length} {piece}");
                }
            }
        }
    }

    #[test]
    fn refuses() {
        for text in ["Zm9", "Z===", "Zm=9", "Z@==", "Zg=", "====", "Zg==="] {
            let mut decoder = Decoder::new(Encoding::Base64, false);
            let mut out = Vec::new();
            assert!(!(decoder.decode(text.as_bytes(), &mut out) && decoder.finish(&mut out)), "{text}");
        }
    }
}
