//! A line on standard error that tells how far a copy is.

use alloc::vec::Vec;
use sys::fs::Timestamp;
use walk::{Event, Follow, Options, Step, walk};

/// How far a copy is.
pub struct Meter {
    total: u64,
    done: u64,
    started: Timestamp,
    /// Tenths of a second at which the line was last written.
    shown: i64,
}

/// The bytes in the regular files of a tree.
pub fn size_of(operand: &[u8], follow: Follow) -> u64 {
    let mut total = 0u64;
    walk(operand, Options { follow, one_file_system: false }, &mut |visit| {
        if visit.event == Event::File
            && let Some(stat) = visit.stat().ok().filter(|stat| stat.is_file())
        {
            total = total.saturating_add(stat.size());
        }
        Step::Continue
    });
    total
}

impl Meter {
    /// Of a copy of `total` bytes that begins now.
    pub fn new(total: u64) -> Meter {
        Meter { total, done: 0, started: sys::time::monotonic(), shown: 0 }
    }

    /// `bytes` more have been copied.
    pub fn add(&mut self, bytes: u64) {
        self.done = self.done.saturating_add(bytes);
        let now = sys::time::monotonic();
        let tenths = (now.sec - self.started.sec) * 10
            + (i64::from(now.nsec) - i64::from(self.started.nsec)) / 100_000_000;
        if tenths > self.shown || self.done >= self.total {
            self.shown = tenths;
            self.show(tenths.max(1) as u64);
        }
    }

    /// `  42%  430M/1.0G  215M/s  0:03`
    fn show(&self, tenths: u64) {
        let rate = self.done.saturating_mul(10) / tenths;
        let percent = (u128::from(self.done) * 100 / u128::from(self.total.max(1))).min(100) as u64;
        let left = self.total.saturating_sub(self.done) / rate.max(1);
        let mut line = Vec::from(*b"\r");
        let mut digits = num::new_buf();
        num::push_padded(&mut line, num::dec(percent, &mut digits), 3, b' ');
        line.extend_from_slice(b"%  ");
        num::human(self.done, 0, &mut line);
        line.push(b'/');
        num::human(self.total, 0, &mut line);
        line.extend_from_slice(b"  ");
        num::human(rate, 0, &mut line);
        line.extend_from_slice(b"/s  ");
        num::push_dec(&mut line, left / 60);
        line.push(b':');
        line.extend_from_slice(&[b'0' + (left % 60 / 10) as u8, b'0' + (left % 10) as u8]);
        // Over what a longer line has left.
        line.extend_from_slice(b"    ");
        let _ = sys::fd::write_all(sys::fd::STDERR, &line);
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if self.done > 0 {
            let _ = sys::fd::write_all(sys::fd::STDERR, b"\n");
        }
    }
}
