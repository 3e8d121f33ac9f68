//! usage: id [-ugGnrz] [USER]... | groups [USER]... | whoami
//!
//! id tells the numbers and names of USERs, or of this process, and of their groups.
//! groups tells only the names of the groups, whoami only the name of the effective user.
//!
//!  -u, --user    only the effective user
//!  -g, --group   only the effective group
//!  -G, --groups  only the groups
//!  -n, --name    names, not numbers
//!  -r, --real    the real ids, not the effective ones
//!  -z, --zero    NUL behind each, not blank or newline
//!  -a            no effect, as in GNU
//!
//! # Notes
//! POSIX.1-2024 id; -z and the other two commands as GNU.

use applet::prelude::*;

applet::options!("id");

/// Whose ids are told: the user, and real and effective numbers.
struct Ids {
    name: Option<Vec<u8>>,
    uid: u32,
    euid: u32,
    gid: u32,
    egid: u32,
    groups: Vec<u32>,
}

impl Ids {
    fn of_process() -> sys::Result<Ids> {
        let egid = sys::process::egid();
        let mut groups = sys::process::groups()?;
        groups.retain(|&group| group != egid);
        groups.insert(0, egid);
        let (uid, euid, gid) = (sys::process::uid(), sys::process::euid(), sys::process::gid());
        Ok(Ids { name: None, uid, euid, gid, egid, groups })
    }

    fn of_user(text: &[u8]) -> Result<Ids> {
        let user = users::user(text).or_else(|| users::user_by_id(users::user_id(text)?));
        let user = user.ok_or_else(|| Error::about(b"'%': no such user", text))?;
        let (uid, gid) = (user.id, user.gid());
        let groups = users::groups_of(user.name(), gid);
        Ok(Ids { name: Some(user.name().to_vec()), uid, euid: uid, gid, egid: gid, groups })
    }

    /// The groups as -G has them: the real one, the effective one, the others.
    fn all_groups(&self) -> Vec<u32> {
        let mut list = Vec::from([self.gid]);
        for &group in [self.egid].iter().chain(&self.groups) {
            if group != self.gid && !(group == self.egid && list.contains(&group)) {
                list.push(group);
            }
        }
        list
    }
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    match cx.name {
        b"whoami" => {
            if let Some(extra) = options.operands.first() {
                return Err(Error::extra_operand(extra));
            }
            let name = users::user_by_id(sys::process::euid());
            let name = name.ok_or_else(|| unnamed(b"user", sys::process::euid()))?;
            cx.out.line(name.name());
        }
        b"groups" => groups(cx, &options.operands)?,
        _ => id(cx, &options)?,
    }
    Ok(cx.status())
}

#[cold]
fn unnamed(what: &[u8], id: u32) -> Error {
    Error::parts(&[b"cannot find name for ", what, b" ID ", num::dec(id.into(), &mut num::new_buf())])
}

/// Writes a name or a number.
fn put(cx: &mut Context, what: &[u8], id: u32, named: bool) {
    let record = match (named, what) {
        (false, _) => None,
        (_, b"user") => users::user_by_id(id),
        _ => users::group_by_id(id),
    };
    match record {
        Some(record) => cx.out.write(record.name()),
        None => {
            cx.out.decimal(id.into());
            if named {
                cx.report(unnamed(what, id));
            }
        }
    }
}

fn groups(cx: &mut Context, operands: &[&[u8]]) -> Result {
    let list = |cx: &mut Context, ids: &Ids| {
        for (index, group) in ids.all_groups().into_iter().enumerate() {
            if index > 0 {
                cx.out.byte(b' ');
            }
            put(cx, b"group", group, true);
        }
        cx.out.byte(b'\n');
    };
    if operands.is_empty() {
        list(cx, &Ids::of_process()?);
    }
    for user in operands {
        match Ids::of_user(user) {
            Ok(ids) => {
                cx.out.write(user);
                cx.out.write(b" : ");
                list(cx, &ids);
            }
            Err(error) => cx.report(error),
        }
    }
    Ok(())
}

fn id(cx: &mut Context, options: &Options) -> Result {
    let kinds = [opt::USER, opt::GROUP, opt::GROUPS];
    let only = options.last(&kinds);
    if kinds.iter().filter(|&&kind| options.has(kind)).count() > 1 {
        return Err(Error::usage(&[b"cannot print \"only\" of more than one choice"]));
    }
    let (named, real, zero) = (options.has(opt::NAME), options.has(opt::REAL), options.has(opt::ZERO));
    if only.is_none() && (named || real) {
        return Err(Error::usage(&[b"cannot print only names or real IDs in default format"]));
    }
    if only.is_none() && zero {
        return Err(Error::usage(&[b"option --zero not permitted in default format"]));
    }
    let show = |cx: &mut Context, ids: &Ids| {
        let end = if zero { 0 } else { b'\n' };
        match only {
            Some(opt::USER) => put(cx, b"user", if real { ids.uid } else { ids.euid }, named),
            Some(opt::GROUP) => put(cx, b"group", if real { ids.gid } else { ids.egid }, named),
            Some(_) => {
                for (index, group) in ids.all_groups().into_iter().enumerate() {
                    if index > 0 {
                        cx.out.byte(if zero { 0 } else { b' ' });
                    }
                    put(cx, b"group", group, named);
                }
                if zero && options.operands.len() > 1 {
                    cx.out.byte(0);
                }
            }
            None => all(cx, ids),
        }
        cx.out.byte(end);
    };
    if options.operands.is_empty() {
        show(cx, &Ids::of_process()?);
    }
    for user in &options.operands {
        match Ids::of_user(user) {
            Ok(ids) => show(cx, &ids),
            Err(error) => cx.report(error),
        }
    }
    Ok(())
}

/// `uid=0(root) gid=0(root) groups=0(root)`.
fn all(cx: &mut Context, ids: &Ids) {
    let part = |cx: &mut Context, label: &[u8], id: u32, record: Option<users::Record>| {
        cx.out.write(label);
        cx.out.decimal(id.into());
        if let Some(record) = record {
            cx.out.byte(b'(');
            cx.out.write(record.name());
            cx.out.byte(b')');
        }
    };
    let user = match &ids.name {
        Some(name) => users::user(name),
        None => users::user_by_id(ids.uid),
    };
    part(cx, b"uid=", ids.uid, user);
    part(cx, b" gid=", ids.gid, users::group_by_id(ids.gid));
    if ids.euid != ids.uid {
        part(cx, b" euid=", ids.euid, users::user_by_id(ids.euid));
    }
    if ids.egid != ids.gid {
        part(cx, b" egid=", ids.egid, users::group_by_id(ids.egid));
    }
    for (index, &group) in ids.groups.iter().enumerate() {
        let label: &[u8] = if index == 0 { b" groups=" } else { b"," };
        part(cx, label, group, users::group_by_id(group));
    }
}
