//! The TZ strings of POSIX.1-2024 (8.3), with hours up to 167 as RFC 8536 3.3.1 has them.

use crate::civil::{Abbreviation, civil_from_days, days_from_civil, is_leap, weekday};
use crate::zone::{Kind, Span};

/// When the clock changes, by one of the three ways to name a day.
#[derive(Clone, Copy, Debug, Default)]
struct Rule {
    /// `J`, `M`, or 0 for a day of the year from 0.
    form: u8,
    month: i32,
    week: i32,
    day: i32,
    /// Seconds after midnight of that day, by the clock before the change.
    time: i32,
}

impl Rule {
    /// The second of the change in `year`, of which the clock before it, `kind`, shows the local time; None beyond 64 bits.
    fn second(&self, year: i64, kind: Kind) -> Option<i64> {
        let first = |month: i32| days_from_civil(year, i64::from(month), 1).unwrap_or(0);
        let day = i64::from(self.day);
        let days = match self.form {
            b'M' => {
                let start = first(self.month);
                let days =
                    start + (day - i64::from(weekday(start))).rem_euclid(7) + i64::from(self.week - 1) * 7;
                // Week 5 is the last one, which may be the fourth.
                if days >= first(self.month + 1) { days - 7 } else { days }
            }
            b'J' => first(1) + day - 1 + i64::from(is_leap(year) && day >= 60),
            _ => first(1) + day,
        };
        days.checked_mul(86400)?.checked_add(i64::from(self.time) - i64::from(kind.offset))
    }
}

/// A parsed TZ string.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Posix {
    standard: Kind,
    summer: Option<(Kind, Rule, Rule)>,
}

impl Posix {
    /// UTC.
    pub(crate) fn utc() -> Posix {
        let standard = Kind { offset: 0, dst: false, name: Abbreviation::new(b"UTC") };
        Posix { standard, summer: None }
    }

    /// Parses a whole TZ string.
    pub(crate) fn parse(text: &[u8]) -> Option<Posix> {
        let mut at = Reader { rest: text };
        let name = at.name()?;
        let offset = -at.time(24)?;
        let standard = Kind { offset, dst: false, name };
        if at.rest.is_empty() {
            return Some(Posix { standard, summer: None });
        }
        let name = at.name()?;
        let offset = if matches!(at.rest, [] | [b',', ..]) { offset + 3600 } else { -at.time(24)? };
        let summer = Kind { offset, dst: true, name };
        if at.rest.is_empty() {
            // The rules of the United States since 2007, as elsewhere.
            at.rest = b",M3.2.0,M11.1.0";
        }
        let (start, end) = (at.rule()?, at.rule()?);
        at.rest.is_empty().then_some(Posix { standard, summer: Some((summer, start, end)) })
    }

    /// The clock in force at `unix`, and from when until when it is.
    pub(crate) fn span(&self, unix: i64) -> Span {
        let mut span = Span { from: i64::MIN, until: i64::MAX, kind: self.standard };
        let Some((summer, start, end)) = self.summer else { return span };
        let year = civil_from_days(unix.div_euclid(86400)).0;
        for year in [year - 1, year, year + 1] {
            let winter_change = (end.second(year, summer), self.standard);
            let summer_change = (start.second(year, self.standard), summer);
            // Where both fall on one moment, which makes summer time permanent, summer comes last.
            for (change, kind) in [winter_change, summer_change] {
                let Some(change) = change else { continue };
                if change > unix {
                    span.until = span.until.min(change);
                } else if change > span.from || (change == span.from && kind.dst) {
                    (span.from, span.kind) = (change, kind);
                }
            }
        }
        span
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn eat(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        if found {
            self.rest = self.rest.get(1..).unwrap_or_default();
        }
        found
    }

    fn take(&mut self, accept: fn(u8) -> bool) -> &'a [u8] {
        let length = self.rest.iter().take_while(|b| accept(**b)).count();
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or_default();
        self.rest = rest;
        taken
    }

    fn name(&mut self) -> Option<Abbreviation> {
        let name = if self.eat(b'<') {
            let name = self.take(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'-');
            if !self.eat(b'>') {
                return None;
            }
            name
        } else {
            self.take(|b| b.is_ascii_alphabetic())
        };
        (name.len() >= 3).then(|| Abbreviation::new(name))
    }

    fn number(&mut self, max: i32) -> Option<i32> {
        let digits = self.take(|b| b.is_ascii_digit());
        if digits.is_empty() || digits.len() > 4 {
            return None;
        }
        Some(digits.iter().fold(0, |n, d| n * 10 + i32::from(d - b'0'))).filter(|n| *n <= max)
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    fn time(&mut self, max_hours: i32) -> Option<i32> {
        let negative = self.eat(b'-');
        if !negative {
            self.eat(b'+');
        }
        let mut seconds = self.number(max_hours)? * 3600;
        for unit in [60, 1] {
            if !self.eat(b':') {
                break;
            }
            seconds += self.number(59)? * unit;
        }
        Some(if negative { -seconds } else { seconds })
    }

    /// `,Mm.w.d`, `,Jn` or `,n`, with an optional `/time`.
    fn rule(&mut self) -> Option<Rule> {
        if !self.eat(b',') {
            return None;
        }
        let mut rule = Rule { time: 7200, ..Rule::default() };
        if self.eat(b'M') {
            rule.form = b'M';
            rule.month = self.number(12).filter(|m| *m > 0 && self.eat(b'.'))?;
            rule.week = self.number(5).filter(|w| *w > 0 && self.eat(b'.'))?;
            rule.day = self.number(6)?;
        } else if self.eat(b'J') {
            rule.form = b'J';
            rule.day = self.number(365).filter(|d| *d > 0)?;
        } else {
            rule.day = self.number(365)?;
        }
        if self.eat(b'/') {
            rule.time = self.time(167)?;
        }
        Some(rule)
    }
}
