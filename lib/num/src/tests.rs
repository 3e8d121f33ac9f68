//! Vectors, and properties against `std` as the oracle.

use crate::*;
use alloc::vec::Vec;
use proptest::prelude::*;
use std::format;
use std::string::{String, ToString};

fn text(f: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    f(&mut out);
    String::from_utf8(out).unwrap()
}

fn float(value: f64, conv: u8, precision: usize) -> String {
    let spec = Spec { precision: Some(precision), ..Spec::default() };
    text(|out| assert!(format_float(value, conv, &spec, out)))
}

/// C's `%.*e` out of Rust's, which writes `1.5e7` for `1.5e+07`.
fn std_exp(value: f64, precision: usize) -> String {
    let all = format!("{value:.precision$e}");
    let (mantissa, exponent) = all.split_once('e').unwrap();
    let exponent: i32 = exponent.parse().unwrap();
    format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

/// C's `%.*g` by its definition in the standard, on top of std.
fn std_general(value: f64, precision: usize) -> String {
    let p = precision.max(1);
    let exp = std_exp(value, p - 1);
    let (mantissa, exponent) = exp.split_once('e').unwrap();
    let x: i64 = exponent.parse().unwrap();
    let trim = |s: &str| match s.contains('.') {
        true => s.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => s.to_string(),
    };
    if x >= -4 && x < p as i64 {
        let digits = (p as i64 - 1 - x) as usize;
        trim(&format!("{value:.digits$}"))
    } else {
        format!("{}e{exponent}", trim(mantissa))
    }
}

/// Doubles of every magnitude, and the ordinary ones more often.
fn doubles() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<u64>().prop_map(f64::from_bits),
        (any::<i32>(), 0i32..12).prop_map(|(n, e)| f64::from(n) / 10f64.powi(e)),
        (any::<i64>(), 0i32..70).prop_map(|(n, e)| n as f64 / 2f64.powi(e)),
        (0u64..4000, 0i32..4).prop_map(|(n, e)| n as f64 / 2f64.powi(e)),
    ]
    .prop_filter("finite", |v| v.is_finite())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 2000 } else { 20000 }))]

    #[test]
    fn integers_as_std(n in any::<u64>(), shift in 0u32..64, base in 2u32..=36, wide in any::<u128>(), by in 0u32..128) {
        let n = n >> shift;
        prop_assert_eq!(text(|o| push_dec(o, n)), n.to_string());
        prop_assert_eq!(text(|o| push_dec_i64(o, n as i64)), (n as i64).to_string());
        prop_assert_eq!(text(|o| o.extend_from_slice(dec_u128(wide >> by, &mut new_buf()))), (wide >> by).to_string());
        prop_assert_eq!(text(|o| push_radix(o, n, 8, 9)), format!("{n:09o}"));
        prop_assert_eq!(text(|o| push_radix(o, n, 2, 0)), format!("{n:b}"));
        let mut buf = new_buf();
        let digits = radix(n, base, n % 2 == 0, &mut buf);
        prop_assert_eq!(u64::from_str_radix(core::str::from_utf8(digits).unwrap(), base), Ok(n));
        prop_assert_eq!(parse_int(digits, base), Int { magnitude: n, negative: false, used: digits.len(), overflow: false });
    }

    #[test]
    fn strict_parsers_as_std(s in "[+-]?[0-9]{0,21}[ a]?") {
        let want = s.parse::<i64>();
        prop_assert_eq!(parse_i64(s.as_bytes()).ok(), want.ok());
        prop_assert_eq!(parse_u64(s.as_bytes()).ok(), s.parse::<u64>().ok().filter(|_| !s.starts_with('+')));
    }

    #[test]
    fn never_panics(bytes in prop::collection::vec(prop_oneof![any::<u8>(), prop::sample::select(b"+-0.xXeEpP19naifty ()".to_vec())], 0..40), base in 0u32..40) {
        let int = parse_int(&bytes, base);
        prop_assert!(int.used <= bytes.len());
        let (_, used) = parse_float(&bytes);
        prop_assert!(used <= bytes.len());
        let _ = (parse_u64(&bytes), parse_i64(&bytes), parse_size(&bytes, DD_SIZES), int.signed(), int.unsigned());
    }

    #[test]
    fn fixed_as_std(v in doubles(), p in 0usize..40) {
        prop_assert_eq!(float(v, b'f', p), format!("{v:.p$}"));
    }

    #[test]
    fn exponents_as_std(v in doubles(), p in 0usize..40) {
        prop_assert_eq!(float(v, b'e', p), std_exp(v, p));
    }

    #[test]
    fn general_as_the_standard_says(v in doubles(), p in 0usize..24) {
        prop_assert_eq!(float(v, b'g', p), std_general(v, p));
    }

    #[test]
    fn shortest_reads_back(v in doubles()) {
        let s = text(|o| push_shortest(v, o));
        prop_assert_eq!(s.parse::<f64>().unwrap(), v);
        // At most one digit more than the shortest that std finds, which is not limited to correctly rounded prefixes.
        let digits = |s: &str| s.split('e').next().unwrap().bytes().filter(u8::is_ascii_digit).count();
        prop_assert!(digits(&s) <= 22);
    }

    #[test]
    fn parses_as_std(v in doubles(), p in 0usize..30) {
        for s in [format!("{v:e}"), format!("{v:.p$e}"), format!("{v:.p$}"), format!("{v}")] {
            let (got, used) = parse_float(s.as_bytes());
            prop_assert_eq!(used, s.len());
            prop_assert_eq!(got.to_bits(), s.parse::<f64>().unwrap().to_bits(), "{}", s);
        }
    }

    #[test]
    fn parses_any_digits_as_std(s in "[-+]?[0-9]{1,30}(\\.[0-9]{0,30})?([eE][-+]?[0-9]{1,3})?") {
        let (got, used) = parse_float(s.as_bytes());
        prop_assert_eq!(used, s.len());
        prop_assert_eq!(got.to_bits(), s.parse::<f64>().unwrap().to_bits(), "{}", s);
    }

    #[test]
    fn parses_points_halfway(bits in 0u64..0x7fe0_0000_0000_0000, tail in 0usize..3) {
        // The exact middle of two neighbours goes to the even one, and a last digit far behind tips it.
        let v = f64::from_bits(bits);
        let low = format!("{v:.1100}");
        let high = format!("{:.1100}", f64::from_bits(bits + 1));
        let mut sum: Vec<u8> = Vec::new();
        let width = low.len().max(high.len());
        let (low, high) = (format!("{low:0>width$}"), format!("{high:0>width$}"));
        let mut carry = 0;
        for (a, b) in low.bytes().zip(high.bytes()).rev() {
            if a == b'.' { sum.push(b'.'); continue; }
            let n = a - b'0' + b - b'0' + carry;
            sum.push(n % 10 + b'0');
            carry = n / 10;
        }
        sum.push(carry + b'0');
        sum.reverse();
        let mut rest = 0;
        for d in sum.iter_mut().filter(|d| **d != b'.') {
            let n = rest * 10 + *d - b'0';
            *d = n / 2 + b'0';
            rest = n % 2;
        }
        if tail == 1 { sum.extend_from_slice(b"00000000000001"); }
        let s = String::from_utf8(sum).unwrap();
        let (got, used) = parse_float(s.as_bytes());
        prop_assert_eq!(used, s.len());
        prop_assert_eq!(got.to_bits(), s.parse::<f64>().unwrap().to_bits());
    }

    #[test]
    fn scaling_as_wide_arithmetic(n in any::<u64>(), shift in 0u32..64, from in 1u64..1 << 20, to in 1u64..1 << 40) {
        let n = n >> shift;
        let want = (u128::from(n) * u128::from(from)).div_ceil(u128::from(to));
        prop_assert_eq!(u128::from(scale_ceil(n, from, to)), want.min(u128::from(u64::MAX)));
    }

    #[test]
    fn human_is_the_least_that_covers(n in any::<u64>(), shift in 0u32..64) {
        let n = n >> shift;
        let s = text(|o| human(n, 0, o));
        let number = s.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let power = s.chars().last().and_then(|c| "KMGTPE".find(c)).map_or(0, |i| i as u32 + 1);
        let tenths = number.replace('.', "").parse::<u128>().unwrap() * if number.contains('.') { 1 } else { 10 };
        let unit = 1024u128.pow(power);
        let step = if number.contains('.') { 1 } else { 10 };
        prop_assert!(tenths * unit >= u128::from(n) * 10);
        // One step less would be too little (a step below 10 is a tenth, except for plain bytes).
        let less = if number == "10" && power > 0 { 1 } else { step };
        prop_assert!(power > 0 || tenths == u128::from(n) * 10);
        prop_assert!(tenths == 0 || (tenths - less) * unit < u128::from(n) * 10);
        prop_assert!(number.len() <= 4 && (number.len() == 3) >= number.contains('.'));
    }
}

