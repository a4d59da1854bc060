//! Kernels that are driven row by row, apart from their input or over it.
//!
//! [`run`] drives a [`RowKernel`] either way; [`Slack`] says how close input and output may come.

use core::ops::Range;

use crate::error::{LengthMismatch, Operand};
use crate::target::STACK_CACHES;

pub use crate::walk::overlap::{
    Activations, RowGeometry, RowSizes, Slack, for_each_block, for_each_block_between,
};

/// A kernel that computes its output row by row.
///
/// Everything that may be wrong (lengths of constants, factors) is checked when the kernel is made,
/// so that a row cannot fail. [`run`] drives it over a whole tensor; whoever has other plans, for
/// example to run the rows of several kernels in turns, calls [`row`](Self::row).
///
/// ```
/// use core::ops::Range;
/// use bantam_kernels::walk::rows::{RowGeometry, RowKernel, RowSizes, run};
///
/// /// The sum of each row of a matrix with three columns.
/// struct Sums { rows: usize }
///
/// impl RowGeometry for Sums {
///     fn sizes(&self) -> RowSizes {
///         let rows = self.rows;
///         RowSizes { input_rows: rows, input_row_len: 3, output_rows: rows, output_row_len: 1 }
///     }
///     fn input_rows(&self, row: usize) -> Range<usize> { row..row + 1 }
/// }
///
/// impl RowKernel<i32> for Sums {
///     fn geometry(&self) -> &dyn RowGeometry { self }
///     fn row(&mut self, _row: usize, input: &[i32], output: &mut [i32]) {
///         output.fill(input.iter().sum());
///     }
/// }
///
/// let mut output = [0; 2];
/// run(&mut Sums { rows: 2 }, (&[1, 2, 3, 4, 5, 6][..], &mut output[..])).unwrap();
/// assert_eq!(output, [6, 15]);
/// ```
pub trait RowKernel<T> {
    /// Which rows of the input a row of the output is computed from.
    fn geometry(&self) -> &dyn RowGeometry;

    /// Computes row `row` of the output, counted over all batches.
    ///
    /// `input` is the rows that [`RowGeometry::input_rows`] names for it, and `output` one row.
    /// With slices of other lengths the output is unspecified; there is no panic.
    fn row(&mut self, row: usize, input: &[T], output: &mut [T]);

    /// The same kernel for several rows at a time, if it is faster so.
    fn blocks(&mut self) -> Option<&mut dyn RowBlock<T>> {
        None
    }
}

/// A kernel that takes over what several rows read before it writes any of them: for rows of few
/// pixels.
pub trait RowBlock<T> {
    /// Rows of a block: at least 1.
    fn block_rows(&mut self) -> usize;

    /// Takes over `input`, the rows under output row `row`, as those of row `slot` of the block.
    fn gather(&mut self, slot: usize, row: usize, input: &[T]);

    /// Writes the output rows of the first slots, as many as `output` holds.
    fn write(&mut self, output: &mut [T]);
}

/// Runs a kernel over a whole tensor.
///
/// Rows are computed first to last, or last to first where input and output share a memory that
/// calls for it.
///
/// # Errors
///
/// [`LengthMismatch`] if input or output are not as long as the kernel's geometry says, or closer
/// to each other than its [`Slack`]. In the latter case the output is unspecified.
#[inline(always)] // converts activations at the caller; the driver exists once for each `T`
pub fn run<'m, T: 'm>(
    kernel: &mut dyn RowKernel<T>,
    activations: impl Into<Activations<'m, T>>,
) -> Result<(), LengthMismatch> {
    run_rows(kernel, &mut activations.into())
}

