//! Cases written from the standard, comparison with the C library, hostile patterns, and time bounds.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use proptest::prelude::*;
use regex::{Eflags, Error, Flags, Regex};
use std::time::{Duration, Instant};

const ERE: Flags = Flags::EXTENDED;
const BRE: Flags = Flags::BASIC;

/// Sub-matches written as in `(0,2)(?,?)`; "none" if there is no match.
fn show(pattern: &str, text: &[u8], flags: Flags, eflags: Eflags) -> String {
    let mut regex = match Regex::new(pattern.as_bytes(), flags) {
        Ok(regex) => regex,
        Err(e) => return String::from_utf8_lossy(e.message()).into_owned(),
    };
    let mut slots = vec![None; regex.groups() + 1];
    if !regex.captures_at(text, 0, eflags, &mut slots) {
        return "none".into();
    }
    slots.iter().map(|s| s.map_or("(?,?)".into(), |(i, j)| format!("({i},{j})"))).collect()
}

#[track_caller]
fn check(flags: Flags, cases: &[(&str, &str, &str)]) {
    for (pattern, text, expected) in cases {
        assert_eq!(show(pattern, text.as_bytes(), flags, Eflags::NONE), *expected, "{pattern} on {text:?}");
    }
}

#[test]
fn longest_of_the_leftmost() {
    check(
        ERE,
        &[
            ("abc|ab", "xabc", "(1,4)"),
            ("a|ab|abc", "abcd", "(0,3)"),
            ("b|abcd", "abc", "(1,2)"),
            ("b|abcd", "abcd", "(0,4)"),
            ("x*", "aaa", "(0,0)"),
            ("", "abc", "(0,0)"),
            ("(a|ab)(c|bcd)(d*)", "abcd", "(0,4)(0,2)(2,3)(3,4)"),
            ("(a|ab)(bcd|c)(d*)", "abcd", "(0,4)(0,2)(2,3)(3,4)"),
            ("(ab|a)(bc)?", "abc", "(0,3)(0,1)(1,3)"),
            ("(a*)(ab)*(b*)", "abb", "(0,3)(0,1)(?,?)(1,3)"),
            ("(a*)(b|abc)(c*)", "abc", "(0,3)(0,1)(1,2)(2,3)"),
            ("(weeknights|week)(night|s|nights)*", "weeknights", "(0,10)(0,10)(?,?)"),
            ("xyz(a*)|xy(z)(a*)", "xyzaa", "(0,5)(3,5)(?,?)(?,?)"),
        ],
    );
}

#[test]
fn turns_of_a_group() {
    check(
        ERE,
        &[
            ("(a*)*", "b", "(0,0)(0,0)"),
            ("(a*)+", "aab", "(0,2)(0,2)"),
            ("(a)*", "b", "(0,0)(?,?)"),
            ("(a*){2}", "aa", "(0,2)(2,2)"),
            ("(a|ab|c|bcd)*(d*)", "ababcd", "(0,6)(3,6)(6,6)"),
            ("((a)|(b))*", "ab", "(0,2)(1,2)(?,?)(1,2)"),
            ("((a)|b)*", "ab", "(0,2)(1,2)(?,?)"),
            ("(a?)((ab)?)", "ab", "(0,2)(0,0)(0,2)(0,2)"),
            ("(a|b)*c|(a|ab)*c", "abc", "(0,3)(1,2)(?,?)"),
            ("((..)*)(...)*", "xxxxx", "(0,5)(0,2)(0,2)(2,5)"),
            ("(aba|a*b)*", "ababa", "(0,5)(2,5)"),
            ("(a(b)?)+", "aba", "(0,3)(2,3)(?,?)"),
            ("(a{0}b)*", "bb", "(0,2)(1,2)"),
            ("(x{1,2}){2}", "xxxx", "(0,4)(2,4)"),
            ("(^|x)*a", "xxa", "(0,3)(1,2)"),
        ],
    );
}

