//! The engine against an obviously right model: a matcher that follows the words of XBD 9.1 by trying everything.
//! Patterns are made as trees, so the parser is tested, too.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use proptest::prelude::*;
use regex::{Eflags, Flags, Regex};

#[derive(Clone, Debug)]
enum Tree {
    Empty,
    Byte(u8),
    Any,
    List(Vec<u8>, bool),
    Start,
    End,
    WordEdge,
    Cat(Vec<Tree>),
    Alt(Vec<Tree>),
    Repeat(Box<Tree>, usize, Option<usize>),
    Group(Box<Tree>),
}

/// Writes `tree` as an ERE. Every repeated or alternative part that is no single atom is a group.
fn ere(tree: &Tree, out: &mut String) {
    match tree {
        Tree::Empty => {}
        Tree::Byte(b) => out.push(*b as char),
        Tree::Any => out.push('.'),
        Tree::List(bytes, negated) => {
            out.push_str(if *negated { "[^" } else { "[" });
            bytes.iter().for_each(|&b| out.push(b as char));
            out.push(']');
        }
        Tree::Start => out.push('^'),
        Tree::End => out.push('$'),
        Tree::WordEdge => out.push_str("\\b"),
        Tree::Cat(list) => list.iter().for_each(|t| ere(t, out)),
        Tree::Alt(list) => {
            for (i, t) in list.iter().enumerate() {
                if i > 0 {
                    out.push('|');
                }
                ere(t, out);
            }
        }
        Tree::Repeat(t, min, max) => {
            ere(t, out);
            match (min, max) {
                (0, None) => out.push('*'),
                (1, None) => out.push('+'),
                (0, Some(1)) => out.push('?'),
                (_, None) => out.push_str(&format!("{{{min},}}")),
                (_, Some(max)) => out.push_str(&format!("{{{min},{max}}}")),
            }
        }
        Tree::Group(t) => {
            out.push('(');
            ere(t, out);
            out.push(')');
        }
    }
}

