//! STRIDED_SLICE: every so-manyth element of a range of each dimension, forwards or backwards.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/strided_slice_common.cc` (`StridedSlicePrepare`),
//! `lite/kernels/internal/strided_slice_logic.h` (`StartForAxis`, `StopForAxis`).

use crate::error::ParamsError;
use crate::movement::walk::{Walk, WalkOp};
use crate::number::element::Load;
use crate::walk::shape::Shape;

/// Most dimensions of the input.
pub const MAX_RANK: usize = 4;

/// What of each dimension is taken, as the model says it.
///
/// Bit `i` of a mask speaks of dimension `i`. Positions may count from the end.
#[derive(Clone, Copy, Debug)]
pub struct SliceRanges<'a, I> {
    /// The first position taken, of each dimension.
    pub begin: &'a [I],
    /// The position at which to stop, of each dimension.
    pub end: &'a [I],
    /// The distance to the next position, of each dimension; negative backwards.
    pub strides: &'a [I],
    /// Dimensions that start at their edge whatever `begin` says.
    pub begin_mask: i32,
    /// Dimensions that stop at their edge whatever `end` says.
    pub end_mask: i32,
    /// Dimensions of which the one position `begin` is taken, and that the output lacks.
    pub shrink_axis_mask: i32,
}

/// The elements that ranges name, which are the options. The input has at most four dimensions;
/// ranges beyond its rank are ignored.
///
/// # Errors
///
/// [`ParamsError::Rank`] beyond four dimensions or for an output of another rank than is left;
/// [`ParamsError::ShapeMismatch`] if there are fewer ranges than dimensions or the output's shape
/// is another; [`ParamsError::Dimension`] for a stride of 0; [`ParamsError::Axis`] for a dimension
/// to shrink whose `begin` lies outside it or whose stride is negative (the reference leaves the
/// output unwritten).
///
/// ```
/// use bantam_kernels::{Shape, movement::strided_slice::{SliceRanges, StridedSlice}};
/// use bantam_kernels::movement::walk::WalkOp;
/// let ranges = SliceRanges {
///     begin: &[-1, 1], end: &[0, 9], strides: &[-2, 1],
///     begin_mask: 0, end_mask: 1, shrink_axis_mask: 2,
/// };
/// let walk = StridedSlice::walk(&Shape::new(&[3, 2])?, ranges, &Shape::new(&[2])?)?;
/// let mut output = [0; 2];
/// walk.copy((&[1, 2, 3, 4, 5, 6][..], &mut output[..]))?;
/// assert_eq!(output, [6, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct StridedSlice;

impl WalkOp for StridedSlice {
    type Options<'a, I: Load<i32> + 'a> = SliceRanges<'a, I>;

    fn walk<I: Load<i32>>(
        input: &Shape,
        ranges: SliceRanges<'_, I>,
        output: &Shape,
    ) -> Result<Walk, ParamsError> {
        let rank = input.rank();
        if rank > MAX_RANK {
            return Err(ParamsError::Rank { actual: rank });
        }
        let mut dims = [(1, 0); MAX_RANK];
        let mut base = 0_u32;
        let mut kept = output.dims().iter();
        let mut element_step = input.len() as u32;
        for (axis, (slot, &size)) in dims.iter_mut().zip(input.dims()).enumerate() {
            element_step /= size.max(1);
            let Axis { start, stride, count } = Axis::resolve(axis, size, &ranges)?;
            if ranges.shrink_axis_mask & (1 << axis) == 0 {
                let &actual = kept.next().ok_or(ParamsError::Rank { actual: output.rank() })?;
                if actual != count {
                    return Err(ParamsError::ShapeMismatch { expected: count, actual });
                }
            }
            base += start * element_step;
            // A single element has no next one, whose distance might not fit.
            let step = if count > 1 { stride * element_step as i32 } else { 0 };
            *slot = (count, step);
        }
        if kept.next().is_some() {
            return Err(ParamsError::Rank { actual: output.rank() });
        }
        Walk::new(input.len(), base, dims.iter().take(rank).copied())
    }
}

/// The positions `start + i · stride` for `i` in `0..count`, all of them within the dimension.
struct Axis {
    start: u32,
    stride: i32,
    count: u32,
}

impl Axis {
    fn resolve<I: Load<i32>>(
        axis: usize,
        size: u32,
        ranges: &SliceRanges<'_, I>,
    ) -> Result<Self, ParamsError> {
        let of = |list: &[I]| {
            let missing =
                ParamsError::ShapeMismatch { expected: axis as u32 + 1, actual: list.len() as u32 };
            list.get(axis).map(|i| i64::from(i.load())).ok_or(missing)
        };
        let masked = |mask: i32| mask & (1 << axis) != 0;
        let (begin, end, stride) = (of(ranges.begin)?, of(ranges.end)?, of(ranges.strides)?);
        if stride == 0 {
            return Err(ParamsError::Dimension { value: 0 });
        }
        let size = i64::from(size);
        // Going backwards, "before the first element" is a place to stop at.
        let (low, high) = if stride > 0 { (0, size) } else { (-1, size - 1) };
        let place = |i: i64| (if i < 0 { i + size } else { i }).max(low).min(high);
        let (first, last) = if stride > 0 { (low, high) } else { (high, low) };
        let start = if masked(ranges.begin_mask) { first } else { place(begin) };
        if masked(ranges.shrink_axis_mask) {
            if stride < 0 || start >= size {
                return Err(ParamsError::Axis { axis: axis as i32 });
            }
            return Ok(Self { start: start as u32, stride: 1, count: 1 });
        }
        let stop = if masked(ranges.end_mask) { last } else { place(end) };
        let room = if stride > 0 { stop - start } else { start - stop };
        let count = if room > 0 { (room - 1) / stride.abs().max(1) + 1 } else { 0 };
        // With a count of 0 the output's shape, which has no such dimension, is refused.
        Ok(Self { start: start.max(0) as u32, stride: stride as i32, count: count as u32 })
    }
}

#[cfg(test)]
mod tests;
