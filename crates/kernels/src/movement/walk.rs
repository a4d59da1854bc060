//! Copies that walk their input in steps: the engine of TRANSPOSE, STRIDED_SLICE and their like.

use crate::error::{LengthMismatch, Operand, ParamsError};
use crate::number::element::Load;
use crate::walk::chunks::{chunks_mut, copy};
use crate::walk::shape::Shape;

/// An operator whose output is a [`Walk`] over its input. Elements may be of any type.
///
/// ```
/// use bantam_kernels::Shape;
/// use bantam_kernels::movement::transpose::Transpose;
/// use bantam_kernels::movement::walk::WalkOp;
/// let walk = Transpose::walk(&Shape::new(&[2, 3])?, &[1, 0], &Shape::new(&[3, 2])?)?;
/// let mut output = [0; 6];
/// walk.copy(&[1, 2, 3, 4, 5, 6], &mut output)?;
/// assert_eq!(output, [1, 4, 2, 5, 3, 6]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait WalkOp {
    /// What the model states besides the shapes; lists are of elements `I`.
    type Options<'a, I: Load<i32> + 'a>;

    /// The walk over a tensor of shape `input` that fills one of shape `output`.
    ///
    /// # Errors
    ///
    /// Those that the operator lists.
    fn walk<I: Load<i32>>(
        input: &Shape,
        options: Self::Options<'_, I>,
        output: &Shape,
    ) -> Result<Walk, ParamsError>;
}

/// Most dimensions of a [`Walk`].
pub const MAX_WALK_RANK: usize = 5;

/// A walk over a tensor: output element `[i, j, ..]` is input element
/// `base + i · steps[0] + j · steps[1] + ..`.
///
/// Dimensions that can be walked as one are merged, so that the innermost is as long as possible.
///
/// Or the shapes of both, if the options are yet to be known: such a walk is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C)]
pub struct Walk {
    input_len: u32,
    base: u32,
    counts: [u32; MAX_WALK_RANK],
    steps: [i32; MAX_WALK_RANK],
}

impl Walk {
    /// A walk from element `base`, with `(count, step)` of each output dimension, outermost first.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Dimension`] for a count of 0, [`ParamsError::Rank`] if more than
    /// [`MAX_WALK_RANK`] dimensions are left after merging, [`ParamsError::TooLarge`] if it is not
    /// within the input's `0..input_len` throughout.
    pub fn new(
        input_len: usize,
        base: u32,
        dims: impl DoubleEndedIterator<Item = (u32, i32)> + Clone,
    ) -> Result<Self, ParamsError> {
        let input_len = u32::try_from(input_len).map_err(|_| ParamsError::TooLarge)?;
        let mut walk =
            Self { input_len, base, counts: [1; MAX_WALK_RANK], steps: [0; MAX_WALK_RANK] };
        // The extremes that the walk comes to.
        let (mut low, mut high) = (i64::from(base), i64::from(base));
        let mut slots = walk.counts.iter_mut().zip(&mut walk.steps).rev();
        let mut inner: Option<(&mut u32, &mut i32)> = None;
        for (count, step) in dims.clone().rev() {
            if count == 0 {
                return Err(ParamsError::Dimension { value: 0 });
            }
            if count == 1 {
                continue;
            }
            let reach = i64::from(count - 1) * i64::from(step);
            low += reach.min(0);
            high += reach.max(0);
            if low < 0 || high >= i64::from(input_len) {
                return Err(ParamsError::TooLarge);
            }
            match &mut inner {
                Some((n, s)) if i64::from(**n) * i64::from(**s) == i64::from(step) => {
                    **n = n.checked_mul(count).ok_or(ParamsError::TooLarge)?;
                }
                _ => {
                    let (n, s) = slots
                        .next()
                        .ok_or_else(|| ParamsError::Rank { actual: dims.clone().count() })?;
                    (*n, *s) = (count, step);
                    inner = Some((n, s));
                }
            }
        }
        if high >= i64::from(input_len) { Err(ParamsError::TooLarge) } else { Ok(walk) }
    }

    /// A walk whose options are yet to be known.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Rank`] for shapes of more than ten dimensions together, unless they are
    /// equal.
    pub fn open(input: &Shape, output: &Shape) -> Result<Self, ParamsError> {
        let others = if input == output { &[] } else { output.dims() };
        if input.rank() + others.len() > 2 * MAX_WALK_RANK {
            return Err(ParamsError::Rank { actual: input.rank() });
        }
        let ranks = input.rank() as u32 | (others.len() as u32) << 8;
        let mut walk = Self {
            input_len: 0,
            base: ranks,
            counts: [0; MAX_WALK_RANK],
            steps: [0; MAX_WALK_RANK],
        };
        let mut dims = input.dims().iter().chain(others);
        walk.counts.iter_mut().zip(&mut dims).for_each(|(slot, &dim)| *slot = dim);
        walk.steps.iter_mut().zip(dims).for_each(|(slot, &dim)| *slot = dim as i32);
        Ok(walk)
    }

    /// The shapes of the input and of the output if the options are yet to be known.
    pub fn shapes(&self) -> Option<[Shape; 2]> {
        if self.input_len != 0 {
            return None;
        }
        let mut dims = [0; 2 * MAX_WALK_RANK];
        let words = self.counts.iter().map(|&dim| dim as i32).chain(self.steps);
        dims.iter_mut().zip(words).for_each(|(slot, dim)| *slot = dim);
        let (rank, other) = ((self.base & 0xFF) as usize, (self.base >> 8) as usize);
        let (input, rest) = dims.split_at_checked(rank)?;
        let output = if other == 0 { input } else { rest.get(..other)? };
        Some([Shape::new(input).ok()?, Shape::new(output).ok()?])
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        self.counts.iter().fold(1_usize, |len, &n| len.saturating_mul(n as usize))
    }

