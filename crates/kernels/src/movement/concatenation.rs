//! CONCATENATION and PACK: tensors one after another along an axis.
//!
//! Source: TFLM 90b983c2b, `lite/kernels/internal/reference/concatenation.h` (`Concatenation`),
//! `micro/kernels/pack.cc` (`PackImpl`).

use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::walk::chunks::{chunks, chunks_mut, copy};
use crate::walk::shape::Shape;

/// The output as rows, each of which takes its share of every input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct ConcatenationParams {
    pub(crate) rows: u32,
    pub(crate) row_len: u32,
}

impl ConcatenationParams {
    /// `inputs` along `axis`, which may count from the end, make up `output`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Axis`] for an axis outside the output's rank, [`ParamsError::Rank`] for an
    /// input of another rank, [`ParamsError::ShapeMismatch`] if a dimension differs or the sizes
    /// along the axis do not add up.
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

    /// `inputs` make up `output` along an axis that they lack, which may count from the end: as of
    /// size 1 in each of them.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    ///
    /// ```
    /// use bantam_kernels::{
    ///     Shape, movement::concatenation::{ConcatenationParams, concatenation_part},
    /// };
    /// let inputs = [Shape::new(&[2])?, Shape::new(&[2])?];
    /// let params = ConcatenationParams::stacked(1, inputs, &Shape::new(&[2, 2])?)?;
    /// let mut output = [0; 4];
    /// let offset = concatenation_part(&params, 0, &[1, 2], &mut output)?;
    /// concatenation_part(&params, offset, &[3, 4], &mut output)?;
    /// assert_eq!(output, [1, 3, 2, 4]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stacked(
        axis: i32,
        inputs: impl IntoIterator<Item = Shape>,
        output: &Shape,
    ) -> Result<Self, ParamsError> {
        let place = output.axis(axis)?;
        let mut rank = Ok(());
        let inputs = inputs.into_iter().map_while(|input| {
            let dim = |i: usize| match i {
                _ if i == place => 1,
                _ if i < place => input.dim(i) as i32,
                _ => input.dim(i - 1) as i32,
            };
            if input.rank() + 1 != output.rank() {
                rank = Err(ParamsError::Rank { actual: input.rank() });
                return None;
            }
            Shape::from_dims((0..output.rank()).map(dim)).ok()
        });
        let params = Self::new(axis, inputs, output);
        rank.and(params)
    }

    /// How many times the inputs alternate: with one row, the output is the inputs one after the
    /// other.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// The same with each element taken as `width` of their own: bytes, for those who do not know
    /// the type.
    ///
    /// # Errors
    ///
    /// [`ParamsError::TooLarge`] if a row is longer than 32 bits can say.
    pub fn widened(self, width: u32) -> Result<Self, ParamsError> {
        let row_len = self.row_len.checked_mul(width).ok_or(ParamsError::TooLarge)?;
        Ok(Self { row_len, ..self })
    }
}

