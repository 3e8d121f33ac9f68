//! Time zones: local time of a moment, and the moment of a local time.

use crate::civil::{Abbreviation, Civil, Fields};
use crate::posix::Posix;
use alloc::vec::Vec;
use core::cell::Cell;

/// One kind of local time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Kind {
    /// Seconds east of UTC.
    pub offset: i32,
    pub dst: bool,
    pub name: Abbreviation,
}

/// A stretch of time, its end not included, during which one kind is in force.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    pub from: i64,
    pub until: i64,
    pub kind: Kind,
}

/// A time zone. The last stretch of time asked for is remembered, so that neighbouring times are cheap.
#[derive(Clone, Debug, Default)]
pub struct Zone {
    table: Table,
    /// What holds after the table's last change; None: the last change stays in force.
    rule: Option<Posix>,
    last: Cell<Span>,
}

/// The data block of a TZif file (RFC 8536 3.2), left as it is and decoded where it is needed.
#[derive(Clone, Debug, Default)]
struct Table {
    data: Vec<u8>,
    /// Bytes of a time: 4 in version 1, 8 since.
    wide: usize,
    times: usize,
    kinds: usize,
    chars: usize,
}

impl Table {
    fn int(&self, at: usize, size: usize) -> Option<i64> {
        let bytes = self.data.get(at..at + size)?;
        let sign = if bytes.first()? & 128 != 0 { -1 } else { 0 };
        Some(bytes.iter().fold(sign, |n, b| n << 8 | i64::from(*b)))
    }

    fn time(&self, index: usize) -> i64 {
        self.int(index * self.wide, self.wide).unwrap_or(i64::MAX)
    }

    fn kind(&self, index: usize) -> Option<Kind> {
        let at = self.times * (self.wide + 1) + index * 6;
        let names = self.times * (self.wide + 1) + self.kinds * 6;
        let name = self.data.get(names..names + self.chars)?.get(usize::from(*self.data.get(at + 5)?)..)?;
        let name = name.split(|b| *b == 0).next()?;
        Some(Kind {
            // Clamped so that a hostile file cannot make sums overflow: no place is off by more than a week.
            offset: self.int(at, 4)?.clamp(-604_800, 604_800) as i32,
            dst: *self.data.get(at + 4)? != 0,
            name: Abbreviation::new(name),
        })
    }

    /// The kind that change number `count` (from 1) sets; 0 is the time before all changes.
    fn span(&self, count: usize) -> Span {
        let mut span = Span { from: i64::MIN, until: i64::MAX, kind: Kind::default() };
        let mut index = 0;
        if let Some(change) = count.checked_sub(1) {
            span.from = self.time(change);
            index = self.data.get(self.times * self.wide + change).copied().unwrap_or(0).into();
        }
        if count < self.times {
            span.until = self.time(count);
        }
        span.kind = self.kind(index).unwrap_or_default();
        span
    }
}

/// A big-endian 32-bit count out of a TZif header.
fn count(header: &[u8], index: usize) -> usize {
    let bytes = header.get(20 + index * 4..24 + index * 4).unwrap_or_default();
    bytes.iter().fold(0, |n, b| n << 8 | usize::from(*b))
}

/// The size of a data block, given its header; None for counts no real file has.
fn block_size(header: &[u8], wide: usize) -> Option<usize> {
    let [utc, standard, leaps, times, kinds, chars] = core::array::from_fn(|i| count(header, i));
    // A plausible bound, which also keeps the sum from overflowing on 32-bit machines.
    if [utc, standard, leaps, times, kinds, chars].iter().any(|n| *n > 1 << 20) {
        return None;
    }
    Some(times * (wide + 1) + kinds * 6 + chars + leaps * (wide + 4) + standard + utc)
}

impl Zone {
    /// Coordinated Universal Time.
    pub fn utc() -> Zone {
        Zone { rule: Some(Posix::utc()), ..Zone::default() }
    }

    /// A zone by a POSIX TZ string such as `CET-1CEST,M3.5.0,M10.5.0/3`; None if it is not one.
    pub fn from_posix(text: &[u8]) -> Option<Zone> {
        Some(Zone { rule: Some(Posix::parse(text)?), ..Zone::default() })
    }

    /// A zone by the contents of a TZif file, versions 1 to 4 (RFC 8536, RFC 9636); None if they are not one.
    pub fn from_tzif(file: &[u8]) -> Option<Zone> {
        const HEADER: usize = 44;
        let mut file = file;
        let mut wide = 4;
        if !file.starts_with(b"TZif") {
            return None;
        }
        let version = *file.get(4)?;
        if version != 0 {
            file = file.get(HEADER + block_size(file, 4)?..)?;
            wide = 8;
        }
        if !file.starts_with(b"TZif") {
            return None;
        }
        let size = block_size(file, wide)?;
        let (data, footer) = file.get(HEADER..)?.split_at_checked(size)?;
        let [_, _, _, times, kinds, chars] = core::array::from_fn(|i| count(file, i));
        if kinds == 0 {
            return None;
        }
        let rule = match footer {
            [b'\n', line @ ..] if version != 0 => line.split(|b| *b == b'\n').next().and_then(Posix::parse),
            _ => None,
        };
        let data = data.get(..times * (wide + 1) + kinds * 6 + chars)?.to_vec();
        Some(Zone { table: Table { data, wide, times, kinds, chars }, rule, last: Cell::default() })
    }

