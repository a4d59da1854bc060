//! ARG_MAX and ARG_MIN along an axis.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/arg_min_max.cc`,
//! `lite/kernels/internal/reference/arg_min_max.h` (`ArgMinMax`).

use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::number::element::Load;
use crate::walk::along_axis::AlongAxis;
use crate::walk::chunks::{chunks, chunks_mut};
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
    let [outer, depth, inner] = along.lens();
    let output_len = outer.saturating_mul(inner);
    LengthMismatch::check(Operand::Input, output_len.saturating_mul(depth), input.len())?;
    LengthMismatch::check(Operand::Output, output_len, output.len())?;
    let slabs = chunks(input, depth.saturating_mul(inner));
    for (slab, output) in slabs.zip(chunks_mut(output, inner)) {
        for (i, out) in output.iter_mut().enumerate() {
            let column = slab.get(i..).unwrap_or_default().iter().step_by(inner.max(1));
            let mut best: Option<(i32, T)> = None;
            for (place, x) in (0..).zip(column) {
                if best.is_none_or(|(_, best)| O::is_better(x.load(), best)) {
                    best = Some((place, x.load()));
                }
            }
            *out = best.map_or(0, |(place, _)| place);
        }
    }
    Ok(())
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

        #[test]
        fn any_fields_are_harmless(words: [u32; 6], small: bool, len in 0..30_usize) {
            let words = words.map(|n| if small { n % 4 } else { n });
            let params = AlongAxis::any(words);
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
