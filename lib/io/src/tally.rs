//! Counting lines, words and characters.

/// What has been counted so far.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Tally {
    /// Newlines.
    pub lines: u64,
    /// Runs of text without white space.
    pub words: u64,
    /// Whether a word has begun that may go on.
    pub in_word: bool,
}

/// How often `byte` is in `text`.
pub fn count(text: &[u8], byte: u8) -> u64 {
    if let Some(count) = sys::vector::count_byte(text, byte) {
        return count;
    }
    let is_wanted = |&other: &u8| u8::from(other == byte);
    let mut total = 0;
    // Bytes add up lane by lane in vector registers; 200 rounds do not overflow a byte.
    for part in text.chunks(200 * 32) {
        let (rounds, rest) = part.as_chunks::<32>();
        let mut lanes = [0u8; 32];
        for round in rounds {
            for (lane, byte) in lanes.iter_mut().zip(round) {
                *lane += is_wanted(byte);
            }
        }
        total += lanes.iter().map(|&lane| u64::from(lane)).sum::<u64>();
        total += rest.iter().map(|byte| u64::from(is_wanted(byte))).sum::<u64>();
    }
    total
}

/// The number of newlines.
pub fn newlines(text: &[u8]) -> u64 {
    count(text, b'\n')
}

/// Where the line with this number, the first being 1, ends: the place behind its delimiter. `None` if there are not so
/// many; 0 for the number 0.
pub fn end_of_line(text: &[u8], delimiter: u8, mut number: u64) -> Option<usize> {
    let mut start = 0;
    // Blocks are counted much faster than their lines are looked for.
    for block in text.chunks(8192) {
        let here = count(block, delimiter);
        if number <= here {
            let last = number
                .checked_sub(1)
                .and_then(|last| memchr::memchr_iter(delimiter, block).nth(last as usize));
            return Some(last.map_or(start, |at| start + at + 1));
        }
        number -= here;
        start += block.len();
    }
    (number == 0).then_some(start)
}

/// White space ends a word, printable text begins one, and other bytes do neither.
const SPACE: u8 = 1;
const TEXT: u8 = 2;

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b' ' | b'\t'..=b'\r' => SPACE,
            0x21..=0x7e => TEXT,
            _ => 0,
        };
        byte += 1;
    }
    table
}

static CLASSES: [u8; 256] = classes();

impl Tally {
    /// Counts lines and words. Bytes above 127 belong to words only when `high_is_text`.
    pub fn count(&mut self, text: &[u8], high_is_text: bool) {
        let mut words = 0;
        let mut lines = 0;
        let mut state = if self.in_word { TEXT } else { SPACE };
        let high = if high_is_text { TEXT } else { 0 };
        for &byte in text {
            let mut class = CLASSES.get(usize::from(byte)).copied().unwrap_or_default();
            if byte >= 0x80 {
                class = high;
            }
            lines += u64::from(byte == b'\n');
            words += u64::from(class == TEXT && state == SPACE);
            state = if class == 0 { state } else { class };
        }
        self.words += words;
        self.lines += lines;
        self.in_word = state == TEXT;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newlines_are_counted() {
        for length in [0, 1, 31, 32, 33, 6399, 6400, 6401, 20_000] {
            let text: std::vec::Vec<u8> =
                (0..length).map(|i| if i % 3 == 0 { b'\n' } else { b'x' }).collect();
            assert_eq!(newlines(&text), text.iter().filter(|&&byte| byte == b'\n').count() as u64);
            assert_eq!(newlines(&std::vec![b'\n'; length]), length as u64);
        }
    }

    #[test]
    fn lines_end() {
        let text: std::vec::Vec<u8> = (0..50_000).map(|i| if i % 7 == 6 { b'\n' } else { b'x' }).collect();
        for number in [0, 1, 2, 1170, 1171, 1172, 5000, 7142] {
            assert_eq!(end_of_line(&text, b'\n', number), Some(number as usize * 7));
        }
        assert_eq!(end_of_line(&text, b'\n', 7143), None);
        assert_eq!(end_of_line(b"", b'\n', 0), Some(0));
        assert_eq!(end_of_line(b"", b'\n', 1), None);
    }

    #[test]
    fn words() {
        let mut tally = Tally::default();
        tally.count(b"one two\n th", false);
        tally.count(b"ree\x01four\n\x02 \n", false);
        assert_eq!(tally, Tally { lines: 3, words: 3, in_word: false });
        let mut tally = Tally::default();
        tally.count("é".as_bytes(), true);
        assert_eq!(tally.words, 1);
    }
}
