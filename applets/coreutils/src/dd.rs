//! usage: dd [OPERAND=VALUE]...
//!
//! Copy a file in blocks.
//!
//! if=FILE, of=FILE     from FILE, to FILE, rather than standard input and output
//! bs=N                 read and write N bytes at a time (512); overrides ibs and obs
//! ibs=N, obs=N         read N bytes, write N bytes at a time
//! cbs=N                convert N bytes at a time (block, unblock)
//! count=N              copy N input blocks
//! skip=N, iseek=N      skip N input blocks first
//! seek=N, oseek=N      skip N output blocks first
//! conv=LIST            ascii ebcdic ibm block unblock lcase ucase swab sync noerror notrunc nocreat excl sparse fdatasync fsync
//! iflag=LIST           append direct directory dsync sync fullblock nonblock noatime nocache noctty nofollow count_bytes
//!                      skip_bytes
//! oflag=LIST           the same, and seek_bytes
//! status=LEVEL         none, noxfer (no last line), progress (tell all the time)
//!
//! N may have a suffix: c 1, w 2, b 512, kB 1000, K 1024, MB, M, and so on, may be a product (2x512), and counts bytes
//! with a B behind it. SIGUSR1 makes dd tell how far it is.
//!
//! # Notes
//! POSIX.1-2024 dd; the rest as GNU and BusyBox.

use applet::prelude::*;
use sys::fs::Timestamp;

/// The operands, which their places number.
const OPERANDS: &[u8] = b"if of bs ibs obs cbs count skip iseek seek oseek conv iflag oflag status";

/// Bits of `conv=`, in the order of their names.
const CONVERSIONS: &[u8] = b"ascii ebcdic ibm block unblock lcase ucase swab sync noerror notrunc nocreat excl sparse fdatasync fsync";
const ASCII: u32 = 1;
const EBCDIC: u32 = 2;
const IBM: u32 = 4;
const BLOCK: u32 = 8;
const UNBLOCK: u32 = 16;
const LCASE: u32 = 32;
const UCASE: u32 = 64;
const SWAB: u32 = 128;
const SYNC: u32 = 256;
const NOERROR: u32 = 512;
const NOTRUNC: u32 = 1024;
const NOCREAT: u32 = 2048;
const EXCL: u32 = 4096;
const SPARSE: u32 = 8192;
const FDATASYNC: u32 = 16384;
const FSYNC: u32 = 32768;

/// Bits of `iflag=` and `oflag=`, in the order of their names.
const FLAGS: &[u8] = b"append direct directory dsync sync nonblock noatime noctty nofollow nocache fullblock count_bytes skip_bytes seek_bytes";
/// What the first of them are for open(2).
const OPEN_FLAGS: [i32; 9] = [
    libc::O_APPEND,
    libc::O_DIRECT,
    libc::O_DIRECTORY,
    libc::O_DSYNC,
    libc::O_SYNC,
    libc::O_NONBLOCK,
    libc::O_NOATIME,
    libc::O_NOCTTY,
    libc::O_NOFOLLOW,
];
const DIRECT: u32 = 2;
const NOCACHE: u32 = 1 << 9;
const FULLBLOCK: u32 = 1 << 10;
const COUNT_BYTES: u32 = 1 << 11;
const SKIP_BYTES: u32 = 1 << 12;
const SEEK_BYTES: u32 = 1 << 13;

/// A number of blocks, or of bytes.
#[derive(Clone, Copy, Default)]
struct Amount {
    number: u64,
    bytes: bool,
}

#[derive(Default)]
struct Plan<'a> {
    input: Option<&'a [u8]>,
    output: Option<&'a [u8]>,
    ibs: usize,
    obs: usize,
    cbs: usize,
    same_size: bool,
    count: Option<Amount>,
    skip: Amount,
    seek: Amount,
    conv: u32,
    iflag: u32,
    oflag: u32,
    status: Status,
}

