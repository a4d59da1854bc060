//! SELECT_V2: elements of one of two tensors, as a third says.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/select.cc` (`CheckBroadcastShape`),
//! `lite/kernels/internal/reference/select.h` (`Select`, `BroadcastSelect5DSlow`).

use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::walk::chunks::chunks_mut;
use crate::walk::shape::{MAX_RANK, Shape};

/// Most loops that remain after merging; only shapes of a higher rank can need more.
const MAX_LOOPS: usize = 6;
/// Which operands a loop advances.
const FLAGS: [u32; 3] = [1 << 29, 1 << 30, 1 << 31];
/// The iterations of a loop.
const EXTENT: u32 = (1 << 29) - 1;

/// How three operands are walked to fill an output: the condition, and what is taken where it is
/// true and where it is false.
///
/// Innermost loop first; each word is the number of iterations and, in the three highest bits,
/// which operands advance. Unused loops are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct SelectParams {
    loops: [u32; MAX_LOOPS],
}

impl SelectParams {
    /// The loops that broadcast `operands` to `output`; missing outer dimensions count as 1.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Broadcast`] if a dimension differs and is 1 in no operand, or if the output
    /// has another; [`ParamsError::Rank`] for an output of another rank than the operand with the
    /// most dimensions, or for shapes that need more than six loops; [`ParamsError::TooLarge`] for
    /// 2^29 elements and more.
    pub fn new(operands: [&Shape; 3], output: &Shape) -> Result<Self, ParamsError> {
        let rank = operands.iter().fold(0, |rank, shape| rank.max(shape.rank()));
        if output.rank() != rank {
            return Err(ParamsError::Rank { actual: output.rank() });
        }
        if output.len() > EXTENT as usize {
            return Err(ParamsError::TooLarge);
        }
        let mut params = Self { loops: [0; MAX_LOOPS] };
        let mut slots = params.loops.iter_mut();
        let mut slot: Option<&mut u32> = None;
        for axis in 0..MAX_RANK {
            let dims = operands.map(|shape| shape.dim_from_end(axis));
            let extent = dims.into_iter().fold(1, u32::max);
            if dims.iter().any(|&dim| dim != extent && dim != 1)
                || output.dim_from_end(axis) != extent
            {
                return Err(ParamsError::Broadcast);
            }
            if extent == 1 {
                continue;
            }
            let advancing = dims.iter().zip(FLAGS).filter(|(dim, _)| **dim == extent);
            let flags = advancing.fold(0, |flags, (_, flag)| flags | flag);
            match &mut slot {
                // The product is at most the number of elements: it stays below the flags.
                Some(last) if **last & !EXTENT == flags => {
                    **last = flags | ((**last & EXTENT) * extent);
                }
                _ => {
                    let next = slots.next().ok_or(ParamsError::Rank { actual: rank })?;
                    *next = flags | extent;
                    slot = Some(next);
                }
            }
        }
        Ok(params)
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        self.len_where(!EXTENT)
    }

    /// So many elements of operands of the output's shape.
    pub fn flat(len: usize) -> Self {
        let [x, y, z] = FLAGS;
        let inner = x | y | z | (len as u32 & EXTENT);
        Self { loops: [inner, 0, 0, 0, 0, 0] }
    }

    /// Whether all operands have the output's shape.
    pub fn is_flat(&self) -> bool {
        *self == Self::flat(self.output_len())
    }

    /// The product of all loops that advance any of `flags`.
    fn len_where(&self, flags: u32) -> usize {
        let advancing = self.loops.iter().filter(|&&l| l & flags != 0);
        advancing.fold(1, |len: usize, &l| len.saturating_mul(extent(l)))
    }
}

fn extent(l: u32) -> usize {
    (l & EXTENT).max(1) as usize
}

/// Where an operand is, and how far each loop takes it.
struct Cursor {
    at: usize,
    steps: [usize; MAX_LOOPS],
}

impl Cursor {
    fn new(loops: &[u32; MAX_LOOPS], flag: u32) -> Self {
        let mut inside = 1_usize;
        let steps = loops.map(|l| {
            if l & flag == 0 {
                return 0;
            }
            let step = inside;
            inside = inside.wrapping_mul(extent(l));
            step
        });
        Self { at: 0, steps }
    }

    /// The element `i` steps of the innermost loop from here.
    fn get<T: Copy>(&self, elements: &[T], i: usize) -> Option<T> {
        let [step, ..] = self.steps;
        elements.get(self.at.wrapping_add(i.wrapping_mul(step))).copied()
    }
}

