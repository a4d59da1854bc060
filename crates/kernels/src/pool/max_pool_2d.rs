//! MAX_POOL_2D: the largest element of every window, channel by channel.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/integer_ops/pooling.h` and
//! `lite/kernels/internal/reference/pooling.h` (`MaxPool`).

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
}