    fn span(&self, unix: i64) -> Span {
        let last = self.last.get();
        if last.from <= unix && unix < last.until {
            return last;
        }
        let span = self.search(unix);
        self.last.set(span);
        span
    }

    #[cold]
    #[inline(never)]
    fn search(&self, unix: i64) -> Span {
        // How many changes lie at or before that moment.
        let (mut low, mut high) = (0, self.table.times);
        while low < high {
            let middle = (low + high) / 2;
            if self.table.time(middle) <= unix {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        match &self.rule {
            Some(rule) if low == self.table.times => {
                let mut span = rule.span(unix);
                if let Some(change) = low.checked_sub(1) {
                    span.from = span.from.max(self.table.time(change));
                }
                span
            }
            _ => self.table.span(low),
        }
    }

    /// The local time at `unix`; `nsec` is 0.
    pub fn local(&self, unix: i64) -> Civil {
        let kind = self.span(unix).kind;
        let mut civil = Civil::from_unix(unix, kind.offset);
        civil.dst = kind.dst;
        civil.abbreviation = kind.name;
        civil
    }

    /// The moment at which local clocks show `fields`, which are first brought into their ranges, as `mktime` does.
    ///
    /// Of two such moments the one with `dst` is taken, without a hint the first; if there is none with `dst`, the fields
    /// are read by the clock that the zone has in that season: 10:00 of standard time in summer is 11:00. At a time that clocks skip, the clock
    /// before the change goes on. None if the result does not fit.
    pub fn unix(&self, fields: &Fields, dst: Option<bool>) -> Option<i64> {
        let wall = fields.unix()?;
        // No change of offset exceeds a day, so that these two are the clocks before and after it.
        let before = self.span(wall.saturating_sub(86400)).kind;
        let after = self.span(wall.saturating_add(86400)).kind;
        let first = wall.checked_sub(i64::from(before.offset))?;
        let second = wall.checked_sub(i64::from(after.offset))?;
        let first_span = self.span(first).kind;
        let second_span = self.span(second).kind;
        let first_true = first_span.offset == before.offset;
        let second_true = second_span.offset == after.offset;
        let wanted = |kind: Kind| dst.is_none_or(|dst| dst == kind.dst);
        let (found, kind) = if second_true && (!first_true || (!wanted(first_span) && wanted(second_span))) {
            (second, second_span)
        } else {
            (first, first_span)
        };
        match dst {
            Some(dst) if kind.dst != dst => self.other_clock(found, dst, wall).or(Some(found)),
            _ => Some(found),
        }
    }

    /// What `wall` is by the clock (summer or not) that is not in force: by that of the nearest season that has it.
    #[cold]
    fn other_clock(&self, unix: i64, dst: bool, wall: i64) -> Option<i64> {
        // A week at a time, for some eight years, beyond which daylight saving time tells nothing about this one.
        const STEP: i64 = 601_200;
        (1..=447).find_map(|i: i64| {
            let near = [unix.saturating_sub(i * STEP), unix.saturating_add(i * STEP)];
            let kind = near.iter().map(|t| self.span(*t).kind).find(|kind| kind.dst == dst)?;
            wall.checked_sub(i64::from(kind.offset))
        })
    }
}

/// The zone that the environment variable TZ asks for; `read` returns the contents of a file.
///
/// Without TZ it is that of `/etc/localtime`; an empty one is UTC. A name is a file below `/usr/share/zoneinfo`, or
/// an absolute path; a leading `:` does not count. What is no file is read as a POSIX string; failing all, it is UTC.
pub fn load(tz: Option<&[u8]>, read: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>) -> Zone {
    match tz {
        None => named(b"/etc/localtime", read),
        Some(name) => named(name.strip_prefix(b":").unwrap_or(name), read),
    }
    .unwrap_or_else(Zone::utc)
}

/// The zone called `name`; None if there is none.
pub fn named(name: &[u8], read: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>) -> Option<Zone> {
    if name.is_empty() {
        return None;
    }
    let mut path = Vec::new();
    if name.first() != Some(&b'/') {
        path.extend_from_slice(b"/usr/share/zoneinfo/");
    }
    path.extend_from_slice(name);
    // A name must not lead out of the folder, and these characters only occur in POSIX strings.
    let climbs = name.split(|b| *b == b'/').any(|part| part == b"..");
    let is_file = !climbs && !name.iter().any(|b| matches!(b, b',' | b'<' | 0));
    let zone = if is_file { read(&path).and_then(|file| Zone::from_tzif(&file)) } else { None };
    zone.or_else(|| Zone::from_posix(name))
}
