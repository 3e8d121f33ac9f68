//! usage: install [OPTIONS] SOURCE DEST | install [OPTIONS] SOURCE... DIRECTORY | install -d [OPTIONS] DIRECTORY...
//!
//! Copy files and set their permissions and owner, or make directories.
//!
//!  -d, --directory           make the DIRECTORYs, and those above them
//!  -D                        make the directories above DEST, or the -t DIRECTORY
//!  -m, --mode=MODE           permissions, as for chmod; not rwxr-xr-x
//!  -o, --owner=OWNER         owner
//!  -g, --group=GROUP         group
//!  -p, --preserve-timestamps  keep the times
//!  -s, --strip               remove the symbols of programs
//!  --strip-program=PROGRAM   by this program, not strip
//!  -c                        no effect: it copies anyway
//!  -C, --compare             leave files alone that are as they would become
//!  -b                        keep what is in the way under another name
//!  --backup[=CONTROL]        the same; CONTROL is none, simple, numbered or existing
//!  -S, --suffix=SUFFIX       what such a name ends in (~)
//!  -t, --target-directory=DIRECTORY  where the copies go
//!  -T, --no-target-directory  DEST is no directory to copy into
//!  -v, --verbose             tell of everything made
//!
//! # Notes
//! Options as GNU and BusyBox. A copy takes the place of another file in a single step, when it is complete.

use applet::prelude::*;
use files::backup::Backup;
use files::data::{Copier, Reflink, Side, Sparse};
use files::mode::Mode;
use files::target::{Ids, folder_name, trim_slashes};
use files::temporary::Replacement;
use sys::fd::CWD;
use sys::fs::Stat;

applet::options!("install");

const IDS: Ids = Ids {
    folder: opt::TARGET_DIRECTORY,
    plain: opt::NO_TARGET_DIRECTORY,
    backup: (opt::b, opt::BACKUP, opt::SUFFIX),
};

/// What every file and directory gets.
struct Install<'a> {
    options: Box<Options<'a>>,
    mode: Mode,
    uid: Option<u32>,
    gid: Option<u32>,
    backup: Backup,
    copier: Copier,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let id = |option, find: fn(&[u8]) -> Option<u32>, what: &[u8]| match options.value(option) {
        Some(text) => find(text).map(Some).ok_or_else(|| Error::parts(&[what, b" '", text, b"'"])),
        None => Ok(None),
    };
    let mut install = Install {
        mode: Mode::required(options.value(opt::MODE).unwrap_or(b"755"))?,
        uid: id(opt::OWNER, users::user_id, b"invalid user")?,
        gid: id(opt::GROUP, users::group_id, b"invalid group")?,
        backup: IDS.backup(cx, &options)?,
        copier: Copier::new(Sparse::Auto, Reflink::Auto),
        options,
    };
    let operands = install.options.operands.clone();
    let _umask = files::folders::Umask::set(0o022);
    if install.options.has(opt::DIRECTORY) {
        if operands.is_empty() {
            return Err(Error::usage(&[b"missing file operand"]));
        }
        for name in operands {
            if let Err(error) = install.directory(cx, name) {
                cx.report_at(name, error);
            }
        }
        return Ok(cx.status());
    }
    let folder = install.options.value(opt::TARGET_DIRECTORY);
    let leading = install.options.has(opt::D);
    if let Some(folder) = folder.filter(|_| leading) {
        install.folders(cx, folder, folder.len())?;
        install.plain_directory(cx, folder)?;
    }
    let target = IDS.target(&install.options, &operands, true)?;
    for source in &target.sources {
        let name = target.of(source);
        let made = if leading && target.folder().is_none() {
            install.folders(cx, &name, name.len())
        } else {
            Ok(())
        };
        if let Err(error) = made.and_then(|()| install.file(cx, source, &name)) {
            cx.report_at(source, error);
        }
    }
    Ok(cx.status())
}

