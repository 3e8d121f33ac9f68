//! Dates as people write them: the language of GNU `date -d`.
//!
//! A phrase is a list of items in any order: a date, a time of day, a day of the week, a zone, numbers on their own,
//! and relative items such as `2 days ago`. Each of the first four may occur once; relative items add up.

use crate::civil::{Fields, days_from_civil, weekday};
use crate::lex::{Kind, Token, tokens};
use crate::zone::Zone;
use alloc::vec::Vec;

/// A moment: seconds since 1970 and nanoseconds.
pub type Moment = (i64, u32);

/// What a phrase has said so far.
#[derive(Default)]
struct Phrase {
    year: Token,
    month: i64,
    day: i64,
    hour: i64,
    min: i64,
    sec: i64,
    nsec: u32,
    /// 0 for AM, 1 for PM.
    meridian: Option<i64>,
    weekday: i64,
    ordinal: i64,
    /// Minutes east of UTC.
    zone: i64,
    local_dst: Option<bool>,
    relative: Fields,
    relative_nsec: i64,
    dates: u32,
    times: u32,
    days: u32,
    zones: u32,
    relatives: u32,
}

/// Parses a phrase, relative to `now`, with local times in `zone`; a phrase may begin with `TZ="NAME"` to use the zone
/// that `load` returns for that name. An error is a phrase not understood, a date or time that does not exist, or
/// a result that does not fit.
#[allow(clippy::result_unit_err)]
pub fn parse_date(
    text: &[u8],
    now: Moment,
    zone: &Zone,
    load: &mut dyn FnMut(&[u8]) -> Option<Zone>,
) -> Result<Moment, ()> {
    let start = text.iter().take_while(|b| b.is_ascii_whitespace() || **b == 11).count();
    let text = text.get(start..).unwrap_or_default();
    let text = text.split(|b| *b == 0).next().unwrap_or_default();
    let Some(quoted) = text.strip_prefix(b"TZ=\"") else {
        return phrase(text, now, zone).ok_or(());
    };
    let mut name = Vec::new();
    let mut at = quoted.iter();
    loop {
        match at.next().ok_or(())? {
            b'"' => break,
            b'\\' => name.push(*at.next().filter(|b| matches!(b, b'\\' | b'"')).ok_or(())?),
            byte => name.push(*byte),
        }
    }
    let zone = load(&name).ok_or(())?;
    phrase(at.as_slice(), now, &zone).ok_or(())
}

fn phrase(text: &[u8], now: Moment, zone: &Zone) -> Option<Moment> {
    let tokens = tokens(text, zone, now.0)?;
    if let [at, seconds, rest @ ..] = tokens.as_slice()
        && at.is_char(b'@')
    {
        let numeric =
            matches!(seconds.kind, Kind::Number | Kind::Signed | Kind::Decimal | Kind::SignedDecimal);
        return (numeric && rest.is_empty()).then_some((seconds.value, seconds.nsec));
    }
    let mut said = Phrase::default();
    let mut rest = tokens.as_slice();
    while !rest.is_empty() {
        let used = said.item(rest)?;
        rest = rest.get(used..)?;
    }
    said.moment(now, zone)
}

impl Phrase {
    /// Takes one item off the tokens, and returns how many it was.
    fn item(&mut self, tokens: &[Token]) -> Option<usize> {
        let at = |i: usize| token(tokens, i);
        let (a, b, c) = (at(0), at(1), at(2));
        match a.kind {
            Kind::Number => return self.number(tokens),
            Kind::Signed if b.kind.is_unit() => return self.relative(a.value, b, 0, c).map(|n| n + 1),
            Kind::Decimal | Kind::SignedDecimal if b.kind == Kind::Seconds => {
                return self.relative(a.value, b, a.nsec, c).map(|n| n + 1);
            }
            Kind::Ordinal if b.kind == Kind::Day => {
                self.weekday_item(a.value, b);
                return Some(2);
            }
            Kind::Ordinal if b.kind.is_unit() => return self.relative(a.value, b, 0, c).map(|n| n + 1),
            Kind::Day => {
                self.weekday_item(0, a);
                return Some(1 + usize::from(b.is_char(b',')));
            }
            Kind::Shift => {
                self.relatives += 1;
                self.relative.day = self.relative.day.checked_add(a.value)?;
            }
            Kind::Month if b.kind == Kind::Signed => {
                // JUN-17-1992
                if c.kind != Kind::Signed {
                    return None;
                }
                self.date(Some(minus(c)?), a.value, minus(b)?.value);
                return Some(3);
            }
            Kind::Month if b.kind == Kind::Number => {
                if !c.is_char(b',') {
                    self.date(None, a.value, b.value);
                    return Some(2);
                }
                let year = at(3);
                self.date(Some(year), a.value, b.value);
                return (year.kind == Kind::Number).then_some(4);
            }
            Kind::LocalZone => {
                let dst = b.kind == Kind::Dst;
                self.zones += 1;
                self.local_dst = Some(dst || a.value != 0);
                return Some(1 + usize::from(dst));
            }
            Kind::DayZone => self.zone_item(a.value + 60),
            Kind::Zone | Kind::ZoneT => return self.zone_name(tokens, a),
            _ if a.kind.is_unit() => return self.relative(1, a, 0, b),
            _ => return None,
        }
        Some(1)
    }

