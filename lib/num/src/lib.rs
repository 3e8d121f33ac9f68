//! Numbers as text: integers and IEEE doubles, formatted and parsed once for every applet.
//!
//! - [`int`]: integers to digits, in any base, with printf's flags, width and precision;
//! - [`parse`]: digits to integers, strict or as C's `strtoull`;
//! - [`size`]: `10K`, `2GiB`, `512b` in; `1.5K` out;
//! - [`float_format`]: `%e %f %g %a` of a double, exact at every precision;
//! - [`float_parse`]: `strtod`, correctly rounded for any number of digits.
//!
//! Text is bytes. Nothing here allocates except by growing the output vector it is given, nothing panics,
//! and `core::fmt` is not used: a double through `core::fmt` alone would cost more than this whole crate.
#![no_std]
#![forbid(unsafe_code)]
extern crate alloc;
#[cfg(test)]
extern crate std;

mod big;
pub mod float_format;
pub mod float_parse;
pub mod int;
pub mod math;
pub mod parse;
pub mod size;
#[cfg(test)]
mod tests;

pub use float_format::{format_float, push_shortest};
pub use float_parse::parse_float;
pub use int::{
    Buf, Spec, dec, dec_i64, dec_u128, format_int, new_buf, push_dec, push_dec_i64, push_fill, push_padded,
    push_radix, radix,
};
pub use parse::{Int, ParseError, parse_i64, parse_int, parse_u64};
pub use size::{
    DD_SIZES, HUMAN_B, HUMAN_NEAREST, HUMAN_SI, HUMAN_SPACE, SIZES, human, parse_size, scale_ceil,
};
