//! usage: stat [OPTIONS] FILE...
//!
//! Tell what is known of FILEs, or of the file systems that hold them.
//!
//!  -L, --dereference    follow links
//!  -f, --file-system    of the file systems
//!  -c, --format=FORMAT  as FORMAT says, then a newline
//!  --printf=FORMAT      the same without newline, with escapes such as \n
//!  -t, --terse          in one line
//!
//! FORMAT: %a %A mode  %f all of it, hex  %F type  %n %N name  %s size  %b blocks of %B bytes  %o best block size
//! %i inode  %h links  %u %U user  %g %G group  %d %D device (%Hd %Ld)  %r %R device type (%Hr %Lr %t %T)  %m mount point
//! %w %W birth  %x %X access  %y %Y modification  %z %Z change; capitals in seconds, %.3X with a fraction.
//! With -f: %a %b %f available, all, free blocks of %S bytes  %c %d all, free inodes  %i id  %l longest name  %n name
//! %s best block size  %t %T type
//!
//! # Notes
//! As GNU. `-` is standard input. `%C`, the security context, is always `?`.

use applet::prelude::*;
use sys::fs::{FileSystem, Stat, Timestamp};

applet::options!("stat");

const USUAL: &[u8] =
    b"  File: %N\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %Hd,%Ld\tInode: %-10i  Links: ";
const USUAL_END: &[u8] = b"\nAccess: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z\n Birth: %w\n";
const TERSE: &[u8] = b"%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %W %o\n";
const USUAL_SYSTEM: &[u8] = b"  File: \"%n\"\n    ID: %-8i Namelen: %-7l Type: %T\nBlock size: %-10s Fundamental block size: %S\nBlocks: Total: %-10b Free: %-10f Available: %a\nInodes: Total: %-10c Free: %d\n";
const TERSE_SYSTEM: &[u8] = b"%n %i %l %t %s %S %b %f %a %c %d\n";

/// Names of file systems by their magic numbers.
const TYPES: &[u8] = b"ef53 ext2/ext3,1021994 tmpfs,794c7630 overlayfs,9fa0 proc,62656572 sysfs,58465342 xfs,9123683e btrfs,6969 nfs,4d44 msdos,1cd1 devpts,63677270 cgroup2fs,27e0eb cgroupfs,73717368 squashfs,9660 isofs,858458f6 ramfs,65735546 fuseblk,65735543 fusectl,5346544e ntfs,f2f52010 f2fs,2fc12fc1 zfs,74726163 tracefs,64626720 debugfs,73636673 securityfs,19800202 mqueue,958458f6 hugetlbfs,cafe4a11 bpf_fs,6165676c pstorefs,de5e81e4 efivarfs,62656570 configfs,6e736673 nsfs,fe534d42 smb2,ff534d42 cifs,1021997 v9fs,72b6 jffs2,24051905 ubifs,15013346 udf,e0f5e1e2 erofs,2011bab0 exfat,42494e4d binfmt_misc,52654973 reiserfs,3153464a jfs,f15f ecryptfs,c36400 ceph,187 autofs,28cd3d45 cramfs,7275 romfs,50495045 pipefs,534f434b sockfs";

/// What a conversion stands for.
enum Shown {
    Number(u64, u8),
    Text(Vec<u8>),
    Seconds(Timestamp),
}

struct Show<'a> {
    escapes: bool,
    /// Names are shown without quotes.
    plain: bool,
    utf8: bool,
    name: &'a [u8],
    zone: time::Zone,
    users: users::Names,
    groups: users::Names,
    follow: bool,
    standard_input: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    if options.operands.is_empty() {
        return Err(Error::missing_operand());
    }
    let system = options.has(opt::FILE_SYSTEM);
    let terse = options.has(opt::TERSE);
    let mut custom = None;
    let mut show = Show {
        escapes: false,
        plain: true,
        utf8: cx.utf8(),
        name: b"",
        zone: time::load(cx.var(b"TZ"), &mut |path: &[u8]| sys::fs::read_file(path, 1 << 20).ok()),
        users: users::Names::of_users(),
        groups: users::Names::of_groups(),
        follow: options.has(opt::DEREFERENCE),
        standard_input: false,
    };
    for &(id, value) in &options.list {
        match id {
            opt::FORMAT => (custom, show.escapes) = (Some([value, b"\n"].concat()), false),
            opt::PRINTF => (custom, show.escapes) = (Some(value.to_vec()), true),
            _ => continue,
        }
        show.plain = false;
    }
    for name in &options.operands {
        (show.name, show.standard_input) = (name, *name == b"-");
        let result = if system {
            show.system(cx, custom.as_deref(), terse)
        } else {
            show.file(cx, custom.as_deref(), terse)
        };
        match result {
            Err(error) if error.errno().is_none() => return Err(error),
            Err(error) => cx.report_at(name, error),
            Ok(()) => {}
        }
    }
    Ok(cx.status())
}