#[test]
fn back_references() {
    check(
        BRE,
        &[
            (r"\(a*\)b\1", "aabaa", "(0,5)(0,2)"),
            (r"\(a*\)b\1", "aaba", "(1,4)(1,2)"),
            (r"^\(.*\)\n\1$", "abnab", "(0,5)(0,2)"),
            (r"\(\(a\)b\)*\2c", "ababac", "(0,6)(2,4)(2,3)"),
            (r"\(.\)\(.\)\2\1", "xabbay", "(1,5)(1,2)(2,3)"),
            (r"\(a\)\|b\1", "ba", "(1,2)(1,2)"),
            (r"\(ab*\)*\1", "abbabb", "(0,6)(0,3)"),
            (r"\(\)\1x", "x", "(0,1)(0,0)"),
            (r"a\(b\1\)", "a", "Invalid back reference"),
            (r"\2", "a", "Invalid back reference"),
        ],
    );
    check(
        ERE,
        &[
            (r"(a|b)\1", "abb", "(1,3)(1,2)"),
            (r"(.)(.)?\1", "aba", "(0,3)(0,1)(1,2)"),
            // Among matches of the same length the first group is the longest, not the first alternative.
            (r"(a|ab)(c|bcd)(d*)\1?", "abcd", "(0,4)(0,2)(2,3)(3,4)"),
        ],
    );
    check(ERE.with(Flags::ICASE), &[(r"(a)x\1", "aXA", "(0,3)(0,1)")]);
    assert_eq!(
        show(r"(é)\1", "éÉ".as_bytes(), ERE.with(Flags::ICASE).with(Flags::UTF8), Eflags::NONE),
        "(0,4)(0,2)"
    );
    let mut set = Regex::from_set(&[br"\(a\)\1", br"\(b\)\1"], BRE).unwrap();
    assert_eq!(set.find_at(b"ab bb", 0, Eflags::NONE), Some((3, 5)));
    assert_eq!(set.find_line(b"ab\nba\nxaa\n", 0, b'\n'), Some((6, 9)));
}

#[test]
fn basic_grammar() {
    check(
        BRE,
        &[
            ("*a", "*a", "(0,2)"),
            (r"\(*a\)", "*a", "(0,2)(0,2)"),
            (r"x\|*a", "*a", "(0,2)"),
            ("^*a", "*a", "(0,2)"),
            ("a^b$c", "a^b$c", "(0,5)"),
            (r"\(^a\)", "ba", "none"),
            (r"\(a$\)b", "a$b", "none"),
            (r"a$\|b", "ab", "(1,2)"),
            ("a|b(c)+?{2}", "a|b(c)+?{2}", "(0,11)"),
            (r"a\+b\?", "aabb", "(0,3)"),
            (r"\+a", "+a", "(0,2)"),
            (r"a\{2\}", "aaa", "(0,2)"),
            (r"a\{2,\}", "aaa", "(0,3)"),
            (r"a\{,2\}", "aaa", "(0,2)"),
            (r"a**", "aaa", "(0,3)"),
            (r"\.\*\[\]", ".*[]", "(0,4)"),
            (r"\(", "", "Unmatched ( or \\("),
            (r"\)", "", "Unmatched ) or \\)"),
            (r"a\{1", "", "Unmatched \\{"),
            (r"a\{1a\}", "", "Invalid content of \\{\\}"),
            (r"a\{2,1\}", "", "Invalid content of \\{\\}"),
            (r"a\{99999\}", "", "Regular expression too big"),
            (r"\{1\}", "", "Invalid preceding regular expression"),
            ("a\\", "", "Trailing backslash"),
        ],
    );
}

#[test]
fn extended_grammar() {
    check(
        ERE,
        &[
            ("a|*b", "b", "(0,1)"),
            ("()", "", "(0,0)(0,0)"),
            ("(|a)b", "ab", "(0,2)(0,1)"),
            ("a||b", "b", "(0,1)"),
            ("a||b", "c", "(0,0)"),
            ("^*b", "b", "(0,1)"),
            ("a^b", "a^b", "none"),
            ("(^a|b$)", "ab", "(0,1)(0,1)"),
            ("a{1", "a{1", "(0,3)"),
            ("a{x", "a{x", "(0,3)"),
            ("{", "{", "(0,1)"),
            ("a{,2}", "aaa", "(0,2)"),
            ("a)", "a)", "(0,2)"),
            ("(a{2}){2}", "aaaaa", "(0,4)(2,4)"),
            ("(", "", "Unmatched ( or \\("),
            ("a{2,1}", "", "Invalid content of \\{\\}"),
            ("a{32768}", "", "Regular expression too big"),
            ("(.{1000}){1000}", "", "Regular expression too big"),
        ],
    );
    assert!(Regex::new(b"a{32767}", ERE).is_ok());
}

