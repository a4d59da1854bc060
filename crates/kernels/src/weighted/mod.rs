//! Convolutions and fully connected layers, and products of matrices.

pub mod batch_matmul;
pub mod conv_2d;
pub mod depthwise_conv_2d;
pub mod fully_connected;
pub mod kernel;
pub mod op;
pub mod own;
pub mod tensors;
pub mod transpose_conv;
