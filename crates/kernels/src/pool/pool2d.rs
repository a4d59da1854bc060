//! The engine of the pools: geometry, clamping, and the walk over windows.
//!
//! Source: TFLM 90b983c2b, `micro/kernels/pooling_common.cc` (`PoolingPrepare`).
//!
//! ```
//! use bantam_kernels::pool::max_pool_2d::MaxPool2d;
//! use bantam_kernels::pool::pool2d::{Pool2dParams, PoolWindow, pool_2d};
//! use bantam_kernels::walk::padding::Padding;
//! use bantam_kernels::{ActivationRange, Nhwc};
//! let window = PoolWindow {
//!     filter_height: 1, filter_width: 2, stride_height: 1, stride_width: 2,
//!     padding: Padding::Valid,
//! };
//! let (input, output) = (Nhwc::new([1, 1, 2, 1])?, Nhwc::new([1, 1, 1, 1])?);
//! let params = Pool2dParams::new(input, output, window, ActivationRange::full::<i16>())?;
//! let mut output = [0.0_f32];
//! pool_2d::<MaxPool2d, f32>(&params, (&[1.0, 7.0][..], &mut output[..]))?;
//! assert_eq!(output, [7.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use core::marker::PhantomData;
use core::ops::Range;

use crate::error::{LengthMismatch, ParamsError};
use crate::number::activation::{Activation, ActivationRange};
use crate::number::clamp::{clamp_f32, within};
use crate::number::element::Quantized;
use crate::target::VECTORS;
use crate::walk::chunks::{chunks, chunks_mut};
use crate::walk::padding::Padding;
use crate::walk::rows::{Activations, RowGeometry, RowKernel, RowSizes, run};
use crate::walk::shape::Nhwc;
use crate::walk::window::{Axis, Outputs, agree};

pub use crate::pool::quantization::check_same_quantization;

/// Channels that are accumulated at a time, on the stack.
const BLOCK: usize = 64;

/// The window of a pooling operator, in elements of height and width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolWindow {
    /// Rows of the window.
    pub filter_height: i32,
    /// Columns of the window.
    pub filter_width: i32,
    /// Rows from one window to the next.
    pub stride_height: i32,
    /// Columns from one window to the next.
    pub stride_width: i32,
    /// What happens at the edges.
    pub padding: Padding,
}

/// What a pool computes of each window of elements `T`.
///
/// The elements of a window come in the order of its rows. Those beyond the edges do not.
pub trait PoolOp<T: PoolElement> {
    /// What a window is accumulated in.
    type Sum: Copy;

    /// The sum of no elements.
    fn start() -> Self::Sum;

    /// The sum with one more element.
    fn add(sum: Self::Sum, x: T) -> Self::Sum;

    /// The output for the sum of so many elements, before it is clamped.
    fn finish(sum: Self::Sum, elements: i32) -> T::Value;

    /// The sums of four channels that lie side by side, where the core has loops for that. `rows`
    /// begins with the first element of the window; `count` is of rows and columns, and `steps` how
    /// far they are apart.
    #[inline(always)] // a constant to most
    fn sums(_rows: &[T], _count: [usize; 2], _steps: [usize; 2]) -> Option<[Self::Sum; 4]> {
        None
    }

    /// The outputs of channels before they are clamped, where the core has loops for that: how many
    /// there are, of those in front. As [`Self::sums`].
    #[inline(always)] // a constant to most
    fn outputs(_rows: &[T], _count: [usize; 2], _steps: [usize; 2], _outputs: &mut [T]) -> usize {
        0
    }
}

/// An element of a pool: `i8`, `i16` or `f32`.
pub trait PoolElement: Copy + PartialOrd + Into<Self::Value> {
    /// The lowest finite value.
    const LOWEST: Self;
    /// What outputs are clamped as.
    type Value;
    /// The bounds of outputs.
    type Range: Copy;

    /// The bounds that `params` name.
    fn range(params: &Pool2dParams) -> Self::Range;

    /// `value` within `range`.
    fn clamp(value: Self::Value, range: Self::Range) -> Self;

    /// The elements, if they are bytes.
    #[inline(always)] // no instruction
    fn bytes(_: &[Self]) -> Option<&[i8]> {
        None
    }

    /// The elements, if they are bytes, to be written.
    #[inline(always)] // no instruction
    fn bytes_mut(_: &mut [Self]) -> Option<&mut [i8]> {
        None
    }
}

impl<T: Quantized> PoolElement for T {
    const LOWEST: T = T::LOWEST;
    type Value = i32;
    type Range = ActivationRange;

