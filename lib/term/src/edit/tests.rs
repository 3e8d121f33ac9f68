//! The editor on a terminal: a pseudo-terminal whose other side is driven here.

use super::*;
use proptest::prelude::*;
use std::string::String;

/// A pseudo-terminal of 20 columns: the side that types and reads, and the terminal.
fn terminal() -> (sys::Fd, sys::Fd) {
    let master = sys::fd::open(b"/dev/ptmx", libc::O_RDWR | libc::O_NOCTTY, 0).unwrap();
    let slave = sys::terminal::slave(master.raw()).unwrap();
    sys::terminal::set_size(slave.raw(), 20, 24).unwrap();
    (master, slave)
}

struct Words;
impl Host for Words {
    fn complete(&mut self, line: &[u8], cursor: usize) -> Completion {
        let start = line[..cursor].iter().rposition(|&byte| byte == b' ').map_or(0, |at| at + 1);
        let words: [&[u8]; 4] = [b"alpha ", b"alpine ", b"beta ", b"dir/"];
        let candidates =
            words.iter().filter(|word| word.starts_with(&line[start..cursor])).map(|word| word.to_vec());
        Completion { start, candidates: candidates.collect(), names: Vec::new() }
    }
}

/// What comes of typing `typed`, and what the terminal was sent.
fn typed(editor: &mut Editor, typed: &[u8]) -> (Outcome, Vec<u8>) {
    let (master, slave) = terminal();
    (editor.input, editor.output) = (slave.raw(), slave.raw());
    let before = sys::terminal::settings(slave.raw()).unwrap().0.c_lflag;
    // What is typed before the editor runs must not be taken for signals.
    let raw = Raw::enter(slave.raw()).unwrap();
    let before = before & !(libc::ISIG | libc::ICANON | libc::ECHO | libc::IEXTEN);
    sys::fd::write_all(master.raw(), typed).unwrap();
    let outcome = editor.read_line(b"\x01\x1b[1m\x02$ ", &mut Words).unwrap();
    assert_eq!(sys::terminal::settings(slave.raw()).unwrap().0.c_lflag, before);
    drop(raw);
    drop(slave);
    let mut sent = Vec::new();
    loop {
        sent.reserve(65536);
        match sys::fd::read_spare(master.raw(), &mut sent) {
            Ok(1..) => {}
            _ => return (outcome, sent),
        }
    }
}

fn line(vi: bool, keys: &[u8]) -> String {
    let mut editor = Editor::new(0, 0);
    editor.vi = vi;
    for old in ["first one", "second line", "echo third"] {
        editor.history.add(old.as_bytes(), false, false);
    }
    match typed(&mut editor, &[keys, b"\n"].concat()).0 {
        Outcome::Line(line) => String::from_utf8_lossy(&line).into_owned(),
        other => std::format!("{other:?}"),
    }
}

#[test]
fn emacs_keys() {
    let cases: &[(&str, &str)] = &[
        ("abc", "abc"),
        ("abc\x01x\x05y", "xabcy"),
        ("abc\x02\x02x", "axbc"),
        ("abc\x01\x06x\x04", "axc"),
        ("one two\x17three", "one three"),
        ("one two\x01\x1bd\x19", "one two"),
        ("one two three\x17\x17\x15\x19", "one two three"),
        ("abc\x02\x02\x0bX\x19", "aXbc"),
        ("ab\x14", "ba"),
        ("日b\x02\x14", "b日"),
        ("abc\x1f", ""),
        ("abc \x17d\x1f\x1f", "abc "),
        ("\x10", "echo third"),
        ("\x10\x10\x0e", "echo third"),
        ("new\x1b[A\x1b[B!", "new!"),
        ("\x12sec\x05!", "second line!"),
        ("\x12i\x12\x05!", "second line!"),
        ("x\x12first\x07y", "xy"),
        ("\x1b.\x1b.", "line"),
        ("one two\x1b[1;5D\x1b[1;5Dx", "xone two"),
        ("one\x1bb\x1bu", "ONE"),
        ("one\x1bb\x1bc", "One"),
        ("a\x16\x01b", "a\x01b"),
        ("é日x\x7f\x7f\x7f", ""),
        ("e\u{301}\x7f", ""),
        ("\x1b[200~a\nb\n\x1b[201~", "a\nb"),
        ("be\t", "beta "),
        ("x al\t!", "x alp!"),
        ("di\tbe\t", "dir/be"),
        ("abc\x1b[H\x1b[3~", "bc"),
        ("abc\x03", "Interrupted"),
        ("\x04", "Eof"),
        ("a\x01\x04\x04", "Eof"),
    ];
    for (keys, expected) in cases {
        assert_eq!(line(false, keys.as_bytes()), *expected, "{keys:?}");
    }
}