/// Copies one input to its place in every row of `output`; returns where in the rows the next input
/// goes.
///
/// The first input goes to `offset` 0. Elements may be of any type. Inputs may come in any order,
/// as long as each is given the sum of what its predecessors were returned: a caller needs to hold
/// one at a time.
///
/// # Errors
///
/// [`LengthMismatch`] if `output` is not as long as its shape, or `input` is not a number of
/// elements per row that the row still has room for. Nothing is written.
///
/// ```
/// use bantam_kernels::{Shape, movement::concatenation::{ConcatenationParams, concatenation_part}};
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
    for (part, row) in chunks(input, part_len).zip(chunks_mut(output, row_len)) {
        copy(part, row.get_mut(offset..end).unwrap_or_default());
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn shapes(dims: &[[i32; 3]]) -> impl Iterator<Item = Shape> + '_ {
        dims.iter().map(|d| Shape::new(d).unwrap())
    }

    proptest! {
        #[test]
        fn every_element_comes_to_its_place(
            base in [1..4_i32, 1..4, 1..4],
            sizes in prop::collection::vec(1..4_i32, 1..5),
            axis in 0..3_usize,
        ) {
            let with = |size: i32| { let mut dims = base; dims[axis] = size; dims };
            let parts: Vec<[i32; 3]> = sizes.iter().map(|&s| with(s)).collect();
            let output = with(sizes.iter().sum());
            let params =
                ConcatenationParams::new(axis as i32 - 3, shapes(&parts), &Shape::new(&output).unwrap()).unwrap();
            let mut y = vec![[0; 3]; output.iter().product::<i32>() as usize];
            let (mut offset, mut first) = (0, 0);
            for part in &parts {
                // Every element holds the index at which it belongs.
                let mut x = Vec::new();
                for i in 0..part[0] { for j in 0..part[1] { for k in 0..part[2] {
                    let mut index = [i, j, k];
                    index[axis] += first;
                    x.push(index);
                }}}
                first += part[axis];
                offset = concatenation_part(&params, offset, &x, &mut y).unwrap();
            }
            let [_, h, w] = output;
            for (at, &[i, j, k]) in y.iter().enumerate() {
                prop_assert_eq!(at as i32, (i * h + j) * w + k);
            }
        }

        #[test]
        fn any_fields_are_harmless(rows in 0..5_u32, row_len: u32, offset: usize, len in 0..20_usize) {
            for row_len in [row_len, row_len % 5] {
                let params = ConcatenationParams { rows, row_len };
                let mut output = vec![0_u8; (rows as usize * row_len as usize).min(20)];
                let _ = concatenation_part(&params, offset, &vec![0; len], &mut output);
                let _ = concatenation_part(&params, offset % 5, &vec![0; len], &mut output);
            }
        }
    }

    #[test]
    fn shapes_that_do_not_add_up_are_refused() {
        let output = Shape::new(&[2, 5, 3]).unwrap();
        let new = |axis, dims: &[[i32; 3]]| ConcatenationParams::new(axis, shapes(dims), &output);
        let mismatch = |expected, actual| Err(ParamsError::ShapeMismatch { expected, actual });
        assert_eq!(new(1, &[[2, 2, 3], [2, 2, 3]]), mismatch(5, 4));
        assert_eq!(new(1, &[[2, 2, 3], [2, 3, 4]]), mismatch(3, 4));
        assert_eq!(new(3, &[[2, 5, 3]]), Err(ParamsError::Axis { axis: 3 }));
        let flat = [Shape::new(&[30]).unwrap()];
        let error = ConcatenationParams::new(0, flat, &output);
        assert_eq!(error, Err(ParamsError::Rank { actual: 1 }));
        let params = new(1, &[[2, 5, 3]]).unwrap();
        assert_eq!(params.widened(4), Ok(ConcatenationParams { rows: 2, row_len: 60 }));
        assert_eq!(params.widened(1 << 30), Err(ParamsError::TooLarge));
    }

    #[test]
    fn stacks_of_other_shapes_are_refused() {
        let output = Shape::new(&[2, 3, 4]).unwrap();
        let new = |axis, dims: &[&[i32]]| {
            let inputs = dims.iter().map(|dims| Shape::new(dims).unwrap());
            ConcatenationParams::stacked(axis, inputs, &output)
        };
        let params = Ok(ConcatenationParams { rows: 2, row_len: 12 });
        assert_eq!(new(1, &[&[2, 4], &[2, 4], &[2, 4]]), params);
        assert_eq!(new(-2, &[&[2, 4], &[2, 4], &[2, 4]]), params);
        let mismatch = |expected, actual| Err(ParamsError::ShapeMismatch { expected, actual });
        assert_eq!(new(1, &[&[2, 4], &[2, 4]]), mismatch(3, 2));
        assert_eq!(new(1, &[&[2, 4], &[2, 3], &[2, 4]]), mismatch(4, 3));
        assert_eq!(new(1, &[&[2, 4], &[2], &[2, 4]]), Err(ParamsError::Rank { actual: 1 }));
        assert_eq!(new(3, &[]), Err(ParamsError::Axis { axis: 3 }));
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let params = ConcatenationParams { rows: 2, row_len: 3 };
        let part = |offset, len, output| {
            concatenation_part(&params, offset, &vec![0; len], &mut vec![0; output]).unwrap_err()
        };
        let input = |expected, actual| LengthMismatch { operand: Operand::Input, expected, actual };
        assert_eq!(part(0, 3, 6), input(2, 3));
        assert_eq!(part(2, 4, 6), input(2, 4));
        assert_eq!(part(9, 2, 6), input(0, 2));
        assert_eq!(part(0, 2, 7).operand, Operand::Output);
    }
}
