//! usage: mim [-f FILE] [SHELL_OPTIONS] [TARGET [ARG]...]
//!
//! Run the commands of TARGET, or of the first target, in a Mimfile. Lines `NAME:` or `NAME|NAME:` begin a target; the
//! shell commands before the first one are run always.
//!
//!  -f FILE  read FILE, not Mimfile

use applet::prelude::*;

applet::options!("mim");

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.answer_help()?;
    // Options of the shell may have any letter: only -f is ours.
    let (file, args) = match cx.args {
        [b"-f"] => return Err(Error::usage(&[b"option requires an argument -- 'f'"])),
        [b"-f", file, rest @ ..] => (*file, rest),
        [first, rest @ ..] if first.starts_with(b"-f") => (first.get(2..).unwrap_or_default(), rest),
        args => (&b"Mimfile"[..], args),
    };
    let targets = args.iter().position(|arg| !arg.starts_with(b"-")).unwrap_or(args.len());
    let (options, targets) = args.split_at_checked(targets).unwrap_or_default();
    let script = script(&cx.open(file)?.rest().at(file)?);
    let mut command: Vec<&[u8]> = alloc::vec![b"sh"];
    command.extend(options);
    command.extend([&b"-c"[..], &script, b"sh"]);
    command.extend(targets);
    Err(cx.exec(&command, cx.environment()))
}

/// The shell script that a Mimfile stands for: a `case` with its targets.
fn script(text: &[u8]) -> Vec<u8> {
    let mut script = Vec::new();
    let mut first = true;
    for line in text.split(|&byte| byte == b'\n') {
        let Some(names) = line.trim_ascii().strip_suffix(b":") else {
            script.extend_from_slice(line);
            script.push(b'\n');
            continue;
        };
        if first {
            let default = names.split(|&byte| byte == b'|').next().unwrap_or_default();
            let parts = [b"[ $# -eq 0 ] && set -- '", default, b"'\nTARGET=$1\nshift\ncase $TARGET in\n"];
            script.extend_from_slice(&parts.concat());
        } else {
            script.extend_from_slice(b";;\n");
        }
        first = false;
        script.extend_from_slice(names);
        script.extend_from_slice(b")\n");
    }
    if !first {
        script.extend_from_slice(b";;\n*)\necho \"Unknown command $TARGET\"\nexit 1\n;;\nesac\n");
    }
    script
}
