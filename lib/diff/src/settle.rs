//! Where changes are shown: a run of changed lines can be moved while the line before it equals its last one.

/// Whether the line is changed.
#[inline]
fn is(changed: &[bool], at: usize) -> bool {
    changed.get(at) == Some(&true)
}

fn set(changed: &mut [bool], at: usize, value: bool) {
    if let Some(changed) = changed.get_mut(at) {
        *changed = value;
    }
}

/// Moves runs of `changed` lines together, and then to the end, or to where the `other` text is changed, too.
pub fn settle(changed: &mut [bool], other: &[bool], classes: &[u32]) {
    let end = classes.len();
    let same = |a: usize, b: usize| classes.get(a) == classes.get(b);
    // Behind each unchanged line of the other side; before line 0 there is none.
    let before = |at: usize| at.checked_sub(1).is_some_and(|at| is(other, at));
    let (mut at, mut beside) = (0, 0);
    loop {
        // The next run, and the place in the other text that corresponds to it.
        while at < end && !is(changed, at) {
            while is(other, beside) {
                beside += 1;
            }
            beside += 1;
            at += 1;
        }
        if at >= end {
            return;
        }
        let mut start = at;
        while is(changed, at) {
            at += 1;
        }
        while is(other, beside) {
            beside += 1;
        }
        let mut corresponding;
        loop {
            let length = at - start;
            // Back, taking up the runs before.
            while start > 0 && same(start - 1, at - 1) {
                start -= 1;
                at -= 1;
                set(changed, start, true);
                set(changed, at, false);
                while start > 0 && is(changed, start - 1) {
                    start -= 1;
                }
                beside = beside.saturating_sub(1);
                while is(other, beside) && beside > 0 {
                    beside -= 1;
                }
            }
            corresponding = if before(beside) { at } else { end };
            // Forward, taking up the runs behind.
            while at < end && same(start, at) {
                set(changed, start, false);
                set(changed, at, true);
                start += 1;
                at += 1;
                while is(changed, at) {
                    at += 1;
                }
                beside += 1;
                while is(other, beside) {
                    corresponding = at;
                    beside += 1;
                }
            }
            if at - start == length {
                break;
            }
        }
        while corresponding < at {
            start -= 1;
            at -= 1;
            set(changed, start, true);
            set(changed, at, false);
            beside = beside.saturating_sub(1);
            while is(other, beside) && beside > 0 {
                beside -= 1;
            }
        }
    }
}
