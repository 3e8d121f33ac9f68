//! The functions of doubles that awk has: short series behind exact reductions, right to a bit or two in the last place.

/// 1/n!
const FACTORIALS: [f64; 19] = {
    let mut table = [1.0; 19];
    let (mut n, mut factorial) = (1, 1u64);
    while n < 19 {
        factorial *= n as u64;
        table[n] = 1.0 / factorial as f64;
        n += 1;
    }
    table
};

/// 1/(2n + 1)
const ODD: [f64; 14] = {
    let mut table = [1.0; 14];
    let mut n = 1;
    while n < 14 {
        table[n] = 1.0 / (2 * n + 1) as f64;
        n += 1;
    }
    table
};

/// ln 2; the product of the first part and an exponent is exact.
const LN_2: (f64, f64) = (0.6931471801362932, 4.236521365809284e-10);
const HALF_PI: (f64, f64) = (core::f64::consts::FRAC_PI_2, 6.123233995736766e-17);
/// The angles whose tangents are 0, 1/4, 2/4, 3/4 and 1.
const ANGLES: [(f64, f64); 5] = [
    (0.0, 0.0),
    (0.24497866312686414, 1.0698755618734451e-17),
    (0.4636476090008061, 2.2698777452961687e-17),
    (0.6435011087932844, 1.5834785051444286e-17),
    (core::f64::consts::FRAC_PI_4, 3.061616997868383e-17),
];

/// The binary digits of 2/pi, behind 64 zeros.
const TWO_OVER_PI: [u64; 20] = [
    0x0000000000000000,
    0xa2f9836e4e441529,
    0xfc2757d1f534ddc0,
    0xdb6295993c439041,
    0xfe5163abdebbc561,
    0xb7246e3a424dd2e0,
    0x06492eea09d1921c,
    0xfe1deb1cb129a73e,
    0xe88235f52ebb4484,
    0xe99c7026b45f7e41,
    0x3991d639835339f4,
    0x9c845f8bbdf9283b,
    0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f,
    0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea,
    0x6bfb5fb11f8d5d08,
    0x56033046fc7b6bab,
];

/// `a + b` and what is lost by rounding that; `a` is not smaller.
fn sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// `a * b` and what is lost by rounding that.
fn product(a: f64, b: f64) -> (f64, f64) {
    let halves = |x: f64| {
        let shifted = x * 134_217_729.0;
        let high = shifted - (shifted - x);
        (high, x - high)
    };
    let product = a * b;
    let ((a, c), (b, d)) = (halves(a), halves(b));
    (product, ((a * b - product) + a * d + c * b) + c * d)
}

/// The product of two numbers in two parts each.
fn long_product(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    let (high, low) = product(a.0, b.0);
    sum(high, low + (a.0 * b.1 + a.1 * b.0))
}

/// `x` times 2 to the power of `n`.
fn scale(x: f64, n: i32) -> f64 {
    let power = |n: i32| f64::from_bits(((n + 1023) as u64) << 52);
    let first = n.clamp(-1000, 1000);
    x * power(first) * power(n - first)
}

/// The sum of `x^k * factors[first + step * k]`, up to the factor at `last`.
fn series(x: f64, factors: &[f64], first: usize, step: usize, last: usize) -> f64 {
    let (mut at, mut sum) = (last, 0.0);
    while at >= first {
        sum = sum * x + factors.get(at).copied().unwrap_or(0.0);
        at -= step;
    }
    sum
}

/// The exponential.
pub fn exp(x: f64) -> f64 {
    long_exp(x, 0.0)
}

/// The exponential of `x + low`.
fn long_exp(x: f64, low: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let x = x.clamp(-800.0, 800.0);
    let n = (x * core::f64::consts::LOG2_E + 0.5f64.copysign(x)) as i32;
    let (high, rest) = (x - f64::from(n) * LN_2.0, low - f64::from(n) * LN_2.1);
    let r = high + rest;
    let lost = rest - (r - high);
    // The first three terms of the series are exact.
    let square = product(r, r);
    let (whole, part) = sum(1.0, r);
    let (whole, other) = sum(whole, square.0 / 2.0);
    let rest = square.0 * r * series(r, &FACTORIALS, 3, 1, 14) + square.1 / 2.0 + lost;
    scale(whole + (part + (other + rest)), n)
}

/// The natural logarithm.
pub fn log(x: f64) -> f64 {
    let (high, low) = long_log(x);
    high + low
}