#[derive(Clone, Copy, PartialEq, Default)]
enum Status {
    #[default]
    All,
    NoTransfer,
    Progress,
    None,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    cx.answer_help()?;
    let mut plan = Plan { ibs: 512, obs: 512, ..Plan::default() };
    plan.parse(cx.args)?;
    // The signal is caught before the files are opened, so that it never ends a waiting dd.
    let _usr1 = sys::signal::catch(libc::SIGUSR1)?;
    let _int = sys::signal::catch(libc::SIGINT)?;
    let input = match plan.input {
        Some(name) => Some(sys::fd::open(name, libc::O_RDONLY | open_flags(plan.iflag), 0).at(name)?),
        None => None,
    };
    let output = match plan.output {
        Some(name) => Some(plan.open_output(name)?),
        None => None,
    };
    cx.out.flush()?;
    let mut job = Job {
        plan: &plan,
        from: input.as_ref().map_or(sys::fd::STDIN, Fd::raw),
        to: output.as_ref().map_or(sys::fd::STDOUT, Fd::raw),
        full_in: 0,
        part_in: 0,
        full_out: 0,
        part_out: 0,
        truncated: 0,
        bytes: 0,
        started: sys::time::monotonic(),
        told: 0,
        pending: Vec::new(),
        column: 0,
        blanks: 0,
        odd: None,
        hole: false,
        shown: 0,
    };
    let result = job.run(cx);
    if let Err(error) = result {
        cx.report(error);
    }
    if plan.status == Status::Progress && job.told > 0 {
        cx.note(&[b"\n"]);
    }
    job.tell(cx);
    if let Some(fd) = output
        && let Err(errno) = fd.close()
    {
        cx.report(Error::system(plan.output.unwrap_or_default(), errno));
    }
    if sys::signal::take(libc::SIGINT) {
        // Ends as an interrupted program does, once everything has been told.
        cx.set_status(130);
    }
    Ok(cx.status())
}

fn open_flags(flags: u32) -> i32 {
    OPEN_FLAGS
        .iter()
        .enumerate()
        .filter(|(bit, _)| flags & 1 << bit != 0)
        .fold(0, |sum, (_, flag)| sum | flag)
}

fn parse_names(list: &[u8], known: &[u8], what: &[u8]) -> Result<u32> {
    let mut bits = 0;
    for name in list.split(|&byte| byte == b',') {
        let bit = known.split(|&byte| byte == b' ').position(|known| known == name);
        bits |= 1 << bit.ok_or_else(|| Error::usage(&[b"invalid ", what, b": '", name, b"'"]))?;
    }
    Ok(bits)
}

/// A product of numbers with suffixes; a B at the end says that bytes are counted.
fn parse_amount(text: &[u8]) -> Result<Amount> {
    let wrong = || Error::about(b"invalid number: '%'", text);
    let mut number = 1u64;
    // `kB` is a unit, a B behind digits or a unit of one letter is not part of it.
    let bytes = text.ends_with(b"B")
        && !matches!(text, [.., b'k' | b'M' | b'G' | b'T' | b'P' | b'E' | b'K' | b'i', b'B']);
    let product = if bytes { text.strip_suffix(b"B").unwrap_or(text) } else { text };
    for factor in product.split(|&byte| byte == b'x') {
        let value = num::parse_size(factor, num::DD_SIZES).map_err(|error| match error {
            num::ParseError::Range => {
                Error::about(b"invalid number: '%': Value too large for defined data type", text)
            }
            num::ParseError::Invalid => wrong(),
        })?;
        number = number.checked_mul(value).ok_or_else(wrong)?;
    }
    Ok(Amount { number, bytes })
}

fn parse_size(text: &[u8]) -> Result<usize> {
    let size = parse_amount(text)?.number;
    match usize::try_from(size) {
        Ok(size @ 1..) if size <= isize::MAX as usize / 4 => Ok(size),
        _ => Err(Error::about(b"invalid number: '%'", text)),
    }
}

