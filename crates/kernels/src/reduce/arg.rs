//! ARG_MAX and ARG_MIN along an axis.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/arg_min_max.cc`,
//! `lite/kernels/internal/reference/arg_min_max.h` (`ArgMinMax`).

use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::number::element::Load;
use crate::walk::along_axis::AlongAxis;
use crate::walk::rows::Slack;
use crate::walk::shape::Shape;
use crate::walk::window::agree;

/// Tells which of two elements an operator looks for.
pub trait ArgOp {
    /// Whether `candidate` takes the place of `best`, which comes before it.
    fn is_better<T: PartialOrd>(candidate: T, best: T) -> bool;
}

/// The first of the largest elements. A NaN is larger than nothing, and nothing is larger than a
/// NaN in the first place.
#[derive(Debug)]
pub struct ArgMax;

impl ArgOp for ArgMax {
    fn is_better<T: PartialOrd>(candidate: T, best: T) -> bool {
        candidate > best
    }
}

/// The first of the smallest elements; a NaN as for [`ArgMax`].
///
/// ```
/// use bantam_kernels::Shape;
/// use bantam_kernels::reduce::arg::{ArgMin, along, arg};
/// let along = along(&Shape::new(&[3])?, Some(0), &Shape::new(&[])?)?;
/// let mut output = [0];
/// arg::<ArgMin, i8, i8>(&along, &[4, -9, 9], &mut output)?;
/// assert_eq!(output, [1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ArgMin;

impl ArgOp for ArgMin {
    fn is_better<T: PartialOrd>(candidate: T, best: T) -> bool {
        candidate < best
    }
}

/// The axis along which the elements of `input` are compared, which may count from the end; the
/// output lacks it. Without an axis, that is yet to be known.
///
/// # Errors
///
/// [`ParamsError::Axis`] for an axis outside the rank, [`ParamsError::Rank`] or
/// [`ParamsError::ShapeMismatch`] for an output of another shape; [`ParamsError::Rank`] for more
/// than six dimensions without an axis.
pub fn along(input: &Shape, axis: Option<i32>, output: &Shape) -> Result<AlongAxis, ParamsError> {
    let along = AlongAxis::new(input, axis)?;
    if output.rank() + 1 != input.rank() {
        return Err(ParamsError::Rank { actual: output.rank() });
    }
    if let Some(axis) = axis {
        let axis = input.axis(axis)?;
        let kept = input.dims().iter().enumerate().filter(|&(at, _)| at != axis);
        let mut dims = kept.zip(output.dims());
        dims.try_for_each(|((_, &expected), &actual)| agree(expected, actual))?;
    }
    Ok(along)
}

/// The positions along the axis of the elements that `O` looks for.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as its shape. Nothing is written.
///
/// ```
/// use bantam_kernels::Shape;
/// use bantam_kernels::reduce::arg::{ArgMax, along, arg};
/// let along = along(&Shape::new(&[2, 3])?, Some(-1), &Shape::new(&[2])?)?;
/// let mut output = [0; 2];
/// arg::<ArgMax, i8, i8>(&along, &[4, 9, 9, -1, -2, -3], &mut output)?;
/// assert_eq!(output, [1, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn arg<O: ArgOp, T: PartialOrd + Copy, I: Load<T>>(
    along: &AlongAxis,
    input: &[I],
    output: &mut [i32],
) -> Result<(), LengthMismatch> {
    LengthMismatch::check(Operand::Input, along.len(), input.len())?;
    LengthMismatch::check(Operand::Output, along.output_len(), output.len())?;
    for (index, out) in output.iter_mut().enumerate() {
        *out = place::<O, T, I>(along, input, index);
    }
    Ok(())
}

/// Output `index` of [`arg`]; 0 if there is none.
///
/// ```
/// use bantam_kernels::Shape;
/// use bantam_kernels::reduce::arg::{ArgMax, along, place};
/// let along = along(&Shape::new(&[2, 3])?, Some(-1), &Shape::new(&[2])?)?;
/// assert_eq!(place::<ArgMax, i8, i8>(&along, &[4, 9, 9, -1, -2, -3], 0), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn place<O: ArgOp, T: PartialOrd + Copy, I: Load<T>>(
    along: &AlongAxis,
    input: &[I],
    index: usize,
) -> i32 {
    let [_, depth, inner] = along.lens();
    let step = inner.max(1);
    let slab = (index / step).wrapping_mul(depth).wrapping_mul(inner);
    let column = input.get(slab.wrapping_add(index % step)..).unwrap_or_default().iter();
    let mut best: Option<(i32, T)> = None;
    for (place, x) in (0..).zip(column.step_by(step).take(depth)) {
        if best.is_none_or(|(_, best)| O::is_better(x.load(), best)) {
            best = Some((place, x.load()));
        }
    }
    best.map_or(0, |(place, _)| place)
}

