//! usage: shred [OPTIONS] FILE...
//!
//! Overwrite FILEs with random bytes, so that what they held is hard to recover.
//!
//!  -n, --iterations=N      how often (3)
//!  -z, --zero              and once more with zeroes
//!  -u                      then remove them, as --remove=wipesync
//!  --remove[=HOW]          HOW is unlink, wipe (overwrite the name first) or wipesync (to the disk)
//!  -s, --size=N            this many bytes; K, M, G as usual
//!  -x, --exact             do not round the length up to whole blocks
//!  -f, --force             make what is write-protected writable
//!  --random-source=FILE    random bytes from FILE
//!  -v, --verbose           tell how far it is
//!
//! # Notes
//! Options as GNU; every pass is random. It cannot help where a file system or a disk writes elsewhere than before:
//! journals, snapshots, flash memory.

use applet::prelude::*;
use files::target::folder_name;

applet::options!("shred");

const BLOCK: usize = 64 * 1024;

/// What becomes of the file and its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Remove {
    Not,
    Unlink,
    Wipe,
    WipeAndSync,
}

struct Shred<'a> {
    options: &'a Options<'a>,
    passes: u64,
    size: Option<u64>,
    random: Fd,
    remove: Remove,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let passes =
        applet::value::number(options.value(opt::ITERATIONS).unwrap_or(b"3"), b"", b"number of passes")?;
    let size = match options.value(opt::SIZE) {
        Some(text) => Some(applet::value::number(text, num::SIZES, b"file size")?),
        None => None,
    };
    let remove = match options.list.iter().rfind(|(id, _)| matches!(*id, opt::u | opt::REMOVE)) {
        None => Remove::Not,
        Some((_, b"")) => Remove::WipeAndSync,
        Some((_, how)) => match files::say::choice(how, b"unlink wipe wipesync", b"--remove")? {
            0 => Remove::Unlink,
            1 => Remove::Wipe,
            _ => Remove::WipeAndSync,
        },
    };
    if options.operands.is_empty() {
        return Err(Error::usage(&[b"missing file operand"]));
    }
    let source = options.value(opt::RANDOM_SOURCE).unwrap_or(b"/dev/urandom");
    let random = sys::fd::open_read(source).at(source)?;
    let shred = Shred { options: &options, passes, size, random, remove };
    for name in &options.operands {
        if let Err(error) = shred.file(cx, name) {
            cx.report_at(name, error);
        }
    }
    Ok(cx.status())
}

impl Shred<'_> {
    fn file(&self, cx: &mut Context, name: &[u8]) -> Result {
        let flags = libc::O_WRONLY | libc::O_NOCTTY;
        let mut file = sys::fd::open(name, flags, 0);
        if matches!(file, Err(Errno(libc::EACCES))) && self.options.has(opt::FORCE) {
            sys::fs::chmodat(sys::fd::CWD, name, 0o200)?;
            file = sys::fd::open(name, flags, 0);
        }
        let file = file?;
        let stat = sys::fs::fstat(file.raw())?;
        let kind = stat.kind();
        if kind == libc::S_IFIFO || kind == libc::S_IFSOCK || sys::terminal::is_terminal(file.raw()) {
            return Err(files::say::about(name, b"invalid file type"));
        }
        let mut size = match self.size {
            Some(size) => size,
            None if stat.is_file() => stat.size(),
            None => sys::fd::seek(file.raw(), 0, libc::SEEK_END)? as u64,
        };
        if stat.is_file() && self.size.is_none() && !self.options.has(opt::EXACT) {
            size = size.checked_next_multiple_of(stat.block_size().max(1)).unwrap_or(size);
        }
        let zero = self.options.has(opt::ZERO);
        let total = self.passes.saturating_add(u64::from(zero));
        for pass in 1..=total {
            let is_zero = zero && pass == total;
            if self.options.has(opt::VERBOSE) {
                let (mut one, mut all) = (num::new_buf(), num::new_buf());
                let kind: &[u8] = if is_zero { b" (000000)..." } else { b" (random)..." };
                cx.warn(&[name, b": pass ", num::dec(pass, &mut one), b"/", num::dec(total, &mut all), kind]);
            }
            self.pass(&file, size, is_zero)?;
        }
        if self.remove != Remove::Not {
            if stat.is_file() {
                sys::fd::truncate(file.raw(), 0)?;
            }
            file.close()?;
            self.remove(cx, name)?;
        }
        Ok(())
    }

    /// Overwrites everything once, on the disk.
    fn pass(&self, file: &Fd, size: u64, zero: bool) -> Result {
        sys::fd::seek(file.raw(), 0, libc::SEEK_SET)?;
        let mut block = alloc::vec![0; BLOCK];
        let mut left = size;
        while left > 0 {
            let part = block.get_mut(..left.min(BLOCK as u64) as usize).unwrap_or_default();
            if !zero && sys::fd::read_full(self.random.raw(), part)? < part.len() {
                return Err(Error::new(b"random source: end of file"));
            }
            sys::fd::write_all(file.raw(), part)?;
            left -= part.len() as u64;
        }
        match sys::fd::sync_data(file.raw()) {
            // Not everything that can be written has a disk behind it.
            Err(Errno(libc::EINVAL | libc::EBADF)) => Ok(()),
            result => Ok(result?),
        }
    }

    fn remove(&self, cx: &mut Context, name: &[u8]) -> Result {
        if self.options.has(opt::VERBOSE) {
            cx.warn(&[name, b": removing"]);
        }
        let mut current = name.to_vec();
        let base = name.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
        let folder = sys::fs::open_dir(sys::fd::CWD, folder_name(name), 0);
        let mut new = name.to_vec();
        if let Some(letters) = new.get_mut(base..) {
            letters.fill(b'0');
        }
        // The entry shrinks with its name, so that nothing of the old one stays behind the new.
        while self.remove != Remove::Unlink && new.len() > base {
            if sys::fs::renameat(sys::fd::CWD, &current, sys::fd::CWD, &new, libc::RENAME_NOREPLACE).is_ok() {
                current.clone_from(&new);
                if let (Remove::WipeAndSync, Ok(folder)) = (self.remove, &folder) {
                    let _ = sys::fd::sync(folder.raw());
                }
            }
            new.pop();
        }
        sys::fs::unlinkat(sys::fd::CWD, &current, 0)?;
        if self.options.has(opt::VERBOSE) {
            cx.warn(&[name, b": removed"]);
        }
        Ok(())
    }
}
