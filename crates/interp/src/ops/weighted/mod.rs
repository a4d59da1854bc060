//! Convolutions and fully connected layers, and products of matrices.

pub(super) mod batch_matmul;
pub(super) mod conv_2d;
mod convolution;
pub(super) mod depthwise_conv_2d;
pub(super) mod fully_connected;
mod layer;
mod lent;
mod node;
pub(super) mod transpose_conv;
