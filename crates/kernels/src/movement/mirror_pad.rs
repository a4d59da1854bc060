//! MIRROR_PAD: a tensor within a border of its own reflection.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/mirror_pad.cc` (`GetInputDimension`, `GetFlatIndex`).

use core::ops::Range;

use crate::error::{LengthMismatch, ParamsError};
use crate::walk::chunks::copy;
use crate::walk::rows::{Activations, RowGeometry, RowSizes, for_each_row};
use crate::walk::shape::Shape;

/// Most dimensions of the tensors.
pub const MAX_RANK: usize = 6;

/// Whether the border repeats the edge itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mirror {
    /// The edge is the axis of the reflection.
    Reflect,
    /// The edge is repeated.
    Symmetric,
}

/// How much of a border each dimension has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct MirrorPadParams {
    /// Sizes within the border, outermost first; leading ones where there are fewer dimensions.
    sizes: [u32; MAX_RANK],
    before: [u32; MAX_RANK],
    after: [u32; MAX_RANK],
    /// 1 where the edge is not repeated.
    offset: u32,
}

impl MirrorPadParams {
    /// Pads `input` to `output`; `paddings` are the elements before and after each dimension,
    /// outermost first.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Rank`] beyond six dimensions or for an output of another rank;
    /// [`ParamsError::Dimension`] for a padding that is negative or larger than what is reflected
    /// (the reference does not look); [`ParamsError::ShapeMismatch`] if the output's shape is
    /// another.
    pub fn new(
        input: &Shape,
        paddings: &[[i32; 2]],
        mirror: Mirror,
        output: &Shape,
    ) -> Result<Self, ParamsError> {
        let rank = input.rank();
        if rank > MAX_RANK || output.rank() != rank || paddings.len() != rank {
            return Err(ParamsError::Rank { actual: output.rank() });
        }
        let offset = u32::from(mirror == Mirror::Reflect);
        let mut params =
            Self { sizes: [1; MAX_RANK], before: [0; MAX_RANK], after: [0; MAX_RANK], offset };
        let slots = params.sizes.iter_mut().zip(&mut params.before).zip(&mut params.after);
        let dims = input.dims().iter().zip(paddings).zip(output.dims()).rev();
        for (((size, before), after), ((&dim, &padding), &actual)) in slots.rev().zip(dims) {
            let room = |padding: i32| match u32::try_from(padding) {
                Ok(len) if len <= dim - offset.min(dim) => Ok(len),
                _ => Err(ParamsError::Dimension { value: padding }),
            };
            let [first, last] = padding;
            (*size, *before, *after) = (dim, room(first)?, room(last)?);
            let expected = dim.saturating_add(*before).saturating_add(*after);
            if expected != actual {
                return Err(ParamsError::ShapeMismatch { expected, actual });
            }
        }
        Ok(params)
    }

    fn padded(&self) -> [usize; MAX_RANK] {
        let mut padded = self.sizes.map(|n| n as usize);
        for ((n, &before), &after) in padded.iter_mut().zip(&self.before).zip(&self.after) {
            *n = n.saturating_add(before as usize).saturating_add(after as usize);
        }
        padded
    }

    /// The line of the input that line `row` of the output is made of.
    fn input_row(&self, row: usize) -> usize {
        let [outer @ .., _] = self.padded();
        let (mut rest, mut input, mut lines) = (row, 0_usize, 1_usize);
        let dims = outer.iter().zip(&self.before).zip(&self.sizes).rev();
        for ((&padded, &before), &size) in dims {
            let place = reflected(rest % padded.max(1), before, size, self.offset);
            rest /= padded.max(1);
            input = input.wrapping_add(place.wrapping_mul(lines));
            lines = lines.wrapping_mul(size as usize);
        }
        input
    }
}

impl RowGeometry for MirrorPadParams {
    /// Lines of the innermost dimension.
    fn sizes(&self) -> RowSizes {
        let ([inputs @ .., input_row_len], [outputs @ .., output_row_len]) =
            (self.sizes.map(|size| size as usize), self.padded());
        let [input_rows, output_rows] = [inputs, outputs]
            .map(|outer| outer.iter().fold(1, |rows: usize, n| rows.saturating_mul(*n)));
        RowSizes { input_rows, input_row_len, output_rows, output_row_len }
    }

    /// The line that is copied or reflected.
    fn input_rows(&self, row: usize) -> Range<usize> {
        let row = self.input_row(row);
        row..row.saturating_add(1)
    }
}

/// The place in a dimension of `size` elements that place `at` of the padded one reflects.
fn reflected(at: usize, before: u32, size: u32, offset: u32) -> usize {
    let (before, size, offset) = (before as usize, size as usize, offset as usize);
    match at.checked_sub(before) {
        None => before.wrapping_sub(1).wrapping_sub(at).wrapping_add(offset),
        Some(at) if at < size => at,
        Some(at) => (size.wrapping_mul(2)).wrapping_sub(at).wrapping_sub(1).wrapping_sub(offset),
    }
}

