//! The option parser: every argument is an operand, an option, an option's value, or the `--` between them.
#![no_main]

use applet::Options;

const GRAMMARS: [&[u8]; 3] = [
    b"0aA all\n1bB bytes width\n2c color colour\n0d\n1# number\n0v verbose\n0 version-sort\n1 block-size",
    b"0d decode\n0i ignore-garbage\n1w wrap\n0 base64\n0 base64url\n0 base32",
    b"",
];

fn same(one: &[u8], other: &[u8]) -> bool {
    std::ptr::eq(one, other)
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [grammar, permute, data @ ..] = data else { return };
    let grammar = GRAMMARS[usize::from(*grammar) % GRAMMARS.len()];
    let permute = permute & 1 == 0;
    // Every argument a buffer of its own, so that its address tells it from others.
    let args: Vec<Vec<u8>> = data.split(|&byte| byte == b'\n').map(|arg| [arg, b"\0"].concat()).collect();
    let args: Vec<&[u8]> = args.iter().map(|arg| &arg[..arg.len() - 1]).collect();
    let Ok(options) = Options::parse(&args, grammar, permute) else { return };

    let mut operands = options.operands.iter();
    let mut next = operands.next();
    let mut ended = false;
    for arg in &args {
        if next.is_some_and(|operand| same(operand, arg)) {
            assert!(ended || !arg.starts_with(b"-") || *arg == b"-");
            ended |= !permute;
            next = operands.next();
            continue;
        }
        assert!(!ended, "an operand was lost");
        let is_value = options.list.iter().any(|(_, value)| same(value, arg));
        assert!(is_value || arg.len() > 1 && arg.starts_with(b"-"));
        ended |= *arg == b"--" && !is_value;
    }
    assert!(next.is_none(), "an operand out of nothing");

    for (id, value) in &options.list {
        let line =
            grammar.split(|&byte| byte == b'\n').nth(usize::from(*id)).expect("an option of the grammar");
        assert!(line[0] != b'0' || value.is_empty());
        assert!(options.has(*id) && options.count(*id) > 0 && options.last(&[*id]) == Some(*id));
    }
});
