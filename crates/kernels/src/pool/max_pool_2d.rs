//! MAX_POOL_2D: the largest element of every window, channel by channel.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/integer_ops/pooling.h` and
//! `lite/kernels/internal/reference/pooling.h` (`MaxPool`).
//!
//! ```
//! use bantam_kernels::pool::max_pool_2d::MaxPool2d;
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
//! pool_2d::<MaxPool2d, f32>(&params, (&[1.0, 7.0][..], &mut output[..]))?;
//! assert_eq!(output, [7.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use crate::backend::{Backend as _, Native};
use crate::pool::pool2d::{PoolElement, PoolOp};

/// The largest element. A NaN is never larger.
#[derive(Debug)]
pub struct MaxPool2d;

impl<T: PoolElement> PoolOp<T> for MaxPool2d {
    type Sum = T;

    fn start() -> T {
        T::LOWEST
    }

    fn add(largest: T, x: T) -> T {
        if largest < x { x } else { largest }
    }

    fn finish(largest: T, _elements: i32) -> T::Value {
        largest.into()
    }

    #[inline(always)] // a constant to most
    fn outputs(rows: &[T], count: [usize; 2], steps: [usize; 2], outputs: &mut [T]) -> usize {
        match (T::bytes(rows), T::bytes_mut(outputs)) {
            (Some(rows), Some(outputs)) => Native::maxima(rows, count, steps, outputs),
            _ => 0,
        }
    }
}
