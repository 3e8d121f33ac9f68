//! usage: df [OPTIONS] [FILE]...
//!
//! Tell how much space there is on file systems: those that hold FILEs, or all.
//!
//!  -a, --all             also those without space, and those mounted over
//!  -l, --local           only those of this machine
//!  -t, --type=TYPE       only those of a TYPE
//!  -x, --exclude-type=TYPE  not those of a TYPE
//!  -T, --print-type      types, too
//!  -i, --inodes          inodes, not blocks
//!  -k                    in units of 1 KiB (the usual)
//!  -m                    of 1 MiB
//!  -B, --block-size=SIZE  of SIZE
//!  -h, --human-readable  such as 1K 234M
//!  -H, --si              such as 1k 234M, in powers of 1000
//!  -P, --portability     with POSIX's titles
//!  --output[=FIELDS]     all columns, or these: source, fstype, itotal, iused, iavail, ipcent,
//!                        size, used, avail, pcent, file, target
//!  --total               a line with the sums
//!  --sync                write what is in memory to disk first
//!
//! # Notes
//! POSIX.1-2024 df; the rest as GNU. Of several mounts of one device, that nearest to its root is listed.

use applet::prelude::*;
use files::scale::Scale;
use sys::fs::FileSystem;

applet::options!("df");

/// The fields, in the order of their names.
const NAMES: &[u8] = b"source fstype size used avail pcent itotal iused iavail ipcent target file";
const SOURCE: u8 = 0;
const FSTYPE: u8 = 1;
const SIZE: u8 = 2;
const USED: u8 = 3;
const AVAIL: u8 = 4;
const PCENT: u8 = 5;
const ITOTAL: u8 = 6;
const IUSED: u8 = 7;
const IAVAIL: u8 = 8;
const IPCENT: u8 = 9;
const TARGET: u8 = 10;
const FILE: u8 = 11;
/// Their titles, and how wide they are at least.
const TITLES: &[u8] = b"Filesystem,Type,,Used,Available,Use%,Inodes,IUsed,IFree,IUse%,Mounted on,File";
const LEAST: [u8; 12] = [14, 4, 5, 5, 5, 4, 5, 5, 5, 4, 0, 0];
/// Types that hold no files of their own.
const DUMMIES: &[u8] =
    b"autofs,proc,subfs,debugfs,devpts,fusectl,fuse.portal,mqueue,rpc_pipefs,sysfs,devfs,kernfs,ignore,none";
const REMOTE: &[u8] = b"acfs,afs,coda,auristorfs,fhgfs,gfs,gfs2,gpfs,ibrix,ocfs2,vxfs,nfs,nfs4";

struct Mount {
    device: Vec<u8>,
    root: Vec<u8>,
    target: Vec<u8>,
    kind: Vec<u8>,
    dev: u64,
}

fn among(list: &[u8], word: &[u8]) -> bool {
    list.split(|&byte| byte == b',').any(|item| item == word)
}

impl Mount {
    fn is_dummy(&self) -> bool {
        among(DUMMIES, &self.kind)
    }

    fn is_remote(&self) -> bool {
        let share =
            self.device.starts_with(b"//") && matches!(self.kind.as_slice(), b"smbfs" | b"smb3" | b"cifs");
        self.device.contains(&b':') || share || among(REMOTE, &self.kind)
    }
}

/// The mounts of /proc/self/mountinfo (`proc(5)`).
fn mounts() -> Result<Vec<Mount>> {
    let path = b"/proc/self/mountinfo";
    let text = sys::fs::read_file(path, 1 << 26).at(path)?;
    Ok(text.split(|&byte| byte == b'\n').filter_map(mount).collect())
}

fn mount(line: &[u8]) -> Option<Mount> {
    let mut words = line.split(|&byte| byte == b' ').skip(2);
    let mut device = words.next()?.splitn(2, |&byte| byte == b':');
    let mut number = || Some(num::parse_u64(device.next()?).ok()? as u32);
    let dev = sys::fs::device(number()?, number()?);
    let (root, target) = (plain(words.next()?), plain(words.next()?));
    words.find(|word| *word == b"-")?;
    let kind = plain(words.next()?);
    Some(Mount { device: plain(words.next()?), root, target, kind, dev })
}

/// A word without its octal escapes.
fn plain(word: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = word;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match (byte, tail) {
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..]) => {
                out.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                rest = after;
            }
            _ => out.push(byte),
        }
    }
    out
}

/// Numbers of one line; `None` where they are not known.
#[derive(Clone, Copy)]
struct Usage {
    unit: u64,
    total: Option<u64>,
    used: Option<u64>,
    available: Option<u64>,
}

