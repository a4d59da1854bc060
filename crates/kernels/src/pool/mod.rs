//! Pooling: one value for each window and channel.

pub mod average_pool_2d;
pub mod l2_pool_2d;
pub mod max_pool_2d;
pub mod pool2d;
mod quantization;
