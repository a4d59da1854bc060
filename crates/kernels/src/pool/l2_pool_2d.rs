//! L2_POOL_2D: the root of the mean of squares of every window, channel by channel.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/pooling.h` (`L2Pool`).
//!
//! ```
//! use bantam_kernels::pool::l2_pool_2d::L2Pool2d;
//! use bantam_kernels::pool::pool2d::{Pool2dParams, PoolWindow, pool_2d};
//! use bantam_kernels::walk::padding::Padding;
//! use bantam_kernels::{ActivationRange, Nhwc};
//! let window = PoolWindow {
//!     filter_height: 1, filter_width: 2, stride_height: 1, stride_width: 2,
//!     padding: Padding::Valid,
//! };
//! let (input, output) = (Nhwc::new([1, 1, 2, 1])?, Nhwc::new([1, 1, 1, 1])?);
//! let params = Pool2dParams::new(input, output, window, ActivationRange::full::<i16>())?;
//! let mut output = [0.0_f32];
//! pool_2d::<L2Pool2d, f32>(&params, (&[1.0, 7.0][..], &mut output[..]))?;
//! assert_eq!(output, [5.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
