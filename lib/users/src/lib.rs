//! Users and groups by name and number, out of `/etc/passwd` and `/etc/group`.
//!
//! - [`Names`]: the names of many numbers (`ls -l`), each looked up once;
//! - [`user`], [`user_by_id`], [`group`], [`group_by_id`]: an entry;
//! - [`user_id`], [`group_id`], [`parse_owner`]: what a command line says.
//!
//! A line that is not an entry (too few fields, no number, no name, NIS's `+` and `-`) is passed over.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod sessions;

use alloc::vec::Vec;

const USERS: &[u8] = b"/etc/passwd";
const GROUPS: &[u8] = b"/etc/group";
/// More of a file than this is not read.
const LIMIT: usize = 1 << 26;

/// One line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    line: Vec<u8>,
    /// The user's or group's number.
    pub id: u32,
}

impl Record {
    /// A field, from 0; empty where there is none.
    pub fn field(&self, index: usize) -> &[u8] {
        field(&self.line, index)
    }

    /// The name.
    pub fn name(&self) -> &[u8] {
        self.field(0)
    }

    /// Of a user: the number of the login group.
    pub fn gid(&self) -> u32 {
        number(self.field(3)).unwrap_or(u32::MAX)
    }

    /// Of a user: the full name and whatever else stands with it, after commas.
    pub fn full_name(&self) -> &[u8] {
        self.field(4)
    }

    /// Of a user: the home directory.
    pub fn home(&self) -> &[u8] {
        self.field(5)
    }

    /// Of a user: the login shell; empty for the system's usual one.
    pub fn shell(&self) -> &[u8] {
        self.field(6)
    }

    /// Of a group: the names of its members.
    pub fn members(&self) -> impl Iterator<Item = &[u8]> {
        self.field(3).split(|&byte| byte == b',').filter(|name| !name.is_empty())
    }
}

fn field(line: &[u8], index: usize) -> &[u8] {
    line.split(|&byte| byte == b':').nth(index).unwrap_or_default()
}

/// A number of 32 bits that is not the one for "none".
fn number(text: &[u8]) -> Option<u32> {
    u32::try_from(num::parse_u64(text).ok()?).ok().filter(|&id| id != u32::MAX)
}

/// The entries of a file's contents as lines and numbers.
fn entries(file: &[u8]) -> impl Iterator<Item = (&[u8], u32)> {
    file.split(|&byte| byte == b'\n').filter_map(|line| {
        let id = number(field(line, 2))?;
        (!matches!(line.first(), Some(b':' | b'+' | b'-'))).then_some((line, id))
    })
}

fn read(path: &[u8]) -> Vec<u8> {
    sys::fs::read_file(path, LIMIT).unwrap_or_default()
}

/// The first entry of a file's contents with that name, or, without a name, that number.
fn find(file: &[u8], name: Option<&[u8]>, id: u32) -> Option<Record> {
    let (line, id) = entries(file).find(|(line, other)| match name {
        Some(name) => field(line, 0) == name,
        None => *other == id,
    })?;
    Some(Record { line: line.to_vec(), id })
}

/// The user called `name`.
pub fn user(name: &[u8]) -> Option<Record> {
    find(&read(USERS), Some(name), 0)
}

/// The user with a number.
pub fn user_by_id(uid: u32) -> Option<Record> {
    find(&read(USERS), None, uid)
}

/// The group called `name`.
pub fn group(name: &[u8]) -> Option<Record> {
    find(&read(GROUPS), Some(name), 0)
}

/// The group with a number.
pub fn group_by_id(gid: u32) -> Option<Record> {
    find(&read(GROUPS), None, gid)
}

/// The number of a user given by name or, when none is called that, by number; `+0` is a number in any case.
pub fn user_id(text: &[u8]) -> Option<u32> {
    id_of(text, USERS)
}

/// The number of a group given by name or number, as [`user_id`].
pub fn group_id(text: &[u8]) -> Option<u32> {
    id_of(text, GROUPS)
}

fn id_of(text: &[u8], path: &[u8]) -> Option<u32> {
    match text {
        [b'+', digits @ ..] => number(digits),
        _ => find(&read(path), Some(text), 0).map(|entry| entry.id).or_else(|| number(text)),
    }
}

/// The groups a user is in: the login group `gid`, then those that list the user as a member, in the file's order.
pub fn groups_of(name: &[u8], gid: u32) -> Vec<u32> {
    groups_in(&read(GROUPS), name, gid)
}

fn groups_in(file: &[u8], name: &[u8], gid: u32) -> Vec<u32> {
    let mut list = Vec::from([gid]);
    for (line, id) in entries(file) {
        if field(line, 3).split(|&byte| byte == b',').any(|member| member == name) && !list.contains(&id) {
            list.push(id);
        }
    }
    list
}

/// Owner and group of `USER`, `USER:GROUP`, `USER:` (with the user's login group), `:GROUP`, and `USER.GROUP` where no
/// user is called that; what is not given is `None`. The error says what is wrong: `invalid user`, `invalid group`,
/// `invalid spec`.
pub fn parse_owner(spec: &[u8]) -> Result<(Option<u32>, Option<u32>), &'static [u8]> {
    let split = |separator: u8| spec.iter().position(|&byte| byte == separator);
    if let Some(at) = split(b':') {
        return pair(spec, at);
    }
    match (user_id(spec), split(b'.')) {
        (Some(uid), _) => Ok((Some(uid), None)),
        (None, Some(at)) => pair(spec, at).map_err(|_| &b"invalid user"[..]),
        (None, None) if spec.is_empty() => Ok((None, None)),
        (None, None) => Err(b"invalid user"),
    }
}

