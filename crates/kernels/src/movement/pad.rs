//! PAD and PADV2: a tensor within a border of one value.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/pad_common.cc` (`PadPrepare`),
//! `lite/kernels/internal/reference/pad.h`.

use core::ops::Range;

use crate::error::{LengthMismatch, ParamsError};
use crate::number::element::Load;
use crate::walk::chunks::copy;
use crate::walk::rows::{Activations, RowGeometry, RowSizes};
use crate::walk::rows::{RowKernel, run};
use crate::walk::shape::Shape;

/// Most dimensions of the tensors.
pub const MAX_RANK: usize = 5;

/// The output as lines, and how much of a border each dimension has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct PadParams {
    /// Sizes within the border, outermost first; leading ones where there are fewer dimensions.
    sizes: [u32; MAX_RANK],
    /// Elements of the innermost dimension's step: the dimensions within it have no border.
    element_len: u32,
    before: [u16; MAX_RANK],
    after: [u16; MAX_RANK],
}

impl PadParams {
    /// Pads `input` to `output`. `paddings` has two numbers for each dimension, outermost first:
    /// elements before and after. At most five dimensions.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Rank`] beyond five dimensions or for an output of another rank;
    /// [`ParamsError::Dimension`] for a padding outside `0..=65535`; [`ParamsError::ShapeMismatch`]
    /// if there are not twice as many numbers as dimensions or the output's shape is another.
    pub fn new<I: Load<i32>>(
        input: &Shape,
        paddings: &[I],
        output: &Shape,
    ) -> Result<Self, ParamsError> {
        let rank = input.rank();
        if rank > MAX_RANK {
            return Err(ParamsError::Rank { actual: rank });
        }
        if output.rank() != rank {
            return Err(ParamsError::Rank { actual: output.rank() });
        }
        if paddings.len() != 2 * rank {
            let actual = paddings.len().try_into().unwrap_or(u32::MAX);
            return Err(ParamsError::ShapeMismatch { expected: 2 * rank as u32, actual });
        }
        let mut params = Self {
            sizes: [1; MAX_RANK],
            element_len: 1,
            before: [0; MAX_RANK],
            after: [0; MAX_RANK],
        };
        let narrow = |padding: i32| {
            u16::try_from(padding).map_err(|_| ParamsError::Dimension { value: padding })
        };
        let dims = input.dims().iter().zip(output.dims()).zip(paddings.chunks_exact(2));
        let mut slots =
            params.sizes.iter_mut().zip(&mut params.before).zip(&mut params.after).rev();
        let mut within_border = false;
        for ((&size, &actual), padding) in dims.rev() {
            let [before, after] = padding else { continue };
            let (before, after) = (narrow(before.load())?, narrow(after.load())?);
            let expected = size.saturating_add(before.into()).saturating_add(after.into());
            if expected != actual {
                return Err(ParamsError::ShapeMismatch { expected, actual });
            }
            within_border |= (before, after) != (0, 0);
            if !within_border {
                params.element_len *= size;
            } else if let Some(((slot, slot_before), slot_after)) = slots.next() {
                (*slot, *slot_before, *slot_after) = (size, before, after);
            }
        }
        Ok(params)
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        self.sizes().output_len()
    }

    /// The line of the input that lies within line `row` of the output, if any does.
    pub fn input_row(&self, row: usize) -> Option<usize> {
        let [outer @ .., _] = self.padded();
        let (mut rest, mut input, mut lines) = (row, 0_usize, 1_usize);
        let dims = outer.iter().zip(&self.before).zip(&self.sizes).rev();
        for ((&padded, &before), &size) in dims {
            let index = (rest % padded.max(1)).checked_sub(before.into())?;
            if index >= size as usize {
                return None;
            }
            rest /= padded.max(1);
            input = input.wrapping_add(index.wrapping_mul(lines));
            lines = lines.wrapping_mul(size as usize);
        }
        Some(input)
    }

    fn padded(&self) -> [usize; MAX_RANK] {
        let mut padded = self.sizes.map(|n| n as usize);
        for ((n, &before), &after) in padded.iter_mut().zip(&self.before).zip(&self.after) {
            *n = n.saturating_add(before.into()).saturating_add(after.into());
        }
        padded
    }
}

impl RowGeometry for PadParams {
    /// Lines of the innermost padded dimension: what [`PadRows`] writes at a time.
    fn sizes(&self) -> RowSizes {
        let ([inputs @ .., input], [outputs @ .., output]) =
            (self.sizes.map(|size| size as usize), self.padded());
        let [input_rows, output_rows] = [inputs, outputs]
            .map(|outer| outer.iter().fold(1, |rows: usize, n| rows.saturating_mul(*n)));
        let [input_row_len, output_row_len] =
            [input, output].map(|inner| inner.saturating_mul(self.element_len as usize));
        RowSizes { input_rows, input_row_len, output_rows, output_row_len }
    }

    /// One line, or none for a line of the border.
    fn input_rows(&self, row: usize) -> Range<usize> {
        self.input_row(row).map_or(0..0, |row| row..row.saturating_add(1))
    }
}

/// Copies `input` into a border of `value`; elements may be of any type.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as its shape. Nothing is written.
///
/// ```
/// use bantam_kernels::{Shape, movement::pad::{PadParams, pad}};
/// let params = PadParams::new(&Shape::new(&[1, 2])?, &[1, 0, 0, 1], &Shape::new(&[2, 3])?)?;
/// let mut output = [0; 6];
/// pad(&params, 9, (&[1, 2][..], &mut output[..]))?;
/// assert_eq!(output, [9, 9, 9, 1, 2, 9]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn pad<'m, T: Copy + 'm>(
    params: &PadParams,
    value: T,
    activations: impl Into<Activations<'m, T>>,
) -> Result<(), LengthMismatch> {
    run(&mut PadRows::new(params, value), activations.into())
}

