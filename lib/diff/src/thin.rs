//! Lines that need not be searched for.

use alloc::vec;
use alloc::vec::Vec;

use crate::{Side, search};

/// What becomes of a line before the search.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It takes part.
    Keep,
    /// The other side does not have it: it is changed.
    Drop,
    /// The other side has it so often that it would say little: dropped if those around it are.
    Doubtful,
}

/// Marks the changed lines of both sides, out of `count` classes.
pub fn search(a: &mut Side, b: &mut Side, count: usize, minimal: bool) {
    let kept = (keep(a, b, count, minimal), keep(b, a, count, minimal));
    let lines = |side: &mut Side, kept: &[u32]| {
        let mut is_kept = vec![false; side.changed.len()];
        for &at in kept {
            if let Some(is_kept) = is_kept.get_mut(at as usize) {
                *is_kept = true;
            }
        }
        for (changed, kept) in side.changed.iter_mut().zip(&is_kept).take(side.classes.len()) {
            *changed = !kept;
        }
        kept.iter().filter_map(|&at| side.classes.get(at as usize).copied()).collect::<Vec<u32>>()
    };
    let (x, y) = (lines(a, &kept.0), lines(b, &kept.1));
    let (deleted, inserted) = search::compare(&x, &y, minimal);
    for (side, list, kept) in [(a, deleted, kept.0), (b, inserted, kept.1)] {
        for at in list {
            let line = kept.get(at as usize).map_or(usize::MAX, |&line| line as usize);
            if let Some(changed) = side.changed.get_mut(line) {
                *changed = true;
            }
        }
    }
}

/// The lines of `side` that take part in the search.
fn keep(side: &Side, other: &Side, count: usize, minimal: bool) -> Vec<u32> {
    let length = side.classes.len();
    if minimal {
        return (0..length as u32).collect();
    }
    let mut matches = vec![0u32; count];
    for &class in &other.classes {
        if let Some(matches) = matches.get_mut(class as usize) {
            *matches += 1;
        }
    }
    // Rather more than the square root is "so often".
    let mut many = 5;
    let mut rest = length / 64;
    while rest >> 2 > 0 {
        rest >>= 2;
        many *= 2;
    }
    let fate = |&class: &u32| match matches.get(class as usize) {
        None | Some(0) => Fate::Drop,
        Some(&matches) if matches > many => Fate::Doubtful,
        _ => Fate::Keep,
    };
    let mut fates: Vec<Fate> = side.classes.iter().map(fate).collect();
    resolve(&mut fates);
    let kept = fates.iter().enumerate().filter(|(_, fate)| **fate == Fate::Keep);
    kept.map(|(at, _)| at as u32).collect()
}

/// Decides on the doubtful lines: they are dropped in runs that begin and end with dropped lines, and there only if they
/// are few, not close together, and not near the ends of the run.
fn resolve(fates: &mut [Fate]) {
    let mut at = 0;
    while let Some(&fate) = fates.get(at) {
        match fate {
            Fate::Keep => at += 1,
            Fate::Doubtful => {
                if let Some(fate) = fates.get_mut(at) {
                    *fate = Fate::Keep;
                }
                at += 1;
            }
            Fate::Drop => {
                let rest = fates.get_mut(at..).unwrap_or_default();
                let end = rest.iter().position(|&fate| fate == Fate::Keep).unwrap_or(rest.len());
                let last = rest.iter().take(end).rposition(|&fate| fate == Fate::Drop).unwrap_or(0);
                let (run, after) = rest.split_at_mut_checked(last + 1).unwrap_or_default();
                for fate in after.iter_mut().take(end - last - 1) {
                    *fate = Fate::Keep;
                }
                resolve_run(run);
                at += last + 1;
            }
        }
    }
}

fn resolve_run(run: &mut [Fate]) {
    let doubtful = run.iter().filter(|&&fate| fate == Fate::Doubtful).count();
    if doubtful == 0 {
        return;
    }
    if doubtful * 4 > run.len() {
        run.iter_mut().filter(|fate| **fate == Fate::Doubtful).for_each(|fate| *fate = Fate::Keep);
        return;
    }
    // About the square root of a quarter of the run: so many in a row are not dropped.
    let mut least = 1;
    let mut rest = run.len() >> 2;
    while rest >> 2 > 0 {
        rest >>= 2;
        least <<= 1;
    }
    least += 1;
    for part in run.chunk_by_mut(|a, b| a == b) {
        if part.first() == Some(&Fate::Doubtful) && part.len() >= least {
            part.fill(Fate::Keep);
        }
    }
    clear_start(&mut run.iter_mut());
    clear_start(&mut run.iter_mut().rev());
}

/// Keeps the doubtful lines up to three dropped ones in a row, or up to the first dropped one that is not among the first
/// eight.
fn clear_start(run: &mut dyn Iterator<Item = &mut Fate>) {
    let mut in_a_row = 0;
    for (at, fate) in run.enumerate() {
        if *fate == Fate::Drop {
            in_a_row += 1;
            if at >= 8 || in_a_row == 3 {
                return;
            }
        } else {
            in_a_row = 0;
            *fate = Fate::Keep;
        }
    }
}