impl Show<'_> {
    fn file(&mut self, cx: &mut Context, custom: Option<&[u8]>, terse: bool) -> Result {
        let flags = if self.follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        let stat = if self.standard_input {
            sys::fs::fstat(sys::fd::STDIN)?
        } else {
            sys::fs::statat(sys::fd::CWD, self.name, flags)?
        };
        let is_device = matches!(stat.kind(), libc::S_IFCHR | libc::S_IFBLK);
        let links: &[u8] = if is_device { b"%-5h Device type: %Hr,%Lr" } else { b"%h" };
        let usual = [USUAL, links, USUAL_END].concat();
        let format = custom.unwrap_or(if terse { TERSE } else { &usual });
        self.format(cx, format, &mut |show, modifier, letter| show.of_file(&stat, modifier, letter))
    }

    fn system(&mut self, cx: &mut Context, custom: Option<&[u8]>, terse: bool) -> Result {
        if self.standard_input {
            return Err(Error::new(b"using '-' to denote standard input does not work in file system mode"));
        }
        let system = sys::fs::statfs(self.name)?;
        let format = custom.unwrap_or(if terse { TERSE_SYSTEM } else { USUAL_SYSTEM });
        self.format(cx, format, &mut |show, _, letter| show.of_system(&system, letter))
    }

    fn of_file(&mut self, stat: &Stat, modifier: u8, letter: u8) -> Option<Shown> {
        use Shown::{Number, Seconds, Text};
        let device = |number: u64| match modifier {
            b'H' => u64::from(sys::fs::major(number)),
            b'L' => u64::from(sys::fs::minor(number)),
            _ => number,
        };
        let born = || {
            let flags = if self.follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
            if self.standard_input {
                return sys::fs::birth_time(sys::fd::STDIN, b"", libc::AT_EMPTY_PATH);
            }
            sys::fs::birth_time(sys::fd::CWD, self.name, flags)
        };
        Some(match letter {
            b'a' => Number(u64::from(stat.mode() & 0o7777), b'o'),
            b'A' => {
                let mut text = Vec::new();
                files::mode::string(stat.mode(), &mut text);
                Text(text)
            }
            b'b' => Number(stat.blocks(), b'u'),
            b'B' => Number(512, b'u'),
            b'C' => Text(unknown()),
            b'd' => Number(device(stat.dev()), b'u'),
            b'D' => Number(stat.dev(), b'x'),
            b'f' => Number(stat.mode().into(), b'x'),
            b'F' => Text(files::mode::kind_name(stat.mode(), stat.size()).to_vec()),
            b'g' => Number(stat.gid().into(), b'u'),
            b'G' => Text(self.groups.get(stat.gid()).unwrap_or(b"UNKNOWN").to_vec()),
            b'h' => Number(stat.nlink(), b'u'),
            b'i' => Number(stat.ino(), b'u'),
            b'm' => Text(mount_point(self.name).unwrap_or_else(unknown)),
            b'n' => Text(self.name.to_vec()),
            b'N' => Text(self.quoted(stat)),
            b'o' => Number(stat.block_size(), b'u'),
            b'r' => Number(device(stat.rdev()), b'u'),
            b'R' => Number(stat.rdev(), b'x'),
            b's' => Number(stat.size(), b'd'),
            b't' => Number(sys::fs::major(stat.rdev()).into(), b'x'),
            b'T' => Number(sys::fs::minor(stat.rdev()).into(), b'x'),
            b'u' => Number(stat.uid().into(), b'u'),
            b'U' => Text(self.users.get(stat.uid()).unwrap_or(b"UNKNOWN").to_vec()),
            b'w' => Text(born().map_or_else(|| b"-".to_vec(), |time| self.time(time))),
            b'W' => Seconds(born().unwrap_or_default()),
            b'x' => Text(self.time(stat.accessed())),
            b'X' => Seconds(stat.accessed()),
            b'y' => Text(self.time(stat.modified())),
            b'Y' => Seconds(stat.modified()),
            b'z' => Text(self.time(stat.changed())),
            b'Z' => Seconds(stat.changed()),
            _ => return None,
        })
    }

    fn of_system(&self, system: &FileSystem, letter: u8) -> Option<Shown> {
        use Shown::{Number, Text};
        Some(match letter {
            b'a' => Number(system.available, b'd'),
            b'b' => Number(system.blocks, b'd'),
            b'c' => Number(system.files, b'u'),
            b'd' => Number(system.files_free, b'd'),
            b'f' => Number(system.free, b'd'),
            b'i' => Number(system.id, b'x'),
            b'l' => Number(system.name_max, b'u'),
            b'n' => Text(self.name.to_vec()),
            b's' => Number(system.block, b'u'),
            b'S' => Number(system.fragment, b'u'),
            b't' => Number(system.kind, b'x'),
            b'T' => Text(kind_of_system(system.kind)),
            _ => return None,
        })
    }

    fn quoted(&self, stat: &Stat) -> Vec<u8> {
        let mut text = Vec::new();
        self.push_name(self.name, &mut text);
        if stat.is_link()
            && let Ok(target) = sys::fs::readlinkat(sys::fd::CWD, self.name)
        {
            text.extend_from_slice(b" -> ");
            self.push_name(&target, &mut text);
        }
        text
    }

    /// A name in quotes, as the shell reads it.
    fn push_name(&self, name: &[u8], out: &mut Vec<u8>) {
        let mut text = Vec::new();
        text::quote::shell(name, self.utf8, &mut text);
        let quote: &[u8] = if text == name && !self.plain { b"'" } else { b"" };
        for part in [quote, if self.plain { name } else { &text }, quote] {
            out.extend_from_slice(part);
        }
    }

    fn time(&self, time: Timestamp) -> Vec<u8> {
        let mut text = Vec::new();
        time::format(b"%Y-%m-%d %H:%M:%S.%N %z", &self.zone.local(time.sec), time.sec, time.nsec, &mut text);
        text
    }

    /// Writes a line by its format; `value` gives what a conversion stands for.
    fn format(
        &mut self,
        cx: &mut Context,
        format: &[u8],
        value: &mut dyn FnMut(&mut Self, u8, u8) -> Option<Shown>,
    ) -> Result {
        let mut rest = format;
        let mut line = Vec::new();
        while let Some((&byte, tail)) = rest.split_first() {
            rest = match (byte, tail) {
                (b'%', _) => self.conversion(tail, &mut line, value)?,
                (b'\\', [_, ..]) if self.escapes => {
                    let (used, known) = escape(tail, &mut line);
                    if !known {
                        cx.warn(&[
                            b"warning: unrecognized escape '\\",
                            tail.get(..1).unwrap_or_default(),
                            b"'",
                        ]);
                    }
                    tail.get(used..).unwrap_or_default()
                }
                _ => {
                    line.push(byte);
                    tail
                }
            };
        }
        cx.out.write(&line);
        Ok(())
    }

    /// One conversion behind its percent sign; what comes behind it.
    fn conversion<'f>(
        &mut self,
        text: &'f [u8],
        line: &mut Vec<u8>,
        value: &mut dyn FnMut(&mut Self, u8, u8) -> Option<Shown>,
    ) -> Result<&'f [u8]> {
        let mut rest = text;
        let mut spec = num::Spec::take_flags(&mut rest);
        let number = |rest: &mut &'f [u8]| {
            let int = num::parse_int(rest, 10);
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            *rest = rest.get(digits..).unwrap_or_default();
            (digits > 0).then_some(int.magnitude.min(i32::MAX as u64) as usize)
        };
        spec.width = number(&mut rest).unwrap_or(0);
        let mut point = false;
        if let [b'.', tail @ ..] = rest {
            rest = tail;
            point = true;
            spec.precision = number(&mut rest);
        }
        let mut modifier = 0;
        if let [letter @ (b'H' | b'L'), b'd' | b'r', ..] = rest {
            (modifier, rest) = (*letter, rest.get(1..).unwrap_or_default());
        }
        // The newline at the end is the one of -c.
        let (letter, behind) = match rest {
            [] | [b'\n'] => (b'%', rest),
            [letter, behind @ ..] => (*letter, behind),
        };
        if letter == b'%' {
            if !text.starts_with(b"%") && !matches!(text, [] | [b'\n']) {
                let directive = text.get(..text.len() - behind.len()).unwrap_or_default();
                return Err(Error::parts(&[b"%", directive, b": invalid directive"]));
            }
            line.push(b'%');
            return Ok(behind);
        }
        match value(self, modifier, letter) {
            Some(Shown::Number(number, conversion)) => {
                if point && spec.precision.is_none() {
                    spec.precision = Some(0);
                }
                num::format_int(number, false, conversion, &spec, line);
            }
            Some(Shown::Text(text)) => push_text(&text, &spec, point, line),
            Some(Shown::Seconds(time)) => push_seconds(time, &spec, point, line),
            None => line.push(b'?'),
        }
        Ok(behind)
    }
}