impl<'a> Plan<'a> {
    fn parse(&mut self, args: &[&'a [u8]]) -> Result {
        let mut bs = 0;
        for &arg in args.iter().filter(|arg| **arg != b"--") {
            let mut parts = arg.splitn(2, |&byte| byte == b'=');
            let name = parts.next().unwrap_or_default();
            let known = OPERANDS.split(|&byte| byte == b' ').position(|known| known == name);
            let (Some(operand), Some(value)) = (known, parts.next()) else {
                return Err(Error::usage_about(b"unrecognized operand '%'", arg));
            };
            match operand {
                0 => self.input = Some(value),
                1 => self.output = Some(value),
                // bs, ibs, obs, cbs
                2..6 => {
                    let size = parse_size(value)?;
                    *(match operand {
                        2 => &mut bs,
                        3 => &mut self.ibs,
                        4 => &mut self.obs,
                        _ => &mut self.cbs,
                    }) = size;
                }
                // count, skip, iseek, seek, oseek
                6..11 => {
                    let amount = parse_amount(value)?;
                    match operand {
                        6 => self.count = Some(amount),
                        7 | 8 => self.skip = amount,
                        _ => self.seek = amount,
                    }
                }
                11 => self.conv |= parse_names(value, CONVERSIONS, b"conversion")?,
                12 => self.iflag |= parse_names(value, FLAGS, b"input flag")?,
                13 => self.oflag |= parse_names(value, FLAGS, b"output flag")?,
                _ => {
                    self.status = match value {
                        b"none" => Status::None,
                        b"noxfer" => Status::NoTransfer,
                        b"progress" => Status::Progress,
                        _ => return Err(Error::usage_about(b"invalid status level: '%'", value)),
                    }
                }
            }
        }
        if bs > 0 {
            (self.ibs, self.obs) = (bs, bs);
            // Short reads are written as they are, unless something changes the data.
            self.same_size = !self.has(ASCII | EBCDIC | IBM | BLOCK | UNBLOCK | LCASE | UCASE | SWAB);
        }
        self.skip.bytes |= self.iflag & SKIP_BYTES != 0;
        self.seek.bytes |= self.oflag & SEEK_BYTES != 0;
        if let Some(count) = &mut self.count {
            count.bytes |= self.iflag & COUNT_BYTES != 0;
        }
        for rivals in [BLOCK | UNBLOCK, LCASE | UCASE, EXCL | NOCREAT, ASCII | EBCDIC | IBM] {
            if (self.conv & rivals).count_ones() > 1 {
                return Err(Error::usage(&[b"these conversions exclude each other"]));
            }
        }
        Ok(())
    }

    fn has(&self, conversion: u32) -> bool {
        self.conv & conversion != 0
    }

    fn open_output(&self, name: &[u8]) -> Result<Fd> {
        let mut flags = open_flags(self.oflag);
        flags |= if self.has(NOCREAT) { 0 } else { libc::O_CREAT };
        flags |= if self.has(EXCL) { libc::O_EXCL } else { 0 };
        let truncate = !self.has(NOTRUNC) && self.seek.number == 0;
        flags |= if truncate { libc::O_TRUNC } else { 0 };
        // Reading too lets seek work on what can be read only in order.
        let file = match sys::fd::open(name, flags | libc::O_RDWR, 0o666) {
            Err(_) => sys::fd::open(name, flags | libc::O_WRONLY, 0o666).at(name)?,
            Ok(file) => file,
        };
        if !self.has(NOTRUNC) && self.seek.number > 0 {
            let length = self.offset(self.seek, self.obs)?;
            let is_file = sys::fs::fstat(file.raw()).is_ok_and(|stat| stat.is_file());
            if is_file {
                sys::fd::truncate(file.raw(), length).at(name)?;
            }
        }
        Ok(file)
    }

    /// An amount in bytes.
    fn offset(&self, amount: Amount, size: usize) -> Result<i64> {
        let unit = if amount.bytes { 1 } else { size as u64 };
        let offset = amount.number.checked_mul(unit).and_then(|offset| i64::try_from(offset).ok());
        offset.ok_or_else(|| Error::from(Errno(libc::EOVERFLOW)))
    }
}

struct Job<'a> {
    plan: &'a Plan<'a>,
    from: i32,
    to: i32,
    full_in: u64,
    part_in: u64,
    full_out: u64,
    part_out: u64,
    truncated: u64,
    /// Bytes written.
    bytes: u64,
    started: Timestamp,
    /// Seconds since the start at which progress was told last.
    told: i64,
    /// What is to be written with the next output block.
    pending: Vec<u8>,
    /// conv=block: the column in a record; conv=unblock: bytes of the record so far.
    column: usize,
    /// conv=unblock: blanks that are left out if the record ends behind them.
    blanks: usize,
    /// conv=swab: a byte that waits for its partner.
    odd: Option<u8>,
    /// conv=sparse: the output ends with a hole.
    hole: bool,
    /// Columns of the last progress line.
    shown: usize,
}

