//! Text: UTF-8 as the standard library sees it, quotes a shell takes off again, patterns, escapes, widths.
#![no_main]

use text::{escape, glob, quote, utf8, width};

/// Takes a shell's quotes off; what a shell would not leave alone stands inside of them.
fn unquote(mut text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    assert!(!text.starts_with(b"#") && !text.starts_with(b"~"));
    while let Some((&byte, rest)) = text.split_first() {
        match (byte, rest) {
            (b'\'', _) => {
                let end = rest.iter().position(|&byte| byte == b'\'').expect("a closing quote");
                out.extend_from_slice(&rest[..end]);
                text = &rest[end + 1..];
            }
            (b'"', _) => {
                let end = rest.iter().position(|&byte| byte == b'"').expect("a closing quote");
                assert!(!rest[..end].iter().any(|byte| b"$`\\!".contains(byte)));
                out.extend_from_slice(&rest[..end]);
                text = &rest[end + 1..];
            }
            (b'$', [b'\'', body @ ..]) => {
                let end = body.iter().position(|&byte| byte == b'\'').expect("a closing quote");
                assert!(escape::all(&body[..end], 0, &mut out));
                text = &body[end + 1..];
            }
            (b'\\', [next, after @ ..]) => {
                out.push(*next);
                text = after;
            }
            _ => {
                assert!(!byte.is_ascii_control() && !b" !\"$&'()*;<>?[\\`|".contains(&byte));
                out.push(byte);
                text = rest;
            }
        }
    }
    out
}

fn unicode(text: &[u8]) {
    let known = text.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
    let found = utf8::decode(text);
    assert_eq!(found, known.map(|scalar| (u32::from(scalar), scalar.len_utf8())));
    if let Some((scalar, length)) = found {
        let mut back = Vec::new();
        utf8::encode(scalar, &mut back);
        assert_eq!(back, &text[..length]);
        assert!(width::columns(scalar) <= 2);
    }
}

fn patterns(pattern: &[u8], text: &[u8], utf8: bool) {
    let _ = glob::matches(pattern, text, utf8);
    assert!(glob::matches(b"*", text, utf8));
    let special = |byte: &u8| b"*?[\\".contains(byte);
    let literal: Vec<u8> =
        text.iter().flat_map(|byte| if special(byte) { vec![b'\\', *byte] } else { vec![*byte] }).collect();
    assert!(glob::matches(&literal, text, utf8));
    assert!(glob::matches(&[b"*", &*literal].concat(), text, utf8));
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [flags, cut, text @ ..] = data else { return };
    unicode(text);
    let is_utf8 = flags & 1 != 0;
    assert!(width::text_columns(text, is_utf8) <= 2 * text.len());
    let (pattern, subject) = text.split_at(usize::from(*cut).min(text.len()));
    patterns(pattern, subject, is_utf8);
    let mut out = Vec::new();
    escape::all(text, flags & 3, &mut out);
    out.clear();
    quote::shell(text, is_utf8, &mut out);
    assert_eq!(
        unquote(&out).escape_ascii().to_string(),
        text.escape_ascii().to_string(),
        "{}",
        out.escape_ascii()
    );
    out.clear();
    quote::c_string(text, pattern, is_utf8, &mut out);
    quote::question_marks(text, is_utf8, &mut out);
});