/// The distances between an input of elements of `width` bytes and the output, in elements of the
/// output: where it lies below, no place is written before the elements there have been compared.
///
/// Without an axis nothing overlaps.
///
/// ```
/// use bantam_kernels::Shape;
/// use bantam_kernels::reduce::arg::{along, slack};
/// let along = along(&Shape::new(&[6, 4])?, Some(-1), &Shape::new(&[6])?)?;
/// // A place has four bytes, as the elements that it tells of: it comes where they were.
/// assert_eq!(slack(&along, 1).below, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn slack(along: &AlongAxis, width: usize) -> Slack {
    const PLACE_BYTES: usize = size_of::<i32>();
    if along.is_open() {
        return Slack::NONE;
    }
    let [outer, depth, inner] = along.lens();
    let last = [outer, inner].map(|len| len.saturating_sub(1));
    let mut below = 0;
    // In a slab, and from slab to slab, the distance changes by the same number.
    for [slab, column] in [[0, last[1]], [last[0], 0], last] {
        let rows = slab.saturating_mul(inner);
        let written = rows.saturating_add(column).saturating_mul(PLACE_BYTES);
        let read = rows.saturating_mul(depth).saturating_add(column).saturating_mul(width);
        below = written.saturating_sub(read).max(below);
    }
    Slack { below: below.div_ceil(PLACE_BYTES), above: usize::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_extreme_is_found(
            dims in [1..4_i32, 1..5, 1..4], axis in 0..3_usize, noise in prop::collection::vec(-2..3_i8, 48),
        ) {
            let kept: vec::Vec<i32> = (0..3).filter(|&i| i != axis).map(|i| dims[i]).collect();
            let [input, output] = [&dims[..], &kept].map(|dims| Shape::new(dims).unwrap());
            let params = along(&input, Some(axis as i32 - 3), &output).unwrap();
            let x = &noise[..input.len()];
            let [mut largest, mut smallest] = [vec![-1; output.len()], vec![-1; output.len()]];
            arg::<ArgMax, i8, i8>(&params, x, &mut largest).unwrap();
            arg::<ArgMin, i8, i8>(&params, x, &mut smallest).unwrap();
            let inner = dims[axis + 1..].iter().product::<i32>() as usize;
            for at in 0..output.len() {
                let start = at / inner * inner * dims[axis] as usize + at % inner;
                let column: vec::Vec<i8> = (0..dims[axis] as usize).map(|i| x[start + i * inner]).collect();
                let first = |wanted: i8| column.iter().position(|&x| x == wanted).unwrap() as i32;
                prop_assert_eq!(largest[at], first(*column.iter().max().unwrap()));
                prop_assert_eq!(smallest[at], first(*column.iter().min().unwrap()));
            }
        }

        /// Places come into the bytes of the input, where those were that are not needed any more.
        #[test]
        fn outputs_may_lie_over_what_has_been_compared(
            dims in [1..4_i32, 1..9, 1..7], axis in 0..3_usize, noise in prop::collection::vec(-2..3_i8, 216),
        ) {
            let kept: vec::Vec<i32> = (0..3).filter(|&i| i != axis).map(|i| dims[i]).collect();
            let [input, output] = [&dims[..], &kept].map(|dims| Shape::new(dims).unwrap());
            let params = along(&input, Some(axis as i32), &output).unwrap();
            let x = &noise[..input.len()];
            let mut want = vec![-1; output.len()];
            arg::<ArgMax, i8, i8>(&params, x, &mut want).unwrap();
            let Slack { below, above } = slack(&params, 1);
            prop_assert_eq!(above, usize::MAX);
            let from = 4 * below;
            let mut memory = vec![0; (from + x.len()).max(4 * want.len())];
            memory[from..from + x.len()].copy_from_slice(x);
            for index in 0..want.len() {
                let place = place::<ArgMax, i8, i8>(&params, &memory[from..from + x.len()], index);
                prop_assert_eq!(place, want[index]);
                memory[4 * index..4 * index + 4].fill(99);
            }
        }

        #[test]
        fn any_fields_are_harmless(words: [u32; 6], small: bool, len in 0..30_usize) {
            let words = words.map(|n| if small { n % 4 } else { n });
            let params = AlongAxis::any(words);
            slack(&params, 4);
            let _ = arg::<ArgMax, i8, i8>(&params, &vec![0; len], &mut vec![0; len]);
            if small {
                let [input, output] = [words[0] * words[1] * words[2], words[0] * words[2]].map(|n| n as usize);
                arg::<ArgMin, i8, i8>(&params, &vec![0; input], &mut vec![0; output]).unwrap();
            }
        }
    }

    /// The reference compares with the first element, whatever it is.
    #[test]
    fn floats_that_are_no_numbers_come_out_as_in_the_reference() {
        const NAN: f32 = f32::NAN;
        const INF: f32 = f32::INFINITY;
        let params = AlongAxis::any([1, 3, 1, 1, 1, 1]);
        for (x, largest, smallest) in [
            ([NAN, 1.0, 2.0], 0, 0),
            ([1.0, NAN, 2.0], 2, 0),
            ([2.0, NAN, 1.0], 0, 2),
            ([1.0, INF, -INF], 1, 2),
            ([-0.0, 0.0, 0.0], 0, 0),
            ([f32::MIN, f32::MAX, f32::from_bits(1)], 1, 0),
        ] {
            let mut place = [0];
            arg::<ArgMax, f32, f32>(&params, &x, &mut place).unwrap();
            assert_eq!(place, [largest], "{x:?}");
            arg::<ArgMin, f32, f32>(&params, &x, &mut place).unwrap();
            assert_eq!(place, [smallest], "{x:?}");
        }
    }

    #[test]
    fn shapes_that_do_not_fit_are_refused() {
        let new = |axis, output: &[i32]| {
            along(&Shape::new(&[2, 3]).unwrap(), Some(axis), &Shape::new(output).unwrap())
        };
        assert_eq!(new(2, &[2]), Err(ParamsError::Axis { axis: 2 }));
        assert_eq!(new(1, &[2, 1]), Err(ParamsError::Rank { actual: 2 }));
        assert_eq!(new(1, &[3]), Err(ParamsError::ShapeMismatch { expected: 2, actual: 3 }));
    }
}