/// The lines of [`pad`], which cannot fail.
#[derive(Clone, Copy, Debug)]
pub struct PadRows<'p, T> {
    params: &'p PadParams,
    value: T,
    /// Elements before those of the input.
    before: usize,
}

impl<'p, T: Copy> PadRows<'p, T> {
    /// The lines of a tensor in a border of `value`.
    pub fn new(params: &'p PadParams, value: T) -> Self {
        let [.., before] = params.before;
        let before = usize::from(before).saturating_mul(params.element_len as usize);
        Self { params, value, before }
    }
}

impl<T: Copy> RowKernel<T> for PadRows<'_, T> {
    fn geometry(&self) -> &dyn RowGeometry {
        self.params
    }

    /// A line of the border reads nothing.
    fn row(&mut self, _row: usize, input: &[T], output: &mut [T]) {
        let (border, rest) = output.split_at_mut_checked(self.before).unwrap_or_default();
        let (middle, end) = rest.split_at_mut_checked(input.len()).unwrap_or_default();
        border.fill(self.value);
        copy(input, middle);
        end.fill(self.value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Operand;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn new(input: &[i32], paddings: &[i32], output: &[i32]) -> Result<PadParams, ParamsError> {
        PadParams::new(&Shape::new(input).unwrap(), paddings, &Shape::new(output).unwrap())
    }

    /// The output of one dimension after the other, the innermost first.
    fn naive(dims: &[i32], paddings: &[i32], input: &[i32], value: i32) -> Vec<i32> {
        let mut data: Vec<Vec<i32>> = input.iter().map(|&x| vec![x]).collect();
        for (&dim, padding) in dims.iter().zip(paddings.chunks(2)).rev() {
            let border = |n: i32, like: &[i32]| vec![value; n as usize * like.len()];
            let join = |row: &[Vec<i32>]| {
                let like = &row[0];
                [border(padding[0], like), row.concat(), border(padding[1], like)].concat()
            };
            data = data.chunks(dim as usize).map(join).collect();
        }
        data.concat()
    }

    proptest! {
        #[test]
        fn pad_matches_the_definition(
            dims in prop::collection::vec(1..5_i32, 0..6),
            paddings in prop::collection::vec(prop_oneof![Just(0), 0..3_i32], 10),
        ) {
            let paddings = &paddings[..2 * dims.len()];
            let output: Vec<i32> =
                dims.iter().zip(paddings.chunks(2)).map(|(d, p)| d + p[0] + p[1]).collect();
            let params = new(&dims, paddings, &output).unwrap();
            let input: Vec<i32> = (0..dims.iter().product()).collect();
            let mut y = vec![-2; output.iter().product::<i32>() as usize];
            pad(&params, -1, (&input[..], &mut y[..])).unwrap();
            prop_assert_eq!(y, naive(&dims, paddings, &input, -1));
        }

        #[test]
        fn any_fields_are_harmless(sizes: [u32; 5], before: [u16; 5], after: [u16; 5], small: bool) {
            let mut params = PadParams { sizes, element_len: 3, before, after };
            if small {
                params.sizes = sizes.map(|n| n % 3);
                params.before = before.map(|n| n % 3);
                params.after = after.map(|n| n % 2);
            }
            let len = params.sizes().output_len();
            let rows: usize = params.sizes[..4].iter().fold(1, |n, &s| n.saturating_mul(s as usize));
            let input = rows.saturating_mul(params.sizes().input_row_len);
            let of = |len: usize| vec![0_u8; if small { len } else { 7 }];
            let result = pad(&params, 1, (&of(input)[..], &mut of(len)[..]));
            prop_assert!(result.is_ok() || !small);
        }
    }

    #[test]
    fn unpadded_inner_dimensions_are_one() {
        let params = new(&[1, 4, 5, 8], &[0, 0, 1, 1, 2, 1, 0, 0], &[1, 6, 8, 8]).unwrap();
        assert_eq!((params.sizes().output_rows, params.sizes().output_row_len), (6, 64));
        assert_eq!(
            (params.input_row(0), params.input_row(4), params.input_row(5)),
            (None, Some(3), None)
        );
    }

    #[test]
    fn paddings_that_do_not_fit_are_refused() {
        let mismatch = |expected, actual| Err(ParamsError::ShapeMismatch { expected, actual });
        assert_eq!(new(&[2], &[1, 1], &[5]), mismatch(4, 5));
        assert_eq!(new(&[2], &[1, 1, 0], &[4]), mismatch(2, 3));
        assert_eq!(new(&[2], &[-1, 1], &[2]), Err(ParamsError::Dimension { value: -1 }));
        assert_eq!(new(&[2], &[0, 0], &[1, 2]), Err(ParamsError::Rank { actual: 2 }));
        assert_eq!(new(&[1; 6], &[0; 12], &[1; 6]), Err(ParamsError::Rank { actual: 6 }));
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let params = new(&[2], &[1, 1], &[4]).unwrap();
        let error = pad(&params, 0, (&[0; 3][..], &mut [0; 4][..])).unwrap_err();
        assert_eq!(error, LengthMismatch { operand: Operand::Input, expected: 2, actual: 3 });
        let error = pad(&params, 0, (&[0; 2][..], &mut [0; 5][..])).unwrap_err();
        assert_eq!(error, LengthMismatch { operand: Operand::Output, expected: 4, actual: 5 });
    }
}
