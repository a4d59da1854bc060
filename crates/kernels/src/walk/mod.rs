//! How kernels go over tensors: shapes, windows, rows, broadcast operands, elements.

pub mod broadcast;
pub(crate) mod chunks;
pub mod elementwise;
pub mod overlap;
pub mod padding;
pub mod rows;
pub mod shape;
pub mod taps;
pub mod window;
