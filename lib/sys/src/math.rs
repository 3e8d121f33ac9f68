//! The C library's functions of doubles; all but this one are in lib/num.

// SAFETY: a pure function of a number, for all of which it is defined.
unsafe extern "C" {
    /// The square root.
    pub safe fn sqrt(x: f64) -> f64;
}
