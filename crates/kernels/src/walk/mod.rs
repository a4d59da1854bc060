//! How kernels go over tensors: shapes, windows, rows, broadcast operands, elements.

pub mod along_axis;
pub mod broadcast;
pub(crate) mod chunks;
pub mod elementwise;
pub(crate) mod open_shape;
pub mod overlap;
pub mod padding;
pub mod rows;
pub mod shape;
pub mod taps;
pub mod window;