/// [`run`], once for all kernels on `T`.
#[inline(never)] // size: one copy for all kernels on `T`
pub(crate) fn run_rows<T>(
    kernel: &mut dyn RowKernel<T>,
    activations: &mut Activations<'_, T>,
) -> Result<(), LengthMismatch> {
    // size: a core without room for several rows on its stack has no kernels with blocks.
    if STACK_CACHES && let Some(block) = kernel.blocks().map(|block| block.block_rows().max(1)) {
        return run_blocks(kernel, block, activations);
    }
    let mut rows = Rows::EMPTY;
    rows.begin(kernel.geometry(), activations);
    while rows.advance(kernel.geometry()) {
        let (input, output) = rows.of(activations);
        kernel.row(rows.index, input, output);
    }
    rows.result()
}

/// Calls `kernel(row, input rows, output row)` for every output row, in the order of [`run`].
///
/// # Errors
///
/// [`LengthMismatch`] if input or output are not as long as `geometry` says, or are closer to each
/// other than their [`Slack`]; and those of `kernel`.
pub fn for_each_row<T>(
    geometry: &impl RowGeometry,
    activations: Activations<'_, T>,
    kernel: impl FnMut(usize, &[T], &mut [T]) -> Result<(), LengthMismatch>,
) -> Result<(), LengthMismatch> {
    let mut rows = Closure { geometry, kernel, result: Ok(()) };
    run(&mut rows, activations)?;
    rows.result
}

/// A closure as a kernel: it remembers the first error.
struct Closure<'g, G, F> {
    geometry: &'g G,
    kernel: F,
    result: Result<(), LengthMismatch>,
}

impl<T, G: RowGeometry, F> RowKernel<T> for Closure<'_, G, F>
where
    F: FnMut(usize, &[T], &mut [T]) -> Result<(), LengthMismatch>,
{
    fn geometry(&self) -> &dyn RowGeometry {
        self.geometry
    }

    fn row(&mut self, row: usize, input: &[T], output: &mut [T]) {
        let result = (self.kernel)(row, input, output);
        self.result = self.result.and(result);
    }
}

/// Rows of an input, and a row of an output.
pub(crate) type Lines<'a, T> = (&'a [T], &'a mut [T]);

/// Where input and output lie, in elements.
enum Places {
    /// Two slices of these lengths.
    Apart([usize; 2]),
    /// At these positions of one memory.
    Shared { len: usize, input: usize, output: usize },
}

impl Places {
    fn of<T>(activations: &Activations<'_, T>) -> Self {
        match activations {
            Activations::Apart { input, output } => Self::Apart([input.len(), output.len()]),
            Activations::Shared { memory, input, output } => {
                Self::Shared { len: memory.len(), input: *input, output: *output }
            }
        }
    }
}

/// The rows of an output in the order that its place asks for: the present one, and where it reads
/// and writes.
///
/// Going forwards through one memory its lower part is written and the upper one read; going
/// backwards it is the other way round.
///
/// Whether input and output are as far apart as their [`Slack`] shows row by row: what has been
/// written ends where a row is written (going forwards; begins, going backwards), so a row that
/// reads beyond its own place reads nothing of it.
#[derive(Debug)]
pub struct Rows {
    /// The present row.
    pub(crate) index: usize,
    /// What it reads of the input; with a fault, the lengths that are expected and found.
    reads: Range<usize>,
    forwards: bool,
    shared: bool,
    /// Why there are no more rows, if that is an error.
    // stack: an error is not kept whole.
    fault: Fault,
    /// Rows that are left, behind this one.
    left: usize,
    /// How far behind the output the input begins, if they share a memory.
    distance: isize,
    /// Elements of a row of input and output.
    lens: [usize; 2],
}

/// What has another length than a geometry says.
#[derive(Clone, Copy, Debug)]
enum Fault {
    None,
    Input,
    Output,
}

impl Rows {
    /// No row.
    pub(crate) const EMPTY: Self = Self {
        index: 0,
        reads: 0..0,
        forwards: false,
        shared: false,
        fault: Fault::None,
        left: 0,
        distance: 0,
        lens: [0; 2],
    };

