//! Civil time: the calendar, time zones, `strftime`, and dates as people write them.
//!
//! - [`civil`]: days and dates of the proleptic Gregorian calendar, ISO weeks;
//! - [`zone`] and [`posix`]: local time by TZif files (RFC 8536) and POSIX TZ strings;
//! - [`mod@format`]: `strftime` of the C locale with GNU's extensions;
//! - [`parse`]: `date -d` phrases as GNU reads them;
//! - [`forms`]: the fixed forms of BusyBox `date`, `touch -t`, and `strptime`.
//!
//! Times are seconds since 1970-01-01 00:00 UTC without leap seconds. Nothing here panics or loops on hostile input.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod civil;
pub mod format;
pub mod forms;
mod lex;
pub mod parse;
pub mod posix;
#[cfg(test)]
mod tests;
pub mod zone;

pub use civil::{
    Abbreviation, Civil, Fields, civil_from_days, days_from_civil, days_in_month, iso_week, weekday,
};
pub use format::format;
pub use forms::{parse_busybox, parse_touch, strptime};
pub use parse::parse_date;
pub use zone::{Zone, load};
