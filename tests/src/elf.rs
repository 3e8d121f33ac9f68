//! As much of ELF as the tests of hardening need: the type and the program headers of a little-endian 32- or 64-bit file,
//! and the memory map of a running process.

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;

pub const ET_DYN: u16 = 3;
pub const PT_LOAD: u32 = 1;
pub const PT_INTERP: u32 = 3;
pub const PT_GNU_STACK: u32 = 0x6474_e551;
pub const PT_GNU_RELRO: u32 = 0x6474_e552;
pub const PF_X: u32 = 1;
pub const PF_W: u32 = 2;

pub struct Elf {
    pub kind: u16,
    pub segments: Vec<Segment>,
}

/// A program header.
#[derive(Debug, Clone, Copy)]
pub struct Segment {
    pub kind: u32,
    pub flags: u32,
    pub address: u64,
    pub size: u64,
}

impl Elf {
    pub fn read(path: &Path) -> Result<Elf> {
        let file = fs::read(path).with_context(|| path.display().to_string())?;
        if !file.starts_with(b"\x7fELF") || file.get(5) != Some(&1) {
            bail!("{}: not a little-endian ELF file", path.display());
        }
        let wide = file.get(4) == Some(&2);
        let word = |at: u64| number(&file, at, 4);
        // Offsets of a field in the 64-bit and the 32-bit form, and its size: 8 or 4.
        let address =
            |long: u64, short: u64| if wide { number(&file, long, 8) } else { number(&file, short, 4) };
        let table = address(32, 28)?;
        let (size, count) = if wide {
            (number(&file, 54, 2)?, number(&file, 56, 2)?)
        } else {
            (number(&file, 42, 2)?, number(&file, 44, 2)?)
        };
        let segment = |n: u64| -> Result<Segment> {
            let at = table + n * size;
            Ok(Segment {
                kind: word(at)? as u32,
                flags: word(at + if wide { 4 } else { 24 })? as u32,
                address: address(at + 16, at + 8)?,
                size: address(at + 40, at + 20)?,
            })
        };
        Ok(Elf {
            kind: number(&file, 16, 2)? as u16,
            segments: (0..count).map(segment).collect::<Result<_>>()?,
        })
    }

    pub fn segment(&self, kind: u32) -> Option<Segment> {
        self.segments.iter().find(|s| s.kind == kind).copied()
    }
}

fn number(file: &[u8], at: u64, size: u64) -> Result<u64> {
    let bytes = file.get(at as usize..(at + size) as usize).context("truncated ELF file")?;
    Ok(bytes.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)))
}

/// One line of /proc/PID/maps.
#[derive(Debug)]
pub struct Mapping {
    pub start: u64,
    pub end: u64,
    pub writable: bool,
    pub executable: bool,
    pub offset: u64,
    pub name: String,
}

/// The memory map of a process.
pub fn maps(pid: u32) -> Result<Vec<Mapping>> {
    let line = |line: &str| -> Option<Mapping> {
        let mut fields = line.split_whitespace();
        let (start, end) = fields.next()?.split_once('-')?;
        let rights = fields.next()?;
        let offset = fields.next()?;
        Some(Mapping {
            start: u64::from_str_radix(start, 16).ok()?,
            end: u64::from_str_radix(end, 16).ok()?,
            writable: rights.contains('w'),
            executable: rights.contains('x'),
            offset: u64::from_str_radix(offset, 16).ok()?,
            name: fields.nth(2).unwrap_or_default().to_string(),
        })
    };
    let text = fs::read_to_string(format!("/proc/{pid}/maps"))?;
    text.lines().map(|l| line(l).with_context(|| format!("/proc/{pid}/maps: {l}"))).collect()
}