    /// An error where lengths are not those of the geometry, or input and output are too close to
    /// each other: then there are no more rows.
    #[inline(never)] // size: one copy for all kernels and types
    pub(crate) fn result(&self) -> Result<(), LengthMismatch> {
        let Range { start: expected, end: actual } = self.reads;
        let operand = match self.fault {
            Fault::None => return Ok(()),
            Fault::Input => Operand::Input,
            Fault::Output => Operand::Output,
        };
        Err(LengthMismatch { operand, expected, actual })
    }

    /// Begins in front of the first row. Not as a constructor: what is moved takes twice the stack.
    #[inline(always)] // converts activations at the caller
    pub(crate) fn begin<T>(
        &mut self,
        geometry: &dyn RowGeometry,
        activations: &Activations<'_, T>,
    ) {
        self.begin_at(geometry, &Places::of(activations));
    }

    /// [`Self::begin`], once for all types.
    #[inline(never)] // size: one copy for all kernels and types
    fn begin_at(&mut self, geometry: &dyn RowGeometry, places: &Places) {
        let sizes = geometry.sizes();
        let RowSizes { input_row_len: in_len, output_rows: rows, output_row_len: out_len, .. } =
            sizes;
        let [inputs, outputs] = [sizes.input_len(), sizes.output_len()];
        let (shared, input, output, len, end) = match *places {
            Places::Apart([input, output]) => {
                if input != inputs {
                    (self.fault, self.reads) = (Fault::Input, inputs..input);
                    return;
                }
                (false, 0, 0, output, outputs)
            }
            Places::Shared { len, input, output } => {
                let end = input.saturating_add(inputs).max(output.saturating_add(outputs));
                (true, input, output, len, end)
            }
        };
        if len != end {
            (self.fault, self.reads) = (Fault::Output, end..len);
            return;
        }
        // Rows without elements are none.
        let rows = if out_len == 0 { 0 } else { rows };
        // Where both begin at one place, what a row reads lies above what it writes in all rows or
        // in none.
        let above = |row: usize| {
            let reads = geometry.input_rows(row);
            !reads.is_empty() && reads.start.wrapping_mul(in_len) > row.wrapping_mul(out_len)
        };
        self.forwards = !shared || output < input || output == input && (0..rows).any(above);
        // The row in front of the first.
        self.index = if self.forwards { usize::MAX } else { rows };
        (self.shared, self.left, self.lens) = (shared, rows, [in_len, out_len]);
        self.distance = (input as isize).wrapping_sub(output as isize);
    }

    /// Goes to the next row; false if there is none.
    #[inline(never)] // size: one copy for all kernels and types
    pub(crate) fn advance(&mut self, geometry: &dyn RowGeometry) -> bool {
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        self.index =
            if self.forwards { self.index.wrapping_add(1) } else { self.index.wrapping_sub(1) };
        // Within the lengths that have been checked nothing wraps.
        let reads = geometry.input_rows(self.index);
        let [len, _] = self.lens;
        let (start, end) = (reads.start.wrapping_mul(len), reads.end.wrapping_mul(len));
        self.reads = start..end;
        // Both from the output's beginning.
        let read = |at: usize| (at as isize).wrapping_add(self.distance);
        let writes = self.writes();
        let (below, above) = if self.forwards {
            (writes.end as isize, read(start))
        } else {
            (read(end), writes.start as isize)
        };
        if self.shared && above < below && start < end {
            (self.fault, self.reads, self.left) =
                (Fault::Output, below as usize..above as usize, 0);
            return false;
        }
        true
    }

    /// What the present row is of the output.
    fn writes(&self) -> Range<usize> {
        // Within the lengths that have been checked nothing wraps.
        let [_, len] = self.lens;
        let start = self.index.wrapping_mul(len);
        start..start.wrapping_add(len)
    }

