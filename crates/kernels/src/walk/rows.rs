//! Kernels that are driven row by row, apart from their input or over it.
//!
//! An operator's output may lie over its own input wherever no row is written before the last row that reads it.
//! Going forwards the output has to stay below what is still to be read; going backwards, above it:
//!
//! ```text
//! forwards                                  backwards
//! input             [r0|r1|r2|r3]           input   [r0|r1|r2|r3]
//! output    [ r0 | r1 | r2 | r3 ]           output    [ r0 | r1 | r2 | r3 ]
//! address --->                              address --->
//! ```
//!
//! [`Slack::of`] says from the geometry how close the two may come; [`for_each_row`] runs either way, splitting the memory at
//! the border between what a row reads and what it writes.

use core::ops::Range;

use crate::error::{LengthMismatch, Operand};

/// Which rows of its input an operator reads for each row of its output. Rows are counted over all batches.
pub trait RowGeometry {
    /// Rows of the output.
    fn output_rows(&self) -> usize;

    /// Elements of one output row.
    fn output_row_len(&self) -> usize;

    /// Elements of the whole input.
    fn input_len(&self) -> usize;

    /// Elements of one input row.
    fn input_row_len(&self) -> usize;

    /// The input rows that output row `row` is computed from. Neither end may fall from one row to the next.
    fn input_rows(&self, row: usize) -> Range<usize>;
}

/// How far apart the beginnings of an operator's input and output have to be for the two to overlap, in elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slack {
    /// With the output below (running forwards): the input begins at least so far above the output's beginning.
    pub below: usize,
    /// With the output above (running backwards): the output begins at least so far above the input's beginning.
    pub above: usize,
}

impl Slack {
    /// Rows beyond which no overlap is worth the time to find out how much there may be.
    const MAX_ROWS: usize = 1 << 16;

    /// No overlap at all.
    const NONE: Self = Self { below: usize::MAX, above: usize::MAX };

    /// The least distances that let every row be read before it is overwritten, and no row be read and written at once.
    ///
    /// It looks at every row. With more than 65536 the distances are so large that nothing overlaps.
    pub fn of(geometry: &impl RowGeometry) -> Self {
        Self::measured(geometry)
    }