fn long_log(x: f64) -> (f64, f64) {
    if x.is_nan() || x < 0.0 {
        return (f64::NAN, 0.0);
    }
    if x == 0.0 || x == f64::INFINITY {
        return (if x == 0.0 { f64::NEG_INFINITY } else { x }, 0.0);
    }
    let (x, shift) = if x < f64::MIN_POSITIVE { (x * (1u64 << 54) as f64, 54) } else { (x, 0) };
    let bits = x.to_bits();
    // x = m * 2^n, and m is near 1.
    let n = (bits.wrapping_sub(0x3fe6_a09e_667f_3bcd) as i64) >> 52;
    let m = f64::from_bits(bits.wrapping_sub((n as u64) << 52));
    let n = n as f64 - f64::from(shift);
    // The series in s = (m - 1) / (m + 1), of which the first two terms have to be exact.
    let (below, above) = (m - 1.0, sum(m.max(1.0), m.min(1.0)));
    let s = below / above.0;
    let back = product(s, above.0);
    let s = (s, ((below - back.0) - back.1 - s * above.1) / above.0);
    let z = long_product(s, s);
    let cube = long_product(s, z);
    let third = long_product(cube, (1.0 / 3.0, 1.850371707708594e-17));
    let rest = cube.0 * z.0 * series(z.0, &ODD, 2, 1, 12);
    let (high, low) = sum(s.0, third.0);
    let low = low + (s.1 + third.1 + rest);
    let (whole, lost) = if n == 0.0 { (2.0 * high, 0.0) } else { sum(n * LN_2.0, 2.0 * high) };
    sum(whole, lost + (2.0 * low + n * LN_2.1))
}

/// `x` to the power of `y`.
pub fn pow(x: f64, y: f64) -> f64 {
    if y == 0.0 || x == 1.0 {
        return 1.0;
    }
    let whole = y.abs() >= 9e15 || (y as i64) as f64 == y;
    let odd = y.abs() < 9e15 && whole && (y as i64) & 1 == 1;
    if x < 0.0 && !whole && x.is_finite() {
        return f64::NAN;
    }
    let log = long_log(x.abs());
    let rough = y * log.0;
    let result = if log.0 == 0.0 && y.is_infinite() {
        1.0
    } else if rough.abs() < 800.0 {
        let (high, low) = product(y, log.0);
        long_exp(high, low + y * log.1)
    } else {
        exp(rough)
    };
    if odd { result.copysign(x) } else { result }
}

/// The quarter turn that `x` is in, and where in it, in two parts.
fn quarter(x: f64) -> (u32, f64, f64) {
    if x.abs() < core::f64::consts::FRAC_PI_4 {
        return (0, x, 0.0);
    }
    let bits = x.to_bits();
    let exponent = bits >> 52 & 0x7ff;
    if exponent == 0x7ff {
        return (0, f64::NAN, 0.0);
    }
    let mantissa = u128::from(bits & ((1 << 52) - 1) | 1 << 52);
    // As an integer times 2^(exponent - 1075): digits of 2/pi whose products are multiples of 4 are left out.
    let first = exponent as usize + 62 - 1075;
    let word = |number: usize| {
        let at = first / 64 + number;
        let pair = [at, at + 1].map(|at| TWO_OVER_PI.get(at).copied().unwrap_or(0));
        ((u128::from(pair[0]) << 64 | u128::from(pair[1])) << (first % 64) >> 64) as u64
    };
    let [top, middle, bottom] = [0, 1, 2].map(|number| mantissa * u128::from(word(number)));
    let middle = middle + (bottom >> 64);
    let turns = ((top + (middle >> 64)) << 64) | (middle & u128::from(u64::MAX));
    let number = (turns >> 125).div_ceil(2) as u32;
    let rest = (turns << 2) as i128;
    let high = rest as f64;
    let low = (rest - high as i128) as f64;
    let unit = 1.0 / (1u128 << 127) as f64 / 2.0;
    let (high, low) = long_product((high * unit, low * unit), HALF_PI);
    if x < 0.0 { (number.wrapping_neg() & 3, -high, -low) } else { (number & 3, high, low) }
}

/// The sine `turns` quarters of a turn on.
fn wave(x: f64, turns: u32) -> f64 {
    let (number, r, low) = quarter(x);
    let number = number + turns;
    let z = r * r;
    let value = if number & 1 == 0 {
        let cube = series(-z, &FACTORIALS, 3, 2, 17);
        r - (r * z * cube - low * (1.0 - z / 2.0))
    } else {
        let half = z / 2.0;
        let near = 1.0 - half;
        near + ((1.0 - near) - half + (z * z * series(-z, &FACTORIALS, 4, 2, 18) - r * low))
    };
    if number & 2 == 0 { value } else { -value }
}

