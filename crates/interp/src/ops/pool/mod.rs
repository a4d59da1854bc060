//! One value for each window and channel.

pub(super) mod average_pool_2d;
pub(super) mod l2_pool_2d;
pub(super) mod max_pool_2d;
mod pool2d;