fn push_text(text: &[u8], spec: &num::Spec, point: bool, line: &mut Vec<u8>) {
    let most = if point { spec.precision.unwrap_or(0) } else { usize::MAX };
    let text = text.get(..most).unwrap_or(text);
    let missing = spec.width.saturating_sub(text.len());
    num::push_fill(line, if spec.left { 0 } else { missing }, b' ');
    line.extend_from_slice(text);
    num::push_fill(line, if spec.left { missing } else { 0 }, b' ');
}

/// Seconds with as many digits of the fraction as the precision says: nine when there is only a point.
fn push_seconds(time: Timestamp, spec: &num::Spec, point: bool, line: &mut Vec<u8>) {
    let mut fraction = Vec::new();
    if point {
        let digits = spec.precision.unwrap_or(9);
        let mut nanoseconds = Vec::new();
        num::push_radix(&mut nanoseconds, time.nsec.into(), 10, 9);
        num::push_fill(&mut nanoseconds, digits.saturating_sub(9), b'0');
        if digits > 0 {
            fraction.push(b'.');
        }
        fraction.extend_from_slice(nanoseconds.get(..digits).unwrap_or_default());
    }
    // The seconds of a time before 1970 count downwards, its fraction upwards.
    let mut second = time.sec;
    if second < 0 && time.nsec > 0 && !fraction.is_empty() {
        second += 1;
        let mut up = Vec::new();
        num::push_radix(&mut up, u64::from(1_000_000_000 - time.nsec), 10, 9);
        for (slot, digit) in fraction.iter_mut().skip(1).zip(up) {
            *slot = digit;
        }
    }
    let whole = num::Spec { precision: None, width: 0, ..*spec };
    let mut text = Vec::new();
    num::format_int(second.unsigned_abs(), time.sec < 0, b'd', &whole, &mut text);
    text.extend_from_slice(&fraction);
    let missing = spec.width.saturating_sub(text.len());
    if spec.zero && !spec.left {
        let sign = usize::from(!text.first().is_some_and(u8::is_ascii_digit));
        line.extend_from_slice(text.get(..sign).unwrap_or_default());
        num::push_fill(line, missing, b'0');
        line.extend_from_slice(text.get(sign..).unwrap_or_default());
    } else {
        push_text(&text, spec, false, line);
    }
}