/// The sine.
pub fn sin(x: f64) -> f64 {
    wave(x, 0)
}

/// The cosine.
pub fn cos(x: f64) -> f64 {
    wave(x, 1)
}

/// The angle of the point (`x`, `y`).
pub fn atan2(y: f64, x: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    let one = |value: f64| if value.is_infinite() { 1.0 } else { 0.0 };
    let (mut a, mut b) = (y.abs(), x.abs());
    if a.max(b).is_infinite() {
        (a, b) = (one(a), one(b));
    }
    let factor = if a.max(b) > 1e300 { 1e-10 } else { 1e10 };
    if !(1e-290..1e300).contains(&a.max(b)) {
        (a, b) = (a * factor, b * factor);
    }
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    let (mut high, mut low) = (0.0, 0.0);
    if large > 0.0 {
        let step = (small / large * 4.0 + 0.5) as usize;
        let tangent = step as f64 / 4.0;
        let t = (small - tangent * large) / (large + tangent * small);
        (high, low) = ANGLES.get(step).copied().unwrap_or_default();
        low += t - t * t * t * series(-t * t, &ODD, 1, 1, 11);
    }
    for turns in [f64::from(u8::from(a > b)), 2.0 * f64::from(u8::from(x.is_sign_negative()))] {
        if turns > 0.0 {
            let (angle, lost) = sum(turns * HALF_PI.0, -high);
            (high, low) = (angle, lost + (turns * HALF_PI.1 - low));
        }
    }
    (high + low).copysign(y)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many doubles lie between.
    fn distance(a: f64, b: f64) -> u64 {
        if a.is_nan() && b.is_nan() || a == b {
            return 0;
        }
        let place = |x: f64| if x < 0.0 { -((x.to_bits() & !(1 << 63)) as i64) } else { x.to_bits() as i64 };
        place(a).wrapping_sub(place(b)).unsigned_abs()
    }

    #[test]
    fn like_the_standard_library() {
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let mixed = (state >> 33) ^ state;
            mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15)
        };
        let mut worst = [(0, 0.0, 0.0); 6];
        for turn in 0..300_000 {
            let any = f64::from_bits(random());
            let near = (random() >> 11) as f64 / (1u64 << 53) as f64;
            let x = match turn % 4 {
                0 => any,
                1 => near * 4.0 - 2.0,
                2 => near * 200.0 - 100.0,
                _ => (random() % 2000) as f64 / 8.0 - 100.0,
            };
            let y = match turn % 3 {
                0 => f64::from_bits(random()),
                1 => near * 20.0 - 10.0,
                _ => (random() % 64) as f64 / 8.0 - 4.0,
            };
            let pairs = [
                (exp(x), x.exp()),
                (log(x), x.ln()),
                (sin(x), x.sin()),
                (cos(x), x.cos()),
                (atan2(y, x), y.atan2(x)),
                (pow(x, y), x.powf(y)),
            ];
            for (worst, (ours, theirs)) in worst.iter_mut().zip(pairs) {
                if distance(ours, theirs) > worst.0 {
                    *worst = (distance(ours, theirs), x, y);
                }
            }
        }
        assert!(worst.iter().all(|worst| worst.0 <= 2), "{worst:?}");
    }

    #[test]
    fn exact_and_special() {
        for (x, y) in [(4.0, 0.5), (9.0, 0.5), (27.0, 1.0 / 3.0), (2.0, 1023.0), (2.0, -1074.0), (10.0, 22.0)]
        {
            assert_eq!(pow(x, y), f64::powf(x, y), "{x} {y}");
        }
        let special =
            [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
        for x in special {
            for y in special {
                assert!(distance(pow(x, y), x.powf(y)) <= 1, "pow {x} {y}: {}", pow(x, y));
                assert!(distance(atan2(y, x), y.atan2(x)) <= 1, "atan2 {y} {x}: {}", atan2(y, x));
            }
            assert!(distance(log(x), x.ln()) <= 1, "log {x}");
            assert!(distance(exp(x), x.exp()) <= 1, "exp {x}");
            assert!(distance(sin(x), x.sin()) <= 1, "sin {x}");
        }
    }
}
