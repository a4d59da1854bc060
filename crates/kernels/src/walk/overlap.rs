//! An operator's output over its own input: how close the two may come, and where they lie.
//!
//! The output may lie over the input wherever no row is written before the last row that reads it.
//! Going forwards the output has to stay below what is still to be read; going backwards, above it:
//!
//! ```text
//! forwards                                  backwards
//! input             [r0|r1|r2|r3]           input   [r0|r1|r2|r3]
//! output    [ r0 | r1 | r2 | r3 ]           output    [ r0 | r1 | r2 | r3 ]
//! address --->                              address --->
//! ```
//!
//! [`Slack::of`] says from the geometry how close they may come.

use core::ops::Range;

use crate::error::{LengthMismatch, Operand};
use crate::walk::chunks::copy_block;

/// Which rows of its input an operator reads for each row of its output. Rows are counted over all
/// batches.
pub trait RowGeometry {
    /// How many rows input and output have, and how long they are.
    fn sizes(&self) -> RowSizes;

    /// The input rows that output row `row` is computed from. They need not rise from one row to
    /// the next.
    fn input_rows(&self, row: usize) -> Range<usize>;
}

/// Rows of an input and of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowSizes {
    /// Rows of the input.
    pub input_rows: usize,
    /// Elements of each.
    pub input_row_len: usize,
    /// Rows of the output.
    pub output_rows: usize,
    /// Elements of each.
    pub output_row_len: usize,
}

impl RowSizes {
    /// Elements of the whole input; saturates for sizes that no memory could hold.
    pub fn input_len(&self) -> usize {
        self.input_rows.saturating_mul(self.input_row_len)
    }

    /// Elements of the whole output; saturates likewise.
    pub fn output_len(&self) -> usize {
        self.output_rows.saturating_mul(self.output_row_len)
    }
}

/// How far apart the beginnings of an operator's input and output have to be for the two to
/// overlap, in elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slack {
    /// With the output below (running forwards): the input begins at least so far above the
    /// output's beginning.
    pub below: usize,
    /// With the output above (running backwards): the output begins at least so far above the
    /// input's beginning.
    pub above: usize,
}

impl Slack {
    /// Rows beyond which no overlap is worth the time to find out how much there may be.
    pub(crate) const MAX_ROWS: usize = 1 << 16;

    /// No overlap at all.
    pub(crate) const NONE: Self = Self { below: usize::MAX, above: usize::MAX };

    /// The least distances that let every row be read before it is overwritten, and no row be read
    /// and written at once.
    ///
    /// It looks at every row. With more than 65536 the distances are so large that nothing
    /// overlaps.
    pub fn of(geometry: &impl RowGeometry) -> Self {
        Self::measured(geometry)
    }

    /// [`Self::of`], once for all geometries.
    pub(crate) fn measured(geometry: &dyn RowGeometry) -> Self {
        let RowSizes { input_row_len: input, output_rows: rows, output_row_len: output, .. } =
            geometry.sizes();
        if rows > Self::MAX_ROWS {
            return Self::NONE;
        }
        let mut slack = Self::default();
        for row in 0..rows {
            let rows = geometry.input_rows(row);
            if rows.is_empty() {
                continue; // padding: reads nothing
            }
            let (first, end) = (rows.start.saturating_mul(input), rows.end.saturating_mul(input));
            let written = row.saturating_mul(output);
            let below = written.saturating_add(output).saturating_sub(first);
            slack.below = slack.below.max(below);
            slack.above = slack.above.max(end.saturating_sub(written));
        }
        slack
    }

    /// Whether an operator that keeps these distances goes forwards, with its input and its output
    /// at these positions of one memory; if it may go either way, it does.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] of the output if they are too close for both.
    pub(crate) fn goes_forwards(self, input: usize, output: usize) -> Result<bool, LengthMismatch> {
        let forwards = input >= output.saturating_add(self.below);
        if !forwards && output < input.saturating_add(self.above) {
            let (expected, actual) = (self.above, output.saturating_sub(input));
            return Err(LengthMismatch { operand: Operand::Output, expected, actual });
        }
        Ok(forwards)
    }
}

/// The activations that a kernel reads and writes.
#[derive(Debug)]
pub enum Activations<'m, T> {
    /// Input and output apart from each other.
    Apart {
        /// The whole input.
        input: &'m [T],
        /// The whole output.
        output: &'m mut [T],
    },
    /// Input and output in one memory, over each other.
    Shared {
        /// A memory that holds both.
        memory: &'m mut [T],
        /// Where in it the input begins, in elements.
        input: usize,
        /// Where in it the output begins, in elements.
        output: usize,
    },
}