#[test]
fn bracket_expressions() {
    check(
        ERE,
        &[
            ("[]abc]+", "x]ab", "(1,4)"),
            ("[^]a]", "]ax", "(2,3)"),
            ("[a-]+", "b-a", "(1,3)"),
            ("[-a]+", "b-a", "(1,3)"),
            ("[%--]+", "%&,-.", "(0,4)"),
            ("[a-c]+", "xabcd", "(1,4)"),
            ("[[:digit:][:upper:]]+", "aB2c", "(1,3)"),
            ("[[.a.]-c]+", "abcd", "(0,3)"),
            ("[[.-.]]+", "a-", "(1,2)"),
            ("[[.].]]+", "a]", "(1,2)"),
            ("[[=a=]b]+", "xab", "(1,3)"),
            (r"[\n]+", r"a\n", "(1,3)"),
            ("[[:alpha:]", "", "Unmatched [, [^, [:, [., or [="),
            ("[a", "", "Unmatched [, [^, [:, [., or [="),
            ("[]", "", "Unmatched [, [^, [:, [., or [="),
            ("[[:alpha", "", "Unmatched [, [^, [:, [., or [="),
            ("[b-a]", "", "Invalid range end"),
            ("[a-c-e]", "", "Invalid range end"),
            ("[[:alpha:]-z]", "", "Invalid range end"),
            ("[[:foo:]]", "", "Invalid character class name"),
            ("[[:word:]]", "", "Invalid character class name"),
            ("[[.xx.]]", "", "Invalid collation character"),
        ],
    );
    for (class, is) in [
        ("alnum", u8::is_ascii_alphanumeric as fn(&u8) -> bool),
        ("alpha", u8::is_ascii_alphabetic),
        ("blank", |b| matches!(b, b' ' | b'\t')),
        ("cntrl", u8::is_ascii_control),
        ("digit", u8::is_ascii_digit),
        ("graph", u8::is_ascii_graphic),
        ("lower", u8::is_ascii_lowercase),
        ("print", |b| matches!(b, b' '..=b'~')),
        ("punct", u8::is_ascii_punctuation),
        ("space", |b| matches!(b, b' ' | 9..=13)),
        ("upper", u8::is_ascii_uppercase),
        ("xdigit", u8::is_ascii_hexdigit),
    ] {
        let mut regex = Regex::new(format!("[[:{class}:]]").as_bytes(), ERE).unwrap();
        for b in 0..=255 {
            assert_eq!(regex.is_match(&[b]), is(&b), "{class} {b}");
        }
    }
}

#[test]
fn gnu_operators() {
    check(
        ERE,
        &[
            (r"\bfoo\b", "xfoo foo", "(5,8)"),
            (r"\<o\w+", "foo out", "(4,7)"),
            (r"o\>", "ox o", "(3,4)"),
            (r"\Bo", "o foo", "(3,4)"),
            (r"\`a", "ba", "none"),
            (r"a\'", "aba", "(2,3)"),
            (r"\w+\W\S\s", "ab,c d", "(0,5)"),
            (r"\b", "  a", "(2,2)"),
        ],
    );
}