    fn range(params: &Pool2dParams) -> ActivationRange {
        params.range()
    }

    #[inline(always)] // a few instructions in an inner loop
    fn clamp(value: i32, range: ActivationRange) -> T {
        T::from_clamped(range.clamp(value))
    }

    #[inline(always)] // no instruction
    fn bytes(elements: &[T]) -> Option<&[i8]> {
        Quantized::bytes(elements)
    }

    #[inline(always)] // no instruction
    fn bytes_mut(elements: &mut [T]) -> Option<&mut [i8]> {
        Quantized::bytes_mut(elements)
    }
}

/// A NaN stays one.
impl PoolElement for f32 {
    const LOWEST: Self = Self::MIN;
    type Value = Self;
    type Range = (Self, Self);

    fn range(params: &Pool2dParams) -> (Self, Self) {
        params.range_f32()
    }

    #[inline(always)] // a few instructions in an inner loop
    fn clamp(value: Self, (min, max): (Self, Self)) -> Self {
        clamp_f32(value, min, max)
    }
}

/// Computes `O` of every window, and clamps it.
///
/// # Shapes
///
/// | slice    | dimensions                                         |
/// |----------|----------------------------------------------------|
/// | `input`  | `[batches, input_height, input_width, channels]`   |
/// | `output` | `[batches, output_height, output_width, channels]` |
///
/// # Errors
///
/// [`LengthMismatch`] if a slice is not as long as its shape. Nothing is written.
pub fn pool_2d<'m, O: PoolOp<T>, T: PoolElement + 'm>(
    params: &Pool2dParams,
    activations: impl Into<Activations<'m, T>>,
) -> Result<(), LengthMismatch> {
    run(&mut PoolRows::<O, T>::new(params), activations.into())
}

/// The rows of [`pool_2d`], which cannot fail.
#[derive(Debug)]
pub struct PoolRows<'p, O, T: PoolElement> {
    params: &'p Pool2dParams,
    range: T::Range,
    op: PhantomData<O>,
}

impl<'p, O: PoolOp<T>, T: PoolElement> PoolRows<'p, O, T> {
    /// The rows of a pool of this geometry.
    pub fn new(params: &'p Pool2dParams) -> Self {
        Self { params, range: T::range(params), op: PhantomData }
    }
}

impl<O: PoolOp<T>, T: PoolElement> RowKernel<T> for PoolRows<'_, O, T> {
    fn geometry(&self) -> &dyn RowGeometry {
        self.params
    }

    fn row(&mut self, _row: usize, input: &[T], output: &mut [T]) {
        let finish = |sum, elements| T::clamp(O::finish(sum, elements), self.range);
        let range = self.range;
        let outputs = |rows: &[T], count: [usize; 2], steps: [usize; 2], outputs: &mut [T]| {
            let done = O::outputs(rows, count, steps, outputs);
            let outputs = outputs.iter_mut().take(done);
            outputs.for_each(|output| *output = T::clamp((*output).into(), range));
            done
        };
        pool_row(self.params, input, output, O::start(), (O::add, O::sums, outputs), finish);
    }
}

/// Geometry and clamping of a pool.
///
/// Tensors are NHWC. Every dimension, stride and window is at most 65535.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "bytemuck", derive(bytemuck::Pod, bytemuck::Zeroable))]
#[repr(C, align(4))]
pub struct Pool2dParams {
    batches: u16,
    input_height: u16,
    input_width: u16,
    channels: u16,
    output_height: u16,
    output_width: u16,
    filter_height: u16,
    filter_width: u16,
    stride_height: u16,
    stride_width: u16,
    pad_top: u16,
    pad_left: u16,
    /// For floats these are the bounds themselves, the type's extremes standing for no bound.
    activation_min: i16,
    activation_max: i16,
}

impl Pool2dParams {
    /// Pooling from `input` to `output`, both `[batches, height, width, channels]`, with outputs
    /// within `range`, for floats that of [`Pool2dParams::float_range`].
    ///
    /// As in the reference the output's height and width need not be those that the window calls
    /// for, as long as every output has a window with at least one element.
    ///
    /// # Errors
    ///
    /// [`ParamsError::Dimension`] for a stride or window outside `1..=65535`,
    /// [`ParamsError::ShapeMismatch`] if batches or channels differ or the output reaches beyond
    /// the input.
    pub fn new(
        input: Nhwc,
        output: Nhwc,
        window: PoolWindow,
        range: ActivationRange,
    ) -> Result<Self, ParamsError> {
        let mut params = Self {
            batches: 1,
            input_height: 1,
            input_width: 1,
            channels: 1,
            output_height: 1,
            output_width: 1,
            filter_height: 1,
            filter_width: 1,
            stride_height: 1,
            stride_width: 1,
            pad_top: 0,
            pad_left: 0,
            activation_min: 0,
            activation_max: 0,
        };
        params.slide([input, output], &window, range)?;
        Ok(params)
    }