    /// What the present row reads, and where it is written.
    #[inline(never)] // size: one copy for all kernels on `T`
    pub(crate) fn of<'a, T>(&self, activations: &'a mut Activations<'_, T>) -> Lines<'a, T> {
        let (mut reads, mut writes) = (self.reads.clone(), self.writes());
        let (lines, line): (&[T], &mut [T]) = match activations {
            Activations::Apart { input, output } => (input, output),
            Activations::Shared { memory, input: of_input, output: of_output } => {
                let from = |range: Range<usize>, start: usize| {
                    range.start.wrapping_add(start)..range.end.wrapping_add(start)
                };
                (reads, writes) = (from(reads, *of_input), from(writes, *of_output));
                // The row that is written is the end of the lower part, or begins the upper one.
                let border = if self.forwards { writes.end } else { writes.start };
                let (low, high) = memory.split_at_mut_checked(border).unwrap_or_default();
                let upper = if self.forwards { &mut reads } else { &mut writes };
                *upper = from(upper.clone(), border.wrapping_neg());
                if self.forwards { (high, low) } else { (low, high) }
            }
        };
        let lines = lines.get(reads).unwrap_or_default();
        let line = line.get_mut(writes).unwrap_or_default();
        (lines, line)
    }
}

/// Which way a kernel has to go over `len` elements of memory with its input and output at these
/// positions.
fn goes_forwards(
    geometry: &dyn RowGeometry,
    len: usize,
    input: usize,
    output: usize,
) -> Result<bool, LengthMismatch> {
    let sizes = geometry.sizes();
    let ends = [input.saturating_add(sizes.input_len()), output.saturating_add(sizes.output_len())];
    LengthMismatch::check(Operand::Output, ends[0].max(ends[1]), len)?;
    Slack::measured(geometry).goes_forwards(input, output)
}

/// [`run`], `most` rows at a time.
///
/// The slack of single rows is enough: what a block writes is below what its last row reads (going
/// forwards; above what its first row reads, going backwards), and all its rows have been read by
/// then.
fn run_blocks<T>(
    kernel: &mut dyn RowKernel<T>,
    most: usize,
    activations: &mut Activations<'_, T>,
) -> Result<(), LengthMismatch> {
    let geometry = kernel.geometry();
    let sizes = geometry.sizes();
    let RowSizes { input_row_len: in_len, output_row_len: out_len, .. } = sizes;
    let rows = if out_len == 0 { 0 } else { sizes.output_rows };
    let (input_at, output_at, forwards) = match activations {
        Activations::Apart { input, output } => {
            LengthMismatch::check(Operand::Input, sizes.input_len(), input.len())?;
            LengthMismatch::check(Operand::Output, rows.saturating_mul(out_len), output.len())?;
            (0, 0, true)
        }
        Activations::Shared { memory, input, output } => {
            (*input, *output, goes_forwards(geometry, memory.len(), *input, *output)?)
        }
    };
    let blocks = rows.div_ceil(most);
    for step in 0..blocks {
        let block = if forwards { step } else { blocks - 1 - step };
        let first = block * most;
        let count = most.min(rows - first);
        for slot in 0..count {
            let row = first + slot;
            // Within the lengths that have been checked nothing wraps.
            let reads = kernel.geometry().input_rows(row);
            let read = |row: usize| row.wrapping_mul(in_len).wrapping_add(input_at);
            let from: &[T] = match activations {
                Activations::Apart { input, .. } => input,
                Activations::Shared { memory, .. } => memory,
            };
            let input = from.get(read(reads.start)..read(reads.end)).unwrap_or_default();
            if let Some(block) = kernel.blocks() {
                block.gather(slot, row, input);
            }
        }
        let start = first.wrapping_mul(out_len).wrapping_add(output_at);
        let lines = start..start.wrapping_add(count.wrapping_mul(out_len));
        let to: &mut [T] = match activations {
            Activations::Apart { output, .. } => output,
            Activations::Shared { memory, .. } => memory,
        };
        if let Some(block) = kernel.blocks() {
            block.write(to.get_mut(lines).unwrap_or_default());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