struct Df<'c, 'a> {
    cx: &'c mut Context<'a>,
    fields: Vec<u8>,
    unit: Scale,
    all: bool,
    local: bool,
    types: Vec<&'a [u8]>,
    not_types: Vec<&'a [u8]>,
    /// Cells of the table, row by row.
    cells: Vec<Vec<u8>>,
    /// Sums of blocks (in bytes) and of inodes.
    sums: [[u64; 3]; 2],
    any: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let mut df = Df {
        fields: Vec::new(),
        unit: Scale::of_blocks(cx, b"DF_BLOCK_SIZE"),
        all: false,
        local: false,
        types: Vec::new(),
        not_types: Vec::new(),
        cells: Vec::new(),
        sums: [[0; 3]; 2],
        any: false,
        cx,
    };
    df.settings(&options)?;
    if options.has(opt::SYNC) {
        sys::fd::sync_everything();
    }
    let mounts = mounts()?;
    df.titles(options.has(opt::PORTABILITY));
    if options.operands.is_empty() {
        df.every(&mounts);
    }
    for name in &options.operands {
        if let Err(error) = df.operand(name, &mounts) {
            df.cx.report_at(name, error);
        }
    }
    if df.any {
        if options.has(opt::TOTAL) {
            df.total();
        }
        df.print();
    } else if df.cx.status() == Exit::SUCCESS {
        return Err(Error::new(b"no file systems processed"));
    }
    Ok(df.cx.status())
}

impl<'a> Df<'_, 'a> {
    fn settings(&mut self, options: &Options<'a>) -> Result {
        for &(id, value) in &options.list {
            match id {
                opt::ALL => self.all = true,
                opt::LOCAL => self.local = true,
                opt::TYPE => self.types.push(value),
                opt::EXCLUDE_TYPE => self.not_types.push(value),
                opt::k => self.unit = Scale::unit(1024),
                opt::m => self.unit = Scale::unit(1 << 20),
                opt::HUMAN_READABLE => self.unit = Scale::Human(0),
                opt::SI => self.unit = Scale::Human(num::HUMAN_SI),
                opt::BLOCK_SIZE => self.unit = Scale::required(value)?,
                opt::OUTPUT if !value.is_empty() => self.output(value)?,
                _ => {}
            }
        }
        if options.has(opt::OUTPUT) {
            let name: &[u8] = match () {
                _ if options.has(opt::INODES) => b"-i",
                _ if options.has(opt::PORTABILITY) => b"-P",
                _ if options.has(opt::PRINT_TYPE) => b"-T",
                _ => b"",
            };
            if !name.is_empty() {
                return Err(Error::usage_about(b"options % and --output are mutually exclusive", name));
            }
            if self.fields.is_empty() {
                self.fields.extend_from_slice(&[
                    SOURCE, FSTYPE, ITOTAL, IUSED, IAVAIL, IPCENT, SIZE, USED, AVAIL, PCENT, FILE, TARGET,
                ]);
            }
        } else {
            self.fields.push(SOURCE);
            if options.has(opt::PRINT_TYPE) {
                self.fields.push(FSTYPE);
            }
            let inodes = options.has(opt::INODES);
            self.fields.extend_from_slice(&if inodes {
                [ITOTAL, IUSED, IAVAIL, IPCENT]
            } else {
                [SIZE, USED, AVAIL, PCENT]
            });
            self.fields.push(TARGET);
        }
        if let Some(both) = self.types.iter().find(|kind| self.not_types.contains(kind)) {
            return Err(Error::about(b"file system type '%' both selected and excluded", both));
        }
        Ok(())
    }

    /// Takes the fields of `--output`.
    fn output(&mut self, list: &[u8]) -> Result {
        for name in list.split(|&byte| byte == b',') {
            let field = NAMES.split(|&byte| byte == b' ').position(|known| known == name);
            let wrong: &[u8] = match field {
                None => b"unknown",
                Some(field) if self.fields.contains(&(field as u8)) => b"used more than once",
                Some(field) => {
                    self.fields.push(field as u8);
                    continue;
                }
            };
            return Err(Error::usage(&[b"option --output: field '", name, b"' ", wrong]));
        }
        Ok(())
    }
}

impl Df<'_, '_> {
    fn titles(&mut self, posix: bool) {
        let human = matches!(self.unit, Scale::Human(_));
        let with_output = self.cx.args.iter().any(|arg| arg.starts_with(b"--o"));
        for &field in &self.fields {
            let title: &[u8] = match field {
                SIZE if human => b"Size",
                AVAIL if human || with_output => b"Avail",
                PCENT if posix && !human => b"Capacity",
                _ => TITLES.split(|&byte| byte == b',').nth(field.into()).unwrap_or_default(),
            };
            let mut title = title.to_vec();
            if let (SIZE, Scale::Unit(unit, behind)) = (field, self.unit) {
                unit_title(unit, behind, posix, &mut title);
            }
            self.cells.push(title);
        }
    }