    /// [`Pool2dParams::new`] in place, which takes less code.
    ///
    /// # Errors
    ///
    /// Those of [`Pool2dParams::new`]. The parameters are then unspecified.
    pub fn slide(
        &mut self,
        [input, output]: [Nhwc; 2],
        window: &PoolWindow,
        range: ActivationRange,
    ) -> Result<(), ParamsError> {
        agree(input.batches(), output.batches())?;
        agree(input.channels(), output.channels())?;
        (self.batches, self.channels) = (input.batches(), input.channels());
        (self.input_height, self.output_height) = (input.height(), output.height());
        (self.input_width, self.output_width) = (input.width(), output.width());
        let mut axis = Axis::NONE;
        let steps = [window.filter_height, window.stride_height, 1];
        axis.slide([input.height(), output.height()], steps, window.padding, Outputs::Within)?;
        (self.filter_height, self.stride_height, self.pad_top) = axis.steps();
        let steps = [window.filter_width, window.stride_width, 1];
        axis.slide([input.width(), output.width()], steps, window.padding, Outputs::Within)?;
        (self.filter_width, self.stride_width, self.pad_left) = axis.steps();
        // Whatever lies beyond 16 bits also lies beyond the type, and the upper bound wins in
        // either case.
        let bound = |bound: i32| within(bound, i16::MIN.into(), i16::MAX.into()) as i16;
        (self.activation_min, self.activation_max) = (bound(range.min), bound(range.max));
        Ok(())
    }

    /// The range of the output of a float kernel with this activation.
    pub fn float_range(activation: Activation) -> ActivationRange {
        // In whole numbers, of which the extremes of 16 bits stand for no bound.
        let (min, max) = activation.range_i32();
        ActivationRange { min, max }
    }

    /// Elements of the output.
    pub fn output_len(&self) -> usize {
        self.sizes().output_len()
    }

    fn range(&self) -> ActivationRange {
        ActivationRange { min: self.activation_min.into(), max: self.activation_max.into() }
    }

    fn range_f32(&self) -> (f32, f32) {
        let min =
            if self.activation_min == i16::MIN { f32::MIN } else { self.activation_min.into() };
        let max =
            if self.activation_max == i16::MAX { f32::MAX } else { self.activation_max.into() };
        (min, max)
    }
}

impl RowGeometry for Pool2dParams {
    fn sizes(&self) -> RowSizes {
        let [batches, channels] = [self.batches, self.channels].map(usize::from);
        // size: products of two sizes of 16 bits fit 32.
        RowSizes {
            input_rows: batches.wrapping_mul(self.input_height.into()),
            input_row_len: channels.wrapping_mul(self.input_width.into()),
            output_rows: batches.wrapping_mul(self.output_height.into()),
            output_row_len: channels.wrapping_mul(self.output_width.into()),
        }
    }

    fn input_rows(&self, row: usize) -> Range<usize> {
        let per_batch = usize::from(self.output_height).max(1);
        let height = usize::from(self.input_height);
        // size: nothing wraps for a row of the output, as above.
        let first = (row / per_batch).wrapping_mul(height);
        let rows =
            clip(row % per_batch, self.stride_height, self.filter_height, self.pad_top, height);
        first.wrapping_add(rows.start)..first.wrapping_add(rows.end)
    }
}

/// The part of window `index` that lies within `0..length`.
fn clip(index: usize, stride: u16, filter: u16, before: u16, length: usize) -> Range<usize> {
    let origin = index.wrapping_mul(stride.into());
    let start = origin.saturating_sub(before.into());
    let end = origin.wrapping_add(filter.into()).saturating_sub(before.into()).min(length);
    start..end.max(start)
}

