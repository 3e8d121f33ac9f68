//! Consecutive numbers as lines.

use crate::Writer;

/// Writes the numbers from `first` to `last`, a line each, by counting on the digits themselves.
pub fn count(first: u64, last: u64, out: &mut Writer) {
    const END: usize = 21;
    // The digits of the current number stand right before a newline.
    let mut text = [b'0'; END + 1];
    text[END] = b'\n';
    let mut start = END;
    let mut rest = first;
    loop {
        start -= 1;
        text[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    let mut number = first;
    while number <= last && !out.failed() {
        // Up to the next carry only the last digit changes.
        let digit = text[END - 1] - b'0';
        let turns = (9 - u64::from(digit)).min(last - number);
        for _ in 0..=turns {
            out.write(text.get(start..).unwrap_or_default());
            text[END - 1] = text[END - 1].wrapping_add(1);
        }
        number = number.saturating_add(turns + 1);
        if number == u64::MAX && last == u64::MAX {
            return;
        }
        text[END - 1] = b'0';
        let mut at = END - 2;
        while at >= start && text[at] == b'9' {
            text[at] = b'0';
            at -= 1;
        }
        text[at] += 1;
        start = start.min(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};

    #[test]
    fn counts_as_printing_does() {
        for (first, last) in [(0, 0), (0, 12), (7, 1203), (95, 105), (999, 1000), (5, 4), (1, 100_000)] {
            let mut out = Writer::memory();
            count(first, last, &mut out);
            let expected: String = (first..=last).map(|n| n.to_string() + "\n").collect();
            assert_eq!(String::from_utf8(out.take()).unwrap(), expected, "{first} to {last}");
        }
    }
}