    /// Copies the walked elements of `input` to `output`.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] if a slice is not as long as its shape. Nothing is written.
    pub fn copy<T: Copy>(&self, input: &[T], output: &mut [T]) -> Result<(), LengthMismatch> {
        LengthMismatch::check(Operand::Input, self.input_len as usize, input.len())?;
        LengthMismatch::check(Operand::Output, self.output_len(), output.len())?;
        let [counts @ .., line_len] = self.counts;
        let [steps @ .., line_step] = self.steps;
        let mut index = [0_u32; MAX_WALK_RANK - 1];
        let mut at = self.base as i32;
        for line in chunks_mut(output, line_len as usize) {
            copy_line(input, at, line_step, line);
            for ((index, &count), &step) in index.iter_mut().zip(&counts).zip(&steps).rev() {
                at = at.wrapping_add(step);
                *index += 1;
                if *index < count {
                    break;
                }
                at = at.wrapping_sub(step.wrapping_mul(count as i32));
                *index = 0;
            }
        }
        Ok(())
    }
}

/// `line[i] = input[at + i · step]`.
#[inline] // size: one caller for each width
fn copy_line<T: Copy>(input: &[T], at: i32, step: i32, line: &mut [T]) {
    let at = at as usize;
    let stride = step.unsigned_abs() as usize;
    match step {
        0 => {
            if let Some(&x) = input.get(at) {
                line.fill(x);
            }
        }
        1 => copy(input.get(at..).unwrap_or(&[]), line),
        2.. => {
            let input = input.get(at..).unwrap_or(&[]);
            line.iter_mut().zip(input.iter().step_by(stride)).for_each(|(y, &x)| *y = x);
        }
        _ => {
            let input = input.get(..=at).unwrap_or(&[]);
            line.iter_mut().zip(input.iter().rev().step_by(stride)).for_each(|(y, &x)| *y = x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    fn walk(len: usize, base: u32, dims: &[(u32, i32)]) -> Result<Walk, ParamsError> {
        Walk::new(len, base, dims.iter().copied())
    }

    #[test]
    fn dimensions_that_follow_on_are_merged() {
        let merged = walk(24, 0, &[(2, 12), (1, 99), (3, 4), (4, 1)]).unwrap();
        assert_eq!((merged.counts, merged.steps), ([1, 1, 1, 1, 24], [0, 0, 0, 0, 1]));
        let reversed = walk(6, 5, &[(2, -3), (3, -1)]).unwrap();
        assert_eq!(reversed.counts, [1, 1, 1, 1, 6]);
        let mut output = [0; 6];
        reversed.copy(&[1, 2, 3, 4, 5, 6], &mut output).unwrap();
        assert_eq!(output, [6, 5, 4, 3, 2, 1]);
    }

    #[test]
    fn a_step_of_zero_repeats() {
        let mut output = [0; 6];
        walk(2, 0, &[(2, 1), (3, 0)]).unwrap().copy(&[7, 8], &mut output).unwrap();
        assert_eq!(output, [7, 7, 7, 8, 8, 8]);
    }

    #[test]
    fn walks_beyond_the_input_are_refused() {
        assert_eq!(walk(6, 6, &[]), Err(ParamsError::TooLarge));
        assert_eq!(walk(6, 0, &[(2, 3), (4, 1)]), Err(ParamsError::TooLarge));
        assert_eq!(walk(6, 2, &[(2, -3)]), Err(ParamsError::TooLarge));
        assert_eq!(walk(6, 0, &[(0, 1)]), Err(ParamsError::Dimension { value: 0 }));
        let dims = [(2, 1), (2, 2), (2, 4), (2, 8), (2, 16), (2, 32)];
        assert_eq!(walk(64, 0, &dims), Err(ParamsError::Rank { actual: 6 }));
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let walk = walk(6, 0, &[(3, 2)]).unwrap();
        assert_eq!(walk.copy(&[0; 5], &mut [0; 3]).unwrap_err().operand, Operand::Input);
        assert_eq!(walk.copy(&[0; 6], &mut [0; 4]).unwrap_err().operand, Operand::Output);
    }

    proptest! {
        #[test]
        fn shapes_of_open_walks_come_back(
            input in prop::collection::vec(1..9_i32, 0..6), output in prop::collection::vec(1..9_i32, 1..6),
        ) {
            let [input, output] = [&input, &output].map(|dims| Shape::new(dims).unwrap());
            for output in [input, output] {
                let open = Walk::open(&input, &output).unwrap();
                prop_assert_eq!(open.shapes(), Some([input, output]));
                prop_assert!(open.copy(&[0; 9], &mut [0; 9]).is_err());
            }
        }

        #[test]
        fn any_fields_are_harmless(input_len in 0..40_u32, base: u32, counts: [u32; 5], steps: [i32; 5]) {
            let mut walk = Walk { input_len, base, counts, steps };
            walk.shapes();
            let input = vec![0_u8; input_len as usize];
            let _ = walk.copy(&input, &mut [0; 9]);
            for limit in [i32::MAX, 9] {
                walk.counts = counts.map(|n| n % 4);
                walk.steps = steps.map(|s| s % limit);
                let mut output = vec![0; walk.output_len()];
                prop_assert_eq!(walk.copy(&input, &mut output), Ok(()));
                walk.base %= 40;
            }
        }
    }
}