    fn zone_item(&mut self, minutes: i64) {
        self.zones += 1;
        self.zone = minutes;
    }

    /// A zone's name, which an offset, a relative item or `DST` may follow.
    fn zone_name(&mut self, tokens: &[Token], name: Token) -> Option<usize> {
        let at = |i: usize| token(tokens, i);
        let plain = name.kind == Kind::Zone;
        self.zone_item(name.value);
        match at(1).kind {
            Kind::Signed if at(2).kind.is_unit() => {
                self.relative(at(1).value, at(2), 0, Token::default())?;
                Some(3)
            }
            Kind::Signed if plain => {
                self.zones -= 1;
                let used = self.zone_offset(tokens.get(1..)?)?;
                self.zone += name.value;
                Some(1 + used)
            }
            Kind::Dst if plain => {
                self.zone += 60;
                Some(2)
            }
            _ => Some(1),
        }
    }

    fn weekday_item(&mut self, ordinal: i64, day: Token) {
        self.days += 1;
        self.ordinal = ordinal;
        self.weekday = day.value;
    }

    fn date(&mut self, year: Option<Token>, month: i64, day: i64) {
        self.dates += 1;
        self.year = year.unwrap_or(self.year);
        (self.month, self.day) = (month, day);
    }

    /// Adds `count` units; `next` is the token behind the unit, which may be `ago`. Returns how many tokens that is.
    fn relative(&mut self, count: i64, unit: Token, nsec: u32, next: Token) -> Option<usize> {
        self.relatives += 1;
        let sign = if next.kind == Kind::Ago { next.value } else { 1 };
        let amount = count.checked_mul(unit.value)?.checked_mul(sign)?;
        self.relative_nsec += i64::from(nsec) * sign;
        let field = match unit.kind {
            Kind::Years => &mut self.relative.year,
            Kind::Months => &mut self.relative.month,
            Kind::Days => &mut self.relative.day,
            Kind::Hours => &mut self.relative.hour,
            Kind::Minutes => &mut self.relative.min,
            _ => &mut self.relative.sec,
        };
        *field = field.checked_add(amount)?;
        Some(1 + usize::from(next.kind == Kind::Ago))
    }