/// Copies `input` into a border of its reflection; elements may be of any type.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as its shape, or input and output are closer than
/// their [`Slack`](crate::walk::rows::Slack).
///
/// ```
/// use bantam_kernels::{Shape, movement::mirror_pad::{Mirror, MirrorPadParams, mirror_pad}};
/// let (input, output) = (Shape::new(&[3])?, Shape::new(&[6])?);
/// let params = MirrorPadParams::new(&input, &[[2, 1]], Mirror::Reflect, &output)?;
/// let mut output = [0; 6];
/// mirror_pad(&params, (&[1, 2, 3][..], &mut output[..]))?;
/// assert_eq!(output, [3, 2, 1, 2, 3, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn mirror_pad<'m, T: Copy + 'm>(
    params: &MirrorPadParams,
    activations: impl Into<Activations<'m, T>>,
) -> Result<(), LengthMismatch> {
    let ([.., size], [.., before]) = (params.sizes, params.before);
    let (size, before, offset) = (size as usize, before as usize, params.offset as usize);
    for_each_row(params, activations.into(), |_, line, output| {
        let (border, rest) = output.split_at_mut_checked(before).unwrap_or_default();
        let (middle, end) = rest.split_at_mut_checked(size).unwrap_or_default();
        border.iter_mut().rev().zip(line.iter().skip(offset)).for_each(|(to, &x)| *to = x);
        copy(line, middle);
        end.iter_mut().zip(line.iter().rev().skip(offset)).for_each(|(to, &x)| *to = x);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk::rows::Slack;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn new(
        input: &[i32],
        paddings: &[[i32; 2]],
        mirror: Mirror,
        output: &[i32],
    ) -> Result<MirrorPadParams, ParamsError> {
        let [input, output] = [input, output].map(|dims| Shape::new(dims).unwrap());
        MirrorPadParams::new(&input, paddings, mirror, &output)
    }

    proptest! {
        #[test]
        fn borders_are_reflections(
            dims in prop::collection::vec((1..4_i32, 0..3_i32, 0..2_i32), 0..7), symmetric: bool,
        ) {
            let (mirror, offset) = if symmetric { (Mirror::Symmetric, 0) } else { (Mirror::Reflect, 1) };
            let input: Vec<i32> = dims.iter().map(|&(dim, ..)| dim).collect();
            let paddings: Vec<[i32; 2]> =
                dims.iter().map(|&(dim, a, b)| [a.min(dim - offset), b.min(dim - offset)]).collect();
            let output: Vec<i32> = input.iter().zip(&paddings).map(|(dim, [a, b])| dim + a + b).collect();
            let params = new(&input, &paddings, mirror, &output).unwrap();
            let len = input.iter().product::<i32>();
            let mut got = vec![-1; output.iter().product::<i32>() as usize];
            let x = (0..len).collect::<Vec<_>>();
            mirror_pad(&params, (&x[..], &mut got[..])).unwrap();
            let Slack { below, above } = Slack::of(&params);
            for (input, output) in [(below, 0), (below + 3, 0), (0, above), (0, above + 3)] {
                let mut memory = vec![-1; (input + x.len()).max(output + got.len())];
                memory[input..input + x.len()].copy_from_slice(&x);
                let shared = Activations::Shared { memory: &mut memory, input, output };
                mirror_pad(&params, shared).unwrap();
                prop_assert_eq!(&memory[output..output + got.len()], &got[..]);
            }
            let mut want = vec![0];
            for (&dim, &[before, after]) in input.iter().zip(&paddings) {
                // A pendulum that stands still at the edges, or does not.
                let place = |i: i32| match i - before {
                    i if i < 0 => -i - 1 + offset,
                    i if i >= dim => 2 * dim - 1 - offset - i,
                    i => i,
                };
                want = want.iter().flat_map(|w| (0..before + dim + after).map(move |i| w * dim + place(i))).collect();
            }
            prop_assert_eq!(got, want);
        }

        #[test]
        fn any_fields_are_harmless(sizes: [u32; 6], before: [u32; 6], after: [u32; 6], offset: u32, small: bool) {
            let mut params = MirrorPadParams { sizes, before, after, offset };
            if small {
                params.sizes = sizes.map(|n| n % 3);
                params.before = before.map(|n| n % 3);
                params.after = after.map(|n| n % 2);
            }
            let input = params.sizes.iter().fold(1_usize, |n, &s| n.saturating_mul(s as usize));
            let of = |len: usize| vec![0_u8; if small { len } else { 7 }];
            let output = params.sizes().output_len();
            let result = mirror_pad(&params, (&of(input)[..], &mut of(output)[..]));
            prop_assert!(result.is_ok() || !small);
        }
    }

    #[test]
    fn paddings_that_do_not_fit_are_refused() {
        let dimension = |value| Err(ParamsError::Dimension { value });
        assert_eq!(new(&[2], &[[2, 0]], Mirror::Reflect, &[4]), dimension(2));
        assert!(new(&[2], &[[2, 0]], Mirror::Symmetric, &[4]).is_ok());
        assert_eq!(new(&[2], &[[0, -1]], Mirror::Reflect, &[1]), dimension(-1));
        let mismatch = ParamsError::ShapeMismatch { expected: 3, actual: 4 };
        assert_eq!(new(&[2], &[[1, 0]], Mirror::Reflect, &[4]), Err(mismatch));
        let rank = Err(ParamsError::Rank { actual: 2 });
        assert_eq!(new(&[2], &[[1, 0]], Mirror::Reflect, &[3, 1]), rank);
    }
}
