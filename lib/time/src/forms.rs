//! Dates of a fixed form: BusyBox `date -d`, `touch -t`, and `strptime` for `date -D`.

use crate::civil::{Civil, Fields, civil_from_days, day_of_year, days_from_civil, days_in_month, weekday};
use crate::format::{day_name, month_name};
use crate::zone::Zone;

/// The number that `text` is, if it is all digits (at most 18).
fn digits(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 18 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(text.iter().fold(0, |n, d| n * 10 + i64::from(d - b'0')))
}

/// Cuts the last two characters off as a number.
fn pair<'a>(text: &'a [u8], into: &mut i64) -> Option<&'a [u8]> {
    let (head, tail) = text.split_at_checked(text.len().checked_sub(2)?)?;
    *into = digits(tail)?;
    Some(head)
}

/// The year that two digits mean (POSIX `touch`): 69 to 99 are in the 20th century.
fn century(year: i64) -> i64 {
    year + if year < 69 { 2000 } else { 1900 }
}

/// The moment, if the fields are in their ranges (a second 60 is allowed).
fn checked(fields: &Fields, zone: &Zone) -> Option<i64> {
    let month = u8::try_from(fields.month).ok().filter(|m| (1..=12).contains(m))?;
    let days = 1..=i64::from(days_in_month(fields.year, month));
    let time =
        (0..24).contains(&fields.hour) && (0..60).contains(&fields.min) && (0..=60).contains(&fields.sec);
    if !time || !days.contains(&fields.day) {
        return None;
    }
    zone.unix(fields, None)
}

/// Parses `touch -t`'s `[[CC]YY]MMDDhhmm[.ss]` (POSIX.1-2024 touch) in local time; `now` gives the year if there is
/// none.
pub fn parse_touch(text: &[u8], now: i64, zone: &Zone) -> Option<i64> {
    let mut fields = zone.local(now).fields();
    fields.sec = 0;
    let mut parts = text.splitn(2, |b| *b == b'.');
    let stamp = parts.next()?;
    if let Some(seconds) = parts.next() {
        fields.sec = Some(seconds).filter(|s| s.len() == 2).and_then(digits)?;
    }
    let rest = pair(stamp, &mut fields.min)?;
    let rest = pair(rest, &mut fields.hour)?;
    let rest = pair(rest, &mut fields.day)?;
    let rest = pair(rest, &mut fields.month)?;
    match rest.len() {
        0 => {}
        2 => fields.year = century(digits(rest)?),
        4 => fields.year = digits(rest)?,
        _ => return None,
    }
    checked(&fields, zone)
}

/// Parses the forms of BusyBox's `date -d` and `date -s`:
/// `hh:mm[:ss]`, `[YYYY.]MM.DD-hh:mm[:ss]`, `YYYY-MM-DD[ hh:mm[:ss]]`, `[[[[[YY]YY]MM]DD]hh]mm[.ss]`, `@seconds`.
/// Fields that are not given are those of `now`, but 0 seconds.
pub fn parse_busybox(text: &[u8], now: i64, zone: &Zone) -> Option<i64> {
    if let Some(seconds) = text.strip_prefix(b"@") {
        let number = seconds.strip_prefix(b"-");
        let value = digits(number.unwrap_or(seconds))?;
        return Some(if number.is_some() { -value } else { value });
    }
    let mut fields = zone.local(now).fields();
    fields.sec = 0;
    if text.contains(&b':') || text.contains(&b'-') {
        let mut time = text;
        if let Some(at) = text.iter().rposition(|b| matches!(b, b' ' | b'-')) {
            let dashes = text.iter().filter(|b| **b == b'-').count();
            let (mut date, tail) = text.split_at_checked(at)?;
            time = tail.get(1..)?;
            let separator = if dashes == 2 { b'-' } else { b'.' };
            if dashes == 2 && !text.contains(&b' ') {
                (date, time) = (text, b"0:0");
            }
            numbers(date, separator, &mut [&mut fields.day, &mut fields.month, &mut fields.year])?;
        }
        let mut parts = [&mut fields.hour, &mut fields.min, &mut fields.sec];
        if time.iter().filter(|b| **b == b':').count() == 1 {
            numbers(
                time,
                b':',
                &mut parts
                    .split_at_mut_checked(2)?
                    .0
                    .iter_mut()
                    .rev()
                    .map(|p| &mut **p)
                    .collect::<alloc::vec::Vec<_>>(),
            )?;
        } else {
            parts.reverse();
            numbers(time, b':', &mut parts)?;
        }
        return checked(&fields, zone);
    }
    let mut parts = text.splitn(2, |b| *b == b'.');
    let stamp = parts.next()?;
    if let Some(seconds) = parts.next() {
        fields.sec = Some(seconds).filter(|s| s.len() == 2).and_then(digits)?;
    }
    let mut rest = pair(stamp, &mut fields.min)?;
    for field in [&mut fields.hour, &mut fields.day, &mut fields.month] {
        if !rest.is_empty() {
            rest = pair(rest, field)?;
        }
    }
    match rest.len() {
        0 => {}
        2 => fields.year = century(digits(rest)?),
        4 => fields.year = digits(rest)?,
        _ => return None,
    }
    checked(&fields, zone)
}

