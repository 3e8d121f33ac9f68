use super::*;
use proptest::prelude::*;

fn lines(text: &[u8]) -> Vec<&[u8]> {
    let lines = Lines::new(text);
    (0..lines.len()).map(|at| lines.get(at)).collect()
}

/// Applies the changes; everything outside of them must be equal.
fn patched(one: &[u8], other: &[u8], changes: &[Change]) -> Vec<u8> {
    let (a, b) = (lines(one), lines(other));
    let mut out = Vec::new();
    let (mut at, mut to) = (0, 0);
    for change in changes {
        assert!(change.from.0 >= at && change.from.0 - at == change.to.0 - to);
        assert_eq!(&a[at..change.from.0], &b[to..change.to.0]);
        out.extend_from_slice(&a[at..change.from.0].concat());
        out.extend_from_slice(&b[change.to.0..change.to.1].concat());
        (at, to) = (change.from.1, change.to.1);
    }
    out.extend_from_slice(&a[at..].concat());
    out
}

fn count(changes: &[Change]) -> usize {
    changes.iter().map(|change| change.from.1 - change.from.0 + change.to.1 - change.to.0).sum()
}

/// The least number of changed lines, by dynamic programming.
fn least(one: &[u8], other: &[u8]) -> usize {
    let (a, b) = (lines(one), lines(other));
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, line) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, with) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if line == with { diagonal } else { 1 + above.min(row[j]) };
            diagonal = above;
        }
    }
    row[b.len()]
}

fn check(one: &[u8], other: &[u8], minimal: bool, horizon: usize) -> usize {
    let (a, b) = (Lines::new(one), Lines::new(other));
    let changes = compare(&a, &b, (&a, &b), minimal, horizon);
    assert_eq!(patched(one, other, &changes), other);
    count(&changes)
}

#[test]
fn simple() {
    for (one, other, expected) in [
        (&b""[..], &b""[..], 0),
        (b"", b"a\n", 1),
        (b"a\nb\nc\n", b"a\nc\n", 1),
        (b"a\n", b"a", 2),
        (b"a\nb\nc\n", b"x\ny\nz\n", 6),
    ] {
        assert_eq!(check(one, other, false, 0), expected);
    }
}

#[test]
fn runs_end_as_far_down_as_they_can() {
    let (a, b) = (Lines::new(b"a\nb\na\nb\n"), Lines::new(b"a\nb\na\nb\na\nb\n"));
    let changes = compare(&a, &b, (&a, &b), false, 0);
    assert_eq!(changes, [Change { from: (4, 4), to: (4, 6) }]);
}

#[test]
fn much_work_ends() {
    // Two random sequences of many lines and few different ones: the search gives up looking for the least changes.
    let mut random = 1u32;
    let mut text = |_| {
        let mut text = Vec::new();
        for _ in 0..8_000 {
            random = random.wrapping_mul(1_103_515_245).wrapping_add(12_345);
            text.extend_from_slice(&[b'a' + (random >> 16) as u8 % 26, b'\n']);
        }
        text
    };
    let (one, other) = (text(0), text(1));
    check(&one, &other, false, 0);
}

proptest! {
    #[test]
    fn changes_lead_from_one_to_the_other(one in "([a-d]\n){0,40}[a-d]?", other in "([a-d]\n){0,40}[a-d]?", horizon in 0..4usize) {
        let (one, other) = (one.as_bytes(), other.as_bytes());
        check(one, other, false, horizon);
        prop_assert_eq!(check(one, other, true, horizon), least(one, other));
    }

    #[test]
    fn changes_of_longer_texts(one in "([a-z]{0,2}\n){0,300}", edits in proptest::collection::vec((0..300usize, "[a-z]{0,2}\n"), 0..20)) {
        let mut list = lines(one.as_bytes());
        for (at, line) in &edits {
            let at = at % (list.len() + 1);
            if at.is_multiple_of(3) && at < list.len() {
                list.remove(at);
            } else {
                list.insert(at, line.as_bytes());
            }
        }
        check(one.as_bytes(), &list.concat(), false, 3);
    }
}