    /// [`Self::of`], once for all geometries.
    fn measured(geometry: &dyn RowGeometry) -> Self {
        let (input, output) = (geometry.input_row_len(), geometry.output_row_len());
        let rows = geometry.output_rows();
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

impl<'m, T> From<(&'m [T], &'m mut [T])> for Activations<'m, T> {
    fn from((input, output): (&'m [T], &'m mut [T])) -> Self {
        Self::Apart { input, output }
    }
}

/// Calls `kernel(row, input rows, output row)` for every output row: first to last, or last to first where input and output
/// share a memory that asks for it.
///
/// # Errors
///
/// [`LengthMismatch`] if input or output are not as long as `geometry` says, or are closer to each other than their [`Slack`];
/// and those of `kernel`.
pub fn for_each_row<T>(
    geometry: &impl RowGeometry,
    mut activations: Activations<'_, T>,
    mut kernel: impl FnMut(usize, &[T], &mut [T]) -> Result<(), LengthMismatch>,
) -> Result<(), LengthMismatch> {
    walk_rows(geometry, &mut activations, &mut kernel)
}

/// What [`walk_rows`] calls for each row.
pub(crate) type RowKernel<'k, T> =
    &'k mut dyn FnMut(usize, &[T], &mut [T]) -> Result<(), LengthMismatch>;

/// [`for_each_row`], once for all kernels on `T`.
pub(crate) fn walk_rows<T>(
    geometry: &dyn RowGeometry,
    activations: &mut Activations<'_, T>,
    kernel: RowKernel<'_, T>,
) -> Result<(), LengthMismatch> {
    let places = match activations {
        Activations::Apart { input, output } => Places::Apart([input.len(), output.len()]),
        Activations::Shared { memory, input, output } => {
            Places::Shared { len: memory.len(), input: *input, output: *output }
        }
    };
    walk(geometry, &places, &mut |row| {
        let (lines, line): (&[T], &mut [T]) = match activations {
            Activations::Apart { input, output } => (input, output),
            Activations::Shared { memory, .. } => {
                let (low, high) = memory.split_at_mut_checked(row.border).unwrap_or_default();
                if row.forwards { (high, low) } else { (low, high) }
            }
        };
        let lines = lines.get(row.reads.clone()).unwrap_or_default();
        kernel(row.index, lines, line.get_mut(row.writes.clone()).unwrap_or_default())
    })
}

/// Where input and output lie, in elements.
enum Places {
    /// Two slices of these lengths.
    Apart([usize; 2]),
    /// At these positions of one memory.
    Shared { len: usize, input: usize, output: usize },
}

/// A row of the output, and where it reads and writes.
///
/// One memory is split at `border`. Going forwards its lower part is written and the upper one read, from the border on; going backwards
/// it is the other way round.
struct Row {
    index: usize,
    reads: Range<usize>,
    writes: Range<usize>,
    border: usize,
    forwards: bool,
}

/// Calls `visit` for each row, in the order that the places ask for: once for all types.
///
/// Whether input and output are as far apart as their [`Slack`] shows row by row: since neither end of what is read ever falls, a row that is
/// clear of what it reads itself is clear of all that is still to be read.
#[inline(never)]
fn walk(
    geometry: &dyn RowGeometry,
    places: &Places,
    visit: &mut dyn FnMut(&Row) -> Result<(), LengthMismatch>,
) -> Result<(), LengthMismatch> {
    let (rows, in_len, out_len) =
        (geometry.output_rows(), geometry.input_row_len(), geometry.output_row_len());
    let [inputs, outputs] = [geometry.input_len(), rows.saturating_mul(out_len)];
    let (shared, input, output) = match *places {
        Places::Apart([input_len, output_len]) => {
            LengthMismatch::check(Operand::Input, inputs, input_len)?;
            LengthMismatch::check(Operand::Output, outputs, output_len)?;
            (false, 0, 0)
        }
        Places::Shared { len, input, output } => {
            let end = input.saturating_add(inputs).max(output.saturating_add(outputs));
            LengthMismatch::check(Operand::Output, end, len)?;
            (true, input, output)
        }
    };
    // Rows without elements are none.
    let rows = if out_len == 0 { 0 } else { rows };
    // Where both begin at one place, what a row reads lies above what it writes in all rows or in none.
    let above = |row: usize| {
        let reads = geometry.input_rows(row);
        !reads.is_empty() && reads.start.wrapping_mul(in_len) > row.wrapping_mul(out_len)
    };
    let forwards = !shared || output < input || output == input && (0..rows).any(above);
    for step in 0..rows {
        let index = if forwards { step } else { rows - 1 - step };
        // Within the lengths that have been checked nothing wraps.
        let (reads, start) = (geometry.input_rows(index), index.wrapping_mul(out_len));
        let read = |row: usize| row.wrapping_mul(in_len).wrapping_add(input);
        let start = start.wrapping_add(output);
        let mut row = Row {
            index,
            reads: read(reads.start)..read(reads.end),
            writes: start..start.wrapping_add(out_len),
            border: 0,
            forwards,
        };
        if shared {
            row.split()?;
        }
        visit(&row)?;
    }
    Ok(())
}

impl Row {
    /// Takes the ranges from their places in one memory to those in its two parts.
    #[inline(always)]
    fn split(&mut self) -> Result<(), LengthMismatch> {
        let (below, above) = if self.forwards {
            (self.writes.end, self.reads.start)
        } else {
            (self.reads.end, self.writes.start)
        };
        if above < below && !self.reads.is_empty() {
            let (expected, actual) = (below, above);
            return Err(LengthMismatch { operand: Operand::Output, expected, actual });
        }
        let (border, upper) = if self.forwards {
            (self.writes.end, &mut self.reads)
        } else {
            (self.writes.start, &mut self.writes)
        };
        self.border = border;
        *upper = upper.start.saturating_sub(border)..upper.end.saturating_sub(border);
        Ok(())
    }
}

/// Which way a kernel has to go over `len` elements of memory with its input and output at these positions.
fn goes_forwards(
    geometry: &dyn RowGeometry,
    len: usize,
    input: usize,
    output: usize,
) -> Result<bool, LengthMismatch> {
    let outputs = geometry.output_rows().saturating_mul(geometry.output_row_len());
    let ends = [input.saturating_add(geometry.input_len()), output.saturating_add(outputs)];
    LengthMismatch::check(Operand::Output, ends[0].max(ends[1]), len)?;
    let Slack { below, above } = Slack::measured(geometry);
    let forwards = input >= output.saturating_add(below);
    if !forwards && output < input.saturating_add(above) {
        let (expected, actual) = (above, output.saturating_sub(input));
        return Err(LengthMismatch { operand: Operand::Output, expected, actual });
    }
    Ok(forwards)
}

fn shift(range: Range<usize>, by: usize) -> Range<usize> {
    range.start.saturating_add(by)..range.end.saturating_add(by)
}

/// A kernel that takes over what several rows read before it writes any of them: for rows that are short.
pub(crate) trait RowBlock<T> {
    /// Takes over the input rows of output row `row`, in place `slot` of the block.
    fn read(&mut self, slot: usize, row: usize, rows: &[T]);

    /// Writes the output rows of the block, in the order of their slots.
    fn write(&mut self, lines: &mut [T]);
}

/// As [`for_each_row`], up to `most` rows at a time.
///
/// The slack of single rows is enough: what a block writes is below what its last row reads (going forwards; above what its first row reads, going
/// backwards), and all its rows have been read by then.
///
/// # Errors
///
/// [`LengthMismatch`] if input or output are not as long as `geometry` says, or closer than their [`Slack`].
pub(crate) fn for_each_row_block<T>(
    geometry: &impl RowGeometry,
    activations: Activations<'_, T>,
    most: usize,
    kernel: &mut impl RowBlock<T>,
) -> Result<(), LengthMismatch> {
    let (in_len, out_len) = (geometry.input_row_len(), geometry.output_row_len());
    let (rows, most) = (geometry.output_rows(), most.max(1));
    let span = |row: usize| {
        let rows = geometry.input_rows(row);
        rows.start.saturating_mul(in_len)..rows.end.saturating_mul(in_len)
    };
    let lines = |first: usize, count: usize| {
        let start = first.saturating_mul(out_len);
        start..start.saturating_add(count.saturating_mul(out_len))
    };
    match activations {
        Activations::Apart { input, output } => {
            LengthMismatch::check(Operand::Input, geometry.input_len(), input.len())?;
            LengthMismatch::check(Operand::Output, rows.saturating_mul(out_len), output.len())?;
            for first in (0..rows).step_by(most) {
                let count = most.min(rows - first);
                for slot in 0..count {
                    let row = first + slot;
                    kernel.read(slot, row, input.get(span(row)).unwrap_or(&[]));
                }
                kernel.write(output.get_mut(lines(first, count)).unwrap_or(&mut []));
            }
        }
        Activations::Shared { memory, input, output } => {
            let forwards = goes_forwards(geometry, memory.len(), input, output)?;
            let blocks = rows.div_ceil(most);
            for step in 0..blocks {
                let block = if forwards { step } else { blocks - 1 - step };
                let first = block * most;
                let count = most.min(rows - first);
                for slot in 0..count {
                    let row = first + slot;
                    kernel.read(slot, row, memory.get(shift(span(row), input)).unwrap_or(&[]));
                }
                let lines = shift(lines(first, count), output);
                kernel.write(memory.get_mut(lines).unwrap_or(&mut []));
            }
        }
    }
    Ok(())
}

/// `Ok` if a row kernel was given as many elements as `geometry` says of `row`.
pub(crate) fn check_row(
    geometry: &dyn RowGeometry,
    row: usize,
    read: usize,
    written: usize,
) -> Result<(), LengthMismatch> {
    let rows = geometry.input_rows(row).len();
    LengthMismatch::check(Operand::Input, rows.saturating_mul(geometry.input_row_len()), read)?;
    LengthMismatch::check(Operand::Output, geometry.output_row_len(), written)
}

/// Elements that an elementwise kernel takes at a time when it runs over its input: they go through the stack.
const BLOCK: usize = 64;

/// Calls `kernel(position, inputs, outputs)` for blocks that cover an operator with as many outputs as inputs, each of which depends on the input at
/// its own position only. There is no slack to keep: output and input may lie over each other in any way.
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
            let blocks = len.div_ceil(BLOCK);
            for step in 0..blocks {
                let block = if output <= input { step } else { blocks - 1 - step };
                let at = block * BLOCK;
                let size = BLOCK.min(len - at);
                let mut copy = [T::default(); BLOCK];
                let from = memory.get(input + at..input + at + size).unwrap_or(&[]);
                crate::walk::chunks::copy(from, &mut copy);
                if let (Some(inputs), Some(outputs)) =
                    (copy.get(..size), memory.get_mut(output + at..output + at + size))
                {
                    kernel(at, inputs, outputs);
                }
            }
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

    /// Each output row is filled with the sum of the input rows it reads, plus its index.
    #[derive(Debug)]
    struct Sums {
        rows: usize,
        in_rows: usize,
        window: usize,
        stride: usize,
        pad: usize,
        in_len: usize,
        out_len: usize,
    }

    impl RowGeometry for Sums {
        fn output_rows(&self) -> usize {
            self.rows
        }
        fn output_row_len(&self) -> usize {
            self.out_len
        }
        fn input_len(&self) -> usize {
            self.in_rows * self.in_len
        }
        fn input_row_len(&self) -> usize {
            self.in_len
        }
        fn input_rows(&self, row: usize) -> Range<usize> {
            let start = (row * self.stride).saturating_sub(self.pad).min(self.in_rows);
            let end = (row * self.stride + self.window).saturating_sub(self.pad).min(self.in_rows);
            start..end.max(start)
        }
    }

    fn kernel(sums: &Sums) -> impl Fn(usize, &[u32], &mut [u32]) -> Result<(), LengthMismatch> {
        |row, rows, line| {
            let expected = sums.input_rows(row).len() * sums.in_len;
            LengthMismatch::check(Operand::Input, expected, rows.len())?;
            LengthMismatch::check(Operand::Output, sums.out_len, line.len())?;
            line.fill(rows.iter().fold(row as u32, |sum, &x| sum.wrapping_mul(31).wrapping_add(x)));
            Ok(())
        }
    }

    fn sums() -> impl Strategy<Value = Sums> {
        (1..8_usize, 1..8_usize, 1..4_usize, 1..4_usize, 0..3_usize, 1..5_usize, 1..5_usize)
            .prop_map(|(rows, in_rows, window, stride, pad, in_len, out_len)| Sums {
                rows,
                in_rows,
                window,
                stride,
                pad,
                in_len,
                out_len,
            })
    }

    /// The output of `sums` with input and output at these places of one memory.
    fn shared(sums: &Sums, input: usize, output: usize) -> Result<Vec<u32>, LengthMismatch> {
        let (in_len, out_len) = (sums.input_len(), sums.rows * sums.out_len);
        let mut memory = vec![0; (input + in_len).max(output + out_len)];
        for (i, x) in memory[input..input + in_len].iter_mut().enumerate() {
            *x = 7 * i as u32 + 1;
        }
        let activations = Activations::Shared { memory: &mut memory, input, output };
        for_each_row(sums, activations, kernel(sums))?;
        Ok(memory[output..output + out_len].to_vec())
    }

    proptest! {
        #[test]
        fn full_slack_changes_nothing_and_one_more_is_too_much(sums in sums()) {
            let input: Vec<u32> = (0..sums.input_len()).map(|i| 7 * i as u32 + 1).collect();
            let mut want = vec![0; sums.rows * sums.out_len];
            let apart = Activations::Apart { input: &input, output: &mut want };
            for_each_row(&sums, apart, kernel(&sums)).unwrap();

            let Slack { below, above } = Slack::of(&sums);
            prop_assert_eq!(&shared(&sums, below, 0).unwrap(), &want);
            prop_assert_eq!(&shared(&sums, 0, above).unwrap(), &want);
            prop_assert_eq!(&shared(&sums, below + 3, 0).unwrap(), &want);
            if below > 0 && above > 0 {
                // Neither direction is possible: rows would be read and written at once, or after they are overwritten.
                prop_assert!(shared(&sums, below - 1, 0).is_err());
                prop_assert!(shared(&sums, 0, above - 1).is_err());
            }
        }

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

    #[test]
    fn too_many_rows_do_not_overlap() {
        let most =
            Sums { rows: 1 << 16, in_rows: 1, window: 1, stride: 1, pad: 0, in_len: 1, out_len: 1 };
        assert_eq!(Slack::of(&most), Slack { below: 1, above: 1 });
        assert_eq!(Slack::of(&Sums { rows: usize::MAX, ..most }), Slack::NONE);
    }
}
