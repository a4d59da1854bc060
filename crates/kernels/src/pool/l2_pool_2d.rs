//! L2_POOL_2D: the root of the mean of squares of every window, channel by channel.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/pooling.h` (`L2Pool`).

use crate::pool::pool2d::PoolOp;

/// The root of the mean of squares, which are added in the order of the window's rows. The root is
/// exact (IEEE 754), as that of the reference is (`std::sqrt`).
#[derive(Debug)]
pub struct L2Pool2d;

impl PoolOp<f32> for L2Pool2d {
    type Sum = f32;

    fn start() -> f32 {
        0.0
    }

    fn add(sum: f32, x: f32) -> f32 {
        sum + x * x
    }

    fn finish(sum: f32, elements: i32) -> f32 {
        libm::sqrtf(sum / elements as f32)
    }
}
