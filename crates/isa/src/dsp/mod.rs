//! Loops for cores with the DSP extension: SMLAD and its like on pairs of 16 bits.
//!
//! Words of activations, weights and biases are read with LDR at any address: these cores can do
//! that, as long as a program does not set `UNALIGN_TRP`.

mod add;
mod common;
mod convolve;
mod dense;
mod dense_outputs;
mod dense_pairs;
mod dense_widened;
mod depthwise;
mod five;
mod look_up;
mod maxima;
mod multiply;
mod one;
mod patch;
mod pixel;
mod product;
mod requantize;
mod row;
mod sums;
mod wide;

pub use add::{add, subtract};
pub use convolve::convolve;
pub use dense::{dense, dense_sums};
pub use dense_pairs::dense_pairs;
pub use depthwise::{Channels, depthwise};
pub use look_up::look_up;
pub use maxima::maxima;
pub use multiply::multiply_four;
pub use one::multiply;
pub use patch::{clear, gather, gather_runs};
pub use pixel::multiply_one;
pub use product::product;
pub use requantize::requantize;
pub use row::{CheckedRow, pack};
pub use sums::sums;
pub use wide::{depthwise_wide, gather_windows_wide, requantize_wide, requantize_wide_four};
