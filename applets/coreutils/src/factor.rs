//! usage: factor [-h] [NUMBER]...
//!
//! Print the prime factors of each NUMBER, or of the numbers on standard input. NUMBERs are below 2^128.
//!
//!  -h, --exponents  print repeated factors as p^e
//!
//! # Notes
//! GNU's command.

use applet::prelude::*;

applet::options!("factor");

pub fn main(cx: &mut Context) -> Result<Exit> {
    let options = cx.options(opt::GRAMMAR)?;
    let exponents = options.has(opt::EXPONENTS);
    for operand in &options.operands {
        print(cx, operand, exponents);
    }
    if options.operands.is_empty() {
        let mut input = Reader::borrow(sys::fd::STDIN);
        while let Some(line) = input.line(b'\n')? {
            for word in line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()) {
                print(cx, word, exponents);
            }
            if cx.out.failed() {
                break;
            }
        }
    }
    Ok(cx.status())
}

fn parse(text: &[u8]) -> Option<u128> {
    let digits = text.trim_ascii();
    let digits = digits.strip_prefix(b"+").unwrap_or(digits);
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u128, |sum, &byte| {
        let digit = byte.checked_sub(b'0').filter(|&digit| digit < 10)?;
        sum.checked_mul(10)?.checked_add(u128::from(digit))
    })
}

fn print(cx: &mut Context, text: &[u8], exponents: bool) {
    let Some(number) = parse(text) else {
        return cx.report(Error::about(b"'%' is not a valid positive integer", text));
    };
    let mut factors = Vec::new();
    factorize(number, &mut factors);
    factors.sort_unstable();
    let mut line = Vec::new();
    let mut buf = num::new_buf();
    line.extend_from_slice(num::dec_u128(number, &mut buf));
    line.push(b':');
    let mut rest = factors.as_slice();
    while let Some(&factor) = rest.first() {
        let same = rest.iter().take_while(|&&other| other == factor).count();
        let times = if exponents { 1 } else { same };
        for _ in 0..times {
            line.push(b' ');
            line.extend_from_slice(num::dec_u128(factor, &mut buf));
        }
        if exponents && same > 1 {
            line.push(b'^');
            num::push_dec(&mut line, same as u64);
        }
        rest = rest.get(same..).unwrap_or_default();
    }
    cx.out.line(&line);
}

/// Appends the prime factors of `number` in any order.
fn factorize(mut number: u128, factors: &mut Vec<u128>) {
    let mut divisor = 2;
    while divisor < 1 << 12 && divisor * divisor <= number {
        while number.is_multiple_of(divisor) {
            factors.push(divisor);
            number /= divisor;
        }
        divisor += 1 + (divisor & 1);
    }
    let mut open = Vec::new();
    if number > 1 {
        open.push(number);
    }
    while let Some(number) = open.pop() {
        if number < 1 << 24 || is_prime(number) {
            factors.push(number);
        } else {
            let divisor = find_divisor(number);
            open.extend([divisor, number / divisor]);
        }
    }
}

/// `a + b mod n`, for a, b < n.
fn add(a: u128, b: u128, n: u128) -> u128 {
    if a >= n - b { a - (n - b) } else { a + b }
}

/// `a * b mod n`, for a, b < n.
fn multiply(mut a: u128, mut b: u128, n: u128) -> u128 {
    if n < 1 << 64 {
        return a * b % n;
    }
    let mut product = 0;
    while b > 0 {
        if b & 1 == 1 {
            product = add(product, a, n);
        }
        a = add(a, a, n);
        b >>= 1;
    }
    product
}

fn power(mut base: u128, mut exponent: u128, n: u128) -> u128 {
    let mut result = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = multiply(result, base, n);
        }
        base = multiply(base, base, n);
        exponent >>= 1;
    }
    result
}

/// Miller and Rabin's test of an odd number with the first primes as bases: proven below 3.3 * 10^24, and beyond that
/// wrong with a chance of less than 4^-24.
fn is_prime(n: u128) -> bool {
    let shift = (n - 1).trailing_zeros();
    let odd = (n - 1) >> shift;
    let bases = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89];
    bases.iter().all(|&base| {
        let mut x = power(base, odd, n);
        if x == 1 || x == n - 1 {
            return true;
        }
        for _ in 1..shift {
            x = multiply(x, x, n);
            if x == n - 1 {
                return true;
            }
        }
        false
    })
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// A divisor of a composite number, by Pollard's rho with Brent's doubling; differences are multiplied up so that
/// the common divisor is asked for once in a batch.
fn find_divisor(n: u128) -> u128 {
    for c in 1.. {
        let step = |x: u128| add(multiply(x, x, n), c, n);
        let (mut slow, mut fast, mut length) = (2, 2, 1u64);
        loop {
            let mut taken = 0;
            let mut divisor = 1;
            while taken < length && divisor == 1 {
                let (start, batch) = (fast, (length - taken).min(128));
                let mut product = 1;
                for _ in 0..batch {
                    fast = step(fast);
                    product = multiply(product, slow.max(fast) - slow.min(fast), n);
                }
                divisor = greatest_common_divisor(product, n);
                if divisor == n {
                    // Gone too far: the batch again, one by one.
                    fast = start;
                    divisor = 1;
                    while divisor == 1 {
                        fast = step(fast);
                        divisor = greatest_common_divisor(slow.max(fast) - slow.min(fast), n);
                    }
                }
                taken += batch;
            }
            if divisor == n {
                break;
            }
            if divisor > 1 {
                return divisor;
            }
            slow = fast;
            length *= 2;
        }
    }
    n
}
