//! `chmod`'s modes and `chown`'s owners: bits stay bits of a mode, an octal number means itself, ids are found again.
#![no_main]

use files::mode::{Mode, permissions, string};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [a, b, umask, spec @ ..] = data else { return };
    let before = u32::from(*a) << 8 | u32::from(*b);
    let umask = u32::from(*umask) * 2;
    if let Some(mode) = Mode::parse(spec) {
        for is_dir in [false, true] {
            let after = mode.apply(before, is_dir, umask);
            assert_eq!(after & !0o7777, 0, "{after:o}");
        }
        if let Ok(bits) = u32::from_str_radix(std::str::from_utf8(spec).unwrap_or_default(), 8)
            && spec[0] != b'+'
        {
            assert_eq!(mode.apply(before, false, umask), bits);
        }
    }
    let mut text = Vec::new();
    string(before, &mut text);
    permissions(before, &mut text);
    if let Ok((Some(uid), _)) = users::parse_owner(spec) {
        assert_eq!(users::user_id(uid.to_string().as_bytes()), Some(uid));
    }
});
