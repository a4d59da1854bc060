//! MAX_POOL_2D: the largest element of every window, channel by channel.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/integer_ops/pooling.h` and
//! `lite/kernels/internal/reference/pooling.h` (`MaxPool`).

use crate::error::LengthMismatch;
use crate::number::clamp::clamp_f32;
use crate::number::element::Quantized;
use crate::pool::pool2d::{Pool2dParams, pool_row};
use crate::walk::rows::{Activations, check_row, for_each_row};

/// The largest element of every window of a quantized tensor, clamped.
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
pub fn max_pool_2d<'m, T: Quantized + Ord>(
    params: &Pool2dParams,
    activations: impl Into<Activations<'m, T>>,
) -> Result<(), LengthMismatch> {
    for_each_row(params, activations.into(), |_, rows, line| {
        largest(params, rows, line);
        Ok(())
    })
}

/// One output row of [`max_pool_2d`].
///
/// `row` counts over all batches; `rows` are the input rows [`RowGeometry::input_rows`](crate::walk::rows::RowGeometry::input_rows)`(row)`.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as that says.
pub fn max_pool_2d_row<T: Quantized + Ord>(
    params: &Pool2dParams,
    row: usize,
    rows: &[T],
    output: &mut [T],
) -> Result<(), LengthMismatch> {
    check_row(params, row, rows.len(), output.len())?;
    largest(params, rows, output);
    Ok(())
}

fn largest<T: Quantized + Ord>(params: &Pool2dParams, rows: &[T], output: &mut [T]) {
    let range = params.range();
    pool_row(
        params,
        rows,
        output,
        T::from_clamped(T::MIN),
        |max: T, x: T| max.max(x),
        |max, _| T::from_clamped(range.clamp(max.into())),
    );
}

/// The largest element of every window of a float tensor, clamped. A NaN is never larger.
///
/// # Errors
///
/// As [`max_pool_2d`].
pub fn max_pool_2d_f32<'m>(
    params: &Pool2dParams,
    activations: impl Into<Activations<'m, f32>>,
) -> Result<(), LengthMismatch> {
    for_each_row(params, activations.into(), |_, rows, line| {
        largest_f32(params, rows, line);
        Ok(())
    })
}

/// One output row of [`max_pool_2d_f32`]; see [`max_pool_2d_row`].
///
/// # Errors
///
/// As [`max_pool_2d_row`].
pub fn max_pool_2d_row_f32(
    params: &Pool2dParams,
    row: usize,
    rows: &[f32],
    output: &mut [f32],
) -> Result<(), LengthMismatch> {
    check_row(params, row, rows.len(), output.len())?;
    largest_f32(params, rows, output);
    Ok(())
}

fn largest_f32(params: &Pool2dParams, rows: &[f32], output: &mut [f32]) {
    let (min, max) = params.range_f32();
    let larger = |acc: f32, x: f32| if acc < x { x } else { acc };
    pool_row(params, rows, output, f32::MIN, larger, |acc, _| clamp_f32(acc, min, max));
}
