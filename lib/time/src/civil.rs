//! The proleptic Gregorian calendar.

/// The short name of a zone, such as `CET`; at most 15 bytes, longer ones are cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abbreviation {
    length: u8,
    text: [u8; 15],
}

impl Abbreviation {
    /// The name `text`.
    pub fn new(text: &[u8]) -> Abbreviation {
        let mut name = Abbreviation::default();
        for (slot, byte) in name.text.iter_mut().zip(text) {
            *slot = *byte;
            name.length += 1;
        }
        name
    }

    /// The name's bytes.
    pub fn bytes(&self) -> &[u8] {
        self.text.get(..usize::from(self.length)).unwrap_or_default()
    }
}

/// A moment as a calendar and a wall clock show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Civil {
    /// The year; 0 is 1 BC.
    pub year: i64,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, 1 to 31.
    pub day: u8,
    /// The hour, 0 to 23.
    pub hour: u8,
    /// The minute, 0 to 59.
    pub min: u8,
    /// The second, 0 to 59 (60 if parsed so).
    pub sec: u8,
    /// The nanosecond.
    pub nsec: u32,
    /// The day of the week, 0 (Sunday) to 6.
    pub wday: u8,
    /// The day of the year, 0 to 365.
    pub yday: u16,
    /// Seconds east of UTC.
    pub offset: i32,
    /// Whether daylight saving time is in force.
    pub dst: bool,
    /// The name of the zone at that moment.
    pub abbreviation: Abbreviation,
}

impl Civil {
    /// The moment `unix`, on a clock `offset` seconds east of UTC.
    pub fn from_unix(unix: i64, offset: i32) -> Civil {
        let local = unix.saturating_add(i64::from(offset));
        let days = local.div_euclid(86400);
        let second = local.rem_euclid(86400) as u32;
        let (year, month, day) = civil_from_days(days);
        Civil {
            year,
            month,
            day,
            hour: (second / 3600) as u8,
            min: (second / 60 % 60) as u8,
            sec: (second % 60) as u8,
            wday: weekday(days),
            yday: day_of_year(year, month, day),
            offset,
            ..Civil::default()
        }
    }

    /// The calendar fields, to compute with.
    pub fn fields(&self) -> Fields {
        Fields {
            year: self.year,
            month: i64::from(self.month),
            day: i64::from(self.day),
            hour: i64::from(self.hour),
            min: i64::from(self.min),
            sec: i64::from(self.sec),
        }
    }
}

/// Calendar fields that need not be in their ranges: the 32nd of January is the 1st of February.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// The year.
    pub year: i64,
    /// The month, 1 for January.
    pub month: i64,
    /// The day of the month, from 1.
    pub day: i64,
    /// The hour.
    pub hour: i64,
    /// The minute.
    pub min: i64,
    /// The second.
    pub sec: i64,
}

impl Fields {
    /// The seconds since 1970 on a clock of UTC; None if that overflows.
    pub fn unix(&self) -> Option<i64> {
        let hours =
            days_from_civil(self.year, self.month, self.day)?.checked_mul(24)?.checked_add(self.hour)?;
        hours.checked_mul(60)?.checked_add(self.min)?.checked_mul(60)?.checked_add(self.sec)
    }
}

/// Days since 1970-01-01. Month (1 for January) and day may be outside their ranges; None if the result overflows.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    // Count from March, so that the leap day is the last of its year.
    let months = month.checked_sub(3)?;
    let year = year.checked_add(months.div_euclid(12))?;
    let month = months.rem_euclid(12);
    let era_day = (153 * month + 2) / 5;
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year.checked_mul(365)?.checked_add(leaps)?.checked_add(era_day - 719469)?.checked_add(day)
}

/// Year, month and day of a day counted from 1970-01-01.
pub fn civil_from_days(days: i64) -> (i64, u8, u8) {
    // Days since 0000-03-01, in eras of 400 years.
    let days = days.saturating_add(719468);
    let era = days.div_euclid(146_097);
    let day = days.rem_euclid(146_097) as u32;
    let year = (day - day / 1460 + day / 36524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let of_month = day - (153 * month + 2) / 5 + 1;
    let next = u32::from(month >= 10);
    (era * 400 + i64::from(year + next), (month + 3 - 12 * next) as u8, of_month as u8)
}

/// The day of the week, 0 for Sunday, of a day counted from 1970-01-01.
pub fn weekday(days: i64) -> u8 {
    ((days.rem_euclid(7) + 4) % 7) as u8
}

/// Whether `year` has a 29th of February.
pub fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The number of days of a month (1 to 12).
pub fn days_in_month(year: i64, month: u8) -> u8 {
    match month {
        2 => 28 + u8::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day of the year from 0 of a valid date.
pub(crate) fn day_of_year(year: i64, month: u8, day: u8) -> u16 {
    let (month, day) = (u16::from(month), u16::from(day));
    let before = (367 * month).saturating_sub(362) / 12;
    let short = if month <= 2 { 0 } else { 2 - u16::from(is_leap(year)) };
    (before + day).saturating_sub(short + 1)
}

/// The year and the number of the week by ISO 8601: weeks start on Monday, week 1 has the year's first Thursday.
pub fn iso_week(civil: &Civil) -> (i64, u8) {
    // The week belongs to the year of its Thursday.
    let thursday = i64::from(civil.yday) + 3 - i64::from((civil.wday + 6) % 7);
    let length = |year| 365 + i64::from(is_leap(year));
    if thursday < 0 {
        let year = civil.year - 1;
        (year, ((thursday + length(year)) / 7 + 1) as u8)
    } else if thursday >= length(civil.year) {
        (civil.year + 1, 1)
    } else {
        (civil.year, (thursday / 7 + 1) as u8)
    }
}
