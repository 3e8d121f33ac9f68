//! The engine against the C library's regcomp and regexec, on small patterns and texts.
#![allow(missing_docs, clippy::unwrap_used)]

use proptest::prelude::*;
use regex::{Eflags, Flags, Regex};
use std::ffi::CString;

/// The match that the C library finds; `None` inside: there is none, outside: the pattern is wrong.
fn library(pattern: &str, text: &str, flags: i32) -> Option<Option<(usize, usize)>> {
    let (pattern, text) = (CString::new(pattern).unwrap(), CString::new(text).unwrap());
    // SAFETY: the expression is compiled before it is used and freed once; all zeros are a valid value of both types.
    unsafe {
        let mut regex: libc::regex_t = std::mem::zeroed();
        if libc::regcomp(&mut regex, pattern.as_ptr(), flags) != 0 {
            return None;
        }
        let mut whole: libc::regmatch_t = std::mem::zeroed();
        let found = libc::regexec(&regex, text.as_ptr(), 1, &mut whole, 0) == 0;
        libc::regfree(&mut regex);
        Some(found.then_some((whole.rm_so as usize, whole.rm_eo as usize)))
    }
}

fn agree(pattern: &str, text: &str, extended: bool, icase: bool) -> Result<(), TestCaseError> {
    let mut flags = if extended { Flags::EXTENDED } else { Flags::BASIC };
    let mut c_flags = if extended { libc::REG_EXTENDED } else { 0 };
    if icase {
        flags = flags.with(Flags::ICASE);
        c_flags |= libc::REG_ICASE;
    }
    let expected = library(pattern, text, c_flags);
    let found = Regex::new(pattern.as_bytes(), flags).ok();
    let found = found.map(|mut regex| regex.find_at(text.as_bytes(), 0, Eflags::NONE));
    // What is wrong for one and has a meaning for the other POSIX leaves undefined.
    if let (Some(expected), Some(found)) = (expected, found) {
        prop_assert_eq!(found, expected, "{:?} on {:?}", pattern, text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn extended(pattern in "(([abB.]|\\[[ab]\\]|\\[\\^a\\]|\\((a|b|ab|a\\*b|b\\?)\\|?[ab.]\\))([*+?]|\\{[0-2],[2-4]\\})?\\|?){1,4}\\$?",
        text in "[abABc ]{0,8}", icase in any::<bool>())
    {
        agree(pattern.trim_end_matches('|'), &text, true, icase)?;
    }

    #[test]
    fn basic(pattern in "\\^?(([abB.]|\\[[ab]\\]|\\[\\^a\\]|\\\\\\((a|b|ab|a\\*b)\\\\\\))(\\*|\\\\\\{[0-2],[2-4]\\\\\\})?){1,4}\\$?",
        text in "[abABc ]{0,8}", icase in any::<bool>())
    {
        agree(&pattern, &text, false, icase)?;
    }
}
