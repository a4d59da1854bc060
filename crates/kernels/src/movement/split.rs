//! SPLIT, SPLIT_V and UNPACK: parts of a tensor along an axis.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/split.cc`, `micro/kernels/split_v.cc` (`SplitImpl`),
//! `micro/kernels/unpack.cc` (`UnpackImpl`).

use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::movement::concatenation::ConcatenationParams;
use crate::walk::chunks::{chunks, chunks_mut, copy};
use crate::walk::shape::Shape;

/// The input as rows, each of which every output takes its share of: [`ConcatenationParams`] the
/// other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(transparent)]
pub struct SplitParams(ConcatenationParams);

impl SplitParams {
    /// `outputs` along `axis`, which may count from the end, make up `input`.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Axis`] for an axis outside the input's rank, [`ParamsError::Rank`] for an
    /// output of another rank, [`ParamsError::ShapeMismatch`] if a dimension differs or the sizes
    /// along the axis do not add up.
    pub fn new(
        axis: i32,
        input: &Shape,
        outputs: impl IntoIterator<Item = Shape>,
    ) -> Result<Self, ParamsError> {
        ConcatenationParams::new(axis, outputs, input).map(Self)
    }

    /// `outputs` make up `input` along an axis that they lack: [`ConcatenationParams::stacked`] the
    /// other way round.
    ///
    /// # Errors
    ///
    /// As [`Self::new`].
    pub fn stacked(
        axis: i32,
        input: &Shape,
        outputs: impl IntoIterator<Item = Shape>,
    ) -> Result<Self, ParamsError> {
        ConcatenationParams::stacked(axis, outputs, input).map(Self)
    }

    /// How many times the outputs alternate: with one row, the input is the outputs one after the
    /// other.
    pub fn rows(&self) -> u32 {
        self.0.rows()
    }

    /// The same with each element taken as `width` of their own: bytes, for those who do not know
    /// the type.
    ///
    /// # Errors
    ///
    /// [`ParamsError::TooLarge`] if a row is longer than 32 bits can say.
    pub fn widened(self, width: u32) -> Result<Self, ParamsError> {
        self.0.widened(width).map(Self)
    }
}

/// Copies one output from its place in every row of `input`; returns where in the rows the next
/// output begins.
///
/// The first output begins at `offset` 0. Elements may be of any type. As each is given the sum of
/// what its predecessors were returned, a caller needs to hold one at a time.
///
/// # Errors
///
/// [`LengthMismatch`] if `input` is not as long as its shape, or `output` is not a number of
/// elements per row that the row still has. Nothing is written.
///
/// ```
/// use bantam_kernels::{Shape, movement::split::{SplitParams, split_part}};
/// let outputs = [Shape::new(&[2, 1])?, Shape::new(&[2, 2])?];
/// let params = SplitParams::new(1, &Shape::new(&[2, 3])?, outputs)?;
/// let (input, mut column, mut rest) = ([1, 2, 3, 4, 5, 6], [0; 2], [0; 4]);
/// let offset = split_part(&params, 0, &input, &mut column)?;
/// split_part(&params, offset, &input, &mut rest)?;
/// assert_eq!((column, rest), ([1, 4], [2, 3, 5, 6]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn split_part<T: Copy>(
    params: &SplitParams,
    offset: usize,
    input: &[T],
    output: &mut [T],
) -> Result<usize, LengthMismatch> {
    let (rows, row_len) = (params.0.rows as usize, params.0.row_len as usize);
    LengthMismatch::check(Operand::Input, rows.saturating_mul(row_len), input.len())?;
    let part_len = (output.len() / rows.max(1)).min(row_len.saturating_sub(offset));
    LengthMismatch::check(Operand::Output, rows.saturating_mul(part_len), output.len())?;
    let end = offset.saturating_add(part_len);
    for (row, part) in chunks(input, row_len).zip(chunks_mut(output, part_len)) {
        copy(row.get(offset..end).unwrap_or_default(), part);
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::movement::concatenation::concatenation_part;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_element_comes_from_its_place(
            base in [1..4_i32, 1..4, 1..4],
            sizes in prop::collection::vec(1..4_i32, 1..5),
            axis in 0..3_usize,
        ) {
            let with = |size: i32| { let mut dims = base; dims[axis] = size; dims };
            let [d, h, w] = with(sizes.iter().sum());
            // Every element holds its index.
            let each = |dims: [i32; 3]| {
                let [d, h, w] = dims;
                (0..d * h * w).map(move |at| [at / (h * w), at / w % h, at % w])
            };
            let input: Vec<[i32; 3]> = each([d, h, w]).collect();
            let shapes = sizes.iter().map(|&size| Shape::new(&with(size)).unwrap());
            let params = SplitParams::new(axis as i32 - 3, &Shape::new(&[d, h, w]).unwrap(), shapes).unwrap();
            let (mut offset, mut first) = (0, 0);
            for &size in &sizes {
                let want: Vec<[i32; 3]> =
                    each(with(size)).map(|mut index| { index[axis] += first; index }).collect();
                let mut part = vec![[-1; 3]; want.len()];
                offset = split_part(&params, offset, &input, &mut part).unwrap();
                prop_assert_eq!(part, want);
                first += size;
            }
        }

        #[test]
        fn any_fields_are_harmless(bytes: [u32; 2], small: bool, offset: usize, len in 0..20_usize) {
            let [rows, row_len] = if small { bytes.map(|n| n % 5) } else { bytes };
            let params = SplitParams(ConcatenationParams { rows, row_len });
            let input = vec![0_u8; (rows as usize).saturating_mul(row_len as usize).min(20)];
            let _ = split_part(&params, offset, &input, &mut vec![1; len]);
            let _ = split_part(&params, offset % 5, &input, &mut vec![1; len]);
        }

        #[test]
        fn concatenation_undoes_it(rows in 1..5_i32, sizes in prop::collection::vec(1..6_i32, 1..5)) {
            let total: i32 = sizes.iter().sum();
            let whole = Shape::new(&[rows, total]).unwrap();
            let parts = || sizes.iter().map(|&size| Shape::new(&[rows, size]).unwrap());
            let split = SplitParams::new(1, &whole, parts()).unwrap().widened(2).unwrap();
            let concatenation = ConcatenationParams::new(1, parts(), &whole).unwrap().widened(2).unwrap();
            let input: Vec<i32> = (0..2 * rows * total).collect();
            let mut output = vec![-1; input.len()];
            let (mut taken, mut put) = (0, 0);
            for part in parts() {
                let mut elements = vec![-1; 2 * part.len()];
                taken = split_part(&split, taken, &input, &mut elements).unwrap();
                put = concatenation_part(&concatenation, put, &elements, &mut output).unwrap();
            }
            prop_assert_eq!(input, output);
        }
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let params = SplitParams(ConcatenationParams { rows: 2, row_len: 3 });
        let part = |offset, input, len| {
            split_part(&params, offset, &vec![0; input], &mut vec![0; len]).unwrap_err()
        };
        let output = |expected, actual| {
            let operand = Operand::Output;
            LengthMismatch { operand, expected, actual }
        };
        assert_eq!(part(0, 6, 3), output(2, 3));
        assert_eq!(part(2, 6, 4), output(2, 4));
        assert_eq!(part(9, 6, 2), output(0, 2));
        assert_eq!(part(0, 7, 2).operand, Operand::Input);
    }
}
