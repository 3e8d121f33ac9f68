//! usage: cal [-jmy] [[[DAY] MONTH] YEAR]
//!
//! Print a calendar of this month, of MONTH, or of a whole YEAR.
//!
//!  -j  number the days of the year
//!  -m  weeks begin on Monday
//!  -y  the whole year
//!
//! # Notes
//! BusyBox's and util-linux's command. Days before 14 September 1752 are those of the Julian calendar.

use applet::prelude::*;
use time::{days_in_month, weekday};

applet::options!("cal");

/// In September 1752 the days 3 to 13 did not exist where this calendar was made.
const REFORM_YEAR: i64 = 1752;
const REFORM_MONTH: u8 = 9;

struct Style {
    days_of_year: bool,
    monday: bool,
}

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let style = Style { days_of_year: options.has(opt::j), monday: options.has(opt::m) };
    let zone = time::load(cx.var(b"TZ"), &mut |path| sys::fs::read_file(path, 1 << 20).ok());
    let today = zone.local(sys::time::now().sec);
    let number = |text: &[u8], least: u64, most: u64, what: &[u8]| match num::parse_u64(text) {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(applet::value::invalid(what, text)),
    };
    let (month, year) = match *options.operands.as_slice() {
        [] => (Some(today.month), today.year),
        [year] => (None, number(year, 1, 9999, b"year")? as i64),
        [month, year] => {
            (Some(number(month, 1, 12, b"month")? as u8), number(year, 1, 9999, b"year")? as i64)
        }
        [_, _, extra, ..] => return Err(Error::extra_operand(extra)),
    };
    match month.filter(|_| !options.has(opt::y)) {
        Some(month) => style.print_month(cx, year, month),
        None => style.print_year(cx, year),
    }
    Ok(cx.status())
}

/// Whether a year has a 29th of February: until the reform every fourth one.
fn is_leap(year: i64) -> bool {
    if year <= REFORM_YEAR { year % 4 == 0 } else { time::civil::is_leap(year) }
}

fn month_length(year: i64, month: u8) -> u8 {
    if month == 2 { if is_leap(year) { 29 } else { 28 } } else { days_in_month(2001, month) }
}

/// The weekday of the first of a month, 0 for Sunday.
fn first_weekday(year: i64, month: u8) -> u8 {
    let gregorian = year > REFORM_YEAR || year == REFORM_YEAR && month > REFORM_MONTH;
    if gregorian {
        return weekday(time::days_from_civil(year, i64::from(month), 1).unwrap_or(0));
    }
    // The Julian calendar: the 1st of January of the year 1 was a Saturday.
    let days = (year - 1) * 365
        + (year - 1) / 4
        + (1..month).map(|month| i64::from(month_length(year, month))).sum::<i64>();
    ((days + 6) % 7) as u8
}

impl Style {
    fn cell(&self) -> usize {
        if self.days_of_year { 3 } else { 2 }
    }

    /// Columns of a month.
    fn width(&self) -> usize {
        7 * self.cell() + 6
    }

    /// The lines of a month: names of the days, then six weeks.
    fn lines(&self, year: i64, month: u8) -> Vec<Vec<u8>> {
        let names: [&[u8]; 7] = [b"Su", b"Mo", b"Tu", b"We", b"Th", b"Fr", b"Sa"];
        let shift = usize::from(self.monday);
        let mut lines = Vec::new();
        let mut line = Vec::new();
        for index in 0..7 {
            if index > 0 {
                line.push(b' ');
            }
            num::push_padded(
                &mut line,
                names.get((index + shift) % 7).copied().unwrap_or_default(),
                self.cell(),
                b' ',
            );
        }
        lines.push(core::mem::take(&mut line));
        let reform = year == REFORM_YEAR && month == REFORM_MONTH;
        let before: u64 = (1..month).map(|month| u64::from(month_length(year, month))).sum();
        let before = if year == REFORM_YEAR && month > REFORM_MONTH { before - 11 } else { before };
        let mut column = (usize::from(first_weekday(year, month)) + 7 - shift) % 7;
        num::push_fill(&mut line, column * (self.cell() + 1), b' ');
        for day in 1..=month_length(year, month) {
            if reform && (3..=13).contains(&day) {
                continue;
            }
            let of_year = before + u64::from(day) - if reform && day > 13 { 11 } else { 0 };
            let mut buf = num::new_buf();
            let number = if self.days_of_year { of_year } else { u64::from(day) };
            num::push_padded(&mut line, num::dec(number, &mut buf), self.cell(), b' ');
            column += 1;
            if column == 7 {
                lines.push(core::mem::take(&mut line));
                column = 0;
            } else {
                line.push(b' ');
            }
        }
        lines.push(line);
        lines.resize(7, Vec::new());
        lines
    }

    fn print_month(&self, cx: &mut Context, year: i64, month: u8) {
        let mut title = [time::format::month_name(month), b" "].concat();
        num::push_dec_i64(&mut title, year);
        print_line(cx, &centered(&title, self.width()));
        for line in self.lines(year, month) {
            // BusyBox pads weeks that are empty.
            let filler = alloc::vec![b' '; self.width() + 1];
            cx.out.line(if line.is_empty() { &filler } else { line.trim_ascii_end() });
        }
    }

    fn print_year(&self, cx: &mut Context, year: i64) {
        let across = if self.days_of_year { 2 } else { 3 };
        let gap = 2;
        let mut title = Vec::new();
        num::push_dec_i64(&mut title, year);
        let width = across * self.width() + (across - 1) * gap;
        let mut title = centered(&title, width);
        title.resize(width, b' ');
        cx.out.line(&title);
        cx.out.byte(b'\n');
        for first in (1..=12u8).step_by(across) {
            let months = first..first + across as u8;
            let mut names = Vec::new();
            let mut columns = Vec::new();
            for month in months {
                let name = centered(time::format::month_name(month), self.width());
                let used = name.len();
                names.extend(name);
                num::push_fill(&mut names, self.width() + gap - used, b' ');
                columns.push(self.lines(year, month));
            }
            cx.out.line(names.get(..width).unwrap_or(&names));
            for row in 0..7 {
                let mut line = Vec::new();
                for column in &columns {
                    let cells = column.get(row).map_or(&[][..], Vec::as_slice);
                    line.extend_from_slice(cells);
                    num::push_fill(&mut line, self.width() + gap - cells.len().min(self.width()), b' ');
                }
                print_line(cx, &line);
            }
        }
    }
}

fn centered(text: &[u8], width: usize) -> Vec<u8> {
    let mut line = Vec::new();
    num::push_fill(&mut line, width.saturating_sub(text.len()) / 2, b' ');
    line.extend_from_slice(text);
    line
}

/// Prints a line without blanks at its end.
fn print_line(cx: &mut Context, line: &[u8]) {
    cx.out.line(line.trim_ascii_end());
}
