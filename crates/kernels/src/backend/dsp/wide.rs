//! Layers with activations of 16 bits.
//!
//! Their inputs lie in a patch as those of 8 bits do, and are multiplied by the same loops, whose
//! sums have 32 bits. Where weights and bias might not fit that, a pixel is computed by itself: few
//! enough inputs at a time, whose products are added to sums of 64 bits.

mod common;
mod convolution;
mod dense;
mod depthwise;
mod scratch;

pub(super) use convolution::{pixel, row};
pub(super) use dense::row as dense_row;
pub(super) use depthwise::row as depthwise_row;
pub(super) use scratch::{CHANNELS, Scratch};
