//! Loops for cores that have Thumb-1 and little more: Cortex-M0, M0+, M1 and M23.
//!
//! Eight registers may be multiplied with; the others keep sums, which ADD reaches. A product takes
//! the place of one of its operands, so an operand is loaded where it is used for the last time:
//! one weight is multiplied with inputs of four pixels that LDM has just loaded.
//!
//! These cores load words from multiples of four only. Biases may lie anywhere, and are read byte
//! by byte where they have to be.

mod add;
mod common;
mod convolve;
mod dense;
mod depthwise;
mod multiply;
mod patch;
mod requantize;
mod row;

pub use crate::portable::{clear, dense_pairs, pack};
pub use add::add;
pub use convolve::convolve;
pub use dense::{dense, dense_sums};
pub use depthwise::{Channels, depthwise};
pub use multiply::multiply as multiply_one;
pub use multiply::{multiply, multiply_four};
pub use patch::{gather, gather_runs};
pub use requantize::requantize;
pub use row::CheckedRow;
