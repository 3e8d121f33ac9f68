//! Long listings.

use super::{Batch, File, Format, Ls};
use alloc::vec::Vec;
use sys::fs::{Stat, Timestamp, major, minor};
use sys::libc;

/// Half a year, which is how long a time counts as recent.
const RECENT: i64 = 31_556_952 / 2;

fn digits(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

fn is_device(stat: &Stat) -> bool {
    matches!(stat.kind(), libc::S_IFCHR | libc::S_IFBLK)
}

/// The width of a name of a user or group, or of its number.
fn owner_width(names: &mut users::Names, numeric: bool, id: u32) -> usize {
    match names.get(id).filter(|_| !numeric) {
        Some(name) => name.len(),
        None => digits(id.into()),
    }
}

/// Appends a name to the left, or a number to the right, and a blank.
fn push_owner(names: &mut users::Names, numeric: bool, id: u32, width: usize, line: &mut Vec<u8>) {
    match names.get(id).filter(|_| !numeric) {
        Some(name) => {
            line.extend_from_slice(name);
            num::push_fill(line, width.saturating_sub(name.len()), b' ');
        }
        None => push_right(u64::from(id), width, line),
    }
    line.push(b' ');
}

fn push_right(number: u64, width: usize, line: &mut Vec<u8>) {
    num::push_padded(line, num::dec(number, &mut num::new_buf()), width, b' ');
}

impl Ls<'_, '_> {
    /// Makes the columns wide enough for an entry.
    pub fn widen(&mut self, file: &File, batch: &mut Batch) {
        let widths = &mut batch.widths;
        let wider = |width: &mut usize, least: usize| *width = (*width).max(least);
        if self.inodes {
            wider(&mut widths.ino, digits(file.ino));
        }
        let Some(stat) = &file.stat else {
            return;
        };
        let mut text = Vec::new();
        if self.blocks || self.format == Format::Long {
            batch.blocks += stat.blocks();
            self.block_unit.push(stat.blocks(), 512, &mut text);
            wider(&mut widths.blocks, text.len());
        }
        if self.format != Format::Long {
            return;
        }
        wider(&mut widths.links, digits(stat.nlink()));
        if self.owner || self.author {
            wider(&mut widths.owner, owner_width(&mut self.users, self.numeric, stat.uid()));
        }
        if self.group {
            wider(&mut widths.group, owner_width(&mut self.groups, self.numeric, stat.gid()));
        }
        if is_device(stat) {
            wider(&mut widths.major, digits(major(stat.rdev()).into()));
            wider(&mut widths.minor, digits(minor(stat.rdev()).into()));
            wider(&mut widths.size, widths.major + 2 + widths.minor);
        } else {
            text.clear();
            self.sizes.push(stat.size(), 1, &mut text);
            wider(&mut widths.size, text.len());
        }
    }

    /// Appends inode and blocks, if they are asked for, each with a blank behind.
    pub fn facts(&self, file: &File, ino: usize, blocks: usize, line: &mut Vec<u8>) {
        if self.inodes {
            if file.ino == 0 {
                num::push_padded(line, b"?", ino, b' ');
            } else {
                push_right(file.ino, ino, line);
            }
            line.push(b' ');
        }
        if self.blocks {
            let mut text = Vec::new();
            match &file.stat {
                Some(stat) => self.block_unit.push(stat.blocks(), 512, &mut text),
                None => text.push(b'?'),
            }
            num::push_padded(line, &text, blocks, b' ');
            line.push(b' ');
        }
    }

    pub fn long(&mut self, batch: &Batch) {
        let mut line = Vec::new();
        for file in batch.sorted() {
            self.long_line(batch, file, &mut line);
            self.cx.out.write(&line);
            line.clear();
            if self.cx.out.failed() {
                break;
            }
        }
    }

    fn long_line(&mut self, batch: &Batch, file: &File, line: &mut Vec<u8>) {
        self.normal_color(line);
        let start = line.len();
        let widths = &batch.widths;
        self.facts(file, widths.ino, widths.blocks, line);
        match &file.stat {
            Some(stat) => self.known(stat, batch, line),
            None => {
                // What could not be examined: its type and question marks.
                files::mode::string(u32::from(file.kind) << 12, line);
                line.truncate(line.len() - 9);
                num::push_fill(line, 9, b'?');
                line.push(b' ');
                let owners = [(true, widths.links), (self.owner, widths.owner), (self.group, widths.group)];
                let rest = [(self.author, widths.owner), (true, widths.size)];
                for (index, (shown, width)) in owners.into_iter().chain(rest).enumerate() {
                    if shown {
                        let left = (1..4).contains(&index);
                        num::push_padded(line, b"?", if left { 1 } else { width }, b' ');
                        num::push_fill(line, if left { width.saturating_sub(1) } else { 0 }, b' ');
                        line.push(b' ');
                    }
                }
            }
        }
        self.time(file, line);
        line.push(b' ');
        let at = line.len() - start;
        self.name(batch, file, None, at, line);
        let mode = file.stat.as_ref().map(Stat::mode);
        if let (libc::DT_LNK, Some(target)) = (file.kind, &file.link) {
            line.extend_from_slice(b" -> ");
            let at = line.len() - start;
            self.name(batch, file, Some(target), at, line);
            line.extend(self.mark(Some(file.link_mode.unwrap_or(0)), 0));
        } else if file.kind != libc::DT_LNK {
            line.extend(self.mark(mode, file.kind));
        }
        line.push(self.end);
    }

    /// Mode, links, owners and size.
    fn known(&mut self, stat: &Stat, batch: &Batch, line: &mut Vec<u8>) {
        let widths = &batch.widths;
        files::mode::string(stat.mode(), line);
        line.push(b' ');
        push_right(stat.nlink(), widths.links, line);
        line.push(b' ');
        if self.owner {
            push_owner(&mut self.users, self.numeric, stat.uid(), widths.owner, line);
        }
        if self.group {
            push_owner(&mut self.groups, self.numeric, stat.gid(), widths.group, line);
        }
        if self.author {
            push_owner(&mut self.users, self.numeric, stat.uid(), widths.owner, line);
        }
        if is_device(stat) {
            let blanks = widths.size.saturating_sub(widths.major + 2 + widths.minor);
            push_right(major(stat.rdev()).into(), widths.major + blanks, line);
            line.extend_from_slice(b", ");
            push_right(minor(stat.rdev()).into(), widths.minor, line);
        } else {
            let start = line.len();
            self.sizes.push(stat.size(), 1, line);
            let missing = widths.size.saturating_sub(line.len() - start);
            num::push_fill(line, missing, b' ');
            line.get_mut(start..).unwrap_or_default().rotate_right(missing);
        }
        line.push(b' ');
    }

    fn time(&mut self, file: &File, line: &mut Vec<u8>) {
        let Some(when) = self.time_of(file) else {
            let mut usual = Vec::new();
            time::format(self.formats[0], &self.zone.local(0), 0, 0, &mut usual);
            num::push_padded(line, b"?", usual.len(), b' ');
            return;
        };
        if when > self.now {
            // It may have been made after we looked at the clock.
            self.now = sys::time::now();
        }
        let ago = Timestamp { sec: self.now.sec - RECENT, ..self.now };
        let recent = ago < when && when < self.now;
        let civil = self.zone.local(when.sec);
        time::format(self.formats[usize::from(recent)], &civil, when.sec, when.nsec, line);
    }
}
