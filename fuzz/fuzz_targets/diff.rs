//! The differences of two texts (what stands before and behind the first NUL) lead from the one to the other.
#![no_main]

use diffs::{Lines, compare};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((&choice, data)) = data.split_first() else { return };
    let Some(at) = data.iter().position(|&byte| byte == 0) else { return };
    let (one, other) = (Lines::new(&data[..at]), Lines::new(&data[at + 1..]));
    let lines =
        |lines: &Lines, from, to| -> Vec<u8> { (from..to).flat_map(|at| lines.get(at)).copied().collect() };
    let mut patched = Vec::new();
    let mut done = 0;
    for change in compare(&one, &other, (&one, &other), choice & 1 != 0, usize::from(choice >> 1 & 3)) {
        patched.extend(lines(&one, done, change.from.0));
        patched.extend(lines(&other, change.to.0, change.to.1));
        done = change.from.1;
    }
    patched.extend(lines(&one, done, one.len()));
    assert_eq!(patched, &data[at + 1..]);
});
