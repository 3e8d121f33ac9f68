//! Natural numbers: limbs of nine decimal digits, the least significant first, none of them zero at the top.

use alloc::vec::Vec;
use core::cmp::Ordering;

/// The base of a limb.
pub const BASE: u64 = 1_000_000_000;
/// Decimal digits of a limb.
pub const DIGITS: usize = 9;
/// From this length on numbers are halved to be multiplied.
const KARATSUBA: usize = 40;
/// So many products of two limbs fit in 64 bits, with a carry.
const ROWS: usize = 16;

/// Removes zeros from the top.
#[inline(never)]
pub fn trim(a: &mut Vec<u32>) {
    while a.last() == Some(&0) {
        a.pop();
    }
}

/// How many digits there are from the first that is not zero on.
pub fn digits(a: &[u32]) -> usize {
    let Some(top) = a.last() else { return 0 };
    (a.len() - 1) * DIGITS + top.checked_ilog10().unwrap_or(0) as usize + 1
}

/// Compares.
pub fn compare(a: &[u32], b: &[u32]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.iter().rev().cmp(b.iter().rev()))
}

/// `a += b * BASE^shift`
pub fn add(a: &mut Vec<u32>, b: &[u32], shift: usize) {
    if a.len() < shift + b.len() {
        a.resize(shift + b.len(), 0);
    }
    let mut carry = 0;
    let (low, high) = a.split_at_mut(shift + b.len());
    for (x, &y) in low.iter_mut().skip(shift).zip(b) {
        let sum = *x + y + carry;
        carry = u32::from(sum >= BASE as u32);
        *x = if carry == 1 { sum - BASE as u32 } else { sum };
    }
    for x in high {
        if carry == 0 {
            return;
        }
        carry = u32::from(*x == BASE as u32 - 1);
        *x = if carry == 1 { 0 } else { *x + 1 };
    }
    if carry == 1 {
        a.push(1);
    }
}

/// `a -= b`, where `a` is not less; gives what is borrowed beyond its top, for parts of numbers.
pub fn subtract(a: &mut [u32], b: &[u32]) -> u32 {
    let mut borrow = 0;
    let mut rest = a.iter_mut();
    for (&y, x) in b.iter().zip(&mut rest) {
        let less = y + borrow;
        borrow = u32::from(*x < less);
        *x = if borrow == 1 { *x + BASE as u32 - less } else { *x - less };
    }
    for x in rest {
        if borrow == 0 {
            break;
        }
        borrow = u32::from(*x == 0);
        *x = if borrow == 1 { BASE as u32 - 1 } else { *x - 1 };
    }
    borrow
}

/// `a * b`
pub fn multiply(a: &[u32], b: &[u32]) -> Vec<u32> {
    let (a, b) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let mut product = if a.len() < KARATSUBA {
        school(a, b)
    } else if 2 * a.len() <= b.len() {
        // Pieces as long as the shorter one.
        let mut sum = Vec::with_capacity(a.len() + b.len());
        for (index, piece) in b.chunks(a.len()).enumerate() {
            add(&mut sum, &multiply(a, piece), index * a.len());
        }
        sum
    } else {
        halves(a, b)
    };
    trim(&mut product);
    product
}

fn school(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut sums = alloc::vec![0u64; a.len() + b.len() + 1];
    for (chunk, rows) in a.chunks(ROWS).enumerate() {
        let Some(part) = sums.get_mut(chunk * ROWS..) else { break };
        for (row, &x) in rows.iter().enumerate() {
            let x = u64::from(x);
            for (sum, &y) in part.iter_mut().skip(row).zip(b) {
                *sum += x * u64::from(y);
            }
        }
        let mut carry = 0;
        for sum in part.iter_mut().take(rows.len() + b.len()) {
            let value = *sum + carry;
            carry = value / BASE;
            *sum = value % BASE;
        }
        if let Some(sum) = part.get_mut(rows.len() + b.len()) {
            *sum += carry;
        }
    }
    sums.iter().map(|&sum| sum as u32).collect()
}

/// Karatsuba's three products of halves.
fn halves(a: &[u32], b: &[u32]) -> Vec<u32> {
    let half = b.len().div_ceil(2);
    let (a_low, a_high) = a.split_at_checked(half).unwrap_or((a, &[]));
    let (b_low, b_high) = b.split_at_checked(half).unwrap_or((b, &[]));
    let low = multiply(a_low, b_low);
    let high = multiply(a_high, b_high);
    let sum = |low: &[u32], high: &[u32]| {
        let mut sum = low.to_vec();
        add(&mut sum, high, 0);
        trim(&mut sum);
        sum
    };
    let mut middle = multiply(&sum(a_low, a_high), &sum(b_low, b_high));
    subtract(&mut middle, &low);
    subtract(&mut middle, &high);
    trim(&mut middle);
    let mut product = low;
    product.reserve(a.len() + b.len() + 1 - product.len().min(a.len() + b.len()));
    add(&mut product, &high, 2 * half);
    add(&mut product, &middle, half);
    product
}