/// The same as a BRE with GNU's operators.
fn bre(ere: &str) -> String {
    let mut out = String::new();
    let (mut list, mut escaped) = (false, false);
    for c in ere.chars() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == '[' {
            list = true;
        } else if c == ']' {
            list = false;
        } else if !list && "(){}+?|".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn is_word(b: Option<&u8>) -> bool {
    b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
}

/// Whether `tree` matches exactly `text[i..j]`.
fn matches(tree: &Tree, text: &[u8], i: usize, j: usize) -> bool {
    let one = |ok: &dyn Fn(u8) -> bool| j == i + 1 && ok(text[i]);
    let before = i.checked_sub(1).and_then(|k| text.get(k));
    match tree {
        Tree::Empty => i == j,
        Tree::Byte(b) => one(&|c| c == *b),
        Tree::Any => one(&|_| true),
        Tree::List(list, negated) => one(&|c| list.contains(&c) != *negated),
        Tree::Start => i == j && i == 0,
        Tree::End => i == j && i == text.len(),
        Tree::WordEdge => i == j && is_word(before) != is_word(text.get(i)),
        Tree::Cat(list) => cat_matches(list, text, i, j),
        Tree::Alt(list) => list.iter().any(|t| matches(t, text, i, j)),
        Tree::Repeat(t, min, max) => turns_match(t, text, i, j, *min, *max),
        Tree::Group(t) => matches(t, text, i, j),
    }
}

fn cat_matches(list: &[Tree], text: &[u8], i: usize, j: usize) -> bool {
    match list {
        [] => i == j,
        [first, rest @ ..] => (i..=j).any(|k| matches(first, text, i, k) && cat_matches(rest, text, k, j)),
    }
}

/// Whether `tree` repeated `min` to `max` times matches. Empty turns are of no use beyond `min`.
fn turns_match(tree: &Tree, text: &[u8], i: usize, j: usize, min: usize, max: Option<usize>) -> bool {
    if min == 0 && i == j {
        return true;
    }
    if max == Some(0) {
        return false;
    }
    let from = if min == 0 { i + 1 } else { i };
    let max = max.map(|m| m - 1);
    (from..=j).any(|k| matches(tree, text, i, k) && turns_match(tree, text, k, j, min.saturating_sub(1), max))
}

type Spans = Vec<Option<(usize, usize)>>;

fn count_groups(tree: &Tree) -> usize {
    match tree {
        Tree::Cat(list) | Tree::Alt(list) => list.iter().map(count_groups).sum(),
        Tree::Repeat(t, _, _) => count_groups(t),
        Tree::Group(t) => 1 + count_groups(t),
        _ => 0,
    }
}

/// Fills in the sub-matches of `tree`, which matches `i..j`; its first group is number `n`.
fn assign(tree: &Tree, text: &[u8], i: usize, j: usize, n: usize, out: &mut Spans) {
    match tree {
        Tree::Group(t) => {
            out[n] = Some((i, j));
            assign(t, text, i, j, n + 1, out);
        }
        Tree::Alt(list) => {
            let mut n = n;
            for t in list {
                if matches(t, text, i, j) {
                    return assign(t, text, i, j, n, out);
                }
                n += count_groups(t);
            }
        }
        Tree::Cat(list) => {
            let (mut i, mut n) = (i, n);
            for (at, t) in list.iter().enumerate() {
                let rest = &list[at + 1..];
                let longest =
                    (i..=j).rev().find(|&k| matches(t, text, i, k) && cat_matches(rest, text, k, j));
                let k = longest.unwrap();
                assign(t, text, i, k, n, out);
                i = k;
                n += count_groups(t);
            }
        }
        Tree::Repeat(t, min, max) => {
            let (mut i, mut turn) = (i, 0);
            let mut last = None;
            while max.is_none_or(|max| turn < max) && (i < j || turn < *min || turn == 0) {
                let (need, more) = (min.saturating_sub(turn + 1), max.map(|m| m - turn - 1));
                let longest =
                    (i..=j).rev().find(|&k| matches(t, text, i, k) && turns_match(t, text, k, j, need, more));
                let Some(k) = longest else { break };
                last = Some((i, k));
                if k == i && turn >= *min {
                    break;
                }
                i = k;
                turn += 1;
            }
            if let Some((i, k)) = last {
                assign(t, text, i, k, n, out);
            }
        }
        _ => {}
    }
}

fn model(tree: &Tree, text: &[u8]) -> Option<Spans> {
    for i in 0..=text.len() {
        if let Some(j) = (i..=text.len()).rev().find(|&j| matches(tree, text, i, j)) {
            let mut out = vec![None; count_groups(tree) + 1];
            out[0] = Some((i, j));
            assign(tree, text, i, j, 1, &mut out);
            return Some(out);
        }
    }
    None
}

fn engine(regex: &mut Regex, text: &[u8]) -> Option<Spans> {
    let mut slots = vec![None; regex.groups() + 1];
    regex.captures_at(text, 0, Eflags::NONE, &mut slots).then_some(slots)
}

fn any_tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        8 => prop::sample::select(vec![b'a', b'b', b'c']).prop_map(Tree::Byte),
        1 => Just(Tree::Any),
        1 => Just(Tree::Empty),
        1 => Just(Tree::List(vec![b'a', b'b'], false)),
        1 => Just(Tree::List(vec![b'b'], true)),
        1 => prop::sample::select(vec![Tree::Start, Tree::End, Tree::WordEdge]),
    ];
    leaf.prop_recursive(4, 14, 3, |inner| {
        let group = inner.clone().prop_map(|t| Tree::Group(Box::new(t)));
        // An anchor is not repeated: `^*` means something else.
        let atom = |t: &Tree| !matches!(t, Tree::Cat(_) | Tree::Alt(_) | Tree::Repeat(..) | Tree::Empty)
            && !matches!(t, Tree::Start | Tree::End | Tree::WordEdge);
        let repeated = inner.clone().prop_map(move |t| if atom(&t) { t } else { Tree::Group(Box::new(t)) });
        let counts = prop_oneof![
            4 => Just((0, None)), 2 => Just((1, None)), 2 => Just((0, Some(1))), 1 => Just((2, None)),
            1 => Just((0, Some(2))), 1 => Just((1, Some(2))), 1 => Just((2, Some(3))), 1 => Just((2, Some(2))),
        ];
        // A branch that is an alternation, or a part of a sequence that is one, needs parentheses.
        let closed = |t: Tree| if matches!(t, Tree::Alt(_)) { Tree::Group(Box::new(t)) } else { t };
        let flat = move |t: Tree| match t {
            Tree::Cat(_) | Tree::Alt(_) => Tree::Group(Box::new(t)),
            t => t,
        };
        prop_oneof![
            2 => group,
            3 => (repeated, counts).prop_map(|(t, (min, max))| Tree::Repeat(Box::new(t), min, max)),
            3 => prop::collection::vec(inner.clone(), 2..4).prop_map(move |v| Tree::Cat(v.into_iter().map(flat).collect())),
            2 => prop::collection::vec(inner, 2..4).prop_map(move |v| Tree::Alt(v.into_iter().map(closed).collect())),
        ]
    })
}