#[test]
fn flags() {
    check(
        ERE.with(Flags::ICASE),
        &[("aBc[d-f]", "AbCE", "(0,4)"), ("[^a]", "Ab", "(1,2)"), ("[[:upper:]]", "a", "(0,1)")],
    );
    let nl = ERE.with(Flags::NEWLINE);
    check(
        nl,
        &[
            ("^b$", "a\nb\nc", "(2,3)"),
            ("a.b", "a\nb", "none"),
            ("a[^x]b", "a\nb", "none"),
            (r"\`b", "a\nb", "none"),
        ],
    );
    check(ERE, &[("^b", "a\nb", "none"), ("a.b", "a\nb", "(0,3)"), ("a[^x]b", "a\nb", "(0,3)")]);
    assert_eq!(show("^a", b"a", ERE, Eflags::NOTBOL), "none");
    assert_eq!(show("a$", b"a", ERE, Eflags::NOTEOL), "none");
    assert_eq!(show(r"\`a\'", b"a", ERE, Eflags(3)), "(0,1)");
    assert_eq!(show("^a", b"a\na", nl, Eflags::NOTBOL), "(2,3)");
    check(Flags::FIXED, &["a.*[".to_string()].map(|_| ("a.*[", "xa.*[", "(1,5)")));
    check(Flags::FIXED.with(Flags::LINE), &[("ab", "abc", "none"), ("ab", "ab", "(0,2)")]);
    check(Flags::FIXED.with(Flags::WORD), &[("ab", "abc ab", "(4,6)"), ("ab", "ab_ ab1", "none")]);
    assert_eq!(Regex::from_set(&[], ERE).unwrap().find_at(b"abc", 0, Eflags::NONE), None);
    assert_eq!(Regex::from_set(&[b"ok", b"("], ERE).err(), Some((1, Error::Paren)));
}

#[test]
fn utf8_units() {
    let utf8 = ERE.with(Flags::UTF8);
    let cases: &[(&str, &[u8], &str)] = &[
        ("^.$", "é".as_bytes(), "(0,2)"),
        ("^..$", "é".as_bytes(), "none"),
        ("^.$", b"\xE9", "(0,1)"),
        (".", b"\xC3x", "(0,1)"),
        ("[^a]$", "aé".as_bytes(), "(1,3)"),
        ("[à-ü]+", "xéèñz".as_bytes(), "(1,7)"),
        ("(.)(.*)x", "a€𝄞x".as_bytes(), "(0,9)(0,1)(1,8)"),
        ("é+", "éé".as_bytes(), "(0,4)"),
        (r"\bé\b", "aé é".as_bytes(), "(4,6)"),
        (r"\w+", "-дом-".as_bytes(), "(1,7)"),
        ("[[:upper:]]", "дДж".as_bytes(), "(2,4)"),
        ("[[:alpha:]]+", "1λόγος2".as_bytes(), "(1,11)"),
        ("(.)*", "aé".as_bytes(), "(0,3)(1,3)"),
        ("[[=é=]]", "é".as_bytes(), "(0,2)"),
    ];
    for (pattern, text, expected) in cases {
        assert_eq!(show(pattern, text, utf8, Eflags::NONE), *expected, "{pattern} on {text:?}");
    }
    let icase = utf8.with(Flags::ICASE);
    check(
        icase,
        &[
            ("ÉCOLE", "école", "(0,6)"),
            ("москва", "МОСКВА", "(0,12)"),
            ("ΣΑΣ", "σας", "(0,6)"),
            ("k", "\u{212A}", "(0,3)"),
            ("[à-ý]+", "ÉÈ", "(0,4)"),
            ("ſ", "S", "(0,1)"),
        ],
    );
    let mut regex = Regex::new("é.*ж$".as_bytes(), utf8).unwrap();
    assert_eq!(regex.find_line("a\né\nxéaж\nb".as_bytes(), 0, b'\n'), Some((5, 11)));
    // Two bytes of one character are no text for a pattern that is one of them.
    let mut regex = Regex::new(b"\xA9", utf8).unwrap();
    assert!(!regex.is_match("é".as_bytes()));
    assert!(regex.is_match(b"\xA9"));
}