/// The escape behind a backslash: how long it is, and whether there is such.
fn escape(text: &[u8], line: &mut Vec<u8>) -> (usize, bool) {
    let digits = |text: &[u8], most: usize, hex: bool| {
        let is_digit = |byte: &&u8| if hex { byte.is_ascii_hexdigit() } else { matches!(byte, b'0'..=b'7') };
        text.iter().take(most).take_while(is_digit).count()
    };
    match text {
        [b'0'..=b'7', ..] => {
            let used = digits(text, 3, false);
            line.push(num::parse_int(text.get(..used).unwrap_or_default(), 8).magnitude as u8);
            (used, true)
        }
        [b'x', hex @ ..] if digits(hex, 2, true) > 0 => {
            let used = digits(hex, 2, true);
            line.push(num::parse_int(hex.get(..used).unwrap_or_default(), 16).magnitude as u8);
            (used + 1, true)
        }
        [letter, ..] => {
            let known = b"\"\"\\\\a\x07b\x08e\x1bf\x0cn\nr\rt\tv\x0b"
                .chunks(2)
                .find(|pair| pair.first() == Some(letter));
            line.push(known.and_then(|pair| pair.get(1)).copied().unwrap_or(*letter));
            (1, known.is_some())
        }
        [] => (0, true),
    }
}

fn unknown() -> Vec<u8> {
    b"?".to_vec()
}

fn kind_of_system(kind: u64) -> Vec<u8> {
    let mut hex = Vec::new();
    num::push_radix(&mut hex, kind, 16, 0);
    let known = TYPES
        .split(|&byte| byte == b',')
        .find_map(|entry| entry.strip_prefix(hex.as_slice())?.strip_prefix(b" "));
    known.map_or_else(|| [b"UNKNOWN (0x", hex.as_slice(), b")"].concat(), <[u8]>::to_vec)
}

/// The directory where the file system begins that holds a file.
fn mount_point(name: &[u8]) -> Option<Vec<u8>> {
    let mut path = files::canonical::name(name).ok()?;
    let dev = sys::fs::lstat(&path).ok()?.dev();
    loop {
        let at = path.iter().rposition(|&byte| byte == b'/')?;
        let parent = path.get(..at.max(1))?.to_vec();
        if parent == path || sys::fs::stat(&parent).ok()?.dev() != dev {
            return Some(path);
        }
        path = parent;
    }
}