fn pair(spec: &[u8], at: usize) -> Result<(Option<u32>, Option<u32>), &'static [u8]> {
    let owner = spec.get(..at).unwrap_or_default();
    let group = spec.get(at + 1..).unwrap_or_default();
    let uid = if owner.is_empty() { None } else { Some(user_id(owner).ok_or(&b"invalid user"[..])?) };
    let gid = match (group, uid) {
        ([], None) => None,
        ([], Some(_)) => Some(user(owner).ok_or(&b"invalid spec"[..])?.gid()),
        _ => Some(group_id(group).ok_or(&b"invalid group"[..])?),
    };
    Ok((uid, gid))
}

/// Names of numbers. The file is read once, and each number looked for once.
pub struct Names {
    path: &'static [u8],
    file: Option<Vec<u8>>,
    /// Numbers in order, each with the place of its name in the file; an empty one stands for none.
    known: Vec<(u32, usize, usize)>,
}

impl Names {
    /// Names of users.
    pub fn of_users() -> Names {
        Names { path: USERS, file: None, known: Vec::new() }
    }

    /// Names of groups.
    pub fn of_groups() -> Names {
        Names { path: GROUPS, file: None, known: Vec::new() }
    }

    /// All names.
    pub fn all(&mut self) -> Vec<Vec<u8>> {
        let file = self.file.get_or_insert_with(|| read(self.path));
        entries(file).map(|(line, _)| field(line, 0).to_vec()).collect()
    }

    /// The name of a number, if it has one.
    pub fn get(&mut self, id: u32) -> Option<&[u8]> {
        let file = self.file.get_or_insert_with(|| read(self.path));
        let index = match self.known.binary_search_by_key(&id, |known| known.0) {
            Ok(index) => index,
            Err(index) => {
                let place = entries(file).find(|entry| entry.1 == id).map_or((0, 0), |(line, _)| {
                    let start = (line.as_ptr() as usize).wrapping_sub(file.as_ptr() as usize);
                    (start, start + field(line, 0).len())
                });
                self.known.insert(index, (id, place.0, place.1));
                index
            }
        };
        let (_, start, end) = *self.known.get(index)?;
        file.get(start..end).filter(|name| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] =
        b"root:x:0:0:root:/root:/bin/sh\n\nbad\n:x:7:7::/:\n+::7:::\nno:x:y:0::/:\nhuge:x:4294967295:1::/:\n\
        ann:x:1000:100:Ann,1:/home/ann:/bin/zsh\ntwin:x:1000:1::/:\nlast:x:5:6::/:";

    #[test]
    fn finds_entries_and_passes_over_others() {
        let ann = find(FILE, Some(b"ann"), 0).unwrap();
        assert_eq!((ann.id, ann.gid()), (1000, 100));
        assert_eq!((ann.name(), ann.full_name()), (&b"ann"[..], &b"Ann,1"[..]));
        assert_eq!((ann.home(), ann.shell()), (&b"/home/ann"[..], &b"/bin/zsh"[..]));
        assert_eq!(find(FILE, None, 1000), Some(ann));
        assert_eq!(find(FILE, None, 5).unwrap().name(), b"last");
        for name in [&b"bad"[..], b"", b"no", b"huge", b"+", b"an"] {
            assert_eq!(find(FILE, Some(name), 0), None, "{name:?}");
        }
        assert_eq!(find(FILE, None, 7), None);
    }

    #[test]
    fn groups() {
        let file = b"a:x:1:ann,bob\nb:x:2:bob\nc:x:3:xann,ann\nd:x:1:ann\n";
        assert_eq!(groups_in(file, b"ann", 9), [9, 1, 3]);
        assert_eq!(groups_in(file, b"bob", 2), [2, 1]);
        assert_eq!(find(file, Some(b"a"), 0).unwrap().members().collect::<Vec<_>>(), [&b"ann"[..], b"bob"]);
    }

    #[test]
    fn names_are_cached() {
        let mut names = Names { path: b"/nowhere", file: Some(FILE.to_vec()), known: Vec::new() };
        for _ in 0..2 {
            assert_eq!(names.get(1000), Some(&b"ann"[..]));
            assert_eq!(names.get(0), Some(&b"root"[..]));
            assert_eq!(names.get(77), None);
        }
        assert_eq!(names.known.len(), 3);
    }

    /// Every Unix has root, and its number is 0.
    #[test]
    fn owners() {
        assert_eq!(parse_owner(b"root"), Ok((Some(0), None)));
        assert_eq!(parse_owner(b"root:"), Ok((Some(0), Some(0))));
        assert_eq!(parse_owner(b"root:12"), Ok((Some(0), Some(12))));
        assert_eq!(parse_owner(b"0.12"), Ok((Some(0), Some(12))));
        assert_eq!(parse_owner(b":+7"), Ok((None, Some(7))));
        assert_eq!(parse_owner(b"+0"), Ok((Some(0), None)));
        assert_eq!(parse_owner(b":"), Ok((None, None)));
        assert_eq!(parse_owner(b""), Ok((None, None)));
        assert_eq!(parse_owner(b"no such"), Err(&b"invalid user"[..]));
        assert_eq!(parse_owner(b"0:no such"), Err(&b"invalid group"[..]));
        assert_eq!(parse_owner(b"4294967294:"), Err(&b"invalid spec"[..]));
        assert_eq!(parse_owner(b"4294967295"), Err(&b"invalid user"[..]));
    }
}
