//! Dates and zones: phrases, fixed forms, formats, zone files. What was parsed can be shown; in UTC, shown and computed
//! back it is the same moment.
#![no_main]

use cairn_fuzz::has_long_number;
use time::{Civil, Zone};

const ZONES: [&[u8]; 4] = [
    b"UTC0",
    b"CET-1CEST,M3.5.0,M10.5.0/3",
    b"<-04>4<-03>,M9.1.6/24,M4.1.6/24",
    b"NST3:30NDT,J60/-5,300/167",
];

fn show(moment: i64, zone: &Zone) {
    let civil = zone.local(moment);
    let mut out = Vec::new();
    time::format(b"%F %T %Z %:::z %G-W%V %s %c", &civil, moment, 0, &mut out);
    assert!((1..=12).contains(&civil.month) && (1..=31).contains(&civil.day) && civil.hour < 24);
    let _ = zone.unix(&civil.fields(), None);
    let _ = zone.unix(&civil.fields(), Some(civil.dst));
    let plain = Civil::from_unix(moment, 0);
    if let Some(back) = plain.fields().unix() {
        assert_eq!(back, moment);
    }
}

fn show_around(zone: &Zone, data: &[u8]) {
    let seed = data.iter().rev().take(8).fold(0u64, |n, byte| n << 8 | u64::from(*byte)) as i64;
    for moment in [0, 1_700_000_000, seed, seed % 10_000_000_000, i64::MAX, i64::MIN] {
        show(moment, zone);
    }
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [choice, data @ ..] = data else { return };
    let Some(zone) = Zone::from_posix(ZONES[usize::from(choice >> 4) % ZONES.len()]) else {
        panic!("a zone")
    };
    let now = 1_700_000_000;
    let mut halves = data.splitn(2, |&byte| byte == b'\n');
    let (first, second) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
    match choice & 7 {
        0 | 7 => {
            if let Ok((moment, nsec)) =
                time::parse_date(data, (now, 5), &zone, &mut |name| Zone::from_posix(name))
            {
                assert!(nsec < 1_000_000_000);
                show(moment, &zone);
            }
        }
        1 => drop(time::parse_busybox(data, now, &zone).map(|moment| show(moment, &zone))),
        2 => drop(time::parse_touch(data, now, &zone).map(|moment| show(moment, &zone))),
        3 => {
            let mut civil = zone.local(now);
            if let Some(rest) = time::strptime(second, first, &mut civil) {
                assert!(second.ends_with(rest));
                let _ = zone.unix(&civil.fields(), None);
            }
        }
        4 if !has_long_number(first, 5) => {
            let moment = second.iter().take(8).fold(0u64, |n, byte| n << 8 | u64::from(*byte)) as i64;
            time::format(first, &zone.local(moment), moment, 999_999_999, &mut Vec::new());
        }
        5 => drop(Zone::from_tzif(data).map(|zone| show_around(&zone, data))),
        6 => drop(Zone::from_posix(first).map(|zone| show_around(&zone, second))),
        _ => {}
    }
});
