//! CONCATENATION: tensors one after another along an axis.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/concatenation.h` (`Concatenation`).

use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::shape::Shape;

/// The output as rows, each of which takes its share of every input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct ConcatenationParams {
    rows: u32,
    row_len: u32,
}

impl ConcatenationParams {
    /// `inputs` along `axis`, which may count from the end, make up `output`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Axis`] for an axis outside the output's rank, [`ParamsError::Rank`] for an input of another rank,
    /// [`ParamsError::ShapeMismatch`] if a dimension differs or the sizes along the axis do not add up.
    pub fn new(
        axis: i32,
        inputs: impl IntoIterator<Item = Shape>,
        output: &Shape,
    ) -> Result<Self, ParamsError> {
        let axis = output.axis(axis)?;
        let mut total = 0_u32;
        for input in inputs {
            if input.rank() != output.rank() {
                return Err(ParamsError::Rank { actual: input.rank() });
            }
            for (i, (&actual, &expected)) in input.dims().iter().zip(output.dims()).enumerate() {
                if i != axis && actual != expected {
                    return Err(ParamsError::ShapeMismatch { expected, actual });
                }
            }
            total = total.saturating_add(input.dim(axis));
        }
        let expected = output.dim(axis);
        if total != expected {
            return Err(ParamsError::ShapeMismatch { expected, actual: total });
        }
        let rows = output.dims().iter().take(axis).product();
        Ok(Self { rows, row_len: output.dims().iter().skip(axis).product() })
    }
}

/// Copies one input to its place in every row of `output`; returns where in the rows the next input goes.
///
/// The first input goes to `offset` 0. Elements may be of any type. Inputs may come in any order, as long as each is
/// given the sum of what its predecessors were returned: a caller needs to hold one at a time.
///
/// # Errors
///
/// [`LengthMismatch`] if `output` is not as long as its shape, or `input` is not a number of elements per row that the
/// row still has room for. Nothing is written.
///
/// ```
/// use bantam_kernels::{Shape, concatenation::{ConcatenationParams, concatenation_part}};
/// let inputs = [Shape::new(&[2, 1])?, Shape::new(&[2, 2])?];
/// let params = ConcatenationParams::new(1, inputs, &Shape::new(&[2, 3])?)?;
/// let mut output = [0; 6];
/// let offset = concatenation_part(&params, 0, &[1, 2], &mut output)?;
/// concatenation_part(&params, offset, &[3, 4, 5, 6], &mut output)?;
/// assert_eq!(output, [1, 3, 4, 2, 5, 6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn concatenation_part<T: Copy>(
    params: &ConcatenationParams,
    offset: usize,
    input: &[T],
    output: &mut [T],
) -> Result<usize, LengthMismatch> {
    let (rows, row_len) = (params.rows as usize, params.row_len as usize);
    LengthMismatch::check(Operand::Output, rows.saturating_mul(row_len), output.len())?;
    let part_len = (input.len() / rows.max(1)).min(row_len.saturating_sub(offset));
    LengthMismatch::check(Operand::Input, rows.saturating_mul(part_len), input.len())?;
    let end = offset.saturating_add(part_len);
    if part_len > 0 {
        for (part, row) in input.chunks_exact(part_len).zip(output.chunks_exact_mut(row_len)) {
            if let Some(place) = row.get_mut(offset..end) {
                place.copy_from_slice(part);
            }
        }
    }
    Ok(end)
}