#[test]
fn lines_and_terminators() {
    let mut empty = Regex::new(b"^$", ERE).unwrap();
    assert_eq!(empty.find_line(b"a\n", 0, b'\n'), None);
    assert_eq!(empty.find_line(b"a\n\nb", 0, b'\n'), Some((2, 2)));
    assert_eq!(empty.find_line(b"", 0, b'\n'), None);
    let mut any = Regex::new(b"x*", ERE).unwrap();
    assert_eq!(any.find_line(b"\n\n", 1, b'\n'), Some((1, 1)));
    assert_eq!(any.find_line(b"\n\n", 2, b'\n'), None);
    let mut nul = Regex::new(b"^b.c$", ERE).unwrap();
    assert_eq!(nul.find_line(b"a\0b\nc\0", 0, 0), Some((2, 5)));
    assert_eq!(nul.find_line(b"a\nbxc\n", 0, b'\n'), Some((2, 5)));
    let mut both = Regex::new(b"^c", ERE.with(Flags::NEWLINE)).unwrap();
    assert_eq!(both.find_line(b"a\0b\nc\0", 0, 0), Some((2, 5)));
    let mut literal = Regex::new(b"a\nb", Flags::FIXED).unwrap();
    assert_eq!(literal.find_line(b"a\nb", 0, b'\n'), None);
}

/// Runs `work` and checks that it does not take long; the bound leaves room for a busy machine.
#[track_caller]
fn soon(what: &str, work: impl FnOnce()) {
    let begin = Instant::now();
    work();
    let took = begin.elapsed();
    let limit = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 4 });
    assert!(took < limit, "{what}: {took:?}");
}

#[test]
fn no_pattern_blows_up() {
    // The end holds the strings some patterns must contain, so that none is refused for want of them.
    let mut many = vec![b'a'; 100_000];
    many.extend_from_slice(b"cbycbcx-b");
    for pattern in [
        "(a*)*b",
        "(a|a)*c",
        "(a|aa)*b",
        "((a*)*)*",
        "(a+)+$b",
        "(a?){30}a{30}",
        "(.*)(.*)(.*)(.*)(.*)x|.*",
        ".{1000}b",
        "(a|a*b)*",
        "((a|a*b)*c?)*",
        "(a*)(a*)(a*)",
        "(a{1,100}){1,50}",
        "x*y|(a.?){1,1000}b",
        "(((a?)?)?)*",
        "(a|b|ab)*bc|a*",
    ] {
        soon(pattern, || {
            let mut regex = Regex::new(pattern.as_bytes(), ERE).unwrap();
            let mut slots = vec![None; 8];
            regex.is_match(&many);
            regex.find_line(&many, 0, b'\n');
            regex.captures_at(&many, 0, Eflags::NONE, &mut slots);
        });
    }
    soon("back-references", || {
        let mut regex = Regex::new(br"\(a*\)*\1b\(a*\)*\2c", BRE).unwrap();
        let mut text = vec![b'a'; 2000];
        text.extend_from_slice(b"-bac-c");
        regex.find_at(&text, 0, Eflags::NONE);
        regex.gave_up();
    });
}

#[test]
fn sub_matches_of_long_texts() {
    // Beyond one block of the table of reachable points.
    let mut text = Vec::new();
    for i in 0..30_000 {
        text.extend_from_slice(format!("k{}=v{};", i % 7, i).as_bytes());
    }
    let n = text.len();
    let mut slots = [None; 4];
    let mut regex = Regex::new(b"((k[0-9])=(v[0-9]*);)*", ERE).unwrap();
    assert!(regex.captures_at(&text, 0, Eflags::NONE, &mut slots));
    assert_eq!(slots, [Some((0, n)), Some((n - 10, n)), Some((n - 10, n - 8)), Some((n - 7, n - 1))]);
    let mut regex = Regex::new("(.*)(1=v)(.*);".as_bytes(), ERE.with(Flags::UTF8)).unwrap();
    assert!(regex.captures_at(&text, 0, Eflags::NONE, &mut slots));
    let at = text.windows(3).rposition(|w| w == b"1=v").unwrap();
    assert_eq!(slots, [Some((0, n)), Some((0, at)), Some((at, at + 3)), Some((at + 3, n - 1))]);
    let wide = "é€x".repeat(60_000);
    let mut regex = Regex::new("(.*)(é€)(x.*)".as_bytes(), ERE.with(Flags::UTF8)).unwrap();
    assert!(regex.captures_at(wide.as_bytes(), 0, Eflags::NONE, &mut slots));
    let n = wide.len();
    assert_eq!(slots, [Some((0, n)), Some((0, n - 6)), Some((n - 6, n - 1)), Some((n - 1, n))]);
}

