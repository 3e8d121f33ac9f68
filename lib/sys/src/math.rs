//! The C library's functions of doubles.

// SAFETY: pure functions of numbers, for all of which they are defined.
unsafe extern "C" {
    /// `base` to the power of `exponent`.
    pub safe fn pow(base: f64, exponent: f64) -> f64;
    /// The sine.
    pub safe fn sin(x: f64) -> f64;
    /// The cosine.
    pub safe fn cos(x: f64) -> f64;
    /// The angle of the point (x, y).
    pub safe fn atan2(y: f64, x: f64) -> f64;
    /// The exponential.
    pub safe fn exp(x: f64) -> f64;
    /// The natural logarithm.
    pub safe fn log(x: f64) -> f64;
    /// The square root.
    pub safe fn sqrt(x: f64) -> f64;
}