#[test]
fn strtoull_semantics() {
    let int = |magnitude, negative, used, overflow| Int { magnitude, negative, used, overflow };
    assert_eq!(parse_int(b" \t-0x1Fg", 0), int(31, true, 7, false));
    assert_eq!(parse_int(b"0x", 0), int(0, false, 1, false));
    assert_eq!(parse_int(b"0xg", 16), int(0, false, 1, false));
    assert_eq!(parse_int(b"0x1f", 16), int(31, false, 4, false));
    assert_eq!(parse_int(b"0778", 0), int(63, false, 3, false));
    assert_eq!(parse_int(b"+12z", 0), int(12, false, 3, false));
    assert_eq!(parse_int(b"zz", 36), int(35 * 36 + 35, false, 2, false));
    assert_eq!(parse_int(b"- 1", 10), Int::default());
    assert_eq!(parse_int(b"", 0), Int::default());
    assert_eq!(parse_int(b"18446744073709551616", 10), int(u64::MAX, false, 20, true));
    assert_eq!(parse_int(b"-9223372036854775808", 10).signed(), (i64::MIN, true));
    assert_eq!(parse_int(b"-9223372036854775809", 10).signed(), (i64::MIN, false));
    assert_eq!(parse_int(b"9223372036854775808", 10).signed(), (i64::MAX, false));
    assert_eq!(parse_int(b"-1", 10).unsigned(), (u64::MAX, true));
    assert_eq!(parse_int(b"99999999999999999999", 10).unsigned(), (u64::MAX, false));
}