    fn wants(&self, mount: &Mount) -> bool {
        let is = |list: &[&[u8]]| list.contains(&mount.kind.as_slice());
        !(self.local && mount.is_remote())
            && (self.types.is_empty() || is(&self.types))
            && !is(&self.not_types)
    }

    fn every(&mut self, mounts: &[Mount]) {
        let mut kept: Vec<(&Mount, u64)> = Vec::new();
        for mount in mounts {
            if mount.is_dummy() && !self.all || !self.wants(mount) {
                continue;
            }
            let dev = sys::fs::stat(&mount.target).map_or(mount.dev, |stat| stat.dev());
            let same = kept.iter_mut().find(|(other, number)| {
                !self.all
                    && *number == dev
                    && !(mount.is_remote() && other.is_remote() && mount.device != other.device)
            });
            match same {
                Some((other, _)) if wins(mount, other) => *other = mount,
                Some(_) => {}
                None => kept.push((mount, dev)),
            }
        }
        for (mount, dev) in kept {
            let visible = self.all && dev != mount.dev;
            let hidden =
                visible && mounts.iter().rev().any(|other| other.dev == dev && other.device != mount.device);
            match sys::fs::statfs(&mount.target) {
                Ok(_) if hidden => self.row(mount, b"-", None),
                Ok(system) if system.blocks > 0 || self.all => self.row(mount, b"-", Some(&system)),
                Ok(_) => {}
                Err(Errno(libc::EACCES | libc::ENOENT)) if self.all => self.row(mount, b"-", None),
                Err(errno) => self.cx.report(Error::system(&mount.target, errno)),
            }
        }
    }

    fn operand(&mut self, name: &[u8], mounts: &[Mount]) -> Result {
        let stat = sys::fs::stat(name).at(name)?;
        // A device that is mounted stands for what is on it.
        let by_device = mounts.iter().rev().find(|mount| {
            stat.kind() == libc::S_IFBLK
                && mount.device.starts_with(b"/")
                && sys::fs::stat(&mount.device).is_ok_and(|other| other.rdev() == stat.rdev())
        });
        let path = files::canonical::name(name).at(name)?;
        let holds = |mount: &Mount| {
            mount.target == b"/"
                || path
                    .strip_prefix(mount.target.as_slice())
                    .is_some_and(|rest| matches!(rest, [] | [b'/', ..]))
        };
        let on_it = |mount: &Mount| sys::fs::stat(&mount.target).is_ok_and(|other| other.dev() == stat.dev());
        let by_path = || {
            let fits = mounts.iter().filter(|&mount| holds(mount) && on_it(mount));
            fits.max_by_key(|mount| mount.target.len()).or_else(|| mounts.iter().find(|&mount| on_it(mount)))
        };
        let Some(mount) = by_device.or_else(by_path) else {
            return Err(Error::about(b"%: cannot find mount point", name));
        };
        if self.wants(mount) {
            let system = sys::fs::statfs(if by_device.is_some() { &mount.target } else { name }).at(name)?;
            self.row(mount, name, Some(&system));
        }
        Ok(())
    }

    fn row(&mut self, mount: &Mount, file: &[u8], system: Option<&FileSystem>) {
        self.any = true;
        let mut blocks = Usage { unit: 1, total: None, used: None, available: None };
        let mut inodes = blocks;
        if let Some(system) = system {
            blocks.unit = system.fragment;
            blocks.total = Some(system.blocks);
            blocks.used = Some(system.blocks.saturating_sub(system.free));
            blocks.available = Some(system.available);
            inodes.total = Some(system.files);
            inodes.used = Some(system.files.saturating_sub(system.files_free));
            inodes.available = Some(system.files_free);
            for (sums, usage) in self.sums.iter_mut().zip([blocks, inodes]) {
                for (sum, number) in sums.iter_mut().zip([usage.total, usage.used, usage.available]) {
                    *sum = sum.saturating_add(number.unwrap_or(0).saturating_mul(usage.unit));
                }
            }
        }
        let kind: &[u8] = if system.is_some() { &mount.kind } else { b"-" };
        self.cells_of([&mount.device, kind, &mount.target, file], blocks, inodes);
    }

