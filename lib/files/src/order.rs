//! One sort for lists that are not large or not in a hurry.

use alloc::vec::Vec;
use core::cmp::Ordering;

/// Sorts numbers, indices as a rule, by `compare`; equal ones stay in order. A merge sort.
pub fn sort(list: &mut Vec<u32>, compare: &mut dyn FnMut(u32, u32) -> Ordering) {
    let mut other: Vec<u32> = Vec::with_capacity(list.len());
    let mut run = 1;
    while run < list.len() {
        other.clear();
        for pair in list.chunks(run * 2) {
            let (mut left, mut right) = pair.split_at_checked(run).unwrap_or((pair, &[]));
            if let (Some(&last), Some(&first)) = (left.last(), right.first())
                && compare(last, first).is_gt()
            {
                while let ([one, rest @ ..], [two, others @ ..]) = (left, right) {
                    if compare(*one, *two).is_le() {
                        other.push(*one);
                        left = rest;
                    } else {
                        other.push(*two);
                        right = others;
                    }
                }
            }
            other.extend_from_slice(left);
            other.extend_from_slice(right);
        }
        core::mem::swap(list, &mut other);
        run *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts() {
        let mut random = 1u32;
        for length in 0..200u32 {
            let mut list: Vec<u32> = (0..length)
                .map(|i| {
                    random = random.wrapping_mul(1_103_515_245).wrapping_add(12_345);
                    (random >> 16) % 50 << 16 | i
                })
                .collect();
            let mut expected = list.clone();
            expected.sort();
            sort(&mut list, &mut |a, b| (a >> 16).cmp(&(b >> 16)));
            assert_eq!(list, expected);
        }
    }
}