/// Numbers between separators, the last one into the first place; at least two.
fn numbers(text: &[u8], separator: u8, into: &mut [&mut i64]) -> Option<()> {
    let mut places = into.iter_mut();
    let mut count = 0;
    for part in text.rsplit(|b| *b == separator) {
        **places.next()? = digits(part).filter(|_| part.len() <= 9)?;
        count += 1;
    }
    (count >= 2).then_some(())
}

/// Takes the blanks off the front.
fn skip(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}

/// A number of at most `width` digits in a range, and what follows it.
fn number(text: &[u8], width: usize, min: i64, max: i64) -> Option<(i64, &[u8])> {
    let text = skip(text);
    let length = text.iter().take(width).take_while(|b| b.is_ascii_digit()).count();
    let (number, rest) = text.split_at_checked(length)?;
    let value = digits(number).filter(|n| (min..=max).contains(n))?;
    Some((value, rest))
}

/// A name, in full or its first three letters, without regard to case: its index and what follows it.
fn name<'a>(text: &'a [u8], count: u8, name_of: &dyn Fn(u8) -> &'static [u8]) -> Option<(u8, &'a [u8])> {
    (0..count).find_map(|i| {
        let full = name_of(i);
        let starts = |n: usize| {
            text.get(..n).is_some_and(|t| full.get(..n).is_some_and(|f| t.eq_ignore_ascii_case(f)))
        };
        let length = if starts(full.len()) { full.len() } else { 3 };
        starts(length).then(|| (i, text.get(length..).unwrap_or_default()))
    })
}

/// Parses `text` by a format, as `strptime` (POSIX.1-2024): `%Y %m %d %e %H %I %M %S %p %b %B %h %a %A %j %y %s %T %R
/// %F %D %z %n %t %%`. Sets those fields of `civil` and the day of week and year that follow; `%s` sets all, in UTC.
/// Returns the text not used, or None if it does not match.
pub fn strptime<'a>(text: &'a [u8], fmt: &[u8], civil: &mut Civil) -> Option<&'a [u8]> {
    let mut pm = None;
    let mut yday = None;
    let rest = scan(text, fmt, civil, &mut pm, &mut yday)?;
    if let Some(pm) = pm {
        civil.hour = civil.hour % 12 + if pm { 12 } else { 0 };
    }
    if let Some(day) = yday {
        let (_, month, day) = civil_from_days(days_from_civil(civil.year, 1, day)?);
        (civil.month, civil.day) = (month, day);
    }
    let days = days_from_civil(civil.year, civil.month.into(), civil.day.into())?;
    civil.wday = weekday(days);
    civil.yday = day_of_year(civil.year, civil.month, civil.day);
    Some(rest)
}

