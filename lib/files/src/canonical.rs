//! Names without links and detours.

use alloc::vec::Vec;
use sys::{Errno, Result, libc};

/// How many links are followed before it is a loop.
const LINKS: usize = 40;

/// Which components of a name may be missing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// None.
    None,
    /// The last one.
    Last,
    /// All; nor need they be directories where others follow.
    All,
}

/// The absolute name of a file without links, `.` and `..`; components that do not exist stay as they are.
pub fn name(path: &[u8]) -> Result<Vec<u8>> {
    resolve(path, Missing::All, true)
}

/// As [`name`], with a say in what may be missing, and whether `links` are replaced by what they lead to.
pub fn resolve(path: &[u8], missing: Missing, links: bool) -> Result<Vec<u8>> {
    if path.is_empty() {
        return Err(Errno(libc::ENOENT));
    }
    let mut done = if path.starts_with(b"/") { Vec::new() } else { sys::fs::current_dir()? };
    if done == b"/" {
        done.clear();
    }
    let mut rest = path.to_vec();
    let mut at = 0;
    let mut followed = 0;
    while let Some(tail) = rest.get(at..) {
        let component = tail.split(|&byte| byte == b'/').next().unwrap_or_default();
        at += component.len() + 1;
        if matches!(component, b"" | b".") {
            continue;
        }
        let length = done.len();
        if component == b".." {
            let up = done.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
            done.truncate(up);
            continue;
        }
        done.push(b'/');
        done.extend_from_slice(component);
        if let Some(target) = sys::fs::readlinkat(sys::fd::CWD, &done).ok().filter(|_| links) {
            followed += 1;
            if followed > LINKS {
                if missing == Missing::All {
                    // It leads nowhere, as if it were missing.
                    continue;
                }
                return Err(Errno(libc::ELOOP));
            }
            done.truncate(if target.starts_with(b"/") { 0 } else { length });
            // Nothing behind the link: a slash there would ask for a directory.
            rest = match rest.get(at..) {
                Some(tail) => crate::target::join(&target, tail),
                None => target,
            };
            at = 0;
        } else if missing != Missing::All {
            check(&done, rest.get(at - 1..).unwrap_or_default(), missing)?;
        }
    }
    if done.is_empty() {
        done.push(b'/');
    }
    Ok(done)
}

/// Whether a component is there as it must be; `rest` is what comes behind it.
fn check(done: &[u8], rest: &[u8], missing: Missing) -> Result<()> {
    let is_last = rest.iter().all(|&byte| byte == b'/');
    match sys::fs::stat(done) {
        Ok(stat) if !rest.is_empty() && !stat.is_dir() => Err(Errno(libc::ENOTDIR)),
        Err(Errno(libc::ENOENT)) if missing == Missing::Last && is_last => Ok(()),
        Err(errno) => Err(errno),
        Ok(_) => Ok(()),
    }
}

/// The way from the folder `from` to `to`, both canonical.
pub fn between(from: &[u8], to: &[u8]) -> Vec<u8> {
    // The last slash up to which both are the same component by component.
    let ends = |path: &[u8], at: usize| matches!(path.get(at), None | Some(b'/'));
    let same = from.iter().zip(to).take_while(|(one, other)| one == other).count();
    let common = (0..=same).rev().find(|&at| ends(from, at) && ends(to, at)).unwrap_or(0);
    let rest = |path: &[u8]| {
        path.get(common..).unwrap_or_default().iter().position(|&byte| byte != b'/').map(|at| common + at)
    };
    let mut way = Vec::new();
    if let Some(start) = rest(from) {
        for _ in from.get(start..).unwrap_or_default().split(|&byte| byte == b'/') {
            way.extend_from_slice(b"../");
        }
    }
    match rest(to) {
        Some(start) => way.extend_from_slice(to.get(start..).unwrap_or_default()),
        None if way.is_empty() => way.push(b'.'),
        None => way.truncate(way.len() - 1),
    }
    way
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
        let own = folder.join("self");
        let own = own.to_str().unwrap().as_bytes();
        assert_eq!(resolve(own, Missing::Last, true), Err(Errno(libc::ELOOP)));
        assert_eq!(name(own), Ok(real.join("self").to_str().unwrap().as_bytes().to_vec()));
        assert_eq!(name(b"/.."), Ok(b"/".to_vec()));
        assert_eq!(name(b""), Err(Errno(libc::ENOENT)));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
