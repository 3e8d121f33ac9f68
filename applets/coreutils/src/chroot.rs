//! usage: chroot [--userspec=USER[:GROUP]] [--groups=LIST] [--skip-chdir] NEWROOT [COMMAND [ARG]...]
//!
//! Run COMMAND (an interactive $SHELL or /bin/sh) with NEWROOT as its root folder.
//!
//!  --userspec=USER[:GROUP]  run as that user and group, names or numbers
//!  --groups=LIST            supplementary groups, separated by commas
//!  --skip-chdir             stay in the working folder; only where NEWROOT is /
//!
//! # Notes
//! GNU's command. Status 125: chroot failed, 126: COMMAND cannot run, 127: not found.

use applet::prelude::*;

applet::options!("chroot");

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.failure = 125;
    let options = cx.leading_options(opt::GRAMMAR)?;
    let [root, command @ ..] = options.operands.as_slice() else {
        return Err(Error::missing_operand());
    };
    if options.has(opt::SKIP_CHDIR) && *root != b"/" {
        return Err(Error::usage(&[b"option --skip-chdir only permitted if NEWROOT is '/'"]));
    }
    sys::fs::chroot(root).at(root)?;
    if !options.has(opt::SKIP_CHDIR) {
        sys::fs::chdir(b"/").at(b"/")?;
    }
    // Names are those of the new root.
    change_ids(&options)?;
    let shell = cx.var(b"SHELL").filter(|shell| !shell.is_empty()).unwrap_or(b"/bin/sh");
    let default = [shell, b"-i"];
    let command = if command.is_empty() { &default[..] } else { command };
    Err(cx.exec(command, cx.environment()))
}

fn change_ids(options: &Options) -> Result {
    let mut user = None;
    let mut group = None;
    if let Some(spec) = options.value(opt::USERSPEC) {
        (user, group) = users::parse_owner(spec).map_err(|why| Error::parts(&[why, b": '", spec, b"'"]))?;
    }
    if let Some(list) = options.value(opt::GROUPS) {
        let mut groups = Vec::new();
        for name in list.split(|&byte| byte == b',').filter(|name| !name.is_empty()) {
            groups.push(users::group_id(name).ok_or_else(|| Error::about(b"invalid group '%'", name))?);
        }
        sys::process::set_groups(&groups).at(b"failed to set supplementary groups")?;
    }
    if let Some(gid) = group {
        if !options.has(opt::GROUPS) {
            sys::process::set_groups(&[gid]).at(b"failed to set supplementary groups")?;
        }
        sys::process::set_gid(gid).at(b"failed to set group-ID")?;
    }
    if let Some(uid) = user {
        sys::process::set_uid(uid).at(b"failed to set user-ID")?;
    }
    Ok(())
}
