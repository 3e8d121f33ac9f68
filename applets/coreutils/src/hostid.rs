//! usage: hostid
//!
//! Print the number of this host in hexadecimal.
//!
//! # Notes
//! As GNU: what /etc/hostid holds, or else the halves of the host's IPv4 address (of /etc/hosts), exchanged.

use applet::prelude::*;

applet::options!("hostid");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    if let Some(extra) = options.operands.first() {
        return Err(Error::extra_operand(extra));
    }
    let number = match sys::fs::read_file(b"/etc/hostid", 4).as_deref() {
        Ok(&[a, b, c, d]) => u32::from_ne_bytes([a, b, c, d]),
        _ => address().unwrap_or(0).rotate_left(16),
    };
    let mut line = Vec::new();
    num::push_radix(&mut line, number.into(), 16, 8);
    cx.out.line(&line);
    Ok(cx.status())
}

/// The host's address as it is in memory.
fn address() -> Option<u32> {
    let host = sys::host::uname().ok()?;
    let hosts = sys::fs::read_file(b"/etc/hosts", 1 << 20).ok()?;
    hosts.split(|&byte| byte == b'\n').find_map(|line| {
        let line = line.split(|&byte| byte == b'#').next().unwrap_or_default();
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let address = words.next()?;
        words.find(|word| *word == host.node())?;
        let mut bytes = [0; 4];
        let mut parts = address.split(|&byte| byte == b'.');
        for byte in &mut bytes {
            *byte = u8::try_from(num::parse_u64(parts.next()?).ok()?).ok()?;
        }
        parts.next().is_none().then_some(u32::from_ne_bytes(bytes))
    })
}
