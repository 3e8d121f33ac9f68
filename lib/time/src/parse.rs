//! Dates as people write them: the language of GNU `date -d`.
//!
//! A phrase is a list of items in any order: a date, a time of day, a day of the week, a zone, numbers on their own,
//! and relative items such as `2 days ago`. Each of the first four may occur once; relative items add up.

use crate::civil::{Fields, days_from_civil, weekday};
use crate::lex::{DECIMAL, NUMBER, SIGNED, SIGNED_DECIMAL, Token, tokens};
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
        && at.kind == b'@'
    {
        let numeric = matches!(seconds.kind, NUMBER | SIGNED | DECIMAL | SIGNED_DECIMAL);
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

/// The items: kinds of tokens ([`crate::lex::Kind`]; `u` is any unit), and behind `=` what they are: for dates the places
/// of year, month and day (`-` for none), else a letter. The first that fits counts.
const ITEMS: &[u8] = b"NM=t N:=c N/N/N=x N/N/=! N/N=-02 N/=! NmG=210 NmN=210 Nm=-10 Nd=d NGGTN:=C NGGTNG=T NGGT=! NGG=012 \
NGu=D NG=h Nu=r N=n Gu=r Fc=r Ec=r od=d ou=r d,=, d=w s=s mGG=201 mG=! mN,N=301 mN,=! mN=-01 LS=l L=l D=z Z=Z T=Z u=u";

impl Phrase {
    /// Takes one item off the tokens, and returns how many it was.
    fn item(&mut self, tokens: &[Token]) -> Option<usize> {
        let fits = |pattern: &[u8]| {
            let mut at = tokens.iter();
            pattern.iter().all(|&kind| {
                at.next().is_some_and(|token| token.kind == kind || kind == b'u' && token.is_unit())
            })
        };
        let mut items = ITEMS.split(|&byte| byte == b' ');
        let (length, meaning) = items.find_map(|item| {
            let length = item.iter().rposition(|&byte| byte == b'=')?;
            let (pattern, meaning) = item.split_at_checked(length)?;
            fits(pattern).then_some((length, meaning))
        })?;
        let at = |i: usize| token(tokens, i);
        let (a, b, c) = (at(0), at(1), at(2));
        match *meaning {
            [_, year, month, day] => {
                // A minus sign in a date was a hyphen.
                let part = |place: u8| {
                    let part = at(usize::from(place.wrapping_sub(b'0')));
                    let value = if part.kind == SIGNED { part.value.checked_neg()? } else { part.value };
                    Some(Token { value, ..part })
                };
                let year = if year == b'-' { None } else { Some(part(year)?) };
                self.date(year, part(month)?.value, part(day)?.value);
            }
            [_, b'x'] if a.digits >= 4 => self.date(Some(a), c.value, at(4).value),
            [_, b'x'] => self.date(Some(at(4)), a.value, c.value),
            [_, b't'] => self.time(a.value, 0, Token::default(), Some(b.value)),
            [_, b'c'] => return self.clock(tokens),
            [_, b'C' | b'T'] => {
                self.date(Some(a), b.value.checked_neg()?, c.value.checked_neg()?);
                let time = tokens.get(4..)?;
                let clock = meaning.ends_with(b"C");
                return Some(4 + if clock { self.clock_24(time)? } else { self.hour_and_offset(time)? });
            }
            [_, b'h'] => return self.hour_and_offset(tokens),
            [_, b'd'] => self.weekday_item(a.value, b),
            [_, b'w' | b','] => self.weekday_item(0, a),
            [_, b'D'] => {
                self.digits(a);
                self.relative(b, c, Token::default())?;
            }
            [_, b'n'] => self.digits(a),
            [_, b'r'] => return Some(2 + self.relative(a, b, c)?),
            [_, b'u'] => return Some(1 + self.relative(Token { value: 1, ..Token::default() }, a, b)?),
            [_, b's'] => {
                self.relatives += 1;
                self.relative.day = self.relative.day.checked_add(a.value)?;
            }
            [_, b'l'] => {
                self.zones += 1;
                self.local_dst = Some(length > 1 || a.value != 0);
            }
            [_, b'z'] => self.zone_item(a.value + 60),
            [_, b'Z'] => return self.zone_name(tokens, a),
            _ => return None,
        }
        Some(length)
    }

    fn zone_item(&mut self, minutes: i64) {
        self.zones += 1;
        self.zone = minutes;
    }

    /// A zone's name, which an offset, a relative item or summer time may follow.
    fn zone_name(&mut self, tokens: &[Token], name: Token) -> Option<usize> {
        let at = |i: usize| token(tokens, i);
        let plain = name.kind == b'Z';
        self.zone_item(name.value);
        match at(1).kind {
            SIGNED if at(2).is_unit() => {
                self.relative(at(1), at(2), Token::default())?;
                Some(3)
            }
            SIGNED if plain => {
                self.zones -= 1;
                let used = self.zone_offset(tokens.get(1..)?)?;
                self.zone += name.value;
                Some(1 + used)
            }
            b'S' if plain => {
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

    #[inline(never)]
    fn date(&mut self, year: Option<Token>, month: i64, day: i64) {
        self.dates += 1;
        self.year = year.unwrap_or(self.year);
        (self.month, self.day) = (month, day);
    }

    /// Adds `count` units; `next` is the token behind the unit: returns 1 if it is `ago` or its like.
    fn relative(&mut self, count: Token, unit: Token, next: Token) -> Option<usize> {
        self.relatives += 1;
        let ago = next.kind == b'a';
        let sign = if ago { next.value } else { 1 };
        let amount = count.value.checked_mul(unit.value)?.checked_mul(sign)?;
        self.relative_nsec += i64::from(count.nsec) * sign;
        let field = match unit.kind {
            b'y' => &mut self.relative.year,
            b'n' => &mut self.relative.month,
            b'w' => &mut self.relative.day,
            b'h' => &mut self.relative.hour,
            b'i' => &mut self.relative.min,
            _ => &mut self.relative.sec,
        };
        *field = field.checked_add(amount)?;
        Some(usize::from(ago))
    }

    fn time(&mut self, hour: i64, min: i64, sec: Token, meridian: Option<i64>) {
        self.times += 1;
        (self.hour, self.min, self.sec, self.nsec) = (hour, min, sec.value, sec.nsec);
        self.meridian = meridian;
    }

    /// `H:M[:S[.F]]`, and what may follow: am, pm, or an offset.
    fn clock(&mut self, tokens: &[Token]) -> Option<usize> {
        let used = self.clock_face(tokens)?;
        let next = token(tokens, used);
        match next.kind {
            b'M' => {
                self.meridian = Some(next.value);
                Some(used + 1)
            }
            SIGNED => Some(used + self.zone_offset(tokens.get(used..)?)?),
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
        if at(2).kind != NUMBER {
            return None;
        }
        let seconds = at(3).kind == b':';
        let sec = if seconds { at(4) } else { Token::default() };
        self.time(at(0).value, at(2).value, sec, None);
        match (seconds, sec.kind) {
            (false, _) => Some(3),
            (true, NUMBER | DECIMAL) => Some(5),
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
        let minutes = if token(tokens, 1).kind == b':' {
            let min = tokens.get(2).filter(|t| t.kind == NUMBER)?.value;
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