impl Job<'_> {
    fn name_in(&self) -> &[u8] {
        self.plan.input.unwrap_or(b"standard input")
    }

    fn name_out(&self) -> &[u8] {
        self.plan.output.unwrap_or(b"standard output")
    }

    fn run(&mut self, cx: &mut Context) -> Result {
        let plan = self.plan;
        let mut block: Vec<u8> = Vec::new();
        // Direct reads want memory on page boundaries, which large blocks have.
        let room = if plan.iflag & DIRECT != 0 { plan.ibs.max(128 * 1024) } else { plan.ibs };
        if block.try_reserve_exact(room).is_err() || self.pending.try_reserve_exact(plan.obs).is_err() {
            return Err(Error::new(b"memory exhausted by the block size"));
        }
        self.skip(cx, &mut block)?;
        self.seek()?;
        block.clear();
        block.resize(plan.ibs, 0);
        let mut left = plan.count.map(|count| count.number);
        while left != Some(0) && !sys::signal::take(libc::SIGINT) {
            let most = match (left, plan.count) {
                (Some(left), Some(Amount { bytes: true, .. })) => {
                    plan.ibs.min(usize::try_from(left).unwrap_or(usize::MAX))
                }
                _ => plan.ibs,
            };
            let room = block.get_mut(..most).unwrap_or_default();
            let length = match self.read(room) {
                Ok(0) => break,
                Ok(length) => length,
                Err(Errno(libc::EINTR)) => {
                    self.asked(cx);
                    continue;
                }
                Err(errno) if plan.has(NOERROR) => {
                    cx.report(Error::system(self.name_in(), errno));
                    self.tell(cx);
                    // The bad block is passed over where that is possible, and replaced by NULs with sync.
                    // What cannot be passed over would fail for ever.
                    let passed = sys::fd::seek(self.from, most as i64, libc::SEEK_CUR).is_ok();
                    if !passed || errno.0 == libc::EISDIR {
                        break;
                    }
                    if !plan.has(SYNC) {
                        continue;
                    }
                    0
                }
                Err(errno) => {
                    let error = Error::system(self.name_in(), errno);
                    self.finish()?;
                    return Err(error);
                }
            };
            if length == plan.ibs {
                self.full_in += 1;
            } else {
                self.part_in += 1;
            }
            if let Some(left) = &mut left {
                let bytes = plan.count.is_some_and(|count| count.bytes);
                *left -= if bytes { length as u64 } else { 1 };
            }
            let mut used = length;
            if plan.has(SYNC) && length < most {
                let filler = if plan.has(BLOCK | UNBLOCK) { b' ' } else { 0 };
                if let Some(rest) = block.get_mut(length..most) {
                    rest.fill(filler);
                }
                used = most;
            }
            self.convert(block.get(..used).unwrap_or_default())?;
            if plan.iflag & NOCACHE != 0 {
                sys::fd::advise(self.from, libc::POSIX_FADV_DONTNEED);
            }
            self.asked(cx);
        }
        self.finish()
    }

    /// Reads a block; with `fullblock` as often as it takes. `EINTR` comes through when nothing was read.
    fn read(&self, block: &mut [u8]) -> sys::Result<usize> {
        let mut done = 0;
        while let Some(rest) = block.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match sys::fd::read_once(self.from, rest) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(Errno(libc::EINTR)) if done > 0 => {}
                Err(errno) => return Err(errno),
            }
            if self.plan.iflag & FULLBLOCK == 0 {
                break;
            }
        }
        Ok(done)
    }

    fn skip(&mut self, cx: &mut Context, block: &mut Vec<u8>) -> Result {
        let offset = self.plan.offset(self.plan.skip, self.plan.ibs)?;
        if offset == 0 {
            return Ok(());
        }
        let stat = sys::fs::fstat(self.from).ok();
        let told = |cx: &mut Context, name: &[u8]| cx.warn(&[name, b": cannot skip to specified offset"]);
        if let Ok(at) = sys::fd::seek(self.from, 0, libc::SEEK_CUR)
            && sys::fd::seek(self.from, offset, libc::SEEK_CUR).is_ok()
        {
            if let Some(stat) = stat.filter(|stat| stat.is_file())
                && (stat.size() as i64) < at.saturating_add(offset)
            {
                told(cx, self.name_in());
            }
            return Ok(());
        }
        let mut left = offset as u64;
        while left > 0 {
            block.clear();
            block.resize(self.plan.ibs.min(usize::try_from(left).unwrap_or(usize::MAX)), 0);
            match sys::fd::read(self.from, block).at(self.name_in())? {
                0 => {
                    told(cx, self.name_in());
                    break;
                }
                n => left -= n as u64,
            }
        }
        Ok(())
    }

    fn seek(&mut self) -> Result {
        let offset = self.plan.offset(self.plan.seek, self.plan.obs)?;
        if offset == 0 || sys::fd::seek(self.to, offset, libc::SEEK_CUR).is_ok() {
            return Ok(());
        }
        // What cannot be positioned is filled up with NULs.
        let mut left = offset as u64;
        let zeros = [0; 4096];
        while left > 0 {
            let part = zeros.get(..usize::try_from(left).unwrap_or(usize::MAX)).unwrap_or(&zeros);
            sys::fd::write_all(self.to, part).at(self.name_out())?;
            left -= part.len() as u64;
        }
        Ok(())
    }

    fn convert(&mut self, block: &[u8]) -> Result {
        let plan = self.plan;
        if plan.same_size {
            return self.write(block);
        }
        const CHANGES: u32 = ASCII | EBCDIC | IBM | BLOCK | UNBLOCK | LCASE | UCASE | SWAB;
        if plan.conv & CHANGES == 0 {
            return self.collect(block);
        }
        let mut text = block.to_vec();
        if plan.has(SWAB) {
            text.clear();
            let mut bytes = self.odd.take().into_iter().chain(block.iter().copied());
            while let Some(first) = bytes.next() {
                match bytes.next() {
                    Some(second) => text.extend([second, first]),
                    None => self.odd = Some(first),
                }
            }
        }
        if plan.has(ASCII) {
            text.iter_mut().for_each(|byte| *byte = to_ascii(*byte));
        }
        for byte in &mut text {
            if plan.has(LCASE) {
                *byte = byte.to_ascii_lowercase();
            } else if plan.has(UCASE) {
                *byte = byte.to_ascii_uppercase();
            }
        }
        // From EBCDIC records become lines, and lines records on the way to it.
        let cbs = plan.cbs;
        if cbs > 0 && plan.has(BLOCK | EBCDIC | IBM) {
            text = self.join_records(&text, cbs);
        } else if cbs > 0 && plan.has(UNBLOCK | ASCII) {
            text = self.split_records(&text, cbs);
        }
        if plan.has(EBCDIC | IBM) {
            text.iter_mut().for_each(|byte| *byte = to_ebcdic(*byte, plan.has(IBM)));
        }
        self.collect(&text)
    }

    /// conv=block: lines become records of `cbs` bytes, filled with blanks or cut.
    fn join_records(&mut self, text: &[u8], cbs: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for &byte in text {
            if byte == b'\n' {
                num::push_fill(&mut out, cbs.saturating_sub(self.column), b' ');
                self.column = 0;
                continue;
            }
            if self.column < cbs {
                out.push(byte);
            } else if self.column == cbs {
                self.truncated += 1;
            }
            self.column += 1;
        }
        out
    }

    /// conv=unblock: records of `cbs` bytes become lines without blanks at their end.
    fn split_records(&mut self, text: &[u8], cbs: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for &byte in text {
            if self.column == cbs {
                out.push(b'\n');
                (self.column, self.blanks) = (0, 0);
            }
            self.column += 1;
            if byte == b' ' {
                self.blanks += 1;
            } else {
                num::push_fill(&mut out, self.blanks, b' ');
                self.blanks = 0;
                out.push(byte);
            }
        }
        out
    }

    /// Gathers data until there is a whole output block.
    fn collect(&mut self, mut data: &[u8]) -> Result {
        while !data.is_empty() {
            let space = self.plan.obs - self.pending.len();
            let (now, later) = data.split_at(space.min(data.len()));
            self.pending.extend_from_slice(now);
            data = later;
            if self.pending.len() == self.plan.obs {
                let block = core::mem::take(&mut self.pending);
                let result = self.write(&block);
                self.pending = block;
                self.pending.clear();
                result?;
            }
        }
        Ok(())
    }

    /// Writes a block.
    fn write(&mut self, block: &[u8]) -> Result {
        let sparse = self.plan.has(SPARSE) && block.iter().all(|&byte| byte == 0);
        self.hole = sparse && sys::fd::seek(self.to, block.len() as i64, libc::SEEK_CUR).is_ok();
        let mut rest = block;
        while !self.hole && !rest.is_empty() {
            match sys::fd::write(self.to, rest) {
                Ok(n) => {
                    self.bytes += n as u64;
                    rest = rest.get(n..).unwrap_or_default();
                }
                Err(Errno(libc::EINVAL)) if self.plan.oflag & DIRECT != 0 => {
                    // The last block need not have the size that direct writes want.
                    let flags = sys::fd::status_flags(self.to)?;
                    sys::fd::set_status_flags(self.to, flags & !libc::O_DIRECT)?;
                    sys::fd::write_all(self.to, rest).at(self.name_out())?;
                    self.bytes += rest.len() as u64;
                    break;
                }
                Err(errno) => {
                    if rest.len() < block.len() {
                        self.part_out += 1;
                    }
                    return Err(Error::system(self.name_out(), errno));
                }
            }
        }
        if self.hole {
            self.bytes += block.len() as u64;
        }
        if block.len() == self.plan.obs {
            self.full_out += 1;
        } else {
            self.part_out += 1;
        }
        if self.plan.oflag & NOCACHE != 0 {
            sys::fd::advise(self.to, libc::POSIX_FADV_DONTNEED);
        }
        Ok(())
    }

    /// Writes what is left, and sees to it that it is on the disk where that was asked for.
    fn finish(&mut self) -> Result {
        if let Some(mut byte) = self.odd.take() {
            if self.plan.has(LCASE) {
                byte = byte.to_ascii_lowercase();
            } else if self.plan.has(UCASE) {
                byte = byte.to_ascii_uppercase();
            }
            self.collect(&[byte])?;
        }
        let cbs = self.plan.cbs;
        let to_records = self.plan.has(BLOCK | EBCDIC | IBM);
        if cbs > 0 && self.column > 0 && self.plan.has(BLOCK | UNBLOCK | ASCII | EBCDIC | IBM) {
            let mut end = Vec::new();
            if to_records {
                num::push_fill(
                    &mut end,
                    cbs.saturating_sub(self.column),
                    if self.plan.has(EBCDIC | IBM) { 0x40 } else { b' ' },
                );
            } else {
                end.push(b'\n');
            }
            self.collect(&end)?;
        }
        let rest = core::mem::take(&mut self.pending);
        if !rest.is_empty() {
            self.write(&rest)?;
        }
        if self.hole {
            // The hole at the end belongs to the file.
            let end = sys::fd::seek(self.to, 0, libc::SEEK_CUR)?;
            sys::fd::truncate(self.to, end).at(self.name_out())?;
        }
        if self.plan.has(FSYNC) {
            sys::fd::sync(self.to).at(self.name_out())?;
        } else if self.plan.has(FDATASYNC) {
            sys::fd::sync_data(self.to).at(self.name_out())?;
        }
        Ok(())
    }

    /// Tells how far it is, if a signal or `status=progress` asks for it.
    fn asked(&mut self, cx: &mut Context) {
        if sys::signal::take(libc::SIGUSR1) {
            self.tell(cx);
        }
        if self.plan.status == Status::Progress {
            let elapsed = sys::time::monotonic().sec - self.started.sec;
            if elapsed > self.told {
                self.told = elapsed;
                let mut line = self.transfer(true);
                let length = line.len();
                num::push_fill(&mut line, self.shown.saturating_sub(length), b' ');
                self.shown = length;
                cx.note(&[b"\r", &line]);
            }
        }
    }

    /// The counts of blocks, and the line about bytes and time.
    fn tell(&self, cx: &mut Context) {
        if self.plan.status == Status::None {
            return;
        }
        let mut text = Vec::new();
        for (full, part, what) in [
            (self.full_in, self.part_in, &b" records in\n"[..]),
            (self.full_out, self.part_out, b" records out\n"),
        ] {
            num::push_dec(&mut text, full);
            text.push(b'+');
            num::push_dec(&mut text, part);
            text.extend_from_slice(what);
        }
        if self.truncated > 0 {
            num::push_dec(&mut text, self.truncated);
            text.extend_from_slice(if self.truncated == 1 {
                b" truncated record\n"
            } else {
                b" truncated records\n"
            });
        }
        if self.plan.status != Status::NoTransfer {
            text.extend(self.transfer(false));
            text.push(b'\n');
        }
        cx.note(&[&text]);
    }

    /// `1048576 bytes (1.0 MB, 1.0 MiB) copied, 0.00123 s, 852 MB/s`
    fn transfer(&self, progress: bool) -> Vec<u8> {
        let now = sys::time::monotonic();
        let nanos = (i128::from(now.sec) - i128::from(self.started.sec)) * 1_000_000_000
            + i128::from(now.nsec)
            - i128::from(self.started.nsec);
        let seconds = nanos.max(1) as f64 / 1e9;
        let mut text = Vec::new();
        num::push_dec(&mut text, self.bytes);
        text.extend_from_slice(if self.bytes == 1 { b" byte" } else { b" bytes" });
        let units = num::HUMAN_NEAREST | num::HUMAN_SPACE | num::HUMAN_B;
        if self.bytes >= 1000 {
            text.extend_from_slice(b" (");
            num::human(self.bytes, units | num::HUMAN_SI, &mut text);
            if self.bytes >= 1024 {
                text.extend_from_slice(b", ");
                num::human(self.bytes, units, &mut text);
            }
            text.push(b')');
        }
        text.extend_from_slice(b" copied, ");
        let spec = num::Spec { precision: Some(if progress { 0 } else { 6 }), ..num::Spec::default() };
        num::format_float(seconds, if progress { b'f' } else { b'g' }, &spec, &mut text);
        text.extend_from_slice(b" s, ");
        num::human((self.bytes as f64 / seconds) as u64, units | num::HUMAN_SI, &mut text);
        text.extend_from_slice(b"/s");
        text
    }
}

