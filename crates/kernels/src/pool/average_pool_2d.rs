//! AVERAGE_POOL_2D: the mean of every window, channel by channel. What lies beyond the edges does
//! not count.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/integer_ops/pooling.h` and
//! `lite/kernels/internal/reference/pooling.h` (`AveragePool`).

use crate::backend::{Backend, Native};
use crate::number::element::Quantized;
use crate::pool::pool2d::PoolOp;

/// The mean. Integers are rounded to nearest, ties away from zero; floats are added in the order
/// of the window's rows, then divided.
///
/// ```
/// use bantam_kernels::pool::average_pool_2d::AveragePool2d;
/// use bantam_kernels::pool::pool2d::{Pool2dParams, PoolWindow, pool_2d};
/// use bantam_kernels::walk::padding::Padding;
/// use bantam_kernels::{ActivationRange, Nhwc};
/// let window = PoolWindow {
///     filter_height: 1, filter_width: 2, stride_height: 1, stride_width: 2,
///     padding: Padding::Same,
/// };
/// let (input, output) = (Nhwc::new([1, 1, 3, 1])?, Nhwc::new([1, 1, 2, 1])?);
/// let params = Pool2dParams::new(input, output, window, ActivationRange::full::<i8>())?;
/// let mut output = [0_i8; 2];
/// pool_2d::<AveragePool2d, i8>(&params, (&[-2, -3, 9][..], &mut output[..]))?;
/// assert_eq!(output, [-3, 9]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AveragePool2d;

impl<T: Quantized> PoolOp<T> for AveragePool2d {
    type Sum = i32;

    fn start() -> i32 {
        0
    }

    fn add(sum: i32, x: T) -> i32 {
        sum.wrapping_add(x.into())
    }

    fn finish(sum: i32, elements: i32) -> i32 {
        let elements = elements.max(1);
        let half = if sum > 0 { elements / 2 } else { -(elements / 2) };
        sum.wrapping_add(half) / elements
    }

    #[inline(always)] // a constant to most
    fn sums(rows: &[T], count: [usize; 2], steps: [usize; 2]) -> Option<[i32; 4]> {
        Native::sums(Quantized::bytes(rows)?, count, steps)
    }
}

impl PoolOp<f32> for AveragePool2d {
    type Sum = f32;

    fn start() -> f32 {
        0.0
    }

    fn add(sum: f32, x: f32) -> f32 {
        sum + x
    }

    fn finish(sum: f32, elements: i32) -> f32 {
        sum / elements as f32
    }
}
