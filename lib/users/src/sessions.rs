//! Who is logged in, out of utmp.

use alloc::vec::Vec;
use sys::fs::Timestamp;

/// Where it is.
pub const UTMP: &[u8] = b"/var/run/utmp";

/// Kinds of records (`utmp(5)`).
pub const RUN_LEVEL: u16 = 1;
#[allow(missing_docs)]
pub const BOOT: u16 = 2;
#[allow(missing_docs)]
pub const NEW_TIME: u16 = 3;
#[allow(missing_docs)]
pub const INIT: u16 = 5;
#[allow(missing_docs)]
pub const LOGIN: u16 = 6;
#[allow(missing_docs)]
pub const USER: u16 = 7;
#[allow(missing_docs)]
pub const DEAD: u16 = 8;

/// The size of a record on 64-bit machines; glibc, musl and the kernel's 32-bit ones agree on it where it matters.
const SIZE: usize = 384;

/// One record.
pub struct Session {
    record: [u8; SIZE],
    /// What it tells of.
    pub kind: u16,
    /// The process.
    pub pid: i32,
    /// When it began.
    pub time: Timestamp,
}

impl Session {
    fn text(&self, from: usize, length: usize) -> &[u8] {
        let field = self.record.get(from..from + length).unwrap_or_default();
        field.split(|&byte| byte == 0).next().unwrap_or_default()
    }

    /// The terminal, without `/dev/`.
    pub fn line(&self) -> &[u8] {
        self.text(8, 32)
    }

    /// The id of the terminal.
    pub fn id(&self) -> &[u8] {
        self.text(40, 4)
    }

    /// The user's name.
    pub fn user(&self) -> &[u8] {
        self.text(44, 32)
    }

    /// Where from.
    pub fn host(&self) -> &[u8] {
        self.text(76, 256)
    }

    /// How the process ended, and with which status.
    pub fn exit(&self) -> (u16, u16) {
        let number = |at| self.word(at) as u16;
        (number(332), (self.word(332) >> 16) as u16)
    }

    fn word(&self, at: usize) -> u32 {
        let bytes = self.record.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u32::from_ne_bytes)
    }
}

/// All records of a file.
pub fn read(path: &[u8]) -> sys::Result<Vec<Session>> {
    let file = sys::fs::read_file(path, 1 << 24)?;
    Ok(file.chunks_exact(SIZE).filter_map(|chunk| Some(session(chunk.try_into().ok()?))).collect())
}

fn session(record: [u8; SIZE]) -> Session {
    let mut session = Session { record, kind: 0, pid: 0, time: Timestamp::default() };
    session.kind = session.word(0) as u16;
    session.pid = session.word(4) as i32;
    session.time =
        Timestamp { sec: i64::from(session.word(340)), nsec: session.word(344).saturating_mul(1000) };
    session
}
