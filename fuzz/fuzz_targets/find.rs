//! `find`: every expression that neither runs programs nor changes files, on an empty folder; nothing panics.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let words: [&[u8]; 5] = [b"-exec", b"-ok", b"-fp", b"-fls", b"-delete"];
    let acts = words.iter().any(|word| data.windows(word.len()).any(|part| part == *word));
    if !acts {
        cairn_fuzz::run_on_files(textutils::find::main, b"find", data);
    }
});
