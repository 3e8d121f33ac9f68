//! The search for the least changes: Myers' algorithm from both ends at once.

use alloc::vec;
use alloc::vec::Vec;

/// Part of the two sequences that is to be compared.
#[derive(Clone, Copy)]
struct Part {
    x: (isize, isize),
    y: (isize, isize),
    /// The least changes are wanted even if it takes long.
    minimal: bool,
}

struct Search<'a> {
    x: &'a [u32],
    y: &'a [u32],
    /// The furthest point on each diagonal, forward and backward; diagonals begin at `-offset`.
    forward: Vec<isize>,
    backward: Vec<isize>,
    offset: isize,
    /// Work for one split that is worth it.
    limit: usize,
    deleted: Vec<u32>,
    inserted: Vec<u32>,
}

/// The places in `x` that `y` lacks, and the other way round, each in no particular order.
pub fn compare(x: &[u32], y: &[u32], minimal: bool) -> (Vec<u32>, Vec<u32>) {
    let diagonals = x.len() + y.len() + 3;
    // About the square root of the diagonals.
    let mut limit = 1;
    let mut rest = diagonals;
    while rest != 0 {
        rest >>= 2;
        limit <<= 1;
    }
    let mut search = Search {
        x,
        y,
        forward: vec![0; diagonals],
        backward: vec![0; diagonals],
        offset: y.len() as isize + 1,
        limit: limit.max(4096),
        deleted: Vec::new(),
        inserted: Vec::new(),
    };
    let mut parts = vec![Part { x: (0, x.len() as isize), y: (0, y.len() as isize), minimal }];
    while let Some(part) = parts.pop() {
        search.part(part, &mut parts);
    }
    (search.deleted, search.inserted)
}

impl Search<'_> {
    #[inline]
    fn equal(&self, x: isize, y: isize) -> bool {
        match (self.x.get(x as usize), self.y.get(y as usize)) {
            (Some(x), Some(y)) => x == y,
            _ => false,
        }
    }

    fn part(&mut self, part: Part, parts: &mut Vec<Part>) {
        let ((mut x0, mut x1), (mut y0, mut y1)) = (part.x, part.y);
        while x0 < x1 && y0 < y1 && self.equal(x0, y0) {
            x0 += 1;
            y0 += 1;
        }
        while x0 < x1 && y0 < y1 && self.equal(x1 - 1, y1 - 1) {
            x1 -= 1;
            y1 -= 1;
        }
        if x0 == x1 {
            self.inserted.extend(y0 as u32..y1 as u32);
        } else if y0 == y1 {
            self.deleted.extend(x0 as u32..x1 as u32);
        } else {
            let (x, y, low, high) = self.split(x0, x1, y0, y1, part.minimal);
            parts.push(Part { x: (x, x1), y: (y, y1), minimal: high });
            parts.push(Part { x: (x0, x), y: (y0, y), minimal: low });
        }
    }

    /// A point on a shortest path, or a good one if that is too far; and whether the parts before and behind it are to be
    /// searched thoroughly.
    fn split(
        &mut self,
        x0: isize,
        x1: isize,
        y0: isize,
        y1: isize,
        minimal: bool,
    ) -> (isize, isize, bool, bool) {
        let offset = self.offset;
        let at = |diagonal: isize| (diagonal + offset) as usize;
        let get = |list: &[isize], diagonal: isize| list.get(at(diagonal)).copied().unwrap_or(0);
        let set = |list: &mut [isize], diagonal: isize, value: isize| {
            if let Some(slot) = list.get_mut(at(diagonal)) {
                *slot = value;
            }
        };
        let (least, most) = (x0 - y1, x1 - y0);
        let (forward_middle, backward_middle) = (x0 - y0, x1 - y1);
        let odd = (forward_middle - backward_middle) & 1 != 0;
        let (mut forward_min, mut forward_max) = (forward_middle, forward_middle);
        let (mut backward_min, mut backward_max) = (backward_middle, backward_middle);
        set(&mut self.forward, forward_middle, x0);
        set(&mut self.backward, backward_middle, x1);
        let mut cost = 0;
        loop {
            cost += 1;
            if forward_min > least {
                forward_min -= 1;
                set(&mut self.forward, forward_min - 1, -1);
            } else {
                forward_min += 1;
            }
            if forward_max < most {
                forward_max += 1;
                set(&mut self.forward, forward_max + 1, -1);
            } else {
                forward_max -= 1;
            }
            let mut diagonal = forward_max;
            while diagonal >= forward_min {
                let (low, high) = (get(&self.forward, diagonal - 1), get(&self.forward, diagonal + 1));
                let mut x = if low < high { high } else { low + 1 };
                let mut y = x - diagonal;
                while x < x1 && y < y1 && self.equal(x, y) {
                    x += 1;
                    y += 1;
                }
                set(&mut self.forward, diagonal, x);
                if odd
                    && (backward_min..=backward_max).contains(&diagonal)
                    && get(&self.backward, diagonal) <= x
                {
                    return (x, y, true, true);
                }
                diagonal -= 2;
            }
            if backward_min > least {
                backward_min -= 1;
                set(&mut self.backward, backward_min - 1, isize::MAX);
            } else {
                backward_min += 1;
            }
            if backward_max < most {
                backward_max += 1;
                set(&mut self.backward, backward_max + 1, isize::MAX);
            } else {
                backward_max -= 1;
            }
            let mut diagonal = backward_max;
            while diagonal >= backward_min {
                let (low, high) = (get(&self.backward, diagonal - 1), get(&self.backward, diagonal + 1));
                let mut x = if low < high { low } else { high - 1 };
                let mut y = x - diagonal;
                while x0 < x && y0 < y && self.equal(x - 1, y - 1) {
                    x -= 1;
                    y -= 1;
                }
                set(&mut self.backward, diagonal, x);
                if !odd
                    && (forward_min..=forward_max).contains(&diagonal)
                    && x <= get(&self.forward, diagonal)
                {
                    return (x, y, true, true);
                }
                diagonal -= 2;
            }
            if !minimal && cost >= self.limit {
                let forward = best(&self.forward, at, (forward_min, forward_max), (x1, y1), 1);
                let backward = best(&self.backward, at, (backward_min, backward_max), (x0, y0), -1);
                // Whichever has come further from its end.
                let (x, y) = (forward.0, forward.1);
                if (x1 + y1) - (backward.0 + backward.1) < (x + y) - (x0 + y0) {
                    return (x, y, true, false);
                }
                return (backward.0, backward.1, false, true);
            }
        }
    }
}

/// The furthest point of all diagonals in the direction `sign`, kept before the ends.
fn best(
    list: &[isize],
    at: impl Fn(isize) -> usize,
    range: (isize, isize),
    end: (isize, isize),
    sign: isize,
) -> (isize, isize) {
    let mut found: Option<(isize, isize)> = None;
    let mut diagonal = range.1;
    while diagonal >= range.0 {
        let mut x = list.get(at(diagonal)).copied().unwrap_or(0);
        if (x.saturating_sub(end.0)).signum() == sign {
            x = end.0;
        }
        let mut y = x - diagonal;
        if (y - end.1).signum() == sign {
            (x, y) = (end.1 + diagonal, end.1);
        }
        if found.is_none_or(|found| (x + y - found.0 - found.1).signum() == sign) {
            found = Some((x, y));
        }
        diagonal -= 2;
    }
    found.unwrap_or(end)
}