#[test]
fn strict_errors() {
    assert_eq!(parse_u64(b"18446744073709551615"), Ok(u64::MAX));
    assert_eq!(parse_u64(b"18446744073709551616"), Err(ParseError::Range));
    for bad in [&b""[..], b" 1", b"1 ", b"-1", b"+1", b"0x1", b"1a"] {
        assert_eq!(parse_u64(bad), Err(ParseError::Invalid));
    }
    assert_eq!(parse_i64(b"-9223372036854775809"), Err(ParseError::Range));
    assert_eq!(parse_i64(b"-"), Err(ParseError::Invalid));
    assert_eq!(size_of::<ParseError>(), 1);
}

#[test]
fn suffixes() {
    for (text, want) in [
        ("10", 10),
        ("1b", 512),
        ("3k", 3072),
        ("3K", 3072),
        ("3KiB", 3072),
        ("3kB", 3000),
        ("3KB", 3000),
        ("2m", 2 << 20),
        ("2MB", 2_000_000),
        ("7E", 7 << 60),
        ("0Q", 0),
        ("1PB", 1_000_000_000_000_000),
    ] {
        assert_eq!(parse_size(text.as_bytes(), SIZES), Ok(want), "{text}");
    }
    for text in ["1Z", "1YB", "16E", "18446744073709551616", "1QiB", "99999999999999999999k"] {
        assert_eq!(parse_size(text.as_bytes(), SIZES), Err(ParseError::Range), "{text}");
    }
    for text in ["", "K", "1x", "1Ki", "1bB", "1w", "-1", "1 K", "1@", "1=", "1p", "99999999999999999999x"] {
        assert_eq!(parse_size(text.as_bytes(), SIZES), Err(ParseError::Invalid), "{text}");
    }
    assert_eq!(parse_size(b"3w", DD_SIZES), Ok(6));
    assert_eq!(parse_size(b"3c", DD_SIZES), Ok(3));
    assert_eq!(parse_size(b"1K", b"K=7"), Ok(7));
}

