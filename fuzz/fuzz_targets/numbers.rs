//! Numbers: what is printed reads back; decimal texts mean what the standard library takes them for.
#![no_main]

use num::{Spec, format_float, parse_float, parse_int, parse_size, push_shortest};

fn same(one: f64, other: f64) -> bool {
    one.to_bits() == other.to_bits() || one.is_nan() && other.is_nan()
}

fn round_trip(value: f64) {
    let mut text = Vec::new();
    push_shortest(value, &mut text);
    let (back, used) = parse_float(&text);
    assert!(same(back, value) && used == text.len(), "{value:e} {back:e} {}", text.escape_ascii());
    for (conversion, precision) in [(b'a', None), (b'e', Some(16)), (b'g', Some(17))] {
        text.clear();
        assert!(format_float(value, conversion, &Spec { precision, ..Spec::default() }, &mut text));
        let (back, used) = parse_float(&text);
        assert!(same(back, value) && used == text.len(), "{value:e} {back:e} {}", text.escape_ascii());
    }
}

fn fixed(value: f64, precision: usize) {
    let spec = Spec { precision: Some(precision), ..Spec::default() };
    let mut text = Vec::new();
    assert!(format_float(value, b'f', &spec, &mut text));
    if value.is_finite() {
        assert_eq!(text, format!("{value:.precision$}").into_bytes());
        // More digits than any double has.
        text.clear();
        assert!(format_float(value, b'e', &Spec { precision: Some(780), ..Spec::default() }, &mut text));
        assert!(same(parse_float(&text).0, value));
    }
}

fn integers(text: &[u8], base: u32) {
    let int = parse_int(text, base);
    assert!(int.used <= text.len());
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if text.first().is_some_and(|&byte| byte != b'+') && digits.first() != Some(&b'+') && base >= 2 {
        if let Ok(known) = u64::from_str_radix(std::str::from_utf8(digits).unwrap_or_default(), base) {
            assert_eq!((int.magnitude, int.used, int.overflow), (known, text.len(), false));
        }
    }
    let _ = (int.signed(), int.unsigned(), num::parse_u64(text), num::parse_i64(text));
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [base, text @ ..] = data else { return };
    let base = u32::from(*base) % 37;
    if base != 1 {
        integers(text, base);
    }
    let (value, used) = parse_float(text);
    assert!(used <= text.len());
    if let Ok(known) = std::str::from_utf8(text).unwrap_or_default().parse::<f64>() {
        assert!(same(value, known) && used == text.len(), "{value:e} {known:e}");
    }
    round_trip(value);
    if let [a, b, c, d, e, f, g, h, precision, ..] = *text {
        let value = f64::from_bits(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
        round_trip(if value.is_nan() { f64::NAN } else { value });
        fixed(value, usize::from(precision));
    }
    for table in [num::SIZES, num::DD_SIZES, b""] {
        if let Ok(size) = parse_size(text, table) {
            for options in 0..16 {
                num::human(size, options, &mut Vec::new());
            }
            let _ = (num::scale_ceil(size, u64::from(base), 1024), num::scale_ceil(size, 1 << 40, 1));
        }
    }
});
