//! Names without links and detours.

use alloc::vec::Vec;
use sys::{Errno, Result, libc};

/// How many links are followed before it is a loop.
const LINKS: usize = 40;

/// The absolute name of a file without links, `.` and `..`; components that do not exist stay as they are.
pub fn name(path: &[u8]) -> Result<Vec<u8>> {
    if path.is_empty() {
        return Err(Errno(libc::ENOENT));
    }
    let mut done = if path.starts_with(b"/") { Vec::new() } else { sys::fs::current_dir()? };
    if done == b"/" {
        done.clear();
    }
    // What is still to do, the next component last.
    let mut rest: Vec<Vec<u8>> = Vec::new();
    push(path, &mut rest);
    let mut links = 0;
    while let Some(component) = rest.pop() {
        if component == b".." {
            let up = done.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
            done.truncate(up);
            continue;
        }
        let length = done.len();
        done.push(b'/');
        done.extend_from_slice(&component);
        if let Ok(target) = sys::fs::readlinkat(sys::fd::CWD, &done) {
            links += 1;
            if links > LINKS {
                return Err(Errno(libc::ELOOP));
            }
            done.truncate(if target.starts_with(b"/") { 0 } else { length });
            push(&target, &mut rest);
        }
    }
    if done.is_empty() {
        done.push(b'/');
    }
    Ok(done)
}

fn push(path: &[u8], rest: &mut Vec<Vec<u8>>) {
    let components = path.rsplit(|&byte| byte == b'/').filter(|component| !matches!(*component, [] | b"."));
    rest.extend(components.map(<[u8]>::to_vec));
}

/// The way from the folder `from` to `to`, both canonical.
pub fn between(from: &[u8], to: &[u8]) -> Vec<u8> {
    let components = |path: &[u8]| {
        path.split(|&byte| byte == b'/')
            .filter(|part| !part.is_empty())
            .map(<[u8]>::to_vec)
            .collect::<Vec<_>>()
    };
    let (from, to) = (components(from), components(to));
    let common = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
    let mut way: Vec<&[u8]> = from.iter().skip(common).map(|_| &b".."[..]).collect();
    way.extend(to.iter().skip(common).map(Vec::as_slice));
    if way.is_empty() { b".".to_vec() } else { way.join(&b'/') }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways() {
        for (from, to, way) in [
            ("/a/b", "/a/c/d", "../c/d"),
            ("/a/b", "/a/b", "."),
            ("/", "/x", "x"),
            ("/a", "/", ".."),
            ("/a/b", "/a", ".."),
        ] {
            assert_eq!(between(from.as_bytes(), to.as_bytes()), way.as_bytes(), "{from} {to}");
        }
    }

    #[test]
    fn without_detours() {
        let folder = std::env::temp_dir().join(std::format!("cairn-canonical-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("d")).unwrap();
        std::os::unix::fs::symlink("d", folder.join("l")).unwrap();
        std::os::unix::fs::symlink("self", folder.join("self")).unwrap();
        let real = folder.canonicalize().unwrap();
        let path = folder.join("l/./no//where/../x");
        assert_eq!(
            name(path.to_str().unwrap().as_bytes()),
            Ok(real.join("d/no/x").to_str().unwrap().as_bytes().to_vec())
        );
        assert_eq!(name(folder.join("self").to_str().unwrap().as_bytes()), Err(Errno(libc::ELOOP)));
        assert_eq!(name(b"/.."), Ok(b"/".to_vec()));
        assert_eq!(name(b""), Err(Errno(libc::ENOENT)));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