#[test]
fn human_sizes() {
    for (n, options, want) in [
        (0, 0, "0"),
        (1023, 0, "1023"),
        (1024, 0, "1.0K"),
        (1025, 0, "1.1K"),
        (10239, 0, "10K"),
        (10240, 0, "10K"),
        (10241, 0, "11K"),
        (1 << 20, 0, "1.0M"),
        ((1 << 20) - 1, 0, "1.0M"),
        (u64::MAX, 0, "16E"),
        (999, HUMAN_SI, "999"),
        (1000, HUMAN_SI, "1.0k"),
        (999_001, HUMAN_SI, "1.0M"),
        (1_500_000, HUMAN_SI, "1.5M"),
        (1050, HUMAN_SI | HUMAN_NEAREST, "1.0k"),
        (1150, HUMAN_SI | HUMAN_NEAREST, "1.2k"),
        (512, HUMAN_SPACE | HUMAN_B, "512 B"),
        (1024, HUMAN_SPACE | HUMAN_B, "1.0 KiB"),
        (1024, HUMAN_SPACE | HUMAN_B | HUMAN_SI | HUMAN_NEAREST, "1.0 kB"),
    ] {
        assert_eq!(text(|o| human(n, options, o)), want, "{n}");
    }
    assert_eq!(scale_ceil(8, 512, 1024), 4);
    assert_eq!(scale_ceil(9, 512, 1024), 5);
    assert_eq!(scale_ceil(u64::MAX, 1024, 1), u64::MAX);
}

#[test]
fn special_floats() {
    let (v, used) = parse_float(b" -InFiNiTyx");
    assert!(v == f64::NEG_INFINITY && used == 10);
    assert_eq!(parse_float(b"infinit").1, 3);
    assert!(parse_float(b"nan(12_a)z").0.is_nan());
    assert_eq!(parse_float(b"nan(12_a)z").1, 9);
    assert_eq!(parse_float(b"nan(12").1, 3);
    for (s, v, used) in [
        ("1e", 1.0, 1),
        ("1e+", 1.0, 1),
        ("1.e1", 10.0, 4),
        (".5", 0.5, 2),
        (".", 0.0, 0),
        ("-", 0.0, 0),
        ("", 0.0, 0),
        ("e5", 0.0, 0),
        ("0x", 0.0, 1),
        ("0x.p1", 0.0, 1),
        ("0x1.8p1z", 3.0, 7),
        ("0X.8", 0.5, 4),
        ("0x1p", 1.0, 3),
        ("1e99999999999999999999", f64::INFINITY, 22),
        ("1e-99999999999999999999", 0.0, 23),
        ("0e999999999999", 0.0, 14),
        ("0x1p-1074", 5e-324, 9),
        ("0x1p-1075", 0.0, 9),
        ("0x1.8p-1075", 5e-324, 11),
        ("0x1p1024", f64::INFINITY, 8),
        ("0x1.fffffffffffff7p1023", f64::MAX, 23),
        ("0x1.fffffffffffff8p1023", f64::INFINITY, 23),
        ("1.2.3", 1.2, 3),
        ("--1", 0.0, 0),
    ] {
        assert_eq!(parse_float(s.as_bytes()), (v, used), "{s}");
    }
    assert!(parse_float(b"-0").0.is_sign_negative());
    let mut long = std::vec![b'0'; 5000];
    long.extend_from_slice(b"1");
    long.extend(std::iter::repeat_n(b'0', 5000));
    long.extend_from_slice(b".5e-5000");
    assert_eq!(parse_float(&long), (1.0, long.len()));
}

#[test]
fn impossible_widths_fail() {
    let mut out = Vec::new();
    let spec = Spec { width: usize::MAX, ..Spec::default() };
    assert!(!format_float(1.0, b'g', &spec, &mut out));
    assert!(!format_int(1, false, b'd', &spec, &mut out));
    let spec = Spec { precision: Some(usize::MAX), ..Spec::default() };
    assert!(!format_int(1, false, b'd', &spec, &mut out));
    assert!(out.is_empty());
}
