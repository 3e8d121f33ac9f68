//! Regular expressions: any pattern on any text ends; the ways to search agree; sub-matches lie within the match.
#![no_main]

use regex::{Eflags, Flags, Regex};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [flags, eflags, cut, rest @ ..] = data else { return };
    let (pattern, text) = rest.split_at(usize::from(*cut).min(rest.len()));
    let eflags = Eflags(*eflags);
    let Ok(mut regex) = Regex::new(pattern, Flags(u16::from(*flags))) else { return };
    let mut slots = vec![None; regex.groups() + 2];
    let found = regex.find_at(text, 0, eflags);
    assert_eq!(regex.captures_at(text, 0, eflags, &mut slots), found.is_some());
    assert_eq!(slots[0], found);
    for (i, j) in slots.into_iter().flatten() {
        assert!(i <= j && j <= text.len());
        assert!(found.is_some_and(|(from, to)| from <= i && j <= to));
    }
    let _ = regex.is_match(text);
    let _ = regex.find_at(text, text.len() / 2, eflags);
    let _ = regex.find_at(text, text.len() + 1, eflags);
    let mut at = 0;
    while let Some((i, j)) = regex.find_line(text, at, b'\n') {
        assert!(at <= i && i <= j && j <= text.len());
        at = j + 1;
    }
});