/// Fills `output` with elements of `x` where `condition` is not 0, and of `y` where it is. Elements
/// may be of any type.
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as its shape. Nothing is written.
///
/// ```
/// use bantam_kernels::Shape;
/// use bantam_kernels::movement::select::{SelectParams, select};
/// let shape = |dims: &[i32]| Shape::new(dims);
/// let operands = [&shape(&[2])?, &shape(&[2, 2])?, &shape(&[])?];
/// let params = SelectParams::new(operands, &shape(&[2, 2])?)?;
/// let mut output = [0; 4];
/// select(&params, &[1, 0], [&[1, 2, 3, 4], &[9]], &mut output)?;
/// assert_eq!(output, [1, 9, 3, 9]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn select<T: Copy>(
    params: &SelectParams,
    condition: &[u8],
    [x, y]: [&[T]; 2],
    output: &mut [T],
) -> Result<(), LengthMismatch> {
    let lens =
        [(Operand::Input, condition.len()), (Operand::Input2, x.len()), (Operand::Input2, y.len())];
    for ((operand, actual), flag) in lens.into_iter().zip(FLAGS) {
        LengthMismatch::check(operand, params.len_where(flag), actual)?;
    }
    LengthMismatch::check(Operand::Output, params.output_len(), output.len())?;
    let mut cursors = FLAGS.map(|flag| Cursor::new(&params.loops, flag));
    let [inner, outer @ ..] = params.loops;
    let mut counts = [0_usize; MAX_LOOPS - 1];
    for row in chunks_mut(output, extent(inner)) {
        let [on, yes, no] = &cursors;
        for (i, out) in row.iter_mut().enumerate() {
            let taken = match on.get(condition, i) {
                Some(0) | None => no.get(y, i),
                Some(_) => yes.get(x, i),
            };
            *out = taken.unwrap_or(*out);
        }
        for ((at, count), l) in (1..).zip(&mut counts).zip(outer) {
            *count += 1;
            let through = *count >= extent(l);
            for cursor in &mut cursors {
                let step = cursor.steps.get(at).copied().unwrap_or(0);
                cursor.at = cursor.at.wrapping_add(step);
                if through {
                    cursor.at = cursor.at.wrapping_sub(step.wrapping_mul(*count));
                }
            }
            if !through {
                break;
            }
            *count = 0;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn shape(dims: &[i32]) -> Shape {
        Shape::new(dims).unwrap()
    }

    /// The element of each output that an operand of these dimensions has.
    fn places(dims: &[i32], output: &[i32]) -> Vec<usize> {
        let mut full = vec![1; output.len() - dims.len()];
        full.extend(dims);
        let mut places = vec![0];
        for (&count, &dim) in output.iter().zip(&full) {
            places =
                places.iter().flat_map(|w| (0..count).map(move |i| w * dim + i % dim)).collect();
        }
        places.into_iter().map(|place| place as usize).collect()
    }

    proptest! {
        #[test]
        fn elements_are_those_that_the_condition_names(
            dims in prop::collection::vec((1..4_i32, 1..8_u8), 0..6),
            missing in [0..6_usize, 0..6, 0..6],
            full in 0..3_usize,
            noise in prop::collection::vec(0..2_u8, 64),
        ) {
            let output: Vec<i32> = dims.iter().map(|&(dim, _)| dim).collect();
            let operand = |at: usize| -> Vec<i32> {
                let missing = if at == full { 0 } else { missing[at].min(dims.len()) };
                let kept = |&(dim, kept): &(i32, u8)| if at == full || kept >> at & 1 == 1 { dim } else { 1 };
                dims.iter().map(kept).skip(missing).collect()
            };
            let operands = [0, 1, 2].map(operand);
            let shapes = operands.each_ref().map(|dims| shape(dims));
            let [c, x, y] = &shapes;
            let params = SelectParams::new([c, x, y], &shape(&output)).unwrap();
            let condition: Vec<u8> = (0..c.len()).map(|i| noise[i % 64]).collect();
            let x: Vec<usize> = (0..x.len()).collect();
            let y: Vec<usize> = (0..y.len()).map(|i| 10_000 + i).collect();
            let mut got = vec![usize::MAX; shape(&output).len()];
            select(&params, &condition, [&x, &y], &mut got).unwrap();
            let [on, yes, no] = operands.map(|dims| places(&dims, &output));
            let want: Vec<usize> = (0..got.len())
                .map(|i| if condition[on[i]] != 0 { x[yes[i]] } else { y[no[i]] })
                .collect();
            prop_assert_eq!(got, want);
        }

        #[test]
        fn any_fields_are_harmless(loops: [u32; 6], small: bool, len in 0..40_usize) {
            let loops = if small { loops.map(|l| (l & !EXTENT) | (l % 3)) } else { loops };
            let params = SelectParams { loops };
            let _ = select(&params, &vec![1; len], [&vec![0; len], &vec![0; len]], &mut vec![0; len]);
            if small {
                let [c, x, y] = FLAGS.map(|flag| vec![1; params.len_where(flag)]);
                select(&params, &c, [&x, &y], &mut vec![0; params.output_len()]).unwrap();
            }
        }
    }

    #[test]
    fn shapes_that_do_not_broadcast_are_refused() {
        let new = |a: &[i32], b: &[i32], output: &[i32]| {
            SelectParams::new([&shape(a), &shape(b), &shape(&[])], &shape(output))
        };
        assert_eq!(new(&[2], &[3], &[3]), Err(ParamsError::Broadcast));
        assert_eq!(new(&[2], &[1], &[3]), Err(ParamsError::Broadcast));
        assert_eq!(new(&[2], &[1], &[1, 2]), Err(ParamsError::Rank { actual: 2 }));
    }
}