/// Accumulates `step` over the window of every output of a row, and writes `finish(sum, elements)`.
///
/// `rows` is what [`RowGeometry::input_rows`] names, and nothing else.
#[inline(always)] // its closures are the inner loop
fn pool_row<I: Copy, A: Copy, O>(
    params: &Pool2dParams,
    rows: &[I],
    output: &mut [O],
    init: A,
    (step, sums, outputs): (
        impl Fn(A, I) -> A,
        impl Fn(&[I], [usize; 2], [usize; 2]) -> Option<[A; 4]>,
        impl Fn(&[I], [usize; 2], [usize; 2], &mut [O]) -> usize,
    ),
    finish: impl Fn(A, i32) -> O,
) {
    if !VECTORS {
        return for_each_window(params, rows.len(), &mut |at, window| {
            let (mut channels, elements) = (0..window.column_len, window.elements());
            let pixel = output.get_mut(at..).unwrap_or_default();
            let count = [window.rows, window.columns];
            let steps = [window.row_len, window.column_len];
            // size: slices that nobody takes are not made.
            let (from, all) = (rows.get(window.first..), pixel.get_mut(..channels.end));
            let (from, all) = (from.unwrap_or_default(), all.unwrap_or_default());
            channels.start = outputs(from, count, steps, all);
            let pixel = pixel.get_mut(channels.start..).unwrap_or_default();
            let (mut four, mut left) = ([init; 4], 0);
            for (channel, output) in channels.clone().zip(pixel) {
                if left == 0 && channels.end - channel >= 4 {
                    let from = rows.get(window.first.wrapping_add(channel)..).unwrap_or_default();
                    if let Some(sums) = sums(from, count, steps) {
                        (four, left) = (sums, 4);
                    }
                }
                let sum = if left == 0 {
                    window.fold(channel, rows, init, &step)
                } else {
                    left -= 1;
                    four[3 - left % 4]
                };
                *output = finish(sum, elements);
            }
        });
    }
    let row_len = params.sizes().input_row_len;
    let height = rows.len() / row_len.max(1);
    let channels = usize::from(params.channels);
    for (x, pixel) in chunks_mut(output, channels).enumerate() {
        let columns = clip(
            x,
            params.stride_width,
            params.filter_width,
            params.pad_left,
            params.input_width.into(),
        );
        let elements = height.wrapping_mul(columns.len()) as i32;
        let columns = columns.start * channels..columns.end * channels;
        for (block, pixel) in pixel.chunks_mut(BLOCK).enumerate() {
            let mut acc = [init; BLOCK];
            for line in chunks(rows, row_len) {
                let line = line.get(columns.clone()).unwrap_or(&[]);
                for input in chunks(line, channels) {
                    let input = input.get(block * BLOCK..).unwrap_or(&[]);
                    for (acc, &x) in acc.iter_mut().zip(input) {
                        *acc = step(*acc, x);
                    }
                }
            }
            for (output, &acc) in pixel.iter_mut().zip(&acc) {
                *output = finish(acc, elements);
            }
        }
    }
}

/// A window, in the input rows under a row of the output.
struct WindowAt {
    first: usize,
    rows: usize,
    row_len: usize,
    columns: usize,
    column_len: usize,
}

impl WindowAt {
    fn elements(&self) -> i32 {
        self.rows.wrapping_mul(self.columns) as i32
    }

    /// Accumulates what is under the window in a channel.
    #[inline(always)] // its closure is the inner loop
    fn fold<I: Copy, A>(
        &self,
        channel: usize,
        rows: &[I],
        mut acc: A,
        step: impl Fn(A, I) -> A,
    ) -> A {
        let mut first = self.first.wrapping_add(channel);
        for _ in 0..self.rows {
            let mut at = first;
            for _ in 0..self.columns {
                if let Some(&x) = rows.get(at) {
                    acc = step(acc, x);
                }
                at = at.wrapping_add(self.column_len);
            }
            first = first.wrapping_add(self.row_len);
        }
        acc
    }
}

/// Calls `visit` for each pixel of a row with where it begins in the output, and its window in
/// `rows_len` inputs: once for all types.
#[inline(never)] // size: one copy for all types
fn for_each_window(
    params: &Pool2dParams,
    rows_len: usize,
    visit: &mut dyn FnMut(usize, &WindowAt),
) {
    let row_len = params.sizes().input_row_len.max(1);
    let rows = rows_len / row_len;
    let column_len = usize::from(params.channels);
    for x in 0..usize::from(params.output_width) {
        let (stride, filter) = (params.stride_width, params.filter_width);
        let columns = clip(x, stride, filter, params.pad_left, params.input_width.into());
        let first = columns.start.wrapping_mul(column_len);
        let mut window = WindowAt { first, rows, row_len, columns: columns.len(), column_len };
        if window.columns.wrapping_mul(column_len) == row_len {
            // Whole rows follow each other.
            (window.rows, window.columns) = (1, rows.wrapping_mul(window.columns));
        }
        visit(x.wrapping_mul(column_len), &window);
    }
}

#[cfg(test)]
mod tests;