#[test]
fn deep_and_large_patterns() {
    for (pattern, ok) in [
        ("(".repeat(100_000), false),
        (format!("{}a{}", "(".repeat(100_000), ")".repeat(100_000)), false),
        (format!("{}a{}", "(".repeat(200), ")".repeat(200)), true),
        (format!("a{}", "*".repeat(100_000)), false),
        (format!("a{}", "*?+".repeat(100)), true),
        (format!("a{}", "{1,2}".repeat(100_000)), false),
        ("[".repeat(100_000), false),
        ("a|".repeat(100_000), true),
        ("(a{0,1000}){0,1000}".into(), false),
        ("((((((a{0}){32767}){32767}){32767}){32767}){32767}){32767}".into(), true),
        (format!("{}a{}", "(".repeat(60), "+)".repeat(60)), true),
        (format!("{}a{}", "(".repeat(60), "{2})".repeat(60)), false),
        ("x".repeat(100_000), true),
        ("[a-z]".repeat(50_000), true),
    ] {
        soon(&pattern[..pattern.len().min(20)], || match Regex::new(pattern.as_bytes(), ERE) {
            Ok(mut regex) => {
                assert!(ok);
                regex.is_match(b"aaaa");
                regex.captures_at(b"aaaa", 0, Eflags::NONE, &mut [None; 3]);
            }
            Err(_) => assert!(!ok, "{}", &pattern[..pattern.len().min(20)]),
        });
    }
    let mut large: Vec<u8> = Vec::new();
    for c in ('\u{100}'..'\u{3000}').step_by(2) {
        large.extend_from_slice(c.to_string().as_bytes());
    }
    soon("many sets", || {
        let _ = Regex::new(&large, ERE.with(Flags::UTF8).with(Flags::ICASE));
    });
}

/// What a fuzzer calls: any bytes as flags, pattern and text must come back without a panic.
fn fuzz(data: &[u8]) {
    let [flags, eflags, cut, rest @ ..] = data else { return };
    let (pattern, text) = rest.split_at(usize::from(*cut).min(rest.len()));
    let Ok(mut regex) = Regex::new(pattern, Flags(u16::from(*flags))) else { return };
    let mut slots = vec![None; regex.groups() + 2];
    let found = regex.find_at(text, 0, Eflags(*eflags));
    assert_eq!(regex.captures_at(text, 0, Eflags(*eflags), &mut slots), found.is_some());
    assert_eq!(slots[0], found);
    for (i, j) in slots.into_iter().flatten() {
        assert!(i <= j && j <= text.len());
        assert!(found.is_some_and(|(from, to)| from <= i && j <= to));
    }
    let _ = regex.is_match(text);
    let _ = regex.find_at(text, text.len() / 2, Eflags(*eflags));
    let _ = regex.find_at(text, text.len() + 1, Eflags(*eflags));
    let mut at = 0;
    while let Some((i, j)) = regex.find_line(text, at, b'\n') {
        assert!(at <= i && i <= j && j <= text.len());
        at = j + 1;
    }
}

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(b"ab\n-]^$.*+?|(){},0123\\[:=\xC3\xA9\xE2".to_vec()).prop_map(|b| vec![b]),
        2 => prop::sample::select(vec![
            "\\(", "\\)", "\\{", "\\}", "\\|", "\\1", "\\2", "[a-", "[[:alpha:]]", "[[.a.]", "{2,3}", "(a", "b)", "*", "\\b",
            "\\<", "\\`", "[^", "]", "é", "\\w",
        ]).prop_map(|s| s.as_bytes().to_vec()),
        1 => any::<u8>().prop_map(|b| vec![b]),
    ];
    (any::<[u8; 2]>(), 0u8..40, prop::collection::vec(piece, 0..40))
        .prop_map(|(flags, cut, pieces)| [&flags[..], &[cut], &pieces.concat()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30_000, ..ProptestConfig::default() })]

    #[test]
    fn hostile_bytes_never_panic(data in hostile()) {
        fuzz(&data);
    }
}