/// `a = a * factor + plus`
pub fn scale(a: &mut Vec<u32>, factor: u32, plus: u32) {
    let mut carry = u64::from(plus);
    for x in a.iter_mut() {
        let value = u64::from(*x) * u64::from(factor) + carry;
        carry = value / BASE;
        *x = (value % BASE) as u32;
    }
    while carry > 0 {
        a.push((carry % BASE) as u32);
        carry /= BASE;
    }
}

/// `a /= divisor`; gives the remainder.
pub fn divide_small(a: &mut Vec<u32>, divisor: u32) -> u32 {
    let divisor = u64::from(divisor.max(1));
    let mut rest = 0;
    for x in a.iter_mut().rev() {
        let value = rest * BASE + u64::from(*x);
        *x = (value / divisor) as u32;
        rest = value % divisor;
    }
    trim(a);
    rest as u32
}

/// `a / b`; `b` is not zero. Knuth's algorithm D.
pub fn divide(a: &[u32], b: &[u32]) -> Vec<u32> {
    if compare(a, b) == Ordering::Less {
        return Vec::new();
    }
    let mut u = a.to_vec();
    let (top, second) = match *b {
        [] => return u,
        [single] => {
            divide_small(&mut u, single);
            return u;
        }
        [.., second, top] => (top, second),
    };
    // The divisor's top limb must be at least half the base, so that a quotient's limb is guessed well.
    let factor = (BASE / (u64::from(top) + 1)) as u32;
    let mut v = b.to_vec();
    let (mut top, mut second) = (u64::from(top), u64::from(second));
    if factor > 1 {
        scale(&mut u, factor, 0);
        scale(&mut v, factor, 0);
        if let [.., low, high] = *v {
            (top, second) = (u64::from(high), u64::from(low));
        }
    }
    u.resize(u.len().max(a.len()) + 1, 0);
    let count = u.len().saturating_sub(v.len());
    let mut quotient = alloc::vec![0; count];
    for (index, digit) in quotient.iter_mut().enumerate().rev() {
        let Some(part) = u.get_mut(index..index + v.len() + 1) else { continue };
        let [.., third, low, high] = *part else { continue };
        let head = u64::from(high) * BASE + u64::from(low);
        let mut guess = (head / top).min(BASE - 1);
        let mut rest = head - guess * top;
        while rest < BASE && guess * second > rest * BASE + u64::from(third) {
            guess -= 1;
            rest += top;
        }
        if guess == 0 {
            continue;
        }
        let mut carry = 0;
        let mut rows = part.iter_mut();
        for (&y, x) in v.iter().zip(&mut rows) {
            let product = guess * u64::from(y) + carry;
            carry = product / BASE;
            let less = (product % BASE) as u32;
            let borrow = *x < less;
            *x = if borrow { *x + BASE as u32 - less } else { *x - less };
            carry += u64::from(borrow);
        }
        let last = rows.next();
        if let Some(x) = last {
            let short = u64::from(*x) < carry;
            *x = (u64::from(*x) + if short { BASE } else { 0 } - carry) as u32;
            if short {
                // One too many.
                guess -= 1;
                let mut carry = 0;
                for (x, y) in part.iter_mut().zip(v.iter().copied().chain([0])) {
                    let sum = *x + y + carry;
                    carry = u32::from(sum >= BASE as u32);
                    *x = if carry == 1 { sum - BASE as u32 } else { sum };
                }
            }
        }
        *digit = guess as u32;
    }
    trim(&mut quotient);
    quotient
}

/// The integer part of the square root.
pub fn root(a: &[u32]) -> Vec<u32> {
    if a.len() <= 2 {
        // Newton's method, from above, as below.
        let value = a.iter().rev().fold(0, |value, &limb| value * BASE + u64::from(limb));
        let mut root = 1u64 << (32 - value.leading_zeros() / 2);
        while root > 0 && value / root < root {
            root = (root + value / root) / 2;
        }
        return if root == 0 { Vec::new() } else { alloc::vec![root as u32] };
    }
    // The root of the upper half, one too large, is where Newton's method begins; from there it only goes down.
    let quarter = (a.len() / 4).max(1);
    let mut guess = root(a.get(2 * quarter..).unwrap_or_default());
    add(&mut guess, &[1], 0);
    let mut guess = crate::shift(&guess, quarter as isize);
    loop {
        let mut next = divide(a, &guess);
        add(&mut next, &guess, 0);
        divide_small(&mut next, 2);
        if compare(&next, &guess) != Ordering::Less {
            return guess;
        }
        guess = next;
    }
}