    fn total(&mut self) {
        let [blocks, inodes] = self.sums.map(|[total, used, available]| Usage {
            unit: 1,
            total: Some(total),
            used: Some(used),
            available: Some(available),
        });
        // Where no source is shown, the target tells that it is the total.
        let target: &[u8] = if self.fields.contains(&SOURCE) { b"-" } else { b"total" };
        self.cells_of([b"total", b"-", target, b"-"], blocks, inodes);
    }

    fn cells_of(&mut self, texts: [&[u8]; 4], blocks: Usage, inodes: Usage) {
        let [source, kind, target, file] = texts;
        for &field in &self.fields {
            let usage = if field < ITOTAL { blocks } else { inodes };
            // Inodes are counted in ones unless a person reads them.
            let unit = match self.unit {
                Scale::Unit(..) if field >= ITOTAL => Scale::unit(1),
                unit => unit,
            };
            let number = match field {
                SIZE | ITOTAL => usage.total,
                USED | IUSED => usage.used,
                AVAIL | IAVAIL => usage.available,
                _ => None,
            };
            let mut cell = Vec::new();
            match (field, number) {
                (SOURCE, _) => cell.extend_from_slice(source),
                (FSTYPE, _) => cell.extend_from_slice(kind),
                (TARGET, _) => cell.extend_from_slice(target),
                (FILE, _) => cell.extend_from_slice(file),
                (PCENT | IPCENT, _) => percent(usage, &mut cell),
                (_, Some(number)) => unit.push(number, usage.unit, &mut cell),
                _ => cell.push(b'-'),
            }
            for byte in &mut cell {
                if byte.is_ascii_control() {
                    *byte = b'?';
                }
            }
            self.cells.push(cell);
        }
    }

    fn print(&mut self) {
        let count = self.fields.len();
        let mut widths: Vec<usize> = self
            .fields
            .iter()
            .map(|&field| LEAST.get(usize::from(field)).map_or(0, |&width| width.into()))
            .collect();
        for row in self.cells.chunks(count) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(text::width::text_columns(cell, self.cx.utf8()));
            }
        }
        for row in self.cells.chunks(count) {
            let mut line = Vec::new();
            for (index, ((cell, width), field)) in row.iter().zip(&widths).zip(&self.fields).enumerate() {
                let missing = width.saturating_sub(text::width::text_columns(cell, self.cx.utf8()));
                let left = matches!(*field, SOURCE | FSTYPE | TARGET | FILE);
                if index > 0 {
                    line.push(b' ');
                }
                num::push_fill(&mut line, if left { 0 } else { missing }, b' ');
                line.extend_from_slice(cell);
                num::push_fill(&mut line, if left && index + 1 < count { missing } else { 0 }, b' ');
            }
            self.cx.out.line(&line);
        }
    }
}

/// Whether a mount of a device is listed rather than another one.
fn wins(mount: &Mount, other: &Mount) -> bool {
    let nearer = other.target.len() > mount.target.len();
    let below = other.root.len() < mount.root.len();
    mount.device.contains(&b'/') && !other.device.contains(&b'/')
        || nearer && !below
        || other.device != mount.device && other.target == mount.target
}

/// The part that is used of what users can use, rounded up.
fn percent(usage: Usage, cell: &mut Vec<u8>) {
    if let (Some(used), Some(available)) = (usage.used, usage.available)
        && let all @ 1.. = u128::from(used) + u128::from(available)
    {
        num::push_dec(cell, (u128::from(used) * 100).div_ceil(all) as u64);
        cell.push(b'%');
    } else {
        cell.push(b'-');
    }
}

/// `1K-blocks`, `512B-blocks`; with -P `1024-blocks`.
fn unit_title(unit: u64, behind: [u8; 3], posix: bool, title: &mut Vec<u8>) {
    if posix {
        num::push_dec(title, unit);
    } else {
        // The family of powers that divides it further.
        let (mut by_1000, mut by_1024) = (unit, unit);
        let (mut is_1000, mut is_1024) = (true, true);
        while is_1000 && is_1024 {
            is_1000 = by_1000.is_multiple_of(1000);
            by_1000 /= 1000;
            is_1024 = by_1024.is_multiple_of(1024);
            by_1024 /= 1024;
        }
        let binary = if is_1000 == is_1024 { behind[0] != 0 && behind[1] != b'B' } else { is_1024 };
        let options = if binary {
            if behind[1] == b'i' { num::HUMAN_B } else { 0 }
        } else {
            num::HUMAN_SI | num::HUMAN_B
        };
        let mut text = Vec::new();
        num::human(unit, options, &mut text);
        // 1.0K is 1K.
        if let Some(at) = text.windows(2).position(|pair| pair == b".0") {
            text.drain(at..at + 2);
        }
        title.extend_from_slice(&text);
    }
    title.extend_from_slice(b"-blocks");
}
