//! usage: uname [-amnoprsiv] | arch
//!
//! Print what system this is: the kernel's name, or what the options ask for, in a fixed order. arch prints uname -m.
//!
//!  -a, --all                all of it, without -p and -i where they are unknown
//!  -s, --kernel-name        the kernel's name
//!  -n, --nodename           the machine's name in the network
//!  -r, --kernel-release     the kernel's release
//!  -v, --kernel-version     the kernel's version
//!  -m, --machine            the machine's kind
//!  -p, --processor          the processor's kind
//!  -i, --hardware-platform  the platform
//!  -o, --operating-system   the system's name
//!
//! # Notes
//! POSIX.1-2024 uname; -p, -i, -o as GNU.

use applet::prelude::*;

applet::options!("uname");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    if let Some(extra) = options.operands.first() {
        return Err(Error::extra_operand(extra));
    }
    let uname = sys::host::uname()?;
    if cx.name == b"arch" {
        if !options.list.is_empty() {
            return Err(Error::usage(&[b"arch has no options"]));
        }
        cx.out.line(uname.machine());
        return Ok(cx.status());
    }
    let fields: [(u8, &[u8], bool); 8] = [
        (opt::KERNEL_NAME, uname.system(), true),
        (opt::NODENAME, uname.node(), true),
        (opt::KERNEL_RELEASE, uname.release(), true),
        (opt::KERNEL_VERSION, uname.version(), true),
        (opt::MACHINE, uname.machine(), true),
        (opt::PROCESSOR, b"unknown", false),
        (opt::HARDWARE_PLATFORM, b"unknown", false),
        (opt::OPERATING_SYSTEM, b"GNU/Linux", true),
    ];
    let all = options.has(opt::ALL);
    let mut line = Vec::new();
    for (id, text, in_all) in fields {
        let by_default = options.list.is_empty() && id == opt::KERNEL_NAME;
        if by_default || options.has(id) || all && in_all {
            line.extend_from_slice(text);
            line.push(b' ');
        }
    }
    line.pop();
    cx.out.line(&line);
    Ok(cx.status())
}