fn scan<'a>(
    text: &'a [u8],
    fmt: &[u8],
    civil: &mut Civil,
    pm: &mut Option<bool>,
    yday: &mut Option<i64>,
) -> Option<&'a [u8]> {
    let mut rest = text;
    let mut fmt = fmt;
    while let Some((&byte, tail)) = fmt.split_first() {
        fmt = tail;
        if byte.is_ascii_whitespace() {
            rest = skip(rest);
            continue;
        }
        if byte != b'%' {
            rest = rest.strip_prefix(&[byte])?;
            continue;
        }
        let (&letter, tail) = tail.split_first()?;
        fmt = tail;
        let mut field = |width, min, max, into: &mut u8| {
            let (value, left) = number(rest, width, min, max)?;
            *into = value as u8;
            rest = left;
            Some(())
        };
        match letter {
            b'm' => field(2, 1, 12, &mut civil.month)?,
            b'd' | b'e' => field(2, 1, 31, &mut civil.day)?,
            b'H' | b'k' => field(2, 0, 23, &mut civil.hour)?,
            b'I' | b'l' => field(2, 1, 12, &mut civil.hour)?,
            b'M' => field(2, 0, 59, &mut civil.min)?,
            b'S' => field(2, 0, 60, &mut civil.sec)?,
            b'Y' => (civil.year, rest) = number(rest, 4, 0, 9999)?,
            b'y' => {
                let (year, left) = number(rest, 2, 0, 99)?;
                (civil.year, rest) = (century(year), left);
            }
            b'j' => {
                let (day, left) = number(rest, 3, 1, 366)?;
                (*yday, rest) = (Some(day), left);
            }
            b's' => {
                let negative = rest.first() == Some(&b'-');
                let (value, left) = number(rest.get(usize::from(negative)..)?, 18, 0, i64::MAX)?;
                *civil = Civil::from_unix(if negative { -value } else { value }, 0);
                rest = left;
            }
            b'b' | b'B' | b'h' => {
                let (month, left) = name(rest, 12, &|i| month_name(i + 1))?;
                (civil.month, rest) = (month + 1, left);
            }
            b'a' | b'A' => (civil.wday, rest) = name(rest, 7, &day_name)?,
            b'p' => {
                let (half, left) = rest.split_at_checked(2)?;
                *pm = Some(half.eq_ignore_ascii_case(b"PM"));
                if *pm == Some(false) && !half.eq_ignore_ascii_case(b"AM") {
                    return None;
                }
                rest = left;
            }
            b'z' => (civil.offset, rest) = offset(skip(rest))?,
            b'T' => rest = scan(rest, b"%H:%M:%S", civil, pm, yday)?,
            b'R' => rest = scan(rest, b"%H:%M", civil, pm, yday)?,
            b'F' => rest = scan(rest, b"%Y-%m-%d", civil, pm, yday)?,
            b'D' => rest = scan(rest, b"%m/%d/%y", civil, pm, yday)?,
            b'n' | b't' => rest = skip(rest),
            b'%' => rest = rest.strip_prefix(b"%")?,
            _ => return None,
        }
    }
    Some(rest)
}

/// `Z`, `+hh`, `+hhmm` or `+hh:mm`, in seconds.
fn offset(text: &[u8]) -> Option<(i32, &[u8])> {
    if let Some(rest) = text.strip_prefix(b"Z") {
        return Some((0, rest));
    }
    let (sign, text) = text.split_first()?;
    let negative = match sign {
        b'-' => true,
        b'+' => false,
        _ => return None,
    };
    let (hour, rest) = number(text, 2, 0, 24)?;
    let (min, rest) = number(rest.strip_prefix(b":").unwrap_or(rest), 2, 0, 59).unwrap_or((0, rest));
    let seconds = (hour * 60 + min) as i32 * 60;
    Some((if negative { -seconds } else { seconds }, rest))
}