#[test]
fn vi_keys() {
    let cases: &[(&str, &str)] = &[
        ("abc\x1bx", "ab"),
        ("abc\x1b0x", "bc"),
        ("one two three\x1bbbdw", "one three"),
        ("one two three\x1b02dw", "three"),
        ("one two\x1b0cwsix\x1b", "six two"),
        ("one two\x1b0d$ix", "x"),
        ("one two three\x1b0wD", "one "),
        ("one two\x1b0fedtw", "onwo"),
        ("a.b.c\x1b0f.;x", "a.bc"),
        ("a.b.c\x1b0f.;,x", "ab.c"),
        ("abc\x1bhi-\x1b0.", "-a-bc"),
        ("abc\x1b0x..", ""),
        ("abc\x1b0xu", "abc"),
        ("abc\x1b0ylP", "aabc"),
        ("abc def\x1b0dwp", "dabc ef"),
        ("abc\x1b0rxlR12\x1b", "x12"),
        ("abc\x1b0~~", "ABc"),
        ("abc\x1bAd\x1bIe", "eabcd"),
        ("f(a, b)\x1b0f(d%", "f"),
        ("abc\x1bSx", "x"),
        ("abc\x1bccx", "x"),
        ("\x1bk", "echo third"),
        ("\x1bkkj", "echo third"),
        ("\x1b/first\n", "first one"),
        ("\x1b/i\nn", "second line"),
        ("\x1b1G", "first one"),
        ("a b\x1bbD3.", ""),
        ("abc\x1b#", "#abc"),
        ("one-two\x1b0ex", "on-two"),
        ("one-two x\x1b0dW", "x"),
        ("one-two x\x1bBBdE", " x"),
        ("abcdef\x1b3|x", "abdef"),
        ("abcdef\x1b02lsXY", "abXYdef"),
    ];
    for (keys, expected) in cases {
        // A key within Escape's time would be part of a sequence only if it began one; none of these does.
        assert_eq!(line(true, keys.as_bytes()), *expected, "{keys:?}");
    }
}

#[test]
fn a_line_that_is_typed_ahead_stays() {
    let (master, slave) = terminal();
    let mut editor = Editor::new(slave.raw(), slave.raw());
    sys::fd::write_all(master.raw(), b"one\ntwo\n").unwrap();
    for line in ["one", "two"] {
        let outcome = editor.read_line(b"$ ", &mut NoHost).unwrap();
        assert_eq!(outcome, Outcome::Line(line.as_bytes().to_vec()));
    }
    editor.dumb = true;
    sys::fd::write_all(master.raw(), b"three\n").unwrap();
    assert_eq!(editor.read_line(b"$ ", &mut NoHost).unwrap(), Outcome::Line(b"three".to_vec()));
}

#[test]
fn candidates_are_listed() {
    let (_, sent) = typed(&mut Editor::new(0, 0), b"al\t\t\t\n");
    let sent = String::from_utf8_lossy(&sent).into_owned();
    assert!(sent.contains("\r\nalpha   alpine\r\n"), "{sent:?}");
}