impl Install<'_> {
    /// Makes the directories above `name[..end]`.
    fn folders(&self, cx: &mut Context, name: &[u8], end: usize) -> Result {
        let mut made = Vec::new();
        let result = files::folders::above(name, end, 0o022, &mut made);
        for &length in &made {
            self.tell_directory(cx, name.get(..length).unwrap_or_default());
        }
        result.map_err(|(length, errno)| Error::system(name.get(..length).unwrap_or_default(), errno))
    }

    fn tell_directory(&self, cx: &mut Context, name: &[u8]) {
        if self.options.has(opt::VERBOSE) {
            files::say::line(cx, &[b"install: creating directory '", name, b"'"]);
        }
    }

    fn plain_directory(&self, cx: &mut Context, name: &[u8]) -> Result {
        match sys::fs::mkdirat(CWD, name, 0o755) {
            Ok(()) => self.tell_directory(cx, name),
            Err(errno) => {
                if !sys::fs::stat(name).is_ok_and(|stat| stat.is_dir()) {
                    return Err(Error::system(name, errno));
                }
            }
        }
        Ok(())
    }

    fn directory(&self, cx: &mut Context, name: &[u8]) -> Result {
        let name = trim_slashes(name);
        self.folders(cx, name, name.len())?;
        self.plain_directory(cx, name)?;
        let fd = sys::fs::open_dir(CWD, name, 0)?;
        // A mode that is given leaves setuid and setgid alone, as chmod does.
        let old = if self.options.has(opt::MODE) { sys::fs::fstat(fd.raw())?.mode() & 0o6000 } else { 0 };
        self.own(&fd)?;
        Ok(sys::fs::fchmod(fd.raw(), self.mode.apply(old, true, 0))?)
    }

    /// Sets the owner and the group that were asked for.
    fn own(&self, fd: &Fd) -> sys::Result<()> {
        if self.uid.is_none() && self.gid.is_none() {
            return Ok(());
        }
        sys::fs::fchown(fd.raw(), self.uid.unwrap_or(u32::MAX), self.gid.unwrap_or(u32::MAX))
    }

    fn file(&mut self, cx: &mut Context, source: &[u8], name: &[u8]) -> Result {
        let from = sys::fd::open_read(source)?;
        let stat = sys::fs::fstat(from.raw())?;
        if stat.is_dir() {
            return Err(files::say::about(source, b"omitting directory"));
        }
        let old = sys::fs::lstat(name).ok();
        if let Some(old) = &old {
            if old.is_dir() {
                return Err(files::say::is_directory(name));
            }
            if old.same(&stat) {
                return Err(files::say::same_file(source, name));
            }
            if self.options.has(opt::COMPARE) && self.is_installed(&from, &stat, name, old) {
                return Ok(());
            }
        }
        let mode = self.mode.apply(0, false, 0);
        let new = Replacement::new(CWD, name, 0o600).at(name)?;
        self.copier.copy(from.raw(), new.fd(), &stat, &mut |_| {}).map_err(|(side, errno)| {
            Error::system(if side == Side::Source { source } else { name }, errno)
        })?;
        if self.options.has(opt::STRIP) {
            self.strip(cx, new.name())?;
        }
        // By name: strip may have put another file there.
        let fd = sys::fd::open(new.name(), libc::O_RDONLY | libc::O_NOFOLLOW, 0).at(name)?;
        self.own(&fd).and_then(|()| sys::fs::fchmod(fd.raw(), mode)).at(name)?;
        if self.options.has(opt::PRESERVE_TIMESTAMPS) {
            sys::fs::set_times_fd(fd.raw(), stat.accessed(), stat.modified()).at(name)?;
        }
        let backup = if old.is_some() { self.backup.make(CWD, name).at(name)? } else { None };
        new.commit(false).at(name)?;
        if self.options.has(opt::VERBOSE) {
            files::tree::tell(cx, b"", source, name, backup.as_deref());
        }
        Ok(())
    }

    /// Whether the file is already what it would become.
    fn is_installed(&self, from: &Fd, stat: &Stat, name: &[u8], old: &Stat) -> bool {
        let mode = self.mode.apply(0, false, 0);
        let uid = self.uid.unwrap_or_else(sys::process::euid);
        let gid = self.gid.unwrap_or_else(sys::process::egid);
        if !old.is_file() || old.size() != stat.size() || old.mode() & 0o7777 != mode {
            return false;
        }
        old.uid() == uid
            && old.gid() == gid
            && sys::fd::open_read(name).is_ok_and(|other| files::data::equal(from.raw(), other.raw()))
    }

    fn strip(&self, cx: &mut Context, name: &[u8]) -> Result {
        let program = self.options.value(opt::STRIP_PROGRAM).unwrap_or(b"strip");
        let path = if folder_name(name) == b"." && name.starts_with(b"-") {
            [b"./", name].concat()
        } else {
            name.to_vec()
        };
        let environment = cx.environment();
        // The child must not send what is buffered here a second time.
        cx.out.flush()?;
        let status = match sys::process::fork()? {
            sys::process::Fork::Child => {
                let error = cx.exec(&[program, &path], environment);
                cx.report(error);
                sys::process::leave(cx.status().0);
            }
            sys::process::Fork::Parent(pid) => sys::process::wait(pid)?,
        };
        if status.exit_status() == Some(0) {
            Ok(())
        } else {
            Err(Error::new(b"strip process terminated abnormally"))
        }
    }
}