/// The C library.
struct Libc(libc::regex_t);

impl Libc {
    fn new(pattern: &str, flags: i32) -> Option<Libc> {
        let pattern = std::ffi::CString::new(pattern).ok()?;
        // SAFETY: regcomp fills the zeroed structure from a C string; it is used only when it succeeded.
        unsafe {
            let mut regex = std::mem::zeroed();
            (libc::regcomp(&mut regex, pattern.as_ptr(), flags) == 0).then_some(Libc(regex))
        }
    }

    /// The first `slots` sub-matches. For more than one, glibc 2.36 loops forever on some repeated groups.
    fn find(&self, text: &str, slots: usize) -> Option<Vec<Option<(usize, usize)>>> {
        let text = std::ffi::CString::new(text).ok()?;
        let mut slots = vec![libc::regmatch_t { rm_so: -1, rm_eo: -1 }; slots];
        // SAFETY: a compiled pattern, a C string, and as many slots as said.
        let failed = unsafe { libc::regexec(&self.0, text.as_ptr(), slots.len(), slots.as_mut_ptr(), 0) };
        let span = |m: &libc::regmatch_t| (m.rm_so >= 0).then_some((m.rm_so as usize, m.rm_eo as usize));
        (failed == 0).then(|| slots.iter().map(span).collect())
    }
}

impl Drop for Libc {
    fn drop(&mut self) {
        // SAFETY: compiled successfully, freed once.
        unsafe { libc::regfree(&mut self.0) }
    }
}

/// Parts of patterns glibc is asked about.
fn glibc_pattern(repeat_groups: bool) -> impl Strategy<Value = String> {
    let leaf =
        prop::sample::select(vec!["a", "b", "c", ".", "[ab]", "[^a]", "a*", "b+", "c?", "a{2}", "[^b]*"]);
    leaf.prop_map(str::to_string).prop_recursive(3, 10, 3, move |inner| {
        let group = inner.clone().prop_map(|s| format!("({s})"));
        let counts = if repeat_groups { vec!["*", "+", "?", "{2}"] } else { vec![""] };
        prop_oneof![
            group.clone(),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|v| v.concat()),
            prop::collection::vec(inner, 2..3).prop_map(|v| format!("({})", v.join("|"))),
            (group, prop::sample::select(counts)).prop_map(|(s, n)| format!("{s}{n}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    /// Spans agree for all patterns.
    #[test]
    fn spans_agree_with_glibc(pattern in glibc_pattern(true), text in "[abc]{0,8}") {
        let theirs = Libc::new(&pattern, libc::REG_EXTENDED).unwrap();
        let mut ours = Regex::new(pattern.as_bytes(), ERE).unwrap();
        let expected = theirs.find(&text, 1).and_then(|s| s[0]);
        prop_assert_eq!(ours.find_at(text.as_bytes(), 0, Eflags::NONE), expected, "{} on {}", pattern, text);
    }

    /// Sub-matches agree where no group is repeated and there is no alternation. Elsewhere glibc is known to be wrong: it
    /// takes the first alternative and not the longest ("(c?|.)[^b]*" on "a" gives (0,0) for the group), keeps groups of
    /// earlier turns ("((a)|b)*" on "ab"), and adds empty turns ("(a*)*").
    #[test]
    fn sub_matches_agree_with_glibc(pattern in glibc_pattern(false), text in "[abc]{0,8}") {
        if pattern.contains('|') {
            return Ok(());
        }
        let theirs = Libc::new(&pattern, libc::REG_EXTENDED).unwrap();
        let mut ours = Regex::new(pattern.as_bytes(), ERE).unwrap();
        let mut slots = vec![None; 8];
        let found = ours.captures_at(text.as_bytes(), 0, Eflags::NONE, &mut slots);
        prop_assert_eq!(found.then_some(slots), theirs.find(&text, 8), "{} on {}", pattern, text);
    }
}
