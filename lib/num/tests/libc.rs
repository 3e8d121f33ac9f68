//! The C library's own printf and strtod as the oracle (a glibc or musl host).

use std::ffi::{c_char, c_double, c_int};

unsafe extern "C" {
    fn snprintf(buf: *mut c_char, size: usize, format: *const c_char, ...) -> c_int;
    fn strtod(text: *const c_char, end: *mut *mut c_char) -> c_double;
}

struct Random(u64);
impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

fn spec(random: &mut Random) -> (num::Spec, String) {
    let bits = random.next();
    let spec = num::Spec {
        left: bits & 1 != 0,
        plus: bits & 2 != 0,
        space: bits & 4 != 0,
        alt: bits & 8 != 0,
        zero: bits & 16 != 0,
        width: if bits & 32 != 0 { random.below(50) as usize } else { 0 },
        precision: if bits & 64 != 0 { Some(random.below(30) as usize) } else { None },
    };
    let mut text = String::from("%");
    for (on, c) in [(spec.left, '-'), (spec.plus, '+'), (spec.space, ' '), (spec.alt, '#'), (spec.zero, '0')]
    {
        if on {
            text.push(c);
        }
    }
    if spec.width > 0 {
        text += &spec.width.to_string();
    }
    if let Some(p) = spec.precision {
        text += &format!(".{p}");
    }
    (spec, text)
}

fn rounds() -> u32 {
    if cfg!(debug_assertions) { 100_000 } else { 1_000_000 }
}

#[test]
fn floats_as_printf() {
    let mut random = Random(88172645463325252);
    let mut buf = vec![0u8; 4096];
    for _ in 0..rounds() {
        let value = match random.below(6) {
            0 => f64::from_bits(random.next()),
            1 => random.next() as i32 as f64 / 10f64.powi(random.below(9) as i32),
            2 => random.below(2000) as f64 / 8.0,
            3 => f64::from_bits(random.next() & 0x800f_ffff_ffff_ffff),
            4 => [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, -f64::NAN][random.below(6) as usize],
            _ => random.next() as f64,
        };
        let (spec, mut format) = spec(&mut random);
        let conv = b"eEfFgGaA"[random.below(8) as usize];
        format.push(conv as char);
        format.push('\0');
        // SAFETY: the buffer has the length given, the format is NUL-terminated and takes one double.
        let n = unsafe { snprintf(buf.as_mut_ptr().cast(), buf.len(), format.as_ptr().cast(), value) };
        let mut out = Vec::new();
        assert!(num::format_float(value, conv, &spec, &mut out));
        assert_eq!(
            String::from_utf8_lossy(&out),
            String::from_utf8_lossy(&buf[..n as usize]),
            "{format} {value:e}"
        );
    }
}

#[test]
fn integers_as_printf() {
    let mut random = Random(123456789);
    let mut buf = vec![0u8; 4096];
    for _ in 0..rounds() {
        let value = random.next() as i64 >> random.below(64);
        let (spec, mut format) = spec(&mut random);
        let conv = b"diuoxX"[random.below(6) as usize];
        format += "ll";
        format.push(conv as char);
        format.push('\0');
        // SAFETY: the buffer has the length given, the format is NUL-terminated and takes one long long.
        let n = unsafe { snprintf(buf.as_mut_ptr().cast(), buf.len(), format.as_ptr().cast(), value) };
        let signed = matches!(conv, b'd' | b'i') && value < 0;
        let magnitude = if signed { value.unsigned_abs() } else { value as u64 };
        let mut out = Vec::new();
        assert!(num::format_int(magnitude, signed, conv, &spec, &mut out));
        assert_eq!(
            String::from_utf8_lossy(&out),
            String::from_utf8_lossy(&buf[..n as usize]),
            "{format} {value}"
        );
    }
}

#[test]
fn floats_as_strtod() {
    let mut random = Random(987654321);
    let letters = b"0123456789.eE+-xXabfpP nit";
    for _ in 0..rounds() {
        let mut text: Vec<u8> = match random.below(3) {
            0 => b"0x".to_vec(),
            1 => b"-".to_vec(),
            _ => Vec::new(),
        };
        let few = if random.below(2) == 0 { letters.len() as u64 } else { 13 };
        for _ in 0..random.below(30) {
            text.push(letters[random.below(few) as usize]);
        }
        text.push(0);
        let mut end = std::ptr::null_mut();
        // SAFETY: the text is NUL-terminated and outlives the call.
        let want = unsafe { strtod(text.as_ptr().cast(), &mut end) };
        let used = end as usize - text.as_ptr() as usize;
        text.pop();
        let got = num::parse_float(&text);
        assert_eq!((got.0.to_bits(), got.1), (want.to_bits(), used), "{}", String::from_utf8_lossy(&text));
    }
}