fn any_text() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(vec![b'a', b'b', b'c', b'a', b'b', b'-']), 0..7)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn spans_and_sub_matches_follow_the_standard(tree in any_tree(), text in any_text()) {
        let mut pattern = String::new();
        ere(&tree, &mut pattern);
        let expected = model(&tree, &text);
        let mut regex = Regex::new(pattern.as_bytes(), Flags::EXTENDED).unwrap();
        prop_assert_eq!(engine(&mut regex, &text), expected.clone(), "{} on {:?}", pattern, std::str::from_utf8(&text));
        prop_assert_eq!(regex.is_match(&text), expected.is_some());
        prop_assert_eq!(regex.find_at(&text, 0, Eflags::NONE), expected.as_ref().and_then(|s| s[0]));
        let mut utf8 = Regex::new(pattern.as_bytes(), Flags::EXTENDED.with(Flags::UTF8)).unwrap();
        prop_assert_eq!(engine(&mut utf8, &text), expected);
    }

    #[test]
    fn both_grammars_agree(tree in any_tree(), text in any_text()) {
        let mut pattern = String::new();
        ere(&tree, &mut pattern);
        // `^` and `$` inside a branch are ordinary characters in a BRE.
        if pattern.contains(['^', '$']) {
            return Ok(());
        }
        let mut extended = Regex::new(pattern.as_bytes(), Flags::EXTENDED).unwrap();
        let mut basic = Regex::new(bre(&pattern).as_bytes(), Flags::BASIC).unwrap();
        prop_assert_eq!(engine(&mut basic, &text), engine(&mut extended, &text), "{}", pattern);
    }

    /// A back-reference that constrains nothing sends the same pattern through the back-tracking matcher.
    #[test]
    fn back_tracking_finds_the_same_spans(tree in any_tree(), text in any_text()) {
        let mut pattern = String::new();
        ere(&tree, &mut pattern);
        let mut plain = Regex::new(format!("()({pattern})").as_bytes(), Flags::EXTENDED).unwrap();
        let mut back = Regex::new(format!("()({pattern})\\1").as_bytes(), Flags::EXTENDED).unwrap();
        let (a, b) = (plain.find_at(&text, 0, Eflags::NONE), back.find_at(&text, 0, Eflags::NONE));
        prop_assert_eq!(a, b, "{}", pattern);
        prop_assert!(!back.gave_up());
    }

    #[test]
    fn lines_of_a_buffer_match_as_each_alone(
        tree in any_tree(),
        lines in prop::collection::vec(any_text(), 0..6),
        ended in any::<bool>(),
        flags in prop::sample::select(vec![0, Flags::WORD.0, Flags::LINE.0, Flags::NEWLINE.0, Flags::ICASE.0]),
    ) {
        let mut pattern = String::new();
        ere(&tree, &mut pattern);
        let mut regex = Regex::new(pattern.as_bytes(), Flags::EXTENDED.with(Flags(flags))).unwrap();
        let mut buffer = lines.join(&b'\n');
        if ended && !lines.is_empty() {
            buffer.push(b'\n');
        }
        let mut expected = Vec::new();
        let mut at = 0;
        for line in buffer.split_inclusive(|&b| b == b'\n') {
            let end = at + line.strip_suffix(b"\n").unwrap_or(line).len();
            if regex.is_match(&buffer[at..end]) {
                expected.push((at, end));
            }
            at += line.len();
        }
        let mut found = Vec::new();
        let mut at = 0;
        while let Some((begin, end)) = regex.find_line(&buffer, at, b'\n') {
            found.push((begin, end));
            at = end + 1;
        }
        prop_assert_eq!(found, expected, "{} on {:?}", pattern, String::from_utf8_lossy(&buffer));
    }

    /// Searching on after each match, as `sed s///g` does, is the same as the model on what the pattern may look back at.
    #[test]
    fn later_starts(tree in any_tree(), text in any_text()) {
        let mut pattern = String::new();
        ere(&tree, &mut pattern);
        let mut regex = Regex::new(pattern.as_bytes(), Flags::EXTENDED).unwrap();
        for start in 0..=text.len() {
            let expected = (start..=text.len())
                .find_map(|i| (i..=text.len()).rev().find(|&j| matches(&tree, &text, i, j)).map(|j| (i, j)));
            prop_assert_eq!(regex.find_at(&text, start, Eflags::NONE), expected, "{}", pattern);
        }
    }

    #[test]
    fn whole_words_and_lines(tree in any_tree(), text in any_text()) {
        let mut pattern = String::new();
        ere(&tree, &mut pattern);
        let mut word = Regex::new(pattern.as_bytes(), Flags::EXTENDED.with(Flags::WORD)).unwrap();
        let n = text.len();
        let free = |i: usize, j: usize| !is_word(i.checked_sub(1).and_then(|k| text.get(k))) && !is_word(text.get(j));
        let expected = (0..=n)
            .find_map(|i| (i..=n).rev().find(|&j| free(i, j) && matches(&tree, &text, i, j)).map(|j| (i, j)));
        prop_assert_eq!(word.find_at(&text, 0, Eflags::NONE), expected, "{}", pattern);
        let mut line = Regex::new(pattern.as_bytes(), Flags::EXTENDED.with(Flags::LINE)).unwrap();
        prop_assert_eq!(line.is_match(&text), matches(&tree, &text, 0, n), "{}", pattern);
    }

    #[test]
    fn lists_of_words(words in prop::collection::vec(any_text(), 0..12), text in any_text(), icase in any::<bool>()) {
        let list: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let flags = if icase { Flags::ICASE } else { Flags::BASIC };
        let mut regex = Regex::from_set(&list, Flags::FIXED.with(flags)).unwrap();
        let at = |i: usize| words.iter().filter(|w| text[i..].starts_with(w)).map(|w| i + w.len()).max();
        let expected = (0..=text.len()).find_map(|i| at(i).map(|j| (i, j)));
        prop_assert_eq!(regex.find_at(&text, 0, Eflags::NONE), expected);
        prop_assert_eq!(regex.is_match(&text), expected.is_some());
        let upper = text.to_ascii_uppercase();
        let same_case = |w: &Vec<u8>| w.is_empty() || w.iter().all(|b| *b == b'-');
        let found = expected.is_some() && (icase || words.iter().any(|w| same_case(w) && regex_free(w, &text)));
        prop_assert_eq!(regex.is_match(&upper), found);
    }
}

/// Whether `word` occurs in `text`.
fn regex_free(word: &[u8], text: &[u8]) -> bool {
    word.is_empty() || text.windows(word.len()).any(|w| w == word)
}