    /// The items that start with a number without a sign.
    fn number(&mut self, tokens: &[Token]) -> Option<usize> {
        let at = |i: usize| token(tokens, i);
        let (a, b, c) = (at(0), at(1), at(2));
        match b.kind {
            Kind::Meridian => {
                self.time(a.value, 0, Token::default(), Some(b.value));
                Some(2)
            }
            Kind::Char if b.is_char(b':') => self.clock(tokens),
            Kind::Char if b.is_char(b'/') => {
                if c.kind != Kind::Number {
                    return None;
                }
                if !at(3).is_char(b'/') {
                    self.date(None, a.value, c.value);
                    return Some(3);
                }
                let last = at(4);
                if a.digits >= 4 {
                    self.date(Some(a), c.value, last.value);
                } else {
                    self.date(Some(last), a.value, c.value);
                }
                (last.kind == Kind::Number).then_some(5)
            }
            Kind::Month => match c.kind {
                // 17-JUN-1992
                Kind::Signed => {
                    self.date(Some(minus(c)?), b.value, a.value);
                    Some(3)
                }
                Kind::Number => {
                    self.date(Some(c), b.value, a.value);
                    Some(3)
                }
                _ => {
                    self.date(None, b.value, a.value);
                    Some(2)
                }
            },
            Kind::Day => {
                self.weekday_item(a.value, b);
                Some(2)
            }
            Kind::Signed if c.kind == Kind::Signed => {
                self.date(Some(a), minus(b)?.value, minus(c)?.value);
                if at(3).kind != Kind::ZoneT {
                    return Some(3);
                }
                let time = tokens.get(4..)?;
                match (at(4).kind, at(5)) {
                    (Kind::Number, colon) if colon.is_char(b':') => Some(4 + self.clock_24(time)?),
                    (Kind::Number, Token { kind: Kind::Signed, .. }) => Some(4 + self.hour_and_offset(time)?),
                    _ => None,
                }
            }
            Kind::Signed if c.kind.is_unit() => {
                self.digits(a);
                self.relative(b.value, c, 0, Token::default())?;
                Some(3)
            }
            Kind::Signed => self.hour_and_offset(tokens),
            _ if b.kind.is_unit() => self.relative(a.value, b, 0, c).map(|n| n + 1),
            _ => {
                self.digits(a);
                Some(1)
            }
        }
    }

    fn time(&mut self, hour: i64, min: i64, sec: Token, meridian: Option<i64>) {
        self.times += 1;
        (self.hour, self.min, self.sec, self.nsec) = (hour, min, sec.value, sec.nsec);
        self.meridian = meridian;
    }

    /// `H:M[:S[.F]]`, and what may follow: am, pm, or an offset.
    fn clock(&mut self, tokens: &[Token]) -> Option<usize> {
        let used = self.clock_face(tokens)?;
        match tokens.get(used) {
            Some(Token { kind: Kind::Meridian, value, .. }) => {
                self.meridian = Some(*value);
                Some(used + 1)
            }
            Some(Token { kind: Kind::Signed, .. }) => Some(used + self.zone_offset(tokens.get(used..)?)?),
            _ => Some(used),
        }
    }

    /// The same without am and pm, as ISO 8601 has it.
    fn clock_24(&mut self, tokens: &[Token]) -> Option<usize> {
        let used = self.clock(tokens)?;
        self.meridian.is_none().then_some(used)
    }

    fn clock_face(&mut self, tokens: &[Token]) -> Option<usize> {
        let at = |i: usize| token(tokens, i);
        if at(2).kind != Kind::Number {
            return None;
        }
        let seconds = at(3).is_char(b':');
        let sec = if seconds { at(4) } else { Token::default() };
        self.time(at(0).value, at(2).value, sec, None);
        match (seconds, sec.kind) {
            (false, _) => Some(3),
            (true, Kind::Number | Kind::Decimal) => Some(5),
            _ => None,
        }
    }

    fn hour_and_offset(&mut self, tokens: &[Token]) -> Option<usize> {
        self.time(tokens.first()?.value, 0, Token::default(), None);
        Some(1 + self.zone_offset(tokens.get(1..)?)?)
    }

    /// `+hh`, `+hhmm` or `+hh:mm`, at most a day.
    fn zone_offset(&mut self, tokens: &[Token]) -> Option<usize> {
        let offset = tokens.first()?;
        let mut used = 1;
        let minutes = if tokens.get(1).is_some_and(|t| t.is_char(b':')) {
            let min = tokens.get(2).filter(|t| t.kind == Kind::Number)?.value;
            used = 3;
            offset.value.checked_mul(60)?.checked_add(if offset.negative {
                min.checked_neg()?
            } else {
                min
            })?
        } else if offset.digits <= 2 {
            offset.value * 60
        } else {
            offset.value / 100 * 60 + offset.value % 100
        };
        self.zone_item(minutes);
        (-1440..=1440).contains(&minutes).then_some(used)
    }

    /// A number on its own: a year, a date YYYYMMDD, an hour, or a time HHMM, by its length and by what came before.
    fn digits(&mut self, number: Token) {
        let n = number.value;
        if self.dates > 0
            && self.year.digits == 0
            && self.relatives == 0
            && (self.times > 0 || number.digits > 2)
        {
            self.year = number;
        } else if number.digits > 4 {
            let year = Token { value: n / 10000, digits: number.digits - 4, ..number };
            self.date(Some(year), n / 100 % 100, n % 100);
        } else if number.digits <= 2 {
            self.time(n, 0, Token::default(), None);
        } else {
            self.time(n / 100, n % 100, Token::default(), None);
        }
    }

