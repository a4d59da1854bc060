//! AVERAGE_POOL_2D: the mean of every window, channel by channel; what lies beyond the edges does not count.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/integer_ops/pooling.h` and
//! `lite/kernels/internal/reference/pooling.h` (`AveragePool`).

use crate::error::LengthMismatch;
use crate::number::clamp::clamp_f32;
use crate::number::element::Quantized;
use crate::pool::pool2d::{Pool2dParams, pool_row};
use crate::walk::rows::{Activations, check_row, for_each_row};

/// Averages windows of a quantized tensor, rounding half away from zero, and clamps.
///
/// # Shapes
///
/// | slice    | dimensions                                         |
/// |----------|----------------------------------------------------|
/// | `input`  | `[batches, input_height, input_width, channels]`   |
/// | `output` | `[batches, output_height, output_width, channels]` |
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as its shape. Nothing is written.
///
/// ```
/// use bantam_kernels::walk::padding::Padding;
/// use bantam_kernels::{ActivationRange, Nhwc, pool::average_pool_2d::average_pool_2d, pool::pool2d::*};
/// let window = PoolWindow {
///     filter_height: 1, filter_width: 2, stride_height: 1, stride_width: 2, padding: Padding::Same,
/// };
/// let (input, output) = (Nhwc::new([1, 1, 3, 1])?, Nhwc::new([1, 1, 2, 1])?);
/// let params = Pool2dParams::new(input, output, window, ActivationRange::full::<i8>())?;
/// let mut output = [0_i8; 2];
/// average_pool_2d(&params, (&[-2_i8, -3, 9][..], &mut output[..]))?;
/// assert_eq!(output, [-3, 9]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn average_pool_2d<'m, T: Quantized>(
    params: &Pool2dParams,
    activations: impl Into<Activations<'m, T>>,
) -> Result<(), LengthMismatch> {
    for_each_row(params, activations.into(), |_, rows, line| {
        average(params, rows, line);
        Ok(())
    })
}

/// One output row of [`average_pool_2d`].
///
/// `row` counts over all batches; `rows` are the input rows [`RowGeometry::input_rows`](crate::walk::rows::RowGeometry::input_rows)`(row)`.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as that says.
pub fn average_pool_2d_row<T: Quantized>(
    params: &Pool2dParams,
    row: usize,
    rows: &[T],
    output: &mut [T],
) -> Result<(), LengthMismatch> {
    check_row(params, row, rows.len(), output.len())?;
    average(params, rows, output);
    Ok(())
}

fn average<T: Quantized>(params: &Pool2dParams, rows: &[T], output: &mut [T]) {
    let range = params.range();
    pool_row(
        params,
        rows,
        output,
        0_i32,
        |acc, x: T| acc.wrapping_add(x.into()),
        |acc, elements| {
            let elements = elements.max(1);
            let half = if acc > 0 { elements / 2 } else { -(elements / 2) };
            T::from_clamped(range.clamp(acc.wrapping_add(half) / elements))
        },
    );
}

/// Averages windows of a float tensor and clamps.
///
/// # Errors
///
/// As [`average_pool_2d`].
pub fn average_pool_2d_f32<'m>(
    params: &Pool2dParams,
    activations: impl Into<Activations<'m, f32>>,
) -> Result<(), LengthMismatch> {
    for_each_row(params, activations.into(), |_, rows, line| {
        average_f32(params, rows, line);
        Ok(())
    })
}

/// One output row of [`average_pool_2d_f32`]; see [`average_pool_2d_row`].
///
/// # Errors
///
/// As [`average_pool_2d_row`].
pub fn average_pool_2d_row_f32(
    params: &Pool2dParams,
    row: usize,
    rows: &[f32],
    output: &mut [f32],
) -> Result<(), LengthMismatch> {
    check_row(params, row, rows.len(), output.len())?;
    average_f32(params, rows, output);
    Ok(())
}

fn average_f32(params: &Pool2dParams, rows: &[f32], output: &mut [f32]) {
    let (min, max) = params.range_f32();
    pool_row(
        params,
        rows,
        output,
        0.0_f32,
        |acc, x: f32| acc + x,
        |acc, elements| clamp_f32(acc / elements as f32, min, max),
    );
}
