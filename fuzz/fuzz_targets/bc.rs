//! `bc` and `dc`: every text has an answer or an error; neither may leave the stack or the memory that it is given.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((&choice, text)) = data.split_first() else { return };
    // Long numbers, powers and loops are obeyed, and take their time; dc's `!` would run commands.
    if text.iter().any(|byte| matches!(byte, b'^' | b'!' | b'|')) || cairn_fuzz::has_long_number(text, 3) {
        return;
    }
    let loops: [&[u8]; 3] = [b"for", b"while", b"define"];
    if choice & 1 == 0 {
        if !loops.iter().any(|word| text.windows(word.len()).any(|part| part == *word)) {
            let args: &[&[u8]] = if choice & 2 == 0 { &[] } else { &[b"-l"] };
            cairn_fuzz::call(textutils::bc::main, b"bc", args, &[], text);
        }
    } else if !text.iter().any(|byte| matches!(byte, b'x' | b'<' | b'>' | b'=')) {
        cairn_fuzz::call(textutils::dc::main, b"dc", &[], &[], text);
    }
});