/// A terminal of 20 columns that understands what [`Draw`] sends.
#[derive(Default)]
struct Emulator {
    rows: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

impl Emulator {
    fn feed(&mut self, sent: &str) {
        let mut rest = sent.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\x1b' => {
                    assert_eq!(rest.next(), Some('['));
                    let mut number = String::new();
                    let letter = loop {
                        match rest.next().unwrap() {
                            c @ ('0'..='9' | '?') => number.push(c),
                            c => break c,
                        }
                    };
                    let count: usize = number.parse().unwrap_or(1);
                    match letter {
                        'A' => self.row = self.row.checked_sub(count).expect("above the top"),
                        'B' => self.row += count,
                        'C' => self.column += count,
                        'D' => self.column = self.column.min(19) - count,
                        'J' => {
                            self.rows.truncate(self.row + 1);
                            if let Some(row) = self.rows.get_mut(self.row) {
                                row.truncate(self.column);
                            }
                        }
                        'm' | 'h' | 'l' => {}
                        _ => panic!("{letter}"),
                    }
                }
                '\r' => self.column = 0,
                '\n' => (self.row, self.column) = (self.row + 1, 0),
                '\x08' => self.column = self.column.min(19) - 1,
                c => {
                    let width = text::width::columns(c as u32);
                    if width > 0 && self.column + width > 20 {
                        (self.row, self.column) = (self.row + 1, 0);
                    }
                    self.rows.resize(self.rows.len().max(self.row + 1), Vec::new());
                    let row = &mut self.rows[self.row];
                    row.resize(row.len().max(self.column + width), ' ');
                    if width > 0 {
                        row[self.column] = c;
                        if width == 2 {
                            row[self.column + 1] = '\0';
                        }
                    }
                    self.column += width;
                }
            }
        }
        while self.rows.last().is_some_and(Vec::is_empty) {
            self.rows.pop();
        }
    }
}

fn draw_all(prompt: &str, texts: &[(String, usize)]) -> Emulator {
    let (read, write) = sys::fd::pipe().unwrap();
    let mut draw = Draw::new(write.raw(), true, 20, prompt.as_bytes());
    draw.begin();
    for (text, at) in texts {
        let at = text.char_indices().map(|(at, _)| at).nth(*at).unwrap_or(text.len());
        draw.show(text.as_bytes(), at);
    }
    drop(draw);
    drop(write);
    let mut sent = Vec::new();
    while sys::fd::read_spare(read.raw(), {
        sent.reserve(65536);
        &mut sent
    })
    .unwrap()
        > 0
    {}
    let mut screen = Emulator::default();
    screen.feed(std::str::from_utf8(&sent).unwrap());
    screen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_shown_does_not_depend_on_what_was(
        prompt in "[ab$ 日]{0,50}",
        texts in proptest::collection::vec(("[ab日\n]{0,50}", 0usize..60), 1..6),
    ) {
        let whole = draw_all(&prompt, &texts);
        let last = draw_all(&prompt, &texts[texts.len() - 1..]);
        prop_assert_eq!(&whole.rows, &last.rows);
        prop_assert_eq!((whole.row, whole.column), (last.row, last.column));
    }

    #[test]
    fn any_keys_come_to_an_end(vi: bool, keys in proptest::collection::vec(prop_oneof![any::<u8>(), Just(27u8), proptest::char::range('A', 'z').prop_map(|c| c as u8)], 0..30)) {
        let keys: Vec<u8> = keys.into_iter().filter(|byte| !matches!(byte, 0x18 | b'v')).collect();
        let mut editor = Editor::new(0, 0);
        editor.vi = vi;
        editor.history.add("old lin\u{e9} (x)".as_bytes(), false, false);
        typed(&mut editor, &[&keys[..], b"\x1b[201~\x1b\x1b\n\n\x03\x03"].concat());
    }
}
