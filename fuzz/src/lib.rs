//! Calls applets inside the fuzzer's process.
//!
//! Of the bytes that a target is given, the first one chooses the environment; then come the arguments, one a line, and
//! behind an empty line what standard input holds.

use std::sync::Once;
use std::time::Duration;

use applet::{Context, Exit, Result};
use io::Writer;

/// The `main` of an applet.
pub type Main = fn(&mut Context) -> Result<Exit>;

/// Makes descriptor 0 a file in memory, and the working directory an empty one below `$TMPDIR`: `sort -o x` writes
/// there. `cargo xtask fuzz` removes it.
fn isolate() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let folder = std::env::temp_dir().join(format!("cairn-fuzz-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a scratch folder");
        std::env::set_current_dir(&folder).expect("a scratch folder");
        // SAFETY: plain system calls; the descriptor is used for nothing else.
        unsafe {
            let file = libc::memfd_create(c"input".as_ptr(), 0);
            assert!(file > 0 && libc::dup2(file, 0) == 0);
            libc::close(file);
        }
    });
}

fn set_input(input: &[u8]) {
    // SAFETY: descriptor 0 is the file in memory; the buffer is as long as said.
    unsafe {
        assert!(libc::ftruncate(0, 0) == 0);
        assert!(libc::pwrite(0, input.as_ptr().cast(), input.len(), 0) == input.len() as isize);
        assert!(libc::lseek(0, 0, libc::SEEK_SET) == 0);
    }
}

/// Runs an applet; its standard output, and its status if it did not end with an error.
pub fn call(
    main: Main,
    name: &[u8],
    args: &[&[u8]],
    environment: &[&[u8]],
    input: &[u8],
) -> (Vec<u8>, Option<u8>) {
    isolate();
    set_input(input);
    let mut cx = Context::new(name, args, environment, Writer::memory(), &applet::EMPTY_HOUSE);
    let status = main(&mut cx).ok().map(|exit| exit.0);
    (cx.out.take(), status)
}

/// The arguments and the input that the bytes behind the first one stand for.
pub fn split(data: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let end = data.windows(2).position(|pair| pair == b"\n\n");
    let (args, input) = end.map_or((data, &b""[..]), |end| (&data[..end], &data[end + 2..]));
    if args.is_empty() {
        return (Vec::new(), input);
    }
    // The kernel hands over no argument with a NUL in it.
    (args.split(|&byte| byte == b'\n' || byte == 0).collect(), input)
}

/// Runs an applet on what the fuzzer made up.
pub fn run(main: Main, name: &[u8], data: &[u8]) {
    let Some((&choice, data)) = data.split_first() else { return };
    let (args, input) = split(data);
    let environment: &[&[u8]] = match choice & 3 {
        0 => &[b"LC_ALL=C"],
        1 => &[b"LC_ALL=C.UTF-8"],
        2 => &[b"LC_ALL=C", b"POSIXLY_CORRECT=1"],
        _ => &[],
    };
    call(main, name, &args, environment, input);
}

/// As [`run`], for applets that read or write files: those outside of the scratch folder are out of their reach.
pub fn run_on_files(main: Main, name: &[u8], data: &[u8]) {
    if !data.contains(&b'/') {
        run(main, name, data);
    }
}

/// What this process has used: unlike a clock's time, it does not depend on how busy the machine is.
fn processor_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a plain system call that fills in the structure.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// As [`run`], for applets that compute: an answer takes no second.
pub fn run_soon(main: Main, name: &[u8], data: &[u8]) {
    let start = processor_time();
    run(main, name, data);
    let used = processor_time() - start;
    assert!(used < Duration::from_secs(1), "took {used:?}");
}

/// Whether somewhere `most` digits or more stand in a row: such a width is obeyed, and takes memory and time.
pub fn has_long_number(text: &[u8], most: usize) -> bool {
    text.split(|byte| !byte.is_ascii_hexdigit()).any(|digits| digits.len() >= most)
}

/// A `PATH` where there are no commands: a shell under test must not start any.
pub const NOWHERE: &[u8] = b"PATH=/nowhere";

/// Whether a shell that runs `text` as a part of a command starts nothing, writes nothing and reads nothing: no command
/// ends in it or begins, and there is no redirection. A newline ends a command, a `/` leads out of the scratch folder.
pub fn is_harmless(text: &[u8]) -> bool {
    !text.iter().any(|byte| b"\0\n;&|<>()`'\"/".contains(byte))
}