impl<'m, T> Activations<'m, T> {
    /// Input and output, if they are apart: for kernels that cannot overlap them.
    ///
    /// # Errors
    ///
    /// [`LengthMismatch`] of the output if they share a memory: none of it is to be written.
    pub fn apart(self) -> Result<(&'m [T], &'m mut [T]), LengthMismatch> {
        match self {
            Self::Apart { input, output } => Ok((input, output)),
            Self::Shared { memory, .. } => {
                Err(LengthMismatch { operand: Operand::Output, expected: memory.len(), actual: 0 })
            }
        }
    }
}

impl<T> Activations<'_, T> {
    /// `Ok` if the input has `input_len` elements, and the output `output_len`.
    pub(crate) fn check(&self, input_len: usize, output_len: usize) -> Result<(), LengthMismatch> {
        match self {
            Self::Apart { input, output } => {
                LengthMismatch::check(Operand::Input, input_len, input.len())?;
                LengthMismatch::check(Operand::Output, output_len, output.len())
            }
            Self::Shared { memory, input, output } => {
                let ends = [input.saturating_add(input_len), output.saturating_add(output_len)];
                LengthMismatch::check(Operand::Output, ends[0].max(ends[1]), memory.len())
            }
        }
    }

    /// Whether to go forwards, where these distances are kept.
    pub(crate) fn goes_forwards(&self, slack: Slack) -> Result<bool, LengthMismatch> {
        match *self {
            Self::Apart { .. } => Ok(true),
            Self::Shared { input, output, .. } => slack.goes_forwards(input, output),
        }
    }

    /// The input, of so many elements; nothing if it has fewer.
    pub(crate) fn input(&self, len: usize) -> &[T] {
        match self {
            Self::Apart { input, .. } => input.get(..len),
            Self::Shared { memory, input, .. } => {
                memory.get(*input..).and_then(|rest| rest.get(..len))
            }
        }
        .unwrap_or_default()
    }

    /// The output, and what may lie behind it.
    pub(crate) fn output(&mut self) -> &mut [T] {
        match self {
            Self::Apart { output, .. } => output,
            Self::Shared { memory, output, .. } => memory.get_mut(*output..).unwrap_or_default(),
        }
    }
}

impl<'m, T> From<(&'m [T], &'m mut [T])> for Activations<'m, T> {
    fn from((input, output): (&'m [T], &'m mut [T])) -> Self {
        Self::Apart { input, output }
    }
}

/// Elements of a byte that an elementwise kernel takes at a time when it runs over its input: they
/// go through the stack.
const BYTES: usize = 256;

/// As many wider elements.
const WIDER: usize = 64;

/// Calls `kernel(position, inputs, outputs)` for blocks that cover an operator with as many outputs
/// as inputs, each of which depends on the input at its own position only. There is no slack to
/// keep: output and input may lie over each other in any way.
///
/// # Errors
///
/// [`LengthMismatch`] if input or output are not of `len` elements.
pub fn for_each_block<T: Copy + Default>(
    len: usize,
    activations: Activations<'_, T>,
    mut kernel: impl FnMut(usize, &[T], &mut [T]),
) -> Result<(), LengthMismatch> {
    match activations {
        Activations::Apart { input, output } => {
            LengthMismatch::check(Operand::Input, len, input.len())?;
            LengthMismatch::check(Operand::Output, len, output.len())?;
            kernel(0, input, output);
        }
        Activations::Shared { memory, input, output } => {
            let expected = input.max(output).saturating_add(len);
            if memory.len() < expected {
                let actual = memory.len();
                return Err(LengthMismatch { operand: Operand::Output, expected, actual });
            }
            let places = [input, output];
            if size_of::<T>() == 1 {
                blocks_of::<T, BYTES>(len, memory, places, kernel);
            } else {
                blocks_of::<T, WIDER>(len, memory, places, kernel);
            }
        }
    }
    Ok(())
}

/// The blocks of [`for_each_block`], of at most `MOST` elements, in one memory.
#[inline(always)] // one caller for each type
fn blocks_of<T: Copy + Default, const MOST: usize>(
    len: usize,
    memory: &mut [T],
    [input, output]: [usize; 2],
    mut kernel: impl FnMut(usize, &[T], &mut [T]),
) {
    let mut inputs = [T::default(); MOST];
    let blocks = len.div_ceil(MOST);
    for step in 0..blocks {
        let block = if output <= input { step } else { blocks - 1 - step };
        let at = block * MOST;
        let size = MOST.min(len - at);
        let from = memory.get(input + at..input + at + size).unwrap_or(&[]);
        copy_block(from, &mut inputs);
        if let (Some(inputs), Some(outputs)) =
            (inputs.get(..size), memory.get_mut(output + at..output + at + size))
        {
            kernel(at, inputs, outputs);
        }
    }
}

/// Bytes of the blocks of [`for_each_block_between`].
const BLOCK_BYTES: usize = 256;