    fn full_year(&self) -> Option<i64> {
        let year = self.year.value;
        match self.year.digits {
            2 if year >= 0 => Some(year + if year < 69 { 2000 } else { 1900 }),
            _ => year.checked_abs(),
        }
    }

    fn hour_24(&self) -> i64 {
        match (self.meridian, self.hour) {
            (None, hour) => hour,
            (Some(pm), 12) => pm * 12,
            (Some(pm), hour @ 1..=11) => hour + pm * 12,
            _ => -1,
        }
    }

    /// The moment that the phrase means.
    fn moment(&self, now: Moment, zone: &Zone) -> Option<Moment> {
        if [self.dates, self.times, self.days, self.zones].iter().any(|n| *n > 1) {
            return None;
        }
        let today = zone.local(now.0);
        let mut fields = today.fields();
        let mut nsec = now.1;
        let absolute = self.dates + self.times + self.days > 0;
        let mut dst = if absolute { None } else { Some(today.dst) };
        dst = self.local_dst.or(dst);
        if self.dates > 0 {
            (fields.month, fields.day) = (self.month, self.day);
        }
        if self.year.digits > 0 {
            fields.year = self.full_year()?;
        }
        if self.times > 0 {
            (fields.hour, fields.min, fields.sec) = (self.hour_24(), self.min, self.sec);
            nsec = self.nsec;
        } else if self.relatives == 0 || self.dates + self.days > 0 {
            (fields.hour, fields.min, fields.sec, nsec) = (0, 0, 0, 0);
        }
        // With an offset given, the clocks of our own zone do not matter.
        let offset = (self.zones > 0 && self.local_dst.is_none()).then_some(self.zone * 60);
        let resolve = |fields: &Fields, dst| match offset {
            Some(offset) => fields.unix()?.checked_sub(offset),
            None => zone.unix(fields, dst),
        };
        let show = |unix: i64| match offset {
            Some(offset) => crate::civil::Civil::from_unix(unix, offset as i32),
            None => zone.local(unix),
        };
        let mut unix = resolve(&fields, dst)?;
        // Neither the 30th of February, nor a time that clocks skip, nor summer time in winter.
        let shown = show(unix);
        if shown.fields() != fields || (self.local_dst.is_some_and(|dst| dst != shown.dst)) {
            return None;
        }
        if self.days > 0 && self.dates == 0 {
            let current = i64::from(weekday(days_from_civil(fields.year, fields.month, fields.day)?));
            let whole = i64::from(self.ordinal > 0 && current != self.weekday);
            let weeks = self.ordinal.checked_sub(whole)?.checked_mul(7)?;
            fields.day = fields.day.checked_add(weeks)?.checked_add((self.weekday - current + 7) % 7)?;
            unix = resolve(&fields, None)?;
            fields = show(unix).fields();
        }
        let relative = &self.relative;
        if relative.year != 0 || relative.month != 0 || relative.day != 0 {
            fields.year = fields.year.checked_add(relative.year)?;
            fields.month = fields.month.checked_add(relative.month)?;
            fields.day = fields.day.checked_add(relative.day)?;
            unix = resolve(&fields, dst)?;
        }
        let nanos = i64::from(nsec) + self.relative_nsec;
        for (amount, unit) in [(relative.hour, 3600), (relative.min, 60), (relative.sec, 1)] {
            unix = unix.checked_add(amount.checked_mul(unit)?)?;
        }
        unix = unix.checked_add(nanos.div_euclid(1_000_000_000))?;
        Some((unix, nanos.rem_euclid(1_000_000_000) as u32))
    }
}

/// Token number `i`, or the end. Out of line, as it is called everywhere.
#[inline(never)]
fn token(tokens: &[Token], i: usize) -> Token {
    tokens.get(i).copied().unwrap_or_default()
}

/// A number whose minus sign was a hyphen: without it.
fn minus(token: Token) -> Option<Token> {
    Some(Token { value: token.value.checked_neg()?, ..token })
}
