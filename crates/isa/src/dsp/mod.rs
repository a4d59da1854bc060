//! Loops for cores with the DSP extension: SMLAD and its like on pairs of 16 bits.
//!
//! Words of activations, weights and biases are read with LDR at any address: these cores can do
//! that, as long as a program does not set `UNALIGN_TRP`.

mod add;
mod common;
mod convolve;
mod dense;
mod depthwise;
mod five;
mod multiply;
mod patch;
mod pixel;
mod requantize;
mod row;

pub use add::add;
pub use convolve::convolve;
pub use dense::{dense, multiply};
pub use depthwise::depthwise;
pub use patch::{clear, gather, gather_runs};
pub use pixel::multiply_one;
pub use requantize::requantize;
pub use row::{depthwise_row, pack, packed_row};