/// EBCDIC's letters and digits as POSIX's table has them (XCU dd, "ascii" conversion): code by code, 0 to 255.
static FROM_EBCDIC: [u8; 256] = *b"\
\x00\x01\x02\x03\x9c\x09\x86\x7f\x97\x8d\x8e\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x9d\x85\x08\x87\x18\x19\x92\x8f\x1c\x1d\x1e\x1f\
\x80\x81\x82\x83\x84\x0a\x17\x1b\x88\x89\x8a\x8b\x8c\x05\x06\x07\x90\x91\x16\x93\x94\x95\x96\x04\x98\x99\x9a\x9b\x14\x15\x9e\x1a\
\x20\xa0\xa1\xa2\xa3\xa4\xa5\xa6\xa7\xa8\xd5\x2e\x3c\x28\x2b\x7c\x26\xa9\xaa\xab\xac\xad\xae\xaf\xb0\xb1\x21\x24\x2a\x29\x3b\x7e\
\x2d\x2f\xb2\xb3\xb4\xb5\xb6\xb7\xb8\xb9\xcb\x2c\x25\x5f\x3e\x3f\xba\xbb\xbc\xbd\xbe\xbf\xc0\xc1\xc2\x60\x3a\x23\x40\x27\x3d\x22\
\xc3\x61\x62\x63\x64\x65\x66\x67\x68\x69\xc4\xc5\xc6\xc7\xc8\xc9\xca\x6a\x6b\x6c\x6d\x6e\x6f\x70\x71\x72\x5e\xcc\xcd\xce\xcf\xd0\
\xd1\xe5\x73\x74\x75\x76\x77\x78\x79\x7a\xd2\xd3\xd4\x5b\xd6\xd7\xd8\xd9\xda\xdb\xdc\xdd\xde\xdf\xe0\xe1\xe2\xe3\xe4\x5d\xe6\xe7\
\x7b\x41\x42\x43\x44\x45\x46\x47\x48\x49\xe8\xe9\xea\xeb\xec\xed\x7d\x4a\x4b\x4c\x4d\x4e\x4f\x50\x51\x52\xee\xef\xf0\xf1\xf2\xf3\
\x5c\x9f\x53\x54\x55\x56\x57\x58\x59\x5a\xf4\xf5\xf6\xf7\xf8\xf9\x30\x31\x32\x33\x34\x35\x36\x37\x38\x39\xfa\xfb\xfc\xfd\xfe\xff";

fn to_ascii(byte: u8) -> u8 {
    FROM_EBCDIC.get(usize::from(byte)).copied().unwrap_or(byte)
}

/// The reverse; the variant of IBM's printers differs in a few characters.
fn to_ebcdic(byte: u8, ibm: bool) -> u8 {
    if ibm {
        // Pairs of the character and its code.
        let others = b"!\x5a^\x5f|\x4f[\xad]\xbd~\xa1\xcb\x9a\xd5\xad\xe5\xbd";
        if let Some([_, code]) = others.chunks(2).find(|pair| pair.first() == Some(&byte)) {
            return *code;
        }
    }
    FROM_EBCDIC.iter().position(|&other| other == byte).unwrap_or(0) as u8
}