/// As [`for_each_block`] where elements of the input have `widths[0]` bytes and those of the output
/// `widths[1]`, in bytes: where the two share a memory, neither end of the output may lie on the
/// other side of the input's than its beginning does.
///
/// So a narrower output may begin where the input does, or below it; a wider one there, or above
/// it.
///
/// # Errors
///
/// [`LengthMismatch`] if they are not of `len` elements, or lie over each other in another way.
/// Nothing is written.
pub fn for_each_block_between(
    len: usize,
    widths: [usize; 2],
    activations: Activations<'_, u8>,
    kernel: &mut dyn FnMut(&[u8], &mut [u8]),
) -> Result<(), LengthMismatch> {
    let [input_bytes, output_bytes] = widths.map(|width| len.saturating_mul(width));
    match activations {
        Activations::Apart { input, output } => {
            LengthMismatch::check(Operand::Input, input_bytes, input.len())?;
            LengthMismatch::check(Operand::Output, output_bytes, output.len())?;
            kernel(input, output);
        }
        Activations::Shared { memory, input, output } => {
            let ends = [input.saturating_add(input_bytes), output.saturating_add(output_bytes)];
            let forwards = output <= input && ends[1] <= ends[0];
            let backwards = output >= input && ends[1] >= ends[0];
            let expected = ends[0].max(ends[1]);
            if memory.len() < expected || !forwards && !backwards {
                let actual = memory.len();
                return Err(LengthMismatch { operand: Operand::Output, expected, actual });
            }
            let [input_width, output_width] = widths;
            let most = (BLOCK_BYTES / input_width.max(1)).max(1);
            let blocks = len.div_ceil(most);
            for step in 0..blocks {
                let first = most * if forwards { step } else { blocks - 1 - step };
                let count = most.min(len - first);
                let mut inputs = [0; BLOCK_BYTES];
                let from = input + first * input_width;
                let from = memory.get(from..from + count * input_width).unwrap_or(&[]);
                let read = from.len();
                copy_block(from, &mut inputs);
                let to = output + first * output_width;
                let to = memory.get_mut(to..to + count * output_width);
                if let (Some(inputs), Some(outputs)) = (inputs.get(..read), to) {
                    kernel(inputs, outputs);
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn blocks_may_overlap_in_any_way(len in 0..200_usize, input in 0..90_usize, output in 0..90_usize) {
            let mut memory: Vec<u32> = (0..290).collect();
            let want: Vec<u32> = (0..len).map(|i| 2 * memory[input + i] + i as u32).collect();
            let activations = Activations::Shared { memory: &mut memory, input, output };
            for_each_block(len, activations, |at, inputs, outputs| {
                for (i, (out, x)) in outputs.iter_mut().zip(inputs).enumerate() {
                    *out = 2 * x + (at + i) as u32;
                }
            }).unwrap();
            prop_assert_eq!(&memory[output..output + len], &want);
        }
    }

    /// Each output is one more than twice its input, of other widths; and what lies around stays.
    fn check_between<const A: usize, const B: usize>(len: usize, input: usize, output: usize) {
        let mut memory: Vec<u8> = (0..2000).map(|i| (i * 7 % 251) as u8).collect();
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0_u32, |n, &b| n << 8 | u32::from(b));
        let result = |bytes: &[u8]| (number(bytes).wrapping_mul(2) + 1).to_le_bytes()[..B].to_vec();
        let mut want = memory.clone();
        let outputs: Vec<u8> = memory[input..].chunks_exact(A).take(len).flat_map(result).collect();
        want[output..output + outputs.len()].copy_from_slice(&outputs);
        let activations = Activations::Shared { memory: &mut memory, input, output };
        for_each_block_between(len, [A, B], activations, &mut |inputs, outputs| {
            for (x, out) in inputs.chunks_exact(A).zip(outputs.chunks_exact_mut(B)) {
                out.copy_from_slice(&result(x));
            }
        })
        .unwrap();
        assert_eq!(memory, want);
    }

    proptest! {
        #[test]
        fn narrower_outputs_lie_below_and_wider_ones_above(
            len in 0..300_usize, near in 0..90_usize, far in 0..90_usize,
        ) {
            let (low, high) = (near.min(far), near.max(far));
            check_between::<4, 1>(len, high, low);
            check_between::<2, 1>(len, high, low);
            check_between::<1, 4>(len, low, high);
            check_between::<2, 4>(len, low, high);
            check_between::<4, 4>(len, low, high);
            check_between::<2, 2>(len, high, low);
        }
    }

    #[test]
    fn other_overlaps_are_refused() {
        let mut memory = [5; 40];
        for (widths, input, output) in [([4, 1], 0, 2), ([1, 4], 2, 0), ([1, 1], 35, 0)] {
            let shared = Activations::Shared { memory: &mut memory, input, output };
            for_each_block_between(8, widths, shared, &mut |_, out| out.fill(0)).unwrap_err();
        }
        assert_eq!(memory, [5; 40]);
    }
}
